#include "data/windows.h"

#include "base/array.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct span {
    int64_t first, last; /* first and last possible start; none if last < first */
} span;

static span starts_of(const rm_windows *w, const rimer_split *split, rm_part part) {
    int64_t test = split->test_end - w->horizon, before_test = split->val_end - 1;
    switch (part) {
    case RM_PART_TRAIN:
        return (span){w->context_len, split->train_end - w->horizon};
    case RM_PART_VAL:
        return (span){split->train_end, split->val_end - w->horizon};
    case RM_PART_BEFORE_TEST:
        return (span){split->train_end, before_test < test ? before_test : test};
    case RM_PART_TEST:
        break;
    }
    return (span){split->val_end, test};
}

static const char *part_name(rm_part part) {
    return part == RM_PART_TRAIN ? "training" : part == RM_PART_TEST ? "test" : "validation";
}

/* Fold J of N trains on more steps the smaller N - J is; the last one on as many for any N. */
static int is_early_fold(const char *split) {
    const char *fold = strchr(split, '@'), *of = fold ? strchr(fold, '/') : NULL;
    size_t length = of ? (size_t)(of - fold) - 1 : 0;
    return of && (strlen(of + 1) != length || memcmp(fold + 1, of + 1, length) != 0);
}

static rimer_status none(const rm_windows *w, const char *split, rm_part part) {
    int64_t longest = 0;
    char series[64] = "";
    for (int64_t s = 0; s < w->n_series; s++) {
        int64_t n = rimer_dataset_series(w->dataset, s).n_steps;
        longest = n > longest ? n : longest;
    }
    if (w->n_series > 1)
        snprintf(series, sizeof series, "; the longest of %lld series", (long long)w->n_series);
    RM_FAIL(DATA,
            "%s: the %s part of split %s has no window of context %lld and horizon %lld "
            "(%lld steps in all%s); shorten them%s or change the split",
            rimer_dataset_name(w->dataset), part_name(part), split, (long long)w->context_len,
            (long long)w->horizon, (long long)longest, series,
            part == RM_PART_TRAIN && is_early_fold(split) ? ", take fewer folds" : "");
}

static rimer_status count_starts(rm_windows *w, const char *text, rm_part part) {
    for (int64_t s = 0; s < w->n_series; s++) {
        rimer_split split;
        rimer_status status =
            rimer_split_make(text, rimer_dataset_series(w->dataset, s).n_steps, &split);
        if (status != RIMER_OK && (status != RIMER_DATA || w->n_series == 1))
            return status;
        span starts = status == RIMER_OK ? starts_of(w, &split, part) : (span){0, -1};
        int64_t n = starts.last < starts.first ? 0 : (starts.last - starts.first) / w->step + 1;
        w->first[s] = starts.first;
        w->before[s + 1] = w->before[s] + n;
    }
    w->n_windows = w->before[w->n_series];
    w->n_rows = w->n_windows * rimer_dataset_n_channels(w->dataset);
    return w->n_windows ? RIMER_OK : none(w, text, part);
}

rimer_status rm_windows_make(rm_windows *windows, const rimer_dataset *dataset,
                             const char *split, rm_part part, int64_t context_len,
                             int64_t horizon, int64_t step) {
    if (context_len < 1 || horizon < 1 || step < 1)
        RM_FAIL(USAGE,
                "windows of context %lld, horizon %lld, step %lld: all must be 1 at least",
                (long long)context_len, (long long)horizon, (long long)step);
    rm_windows w = {.dataset = dataset,
                    .context_len = context_len,
                    .horizon = horizon,
                    .step = step,
                    .n_series = rimer_dataset_n_series(dataset)};
    rimer_status status;
    RM_TRY_GOTO(status, fail, rm_array_new(&w.first, w.n_series, sizeof *w.first));
    RM_TRY_GOTO(status, fail, rm_array_new(&w.before, w.n_series + 1, sizeof *w.before));
    RM_TRY_GOTO(status, fail, count_starts(&w, split, part));
    *windows = w;
    return RIMER_OK;
fail:
    rm_windows_free(&w);
    return status;
}

void rm_windows_free(rm_windows *windows) {
    free(windows->first);
    free(windows->before);
    *windows = (rm_windows){0};
}

/* The last series whose windows begin at or before this one; empty series are passed over. */
static int64_t series_of(const rm_windows *w, int64_t window) {
    int64_t low = 0, high = w->n_series;
    while (high - low > 1) {
        int64_t middle = low + (high - low) / 2;
        if (w->before[middle] <= window)
            low = middle;
        else
            high = middle;
    }
    return low;
}

rm_window rm_windows_row(const rm_windows *windows, int64_t row) {
    int64_t n_channels = rimer_dataset_n_channels(windows->dataset);
    int64_t window = row / n_channels, series = series_of(windows, window);
    return (rm_window){.series = series,
                       .channel = row % n_channels,
                       .start = windows->first[series] +
                                (window - windows->before[series]) * windows->step};
}

#define BLOCK 8 /* a known number of values, which compilers divide several at a time */

static void scale_steps(rm_scale by, int64_t n, const float *restrict values,
                        float *restrict out) {
    int64_t i = 0;
    if (!by.log1p) {
        rm_scale affine = {by.loc, by.scale, 0};
        for (; i + BLOCK <= n; i += BLOCK)
            for (int64_t k = 0; k < BLOCK; k++)
                out[i + k] = (float)rm_scale_apply(affine, (double)values[i + k]);
    }
    for (; i < n; i++)
        out[i] = (float)rm_scale_apply(by, (double)values[i]);
}

static void fill_missing(int64_t n, float *out) {
    for (int64_t i = 0; i < n; i++)
        out[i] = NAN;
}

void rm_windows_copy(const rm_windows *windows, const rm_scaler *scaler, rm_window window,
                     int64_t from, int64_t n, float *out) {
    rimer_series series = rimer_dataset_series(windows->dataset, window.series);
    const float *values = series.values + window.channel * series.n_steps;
    int64_t begin = from < 0 ? -from : 0,
            end = series.n_steps - from; /* those that are there */
    begin = begin < n ? begin : n;
    end = end < begin ? begin : end < n ? end : n;
    fill_missing(begin, out);
    if (!scaler && end > begin)
        memcpy(out + begin, values + from + begin, (size_t)(end - begin) * sizeof *out);
    else if (end > begin)
        scale_steps(rm_scaler_at(scaler, window.series, window.channel), end - begin,
                    values + from + begin, out + begin);
    fill_missing(n - end, out + end);
}
