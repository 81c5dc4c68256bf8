/* One model and one dataset, four threads with sessions of their own: whatever they do at the same
 * time, each gets what it gets alone. `make check-tsan` runs this under ThreadSanitizer. */
#include "harness.h"

#include "rimer/rimer.h"

#include <math.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { N_THREADS = 4, N_ROWS = 5, HORIZON = 6, CONTEXT = 24, N_STEPS = 160, N_CHANNELS = 3 };

/* A child of a process with threads can hang under a sanitizer: it inherits the locks of an
 * allocator that, unlike the C library's own, makes no provision for that. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define CHILDREN 0
#else
#define CHILDREN 1
#endif

/* What all threads use at once. The folder is theirs to write to. */
typedef struct shared {
    const rimer_model *model;
    const rimer_dataset *dataset;
    const char *folder;
} shared;

/* A job does one kind of work as the `who`-th of those at it, and says into `said` all that came
 * out: bytes of numbers, sentences of failures. Assertions are left to the main thread. */
typedef void (*job)(const shared *all, int who, FILE *said);

static void say_numbers(FILE *said, const float *values, int64_t n) {
    fwrite(values, sizeof *values, (size_t)n, said);
}

/* 0, or 1 after the sentence of the failure was said. */
static int failed(rimer_status status, FILE *said) {
    if (status == RIMER_OK)
        return 0;
    fprintf(said, "%s: %s\n", rimer_status_text(status), rimer_last_error());
    return 1;
}

static double wave(int64_t channel, int64_t t) {
    return sin(0.3 * (double)t + (double)channel) + 0.1 * (double)((t * 7 + channel) % 5);
}

/* ---------------------------------------------------------------------------- the jobs */

static void forecast_rows(const shared *all, int who, FILE *said) {
    float contexts[N_ROWS * CONTEXT], out[N_ROWS * 3 * HORIZON];
    rimer_session *session;
    for (int i = 0; i < N_ROWS * CONTEXT; i++)
        contexts[i] = i % 17 == who ? NAN : (float)wave(who, i);
    if (failed(rimer_session_create(all->model, N_ROWS, &session), said))
        return;
    for (int horizon = 1; horizon <= 3 * HORIZON; horizon += 5)
        if (!failed(rimer_session_forecast(session, N_ROWS, CONTEXT, contexts, horizon, out),
                    said))
            say_numbers(said, out, (int64_t)N_ROWS * horizon);
    rimer_session_free(session);
}

static void forecast_dataset(const shared *all, int who, FILE *said) {
    rimer_forecast *forecast;
    if (failed(rimer_forecast_dataset(all->model, all->dataset, HORIZON + who, 2, &forecast),
               said))
        return;
    for (int64_t c = 0; c < N_CHANNELS; c++)
        say_numbers(said, rimer_forecast_values(forecast, 0, c), HORIZON + who);
    rimer_forecast_free(forecast);
}

static void say_dataset(const rimer_dataset *dataset, FILE *said) {
    char text[RIMER_TIME_SIZE];
    for (int64_t s = 0; s < rimer_dataset_n_series(dataset); s++) {
        rimer_series series = rimer_dataset_series(dataset, s);
        rimer_dataset_format_time(dataset, rimer_dataset_future_time(dataset, s, 3), text,
                                  sizeof text);
        fprintf(said, "%s %s %s\n", series.id, text, rimer_dataset_notes(dataset).reason);
        say_numbers(said, series.values, series.n_steps * series.n_channels);
        fwrite(series.times, sizeof *series.times, (size_t)series.n_steps, said);
    }
}

static void read_table(const shared *all, int who, FILE *said) {
    static const char *const files[N_THREADS] = {"all.csv.gz", "all.h5", "refused.csv",
                                                 "zoned.csv"};
    char path[256];
    rimer_read_options options;
    rimer_dataset *dataset;
    rimer_read_options_init(&options);
    options.guard = RIMER_GUARD_NO;
    if (who == 3)
        strcpy(options.zone, "Europe/Berlin");
    snprintf(path, sizeof path, "%s/%s", all->folder, files[who]);
    if (failed(rimer_dataset_read(path, &options, &dataset), said))
        return;
    say_dataset(dataset, said);
    rimer_dataset_free(dataset);
}

/* Everybody in the same HDF5 file, whose library lets in one at a time and not before a child
 * process has read the file. */
