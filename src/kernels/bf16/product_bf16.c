/* Products whose factors are rounded to bfloat16 (8 bits of precision) and whose sums are float:
 * twice the rate of float, errors of 2e-3 of the largest value instead of 6e-7.
 *
 * vdpbf16ps adds the products of two neighbouring terms, so both operands are kept in pairs of terms.
 * A part of DEPTH terms of both is converted at a time: BLOCK_ROWS rows of a, STRIP columns of b.
 * What does not fill a tile is computed beside zeros in a room of its own. */
#include "kernels/ref/variant.h"
#include "kernels/simd/vec.h"

#include <immintrin.h>

enum {
    LANES = 16,
    TILE_ROWS = 7,
    TILE_VECS = 4,
    STRIP = TILE_VECS * LANES,
    DEPTH = 256,
    PAIRS = DEPTH / 2,
    BLOCK_ROWS = 16 * TILE_ROWS,
    FEW_ROWS = 16 /* are limited by the reading of b, which is float */
};

/* Two terms in bfloat16, the first in the lower half. */
typedef uint32_t pair;

/* Converted parts: 57 and 32 KiB. */
typedef struct parts {
    pair a[BLOCK_ROWS * PAIRS]; /* [row][pair] */
    pair b[PAIRS * STRIP];      /* [pair][column] */
} parts;

void rm_avx512_gemm(rm_real *, int64_t, int, int, int, const rm_real *, int64_t,
                    const rm_real *, int64_t, int64_t, int64_t, int64_t);

static int64_t least(int64_t a, int64_t b) {
    return a < b ? a : b;
}

/* ------------------------------------------------------------------------- conversion */

/* The first n of 16 values, zeros after them. */
RM_INLINE __m512 load_some(const float *from, int64_t n) {
    return _mm512_maskz_loadu_ps((__mmask16)(n >= LANES ? 0xffff
                                             : n > 0    ? (1 << n) - 1
                                                        : 0),
                                 from);
}

/* pairs[i] = first[i] and second[i]. */
RM_INLINE __m512i zip(__m512 first, __m512 second) {
    const __m512i order =
        _mm512_set_epi16(31, 15, 30, 14, 29, 13, 28, 12, 27, 11, 26, 10, 25, 9, 24, 8, 23, 7,
                         22, 6, 21, 5, 20, 4, 19, 3, 18, 2, 17, 1, 16, 0);
    return _mm512_permutexvar_epi16(order, (__m512i)_mm512_cvtne2ps_pbh(second, first));
}

/* Pairs of 32 values that follow each other, of which n exist. */
RM_INLINE __m512i neighbours(const float *from, int64_t n) {
    return (__m512i)_mm512_cvtne2ps_pbh(load_some(from + LANES, n - LANES), load_some(from, n));
}

/* 16 x 16 pairs, turned. */
RM_INLINE void turn_pairs(__m512i *x) {
    vec16 y[LANES];
    memcpy(y, x, sizeof y);
    transpose16(y);
    memcpy(x, y, sizeof y);
}

/* to[pair][column], `width` apart, from rows of terms: from[term][column]. */
static void zip_terms(pair *to, int64_t width, const float *from, int64_t ld, int64_t columns,
                      int64_t terms) {
    for (int64_t k = 0; k < terms; k += 2)
        for (int64_t j = 0; j < columns; j += LANES) {
            const float *at = from + k * ld + j;
            __m512 second =
                k + 1 < terms ? load_some(at + ld, columns - j) : _mm512_setzero_ps();
            _mm512_storeu_si512(to + k / 2 * width + j,
                                zip(load_some(at, columns - j), second));
        }
}

/* 16 rows of from[row][term] at `term`, as pairs; rows and terms that are not there are zeros. */
RM_INLINE void load_rows(__m512i *x, const float *from, int64_t ld, int64_t rows,
                         int64_t terms) {
    RM_UNROLL
    for (int i = 0; i < LANES; i++)
        x[i] = i < rows ? neighbours(from + i * ld, terms) : _mm512_setzero_si512();
}

/* a[row][pair] from rows as they stand. */
static void convert_rows(pair *to, const float *from, int64_t ld, int64_t rows, int64_t terms) {
    for (int64_t i = 0; i < rows; i++)
        for (int64_t k = 0; k < terms; k += 2 * LANES)
            _mm512_storeu_si512(to + i * PAIRS + k / 2,
                                neighbours(from + i * ld + k, terms - k));
}

/* a[row][pair] from from[term][row]. */
static void convert_turned(pair *to, const float *from, int64_t ld, int64_t rows,
                           int64_t terms) {
    pair room[LANES * LANES];
    __m512i x[LANES];
    for (int64_t i = 0; i < rows; i += LANES)
        for (int64_t k = 0; k < terms; k += 2 * LANES) {
            memset(room, 0, sizeof room);
            zip_terms(room, LANES, from + k * ld + i, ld, least(rows - i, LANES),
                      least(terms - k, 2 * LANES));
            memcpy(x, room, sizeof x);
            turn_pairs(x);
            for (int64_t r = 0; r < LANES && i + r < rows; r++)
                _mm512_storeu_si512(to + (i + r) * PAIRS + k / 2, x[r]);
        }
}

