/* Forecast files, as src/eval/forecast_write.c makes them, read again: they spell times as the
 * data do that they continue, and have a header, columns and decimal marks of their own. */
#include "data/clock_rows.h"
#include "data/csv.h"
#include "data/hdf5_read.h"
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
    int64_t cutoff; /* its column; -1: a single forecast */
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
             (data->n_time_columns == 0 &&
              column_named(r, data->channel_names[0]) == r->cutoff + 1))
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

/* Where the column stands by which forecasts are told apart, unless the data have one of that name
 * in a wide table. */
static int64_t find_cutoff(const reading *r) {
    int64_t column = column_named(r, CUTOFF);
    bool is_own = strcmp(r->given->time_col, CUTOFF) == 0;
    for (int64_t c = 0; r->data && c < r->data->n_channels; c++)
        is_own = is_own || strcmp(r->data->channel_names[c], CUTOFF) == 0;
    for (int64_t i = 0; r->data && i < r->data->n_time_columns; i++)
        is_own = is_own || strcmp(r->data->time_columns[i], CUTOFF) == 0;
    return column == (r->is_long ? 2 : 0) && (r->is_long || !is_own) ? column : -1;
}

static rimer_status take_options(reading *r) {
    rimer_read_options *own = &r->own;
    rimer_read_options_init(own);
    own->header = RIMER_HEADER_YES;
    strcpy(own->decimal, ".");
    own->steps = r->given->steps;
    own->sort = r->given->sort;
    own->duplicates = r->given->duplicates;
    strcpy(own->freq, r->given->resample[0] ? r->given->resample : r->given->freq);
    r->is_long = column_named(r, "unique_id") == 0;
    r->cutoff = find_cutoff(r);
    take_time_columns(r);
    take_zone(r);
    return take_spelling(r);
}

/* ------------------------------------------------------------------------------- newest */

/* Forecasts one behind the other, a header above those of each run: the last of them as a table of
 * its own, without the cutoff, whose rows stand in the lines that they have in the file. */
typedef struct newest {
    const reading *r;
    bool numbers_steps; /* for want of a time, in the place of the cutoff */
    char *text;
    int64_t size, capacity;
    int64_t line;                     /* of the file, that text goes on with */
    int64_t header_size, header_line; /* both behind the header */
    int64_t first_line;               /* of the rows in text */
    char *cutoff;                     /* of the rows in text; NULL: there are none yet */
    int64_t n_rows;
    bool is_past; /* a header came behind them: the next row is of another run */
} newest;

static rimer_status put(newest *n, char c) {
    RM_TRY(rm_array_grow(&n->text, &n->capacity, n->size + 2, 1));
    n->text[n->size++] = c;
    n->line += c == '\n';
    return RIMER_OK;
}

static rimer_status put_quoted(newest *n, const char *cell) {
    RM_TRY(put(n, '"'));
    for (; *cell; cell++) {
        if (*cell == '"')
            RM_TRY(put(n, '"'));
        RM_TRY(put(n, *cell));
    }
    return put(n, '"');
}

/* What is no number stays, and is told of later. */
static rimer_status put_step(newest *n, const char *cutoff) {
    char text[32], *end;
    long long last = strtoll(cutoff, &end, 10);
    bool is_number = *cutoff && !*end && llabs(last) < (1LL << 53);
    snprintf(text, sizeof text, "%lld", is_number ? last + 1 + (long long)n->n_rows : 0);
    return put_quoted(n, is_number ? text : cutoff);
}

static rimer_status put_row(newest *n, const rm_csv_row *row, bool is_header) {
    const reading *r = n->r;
    char delimiter = rm_csv_delimiter(r->csv);
    bool first = true;
    while (n->line < row->line)
        RM_TRY(put(n, '\n'));
    for (int64_t c = 0; c < row->n_cells; c++) {
        const char *cell = rm_csv_cell(r->csv, row, c);
        if (c == r->cutoff && !n->numbers_steps)
            continue;
        if (!first)
            RM_TRY(put(n, delimiter));
        first = false;
        RM_TRY(c == r->cutoff && !is_header ? put_step(n, cell) : put_quoted(n, cell));
    }
    return put(n, '\n');
}

static void begin_anew(newest *n) {
    free(n->cutoff);
    n->cutoff = NULL;
    n->size = n->header_size;
    n->n_rows = 0;
    n->is_past = false;
}

