#include "data/no_steps.h"

#include <stdio.h>
#include <string.h>

bool rm_row_is_nothing(const rm_columns *columns, const rm_csv *csv, const rm_csv_row *row) {
    return (columns->n_time > 0 || columns->id >= 0) && rm_csv_row_is_empty(csv, row);
}

static bool is_word(const char *text) {
    double number;
    return *text && rm_number_parse(text, '.', &number) == RM_CELL_TEXT;
}

/* Names that are all numbers may be values as well. */
bool rm_row_repeats_names(const rm_columns *columns, const rm_csv *csv, const rm_csv_row *row) {
    bool words = false;
    if (!columns->has_header || row->n_cells != columns->n_columns)
        return false;
    for (int64_t c = 0; c < row->n_cells; c++) {
        const char *name = columns->nameless[c] ? "" : columns->names[c];
        if (strcmp(rm_csv_cell(csv, row, c), name) != 0)
            return false;
        words = words || is_word(name);
    }
    return words;
}

static bool repeats_first(const rm_csv *csv, const rm_csv_row *row) {
    const rm_csv_row *names = rm_csv_held(csv, 0);
    int64_t c = 0;
    while (c < names->n_cells && c < row->n_cells &&
           strcmp(rm_csv_cell(csv, names, c), rm_csv_cell(csv, row, c)) == 0)
        c++;
    return c == names->n_cells && c == row->n_cells;
}

void rm_sample_pass_names(rm_sample *sample) {
    int64_t k = 1;
    if (!sample->header)
        return;
    for (;
         sample->n > 1 && repeats_first(sample->csv, rm_csv_held(sample->csv, sample->header));
         sample->n--)
        sample->header++;
    while (k < sample->n &&
           !repeats_first(sample->csv, rm_csv_held(sample->csv, sample->header + k)))
        k++;
    sample->n = k;
}

bool rm_text_is_total(const char *text) {
    static const char *const words[] = {
        "total",       "totals", "grand total", "total general",  "totale", "totaal", "summe",
        "gesamtsumme", "gesamt", "somme",       "gesamtergebnis", "sum",    "suma",   "soma",
        "summa",       "razem",  "合计",        "合計",           "总计",   "Итого"};
    char word[32];
    size_t n = strlen(text);
    n -= n > 0 && text[n - 1] == ':';
    if (n >= sizeof word)
        return false;
    memcpy(word, text, n);
    word[n] = '\0';
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (rm_text_same_nocase(word, words[i]))
            return true;
    return false;
}

/* Where all columns are channels the word is no number, and refused as such. */
void rm_totals_look(rm_totals *totals, const rm_columns *columns, const rm_csv *csv,
                    const rm_csv_row *row) {
    if (rm_csv_row_is_empty(csv, row))
        return;
    totals->n_rows++;
    totals->last = row->line;
    if (columns->n_time > 0 || columns->n_channels == columns->n_columns)
        return;
    for (int64_t c = 0; c < columns->n_columns; c++) {
        const char *cell = rm_csv_cell(csv, row, c);
        if (c == columns->id || !rm_text_is_total(cell))
            continue;
        totals->n++;
        totals->line = row->line;
        totals->column = c;
        snprintf(totals->text, sizeof totals->text, "%s", cell);
        return;
    }
}

rimer_status rm_totals_refuse(const rm_totals *totals, const rm_columns *columns,
                              const rm_csv *csv) {
    if (totals->n != 1 || totals->line != totals->last || totals->n_rows == 1)
        return RIMER_OK;
    RM_FAIL(DATA,
            "%s:%lld: column \"%.80s\": \"%s\": the last row is no step but a total: take it "
            "out",
            rm_csv_shown(csv), (long long)totals->line, columns->names[totals->column],
            totals->text);
}
