#include "train/validation.h"

#include "base/error.h"

#include <math.h>
#include <string.h>

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
    RM_TRY(rimer_evaluate(forecaster, dataset, &protocol, done, user, &evaluation));
    double crps = evaluation.quantiles.crps, mse = evaluation.standardised.mse;
    *out = (rm_validation){mse, evaluation.standardised.mae,
                           evaluation.quantiles.levels.n && !isnan(crps) ? crps : mse};
    rimer_evaluation_free(&evaluation);
    return RIMER_OK;
}
