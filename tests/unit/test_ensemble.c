/* Ensembles: the mean of forecasters that differ in all they are, and of forecasts of a dataset. */
#include "base/error.h"
#include "harness.h"
#include "rimer/rimer.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { N_ROWS = 5, CONTEXT = 40, N_MODELS = 3 };

static float wave(int64_t s, int64_t c, int64_t t) {
    return (float)(10 * s + 3 * c) + sinf((float)t * 0.7f + (float)s) + (float)(t % 6);
}

static rimer_dataset *waves(void) {
    static const int64_t lengths[] = {120, 90};
    return rm_test_series(2, lengths, 2, wave);
}

/* Models of different contexts, horizons, widths, scales and seeds, as if trained. */
static rimer_model *model_of(int i) {
    static const char *const settings[N_MODELS] = {
        "context_len=12 patch_len=4 horizon=6 output_len=6 width=8 head_size=4",
        "context_len=36 patch_len=6 horizon=10 output_len=12 width=12 head_size=4 seed=2 "
        "scaler=robust",
        "context_len=20 patch_len=5 horizon=8 output_len=8 width=8 head_size=8 origin=none "
        "mixer=attention seed=3"};
    rimer_config config;
    rimer_model *model;
    rimer_config_init(&config);
    rm_test_settings(&config, settings[i]);
    rm_test_settings(&config, "zero_head=no");
    rimer_status status = rimer_model_create(&config, &model);
    ck_assert_msg(status == RIMER_OK, "%s", rimer_last_error());
    return model;
}

static rimer_forecaster *forecaster_of(const rimer_model *model) {
    rimer_forecaster *forecaster;
    ck_assert_int_eq(rimer_model_forecaster(model, &forecaster), RIMER_OK);
    return forecaster;
}

static rimer_forecaster *ensemble_of(rimer_forecaster *const *members, int64_t n) {
    rimer_forecaster *together = NULL;
    rimer_status status = rimer_ensemble_forecaster(members, n, &together);
    ck_assert_msg(status == RIMER_OK, "%s", rimer_last_error());
    return together;
}

/* Rows with a missing step, each with the scale of its channel. */
static rimer_contexts contexts_of(float *values, float *original, rimer_channel *channels) {
    for (int row = 0; row < N_ROWS; row++) {
        channels[row] = (rimer_channel){"c0", row, 1 + row};
        for (int t = 0; t < CONTEXT; t++) {
            values[row * CONTEXT + t] = t == 30 + row ? NAN : wave(row, 0, t);
            original[row * CONTEXT + t] =
                values[row * CONTEXT + t] * (float)(1 + row) + (float)row;
        }
    }
    return (rimer_contexts){N_ROWS, CONTEXT, values, channels, original, NULL, NULL};
}

static void run(const rimer_forecaster *forecaster, const rimer_contexts *contexts,
                int64_t horizon, float *out) {
    void *session;
    ck_assert_int_eq(forecaster->open(forecaster->self, N_ROWS, &session), RIMER_OK);
    for (int twice = 0; twice < 2; twice++) {
        rimer_status status = forecaster->run(session, contexts, horizon, out);
        ck_assert_msg(status == RIMER_OK, "%s", rimer_last_error());
    }
    forecaster->close(session);
}

