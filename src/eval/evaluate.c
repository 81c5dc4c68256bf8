#include "eval/evaluate.h"

#include "base/array.h"
#include "base/fields.h"
#include "base/rng.h"
#include "base/threads.h"
#include "data/windows.h"
#include "eval/adaptive.h"
#include "eval/blackgoose.h"
#include "eval/quantile_sums.h"
#include "eval/score.h"
#include "eval/season.h"
#include "model/model_inside.h"

#include <float.h>
#include <math.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

/* Rows are scored in a fixed number of parts, each with sums of its own that are merged in
 * order: the numbers depend neither on the threads nor on which of them took a part. Where
 * intervals adapt, a part has whole channels, from start to start. */
#define N_PARTS 64
#define BATCH_ROWS 256
#define BATCH_VALUES 4194304 /* of all contexts or forecasts in a batch */
#define SAMPLE_STREAM 0x56414cu

RM_FIELD_TABLE(protocol_fields, rimer_protocol, RIMER_PROTOCOL_LIST);

const rimer_field *rimer_protocol_fields(void) {
    return protocol_fields;
}

void rimer_protocol_init(rimer_protocol *protocol) {
    rimer_fields_init(protocol_fields, protocol);
}

typedef struct part_sums {
    rm_score_sums standardised, original;
    rm_quantile_sums *quantiles; /* NULL for points */
    int64_t n_missing;
    double *step_sq, *step_abs; /* [horizon], standardised */
    int64_t *step_count;        /* [horizon] */
} part_sums;

/* What a worker needs for one batch. */
typedef struct worker_bench {
    void *session;
    float *contexts;         /* [batch_rows][context_len], standardised */
    float *original;         /* [batch_rows][context_len] */
    rimer_channel *channels; /* [batch_rows] */
    int64_t *next, *n_steps; /* [batch_rows] */
    float *forecasts; /* [batch_rows][levels][horizon], or points [batch_rows][horizon] */
    double *truth, *forecast; /* [horizon] */
    rm_adaptive *adaptive;    /* NULL: intervals do not adapt */
} worker_bench;

typedef struct evaluation_run {
    const rimer_forecaster *forecaster;
    const rimer_dataset *dataset;
    rm_windows windows;
    rm_windows earlier;  /* that intervals adapt by before the first that is scored; or none */
    int64_t context_len; /* that is read, from windows.context_len before the target on */
    rm_scaler scaler;
    rm_quantile_plan plan;
    double *naive_mae; /* [n_series][n_channels], original units, of the training part */
    int64_t n_all, n_rows, batch_rows; /* rows of the part; those that are scored */
    double adapt;                      /* rate; 0: intervals stay as they are */
    part_sums parts[N_PARTS];
    int64_t n_workers;
    worker_bench *benches;
    int (*done)(void *user, double share);
    void *user;
    atomic_llong rows_done;
    atomic_int stopped;
} evaluation_run;

/* Only the caller's own thread, worker 0, speaks to the caller. */
static rimer_status report(evaluation_run *run, int64_t worker) {
    if (worker == 0 && run->done) {
        double share =
            (double)atomic_load(&run->rows_done) / (double)(run->n_rows + run->earlier.n_rows);
        if (run->done(run->user, share))
            atomic_store(&run->stopped, 1);
    }
    if (atomic_load(&run->stopped))
        RM_FAIL(INTERRUPTED, "the evaluation was stopped");
    return RIMER_OK;
}

static void add_steps(part_sums *sums, int64_t n, const double *truth, const double *forecast) {
    for (int64_t h = 0; h < n; h++) {
        double error = forecast[h] - truth[h];
        if (isnan(error))
            continue;
        sums->step_sq[h] += error * error;
        sums->step_abs[h] += fabs(error);
        sums->step_count[h]++;
    }
}

/* Back to original units. What float32 rounding alone leaves of a 0 is a 0: smape would count a
 * forecast of 1e-8 for a truth of 0 as its worst error. */
static double unscaled(float forecast, double loc, double scale) {
    double value = (double)forecast * scale + loc;
    return fabs(value) <= (double)FLT_EPSILON * fabs(loc) ? 0 : value;
}

