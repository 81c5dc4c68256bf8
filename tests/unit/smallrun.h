/* A run that takes a blink: a small network on four hundred steps. */
#ifndef RM_SMALLRUN_H
#define RM_SMALLRUN_H

#include "base/rng.h"
#include "model/model_inside.h"
#include "rimer/rimer.h"

#include <check.h>
#include <math.h>
#include <string.h>

enum { STEPS = 400 };

static inline rimer_config small_config(void) {
    rimer_config config;
    rimer_config_init(&config);
    config.context_len = 32;
    config.horizon = config.output_len = 8;
    config.patch_len = 8;
    config.width = 16;
    config.head_size = 8;
    config.epochs = 3;
    config.batch = 40;
    config.lanes = 4;
    config.lr = 3e-3;
    config.patience = 1000;
    return config;
}

static inline rimer_dataset *dataset_of(double (*value)(int64_t t, void *arg), void *arg) {
    static float values[STEPS];
    rimer_dataset *dataset;
    for (int64_t t = 0; t < STEPS; t++)
        values[t] = (float)value(t, arg);
    ck_assert_int_eq(rimer_dataset_from_values(values, STEPS, 1, NULL, &dataset), RIMER_OK);
    return dataset;
}

static inline double noisy_sine(int64_t t, void *arg) {
    rm_rng rng = rm_rng_make(11, (uint64_t)t);
    (void)arg;
    return sin((double)t * 0.4) + 0.2 * rm_rng_normal(&rng);
}

static inline rimer_model *train(const rimer_dataset *dataset, const rimer_config *config,
                                 const rimer_train_hooks *hooks, rimer_train_report *report) {
    rimer_model *model = NULL;
    rimer_status status = rimer_train(dataset, config, hooks, &model, report);
    ck_assert_msg(status == RIMER_OK || status == RIMER_INTERRUPTED, "%s", rimer_last_error());
    return model;
}

static inline int same_values(const rimer_model *a, const rimer_model *b) {
    return memcmp(a->values, b->values, (size_t)rm_model_total(a) * sizeof *a->values) == 0;
}

/* Validation MSE of a baseline on the windows of a run. */
static inline double score_baseline(const char *name, const rimer_dataset *dataset,
                                    const rimer_config *config) {
    rimer_baseline_settings settings;
    rimer_protocol protocol;
    rimer_forecaster *baseline;
    rimer_evaluation score;
    rimer_baseline_settings_init(&settings);
    rimer_protocol_init(&protocol);
    settings.split = config->split;
    protocol.part = RIMER_PART_VAL;
    protocol.horizon = settings.horizon = config->horizon;
    protocol.context_len = settings.context_len = config->context_len;
    ck_assert_int_eq(rimer_baseline_create(name, dataset, &settings, &baseline), RIMER_OK);
    ck_assert_int_eq(rimer_evaluate(baseline, dataset, &protocol, NULL, NULL, &score),
                     RIMER_OK);
    double mse = score.standardised.mse;
    rimer_evaluation_free(&score);
    rimer_forecaster_free(baseline);
    return mse;
}

#endif
