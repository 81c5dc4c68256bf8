/* Forecasting with a model: the paths of its head (paths.c), from which any quantile is read.
 * */
#include "base/array.h"
#include "kernels/blas.h"
#include "kernels/device_kernels.h"
#include "model/session_inside.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define POSITION_MOST (INT64_C(1) << 53)

static int64_t most(int64_t a, int64_t b) {
    return a > b ? a : b;
}

static void layout_rolling(rimer_session *session, rm_rolling *to, int64_t rows) {
    const rm_shape *s = &session->model->network.shape;
    rm_arena *arena = &session->arena;
    to->history = rm_arena_take(arena, rows * session->window, sizeof(rm_real));
    to->missing = rm_arena_take(arena, rows * session->window, sizeof(rm_real));
    to->produced = rm_shared_take(arena, &session->beside, rows * s->levels.n * s->output_len);
}

static void layout(rimer_session *session) {
    const rm_shape *s = &session->model->network.shape;
    rm_arena *arena = &session->arena, *beside = &session->beside;
    int64_t B = session->block_rows, rows = s->levels.n > 1 ? most(B, RM_FAN_TRACKS) : B;
    session->window = rm_shape_tokens(s, s->context_len) * s->patch_len;
    session->x = rm_shared_take(arena, beside, B * s->context_len);
    session->loc = rm_shared_take(arena, beside, B);
    session->scale = rm_shared_take(arena, beside, B);
    layout_rolling(session, &session->rows, B);
    if (s->levels.n > 1)
        layout_rolling(session, &session->tracks, RM_FAN_TRACKS);
    session->zero = rm_arena_take(arena, rows, sizeof(rm_real));
    session->one = rm_arena_take(arena, rows, sizeof(rm_real));
}

/* Of one network. */
static rimer_status measure_part(const rimer_model *model, size_t *bytes) {
    const rm_network *network = &model->network;
    rimer_session session = {.model = model};
    rm_pass_size context, rollout;
    size_t of_context, of_rollout = 0, of_rows = 0, of_tracks = 0;
    rm_paths_sizes(&network->shape, 0, INT64_MAX, &context, &rollout);
    session.block_rows = context.max_rows;
    layout(&session);
    RM_TRY(rm_pass_measure(network, context, &of_context));
    if (network->shape.has_state) {
        RM_TRY(rm_pass_measure(network, rollout, &of_rollout));
        RM_TRY(rm_state_measure(network, context.max_rows, &of_rows));
    }
    if (network->shape.has_state && network->shape.levels.n > 1)
        RM_TRY(rm_state_measure(network, RM_FAN_TRACKS, &of_tracks));
    *bytes = of_context + of_rollout + of_rows + of_tracks + session.arena.used;
    return RIMER_OK;
}

rimer_status rm_session_measure(const rimer_model *model, size_t *bytes) {
    size_t all = 0;
    for (int twin = 0; twin <= rm_model_has_twin(model); twin++) {
        rimer_model part = rm_model_part(model, twin);
        size_t own;
        RM_TRY(measure_part(&part, &own));
        all += own;
    }
    *bytes = all;
    return RIMER_OK;
}

/* Levels that can be asked for, each found between those of the head. */
static rimer_status set_offered(rimer_session *session) {
    const rimer_levels *levels = &session->model->network.shape.levels;
    session->offered = rimer_model_levels(session->model);
    session->median = rimer_levels_find(&session->offered, 0.5);
    RM_TRY(rm_array_new(&session->from, session->offered.n, sizeof *session->from));
    for (int i = 0; i < session->offered.n; i++)
        session->from[i] =
            rm_levels_between(levels, rm_normal_quantile(session->offered.at[i]));
    return levels->n > 1 ? rm_fan_create(&session->fan, levels) : RIMER_OK;
}

/* A model may have changed since, so each session of a device takes the values anew. */
static rimer_status place_params(rimer_session *session) {
    const rm_memory *memory = session->kernels->memory;
    int64_t total = session->model->network.registry.total;
    session->params = session->model->values;
    if (!memory)
        return RIMER_OK;
    session->copied.memory = memory;
    rm_arena_take(&session->copied, total, sizeof(rm_real));
    RM_TRY(rm_arena_reserve(&session->copied));
    rm_real *values = rm_arena_take(&session->copied, total, sizeof *values);
    memory->upload(values, session->model->values, (size_t)total * sizeof *values);
    session->params = values;
    return RIMER_OK;
}

