/* Streams: what is forecast step by step is what one pass over all of it forecasts. */
#include "harness.h"
#include "randommodel.h"

#include "base/rng.h"
#include "model/session_inside.h"
#include "rimer/rimer.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ROUNDING \
    2e-5 /* of the deviation of the values; measured 6e-6 without a norm, else 1e-6 */

#define FIRST (-37) /* position of the first step, where it matters */

static void must(rimer_status status) {
    ck_assert_msg(status == RIMER_OK, "%s", rimer_last_error());
}

/* Random weights everywhere, so that nothing is 0 and hides its neighbours. */
static rimer_model *model_of(const char *settings) {
    rimer_config config;
    rimer_model *model;
    rimer_config_init(&config);
    rm_test_settings(&config,
                     "context_len=24 patch_len=6 output_len=6 horizon=6 width=16 head_size=8 "
                     "layers=2 norm=causal scaler=none origin=last");
    rm_test_settings(&config, settings);
    must(rimer_model_create(&config, &model));
    rm_rng rng = rm_rng_make(3, 9);
    const rm_registry *registry = &model->network.registry;
    for (int64_t i = 0; i < registry->n; i++)
        for (int64_t k = 0; k < registry->items[i].count; k++)
            model->values[registry->items[i].offset + k] +=
                (rm_real)(0.3 * rm_rng_normal(&rng) /
                          sqrt(fmax(1, (double)registry->items[i].cols)));
    return model;
}

static rimer_stream *stream_of(const rimer_model *model, int64_t n_channels) {
    rimer_stream *stream;
    must(rimer_stream_create(model, n_channels, NULL, &stream));
    must(rimer_stream_place(stream, FIRST));
    return stream;
}

/* A wandering wave with a missing step now and then. */
static float *steps_of(int64_t n, int with_holes) {
    float *values = malloc((size_t)n * sizeof *values);
    rm_rng rng = rm_rng_make(8, 1);
    double level = 50;
    for (int64_t i = 0; i < n; i++) {
        level += 0.3 * rm_rng_normal(&rng);
        values[i] = (float)(level + 4 * sin(0.4 * (double)i) + rm_rng_normal(&rng));
        if (with_holes && (i % 17 == 3 || (i / 40 % 3 == 1 && i % 40 < 14)))
            values[i] = NAN;
    }
    return values;
}

static float *bundled(int64_t *n) {
    rimer_dataset *dataset;
    must(rimer_dataset_read(rm_project_path("datasets/sunspots.csv"), NULL, &dataset));
    rimer_series series = rimer_dataset_series(dataset, 0);
    *n = series.n_steps;
    float *values = malloc((size_t)*n * sizeof *values);
    memcpy(values, series.values, (size_t)*n * sizeof *values);
    rimer_dataset_free(dataset);
    return values;
}

static double deviation(const float *values, int64_t n) {
    double sum = 0, squares = 0;
    int64_t count = 0;
    for (int64_t i = 0; i < n; i++)
        if (!isnan(values[i]))
            sum += (double)values[i], count++;
    for (int64_t i = 0; i < n; i++)
        if (!isnan(values[i]))
            squares += pow((double)values[i] - sum / (double)count, 2);
    return sqrt(squares / (double)count);
}

static void assert_near(const char *what, const float *got, const rm_real *want, int64_t n,
                        double tolerance) {
    for (int64_t i = 0; i < n; i++) {
        double error = fabs((double)got[i] - (double)want[i]);
        int both = isnan(got[i]) && isnan(want[i]);
        ck_assert_msg(both || error <= tolerance, "%s: value %lld: %.9g, not %.9g", what,
                      (long long)i, (double)got[i], (double)want[i]);
    }
}

/* ----------------------------------------------------------------------------- the norm */

/* E1 as it is written, for the last of n steps. */
static void trailing(const float *x, int64_t n, int64_t reach, double *loc, double *scale) {
    int64_t from = n > reach ? n - reach : 0, count = 0;
    double sum = 0, squares = 0;
    for (int64_t i = from; i < n; i++)
        if (!isnan(x[i]))
            sum += (double)x[i], count++;
    *loc = sum / (double)count;
    for (int64_t i = from; i < n; i++)
        if (!isnan(x[i]))
            squares += ((double)x[i] - *loc) * ((double)x[i] - *loc);
    *scale = count ? sqrt(squares / (double)count + 1e-5) : 1;
}

