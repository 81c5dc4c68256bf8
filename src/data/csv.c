#include "data/csv.h"

#include "base/array.h"

#include <csv.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#define CHUNK_SIZE (1 << 16)
#define CELL_SIZE_MAX (1 << 16)
#define CONTENT_SIZE_MAX (INT64_C(8) << 30) /* of the text, after gunzip */
#define DETECT_LINES 32

struct rm_csv {
    char *shown;
    gzFile file;
    struct csv_parser parser; /* all zero until it is set up */
    bool ended;
    int64_t n_read; /* bytes of text */

    /* The rows read and not yet dropped: rows[next .. n_rows). */
    rm_csv_row *rows;
    int64_t n_rows, rows_capacity, next;
    int64_t *cells; /* where each cell begins in text */
    int64_t n_cells, cells_capacity;
    char *text;
    int64_t text_size, text_capacity;

    /* The row that the parser is in. */
    rm_csv_row row;
    int64_t line;
    bool after_return; /* a line feed now belongs to the carriage return before it */
    int64_t width;     /* cells of the first row; 0 before it */
    rimer_status failed;

    unsigned char chunk[CHUNK_SIZE];
};

const char *rm_csv_shown(const rm_csv *csv) {
    return csv->shown;
}

char *rm_csv_cell(const rm_csv *csv, const rm_csv_row *row, int64_t column) {
    return csv->text + csv->cells[row->first + column];
}

static int64_t count_lines(const char *text, size_t size) {
    int64_t n = 0;
    for (const char *at; (at = memchr(text, '\n', size)); n++) {
        size -= (size_t)(at - text) + 1;
        text = at + 1;
    }
    return n;
}

static rimer_status add_cell(rm_csv *csv, const char *text, int64_t size) {
    RM_TRY(
        rm_array_grow(&csv->cells, &csv->cells_capacity, csv->n_cells + 1, sizeof *csv->cells));
    RM_TRY(rm_array_grow(&csv->text, &csv->text_capacity, csv->text_size + size + 1, 1));
    csv->cells[csv->n_cells++] = csv->text_size;
    memcpy(csv->text + csv->text_size, text, (size_t)size);
    csv->text_size += size;
    csv->text[csv->text_size++] = 0;
    return RIMER_OK;
}

static void on_cell(void *text, size_t size, void *user) {
    rm_csv *csv = user;
    if (csv->failed)
        return;
    if (csv->row.n_cells++ == 0) {
        csv->row.line = csv->line;
        csv->row.first = csv->n_cells;
    }
    csv->after_return = false;
    csv->line += count_lines(text, size);
    csv->failed = add_cell(csv, text, (int64_t)size);
}

static rimer_status add_row(rm_csv *csv) {
    if (csv->width == 0)
        csv->width = csv->row.n_cells;
    if (csv->row.n_cells != csv->width)
        RM_FAIL(DATA, "%s:%lld: %lld cells here, %lld in the first row", csv->shown,
                (long long)csv->row.line, (long long)csv->row.n_cells, (long long)csv->width);
    RM_TRY(rm_array_grow(&csv->rows, &csv->rows_capacity, csv->n_rows + 1, sizeof *csv->rows));
    csv->rows[csv->n_rows++] = csv->row;
    csv->row = (rm_csv_row){0};
    return RIMER_OK;
}

static void on_line_end(int c, void *user) {
    rm_csv *csv = user;
    if (csv->failed)
        return;
    bool second_half = c == '\n' && csv->after_return;
    csv->after_return = c == '\r';
    if (second_half)
        return;
    if (csv->row.n_cells)
        csv->failed = add_row(csv);
    else
        csv->row.blanks++;
    csv->line++;
}

/* libcsv takes a refusal for lack of memory; explain_parser tells the two apart. */
static void *realloc_cell(void *memory, size_t size) {
    return size > CELL_SIZE_MAX ? NULL : realloc(memory, size);
}

