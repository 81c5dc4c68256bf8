#include "train/own_maps.h"

#include "base/array.h"
#include "eval/ridge.h"
#include "kernels/blas.h"
#include "model/session_inside.h"
#include "train/validation.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Draws a map to zero, in means of the diagonal of X'X: a third and three times of it validate alike
 * (docs/recipe.md). */
#define RIDGE 0.3
#define N_PARTS 8 /* of a channel's rows, whose sums are added up in order */
#define BATCH_ROWS 128
/* Windows one step apart say nearly the same, so not all are taken: of each channel so many at most,
 * of all together so many, and yet of each so many. */
#define ROWS_MOST 16384
#define ROWS_OF_ALL 393216
#define ROWS_LEAST 1024
#define WINDOWS_LEAST 20

rimer_status rm_own_maps_check(const rimer_dataset *dataset, const rimer_config *config) {
    int64_t n = rimer_dataset_n_channels(dataset), own = config->own_channels;
    if (own > 0 && rimer_dataset_n_series(dataset) > 1)
        RM_FAIL(USAGE,
                "own_channels=%lld: with several series a model does not tell them or their "
                "channels apart; use own_channels=0",
                (long long)own);
    if (own > 0 && own != n)
        RM_FAIL(USAGE, "own_channels=%lld: all channels have maps of their own, %lld, or none",
                (long long)own, (long long)n);
    return RIMER_OK;
}

int rm_own_maps_wanted(const rimer_dataset *dataset, const rimer_config *config) {
    if (config->own_channels >= 0)
        return config->own_channels > 0;
    return rimer_dataset_n_series(dataset) == 1 && rimer_dataset_n_channels(dataset) > 1 &&
           rm_validation_apart(dataset, config) >= WINDOWS_LEAST;
}

typedef struct part_sums {
    double *xx, *yx; /* [L][L] lower triangle, [H][L] */
    int64_t n_rows;
} part_sums;

/* A worker's batch on its way into the sums. */
typedef struct bench {
    rimer_session *session;
    float *contexts, *targets, *forecasts; /* [BATCH_ROWS][L], [H], [H] */
    int64_t *n_steps;
    rimer_place *places;
    double *x, *y; /* [BATCH_ROWS][L], [H] */
} bench;

typedef struct own_fit {
    const rimer_model *model;
    const rm_windows *windows;
    const rm_scaler *scaler;
    int64_t channel, n_rows;
    part_sums parts[N_PARTS];
    bench *benches; /* one a worker */
    int (*stop)(void *user);
    void *user;
} own_fit;

/* Row i of the channel's n_rows, evenly spaced. */
static rm_window window_at(const own_fit *fit, int64_t i) {
    const rm_windows *windows = fit->windows;
    int64_t start = windows->n_windows * i / fit->n_rows;
    rm_window window =
        rm_windows_row(windows, start * rimer_dataset_n_channels(windows->dataset));
    window.channel = fit->channel;
    return window;
}

static void load_row(const own_fit *fit, const bench *at, int64_t row, int64_t i) {
    const rm_windows *windows = fit->windows;
    int64_t L = windows->context_len, H = windows->horizon;
    rm_window window = window_at(fit, row);
    rm_windows_copy(windows, fit->scaler, window, window.start - L, L, at->contexts + i * L);
    rm_windows_copy(windows, fit->scaler, window, window.start, H, at->targets + i * H);
    at->n_steps[i] = window.start < L ? window.start : L;
    at->places[i] =
        (rimer_place){rimer_dataset_position(windows->dataset, window.series, window.start),
                      RIMER_CHANNEL_NONE};
}

/* What is left over of a row whose target is there, as row k. */
static int take_row(const own_fit *fit, const bench *at, int64_t i, int64_t k) {
    int64_t L = fit->windows->context_len, H = fit->windows->horizon;
    double last;
    for (int64_t h = 0; h < H; h++) {
        double left = (double)at->targets[i * H + h] - (double)at->forecasts[i * H + h];
        if (!isfinite(left))
            return 0;
        at->y[k * H + h] = left;
    }
    return rm_ridge_shift(at->contexts + i * L, L, at->x + k * L, &last);
}

