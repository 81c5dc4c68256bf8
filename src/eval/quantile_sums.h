/* Metrics of quantile forecasts over an evaluation (docs/evaluation.md), from sums that can be
 * taken in parts and merged. */
#ifndef RM_QUANTILE_SUMS_H
#define RM_QUANTILE_SUMS_H

#include "rimer/metrics.h"

/* What is asked of a forecaster to be scored. */
typedef struct rm_quantile_plan {
    rimer_levels levels;    /* all that is asked for, 0.5 among them; n 0: points only */
    rimer_levels intervals; /* shares of central intervals */
    int tenths;             /* 0.1 to 0.9 are among the levels */
    int median;
} rm_quantile_plan;

/* `level` is the protocol's: "80,95", or "auto", which takes what there is of these.
 * RIMER_USAGE: a level outside those offered. */
rimer_status rm_quantile_plan_make(rm_quantile_plan *plan, const rimer_forecaster *forecaster,
                                   const char *level);

/* Start from all zero. A point counts if its truth and all its quantiles are numbers. */
typedef struct rm_quantile_sums {
    int64_t count, n_scaled;
    double abs_truth, abs_truth_original;
    double pinball, pinball_original; /* over the tenths and all points */
    double below[RIMER_LEVELS_MAX];   /* points at or below each quantile */
    double inside[RIMER_LEVELS_MAX];  /* of each interval */
    double width[RIMER_LEVELS_MAX], width_original[RIMER_LEVELS_MAX];
    double scaled_score[RIMER_LEVELS_MAX]; /* interval scores by the naive error */
} rm_quantile_sums;

/* Adds a row: truth[n] and quantiles[levels][n], standardised by loc and scale; naive_mae is in
 * original units (0 or NaN: none). */
void rm_quantile_sums_add(rm_quantile_sums *sums, const rm_quantile_plan *plan, int64_t n,
                          const double *truth, const float *quantiles, double loc, double scale,
                          double naive_mae);

void rm_quantile_sums_merge(rm_quantile_sums *sums, const rm_quantile_sums *other);

rimer_quantile_metrics rm_quantile_metrics_of(const rm_quantile_sums *sums,
                                              const rm_quantile_plan *plan);

#endif
