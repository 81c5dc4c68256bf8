/* Models whose every weight is away from zero, so that nothing hides its neighbours, and something to
 * forecast from. */
#ifndef RM_RANDOMMODEL_H
#define RM_RANDOMMODEL_H

#include "harness.h"

#include "base/rng.h"
#include "model/model_inside.h"
#include "rimer/rimer.h"

#include <math.h>

/* Channels c0, c1, ... for maps of their own. */
static inline void name_channels(rimer_model *model) {
    int64_t n = model->network.shape.own_channels;
    float values[16] = {0};
    rm_scaler scaler;
    rimer_dataset *dataset;
    ck_assert_int_le(n, 16);
    if (!n)
        return;
    ck_assert_int_eq(rimer_dataset_from_values(values, 1, n, NULL, &dataset), RIMER_OK);
    ck_assert_int_eq(rm_scaler_identity(&scaler, 1, n), RIMER_OK);
    ck_assert_int_eq(rm_model_set_channels(model, dataset, &scaler), RIMER_OK);
    rm_scaler_free(&scaler);
    rimer_dataset_free(dataset);
}

static inline rimer_model *random_model(const char *settings) {
    rimer_config config;
    rimer_model *model;
    rimer_config_init(&config);
    rm_test_settings(&config,
                     "context_len=40 horizon=8 patch_len=4 output_len=8 width=16 head_size=8");
    rm_test_settings(&config, settings);
    ck_assert_msg(rimer_model_create(&config, &model) == RIMER_OK, "%s", rimer_last_error());
    rm_rng rng = rm_rng_make(7, 7);
    for (int64_t i = 0; i < rimer_model_n_tensors(model); i++) {
        rm_model_tensor one = rm_model_tensor_at(model, i);
        double size = 0.4 / sqrt(one.param->cols ? (double)one.param->cols : 4);
        for (int64_t k = 0; k < one.param->count; k++)
            model->values[one.at + k] += (rm_real)(size * rm_rng_normal(&rng));
    }
    name_channels(model);
    return model;
}

static inline void fill_contexts(float *x, int64_t rows, int64_t n, uint64_t seed) {
    rm_rng rng = rm_rng_make(seed, 2);
    for (int64_t i = 0; i < rows * n; i++)
        x[i] = (float)(sin((double)i * 0.7) + rm_rng_normal(&rng));
}

#endif
