/* Tables of short texts in aligned columns. */
#ifndef APP_TEXTTABLE_H
#define APP_TEXTTABLE_H

#include <stdio.h>

#define TABLE_COLUMNS_MAX 96
#define TABLE_CELL_SIZE 256

typedef struct table_column {
    const char *title;
    int left;   /* else right-aligned */
    int widest; /* longer cells push the others aside; 0: no limit */
    int spare;  /* left out where the table would be too wide */
    int used;   /* some cell is not empty: others are left out */
    int width;
} table_column;

typedef struct text_table {
    int n_columns;
    table_column columns[TABLE_COLUMNS_MAX];
    long n_rows, capacity;
    char (*cells)[TABLE_CELL_SIZE]; /* [n_rows][n_columns] */
    int failed;                     /* no memory: rows are lacking */
} text_table;

/* The new column, for more settings. */
table_column *table_add_column(text_table *table, const char *title, int left, int widest);

/* Starts an empty row. */
void table_add_row(text_table *table);

/* Sets a cell of the last row, made harmless; beyond 60 columns it ends in an ellipsis. */
void table_set(text_table *table, int column, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Prints titles and rows after two blanks, columns without a text left out and spare ones too
 * beyond `widest` columns of the terminal, and frees. */
void table_print(text_table *table, int widest, FILE *stream);

#endif
