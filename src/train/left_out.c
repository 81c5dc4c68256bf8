#include "train/left_out.h"

#include "base/array.h"
#include "base/config_text.h"
#include "data/scaler.h"

#include <math.h>
#include <stdlib.h>

/* Length of a training part that holds a window, else 0. */
static rimer_status usable_length(const rimer_config *config, int64_t n_steps, int64_t *out) {
    rimer_split borders;
    rimer_status status = rimer_split_make(config->split, n_steps, &borders);
    *out = 0;
    if (status == RIMER_DATA)
        return RIMER_OK;
    RM_TRY(status);
    if (borders.train_end >= config->context_len + config->output_len)
        *out = borders.train_end;
    return RIMER_OK;
}

static rimer_status look(const rimer_dataset *dataset, const rimer_config *config, char *taught,
                         rimer_left_out *out) {
    int64_t n_channels = rimer_dataset_n_channels(dataset);
    for (int64_t s = 0; s < rimer_dataset_n_series(dataset); s++) {
        rimer_series series = rimer_dataset_series(dataset, s);
        int64_t length;
        RM_TRY(usable_length(config, series.n_steps, &length));
        out->n_short_series += length == 0;
        for (int64_t c = 0; c < n_channels && length; c++) {
            char *one = &taught[s * n_channels + c];
            *one = (char)rm_any_observed(series.values + c * series.n_steps, length);
            if (*one)
                continue;
            if (out->n_empty_rows++ == 0)
                rm_row_label(dataset, s, c, out->first_empty);
        }
    }
    return RIMER_OK;
}

rimer_status rm_rows_taught(const rimer_dataset *dataset, const rimer_config *config,
                            char *taught) {
    rimer_left_out unused = {0};
    return look(dataset, config, taught, &unused);
}

static int any_hole(const float *values, int64_t n) {
    for (int64_t t = 0; t < n; t++)
        if (isnan(values[t]))
            return 1;
    return 0;
}

int rm_any_missing(const rimer_dataset *dataset, const rimer_config *config,
                   const char *taught) {
    int64_t n_channels = rimer_dataset_n_channels(dataset);
    for (int64_t s = 0; s < rimer_dataset_n_series(dataset); s++) {
        rimer_series series = rimer_dataset_series(dataset, s);
        rimer_split borders;
        if (rimer_split_make(config->split, series.n_steps, &borders) != RIMER_OK)
            continue;
        for (int64_t c = 0; c < n_channels; c++)
            if (taught[s * n_channels + c] &&
                any_hole(series.values + c * series.n_steps, borders.train_end))
                return 1;
    }
    return 0;
}

rimer_status rimer_train_left_out(const rimer_dataset *dataset, const rimer_config *config,
                                  rimer_left_out *out) {
    RM_NEED(dataset, config, out);
    RM_TRY(rm_config_ready(config));
    rimer_left_out found = {0};
    char *taught;
    int64_t n = rimer_dataset_n_series(dataset) * rimer_dataset_n_channels(dataset);
    RM_TRY(rm_array_new(&taught, n, sizeof *taught));
    rimer_status status = look(dataset, config, taught, &found);
    if (status == RIMER_OK)
        *out = found;
    free(taught);
    return status;
}
