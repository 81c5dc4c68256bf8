/* Mean and deviation of a row, for the norms. */
#ifndef RM_MOMENTS_H
#define RM_MOMENTS_H

#include "kernels/ref/vmath.h"

static inline __attribute__((always_inline)) rm_real sum_of(const rm_real *x, int64_t n) {
    rm_real sum = 0;
#pragma omp simd reduction(+ : sum)
    for (int64_t i = 0; i < n; i++)
        sum += x[i];
    return sum;
}

/* Mean and 1/deviation of one row; two passes, so that a large mean costs no digits. */
static inline __attribute__((always_inline)) void
moments(const rm_real *x, int64_t n, double eps, rm_real *mean, rm_real *rstd) {
    rm_real m = sum_of(x, n) / (rm_real)n;
    rm_real squares = 0;
#pragma omp simd reduction(+ : squares)
    for (int64_t i = 0; i < n; i++)
        squares += (x[i] - m) * (x[i] - m);
    *mean = m;
    *rstd = 1 / rm_sqrt(squares / (rm_real)n + (rm_real)eps);
}

#endif
