/* Scalers: what they are fitted to, that they are undone, and what they refuse. */
#include "data/scaler.h"

#include "data/windows.h"
#include "harness.h"
#include "model/model_inside.h"
#include "model/safetensors.h"
#include "rimer/rimer.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NONE ((float)NAN)
enum { KINDS = 4, CONTEXT = 24, HORIZON = 8, STEPS = 160 };
static const char *const kinds[KINDS] = {"standard", "minmax", "robust", "none"};

/* Numbers by hand; the quartiles of n values stand at (n - 1) / 4 and 3 (n - 1) / 4. */
START_TEST(fitted_by_hand) {
    static const struct {
        int kind, log1p;
        float values[6];
        double loc, scale;
    } cases[] = {
        {RIMER_SCALER_STANDARD, 0, {1, 2, 3, 4, NONE, NONE}, 2.5, 1.118033988749895},
        {RIMER_SCALER_MINMAX, 0, {NONE, 3, -2, 8, 1, NONE}, -2, 10},
        {RIMER_SCALER_ROBUST, 0, {9, 1, 5, NONE, 3, 100}, 5, 6 / 1.349},
        {RIMER_SCALER_ROBUST, 0, {4, 1, 2, 3, NONE, NONE}, 2.5, 1.5 / 1.349},
        {RIMER_SCALER_ROBUST, 0, {7, 7, 7, 7, 7, 13}, 7, 2.23606797749979}, /* no quartiles */
        {RIMER_SCALER_NONE, 0, {1, 2, 3, NONE, 4, 5}, 0, 1},
        {RIMER_SCALER_STANDARD,
         1,
         {0, 0, 1, 1, NONE, NONE},
         0.34657359027997264,
         0.34657359027997264},
        {RIMER_SCALER_MINMAX, 1, {0, 3, NONE, NONE, NONE, NONE}, 0, 1.3862943611198906},
        {RIMER_SCALER_STANDARD, 0, {6, 6, 6, NONE, 6, 6}, 6, 1}, /* constant */
        {RIMER_SCALER_MINMAX, 0, {6, 6, 6, NONE, 6, 6}, 6, 1},
        {RIMER_SCALER_ROBUST, 0, {6, 6, 6, NONE, 6, 6}, 6, 1},
        {RIMER_SCALER_NONE, 0, {6, 6, 6, NONE, 6, 6}, 0, 1},
        {RIMER_SCALER_STANDARD, 0, {NONE, NONE, NONE, NONE, NONE, NONE}, 0, 1},
        {RIMER_SCALER_ROBUST, 0, {NONE, NONE, NONE, NONE, NONE, NONE}, 0, 1},
        {RIMER_SCALER_ROBUST, 0, {NONE, NONE, 3, NONE, NONE, NONE}, 3, 1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        rm_scale got;
        rm_scaling how = {cases[i].kind, cases[i].log1p};
        ck_assert_int_eq(rm_scale_fit(&got, how, cases[i].values, 6), RIMER_OK);
        char name[32];
        snprintf(name, sizeof name, "case %zu", i);
        rm_assert_close(name, (double[]){got.loc, got.scale},
                        (double[]){cases[i].loc, cases[i].scale}, 2, 1e-12);
        ck_assert_int_eq(got.log1p, cases[i].log1p);
    }
}
END_TEST

START_TEST(undone_exactly_enough) {
    static const double values[] = {-0.999, 0, 1e-6, 3, 1234.5, 1e9};
    static const rm_scale scales[] = {{0, 1, 0}, {5, 3, 0}, {0, 1, 1}, {7, 0.25, 1}};
    for (size_t s = 0; s < sizeof scales / sizeof *scales; s++)
        for (size_t i = 0; i < sizeof values / sizeof *values; i++)
            ck_assert_double_eq_tol(
                rm_scale_undo(scales[s], rm_scale_apply(scales[s], values[i])), values[i],
                1e-14 * (fabs(values[i]) + 10));
}
END_TEST

static float of_size(int64_t series, int64_t channel, int64_t t) {
    double size = pow(1000, (double)series), phase = (double)(series + channel);
    return (float)(size * (3 + sin(0.5 * (double)t + phase) + 0.3 * sin(0.11 * (double)t)));
}

/* Every series has its own scale; the ones after the training part do not count. */
START_TEST(each_series_has_its_own) {
    static const int64_t lengths[] = {60, 7, 90};
    rimer_dataset *dataset = rm_test_series(3, lengths, 2, of_size);
    for (int kind = 0; kind < KINDS; kind++) {
        rm_scaler scaler;
        rm_scaling how = {kind, 0};
        ck_assert_int_eq(rm_scaler_fit_as(&scaler, dataset, "rows:40/10/10", how), RIMER_OK);
        ck_assert_int_eq(scaler.n_series, 3);
        for (int s = 0; s < 3; s++)
            for (int c = 0; c < 2; c++) {
                rimer_series series = rimer_dataset_series(dataset, s);
                rm_scale got = rm_scaler_at(&scaler, s, c), want = {0, 1, 0};
                if (s != 1) /* too short for the split */
                    ck_assert_int_eq(
                        rm_scale_fit(&want, how, series.values + c * series.n_steps, 40),
                        RIMER_OK);
                ck_assert_double_eq(got.loc, want.loc);
                ck_assert_double_eq(got.scale, want.scale);
            }
        rm_scaler_free(&scaler);
    }
    rimer_dataset_free(dataset);
}
END_TEST

/* ------------------------------------------------------------------------ with a model */

static rimer_config config_of(const char *settings) {
    rimer_config config;
    rimer_config_init(&config);
    rm_test_settings(&config, "context_len=24 horizon=8 output_len=8 patch_len=4 width=8 "
                              "head_size=4 origin=last lanes=2 epochs=1");
    rm_test_settings(&config, settings);
    return config;
}

/* As if trained: the same weights for every scaler. */
static rimer_model *model_of(const char *settings, const rimer_dataset *dataset) {
    rimer_config config = config_of(settings);
    rimer_model *model;
    rm_scaler scaler;
    ck_assert_msg(rimer_model_create(&config, &model) == RIMER_OK, "%s", rimer_last_error());
    if (config.zero_head == RIMER_NO)
        for (int64_t i = 0; i < model->network.registry.total; i++)
            model->values[i] += (rm_real)(0.05 * sin((double)i));
    ck_assert_int_eq(rm_scaler_fit_as(&scaler, dataset, config.split,
                                      (rm_scaling){config.scaler, config.log1p}),
                     RIMER_OK);
    ck_assert_int_eq(rm_model_set_channels(model, dataset, &scaler), RIMER_OK);
    rm_scaler_free(&scaler);
    return model;
}

static rimer_forecast *forecast(const rimer_model *model, const rimer_dataset *dataset) {
    rimer_forecast *made;
    ck_assert_msg(rimer_forecast_dataset(model, dataset, 3 * HORIZON, 1, &made) == RIMER_OK,
                  "%s", rimer_last_error());
    return made;
}

static rimer_evaluation evaluate(const rimer_forecaster *forecaster,
                                 const rimer_dataset *dataset) {
    rimer_protocol protocol;
    rimer_evaluation out;
    rimer_protocol_init(&protocol);
    protocol.horizon = 3 * HORIZON;
    protocol.context_len = CONTEXT;
    ck_assert_msg(rimer_evaluate(forecaster, dataset, &protocol, NULL, NULL, &out) == RIMER_OK,
                  "%s", rimer_last_error());
    return out;
}

static double test_mse(const rimer_model *model, const rimer_dataset *dataset) {
    rimer_forecaster *forecaster;
    ck_assert_int_eq(rimer_model_forecaster(model, &forecaster), RIMER_OK);
    rimer_evaluation out = evaluate(forecaster, dataset);
    double mse = out.standardised.mse;
    rimer_evaluation_free(&out);
    rimer_forecaster_free(forecaster);
    return mse;
}

static float plain_value(int64_t series, int64_t channel, int64_t t) {
    if (channel == 1 && t % 11 == 3)
        return NONE;
    return 40 * of_size(0, channel, t) + 500 * (float)channel + (float)series;
}

/* With an instance norm the scaler cannot be seen in a forecast, beyond rounding and the 1e-5 under
 * the norm's root; nor in the errors of the protocol, which always have the same units. */
START_TEST(any_scaler_same_forecast) {
    static const int64_t one[] = {STEPS}, three[] = {STEPS, 90, 20};
    for (int many = 0; many < 2; many++) {
        rimer_dataset *dataset =
            rm_test_series(many ? 3 : 1, many ? three : one, 2, plain_value);
        rimer_model *standard = model_of("zero_head=no", dataset);
        rimer_forecast *want = forecast(standard, dataset);
        double want_mse = test_mse(standard, dataset);
        for (int kind = 1; kind < KINDS; kind++) {
            char settings[64];
            snprintf(settings, sizeof settings, "zero_head=no scaler=%s", kinds[kind]);
            rimer_model *model = model_of(settings, dataset);
            ck_assert_int_eq(rimer_model_n_channels(model), many ? 0 : 2);
            rimer_forecast *got = forecast(model, dataset);
            for (int64_t s = 0; s < rimer_dataset_n_series(dataset); s++)
                for (int c = 0; c < 2; c++)
                    for (int h = 0; h < 3 * HORIZON; h++)
                        ck_assert_float_eq_tol(rimer_forecast_values(got, s, c)[h],
                                               rimer_forecast_values(want, s, c)[h], 0.02f);
            ck_assert_double_eq_tol(test_mse(model, dataset), want_mse, 1e-3 * want_mse);
            rimer_forecast_free(got);
            rimer_model_free(model);
        }
        rimer_forecast_free(want);
        rimer_model_free(standard);
        rimer_dataset_free(dataset);
    }
}
END_TEST

static float growing(int64_t series, int64_t channel, int64_t t) {
    (void)series;
    return t % 13 == 5 ? 0 : (float)(exp(0.05 * (double)t) * (2 + (double)(t % 5)) - channel);
}

/* A fresh model of origin "last" is the baseline "repeat": through log1p and back too, and beyond
 * the steps that come out at once. */
START_TEST(log1p_is_undone) {
    static const int64_t lengths[] = {STEPS, 80};
    for (int many = 0; many < 2; many++)
        for (int kind = 0; kind < KINDS; kind++) {
            rimer_dataset *dataset = rm_test_series(1 + many, lengths, 2, growing);
            char settings[64];
            snprintf(settings, sizeof settings, "log1p=yes scaler=%s", kinds[kind]);
            rimer_model *model = model_of(settings, dataset);
            rimer_forecast *got = forecast(model, dataset);
            for (int s = 0; s <= many; s++)
                for (int c = 0; c < 2; c++) {
                    float last = growing(s, c, lengths[s] - 1);
                    for (int h = 0; h < 3 * HORIZON; h++)
                        ck_assert_float_eq_tol(rimer_forecast_values(got, s, c)[h], last,
                                               5e-6f * last);
                }
            rimer_baseline_settings baseline;
            rimer_forecaster *repeat;
            rimer_baseline_settings_init(&baseline);
            ck_assert_int_eq(rimer_baseline_create("repeat", dataset, &baseline, &repeat),
                             RIMER_OK);
            rimer_evaluation want = evaluate(repeat, dataset);
            ck_assert_double_eq_tol(test_mse(model, dataset), want.standardised.mse,
                                    1e-5 * want.standardised.mse);
            rimer_evaluation_free(&want);
            rimer_forecaster_free(repeat);
            rimer_forecast_free(got);
            rimer_model_free(model);
            rimer_dataset_free(dataset);
        }
}
END_TEST

static int64_t bad_step;
static float with_a_bad_one(int64_t series, int64_t channel, int64_t t) {
    return series == 1 && channel == 1 && t == bad_step ? -2.5f : growing(series, channel, t);
}

static void assert_names_it(rimer_status status) {
    static const char *const words[] = {"many: ", "series \"s1\", column \"c1\"", "-2.5"};
    ck_assert_int_eq(status, RIMER_DATA);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        ck_assert_msg(strstr(rimer_last_error(), words[i]) != NULL, "%s", rimer_last_error());
}

START_TEST(log1p_refuses_with_a_sentence) {
    static const int64_t lengths[] = {STEPS, STEPS};
    rimer_config config = config_of("log1p=yes");
    rimer_model *none = NULL;
    bad_step = -1;
    rimer_dataset *good = rm_test_series(2, lengths, 2, with_a_bad_one);
    rimer_model *model = model_of("log1p=yes", good);
    static const int64_t steps[] = {3, 120, STEPS - 2}; /* training, validation, test */
    for (int i = 0; i < 3; i++) {
        bad_step = steps[i];
        rimer_dataset *bad = rm_test_series(2, lengths, 2, with_a_bad_one);
        rimer_status status = rimer_train(bad, &config, NULL, &none, NULL);
        if (i < 2) {
            assert_names_it(status);
            ck_assert_ptr_null(none);
        } else { /* training does not read the test part; forecasting and scoring do */
            rimer_forecast *forecasts = NULL;
            rimer_forecaster *forecaster;
            rimer_protocol protocol;
            rimer_evaluation evaluation;
            ck_assert_int_eq(status, RIMER_OK);
            rimer_model_free(none);
            assert_names_it(rimer_forecast_dataset(model, bad, 0, 1, &forecasts));
            ck_assert_int_eq(rimer_model_forecaster(model, &forecaster), RIMER_OK);
            rimer_protocol_init(&protocol);
            protocol.horizon = 1;
            ck_assert_int_eq(
                rimer_evaluate(forecaster, bad, &protocol, NULL, NULL, &evaluation),
                RIMER_DATA);
            ck_assert_ptr_nonnull(strstr(rimer_last_error(), "column \"c1\""));
            rimer_forecaster_free(forecaster);
        }
        rimer_dataset_free(bad);
    }
    rimer_model_free(model);
    rimer_dataset_free(good);
}
END_TEST

/* Who does not say where rows come from cannot have them scaled. */
START_TEST(own_scale_needs_the_channels) {
    static const int64_t lengths[] = {STEPS};
    rimer_dataset *dataset = rm_test_series(1, lengths, 2, growing);
    rimer_model *model = model_of("scaler=robust", dataset);
    rimer_forecaster *forecaster;
    void *session;
    float values[CONTEXT] = {0}, out[2 * HORIZON] = {42};
    rimer_channel channels[2] = {{"c0", 0, 1}, {NULL, 0, 1}};
    rimer_contexts contexts = {1, CONTEXT, values, NULL, NULL, NULL, NULL};
    ck_assert_int_eq(rimer_model_forecaster(model, &forecaster), RIMER_OK);
    ck_assert_int_eq(forecaster->open(forecaster->self, 1, &session), RIMER_OK);
    ck_assert_int_eq(forecaster->run(session, &contexts, HORIZON, out), RIMER_USAGE);
    contexts = (rimer_contexts){2, CONTEXT / 2, values, channels, values, NULL, NULL};
    ck_assert_int_eq(forecaster->run(session, &contexts, HORIZON, out), RIMER_USAGE);
    ck_assert_float_eq(out[0], 42);
    contexts.n_rows = 1;
    channels[0].name = NULL; /* then its own values tell */
    ck_assert_int_eq(forecaster->run(session, &contexts, HORIZON, out), RIMER_OK);
    ck_assert_float_eq(out[0], 0);
    forecaster->close(session);
    rimer_forecaster_free(forecaster);
    rimer_model_free(model);
    rimer_dataset_free(dataset);
}
END_TEST

static void assert_same_bits(const rimer_model *a, const rimer_model *b,
                             const rimer_dataset *dataset) {
    rimer_forecast *x = forecast(a, dataset), *y = forecast(b, dataset);
    ck_assert_int_eq(rimer_model_n_channels(a), rimer_model_n_channels(b));
    for (int64_t c = 0; c < rimer_model_n_channels(a); c++) {
        rimer_channel p = rimer_model_channel(a, c), q = rimer_model_channel(b, c);
        ck_assert_str_eq(p.name, q.name);
        ck_assert(p.loc == q.loc && p.scale == q.scale);
    }
    for (int64_t s = 0; s < rimer_dataset_n_series(dataset); s++)
        for (int c = 0; c < 2; c++)
            ck_assert_mem_eq(rimer_forecast_values(x, s, c), rimer_forecast_values(y, s, c),
                             3 * HORIZON * sizeof(float));
    rimer_forecast_free(x);
    rimer_forecast_free(y);
}

START_TEST(saved_and_loaded) {
    static const int64_t lengths[] = {STEPS, 70};
    char path[128];
    snprintf(path, sizeof path, "%s/m.safetensors", rm_test_folder());
    for (int many = 0; many < 2; many++)
        for (int i = 0; i < 2 * KINDS; i++) {
            rimer_dataset *dataset = rm_test_series(1 + many, lengths, 2, growing);
            char settings[64];
            snprintf(settings, sizeof settings, "zero_head=no scaler=%s log1p=%s", kinds[i / 2],
                     i % 2 ? "yes" : "no");
            rimer_model *model = model_of(settings, dataset), *loaded;
            ck_assert_int_eq(rimer_model_save(model, path), RIMER_OK);
            ck_assert_msg(rimer_model_load(path, &loaded) == RIMER_OK, "%s",
                          rimer_last_error());
            assert_same_bits(model, loaded, dataset);
            rimer_model_free(model);
            rimer_model_free(loaded);
            rimer_dataset_free(dataset);
        }
}
END_TEST

/* Files from before there were kinds of scalers know neither key. */
START_TEST(old_files_load) {
    static const int64_t lengths[] = {STEPS};
    char path[128];
    rm_tensor_file file;
    rimer_dataset *dataset = rm_test_series(1, lengths, 2, growing);
    rimer_model *model = model_of("zero_head=no", dataset), *loaded;
    snprintf(path, sizeof path, "%s/old.safetensors", rm_test_folder());
    ck_assert_int_eq(rimer_model_save(model, path), RIMER_OK);
    ck_assert_int_eq(rm_tensors_read(path, &file), RIMER_OK);
    json_t *config =
        json_loads(json_string_value(json_object_get(file.metadata, "config")), 0, NULL);
    ck_assert_int_eq(json_object_del(config, "scaler"), 0);
    ck_assert_int_eq(json_object_del(config, "log1p"), 0);
    char *text = json_dumps(config, 0);
    json_object_set_new(file.metadata, "config", json_string(text));
    ck_assert_int_eq(rm_tensors_write(path, file.metadata, file.tensors, file.n_tensors),
                     RIMER_OK);
    ck_assert_msg(rimer_model_load(path, &loaded) == RIMER_OK, "%s", rimer_last_error());
    assert_same_bits(model, loaded, dataset);
    free(text);
    json_decref(config);
    rm_tensors_free(&file);
    rimer_model_free(model);
    rimer_model_free(loaded);
    rimer_dataset_free(dataset);
}
END_TEST

int main(void) {
    return rm_test_main(
        "scaler", (const TTest *[]){
                      fitted_by_hand, undone_exactly_enough, each_series_has_its_own,
                      any_scaler_same_forecast, log1p_is_undone, log1p_refuses_with_a_sentence,
                      own_scale_needs_the_channels, saved_and_loaded, old_files_load, NULL});
}
