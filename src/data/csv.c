#include "data/csv.h"

#include "base/array.h"

#include <csv.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define CELL_SIZE_MAX (1 << 16)
#define DETECT_LINES 32

/* Cells are cut out of the input's own text: a NUL takes the place of each delimiter. Rows with
 * quotes go through libcsv, whose cells are never longer than what they were in the text and are
 * put back there; for rows without quotes that would cost more than everything else together
 * (docs/performance.md). */
struct rm_csv {
    rm_input *input;
    char delimiter;
    struct csv_parser parser; /* all zero until it is set up */
    bool ragged, needs_ends, line_rows;
    bool left_row; /* by the latest call */

    /* The rows read and not yet dropped: rows[next .. n_rows). */
    rm_csv_row *rows;
    int64_t n_rows, rows_capacity, next;
    int64_t *cells; /* where each cell begins, from the input's position on */
    int64_t n_cells, cells_capacity;
    int64_t parsed; /* bytes of the input's text that are in rows */

    int64_t line;  /* the next one */
    int64_t width; /* cells of the first row; 0 before it */
    int64_t cut;   /* the last line, which has no end but needs one; 0: not met */

    /* The row that libcsv is in: where its next cell goes. */
    int64_t to;
    rimer_status failed;
};

const char *rm_csv_shown(const rm_csv *csv) {
    return rm_input_shown(csv->input);
}

char rm_csv_delimiter(const rm_csv *csv) {
    return csv->delimiter;
}

void rm_csv_allow_ragged(rm_csv *csv) {
    csv->ragged = true;
}

void rm_csv_need_line_ends(rm_csv *csv) {
    csv->needs_ends = true;
}

void rm_csv_end_rows_at_lines(rm_csv *csv) {
    csv->line_rows = true;
}

bool rm_csv_left_row(const rm_csv *csv) {
    return csv->left_row;
}

int64_t rm_csv_cut_line(const rm_csv *csv) {
    return csv->cut;
}

char *rm_csv_cell(const rm_csv *csv, const rm_csv_row *row, int64_t column) {
    return rm_input_text(csv->input) + csv->cells[row->first + column];
}

bool rm_csv_row_is_empty(const rm_csv *csv, const rm_csv_row *row) {
    for (int64_t c = 0; c < row->n_cells; c++)
        if (*rm_csv_cell(csv, row, c))
            return false;
    return true;
}

rm_csv_cells rm_csv_cells_of(const rm_csv *csv, const rm_csv_row *row) {
    return (rm_csv_cells){rm_input_text(csv->input), csv->cells + row->first};
}

static bool is_blank(const rm_csv *csv, char c) {
    return (c == ' ' || c == '\t') && c != csv->delimiter;
}

static rimer_status too_long(const rm_csv *csv, int64_t line) {
    RM_FAIL(DATA, "%s:%lld: a cell is longer than %d bytes (a quote not closed?)",
            rm_csv_shown(csv), (long long)line, CELL_SIZE_MAX);
}

/* Room for the cells that end in one word, and the last of a row. */
static rimer_status make_room(rm_csv *csv) {
    if (csv->n_cells + 9 <= csv->cells_capacity)
        return RIMER_OK;
    return rm_array_grow(&csv->cells, &csv->cells_capacity, csv->n_cells + 9,
                         sizeof *csv->cells);
}

/* Ends the cell at text[begin .. end), takes the blanks around it away and stores where it begins;
 * there must be room. False: it is too long. */
static inline bool cut_cell(rm_csv *csv, char *text, int64_t begin, int64_t end) {
    if (end - begin > CELL_SIZE_MAX)
        return false;
    while (begin < end && is_blank(csv, text[begin]))
        begin++;
    while (end > begin && is_blank(csv, text[end - 1]))
        end--;
    text[end] = 0;
    csv->cells[csv->n_cells++] = begin;
    return true;
}

/* The bytes of a word that are `c`: 0x80 in their place. */
static uint64_t bytes_equal(uint64_t word, uint64_t c) {
    uint64_t low = UINT64_C(0x7f7f7f7f7f7f7f7f), x = word ^ c;
    return ~(((x & low) + low) | x | low);
}

