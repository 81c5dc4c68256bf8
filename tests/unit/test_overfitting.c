/* Settings against overfitting: what they change, and what they must leave alone. */
#include "harness.h"
#include "smallrun.h"

#include "train/lanes.h"

#include <stdlib.h>

static rimer_config with(const char *settings) {
    rimer_config config = small_config();
    rm_test_settings(&config, settings);
    return config;
}

static void forecast(const rimer_model *model, float *out) {
    rimer_session *session;
    float context[2 * 32];
    for (int i = 0; i < 64; i++)
        context[i] = (float)noisy_sine(i, NULL);
    ck_assert_int_eq(rimer_session_create(model, 2, &session), RIMER_OK);
    ck_assert_int_eq(rimer_session_forecast(session, 2, 32, context, 20, out), RIMER_OK);
    rimer_session_free(session);
}

/* What is learnt changes; a forecast of the same weights does not. */
START_TEST(dropout_is_for_training) {
    rimer_config config = with("dropout=0.3"), none = with("");
    rimer_dataset *dataset = dataset_of(noisy_sine, NULL);
    rimer_model *model = train(dataset, &config, NULL, NULL), *same;
    rimer_model *plain = train(dataset, &none, NULL, NULL);
    ck_assert(!same_values(model, plain));
    none.origin_bias = model->config.origin_bias;
    ck_assert_int_eq(rimer_model_create(&none, &same), RIMER_OK);
    memcpy(same->values, model->values,
           (size_t)model->network.registry.total * sizeof *model->values);
    float a[2 * 20], b[2 * 20], c[2 * 20];
    forecast(model, a);
    forecast(model, b);
    forecast(same, c);
    ck_assert_mem_eq(a, b, sizeof a);
    ck_assert_mem_eq(a, c, sizeof a);
    rimer_model *all[] = {model, plain, same};
    for (int i = 0; i < 3; i++)
        rimer_model_free(all[i]);
    rimer_dataset_free(dataset);
}
END_TEST

enum { ROWS = 40 };

/* A fresh model away from zero, on the training windows of a dataset. */
typedef struct bench {
    rimer_config config;
    rimer_dataset *dataset;
    rimer_model *model;
    rm_scaler scaler;
    rm_windows windows;
    rm_pool *pool;
    rm_real *blocks; /* m, v, average, gradient */
    int64_t total;
} bench;

static bench open_bench(const char *settings) {
    bench b = {.config = with("zero_head=no"), .dataset = dataset_of(noisy_sine, NULL)};
    rm_test_settings(&b.config, settings);
    ck_assert_int_eq(rimer_model_create(&b.config, &b.model), RIMER_OK);
    ck_assert_int_eq(rm_scaler_fit(&b.scaler, b.dataset, b.config.split), RIMER_OK);
    ck_assert_int_eq(rm_windows_make(&b.windows, b.dataset, b.config.split, RM_PART_TRAIN,
                                     b.config.context_len, b.config.output_len, 1),
                     RIMER_OK);
    ck_assert_int_eq(rm_pool_create(2, &b.pool), RIMER_OK);
    b.total = b.model->network.registry.total;
    b.blocks = calloc(4 * (size_t)b.total, sizeof *b.blocks);
    rm_rng rng = rm_rng_make(8, 1);
    for (int64_t i = 0; i < b.total; i++)
        b.model->values[i] += (rm_real)(0.1 * rm_rng_normal(&rng));
    return b;
}

static void close_bench(bench *b) {
    rm_pool_free(b->pool);
    rm_windows_free(&b->windows);
    rm_scaler_free(&b->scaler);
    rimer_model_free(b->model);
    rimer_dataset_free(b->dataset);
    free(b->blocks);
}

static rm_lanes *open_lanes(bench *b) {
    rm_lanes *lanes;
    rm_lanes_setup setup = {.config = &b->config,
                            .network = &b->model->network,
                            .windows = &b->windows,
                            .scaler = &b->scaler,
                            .pool = b->pool,
                            .params = b->model->values,
                            .m = b->blocks,
                            .v = b->blocks + b->total,
                            .average = b->blocks + 2 * b->total,
                            .average_rate = 1};
    ck_assert_int_eq(rm_lanes_create(&lanes, &setup), RIMER_OK);
    return lanes;
}

/* Loss of a first step that moves nothing. */
static double loss_of(bench *b, int64_t number) {
    rm_lanes *lanes = open_lanes(b);
    int64_t rows[ROWS], count = 0;
    double loss = 0;
    for (int i = 0; i < ROWS; i++)
        rows[i] = 5 * i;
    ck_assert_int_eq(rm_lanes_step(lanes, rows, ROWS, 0, number, &loss, &count), RIMER_OK);
    rm_lanes_free(lanes);
    return loss / (double)count;
}

static double loss_with(const char *settings, int64_t number) {
    bench b = open_bench(settings);
    double loss = loss_of(&b, number);
    close_bench(&b);
    return loss;
}

/* By seed and step, and not by how a batch is cut: losses are equal but for the sum's rounding. */
START_TEST(dropout_draws_by_step) {
    double one = loss_with("dropout=0.5", 1);
    ck_assert_double_eq(one, loss_with("dropout=0.5", 1));
    ck_assert_double_eq_tol(one, loss_with("dropout=0.5 lanes=1", 1), 1e-6);
    ck_assert_double_eq_tol(one, loss_with("dropout=0.5 lanes=7", 1), 1e-6);
    ck_assert_double_gt(fabs(one - loss_with("dropout=0.5", 2)), 1e-4);
    ck_assert_double_gt(fabs(one - loss_with("dropout=0.4", 1)), 1e-4);
    ck_assert_double_gt(fabs(one - loss_with("", 1)), 1e-4);
    ck_assert_double_eq(loss_with("", 1), loss_with("", 2));
    bench b = open_bench("dropout=0.5");
    b.config.seed++; /* with the same weights */
    ck_assert_double_gt(fabs(one - loss_of(&b, 1)), 1e-4);
    close_bench(&b);
}
END_TEST

int main(void) {
    return rm_test_main(
        "overfitting", (const TTest *[]){dropout_is_for_training, dropout_draws_by_step, NULL});
}
