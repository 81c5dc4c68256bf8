#include "ticks.h"

#include <math.h>
#include <stdio.h>

#define DAY 86400.0

static const char *const month_names[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                          "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

/* The Gregorian calendar repeats every 400 years of 146097 days; years are counted from March, so
 * that the leap day is the last. */
void civil_date(long long days, long long *year, int *month, int *day) {
    long long shifted = days + 719468;
    long long era = (shifted >= 0 ? shifted : shifted - 146096) / 146097;
    long long day_of_era = shifted - era * 146097;
    long long year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    long long day_of_year =
        day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    long long shifted_month = (5 * day_of_year + 2) / 153;
    *day = (int)(day_of_year - (153 * shifted_month + 2) / 5 + 1);
    *month = (int)(shifted_month < 10 ? shifted_month + 3 : shifted_month - 9);
    *year = year_of_era + era * 400 + (*month <= 2);
}

static long long days_of(long long year, int month) {
    long long shifted = month <= 2 ? year - 1 : year;
    long long era = (shifted >= 0 ? shifted : shifted - 399) / 400;
    long long year_of_era = shifted - era * 400;
    long long day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5;
    return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 +
           day_of_year - 719468;
}

/* 1, 2 or 5 times a power of ten, no less than `rough`. */
static double round_step(double rough) {
    double power = pow(10, floor(log10(rough)));
    return rough <= power       ? power
           : rough <= 2 * power ? 2 * power
           : rough <= 5 * power ? 5 * power
                                : 10 * power;
}

static int number_ticks(double from, double to, double least, int wanted, tick *ticks) {
    double step = fmax(round_step((to - from) / wanted), least);
    int n = 0;
    for (double at = ceil(from / step) * step; at <= to && n < TICKS_MAX; at += step) {
        tick *t = &ticks[n++];
        t->at = fabs(at) < step / 2 ? 0 : at;
        snprintf(t->label, sizeof t->label, "%.10g", t->at);
        t->below[0] = '\0';
    }
    return n;
}

/* Hours and minutes; the day stands below where it changes. */
static void label_clock(tick *t, double step, long long *last_day) {
    long long second = (long long)floor(t->at), day = (long long)floor(t->at / DAY), year;
    long long in_day = second - day * 86400;
    int month, date;
    if (step < 60)
        snprintf(t->label, sizeof t->label, "%02d:%02d:%02d", (int)(in_day / 3600),
                 (int)(in_day / 60 % 60), (int)(in_day % 60));
    else
        snprintf(t->label, sizeof t->label, "%02d:%02d", (int)(in_day / 3600),
                 (int)(in_day / 60 % 60));
    t->below[0] = '\0';
    if (day != *last_day) {
        civil_date(day, &year, &month, &date);
        snprintf(t->below, sizeof t->below, "%d %s", date, month_names[month - 1]);
    }
    *last_day = day;
}

/* Steps of parts of a second: seconds of a minute; day and minute stand below where it changes.
 * Counted in whole steps, as sums of parts would drift. */
static int second_ticks(double from, double to, int wanted, tick *ticks) {
    double step = round_step((to - from) / wanted);
    int digits = (int)ceil(-log10(step) - 1e-9), n = 0;
    long long in_minute = llround(60 / step), last_minute = -1000000000000;
    for (long long k = (long long)ceil(from / step); (double)k * step <= to && n < TICKS_MAX;
         k++) {
        long long minute = (k - ((k % in_minute) + in_minute) % in_minute) / in_minute;
        tick *t = &ticks[n++], clock = {.at = (double)minute * 60};
        long long last_day = -1000000000;
        t->at = (double)k * step;
        t->below[0] = '\0';
        snprintf(t->label, sizeof t->label, "%.*f s", digits,
                 (double)(k - minute * in_minute) * step);
        if (minute != last_minute) {
            label_clock(&clock, 60, &last_day);
            snprintf(t->below, sizeof t->below, "%.10s %.8s", clock.below, clock.label);
        }
        last_minute = minute;
    }
    return n;
}

/* Day and month; the year stands below where it changes. */
static void label_day(tick *t, long long *last_year) {
    long long year;
    int month, date;
    civil_date((long long)floor(t->at / DAY + 0.5), &year, &month, &date);
    snprintf(t->label, sizeof t->label, "%d %s", date, month_names[month - 1]);
    t->below[0] = '\0';
    if (year != *last_year)
        snprintf(t->below, sizeof t->below, "%lld", year);
    *last_year = year;
}

static int even_ticks(double from, double to, double step, tick *ticks) {
    long long last = -1000000000;
    double offset = step >= 7 * DAY ? 4 * DAY : 0; /* weeks start on Monday */
    int n = 0;
    for (double at = ceil((from - offset) / step) * step + offset; at <= to && n < TICKS_MAX;
         at += step) {
        ticks[n].at = at;
        if (step < DAY)
            label_clock(&ticks[n++], step, &last);
        else
            label_day(&ticks[n++], &last);
    }
    return n;
}

static int month_ticks(double from, double to, int months, tick *ticks) {
    long long year, last_year = -1000000000;
    int month, day, n = 0;
    civil_date((long long)floor(from / DAY), &year, &month, &day);
    long long index = year * 12 + month - 1;
    for (index -= ((index % months) + months) % months; n < TICKS_MAX; index += months) {
        year = index >= 0 ? index / 12 : -((11 - index) / 12);
        month = (int)(index - year * 12) + 1;
        double at = (double)days_of(year, month) * DAY;
        if (at > to)
            break;
        if (at < from)
            continue;
        tick *t = &ticks[n++];
        t->at = at;
        t->below[0] = '\0';
        if (months >= 12) {
            snprintf(t->label, sizeof t->label, "%lld", year);
        } else {
            snprintf(t->label, sizeof t->label, "%s", month_names[month - 1]);
            if (year != last_year)
                snprintf(t->below, sizeof t->below, "%lld", year);
        }
        last_year = year;
    }
    return n;
}

static int time_ticks(double from, double to, int wanted, tick *ticks) {
    static const double steps[] = {1,     2,     5,     10,  15,      30,      60,
                                   120,   300,   600,   900, 1800,    3600,    7200,
                                   10800, 21600, 43200, DAY, 2 * DAY, 7 * DAY, 14 * DAY};
    static const int months[] = {1,   2,   3,   6,    12,   24,   60,
                                 120, 240, 600, 1200, 2400, 6000, 12000};
    double span = to - from;
    if (span <= wanted / 2.0)
        return second_ticks(from, to, wanted, ticks);
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++)
        if (span / steps[i] <= wanted)
            return even_ticks(from, to, steps[i], ticks);
    for (size_t i = 0; i < sizeof months / sizeof *months; i++)
        if (span / (months[i] * 30.44 * DAY) <= wanted)
            return month_ticks(from, to, months[i], ticks);
    return 0;
}

int ticks_make(double from, double to, tick_kind kind, int wanted, tick *ticks) {
    if (!(to > from) || wanted < 1)
        return 0;
    if (wanted > TICKS_MAX - 2)
        wanted = TICKS_MAX - 2;
    return kind == TICKS_TIME
               ? time_ticks(from, to, wanted, ticks)
               : number_ticks(from, to, kind == TICKS_STEPS ? 1 : 0, wanted, ticks);
}
