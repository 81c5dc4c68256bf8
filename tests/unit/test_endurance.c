/* A process that forecasts for days: several models and datasets, sessions that come and go, errors
 * among them. The same answers to the end, and no more memory than after the first rounds.
 *
 * A few rounds here; RIMER_FULL=1 makes it 10,000 forecasts: RIMER_FULL=1 build/tests/test_endurance */
#include "harness.h"

#include "rimer/rimer.h"

#include <malloc.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { N_MODELS = 3, N_ROWS = 4, CONTEXT = 24, HORIZON = 6, FAR = 3 * HORIZON, N_STEPS = 120 };

/* A round is 60 forecasts; its operations are the same in every round. */
enum { PER_ROUND = 60, WARM_UP = 2, ROUNDS = 12, ROUNDS_FULL = 167 };

/* Sanitizers have allocators of their own, which keep what was freed. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define MEASURES_MEMORY 0
#else
#define MEASURES_MEMORY 1
#endif

/* All that lives as long as the process. */
typedef struct service {
    rimer_dataset *datasets[N_MODELS];
    rimer_model *models[N_MODELS];
    rimer_session *sessions[N_MODELS];
    char csv[N_MODELS][128], model_file[N_MODELS][128], h5[128], refused[128];
} service;

static double wave(int64_t kind, int64_t t) {
    return (double)(kind + 1) * sin(0.3 * (double)t) + 0.1 * (double)((t * 7 + kind) % 5);
}

static void must(rimer_status status) {
    ck_assert_msg(status == RIMER_OK, "%s", rimer_last_error());
}

static void start(service *self) {
    static const char *const kinds[N_MODELS] = {
        "width=8 head_size=4", "width=16 head_size=8 layers=2",
        "width=8 head_size=4 scaler=robust origin=linear"};
    for (int k = 0; k < N_MODELS; k++) {
        float values[2 * N_STEPS];
        rimer_config config;
        rimer_config_init(&config);
        rm_test_settings(&config, "patch_len=6 epochs=1 batch=24 windows_per_epoch=24 lr=0.01");
        rm_test_settings(&config, kinds[k]);
        config.context_len = CONTEXT;
        config.horizon = config.output_len = HORIZON;
        for (int i = 0; i < 2 * N_STEPS; i++)
            values[i] = i % 31 == 7 ? NAN : (float)wave(k, i);
        must(rimer_dataset_from_values(values, N_STEPS, 2, NULL, &self->datasets[k]));
        must(rimer_train(self->datasets[k], &config, NULL, &self->models[k], NULL));
        snprintf(self->csv[k], sizeof self->csv[k], "%s/%d.csv%s", rm_test_folder(), k,
                 k == 1 ? ".gz" : "");
        snprintf(self->model_file[k], sizeof self->model_file[k], "%s/%d.safetensors",
                 rm_test_folder(), k);
        must(rimer_dataset_write(self->datasets[k], self->csv[k], NULL));
        must(rimer_model_save(self->models[k], self->model_file[k]));
    }
    snprintf(self->h5, sizeof self->h5, "%s/0.h5", rm_test_folder());
    must(rimer_dataset_write(self->datasets[0], self->h5, NULL));
    snprintf(self->refused, sizeof self->refused, "%s/refused.csv", rm_test_folder());
    FILE *file = fopen(self->refused, "w");
    ck_assert_ptr_nonnull(file);
    fputs("ds,y\n2020-01-01,1\n2020-01-02,two\n", file);
    ck_assert_int_eq(fclose(file), 0);
}

static void stop(service *self) {
    for (int k = 0; k < N_MODELS; k++) {
        rimer_session_free(self->sessions[k]);
        rimer_model_free(self->models[k]);
        rimer_dataset_free(self->datasets[k]);
    }
}

/* Adds to a sum that tells two rounds with different answers apart. */
static void add(uint64_t *sum, const float *values, int64_t n) {
    for (int64_t i = 0; i < n; i++) {
        uint32_t bits;
        memcpy(&bits, &values[i], sizeof bits);
        *sum = (*sum ^ bits) * UINT64_C(0x100000001b3);
    }
}

static void forecast_rows(service *self, int i, uint64_t *sum) {
    float contexts[N_ROWS * CONTEXT], out[N_ROWS * FAR];
    int k = i % N_MODELS, n = 1 + i % N_ROWS, horizon = i % 5 == 0 ? FAR : HORIZON;
    for (int j = 0; j < n * CONTEXT; j++)
        contexts[j] = j % 23 == i % 23 ? NAN : (float)wave(i, j);
    if (i % 20 < N_MODELS) { /* sometimes one leaves, and another comes */
        rimer_session_free(self->sessions[k]);
        self->sessions[k] = NULL;
    }
    if (!self->sessions[k])
        must(rimer_session_create(self->models[k], N_ROWS, &self->sessions[k]));
    must(rimer_session_forecast(self->sessions[k], n, CONTEXT, contexts, horizon, out));
    add(sum, out, (int64_t)n * horizon);
}

