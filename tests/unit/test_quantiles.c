/* Quantiles: levels as texts, what holds for any weights, and what a fan makes of a random
 * walk. */
#include "randommodel.h"

#include "base/quantile_levels.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CONTEXT = 40, ROWS = 5, LONG = 61 };

static const char *const variants[] = {
    "origin=linear",
    "origin=last layers=2 quantiles=0.9,0.5,0.1",
    "origin=none layers=2 mask=on position=sinusoid quantiles=0.25",
    "origin=linear context_len=38 patch_len=5 output_len=7 quantiles=0.05,0.35,0.7",
    "origin=linear mixer=attention context_len=38 patch_len=5 output_len=7 head_size=6",
    "origin=last layers=0 patch_len=40 input_norm=no output_norm=no",
    "origin=linear conformal=yes",
    "origin=last quantiles= conformal=yes",
};
#define N_VARIANTS ((int)(sizeof variants / sizeof *variants))

static rimer_model *quantile_model(const char *settings) {
    char all[512];
    snprintf(all, sizeof all, "quantiles=0.1,0.2,0.3,0.4,0.5,0.6,0.7,0.8,0.9 %s", settings);
    rimer_model *model = random_model(all);
    ck_assert_int_eq(rm_model_set_fact(model, "conformal", "measured"), RIMER_OK);
    model->plain = 0;
    return model;
}

static rimer_session *open_session(const rimer_model *model) {
    rimer_session *session;
    ck_assert_msg(rimer_session_create(model, ROWS, &session) == RIMER_OK, "%s",
                  rimer_last_error());
    return session;
}

static void quantiles(const rimer_model *model, const float *x, int64_t horizon,
                      const rimer_levels *levels, float *y) {
    rimer_session *session = open_session(model);
    ck_assert_msg(rimer_session_quantiles(session, ROWS, CONTEXT, x, horizon, levels, y) ==
                      RIMER_OK,
                  "%s", rimer_last_error());
    rimer_session_free(session);
}

/* Those of the model, and some between. */
static rimer_levels many_levels(const rimer_model *model) {
    rimer_levels levels = rimer_model_levels(model);
    double low = levels.at[0], high = levels.at[levels.n - 1];
    for (int i = 1; i < 7; i++)
        ck_assert_int_eq(rimer_levels_add(&levels, low + (high - low) * i / 7), RIMER_OK);
    return levels;
}

START_TEST(levels_as_texts) {
    rimer_levels levels = {0}, other = {0};
    ck_assert_int_eq(rimer_levels_read(&levels, "0.9,.1,0.5,0.1"), RIMER_OK);
    ck_assert_int_eq(levels.n, 3);
    ck_assert(levels.at[0] == 0.1 && levels.at[1] == 0.5 && levels.at[2] == 0.9);
    ck_assert(rimer_levels_find(&levels, (1 - 0.8) / 2) == 0);
    ck_assert(rimer_levels_find(&levels, 0.11) == -1);
    static const char *const wrong[] = {"0",    "1",   "-0.1",     "nan",   "0.1,",
                                        ",0.1", "0,1", "0.1 ,0.2", "0.5;1", "1e-10"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        ck_assert_msg(rimer_levels_read(&levels, wrong[i]) == RIMER_USAGE, "%s", wrong[i]);
        ck_assert_int_eq(levels.n, 3);
    }
    ck_assert_int_eq(rimer_intervals_read(&other, "95,80"), RIMER_OK);
    ck_assert(other.n == 2 && other.at[0] == 0.8 && other.at[1] == 0.95);
    ck_assert_int_eq(rimer_intervals_read(&other, "100"), RIMER_USAGE);
    rimer_interval_borders(0.8, &levels.at[0], &levels.at[2]);
    ck_assert(levels.at[0] == 0.1 && levels.at[2] == 0.9);
    for (int i = 0; i < RIMER_LEVELS_MAX; i++)
        ck_assert_int_eq(rimer_levels_add(&levels, 0.1 + i / 1e4),
                         i < RIMER_LEVELS_MAX - 2 ? RIMER_OK : RIMER_USAGE);
}
END_TEST

