/* Tables with a row for each step, wide or long. */
#include "data/clock_rows.h"
#include "data/no_steps.h"
#include "data/readers.h"
#include "data/time_parts.h"
#include "data/zone.h"

#include "base/array.h"

#include <stdlib.h>
#include <string.h>

typedef struct reading {
    const rm_text_source *source;
    rm_csv *csv;
    rm_columns columns;
    rm_time_format format;
    rm_zone *zone;       /* of the options; NULL: none */
    rm_clock_rows clock; /* with a zone */
    rm_rows rows;
    float *values; /* [n_channels] of the present row */
    rm_joined_time joined;
    rm_totals totals;
    int64_t units; /* line with the units of the columns; 0: none */
    int64_t n_headers;
} reading;

/* --------------------------------------------------------------------------------- rows */

static rimer_status read_time(reading *r, const rm_csv_row *row, int64_t series,
                              int64_t *time) {
    const char *text;
    *time = r->rows.n_rows;
    if (r->columns.n_time == 0)
        return RIMER_OK;
    RM_TRY(rm_columns_time_text(&r->columns, r->csv, row, &r->joined, &text));
    if (rm_time_read(&r->format, text, time))
        return r->zone ? rm_clock_rows_next(&r->clock, series, r->rows.ids.texts[series],
                                            r->format.second_reading, time)
                       : RIMER_OK;
    const char *finer = rm_time_finer_hint(r->format.pattern, text);
    return rm_columns_bad_time(&r->columns, r->csv, row, text,
                               *finer    ? finer
                               : r->zone ? " (or one that clocks of that zone never showed)"
                                         : "");
}

/* What is no step, as a blank line is none. */
static bool is_no_step(reading *r, const rm_csv_row *row) {
    bool names = rm_row_repeats_names(&r->columns, r->csv, row);
    r->n_headers += names;
    return names || rm_row_is_nothing(&r->columns, r->csv, row);
}

/* In a table of one column a blank line may be meant as a missing value. */
static rimer_status refuse_blanks(const reading *r, const rm_csv_row *row) {
    if (r->columns.n_columns == 1 && row->blanks > 0 && r->rows.n_rows > 0)
        RM_FAIL(DATA, "%s:%lld: a blank line among the rows; write NA for a missing value",
                rm_csv_shown(r->csv), (long long)(row->line - 1));
    return RIMER_OK;
}

static rimer_status read_series(reading *r, const rm_csv_row *row, int64_t *series) {
    *series = 0;
    if (r->columns.id < 0)
        return RIMER_OK;
    const char *id = rm_csv_cell(r->csv, row, r->columns.id);
    if (!*id)
        RM_FAIL(DATA, "%s:%lld: column \"%.80s\": the name of the series is empty",
                rm_csv_shown(r->csv), (long long)row->line, r->columns.names[r->columns.id]);
    return rm_rows_series(&r->rows, id, series);
}

static rimer_status read_row(reading *r, const rm_csv_row *row) {
    const rm_columns *columns = &r->columns;
    int64_t series, time;
    if (is_no_step(r, row))
        return RIMER_OK;
    RM_TRY(refuse_blanks(r, row));
    RM_TRY(read_series(r, row, &series));
    RM_TRY(read_time(r, row, series, &time));
    rm_csv_cells cells = rm_csv_cells_of(r->csv, row);
    for (int64_t i = 0; i < columns->n_channels; i++) {
        int64_t column = columns->channels[i];
        rm_cell kind = rm_columns_read(columns, &r->source->style, column,
                                       cells.text + cells.starts[column], &r->values[i]);
        if (kind != RM_CELL_NUMBER && kind != RM_CELL_MISSING)
            return rm_columns_bad_cell(columns, r->csv, &r->source->style, row, column, kind);
    }
    rm_totals_look(&r->totals, columns, r->csv, row);
    return rm_rows_add(&r->rows, series, row->line, time, r->values);
}

/* A table without times numbers its rows; those of a long one are numbered in each series. */
static void number_steps(rm_rows *rows) {
    int64_t before = -1;
    for (int64_t i = 0; rows->series && i < rows->n_rows; i++) {
        before = i > 0 && rows->series[i] == rows->series[i - 1] ? before + 1 : 0;
        rows->times[i] = before;
    }
}

static rimer_status read_rows(reading *r) {
    int64_t only;
    rm_rows_init(&r->rows, r->columns.n_channels);
    RM_TRY(rm_array_new(&r->values, r->columns.n_channels, sizeof *r->values));
    if (r->columns.id < 0)
        RM_TRY(rm_rows_series(&r->rows, "", &only));
    for (;;) {
        const rm_csv_row *row;
        RM_TRY(rm_csv_peek(r->csv, 0, &row));
        if (!row)
            break;
        RM_TRY(read_row(r, row));
        rm_csv_drop(r->csv);
    }
    RM_TRY(rm_totals_refuse(&r->totals, &r->columns, r->csv));
    if (r->columns.n_time == 0)
        number_steps(&r->rows);
    rm_clock_rows_end(&r->clock, &r->rows);
    return RIMER_OK;
}

