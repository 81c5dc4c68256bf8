/* repeat, seasonal-naive and linear: values that can be worked out by hand, an independent solution
 * of the normal equations, missing values, rollout, refusals. */
#include "base/threads.h"
#include "data/windows.h"
#include "eval/ridge.h"
#include "harness.h"
#include "rimer/forecast.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define N_STEPS 400
#define N_CHANNELS 2
#define MISS NAN

static float pseudo_random(uint32_t *state) {
    *state = *state * 1664525u + 1013904223u;
    return (float)(*state >> 8) / (float)(1 << 24) - 0.5f;
}

/* Two noisy waves of different offset and size. */
static void make_values(float *values) {
    uint32_t state = 7;
    for (int c = 0; c < N_CHANNELS; c++)
        for (int t = 0; t < N_STEPS; t++)
            values[c * N_STEPS + t] =
                (float)(10 * c) +
                (1 + (float)c) * (sinf(0.3f * (float)t) + pseudo_random(&state));
}

static rimer_dataset *make_dataset(const float *values) {
    rimer_dataset *dataset;
    ck_assert_int_eq(rimer_dataset_from_values(values, N_STEPS, N_CHANNELS, NULL, &dataset),
                     RIMER_OK);
    return dataset;
}

static rimer_dataset *wave_dataset(void) {
    float values[N_CHANNELS * N_STEPS];
    make_values(values);
    return make_dataset(values);
}

static rimer_forecaster *make(const char *name, const rimer_dataset *dataset,
                              const rimer_baseline_settings *settings) {
    rimer_forecaster *forecaster;
    rimer_status status = rimer_baseline_create(name, dataset, settings, &forecaster);
    ck_assert_msg(status == RIMER_OK, "%s: %s", name, rimer_last_error());
    ck_assert_str_eq(forecaster->name, name);
    return forecaster;
}

static void run(const rimer_forecaster *forecaster, int64_t n_rows, int64_t context_len,
                const float *contexts, int64_t horizon, float *out) {
    void *session;
    rimer_contexts batch = {n_rows, context_len, contexts, NULL, NULL, NULL, NULL};
    ck_assert_int_eq(forecaster->open(forecaster->self, n_rows, &session), RIMER_OK);
    ck_assert_int_eq(forecaster->run(session, &batch, horizon, out), RIMER_OK);
    forecaster->close(session);
}

static void assert_floats(const float *got, const float *want, int64_t n) {
    for (int64_t i = 0; i < n; i++)
        if (isnan(want[i]))
            ck_assert_msg(isnan(got[i]), "value %d: %g is not NaN", (int)i, (double)got[i]);
        else
            ck_assert_msg(got[i] == want[i], "value %d: %g is not %g", (int)i, (double)got[i],
                          (double)want[i]);
}

START_TEST(repeat_is_the_last_observed_value) {
    rimer_dataset *dataset = wave_dataset();
    rimer_baseline_settings settings;
    rimer_baseline_settings_init(&settings);
    rimer_forecaster *repeat = make("repeat", dataset, &settings);
    const float contexts[] = {1, 2, 3, 4, 5, MISS, MISS, MISS, MISS};
    const float want[] = {3, 3, 3, 3, 5, 5, 5, 5, MISS, MISS, MISS, MISS};
    float got[12];
    run(repeat, 3, 3, contexts, 4, got);
    assert_floats(got, want, 12);
    rimer_forecaster_free(repeat);
    rimer_dataset_free(dataset);
}
END_TEST

START_TEST(seasonal_naive_goes_back_by_seasons) {
    rimer_dataset *dataset = wave_dataset();
    rimer_baseline_settings settings;
    rimer_baseline_settings_init(&settings);
    settings.season = 3;
    rimer_forecaster *naive = make("seasonal-naive", dataset, &settings);
    /* whole; a value missing in the last season; in both; nothing */
    const float contexts[] = {1, 2,    3, 4,    5,    6, 1,    2,    3,    4,    MISS, 6,
                              1, MISS, 3, MISS, MISS, 6, MISS, MISS, MISS, MISS, MISS, MISS};
    const float want[] = {4, 5, 6, 4, 5, 4,    2,    6,    4,    2,
                          1, 6, 6, 1, 6, MISS, MISS, MISS, MISS, MISS};
    float got[20];
    run(naive, 4, 6, contexts, 5, got);
    assert_floats(got, want, 20);
    rimer_forecaster_free(naive);
    rimer_dataset_free(dataset);
}
END_TEST

