/* What stands in a channel before anybody trains on it. */
#include "data/dataset_inside.h"

#include "base/array.h"
#include "base/decimal.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define NINES_POSITIVE 3 /* 999 is a code, 99 may be a percentage */
#define NINES_NEGATIVE 2
#define POWER_LEAST 8 /* of ten; 99999999 as a float is 1e8 */
#define POWER_MOST 38
#define DISTINCT_LEAST 10 /* values besides -1 */
#define FARTHER 3

static void survey_missing(const float *values, int64_t n, rimer_survey *out) {
    int64_t hole = 0;
    for (int64_t t = 0; t < n; t++) {
        if (!isnan(values[t])) {
            hole = 0;
            continue;
        }
        out->n_missing++;
        out->n_holes += hole == 0;
        hole++;
        if (out->first_missing < 0)
            out->first_missing = t;
        if (hole > out->longest_hole) {
            out->longest_hole = hole;
            out->longest_hole_at = t - hole + 1;
        }
    }
}

static void survey_frozen(const float *values, int64_t n, rimer_survey *out) {
    int64_t run = 0;
    for (int64_t t = 0; t < n; t++) {
        if (isnan(values[t]))
            run = 0;
        else
            run = run > 0 && values[t] == values[t - 1] ? run + 1 : 1;
        if (run > out->frozen) {
            out->frozen = run;
            out->frozen_at = t - run + 1;
        }
    }
}

static void survey_range(const float *values, int64_t n, rimer_survey *out) {
    double mean = 0, squares = 0;
    int64_t n_seen = 0;
    for (int64_t t = 0; t < n; t++) {
        double value = (double)values[t], off = value - mean;
        if (isnan(value))
            continue;
        out->min = fmin(out->min, value);
        out->max = fmax(out->max, value);
        mean += off / (double)++n_seen;
        squares += off * (value - mean);
    }
    out->mean = n_seen ? mean : (double)NAN;
    out->deviation = n_seen ? sqrt(squares / (double)n_seen) : (double)NAN;
}

/* -99, -99.99, 999, 9999. */
static bool is_nines(float value) {
    char text[40];
    rm_decimal_text_float(value, text, sizeof text);
    int nines = 0;
    for (const char *c = text + (*text == '-'); *c; c++) {
        if (*c != '9' && *c != '.')
            return false;
        nines += *c == '9';
    }
    return nines >= (*text == '-' ? NINES_NEGATIVE : NINES_POSITIVE);
}

static bool is_power_of_ten(float value) {
    for (int power = POWER_LEAST; power <= POWER_MOST; power++)
        if (fabsf(value) == (float)pow(10, power))
            return true;
    return false;
}

/* Ends of integers and floats, and what netCDF fills with. */
static bool is_limit(float value) {
    static const float limits[] = {32767,         -32768,         65535,
                                   2147483648.0F, -2147483648.0F, 4294967295.0F,
                                   FLT_MAX,       -FLT_MAX,       9.96920997e36F};
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++)
        if (value == limits[i])
            return true;
    return false;
}

/* One end of the values, and what it lies apart from. */
typedef struct end {
    double value;
    int64_t count;
    double next;  /* nearest other value */
    double range; /* of the others */
    int64_t n_others;
} end;

static end end_at(const float *values, int64_t n, double value, double opposite) {
    end e = {.value = value, .next = opposite};
    for (int64_t t = 0; t < n; t++) {
        double other = (double)values[t];
        if (isnan(other))
            continue;
        if (other == value) {
            e.count++;
            continue;
        }
        e.n_others++;
        if (value < opposite ? other < e.next : other > e.next)
            e.next = other; /* distances from 1e30 are all the same */
    }
    e.range = fabs(opposite - e.next);
    return e;
}

/* Two values that a switch takes are no code and a value, unless no switch would take it. */
static bool is_apart(const end *e) {
    return e->n_others > 0 && fabs(e->next - e->value) >= e->range &&
           (e->range > 0 || e->value < 0);
}

static int compare_floats(const void *a, const void *b) {
    float x, y;
    memcpy(&x, a, sizeof x);
    memcpy(&y, b, sizeof y);
    return (x > y) - (x < y);
}

/* Distinct observed values above -1; 0 also without memory to count them. */
static int64_t count_distinct(const float *values, int64_t n) {
    float *sorted;
    int64_t n_seen = 0, n_distinct = 0;
    if (rm_array_new(&sorted, n, sizeof *sorted) != RIMER_OK)
        return 0;
    for (int64_t t = 0; t < n; t++)
        if (values[t] > -1)
            sorted[n_seen++] = values[t];
    qsort(sorted, (size_t)n_seen, sizeof *sorted, compare_floats);
    for (int64_t i = 0; i < n_seen; i++)
        n_distinct += i == 0 || sorted[i] != sorted[i - 1];
    free(sorted);
    return n_distinct;
}

/* -1 is a value like others nearly everywhere: it must be no neighbour of counts 0, 1, 2. */
static bool is_minus_one(const end *e, const float *values, int64_t n) {
    if (e->value != -1 || e->next < 0 || e->count < 2)
        return false;
    int64_t n_distinct = count_distinct(values, n);
    return n_distinct >= DISTINCT_LEAST &&
           e->next + 1 >= FARTHER * e->range / (double)(n_distinct - 1);
}

static bool is_sentinel(const end *e, const float *values, int64_t n) {
    float value = (float)e->value;
    if (is_nines(value) || is_power_of_ten(value) || is_limit(value))
        return is_apart(e);
    return is_minus_one(e, values, n);
}

static void survey_sentinel(const float *values, int64_t n, rimer_survey *out) {
    const double ends[][2] = {{out->min, out->max}, {out->max, out->min}};
    for (int i = 0; i < 2 && out->n_sentinels == 0; i++) {
        end e = end_at(values, n, ends[i][0], ends[i][1]);
        if (is_sentinel(&e, values, n)) {
            out->sentinel = e.value;
            out->n_sentinels = e.count;
        }
    }
}

rimer_survey rimer_dataset_survey(const rimer_dataset *dataset, int64_t series,
                                  int64_t channel) {
    const rm_stored_series *stored = &dataset->series[series];
    const float *values = stored->values + channel * stored->n_steps;
    int64_t n = stored->n_steps;
    rimer_survey survey = {.n_steps = n,
                           .min = (double)NAN,
                           .max = (double)NAN,
                           .longest_hole_at = -1,
                           .first_missing = -1,
                           .frozen_at = -1,
                           .sentinel = (double)NAN};
    survey_missing(values, n, &survey);
    survey_range(values, n, &survey);
    survey_frozen(values, n, &survey);
    if (survey.min < survey.max)
        survey_sentinel(values, n, &survey);
    return survey;
}
