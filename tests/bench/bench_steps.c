/* Whole training steps, the recurrence alone, forecasts and start-up, each beside the floor of the
 * machine measured in the same run: `make bench`, or one case at a time (--help).
 *
 * A step is gather, forward, backward, clip and optimiser. Its FLOPs and what it has to move are
 * counted (flops.h). The floor is the FLOPs at the rate of a large sgemm on every thread at once,
 * measured between the steps, so that a busy machine slows both; of a step also what clip and
 * optimiser move after them, at the rate of x += y in as much memory. Each case runs in a process
 * of its own: its peak of resident memory is its own, too. */
#include "flops.h"
#include "kernels/blas.h"
#include "measure.h"
#include "model/model_inside.h"
#include "rimer/rimer.h"
#include "stopwatch.h"
#include "train/lanes.h"

#include <fcntl.h>
#include <math.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* STEP_LAST: the loss looks at the last token alone. */
typedef enum kind { STEP, STEP_LAST, RECURRENCE, FORECAST, PUSH, PUSH_FORECAST, START } kind;

/* Of what kind the network is: preset blackgoose, RWKV-7 layers in full, or the default. */
typedef enum family { PUBLISHED, FULL, DEFAULT } family;

typedef struct bench_case {
    const char *name, *about;
    kind kind;
    family family;
    int64_t width, layers, tokens, rows;
    int precision;
} bench_case;

enum {
    F32 = RIMER_PRECISION_FLOAT32,
    TF32 = RIMER_PRECISION_TF32,
    BF16 = RIMER_PRECISION_BFLOAT16
};