/* A phase that a short context does not hold falls back to the last observed value. */
START_TEST(seasonal_naive_of_a_short_context) {
    rimer_dataset *dataset = wave_dataset();
    rimer_baseline_settings settings;
    rimer_baseline_settings_init(&settings);
    settings.season = 4;
    rimer_forecaster *naive = make("seasonal-naive", dataset, &settings);
    const float contexts[] = {7, 8}, want[] = {8, 8, 7, 8, 8, 8, 7, 8};
    float got[8];
    run(naive, 1, 2, contexts, 8, got);
    assert_floats(got, want, 8);
    rimer_forecaster_free(naive);
    rimer_dataset_free(dataset);
}
END_TEST

START_TEST(season_is_found_in_the_training_part) {
    float values[N_CHANNELS * N_STEPS];
    for (int i = 0; i < N_CHANNELS * N_STEPS; i++)
        values[i] = (float)((i % N_STEPS) % 12);
    rimer_dataset *dataset = make_dataset(values);
    rimer_baseline_settings settings;
    rimer_baseline_settings_init(&settings);
    rimer_forecaster *naive = make("seasonal-naive", dataset, &settings);
    float got[24];
    run(naive, 1, 48, values, 24, got);
    assert_floats(got, values, 24); /* 48 steps are whole seasons */
    rimer_forecaster_free(naive);
    rimer_dataset_free(dataset);
}
END_TEST

/* Gaussian elimination with pivots: another way to the answer than the library's. */
static void solve_plainly(int n, double *a, double *b) {
    for (int k = 0; k < n; k++) {
        int pivot = k;
        for (int i = k + 1; i < n; i++)
            if (fabs(a[i * n + k]) > fabs(a[pivot * n + k]))
                pivot = i;
        for (int j = 0; j < n; j++) {
            double swap = a[k * n + j];
            a[k * n + j] = a[pivot * n + j];
            a[pivot * n + j] = swap;
        }
        double swap = b[k];
        b[k] = b[pivot];
        b[pivot] = swap;
        for (int i = k + 1; i < n; i++) {
            double factor = a[i * n + k] / a[k * n + k];
            for (int j = k; j < n; j++)
                a[i * n + j] -= factor * a[k * n + j];
            b[i] -= factor * b[k];
        }
    }
    for (int k = n - 1; k >= 0; k--) {
        for (int j = k + 1; j < n; j++)
            b[k] -= a[k * n + j] * b[j];
        b[k] /= a[k * n + k];
    }
}

enum { L = 7, H = 3, SIZE = L + 1 };

/* What stands at step i of a row whose holes are filled: a straight line between its neighbours. */
static double filled(const float *raw, int i) {
    int before = i, behind = i;
    while (isnan(raw[before]))
        before--;
    while (behind < L + H && isnan(raw[behind]))
        behind++;
    if (behind == L + H || behind == before)
        return (double)raw[before];
    return (double)raw[before] +
           ((double)raw[behind] - (double)raw[before]) * (i - before) / (behind - before);
}

/* 1/n where a step of the context lies whole seasons before step h, n of them; else 0. */
static void mean_of_seasons(int season, int h, double *weight) {
    double n = 0;
    for (int i = 0; i < L; i++)
        n += season > 1 && (L + h - i) % season == 0;
    for (int i = 0; i < SIZE; i++)
        weight[i] = i < L && season > 1 && (L + h - i) % season == 0 ? 1 / n : 0;
}

/* One step of the horizon, from the definition: rows that the windows give, sums in plain loops;
 * what the mean of the seasons leaves is what is fitted. */
