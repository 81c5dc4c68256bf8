#include "model/stream_inside.h"

#include "base/array.h"
#include "kernels/blas.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const rm_shape *shape_of(const rimer_stream *stream) {
    return &stream->model->network.shape;
}

/* Statistics of a whole context change what every token was, and positions of a stream that is
 * longer than all contexts of the training mean nothing to the network. */
static int carries(const rm_shape *s) {
    return s->has_state && s->norm != RIMER_NORM_WINDOW && s->position == RIMER_POSITION_NONE;
}

/* ----------------------------------------------------------------------------- life */

static rimer_status make_pass(rimer_stream *stream) {
    const rm_network *network = &stream->model->network;
    rm_pass_size size = {.max_rows = stream->n_channels, .max_tokens = 1};
    int64_t C = stream->n_channels;
    RM_TRY(rm_pass_create(&stream->pass, stream->session->kernels, network, size));
    RM_TRY(rm_state_create(&stream->state, stream->session->kernels, network, C));
    RM_TRY(rm_array_new(&stream->x, C * stream->window, sizeof *stream->x));
    RM_TRY(rm_array_new(&stream->loc, C, sizeof *stream->loc));
    RM_TRY(rm_array_new(&stream->scale, C, sizeof *stream->scale));
    rm_pass_begin(stream->pass, C, 1);
    return RIMER_OK;
}

static rimer_status fill_stream(rimer_stream *stream, const char *const *names) {
    const rm_shape *s = shape_of(stream);
    int64_t C = stream->n_channels;
    stream->window = rm_shape_tokens(s, s->context_len) * s->patch_len;
    RM_TRY(
        rm_session_create(stream->model, "cpu", C, &stream->session)); /* a token at a time */
    RM_TRY(rm_array_new(&stream->names, C, sizeof *stream->names));
    RM_TRY(rm_array_new(&stream->places, C, sizeof *stream->places));
    for (int64_t c = 0; names && c < C; c++)
        RM_TRY(rm_string_copy(&stream->names[c], names[c]));
    for (int64_t c = 0; c < C; c++)
        stream->places[c].channel = rimer_model_channel_of(stream->model, stream->names[c]);
    if (C > INT64_MAX / 2 / stream->window)
        RM_FAIL(NO_MEMORY, "out of memory for a stream of %lld channels", (long long)C);
    RM_TRY(rm_array_new(&stream->recent, C * 2 * stream->window, sizeof *stream->recent));
    RM_TRY(rm_array_new(&stream->contexts, C * s->context_len, sizeof *stream->contexts));
    RM_TRY(rm_array_new(&stream->scales, C, sizeof *stream->scales));
    return carries(s) ? make_pass(stream) : RIMER_OK;
}

rimer_status rimer_stream_create(const rimer_model *model, int64_t n_channels,
                                 const char *const *names, rimer_stream **out) {
    RM_NEED(model, out);
    if (n_channels < 1)
        RM_FAIL(USAGE, "a stream needs one channel at least, not %lld", (long long)n_channels);
    for (int64_t c = 0; names && c < n_channels; c++)
        RM_NEED(names[c]);
    rimer_stream *stream;
    RM_TRY(rm_array_new(&stream, 1, sizeof *stream));
    stream->model = model;
    stream->n_channels = n_channels;
    rimer_status status = fill_stream(stream, names);
    if (status != RIMER_OK) {
        rimer_stream_free(stream);
        return status;
    }
    *out = stream;
    return RIMER_OK;
}

void rimer_stream_free(rimer_stream *stream) {
    if (!stream)
        return;
    rimer_session_free(stream->session);
    for (int64_t c = 0; stream->names && c < stream->n_channels; c++)
        free(stream->names[c]);
    rm_pass_free(stream->pass);
    rm_state_free(&stream->state);
    free(stream->names);
    free(stream->places);
    free(stream->recent);
    free(stream->contexts);
    free(stream->scales);
    free(stream->x);
    free(stream->loc);
    free(stream->scale);
    free(stream);
}

int64_t rimer_stream_steps(const rimer_stream *stream) {
    return stream->n_steps;
}

