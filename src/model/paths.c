/* What the network forecasts, step after step: one pass over the context, then patches of the
 * forecast fed back (E10). A recurrence carries its state, so each costs the same whatever the
 * context. Attention, or a model without blocks, has none: its context moves on by what was
 * forecast and is read again, normalised anew, as Timer does; so it never meets more tokens, or
 * positions, than it was trained on. Points are fed back as they are, quantiles as a fan
 * (fan.h). */
#include "model/session_inside.h"

#define BLOCK_TOKENS 112 /* run at once: more fill the matrix products, fewer stay in cache */
#define ROLL_TOKENS 2048 /* of a rollout: only outputs much longer than the context reach it */
#define DEVICE_TIMES 256 /* as many of both on a device, which has no such cache to stay in */

static const rm_shape *shape_of(const rimer_session *session) {
    return &session->model->network.shape;
}

static int64_t patches_fed(const rm_shape *s) {
    return s->output_len / s->patch_len;
}

void rm_paths_sizes(const rm_shape *s, int on_device, int64_t max_rows, rm_pass_size *context,
                    rm_pass_size *rollout) {
    int64_t tokens = rm_shape_tokens(s, s->context_len), fed = patches_fed(s);
    int64_t times = on_device ? DEVICE_TIMES : 1;
    int64_t fit = BLOCK_TOKENS * times / tokens;
    int64_t roll = fed ? ROLL_TOKENS * times / fed : fit;
    fit = roll < fit ? roll : fit;
    fit = fit < 1 ? 1 : fit;
    fit = max_rows < fit ? max_rows : fit;
    *context = (rm_pass_size){.max_rows = fit, .max_tokens = tokens};
    *rollout =
        (rm_pass_size){.max_rows = s->levels.n > 1 ? RM_FAN_TRACKS : fit, .max_tokens = fed};
}

static rm_real *path_of(const rimer_session *session, int64_t b, int64_t level) {
    return session->path.host + (b * shape_of(session)->levels.n + level) * session->path_len;
}

/* Puts the forecast y[B][levels][output_len] of steps at .. at + output_len behind the `have`
 * steps that are there already; what was said stays said, so that a longer horizon begins like
 * a shorter. */
static void append(rimer_session *session, const rm_real *y, int64_t B, int64_t at,
                   int64_t have) {
    const rm_shape *s = shape_of(session);
    int64_t O = s->output_len, skip = have - at;
    session->kernels->copy_rows(session->path.device + have, session->path_len, y + skip, O,
                                B * s->levels.n, O - skip);
}

/* The forecast so far, for the library to read. */
static rimer_status fetch_path(const rimer_session *session, int64_t B) {
    return rm_shared_fetch(session->kernels, session->path, 0,
                           B * shape_of(session)->levels.n * session->path_len);
}

/* The output of a pass of B rows, in normalised units, to `produced`. */
static void produce(const rimer_session *session, rm_pass *pass, int64_t B,
                    rm_shared produced) {
    const rm_shape *s = shape_of(session);
    rm_pass_view view = rm_pass_look(pass);
    session->kernels->rescale_forward(produced.device, view.normalised, view.last,
                                      session->zero, session->one, B, 1,
                                      s->levels.n * s->output_len);
}

/* The context's normalised steps, right-aligned in the window that the origins look at. */
static void begin_history(rimer_session *session, int64_t B) {
    const rm_kernels *k = session->kernels;
    rm_rolling *rows = &session->rows;
    rm_pass_view view = rm_pass_look(session->context);
    int64_t n = view.T * shape_of(session)->patch_len, W = session->window;
    k->fill(rows->missing, 1, B * W);
    k->copy_rows(rows->history + W - n, W, view.history, n, B, n);
    k->copy_rows(rows->missing + W - n, W, view.missing, n, B, n);
}

static void push_history(const rimer_session *session, rm_rolling *to, const rm_real *z,
                         int64_t B, int64_t n) {
    int64_t W = session->window, kept = n < W ? n : W;
    session->kernels->move_on(to->history, z + n - kept, n, B, W, kept);
    session->kernels->move_on(to->missing, NULL, 0, B, W, kept);
}

/* Where rows stand when `ahead` of their own steps stand behind them. */
static rm_places places_of(const rm_readings *from, int64_t ahead) {
    return (rm_places){from->places.at, from->places.each, ahead};
}

/* The same of the tracks of row b. */
static rm_places track_places(const rm_readings *from, int64_t b, int64_t ahead) {
    return (rm_places){from->places.at + b, 0, ahead};
}

/* Feeds the next steps fed[B], path_len apart, of the contexts from `row` on, or, with `each` 0,
 * all of that one; what follows them, at `places`, is produced. */
