/* Products by BLAS; the vector tables have their own (simd/product.c). */
#include "kernels/blas.h"
#include "kernels/ref/variant.h"

void RM_KERNEL(gemm)(rm_real *c, int64_t ldc, int add, int ta, int tb, const rm_real *a,
                     int64_t lda, const rm_real *b, int64_t ldb, int64_t m, int64_t n,
                     int64_t k) {
    rm_gemm(ta, tb, m, n, k, 1, a, lda, b, ldb, (rm_real)(add ? 1 : 0), c, ldc);
}
