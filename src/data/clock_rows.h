/* The hour that clocks show twice when they go back, told apart by the place of a row in its series:
 * what would not be later than the row before is meant the second time, and so is what a series
 * begins with where only then its rows go on evenly. */
#ifndef RM_CLOCK_ROWS_H
#define RM_CLOCK_ROWS_H

#include "data/rows.h"

/* One series so far. */
typedef struct rm_clock_series {
    int64_t n_rows, last; /* the time of the row before */
    bool is_early;        /* all rows so far were of such an hour, and read as the first time */
    int64_t until, later; /* the last of these rows, and how much later the second time is */
    int64_t after,
        least; /* from that row to the next; the least distance of two others; 0: none */
} rm_clock_series;

typedef struct rm_clock_rows {
    const rimer_dataset *before; /* the data that the rows continue; NULL: not known */
    rm_clock_series *series;
    int64_t n, capacity;
} rm_clock_rows;

/* Settles the time of the next row of a series, `later` being how much later it is if it is meant
 * the second time, or 0. RIMER_NO_MEMORY. */
rimer_status rm_clock_rows_next(rm_clock_rows *clock, int64_t series, const char *id,
                                int64_t later, int64_t *time);

/* Settles what the series of the rows begin with. */
void rm_clock_rows_end(const rm_clock_rows *clock, rm_rows *rows);
void rm_clock_rows_free(rm_clock_rows *clock);

/* Whether the data, or their series of this id, if they have one, end in [first, second): what
 * continues them and may be either of the two is the second. NULL data never do. */
bool rm_clock_ends_between(const rimer_dataset *data, const char *id, int64_t first,
                           int64_t second);

#endif
