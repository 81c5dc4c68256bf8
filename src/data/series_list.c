/* Files in which each series comes whole. */
#include "data/readers.h"

#include "base/array.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

rimer_status rm_series_list_value(rm_series_list *list, float value) {
    if (list->n_values == list->values_capacity)
        RM_TRY(rm_array_grow(&list->values, &list->values_capacity, list->n_values + 1,
                             sizeof *list->values));
    list->values[list->n_values++] = value;
    return RIMER_OK;
}

rimer_status rm_series_list_check(const rimer_read_options *options, const char *what,
                                  const char *times) {
    const char *idle = options->time_col[0]      ? "time_col"
                       : options->time_format[0] ? "time_format"
                       : options->zone[0]        ? "zone"
                       : options->resample[0]    ? "resample"
                                                 : NULL;
    if (idle)
        RM_FAIL(USAGE, "%s %s: leave %s out", what, times, idle);
    if (options->channels[0])
        RM_FAIL(USAGE, "%s has one channel: leave channels \"%s\" out", what,
                options->channels);
    return RIMER_OK;
}

rimer_status rm_series_list_end(rm_series_list *list, const char *shown, int64_t line,
                                const char *id) {
    rm_stored_series series = {0};
    int64_t number;
    RM_TRY(rm_labels_number(&list->ids, id, &number));
    if (number < list->n)
        RM_FAIL(DATA, "%s:%lld: a series called \"%.80s\" was there before", shown,
                (long long)line, id);
    RM_TRY(rm_array_grow(&list->series, &list->capacity, list->n + 1, sizeof *list->series));
    rimer_status status = rm_series_room(&series, id, list->n_values, 1);
    if (status != RIMER_OK) {
        free(series.id);
        free(series.values);
        return status;
    }
    if (list->n_values)
        memcpy(series.values, list->values, (size_t)list->n_values * sizeof *list->values);
    list->series[list->n++] = series;
    list->n_values = 0;
    return RIMER_OK;
}

static void count(rimer_dataset *d) {
    for (int64_t s = 0; s < d->n_series; s++) {
        d->notes.n_rows++;
        for (int64_t t = 0; t < d->series[s].n_steps; t++)
            d->notes.n_missing += isnan(d->series[s].values[t]) != 0;
    }
}

rimer_status rm_series_list_take(rm_series_list *list, const char *shown, const char *path,
                                 rimer_dataset **out) {
    rimer_dataset *d;
    if (list->n == 0)
        RM_FAIL(DATA, "%s: not one series is in it", shown);
    RM_TRY(rm_dataset_new(&d, rm_dataset_name_of(path), 1, list->n));
    rimer_status status = rm_string_copy(&d->channel_names[0], "y");
    if (status != RIMER_OK) {
        rimer_dataset_free(d);
        return status;
    }
    memcpy(d->series, list->series, (size_t)list->n * sizeof *list->series);
    list->n = 0;
    count(d);
    *out = d;
    return RIMER_OK;
}

void rm_series_list_free(rm_series_list *list) {
    for (int64_t s = 0; s < list->n; s++) {
        free(list->series[s].id);
        free(list->series[s].values);
        free(list->series[s].times);
    }
    rm_labels_free(&list->ids);
    free(list->series);
    free(list->values);
    *list = (rm_series_list){0};
}

rimer_status rm_dataset_set_frequency(rimer_dataset *dataset, const char *shown,
                                      const char *freq) {
    rm_frequency *frequency = &dataset->frequency;
    if (*freq) {
        RM_TRY(rm_frequency_of_option("freq", freq, dataset->format.kind, shown, frequency));
        strcpy(dataset->notes.reason, "as --freq says");
    }
    rm_frequency_text(frequency, dataset->frequency_text, sizeof dataset->frequency_text);
    return RIMER_OK;
}
