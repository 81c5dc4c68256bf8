/* Training: the same bits whatever the threads, what it must not look at, what it must be able
 * to learn. */
#include "harness.h"
#include "smallrun.h"

#include "base/rng.h"
#include "model/model_inside.h"
#include "rimer/rimer.h"
#include "train/gradient_sum.h"
#include "train/lanes.h"

#include <math.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Every allocation of the process is counted, so that a step can be shown to make none. */
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__) && defined(__GLIBC__)
#define COUNTS_ALLOCATIONS 1
void *__libc_malloc(size_t size);
static atomic_long allocations;
void *malloc(size_t size) {
    atomic_fetch_add(&allocations, 1);
    return __libc_malloc(size);
}
#endif

/* With all that a step can do besides. */
static rimer_config rich_config(void) {
    rimer_config config = small_config();
    rm_test_settings(&config, "dropout=0.2 flip=0.5 noise=0.2 origin_lr=0.1");
    return config;
}

static void same_bits(rimer_config config) {
    rimer_dataset *dataset = dataset_of(noisy_sine, NULL);
    config.threads = 1;
    rimer_model *one = train(dataset, &config, NULL, NULL);
    rimer_model *again = train(dataset, &config, NULL, NULL);
    config.threads = 3;
    rimer_model *three = train(dataset, &config, NULL, NULL);
    config.seed = 2;
    rimer_model *other = train(dataset, &config, NULL, NULL);
    ck_assert(same_values(one, again));
    ck_assert(same_values(one, three));
    ck_assert(!same_values(one, other));
    rimer_model *all[] = {one, again, three, other};
    for (int i = 0; i < 4; i++)
        rimer_model_free(all[i]);
    rimer_dataset_free(dataset);
}

START_TEST(same_seed_same_bits) {
    same_bits(small_config());
    same_bits(rich_config());
}
END_TEST

static double with_other_test_part(int64_t t, void *arg) {
    return t < STEPS - STEPS / 5 ? noisy_sine(t, arg) : 1000 - (double)t;
}

START_TEST(blind_to_test_part) {
    rimer_config config = small_config();
    rimer_dataset *dataset = dataset_of(noisy_sine, NULL);
    rimer_dataset *changed = dataset_of(with_other_test_part, NULL);
    rimer_model *a = train(dataset, &config, NULL, NULL);
    rimer_model *b = train(changed, &config, NULL, NULL);
    ck_assert(same_values(a, b));
    rimer_model_free(a);
    rimer_model_free(b);
    rimer_dataset_free(dataset);
    rimer_dataset_free(changed);
}
END_TEST

/* Nothing to validate on: no score, and a record that is JSON still. */
START_TEST(record_without_score) {
    rimer_config config = small_config();
    float values[STEPS];
    for (int64_t t = 0; t < STEPS; t++)
        values[t] =
            t < STEPS * 7 / 10 || t >= STEPS * 8 / 10 ? (float)noisy_sine(t, NULL) : NAN;
    rimer_dataset *dataset;
    ck_assert_int_eq(rimer_dataset_from_values(values, STEPS, 1, NULL, &dataset), RIMER_OK);
    config.epochs = 1;
    rimer_model *model = train(dataset, &config, NULL, NULL);
    json_t *record = json_loads(rimer_model_fact(model, "record"), 0, NULL);
    ck_assert_ptr_nonnull(record);
    ck_assert(json_is_null(json_object_get(record, "val_mse")));
    json_decref(record);
    rimer_model_free(model);
    rimer_dataset_free(dataset);
}
END_TEST

/* Validation MSE of a baseline under the windows of `config`. */
/* Starting from a model is starting where it ended; another network is refused. */
START_TEST(starts_from_a_model) {
    rimer_config config = small_config();
    rimer_dataset *dataset = dataset_of(noisy_sine, NULL);
    rimer_train_report first, next;
    rimer_model *model = train(dataset, &config, NULL, &first), *none = NULL;
    rimer_train_hooks hooks = {.init = model};
    config.epochs = 0;
    rimer_model *same = train(dataset, &config, &hooks, &next);
    ck_assert(same_values(model, same));
    ck_assert_double_eq(first.val_mse, next.val_mse);
    config.layers = 2;
    ck_assert_int_eq(rimer_train(dataset, &config, &hooks, &none, NULL), RIMER_USAGE);
    config.layers = 1;
    config.width = 24;
    ck_assert_int_eq(rimer_train(dataset, &config, &hooks, &none, NULL), RIMER_USAGE);
    ck_assert_ptr_null(none);
    rimer_model_free(model);
    rimer_model_free(same);
    rimer_dataset_free(dataset);
}
END_TEST

