/* Seasons, told from the data.
 *
 * A season of L steps is judged as in the classical decomposition: what moves slower than L
 * is taken out by a centered moving average over L steps, and what is left must resemble
 * itself L steps later. A random walk treated so has a negative autocorrelation at L, and a
 * slow wave fails because it resembles itself at all shorter lags too. */
#include "data/seasons.h"
#include "data/dataset_inside.h"

#include "base/array.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define YEAR_DAYS 365.2425
#define STEPS_MAX 100000     /* of a series; the last ones of the part */
#define WORK_MAX 100000000.0 /* products for one candidate */
#define BETWEEN 12           /* lags below L that are compared with L */
#define CONTRAST_MIN 0.25
#define SHORTER_MARGIN 0.02 /* a longer season must be better by this */
#define CANDIDATES_MAX 16
#define USUAL 0.75       /* share of all steps in series of the usual length at least */
#define SEARCH_LAGS 1024 /* without a calendar */
#define SEARCH_STEPS 8192
#define SEARCH_ROWS 4 /* at their full length, or so many more short ones */
#define SEARCH_ROWS_MOST 64
#define EVIDENCE_MOST 4 /* series; more of them are not independent */

typedef struct candidate {
    int64_t lag;
    double strength;
} candidate;

typedef struct search {
    const rimer_dataset *dataset;
    int64_t *lengths;     /* [n_series] steps that are looked at, from the first */
    int64_t usual;        /* of these lengths */
    int64_t first, end;   /* of the rows, numbered through: series * n_channels + channel */
    int64_t stride;       /* every stride-th of them is looked at */
    double *sum, *weight; /* [n + 1] prefix sums over observed steps */
    float *rest;          /* [n] what the moving average leaves */
} search;

/* The last values of one row, `most` at most, in the part that is looked at. */
static const float *values_of(const search *s, int64_t row, int64_t most, int64_t *n) {
    int64_t series = row / s->dataset->n_channels, channel = row % s->dataset->n_channels;
    const rm_stored_series *stored = &s->dataset->series[series];
    int64_t length = s->lengths[series];
    *n = length < most ? length : most;
    return stored->values + channel * stored->n_steps + (length - *n);
}

static void sum_up(search *s, const float *values, int64_t n) {
    double center = 0; /* near the values, so that prefix sums keep their digits */
    for (int64_t t = 0; t < n; t++)
        if (!isnan(values[t])) {
            center = (double)values[t];
            break;
        }
    s->sum[0] = s->weight[0] = 0;
    for (int64_t t = 0; t < n; t++) {
        bool seen = !isnan(values[t]);
        s->sum[t + 1] = s->sum[t] + (seen ? (double)values[t] - center : 0);
        s->weight[t + 1] = s->weight[t] + seen;
    }
}

static double range(const double *prefix, int64_t n, int64_t from, int64_t to) {
    from = from < 0 ? 0 : from;
    to = to > n ? n : to;
    return to > from ? prefix[to] - prefix[from] : 0;
}

/* Mean over lag steps around t; an even lag takes half of each end. */
static double around(const double *prefix, int64_t n, int64_t t, int64_t lag) {
    int64_t half = lag / 2;
    double inner = range(prefix, n, t - half + (lag % 2 == 0), t + half + lag % 2);
    if (lag % 2)
        return inner;
    return inner + 0.5 * (range(prefix, n, t - half, t - half + 1) +
                          range(prefix, n, t + half, t + half + 1));
}

/* rest = values - moving average over lag steps; cut windows at both ends. */
static void take_out_slow(search *s, const float *values, int64_t n, int64_t lag) {
    sum_up(s, values, n);
    for (int64_t t = 0; t < n; t++) {
        bool seen = s->weight[t + 1] > s->weight[t];
        double value = s->sum[t + 1] - s->sum[t];
        s->rest[t] =
            !seen ? NAN
                  : (float)(value - around(s->sum, n, t, lag) / around(s->weight, n, t, lag));
    }
}

/* NaN if it is not defined. */
static double correlation(const float *x, int64_t n, int64_t lag) {
    double product = 0, first = 0, second = 0;
    for (int64_t t = 0; t + lag < n; t++) {
        double a = (double)x[t], b = (double)x[t + lag];
        if (isnan(a) || isnan(b))
            continue;
        product += a * b;
        first += a * a;
        second += b * b;
    }
    return product / sqrt(first * second);
}

/* Mean over all channels looked at of the correlation at lag, and of the lowest one at shorter
 * lags. */