static rimer_status add_batch(const own_fit *fit, const bench *at, part_sums *to, int64_t first,
                              int64_t n) {
    int64_t L = fit->windows->context_len, H = fit->windows->horizon, k = 0;
    for (int64_t i = 0; i < n; i++)
        load_row(fit, at, first + i, i);
    RM_TRY(rimer_session_place(at->session, n, at->places));
    RM_TRY(rm_session_run(at->session, n, L, at->contexts, at->n_steps, H, NULL, at->forecasts,
                          NULL));
    for (int64_t i = 0; i < n; i++)
        k += take_row(fit, at, i, k);
    if (k) {
        rm_syrk_double(L, k, at->x, to->xx);
        rm_gemm_double(1, 0, H, L, k, 1, at->y, H, at->x, L, 1, to->yx, L);
    }
    to->n_rows += k;
    return RIMER_OK;
}

static rimer_status add_part(void *arg, int64_t index, int64_t worker) {
    own_fit *fit = arg;
    int64_t from = fit->n_rows * index / N_PARTS, to = fit->n_rows * (index + 1) / N_PARTS;
    for (int64_t n; from < to; from += n) {
        n = to - from < BATCH_ROWS ? to - from : BATCH_ROWS;
        if (fit->stop && worker == 0 && fit->stop(fit->user))
            RM_FAIL(INTERRUPTED, "stopped while channels' own maps were fitted");
        RM_TRY(add_batch(fit, &fit->benches[worker], &fit->parts[index], from, n));
    }
    return RIMER_OK;
}

/* Everything to the first part; the whole of X'X there. */
static void sum_parts(own_fit *fit) {
    int64_t L = fit->windows->context_len, H = fit->windows->horizon;
    part_sums *all = &fit->parts[0];
    for (int p = 1; p < N_PARTS; p++) {
        for (int64_t i = 0; i < L * L; i++)
            all->xx[i] += fit->parts[p].xx[i];
        for (int64_t i = 0; i < H * L; i++)
            all->yx[i] += fit->parts[p].yx[i];
        all->n_rows += fit->parts[p].n_rows;
    }
    for (int64_t i = 0; i < L; i++)
        for (int64_t j = 0; j < i; j++)
            all->xx[j * L + i] = all->xx[i * L + j];
}

static double mean_diagonal(const double *xx, int64_t n) {
    double trace = 0;
    for (int64_t i = 0; i < n; i++)
        trace += xx[i * n + i];
    return trace / (double)n;
}

/* D of Y = X D', and its rank cut: D becomes V'V D, the rows of V the eigenvectors of D X'X D' of the
 * largest eigenvalues, in whose directions it moves forecasts most. yx is overwritten by D. */
static rimer_status solve(const part_sums *sums, int64_t L, int64_t H, int64_t rank,
                          double *room, double *read, double *write) {
    double *square = room, *moved = room + L * L, *turned = moved + H * L;
    double ridge = RIDGE * mean_diagonal(sums->xx, L);
    memcpy(square, sums->xx, (size_t)(L * L) * sizeof *square);
    for (int64_t i = 0; i < L; i++)
        square[i * L + i] += ridge;
    RM_TRY(rm_solve_spd(L, H, square, sums->yx));
    rm_gemm_double(0, 0, H, L, L, 1, sums->yx, L, sums->xx, L, 0, moved, L);
    rm_gemm_double(0, 1, H, H, L, 1, moved, L, sums->yx, L, 0, turned, H);
    RM_TRY(rm_top_eigenvectors(H, rank, turned, write));
    rm_gemm_double(1, 1, L, rank, H, 1, sums->yx, L, write, H, 0, read, rank);
    return RIMER_OK;
}

static void put(rm_real *to, const double *from, double times, int64_t n) {
    for (int64_t i = 0; i < n; i++)
        to[i] = (rm_real)(times * from[i]);
}

static void clear_parts(own_fit *fit) {
    int64_t L = fit->windows->context_len, H = fit->windows->horizon;
    for (int p = 0; p < N_PARTS; p++) {
        memset(fit->parts[p].xx, 0, (size_t)(L * L) * sizeof(double));
        memset(fit->parts[p].yx, 0, (size_t)(H * L) * sizeof(double));
        fit->parts[p].n_rows = 0;
    }
}

static rimer_status fit_channel(own_fit *fit, rm_pool *pool, double *room, rimer_model *to) {
    const rm_shape *s = &to->network.shape;
    const rm_head *slots = &to->network.head;
    int64_t L = s->context_len, H = s->output_len, R = s->own_rank;
    double *read = room + L * L + H * L + H * H, *write = read + L * R;
    clear_parts(fit);
    RM_TRY(rm_pool_run(pool, N_PARTS, add_part, fit));
    sum_parts(fit);
    if (fit->parts[0].n_rows == 0 || mean_diagonal(fit->parts[0].xx, L) == 0)
        return RIMER_OK; /* nothing is known of it, or it never moves */
    RM_TRY(solve(&fit->parts[0], L, H, R, room, read, write));
    int times = rm_model_has_twin(to) ? 2 : 1; /* the mean with the twin halves them again */
    put(to->values + slots->own_read + fit->channel * L * R, read, 1, L * R);
    put(to->values + slots->own_write + fit->channel * R * H, write, times, R * H);
    return RIMER_OK;
}

