/* Products of the steps of windows, summed over all windows of a stretch without a hole. A window
 * shares all its steps but one with the next, so of the sum for steps i + 1 and j + 1 only the
 * first and the last product differ from that for i and j: n windows of C + H steps take
 * n (C + H) + C (C + H) products in the place of n C (C / 2 + H). */
#ifndef RM_SLIDING_SUMS_H
#define RM_SLIDING_SUMS_H

#include "base/error.h"

#include <stdint.h>

typedef struct rm_sliding_sums {
    int64_t context_len, size; /* steps of a window: the context, and all of them */
    double *products;          /* [context_len][size] of steps i and j, i <= j */
    double *scaled;            /* [size] of the extra column and step j */
    double squares;            /* of the extra column */
    double *diagonal;          /* [size] work */
} rm_sliding_sums;

/* RIMER_NO_MEMORY. Freed by rm_sliding_sums_free, which takes a zeroed one, too. */
rimer_status rm_sliding_sums_make(rm_sliding_sums *sums, int64_t context_len, int64_t horizon);
void rm_sliding_sums_free(rm_sliding_sums *sums);

/* The windows that begin at values[0] to values[n - 1], n > 0; the last one ends with
 * values[n - 1 + size - 1]. extra[n] is a window's extra column. Sums lose digits where values
 * are far from 0: what all windows share should be subtracted before. */
void rm_sliding_sums_add(rm_sliding_sums *sums, const double *values, const double *extra,
                         int64_t n);

/* into += from, of the same sizes. */
void rm_sliding_sums_merge(rm_sliding_sums *into, const rm_sliding_sums *from);

/* Adds X'X and Y'X for windows whose last step of the context is subtracted from all steps:
 * xx[context_len + 1][context_len + 1], the lower triangle, and yx[horizon][context_len + 1];
 * the last of the columns is the extra one. */
void rm_sliding_sums_put(const rm_sliding_sums *sums, double *xx, double *yx);

#endif
