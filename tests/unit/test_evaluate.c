/* The evaluation protocol: against plain loops on data that fit on a page, and against the
 * numbers of docs/evaluation.md where the big data sets are there. */
#include "harness.h"
#include "rimer/metrics.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define N_STEPS 120
#define N_CHANNELS 2
#define SPLIT "rows:60/20/30"
#define TRAIN_END 60
#define VAL_END 80
#define TEST_END 110
#define CONTEXT 8
#define HORIZON 5
#define SEASON 3

/* Zeros, gaps, an unused end, channels of different size. */
static void make_values(float *values) {
    for (int t = 0; t < N_STEPS; t++) {
        values[t] = (float)((t * t) % 17) - 4;
        values[N_STEPS + t] = 1000 + 50 * (float)((t * 7) % 13);
        if (t % 19 == 4)
            values[t] = NAN;
    }
}

static rimer_dataset *make_dataset(const float *values) {
    rimer_dataset *dataset;
    ck_assert_int_eq(rimer_dataset_from_values(values, N_STEPS, N_CHANNELS, NULL, &dataset),
                     RIMER_OK);
    return dataset;
}

static rimer_protocol make_protocol(void) {
    rimer_protocol protocol;
    rimer_protocol_init(&protocol);
    strcpy(protocol.split, SPLIT);
    protocol.context_len = CONTEXT;
    protocol.horizon = HORIZON;
    protocol.season = SEASON;
    return protocol;
}

static rimer_forecaster *make(const char *name, const rimer_dataset *dataset,
                              const rimer_protocol *protocol) {
    rimer_baseline_settings settings;
    rimer_forecaster *forecaster;
    rimer_baseline_settings_init(&settings);
    settings.context_len = protocol->context_len;
    settings.horizon = protocol->horizon;
    settings.season = protocol->season;
    settings.split = protocol->split;
    rimer_status status = rimer_baseline_create(name, dataset, &settings, &forecaster);
    ck_assert_msg(status == RIMER_OK, "%s: %s", name, rimer_last_error());
    return forecaster;
}

static rimer_evaluation evaluate(const rimer_forecaster *forecaster,
                                 const rimer_dataset *dataset, const rimer_protocol *protocol) {
    rimer_evaluation evaluation;
    rimer_status status =
        rimer_evaluate(forecaster, dataset, protocol, NULL, NULL, &evaluation);
    ck_assert_msg(status == RIMER_OK, "%s", rimer_last_error());
    return evaluation;
}

/* Everything about one channel, in plain loops over its test windows with the repeat forecast.
 * */
typedef struct plain {
    double loc, scale, naive;
    double n, zero, missing, sq, abs, ape, smape, abs_truth, truth, truth_sq;
    double step_sq[HORIZON], step_n[HORIZON];
} plain;

static plain score_plainly(const float *y) {
    plain p = {0};
    double n = 0, changes = 0;
    for (int t = 0; t < TRAIN_END; t++)
        if (!isnan(y[t])) {
            p.loc += y[t];
            n++;
        }
    p.loc /= n;
    for (int t = 0; t < TRAIN_END; t++)
        if (!isnan(y[t]))
            p.scale += (y[t] - p.loc) * (y[t] - p.loc) / n;
    p.scale = sqrt(p.scale);
    for (int t = SEASON; t < TRAIN_END; t++)
        if (!isnan(y[t] - y[t - SEASON])) {
            p.naive += fabs((double)y[t] - y[t - SEASON]);
            changes++;
        }
    p.naive /= changes;
    for (int start = VAL_END; start + HORIZON <= TEST_END; start++) {
        int last = start - 1;
        while (isnan(y[last]))
            last--;
        for (int h = 0; h < HORIZON; h++) {
            double truth = y[start + h], forecast = y[last], error = fabs(truth - forecast);
            if (isnan(truth)) {
                p.missing++;
                continue;
            }
            p.n++;
            p.zero += truth == 0;
            p.sq += error * error;
            p.abs += error;
            p.ape += truth != 0 ? error / fabs(truth) : 0;
            p.smape += error > 0 ? 200 * error / (fabs(truth) + fabs(forecast)) : 0;
            p.abs_truth += fabs(truth);
            p.truth += truth;
            p.truth_sq += truth * truth;
            p.step_sq[h] += error * error;
            p.step_n[h]++;
        }
    }
    return p;
}

