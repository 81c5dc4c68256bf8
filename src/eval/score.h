/* Point metrics (docs/evaluation.md) from sums that can be taken in parts and merged. */
#ifndef RM_SCORE_H
#define RM_SCORE_H

#include "rimer/metrics.h"

/* Sums over pairs of truth and forecast. Start from all zero. */
typedef struct rm_score_sums {
    int64_t count;
    int64_t zero_targets; /* truth 0 */
    int64_t both_zero;    /* truth and forecast 0 */
    int64_t n_scaled;     /* pairs with a naive error to be scaled by */
    double error;         /* of forecast - truth */
    double abs_error, sq_error;
    double ape, smape;   /* of |e/y| and of 200|e|/(|y|+|f|) */
    double scaled_error; /* of |e| / naive error */
    double abs_truth;
    double truth_mean, truth_m2; /* mean of the truth and sum of squares about it */
} rm_score_sums;

/* Adds the pairs of one row; `naive_mae` scales its errors for mase (0 or NaN: it has none). */
void rm_score_sums_add(rm_score_sums *sums, int64_t n, const double *truth,
                       const double *forecast, double naive_mae);

/* Adds the sums of other pairs. */
void rm_score_sums_merge(rm_score_sums *sums, const rm_score_sums *other);

rimer_metrics rm_score_metrics(const rm_score_sums *sums);

/* Mean of forecast - truth. */
double rm_score_bias(const rm_score_sums *sums);

/* smape over the pairs that are not both 0. */
double rm_score_smape_skip(const rm_score_sums *sums);

/* Running mean over t of |h_t - h_{t-season}|^power, power 1 or 2, pairs with a NaN left out. */
typedef struct rm_naive_sum {
    double total;
    int64_t count;
} rm_naive_sum;
void rm_naive_sum_add(rm_naive_sum *sum, int64_t n, const float *history, int64_t season,
                      int power);

/* NaN if there is no pair. */
double rm_naive_mean(const rm_naive_sum *sum);

/* sqrt(mse / naive_mse), as M5; NaN where that is not defined. */
double rm_rmsse(double mse, double naive_mse);

#endif
