#include "data/frequency.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MONTHS_FORWARD_MAX 600000 /* fifty thousand years: far below any overflow */

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

void rm_frequency_text(const rm_frequency *frequency, char *text, size_t size) {
    const struct unit *unit = units;
    while (unit->kind != frequency->kind || frequency->size % unit->size != 0)
        unit++;
    snprintf(text, size, "%lld%s", (long long)(frequency->size / unit->size), unit->name);
}

static int64_t months_of(const rm_civil *civil) {
    return civil->year * 12 + civil->month - 1;
}

static int meant_day(const rm_frequency *frequency, int64_t year, int month, int day) {
    int last = rm_days_in_month(year, month);
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

/* 0 is a Monday; 1970-01-01 was a Thursday. */
static int weekday(int64_t day_number) {
    int64_t day = (day_number + 3) % 7;
    return (int)(day < 0 ? day + 7 : day);
}

static int64_t business_day_number(int64_t day_number) {
    int day = weekday(day_number);
    return (day_number + 3 - day) / 7 * 5 + (day < 5 ? day : 4);
}

static int64_t forward_business_days(const rm_frequency *frequency, int64_t origin, int64_t k) {
    rm_civil civil = rm_civil_of(origin);
    int64_t days;
    if (__builtin_mul_overflow(k, frequency->size, &days))
        days = k < 0 ? INT64_MIN : INT64_MAX;
    days = business_day_number(civil.day_number) + clamp(days, MONTHS_FORWARD_MAX * 20);
    int64_t week = days / 5 - (days % 5 < 0);
    return (week * 7 + (days - week * 5) - 3) * RM_MICROS_PER_DAY + civil.micros;
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

void rm_frequency_anchor(rm_frequency *frequency, const int64_t *times, int64_t n) {
    if (frequency->kind != RM_EVERY_MONTHS)
        return;
    for (int64_t i = 0; i < n; i++) {
        rm_civil civil = rm_civil_of(times[i]);
        if (civil.day > frequency->day)
            frequency->day = civil.day;
    }
}

static int compare_times(const void *a, const void *b) {
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* Sorts the values; the first of the longest run wins. */
static int64_t most_common(int64_t *values, int64_t n, int64_t *count) {
    qsort(values, (size_t)n, sizeof *values, compare_times);
    int64_t best = values[0];
    *count = 0;
    for (int64_t i = 0, start = 0; i < n; i++) {
        if (values[i] != values[start])
            start = i;
        if (i - start + 1 > *count) {
            *count = i - start + 1;
            best = values[i];
        }
    }
    return best;
}

/* Differences above 0; how many there are. */
static int64_t differences(const int64_t *times, int64_t n, int64_t *out) {
    int64_t count = 0;
    for (int64_t i = 1; i < n; i++)
        if (times[i] > times[i - 1])
            out[count++] = times[i] - times[i - 1];
    return count;
}

/* Ascending, and all on the same day of their months, at the same hour. */
static bool keeps_day_of_month(const int64_t *times, int64_t n) {
    rm_frequency monthly = {.kind = RM_EVERY_MONTHS, .size = 1};
    rm_frequency_anchor(&monthly, times, n);
    for (int64_t i = 0, k; i < n; i++)
        if ((i > 0 && times[i] <= times[i - 1]) ||
            !rm_frequency_count(&monthly, times[0], times[i], &k))
            return false;
    return true;
}

static void infer_months(const int64_t *times, int64_t n, int64_t *scratch,
                         rm_frequency *frequency, double *share) {
    int64_t count;
    for (int64_t i = 1; i < n; i++) {
        rm_civil from = rm_civil_of(times[i - 1]), to = rm_civil_of(times[i]);
        scratch[i - 1] = months_of(&to) - months_of(&from);
    }
    *frequency =
        (rm_frequency){.kind = RM_EVERY_MONTHS, .size = most_common(scratch, n - 1, &count)};
    *share = (double)count / (double)(n - 1);
    rm_frequency_anchor(frequency, times, n);
}

/* Monday to Friday only, over a weekend at least. */
static bool leaves_out_weekends(const int64_t *times, int64_t n) {
    rm_frequency business = {.kind = RM_EVERY_BUSINESS_DAYS, .size = 1};
    for (int64_t i = 0, k; i < n; i++)
        if (!rm_frequency_count(&business, times[0], times[i], &k))
            return false;
    int64_t first = rm_civil_of(times[0]).day_number,
            last = rm_civil_of(times[n - 1]).day_number;
    return first - weekday(first) != last - weekday(last);
}

bool rm_frequency_infer(rm_time_kind kind, const int64_t *times, int64_t n, int64_t *scratch,
                        rm_frequency *frequency, double *share) {
    if (kind != RM_TIME_STEPS && keeps_day_of_month(times, n)) {
        infer_months(times, n, scratch, frequency, share);
        return true;
    }
    int64_t n_differences = differences(times, n, scratch), count;
    if (n_differences == 0)
        return false;
    int64_t size = most_common(scratch, n_differences, &count);
    *share = (double)count / (double)(n - 1);
    *frequency = (rm_frequency){
        .kind = kind == RM_TIME_STEPS ? RM_EVERY_STEPS : RM_EVERY_MICROS, .size = size};
    if (kind != RM_TIME_STEPS && size == RM_MICROS_PER_DAY && leaves_out_weekends(times, n))
        *frequency = (rm_frequency){.kind = RM_EVERY_BUSINESS_DAYS, .size = 1};
    return true;
}

rm_frequency rm_frequency_of_format(const rm_time_format *format) {
    static const rm_frequency by_unit[] = {
        [RM_UNIT_NONE] = {.kind = RM_EVERY_STEPS, .size = 1},
        [RM_UNIT_YEAR] = {.kind = RM_EVERY_MONTHS, .size = 12},
        [RM_UNIT_MONTH] = {.kind = RM_EVERY_MONTHS, .size = 1},
        [RM_UNIT_DAY] = {.kind = RM_EVERY_MICROS, .size = RM_MICROS_PER_DAY},
        [RM_UNIT_MINUTE] = {.kind = RM_EVERY_MICROS, .size = INT64_C(60000000)},
        [RM_UNIT_SECOND] = {.kind = RM_EVERY_MICROS, .size = INT64_C(1000000)},
    };
    return by_unit[format->unit];
}