/* Rows of one forecast: quantiles, or points. */
static int levels_of(const evaluation_run *run) {
    return run->plan.levels.n ? run->plan.levels.n : 1;
}

/* The row that is scored as a point. */
static int median_of(const evaluation_run *run) {
    return run->plan.levels.n ? run->plan.median : 0;
}

/* The truth comes from the data themselves and not back from standardised values, so that a 0
 * in them is a 0 here. Without sums, intervals adapt and no more. */
static void score_row(const evaluation_run *run, part_sums *sums, worker_bench *bench,
                      rm_window window, float *quantiles) {
    const float *forecast = quantiles + median_of(run) * run->windows.horizon;
    rimer_series series = rimer_dataset_series(run->dataset, window.series);
    const float *values = series.values + window.channel * series.n_steps + window.start;
    rm_scale by = rm_scaler_at(&run->scaler, window.series, window.channel);
    double naive_mae = run->naive_mae[window.series * series.n_channels + window.channel];
    int64_t horizon = run->windows.horizon;
    for (int64_t h = 0; h < horizon; h++) {
        bench->truth[h] = rm_scale_apply(by, (double)values[h]);
        bench->forecast[h] = (double)forecast[h];
    }
    if (bench->adaptive) {
        rm_adaptive_correct(bench->adaptive, window.start, quantiles);
        rm_adaptive_learn(bench->adaptive, bench->truth, quantiles);
    }
    if (!sums || rm_scaler_is_unseen(&run->scaler, window.series, window.channel))
        return;
    if (run->plan.levels.n)
        rm_quantile_sums_add(sums->quantiles, &run->plan, horizon, bench->truth, quantiles,
                             by.loc, by.scale, naive_mae);
    add_steps(sums, horizon, bench->truth, bench->forecast);
    rm_score_sums_add(&sums->standardised, horizon, bench->truth, bench->forecast,
                      naive_mae / by.scale);
    for (int64_t h = 0; h < horizon; h++) {
        sums->n_missing += isnan(values[h]) != 0;
        bench->truth[h] = (double)values[h];
        bench->forecast[h] = unscaled(forecast[h], by.loc, by.scale);
    }
    rm_score_sums_add(&sums->original, horizon, bench->truth, bench->forecast, naive_mae);
}

int64_t rm_sample_row(int64_t i, int64_t n_scored, int64_t all) {
    return n_scored < all ? rm_rng_evenly(SAMPLE_STREAM, i, n_scored, all) : i;
}

static rm_window window_at(const evaluation_run *run, const rm_windows *windows, int64_t i) {
    return rm_windows_row(windows, rm_sample_row(i, run->n_rows, run->n_all));
}

/* Rows first, first + apart, ... */
static rimer_status score_batch(evaluation_run *run, const rm_windows *windows, part_sums *sums,
                                worker_bench *bench, int64_t first, int64_t n_rows,
                                int64_t apart) {
    int64_t context_len = run->context_len, horizon = windows->horizon;
    for (int64_t i = 0; i < n_rows; i++) {
        rm_window window = window_at(run, windows, first + i * apart);
        int64_t from = window.start - windows->context_len;
        rm_scale by = rm_scaler_at(&run->scaler, window.series, window.channel);
        bench->channels[i] = (rimer_channel){
            rimer_dataset_channel_name(run->dataset, window.channel), by.loc, by.scale};
        bench->next[i] =
            rimer_dataset_position(run->dataset, window.series, from + context_len);
        bench->n_steps[i] = from < 0 ? context_len + from : context_len;
        rm_windows_copy(windows, &run->scaler, window, from, context_len,
                        bench->contexts + i * context_len);
        rm_windows_copy(windows, NULL, window, from, context_len,
                        bench->original + i * context_len);
    }
    rimer_contexts contexts = {n_rows,          context_len, bench->contexts, bench->channels,
                               bench->original, bench->next, bench->n_steps};
    RM_TRY(run->plan.levels.n
               ? run->forecaster->quantiles(bench->session, &contexts, horizon,
                                            &run->plan.levels, bench->forecasts)
               : run->forecaster->run(bench->session, &contexts, horizon, bench->forecasts));
    for (int64_t i = 0; i < n_rows; i++)
        score_row(run, sums, bench, window_at(run, windows, first + i * apart),
                  bench->forecasts + i * levels_of(run) * horizon);
    return RIMER_OK;
}

