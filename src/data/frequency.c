#include "data/frequency.h"

#include "data/time_parts.h"

#include <stdio.h>
#include <string.h>

#define FIRST_MONDAY (4 * RM_MICROS_PER_DAY) /* after 1970-01-01, a Thursday */
#define MONTHS_FORWARD_MAX 600000            /* fifty thousand years: far below any overflow */

static const struct unit {
    const char *name;
    rm_frequency_kind kind;
    int64_t size;
} units[] = {
    /* The first of a kind that divides a size is the one written. */
    {"d", RM_EVERY_MICROS, RM_MICROS_PER_DAY},
    {"h", RM_EVERY_MICROS, INT64_C(3600000000)},
    {"min", RM_EVERY_MICROS, INT64_C(60000000)},
    {"s", RM_EVERY_MICROS, INT64_C(1000000)},
    {"ms", RM_EVERY_MICROS, INT64_C(1000)},
    {"us", RM_EVERY_MICROS, INT64_C(1)},
    {"y", RM_EVERY_MONTHS, 12},
    {"q", RM_EVERY_MONTHS, 3},
    {"mo", RM_EVERY_MONTHS, 1},
    {"b", RM_EVERY_BUSINESS_DAYS, 1},
    {"", RM_EVERY_STEPS, 1},
    {"w", RM_EVERY_MICROS, 7 * RM_MICROS_PER_DAY}, /* read only: 1w is written 7d */
};

#define N_UNITS (sizeof units / sizeof *units)

bool rm_frequency_parse(const char *text, rm_frequency *frequency) {
    int64_t n = 0;
    int digits = 0;
    for (; *text >= '0' && *text <= '9' && digits < 9; text++, digits++)
        n = n * 10 + (*text - '0');
    if (digits == 0)
        n = *text ? 1 : 0;
    for (size_t i = 0; n > 0 && i < N_UNITS; i++) {
        if (strcmp(text, units[i].name) != 0)
            continue;
        if (__builtin_mul_overflow(n, units[i].size, &n) ||
            (units[i].kind == RM_EVERY_MONTHS && n > MONTHS_FORWARD_MAX))
            return false;
        *frequency = (rm_frequency){.kind = units[i].kind, .size = n};
        return true;
    }
    return false;
}

rimer_status rm_frequency_of_option(const char *option, const char *text, rm_time_kind kind,
                                    const char *shown, rm_frequency *frequency) {
    rm_frequency given;
    if (!rm_frequency_parse(text, &given))
        RM_FAIL(USAGE,
                "%s \"%s\" is not understood: a number with " RM_FREQUENCY_UNITS
                ", such as 30min",
                option, text);
    if (kind != RM_TIME_STEPS && given.kind == RM_EVERY_STEPS)
        RM_FAIL(USAGE,
                "%s \"%s\" has no unit, but %s has times: add one of " RM_FREQUENCY_UNITS,
                option, text, shown);
    *frequency = given;
    return RIMER_OK;
}

void rm_frequency_text(const rm_frequency *frequency, char *text, size_t size) {
    const struct unit *unit = units;
    while (unit->kind != frequency->kind || frequency->size % unit->size != 0)
        unit++;
    snprintf(text, size, "%lld%s", (long long)(frequency->size / unit->size), unit->name);
}

static int64_t months_of(const rm_civil *civil) {
    return civil->year * 12 + civil->month - 1;
}

static int weekday_of(int64_t year, int month, int day) {
    return rm_weekday(rm_civil_time(year, month, day, 0) / RM_MICROS_PER_DAY);
}

static int meant_day(const rm_frequency *frequency, int64_t year, int month, int day) {
    int last = rm_days_in_month(year, month);
    if (frequency->day == RM_LAST_BUSINESS_DAY) {
        int weekday = weekday_of(year, month, last);
        return weekday < 5 ? last : last - weekday + 4;
    }
    if (frequency->day == RM_FIRST_BUSINESS_DAY) {
        int weekday = weekday_of(year, month, 1);
        return weekday < 5 ? 1 : 8 - weekday;
    }
    int meant = frequency->day ? frequency->day : day;
    return meant < last ? meant : last;
}

static int64_t clamp(int64_t value, int64_t most) {
    return value > most ? most : value < -most ? -most : value;
}

static int64_t forward_months(const rm_frequency *frequency, int64_t origin, int64_t k) {
    rm_civil civil = rm_civil_of(origin);
    int64_t months;
    if (__builtin_mul_overflow(k, frequency->size, &months))
        months = k < 0 ? INT64_MIN : INT64_MAX;
    months = months_of(&civil) + clamp(months, MONTHS_FORWARD_MAX);
    int64_t year = months / 12 - (months % 12 < 0);
    int month = (int)(months - year * 12) + 1;
    return rm_civil_time(year, month, meant_day(frequency, year, month, civil.day),
                         civil.micros);
}

static int64_t business_day_number(int64_t day_number) {
    int day = rm_weekday(day_number);
    return (day_number + 3 - day) / 7 * 5 + (day < 5 ? day : 4);
}

/* Back again, to a day from Monday to Friday. */
static int64_t day_of_business_day(int64_t number) {
    int64_t week = number / 5 - (number % 5 < 0);
    return week * 7 + (number - week * 5) - 3;
}

