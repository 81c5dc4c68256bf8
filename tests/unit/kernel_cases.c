#include "kernel_cases.h"

#include "base/rng.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void run_memory(const rm_kernels *k, trial *t) {
    k->fill(t->out[0], (rm_real)0.25, t->n);
    k->copy(t->out[1], t->in[0], t->n);
    k->add(t->out[2], t->in[0], t->n);
    k->copy_rows(t->out[5], t->D, t->in[2], 0, t->M, t->D - t->D / 3);
    k->copy_rows_between(t->out[9], t->D / 3, t->D, t->in[2], 1, t->D, t->M,
                         t->D - t->D / 3 - 1);
    k->copy_rows(t->out[6] + 1, t->D, t->in[2], t->D, t->M, t->D - t->D / 3);
    k->move_on(t->out[7], t->in[0] + 1, t->D, t->M, t->D - 1, t->D / 2);
    k->move_on(t->out[8], NULL, 0, t->M, t->D, t->D);
    k->sum_squares((double *)t->sums, t->in[0], t->n);
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
    k->dropout(t->out[0], t->in[0], &t->step->draw_key, 5, 3, 0.4, t->M, t->D);
    k->dropout(t->out[1], t->out[1], &t->step->draw_key, 0, 0, 0.95, t->M, t->D);
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