/* Rows first .. end, `apart` rows from one to the next. */
static rimer_status score_rows(evaluation_run *run, const rm_windows *windows, part_sums *sums,
                               int64_t worker, int64_t first, int64_t end, int64_t apart) {
    int64_t left = (end - first + apart - 1) / apart;
    for (int64_t row = first; left > 0; row += run->batch_rows * apart) {
        int64_t n_rows = left < run->batch_rows ? left : run->batch_rows;
        RM_TRY(report(run, worker));
        RM_TRY(score_batch(run, windows, sums, &run->benches[worker], row, n_rows, apart));
        atomic_fetch_add(&run->rows_done, n_rows);
        left -= n_rows;
    }
    return RIMER_OK;
}

static rimer_status score_part(void *arg, int64_t index, int64_t worker) {
    evaluation_run *run = arg;
    return score_rows(run, &run->windows, &run->parts[index], worker,
                      run->n_rows * index / N_PARTS, run->n_rows * (index + 1) / N_PARTS, 1);
}

/* One channel of a series. Rows of a series stand one after the other, its channels beside each
 * other. */
static rimer_status score_channel(evaluation_run *run, const rm_windows *windows,
                                  part_sums *sums, int64_t worker, int64_t track) {
    int64_t C = rimer_dataset_n_channels(run->dataset), series = track / C;
    int64_t first = windows->before[series] * C, end = windows->before[series + 1] * C;
    if (sums && end > run->n_rows)
        end = run->n_rows; /* what drop_last leaves */
    return score_rows(run, windows, sums, worker, first + track % C, end, C);
}

/* A channel of a series is a track. */
static rimer_status score_tracks(void *arg, int64_t index, int64_t worker) {
    evaluation_run *run = arg;
    int64_t tracks = run->windows.n_series * rimer_dataset_n_channels(run->dataset);
    for (int64_t track = tracks * index / N_PARTS; track < tracks * (index + 1) / N_PARTS;
         track++) {
        rm_adaptive_reset(run->benches[worker].adaptive);
        if (run->earlier.n_rows)
            RM_TRY(score_channel(run, &run->earlier, NULL, worker, track));
        RM_TRY(score_channel(run, &run->windows, &run->parts[index], worker, track));
    }
    return RIMER_OK;
}

static int64_t count_unseen(const rm_scaler *scaler) {
    int64_t n = 0;
    for (int64_t row = 0; row < scaler->n_series * scaler->n_channels; row++)
        n += rm_scaler_is_unseen(scaler, row / scaler->n_channels, row % scaler->n_channels);
    return n;
}

static int64_t count_short(const rm_windows *windows) {
    int64_t n = 0;
    for (int64_t s = 0; s < windows->n_series; s++)
        n += windows->before[s + 1] == windows->before[s];
    return n;
}

/* In-sample error of the seasonal naive, for every channel of every series. */
static rimer_status measure_naive(evaluation_run *run, const char *split, int64_t season) {
    int64_t n_channels = rimer_dataset_n_channels(run->dataset);
    int64_t n_series = rimer_dataset_n_series(run->dataset);
    RM_TRY(rm_array_new(&run->naive_mae, n_series * n_channels, sizeof *run->naive_mae));
    for (int64_t s = 0; s < n_series; s++) {
        rimer_series series = rimer_dataset_series(run->dataset, s);
        rimer_split borders = {0, 0, 0};
        if (rimer_split_make(split, series.n_steps, &borders) != RIMER_OK)
            continue; /* too short: it has no window either */
        for (int64_t c = 0; c < n_channels; c++) {
            rm_naive_sum sum = {0, 0};
            rm_naive_sum_add(&sum, borders.train_end, series.values + c * series.n_steps,
                             season, 1);
            run->naive_mae[s * n_channels + c] = rm_naive_mean(&sum);
        }
    }
    return RIMER_OK;
}

static int64_t choose_batch(int64_t context_len, int64_t horizon) {
    int64_t longer = context_len > horizon ? context_len : horizon;
    int64_t fitting = BATCH_VALUES / longer;
    return fitting < 1 ? 1 : fitting < BATCH_ROWS ? fitting : BATCH_ROWS;
}

