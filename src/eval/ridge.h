/* The strongest simple forecaster: one linear map of the context, shared by all channels,
 * fitted in closed form (docs/evaluation.md). With x the context and y the target, both minus
 * the last observed context value, y = W x + bias * e, where e is 1 or the row's own scale. */
#ifndef RM_RIDGE_H
#define RM_RIDGE_H

#include "base/threads.h"
#include "data/windows.h"

/* The row of a context as the map reads it: shifted[n], the last observed value subtracted,
 * missing steps 0. Returns 0, and writes nothing, if no step is observed. */
int rm_ridge_shift(const float *context, int64_t n, double *shifted, double *last);

/* X'X and Y'X of the rows of some windows: what a map is solved from, with any ridge. */
typedef struct rm_ridge_sums rm_ridge_sums;

/* Sums over all rows of `windows`, standardised by `scaler`. Rows whose target misses a step,
 * or whose context has no observed one, are left out; but if fewer than one in 20 of the rows
 * with an observed context have a complete target, all with half of it observed are taken, the
 * holes filled by straight lines between their observed neighbours, the last observed context
 * value being the first of them, and held at the end. With `scale_rows` the extra column holds
 * the row's scale sqrt(population variance of the observed context + 1e-5) instead of 1, so
 * that the map commutes with any rescaling of a row. The sums are taken in a fixed order:
 * threads do not change the result. RIMER_DATA: no row is left. */
rimer_status rm_ridge_sums_make(const rm_windows *windows, const rm_scaler *scaler,
                                int scale_rows, rm_pool *pool, rm_ridge_sums **out);
void rm_ridge_sums_free(rm_ridge_sums *sums);

/* weight[horizon][context_len] and bias[horizon] of the map; `ridge` times the mean of the
 * diagonal of X'X is added to that diagonal. It draws the weights to those of the mean of the
 * context's steps that lie whole seasons of `season` steps before the forecast's, as far as
 * there are any; with a season of 1 to 0, which is the last value. RIMER_FAILED: singular (a
 * larger ridge helps). */
rimer_status rm_ridge_solve(const rm_ridge_sums *sums, double ridge, int64_t season,
                            double *weight, double *bias);

/* Both at once, drawn to the last value. */
rimer_status rm_ridge_fit(const rm_windows *windows, const rm_scaler *scaler, double ridge,
                          int scale_rows, rm_pool *pool, double *weight, double *bias);

#endif
