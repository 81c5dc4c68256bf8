/* Scores of quantiles against their definitions, intervals about a baseline, and what training
 * measures on the validation part. */
#include "harness.h"

#include "base/rng.h"
#include "eval/quantile_sums.h"
#include "model/model_inside.h"
#include "model/safetensors.h"
#include "rimer/rimer.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LONG_STEPS = 3000, H = 8 };

/* A wave under noise whose deviation comes and goes with it, so that one width does not fit
 * all. */
static rimer_dataset *make_dataset(int64_t n) {
    static float values[LONG_STEPS];
    rimer_dataset *dataset;
    rm_rng rng = rm_rng_make(3, 3);
    for (int64_t t = 0; t < n; t++)
        values[t] = (float)(100 + 5 * sin((double)t * 0.5) +
                            (1.6 - 1.4 * cos((double)t * 0.5)) * rm_rng_normal(&rng));
    ck_assert_int_eq(rimer_dataset_from_values(values, n, 1, NULL, &dataset), RIMER_OK);
    return dataset;
}

/* ------------------------------------------------------------------------------ definitions */

static rm_quantile_plan plan_of(const char *offered, const char *level) {
    rimer_forecaster forecaster = {.name = "any"};
    rm_quantile_plan plan;
    ck_assert_int_eq(rimer_levels_read(&forecaster.levels, offered), RIMER_OK);
    forecaster.quantiles = (rimer_status(*)(void *, const rimer_contexts *, int64_t,
                                            const rimer_levels *, float *))(uintptr_t)1;
    ck_assert_msg(rm_quantile_plan_make(&plan, &forecaster, level) == RIMER_OK, "%s",
                  rimer_last_error());
    return plan;
}

START_TEST(plans) {
    rm_quantile_plan plan = plan_of("0.1,0.5,0.9", "auto");
    ck_assert(plan.levels.n == 9 && plan.tenths && plan.median == 4);
    ck_assert(plan.intervals.n == 1 && plan.intervals.at[0] == 0.8);
    plan = plan_of("0.025,0.5,0.975", "auto");
    ck_assert(plan.levels.n == 11 && plan.intervals.n == 2 && plan.median == 5);
    plan = plan_of("0.2,0.5,0.9", "50,40");
    ck_assert(plan.levels.n == 5 && !plan.tenths && plan.intervals.n == 2);
    plan = plan_of("0.4,0.6", "auto");
    ck_assert(plan.levels.n == 0);
    rimer_forecaster points = {.name = "points"};
    ck_assert_int_eq(rm_quantile_plan_make(&plan, &points, "auto"), RIMER_OK);
    ck_assert_int_eq(plan.levels.n, 0);
    ck_assert_int_eq(rm_quantile_plan_make(&plan, &points, "80"), RIMER_USAGE);
    ck_assert_int_eq(rm_quantile_plan_make(&plan, &points, "x"), RIMER_USAGE);
}
END_TEST

