/* Forecasts of several forecasters as one: their mean, each with the same weight. Sums go in
 * the order of the members, in double, so that one member alone keeps its bits. */
#include "base/array.h"
#include "eval/forecast_dataset.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The first member is not added to a 0, which would take the sign of its zeros. */
static void add(double *sums, int64_t member, const float *values, int64_t n) {
    for (int64_t i = 0; i < n; i++)
        sums[i] = member ? sums[i] + (double)values[i] : (double)values[i];
}

static void divide(const double *sums, int64_t n_members, float *out, int64_t n) {
    for (int64_t i = 0; i < n; i++)
        out[i] = (float)(sums[i] / (double)n_members);
}

/* -------------------------------------------------------------------------- forecasters */

typedef struct ensemble {
    char name[32];
    int64_t n;
    rimer_forecaster **members; /* [n], owned */
} ensemble;

typedef struct ensemble_session {
    const ensemble *of;
    void **sessions;  /* [n]; NULL while it is not open */
    double *sums;     /* [capacity] */
    int64_t capacity; /* values of the largest batch so far */
} ensemble_session;

static void close_ensemble(void *session) {
    ensemble_session *own = session;
    for (int64_t i = 0; own->sessions && i < own->of->n; i++)
        if (own->sessions[i])
            own->of->members[i]->close(own->sessions[i]);
    free(own->sessions);
    free(own->sums);
    free(own);
}

static rimer_status open_members(ensemble_session *own, int64_t max_rows) {
    RM_TRY(rm_array_new(&own->sessions, own->of->n, sizeof *own->sessions));
    for (int64_t i = 0; i < own->of->n; i++) {
        const rimer_forecaster *member = own->of->members[i];
        RM_TRY(member->open(member->self, max_rows, &own->sessions[i]));
    }
    return RIMER_OK;
}

static rimer_status open_ensemble(const void *self, int64_t max_rows, void **session) {
    ensemble_session *fresh;
    RM_TRY(rm_array_new(&fresh, 1, sizeof *fresh));
    fresh->of = self;
    rimer_status status = open_members(fresh, max_rows);
    if (status == RIMER_OK)
        *session = fresh;
    else
        close_ensemble(fresh);
    return status;
}

/* Quantiles are averaged level by level, so that they keep their order and, unlike those of a
 * mixture of the members' distributions, their width. */
static rimer_status run_quantiles(void *session, const rimer_contexts *contexts,
                                  int64_t horizon, const rimer_levels *levels, float *out) {
    ensemble_session *own = session;
    int64_t n = contexts->n_rows * (levels ? levels->n : 1) * horizon;
    RM_TRY(rm_array_grow(&own->sums, &own->capacity, n, sizeof *own->sums));
    for (int64_t i = 0; i < own->of->n; i++) {
        const rimer_forecaster *member = own->of->members[i];
        RM_TRY(levels ? member->quantiles(own->sessions[i], contexts, horizon, levels, out)
                      : member->run(own->sessions[i], contexts, horizon, out));
        add(own->sums, i, out, n);
    }
    divide(own->sums, own->of->n, out, n);
    return RIMER_OK;
}

static rimer_status run_ensemble(void *session, const rimer_contexts *contexts, int64_t horizon,
                                 float *out) {
    return run_quantiles(session, contexts, horizon, NULL, out);
}

/* Levels of the first member that lie inside those of all; none if a member has points only. */
static rimer_levels common_levels(rimer_forecaster *const *members, int64_t n) {
    rimer_levels all = members[0]->levels, common = {0};
    double low = 0, high = 1;
    for (int64_t i = 0; i < n; i++) {
        const rimer_levels *own = &members[i]->levels;
        if (!members[i]->quantiles || own->n < 1)
            return common;
        low = own->at[0] > low ? own->at[0] : low;
        high = own->at[own->n - 1] < high ? own->at[own->n - 1] : high;
    }
    for (int i = 0; i < all.n; i++)
        if (all.at[i] >= low && all.at[i] <= high)
            common.at[common.n++] = all.at[i];
    return common;
}

static void destroy_ensemble(void *self) {
    ensemble *own = self;
    for (int64_t i = 0; i < own->n; i++)
        rimer_forecaster_free(own->members[i]);
    free(own->members);
    free(own);
}

static rimer_status make_ensemble(rimer_forecaster *const *members, int64_t n,
                                  rimer_forecaster *out) {
    ensemble *own;
    RM_TRY(rm_array_new(&own, 1, sizeof *own));
    rimer_status status = rm_array_new(&own->members, n, sizeof *own->members);
    if (status != RIMER_OK) {
        free(own);
        return status;
    }
    own->n = n;
    memcpy(own->members, members, (size_t)n * sizeof *members);
    snprintf(own->name, sizeof own->name, "ensemble of %" PRId64, n);
    *out = (rimer_forecaster){
        .name = own->name,
        .context_len = members[0]->context_len,
        .horizon = members[0]->horizon,
        .self = own,
        .open = open_ensemble,
        .run = run_ensemble,
        .close = close_ensemble,
        .destroy = destroy_ensemble,
        .levels = common_levels(members, n),
    };
    if (out->levels.n)
        out->quantiles = run_quantiles;
    for (int64_t i = 1; i < n; i++) {
        if (members[i]->context_len > out->context_len)
            out->context_len = members[i]->context_len;
        if (members[i]->horizon < out->horizon)
            out->horizon = members[i]->horizon;
    }
    for (int64_t i = 0; i < n; i++)
        if (members[i]->frequency)
            out->frequency = members[i]->frequency;
    return RIMER_OK;
}

