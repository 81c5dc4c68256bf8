/* Products of matrices. BLAS copies both operands into an order of its own in every call; a block of
 * rows of a network is too short to earn that back. Here
 *
 *   - a is read where it lies, a value at a time;
 *   - b is taken in strips of STRIP columns and parts of DEPTH terms. The first rows that are
 *     multiplied leave a dense copy of the part, which the other rows read; b' is turned instead;
 *   - while some rows are multiplied the part that comes next is asked for.
 *
 * A sum runs over the terms in order, whatever m and n are and wherever its tile lies, so a row's
 * bits do not depend on the rows beside it. The exception: few rows times b' are dot products, which
 * need no turning.
 *
 * 112 x 512 x 512 with operands from the third cache, GFLOP/s (peak 117), OpenBLAS 0.3.21 and here:
 * a b' 81 and 102, a b 86 and 106, a'b 99 and 95; from the second cache 98 and 110, 102 and 116,
 * 106 and 111 (tests/bench/bench_kernels.c). */
#include "kernels/ref/variant.h"
#include "kernels/simd/vec.h"

#ifdef __AVX512F__
enum { LANES = 16, TILE_ROWS = 7, TILE_VECS = 4, DOT_ROWS = 7 };
#define VEC vec16
#define LOAD load16
#define STORE store16
#define TRANSPOSE transpose16
#define FOLD fold16
#define EACH_TILE(X) ROW_TILES(X, 1) ROW_TILES(X, 2) ROW_TILES(X, 3) ROW_TILES(X, 4)
#define ROW_TILES(X, V) X(1, V) X(2, V) X(3, V) X(4, V) X(5, V) X(6, V) X(7, V)
#define EACH_DOT(X) X(1) X(2) X(3) X(4) X(5) X(6) X(7)
#else
enum { LANES = 8, TILE_ROWS = 6, TILE_VECS = 2, DOT_ROWS = 3 };
#define VEC vec8
#define LOAD load8
#define STORE store8
#define TRANSPOSE transpose8
#define FOLD fold8
#define EACH_TILE(X) ROW_TILES(X, 1) ROW_TILES(X, 2)
#define ROW_TILES(X, V) X(1, V) X(2, V) X(3, V) X(4, V) X(5, V) X(6, V)
#define EACH_DOT(X) X(1) X(2) X(3)
#endif

enum {
    STRIP = TILE_VECS * LANES,
    DEPTH = 256,    /* 64 KiB of the stack */
    DOTS = 4,       /* columns of a tile of dot products */
    DOT_TERMS = 32, /* a further row of dot products is worth it for so many more terms */
};

/* c[row][column] (+)= the sum over terms of a[row][term] b[term][column]. Their distances: */
typedef struct operands {
    const float *a, *b;
    float *c;
    int64_t a_row, a_term, b_term, c_row, terms;
    int add;
    float *copy; /* takes b, STRIP values a term; NULL: there is no need */
    /* A value in every `next_row` will be wanted soon; dot products only look whether any. */
    const float *next;
    int64_t next_row, next_rows;
} operands;

static int64_t least(int64_t a, int64_t b) {
    return a < b ? a : b;
}

/* ------------------------------------------------------------------------------- tiles */

/* c is asked for before the sums and needed after them. */
RM_INLINE void tile(const operands *p, int rows, int vecs) {
    VEC sum[TILE_ROWS][TILE_VECS] = {{{0}}};
    const float *a = p->a, *b = p->b;
    int64_t a_row = p->a_row, a_term = p->a_term, b_term = p->b_term, terms = p->terms;
    const float *next = p->next;
    int64_t next_row = p->next_row, next_rows = p->next_rows;
    float *copy = p->copy;
    for (int r = 0; r < rows; r++)
        for (int v = 0; v < vecs; v++)
            __builtin_prefetch(p->c + r * p->c_row + v * LANES, 1);
    for (int64_t k = 0; k < terms; k++, a += a_term, b += b_term) {
        VEC column[TILE_VECS];
        if (k < next_rows)
            __builtin_prefetch(next + k * next_row);
        RM_UNROLL
        for (int v = 0; v < vecs; v++)
            column[v] = LOAD(b + v * LANES);
        if (copy) {
            RM_UNROLL
            for (int v = 0; v < vecs; v++)
                STORE(copy + k * STRIP + v * LANES, column[v]);
        }
        RM_UNROLL
        for (int r = 0; r < rows; r++) {
            float x = a[r * a_row];
            RM_UNROLL
            for (int v = 0; v < vecs; v++)
                sum[r][v] += x * column[v];
        }
    }
    RM_UNROLL
    for (int r = 0; r < rows; r++) {
        float *c = p->c + r * p->c_row;
        RM_UNROLL
        for (int v = 0; v < vecs; v++)
            STORE(c + v * LANES, p->add ? LOAD(c + v * LANES) + sum[r][v] : sum[r][v]);
    }
}

#define DEFINE_TILE(R, V)                           \
    static void tile_##R##_##V(const operands *p) { \
        tile(p, R, V);                              \
    }
