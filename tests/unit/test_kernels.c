/* Every kernel of every table against the plain reference, over odd shapes, outputs poisoned;
 * and the vector functions against libm. */
#include "harness.h"

#include "base/rng.h"
#include "kernels/kernels.h"
#include "kernels/ref/vmath.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOST 12 /* inputs or outputs of one kernel */

/* Inputs are uniform in (-1, 1) but for in[1], which lies in (0.55, 1) like a decay; outputs
 * start at values that a kernel must overwrite or add to, the same for every table. */
typedef struct trial {
    int64_t B, T, H, N, D, M, n, capacity;
    rm_real *in[MOST], *out[MOST], *scratch;
} trial;

typedef struct kernel_case {
    const char *name;
    void (*run)(const rm_kernels *k, trial *t);
    double tolerance; /* ten times the largest measured error, relative to the largest value */
} kernel_case;

static void run_memory(const rm_kernels *k, trial *t) {
    k->fill(t->out[0], (rm_real)0.25, t->n);
    k->copy(t->out[1], t->in[0], t->n);
    k->add(t->out[2], t->in[0], t->n);
    t->out[3][0] = (rm_real)k->sum_squares(t->in[0], t->n);
    k->last_token(t->out[4], t->in[2], t->B, t->T, t->D);
}

static void run_bias(const rm_kernels *k, trial *t) {
    k->bias_forward(t->out[0], t->in[0], t->M, t->D);
    k->bias_backward(t->out[1], t->in[2], t->M, t->D);
}

static void run_activations(const rm_kernels *k, trial *t) {
    k->tanh_forward(t->out[0], t->in[0], t->n);
    k->tanh_backward(t->out[1], t->in[2], t->in[3], t->n);
    k->sigmoid_forward(t->out[2], t->in[0], t->in[2], t->M, t->D);
    k->sigmoid_backward(t->out[3], t->out[4], t->in[2], t->in[1], t->M, t->D);
    k->square_relu_forward(t->out[5], t->in[0], t->n);
    k->square_relu_backward(t->out[6], t->in[2], t->in[0], t->n);
    k->gelu_forward(t->out[7], t->in[0], t->n);
    k->gelu_backward(t->out[8], t->in[2], t->in[0], t->n);
}

static void run_decay(const rm_kernels *k, trial *t) {
    k->decay_forward(t->out[0], t->out[1], t->in[0], t->in[2], t->M, t->D);
    k->decay_backward(t->out[2], t->out[3], t->in[0], t->in[1], t->in[2], t->M, t->D);
}

static void run_dropout(const rm_kernels *k, trial *t) {
    k->dropout(t->out[0], t->in[0], 77, 3, 0.4, t->M, t->D);
    k->dropout(t->out[1], t->out[1], 0, 0, 0.95, t->M, t->D);
}

static void run_value_mix(const rm_kernels *k, trial *t) {
    k->value_mix_forward(t->out[0], t->in[0], t->in[2], t->in[1], t->n);
    k->value_mix_backward(t->out[1], t->out[2], t->out[3], t->in[3], t->in[0], t->in[2],
                          t->in[1], t->n);
}

static void run_layer_norm(const rm_kernels *k, trial *t) {
    k->layer_norm_forward(t->out[0], t->out[1], t->out[2], t->in[0], t->in[2], t->in[3], t->M,
                          t->D, 1e-5);
    k->layer_norm_backward(t->out[3], t->out[4], t->out[5], t->in[4], t->in[0], t->in[2],
                           t->out[1], t->out[2], t->M, t->D);
}

static void run_shift(const rm_kernels *k, trial *t) {
    const rm_real *mix[2] = {t->in[2], t->in[3]};
    k->shift_mix_forward(t->out, t->in[0], t->in[4], mix, 2, t->B, t->T, t->D);
    k->shift_mix_backward(t->out[2], t->out + 3, t->out[5], t->in + 5, t->in[0], t->in[4], mix,
                          2, t->B, t->T, t->D);
}

/* The six mixes of a time mix, which have loops of their own. */
static void run_shift_forward_6(const rm_kernels *k, trial *t) {
    const rm_real *mix[6] = {t->in[2], t->in[3], t->in[5], t->in[6], t->in[7], t->in[8]};
    k->shift_mix_forward(t->out, t->in[0], t->in[4], mix, 6, t->B, t->T, t->D);
    k->shift_mix_forward(t->out + 6, t->in[0], NULL, mix, 6, t->B, t->T, t->D);
}