static rimer_status fill_session(rimer_session *session, const char *device) {
    const rm_network *network = &session->model->network;
    const rm_shape *s = &network->shape;
    rm_pass_size context, rollout;
    RM_TRY(rm_device_open(device, &session->kernels));
    rm_paths_sizes(s, session->kernels->memory != NULL, session->max_rows, &context, &rollout);
    session->block_rows = context.max_rows;
    RM_TRY(rm_array_new(&session->block_places, session->block_rows, sizeof(rimer_place)));
    RM_TRY(set_offered(session));
    RM_TRY(place_params(session));
    rm_rolling *rolls = session->fan ? &session->tracks : &session->rows;
    RM_TRY(rm_pass_create(&session->context, session->kernels, network, context));
    if (s->has_state) {
        RM_TRY(rm_pass_create(&rolls->pass, session->kernels, network, rollout));
        RM_TRY(rm_state_create(&session->rows.state, session->kernels, network,
                               session->block_rows));
    }
    if (s->has_state && session->fan)
        RM_TRY(
            rm_state_create(&session->tracks.state, session->kernels, network, RM_FAN_TRACKS));
    session->arena.memory = session->kernels->memory;
    layout(session);
    RM_TRY(rm_shared_reserve(&session->arena, &session->beside));
    layout(session);
    session->kernels->fill(session->one, 1, most(session->block_rows, rollout.max_rows));
    return RIMER_OK;
}

static rimer_status open_twin(rimer_session *session, const char *device) {
    if (!rm_model_has_twin(session->model))
        return RIMER_OK;
    session->of_twin = rm_model_part(session->model, 1);
    return rm_session_create(&session->of_twin, device, session->max_rows, &session->twin);
}

/* Rows of which nothing is said. */
static void place_nowhere(rimer_session *session) {
    static const rimer_place nowhere = {0, RIMER_CHANNEL_NONE};
    session->places = (rm_places){&nowhere, 0, 0};
    session->n_placed = INT64_MAX;
}

rimer_status rm_session_create(const rimer_model *model, const char *device, int64_t max_rows,
                               rimer_session **out) {
    if (max_rows < 1)
        RM_FAIL(USAGE, "a session needs room for one row at least, not %lld",
                (long long)max_rows);
    rimer_session *session;
    RM_TRY(rm_array_new(&session, 1, sizeof *session));
    session->model = model;
    session->max_rows = max_rows;
    place_nowhere(session);
    rm_blas_single_thread();
    rimer_status status = fill_session(session, device);
    if (status == RIMER_OK)
        status = open_twin(session, device);
    if (status != RIMER_OK) {
        rimer_session_free(session);
        return status;
    }
    *out = session;
    return RIMER_OK;
}

rimer_status rimer_session_create(const rimer_model *model, int64_t max_rows,
                                  rimer_session **out) {
    RM_NEED(model, out);
    return rm_session_create(model, model->device, max_rows, out);
}

void rimer_session_free(rimer_session *session) {
    if (!session)
        return;
    rimer_session_free(session->twin);
    rm_pass_free(session->context);
    rm_pass_free(session->rows.pass);
    rm_pass_free(session->tracks.pass);
    rm_state_free(&session->rows.state);
    rm_state_free(&session->tracks.state);
    rm_arena_free(&session->arena);
    rm_arena_free(&session->beside);
    rm_arena_free(&session->copied);
    rm_arena_free(&session->paths);
    rm_arena_free(&session->paths_beside);
    rm_fan_free(session->fan);
    free(session->from);
    free(session->placed);
    free(session->order);
    free(session->block_places);
    free(session);
}

static void layout_paths(rimer_session *session, int64_t path_len, rm_arena *paths,
                         rm_arena *beside) {
    int64_t rows = session->block_rows * session->model->network.shape.levels.n;
    session->path = rm_shared_take(paths, beside, rows * path_len);
    session->track = rm_shared_take(paths, beside, session->fan ? RM_FAN_TRACKS * path_len : 0);
}

