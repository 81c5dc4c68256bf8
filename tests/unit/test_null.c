/* A pointer that a public function needs and that is NULL is refused in one sentence. */
#include "harness.h"
#include "rimer/rimer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TRIED_MAX = 256 };
static const char *tried[TRIED_MAX]; /* calls, as they stand below */
static int n_tried;

static void refused(rimer_status status, const char *call, const char *pointer) {
    char want[128];
    snprintf(want, sizeof want, "%.*s: %s must not be NULL", (int)strcspn(call, "("), call,
             pointer);
    ck_assert_msg(status == RIMER_USAGE && strcmp(rimer_last_error(), want) == 0,
                  "%s: status %d, \"%s\"", call, (int)status, rimer_last_error());
    ck_assert_int_lt(n_tried, TRIED_MAX);
    tried[n_tried++] = call;
}
#define REFUSED(pointer, call) refused(call, #call, pointer)

/* Things to be pointed at. None of them is touched. */
static float values[4];
static rimer_config config;
static rimer_levels levels;
static const char *const one_name[] = {"a", NULL};
static char *text;
static union {
    rimer_model *model;
    rimer_dataset *dataset;
    rimer_forecaster *forecaster;
    rimer_session *session;
    rimer_forecast *forecast;
    rimer_stream *stream;
    rimer_space *space;
} out;

static void try_settings(void) {
    char split[RIMER_TEXT_SIZE];
    const rimer_field *fields = rimer_config_fields();
    REFUSED("fields", rimer_fields_set(NULL, &config, "width", "8"));
    REFUSED("settings", rimer_fields_set(fields, NULL, "width", "8"));
    REFUSED("key", rimer_fields_set(fields, &config, NULL, "8"));
    REFUSED("value", rimer_fields_set(fields, &config, "width", NULL));
    REFUSED("config", rimer_config_preset(NULL, "small"));
    REFUSED("name", rimer_config_preset(&config, NULL));
    REFUSED("config", rimer_config_read(NULL, "config.json", &text));
    REFUSED("path", rimer_config_read(&config, NULL, &text));
    REFUSED("config", rimer_config_json(NULL, &text));
    REFUSED("json", rimer_config_json(&config, NULL));
    REFUSED("config", rimer_config_learnt(NULL, split));
    REFUSED("split", rimer_config_learnt(&config, NULL));
    REFUSED("levels", rimer_levels_add(NULL, 0.5));
    REFUSED("levels", rimer_levels_read(NULL, "0.5"));
    REFUSED("text", rimer_levels_read(&levels, NULL));
    REFUSED("intervals", rimer_intervals_read(NULL, "80"));
    REFUSED("text", rimer_intervals_read(&levels, NULL));
    REFUSED("wanted", rimer_levels_check(NULL, &levels));
    REFUSED("offered", rimer_levels_check(&levels, NULL));
}

static void try_data(rimer_dataset *dataset) {
    rimer_split split;
    REFUSED("path", rimer_dataset_read(NULL, NULL, &out.dataset));
    REFUSED("out", rimer_dataset_read("data.csv", NULL, NULL));
    REFUSED("path", rimer_dataset_read_forecast(NULL, NULL, NULL, &out.dataset));
    REFUSED("out", rimer_dataset_read_forecast("next.csv", NULL, NULL, NULL));
    REFUSED("dataset", rimer_dataset_append(NULL, dataset));
    REFUSED("later", rimer_dataset_append(dataset, NULL));
    REFUSED("values", rimer_dataset_from_values(NULL, 4, 1, NULL, &out.dataset));
    REFUSED("out", rimer_dataset_from_values(values, 4, 1, NULL, NULL));
    REFUSED("names[c]", rimer_dataset_from_values(values, 2, 2, one_name, &out.dataset));
    REFUSED("dataset", rimer_dataset_write(NULL, "data.csv", NULL));
    REFUSED("path", rimer_dataset_write(dataset, NULL, NULL));
    REFUSED("text", rimer_split_make(NULL, 10, &split));
    REFUSED("split", rimer_split_make("ett-h", 10, NULL));
}

static void try_models(rimer_model *model) {
    rimer_device device;
    REFUSED("config", rimer_model_create(NULL, &out.model));
    REFUSED("out", rimer_model_create(&config, NULL));
    REFUSED("path", rimer_model_load(NULL, &out.model));
    REFUSED("out", rimer_model_load("m.safetensors", NULL));
    REFUSED("model", rimer_model_save(NULL, "m.safetensors"));
    REFUSED("path", rimer_model_save(model, NULL));
    REFUSED("wanted", rimer_device_find(NULL, &device));
    REFUSED("out", rimer_device_find("cpu", NULL));
    REFUSED("model", rimer_model_set_device(NULL, "cpu"));
    REFUSED("wanted", rimer_model_set_device(model, NULL));
}

