/* Which columns of a table make up the time, and how they spell it. */
#include "data/time_finding.h"

#include "base/array.h"
#include "base/decimal.h"
#include "base/labels.h"
#include "data/time_parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LIKELY_SINCE INT64_C(100000000000000) /* 1973, in microseconds */

/* --------------------------------------------------------------------- several columns */

static rimer_status pattern_of_dates(const rm_time_finding *f, int64_t column,
                                     rm_time_format *format, bool *found) {
    bool ascending;
    rm_time_format iso = rm_finding_stamps(f);
    int64_t n = rm_finding_count(f, column, &iso, &ascending);
    *found = false;
    *format = rm_finding_stamps(f);
    if (n < f->sample->n)
        RM_TRY(rm_finding_pattern(f, column, format, found));
    if (n == f->sample->n || (n > 0 && !*found)) {
        *format = iso;
        *found = true;
    }
    return RIMER_OK;
}

static rimer_status pattern_of_part(const rm_time_finding *f, int64_t column,
                                    char pattern[RM_TIME_PATTERN_SIZE]) {
    rm_time_format dates;
    bool found;
    const char *part = rm_time_part_of_name(f->columns, f->sample, column);
    if (!part)
        part = rm_time_clock_of(f->sample, f->options, column);
    if (part) {
        snprintf(pattern, RM_TIME_PATTERN_SIZE, "%s", part);
        return RIMER_OK;
    }
    RM_TRY(pattern_of_dates(f, column, &dates, &found));
    if (!found)
        return rm_finding_bad_time(f, column, 0);
    rm_time_pattern_text(&dates, pattern);
    return RIMER_OK;
}

static rimer_status join_patterns(rm_time_finding *f, char pattern[RM_TIME_PATTERN_SIZE]) {
    size_t used = 0;
    for (int64_t i = 0; i < f->columns->n_time; i++) {
        char part[RM_TIME_PATTERN_SIZE];
        RM_TRY(pattern_of_part(f, f->columns->time[i], part));
        size_t size = strlen(part);
        if (used + size + 2 > RM_TIME_PATTERN_SIZE)
            RM_FAIL(USAGE, "time_col \"%s\": too much for one time", f->options->time_col);
        if (i)
            pattern[used++] = RM_TIME_COLUMN_MARK;
        memcpy(pattern + used, part, size + 1);
        used += size;
    }
    return RIMER_OK;
}

/* "%d/%m/%Y,%H:%M": a part for each column. */
static rimer_status split_given(rm_time_finding *f, char pattern[RM_TIME_PATTERN_SIZE]) {
    int64_t n = 1;
    if (strlen(f->options->time_format) >= RM_TIME_PATTERN_SIZE)
        RM_FAIL(USAGE, "time_format \"%s\" is too long", f->options->time_format);
    strcpy(pattern, f->options->time_format);
    for (char *comma; (comma = strchr(pattern, ',')); n++)
        *comma = RM_TIME_COLUMN_MARK;
    if (n != f->columns->n_time)
        RM_FAIL(USAGE,
                "time_format \"%s\" has parts: %lld, for columns: %lld; write one for each, "
                "separated "
                "by commas",
                f->options->time_format, (long long)n, (long long)f->columns->n_time);
    return RIMER_OK;
}

static rimer_status take_several(rm_time_finding *f) {
    char pattern[RM_TIME_PATTERN_SIZE];
    f->columns->format = rm_finding_stamps(f);
    RM_TRY(f->options->time_format[0] ? split_given(f, pattern) : join_patterns(f, pattern));
    return rm_time_pattern_set(&f->columns->format, pattern);
}

static rimer_status add_time_column(void *user, const char *name) {
    rm_time_finding *f = user;
    rm_columns *columns = f->columns;
    int64_t column = rm_columns_named(columns, name);
    if (column < 0)
        return rm_columns_none_named(columns, f->shown, name);
    if (columns->n_time == RM_TIME_COLUMNS_MAX)
        RM_FAIL(USAGE, "time_col \"%s\": more than %d columns", f->options->time_col,
                RM_TIME_COLUMNS_MAX);
    for (int64_t i = 0; i < columns->n_time; i++)
        if (columns->time[i] == column)
            RM_FAIL(USAGE, "time_col: \"%.80s\" is named twice", name);
    columns->time[columns->n_time++] = column;
    return RIMER_OK;
}

/* ------------------------------------------------------------------------------ choice */

static int64_t named_nocase(const rm_columns *columns, const char *name) {
    for (int64_t c = 0; c < columns->n_columns; c++)
        if (rm_text_same_nocase(columns->names[c], name))
            return c;
    return -1;
}

