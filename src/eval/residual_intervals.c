#include "eval/residual_intervals.h"

#include "base/array.h"
#include "base/quantile_levels.h"
#include "base/rng.h"
#include "data/windows.h"

#include <math.h>
#include <stdlib.h>

#define ROWS_MOST 8192
#define BATCH_ROWS 64
#define SAMPLE_STREAM 0x52455349u
#define LEVEL_LEAST 0.001

typedef struct intervals {
    rimer_forecaster *points; /* owned */
    int64_t n_steps;
    double *deviation; /* [n_steps] */
} intervals;

typedef struct interval_session {
    const intervals *of;
    void *points;
    int64_t max_rows, capacity;
    float *forecast; /* [max_rows][capacity] */
} interval_session;

static void close_intervals(void *session) {
    interval_session *own = session;
    if (own->points)
        own->of->points->close(own->points);
    free(own->forecast);
    free(own);
}

static rimer_status open_intervals(const void *self, int64_t max_rows, void **session) {
    const intervals *of = self;
    interval_session *own;
    RM_TRY(rm_array_new(&own, 1, sizeof *own));
    own->of = of;
    own->max_rows = max_rows;
    rimer_status status = of->points->open(of->points->self, max_rows, &own->points);
    if (status != RIMER_OK) {
        close_intervals(own);
        return status;
    }
    *session = own;
    return RIMER_OK;
}

static rimer_status run_points(void *session, const rimer_contexts *contexts, int64_t horizon,
                               float *out) {
    const interval_session *own = session;
    return own->of->points->run(own->points, contexts, horizon, out);
}

static rimer_status run_quantiles(void *session, const rimer_contexts *contexts,
                                  int64_t horizon, const rimer_levels *levels, float *out) {
    interval_session *own = session;
    double deviates[RIMER_LEVELS_MAX];
    int64_t last = own->of->n_steps - 1;
    if (contexts->n_rows > own->max_rows)
        RM_FAIL(USAGE, "%lld rows are too many for a session of %lld",
                (long long)contexts->n_rows, (long long)own->max_rows);
    if (horizon > own->capacity) {
        float *more;
        RM_TRY(rm_array_new(&more, own->max_rows * horizon, sizeof *more));
        free(own->forecast);
        own->forecast = more;
        own->capacity = horizon;
    }
    RM_TRY(run_points(session, contexts, horizon, own->forecast));
    for (int q = 0; q < levels->n; q++)
        deviates[q] = rm_normal_quantile(levels->at[q]);
    for (int64_t row = 0; row < contexts->n_rows; row++)
        for (int q = 0; q < levels->n; q++)
            for (int64_t h = 0; h < horizon; h++)
                out[(row * levels->n + q) * horizon + h] =
                    (float)((double)own->forecast[row * horizon + h] +
                            deviates[q] * own->of->deviation[h < last ? h : last]);
    return RIMER_OK;
}

static void destroy_intervals(void *self) {
    intervals *of = self;
    rimer_forecaster_free(of->points);
    free(of->deviation);
    free(of);
}

/* --------------------------------------------------------------------------- the deviation */

typedef struct measuring {
    const rimer_forecaster *points;
    rm_windows windows;
    rm_scaler scaler;
    void *session;
    float *contexts, *targets, *forecasts; /* [BATCH_ROWS][...] */
    int64_t *count;                        /* [horizon] */
} measuring;

static rimer_status begin(measuring *run, const rimer_dataset *dataset,
                          const rimer_baseline_settings *settings) {
    int64_t L = settings->context_len, H = settings->horizon;
    RM_TRY(rm_scaler_fit(&run->scaler, dataset, settings->split));
    RM_TRY(rm_array_new(&run->contexts, BATCH_ROWS * L, sizeof(float)));
    RM_TRY(rm_array_new(&run->targets, BATCH_ROWS * H, sizeof(float)));
    RM_TRY(rm_array_new(&run->forecasts, BATCH_ROWS * H, sizeof(float)));
    RM_TRY(rm_array_new(&run->count, H, sizeof *run->count));
    return run->points->open(run->points->self, BATCH_ROWS, &run->session);
}

