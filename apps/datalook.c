#include "datalook.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FROZEN_LEAST 24
#define FROZEN_SHARE 100     /* one step in so many */
#define LEVELS_LEAST 2000    /* that values can tell apart, or they are coarse */
#define EXACT_BELOW 16777216 /* whole numbers are */
#define RISING_LEAST 10      /* rows, or chance may have sorted them */
#define HUNDREDS_SHARE 50    /* one value in so many is a whole number of hundreds */

int look_is_constant(const rimer_survey *survey) {
    return survey->min == survey->max;
}

int look_is_coarse(const rimer_survey *survey) {
    float most = (float)fmax(fabs(survey->min), fabs(survey->max));
    double step = (double)nextafterf(most, INFINITY) - (double)most;
    return survey->max > survey->min ? survey->max - survey->min < LEVELS_LEAST * step
                                     : most >= EXACT_BELOW;
}

/* 825, 994, 1.003: nearly all of what has decimals has three, nothing lies below 1, and what has
 * none ends at 999. A table that drops zeros at the end has one whole number in a thousand. */
int look_is_grouped(const float *values, int64_t n) {
    int64_t n_hundreds = 0, n_whole = 0, n_fractions = 0, n_ended = 0;
    for (int64_t t = 0; t < n; t++) {
        double size = fabs((double)values[t]), thousandths = round(size * 1000);
        if (isnan(size) || size == 0)
            continue;
        if (size >= 1000 || size < 1 || fabs(size * 1000 - thousandths) > size * 1e-4)
            return 0;
        int is_whole = size == floor(size);
        n_whole += is_whole;
        n_hundreds += is_whole && size >= 100;
        n_fractions += !is_whole;
        n_ended += fmod(thousandths, 10) != 0;
    }
    return n_fractions > 0 && 4 * n_ended >= 3 * n_fractions && 2 * n_hundreds >= n_whole &&
           n_hundreds > 0 && HUNDREDS_SHARE * n_hundreds >= n;
}

int look_is_rising(const rimer_dataset *dataset) {
    rimer_series series = rimer_dataset_series(dataset, 0);
    if (rimer_dataset_n_time_columns(dataset) || rimer_dataset_n_series(dataset) != 1 ||
        rimer_dataset_n_channels(dataset) < 2 || series.n_steps < RISING_LEAST)
        return 0;
    for (int64_t t = 1; t < series.n_steps; t++)
        if (!(series.values[t] > series.values[t - 1]))
            return 0;
    return 1;
}

int look_is_frozen(const rimer_survey *survey, int64_t n_steps) {
    return look_is_constant(survey) ||
           (survey->frozen >= FROZEN_LEAST && survey->frozen * FROZEN_SHARE > n_steps);
}

void look_time(const data_look *look, int64_t series, int64_t step, char *text, size_t size) {
    *text = '\0';
    if (step >= 0)
        rimer_dataset_format_time(
            look->dataset, rimer_dataset_series(look->dataset, series).times[step], text, size);
}

/* The largest integers of 32 bits are no floats: the next one is what was read. */
void look_code(double code, char *text, size_t size) {
    if (code == 2147483648.0 || code == 4294967296.0)
        code--;
    if (code == floor(code) && fabs(code) < 1e10) {
        snprintf(text, size, "%.0f", code);
        return;
    }
    for (int digits = 4; digits <= 9; digits++) {
        snprintf(text, size, "%.*g", digits, code);
        if (strtof(text, NULL) == (float)code)
            return;
    }
}

static int64_t larger(int64_t a, int64_t b) {
    return a > b ? a : b;
}

static int compare_lengths(const void *a, const void *b) {
    int64_t x, y;
    memcpy(&x, a, sizeof x);
    memcpy(&y, b, sizeof y);
    return (x > y) - (x < y);
}

