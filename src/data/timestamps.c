#include "data/timestamps.h"

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

/* Takes at most `most` digits; returns how many there were. */
static int take_digits(const char **text, int most, int64_t *value) {
    int n = 0;
    for (*value = 0; n < most && **text >= '0' && **text <= '9'; n++)
        *value = *value * 10 + (*(*text)++ - '0');
    return n;
}

static bool take(const char **text, char c) {
    if (**text != c)
        return false;
    ++*text;
    return true;
}

typedef struct stamp {
    rm_time_format format;
    int64_t year, month, day, hour, minute, second, micros;
} stamp;

/* YYYYMMDD, YYYY-MM, YYYY-M-D, or with '/'. */
static bool take_date(const char **text, stamp *s) {
    if (take_digits(text, 4, &s->year) != 4)
        return false;
    s->format.unit = RM_UNIT_DAY;
    if (**text != '-' && **text != '/')
        return take_digits(text, 2, &s->month) == 2 && take_digits(text, 2, &s->day) == 2 &&
               **text == 0;
    s->format.separator = *(*text)++;
    int digits = take_digits(text, 2, &s->month);
    s->format.bare_date = digits == 1;
    if (digits && **text == 0) {
        s->format.unit = RM_UNIT_MONTH;
        s->day = 1;
        return true;
    }
    if (!digits || !take(text, s->format.separator))
        return false;
    digits = take_digits(text, 2, &s->day);
    s->format.bare_date |= digits == 1;
    return digits > 0;
}

/* Digits beyond the microsecond may only be zeros. */
static bool take_fraction(const char **text, stamp *s) {
    for (; **text >= '0' && **text <= '9'; ++*text, s->format.fraction++) {
        if (s->format.fraction < 6)
            s->micros = s->micros * 10 + (**text - '0');
        else if (**text != '0')
            return false;
    }
    for (int i = s->format.fraction; i < 6; i++)
        s->micros *= 10;
    return s->format.fraction > 0 && s->format.fraction <= 9;
}

static bool take_clock(const char **text, stamp *s) {
    s->format.between = *(*text)++;
    s->format.unit = RM_UNIT_MINUTE;
    int digits = take_digits(text, 2, &s->hour);
    s->format.bare_hour = digits == 1;
    if (!digits || !take(text, ':') || take_digits(text, 2, &s->minute) != 2)
        return false;
    if (!take(text, ':'))
        return true;
    s->format.unit = RM_UNIT_SECOND;
    if (take_digits(text, 2, &s->second) != 2)
        return false;
    return !take(text, '.') || take_fraction(text, s);
}

/* Nothing, Z, +hh, +hhmm or +hh:mm. */
static bool take_zone(const char **text, stamp *s) {
    size_t size = strlen(*text);
    if (size >= sizeof s->format.zone)
        return false;
    memcpy(s->format.zone, *text, size + 1);
    if (size == 0 || take(text, 'Z'))
        return **text == 0;
    int64_t hours, minutes = 0;
    bool west = **text == '-';
    if (!take(text, '+') && !take(text, '-'))
        return false;
    if (take_digits(text, 2, &hours) != 2)
        return false;
    bool colon = take(text, ':');
    if ((colon || **text) && take_digits(text, 2, &minutes) != 2)
        return false;
    s->format.zone_minutes = (west ? -1 : 1) * (hours * 60 + minutes);
    return **text == 0 && hours < 24 && minutes < 60;
}

static bool is_possible(const stamp *s) {
    return s->year >= 1 && s->month >= 1 && s->month <= 12 && s->day >= 1 &&
           s->day <= rm_days_in_month(s->year, (int)s->month) && s->hour < 24 &&
           s->minute < 60 && s->second < 60;
}

