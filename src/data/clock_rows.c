#include "data/clock_rows.h"

#include "base/array.h"

#include <stdlib.h>
#include <string.h>

/* A forecast calls a channel of a series "id/channel". */
static bool is_of_series(const char *id, const char *series) {
    size_t length = strlen(series);
    return strncmp(id, series, length) == 0 && (id[length] == '\0' || id[length] == '/');
}

bool rm_clock_ends_between(const rimer_dataset *data, const char *id, int64_t first,
                           int64_t second) {
    for (int64_t s = 0; data && s < data->n_series; s++) {
        const rm_stored_series *series = &data->series[s];
        if (data->n_series > 1 && !is_of_series(id, series->id))
            continue;
        int64_t end = series->n_steps ? series->times[series->n_steps - 1] : INT64_MIN;
        if (end >= first && end < second)
            return true;
    }
    return false;
}

static rimer_status find(rm_clock_rows *clock, int64_t series, rm_clock_series **out) {
    RM_TRY(rm_array_grow(&clock->series, &clock->capacity, series + 1, sizeof *clock->series));
    for (; clock->n <= series; clock->n++)
        clock->series[clock->n] = (rm_clock_series){.last = INT64_MIN, .is_early = true};
    *out = &clock->series[series];
    return RIMER_OK;
}

static void note_distance(rm_clock_series *s, int64_t distance, bool ends_early) {
    if (ends_early)
        s->after = distance;
    else if (distance > 0 && (s->least == 0 || distance < s->least))
        s->least = distance;
}

rimer_status rm_clock_rows_next(rm_clock_rows *clock, int64_t series, const char *id,
                                int64_t later, int64_t *time) {
    rm_clock_series *s;
    RM_TRY(find(clock, series, &s));
    bool is_second =
        later &&
        (*time <= s->last ||
         (s->n_rows == 0 && rm_clock_ends_between(clock->before, id, *time, *time + later)));
    if (is_second)
        *time += later;
    bool was_early = s->is_early && s->n_rows > 0;
    s->is_early = s->is_early && later && !is_second;
    if (s->n_rows > 0)
        note_distance(s, *time - s->last, was_early && !s->is_early);
    if (s->is_early) {
        s->until = *time;
        s->later = later;
    }
    s->last = *time;
    s->n_rows++;
    return RIMER_OK;
}

static bool began_later(const rm_clock_series *s) {
    return s->after > s->least && s->least > 0 && s->after - s->later == s->least;
}

void rm_clock_rows_end(const rm_clock_rows *clock, rm_rows *rows) {
    bool any = false;
    for (int64_t i = 0; i < clock->n && !any; i++)
        any = began_later(&clock->series[i]);
    for (int64_t i = 0; any && i < rows->n_rows; i++) {
        const rm_clock_series *s = &clock->series[rows->series ? rows->series[i] : 0];
        if (began_later(s) && rows->times[i] <= s->until)
            rows->times[i] += s->later;
    }
}

void rm_clock_rows_free(rm_clock_rows *clock) {
    free(clock->series);
    *clock = (rm_clock_rows){0};
}
