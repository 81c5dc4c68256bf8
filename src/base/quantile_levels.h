/* Distributions given by a few quantiles. Between two levels a quantile is linear in the normal
 * deviate of its level, and beyond the outermost it goes on so: exact for a normal
 * distribution. */
#ifndef RM_QUANTILE_LEVELS_H
#define RM_QUANTILE_LEVELS_H

#include "base/error.h"
#include "rimer/levels.h"

/* The deviate that a share `level` of a standard normal distribution lies below. */
double rm_normal_quantile(double level);

/* Density of a standard normal distribution. */
double rm_normal_density(double deviate);

/* The quantile at one level or deviate from those at `levels`: the `below`-th and the one after
 * it, (1 - share) and share of them; share lies outside [0, 1] beyond the outermost levels. */
typedef struct rm_between {
    int below;
    double share;
} rm_between;

rm_between rm_levels_between(const rimer_levels *levels, double deviate);

/* Whether `low` and `high` lie inside, which are not empty. */
int rm_levels_span(const rimer_levels *levels, double low, double high);

#endif
