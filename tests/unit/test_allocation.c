/* Memory that runs out at every allocation of every path: a sentence, nothing lost, nothing
 * left. */
#include "makeh5.h"
#include "scarce.h"

#include <dirent.h>
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define SEED UINT64_C(0xcbf29ce484222325)
#define STEPS 60

static const char *path_of(const char *name) {
    static char path[512];
    snprintf(path, sizeof path, "%s/%s", rm_test_folder(), name);
    return path;
}

/* Hash of a whole file, 0 if there is none. Reads without an allocation. */
static uint64_t file_hash(const char *path) {
    char bytes[4096];
    uint64_t hash = SEED;
    int fd = open(path, O_RDONLY);
    if (fd < 0)
        return 0;
    for (ssize_t n; (n = read(fd, bytes, sizeof bytes)) > 0;)
        hash = rm_scarce_hash(hash, bytes, (size_t)n);
    close(fd);
    return hash;
}

/* ------------------------------------------------------------------------------- settings */

static rimer_status config_path(void *arg, uint64_t *result) {
    rimer_config config, before;
    char *ignored = (char *)1, *json = (char *)1;
    rimer_config_init(&config);
    before = config;
    rimer_status status = rimer_config_read(&config, arg, &ignored);
    if (status != RIMER_OK) {
        RM_HOLDS(memcmp(&config, &before, sizeof config) == 0 && ignored == (char *)1);
        return status;
    }
    *result = rm_scarce_hash(SEED, ignored, strlen(ignored));
    free(ignored);
    status = rimer_config_json(&config, &json);
    RM_HOLDS(status == RIMER_OK || json == (char *)1);
    if (status == RIMER_OK) {
        *result = rm_scarce_hash(*result, json, strlen(json));
        free(json);
    }
    return status;
}

START_TEST(settings_files) {
    static const char text[] = "{\"context_len\": 96, \"patch_len\": 16, \"horizon\": 8, "
                               "\"lr\": 1e-3, \"split\": \"ett-h\", \"data_path\": \"x\"}";
    char path[512];
    snprintf(path, sizeof path, "%s", write_bytes("c.json", text, strlen(text)));
    rm_scarce_try("config", config_path, path, NULL);
}
END_TEST

static rimer_status space_path(void *arg, uint64_t *result) {
    rimer_space *space = NULL;
    rimer_config config;
    rimer_config_init(&config);
    rimer_status status = rimer_space_read(arg, &space);
    RM_HOLDS((status == RIMER_OK) == (space != NULL));
    if (status == RIMER_OK) {
        rimer_space_draw(space, 1, 2, &config);
        *result = rm_scarce_hash(SEED, &config, sizeof config);
    }
    rimer_space_free(space);
    return status;
}

START_TEST(spaces) {
    static const char text[] =
        "{\"lr\": {\"min\": 1e-3, \"max\": 0.1}, \"width\": [8, \"16\"]}";
    char path[512];
    snprintf(path, sizeof path, "%s", write_bytes("s.json", text, strlen(text)));
    rm_scarce_try("space", space_path, path, NULL);
}
END_TEST

/* -------------------------------------------------------------------------------- reading */

typedef struct reading {
    char path[512], data[512]; /* data: what a forecast continues; "": not known */
    rimer_read_options options;
} reading;

static rimer_status read_path(void *arg, uint64_t *result) {
    const reading *how = arg;
    rimer_dataset *dataset = NULL;
    rimer_status status = rimer_dataset_read(how->path, &how->options, &dataset);
    RM_HOLDS((status == RIMER_OK) == (dataset != NULL));
    RM_HOLDS(status != RIMER_NO_MEMORY || *how->options.append ||
             strstr(rimer_last_error(), how->path));
    if (status == RIMER_OK)
        *result = rimer_dataset_fingerprint(dataset);
    rimer_dataset_free(dataset);
    return status;
}

static void try_reading(const char *name, const char *path, const char *settings) {
    reading how = {.options = read_settings(settings)};
    snprintf(how.path, sizeof how.path, "%s", path);
    rm_scarce_try(name, read_path, &how, NULL);
}