static void check_norm(int64_t n) {
    rimer_model *model = model_of("mask=on");
    const rm_kernels *kernels;
    rm_pass *pass;
    float *values = steps_of(n, 1);
    rm_real *x = malloc((size_t)n * sizeof *x);
    int64_t P = 6, T = (n + P - 1) / P, pad = T * P - n;
    for (int64_t i = 0; i < n; i++)
        x[i] = (rm_real)values[i];
    must(rm_kernels_choose(&kernels));
    must(rm_pass_create(&pass, kernels, &model->network,
                        (rm_pass_size){.max_rows = 1, .max_tokens = T, .all_tokens = 1}));
    rm_pass_read(pass, x, 1, n);
    rm_pass_view view = rm_pass_look(pass);
    for (int64_t t = 0; t < T; t++) {
        double loc, scale;
        trailing(values, (t + 1) * P - pad, 24, &loc, &scale);
        ck_assert(fabs((double)view.loc[t] - loc) < 1e-5 || (isnan(loc) && isnan(view.loc[t])));
        ck_assert(fabs((double)view.scale[t] - scale) < 1e-5);
        for (int64_t i = t * P; i < (t + 1) * P; i++) {
            int there = i >= pad && !isnan(values[i - pad]);
            double z = there ? ((double)values[i - pad] - loc) / scale : 0;
            ck_assert(fabs((double)view.z[i] - z) < 1e-4);
            ck_assert(view.missing[i] == (there ? 0 : 1));
        }
    }
    rm_pass_free(pass);
    rimer_model_free(model);
    free(values);
    free(x);
}

START_TEST(norm_as_written) {
    check_norm(100);
    check_norm(24);
    check_norm(13);
    check_norm(4);
}
END_TEST

/* A context that is one patch is normalised as a whole. */
START_TEST(one_patch_is_a_window) {
    rimer_model *causal = model_of("patch_len=24 output_len=24");
    rimer_model *window = model_of("patch_len=24 output_len=24 norm=window");
    rimer_session *a, *b;
    float *values = steps_of(24, 1), left[24], right[24];
    must(rimer_session_create(causal, 1, &a));
    must(rimer_session_create(window, 1, &b));
    must(rimer_session_forecast(a, 1, 24, values, 24, left));
    must(rimer_session_forecast(b, 1, 24, values, 24, right));
    assert_near("one patch", left, right, 24, 1e-4);
    rimer_session_free(a);
    rimer_session_free(b);
    rimer_model_free(causal);
    rimer_model_free(window);
    free(values);
}
END_TEST

/* ----------------------------------------------------------------------- one pass over all */

/* The forecasts of all tokens of one pass over n steps of one row, [T][levels][output_len]; or,
 * for an origin that reads a whole context, of the last. */
static rm_real *one_pass(const rimer_model *model, const float *values, int64_t n,
                         int all_tokens) {
    const rm_shape *s = &model->network.shape;
    const rm_kernels *kernels;
    rm_pass *pass;
    int64_t T = n / s->patch_len, outputs = all_tokens ? T : 1;
    size_t size = (size_t)(outputs * s->levels.n * s->output_len) * sizeof(rm_real);
    rm_real *x = malloc((size_t)n * sizeof *x), *out = malloc(size);
    for (int64_t i = 0; i < n; i++)
        x[i] = (rm_real)values[i];
    must(rm_kernels_choose(&kernels));
    must(rm_pass_create(
        &pass, kernels, &model->network,
        (rm_pass_size){.max_rows = 1, .max_tokens = T, .all_tokens = all_tokens}));
    rm_pass_place(pass, (rm_places){&(rimer_place){n, RIMER_CHANNEL_NONE}, 0, FIRST}, 1, T);
    memcpy(out, rm_pass_forward(pass, model->values, x, 1, n), size);
    rm_pass_free(pass);
    free(x);
    return out;
}

static const rimer_levels *levels_of(const rimer_model *model) {
    const rm_shape *s = &model->network.shape;
    return s->levels.n > 1 ? &s->levels : NULL;
}

