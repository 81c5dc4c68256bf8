/* Models that are told where in their seasons steps stand. */
#include "base/config_text.h"
#include "data/dataset_inside.h"
#include "harness.h"
#include "nn/phase.h"
#include "smallrun.h"

#include <stdio.h>

#define TAU 6.283185307179586

static void must(rimer_status status) {
    ck_assert_msg(status == RIMER_OK, "%s", rimer_last_error());
}

static void assert_said(const char *part) {
    ck_assert_msg(strstr(rimer_last_error(), part) != NULL, "\"%s\" is not in \"%s\"", part,
                  rimer_last_error());
}

/* ---------------------------------------------------------------------------- features */

/* At most four waves of each period, none of them faster than two steps. */
START_TEST(features_as_written) {
    static const int64_t positions[] = {0, 1, 100, -1, -12345, INT64_C(1) << 52};
    rm_periods periods;
    must(rm_periods_read(&periods, "7,2,365.2425,8"));
    static const int harmonics[] = {3, 1, 4, 4};
    ck_assert_int_eq(rm_phase_features(&periods), 2 * (3 + 1 + 4 + 4));
    for (size_t i = 0; i < sizeof positions / sizeof *positions; i++) {
        rm_real got[24], *at = got;
        rm_phase_fill(&periods, positions[i], got);
        for (int p = 0; p < 4; p++)
            for (int k = 1; k <= harmonics[p]; k++, at += 2) {
                double turn = fmod((double)positions[i], periods.at[p]) / periods.at[p];
                ck_assert_double_eq_tol((double)at[0], cos(TAU * k * turn), 1e-6);
                ck_assert_double_eq_tol((double)at[1], sin(TAU * k * turn), 1e-6);
            }
    }
}
END_TEST

/* ------------------------------------------------------------------------- what it is good for */

/* Every seventh step is high, whatever the six before it are. */
static double weekly(int64_t t, void *arg) {
    rm_rng rng = rm_rng_make(5, (uint64_t)t);
    (void)arg;
    return (t % 7 == 3 ? 5 : 0) + rm_rng_normal(&rng);
}

static rimer_config short_context(const char *phase) {
    rimer_config config = small_config();
    config.context_len = 3;
    config.patch_len = 1;
    config.horizon = config.output_len = 4;
    config.norm = RIMER_NORM_NONE;
    config.origin = RIMER_ORIGIN_NONE;
    config.epochs = 30;
    strcpy(config.phase, phase);
    return config;
}

/* Over the validation part, window by window, each placed by hand. */
static void score_by_hand(const rimer_model *model, const rimer_dataset *dataset, double *mse,
                          double *coverage) {
    const float *values = rimer_dataset_series(dataset, 0).values;
    rimer_channel by = rimer_model_channel(model, 0);
    rimer_levels levels = {3, {0.1, 0.5, 0.9}};
    rimer_session *session;
    double sum = 0;
    int n = 0, inside = 0;
    must(rimer_session_create(model, 1, &session));
    for (int64_t start = 280; start + 4 <= 320; start++, n += 4) {
        float context[3], out[3 * 4];
        for (int i = 0; i < 3; i++)
            context[i] = (float)(((double)values[start - 3 + i] - by.loc) / by.scale);
        must(rimer_session_place(session, 1, &(rimer_place){start, RIMER_CHANNEL_NONE}));
        must(rimer_session_quantiles(session, 1, 3, context, 4, &levels, out));
        for (int i = 0; i < 4; i++) {
            double truth = ((double)values[start + i] - by.loc) / by.scale;
            sum += pow((double)out[4 + i] - truth, 2);
            inside += truth >= (double)out[i] && truth <= (double)out[8 + i];
        }
    }
    *mse = sum / n;
    *coverage = (double)inside / n;
    rimer_session_free(session);
}

/* A context that is shorter than the week does not tell where in it it stands. Validation and
 * calibration look at the same windows in the same places. */
START_TEST(learns_a_season_beyond_its_context) {
    rimer_dataset *dataset = dataset_of(weekly, NULL);
    rimer_train_report told, untold;
    rimer_config with = short_context("7"), without = short_context("no");
    double mse, coverage;
    with.conformal = RIMER_YES;
    rimer_model *a = train(dataset, &with, NULL, &told);
    rimer_model *b = train(dataset, &without, NULL, &untold);
    score_by_hand(a, dataset, &mse, &coverage);
    printf("validation MSE %.4f told, %.4f untold; coverage %.3f\n", told.val_mse,
           untold.val_mse, coverage);
    ck_assert(told.val_mse < 0.45 * untold.val_mse);
    ck_assert_double_eq_tol(mse, told.val_mse, 1e-5);
    ck_assert(coverage > 0.77 && coverage < 0.85);
    rimer_model_free(a);
    rimer_model_free(b);
    rimer_dataset_free(dataset);
}
END_TEST

/* ------------------------------------------------------------------------------ data */