/* What can be had is in the sentence. */
START_TEST(levels_out_of_reach) {
    rimer_levels offered = {0}, wanted = {0};
    ck_assert_int_eq(rimer_levels_read(&offered, "0.1,0.5,0.95"), RIMER_OK);
    ck_assert_int_eq(rimer_levels_read(&wanted, "0.1,0.33,0.95"), RIMER_OK);
    ck_assert_int_eq(rimer_levels_check(&wanted, &offered), RIMER_OK);
    ck_assert_int_eq(rimer_levels_add(&wanted, 0.96), RIMER_OK);
    ck_assert_int_eq(rimer_levels_check(&wanted, &offered), RIMER_USAGE);
    ck_assert_ptr_nonnull(strstr(rimer_last_error(), "0.96"));
    ck_assert_ptr_nonnull(strstr(rimer_last_error(), "80 %"));
    ck_assert_ptr_nonnull(strstr(rimer_last_error(), "--conformal"));
    rimer_levels none = {0};
    ck_assert_int_eq(rimer_levels_check(&none, &none), RIMER_OK);
    ck_assert_int_eq(rimer_levels_check(&none, &offered), RIMER_OK);
    ck_assert_int_eq(rimer_levels_check(&wanted, &none), RIMER_USAGE);
    ck_assert_ptr_nonnull(strstr(rimer_last_error(), "none is offered"));
}
END_TEST

/* A struct that was filled by hand, not by rimer_levels_add. */
START_TEST(levels_that_do_not_rise) {
    const rimer_levels wrong[] = {
        {3, {0.1, 0.5, 0.4}}, {2, {0.5, 0.5}}, {2, {0.2, (double)NAN}},      {1, {0}}, {1, {1}},
        {1, {-0.1}},          {-1, {0.5}},     {RIMER_LEVELS_MAX + 1, {0.5}}};
    rimer_model *model = quantile_model("");
    rimer_session *session = open_session(model);
    float x[CONTEXT] = {0}, y[3 * LONG];
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        ck_assert_int_eq(rimer_session_quantiles(session, 1, CONTEXT, x, LONG, &wrong[i], y),
                         RIMER_USAGE);
        ck_assert_ptr_nonnull(strstr(rimer_last_error(), "level"));
        if (wrong[i].n < 0 || wrong[i].n > RIMER_LEVELS_MAX) {
            rimer_levels more = wrong[i];
            ck_assert_int_eq(rimer_levels_add(&more, 0.7), RIMER_USAGE);
            ck_assert_int_eq(more.n, wrong[i].n);
        }
    }
    rimer_session_free(session);
    rimer_model_free(model);
}
END_TEST

START_TEST(normal_distribution) {
    static const double known[][2] = {{0.5, 0},
                                      {0.9, 1.2815515655446004},
                                      {0.025, -1.9599639845400545},
                                      {1e-9, -5.9978070150076865}};
    rimer_levels levels = {0};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        ck_assert_double_eq_tol(rm_normal_quantile(known[i][0]), known[i][1], 1e-9);
    ck_assert_int_eq(rimer_levels_read(&levels, "0.1,0.5,0.8"), RIMER_OK);
    for (int i = 0; i < levels.n; i++) { /* a level of the list is itself */
        rm_between at = rm_levels_between(&levels, rm_normal_quantile(levels.at[i]));
        ck_assert(at.below == (i < 2 ? i : 1) && at.share == (i < 2 ? 0 : 1));
    }
    rm_between beyond = rm_levels_between(&levels, rm_normal_quantile(0.95));
    ck_assert(beyond.below == 1);
    ck_assert_double_eq_tol(beyond.share, 1.6448536269514722 / 0.8416212335729143, 1e-9);
}
END_TEST

