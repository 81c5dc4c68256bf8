/* Metrics of quantile forecasts and of samples (docs/evaluation.md). A point counts when its truth
 * and all its quantiles are numbers. */
#ifndef RM_QUANTILE_METRICS_H
#define RM_QUANTILE_METRICS_H

#include <stdint.h>

/* Loss of one quantile of one point. */
double rm_pinball(double level, double truth, double quantile);

/* CRPS of one point from its quantiles: twice the mean loss over the levels. */
double rm_crps_levels(int64_t n_levels, const double *levels, const double *quantiles,
                      double truth);

/* Twice the integral of the loss over the level by the trapezoid rule; rising levels, the loss
 * taken as 0 at levels 0 and 1. */
double rm_crps_trapezoid(int64_t n_levels, const double *levels, const double *quantiles,
                         double truth);

/* CRPS of one point from a sample: mean |x_i - y| - mean |x_i - x_j| / 2. */
double rm_crps_sample(int64_t n, const double *sample, double truth);

/* Means over points; NaN when no point counts. The arrays are the caller's. */
typedef struct rm_quantile_scores {
    int64_t count;
    double *pinball, *wql, *coverage; /* [n_levels]; coverage: share of truths <= quantile */
    double pinball_mean, wql_mean;    /* over the levels */
    double crps, crps_trapezoid;
} rm_quantile_scores;

/* Scores quantiles[n][n_levels] of truth[n]. */
void rm_quantile_score(int64_t n, const double *truth, int64_t n_levels, const double *levels,
                       const double *quantiles, rm_quantile_scores *scores);

/* Share of truths between quantiles `low` and `high` (indices of levels, ends included) and the
 * mean distance of the two. */
void rm_interval_score(int64_t n, const double *truth, int64_t n_levels,
                       const double *quantiles, int64_t low, int64_t high, double *coverage,
                       double *width);

#endif
