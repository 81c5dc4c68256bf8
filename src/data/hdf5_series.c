#include "data/hdf5_series.h"

#include "base/array.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK_BYTES (1 << 20)

/* ------------------------------------------------------------------------------ opening */

static rimer_status one_real(const rm_hdf5_file *file, const rm_hdf5_set *set, const char *name,
                             double *value) {
    int n;
    double found;
    RM_TRY(rm_hdf5_attribute_reals(file, &set->object, name, 1, &found, &n));
    if (n && !isfinite(found))
        RM_FAIL(DATA, "%s: the attribute \"%s\" of \"%s\" is not finite", file->name, name,
                set->object.path);
    if (n)
        *value = found;
    return RIMER_OK;
}

/* Codes are rounded as the values are: 1e20 may stand beside floats of 32 bits as a double. */
static rimer_status read_codes(const rm_hdf5_file *file, rm_hdf5_table *table) {
    static const char *const names[] = {"_FillValue", "missing_value"};
    for (int i = 0; i < 2; i++) {
        int n;
        RM_TRY(rm_hdf5_attribute_reals(file, &table->set.object, names[i],
                                       RM_HDF5_CODES_MAX - table->n_codes,
                                       table->codes + table->n_codes, &n));
        table->n_codes += n;
    }
    bool narrow = table->set.class == H5T_FLOAT && table->set.type_size == sizeof(float);
    for (int i = 0; narrow && i < table->n_codes; i++)
        if (fabs(table->codes[i]) <= (double)FLT_MAX)
            table->codes[i] = (double)(float)table->codes[i];
    return RIMER_OK;
}

static rimer_status open_table(const rm_hdf5_file *file, const rm_hdf5_object *group,
                               const char *name, rm_hdf5_table *table) {
    table->scale = 1;
    RM_TRY(rm_hdf5_open_set(file, group, name, &table->set));
    RM_TRY(rm_hdf5_admit(file, &table->set));
    if (!rm_hdf5_is_numeric(&table->set))
        RM_FAIL(DATA, "%s: \"%s\" holds no plain numbers", file->name, table->set.object.path);
    if (table->set.columns > RM_HDF5_NAMES_MAX)
        RM_FAIL(DATA, "%s: \"%s\" has more than %d columns", file->name, table->set.object.path,
                RM_HDF5_NAMES_MAX);
    RM_TRY(read_codes(file, table));
    RM_TRY(one_real(file, &table->set, "scale_factor", &table->scale));
    RM_TRY(one_real(file, &table->set, "add_offset", &table->offset));
    table->scaled = table->scale != 1 || table->offset != 0;
    return RIMER_OK;
}

static rimer_status open_tables(const rm_hdf5_file *file, const rm_hdf5_object *group,
                                const char *const *names, int64_t n, rm_hdf5_series *series) {
    RM_TRY(rm_array_new(&series->tables, n, sizeof *series->tables));
    for (int64_t i = 0; i < n; i++) {
        rm_hdf5_table *table = &series->tables[series->n_tables++];
        RM_TRY(open_table(file, group, names[i], table));
        series->n_columns += table->set.columns;
    }
    series->n_rows = series->tables[0].set.rows;
    return RIMER_OK;
}

rimer_status rm_hdf5_open_series(const rm_hdf5_file *file, const rm_hdf5_object *group,
                                 const char *const *names, int64_t n, rm_hdf5_series *series) {
    *series = (rm_hdf5_series){0};
    rimer_status status = open_tables(file, group, names, n, series);
    if (status)
        rm_hdf5_close_series(file, series);
    return status;
}

void rm_hdf5_close_series(const rm_hdf5_file *file, rm_hdf5_series *series) {
    for (int64_t i = 0; i < series->n_tables; i++) {
        rm_hdf5_close_set(file, &series->tables[i].set);
        free(series->tables[i].block);
    }
    free(series->tables);
    if (!series->lends_time)
        rm_hdf5_close_set(file, &series->time);
    *series = (rm_hdf5_series){0};
}

/* -------------------------------------------------------------------------------- times */

