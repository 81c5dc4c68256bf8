/* Quantiles for a forecaster that has none: a normal distribution about its points, with the
 * deviation that its errors have at each step of the training part. What a quantile forecast
 * must beat. */
#ifndef RM_RESIDUAL_INTERVALS_H
#define RM_RESIDUAL_INTERVALS_H

#include "rimer/forecast.h"

/* Puts the intervals around *forecaster, which the new one owns; steps beyond settings->horizon
 * have the deviation of the last. A training part without a window leaves it as it is.
 * RIMER_NO_MEMORY, RIMER_USAGE (split text): it is as it was. */
rimer_status rm_residual_intervals(rimer_forecaster **forecaster, const rimer_dataset *dataset,
                                   const rimer_baseline_settings *settings);

#endif