static void fit_plainly(const rm_windows *windows, const rm_scaler *scaler, double ridge,
                        int season, int scale_rows, int fill, int h, double *solution) {
    double xx[SIZE * SIZE] = {0}, trace = 0, mean[SIZE];
    mean_of_seasons(season, h, mean);
    memset(solution, 0, SIZE * sizeof *solution);
    for (int64_t row = 0; row < windows->n_rows; row++) {
        float raw[L + H];
        double x[SIZE], sum = 0, squares = 0, last = 0, n = 0;
        rm_window window = rm_windows_row(windows, row);
        rm_windows_copy(windows, scaler, window, window.start - L, L + H, raw);
        for (int i = 0; i < L; i++)
            if (!isnan(raw[i])) {
                last = (double)raw[i];
                sum += last;
                squares += last * last;
                n++;
            }
        int missing = isnan(raw[L]) + isnan(raw[L + 1]) + isnan(raw[L + 2]);
        if (n == 0 || missing > (fill ? 1 : 0))
            continue;
        for (int i = 0; i < L; i++)
            x[i] = isnan(raw[i]) ? 0 : (double)raw[i] - last;
        x[L] = scale_rows ? sqrt(squares / n - sum / n * sum / n + 1e-5) : 1;
        double rest = filled(raw, L + h) - last;
        for (int i = 0; i < L; i++)
            rest -= mean[i] * x[i];
        for (int i = 0; i < SIZE; i++) {
            solution[i] += x[i] * rest;
            for (int j = 0; j < SIZE; j++)
                xx[i * SIZE + j] += x[i] * x[j];
        }
    }
    for (int i = 0; i < SIZE; i++)
        trace += xx[i * SIZE + i];
    for (int i = 0; i < SIZE; i++)
        xx[i * SIZE + i] += ridge * trace / SIZE;
    solve_plainly(SIZE, xx, solution);
    for (int i = 0; i < SIZE; i++)
        solution[i] += mean[i];
}

static void fit_windows(const rimer_dataset *dataset, rm_windows *windows, rm_scaler *scaler) {
    ck_assert_int_eq(rm_scaler_fit(scaler, dataset, "0.7/0.1/0.2"), RIMER_OK);
    ck_assert_int_eq(rm_windows_make(windows, dataset, "0.7/0.1/0.2", RM_PART_TRAIN, L, H, 1),
                     RIMER_OK);
}

static void fit(const rm_windows *windows, const rm_scaler *scaler, int scale_rows,
                int64_t threads, double *weight, double *bias) {
    rm_pool *pool;
    ck_assert_int_eq(rm_pool_create(threads, &pool), RIMER_OK);
    rimer_status status = rm_ridge_fit(windows, scaler, 1e-3, scale_rows, pool, weight, bias);
    ck_assert_msg(status == RIMER_OK, "%s", rimer_last_error());
    rm_pool_free(pool);
}

static void check_map(const double *weight, const double *bias, int h, const double *want,
                      double tolerance) {
    rm_assert_close("weight", weight + h * L, want, L, tolerance);
    rm_assert_close("bias", bias + h, want + L, 1, tolerance);
}

/* Maps that are drawn to seasonal means, from sums that serve all of them. */
static void check_seasons(const rm_windows *windows, const rm_scaler *scaler, int holes) {
    rm_pool *pool;
    rm_ridge_sums *sums;
    ck_assert_int_eq(rm_pool_create(2, &pool), RIMER_OK);
    ck_assert_int_eq(rm_ridge_sums_make(windows, scaler, 1, pool, &sums), RIMER_OK);
    for (int season = 1; season <= L + H; season++) {
        double weight[H * L], bias[H], want[SIZE];
        ck_assert_int_eq(rm_ridge_solve(sums, 0.3, season, weight, bias), RIMER_OK);
        for (int h = 0; h < H; h++) {
            fit_plainly(windows, scaler, 0.3, season, 1, holes, h, want);
            check_map(weight, bias, h, want, 1e-7);
        }
    }
    rm_ridge_sums_free(sums);
    rm_pool_free(pool);
}

/* With gaps in contexts and targets, with either extra column; in the second case every target
 * has a hole, and there are more such rows than one block takes. */
static void check_fit(int holes) {
    float values[N_CHANNELS * N_STEPS];
    make_values(values);
    for (int i = 0; i < N_CHANNELS * N_STEPS; i += holes ? 3 : 97)
        values[i] = NAN;
    for (int i = 50; i < 50 + 2 * L; i++)
        values[i] = NAN;
    rimer_dataset *dataset = make_dataset(values);
    rm_windows windows;
    rm_scaler scaler;
    fit_windows(dataset, &windows, &scaler);
    ck_assert_int_gt(windows.n_rows, 512);
    for (int scale_rows = 0; scale_rows < 2; scale_rows++) {
        double weight[H * L], bias[H];
        fit(&windows, &scaler, scale_rows, 2, weight, bias);
        for (int h = 0; h < H; h++) {
            double want[SIZE];
            fit_plainly(&windows, &scaler, 1e-3, 1, scale_rows, holes, h, want);
            check_map(weight, bias, h, want, holes ? 1e-7 : 1e-10);
        }
    }
    check_seasons(&windows, &scaler, holes);
    rm_windows_free(&windows);
    rm_scaler_free(&scaler);
    rimer_dataset_free(dataset);
}