START_TEST(numbers_are_those_of_plain_loops) {
    float values[N_CHANNELS * N_STEPS];
    make_values(values);
    rimer_dataset *dataset = make_dataset(values);
    rimer_protocol protocol = make_protocol();
    rimer_forecaster *repeat = make("repeat", dataset, &protocol);
    rimer_evaluation e = evaluate(repeat, dataset, &protocol);
    plain a = score_plainly(values), b = score_plainly(values + N_STEPS);
    double n = a.n + b.n, mean = (a.truth + b.truth) / n;
    ck_assert_str_eq(e.forecaster, "repeat");
    ck_assert_int_eq(e.context_len, CONTEXT);
    ck_assert_int_eq(e.horizon, HORIZON);
    ck_assert_int_eq(e.season, SEASON);
    ck_assert_int_eq(e.n_channels, N_CHANNELS);
    ck_assert_int_eq(e.n_windows, TEST_END - VAL_END - HORIZON + 1);
    ck_assert_int_eq(e.n_missing, (int64_t)a.missing);
    ck_assert_int_gt(e.n_missing, 0);
    ck_assert_int_eq(e.original.count, (int64_t)n);
    ck_assert_int_eq(e.original.zero_targets, (int64_t)a.zero);
    ck_assert_int_gt(e.original.zero_targets, 0);
    const double want[] = {(a.sq + b.sq) / n,
                           (a.abs + b.abs) / n,
                           sqrt((a.sq + b.sq) / n),
                           100 * (a.ape + b.ape) / (n - a.zero),
                           (a.smape + b.smape) / n,
                           (a.abs + b.abs) / (a.abs_truth + b.abs_truth),
                           (a.abs / a.naive + b.abs / b.naive) / n,
                           1 - (a.sq + b.sq) / (a.truth_sq + b.truth_sq - mean * mean * n),
                           (a.sq / a.scale / a.scale + b.sq / b.scale / b.scale) / n,
                           (a.abs / a.scale + b.abs / b.scale) / n,
                           (a.abs / a.naive + b.abs / b.naive) / n};
    const rimer_metrics *o = &e.original, *s = &e.standardised;
    const double got[] = {o->mse,  o->mae, o->rmse, o->mape, o->smape, o->wape,
                          o->mase, o->r2,  s->mse,  s->mae,  s->mase};
    for (size_t i = 0; i < sizeof want / sizeof *want; i++) {
        char what[32];
        snprintf(what, sizeof what, "metric %zu", i);
        /* standardised contexts are float32 */
        rm_assert_close(what, &got[i], &want[i], 1, 1e-6 * (fabs(want[i]) + 1));
    }
    for (int h = 0; h < HORIZON; h++) {
        double step = (a.step_sq[h] / a.scale / a.scale + b.step_sq[h] / b.scale / b.scale) /
                      (a.step_n[h] + b.step_n[h]);
        rm_assert_close("step_mse", &e.step_mse[h], &step, 1, 1e-6);
        ck_assert_double_gt(e.step_mae[h], 0);
    }
    rm_assert_close("loc", e.loc, (double[]){a.loc, b.loc}, 2, 1e-9);
    rm_assert_close("scale", e.scale, (double[]){a.scale, b.scale}, 2, 1e-9);
    rimer_evaluation_free(&e);
    rimer_forecaster_free(repeat);
    rimer_dataset_free(dataset);
}
END_TEST

/* A channel that begins after the training part has no scale to be scored in. */
START_TEST(channels_without_a_scale_are_not_scored) {
    float values[N_CHANNELS * N_STEPS];
    make_values(values);
    for (int t = 0; t < TRAIN_END; t++)
        values[t] = NAN;
    rimer_dataset *dataset = make_dataset(values);
    rimer_protocol protocol = make_protocol();
    rimer_forecaster *repeat = make("repeat", dataset, &protocol);
    rimer_evaluation e = evaluate(repeat, dataset, &protocol);
    plain b = score_plainly(values + N_STEPS);
    ck_assert_int_eq(e.n_unseen, 1);
    ck_assert_int_eq(e.n_channels, N_CHANNELS);
    ck_assert_double_eq_tol(e.original.mse, b.sq / b.n, 1e-9 * b.sq / b.n);
    ck_assert_double_eq_tol(e.original.mae, b.abs / b.n, 1e-9 * b.abs / b.n);
    ck_assert_int_eq(e.n_missing, (int64_t)b.missing);
    rimer_evaluation_free(&e);
    rimer_forecaster_free(repeat);
    rimer_dataset_free(dataset);
}
END_TEST

