#include "data/columns.h"

#include "base/array.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SAMPLE_ROWS 1000
#define SAMPLE_CELLS 2000000
#define CODES_LEAST 3  /* columns, and rows below, before numbers are taken for names */
#define CODE_MARGIN 10 /* ranges of its column that such a number is away */

typedef struct finding {
    rm_columns *columns;
    rm_csv *csv;
    const rimer_read_options *options;
    const rm_cell_style *style;
    int64_t n_sample; /* data rows that are looked at, the header not counted */
} finding;

static rimer_status sample_row(const finding *f, int64_t k, const rm_csv_row **row) {
    return rm_csv_peek(f->csv, k + f->columns->has_header, row);
}

static rimer_status take_sample(finding *f) {
    const rm_csv_row *row;
    RM_TRY(rm_csv_peek(f->csv, 0, &row));
    if (!row)
        RM_FAIL(DATA, "%s: the file has no line with cells", rm_csv_shown(f->csv));
    f->columns->n_columns = row->n_cells;
    int64_t most = SAMPLE_CELLS / row->n_cells;
    most = most < 16 ? 16 : most > SAMPLE_ROWS ? SAMPLE_ROWS : most;
    while (f->n_sample < most) {
        RM_TRY(rm_csv_peek(f->csv, f->n_sample, &row));
        if (!row)
            break;
        f->n_sample++;
    }
    return RIMER_OK;
}

static bool is_text(const finding *f, char *cell) {
    rm_time_format format = {.kind = RM_TIME_STAMPS};
    int64_t time;
    float value;
    return rm_cell_parse(f->style, cell, &value) == RM_CELL_TEXT &&
           !rm_time_read(&format, cell, &time);
}

static bool is_whole_number(const char *cell) {
    return *cell && cell[strspn(cell, "0123456789")] == '\0';
}

/* Whether the number in the first line is far from all that stands below it. */
static rimer_status stands_apart(const finding *f, int64_t column, float first, bool *apart) {
    double low = INFINITY, high = -(double)INFINITY;
    for (int64_t k = 1; k < f->n_sample; k++) {
        const rm_csv_row *row;
        float value;
        RM_TRY(rm_csv_peek(f->csv, k, &row));
        if (column >= row->n_cells ||
            rm_cell_parse(f->style, rm_csv_cell(f->csv, row, column), &value) != RM_CELL_NUMBER)
            continue;
        low = fmin(low, (double)value);
        high = fmax(high, (double)value);
    }
    double margin = CODE_MARGIN * (high - low);
    *apart = low <= high && ((double)first < low - margin || (double)first > high + margin);
    return RIMER_OK;
}

/* Sensors are often named by numbers. A line of whole numbers, each far from all values of its
 * column, is a line of such names. */
static rimer_status is_line_of_codes(const finding *f, bool *codes) {
    const rm_csv_row *row;
    *codes = false;
    RM_TRY(rm_csv_peek(f->csv, 0, &row));
    if (row->n_cells < CODES_LEAST || f->n_sample <= CODES_LEAST)
        return RIMER_OK;
    bool apart = true;
    for (int64_t c = 0; apart && c < f->columns->n_columns; c++) {
        float first;
        RM_TRY(rm_csv_peek(f->csv, 0, &row));
        char *cell = rm_csv_cell(f->csv, row, c);
        apart =
            is_whole_number(cell) && rm_cell_parse(f->style, cell, &first) == RM_CELL_NUMBER;
        if (apart)
            RM_TRY(stands_apart(f, c, first, &apart));
    }
    *codes = apart;
    return RIMER_OK;
}

/* A line of numbers, times and missing values holds data; any other text in it is a name. */
static rimer_status find_header(finding *f) {
    const rm_csv_row *row;
    bool text = false;
    RM_TRY(rm_csv_peek(f->csv, 0, &row));
    for (int64_t c = 0; c < row->n_cells && !text; c++)
        text = is_text(f, rm_csv_cell(f->csv, row, c));
    if (!text)
        RM_TRY(is_line_of_codes(f, &text));
    f->columns->has_header =
        f->options->header == RIMER_HEADER_AUTO ? text : f->options->header == RIMER_HEADER_YES;
    f->n_sample -= f->columns->has_header;
    if (f->n_sample == 0)
        RM_FAIL(DATA, "%s: a header but no row of data", rm_csv_shown(f->csv));
    return RIMER_OK;
}

