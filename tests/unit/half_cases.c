#include "half_cases.h"

#include "kernel_cases.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void run_keys_forward(const rm_kernels *k, trial *t) {
    k->keys_forward(t->out[0], t->out[1], t->out[2], t->out[3], t->in[0], t->in[1], t->in[2],
                    t->in[3], RM_KEY_CLAMP, t->M, t->H, t->N);
}

static void run_keys_backward(const rm_kernels *k, trial *t) {
    k->keys_backward(t->out[4], t->out[5], t->out[6], t->out[7], t->in[4], t->in[5], t->in[6],
                     t->in[0], t->in[1], t->in[7], t->in[8], t->in[2], t->in[3], t->M, t->H,
                     t->N);
}

/* Each row with its ends exchanged. */
static void run_copy_rows_between(const rm_kernels *k, trial *t) {
    int64_t D = t->D, n = D / 3;
    k->copy_rows_between(t->out[0], 0, D, t->in[0], D - n, D, t->M, n);
    k->copy_rows_between(t->out[0], n, D, t->in[0], 0, D, t->M, D - n);
}

/* Which of the arrays of a trial are how; the others are floats. */
typedef struct half_case {
    const char *name;
    void (*run)(const rm_kernels *k, trial *t); /* NULL: that of the case of this name */
    unsigned in, in_decay, out, out_decay;      /* bit i: array i */
} half_case;

#define BIT(i) (1u << (i))
static const half_case cases[] = {
    {"wkv7", NULL, BIT(2) | BIT(4) | BIT(5) | BIT(6), BIT(1), 0, 0},
    {"decay", NULL, 0, BIT(1), 0, BIT(0)},
    {"head mix", NULL, BIT(3), 0, BIT(3), 0},
    {"copy rows between", run_copy_rows_between, BIT(0), 0, BIT(0), 0},
    {"keys forward", run_keys_forward, 0, 0, BIT(0) | BIT(1) | BIT(2), 0},
    {"keys backward", run_keys_backward, BIT(7), 0, 0, 0},
};

static kernel_case case_of(const half_case *half) {
    const kernel_case *one = rm_kernel_cases;
    if (half->run)
        return (kernel_case){half->name, half->run, NULL, 3e-6};
    while (one->name && strcmp(one->name, half->name) != 0)
        one++;
    ck_assert_ptr_nonnull(one->name);
    return *one;
}

/* The nearest number of 8 digits. */
static float nearest(float x) {
    int exponent;
    float mantissa = frexpf(x, &exponent);
    return ldexpf(rintf(ldexpf(mantissa, 8)), exponent - 8);
}

static uint16_t bits_of(float x) {
    uint32_t word;
    memcpy(&word, &x, sizeof word);
    ck_assert_uint_eq(word & 0xffff, 0);
    return (uint16_t)(word >> 16);
}

static float of_bits(uint16_t bits) {
    uint32_t word = (uint32_t)bits << 16;
    float x;
    memcpy(&x, &word, sizeof x);
    return x;
}

static void round_array(float *x, int64_t n, int decay) {
    for (int64_t i = 0; i < n; i++)
        x[i] = decay ? 1 - nearest(1 - x[i]) : nearest(x[i]);
}

/* Into the first half of their own room; what is behind must not be read. */
static void pack(float *x, int64_t n, int decay) {
    unsigned char *to = (unsigned char *)x;
    for (int64_t i = 0; i < n; i++) {
        uint16_t bits = bits_of(nearest(decay ? 1 - x[i] : x[i]));
        memcpy(to + 2 * i, &bits, 2);
    }
    memset(to + 2 * n, 0xff, 2 * (size_t)n);
}

static void unpack(float *x, int64_t n, int decay) {
    float *wide = malloc((size_t)n * sizeof *wide);
    for (int64_t i = 0; i < n; i++) {
        uint16_t bits;
        memcpy(&bits, (const unsigned char *)x + 2 * i, 2);
        wide[i] = decay ? 1 - of_bits(bits) : of_bits(bits);
    }
    memcpy(x, wide, (size_t)n * sizeof *wide);
    free(wide);
}

/* Makes equal what is off by no more than one in the last place. */
static void settle(const char *name, float *got, float *want, const trial *t, int decay) {
    for (int64_t i = 0; i < t->n; i++) {
        float size = fabsf(decay ? 1 - want[i] : want[i]), unit = size / 128 + 1e-7f;
        ck_assert_msg(fabsf(got[i] - want[i]) <= unit, "%s, value %lld: %g, %g", name,
                      (long long)i, (double)got[i], (double)want[i]);
    }
    memset(got, 0, (size_t)t->capacity * sizeof *got);
    memset(want, 0, (size_t)t->capacity * sizeof *want);
}

static void compare(const half_case *half, const int64_t *shape, uint64_t seed,
                    const rm_kernels *table, const rm_kernels *ref) {
    kernel_case one = case_of(half);
    trial got = rm_trial_make(shape), want = rm_trial_make(shape);
    rm_trial_fill(&got, seed);
    rm_trial_fill(&want, seed);
    for (int i = 0; i < MOST; i++)
        if ((half->in | half->in_decay) & BIT(i)) {
            int decay = (half->in_decay & BIT(i)) != 0;
            round_array(want.in[i], want.capacity, decay);
            pack(got.in[i], got.capacity, decay);
        }
    rm_trial_run(&one, table, &got);
    rm_trial_run(&one, ref, &want);
    for (int i = 0; i < MOST; i++)
        if ((half->out | half->out_decay) & BIT(i)) {
            int decay = (half->out_decay & BIT(i)) != 0;
            unpack(got.out[i], got.n, decay);
            settle(half->name, got.out[i], want.out[i], &got, decay);
        }
    double error = rm_trial_difference(&got, &want);
    if (getenv("RIMER_TEST_MEASURE"))
        printf("halves, %s, B %lld T %lld H %lld N %lld: %.3g\n", half->name,
               (long long)shape[0], (long long)shape[1], (long long)shape[2],
               (long long)shape[3], error);
    ck_assert_msg(error <= one.tolerance, "%s, seed %d: %.3g > %.3g", half->name, (int)seed,
                  error, one.tolerance);
    rm_trial_free(&got);
    rm_trial_free(&want);
}

void rm_compare_halves(const rm_kernels *table, const rm_kernels *ref) {
    const int64_t *shape;
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++)
        for (int i = 0; (shape = rm_kernel_shape(i)); i++)
            compare(&cases[c], shape, (uint64_t)i + 1, table, ref);
}