static void forecast_file(const service *self, int i, uint64_t *sum) {
    rimer_model *model;
    rimer_dataset *dataset;
    rimer_forecast *forecast;
    char path[128];
    int k = i / 6 % N_MODELS;
    rimer_read_options options;
    rimer_read_options_init(&options);
    options.guard = RIMER_GUARD_NO; /* a child a time is for other tests */
    must(rimer_model_load(self->model_file[k], &model));
    must(rimer_dataset_read(i % 4 == 0 ? self->h5 : self->csv[k], &options, &dataset));
    must(rimer_forecast_dataset(model, dataset, i % 5 == 0 ? FAR : 0, 1 + i % 2, &forecast));
    add(sum, rimer_forecast_values(forecast, 0, 1), rimer_forecast_horizon(forecast));
    snprintf(path, sizeof path, "%s/next.csv", rm_test_folder());
    must(rimer_forecast_write(forecast, i % 2 ? "long" : "wide", path));
    rimer_forecast_free(forecast);
    rimer_dataset_free(dataset);
    rimer_model_free(model);
}

static void fail_often(const service *self, int i) {
    rimer_model *model;
    rimer_dataset *dataset;
    rimer_session *session;
    rimer_config config;
    float number = 0;
    int k = i % N_MODELS;
    rimer_config_init(&config);
    ck_assert_int_eq(rimer_model_load(self->csv[k], &model), RIMER_MODEL);
    ck_assert_int_eq(rimer_model_load("no-such-file", &model), RIMER_IO);
    ck_assert_int_eq(rimer_dataset_read(self->refused, NULL, &dataset), RIMER_DATA);
    ck_assert_int_eq(rimer_session_create(self->models[k], 0, &session), RIMER_USAGE);
    ck_assert_int_eq(
        rimer_session_forecast(self->sessions[k], N_ROWS + 1, CONTEXT, &number, 1, &number),
        RIMER_USAGE);
    ck_assert_int_eq(rimer_config_preset(&config, "no-such-preset"), RIMER_USAGE);
}

static uint64_t run_round(service *self) {
    uint64_t sum = 0;
    for (int i = 0; i < PER_ROUND; i++) {
        forecast_rows(self, i, &sum);
        if (i % 6 == 0)
            forecast_file(self, i, &sum);
        if (i % 15 == 7)
            fail_often(self, i);
    }
    return sum;
}

static int64_t resident_bytes(void) {
    long long size = 0, pages = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    ck_assert_ptr_nonnull(file);
    ck_assert_int_eq(fscanf(file, "%lld %lld", &size, &pages), 2);
    fclose(file);
    return pages * sysconf(_SC_PAGESIZE);
}

/* Bytes that the allocator has given out; 0 where it cannot tell. A block may be a few bytes larger
 * than asked for, by what was left beside it, which is a matter of when threads came: up to 300 were
 * seen. The smallest block that every file leaves behind is 2,880. */
enum { ROUNDING = 1024 };
static int64_t heap_bytes(void) {
#if defined(__GLIBC__) && __GLIBC_PREREQ(2, 33)
    struct mallinfo2 info = mallinfo2();
    return (int64_t)(info.uordblks + info.hblkhd);
#else
    return 0;
#endif
}

START_TEST(no_growth) {
    service self = {0};
    int rounds = getenv("RIMER_FULL") ? ROUNDS_FULL : ROUNDS;
    int64_t heap = 0, resident = 0;
    start(&self);
    uint64_t first = run_round(&self);
    for (int i = 1; i < rounds; i++) {
        uint64_t sum = run_round(&self);
        ck_assert_msg(sum == first, "round %d has other answers than the first", i);
        if (i == WARM_UP) {
            heap = heap_bytes();
            resident = resident_bytes();
        }
    }
    int64_t heap_grown = heap_bytes() - heap, resident_grown = resident_bytes() - resident;
    printf("%d forecasts: heap %+lld bytes, resident %+lld kB of %lld kB\n",
           rounds * (PER_ROUND + PER_ROUND / 6), (long long)heap_grown,
           (long long)resident_grown / 1024, (long long)resident / 1024);
    if (MEASURES_MEMORY) {
        ck_assert_int_le(heap_grown, ROUNDING);
        ck_assert_int_le(resident_grown, 1 << 20);
    }
    stop(&self);
}
END_TEST

/* What waits in a thread's cache for its next use would count as given out, so the allocator must
 * begin without such caches. */
static void begin_without_caches(char **arguments) {
    if (!getenv("GLIBC_TUNABLES") &&
        setenv("GLIBC_TUNABLES", "glibc.malloc.tcache_count=0", 1) == 0)
        execv("/proc/self/exe", arguments);
}

int main(int n_arguments, char **arguments) {
    (void)n_arguments;
    begin_without_caches(arguments);
    return rm_test_main("endurance", (const TTest *[]){no_growth, NULL});
}