static void end(measuring *run) {
    if (run->session)
        run->points->close(run->session);
    rm_windows_free(&run->windows);
    rm_scaler_free(&run->scaler);
    free(run->contexts);
    free(run->targets);
    free(run->forecasts);
    free(run->count);
}

/* Adds the squares of the errors of n rows of the sample, from its first-th on. */
static rimer_status add_batch(measuring *run, int64_t first, int64_t n, int64_t n_sampled,
                              double *squares) {
    int64_t L = run->windows.context_len, H = run->windows.horizon, all = run->windows.n_rows;
    for (int64_t i = 0; i < n; i++) {
        rm_window window = rm_windows_row(
            &run->windows, rm_rng_evenly(SAMPLE_STREAM, first + i, n_sampled, all));
        rm_windows_copy(&run->windows, &run->scaler, window, window.start - L, L,
                        run->contexts + i * L);
        rm_windows_copy(&run->windows, &run->scaler, window, window.start, H,
                        run->targets + i * H);
    }
    rimer_contexts contexts = {.n_rows = n, .context_len = L, .values = run->contexts};
    RM_TRY(run->points->run(run->session, &contexts, H, run->forecasts));
    for (int64_t i = 0; i < n * H; i++) {
        double error = (double)run->targets[i] - (double)run->forecasts[i];
        if (isnan(error))
            continue;
        squares[i % H] += error * error;
        run->count[i % H]++;
    }
    return RIMER_OK;
}

/* deviation[horizon]: the root of the mean square. */
static rimer_status measure(measuring *run, double *deviation) {
    int64_t n = run->windows.n_rows < ROWS_MOST ? run->windows.n_rows : ROWS_MOST;
    for (int64_t row = 0; row < n; row += BATCH_ROWS)
        RM_TRY(add_batch(run, row, n - row < BATCH_ROWS ? n - row : BATCH_ROWS, n, deviation));
    for (int64_t h = 0; h < run->windows.horizon; h++)
        deviation[h] = run->count[h] ? sqrt(deviation[h] / (double)run->count[h]) : (double)NAN;
    return RIMER_OK;
}

static rimer_status fit(intervals *of, const rimer_dataset *dataset,
                        const rimer_baseline_settings *settings, measuring *run) {
    RM_TRY(rm_array_new(&of->deviation, settings->horizon, sizeof *of->deviation));
    of->n_steps = settings->horizon;
    RM_TRY(begin(run, dataset, settings));
    return measure(run, of->deviation);
}

rimer_status rm_residual_intervals(rimer_forecaster **forecaster, const rimer_dataset *dataset,
                                   const rimer_baseline_settings *settings) {
    measuring run = {.points = *forecaster};
    rimer_forecaster *with = NULL;
    intervals *of = NULL;
    rimer_status status = rm_windows_make(&run.windows, dataset, settings->split, RM_PART_TRAIN,
                                          settings->context_len, settings->horizon, 1);
    if (status != RIMER_OK)
        return status == RIMER_DATA ? RIMER_OK : status;
    RM_TRY_GOTO(status, leave, rm_array_new(&of, 1, sizeof *of));
    RM_TRY_GOTO(status, leave, rm_array_new(&with, 1, sizeof *with));
    RM_TRY_GOTO(status, leave, fit(of, dataset, settings, &run));
    of->points = *forecaster;
    *with = (rimer_forecaster){.name = of->points->name,
                               .context_len = of->points->context_len,
                               .horizon = of->points->horizon,
                               .self = of,
                               .open = open_intervals,
                               .run = run_points,
                               .close = close_intervals,
                               .destroy = destroy_intervals,
                               .levels = {3, {LEVEL_LEAST, 0.5, 1 - LEVEL_LEAST}},
                               .quantiles = run_quantiles};
    *forecaster = with;
    end(&run);
    return RIMER_OK;
leave:
    end(&run);
    free(with);
    if (of)
        free(of->deviation);
    free(of);
    return status;
}
