/* Speed on a GPU: `make bench CUDA=1`. Kernels by events, beside the floor that a copy and a big
 * product of the same run make; a training step and forecasts by the clock, all transfers included,
 * a step beside its FLOPs (flops.h) at the rate of a big product of the same precision.
 * `bench_cuda --small` has sizes that also end where the kernels run on the processor. */
#include "flops.h"
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

static const char *const precisions[RM_PRECISIONS] = {"float32", "tf32", "bfloat16"};

typedef struct bench {
    const rm_kernels *k;              /* of tables, or plain */
    rm_kernels tables[RM_PRECISIONS]; /* by that of their products */
    rm_kernels plain;                 /* the recurrence with a thread a row */
    int small;
    double bytes_rate, flops_rate; /* the floor: bytes and FLOPs a second */
    double product_rate[RM_PRECISIONS];
    rm_real *at[ARRAYS];   /* on the device */
    int64_t B, T, H, N, n; /* n: values of an array */
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

/* Bytes and FLOPs are counted from the equations. */
static void report(const char *what, double seconds, double bytes, double flops) {
    double memory = bytes / all.bytes_rate, sums = all.flops_rate ? flops / all.flops_rate : 0;
    printf("%-40s %9.3f ms %8.1f GB/s %9.1f GFLOP/s; of the floor of memory %5.1f %%, of "
           "arithmetic %5.1f %%\n",
           what, seconds * 1e3, bytes / seconds * 1e-9, flops / seconds * 1e-9,
           100 * memory / seconds, 100 * sums / seconds);
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

/* Numbers that a recurrence can bear, and so is each half of them, which bfloat16 reads. */
static rm_real twice(uint32_t half) {
    uint32_t word = half << 16 | half;
    float x;
    memcpy(&x, &word, sizeof x);
    return x;
}

static void fill_arrays(int64_t n) {
    for (int i = 0; i < ARRAYS; i++)
        all.k->fill(all.at[i], i == 2 ? twice(0x3dcd) : twice(0x3c24), n); /* 0.1 and 0.01 */
}

/* Forward reads six vectors and writes one; backward reads seven and three of its own, and writes
 * six; both pass the checkpoints. Of what is read four and five may be bfloat16. FLOPs step by step,
 * 9 N^2 and 25 N^2 a token. Returns the seconds of both. */
static double bench_wkv7(const char *what, const rm_kernels *k, int64_t B, int64_t T, int64_t H,
                         int64_t N) {
    char name[64];
    double values = (double)(B * T * H * N), saved = (double)rm_wkv7_checkpoints(B, T, H, N);
    double size = k == &all.tables[RM_BFLOAT16] ? 2 : 4;
    all.B = B, all.T = T, all.H = H, all.N = N, all.k = k;
    double forward = median(run_forward), backward = median(run_backward);
    snprintf(name, sizeof name, "wkv7 forward %s", what);
    report(name, forward, values * (12 + 4 * size) + 4 * saved, 9 * values * (double)N);
    snprintf(name, sizeof name, "wkv7 backward %s", what);
    report(name, backward, values * (44 + 5 * size) + 4 * saved, 25 * values * (double)N);
    all.k = &all.tables[RM_FLOAT32];
    return forward + backward;
}

/* 1024 heads and more, beside the straightforward kernel. */
static void bench_recurrence(int64_t B, int64_t T, int64_t H, int64_t N) {
    const rm_kernels *tables = all.tables;
    char sizes[48], what[80];
    snprintf(sizes, sizeof sizes, "N %lld, T %lld", (long long)N, (long long)T);
    double here = bench_wkv7(sizes, &tables[RM_FLOAT32], B, T, H, N);
    snprintf(what, sizeof what, "%s, bfloat16", sizes);
    double halves = bench_wkv7(what, &tables[RM_BFLOAT16], B, T, H, N);
    snprintf(what, sizeof what, "%s, a thread a row", sizes);
    double plain = bench_wkv7(what, &all.plain, B, T, H, N);
    printf("%-40s %9.1f times as fast as a thread a row; bfloat16 %.1f\n", "", plain / here,
           plain / halves);
}

static void bench_kernels(void) {
    double n = (double)all.n, s = (double)side();
    double seconds = median(run_copy);
    all.bytes_rate = 8 * n / seconds;
    report("copy", seconds, 8 * n, 0);
    for (int p = RM_PRECISIONS - 1; p >= 0; p--) { /* float32 is the floor of the kernels */
        char name[32];
        all.k = &all.tables[p];
        seconds = median(run_product);
        all.flops_rate = all.product_rate[p] = 2 * s * s * s / seconds;
        snprintf(name, sizeof name, "product, %s", precisions[p]);
        report(name, seconds, 12 * s * s, 2 * s * s * s);
    }
    report("sigmoid", median(run_sigmoid), 8 * n, 0);
    report("layer norm forward", median(run_norm), 8 * n, 0);
    report("layer norm backward", median(run_norm_backward), 16 * n, 0);
    report("six shift mixes", median(run_shift_mix), 28 * n, 0);
    if (all.small)
        bench_recurrence(1, 20, 2, 32);
    else {
        bench_recurrence(all.B, 512, all.H, 64);
        bench_recurrence(32 * all.B, 16, all.H, 64);
        bench_recurrence(all.B, 512, 2 * all.H, 32);
    }
}

/* One block for all arrays. */
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
    fill_arrays(each);
    work();
    rm_arena_free(&arena);
}

/* ------------------------------------------------------------------------------- whole */

static rimer_config model_config(int64_t width, int64_t layers, int64_t batch, int precision) {
    rimer_config config;
    rimer_config_init(&config);
    config.context_len = 336;
    config.patch_len = 16;
    config.output_len = config.horizon = 96;
    config.width = width;
    config.head_size = width < 64 ? width : 64;
    config.layers = layers;
    config.precision = precision;
    config.batch = batch;
    config.origin = RIMER_ORIGIN_LAST;
    config.mask = RIMER_MASK_OFF;
    snprintf(config.device, sizeof config.device, "cuda");
    return config;
}

static rimer_dataset *waves(void) {
    enum { STEPS = 12000 }; /* more windows than a batch has rows */
    static float values[STEPS];
    rimer_dataset *dataset;
    for (int i = 0; i < STEPS; i++)
        values[i] = (float)sin(i * 0.1) + (float)(i % 7);
    must(rimer_dataset_from_values(values, STEPS, 1, NULL, &dataset));
    return dataset;
}

/* The first step is called, the second recorded, the others are launched. */
static double time_steps(rm_lanes *lanes, const rm_windows *windows, int64_t batch) {
    int64_t *rows = room(batch, sizeof *rows), count = 0;
    double times[RUNS], loss = 0;
    for (int64_t i = 0; i < batch; i++)
        rows[i] = i % windows->n_rows;
    for (int i = -3; i < RUNS; i++) {
        double begin = now();
        must(rm_lanes_step(lanes, rows, batch, 1e-4, i + 4, &loss, &count));
        if (i >= 0)
            times[i] = now() - begin;
    }
    free(rows);
    return median_of(times, RUNS);
}

static double step_flops(const rm_network *network, int64_t rows, int64_t context_len) {
    const rm_shape *s = &network->shape;
    int64_t tokens = rm_shape_tokens(s, context_len);
    return (double)s->layers * recurrence_flops(rows, tokens, s->heads, s->head_size, 1) +
           product_flops(network, rows, tokens, 1, 1);
}

static void bench_step(int64_t width, int64_t layers, int64_t batch, int precision) {
    rimer_config config = model_config(width, layers, batch, precision);
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
    double seconds = time_steps(lanes, &windows, batch);
    double flops = step_flops(&model->network, batch, config.context_len);
    snprintf(what, sizeof what, "step, %.1f M, %lld rows, %s",
             (double)rimer_model_n_parameters(model) * 1e-6, (long long)batch,
             precisions[precision]);
    printf("%-40s %9.3f ms %9.0f rows/s %9.1f GFLOP/s %5.1f %% of the floor of its products\n",
           what, seconds * 1e3, (double)batch / seconds, flops / seconds * 1e-9,
           100 * flops / all.product_rate[precision] / seconds);
    rm_lanes_free(lanes);
    rm_pool_free(pool);
    rm_windows_free(&windows);
    rm_scaler_free(&scaler);
    rimer_model_free(model);
    rimer_dataset_free(dataset);
    free(moments);
}

static void bench_forecast(int64_t width, int64_t layers, int64_t rows) {
    rimer_config config = model_config(width, layers, 1, RM_FLOAT32);
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
            printf("%-40s %9.3f ms %9.0f series/s\n", "forecast", seconds * 1e3,
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
    for (int p = 0; p < RM_PRECISIONS; p++)
        must(rm_device_precise(&all.tables[p], "cuda", p));
    must(rm_device_plain(&all.plain, "cuda"));
    all.k = &all.tables[RM_FLOAT32];
    printf("%s\n", found.text);
    with_arrays(bench_kernels);
    for (int p = 0; p < RM_PRECISIONS; p++)
        if (all.small)
            bench_step(64, 1, 4, p);
        else {
            bench_step(128, 2, 256, p);
            bench_step(512, 3, 4096, p);
        }
    if (all.small) {
        bench_forecast(64, 1, 4);
        return 0;
    }
    bench_forecast(128, 2, 100000);
    bench_forecast(512, 3, 100000);
    return 0;
}
