#include "train/origin.h"

#include "base/array.h"
#include "base/config_text.h"
#include "data/seasons.h"
#include "eval/ridge.h"
#include "train/validation.h"

#include <math.h>
#include <stdlib.h>

/* By how much the map must do better than the last value, a random walk's best forecast. A
 * validation part has few windows that do not overlap, so less than this is luck. */
#define CLEARLY 0.05

/* Ridges that are tried, and the one that is taken where it does not matter. */
static const double ridges[] = {1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 0.1, 1, 10, 100};
#define RIDGE_USUAL 1e-3
#define RIDGE_DRAWS 1e-2 /* from here on what it draws to is felt */

/* Validation windows that do not overlap, of all channels, below which a season is not chosen by
 * them: on two or three it is luck (docs/recipe.md). */
#define WINDOWS_LEAST 20

/* A scaled bias is fitted for rows in their own units, so that the model stays equivariant
 * (docs/model.md). */
static rimer_status make_sums(const rm_origin_data *data, const rimer_config *config,
                              rm_ridge_sums **out) {
    int scale_rows =
        config->norm != RIMER_NORM_NONE && config->origin_bias != RIMER_BIAS_CONSTANT;
    return rm_ridge_sums_make(data->windows, data->scaler, scale_rows, data->pool, out);
}

static rimer_status solve_into(const rm_ridge_sums *sums, const rimer_config *config,
                               rimer_model *model) {
    const rm_network *network = &model->network;
    const rm_shape *s = &network->shape;
    double *weight;
    int64_t n = s->output_len * s->context_len;
    RM_TRY(rm_array_new(&weight, n + s->output_len, sizeof *weight));
    rimer_status status =
        rm_ridge_solve(sums, config->origin_ridge, config->origin_season, weight, weight + n);
    for (int64_t i = 0; status == RIMER_OK && i < n; i++)
        model->values[network->head.origin + i] = (rm_real)weight[i];
    for (int64_t i = 0; status == RIMER_OK && i < s->output_len; i++)
        model->values[network->head.origin_bias + i] = (rm_real)weight[n + i];
    free(weight);
    return status;
}

rimer_status rm_origin_fit(const rm_origin_data *data, const rimer_config *config,
                           rimer_model *model) {
    rm_ridge_sums *sums;
    if (model->network.shape.origin != RIMER_ORIGIN_LINEAR)
        return RIMER_OK;
    RM_TRY(make_sums(data, config, &sums));
    rimer_status status = solve_into(sums, config, model);
    rm_ridge_sums_free(sums);
    return status;
}

/* Validation error of an origin alone: a network without layers, whose head adds nothing yet. A
 * map that cannot be solved with this ridge is infinitely bad. */
static rimer_status score(const rm_origin_data *data, const rimer_config *settings,
                          const rm_ridge_sums *sums, double *mse) {
    rimer_config config = rm_config_part(settings, 0);
    rimer_model *model;
    rimer_forecaster *forecaster = NULL;
    rm_validation error = {.mse = (double)INFINITY};
    config.layers = 0;
    config.zero_head = RIMER_YES;
    RM_TRY(rimer_model_create(&config, &model));
    rimer_status status = rm_model_set_channels(model, data->dataset, data->scaler);
    if (status == RIMER_OK && sums)
        status = solve_into(sums, &config, model);
    int is_singular = status == RIMER_FAILED;
    if (status == RIMER_OK)
        status = rimer_model_forecaster(model, &forecaster);
    if (status == RIMER_OK)
        status = rm_validation_score(data->dataset, &config, forecaster, NULL, NULL, &error);
    if (status == RIMER_OK || is_singular)
        *mse = error.mse;
    rimer_forecaster_free(forecaster);
    rimer_model_free(model);
    return is_singular ? RIMER_OK : status;
}

/* Takes a map's ridge and season if it validates better than *mse, the error of *config. */
static rimer_status try_map(const rm_origin_data *data, const rm_ridge_sums *sums, double ridge,
                            int64_t season, rimer_config *config, double *mse) {
    rimer_config next = *config;
    double there;
    next.origin_ridge = ridge;
    next.origin_season = season;
    RM_TRY(score(data, &next, sums, &there));
    if (there < *mse) {
        *config = next;
        *mse = there;
    }
    return RIMER_OK;
}

/* Ridges from `least` on. */
static rimer_status choose_ridge(const rm_origin_data *data, const rm_ridge_sums *sums,
                                 double least, int64_t season, rimer_config *config,
                                 double *mse) {
    for (size_t i = 0; i < sizeof ridges / sizeof *ridges; i++)
        if (ridges[i] >= least)
            RM_TRY(try_map(data, sums, ridges[i], season, config, mse));
    return RIMER_OK;
}

