/* Forecasting with a model: one pass over the context, then patches of the forecast fed back (E10).
 * A recurrence carries its state, so each costs the same whatever the context. Attention, or a model
 * without blocks, has none: its context moves on by what was forecast and is read again, normalised anew, as Timer does; so
 * it never meets more tokens, or positions, than it was trained on. */
#include "base/array.h"
#include "kernels/blas.h"
#include "model/model_inside.h"
#include "rimer/forecast.h"

#include <stdlib.h>
#include <string.h>

#define BLOCK_TOKENS 112 /* run at once: more fill the matrix products, fewer stay in cache */
#define ROLL_TOKENS 2048 /* of a rollout: only outputs much longer than the context reach it */

struct rimer_session {
    const rimer_model *model;
    const rm_kernels *kernels;
    int64_t max_rows;
    int64_t block_rows; /* that go through the network at once */
    rm_pass *context, *rollout;
    rm_state state;
    rm_arena arena;
    rm_real *x; /* [block_rows][context_len] */
    rm_real *history,
        *missing;        /* [block_rows][window]: normalised steps up to the last token */
    int64_t window;      /* context length rounded up to whole patches */
    rm_real *zero, *one; /* [block_rows]: a scale back that changes nothing */
    rm_real *produced;   /* [block_rows][output_len] */
    rm_real *path;       /* [block_rows][path_len]: forecast so far */
    int64_t path_len;
};

static void layout(rimer_session *session) {
    const rm_shape *s = &session->model->network.shape;
    rm_arena *arena = &session->arena;
    int64_t B = session->block_rows;
    session->window = rm_shape_tokens(s, s->context_len) * s->patch_len;
    session->x = rm_arena_take(arena, B * s->context_len, sizeof(rm_real));
    session->history = rm_arena_take(arena, B * session->window, sizeof(rm_real));
    session->missing = rm_arena_take(arena, B * session->window, sizeof(rm_real));
    session->zero = rm_arena_take(arena, B, sizeof(rm_real));
    session->one = rm_arena_take(arena, B, sizeof(rm_real));
    session->produced = rm_arena_take(arena, B * s->output_len, sizeof(rm_real));
}

static int64_t patches_fed(const rm_shape *s) {
    return s->output_len / s->patch_len;
}

/* Sizes of the two passes; their rows are those that go through at once. */
static void choose_sizes(const rm_shape *s, int64_t max_rows, rm_pass_size *context,
                         rm_pass_size *rollout) {
    int64_t tokens = rm_shape_tokens(s, s->context_len), fed = patches_fed(s);
    int64_t fit = BLOCK_TOKENS / tokens, roll = fed ? ROLL_TOKENS / fed : fit;
    fit = roll < fit ? roll : fit;
    fit = fit < 1 ? 1 : fit;
    fit = max_rows < fit ? max_rows : fit;
    *context = (rm_pass_size){.max_rows = fit, .max_tokens = tokens};
    *rollout = (rm_pass_size){.max_rows = fit, .max_tokens = fed};
}

rimer_status rm_session_measure(const rimer_model *model, size_t *bytes) {
    const rm_network *network = &model->network;
    rimer_session session = {.model = model};
    rm_pass_size context, rollout;
    size_t of_context, of_rollout = 0, of_state = 0;
    choose_sizes(&network->shape, INT64_MAX, &context, &rollout);
    session.block_rows = context.max_rows;
    layout(&session);
    RM_TRY(rm_pass_measure(network, context, &of_context));
    if (network->shape.has_state) {
        RM_TRY(rm_pass_measure(network, rollout, &of_rollout));
        RM_TRY(rm_state_measure(network, context.max_rows, &of_state));
    }
    *bytes = of_context + of_rollout + of_state + session.arena.used;
    return RIMER_OK;
}

static rimer_status fill_session(rimer_session *session) {
    const rm_network *network = &session->model->network;
    rm_pass_size context, rollout;
    choose_sizes(&network->shape, session->max_rows, &context, &rollout);
    session->block_rows = context.max_rows;
    RM_TRY(rm_kernels_choose(&session->kernels));
    RM_TRY(rm_pass_create(&session->context, session->kernels, network, context));
    if (network->shape.has_state) {
        RM_TRY(rm_pass_create(&session->rollout, session->kernels, network, rollout));
        RM_TRY(rm_state_create(&session->state, network, session->block_rows));
    }
    layout(session);
    RM_TRY(rm_arena_reserve(&session->arena));
    layout(session);
    session->kernels->fill(session->one, 1, session->block_rows);
    return RIMER_OK;
}