/* Hours of the table from the first row on, from an hour of a day of January 2024. */
static rimer_dataset *hourly(int day, int hour, int n) {
    char path[512];
    rimer_dataset *dataset;
    snprintf(path, sizeof path, "%s/hourly.csv", rm_test_folder());
    FILE *file = fopen(path, "w");
    ck_assert_ptr_nonnull(file);
    fprintf(file, "time,y\n");
    for (int i = 0; i < n; i++) {
        int h = (day - 1) * 24 + hour + i;
        fprintf(file, "2024-01-%02d %02d:00,%.3f\n", h / 24 + 1, h % 24,
                sin(TAU * h / 24) + 0.3 * sin(h * h));
    }
    fclose(file);
    must(rimer_dataset_read(path, NULL, &dataset));
    return dataset;
}

static rimer_model *told_model(const char *phase, const char *frequency) {
    rimer_model *model;
    rimer_config config = small_config();
    strcpy(config.phase, phase);
    must(rimer_model_create(&config, &model));
    rm_rng rng = rm_rng_make(4, 4);
    for (int64_t i = 0; i < model->network.registry.total; i++)
        model->values[i] += (rm_real)(0.2 * rm_rng_normal(&rng));
    must(rm_model_set_fact(model, "frequency", frequency));
    return model;
}

static void forecast_of(const rimer_model *model, const rimer_dataset *dataset, float out[8]) {
    rimer_forecast *forecast;
    must(rimer_forecast_dataset(model, dataset, 8, 1, &forecast));
    memcpy(out, rimer_forecast_values(forecast, 0, 0), 8 * sizeof *out);
    rimer_forecast_free(forecast);
}

/* The same values at another hour are another thing, a week later the same again. */
START_TEST(positions_come_from_times) {
    float here[8], later[8], next_week[8], placed[8];
    rimer_dataset *one = hourly(3, 5, 60), *two = hourly(3, 6, 60), *three = hourly(10, 5, 60);
    ck_assert_int_eq(rimer_dataset_position(two, 0, 0), rimer_dataset_position(one, 0, 1));
    ck_assert_int_eq(rimer_dataset_position(three, 0, 7),
                     rimer_dataset_position(one, 0, 7) + 168);
    /* Wednesday, 2024-01-03 05:00 */
    ck_assert_int_eq(rimer_dataset_position(one, 0, 0) % 168, 2 * 24 + 5);
    for (int64_t t = 0; t < 60; t++) /* the same values everywhere */
        two->series[0].values[t] = three->series[0].values[t] = one->series[0].values[t];
    rimer_model *model = told_model("168", "1h");
    forecast_of(model, one, here);
    forecast_of(model, two, later);
    forecast_of(model, three, next_week);
    ck_assert_mem_eq(here, next_week, sizeof here);
    ck_assert(fabsf(here[0] - later[0]) > 1e-3f);
    rimer_session *session;
    rimer_place next = {2 * 24 + 5 + 60, RIMER_CHANNEL_NONE};
    float context[32];
    rm_scale by;
    must(rm_model_scale(model, "y", one->series[0].values + 28, 32, &by));
    for (int t = 0; t < 32; t++)
        context[t] = (float)rm_scale_apply(by, (double)one->series[0].values[28 + t]);
    must(rimer_session_create(model, 2, &session));
    must(rimer_session_place(session, 1, &next));
    must(rimer_session_forecast(session, 1, 32, context, 8, placed));
    for (int h = 0; h < 8; h++)
        ck_assert_double_eq_tol(rm_scale_undo(by, (double)placed[h]), (double)here[h], 1e-5);
    rimer_session_free(session);
    rimer_model_free(model);
    rimer_dataset_free(one);
    rimer_dataset_free(two);
    rimer_dataset_free(three);
}
END_TEST

/* -------------------------------------------------------------------------------- choosing */

static void check_choice(const char *file, const char *wanted) {
    rimer_dataset *dataset;
    rimer_config config;
    rimer_config_init(&config);
    strcpy(config.phase, "auto");
    must(rimer_dataset_read(rm_project_path(file), NULL, &dataset));
    must(rimer_config_choose(&config, dataset));
    ck_assert_str_eq(config.phase, wanted);
    rimer_dataset_free(dataset);
}

/* A year has no whole number of weeks. */
START_TEST(chooses_what_repeats) {
    check_choice("datasets/uk_demand.csv", "48,336");
    check_choice("datasets/air_passengers.csv", "12");
    check_choice("datasets/mauna_loa_co2.csv", "52.1775");
    check_choice("datasets/sunspots.csv", "no");
    rimer_config config = small_config();
    rimer_model *model = NULL;
    strcpy(config.phase, "auto");
    ck_assert_int_eq(rimer_model_create(&config, &model), RIMER_USAGE);
    assert_said("phase is not set");
}
END_TEST

/* -------------------------------------------------------------------------------- refusals */

