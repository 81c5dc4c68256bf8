/* The first rows of a table: what stands above its data. */
#include "data/columns.h"

#include "base/decimal.h"

#include <ctype.h>
#include <math.h>
#include <string.h>

#define SAMPLE_CELLS 100000 /* a wide table has fewer rows looked at, 16 at least */
#define MARK_CELLS 20000
#define CODES_LEAST 3  /* columns, and rows below, before numbers are taken for names */
#define CODE_MARGIN 10 /* ranges of its column that such a number is away */

/* ------------------------------------------------------------------------------ sample */

rimer_status rm_sample_take(rm_sample *sample, rm_csv *csv, int64_t most) {
    const rm_csv_row *row;
    *sample = (rm_sample){.csv = csv};
    RM_TRY(rm_csv_peek(csv, 0, &row));
    if (!row)
        RM_FAIL(DATA, "%s: the file has only blank lines", rm_csv_shown(csv));
    int64_t fit = SAMPLE_CELLS / row->n_cells;
    fit = fit < 16 ? 16 : fit;
    most = fit < most ? fit : most;
    while (row && ++sample->n < most)
        RM_TRY(rm_csv_peek(csv, sample->n, &row));
    while (sample->n > 1 && rm_csv_row_is_empty(csv, rm_csv_held(csv, sample->n - 1)))
        sample->n--;
    return RIMER_OK;
}

static char *cell_of(const rm_csv *csv, int64_t k, int64_t column) {
    const rm_csv_row *row = rm_csv_held(csv, k);
    return column < row->n_cells ? rm_csv_cell(csv, row, column) : NULL;
}

char *rm_sample_cell(const rm_sample *sample, int64_t k, int64_t column) {
    return cell_of(sample->csv, sample->header + k, column);
}

/* Whether a cell is a number with this decimal mark, and none, or another one, with the other. */
static bool shows_mark(const char *cell, char mark, char other) {
    double value;
    rm_dressed dressed;
    if (!strchr(cell, mark))
        return false;
    return rm_number_parse(cell, mark, &value) == RM_CELL_NUMBER ||
           (rm_dress_read(cell, mark, &dressed) && !rm_dress_read(cell, other, &dressed));
}

char rm_sample_decimal(const rm_sample *sample) {
    int64_t commas = 0, points = 0, n_cells = 0;
    for (int64_t k = 0; k < sample->n && n_cells < MARK_CELLS; k++) {
        int64_t width = rm_csv_held(sample->csv, k)->n_cells;
        for (int64_t c = 0; c < width; c++, n_cells++) {
            const char *cell = cell_of(sample->csv, k, c);
            commas += shows_mark(cell, ',', '.');
            points += shows_mark(cell, '.', ',');
        }
    }
    return commas > points ? ',' : '.';
}

static bool is_text(const rm_cell_style *style, char *cell) {
    rm_time_format format = {.kind = RM_TIME_STAMPS};
    int64_t time;
    float value;
    return rm_cell_parse(style, cell, &value) == RM_CELL_TEXT &&
           !rm_time_read(&format, cell, &time) &&
           rm_time_pattern_find((const char *const[]){cell}, 1, &format, NULL) == 0;
}

static bool is_whole_number(const char *cell) {
    return *cell && rm_decimal_is_digits(cell);
}

/* Whether the number in the first line is far from all that stands below it. */
static bool stands_apart(const rm_sample *sample, const rm_cell_style *style, int64_t column) {
    double low = (double)INFINITY, high = -(double)INFINITY;
    float first, value;
    char *cell = cell_of(sample->csv, 0, column);
    if (!is_whole_number(cell) || rm_cell_parse(style, cell, &first) != RM_CELL_NUMBER)
        return false;
    for (int64_t k = 1; k < sample->n; k++) {
        cell = cell_of(sample->csv, k, column);
        if (!cell || rm_cell_parse(style, cell, &value) != RM_CELL_NUMBER)
            continue;
        low = fmin(low, (double)value);
        high = fmax(high, (double)value);
    }
    double margin = CODE_MARGIN * (high - low);
    return low <= high && ((double)first < low - margin || (double)first > high + margin);
}

/* Sensors are often named by numbers. A line of whole numbers, each far from all values of its
 * column, is a line of such names. */
static bool is_line_of_codes(const rm_sample *sample, const rm_cell_style *style) {
    int64_t width = rm_csv_held(sample->csv, 0)->n_cells;
    if (width < CODES_LEAST || sample->n <= CODES_LEAST)
        return false;
    for (int64_t c = 0; c < width; c++)
        if (!stands_apart(sample, style, c))
            return false;
    return true;
}

/* A number with a unit may be a name, as "5 min" is, unless there are such numbers below it. */
static bool is_dressed_value(const rm_sample *sample, const rm_cell_style *style,
                             int64_t column) {
    rm_dressed first, below;
    char *cell = sample->n > 1 ? cell_of(sample->csv, 1, column) : NULL;
    if (!cell || !rm_dress_read(cell_of(sample->csv, 0, column), style->decimal, &first))
        return false;
    return !rm_dress_has_affix(&first.dress) ||
           (rm_dress_read(cell, style->decimal, &below) &&
            rm_dress_same_affixes(&first.dress, &below.dress));
}

/* A line of numbers, times and missing values holds data; any other text in it is a name. */
bool rm_sample_has_header(const rm_sample *sample, const rimer_read_options *options,
                          const rm_cell_style *style, int64_t skipped) {
    int64_t width = rm_csv_held(sample->csv, 0)->n_cells;
    bool text = false;
    if (options->header != RIMER_HEADER_AUTO)
        return options->header == RIMER_HEADER_YES;
    for (int64_t c = 0; c < width && !text; c++)
        text = c != skipped && is_text(style, cell_of(sample->csv, 0, c)) &&
               !is_dressed_value(sample, style, c);
    return text || is_line_of_codes(sample, style);
}