/* On failure the session has no path. */
static rimer_status reserve_paths(rimer_session *session, int64_t path_len) {
    rm_arena_free(&session->paths);
    rm_arena_free(&session->paths_beside);
    session->path_len = 0;
    session->paths.memory = session->kernels->memory;
    layout_paths(session, path_len, &session->paths, &session->paths_beside);
    RM_TRY(rm_shared_reserve(&session->paths, &session->paths_beside));
    layout_paths(session, path_len, &session->paths, &session->paths_beside);
    session->path_len = path_len;
    return RIMER_OK;
}

/* A path ends with a whole output, so it may pass the horizon by almost two. */
static rimer_status make_room(rimer_session *session, int64_t horizon) {
    const rm_shape *s = &session->model->network.shape;
    int64_t more = 2 * s->output_len, rows = session->block_rows * s->levels.n;
    if (horizon > INT64_MAX / 8 / most(rows, RM_FAN_TRACKS) - more)
        RM_FAIL(NO_MEMORY, "out of memory for a forecast of %lld steps", (long long)horizon);
    int64_t path_len = horizon + more;
    return path_len <= session->path_len ? RIMER_OK : reserve_paths(session, path_len);
}

/* --------------------------------------------------------------------------------- places */

rimer_status rm_position_check(int64_t position) {
    if (position < -POSITION_MOST || position > POSITION_MOST)
        RM_FAIL(USAGE, "position %lld: at most %lld steps from 0 are possible",
                (long long)position, (long long)POSITION_MOST);
    return RIMER_OK;
}

static rimer_status check_place(const rimer_model *model, rimer_place place) {
    int64_t named = rimer_model_n_channels(model), own = model->network.shape.own_channels;
    int64_t n = named > own ? named : own;
    if (place.channel < RIMER_CHANNEL_NONE || place.channel >= n)
        RM_FAIL(USAGE, "there is no channel %lld in a model of %lld", (long long)place.channel,
                (long long)n);
    return rm_position_check(place.next);
}

rimer_status rimer_session_place(rimer_session *session, int64_t n_rows,
                                 const rimer_place *places) {
    RM_NEED(session);
    if (!places) {
        place_nowhere(session);
        return RIMER_OK;
    }
    if (n_rows < 1)
        RM_FAIL(USAGE, "places of %lld rows; give one at least", (long long)n_rows);
    for (int64_t row = 0; row < n_rows; row++)
        RM_TRY(check_place(session->model, places[row]));
    RM_TRY(rm_array_grow(&session->placed, &session->placed_room, n_rows, sizeof *places));
    for (int64_t row = 0; row < n_rows; row++)
        session->placed[row] = places[row];
    session->places = (rm_places){session->placed, 1, 0};
    session->n_placed = n_rows;
    return RIMER_OK;
}

/* ------------------------------------------------------------------------------ quantiles */

/* What conformal calibration adds at a step, in units of a context's scale; nothing to the
 * median. What was not measured is as far off as the last step that was. */
static double offset_at(const rimer_session *session, int level, int64_t step) {
    const rm_network *network = &session->model->network;
    int64_t steps = network->shape.conformal_steps;
    if (!steps || session->model->plain || level == session->median)
        return 0;
    int64_t at = step < steps ? step : steps - 1;
    return (double)session->model->values[network->head.conformal + level * steps + at];
}

/* The quantiles of one step at the levels offered. An offset must not make them cross; the
 * median stands. */
static void offer(const rimer_session *session, int64_t b, int64_t step, rm_real *quantiles) {
    const rm_shape *s = &session->model->network.shape;
    const rm_real *path = session->path.host + b * s->levels.n * session->path_len + step;
    int n = session->offered.n, median = session->median;
    for (int i = 0; i < n; i++)
        quantiles[i] = (rm_real)(rm_between_value(session->from[i], path, session->path_len) +
                                 offset_at(session, i, step) * (double)session->scale.host[b]);
    for (int i = median + 1; i < n; i++)
        if (quantiles[i] < quantiles[i - 1])
            quantiles[i] = quantiles[i - 1];
    for (int i = median - 1; i >= 0; i--)
        if (quantiles[i] > quantiles[i + 1])
            quantiles[i] = quantiles[i + 1];
}

