#include "eval/ridge.h"

#include "base/array.h"
#include "eval/sliding_sums.h"
#include "kernels/blas.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Each of the parts has sums of its own, added up in order: a fixed number, so that neither the
 * bits nor the memory depend on the threads. */
#define N_PARTS 8
#define BLOCK_ROWS 512
#define STRETCH_STARTS 16384 /* starts of windows that are looked at together */
#define RUN_LEAST 32         /* windows without a hole, below which a block costs less */
#define SCALE_EPS 1e-5       /* of the instance norm */
#define COMPLETE_ONE_IN 20

/* One worker's rows on their way into the sums: those with holes in a block, the others as they
 * stand in their stretch. */
typedef struct row_block {
    float *raw;      /* [context_len + horizon] */
    double *x;       /* [BLOCK_ROWS][context_len + 1] */
    double *y;       /* [BLOCK_ROWS][horizon] */
    int64_t n;       /* rows in the block */
    float *stretch;  /* [STRETCH_STARTS + context_len + horizon] */
    double *centred; /* the same without its mean */
    double *extra;   /* [STRETCH_STARTS] a row's extra column */
} row_block;

typedef struct ridge_part {
    double *xx;              /* [context_len + 1][context_len + 1], lower triangle */
    double *yx;              /* [horizon][context_len + 1] */
    rm_sliding_sums sliding; /* of rows without holes, not in xx and yx until all is summed */
    int64_t n_rows, n_observed; /* taken; with an observed context */
} ridge_part;

struct rm_ridge_sums {
    int64_t context_len, horizon;
    ridge_part all;
};

typedef struct ridge_fit {
    const rm_windows *windows;
    const rm_scaler *scaler;
    int scale_rows;
    int fill;          /* 1: targets may have holes */
    row_block *blocks; /* one a worker */
    ridge_part parts[N_PARTS];
} ridge_fit;

int rm_ridge_shift(const float *context, int64_t n, double *shifted, double *last) {
    int64_t end = n - 1;
    while (end >= 0 && isnan(context[end]))
        end--;
    if (end < 0)
        return 0;
    *last = (double)context[end];
    for (int64_t i = 0; i < n; i++)
        shifted[i] = isnan(context[i]) ? 0 : (double)context[i] - *last;
    return 1;
}

static double row_scale(const float *context, int64_t n) {
    double sum = 0, squares = 0;
    int64_t count = 0;
    for (int64_t i = 0; i < n; i++)
        if (!isnan(context[i])) {
            sum += (double)context[i];
            count++;
        }
    double mean = sum / (double)count;
    for (int64_t i = 0; i < n; i++)
        if (!isnan(context[i]))
            squares += ((double)context[i] - mean) * ((double)context[i] - mean);
    return sqrt(squares / (double)count + SCALE_EPS);
}

static int64_t count_observed(const float *values, int64_t n) {
    int64_t count = 0;
    for (int64_t i = 0; i < n; i++)
        count += !isnan(values[i]);
    return count;
}

/* Fills the holes of a row behind its first observed step by straight lines; the end is held.
 * */
static void fill_holes(float *values, int64_t n) {
    int64_t last = -1; /* the last observed step so far */
    for (int64_t i = 0; i < n; i++) {
        if (isnan(values[i]))
            continue;
        double from = last < 0 ? 0 : (double)values[last], to = (double)values[i];
        for (int64_t k = last + 1; last >= 0 && k < i; k++)
            values[k] = (float)(from + (to - from) * (double)(k - last) / (double)(i - last));
        last = i;
    }
    for (int64_t k = last + 1; last >= 0 && k < n; k++)
        values[k] = values[last];
}

/* Whether the target can be learnt from, once its holes are filled if they may be. */
static int complete_target(const ridge_fit *fit, const float *context, float *target) {
    int64_t context_len = fit->windows->context_len, horizon = fit->windows->horizon;
    int64_t n_observed = count_observed(target, horizon), last = context_len - 1;
    if (n_observed == horizon || !fit->fill)
        return n_observed == horizon;
    if (2 * n_observed < horizon)
        return 0;
    while (isnan(context[last]))
        last--;
    fill_holes(target - (context_len - last), horizon + context_len - last);
    return 1;
}

static double extra_column(const ridge_fit *fit, const float *context) {
    return fit->scale_rows ? row_scale(context, fit->windows->context_len) : 1;
}