static void assert_order(const char *what, const float *y, int n_levels, int64_t horizon) {
    for (int64_t row = 0; row < ROWS; row++)
        for (int q = 1; q < n_levels; q++)
            for (int64_t h = 0; h < horizon; h++) {
                float low = y[(row * n_levels + q - 1) * horizon + h];
                float high = y[(row * n_levels + q) * horizon + h];
                ck_assert_msg(low <= high, "%s: level %d, step %lld: %g above %g", what, q,
                              (long long)h, (double)low, (double)high);
            }
}

/* Whatever the weights, however long the rollout, also where an offset would make them cross.
 * */
START_TEST(never_cross) {
    static float x[ROWS * CONTEXT], y[ROWS * RIMER_LEVELS_MAX * LONG];
    for (int v = 0; v < N_VARIANTS; v++)
        for (uint64_t seed = 1; seed < 4; seed++) {
            rimer_model *model = quantile_model(variants[v]);
            rimer_levels levels = many_levels(model);
            fill_contexts(x, ROWS, CONTEXT, seed);
            for (int i = 0; i < ROWS * CONTEXT; i++)
                x[i] = x[i] * (float)pow(10, (double)seed) + 1000;
            quantiles(model, x, LONG, &levels, y);
            assert_order(variants[v], y, levels.n, LONG);
            ck_assert(y[0] < y[(levels.n - 1) * LONG]);
            rimer_model_free(model);
        }
}
END_TEST

START_TEST(median_is_the_forecast) {
    static float x[ROWS * CONTEXT], y[ROWS * RIMER_LEVELS_MAX * LONG], points[ROWS * LONG];
    fill_contexts(x, ROWS, CONTEXT, 1);
    for (int v = 0; v < N_VARIANTS; v++) {
        rimer_model *model = quantile_model(variants[v]);
        rimer_levels levels = rimer_model_levels(model);
        rimer_session *session = open_session(model);
        int median = rimer_levels_find(&levels, 0.5);
        quantiles(model, x, LONG, &levels, y);
        ck_assert_int_eq(rimer_session_forecast(session, ROWS, CONTEXT, x, LONG, points),
                         RIMER_OK);
        for (int row = 0; row < ROWS; row++)
            for (int h = 0; h < LONG; h++)
                ck_assert_msg(points[row * LONG + h] == y[(row * levels.n + median) * LONG + h],
                              "%s: row %d, step %d", variants[v], row, h);
        rimer_session_free(session);
        rimer_model_free(model);
    }
}
END_TEST

/* quantiles(aX + c) = a quantiles(X) + c for a > 0. */
START_TEST(follow_any_scale) {
    static float x[ROWS * CONTEXT], y[ROWS * RIMER_LEVELS_MAX * LONG],
        z[ROWS * RIMER_LEVELS_MAX * LONG];
    static const double a = 100, c = 1e4;
    for (int v = 0; v < N_VARIANTS; v++) {
        rimer_model *model = quantile_model(variants[v]);
        rimer_levels levels = many_levels(model);
        fill_contexts(x, ROWS, CONTEXT, 1);
        quantiles(model, x, LONG, &levels, y);
        for (int i = 0; i < ROWS * CONTEXT; i++)
            x[i] = (float)(a * (double)x[i] + c);
        quantiles(model, x, LONG, &levels, z);
        for (int i = 0; i < ROWS * levels.n * LONG; i++)
            ck_assert_msg(fabs((double)z[i] - (a * (double)y[i] + c)) < 1e-3 * a + 1e-6 * c,
                          "%s: %d: %g, %g", variants[v], i, (double)z[i], a * (double)y[i] + c);
        rimer_model_free(model);
    }
}
END_TEST

START_TEST(prefix_of_longer_horizon) {
    static float x[ROWS * CONTEXT], y[ROWS * RIMER_LEVELS_MAX * LONG],
        z[ROWS * RIMER_LEVELS_MAX * LONG];
    fill_contexts(x, ROWS, CONTEXT, 3);
    for (int v = 0; v < N_VARIANTS; v++) {
        rimer_model *model = quantile_model(variants[v]);
        rimer_levels levels = many_levels(model);
        quantiles(model, x, LONG, &levels, y);
        for (int64_t horizon = 1; horizon < LONG; horizon += 9) {
            quantiles(model, x, horizon, &levels, z);
            for (int i = 0; i < ROWS * levels.n; i++)
                ck_assert_msg(
                    memcmp(z + i * horizon, y + i * LONG, (size_t)horizon * sizeof *y) == 0,
                    "%s: horizon %lld", variants[v], (long long)horizon);
        }
        rimer_model_free(model);
    }
}
END_TEST