/* Weights that have run away are reported, not trained on in silence. */
enum { STALLED = 10 };

static int note_rate(void *user, const rimer_progress *progress) {
    double *rates = user;
    if (progress->epoch_ended)
        rates[progress->epoch] = progress->lr;
    return 0;
}

/* Rates after each epoch of a training too slow to better anything. */
static void rates_of(int schedule, double rates[STALLED + 1]) {
    rimer_dataset *dataset = dataset_of(noisy_sine, NULL);
    rimer_config config = small_config();
    rimer_train_hooks hooks = {.user = rates, .progress = note_rate};
    config.schedule = schedule;
    config.epochs = STALLED;
    config.lr = 1e-7;
    rimer_model_free(train(dataset, &config, &hooks, NULL));
    rimer_dataset_free(dataset);
}

/* Errors that stall are seen by the schedule that goes by them, and by no other. */
START_TEST(stalls_are_for_plateaus) {
    double rates[STALLED + 1];
    rates_of(RIMER_SCHEDULE_PLATEAU, rates);
    for (int epoch = 0; epoch <= STALLED; epoch++)
        ck_assert_double_eq_tol(rates[epoch], epoch < 6 ? 1e-7 : 1e-8, 1e-12);
    rates_of(RIMER_SCHEDULE_COSINE, rates);
    for (int epoch = 1; epoch < STALLED - 2; epoch++)
        ck_assert_double_gt(rates[epoch + 1], 0.5 * rates[epoch]);
}
END_TEST

START_TEST(divergence_is_an_error) {
    rimer_config config = small_config();
    rimer_dataset *dataset = dataset_of(noisy_sine, NULL);
    rimer_model *none = NULL;
    rimer_model *away = train(dataset, &config, NULL, NULL);
    const rm_param *bias = rm_registry_find(&away->network.registry, "head.bias");
    rimer_train_hooks hooks = {.init = away};
    for (int64_t i = 0; i < bias->count; i++)
        away->values[bias->offset + i] = (rm_real)NAN; /* then no forecast is a number */
    ck_assert_int_eq(rimer_train(dataset, &config, &hooks, &none, NULL), RIMER_FAILED);
    ck_assert_ptr_nonnull(strstr(rimer_last_error(), "diverged"));
    ck_assert_ptr_null(none);
    rimer_model_free(away);
    rimer_dataset_free(dataset);
}
END_TEST

static double nothing(int64_t t, void *arg) {
    (void)arg;
    return t < STEPS - 40 ? (double)NAN : 1; /* only the end of the test part is observed */
}

START_TEST(refuses_data_without_a_target) {
    rimer_config config = small_config();
    rimer_model *none = NULL;
    rimer_dataset *dataset = dataset_of(nothing, NULL);
    config.origin = RIMER_ORIGIN_LAST;
    ck_assert_int_eq(rimer_train(dataset, &config, NULL, &none, NULL), RIMER_DATA);
    ck_assert_ptr_null(none);
    rimer_dataset_free(dataset);
}
END_TEST

static double wave(int64_t t, void *arg) {
    rm_rng rng = rm_rng_make(12, (uint64_t)t);
    return sin(6.283185307179586 * (double)t / *(double *)arg) + 0.02 * rm_rng_normal(&rng);
}

static double trend(int64_t t, void *arg) {
    rm_rng rng = rm_rng_make(13, (uint64_t)t);
    (void)arg;
    return 0.05 * (double)t + 0.3 * rm_rng_normal(&rng);
}

static double steps(int64_t t, void *arg) {
    (void)arg;
    return t / 10 % 2 ? 1 : -1;
}

/* Validation error of a model without help from a fitted origin, as a share of repeat's. */
static double share_of_repeat(rimer_dataset *dataset) {
    rimer_config config = small_config();
    rimer_train_report report;
    config.origin = RIMER_ORIGIN_LAST;
    config.epochs = 25;
    config.lr = 1e-2;
    rimer_model_free(train(dataset, &config, NULL, &report));
    double share = report.val_mse / score_baseline("repeat", dataset, &config);
    rimer_dataset_free(dataset);
    return share;
}