static int adapts(const evaluation_run *run) {
    return run->adapt > 0 && run->plan.levels.n;
}

static rimer_status make_benches(evaluation_run *run, rm_pool *pool) {
    int64_t rows = run->batch_rows, horizon = run->windows.horizon;
    RM_TRY(rm_array_new(&run->benches, rm_pool_size(pool), sizeof *run->benches));
    run->n_workers = rm_pool_size(pool);
    for (int64_t w = 0; w < run->n_workers; w++) {
        worker_bench *one = &run->benches[w];
        RM_TRY(rm_array_new(&one->contexts, rows * run->context_len, sizeof *one->contexts));
        RM_TRY(rm_array_new(&one->original, rows * run->context_len, sizeof *one->original));
        RM_TRY(rm_array_new(&one->channels, rows, sizeof *one->channels));
        RM_TRY(rm_array_new(&one->next, rows, sizeof *one->next));
        RM_TRY(rm_array_new(&one->n_steps, rows, sizeof *one->n_steps));
        RM_TRY(rm_array_new(&one->forecasts, rows * levels_of(run) * horizon,
                            sizeof *one->forecasts));
        RM_TRY(rm_array_new(&one->truth, horizon, sizeof *one->truth));
        RM_TRY(rm_array_new(&one->forecast, horizon, sizeof *one->forecast));
        if (adapts(run))
            RM_TRY(rm_adaptive_create(&one->adaptive, &run->plan.levels, horizon, run->adapt));
        RM_TRY(run->forecaster->open(run->forecaster->self, rows, &one->session));
    }
    return RIMER_OK;
}

static rimer_status make_parts(evaluation_run *run) {
    int64_t horizon = run->windows.horizon;
    for (int p = 0; p < N_PARTS; p++) {
        part_sums *sums = &run->parts[p];
        RM_TRY(rm_array_new(&sums->step_sq, horizon, sizeof *sums->step_sq));
        RM_TRY(rm_array_new(&sums->step_abs, horizon, sizeof *sums->step_abs));
        RM_TRY(rm_array_new(&sums->step_count, horizon, sizeof *sums->step_count));
        if (run->plan.levels.n)
            RM_TRY(rm_array_new(&sums->quantiles, 1, sizeof *sums->quantiles));
    }
    return RIMER_OK;
}

static void free_run(evaluation_run *run) {
    for (int64_t w = 0; w < run->n_workers; w++) {
        worker_bench *one = &run->benches[w];
        if (one->session)
            run->forecaster->close(one->session);
        free(one->contexts);
        free(one->original);
        free(one->channels);
        free(one->next);
        free(one->n_steps);
        free(one->forecasts);
        free(one->truth);
        free(one->forecast);
        rm_adaptive_free(one->adaptive);
    }
    free(run->benches);
    for (int p = 0; p < N_PARTS; p++) {
        free(run->parts[p].step_sq);
        free(run->parts[p].step_abs);
        free(run->parts[p].step_count);
        free(run->parts[p].quantiles);
    }
    free(run->naive_mae);
    rm_scaler_free(&run->scaler);
    rm_windows_free(&run->windows);
    rm_windows_free(&run->earlier);
}

static void merge_parts(evaluation_run *run) {
    part_sums *all = &run->parts[0];
    for (int p = 1; p < N_PARTS; p++) {
        const part_sums *sums = &run->parts[p];
        rm_score_sums_merge(&all->standardised, &sums->standardised);
        rm_score_sums_merge(&all->original, &sums->original);
        if (all->quantiles)
            rm_quantile_sums_merge(all->quantiles, sums->quantiles);
        all->n_missing += sums->n_missing;
        for (int64_t h = 0; h < run->windows.horizon; h++) {
            all->step_sq[h] += sums->step_sq[h];
            all->step_abs[h] += sums->step_abs[h];
            all->step_count[h] += sums->step_count[h];
        }
    }
    for (int64_t h = 0; h < run->windows.horizon; h++) {
        double count = all->step_count[h] ? (double)all->step_count[h] : (double)NAN;
        all->step_sq[h] /= count;
        all->step_abs[h] /= count;
    }
}