rimer_status rm_sample_find_header(rm_sample *sample, const rimer_read_options *options,
                                   const rm_cell_style *style, int64_t skipped) {
    sample->header = rm_sample_has_header(sample, options, style, skipped);
    sample->n -= sample->header;
    if (sample->n == 0)
        RM_FAIL(DATA, "%s: a header but no row of data", rm_csv_shown(sample->csv));
    return RIMER_OK;
}

/* Spreadsheets end a title with as many delimiters as the table below it has. */
rimer_status rm_sample_refuse_title(const rm_sample *sample, const rm_cell_style *style) {
    int64_t width = rm_csv_held(sample->csv, 0)->n_cells, k = 0;
    for (int64_t c = 0; c < width; c++)
        if ((*cell_of(sample->csv, 0, c) != 0) != (c == 0) || width < 2)
            return RIMER_OK;
    while (k < sample->n &&
           rm_csv_row_is_empty(sample->csv, rm_csv_held(sample->csv, sample->header + k)))
        k++;
    for (int64_t c = 0; c < width; c++) {
        char *cell = k < sample->n ? rm_sample_cell(sample, k, c) : NULL;
        if (!cell || !is_text(style, cell))
            return RIMER_OK;
    }
    const rm_csv_row *names = rm_csv_held(sample->csv, sample->header + k);
    RM_FAIL(DATA,
            "%s:%lld: only the first column has a name, \"%.80s\", and line %lld has names of "
            "all: use --skip %lld if this is a title",
            rm_csv_shown(sample->csv), (long long)rm_csv_held(sample->csv, 0)->line,
            cell_of(sample->csv, 0, 0), (long long)names->line, (long long)names->line - 1);
}

/* ------------------------------------------------------------------------------- units */

/* "n.a." and the like mean that a value is missing. */
static bool means_missing(const char *text) {
    static const char *const words[] = {"n.a.",    "n/a.",      "#n/a",   "#na",     "none",
                                        "nil",     "missing",   "nodata", "no data", "invalid",
                                        "bad",     "error",     "err",    "fail",    "failed",
                                        "unknown", "undefined", "void",   "inf"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (rm_text_same_nocase(text, words[i]))
            return true;
    return false;
}

/* "degC", "[bar]", "%", "1/min", "°C" but no "12a", which is a number with a slip. */
static bool may_be_unit(const char *text) {
    bool says = false;
    for (const char *c = text; *c; c++)
        says =
            says || strchr("%[(/", *c) || isalpha((unsigned char)*c) || (unsigned char)*c > 127;
    bool number = (text[strspn(text, "+-.,")] >= '0' && text[strspn(text, "+-.,")] <= '9') &&
                  strncmp(text, "1/", 2) != 0;
    return says && !number && !means_missing(text);
}

/* Numbers below, and nothing that is none: what stands above them tells. */
static bool has_numbers(const rm_sample *sample, const rm_cell_style *style, int64_t column) {
    bool numbers = false;
    float value;
    for (int64_t k = 1; k < sample->n; k++) {
        char *cell = rm_sample_cell(sample, k, column);
        rm_cell kind = cell ? rm_cell_parse(style, cell, &value) : RM_CELL_MISSING;
        if (kind == RM_CELL_TEXT || kind == RM_CELL_INFINITE)
            return false;
        numbers = numbers || kind == RM_CELL_NUMBER;
    }
    return numbers;
}

bool rm_sample_has_units(const rm_sample *sample, const rm_cell_style *style) {
    int64_t width = rm_csv_held(sample->csv, 0)->n_cells, n_units = 0;
    if (rm_csv_held(sample->csv, sample->header)->n_cells != width)
        return false;
    for (int64_t c = 0; c < width; c++) {
        char *cell = rm_sample_cell(sample, 0, c);
        float value;
        bool missing = rm_cell_parse(style, cell, &value) == RM_CELL_MISSING;
        if (!missing && !is_text(style, cell))
            return false;
        bool numbers = sample->n == 1 || has_numbers(sample, style, c);
        if (numbers && !missing && !may_be_unit(cell))
            return false;
        n_units += numbers && !missing;
    }
    return n_units > 0;
}

/* One text, and nothing beside it. Below it a text that is no name is a time. */
bool rm_sample_has_name_of_time(const rm_sample *sample, const rm_cell_style *style) {
    int64_t width = rm_csv_held(sample->csv, 0)->n_cells, found = -1;
    if (rm_csv_held(sample->csv, sample->header)->n_cells != width || width < 2)
        return false;
    for (int64_t c = 0; c < width; c++) {
        if (!*rm_sample_cell(sample, 0, c))
            continue;
        if (found >= 0)
            return false;
        found = c;
    }
    if (found < 0 || !is_text(style, rm_sample_cell(sample, 0, found)))
        return false;
    if (sample->n == 1)
        return true;
    char *below = rm_sample_cell(sample, 1, found);
    float value;
    return below && !is_text(style, below) &&
           rm_cell_parse(style, below, &value) == RM_CELL_TEXT;
}

void rm_sample_pass_name_of_time(rm_sample *sample, const rm_cell_style *style) {
    if (sample->n < 2 || !rm_sample_has_name_of_time(sample, style))
        return;
    sample->header++;
    sample->n--;
}

void rm_sample_take_units(rm_sample *sample) {
    sample->units = rm_csv_held(sample->csv, sample->header)->line;
    sample->header++;
    sample->n--;
}
