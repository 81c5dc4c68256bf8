#include "data/hdf5_found.h"

#include "base/array.h"
#include "data/zone.h"

#include <string.h>

static rimer_status begin(void *arg, int64_t n_channels) {
    rm_hdf5_found *found = arg;
    rm_rows_init(&found->rows, n_channels);
    return RIMER_OK;
}

static rimer_status take_series(void *arg, const char *id) {
    rm_hdf5_found *found = arg;
    found->line = 0;
    return rm_rows_series(&found->rows, id, &found->series);
}

static rimer_status take_rows(void *arg, int64_t n, const int64_t *times, const float *values) {
    rm_hdf5_found *found = arg;
    for (int64_t i = 0; i < n; i++)
        RM_TRY(rm_rows_add(&found->rows, found->series, ++found->line, times[i],
                           values + i * found->rows.n_channels));
    return RIMER_OK;
}

rm_hdf5_taker rm_hdf5_found_taker(rm_hdf5_found *found) {
    return (rm_hdf5_taker){begin, take_series, take_rows, found};
}

/* Times are UTC in the file; a zone says what clocks they are shown by. */
static rimer_status load_zone(const rm_hdf5_found *found, const char *path, rimer_dataset *d) {
    const char *name = found->facts.options.zone;
    if (!*name)
        return RIMER_OK;
    if (d->format.kind != RM_TIME_STAMPS || d->format.zone[0])
        RM_FAIL(USAGE, "zone \"%s\": %s has no times that it could be the zone of", name, path);
    RM_TRY(rm_zone_load(&d->zone, name));
    d->format.zone_rules = d->zone;
    return RIMER_OK;
}

static rimer_status describe(rm_hdf5_found *found, const char *path, rimer_dataset *d) {
    const rm_hdf5_facts *facts = &found->facts;
    const rm_hdf5_texts *columns = &found->time_columns;
    d->notes.layout = "hdf5";
    memcpy(d->notes.ignored, facts->ignored, sizeof d->notes.ignored);
    if (facts->has_time)
        d->format = facts->format;
    RM_TRY(load_zone(found, path, d));
    for (int64_t c = 0; c < d->n_channels; c++)
        RM_TRY(rm_string_copy(&d->channel_names[c], found->channels.texts[c]));
    if (columns->n)
        RM_TRY(rm_dataset_set_time_columns(d, columns->n, (const char *const *)columns->texts));
    RM_TRY(rm_rows_place(&found->rows, path, &facts->options, d));
    if (facts->own_frequency)
        strcpy(d->notes.reason, "as the file says");
    return RIMER_OK;
}

rimer_status rm_hdf5_found_build(rm_hdf5_found *found, const char *name, const char *path,
                                 rimer_dataset **out) {
    rimer_dataset *d;
    RM_TRY(rm_dataset_new(&d, name, found->channels.n, found->facts.n_series));
    rimer_status status = describe(found, path, d);
    if (status)
        rimer_dataset_free(d);
    else
        *out = d;
    return status;
}

void rm_hdf5_found_free(rm_hdf5_found *found) {
    rm_rows_free(&found->rows);
    rm_hdf5_texts_free(&found->channels);
    rm_hdf5_texts_free(&found->time_columns);
}
