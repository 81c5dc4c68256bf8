/* Series shorter than the context: what lies before their first step never was. So a series is
 * forecast alike alone and beside longer ones, and scored as it is forecast. */
#include "harness.h"
#include "model/model_inside.h"
#include "rimer/rimer.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CONTEXT = 30, PATCH = 8, OUTPUT = 8, N_SERIES = 6, ROUNDS = 3 };

/* Around whole patches and the context, out of order. */
static const int lengths[N_SERIES] = {17, 40, 3, 30, 16, 25};

static const struct kind {
    int mixer, norm, with_phase, with_quantiles;
} kinds[] = {
    {RIMER_MIXER_RWKV7, RIMER_NORM_WINDOW, 0, 0},
    {RIMER_MIXER_RWKV7, RIMER_NORM_CAUSAL, 1, 1},
    {RIMER_MIXER_RWKV7, RIMER_NORM_NONE, 0, 0},
    {RIMER_MIXER_ATTENTION, RIMER_NORM_WINDOW, 0, 0},
    {RIMER_MIXER_ATTENTION, RIMER_NORM_WINDOW, 1, 1},
};
enum { N_KINDS = sizeof kinds / sizeof *kinds };

static rimer_model *make_model(const struct kind *kind) {
    rimer_config config;
    rimer_model *model;
    rimer_config_init(&config);
    config.context_len = CONTEXT;
    config.patch_len = PATCH;
    config.horizon = config.output_len = OUTPUT;
    config.width = 16;
    config.head_size = 8;
    config.layers = 2;
    config.mixer = kind->mixer;
    config.norm = kind->norm;
    config.mask = RIMER_YES;
    config.zero_head = RIMER_NO;
    if (kind->with_phase)
        strcpy(config.phase, "7");
    if (kind->with_quantiles)
        strcpy(config.quantiles, "0.1,0.5,0.9");
    rimer_status status = rimer_model_create(&config, &model);
    ck_assert_msg(status == RIMER_OK, "%s", rimer_last_error());
    for (int64_t i = 0; i < model->network.registry.total; i++)
        model->values[i] += 0.1f * sinf((float)i); /* as if trained: no value is still 0 */
    return model;
}

static float value_at(int series, int step) {
    return 5 + (float)series + sinf(0.9f * (float)(step + 3 * series)) + 0.02f * (float)step;
}

/* Series first to last, without their last `cut` steps. */
static rimer_dataset *make_dataset(int first, int last, int cut) {
    char path[256];
    rimer_dataset *dataset;
    rimer_read_options options;
    snprintf(path, sizeof path, "%s/series.csv", rm_test_folder());
    FILE *file = fopen(path, "w");
    fputs("unique_id,ds,y\n", file);
    for (int s = first; s <= last; s++)
        for (int t = 0; t < lengths[s] + OUTPUT - cut; t++)
            fprintf(file, "s%d,2024-01-%02d %02d:00,%.7g\n", s, t / 24 + 1, t % 24,
                    value_at(s, t));
    fclose(file);
    rimer_read_options_init(&options);
    rimer_status status = rimer_dataset_read(path, &options, &dataset);
    ck_assert_msg(status == RIMER_OK, "%s", rimer_last_error());
    return dataset;
}

static rimer_forecast *forecast(const rimer_model *model, const rimer_dataset *dataset) {
    rimer_forecast_wanted wanted = {0};
    rimer_forecast *made;
    if (rimer_model_levels(model).n > 1)
        ck_assert_int_eq(rimer_levels_add(&wanted.quantiles, 0.9), RIMER_OK);
    rimer_status status =
        rimer_forecast_dataset_with(model, dataset, ROUNDS * OUTPUT, 1, &wanted, &made);
    ck_assert_msg(status == RIMER_OK, "%s", rimer_last_error());
    return made;
}

static void assert_same(const float *got, const float *want, int n, int series, int kind) {
    for (int h = 0; h < n; h++)
        ck_assert_msg(fabsf(got[h] - want[h]) <= 2e-5f,
                      "kind %d, series %d, step %d: %.9g and %.9g", kind, series, h, got[h],
                      want[h]);
}