/* Pushes all of it and holds each forecast after a whole patch against the pass. */
static void check_against_pass(const char *settings, const float *values, int64_t n) {
    rimer_model *model = model_of(settings);
    const rm_shape *s = &model->network.shape;
    rimer_stream *stream = stream_of(model, 1);
    int64_t P = s->patch_len, each = s->levels.n * s->output_len, whole = n / P * P;
    int all = s->origin != RIMER_ORIGIN_LINEAR;
    double tolerance = ROUNDING * deviation(values, n);
    float *got = malloc((size_t)each * sizeof *got);
    rm_real *want = all ? one_pass(model, values, whole, 1) : NULL;
    int64_t window = rm_shape_tokens(s, s->context_len) * P, n_compared = 0;
    for (int64_t end = P; end <= whole; end += P) {
        must(rimer_stream_push(stream, P, values + end - P));
        ck_assert_int_eq(rimer_stream_is_carried(stream), end >= window);
        if (!all && (end < window || (end / P) % 13))
            continue;
        rm_real *now = all ? want + (end / P - 1) * each : one_pass(model, values, end, 0);
        must(rimer_stream_forecast(stream, s->output_len, levels_of(model), got));
        assert_near(settings, got, now, each, tolerance);
        n_compared++;
        if (!all)
            free(now);
    }
    ck_assert(n_compared > 5 && rimer_stream_steps(stream) == whole);
    free(got);
    free(want);
    rimer_stream_free(stream);
    rimer_model_free(model);
}

START_TEST(equals_one_pass) {
    int64_t n;
    float *real = bundled(&n), *holes = steps_of(900, 1);
    check_against_pass("", real, n);
    check_against_pass("origin=none layers=3", real, n);
    check_against_pass("origin=linear", real, n);
    check_against_pass("origin=linear origin_bias=constant context_len=27", real, n);
    check_against_pass("phase=7,30", real, n);
    check_against_pass("phase=12 origin=linear", real, n);
    check_against_pass("mask=on", holes, 900);
    check_against_pass("mask=on origin=linear quantiles=0.1,0.9", holes, 900);
    check_against_pass("quantiles=0.2,0.5,0.95 output_len=13", real, n);
    check_against_pass("block_norm=after channel_mix=linear input_norm=no", real, n);
    check_against_pass("patch_len=1 output_len=2 context_len=5", real, 600);
    float *small = steps_of(600, 0); /* without a norm values must be small themselves */
    for (int64_t i = 0; i < 600; i++)
        small[i] /= 50;
    check_against_pass("norm=none", small, 600);
    free(real);
    free(holes);
    free(small);
}
END_TEST

START_TEST(equals_one_pass_ettm1) {
    const char *path = rm_dataset_path("equals_one_pass_ettm1", "ETTm1.csv.gz");
    rimer_dataset *dataset;
    if (!path)
        return;
    must(rimer_dataset_read(path, NULL, &dataset));
    rimer_series series = rimer_dataset_series(dataset, 0);
    for (int64_t c = 0; c < 7; c += 6)
        check_against_pass("context_len=336 patch_len=48 output_len=96 width=32",
                           series.values + c * series.n_steps, 10032);
    rimer_dataset_free(dataset);
}
END_TEST

/* ------------------------------------------------------------------------ the last context */

/* At `end` the stream must say what a session says of the last steps, also far ahead. */
static void check_against_context(const char *settings, const float *values, int64_t end) {
    rimer_model *model = model_of(settings);
    const rm_shape *s = &model->network.shape;
    const rimer_levels *levels = levels_of(model);
    rimer_stream *stream = stream_of(model, 1);
    rimer_session *session;
    int64_t H = 3 * s->output_len + 1, each = s->levels.n * H;
    int64_t n = end < s->context_len ? end : s->context_len;
    float *got = malloc((size_t)each * sizeof *got),
          *want = malloc((size_t)each * sizeof *want);
    must(rimer_session_create(model, 1, &session));
    must(rimer_session_place(session, 1, &(rimer_place){FIRST + end, RIMER_CHANNEL_NONE}));
    must(rimer_stream_push(stream, end, values));
    must(rimer_stream_forecast(stream, H, levels, got));
    must(levels ? rimer_session_quantiles(session, 1, n, values + end - n, H, levels, want)
                : rimer_session_forecast(session, 1, n, values + end - n, H, want));
    for (int64_t i = 0; i < each; i++)
        ck_assert_msg(fabs((double)got[i] - (double)want[i]) <=
                          ROUNDING * deviation(values, end),
                      "%s, %lld steps: step %lld: %.9g, not %.9g", settings, (long long)end,
                      (long long)i, (double)got[i], (double)want[i]);
    rimer_session_free(session);
    rimer_stream_free(stream);
    rimer_model_free(model);
    free(got);
    free(want);
}