/* torch_step.py knows the cases by these names. */
/* clang-format off */
static const bench_case cases[] = {
    {"published-t7", "published block, 224 rows, 7 tokens", STEP, PUBLISHED, 512, 1, 7, 224, F32},
    {"published-t21", "published block, 224 rows, 21 tokens", STEP, PUBLISHED, 512, 1, 21, 224, F32},
    {"full-t7", "two full layers, width 512, 224 rows, 7 tokens", STEP, FULL, 512, 2, 7, 224, F32},
    {"full-t21", "two full layers, width 512, 224 rows, 21 tokens", STEP, FULL, 512, 2, 21, 224, F32},
    {"published-t7-tf32", "published block, 7 tokens, tf32", STEP, PUBLISHED, 512, 1, 7, 224, TF32},
    {"published-t7-bf16", "published block, 7 tokens, bfloat16", STEP, PUBLISHED, 512, 1, 7, 224, BF16},
    {"published-t21-tf32", "published block, 21 tokens, tf32", STEP, PUBLISHED, 512, 1, 21, 224, TF32},
    {"published-t21-bf16", "published block, 21 tokens, bfloat16", STEP, PUBLISHED, 512, 1, 21, 224, BF16},
    {"full-t7-tf32", "two full layers, 7 tokens, tf32", STEP, FULL, 512, 2, 7, 224, TF32},
    {"full-t7-bf16", "two full layers, 7 tokens, bfloat16", STEP, FULL, 512, 2, 7, 224, BF16},
    {"full-t21-tf32", "two full layers, 21 tokens, tf32", STEP, FULL, 512, 2, 21, 224, TF32},
    {"full-t21-bf16", "two full layers, 21 tokens, bfloat16", STEP, FULL, 512, 2, 21, 224, BF16},
    {"full128-t7", "two full layers, width 128, 224 rows, 7 tokens", STEP, FULL, 128, 2, 7, 224, F32},
    {"full128-t7-tf32", "width 128, 7 tokens, tf32", STEP, FULL, 128, 2, 7, 224, TF32},
    {"full128-t7-bf16", "width 128, 7 tokens, bfloat16", STEP, FULL, 128, 2, 7, 224, BF16},
    {"published-t7-last", "published block, 7 tokens, last", STEP_LAST, PUBLISHED, 512, 1, 7, 224, F32},
    {"published-t21-last", "published block, 21 tokens, last", STEP_LAST, PUBLISHED, 512, 1, 21, 224, F32},
    {"full-t7-last", "two full layers, 7 tokens, last", STEP_LAST, FULL, 512, 2, 7, 224, F32},
    {"full-t21-last", "two full layers, 21 tokens, last", STEP_LAST, FULL, 512, 2, 21, 224, F32},
    {"full128-t7-last", "width 128, 7 tokens, last", STEP_LAST, FULL, 128, 2, 7, 224, F32},
    {"published-t1", "published block, 30 rows, one token", STEP, PUBLISHED, 512, 1, 1, 30, F32},
    {"default-t7", "default network, 256 rows, 7 tokens", STEP, DEFAULT, 64, 1, 7, 256, F32},
    {"default-t7-tf32", "default network, 7 tokens, tf32", STEP, DEFAULT, 64, 1, 7, 256, TF32},
    {"default-t7-bf16", "default network, 7 tokens, bfloat16", STEP, DEFAULT, 64, 1, 7, 256, BF16},
    {"recurrence-t7", "recurrence, 224 rows, 8 heads of 64, 7 tokens", RECURRENCE, PUBLISHED, 512, 1, 7, 224, F32},
    {"recurrence-t21", "recurrence, 224 rows, 8 heads of 64, 21 tokens", RECURRENCE, PUBLISHED, 512, 1, 21, 224, F32},
    {"forecast", "published block, one forecast, 7 tokens", FORECAST, PUBLISHED, 512, 1, 7, 1, F32},
    {"forecast-256", "published block, 256 forecasts, 7 tokens", FORECAST, PUBLISHED, 512, 1, 7, 256, F32},
    {"forecast-default", "default network, one forecast", FORECAST, DEFAULT, 64, 1, 7, 1, F32},
    {"forecast-default-256", "default network, 256 forecasts", FORECAST, DEFAULT, 64, 1, 7, 256, F32},
    {"push-default", "default network, a patch pushed to a stream", PUSH, DEFAULT, 64, 1, 7, 1, F32},
    {"push-forecast-default", "default network, a patch pushed, a forecast", PUSH_FORECAST, DEFAULT, 64, 1, 7, 1, F32},
    {"forecast-t21", "two full layers, width 128, one forecast", FORECAST, FULL, 128, 2, 21, 1, F32},
    {"push-t21", "two full layers, width 128, a patch pushed", PUSH, FULL, 128, 2, 21, 1, F32},
    {"start", "process of rimer-forecast, published block", START, PUBLISHED, 512, 1, 7, 1, F32},
    {"start-default", "process of rimer-forecast, default network", START, DEFAULT, 64, 1, 7, 1, F32},
};
/* clang-format on */

enum { N_CASES = sizeof cases / sizeof *cases };

static struct settings {
    int json, runs;     /* runs 0: as many as the kind of case needs */
    int64_t threads;    /* 0: one, then all */
    const char *wanted; /* NULL: every case */
    char program[1024]; /* rimer-forecast */
} set;

static void configure_network(const bench_case *to, rimer_config *config) {
    rimer_config_init(config);
    config->batch = to->rows;
    config->precision = to->precision;
    if (to->family == DEFAULT) {
        config->context_len = 336;
        config->patch_len = config->context_len / to->tokens;
        config->horizon = config->output_len = 96;
        return;
    }
    if (rimer_config_preset(config, "blackgoose") != RIMER_OK)
        fail(to->name);
    config->context_len = to->tokens * config->patch_len;
    config->width = to->width;
    config->layers = to->layers;
    config->clip = 1;
    if (to->family == FULL) {
        config->channel_mix = RIMER_MIX_RWKV;
        config->position = RIMER_POSITION_NONE;
        config->input_norm = config->output_norm = RIMER_YES;
    }
}

static void configure(const bench_case *to, rimer_config *config) {
    configure_network(to, config);
    if (to->kind == PUSH || to->kind == PUSH_FORECAST) /* the preset has a norm of its own */
        config->norm = RIMER_NORM_CAUSAL;
    if (to->kind == STEP_LAST)
        config->loss_tokens = RIMER_TOKENS_LAST;
}