rimer_status rimer_stream_place(rimer_stream *stream, int64_t first) {
    RM_NEED(stream);
    if (stream->n_steps > 0)
        RM_FAIL(USAGE, "where a stream stands is said before its first step, not after %lld",
                (long long)stream->n_steps);
    RM_TRY(rm_position_check(first));
    stream->first = first;
    return RIMER_OK;
}

int64_t rimer_stream_n_channels(const rimer_stream *stream) {
    return stream->n_channels;
}

const char *rimer_stream_channel_name(const rimer_stream *stream, int64_t channel) {
    const char *name = stream->names[channel];
    return name ? name : "";
}

int rm_stream_has_state(const rimer_stream *stream) {
    return stream->pass && stream->n_steps >= stream->window;
}

int rimer_stream_is_carried(const rimer_stream *stream) {
    return rm_stream_has_state(stream) && stream->n_steps % shape_of(stream)->patch_len == 0;
}

int64_t rm_stream_held(const rimer_stream *stream) {
    return stream->n_steps < stream->window ? stream->n_steps : stream->window;
}

/* ----------------------------------------------------------------------------- steps */

/* The newest n steps of a channel. */
static const float *newest(const rimer_stream *stream, int64_t c, int64_t n) {
    return stream->recent + c * 2 * stream->window + stream->end - n;
}

static rimer_status fit_scales(rimer_stream *stream, int64_t n) {
    for (int64_t c = 0; c < stream->n_channels; c++)
        RM_TRY(rm_model_scale(stream->model, stream->names[c], newest(stream, c, n), n,
                              &stream->scales[c]));
    return RIMER_OK;
}

/* The steps before the newest `skip` ones, n of them, scaled, to x[channels][n]. */
static void scale_steps(rimer_stream *stream, int64_t n, int64_t skip) {
    for (int64_t c = 0; c < stream->n_channels; c++) {
        const float *from = newest(stream, c, n + skip);
        for (int64_t i = 0; i < n; i++)
            stream->x[c * n + i] =
                (rm_real)(float)rm_scale_apply(stream->scales[c], (double)from[i]);
    }
}

/* The last patch of x[channels][n] into the pass, by the statistics up to its end. */
static void read_patch(rimer_stream *stream, int64_t n) {
    const rm_shape *s = shape_of(stream);
    rm_pass_view view = rm_pass_look(stream->pass);
    stream->session->kernels->causal_norm_forward(
        view.z, view.missing, stream->loc, stream->scale, stream->x,
        s->norm == RIMER_NORM_CAUSAL, stream->n_channels, n, 1, s->patch_len, s->context_len,
        1);
}

/* `skip` of the steps that were pushed stand behind the patch. */
static void feed_patch(rimer_stream *stream, int64_t n, int64_t skip) {
    rimer_place place = {stream->first + stream->n_steps - skip, RIMER_CHANNEL_NONE};
    read_patch(stream, n);
    rm_pass_place(stream->pass, (rm_places){&place, 0, 0}, stream->n_channels, 1);
    rm_pass_tokens(stream->pass, stream->model->values, &stream->state, &stream->state, 0);
}

/* The window is full for the first time: from here on it need not be read again. */
static rimer_status begin_state(rimer_stream *stream) {
    int64_t P = shape_of(stream)->patch_len, W = stream->window;
    RM_TRY(fit_scales(stream, W));
    for (int64_t n = P; n <= W; n += P) {
        scale_steps(stream, n, W - n);
        feed_patch(stream, n, W - n);
    }
    return RIMER_OK;
}

static void slide(rimer_stream *stream) {
    int64_t W = stream->window;
    for (int64_t c = 0; c < stream->n_channels; c++)
        memcpy(stream->recent + c * 2 * W, stream->recent + c * 2 * W + W,
               (size_t)W * sizeof *stream->recent);
    stream->end = W;
}

static rimer_status push_step(rimer_stream *stream, const float *values) {
    int64_t W = stream->window;
    if (stream->end == 2 * W)
        slide(stream);
    for (int64_t c = 0; c < stream->n_channels; c++)
        stream->recent[c * 2 * W + stream->end] = values[c];
    stream->end++;
    stream->n_steps++;
    if (stream->pass && stream->n_steps == W) {
        rimer_status status = begin_state(stream);
        stream->end -= status != RIMER_OK;
        stream->n_steps -= status != RIMER_OK;
        RM_TRY(status);
    }
    if (stream->n_steps > W && rimer_stream_is_carried(stream)) {
        scale_steps(stream, W, 0);
        feed_patch(stream, W, 0);
    }
    return RIMER_OK;
}