START_TEST(the_mean_of_all) {
    enum { LONGEST = 30 };
    static const int64_t horizons[] = {1, 8, LONGEST};
    float values[N_ROWS * CONTEXT], original[N_ROWS * CONTEXT], one[N_ROWS * LONGEST],
        got[N_ROWS * LONGEST];
    rimer_channel channels[N_ROWS];
    rimer_contexts contexts = contexts_of(values, original, channels);
    rimer_model *models[N_MODELS];
    rimer_forecaster *members[N_MODELS];
    for (int i = 0; i < N_MODELS; i++)
        members[i] = forecaster_of(models[i] = model_of(i));
    rimer_forecaster *together = ensemble_of(members, N_MODELS);
    ck_assert_str_eq(together->name, "ensemble of 3");
    ck_assert_int_eq(together->context_len, 36);
    ck_assert_int_eq(together->horizon, 6);
    for (size_t k = 0; k < sizeof horizons / sizeof *horizons; k++) {
        double want[N_ROWS * LONGEST] = {0}, was[N_ROWS * LONGEST];
        int64_t n = N_ROWS * horizons[k];
        for (int i = 0; i < N_MODELS; i++) {
            run(members[i], &contexts, horizons[k], one);
            for (int64_t j = 0; j < n; j++)
                want[j] += (double)one[j];
        }
        run(together, &contexts, horizons[k], got);
        for (int64_t j = 0; j < n; j++) {
            want[j] = (double)(float)(want[j] / N_MODELS);
            was[j] = (double)got[j];
        }
        rm_assert_close("mean", was, want, n, 0);
    }
    rimer_forecaster_free(together);
    for (int i = 0; i < N_MODELS; i++)
        rimer_model_free(models[i]);
}
END_TEST

/* A forecaster that does what it is told, and counts. */
typedef struct puppet {
    float value;
    int fails_to_open, fails_to_run, n_open, n_freed;
} puppet;

static rimer_status puppet_open(const void *self, int64_t max_rows, void **session) {
    puppet *own = (puppet *)(uintptr_t)self;
    (void)max_rows;
    if (own->fails_to_open)
        return rm_error_set(RIMER_NO_MEMORY, "puppet: no session");
    own->n_open++;
    *session = own;
    return RIMER_OK;
}

static rimer_status puppet_run(void *session, const rimer_contexts *contexts, int64_t horizon,
                               float *out) {
    const puppet *own = session;
    if (own->fails_to_run)
        return rm_error_set(RIMER_DATA, "puppet: no forecast");
    for (int64_t i = 0; i < contexts->n_rows * horizon; i++)
        out[i] = own->value;
    return RIMER_OK;
}

static void puppet_close(void *session) {
    ((puppet *)session)->n_open--;
}

static void puppet_destroy(void *self) {
    ((puppet *)self)->n_freed++;
}

static rimer_forecaster *puppet_of(puppet *own) {
    rimer_forecaster *forecaster = malloc(sizeof *forecaster);
    *forecaster = (rimer_forecaster){.name = "puppet",
                                     .context_len = 3,
                                     .horizon = 2,
                                     .self = own,
                                     .open = puppet_open,
                                     .run = puppet_run,
                                     .close = puppet_close,
                                     .destroy = puppet_destroy};
    return forecaster;
}

START_TEST(zeros_numbers_and_gaps) {
    static const float cases[][3] = {
        {-0.0f, NAN, NAN}, {3e38f, NAN, NAN}, {1, 2, NAN}, {3e38f, 3e38f, NAN}, {1, 2, 6}};
    static const float means[] = {-0.0f, 3e38f, 1.5f, 3e38f, 3};
    static const int sizes[] = {1, 1, 2, 2, 3};
    float zeros[6] = {0}, out[4];
    rimer_contexts contexts = {2, 3, zeros, NULL, NULL, NULL, NULL};
    for (int k = 0; k < 5; k++) {
        puppet own[3] = {
            {.value = cases[k][0]}, {.value = cases[k][1]}, {.value = cases[k][2]}};
        rimer_forecaster *members[] = {puppet_of(&own[0]), puppet_of(&own[1]),
                                       puppet_of(&own[2])};
        rimer_forecaster *together = ensemble_of(members, sizes[k]);
        run(together, &contexts, 2, out);
        for (int i = 0; i < 4; i++)
            ck_assert_msg(memcmp(&out[i], &means[k], sizeof(float)) == 0, "case %d: %.9g", k,
                          out[i]);
        rimer_forecaster_free(together);
        for (int i = 0; i < 3; i++) {
            ck_assert_int_eq(own[i].n_freed, i < sizes[k]);
            ck_assert_int_eq(own[i].n_open, 0);
            if (i >= sizes[k])
                rimer_forecaster_free(members[i]);
        }
    }
    puppet some = {.value = 1}, none = {.value = NAN};
    rimer_forecaster *members[] = {puppet_of(&some), puppet_of(&none)};
    rimer_forecaster *together = ensemble_of(members, 2);
    run(together, &contexts, 2, out);
    ck_assert(isnan(out[0]) && isnan(out[3]));
    rimer_forecaster_free(together);
}
END_TEST

