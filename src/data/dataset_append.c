#include "data/dataset_inside.h"

#include "base/array.h"
#include "base/labels.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Two datasets on their way into one. Nothing of `dataset` changes before all of it is there.
 * */
typedef struct joining {
    rimer_dataset *dataset;
    const rimer_dataset *later;
    int64_t *channel_of;      /* [later's channels] in the dataset */
    int64_t *series_of;       /* [later's series] in the dataset */
    rm_stored_series *joined; /* [dataset's series]; without values: it stays */
    int64_t n_gap_steps, n_gaps, n_missing;
} joining;

/* The channel of `in` for each of `of`; *missing is the first of these without one, or NULL. */
static rimer_status find_channels(const rimer_dataset *in, const rimer_dataset *of,
                                  int64_t *channel_of, const char **missing) {
    rm_named *names;
    RM_TRY(rm_array_new(&names, in->n_channels, sizeof *names));
    for (int64_t c = 0; c < in->n_channels; c++)
        names[c] = (rm_named){in->channel_names[c], c};
    rm_named_sort(names, in->n_channels);
    *missing = NULL;
    for (int64_t c = 0; c < of->n_channels && !*missing; c++) {
        channel_of[c] = rm_named_find(names, in->n_channels, of->channel_names[c]);
        *missing = channel_of[c] < 0 ? of->channel_names[c] : NULL;
    }
    free(names);
    return RIMER_OK;
}

static rimer_status match_channels(joining *join) {
    const rimer_dataset *dataset = join->dataset, *later = join->later;
    const char *missing;
    int64_t *unused;
    RM_TRY(rm_array_new(&join->channel_of, later->n_channels, sizeof *join->channel_of));
    RM_TRY(find_channels(dataset, later, join->channel_of, &missing));
    if (missing)
        RM_FAIL(DATA, "%s: there is no column \"%s\" in %s, which it is to continue",
                later->name, missing, dataset->name);
    RM_TRY(rm_array_new(&unused, dataset->n_channels, sizeof *unused));
    rimer_status status = find_channels(later, dataset, unused, &missing);
    free(unused);
    RM_TRY(status);
    if (missing)
        RM_FAIL(DATA, "%s: has no column \"%s\", as %s has, which it is to continue",
                later->name, missing, dataset->name);
    if (later->n_channels != dataset->n_channels)
        RM_FAIL(DATA, "%s: has %lld columns, %s, which it is to continue, has %lld",
                later->name, (long long)later->n_channels, dataset->name,
                (long long)dataset->n_channels);
    return RIMER_OK;
}

static rimer_status match_series(joining *join) {
    const rimer_dataset *dataset = join->dataset, *later = join->later;
    rm_named *known;
    RM_TRY(rm_array_new(&join->series_of, later->n_series, sizeof *join->series_of));
    if (dataset->n_series == 1 && later->n_series == 1)
        return RIMER_OK;
    RM_TRY(rm_array_new(&known, dataset->n_series, sizeof *known));
    for (int64_t s = 0; s < dataset->n_series; s++)
        known[s] = (rm_named){dataset->series[s].id, s};
    rm_named_sort(known, dataset->n_series);
    const char *unknown = NULL;
    for (int64_t s = 0; s < later->n_series && !unknown; s++) {
        join->series_of[s] = rm_named_find(known, dataset->n_series, later->series[s].id);
        unknown = join->series_of[s] < 0 ? later->series[s].id : NULL;
    }
    free(known);
    if (unknown)
        RM_FAIL(DATA, "%s: there is no series \"%s\" in %s, which it is to continue",
                later->name, unknown, dataset->name);
    return RIMER_OK;
}

/* How many steps after the last one `more` begins: *distance, 1 if nothing is between. */
static rimer_status find_distance(const joining *join, const rm_stored_series *series,
                                  const rm_stored_series *more, int64_t *distance) {
    const rimer_dataset *dataset = join->dataset, *later = join->later;
    char last[RIMER_TIME_SIZE], first[RIMER_TIME_SIZE];
    int64_t from = series->times[series->n_steps - 1], to = more->times[0];
    *distance = 1;
    if (dataset->n_time_columns == 0)
        return RIMER_OK;
    if (rm_frequency_count(&dataset->grid, from, to, distance) && *distance > 0)
        return RIMER_OK;
    rimer_dataset_format_time(dataset, from, last, sizeof last);
    rimer_dataset_format_time(later, to, first, sizeof first);
    if (to == from && dataset->notes.resample[0])
        RM_FAIL(DATA,
                "%s: begins in the step of %s (%s), in which %s ends: divide the files where a "
                "step begins, or join them before",
                later->name, first, later->notes.resample, dataset->name);
    if (to <= from)
        RM_FAIL(DATA, "%s: begins at %s, not after %s, where %s ends", later->name, first, last,
                dataset->name);
    RM_FAIL(DATA,
            "%s: begins at %s, which is no whole number of steps (%s) after %s, where %s ends",
            later->name, first, dataset->frequency_text, last, dataset->name);
}