/* Eight bytes at a time: a loop over single ones would guess wrong at the end of each cell. */
static rimer_status split_plain(rm_csv *csv, int64_t begin, int64_t size) {
    char *text = rm_input_text(csv->input);
    uint64_t delimiters = UINT64_C(0x0101010101010101) * (unsigned char)csv->delimiter;
    int64_t end = begin + size, at = begin;
    bool fits = true;
    for (; at + 8 <= end && fits; at += 8) {
        uint64_t word;
        memcpy(&word, text + at, sizeof word);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
        word = __builtin_bswap64(word);
#endif
        RM_TRY(make_room(csv));
        for (uint64_t found = bytes_equal(word, delimiters); found; found &= found - 1) {
            int64_t here = at + __builtin_ctzll(found) / 8;
            fits = cut_cell(csv, text, begin, here) && fits;
            begin = here + 1;
        }
    }
    RM_TRY(make_room(csv));
    for (; at < end && fits; at++) {
        if (text[at] != csv->delimiter)
            continue;
        fits = cut_cell(csv, text, begin, at);
        begin = at + 1;
    }
    return fits && cut_cell(csv, text, begin, end) ? RIMER_OK : too_long(csv, csv->line);
}

/* ----------------------------------------------------------------------- quoted rows */

static void on_cell(void *cell, size_t size, void *user) {
    rm_csv *csv = user;
    char *text = rm_input_text(csv->input);
    if (csv->failed)
        return;
    int64_t begin = csv->to;
    memmove(text + begin, cell, size);
    csv->to += (int64_t)size + 1;
    csv->failed = make_room(csv);
    if (!csv->failed && !cut_cell(csv, text, begin, begin + (int64_t)size))
        csv->failed = too_long(csv, csv->line);
}

static void on_row(int end, void *user) {
    (void)end;
    (void)user;
}

/* libcsv takes a refusal for lack of memory; explain tells the two apart. */
static void *realloc_cell(void *memory, size_t size) {
    return size > CELL_SIZE_MAX ? NULL : realloc(memory, size);
}

static rimer_status explain(rm_csv *csv, int64_t line) {
    if (csv->failed)
        return csv->failed;
    int error = csv_error(&csv->parser);
    if (error == CSV_EPARSE)
        RM_FAIL(DATA, "%s:%lld: a quoted cell is not closed%s, or a quote stands inside a cell",
                rm_csv_shown(csv), (long long)line, csv->line_rows ? " on its line" : "");
    if (csv_get_buffer_size(&csv->parser) + csv->parser.blk_size > CELL_SIZE_MAX)
        return too_long(csv, line);
    RM_FAIL(NO_MEMORY, "%s: out of memory for a cell", rm_csv_shown(csv));
}

static int64_t count(const char *text, int64_t size, char c) {
    int64_t n = 0;
    for (const char *at; (at = memchr(text, c, (size_t)size)); n++) {
        size -= at - text + 1;
        text = at + 1;
    }
    return n;
}

/* A quoted cell may hold line ends: goes on to the line in which all quotes are closed. *size
 * grows to the end of that line, *lines to how many there are. */
static rimer_status find_row_end(rm_csv *csv, int64_t begin, int64_t *size, int64_t *next,
                                 int64_t *lines) {
    int64_t from = begin, quotes = 0, opened = begin;
    for (*lines = 1;; ++*lines) {
        char *text = rm_input_text(csv->input);
        int64_t here = count(text + from, begin + *size - from, '"');
        quotes += here;
        if (quotes % 2 == 0)
            return RIMER_OK;
        if (here)
            opened = from;
        if (begin + *size - opened > 2 * CELL_SIZE_MAX)
            return too_long(csv, csv->line);
        bool found;
        from = *next;
        RM_TRY(rm_input_line(csv->input, from, csv->line + *lines, size, next, &found));
        *size += from - begin;
        if (!found && csv->needs_ends)
            return RIMER_OK;
        if (!found)
            RM_FAIL(DATA,
                    "%s:%lld: a quoted cell is not closed, or a quote stands inside a cell",
                    rm_csv_shown(csv), (long long)csv->line);
    }
}