START_TEST(failures_are_passed_on) {
    puppet own[3] = {{.value = 1}, {.fails_to_run = 1}, {.fails_to_open = 1}};
    rimer_forecaster *members[] = {puppet_of(&own[0]), puppet_of(&own[1]), puppet_of(&own[2])};
    rimer_forecaster *together = NULL;
    void *session = NULL;
    float values[3] = {0}, out[2];
    rimer_contexts contexts = {1, 3, values, NULL, NULL, NULL, NULL};
    ck_assert_int_eq(rimer_ensemble_forecaster(members, 0, &together), RIMER_USAGE);
    rimer_forecaster *const twice[] = {members[0], members[1], members[0]};
    ck_assert_int_eq(rimer_ensemble_forecaster(twice, 3, &together), RIMER_USAGE);
    ck_assert_ptr_nonnull(strstr(rimer_last_error(), "members 0 and 2"));
    ck_assert_ptr_null(together);
    ck_assert_int_eq(own[0].n_freed, 0);

    together = ensemble_of(members, 3);
    ck_assert_int_eq(together->open(together->self, 1, &session), RIMER_NO_MEMORY);
    ck_assert_str_eq(rimer_last_error(), "puppet: no session");
    ck_assert_ptr_null(session);
    ck_assert_int_eq(own[0].n_open + own[1].n_open, 0);
    own[2].fails_to_open = 0;
    ck_assert_int_eq(together->open(together->self, 1, &session), RIMER_OK);
    ck_assert_int_eq(together->run(session, &contexts, 2, out), RIMER_DATA);
    ck_assert_str_eq(rimer_last_error(), "puppet: no forecast");
    together->close(session);
    ck_assert_int_eq(own[0].n_open + own[1].n_open + own[2].n_open, 0);
    rimer_forecaster_free(together);
    ck_assert_int_eq(own[0].n_freed + own[1].n_freed + own[2].n_freed, 3);
}
END_TEST

static rimer_metrics score(const rimer_forecaster *forecaster, const rimer_dataset *dataset) {
    rimer_protocol protocol;
    rimer_evaluation evaluation;
    rimer_protocol_init(&protocol);
    protocol.context_len = CONTEXT;
    protocol.horizon = 8;
    protocol.season = 6;
    rimer_status status =
        rimer_evaluate(forecaster, dataset, &protocol, NULL, NULL, &evaluation);
    ck_assert_msg(status == RIMER_OK, "%s", rimer_last_error());
    rimer_metrics metrics = evaluation.original;
    rimer_evaluation_free(&evaluation);
    return metrics;
}