static rimer_status set_clock(const rm_hdf5_file *file, const rm_hdf5_set *time,
                              rm_cf_clock *clock) {
    static const char *const calendars[] = {"", "standard", "gregorian", "proleptic_gregorian"};
    char units[256], calendar[64];
    double scale = 1, offset = 0;
    size_t known = 0;
    RM_TRY(rm_hdf5_attribute_text(file, &time->object, "units", units, sizeof units));
    RM_TRY(rm_hdf5_attribute_text(file, &time->object, "calendar", calendar, sizeof calendar));
    RM_TRY(one_real(file, time, "scale_factor", &scale));
    RM_TRY(one_real(file, time, "add_offset", &offset));
    while (known < 4 && strcmp(calendar, calendars[known]) != 0)
        known++;
    if (known == 4)
        RM_FAIL(DATA, "%s: \"%s\" counts in the calendar \"%s\", not the Gregorian one",
                file->name, time->object.path, calendar);
    if (scale != 1 || offset != 0)
        RM_FAIL(DATA, "%s: \"%s\" is scaled, which is understood for values only", file->name,
                time->object.path);
    if (!rm_cf_clock_set(clock, units))
        RM_FAIL(DATA,
                "%s: the units \"%.80s\" of \"%s\" are not understood; they should be like "
                "\"hours since 2000-01-01 00:00\"",
                file->name, units, time->object.path);
    clock->grain = time->class == H5T_FLOAT && time->type_size <= sizeof(float)
                       ? (double)FLT_EPSILON
                       : DBL_EPSILON;
    return RIMER_OK;
}

rimer_status rm_hdf5_open_time(const rm_hdf5_file *file, const rm_hdf5_object *group,
                               rm_hdf5_series *series, rm_cf_clock *clock) {
    rm_hdf5_set *time = &series->time;
    RM_TRY(rm_hdf5_open_set(file, group, "time", time));
    RM_TRY(rm_hdf5_admit(file, time));
    if (time->rank != 1 || !rm_hdf5_is_numeric(time))
        RM_FAIL(DATA, "%s: \"%s\" is no list of numbers", file->name, time->object.path);
    if (time->rows != series->n_rows)
        RM_FAIL(DATA, "%s: \"%s\" has %lld times for the %lld rows of \"%s\"", file->name,
                time->object.path, (long long)time->rows, (long long)series->n_rows,
                series->tables[0].set.object.path);
    return set_clock(file, time, clock);
}

/* -------------------------------------------------------------------------------- rows */

/* A number of the time dataset as it is stored: reals as reals. */
typedef union moment {
    int64_t whole;
    double real;
} moment;

typedef struct place {
    rm_hdf5_table *table;
    int64_t column; /* in it */
} place;

typedef struct rows_reading {
    const rm_hdf5_file *file;
    rm_hdf5_series *series;
    const rm_hdf5_wanted *wanted;
    rm_cf_clock *clock;
    int64_t shift;
    const rm_hdf5_taker *taker;
    int64_t block;  /* rows read at once */
    place *places;  /* [wanted->n] */
    float *values;  /* [block][wanted->n] */
    moment *stored; /* [block] */
    int64_t *times; /* [block] */
} rows_reading;

static rimer_status beyond_float(const rows_reading *r, int64_t i, int64_t row, double value) {
    RM_FAIL(DATA,
            "%s: \"%s\", row %lld, column \"%s\": %g is not finite as a 32-bit float (the "
            "attribute _FillValue can say that it means a missing value)",
            r->file->name, r->places[i].table->set.object.path, (long long)row + 1,
            r->wanted->names[r->wanted->columns[i]], value);
}

static bool is_code(const rm_hdf5_table *table, double value) {
    for (int k = 0; k < table->n_codes; k++)
        if (value == table->codes[k])
            return true;
    return false;
}

static rimer_status take_values(rows_reading *r, int64_t from, int64_t at) {
    float *row = r->values + at * r->wanted->n;
    for (int64_t i = 0; i < r->wanted->n; i++) {
        const rm_hdf5_table *table = r->places[i].table;
        double value = table->block[at * table->set.columns + r->places[i].column];
        if (isnan(value) || is_code(table, value)) {
            row[i] = NAN;
            continue;
        }
        if (table->scaled) /* else -0 would become 0 */
            value = value * table->scale + table->offset;
        row[i] = rm_cell_is_missing(r->wanted->style, value) ? NAN : (float)value;
        if (!isnan(row[i]) && !isfinite(row[i]))
            return beyond_float(r, i, from + at, value);
    }
    return RIMER_OK;
}