static double strength_of(search *s, int64_t lag, double *contrast) {
    double total = 0, lowest = 0;
    int64_t n_used = 0;
    for (int64_t row = s->first; row < s->end; row += s->stride) {
        int64_t n;
        const float *values = values_of(s, row, STEPS_MAX, &n);
        if (n < 2 * lag)
            continue;
        take_out_slow(s, values, n, lag);
        double at_lag = correlation(s->rest, n, lag), low = 1;
        if (isnan(at_lag))
            continue;
        for (int64_t k = 1; k < BETWEEN && k < lag; k++)
            low = fmin(low, correlation(s->rest, n, k * lag / (lag < BETWEEN ? lag : BETWEEN)));
        total += at_lag;
        lowest += low;
        n_used++;
    }
    *contrast = n_used ? (total - lowest) / (double)n_used : 0;
    return n_used ? total / (double)n_used : 0;
}

/* Chance alone makes correlations of sqrt(1 / n) out of noise, and of sqrt(lag / 4n) out of a
 * random walk, whose rest has a correlation length of about a quarter of the lag. The best of
 * many lags needs more sigmas than one that the calendar names. The half weights at the ends of
 * an even window meet at the lag: exactly so much of noise is correlated there. */
static bool is_clear(int64_t lag, int64_t n, double strength, double contrast, double sigmas) {
    double length = (double)lag;
    double ends = lag % 2 == 0 ? 1 / (4 * length * length - 4 * length - 2) : 0;
    double noise = (sigmas + 1) * sqrt(1 / (double)n) + ends;
    double walk = sigmas * sqrt(length / (4 * (double)n));
    double least = fmin(fmax(fmax(noise, walk), 0.15), 0.8);
    return strength >= least && contrast >= CONTRAST_MIN;
}

static int64_t longest(const search *s) {
    int64_t n = 0;
    for (int64_t i = 0; i < s->dataset->n_series; i++)
        n = s->lengths[i] > n ? s->lengths[i] : n;
    return n < STEPS_MAX ? n : STEPS_MAX;
}

/* Seasons that the calendar suggests; how many. 0: it knows none for this frequency. */
static int calendar_lags(const rm_frequency *f, int64_t *lags) {
    int64_t day = RM_MICROS_PER_DAY;
    switch (f->kind) {
    case RM_EVERY_STEPS:
        return 0;
    case RM_EVERY_BUSINESS_DAYS:
        lags[0] = 5, lags[1] = 261;
        return f->size == 1 ? 2 : 0;
    case RM_EVERY_MONTHS:
        lags[0] = 12 / f->size;
        return f->size < 12 && 12 % f->size == 0;
    case RM_EVERY_MICROS:
        break;
    }
    if (f->size == day) {
        lags[0] = 7, lags[1] = 365;
        return 2;
    }
    if (f->size == 7 * day) {
        lags[0] = 52;
        return 1;
    }
    if (f->size > day / 2 || day % f->size != 0)
        return 0;
    lags[0] = day / f->size, lags[1] = 7 * lags[0];
    return 2;
}

double rm_season_period(const rimer_dataset *dataset, int64_t season) {
    static const struct {
        rm_frequency_kind kind;
        int64_t size, year;
        double days; /* of a step */
    } known[] = {{RM_EVERY_BUSINESS_DAYS, 1, 261, 7 / 5.0},
                 {RM_EVERY_MICROS, RM_MICROS_PER_DAY, 365, 1},
                 {RM_EVERY_MICROS, 7 * RM_MICROS_PER_DAY, 52, 7}};
    const rm_frequency *f = &dataset->frequency;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (f->kind == known[i].kind && f->size == known[i].size && season == known[i].year)
            return YEAR_DAYS / known[i].days;
    return (double)season;
}

/* Whether r[lag] is the highest within a quarter of the lag around it. */
static bool is_peak(const double *r, int64_t n_lags, int64_t lag) {
    int64_t reach = lag / 4 + 1;
    for (int64_t k = lag - reach; k <= lag + reach && k < n_lags; k++)
        if (k > 0 && (r[k] > r[lag] || isnan(r[k])))
            return false;
    return lag + reach < n_lags && r[lag] > 0;
}

/* For an even sample of about `wanted` rows that does not keep to one channel. */
static int64_t stride_for(const search *s, int64_t wanted) {
    int64_t n = s->end - s->first, stride = n > wanted ? (n + wanted - 1) / wanted : 1;
    int64_t n_channels = s->dataset->n_channels;
    bool keeps = n_channels > 1 && n > n_channels && stride % n_channels == 0;
    return stride + (stride > 1 && keeps);
}