static void try_sessions(const rimer_model *model) {
    rimer_session *session;
    ck_assert_int_eq(rimer_session_create(model, 1, &session), RIMER_OK);
    REFUSED("model", rimer_session_create(NULL, 1, &out.session));
    REFUSED("out", rimer_session_create(model, 1, NULL));
    REFUSED("session", rimer_session_place(NULL, 1, NULL));
    REFUSED("session", rimer_session_forecast(NULL, 1, 4, values, 1, values));
    REFUSED("contexts", rimer_session_forecast(session, 1, 4, NULL, 1, values));
    REFUSED("out", rimer_session_forecast(session, 1, 4, values, 1, NULL));
    REFUSED("session", rimer_session_quantiles(NULL, 1, 4, values, 1, &levels, values));
    REFUSED("contexts", rimer_session_quantiles(session, 1, 4, NULL, 1, &levels, values));
    REFUSED("levels", rimer_session_quantiles(session, 1, 4, values, 1, NULL, values));
    REFUSED("out", rimer_session_quantiles(session, 1, 4, values, 1, &levels, NULL));
    rimer_session_free(session);
}

static void try_forecasts(const rimer_model *model, const rimer_dataset *dataset) {
    rimer_forecast_wanted wanted = {0};
    rimer_forecast *forecast;
    ck_assert_int_eq(rimer_forecast_dataset(model, dataset, 1, 1, &forecast), RIMER_OK);
    const rimer_forecast *forecasts[] = {forecast, NULL};
    REFUSED("model", rimer_forecast_dataset(NULL, dataset, 1, 1, &out.forecast));
    REFUSED("dataset", rimer_forecast_dataset(model, NULL, 1, 1, &out.forecast));
    REFUSED("out", rimer_forecast_dataset(model, dataset, 1, 1, NULL));
    REFUSED("model", rimer_forecast_dataset_with(NULL, dataset, 1, 1, &wanted, &out.forecast));
    REFUSED("dataset", rimer_forecast_dataset_with(model, NULL, 1, 1, &wanted, &out.forecast));
    REFUSED("wanted", rimer_forecast_dataset_with(model, dataset, 1, 1, NULL, &out.forecast));
    REFUSED("out", rimer_forecast_dataset_with(model, dataset, 1, 1, &wanted, NULL));
    REFUSED("members", rimer_forecast_mean(NULL, 1, &out.forecast));
    REFUSED("members[i]", rimer_forecast_mean(forecasts, 2, &out.forecast));
    REFUSED("out", rimer_forecast_mean(forecasts, 1, NULL));
    REFUSED("forecast", rimer_forecast_write(NULL, "long", "next.csv"));
    REFUSED("style", rimer_forecast_write(forecast, NULL, "next.csv"));
    REFUSED("path", rimer_forecast_write(forecast, "long", NULL));
    rimer_forecast_free(forecast);
}

static void try_forecasters(const rimer_model *model, const rimer_dataset *dataset) {
    rimer_baseline_settings settings;
    rimer_protocol protocol;
    rimer_evaluation evaluation;
    rimer_forecaster *forecaster;
    rimer_baseline_settings_init(&settings);
    rimer_protocol_init(&protocol);
    ck_assert_int_eq(rimer_model_forecaster(model, &forecaster), RIMER_OK);
    rimer_forecaster *const members[] = {forecaster, NULL};
    REFUSED("model", rimer_model_forecaster(NULL, &out.forecaster));
    REFUSED("out", rimer_model_forecaster(model, NULL));
    REFUSED("members", rimer_ensemble_forecaster(NULL, 1, &out.forecaster));
    REFUSED("members[i]", rimer_ensemble_forecaster(members, 2, &out.forecaster));
    REFUSED("out", rimer_ensemble_forecaster(members, 1, NULL));
    REFUSED("name", rimer_baseline_create(NULL, dataset, &settings, &out.forecaster));
    REFUSED("dataset", rimer_baseline_create("repeat", NULL, &settings, &out.forecaster));
    REFUSED("settings", rimer_baseline_create("repeat", dataset, NULL, &out.forecaster));
    REFUSED("out", rimer_baseline_create("repeat", dataset, &settings, NULL));
    settings.split = NULL;
    REFUSED("settings->split",
            rimer_baseline_create("linear", dataset, &settings, &out.forecaster));
    REFUSED("forecaster", rimer_evaluate(NULL, dataset, &protocol, NULL, NULL, &evaluation));
    REFUSED("dataset", rimer_evaluate(forecaster, NULL, &protocol, NULL, NULL, &evaluation));
    REFUSED("protocol", rimer_evaluate(forecaster, dataset, NULL, NULL, NULL, &evaluation));
    REFUSED("out", rimer_evaluate(forecaster, dataset, &protocol, NULL, NULL, NULL));
    rimer_forecaster_free(forecaster);
}