static void run_shift_backward_6(const rm_kernels *k, trial *t) {
    const rm_real *mix[6] = {t->in[2], t->in[3], t->in[5], t->in[6], t->in[7], t->in[8]};
    k->shift_mix_backward(t->out[0], t->out + 1, t->out[7], t->in + 6, t->in[0], t->in[4], mix,
                          6, t->B, t->T, t->D);
    k->shift_mix_backward(t->out[8], t->out + 1, NULL, t->in + 6, t->in[0], NULL, mix, 6, t->B,
                          t->T, t->D);
}

static void run_keys(const rm_kernels *k, trial *t) {
    for (int mode = RM_KEY_CLAMP; mode <= RM_KEY_ADD; mode++) {
        k->keys_forward(t->out[0], t->out[1], t->out[2], t->out[3], t->in[0], t->in[1],
                        t->in[2], t->in[3], mode, t->M, t->H, t->N);
        k->keys_backward(t->out[4], t->out[5], t->out[6], t->out[7], t->in[4], t->in[5],
                         t->in[6], t->in[0], t->in[1], t->out[0], t->out[3], t->in[2], t->in[3],
                         t->M, t->H, t->N);
    }
}

static void run_wkv7(const rm_kernels *k, trial *t) {
    rm_real *alpha = t->in[5], *beta = t->in[6]; /* small, or the state grows without bound */
    k->wkv7_forward(t->out[0], t->out[1], t->out[2], t->in[7], t->in[0], t->in[1], t->in[2],
                    t->in[3], alpha, beta, t->scratch, t->B, t->T, t->H, t->N);
    k->wkv7_backward(t->out[3], t->out[4], t->out[5], t->out[6], t->out[7], t->out[8],
                     t->out[9], t->in[4], t->in[8], t->out[2], t->in[7], t->in[0], t->in[1],
                     t->in[2], t->in[3], alpha, beta, t->scratch, t->B, t->T, t->H, t->N);
    /* The layout of checkpoints is a table's own business. */
    k->fill(t->out[2], 0, rm_wkv7_checkpoints(t->B, t->T, t->H, t->N));
}

static void run_head_mix(const rm_kernels *k, trial *t) {
    k->head_mix_forward(t->out[0], t->out[1], t->out[2], t->in[0], t->in[2], t->in[3], t->in[4],
                        t->in[1], t->in[5], t->in[6], t->in[7], t->M, t->H, t->N, 64e-5);
    k->head_mix_backward(t->out[3], t->out[4], t->out[5], t->out[6], t->out[7], t->out[8],
                         t->out[9], t->out[10], t->in[8], t->in[0], t->in[2], t->in[3],
                         t->in[4], t->in[1], t->in[5], t->in[6], t->in[7], t->out[1], t->out[2],
                         t->M, t->H, t->N);
}

static void run_attention(const rm_kernels *k, trial *t) {
    rm_real *peak = t->out[1], *inverse = t->out[2];
    k->attention_forward(t->out[0], peak, inverse, t->in[0], t->in[2], t->in[3], t->scratch,
                         t->B, t->T, t->H, t->N);
    k->attention_backward(t->out[3], t->out[4], t->out[5], t->in[4], t->out[0], peak, inverse,
                          t->in[0], t->in[2], t->in[3], t->scratch, t->B, t->T, t->H, t->N);
}

static void run_ends(const rm_kernels *k, trial *t) {
    int64_t padded = t->D, n = t->D - t->D / 3;
    for (int64_t i = 0; i < t->M * n; i += 5)
        t->in[0][i] = (rm_real)NAN;
    k->window_norm_forward(t->out[0], t->out[1], t->out[2], t->out[3], t->in[0], 1, t->M, n,
                           padded);
    k->last_observed(t->out[4], t->out[0], t->out[1], t->M, 1, padded, 0, padded);
    k->center_forward(t->out[5], t->out[0], t->out[1], t->out[4], t->M, padded, padded);
    k->rescale_forward(t->out[6], t->in[2], t->in[3], t->in[4], t->in[1], t->B, t->T, t->D);
    k->bias_unscaled(t->out[8], t->in[2], t->in[1], t->M, t->D);
    k->bias_unscaled_backward(t->out[9], t->in[2], t->in[1], t->M, t->D);
    k->rescale_backward(t->out[7], t->in[2], t->in[1], t->M, t->D);
}

