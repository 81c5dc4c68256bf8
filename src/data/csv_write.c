#include "data/csv_write.h"

#include "base/array.h"
#include "base/decimal.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#define BUFFER_SIZE 65536
#define NUMBER_SIZE 40
#define GZIP_WINDOW (15 + 16) /* zlib's way to ask for a gzip header */

struct rm_csv_zip {
    z_stream stream;
    unsigned char out[BUFFER_SIZE];
};

static rimer_status zip_new(rm_csv_zip **out) {
    rm_csv_zip *zip;
    RM_TRY(rm_array_new(&zip, 1, sizeof *zip));
    if (deflateInit2(&zip->stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, GZIP_WINDOW, 8,
                     Z_DEFAULT_STRATEGY) != Z_OK) {
        free(zip);
        RM_FAIL(NO_MEMORY, "out of memory: compression");
    }
    *out = zip;
    return RIMER_OK;
}

static void forget(rm_csv_writer *writer) {
    if (writer->zip)
        deflateEnd(&writer->zip->stream);
    free(writer->zip);
    free(writer->buffer);
}

rimer_status rm_csv_writer_open(rm_csv_writer *writer, const char *path, bool zipped) {
    rimer_status status;
    *writer = (rm_csv_writer){.missing = ""};
    RM_TRY_GOTO(status, fail, rm_array_new(&writer->buffer, BUFFER_SIZE, 1));
    if (zipped)
        RM_TRY_GOTO(status, fail, zip_new(&writer->zip));
    RM_TRY_GOTO(status, fail, rimer_writefile_open(&writer->file, path));
    return RIMER_OK;
fail:
    forget(writer);
    return status;
}

/* deflate cannot fail on a sound stream; the file remembers what fwrite could not write. */
static void put_zipped(rm_csv_writer *writer, int flush) {
    z_stream *stream = &writer->zip->stream;
    stream->next_in = (unsigned char *)writer->buffer;
    stream->avail_in = (unsigned)writer->used;
    do {
        stream->next_out = writer->zip->out;
        stream->avail_out = BUFFER_SIZE;
        (void)deflate(stream, flush);
        fwrite(writer->zip->out, 1, BUFFER_SIZE - stream->avail_out, writer->file.stream);
    } while (stream->avail_out == 0);
}

static void put(rm_csv_writer *writer, int flush) {
    if (writer->zip)
        put_zipped(writer, flush);
    else
        fwrite(writer->buffer, 1, writer->used, writer->file.stream);
    writer->used = 0;
}

rimer_status rm_csv_writer_commit(rm_csv_writer *writer) {
    put(writer, Z_FINISH);
    rimer_status status = rimer_writefile_commit(&writer->file);
    forget(writer);
    return status;
}

rimer_status rm_csv_writer_flush(rm_csv_writer *writer) {
    put(writer, Z_NO_FLUSH);
    if (fflush(writer->file.stream) != 0 || ferror(writer->file.stream))
        RM_FAIL(IO, "%s: cannot be written: %s",
                writer->file.stream == stdout ? "standard output" : writer->file.path,
                strerror(errno));
    return RIMER_OK;
}

void rm_csv_writer_abandon(rm_csv_writer *writer) {
    rimer_writefile_abandon(&writer->file);
    forget(writer);
}

static void add(rm_csv_writer *writer, char c) {
    if (writer->used == BUFFER_SIZE)
        put(writer, Z_NO_FLUSH);
    writer->buffer[writer->used++] = c;
}

static void begin_cell(rm_csv_writer *writer) {
    if (writer->in_row)
        add(writer, ',');
    writer->in_row = true;
}

static bool is_blank(char c) {
    return c == ' ' || c == '\t';
}

/* An empty text needs its quotes where it is the only cell of a row. */
static bool needs_quotes(const char *const *parts) {
    char first = 0, last = 0;
    for (; *parts; parts++) {
        if (strpbrk(*parts, "\",;|\t\r\n"))
            return true;
        first = first ? first : **parts;
        last = **parts ? (*parts)[strlen(*parts) - 1] : last;
    }
    return !first || is_blank(first) || is_blank(last) || strchr("=+-@", first);
}

void rm_csv_write_parts(rm_csv_writer *writer, const char *const *parts) {
    bool quoted = needs_quotes(parts);
    begin_cell(writer);
    if (quoted)
        add(writer, '"');
    for (; *parts; parts++)
        for (const char *c = *parts; *c; c++) {
            if (*c == '"')
                add(writer, '"');
            add(writer, *c);
        }
    if (quoted)
        add(writer, '"');
}

void rm_csv_write_text(rm_csv_writer *writer, const char *text) {
    rm_csv_write_parts(writer, (const char *const[]){text, NULL});
}

void rm_csv_write_value(rm_csv_writer *writer, float value) {
    char number[NUMBER_SIZE] = "";
    const char *text = writer->missing;
    if (isfinite(value)) {
        rm_decimal_text_float(value, number, sizeof number);
        text = number;
    }
    begin_cell(writer);
    while (*text)
        add(writer, *text++);
}

void rm_csv_write_row_end(rm_csv_writer *writer) {
    add(writer, '\n');
    writer->in_row = false;
}

void rm_csv_write_time_names(rm_csv_writer *writer, const rimer_dataset *dataset) {
    for (int64_t i = 0; i < rimer_dataset_n_time_columns(dataset); i++)
        rm_csv_write_text(writer, rimer_dataset_time_column(dataset, i));
}

void rm_csv_write_time(rm_csv_writer *writer, const rimer_dataset *dataset, int64_t time) {
    for (int64_t i = 0; i < rimer_dataset_n_time_columns(dataset); i++) {
        char text[RIMER_TIME_SIZE];
        rimer_dataset_format_time_column(dataset, i, time, text, sizeof text);
        rm_csv_write_text(writer, text);
    }
}

void rm_csv_column_parts(const rimer_dataset *dataset, int64_t series, int64_t channel,
                         const char *parts[4]) {
    const char *id = rimer_dataset_series(dataset, series).id;
    bool single = rimer_dataset_n_channels(dataset) == 1;
    int n = 0;
    if (*id)
        parts[n++] = id;
    if (*id && !single)
        parts[n++] = "/";
    if (!*id || !single)
        parts[n++] = rimer_dataset_channel_name(dataset, channel);
    parts[n] = NULL;
}
