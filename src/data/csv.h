/* Rows of cells out of a delimited text, read as it streams by. */
#ifndef RM_CSV_H
#define RM_CSV_H

#include "data/input.h"

typedef struct rm_csv rm_csv;

typedef struct rm_csv_row {
    int64_t line;   /* in the file, counted from 1, of the row's first character */
    int64_t blanks; /* blank lines between the row before and this one */
    int64_t n_cells;
    int64_t first; /* for rm_csv_cell */
} rm_csv_row;

/* Takes the input over, also when it fails, and finds the delimiter in the first lines unless it
 * is given (0: find it; a comma is no candidate when it is the decimal mark). RIMER_IO,
 * RIMER_DATA. */
rimer_status rm_csv_open(rm_csv **out, rm_input *input, char delimiter, char decimal);
void rm_csv_free(rm_csv *csv);

/* The file's name for sentences. */
const char *rm_csv_shown(const rm_csv *csv);

char rm_csv_delimiter(const rm_csv *csv);

/* From now on rows may have more or fewer cells than the first. */
void rm_csv_allow_ragged(rm_csv *csv);

/* From now on a last line without its end, which may have been cut off, is no row. */
void rm_csv_need_line_ends(rm_csv *csv);

/* The number of such a line, once it was met; else 0. */
int64_t rm_csv_cut_line(const rm_csv *csv);

/* From now on a row behind the first is one line, on which quotes are closed: one that is not
 * would take in all that follows. A row that cannot be cut into cells, or has a NUL byte, is left
 * behind. */
void rm_csv_end_rows_at_lines(rm_csv *csv);

/* The latest rm_csv_peek refused a row so, and the next one reads on behind it. */
bool rm_csv_left_row(const rm_csv *csv);

/* Row k from here on, reading as far as that needs; NULL behind the last one. Valid until the
 * next call. All rows of a file have as many cells as its first, unless ragged ones are allowed.
 * RIMER_IO, RIMER_DATA. */
rimer_status rm_csv_peek(rm_csv *csv, int64_t k, const rm_csv_row **row);

/* Row k, which was read before; valid as long as nothing is read. */
const rm_csv_row *rm_csv_held(const rm_csv *csv, int64_t k);

/* Leaves row 0 behind; the row after it becomes row 0. */
void rm_csv_drop(rm_csv *csv);

/* Text of a cell without the blanks around it, the caller's to scribble on; valid as long as the
 * row. */
char *rm_csv_cell(const rm_csv *csv, const rm_csv_row *row, int64_t column);

/* Whether there is nothing in any cell. */
bool rm_csv_row_is_empty(const rm_csv *csv, const rm_csv_row *row);

/* For loops over many cells: column c begins at text + starts[c]. */
typedef struct rm_csv_cells {
    char *text;
    const int64_t *starts; /* [n_cells] */
} rm_csv_cells;
rm_csv_cells rm_csv_cells_of(const rm_csv *csv, const rm_csv_row *row);

#endif