/* Rows of which the patches are all, more, or only the end. */
static void run_causal_norm(const rm_kernels *k, trial *t) {
    int64_t D = t->D, half = (D + 1) / 2;
    for (int64_t i = 0; i < t->M * D && D > 3; i += 5)
        t->in[0][i] = (rm_real)NAN;
    k->causal_norm_forward(t->out[0], t->out[1], t->out[2], t->out[3], t->in[0], 1, t->M, D, 2,
                           D / 2, half + 1, 2);
    k->causal_norm_forward(t->out[4], t->out[5], t->out[6], t->out[7], t->in[0], 1, t->M, half,
                           1, D, D, 1);
    k->causal_norm_forward(t->out[8], t->out[9], t->out[10], t->out[11], t->in[0], 0, t->M, D,
                           1, half, half + 1, 1);
}

static void run_standardise(const rm_kernels *k, trial *t) {
    k->standardise(t->out[0], t->in[0], t->in[2], t->in[1], t->M, t->D);
}

static void run_loss(const rm_kernels *k, trial *t) {
    for (int kind = RM_LOSS_SQUARED; kind <= RM_LOSS_HUBER; kind++) {
        int64_t count;
        t->in[3][t->n / 2] = (rm_real)NAN;
        t->out[3][kind] =
            (rm_real)k->loss_forward(t->out[kind], &count, t->in[2], t->in[3], t->n, kind, 0.3);
        t->out[4][kind] = (rm_real)count;
    }
}

static void run_quantiles(const rm_kernels *k, trial *t) {
    int64_t count, levels = t->T, median = t->T / 2;
    k->quantiles_forward(t->out[0], t->in[0], t->in[2], t->B, levels, median, t->D);
    k->quantiles_forward(t->out[1], t->in[3], NULL, t->B, levels, levels - 1, t->D);
    k->quantiles_backward(t->out[2], t->in[4], t->in[0], t->B, levels, median, t->D);
    double level[64];
    for (int64_t i = 0; i < levels; i++)
        level[i] = (double)(i + 1) / (double)(levels + 1);
    t->in[2][t->D / 2] = (rm_real)NAN;
    t->out[4][0] = (rm_real)k->pinball_forward(t->out[3], &count, t->in[0], t->in[2], level,
                                               t->B, levels, t->D);
    t->out[4][1] = (rm_real)count;
}

static void run_adamw(const rm_kernels *k, trial *t) {
    k->copy(t->out[2], t->in[1], t->n); /* a second moment is positive */
    k->adamw_step(t->out[0], t->out[1], t->out[2], t->out[3], t->in[2], t->n, 0.5, 1e-2, 0.9,
                  0.99, 1e-8, 0.1, 0.01, 0.19, 0.0199, 0.3);
}

static const kernel_case cases[] = {
    {"memory", run_memory, 1e-6},
    {"bias", run_bias, 1e-6},
    {"activations", run_activations, 5e-6},
    {"decay", run_decay, 5e-6},
    {"dropout", run_dropout, 0},
    {"value mix", run_value_mix, 5e-6},
    {"layer norm", run_layer_norm, 3e-6},
    {"shift mix", run_shift, 5e-6},
    {"six shift mixes forward", run_shift_forward_6, 5e-6},
    {"six shift mixes backward", run_shift_backward_6, 5e-6},
    {"keys", run_keys, 3e-6},
    {"wkv7", run_wkv7, 3e-6},
    {"head mix", run_head_mix, 5e-6},
    {"attention", run_attention, 5e-6},
    {"ends", run_ends, 5e-6},
    {"causal norm", run_causal_norm, 5e-6},
    {"standardise", run_standardise, 5e-6},
    {"loss", run_loss, 5e-6},
    {"quantiles", run_quantiles, 5e-6},
    {"adamw", run_adamw, 5e-6},
};

static const int64_t shapes[][4] = {/* B T H N */
                                    {1, 1, 1, 2},  {1, 1, 1, 8},   {2, 3, 1, 3},
                                    {3, 17, 2, 5}, {1, 33, 3, 8},  {2, 16, 2, 16},
                                    {2, 7, 1, 31}, {1, 20, 2, 32}, {2, 5, 1, 64},
                                    {1, 2, 1, 65}, {1, 3, 1, 100}};

