/* The forecast of a whole dataset: whose scale it uses, what it refuses, and its files. */
#include "data/scaler.h"
#include "harness.h"
#include "model/model_inside.h"
#include "rimer/rimer.h"

#include <dirent.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CONTEXT 16
#define HORIZON 6
#define N_STEPS 30
#define N_CHANNELS 3

static rimer_model *make_model_of(const char *quantiles) {
    rimer_config config;
    rimer_model *model;
    rimer_config_init(&config);
    snprintf(config.quantiles, sizeof config.quantiles, "%s", quantiles);
    config.context_len = CONTEXT;
    config.horizon = config.output_len = HORIZON;
    config.patch_len = 4;
    config.width = 8;
    config.head_size = 4;
    config.zero_head = RIMER_NO;
    config.norm = RIMER_NORM_NONE; /* so that the scaler shows */
    config.origin = RIMER_ORIGIN_NONE;
    rimer_status status = rimer_model_create(&config, &model);
    ck_assert_msg(status == RIMER_OK, "%s", rimer_last_error());
    for (int64_t i = 0; i < model->network.registry.total; i++)
        model->values[i] += 0.05f * sinf((float)i); /* as if trained: no value is still 0 */
    return model;
}

static rimer_model *make_model(void) {
    return make_model_of("");
}

static void make_values(float *values) {
    for (int c = 0; c < N_CHANNELS; c++)
        for (int t = 0; t < N_STEPS; t++)
            values[c * N_STEPS + t] = 100 * (float)c + (float)(c + 1) * sinf(0.7f * (float)t);
    values[N_STEPS - 3] = NAN;
}

static rimer_dataset *make_dataset(const float *values, int64_t n_steps,
                                   const char *const *names) {
    rimer_dataset *dataset;
    ck_assert_int_eq(rimer_dataset_from_values(values, n_steps, N_CHANNELS, names, &dataset),
                     RIMER_OK);
    return dataset;
}

static rimer_forecast *forecast(const rimer_model *model, const rimer_dataset *dataset,
                                int64_t horizon, int64_t threads) {
    rimer_forecast *made;
    rimer_status status = rimer_forecast_dataset(model, dataset, horizon, threads, &made);
    ck_assert_msg(status == RIMER_OK, "%s", rimer_last_error());
    return made;
}

/* What the session says of one channel with this scale, in plain steps. */
static void forecast_plainly(const rimer_model *model, const float *values, int64_t n,
                             double loc, double scale, float *out) {
    rimer_session *session;
    float context[CONTEXT];
    for (int64_t i = 0; i < n; i++)
        context[i] = (float)((values[i] - loc) / scale);
    ck_assert_int_eq(rimer_session_create(model, 1, &session), RIMER_OK);
    ck_assert_int_eq(rimer_session_forecast(session, 1, n, context, HORIZON, out), RIMER_OK);
    rimer_session_free(session);
    for (int h = 0; h < HORIZON; h++)
        out[h] = (float)(out[h] * scale + loc);
}

static void assert_near(const float *got, const float *want) {
    for (int h = 0; h < HORIZON; h++)
        ck_assert_msg(fabsf(got[h] - want[h]) <= 1e-4f, "step %d: %.9g is not %.9g", h, got[h],
                      want[h]);
}

/* Channel "b" has the model's scale, the others, unknown to it, that of all there is of them, as the
 * scale shows in what this model says. */
