#include "data/dataset_inside.h"
#include "data/zone.h"

#include "base/array.h"
#include "base/hash.h"
#include "base/labels.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

rimer_status rm_dataset_new(rimer_dataset **out, const char *name, int64_t n_channels,
                            int64_t n_series) {
    rimer_dataset *d;
    rimer_status status;
    RM_TRY(rm_array_new(&d, 1, sizeof *d));
    d->notes.layout = "memory";
    d->notes.since_1970 = "";
    d->grid = d->frequency =
        rm_frequency_of_format(&d->format); /* numbered, if nobody else says */
    RM_TRY_GOTO(status, fail, rm_string_copy(&d->name, name));
    RM_TRY_GOTO(status, fail, rm_string_copy(&d->time_name, ""));
    RM_TRY_GOTO(status, fail, rm_array_new(&d->channel_names, n_channels, sizeof(char *)));
    d->n_channels = n_channels;
    RM_TRY_GOTO(status, fail, rm_array_new(&d->series, n_series, sizeof *d->series));
    d->n_series = n_series;
    *out = d;
    return RIMER_OK;
fail:
    rimer_dataset_free(d);
    return status;
}

static rimer_status join_time_columns(rimer_dataset *d) {
    size_t size = 1;
    for (int64_t i = 0; i < d->n_time_columns; i++)
        size += strlen(d->time_columns[i]) + 1;
    free(d->time_name);
    d->time_name = NULL;
    RM_TRY(rm_array_new(&d->time_name, (int64_t)size, 1));
    for (int64_t i = 0; i < d->n_time_columns; i++) {
        if (i)
            strcat(d->time_name, ",");
        strcat(d->time_name, d->time_columns[i]);
    }
    return RIMER_OK;
}

rimer_status rm_dataset_set_time_columns(rimer_dataset *dataset, int64_t n,
                                         const char *const *names) {
    RM_TRY(rm_array_new(&dataset->time_columns, n, sizeof(char *)));
    for (; dataset->n_time_columns < n; dataset->n_time_columns++)
        RM_TRY(rm_string_copy(&dataset->time_columns[dataset->n_time_columns],
                              names[dataset->n_time_columns]));
    return join_time_columns(dataset);
}

rimer_status rm_series_room(rm_stored_series *series, const char *id, int64_t n_steps,
                            int64_t n_channels) {
    int64_t bytes;
    if (__builtin_mul_overflow(n_steps, n_channels * (int64_t)sizeof(float), &bytes) ||
        bytes > rm_memory_size())
        RM_FAIL(NO_MEMORY, "out of memory: %lld steps of %lld channels", (long long)n_steps,
                (long long)n_channels);
    RM_TRY(rm_string_copy(&series->id, id));
    RM_TRY(rm_array_new(&series->values, n_steps * n_channels, sizeof *series->values));
    RM_TRY(rm_array_new(&series->times, n_steps, sizeof *series->times));
    series->n_steps = n_steps;
    return RIMER_OK;
}

rimer_status rm_series_new(rm_stored_series *series, const char *id, int64_t n_steps,
                           int64_t n_channels) {
    RM_TRY(rm_series_room(series, id, n_steps, n_channels));
    for (int64_t i = 0; i < n_steps * n_channels; i++)
        series->values[i] = NAN;
    return RIMER_OK;
}

void rimer_dataset_free(rimer_dataset *dataset) {
    if (!dataset)
        return;
    for (int64_t c = 0; c < dataset->n_channels; c++)
        free(dataset->channel_names[c]);
    for (int64_t s = 0; s < dataset->n_series; s++) {
        free(dataset->series[s].id);
        free(dataset->series[s].values);
        free(dataset->series[s].times);
    }
    for (int64_t i = 0; i < dataset->n_time_columns; i++)
        free(dataset->time_columns[i]);
    free(dataset->time_columns);
    rm_zone_free(dataset->zone);
    free(dataset->channel_names);
    free(dataset->series);
    free(dataset->name);
    free(dataset->time_name);
    free(dataset);
}

/* Of two channels of one name neither could be found again. */
static rimer_status copy_names(rimer_dataset *dataset, const char *const *names) {
    const char *twice;
    for (int64_t c = 0; c < dataset->n_channels; c++) {
        char numbered[32];
        snprintf(numbered, sizeof numbered, "c%lld", (long long)c);
        RM_TRY(rm_string_copy(&dataset->channel_names[c], names ? names[c] : numbered));
    }
    RM_TRY(rm_labels_repeated(dataset->channel_names, dataset->n_channels, &twice));
    if (twice)
        RM_FAIL(USAGE, "two channels are called \"%.80s\": give each a name of its own", twice);
    return RIMER_OK;
}

