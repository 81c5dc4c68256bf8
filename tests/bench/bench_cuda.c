/* Speed on a GPU: `make bench CUDA=1`. Kernels by events, beside the floor that a copy and a big
 * product of the same run make; a training step and forecasts by the clock, all transfers included.
 * `bench_cuda --small` has sizes that also end where the kernels run on the processor. */
#include "kernels/device_kernels.h"
#include "measure.h"
#include "model/model_inside.h"
#include "rimer/rimer.h"
#include "stopwatch.h"
#include "train/lanes.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { RUNS = 9, ARRAYS = 16 };

typedef struct bench {
    const rm_kernels *k;
    int small;
    double bytes_rate, flops_rate; /* the floor: bytes and FLOPs a second */
    rm_real *at[ARRAYS];           /* on the device */
    int64_t B, T, H, N, n;         /* n: values of an array */
} bench;

static bench all;

static void must(rimer_status status) {
    if (status != RIMER_OK)
        fail("bench_cuda");
}

/* Median seconds of one call, by events. */
static double median(void (*work)(void *arg)) {
    double times[RUNS];
    for (int i = -1; i < RUNS; i++) { /* one more to warm */
        double seconds;
        must(rm_device_time("cuda", work, &all, &seconds));
        if (i >= 0)
            times[i] = seconds;
    }
    return median_of(times, RUNS);
}

/* Bytes and FLOPs are counted from the equations; the share is that of the slower floor. */
static void report(const char *what, double seconds, double bytes, double flops) {
    double memory = bytes / all.bytes_rate, sums = all.flops_rate ? flops / all.flops_rate : 0;
    double floor = memory > sums ? memory : sums;
    printf("%-26s %9.3f ms %8.1f GB/s %9.1f GFLOP/s %5.1f %% of the %s floor\n", what,
           seconds * 1e3, bytes / seconds * 1e-9, flops / seconds * 1e-9, 100 * floor / seconds,
           memory > sums ? "memory" : "arithmetic");
}

/* ------------------------------------------------------------------------------ kernels */

static void run_copy(void *arg) {
    const bench *b = arg;
    b->k->copy(b->at[0], b->at[1], b->n);
}

static int64_t side(void) {
    return all.small ? 64 : 4096;
}

static void run_product(void *arg) {
    const bench *b = arg;
    int64_t s = side();
    b->k->gemm(b->at[0], s, 0, 0, 1, b->at[1], s, b->at[2], s, s, s, s);
}

static void run_norm(void *arg) {
    const bench *b = arg;
    int64_t D = b->H * b->N, M = b->B * b->T;
    b->k->layer_norm_forward(b->at[0], b->at[3], b->at[4], b->at[1], b->at[5], b->at[6], M, D,
                             1e-5);
}

static void run_norm_backward(void *arg) {
    const bench *b = arg;
    int64_t D = b->H * b->N, M = b->B * b->T;
    b->k->layer_norm_backward(b->at[0], b->at[7], b->at[8], b->at[2], b->at[1], b->at[5],
                              b->at[3], b->at[4], M, D);
}

static void run_shift_mix(void *arg) {
    const bench *b = arg;
    const rm_real *mix[6];
    rm_real *y[6];
    for (int i = 0; i < 6; i++) {
        mix[i] = b->at[5];
        y[i] = b->at[6 + i];
    }
    b->k->shift_mix_forward(y, b->at[1], NULL, mix, 6, b->B, b->T, b->H * b->N);
}

static void run_sigmoid(void *arg) {
    const bench *b = arg;
    b->k->sigmoid_forward(b->at[0], b->at[1], b->at[5], b->B * b->T, b->H * b->N);
}

static void run_forward(void *arg) {
    const bench *b = arg;
    b->k->wkv7_forward(b->at[0], NULL, b->at[15], NULL, b->at[1], b->at[2], b->at[3], b->at[4],
                       b->at[5], b->at[6], NULL, b->B, b->T, b->H, b->N);
}

