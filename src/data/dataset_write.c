/* Tables of a whole dataset, as rimer_dataset_read takes them. */
#include "data/csv_write.h"
#include "data/hdf5_write.h"
#include "data/number.h"

#include "base/array.h"
#include "base/fields.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SPARSE_MOST 100 /* cells of a wide table for one that is there */

RM_FIELD_TABLE(write_fields, rimer_write_options, RIMER_WRITE_LIST);

const rimer_field *rimer_write_fields(void) {
    return write_fields;
}

void rimer_write_options_init(rimer_write_options *options) {
    memset(options, 0, sizeof *options);
    rimer_fields_init(write_fields, options);
}

static int format_of(const rimer_write_options *options, const char *path) {
    if (options->format != RIMER_FORMAT_AUTO)
        return options->format;
    if (rm_text_ends_nocase(path, ".h5") || rm_text_ends_nocase(path, ".hdf5"))
        return RIMER_FORMAT_H5;
    return rm_text_ends_nocase(path, ".gz") ? RIMER_FORMAT_GZ : RIMER_FORMAT_CSV;
}

/* A table about to be written: its header, and for wide its rows. */
typedef struct table {
    const rimer_dataset *dataset;
    int64_t n_columns;
    char **columns; /* owned */
    bool melted;    /* long: the channels of one series without an id stand as series */
    int64_t n_rows;
    int64_t *times; /* wide: ascending over all series, or as they come in a single one */
} table;

static void forget(table *t) {
    for (int64_t i = 0; i < t->n_columns; i++)
        free(t->columns[i]);
    free(t->columns);
    free(t->times);
}

static rimer_status add_column(table *t, const char *const *parts) {
    size_t size = 1;
    for (const char *const *part = parts; *part; part++)
        size += strlen(*part);
    char **name = &t->columns[t->n_columns];
    RM_TRY(rm_array_new(name, (int64_t)size, 1));
    t->n_columns++;
    for (; *parts; parts++)
        strcat(*name, *parts);
    return RIMER_OK;
}

static rimer_status add_name(table *t, const char *name) {
    return add_column(t, (const char *const[]){name, NULL});
}

static rimer_status add_time_columns(table *t) {
    for (int64_t i = 0; i < rimer_dataset_n_time_columns(t->dataset); i++)
        RM_TRY(add_name(t, rimer_dataset_time_column(t->dataset, i)));
    return RIMER_OK;
}