static rimer_status explain_parser(rm_csv *csv) {
    if (csv->failed)
        return csv->failed;
    switch (csv_error(&csv->parser)) {
    case CSV_EPARSE:
        RM_FAIL(DATA, "%s:%lld: a quoted cell is not closed, or a quote stands inside a cell",
                csv->shown, (long long)csv->line);
    case CSV_ENOMEM:
    case CSV_ETOOBIG:
        if (csv_get_buffer_size(&csv->parser) + csv->parser.blk_size > CELL_SIZE_MAX)
            RM_FAIL(DATA, "%s:%lld: a cell is longer than %d bytes (a quote not closed?)",
                    csv->shown, (long long)csv->line, CELL_SIZE_MAX);
        RM_FAIL(NO_MEMORY, "%s: out of memory for a cell", csv->shown);
    default:
        RM_FAIL(DATA, "%s:%lld: not readable as a table", csv->shown, (long long)csv->line);
    }
}

static rimer_status parse(rm_csv *csv, const unsigned char *bytes, size_t size) {
    if (csv_parse(&csv->parser, bytes, size, on_cell, on_line_end, csv) != size || csv->failed)
        return explain_parser(csv);
    return RIMER_OK;
}

/* Parsed up to a NUL first, so that the line in the sentence is right. */
static rimer_status parse_text(rm_csv *csv, const unsigned char *bytes, size_t size) {
    const unsigned char *nul = memchr(bytes, 0, size);
    RM_TRY(parse(csv, bytes, nul ? (size_t)(nul - bytes) : size));
    if (nul)
        RM_FAIL(DATA, "%s:%lld: a NUL byte; this is not a text table", csv->shown,
                (long long)csv->line);
    return RIMER_OK;
}

/* zlib reports a gzip file that was cut off only beside a quiet end of file. */
static rimer_status read_chunk(rm_csv *csv, size_t *size) {
    int n = gzread(csv->file, csv->chunk, CHUNK_SIZE), code;
    gzerror(csv->file, &code);
    if (n < 0 || code != Z_OK) {
        if (code == Z_ERRNO)
            RM_FAIL(IO, "%s: cannot be read: %s", csv->shown, strerror(errno));
        RM_FAIL(DATA, "%s: the gzip file is damaged or cut off", csv->shown);
    }
    csv->n_read += n;
    if (csv->n_read > CONTENT_SIZE_MAX)
        RM_FAIL(DATA, "%s: more than 8 GiB of text; split the file", csv->shown);
    *size = (size_t)n;
    return RIMER_OK;
}

static rimer_status finish(rm_csv *csv) {
    csv->ended = true;
    if (csv_fini(&csv->parser, on_cell, on_line_end, csv) || csv->failed)
        return explain_parser(csv);
    return RIMER_OK;
}

static rimer_status read_on(rm_csv *csv) {
    size_t size;
    RM_TRY(read_chunk(csv, &size));
    return size ? parse_text(csv, csv->chunk, size) : finish(csv);
}

/* Occurrences of `delimiter` outside quotes in the line at text; *next is the line after it. */
static int count_in_line(const char *text, const char *end, char delimiter, const char **next) {
    bool quoted = false;
    int n = 0;
    for (; text < end && (quoted || (*text != '\n' && *text != '\r')); text++) {
        if (*text == '"')
            quoted = !quoted;
        n += !quoted && *text == delimiter;
    }
    while (text < end && (*text == '\n' || *text == '\r'))
        text++;
    *next = text;
    return n;
}

/* How many of the first lines have as many delimiters as the first one, which has some. */
static int agreeing_lines(const char *text, const char *end, char delimiter) {
    int wanted = count_in_line(text, end, delimiter, &text), n = 1;
    if (wanted == 0)
        return 0;
    for (int i = 1; i < DETECT_LINES && text < end; i++)
        n += count_in_line(text, end, delimiter, &text) == wanted;
    return n;
}

/* The rarer a character is in other use, the earlier it stands here and wins a tie. */
static char detect_delimiter(const char *text, const char *end, char decimal) {
    char best = ',';
    int most = 0;
    for (const char *c = decimal == ',' ? "\t;|" : "\t;|,"; *c; c++) {
        int n = agreeing_lines(text, end, *c);
        if (n > most) {
            most = n;
            best = *c;
        }
    }
    return most == 0 && decimal == ',' ? ';' : best;
}

