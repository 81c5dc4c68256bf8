/* The error that decides: which epoch is kept, and which origin a model starts from. */
#ifndef RM_VALIDATION_H
#define RM_VALIDATION_H

#include "rimer/rimer.h"

/* Standardised errors on the validation part at the horizon. `best` is what is made small: the
 * CRPS, which tells how well all quantiles lie, where rimer_train_by_crps says so, and is NaN
 * where it does not; there it is the MSE. */
typedef struct rm_validation {
    double mse, mae, crps, best;
} rm_validation;

/* `done` may be NULL, as in rimer_evaluate. */
rimer_status rm_validation_score(const rimer_dataset *dataset, const rimer_config *config,
                                 const rimer_forecaster *forecaster,
                                 int (*done)(void *user, double share), void *user,
                                 rm_validation *out);

/* Rows of the validation part, and how many of them are scored (`val_rows`). RIMER_DATA: none. */
rimer_status rm_validation_rows(const rimer_dataset *dataset, const rimer_config *config,
                                int64_t *scored, int64_t *all);

/* Windows of the validation part, a horizon long, that do not overlap, of all channels. Rows a step
 * apart are more, but say nearly the same. */
int64_t rm_validation_apart(const rimer_dataset *dataset, const rimer_config *config);

#endif
