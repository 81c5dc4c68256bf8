/* E11: the fitted linear map that a network's output is added to, and whether it is worth
 * having. */
#ifndef RM_ORIGIN_H
#define RM_ORIGIN_H

#include "base/threads.h"
#include "data/scaler.h"
#include "data/windows.h"
#include "model/model_inside.h"
#include "rimer/rimer.h"

/* What it is fitted to and chosen by; all borrowed. */
typedef struct rm_origin_data {
    const rimer_dataset *dataset;
    const rm_windows *windows; /* of the training part */
    const rm_scaler *scaler;
    rm_pool *pool;
} rm_origin_data;

/* Fits the map of a model whose origin is linear; others are left alone. RIMER_DATA: no window
 * has enough of its target. */
rimer_status rm_origin_fit(const rm_origin_data *data, const rimer_config *config,
                           rimer_model *model);

/* Settles `origin`, `origin_bias`, `origin_ridge` and `origin_season` where they are left open,
 * by the validation error of origins alone. Where origin is auto and no map can be fitted, the last
 * value is the origin. `init` is the model to start from, which has settled them; or NULL. */
rimer_status rm_origin_choose(const rm_origin_data *data, const rimer_model *init,
                              rimer_config *config);

#endif
