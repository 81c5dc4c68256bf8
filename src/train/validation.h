/* The error that decides: which epoch is kept, and which origin a model starts from. */
#ifndef RM_VALIDATION_H
#define RM_VALIDATION_H

#include "rimer/rimer.h"

/* Standardised errors on the validation part at the horizon. `done` may be NULL, as in
 * rimer_evaluate. */
rimer_status rm_validation_score(const rimer_dataset *dataset, const rimer_config *config,
                                 const rimer_forecaster *forecaster,
                                 int (*done)(void *user, double share), void *user, double *mse,
                                 double *mae);

#endif
