#include "learnt.h"

#include <inttypes.h>
#include <string.h>

static const rimer_config *config_of(const learnt_by *by, int i) {
    return rimer_model_config(by->models->models[i]);
}

/* Of settings that were checked when the model was read. */
static void split_of(const learnt_by *by, int i, char split[RIMER_TEXT_SIZE]) {
    if (rimer_config_learnt(config_of(by, i), split) != RIMER_OK)
        *split = '\0';
}

void learnt_split(const learnt_by *by, char split[RIMER_TEXT_SIZE]) {
    split_of(by, 0, split);
}

/* What a refit has learnt is no part to be scored, unless it is asked for by name. */
static int check_refit(const learnt_by *by, int part) {
    int refit = config_of(by, 0)->refit;
    const char *path = by->paths->path[0];
    if (refit == RIMER_REFIT_ALL)
        return fail(by->program, 2,
                    "%s has learnt every step of its data (refit all): say by --split which "
                    "steps are new, such as last:0/48, or train with refit val to score the "
                    "test part",
                    path);
    if (refit == RIMER_REFIT_VAL && part == RIMER_PART_VAL)
        return fail(by->program, 2,
                    "%s has learnt its validation part (refit val): score the test part, or "
                    "say by --split which steps are new",
                    path);
    return -1;
}

int learnt_check(const learnt_by *by, int part) {
    char first[RIMER_TEXT_SIZE], own[RIMER_TEXT_SIZE];
    if (!by->models->n)
        return -1;
    learnt_split(by, first);
    for (int i = 1; i < by->models->n; i++) {
        split_of(by, i, own);
        if (strcmp(first, own) != 0)
            return fail(by->program, 2,
                        "%s was trained with the split %s and %s with %s: say by --split which "
                        "part is to be scored",
                        by->paths->path[0], first, by->paths->path[i], own);
    }
    return check_refit(by, part);
}

/* Whether a model was trained on these very data. */
static int knows(const learnt_by *by, int i, const rimer_dataset *dataset) {
    char data[24];
    snprintf(data, sizeof data, "%016" PRIx64, rimer_dataset_fingerprint(dataset));
    return strcmp(rimer_model_fact(by->models->models[i], "fingerprint"), data) == 0;
}

/* Steps that are scored, and how many of them a model was trained on. */
typedef struct overlap {
    int64_t n_scored, n_trained;
    int64_t first, last; /* of the trained ones of the last series that has any, from 1 */
} overlap;

/* Of one series; a split that does not fit it is refused elsewhere. */
static void add_overlap(const rimer_protocol *protocol, const char *own_split, int64_t n_steps,
                        overlap *sum) {
    rimer_split scored, own;
    if (rimer_split_make(protocol->split, n_steps, &scored) != RIMER_OK ||
        rimer_split_make(own_split, n_steps, &own) != RIMER_OK)
        return;
    int is_val = protocol->part == RIMER_PART_VAL;
    int64_t begin = is_val ? scored.train_end : scored.val_end;
    int64_t end = is_val ? scored.val_end : scored.test_end;
    int64_t last = own.train_end < end ? own.train_end : end;
    sum->n_scored += end - begin;
    if (last <= begin)
        return;
    sum->n_trained += last - begin;
    sum->first = begin + 1;
    sum->last = last;
}

static overlap overlap_of(const learnt_by *by, int i, const rimer_dataset *dataset,
                          const rimer_protocol *protocol) {
    overlap sum = {0};
    char split[RIMER_TEXT_SIZE];
    if (!knows(by, i, dataset))
        return sum;
    split_of(by, i, split);
    for (int64_t s = 0; s < rimer_dataset_n_series(dataset); s++)
        add_overlap(protocol, split, rimer_dataset_series(dataset, s).n_steps, &sum);
    return sum;
}

/* One, of the model that knows most of what is scored. */
void learnt_tell_scored(const learnt_by *by, const rimer_dataset *dataset,
                        const rimer_protocol *protocol) {
    overlap most = {0};
    char steps[64] = "", split[RIMER_TEXT_SIZE];
    int at = 0;
    for (int i = 0; i < by->models->n; i++) {
        overlap one = overlap_of(by, i, dataset, protocol);
        if (one.n_trained > most.n_trained) {
            most = one;
            at = i;
        }
    }
    if (!most.n_trained)
        return;
    if (rimer_dataset_n_series(dataset) == 1)
        snprintf(steps, sizeof steps, ", %lld to %lld,", (long long)most.first,
                 (long long)most.last);
    split_of(by, at, split);
    fail(
        by->program, 0,
        "%s was trained, with the split %s, on %lld of the %lld steps that are scored%s so its "
        "errors say little of steps that it has not seen",
        by->paths->path[at], split, (long long)most.n_trained, (long long)most.n_scored,
        *steps ? steps : ",");
}

/* Errors on steps that a model has learnt teach intervals to be narrow. */
void learnt_tell_adapted(const learnt_by *by, const rimer_dataset *dataset) {
    for (int i = 0; i < by->models->n; i++) {
        if (config_of(by, i)->refit != RIMER_REFIT_ALL || !knows(by, i, dataset))
            continue;
        fail(by->program, 0,
             "%s has learnt the steps that --adapt looks back on (refit all), where its errors "
             "are small: intervals may be too narrow until there are new ones",
             by->paths->path[i]);
        return;
    }
}