/* Neighbours in a batch change rounding at most, and a row without a value forecasts none. */
START_TEST(rows_are_alone) {
    static float x[ROWS * CONTEXT], y[ROWS * RIMER_LEVELS_MAX * LONG], alone[16 * LONG];
    for (int v = 0; v < N_VARIANTS; v++) {
        rimer_model *model = quantile_model(variants[v]);
        rimer_levels levels = {0};
        ck_assert_int_eq(rimer_levels_read(&levels, "0.5"), RIMER_OK);
        levels = v < 2 ? rimer_model_levels(model) : levels;
        fill_contexts(x, ROWS, CONTEXT, 3);
        for (int i = 0; i < CONTEXT; i++)
            x[i] = (float)NAN;
        quantiles(model, x, LONG, &levels, y);
        for (int i = 0; i < levels.n * LONG; i++)
            ck_assert(isnan(y[i]));
        rimer_session *session = open_session(model);
        ck_assert_int_eq(
            rimer_session_quantiles(session, 1, CONTEXT, x + 2 * CONTEXT, LONG, &levels, alone),
            RIMER_OK);
        for (int i = 0; i < levels.n * LONG; i++)
            ck_assert_double_eq_tol((double)alone[i], (double)y[2 * levels.n * LONG + i], 1e-4);
        rimer_session_free(session);
        rimer_model_free(model);
    }
}
END_TEST

START_TEST(save_and_load) {
    static float x[ROWS * CONTEXT], y[ROWS * RIMER_LEVELS_MAX * LONG],
        z[ROWS * RIMER_LEVELS_MAX * LONG];
    char path[512];
    snprintf(path, sizeof path, "%s/m.safetensors", rm_test_folder());
    fill_contexts(x, ROWS, CONTEXT, 3);
    for (int v = 0; v < N_VARIANTS; v++) {
        rimer_model *model = quantile_model(variants[v]), *again;
        rimer_levels levels = many_levels(model);
        ck_assert_int_eq(rimer_model_save(model, path), RIMER_OK);
        ck_assert_msg(rimer_model_load(path, &again) == RIMER_OK, "%s", rimer_last_error());
        quantiles(model, x, LONG, &levels, y);
        quantiles(again, x, LONG, &levels, z);
        ck_assert(memcmp(y, z, (size_t)(ROWS * levels.n * LONG) * sizeof *y) == 0);
        rimer_model_free(again);
        rimer_model_free(model);
    }
}
END_TEST

/* The weights of a model that knows a random walk with steps of deviation 1: the last value,
 * and a normal distribution around it whose deviation is the root of the steps ahead. */
static rimer_model *random_walk(const char *settings) {
    rimer_config config;
    rimer_model *model;
    rimer_config_init(&config);
    rm_test_settings(&config, "context_len=16 horizon=8 patch_len=4 output_len=8 width=8 "
                              "head_size=4 origin=last norm=none "
                              "quantiles=0.025,0.1,0.2,0.3,0.4,0.6,0.7,0.8,0.9,0.975");
    rm_test_settings(&config, settings);
    ck_assert_msg(rimer_model_create(&config, &model) == RIMER_OK, "%s", rimer_last_error());
    const rm_shape *s = &model->network.shape;
    for (int q = 0; q < s->levels.n; q++) {
        int inner = q < s->median ? q + 1 : q - 1;
        for (int64_t h = 0; h < s->output_len && q != s->median; h++) {
            double step = sqrt((double)h + 1) * fabs(rm_normal_quantile(s->levels.at[q]) -
                                                     rm_normal_quantile(s->levels.at[inner]));
            model->values[model->network.head.head_bias + q * s->output_len + h] =
                (rm_real)log(expm1(step));
        }
    }
    return model;
}