/* ------------------------------------------------------------------------------- report */

static void report_json(const bench_case *what, const result *r) {
    printf("{\"case\": \"%s\", \"threads\": %lld, \"parameters\": %lld, \"ms\": %.4f, "
           "\"least_ms\": %.4f, \"gflop\": %.4f, \"recurrence_gflop\": %.4f, "
           "\"sgemm_gflops\": %.2f, \"shape_gflops\": %.2f, \"moved_mb\": %.2f, "
           "\"memory_gbs\": %.2f, \"floor_ms\": %.4f, \"least_floor_ms\": %.4f, "
           "\"buffers_mib\": %.1f, \"peak_mib\": %.1f}\n",
           what->name, (long long)r->threads, (long long)r->parameters, r->ms, r->least_ms,
           r->flops * 1e-9, r->recurrence * 1e-9, r->rate * 1e-9, r->shape * 1e-9,
           (r->pass_bytes + r->update_bytes) * 1e-6, r->memory_rate * 1e-9,
           floor_ms(r, r->rate), floor_ms(r, r->best_rate), r->buffers_mib, r->peak_mib);
}

static void report(const bench_case *what, const result *r) {
    if (set.json) {
        report_json(what, r);
        return;
    }
    printf("%-50s %lld %9.3f %9.3f", what->about, (long long)r->threads, r->ms, r->least_ms);
    if (r->flops > 0)
        printf(" %7.2f %7.1f %6.1f %8.2f %4.0f %%", r->flops * 1e-9, r->rate * 1e-9,
               r->shape * 1e-9, floor_ms(r, r->rate), 100 * floor_ms(r, r->rate) / r->ms);
    if (r->buffers_mib > 0)
        printf(" %6.0f %6.0f", r->buffers_mib, r->peak_mib);
    if (r->memory_rate > 0)
        printf(" %6.1f %6.1f", (r->pass_bytes + r->update_bytes) * 1e-6, r->memory_rate * 1e-9);
    putchar('\n');
}

static int runs_or(int usual) {
    return set.runs ? set.runs : usual;
}

/* ------------------------------------------------------------------------ training step */

typedef struct step_bench {
    rm_lanes *lanes;
    int64_t *rows, n_rows, number;
} step_bench;

static void run_step(void *arg) {
    step_bench *s = arg;
    double loss = 0;
    int64_t count = 0;
    if (rm_lanes_step(s->lanes, s->rows, s->n_rows, 1e-4, ++s->number, &loss, &count) !=
        RIMER_OK)
        fail("step");
}

/* What rm_lanes_create borrows. */
typedef struct step_data {
    rimer_config config;
    rimer_dataset *dataset;
    rimer_model *model;
    rm_scaler scaler;
    rm_windows windows;
    rm_real *moments[3];
} step_data;

static void step_data_open(const bench_case *to, step_data *data) {
    enum { STEPS = 3000 };
    float *values = room(STEPS, sizeof *values);
    for (int i = 0; i < STEPS; i++)
        values[i] = (float)sin(i * 0.1) + (float)(i % 7);
    configure(to, &data->config);
    const rimer_config *config = &data->config;
    if (rimer_dataset_from_values(values, STEPS, 1, NULL, &data->dataset) != RIMER_OK ||
        rimer_model_create(config, &data->model) != RIMER_OK ||
        rm_scaler_fit(&data->scaler, data->dataset, config->split) != RIMER_OK ||
        rm_windows_make(&data->windows, data->dataset, config->split, RM_PART_TRAIN,
                        config->context_len, config->output_len, 1) != RIMER_OK)
        fail(to->name);
    for (int i = 0; i < 3; i++)
        data->moments[i] = numbers(data->model->network.registry.total, 0, 0);
    free(values);
}

static void step_data_close(step_data *data) {
    rm_windows_free(&data->windows);
    rm_scaler_free(&data->scaler);
    rimer_model_free(data->model);
    rimer_dataset_free(data->dataset);
    for (int i = 0; i < 3; i++)
        free(data->moments[i]);
}

