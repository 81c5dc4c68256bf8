#include "nn/linear.h"

void rm_linear_forward(const rm_kernels *k, rm_real *y, int64_t ldy, const rm_real *x,
                       int64_t ldx, const rm_real *w, int64_t m, int64_t in, int64_t out,
                       int add) {
    k->gemm(y, ldy, add, 0, 1, x, ldx, w, in, m, out, in);
}

void rm_linear_backward(const rm_kernels *k, rm_real *dx, int64_t lddx, rm_real *dw,
                        const rm_real *dy, int64_t lddy, const rm_real *x, int64_t ldx,
                        const rm_real *w, int64_t m, int64_t in, int64_t out, int add) {
    if (dx)
        k->gemm(dx, lddx, add, 0, 0, dy, lddy, w, in, m, in, out);
    k->gemm(dw, in, 1, 1, 0, dy, lddy, x, ldx, out, in, m);
}

void rm_affine_forward(const rm_kernels *k, rm_real *y, const rm_real *x, const rm_real *w,
                       const rm_real *bias, int64_t m, int64_t in, int64_t out, rm_real beta) {
    rm_linear_forward(k, y, out, x, in, w, m, in, out, beta);
    k->bias_forward(y, bias, m, out);
}

void rm_affine_backward(const rm_kernels *k, rm_real *dx, rm_real *dw, rm_real *dbias,
                        const rm_real *dy, const rm_real *x, const rm_real *w, int64_t m,
                        int64_t in, int64_t out, rm_real beta) {
    rm_linear_backward(k, dx, in, dw, dy, out, x, in, w, m, in, out, beta);
    k->bias_backward(dbias, dy, m, out);
}

void rm_factor_forward(const rm_kernels *k, rm_real *y, const rm_real *x, const rm_real *w,
                       int64_t m, int64_t in, int64_t out) {
    k->gemm(y, out, 0, 0, 0, x, in, w, out, m, out, in);
}

void rm_factor_backward(const rm_kernels *k, rm_real *dx, rm_real *dw, const rm_real *dy,
                        const rm_real *x, const rm_real *w, int64_t m, int64_t in, int64_t out,
                        int add) {
    k->gemm(dx, in, add, 0, 1, dy, out, w, out, m, in, out);
    k->gemm(dw, out, 1, 1, 0, x, in, dy, out, in, out, m);
}
