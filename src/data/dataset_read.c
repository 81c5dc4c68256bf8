#include "data/columns.h"
#include "data/rows.h"

#include "base/array.h"
#include "base/fields.h"

#include <stdlib.h>
#include <string.h>

RM_FIELD_TABLE(read_fields, rimer_read_options, RIMER_READ_LIST);

const rimer_field *rimer_read_fields(void) {
    return read_fields;
}

void rimer_read_options_init(rimer_read_options *options) {
    memset(options, 0, sizeof *options);
    rimer_fields_init(read_fields, options);
}

typedef struct reading {
    rm_csv *csv;
    const rimer_read_options *options;
    rm_cell_style style;
    rm_columns columns;
    rm_time_format format;
    rm_rows rows;
    float *values; /* [n_channels] of the present row */
} reading;

/* 0: to be found out. */
static rimer_status delimiter_of(const rimer_read_options *options, char *delimiter) {
    static const struct {
        const char *text;
        char delimiter;
    } known[] = {{"auto", 0},   {",", ','},   {";", ';'},   {"|", '|'},
                 {"tab", '\t'}, {"\t", '\t'}, {"\\t", '\t'}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (strcmp(options->delimiter, known[i].text) == 0) {
            *delimiter = known[i].delimiter;
            return RIMER_OK;
        }
    }
    RM_FAIL(USAGE, "delimiter \"%s\" is not understood: auto, \",\", \";\", \"|\" or tab",
            options->delimiter);
}

static rimer_status style_of(const rimer_read_options *options, rm_cell_style *style) {
    const char *mark = options->decimal;
    if (strcmp(mark, "auto") == 0)
        mark = ".";
    if (strcmp(mark, ".") != 0 && strcmp(mark, ",") != 0)
        RM_FAIL(USAGE, "decimal \"%s\" is not understood: . or ,", mark);
    if (options->no_time == RIMER_YES && options->time_col[0])
        RM_FAIL(USAGE, "no_time and time_col \"%s\" exclude each other", options->time_col);
    rm_cell_style_init(style, mark[0], options->na);
    return RIMER_OK;
}

static rimer_status read_time(reading *r, const rm_csv_row *row, int64_t *time) {
    int64_t column = r->columns.time;
    *time = r->rows.n_rows;
    if (column < 0)
        return RIMER_OK;
    char *text = rm_csv_cell(r->csv, row, column);
    if (!rm_time_read(&r->format, text, time))
        RM_FAIL(DATA,
                "%s:%lld: column \"%s\": \"%.80s\" is not a time spelled like those before",
                rm_csv_shown(r->csv), (long long)row->line, r->columns.names[column], text);
    return RIMER_OK;
}

/* In a table of one column a blank line may be meant as a missing value. */
static rimer_status refuse_blanks(const reading *r, const rm_csv_row *row) {
    if (r->columns.n_columns == 1 && row->blanks > 0 && r->rows.n_rows > 0)
        RM_FAIL(DATA, "%s:%lld: a blank line among the rows; write NA for a missing value",
                rm_csv_shown(r->csv), (long long)(row->line - 1));
    return RIMER_OK;
}

static rimer_status read_row(reading *r, const rm_csv_row *row) {
    const rm_columns *columns = &r->columns;
    int64_t time;
    RM_TRY(refuse_blanks(r, row));
    RM_TRY(read_time(r, row, &time));
    for (int64_t i = 0; i < columns->n_channels; i++) {
        int64_t column = columns->channels[i];
        rm_cell kind =
            rm_cell_parse(&r->style, rm_csv_cell(r->csv, row, column), &r->values[i]);
        if (kind != RM_CELL_NUMBER && kind != RM_CELL_MISSING)
            return rm_columns_bad_cell(columns, r->csv, &r->style, row, column, kind);
    }
    return rm_rows_add(&r->rows, 0, row->line, time, r->values);
}

static rimer_status read_rows(reading *r) {
    int64_t only;
    rm_rows_init(&r->rows, r->columns.n_channels);
    RM_TRY(rm_rows_series(&r->rows, "", &only));
    RM_TRY(rm_array_new(&r->values, r->columns.n_channels, sizeof *r->values));
    r->format.kind = r->columns.time < 0 ? RM_TIME_STEPS : r->columns.time_kind;
    for (;;) {
        const rm_csv_row *row;
        RM_TRY(rm_csv_peek(r->csv, 0, &row));
        if (!row)
            return RIMER_OK;
        RM_TRY(read_row(r, row));
        rm_csv_drop(r->csv);
    }
}

static rimer_status build(reading *r, const char *path, rimer_dataset **out) {
    const rm_columns *columns = &r->columns;
    const char *slash = strrchr(path, '/');
    const char *name = strcmp(path, "-") == 0 ? "stdin" : slash ? slash + 1 : path;
    rimer_dataset *d;
    rimer_status status;
    RM_TRY(rm_dataset_new(&d, name, columns->n_channels, 1));
    d->format = r->format;
    d->notes.layout = "wide";
    if (columns->time >= 0)
        RM_TRY_GOTO(status, fail,
                    rm_dataset_set_time_columns(
                        d, 1, (const char *const[]){columns->names[columns->time]}));
    memcpy(d->notes.ignored, columns->ignored, sizeof d->notes.ignored);
    for (int64_t c = 0; c < d->n_channels; c++)
        RM_TRY_GOTO(status, fail,
                    rm_string_copy(&d->channel_names[c], columns->names[columns->channels[c]]));
    RM_TRY_GOTO(status, fail, rm_rows_place(&r->rows, rm_csv_shown(r->csv), r->options, d));
    *out = d;
    return RIMER_OK;
fail:
    rimer_dataset_free(d);
    return status;
}

rimer_status rimer_dataset_read(const char *path, const rimer_read_options *options,
                                rimer_dataset **out) {
    rimer_read_options defaults;
    rimer_read_options_init(&defaults);
    reading r = {.options = options ? options : &defaults};
    char delimiter;
    rimer_status status;
    RM_TRY(delimiter_of(r.options, &delimiter));
    RM_TRY(style_of(r.options, &r.style));
    rm_input *input;
    RM_TRY(rm_input_open(&input, path));
    RM_TRY(rm_csv_open(&r.csv, input, delimiter, r.style.decimal));
    RM_TRY_GOTO(status, end, rm_columns_find(&r.columns, r.csv, r.options, &r.style));
    RM_TRY_GOTO(status, end, read_rows(&r));
    RM_TRY_GOTO(status, end, build(&r, path, out));
end:
    rm_rows_free(&r.rows);
    free(r.values);
    rm_columns_free(&r.columns);
    rm_csv_free(r.csv);
    return status;
}
