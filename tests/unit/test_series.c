/* Many series of different lengths, and series with holes, through choosing, training, scoring
 * and forecasting. */
#include "data/dataset_inside.h"
#include "data/seasons.h"
#include "harness.h"
#include "model/model_inside.h"
#include "rimer/rimer.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const int64_t lengths[] = {150, 20, 200, 110, 200};
enum { SERIES = 5, SHORT = 1, CONTEXT = 24, HORIZON = 6 };

static rimer_config small_config(void) {
    rimer_config config;
    rimer_config_init(&config);
    rm_test_settings(&config, "context_len=24 horizon=6 output_len=6 patch_len=6 width=8 "
                              "head_size=4 epochs=2 batch=64 lanes=2");
    return config;
}

static float wave(int64_t series, int64_t channel, int64_t t) {
    double noise = sin(12.9898 * (double)(t + 31 * series + 7 * channel)) * 43758.5453;
    return (float)(sin(2 * 3.14159265 * (double)t / 12 + (double)series) +
                   0.2 * (noise - floor(noise)) + 2);
}

static rimer_model *train(const rimer_dataset *dataset, const rimer_config *config,
                          rimer_train_report *report) {
    rimer_model *model;
    ck_assert_msg(rimer_train(dataset, config, NULL, &model, report) == RIMER_OK, "%s",
                  rimer_last_error());
    return model;
}

static int same_values(const rimer_model *a, const rimer_model *b) {
    return memcmp(a->values, b->values,
                  (size_t)a->network.registry.total * sizeof *a->values) == 0;
}

/* Starts of a series' windows of the training and of the validation part. */
static int64_t count_starts(int64_t n, int64_t context) {
    int64_t training = (int64_t)(0.7 * (double)n + 1e-6),
            starts = training - context - HORIZON + 1;
    return starts < 0 ? 0 : starts;
}

/* What is asked of a training needs the settings of one, all of them. */
START_TEST(incomplete_settings_are_refused) {
    static const struct {
        const char *settings, *words;
    } cases[] = {
        {"context_len=0",
         "context_len is not set: rimer_config_choose chooses it from the data"},
        {"context_len=-5", "context_len"},
        {"horizon=0", "horizon is not set: rimer_config_choose chooses it from the data"},
        {"output_len=0", "output_len is not set: rimer_config_choose chooses it from the data"},
        {"patch_len=0", "patch_len is not set: rimer_config_choose chooses it from the data"},
        {"width=10", "head_size 4 does not divide width 10"},
        {"split=0.7", "split"},
    };
    rimer_dataset *dataset = rm_test_series(SERIES, lengths, 1, wave);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        rimer_config config = small_config();
        rimer_left_out left_out = {.n_short_series = 77};
        rimer_calibration calibration = {.n_windows = 77};
        if (strstr(cases[i].settings, "-5")) /* which no text could set */
            config.context_len = -5;
        else
            rm_test_settings(&config, cases[i].settings);
        ck_assert_int_eq(rimer_train_left_out(dataset, &config, &left_out), RIMER_USAGE);
        ck_assert_msg(strstr(rimer_last_error(), cases[i].words) != NULL, "%s",
                      rimer_last_error());
        ck_assert_int_eq(left_out.n_short_series, 77);
        ck_assert_int_eq(rimer_train_calibration(dataset, &config, &calibration), RIMER_USAGE);
        ck_assert_msg(strstr(rimer_last_error(), cases[i].words) != NULL, "%s",
                      rimer_last_error());
        ck_assert_int_eq(calibration.n_windows, 77);
    }
    rimer_dataset_free(dataset);
}
END_TEST