/* Takes the column of a part, if there is one. */
static bool take_part(rm_time_finding *f, rm_part_column part) {
    int64_t column = rm_time_part_column(f->columns, f->sample, part);
    if (column >= 0)
        f->columns->time[f->columns->n_time++] = column;
    return column >= 0;
}

/* Columns called year and month, and what follows them, if they hold such numbers; or the year and
 * its quarter, week or day. */
static bool find_parts(rm_time_finding *f) {
    rm_columns *columns = f->columns;
    if (!columns->has_header || !take_part(f, RM_COLUMN_YEAR))
        return false;
    bool day = take_part(f, RM_COLUMN_MONTH)
                   ? take_part(f, RM_COLUMN_DAY)
                   : take_part(f, RM_COLUMN_DAY_OF_YEAR) ||
                         (!take_part(f, RM_COLUMN_QUARTER) && !take_part(f, RM_COLUMN_WEEK) &&
                          take_part(f, RM_COLUMN_DAY));
    if (day && take_part(f, RM_COLUMN_HOUR) && take_part(f, RM_COLUMN_MINUTE))
        (void)take_part(f, RM_COLUMN_SECOND);
    if (columns->n_time >= 2)
        return true;
    columns->n_time = 0;
    return false;
}

/* As instruments and spreadsheets call it in some languages. */
static bool is_named_as_clock(const char *name) {
    static const char *const names[] = {
        "time", "hour", "hr",   "he",      "hour ending", "hour_ending", "hourending",
        "from", "von",  "zeit", "uhrzeit", "stunde",      "heure",       "hora",
        "ora",  "tijd", "uur",  "start",   "start time",  "zeit von",    "uhrzeit von"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (rm_text_same_nocase(name, names[i]))
            return true;
    return false;
}

static bool is_clock(const rm_time_finding *f, int64_t column) {
    return column >= 0 && column < f->columns->n_columns &&
           is_named_as_clock(f->columns->names[column]) &&
           (rm_time_part_of_name(f->columns, f->sample, column) ||
            rm_time_clock_of(f->sample, f->options, column));
}

/* The clock of a date, in the column behind it or before it; -1: none. */
static int64_t clock_beside(const rm_time_finding *f) {
    const rm_columns *columns = f->columns;
    int64_t date = columns->time[0], beside = is_clock(f, date + 1) ? date + 1 : date - 1;
    rm_time_format format = columns->format;
    bool ascending;
    if (!columns->has_header || f->options->time_format[0] || format.kind != RM_TIME_STAMPS ||
        !is_clock(f, beside))
        return -1;
    if (!format.pattern[0])
        rm_finding_count(f, date, &format, &ascending);
    char pattern[RM_TIME_PATTERN_SIZE];
    rm_time_pattern_text(&format, pattern);
    return strstr(pattern, "H") || strstr(pattern, "I") || rm_time_counts_from_1970(pattern)
               ? -1
               : beside;
}

/* Under such a name a text that is no time is a mistake, not a column to be left out. */
static bool is_meant_as_time(const rm_time_finding *f, int64_t column) {
    double number;
    return rm_finding_named_as_time(f, column) &&
           rm_number_parse(rm_finding_cell(f, 0, column), '.', &number) == RM_CELL_TEXT;
}

/* How much a column that begins with some time since 1970 looks like a time, which most numbers
 * could be: rows follow each other, unless they are yet to be sorted, and most are of the last
 * decades. */
static int likeness_since_1970(const rm_time_finding *f, int64_t column, rm_time_format format,
                               int64_t first) {
    bool ascending;
    bool all = rm_finding_count(f, column, &format, &ascending) == f->sample->n;
    return 2 * (all && (ascending || f->options->sort == RIMER_YES)) + (first >= LIKELY_SINCE);
}

/* The first column that begins with a time of the format that the user gave, of times since 1970
 * the likeliest, or one of such times in another unit; -1: none. */
static int64_t first_of_format(const rm_time_finding *f) {
    rm_time_format format = rm_finding_stamps(f);
    int64_t time, found = -1, mistaken = -1;
    int most = 0;
    if (!f->options->time_format[0] ||
        rm_time_pattern_set(&format, f->options->time_format) != RIMER_OK)
        return -1;
    for (int64_t c = 0; c < f->columns->n_columns; c++) {
        if (!rm_time_read(&format, rm_finding_cell(f, 0, c), &time)) {
            if (rm_finding_named_as_time(f, c) &&
                *rm_time_finer_hint(format.pattern, rm_finding_cell(f, 0, c)))
                mistaken = c;
            continue;
        }
        if (!rm_time_counts_from_1970(format.pattern))
            return c;
        int likeness = likeness_since_1970(f, c, format, time);
        if (likeness > most) {
            most = likeness;
            found = c;
        }
    }
    return mistaken >= 0 && most % 2 == 0 ? mistaken : found;
}

/* The column that begins with a time of the format that the user gave, else the usual one. */
static int64_t first_column(const rm_time_finding *f) {
    const rm_columns *columns = f->columns;
    int64_t given = first_of_format(f),
            ds = columns->id >= 0 ? named_nocase(columns, "ds") : -1;
    if (given >= 0)
        return given;
    return ds >= 0 ? ds : columns->id == 0 ? 1 : 0;
}

/* Times beside a column that counts the rows. */
static rimer_status take_next(rm_time_finding *f, int64_t first) {
    rm_columns before = *f->columns;
    if (first + 1 == f->columns->n_columns || !rm_column_counts(f->columns, first))
        return RIMER_OK;
    f->columns->n_time = 0;
    RM_TRY(rm_finding_take(f, first + 1, false));
    if (f->columns->n_time == 0 || f->columns->format.kind != RM_TIME_STAMPS)
        *f->columns = before;
    return RIMER_OK;
}

static rimer_status take_clock_beside(rm_time_finding *f) {
    int64_t clock = clock_beside(f);
    if (clock < 0)
        return RIMER_OK;
    f->columns->time[f->columns->n_time++] = clock;
    return take_several(f);
}

/* Whether each cell of a column is a time, be it unclear in which order day and month stand. */
static bool holds_times(const rm_time_finding *f, int64_t column, rm_time_format *format) {
    const char **texts, *first = rm_finding_cell(f, 0, column);
    bool ascending;
    *format = rm_finding_stamps(f);
    if (rm_decimal_is_digits(first))
        return false;
    if (rm_finding_count(f, column, format, &ascending) == f->sample->n)
        return true;
    *format = rm_finding_stamps(f);
    if (rm_array_new(&texts, f->sample->n, sizeof *texts) != RIMER_OK)
        return false;
    for (int64_t k = 0; k < f->sample->n; k++)
        texts[k] = rm_finding_cell(f, k, column);
    int found = rm_time_pattern_find(texts, f->sample->n, format, NULL);
    free(texts);
    return found > 0;
}

/* Whether a column of times is not one time throughout, and whether all are later, or all earlier,
 * than the one before. */
static bool times_move(const rm_time_finding *f, int64_t column, rm_time_format *format,
                       bool *in_turn) {
    int64_t before = 0, time = 0;
    bool falls = false, moves = f->sample->n == 1;
    *in_turn = true;
    for (int64_t k = 0; k < f->sample->n; k++, before = time) {
        (void)rm_time_read(format, rm_finding_cell(f, k, column), &time);
        falls = k == 1 ? time < before : falls;
        moves = moves || (k > 0 && time != before);
        *in_turn = *in_turn && (k == 0 || (falls ? time < before : time > before));
    }
    return moves;
}

static bool are_dates_without_order(const rm_time_finding *f, int64_t column) {
    for (int64_t k = 0; k < f->sample->n; k++)
        if (!rm_time_is_date_without_order(rm_finding_cell(f, k, column)))
            return false;
    return rm_column_has_word_of_date(f->columns, column);
}

/* Numbers that are no values under such a name, and no times that can be read: since 1970, but too
 * fine, or the days of a spreadsheet, and other dates in decimals. A time in decimals may be one. */
static bool is_unreadable(const rm_time_finding *f, int64_t column) {
    const char *text = rm_finding_cell(f, 0, column), *name = f->columns->names[column];
    bool may_be_value = rm_text_same_nocase(name, "time") || rm_text_same_nocase(name, "_time");
    double number;
    if (are_dates_without_order(f, column))
        return true;
    if (!rm_finding_named_as_time(f, column))
        return rm_time_is_day_of_spreadsheet(text);
    return rm_time_is_since_1970(text) ||
           (!may_be_value && strpbrk(text, ".,") &&
            rm_number_parse(text, strchr(text, ',') ? ',' : '.', &number) == RM_CELL_NUMBER);
}

/* A year in each row, each later than the one before, where nothing else is a time. */
static void take_year(rm_time_finding *f) {
    int64_t column = rm_time_part_column(f->columns, f->sample, RM_COLUMN_YEAR);
    rm_time_format format = {.kind = RM_TIME_YEARS};
    bool ascending, in_turn;
    if (column < 0 || rm_finding_count(f, column, &format, &ascending) < f->sample->n)
        return;
    times_move(f, column, &format, &in_turn);
    if (ascending && (in_turn || f->columns->id >= 0))
        rm_finding_set(f, column, &format);
}

/* Numbers that are times in another column than the first. Those that
 * cannot be read are a mistake, too. */
static rimer_status take_numbers(rm_time_finding *f) {
    const rm_columns *columns = f->columns;
    rm_time_format format;
    int64_t n_read = 0;
    if (columns->n_time > 0 && columns->format.kind != RM_TIME_STEPS)
        return RIMER_OK;
    for (int64_t c = 0; c < columns->n_columns; c++) {
        if (c == columns->id || !rm_finding_has_word(f, c))
            continue;
        if (rm_finding_numbers(f, c, false, &n_read, &format)) {
            rm_finding_set(f, c, &format);
            return take_clock_beside(f);
        }
        if (is_unreadable(f, c))
            return rm_finding_bad_time(f, c, 0);
    }
    if (columns->n_time == 0)
        take_year(f);
    return RIMER_OK;
}

/* Where nothing is a time, a text under such a name is one that is not understood: rows would be
 * numbered, and their times left out. */
static rimer_status refuse_unread(const rm_time_finding *f) {
    double number;
    for (int64_t c = 0; c < f->columns->n_columns && f->columns->n_time == 0; c++) {
        const char *text = rm_finding_cell(f, 0, c);
        if (c != f->columns->id && rm_finding_has_word(f, c) && strpbrk(text, "0123456789") &&
            rm_number_parse(text, '.', &number) == RM_CELL_TEXT &&
            rm_number_parse(text, ',', &number) == RM_CELL_TEXT)
            return rm_finding_bad_time(f, c, 0);
    }
    return RIMER_OK;
}

/* Whether a column of times, which is taken for the moment, is the time of the rows: it has a clock
 * beside it, or moves. Where another one counts the steps each must follow the one before: a mere
 * date may stand there. */
static bool is_time_of_rows(rm_time_finding *f, int64_t column, bool beside_steps) {
    rm_columns *columns = f->columns;
    rm_time_format *format = &columns->format;
    bool in_turn, any_order = columns->id >= 0 || f->options->sort == RIMER_YES;
    if (!holds_times(f, column, format))
        return false;
    columns->n_time = 1;
    columns->time[0] = column;
    if (clock_beside(f) >= 0)
        return true;
    return times_move(f, column, format, &in_turn) && (in_turn || any_order || !beside_steps);
}

/* Times in another column than the first, as behind the number of a row or the name of a
 * station. */
static rimer_status take_elsewhere(rm_time_finding *f, int64_t first) {
    rm_columns *columns = f->columns, before = *columns;
    for (int64_t c = 0; c < columns->n_columns; c++) {
        if (c == first || c == columns->id || !is_time_of_rows(f, c, before.n_time > 0))
            continue;
        columns->n_time = 0;
        RM_TRY(rm_finding_take(f, c, false));
        return take_clock_beside(f);
    }
    *columns = before;
    return RIMER_OK;
}

static rimer_status take_likeliest(rm_time_finding *f) {
    rm_columns *columns = f->columns;
    int64_t first = first_column(f);
    if (first < columns->n_columns)
        RM_TRY(rm_finding_take(f, first, false));
    if (columns->n_time && columns->format.kind == RM_TIME_STEPS)
        RM_TRY(take_next(f, first));
    if (columns->n_time && columns->format.kind == RM_TIME_STAMPS)
        return take_clock_beside(f);
    rm_columns before = *columns;
    columns->n_time = 0;
    if (find_parts(f))
        return take_several(f);
    *columns = before;
    if (columns->n_time == 0 && first < columns->n_columns && is_meant_as_time(f, first) &&
        !is_clock(f, first))
        return rm_finding_bad_time(f, first, 0);
    return columns->format.kind == RM_TIME_YEARS ? RIMER_OK : take_elsewhere(f, first);
}

static rimer_status take_by_itself(rm_time_finding *f) {
    RM_TRY(take_likeliest(f));
    RM_TRY(take_numbers(f));
    return refuse_unread(f);
}

rimer_status rm_time_columns_find(rm_columns *columns, const rm_sample *sample,
                                  const rimer_read_options *options) {
    rm_time_finding f = {columns, sample, options, rm_csv_shown(sample->csv)};
    columns->n_time = 0;
    columns->format = (rm_time_format){.kind = RM_TIME_STEPS};
    if (options->no_time == RIMER_YES)
        return RIMER_OK;
    if (!options->time_col[0])
        return take_by_itself(&f);
    RM_TRY(rm_labels_each(options->time_col, add_time_column, &f));
    if (columns->n_time > 1)
        return take_several(&f);
    columns->n_time = 0;
    return rm_finding_take(&f, columns->time[0], true);
}
