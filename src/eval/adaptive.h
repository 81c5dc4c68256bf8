/* Intervals that follow their own hits and misses along a series (docs/evaluation.md, Adaptive
 * intervals): each quantile's distance from the median is stretched by a factor of its own,
 * which grows where too few truths lay within it and shrinks where too many did. What is
 * corrected by a truth lies after it, so that nothing is known before its time. */
#ifndef RM_ADAPTIVE_H
#define RM_ADAPTIVE_H

#include "base/error.h"
#include "rimer/levels.h"

#include <stdint.h>

/* Of one channel of one series. */
typedef struct rm_adaptive rm_adaptive;

/* For forecasts of `horizon` steps at `levels`, one of which is 0.5. `rate` is the share of a
 * horizon's misses that is made up for within a horizon; above 0. RIMER_NO_MEMORY. Free with
 * rm_adaptive_free. */
rimer_status rm_adaptive_create(rm_adaptive **out, const rimer_levels *levels, int64_t horizon,
                                double rate);
void rm_adaptive_free(rm_adaptive *adaptive);

/* Forgets all: another channel begins. */
void rm_adaptive_reset(rm_adaptive *adaptive);

/* Corrects the forecast quantiles[levels][horizon] of steps start .. start + horizon by what
 * the truths before `start` say of earlier ones. Starts must rise. */
void rm_adaptive_correct(rm_adaptive *adaptive, int64_t start, float *quantiles);

/* What came of the forecast that was corrected last: truth[horizon], NaN where it is missing or
 * not yet known. It counts from the first start after it on. */
void rm_adaptive_learn(rm_adaptive *adaptive, const double *truth, const float *quantiles);

#endif