static rimer_status take_names(finding *f) {
    rm_columns *columns = f->columns;
    const rm_csv_row *row;
    RM_TRY(rm_csv_peek(f->csv, 0, &row));
    RM_TRY(rm_array_new(&columns->names, columns->n_columns, sizeof(char *)));
    for (int64_t c = 0; c < columns->n_columns; c++) {
        char numbered[32];
        const char *name = columns->has_header ? rm_csv_cell(f->csv, row, c) : "";
        snprintf(numbered, sizeof numbered, "c%lld", (long long)c);
        RM_TRY(rm_string_copy(&columns->names[c], *name ? name : numbered));
    }
    return RIMER_OK;
}

static int by_name(const void *a, const void *b) {
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static rimer_status refuse_repeated_names(const finding *f) {
    const rm_columns *columns = f->columns;
    const char **sorted;
    RM_TRY(rm_array_new(&sorted, columns->n_columns, sizeof *sorted));
    memcpy(sorted, columns->names, (size_t)columns->n_columns * sizeof *sorted);
    qsort(sorted, (size_t)columns->n_columns, sizeof *sorted, by_name);
    const char *twice = NULL;
    for (int64_t c = 1; c < columns->n_columns && !twice; c++)
        if (strcmp(sorted[c - 1], sorted[c]) == 0)
            twice = sorted[c];
    free(sorted);
    if (twice)
        RM_FAIL(DATA, "%s:1: two columns are called \"%s\"; rename one, or use --header no",
                rm_csv_shown(f->csv), twice);
    return RIMER_OK;
}

static int64_t column_named(const rm_columns *columns, const char *name) {
    for (int64_t c = 0; c < columns->n_columns; c++)
        if (strcmp(columns->names[c], name) == 0)
            return c;
    return -1;
}

static rimer_status no_such_column(const finding *f, const char *name) {
    char list[RIMER_TEXT_SIZE] = "";
    size_t used = 0;
    for (int64_t c = 0; c < f->columns->n_columns && used < sizeof list; c++)
        used += (size_t)snprintf(list + used, sizeof list - used, "%s%s", c ? ", " : "",
                                 f->columns->names[c]);
    RM_FAIL(USAGE, "%s: there is no column \"%s\"; there are %s%s", rm_csv_shown(f->csv), name,
            list, used < sizeof list ? "" : "...");
}

/* Whether all sampled cells of a column are times of a kind. *ascending is told too, and the
 * first row that is none. */
static rimer_status holds_times(const finding *f, int64_t column, rm_time_kind kind,
                                bool *ascending, int64_t *n_read) {
    rm_time_format format = {.kind = kind};
    int64_t before = INT64_MIN, time;
    *ascending = true;
    for (*n_read = 0; *n_read < f->n_sample; ++*n_read) {
        const rm_csv_row *row;
        RM_TRY(sample_row(f, *n_read, &row));
        if (!rm_time_read(&format, rm_csv_cell(f->csv, row, column), &time))
            return RIMER_OK;
        *ascending = *ascending && time >= before;
        before = time;
    }
    return RIMER_OK;
}

static bool is_one_of(const char *name, const char *const *names) {
    while (*names && !rm_text_same_nocase(name, *names))
        names++;
    return *names != NULL;
}

static const char *const year_names[] = {"year", "yr", NULL};
static const char *const step_names[] = {"step",      "t",        "time",       "index",
                                         "timestamp", "timestep", "ds",         "date",
                                         "no",        "no.",      "unnamed: 0", NULL};

/* A column that begins with a time is meant as one: a later cell that is none is refused
 * when it is read. Integers may as well be values. Without a user who says so they are times
 * only if they ascend and look like 20240131, or stand under a name that means a time. */
static rimer_status judge_time_column(const finding *f, int64_t column, bool named_by_user,
                                      bool *is_time, int64_t *n_read) {
    rm_columns *columns = f->columns;
    const char *name = columns->has_header ? columns->names[column] : "";
    const rm_csv_row *row;
    bool ascending;
    *is_time = true;
    RM_TRY(sample_row(f, 0, &row));
    const char *first = rm_csv_cell(f->csv, row, column);
    bool digits_only = first[strspn(first, "0123456789")] == 0;
    columns->time_kind = RM_TIME_STAMPS;
    RM_TRY(holds_times(f, column, RM_TIME_STAMPS, &ascending, n_read));
    int64_t n_stamps = *n_read;
    if (n_stamps > 0 && !digits_only)
        return RIMER_OK;
    if (n_stamps == f->n_sample &&
        (named_by_user || ascending || f->options->sort == RIMER_YES))
        return RIMER_OK;
    columns->time_kind = RM_TIME_YEARS;
    RM_TRY(holds_times(f, column, RM_TIME_YEARS, &ascending, n_read));
    if (*n_read == f->n_sample && is_one_of(name, year_names))
        return RIMER_OK;
    columns->time_kind = RM_TIME_STEPS;
    RM_TRY(holds_times(f, column, RM_TIME_STEPS, &ascending, n_read));
    if (*n_read == f->n_sample && (named_by_user || (ascending && is_one_of(name, step_names))))
        return RIMER_OK;
    columns->time_kind = RM_TIME_STAMPS;
    *n_read = n_stamps > *n_read ? n_stamps : *n_read;
    *is_time = false;
    return RIMER_OK;
}

static rimer_status find_time(finding *f) {
    rm_columns *columns = f->columns;
    const char *wanted = f->options->time_col;
    int64_t column = *wanted ? column_named(columns, wanted) : 0, n_read;
    bool is_time;
    columns->time = -1;
    if (f->options->no_time == RIMER_YES)
        return RIMER_OK;
    if (column < 0)
        return no_such_column(f, wanted);
    RM_TRY(judge_time_column(f, column, *wanted != 0, &is_time, &n_read));
    if (is_time)
        columns->time = column;
    if (is_time || !*wanted)
        return RIMER_OK;
    const rm_csv_row *row;
    RM_TRY(sample_row(f, n_read, &row));
    RM_FAIL(DATA,
            "%s:%lld: column \"%s\": \"%s\" is not a time such as 2024-01-31 12:00, or one "
            "spelled like those before",
            rm_csv_shown(f->csv), (long long)row->line, wanted,
            rm_csv_cell(f->csv, row, column));
}

typedef enum content { CONTENT_NUMBERS, CONTENT_TEXT, CONTENT_NOTHING } content;

/* Text throughout the first rows is text; but a number with the other decimal mark is a mistake
 * to be told of, not a column to be left out. A column with neither name nor value is what a
 * delimiter at the end of each line makes. */
static rimer_status judge_content(const finding *f, int64_t column, content *what) {
    const rm_csv_row *row;
    bool text = false;
    float value;
    *what = CONTENT_NUMBERS;
    for (int64_t i = 0; i < f->n_sample; i++) {
        RM_TRY(sample_row(f, i, &row));
        char *cell = rm_csv_cell(f->csv, row, column);
        rm_cell kind = rm_cell_parse(f->style, cell, &value);
        if (kind == RM_CELL_NUMBER || kind == RM_CELL_INFINITE ||
            (kind == RM_CELL_TEXT && rm_number_has_other_mark(f->style, cell)))
            return RIMER_OK;
        text = text || kind == RM_CELL_TEXT;
    }
    *what = text ? CONTENT_TEXT : CONTENT_NUMBERS;
    if (text || !f->columns->has_header)
        return RIMER_OK;
    RM_TRY(rm_csv_peek(f->csv, 0, &row));
    if (!*rm_csv_cell(f->csv, row, column))
        *what = CONTENT_NOTHING;
    return RIMER_OK;
}

static void note_ignored(rm_columns *columns, int64_t column) {
    size_t used = strlen(columns->ignored), room = sizeof columns->ignored - used;
    if ((size_t)snprintf(columns->ignored + used, room, "%s%s", used ? ", " : "",
                         columns->names[column]) >= room)
        memcpy(columns->ignored + sizeof columns->ignored - 4, "...", 4);
}

static rimer_status take_all_channels(finding *f) {
    rm_columns *columns = f->columns;
    for (int64_t c = 0; c < columns->n_columns; c++) {
        content what = CONTENT_NUMBERS;
        if (c == columns->time)
            continue;
        RM_TRY(judge_content(f, c, &what));
        if (what == CONTENT_NUMBERS)
            columns->channels[columns->n_channels++] = c;
        else
            note_ignored(columns, c);
    }
    if (columns->n_channels == 0)
        RM_FAIL(DATA,
                "%s: no column of numbers beside the time (wrong --delimiter, or --decimal?)",
                rm_csv_shown(f->csv));
    return RIMER_OK;
}

static rimer_status take_channel(finding *f, const char *name) {
    rm_columns *columns = f->columns;
    int64_t column = column_named(columns, name);
    if (column < 0)
        return no_such_column(f, name);
    if (column == columns->time)
        RM_FAIL(USAGE, "channels: \"%s\" is the time column", name);
    for (int64_t i = 0; i < columns->n_channels; i++)
        if (columns->channels[i] == column)
            RM_FAIL(USAGE, "channels: \"%s\" is named twice", name);
    columns->channels[columns->n_channels++] = column;
    return RIMER_OK;
}

static rimer_status take_named_channels(finding *f) {
    char list[RIMER_TEXT_SIZE];
    strcpy(list, f->options->channels);
    for (char *name = list, *comma; name; name = comma ? comma + 1 : NULL) {
        comma = strchr(name, ',');
        if (comma)
            *comma = 0;
        name += strspn(name, " ");
        size_t size = strlen(name);
        while (size > 0 && name[size - 1] == ' ')
            name[--size] = 0;
        RM_TRY(take_channel(f, name));
    }
    return RIMER_OK;
}

static rimer_status find_all(finding *f) {
    RM_TRY(take_sample(f));
    RM_TRY(find_header(f));
    RM_TRY(take_names(f));
    RM_TRY(refuse_repeated_names(f));
    RM_TRY(find_time(f));
    RM_TRY(rm_array_new(&f->columns->channels, f->columns->n_columns,
                        sizeof *f->columns->channels));
    RM_TRY(f->options->channels[0] ? take_named_channels(f) : take_all_channels(f));
    if (f->columns->has_header)
        rm_csv_drop(f->csv);
    return RIMER_OK;
}

rimer_status rm_columns_find(rm_columns *columns, rm_csv *csv,
                             const rimer_read_options *options, const rm_cell_style *style) {
    *columns = (rm_columns){0};
    finding f = {.columns = columns, .csv = csv, .options = options, .style = style};
    rimer_status status = find_all(&f);
    if (status)
        rm_columns_free(columns);
    return status;
}

void rm_columns_free(rm_columns *columns) {
    for (int64_t c = 0; columns->names && c < columns->n_columns; c++)
        free(columns->names[c]);
    free(columns->names);
    free(columns->channels);
    *columns = (rm_columns){0};
}

rimer_status rm_columns_bad_cell(const rm_columns *columns, const rm_csv *csv,
                                 const rm_cell_style *style, const rm_csv_row *row,
                                 int64_t column, rm_cell kind) {
    char *text = rm_csv_cell(csv, row, column);
    const char *shown = rm_csv_shown(csv), *name = columns->names[column];
    long long line = (long long)row->line;
    if (kind == RM_CELL_INFINITE)
        RM_FAIL(DATA,
                "%s:%lld: column \"%s\": \"%.80s\" is not finite as a 32-bit float (use --na "
                "if it means a missing value)",
                shown, line, name, text);
    if (rm_number_has_other_mark(style, text))
        RM_FAIL(DATA,
                "%s:%lld: column \"%s\": \"%.80s\" is not a number (decimal %s? use "
                "--decimal %s)",
                shown, line, name, text, style->decimal == '.' ? "comma" : "point",
                style->decimal == '.' ? "," : ".");
    RM_FAIL(DATA,
            "%s:%lld: column \"%s\": \"%.80s\" is not a number (use --na if it means a "
            "missing value, or --channels to leave the column out)",
            shown, line, name, text);
}
