#include "base/array.h"
#include "model/session_inside.h"
#include "rimer/forecast.h"

#include <stdlib.h>
#include <string.h>

typedef struct model_session {
    const rimer_model *model;
    rimer_session *session;
    int64_t max_rows;
    int own_scale;       /* 0: contexts are read as they are standardised, all of them */
    float *scaled;       /* [max_rows][context_len] */
    rm_scale *scales;    /* [max_rows] */
    rimer_place *places; /* [max_rows] */
} model_session;

static void close_model(void *session) {
    model_session *own = session;
    rimer_session_free(own->session);
    free(own->scaled);
    free(own->scales);
    free(own->places);
    free(own);
}

/* Whether no row can be read as it is standardised. */
static int needs_scale(const rimer_model *model) {
    return model->config.scaler != RIMER_SCALER_STANDARD || model->config.log1p;
}

static rimer_status open_model(const void *self, int64_t max_rows, void **session) {
    const rimer_model *model = self;
    const rimer_config *config = &model->config;
    model_session *fresh;
    rimer_status status;
    RM_TRY(rm_array_new(&fresh, 1, sizeof *fresh));
    fresh->model = model;
    fresh->max_rows = max_rows;
    fresh->own_scale = needs_scale(model) || rm_model_is_told_scale(model);
    RM_TRY_GOTO(status, fail, rimer_session_create(model, max_rows, &fresh->session));
    RM_TRY_GOTO(status, fail, rm_array_new(&fresh->places, max_rows, sizeof *fresh->places));
    if (fresh->own_scale) {
        RM_TRY_GOTO(status, fail,
                    rm_array_new(&fresh->scaled, max_rows,
                                 (size_t)config->context_len * sizeof(float)));
        RM_TRY_GOTO(status, fail,
                    rm_array_new(&fresh->scales, max_rows, sizeof *fresh->scales));
    }
    *session = fresh;
    return RIMER_OK;
fail:
    close_model(fresh);
    return status;
}

/* That of the contexts. */
static rm_scale scale_there(const rimer_contexts *contexts, int64_t row) {
    return (rm_scale){contexts->channels[row].loc, contexts->channels[row].scale, 0};
}

static int are_same(rm_scale a, rm_scale b) {
    return a.loc == b.loc && a.scale == b.scale && a.log1p == b.log1p;
}

/* Where it does not matter, or is not known, that of the contexts. */
static rimer_status choose_scale(const rimer_model *model, const rimer_contexts *contexts,
                                 int64_t row, const float *original, int64_t n, rm_scale *out) {
    const char *name = contexts->channels[row].name;
    if (needs_scale(model) || rimer_model_channel_of(model, name) >= 0)
        return rm_model_scale(model, name, original, n, out);
    *out = scale_there(contexts, row);
    return RIMER_OK;
}

/* The last `n` steps of a row, from the data's units into the model's. */
static rimer_status scale_row(model_session *own, const rimer_contexts *contexts, int64_t row,
                              int64_t n) {
    int64_t length = contexts->context_len;
    const float *original = contexts->original + row * length + length - n;
    const char *name = contexts->channels[row].name;
    rm_scale *scale = &own->scales[row];
    float *scaled = own->scaled + row * n;
    int64_t refused = own->model->config.log1p ? rm_log1p_refuses(original, n) : -1;
    if (refused >= 0)
        RM_FAIL(DATA, "column \"%s\": log1p cannot take %.9g, only values above -1",
                name ? name : "?", (double)original[refused]);
    RM_TRY(choose_scale(own->model, contexts, row, original, n, scale));
    if (are_same(*scale, scale_there(contexts, row))) {
        memcpy(scaled, contexts->values + row * length + length - n,
               (size_t)n * sizeof *scaled);
        return RIMER_OK;
    }
    for (int64_t i = 0; i < n; i++)
        scaled[i] = (float)rm_scale_apply(*scale, (double)original[i]);
    return RIMER_OK;
}

