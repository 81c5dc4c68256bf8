#include "kernels/blas.h"

#include <cblas.h>
#include <openblas_config.h>
#include <stdio.h>

/* LAPACK's Cholesky solver, column-major, as OpenBLAS exports it. */
void dposv_(const char *uplo, const int *n, const int *n_rhs, double *a, const int *lda,
            double *b, const int *ldb, int *info);

void rm_blas_single_thread(void) {
    openblas_set_num_threads(1);
}

static CBLAS_TRANSPOSE transpose(int yes) {
    return yes ? CblasTrans : CblasNoTrans;
}

void rm_gemm_double(int ta, int tb, int64_t m, int64_t n, int64_t k, double alpha,
                    const double *a, int64_t lda, const double *b, int64_t ldb, double beta,
                    double *c, int64_t ldc) {
    cblas_dgemm(CblasRowMajor, transpose(ta), transpose(tb), (int)m, (int)n, (int)k, alpha, a,
                (int)lda, b, (int)ldb, beta, c, (int)ldc);
}

#ifdef RM_REAL_DOUBLE
void rm_gemm(int ta, int tb, int64_t m, int64_t n, int64_t k, rm_real alpha, const rm_real *a,
             int64_t lda, const rm_real *b, int64_t ldb, rm_real beta, rm_real *c,
             int64_t ldc) {
    rm_gemm_double(ta, tb, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
}
#else
void rm_gemm(int ta, int tb, int64_t m, int64_t n, int64_t k, rm_real alpha, const rm_real *a,
             int64_t lda, const rm_real *b, int64_t ldb, rm_real beta, rm_real *c,
             int64_t ldc) {
    if (m == 1 && !ta) /* c' = op(b)' a': five times faster than sgemm there */
        cblas_sgemv(CblasRowMajor, transpose(!tb), tb ? (int)n : (int)k, tb ? (int)k : (int)n,
                    alpha, b, (int)ldb, a, 1, beta, c, 1);
    else
        cblas_sgemm(CblasRowMajor, transpose(ta), transpose(tb), (int)m, (int)n, (int)k, alpha,
                    a, (int)lda, b, (int)ldb, beta, c, (int)ldc);
}
#endif

void rm_syrk_double(int64_t n, int64_t k, const double *a, double *c) {
    cblas_dsyrk(CblasRowMajor, CblasLower, CblasTrans, (int)n, (int)k, 1.0, a, (int)n, 1.0, c,
                (int)n);
}

rimer_status rm_solve_spd(int64_t n, int64_t n_rhs, double *a, double *b) {
    int size = (int)n, sides = (int)n_rhs, info = 0;
    /* A row-major lower triangle is a column-major upper one; a row of b is a column there. */
    dposv_("U", &size, &sides, a, &size, b, &size, &info);
    if (info != 0)
        RM_FAIL(FAILED, "the normal equations of size %lld are not positive definite",
                (long long)n);
    return RIMER_OK;
}

const char *rm_blas_text(void) {
    static _Thread_local char text[128];
    char name[32] = "BLAS", version[32] = "";
    sscanf(OPENBLAS_VERSION, " %31s %31s", name, version); /* blanks stand around it */
    snprintf(text, sizeof text, "%s %s, %s kernels", name, version, openblas_get_corename());
    return text;
}