static void fill_inputs(trial *t, uint64_t seed) {
    rm_rng rng = rm_rng_make(seed, 1);
    for (int i = 0; i < MOST; i++)
        for (int64_t j = 0; j < t->capacity; j++) {
            double u = rm_rng_uniform(&rng);
            t->in[i][j] = (rm_real)(i == 1 ? 0.55 + 0.45 * u : 2 * u - 1);
        }
    for (int64_t j = 0; j < t->capacity; j++) {
        t->in[5][j] /= (rm_real)t->N;
        t->in[6][j] /= (rm_real)t->N;
    }
    for (int i = 0; i < MOST; i++)
        for (int64_t j = 0; j < t->capacity; j++)
            t->out[i][j] = (rm_real)0.125 * (rm_real)(i + 1);
}

static trial new_trial(const int64_t shape[4]) {
    trial t = {.B = shape[0], .T = shape[1], .H = shape[2], .N = shape[3]};
    t.D = t.H * t.N;
    t.M = t.B * t.T;
    t.n = t.M * t.D;
    t.capacity = t.n + rm_wkv7_checkpoints(t.B, t.T, t.H, t.N) + t.B * t.D * t.N + 64;
    for (int i = 0; i < MOST; i++) {
        t.in[i] = malloc((size_t)t.capacity * sizeof(rm_real));
        t.out[i] = malloc((size_t)t.capacity * sizeof(rm_real));
    }
    t.scratch = malloc((size_t)rm_wkv7_scratch(t.H, t.N) * sizeof(rm_real));
    return t;
}

static void free_trial(trial *t) {
    for (int i = 0; i < MOST; i++)
        free(t->in[i]), free(t->out[i]);
    free(t->scratch);
}

/* Largest difference of two runs relative to the largest value of that output. */
static double difference(const trial *a, const trial *b) {
    double worst = 0;
    for (int i = 0; i < MOST; i++) {
        double size = 1e-30, error = 0;
        for (int64_t j = 0; j < a->capacity; j++) {
            double x = (double)a->out[i][j], y = (double)b->out[i][j];
            size = fmax(size, fabs(y));
            error = x == y ? error : fabs(x - y) <= error ? error : fabs(x - y);
            if (isnan(x) != isnan(y) || (isnan(x) && isnan(y)))
                return INFINITY; /* no kernel makes NaN of these inputs */
        }
        worst = fmax(worst, error / size);
    }
    return worst;
}

static void compare_case(const kernel_case *one, const rm_kernels *table,
                         const rm_kernels *ref) {
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        trial got = new_trial(shapes[i]), want = new_trial(shapes[i]);
        fill_inputs(&got, i + 1);
        fill_inputs(&want, i + 1);
        one->run(table, &got);
        one->run(ref, &want);
        double error = difference(&got, &want);
        if (getenv("RIMER_TEST_MEASURE"))
            printf("%s %s %lld %lld %lld %lld: %.3g\n", table->name, one->name,
                   (long long)shapes[i][0], (long long)shapes[i][1], (long long)shapes[i][2],
                   (long long)shapes[i][3], error);
        ck_assert_msg(error <= one->tolerance, "%s, table %s, shape %zu: %.3g > %.3g",
                      one->name, table->name, i, error, one->tolerance);
        free_trial(&got);
        free_trial(&want);
    }
}

static const rm_kernels *reference(void) {
    const rm_kernels *table;
    for (int i = 0; (table = rm_kernels_at(i)); i++)
        if (strcmp(table->name, "ref") == 0)
            return table;
    ck_abort_msg("there is no reference table");
    return NULL;
}

START_TEST(tables_agree) {
    const rm_kernels *table;
    for (int i = 0; (table = rm_kernels_at(i)); i++) {
        if (!rm_kernels_runs(table)) {
            printf("SKIP tables_agree: this processor does not run table %s\n", table->name);
            continue;
        }
        for (size_t j = 0; j < sizeof cases / sizeof *cases; j++)
            compare_case(&cases[j], table, reference());
    }
}
END_TEST

