/* What the columns of a table are, told from its first rows: names, time, channels, text. */
#ifndef RM_COLUMNS_H
#define RM_COLUMNS_H

#include "data/csv.h"
#include "data/number.h"
#include "data/timestamps.h"
#include "rimer/dataset.h"

typedef struct rm_columns {
    int64_t n_columns;
    char **names; /* [n_columns] from the header, or c0, c1, ... by position */
    bool has_header;
    int64_t time; /* column with the times, -1: none */
    rm_time_kind time_kind;
    int64_t n_channels;
    int64_t *channels;             /* [n_channels] their columns, in order */
    char ignored[RIMER_TEXT_SIZE]; /* names of the columns left out */
} rm_columns;

/* Looks at the first rows of a file just opened and leaves the header behind. RIMER_DATA: no
 * rows, no numbers, a name twice. RIMER_USAGE: a column of the options is not there. */
rimer_status rm_columns_find(rm_columns *columns, rm_csv *csv,
                             const rimer_read_options *options, const rm_cell_style *style);
void rm_columns_free(rm_columns *columns);

/* The sentence for a cell that should be a number; RIMER_DATA. */
rimer_status rm_columns_bad_cell(const rm_columns *columns, const rm_csv *csv,
                                 const rm_cell_style *style, const rm_csv_row *row,
                                 int64_t column, rm_cell kind);

#endif
