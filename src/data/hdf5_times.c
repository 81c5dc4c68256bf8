#include "data/hdf5_times.h"

#include "base/array.h"
#include "data/hdf5_read.h"

#include <stdlib.h>
#include <string.h>

static rimer_status read_format(rm_hdf5_times *times, const rm_hdf5_file *file,
                                const rm_hdf5_object *time) {
    char pattern[RM_TIME_PATTERN_SIZE];
    RM_TRY(rm_hdf5_attribute_text(file, time, RM_HDF5_PATTERN, pattern, sizeof pattern));
    if (!pattern[0] || times->clock.numbers)
        return RIMER_OK;
    if (strcmp(pattern, "%Y") == 0)
        times->format = (rm_time_format){.kind = RM_TIME_YEARS, .unit = RM_UNIT_YEAR};
    else if (rm_time_pattern_set(&times->format, pattern) != RIMER_OK)
        return rm_error_prefix(RIMER_DATA, "%s: \"%s\", attribute " RM_HDF5_PATTERN ": ",
                               file->name, time->path);
    times->shift = times->format.zone_minutes * 60 * INT64_C(1000000);
    times->has_format = true;
    return RIMER_OK;
}

/* What the user says of the zone comes first. */
static rimer_status read_zone(const rm_hdf5_times *times, const rm_hdf5_file *file,
                              const rm_hdf5_object *time, rimer_read_options *options) {
    if (options->zone[0] || !times->has_format)
        return RIMER_OK;
    return rm_hdf5_attribute_text(file, time, RM_HDF5_ZONE, options->zone,
                                  sizeof options->zone);
}

static rimer_status read_columns(rm_hdf5_times *times, const rm_hdf5_file *file,
                                 const rm_hdf5_object *time) {
    int64_t parts = 1;
    char none[8];
    RM_TRY(rm_hdf5_attribute_text(file, time, RM_HDF5_NO_TIME, none, sizeof none));
    if (times->clock.numbers && strcmp(none, "yes") == 0)
        return RIMER_OK;
    RM_TRY(rm_hdf5_attribute_texts(file, time, RM_HDF5_TIME_COLUMNS, &times->columns));
    if (times->columns.n == 0)
        RM_TRY(rm_hdf5_texts_copy(&times->columns, (const char *const[]){"time"}, 1));
    for (const char *c = times->format.pattern; *c; c++)
        parts += *c == RM_TIME_COLUMN_MARK;
    if (parts != times->columns.n)
        RM_FAIL(DATA,
                "%s: \"%s\": the attributes " RM_HDF5_PATTERN " and " RM_HDF5_TIME_COLUMNS
                " contradict each other",
                file->name, time->path);
    return RIMER_OK;
}

/* What the user says of the frequency comes first; steps that are to be made anew need not be
 * known. */
static rimer_status read_frequency(rm_hdf5_times *times, const rm_hdf5_file *file,
                                   const rm_hdf5_object *time, rimer_read_options *options) {
    char steps[16];
    rm_frequency frequency;
    if (options->freq[0] || options->resample[0])
        return RIMER_OK;
    RM_TRY(rm_hdf5_attribute_text(file, time, RM_HDF5_FREQUENCY, options->freq,
                                  sizeof options->freq));
    RM_TRY(rm_hdf5_attribute_text(file, time, RM_HDF5_STEPS, steps, sizeof steps));
    times->own_frequency = options->freq[0] != 0;
    if (times->own_frequency && !rm_frequency_parse(options->freq, &frequency))
        RM_FAIL(DATA, "%s: \"%s\": the attribute " RM_HDF5_FREQUENCY " is no frequency",
                file->name, time->path);
    if (strcmp(steps, "rows") == 0)
        options->steps = RIMER_STEPS_ROWS;
    return RIMER_OK;
}

