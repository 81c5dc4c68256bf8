#include "train/calibrate.h"

#include "base/array.h"
#include "base/config_text.h"
#include "base/rng.h"
#include "model/session_inside.h"
#include "nn/init.h"
#include "train/validation.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROWS_MOST 8192
#define VALUES_MOST (1 << 24) /* residuals kept at once: 64 MiB */
#define ROWS_LEAST 64
#define BATCH_ROWS 32
#define POOLED_LEAST 200  /* residuals of a step and its neighbours, where there are as many */
#define STEPS_FEWEST 20   /* residuals from which quantiles are worth reading */
#define SPREAD_LEAST 1e-3 /* from quantile to quantile; 0 could not be learnt away from */
#define SAMPLE_STREAM 0x43414cu

/* Truth less forecast in units of the context's scale; NaN where one is missing. */
typedef struct residuals {
    const rimer_model *model;
    const rm_windows *windows;
    const rm_scaler *scaler;
    rimer_levels levels;
    int64_t n_rows;
    char *still;   /* [n_series][n_channels] 1: nothing to go by */
    float *values; /* [levels][steps][n_rows] */
    float *sorted; /* those of a step and its neighbours */
} residuals;

/* What a worker needs for one batch. */
typedef struct bench {
    rimer_session *session;
    float *contexts, *targets, *forecasts, *scales;
    rimer_place *places;
    int64_t *n_steps;
} bench;

typedef struct measuring {
    residuals *to;
    bench *benches;
} measuring;

/* Row i of the sample. */
static int64_t sampled_row(const residuals *all, int64_t i) {
    return rm_rng_evenly(SAMPLE_STREAM, i, all->n_rows, all->windows->n_rows);
}

/* A channel without a scale, or that never changes while others do: forecasts of it that miss by
 * nothing say nothing of theirs. */
static int is_mute(const residuals *all, rm_window window) {
    int64_t n_channels = rimer_dataset_n_channels(all->windows->dataset);
    return rm_scaler_is_unseen(all->scaler, window.series, window.channel) ||
           all->still[window.series * n_channels + window.channel];
}

/* As if it were missing. */
static void forget_target(const residuals *all, const bench *at, int64_t i) {
    int64_t H = all->windows->horizon;
    for (int64_t h = 0; h < H; h++)
        at->targets[i * H + h] = NAN;
}

static void keep(residuals *all, const bench *at, int64_t row, int64_t i) {
    int64_t H = all->windows->horizon;
    for (int q = 0; q < all->levels.n; q++)
        for (int64_t h = 0; h < H; h++)
            all->values[(q * H + h) * all->n_rows + row] =
                (at->targets[i * H + h] - at->forecasts[(i * all->levels.n + q) * H + h]) /
                at->scales[i];
}

static rimer_status measure_batch(void *arg, int64_t index, int64_t worker) {
    const measuring *run = arg;
    residuals *all = run->to;
    const bench *at = &run->benches[worker];
    int64_t L = all->windows->context_len, H = all->windows->horizon;
    int64_t first = index * BATCH_ROWS, left = all->n_rows - first;
    int64_t n = left < BATCH_ROWS ? left : BATCH_ROWS;
    for (int64_t i = 0; i < n; i++) {
        rm_window window = rm_windows_row(all->windows, sampled_row(all, first + i));
        rm_windows_copy(all->windows, all->scaler, window, window.start - L, L,
                        at->contexts + i * L);
        rm_windows_copy(all->windows, all->scaler, window, window.start, H,
                        at->targets + i * H);
        at->n_steps[i] = window.start < L ? window.start : L;
        if (is_mute(all, window))
            forget_target(all, at, i);
        at->places[i] = (rimer_place){
            rimer_dataset_position(all->windows->dataset, window.series, window.start),
            rimer_model_channel_of(
                all->model, rimer_dataset_channel_name(all->windows->dataset, window.channel))};
    }
    RM_TRY(rimer_session_place(at->session, n, at->places));
    RM_TRY(rm_session_run(at->session, n, L, at->contexts, at->n_steps, H, &all->levels,
                          at->forecasts, at->scales));
    for (int64_t i = 0; i < n; i++)
        keep(all, at, first + i, i);
    return RIMER_OK;
}