/* Written down as the definitions stand, over points in any order. */
START_TEST(scores_as_defined) {
    enum { N = 40, MOST = 16 };
    static float quantiles[MOST * N];
    double truth[N], loc = 7, scale = 3, naive = 1.5, pinball = 0, size = 0, original = 0,
                     inside = 0, width = 0, score = 0;
    rm_quantile_plan plan = plan_of("0.025,0.975", "80");
    rm_rng rng = rm_rng_make(5, 5);
    int n = 0, low = rimer_levels_find(&plan.levels, 0.1), Q = plan.levels.n;
    int high = rimer_levels_find(&plan.levels, 0.9);
    ck_assert(Q == 9 && low == 0 && high == 8);
    for (int h = 0; h < N; h++) {
        truth[h] = h == 3 ? (double)NAN : 2 * rm_rng_normal(&rng);
        for (int q = 0; q < Q; q++)
            quantiles[q * N + h] = h == 9 && q == 2 ? NAN : (float)(q - 4) * 0.5F;
        if (h == 3 || h == 9)
            continue;
        n++;
        size += fabs(truth[h]);
        original += fabs(truth[h] * scale + loc);
        for (int q = 0; q < Q; q++) {
            double error = truth[h] - (q - 4) * 0.5, level = (q + 1) / 10.0;
            pinball += error > 0 ? level * error : (level - 1) * error;
        }
        width += 4;
        inside += fabs(truth[h]) <= 2;
        score += 4 + 2 / 0.2 * fmax(fabs(truth[h]) - 2, 0);
    }
    rm_quantile_sums sums = {0}, parts[2] = {{0}, {0}};
    rm_quantile_sums_add(&sums, &plan, N, truth, quantiles, loc, scale, naive);
    rimer_quantile_metrics m = rm_quantile_metrics_of(&sums, &plan);
    ck_assert_int_eq(sums.count, n);
    ck_assert_double_eq_tol(m.crps, 2 * pinball / 9 / n, 1e-12);
    ck_assert_double_eq_tol(m.wql, 2 * pinball / 9 / size, 1e-12);
    ck_assert_double_eq_tol(m.crps_original, scale * m.crps, 1e-12);
    ck_assert_double_eq_tol(m.wql_original, 2 * scale * pinball / 9 / original, 1e-12);
    ck_assert_double_eq_tol(m.coverage[0], inside / n, 1e-12);
    ck_assert_double_eq_tol(m.width[0], width / n, 1e-12);
    ck_assert_double_eq_tol(m.width_original[0], scale * width / n, 1e-12);
    ck_assert_double_eq_tol(m.msis[0], score * scale / naive / n, 1e-10);
    ck_assert_double_eq_tol(m.observed[8] - m.observed[0], m.coverage[0], 0.05);
    /* A truth on a border is inside, and below. */
    double edge = 2;
    float exact[9] = {-2, -1.5F, -1, -0.5F, 0, 0.5F, 1, 1.5F, 2};
    rm_quantile_sums_add(&parts[0], &plan, 1, &edge, exact, 0, 1, NAN);
    m = rm_quantile_metrics_of(&parts[0], &plan);
    ck_assert(m.coverage[0] == 1 && m.observed[8] == 1 && m.observed[7] == 0);
    ck_assert(isnan(m.msis[0]));
    rm_quantile_sums_merge(&parts[1], &sums);
    rm_quantile_sums_merge(&parts[1], &parts[0]);
    ck_assert_int_eq(parts[1].count, n + 1);
    ck_assert_double_eq_tol(parts[1].pinball, sums.pinball + parts[0].pinball, 1e-12);
}
END_TEST

/* -------------------------------------------------------------------------------- baselines */

static rimer_evaluation evaluate(const rimer_forecaster *forecaster,
                                 const rimer_dataset *dataset, const char *level) {
    rimer_protocol protocol;
    rimer_evaluation out;
    rimer_protocol_init(&protocol);
    protocol.season = 1;
    protocol.threads = 2;
    snprintf(protocol.level, sizeof protocol.level, "%s", level);
    ck_assert_msg(rimer_evaluate(forecaster, dataset, &protocol, NULL, NULL, &out) == RIMER_OK,
                  "%s", rimer_last_error());
    return out;
}

static rimer_forecaster *baseline(const char *name, const rimer_dataset *dataset,
                                  int intervals) {
    rimer_forecaster *forecaster;
    rimer_baseline_settings settings;
    rimer_baseline_settings_init(&settings);
    settings.context_len = 48;
    settings.horizon = H;
    settings.season = 25;
    settings.intervals = intervals;
    ck_assert_msg(rimer_baseline_create(name, dataset, &settings, &forecaster) == RIMER_OK,
                  "%s", rimer_last_error());
    return forecaster;
}

