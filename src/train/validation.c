#include "train/validation.h"

#include "base/config_text.h"
#include "base/error.h"
#include "base/quantile_levels.h"
#include "data/windows.h"
#include "eval/evaluate.h"

#include <math.h>
#include <string.h>

int rimer_train_by_crps(const rimer_config *config) {
    rimer_levels levels;
    return rm_config_levels(config, &levels) == RIMER_OK && rm_levels_span(&levels, 0.1, 0.9);
}

rimer_status rm_validation_score(const rimer_dataset *dataset, const rimer_config *config,
                                 const rimer_forecaster *forecaster,
                                 int (*done)(void *user, double share), void *user,
                                 rm_validation *out) {
    rimer_protocol protocol;
    rimer_evaluation evaluation;
    rimer_protocol_init(&protocol);
    memcpy(protocol.split, config->split, sizeof protocol.split);
    protocol.part = RIMER_PART_VAL;
    protocol.context_len = config->context_len;
    protocol.horizon = config->horizon;
    protocol.season = 1; /* of mase, which is not looked at here */
    protocol.threads = config->threads;
    RM_TRY(rm_evaluate_sample(forecaster, dataset, &protocol, config->val_rows, done, user,
                              &evaluation));
    *out = (rm_validation){.mse = evaluation.standardised.mse,
                           .mae = evaluation.standardised.mae,
                           .crps = rimer_train_by_crps(config) ? evaluation.quantiles.crps
                                                               : (double)NAN};
    out->best = rimer_train_by_crps(config) ? out->crps : out->mse;
    rimer_evaluation_free(&evaluation);
    return RIMER_OK;
}

rimer_status rm_validation_rows(const rimer_dataset *dataset, const rimer_config *config,
                                int64_t *scored, int64_t *all) {
    rm_windows windows;
    RM_TRY(rm_windows_make(&windows, dataset, config->split, RM_PART_VAL, config->context_len,
                           config->horizon, 1));
    *all = windows.n_rows;
    *scored = rm_sample_size(windows.n_rows, config->val_rows);
    rm_windows_free(&windows);
    return RIMER_OK;
}

int64_t rm_validation_apart(const rimer_dataset *dataset, const rimer_config *config) {
    int64_t n = 0;
    for (int64_t i = 0; i < rimer_dataset_n_series(dataset); i++) {
        rimer_split split;
        if (rimer_split_make(config->split, rimer_dataset_series(dataset, i).n_steps, &split) ==
            RIMER_OK)
            n += (split.val_end - split.train_end) / config->horizon;
    }
    return n * rimer_dataset_n_channels(dataset);
}