START_TEST(ridge_solves_the_normal_equations) {
    check_fit(0);
    check_fit(1);
}
END_TEST

START_TEST(ridge_does_not_depend_on_threads) {
    rimer_dataset *dataset = wave_dataset();
    rm_windows windows;
    rm_scaler scaler;
    double weight[2][H * L], bias[2][H];
    fit_windows(dataset, &windows, &scaler);
    fit(&windows, &scaler, 0, 1, weight[0], bias[0]);
    fit(&windows, &scaler, 0, 3, weight[1], bias[1]);
    ck_assert_mem_eq(weight[0], weight[1], sizeof weight[0]);
    ck_assert_mem_eq(bias[0], bias[1], sizeof bias[0]);
    rm_windows_free(&windows);
    rm_scaler_free(&scaler);
    rimer_dataset_free(dataset);
}
END_TEST

/* Sums of products of values that are thousands of deviations from 0; runs without a hole that are
 * longer and shorter than what is summed as one, windows that are further apart than a step. */
START_TEST(ridge_of_far_values_loses_no_digits) {
    float values[N_CHANNELS * N_STEPS];
    make_values(values);
    for (int i = 0; i < N_CHANNELS * N_STEPS; i++)
        values[i] += 4096;
    values[N_STEPS + 90] = NAN;
    values[N_STEPS + 120] = NAN;
    rimer_dataset *dataset = make_dataset(values);
    rm_pool *pool;
    ck_assert_int_eq(rm_pool_create(2, &pool), RIMER_OK);
    for (int step = 1; step <= 2; step++) {
        rm_windows windows;
        double weight[H * L], bias[H], want[SIZE];
        ck_assert_int_eq(
            rm_windows_make(&windows, dataset, "0.7/0.1/0.2", RM_PART_TRAIN, L, H, step),
            RIMER_OK);
        ck_assert_int_eq(rm_ridge_fit(&windows, NULL, 1e-3, 0, pool, weight, bias), RIMER_OK);
        for (int h = 0; h < H; h++) {
            fit_plainly(&windows, NULL, 1e-3, 1, 0, 0, h, want);
            check_map(weight, bias, h, want, 1e-11);
        }
        rm_windows_free(&windows);
    }
    rm_pool_free(pool);
    rimer_dataset_free(dataset);
}
END_TEST

/* So many windows without a hole that each part of the sums has to cut them into several stretches:
 * the rows that lie about a border are there, once. */
START_TEST(ridge_of_long_series) {
    enum { LONG_STEPS = 250000 };
    uint32_t state = 3;
    float *values = malloc(LONG_STEPS * sizeof *values);
    ck_assert_ptr_nonnull(values);
    for (int t = 0; t < LONG_STEPS; t++)
        values[t] = (float)(t / 1000) + sinf(0.3f * (float)t) + pseudo_random(&state);
    rimer_dataset *dataset;
    rm_windows windows;
    rm_scaler scaler;
    double weight[H * L], bias[H], want[SIZE];
    ck_assert_int_eq(rimer_dataset_from_values(values, LONG_STEPS, 1, NULL, &dataset),
                     RIMER_OK);
    free(values);
    fit_windows(dataset, &windows, &scaler);
    fit(&windows, &scaler, 1, 2, weight, bias);
    for (int h = 0; h < H; h++) {
        fit_plainly(&windows, &scaler, 1e-3, 1, 1, 0, h, want);
        check_map(weight, bias, h, want, 1e-8);
    }
    rm_scaler_free(&scaler);
    rm_windows_free(&windows);
    rimer_dataset_free(dataset);
}
END_TEST

