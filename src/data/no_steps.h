/* Rows that are no steps: of nothing, of the names of the columns, and of sums, which spreadsheets and
 * reports write below a table. */
#ifndef RM_NO_STEPS_H
#define RM_NO_STEPS_H

#include "data/columns.h"

/* Whether nothing stands in a row that should have a time, or the name of a series. */
bool rm_row_is_nothing(const rm_columns *columns, const rm_csv *csv, const rm_csv_row *row);

/* Whether a row says the names of the columns once more, as where tables were put one below the
 * other. */
bool rm_row_repeats_names(const rm_columns *columns, const rm_csv *csv, const rm_csv_row *row);

/* Counts rows that repeat the header right below it among its own, and lets the sample end before a
 * later one. */
void rm_sample_pass_names(rm_sample *sample);

/* "Total", "Summe:", in small or capital letters. */
bool rm_text_is_total(const char *text);

/* What a table without times showed of such rows, those of nothing apart; zero at first. */
typedef struct rm_totals {
    int64_t n_rows, last; /* all of them, and the line of the last one */
    int64_t n, line;      /* those with such a word, and the line of the last of them */
    int64_t column;       /* in which it stands there */
    char text[32];        /* and how it is spelled */
} rm_totals;

/* A row in turn, behind its values. */
void rm_totals_look(rm_totals *totals, const rm_columns *columns, const rm_csv *csv,
                    const rm_csv_row *row);

/* RIMER_DATA: the last row, and no other, is called a total by a column that is no channel. */
rimer_status rm_totals_refuse(const rm_totals *totals, const rm_columns *columns,
                              const rm_csv *csv);

#endif