static int look_at_lengths(data_look *look) {
    int64_t *lengths = malloc((size_t)look->n_series * sizeof *lengths);
    if (!lengths)
        return 0;
    for (int64_t s = 0; s < look->n_series; s++) {
        rimer_series series = rimer_dataset_series(look->dataset, s);
        int64_t first = series.times[0], last = series.times[series.n_steps - 1];
        lengths[s] = series.n_steps;
        look->n_values += series.n_steps * look->n_channels;
        look->first = s && look->first < first ? look->first : first;
        look->last = s && look->last > last ? look->last : last;
    }
    qsort(lengths, (size_t)look->n_series, sizeof *lengths, compare_lengths);
    look->shortest = lengths[0];
    look->median = lengths[look->n_series / 2];
    look->longest = lengths[look->n_series - 1];
    free(lengths);
    return 1;
}

static void add_range(rimer_survey *pool, const rimer_survey *one) {
    double had = (double)(pool->n_steps - pool->n_missing);
    double more = (double)(one->n_steps - one->n_missing);
    if (more == 0)
        return;
    if (had == 0) {
        pool->min = one->min, pool->mean = one->mean;
        pool->max = one->max, pool->deviation = one->deviation;
        return;
    }
    double share = more / (had + more), off = one->mean - pool->mean;
    double variance = (1 - share) * pool->deviation * pool->deviation +
                      share * one->deviation * one->deviation + share * (1 - share) * off * off;
    pool->min = fmin(pool->min, one->min);
    pool->max = fmax(pool->max, one->max);
    pool->mean += share * off;
    pool->deviation = sqrt(variance);
}

/* By the time, as one series may begin long before the next. */
static void add_first_missing(const data_look *look, channel_look *pool,
                              const rimer_survey *one, int64_t series) {
    int64_t *first = &pool->survey.first_missing;
    if (one->first_missing < 0)
        return;
    int64_t time = rimer_dataset_series(look->dataset, series).times[one->first_missing];
    if (*first >= 0 &&
        rimer_dataset_series(look->dataset, pool->first_missing_series).times[*first] <= time)
        return;
    *first = one->first_missing;
    pool->first_missing_series = series;
}

static void add_stretches(channel_look *pool, const rimer_survey *one, int64_t series,
                          int series_are_many) {
    rimer_survey *sum = &pool->survey;
    if (one->longest_hole > sum->longest_hole) {
        sum->longest_hole = one->longest_hole;
        sum->longest_hole_at = one->longest_hole_at;
        pool->hole_series = series;
    }
    int whole = series_are_many && look_is_constant(one); /* told of the series itself */
    if (one->frozen > sum->frozen && !whole) {
        sum->frozen = one->frozen;
        sum->frozen_at = one->frozen_at;
        pool->frozen_series = series;
        pool->frozen_share_of = one->n_steps;
    }
}

/* The first code that some series suggests; others of that value are counted with it. */
static void add_sentinels(rimer_survey *pool, const rimer_survey *one) {
    if (one->n_sentinels == 0 || (pool->n_sentinels && pool->sentinel != one->sentinel))
        return;
    pool->sentinel = one->sentinel;
    pool->n_sentinels += one->n_sentinels;
}

static void pool_channel(data_look *look, int64_t c) {
    channel_look *pool = &look->channels[c];
    pool->survey = (rimer_survey){.min = (double)NAN,
                                  .mean = (double)NAN,
                                  .max = (double)NAN,
                                  .deviation = (double)NAN,
                                  .longest_hole_at = -1,
                                  .first_missing = -1,
                                  .frozen_at = -1,
                                  .sentinel = (double)NAN};
    for (int64_t s = 0; s < look->n_series; s++) {
        const rimer_survey *one = &look->surveys[s * look->n_channels + c];
        add_range(&pool->survey, one);
        add_first_missing(look, pool, one, s);
        add_stretches(pool, one, s, look->n_series > 1);
        add_sentinels(&pool->survey, one);
        pool->survey.n_steps += one->n_steps;
        pool->survey.n_missing += one->n_missing;
        pool->survey.n_holes += one->n_holes;
    }
    if (look->n_series == 1)
        pool->seasons.n = rimer_dataset_channel_seasons(look->dataset, 0, c, look->longest,
                                                        LOOK_SEASONS_MAX, pool->seasons.steps);
}

