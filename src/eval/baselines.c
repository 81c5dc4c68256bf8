#include "base/array.h"
#include "data/windows.h"
#include "eval/residual_intervals.h"
#include "eval/ridge.h"
#include "eval/season.h"
#include "kernels/blas.h"
#include "rimer/forecast.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* `repeat` is a seasonal naive of season 1. */
typedef struct seasonal_naive {
    int64_t season;
} seasonal_naive;

typedef struct linear_map {
    int64_t context_len, horizon;
    double *weight; /* [horizon][context_len] */
    double *bias;   /* [horizon] */
} linear_map;

typedef struct linear_session {
    const linear_map *map;
    int64_t max_rows;
    float *window; /* [max_rows][context_len]: the context, then its continuation */
    double *x;     /* [max_rows][context_len] */
    double *y;     /* [max_rows][horizon] */
    double *last;  /* [max_rows], NaN for a row without an observed step */
} linear_session;

static rimer_status check_run(const rimer_contexts *contexts, int64_t horizon) {
    if (contexts->n_rows < 0 || contexts->context_len < 1 || horizon < 1)
        RM_FAIL(USAGE,
                "a forecast of %lld steps from %lld rows of %lld is not possible; give at "
                "least one step each",
                (long long)horizon, (long long)contexts->n_rows,
                (long long)contexts->context_len);
    return RIMER_OK;
}

/* A plain baseline keeps nothing between calls: its session is the baseline itself. */
static rimer_status open_seasonal(const void *self, int64_t max_rows, void **session) {
    (void)max_rows;
    memcpy(session, &self, sizeof self);
    return RIMER_OK;
}

static void close_seasonal(void *session) {
    (void)session;
}

/* The latest observed value of this phase, going back season by season from step `from`. */
static float phase_value(const float *context, int64_t from, int64_t season) {
    while (from >= 0 && isnan(context[from]))
        from -= season;
    return from >= 0 ? context[from] : NAN;
}

static rimer_status run_seasonal(void *session, const rimer_contexts *contexts, int64_t horizon,
                                 float *out) {
    const seasonal_naive *naive = session;
    int64_t n = contexts->context_len, season = naive->season;
    RM_TRY(check_run(contexts, horizon));
    for (int64_t row = 0; row < contexts->n_rows; row++) {
        const float *context = contexts->values + row * n;
        float last = phase_value(context, n - 1, 1), *forecast = out + row * horizon;
        for (int64_t h = 0; h < horizon; h++) {
            float value = h < season ? phase_value(context, n - season + h, season)
                                     : forecast[h - season];
            forecast[h] = isnan(value) ? last : value;
        }
    }
    return RIMER_OK;
}

static void close_linear(void *session) {
    linear_session *linear = session;
    free(linear->window);
    free(linear->x);
    free(linear->y);
    free(linear->last);
    free(linear);
}

static rimer_status open_linear(const void *self, int64_t max_rows, void **session) {
    const linear_map *map = self;
    size_t n = (size_t)map->context_len; /* a row, of which there may be too many to count */
    linear_session *linear;
    rimer_status status;
    rm_blas_single_thread();
    RM_TRY(rm_array_new(&linear, 1, sizeof *linear));
    linear->map = map;
    linear->max_rows = max_rows;
    RM_TRY_GOTO(status, fail, rm_array_new(&linear->window, max_rows, n * sizeof(float)));
    RM_TRY_GOTO(status, fail, rm_array_new(&linear->x, max_rows, n * sizeof(double)));
    RM_TRY_GOTO(status, fail,
                rm_array_new(&linear->y, max_rows, (size_t)map->horizon * sizeof(double)));
    RM_TRY_GOTO(status, fail, rm_array_new(&linear->last, max_rows, sizeof *linear->last));
    *session = linear;
    return RIMER_OK;
fail:
    close_linear(linear);
    return status;
}

/* The last steps of a context, missing ones before its first. */
static void fill_window(float *window, int64_t size, const float *context, int64_t n) {
    int64_t kept = n < size ? n : size;
    for (int64_t i = 0; i < size - kept; i++)
        window[i] = NAN;
    memcpy(window + size - kept, context + n - kept, (size_t)kept * sizeof *window);
}

