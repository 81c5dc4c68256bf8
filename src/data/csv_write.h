/* CSV as this library writes it: commas, decimal points, quotes where a reader would take a
 * cell for something else; plain or gzipped, through a file written aside. */
#ifndef RM_CSV_WRITE_H
#define RM_CSV_WRITE_H

#include "rimer/dataset.h"
#include "rimer/writefile.h"

#include <stdbool.h>

typedef struct rm_csv_zip rm_csv_zip;

typedef struct rm_csv_writer {
    rimer_writefile file;
    rm_csv_zip *zip; /* NULL: plain */
    char *buffer;
    size_t used;
    bool in_row;
    const char *missing; /* what stands for NaN; "" unless set otherwise */
} rm_csv_writer;

/* Opens as rimer_writefile_open does. A gzipped file carries neither time nor name, so that the
 * same table gives the same bytes. Failures of writing are kept until the commit. */
rimer_status rm_csv_writer_open(rm_csv_writer *writer, const char *path, bool zipped);

/* Ends the file as rimer_writefile_commit does; the writer is spent either way. */
rimer_status rm_csv_writer_commit(rm_csv_writer *writer);

/* Hands all rows so far on to who reads the file as it grows. RIMER_IO. */
rimer_status rm_csv_writer_flush(rm_csv_writer *writer);

/* Leaves the file as it was; the writer is spent. */
void rm_csv_writer_abandon(rm_csv_writer *writer);

/* The next cell of the row. Parts (ended by NULL) make one text. Texts that a spreadsheet would
 * take for a formula keep their bytes and are quoted. */
void rm_csv_write_text(rm_csv_writer *writer, const char *text);
void rm_csv_write_parts(rm_csv_writer *writer, const char *const *parts);
void rm_csv_write_value(rm_csv_writer *writer, float value);
void rm_csv_write_row_end(rm_csv_writer *writer);

/* The cells of the time columns, of a header and of a row; none without a time column. */
void rm_csv_write_time_names(rm_csv_writer *writer, const rimer_dataset *dataset);
void rm_csv_write_time(rm_csv_writer *writer, const rimer_dataset *dataset, int64_t time);

/* What one channel of one series is called where both must be told: the channel's name in a
 * table of one series without an id, the id of a series with one channel, else "id/channel".
 * Fills parts for rm_csv_write_parts. */
void rm_csv_column_parts(const rimer_dataset *dataset, int64_t series, int64_t channel,
                         const char *parts[4]);

#endif