static rimer_status make_benches(const residuals *all, bench *benches, int64_t n) {
    int64_t L = all->windows->context_len, H = all->windows->horizon;
    for (int64_t w = 0; w < n; w++) {
        bench *one = &benches[w];
        RM_TRY(rimer_session_create(all->model, BATCH_ROWS, &one->session));
        RM_TRY(rm_array_new(&one->contexts, BATCH_ROWS * L, sizeof(float)));
        RM_TRY(rm_array_new(&one->targets, BATCH_ROWS * H, sizeof(float)));
        RM_TRY(rm_array_new(&one->forecasts, BATCH_ROWS * H * all->levels.n, sizeof(float)));
        RM_TRY(rm_array_new(&one->scales, BATCH_ROWS, sizeof(float)));
        RM_TRY(rm_array_new(&one->places, BATCH_ROWS, sizeof *one->places));
        RM_TRY(rm_array_new(&one->n_steps, BATCH_ROWS, sizeof *one->n_steps));
    }
    return RIMER_OK;
}

static void free_benches(bench *benches, int64_t n) {
    for (int64_t w = 0; benches && w < n; w++) {
        rimer_session_free(benches[w].session);
        free(benches[w].contexts);
        free(benches[w].targets);
        free(benches[w].forecasts);
        free(benches[w].scales);
        free(benches[w].places);
        free(benches[w].n_steps);
    }
    free(benches);
}

/* Steps on either side that are looked at together, so that few rows do not make a ragged
 * border. */
static int64_t neighbours(const residuals *all) {
    return (POOLED_LEAST / all->n_rows + 1) / 2;
}

/* Whether all that is observed of `values` is one and the same. */
static int never_changes(const float *values, int64_t n) {
    float first = NAN;
    for (int64_t t = 0; t < n; t++) {
        if (isnan(values[t]))
            continue;
        if (isnan(first))
            first = values[t];
        if (values[t] != first)
            return 0;
    }
    return 1;
}

/* Up to the last target of each series. None of them, if that were all there is. */
static rimer_status mark_still(residuals *all) {
    const rm_windows *windows = all->windows;
    int64_t n_channels = rimer_dataset_n_channels(windows->dataset), n = 0;
    RM_TRY(rm_array_new(&all->still, windows->n_series * n_channels, sizeof *all->still));
    for (int64_t s = 0; s < windows->n_series; s++) {
        rimer_series series = rimer_dataset_series(windows->dataset, s);
        int64_t starts = windows->before[s + 1] - windows->before[s];
        int64_t end = windows->first[s] + (starts - 1) * windows->step + windows->horizon;
        for (int64_t c = 0; c < n_channels && starts; c++) {
            char *one = &all->still[s * n_channels + c];
            *one = (char)never_changes(series.values + c * series.n_steps, end);
            n += !*one;
        }
    }
    if (n == 0)
        memset(all->still, 0, (size_t)(windows->n_series * n_channels));
    return RIMER_OK;
}