static void assert_same(rimer_evaluation *a, rimer_evaluation *b) {
    ck_assert_int_eq(a->n_windows, b->n_windows);
    ck_assert_mem_eq(&a->standardised, &b->standardised, sizeof a->standardised);
    ck_assert_mem_eq(&a->original, &b->original, sizeof a->original);
    ck_assert_mem_eq(a->step_mse, b->step_mse, (size_t)a->horizon * sizeof *a->step_mse);
    ck_assert_mem_eq(a->step_mae, b->step_mae, (size_t)a->horizon * sizeof *a->step_mae);
}

START_TEST(threads_do_not_change_the_numbers) {
    float values[N_CHANNELS * N_STEPS];
    make_values(values);
    rimer_dataset *dataset = make_dataset(values);
    rimer_protocol protocol = make_protocol();
    rimer_forecaster *linear = make("linear", dataset, &protocol);
    rimer_evaluation one, three;
    protocol.threads = 1;
    one = evaluate(linear, dataset, &protocol);
    protocol.threads = 3;
    three = evaluate(linear, dataset, &protocol);
    assert_same(&one, &three);
    rimer_evaluation_free(&one);
    rimer_evaluation_free(&three);
    rimer_forecaster_free(linear);
    rimer_dataset_free(dataset);
}
END_TEST

START_TEST(zeros_of_the_protocol_are_filled_in) {
    float values[N_CHANNELS * N_STEPS];
    make_values(values);
    rimer_dataset *dataset = make_dataset(values);
    rimer_protocol protocol = make_protocol(), open = protocol;
    rimer_forecaster *linear = make("linear", dataset, &protocol);
    open.context_len = open.horizon = 0;
    rimer_evaluation said = evaluate(linear, dataset, &protocol),
                     filled = evaluate(linear, dataset, &open);
    ck_assert_int_eq(filled.context_len, CONTEXT);
    ck_assert_int_eq(filled.horizon, HORIZON);
    assert_same(&said, &filled);
    rimer_evaluation_free(&said);
    rimer_evaluation_free(&filled);
    open.season = 0;
    filled = evaluate(linear, dataset, &open);
    ck_assert_int_ge(filled.season, 1);
    rimer_evaluation_free(&filled);
    rimer_forecaster_free(linear);
    rimer_dataset_free(dataset);
}
END_TEST

START_TEST(points_have_no_scores_of_quantiles) {
    float values[N_CHANNELS * N_STEPS];
    make_values(values);
    rimer_dataset *dataset = make_dataset(values);
    rimer_protocol protocol = make_protocol();
    rimer_forecaster *linear = make("linear", dataset, &protocol);
    linear->quantiles = NULL;
    rimer_evaluation e = evaluate(linear, dataset, &protocol);
    ck_assert_int_eq(e.quantiles.levels.n, 0);
    ck_assert_double_nan(e.quantiles.wql);
    ck_assert_double_nan(e.quantiles.wql_original);
    ck_assert_double_nan(e.quantiles.crps);
    ck_assert_double_nan(e.quantiles.crps_original);
    rimer_evaluation_free(&e);
    rimer_forecaster_free(linear);
    rimer_dataset_free(dataset);
}
END_TEST

