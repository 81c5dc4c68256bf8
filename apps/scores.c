#include "scores.h"

#include <math.h>
#include <string.h>

rimer_status scores_add(score_table *table, rimer_forecaster *forecaster,
                        const rimer_dataset *dataset, const rimer_protocol *protocol) {
    score_row *row = &table->rows[table->n];
    memset(row, 0, sizeof *row);
    rimer_status status =
        rimer_evaluate(forecaster, dataset, protocol, NULL, NULL, &row->evaluation);
    snprintf(row->name, sizeof row->name, "%s", forecaster->name);
    rimer_forecaster_free(forecaster);
    if (status == RIMER_OK)
        table->n++;
    return status;
}

rimer_status scores_add_model(score_table *table, const rimer_model *model,
                              const rimer_dataset *dataset, const rimer_protocol *protocol) {
    rimer_forecaster *forecaster;
    rimer_status status = rimer_model_forecaster(model, &forecaster);
    return status == RIMER_OK ? scores_add(table, forecaster, dataset, protocol) : status;
}

rimer_status scores_add_baseline(score_table *table, const char *name,
                                 const rimer_dataset *dataset,
                                 const rimer_baseline_settings *settings,
                                 const rimer_protocol *protocol) {
    rimer_forecaster *forecaster;
    rimer_status status = rimer_baseline_create(name, dataset, settings, &forecaster);
    return status == RIMER_OK ? scores_add(table, forecaster, dataset, protocol) : status;
}

void scores_add_failure(score_table *table, const char *name) {
    score_row *row = &table->rows[table->n++];
    memset(row, 0, sizeof *row);
    row->failed = 1;
    snprintf(row->name, sizeof row->name, "%s", name);
    snprintf(row->sentence, sizeof row->sentence, "%s", rimer_last_error());
}

const char *score_text(double value, char *text) {
    double size = fabs(value);
    if (isnan(value))
        strcpy(text, "-");
    else if (size >= 1e5 || (size > 0 && size < 1e-4))
        snprintf(text, SCORE_TEXT_SIZE, "%.2e", value);
    else
        snprintf(text, SCORE_TEXT_SIZE, "%.4f", value);
    return text;
}

const char *score_original(double value, char *text) {
    if (isnan(value))
        return score_text(value, text);
    snprintf(text, SCORE_TEXT_SIZE, "%.6g", value);
    return text;
}

const char *score_per_cent(double value, char *text) {
    if (!(fabs(value) < 1e9))
        return score_text(value, text);
    snprintf(text, SCORE_TEXT_SIZE, "%.2f", value);
    return text;
}

static void print_number(FILE *stream, double value) {
    char text[SCORE_TEXT_SIZE];
    fprintf(stream, "  %8s", score_text(value, text));
}

/* For every interval the share of truths inside and its width. */
static void print_intervals(const rimer_quantile_metrics *metrics, const rimer_levels *shares,
                            FILE *stream) {
    for (int i = 0; i < shares->n; i++) {
        int at = rimer_levels_find(&metrics->intervals, shares->at[i]);
        print_number(stream, at < 0 ? (double)NAN : 100 * metrics->coverage[at]);
        print_number(stream, at < 0 ? (double)NAN : metrics->width[at]);
    }
}

/* The intervals of all rows. */
static rimer_levels shares_of(const score_table *table) {
    rimer_levels all = {0};
    for (int i = 0; i < table->n; i++) {
        const rimer_levels *own = &table->rows[i].evaluation.quantiles.intervals;
        for (int k = 0; !table->rows[i].failed && k < own->n; k++)
            (void)rimer_levels_add(&all, own->at[k]);
    }
    return all;
}

void scores_print(const score_table *table, FILE *stream) {
    rimer_levels shares = shares_of(table);
    fprintf(stream, "%-16s  %8s  %8s  %8s", "forecaster", "MSE", "MAE", "MASE");
    if (shares.n)
        fprintf(stream, "  %8s", "WQL");
    for (int i = 0; i < shares.n; i++)
        fprintf(stream, "  %5g in%%  %8s", 100 * shares.at[i], "width");
    fprintf(stream, "  %8s\n", "context");
    for (int i = 0; i < table->n; i++) {
        const score_row *row = &table->rows[i];
        fprintf(stream, "%-16s", row->name);
        if (row->failed) {
            fprintf(stream, "  %s\n", row->sentence);
            continue;
        }
        print_number(stream, row->evaluation.standardised.mse);
        print_number(stream, row->evaluation.standardised.mae);
        print_number(stream, row->evaluation.original.mase);
        if (shares.n) {
            const rimer_quantile_metrics *metrics = &row->evaluation.quantiles;
            print_number(stream, metrics->wql);
            print_intervals(metrics, &shares, stream);
        }
        fprintf(stream, "  %8lld\n", (long long)row->evaluation.context_len);
    }
}

void scores_free(score_table *table) {
    for (int i = 0; i < table->n; i++)
        if (!table->rows[i].failed)
            rimer_evaluation_free(&table->rows[i].evaluation);
    table->n = 0;
}