static void read_quantiles(const rimer_session *session, int64_t b, int64_t horizon, int n,
                           const rm_between *wanted, float *out) {
    rm_real quantiles[RIMER_LEVELS_MAX] = {0};
    for (int64_t h = 0; h < horizon; h++) {
        offer(session, b, h, quantiles);
        for (int i = 0; i < n; i++) {
            float value = (float)rm_between_value(wanted[i], quantiles, 1);
            float before = i ? out[(i - 1) * horizon + h] : value;
            out[i * horizon + h] = value < before ? before : value;
        }
    }
}

static void read_points(const rimer_session *session, int64_t b, int64_t horizon, float *out) {
    const rm_shape *s = &session->model->network.shape;
    const rm_real *path =
        session->path.host + (b * s->levels.n + s->median) * session->path_len;
    for (int64_t h = 0; h < horizon; h++)
        out[h] = (float)path[h];
}

/* Whether all that a row reads is the mean of its training part: a channel that was one value there,
 * and still is. Its scale is 1, whatever its size, so that what E1's 1e-5 lets through would be an
 * error of any size beside it. Other scalers have zeros that say less. */
static int is_still(const rimer_session *session, const rm_readings *from, int64_t b) {
    const rm_carried *carried = from->carried;
    const rm_shape *s = &session->model->network.shape;
    int64_t n_seen = 0;
    if (s->norm == RIMER_NORM_NONE || session->model->config.scaler != RIMER_SCALER_STANDARD)
        return 0;
    for (int64_t i = 1; i <= from->n; i++) {
        int64_t after = from->rows[b] + 1;
        double z = carried ? (double)carried->x[after * session->window - i]
                           : (double)from->contexts[after * from->context_len - i];
        if (z != 0 && !isnan(z))
            return 0;
        n_seen += !isnan(z);
    }
    return n_seen > 0;
}

/* Rows of one block from their paths. */
static void read_block(const rimer_session *session, int64_t B, const rm_readings *from,
                       int64_t horizon, const rimer_levels *levels, float *out, float *scales) {
    rm_between wanted[RIMER_LEVELS_MAX];
    int n = levels ? levels->n : 0;
    int64_t each = (levels ? n : 1) * horizon;
    for (int i = 0; i < n; i++)
        wanted[i] = rm_levels_between(&session->offered, rm_normal_quantile(levels->at[i]));
    for (int64_t b = 0; b < B; b++) {
        int64_t row = from->rows[b];
        if (is_still(session, from, b))
            memset(out + row * each, 0, (size_t)each * sizeof *out);
        else if (levels)
            read_quantiles(session, b, horizon, n, wanted, out + row * each);
        else
            read_points(session, b, horizon, out + row * each);
        if (scales)
            scales[row] = (float)session->scale.host[b];
    }
}

/* ---------------------------------------------------------------------------------- blocks */

/* Tokens that a row's steps fill: what lies before a short series are none. */
static int64_t tokens_of(const rimer_session *session, const rm_readings *all, int64_t row) {
    int64_t n = all->n_steps && all->n_steps[row] < all->n ? all->n_steps[row] : all->n;
    return rm_shape_tokens(&session->model->network.shape, most(n, 1));
}

/* Rows of as many tokens stand together. */
static void order_rows(rimer_session *session, const rm_readings *all, int64_t n_rows) {
    int64_t n = 0, tokens = rm_shape_tokens(&session->model->network.shape, all->n);
    for (; n < n_rows; tokens--)
        for (int64_t row = 0; row < n_rows; row++)
            if (tokens_of(session, all, row) == tokens)
                session->order[n++] = row;
}

/* The block that begins with row `first` of the order; returns its rows. */
static int64_t next_block(rimer_session *session, const rm_readings *all, int64_t first,
                          int64_t n_rows, rm_readings *block) {
    const int64_t *rows = session->order + first;
    int64_t tokens = tokens_of(session, all, *rows), B = 0;
    int64_t n = tokens * session->model->network.shape.patch_len;
    *block = *all;
    block->rows = rows;
    block->n = n < all->n ? n : all->n;
    for (; B < session->block_rows && first + B < n_rows &&
           tokens_of(session, all, rows[B]) == tokens;
         B++)
        session->block_places[B] = session->places.at[rows[B] * session->places.each];
    block->places = (rm_places){session->block_places, 1, 0};
    return B;
}