/* One kind of NaN only, so that the fingerprint does not depend on where it came from. */
static rimer_status copy_values(rimer_dataset *dataset, const float *values) {
    rm_stored_series *series = &dataset->series[0];
    for (int64_t i = 0; i < series->n_steps * dataset->n_channels; i++) {
        if (isinf(values[i]))
            RM_FAIL(DATA, "channel %lld, step %lld: the value is infinite",
                    (long long)(i / series->n_steps), (long long)(i % series->n_steps));
        series->values[i] = isnan(values[i]) ? NAN : values[i];
        dataset->notes.n_missing += isnan(values[i]) != 0;
    }
    for (int64_t t = 0; t < series->n_steps; t++)
        series->times[t] = t;
    dataset->notes.n_rows = series->n_steps;
    return RIMER_OK;
}

rimer_status rimer_dataset_from_values(const float *values, int64_t n_steps, int64_t n_channels,
                                       const char *const *names, rimer_dataset **out) {
    RM_NEED(values, out);
    if (n_steps < 1 || n_channels < 1)
        RM_FAIL(USAGE, "%lld steps of %lld channels are no dataset", (long long)n_steps,
                (long long)n_channels);
    for (int64_t c = 0; names && c < n_channels; c++)
        RM_NEED(names[c]);
    rimer_dataset *d;
    rimer_status status;
    RM_TRY(rm_dataset_new(&d, "values", n_channels, 1));
    RM_TRY_GOTO(status, fail, copy_names(d, names));
    RM_TRY_GOTO(status, fail, rm_series_new(&d->series[0], "", n_steps, n_channels));
    RM_TRY_GOTO(status, fail, copy_values(d, values));
    rm_frequency_text(&d->frequency, d->frequency_text, sizeof d->frequency_text);
    *out = d;
    return RIMER_OK;
fail:
    rimer_dataset_free(d);
    return status;
}

int64_t rimer_dataset_n_series(const rimer_dataset *dataset) {
    return dataset->n_series;
}

rimer_series rimer_dataset_series(const rimer_dataset *dataset, int64_t index) {
    const rm_stored_series *series = &dataset->series[index];
    return (rimer_series){series->id, series->n_steps, dataset->n_channels, series->values,
                          series->times};
}

int64_t rimer_dataset_n_channels(const rimer_dataset *dataset) {
    return dataset->n_channels;
}

const char *rimer_dataset_channel_name(const rimer_dataset *dataset, int64_t channel) {
    return dataset->channel_names[channel];
}

int64_t rimer_dataset_n_time_columns(const rimer_dataset *dataset) {
    return dataset->n_time_columns;
}

const char *rimer_dataset_time_column(const rimer_dataset *dataset, int64_t column) {
    return dataset->time_columns[column];
}

const char *rimer_dataset_time_name(const rimer_dataset *dataset) {
    return dataset->time_name;
}

const char *rimer_dataset_name(const rimer_dataset *dataset) {
    return dataset->name;
}

const char *rimer_dataset_frequency(const rimer_dataset *dataset) {
    return dataset->frequency_text;
}

rimer_read_notes rimer_dataset_notes(const rimer_dataset *dataset) {
    return dataset->notes;
}

int64_t rimer_dataset_future_time(const rimer_dataset *dataset, int64_t series, int64_t k) {
    const rm_stored_series *s = &dataset->series[series];
    return rm_frequency_forward(&dataset->grid, s->times[s->n_steps - 1], k);
}

/* Steps follow each other whatever their times say: rows may be steps as they come. */
int64_t rimer_dataset_position(const rimer_dataset *dataset, int64_t series, int64_t step) {
    return rm_frequency_position(&dataset->grid, dataset->series[series].times[0]) + step;
}

void rimer_dataset_format_time(const rimer_dataset *dataset, int64_t time, char *text,
                               size_t size) {
    rm_time_format format = rm_frequency_spelling(&dataset->grid, &dataset->format);
    rm_time_text(&format, time, text, size);
    for (char *mark; (mark = strchr(text, RM_TIME_COLUMN_MARK));)
        *mark = ' ';
}

int64_t rimer_dataset_clock(const rimer_dataset *dataset, int64_t time) {
    return dataset->format.zone_rules ? rm_zone_local(dataset->format.zone_rules, time) : time;
}

void rimer_dataset_format_time_column(const rimer_dataset *dataset, int64_t column,
                                      int64_t time, char *text, size_t size) {
    rm_time_format format = rm_frequency_spelling(&dataset->grid, &dataset->format);
    rm_time_text_column(&format, column, time, text, size);
}

uint64_t rimer_dataset_fingerprint(const rimer_dataset *dataset) {
    uint64_t hash = RM_HASH_BEGIN;
    for (int64_t c = 0; c < dataset->n_channels; c++)
        hash = rm_hash_text(hash, dataset->channel_names[c]);
    for (int64_t s = 0; s < dataset->n_series; s++) {
        const rm_stored_series *series = &dataset->series[s];
        size_t n = (size_t)series->n_steps;
        hash = rm_hash_text(hash, series->id);
        hash = rm_hash_bytes(hash, series->times, n * sizeof *series->times);
        hash = rm_hash_bytes(hash, series->values,
                             n * (size_t)dataset->n_channels * sizeof *series->values);
    }
    return hash;
}