/* The times of `more` must stand on the same grid, one step apart. */
static rimer_status check_steps(const joining *join, const rm_stored_series *more) {
    int64_t last = more->times[more->n_steps - 1], n;
    if (join->dataset->n_time_columns == 0 ||
        (rm_frequency_count(&join->dataset->grid, more->times[0], last, &n) &&
         n == more->n_steps - 1))
        return RIMER_OK;
    RM_FAIL(DATA, "%s: its steps are %s apart, those of %s, which it is to continue, %s",
            join->later->name, join->later->frequency_text, join->dataset->name,
            join->dataset->frequency_text);
}

static void put_times(const joining *join, const rm_stored_series *series,
                      rm_stored_series *to) {
    int64_t n = series->n_steps, last = series->times[n - 1];
    memcpy(to->times, series->times, (size_t)n * sizeof *to->times);
    for (int64_t t = n; t < to->n_steps; t++)
        to->times[t] = rm_frequency_forward(&join->dataset->grid, last, t - n + 1);
}

static void put_values(const joining *join, const rm_stored_series *series,
                       const rm_stored_series *more, rm_stored_series *to) {
    int64_t n = to->n_steps, n_old = series->n_steps, n_new = more->n_steps;
    for (int64_t c = 0; c < join->dataset->n_channels; c++)
        memcpy(to->values + c * n, series->values + c * n_old,
               (size_t)n_old * sizeof *to->values);
    for (int64_t c = 0; c < join->later->n_channels; c++)
        memcpy(to->values + join->channel_of[c] * n + n - n_new, more->values + c * n_new,
               (size_t)n_new * sizeof *to->values);
}

static rimer_status join_series(joining *join, int64_t index) {
    const rm_stored_series *more = &join->later->series[index];
    int64_t at = join->series_of[index], distance;
    const rm_stored_series *series = &join->dataset->series[at];
    if (more->n_steps == 0)
        return RIMER_OK;
    RM_TRY(find_distance(join, series, more, &distance));
    RM_TRY(check_steps(join, more));
    RM_TRY(rm_series_new(&join->joined[at], series->id,
                         series->n_steps + distance - 1 + more->n_steps,
                         join->dataset->n_channels));
    put_times(join, series, &join->joined[at]);
    put_values(join, series, more, &join->joined[at]);
    join->n_gaps += distance > 1;
    join->n_gap_steps += distance - 1;
    join->n_missing += (distance - 1) * join->dataset->n_channels;
    return RIMER_OK;
}

static void free_series(rm_stored_series *series) {
    free(series->id);
    free(series->values);
    free(series->times);
    *series = (rm_stored_series){0};
}

static void replace_series(joining *join) {
    rimer_dataset *dataset = join->dataset;
    for (int64_t s = 0; s < dataset->n_series; s++) {
        if (!join->joined[s].values)
            continue;
        free_series(&dataset->series[s]);
        dataset->series[s] = join->joined[s];
        join->joined[s] = (rm_stored_series){0};
    }
    dataset->notes.n_rows += join->later->notes.n_rows;
    dataset->notes.n_partial = join->later->notes.n_partial;
    dataset->notes.n_missing += join->later->notes.n_missing + join->n_missing;
    dataset->notes.n_gaps += join->later->notes.n_gaps + join->n_gaps;
    dataset->notes.n_gap_steps += join->later->notes.n_gap_steps + join->n_gap_steps;
}

static rimer_status join_all(joining *join) {
    RM_TRY(match_channels(join));
    RM_TRY(match_series(join));
    RM_TRY(rm_array_new(&join->joined, join->dataset->n_series, sizeof *join->joined));
    for (int64_t s = 0; s < join->later->n_series; s++)
        RM_TRY(join_series(join, s));
    replace_series(join);
    return RIMER_OK;
}

rimer_status rimer_dataset_append(rimer_dataset *dataset, const rimer_dataset *later) {
    RM_NEED(dataset, later);
    joining join = {.dataset = dataset, .later = later};
    if ((dataset->n_time_columns == 0) != (later->n_time_columns == 0))
        RM_FAIL(DATA, "%s has %s time column, %s, which it is to continue, has %s", later->name,
                later->n_time_columns ? "a" : "no", dataset->name,
                dataset->n_time_columns ? "one" : "none");
    if (dataset->notes.n_partial)
        RM_FAIL(
            DATA,
            "%s: ends within a step (%s), whose sum is not known, so that %s cannot continue "
            "it: divide the files where a step begins, or join them before",
            dataset->name, dataset->notes.resample, later->name);
    rimer_status status = join_all(&join);
    for (int64_t s = 0; join.joined && s < dataset->n_series; s++)
        free_series(&join.joined[s]);
    free(join.joined);
    free(join.channel_of);
    free(join.series_of);
    return status;
}
