/* The step of a stream to which rows still come: --follow --resample. */
#ifndef RM_OPEN_STEP_H
#define RM_OPEN_STEP_H

#include "data/resample.h"

typedef struct rm_open_step {
    int64_t n_rows;      /* that are in it; 0: there is no such step yet */
    int64_t start, last; /* where it begins, the time of its newest row */
    int64_t gap;         /* steps without a row before it */
    int64_t n_channels;
    rm_combined *channels; /* [n_channels] */
} rm_open_step;

rimer_status rm_open_step_init(rm_open_step *step, int64_t n_channels);
void rm_open_step_free(rm_open_step *step);

/* Takes a row of values[n_channels] in. */
void rm_open_step_add(rm_open_step *step, int64_t time, const float *values);

/* What its rows come to, `how` being a RIMER_DUPLICATES_..., into values[n_channels]; then it is a
 * step that begins at `start` without a row. */
void rm_open_step_end(rm_open_step *step, int how, float *values, int64_t start, int64_t gap);

/* The step as a text, to go on with it later. The caller frees it. RIMER_NO_MEMORY. */
rimer_status rm_open_step_text(const rm_open_step *step, char **text);

/* Takes such a text back; there are as many channels. RIMER_MODEL: it is none, or of other steps
 * than `resample` makes. */
rimer_status rm_open_step_read(rm_open_step *step, const char *text,
                               const rm_resample *resample);

#endif