/* Sizes of the run, with the zeros of the protocol filled in. */
static rimer_status complete_protocol(const rimer_forecaster *forecaster,
                                      const rimer_dataset *dataset, rimer_protocol *protocol) {
    if (protocol->context_len == 0)
        protocol->context_len = forecaster->context_len;
    if (protocol->horizon == 0)
        protocol->horizon = forecaster->horizon;
    if (protocol->context_len < 1 || protocol->horizon < 1 || protocol->step < 1 ||
        protocol->drop_last < 0)
        RM_FAIL(
            USAGE,
            "an evaluation with context_len %lld, horizon %lld, step %lld and drop_last %lld "
            "is not possible; give at least 1, 1, 1 and 0",
            (long long)protocol->context_len, (long long)protocol->horizon,
            (long long)protocol->step, (long long)protocol->drop_last);
    return rm_season_choose(dataset, protocol->split, protocol->season, &protocol->season);
}

static rimer_status count_windows(const evaluation_run *run, const rimer_protocol *protocol,
                                  int64_t *n_windows) {
    *n_windows = run->windows.n_windows;
    if (protocol->drop_last > 0)
        *n_windows -= *n_windows % protocol->drop_last;
    if (*n_windows == 0)
        RM_FAIL(DATA, "drop_last %lld leaves none of %lld windows; give a smaller one",
                (long long)protocol->drop_last, (long long)run->windows.n_windows);
    return RIMER_OK;
}

static rimer_status score_all(evaluation_run *run, rm_pool *pool) {
    run->batch_rows = choose_batch(run->context_len, levels_of(run) * run->windows.horizon);
    RM_TRY(report(run, 0));
    RM_TRY(make_parts(run));
    RM_TRY(make_benches(run, pool));
    RM_TRY(rm_pool_run(pool, N_PARTS, adapts(run) ? score_tracks : score_part, run));
    RM_TRY(report(run, 0));
    merge_parts(run);
    return RIMER_OK;
}

/* Hands the arrays of the run over; what stays behind is freed with it. */
static void take(double **out, double **array) {
    *out = *array;
    *array = NULL;
}

static void fill_evaluation(evaluation_run *run, const rimer_protocol *protocol,
                            int64_t n_windows, rimer_evaluation *out) {
    static const rm_quantile_sums no_quantiles = {0};
    part_sums *all = &run->parts[0];
    *out = (rimer_evaluation){
        .context_len = protocol->context_len,
        .horizon = protocol->horizon,
        .season = protocol->season,
        .n_windows = n_windows,
        .n_known = run->context_len - run->windows.context_len,
        .n_missing = all->n_missing,
        .n_unseen = count_unseen(&run->scaler),
        .n_short = count_short(&run->windows),
        .n_series = run->scaler.n_series,
        .n_channels = run->scaler.n_channels,
        .standardised = rm_score_metrics(&all->standardised),
        .original = rm_score_metrics(&all->original),
    };
    out->quantiles =
        rm_quantile_metrics_of(all->quantiles ? all->quantiles : &no_quantiles, &run->plan);
    snprintf(out->forecaster, sizeof out->forecaster, "%s", run->forecaster->name);
    take(&out->step_mse, &all->step_sq);
    take(&out->step_mae, &all->step_abs);
    take(&out->loc, &run->scaler.loc);
    take(&out->scale, &run->scaler.scale);
}

/* Intervals that adapt have been in use since the training part ended, as they are for who asks
 * for a forecast (eval/look_back.h). Without a validation part there is nothing earlier. */
static rimer_status make_windows(evaluation_run *run, const rimer_protocol *protocol,
                                 int64_t context_len) {
    int is_test = protocol->part == RIMER_PART_TEST;
    RM_TRY(rm_windows_make(&run->windows, run->dataset, protocol->split,
                           is_test ? RM_PART_TEST : RM_PART_VAL, context_len, protocol->horizon,
                           protocol->step));
    if (!adapts(run) || !is_test)
        return RIMER_OK;
    rimer_status status =
        rm_windows_make(&run->earlier, run->dataset, protocol->split, RM_PART_BEFORE_TEST,
                        context_len, protocol->horizon, protocol->step);
    return status == RIMER_DATA ? RIMER_OK : status;
}

