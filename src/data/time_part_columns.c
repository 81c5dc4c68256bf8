/* Times that have a column for each part: what one such column holds. */
#include "data/columns.h"

#include "base/decimal.h"
#include "base/labels.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#define TIME_TEXT_SIZE 256

/* Parts of a time that often have a column each. */
static const struct part {
    const char *name, *pattern, *bare;
} parts[] = {
    {"year", "%Y", "%Y"},   {"yr", "%Y", "%Y"},      {"yyyy", "%Y", "%Y"},
    {"month", "%m", "%-m"}, {"mon", "%m", "%-m"},    {"mm", "%m", "%-m"},
    {"day", "%d", "%-d"},   {"dd", "%d", "%-d"},     {"hour", "%H", "%-H"},
    {"hr", "%H", "%-H"},    {"hh", "%H", "%-H"},     {"minute", "%M", "%-M"},
    {"min", "%M", "%-M"},   {"second", "%S", "%-S"}, {"sec", "%S", "%-S"},
};

static const struct clock {
    const char *pattern, *bare;
} clocks[] = {
    {"%H:%M", "%-H:%M"},       {"%H:%M:%S", "%-H:%M:%S"},       {"%H:%M:%S.%f", "%-H:%M:%S.%f"},
    {"%I:%M %p", "%-I:%M %p"}, {"%I:%M:%S %p", "%-I:%M:%S %p"}, {"%H%M", "%H%M"},
};

const char *rm_time_part_of_name(const rm_columns *columns, const rm_sample *sample,
                                 int64_t column) {
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        bool zeros = false;
        int64_t k = 0;
        if (!rm_text_same_nocase(columns->names[column], parts[i].name))
            continue;
        for (; k < sample->n; k++) {
            const char *text = rm_sample_cell(sample, k, column);
            if (!*text || !rm_decimal_is_digits(text))
                break;
            zeros = zeros || (text[0] == '0' && text[1]);
        }
        if (k == sample->n)
            return zeros ? parts[i].pattern : parts[i].bare;
    }
    return NULL;
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

bool rm_column_has_word_of_time(const rm_columns *columns, int64_t column) {
    static const char *const words[] = {
        "date",    "time",    "timestamp", "datetime",   "datum", "zeit",  "zeitstempel",
        "fecha",   "epoch",   "unixtime",  "horodatage", "month", "monat", "mois",
        "mes",     "yyyymm",  "yearmonth", "period",     "week",  "woche", "quarter",
        "quartal", "periode", "zeitraum",  "zeitpunkt",  "dttm"};
    const char *name = columns->names[column];
    for (const char *at = name; columns->has_header && *at; at++)
        for (size_t i = 0; i < sizeof words / sizeof *words; i++)
            if ((at == name || !is_letter(at[-1])) && stands_here(at, words[i]))
                return true;
    return false;
}