START_TEST(scores) {
    rimer_dataset *dataset = waves();
    rimer_model *models[N_MODELS];
    rimer_forecaster *members[N_MODELS];
    double sum = 0;
    for (int i = 0; i < N_MODELS; i++) {
        models[i] = model_of(i);
        rimer_forecaster *alone = forecaster_of(models[i]), *again = forecaster_of(models[i]);
        rimer_forecaster *one = ensemble_of(&again, 1);
        rimer_metrics want = score(alone, dataset), got = score(one, dataset);
        ck_assert_int_eq(want.count, got.count);
        ck_assert_msg(want.mse == got.mse && want.mae == got.mae && want.mase == got.mase,
                      "one member scores %.17g alone and %.17g", want.mse, got.mse);
        sum += want.mse;
        rimer_forecaster_free(one);
        members[i] = alone;
    }
    rimer_forecaster *together = ensemble_of(members, N_MODELS);
    rimer_metrics got = score(together, dataset);
    ck_assert_msg(got.mse > 0 && got.mse < sum / N_MODELS, "%g is not below the mean %g",
                  got.mse, sum / N_MODELS);
    rimer_forecaster_free(together);
    for (int i = 0; i < N_MODELS; i++)
        rimer_model_free(models[i]);
    rimer_dataset_free(dataset);
}
END_TEST

START_TEST(forecasts_of_a_dataset) {
    enum { HORIZON = 11 };
    rimer_dataset *dataset = waves(), *other = waves();
    rimer_model *models[N_MODELS];
    rimer_forecast *made[N_MODELS], *mean = NULL, *bad = NULL;
    const rimer_forecast *members[N_MODELS];
    for (int i = 0; i < N_MODELS; i++) {
        models[i] = model_of(i);
        ck_assert_int_eq(rimer_forecast_dataset(models[i], dataset, HORIZON, 1, &made[i]),
                         RIMER_OK);
        members[i] = made[i];
    }
    ck_assert_int_eq(rimer_forecast_mean(members, 1, &mean), RIMER_OK);
    for (int row = 0; row < 4; row++)
        ck_assert_mem_eq(rimer_forecast_values(mean, row / 2, row % 2),
                         rimer_forecast_values(made[0], row / 2, row % 2),
                         HORIZON * sizeof(float));
    rimer_forecast_free(mean);
    ck_assert_int_eq(rimer_forecast_mean(members, N_MODELS, &mean), RIMER_OK);
    ck_assert_int_eq(rimer_forecast_horizon(mean), HORIZON);
    for (int row = 0; row < 4; row++) {
        double want[HORIZON] = {0}, got[HORIZON];
        for (int h = 0; h < HORIZON; h++) {
            for (int i = 0; i < N_MODELS; i++)
                want[h] += (double)rimer_forecast_values(made[i], row / 2, row % 2)[h];
            want[h] = (double)(float)(want[h] / N_MODELS);
            got[h] = (double)rimer_forecast_values(mean, row / 2, row % 2)[h];
        }
        rm_assert_close("mean", got, want, HORIZON, 0);
    }

    ck_assert_int_eq(rimer_forecast_mean(members, 0, &bad), RIMER_USAGE);
    rimer_forecast_free(made[1]);
    ck_assert_int_eq(rimer_forecast_dataset(models[1], dataset, HORIZON + 1, 1, &made[1]),
                     RIMER_OK);
    members[1] = made[1];
    ck_assert_int_eq(rimer_forecast_mean(members, N_MODELS, &bad), RIMER_USAGE);
    ck_assert_ptr_nonnull(strstr(rimer_last_error(), "forecasts of 11 steps"));
    rimer_forecast_free(made[1]);
    ck_assert_int_eq(rimer_forecast_dataset(models[1], other, HORIZON, 1, &made[1]), RIMER_OK);
    members[1] = made[1];
    ck_assert_int_eq(rimer_forecast_mean(members, N_MODELS, &bad), RIMER_USAGE);
    ck_assert_ptr_null(bad);

    rimer_forecast_free(mean);
    for (int i = 0; i < N_MODELS; i++) {
        rimer_forecast_free(made[i]);
        rimer_model_free(models[i]);
    }
    rimer_dataset_free(dataset);
    rimer_dataset_free(other);
}
END_TEST

int main(void) {
    return rm_test_main("ensemble", (const TTest *[]){the_mean_of_all, zeros_numbers_and_gaps,
                                                      failures_are_passed_on, scores,
                                                      forecasts_of_a_dataset, NULL});
}
