/* Speed, beside the floor of the machine measured in the same run: `make bench`.
 *
 * Each figure is the median of several runs. FLOPs are counted from the equations; the floor of a
 * step is its matrix FLOPs at the rate of a large sgemm, times the threads. */
#include "base/rng.h"
#include "kernels/blas.h"
#include "model/model_inside.h"
#include "rimer/rimer.h"
#include "stopwatch.h"
#include "train/lanes.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { RUNS = 9, CONTEXT = 336 };

/* Median seconds of one call of `work`. */
static double median(void (*work)(void *arg), void *arg) {
    double times[RUNS];
    work(arg); /* warm */
    for (int i = 0; i < RUNS; i++) {
        double begin = now();
        work(arg);
        times[i] = now() - begin;
    }
    return median_of(times, RUNS);
}

static rm_real *numbers(int64_t n, double low, double high) {
    rm_real *x = malloc((size_t)n * sizeof *x);
    rm_rng rng = rm_rng_make(1, (uint64_t)n);
    if (!x)
        abort();
    for (int64_t i = 0; i < n; i++)
        x[i] = (rm_real)(low + (high - low) * rm_rng_uniform(&rng));
    return x;
}

static void fail(const char *what) {
    fprintf(stderr, "bench: %s: %s\n", what, rimer_last_error());
    exit(1);
}

/* ------------------------------------------------------------------------------- floors */

typedef struct product {
    int64_t m, n, k;
    rm_real *a, *b, *c;
} product;

static void run_product(void *arg) {
    product *p = arg;
    for (int i = 0; i < 4; i++)
        rm_gemm(0, 1, p->m, p->n, p->k, 1, p->a, p->k, p->b, p->k, 0, p->c, p->n);
}

static double gemm_rate(int64_t m, int64_t n, int64_t k) {
    product p = {m, n, k, numbers(m * k, -1, 1), numbers(n * k, -1, 1), numbers(m * n, 0, 0)};
    double rate = 4 * 2.0 * (double)(m * n * k) / median(run_product, &p);
    free(p.a), free(p.b), free(p.c);
    return rate;
}

typedef struct memory {
    int64_t n;
    rm_real *from, *to;
} memory;

static void run_memory(void *arg) {
    memory *m = arg;
    memcpy(m->to, m->from, (size_t)m->n * sizeof *m->to);
}

static double memory_rate(void) {
    memory m = {32 << 20, numbers(32 << 20, 0, 1), numbers(32 << 20, 0, 1)};
    double rate = 2.0 * (double)m.n * sizeof(rm_real) / median(run_memory, &m);
    free(m.from), free(m.to);
    return rate;
}

/* ----------------------------------------------------------------------- the recurrence */

enum { VECTORS = 6 };

typedef struct recurrence {
    const rm_kernels *k;
    int64_t B, T, H, N;
    rm_real *in[VECTORS], *dy, *out[1 + VECTORS], *states[2], *saved, *scratch;
} recurrence;

/* One chunk starts at zero, as in training; longer ones have states at both ends, so that every
 * token costs the same work. */
static int has_states(const recurrence *r) {
    return r->T > RM_WKV7_CHUNK;
}

static void run_forward(void *arg) {
    recurrence *r = arg;
    r->k->wkv7_forward(r->out[0], has_states(r) ? r->states[1] : NULL, r->saved,
                       has_states(r) ? r->states[0] : NULL, r->in[0], r->in[1], r->in[2],
                       r->in[3], r->in[4], r->in[5], r->scratch, r->B, r->T, r->H, r->N);
}

static void run_backward(void *arg) {
    recurrence *r = arg;
    r->k->wkv7_backward(r->out[1], r->out[2], r->out[3], r->out[4], r->out[5], r->out[6],
                        has_states(r) ? r->states[1] : NULL, r->dy,
                        has_states(r) ? r->states[0] : NULL, r->saved,
                        has_states(r) ? r->states[0] : NULL, r->in[0], r->in[1], r->in[2],
                        r->in[3], r->in[4], r->in[5], r->scratch, r->B, r->T, r->H, r->N);
}

/* Error of y in the first head, relative to its largest value, against E6 in double. */
static double recurrence_error(const recurrence *r) {
    int64_t N = r->N;
    double *s = calloc((size_t)(N * N), sizeof *s), size = 0, error = 0;
    for (int64_t i = 0; i < N * N && has_states(r); i++)
        s[i] = (double)r->states[0][i];
    for (int64_t t = 0; t < r->T; t++)
        for (int64_t i = 0, at = t * r->H * N; i < N; i++) {
            double removed = 0, y = 0, v = (double)r->in[3][at + i], *row = s + i * N;
            for (int64_t j = 0; j < N; j++)
                removed += row[j] * (double)r->in[4][at + j];
            for (int64_t j = 0; j < N; j++) {
                row[j] = row[j] * (double)r->in[1][at + j] +
                         removed * (double)r->in[5][at + j] + v * (double)r->in[2][at + j];
                y += row[j] * (double)r->in[0][at + j];
            }
            size = fmax(size, fabs(y));
            error = fmax(error, fabs(y - (double)r->out[0][at + i]));
        }
    free(s);
    return error / size;
}

