/* Vectors of 4, 8 and 16 floats, as wide as the processor has them, in the extensions that GCC and
 * clang share; the compiler contracts a product and a sum to one instruction. */
#ifndef RM_VEC_H
#define RM_VEC_H

#include <string.h>

#ifdef __clang__
#define RM_UNROLL _Pragma("unroll")
#else
#define RM_UNROLL _Pragma("GCC unroll 16")
#endif
#define RM_INLINE static inline __attribute__((always_inline))

#define RM_DEFINE_VEC(LANES)                                          \
    typedef float vec##LANES __attribute__((vector_size(4 * LANES))); \
    RM_INLINE vec##LANES load##LANES(const float *from) {             \
        vec##LANES x;                                                 \
        memcpy(&x, from, sizeof x);                                   \
        return x;                                                     \
    }                                                                 \
    RM_INLINE void store##LANES(float *to, vec##LANES x) {            \
        memcpy(to, &x, sizeof x);                                     \
    }

#define RM_PICK __builtin_shufflevector

RM_DEFINE_VEC(4)
RM_DEFINE_VEC(8)

RM_INLINE vec4 fold8(vec8 x) {
    return RM_PICK(x, x, 0, 1, 2, 3) + RM_PICK(x, x, 4, 5, 6, 7);
}

/* Four rows at a time: afterwards part p (four lanes) of row k holds column 4 p + k of the four. */
#define RM_TRANSPOSE_QUADS(LANES, LOW, HIGH, LOW_PAIR, HIGH_PAIR) \
    RM_UNROLL                                                     \
    for (int i = 0; i < LANES; i += 4) {                          \
        vec##LANES ab0 = RM_PICK(x[i], x[i + 1], LOW);            \
        vec##LANES ab1 = RM_PICK(x[i], x[i + 1], HIGH);           \
        vec##LANES cd0 = RM_PICK(x[i + 2], x[i + 3], LOW);        \
        vec##LANES cd1 = RM_PICK(x[i + 2], x[i + 3], HIGH);       \
        x[i] = RM_PICK(ab0, cd0, LOW_PAIR);                       \
        x[i + 1] = RM_PICK(ab0, cd0, HIGH_PAIR);                  \
        x[i + 2] = RM_PICK(ab1, cd1, LOW_PAIR);                   \
        x[i + 3] = RM_PICK(ab1, cd1, HIGH_PAIR);                  \
    }

#define RM_LOW4 0, 4, 1, 5
#define RM_HIGH4 2, 6, 3, 7
#define RM_LOW_PAIR4 0, 1, 4, 5
#define RM_HIGH_PAIR4 2, 3, 6, 7

RM_INLINE void transpose4(vec4 *x){
    RM_TRANSPOSE_QUADS(4, RM_LOW4, RM_HIGH4, RM_LOW_PAIR4, RM_HIGH_PAIR4)}

#define RM_LOW8 0, 8, 1, 9, 4, 12, 5, 13
#define RM_HIGH8 2, 10, 3, 11, 6, 14, 7, 15
#define RM_LOW_PAIR8 0, 1, 8, 9, 4, 5, 12, 13
#define RM_HIGH_PAIR8 2, 3, 10, 11, 6, 7, 14, 15

RM_INLINE void transpose8(vec8 *x) {
    RM_TRANSPOSE_QUADS(8, RM_LOW8, RM_HIGH8, RM_LOW_PAIR8, RM_HIGH_PAIR8)
    RM_UNROLL
    for (int i = 0; i < 4; i++) {
        vec8 a = x[i], b = x[i + 4];
        x[i] = RM_PICK(a, b, 0, 1, 2, 3, 8, 9, 10, 11);
        x[i + 4] = RM_PICK(a, b, 4, 5, 6, 7, 12, 13, 14, 15);
    }
}

#ifdef __AVX512F__
RM_DEFINE_VEC(16)

#define RM_LOW16 0, 16, 1, 17, 4, 20, 5, 21, 8, 24, 9, 25, 12, 28, 13, 29
#define RM_HIGH16 2, 18, 3, 19, 6, 22, 7, 23, 10, 26, 11, 27, 14, 30, 15, 31
#define RM_LOW_PAIR16 0, 1, 16, 17, 4, 5, 20, 21, 8, 9, 24, 25, 12, 13, 28, 29
#define RM_HIGH_PAIR16 2, 3, 18, 19, 6, 7, 22, 23, 10, 11, 26, 27, 14, 15, 30, 31
#define RM_LOW_HALF 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23
#define RM_HIGH_HALF 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31
#define RM_EVEN_QUADS 0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27
#define RM_ODD_QUADS 4, 5, 6, 7, 12, 13, 14, 15, 20, 21, 22, 23, 28, 29, 30, 31

RM_INLINE vec4 fold16(vec16 x) {
    return fold8(RM_PICK(x, x, 0, 1, 2, 3, 4, 5, 6, 7) +
                 RM_PICK(x, x, 8, 9, 10, 11, 12, 13, 14, 15));
}

RM_INLINE void transpose16(vec16 *x) {
    RM_TRANSPOSE_QUADS(16, RM_LOW16, RM_HIGH16, RM_LOW_PAIR16, RM_HIGH_PAIR16)
    RM_UNROLL
    for (int i = 0; i < 4; i++) {
        vec16 ab0 = RM_PICK(x[i], x[i + 4], RM_LOW_HALF);
        vec16 ab1 = RM_PICK(x[i], x[i + 4], RM_HIGH_HALF);
        vec16 cd0 = RM_PICK(x[i + 8], x[i + 12], RM_LOW_HALF);
        vec16 cd1 = RM_PICK(x[i + 8], x[i + 12], RM_HIGH_HALF);
        x[i] = RM_PICK(ab0, cd0, RM_EVEN_QUADS);
        x[i + 4] = RM_PICK(ab0, cd0, RM_ODD_QUADS);
        x[i + 8] = RM_PICK(ab1, cd1, RM_EVEN_QUADS);
        x[i + 12] = RM_PICK(ab1, cd1, RM_ODD_QUADS);
    }
}
#endif

#endif
