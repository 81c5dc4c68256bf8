/* Maps that channels have of their own (`own_channels`): when the network is trained, what it leaves
 * over of each channel is fitted by one more linear map of the context, in closed form. The network
 * need not keep apart what it is not told apart. */
#ifndef RM_OWN_MAPS_H
#define RM_OWN_MAPS_H

#include "base/threads.h"
#include "data/windows.h"
#include "model/model_inside.h"

/* RIMER_USAGE: so many channels cannot have maps of their own. */
rimer_status rm_own_maps_check(const rimer_dataset *dataset, const rimer_config *config);

/* Whether maps of their own are to be tried: they are asked for, or there is enough to choose by. */
int rm_own_maps_wanted(const rimer_dataset *dataset, const rimer_config *config);

/* `trained`, a model of one series without such maps, with them: *out. `windows` are those of its
 * training part, of as many steps as its output. A channel of which nothing is observed there has
 * a map of zeros. Fixed parts of fixed size are added up in order: threads do not change the bits.
 * RIMER_NO_MEMORY, RIMER_INTERRUPTED: `stop`, asked now and then, is not 0. */
rimer_status rm_own_maps_fit(const rimer_model *trained, const rm_windows *windows,
                             const rm_scaler *scaler, rm_pool *pool, int (*stop)(void *user),
                             void *user, rimer_model **out);

#endif
