#include "texttable.h"

#include "terminal.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum { CELL_COLUMNS = 60 };

table_column *table_add_column(text_table *table, const char *title, int left, int widest) {
    table_column *column = &table->columns[table->n_columns];
    if (table->n_columns + 1 < TABLE_COLUMNS_MAX)
        table->n_columns++;
    *column = (table_column){.title = title, .left = left, .widest = widest};
    return column;
}

void table_add_row(text_table *table) {
    if (table->n_rows == table->capacity) {
        long larger = table->capacity ? 2 * table->capacity : 16;
        void *grown =
            realloc(table->cells, (size_t)(larger * table->n_columns) * sizeof *table->cells);
        if (!grown) {
            table->failed = 1;
            return;
        }
        table->cells = grown;
        table->capacity = larger;
    }
    memset(table->cells[table->n_rows * table->n_columns], 0,
           (size_t)table->n_columns * sizeof *table->cells);
    table->n_rows++;
}

void table_set(text_table *table, int column, const char *format, ...) {
    if (table->failed)
        return;
    char text[1024], *cell = table->cells[(table->n_rows - 1) * table->n_columns + column];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    text_short(text, CELL_COLUMNS, cell, TABLE_CELL_SIZE);
}

static int larger(int a, int b) {
    return a > b ? a : b;
}

static void measure(text_table *table) {
    for (int c = 0; c < table->n_columns; c++) {
        table_column *column = &table->columns[c];
        for (long r = 0; r < table->n_rows; r++) {
            int width = text_columns(table->cells[r * table->n_columns + c]);
            column->used |= width > 0;
            if (!column->widest || width <= column->widest)
                column->width = larger(column->width, width);
            else
                column->width = column->widest;
        }
        column->width = larger(column->width, text_columns(column->title));
    }
}

static void drop_spare(text_table *table, int widest) {
    int width = 0;
    for (int c = 0; c < table->n_columns; c++)
        width += table->columns[c].used ? 2 + table->columns[c].width : 0;
    for (int c = table->n_columns - 1; c >= 0 && width > widest; c--)
        if (table->columns[c].used && table->columns[c].spare) {
            table->columns[c].used = 0;
            width -= 2 + table->columns[c].width;
        }
}

/* Blanks are owed, not written, so that no line ends in them. */
static void print_cell(const table_column *column, const char *text, int *owed, FILE *stream) {
    int room = larger(0, column->width - text_columns(text));
    int before = *owed + 2 + (column->left ? 0 : room);
    *owed = column->left ? room : 0;
    if (*text)
        fprintf(stream, "%*s%s", before, "", text);
    else
        *owed += before;
}

static void print_row(const text_table *table, long row, FILE *stream) {
    int owed = 0;
    for (int c = 0; c < table->n_columns; c++)
        if (table->columns[c].used)
            print_cell(&table->columns[c],
                       row < 0 ? table->columns[c].title
                               : table->cells[row * table->n_columns + c],
                       &owed, stream);
    fputc('\n', stream);
}

void table_print(text_table *table, int widest, FILE *stream) {
    measure(table);
    drop_spare(table, widest);
    for (long row = -1; row < table->n_rows; row++)
        print_row(table, row, stream);
    if (table->failed)
        fprintf(stream, "  (out of memory: rows are lacking)\n");
    free(table->cells);
}