static rimer_status read_forecast_path(void *arg, uint64_t *result) {
    const reading *how = arg;
    rimer_dataset *data = NULL, *forecast = NULL;
    rimer_status status = RIMER_OK;
    if (*how->data)
        status = rimer_dataset_read(how->data, &how->options, &data);
    if (status == RIMER_OK)
        status = rimer_dataset_read_forecast(how->path, &how->options, data, &forecast);
    RM_HOLDS((status == RIMER_OK) == (forecast != NULL));
    if (status == RIMER_OK)
        *result = rimer_dataset_fingerprint(forecast);
    rimer_dataset_free(forecast);
    rimer_dataset_free(data);
    return status;
}

static void try_reading_forecast(const char *name, const char *data, const char *text) {
    reading how = {.options = read_settings("zone=Europe/Berlin")};
    if (data)
        snprintf(how.data, sizeof how.data, "%s", write_bytes("d.csv", data, strlen(data)));
    snprintf(how.path, sizeof how.path, "%s", write_bytes("n.csv", text, strlen(text)));
    rm_scarce_try(name, read_forecast_path, &how, NULL);
}

static const char wide[] = "date;\"a \"\"b\"\"\";c\n01.02.2024 00:00;1,5;-\n"
                           "01.02.2024 01:00;2,5;NA\n01.02.2024 03:00;3;4\n";
static const char longer[] = "unique_id,ds,y\nA,2024-01-01,1\nB,2024-02-01,5\nA,2024-03-01,3\n"
                             "A,2024-02-01,2\nA,2024-02-01,4\nB,2024-01-01,\n";

START_TEST(tables) {
    try_reading("wide", write_bytes("w.csv", wide, strlen(wide)), "zone=Europe/Berlin");
    try_reading("long", write_bytes("l.csv", longer, strlen(longer)),
                "sort=yes duplicates=mean");
    try_reading("resampled", write_bytes("l.csv", longer, strlen(longer)),
                "sort=yes duplicates=sum resample=2mo");
    try_reading_forecast("forecast", "ds;y\n31.01.2024 22:00;1\n31.01.2024 23:00;1,5\n",
                         "ds,y,y-lo-80\n01.02.2024 00:00,1.5,1\n01.02.2024 01:00,2,1\n");
    try_reading_forecast("forecasts one behind the other", NULL,
                         "cutoff,ds,y\n2024-01-01,2024-01-02,1\n2024-01-01,2024-01-03,2\n"
                         "2024-01-02,2024-01-03,3\n2024-01-02,2024-01-04,4\n");
    static const char rows[] = "name,v1,v2,v3\nx,1,2,3\ny,4,,6\n";
    try_reading("rows", write_bytes("r.csv", rows, strlen(rows)), "layout=rows id_col=name");
    static const char parts[] =
        "year,month,day,v,w\n2024,1,1,1,a\n2024,1,2,2,b\n2024,1,3,4,c\n";
    try_reading("parts", write_bytes("p.csv", parts, strlen(parts)),
                "time_col=year,month,day channels=v na=-9,x");
    static const char tsf[] = "@relation x\n@attribute series_name string\n"
                              "@attribute start_timestamp date\n@frequency monthly\n"
                              "@missing true\n@equallength false\n@data\n"
                              "T1:1990-01-31 00-00-00:1,2,?\nT2:1991-02-28 00-00-00:3.5\n";
    try_reading("tsf", write_bytes("t.tsf", tsf, strlen(tsf)), "");
}
END_TEST

/* ---------------------------------------------------------------------------------- data */

static float wave(int64_t s, int64_t c, int64_t t) {
    return (float)(10 * s + 3 * c) + sinf((float)t * 0.7F) + (float)(t % 6);
}

static rimer_dataset *waves(int64_t n_series, int64_t n_channels) {
    static const int64_t lengths[] = {STEPS, STEPS};
    return rm_test_series(n_series, lengths, n_channels, wave);
}

typedef struct writing {
    const rimer_dataset *dataset;
    char path[512];
    uint64_t before; /* what is there already */
    int n_files;
} writing;

static int count_files(void) {
    int n = 0;
    DIR *folder = opendir(rm_test_folder());
    while (readdir(folder))
        n++;
    closedir(folder);
    return n;
}

