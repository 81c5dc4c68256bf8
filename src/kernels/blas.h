/* The only place that calls BLAS and LAPACK. Matrices are row-major; sizes are checked by the
 * callers. The BLAS runs single-threaded: threads are ours (base/threads.h), one pool in the
 * process, because a second pool beside it costs a factor of two to three. */
#ifndef RM_BLAS_H
#define RM_BLAS_H

#include "base/error.h"
#include "kernels/real.h"

#include <stdint.h>

/* Sets the BLAS to one thread; called once by whoever makes a session, lane or fit. Safe to
 * repeat. Process-wide, as the BLAS offers nothing narrower. */
void rm_blas_single_thread(void);

/* c[m][n] = alpha * op(a)[m][k] op(b)[k][n] + beta * c; ta, tb: nonzero transposes. A leading
 * dimension is the distance of rows as stored. m == 1 goes to the matrix-vector product. */
void rm_gemm(int ta, int tb, int64_t m, int64_t n, int64_t k, rm_real alpha, const rm_real *a,
             int64_t lda, const rm_real *b, int64_t ldb, rm_real beta, rm_real *c, int64_t ldc);

/* The same in double. */
void rm_gemm_double(int ta, int tb, int64_t m, int64_t n, int64_t k, double alpha,
                    const double *a, int64_t lda, const double *b, int64_t ldb, double beta,
                    double *c, int64_t ldc);

/* Lower triangle of c[n][n] += a'a for a[k][n]. */
void rm_syrk_double(int64_t n, int64_t k, const double *a, double *c);

/* Solves the symmetric positive definite a[n][n] x = b for b[n_rhs][n], one right side a row,
 * in place; only the lower triangle of a is read, and overwritten. RIMER_FAILED if a is not
 * positive definite. */
rimer_status rm_solve_spd(int64_t n, int64_t n_rhs, double *a, double *b);

/* The `count` eigenvectors of the symmetric a[n][n] of the largest eigenvalues, rows of
 * vectors[count][n], orthonormal; a is overwritten, only its lower triangle is read.
 * RIMER_FAILED: a holds what is not finite. RIMER_NO_MEMORY. */
rimer_status rm_top_eigenvectors(int64_t n, int64_t count, double *a, double *vectors);

/* "OpenBLAS 0.3.21 (core)" for --version. */
const char *rm_blas_text(void);

#endif
