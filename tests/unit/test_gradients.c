/* Gradients of the whole training path (windows, norm, network, origin, loss) against signed
 * central differences, one random direction a parameter. Sharp in the float64 build; the
 * float32 build runs it with the tolerance that rounding leaves. */
#include "harness.h"

#include "base/rng.h"
#include "data/scaler.h"
#include "model/model_inside.h"
#include "train/lanes.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifdef RM_REAL_DOUBLE
#define STEP 1e-5
#define TOLERANCE 2e-7 /* of the size of the slope, measured 2e-8 */
#else
#define STEP 2e-3
#define TOLERANCE 5e-2 /* measured 5e-3 */
#endif

enum { STEPS = 90, CHANNELS = 2, ROWS = 11 };

static rimer_dataset *series(int with_gaps) {
    float values[CHANNELS * STEPS];
    rm_rng rng = rm_rng_make(5, 0);
    for (int i = 0; i < CHANNELS * STEPS; i++) {
        values[i] = (float)(sin(i * 0.5) + 0.3 * rm_rng_normal(&rng) + 0.02 * i);
        if (with_gaps && i % 7 == 3)
            values[i] = NAN;
    }
    rimer_dataset *dataset;
    ck_assert_int_eq(rimer_dataset_from_values(values, STEPS, CHANNELS, NULL, &dataset),
                     RIMER_OK);
    return dataset;
}

typedef struct fixture {
    rimer_dataset *dataset;
    rimer_config config;
    rimer_model *model;
    rm_scaler scaler;
    rm_windows windows;
    rm_pool *pool;
    rm_lanes *lanes;
    rm_real *m, *v, *gradient;
    int64_t rows[ROWS];
} fixture;

static void open_fixture(fixture *f, const char *settings, int with_gaps) {
    memset(f, 0, sizeof *f);
    f->dataset = series(with_gaps);
    rimer_config_init(&f->config);
    rm_test_settings(&f->config,
                     "context_len=12 horizon=5 patch_len=4 output_len=5 width=12 head_size=4 "
                     "ffn_width=20 batch=11 lanes=3 split=rows:70/10/10 zero_head=no");
    rm_test_settings(&f->config, settings);
    ck_assert_msg(rimer_model_create(&f->config, &f->model) == RIMER_OK, "%s",
                  rimer_last_error());
    ck_assert_int_eq(rm_scaler_fit(&f->scaler, f->dataset, f->config.split), RIMER_OK);
    ck_assert_int_eq(rm_windows_make(&f->windows, f->dataset, f->config.split, RM_PART_TRAIN,
                                     f->config.context_len, f->config.output_len, 1),
                     RIMER_OK);
    ck_assert_int_eq(rm_pool_create(2, &f->pool), RIMER_OK);
    int64_t total = f->model->network.registry.total;
    f->m = calloc((size_t)total, sizeof *f->m);
    f->v = calloc((size_t)total, sizeof *f->v);
    f->gradient = calloc((size_t)total, sizeof *f->gradient);
    rm_lanes_setup setup = {&f->config,
                            &f->model->network,
                            &f->windows,
                            &f->scaler,
                            f->pool,
                            f->model->values,
                            f->m,
                            f->v,
                            f->m,
                            1,
                            1};
    ck_assert_int_eq(rm_lanes_create(&f->lanes, &setup), RIMER_OK);
    /* Away from the initial point, where whole matrices are zero and hide their neighbours. */
    rm_rng rng = rm_rng_make(17, 3);
    for (int64_t i = 0; i < f->model->network.registry.n; i++) {
        const rm_param *param = &f->model->network.registry.items[i];
        double size = 0.3 / sqrt(param->cols ? (double)param->cols : 1);
        for (int64_t k = 0; k < param->count; k++)
            f->model->values[param->offset + k] += (rm_real)(size * rm_rng_normal(&rng));
    }
    for (int64_t i = 0; i < ROWS; i++)
        f->rows[i] = (int64_t)rm_rng_below(&rng, (uint64_t)f->windows.n_rows);
}