START_TEST(learns_simple_series) {
    static double periods[] = {5, 24, 80, 200};
    for (size_t i = 0; i < sizeof periods / sizeof *periods; i++) {
        double share = share_of_repeat(dataset_of(wave, &periods[i]));
        ck_assert_msg(share < 0.35, "period %g: %.3f of repeat's error", periods[i], share);
    }
    double share = share_of_repeat(dataset_of(trend, NULL));
    ck_assert_msg(share < 0.8, "trend: %.3f of repeat's error", share);
    share = share_of_repeat(dataset_of(steps, NULL));
    ck_assert_msg(share < 0.2, "steps: %.3f of repeat's error", share);
}
END_TEST

/* Lane i's gradient is i + 1 times a third: sums are rounded, so their order shows in the bits.
 * */
static rimer_status give_gradient(void *arg, int64_t index, int64_t worker) {
    (void)worker;
    rm_real *block = rm_gradient_sum_take(arg, index);
    for (int i = 0; i < 64; i++)
        block[i] += (rm_real)(index + 1) * (rm_real)(i + 1) / 3;
    rm_gradient_sum_give(arg, index);
    return RIMER_OK;
}

static rimer_status finish_gradient(void *arg, int64_t index, int64_t worker) {
    (void)worker;
    rm_gradient_sum_finish(arg, index * 16, 16);
    return RIMER_OK;
}

START_TEST(gradients_sum_in_a_tree) {
    const rm_kernels *kernels;
    ck_assert_int_eq(rm_kernels_choose(&kernels), RIMER_OK);
    for (int64_t lanes = 1; lanes <= 17; lanes++) {
        rm_real first[64];
        for (int64_t threads = 1; threads <= 4; threads++) {
            rm_pool *pool;
            rm_gradient_sum *sum;
            ck_assert_int_eq(rm_pool_create(threads, &pool), RIMER_OK);
            ck_assert_int_eq(rm_gradient_sum_create(&sum, kernels, 64, lanes, threads),
                             RIMER_OK);
            rm_gradient_sum *large; /* beside which a sanitizer's red zones are nothing */
            ck_assert_int_eq(rm_gradient_sum_create(&large, kernels, 4096, lanes, threads),
                             RIMER_OK);
            ck_assert_uint_le(rm_gradient_sum_bytes(large) / (4096 * sizeof(rm_real)),
                              5 + (size_t)threads);
            rm_gradient_sum_free(large);
            for (int step = 0; step < 50; step++) {
                int64_t fewer = 1 + step % lanes; /* as a last batch has */
                rm_gradient_sum_begin(sum, fewer);
                ck_assert_int_eq(rm_pool_run(pool, fewer, give_gradient, sum), RIMER_OK);
                rm_gradient_sum_begin(sum, lanes);
                ck_assert_int_eq(rm_pool_run(pool, lanes, give_gradient, sum), RIMER_OK);
                ck_assert_int_eq(rm_pool_run(pool, 4, finish_gradient, sum), RIMER_OK);
                const rm_real *got = rm_gradient_sum_result(sum);
                if (threads == 1 && step == 0)
                    memcpy(first, got, sizeof first);
                ck_assert_int_eq(memcmp(first, got, sizeof first), 0);
            }
            ck_assert_double_eq_tol((double)first[5], (double)(lanes * (lanes + 1)), 1e-3);
            rm_gradient_sum_free(sum);
            rm_pool_free(pool);
        }
    }
}
END_TEST