void rm_run_wkv7(const rm_kernels *k, trial *t) {
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

static void spoil_ends(trial *t) {
    for (int64_t i = 0; i < t->M * (t->D - t->D / 3); i += 5)
        t->in[0][i] = (rm_real)NAN;
}

static void run_ends(const rm_kernels *k, trial *t) {
    int64_t padded = t->D, n = t->D - t->D / 3;
    k->window_norm_forward(t->out[0], t->out[1], t->out[2], t->out[3], t->in[0], 1, t->M, n,
                           padded);
    k->last_observed(t->out[4], t->out[0], t->out[1], t->M, 1, padded, 0, padded);
    k->center_forward(t->out[5], t->out[0], t->out[1], t->out[4], t->M, padded, padded);
    k->rescale_forward(t->out[6], t->in[2], t->in[3], t->in[4], t->in[1], t->B, t->T, t->D);
    k->bias_unscaled(t->out[8], t->in[2], t->in[1], t->M, t->D);
    k->bias_unscaled_backward(t->out[9], t->in[2], t->in[1], t->M, t->D);
    k->rescale_backward(t->out[7], t->in[2], t->in[1], t->M, t->D);
}

/* Rows of no map, and of three. */
static void spoil_own_map(trial *t) {
    for (int64_t b = 0; b < t->M; b++)
        t->in[2][b] = (rm_real)(b % 4 - 1);
}

static void run_own_map(const rm_kernels *k, trial *t) {
    k->own_map_forward(t->out[0], 0, t->in[0], t->in[3], t->D, t->in[2], t->M, t->H, t->N);
    k->own_map_forward(t->out[1], 1, t->in[0], t->in[3], t->D, t->in[2], t->M, t->H, t->N);
    k->own_map_forward(t->out[2], 1, t->in[0], t->in[3], t->D, t->in[2], t->M, t->N, t->H);
}

static void spoil_causal_norm(trial *t) {
    for (int64_t i = 0; i < t->M * t->D && t->D > 3; i += 5)
        t->in[0][i] = (rm_real)NAN;
}

/* Rows of which the patches are all, more, or only the end. */
static void run_causal_norm(const rm_kernels *k, trial *t) {
    int64_t D = t->D, half = (D + 1) / 2;
    k->causal_norm_forward(t->out[0], t->out[1], t->out[2], t->out[3], t->in[0], 1, t->M, D, 2,
                           D / 2, half + 1, 2);
    k->causal_norm_forward(t->out[4], t->out[5], t->out[6], t->out[7], t->in[0], 1, t->M, half,
                           1, D, D, 1);
    k->causal_norm_forward(t->out[8], t->out[9], t->out[10], t->out[11], t->in[0], 0, t->M, D,
                           1, half, half + 1, 1);
}

static void run_moments(const rm_kernels *k, trial *t) {
    k->moments_forward(t->out[0], t->in[0], t->in[1], t->B, t->T);
}

static void spoil_moments(trial *t) {
    t->in[0][0] = NAN;
}

static void run_standardise(const rm_kernels *k, trial *t) {
    k->standardise(t->out[0], t->in[0], t->in[2], t->in[1], t->M, t->D);
}

static void spoil_loss(trial *t) {
    t->in[3][t->n / 2] = (rm_real)NAN;
}

static void run_loss(const rm_kernels *k, trial *t) {
    for (int kind = RM_LOSS_SQUARED; kind <= RM_LOSS_HUBER; kind++)
        k->loss_forward(t->out[kind], &t->sums[kind], t->in[2], t->in[3], t->n, kind, 0.3);
}

static void spoil_quantiles(trial *t) {
    t->in[3][t->D / 2] = (rm_real)NAN;
}

static void run_quantiles(const rm_kernels *k, trial *t) {
    int64_t levels = t->T, median = t->T / 2;
    k->quantiles_forward(t->out[0], t->in[0], t->in[2], t->B, levels, median, t->D);
    k->quantiles_forward(t->out[1], t->in[5], NULL, t->B, levels, levels - 1, t->D);
    k->quantiles_backward(t->out[2], t->in[4], t->in[0], t->B, levels, median, t->D);
    double level[128];
    for (int64_t i = 0; i < levels; i++)
        level[i] = (double)(i + 1) / (double)(levels + 1);
    k->pinball_forward(t->out[3], &t->sums[0], t->in[0], t->in[3], level, t->B, levels, t->D);
}

static void run_adamw(const rm_kernels *k, trial *t) {
    k->copy(t->out[2], t->in[1], t->n); /* a second moment is positive */
    k->adamw_step(t->out[0], t->out[1], t->out[2], t->out[3], t->in[2], t->n, t->step, 0.5, 0.9,
                  0.99, 1e-8, 0.1, 0.01, 0.3);
}

static void spoil_clip(trial *t) {
    t->sums[2].count = 0;
    t->sums[3].sum = INFINITY;
}

/* Clipped, not, never; nothing is counted; loss and gradient are not finite. Then a step of none. */
static void run_clip(const rm_kernels *k, trial *t) {
    rm_tally *sums = t->sums;
    k->clip_factor(&sums[6].sum, &sums[4], &sums[5].sum, 0.001);
    k->clip_factor(&sums[7].sum, &sums[4], &sums[5].sum, 1e9);
    k->clip_factor(&sums[8].sum, &sums[4], &sums[5].sum, 0);
    k->clip_factor(&sums[9].sum, &sums[2], &sums[5].sum, 1);
    k->clip_factor(&sums[10].sum, &sums[3], &sums[5].sum, 1);
    k->clip_factor(&sums[11].sum, &sums[4], &sums[3].sum, 1);
    k->clip_factor(&t->step->factor, &sums[2], &sums[5].sum, 1);
    k->adamw_step(t->out[0], t->out[1], t->out[2], t->out[3], t->in[2], t->n, t->step, 0.5, 0.9,
                  0.99, 1e-8, 0.1, 0.01, 0.3);
}

const kernel_case rm_kernel_cases[] = {
    {"memory", run_memory, NULL, 1e-6},
    {"bias", run_bias, NULL, 1e-6},
    {"activations", run_activations, NULL, 5e-6},
    {"decay", run_decay, NULL, 5e-6},
    {"dropout", run_dropout, NULL, 0},
    {"value mix", run_value_mix, NULL, 5e-6},
    {"layer norm", run_layer_norm, NULL, 3e-6},
    {"shift mix", run_shift, NULL, 5e-6},
    {"six shift mixes forward", run_shift_forward_6, NULL, 5e-6},
    {"six shift mixes backward", run_shift_backward_6, NULL, 5e-6},
    {"keys", run_keys, NULL, 3e-6},
    {"wkv7", rm_run_wkv7, NULL, 3e-6},
    {"head mix", run_head_mix, NULL, 5e-6},
    {"attention", run_attention, NULL, 5e-6},
    {"ends", run_ends, spoil_ends, 5e-6},
    {"own map", run_own_map, spoil_own_map, 5e-6},
    {"causal norm", run_causal_norm, spoil_causal_norm, 5e-6},
    {"moments", run_moments, spoil_moments, 3e-6},
    {"standardise", run_standardise, NULL, 5e-6},
    {"loss", run_loss, spoil_loss, 5e-6},
    {"quantiles", run_quantiles, spoil_quantiles, 5e-6},
    {"adamw", run_adamw, NULL, 5e-6},
    {"clip", run_clip, spoil_clip, 1e-15},
    {NULL, NULL, NULL, 0},
};

static const int64_t shapes[][4] = {/* B T H N */
                                    {1, 1, 1, 2},   {1, 1, 1, 8},   {2, 3, 1, 3},
                                    {3, 17, 2, 5},  {1, 33, 3, 8},  {2, 16, 2, 16},
                                    {2, 7, 1, 31},  {1, 20, 2, 32}, {2, 5, 1, 64},
                                    {1, 2, 1, 65},  {1, 3, 1, 100}, {1, 70, 1, 4},
                                    {1, 75, 1, 32}, {1, 40, 2, 64}};

const int64_t *rm_kernel_shape(int index) {
    return index < (int)(sizeof shapes / sizeof *shapes) ? shapes[index] : NULL;
}

void rm_trial_fill(trial *t, uint64_t seed) {
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
    for (int i = 0; i < MOST; i++)
        t->sums[i] = (rm_tally){i, i};
    *t->step = (rm_step){0.02, 0.19, 0.0199, 0.5, 77};
}

trial rm_trial_make(const int64_t shape[4]) {
    trial t = {.B = shape[0], .T = shape[1], .H = shape[2], .N = shape[3]};
    t.D = t.H * t.N;
    t.M = t.B * t.T;
    t.n = t.M * t.D;
    t.capacity = t.n + rm_wkv7_checkpoints(t.B, t.T, t.H, t.N) + t.B * t.D * t.N + 64;
    t.sums = malloc(MOST * sizeof *t.sums);
    t.step = malloc(sizeof *t.step);
    for (int i = 0; i < MOST; i++) {
        t.in[i] = malloc((size_t)t.capacity * sizeof(rm_real));
        t.out[i] = malloc((size_t)t.capacity * sizeof(rm_real));
    }
    t.scratch = malloc((size_t)rm_wkv7_scratch(t.H, t.N) * sizeof(rm_real));
    return t;
}

void rm_trial_free(trial *t) {
    for (int i = 0; i < MOST; i++)
        free(t->in[i]), free(t->out[i]);
    free(t->scratch);
    free(t->sums);
    free(t->step);
}

/* Largest difference of two runs relative to the largest value of that output. */
double rm_trial_difference(const trial *a, const trial *b) {
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
        double x = a->sums[i].sum, y = b->sums[i].sum;
        if (a->sums[i].count != b->sums[i].count || isnan(x) || isnan(y))
            return INFINITY;
        worst = fmax(worst, fabs(x - y) / fmax(fabs(y), 1e-30));
    }
    return worst;
}