rimer_status rimer_session_create(const rimer_model *model, int64_t max_rows,
                                  rimer_session **out) {
    if (max_rows < 1)
        RM_FAIL(USAGE, "a session needs room for one row at least, not %lld",
                (long long)max_rows);
    rimer_session *session;
    RM_TRY(rm_array_new(&session, 1, sizeof *session));
    session->model = model;
    session->max_rows = max_rows;
    rm_blas_single_thread();
    rimer_status status = fill_session(session);
    if (status != RIMER_OK) {
        rimer_session_free(session);
        return status;
    }
    *out = session;
    return RIMER_OK;
}

void rimer_session_free(rimer_session *session) {
    if (!session)
        return;
    rm_pass_free(session->context);
    rm_pass_free(session->rollout);
    rm_state_free(&session->state);
    rm_arena_free(&session->arena);
    free(session->path);
    free(session);
}

/* A path ends with a whole output, so it may pass the horizon by almost two. */
static rimer_status make_room(rimer_session *session, int64_t horizon) {
    int64_t more = 2 * session->model->network.shape.output_len;
    if (horizon > INT64_MAX / 8 / session->block_rows - more)
        RM_FAIL(NO_MEMORY, "out of memory for a forecast of %lld steps", (long long)horizon);
    int64_t path_len = horizon + more;
    if (path_len <= session->path_len)
        return RIMER_OK;
    rm_real *path;
    RM_TRY(rm_array_new(&path, session->block_rows * path_len, sizeof *path));
    free(session->path);
    session->path = path;
    session->path_len = path_len;
    return RIMER_OK;
}

/* Puts the forecast y[B][output_len] of steps at .. at + output_len behind the `have` steps that
 * are there already; what was said stays said, so that a longer horizon begins like a shorter. */
static void append(rimer_session *session, const rm_real *y, int64_t B, int64_t at,
                   int64_t have) {
    int64_t O = session->model->network.shape.output_len, skip = have - at;
    for (int64_t b = 0; b < B; b++)
        session->kernels->copy(session->path + b * session->path_len + have, y + b * O + skip,
                               O - skip);
}

/* The output of a pass, in normalised units. */
static const rm_real *produce(rimer_session *session, rm_pass *pass, int64_t B) {
    rm_pass_view view = rm_pass_look(pass);
    session->kernels->rescale_forward(session->produced, view.normalised, view.last,
                                      session->zero, session->one, B, 1,
                                      session->model->network.shape.output_len);
    return session->produced;
}

/* The context's normalised steps, right-aligned in the window that the origins look at. */
static void begin_history(rimer_session *session, int64_t B) {
    const rm_kernels *k = session->kernels;
    rm_pass_view view = rm_pass_look(session->context);
    int64_t n = view.T * session->model->network.shape.patch_len, W = session->window;
    k->fill(session->missing, 1, B * W);
    for (int64_t b = 0; b < B; b++) {
        k->copy(session->history + b * W + W - n, view.z + b * n, n);
        k->copy(session->missing + b * W + W - n, view.missing + b * n, n);
    }
}

static void push_history(rimer_session *session, const rm_real *z, int64_t B, int64_t n) {
    const rm_kernels *k = session->kernels;
    int64_t W = session->window, kept = n < W ? n : W;
    for (int64_t b = 0; b < B; b++) {
        rm_real *history = session->history + b * W, *missing = session->missing + b * W;
        memmove(history, history + kept, (size_t)(W - kept) * sizeof *history);
        memmove(missing, missing + kept, (size_t)(W - kept) * sizeof *missing);
        k->copy(history + W - kept, z + b * n + n - kept, kept);
        k->fill(missing + W - kept, 0, kept);
    }
}

/* Feeds steps fed .. fed + patches of the path back and appends what follows. */
static void roll(rimer_session *session, int64_t B, int64_t fed, int64_t have,
                 int64_t position) {
    const rm_real *params = session->model->values;
    const rm_shape *s = &session->model->network.shape;
    int64_t patches = patches_fed(s), n = patches * s->patch_len;
    rm_pass_begin(session->rollout, B, patches);
    rm_pass_view view = rm_pass_look(session->rollout);
    for (int64_t b = 0; b < B; b++)
        session->kernels->copy(view.z + b * n, session->path + b * session->path_len + fed, n);
    session->kernels->copy(view.scale, rm_pass_look(session->context).scale, B);
    rm_pass_tokens(session->rollout, params, &session->state, &session->state, position);
    push_history(session, view.z, B, n);
    rm_pass_head(session->rollout, params, session->history, session->missing, session->window);
    append(session, produce(session, session->rollout, B), B, fed + n, have);
}

