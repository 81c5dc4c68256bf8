/* The rows of a table as they came, and how they become the steps of a series. */
#ifndef RM_ROWS_H
#define RM_ROWS_H

#include "data/dataset_inside.h"

typedef struct rm_rows {
    int64_t n_rows, n_channels;
    float *values;  /* [n_rows][n_channels] */
    int64_t *times; /* [n_rows] */
    int64_t *lines; /* [n_rows] in the file, for sentences */
    int64_t values_capacity, times_capacity, lines_capacity;
} rm_rows;

/* Room for one more row, which becomes the last; its values are to be filled in. */
rimer_status rm_rows_add(rm_rows *rows, int64_t line, int64_t time, float **values);
void rm_rows_free(rm_rows *rows);

/* Puts the rows in order, settles repeated times, finds the frequency and fills the
 * dataset's only series, its frequency and its notes. `shown` names the file; the dataset's
 * format is set. RIMER_DATA: times out of order, repeated or off the grid, unless the
 * options allow it. */
rimer_status rm_rows_place(const rm_rows *rows, const char *shown,
                           const rimer_read_options *options, rimer_dataset *dataset);

#endif
