/* The validation part as a sample: the rows that it says, the same for all that validation chooses,
 * and no sample where there are not more rows. */
#include "harness.h"
#include "smallrun.h"

#include "eval/evaluate.h"
#include "train/record.h"
#include "train/validation.h"

enum { SERIES = 12, CHANNELS = 3, LENGTH = 100, HORIZON = 4, CONTEXT = 8 };
enum { TRAIN_END = 70, VAL_END = 80, WINDOWS = VAL_END - TRAIN_END - HORIZON + 1 };
enum { ROWS = SERIES * WINDOWS * CHANNELS, SAMPLE = 36 };

static float value_at(int64_t series, int64_t channel, int64_t step) {
    rm_rng rng = rm_rng_make((uint64_t)(series * CHANNELS + channel), (uint64_t)step);
    return (float)(rm_rng_normal(&rng) + (double)(series * channel));
}

static rimer_dataset *make_series(void) {
    int64_t lengths[SERIES];
    for (int s = 0; s < SERIES; s++)
        lengths[s] = LENGTH;
    return rm_test_series(SERIES, lengths, CHANNELS, value_at);
}

static rimer_config make_config(void) {
    rimer_config config = small_config();
    config.context_len = CONTEXT;
    config.horizon = config.output_len = HORIZON;
    config.patch_len = 4;
    config.epochs = 2;
    return config;
}

/* Of the last value's forecast of a row, standardised; rows stand by series, start, channel. */
static double squares_of(int64_t row) {
    int64_t c = row % CHANNELS, window = row / CHANNELS, s = window / WINDOWS;
    int64_t start = TRAIN_END + window % WINDOWS;
    double mean = 0, variance = 0, sum = 0;
    for (int t = 0; t < TRAIN_END; t++)
        mean += (double)value_at(s, c, t) / TRAIN_END;
    for (int t = 0; t < TRAIN_END; t++)
        variance += pow((double)value_at(s, c, t) - mean, 2) / TRAIN_END;
    for (int64_t t = start; t < start + HORIZON; t++)
        sum += pow((double)value_at(s, c, t) - (double)value_at(s, c, start - 1), 2) / variance;
    return sum;
}

static rimer_forecaster *make_repeat(const rimer_dataset *dataset) {
    rimer_baseline_settings settings;
    rimer_forecaster *repeat;
    rimer_baseline_settings_init(&settings);
    settings.context_len = CONTEXT;
    settings.horizon = HORIZON;
    ck_assert_int_eq(rimer_baseline_create("repeat", dataset, &settings, &repeat), RIMER_OK);
    return repeat;
}

static rm_validation score(const rimer_dataset *dataset, const rimer_config *config,
                           const rimer_forecaster *forecaster) {
    rm_validation out;
    ck_assert_int_eq(rm_validation_score(dataset, config, forecaster, NULL, NULL, &out),
                     RIMER_OK);
    return out;
}

/* SAMPLE divides the rows into parts of six, two windows of three channels each: at equal distances
 * one channel and the same starts would stand for all. */
START_TEST(rows_are_spread) {
    int channels[CHANNELS] = {0}, starts[WINDOWS] = {0};
    ck_assert_int_eq(ROWS % SAMPLE, 0);
    for (int64_t i = 0; i < SAMPLE; i++) {
        int64_t row = rm_sample_row(i, SAMPLE, ROWS);
        ck_assert_int_ge(row, ROWS / SAMPLE * i);
        ck_assert_int_lt(row, ROWS / SAMPLE * (i + 1));
        channels[row % CHANNELS]++;
        starts[row / CHANNELS % WINDOWS]++;
    }
    for (int c = 0; c < CHANNELS; c++)
        ck_assert_int_ge(channels[c], SAMPLE / CHANNELS / 2);
    for (int w = 0; w < WINDOWS; w++)
        ck_assert_int_ge(starts[w], 1);
    for (int64_t i = 0; i < ROWS; i++)
        ck_assert_int_eq(rm_sample_row(i, ROWS, ROWS), i);
    int64_t before = -1, many = INT64_C(4000000000000), most = 1000000000;
    for (int64_t i = most - 3; i < most; i++) {
        int64_t row = rm_sample_row(i, most, many);
        ck_assert_int_gt(row, before);
        ck_assert_int_ge(row, 4000 * i);
        before = row;
    }
    ck_assert_int_lt(before, many);
}
END_TEST