EACH_TILE(DEFINE_TILE)

static void (*const tiles[TILE_ROWS][TILE_VECS])(const operands *) = {
#define LISTED_TILE(R, V) [R - 1][V - 1] = tile_##R##_##V,
    EACH_TILE(LISTED_TILE)};

/* Rows of the next tile when `left` are to come: as equal as can be. */
static int64_t tile_rows(int64_t left, int64_t most) {
    int64_t pieces = (left + most - 1) / most;
    return (left + pieces - 1) / pieces;
}

static operands at_row(const operands *p, int64_t row) {
    operands to = *p;
    to.a += row * p->a_row;
    to.c += row * p->c_row;
    return to;
}

/* `vecs` whole vectors of columns; `lines` of a vector each are asked for, one with each tile. */
static void whole_columns(const operands *p, int64_t m, int64_t vecs, int64_t lines) {
    for (int64_t row = 0, rows; row < m; row += rows, lines--) {
        operands part = at_row(p, row);
        rows = tile_rows(m - row, TILE_ROWS);
        if (row > 0 && p->copy) {
            part.b = p->copy;
            part.b_term = STRIP;
        }
        if (row > 0 || rows == m)
            part.copy = NULL;
        if (lines > 0)
            part.next += (lines - 1) * LANES;
        else
            part.next_rows = 0;
        tiles[rows - 1][vecs - 1](&part);
    }
}

/* Fewer columns than a vector has, of which b holds LANES. */
static void last_columns(const operands *p, int64_t m, int64_t columns) {
    float room[TILE_ROWS][LANES] = {{0}};
    for (int64_t row = 0, rows; row < m; row += rows) {
        operands part = at_row(p, row);
        float *to = part.c;
        rows = tile_rows(m - row, TILE_ROWS);
        for (int64_t r = 0; p->add && r < rows; r++)
            memcpy(room[r], to + r * p->c_row, (size_t)columns * sizeof *to);
        part.c = *room;
        part.c_row = LANES;
        part.copy = NULL;
        part.next_rows = 0;
        tiles[rows - 1][0](&part);
        for (int64_t r = 0; r < rows; r++)
            memcpy(to + r * p->c_row, room[r], (size_t)columns * sizeof *to);
    }
}

/* ------------------------------------------------------------------------------ strips */

static void turn_block(float *to, const float *b, int64_t ldb) {
    VEC x[LANES];
    RM_UNROLL
    for (int i = 0; i < LANES; i++)
        __builtin_prefetch(b + i * ldb + 2 * LANES);
    RM_UNROLL
    for (int i = 0; i < LANES; i++)
        x[i] = LOAD(b + i * ldb);
    TRANSPOSE(x);
    RM_UNROLL
    for (int i = 0; i < LANES; i++)
        STORE(to + i * STRIP, x[i]);
}

/* to[terms][STRIP] = b[columns][terms]'; a last vector of columns is filled up with zeros. */
static void turn(float *to, const float *b, int64_t ldb, int64_t columns, int64_t terms) {
    for (int64_t j = 0; j < columns; j += LANES)
        for (int64_t k = 0; k < terms; k += LANES)
            if (columns - j >= LANES && terms - k >= LANES)
                turn_block(to + k * STRIP + j, b + j * ldb + k, ldb);
            else
                for (int64_t i = k; i < terms && i < k + LANES; i++)
                    for (int64_t l = j; l < j + LANES; l++)
                        to[i * STRIP + l] = l < columns ? b[l * ldb + i] : 0;
}

/* The columns of b that fill no vector, with zeros beside them. */
static void widen(float (*to)[LANES], const operands *p, int64_t columns) {
    for (int64_t k = 0; k < p->terms; k++) {
        memset(to[k], 0, sizeof to[k]);
        memcpy(to[k], p->b + k * p->b_term, (size_t)columns * sizeof(float));
    }
}

/* Terms `from` to from + DEPTH of the strip at `column`. b: as stored. */
static operands part_at(const operands *p, int turned, int64_t column, int64_t from) {
    operands part = *p;
    part.a += from * p->a_term;
    part.b += turned ? column * p->b_term + from : from * p->b_term + column;
    part.c += column;
    part.terms = least(p->terms - from, DEPTH);
    part.add |= from > 0;
    return part;
}

/* Lets the part be read that comes after this one, the strip's or the next strip's; returns of
 * how many vectors a stored row of it is. */
static int64_t look_ahead(operands *part, const operands *p, int turned, int64_t column,
                          int64_t from, int64_t n) {
    from += DEPTH;
    if (from >= p->terms) {
        from = 0;
        column += STRIP;
    }
    if (column >= n)
        return 0;
    operands after = part_at(p, turned, column, from);
    int64_t columns = least(n - column, STRIP);
    part->next = after.b;
    part->next_row = p->b_term;
    part->next_rows = turned ? columns : after.terms;
    return ((turned ? after.terms : columns) + LANES - 1) / LANES;
}