START_TEST(data_of_another_frequency) {
    rimer_dataset *dataset = hourly(3, 5, 200);
    rimer_model *model = told_model("48", "30min"), *hour = told_model("24", "1h");
    rimer_model *untold = told_model("no", "30min");
    rimer_forecast *forecast = NULL;
    rimer_forecaster *members[2], *both = NULL;
    rimer_protocol protocol;
    rimer_evaluation score;
    ck_assert_int_eq(rimer_forecast_dataset(model, dataset, 8, 1, &forecast), RIMER_DATA);
    assert_said(
        "hourly.csv: its steps are 1h apart, but the model knows seasons in steps of 30min");
    must(rimer_forecast_dataset(hour, dataset, 8, 1, &forecast));
    rimer_forecast_free(forecast);
    must(rimer_forecast_dataset(untold, dataset, 8, 1, &forecast));
    rimer_forecast_free(forecast);
    must(rimer_model_forecaster(model, &members[0]));
    must(rimer_model_forecaster(hour, &members[1]));
    rimer_protocol_init(&protocol);
    ck_assert_int_eq(rimer_evaluate(members[0], dataset, &protocol, NULL, NULL, &score),
                     RIMER_DATA);
    assert_said("steps of 30min");
    must(rimer_evaluate(members[1], dataset, &protocol, NULL, NULL, &score));
    rimer_evaluation_free(&score);
    ck_assert_int_eq(rimer_ensemble_forecaster(members, 2, &both), RIMER_USAGE);
    assert_said("steps of 30min and of 1h");
    must(rimer_ensemble_forecaster(members, 1, &both));
    ck_assert_int_eq(rimer_evaluate(both, dataset, &protocol, NULL, NULL, &score), RIMER_DATA);
    protocol.task = RIMER_TASK_BLACKGOOSE; /* rows are dealt: there is no season any more */
    protocol.context_len = protocol.horizon = 32;
    ck_assert_int_eq(rimer_evaluate(members[1], dataset, &protocol, NULL, NULL, &score),
                     RIMER_DATA);
    rimer_forecaster_free(both);
    rimer_forecaster_free(members[1]);
    rimer_model_free(model);
    rimer_model_free(hour);
    rimer_model_free(untold);
    rimer_dataset_free(dataset);
}
END_TEST

START_TEST(places) {
    rimer_model *model = told_model("24", "1h");
    rimer_session *session;
    float context[2 * 32] = {1, 2}, a[16], b[16];
    rimer_place next[2] = {{24, RIMER_CHANNEL_NONE}, {48, RIMER_CHANNEL_NONE}};
    rimer_place far = {(INT64_C(1) << 53) + 1, RIMER_CHANNEL_NONE};
    must(rimer_session_create(model, 2, &session));
    must(rimer_session_forecast(session, 2, 32, context, 8, a));
    must(rimer_session_place(session, 2, next)); /* a day later */
    must(rimer_session_forecast(session, 2, 32, context, 8, b));
    ck_assert_mem_eq(a, b, sizeof a);
    ck_assert_int_eq(rimer_session_place(session, 1, &far), RIMER_USAGE);
    must(rimer_session_place(session, 1, next));
    ck_assert_int_eq(rimer_session_forecast(session, 2, 32, context, 8, b), RIMER_USAGE);
    assert_said("where 1 of them stand");
    ck_assert_int_eq(rimer_session_place(session, 0, next), RIMER_USAGE);
    assert_said("0 rows");
    must(rimer_session_place(session, 2, NULL));
    must(rimer_session_forecast(session, 2, 32, context, 8, b));
    ck_assert_mem_eq(a, b, sizeof a);
    next[0].next = 1;
    must(rimer_session_place(session, 2, next));
    must(rimer_session_forecast(session, 2, 32, context, 8, b));
    ck_assert(fabsf(a[0] - b[0]) > 1e-4f);
    ck_assert_mem_eq(a + 8, b + 8, 8 * sizeof *a);
    rimer_session_free(session);
    rimer_model_free(model);
}
END_TEST

/* Matrices of equal shape say different things of 24 and of 48 steps. */
START_TEST(starts_only_from_the_same) {
    rimer_dataset *dataset = dataset_of(noisy_sine, NULL);
    rimer_config config = small_config();
    rimer_model *from = told_model("24", ""), *out = NULL;
    rimer_train_hooks hooks = {.init = from};
    config.epochs = 1;
    config.origin = RIMER_ORIGIN_LINEAR;
    config.origin_bias = RIMER_BIAS_SCALED;
    strcpy(config.phase, "48");
    ck_assert_int_eq(rimer_train(dataset, &config, &hooks, &out, NULL), RIMER_USAGE);
    assert_said("has phase 24, the settings 48");
    strcpy(config.phase, "24.0");
    must(rimer_train(dataset, &config, &hooks, &out, NULL));
    rimer_model_free(out);
    rimer_model_free(from);
    rimer_dataset_free(dataset);
}
END_TEST

int main(void) {
    return rm_test_main(
        "phase",
        (const TTest *[]){features_as_written, learns_a_season_beyond_its_context,
                          positions_come_from_times, chooses_what_repeats,
                          data_of_another_frequency, places, starts_only_from_the_same, NULL});
}
