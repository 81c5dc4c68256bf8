/* Levels of quantiles: the share of truths that should lie at or below a forecast. */
#ifndef RIMER_LEVELS_H
#define RIMER_LEVELS_H

#include "rimer/status.h"

#ifdef __cplusplus
extern "C" {
#endif

#define RIMER_LEVELS_MAX 128

/* Rising, each once, between 0 and 1. All zero is an empty list. */
typedef struct rimer_levels {
    int n;
    double at[RIMER_LEVELS_MAX];
} rimer_levels;

/* Adds a level (rounded to nine decimals) unless it is there. RIMER_USAGE: not between 0 and 1,
 * too many, or `levels` is no list: its n is out of range. */
RIMER_API rimer_status rimer_levels_add(rimer_levels *levels, double level);

/* Adds those of a text such as "0.1,0.5,0.9", in any order; "" has none. RIMER_USAGE names what
 * is no level. On failure *levels is untouched. */
RIMER_API rimer_status rimer_levels_read(rimer_levels *levels, const char *text);

/* Reads central intervals such as "80,95", per cent, in any order: *intervals has their shares,
 * 0.8 and 0.95. RIMER_USAGE as above. */
RIMER_API rimer_status rimer_intervals_read(rimer_levels *intervals, const char *text);

/* The levels between which a central interval of this share lies: 0.8 has 0.1 and 0.9. */
RIMER_API void rimer_interval_borders(double share, double *low, double *high);

/* Where a level stands; -1: it is not there. */
RIMER_API int rimer_levels_find(const rimer_levels *levels, double level);

/* RIMER_USAGE, with what can be had, if one of `wanted` lies outside the `offered` ones; or if
 * either is no list as above: not rising, a level that is none, n out of its range. */
RIMER_API rimer_status rimer_levels_check(const rimer_levels *wanted,
                                          const rimer_levels *offered);

#ifdef __cplusplus
}
#endif
#endif