static void try_streams(const rimer_model *model) {
    rimer_stream_about about;
    rimer_stream *stream;
    ck_assert_int_eq(rimer_stream_create(model, 1, NULL, &stream), RIMER_OK);
    REFUSED("model", rimer_stream_create(NULL, 1, NULL, &out.stream));
    REFUSED("out", rimer_stream_create(model, 1, NULL, NULL));
    REFUSED("names[c]", rimer_stream_create(model, 2, one_name, &out.stream));
    REFUSED("stream", rimer_stream_place(NULL, 0));
    REFUSED("stream", rimer_stream_push(NULL, 1, values));
    REFUSED("values", rimer_stream_push(stream, 1, NULL));
    REFUSED("stream", rimer_stream_forecast(NULL, 1, NULL, values));
    REFUSED("out", rimer_stream_forecast(stream, 1, NULL, NULL));
    REFUSED("stream", rimer_stream_save(NULL, NULL, "s.state"));
    REFUSED("path", rimer_stream_save(stream, NULL, NULL));
    REFUSED("model", rimer_stream_load(NULL, "s.state", &out.stream, NULL));
    REFUSED("path", rimer_stream_load(model, NULL, &out.stream, NULL));
    REFUSED("out", rimer_stream_load(model, "s.state", NULL, NULL));
    REFUSED("path", rimer_stream_about_read(NULL, &about));
    REFUSED("out", rimer_stream_about_read("s.state", NULL));
    REFUSED("model", rimer_stream_model_key(NULL, about.model));
    REFUSED("key", rimer_stream_model_key(model, NULL));
    rimer_stream_free(stream);
}

static void try_following(const rimer_model *model) {
    rimer_follow_settings settings;
    rimer_follow_note note;
    rimer_follow_settings_init(&settings);
    REFUSED("model", rimer_follow(NULL, &settings));
    REFUSED("settings", rimer_follow(model, NULL));
    settings.data = NULL;
    REFUSED("settings->data", rimer_follow(model, &settings));
    rimer_follow_settings_init(&settings);
    settings.style = NULL;
    REFUSED("settings->style", rimer_follow(model, &settings));
    REFUSED("note", rimer_follow_note_read(NULL, &note));
    REFUSED("out", rimer_follow_note_read("", NULL));
}

static void try_training(const rimer_dataset *dataset) {
    rimer_protocol protocol;
    rimer_left_out left_out;
    rimer_calibration calibration;
    rimer_train_place place;
    int done;
    REFUSED("config", rimer_config_choose(NULL, dataset));
    REFUSED("dataset", rimer_config_choose(&config, NULL));
    REFUSED("protocol", rimer_protocol_choose(NULL, dataset));
    REFUSED("dataset", rimer_protocol_choose(&protocol, NULL));
    REFUSED("dataset", rimer_train_left_out(NULL, &config, &left_out));
    REFUSED("config", rimer_train_left_out(dataset, NULL, &left_out));
    REFUSED("out", rimer_train_left_out(dataset, &config, NULL));
    REFUSED("dataset", rimer_train_calibration(NULL, &config, &calibration));
    REFUSED("config", rimer_train_calibration(dataset, NULL, &calibration));
    REFUSED("out", rimer_train_calibration(dataset, &config, NULL));
    REFUSED("dataset", rimer_train(NULL, &config, NULL, &out.model, NULL));
    REFUSED("config", rimer_train(dataset, NULL, NULL, &out.model, NULL));
    REFUSED("out", rimer_train(dataset, &config, NULL, NULL, NULL));
    REFUSED("dataset", rimer_train_is_done(NULL, &config, "m", &done));
    REFUSED("config", rimer_train_is_done(dataset, NULL, "m", &done));
    REFUSED("model_path", rimer_train_is_done(dataset, &config, NULL, &done));
    REFUSED("done", rimer_train_is_done(dataset, &config, "m", NULL));
    REFUSED("model_path", rimer_train_state_path(NULL, &text));
    REFUSED("path", rimer_train_state_path("m", NULL));
    REFUSED("model_path", rimer_train_best_path(NULL, &text));
    REFUSED("path", rimer_train_best_path("m", NULL));
    REFUSED("path", rimer_train_place_read(NULL, &place));
    REFUSED("out", rimer_train_place_read("m", NULL));
    REFUSED("path", rimer_space_read(NULL, &out.space));
    REFUSED("out", rimer_space_read("space.json", NULL));
}