/* Targets begin `ahead` steps after the first step of a context: 0 means after its last. */
static rimer_status evaluate(const rimer_forecaster *forecaster, const rimer_dataset *dataset,
                             const rimer_protocol *protocol, int64_t ahead, int64_t most,
                             int (*done)(void *user, double share), void *user,
                             rimer_evaluation *out) {
    evaluation_run run = {
        .forecaster = forecaster, .dataset = dataset, .done = done, .user = user};
    rimer_protocol all = *protocol;
    rm_pool *pool = NULL;
    int64_t n_windows;
    rimer_status status;
    RM_TRY_GOTO(status, end, rm_frequency_check(forecaster->frequency, dataset));
    RM_TRY_GOTO(status, end, complete_protocol(forecaster, dataset, &all));
    run.context_len = all.context_len;
    run.adapt = all.adapt;
    RM_TRY_GOTO(status, end, rm_quantile_plan_make(&run.plan, forecaster, all.level));
    RM_TRY_GOTO(status, end, rm_scaler_fit(&run.scaler, dataset, all.split));
    RM_TRY_GOTO(status, end, make_windows(&run, &all, ahead ? ahead : all.context_len));
    RM_TRY_GOTO(status, end, count_windows(&run, &all, &n_windows));
    run.n_all = n_windows * rimer_dataset_n_channels(dataset);
    run.n_rows = rm_sample_size(run.n_all, most);
    RM_TRY_GOTO(status, end, measure_naive(&run, all.split, all.season));
    RM_TRY_GOTO(status, end, rm_pool_create(all.threads, &pool));
    RM_TRY_GOTO(status, end, score_all(&run, pool));
    fill_evaluation(&run, &all, n_windows, out);
end:
    rm_pool_free(pool);
    free_run(&run);
    return status;
}

/* The context is the window but for its last step, the targets all but its first. */
static rimer_status evaluate_blackgoose(const rimer_forecaster *forecaster,
                                        const rimer_dataset *dataset,
                                        const rimer_protocol *protocol,
                                        int (*done)(void *user, double share), void *user,
                                        rimer_evaluation *out) {
    rimer_forecaster copying = rm_blackgoose_copying(forecaster);
    rimer_protocol shifted = *protocol;
    rimer_dataset *dealt;
    if (!shifted.context_len)
        shifted.context_len = forecaster->context_len;
    if (shifted.horizon && shifted.horizon != shifted.context_len)
        RM_FAIL(USAGE,
                "horizon %lld does not go with the protocol of BlackGoose, which has as many "
                "targets as inputs: %lld",
                (long long)shifted.horizon, (long long)shifted.context_len);
    shifted.horizon = shifted.context_len;
    shifted.season = 1;
    RM_TRY(rm_blackgoose_deal(dataset, shifted.split,
                              shifted.task == RIMER_TASK_BLACKGOOSE_SORTED, &dealt));
    rimer_status status = evaluate(&copying, dealt, &shifted, 1, 0, done, user, out);
    rimer_dataset_free(dealt);
    return status;
}

rimer_status rimer_evaluate(const rimer_forecaster *forecaster, const rimer_dataset *dataset,
                            const rimer_protocol *protocol,
                            int (*done)(void *user, double share), void *user,
                            rimer_evaluation *out) {
    RM_NEED(forecaster, dataset, protocol, out);
    RM_TRY(rm_fields_check(protocol_fields, protocol));
    if (protocol->task != RIMER_TASK_FORECAST)
        return evaluate_blackgoose(forecaster, dataset, protocol, done, user, out);
    return evaluate(forecaster, dataset, protocol, 0, 0, done, user, out);
}

rimer_status rm_evaluate_sample(const rimer_forecaster *forecaster,
                                const rimer_dataset *dataset, const rimer_protocol *protocol,
                                int64_t most, int (*done)(void *user, double share), void *user,
                                rimer_evaluation *out) {
    return evaluate(forecaster, dataset, protocol, 0, most, done, user, out);
}

void rimer_evaluation_free(rimer_evaluation *evaluation) {
    if (!evaluation)
        return;
    free(evaluation->step_mse);
    free(evaluation->step_mae);
    free(evaluation->loc);
    free(evaluation->scale);
    *evaluation = (rimer_evaluation){.forecaster = ""};
}