START_TEST(scales_are_the_models_where_names_match) {
    static const char *const names[] = {"a", "b", "c"}, *const trained[] = {"x", "b", "z"};
    float values[N_CHANNELS * N_STEPS], want[HORIZON];
    double loc[] = {1, 2, 3}, scale[] = {10, 20, 30};
    make_values(values);
    rimer_model *model = make_model();
    rimer_dataset *dataset = make_dataset(values, N_STEPS, names),
                  *training = make_dataset(values, N_STEPS, trained);
    rm_scaler scaler = {1, N_CHANNELS, loc, scale, 0, NULL};
    ck_assert_int_eq(rm_model_set_channels(model, training, &scaler), RIMER_OK);
    rimer_forecast *made = forecast(model, dataset, 0, 1);
    ck_assert_int_eq(rimer_forecast_horizon(made), HORIZON);
    for (int c = 0; c < N_CHANNELS; c++) {
        const float *end = values + c * N_STEPS + N_STEPS - CONTEXT;
        double mean = 0, squares = 0, n = 0;
        for (const float *at = values + c * N_STEPS; at < end + CONTEXT; at++)
            if (!isnan(*at)) {
                mean += *at;
                squares += (double)*at * *at;
                n++;
            }
        mean /= n;
        double deviation = sqrt(squares / n - mean * mean);
        forecast_plainly(model, end, CONTEXT, c == 1 ? 2 : mean, c == 1 ? 20 : deviation, want);
        assert_near(rimer_forecast_values(made, 0, c), want);
        ck_assert_float_ne(want[0], want[1]); /* the model says something */
    }
    rimer_forecast_free(made);
    rimer_forecast_free(NULL);
    rimer_dataset_free(dataset);
    rimer_dataset_free(training);
    rimer_model_free(model);
}
END_TEST

/* Many channels, so that there are several batches. */
START_TEST(threads_do_not_change_the_bits) {
    enum { channels = 600 };
    static float values[channels * CONTEXT];
    for (int i = 0; i < channels * CONTEXT; i++)
        values[i] = sinf((float)(i * i % 1013));
    rimer_dataset *dataset;
    ck_assert_int_eq(rimer_dataset_from_values(values, CONTEXT, channels, NULL, &dataset),
                     RIMER_OK);
    rimer_model *model = make_model();
    rimer_forecast *one = forecast(model, dataset, 2 * HORIZON + 1, 1),
                   *three = forecast(model, dataset, 2 * HORIZON + 1, 3);
    for (int c = 0; c < channels; c++)
        ck_assert_mem_eq(rimer_forecast_values(one, 0, c), rimer_forecast_values(three, 0, c),
                         (2 * HORIZON + 1) * sizeof(float));
    float want[HORIZON];
    const float *end = values + (channels - 1) * CONTEXT;
    double mean = 0, squares = 0;
    for (int i = 0; i < CONTEXT; i++)
        mean += end[i] / CONTEXT;
    for (int i = 0; i < CONTEXT; i++)
        squares += (end[i] - mean) * (end[i] - mean) / CONTEXT;
    forecast_plainly(model, end, CONTEXT, mean, sqrt(squares), want);
    assert_near(rimer_forecast_values(three, 0, channels - 1), want);
    rimer_forecast_free(one);
    rimer_forecast_free(three);
    rimer_dataset_free(dataset);
    rimer_model_free(model);
}
END_TEST

/* A series shorter than the context is read as it is, a constant one has scale 1. */
START_TEST(short_and_constant_series) {
    float values[N_CHANNELS * 5], want[HORIZON];
    for (int i = 0; i < N_CHANNELS * 5; i++)
        values[i] = i < 5 ? (float)(i * i) : 7;
    rimer_dataset *dataset = make_dataset(values, 5, NULL);
    rimer_model *model = make_model();
    rimer_forecast *made = forecast(model, dataset, HORIZON, 0);
    forecast_plainly(model, values, 5, 6, sqrt((36 + 25 + 4 + 9 + 100) / 5.0), want);
    assert_near(rimer_forecast_values(made, 0, 0), want);
    forecast_plainly(model, values + 5, 5, 7, 1, want);
    assert_near(rimer_forecast_values(made, 0, 1), want);
    rimer_forecast_free(made);
    rimer_dataset_free(dataset);
    rimer_model_free(model);
}
END_TEST

START_TEST(what_cannot_be_forecast_is_refused) {
    static const char *const names[] = {"a", "b\x1b", "c"};
    float values[N_CHANNELS * N_STEPS];
    make_values(values);
    for (int t = 0; t < CONTEXT; t++)
        values[2 * N_STEPS - 1 - t] = NAN;
    rimer_dataset *dataset = make_dataset(values, N_STEPS, names);
    rimer_model *model = make_model();
    rimer_forecast *untouched = NULL;
    ck_assert_int_eq(rimer_forecast_dataset(model, dataset, 0, 1, &untouched), RIMER_DATA);
    ck_assert_ptr_nonnull(strstr(rimer_last_error(), "\"b?\""));
    ck_assert_int_eq(rimer_forecast_dataset(model, dataset, -1, 1, &untouched), RIMER_USAGE);
    ck_assert_ptr_null(untouched);
    rimer_dataset_free(dataset);
    rimer_model_free(model);
}
END_TEST