static rimer_status take_row(newest *n, const rm_csv_row *row) {
    const char *cutoff = rm_csv_cell(n->r->csv, row, n->r->cutoff);
    if (strcmp(cutoff, CUTOFF) == 0) {
        n->is_past = true;
        return RIMER_OK;
    }
    if (n->is_past || (n->cutoff && strcmp(cutoff, n->cutoff) != 0))
        begin_anew(n);
    if (!n->cutoff) {
        RM_TRY(rm_string_copy(&n->cutoff, cutoff));
        n->first_line = n->line = row->line;
    }
    RM_TRY(put_row(n, row, false));
    n->n_rows++;
    return RIMER_OK;
}

/* Blank lines in the place of those that were left out. */
static rimer_status put_lines(newest *n) {
    int64_t n_lines = n->first_line - n->header_line;
    RM_TRY(rm_array_grow(&n->text, &n->capacity, n->size + n_lines + 1, 1));
    char *rows = n->text + n->header_size;
    memmove(rows + n_lines, rows, (size_t)(n->size - n->header_size));
    memset(rows, '\n', (size_t)n_lines);
    n->size += n_lines;
    return RIMER_OK;
}

static rimer_status take_rows(newest *n) {
    const rm_csv_row *row;
    RM_TRY(rm_csv_peek(n->r->csv, 0, &row));
    RM_TRY(put_row(n, row, true));
    n->header_size = n->size;
    n->header_line = n->line;
    for (;;) {
        rm_csv_drop(n->r->csv);
        RM_TRY(rm_csv_peek(n->r->csv, 0, &row));
        if (!row)
            return n->cutoff ? put_lines(n) : RIMER_OK;
        RM_TRY(take_row(n, row));
    }
}

/* Reads on in the newest forecast. */
static rimer_status leave_older_out(reading *r) {
    newest n = {.r = r, .line = 1};
    rm_input *input;
    n.numbers_steps = !r->is_long && r->own.no_time == RIMER_YES;
    rimer_status status = take_rows(&n);
    free(n.cutoff);
    if (status == RIMER_OK)
        status = rm_input_of_text(&input, rm_csv_shown(r->csv), n.text, n.size);
    else
        free(n.text);
    if (status != RIMER_OK)
        return status;
    char delimiter = rm_csv_delimiter(r->csv);
    rm_csv_free(r->csv);
    r->csv = NULL;
    RM_TRY(rm_csv_open(&r->csv, input, delimiter, '.'));
    if (n.numbers_steps) {
        r->own.no_time = RIMER_NO;
        strcpy(r->own.time_col, CUTOFF);
    }
    return RIMER_OK;
}

/* A single step is at one hour, which says nothing about the zone: the data do. */
static void put_zone_back(const rimer_dataset *data, rimer_dataset *forecast) {
    int64_t second;
    if (!data || !data->format.zone_rules || !forecast->zone || forecast->format.zone_rules)
        return;
    for (int64_t s = 0; s < forecast->n_series; s++)
        for (int64_t t = 0; t < forecast->series[s].n_steps; t++) {
            int64_t *time = &forecast->series[s].times[t];
            (void)rm_zone_instants(forecast->zone, *time, time, &second);
            if (t == 0 && rm_clock_ends_between(data, forecast->series[s].id, *time, second))
                *time = second;
        }
    forecast->format.zone_rules = forecast->zone;
}

static rimer_status read_rows(reading *r, const char *path, rimer_dataset **out) {
    rm_text_source source = {.path = path, .options = &r->own, .before = r->data};
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
    if (r->cutoff >= 0)
        RM_TRY(leave_older_out(r));
    return read_rows(r, path, out);
}

rimer_status rimer_dataset_read_forecast(const char *path, const rimer_read_options *options,
                                         const rimer_dataset *data, rimer_dataset **out) {
    RM_NEED(path, out);
    rimer_read_options defaults;
    rm_input *input;
    rimer_read_options_init(&defaults);
    reading r = {.given = options ? options : &defaults, .data = data};
    if (rm_hdf5_is(path))
        RM_FAIL(DATA, "%s: is HDF5; a forecast is a CSV table, as rimer-forecast writes it",
                path);
    RM_TRY(rm_input_open(&input, path));
    RM_TRY(rm_csv_open(&r.csv, input, 0, '.'));
    rimer_status status = read_forecast(&r, path, out);
    rm_csv_free(r.csv);
    return status;
}
