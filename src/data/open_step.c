#include "data/open_step.h"

#include "base/array.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HEAD_SIZE 128
#define TIME_MOST (INT64_C(1) << 61)
#define CHANNEL_SIZE 72 /* a count and the bits of a double and two floats */

rimer_status rm_open_step_init(rm_open_step *step, int64_t n_channels) {
    *step = (rm_open_step){.n_channels = n_channels};
    return rm_array_new(&step->channels, n_channels, sizeof *step->channels);
}

void rm_open_step_free(rm_open_step *step) {
    free(step->channels);
}

void rm_open_step_add(rm_open_step *step, int64_t time, const float *values) {
    for (int64_t c = 0; c < step->n_channels; c++)
        rm_combine(&step->channels[c], values[c]);
    step->last = time;
    step->n_rows++;
}

void rm_open_step_end(rm_open_step *step, int how, float *values, int64_t start, int64_t gap) {
    for (int64_t c = 0; c < step->n_channels; c++)
        values[c] = rm_combined_value(&step->channels[c], how);
    memset(step->channels, 0, (size_t)step->n_channels * sizeof *step->channels);
    step->n_rows = 0;
    step->start = start;
    step->gap = gap;
}

/* Numbers as their bits: no digit is lost, and no locale has a say. */
static int write_channel(const rm_combined *c, char *text, size_t size) {
    uint64_t sum;
    uint32_t first, last;
    memcpy(&sum, &c->sum, sizeof sum);
    memcpy(&first, &c->first, sizeof first);
    memcpy(&last, &c->last, sizeof last);
    return snprintf(text, size, " %" PRId64 ":%" PRIx64 ":%" PRIx32 ":%" PRIx32, c->n, sum,
                    first, last);
}

rimer_status rm_open_step_text(const rm_open_step *step, char **out) {
    int64_t size = HEAD_SIZE + step->n_channels * CHANNEL_SIZE;
    char *text;
    RM_TRY(rm_array_new(&text, size, 1));
    int n = snprintf(text, (size_t)size, "%" PRId64 " %" PRId64 " %" PRId64 " %" PRId64,
                     step->n_rows, step->start, step->last, step->gap);
    for (int64_t c = 0; c < step->n_channels; c++)
        n += write_channel(&step->channels[c], text + n, (size_t)(size - n));
    *out = text;
    return RIMER_OK;
}

static bool read_channel(const char **text, rm_combined *c) {
    uint64_t sum;
    uint32_t first, last;
    int n = 0;
    if (sscanf(*text, " %" SCNd64 ":%" SCNx64 ":%" SCNx32 ":%" SCNx32 "%n", &c->n, &sum, &first,
               &last, &n) != 4)
        return false;
    memcpy(&c->sum, &sum, sizeof sum);
    memcpy(&c->first, &first, sizeof first);
    memcpy(&c->last, &last, sizeof last);
    *text += n;
    return c->n >= 0 && isfinite(c->sum) && isfinite(c->first) && isfinite(c->last);
}

static bool is_time(int64_t time) {
    return time > -TIME_MOST && time < TIME_MOST;
}

rimer_status rm_open_step_read(rm_open_step *step, const char *text,
                               const rm_resample *resample) {
    rm_open_step read = *step;
    int64_t first, last;
    int n = 0;
    bool good = sscanf(text, "%" SCNd64 " %" SCNd64 " %" SCNd64 " %" SCNd64 "%n", &read.n_rows,
                       &read.start, &read.last, &read.gap, &n) == 4 &&
                read.n_rows > 0 && read.gap >= 0 && is_time(read.gap) && is_time(read.start) &&
                is_time(read.last);
    text += n;
    for (int64_t c = 0; c < step->n_channels && good; c++)
        good = read_channel(&text, &step->channels[c]);
    good = good && !*text && rm_resample_start(resample, read.start, &first) &&
           rm_resample_start(resample, read.last, &last) && first == read.start &&
           last == read.start;
    if (!good)
        RM_FAIL(MODEL, "the state does not tell which rows its last step has");
    *step = read;
    return RIMER_OK;
}
