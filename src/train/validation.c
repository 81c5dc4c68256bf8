#include "train/validation.h"

#include "base/error.h"

#include <string.h>

rimer_status rm_validation_score(const rimer_dataset *dataset, const rimer_config *config,
                                 const rimer_forecaster *forecaster,
                                 int (*done)(void *user, double share), void *user, double *mse,
                                 double *mae) {
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
    *mse = evaluation.standardised.mse;
    *mae = evaluation.standardised.mae;
    rimer_evaluation_free(&evaluation);
    return RIMER_OK;
}
