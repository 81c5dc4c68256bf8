#include "nn/linear.h"

void rm_linear_forward(const rm_kernels *k, rm_real *y, int64_t ldy, const rm_real *x,
                       int64_t ldx, const rm_real *w, int64_t m, int64_t in, int64_t out,
                       rm_real beta) {
    k->gemm(0, 1, m, out, in, 1, x, ldx, w, in, beta, y, ldy);
}

void rm_linear_backward(const rm_kernels *k, rm_real *dx, int64_t lddx, rm_real *dw,
                        const rm_real *dy, int64_t lddy, const rm_real *x, int64_t ldx,
                        const rm_real *w, int64_t m, int64_t in, int64_t out, rm_real beta) {
    if (dx)
        k->gemm(0, 0, m, in, out, 1, dy, lddy, w, in, beta, dx, lddx);
    k->gemm(1, 0, out, in, m, 1, dy, lddy, x, ldx, 1, dw, in);
}

void rm_factor_forward(const rm_kernels *k, rm_real *y, const rm_real *x, const rm_real *w,
                       int64_t m, int64_t in, int64_t out) {
    k->gemm(0, 0, m, out, in, 1, x, in, w, out, 0, y, out);
}

void rm_factor_backward(const rm_kernels *k, rm_real *dx, rm_real *dw, const rm_real *dy,
                        const rm_real *x, const rm_real *w, int64_t m, int64_t in, int64_t out,
                        rm_real beta) {
    k->gemm(0, 1, m, in, out, 1, dy, out, w, out, beta, dx, in);
    k->gemm(1, 0, in, out, m, 1, x, in, dy, out, 1, dw, out);
}