static bool read_stamp(const char *text, stamp *s) {
    if (!take_date(&text, s))
        return false;
    bool clock = s->format.unit == RM_UNIT_DAY && (*text == ' ' || *text == 'T');
    if (clock && (!take_clock(&text, s) || !take_zone(&text, s)))
        return false;
    return *text == 0 && is_possible(s);
}

static bool read_year(const char *text, stamp *s) {
    s->format.unit = RM_UNIT_YEAR;
    s->month = s->day = 1;
    return take_digits(&text, 4, &s->year) == 4 && *text == 0 && s->year >= 1;
}

static bool read_step(const char *text, int64_t *time) {
    bool negative = *text == '-';
    if (*text == '-' || *text == '+')
        text++;
    int digits = take_digits(&text, STEP_DIGITS_MAX, time);
    if (negative)
        *time = -*time;
    return digits > 0 && *text == 0;
}

static bool has_clock(const rm_time_format *format) {
    return format->unit >= RM_UNIT_MINUTE;
}

/* False if only one of the two has an offset. */
static bool merge(rm_time_format *into, const rm_time_format *seen) {
    if (has_clock(into) && has_clock(seen) && (into->zone[0] == 0) != (seen->zone[0] == 0))
        return false;
    if (into->unit == RM_UNIT_NONE)
        into->separator = seen->separator;
    if (!has_clock(into) && has_clock(seen)) {
        into->between = seen->between;
        memcpy(into->zone, seen->zone, sizeof into->zone);
        into->zone_minutes = seen->zone_minutes;
    }
    if (seen->unit > into->unit)
        into->unit = seen->unit;
    if (seen->fraction > into->fraction)
        into->fraction = seen->fraction;
    into->bare_date |= seen->bare_date;
    into->bare_hour |= seen->bare_hour;
    return true;
}

bool rm_time_read(rm_time_format *format, const char *text, int64_t *time) {
    if (format->kind == RM_TIME_STEPS) {
        int64_t step;
        if (!read_step(text, &step))
            return false;
        *time = step;
        return true;
    }
    stamp s = {.format = {.kind = format->kind}};
    bool read = format->kind == RM_TIME_YEARS ? read_year(text, &s) : read_stamp(text, &s);
    if (!read || !merge(format, &s.format))
        return false;
    int64_t shift = has_clock(&s.format) ? format->zone_minutes - s.format.zone_minutes : 0;
    *time = rm_civil_time(s.year, (int)s.month, (int)s.day, s.micros) +
            ((s.hour * 60 + s.minute + shift) * 60 + s.second) * MICROS_PER_SECOND;
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
static void write_clock(const rm_time_format *format, int64_t micros, char *text, size_t size) {
    char seconds[32] = "";
    if (format->unit == RM_UNIT_SECOND) {
        snprintf(seconds, sizeof seconds, ":%02d.%06d000",
                 (int)(micros / MICROS_PER_SECOND % 60), (int)(micros % MICROS_PER_SECOND));
        seconds[3 + (format->fraction ? 1 + format->fraction : 0)] = 0;
    }
    int64_t minutes = micros / MICROS_PER_MINUTE;
    snprintf(text, size, "%c%0*d:%02d%s%s", format->between, format->bare_hour ? 1 : 2,
             (int)(minutes / 60), (int)(minutes % 60), seconds, format->zone);
}

void rm_time_text(const rm_time_format *format, int64_t time, char *text, size_t size) {
    if (format->kind == RM_TIME_STEPS) {
        snprintf(text, size, "%lld", (long long)time);
        return;
    }
    rm_civil civil = rm_civil_of(time);
    int n = write_date(format, &civil, text, size);
    if (has_clock(format) && (size_t)n < size)
        write_clock(format, civil.micros, text + n, size - (size_t)n);
}

void rm_time_text_column(const rm_time_format *format, int64_t column, int64_t time, char *text,
                         size_t size) {
    (void)column;
    rm_time_text(format, time, text, size);
}

void rm_zone_free(rm_zone *zone) {
    (void)zone;
}