static const char *in_folder(const char *name) {
    static char path[256];
    snprintf(path, sizeof path, "%s/%s", rm_test_folder(), name);
    return path;
}

START_TEST(what_is_wanted_is_checked) {
    float values[N_CHANNELS * N_STEPS];
    make_values(values);
    rimer_dataset *dataset = make_dataset(values, N_STEPS, NULL);
    rimer_model *model = make_model();
    rimer_forecast *untouched = NULL;
    const struct {
        rimer_forecast_wanted wanted;
        const char *words;
    } wrong[] = {{{.adapt = -1}, "adapt: -1"},
                 {{.adapt = (double)NAN}, "adapt: "},
                 {{.adapt = (double)INFINITY}, "adapt: inf"},
                 {{.on_error = -1}, "on_error: -1"},
                 {{.on_error = RIMER_ON_ERROR_NAIVE + 1}, "on_error: 3"},
                 {{.quantiles = {2, {0.9, 0.1}}}, "must rise"},
                 {{.quantiles = {RIMER_LEVELS_MAX + 1, {0.5}}}, "129"},
                 {{.intervals = {-1, {0.8}}}, "-1"}};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        rimer_follow_settings settings;
        ck_assert_int_eq(
            rimer_forecast_dataset_with(model, dataset, 0, 1, &wrong[i].wanted, &untouched),
            RIMER_USAGE);
        ck_assert_msg(strstr(rimer_last_error(), wrong[i].words) != NULL, "\"%s\"",
                      rimer_last_error());
        rimer_follow_settings_init(&settings);
        FILE *table = fopen(in_folder("rows.csv"), "w");
        fputs("t,a\n1,2\n2,3\n", table);
        fclose(table);
        settings.data = in_folder("rows.csv");
        settings.wanted = wrong[i].wanted;
        ck_assert_int_eq(rimer_follow(model, &settings), RIMER_USAGE);
        settings.wanted = (rimer_forecast_wanted){0};
        settings.on_error = RIMER_ON_ERROR_NAIVE;
        ck_assert_int_eq(rimer_follow(model, &settings), RIMER_USAGE);
        settings.on_error = RIMER_ON_ERROR_FAIL;
        settings.max_gap = -1;
        ck_assert_int_eq(rimer_follow(model, &settings), RIMER_USAGE);
        ck_assert_str_eq(rimer_last_error(), "max_gap: -1 steps, less than none");
    }
    ck_assert_ptr_null(untouched);
    rimer_dataset_free(dataset);
    rimer_model_free(model);
}
END_TEST

static char *read_text(const char *path) {
    static char text[65536];
    FILE *file = fopen(path, "rb");
    ck_assert_msg(file != NULL, "%s was not written", path);
    size_t n = fread(text, 1, sizeof text - 1, file);
    text[n] = '\0';
    fclose(file);
    return text;
}

/* The values of a wide table without time, bit for bit; ends the rows it has read. */
static void assert_rows(char *rows, const rimer_forecast *made) {
    for (int64_t h = 0; h < rimer_forecast_horizon(made); h++)
        for (int64_t c = 0; c < N_CHANNELS; c++) {
            char *end;
            float read = strtof(rows, &end);
            ck_assert_float_eq(read, rimer_forecast_values(made, 0, c)[h]);
            ck_assert_int_eq(*end, c == N_CHANNELS - 1 ? '\n' : ',');
            ck_assert_int_le(end - rows, 15);
            rows = end + 1;
        }
    ck_assert_int_eq(*rows, '\0');
}