/* Not every processor has every precision. */
static void skip(const bench_case *what) {
    fprintf(set.json ? stderr : stdout, "%-50s skipped: %s\n", what->about, rimer_last_error());
}

static void bench_step(const bench_case *to, rm_pool *pool) {
    step_data data;
    result r = {0};
    step_bench bench = {.n_rows = to->rows};
    step_data_open(to, &data);
    r.parameters = rimer_model_n_parameters(data.model);
    const rm_network *network = &data.model->network;
    rm_real *params = data.model->values, **more = data.moments;
    rm_lanes_setup setup = {&data.config, network, &data.windows, &data.scaler, pool, params,
                            more[0],      more[1], more[2],       0.01,         0};
    rimer_status status = rm_lanes_create(&bench.lanes, &setup);
    if (status == RIMER_USAGE) {
        skip(to);
        step_data_close(&data);
        return;
    }
    if (status != RIMER_OK)
        fail(to->name);
    bench.rows = room(to->rows, sizeof *bench.rows);
    for (int64_t i = 0; i < to->rows; i++)
        bench.rows[i] = i % data.windows.n_rows;
    int64_t outputs = data.config.loss_tokens == RIMER_TOKENS_ALL ? to->tokens : 1;
    r.recurrence =
        (double)to->layers * recurrence_flops(to->rows, to->tokens, network->shape.heads,
                                              network->shape.head_size, 1);
    r.flops = r.recurrence + product_flops(network, to->rows, to->tokens, outputs, 1);
    r.buffers_mib = (double)rm_lanes_bytes(bench.lanes) / (1 << 20);
    measure(&r, pool, runs_or(15), run_step, &bench);
    int64_t lane_rows = (to->rows + data.config.lanes - 1) / data.config.lanes;
    r.shape = shape_rate(pool, lane_rows * to->tokens, to->width);
    r.pass_bytes = pass_bytes(network);
    r.update_bytes = update_bytes(network);
    r.memory_rate = sweep_rate(pool, step_blocks_bytes(network));
    report(to, &r);
    rm_lanes_free(bench.lanes);
    free(bench.rows);
    step_data_close(&data);
}

/* --------------------------------------------------------------------------- recurrence */

/* As in training: one task a share of the rows, in blocks that go forward and back at once. */
typedef struct recurrence {
    const rm_kernels *k;
    rm_pool *pool;
    int64_t B, T, H, N, block; /* B: rows of one share */
    struct share {
        rm_real *in[6], *dy, *y, *gradient[6], *saved, *scratch;
    } share[8];
} recurrence;

enum { N_SHARES = 8, BLOCK_TOKENS = 112 };

static void run_rows(const recurrence *r, const struct share *s, int64_t row, int64_t B) {
    int64_t at = row * r->T * r->H * r->N;
    const rm_real *x[6];
    rm_real *g[6];
    for (int i = 0; i < 6; i++) {
        x[i] = s->in[i] + at;
        g[i] = s->gradient[i] + at;
    }
    r->k->wkv7_forward(s->y + at, NULL, s->saved, NULL, x[0], x[1], x[2], x[3], x[4], x[5],
                       s->scratch, B, r->T, r->H, r->N);
    r->k->wkv7_backward(g[0], g[1], g[2], g[3], g[4], g[5], NULL, s->dy + at, NULL, s->saved,
                        NULL, x[0], x[1], x[2], x[3], x[4], x[5], s->scratch, B, r->T, r->H,
                        r->N);
}

static rimer_status run_share(void *arg, int64_t index, int64_t worker) {
    const recurrence *r = arg;
    (void)worker;
    for (int64_t row = 0; row < r->B; row += r->block)
        run_rows(r, &r->share[index], row, r->B - row < r->block ? r->B - row : r->block);
    return RIMER_OK;
}

static void run_recurrence(void *arg) {
    recurrence *r = arg;
    if (rm_pool_run(r->pool, N_SHARES, run_share, r) != RIMER_OK)
        fail("recurrence");
}