/* --------------------------------------------------------------------------------- zone */

/* Days, months and years follow the calendar and not the clock: where all times are of one
 * hour, as midnights are, the zone is laid aside, or a day of 23 hours would be no step. */
static bool all_at_one_hour(const reading *r) {
    int64_t first = 0;
    for (int64_t i = 0; i < r->rows.n_rows; i++) {
        int64_t local = rm_zone_local(r->zone, r->rows.times[i]) % RM_MICROS_PER_DAY;
        local += local < 0 ? RM_MICROS_PER_DAY : 0;
        first = i ? first : local;
        if (local != first)
            return false;
    }
    return true;
}

/* Dates without a clock were read as they stand. Times since 1970 stay instants: nothing else could
 * be written of them. */
static void lay_zone_aside(reading *r) {
    bool dates = r->format.unit < RM_UNIT_HOUR;
    if (rm_time_counts_from_1970(r->format.pattern))
        return;
    if (!r->zone || !r->format.zone_rules || (!dates && !all_at_one_hour(r)))
        return;
    for (int64_t i = 0; i < r->rows.n_rows && !dates; i++)
        r->rows.times[i] = rm_zone_local(r->zone, r->rows.times[i]);
    r->format.zone_rules = NULL;
    if (r->format.pattern[0])
        return;
    r->format.zone[0] = '\0'; /* of a local time it would be another instant, half the year */
    r->format.zone_minutes = 0;
}

/* Where midnights are written as mere dates, the sample tells that there are clocks, too. */
static void learn_spelling(reading *r, const rm_sample *sample) {
    int64_t time;
    for (int64_t k = 0; r->columns.n_time == 1 && k < sample->n; k++)
        (void)rm_time_read(&r->format, rm_sample_cell(sample, k, r->columns.time[0]), &time);
}

static rimer_status load_zone(reading *r, const rm_sample *sample) {
    const char *name = r->source->options->zone;
    if (!*name)
        return RIMER_OK;
    if (r->columns.n_time == 0 || r->format.kind != RM_TIME_STAMPS)
        RM_FAIL(USAGE, "zone \"%s\": %s has no times that it could be the zone of", name,
                rm_csv_shown(r->csv));
    RM_TRY(rm_zone_load(&r->zone, name));
    r->format.zone_rules = r->zone;
    learn_spelling(r, sample);
    return RIMER_OK;
}

/* ------------------------------------------------------------------------------ dataset */

static rimer_status name_columns(const reading *r, rimer_dataset *d) {
    const rm_columns *columns = &r->columns;
    const char *names[RM_TIME_COLUMNS_MAX];
    for (int64_t i = 0; i < columns->n_time; i++)
        names[i] = columns->names[columns->time[i]];
    RM_TRY(rm_dataset_set_time_columns(d, columns->n_time, names));
    for (int64_t c = 0; c < d->n_channels; c++)
        RM_TRY(rm_string_copy(&d->channel_names[c], columns->names[columns->channels[c]]));
    memcpy(d->notes.ignored, columns->ignored, sizeof d->notes.ignored);
    d->notes.units_line = r->units;
    d->notes.n_headers = r->n_headers;
    d->notes.layout = columns->id < 0 ? "wide" : "long";
    return RIMER_OK;
}

static rimer_status build(reading *r, rimer_dataset **out) {
    rimer_dataset *d;
    RM_TRY(rm_dataset_new(&d, rm_dataset_name_of(r->source->path), r->columns.n_channels,
                          r->rows.ids.n));
    lay_zone_aside(r);
    d->format = r->format;
    d->zone = r->zone;
    r->zone = NULL;
    rimer_status status = name_columns(r, d);
    if (status == RIMER_OK)
        status = rm_rows_place(&r->rows, rm_csv_shown(r->csv), r->source->options, d);
    if (status != RIMER_OK) {
        rimer_dataset_free(d);
        return status;
    }
    *out = d;
    return RIMER_OK;
}

static rimer_status read_table(reading *r, const rm_sample *sample, rimer_dataset **out) {
    RM_TRY(rm_columns_find(&r->columns, sample, r->source->options, &r->source->style));
    r->format = r->columns.format;
    RM_TRY(load_zone(r, sample));
    for (int64_t k = 0; k < sample->header; k++)
        rm_csv_drop(r->csv);
    r->units = sample->units;
    RM_TRY(read_rows(r));
    return build(r, out);
}

rimer_status rm_table_read(const rm_text_source *source, rm_csv *csv, const rm_sample *sample,
                           rimer_dataset **out) {
    reading r = {.source = source, .csv = csv, .clock.before = source->before};
    rimer_status status = read_table(&r, sample, out);
    rm_zone_free(r.zone);
    rm_rows_free(&r.rows);
    rm_columns_free(&r.columns);
    rm_clock_rows_free(&r.clock);
    free(r.values);
    free(r.joined.text);
    return status;
}
