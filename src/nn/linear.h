/* y = x W' and its gradients, on rows of any distance. */
#ifndef RM_LINEAR_H
#define RM_LINEAR_H

#include "kernels/kernels.h"

/* y[m][out] = x[m][in] w[out][in]', or += if add. ldx, ldy: distance of rows. */
void rm_linear_forward(const rm_kernels *k, rm_real *y, int64_t ldy, const rm_real *x,
                       int64_t ldx, const rm_real *w, int64_t m, int64_t in, int64_t out,
                       int add);

/* dx = dy w, or += if add (dx may be NULL); dw += dy' x. */
void rm_linear_backward(const rm_kernels *k, rm_real *dx, int64_t lddx, rm_real *dw,
                        const rm_real *dy, int64_t lddy, const rm_real *x, int64_t ldx,
                        const rm_real *w, int64_t m, int64_t in, int64_t out, int add);

/* The same with a bias, rows next to each other: y = beta * y + x w' + bias. */
void rm_affine_forward(const rm_kernels *k, rm_real *y, const rm_real *x, const rm_real *w,
                       const rm_real *bias, int64_t m, int64_t in, int64_t out, rm_real beta);

/* dx = beta * dx + dy w; dw and dbias are added to. */
void rm_affine_backward(const rm_kernels *k, rm_real *dx, rm_real *dw, rm_real *dbias,
                        const rm_real *dy, const rm_real *x, const rm_real *w, int64_t m,
                        int64_t in, int64_t out, rm_real beta);

/* Low-rank factors are stored [in][out]: y[m][out] = x[m][in] w[in][out]. */
void rm_factor_forward(const rm_kernels *k, rm_real *y, const rm_real *x, const rm_real *w,
                       int64_t m, int64_t in, int64_t out);

/* dx = dy w', or += if add; dw += x' dy. */
void rm_factor_backward(const rm_kernels *k, rm_real *dx, rm_real *dw, const rm_real *dy,
                        const rm_real *x, const rm_real *w, int64_t m, int64_t in, int64_t out,
                        int add);

#endif
