/* The protocol of BlackGoose's code: how rows are dealt, which targets are copied, what is left to
 * forecast, against plain loops. */
#include "harness.h"

#include "eval/blackgoose.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { STEPS = 200, TRAIN = 140, VAL = 40, TEST = 20, WINDOW = 6 };
#define SPLIT "0.7/0.2/0.1"

/* Channel 1 is its own step number, channel 0 must not be looked at. */
static rimer_dataset *counted(void) {
    float values[2 * STEPS];
    rimer_dataset *dataset;
    for (int t = 0; t < STEPS; t++) {
        values[t] = -1e6f;
        values[STEPS + t] = (float)t;
    }
    ck_assert_int_eq(rimer_dataset_from_values(values, STEPS, 2, NULL, &dataset), RIMER_OK);
    return dataset;
}

START_TEST(rows_are_dealt) {
    rimer_dataset *dataset = counted(), *dealt;
    for (int sorted = 0; sorted < 2; sorted++) {
        char seen[STEPS] = {0};
        int falls = 0, from_end = 0;
        ck_assert_int_eq(rm_blackgoose_deal(dataset, SPLIT, sorted, &dealt), RIMER_OK);
        rimer_series series = rimer_dataset_series(dealt, 0);
        ck_assert_int_eq(series.n_channels, 1);
        ck_assert_int_eq(series.n_steps, STEPS);
        ck_assert_str_eq(rimer_dataset_channel_name(dealt, 0), "c1");
        for (int t = 0; t < STEPS; t++) {
            seen[(int)series.values[t]]++;
            falls += t > 0 && series.values[t] < series.values[t - 1];
            from_end += t < TRAIN && series.values[t] >= TRAIN;
        }
        for (int t = 0; t < STEPS; t++)
            ck_assert_int_eq(seen[t], 1);
        ck_assert_int_gt(from_end, 10); /* what comes last is trained on */
        if (sorted)
            ck_assert_int_eq(falls, 2); /* where parts meet */
        else
            ck_assert_int_gt(falls, STEPS / 4);
        rimer_dataset_free(dealt);
    }
    rimer_dataset_free(dataset);
}
END_TEST

static float one_at(int64_t series, int64_t channel, int64_t step) {
    return (float)(series + channel + step);
}

START_TEST(several_series_are_refused) {
    rimer_dataset *dataset = rm_test_series(2, (int64_t[]){30, 40}, 1, one_at), *dealt = NULL;
    ck_assert_int_eq(rm_blackgoose_deal(dataset, SPLIT, 0, &dealt), RIMER_USAGE);
    ck_assert_ptr_nonnull(strstr(rimer_last_error(), "not 2 series"));
    ck_assert_ptr_null(dealt);
    rimer_dataset_free(dataset);
}
END_TEST

static rimer_forecaster *repeat(const rimer_dataset *dataset) {
    rimer_baseline_settings settings;
    rimer_forecaster *forecaster;
    rimer_baseline_settings_init(&settings);
    settings.context_len = settings.horizon = WINDOW;
    settings.season = 1;
    settings.split = SPLIT;
    ck_assert_int_eq(rimer_baseline_create("repeat", dataset, &settings, &forecaster),
                     RIMER_OK);
    return forecaster;
}

/* Targets never leave the test part; all but a window's last cost nothing. */
START_TEST(copying_costs_the_last_step_only) {
    rimer_dataset *dataset = counted(), *dealt;
    rimer_forecaster *forecaster = repeat(dataset);
    rimer_protocol protocol;
    rimer_evaluation score;
    rimer_protocol_init(&protocol);
    strcpy(protocol.split, SPLIT);
    protocol.context_len = WINDOW;
    protocol.task = RIMER_TASK_BLACKGOOSE;
    ck_assert_msg(rimer_evaluate(forecaster, dataset, &protocol, NULL, NULL, &score) ==
                      RIMER_OK,
                  "%s", rimer_last_error());
    ck_assert_int_eq(score.horizon, WINDOW);
    ck_assert_int_eq(score.n_known, WINDOW - 1);
    ck_assert_int_eq(score.n_windows, TEST - WINDOW + 1);
    ck_assert_int_eq(score.n_channels, 1);

    ck_assert_int_eq(rm_blackgoose_deal(dataset, SPLIT, 0, &dealt), RIMER_OK);
    const float *x = rimer_dataset_series(dealt, 0).values;
    double squares = 0;
    /* The first target of a window is any test step with WINDOW - 1 behind it. */
    for (int first = TRAIN + VAL; first + WINDOW <= STEPS; first++) {
        double jump = (double)x[first + WINDOW - 1] - (double)x[first + WINDOW - 2];
        squares += jump * jump;
    }
    squares /= (double)score.n_windows;
    for (int k = 0; k < WINDOW - 1; k++)
        ck_assert_double_eq_tol(score.step_mse[k], 0, 1e-12);
    ck_assert_double_eq_tol(score.original.mse, squares / WINDOW, 1e-4 * squares);
    rimer_evaluation_free(&score);

    protocol.horizon = WINDOW + 1;
    ck_assert_int_eq(rimer_evaluate(forecaster, dataset, &protocol, NULL, NULL, &score),
                     RIMER_USAGE);
    protocol.task = RIMER_TASK_FORECAST;
    ck_assert_int_eq(rimer_evaluate(forecaster, dataset, &protocol, NULL, NULL, &score),
                     RIMER_OK);
    ck_assert_int_eq(score.n_known, 0);
    rimer_evaluation_free(&score);
    rimer_forecaster_free(forecaster);
    rimer_dataset_free(dealt);
    rimer_dataset_free(dataset);
}
END_TEST

int main(void) {
    return rm_test_main("blackgoose",
                        (const TTest *[]){rows_are_dealt, several_series_are_refused,
                                          copying_costs_the_last_step_only, NULL});
}