/* By its name, or by its number where it has none. */
static void show_channel(const rimer_stream *stream, int64_t channel, char text[128]) {
    const char *name = rimer_stream_channel_name(stream, channel);
    if (*name)
        snprintf(text, 128, "column \"%.80s\"", name);
    else
        snprintf(text, 128, "channel %lld", (long long)channel);
}

static rimer_status check_values(const rimer_stream *stream, int64_t n_steps,
                                 const float *values) {
    int log1p = stream->model->config.log1p;
    for (int64_t i = 0; i < n_steps * stream->n_channels; i++) {
        int too_low = log1p && rm_log1p_refuses(&values[i], 1) == 0;
        char channel[128];
        if (!isinf(values[i]) && !too_low)
            continue;
        show_channel(stream, i % stream->n_channels, channel);
        if (isinf(values[i]))
            RM_FAIL(DATA, "%s: a value is infinite", channel);
        RM_FAIL(DATA, "%s: log1p cannot take %.9g, only values above -1", channel,
                (double)values[i]);
    }
    return RIMER_OK;
}

rimer_status rimer_stream_push(rimer_stream *stream, int64_t n_steps, const float *values) {
    RM_NEED(stream);
    if (n_steps < 0)
        RM_FAIL(USAGE, "%lld steps cannot be added to a stream", (long long)n_steps);
    if (n_steps > 0)
        RM_NEED(values);
    RM_TRY(check_values(stream, n_steps, values));
    rm_blas_single_thread();
    for (int64_t i = 0; i < n_steps; i++)
        RM_TRY(push_step(stream, values + i * stream->n_channels));
    return RIMER_OK;
}

/* ----------------------------------------------------------------------------- forecasts */

static rimer_status go_on(rimer_stream *stream, int64_t horizon, const rimer_levels *levels,
                          float *out) {
    rm_pass_view view = rm_pass_look(stream->pass);
    scale_steps(stream, stream->window, 0);
    read_patch(stream, stream->window);
    rm_carried carried = {&stream->state, view.hidden, stream->x, stream->loc, stream->scale};
    return rm_session_go_on(stream->session, stream->n_channels, &carried, horizon, levels,
                            out);
}

static rimer_status read_again(rimer_stream *stream, int64_t horizon,
                               const rimer_levels *levels, float *out) {
    int64_t n = rm_stream_held(stream), L = shape_of(stream)->context_len;
    n = n < L ? n : L;
    if (!rm_stream_has_state(stream))
        RM_TRY(fit_scales(stream, n));
    for (int64_t c = 0; c < stream->n_channels; c++) {
        const float *from = newest(stream, c, n);
        for (int64_t i = 0; i < n; i++)
            stream->contexts[c * n + i] =
                (float)rm_scale_apply(stream->scales[c], (double)from[i]);
    }
    return rm_session_run(stream->session, stream->n_channels, n, stream->contexts, NULL,
                          horizon, levels, out, NULL);
}

rimer_status rimer_stream_forecast(rimer_stream *stream, int64_t horizon,
                                   const rimer_levels *levels, float *out) {
    RM_NEED(stream, out);
    if (stream->n_steps == 0)
        RM_FAIL(USAGE, "a stream without a step has no forecast");
    if (levels)
        RM_TRY(rimer_levels_check(levels, &stream->session->offered));
    for (int64_t c = 0; c < stream->n_channels; c++)
        stream->places[c].next = stream->first + stream->n_steps;
    RM_TRY(rimer_session_place(stream->session, stream->n_channels, stream->places));
    RM_TRY(rimer_stream_is_carried(stream) ? go_on(stream, horizon, levels, out)
                                           : read_again(stream, horizon, levels, out));
    int64_t each = (levels ? levels->n : 1) * horizon;
    for (int64_t i = 0; i < stream->n_channels * each; i++)
        out[i] = (float)rm_scale_undo(stream->scales[i / each], (double)out[i]);
    return RIMER_OK;
}