static void share_open(recurrence *r, struct share *s) {
    int64_t n = r->B * r->T * r->H * r->N;
    for (int i = 0; i < 6; i++) {
        double high = i >= 4 ? 1 / (double)r->N : 1; /* alpha and beta are small */
        s->in[i] = numbers(n, i == 1 ? 0.55 : -high, high);
        s->gradient[i] = numbers(n, 0, 0);
    }
    s->dy = numbers(n, -1, 1);
    s->y = numbers(n, 0, 0);
    s->saved = numbers(rm_wkv7_checkpoints(r->B, r->T, r->H, r->N), 0, 0);
    s->scratch = numbers(rm_wkv7_scratch(r->H, r->N), 0, 0);
}

static void share_close(struct share *s) {
    for (int i = 0; i < 6; i++)
        free(s->in[i]), free(s->gradient[i]);
    free(s->dy), free(s->y), free(s->saved), free(s->scratch);
}

static void bench_recurrence(const bench_case *to, rm_pool *pool) {
    static recurrence r;
    result found = {0};
    r = (recurrence){.pool = pool, .B = to->rows / N_SHARES, .T = to->tokens, .N = 64};
    r.H = to->width / r.N;
    r.block = BLOCK_TOKENS / r.T;
    if (rm_kernels_choose(&r.k) != RIMER_OK)
        fail(to->name);
    for (int i = 0; i < N_SHARES; i++)
        share_open(&r, &r.share[i]);
    found.recurrence = found.flops = recurrence_flops(to->rows, to->tokens, r.H, r.N, 1);
    measure(&found, pool, runs_or(25), run_recurrence, &r);
    report(to, &found);
    for (int i = 0; i < N_SHARES; i++)
        share_close(&r.share[i]);
}

/* ----------------------------------------------------------------------------- forecast */

enum { MAX_SESSIONS = 256 };

/* A session is one thread's: the rows are shared out. */
typedef struct forecast_bench {
    rm_pool *pool;
    rimer_session *session[MAX_SESSIONS];
    int64_t sessions, rows, context_len, horizon;
    float *x, *y;
} forecast_bench;

static rimer_status run_session(void *arg, int64_t index, int64_t worker) {
    const forecast_bench *f = arg;
    int64_t begin = f->rows * index / f->sessions, end = f->rows * (index + 1) / f->sessions;
    (void)worker;
    return rimer_session_forecast(f->session[index], end - begin, f->context_len,
                                  f->x + begin * f->context_len, f->horizon,
                                  f->y + begin * f->horizon);
}

static void run_forecast(void *arg) {
    forecast_bench *f = arg;
    if (rm_pool_run(f->pool, f->sessions, run_session, f) != RIMER_OK)
        fail("forecast");
}

static rimer_model *model_of(const bench_case *to, rimer_config *config) {
    rimer_model *model;
    configure(to, config);
    if (rimer_model_create(config, &model) != RIMER_OK)
        fail(to->name);
    return model;
}

static void bench_forecast(const bench_case *to, rm_pool *pool) {
    rimer_config config;
    result r = {0};
    rimer_model *model = model_of(to, &config);
    r.parameters = rimer_model_n_parameters(model);
    forecast_bench f = {.pool = pool,
                        .rows = to->rows,
                        .context_len = config.context_len,
                        .horizon = config.horizon};
    f.sessions = rm_pool_size(pool) < f.rows ? rm_pool_size(pool) : f.rows;
    f.sessions = f.sessions < MAX_SESSIONS ? f.sessions : MAX_SESSIONS;
    f.x = room(f.rows * f.context_len, sizeof *f.x);
    f.y = room(f.rows * f.horizon, sizeof *f.y);
    for (int64_t i = 0; i < f.rows * f.context_len; i++)
        f.x[i] = (float)(i % 24);
    for (int64_t i = 0; i < f.sessions; i++)
        if (rimer_session_create(model, f.rows, &f.session[i]) != RIMER_OK)
            fail(to->name);
    r.recurrence =
        (double)to->layers * recurrence_flops(f.rows, to->tokens, model->network.shape.heads,
                                              model->network.shape.head_size, 0);
    r.flops = r.recurrence + product_flops(&model->network, f.rows, to->tokens, 1, 0);
    measure(&r, pool, runs_or(51), run_forecast, &f);
    r.shape = shape_rate(pool, f.rows * to->tokens, to->width);
    report(to, &r);
    for (int64_t i = 0; i < f.sessions; i++)
        rimer_session_free(f.session[i]);
    rimer_model_free(model);
    free(f.x), free(f.y);
}