/* free_residuals, also after a failure. */
static rimer_status measure(residuals *all, rm_pool *pool) {
    int64_t steps = all->levels.n * all->windows->horizon, fit = VALUES_MOST / steps;
    int64_t n_workers = rm_pool_size(pool);
    measuring run = {.to = all};
    rimer_status status;
    fit = fit < ROWS_LEAST ? ROWS_LEAST : fit < ROWS_MOST ? fit : ROWS_MOST;
    all->n_rows = all->windows->n_rows < fit ? all->windows->n_rows : fit;
    RM_TRY(mark_still(all));
    RM_TRY(rm_array_new(&all->values, steps * all->n_rows, sizeof *all->values));
    RM_TRY(rm_array_new(&all->sorted, (2 * neighbours(all) + 1) * all->n_rows,
                        sizeof *all->sorted));
    RM_TRY(rm_array_new(&run.benches, n_workers, sizeof *run.benches));
    status = make_benches(all, run.benches, n_workers);
    if (status == RIMER_OK)
        status =
            rm_pool_run(pool, (all->n_rows + BATCH_ROWS - 1) / BATCH_ROWS, measure_batch, &run);
    free_benches(run.benches, n_workers);
    return status;
}

static int by_size(const void *a, const void *b) {
    float x = *(const float *)a, y = *(const float *)b;
    return x < y ? -1 : x > y;
}

/* What is read from residuals: sign times those of a level, or, with a partner across the median,
 * how far the truth is outside of the two. */
typedef struct border {
    int level, partner; /* -1: none */
    float sign;
} border;

static float beyond(const residuals *all, border at, int64_t i) {
    int64_t values = all->windows->horizon * all->n_rows;
    float own = at.sign * all->values[at.level * values + i];
    return at.partner < 0 ? own : fmaxf(own, -at.sign * all->values[at.partner * values + i]);
}

/* Those of a step and its neighbours, as far as they are there, to all->sorted. Returns their
 * number. */
static int64_t sort_step(const residuals *all, border at, int64_t step) {
    int64_t H = all->windows->horizon, from = step - neighbours(all), n = 0;
    int64_t to = step + neighbours(all) + 1;
    from = from < 0 ? 0 : from;
    to = to > H ? H : to;
    for (int64_t i = from * all->n_rows; i < to * all->n_rows; i++) {
        float value = beyond(all, at, i);
        if (isfinite(value))
            all->sorted[n++] = value;
    }
    qsort(all->sorted, (size_t)n, sizeof *all->sorted, by_size);
    return n;
}

static void free_residuals(residuals *all) {
    free(all->still);
    free(all->values);
    free(all->sorted);
}

/* The level's quantile of n sorted values. */
static double quantile_of(const float *values, int64_t n, double level) {
    double place = level * (double)(n + 1) - 1;
    place = fmin(fmax(place, 0), (double)(n - 1));
    int64_t below = (int64_t)place < n - 1 ? (int64_t)place : n - 2;
    double share = place - (double)below;
    return (1 - share) * (double)values[below] + share * (double)values[below + 1];
}

rimer_status rm_spread_fit(rimer_model *model, const rm_windows *windows,
                           const rm_scaler *scaler, rm_pool *pool) {
    const rm_shape *s = &model->network.shape;
    residuals all = {.model = model, .windows = windows, .scaler = scaler};
    if (s->levels.n == 1 || !s->zero_head)
        return RIMER_OK;
    RM_TRY(rimer_levels_add(&all.levels, 0.5));
    const border median = {.level = 0, .partner = -1, .sign = 1};
    rimer_status status = measure(&all, pool);
    for (int64_t h = 0; status == RIMER_OK && h < s->output_len; h++) {
        const float *values = all.sorted;
        int64_t n = sort_step(&all, median, h);
        for (int q = 0; n >= STEPS_FEWEST && q < s->levels.n; q++) {
            int inner = q < s->median ? q + 1 : q - 1;
            if (q == s->median)
                continue;
            double step = fabs(quantile_of(values, n, s->levels.at[q]) -
                               quantile_of(values, n, s->levels.at[inner]));
            model->values[model->network.head.head_bias + q * s->output_len + h] =
                (rm_real)rm_softplus_inverse(fmax(step, SPREAD_LEAST));
        }
    }
    free_residuals(&all);
    return status;
}

/* The value up to which at least a share of n + 1 would lie. */
static double conformal_quantile(const float *values, int64_t n, double share) {
    int64_t at = (int64_t)ceil(share * (double)(n + 1) - 1e-9) - 1;
    return (double)values[at < 0 ? 0 : at < n ? at : n - 1];
}