/* Errors 0.25, -2, 0, missing, 1: sums and slopes worked out by hand, delta 0.5. */
START_TEST(losses) {
    static const rm_real y[] = {1.25, 1, 3, 4, 6}, target[] = {1, 3, 3, (rm_real)NAN, 5};
    static const double sums[] = {0.0625 + 4 + 1, 0.25 + 2 + 1, 0.03125 + 0.875 + 0.375};
    static const double slopes[][5] = {
        {0.5, -4, 0, 0, 2}, {1, -1, 0, 0, 1}, {0.25, -0.5, 0, 0, 0.5}};
    const rm_kernels *table;
    for (int i = 0; (table = rm_kernels_at(i)); i++)
        for (int kind = RM_LOSS_SQUARED; kind <= RM_LOSS_HUBER && rm_kernels_runs(table);
             kind++) {
            rm_real dy[5];
            int64_t count;
            double sum = table->loss_forward(dy, &count, y, target, 5, kind, 0.5);
            ck_assert_int_eq(count, 4);
            ck_assert_double_eq_tol(sum, sums[kind], 1e-7);
            for (int j = 0; j < 5; j++)
                ck_assert_double_eq_tol((double)dy[j], slopes[kind][j], 1e-7);
        }
}
END_TEST

/* Two rows of two steps, levels 0.2 and 0.5, one target missing, worked out by hand. */
START_TEST(pinball) {
    static const rm_real y[] = {1, 3, 3, 2, 0, 0, 5, 5};
    static const rm_real target[] = {2, 2, (rm_real)NAN, 4};
    static const double level[] = {0.2, 0.5};
    static const double slopes[] = {-0.1, 0.4, 0.25, 0, 0, -0.1, 0, 0.25};
    const rm_kernels *table;
    for (int i = 0; (table = rm_kernels_at(i)); i++) {
        rm_real dy[8];
        int64_t count;
        if (!rm_kernels_runs(table))
            continue;
        double sum = table->pinball_forward(dy, &count, y, target, level, 2, 2, 2);
        ck_assert_int_eq(count, 3);
        ck_assert_double_eq_tol(sum, (0.2 + 0.8 + 0.5 + 0.8 + 0.5) / 2, 1e-7);
        for (int j = 0; j < 8; j++)
            ck_assert_double_eq_tol((double)dy[j], slopes[j], 1e-7);
    }
}
END_TEST

/* How many of `n` pairs are both 0. */
static int64_t both_dropped(const rm_real *a, const rm_real *b, int64_t n) {
    int64_t both = 0;
    for (int64_t i = 0; i < n; i++)
        both += a[i] == 0 && b[i] == 0;
    return both;
}

/* Shares within four deviations of what independent draws give, by key, row and column; the
 * mean kept; a row's draw its own, wherever the call begins. */
START_TEST(dropout_draws) {
    enum { ROWS = 500, WIDTH = 120, N = ROWS * WIDTH };
    static rm_real ones[N], y[N], other[N];
    const rm_kernels *k = reference();
    k->fill(ones, 1, N);
    for (int tenth = 1; tenth <= 9; tenth += 2) {
        double p = tenth / 10.0, sum = 0, deviation = 4 * sqrt(p * (1 - p) * N);
        double both = 4 * p * sqrt(N);
        k->dropout(y, ones, 1000, 0, p, ROWS, WIDTH);
        for (int64_t i = 0; i < N; i++) {
            ck_assert(y[i] == 0 || y[i] == (rm_real)(1 / (1 - p)));
            sum += (double)y[i];
        }
        ck_assert_double_eq_tol((double)both_dropped(y, y, N), p * N, deviation);
        ck_assert_double_eq_tol(sum, N, deviation / (1 - p));
        ck_assert_double_eq_tol((double)both_dropped(y, y + 1, N - 1), p * p * N, both);
        ck_assert_double_eq_tol((double)both_dropped(y, y + WIDTH, N - WIDTH),
                                p * p * (N - WIDTH), both);
        k->dropout(other, ones, 1001, 0, p, ROWS, WIDTH);
        ck_assert_double_eq_tol((double)both_dropped(y, other, N), p * p * N, both);
        k->dropout(other, ones, 1000, 7, p, ROWS - 7, WIDTH);
        ck_assert_mem_eq(other, y + 7 * WIDTH, (N - 7 * WIDTH) * sizeof *y);
    }
    k->dropout(y, ones, 1, 0, 0, ROWS, WIDTH);
    ck_assert_mem_eq(y, ones, sizeof y);
}
END_TEST

