/* Timer, the Transformer that the paper compares with (E13), as a model: its size, and that it is
 * trained, resumed and rolled out as any other. Its equations: test_attention.c, test_golden_network.c,
 * test_gradients.c; what holds for any weights: test_properties.c. */
#include "harness.h"

#include "base/rng.h"
#include "model/model_inside.h"
#include "rimer/rimer.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { STEPS = 400, CONTEXT = 48 };

static rimer_config small_timer(void) {
    rimer_config config;
    rimer_config_init(&config);
    ck_assert_int_eq(rimer_config_preset(&config, "timer"), RIMER_OK);
    rm_test_settings(&config, "context_len=48 horizon=24 patch_len=8 output_len=8 width=16 "
                              "head_size=4 ffn_width=32 layers=2 batch=32 epochs=3 lr=0.003 "
                              "patience=100 threads=1");
    return config;
}

static rimer_dataset *noisy_sine(void) {
    float values[STEPS];
    rm_rng rng = rm_rng_make(3, 3);
    for (int i = 0; i < STEPS; i++)
        values[i] = (float)(10 + 5 * sin(i * acos(-1) / 6) + 0.3 * rm_rng_normal(&rng));
    rimer_dataset *dataset;
    ck_assert_int_eq(rimer_dataset_from_values(values, STEPS, 1, NULL, &dataset), RIMER_OK);
    return dataset;
}

static rimer_model *train(const rimer_dataset *dataset, const rimer_config *config,
                          const rimer_train_hooks *hooks, rimer_train_report *report) {
    rimer_model *model = NULL;
    ck_assert_msg(rimer_train(dataset, config, hooks, &model, report) == RIMER_OK, "%s",
                  rimer_last_error());
    return model;
}

static int same_values(const rimer_model *a, const rimer_model *b) {
    int64_t n = a->network.registry.total;
    return n == b->network.registry.total &&
           memcmp(a->values, b->values, (size_t)n * sizeof *a->values) == 0;
}

START_TEST(published_size) {
    rimer_config config;
    rimer_model *model;
    rimer_config_init(&config);
    ck_assert_int_eq(rimer_config_preset(&config, "timer"), RIMER_OK);
    ck_assert_msg(rimer_model_create(&config, &model) == RIMER_OK, "%s", rimer_last_error());
    ck_assert_int_eq(rimer_model_n_parameters(model), 37862432);
    ck_assert_int_eq(rimer_model_n_tensors(model), 1 + 12 * 16 + 4);
    rimer_model_free(model);
}
END_TEST

START_TEST(heads_need_not_fill_the_width) {
    rimer_config config = small_timer();
    rimer_model *model = NULL;
    rm_test_settings(&config, "width=20 head_size=6");
    ck_assert_int_eq(rimer_model_create(&config, &model), RIMER_OK);
    ck_assert_int_eq(model->network.shape.heads, 3);
    const rm_param *query =
        rm_registry_find(&model->network.registry, "blocks.1.att.query.weight");
    ck_assert_int_eq(query->rows, 18);
    ck_assert_int_eq(query->cols, 20);
    rimer_model_free(model);
    model = NULL;
    rm_test_settings(&config, "head_size=21");
    ck_assert_int_eq(rimer_model_create(&config, &model), RIMER_USAGE);
    ck_assert_ptr_nonnull(strstr(rimer_last_error(), "larger than width 20"));
    rm_test_settings(&config, "mixer=rwkv7 head_size=6");
    ck_assert_int_eq(rimer_model_create(&config, &model), RIMER_USAGE);
    ck_assert_ptr_null(model);
}
END_TEST

static int stop_at_seven(void *user, const rimer_progress *progress) {
    int *stopped = user;
    return progress->step >= 7 && !(*stopped)++;
}

/* One thread or three, straight or stopped and resumed: the same bits. */
START_TEST(same_bits) {
    rimer_config config = small_timer();
    rimer_dataset *dataset = noisy_sine();
    rimer_model *straight = train(dataset, &config, NULL, NULL), *model = NULL;
    config.threads = 3;
    rimer_model *threaded = train(dataset, &config, NULL, NULL);
    ck_assert(same_values(straight, threaded));
    char path[128];
    int stopped = 0;
    snprintf(path, sizeof path, "%s/timer.safetensors", rm_test_folder());
    rimer_train_hooks stop = {.user = &stopped, .progress = stop_at_seven, .model_path = path};
    rimer_train_hooks resume = {.model_path = path, .resume = 1};
    ck_assert_int_eq(rimer_train(dataset, &config, &stop, &model, NULL), RIMER_INTERRUPTED);
    ck_assert(!same_values(straight, model));
    rimer_model_free(model);
    model = train(dataset, &config, &resume, NULL);
    ck_assert(same_values(straight, model));
    rimer_model_free(model);
    rimer_model_free(threaded);
    rimer_model_free(straight);
    rimer_dataset_free(dataset);
}
END_TEST

/* Three outputs a horizon, rolled out, learnt to near the noise. */
START_TEST(learns_a_sine) {
    rimer_config config = small_timer();
    config.epochs = 30;
    rimer_dataset *dataset = noisy_sine();
    rimer_train_report report;
    rimer_model *model = train(dataset, &config, NULL, &report);
    ck_assert_msg(report.val_mse < 0.05, "validation MSE %g", report.val_mse);
    rimer_model_free(model);
    rimer_dataset_free(dataset);
}
END_TEST

int main(void) {
    return rm_test_main("timer",
                        (const TTest *[]){published_size, heads_need_not_fill_the_width,
                                          same_bits, learns_a_sine, NULL});
}
