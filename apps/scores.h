/* Forecasters side by side: what rimer-train ends with and rimer-evaluate prints. */
#ifndef APP_SCORES_H
#define APP_SCORES_H

#include "options.h"

typedef struct score_row {
    rimer_evaluation evaluation;
    int failed; /* 1: `sentence` says why there is no evaluation */
    char name[64];
    char sentence[512];
} score_row;

#define SCORE_ROWS_MAX 16

typedef struct score_table {
    int n;
    score_row rows[SCORE_ROWS_MAX];
} score_table;

/* Evaluates a forecaster, which it frees, and adds a row. Failure is returned, nothing added.
 * */
rimer_status scores_add(score_table *table, rimer_forecaster *forecaster,
                        const rimer_dataset *dataset, const rimer_protocol *protocol);

/* The same for a model. */
rimer_status scores_add_model(score_table *table, const rimer_model *model,
                              const rimer_dataset *dataset, const rimer_protocol *protocol);

/* The same for a baseline fitted with `settings`. */
rimer_status scores_add_baseline(score_table *table, const char *name,
                                 const rimer_dataset *dataset,
                                 const rimer_baseline_settings *settings,
                                 const rimer_protocol *protocol);

/* Adds a row that says why there is no score: rimer_last_error(). */
void scores_add_failure(score_table *table, const char *name);

/* A score as it is shown: four decimals, an exponent where these would say nothing, "-" for NaN.
 * Returns `text`, for which a size of SCORE_TEXT_SIZE is enough. */
#define SCORE_TEXT_SIZE 32
const char *score_text(double value, char *text);

/* The same of what is in the data's own unit, six digits, and of what is in per cent. */
const char *score_original(double value, char *text);
const char *score_per_cent(double value, char *text);

/* A line a row: MSE and MAE standardised, MASE; where there are intervals, WQL, and what per
 * cent of the truths lies inside each, and its width, standardised. */
void scores_print(const score_table *table, FILE *stream);

void scores_free(score_table *table);

#endif
