/* Times that are written as one number: dates without separators, and counts since 1970. */
#include "data/time_parts.h"

#include "base/decimal.h"
#include "rimer/dataset.h"

#include <stdlib.h>
#include <string.h>

#define EARLIEST_YEAR 1900
#define LATEST_YEAR 2100
#define SECONDS_DIGITS 10 /* of our days; with fewer they may as well number steps */
#define MILLIS_DIGITS 13
#define MICROS_DIGITS 16
#define NANOS_DIGITS 19
#define FIRST_DAY 20000 /* of spreadsheets, which count from 1900: in 1954, and in 2119 */
#define LAST_DAY 80000

static const struct date {
    size_t digits;
    rm_time_number number;
} dates[] = {
    {6, {"%Y%m", false}},         {6, {"%G%V", false}},     {7, {"%Y%j", false}},
    {8, {"%Y%m%d", true}},        {10, {"%Y%m%d%H", true}}, {12, {"%Y%m%d%H%M", true}},
    {14, {"%Y%m%d%H%M%S", true}},
};

static bool is_of_these_years(const char *digits) {
    char year[5] = "";
    memcpy(year, digits, 4);
    return atoi(year) >= EARLIEST_YEAR && atoi(year) <= LATEST_YEAR;
}

static int dates_of(const char *digits, size_t n, rm_time_number *numbers) {
    int found = 0;
    for (size_t i = 0; i < sizeof dates / sizeof *dates; i++)
        if (dates[i].digits == n && is_of_these_years(digits))
            numbers[found++] = dates[i].number;
    return found;
}

/* Seconds and milliseconds may have a fraction. */
static const char *since_1970(const char *text, size_t n) {
    char whole[MILLIS_DIGITS + 1] = "";
    if (text[n] == 0)
        return n == SECONDS_DIGITS || n >= MILLIS_DIGITS ? rm_time_since_1970(text) : "";
    if (text[n] != '.' || !text[n + 1] || !rm_decimal_is_digits(text + n + 1) ||
        (n != SECONDS_DIGITS && n != MILLIS_DIGITS))
        return "";
    memcpy(whole, text, n);
    return rm_time_since_1970(whole);
}

int rm_time_numbers(const char *text, rm_time_number numbers[RM_TIME_NUMBERS_MAX]) {
    size_t n = strspn(text, "0123456789");
    int found = text[n] == 0 ? dates_of(text, n, numbers) : 0;
    const char *counted = since_1970(text, n);
    if (*counted)
        numbers[found++] = (rm_time_number){counted, n > MILLIS_DIGITS};
    return found;
}

static bool is_day(const char *digits, bool month_first) {
    int a = (digits[0] - '0') * 10 + digits[1] - '0',
        b = (digits[2] - '0') * 10 + digits[3] - '0';
    int day = month_first ? b : a, month = month_first ? a : b;
    return day >= 1 && day <= 31 && month >= 1 && month <= 12;
}

bool rm_time_is_date_without_order(const char *text) {
    size_t n = strlen(text);
    if (!rm_decimal_is_digits(text))
        return false;
    if (n == 8)
        return !is_of_these_years(text) && is_of_these_years(text + 4) &&
               (is_day(text, false) || is_day(text, true));
    return n == 6 && !is_of_these_years(text) &&
           (is_day(text, false) || is_day(text, true) || is_day(text + 2, true));
}

bool rm_time_is_day_of_spreadsheet(const char *text) {
    size_t n = strspn(text, "0123456789");
    long day = n == 5 ? atol(text) : 0;
    return day >= FIRST_DAY && day < LAST_DAY && (text[n] == '.' || text[n] == ',') &&
           text[n + 1] && rm_decimal_is_digits(text + n + 1);
}

bool rm_time_is_since_1970(const char *text) {
    size_t n = strspn(text, "0123456789");
    return *since_1970(text, n) || (!text[n] && (n == MICROS_DIGITS || n == NANOS_DIGITS));
}