static void read_hdf5(const shared *all, int who, FILE *said) {
    char path[256];
    rimer_dataset *dataset;
    rimer_read_options options;
    rimer_read_options_init(&options);
    options.guard = CHILDREN ? RIMER_GUARD_YES : RIMER_GUARD_NO;
    snprintf(path, sizeof path, "%s/%s", all->folder, who == 3 ? "refused.h5" : "all.h5");
    if (failed(rimer_dataset_read(path, &options, &dataset), said))
        return;
    say_dataset(dataset, said);
    rimer_dataset_free(dataset);
}

static void say_file(const char *path, FILE *said) {
    FILE *file = fopen(path, "rb");
    for (int c = file ? getc(file) : EOF; c != EOF; c = getc(file))
        putc(c, said);
    if (file)
        fclose(file);
}

/* Files of their own, and one that all write at once: whole it is, whoever was last. */
static void write_files(const shared *all, int who, FILE *said) {
    char path[256];
    rimer_forecast *forecast;
    rimer_model *model;
    snprintf(path, sizeof path, "%s/forecast%d.csv", all->folder, who);
    if (failed(rimer_forecast_dataset(all->model, all->dataset, HORIZON, 1, &forecast), said))
        return;
    if (!failed(rimer_forecast_write(forecast, who % 2 ? "long" : "wide", path), said))
        say_file(path, said);
    rimer_forecast_free(forecast);
    snprintf(path, sizeof path, "%s/written%d.%s", all->folder, who,
             CHILDREN ? "h5" : "csv.gz");
    failed(rimer_dataset_write(all->dataset, path, NULL), said);
    snprintf(path, sizeof path, "%s/model.safetensors", all->folder);
    failed(rimer_model_save(all->model, path), said);
    if (failed(rimer_model_load(path, &model), said))
        return;
    fprintf(said, "%lld parameters\n", (long long)rimer_model_n_parameters(model));
    rimer_model_free(model);
}

static void score(const shared *all, int who, FILE *said) {
    rimer_protocol protocol;
    rimer_baseline_settings settings;
    rimer_forecaster *forecaster;
    rimer_evaluation evaluation;
    rimer_protocol_init(&protocol);
    protocol.context_len = CONTEXT;
    protocol.horizon = HORIZON;
    protocol.threads = 1 + who % 2;
    rimer_baseline_settings_init(&settings);
    settings.context_len = CONTEXT;
    settings.horizon = HORIZON;
    settings.threads = 2;
    rimer_status status = who == 0
                              ? rimer_model_forecaster(all->model, &forecaster)
                              : rimer_baseline_create(rimer_baseline_names()[who - 1],
                                                      all->dataset, &settings, &forecaster);
    if (failed(status, said))
        return;
    if (!failed(rimer_evaluate(forecaster, all->dataset, &protocol, NULL, NULL, &evaluation),
                said)) {
        fprintf(said, "%s %a %a\n", evaluation.forecaster, evaluation.standardised.mse,
                evaluation.original.mase);
        rimer_evaluation_free(&evaluation);
    }
    rimer_forecaster_free(forecaster);
}

/* A sentence belongs to the thread that failed, also after the others had their turn. */
static void fail_often(const shared *all, int who, FILE *said) {
    char text[64];
    rimer_config config;
    rimer_model *model;
    rimer_config_init(&config);
    for (int i = 0; i < 100; i++) {
        snprintf(text, sizeof text, "/no-folder-%d/file-%d", who, i);
        rimer_status status = rimer_model_load(text, &model);
        sched_yield();
        failed(status, said);
        snprintf(text, sizeof text, "%d.%d", who, i);
        status = rimer_fields_set(rimer_config_fields(), &config, "layers", text);
        sched_yield();
        failed(status, said);
    }
    fprintf(said, "%s\n", rimer_config_check(&config));
    fprintf(said, "%s\n", rimer_build_text());
    (void)all;
}

static void configure(const shared *all, int who, FILE *said) {
    char path[256], *json, *ignored;
    rimer_config config;
    rimer_config_init(&config);
    snprintf(path, sizeof path, "%s/config%d.json", all->folder, who);
    failed(rimer_config_preset(&config, rimer_preset_names()[who % 2]), said);
    failed(rimer_config_preset(&config, who % 2 ? "blackgose" : "smal"), said);
    config.horizon = config.context_len = config.patch_len = 0;
    if (!failed(rimer_config_read(&config, path, &ignored), said)) {
        fprintf(said, "without %s\n", ignored);
        free(ignored);
    }
    failed(rimer_config_choose(&config, all->dataset), said);
    if (!failed(rimer_config_json(&config, &json), said)) {
        fprintf(said, "%s\n", json);
        free(json);
    }
    fprintf(said, "%s\n", rimer_name_nearest("hroizon", (const char *[]){"horizon", NULL}));
}