START_TEST(score_is_of_those_rows) {
    rimer_dataset *dataset = make_series();
    rimer_config config = make_config();
    rimer_forecaster *repeat = make_repeat(dataset);
    rm_validation one, three, next;
    double want = 0;
    config.val_rows = SAMPLE;
    config.threads = 1;
    one = score(dataset, &config, repeat);
    config.threads = 3;
    config.seed = 2;
    three = score(dataset, &config, repeat);
    config.val_rows = SAMPLE - 1;
    next = score(dataset, &config, repeat);
    for (int64_t i = 0; i < SAMPLE; i++)
        want += squares_of(rm_sample_row(i, SAMPLE, ROWS)) / (SAMPLE * HORIZON);
    ck_assert_double_eq_tol(one.mse, want, 1e-6 * want);
    ck_assert_double_eq(one.mse, three.mse);
    ck_assert_double_eq(one.mae, three.mae);
    ck_assert_double_ne(one.mse, next.mse);
    rimer_forecaster_free(repeat);
    rimer_dataset_free(dataset);
}
END_TEST

START_TEST(no_sample_of_what_is_few) {
    static const int64_t limits[] = {0, ROWS, ROWS + 1, 262144};
    rimer_dataset *dataset = make_series();
    rimer_forecaster *repeat = make_repeat(dataset);
    rimer_protocol protocol;
    rimer_evaluation all, some;
    rimer_protocol_init(&protocol);
    protocol.part = RIMER_PART_VAL;
    ck_assert_int_eq(rimer_evaluate(repeat, dataset, &protocol, NULL, NULL, &all), RIMER_OK);
    ck_assert_int_eq(all.standardised.count, ROWS * HORIZON);
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
        ck_assert_int_eq(
            rm_evaluate_sample(repeat, dataset, &protocol, limits[i], NULL, NULL, &some),
            RIMER_OK);
        ck_assert_mem_eq(&some.standardised, &all.standardised, sizeof all.standardised);
        ck_assert_mem_eq(&some.original, &all.original, sizeof all.original);
        rimer_evaluation_free(&some);
    }
    ck_assert_int_eq(
        rm_evaluate_sample(repeat, dataset, &protocol, ROWS - 1, NULL, NULL, &some), RIMER_OK);
    ck_assert_int_eq(some.standardised.count, (ROWS - 1) * HORIZON);
    ck_assert_int_eq(some.n_windows, all.n_windows);
    rimer_evaluation_free(&some);
    rimer_evaluation_free(&all);
    rimer_forecaster_free(repeat);
    rimer_dataset_free(dataset);
}
END_TEST

/* The model that is kept has the error that the report says, on that sample. */
START_TEST(training_scores_the_sample) {
    rimer_dataset *dataset = make_series();
    rimer_config config = make_config();
    rimer_train_report whole, report, again, read;
    rimer_forecaster *forecaster;
    rimer_model *all = train(dataset, &config, NULL, &whole);
    ck_assert_ptr_null(strstr(rimer_model_fact(all, "record"), "val_rows"));
    ck_assert_int_eq(whole.n_val_rows, ROWS);
    ck_assert_int_eq(whole.n_val_scored, ROWS);
    config.val_rows = SAMPLE;
    config.threads = 1;
    rimer_model *one = train(dataset, &config, NULL, &report);
    config.threads = 3;
    rimer_model *three = train(dataset, &config, NULL, &again);
    ck_assert(same_values(one, three));
    ck_assert_double_eq(report.val_mse, again.val_mse);
    ck_assert_double_ne(report.val_mse, whole.val_mse);
    ck_assert_int_eq(report.n_val_rows, ROWS);
    ck_assert_int_eq(report.n_val_scored, SAMPLE);
    ck_assert_int_eq(rimer_model_forecaster(one, &forecaster), RIMER_OK);
    ck_assert_double_eq(score(dataset, &config, forecaster).mse, report.val_mse);
    rm_record_get(one, &read);
    ck_assert_int_eq(read.n_val_rows, ROWS);
    ck_assert_int_eq(read.n_val_scored, SAMPLE);
    config.val_rows = ROWS; /* and no sample, no other bits */
    rimer_model *same = train(dataset, &config, NULL, NULL);
    ck_assert(same_values(all, same));
    rimer_forecaster_free(forecaster);
    rimer_model *models[] = {all, one, three, same};
    for (int i = 0; i < 4; i++)
        rimer_model_free(models[i]);
    rimer_dataset_free(dataset);
}
END_TEST

int main(void) {
    return rm_test_main("validation", (const TTest *[]){rows_are_spread, score_is_of_those_rows,
                                                        no_sample_of_what_is_few,
                                                        training_scores_the_sample, NULL});
}
