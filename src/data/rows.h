/* The rows of a table as they came, and how they become the steps of its series. */
#ifndef RM_ROWS_H
#define RM_ROWS_H

#include "base/labels.h"
#include "data/dataset_inside.h"

/* Values lie in blocks of about a megabyte that are given back one by one while the series are
 * filled: so reading needs little more memory than the series themselves. */
typedef struct rm_rows {
    int64_t n_rows, n_channels;
    int64_t block_rows;
    float **blocks; /* each [n_channels][block_rows] */
    int64_t n_blocks, blocks_capacity;
    int64_t *times;  /* [n_rows] */
    int64_t *lines;  /* [n_rows] in the file, for sentences */
    int32_t *series; /* [n_rows]; NULL while all are of series 0 */
    int64_t times_capacity, lines_capacity, series_capacity;
    rm_labels ids; /* of the series */
} rm_rows;

void rm_rows_init(rm_rows *rows, int64_t n_channels);

/* The number of the series of this name, which is added if it is new. */
rimer_status rm_rows_series(rm_rows *rows, const char *id, int64_t *series);

/* Adds a row; values[n_channels] are copied. */
rimer_status rm_rows_add(rm_rows *rows, int64_t series, int64_t line, int64_t time,
                         const float *values);

void rm_rows_free(rm_rows *rows);

/* Puts the rows of each series in order, settles repeated times, finds the frequency and fills
 * the dataset: its series (as many as rows->ids, made by rm_dataset_new), its frequency and its
 * notes. `shown` names the file; the dataset's format and names are set. Values are spent.
 * RIMER_DATA: times out of order, repeated or off the grid, unless the options allow it. */
rimer_status rm_rows_place(rm_rows *rows, const char *shown, const rimer_read_options *options,
                           rimer_dataset *dataset);

#endif