static void close_fixture(fixture *f) {
    rm_lanes_free(f->lanes);
    rm_pool_free(f->pool);
    rm_windows_free(&f->windows);
    rm_scaler_free(&f->scaler);
    rimer_model_free(f->model);
    rimer_dataset_free(f->dataset);
    free(f->m), free(f->v), free(f->gradient);
}

static double loss_at(fixture *f, const rm_param *param, const rm_real *start,
                      const rm_real *direction, double step) {
    double loss;
    rm_real *values = f->model->values + param->offset;
    rm_real *unused = calloc((size_t)f->model->network.registry.total, sizeof *unused);
    for (int64_t k = 0; k < param->count; k++)
        values[k] = (rm_real)((double)start[k] + step * (double)direction[k]);
    ck_assert_int_eq(rm_lanes_gradient(f->lanes, f->rows, ROWS, &loss, unused), RIMER_OK);
    memcpy(values, start, (size_t)param->count * sizeof *values);
    free(unused);
    return loss;
}

static void check_param(fixture *f, const rm_param *param, const char *settings, rm_rng *rng) {
    rm_real *direction = calloc((size_t)param->count, sizeof *direction);
    rm_real *start = malloc((size_t)param->count * sizeof *start);
    double slope = 0, size = 0;
    memcpy(start, f->model->values + param->offset, (size_t)param->count * sizeof *start);
    for (int64_t k = 0; k < param->count; k++) {
        direction[k] = (rm_real)(rm_rng_normal(rng) / sqrt((double)param->count));
        slope += (double)direction[k] * (double)f->gradient[param->offset + k];
        size += pow((double)f->gradient[param->offset + k], 2);
    }
    double up = loss_at(f, param, start, direction, STEP);
    double down = loss_at(f, param, start, direction, -STEP);
    double measured = (up - down) / (2 * STEP), scale = sqrt(size / (double)param->count);
    double error = fabs(measured - slope), limit = TOLERANCE * (scale + fabs(slope) + 1e-2);
    if (getenv("RIMER_TEST_MEASURE"))
        printf("%s: %.3g of %.3g\n", param->name, error, scale + fabs(slope) + 1e-2);
    ck_assert_msg(error <= limit, "%s (%s): slope %.9g, measured %.9g", param->name, settings,
                  slope, measured);
    free(direction);
    free(start);
}

/* What is not trained has no gradient, or clipping would see it. */
static void check_none(const fixture *f, const rm_param *param) {
    for (int64_t k = 0; k < param->count; k++)
        ck_assert(f->gradient[param->offset + k] == 0);
}

static void check_settings(const char *settings, int with_gaps) {
    fixture f;
    double loss;
    open_fixture(&f, settings, with_gaps);
    rm_rng rng = rm_rng_make(23, 1);
    ck_assert_int_eq(rm_lanes_gradient(f.lanes, f.rows, ROWS, &loss, f.gradient), RIMER_OK);
    ck_assert(isfinite(loss) && loss > 0);
    for (int64_t i = 0; i < f.model->network.registry.n; i++) {
        const rm_param *param = &f.model->network.registry.items[i];
        if (param->group != RM_GROUP_FITTED || f.config.origin_lr > 0)
            check_param(&f, param, settings, &rng);
        else
            check_none(&f, param);
    }
    close_fixture(&f);
}

START_TEST(defaults) {
    check_settings("layers=1", 0);
    check_settings("origin_bias=constant", 0);
}
END_TEST

START_TEST(three_layers_all_tokens) {
    check_settings("layers=3 loss_tokens=all origin=last loss=huber huber_delta=0.7", 0);
}
END_TEST

START_TEST(missing_steps) {
    check_settings("layers=2 mask=on loss_tokens=all origin=last", 1);
    check_settings("layers=1 mask=on", 1);
}
END_TEST

START_TEST(with_phase) {
    check_settings("layers=2 phase=7,3.5", 0);
    check_settings("phase=5 loss_tokens=all origin=last mask=on input_norm=no", 1);
    check_settings("phase=24,168 mixer=attention context_len=56 patch_len=1 dropout=0.2", 0);
}
END_TEST

START_TEST(with_moments) {
    check_settings("layers=2 moments=yes mask=on", 1);
    check_settings("moments=yes loss_tokens=all origin=last input_norm=no", 0);
}
END_TEST