/* Mean correlation of a few rows at every lag, without what is slower than n_lags. */
static void correlate_all(search *s, int64_t n_lags, double *r) {
    double full = (double)SEARCH_ROWS * SEARCH_STEPS * SEARCH_LAGS;
    double rows = fmin(full / (3 * (double)n_lags * (double)n_lags), SEARCH_ROWS_MOST);
    int64_t stride =
        stride_for(s, s->dataset->n_series == 1 ? SEARCH_ROWS : (int64_t)ceil(rows));
    for (int64_t row = s->first; row < s->end; row += stride) {
        int64_t n;
        const float *values = values_of(s, row, SEARCH_STEPS, &n);
        if (n < 2 * n_lags)
            continue;
        take_out_slow(s, values, n, n_lags);
        if (isnan(correlation(s->rest, n, 0)))
            continue;
        for (int64_t lag = 1; lag < n_lags; lag++)
            r[lag] += correlation(s->rest, n, lag);
    }
}

static rimer_status search_lags(search *s, int64_t *lags, int *n_found) {
    int64_t n = s->usual, n_lags = (n < SEARCH_STEPS ? n : SEARCH_STEPS) / 3;
    double *r;
    n_lags = n_lags < SEARCH_LAGS ? n_lags : SEARCH_LAGS;
    *n_found = 0;
    if (n_lags < 3)
        return RIMER_OK;
    RM_TRY(rm_array_new(&r, n_lags, sizeof *r));
    correlate_all(s, n_lags, r);
    for (int64_t lag = 2; lag < n_lags && *n_found < CANDIDATES_MAX; lag++)
        if (is_peak(r, n_lags, lag))
            lags[(*n_found)++] = lag;
    free(r);
    return RIMER_OK;
}

/* Ascending lags come in; a longer one must beat a shorter one clearly to stand before it. */
static void insert(candidate *found, int n, candidate new) {
    while (n > 0 && new.strength > found[n - 1].strength + SHORTER_MARGIN) {
        found[n] = found[n - 1];
        n--;
    }
    found[n] = new;
}

/* Twice a season is no other season, unless the calendar knows it. */
static bool repeats_shorter(const candidate *found, int n, candidate new) {
    for (int i = 0; i < n; i++) {
        double times = (double)new.lag / (double)found[i].lag;
        if (fabs(times - round(times)) < 0.1 * round(times) / 2 &&
            new.strength < found[i].strength + 0.1)
            return true;
    }
    return false;
}

/* Steps that chance is judged by: of some series, as one may repeat what the others do. */
static int64_t evidence(const search *s) {
    int64_t n_channels = s->dataset->n_channels;
    int64_t n_series = (s->end - 1) / n_channels - s->first / n_channels + 1;
    int64_t n = s->usual < STEPS_MAX ? s->usual : STEPS_MAX;
    return n * (n_series < EVIDENCE_MOST ? n_series : EVIDENCE_MOST);
}

static rimer_status find(search *s, int max_seasons, int64_t *seasons, int *n_found) {
    int64_t lags[CANDIDATES_MAX], n = s->usual < STEPS_MAX ? s->usual : STEPS_MAX;
    candidate found[CANDIDATES_MAX];
    int n_lags = calendar_lags(&s->dataset->frequency, lags);
    bool calendar = n_lags > 0;
    *n_found = 0;
    if (!calendar)
        RM_TRY(search_lags(s, lags, &n_lags));
    for (int i = 0; i < n_lags; i++) {
        double contrast;
        /* Two periods convince only where nothing shorter was found. */
        if (lags[i] < 2 || n < (*n_found ? 3 : 2) * lags[i])
            continue;
        candidate new = {lags[i], strength_of(s, lags[i], &contrast)};
        if (is_clear(new.lag, evidence(s), new.strength, contrast, calendar ? 2 : 3) &&
            (calendar || !repeats_shorter(found, *n_found, new)))
            insert(found, (*n_found)++, new);
    }
    *n_found = *n_found < max_seasons ? *n_found : max_seasons;
    for (int i = 0; i < *n_found; i++)
        seasons[i] = found[i].lag;
    return RIMER_OK;
}

static double steps_in(const search *s) {
    double n = 0;
    for (int64_t row = s->first; row < s->end; row++)
        n += fmin((double)s->lengths[row / s->dataset->n_channels], STEPS_MAX);
    return n;
}

