/* How far forecasts are off, measured on windows: where the quantiles of a fresh head begin,
 * and what conformal calibration adds to those of a trained one (docs/model.md, E10). Both are
 * measured in units of each context's own scale, so that forecasts keep following any rescaling
 * of a context. */
#ifndef RM_CALIBRATE_H
#define RM_CALIBRATE_H

#include "base/threads.h"
#include "data/windows.h"
#include "model/model_inside.h"

/* Sets the bias of a head whose weights are zero: its quantiles begin as those of what the
 * origin leaves over at each step. Nothing for points. RIMER_NO_MEMORY. */
rimer_status rm_spread_fit(rimer_model *model, const rm_windows *windows,
                           const rm_scaler *scaler, rm_pool *pool);

/* Fills conformal.offset (split conformal prediction; with quantiles conformalised quantile
 * regression, one side at a time), one for each level and step of `windows`. Nothing for a
 * model without. RIMER_NO_MEMORY. RIMER_DATA: not one target is observed. */
rimer_status rm_conformal_fit(rimer_model *model, const rm_windows *windows,
                              const rm_scaler *scaler, rm_pool *pool);

#endif