static void small_config(rimer_config *config) {
    rimer_config_init(config);
    rm_test_settings(config,
                     "patch_len=6 width=8 head_size=4 epochs=1 batch=24 lanes=3 lr=0.01");
    config->context_len = CONTEXT;
    config->horizon = config->output_len = HORIZON;
    config->windows_per_epoch = 24;
}

/* Every other one starts from the shared model. */
static void train(const shared *all, int who, FILE *said) {
    char path[256];
    rimer_config config = *rimer_model_config(all->model);
    rimer_train_hooks hooks = {.init = who % 2 ? all->model : NULL};
    rimer_model *model;
    config.seed = 1 + who;
    config.threads = 2;
    if (failed(rimer_train(all->dataset, &config, &hooks, &model, NULL), said))
        return;
    snprintf(path, sizeof path, "%s/trained%d.safetensors", all->folder, who);
    if (!failed(rimer_model_save(model, path), said))
        say_file(path, said);
    rimer_model_free(model);
}

/* ------------------------------------------------------------------- alone and together */

static void write_text(const char *folder, const char *name, const char *text) {
    char path[256];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "w");
    ck_assert_ptr_nonnull(file);
    fputs(text, file);
    ck_assert_int_eq(fclose(file), 0);
}

static shared make_shared(rimer_model **model, rimer_dataset **dataset) {
    static float values[N_CHANNELS * N_STEPS];
    char path[256];
    rimer_config config;
    shared all = {.folder = rm_test_folder()};
    small_config(&config);
    for (int64_t i = 0; i < N_CHANNELS * N_STEPS; i++)
        values[i] = i % 41 == 7 ? NAN : (float)wave(i / N_STEPS, i % N_STEPS);
    ck_assert_int_eq(rimer_dataset_from_values(values, N_STEPS, N_CHANNELS, NULL, dataset),
                     RIMER_OK);
    ck_assert_int_eq(rimer_train(*dataset, &config, NULL, model, NULL), RIMER_OK);
    static const char *const copies[] = {"all.csv.gz", "all.h5"};
    for (int i = 0; i < 2; i++) {
        snprintf(path, sizeof path, "%s/%s", all.folder, copies[i]);
        ck_assert_int_eq(rimer_dataset_write(*dataset, path, NULL), RIMER_OK);
    }
    write_text(all.folder, "refused.csv", "ds,y\n2020-01-01,1\n2020-01-02,two\n");
    write_text(all.folder, "refused.h5", "\211HDF\r\n\032\nand no more");
    write_text(all.folder, "zoned.csv",
               "ds,y\n2021-03-28 01:00,1\n2021-03-28 03:00,2\n2021-03-28 04:00,3\n");
    write_text(all.folder, "config0.json", "{\"horizon\": 5, \"d_model\": 64}\n");
    write_text(all.folder, "config1.json", "{\"horizon\": 4, \"data_path\": \"x\"}\n");
    write_text(all.folder, "config2.json", "{\"horizon\": 4,\n\"layres\": 2}\n");
    write_text(all.folder, "config3.json", "{\n");
    all.model = *model;
    all.dataset = *dataset;
    return all;
}

typedef struct piece {
    const shared *all;
    job work;
    int who, rounds;
    pthread_barrier_t *start;
    char *said; /* open_memstream's */
    size_t size;
} piece;

static void say_all(piece *self) {
    FILE *said = open_memstream(&self->said, &self->size);
    for (int i = 0; said && i < self->rounds; i++)
        self->work(self->all, self->who, said);
    if (said)
        fclose(said);
}

static void *thread_main(void *arg) {
    piece *self = arg;
    pthread_barrier_wait(self->start);
    say_all(self);
    return NULL;
}

static size_t first_difference(const piece *a, const piece *b) {
    size_t at = 0;
    while (at < a->size && at < b->size && a->said[at] == b->said[at])
        at++;
    return at;
}

