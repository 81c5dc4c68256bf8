#include "data/zone_footer.h"

#include "data/time_parts.h"

#include <string.h>

#define SECONDS_PER_DAY 86400

static bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* Three letters or more, or anything of letters, digits and signs in <>. */
static bool skip_name(const char **text) {
    const char *start = *text;
    if (rm_take(text, '<')) {
        while (is_letter(**text) || (**text >= '0' && **text <= '9') || **text == '+' ||
               **text == '-')
            ++*text;
        return rm_take(text, '>') && *text - start >= 5;
    }
    while (is_letter(**text))
        ++*text;
    return *text - start >= 3;
}

/* [+-]hh[:mm[:ss]] */
static bool take_seconds(const char **text, int hours_max, int *seconds) {
    int sign = **text == '-' ? -1 : 1, hours, minutes = 0, rest = 0;
    if (**text == '-' || **text == '+')
        ++*text;
    if (!rm_take_digits(text, 3, &hours) || hours > hours_max)
        return false;
    if (rm_take(text, ':')) {
        if (rm_take_digits(text, 2, &minutes) != 2 || minutes > 59)
            return false;
        if (rm_take(text, ':') && (rm_take_digits(text, 2, &rest) != 2 || rest > 59))
            return false;
    }
    *seconds = sign * (hours * 3600 + minutes * 60 + rest);
    return true;
}

static bool take_in(const char **text, int low, int high, int *value) {
    return rm_take_digits(text, 3, value) > 0 && *value >= low && *value <= high;
}

static bool take_day(const char **text, rm_zone_day *day) {
    *day = (rm_zone_day){.kind = 'N', .seconds = 2 * 3600};
    if (rm_take(text, 'M')) {
        day->kind = 'M';
        if (!take_in(text, 1, 12, &day->month) || !rm_take(text, '.') ||
            !take_in(text, 1, 5, &day->week) || !rm_take(text, '.') ||
            !take_in(text, 0, 6, &day->day))
            return false;
    } else {
        bool julian = rm_take(text, 'J');
        day->kind = julian ? 'J' : 'N';
        if (!take_in(text, julian, 365, &day->day))
            return false;
    }
    return !rm_take(text, '/') || take_seconds(text, 167, &day->seconds);
}

bool rm_zone_footer_parse(const char *text, rm_zone_footer *footer) {
    *footer = (rm_zone_footer){0};
    int west;
    if (!skip_name(&text) || !take_seconds(&text, 24, &west))
        return false;
    footer->standard = -west;
    if (*text == 0)
        return true;
    footer->has_summer = true;
    footer->summer = footer->standard + 3600;
    if (!skip_name(&text))
        return false;
    if (*text != ',') {
        if (!take_seconds(&text, 24, &west))
            return false;
        footer->summer = -west;
    }
    return rm_take(&text, ',') && take_day(&text, &footer->begin) && rm_take(&text, ',') &&
           take_day(&text, &footer->end) && *text == 0;
}

int64_t rm_zone_day_in(const rm_zone_day *day, int64_t year) {
    int month = day->kind == 'M' ? day->month : 1;
    int64_t number = rm_civil_time(year, month, 1, 0) / RM_MICROS_PER_DAY;
    if (day->kind == 'M') {
        int first = (rm_weekday(number) + 1) % 7; /* 0: Sunday */
        int offset = (day->day - first + 7) % 7 + (day->week - 1) * 7;
        while (offset >= rm_days_in_month(year, month))
            offset -= 7;
        number += offset;
    } else if (day->kind == 'J') {
        number += day->day - 1 + (day->day >= 60 && rm_days_in_month(year, 2) == 29);
    } else {
        number += day->day;
    }
    return number * SECONDS_PER_DAY + day->seconds;
}
