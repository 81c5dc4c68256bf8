/* Times that have a column for each part: what one such column holds. */
#include "data/columns.h"

#include "base/decimal.h"
#include "base/labels.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#define TIME_TEXT_SIZE 256

/* Parts of a time that often have a column each, and how these are called. */
static const struct part {
    rm_part_column part;
    const char *pattern, *bare, *names;
} parts[] = {
    {RM_COLUMN_YEAR, "%Y", "%Y", "year|yr|yyyy|yy|#yy|jahr|année|annee|año|ano|anno|jaar|"},
    {RM_COLUMN_MONTH, "%m", "%-m", "month|mon|mm|monat|mois|mes|mês|mese|maand|"},
    {RM_COLUMN_QUARTER, "%q", "%q", "quarter|qtr|quartal|trimestre|kwartaal|"},
    {RM_COLUMN_WEEK, "%V", "%-V", "week|isoweek|iso_week|kw|woche|semaine|semana|settimana|"},
    {RM_COLUMN_DAY_OF_YEAR, "%j", "%-j", "doy|dayofyear|day_of_year|day of year|yday|"},
    {RM_COLUMN_DAY, "%d", "%-d", "day|dd|tag|jour|día|dia|giorno|dag|"},
    {RM_COLUMN_HOUR, "%H", "%-H",
     "hour|hr|hh|he|hour ending|hour_ending|hourending|stunde|heure|hora|ora|uur|"},
    {RM_COLUMN_MINUTE, "%M", "%-M", "minute|min|"},
    {RM_COLUMN_SECOND, "%S", "%-S", "second|sec|ss|"},
};

static const struct clock {
    const char *pattern, *bare;
} clocks[] = {
    {"%H:%M", "%-H:%M"},       {"%H:%M:%S", "%-H:%M:%S"},       {"%H:%M:%S.%f", "%-H:%M:%S.%f"},
    {"%I:%M %p", "%-I:%M %p"}, {"%I:%M:%S %p", "%-I:%M:%S %p"}, {"%H%M", "%H%M"},
    {"%H%M%S", "%H%M%S"},
};

/* Whether a name is one of a list, each ended by a bar, in any case. */
static bool is_one_of(const char *names, const char *name) {
    for (size_t n; (n = strcspn(names, "|")) > 0; names += n + 1)
        if (strlen(name) == n && strncasecmp(names, name, n) == 0)
            return true;
    return false;
}

/* Buoys have months under MM and minutes under mm. */
static bool is_minutes_of_buoy(const rm_columns *columns, int64_t column) {
    return strcmp(columns->names[column], "mm") == 0 && rm_columns_named(columns, "MM") >= 0;
}

static const struct part *part_of(const rm_columns *columns, int64_t column) {
    if (is_minutes_of_buoy(columns, column))
        return &parts[RM_COLUMN_MINUTE];
    for (size_t i = 0; columns->has_header && i < sizeof parts / sizeof *parts; i++)
        if (is_one_of(parts[i].names, columns->names[column]))
            return &parts[i];
    return NULL;
}

bool rm_time_has_name_of(const rm_columns *columns, int64_t column, rm_part_column part) {
    const struct part *named = part_of(columns, column);
    return named && named->part == part;
}

static bool has_time_part(const rm_columns *columns, rm_part_column wanted) {
    for (int64_t i = 0; i < columns->n_time; i++)
        if (rm_time_has_name_of(columns, columns->time[i], wanted))
            return true;
    return false;
}

/* Whether all cells of a column are what a pattern says behind a year. */
static bool reads_behind_year(const rm_sample *sample, int64_t column, const char *pattern) {
    char whole[RM_TIME_PATTERN_SIZE], text[TIME_TEXT_SIZE];
    rm_time_format format = {.kind = RM_TIME_STAMPS};
    int64_t time;
    snprintf(whole, sizeof whole, "%%Y%c%s", RM_TIME_COLUMN_MARK, pattern);
    bool reads = rm_time_pattern_set(&format, whole) == RIMER_OK;
    for (int64_t k = 0; k < sample->n && reads; k++) {
        snprintf(text, sizeof text, "2000%c%s", RM_TIME_COLUMN_MARK,
                 rm_sample_cell(sample, k, column));
        reads = rm_time_read(&format, text, &time);
    }
    return reads;
}

/* Month and quarter may be no numbers. */
static const char *pattern_of_words(const rm_sample *sample, int64_t column,
                                    rm_part_column part) {
    static const char *const words[] = {"%b", "Q%q"};
    const char *pattern = part == RM_COLUMN_MONTH     ? words[0]
                          : part == RM_COLUMN_QUARTER ? words[1]
                                                      : NULL;
    return pattern && reads_behind_year(sample, column, pattern) ? pattern : NULL;
}

