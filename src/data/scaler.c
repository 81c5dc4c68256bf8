#include "data/scaler.h"

#include "base/array.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

rimer_status rm_scaler_identity(rm_scaler *scaler, int64_t n_channels) {
    rm_scaler fresh = {.n_channels = n_channels};
    RM_TRY(rm_array_new(&fresh.loc, n_channels, sizeof *fresh.loc));
    rimer_status status = rm_array_new(&fresh.scale, n_channels, sizeof *fresh.scale);
    if (status) {
        free(fresh.loc);
        return status;
    }
    for (int64_t c = 0; c < n_channels; c++)
        fresh.scale[c] = 1;
    *scaler = fresh;
    return RIMER_OK;
}

void rm_scaler_free(rm_scaler *scaler) {
    free(scaler->loc);
    free(scaler->scale);
    *scaler = (rm_scaler){0};
}

/* Length of the training part of each series, 0 where the split does not fit. The failure of
 * the last one stays if it fits none. */
static rimer_status training_lengths(const rimer_dataset *dataset, const char *split,
                                     int64_t *length) {
    rimer_status last = RIMER_OK;
    int64_t n_fitting = 0;
    for (int64_t s = 0; s < rimer_dataset_n_series(dataset); s++) {
        rimer_split borders;
        last = rimer_split_make(split, rimer_dataset_series(dataset, s).n_steps, &borders);
        if (last != RIMER_OK && last != RIMER_DATA)
            return last;
        length[s] = last == RIMER_OK ? borders.train_end : 0;
        n_fitting += last == RIMER_OK;
    }
    return n_fitting ? RIMER_OK : last;
}

typedef struct moments {
    int64_t n;
    double sum, squares; /* of value - center */
    float low, high;
} moments;

static moments add_up(const rimer_dataset *dataset, const int64_t *length, int64_t channel,
                      double center) {
    moments m = {.low = INFINITY, .high = -INFINITY};
    for (int64_t s = 0; s < rimer_dataset_n_series(dataset); s++) {
        rimer_series series = rimer_dataset_series(dataset, s);
        const float *values = series.values + channel * series.n_steps;
        for (int64_t t = 0; t < length[s]; t++) {
            if (isnan(values[t]))
                continue;
            double away = (double)values[t] - center;
            m.n++;
            m.sum += away;
            m.squares += away * away;
            m.low = fminf(m.low, values[t]);
            m.high = fmaxf(m.high, values[t]);
        }
    }
    return m;
}

/* Two passes: squares around the mean lose nothing to a huge offset. */
static void fit_channel(const rimer_dataset *dataset, const int64_t *length, int64_t channel,
                        double *loc, double *scale) {
    moments first = add_up(dataset, length, channel, 0);
    if (first.n == 0)
        return;
    bool constant = first.low >= first.high;
    *loc = constant ? (double)first.low : first.sum / (double)first.n;
    if (!constant)
        *scale = sqrt(add_up(dataset, length, channel, *loc).squares / (double)first.n);
}

rimer_status rm_scaler_fit(rm_scaler *scaler, const rimer_dataset *dataset, const char *split) {
    rm_scaler fresh = {0};
    int64_t *length;
    rimer_status status;
    RM_TRY(rm_array_new(&length, rimer_dataset_n_series(dataset), sizeof *length));
    RM_TRY_GOTO(status, end, training_lengths(dataset, split, length));
    RM_TRY_GOTO(status, end, rm_scaler_identity(&fresh, rimer_dataset_n_channels(dataset)));
    for (int64_t c = 0; c < fresh.n_channels; c++)
        fit_channel(dataset, length, c, &fresh.loc[c], &fresh.scale[c]);
    *scaler = fresh;
end:
    free(length);
    return status;
}