START_TEST(trains_on_many) {
    rimer_config config = small_config();
    rimer_dataset *dataset = rm_test_series(SERIES, lengths, 1, wave);
    rimer_train_report report;
    rimer_left_out out;
    int64_t windows = 0;
    for (int s = 0; s < SERIES; s++)
        windows += count_starts(lengths[s], CONTEXT);
    config.threads = 1;
    rimer_model *one = train(dataset, &config, &report);
    config.threads = 3;
    rimer_model *three = train(dataset, &config, NULL);
    ck_assert(same_values(one, three));
    ck_assert_int_eq(report.n_windows, windows);
    ck_assert_int_eq(report.n_rows, windows);
    ck_assert_double_lt(report.val_mse, 0.5);
    ck_assert_str_eq(rimer_model_fact(one, "season"), "12");
    ck_assert_int_eq(rimer_model_n_channels(one), 0);
    ck_assert_int_eq(rimer_train_left_out(dataset, &config, &out), RIMER_OK);
    ck_assert_int_eq(out.n_short_series, 1);
    ck_assert_int_eq(out.n_empty_rows, 0);
    ck_assert_str_eq(out.first_empty, "");
    rimer_forecast *forecast; /* of the short one too */
    ck_assert_int_eq(rimer_forecast_dataset(one, dataset, 2 * HORIZON, 2, &forecast), RIMER_OK);
    for (int s = 0; s < SERIES; s++)
        for (int h = 0; h < 2 * HORIZON; h++)
            ck_assert_float_eq_tol(rimer_forecast_values(forecast, s, 0)[h],
                                   wave(s, 0, lengths[s] + h), 0.6f);
    rimer_forecast_free(forecast);
    rimer_model_free(one);
    rimer_model_free(three);
    rimer_dataset_free(dataset);
}
END_TEST

static float other_test_parts(int64_t series, int64_t channel, int64_t t) {
    int64_t n = lengths[series];
    return t < n - n / 5 ? wave(series, channel, t) : (float)(1000 - 10 * (t % 5));
}

START_TEST(blind_to_every_test_part) {
    rimer_config config = small_config();
    rimer_dataset *a = rm_test_series(SERIES, lengths, 1, wave);
    rimer_dataset *b = rm_test_series(SERIES, lengths, 1, other_test_parts);
    rimer_model *x = train(a, &config, NULL), *y = train(b, &config, NULL);
    ck_assert(same_values(x, y));
    ck_assert_str_eq(rimer_model_fact(x, "season"), rimer_model_fact(y, "season"));
    rimer_model_free(x);
    rimer_model_free(y);
    rimer_dataset_free(a);
    rimer_dataset_free(b);
}
END_TEST

static float of_all_sizes(int64_t series, int64_t channel, int64_t t) {
    static const float size[] = {1e-3f, 1, 1, 1e6f, 1};
    return size[series] * wave(series, channel, t);
}

/* A series of another size weighs the same: in training, in validation, in every score. */
START_TEST(size_does_not_matter) {
    rimer_config config = small_config();
    rimer_dataset *a = rm_test_series(SERIES, lengths, 1, wave);
    rimer_dataset *b = rm_test_series(SERIES, lengths, 1, of_all_sizes);
    rimer_train_report x, y;
    rimer_model_free(train(a, &config, &x));
    rimer_model *model = train(b, &config, &y);
    ck_assert_double_eq_tol(x.val_mse, y.val_mse, 1e-3 * x.val_mse);
    rimer_forecaster *forecaster;
    rimer_protocol protocol;
    rimer_evaluation e;
    rimer_protocol_init(&protocol);
    ck_assert_int_eq(rimer_model_forecaster(model, &forecaster), RIMER_OK);
    ck_assert_int_eq(rimer_evaluate(forecaster, b, &protocol, NULL, NULL, &e), RIMER_OK);
    ck_assert_int_eq(e.n_series, SERIES);
    for (int s = 0; s < SERIES; s++) {
        double mean = 0;
        int64_t n = lengths[s] * 7 / 10;
        for (int64_t t = 0; t < n; t++)
            mean += (double)of_all_sizes(s, 0, t) / (double)n;
        ck_assert_double_eq_tol(e.loc[s], mean, 1e-9 * mean);
    }
    ck_assert_double_lt(e.standardised.mse, 0.5);
    rimer_evaluation_free(&e);
    rimer_forecaster_free(forecaster);
    rimer_model_free(model);
    rimer_dataset_free(a);
    rimer_dataset_free(b);
}
END_TEST