START_TEST(windows_are_counted) {
    float values[N_CHANNELS * N_STEPS];
    make_values(values);
    rimer_dataset *dataset = make_dataset(values);
    rimer_protocol protocol = make_protocol();
    rimer_forecaster *repeat = make("repeat", dataset, &protocol);
    int64_t all = TEST_END - VAL_END - HORIZON + 1;
    static const struct {
        int part;
        int64_t step, drop_last, windows;
    } cases[] = {{RIMER_PART_TEST, 1, 8, 24},
                 {RIMER_PART_TEST, 3, 0, 9},
                 {RIMER_PART_TEST, 1, 13, 26},
                 {RIMER_PART_VAL, 1, 0, 16},
                 {RIMER_PART_VAL, 5, 3, 3}};
    ck_assert_int_eq(all, 26);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        protocol.part = cases[i].part;
        protocol.step = cases[i].step;
        protocol.drop_last = cases[i].drop_last;
        rimer_evaluation e = evaluate(repeat, dataset, &protocol);
        ck_assert_int_eq(e.n_windows, cases[i].windows);
        ck_assert_int_eq(e.original.count + e.n_missing,
                         cases[i].windows * HORIZON * N_CHANNELS);
        rimer_evaluation_free(&e);
    }
    rimer_forecaster_free(repeat);
    rimer_dataset_free(dataset);
}
END_TEST

/* Counts what it is asked, and fails or forecasts NaN when told to. */
typedef struct probe {
    int opened, closed, fail, asked;
} probe;

static rimer_status open_probe(const void *self, int64_t max_rows, void **session) {
    (void)max_rows;
    memcpy(session, &self, sizeof self);
    ((probe *)*session)->opened++;
    return RIMER_OK;
}

static rimer_status run_probe(void *session, const rimer_contexts *contexts, int64_t horizon,
                              float *out) {
    probe *p = session;
    for (int64_t i = 0; i < contexts->n_rows * horizon; i++)
        out[i] = i % 2 ? NAN : 0;
    p->asked++;
    return p->fail ? RIMER_MODEL : RIMER_OK;
}

static void close_probe(void *session) {
    ((probe *)session)->closed++;
}

static rimer_forecaster make_probe(probe *p) {
    return (rimer_forecaster){.name = "probe",
                              .context_len = CONTEXT,
                              .horizon = HORIZON,
                              .self = p,
                              .open = open_probe,
                              .run = run_probe,
                              .close = close_probe};
}

START_TEST(forecasts_that_are_missing_are_left_out) {
    float values[N_CHANNELS * N_STEPS] = {0};
    rimer_dataset *dataset = make_dataset(values);
    rimer_protocol protocol = make_protocol();
    probe p = {0};
    protocol.horizon = 4;
    protocol.threads = 1;
    rimer_forecaster forecaster = make_probe(&p);
    rimer_evaluation e = evaluate(&forecaster, dataset, &protocol);
    ck_assert_int_eq(e.n_missing, 0);
    ck_assert_int_eq(e.original.count, e.n_windows * N_CHANNELS * 2);
    ck_assert(isnan(e.step_mse[1]) && e.step_mse[0] == 0);
    ck_assert(isnan(e.original.r2) && isnan(e.original.mase));
    ck_assert_int_eq(p.opened, p.closed);
    ck_assert_int_gt(p.opened, 0);
    rimer_evaluation_free(&e);
    ck_assert_ptr_null(e.step_mse);
    rimer_evaluation_free(&e);
    rimer_evaluation_free(NULL);
    rimer_dataset_free(dataset);
}
END_TEST

static int stop_at_once(void *user, double share) {
    ck_assert_double_ge(share, 0);
    ++*(int *)user;
    return 1;
}

static int stop_at_the_end(void *user, double share) {
    double *last = user;
    ck_assert_double_ge(share, *last);
    *last = share;
    return share >= 1;
}

static void assert_refused(const rimer_forecaster *forecaster, const rimer_dataset *dataset,
                           const rimer_protocol *protocol, int (*done)(void *, double),
                           void *user, rimer_status status, const char *words) {
    rimer_evaluation untouched, before;
    memset(&untouched, 42, sizeof untouched);
    before = untouched;
    ck_assert_int_eq(rimer_evaluate(forecaster, dataset, protocol, done, user, &untouched),
                     status);
    ck_assert_mem_eq(&untouched, &before, sizeof before);
    ck_assert_msg(strstr(rimer_last_error(), words) != NULL, "\"%s\" does not say \"%s\"",
                  rimer_last_error(), words);
}