static void run_backward(void *arg) {
    const bench *b = arg;
    b->k->wkv7_backward(b->at[7], b->at[8], b->at[9], b->at[10], b->at[11], b->at[12], NULL,
                        b->at[0], NULL, b->at[15], NULL, b->at[1], b->at[2], b->at[3], b->at[4],
                        b->at[5], b->at[6], NULL, b->B, b->T, b->H, b->N);
}

/* Forward reads six vectors and writes one; backward reads seven and three of its own, and writes
 * six; both pass the checkpoints. FLOPs step by step, 9 N^2 and 25 N^2 a token. */
static void bench_wkv7(const char *what, int64_t B, int64_t T, int64_t H, int64_t N) {
    char name[64];
    all.B = B, all.T = T, all.H = H, all.N = N;
    double values = (double)(B * T * H * N), saved = (double)rm_wkv7_checkpoints(B, T, H, N);
    snprintf(name, sizeof name, "wkv7 forward %s", what);
    report(name, median(run_forward), 4 * (7 * values + saved), 9 * values * (double)N);
    snprintf(name, sizeof name, "wkv7 backward %s", what);
    report(name, median(run_backward), 4 * (16 * values + saved), 25 * values * (double)N);
}

static void bench_kernels(void) {
    double n = (double)all.n, s = (double)side();
    double seconds = median(run_copy);
    all.bytes_rate = 8 * n / seconds;
    report("copy", seconds, 8 * n, 0);
    seconds = median(run_product);
    all.flops_rate = 2 * s * s * s / seconds;
    report("product of floats", seconds, 12 * s * s, 2 * s * s * s);
    report("sigmoid", median(run_sigmoid), 8 * n, 0);
    report("layer norm forward", median(run_norm), 8 * n, 0);
    report("layer norm backward", median(run_norm_backward), 16 * n, 0);
    report("six shift mixes", median(run_shift_mix), 28 * n, 0);
    if (all.small)
        bench_wkv7("N 32", 1, 20, 2, 32);
    else {
        bench_wkv7("N 64, T 512", all.B, all.T, all.H, 64);
        bench_wkv7("N 64, T 16", 32 * all.B, all.T / 32, all.H, 64);
        bench_wkv7("N 32, T 512", all.B, all.T, 2 * all.H, 32);
        bench_wkv7("N 16 (plain), T 512", all.B, all.T, 4 * all.H, 16);
    }
}

/* One block for all arrays, full of numbers that a recurrence can bear. */
static void with_arrays(void (*work)(void)) {
    rm_arena arena = {.memory = all.k->memory};
    all.B = all.small ? 1 : 128, all.T = all.small ? 20 : 512, all.H = all.small ? 2 : 8;
    all.N = all.small ? 32 : 64;
    all.n = all.B * all.T * all.H * all.N;
    int64_t each = all.n > side() * side() ? all.n : side() * side();
    for (int placing = 0; placing < 2; placing++) {
        for (int i = 0; i < ARRAYS; i++)
            all.at[i] = rm_arena_take(&arena, each, sizeof(rm_real));
        if (!placing)
            must(rm_arena_reserve(&arena));
    }
    for (int i = 0; i < ARRAYS; i++)
        all.k->fill(all.at[i], (rm_real)(i == 2 ? 0.9 : 0.01), each);
    work();
    rm_arena_free(&arena);
}

/* ------------------------------------------------------------------------------- whole */

static rimer_config model_config(int64_t width, int64_t layers, int64_t batch) {
    rimer_config config;
    rimer_config_init(&config);
    config.context_len = 336;
    config.patch_len = 16;
    config.output_len = config.horizon = 96;
    config.width = width;
    config.layers = layers;
    config.batch = batch;
    config.origin = RIMER_ORIGIN_LAST;
    config.mask = RIMER_MASK_OFF;
    snprintf(config.device, sizeof config.device, "cuda");
    return config;
}

static rimer_dataset *waves(void) {
    enum { STEPS = 6000 };
    static float values[STEPS];
    rimer_dataset *dataset;
    for (int i = 0; i < STEPS; i++)
        values[i] = (float)sin(i * 0.1) + (float)(i % 7);
    must(rimer_dataset_from_values(values, STEPS, 1, NULL, &dataset));
    return dataset;
}