START_TEST(no_allocation_in_a_step) {
#ifdef COUNTS_ALLOCATIONS
    rimer_config config = rich_config();
    rimer_dataset *dataset = dataset_of(noisy_sine, NULL);
    rimer_model *model;
    rm_scaler scaler;
    rm_windows windows;
    rm_pool *pool;
    rm_lanes *lanes;
    ck_assert_int_eq(rimer_model_create(&config, &model), RIMER_OK);
    ck_assert_int_eq(rm_scaler_fit(&scaler, dataset, config.split), RIMER_OK);
    ck_assert_int_eq(rm_windows_make(&windows, dataset, config.split, RM_PART_TRAIN,
                                     config.context_len, config.output_len, 1),
                     RIMER_OK);
    ck_assert_int_eq(rm_pool_create(2, &pool), RIMER_OK);
    int64_t total = model->network.registry.total, count = 0, rows[40];
    rm_real *m = calloc((size_t)total, sizeof *m), *v = calloc((size_t)total, sizeof *v);
    rm_real *average = calloc((size_t)total, sizeof *average);
    rm_lanes_setup setup = {&config, &model->network, &windows, &scaler, pool, model->values, m,
                            v,       average,         0.1,      1};
    ck_assert_int_eq(rm_lanes_create(&lanes, &setup), RIMER_OK);
    for (int i = 0; i < 40; i++)
        rows[i] = i * 3;
    double loss = 0;
    for (int i = 1; i < 20; i++) /* every thread has met the BLAS, which then has its buffers */
        ck_assert_int_eq(rm_lanes_step(lanes, rows, 40, 1e-3, i, &loss, &count), RIMER_OK);
    rimer_status status = RIMER_OK;
    long before =
        atomic_load(&allocations); /* Check's assertions allocate: none until `after` */
    for (int i = 20; i < 40 && status == RIMER_OK; i++)
        status = rm_lanes_step(lanes, rows, 40, 1e-3, i, &loss, &count);
    long after = atomic_load(&allocations);
    ck_assert_int_eq(status, RIMER_OK);
    ck_assert_int_gt(before, 10); /* or the counter itself is broken */
    ck_assert_int_eq(after - before, 0);
    rm_lanes_free(lanes);
    free(m), free(v), free(average);
    rm_pool_free(pool);
    rm_windows_free(&windows);
    rm_scaler_free(&scaler);
    rimer_model_free(model);
    rimer_dataset_free(dataset);
#else
    printf("SKIP no_allocation_in_a_step: allocations cannot be counted in this build\n");
#endif
}
END_TEST

START_TEST(chooses_from_data) {
    static double day = 24;
    rimer_config config;
    rimer_dataset *dataset = dataset_of(wave, &day);
    rimer_config_init(&config);
    ck_assert_int_eq(rimer_config_choose(&config, dataset), RIMER_OK);
    ck_assert_int_ge(config.context_len, config.horizon);
    ck_assert_int_ge(config.output_len, config.patch_len);
    ck_assert_int_ge(config.horizon, 8);
    ck_assert_int_le(config.horizon, STEPS / 10);
    config.horizon = 7; /* what was said stays said */
    config.context_len = 21;
    config.patch_len = config.output_len = 0;
    ck_assert_int_eq(rimer_config_choose(&config, dataset), RIMER_OK);
    ck_assert_int_eq(config.horizon, 7);
    ck_assert_int_eq(config.context_len, 21);
    rimer_config_init(&config); /* and the rest is chosen to fit it */
    config.output_len = 2;
    ck_assert_int_eq(rimer_config_choose(&config, dataset), RIMER_OK);
    ck_assert_msg(!rimer_config_check(&config), "%s", rimer_last_error());
    rimer_config_init(&config);
    config.patch_len = 130;
    ck_assert_int_eq(rimer_config_choose(&config, dataset), RIMER_OK);
    ck_assert_msg(!rimer_config_check(&config), "%s", rimer_last_error());

    rimer_model *none = NULL;
    config.epochs = config.batch = 0; /* refused before it divides anything */
    ck_assert_int_eq(rimer_config_choose(&config, dataset), RIMER_USAGE);
    config = small_config();
    config.threads = INT64_MAX; /* and before anyone starts so many */
    ck_assert_int_eq(rimer_train(dataset, &config, NULL, &none, NULL), RIMER_USAGE);
    rimer_config_init(&config); /* which nobody has chosen */
    ck_assert_int_eq(rimer_train(dataset, &config, NULL, &none, NULL), RIMER_USAGE);
    ck_assert_ptr_nonnull(strstr(rimer_last_error(), "context_len is not set"));
    ck_assert_ptr_nonnull(strstr(rimer_last_error(), "rimer_config_choose"));
    rimer_dataset_free(dataset);

    float few[3] = {1, 2, 3};
    ck_assert_int_eq(rimer_dataset_from_values(few, 3, 1, NULL, &dataset), RIMER_OK);
    rimer_config_init(&config);
    ck_assert_int_eq(rimer_config_choose(&config, dataset), RIMER_DATA);
    rimer_dataset_free(dataset);
}
END_TEST

int main(void) {
    return rm_test_main(
        "train", (const TTest *[]){same_seed_same_bits, blind_to_test_part, starts_from_a_model,
                                   refuses_data_without_a_target, record_without_score,
                                   stalls_are_for_plateaus, divergence_is_an_error,
                                   learns_simple_series, no_allocation_in_a_step,
                                   gradients_sum_in_a_tree, chooses_from_data, NULL});
}