/* Points are what they were; intervals cover, as the noise is the same in all parts. */
START_TEST(intervals_about_baselines) {
    rimer_dataset *dataset = make_dataset(LONG_STEPS);
    for (const char *const *name = rimer_baseline_names(); *name; name++) {
        rimer_forecaster *points = baseline(*name, dataset, 0);
        rimer_forecaster *with = baseline(*name, dataset, 1);
        rimer_evaluation a = evaluate(points, dataset, "auto");
        rimer_evaluation b = evaluate(with, dataset, "auto"), c;
        ck_assert(a.quantiles.levels.n == 0 && b.quantiles.levels.n == 11);
        ck_assert_str_eq(a.forecaster, b.forecaster);
        ck_assert(a.standardised.mse == b.standardised.mse);
        ck_assert_double_eq_tol(b.quantiles.coverage[0], 0.8, 0.06);
        ck_assert_double_eq_tol(b.quantiles.coverage[1], 0.95, 0.03);
        ck_assert_double_lt(b.quantiles.crps, 0.9 * a.standardised.mae);
        c = evaluate(with, dataset, "99");
        ck_assert_double_gt(c.quantiles.coverage[0], b.quantiles.coverage[1]);
        rimer_evaluation_free(&a), rimer_evaluation_free(&b), rimer_evaluation_free(&c);
        rimer_forecaster_free(points);
        rimer_forecaster_free(with);
    }
    rimer_dataset_free(dataset);
}
END_TEST

/* Counts come again often; each of these truths is at its median, and counts as below it. */
START_TEST(values_that_come_again) {
    enum { N = 900, TEST = 180 };
    static float values[N];
    rimer_dataset *dataset;
    rm_rng rng = rm_rng_make(11, 1);
    double below = 0;
    for (int t = 0; t < N; t++)
        values[t] = (float)floor(3 * fabs((double)rm_rng_normal(&rng)));
    ck_assert_int_eq(rimer_dataset_from_values(values, N, 1, NULL, &dataset), RIMER_OK);
    for (int start = N - TEST; start + H <= N; start++)
        for (int h = 0; h < H; h++)
            below += values[start + h] <= values[start - 1];
    rimer_forecaster *repeat = baseline("repeat", dataset, 1);
    rimer_evaluation e = evaluate(repeat, dataset, "auto");
    int median = rimer_levels_find(&e.quantiles.levels, 0.5);
    ck_assert_double_eq_tol(e.quantiles.observed[median], below / ((TEST - H + 1) * H), 1e-12);
    rimer_evaluation_free(&e);
    rimer_forecaster_free(repeat);
    rimer_dataset_free(dataset);
}
END_TEST

/* Too short a training part for a window: points are still there. */
START_TEST(baselines_without_a_window) {
    rimer_dataset *dataset = make_dataset(60);
    rimer_forecaster *with = baseline("repeat", dataset, 1);
    ck_assert_ptr_null(with->quantiles);
    rimer_forecaster_free(with);
    rimer_dataset_free(dataset);
}
END_TEST

/* --------------------------------------------------------------------------------- training */

static rimer_model *train(const rimer_dataset *dataset, const char *settings) {
    rimer_config config;
    rimer_model *model;
    rimer_config_init(&config);
    rm_test_settings(&config, "context_len=48 horizon=8 patch_len=8 output_len=8 width=16 "
                              "head_size=8 epochs=3 batch=64 lr=5e-3 threads=2");
    rm_test_settings(&config, settings);
    ck_assert_msg(rimer_train(dataset, &config, NULL, &model, NULL) == RIMER_OK, "%s",
                  rimer_last_error());
    return model;
}

static rimer_evaluation evaluate_model(const rimer_model *model, const rimer_dataset *dataset) {
    rimer_forecaster *forecaster;
    ck_assert_int_eq(rimer_model_forecaster(model, &forecaster), RIMER_OK);
    rimer_evaluation out = evaluate(forecaster, dataset, "auto");
    rimer_forecaster_free(forecaster);
    return out;
}

/* The head learns where quantiles lie, better than any one width for all; a fresh head begins
 * with those of what the origin leaves over. */