static void flush(const ridge_fit *fit, ridge_part *part, row_block *block) {
    int64_t size = fit->windows->context_len + 1, horizon = fit->windows->horizon;
    if (!block->n)
        return;
    rm_syrk_double(size, block->n, block->x, part->xx);
    rm_gemm_double(1, 0, horizon, size, block->n, 1, block->y, horizon, block->x, size, 1,
                   part->yx, size);
    part->n_rows += block->n;
    block->n = 0;
}

/* A row of its own: values[context_len + horizon], unless it has to be left out. */
static void add_row(const ridge_fit *fit, ridge_part *part, row_block *block,
                    const float *values) {
    int64_t context_len = fit->windows->context_len, horizon = fit->windows->horizon;
    double *x = block->x + block->n * (context_len + 1), *y = block->y + block->n * horizon;
    float *target = block->raw + context_len;
    double last;
    memcpy(block->raw, values, (size_t)(context_len + horizon) * sizeof *values);
    if (!rm_ridge_shift(block->raw, context_len, x, &last))
        return;
    x[context_len] = extra_column(fit, block->raw);
    part->n_observed++;
    if (!complete_target(fit, block->raw, target))
        return;
    for (int64_t h = 0; h < horizon; h++)
        y[h] = (double)target[h] - last;
    if (++block->n == BLOCK_ROWS)
        flush(fit, part, block);
}

/* Rows that begin at `n` steps in succession and have no hole. */
static void add_run(const ridge_fit *fit, ridge_part *part, row_block *block,
                    const float *values, int64_t n) {
    int64_t n_values = n - 1 + fit->windows->context_len + fit->windows->horizon;
    double sum = 0;
    if (n < RUN_LEAST) {
        for (int64_t i = 0; i < n; i++)
            add_row(fit, part, block, values + i);
        return;
    }
    for (int64_t i = 0; i < n_values; i++)
        sum += (double)values[i];
    for (int64_t i = 0; i < n_values; i++)
        block->centred[i] = (double)values[i] - sum / (double)n_values;
    for (int64_t i = 0; i < n; i++)
        block->extra[i] = extra_column(fit, values + i);
    rm_sliding_sums_add(&part->sliding, block->centred, block->extra, n);
    part->n_observed += n;
    part->n_rows += n;
}

/* The rows of a channel that begin at `n` steps in succession, the first of them `window`. */
static void add_stretch(const ridge_fit *fit, ridge_part *part, row_block *block,
                        rm_window window, int64_t n) {
    int64_t context_len = fit->windows->context_len, run = 0, hole = -1;
    int64_t size = context_len + fit->windows->horizon;
    const float *values = block->stretch;
    rm_windows_copy(fit->windows, fit->scaler, window, window.start - context_len, n - 1 + size,
                    block->stretch);
    for (int64_t i = 0; i < size - 1; i++)
        hole = isnan(values[i]) ? i : hole;
    for (int64_t i = 0; i < n; i++) {
        hole = isnan(values[i + size - 1]) ? i + size - 1 : hole;
        if (hole < i) {
            run++;
            continue;
        }
        add_run(fit, part, block, values + i - run, run);
        add_row(fit, part, block, values + i);
        run = 0;
    }
    add_run(fit, part, block, values + n - run, run);
}

/* Starts from `start` on, before `end`, that are looked at together: of one series, and in
 * succession. */
static int64_t stretch_length(const rm_windows *windows, int64_t series, int64_t start,
                              int64_t end) {
    int64_t behind = windows->before[series + 1], n = (end < behind ? end : behind) - start;
    if (windows->step != 1)
        return 1;
    return n < STRETCH_STARTS ? n : STRETCH_STARTS;
}

static rimer_status fit_part(void *arg, int64_t index, int64_t worker) {
    ridge_fit *fit = arg;
    const rm_windows *windows = fit->windows;
    row_block *block = &fit->blocks[worker];
    ridge_part *part = &fit->parts[index];
    int64_t n_channels = rimer_dataset_n_channels(windows->dataset);
    int64_t n_windows = windows->n_windows, size = windows->context_len + 1, n;
    RM_TRY(rm_array_new(&part->xx, size * size, sizeof *part->xx));
    RM_TRY(rm_array_new(&part->yx, windows->horizon * size, sizeof *part->yx));
    RM_TRY(rm_sliding_sums_make(&part->sliding, windows->context_len, windows->horizon));
    int64_t start = n_windows * index / N_PARTS, end = n_windows * (index + 1) / N_PARTS;
    for (; start < end; start += n) {
        rm_window window = rm_windows_row(windows, start * n_channels);
        n = stretch_length(windows, window.series, start, end);
        for (window.channel = 0; window.channel < n_channels; window.channel++)
            add_stretch(fit, part, block, window, n);
    }
    flush(fit, part, block);
    return RIMER_OK;
}

