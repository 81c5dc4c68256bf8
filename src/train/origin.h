/* E11: the fitted linear map that a network's output is added to, and whether it is worth having. */
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

/* Fits the map of a model whose origin is linear; others are left alone. RIMER_DATA: no window has
 * enough of its target. */
rimer_status rm_origin_fit(const rm_origin_data *data, const rimer_config *config,
                           rimer_model *model);

/* Settles `origin` and `origin_bias` where they are auto, by the validation error of fresh models.
 * `init` is the model to start from, which has settled them; or NULL. */
rimer_status rm_origin_choose(const rm_origin_data *data, const rimer_model *init,
                              rimer_config *config);

/* Standardised errors on the validation part at the horizon. `best` is what is made small: the CRPS if
 * the forecaster has quantiles from 0.1 to 0.9, which tells how well all of them lie, else the MSE. */
typedef struct rm_validation {
    double mse, mae, best;
} rm_validation;

/* `done` may be NULL, as in rimer_evaluate. */
rimer_status rm_validation_score(const rimer_dataset *dataset, const rimer_config *config,
                                 const rimer_forecaster *forecaster,
                                 int (*done)(void *user, double share), void *user,
                                 rm_validation *out);

#endif