static rm_hdf5_axis *place_of(rm_hdf5_times *times, const rm_hdf5_identity *identity) {
    uint64_t hash = 0;
    for (size_t i = 0; i < sizeof identity->bytes; i++)
        hash = (hash ^ identity->bytes[i]) * UINT64_C(0x100000001b3);
    return &times->axes[(hash >> 32) % RM_HDF5_AXES];
}

static bool is_of(const rm_hdf5_axis *axis, const rm_hdf5_identity *identity) {
    return memcmp(axis->identity.bytes, identity->bytes, sizeof identity->bytes) == 0;
}

/* Not before they are met a second time, as most files have times for each series; and what lies
 * in pieces keeps some of them in memory, too much for many that are open. */
static void leave_open(rm_hdf5_axis *axis, const rm_cf_clock *clock, rm_hdf5_series *series) {
    axis->set = series->time;
    axis->clock = *clock;
    series->lends_time = true;
}

static void borrow(const rm_hdf5_axis *axis, rm_cf_clock *clock, rm_hdf5_series *series) {
    series->time = axis->set;
    series->lends_time = true;
    *clock = axis->clock;
}

static rimer_status open_time(rm_hdf5_times *times, const rm_hdf5_file *file,
                              const rm_hdf5_object *group, rm_hdf5_series *series) {
    rm_hdf5_identity identity;
    bool linked = rm_hdf5_identify(file, group, "time", &identity);
    rm_hdf5_axis *axis = linked ? place_of(times, &identity) : NULL;
    bool known = linked && is_of(axis, &identity);
    if (known && axis->set.object.id > 0 && axis->set.rows == series->n_rows) {
        borrow(axis, &times->clock, series);
        return RIMER_OK;
    }
    RM_TRY(rm_hdf5_open_time(file, group, series, &times->clock));
    if (known && axis->set.object.id <= 0 && !series->time.chunked) {
        leave_open(axis, &times->clock, series);
    } else if (linked && !known) {
        rm_hdf5_close_set(file, &axis->set);
        axis->identity = identity;
    }
    return RIMER_OK;
}

rimer_status rm_hdf5_times_find(rm_hdf5_times *times, const rm_hdf5_file *file,
                                const rm_hdf5_object *group, rm_hdf5_series *series,
                                rimer_read_options *options) {
    RM_TRY(rm_array_new(&times->axes, RM_HDF5_AXES, sizeof *times->axes));
    RM_TRY(open_time(times, file, group, series));
    times->clock.cuts = options->resample[0] != 0;
    RM_TRY(read_format(times, file, &series->time.object));
    RM_TRY(read_zone(times, file, &series->time.object, options));
    RM_TRY(read_columns(times, file, &series->time.object));
    return read_frequency(times, file, &series->time.object, options);
}

/* Each series has units of its own; what it takes to write the times adds up. */
rimer_status rm_hdf5_times_next(rm_hdf5_times *times, const rm_hdf5_file *file,
                                const rm_hdf5_object *group, rm_hdf5_series *series) {
    rm_cf_clock before = times->clock, *clock = &times->clock;
    RM_TRY(open_time(times, file, group, series));
    if (before.numbers != clock->numbers)
        RM_FAIL(DATA, "%s: \"%s\" %s, unlike that of the series before it", file->name,
                series->time.object.path, clock->numbers ? "has no units" : "has units");
    clock->cuts = before.cuts;
    clock->has_clock = before.has_clock;
    clock->has_millis = before.has_millis;
    clock->has_micros = before.has_micros;
    return RIMER_OK;
}

rm_time_format rm_hdf5_times_format(const rm_hdf5_times *times) {
    return times->has_format ? times->format : rm_cf_format(&times->clock);
}

void rm_hdf5_times_free(rm_hdf5_times *times, const rm_hdf5_file *file) {
    for (int64_t i = 0; times->axes && i < RM_HDF5_AXES; i++)
        rm_hdf5_close_set(file, &times->axes[i].set);
    free(times->axes);
    rm_hdf5_texts_free(&times->columns);
}