static void try_a_space(void) {
    char path[160];
    rimer_space *space;
    snprintf(path, sizeof path, "%s/space.json", rm_test_folder());
    FILE *file = fopen(path, "w");
    ck_assert_ptr_nonnull(file);
    fputs("{\"width\": [8]}", file);
    fclose(file);
    ck_assert_int_eq(rimer_space_read(path, &space), RIMER_OK);
    REFUSED("space", rimer_space_point(NULL, 0, &config));
    REFUSED("config", rimer_space_point(space, 0, NULL));
    rimer_space_free(space);
}

static void try_files(void) {
    char path[160];
    rimer_writefile file;
    rimer_writelock lock = {0};
    FILE *stream;
    snprintf(path, sizeof path, "%s/file", rm_test_folder());
    ck_assert_int_eq(rimer_writefile_open(&file, path), RIMER_OK);
    REFUSED("file", rimer_writefile_open(NULL, path));
    REFUSED("path", rimer_writefile_open(&file, NULL));
    REFUSED("file", rimer_writefile_commit(NULL));
    REFUSED("file", rimer_writefile_publish(NULL, &stream));
    REFUSED("stream", rimer_writefile_publish(&file, NULL));
    REFUSED("path", rimer_writefile_remove(NULL));
    REFUSED("lock", rimer_writelock_take(NULL, path));
    REFUSED("path", rimer_writelock_take(&lock, NULL));
    rimer_writefile_abandon(&file);
}

/* Every function of the headers that returns a status was tried, however many there come to be. */
static void check_header(const char *name) {
    char path[64], line[512];
    static const char begin[] = "RIMER_API rimer_status ";
    snprintf(path, sizeof path, "include/rimer/%s", name);
    FILE *file = fopen(rm_project_path(path), "r");
    ck_assert_msg(file != NULL, "%s", path);
    while (fgets(line, sizeof line, file)) {
        const char *function = line + sizeof begin - 1;
        if (strncmp(line, begin, sizeof begin - 1) != 0)
            continue;
        size_t length = strcspn(function, "(") + 1;
        int found = 0;
        for (int i = 0; i < n_tried && !found; i++)
            found = strncmp(tried[i], function, length) == 0;
        ck_assert_msg(found, "%s: %.*s) is not tried with NULL", path, (int)length, function);
    }
    fclose(file);
}

static const char *const headers[] = {"config.h",   "dataset.h", "device.h",   "follow.h",
                                      "forecast.h", "levels.h",  "metrics.h",  "model.h",
                                      "rimer.h",    "search.h",  "status.h",   "stream.h",
                                      "text.h",     "train.h",   "writefile.h"};

START_TEST(what_is_needed_is_asked_for) {
    enum { STEPS = 40 };
    float steps[STEPS];
    rimer_dataset *dataset;
    rimer_model *model;
    for (int i = 0; i < STEPS; i++)
        steps[i] = (float)(i % 7);
    ck_assert_int_eq(rimer_dataset_from_values(steps, STEPS, 1, NULL, &dataset), RIMER_OK);
    rimer_config_init(&config);
    rm_test_settings(&config,
                     "context_len=8 patch_len=4 horizon=4 output_len=4 width=8 head_size=8");
    ck_assert_int_eq(rimer_model_create(&config, &model), RIMER_OK);
    try_settings();
    try_data(dataset);
    try_models(model);
    try_sessions(model);
    try_forecasts(model, dataset);
    try_forecasters(model, dataset);
    try_streams(model);
    try_following(model);
    try_training(dataset);
    try_a_space();
    try_files();
    ck_assert(!out.model && !text); /* outputs are untouched */
    for (size_t i = 0; i < sizeof headers / sizeof *headers; i++)
        check_header(headers[i]);
    rimer_model_free(model);
    rimer_dataset_free(dataset);
}
END_TEST

int main(void) {
    return rm_test_main("null", (const TTest *[]){what_is_needed_is_asked_for, NULL});
}