static int compare_names(const void *a, const void *b) {
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Two columns of one name could not be read again. */
static rimer_status check_columns(const table *t) {
    char **sorted;
    RM_TRY(rm_array_new(&sorted, t->n_columns, sizeof *sorted));
    memcpy(sorted, t->columns, (size_t)t->n_columns * sizeof *sorted);
    qsort(sorted, (size_t)t->n_columns, sizeof *sorted, compare_names);
    const char *twice = NULL;
    for (int64_t i = 1; i < t->n_columns && !twice; i++)
        if (strcmp(sorted[i - 1], sorted[i]) == 0)
            twice = sorted[i];
    free(sorted);
    if (twice)
        RM_FAIL(USAGE, "layout: two columns would be called \"%.80s\"; try the other layout",
                twice);
    return RIMER_OK;
}

static rimer_status make_wide_columns(table *t) {
    int64_t n_series = rimer_dataset_n_series(t->dataset);
    int64_t n_channels = rimer_dataset_n_channels(t->dataset);
    RM_TRY(rm_array_new(&t->columns,
                        rimer_dataset_n_time_columns(t->dataset) + n_series * n_channels,
                        sizeof *t->columns));
    RM_TRY(add_time_columns(t));
    for (int64_t s = 0; s < n_series; s++)
        for (int64_t c = 0; c < n_channels; c++) {
            const char *parts[4];
            rm_csv_column_parts(t->dataset, s, c, parts);
            RM_TRY(add_column(t, parts));
        }
    return check_columns(t);
}

static rimer_status make_long_columns(table *t) {
    int64_t n_channels = rimer_dataset_n_channels(t->dataset);
    RM_TRY(rm_array_new(&t->columns, rimer_dataset_n_time_columns(t->dataset) + n_channels + 2,
                        sizeof *t->columns));
    RM_TRY(add_name(t, "unique_id"));
    if (rimer_dataset_n_time_columns(t->dataset) == 0)
        RM_TRY(add_name(t, "step"));
    RM_TRY(add_time_columns(t));
    if (t->melted)
        RM_TRY(add_name(t, "y"));
    for (int64_t c = 0; c < n_channels && !t->melted; c++)
        RM_TRY(add_name(t, rimer_dataset_channel_name(t->dataset, c)));
    return check_columns(t);
}

static int compare_times(const void *a, const void *b) {
    int64_t x, y;
    memcpy(&x, a, sizeof x);
    memcpy(&y, b, sizeof y);
    return (x > y) - (x < y);
}

static rimer_status check_ascending(const table *t) {
    for (int64_t s = 0; s < rimer_dataset_n_series(t->dataset); s++) {
        rimer_series series = rimer_dataset_series(t->dataset, s);
        for (int64_t i = 1; i < series.n_steps; i++)
            if (series.times[i] <= series.times[i - 1])
                RM_FAIL(USAGE,
                        "layout: series \"%.80s\" repeats a time, so several series find no "
                        "place in one wide table; use long",
                        series.id);
    }
    return RIMER_OK;
}

/* The times of all series, each once. */
static rimer_status unite_times(table *t) {
    int64_t n_series = rimer_dataset_n_series(t->dataset), n = 0;
    RM_TRY(check_ascending(t));
    for (int64_t s = 0; s < n_series; s++)
        n += rimer_dataset_series(t->dataset, s).n_steps;
    RM_TRY(rm_array_new(&t->times, n, sizeof *t->times));
    int64_t present = n, at = 0;
    for (int64_t s = 0; s < n_series; s++) {
        rimer_series series = rimer_dataset_series(t->dataset, s);
        memcpy(t->times + at, series.times, (size_t)series.n_steps * sizeof *t->times);
        at += series.n_steps;
    }
    qsort(t->times, (size_t)n, sizeof *t->times, compare_times);
    for (int64_t i = 0; i < n; i++)
        if (i == 0 || t->times[i] != t->times[i - 1])
            t->times[t->n_rows++] = t->times[i];
    if ((double)t->n_rows * (double)n_series > (double)SPARSE_MOST * (double)present)
        RM_FAIL(USAGE,
                "layout: a wide table would have %lld rows for %lld series with %lld steps in "
                "all, nearly all of it empty; use long",
                (long long)t->n_rows, (long long)n_series, (long long)present);
    return RIMER_OK;
}

static rimer_status make_rows(table *t) {
    if (rimer_dataset_n_series(t->dataset) > 1)
        return unite_times(t);
    rimer_series series = rimer_dataset_series(t->dataset, 0);
    RM_TRY(rm_array_new(&t->times, series.n_steps, sizeof *t->times));
    memcpy(t->times, series.times, (size_t)series.n_steps * sizeof *t->times);
    t->n_rows = series.n_steps;
    return RIMER_OK;
}

static void write_header(const table *t, rm_csv_writer *csv) {
    for (int64_t i = 0; i < t->n_columns; i++)
        rm_csv_write_text(csv, t->columns[i]);
    rm_csv_write_row_end(csv);
}

static void write_wide_row(const table *t, rm_csv_writer *csv, int64_t row, int64_t *next) {
    int64_t n_channels = rimer_dataset_n_channels(t->dataset);
    rm_csv_write_time(csv, t->dataset, t->times[row]);
    for (int64_t s = 0; s < rimer_dataset_n_series(t->dataset); s++) {
        rimer_series series = rimer_dataset_series(t->dataset, s);
        bool here = next[s] < series.n_steps && series.times[next[s]] == t->times[row];
        for (int64_t c = 0; c < n_channels; c++)
            rm_csv_write_value(csv, here ? series.values[c * series.n_steps + next[s]] : NAN);
        next[s] += here;
    }
    rm_csv_write_row_end(csv);
}

/* A blank line would be no row: the only cell of a row says that it is missing. */
static rimer_status write_wide(table *t, const char *path, bool zipped) {
    int64_t *next;
    rm_csv_writer csv;
    RM_TRY(make_wide_columns(t));
    RM_TRY(make_rows(t));
    RM_TRY(rm_array_new(&next, rimer_dataset_n_series(t->dataset), sizeof *next));
    rimer_status status = rm_csv_writer_open(&csv, path, zipped);
    if (status == RIMER_OK) {
        csv.missing = t->n_columns == 1 ? "NA" : "";
        write_header(t, &csv);
        for (int64_t row = 0; row < t->n_rows; row++)
            write_wide_row(t, &csv, row, next);
        status = rm_csv_writer_commit(&csv);
    }
    free(next);
    return status;
}

/* The rows of one series; of one of its channels if first + 1 == end. */
static void write_long_rows(const table *t, rm_csv_writer *csv, int64_t s, const char *id,
                            int64_t first, int64_t end) {
    rimer_series series = rimer_dataset_series(t->dataset, s);
    bool numbered = rimer_dataset_n_time_columns(t->dataset) == 0;
    for (int64_t i = 0; i < series.n_steps; i++) {
        char step[RIMER_TIME_SIZE];
        rm_csv_write_text(csv, id);
        if (numbered) {
            rimer_dataset_format_time(t->dataset, series.times[i], step, sizeof step);
            rm_csv_write_text(csv, step);
        }
        rm_csv_write_time(csv, t->dataset, series.times[i]);
        for (int64_t c = first; c < end; c++)
            rm_csv_write_value(csv, series.values[c * series.n_steps + i]);
        rm_csv_write_row_end(csv);
    }
}

static rimer_status write_long(table *t, const char *path, bool zipped) {
    int64_t n_series = rimer_dataset_n_series(t->dataset);
    int64_t n_channels = rimer_dataset_n_channels(t->dataset);
    rm_csv_writer csv;
    t->melted = n_series == 1 && !*rimer_dataset_series(t->dataset, 0).id;
    RM_TRY(make_long_columns(t));
    RM_TRY(rm_csv_writer_open(&csv, path, zipped));
    write_header(t, &csv);
    for (int64_t c = 0; c < n_channels && t->melted; c++)
        write_long_rows(t, &csv, 0, rimer_dataset_channel_name(t->dataset, c), c, c + 1);
    for (int64_t s = 0; s < n_series && !t->melted; s++)
        write_long_rows(t, &csv, s, rimer_dataset_series(t->dataset, s).id, 0, n_channels);
    return rm_csv_writer_commit(&csv);
}

rimer_status rimer_dataset_write(const rimer_dataset *dataset, const char *path,
                                 const rimer_write_options *options) {
    RM_NEED(dataset, path);
    rimer_write_options defaults;
    rimer_write_options_init(&defaults);
    options = options ? options : &defaults;
    RM_TRY(rm_fields_check(write_fields, options));
    int format = format_of(options, path), layout = options->layout;
    if (format == RIMER_FORMAT_H5)
        return rm_hdf5_write(dataset, path);
    if (layout == RIMER_LAYOUT_AUTO)
        layout = rimer_dataset_n_series(dataset) == 1 ? RIMER_LAYOUT_WIDE : RIMER_LAYOUT_LONG;
    table t = {.dataset = dataset};
    rimer_status status = (layout == RIMER_LAYOUT_WIDE ? write_wide : write_long)(
        &t, path, format == RIMER_FORMAT_GZ);
    forget(&t);
    return status;
}