/* b[pair][column] from from[column][term]. */
static void convert_columns(pair *to, const float *from, int64_t ld, int64_t columns,
                            int64_t terms) {
    __m512i x[LANES];
    for (int64_t j = 0; j < columns; j += LANES)
        for (int64_t k = 0; k < terms; k += 2 * LANES) {
            load_rows(x, from + j * ld + k, ld, columns - j, terms - k);
            turn_pairs(x);
            for (int i = 0; i < LANES; i++)
                _mm512_storeu_si512(to + (k / 2 + i) * STRIP + j, x[i]);
        }
}

/* ------------------------------------------------------------------------------- tiles */

static void tile(float *c, int64_t ldc, int add, const pair *a, const pair *b, int64_t pairs) {
    __m512 sum[TILE_ROWS][TILE_VECS];
    RM_UNROLL
    for (int r = 0; r < TILE_ROWS; r++) {
        RM_UNROLL
        for (int v = 0; v < TILE_VECS; v++) {
            __builtin_prefetch(c + r * ldc + v * LANES, 1);
            sum[r][v] = _mm512_setzero_ps();
        }
    }
    for (int64_t k = 0; k < pairs; k++) {
        __m512bh column[TILE_VECS];
        RM_UNROLL
        for (int v = 0; v < TILE_VECS; v++)
            column[v] = (__m512bh)_mm512_loadu_si512(b + k * STRIP + v * LANES);
        RM_UNROLL
        for (int r = 0; r < TILE_ROWS; r++) {
            __m512bh x = (__m512bh)_mm512_set1_epi32((int)a[r * PAIRS + k]);
            RM_UNROLL
            for (int v = 0; v < TILE_VECS; v++)
                sum[r][v] = _mm512_dpbf16_ps(sum[r][v], x, column[v]);
        }
    }
    RM_UNROLL
    for (int r = 0; r < TILE_ROWS; r++) {
        RM_UNROLL
        for (int v = 0; v < TILE_VECS; v++) {
            float *to = c + r * ldc + v * LANES;
            __m512 before = add ? _mm512_loadu_ps(to) : _mm512_setzero_ps();
            _mm512_storeu_ps(to, _mm512_add_ps(before, sum[r][v]));
        }
    }
}

/* A tile of which `rows` rows and `columns` columns exist. */
static void part_of_tile(float *c, int64_t ldc, int add, const pair *a, const pair *b,
                         int64_t pairs, int64_t rows, int64_t columns) {
    float room[TILE_ROWS * STRIP] = {0};
    size_t size = (size_t)columns * sizeof *c;
    for (int64_t r = 0; r < rows && add; r++)
        memcpy(room + r * STRIP, c + r * ldc, size);
    tile(room, STRIP, add, a, b, pairs);
    for (int64_t r = 0; r < rows; r++)
        memcpy(c + r * ldc, room + r * STRIP, size);
}

static void run_tiles(float *c, int64_t ldc, int add, const parts *x, int64_t pairs, int64_t m,
                      int64_t columns) {
    for (int64_t row = 0; row < m; row += TILE_ROWS) {
        const pair *a = x->a + row * PAIRS;
        int64_t rows = least(m - row, TILE_ROWS);
        if (rows == TILE_ROWS && columns == STRIP)
            tile(c + row * ldc, ldc, add, a, x->b, pairs);
        else
            part_of_tile(c + row * ldc, ldc, add, a, x->b, pairs, rows, columns);
    }
}

void RM_KERNEL(gemm)(rm_real *c, int64_t ldc, int add, int ta, int tb, const rm_real *a,
                     int64_t lda, const rm_real *b, int64_t ldb, int64_t m, int64_t n,
                     int64_t k) {
    parts x;
    if (m <= FEW_ROWS) {
        rm_avx512_gemm(c, ldc, add, ta, tb, a, lda, b, ldb, m, n, k);
        return;
    }
    memset(x.a, 0, sizeof x.a); /* rows of a tile that do not exist */
    for (int64_t row = 0; row < m; row += BLOCK_ROWS)
        for (int64_t from = 0; from < k; from += DEPTH) {
            int64_t rows = least(m - row, BLOCK_ROWS), terms = least(k - from, DEPTH);
            if (ta)
                convert_turned(x.a, a + from * lda + row, lda, rows, terms);
            else
                convert_rows(x.a, a + row * lda + from, lda, rows, terms);
            for (int64_t column = 0; column < n; column += STRIP) {
                int64_t columns = least(n - column, STRIP);
                if (tb)
                    convert_columns(x.b, b + column * ldb + from, ldb, columns, terms);
                else
                    zip_terms(x.b, STRIP, b + from * ldb + column, ldb, columns, terms);
                run_tiles(c + row * ldc + column, ldc, add || from > 0, &x, (terms + 1) / 2,
                          rows, columns);
            }
        }
}
