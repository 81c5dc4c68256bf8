#include "data/columns.h"

#include "base/array.h"
#include "base/labels.h"
#include "data/no_steps.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ------------------------------------------------------------------------------- names */

static rimer_status take_names(rm_columns *columns, const rm_sample *sample) {
    columns->has_header = sample->header > 0;
    columns->n_columns = rm_csv_held(sample->csv, 0)->n_cells;
    RM_TRY(rm_array_new(&columns->names, columns->n_columns, sizeof(char *)));
    RM_TRY(rm_array_new(&columns->nameless, columns->n_columns, sizeof *columns->nameless));
    RM_TRY(rm_array_new(&columns->channels, columns->n_columns, sizeof *columns->channels));
    RM_TRY(rm_array_new(&columns->dresses, columns->n_columns, sizeof *columns->dresses));
    for (int64_t c = 0; c < columns->n_columns; c++) {
        char numbered[32];
        const char *name =
            columns->has_header ? rm_csv_cell(sample->csv, rm_csv_held(sample->csv, 0), c) : "";
        snprintf(numbered, sizeof numbered, "c%lld", (long long)c);
        columns->nameless[c] = columns->has_header && !*name;
        RM_TRY(rm_string_copy(&columns->names[c], *name ? name : numbered));
    }
    return RIMER_OK;
}

static rimer_status refuse_repeated_names(const rm_columns *columns, const rm_sample *sample) {
    const char *twice;
    RM_TRY(rm_labels_repeated(columns->names, columns->n_columns, &twice));
    if (twice)
        RM_FAIL(DATA,
                "%s:%lld: two columns are called \"%.80s\"; rename one, or use --header no, or "
                "--skip if the names stand below",
                rm_csv_shown(sample->csv), (long long)rm_csv_held(sample->csv, 0)->line, twice);
    return RIMER_OK;
}

int64_t rm_columns_named(const rm_columns *columns, const char *name) {
    for (int64_t c = 0; c < columns->n_columns; c++)
        if (strcmp(columns->names[c], name) == 0)
            return c;
    return -1;
}

rimer_status rm_columns_none_named(const rm_columns *columns, const char *shown,
                                   const char *name) {
    char list[160] = "";
    size_t used = 0;
    for (int64_t c = 0; c < columns->n_columns && used < sizeof list; c++)
        used += (size_t)snprintf(list + used, sizeof list - used, "%s%s", c ? ", " : "",
                                 columns->names[c]);
    RM_FAIL(USAGE, "%s: there is no column \"%.80s\"; there are %s%s", shown, name, list,
            used < sizeof list ? "" : "...");
}