static rimer_status skip_mark(rm_csv *csv, size_t size, size_t *start) {
    const unsigned char *c = csv->chunk;
    if (size >= 2 && ((c[0] == 0xff && c[1] == 0xfe) || (c[0] == 0xfe && c[1] == 0xff)))
        RM_FAIL(DATA, "%s: text in UTF-16; save it as UTF-8", csv->shown);
    *start = size >= 3 && c[0] == 0xef && c[1] == 0xbb && c[2] == 0xbf ? 3 : 0;
    return RIMER_OK;
}

static rimer_status begin(rm_csv *csv, char delimiter, char decimal) {
    size_t size, start;
    RM_TRY(read_chunk(csv, &size));
    RM_TRY(skip_mark(csv, size, &start));
    if (size == start)
        RM_FAIL(DATA, "%s: the file is empty", csv->shown);
    const char *text = (const char *)csv->chunk;
    if (!delimiter)
        delimiter = detect_delimiter(text + start, text + size, decimal);
    csv_init(&csv->parser, CSV_STRICT | CSV_STRICT_FINI | CSV_REPALL_NL);
    csv_set_delim(&csv->parser, (unsigned char)delimiter);
    csv_set_realloc_func(&csv->parser, realloc_cell);
    csv->line = 1;
    return parse_text(csv, csv->chunk + start, size - start);
}

static rimer_status open_file(rm_csv *csv, const char *path) {
    bool is_stdin = strcmp(path, "-") == 0;
    int fd = is_stdin ? dup(STDIN_FILENO) : open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        RM_FAIL(IO, "%s: cannot be opened: %s", csv->shown, strerror(errno));
    struct stat info;
    if (fstat(fd, &info) == 0 && S_ISDIR(info.st_mode)) {
        close(fd);
        RM_FAIL(IO, "%s: is a folder, not a file", csv->shown);
    }
    csv->file = gzdopen(fd, "rb");
    if (!csv->file) {
        close(fd);
        RM_FAIL(NO_MEMORY, "%s: out of memory", csv->shown);
    }
    gzbuffer(csv->file, 2 * CHUNK_SIZE);
    return RIMER_OK;
}

rimer_status rm_csv_open(rm_csv **out, const char *path, char delimiter, char decimal) {
    rm_csv *csv;
    rimer_status status;
    RM_TRY(rm_array_new(&csv, 1, sizeof *csv));
    RM_TRY_GOTO(status, fail,
                rm_string_copy(&csv->shown, strcmp(path, "-") ? path : "(stdin)"));
    RM_TRY_GOTO(status, fail, open_file(csv, path));
    RM_TRY_GOTO(status, fail, begin(csv, delimiter, decimal));
    *out = csv;
    return RIMER_OK;
fail:
    rm_csv_free(csv);
    return status;
}

void rm_csv_free(rm_csv *csv) {
    if (!csv)
        return;
    if (csv->file)
        gzclose(csv->file);
    if (csv->parser.free_func)
        csv_free(&csv->parser);
    free(csv->shown);
    free(csv->rows);
    free(csv->cells);
    free(csv->text);
    free(csv);
}

/* A row may be in the making when all whole ones are gone: its cells move to the front. */
static void forget_dropped(rm_csv *csv) {
    bool open = csv->row.n_cells > 0;
    int64_t first = open ? csv->row.first : csv->n_cells;
    int64_t offset = open ? csv->cells[first] : csv->text_size;
    csv->n_cells -= first;
    for (int64_t i = 0; i < csv->n_cells; i++)
        csv->cells[i] = csv->cells[first + i] - offset;
    csv->text_size -= offset;
    if (csv->text_size)
        memmove(csv->text, csv->text + offset, (size_t)csv->text_size);
    csv->row.first = 0;
    csv->n_rows = csv->next = 0;
}

rimer_status rm_csv_peek(rm_csv *csv, int64_t k, const rm_csv_row **row) {
    if (csv->next == csv->n_rows)
        forget_dropped(csv);
    while (csv->next + k >= csv->n_rows && !csv->ended)
        RM_TRY(read_on(csv));
    *row = csv->next + k < csv->n_rows ? &csv->rows[csv->next + k] : NULL;
    return RIMER_OK;
}

void rm_csv_drop(rm_csv *csv) {
    csv->next++;
}