/* What stands in the other columns of the time says which year is meant, and which day. */
static const char *pattern_beside(const rm_columns *columns, const struct part *part,
                                  bool zeros, size_t digits) {
    if (part->part == RM_COLUMN_YEAR && has_time_part(columns, RM_COLUMN_WEEK))
        return "%G";
    if (part->part == RM_COLUMN_YEAR && digits == 2)
        return "%y";
    if (part->part == RM_COLUMN_DAY && has_time_part(columns, RM_COLUMN_YEAR) &&
        !has_time_part(columns, RM_COLUMN_MONTH))
        return zeros ? "%j" : "%-j";
    return zeros ? part->pattern : part->bare;
}

const char *rm_time_part_of_name(const rm_columns *columns, const rm_sample *sample,
                                 int64_t column) {
    const struct part *part = part_of(columns, column);
    bool zeros = false;
    if (!part)
        return NULL;
    for (int64_t k = 0; k < sample->n; k++) {
        const char *text = rm_sample_cell(sample, k, column);
        if (!*text || !rm_decimal_is_digits(text))
            return pattern_of_words(sample, column, part->part);
        zeros = zeros || (text[0] == '0' && text[1]);
    }
    return pattern_beside(columns, part, zeros, strlen(rm_sample_cell(sample, 0, column)));
}

int64_t rm_time_part_column(const rm_columns *columns, const rm_sample *sample,
                            rm_part_column wanted) {
    for (int64_t c = 0; c < columns->n_columns; c++)
        if (rm_time_has_name_of(columns, c, wanted) && c != columns->id &&
            rm_time_part_of_name(columns, sample, c))
            return c;
    return -1;
}

/* How many first cells are clocks of a pattern; all or none of mere digits, which may be anything.
 * A clock alone is no time, so each cell is read behind a date. */
static int64_t count_clocks(const rm_sample *sample, int64_t column, bool cuts,
                            const char *clock) {
    char pattern[RM_TIME_PATTERN_SIZE], text[TIME_TEXT_SIZE];
    rm_time_format format = {.kind = RM_TIME_STAMPS, .cuts = cuts};
    int64_t k = 0, time;
    snprintf(pattern, sizeof pattern, "%%Y-%%m-%%d%c%s", RM_TIME_COLUMN_MARK, clock);
    if (rm_time_pattern_set(&format, pattern) != RIMER_OK)
        return 0;
    for (; k < sample->n; k++) {
        snprintf(text, sizeof text, "2000-01-01%c%s", RM_TIME_COLUMN_MARK,
                 rm_sample_cell(sample, k, column));
        if (!rm_time_read(&format, text, &time))
            break;
    }
    return k == sample->n || !rm_decimal_is_digits(rm_sample_cell(sample, 0, column)) ? k : 0;
}

const char *rm_time_clock_of(const rm_sample *sample, const rimer_read_options *options,
                             int64_t column) {
    bool bare = false;
    int64_t most = 0;
    const struct clock *found = NULL;
    for (int64_t k = 0; k < sample->n; k++)
        bare = bare || strchr(rm_sample_cell(sample, k, column), ':') ==
                           rm_sample_cell(sample, k, column) + 1;
    for (size_t i = 0; i < sizeof clocks / sizeof *clocks; i++) {
        int64_t n = count_clocks(sample, column, options->resample[0] != 0, clocks[i].pattern);
        if (n > most) {
            most = n;
            found = &clocks[i];
        }
    }
    return !found ? NULL : bare ? found->bare : found->pattern;
}

static bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (unsigned char)c > 127;
}

/* Whether `word` stands at `at`, in any case, with no letter behind it. */
static bool stands_here(const char *at, const char *word) {
    size_t n = strlen(word);
    return strncasecmp(at, word, n) == 0 && !is_letter(at[n]);
}

static bool has_word(const rm_columns *columns, int64_t column, const char *const *words) {
    const char *name = columns->names[column];
    for (const char *at = name; columns->has_header && *at; at++)
        for (int i = 0; words[i]; i++)
            if ((at == name || !is_letter(at[-1])) && stands_here(at, words[i]))
                return true;
    return false;
}

bool rm_column_has_word_of_time(const rm_columns *columns, int64_t column) {
    static const char *const words[] = {
        "date",    "time",    "timestamp", "datetime",   "datum", "zeit",  "zeitstempel",
        "fecha",   "epoch",   "unixtime",  "horodatage", "month", "monat", "mois",
        "mes",     "yyyymm",  "yearmonth", "period",     "week",  "woche", "quarter",
        "quartal", "periode", "zeitraum",  "zeitpunkt",  "dttm",  NULL};
    return has_word(columns, column, words);
}

bool rm_column_has_word_of_date(const rm_columns *columns, int64_t column) {
    static const char *const words[] = {"date", "datum", "fecha", NULL};
    return has_word(columns, column, words);
}