START_TEST(wide_continues_the_table) {
    static const char *const names[] = {"plain", "a,\"b\"", "=cmd|'/c'!A1"};
    static const char header[] = "plain,\"a,\"\"b\"\"\",\"=cmd|'/c'!A1\"\n";
    float values[N_CHANNELS * N_STEPS];
    make_values(values);
    rimer_dataset *dataset = make_dataset(values, N_STEPS, names);
    rimer_model *model = make_model();
    rimer_forecast *made = forecast(model, dataset, 20, 1);
    const char *path = in_folder("wide.csv");
    ck_assert_int_eq(rimer_forecast_write(made, "wide", path), RIMER_OK);
    char *text = read_text(path);
    ck_assert_msg(strncmp(text, header, strlen(header)) == 0, "header: %.60s", text);
    assert_rows(text + strlen(header), made);
    rimer_forecast_free(made);
    rimer_dataset_free(dataset);
    rimer_model_free(model);
}
END_TEST

START_TEST(a_decimal_comma_in_the_host_does_not_matter) {
    float values[N_CHANNELS * N_STEPS];
    const char *path = in_folder("comma.csv");
    if (!setlocale(LC_NUMERIC, "de_DE.UTF-8") && !setlocale(LC_NUMERIC, "fr_FR.UTF-8")) {
        printf("SKIP %s: no locale with a decimal comma is installed\n", tcase_name());
        return;
    }
    make_values(values);
    rimer_dataset *dataset = make_dataset(values, N_STEPS, NULL);
    rimer_model *model = make_model();
    rimer_forecast *made = forecast(model, dataset, 20, 1);
    ck_assert_int_eq(rimer_forecast_write(made, "wide", path), RIMER_OK);
    char *text = read_text(path);
    setlocale(LC_NUMERIC, "C");
    assert_rows(strchr(text, '\n') + 1, made);
    rimer_forecast_free(made);
    rimer_dataset_free(dataset);
    rimer_model_free(model);
}
END_TEST

START_TEST(times_go_on_in_both_styles) {
    const char *path = in_folder("in.csv");
    FILE *file = fopen(path, "w");
    rimer_dataset *dataset;
    fputs("day,up,down\n", file);
    for (int t = 1; t <= 28; t++)
        fprintf(file, "2024-02-%02d,%d,%d.5\n", t, t, -t);
    fclose(file);
    ck_assert_msg(rimer_dataset_read(path, NULL, &dataset) == RIMER_OK, "%s",
                  rimer_last_error());
    rimer_model *model = make_model();
    rimer_forecast *made = forecast(model, dataset, 3, 1);
    path = in_folder("out.csv");
    ck_assert_int_eq(rimer_forecast_write(made, "wide", path), RIMER_OK);
    char *text = read_text(path), *line = strtok(text, "\n");
    static const char *const days[] = {"2024-02-29", "2024-03-01", "2024-03-02"};
    ck_assert_str_eq(line, "day,up,down");
    for (int h = 0; h < 3; h++) {
        line = strtok(NULL, "\n");
        ck_assert_msg(strncmp(line, days[h], 10) == 0 && line[10] == ',', "%s", line);
    }
    ck_assert_ptr_null(strtok(NULL, "\n"));
    ck_assert_int_eq(rimer_forecast_write(made, "long", path), RIMER_OK);
    line = strtok(read_text(path), "\n");
    ck_assert_str_eq(line, "unique_id,ds,Rimer");
    for (int row = 0; row < 6; row++) {
        char id[16], day[16];
        float value;
        line = strtok(NULL, "\n");
        ck_assert_int_eq(sscanf(line, "%15[^,],%15[^,],%f", id, day, &value), 3);
        ck_assert_str_eq(id, row < 3 ? "up" : "down");
        ck_assert_str_eq(day, days[row % 3]);
        ck_assert_float_eq(value, rimer_forecast_values(made, 0, row / 3)[row % 3]);
    }
    ck_assert_ptr_null(strtok(NULL, "\n"));
    rimer_forecast_free(made);
    rimer_dataset_free(dataset);
    rimer_model_free(model);
}
END_TEST

static int files_in(const char *folder) {
    int n = 0;
    DIR *open = opendir(folder);
    ck_assert_ptr_nonnull(open);
    while (readdir(open))
        n++;
    closedir(open);
    return n - 2;
}

