#include "data/rows.h"

#include "base/array.h"

#include <stdlib.h>
#include <string.h>

#define BLOCK_VALUES 262144
#define BLOCK_ROWS_MAX 65536
#define LINE_VALUES 16 /* floats of a cache line */

/* An odd number of cache lines: a row is written with this stride, which must not meet the same
 * few sets of the cache again and again. */
static int64_t block_rows_for(int64_t n_channels) {
    int64_t rows = BLOCK_VALUES / n_channels;
    rows = rows > BLOCK_ROWS_MAX ? BLOCK_ROWS_MAX : rows;
    return rows / LINE_VALUES / 2 * 2 * LINE_VALUES + LINE_VALUES;
}

void rm_rows_init(rm_rows *rows, int64_t n_channels) {
    *rows = (rm_rows){.n_channels = n_channels, .block_rows = block_rows_for(n_channels)};
}

rimer_status rm_rows_series(rm_rows *rows, const char *id, int64_t *series) {
    int64_t before = rows->ids.n;
    RM_TRY(rm_labels_number(&rows->ids, id, series));
    if (before == INT32_MAX && rows->ids.n > before)
        RM_FAIL(NO_MEMORY, "more than %d series", INT32_MAX);
    return RIMER_OK;
}

static rimer_status add_block(rm_rows *rows) {
    float *block;
    RM_TRY(rm_array_grow(&rows->blocks, &rows->blocks_capacity, rows->n_blocks + 1,
                         sizeof *rows->blocks));
    if (rows->block_rows > INT64_MAX / 8 / rows->n_channels)
        RM_FAIL(NO_MEMORY, "out of memory for rows of %lld channels",
                (long long)rows->n_channels);
    RM_TRY(rm_array_new(&block, rows->block_rows * rows->n_channels, sizeof *block));
    rows->blocks[rows->n_blocks++] = block;
    return RIMER_OK;
}

/* The first row of a second series gives all rows before it their number, 0. */
static rimer_status note_series(rm_rows *rows, int64_t series) {
    int64_t n = rows->n_rows;
    if (!rows->series && series == 0)
        return RIMER_OK;
    bool first = !rows->series;
    RM_TRY(rm_array_grow(&rows->series, &rows->series_capacity, n + 1, sizeof *rows->series));
    if (first && n)
        memset(rows->series, 0, (size_t)n * sizeof *rows->series);
    rows->series[n] = (int32_t)series;
    return RIMER_OK;
}

rimer_status rm_rows_add(rm_rows *rows, int64_t series, int64_t line, int64_t time,
                         const float *values) {
    int64_t n = rows->n_rows, at = n % rows->block_rows;
    RM_TRY(rm_array_grow(&rows->times, &rows->times_capacity, n + 1, sizeof *rows->times));
    RM_TRY(rm_array_grow(&rows->lines, &rows->lines_capacity, n + 1, sizeof *rows->lines));
    RM_TRY(note_series(rows, series));
    if (n / rows->block_rows == rows->n_blocks)
        RM_TRY(add_block(rows));
    rows->lines[n] = line;
    rows->times[n] = time;
    float *block = rows->blocks[n / rows->block_rows] + at;
    for (int64_t c = 0; c < rows->n_channels; c++)
        block[c * rows->block_rows] = values[c];
    rows->n_rows++;
    return RIMER_OK;
}

void rm_rows_free(rm_rows *rows) {
    for (int64_t b = 0; b < rows->n_blocks; b++)
        free(rows->blocks[b]);
    free(rows->blocks);
    free(rows->times);
    free(rows->lines);
    free(rows->series);
    rm_labels_free(&rows->ids);
    *rows = (rm_rows){0};
}