/* An old file stands there; it is as it was, or the new one, and nothing is beside it. */
static void put_old(writing *how) {
    FILE *file = fopen(how->path, "w");
    ck_assert(file && fputs("old", file) >= 0 && fclose(file) == 0);
    how->before = file_hash(how->path);
    how->n_files = count_files();
}

static void check_old(void *arg, rimer_status status) {
    writing *how = arg;
    ck_assert((file_hash(how->path) == how->before) == (status != RIMER_OK));
    ck_assert_int_eq(count_files(), how->n_files);
    put_old(how);
}

static rimer_status write_path(void *arg, uint64_t *result) {
    const writing *how = arg;
    rimer_status status = rimer_dataset_write(how->dataset, how->path, NULL);
    *result = file_hash(how->path);
    return status;
}

START_TEST(writing_tables) {
    static const char *const names[] = {"out.csv", "out.csv.gz", "out.h5"};
    rimer_dataset *dataset = dataset_of(longer, "sort=yes duplicates=first");
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        writing how = {.dataset = dataset};
        snprintf(how.path, sizeof how.path, "%s", path_of(names[i]));
        put_old(&how);
        rm_scarce_try(names[i], write_path, &how, check_old);
        ck_assert_int_eq(rimer_dataset_write(dataset, how.path, NULL), RIMER_OK);
        if (i > 0)
            try_reading(names[i], how.path, i == 2 ? "guard=no" : "");
    }
    rimer_dataset_free(dataset);
}
END_TEST

