/* Cells to numbers: exact, and the same in every locale. */
#ifndef RM_NUMBER_H
#define RM_NUMBER_H

#include <stdbool.h>

typedef enum rm_cell {
    RM_CELL_NUMBER,
    RM_CELL_MISSING,
    RM_CELL_INFINITE, /* "inf", or beyond the range of the type asked for */
    RM_CELL_TEXT
} rm_cell;

#define RM_NA_MAX 16

/* How a table spells its numbers. */
typedef struct rm_cell_style {
    char decimal;    /* '.' or ',' */
    bool is_said;    /* by the user, so that the other mark can only stand between thousands */
    char texts[256]; /* more spellings of a missing value, each ended by a NUL */
    int n_texts;
    double numbers[RM_NA_MAX]; /* those of them that are numbers: -9999 finds -9999.0 too */
    int n_numbers;
} rm_cell_style;

/* `na` is a list of spellings separated by commas; false if it is too long, or holds more than
 * RM_NA_MAX. */
bool rm_cell_style_init(rm_cell_style *style, char decimal, const char *na);

/* Reads a whole text as [+-]digits[mark digits][e[+-]digits], rounded correctly. Never
 * RM_CELL_MISSING. */
rm_cell rm_number_parse(const char *text, char decimal, double *value);

/* Reads a cell; blanks around it do not matter (those behind it are cut off). A missing value is
 * NaN. */
rm_cell rm_cell_parse(const rm_cell_style *style, char *text, float *value);

/* Whether a number is one of the spellings of a missing value, as a float. */
bool rm_cell_is_missing(const rm_cell_style *style, double number);

/* Whether text would be a number, had its decimal mark been the other one. */
bool rm_number_has_other_mark(const rm_cell_style *style, const char *text);

/* ASCII only, whatever the locale. */
bool rm_text_same_nocase(const char *a, const char *b);
bool rm_text_ends_nocase(const char *text, const char *ending);

#endif