static void scale_path(rimer_session *session, int64_t B, int64_t horizon) {
    rm_pass_view view = rm_pass_look(session->context);
    for (int64_t b = 0; b < B; b++)
        for (int64_t i = 0; i < horizon; i++) {
            rm_real *at = &session->path[b * session->path_len + i];
            *at = *at * view.scale[b] + view.loc[b];
        }
}

/* Contexts [B][context_len], of which the model reads the last n steps. */
typedef struct readings {
    const float *contexts;
    int64_t context_len, n;
} readings;

/* The last steps, as many as the model reads, of what was read and `fed` steps of the path behind
 * it, to x[B][their number]. */
static int64_t fill_x(rimer_session *session, int64_t B, const readings *from, int64_t fed) {
    int64_t L = session->model->network.shape.context_len, all = from->n + fed;
    int64_t n = all < L ? all : L;
    for (int64_t b = 0; b < B; b++) {
        const float *read = from->contexts + (b + 1) * from->context_len - from->n;
        const rm_real *path = session->path + b * session->path_len;
        for (int64_t i = 0; i < n; i++) {
            int64_t step = all - n + i;
            session->x[b * n + i] = step < from->n ? (rm_real)read[step] : path[step - from->n];
        }
    }
    return n;
}

static void path_by_state(rimer_session *session, int64_t B, const readings *from,
                          int64_t horizon) {
    const rm_real *params = session->model->values;
    const rm_shape *s = &session->model->network.shape;
    int64_t n = fill_x(session, B, from, 0);
    int64_t step = patches_fed(s) * s->patch_len, position = rm_shape_tokens(s, n);
    rm_pass_read(session->context, session->x, B, n);
    rm_pass_tokens(session->context, params, NULL, &session->state, 0);
    begin_history(session, B);
    rm_pass_head(session->context, params, session->history, session->missing, session->window);
    append(session, produce(session, session->context, B), B, 0, 0);
    int64_t have = s->output_len;
    for (int64_t fed = 0; have < horizon; fed += step, position += patches_fed(s)) {
        roll(session, B, fed, have, position);
        have = fed + step + s->output_len;
    }
    scale_path(session, B, horizon);
}

static void path_by_reading_again(rimer_session *session, int64_t B, const readings *from,
                                  int64_t horizon) {
    int64_t have = 0;
    while (have < horizon) {
        int64_t n = fill_x(session, B, from, have);
        const rm_real *y =
            rm_pass_forward(session->context, session->model->values, session->x, B, n);
        append(session, y, B, have, have);
        have += session->model->network.shape.output_len;
    }
}

/* The model's forecasts to out[B][horizon]. */
static void forecast_block(rimer_session *session, int64_t B, const readings *from,
                           int64_t horizon, float *out) {
    if (session->model->network.shape.has_state)
        path_by_state(session, B, from, horizon);
    else
        path_by_reading_again(session, B, from, horizon);
    for (int64_t b = 0; b < B; b++)
        for (int64_t i = 0; i < horizon; i++)
            out[b * horizon + i] = (float)session->path[b * session->path_len + i];
}

rimer_status rimer_session_forecast(rimer_session *session, int64_t n_rows, int64_t context_len,
                                    const float *contexts, int64_t horizon, float *out) {
    const rm_shape *s = &session->model->network.shape;
    if (n_rows < 1 || context_len < 1 || horizon < 1 || n_rows > session->max_rows)
        RM_FAIL(USAGE,
                "a forecast of %lld rows (room for %lld), context %lld, horizon %lld: "
                "each must be 1 at least",
                (long long)n_rows, (long long)session->max_rows, (long long)context_len,
                (long long)horizon);
    RM_TRY(make_room(session, horizon));
    int64_t n = context_len < s->context_len ? context_len : s->context_len;
    for (int64_t row = 0; row < n_rows; row += session->block_rows) {
        int64_t left = n_rows - row;
        readings from = {contexts + row * context_len, context_len, n};
        forecast_block(session, left < session->block_rows ? left : session->block_rows, &from,
                       horizon, out + row * horizon);
    }
    return RIMER_OK;
}