static rimer_status split_quoted(rm_csv *csv, int64_t begin, int64_t size) {
    char *text = rm_input_text(csv->input);
    csv->to = begin;
    csv->failed = RIMER_OK;
    int64_t line = csv->line;
    for (int64_t at = begin, end = begin + size; at < end;) {
        const char *feed = memchr(text + at, '\n', (size_t)(end - at));
        int64_t piece = feed ? feed + 1 - (text + at) : end - at;
        if (csv_parse(&csv->parser, text + at, (size_t)piece, on_cell, on_row, csv) !=
                (size_t)piece ||
            csv->failed)
            return explain(csv, line);
        at += piece;
        line += feed != NULL;
    }
    if (csv_fini(&csv->parser, on_cell, on_row, csv) || csv->failed)
        return explain(csv, line);
    return RIMER_OK;
}

/* ------------------------------------------------------------------------------- rows */

/* What a row of another width may be. */
static const char *width_hint(const rm_csv *csv, const rm_csv_row *row) {
    if (*rm_csv_cell(csv, row, 0) == '#')
        return "a comment? take it out";
    if (row->n_cells == csv->width + 1 && csv->n_rows == 1 &&
        !*rm_csv_cell(csv, row, row->n_cells - 1))
        return "a delimiter at the end of rows needs one at the end of the header";
    return row->n_cells > csv->width
               ? "cells with a delimiter in them need quotes; or see --delimiter"
               : "is the line cut off? else see --delimiter";
}

static rimer_status add_row(rm_csv *csv, rm_csv_row row) {
    row.n_cells = csv->n_cells - row.first;
    if (csv->width == 0)
        csv->width = row.n_cells;
    if (row.n_cells != csv->width && !csv->ragged)
        RM_FAIL(DATA, "%s:%lld: %lld cell%s here, %lld in the first row (%s%s)",
                rm_csv_shown(csv), (long long)row.line, (long long)row.n_cells,
                row.n_cells == 1 ? "" : "s", (long long)csv->width, width_hint(csv, &row),
                row.line - rm_input_first_line(csv->input) < DETECT_LINES
                    ? ", or --skip for lines before the table"
                    : "");
    RM_TRY(rm_array_grow(&csv->rows, &csv->rows_capacity, csv->n_rows + 1, sizeof *csv->rows));
    csv->rows[csv->n_rows++] = row;
    return RIMER_OK;
}

static bool is_empty(const rm_csv *csv, const char *text, int64_t size) {
    while (size > 0 && is_blank(csv, *text))
        text++, size--;
    return size == 0;
}

static rimer_status set_up_parser(rm_csv *csv) {
    if (csv->parser.free_func)
        csv_free(&csv->parser);
    if (csv_init(&csv->parser, CSV_STRICT | CSV_STRICT_FINI) != 0)
        RM_FAIL(NO_MEMORY, "%s: out of memory", rm_csv_shown(csv));
    csv_set_delim(&csv->parser, (unsigned char)csv->delimiter);
    csv_set_realloc_func(&csv->parser, realloc_cell);
    csv_set_free_func(&csv->parser, free);
    return RIMER_OK;
}

static rimer_status split(rm_csv *csv, bool quoted, int64_t size) {
    return quoted ? split_quoted(csv, csv->parsed, size) : split_plain(csv, csv->parsed, size);
}

/* A row that is refused: the next call reads on behind its line, with a parser that is in no
 * cell. The sentence stays. */
static rimer_status leave_row(rm_csv *csv, const rm_csv_row *row, int64_t next) {
    csv->n_cells = row->first;
    csv->parsed = next;
    csv->line++;
    RM_TRY(set_up_parser(csv));
    csv->left_row = true;
    return RIMER_DATA;
}