/* Moves a window on by `n` steps that follow it. */
static void extend_window(float *window, int64_t size, const double *next, int64_t n) {
    int64_t kept = n < size ? size - n : 0;
    memmove(window, window + size - kept, (size_t)kept * sizeof *window);
    for (int64_t i = kept; i < size; i++)
        window[i] = (float)next[n - size + i];
}

/* y[n_rows][horizon] from the windows. */
static void apply_map(linear_session *linear, int64_t n_rows) {
    const linear_map *map = linear->map;
    int64_t size = map->context_len, horizon = map->horizon;
    for (int64_t row = 0; row < n_rows; row++) {
        double *x = linear->x + row * size;
        if (rm_ridge_shift(linear->window + row * size, size, x, &linear->last[row]))
            continue;
        memset(x, 0, (size_t)size * sizeof *x);
        linear->last[row] = (double)NAN;
    }
    rm_gemm_double(0, 1, n_rows, horizon, size, 1, linear->x, size, map->weight, size, 0,
                   linear->y, horizon);
    for (int64_t row = 0; row < n_rows; row++)
        for (int64_t h = 0; h < horizon; h++)
            linear->y[row * horizon + h] += map->bias[h] + linear->last[row];
}

static rimer_status run_linear(void *session, const rimer_contexts *contexts, int64_t horizon,
                               float *out) {
    linear_session *linear = session;
    int64_t size = linear->map->context_len, made = linear->map->horizon;
    int64_t n_rows = contexts->n_rows, n = contexts->context_len;
    RM_TRY(check_run(contexts, horizon));
    if (n_rows > linear->max_rows)
        RM_FAIL(USAGE, "%lld rows are too many for a session of %lld", (long long)n_rows,
                (long long)linear->max_rows);
    for (int64_t row = 0; row < n_rows; row++)
        fill_window(linear->window + row * size, size, contexts->values + row * n, n);
    for (int64_t done = 0; done < horizon; done += made) {
        int64_t wanted = horizon - done < made ? horizon - done : made;
        apply_map(linear, n_rows);
        for (int64_t row = 0; row < n_rows; row++) {
            const double *y = linear->y + row * made;
            for (int64_t h = 0; h < wanted; h++)
                out[row * horizon + done + h] = (float)y[h];
            extend_window(linear->window + row * size, size, y, made);
        }
    }
    return RIMER_OK;
}

static void destroy_linear(void *self) {
    linear_map *map = self;
    free(map->weight);
    free(map->bias);
    free(map);
}

static rimer_status fit_linear(const rimer_dataset *dataset,
                               const rimer_baseline_settings *settings, linear_map *map) {
    rm_windows windows = {0};
    rm_scaler scaler = {0};
    rm_pool *pool = NULL;
    rimer_status status;
    RM_TRY_GOTO(status, end, rm_scaler_fit(&scaler, dataset, settings->split));
    RM_TRY_GOTO(status, end,
                rm_windows_make(&windows, dataset, settings->split, RM_PART_TRAIN,
                                map->context_len, map->horizon, 1));
    RM_TRY_GOTO(status, end, rm_pool_create(settings->threads, &pool));
    status = rm_ridge_fit(&windows, &scaler, settings->ridge, 0, pool, map->weight, map->bias);
end:
    rm_pool_free(pool);
    rm_windows_free(&windows);
    rm_scaler_free(&scaler);
    return status;
}

static rimer_status create_linear(const rimer_dataset *dataset,
                                  const rimer_baseline_settings *settings, void **self) {
    linear_map *map;
    rimer_status status;
    if (settings->horizon < 1)
        RM_FAIL(USAGE, "linear: a horizon of %lld is not possible; give at least 1",
                (long long)settings->horizon);
    if (!(settings->ridge >= 0))
        RM_FAIL(USAGE, "linear: a ridge of %g is not possible; give 0 or more",
                settings->ridge);
    if (settings->horizon > INT64_MAX / settings->context_len)
        RM_FAIL(NO_MEMORY, "linear: out of memory for a map of %lld steps to %lld",
                (long long)settings->context_len, (long long)settings->horizon);
    RM_TRY(rm_array_new(&map, 1, sizeof *map));
    map->context_len = settings->context_len;
    map->horizon = settings->horizon;
    RM_TRY_GOTO(
        status, fail,
        rm_array_new(&map->weight, map->horizon * map->context_len, sizeof *map->weight));
    RM_TRY_GOTO(status, fail, rm_array_new(&map->bias, map->horizon, sizeof *map->bias));
    RM_TRY_GOTO(status, fail, fit_linear(dataset, settings, map));
    *self = map;
    return RIMER_OK;
fail:
    destroy_linear(map);
    return status;
}