static void sum_parts(ridge_fit *fit) {
    int64_t size = fit->windows->context_len + 1, n_yx = fit->windows->horizon * size;
    ridge_part *all = &fit->parts[0];
    for (int p = 1; p < N_PARTS; p++) {
        for (int64_t i = 0; i < size * size; i++)
            all->xx[i] += fit->parts[p].xx[i];
        for (int64_t i = 0; i < n_yx; i++)
            all->yx[i] += fit->parts[p].yx[i];
        rm_sliding_sums_merge(&all->sliding, &fit->parts[p].sliding);
        all->n_rows += fit->parts[p].n_rows;
        all->n_observed += fit->parts[p].n_observed;
    }
    rm_sliding_sums_put(&all->sliding, all->xx, all->yx);
    rm_sliding_sums_free(&all->sliding);
}

static rimer_status make_blocks(ridge_fit *fit, int64_t n_workers) {
    int64_t context_len = fit->windows->context_len, horizon = fit->windows->horizon;
    RM_TRY(rm_array_new(&fit->blocks, n_workers, sizeof *fit->blocks));
    for (int64_t w = 0; w < n_workers; w++) {
        row_block *block = &fit->blocks[w];
        RM_TRY(rm_array_new(&block->raw, context_len + horizon, sizeof *block->raw));
        RM_TRY(rm_array_new(&block->x, BLOCK_ROWS * (context_len + 1), sizeof *block->x));
        RM_TRY(rm_array_new(&block->y, BLOCK_ROWS * horizon, sizeof *block->y));
        int64_t n_values = STRETCH_STARTS + context_len + horizon;
        RM_TRY(rm_array_new(&block->stretch, n_values, sizeof *block->stretch));
        RM_TRY(rm_array_new(&block->centred, n_values, sizeof *block->centred));
        RM_TRY(rm_array_new(&block->extra, STRETCH_STARTS, sizeof *block->extra));
    }
    return RIMER_OK;
}

static void free_part(ridge_part *part) {
    free(part->xx);
    free(part->yx);
    rm_sliding_sums_free(&part->sliding);
    *part = (ridge_part){0};
}

static void free_parts(ridge_fit *fit) {
    for (int p = 0; p < N_PARTS; p++)
        free_part(&fit->parts[p]);
}

static void free_fit(ridge_fit *fit, int64_t n_workers) {
    free_parts(fit);
    for (int64_t w = 0; fit->blocks && w < n_workers; w++) {
        free(fit->blocks[w].raw);
        free(fit->blocks[w].x);
        free(fit->blocks[w].y);
        free(fit->blocks[w].stretch);
        free(fit->blocks[w].centred);
        free(fit->blocks[w].extra);
    }
    free(fit->blocks);
}

/* Complete rows are preferred: a straight line is no observation. */
static rimer_status accumulate(ridge_fit *fit, rm_pool *pool) {
    const ridge_part *all = &fit->parts[0];
    RM_TRY(rm_pool_run(pool, N_PARTS, fit_part, fit));
    sum_parts(fit);
    if (all->n_rows * COMPLETE_ONE_IN >= all->n_observed)
        return RIMER_OK;
    free_parts(fit);
    fit->fill = 1;
    RM_TRY(rm_pool_run(pool, N_PARTS, fit_part, fit));
    sum_parts(fit);
    return RIMER_OK;
}

static rimer_status keep_sums(ridge_fit *fit, rm_ridge_sums **out) {
    const rm_windows *windows = fit->windows;
    if (fit->parts[0].n_rows == 0)
        RM_FAIL(DATA,
                "no training window of %lld + %lld steps has half of its target observed, "
                "which the "
                "linear map needs; shorten the horizon, or train with origin=last",
                (long long)windows->context_len, (long long)windows->horizon);
    rm_ridge_sums *sums;
    RM_TRY(rm_array_new(&sums, 1, sizeof *sums));
    *sums = (rm_ridge_sums){windows->context_len, windows->horizon, fit->parts[0]};
    fit->parts[0] = (ridge_part){0};
    *out = sums;
    return RIMER_OK;
}