bool rm_column_counts(const rm_columns *columns, int64_t column) {
    static const char *const names[] = {"step",      "t",        "time",      "index",
                                        "timestamp", "timestep", "ds",        "date",
                                        "no",        "no.",      "unnamed: 0"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (rm_text_same_nocase(columns->names[column], names[i]))
            return columns->has_header;
    return column == 0 && columns->nameless[column];
}

/* ---------------------------------------------------------------------------- channels */

typedef struct choosing {
    rm_columns *columns;
    const rm_sample *sample;
    const rm_cell_style *style;
} choosing;

typedef enum content { CONTENT_NUMBERS, CONTENT_TEXT, CONTENT_NOTHING } content;

typedef enum dressing { DRESS_NONE, DRESS_FOUND, DRESS_IN_DOUBT } dressing;

/* Adds what one cell shows to what those before it showed; false: they are not alike. */
static bool add_dress(rm_dress *dress, const rm_dress *seen, bool is_first) {
    if (is_first) {
        *dress = *seen;
        return true;
    }
    bool same_mark = !dress->mark || !seen->mark || dress->mark == seen->mark;
    dress->mark = dress->mark ? dress->mark : seen->mark;
    return same_mark && rm_dress_same_affixes(dress, seen);
}

/* What stands around the numbers of a column, the same in all of its cells. In doubt is a mark between
 * thousands that could be a decimal one. */
static dressing find_dress(const choosing *f, int64_t column, rm_dress *dress) {
    bool sure = f->style->is_said, bare = false, other = false;
    int64_t n = 0;
    for (int64_t k = 0; k < f->sample->n; k++) {
        char *cell = rm_sample_cell(f->sample, k, column);
        float value;
        rm_dressed seen;
        rm_cell kind = rm_cell_parse(f->style, cell, &value);
        if (kind == RM_CELL_MISSING || kind == RM_CELL_INFINITE)
            continue;
        if (kind == RM_CELL_NUMBER) {
            bare = bare || value != 0;
            continue;
        }
        if (!rm_dress_read(cell, f->style->decimal, &seen)) {
            if (!rm_dress_read(cell, f->style->decimal == '.' ? ',' : '.', &seen))
                return DRESS_NONE;
            other = true;
        } else if (!add_dress(dress, &seen.dress, n++ == 0))
            return DRESS_NONE;
        sure = sure || seen.is_sure;
    }
    if (bare && rm_dress_has_affix(dress))
        return DRESS_NONE;
    if (other || (dress->mark && !sure))
        return DRESS_IN_DOUBT;
    return n > 0 ? DRESS_FOUND : DRESS_NONE;
}

/* Without it numbers in such a dress are refused when they are read, with what to do. */
static void dress_channel(const choosing *f, int64_t column) {
    rm_dress dress = {0};
    if (find_dress(f, column, &dress) == DRESS_FOUND)
        f->columns->dresses[column] = dress;
}

/* Text throughout the first rows is text; but a number with the other decimal mark is a mistake
 * to be told of, not a column to be left out. A column with neither name nor value is what a
 * delimiter at the end of each line makes. */
static content content_of(const choosing *f, int64_t column) {
    bool text = false;
    float value;
    for (int64_t k = 0; k < f->sample->n; k++) {
        char *cell = rm_sample_cell(f->sample, k, column);
        rm_cell kind = rm_cell_parse(f->style, cell, &value);
        if (kind == RM_CELL_NUMBER || kind == RM_CELL_INFINITE ||
            (kind == RM_CELL_TEXT && rm_number_has_other_mark(f->style, cell)))
            return CONTENT_NUMBERS;
        text = text || kind == RM_CELL_TEXT;
    }
    rm_dress dress = {0};
    if (text)
        return find_dress(f, column, &dress) == DRESS_NONE ? CONTENT_TEXT : CONTENT_NUMBERS;
    return f->columns->nameless[column] ? CONTENT_NOTHING : CONTENT_NUMBERS;
}

/* Numbers of rows, of all or of each series, beside times that are told elsewhere. */
static bool numbers_rows(const choosing *f, int64_t column) {
    int64_t before = 0, time;
    rm_time_format steps = {.kind = RM_TIME_STEPS};
    const char *name = f->columns->names[column];
    bool counts = rm_column_counts(f->columns, column) || rm_text_same_nocase(name, "id") ||
                  rm_text_same_nocase(name, "row");
    if (f->columns->n_time == 0 || f->sample->n < 2 || !counts)
        return false;
    for (int64_t k = 0; k < f->sample->n; before = time, k++)
        if (!rm_time_read(&steps, rm_sample_cell(f->sample, k, column), &time) ||
            (k > 0 && time != before + 1 && time != 0))
            return false;
    return true;
}

static void note_ignored(rm_columns *columns, int64_t column) {
    size_t used = strlen(columns->ignored), room = sizeof columns->ignored - used;
    if ((size_t)snprintf(columns->ignored + used, room, "%s%s", used ? ", " : "",
                         columns->names[column]) >= room)
        memcpy(columns->ignored + sizeof columns->ignored - 4, "...", 4);
}

static bool is_taken(const rm_columns *columns, int64_t column) {
    bool taken = column == columns->id;
    for (int64_t i = 0; i < columns->n_time; i++)
        taken = taken || column == columns->time[i];
    return taken;
}

static void take_column(const choosing *f, int64_t column) {
    f->columns->channels[f->columns->n_channels++] = column;
    dress_channel(f, column);
}

/* What stands in the last column, which is a value in most tables, tells why. */
static rimer_status no_channel(const choosing *f) {
    int64_t last = f->columns->n_columns - 1;
    const char *cell =
        f->sample->n && !is_taken(f->columns, last) ? rm_sample_cell(f->sample, 0, last) : "";
    if (f->columns->n_columns == 1 && strchr(cell, ' '))
        RM_FAIL(
            DATA,
            "%s: no column of numbers: all of a row is one cell, the first \"%.80s\" (columns "
            "that blanks keep apart need a delimiter: tr -s ' ' ,)",
            rm_csv_shown(f->sample->csv), cell);
    if (*cell)
        RM_FAIL(
            DATA,
            "%s: no column of numbers beside the time; \"%.80s\" begins with \"%.80s\" "
            "(wrong --delimiter, or --decimal? lines to --skip? A unit must be the same in all "
            "cells, and thousands stand in groups of three digits)",
            rm_csv_shown(f->sample->csv), f->columns->names[last], cell);
    RM_FAIL(
        DATA,
        "%s: no column of numbers beside the time (wrong --delimiter, or --decimal? lines to "
        "--skip?)",
        rm_csv_shown(f->sample->csv));
}

static rimer_status take_all_channels(choosing *f) {
    rm_columns *columns = f->columns;
    for (int64_t c = 0; c < columns->n_columns; c++) {
        if (is_taken(columns, c))
            continue;
        if (content_of(f, c) == CONTENT_NUMBERS && !numbers_rows(f, c))
            take_column(f, c);
        else
            note_ignored(columns, c);
    }
    return columns->n_channels == 0 ? no_channel(f) : RIMER_OK;
}

static rimer_status take_channel(void *user, const char *name) {
    choosing *f = user;
    rm_columns *columns = f->columns;
    int64_t column = rm_columns_named(columns, name);
    if (column < 0)
        return rm_columns_none_named(columns, rm_csv_shown(f->sample->csv), name);
    if (is_taken(columns, column))
        RM_FAIL(USAGE, "channels: \"%.80s\" is the %s column", name,
                column == columns->id ? "series'" : "time");
    for (int64_t i = 0; i < columns->n_channels; i++)
        if (columns->channels[i] == column)
            RM_FAIL(USAGE, "channels: \"%.80s\" is named twice", name);
    take_column(f, column);
    return RIMER_OK;
}

/* Long tables have a column that names the series of each row. */
static rimer_status find_id(rm_columns *columns, const rm_sample *sample,
                            const rimer_read_options *options) {
    columns->id = -1;
    if (options->layout == RIMER_LAYOUT_WIDE)
        return RIMER_OK;
    if (options->id_col[0]) {
        columns->id = rm_columns_named(columns, options->id_col);
        return columns->id < 0
                   ? rm_columns_none_named(columns, rm_csv_shown(sample->csv), options->id_col)
                   : RIMER_OK;
    }
    for (int64_t c = 0; columns->id < 0 && c < columns->n_columns; c++)
        if (rm_text_same_nocase(columns->names[c], "unique_id"))
            columns->id = c;
    if (columns->id < 0 && options->layout == RIMER_LAYOUT_LONG)
        RM_FAIL(
            USAGE,
            "%s: there is no column unique_id; name the column with the names of the series "
            "(--id-col)",
            rm_csv_shown(sample->csv));
    return RIMER_OK;
}

static rimer_status name_all(rm_columns *columns, const rm_sample *sample,
                             const rimer_read_options *options) {
    RM_TRY(take_names(columns, sample));
    RM_TRY(refuse_repeated_names(columns, sample));
    return find_id(columns, sample, options);
}

rimer_status rm_columns_name(rm_columns *columns, const rm_sample *sample,
                             const rimer_read_options *options) {
    *columns = (rm_columns){0};
    rimer_status status = name_all(columns, sample, options);
    if (status)
        rm_columns_free(columns);
    return status;
}

static rimer_status find_all(choosing *f, const rimer_read_options *options) {
    RM_TRY(rm_time_columns_find(f->columns, f->sample, options));
    return options->channels[0] ? rm_labels_each(options->channels, take_channel, f)
                                : take_all_channels(f);
}

rimer_status rm_columns_find(rm_columns *columns, const rm_sample *sample,
                             const rimer_read_options *options, const rm_cell_style *style) {
    choosing f = {columns, sample, style};
    RM_TRY(rm_columns_name(columns, sample, options));
    rimer_status status = find_all(&f, options);
    if (status)
        rm_columns_free(columns);
    return status;
}

/* ----------------------------------------------------------------------------- one row */

static bool is_known(const rm_known_channels *known, const char *name) {
    for (int64_t i = 0; i < known->n; i++)
        if (strcmp(known->names[i], name) == 0)
            return true;
    return false;
}

static bool has_known(const choosing *f, const rm_known_channels *known) {
    for (int64_t c = 0; c < f->columns->n_columns; c++)
        if (!is_taken(f->columns, c) && is_known(known, f->columns->names[c]))
            return true;
    return false;
}

/* What stands in the cells of one row must not decide what is a channel. */
static rimer_status take_channels_of_row(choosing *f, const rm_known_channels *known) {
    rm_columns *columns = f->columns;
    bool by_name = has_known(f, known);
    for (int64_t c = 0; c < columns->n_columns; c++) {
        bool nothing = columns->nameless[c] && !*rm_sample_cell(f->sample, 0, c);
        if (is_taken(columns, c) || nothing)
            continue;
        if (!by_name || is_known(known, columns->names[c]))
            take_column(f, c);
        else
            note_ignored(columns, c);
    }
    columns->none_tells = columns->n_channels == 0;
    return columns->none_tells ? no_channel(f) : RIMER_OK;
}

/* A first column that should be the time but is not spelled like one: other rows may be. */
static rimer_status refuse_no_time(const choosing *f, const rimer_read_options *options,
                                   const rm_known_channels *known) {
    const rm_columns *columns = f->columns;
    bool named = options->channels[0] || has_known(f, known);
    bool is_channel = columns->n_channels > 0 && columns->channels[0] == 0;
    float value;
    if (columns->n_time > 0 || options->no_time == RIMER_YES || (named && is_channel))
        return RIMER_OK;
    char *cell = rm_sample_cell(f->sample, 0, 0);
    rm_cell kind = rm_cell_parse(f->style, cell, &value);
    if ((kind == RM_CELL_TEXT && !rm_number_has_other_mark(f->style, cell)) ||
        (kind == RM_CELL_MISSING && !is_channel))
        RM_FAIL(DATA,
                "%s:%lld: column \"%.80s\": \"%.80s\" is not a time (--no-time does without)",
                rm_csv_shown(f->sample->csv), (long long)rm_csv_held(f->sample->csv, 0)->line,
                columns->names[0], cell);
    return RIMER_OK;
}

rimer_status rm_columns_tell(rm_columns *columns, const rm_sample *row,
                             const rimer_read_options *options, const rm_cell_style *style,
                             const rm_known_channels *known) {
    choosing f = {columns, row, style};
    columns->n_channels = 0;
    columns->ignored[0] = '\0';
    columns->none_tells = false;
    RM_TRY(rm_time_columns_find(columns, row, options));
    RM_TRY(options->channels[0] ? rm_labels_each(options->channels, take_channel, &f)
                                : take_channels_of_row(&f, known));
    return refuse_no_time(&f, options, known);
}

void rm_columns_free(rm_columns *columns) {
    for (int64_t c = 0; columns->names && c < columns->n_columns; c++)
        free(columns->names[c]);
    free(columns->names);
    free(columns->nameless);
    free(columns->channels);
    free(columns->dresses);
    *columns = (rm_columns){0};
}

/* What to do about a number that is spelled in a way that its column is not. */
typedef struct advice {
    bool other_mark; /* it has the other decimal mark */
    bool thousands;  /* or marks between thousands */
    bool affixes; /* or another unit than the numbers before it, or one where they have none */
} advice;

static advice advise(const rm_dress *dress, const rm_cell_style *style, const char *text) {
    rm_dressed seen = {0}, other;
    double number;
    bool bare = rm_number_parse(text, style->decimal, &number) == RM_CELL_NUMBER;
    bool reads = bare || rm_dress_read(text, style->decimal, &seen);
    return (advice){
        .other_mark = !bare && rm_dress_read(text, style->decimal == '.' ? ',' : '.', &other) &&
                      !seen.is_sure && (!reads || seen.dress.mark),
        .thousands = seen.dress.mark != 0,
        .affixes = reads && !rm_dress_same_affixes(&seen.dress, dress)};
}

rimer_status rm_columns_bad_cell(const rm_columns *columns, const rm_csv *csv,
                                 const rm_cell_style *style, const rm_csv_row *row,
                                 int64_t column, rm_cell kind) {
    char *text = rm_csv_cell(csv, row, column);
    const rm_dress *dress = &columns->dresses[column];
    advice what = advise(dress, style, text);
    char where[512], other = style->decimal == '.' ? ',' : '.';
    snprintf(where, sizeof where, "%.300s:%lld: column \"%.80s\": \"%.80s\"", rm_csv_shown(csv),
             (long long)row->line, columns->names[column], text);
    if (kind == RM_CELL_INFINITE)
        RM_FAIL(DATA,
                "%s is not finite as a 32-bit float (use --na if it means a missing value)",
                where);
    if (what.other_mark)
        RM_FAIL(DATA, "%s is not a number (decimal %s? use --decimal %c%s%s)", where,
                other == ',' ? "comma" : "point", other,
                other == ',' && rm_csv_delimiter(csv) == ',' ? " with --delimiter ," : "",
                !what.thousands ? ""
                : other == ','  ? "; thousands? use --decimal ."
                                : "; thousands? use --decimal ,");
    if (what.affixes)
        RM_FAIL(DATA,
                "%s is not a number like those before it%s%s%s (a unit must be the same in all "
                "cells; --channels leaves the column out)",
                where, rm_dress_has_affix(dress) ? ", which have " : "", dress->before,
                dress->behind);
    if (rm_text_is_total(text))
        RM_FAIL(DATA, "%s is not a number (take rows out that are no steps, such as a total)",
                where);
    RM_FAIL(DATA,
            "%s is not a number (use --na if it means a missing value, or --channels to leave "
            "the column out)",
            where);
}

rimer_status rm_columns_time_text(const rm_columns *columns, const rm_csv *csv,
                                  const rm_csv_row *row, rm_joined_time *room,
                                  const char **text) {
    int64_t size = 0;
    if (columns->n_time == 1) {
        *text = rm_csv_cell(csv, row, columns->time[0]);
        return RIMER_OK;
    }
    for (int64_t i = 0; i < columns->n_time; i++) {
        const char *cell = rm_csv_cell(csv, row, columns->time[i]);
        int64_t more = (int64_t)strlen(cell);
        RM_TRY(rm_array_grow(&room->text, &room->capacity, size + more + 1, 1));
        memcpy(room->text + size, cell, (size_t)more);
        size += more;
        room->text[size++] = RM_TIME_COLUMN_MARK;
    }
    room->text[size - 1] = 0;
    *text = room->text;
    return RIMER_OK;
}

rimer_status rm_columns_bad_time(const rm_columns *columns, const rm_csv *csv,
                                 const rm_csv_row *row, const char *text, const char *hint) {
    char shown[96];
    size_t n = strlen(text) < sizeof shown ? strlen(text) : sizeof shown - 1;
    for (size_t i = 0; i < n; i++)
        shown[i] = text[i] == RM_TIME_COLUMN_MARK ? ' ' : text[i];
    shown[n] = 0;
    if (!*hint && !strpbrk(text, "0123456789"))
        hint = "; take rows out that are no steps, such as a total";
    RM_FAIL(
        DATA,
        "%s:%lld: column \"%.80s\": \"%s\" is not a time, or not spelled like those before%s",
        rm_csv_shown(csv), (long long)row->line, columns->names[columns->time[0]], shown, hint);
}