/* ------------------------------------------------------------------------------- stream */

/* Beside these stand the forecasts above: what it costs to read the context again. */
typedef struct push_bench {
    rimer_stream *stream;
    int64_t patch_len, horizon; /* 0: no forecast */
    float *x, *y;
} push_bench;

static void run_push(void *arg) {
    push_bench *p = arg;
    if (rimer_stream_push(p->stream, p->patch_len, p->x) != RIMER_OK ||
        (p->horizon && rimer_stream_forecast(p->stream, p->horizon, NULL, p->y) != RIMER_OK))
        fail("push");
}

static void bench_push(const bench_case *to, rm_pool *pool) {
    rimer_config config;
    result r = {0};
    rimer_model *model = model_of(to, &config);
    int64_t outputs = to->kind == PUSH_FORECAST;
    push_bench p = {.patch_len = config.patch_len, .horizon = outputs * config.horizon};
    r.parameters = rimer_model_n_parameters(model);
    r.recurrence = (double)to->layers * recurrence_flops(1, 1, model->network.shape.heads,
                                                         model->network.shape.head_size, 0);
    r.flops = r.recurrence + product_flops(&model->network, 1, 1, outputs, 0);
    p.x = room(p.patch_len, sizeof *p.x);
    p.y = room(config.horizon, sizeof *p.y);
    for (int64_t i = 0; i < p.patch_len; i++)
        p.x[i] = (float)(i % 24);
    if (rimer_stream_create(model, 1, NULL, &p.stream) != RIMER_OK)
        fail(to->name);
    while (!rimer_stream_is_carried(p.stream))
        run_push(&p);
    measure(&r, pool, runs_or(51), run_push, &p);
    report(to, &r);
    rimer_stream_free(p.stream);
    rimer_model_free(model);
    free(p.x), free(p.y);
}

/* ----------------------------------------------------------------------------- start-up */

extern char **environ;

typedef struct start_bench {
    char *command[6];
    posix_spawn_file_actions_t quiet;
} start_bench;

static void run_start(void *arg) {
    start_bench *s = arg;
    pid_t child;
    int status;
    if (posix_spawn(&child, s->command[0], &s->quiet, NULL, s->command, environ) != 0 ||
        waitpid(child, &status, 0) != child || status != 0) {
        fprintf(stderr, "bench: %s cannot be run\n", s->command[0]);
        exit(1);
    }
}

static void write_table(FILE *file, int64_t steps) {
    fputs("date,load\n", file);
    for (int64_t i = 0; i < steps; i++)
        fprintf(file, "2024-01-%02d %02d:00:00,%.3f\n", (int)(i / 24) + 1, (int)(i % 24),
                10 + 3 * sin((double)i * 0.2618) + 0.1 * (double)(i % 7));
    fclose(file);
}

