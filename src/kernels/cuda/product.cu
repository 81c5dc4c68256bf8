/* Products by cuBLAS, whose matrices are column-major: c' = op(b)' op(a)'. */
#include "kernels/cuda/launch.cuh"

static void product(cublasComputeType_t type, rm_real *c, int64_t ldc, int add, int ta, int tb,
                    const rm_real *a, int64_t lda, const rm_real *b, int64_t ldb, int64_t m,
                    int64_t n, int64_t k) {
    rm_cuda_turn turn;
    const float one = 1, beta = add ? 1 : 0;
    cublasStatus_t status = cublasGemmEx(
        rm_cuda_blas(), tb ? CUBLAS_OP_T : CUBLAS_OP_N, ta ? CUBLAS_OP_T : CUBLAS_OP_N, (int)n,
        (int)m, (int)k, &one, b, CUDA_R_32F, (int)ldb, a, CUDA_R_32F, (int)lda, &beta, c,
        CUDA_R_32F, (int)ldc, type, CUBLAS_GEMM_DEFAULT);
    rm_cuda_note_blas("cublasGemmEx", status);
}

/* Float throughout: TF32 is off unless it is asked for. */
extern "C" void rm_cuda_gemm(rm_real *c, int64_t ldc, int add, int ta, int tb, const rm_real *a,
                             int64_t lda, const rm_real *b, int64_t ldb, int64_t m, int64_t n,
                             int64_t k) {
    product(CUBLAS_COMPUTE_32F, c, ldc, add, ta, tb, a, lda, b, ldb, m, n, k);
}

/* Factors may be rounded; what comes of them is summed in float. */
template <cublasComputeType_t type>
static void fast_gemm(rm_real *c, int64_t ldc, int add, int ta, int tb, const rm_real *a,
                      int64_t lda, const rm_real *b, int64_t ldb, int64_t m, int64_t n,
                      int64_t k) {
    product(type, c, ldc, add, ta, tb, a, lda, b, ldb, m, n, k);
}

void rm_cuda_set_products(rm_kernels tables[RM_PRECISIONS]) {
    tables[RM_TF32].gemm = fast_gemm<CUBLAS_COMPUTE_32F_FAST_TF32>;
    tables[RM_BFLOAT16].gemm = fast_gemm<CUBLAS_COMPUTE_32F_FAST_16BF>;
}