/* Intervals of a random walk grow as the root of the steps, without a shrink or a saw-tooth,
 * however many outputs of the head they are put together from; each adds a 500th at most. */
START_TEST(random_walks) {
    static const char *const settings[] = {"", "output_len=6", "output_len=30",
                                           "mixer=attention", "layers=0 patch_len=16"};
    enum { FAR = 120 };
    static float x[ROWS * CONTEXT], y[ROWS * 4 * FAR];
    rimer_levels levels = {0};
    ck_assert_int_eq(rimer_levels_read(&levels, "0.05,0.1,0.9,0.95"), RIMER_OK);
    fill_contexts(x, ROWS, CONTEXT, 9);
    for (size_t v = 0; v < sizeof settings / sizeof *settings; v++) {
        rimer_model *model = random_walk(settings[v]);
        quantiles(model, x, FAR, &levels, y);
        for (int pair = 0; pair < 2; pair++) {
            double before = 0, z = 2 * rm_normal_quantile(pair ? 0.95 : 0.9);
            for (int h = 0; h < FAR; h++) {
                double low = (double)y[(1 - pair) * FAR + h];
                double high = (double)y[(2 + pair) * FAR + h], width = high - low;
                ck_assert_msg(width > before, "%s: step %d: %g after %g", settings[v], h + 1,
                              width, before);
                ck_assert_double_eq_tol(width / (z * sqrt(h + 1.0)), 1,
                                        0.02 + 0.002 * (h / 4.0));
                ck_assert_double_eq_tol((low + high) / 2, (double)x[CONTEXT - 1], 0.02 * width);
                before = width;
            }
        }
        rimer_model_free(model);
    }
}
END_TEST

/* Where the past does not matter, all tracks foresee one distribution, and the pool is that
 * one. */
START_TEST(no_memory) {
    enum { FAR = 40 };
    static float x[ROWS * CONTEXT], y[ROWS * 7 * FAR];
    rimer_levels levels = {0};
    ck_assert_int_eq(rimer_levels_read(&levels, "0.05,0.1,0.33,0.5,0.67,0.9,0.95"), RIMER_OK);
    fill_contexts(x, ROWS, CONTEXT, 9);
    rimer_model *model = random_walk("origin=none");
    quantiles(model, x, FAR, &levels, y);
    for (int q = 0; q < levels.n; q++)
        for (int h = 0; h < FAR; h++) {
            double deviation = sqrt(h % 8 + 1.0), z = rm_normal_quantile(levels.at[q]);
            ck_assert_double_eq_tol((double)y[q * FAR + h] / deviation, z,
                                    0.03 * fabs(z) + 1e-6);
        }
    rimer_model_free(model);
}
END_TEST

/* Settings that do not go together, in a sentence. */
START_TEST(refused_settings) {
    static const char *const pairs[][2] = {{"quantiles=0.1,2", "\"2\""},
                                           {"quantiles=0.1 loss=mse", "pinball"},
                                           {"loss=pinball", "quantiles"}};
    rimer_config config;
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        rimer_config_init(&config);
        rm_test_settings(&config, pairs[i][0]);
        const char *problem = rimer_config_check(&config);
        ck_assert_msg(problem && strstr(problem, pairs[i][1]), "%s: %s", pairs[i][0],
                      problem ? problem : "accepted");
    }
    rimer_config_init(&config);
    rm_test_settings(&config, "quantiles=0.9,0.2 loss=pinball");
    ck_assert_ptr_null(rimer_config_check(&config));
}
END_TEST

int main(void) {
    return rm_test_main(
        "quantiles",
        (const TTest *[]){levels_as_texts, levels_out_of_reach, levels_that_do_not_rise,
                          normal_distribution, never_cross, median_is_the_forecast,
                          follow_any_scale, prefix_of_longer_horizon, rows_are_alone,
                          save_and_load, random_walks, no_memory, refused_settings, NULL});
}