/* The forecast of the linear baseline is the map of section "ridge" in docs/evaluation.md. */
START_TEST(linear_applies_its_map) {
    rimer_dataset *dataset = wave_dataset();
    rimer_baseline_settings settings;
    rimer_baseline_settings_init(&settings);
    settings.context_len = L;
    settings.horizon = H;
    rimer_forecaster *linear = make("linear", dataset, &settings);
    rm_windows windows;
    rm_scaler scaler;
    double weight[H * L], bias[H];
    fit_windows(dataset, &windows, &scaler);
    fit(&windows, &scaler, 0, 1, weight, bias);
    const float contexts[2 * L] = {1, 2, MISS, 4, 5, 0.5f, 2, 3, 1, 4, 1, 5, 9, MISS};
    const float last[2] = {2, 9};
    float got[2 * H];
    run(linear, 2, L, contexts, H, got);
    for (int row = 0; row < 2; row++)
        for (int h = 0; h < H; h++) {
            double want = (double)last[row] + bias[h], have = (double)got[row * H + h];
            for (int i = 0; i < L; i++) {
                float x = contexts[row * L + i];
                want += isnan(x) ? 0 : weight[h * L + i] * (double)(x - last[row]);
            }
            rm_assert_close("forecast", &have, &want, 1, 1e-5);
        }
    rm_windows_free(&windows);
    rm_scaler_free(&scaler);
    rimer_forecaster_free(linear);
    rimer_dataset_free(dataset);
}
END_TEST

/* Beyond its own horizon the map reads its own forecast; a longer horizon begins with the shorter
 * one; a longer context is read from its end; no observed step gives NaN. */
START_TEST(linear_rolls_out) {
    rimer_dataset *dataset = wave_dataset();
    rimer_baseline_settings settings;
    rimer_baseline_settings_init(&settings);
    settings.context_len = L;
    settings.horizon = H;
    rimer_forecaster *linear = make("linear", dataset, &settings);
    float contexts[2 * (L + 2)], first[2 * H], second[H], all[2 * (2 * H + 1)];
    for (int i = 0; i < L + 2; i++) {
        contexts[i] = (float)(i * i % 11);
        contexts[L + 2 + i] = NAN;
    }
    run(linear, 2, L + 2, contexts, H, first);
    run(linear, 2, L + 2, contexts, 2 * H + 1, all);
    assert_floats(all, first, H);
    float grown[L];
    memcpy(grown, contexts + 2 + H, (L - H) * sizeof *grown);
    memcpy(grown + L - H, first, H * sizeof *grown);
    run(linear, 1, L, grown, H, second);
    for (int h = 0; h < H; h++)
        ck_assert_float_eq_tol(all[H + h], second[h], 1e-5f);
    ck_assert_float_ne(all[2 * H], all[2 * H - 1]);
    for (int i = 2 * H + 1; i < 2 * (2 * H + 1); i++)
        ck_assert(isnan(all[i]));
    float shorter[L + 1];
    run(linear, 1, 3, contexts + L - 1, H, second);
    for (int i = 0; i < L + 1; i++)
        shorter[i] = i < L + 1 - 3 ? NAN : contexts[L - 1 + i - (L + 1 - 3)];
    run(linear, 1, L + 1, shorter, H, first);
    assert_floats(second, first, H);
    rimer_forecaster_free(linear);
    rimer_dataset_free(dataset);
}
END_TEST

static void assert_refused(const char *name, const rimer_dataset *dataset,
                           const rimer_baseline_settings *settings, rimer_status status,
                           const char *words) {
    rimer_forecaster *untouched = NULL;
    ck_assert_int_eq(rimer_baseline_create(name, dataset, settings, &untouched), status);
    ck_assert_ptr_null(untouched);
    ck_assert_msg(strstr(rimer_last_error(), words) != NULL, "\"%s\" does not say \"%s\"",
                  rimer_last_error(), words);
}

/* More rows than there is memory for, or a number. */
START_TEST(sessions_without_end_are_refused) {
    rimer_dataset *dataset = wave_dataset();
    rimer_baseline_settings settings;
    rimer_baseline_settings_init(&settings);
    settings.context_len = L;
    settings.horizon = H;
    rimer_forecaster *forecaster = make("linear", dataset, &settings);
    void *session = NULL;
    ck_assert_int_eq(forecaster->open(forecaster->self, INT64_MAX, &session), RIMER_NO_MEMORY);
    ck_assert_ptr_nonnull(strstr(rimer_last_error(), "9223372036854775807 elements"));
    ck_assert_ptr_null(session);
    rimer_forecaster_free(forecaster);
    rimer_dataset_free(dataset);
}
END_TEST