/* What is chosen fits the series in which three quarters of the steps lie. */
START_TEST(chooses_for_most) {
    enum { N = 40 };
    static const int64_t usual[] = {4, 4, 9, 9};
    int64_t many[N], sorted[N];
    rimer_config config;
    ck_assert_int_eq(rm_usual_length((int64_t[]){9, 4, 9, 4}, 4), usual[1]);
    ck_assert_int_eq(rm_usual_length((int64_t[]){100, 3, 2, 1}, 4), 100);
    ck_assert_int_eq(rm_usual_length((int64_t[]){0, 0}, 2), 0);
    for (int s = 0; s < N; s++) /* 10 too short for anything, 15 of 140, 15 of 200 steps */
        many[s] = sorted[s] = s < 10 ? 4 : s < 25 ? 140 : 200;
    ck_assert_int_eq(rm_usual_length(sorted, N), 140);
    rimer_dataset *dataset = rm_test_series(N, many, 1, wave);
    rimer_config_init(&config);
    ck_assert_msg(rimer_config_choose(&config, dataset) == RIMER_OK, "%s", rimer_last_error());
    ck_assert_int_eq(config.horizon, 12);
    ck_assert_int_le(config.context_len + config.output_len, 98);
    rimer_left_out out;
    ck_assert_int_eq(rimer_train_left_out(dataset, &config, &out), RIMER_OK);
    ck_assert_int_eq(out.n_short_series, 10);
    rimer_dataset_free(dataset);
    for (int s = 0; s < N; s++)
        many[s] = 4;
    dataset = rm_test_series(N, many, 1, wave);
    rimer_config_init(&config);
    ck_assert_int_eq(rimer_config_choose(&config, dataset), RIMER_DATA);
    rimer_dataset_free(dataset);
}
END_TEST

START_TEST(no_window_anywhere_is_said) {
    static const int64_t brief[] = {50, 45};
    rimer_config config = small_config();
    rimer_model *none = NULL;
    rimer_dataset *dataset = rm_test_series(2, brief, 1, wave);
    ck_assert_int_eq(rimer_train(dataset, &config, NULL, &none, NULL), RIMER_DATA);
    ck_assert_ptr_nonnull(strstr(rimer_last_error(), "validation part"));
    ck_assert_ptr_nonnull(strstr(rimer_last_error(), "longest of 2 series"));
    ck_assert_ptr_null(none);
    rimer_dataset_free(dataset);
}
END_TEST

/* ---------------------------------------------------------------------- missing values */

static float hole = NAN;
static int holes;

/* A gap in front, a long hole, every seventh step; channel 1 is observed in the test part only.
 * */
static float holey(int64_t series, int64_t channel, int64_t t) {
    if (holes && channel == 0 && (t < 17 || (t >= 60 && t < 75) || t % 7 == 3))
        return hole;
    if (channel == 1 && t < lengths[series] * 9 / 10)
        return hole;
    return wave(series, channel, t);
}

START_TEST(an_empty_channel_is_left_out) {
    for (int many = 0; many < 2; many++) {
        rimer_config config = small_config();
        rimer_dataset *dataset = rm_test_series(many ? SERIES : 1, lengths, 2, holey);
        rimer_train_report report;
        rimer_left_out out;
        rimer_model *model = train(dataset, &config, &report);
        ck_assert_int_eq(report.n_rows, report.n_windows);
        ck_assert_int_eq(model->config.mask, RIMER_MASK_OFF); /* nothing else is missing */
        ck_assert_double_lt(report.val_mse, 0.5);
        ck_assert_int_eq(rimer_train_left_out(dataset, &config, &out), RIMER_OK);
        ck_assert_int_eq(out.n_empty_rows, many ? SERIES - 1 : 1);
        ck_assert_str_eq(out.first_empty, "series \"s0\", column \"c1\"");
        rimer_model_free(model);
        rimer_dataset_free(dataset);
    }
}
END_TEST

/* Under a hole stands a NaN; which one must not matter, to the last bit. With a hole in every
 * window of targets the linear map is fitted all the same. */
START_TEST(holes_teach_nothing) {
    holes = 1;
    rimer_config config = small_config();
    rimer_train_report report;
    rm_test_settings(&config, "horizon=8 output_len=8");
    for (int many = 0; many < 2; many++) {
        rimer_model *models[2];
        for (int i = 0; i < 2; i++) {
            hole = i ? -nanf("5") : nanf("77");
            rimer_dataset *dataset = rm_test_series(many ? SERIES : 1, lengths, 1, holey);
            models[i] = train(dataset, &config, &report);
            ck_assert_double_lt(report.val_mse, 0.5);
            rimer_dataset_free(dataset);
        }
        ck_assert(same_values(models[0], models[1]));
        ck_assert_int_eq(models[0]->config.mask, RIMER_MASK_ON);
        rimer_model_free(models[0]);
        rimer_model_free(models[1]);
    }
}
END_TEST

