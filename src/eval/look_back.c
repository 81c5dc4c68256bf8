#include "eval/look_back.h"

#include "base/array.h"
#include "data/scaler.h"
#include "eval/adaptive.h"
#include "model/model_inside.h"

#include <math.h>
#include <stdlib.h>

/* At a rate of 1 what lies 16 horizons back has a fiftieth of its weight left. Eight forecasts
 * that share a step say of it nearly what all of them would. */
#define HORIZONS_BACK 16
#define A_HORIZON 8
#define BATCH_ROWS 256
#define BATCH_VALUES 4194304

typedef struct bench {
    rimer_session *session;
    rm_adaptive *adaptive;
    float *contexts;     /* [batch_rows][context_len] */
    float *forecasts;    /* [batch_rows][levels][horizon] */
    rm_scale *scales;    /* [batch_rows] */
    int64_t *starts;     /* [batch_rows] */
    rimer_place *places; /* [batch_rows] */
    double *truth;       /* [horizon] */
} bench;

typedef struct looking {
    const rm_look_back *job;
    float *values;
    int64_t batch_rows;
    bench *benches;
} looking;

/* A channel, and what its end is read as. */
typedef struct track {
    const char *name;
    int64_t series;
    const float *values;
    int64_t n_steps;
} track;

static track track_of(const rm_look_back *job, int64_t row) {
    int64_t n_channels = rimer_dataset_n_channels(job->dataset), c = row % n_channels;
    rimer_series series = rimer_dataset_series(job->dataset, row / n_channels);
    return (track){rimer_dataset_channel_name(job->dataset, c), row / n_channels,
                   series.values + c * series.n_steps, series.n_steps};
}

/* Whether there is a context to forecast from: the n-th of the batch then. */
static int load_context(const rm_look_back *job, const bench *at, const track *from,
                        int64_t start, int64_t n) {
    int64_t L = job->context_len, observed = 0;
    const float *values = from->values + start - L;
    float *context = at->contexts + n * L;
    for (int64_t i = 0; i < L; i++)
        observed += !isnan(values[i]);
    if (!observed ||
        (rimer_model_config(job->model)->log1p && rm_log1p_refuses(values, L) >= 0))
        return 0;
    if (rm_model_scale_of(job->model, from->name, from->values + start, L, start,
                          &at->scales[n]) != RIMER_OK)
        return 0; /* a context that cannot be scaled teaches nothing */
    for (int64_t i = 0; i < L; i++)
        context[i] = (float)rm_scale_apply(at->scales[n], (double)values[i]);
    at->starts[n] = start;
    at->places[n] = (rimer_place){rimer_dataset_position(job->dataset, from->series, start),
                                  rimer_model_channel_of(job->model, from->name)};
    return 1;
}

/* The forecasts of a batch as they would have been said in their time, and what came of them. */
static void follow(const rm_look_back *job, const bench *at, const track *from, int64_t n) {
    int64_t H = job->horizon, each = job->levels.n * H;
    for (int64_t i = 0; i < n; i++) {
        float *quantiles = at->forecasts + i * each;
        for (int64_t j = 0; j < each; j++)
            quantiles[j] = (float)rm_scale_undo(at->scales[i], (double)quantiles[j]);
        for (int64_t h = 0; h < H; h++) {
            int64_t step = at->starts[i] + h;
            at->truth[h] = step < from->n_steps ? (double)from->values[step] : (double)NAN;
        }
        rm_adaptive_correct(at->adaptive, at->starts[i], quantiles);
        rm_adaptive_learn(at->adaptive, at->truth, quantiles);
    }
}

static rimer_status run_batch(const rm_look_back *job, const bench *at, const track *from,
                              int64_t n) {
    if (!n)
        return RIMER_OK;
    RM_TRY(rimer_session_place(at->session, n, at->places));
    RM_TRY(rimer_session_quantiles(at->session, n, job->context_len, at->contexts, job->horizon,
                                   &job->levels, at->forecasts));
    follow(job, at, from, n);
    return RIMER_OK;
}

static rimer_status look_back_row(void *arg, int64_t row, int64_t worker) {
    const looking *run = arg;
    const rm_look_back *job = run->job;
    const bench *at = &run->benches[worker];
    int64_t H = job->horizon, apart = H < A_HORIZON ? 1 : H / A_HORIZON, n = 0;
    track from = track_of(job, row);
    int64_t starts = (from.n_steps - job->context_len) / apart;
    int64_t most = HORIZONS_BACK * H / apart;
    rm_adaptive_reset(at->adaptive);
    for (int64_t i = starts < most ? starts : most; i > 0; i--) {
        n += load_context(job, at, &from, from.n_steps - i * apart, n);
        if (n == run->batch_rows || i == 1) {
            RM_TRY(run_batch(job, at, &from, n));
            n = 0;
        }
    }
    rm_adaptive_correct(at->adaptive, from.n_steps, run->values + row * job->levels.n * H);
    return RIMER_OK;
}

static rimer_status make_bench(const looking *run, bench *to) {
    const rm_look_back *job = run->job;
    int64_t B = run->batch_rows, H = job->horizon;
    RM_TRY(rimer_session_create(job->model, B, &to->session));
    RM_TRY(rm_adaptive_create(&to->adaptive, &job->levels, H, job->rate));
    RM_TRY(rm_array_new(&to->contexts, B * job->context_len, sizeof *to->contexts));
    RM_TRY(rm_array_new(&to->forecasts, B * job->levels.n * H, sizeof *to->forecasts));
    RM_TRY(rm_array_new(&to->scales, B, sizeof *to->scales));
    RM_TRY(rm_array_new(&to->starts, B, sizeof *to->starts));
    RM_TRY(rm_array_new(&to->places, B, sizeof *to->places));
    return rm_array_new(&to->truth, H, sizeof *to->truth);
}

static void free_bench(bench *one) {
    rimer_session_free(one->session);
    rm_adaptive_free(one->adaptive);
    free(one->contexts);
    free(one->forecasts);
    free(one->scales);
    free(one->starts);
    free(one->places);
    free(one->truth);
}

rimer_status rm_look_back_correct(const rm_look_back *job, rm_pool *pool, float *values) {
    int64_t n_rows =
        rimer_dataset_n_series(job->dataset) * rimer_dataset_n_channels(job->dataset);
    int64_t longer = job->levels.n * job->horizon, fit;
    longer = longer > job->context_len ? longer : job->context_len;
    fit = BATCH_VALUES / longer;
    looking run = {job, values, fit < 1 ? 1 : fit < BATCH_ROWS ? fit : BATCH_ROWS, NULL};
    rimer_status status = RIMER_OK;
    RM_TRY(rm_array_new(&run.benches, rm_pool_size(pool), sizeof *run.benches));
    for (int64_t w = 0; status == RIMER_OK && w < rm_pool_size(pool); w++)
        status = make_bench(&run, &run.benches[w]);
    if (status == RIMER_OK)
        status = rm_pool_run(pool, n_rows, look_back_row, &run);
    for (int64_t w = 0; w < rm_pool_size(pool); w++)
        free_bench(&run.benches[w]);
    free(run.benches);
    return status;
}
