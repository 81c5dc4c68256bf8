#include "eval/blackgoose.h"

#include "base/array.h"
#include "base/rng.h"

#include <stdlib.h>
#include <string.h>

#define SEED 42 /* theirs; the permutation is ours */

static int compare(const void *a, const void *b) {
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return x < y ? -1 : x > y;
}

static rimer_status deal(const char *split, int sorted, int64_t n, int64_t *order) {
    rimer_split borders;
    RM_TRY(rimer_split_make(split, n, &borders));
    rm_rng rng = rm_rng_make(SEED, 0);
    rm_rng_permutation(&rng, n, order);
    int64_t ends[] = {0, borders.train_end, borders.val_end, borders.test_end};
    for (int i = 0; sorted && i < 3; i++)
        qsort(order + ends[i], (size_t)(ends[i + 1] - ends[i]), sizeof *order, compare);
    return RIMER_OK;
}

rimer_status rm_blackgoose_deal(const rimer_dataset *dataset, const char *split, int sorted,
                                rimer_dataset **out) {
    if (rimer_dataset_n_series(dataset) != 1)
        RM_FAIL(USAGE, "%s: the protocol of BlackGoose is for a single table, not %lld series",
                rimer_dataset_name(dataset), (long long)rimer_dataset_n_series(dataset));
    rimer_series series = rimer_dataset_series(dataset, 0);
    int64_t n = series.n_steps, last = series.n_channels - 1, *order = NULL;
    float *values = NULL;
    rimer_status status;
    RM_TRY_GOTO(status, end, rm_array_new(&order, n, sizeof *order));
    RM_TRY_GOTO(status, end, rm_array_new(&values, n, sizeof *values));
    RM_TRY_GOTO(status, end, deal(split, sorted, n, order));
    for (int64_t t = 0; t < n; t++)
        values[t] = series.values[last * n + order[t]];
    const char *name = rimer_dataset_channel_name(dataset, last);
    status = rimer_dataset_from_values(values, n, 1, &name, out);
end:
    free(order);
    free(values);
    return status;
}

typedef struct copying_session {
    const rimer_forecaster *known;
    void *session;
    float *next; /* [max_rows] */
} copying_session;

static void close_copying(void *session) {
    copying_session *own = session;
    if (own->session)
        own->known->close(own->session);
    free(own->next);
    free(own);
}

static rimer_status open_copying(const void *self, int64_t max_rows, void **session) {
    copying_session *own;
    RM_TRY(rm_array_new(&own, 1, sizeof *own));
    own->known = self;
    rimer_status status = rm_array_new(&own->next, max_rows, sizeof *own->next);
    if (status == RIMER_OK)
        status = own->known->open(own->known->self, max_rows, &own->session);
    if (status != RIMER_OK) {
        close_copying(own);
        return status;
    }
    *session = own;
    return RIMER_OK;
}

static rimer_status run_copying(void *session, const rimer_contexts *contexts, int64_t horizon,
                                float *out) {
    copying_session *own = session;
    int64_t n = contexts->context_len;
    RM_TRY(own->known->run(own->session, contexts, 1, own->next));
    for (int64_t row = 0; row < contexts->n_rows; row++) {
        memcpy(out + row * horizon, contexts->values + row * n + 1,
               (size_t)(horizon - 1) * sizeof *out);
        out[row * horizon + horizon - 1] = own->next[row];
    }
    return RIMER_OK;
}

rimer_forecaster rm_blackgoose_copying(const rimer_forecaster *known) {
    union { /* the interface holds a const forecaster as a plain pointer */
        const rimer_forecaster *known;
        void *self;
    } borrowed = {.known = known};
    return (rimer_forecaster){
        .name = known->name,
        .context_len = known->context_len,
        .horizon = known->horizon,
        .self = borrowed.self,
        .open = open_copying,
        .run = run_copying,
        .close = close_copying,
        .frequency = known->frequency,
    };
}
