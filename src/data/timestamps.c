#include "data/timestamps.h"

#include "data/time_parts.h"

#include <stdio.h>
#include <string.h>

#define MICROS_PER_SECOND INT64_C(1000000)
#define MICROS_PER_MINUTE (60 * MICROS_PER_SECOND)
#define STEP_DIGITS_MAX 15 /* so that differences and forecasts of steps never overflow */

static int64_t floor_divide(int64_t a, int64_t b) {
    return a / b - (a % b < 0);
}

/* Years begin in March here: then the leap day is the last of its year. */
static int64_t day_number(int64_t year, int month, int day) {
    year -= month <= 2;
    int64_t era = floor_divide(year, 400), year_of_era = year - era * 400;
    int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * 146097 + day_of_era - 719468;
}

rm_civil rm_civil_of(int64_t time) {
    rm_civil civil = {.day_number = floor_divide(time, RM_MICROS_PER_DAY)};
    civil.micros = time - civil.day_number * RM_MICROS_PER_DAY;
    int64_t days = civil.day_number + 719468, era = floor_divide(days, 146097);
    int64_t day_of_era = days - era * 146097;
    int64_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year =
        day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t month = (5 * day_of_year + 2) / 153; /* 0 is March */
    civil.day = (int)(day_of_year - (153 * month + 2) / 5 + 1);
    civil.month = (int)(month < 10 ? month + 3 : month - 9);
    civil.year = year_of_era + era * 400 + (civil.month <= 2);
    return civil;
}

int64_t rm_civil_time(int64_t year, int month, int day, int64_t micros) {
    return day_number(year, month, day) * RM_MICROS_PER_DAY + micros;
}

int rm_days_in_month(int64_t year, int month) {
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    return days[month - 1] + (month == 2 && leap);
}

/* How a stamp of this file's own kinds is spelled. */
typedef struct spelling {
    rm_time_unit unit;
    char separator, between;
    bool bare_date, bare_hour;
} spelling;

/* YYYYMMDD, YYYY-MM, YYYY-M-D, or with '/'. */
static bool take_date(const char **text, spelling *s, rm_time_parts *parts) {
    if (rm_take_digits(text, 4, &parts->year) != 4)
        return false;
    s->unit = RM_UNIT_DAY;
    if (**text != '-' && **text != '/')
        return rm_take_digits(text, 2, &parts->month) == 2 &&
               rm_take_digits(text, 2, &parts->day) == 2 && **text == 0;
    s->separator = *(*text)++;
    int digits = rm_take_digits(text, 2, &parts->month);
    s->bare_date = digits == 1;
    if (digits && **text == 0) {
        s->unit = RM_UNIT_MONTH;
        parts->day = 1;
        return true;
    }
    if (!digits || !rm_take(text, s->separator))
        return false;
    digits = rm_take_digits(text, 2, &parts->day);
    s->bare_date |= digits == 1;
    return digits > 0;
}

static bool take_clock(const char **text, spelling *s, rm_time_parts *parts) {
    s->between = *(*text)++;
    s->unit = RM_UNIT_MINUTE;
    int digits = rm_take_digits(text, 2, &parts->hour);
    s->bare_hour = digits == 1;
    if (!digits || !rm_take(text, ':') || rm_take_digits(text, 2, &parts->minute) != 2)
        return false;
    if (!rm_take(text, ':'))
        return true;
    s->unit = RM_UNIT_SECOND;
    if (rm_take_digits(text, 2, &parts->second) != 2)
        return false;
    return !rm_take(text, '.') || rm_take_fraction(text, parts);
}

static bool is_possible(const rm_time_parts *p) {
    return p->year >= 1 && p->month >= 1 && p->month <= 12 && p->day >= 1 &&
           (p->day <= 28 || p->day <= rm_days_in_month(p->year, p->month)) && p->hour <= 24 &&
           p->minute < 60 && p->second < 60 && rm_time_parts_clock(p);
}

static bool read_stamp(const char *text, spelling *s, rm_time_parts *parts) {
    if (!take_date(&text, s, parts))
        return false;
    if (s->unit == RM_UNIT_DAY && (*text == ' ' || *text == 'T') &&
        (!take_clock(&text, s, parts) || (*text && !rm_take_zone(&text, false, parts))))
        return false;
    return *text == 0 && is_possible(parts);
}

static bool read_year(const char *text, spelling *s, rm_time_parts *parts) {
    s->unit = RM_UNIT_YEAR;
    parts->month = parts->day = 1;
    return rm_take_digits(&text, 4, &parts->year) == 4 && *text == 0 && parts->year >= 1;
}

static bool read_step(const char *text, int64_t *time) {
    bool negative = *text == '-';
    if (*text == '-' || *text == '+')
        text++;
    int64_t value = 0;
    int digits = 0;
    for (; digits < STEP_DIGITS_MAX && *text >= '0' && *text <= '9'; digits++)
        value = value * 10 + (*text++ - '0');
    if (digits == 0 || *text != 0)
        return false;
    *time = negative ? -value : value;
    return true;
}