static rimer_status find_with_room(search *s, int max_seasons, int64_t *seasons, int *n_found) {
    int64_t n = longest(s), n_rows = s->end - s->first;
    int64_t fold = 1 + (int64_t)(steps_in(s) * BETWEEN / WORK_MAX);
    RM_TRY(rm_array_new(&s->sum, n + 1, sizeof *s->sum));
    RM_TRY(rm_array_new(&s->weight, n + 1, sizeof *s->weight));
    RM_TRY(rm_array_new(&s->rest, n, sizeof *s->rest));
    s->stride = stride_for(s, (n_rows + fold - 1) / fold);
    return find(s, max_seasons, seasons, n_found);
}

static int by_length(const void *a, const void *b) {
    const int64_t *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

int64_t rm_usual_length(int64_t *lengths, int64_t n) {
    double all = 0, shorter = 0;
    qsort(lengths, (size_t)n, sizeof *lengths, by_length);
    for (int64_t i = 0; i < n; i++)
        all += (double)lengths[i];
    for (int64_t i = 0; i < n; i++) {
        shorter += (double)lengths[i];
        if (shorter > (1 - USUAL) * all)
            return lengths[i];
    }
    return 0;
}

static rimer_status find_in_parts(search *s, int max_seasons, int64_t *seasons, int *n_found) {
    int64_t n = s->dataset->n_series, *sorted;
    *n_found = 0;
    RM_TRY(rm_array_new(&sorted, n, sizeof *sorted));
    memcpy(sorted, s->lengths, (size_t)n * sizeof *sorted);
    s->usual = rm_usual_length(sorted, n);
    free(sorted);
    rimer_status status = find_with_room(s, max_seasons, seasons, n_found);
    free(s->sum);
    free(s->weight);
    free(s->rest);
    return status;
}

/* In rows first .. end - 1; the other series count as empty. */
static int find_in_rows(search s, int64_t n_steps, int max_seasons, int64_t *seasons) {
    int64_t n_channels = s.dataset->n_channels;
    int n_found = 0;
    if (n_steps < 1 || max_seasons < 1 ||
        rm_array_new(&s.lengths, s.dataset->n_series, sizeof *s.lengths) != RIMER_OK)
        return 0;
    for (int64_t i = s.first / n_channels; i <= (s.end - 1) / n_channels; i++) {
        int64_t n = s.dataset->series[i].n_steps;
        s.lengths[i] = n < n_steps ? n : n_steps;
    }
    if (find_in_parts(&s, max_seasons, seasons, &n_found) != RIMER_OK)
        n_found = 0;
    free(s.lengths);
    return n_found;
}

static search search_all(const rimer_dataset *dataset) {
    return (search){.dataset = dataset, .end = dataset->n_series * dataset->n_channels};
}

int rimer_dataset_seasons(const rimer_dataset *dataset, int64_t n_steps, int max_seasons,
                          int64_t *seasons) {
    return find_in_rows(search_all(dataset), n_steps, max_seasons, seasons);
}

int rimer_dataset_channel_seasons(const rimer_dataset *dataset, int64_t series, int64_t channel,
                                  int64_t n_steps, int max_seasons, int64_t *seasons) {
    int64_t row = series * dataset->n_channels + channel;
    return find_in_rows((search){.dataset = dataset, .first = row, .end = row + 1}, n_steps,
                        max_seasons, seasons);
}

/* Lengths of the training parts, 0 where the split does not fit. */
static rimer_status training_lengths(search *s, const char *split) {
    rimer_status last = RIMER_OK;
    int64_t n_fitting = 0;
    for (int64_t i = 0; i < s->dataset->n_series; i++) {
        rimer_split borders;
        last = rimer_split_make(split, s->dataset->series[i].n_steps, &borders);
        if (last == RIMER_DATA)
            continue;
        RM_TRY(last);
        s->lengths[i] = borders.train_end;
        n_fitting++;
    }
    return n_fitting ? RIMER_OK : last;
}

rimer_status rm_training_seasons(const rimer_dataset *dataset, const char *split,
                                 int max_seasons, int64_t *seasons, int *n_found) {
    search s = search_all(dataset);
    rimer_status status;
    RM_TRY(rm_array_new(&s.lengths, dataset->n_series, sizeof *s.lengths));
    status = training_lengths(&s, split);
    if (status == RIMER_OK)
        status = find_in_parts(&s, max_seasons, seasons, n_found);
    free(s.lengths);
    return status;
}