START_TEST(what_cannot_be_made_is_refused) {
    rimer_dataset *dataset = wave_dataset();
    rimer_baseline_settings settings;
    rimer_baseline_settings_init(&settings);
    assert_refused("seasonal-naif", dataset, &settings, RIMER_USAGE, "seasonal-naive");
    settings.context_len = 0;
    assert_refused("repeat", dataset, &settings, RIMER_USAGE, "context of 0");
    settings.context_len = 24;
    settings.horizon = 0;
    assert_refused("linear", dataset, &settings, RIMER_USAGE, "horizon of 0");
    settings.horizon = 4 * N_STEPS;
    assert_refused("linear", dataset, &settings, RIMER_DATA, "");
    settings.horizon = 4;
    settings.context_len = INT64_C(1) << 62; /* the product is 0 in 64 bits */
    assert_refused("linear", dataset, &settings, RIMER_NO_MEMORY, "out of memory");
    settings.context_len = 24;
    settings.ridge = -1;
    assert_refused("linear", dataset, &settings, RIMER_USAGE, "ridge of -1");
    settings.ridge = 0;
    settings.season = -1;
    assert_refused("seasonal-naive", dataset, &settings, RIMER_USAGE, "season: -1");
    settings.split = "0.7/nonsense";
    settings.season = 0;
    assert_refused("seasonal-naive", dataset, &settings, RIMER_USAGE, "nonsense");
    assert_refused("linear", dataset, &settings, RIMER_USAGE, "nonsense");
    rimer_dataset_free(dataset);
}
END_TEST

/* Without a ridge a constant series has no solution; with one it has. */
START_TEST(singular_fit_names_the_ridge) {
    float values[N_CHANNELS * N_STEPS] = {0};
    rimer_dataset *dataset = make_dataset(values);
    rimer_baseline_settings settings;
    rimer_baseline_settings_init(&settings);
    settings.context_len = L;
    settings.horizon = H;
    settings.ridge = 0;
    assert_refused("linear", dataset, &settings, RIMER_FAILED, "ridge 0");
    settings.ridge = 1e-3;
    rimer_forecaster_free(make("linear", dataset, &settings));
    rimer_dataset_free(dataset);
}
END_TEST

START_TEST(runs_of_nothing_are_refused) {
    rimer_dataset *dataset = wave_dataset();
    rimer_baseline_settings settings;
    rimer_baseline_settings_init(&settings);
    settings.context_len = L;
    settings.horizon = H;
    for (const char *const *name = rimer_baseline_names(); *name; name++) {
        rimer_forecaster *forecaster = make(*name, dataset, &settings);
        const float context[1] = {1};
        float untouched = 42;
        void *session;
        ck_assert_int_eq(forecaster->open(forecaster->self, 1, &session), RIMER_OK);
        ck_assert_int_eq(
            forecaster->run(session, &(rimer_contexts){1, 1, context, NULL, NULL, NULL, NULL},
                            0, &untouched),
            RIMER_USAGE);
        ck_assert_int_eq(
            forecaster->run(session, &(rimer_contexts){1, 0, context, NULL, NULL, NULL, NULL},
                            1, &untouched),
            RIMER_USAGE);
        ck_assert_float_eq(untouched, 42);
        forecaster->close(session);
        rimer_forecaster_free(forecaster);
    }
    rimer_forecaster_free(NULL);
    rimer_dataset_free(dataset);
}
END_TEST

int main(void) {
    return rm_test_main(
        "baselines",
        (const TTest *[]){
            repeat_is_the_last_observed_value, seasonal_naive_goes_back_by_seasons,
            seasonal_naive_of_a_short_context, season_is_found_in_the_training_part,
            ridge_solves_the_normal_equations, ridge_does_not_depend_on_threads,
            ridge_of_far_values_loses_no_digits, ridge_of_long_series, linear_applies_its_map,
            linear_rolls_out, sessions_without_end_are_refused, what_cannot_be_made_is_refused,
            singular_fit_names_the_ridge, runs_of_nothing_are_refused, NULL});
}