static void time_steps(rm_lanes *lanes, const rm_windows *windows, int64_t batch,
                       const char *what) {
    int64_t *rows = room(batch, sizeof *rows), count = 0;
    double times[RUNS], loss = 0;
    for (int64_t i = 0; i < batch; i++)
        rows[i] = i % windows->n_rows;
    for (int i = -1; i < RUNS; i++) {
        double begin = now();
        must(rm_lanes_step(lanes, rows, batch, 1e-4, i + 2, &loss, &count));
        if (i >= 0)
            times[i] = now() - begin;
    }
    double seconds = median_of(times, RUNS);
    printf("%-26s %9.3f ms %9.0f rows/s\n", what, seconds * 1e3, (double)batch / seconds);
    free(rows);
}

static void bench_step(int64_t width, int64_t layers, int64_t batch) {
    rimer_config config = model_config(width, layers, batch);
    rimer_dataset *dataset = waves();
    rimer_model *model;
    rm_scaler scaler;
    rm_windows windows;
    rm_pool *pool;
    rm_lanes *lanes;
    char what[64];
    must(rimer_model_create(&config, &model));
    must(rm_scaler_fit(&scaler, dataset, config.split));
    must(rm_windows_make(&windows, dataset, config.split, RM_PART_TRAIN, config.context_len,
                         config.output_len, 1));
    must(rm_pool_create(0, &pool));
    int64_t total = model->network.registry.total;
    rm_real *moments = room(3 * total, sizeof *moments);
    rm_lanes_setup setup = {
        &config,         &model->network,     &windows, &scaler, pool, model->values, moments,
        moments + total, moments + 2 * total, 0.01,     1};
    must(rm_lanes_create(&lanes, &setup));
    snprintf(what, sizeof what, "step, %.1f M, %lld rows",
             (double)rimer_model_n_parameters(model) * 1e-6, (long long)batch);
    time_steps(lanes, &windows, batch, what);
    rm_lanes_free(lanes);
    rm_pool_free(pool);
    rm_windows_free(&windows);
    rm_scaler_free(&scaler);
    rimer_model_free(model);
    rimer_dataset_free(dataset);
    free(moments);
}

static void bench_forecast(int64_t width, int64_t layers, int64_t rows) {
    rimer_config config = model_config(width, layers, 1);
    rimer_model *model;
    rimer_session *session;
    must(rimer_model_create(&config, &model));
    must(rimer_model_set_device(model, "cuda"));
    must(rimer_session_create(model, rows, &session));
    float *x = room(rows * config.context_len, sizeof *x);
    float *y = room(rows * config.horizon, sizeof *y);
    for (int64_t i = 0; i < rows * config.context_len; i++)
        x[i] = (float)sin((double)i * 0.1);
    for (int i = 0; i < 2; i++) { /* the first is to warm */
        double begin = now();
        must(rimer_session_forecast(session, rows, config.context_len, x, config.horizon, y));
        double seconds = now() - begin;
        if (i)
            printf("%-26s %9.3f ms %9.0f series/s\n", "forecast", seconds * 1e3,
                   (double)rows / seconds);
    }
    rimer_session_free(session);
    rimer_model_free(model);
    free(x), free(y);
}

int main(int argc, char **argv) {
    rimer_device found;
    all.small = argc > 1 && strcmp(argv[1], "--small") == 0;
    if (rimer_device_find("cuda", &found) != RIMER_OK) {
        printf("skip - %s\n", rimer_last_error());
        return 0;
    }
    must(rm_device_open("cuda", &all.k));
    printf("%s\n", found.text);
    with_arrays(bench_kernels);
    if (all.small) {
        bench_step(64, 1, 4);
        bench_forecast(64, 1, 4);
        return 0;
    }
    bench_step(128, 2, 256);
    bench_step(512, 3, 4096);
    bench_forecast(128, 2, 100000);
    bench_forecast(512, 3, 100000);
    return 0;
}
