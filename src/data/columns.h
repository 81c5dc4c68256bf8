/* What the columns of a table are, told from its first rows: names, time, series, channels,
 * text. */
#ifndef RM_COLUMNS_H
#define RM_COLUMNS_H

#include "data/csv.h"
#include "data/dress.h"
#include "data/number.h"
#include "data/timestamps.h"
#include "rimer/dataset.h"

#define RM_TIME_COLUMNS_MAX 8

typedef struct rm_columns {
    int64_t n_columns;
    char **names; /* [n_columns] from the header, or c0, c1, ... by position */
    bool has_header;
    bool *nameless;                    /* [n_columns] empty in the header */
    int64_t id;                        /* column with the names of the series, -1: none */
    int64_t n_time;                    /* columns that make up the time, 0: none */
    int64_t time[RM_TIME_COLUMNS_MAX]; /* which */
    rm_time_format format;             /* its kind, and the pattern if there is one */
    int64_t n_channels;
    int64_t *channels;             /* [n_channels] their columns, in order */
    rm_dress *dresses;             /* [n_columns] what stands around the numbers of channels */
    char ignored[RIMER_TEXT_SIZE]; /* names of the columns left out */
    bool none_tells;               /* rm_columns_tell failed, as it would for any row */
} rm_columns;

/* The first rows of data, which are held all the time that columns are looked for. */
typedef struct rm_sample {
    rm_csv *csv;
    int64_t header; /* rows before the first one: 0, 1, or more with units below the names */
    int64_t units;  /* line of these; 0: none */
    int64_t n;
} rm_sample;

/* Reads the first rows, `most` of them or fewer. RIMER_DATA: there is none. */
#define RM_SAMPLE_ROWS 1000
rimer_status rm_sample_take(rm_sample *sample, rm_csv *csv, int64_t most);

/* A cell of the k-th row, NULL if the row is shorter. */
char *rm_sample_cell(const rm_sample *sample, int64_t k, int64_t column);

/* The decimal mark that the numbers of the sample have. */
char rm_sample_decimal(const rm_sample *sample);

/* Whether a line of text, or of numbers like no value below, stands above the data. `options`
 * may say so; `skipped` is a column whose texts prove nothing (-1: none). RIMER_DATA: nothing
 * else. */
bool rm_sample_has_header(const rm_sample *sample, const rimer_read_options *options,
                          const rm_cell_style *style, int64_t skipped);
rimer_status rm_sample_find_header(rm_sample *sample, const rimer_read_options *options,
                                   const rm_cell_style *style, int64_t skipped);

/* RIMER_DATA: the line above the data is a title, as only its first cell has a text, and names of all
 * columns stand below it. */
rimer_status rm_sample_refuse_title(const rm_sample *sample, const rm_cell_style *style);

/* Whether the first row behind a header holds units, and no data: texts, or nothing, above columns of
 * numbers. Without rows behind it, whether it might. */
bool rm_sample_has_units(const rm_sample *sample, const rm_cell_style *style);

/* Then counts it among the rows of the header. */
void rm_sample_take_units(rm_sample *sample);

/* Whether the first row behind a header names the time and nothing else: pandas writes one below names
 * of several levels. Without rows behind it, whether it might. */
bool rm_sample_has_name_of_time(const rm_sample *sample, const rm_cell_style *style);

/* Counts such a row among those of the header, too. */
void rm_sample_pass_name_of_time(rm_sample *sample, const rm_cell_style *style);

/* Names the columns and tells what they are; the rows of the sample are as wide as the first.
 * RIMER_DATA: no numbers, a name twice. RIMER_USAGE:
 * a column of the options is not there. */
rimer_status rm_columns_find(rm_columns *columns, const rm_sample *sample,
                             const rimer_read_options *options, const rm_cell_style *style);
void rm_columns_free(rm_columns *columns);

/* The same in two steps, for a table whose rows come one by one. The first line of the sample
 * names the columns, or counts them. */
rimer_status rm_columns_name(rm_columns *columns, const rm_sample *sample,
                             const rimer_read_options *options);

/* Names of channels that are known before the table is. */
typedef struct rm_known_channels {
    int64_t n;
    const char **names;
} rm_known_channels;

