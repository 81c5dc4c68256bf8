#include "eval/forecast_dataset.h"

#include "base/array.h"
#include "base/threads.h"
#include "eval/look_back.h"
#include "eval/season.h"
#include "model/session_inside.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ADAPT_MOST 100
#define BATCH_ROWS 256
#define DEVICE_ROWS 16384 /* of a batch on a device, to which one thread gives work */

typedef struct forecast_run {
    const rimer_model *model;
    const rimer_dataset *dataset;
    int64_t context_len, horizon;
    int64_t n_rows, batch_rows; /* a row is a channel of a series */
    float *contexts;            /* [n_rows][context_len], scaled */
    rm_scale *scales;           /* [n_rows] */
    int64_t *n_steps;           /* [n_rows] of each context there are */
    rimer_place *places;        /* [n_rows] */
    char **problems;            /* [n_rows] */
    const rimer_forecast_wanted *wanted;
    rimer_levels levels; /* that are forecast; 0.5 alone: points */
    float *values;       /* [n_rows][levels][horizon] */
    int64_t n_sessions;
    rimer_session **sessions; /* one a worker */
} forecast_run;

/* Nothing is guessed: who wants a forecast of the rest says so. */
static rimer_status nothing_to_read(const forecast_run *run, int64_t s, int64_t c, int64_t n) {
    rimer_series series = rimer_dataset_series(run->dataset, s);
    char label[RM_LABEL_SIZE];
    RM_FAIL(DATA,
            "%s: %s: not one of the last %lld values is there to forecast from; leave the %s "
            "out (%s), or end the data where it still has values",
            rimer_dataset_name(run->dataset), rm_row_label(run->dataset, s, c, label),
            (long long)n, series.n_channels > 1 || !*series.id ? "column" : "series",
            series.n_channels > 1 || !*series.id ? "name the others with --channels"
                                                 : "its rows");
}

/* The end of a channel, right-aligned: what a short series lacks is missing. */
static rimer_status load_row(forecast_run *run, int64_t s, int64_t c) {
    rimer_series series = rimer_dataset_series(run->dataset, s);
    const char *name = rimer_dataset_channel_name(run->dataset, c);
    int64_t row = s * series.n_channels + c, size = run->context_len;
    int64_t n = series.n_steps < size ? series.n_steps : size;
    const float *end = series.values + c * series.n_steps + series.n_steps - n;
    float *context = run->contexts + row * size;
    rm_scale *scale = &run->scales[row];
    if (!rm_any_observed(end, n))
        return nothing_to_read(run, s, c, n);
    if (rimer_model_config(run->model)->log1p)
        RM_TRY(rm_log1p_check(run->dataset, s, c, end, n));
    RM_TRY(rm_model_scale_of(run->model, name, end + n, n, series.n_steps, scale));
    run->n_steps[row] = n;
    run->places[row] = (rimer_place){rimer_dataset_position(run->dataset, s, series.n_steps),
                                     rimer_model_channel_of(run->model, name)};
    for (int64_t i = 0; i < size - n; i++)
        context[i] = NAN;
    for (int64_t i = 0; i < n; i++)
        context[size - n + i] = (float)rm_scale_apply(*scale, (double)end[i]);
    return RIMER_OK;
}

/* What a row fails with ends all, or is kept. A row is one thread's. */
static rimer_status row_failed(forecast_run *run, int64_t row, rimer_status status) {
    if (status == RIMER_NO_MEMORY ||
        (run->n_rows == 1 && run->wanted->on_error == RIMER_ON_ERROR_FAIL))
        return status;
    if (run->wanted->on_error == RIMER_ON_ERROR_FAIL)
        return rm_error_set(status, "%s (--on-error skip goes on with the others)",
                            rimer_last_error());
    run->problems[row] = strdup(rimer_last_error());
    if (!run->problems[row])
        RM_FAIL(NO_MEMORY, "out of memory for what is wrong with a series");
    return RIMER_OK;
}

/* A context without an observed step has no forecast. */
static void empty_row(forecast_run *run, int64_t row) {
    for (int64_t i = 0; i < run->context_len; i++)
        run->contexts[row * run->context_len + i] = NAN;
    run->scales[row] = (rm_scale){0, 1, 0};
    run->places[row].channel = RIMER_CHANNEL_NONE;
}

