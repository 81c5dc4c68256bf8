#include "data/scaler.h"

#include "base/array.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

/* Quartiles of a normal distribution are 1.349 deviations apart. */
#define QUARTILES_APART 1.349

/* ------------------------------------------------------------------------- one channel */

typedef struct moments {
    int64_t n;
    double sum, squares; /* of value - center */
    double low, high;
} moments;

static double taken(rm_scaling how, float value) {
    return how.log1p ? log1p((double)value) : (double)value;
}

static moments add_up(rm_scaling how, const float *values, int64_t n, double center) {
    moments m = {.low = (double)INFINITY, .high = (double)-INFINITY};
    for (int64_t t = 0; t < n; t++) {
        if (isnan(values[t]))
            continue;
        double value = taken(how, values[t]), away = value - center;
        m.n++;
        m.sum += away;
        m.squares += away * away;
        m.low = fmin(m.low, value);
        m.high = fmax(m.high, value);
    }
    return m;
}

/* Two passes: squares around the mean lose nothing to a huge offset. */
static double deviation_of(rm_scaling how, const float *values, int64_t n, double mean) {
    moments m = add_up(how, values, n, mean);
    return sqrt(m.squares / (double)m.n);
}

static int by_size(const void *a, const void *b) {
    const double *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

/* Between the two nearest of n sorted values, linearly. */
static double quantile(const double *sorted, int64_t n, double share) {
    double place = share * (double)(n - 1);
    int64_t below = (int64_t)place;
    double rest = place - (double)below;
    return rest > 0 ? sorted[below] + rest * (sorted[below + 1] - sorted[below])
                    : sorted[below];
}

/* More than half of the values may be equal: then only the deviation tells how far the others are.
 */
static rimer_status fit_robust(rm_scale *out, rm_scaling how, const float *values, int64_t n,
                               const moments *m) {
    double *sorted;
    int64_t n_seen = 0;
    RM_TRY(rm_array_new(&sorted, m->n, sizeof *sorted));
    for (int64_t t = 0; t < n; t++)
        if (!isnan(values[t]))
            sorted[n_seen++] = taken(how, values[t]);
    qsort(sorted, (size_t)n_seen, sizeof *sorted, by_size);
    double apart = quantile(sorted, n_seen, 0.75) - quantile(sorted, n_seen, 0.25);
    out->loc = quantile(sorted, n_seen, 0.5);
    out->scale = apart > 0 ? apart / QUARTILES_APART
                           : deviation_of(how, values, n, m->sum / (double)m->n);
    free(sorted);
    return RIMER_OK;
}

rimer_status rm_scale_fit(rm_scale *out, rm_scaling how, const float *values, int64_t n) {
    *out = (rm_scale){0, 1, how.log1p};
    moments m = add_up(how, values, n, 0);
    if (m.n == 0 || how.kind == RIMER_SCALER_NONE)
        return RIMER_OK;
    if (m.low >= m.high) {
        out->loc = m.low;
    } else if (how.kind == RIMER_SCALER_MINMAX) {
        out->loc = m.low;
        out->scale = m.high - m.low;
    } else if (how.kind == RIMER_SCALER_ROBUST) {
        return fit_robust(out, how, values, n, &m);
    } else {
        out->loc = m.sum / (double)m.n;
        out->scale = deviation_of(how, values, n, out->loc);
    }
    return RIMER_OK;
}

int64_t rm_log1p_refuses(const float *values, int64_t n) {
    for (int64_t t = 0; t < n; t++)
        if (values[t] <= -1)
            return t;
    return -1;
}

/* --------------------------------------------------------------------------- a dataset */

const char *rm_row_label(const rimer_dataset *dataset, int64_t series, int64_t channel,
                         char out[RM_LABEL_SIZE]) {
    const char *id = rimer_dataset_series(dataset, series).id;
    const char *column = rimer_dataset_channel_name(dataset, channel);
    if (*id)
        snprintf(out, RM_LABEL_SIZE, "series \"%.80s\", column \"%.80s\"", id, column);
    else
        snprintf(out, RM_LABEL_SIZE, "column \"%.80s\"", column);
    return out;
}

rimer_status rm_log1p_check(const rimer_dataset *dataset, int64_t series, int64_t channel,
                            const float *values, int64_t n) {
    char label[RM_LABEL_SIZE];
    int64_t at = rm_log1p_refuses(values, n);
    if (at >= 0)
        RM_FAIL(DATA, "%s: %s: log1p cannot take %.9g, only values above -1",
                rimer_dataset_name(dataset), rm_row_label(dataset, series, channel, label),
                (double)values[at]);
    return RIMER_OK;
}

rimer_status rm_scaler_identity(rm_scaler *scaler, int64_t n_series, int64_t n_channels) {
    rm_scaler fresh = {.n_series = n_series, .n_channels = n_channels};
    int64_t n = n_series * n_channels;
    RM_TRY(rm_array_new(&fresh.loc, n, sizeof *fresh.loc));
    rimer_status status = rm_array_new(&fresh.scale, n, sizeof *fresh.scale);
    if (status) {
        free(fresh.loc);
        return status;
    }
    for (int64_t i = 0; i < n; i++)
        fresh.scale[i] = 1;
    *scaler = fresh;
    return RIMER_OK;
}

void rm_scaler_free(rm_scaler *scaler) {
    free(scaler->loc);
    free(scaler->scale);
    free(scaler->unseen);
    *scaler = (rm_scaler){0};
}

int rm_any_observed(const float *values, int64_t n) {
    for (int64_t t = 0; t < n; t++)
        if (!isnan(values[t]))
            return 1;
    return 0;
}

int rm_scaler_is_unseen(const rm_scaler *scaler, int64_t series, int64_t channel) {
    return scaler->unseen && scaler->unseen[series * scaler->n_channels + channel];
}

rm_scale rm_scaler_at(const rm_scaler *scaler, int64_t series, int64_t channel) {
    int64_t at = series * scaler->n_channels + channel;
    return (rm_scale){scaler->loc[at], scaler->scale[at], scaler->log1p};
}

static rimer_status fit_series(rm_scaler *scaler, const rimer_dataset *dataset, rm_scaling how,
                               const rimer_split *borders, int64_t s) {
    rimer_series series = rimer_dataset_series(dataset, s);
    for (int64_t c = 0; c < scaler->n_channels; c++) {
        const float *values = series.values + c * series.n_steps;
        int64_t at = s * scaler->n_channels + c;
        rm_scale fitted;
        if (how.log1p)
            RM_TRY(rm_log1p_check(dataset, s, c, values, borders->val_end));
        RM_TRY(rm_scale_fit(&fitted, how, values, borders->train_end));
        scaler->loc[at] = fitted.loc;
        scaler->scale[at] = fitted.scale;
        scaler->unseen[at] =
            borders->train_end > 0 && !rm_any_observed(values, borders->train_end);
    }
    return RIMER_OK;
}

/* The failure of the last series stays if the split fits none. */
static rimer_status fit_all(rm_scaler *scaler, const rimer_dataset *dataset, const char *split,
                            rm_scaling how) {
    rimer_status last = RIMER_OK;
    bool any = false;
    for (int64_t s = 0; s < scaler->n_series; s++) {
        rimer_split borders;
        last = rimer_split_make(split, rimer_dataset_series(dataset, s).n_steps, &borders);
        if (last == RIMER_DATA)
            continue;
        RM_TRY(last);
        RM_TRY(fit_series(scaler, dataset, how, &borders, s));
        any = true;
    }
    return any ? RIMER_OK : last;
}

rimer_status rm_scaler_fit_as(rm_scaler *scaler, const rimer_dataset *dataset,
                              const char *split, rm_scaling how) {
    rm_scaler fresh;
    RM_TRY(rm_scaler_identity(&fresh, rimer_dataset_n_series(dataset),
                              rimer_dataset_n_channels(dataset)));
    fresh.log1p = how.log1p;
    rimer_status status =
        rm_array_new(&fresh.unseen, fresh.n_series * fresh.n_channels, sizeof *fresh.unseen);
    if (status == RIMER_OK)
        status = fit_all(&fresh, dataset, split, how);
    if (status != RIMER_OK) {
        rm_scaler_free(&fresh);
        return status;
    }
    *scaler = fresh;
    return RIMER_OK;
}

rimer_status rm_scaler_fit(rm_scaler *scaler, const rimer_dataset *dataset, const char *split) {
    return rm_scaler_fit_as(scaler, dataset, split, (rm_scaling){RIMER_SCALER_STANDARD, 0});
}