rimer_status rm_ridge_sums_make(const rm_windows *windows, const rm_scaler *scaler,
                                int scale_rows, rm_pool *pool, rm_ridge_sums **out) {
    ridge_fit fit = {.windows = windows, .scaler = scaler, .scale_rows = scale_rows};
    int64_t n_workers = rm_pool_size(pool);
    rimer_status status;
    rm_blas_single_thread();
    RM_TRY_GOTO(status, end, make_blocks(&fit, n_workers));
    RM_TRY_GOTO(status, end, accumulate(&fit, pool));
    RM_TRY_GOTO(status, end, keep_sums(&fit, out));
end:
    free_fit(&fit, n_workers);
    return status;
}

void rm_ridge_sums_free(rm_ridge_sums *sums) {
    if (!sums)
        return;
    free_part(&sums->all);
    free(sums);
}

static void add_ridge(double *xx, int64_t size, double ridge) {
    double trace = 0;
    for (int64_t i = 0; i < size; i++)
        trace += xx[i * size + i];
    for (int64_t i = 0; i < size; i++)
        xx[i * size + i] += ridge * trace / (double)size;
}

static void copy_result(const rm_ridge_sums *sums, const double *solution, double *weight,
                        double *bias) {
    int64_t context_len = sums->context_len;
    for (int64_t h = 0; h < sums->horizon; h++) {
        const double *row = solution + h * (context_len + 1);
        memcpy(weight + h * context_len, row, (size_t)context_len * sizeof *row);
        bias[h] = row[context_len];
    }
}

/* Steps of a context that lie whole seasons before step h of a forecast. */
typedef struct seasonal_steps {
    int64_t first, n;
} seasonal_steps;

static seasonal_steps steps_before(const rm_ridge_sums *sums, int64_t season, int64_t h) {
    int64_t first = (sums->context_len + h) % season, last = sums->context_len - 1;
    if (season == 1 || first > last)
        return (seasonal_steps){0};
    return (seasonal_steps){first, (last - first) / season + 1};
}

/* Y'X less what the seasonal means alone explain of it; of X'X there is the lower triangle. */
static void subtract_explained(const rm_ridge_sums *sums, int64_t season, double *yx) {
    int64_t size = sums->context_len + 1;
    const double *xx = sums->all.xx;
    for (int64_t h = 0; h < sums->horizon; h++) {
        seasonal_steps at = steps_before(sums, season, h);
        for (int64_t k = 0; k < at.n; k++) {
            int64_t j = at.first + k * season;
            for (int64_t i = 0; i < size; i++)
                yx[h * size + i] -=
                    (i < j ? xx[j * size + i] : xx[i * size + j]) / (double)at.n;
        }
    }
}

static void add_seasonal_means(const rm_ridge_sums *sums, int64_t season, double *map) {
    for (int64_t h = 0; h < sums->horizon; h++) {
        seasonal_steps at = steps_before(sums, season, h);
        for (int64_t k = 0; k < at.n; k++)
            map[h * (sums->context_len + 1) + at.first + k * season] += 1 / (double)at.n;
    }
}

rimer_status rm_ridge_solve(const rm_ridge_sums *sums, double ridge, int64_t season,
                            double *weight, double *bias) {
    int64_t size = sums->context_len + 1;
    double *xx, *solution = NULL;
    rimer_status status;
    RM_TRY(rm_array_new(&xx, size * size, sizeof *xx));
    RM_TRY_GOTO(status, end, rm_array_new(&solution, sums->horizon * size, sizeof *solution));
    memcpy(xx, sums->all.xx, (size_t)(size * size) * sizeof *xx);
    memcpy(solution, sums->all.yx, (size_t)(sums->horizon * size) * sizeof *solution);
    subtract_explained(sums, season, solution);
    add_ridge(xx, size, ridge);
    status = rm_solve_spd(size, sums->horizon, xx, solution);
    if (status == RIMER_OK) {
        add_seasonal_means(sums, season, solution);
        copy_result(sums, solution, weight, bias);
    } else if (status == RIMER_FAILED)
        status = rm_error_prefix(status,
                                 "the linear map cannot be fitted with ridge %g, give a "
                                 "larger one: ",
                                 ridge);
end:
    free(xx);
    free(solution);
    return status;
}

rimer_status rm_ridge_fit(const rm_windows *windows, const rm_scaler *scaler, double ridge,
                          int scale_rows, rm_pool *pool, double *weight, double *bias) {
    rm_ridge_sums *sums;
    RM_TRY(rm_ridge_sums_make(windows, scaler, scale_rows, pool, &sums));
    rimer_status status = rm_ridge_solve(sums, ridge, 1, weight, bias);
    rm_ridge_sums_free(sums);
    return status;
}