/* All arrays of a trial in one block, there and back. */
static void run_on_device(const kernel_case *one, const rm_kernels *k, trial *t) {
    trial there = *t;
    int64_t n = t->capacity, scratch = rm_wkv7_scratch(t->H, t->N);
    size_t sums = MOST * sizeof *t->sums, bytes = (size_t)n * sizeof(rm_real);
    void *block;
    const char *problem = k->memory->reserve(&block, sums + sizeof *t->step + 2 * MOST * bytes +
                                                         (size_t)scratch * sizeof(rm_real));
    ck_assert_msg(!problem, "%s", problem);
    there.sums = block;
    there.step = (rm_step *)(there.sums + MOST);
    there.scratch = (rm_real *)(there.step + 1);
    k->memory->upload(there.sums, t->sums, sums);
    k->memory->upload(there.step, t->step, sizeof *t->step);
    for (int i = 0; i < MOST; i++) {
        there.in[i] = there.scratch + scratch + 2 * i * n;
        there.out[i] = there.in[i] + n;
        k->memory->upload(there.in[i], t->in[i], bytes);
        k->memory->upload(there.out[i], t->out[i], bytes);
    }
    one->run(k, &there);
    problem = k->memory->download(t->sums, there.sums, sums);
    for (int i = 0; i < MOST && !problem; i++)
        problem = k->memory->download(t->out[i], there.out[i], bytes);
    ck_assert_msg(!problem, "%s", problem);
    k->memory->release(block);
}

void rm_trial_run(const kernel_case *one, const rm_kernels *k, trial *t) {
    if (one->spoil)
        one->spoil(t);
    if (k->memory)
        run_on_device(one, k, t);
    else
        one->run(k, t);
}

void rm_compare_case(const kernel_case *one, const rm_kernels *table, const rm_kernels *ref,
                     double tolerance) {
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        trial got = rm_trial_make(shapes[i]), want = rm_trial_make(shapes[i]);
        rm_trial_fill(&got, i + 1);
        rm_trial_fill(&want, i + 1);
        rm_trial_run(one, table, &got);
        rm_trial_run(one, ref, &want);
        double error = rm_trial_difference(&got, &want);
        if (getenv("RIMER_TEST_MEASURE"))
            printf("%s %s %lld %lld %lld %lld: %.3g\n", table->name, one->name,
                   (long long)shapes[i][0], (long long)shapes[i][1], (long long)shapes[i][2],
                   (long long)shapes[i][3], error);
        ck_assert_msg(error <= tolerance, "%s, table %s, shape %zu: %.3g > %.3g", one->name,
                      table->name, i, error, tolerance);
        rm_trial_free(&got);
        rm_trial_free(&want);
    }
}

const rm_kernels *rm_reference_kernels(void) {
    const rm_kernels *table;
    for (int i = 0; (table = rm_kernels_at(i)); i++)
        if (strcmp(table->name, "ref") == 0)
            return table;
    ck_abort_msg("there is no reference table");
    return NULL;
}