/* No data are right for two that count in steps of their own. */
static rimer_status check_frequencies(rimer_forecaster *const *members, int64_t n) {
    const char *needed = NULL;
    for (int64_t i = 0; i < n; i++) {
        const char *own = members[i]->frequency;
        if (own && needed && strcmp(own, needed) != 0)
            RM_FAIL(USAGE,
                    "an ensemble of models that know seasons in steps of %s and of %s has no "
                    "data that fit both",
                    needed, own);
        needed = own ? own : needed;
    }
    return RIMER_OK;
}

/* It would be freed twice. */
static rimer_status refuse_repeated(rimer_forecaster *const *members, int64_t n) {
    for (int64_t i = 1; i < n; i++)
        for (int64_t before = 0; before < i; before++)
            if (members[i] == members[before])
                RM_FAIL(USAGE,
                        "members %" PRId64 " and %" PRId64
                        " of an ensemble are one forecaster; "
                        "give each once",
                        before, i);
    return RIMER_OK;
}

rimer_status rimer_ensemble_forecaster(rimer_forecaster *const *members, int64_t n,
                                       rimer_forecaster **out) {
    RM_NEED(members, out);
    rimer_forecaster *forecaster;
    if (n < 1)
        RM_FAIL(USAGE, "an ensemble of %" PRId64 " forecasters; give one at least", n);
    for (int64_t i = 0; i < n; i++)
        RM_NEED(members[i]);
    RM_TRY(refuse_repeated(members, n));
    RM_TRY(check_frequencies(members, n));
    RM_TRY(rm_array_new(&forecaster, 1, sizeof *forecaster));
    rimer_status status = make_ensemble(members, n, forecaster);
    if (status == RIMER_OK)
        *out = forecaster;
    else
        free(forecaster);
    return status;
}

/* ---------------------------------------------------------------------------- forecasts */

static int same_levels(const rimer_levels *a, const rimer_levels *b) {
    int same = a->n == b->n;
    for (int i = 0; same && i < a->n; i++)
        same = rimer_levels_find(a, b->at[i]) == i;
    return same;
}

static rimer_status check_members(const rimer_forecast *const *members, int64_t n) {
    if (n < 1)
        RM_FAIL(USAGE, "a mean of %" PRId64 " forecasts; give one at least", n);
    for (int64_t i = 1; i < n; i++)
        if (members[i]->dataset != members[0]->dataset ||
            members[i]->horizon != members[0]->horizon ||
            !same_levels(&members[i]->levels, &members[0]->levels))
            RM_FAIL(USAGE,
                    "forecasts of %" PRId64 " steps of %s and %" PRId64
                    " steps of %s have no mean; make them of one dataset, horizon and list of "
                    "quantiles",
                    members[0]->horizon, rimer_dataset_name(members[0]->dataset),
                    members[i]->horizon, rimer_dataset_name(members[i]->dataset));
    return RIMER_OK;
}

/* What is wrong with one is wrong with the mean. */
static rimer_status take_problems(rimer_forecast *mean, const rimer_forecast *const *members,
                                  int64_t n) {
    int64_t n_rows = rm_forecast_n_rows(mean);
    RM_TRY(rm_array_new(&mean->problems, n_rows, sizeof *mean->problems));
    for (int64_t i = 0; i < n; i++)
        for (int64_t row = 0; members[i]->problems && row < n_rows; row++) {
            const char *problem = members[i]->problems[row];
            if (!problem || mean->problems[row])
                continue;
            mean->problems[row] = strdup(problem);
            if (!mean->problems[row])
                RM_FAIL(NO_MEMORY, "out of memory for what is wrong with a series");
        }
    return RIMER_OK;
}

rimer_status rimer_forecast_mean(const rimer_forecast *const *members, int64_t n,
                                 rimer_forecast **out) {
    RM_NEED(members, out);
    for (int64_t i = 0; i < n; i++)
        RM_NEED(members[i]);
    rimer_forecast *mean = NULL;
    double *sums = NULL;
    rimer_status status;
    RM_TRY(check_members(members, n));
    int64_t n_values = rm_forecast_n_values(members[0]);
    RM_TRY_GOTO(status, end, rm_array_new(&sums, n_values, sizeof *sums));
    RM_TRY_GOTO(status, end, rm_array_new(&mean, 1, sizeof *mean));
    *mean = *members[0];
    mean->values = NULL;
    mean->problems = NULL;
    RM_TRY_GOTO(status, end, rm_array_new(&mean->values, n_values, sizeof *mean->values));
    for (int64_t i = 0; i < n; i++)
        add(sums, i, members[i]->values, n_values);
    divide(sums, n, mean->values, n_values);
    RM_TRY_GOTO(status, end, take_problems(mean, members, n));
    *out = mean;
    mean = NULL;
end:
    rimer_forecast_free(mean);
    free(sums);
    return status;
}