START_TEST(learns_quantiles) {
    rimer_dataset *dataset = make_dataset(LONG_STEPS);
    rimer_forecaster *linear = baseline("linear", dataset, 1);
    rimer_evaluation normal = evaluate(linear, dataset, "auto");
    rimer_model *model =
        train(dataset, "epochs=12 quantiles=0.1,0.2,0.3,0.4,0.5,0.6,0.7,0.8,0.9");
    rimer_evaluation learnt = evaluate_model(model, dataset);
    rimer_model *fresh = train(dataset, "quantiles=0.1,0.2,0.8,0.9 lr=0");
    rimer_evaluation begun = evaluate_model(fresh, dataset);
    ck_assert_double_eq_tol(begun.quantiles.coverage[0], 0.8, 0.04);
    ck_assert_double_eq_tol(learnt.quantiles.coverage[0], 0.8, 0.05);
    ck_assert_double_lt(learnt.quantiles.crps, 0.99 * normal.quantiles.crps);
    ck_assert_double_lt(learnt.quantiles.msis[0], 0.98 * normal.quantiles.msis[0]);
    rimer_evaluation_free(&normal), rimer_evaluation_free(&learnt);
    rimer_evaluation_free(&begun);
    rimer_model_free(model), rimer_model_free(fresh);
    rimer_forecaster_free(linear);
    rimer_dataset_free(dataset);
}
END_TEST

static void check_file(const rimer_model *model, const rimer_dataset *dataset,
                       const rimer_evaluation *before) {
    char path[512];
    rimer_model *again;
    snprintf(path, sizeof path, "%s/m.safetensors", rm_test_folder());
    ck_assert_int_eq(rimer_model_save(model, path), RIMER_OK);
    ck_assert_msg(rimer_model_load(path, &again) == RIMER_OK, "%s", rimer_last_error());
    rimer_evaluation after = evaluate_model(again, dataset);
    ck_assert(memcmp(after.quantiles.coverage, before->quantiles.coverage,
                     sizeof after.quantiles.coverage) == 0);
    ck_assert(after.quantiles.crps == before->quantiles.crps);
    rimer_evaluation_free(&after);
    rimer_model_free(again);
}

/* Points alone get intervals that hold, and can be had without them again. */
START_TEST(conformal_points) {
    rimer_dataset *dataset = make_dataset(LONG_STEPS);
    rimer_model *model = train(dataset, "conformal=yes epochs=1");
    rimer_evaluation with = evaluate_model(model, dataset), without;
    ck_assert_int_eq(rimer_model_levels(model).n, 13);
    ck_assert_int_eq(with.quantiles.intervals.n, 2);
    ck_assert_double_eq_tol(with.quantiles.coverage[0], 0.8, 0.04);
    ck_assert_double_eq_tol(with.quantiles.coverage[1], 0.95, 0.03);
    check_file(model, dataset, &with);
    rimer_model_drop_conformal(model);
    without = evaluate_model(model, dataset);
    ck_assert_int_eq(rimer_model_levels(model).n, 1);
    ck_assert_int_eq(without.quantiles.levels.n, 0);
    ck_assert(without.standardised.mse == with.standardised.mse);
    rimer_evaluation_free(&with), rimer_evaluation_free(&without);
    rimer_model_free(model);
    rimer_dataset_free(dataset);
}
END_TEST

static float offset_of(const rimer_model *model, int level, int64_t step) {
    int64_t steps = model->network.shape.conformal_steps;
    return model->values[model->network.head.conformal + level * steps + step];
}

/* Both borders of an interval move by as much, outwards or inwards; the median does not. */
static void check_sides(const rimer_model *model) {
    rimer_levels levels = rimer_model_levels(model);
    for (int q = 0; q < levels.n; q++)
        for (int64_t h = 0; h < 8; h++) {
            float own = offset_of(model, q, h), other = offset_of(model, levels.n - 1 - q, h);
            ck_assert_float_eq(own, -other);
            ck_assert((own < 0 || own > 0) == (q != levels.n / 2));
        }
}

/* A head whose quantiles lie wrong, as it was not trained, is put right, and levels that it has
 * not are added; the median stays. */
