#include "base/quantile_levels.h"

#include "base/decimal.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define ROOT_2 1.4142135623730951
#define ROOT_2_PI 2.5066282746310002

static rimer_status check_count(const rimer_levels *levels) {
    if (levels->n < 0 || levels->n > RIMER_LEVELS_MAX)
        RM_FAIL(USAGE, "%d levels of quantiles are not possible; give 0 to %d", levels->n,
                RIMER_LEVELS_MAX);
    return RIMER_OK;
}

rimer_status rimer_levels_add(rimer_levels *levels, double level) {
    RM_NEED(levels);
    RM_TRY(check_count(levels));
    double rounded = round(level * 1e9) / 1e9; /* (1 - 0.8) / 2 is 0.1 */
    int at = 0;
    if (!(rounded > 0 && rounded < 1))
        RM_FAIL(USAGE, "%g is no level of a quantile: give one between 0 and 1", level);
    while (at < levels->n && levels->at[at] < rounded)
        at++;
    if (at < levels->n && !(levels->at[at] > rounded))
        return RIMER_OK;
    if (levels->n == RIMER_LEVELS_MAX)
        RM_FAIL(USAGE, "more than %d levels of quantiles are not possible", RIMER_LEVELS_MAX);
    memmove(levels->at + at + 1, levels->at + at,
            (size_t)(levels->n - at) * sizeof *levels->at);
    levels->at[at] = rounded;
    levels->n++;
    return RIMER_OK;
}

/* Adds the numbers of a list, each divided by `unit`. */
static rimer_status read_list(rimer_levels *levels, const char *text, double unit,
                              const char *what) {
    rimer_levels all = *levels;
    while (*text) {
        char item[32];
        double number;
        size_t length = strcspn(text, ",");
        snprintf(item, sizeof item, "%.*s", length < 31 ? (int)length : 31, text);
        if (length > 31 || !rm_decimal_read(item, &number) || !(number > 0 && number < unit))
            RM_FAIL(USAGE, "\"%s\" is not %s %g", item, what, unit);
        RM_TRY(rimer_levels_add(&all, number / unit));
        text += length;
        if (*text == ',' && !*++text)
            RM_FAIL(USAGE, "a list must not end with a comma");
    }
    *levels = all;
    return RIMER_OK;
}

rimer_status rimer_levels_read(rimer_levels *levels, const char *text) {
    RM_NEED(levels, text);
    return read_list(levels, text, 1, "the level of a quantile: give numbers between 0 and");
}

rimer_status rimer_intervals_read(rimer_levels *intervals, const char *text) {
    RM_NEED(intervals, text);
    return read_list(intervals, text, 100,
                     "the level of an interval: give numbers of per cent between 0 and");
}

void rimer_interval_borders(double share, double *low, double *high) {
    *low = round((1 - share) / 2 * 1e9) / 1e9;
    *high = round((1 + share) / 2 * 1e9) / 1e9;
}

int rimer_levels_find(const rimer_levels *levels, double level) {
    for (int i = 0; i < levels->n; i++)
        if (fabs(levels->at[i] - level) < 5e-10)
            return i;
    return -1;
}

/* As rimer_levels_add makes them. */
static rimer_status check_list(const rimer_levels *levels) {
    RM_TRY(check_count(levels));
    for (int i = 0; i < levels->n; i++) {
        double level = levels->at[i], before = i > 0 ? levels->at[i - 1] : 0;
        if (!(level > 0 && level < 1))
            RM_FAIL(USAGE, "%g is no level of a quantile: give one between 0 and 1", level);
        if (level <= before)
            RM_FAIL(USAGE,
                    "levels of quantiles must rise, and %g stands before %g: rimer_levels_add "
                    "puts them in order",
                    before, level);
    }
    return RIMER_OK;
}

rimer_status rimer_levels_check(const rimer_levels *wanted, const rimer_levels *offered) {
    RM_NEED(wanted, offered);
    RM_TRY(check_list(wanted));
    RM_TRY(check_list(offered));
    if (offered->n == 0 && wanted->n > 0)
        RM_FAIL(USAGE, "there is no quantile %g, as none is offered", wanted->at[0]);
    if (wanted->n == 0)
        return RIMER_OK;
    double low = offered->at[0], high = offered->at[offered->n - 1];
    for (int i = 0; i < wanted->n; i++) {
        double level = wanted->at[i], inner = low < 1 - high ? 1 - high : low;
        if (level >= low - 5e-10 && level <= high + 5e-10)
            continue;
        if (offered->n == 1)
            RM_FAIL(USAGE,
                    "there is no quantile %g, only the forecast itself: train with quantiles "
                    "(--quantiles 0.1,0.5,0.9) or with --conformal",
                    level);
        RM_FAIL(USAGE,
                "there is no quantile %g, only those from %g to %g, which is an interval of "
                "%g %% at most: train with --conformal, or with more quantiles",
                level, low, high, 100 * (1 - 2 * inner));
    }
    return RIMER_OK;
}

int rm_levels_span(const rimer_levels *levels, double low, double high) {
    return levels->at[0] <= low + 5e-10 && levels->at[levels->n - 1] >= high - 5e-10;
}

double rm_normal_density(double deviate) {
    return exp(-deviate * deviate / 2) / ROOT_2_PI;
}

/* From a rough guess by Newton's method on the distribution, which is smooth; the tail's slope
 * is taken relative to its own size, so that the steps are short there. */
double rm_normal_quantile(double level) {
    if (level == 0.5)
        return 0;
    double tail = level < 0.5 ? level : 1 - level, t = sqrt(-2 * log(tail));
    double z = t - (2.30753 + 0.27061 * t) / (1 + 0.99229 * t + 0.04481 * t * t);
    for (int i = 0; i < 4; i++)
        z += (erfc(z / ROOT_2) / 2 - tail) / rm_normal_density(z);
    return level < 0.5 ? -z : z;
}

rm_between rm_levels_between(const rimer_levels *levels, double deviate) {
    rm_between at = {0, 0};
    if (levels->n == 1)
        return at;
    while (at.below < levels->n - 2 && rm_normal_quantile(levels->at[at.below + 1]) <= deviate)
        at.below++;
    double low = rm_normal_quantile(levels->at[at.below]);
    double high = rm_normal_quantile(levels->at[at.below + 1]);
    at.share = (deviate - low) / (high - low);
    return at;
}
