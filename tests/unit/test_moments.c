/* Models that are told the mean and deviation that the instance norm takes away. */
#include "harness.h"
#include "smallrun.h"

static void must(rimer_status status) {
    ck_assert_msg(status == RIMER_OK, "%s", rimer_last_error());
}

static rm_real *value_of(const rimer_model *model, int64_t slot, int64_t i) {
    return model->values + slot + i;
}

/* Nothing but the moments reaches the head, whose two steps are one of them each; the block adds nothing. */
static rimer_model *teller(const char *settings) {
    rimer_config config;
    rimer_model *model;
    rimer_config_init(&config);
    rm_test_settings(&config, "context_len=6 patch_len=2 horizon=2 output_len=2 width=4 "
                              "head_size=2 moments=yes origin=none input_norm=no "
                              "output_norm=no zero_head=no mask=on");
    rm_test_settings(&config, settings);
    must(rimer_model_create(&config, &model));
    const rm_network *network = &model->network;
    const rm_shape *s = &network->shape;
    for (int64_t i = 0; i < s->width * s->patch_len; i++)
        *value_of(model, network->embed.embed, i) =
            *value_of(model, network->embed.embed_mask, i) = 0;
    for (int64_t i = 0; i < s->levels.n * s->output_len * s->width; i++)
        *value_of(model, network->head.head, i) = 0;
    for (int feature = 0; feature < 2; feature++) {
        int64_t output = s->median * s->output_len + feature;
        *value_of(model, network->embed.embed_moments, feature * 2 + feature) = 1;
        *value_of(model, network->head.head, output * s->width + feature) = 1;
    }
    return model;
}

enum { N = 6, ROWS = 4, HORIZON = 8 };
static const float contexts[ROWS * N] = {1,   2, 3, 4,   3, 2,    -70, -50, -60, -60, -60, -60,
                                         NAN, 5, 5, NAN, 5, 5.5f, 0,   1,   0,   -1,  0,   0};

/* The forecast that it then makes, in the units of the context. */
static void expect(const float *context, double want[2]) {
    double sum = 0, squares = 0, n = 0;
    for (int i = 0; i < N; i++)
        if (!isnan(context[i])) {
            sum += (double)context[i];
            squares += (double)context[i] * (double)context[i];
            n++;
        }
    double mean = sum / n, deviation = sqrt(squares / n - mean * mean + 1e-5);
    want[0] = mean + deviation * mean / (1 + fabs(mean));
    want[1] = mean + deviation * 0.5 * log(deviation);
}

/* However far it is rolled out, by a state or by reading again, and with a fan of tracks. */
START_TEST(told_as_written) {
    static const char *const settings[] = {"layers=1", "layers=1 quantiles=0.2,0.8"};
    for (int i = 0; i < 2; i++) {
        rimer_model *model = teller(settings[i]);
        rimer_session *session;
        float out[ROWS * HORIZON];
        must(rimer_session_create(model, ROWS, &session));
        must(rimer_session_forecast(session, ROWS, N, contexts, HORIZON, out));
        for (int row = 0; row < ROWS; row++) {
            double want[2];
            expect(contexts + row * N, want);
            for (int h = 0; h < HORIZON; h++)
                ck_assert_double_eq_tol((double)out[row * HORIZON + h], want[h % 2],
                                        (i && h >= 2 ? 2e-3 : 1e-5) * (1 + fabs(want[h % 2])));
        }
        rimer_session_free(session);
        rimer_model_free(model);
    }
}
END_TEST

/* Back to zero, the further the faster: three steps do not show where zero is. */
static double returning(int64_t t, void *arg) {
    static double at;
    rm_rng rng = rm_rng_make(29, (uint64_t)t);
    (void)arg;
    at = t ? 0.7 * at + 0.5 * rm_rng_normal(&rng) : 0;
    return at;
}