static rimer_status load_rows(forecast_run *run) {
    int64_t n_channels = rimer_dataset_n_channels(run->dataset);
    RM_TRY(rm_array_new(&run->contexts, run->n_rows * run->context_len, sizeof *run->contexts));
    RM_TRY(rm_array_new(&run->scales, run->n_rows, sizeof *run->scales));
    RM_TRY(rm_array_new(&run->n_steps, run->n_rows, sizeof *run->n_steps));
    RM_TRY(rm_array_new(&run->places, run->n_rows, sizeof *run->places));
    RM_TRY(rm_array_new(&run->problems, run->n_rows, sizeof *run->problems));
    for (int64_t row = 0; row < run->n_rows; row++) {
        rimer_status status = load_row(run, row / n_channels, row % n_channels);
        if (status == RIMER_OK)
            continue;
        RM_TRY(row_failed(run, row, status));
        empty_row(run, row);
    }
    return RIMER_OK;
}

static rimer_status run_session(const forecast_run *run, rimer_session *session, int64_t first,
                                int64_t n_rows) {
    const float *contexts = run->contexts + first * run->context_len;
    float *values = run->values + first * run->levels.n * run->horizon;
    RM_TRY(rimer_session_place(session, n_rows, run->places + first));
    return rm_session_run(session, n_rows, run->context_len, contexts, run->n_steps + first,
                          run->horizon, run->levels.n == 1 ? NULL : &run->levels, values, NULL);
}

/* A forecast back in the units of the data. */
static rimer_status finish_row(const forecast_run *run, int64_t row) {
    int64_t n_channels = rimer_dataset_n_channels(run->dataset);
    int64_t each = run->levels.n * run->horizon;
    char label[RM_LABEL_SIZE];
    for (int64_t i = 0; i < each; i++) {
        float *value = &run->values[row * each + i];
        *value = (float)rm_scale_undo(run->scales[row], (double)*value);
        if (!isfinite(*value))
            RM_FAIL(FAILED,
                    "%s: %s: step %lld of the forecast is not a number; the model is "
                    "damaged, or the values are too large",
                    rimer_dataset_name(run->dataset),
                    rm_row_label(run->dataset, row / n_channels, row % n_channels, label),
                    (long long)(i % run->horizon + 1));
    }
    return RIMER_OK;
}

static rimer_status forecast_batch(void *arg, int64_t index, int64_t worker) {
    forecast_run *run = arg;
    int64_t first = index * run->batch_rows, left = run->n_rows - first;
    int64_t n_rows = left < run->batch_rows ? left : run->batch_rows;
    RM_TRY(run_session(run, run->sessions[worker], first, n_rows));
    for (int64_t row = first; row < first + n_rows; row++) {
        rimer_status status = run->problems[row] ? RIMER_OK : finish_row(run, row);
        if (status != RIMER_OK)
            RM_TRY(row_failed(run, row, status));
    }
    return RIMER_OK;
}

/* The last value of a channel at all steps, or NaN. */
static void stand_in(const forecast_run *run, int64_t row, int median) {
    int64_t n_channels = rimer_dataset_n_channels(run->dataset), H = run->horizon;
    rimer_series series = rimer_dataset_series(run->dataset, row / n_channels);
    const float *values = series.values + row % n_channels * series.n_steps;
    float *out = run->values + row * run->levels.n * H;
    int64_t last = series.n_steps - 1;
    while (last > 0 && isnan(values[last]))
        last--;
    for (int64_t i = 0; i < run->levels.n * H; i++)
        out[i] = NAN;
    for (int64_t h = 0; h < H && run->wanted->on_error == RIMER_ON_ERROR_NAIVE; h++)
        out[median * H + h] = values[last];
}

static rimer_status stand_in_where_failed(const forecast_run *run) {
    int median = rimer_levels_find(&run->levels, 0.5);
    int64_t n_failed = 0;
    for (int64_t row = 0; row < run->n_rows; row++)
        if (run->problems[row]) {
            stand_in(run, row, median);
            n_failed++;
        }
    if (n_failed == run->n_rows && run->wanted->on_error == RIMER_ON_ERROR_SKIP)
        RM_FAIL(DATA, "%s", run->problems[0]);
    return RIMER_OK;
}

static rimer_status open_sessions(forecast_run *run, rm_pool *pool) {
    RM_TRY(rm_array_new(&run->sessions, rm_pool_size(pool), sizeof(rimer_session *)));
    run->n_sessions = rm_pool_size(pool);
    for (int64_t w = 0; w < run->n_sessions; w++)
        RM_TRY(rimer_session_create(run->model, run->batch_rows, &run->sessions[w]));
    return RIMER_OK;
}