static rimer_status take_time(rows_reading *r, int64_t row, const moment *stored,
                              int64_t *time) {
    const rm_hdf5_set *set = &r->series->time;
    *time = row;
    if (set->object.id <= 0)
        return RIMER_OK;
    bool real = set->class == H5T_FLOAT;
    if (real ? rm_cf_time_real(r->clock, stored->real, time)
             : rm_cf_time(r->clock, stored->whole, time)) {
        *time += r->shift;
        return RIMER_OK;
    }
    RM_FAIL(DATA, "%s: \"%s\", row %lld: %.17g is no %s", r->file->name, set->object.path,
            (long long)row + 1, real ? stored->real : (double)stored->whole,
            r->clock->numbers
                ? "step number of up to 15 digits"
                : "time of the years 1 to 9999 in whole microseconds (--resample makes steps "
                  "of finer ones)");
}

static rimer_status read_block(rows_reading *r, int64_t from, int64_t n) {
    const rm_hdf5 *h5 = r->file->h5;
    const rm_hdf5_set *time = &r->series->time;
    for (int64_t i = 0; i < r->series->n_tables; i++) {
        const rm_hdf5_table *table = &r->series->tables[i];
        if (table->block)
            RM_TRY(rm_hdf5_read_rows(r->file, &table->set, from, n, h5->H5T_NATIVE_DOUBLE_g,
                                     r->file->transfer, table->block));
    }
    if (time->object.id > 0)
        RM_TRY(rm_hdf5_read_rows(r->file, time, from, n,
                                 time->class == H5T_FLOAT ? h5->H5T_NATIVE_DOUBLE_g
                                                          : h5->H5T_NATIVE_INT64_g,
                                 r->file->transfer, r->stored));
    for (int64_t i = 0; i < n; i++) {
        RM_TRY(take_time(r, from + i, &r->stored[i], &r->times[i]));
        RM_TRY(take_values(r, from, i));
    }
    return r->taker->rows(r->taker->arg, n, r->times, r->values);
}

/* Either one table has all columns, or each has one. */
static void find_places(rows_reading *r) {
    rm_hdf5_table *tables = r->series->tables;
    for (int64_t i = 0; i < r->wanted->n; i++) {
        int64_t column = r->wanted->columns[i];
        r->places[i] =
            r->series->n_tables == 1 ? (place){tables, column} : (place){tables + column, 0};
    }
}

static rimer_status make_blocks(rows_reading *r) {
    r->block = BLOCK_BYTES / (int64_t)sizeof(double) / r->series->n_columns;
    r->block = r->block < 1 ? 1 : r->block > r->series->n_rows ? r->series->n_rows : r->block;
    RM_TRY(rm_array_new(&r->places, r->wanted->n, sizeof *r->places));
    RM_TRY(rm_array_new(&r->values, r->block * r->wanted->n, sizeof *r->values));
    RM_TRY(rm_array_new(&r->stored, r->block, sizeof *r->stored));
    RM_TRY(rm_array_new(&r->times, r->block, sizeof *r->times));
    find_places(r);
    for (int64_t i = 0; i < r->wanted->n; i++) {
        rm_hdf5_table *table = r->places[i].table;
        if (!table->block)
            RM_TRY(rm_array_new(&table->block, r->block * table->set.columns, sizeof(double)));
    }
    return RIMER_OK;
}

static rimer_status read_blocks(rows_reading *r) {
    RM_TRY(make_blocks(r));
    for (int64_t from = 0, n = r->series->n_rows; from < n; from += r->block)
        RM_TRY(read_block(r, from, n - from < r->block ? n - from : r->block));
    return RIMER_OK;
}

rimer_status rm_hdf5_read_series(const rm_hdf5_file *file, rm_hdf5_series *series,
                                 const rm_hdf5_wanted *wanted, rm_cf_clock *clock,
                                 int64_t shift, const rm_hdf5_taker *taker) {
    rows_reading r = {.file = file,
                      .series = series,
                      .wanted = wanted,
                      .clock = clock,
                      .shift = shift,
                      .taker = taker};
    rimer_status status = read_blocks(&r);
    free(r.places);
    free(r.values);
    free(r.stored);
    free(r.times);
    return status;
}