START_TEST(hdf5_groups) {
    const char *path = h5_path("g.h5");
    hid_t file = h5_create(path);
    for (int i = 0; i < 2; i++) {
        hid_t group = H5Gcreate2(file, i ? "b" : "a", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
        h5_put(group, "values", H5T_NATIVE_DOUBLE, 3, 2, (double[]){1, 2, 3, 4, 5, 6});
        h5_put(group, "time", H5T_NATIVE_INT, 3, 0, (int[]){1, 2, 4});
        h5_text(group, "time", "units", "days since 2020-01-01");
        h5_names(group, (const char *const[]){"p", "q"}, 2, i ? 4 : 0, 0);
        H5Gclose(group);
    }
    H5Fclose(file);
    try_reading("hdf5 groups", path, "guard=no");
}
END_TEST

/* --------------------------------------------------------------------------------- models */

static rimer_config tiny(const char *settings) {
    rimer_config config;
    rimer_config_init(&config);
    rm_test_settings(&config, "context_len=8 patch_len=4 horizon=6 output_len=4 width=4 "
                              "head_size=2 ffn_width=4 lora_decay=1 lora_rate=1 lora_value=1 "
                              "lora_gate=1 epochs=2 batch=32 lanes=2 threads=1");
    rm_test_settings(&config, settings);
    return config;
}

static rimer_model *trained(const rimer_dataset *dataset, const char *settings) {
    rimer_config config = tiny(settings);
    rimer_model *model = NULL;
    rimer_status status = rimer_train(dataset, &config, NULL, &model, NULL);
    ck_assert_msg(status == RIMER_OK, "%s", rimer_last_error());
    return model;
}

typedef struct modelling {
    writing out;
    const rimer_model *model;
    rimer_config config;
    const char *settings;
} modelling;

static rimer_status save_path(void *arg, uint64_t *result) {
    const modelling *how = arg;
    rimer_status status = rimer_model_save(how->model, how->out.path);
    *result = file_hash(how->out.path);
    return status;
}

/* What a model says and is, in one number. */
static uint64_t model_hash(const rimer_model *model) {
    uint64_t hash = (uint64_t)rimer_model_n_parameters(model);
    for (int64_t c = 0; c < rimer_model_n_channels(model); c++) {
        rimer_channel channel = rimer_model_channel(model, c);
        hash = rm_scarce_hash(hash, channel.name, strlen(channel.name));
        hash = rm_scarce_hash(hash, &channel.loc, sizeof channel.loc);
    }
    const char *record = rimer_model_fact(model, "record");
    return rm_scarce_hash(hash, record, strlen(record));
}

static rimer_status load_path(void *arg, uint64_t *result) {
    rimer_model *model = NULL;
    rimer_status status = rimer_model_load(arg, &model);
    RM_HOLDS((status == RIMER_OK) == (model != NULL));
    if (status == RIMER_OK)
        *result = model_hash(model);
    rimer_model_free(model);
    return status;
}

START_TEST(model_files) {
    rimer_dataset *dataset = waves(1, 2);
    modelling how = {.model = trained(dataset, "layers=2 mask=on")};
    snprintf(how.out.path, sizeof how.out.path, "%s", path_of("m.safetensors"));
    put_old(&how.out);
    rm_scarce_try("save", save_path, &how, check_old);
    ck_assert_int_eq(rimer_model_save(how.model, how.out.path), RIMER_OK);
    rm_scarce_try("load", load_path, how.out.path, NULL);
    rimer_model_free((rimer_model *)(uintptr_t)how.model);
    rimer_dataset_free(dataset);
}
END_TEST

static rimer_status forecast_path(void *arg, uint64_t *result) {
    const modelling *how = arg;
    rimer_forecast *forecast = NULL, *mean = NULL;
    rimer_forecast_wanted wanted = {.intervals = {1, {0.8}}};
    rimer_status status =
        rimer_model_levels(how->model).n > 1
            ? rimer_forecast_dataset_with(how->model, how->out.dataset, 11, how->config.threads,
                                          &wanted, &forecast)
            : rimer_forecast_dataset(how->model, how->out.dataset, 11, how->config.threads,
                                     &forecast);
    RM_HOLDS((status == RIMER_OK) == (forecast != NULL));
    const rimer_forecast *both[] = {forecast, forecast};
    if (status == RIMER_OK)
        status = rimer_forecast_mean(both, 2, &mean);
    RM_HOLDS((status == RIMER_OK) == (mean != NULL));
    if (status == RIMER_OK)
        status = rimer_forecast_write(mean, "long", how->out.path);
    rimer_forecast_free(mean);
    rimer_forecast_free(forecast);
    *result = file_hash(how->out.path);
    return status;
}

START_TEST(forecasts) {
    rimer_dataset *dataset = waves(2, 2);
    modelling how = {.model = trained(dataset, "scaler=robust"), .out = {.dataset = dataset}};
    snprintf(how.out.path, sizeof how.out.path, "%s", path_of("f.csv"));
    for (how.config.threads = 1; how.config.threads <= 3; how.config.threads += 2) {
        put_old(&how.out);
        rm_scarce_try("forecast", forecast_path, &how, check_old);
    }
    rimer_model_free((rimer_model *)(uintptr_t)how.model);
    how.config.threads = 2;
    how.model = trained(dataset, "quantiles=0.1,0.9 conformal=yes");
    put_old(&how.out);
    rm_scarce_try("forecast of quantiles", forecast_path, &how, check_old);
    rimer_model_free((rimer_model *)(uintptr_t)how.model);
    rimer_dataset_free(dataset);
}
END_TEST

/* ------------------------------------------------------------------------------- streams */

/* A stream that begins, is kept, comes back and goes on. */
static rimer_status stream_path(void *arg, uint64_t *result) {
    static const char *const names[] = {"a", "b\xff"};
    const modelling *how = arg;
    float values[2 * STEPS], out[2 * 11];
    rimer_stream *stream = NULL, *again = NULL;
    char *note = NULL;
    for (int i = 0; i < 2 * STEPS; i++)
        values[i] = (float)(i % 9);
    rimer_status status = rimer_stream_create(how->model, 2, names, &stream);
    RM_HOLDS((status == RIMER_OK) == (stream != NULL));
    if (status == RIMER_OK)
        status = rimer_stream_push(stream, STEPS, values);
    if (status == RIMER_OK)
        status = rimer_stream_save(stream, "here\xff", how->out.path);
    if (status == RIMER_OK)
        status = rimer_stream_load(how->model, how->out.path, &again, &note);
    RM_HOLDS((status == RIMER_OK) == (again != NULL && note != NULL));
    rimer_stream_about about = {0};
    if (status == RIMER_OK)
        status = rimer_stream_about_read(how->out.path, &about);
    rimer_stream_about_free(&about);
    if (status == RIMER_OK)
        status = rimer_stream_forecast(again, 11, NULL, out);
    if (status == RIMER_OK)
        *result = rm_scarce_hash(SEED, out, sizeof out);
    rimer_stream_free(again);
    rimer_stream_free(stream);
    free(note);
    return status;
}

START_TEST(streams) {
    static const char *const settings[] = {"norm=causal scaler=robust", "norm=window"};
    rimer_dataset *dataset = waves(2, 2);
    for (int i = 0; i < 2; i++) {
        modelling how = {.model = trained(dataset, settings[i]), .out = {.dataset = dataset}};
        snprintf(how.out.path, sizeof how.out.path, "%s", path_of("s.state"));
        rm_scarce_try("stream", stream_path, &how, NULL);
        rimer_model_free((rimer_model *)(uintptr_t)how.model);
    }
    rimer_dataset_free(dataset);
}
END_TEST

typedef struct following {
    const rimer_model *model;
    char table[512], state[512];
    rimer_read_options read;
} following;

/* What the sentence says of the state holds. */
static rimer_status follow_path(void *arg, uint64_t *result) {
    following *how = arg;
    rimer_follow_settings settings;
    rimer_follow_settings_init(&settings);
    settings.data = how->table;
    settings.state = how->state;
    settings.read = &how->read;
    rimer_status status = rimer_follow(how->model, &settings);
    RM_HOLDS(status != RIMER_OK || file_hash(how->state) != 0);
    RM_HOLDS(status == RIMER_OK || !strstr(rimer_last_error(), "the next run") ||
             file_hash(how->state) != 0);
    *result = file_hash(how->state);
    (void)unlink(how->state);
    return status;
}

START_TEST(following_rows) {
    static const char rows[] = "t,a\n1,2\n2,3\n3,5\n4,4\n5,2\n6,1\n7,3\n8,4\n9,6\n";
    rimer_dataset *dataset = waves(1, 1);
    following how = {.model = trained(dataset, "norm=causal"), .read = read_settings("")};
    snprintf(how.table, sizeof how.table, "%s", write_bytes("f.csv", rows, strlen(rows)));
    snprintf(how.state, sizeof how.state, "%s", path_of("f.state"));
    int output = dup(STDOUT_FILENO);
    fflush(stdout);
    ck_assert_ptr_nonnull(freopen("/dev/null", "w", stdout));
    rm_scarce_try("follow", follow_path, &how, NULL);
    how.read = read_settings("resample=2");
    rm_scarce_try("follow by steps", follow_path, &how, NULL);
    fflush(stdout);
    dup2(output, STDOUT_FILENO);
    close(output);
    rimer_model_free((rimer_model *)(uintptr_t)how.model);
    rimer_dataset_free(dataset);
}
END_TEST

/* ------------------------------------------------------------------- training and scoring */

/* How two of them are put together; on failure the members are still the caller's. */
static rimer_status twice(rimer_forecaster **forecaster, const rimer_model *model) {
    rimer_forecaster *members[2] = {*forecaster, NULL}, *together;
    rimer_status status = rimer_model_forecaster(model, &members[1]);
    if (status == RIMER_OK)
        status = rimer_ensemble_forecaster(members, 2, &together);
    if (status == RIMER_OK)
        *forecaster = together;
    else
        rimer_forecaster_free(members[1]);
    return status;
}

static rimer_status evaluate_path(void *arg, uint64_t *result) {
    const modelling *how = arg;
    rimer_forecaster *forecaster = NULL;
    rimer_evaluation scores = {.n_windows = -1};
    rimer_protocol protocol;
    rimer_baseline_settings settings;
    rimer_baseline_settings_init(&settings);
    settings.context_len = 8;
    settings.horizon = 2;
    settings.threads = 1;
    settings.intervals = 1;
    rimer_protocol_init(&protocol);
    protocol.context_len = 8;
    protocol.horizon = 2;
    protocol.threads = how->config.threads;
    rimer_status status = how->model ? rimer_model_forecaster(how->model, &forecaster)
                                     : rimer_baseline_create(how->settings, how->out.dataset,
                                                             &settings, &forecaster);
    if (status == RIMER_OK && how->model && how->settings)
        status = twice(&forecaster, how->model);
    if (status == RIMER_OK)
        status = rimer_evaluate(forecaster, how->out.dataset, &protocol, NULL, NULL, &scores);
    RM_HOLDS((status == RIMER_OK) == (scores.n_windows > 0));
    *result = rm_scarce_hash(SEED, &scores.original.mse, sizeof scores.original.mse);
    if (status == RIMER_OK)
        rimer_evaluation_free(&scores);
    rimer_forecaster_free(forecaster);
    return status;
}

START_TEST(evaluations) {
    rimer_dataset *dataset = waves(2, 1);
    modelling how = {.out = {.dataset = dataset}, .config.threads = 2};
    for (const char *const *name = rimer_baseline_names(); *name; name++) {
        how.settings = *name;
        rm_scarce_try(*name, evaluate_path, &how, NULL);
    }
    how.model = trained(dataset, "scaler=minmax conformal=yes quantiles=0.3,0.8");
    how.settings = NULL;
    rm_scarce_try("evaluate", evaluate_path, &how, NULL);
    how.settings = "twice";
    rm_scarce_try("ensemble", evaluate_path, &how, NULL);
    rimer_model_free((rimer_model *)(uintptr_t)how.model);
    rimer_dataset_free(dataset);
}
END_TEST

static int stop_in_first(void *user, const rimer_progress *progress) {
    (void)user;
    return progress->epoch_ended && progress->epoch == 1;
}

/* Stops after the first epoch, and goes on from there. */
static rimer_status train_path(void *arg, uint64_t *result) {
    const modelling *how = arg;
    rimer_config config = how->config;
    rimer_train_hooks hooks = {.progress = stop_in_first, .model_path = how->out.path};
    rimer_model *model = NULL;
    rimer_status status = rimer_config_choose(&config, how->out.dataset);
    if (status == RIMER_OK)
        status = rimer_train(how->out.dataset, &config, &hooks, &model, NULL);
    RM_HOLDS((status == RIMER_INTERRUPTED) == (model != NULL));
    rimer_model_free(model);
    if (status != RIMER_INTERRUPTED)
        return status;
    hooks.progress = NULL;
    hooks.resume = 1;
    model = NULL;
    status = rimer_train(how->out.dataset, &config, &hooks, &model, NULL);
    RM_HOLDS((status == RIMER_OK) == (model != NULL));
    if (status == RIMER_OK)
        *result = model_hash(model);
    rimer_model_free(model);
    int done = 1;
    if (status == RIMER_OK)
        status = rimer_train_is_done(how->out.dataset, &config, how->out.path, &done);
    RM_HOLDS(done);
    return status;
}

/* What was written is whole; here it is only out of the way of the next run. */
static void remove_files(void *arg, rimer_status status) {
    const modelling *how = arg;
    char *state, *best;
    (void)status;
    ck_assert_int_eq(rimer_train_state_path(how->out.path, &state), RIMER_OK);
    ck_assert_int_eq(rimer_train_best_path(how->out.path, &best), RIMER_OK);
    (void)unlink(how->out.path), (void)unlink(state), (void)unlink(best);
    free(state), free(best);
    ck_assert_int_eq(count_files(), how->out.n_files);
}

START_TEST(trainings) {
    rimer_dataset *dataset = waves(1, 2);
    modelling how = {.out = {.dataset = dataset}, .config = tiny("threads=2 norm=window")};
    snprintf(how.out.path, sizeof how.out.path, "%s", path_of("m.safetensors"));
    how.out.n_files = count_files();
    rm_scarce_try("train", train_path, &how, remove_files);
    how.config = tiny("threads=2 quantiles=0.1,0.5 conformal=yes");
    rm_scarce_try("train quantiles", train_path, &how, remove_files);
    how.config = tiny("threads=2 norm=window moments=both");
    rm_scarce_try("train two networks", train_path, &how, remove_files);
    how.config = tiny("threads=2 norm=window refit=val conformal=yes");
    rm_scarce_try("train anew", train_path, &how, remove_files);
    rimer_dataset_free(dataset);
}
END_TEST

int main(void) {
    return rm_test_main("allocation",
                        (const TTest *[]){settings_files, spaces, tables, writing_tables,
                                          hdf5_groups, model_files, forecasts, streams,
                                          following_rows, evaluations, trainings, NULL});
}
