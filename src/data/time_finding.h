/* Inside of looking for the time of a table: what one column holds. (time_one_column.c) */
#ifndef RM_TIME_FINDING_H
#define RM_TIME_FINDING_H

#include "data/columns.h"

typedef struct rm_time_finding {
    rm_columns *columns;
    const rm_sample *sample;
    const rimer_read_options *options;
    const char *shown;
} rm_time_finding;

const char *rm_finding_cell(const rm_time_finding *f, int64_t k, int64_t column);

/* Whether all sampled cells of a column are times of a format; *ascending is told too (within
 * each series), and how many there are before the first that is none. */
int64_t rm_finding_count(const rm_time_finding *f, int64_t column, rm_time_format *format,
                         bool *ascending);

/* Whether a column is called by what times are called most, or has such a word in its name. */
bool rm_finding_named_as_time(const rm_time_finding *f, int64_t column);
bool rm_finding_has_word(const rm_time_finding *f, int64_t column);

/* The spellings of rm_time_read, before anything was read. */
rm_time_format rm_finding_stamps(const rm_time_finding *f);

/* The sentence for the k-th cell, which is no time; RIMER_DATA. */
rimer_status rm_finding_bad_time(const rm_time_finding *f, int64_t column, int64_t k);

/* The spelling of a column's stamps that is not ISO. RIMER_DATA: there are two. */
rimer_status rm_finding_pattern(const rm_time_finding *f, int64_t column,
                                rm_time_format *format, bool *found);

/* Whether numbers are times: dates without separators, and what counts since 1970, as databases write
 * it. *n_read is raised to how many could be read. */
bool rm_finding_numbers(const rm_time_finding *f, int64_t column, bool named, int64_t *n_read,
                        rm_time_format *format);

/* Takes a column for the time; if it is one, which the user may have said (`named`). RIMER_DATA:
 * named, and none, or spelled in two ways. */
void rm_finding_set(const rm_time_finding *f, int64_t column, const rm_time_format *format);
rimer_status rm_finding_take(const rm_time_finding *f, int64_t column, bool named);

#endif