/* A model, or the user, may ask for a horizon of any length. */
static rimer_status check_room(const forecast_run *run) {
    int64_t values, limit = rm_memory_size() / 2 / (int64_t)sizeof(float);
    if (__builtin_mul_overflow(run->horizon, run->levels.n, &values) ||
        __builtin_add_overflow(run->context_len, values, &values) ||
        values > limit / run->n_rows)
        RM_FAIL(NO_MEMORY,
                "out of memory: %lld steps of each of %lld channels, from %lld; a shorter "
                "horizon takes less",
                (long long)run->horizon, (long long)run->n_rows, (long long)run->context_len);
    return RIMER_OK;
}

static rimer_status forecast_rows(forecast_run *run, int64_t threads) {
    double adapt = run->wanted->adapt;
    rm_pool *pool = NULL;
    rimer_status status;
    int64_t most = rm_model_on_device(run->model) ? DEVICE_ROWS : BATCH_ROWS;
    run->batch_rows = run->n_rows < most ? run->n_rows : most;
    RM_TRY(check_room(run));
    int64_t n_batches = (run->n_rows + run->batch_rows - 1) / run->batch_rows;
    RM_TRY(load_rows(run));
    RM_TRY(rm_array_new(&run->values, run->n_rows * run->levels.n * run->horizon,
                        sizeof *run->values));
    /* A thread without a batch would cost its start and a session for nothing. */
    threads = rm_model_on_device(run->model) ? 1 : rm_pool_threads(threads);
    int64_t tasks = adapt > 0 ? run->n_rows : n_batches;
    RM_TRY(rm_pool_create(threads < tasks ? threads : tasks, &pool));
    RM_TRY_GOTO(status, end, open_sessions(run, pool));
    status = rm_pool_run(pool, n_batches, forecast_batch, run);
    if (status == RIMER_OK && adapt > 0 && run->levels.n > 1) {
        rm_look_back back = {run->model,       run->dataset, run->levels,
                             run->context_len, run->horizon, adapt};
        status = rm_look_back_correct(&back, pool, run->values);
    }
    if (status == RIMER_OK)
        status = stand_in_where_failed(run);
end:
    rm_pool_free(pool);
    return status;
}

static void free_problems(char **problems, int64_t n) {
    for (int64_t row = 0; problems && row < n; row++)
        free(problems[row]);
    free(problems);
}

static void free_run(forecast_run *run) {
    for (int64_t w = 0; w < run->n_sessions; w++)
        rimer_session_free(run->sessions[w]);
    free(run->sessions);
    free(run->contexts);
    free(run->scales);
    free(run->n_steps);
    free(run->places);
    free(run->values);
    free_problems(run->problems, run->n_rows);
}

/* Whoever fills the struct by hand is held to what rimer-forecast takes. */
static rimer_status check_wanted(const rimer_forecast_wanted *wanted) {
    if (!(wanted->adapt >= 0 && wanted->adapt <= ADAPT_MOST))
        RM_FAIL(USAGE, "adapt: %g is out of range; give a number from 0 to %d", wanted->adapt,
                ADAPT_MOST);
    if (wanted->on_error < RIMER_ON_ERROR_FAIL || wanted->on_error > RIMER_ON_ERROR_NAIVE)
        RM_FAIL(USAGE, "on_error: %d is none of RIMER_ON_ERROR_FAIL, _SKIP and _NAIVE",
                wanted->on_error);
    if (wanted->intervals.n < 0 || wanted->intervals.n > RIMER_LEVELS_MAX)
        RM_FAIL(USAGE, "%d intervals are not possible; give 0 to %d", wanted->intervals.n,
                RIMER_LEVELS_MAX);
    return RIMER_OK;
}

rimer_status rm_forecast_levels(const rimer_model *model, const rimer_forecast_wanted *wanted,
                                rimer_levels *levels) {
    rimer_levels all = wanted->quantiles, offered = rimer_model_levels(model);
    RM_TRY(check_wanted(wanted));
    RM_TRY(rimer_levels_check(&all, &offered));
    for (int i = 0; i < wanted->intervals.n; i++) {
        double low, high;
        rimer_interval_borders(wanted->intervals.at[i], &low, &high);
        RM_TRY(rimer_levels_add(&all, low));
        RM_TRY(rimer_levels_add(&all, high));
    }
    RM_TRY(rimer_levels_add(&all, 0.5));
    RM_TRY(rimer_levels_check(&all, &offered));
    *levels = all;
    return RIMER_OK;
}