START_TEST(conformal_quantiles) {
    rimer_dataset *dataset = make_dataset(LONG_STEPS);
    rimer_model *model =
        train(dataset, "conformal=yes quantiles=0.2,0.8 zero_head=no lr=0 epochs=1");
    rimer_evaluation with = evaluate_model(model, dataset), without;
    ck_assert_int_eq(rimer_model_levels(model).n, 13);
    ck_assert_double_eq_tol(with.quantiles.coverage[0], 0.8, 0.05);
    ck_assert_double_eq_tol(with.quantiles.coverage[1], 0.95, 0.03);
    for (int q = 0; q < with.quantiles.levels.n; q++)
        ck_assert_double_eq_tol(with.quantiles.observed[q], with.quantiles.levels.at[q],
                                with.quantiles.levels.at[q] == 0.5 ? 1 : 0.05);
    check_sides(model);
    check_file(model, dataset, &with);
    rimer_model_drop_conformal(model);
    without = evaluate_model(model, dataset);
    ck_assert_int_eq(without.quantiles.levels.n, 0); /* 80 % and tenths lie outside */
    ck_assert(without.standardised.mse == with.standardised.mse);
    rimer_evaluation_free(&with), rimer_evaluation_free(&without);
    rimer_model_free(model);
    rimer_dataset_free(dataset);
}
END_TEST

/* A wave beside two channels that never change, or such channels alone. */
static rimer_dataset *with_constants(int waves) {
    static float values[3 * LONG_STEPS];
    rimer_dataset *wave = make_dataset(LONG_STEPS), *dataset;
    for (int64_t t = 0; t < 3 * LONG_STEPS; t++)
        values[t] = (float)(t / LONG_STEPS);
    if (waves)
        memcpy(values, rimer_dataset_series(wave, 0).values, LONG_STEPS * sizeof *values);
    ck_assert_int_eq(rimer_dataset_from_values(values, LONG_STEPS, 3, NULL, &dataset),
                     RIMER_OK);
    rimer_dataset_free(wave);
    return dataset;
}

/* What misses by nothing says nothing of how far the wave is off: 80 % of it lies inside, and all
 * of the rest. */
START_TEST(constants_do_not_calibrate) {
    static const char *const settings[] = {"conformal=yes epochs=1",
                                           "conformal=yes quantiles=0.2,0.8 zero_head=no lr=0 "
                                           "epochs=1"};
    for (int i = 0; i < 2; i++) {
        rimer_dataset *dataset = with_constants(1);
        rimer_model *model = train(dataset, settings[i]);
        rimer_evaluation score = evaluate_model(model, dataset);
        ck_assert_double_eq_tol(score.quantiles.coverage[0], 2.8 / 3, 0.02);
        rimer_evaluation_free(&score);
        rimer_model_free(model);
        rimer_dataset_free(dataset);
        dataset = with_constants(0);
        model = train(dataset, settings[i]); /* all there is, and it is exact */
        score = evaluate_model(model, dataset);
        ck_assert_double_eq_tol(score.quantiles.coverage[0], 1, 1e-9);
        rimer_evaluation_free(&score);
        rimer_model_free(model);
        rimer_dataset_free(dataset);
    }
}
END_TEST

/* Offsets that were never measured are not used: a model of a run that was stopped. */
START_TEST(not_measured_yet) {
    rimer_config config;
    rimer_model *model, *again;
    char path[512];
    rimer_config_init(&config);
    rm_test_settings(&config, "context_len=48 horizon=8 patch_len=8 output_len=8 width=16 "
                              "head_size=8 conformal=yes");
    ck_assert_int_eq(rimer_model_create(&config, &model), RIMER_OK);
    snprintf(path, sizeof path, "%s/m.safetensors", rm_test_folder());
    ck_assert_int_eq(rimer_model_save(model, path), RIMER_OK);
    ck_assert_int_eq(rimer_model_load(path, &again), RIMER_OK);
    ck_assert_int_eq(rimer_model_levels(model).n, 1);
    ck_assert_int_eq(rimer_model_levels(again).n, 1);
    rimer_model_free(model), rimer_model_free(again);
}
END_TEST