/* Reads a row, passing over blank lines; *found is false behind the last one. */
static rimer_status read_row(rm_csv *csv, bool *found) {
    rm_csv_row row = {.first = csv->n_cells};
    rimer_status status;
    int64_t size, next, lines = 1;
    for (;; row.blanks++) {
        status = rm_input_line(csv->input, csv->parsed, csv->line, &size, &next, found);
        if (!*found)
            return status;
        if (status != RIMER_OK || !is_empty(csv, rm_input_text(csv->input) + csv->parsed, size))
            break;
        csv->parsed = next;
        csv->line++;
    }
    row.line = csv->line;
    bool quoted = memchr(rm_input_text(csv->input) + csv->parsed, '"', (size_t)size);
    bool is_line = csv->line_rows && csv->width; /* names may go over several */
    if (status == RIMER_OK && quoted && !is_line)
        RM_TRY(find_row_end(csv, csv->parsed, &size, &next, &lines));
    if (csv->needs_ends && next == csv->parsed + size) {
        csv->cut = row.line;
        *found = false;
        return RIMER_OK;
    }
    if (status == RIMER_OK)
        status = split(csv, quoted, size);
    if (status == RIMER_DATA && is_line)
        return leave_row(csv, &row, next);
    RM_TRY(status);
    csv->parsed = next;
    csv->line += lines;
    return add_row(csv, row);
}

rimer_status rm_csv_peek(rm_csv *csv, int64_t k, const rm_csv_row **row) {
    bool found = true;
    csv->left_row = false;
    if (csv->next == csv->n_rows) {
        rm_input_drop(csv->input, csv->parsed);
        csv->parsed = csv->n_cells = csv->n_rows = csv->next = 0;
    }
    while (csv->next + k >= csv->n_rows && found)
        RM_TRY(read_row(csv, &found));
    *row = csv->next + k < csv->n_rows ? &csv->rows[csv->next + k] : NULL;
    return RIMER_OK;
}

const rm_csv_row *rm_csv_held(const rm_csv *csv, int64_t k) {
    return &csv->rows[csv->next + k];
}

void rm_csv_drop(rm_csv *csv) {
    csv->next++;
}

/* -------------------------------------------------------------------------- delimiter */

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

/* Leaves a line such as "sep=;" behind, which spreadsheets read and write above a table, and returns
 * the delimiter that it names; 0: there is none. */
static char take_separator_line(rm_csv *csv) {
    enum { SIZE = 5 };
    const char *text = rm_input_text(csv->input);
    int64_t held = rm_input_held(csv->input), end = SIZE;
    if (held <= SIZE || strncasecmp(text, "sep=", SIZE - 1) != 0 ||
        !strchr(",;|\t", text[SIZE - 1]))
        return 0;
    char named = text[SIZE - 1];
    if (text[end] == '\r')
        end++;
    if (end < held && text[end] == '\n')
        end++;
    if (end == SIZE)
        return 0;
    rm_input_drop(csv->input, end);
    csv->line++;
    return named;
}

static rimer_status set_up(rm_csv *csv, char delimiter, char decimal) {
    csv->line = rm_input_first_line(csv->input);
    char named = take_separator_line(csv);
    const char *text = rm_input_text(csv->input);
    delimiter = delimiter ? delimiter : named;
    csv->delimiter = delimiter
                         ? delimiter
                         : detect_delimiter(text, text + rm_input_held(csv->input), decimal);
    return set_up_parser(csv);
}

rimer_status rm_csv_open(rm_csv **out, rm_input *input, char delimiter, char decimal) {
    rm_csv *csv;
    rimer_status status = rm_array_new(&csv, 1, sizeof *csv);
    if (status != RIMER_OK) {
        rm_input_free(input);
        return status;
    }
    csv->input = input;
    RM_TRY_GOTO(status, fail, set_up(csv, delimiter, decimal));
    *out = csv;
    return RIMER_OK;
fail:
    rm_csv_free(csv);
    return status;
}

void rm_csv_free(rm_csv *csv) {
    if (!csv)
        return;
    if (csv->parser.free_func)
        csv_free(&csv->parser);
    rm_input_free(csv->input);
    free(csv->rows);
    free(csv->cells);
    free(csv);
}