rimer_status rimer_forecast_dataset(const rimer_model *model, const rimer_dataset *dataset,
                                    int64_t horizon, int64_t threads, rimer_forecast **out) {
    RM_NEED(model, dataset, out);
    static const rimer_forecast_wanted nothing = {0};
    return rimer_forecast_dataset_with(model, dataset, horizon, threads, &nothing, out);
}

rimer_status rimer_forecast_dataset_with(const rimer_model *model, const rimer_dataset *dataset,
                                         int64_t horizon, int64_t threads,
                                         const rimer_forecast_wanted *wanted,
                                         rimer_forecast **out) {
    RM_NEED(model, dataset, wanted, out);
    const rimer_config *config = rimer_model_config(model);
    forecast_run run = {.model = model,
                        .wanted = wanted,
                        .dataset = dataset,
                        .context_len = config->context_len,
                        .horizon = horizon ? horizon : config->horizon};
    rimer_forecast *forecast = NULL;
    rimer_status status;
    if (run.horizon < 1)
        RM_FAIL(USAGE,
                "horizon: %lld is not possible; give a number of steps, or 0 for the "
                "model's",
                (long long)horizon);
    RM_TRY(rm_frequency_check(rm_model_frequency(model), dataset));
    RM_TRY(rm_forecast_levels(model, wanted, &run.levels));
    int64_t longest = rm_longest_series(dataset);
    if (run.context_len > longest) /* there is nothing to keep room for */
        run.context_len = longest;
    run.n_rows = rimer_dataset_n_series(dataset) * rimer_dataset_n_channels(dataset);
    RM_TRY_GOTO(status, end, forecast_rows(&run, threads));
    RM_TRY_GOTO(status, end, rm_array_new(&forecast, 1, sizeof *forecast));
    *forecast = (rimer_forecast){.dataset = dataset,
                                 .horizon = run.horizon,
                                 .wanted = *wanted,
                                 .levels = run.levels,
                                 .median = rimer_levels_find(&run.levels, 0.5),
                                 .problems = run.problems,
                                 .values = run.values};
    run.problems = NULL;
    run.values = NULL;
    *out = forecast;
end:
    free_run(&run);
    return status;
}

void rimer_forecast_free(rimer_forecast *forecast) {
    if (!forecast)
        return;
    free_problems(forecast->problems, rm_forecast_n_rows(forecast));
    free(forecast->values);
    free(forecast);
}

const char *rimer_forecast_problem(const rimer_forecast *forecast, int64_t series,
                                   int64_t channel) {
    int64_t row = series * rimer_dataset_n_channels(forecast->dataset) + channel;
    return forecast->problems ? forecast->problems[row] : NULL;
}

int64_t rimer_forecast_n_problems(const rimer_forecast *forecast) {
    int64_t n = 0;
    for (int64_t row = 0; forecast->problems && row < rm_forecast_n_rows(forecast); row++)
        n += forecast->problems[row] != NULL;
    return n;
}

int64_t rm_forecast_n_rows(const rimer_forecast *forecast) {
    return rimer_dataset_n_series(forecast->dataset) *
           rimer_dataset_n_channels(forecast->dataset);
}

int64_t rm_forecast_n_values(const rimer_forecast *forecast) {
    return rm_forecast_n_rows(forecast) * forecast->levels.n * forecast->horizon;
}

int64_t rimer_forecast_horizon(const rimer_forecast *forecast) {
    return forecast->horizon;
}

static const float *values_at(const rimer_forecast *forecast, int64_t series, int64_t channel,
                              int level) {
    int64_t row = series * rimer_dataset_n_channels(forecast->dataset) + channel;
    return forecast->values + (row * forecast->levels.n + level) * forecast->horizon;
}

const float *rimer_forecast_values(const rimer_forecast *forecast, int64_t series,
                                   int64_t channel) {
    return values_at(forecast, series, channel, forecast->median);
}

const float *rimer_forecast_quantile(const rimer_forecast *forecast, int64_t series,
                                     int64_t channel, double level) {
    int at = rimer_levels_find(&forecast->levels, level);
    return at < 0 ? NULL : values_at(forecast, series, channel, at);
}
