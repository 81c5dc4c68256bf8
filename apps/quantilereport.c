#include "quantilereport.h"

#include "scores.h"

#include <math.h>

void quantile_print(const rimer_quantile_metrics *metrics, FILE *stream) {
    char a[SCORE_TEXT_SIZE], b[SCORE_TEXT_SIZE], c[SCORE_TEXT_SIZE];
    if (!isnan(metrics->crps))
        fprintf(stream, "quantiles     WQL %s  CRPS %s standardised; WQL %s original\n",
                score_text(metrics->wql, a), score_text(metrics->crps, b),
                score_text(metrics->wql_original, c));
    for (int i = 0; i < metrics->intervals.n; i++)
        fprintf(stream, "%4g %% inside %6s %%  width %s standardised  MSIS %s\n",
                100 * metrics->intervals.at[i], score_per_cent(100 * metrics->coverage[i], a),
                score_text(metrics->width[i], b), score_text(metrics->msis[i], c));
}

static json_t *interval_json(const rimer_quantile_metrics *metrics, int i) {
    json_t *object = json_object();
    json_object_set_new(object, "level", json_number(100 * metrics->intervals.at[i]));
    json_object_set_new(object, "coverage", json_number(metrics->coverage[i]));
    json_object_set_new(object, "width", json_number(metrics->width[i]));
    json_object_set_new(object, "width_original", json_number(metrics->width_original[i]));
    json_object_set_new(object, "msis", json_number(metrics->msis[i]));
    return object;
}

void quantile_json(const rimer_quantile_metrics *metrics, json_t *standardised,
                   json_t *original, json_t *object) {
    if (!metrics->levels.n)
        return;
    json_t *intervals = json_array(), *quantiles = json_object();
    json_object_set_new(standardised, "wql", json_number(metrics->wql));
    json_object_set_new(standardised, "crps", json_number(metrics->crps));
    json_object_set_new(original, "wql", json_number(metrics->wql_original));
    json_object_set_new(original, "crps", json_number(metrics->crps_original));
    for (int i = 0; i < metrics->intervals.n; i++)
        json_array_append_new(intervals, interval_json(metrics, i));
    json_object_set_new(object, "intervals", intervals);
    json_object_set_new(quantiles, "levels",
                        json_numbers(metrics->levels.at, metrics->levels.n));
    json_object_set_new(quantiles, "observed",
                        json_numbers(metrics->observed, metrics->levels.n));
    json_object_set_new(object, "quantiles", quantiles);
}