/* A season that the training part repeats, if its mean is worth being drawn to. */
static rimer_status choose_season(const rm_origin_data *data, const rm_ridge_sums *sums,
                                  int ridge_is_open, rimer_config *config, double *mse) {
    int64_t seasons[RM_PERIODS_MAX];
    double ridge = config->origin_ridge;
    int n;
    RM_TRY(rm_training_seasons(data->dataset, config->split, RM_PERIODS_MAX, seasons, &n));
    for (int i = 0; i < n; i++) {
        if (seasons[i] > config->context_len)
            continue;
        if (ridge_is_open)
            RM_TRY(choose_ridge(data, sums, RIDGE_DRAWS, seasons[i], config, mse));
        else
            RM_TRY(try_map(data, sums, ridge, seasons[i], config, mse));
    }
    return RIMER_OK;
}

/* The map of one kind of bias, if it validates better than that of *config, whose sums are
 * *best. */
static rimer_status try_bias(const rm_origin_data *data, int bias, rimer_config *config,
                             rm_ridge_sums **best, double *mse) {
    rimer_config next = *config;
    rm_ridge_sums *sums;
    double there = (double)INFINITY;
    next.origin_bias = bias;
    RM_TRY(make_sums(data, &next, &sums));
    rimer_status status = score(data, &next, sums, &there);
    if (*best && !(there < *mse)) {
        rm_ridge_sums_free(sums);
        return status;
    }
    rm_ridge_sums_free(*best);
    *best = sums;
    *mse = there;
    config->origin_bias = bias;
    return status;
}

/* The network adds nothing yet, so the better map is the better start. A context's own scale is
 * something to follow only where contexts are normalised. */
static rimer_status choose_map(const rm_origin_data *data, rimer_config *config, double *mse) {
    rm_ridge_sums *best = NULL;
    int bias = config->origin_bias, bias_is_open = bias == RIMER_BIAS_AUTO;
    int ridge_is_open = config->origin_ridge == 0, season_is_open = config->origin_season == 0;
    if (ridge_is_open)
        config->origin_ridge = RIDGE_USUAL;
    if (season_is_open)
        config->origin_season = 1;
    rimer_status status =
        try_bias(data, bias_is_open ? RIMER_BIAS_SCALED : bias, config, &best, mse);
    if (status == RIMER_OK && bias_is_open && config->norm != RIMER_NORM_NONE)
        status = try_bias(data, RIMER_BIAS_CONSTANT, config, &best, mse);
    if (status == RIMER_OK && ridge_is_open)
        status = choose_ridge(data, best, 0, config->origin_season, config, mse);
    if (status == RIMER_OK && season_is_open &&
        rm_validation_apart(data->dataset, config) >= WINDOWS_LEAST)
        status = choose_season(data, best, ridge_is_open, config, mse);
    rm_ridge_sums_free(best);
    return status;
}

/* The map, or the last value unless the map is clearly better. */
static rimer_status choose_origin(const rm_origin_data *data, rimer_config *config,
                                  double linear) {
    double last;
    if (config->origin != RIMER_ORIGIN_AUTO)
        return RIMER_OK;
    config->origin = RIMER_ORIGIN_LAST;
    RM_TRY(score(data, config, NULL, &last));
    if (linear < (1 - CLEARLY) * last)
        config->origin = RIMER_ORIGIN_LINEAR;
    return RIMER_OK;
}

static int is_open(const rimer_config *config) {
    return config->origin == RIMER_ORIGIN_AUTO || config->origin_bias == RIMER_BIAS_AUTO ||
           config->origin_ridge == 0 || config->origin_season == 0;
}

/* Models from before there were seasons have none in their settings, nor in their maps. */
static void take_from(const rimer_config *init, rimer_config *config) {
    config->origin_bias = init->origin_bias;
    config->origin_ridge = init->origin_ridge;
    config->origin_season = init->origin_season ? init->origin_season : 1;
    if (config->origin == RIMER_ORIGIN_AUTO)
        config->origin = init->origin;
}

/* Settles what cannot matter. */
static void settle(rimer_config *config) {
    config->origin = rm_config_origin(config);
    if (config->origin_bias == RIMER_BIAS_AUTO)
        config->origin_bias = RIMER_BIAS_SCALED;
    if (config->origin_ridge == 0)
        config->origin_ridge = RIDGE_USUAL;
    if (config->origin_season == 0)
        config->origin_season = 1;
}

rimer_status rm_origin_choose(const rm_origin_data *data, const rimer_model *init,
                              rimer_config *config) {
    rimer_config chosen = *config;
    double linear = (double)INFINITY;
    if (init)
        take_from(&init->config, &chosen);
    int origin = chosen.origin;
    if (is_open(&chosen) && rm_config_origin(&chosen) == RIMER_ORIGIN_LINEAR) {
        chosen.origin = RIMER_ORIGIN_LINEAR;
        rimer_status status = choose_map(data, &chosen, &linear);
        if (status != RIMER_OK && !(status == RIMER_DATA && origin == RIMER_ORIGIN_AUTO))
            return status;
        chosen.origin = origin;
        RM_TRY(choose_origin(data, &chosen, linear));
    }
    settle(&chosen);
    *config = chosen;
    return RIMER_OK;
}