START_TEST(teaches_the_level) {
    rimer_dataset *dataset = dataset_of(returning, NULL);
    double mse[2];
    for (int i = 0; i < 2; i++) {
        rimer_config config = small_config();
        rimer_train_report report;
        config.context_len = 3;
        config.patch_len = 1;
        config.horizon = config.output_len = 4;
        config.origin = RIMER_ORIGIN_LAST;
        config.epochs = 30;
        config.moments = i;
        rimer_model_free(train(dataset, &config, NULL, &report));
        mse[i] = report.val_mse;
    }
    ck_assert_double_lt(mse[1], 0.9 * mse[0]);
    rimer_dataset_free(dataset);
}
END_TEST

static double with_a_gap(int64_t t, void *arg) {
    return t >= 100 && t < 160 ? (double)NAN : noisy_sine(t, arg);
}

/* A context in which nothing is observed has no mean, and teaches nothing. */
START_TEST(nothing_observed) {
    rimer_dataset *dataset = dataset_of(with_a_gap, NULL);
    rimer_config config = small_config();
    rimer_train_report report;
    config.moments = RIMER_YES;
    config.origin = RIMER_ORIGIN_LAST;
    rimer_model_free(train(dataset, &config, NULL, &report));
    ck_assert(isfinite(report.val_mse));
    rimer_dataset_free(dataset);
}
END_TEST

START_TEST(needs_one_mean) {
    rimer_config config = small_config();
    ck_assert_ptr_null(rimer_config_check(&config));
    for (int norm = RIMER_NORM_WINDOW; norm <= RIMER_NORM_NONE; norm++)
        for (int both = 0; both < 2; both++) {
            config.moments = both ? RIMER_MOMENTS_BOTH : RIMER_YES;
            config.norm = norm;
            const char *problem = rimer_config_check(&config);
            ck_assert_int_eq(problem == NULL, norm == RIMER_NORM_WINDOW);
            ck_assert(!problem || strstr(problem, "norm window"));
        }
}
END_TEST

static int chosen(const rimer_dataset *dataset, int64_t context_len, int norm) {
    rimer_config config = small_config();
    config.context_len = context_len;
    config.patch_len = 1;
    config.norm = norm;
    config.moments = RIMER_MOMENTS_AUTO;
    ck_assert_ptr_null(rimer_config_check(&config));
    ck_assert_int_eq(rimer_config_choose(&config, dataset), RIMER_OK);
    return config.moments;
}

/* The training part holds 20 windows that do not overlap, or five, or a step too few for that. */
START_TEST(chosen_where_levels_were_seen) {
    rimer_dataset *dataset = dataset_of(noisy_sine, NULL);
    rimer_config config = small_config();
    rimer_split split;
    ck_assert_int_eq(rimer_split_make(config.split, STEPS, &split), RIMER_OK);
    int64_t most = split.train_end / 5 - config.output_len;
    int64_t sure = split.train_end / 20 - config.output_len;
    ck_assert_int_gt(most, config.patch_len);
    ck_assert_int_gt(sure, 1);
    ck_assert_int_eq(chosen(dataset, most + 1, RIMER_NORM_WINDOW), RIMER_NO);
    ck_assert_int_eq(chosen(dataset, most, RIMER_NORM_WINDOW), RIMER_MOMENTS_BOTH);
    ck_assert_int_eq(chosen(dataset, sure + 1, RIMER_NORM_WINDOW), RIMER_MOMENTS_BOTH);
    ck_assert_int_eq(chosen(dataset, sure, RIMER_NORM_WINDOW), RIMER_YES);
    for (int norm = RIMER_NORM_WINDOW + 1; norm <= RIMER_NORM_NONE; norm++)
        ck_assert_int_eq(chosen(dataset, most, norm), RIMER_NO);
    config.moments = RIMER_MOMENTS_AUTO; /* and training chooses nothing by itself */
    rimer_model *none = NULL;
    ck_assert_int_eq(rimer_train(dataset, &config, NULL, &none, NULL), RIMER_USAGE);
    ck_assert_ptr_nonnull(strstr(rimer_last_error(), "moments is not set"));
    rimer_dataset_free(dataset);
}
END_TEST

int main(void) {
    return rm_test_main("moments",
                        (const TTest *[]){told_as_written, teaches_the_level, nothing_observed,
                                          needs_one_mean, chosen_where_levels_were_seen, NULL});
}