/* Nothing observed, then constant, then what is missing, then how much shorter than the most. */
static double weight_of(const data_look *look, const series_look *one) {
    double channels = (double)look->n_channels;
    double missing = (double)one->n_missing / (channels * (double)one->n_steps);
    double shorter = 1 - (double)one->n_steps / (double)look->median;
    return 4 * one->n_empty / channels + 2 * one->n_constant / channels + missing +
           fmax(0, shorter);
}

static void sum_up_series(data_look *look, int64_t s) {
    series_look *sum = &look->series[s];
    *sum = (series_look){.index = s, .first_missing = -1};
    for (int64_t c = 0; c < look->n_channels; c++) {
        const rimer_survey *one = &look->surveys[s * look->n_channels + c];
        sum->n_steps = one->n_steps;
        sum->n_missing += one->n_missing;
        sum->longest_hole = larger(sum->longest_hole, one->longest_hole);
        if (look_is_frozen(one, one->n_steps))
            sum->frozen = larger(sum->frozen, one->frozen);
        if (one->first_missing >= 0 &&
            (sum->first_missing < 0 || one->first_missing < sum->first_missing))
            sum->first_missing = one->first_missing;
        sum->n_constant += look_is_constant(one);
        sum->n_empty += one->n_missing == one->n_steps;
    }
    sum->weight = weight_of(look, sum);
}

static int nothing_to_train_on(const data_look *look) {
    rimer_left_out left_out;
    return rimer_train_left_out(look->dataset, &look->config, &left_out) == RIMER_OK &&
           left_out.n_short_series * look->n_channels + left_out.n_empty_rows ==
               look->n_series * look->n_channels;
}

static void look_at_training(data_look *look) {
    rimer_config_init(&look->config);
    look->can_train = rimer_config_choose(&look->config, look->dataset) == RIMER_OK;
    if (!look->can_train) {
        snprintf(look->refusal, sizeof look->refusal, "%s", rimer_last_error());
    } else if (nothing_to_train_on(look)) {
        look->can_train = 0;
        snprintf(look->refusal, sizeof look->refusal,
                 "not one value of the training part is observed");
    }
}

int look_make(data_look *look, const rimer_dataset *dataset) {
    memset(look, 0, sizeof *look);
    look->dataset = dataset;
    look->notes = rimer_dataset_notes(dataset);
    look->n_series = rimer_dataset_n_series(dataset);
    look->n_channels = rimer_dataset_n_channels(dataset);
    look->surveys = calloc((size_t)(look->n_series * look->n_channels), sizeof *look->surveys);
    look->channels = calloc((size_t)look->n_channels, sizeof *look->channels);
    look->series = calloc((size_t)look->n_series, sizeof *look->series);
    if (!look->surveys || !look->channels || !look->series || !look_at_lengths(look)) {
        look_free(look);
        return 0;
    }
    for (int64_t s = 0; s < look->n_series; s++)
        for (int64_t c = 0; c < look->n_channels; c++)
            look->surveys[s * look->n_channels + c] = rimer_dataset_survey(dataset, s, c);
    for (int64_t c = 0; c < look->n_channels; c++)
        pool_channel(look, c);
    for (int64_t s = 0; s < look->n_series; s++)
        sum_up_series(look, s);
    look->seasons.n =
        rimer_dataset_seasons(dataset, look->longest, LOOK_SEASONS_MAX, look->seasons.steps);
    look_at_training(look);
    look_notice(look);
    return 1;
}

void look_free(data_look *look) {
    free(look->surveys);
    free(look->channels);
    free(look->series);
    memset(look, 0, sizeof *look);
}