static rimer_status make_benches(own_fit *fit, int64_t n) {
    int64_t L = fit->windows->context_len, H = fit->windows->horizon;
    RM_TRY(rm_array_new(&fit->benches, n, sizeof *fit->benches));
    for (int64_t w = 0; w < n; w++) {
        bench *one = &fit->benches[w];
        RM_TRY(rimer_session_create(fit->model, BATCH_ROWS, &one->session));
        RM_TRY(rm_array_new(&one->contexts, BATCH_ROWS * L, sizeof *one->contexts));
        RM_TRY(rm_array_new(&one->targets, BATCH_ROWS * H, sizeof *one->targets));
        RM_TRY(rm_array_new(&one->forecasts, BATCH_ROWS * H, sizeof *one->forecasts));
        RM_TRY(rm_array_new(&one->n_steps, BATCH_ROWS, sizeof *one->n_steps));
        RM_TRY(rm_array_new(&one->places, BATCH_ROWS, sizeof *one->places));
        RM_TRY(rm_array_new(&one->x, BATCH_ROWS * L, sizeof *one->x));
        RM_TRY(rm_array_new(&one->y, BATCH_ROWS * H, sizeof *one->y));
    }
    return RIMER_OK;
}

static void free_fit(own_fit *fit, int64_t n) {
    for (int64_t w = 0; fit->benches && w < n; w++) {
        bench *one = &fit->benches[w];
        rimer_session_free(one->session);
        free(one->contexts);
        free(one->targets);
        free(one->forecasts);
        free(one->n_steps);
        free(one->places);
        free(one->x);
        free(one->y);
    }
    free(fit->benches);
    for (int p = 0; p < N_PARTS; p++) {
        free(fit->parts[p].xx);
        free(fit->parts[p].yx);
    }
}

static rimer_status make_parts(own_fit *fit) {
    int64_t L = fit->windows->context_len, H = fit->windows->horizon;
    for (int p = 0; p < N_PARTS; p++) {
        RM_TRY(rm_array_new(&fit->parts[p].xx, L * L, sizeof(double)));
        RM_TRY(rm_array_new(&fit->parts[p].yx, H * L, sizeof(double)));
    }
    return RIMER_OK;
}

static rimer_status fit_channels(own_fit *fit, rm_pool *pool, rimer_model *to) {
    const rm_shape *s = &to->network.shape;
    int64_t L = s->context_len, H = s->output_len, R = s->own_rank;
    double *room;
    RM_TRY(make_benches(fit, rm_pool_size(pool)));
    RM_TRY(make_parts(fit));
    RM_TRY(rm_array_new(&room, L * L + H * L + H * H + (L + H) * R, sizeof *room));
    rimer_status status = RIMER_OK;
    for (fit->channel = 0; fit->channel < s->own_channels && status == RIMER_OK; fit->channel++)
        status = fit_channel(fit, pool, room, to);
    free(room);
    return status;
}

static int64_t rows_of_each(const rm_windows *windows) {
    int64_t n = ROWS_OF_ALL / rimer_dataset_n_channels(windows->dataset);
    n = n < ROWS_LEAST ? ROWS_LEAST : n > ROWS_MOST ? ROWS_MOST : n;
    return n < windows->n_windows ? n : windows->n_windows;
}

rimer_status rm_own_maps_fit(const rimer_model *trained, const rm_windows *windows,
                             const rm_scaler *scaler, rm_pool *pool, int (*stop)(void *user),
                             void *user, rimer_model **out) {
    own_fit fit = {.model = trained,
                   .windows = windows,
                   .scaler = scaler,
                   .n_rows = rows_of_each(windows),
                   .stop = stop,
                   .user = user};
    rimer_model *model;
    RM_TRY(rm_model_with_own(trained, rimer_dataset_n_channels(windows->dataset), &model));
    rimer_status status = fit_channels(&fit, pool, model);
    free_fit(&fit, rm_pool_size(pool));
    if (status != RIMER_OK) {
        rimer_model_free(model);
        return status;
    }
    *out = model;
    return RIMER_OK;
}