static void roll(const rimer_session *session, rm_rolling *to, int64_t B, const rm_real *fed,
                 int64_t row, int64_t each, int64_t position, rm_places places) {
    const rm_kernels *k = session->kernels;
    const rm_shape *s = shape_of(session);
    int64_t n = patches_fed(s) * s->patch_len;
    rm_pass_begin(to->pass, B, patches_fed(s));
    rm_pass_view view = rm_pass_look(to->pass);
    k->copy_rows(view.z, n, fed, session->path_len, B, n);
    k->copy_rows(view.loc, 1, session->loc.device + row, each, B, 1);
    k->copy_rows(view.scale, 1, session->scale.device + row, each, B, 1);
    rm_pass_place(to->pass, places, B, patches_fed(s));
    rm_pass_tokens(to->pass, session->params, &to->state, &to->state, position);
    push_history(session, to, view.z, B, n);
    rm_pass_head(to->pass, session->params, to->history, to->missing, session->window);
    produce(session, to->pass, B, to->produced);
}

static void scale_path(rimer_session *session, int64_t B, int64_t horizon) {
    const rm_real *scale = session->scale.host, *loc = session->loc.host;
    for (int64_t b = 0; b < B; b++)
        for (int64_t q = 0; q < shape_of(session)->levels.n; q++)
            for (int64_t i = 0; i < horizon; i++) {
                rm_real *at = path_of(session, b, q) + i;
                *at = *at * scale[b] + loc[b];
            }
}

/* ----------------------------------------------------------------------------------- fans */

/* Steps from .. to of row b are there: the tracks stand in them where they belong. */
static void spread_tracks(rimer_session *session, int64_t b, int64_t to) {
    for (int64_t i = 0; i < to; i++)
        rm_fan_spread(session->fan, path_of(session, b, 0) + i, session->path_len,
                      session->track.host + i, session->path_len);
}

/* What the tracks foresee, y[RM_FAN_TRACKS][levels][output_len] of steps at .., goes behind the
 * `have` steps of row b and of the tracks. */
static void pool_tracks(rimer_session *session, int64_t b, const rm_real *y, int64_t at,
                        int64_t have) {
    int64_t O = shape_of(session)->output_len;
    for (int64_t i = have; i < at + O; i++)
        rm_fan_pool(session->fan, y + i - at, O, path_of(session, b, 0) + i, session->path_len,
                    session->track.host + i, session->path_len);
}

/* Every track begins with the state that the context of row b left. */
static void begin_tracks(rimer_session *session, int64_t b) {
    const rm_kernels *k = session->kernels;
    const rm_rolling *rows = &session->rows;
    rm_rolling *tracks = &session->tracks;
    int64_t W = session->window;
    rm_state_repeat(&tracks->state, k, &session->model->network, &rows->state, b,
                    RM_FAN_TRACKS);
    k->copy_rows(tracks->history, W, rows->history + b * W, 0, RM_FAN_TRACKS, W);
    k->copy_rows(tracks->missing, W, rows->missing + b * W, 0, RM_FAN_TRACKS, W);
}

/* What the tracks foresee goes to the processor, where it is pooled, and the tracks come back. */
static rimer_status fan_by_state(rimer_session *session, int64_t b, const rm_readings *from,
                                 int64_t horizon, int64_t position) {
    rm_rolling *tracks = &session->tracks;
    int64_t produced =
        RM_FAN_TRACKS * shape_of(session)->levels.n * shape_of(session)->output_len;
    const rm_shape *s = shape_of(session);
    int64_t step = patches_fed(s) * s->patch_len, have = s->output_len;
    begin_tracks(session, b);
    spread_tracks(session, b, have);
    for (int64_t fed = 0; have < horizon; fed += step, position += patches_fed(s)) {
        rm_shared_send(session->kernels, session->track, 0, RM_FAN_TRACKS * session->path_len);
        roll(session, tracks, RM_FAN_TRACKS, session->track.device + fed, b, 0, position,
             track_places(from, b, fed + step));
        RM_TRY(rm_shared_fetch(session->kernels, tracks->produced, 0, produced));
        pool_tracks(session, b, tracks->produced.host, fed + step, have);
        have = fed + step + s->output_len;
    }
    return RIMER_OK;
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
    const float *read = from->contexts + (from->rows[b] + 1) * from->context_len - from->n;
    for (int64_t i = 0; i < n; i++) {
        int64_t step = first + i;
        x[i] = step < from->n ? (rm_real)read[step] : path[step - from->n];
    }
}

static int64_t fill_rows(rimer_session *session, int64_t B, const rm_readings *from,
                         int64_t fed) {
    int64_t n = steps_read(session, from, fed);
    for (int64_t b = 0; b < B; b++)
        fill_x(session, from, b, path_of(session, b, 0), fed, session->x.host + b * n);
    rm_shared_send(session->kernels, session->x, 0, B * n);
    return n;
}

/* Of the contexts, where kernels and library find them when the pass reads others. */
static rimer_status keep_scale(rimer_session *session, int64_t B) {
    const rm_kernels *k = session->kernels;
    rm_pass_view view = rm_pass_look(session->context);
    k->copy(session->loc.device, view.loc, B);
    k->copy(session->scale.device, view.scale, B);
    RM_TRY(rm_shared_fetch(k, session->loc, 0, B));
    return rm_shared_fetch(k, session->scale, 0, B);
}

/* From the contexts to hidden vectors, states and history. Returns the position of the token
 * that follows. */
