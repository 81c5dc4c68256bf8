/* Windows: views (series, channel, start) on a dataset; values are copied out row by row. */
#ifndef RM_WINDOWS_H
#define RM_WINDOWS_H

#include "data/scaler.h"

typedef enum rm_part { RM_PART_TRAIN, RM_PART_VAL, RM_PART_BEFORE_TEST, RM_PART_TEST } rm_part;

/* The windows of one part. Targets lie wholly inside the part. Training contexts do too;
 * validation and test contexts may reach back across the border, and before the first step of a
 * series they are missing. The forecasts before the test are those that begin in the validation
 * part, wherever they end. */
typedef struct rm_windows {
    const rimer_dataset *dataset;
    int64_t context_len, horizon, step;
    int64_t n_series;
    int64_t *first;  /* [n_series] first target step of a series' first window */
    int64_t *before; /* [n_series + 1] starts in the series before this one; last: all starts */
    int64_t n_windows; /* starts, over all series */
    int64_t n_rows;    /* n_windows * channels */
} rm_windows;

/* One row: the context is values[start - context_len .. start), the target values[start ..
 * start + horizon) of this channel. */
typedef struct rm_window {
    int64_t series, channel, start;
} rm_window;

/* RIMER_USAGE: split text. RIMER_DATA: not one window in this part (the sentence gives the
 * lengths). A series too short for the split or without a window is left out. */
rimer_status rm_windows_make(rm_windows *windows, const rimer_dataset *dataset,
                             const char *split, rm_part part, int64_t context_len,
                             int64_t horizon, int64_t step);
void rm_windows_free(rm_windows *windows);

/* Row r in [0, n_rows): ordered by series, start, channel. */
rm_window rm_windows_row(const rm_windows *windows, int64_t row);

/* Copies `n` steps of a window's channel from step `from` on (may begin before the series or end
 * after it: NaN there) to out[n], scaled; as they are if `scaler` is NULL. */
void rm_windows_copy(const rm_windows *windows, const rm_scaler *scaler, rm_window window,
                     int64_t from, int64_t n, float *out);

#endif