/* FLOPs are those of the equations, 9 a value of the state forward and 25 backward, whichever
 * form a table computes; the chunked form does less work a token in one short chunk. */
static void bench_recurrence(const rm_kernels *k, double peak, int64_t B, int64_t T, int64_t H,
                             int64_t N) {
    recurrence r = {.k = k, .B = B, .T = T, .H = H, .N = N};
    int64_t n = B * T * H * N, tokens = B * T;
    double small = 1 / (double)N;
    for (int i = 0; i < VECTORS; i++)
        r.in[i] =
            i == 1 ? numbers(n, 0.55, 1) : numbers(n, i < 4 ? -1 : -small, i < 4 ? 1 : small);
    for (int i = 0; i < 1 + VECTORS; i++)
        r.out[i] = numbers(n, 0, 0);
    for (int i = 0; i < 2; i++)
        r.states[i] = numbers(B * H * N * N, -1, 1);
    r.dy = numbers(n, -1, 1);
    r.saved = numbers(rm_wkv7_checkpoints(B, T, H, N), 0, 0);
    r.scratch = numbers(rm_wkv7_scratch(H, N), 0, 0);
    double forward = median(run_forward, &r), backward = median(run_backward, &r);
    double flops = (double)(tokens * H * N * N);
    run_forward(&r);
    printf(
        "  %-7s %3lld rows, %4lld tokens, %lld x %2lld: forward %8.3f ms, %6.0f ns a token, "
        "%5.1f GFLOP/s (%3.0f %%); backward %8.3f ms, %5.1f GFLOP/s (%3.0f %%); error %.1e\n",
        k->name, (long long)B, (long long)T, (long long)H, (long long)N, forward * 1e3,
        forward * 1e9 / (double)tokens, 9e-9 * flops / forward, 900 * flops / forward / peak,
        backward * 1e3, 25e-9 * flops / backward, 2500 * flops / backward / peak,
        recurrence_error(&r));
    for (int i = 0; i < VECTORS; i++)
        free(r.in[i]);
    for (int i = 0; i < 1 + VECTORS; i++)
        free(r.out[i]);
    free(r.states[0]), free(r.states[1]), free(r.dy), free(r.saved), free(r.scratch);
}

/* --------------------------------------------------------------- training and forecasting */

typedef struct step_bench {
    rm_lanes *lanes;
    int64_t rows[4096], n_rows, number;
} step_bench;

static void run_step(void *arg) {
    step_bench *s = arg;
    double loss = 0;
    int64_t count = 0;
    if (rm_lanes_step(s->lanes, s->rows, s->n_rows, 1e-4, ++s->number, &loss, &count) !=
        RIMER_OK)
        fail("step");
}

/* Multiply-adds of the matrix products of one token, twice two for FLOPs of forward and backward
 * each way: 6 FLOPs a weight. */
static double step_flops(const rm_network *network, int64_t rows, int64_t tokens) {
    double weights = 0;
    for (int64_t i = 0; i < network->registry.n; i++) {
        const rm_param *param = &network->registry.items[i];
        if (param->cols && param->group != RM_GROUP_FITTED &&
            strncmp(param->name, "head", 4) != 0)
            weights += (double)param->count;
    }
    return 6 * weights * (double)(rows * tokens);
}

static void bench_step(const char *what, int64_t width, int64_t head_size, int64_t layers,
                       int64_t tokens, int64_t rows, int64_t threads, double rate) {
    enum { STEPS = 3000 };
    rimer_config config;
    rimer_dataset *dataset;
    rimer_model *model;
    rm_scaler scaler;
    rm_windows windows;
    rm_pool *pool;
    static step_bench bench;
    float *values = malloc(STEPS * sizeof *values);
    for (int i = 0; i < STEPS; i++)
        values[i] = (float)sin(i * 0.1) + (float)(i % 7);
    rimer_config_init(&config);
    config.context_len = CONTEXT;
    config.patch_len = CONTEXT / tokens;
    config.horizon = config.output_len = 96;
    config.width = width;
    config.head_size = head_size;
    config.layers = layers;
    config.batch = rows;
    if (rimer_dataset_from_values(values, STEPS, 1, NULL, &dataset) != RIMER_OK ||
        rimer_model_create(&config, &model) != RIMER_OK ||
        rm_scaler_fit(&scaler, dataset, config.split) != RIMER_OK ||
        rm_windows_make(&windows, dataset, config.split, RM_PART_TRAIN, config.context_len, 96,
                        1) != RIMER_OK ||
        rm_pool_create(threads, &pool) != RIMER_OK)
        fail(what);
    int64_t total = model->network.registry.total;
    rm_real *m = numbers(total, 0, 0), *v = numbers(total, 0, 0),
            *average = numbers(total, 0, 0);
    rm_lanes_setup setup = {&config, &model->network, &windows, &scaler, pool, model->values, m,
                            v,       average,         0.01};
    if (rm_lanes_create(&bench.lanes, &setup) != RIMER_OK)
        fail(what);
    bench.n_rows = rows;
    bench.number = 0;
    for (int64_t i = 0; i < rows; i++)
        bench.rows[i] = i % windows.n_rows;
    double seconds = median(run_step, &bench);
    double flops = step_flops(&model->network, rows, tokens);
    printf(
        "  %-34s %lld thread%s: %8.2f ms, %7.0f rows/s, %6.1f GFLOP/s in products, %3.0f %% of "
        "the floor, %.0f MiB\n",
        what, (long long)rm_pool_size(pool), rm_pool_size(pool) == 1 ? " " : "s", seconds * 1e3,
        (double)rows / seconds, flops / seconds * 1e-9,
        100 * flops / seconds / (rate * (double)rm_pool_size(pool)),
        (double)rm_lanes_bytes(bench.lanes) / (1 << 20));
    rm_lanes_free(bench.lanes);
    rm_pool_free(pool);
    rm_windows_free(&windows);
    rm_scaler_free(&scaler);
    rimer_model_free(model);
    rimer_dataset_free(dataset);
    free(m), free(v), free(average), free(values);
}