/* The level on the other side of an interval; -1: none, or points without a shape of their own,
 * whose sides differ as the residuals do. */
static int partner_of(const residuals *all, double q) {
    int has_shape = all->model->network.shape.levels.n > 1;
    return has_shape ? rimer_levels_find(&all->levels, 1 - q) : -1;
}

/* What is to be added to a level's quantile at a step, from *n residuals. Both sides of an interval
 * move alike, as either alone would take the validation part's bias for a width. */
static double conformal_offset(const residuals *all, int level, int64_t step, int64_t *n) {
    double q = all->levels.at[level], share = fmax(q, 1 - q);
    border at = {level, partner_of(all, q), q > 0.5 ? 1 : -1};
    *n = sort_step(all, at, step);
    if (at.partner >= 0)
        share -= 1 - share;
    return *n ? (double)at.sign * conformal_quantile(all->sorted, *n, share) : 0;
}

rimer_status rm_conformal_fit(rimer_model *model, const rm_windows *windows,
                              const rm_scaler *scaler, rm_pool *pool) {
    const rm_shape *s = &model->network.shape;
    residuals all = {
        .model = model, .windows = windows, .scaler = scaler, .levels = s->offered};
    int64_t steps = s->conformal_steps, n_used = 0;
    int median = rimer_levels_find(&s->offered, 0.5);
    if (!steps)
        return RIMER_OK;
    rm_real *offset = model->values + model->network.head.conformal;
    for (int64_t i = 0; i < s->offered.n * steps; i++)
        offset[i] = 0;
    model->plain = 0;
    rimer_status status = measure(&all, pool);
    for (int q = 0; status == RIMER_OK && q < s->offered.n; q++)
        for (int64_t h = 0; h < steps; h++) {
            int64_t n;
            double by = conformal_offset(&all, q, h, &n);
            offset[q * steps + h] = q == median ? 0 : (rm_real)by;
            n_used += n;
        }
    free_residuals(&all);
    if (status == RIMER_OK && n_used == 0)
        RM_FAIL(DATA, "%s: not one target of the validation part is observed to calibrate by",
                rimer_dataset_name(windows->dataset));
    RM_TRY(status);
    char text[96];
    int64_t apart = rm_validation_apart(windows->dataset, &model->config);
    snprintf(text, sizeof text, "%lld validation rows, %lld window%s without overlap",
             (long long)all.n_rows, (long long)apart, apart == 1 ? "" : "s");
    return rm_model_set_fact(model, "conformal", text);
}

/* Of a text that is no split, whatever the length of a series. */
static rimer_status check_split(const rimer_dataset *dataset, const rimer_config *config) {
    rimer_split unused;
    rimer_status status =
        rimer_split_make(config->split, rimer_dataset_series(dataset, 0).n_steps, &unused);
    return status == RIMER_DATA ? RIMER_OK : status;
}

/* A border at a share of all misses needs one miss of n + 1 beyond it; of an interval from
 * quantiles both sides are one miss, for points each side is told by its own. */
rimer_status rimer_train_calibration(const rimer_dataset *dataset, const rimer_config *config,
                                     rimer_calibration *out) {
    RM_NEED(dataset, config, out);
    RM_TRY(rm_config_ready(config));
    RM_TRY(check_split(dataset, config));
    rm_shape shape = rm_shape_make(config);
    double low = shape.offered.at[0], high = shape.offered.at[shape.offered.n - 1];
    int64_t n = rm_validation_apart(dataset, config);
    double beyond = (shape.levels.n > 1 ? 1 : 2) / (double)(n + 1);
    *out = (rimer_calibration){
        .n_windows = n, .told = fmax(0, 1 - beyond), .offered = 1 - 2 * fmin(low, 1 - high)};
    return RIMER_OK;
}