START_TEST(failures_leave_nothing_behind) {
    float values[N_CHANNELS * N_STEPS];
    make_values(values);
    rimer_dataset *dataset = make_dataset(values);
    rimer_protocol protocol = make_protocol(), wrong;
    probe p = {0};
    rimer_forecaster forecaster = make_probe(&p);
    int calls = 0;
    double share = 0;
    assert_refused(&forecaster, dataset, &protocol, stop_at_once, &calls, RIMER_INTERRUPTED,
                   "stopped");
    ck_assert_int_eq(calls, 1);
    ck_assert_int_eq(p.asked, 0);
    assert_refused(&forecaster, dataset, &protocol, stop_at_the_end, &share, RIMER_INTERRUPTED,
                   "stopped");
    ck_assert_double_eq(share, 1);
    p.fail = 1;
    assert_refused(&forecaster, dataset, &protocol, NULL, NULL, RIMER_MODEL, "");
    wrong = protocol;
    wrong.horizon = TEST_END - VAL_END + 1;
    assert_refused(&forecaster, dataset, &wrong, NULL, NULL, RIMER_DATA, "");
    wrong = protocol;
    wrong.drop_last = 27;
    assert_refused(&forecaster, dataset, &wrong, NULL, NULL, RIMER_DATA, "drop_last 27");
    wrong = protocol;
    wrong.context_len = -1;
    assert_refused(&forecaster, dataset, &wrong, NULL, NULL, RIMER_USAGE, "context_len: -1");
    wrong = protocol;
    wrong.part = 2;
    assert_refused(&forecaster, dataset, &wrong, NULL, NULL, RIMER_USAGE, "part: ");
    wrong.part = -1;
    assert_refused(&forecaster, dataset, &wrong, NULL, NULL, RIMER_USAGE, "val|test");
    wrong = protocol;
    wrong.threads = -1;
    assert_refused(&forecaster, dataset, &wrong, NULL, NULL, RIMER_USAGE, "threads: -1");
    wrong = protocol;
    wrong.adapt = (double)NAN;
    assert_refused(&forecaster, dataset, &wrong, NULL, NULL, RIMER_USAGE, "adapt: ");
    wrong = protocol;
    strcpy(wrong.split, "thirds");
    assert_refused(&forecaster, dataset, &wrong, NULL, NULL, RIMER_USAGE, "thirds");
    ck_assert_int_eq(p.opened, p.closed);
    rimer_dataset_free(dataset);
}
END_TEST

/* One row of the table in docs/evaluation.md. */
typedef struct fixture {
    char data[64], split[32], steps[8], forecaster[32], mse[16], mae[16];
    long season, drop_last, horizon, windows;
} fixture;

static int parse_fixture(const char *line, fixture *f) {
    return sscanf(line,
                  "| %63[^ |] | %31[^ |] | %7[^ |] | %31[^ |] | %ld | %ld | %ld | %ld | %15[^ "
                  "|] | "
                  "%15[^ |] |",
                  f->data, f->split, f->steps, f->forecaster, &f->season, &f->drop_last,
                  &f->horizon, &f->windows, f->mse, f->mae) == 10;
}

static rimer_dataset *read_fixture(const char *path, const char *steps) {
    rimer_read_options options;
    rimer_dataset *dataset;
    rimer_read_options_init(&options);
    ck_assert_int_eq(rimer_fields_set(rimer_read_fields(), &options, "steps", steps), RIMER_OK);
    rimer_status status = rimer_dataset_read(path, &options, &dataset);
    ck_assert_msg(status == RIMER_OK, "%s", rimer_last_error());
    return dataset;
}

/* Half a unit of the last digit printed, and what the table grants `linear`. */
static double tolerance_of(const fixture *f, const char *printed) {
    double half = 0.5 * pow(10, -(double)strlen(strchr(printed, '.') + 1)) * (1 + 1e-9);
    return strcmp(f->forecaster, "linear") == 0 ? 1e-4 : half;
}

static void check_fixture(const rimer_dataset *dataset, const fixture *f) {
    rimer_protocol protocol;
    rimer_protocol_init(&protocol);
    strcpy(protocol.split, f->split);
    protocol.context_len = 336;
    protocol.horizon = f->horizon;
    protocol.season = f->season;
    protocol.drop_last = f->drop_last;
    rimer_forecaster *forecaster = make(f->forecaster, dataset, &protocol);
    rimer_evaluation e = evaluate(forecaster, dataset, &protocol);
    double mse = atof(f->mse), mae = atof(f->mae);
    char what[160];
    ck_assert_int_eq(e.n_windows, f->windows);
    ck_assert_int_eq(e.n_missing, 0);
    snprintf(what, sizeof what, "%s %s %ld MSE", f->data, f->forecaster, f->horizon);
    rm_assert_close(what, &e.standardised.mse, &mse, 1, tolerance_of(f, f->mse));
    snprintf(what, sizeof what, "%s %s %ld MAE", f->data, f->forecaster, f->horizon);
    rm_assert_close(what, &e.standardised.mae, &mae, 1, tolerance_of(f, f->mae));
    rimer_evaluation_free(&e);
    rimer_forecaster_free(forecaster);
}

