#include "train/record.h"

#include "base/decimal.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* A score as JSON: null while there is none. */
static void score_text(char text[32], double score) {
    if (isfinite(score))
        rm_decimal_text(score, text, 32);
    else
        strcpy(text, "null");
}

rimer_status rm_record_put(rimer_model *model, const rimer_train_report *report,
                           int64_t steps) {
    char text[640], mse[32], mae[32], crps[32], crps_member[64] = "", sample_member[96] = "",
                                                twin_member[80] = "", refit_member[96] = "";
    score_text(mse, report->val_mse);
    score_text(mae, report->val_mae);
    score_text(crps, report->val_crps);
    if (!isnan(report->val_crps))
        snprintf(crps_member, sizeof crps_member, ", \"val_crps\": %s", crps);
    if (report->n_val_scored < report->n_val_rows)
        snprintf(sample_member, sizeof sample_member,
                 ", \"val_rows\": %" PRId64 ", \"val_scored\": %" PRId64, report->n_val_rows,
                 report->n_val_scored);
    if (report->twin_epochs)
        snprintf(twin_member, sizeof twin_member,
                 ", \"twin_epochs\": %" PRId64 ", \"twin_best_epoch\": %" PRId64,
                 report->twin_epochs, report->twin_best_epoch);
    if (report->refit_rows)
        snprintf(refit_member, sizeof refit_member,
                 ", \"refit_windows\": %" PRId64 ", \"refit_rows\": %" PRId64,
                 report->refit_windows, report->refit_rows);
    snprintf(text, sizeof text,
             "{\"windows\": %" PRId64 ", \"rows\": %" PRId64 ", \"epochs\": %" PRId64
             ", \"best_epoch\": %" PRId64 "%s, \"steps\": %" PRId64
             "%s, \"val_mse\": %s, \"val_mae\": %s%s%s}",
             report->n_windows, report->n_rows, report->epochs, report->best_epoch, twin_member,
             steps, sample_member, mse, mae, crps_member, refit_member);
    return rm_model_set_fact(model, "record", text);
}

static int64_t count_of(const json_t *record, const char *key) {
    return json_integer_value(json_object_get(record, key));
}

static double score_of(const json_t *record, const char *key) {
    const json_t *value = json_object_get(record, key);
    return json_is_number(value) ? json_number_value(value) : (double)NAN;
}

void rm_record_get(const rimer_model *model, rimer_train_report *report) {
    json_t *record = json_loads(rimer_model_fact(model, "record"), 0, NULL);
    *report = (rimer_train_report){
        .n_windows = count_of(record, "windows"),
        .n_rows = count_of(record, "rows"),
        .epochs = count_of(record, "epochs"),
        .best_epoch = count_of(record, "best_epoch"),
        .twin_epochs = count_of(record, "twin_epochs"), /* 0: there is none */
        .twin_best_epoch = count_of(record, "twin_best_epoch"),
        .refit_windows = count_of(record, "refit_windows"), /* 0: there was none */
        .refit_rows = count_of(record, "refit_rows"),
        .n_val_rows = count_of(record, "val_rows"), /* 0: all were scored */
        .n_val_scored = count_of(record, "val_scored"),
        .val_mse = score_of(record, "val_mse"),
        .val_mae = score_of(record, "val_mae"),
        .val_crps = score_of(record, "val_crps"),
        .shared_score = (double)NAN,
        .own_score = (double)NAN,
    };
    json_decref(record);
}
