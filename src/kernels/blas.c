#include "kernels/blas.h"

#include "base/array.h"

#include <cblas.h>
#include <openblas_config.h>
#include <stdio.h>
#include <stdlib.h>

/* LAPACK's Cholesky solver, column-major, as OpenBLAS exports it. */
void dposv_(const char *uplo, const int *n, const int *n_rhs, double *a, const int *lda,
            double *b, const int *ldb, int *info);

/* Eigenvectors of a symmetric matrix, column-major. */
void dsyevr_(const char *vectors, const char *range, const char *uplo, const int *n, double *a,
             const int *lda, const double *least, const double *most, const int *first,
             const int *last, const double *tolerance, int *found, double *values, double *z,
             const int *ldz, int *support, double *work, const int *n_work, int *whole,
             const int *n_whole, int *info);

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

/* What LAPACK wants beside the matrix. */
typedef struct eigen_room {
    double *values, *work; /* [n], [WORK * n] */
    int *whole, *support;  /* [WHOLE * n], [2 * count] */
} eigen_room;

enum { WORK = 26, WHOLE = 10 };

static rimer_status find_top(const eigen_room *room, int n, int count, double *a,
                             double *vectors) {
    int first = n - count + 1, n_work = WORK * n, n_whole = WHOLE * n, found = 0, info = 0;
    double none = 0;
    /* A row-major lower triangle is a column-major upper one; a column there is a row here. */
    dsyevr_("V", "I", "U", &n, a, &n, &none, &none, &first, &n, &none, &found, room->values,
            vectors, &n, room->support, room->work, &n_work, room->whole, &n_whole, &info);
    if (info != 0 || found != count)
        RM_FAIL(FAILED, "the eigenvectors of a matrix of size %d cannot be found", n);
    return RIMER_OK;
}

rimer_status rm_top_eigenvectors(int64_t n, int64_t count, double *a, double *vectors) {
    eigen_room room = {0};
    rimer_status status;
    RM_TRY(rm_array_new(&room.values, n, sizeof *room.values));
    RM_TRY_GOTO(status, end, rm_array_new(&room.work, WORK * n, sizeof *room.work));
    RM_TRY_GOTO(status, end, rm_array_new(&room.whole, WHOLE * n, sizeof *room.whole));
    RM_TRY_GOTO(status, end, rm_array_new(&room.support, 2 * count, sizeof *room.support));
    status = find_top(&room, (int)n, (int)count, a, vectors);
end:
    free(room.values);
    free(room.work);
    free(room.whole);
    free(room.support);
    return status;
}

const char *rm_blas_text(void) {
    static _Thread_local char text[128];
    char name[32] = "BLAS", version[32] = "";
    sscanf(OPENBLAS_VERSION, " %31s %31s", name, version); /* blanks stand around it */
    snprintf(text, sizeof text, "%s %s, %s kernels", name, version, openblas_get_corename());
    return text;
}