static bool is_clock(rm_time_unit unit) {
    return unit >= RM_UNIT_HOUR;
}

static void merge(rm_time_format *into, const spelling *seen, const rm_time_parts *parts) {
    if (!into->separator) /* eight digits have none, and give way to a date that has */
        into->separator = seen->separator;
    if (!is_clock(into->unit) && is_clock(seen->unit)) {
        into->between = seen->between;
        memcpy(into->zone, parts->zone, sizeof into->zone);
        into->zone_minutes = parts->zone_minutes;
    }
    if (seen->unit > into->unit)
        into->unit = seen->unit;
    if (parts->fraction > into->fraction)
        into->fraction = parts->fraction;
    into->bare_date |= seen->bare_date;
    into->bare_hour |= seen->bare_hour;
    into->ends_days |= parts->hour == 24;
}

/* An offset in some and not in others, and who knows which hours they mean. */
static bool contradicts(const rm_time_format *format, const spelling *s,
                        const rm_time_parts *parts) {
    return is_clock(format->unit) && is_clock(s->unit) &&
           (format->zone[0] == 0) != (parts->zone[0] == 0);
}

bool rm_time_read(rm_time_format *format, const char *text, int64_t *time) {
    if (format->kind == RM_TIME_STEPS)
        return read_step(text, time);
    if (format->pattern[0])
        return rm_time_pattern_read(format, text, time);
    spelling s = {0};
    rm_time_parts parts = {.cuts = format->cuts};
    bool read = format->kind == RM_TIME_YEARS ? read_year(text, &s, &parts)
                                              : read_stamp(text, &s, &parts);
    if (!read || contradicts(format, &s, &parts))
        return false;
    int64_t midnight = rm_civil_time(parts.year, parts.month, parts.day, 0);
    bool clock = is_clock(s.unit) || is_clock(format->unit);
    if (!rm_time_settle(format, &parts, clock, midnight, time, &format->second_reading))
        return false;
    merge(format, &s, &parts);
    return true;
}

static int write_date(const rm_time_format *format, const rm_civil *civil, char *text,
                      size_t size) {
    int digits = format->bare_date ? 1 : 2;
    long long year = civil->year;
    if (format->unit == RM_UNIT_YEAR)
        return snprintf(text, size, "%04lld", year);
    if (!format->separator)
        return snprintf(text, size, "%04lld%02d%02d", year, civil->month, civil->day);
    if (format->unit == RM_UNIT_MONTH)
        return snprintf(text, size, "%04lld%c%0*d", year, format->separator, digits,
                        civil->month);
    return snprintf(text, size, "%04lld%c%0*d%c%0*d", year, format->separator, digits,
                    civil->month, format->separator, digits, civil->day);
}

/* The fraction is written with nine digits and cut to the format's. */
static void write_clock(const rm_time_format *format, int64_t micros, const char *zone,
                        char *text, size_t size) {
    char seconds[32] = "";
    if (format->unit == RM_UNIT_SECOND) {
        snprintf(seconds, sizeof seconds, ":%02d.%06d000",
                 (int)(micros / MICROS_PER_SECOND % 60), (int)(micros % MICROS_PER_SECOND));
        seconds[3 + (format->fraction ? 1 + format->fraction : 0)] = 0;
    }
    int64_t minutes = micros / MICROS_PER_MINUTE;
    snprintf(text, size, "%c%0*d:%02d%s%s", format->between, format->bare_hour ? 1 : 2,
             (int)(minutes / 60), (int)(minutes % 60), seconds, zone);
}

void rm_time_text(const rm_time_format *format, int64_t time, char *text, size_t size) {
    if (format->kind == RM_TIME_STEPS) {
        snprintf(text, size, "%lld", (long long)time);
        return;
    }
    if (format->pattern[0]) {
        rm_time_pattern_write(format, time, text, size);
        return;
    }
    rm_civil civil = rm_time_civil(format, time);
    int n = write_date(format, &civil, text, size);
    char zone[8] = "";
    if (format->zone[0])
        rm_time_zone_shown(format, time, zone);
    if (is_clock(format->unit) && (size_t)n < size)
        write_clock(format, civil.micros, zone, text + n, size - (size_t)n);
}

void rm_time_text_column(const rm_time_format *format, int64_t column, int64_t time, char *text,
                         size_t size) {
    char all[64], *part = all;
    rm_time_text(format, time, all, sizeof all);
    for (char *mark; column > 0 && (mark = strchr(part, RM_TIME_COLUMN_MARK)); column--)
        part = mark + 1;
    part[strcspn(part, (const char[]){RM_TIME_COLUMN_MARK, 0})] = 0;
    snprintf(text, size, "%s", part);
}
