/* Rows of cells out of a delimited text, plain or gzip, read as it streams by. */
#ifndef RM_CSV_H
#define RM_CSV_H

#include "base/error.h"

#include <stdint.h>

typedef struct rm_csv rm_csv;

typedef struct rm_csv_row {
    int64_t line;   /* in the file, counted from 1, of the row's first character */
    int64_t blanks; /* blank lines between the row before and this one */
    int64_t n_cells;
    int64_t first; /* for rm_csv_cell */
} rm_csv_row;

/* Opens a file ("-": stdin), skips a byte order mark and finds the delimiter in the first
 * lines unless it is given (0: find it; a comma is no candidate when it is the decimal
 * mark). RIMER_IO, RIMER_DATA. */
rimer_status rm_csv_open(rm_csv **out, const char *path, char delimiter, char decimal);
void rm_csv_free(rm_csv *csv);

/* The file's name for sentences. */
const char *rm_csv_shown(const rm_csv *csv);

/* Row k from here on, reading as far as that needs; NULL behind the last one. Valid until the
 * next call. All rows of a file have as many cells as its first. RIMER_IO, RIMER_DATA. */
rimer_status rm_csv_peek(rm_csv *csv, int64_t k, const rm_csv_row **row);

/* Leaves row 0 behind; the row after it becomes row 0. */
void rm_csv_drop(rm_csv *csv);

/* Text of a cell, the caller's to scribble on; valid as long as the row. */
char *rm_csv_cell(const rm_csv *csv, const rm_csv_row *row, int64_t column);

#endif
