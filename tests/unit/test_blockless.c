/* Models without blocks: with one patch for the whole context, a linear map trained by gradient. It
 * must come near the closed form, which says that training does what it should. */
#include "harness.h"

#include "base/rng.h"
#include "model/model_inside.h"
#include "rimer/rimer.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { STEPS = 1500, CONTEXT = 24, HORIZON = 6 };

static rimer_config small_linear(void) {
    rimer_config config;
    rimer_config_init(&config);
    ck_assert_int_eq(rimer_config_preset(&config, "gradient-linear"), RIMER_OK);
    rm_test_settings(&config, "context_len=24 patch_len=24 horizon=6 output_len=6 width=16 "
                              "head_size=4 batch=64 epochs=40 lr=0.003 threads=1");
    return config;
}

/* Two sines under noise that remembers: the next step depends on many before. */
static rimer_dataset *noisy(void) {
    float values[STEPS];
    double drift = 0;
    rm_rng rng = rm_rng_make(9, 1);
    for (int i = 0; i < STEPS; i++) {
        drift = 0.8 * drift + 0.3 * rm_rng_normal(&rng);
        values[i] = (float)(sin(i * 0.26) + 0.5 * sin(i * 0.9) + drift);
    }
    rimer_dataset *dataset;
    ck_assert_int_eq(rimer_dataset_from_values(values, STEPS, 1, NULL, &dataset), RIMER_OK);
    return dataset;
}

static double score(const char *name, const rimer_dataset *dataset) {
    rimer_baseline_settings settings;
    rimer_protocol protocol;
    rimer_forecaster *baseline;
    rimer_evaluation evaluation;
    rimer_baseline_settings_init(&settings);
    rimer_protocol_init(&protocol);
    settings.split = "0.7/0.1/0.2";
    settings.season = protocol.season = 1;
    settings.context_len = protocol.context_len = CONTEXT;
    settings.horizon = protocol.horizon = HORIZON;
    protocol.part = RIMER_PART_VAL;
    ck_assert_int_eq(rimer_baseline_create(name, dataset, &settings, &baseline), RIMER_OK);
    ck_assert_int_eq(rimer_evaluate(baseline, dataset, &protocol, NULL, NULL, &evaluation),
                     RIMER_OK);
    double mse = evaluation.standardised.mse;
    rimer_evaluation_free(&evaluation);
    rimer_forecaster_free(baseline);
    return mse;
}

START_TEST(comes_near_the_closed_form) {
    rimer_config config = small_linear();
    rimer_dataset *dataset = noisy();
    rimer_train_report report;
    rimer_model *model = NULL;
    ck_assert_msg(rimer_train(dataset, &config, NULL, &model, &report) == RIMER_OK, "%s",
                  rimer_last_error());
    double closed = score("linear", dataset), repeat = score("repeat", dataset);
    ck_assert_msg(closed < 0.7 * repeat && report.val_mse < 1.1 * closed,
                  "gradient %g, closed form %g, repeat %g", report.val_mse, closed, repeat);
    rimer_model_free(model);
    rimer_dataset_free(dataset);
}
END_TEST

/* Embedding, head and its bias; and the forecast is what they say. */
START_TEST(is_one_linear_map) {
    rimer_config config = small_linear();
    rimer_model *model;
    rimer_session *session;
    float x[CONTEXT], y[HORIZON];
    config.zero_head = RIMER_NO;
    ck_assert_int_eq(rimer_model_create(&config, &model), RIMER_OK);
    ck_assert_int_eq(rimer_model_n_parameters(model), 16 * CONTEXT + HORIZON * 16 + HORIZON);
    double mean = 0, squares = 0, hidden[16] = {0};
    for (int i = 0; i < CONTEXT; i++) {
        x[i] = (float)((i * 7) % 11);
        mean += (double)x[i] / CONTEXT;
    }
    for (int i = 0; i < CONTEXT; i++)
        squares += ((double)x[i] - mean) * ((double)x[i] - mean) / CONTEXT;
    double scale = sqrt(squares + 1e-5);
    const rm_real *embed = model->values + model->network.embed.embed;
    const rm_real *head = model->values + model->network.head.head;
    for (int d = 0; d < 16; d++)
        for (int i = 0; i < CONTEXT; i++)
            hidden[d] += (double)embed[d * CONTEXT + i] * ((double)x[i] - mean) / scale;
    ck_assert_int_eq(rimer_session_create(model, 1, &session), RIMER_OK);
    ck_assert_int_eq(rimer_session_forecast(session, 1, CONTEXT, x, HORIZON, y), RIMER_OK);
    for (int o = 0; o < HORIZON; o++) {
        double sum = 0;
        for (int d = 0; d < 16; d++)
            sum += (double)head[o * 16 + d] * hidden[d];
        ck_assert_double_eq_tol((double)y[o], sum * scale + (double)x[CONTEXT - 1], 1e-4);
    }
    rimer_session_free(session);
    rimer_model_free(model);
}
END_TEST

/* Patches longer than the output: only who rolls out patch by patch must refuse them. */
START_TEST(output_shorter_than_a_patch) {
    rimer_config config = small_linear();
    ck_assert_ptr_null(rimer_config_check(&config));
    rm_test_settings(&config, "layers=1 mixer=attention");
    ck_assert_ptr_null(rimer_config_check(&config));
    rm_test_settings(&config, "mixer=rwkv7");
    ck_assert_ptr_nonnull(strstr(rimer_config_check(&config), "raise output_len"));
    rimer_dataset *dataset = noisy();
    rm_test_settings(&config, "output_len=0");
    ck_assert_int_eq(rimer_config_choose(&config, dataset), RIMER_OK);
    ck_assert_int_eq(config.output_len, CONTEXT);
    rm_test_settings(&config, "output_len=0 layers=0");
    ck_assert_int_eq(rimer_config_choose(&config, dataset), RIMER_OK);
    ck_assert_int_eq(config.output_len, HORIZON);
    rimer_dataset_free(dataset);
}
END_TEST

int main(void) {
    return rm_test_main("blockless",
                        (const TTest *[]){comes_near_the_closed_form, is_one_linear_map,
                                          output_shorter_than_a_patch, NULL});
}
