/* The sum of the lanes' gradients, pairwise over a fixed tree: lane i is added to lane j only as
 * the tree says, whichever finishes first, so the bits do not depend on the threads. A pair is
 * added as soon as both are there, which frees a block: instead of one block a lane there are
 * log2(lanes) and a few. Nothing is allocated after creation. */
#ifndef RM_GRADIENT_SUM_H
#define RM_GRADIENT_SUM_H

#include "kernels/kernels.h"

#include <stddef.h>

typedef struct rm_gradient_sum rm_gradient_sum;

/* For gradients of `total` values of at most `lanes` lanes, of which `threads` run at once. */
rimer_status rm_gradient_sum_create(rm_gradient_sum **out, const rm_kernels *kernels,
                                    int64_t total, int64_t lanes, int64_t threads);
void rm_gradient_sum_free(rm_gradient_sum *sum);

/* Before the lanes of a step; the sum of the last step is gone. */
void rm_gradient_sum_begin(rm_gradient_sum *sum, int64_t lanes);

/* A zeroed block for the gradient of a lane, each lane once. Waits until the lanes before it have
 * theirs and a block is free, so a thread must have finished its last lane before the next. */
rm_real *rm_gradient_sum_take(rm_gradient_sum *sum, int64_t lane);

/* The lane's gradient is complete. */
void rm_gradient_sum_give(rm_gradient_sum *sum, int64_t lane);

/* After all lanes gave theirs: adds the last pair of the tree, values begin .. begin + n of it, each
 * value once. Several threads may, each its own part: one alone would keep the others waiting. */
void rm_gradient_sum_finish(const rm_gradient_sum *sum, int64_t begin, int64_t n);

/* After all of it is finished. */
rm_real *rm_gradient_sum_result(const rm_gradient_sum *sum);

size_t rm_gradient_sum_bytes(const rm_gradient_sum *sum);

#endif