/* The whole process: a model and a table of one context in files, the forecast thrown away. */
static void bench_start(const bench_case *to, rm_pool *pool) {
    enum { RUNS = 51 };
    char model_path[] = "/tmp/rimer-bench-XXXXXX", data_path[] = "/tmp/rimer-bench-XXXXXX";
    char flag[] = "-m";
    rimer_config config;
    result r = {.threads = rm_pool_size(pool)};
    double times[MAX_RUNS];
    int runs = runs_or(RUNS), model_file = mkstemp(model_path), data_file = mkstemp(data_path);
    rimer_model *model = model_of(to, &config);
    if (model_file < 0 || data_file < 0 || rimer_model_save(model, model_path) != RIMER_OK)
        fail(to->name);
    write_table(fdopen(data_file, "w"), config.context_len);
    start_bench s = {.command = {set.program, flag, model_path, data_path, NULL}};
    posix_spawn_file_actions_init(&s.quiet);
    posix_spawn_file_actions_addopen(&s.quiet, 1, "/dev/null", O_WRONLY, 0);
    run_start(&s); /* warm */
    for (int run = 0; run < runs; run++) {
        double begin = now();
        run_start(&s);
        times[run] = 1e3 * (now() - begin);
    }
    r.ms = median_of(times, (size_t)runs);
    r.least_ms = times[0];
    report(to, &r);
    posix_spawn_file_actions_destroy(&s.quiet);
    close(model_file);
    unlink(model_path), unlink(data_path);
    rimer_model_free(model);
}

/* -------------------------------------------------------------------------------- cases */

static void run_case(const bench_case *to, int64_t threads) {
    rm_pool *pool;
    rm_blas_single_thread();
    if (rm_pool_create(threads, &pool) != RIMER_OK)
        fail(to->name);
    switch (to->kind) {
    case STEP:
    case STEP_LAST:
        bench_step(to, pool);
        break;
    case RECURRENCE:
        bench_recurrence(to, pool);
        break;
    case FORECAST:
        bench_forecast(to, pool);
        break;
    case PUSH:
    case PUSH_FORECAST:
        bench_push(to, pool);
        break;
    case START:
        bench_start(to, pool);
        break;
    }
    rm_pool_free(pool);
}

/* In a process of its own. */
static void isolate(const bench_case *to, int64_t threads) {
    int status;
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        run_case(to, threads);
        exit(0);
    }
    if (child < 0 || waitpid(child, &status, 0) != child || status != 0)
        exit(1);
}

static void find_program(const char *self) {
    const char *slash = strrchr(self, '/');
    snprintf(set.program, sizeof set.program, "%.*s../bin/rimer-forecast",
             slash ? (int)(slash - self) + 1 : 0, self);
}

static void usage(void) {
    puts("bench_steps [--json] [--case NAME] [--threads N] [--runs N] [--program FILE]\n"
         "FILE: rimer-forecast, for the start-up cases. Cases:");
    for (int i = 0; i < N_CASES; i++)
        printf("  %-22s %s\n", cases[i].name, cases[i].about);
    exit(2);
}

static void read_options(int argc, char **argv) {
    find_program(argv[0]);
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--json") == 0)
            set.json = 1;
        else if (i + 1 == argc)
            usage();
        else if (strcmp(argv[i], "--case") == 0)
            set.wanted = argv[++i];
        else if (strcmp(argv[i], "--threads") == 0)
            set.threads = atol(argv[++i]);
        else if (strcmp(argv[i], "--runs") == 0)
            set.runs = atoi(argv[++i]);
        else if (strcmp(argv[i], "--program") == 0)
            snprintf(set.program, sizeof set.program, "%s", argv[++i]);
        else
            usage();
    }
    if (set.runs < 0 || set.runs > MAX_RUNS)
        usage();
}

int main(int argc, char **argv) {
    read_options(argc, argv);
    if (!set.json)
        printf("%s\n\n%-46s threads %9s %9s %7s %7s %6s %8s %6s %6s %6s %6s %6s\n",
               rimer_build_text(), "", "ms", "least", "GFLOP", "sgemm", "shape", "floor ms",
               "share", "MiB", "peak", "MB", "GB/s");
    for (int i = 0; i < N_CASES; i++) {
        int single = cases[i].rows == 1;
        if (set.wanted && strcmp(set.wanted, cases[i].name) != 0)
            continue;
        if (set.threads || single) {
            isolate(&cases[i], single ? 1 : set.threads);
            continue;
        }
        isolate(&cases[i], 1);
        isolate(&cases[i], 0); /* as many as processors */
    }
    return 0;
}
