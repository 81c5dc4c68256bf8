/* exp, tanh and the logistic function in a form that compilers turn into vector code. float:
 * Cephes polynomials, relative error of exp below 2e-7 in [-86, 86], of tanh and sigmoid below
 * 4e-7 (asserted by tests/unit/test_kernels.c over a dense grid). double: libm. NaN stays NaN. */
#ifndef RM_VMATH_H
#define RM_VMATH_H

#include "kernels/real.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

#ifdef RM_REAL_DOUBLE

static inline double rm_exp(double x) {
    return exp(x);
}

static inline double rm_tanh(double x) {
    return tanh(x);
}

static inline double rm_sqrt(double x) {
    return sqrt(x);
}

#else

static inline float rm_exp(float x) {
    x = x < -87.0f ? -87.0f : x;
    x = x > 88.0f ? 88.0f : x;
    /* Adding 1.5 * 2^23 rounds to an integer and leaves it in the low bits. */
    float rounded = x * 1.44269504f + 12582912.0f;
    int32_t bits;
    memcpy(&bits, &rounded, sizeof bits);
    float n = rounded - 12582912.0f;
    float r = (x - n * 0.693359375f) + n * 2.12194440e-4f;
    float p = 1.9875691500e-4f;
    p = p * r + 1.3981999507e-3f;
    p = p * r + 8.3334519073e-3f;
    p = p * r + 4.1665795894e-2f;
    p = p * r + 1.6666665459e-1f;
    p = p * r + 5.0000001201e-1f;
    p = p * (r * r) + r + 1.0f;
    uint32_t power = ((uint32_t)bits + 127u) << 23; /* the high bits of `bits` shift out */
    float scale;
    memcpy(&scale, &power, sizeof scale);
    return p * scale;
}

static inline float rm_tanh(float x) {
    float a = x < 0 ? -x : x;
    float z = x * x;
    float p = -5.70498872745e-3f;
    p = p * z + 2.06390887954e-2f;
    p = p * z - 5.37397155531e-2f;
    p = p * z + 1.33314422036e-1f;
    p = p * z - 3.33332819422e-1f;
    float small = x + x * z * p;
    float large = 1.0f - 2.0f / (rm_exp(2.0f * a) + 1.0f);
    large = x < 0 ? -large : large;
    return a < 0.625f ? small : large;
}

static inline float rm_sqrt(float x) {
    return sqrtf(x);
}

#endif

static inline rm_real rm_sigmoid(rm_real x) {
    return 1 / (1 + rm_exp(-x));
}

#endif
