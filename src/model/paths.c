/* What the network forecasts, step after step: one pass over the context, then patches of the
 * forecast fed back (E10). A recurrence carries its state, so each costs the same whatever the
 * context. Attention, or a model without blocks, has none: its context moves on by what was
 * forecast and is read again, normalised anew, as Timer does; so it never meets more tokens, or
 * positions, than it was trained on. Points are fed back as they are, quantiles as a fan
 * (fan.h). */
#include "model/session_inside.h"

#include <string.h>

#define BLOCK_TOKENS 112 /* run at once: more fill the matrix products, fewer stay in cache */
#define ROLL_TOKENS 2048 /* of a rollout: only outputs much longer than the context reach it */

static const rm_shape *shape_of(const rimer_session *session) {
    return &session->model->network.shape;
}

static int64_t patches_fed(const rm_shape *s) {
    return s->output_len / s->patch_len;
}

void rm_paths_sizes(const rm_shape *s, int64_t max_rows, rm_pass_size *context,
                    rm_pass_size *rollout) {
    int64_t tokens = rm_shape_tokens(s, s->context_len), fed = patches_fed(s);
    int64_t fit = BLOCK_TOKENS / tokens, roll = fed ? ROLL_TOKENS / fed : fit;
    fit = roll < fit ? roll : fit;
    fit = fit < 1 ? 1 : fit;
    fit = max_rows < fit ? max_rows : fit;
    *context = (rm_pass_size){.max_rows = fit, .max_tokens = tokens};
    *rollout =
        (rm_pass_size){.max_rows = s->levels.n > 1 ? RM_FAN_TRACKS : fit, .max_tokens = fed};
}

static rm_real *path_of(const rimer_session *session, int64_t b, int64_t level) {
    return session->path + (b * shape_of(session)->levels.n + level) * session->path_len;
}

/* Puts the forecast y[B][levels][output_len] of steps at .. at + output_len behind the `have`
 * steps that are there already; what was said stays said, so that a longer horizon begins like
 * a shorter. */
static void append(rimer_session *session, const rm_real *y, int64_t B, int64_t at,
                   int64_t have) {
    const rm_shape *s = shape_of(session);
    int64_t O = s->output_len, skip = have - at;
    for (int64_t i = 0; i < B * s->levels.n; i++)
        session->kernels->copy(session->path + i * session->path_len + have, y + i * O + skip,
                               O - skip);
}

/* The output of a pass of B rows, in normalised units. */
static const rm_real *produce(const rimer_session *session, rm_pass *pass, int64_t B,
                              rm_real *produced) {
    const rm_shape *s = shape_of(session);
    rm_pass_view view = rm_pass_look(pass);
    session->kernels->rescale_forward(produced, view.normalised, view.last, session->zero,
                                      session->one, B, 1, s->levels.n * s->output_len);
    return produced;
}

/* The context's normalised steps, right-aligned in the window that the origins look at. */
static void begin_history(rimer_session *session, int64_t B) {
    const rm_kernels *k = session->kernels;
    rm_rolling *rows = &session->rows;
    rm_pass_view view = rm_pass_look(session->context);
    int64_t n = view.T * shape_of(session)->patch_len, W = session->window;
    k->fill(rows->missing, 1, B * W);
    for (int64_t b = 0; b < B; b++) {
        k->copy(rows->history + b * W + W - n, view.history + b * n, n);
        k->copy(rows->missing + b * W + W - n, view.missing + b * n, n);
    }
}

static void push_history(const rimer_session *session, rm_rolling *to, const rm_real *z,
                         int64_t B, int64_t n) {
    const rm_kernels *k = session->kernels;
    int64_t W = session->window, kept = n < W ? n : W;
    for (int64_t b = 0; b < B; b++) {
        rm_real *history = to->history + b * W, *missing = to->missing + b * W;
        memmove(history, history + kept, (size_t)(W - kept) * sizeof *history);
        memmove(missing, missing + kept, (size_t)(W - kept) * sizeof *missing);
        k->copy(history + W - kept, z + b * n + n - kept, kept);
        k->fill(missing + W - kept, 0, kept);
    }
}

/* Feeds the next steps fed[B], path_len apart, of contexts whose first has scale[0] and the
 * next `scale_step` later, and returns what follows them. */