static float mostly_missing(int64_t series, int64_t channel, int64_t t) {
    return t % 3 ? NAN : wave(series, channel, t);
}

static float never(int64_t series, int64_t channel, int64_t t) {
    return t < lengths[series] * 9 / 10 ? NAN : wave(series, channel, t);
}

START_TEST(too_little_is_refused_with_a_way_out) {
    rimer_config config = small_config();
    rimer_model *none = NULL;
    rimer_dataset *dataset = rm_test_series(1, lengths, 1, mostly_missing);
    config.origin = RIMER_ORIGIN_LINEAR;
    ck_assert_int_eq(rimer_train(dataset, &config, NULL, &none, NULL), RIMER_DATA);
    ck_assert_ptr_nonnull(strstr(rimer_last_error(), "or train with origin=last"));
    config.origin = RIMER_ORIGIN_LAST;
    rimer_model_free(train(dataset, &config, NULL));
    rimer_dataset_free(dataset);
    dataset = rm_test_series(1, lengths, 1, never);
    for (int origin = RIMER_ORIGIN_NONE; origin <= RIMER_ORIGIN_LINEAR; origin++) {
        config.origin = origin;
        ck_assert_int_eq(rimer_train(dataset, &config, NULL, &none, NULL), RIMER_DATA);
        ck_assert_ptr_nonnull(strstr(rimer_last_error(), "not one target"));
    }
    ck_assert_ptr_null(none);
    rimer_dataset_free(dataset);
}
END_TEST

static int64_t ended;
static float ends(int64_t series, int64_t channel, int64_t t) {
    return series == 2 && channel < ended && t >= 100 ? NAN : wave(series, channel, t);
}

/* Only the context counts, and a row without one is refused with the way out. */
START_TEST(forecasts_read_the_context_only) {
    rimer_config config = small_config();
    rimer_dataset *dataset = rm_test_series(SERIES, lengths, 1, wave);
    rimer_dataset *older = rm_test_series(SERIES, lengths, 1, wave);
    rimer_model *model = train(dataset, &config, NULL);
    for (int s = 0; s < SERIES; s++)
        for (int64_t t = 0; t < lengths[s] - CONTEXT; t++)
            older->series[s].values[t] = t % 2 ? NAN : 1e30f;
    rimer_forecast *a, *b = NULL;
    ck_assert_int_eq(rimer_forecast_dataset(model, dataset, 0, 1, &a), RIMER_OK);
    ck_assert_int_eq(rimer_forecast_dataset(model, older, 0, 1, &b), RIMER_OK);
    for (int s = 0; s < SERIES; s++)
        ck_assert_mem_eq(rimer_forecast_values(a, s, 0), rimer_forecast_values(b, s, 0),
                         HORIZON * sizeof(float));
    rimer_forecast_free(a);
    rimer_forecast_free(b);
    rimer_dataset_free(older);
    rimer_dataset_free(dataset);
    for (ended = 1; ended <= 2; ended++) {
        static const char *const ways[] = {"leave the series out", "--channels"};
        dataset = rm_test_series(SERIES, lengths, ended, ends);
        ck_assert_int_eq(rimer_forecast_dataset(model, dataset, 0, 1, &b), RIMER_DATA);
        ck_assert_ptr_nonnull(strstr(rimer_last_error(), "series \"s2\", column \"c0\""));
        ck_assert_ptr_nonnull(strstr(rimer_last_error(), ways[ended - 1]));
        rimer_dataset_free(dataset);
    }
    rimer_model_free(model);
}
END_TEST

int main(void) {
    return rm_test_main("series",
                        (const TTest *[]){incomplete_settings_are_refused, trains_on_many,
                                          blind_to_every_test_part, size_does_not_matter,
                                          chooses_for_most, no_window_anywhere_is_said,
                                          an_empty_channel_is_left_out, holes_teach_nothing,
                                          too_little_is_refused_with_a_way_out,
                                          forecasts_read_the_context_only, NULL});
}