static void run_part(const operands *p, int turned, int64_t m, int64_t n, int64_t column,
                     int64_t from) {
    float room[DEPTH * STRIP], narrow[DEPTH][LANES];
    int64_t columns = least(n - column, STRIP), vecs = columns / LANES;
    operands part = part_at(p, turned, column, from);
    int64_t lines = look_ahead(&part, p, turned, column, from, n);
    if (turned) {
        turn(room, part.b, p->b_term, columns, part.terms);
        part.b = room;
        part.b_term = STRIP;
    } else
        part.copy = room;
    if (vecs)
        whole_columns(&part, m, vecs, lines);
    part.b += vecs * LANES;
    part.c += vecs * LANES;
    if (columns % LANES) {
        widen(narrow, &part, columns % LANES);
        part.b = *narrow;
        part.b_term = LANES;
        last_columns(&part, m, columns % LANES);
    }
}

/* ----------------------------------------------------------------------- dot products */

/* The last terms of a row, with zeros after them. */
static VEC load_part(const float *from, int64_t n) {
    float room[LANES] = {0};
    memcpy(room, from, (size_t)n * sizeof *from);
    return LOAD(room);
}

/* The sums of four vectors. */
RM_INLINE vec4 sums(const VEC *x) {
    vec4 part[DOTS], pair[2];
    RM_UNROLL
    for (int i = 0; i < DOTS; i++)
        part[i] = FOLD(x[i]);
    for (int i = 0; i < 2; i++)
        pair[i] = RM_PICK(part[2 * i], part[2 * i + 1], 0, 4, 1, 5) +
                  RM_PICK(part[2 * i], part[2 * i + 1], 2, 6, 3, 7);
    return RM_PICK(pair[0], pair[1], 0, 1, 4, 5) + RM_PICK(pair[0], pair[1], 2, 3, 6, 7);
}

/* DOTS columns of up to DOT_ROWS rows; b[column][term] is at b[column * b_term + term]. */
RM_INLINE void dot_tile(const operands *p, int rows, int64_t columns) {
    VEC sum[DOT_ROWS][DOTS] = {{{0}}};
    const float *b[DOTS];
    int64_t whole = p->terms / LANES * LANES, rest = p->terms - whole;
    for (int i = 0; i < DOTS; i++)
        b[i] = p->b + (i < columns ? i : 0) * p->b_term;
    for (int64_t k = 0; k < whole; k += LANES) {
        VEC w[DOTS];
        RM_UNROLL
        for (int i = 0; i < DOTS; i++)
            w[i] = LOAD(b[i] + k);
        if (p->next_rows) {
            RM_UNROLL
            for (int i = 0; i < DOTS; i++)
                __builtin_prefetch(b[i] + k + DOTS * p->b_term);
        }
        RM_UNROLL
        for (int r = 0; r < rows; r++) {
            VEC x = LOAD(p->a + r * p->a_row + k);
            RM_UNROLL
            for (int i = 0; i < DOTS; i++)
                sum[r][i] += x * w[i];
        }
    }
    for (int r = 0; r < rows; r++) {
        float *c = p->c + r * p->c_row;
        if (rest)
            for (int i = 0; i < DOTS; i++)
                sum[r][i] += load_part(p->a + r * p->a_row + whole, rest) *
                             load_part(b[i] + whole, rest);
        vec4 y = sums(sum[r]);
        for (int i = 0; i < columns; i++)
            c[i] = (p->add ? c[i] : 0) + y[i];
    }
}

#define DEFINE_DOT(R)                                              \
    static void dot_tile_##R(const operands *p, int64_t columns) { \
        dot_tile(p, R, columns);                                   \
    }
EACH_DOT(DEFINE_DOT)

static void dot_products(const operands *p, int64_t m, int64_t n) {
    for (int64_t column = 0; column < n; column += DOTS)
        for (int64_t row = 0, rows; row < m; row += rows) {
            operands part = at_row(p, row);
            rows = tile_rows(m - row, DOT_ROWS);
            part.b += column * p->b_term;
            part.c += column;
            part.next_rows = row == 0;
            switch (rows) {
#define RUN_DOT(R)                                    \
    case R:                                           \
        dot_tile_##R(&part, least(n - column, DOTS)); \
        break;
                EACH_DOT(RUN_DOT)
            }
        }
}

void RM_KERNEL(gemm)(rm_real *c, int64_t ldc, int add, int ta, int tb, const rm_real *a,
                     int64_t lda, const rm_real *b, int64_t ldb, int64_t m, int64_t n,
                     int64_t k) {
    operands p = {.a = a,
                  .b = b,
                  .c = c,
                  .a_row = ta ? 1 : lda,
                  .a_term = ta ? lda : 1,
                  .b_term = ldb,
                  .c_row = ldc,
                  .terms = k,
                  .add = add};
    if (tb && m <= 1 + k / DOT_TERMS) {
        dot_products(&p, m, n);
        return;
    }
    for (int64_t column = 0; column < n; column += STRIP)
        for (int64_t from = 0; from < k; from += DEPTH)
            run_part(&p, tb, m, n, column, from);
}