/* A file whose settings and tensors say different things. */
START_TEST(forged_files) {
    static const char *const forged[][4] = {
        {"\"0.2,0.8\"", "\"0.2,1.8\"", "quantiles", "1.8"},
        {"\"0.2,0.8\"", "\"0.2,0.8,0.85\"", "misshaped head.weight",
         "misshaped conformal.offset"},
        {"\"0.2,0.8\"", "\"\"", "loss", "pinball"},
        {"\"conformal\": \"yes\"", "\"conformal\": \"no\"", "unexpected conformal.offset", ""},
        {"\"horizon\": 8", "\"horizon\": 1000000", "misshaped conformal.offset", ""},
    };
    rimer_config config;
    rimer_model *model, *loaded;
    rm_tensor_file file;
    char path[512];
    snprintf(path, sizeof path, "%s/m.safetensors", rm_test_folder());
    rimer_config_init(&config);
    rm_test_settings(&config, "context_len=48 horizon=8 patch_len=8 output_len=8 width=16 "
                              "head_size=8 conformal=yes quantiles=0.2,0.8 loss=pinball");
    ck_assert_int_eq(rimer_model_create(&config, &model), RIMER_OK);
    for (size_t i = 0; i < sizeof forged / sizeof *forged; i++) {
        char text[8192] = "";
        ck_assert_int_eq(rimer_model_save(model, path), RIMER_OK);
        ck_assert_int_eq(rm_tensors_read(path, &file), RIMER_OK);
        const char *was = json_string_value(json_object_get(file.metadata, "config"));
        const char *at = strstr(was, forged[i][0]);
        ck_assert_ptr_nonnull(at);
        snprintf(text, sizeof text, "%.*s%s%s", (int)(at - was), was, forged[i][1],
                 at + strlen(forged[i][0]));
        json_object_set_new(file.metadata, "config", json_string(text));
        ck_assert_int_eq(rm_tensors_write(path, file.metadata, file.tensors, file.n_tensors),
                         RIMER_OK);
        rm_tensors_free(&file);
        ck_assert_int_eq(rimer_model_load(path, &loaded), RIMER_MODEL);
        for (int k = 2; k < 4; k++)
            ck_assert_msg(strstr(rimer_last_error(), forged[i][k]), "%s", rimer_last_error());
    }
    rimer_model_free(model);
}
END_TEST

static float step_number(int64_t series, int64_t channel, int64_t step) {
    return (float)(series + channel + step);
}

/* Of 50, 30 and 3 steps a tenth is for validation: windows of 2 steps, of which they have 2, 1 and
 * none. */
START_TEST(windows_without_overlap_tell_intervals) {
    static const int64_t lengths[] = {50, 30, 3};
    static const struct {
        const char *settings;
        double told, offered;
    } cases[] = {
        {"conformal=yes", 1 - 2. / 10, 0.95},
        {"conformal=yes quantiles=0.1,0.9", 1 - 1. / 10, 0.95},
        {"conformal=yes quantiles=0.001,0.9", 1 - 1. / 10, 0.998},
        {"quantiles=0.1,0.9", 1 - 1. / 10, 0.8},
    };
    rimer_dataset *dataset = rm_test_series(3, lengths, 3, step_number);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        rimer_config config;
        rimer_calibration found;
        rimer_config_init(&config);
        rm_test_settings(&config, "context_len=8 patch_len=4 horizon=2 output_len=4");
        rm_test_settings(&config, cases[i].settings);
        ck_assert_int_eq(rimer_train_calibration(dataset, &config, &found), RIMER_OK);
        ck_assert_int_eq(found.n_windows, 9);
        ck_assert_double_eq_tol(found.told, cases[i].told, 1e-12);
        ck_assert_double_eq_tol(found.offered, cases[i].offered, 1e-12);
        config.horizon = 40;
        ck_assert_int_eq(rimer_train_calibration(dataset, &config, &found), RIMER_OK);
        ck_assert(found.n_windows == 0 && !(found.told > 0));
        config.horizon = 0;
        ck_assert_int_eq(rimer_train_calibration(dataset, &config, &found), RIMER_USAGE);
    }
    rimer_dataset_free(dataset);
}
END_TEST

int main(void) {
    return rm_test_main("intervals",
                        (const TTest *[]){plans, scores_as_defined, intervals_about_baselines,
                                          values_that_come_again, baselines_without_a_window,
                                          learns_quantiles, conformal_points,
                                          conformal_quantiles, constants_do_not_calibrate,
                                          not_measured_yet, forged_files,
                                          windows_without_overlap_tell_intervals, NULL});
}