/* A short stream, one that was carried for just its context, and one between patches. */
START_TEST(equals_the_context) {
    static const char *const settings[] = {"",
                                           "origin=linear",
                                           "quantiles=0.1,0.9",
                                           "norm=none",
                                           "origin=linear quantiles=0.3 output_len=7",
                                           "context_len=26",
                                           "phase=7,50",
                                           "phase=9 quantiles=0.2,0.9 output_len=7"};
    static const int64_t ends[] = {1, 5, 6, 23, 24, 25, 94};
    float *values = steps_of(100, 0);
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++)
        for (size_t k = 0; k < sizeof ends / sizeof *ends; k++)
            check_against_context(settings[i], values, ends[k]);
    free(values);
}
END_TEST

START_TEST(others_read_again) {
    static const char *const settings[] = {
        "norm=window",          "norm=window quantiles=0.1,0.9 origin=linear",
        "mixer=attention",      "position=sinusoid",
        "layers=0 norm=causal", "norm=window scaler=robust",
        "norm=window phase=9",  "mixer=attention phase=5,7"};
    static const int64_t ends[] = {3, 24, 48, 95, 96};
    float *values = steps_of(100, 0);
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++)
        for (size_t k = 0; k < sizeof ends / sizeof *ends; k++)
            check_against_context(settings[i], values, ends[k]);
    rimer_model *model = model_of("norm=window");
    rimer_stream *stream = stream_of(model, 1);
    must(rimer_stream_push(stream, 96, values));
    ck_assert_int_eq(rimer_stream_is_carried(stream), 0);
    rimer_stream_free(stream);
    rimer_model_free(model);
    free(values);
}
END_TEST

/* --------------------------------------------------------------------------- what holds */

/* Channels do not see each other, and how many steps come at once does not matter. */
START_TEST(channels_and_portions) {
    enum { C = 5, N = 120, H = 10 };
    rimer_model *model = model_of("");
    rimer_stream *all = stream_of(model, C);
    float *values = steps_of((int64_t)C * N, 0), together[C * H], alone[H];
    must(rimer_stream_push(all, 7, values));
    for (int64_t i = 7; i < N; i++)
        must(rimer_stream_push(all, 1, values + i * C));
    must(rimer_stream_push(all, 0, values));
    must(rimer_stream_forecast(all, H, NULL, together));
    for (int64_t c = 0; c < C; c++) {
        rimer_stream *one = stream_of(model, 1);
        float own[N];
        for (int64_t i = 0; i < N; i++)
            own[i] = values[i * C + c];
        must(rimer_stream_push(one, N, own));
        must(rimer_stream_forecast(one, H, NULL, alone));
        for (int64_t i = 0; i < H; i++)
            ck_assert(fabs((double)(alone[i] - together[c * H + i])) < 1e-3);
        rimer_stream_free(one);
    }
    rimer_stream_free(all);
    rimer_model_free(model);
    free(values);
}
END_TEST

/* Looking ahead changes nothing, and a longer look begins like a shorter. */
START_TEST(forecasts_leave_no_trace) {
    rimer_model *model = model_of("quantiles=0.1,0.9 scaler=standard");
    rimer_stream *watched = stream_of(model, 1), *left_alone = stream_of(model, 1);
    float *values = steps_of(90, 0), a[200], b[200], longer[3 * 60];
    const rimer_levels *levels = levels_of(model);
    for (int64_t i = 0; i < 90; i++) {
        must(rimer_stream_push(watched, 1, values + i));
        must(rimer_stream_push(left_alone, 1, values + i));
        must(rimer_stream_forecast(watched, 20, levels, a));
    }
    must(rimer_stream_forecast(left_alone, 20, levels, b));
    ck_assert_mem_eq(a, b, 60 * sizeof *a);
    must(rimer_stream_forecast(watched, 60, levels, longer));
    for (int64_t q = 0; q < 3; q++)
        ck_assert_mem_eq(longer + q * 60, b + q * 20, 20 * sizeof *b);
    rimer_stream_free(watched);
    rimer_stream_free(left_alone);
    rimer_model_free(model);
    free(values);
}
END_TEST