static int is_known(const rimer_contexts *contexts) {
    return contexts->channels && contexts->original;
}

static rimer_status run_scaled(model_session *own, const rimer_contexts *contexts,
                               int64_t horizon, const rimer_levels *levels, float *out) {
    int64_t n = own->model->config.context_len;
    n = contexts->context_len < n ? contexts->context_len : n;
    if (!is_known(contexts))
        RM_FAIL(USAGE,
                "a model with a scaler of its own forecasts only rows that come with their "
                "channels and original values");
    for (int64_t row = 0; row < contexts->n_rows; row++)
        RM_TRY(scale_row(own, contexts, row, n));
    RM_TRY(rm_session_run(own->session, contexts->n_rows, n, own->scaled, contexts->n_steps,
                          horizon, levels, out, NULL));
    int64_t each = (levels ? levels->n : 1) * horizon;
    for (int64_t row = 0; row < contexts->n_rows; row++) {
        rm_scale back = scale_there(contexts, row);
        for (int64_t i = 0; i < each && !are_same(back, own->scales[row]); i++) {
            float *y = &out[row * each + i];
            *y = (float)rm_scale_apply(back, rm_scale_undo(own->scales[row], (double)*y));
        }
    }
    return RIMER_OK;
}

/* Only maps of their own are looked up by name. */
static rimer_place place_of(const rimer_model *model, const rimer_contexts *contexts,
                            int64_t row) {
    rimer_place place = {contexts->next ? contexts->next[row] : 0, RIMER_CHANNEL_NONE};
    if (contexts->channels && model->network.shape.own_channels)
        place.channel = rimer_model_channel_of(model, contexts->channels[row].name);
    return place;
}

static rimer_status run_quantiles(void *session, const rimer_contexts *contexts,
                                  int64_t horizon, const rimer_levels *levels, float *out) {
    model_session *own = session;
    if (contexts->n_rows > own->max_rows)
        RM_FAIL(USAGE, "%lld rows are too many for a session of %lld",
                (long long)contexts->n_rows, (long long)own->max_rows);
    for (int64_t row = 0; row < contexts->n_rows; row++)
        own->places[row] = place_of(own->model, contexts, row);
    RM_TRY(rimer_session_place(own->session, contexts->n_rows, own->places));
    if (needs_scale(own->model) || (own->own_scale && is_known(contexts)))
        return run_scaled(own, contexts, horizon, levels, out);
    return rm_session_run(own->session, contexts->n_rows, contexts->context_len,
                          contexts->values, contexts->n_steps, horizon, levels, out, NULL);
}

static rimer_status run_model(void *session, const rimer_contexts *contexts, int64_t horizon,
                              float *out) {
    return run_quantiles(session, contexts, horizon, NULL, out);
}

/* The interface holds a const model as a plain pointer; nothing here writes through it. */
static void *borrow(const rimer_model *model) {
    union {
        const rimer_model *model;
        void *self;
    } borrowed = {.model = model};
    return borrowed.self;
}

rimer_status rimer_model_forecaster(const rimer_model *model, rimer_forecaster **out) {
    RM_NEED(model, out);
    const rimer_config *config = rimer_model_config(model);
    rimer_forecaster *forecaster;
    RM_TRY(rm_array_new(&forecaster, 1, sizeof *forecaster));
    *forecaster = (rimer_forecaster){
        .name = "Rimer",
        .context_len = config->context_len,
        .horizon = config->horizon,
        .self = borrow(model),
        .open = open_model,
        .run = run_model,
        .close = close_model,
    };
    forecaster->frequency = rm_model_frequency(model);
    rimer_levels levels = rimer_model_levels(model);
    if (levels.n > 1) {
        forecaster->levels = levels;
        forecaster->quantiles = run_quantiles;
    }
    *out = forecaster;
    return RIMER_OK;
}