static int64_t read_contexts(rimer_session *session, int64_t B, const rm_readings *from) {
    int64_t n = fill_rows(session, B, from, 0);
    rm_pass_read(session->context, session->x.device, B, n);
    rm_pass_place(session->context, from->places, B, rm_shape_tokens(shape_of(session), n));
    rm_pass_tokens(session->context, session->params, NULL, &session->rows.state, 0);
    begin_history(session, B);
    return rm_shape_tokens(shape_of(session), n);
}

/* The same from what is carried, which only models without positions do. */
static int64_t take_carried(rimer_session *session, int64_t B, const rm_readings *from) {
    const rm_kernels *k = session->kernels;
    const rm_carried *carried = from->carried;
    rm_rolling *rows = &session->rows;
    int64_t row = *from->rows, D = shape_of(session)->width, W = session->window;
    rm_pass_begin(session->context, B, 1);
    rm_pass_place(session->context, from->places, B, 1);
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

static rimer_status path_by_state(rimer_session *session, int64_t B, const rm_readings *from,
                                  int64_t horizon) {
    const rm_shape *s = shape_of(session);
    rm_rolling *rows = &session->rows;
    int64_t position =
        from->carried ? take_carried(session, B, from) : read_contexts(session, B, from);
    int64_t step = patches_fed(s) * s->patch_len;
    RM_TRY(keep_scale(session, B));
    rm_pass_head(session->context, session->params, rows->history, rows->missing,
                 session->window);
    produce(session, session->context, B, rows->produced);
    append(session, rows->produced.device, B, 0, 0);
    if (session->fan) {
        RM_TRY(fetch_path(session, B));
        for (int64_t b = 0; b < B && s->output_len < horizon; b++)
            RM_TRY(fan_by_state(session, b, from, horizon, position));
        return RIMER_OK;
    }
    int64_t have = s->output_len;
    for (int64_t fed = 0; have < horizon; fed += step, position += patches_fed(s)) {
        roll(session, rows, B, session->path.device + fed, 0, 1, position,
             places_of(from, fed + step));
        append(session, rows->produced.device, B, fed + step, have);
        have = fed + step + s->output_len;
    }
    return fetch_path(session, B);
}

/* Contexts moved on by each track, as many at once as fit. */
static rimer_status foresee_again(rimer_session *session, int64_t b, const rm_readings *from,
                                  int64_t have) {
    const rm_shape *s = shape_of(session);
    int64_t out = s->levels.n * s->output_len, n = steps_read(session, from, have);
    for (int64_t j = 0; j < RM_FAN_TRACKS; j += session->block_rows) {
        int64_t left = RM_FAN_TRACKS - j;
        int64_t rows = left < session->block_rows ? left : session->block_rows;
        for (int64_t i = 0; i < rows; i++)
            fill_x(session, from, b, session->track.host + (j + i) * session->path_len, have,
                   session->x.host + i * n);
        rm_shared_send(session->kernels, session->x, 0, rows * n);
        rm_pass_place(session->context, track_places(from, b, have), rows,
                      rm_shape_tokens(s, n));
        const rm_real *y =
            rm_pass_forward(session->context, session->params, session->x.device, rows, n);
        session->kernels->copy(session->tracks.produced.device + j * out, y, rows * out);
    }
    return rm_shared_fetch(session->kernels, session->tracks.produced, 0, RM_FAN_TRACKS * out);
}

static rimer_status fan_by_reading_again(rimer_session *session, int64_t b,
                                         const rm_readings *from, int64_t horizon) {
    int64_t O = shape_of(session)->output_len;
    spread_tracks(session, b, O);
    for (int64_t have = O; have < horizon; have += O) {
        RM_TRY(foresee_again(session, b, from, have));
        pool_tracks(session, b, session->tracks.produced.host, have, have);
    }
    return RIMER_OK;
}

static rimer_status path_by_reading_again(rimer_session *session, int64_t B,
                                          const rm_readings *from, int64_t horizon) {
    int64_t have = 0, O = shape_of(session)->output_len, until = session->fan ? O : horizon;
    while (have < until) {
        int64_t n = fill_rows(session, B, from, have);
        rm_pass_place(session->context, places_of(from, have), B,
                      rm_shape_tokens(shape_of(session), n));
        const rm_real *y =
            rm_pass_forward(session->context, session->params, session->x.device, B, n);
        append(session, y, B, have, have);
        if (have == 0)
            RM_TRY(keep_scale(session, B));
        RM_TRY(fetch_path(session, B));
        have += O;
    }
    for (int64_t b = 0; session->fan && b < B && O < horizon; b++)
        RM_TRY(fan_by_reading_again(session, b, from, horizon));
    return RIMER_OK;
}

rimer_status rm_paths_make(rimer_session *session, int64_t B, const rm_readings *from,
                           int64_t horizon) {
    if (!shape_of(session)->has_state)
        return path_by_reading_again(session, B, from, horizon);
    RM_TRY(path_by_state(session, B, from, horizon));
    scale_path(session, B, horizon);
    return RIMER_OK;
}
