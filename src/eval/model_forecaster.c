#include "base/array.h"
#include "rimer/forecast.h"

#include <stdlib.h>

static rimer_status open_model(const void *self, int64_t max_rows, void **session) {
    rimer_session *fresh;
    RM_TRY(rimer_session_create(self, max_rows, &fresh));
    *session = fresh;
    return RIMER_OK;
}

static rimer_status run_model(void *session, const rimer_contexts *contexts, int64_t horizon,
                              float *out) {
    return rimer_session_forecast(session, contexts->n_rows, contexts->context_len,
                                  contexts->values, horizon, out);
}

static void close_model(void *session) {
    rimer_session_free(session);
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
    *out = forecaster;
    return RIMER_OK;
}