/* Then one row, without a header in the sample and as wide as that line, tells the time. The
 * channels are those of the options, else those of `known` that are there, else all columns
 * beside the time, whatever the row holds. RIMER_DATA: no time, which another row may tell
 * unless none_tells. RIMER_USAGE, as above. */
rimer_status rm_columns_tell(rm_columns *columns, const rm_sample *row,
                             const rimer_read_options *options, const rm_cell_style *style,
                             const rm_known_channels *known);

/* The column of a name, -1: none. */
int64_t rm_columns_named(const rm_columns *columns, const char *name);

/* The sentence for a column that is not there; RIMER_USAGE. */
rimer_status rm_columns_none_named(const rm_columns *columns, const char *shown,
                                   const char *name);

/* Reads a cell of a channel. */
static inline rm_cell rm_columns_read(const rm_columns *columns, const rm_cell_style *style,
                                      int64_t column, char *text, float *value) {
    const rm_dress *dress = &columns->dresses[column];
    rm_cell kind = rm_cell_parse(style, text, value);
    if (kind == RM_CELL_MISSING || (kind == RM_CELL_NUMBER && !rm_dress_has_affix(dress)))
        return kind;
    return rm_dress_parse(dress, style, kind, text, value);
}

/* The sentence for a cell that should be a number; RIMER_DATA. */
rimer_status rm_columns_bad_cell(const rm_columns *columns, const rm_csv *csv,
                                 const rm_cell_style *style, const rm_csv_row *row,
                                 int64_t column, rm_cell kind);

/* Room for the cells of a time that has several columns; zero at first. */
typedef struct rm_joined_time {
    char *text;
    int64_t capacity;
} rm_joined_time;

/* The time of a row as the format of `columns` reads it: its cell, or several, joined in
 * `room`. Good until the next row. RIMER_NO_MEMORY. */
rimer_status rm_columns_time_text(const rm_columns *columns, const rm_csv *csv,
                                  const rm_csv_row *row, rm_joined_time *room,
                                  const char **text);

/* The sentence for such a text that is no time, `hint` behind it; RIMER_DATA. */
rimer_status rm_columns_bad_time(const rm_columns *columns, const rm_csv *csv,
                                 const rm_csv_row *row, const char *text, const char *hint);

/* Under some names whole numbers count steps, or rows; so they do in a first column without any,
 * as pandas writes its index. */
bool rm_column_counts(const rm_columns *columns, int64_t column);

/* Whether the name of a column has a word in it that means a time: "Date", "time_ms", "Start of
 * week". (time_part_columns.c) */
bool rm_column_has_word_of_time(const rm_columns *columns, int64_t column);
bool rm_column_has_word_of_date(const rm_columns *columns, int64_t column);

/* Parts of a time that a column may hold, from coarse to fine. */
typedef enum rm_part_column {
    RM_COLUMN_YEAR,
    RM_COLUMN_MONTH,
    RM_COLUMN_QUARTER,
    RM_COLUMN_WEEK,
    RM_COLUMN_DAY_OF_YEAR,
    RM_COLUMN_DAY,
    RM_COLUMN_HOUR,
    RM_COLUMN_MINUTE,
    RM_COLUMN_SECOND
} rm_part_column;

bool rm_time_has_name_of(const rm_columns *columns, int64_t column, rm_part_column part);

/* The first column with the name of a part, and with what it could be; -1: none.
 * (time_part_columns.c) */
int64_t rm_time_part_column(const rm_columns *columns, const rm_sample *sample,
                            rm_part_column wanted);

/* The pattern of a part of times, NULL: the column is none. Under a name such as "month", whole
 * numbers, without leading zeros unless one is seen, or names of months. What it means depends on
 * the columns that the time has already. */
const char *rm_time_part_of_name(const rm_columns *columns, const rm_sample *sample,
                                 int64_t column);

/* The same of clocks. A column that begins with one is one of clocks: a later cell that is none is
 * refused when it is read. */
const char *rm_time_clock_of(const rm_sample *sample, const rimer_read_options *options,
                             int64_t column);

/* Finds the columns that make up the time, and their spelling: n_time, time and format of
 * `columns`, whose names and id are set. Same failures. (time_columns.c) */
rimer_status rm_time_columns_find(rm_columns *columns, const rm_sample *sample,
                                  const rimer_read_options *options);

#endif
