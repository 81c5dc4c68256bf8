/* Products of bfloat16 by the matrix unit (AMX) of newer Intel processors: tiles of 16 rows of 16
 * pairs of terms, whose products it sums in float.
 *
 * rm_amx_gemm rounds the factors to 8 bits. rm_amx_gemm_halves takes each as the sum of two such, high and
 * low, and leaves out only the product of the low ones: factors of 16 bits for three products.
 *
 * A part of DEPTH terms is converted at a time: as many rows of a as there is room for, STRIP
 * columns of b; four tiles of the result are summed at once. What fills no tile is computed in a
 * room of its own. */
#include "kernels/bf16/convert.h"
#include "kernels/ref/variant.h"

enum {
    TILE = RM_LANES * RM_LANES, /* pairs, or sums */
    PAIR = 2,                   /* tiles of rows, and of columns, that are summed at once */
    STRIP = PAIR * RM_LANES,
    DEPTH = 512,
    STEPS = DEPTH / RM_TILE_TERMS,
    A_HALF = 8 * STEPS * TILE, /* pairs there is room for */
    B_HALF = PAIR * STEPS * TILE,
    FEW = 16 /* rows or terms: reading b or adding to c takes longer than the product */
};

typedef struct parts {
    rm_pair a[2 * A_HALF]; /* [high, low][row of tiles][step] */
    rm_pair b[2 * B_HALF]; /* [high, low][column of tiles][step] */
} parts;

/* Nowhere in the table of kernels.h. */
void rm_amx_gemm_halves(rm_real *, int64_t, int, int, int, const rm_real *, int64_t,
                        const rm_real *, int64_t, int64_t, int64_t, int64_t);
void rm_avx512_gemm(rm_real *, int64_t, int, int, int, const rm_real *, int64_t,
                    const rm_real *, int64_t, int64_t, int64_t, int64_t);

/* Of all eight tile registers: 16 rows of 64 bytes. */
static const struct __attribute__((packed)) {
    uint8_t palette, start, unused[14];
    uint16_t bytes[16];
    uint8_t rows[16];
} registers = {.palette = 1,
               .bytes = {64, 64, 64, 64, 64, 64, 64, 64},
               .rows = {16, 16, 16, 16, 16, 16, 16, 16}};

/* The compiler does not know that tile instructions read and write memory. */
#define SETTLE() __asm__ volatile("" ::: "memory")

/* Up to 2 x 2 tiles of the result: `wide`, a second beside the first, `tall`, a second below. */
typedef struct block {
    float *c;
    int64_t ldc, steps;
    const rm_pair *a[2], *b[2]; /* high and low halves; [row or column of tiles][step] */
    int add, tall, wide;
} block;

/* Names of tile registers, which must be literals. */
#define SUM_00 0
#define SUM_01 1
#define SUM_10 2
#define SUM_11 3
#define A_0 4
#define A_1 5
#define B_0 6
#define B_1 7

#define EACH_SUM(X)             \
    do {                        \
        X(0, 0);                \
        if (p->wide)            \
            X(0, 1);            \
        if (p->tall)            \
            X(1, 0);            \
        if (p->tall && p->wide) \
            X(1, 1);            \
    } while (0)