/* The recurrence written as the equation stands (E6), in double, against the kernel. */
START_TEST(recurrence_as_written) {
    enum { T = 40, N = 6 };
    static double S[N][N], y[T * N];
    trial t = new_trial((int64_t[]){1, T, 1, N});
    fill_inputs(&t, 99);
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++)
            S[i][j] = (double)t.in[7][i * N + j];
    for (int step = 0; step < T; step++) {
        rm_real **x = t.in;
        int at = step * N;
        for (int i = 0; i < N; i++) {
            double removed = 0;
            for (int j = 0; j < N; j++)
                removed += S[i][j] * (double)x[5][at + j];
            for (int j = 0; j < N; j++)
                S[i][j] = S[i][j] * (double)x[1][at + j] + removed * (double)x[6][at + j] +
                          (double)x[3][at + i] * (double)x[2][at + j];
            y[at + i] = 0;
            for (int j = 0; j < N; j++)
                y[at + i] += S[i][j] * (double)x[0][at + j];
        }
    }
    const rm_kernels *table;
    for (int i = 0; (table = rm_kernels_at(i)); i++) {
        if (!rm_kernels_runs(table))
            continue;
        double got[T * N];
        run_wkv7(table, &t);
        for (int j = 0; j < T * N; j++)
            got[j] = (double)t.out[0][j];
        rm_assert_close("wkv7", got, y, T * N, 1e-5);
    }
    free_trial(&t);
}
END_TEST

START_TEST(vector_functions) {
    double worst_exp = 0, worst_tanh = 0, worst_sigmoid = 0, worst_erf = 0, worst_softplus = 0;
    for (int i = -860000; i <= 860000; i++) {
        rm_real x = (rm_real)i * (rm_real)1e-4;
        double d = (double)x;
        worst_exp = fmax(worst_exp, fabs((double)rm_exp(x) / exp(d) - 1));
        worst_softplus =
            fmax(worst_softplus,
                 fabs((double)rm_softplus(x) / (fmax(d, 0) + log1p(exp(-fabs(d)))) - 1));
        worst_sigmoid = fmax(worst_sigmoid, fabs((double)rm_sigmoid(x) * (1 + exp(-d)) - 1));
        if (i) {
            worst_tanh = fmax(worst_tanh, fabs((double)rm_tanh(x) / tanh(d) - 1));
            worst_erf = fmax(worst_erf, fabs((double)rm_erf(x) / erf(d) - 1));
        }
    }
    if (getenv("RIMER_TEST_MEASURE"))
        printf("exp %.3g tanh %.3g sigmoid %.3g erf %.3g softplus %.3g\n", worst_exp,
               worst_tanh, worst_sigmoid, worst_erf, worst_softplus);
    ck_assert_double_lt(worst_exp, 2e-7);
    ck_assert_double_lt(worst_tanh, 4e-7);
    ck_assert_double_lt(worst_sigmoid, 4e-7);
    ck_assert_double_lt(worst_erf, 3e-7);
    ck_assert_double_lt(worst_softplus, 4e-7);
    ck_assert(isnan(rm_exp((rm_real)NAN)) && isnan(rm_tanh((rm_real)NAN)));
    ck_assert(isnan(rm_erf((rm_real)NAN)));
    ck_assert(isnan(rm_sigmoid((rm_real)NAN)));
    ck_assert(rm_tanh((rm_real)1000) == 1 && rm_tanh((rm_real)-1000) == -1);
    ck_assert(rm_sigmoid((rm_real)1000) == 1 && (double)rm_sigmoid((rm_real)-1000) < 1e-37);
}
END_TEST

START_TEST(table_choice) {
    const rm_kernels *table;
    setenv("RIMER_KERNELS", "ref", 1);
    ck_assert_int_eq(rm_kernels_choose(&table), RIMER_OK);
    ck_assert_str_eq(table->name, "ref");
    setenv("RIMER_KERNELS", "abacus", 1);
    ck_assert_int_eq(rm_kernels_choose(&table), RIMER_USAGE);
    ck_assert_ptr_nonnull(strstr(rimer_last_error(), "abacus"));
}
END_TEST

int main(void) {
    return rm_test_main("kernels",
                        (const TTest *[]){tables_agree, recurrence_as_written, losses, pinball,
                                          dropout_draws, vector_functions, table_choice, NULL});
}