/* The paths of the model, from those of its network and of its twin: level by level their mean. */
static rimer_status make_paths(rimer_session *session, int64_t B, const rm_readings *block,
                               int64_t horizon) {
    rimer_session *twin = session->twin;
    RM_TRY(rm_paths_make(session, B, block, horizon));
    if (!twin)
        return RIMER_OK;
    RM_TRY(rm_paths_make(twin, B, block, horizon));
    for (int64_t i = 0; i < B * session->model->network.shape.levels.n; i++) {
        rm_real *ours = session->path.host + i * session->path_len;
        const rm_real *theirs = twin->path.host + i * twin->path_len;
        for (int64_t h = 0; h < horizon; h++)
            ours[h] = (ours[h] + theirs[h]) / 2;
    }
    return RIMER_OK;
}

static rimer_status run(rimer_session *session, int64_t n_rows, const rm_readings *readings,
                        int64_t horizon, const rimer_levels *levels, float *out,
                        float *scales) {
    if (n_rows < 1 || readings->n < 1 || horizon < 1)
        RM_FAIL(USAGE,
                "a forecast of %lld rows, context %lld, horizon %lld: each must be 1 at least",
                (long long)n_rows, (long long)readings->n, (long long)horizon);
    if (n_rows > session->max_rows)
        RM_FAIL(USAGE, "a forecast of %lld rows: the session was created for %lld at most",
                (long long)n_rows, (long long)session->max_rows);
    if (n_rows > session->n_placed)
        RM_FAIL(USAGE, "a forecast of %lld rows: it was said where %lld of them stand",
                (long long)n_rows, (long long)session->n_placed);
    RM_TRY(make_room(session, horizon));
    if (session->twin)
        RM_TRY(make_room(session->twin, horizon));
    RM_TRY(rm_array_grow(&session->order, &session->order_room, n_rows, sizeof(int64_t)));
    order_rows(session, readings, n_rows);
    rm_readings block;
    for (int64_t first = 0, B; first < n_rows; first += B) {
        B = next_block(session, readings, first, n_rows, &block);
        RM_TRY(make_paths(session, B, &block, horizon));
        read_block(session, B, &block, horizon, levels, out, scales);
    }
    return RIMER_OK;
}

rimer_status rm_session_run(rimer_session *session, int64_t n_rows, int64_t context_len,
                            const float *contexts, const int64_t *n_steps, int64_t horizon,
                            const rimer_levels *levels, float *out, float *scales) {
    int64_t L = session->model->network.shape.context_len;
    rm_readings readings = {.contexts = contexts,
                            .context_len = context_len,
                            .n = context_len < L ? context_len : L,
                            .n_steps = n_steps};
    if (levels)
        RM_TRY(rimer_levels_check(levels, &session->offered));
    return run(session, n_rows, &readings, horizon, levels, out, scales);
}

rimer_status rm_session_go_on(rimer_session *session, int64_t n_rows, const rm_carried *carried,
                              int64_t horizon, const rimer_levels *levels, float *out) {
    rm_readings readings = {.carried = carried, .n = session->window};
    return run(session, n_rows, &readings, horizon, levels, out, NULL);
}

rimer_status rimer_session_forecast(rimer_session *session, int64_t n_rows, int64_t context_len,
                                    const float *contexts, int64_t horizon, float *out) {
    RM_NEED(session, contexts, out);
    return rm_session_run(session, n_rows, context_len, contexts, NULL, horizon, NULL, out,
                          NULL);
}

rimer_status rimer_session_quantiles(rimer_session *session, int64_t n_rows,
                                     int64_t context_len, const float *contexts,
                                     int64_t horizon, const rimer_levels *levels, float *out) {
    RM_NEED(session, contexts, levels, out);
    return rm_session_run(session, n_rows, context_len, contexts, NULL, horizon, levels, out,
                          NULL);
}