typedef struct forecast_bench {
    rimer_session *session;
    int64_t rows, context_len, horizon;
    float *x, *y;
} forecast_bench;

static void run_forecast(void *arg) {
    forecast_bench *f = arg;
    if (rimer_session_forecast(f->session, f->rows, f->context_len, f->x, f->horizon, f->y) !=
        RIMER_OK)
        fail("forecast");
}

static void bench_forecast(int64_t rows, int64_t horizon) {
    rimer_config config;
    rimer_model *model;
    rimer_config_init(&config);
    config.context_len = CONTEXT;
    config.patch_len = CONTEXT / 7;
    config.horizon = config.output_len = 96;
    forecast_bench bench = {.rows = rows, .context_len = CONTEXT, .horizon = horizon};
    bench.x = malloc((size_t)(rows * CONTEXT) * sizeof *bench.x);
    bench.y = malloc((size_t)(rows * horizon) * sizeof *bench.y);
    for (int64_t i = 0; i < rows * CONTEXT; i++)
        bench.x[i] = (float)(i % 24);
    if (rimer_model_create(&config, &model) != RIMER_OK ||
        rimer_session_create(model, rows, &bench.session) != RIMER_OK)
        fail("session");
    double seconds = median(run_forecast, &bench);
    printf("  %4lld row%s, %d steps to %4lld: %8.3f ms, %8.0f forecasts/s on one thread\n",
           (long long)rows, rows == 1 ? " " : "s", CONTEXT, (long long)horizon, seconds * 1e3,
           (double)rows / seconds);
    rimer_session_free(bench.session);
    rimer_model_free(model);
    free(bench.x), free(bench.y);
}

int main(void) {
    rm_blas_single_thread();
    double rate = gemm_rate(512, 512, 512);
    printf("%s\n\nFloors, one thread\n", rimer_build_text());
    printf("  product 512 x 512 x 512    %7.1f GFLOP/s\n", rate * 1e-9);
    printf("  product 672 x 64 x 64      %7.1f GFLOP/s\n", gemm_rate(672, 64, 64) * 1e-9);
    printf("  memory, copy of 128 MiB    %7.1f GB/s\n", memory_rate() * 1e-9);

    printf("\nRecurrence, one thread (share of the large product)\n");
    static const int64_t shapes[][4] = {{224, 7, 8, 64},  {224, 21, 8, 64}, {32, 7, 4, 16},
                                        {32, 21, 4, 16},  {4, 64, 8, 64},   {4, 256, 8, 64},
                                        {4, 1024, 8, 64}, {4, 4096, 8, 64}};
    const rm_kernels *table;
    for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++)
        for (int i = 0; (table = rm_kernels_at(i)); i++)
            if (rm_kernels_runs(table))
                bench_recurrence(table, rate, shapes[s][0], shapes[s][1], shapes[s][2],
                                 shapes[s][3]);

    printf("\nTraining step: forward, backward, clip, AdamW\n");
    for (int threads = 1; threads >= 0; threads--) { /* one, then all */
        bench_step("default: width 64, 7 tokens", 64, 16, 1, 7, 256, threads, rate);
        bench_step("width 64, 21 tokens", 64, 16, 1, 21, 256, threads, rate);
        bench_step("width 128, 2 layers, 7 tokens", 128, 64, 2, 7, 224, threads, rate);
        bench_step("width 512, 2 layers, 7 tokens", 512, 64, 2, 7, 224, threads, rate);
    }

    printf("\nForecast, default network\n");
    bench_forecast(1, 96);
    bench_forecast(1, 960);
    bench_forecast(256, 96);
    return 0;
}