/* Runs the rows of one data set, of one forecaster or (NULL) of all that need no fit. */
static void check_fixtures(const char *data, const char *forecaster) {
    const char *path = rm_dataset_path(tcase_name(), data);
    rimer_dataset *dataset = NULL;
    char line[512];
    int n = 0;
    fixture f;
    if (!path)
        return;
    FILE *table = fopen(rm_project_path("docs/evaluation.md"), "r");
    ck_assert_msg(table != NULL, "docs/evaluation.md cannot be read (RIMER_ROOT)");
    while (fgets(line, sizeof line, table)) {
        if (!parse_fixture(line, &f) || strcmp(f.data, data) != 0)
            continue;
        if (forecaster ? strcmp(f.forecaster, forecaster) : !strcmp(f.forecaster, "linear"))
            continue;
        if (!dataset)
            dataset = read_fixture(rm_dataset_path(tcase_name(), data), f.steps);
        check_fixture(dataset, &f);
        n++;
    }
    fclose(table);
    ck_assert_int_ge(n, 4);
    rimer_dataset_free(dataset);
}

START_TEST(etth1_naive) {
    check_fixtures("ETTh1.csv", NULL);
}
END_TEST

START_TEST(ettm1_naive) {
    check_fixtures("ETTm1.csv.gz", NULL);
}
END_TEST

START_TEST(weather_naive) {
    check_fixtures("weather.csv.gz", NULL);
}
END_TEST

START_TEST(exchange_naive) {
    check_fixtures("exchange_rate.csv", NULL);
}
END_TEST

START_TEST(etth1_linear) {
    check_fixtures("ETTh1.csv", "linear");
}
END_TEST

START_TEST(exchange_linear) {
    check_fixtures("exchange_rate.csv", "linear");
}
END_TEST

START_TEST(etth1_scaler) {
    const char *path = rm_dataset_path(tcase_name(), "ETTh1.csv");
    if (!path)
        return;
    rimer_dataset *dataset = read_fixture(path, "time");
    rimer_protocol protocol = make_protocol();
    strcpy(protocol.split, "ett-h");
    rimer_forecaster *repeat = make("repeat", dataset, &protocol);
    rimer_evaluation e = evaluate(repeat, dataset, &protocol);
    FILE *table = fopen(rm_project_path("docs/evaluation.md"), "r");
    ck_assert_ptr_nonnull(table);
    char line[512], name[32];
    double want[2];
    int64_t c = 0;
    while (fgets(line, sizeof line, table)) {
        if (sscanf(line, "| %31[A-Z] | %lf | %lf |", name, &want[0], &want[1]) != 3)
            continue;
        ck_assert_str_eq(name, rimer_dataset_channel_name(dataset, c));
        rm_assert_close("mean", &e.loc[c], &want[0], 1, 5e-5);
        rm_assert_close("deviation", &e.scale[c], &want[1], 1, 5e-5);
        c++;
    }
    fclose(table);
    ck_assert_int_eq(c, e.n_channels);
    rimer_evaluation_free(&e);
    rimer_forecaster_free(repeat);
    rimer_dataset_free(dataset);
}
END_TEST

int main(void) {
    return rm_test_main(
        "evaluate",
        (const TTest *[]){
            numbers_are_those_of_plain_loops, channels_without_a_scale_are_not_scored,
            threads_do_not_change_the_numbers, zeros_of_the_protocol_are_filled_in,
            points_have_no_scores_of_quantiles, windows_are_counted,
            forecasts_that_are_missing_are_left_out, failures_leave_nothing_behind,
            etth1_scaler, etth1_naive, ettm1_naive, weather_naive, exchange_naive, etth1_linear,
            exchange_linear, NULL});
}
