#include "data/totals.h"

#include <stdio.h>
#include <string.h>

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
