/* A series a row, as the M competitions give them: a name, then its values. */
#include "data/readers.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct reading {
    const rm_text_source *source;
    rm_csv *csv;
    int64_t id; /* column with the names */
    rm_series_list list;
} reading;

static rimer_status find_id(reading *r, const rm_sample *sample) {
    const char *wanted = r->source->options->id_col;
    const rm_csv_row *first = rm_csv_held(r->csv, 0);
    r->id = 0;
    if (!*wanted)
        return RIMER_OK;
    for (r->id = 0; sample->header && r->id < first->n_cells; r->id++)
        if (strcmp(rm_csv_cell(r->csv, first, r->id), wanted) == 0)
            return RIMER_OK;
    RM_FAIL(USAGE, "%s: there is no column \"%.80s\"", rm_csv_shown(r->csv), wanted);
}

/* Shorter series end with empty cells, which are no steps. */
static int64_t last_value(const reading *r, const rm_csv_row *row) {
    int64_t n = row->n_cells;
    while (n > 0 && (n - 1 == r->id || !*rm_csv_cell(r->csv, row, n - 1)))
        n--;
    return n;
}

static rimer_status bad_cell(const reading *r, const rm_csv_row *row, int64_t column,
                             const char *id, rm_cell kind) {
    const char *text = rm_csv_cell(r->csv, row, column);
    if (kind == RM_CELL_INFINITE)
        RM_FAIL(DATA,
                "%s:%lld: series \"%.80s\", cell %lld: \"%.80s\" is not finite as a 32-bit "
                "float (use --na if it means a missing value)",
                rm_csv_shown(r->csv), (long long)row->line, id, (long long)column + 1, text);
    bool mark = rm_number_has_other_mark(&r->source->style, text);
    RM_FAIL(DATA, "%s:%lld: series \"%.80s\", cell %lld: \"%.80s\" is not a number%s",
            rm_csv_shown(r->csv), (long long)row->line, id, (long long)column + 1, text,
            mark ? " (use --decimal ,)" : " (use --na if it means a missing value)");
}

static rimer_status read_row(reading *r, const rm_csv_row *row) {
    const char *id = r->id < row->n_cells ? rm_csv_cell(r->csv, row, r->id) : "";
    int64_t end = last_value(r, row);
    if (!*id)
        RM_FAIL(DATA, "%s:%lld: the name of the series is empty", rm_csv_shown(r->csv),
                (long long)row->line);
    for (int64_t c = 0; c < end; c++) {
        float value;
        if (c == r->id)
            continue;
        rm_cell kind = rm_cell_parse(&r->source->style, rm_csv_cell(r->csv, row, c), &value);
        if (kind != RM_CELL_NUMBER && kind != RM_CELL_MISSING)
            return bad_cell(r, row, c, id, kind);
        RM_TRY(rm_series_list_value(&r->list, value));
    }
    if (r->list.n_values == 0) /* one missing step: nothing known of it ends the others */
        RM_TRY(rm_series_list_value(&r->list, NAN));
    return rm_series_list_end(&r->list, rm_csv_shown(r->csv), row->line, id);
}

static rimer_status read_all(reading *r, const rm_sample *sample) {
    RM_TRY(find_id(r, sample));
    if (sample->header)
        rm_csv_drop(r->csv);
    for (;;) {
        const rm_csv_row *row;
        RM_TRY(rm_csv_peek(r->csv, 0, &row));
        if (!row)
            return RIMER_OK;
        RM_TRY(read_row(r, row));
        rm_csv_drop(r->csv);
    }
}

static rimer_status finish(reading *r, rimer_dataset **out) {
    rimer_dataset *d;
    RM_TRY(rm_series_list_take(&r->list, rm_csv_shown(r->csv), r->source->path, &d));
    d->notes.layout = "rows";
    strcpy(d->notes.reason, "steps are numbered");
    d->grid = d->frequency = rm_frequency_of_format(&d->format);
    for (int64_t s = 0; s < d->n_series; s++)
        for (int64_t t = 0; t < d->series[s].n_steps; t++)
            d->series[s].times[t] = t;
    rimer_status status =
        rm_dataset_set_frequency(d, rm_csv_shown(r->csv), r->source->options->freq);
    if (status != RIMER_OK) {
        rimer_dataset_free(d);
        return status;
    }
    *out = d;
    return RIMER_OK;
}

rimer_status rm_series_rows_read(const rm_text_source *source, rm_csv *csv,
                                 const rm_sample *sample, rimer_dataset **out) {
    reading r = {.source = source, .csv = csv};
    RM_TRY(rm_series_list_check(source->options, "layout rows", "has no times"));
    rimer_status status = read_all(&r, sample);
    if (status == RIMER_OK)
        status = finish(&r, out);
    rm_series_list_free(&r.list);
    return status;
}
