/* exp, tanh, erf and the logistic function in a form that compilers turn into vector code.
 * float: Cephes polynomials, relative error of exp below 2e-7 in [-86, 86], of tanh and sigmoid
 * below 4e-7; erf by polynomials fitted to it, below 3e-7 (asserted by
 * tests/unit/test_kernels.c over a dense grid). double: libm. NaN stays NaN. */
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

static inline double rm_erf(double x) {
    return erf(x);
}

static inline double rm_log1p(double x) {
    return log1p(x);
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

/* x + x p(x^2), and 1 - exp(-|x| q(|x|)) further out; at 4 it is 1. */
static inline float rm_erf(float x) {
    float a = x < 0 ? -x : x;
    a = a > 4.0f ? 4.0f : a;
    float z = a * a;
    float p = 8.382388024e-5f;
    p = p * z - 8.145596908e-4f;
    p = p * z + 5.201286024e-3f;
    p = p * z - 2.685950008e-2f;
    p = p * z + 1.128369732e-1f;
    p = p * z - 3.761263385e-1f;
    p = p * z + 1.283791666e-1f;
    float q = 1.123146543e-5f;
    q = q * a - 3.228053921e-4f;
    q = q * a + 3.642465019e-3f;
    q = q * a - 2.376207505e-2f;
    q = q * a + 1.062368911e-1f;
    q = q * a + 6.351513087e-1f;
    q = q * a + 1.128648492f;
    float large = 1.0f - rm_exp(-a * q);
    large = x < 0 ? -large : large;
    return a < 0.92f ? x + x * p : large;
}

/* log(1 + x) for x in [0, 1]: twice atanh(x / (2 + x)), whose series ends soon there. */
static inline float rm_log1p(float x) {
    float s = x / (2.0f + x), z = s * s;
    float p = 1.0f / 13.0f;
    p = p * z + 1.0f / 11.0f;
    p = p * z + 1.0f / 9.0f;
    p = p * z + 1.0f / 7.0f;
    p = p * z + 1.0f / 5.0f;
    p = p * z + 1.0f / 3.0f;
    return 2.0f * (s + s * z * p);
}

static inline float rm_sqrt(float x) {
    return sqrtf(x);
}

#endif

static inline rm_real rm_sigmoid(rm_real x) {
    return 1 / (1 + rm_exp(-x));
}

/* log(1 + exp(x)) */
static inline rm_real rm_softplus(rm_real x) {
    rm_real size = x < 0 ? -x : x;
    return (x > 0 ? x : 0) + rm_log1p(rm_exp(-size));
}

#endif
