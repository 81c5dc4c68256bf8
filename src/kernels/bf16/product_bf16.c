/* Products whose factors are rounded to bfloat16 (8 bits of precision) and whose sums are float:
 * twice the rate of float, errors of 2e-3 of the largest value instead of 6e-7.
 *
 * vdpbf16ps adds the products of two neighbouring terms, so both operands are kept in pairs of terms.
 * A part of DEPTH terms of both is converted at a time: BLOCK_ROWS rows of a, STRIP columns of b.
 * What does not fill a tile is computed beside zeros in a room of its own. */
#include "kernels/bf16/convert.h"
#include "kernels/ref/variant.h"

enum {
    TILE_ROWS = 7,
    TILE_VECS = 4,
    STRIP = TILE_VECS * RM_LANES,
    DEPTH = 256,
    PAIRS = DEPTH / 2,
    BLOCK_ROWS = RM_LANES * TILE_ROWS,
    FEW_ROWS = 16 /* are limited by the reading of b, which is float */
};

/* Converted parts: 57 and 32 KiB. */
typedef struct parts {
    rm_pair a[BLOCK_ROWS * PAIRS]; /* [row][pair] */
    rm_pair b[PAIRS * STRIP];      /* [pair][column] */
} parts;

static const rm_tiling rows_of_a = {PAIRS, RM_LANES *PAIRS, RM_LANES, 0};
static const rm_tiling pairs_of_b = {STRIP, RM_LANES, RM_LANES *STRIP, 0};

void rm_avx512_gemm(rm_real *, int64_t, int, int, int, const rm_real *, int64_t,
                    const rm_real *, int64_t, int64_t, int64_t, int64_t);

/* ------------------------------------------------------------------------------- tiles */

static void tile(float *c, int64_t ldc, int add, const rm_pair *a, const rm_pair *b,
                 int64_t pairs) {
    __m512 sum[TILE_ROWS][TILE_VECS];
    RM_UNROLL
    for (int r = 0; r < TILE_ROWS; r++) {
        RM_UNROLL
        for (int v = 0; v < TILE_VECS; v++) {
            __builtin_prefetch(c + r * ldc + v * RM_LANES, 1);
            sum[r][v] = _mm512_setzero_ps();
        }
    }
    for (int64_t k = 0; k < pairs; k++) {
        __m512bh column[TILE_VECS];
        RM_UNROLL
        for (int v = 0; v < TILE_VECS; v++)
            column[v] = (__m512bh)_mm512_loadu_si512(b + k * STRIP + v * RM_LANES);
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
            float *to = c + r * ldc + v * RM_LANES;
            __m512 before = add ? _mm512_loadu_ps(to) : _mm512_setzero_ps();
            _mm512_storeu_ps(to, _mm512_add_ps(before, sum[r][v]));
        }
    }
}

/* A tile of which `rows` rows and `columns` columns exist. */
static void part_of_tile(float *c, int64_t ldc, int add, const rm_pair *a, const rm_pair *b,
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
        const rm_pair *a = x->a + row * PAIRS;
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
            rm_convert(x.a, rows_of_a, a + (ta ? from * lda + row : row * lda + from), lda, ta,
                       0, rows, terms, 1);
            for (int64_t column = 0; column < n; column += STRIP) {
                int64_t columns = least(n - column, STRIP);
                rm_convert(x.b, pairs_of_b,
                           b + (tb ? column * ldb + from : from * ldb + column), ldb, !tb, 1,
                           columns, terms, 1);
                run_tiles(c + row * ldc + column, ldc, add || from > 0, &x, (terms + 1) / 2,
                          rows, columns);
            }
        }
}