#define SUM_AT(row, column) (p->c + row * RM_LANES * p->ldc + column * RM_LANES)
#define CLEAR_SUM(row, column) _tile_zero(SUM_##row##column)
#define LOAD_SUM(row, column) _tile_loadd(SUM_##row##column, SUM_AT(row, column), 4 * p->ldc)
#define STORE_SUM(row, column) _tile_stored(SUM_##row##column, SUM_AT(row, column), 4 * p->ldc)
#define ADD_PRODUCT(row, column) _tile_dpbf16ps(SUM_##row##column, A_##row, B_##column)
#define LOAD_PAIR(X, from, both)                                   \
    do {                                                           \
        _tile_loadd(X##_0, (from) + at, 64);                       \
        if (both)                                                  \
            _tile_loadd(X##_1, (from) + at + p->steps * TILE, 64); \
    } while (0)

RM_INLINE void sum_block(const block *p, int halves) {
    SETTLE();
    if (p->add)
        EACH_SUM(LOAD_SUM);
    else
        EACH_SUM(CLEAR_SUM);
    for (int64_t at = 0; at < p->steps * TILE; at += TILE) {
        LOAD_PAIR(A, p->a[0], p->tall);
        if (halves == 2) {
            LOAD_PAIR(B, p->b[1], p->wide);
            EACH_SUM(ADD_PRODUCT);
        }
        LOAD_PAIR(B, p->b[0], p->wide);
        EACH_SUM(ADD_PRODUCT);
        if (halves == 2) {
            LOAD_PAIR(A, p->a[1], p->tall);
            EACH_SUM(ADD_PRODUCT);
        }
    }
    EACH_SUM(STORE_SUM);
    SETTLE();
}

/* A block of which `rows` rows and `columns` columns exist. */
RM_INLINE void part_of_block(const block *p, int64_t rows, int64_t columns, int halves) {
    float room[STRIP * STRIP];
    size_t size = (size_t)columns * sizeof *room;
    block part = *p;
    part.c = room;
    part.ldc = STRIP;
    memset(room, 0, sizeof room);
    for (int64_t r = 0; r < rows && p->add; r++)
        memcpy(room + r * STRIP, p->c + r * p->ldc, size);
    sum_block(&part, halves);
    for (int64_t r = 0; r < rows; r++)
        memcpy(p->c + r * p->ldc, room + r * STRIP, size);
}

/* The rows of a that are converted times the strip of b. */
RM_INLINE void run_strip(const parts *x, float *c, int64_t ldc, int add, int64_t steps,
                         int64_t m, int64_t columns, int halves) {
    for (int64_t row = 0; row < m; row += STRIP) {
        int64_t rows = least(m - row, STRIP), at = row / RM_LANES * steps * TILE;
        block p = {.c = c + row * ldc,
                   .ldc = ldc,
                   .steps = steps,
                   .a = {x->a + at, x->a + A_HALF + at},
                   .b = {x->b, x->b + B_HALF},
                   .add = add,
                   .tall = rows > RM_LANES,
                   .wide = columns > RM_LANES};
        if (rows % RM_LANES || columns % RM_LANES)
            part_of_block(&p, rows, columns, halves);
        else
            sum_block(&p, halves);
    }
}

RM_INLINE void product(rm_real *c, int64_t ldc, int add, int ta, int tb, const rm_real *a,
                       int64_t lda, const rm_real *b, int64_t ldb, int64_t m, int64_t n,
                       int64_t k, int halves) {
    parts x;
    if (m <= FEW || k <= FEW) {
        rm_avx512_gemm(c, ldc, add, ta, tb, a, lda, b, ldb, m, n, k);
        return;
    }
    _tile_loadconfig(&registers);
    for (int64_t from = 0, rows; from < k; from += DEPTH) {
        int64_t terms = least(k - from, DEPTH);
        int64_t steps = (terms + RM_TILE_TERMS - 1) / RM_TILE_TERMS;
        rm_tiling of_a = {RM_LANES, steps * TILE, TILE, halves == 2 ? A_HALF : 0};
        rm_tiling of_b = {RM_LANES, steps * TILE, TILE, halves == 2 ? B_HALF : 0};
        for (int64_t row = 0; row < m; row += rows) {
            rows = least(m - row, A_HALF / TILE / steps * RM_LANES);
            rm_convert(x.a, of_a, a + (ta ? from * lda + row : row * lda + from), lda, ta, 0,
                       rows, terms, halves);
            for (int64_t column = 0; column < n; column += STRIP) {
                int64_t columns = least(n - column, STRIP);
                rm_convert(x.b, of_b, b + (tb ? column * ldb + from : from * ldb + column), ldb,
                           !tb, 1, columns, terms, halves);
                run_strip(&x, c + row * ldc + column, ldc, add || from > 0, steps, rows,
                          columns, halves);
            }
        }
    }
    _tile_release();
}

void RM_KERNEL(gemm)(rm_real *c, int64_t ldc, int add, int ta, int tb, const rm_real *a,
                     int64_t lda, const rm_real *b, int64_t ldb, int64_t m, int64_t n,
                     int64_t k) {
    product(c, ldc, add, ta, tb, a, lda, b, ldb, m, n, k, 1);
}

void rm_amx_gemm_halves(rm_real *c, int64_t ldc, int add, int ta, int tb, const rm_real *a,
                        int64_t lda, const rm_real *b, int64_t ldb, int64_t m, int64_t n,
                        int64_t k) {
    product(c, ldc, add, ta, tb, a, lda, b, ldb, m, n, k, 2);
}
