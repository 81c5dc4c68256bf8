/* Operands of a product in bfloat16: tiles of 16 lines of 16 pairs of neighbouring terms, as the
 * instructions want them. A tile of a has a row in each line, a tile of b a pair of terms of 16
 * columns. What is not there is zero.
 *
 * Rounded to 8 bits alone, or as two halves, a high one and what it left over: 16 bits together. */
#ifndef RM_BF16_CONVERT_H
#define RM_BF16_CONVERT_H

#include "kernels/simd/vec.h"

#include <immintrin.h>
#include <stdint.h>

enum { RM_LANES = 16, RM_TILE_TERMS = 2 * RM_LANES };

/* Two terms in bfloat16, the first in the lower half. */
typedef uint32_t rm_pair;

/* Distances in pairs: of a tile's lines, of tiles side by side in rows or columns, of tiles that
 * follow each other in terms, and of the low half of a tile; low 0: there is none. */
typedef struct rm_tiling {
    int64_t line, across, along, low;
} rm_tiling;

/* A line of a tile, or its halves. */
typedef struct rm_line {
    __m512i high, low;
} rm_line;

RM_INLINE int64_t least(int64_t a, int64_t b) {
    return a < b ? a : b;
}

RM_INLINE int64_t whole_tiles(int64_t n, int64_t tile) {
    return (n + tile - 1) / tile * tile;
}

/* The first n of 16 values, zeros after them. */
RM_INLINE __m512 load_some(const float *from, int64_t n) {
    return _mm512_maskz_loadu_ps((__mmask16)(n >= RM_LANES ? 0xffff
                                             : n > 0       ? (1 << n) - 1
                                                           : 0),
                                 from);
}

RM_INLINE __m512 widen_half(__m256i half) {
    return (__m512)_mm512_slli_epi32(_mm512_cvtepu16_epi32(half), 16);
}

/* 32 values, rounded; low: what that leaves over, if wanted. */
RM_INLINE rm_line round_values(__m512 first, __m512 second, int halves) {
    rm_line to = {(__m512i)_mm512_cvtne2ps_pbh(second, first), _mm512_setzero_si512()};
    if (halves == 2) {
        first -= widen_half(_mm512_castsi512_si256(to.high));
        second -= widen_half(_mm512_extracti64x4_epi64(to.high, 1));
        to.low = (__m512i)_mm512_cvtne2ps_pbh(second, first);
    }
    return to;
}

/* Pairs of first[i] and second[i]. */
RM_INLINE rm_line zip_values(__m512 first, __m512 second, int halves) {
    const __m512i order =
        _mm512_set_epi16(31, 15, 30, 14, 29, 13, 28, 12, 27, 11, 26, 10, 25, 9, 24, 8, 23, 7,
                         22, 6, 21, 5, 20, 4, 19, 3, 18, 2, 17, 1, 16, 0);
    rm_line to = round_values(first, second, halves);
    to.high = _mm512_permutexvar_epi16(order, to.high);
    if (halves == 2)
        to.low = _mm512_permutexvar_epi16(order, to.low);
    return to;
}

/* Pairs of 32 values that follow each other, of which n exist. */
RM_INLINE rm_line pair_values(const float *from, int64_t n, int halves) {
    return round_values(load_some(from, n), load_some(from + RM_LANES, n - RM_LANES), halves);
}

RM_INLINE void store_line(rm_pair *to, rm_line line, int64_t low) {
    _mm512_storeu_si512(to, line.high);
    if (low)
        _mm512_storeu_si512(to + low, line.low);
}

/* 16 x 16 pairs, turned where they lie. */
RM_INLINE void turn_tile(rm_pair *at, int64_t line) {
    vec16 x[RM_LANES];
    RM_UNROLL
    for (int i = 0; i < RM_LANES; i++)
        memcpy(&x[i], at + i * line, sizeof x[i]);
    transpose16(x);
    RM_UNROLL
    for (int i = 0; i < RM_LANES; i++)
        memcpy(at + i * line, &x[i], sizeof x[i]);
}

RM_INLINE rm_line no_line(void) {
    return (rm_line){_mm512_setzero_si512(), _mm512_setzero_si512()};
}

/* Tiles whose lines are those of from[line][term]. */
RM_INLINE void convert_lines(rm_pair *to, rm_tiling t, const float *from, int64_t ld,
                             int64_t lines, int64_t terms, int halves) {
    for (int64_t i = 0; i < whole_tiles(lines, RM_LANES); i++)
        for (int64_t k = 0; k < terms; k += RM_TILE_TERMS)
            store_line(to + i / RM_LANES * t.across + i % RM_LANES * t.line +
                           k / RM_TILE_TERMS * t.along,
                       i < lines ? pair_values(from + i * ld + k, terms - k, halves)
                                 : no_line(),
                       t.low);
}

/* Tiles whose lines are pairs of terms of from[term][column]. */
RM_INLINE void convert_terms(rm_pair *to, rm_tiling t, const float *from, int64_t ld,
                             int64_t columns, int64_t terms, int halves) {
    for (int64_t k = 0; k < whole_tiles(terms, RM_TILE_TERMS); k += 2)
        for (int64_t j = 0; j < columns; j += RM_LANES) {
            const float *at = from + k * ld + j;
            int64_t first = k < terms ? columns - j : 0, second = k + 1 < terms ? first : 0;
            store_line(to + j / RM_LANES * t.across + k / 2 % RM_LANES * t.line +
                           k / RM_TILE_TERMS * t.along,
                       zip_values(load_some(at, first), load_some(at + ld, second), halves),
                       t.low);
        }
}

/* The part of an operand that starts at `from`: `width` rows of a or columns of b, stored
 * [term][width] if by_terms, else [width][term], to tiles whose lines are pairs of terms if
 * pairs_down, else rows. halves: 1, or 2 with t.low. */
RM_INLINE void rm_convert(rm_pair *to, rm_tiling t, const float *from, int64_t ld, int by_terms,
                          int pairs_down, int64_t width, int64_t terms, int halves) {
    if (by_terms)
        convert_terms(to, t, from, ld, width, terms, halves);
    else
        convert_lines(to, t, from, ld, width, terms, halves);
    if (by_terms == pairs_down)
        return;
    for (int64_t i = 0; i < width; i += RM_LANES)
        for (int64_t k = 0; k < terms; k += RM_TILE_TERMS)
            for (int half = 0; half < halves; half++)
                turn_tile(to + i / RM_LANES * t.across + k / RM_TILE_TERMS * t.along +
                              half * t.low,
                          t.line);
}

#endif