static int64_t forward_business_days(const rm_frequency *frequency, int64_t origin, int64_t k) {
    rm_civil civil = rm_civil_of(origin);
    int64_t days;
    if (__builtin_mul_overflow(k, frequency->size, &days))
        days = k < 0 ? INT64_MIN : INT64_MAX;
    days = business_day_number(civil.day_number) + clamp(days, MONTHS_FORWARD_MAX * 20);
    return day_of_business_day(days) * RM_MICROS_PER_DAY + civil.micros;
}

int64_t rm_frequency_forward(const rm_frequency *frequency, int64_t origin, int64_t k) {
    if (frequency->kind == RM_EVERY_MONTHS)
        return forward_months(frequency, origin, k);
    if (frequency->kind == RM_EVERY_BUSINESS_DAYS)
        return forward_business_days(frequency, origin, k);
    int64_t distance, time;
    if (__builtin_mul_overflow(k, frequency->size, &distance) ||
        __builtin_add_overflow(origin, distance, &time))
        return k < 0 ? INT64_MIN : INT64_MAX;
    return time;
}

static int64_t calendar_difference(const rm_frequency *frequency, int64_t origin,
                                   int64_t time) {
    rm_civil from = rm_civil_of(origin), to = rm_civil_of(time);
    if (frequency->kind == RM_EVERY_MONTHS)
        return months_of(&to) - months_of(&from);
    return business_day_number(to.day_number) - business_day_number(from.day_number);
}

bool rm_frequency_count(const rm_frequency *frequency, int64_t origin, int64_t time,
                        int64_t *k) {
    bool calendar =
        frequency->kind == RM_EVERY_MONTHS || frequency->kind == RM_EVERY_BUSINESS_DAYS;
    int64_t difference =
        calendar ? calendar_difference(frequency, origin, time) : time - origin;
    *k = difference / frequency->size;
    return rm_frequency_forward(frequency, origin, *k) == time &&
           rm_frequency_forward(frequency, origin, 0) == origin;
}

static int64_t floor_of(int64_t count, int64_t size) {
    return count / size - (count % size < 0);
}

int64_t rm_frequency_position(const rm_frequency *frequency, int64_t time) {
    rm_civil civil;
    switch (frequency->kind) {
    case RM_EVERY_STEPS:
        break;
    case RM_EVERY_MICROS:
        return floor_of(time - FIRST_MONDAY, frequency->size);
    case RM_EVERY_MONTHS:
        civil = rm_civil_of(time);
        return floor_of(months_of(&civil), frequency->size);
    case RM_EVERY_BUSINESS_DAYS:
        civil = rm_civil_of(time);
        return floor_of(business_day_number(civil.day_number), frequency->size);
    }
    return floor_of(time, frequency->size);
}

int64_t rm_frequency_start(const rm_frequency *frequency, int64_t time) {
    int64_t first = rm_frequency_position(frequency, time) * frequency->size, year;
    switch (frequency->kind) {
    case RM_EVERY_STEPS:
        break;
    case RM_EVERY_MICROS:
        return FIRST_MONDAY + first;
    case RM_EVERY_MONTHS:
        year = floor_of(first, 12);
        return rm_civil_time(year, (int)(first - year * 12) + 1, 1, 0);
    case RM_EVERY_BUSINESS_DAYS:
        return day_of_business_day(first) * RM_MICROS_PER_DAY;
    }
    return first;
}

rm_frequency rm_frequency_of_format(const rm_time_format *format) {
    static const rm_frequency by_unit[] = {
        [RM_UNIT_NONE] = {.kind = RM_EVERY_STEPS, .size = 1},
        [RM_UNIT_YEAR] = {.kind = RM_EVERY_MONTHS, .size = 12},
        [RM_UNIT_QUARTER] = {.kind = RM_EVERY_MONTHS, .size = 3},
        [RM_UNIT_MONTH] = {.kind = RM_EVERY_MONTHS, .size = 1},
        [RM_UNIT_DAY] = {.kind = RM_EVERY_MICROS, .size = RM_MICROS_PER_DAY},
        [RM_UNIT_WEEK] = {.kind = RM_EVERY_MICROS, .size = 7 * RM_MICROS_PER_DAY},
        [RM_UNIT_HOUR] = {.kind = RM_EVERY_MICROS, .size = INT64_C(3600000000)},
        [RM_UNIT_MINUTE] = {.kind = RM_EVERY_MICROS, .size = INT64_C(60000000)},
        [RM_UNIT_SECOND] = {.kind = RM_EVERY_MICROS, .size = INT64_C(1000000)},
    };
    return by_unit[format->unit];
}

/* Digits of a second's fraction, for steps of so many microseconds. */
static int digits_of(int64_t micros) {
    int digits = 0;
    for (int64_t rest = micros % 1000000; rest; rest = rest * 10 % 1000000)
        digits++;
    return digits;
}

rm_time_format rm_frequency_spelling(const rm_frequency *frequency,
                                     const rm_time_format *format) {
    rm_time_format finer = *format;
    int64_t size = frequency->size;
    if (format->kind != RM_TIME_STAMPS || frequency->kind != RM_EVERY_MICROS)
        return finer;
    rm_time_unit unit = size % RM_MICROS_PER_DAY == 0 ? RM_UNIT_DAY
                        : size % 60000000 == 0        ? RM_UNIT_MINUTE
                                                      : RM_UNIT_SECOND;
    if (!format->pattern[0] && unit > format->unit && unit > RM_UNIT_DAY) {
        finer.unit = unit;
        finer.between = format->between ? format->between : ' ';
    }
    int digits = digits_of(size) - rm_time_count_digits(format->pattern);
    if (digits > format->fraction)
        finer.fraction = digits;
    return finer;
}