/* Thread i does works[i], all at once, each several times; then each alone. */
static void run_together(const job works[N_THREADS], int rounds) {
    rimer_model *model;
    rimer_dataset *dataset;
    shared all = make_shared(&model, &dataset);
    pthread_barrier_t start;
    pthread_t threads[N_THREADS];
    piece together[N_THREADS];
    pthread_barrier_init(&start, NULL, N_THREADS);
    for (int i = 0; i < N_THREADS; i++) {
        together[i] = (piece){&all, works[i], i, rounds, &start, NULL, 0};
        ck_assert_int_eq(pthread_create(&threads[i], NULL, thread_main, &together[i]), 0);
    }
    for (int i = 0; i < N_THREADS; i++)
        pthread_join(threads[i], NULL);
    pthread_barrier_destroy(&start);
    for (int i = 0; i < N_THREADS; i++) {
        piece alone = together[i];
        say_all(&alone);
        ck_assert_uint_gt(alone.size, 0);
        size_t at = first_difference(&alone, &together[i]);
        ck_assert_msg(at == alone.size && at == together[i].size,
                      "thread %d says among others, from byte %zu,\n%.200s\nand alone\n%.200s",
                      i, at, together[i].said + at, alone.said + at);
        free(alone.said);
        free(together[i].said);
    }
    rimer_model_free(model);
    rimer_dataset_free(dataset);
}

#define ALL_DO(name, work, rounds)                             \
    START_TEST(name) {                                         \
        run_together((job[]){work, work, work, work}, rounds); \
    }                                                          \
    END_TEST

ALL_DO(sessions_on_one_model, forecast_rows, 20)
ALL_DO(forecasts_of_one_dataset, forecast_dataset, 10)
ALL_DO(tables, read_table, 10)
ALL_DO(one_hdf5_file, read_hdf5, 10)
ALL_DO(files, write_files, 3)
ALL_DO(scores, score, 3)
ALL_DO(sentences, fail_often, 5)
ALL_DO(settings, configure, 10)
ALL_DO(trainings, train, 1)

START_TEST(different_work) {
    run_together((job[]){train, forecast_rows, read_table, score}, 5);
    run_together((job[]){write_files, configure, fail_often, forecast_dataset}, 5);
}
END_TEST

/* What one thread opened and another one uses. */
typedef struct handed {
    rimer_session *session;
    rimer_stream *stream;
    float row[HORIZON], steps[N_CHANNELS * HORIZON];
    int n_used;
} handed;

static handed hand_out(const rimer_model *model) {
    handed it = {.n_used = 0};
    ck_assert_int_eq(rimer_session_create(model, 1, &it.session), RIMER_OK);
    ck_assert_int_eq(rimer_stream_create(model, N_CHANNELS, NULL, &it.stream), RIMER_OK);
    return it;
}

static void *use(void *arg) {
    handed *it = arg;
    float context[CONTEXT];
    for (int i = 0; i < CONTEXT; i++)
        context[i] = (float)wave(0, i + it->n_used);
    it->n_used += rimer_session_forecast(it->session, 1, CONTEXT, context, HORIZON, it->row) ==
                      RIMER_OK &&
                  rimer_stream_push(it->stream, CONTEXT / N_CHANNELS, context) == RIMER_OK &&
                  rimer_stream_forecast(it->stream, HORIZON, NULL, it->steps) == RIMER_OK;
    return NULL;
}

START_TEST(sessions_are_handed_on) {
    rimer_model *model;
    rimer_dataset *dataset;
    shared all = make_shared(&model, &dataset);
    handed stays = hand_out(all.model), moves = hand_out(all.model);
    for (int i = 0; i < 5; i++) {
        pthread_t thread;
        ck_assert_int_eq(pthread_create(&thread, NULL, use, &moves), 0);
        ck_assert_int_eq(pthread_join(thread, NULL), 0);
        use(&stays);
        ck_assert_int_eq(moves.n_used, i + 1);
        ck_assert_mem_eq(moves.row, stays.row, sizeof stays.row);
        ck_assert_mem_eq(moves.steps, stays.steps, sizeof stays.steps);
    }
    rimer_session_free(stays.session);
    rimer_session_free(moves.session);
    rimer_stream_free(stays.stream);
    rimer_stream_free(moves.stream);
    rimer_model_free(model);
    rimer_dataset_free(dataset);
}
END_TEST

int main(void) {
    return rm_test_main("concurrency",
                        (const TTest *[]){sessions_on_one_model, forecasts_of_one_dataset,
                                          tables, one_hdf5_file, files, scores, sentences,
                                          settings, trainings, different_work,
                                          sessions_are_handed_on, NULL});
}