static const rm_real *roll(const rimer_session *session, rm_rolling *to, int64_t B,
                           const rm_real *fed, const rm_real *scale, int64_t scale_step,
                           int64_t position) {
    const rm_real *params = session->model->values;
    const rm_shape *s = shape_of(session);
    int64_t n = patches_fed(s) * s->patch_len;
    rm_pass_begin(to->pass, B, patches_fed(s));
    rm_pass_view view = rm_pass_look(to->pass);
    for (int64_t b = 0; b < B; b++) {
        session->kernels->copy(view.z + b * n, fed + b * session->path_len, n);
        view.scale[b] = scale[b * scale_step];
    }
    rm_pass_tokens(to->pass, params, &to->state, &to->state, position);
    push_history(session, to, view.z, B, n);
    rm_pass_head(to->pass, params, to->history, to->missing, session->window);
    return produce(session, to->pass, B, to->produced);
}

static void scale_path(rimer_session *session, int64_t B, int64_t horizon) {
    rm_pass_view view = rm_pass_look(session->context);
    for (int64_t b = 0; b < B; b++)
        for (int64_t q = 0; q < shape_of(session)->levels.n; q++)
            for (int64_t i = 0; i < horizon; i++) {
                rm_real *at = path_of(session, b, q) + i;
                *at = *at * view.scale[b] + view.loc[b];
            }
}

/* ----------------------------------------------------------------------------------- fans */

/* Steps from .. to of row b are there: the tracks stand in them where they belong. */
static void spread_tracks(rimer_session *session, int64_t b, int64_t to) {
    for (int64_t i = 0; i < to; i++)
        rm_fan_spread(session->fan, path_of(session, b, 0) + i, session->path_len,
                      session->track + i, session->path_len);
}

/* What the tracks foresee, y[RM_FAN_TRACKS][levels][output_len] of steps at .., goes behind the
 * `have` steps of row b and of the tracks. */
static void pool_tracks(rimer_session *session, int64_t b, const rm_real *y, int64_t at,
                        int64_t have) {
    int64_t O = shape_of(session)->output_len;
    for (int64_t i = have; i < at + O; i++)
        rm_fan_pool(session->fan, y + i - at, O, path_of(session, b, 0) + i, session->path_len,
                    session->track + i, session->path_len);
}

/* Every track begins with the state that the context of row b left. */
static void begin_tracks(rimer_session *session, int64_t b) {
    const rm_kernels *k = session->kernels;
    const rm_rolling *rows = &session->rows;
    rm_rolling *tracks = &session->tracks;
    int64_t W = session->window;
    rm_state_repeat(&tracks->state, k, &session->model->network, &rows->state, b,
                    RM_FAN_TRACKS);
    for (int64_t j = 0; j < RM_FAN_TRACKS; j++) {
        k->copy(tracks->history + j * W, rows->history + b * W, W);
        k->copy(tracks->missing + j * W, rows->missing + b * W, W);
    }
}

static void fan_by_state(rimer_session *session, int64_t b, int64_t horizon, int64_t position) {
    const rm_shape *s = shape_of(session);
    int64_t step = patches_fed(s) * s->patch_len, have = s->output_len;
    begin_tracks(session, b);
    spread_tracks(session, b, have);
    for (int64_t fed = 0; have < horizon; fed += step, position += patches_fed(s)) {
        const rm_real *y = roll(session, &session->tracks, RM_FAN_TRACKS, session->track + fed,
                                session->scale + b, 0, position);
        pool_tracks(session, b, y, fed + step, have);
        have = fed + step + s->output_len;
    }
}

/* ---------------------------------------------------------------------------------- paths */

/* Steps that the model reads when `fed` of its own stand behind a context. */
static int64_t steps_read(const rimer_session *session, const rm_readings *from, int64_t fed) {
    int64_t L = shape_of(session)->context_len, all = from->n + fed;
    return all < L ? all : L;
}

/* These, of row b of the contexts and a path, to x. */
static void fill_x(const rimer_session *session, const rm_readings *from, int64_t b,
                   const rm_real *path, int64_t fed, rm_real *x) {
    int64_t n = steps_read(session, from, fed), first = from->n + fed - n;
    const float *read = from->contexts + (b + 1) * from->context_len - from->n;
    for (int64_t i = 0; i < n; i++) {
        int64_t step = first + i;
        x[i] = step < from->n ? (rm_real)read[step] : path[step - from->n];
    }
}

static int64_t fill_rows(rimer_session *session, int64_t B, const rm_readings *from,
                         int64_t fed) {
    int64_t n = steps_read(session, from, fed);
    for (int64_t b = 0; b < B; b++)
        fill_x(session, from, b, path_of(session, b, 0), fed, session->x + b * n);
    return n;
}

static void keep_scale(rimer_session *session, int64_t B) {
    session->kernels->copy(session->scale, rm_pass_look(session->context).scale, B);
}

/* From the contexts to hidden vectors, states and history. Returns the next token's position.
 * */