static rimer_status create_seasonal(const rimer_dataset *dataset,
                                    const rimer_baseline_settings *settings, void **self) {
    seasonal_naive *naive;
    int64_t season;
    RM_TRY(rm_season_choose(dataset, settings->split, settings->season, &season));
    RM_TRY(rm_array_new(&naive, 1, sizeof *naive));
    naive->season = season;
    *self = naive;
    return RIMER_OK;
}

static rimer_status create_repeat(const rimer_dataset *dataset,
                                  const rimer_baseline_settings *settings, void **self) {
    rimer_baseline_settings every_step = *settings;
    every_step.season = 1;
    return create_seasonal(dataset, &every_step, self);
}

/* X(name, how its `self` is made, its kind of session) */
#define BASELINE_LIST(X)                           \
    X("repeat", create_repeat, seasonal)           \
    X("seasonal-naive", create_seasonal, seasonal) \
    X("linear", create_linear, linear)

static void destroy_seasonal(void *self) {
    free(self);
}

static const struct baseline_kind {
    const char *name;
    rimer_status (*create)(const rimer_dataset *dataset,
                           const rimer_baseline_settings *settings, void **self);
    rimer_forecaster functions;
} kinds[] = {
#define BASELINE_KIND(called, made, kind) \
    {called,                              \
     made,                                \
     {.name = called,                     \
      .open = open_##kind,                \
      .run = run_##kind,                  \
      .close = close_##kind,              \
      .destroy = destroy_##kind}},
    BASELINE_LIST(BASELINE_KIND)
#undef BASELINE_KIND
};

const char *const *rimer_baseline_names(void) {
    static const char *const names[] = {
#define BASELINE_NAME(called, made, kind) called,
        BASELINE_LIST(BASELINE_NAME)
#undef BASELINE_NAME
            NULL};
    return names;
}

static const struct baseline_kind *find_kind(const char *name) {
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (strcmp(kinds[i].name, name) == 0)
            return &kinds[i];
    return NULL;
}

void rimer_baseline_settings_init(rimer_baseline_settings *settings) {
    *settings = (rimer_baseline_settings){
        .context_len = 336, .horizon = 96, .ridge = 1e-3, .split = "0.7/0.1/0.2"};
}

rimer_status rimer_baseline_create(const char *name, const rimer_dataset *dataset,
                                   const rimer_baseline_settings *settings,
                                   rimer_forecaster **out) {
    RM_NEED(name, dataset, settings, out);
    RM_NEED(settings->split);
    const struct baseline_kind *kind = find_kind(name);
    rimer_forecaster *forecaster;
    if (!kind)
        RM_FAIL(USAGE, "no baseline is called \"%s\": did you mean %s?", name,
                rimer_name_nearest(name, rimer_baseline_names()));
    if (settings->context_len < 1)
        RM_FAIL(USAGE, "%s: a context of %lld steps is not possible; give at least 1", name,
                (long long)settings->context_len);
    RM_TRY(rm_array_new(&forecaster, 1, sizeof *forecaster));
    *forecaster = kind->functions;
    forecaster->context_len = settings->context_len;
    forecaster->horizon = settings->horizon;
    rimer_status status = kind->create(dataset, settings, &forecaster->self);
    if (status != RIMER_OK) {
        free(forecaster);
        return status;
    }
    if (settings->intervals)
        status = rm_residual_intervals(&forecaster, dataset, settings);
    if (status != RIMER_OK) {
        rimer_forecaster_free(forecaster);
        return status;
    }
    *out = forecaster;
    return RIMER_OK;
}

void rimer_forecaster_free(rimer_forecaster *forecaster) {
    if (!forecaster)
        return;
    if (forecaster->destroy)
        forecaster->destroy(forecaster->self);
    free(forecaster);
}