START_TEST(alone_and_together) {
    for (int kind = 0; kind < N_KINDS; kind++) {
        rimer_model *model = make_model(&kinds[kind]);
        rimer_dataset *all = make_dataset(0, N_SERIES - 1, OUTPUT);
        rimer_forecast *together = forecast(model, all);
        for (int s = 0; s < N_SERIES; s++) {
            rimer_dataset *one = make_dataset(s, s, OUTPUT);
            rimer_forecast *alone = forecast(model, one);
            const float *high = rimer_forecast_quantile(alone, 0, 0, 0.9);
            assert_same(rimer_forecast_values(alone, 0, 0),
                        rimer_forecast_values(together, s, 0), ROUNDS * OUTPUT, s, kind);
            if (high)
                assert_same(high, rimer_forecast_quantile(together, s, 0, 0.9), ROUNDS * OUTPUT,
                            s, kind);
            rimer_forecast_free(alone);
            rimer_dataset_free(one);
        }
        rimer_forecast_free(together);
        rimer_dataset_free(all);
        rimer_model_free(model);
    }
}
END_TEST

/* The mean squared error of what is forecast from all but the last steps, which are the test part. */
START_TEST(scored_as_forecast) {
    for (int kind = 0; kind < N_KINDS; kind++) {
        if (kinds[kind].norm == RIMER_NORM_NONE)
            continue; /* the scale would show: the training part's there, the context's here */
        rimer_model *model = make_model(&kinds[kind]);
        rimer_dataset *all = make_dataset(0, N_SERIES - 1, 0);
        rimer_dataset *before = make_dataset(0, N_SERIES - 1, OUTPUT);
        rimer_forecast *made = forecast(model, before);
        rimer_forecaster *forecaster;
        rimer_protocol protocol;
        rimer_evaluation scored;
        double sum = 0;
        for (int s = 0; s < N_SERIES; s++)
            for (int h = 0; h < OUTPUT; h++)
                sum += pow((double)(rimer_forecast_values(made, s, 0)[h] -
                                    value_at(s, lengths[s] + h)),
                           2);
        rimer_protocol_init(&protocol);
        strcpy(protocol.split, "last:0/8");
        protocol.season = 1;
        ck_assert_int_eq(rimer_model_forecaster(model, &forecaster), RIMER_OK);
        rimer_status status = rimer_evaluate(forecaster, all, &protocol, NULL, NULL, &scored);
        ck_assert_msg(status == RIMER_OK, "%s", rimer_last_error());
        ck_assert_int_eq(scored.n_windows, N_SERIES);
        sum /= N_SERIES * OUTPUT;
        ck_assert_msg(fabs(scored.original.mse / sum - 1) < 1e-4, "kind %d: %.9g and %.9g",
                      kind, scored.original.mse, sum);
        rimer_evaluation_free(&scored);
        rimer_forecaster_free(forecaster);
        rimer_forecast_free(made);
        rimer_dataset_free(before);
        rimer_dataset_free(all);
        rimer_model_free(model);
    }
}
END_TEST

/* Rows of a batch that have fewer steps than it has room for. */
START_TEST(rows_of_a_batch) {
    static float rows[N_SERIES * CONTEXT];
    float want[OUTPUT], got[N_SERIES * OUTPUT];
    int64_t n_steps[N_SERIES];
    for (int kind = 0; kind < N_KINDS; kind++) {
        rimer_model *model = make_model(&kinds[kind]);
        rimer_forecaster *forecaster;
        rimer_session *plain;
        void *session;
        for (int s = 0; s < N_SERIES; s++) {
            n_steps[s] = lengths[s] < CONTEXT ? lengths[s] : CONTEXT;
            for (int i = 0; i < CONTEXT; i++)
                rows[s * CONTEXT + i] = i < CONTEXT - n_steps[s] ? NAN : value_at(s, i) - 6;
        }
        rimer_contexts contexts = {
            .n_rows = N_SERIES, .context_len = CONTEXT, .values = rows, .n_steps = n_steps};
        ck_assert_int_eq(rimer_model_forecaster(model, &forecaster), RIMER_OK);
        ck_assert_int_eq(forecaster->open(forecaster->self, N_SERIES, &session), RIMER_OK);
        ck_assert_int_eq(forecaster->run(session, &contexts, OUTPUT, got), RIMER_OK);
        forecaster->close(session);
        rimer_forecaster_free(forecaster);
        ck_assert_int_eq(rimer_session_create(model, 1, &plain), RIMER_OK);
        for (int s = 0; s < N_SERIES; s++) {
            const float *row = rows + (s + 1) * CONTEXT - n_steps[s];
            ck_assert_int_eq(rimer_session_forecast(plain, 1, n_steps[s], row, OUTPUT, want),
                             RIMER_OK);
            assert_same(got + s * OUTPUT, want, OUTPUT, s, kind);
        }
        rimer_session_free(plain);
        rimer_model_free(model);
    }
}
END_TEST

int main(void) {
    return rm_test_main(
        "short_series",
        (const TTest *[]){alone_and_together, scored_as_forecast, rows_of_a_batch, NULL});
}
