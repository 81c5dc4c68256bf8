/* The last E of a row's T tokens, close together: all that is read of a network's last layer where
 * the forecast hangs on the last token alone. Products are of E tokens then, not of T. */
#ifndef RM_ENDS_H
#define RM_ENDS_H

#include "kernels/kernels.h"

/* E is T or at most this: the last token, and the one before it, which the token shift of a channel
 * mix reads. */
#define RM_ENDS_MOST 2

/* Tokens of the ends of B rows of T tokens, if those are not all. */
static inline int64_t rm_ends_most(int64_t B, int64_t T) {
    return B * (T - 1 < RM_ENDS_MOST ? T - 1 : RM_ENDS_MOST);
}

/* x itself if E is T; else `room`[B][E][D], filled with the ends of x[B][T][D]. */
const rm_real *rm_ends_take(const rm_kernels *kernels, rm_real *room, const rm_real *x,
                            int64_t B, int64_t T, int64_t E, int64_t D);

/* y[B][T][D] = ends[B][E][D] at the ends, 0 before them. */
void rm_ends_put(const rm_kernels *kernels, rm_real *y, const rm_real *ends, int64_t B,
                 int64_t T, int64_t E, int64_t D);

/* The same for a tensor that goes from kernel to kernel and nowhere else (kernels.h). */
const rm_real *rm_ends_take_between(const rm_kernels *kernels, rm_real *room, const rm_real *x,
                                    int64_t B, int64_t T, int64_t E, int64_t D);
void rm_ends_put_between(const rm_kernels *kernels, rm_real *y, const rm_real *ends, int64_t B,
                         int64_t T, int64_t E, int64_t D);

#endif