START_TEST(as_published) {
    check_settings("channel_mix=linear position=sinusoid origin=none input_norm=no "
                   "output_norm=no loss_tokens=all",
                   0);
}
END_TEST

START_TEST(odd_shapes) {
    check_settings("context_len=13 patch_len=5 norm=none key_norm=add origin=none", 0);
    check_settings("context_len=17 patch_len=3 width=6 head_size=3 layers=2", 0);
}
END_TEST

START_TEST(as_timer) {
    check_settings("mixer=attention channel_mix=gelu block_norm=after position=sinusoid "
                   "origin=none input_norm=no layers=2 loss_tokens=all",
                   0);
    check_settings("mixer=attention width=14 head_size=4 layers=2 mask=on", 1);
}
END_TEST

/* With one patch for the context, a linear map of it. */
START_TEST(without_blocks) {
    check_settings("layers=0 patch_len=12 input_norm=no output_norm=no origin=last", 0);
    check_settings("layers=0 loss_tokens=all origin=none position=sinusoid", 0);
}
END_TEST

START_TEST(mixed_parts) {
    check_settings("block_norm=after layers=2", 0);
    check_settings("channel_mix=gelu layers=2", 0);
    check_settings("mixer=attention channel_mix=linear block_norm=after origin=last", 0);
}
END_TEST

/* Kinks of the pinball loss lie where a quantile meets a target; steps are small enough to miss
 * them. */
START_TEST(quantiles) {
    check_settings("quantiles=0.1,0.3,0.9 layers=2", 0);
    check_settings("quantiles=0.25 origin=last loss_tokens=all mask=on", 1);
    check_settings("quantiles=0.5 origin=none", 0);
    check_settings("quantiles=0.2,0.9 origin_lr=1 dropout=0.2", 0);
    check_settings("quantiles=0.1,0.9 layers=0 patch_len=12 origin_bias=constant", 0);
}
END_TEST

/* The mask is the same at every call. */
START_TEST(with_dropout) {
    check_settings("layers=2 dropout=0.3", 0);
    check_settings("layers=2 dropout=0.6 input_norm=no loss_tokens=all origin=last", 1);
    check_settings("mixer=attention channel_mix=gelu block_norm=after layers=2 dropout=0.3", 0);
    check_settings("layers=0 dropout=0.2", 0);
}
END_TEST

START_TEST(origin_map) {
    check_settings("origin_lr=1 origin_bias=constant", 0);
    check_settings("origin_lr=0.1 origin_bias=scaled mask=on", 1);
    check_settings("origin_lr=1 context_len=13 patch_len=5 dropout=0.2", 0);
    check_settings("origin_lr=1 norm=none loss=mae layers=0", 0);
    check_settings("origin_lr=1 origin=last", 0);
    /* a token a step: several blocks of rows add to a lane's gradient */
    check_settings("origin_lr=1 context_len=56 patch_len=1 dropout=0.2", 0);
}
END_TEST

/* Each output has a scale of its own. */
START_TEST(causal_norm) {
    check_settings("norm=causal layers=2 loss_tokens=all origin=last", 0);
    check_settings("norm=causal layers=2 loss_tokens=all origin=none mask=on", 1);
    check_settings("norm=causal context_len=13 patch_len=5 loss_tokens=all origin=last", 1);
    check_settings("norm=causal origin_lr=1 origin_bias=constant", 0);
    check_settings("norm=causal origin_lr=1 context_len=13 patch_len=5 mask=on", 1);
    check_settings("norm=causal quantiles=0.1,0.8 loss_tokens=all origin=last", 0);
    check_settings("norm=causal mixer=attention loss_tokens=all origin=last", 0);
}
END_TEST

int main(void) {
    return rm_test_main("gradients " RM_REAL_NAME,
                        (const TTest *[]){defaults, three_layers_all_tokens, missing_steps,
                                          with_phase, with_moments, as_published, odd_shapes,
                                          as_timer, without_blocks, mixed_parts, quantiles,
                                          with_dropout, origin_map, causal_norm, NULL});
}
