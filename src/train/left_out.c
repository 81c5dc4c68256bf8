#include "train/left_out.h"

#include "base/array.h"
#include "data/scaler.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int any_observed(const float *values, int64_t n) {
    for (int64_t t = 0; t < n; t++)
        if (!isnan(values[t]))
            return 1;
    return 0;
}

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
            *one = (char)any_observed(series.values + c * series.n_steps, length);
            if (*one)
                continue;
            if (out->n_empty_rows++ == 0)
                rm_row_label(dataset, s, c, out->first_empty);
        }
    }
    return RIMER_OK;
}

static rimer_status find(const rimer_dataset *dataset, const rimer_config *config,
                         char **taught, rimer_left_out *out) {
    char *fresh;
    int64_t n = rimer_dataset_n_series(dataset) * rimer_dataset_n_channels(dataset);
    *out = (rimer_left_out){0};
    RM_TRY(rm_array_new(&fresh, n, 1));
    rimer_status status = look(dataset, config, fresh, out);
    if (status != RIMER_OK) {
        free(fresh);
        return status;
    }
    *taught = fresh;
    return RIMER_OK;
}

rimer_status rm_rows_taught(const rimer_dataset *dataset, const rimer_config *config,
                            char **taught) {
    rimer_left_out unused;
    return find(dataset, config, taught, &unused);
}

rimer_status rimer_train_left_out(const rimer_dataset *dataset, const rimer_config *config,
                                  rimer_left_out *out) {
    char *taught;
    RM_TRY(find(dataset, config, &taught, out));
    free(taught);
    return RIMER_OK;
}
