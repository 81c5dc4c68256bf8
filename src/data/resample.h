/* Rows put to the steps of a regular grid, whatever their times: --resample. */
#ifndef RM_RESAMPLE_H
#define RM_RESAMPLE_H

#include "data/frequency.h"
#include "rimer/dataset.h"

typedef struct rm_resample {
    rm_frequency step;
    const rm_zone *days; /* steps of whole days in this zone: times become what clocks show */
    const rm_zone *zone; /* shorter steps there, which begin as clocks do that ... */
    int64_t ahead;       /* ... are so far ahead of UTC */
} rm_resample;

/* The options that go with it. RIMER_USAGE. */
rimer_status rm_resample_check(const rimer_read_options *options);

/* How `duplicates` of the options combines the rows of a step: the mean unless it says so. */
int rm_resample_how(const rimer_read_options *options);

/* What the options mean for a table with `format` of times, the first of them `first`; `shown`
 * names the table. Of a zone whose days are steps the format is laid aside. RIMER_USAGE: steps that
 * these times cannot tell, or that do not suit the zone. */
rimer_status rm_resample_begin(rm_resample *resample, const rimer_read_options *options,
                               const char *shown, int64_t first, rm_time_format *format);

/* Where the step begins to which a time belongs. False: steps of that zone begin at other hours
 * there than at the first time. */
bool rm_resample_start(const rm_resample *resample, int64_t time, int64_t *start);

/* The values of one channel that make up one step; zero at first. */
typedef struct rm_combined {
    int64_t n; /* observed ones */
    double sum;
    float first, last;
} rm_combined;

void rm_combine(rm_combined *combined, float value);

/* What they come to, `how` being a RIMER_DUPLICATES_...; NaN if none is observed. */
float rm_combined_value(const rm_combined *combined, int how);

#endif