START_TEST(what_cannot_be_written_is_refused) {
    float values[N_CHANNELS * N_STEPS];
    make_values(values);
    rimer_dataset *dataset = make_dataset(values, N_STEPS, NULL);
    rimer_model *model = make_model();
    rimer_forecast *made = forecast(model, dataset, 2, 1);
    ck_assert_int_eq(rimer_forecast_write(made, "tall", in_folder("out.csv")), RIMER_USAGE);
    ck_assert_ptr_nonnull(strstr(rimer_last_error(), "tall"));
    ck_assert_int_eq(rimer_forecast_write(made, "wide", in_folder("none/out.csv")), RIMER_IO);
    ck_assert_int_eq(files_in(rm_test_folder()), 0);
    rimer_forecast_free(made);
    rimer_dataset_free(dataset);
    rimer_model_free(model);
}
END_TEST

/* Channels may be called like the borders of an interval of another one. */
START_TEST(columns_of_one_name_are_refused) {
    static const char *const names[] = {"x", "x-hi-80", "y"};
    const char *path = in_folder("out.csv");
    rimer_forecast_wanted wanted = {.intervals = {1, {0.8}}};
    rimer_forecast *made;
    float values[N_CHANNELS * N_STEPS];
    make_values(values);
    rimer_dataset *dataset = make_dataset(values, N_STEPS, names);
    rimer_model *model = make_model_of("0.1,0.5,0.9");
    ck_assert_int_eq(rimer_forecast_dataset_with(model, dataset, 2, 1, &wanted, &made),
                     RIMER_OK);
    ck_assert_int_eq(rimer_forecast_write(made, "wide", path), RIMER_USAGE);
    ck_assert_str_eq(rimer_last_error(),
                     "style: two columns would be called \"x-hi-80\", one of channel \"x\" and "
                     "one of channel \"x-hi-80\": use --style long, or --channels to leave one "
                     "out");
    ck_assert_int_eq(files_in(rm_test_folder()), 0);
    ck_assert_int_eq(rimer_forecast_write(made, "long", path), RIMER_OK);
    rimer_forecast_free(made);
    ck_assert_int_eq(rimer_forecast_dataset(model, dataset, 2, 1, &made), RIMER_OK);
    ck_assert_int_eq(rimer_forecast_write(made, "wide", path), RIMER_OK);
    rimer_forecast_free(made);
    rimer_dataset_free(dataset);
    rimer_model_free(model);
}
END_TEST

/* Behind the interface the model says what its session says. */
START_TEST(the_model_is_a_forecaster) {
    rimer_model *model = make_model();
    rimer_forecaster *forecaster;
    rimer_session *plain;
    float values[2 * CONTEXT], want[2 * HORIZON], got[2 * HORIZON];
    void *session;
    for (int i = 0; i < 2 * CONTEXT; i++)
        values[i] = cosf((float)i);
    ck_assert_int_eq(rimer_session_create(model, 2, &plain), RIMER_OK);
    ck_assert_int_eq(rimer_session_forecast(plain, 2, CONTEXT, values, HORIZON, want),
                     RIMER_OK);
    rimer_session_free(plain);
    ck_assert_int_eq(rimer_model_forecaster(model, &forecaster), RIMER_OK);
    ck_assert_str_eq(forecaster->name, "Rimer");
    ck_assert_int_eq(forecaster->context_len, CONTEXT);
    ck_assert_int_eq(forecaster->horizon, HORIZON);
    ck_assert_int_eq(forecaster->open(forecaster->self, 2, &session), RIMER_OK);
    rimer_contexts contexts = {2, CONTEXT, values, NULL, NULL, NULL, NULL};
    ck_assert_int_eq(forecaster->run(session, &contexts, HORIZON, got), RIMER_OK);
    forecaster->close(session);
    ck_assert_mem_eq(got, want, sizeof want);
    ck_assert_int_eq(forecaster->open(forecaster->self, 0, &session), RIMER_USAGE);
    rimer_forecaster_free(forecaster);
    rimer_model_free(model);
}
END_TEST

int main(void) {
    return rm_test_main(
        "forecast_dataset",
        (const TTest *[]){scales_are_the_models_where_names_match,
                          threads_do_not_change_the_bits, short_and_constant_series,
                          what_cannot_be_forecast_is_refused, what_is_wanted_is_checked,
                          wide_continues_the_table, a_decimal_comma_in_the_host_does_not_matter,
                          times_go_on_in_both_styles, what_cannot_be_written_is_refused,
                          columns_of_one_name_are_refused, the_model_is_a_forecaster, NULL});
}
