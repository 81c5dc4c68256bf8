/* Forecast files, as src/eval/forecast_write.c makes them, read again: they spell times as the
 * data do that they continue, and have a header, columns and decimal marks of their own. */
#include "data/csv.h"
#include "data/readers.h"
#include "data/zone.h"

#include "base/array.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CUTOFF "cutoff"

typedef struct reading {
    const rimer_read_options *given;
    const rimer_dataset *data; /* NULL: not known */
    rimer_read_options own;
    rm_csv *csv;
    bool is_long;
} reading;

static rimer_status header_of(const reading *r, const rm_csv_row **header) {
    RM_TRY(rm_csv_peek(r->csv, 0, header));
    if (!*header)
        RM_FAIL(DATA, "%s: no header", rm_csv_shown(r->csv));
    return RIMER_OK;
}

static int64_t column_named(const reading *r, const char *name) {
    const rm_csv_row *header = rm_csv_held(r->csv, 0);
    for (int64_t c = 0; c < header->n_cells; c++)
        if (strcmp(rm_csv_cell(r->csv, header, c), name) == 0)
            return c;
    return -1;
}

/* ------------------------------------------------------------------------------- options */

/* Columns of the time: those of the data, if they are here. */
static void take_time_columns(reading *r) {
    const rimer_dataset *data = r->data;
    if (r->is_long) {
        if (column_named(r, "ds") >= 0)
            strcpy(r->own.time_col, "ds");
        return;
    }
    if (!data) {
        r->own.no_time = r->given->no_time;
        strcpy(r->own.time_col, r->given->time_col);
        return;
    }
    bool here = data->n_time_columns > 0 && strlen(data->time_name) < RIMER_TEXT_SIZE;
    for (int64_t i = 0; i < data->n_time_columns && here; i++)
        here =
            column_named(r, data->time_columns[i]) >= 0 && !strchr(data->time_columns[i], ',');
    if (here)
        strcpy(r->own.time_col, data->time_name);
    else if (r->given->no_time == RIMER_YES ||
             (data->n_time_columns == 0 && column_named(r, data->channel_names[0]) == 0))
        r->own.no_time = RIMER_YES;
}

/* Whether a cell of the first row is spelled so. */
static rimer_status is_spelled(const reading *r, const char *pattern, bool *is) {
    const rm_csv_row *row;
    rm_time_format format = {.kind = RM_TIME_STAMPS};
    int64_t time;
    *is = false;
    RM_TRY(rm_time_pattern_set(&format, pattern));
    RM_TRY(rm_csv_peek(r->csv, 1, &row));
    for (int64_t c = 0; row && c < row->n_cells && !*is; c++)
        *is = rm_time_read(&format, rm_csv_cell(r->csv, row, c), &time);
    return RIMER_OK;
}

static void replace(char *text, char from, char to) {
    for (char *at; (at = strchr(text, from));)
        *at = to;
}

/* Few rows may not tell how times are spelled: what the data told, or the user said of them,
 * holds here, too. Parts that have a column each are one text in a long table. */
static rimer_status take_spelling(reading *r) {
    char pattern[RIMER_TEXT_SIZE];
    bool several =
        r->data ? r->data->n_time_columns > 1 : strchr(r->given->time_col, ',') != NULL;
    bool is;
    strcpy(pattern, r->given->time_format);
    if (r->data && r->data->format.kind == RM_TIME_STAMPS && r->data->format.pattern[0]) {
        rm_time_pattern_text(&r->data->format, pattern);
        replace(pattern, RM_TIME_COLUMN_MARK, ',');
    }
    if (!pattern[0] || r->own.no_time == RIMER_YES)
        return RIMER_OK;
    if (several && !r->is_long) {
        strcpy(r->own.time_format, pattern);
        return RIMER_OK;
    }
    if (several)
        replace(pattern, ',', ' ');
    RM_TRY(is_spelled(r, pattern, &is));
    if (is)
        strcpy(r->own.time_format, pattern);
    return RIMER_OK;
}

/* Where the data turned out to need no zone, neither does what continues them. */
static void take_zone(reading *r) {
    if (!r->data)
        strcpy(r->own.zone, r->given->zone);
    else if (r->data->format.zone_rules)
        snprintf(r->own.zone, sizeof r->own.zone, "%s", rm_zone_name(r->data->zone));
}

static rimer_status take_options(reading *r) {
    rimer_read_options *own = &r->own;
    rimer_read_options_init(own);
    own->header = RIMER_HEADER_YES;
    strcpy(own->decimal, ".");
    own->steps = r->given->steps;
    own->sort = r->given->sort;
    own->duplicates = r->given->duplicates;
    strcpy(own->freq, r->given->freq);
    r->is_long = column_named(r, "unique_id") == 0;
    take_time_columns(r);
    take_zone(r);
    return take_spelling(r);
}

/* ------------------------------------------------------------------------------ dataset */

/* A single step is at one hour, which says nothing about the zone: the data do. */
static void put_zone_back(const rimer_dataset *data, rimer_dataset *forecast) {
    int64_t second;
    if (!data || !data->format.zone_rules || !forecast->zone || forecast->format.zone_rules)
        return;
    for (int64_t s = 0; s < forecast->n_series; s++)
        for (int64_t t = 0; t < forecast->series[s].n_steps; t++) {
            int64_t *time = &forecast->series[s].times[t];
            (void)rm_zone_instants(forecast->zone, *time, time, &second);
        }
    forecast->format.zone_rules = forecast->zone;
}

static rimer_status read_rows(reading *r, const char *path, rimer_dataset **out) {
    rm_text_source source = {.path = path, .options = &r->own};
    rm_sample sample;
    char delimiter;
    RM_TRY(rm_text_source_begin(&source, &delimiter));
    RM_TRY(rm_text_source_sample(&source, r->csv, RM_SAMPLE_ROWS, &sample));
    RM_TRY(rm_table_read(&source, r->csv, &sample, out));
    put_zone_back(r->data, *out);
    return RIMER_OK;
}

static rimer_status read_forecast(reading *r, const char *path, rimer_dataset **out) {
    const rm_csv_row *header;
    RM_TRY(header_of(r, &header));
    RM_TRY(take_options(r));
    return read_rows(r, path, out);
}

rimer_status rimer_dataset_read_forecast(const char *path, const rimer_read_options *options,
                                         const rimer_dataset *data, rimer_dataset **out) {
    rimer_read_options defaults;
    rm_input *input;
    rimer_read_options_init(&defaults);
    reading r = {.given = options ? options : &defaults, .data = data};
    RM_TRY(rm_input_open(&input, path));
    RM_TRY(rm_csv_open(&r.csv, input, 0, '.'));
    rimer_status status = read_forecast(&r, path, out);
    rm_csv_free(r.csv);
    return status;
}
