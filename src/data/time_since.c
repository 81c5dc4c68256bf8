/* Times that are counted from 1970 on: which unit a number looks like. */
#include "data/time_parts.h"

#include "base/decimal.h"
#include "rimer/dataset.h"

#include <stdlib.h>
#include <string.h>

#define EARLIEST 1.6e8 /* 1975, in seconds */
#define LATEST 4.3e9   /* 2106 */
#define DIGITS_MAX 21
#define MICRO_DIGITS 6 /* of a fraction */
#define NANO_DIGITS 9

static const struct unit {
    const char *pattern;
    double per_second;
    size_t digits; /* today */
    const char *hint;
} units[] = {
    {"%s", 1, 10, " (seconds are %s)"},
    {"%Q", 1e3, 13, " (milliseconds are %Q)"},
    {"%{us}s", 1e6, 16, " (microseconds are %{us}s)"},
    {"%{ns}s", 1e9, 19, " (nanoseconds are %{ns}s)"},
};
enum { N_UNITS = sizeof units / sizeof *units };

const char *rimer_time_since_1970(double first, double last) {
    for (int i = 0; i < N_UNITS; i++)
        if (first >= EARLIEST * units[i].per_second && last <= LATEST * units[i].per_second &&
            first <= last)
            return units[i].pattern;
    return "";
}

static size_t digits_of(const char *text) {
    return rm_decimal_is_digits(text) ? strlen(text) : 0;
}

const char *rm_time_since_1970(const char *text) {
    size_t n = digits_of(text);
    double number = n > 0 && n <= DIGITS_MAX ? strtod(text, NULL) : 0;
    return rimer_time_since_1970(number, number);
}

static const char *hint_of_pattern(const char *pattern) {
    for (int i = 0; i < N_UNITS; i++)
        if (strcmp(units[i].pattern, pattern) == 0)
            return units[i].hint;
    return "";
}

#define DATE_WITHOUT_ORDER " (a date? say its order, as in --time-format %d%m%Y or %y%m%d)"

#define DAY_OF_SPREADSHEET                                                                 \
    " (the number of a day, as spreadsheets count them? show the column as date and time " \
    "there, and export it again)"

static const char *hint_of_digits(const char *text) {
    for (int i = 2; i < N_UNITS; i++)
        if (digits_of(text) == units[i].digits)
            return units[i].hint;
    if (rm_time_is_date_without_order(text))
        return DATE_WITHOUT_ORDER;
    return rm_time_is_day_of_spreadsheet(text) ? DAY_OF_SPREADSHEET : "";
}

static bool is_finer_than_micros(const char *text) {
    size_t n = digits_of(text);
    return n > 0 && n <= DIGITS_MAX && (n < 3 || strcmp(text + n - 3, "000") != 0);
}

/* A fraction of seven digits or more, and not just zeros from there on. */
static bool has_finer_fraction(const char *text) {
    for (const char *at = text; (at = strpbrk(at, ".,"));) {
        size_t n = strspn(++at, "0123456789");
        if (n > MICRO_DIGITS && n <= NANO_DIGITS &&
            strspn(at + MICRO_DIGITS, "0") < n - MICRO_DIGITS)
            return true;
    }
    return false;
}

#define FINER                                                                                \
    " (finer than microseconds, which is what times are counted in: --resample makes steps " \
    "of "                                                                                    \
    "such readings; or cut "

const char *rm_time_finer_hint(const char *pattern, const char *text) {
    bool counts = rm_time_counts_from_1970(pattern);
    const char *likely = rm_time_since_1970(text);
    if (counts && *likely && strcmp(likely, pattern) != 0)
        return hint_of_pattern(likely);
    if (has_finer_fraction(text))
        return FINER "the digits after the sixth off)";
    if (!counts)
        return hint_of_digits(text);
    return rm_time_count_digits(pattern) == NANO_DIGITS && is_finer_than_micros(text) ? FINER
               "three digits off, and use --time-format %{us}s)"
                                                                                      : "";
}
