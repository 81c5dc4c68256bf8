#include "train/origin.h"

#include "base/array.h"
#include "base/config_text.h"
#include "eval/ridge.h"
#include "train/validation.h"

#include <math.h>
#include <stdlib.h>

/* By how much the map must do better than the last value, a random walk's best forecast. A
 * validation part has few windows that do not overlap, so less than this is luck. */
#define CLEARLY 0.05

/* A scaled bias is fitted for rows in their own units, so that the model stays equivariant
 * (docs/model.md). */
rimer_status rm_origin_fit(const rm_origin_data *data, const rimer_config *config,
                           rimer_model *model) {
    const rm_network *network = &model->network;
    const rm_shape *s = &network->shape;
    double *weight;
    int64_t n = s->output_len * s->context_len;
    if (s->origin != RIMER_ORIGIN_LINEAR)
        return RIMER_OK;
    RM_TRY(rm_array_new(&weight, n + s->output_len, sizeof *weight));
    rimer_status status = rm_ridge_fit(data->windows, data->scaler, config->origin_ridge,
                                       s->norm != RIMER_NORM_NONE && !s->constant_bias,
                                       data->pool, weight, weight + n);
    for (int64_t i = 0; status == RIMER_OK && i < n; i++)
        model->values[network->head.origin + i] = (rm_real)weight[i];
    for (int64_t i = 0; status == RIMER_OK && i < s->output_len; i++)
        model->values[network->head.origin_bias + i] = (rm_real)weight[n + i];
    free(weight);
    return status;
}

/* Validation error of a fresh model with one origin and kind of bias. */
static rimer_status score_fresh(const rm_origin_data *data, const rimer_config *settings,
                                int origin, int bias, double *mse) {
    rimer_config config = *settings;
    rimer_model *model;
    rimer_forecaster *forecaster = NULL;
    rm_validation score;
    config.origin = origin;
    config.origin_bias = bias;
    RM_TRY(rimer_model_create(&config, &model));
    rimer_status status = rm_model_set_channels(model, data->dataset, data->scaler);
    if (status == RIMER_OK)
        status = rm_origin_fit(data, &config, model);
    if (status == RIMER_OK)
        status = rimer_model_forecaster(model, &forecaster);
    if (status == RIMER_OK)
        status = rm_validation_score(data->dataset, &config, forecaster, NULL, NULL, &score);
    if (status == RIMER_OK)
        *mse = score.mse;
    rimer_forecaster_free(forecaster);
    rimer_model_free(model);
    return status;
}

/* The network adds nothing yet, so the better map is the better start. *mse is that of a map that
 * was scored, else left alone. */
static rimer_status choose_bias(const rm_origin_data *data, rimer_config *config, double *mse) {
    double scaled = 0, constant = 1;
    if (config->origin_bias != RIMER_BIAS_AUTO)
        return RIMER_OK;
    if (rm_config_origin(config) == RIMER_ORIGIN_LINEAR && config->norm != RIMER_NORM_NONE) {
        RM_TRY(score_fresh(data, config, RIMER_ORIGIN_LINEAR, RIMER_BIAS_SCALED, &scaled));
        RM_TRY(score_fresh(data, config, RIMER_ORIGIN_LINEAR, RIMER_BIAS_CONSTANT, &constant));
        *mse = fmin(scaled, constant);
    }
    config->origin_bias = constant < scaled ? RIMER_BIAS_CONSTANT : RIMER_BIAS_SCALED;
    return RIMER_OK;
}

static rimer_status choose_map(const rm_origin_data *data, rimer_config *config,
                               double linear) {
    double last;
    if (isnan(linear))
        RM_TRY(score_fresh(data, config, RIMER_ORIGIN_LINEAR, config->origin_bias, &linear));
    RM_TRY(score_fresh(data, config, RIMER_ORIGIN_LAST, config->origin_bias, &last));
    config->origin = linear < (1 - CLEARLY) * last ? RIMER_ORIGIN_LINEAR : RIMER_ORIGIN_LAST;
    return RIMER_OK;
}

rimer_status rm_origin_choose(const rm_origin_data *data, const rimer_model *init,
                              rimer_config *config) {
    double linear = (double)NAN;
    if (init) {
        config->origin_bias = init->config.origin_bias;
        if (config->origin == RIMER_ORIGIN_AUTO)
            config->origin = init->config.origin;
    }
    RM_TRY(choose_bias(data, config, &linear));
    if (config->origin == RIMER_ORIGIN_AUTO && rm_config_origin(config) == RIMER_ORIGIN_LINEAR)
        return choose_map(data, config, linear);
    config->origin = rm_config_origin(config);
    return RIMER_OK;
}