static int64_t read_contexts(rimer_session *session, int64_t B, const rm_readings *from) {
    int64_t n = fill_rows(session, B, from, 0);
    rm_pass_read(session->context, session->x, B, n);
    rm_pass_tokens(session->context, session->model->values, NULL, &session->rows.state, 0);
    begin_history(session, B);
    return rm_shape_tokens(shape_of(session), n);
}

/* The same from what is carried, which only models without positions do. */
static int64_t take_carried(rimer_session *session, int64_t B, const rm_readings *from) {
    const rm_kernels *k = session->kernels;
    const rm_carried *carried = from->carried;
    rm_rolling *rows = &session->rows;
    int64_t row = from->row, D = shape_of(session)->width, W = session->window;
    rm_pass_begin(session->context, B, 1);
    rm_pass_view view = rm_pass_look(session->context);
    k->window_norm_forward(rows->history, rows->missing, view.loc, view.scale,
                           carried->x + row * W, 0, B, W, W);
    k->copy(view.hidden, carried->hidden + row * D, B * D);
    k->copy(view.loc, carried->loc + row, B);
    k->copy(view.scale, carried->scale + row, B);
    k->standardise(rows->history, rows->history, view.loc, view.scale, B, W);
    rm_state_copy(&rows->state, k, &session->model->network, carried->state, row, B);
    return 0;
}

static void path_by_state(rimer_session *session, int64_t B, const rm_readings *from,
                          int64_t horizon) {
    const rm_shape *s = shape_of(session);
    rm_rolling *rows = &session->rows;
    int64_t position =
        from->carried ? take_carried(session, B, from) : read_contexts(session, B, from);
    int64_t step = patches_fed(s) * s->patch_len;
    keep_scale(session, B);
    rm_pass_head(session->context, session->model->values, rows->history, rows->missing,
                 session->window);
    append(session, produce(session, session->context, B, rows->produced), B, 0, 0);
    if (session->fan) {
        for (int64_t b = 0; b < B && s->output_len < horizon; b++)
            fan_by_state(session, b, horizon, position);
        return;
    }
    int64_t have = s->output_len;
    for (int64_t fed = 0; have < horizon; fed += step, position += patches_fed(s)) {
        const rm_real *y =
            roll(session, rows, B, session->path + fed, session->scale, 1, position);
        append(session, y, B, fed + step, have);
        have = fed + step + s->output_len;
    }
}

/* Contexts moved on by each track, as many at once as fit. */
static void foresee_again(rimer_session *session, int64_t b, const rm_readings *from,
                          int64_t have) {
    const rm_shape *s = shape_of(session);
    int64_t out = s->levels.n * s->output_len, n = steps_read(session, from, have);
    for (int64_t j = 0; j < RM_FAN_TRACKS; j += session->block_rows) {
        int64_t left = RM_FAN_TRACKS - j;
        int64_t rows = left < session->block_rows ? left : session->block_rows;
        for (int64_t i = 0; i < rows; i++)
            fill_x(session, from, b, session->track + (j + i) * session->path_len, have,
                   session->x + i * n);
        const rm_real *y =
            rm_pass_forward(session->context, session->model->values, session->x, rows, n);
        session->kernels->copy(session->tracks.produced + j * out, y, rows * out);
    }
}

static void fan_by_reading_again(rimer_session *session, int64_t b, const rm_readings *from,
                                 int64_t horizon) {
    int64_t O = shape_of(session)->output_len;
    spread_tracks(session, b, O);
    for (int64_t have = O; have < horizon; have += O) {
        foresee_again(session, b, from, have);
        pool_tracks(session, b, session->tracks.produced, have, have);
    }
}

static void path_by_reading_again(rimer_session *session, int64_t B, const rm_readings *from,
                                  int64_t horizon) {
    int64_t have = 0, O = shape_of(session)->output_len, until = session->fan ? O : horizon;
    while (have < until) {
        int64_t n = fill_rows(session, B, from, have);
        const rm_real *y =
            rm_pass_forward(session->context, session->model->values, session->x, B, n);
        append(session, y, B, have, have);
        if (have == 0)
            keep_scale(session, B);
        have += O;
    }
    for (int64_t b = 0; session->fan && b < B && O < horizon; b++)
        fan_by_reading_again(session, b, from, horizon);
}

void rm_paths_make(rimer_session *session, int64_t B, const rm_readings *from,
                   int64_t horizon) {
    if (shape_of(session)->has_state) {
        path_by_state(session, B, from, horizon);
        scale_path(session, B, horizon);
    } else
        path_by_reading_again(session, B, from, horizon);
}