/* Channels by name have the model's scale, and others one of their own that stays. */
START_TEST(scales) {
    rimer_model *model = model_of("scaler=standard norm=none origin=none");
    float train[200], got[12], want[12];
    static const char *const names[] = {"load"}, *const other[] = {"wind"};
    for (int i = 0; i < 200; i++)
        train[i] = (float)(1000 + 100 * sin(i));
    rimer_dataset *dataset;
    rm_scaler scaler;
    must(rimer_dataset_from_values(train, 200, 1, names, &dataset));
    must(rm_scaler_fit(&scaler, dataset, "0.7/0.1/0.2"));
    must(rm_model_set_channels(model, dataset, &scaler));
    rimer_stream *known, *unknown;
    must(rimer_stream_create(model, 1, names, &known));
    must(rimer_stream_create(model, 1, other, &unknown));
    ck_assert_str_eq(rimer_stream_channel_name(unknown, 0), "wind");
    must(rimer_stream_push(known, 24, train));
    must(rimer_stream_push(unknown, 24, train));
    must(rimer_stream_forecast(known, 6, NULL, got));
    rimer_dataset *start;
    rimer_forecast *forecast;
    must(rimer_dataset_from_values(train, 24, 1, names, &start));
    must(rimer_forecast_dataset(model, start, 6, 1, &forecast));
    memcpy(want, rimer_forecast_values(forecast, 0, 0), 6 * sizeof *want);
    for (int i = 0; i < 6; i++)
        ck_assert(fabs((double)(got[i] - want[i])) < 1e-2);
    must(rimer_stream_forecast(unknown, 6, NULL, want));
    ck_assert(fabs((double)(got[0] - want[0])) > 1e-1);
    rimer_forecast_free(forecast);
    rimer_dataset_free(start);
    rimer_dataset_free(dataset);
    rm_scaler_free(&scaler);
    rimer_stream_free(known);
    rimer_stream_free(unknown);
    rimer_model_free(model);
}
END_TEST

/* Nothing to see for a long time, then something again. */
START_TEST(silence) {
    rimer_model *model = model_of("mask=on");
    rimer_stream *stream = stream_of(model, 1);
    float *values = steps_of(60, 0), none[30], out[6];
    for (int i = 0; i < 30; i++)
        none[i] = NAN;
    must(rimer_stream_push(stream, 60, values));
    must(rimer_stream_push(stream, 18, none));
    must(rimer_stream_forecast(stream, 6, NULL, out));
    ck_assert(isfinite(out[0]));
    must(rimer_stream_push(stream, 30, none));
    must(rimer_stream_forecast(stream, 6, NULL, out));
    ck_assert(isnan(out[0]));
    must(rimer_stream_push(stream, 6, values));
    must(rimer_stream_forecast(stream, 6, NULL, out));
    ck_assert(isfinite(out[0]) && isfinite(out[5]));
    rimer_stream_free(stream);
    rimer_model_free(model);
    free(values);
}
END_TEST

START_TEST(refusals) {
    rimer_model *model = model_of("log1p=yes scaler=standard");
    rimer_stream *stream = NULL;
    float values[2] = {1, INFINITY}, low = -1, out[6] = {77};
    rimer_levels levels = {1, {0.9}};
    ck_assert_int_eq(rimer_stream_create(model, 0, NULL, &stream), RIMER_USAGE);
    ck_assert_ptr_null(stream);
    stream = stream_of(model, 1);
    ck_assert_int_eq(rimer_stream_forecast(stream, 6, NULL, out), RIMER_USAGE);
    ck_assert_int_eq(rimer_stream_push(stream, 2, values), RIMER_DATA);
    ck_assert_str_eq(rimer_last_error(), "channel 0: a value is infinite");
    ck_assert_int_eq(rimer_stream_push(stream, -1, values), RIMER_USAGE);
    ck_assert_int_eq(rimer_stream_push(stream, 1, &low), RIMER_DATA);
    ck_assert_ptr_nonnull(strstr(rimer_last_error(), "log1p"));
    ck_assert_int_eq(rimer_stream_steps(stream), 0);
    ck_assert_int_eq(rimer_stream_place(stream, (INT64_C(1) << 53) + 1), RIMER_USAGE);
    ck_assert_int_eq(rimer_stream_place(stream, -(INT64_C(1) << 53) - 1), RIMER_USAGE);
    must(rimer_stream_push(stream, 1, values));
    ck_assert_int_eq(rimer_stream_place(stream, 0), RIMER_USAGE);
    ck_assert_ptr_nonnull(strstr(rimer_last_error(), "before its first step"));
    ck_assert_int_eq(rimer_stream_forecast(stream, 0, NULL, out), RIMER_USAGE);
    ck_assert_int_eq(rimer_stream_forecast(stream, 6, &levels, out), RIMER_USAGE);
    ck_assert(out[0] == 77);
    rimer_stream_free(stream);
    rimer_stream_free(NULL);
    rimer_stream_about_free(NULL);
    rimer_model_free(model);
}
END_TEST

