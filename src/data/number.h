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

/* How a table spells its numbers. */
typedef struct rm_cell_style {
    char decimal;   /* '.' or ',' */
    const char *na; /* one more spelling of a missing value; "" if none */
    bool na_is_number;
    double na_number; /* the same as a number, so that -9999 finds -9999.0 too */
} rm_cell_style;

void rm_cell_style_init(rm_cell_style *style, char decimal, const char *na);

/* Reads a whole text as [+-]digits[mark digits][e[+-]digits], rounded correctly. The text is as
 * it was afterwards (the mark is swapped for a moment). Never RM_CELL_MISSING. */
rm_cell rm_number_parse(char *text, char decimal, double *value);

/* Reads a cell; blanks around it do not matter. A missing value is NaN. */
rm_cell rm_cell_parse(const rm_cell_style *style, char *text, float *value);

/* Whether text would be a number, had its decimal mark been the other one. */
bool rm_number_has_other_mark(const rm_cell_style *style, char *text);

/* ASCII only, whatever the locale. */
bool rm_text_same_nocase(const char *a, const char *b);

#endif