/* ----------------------------------------------------------------------- what stays the same */

enum { STILL_STEPS = 50, STILL_HORIZON = 11 };

/* Four rows: 0 throughout, 0 where it is observed, 0 but for one step, nothing at all. */
static void fill_still(float *x) {
    for (int64_t i = 0; i < 4 * STILL_STEPS; i++)
        x[i] = 0;
    for (int64_t i = 0; i < STILL_STEPS; i += 2)
        x[STILL_STEPS + i] = NAN;
    x[3 * STILL_STEPS - 7] = 1e-3f;
    for (int64_t i = 0; i < STILL_STEPS; i++)
        x[3 * STILL_STEPS + i] = NAN;
}

static int is_zero(const float *values, int64_t n) {
    for (int64_t i = 0; i < n; i++)
        if (values[i] != 0)
            return 0;
    return 1;
}

static void check_still(const char *settings, int is_still) {
    float x[4 * STILL_STEPS], steps[STILL_STEPS * 4], out[4 * 3 * STILL_HORIZON];
    rimer_model *model = random_model(settings);
    rimer_session *session;
    rimer_stream *stream;
    rimer_levels levels = {3, {0.1, 0.5, 0.9}}, *wanted = NULL;
    int64_t each = STILL_HORIZON;
    if (rimer_model_levels(model).n > 1) {
        wanted = &levels;
        each *= levels.n;
    }
    fill_still(x);
    ck_assert_int_eq(rimer_session_create(model, 4, &session), RIMER_OK);
    ck_assert_int_eq(
        wanted ? rimer_session_quantiles(session, 4, STILL_STEPS, x, STILL_HORIZON, wanted, out)
               : rimer_session_forecast(session, 4, STILL_STEPS, x, STILL_HORIZON, out),
        RIMER_OK);
    for (int64_t row = 0; row < 3; row++)
        ck_assert_msg(is_zero(out + row * each, each) == (is_still && row < 2), "%s: row %d",
                      settings, (int)row);
    ck_assert(isnan(out[3 * each]));
    for (int64_t t = 0; t < STILL_STEPS; t++)
        for (int64_t row = 0; row < 4; row++)
            steps[t * 4 + row] = x[row * STILL_STEPS + t];
    ck_assert_int_eq(rimer_stream_create(model, 4, NULL, &stream), RIMER_OK);
    for (int64_t t = 0; t < STILL_STEPS; t++) {
        ck_assert_int_eq(rimer_stream_push(stream, 1, steps + t * 4), RIMER_OK);
        ck_assert_int_eq(rimer_stream_forecast(stream, STILL_HORIZON, wanted, out), RIMER_OK);
        for (int64_t row = 0; row < 3 && t > 0; row++)
            ck_assert_msg(is_zero(out + row * each, each) ==
                              (is_still && (row < 2 || t < STILL_STEPS - 7)),
                          "%s: step %d, row %d", settings, (int)t, (int)row);
    }
    rimer_stream_free(stream);
    rimer_session_free(session);
    rimer_model_free(model);
}

/* A channel that was one value in its training part, 0 in the units of the scaler, and still is. */
START_TEST(still_rows) {
    check_still("norm=window", 1);
    check_still("norm=window quantiles=0.1,0.9", 1);
    check_still("norm=causal", 1);
    check_still("norm=causal quantiles=0.1,0.9", 1);
    check_still("norm=none", 0);
    check_still("norm=window scaler=robust", 0);
}
END_TEST

int main(void) {
    return rm_test_main("stream",
                        (const TTest *[]){norm_as_written, one_patch_is_a_window,
                                          equals_one_pass, equals_one_pass_ettm1,
                                          equals_the_context, others_read_again,
                                          channels_and_portions, forecasts_leave_no_trace,
                                          scales, silence, refusals, still_rows, NULL});
}
