/* Intervals that follow their hits and misses: against a plain reading of the definition, that
 * nothing is known before its time, and that they hold where fixed ones do not. */
#include "harness.h"

#include "base/rng.h"
#include "eval/adaptive.h"
#include "rimer/rimer.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { H = 5, STEPS = 300, MOST = 8 };

static const double rate = 3;

static rimer_levels levels_of(const char *text) {
    rimer_levels levels = {0};
    ck_assert_int_eq(rimer_levels_read(&levels, text), RIMER_OK);
    return levels;
}

/* Any quantiles that rise, some of them missing, about 0. */
static void make_forecast(int64_t start, int n, float *quantiles) {
    rm_rng rng = rm_rng_make((uint64_t)start, 1);
    for (int h = 0; h < H; h++) {
        float at = -2 + (float)rm_rng_normal(&rng);
        for (int q = 0; q < n; q++) {
            at += (float)fabs((double)rm_rng_normal(&rng));
            quantiles[q * H + h] = start % 17 == 3 ? NAN : at;
        }
    }
}

static double truth_at(int64_t step) {
    rm_rng rng = rm_rng_make((uint64_t)step, 2);
    return step % 23 == 7 ? (double)NAN : 2 * (double)rm_rng_normal(&rng);
}

/* ------------------------------------------------------------------------------ definition */

/* All forecasts are kept and every step is looked up among them. */
typedef struct plain {
    int64_t start[STEPS];
    float quantiles[STEPS][MOST][H]; /* as said */
    int n;                           /* forecasts so far */
    double stretch[MOST];
    int64_t next; /* step to follow */
    double seen;
} plain;

static void follow_plainly(plain *p, const rimer_levels *levels, int median) {
    double below[MOST] = {0}, count = 0, y = truth_at(p->next);
    for (int i = 0; i < p->n; i++) {
        int64_t h = p->next - p->start[i];
        if (h < 0 || h >= H || isnan(y) || isnan(p->quantiles[i][median][h]))
            continue;
        count++;
        for (int q = 0; q < levels->n; q++)
            below[q] += y <= (double)p->quantiles[i][q][h];
    }
    for (int q = 0; count > 0 && q < levels->n; q++) {
        double gain = rate / 24 * (1 + 1 / (1 + p->seen / H / 2));
        double missed = (levels->at[q] - below[q] / count) * gain;
        p->stretch[q] += q < median ? -missed : missed;
    }
    p->seen += count > 0;
    p->next++;
}

static void say_plainly(plain *p, const rimer_levels *levels, int median, int64_t start) {
    float raw[MOST * H];
    while (p->n > 0 && p->next < start)
        follow_plainly(p, levels, median);
    p->next = start;
    p->start[p->n] = start;
    make_forecast(start, levels->n, raw);
    for (int q = 0; q < levels->n; q++)
        for (int h = 0; h < H; h++) {
            double m = (double)raw[median * H + h], far = (double)raw[q * H + h] - m;
            p->quantiles[p->n][q][h] = (float)(m + far * exp(p->stretch[q]));
        }
    for (int h = 0; h < H; h++) {
        for (int q = median + 1; q < levels->n; q++)
            p->quantiles[p->n][q][h] =
                fmaxf(p->quantiles[p->n][q][h], p->quantiles[p->n][q - 1][h]);
        for (int q = median - 1; q >= 0; q--)
            p->quantiles[p->n][q][h] =
                fminf(p->quantiles[p->n][q][h], p->quantiles[p->n][q + 1][h]);
    }
    p->n++;
}

/* Starts one step apart, then three, then further apart than a forecast reaches. */
START_TEST(as_defined) {
    static plain reference;
    rimer_levels levels = levels_of("0.05,0.2,0.5,0.6,0.9");
    rm_adaptive *adaptive;
    float quantiles[MOST * H];
    double truth[H];
    ck_assert_int_eq(rm_adaptive_create(&adaptive, &levels, H, rate), RIMER_OK);
    for (int round = 0; round < 2; round++) {
        memset(&reference, 0, sizeof reference);
        for (int64_t start = 40; start < STEPS; start += start < 120   ? 1
                                                         : start < 220 ? 3
                                                                       : H + 2) {
            for (int h = 0; h < H; h++)
                truth[h] = truth_at(start + h);
            make_forecast(start, levels.n, quantiles);
            rm_adaptive_correct(adaptive, start, quantiles);
            rm_adaptive_learn(adaptive, truth, quantiles);
            say_plainly(&reference, &levels, 2, start);
            for (int q = 0; q < levels.n; q++)
                for (int h = 0; h < H; h++) {
                    float want = reference.quantiles[reference.n - 1][q][h];
                    float got = quantiles[q * H + h];
                    ck_assert_msg(isnan(want) ? isnan(got) : fabsf(got - want) <= 1e-5F,
                                  "start %d level %d step %d: %g is not %g", (int)start, q, h,
                                  (double)got, (double)want);
                }
        }
        ck_assert(fabs(reference.stretch[0]) > 0.1 && fabs(reference.stretch[4]) > 0.1);
        rm_adaptive_reset(adaptive); /* the second round is the first */
    }
    rm_adaptive_free(adaptive);
}
END_TEST

/* ---------------------------------------------------------------------------- evaluations */

enum { LONG = 3000, CHANNELS = 2, HORIZON = 6, CONTEXT = 16, CHANGE = 2400 };

/* Noise whose deviation is another in the test part: threefold, and a third. */
static rimer_dataset *make_dataset(void) {
    static float values[CHANNELS * LONG];
    static const char *const names[] = {"wild", "calm"};
    rimer_dataset *dataset;
    for (int c = 0; c < CHANNELS; c++) {
        rm_rng rng = rm_rng_make((uint64_t)c, 3);
        for (int t = 0; t < LONG; t++) {
            double deviation = t < CHANGE ? 1 : c ? 1.0 / 3 : 3;
            values[c * LONG + t] = (float)(10 + deviation * (double)rm_rng_normal(&rng));
        }
    }
    ck_assert_int_eq(rimer_dataset_from_values(values, LONG, CHANNELS, names, &dataset),
                     RIMER_OK);
    return dataset;
}

static rimer_forecaster *make_linear(const rimer_dataset *dataset, const char *split) {
    rimer_baseline_settings settings;
    rimer_forecaster *forecaster;
    rimer_baseline_settings_init(&settings);
    settings.context_len = CONTEXT;
    settings.horizon = HORIZON;
    settings.season = 1;
    settings.split = split;
    settings.intervals = 1;
    ck_assert_msg(rimer_baseline_create("linear", dataset, &settings, &forecaster) == RIMER_OK,
                  "%s", rimer_last_error());
    return forecaster;
}

static rimer_evaluation evaluate_part(const rimer_dataset *dataset, const char *split,
                                      int64_t part, double adapt, int64_t threads) {
    rimer_protocol protocol;
    rimer_evaluation out;
    rimer_protocol_init(&protocol);
    protocol.adapt = adapt;
    protocol.threads = threads;
    protocol.part = part;
    snprintf(protocol.split, sizeof protocol.split, "%s", split);
    rimer_forecaster *linear = make_linear(dataset, protocol.split);
    ck_assert_msg(rimer_evaluate(linear, dataset, &protocol, NULL, NULL, &out) == RIMER_OK,
                  "%s", rimer_last_error());
    rimer_forecaster_free(linear);
    return out;
}

static rimer_evaluation evaluate(const rimer_dataset *dataset, double adapt, int64_t threads) {
    return evaluate_part(dataset, "0.7/0.1/0.2", RIMER_PART_TEST, adapt, threads);
}

START_TEST(holds_where_fixed_does_not) {
    rimer_dataset *dataset = make_dataset();
    rimer_evaluation fixed = evaluate(dataset, 0, 1), follows = evaluate(dataset, 1, 1);
    ck_assert_double_lt(fixed.quantiles.coverage[0], 0.7); /* a third and all of it */
    ck_assert_double_eq_tol(follows.quantiles.coverage[0], 0.8, 0.03);
    ck_assert_double_eq_tol(follows.quantiles.coverage[1], 0.95, 0.02);
    ck_assert_double_lt(follows.quantiles.crps, fixed.quantiles.crps);
    ck_assert_double_eq_tol(follows.standardised.mse, fixed.standardised.mse, 1e-12);
    ck_assert_int_eq(follows.standardised.count, fixed.standardised.count);
    rimer_evaluation_free(&fixed), rimer_evaluation_free(&follows);
    rimer_dataset_free(dataset);
}
END_TEST

static double width_of(const rimer_dataset *dataset, const char *split, int64_t part,
                       double adapt) {
    rimer_evaluation made = evaluate_part(dataset, split, part, adapt, 1);
    double width = made.quantiles.width[0];
    rimer_evaluation_free(&made);
    return width;
}

/* One window is scored, and what came between the training part and it is known by then. */
START_TEST(has_been_in_use_before_the_part) {
    rimer_dataset *dataset = make_dataset();
    const char *split = "rows:2400/300/6", *none_before = "rows:2400/0/6";
    double fixed = width_of(dataset, split, RIMER_PART_TEST, 0);
    ck_assert_double_gt(width_of(dataset, split, RIMER_PART_TEST, 1), 1.4 * fixed);
    ck_assert_double_eq(width_of(dataset, none_before, RIMER_PART_TEST, 1),
                        width_of(dataset, none_before, RIMER_PART_TEST, 0));
    ck_assert_double_eq(width_of(dataset, "rows:2400/6/300", RIMER_PART_VAL, 1),
                        width_of(dataset, "rows:2400/6/300", RIMER_PART_VAL, 0));
    rimer_dataset_free(dataset);
}
END_TEST

START_TEST(threads_do_not_change_the_numbers) {
    rimer_dataset *dataset = make_dataset();
    rimer_evaluation one = evaluate(dataset, 2, 1), three = evaluate(dataset, 2, 3);
    ck_assert(memcmp(&one.quantiles, &three.quantiles, sizeof one.quantiles) == 0);
    rimer_evaluation_free(&one), rimer_evaluation_free(&three);
    rimer_dataset_free(dataset);
}
END_TEST

/* ------------------------------------------------------------------------------- forecasts */

static rimer_model *train(const rimer_dataset *dataset, const char *more) {
    rimer_config config;
    rimer_model *model;
    rimer_config_init(&config);
    rm_test_settings(&config,
                     "context_len=16 horizon=6 patch_len=8 output_len=8 width=16 "
                     "head_size=8 epochs=1 batch=64 threads=2 conformal=yes norm=none");
    rm_test_settings(&config, more);
    ck_assert_msg(rimer_train(dataset, &config, NULL, &model, NULL) == RIMER_OK, "%s",
                  rimer_last_error());
    return model;
}

static rimer_forecast *forecast(const rimer_model *model, const rimer_dataset *dataset,
                                double adapt, int64_t threads) {
    rimer_forecast_wanted wanted = {.adapt = adapt};
    rimer_forecast *made;
    ck_assert_int_eq(rimer_intervals_read(&wanted.intervals, "80"), RIMER_OK);
    ck_assert_msg(rimer_forecast_dataset_with(model, dataset, 0, threads, &wanted, &made) ==
                      RIMER_OK,
                  "%s", rimer_last_error());
    return made;
}

static double width(const rimer_forecast *made, int64_t channel) {
    double sum = 0;
    for (int h = 0; h < HORIZON; h++)
        sum += (double)rimer_forecast_quantile(made, 0, channel, 0.9)[h] -
               (double)rimer_forecast_quantile(made, 0, channel, 0.1)[h];
    return sum;
}

/* The model, without a norm, has met a deviation of 1 only; the end of the data is another. */
START_TEST(forecasts_look_back) {
    rimer_dataset *dataset = make_dataset();
    rimer_model *model = train(dataset, "");
    rimer_forecast *fixed = forecast(model, dataset, 0, 1);
    rimer_forecast *follows = forecast(model, dataset, 1, 1);
    rimer_forecast *twice = forecast(model, dataset, 1, 2);
    size_t size = HORIZON * sizeof(float);
    for (int64_t c = 0; c < CHANNELS; c++) {
        const float *points = rimer_forecast_values(fixed, 0, c);
        ck_assert(memcmp(points, rimer_forecast_values(follows, 0, c), size) == 0);
        for (int i = 0; i < 2; i++)
            ck_assert(memcmp(rimer_forecast_quantile(follows, 0, c, i ? 0.9 : 0.1),
                             rimer_forecast_quantile(twice, 0, c, i ? 0.9 : 0.1), size) == 0);
    }
    ck_assert_double_gt(width(follows, 0), 1.5 * width(fixed, 0));
    ck_assert_double_lt(width(follows, 1), 0.8 * width(fixed, 1));
    rimer_forecast_free(fixed), rimer_forecast_free(follows), rimer_forecast_free(twice);
    rimer_model_free(model);
    rimer_dataset_free(dataset);
}
END_TEST

/* What is said after n steps, by a table that ends there. */
static void say_earlier(const rimer_model *model, const float *values, int64_t n,
                        float *quantiles) {
    static const char *const names[] = {"wild"};
    rimer_dataset *until;
    ck_assert_int_eq(rimer_dataset_from_values(values, n, 1, names, &until), RIMER_OK);
    rimer_forecast *made = forecast(model, until, 0, 1);
    for (int q = 0; q < 3; q++)
        memcpy(quantiles + q * HORIZON, rimer_forecast_quantile(made, 0, 0, q * 0.4 + 0.1),
               HORIZON * sizeof *quantiles);
    rimer_forecast_free(made);
    rimer_dataset_free(until);
}

START_TEST(looks_back_as_if_in_its_time) {
    enum { BACK = 16 * HORIZON };
    rimer_dataset *dataset = make_dataset();
    rimer_model *model = train(dataset, "phase=7 lr=0.05");
    rimer_forecast *follows = forecast(model, dataset, 1, 1);
    const float *values = rimer_dataset_series(dataset, 0).values;
    rimer_levels levels = levels_of("0.1,0.5,0.9");
    rm_adaptive *adaptive;
    float quantiles[3 * HORIZON];
    double truth[HORIZON];
    ck_assert_int_eq(rm_adaptive_create(&adaptive, &levels, HORIZON, 1), RIMER_OK);
    for (int64_t start = LONG - BACK; start <= LONG; start++) {
        say_earlier(model, values, start, quantiles);
        rm_adaptive_correct(adaptive, start, quantiles);
        for (int64_t h = 0; h < HORIZON; h++)
            truth[h] = start + h < LONG ? (double)values[start + h] : (double)NAN;
        rm_adaptive_learn(adaptive, truth, quantiles);
    }
    for (int q = 0; q < 3; q++)
        for (int h = 0; h < HORIZON; h++)
            ck_assert_float_eq_tol(rimer_forecast_quantile(follows, 0, 0, q * 0.4 + 0.1)[h],
                                   quantiles[q * HORIZON + h], 1e-4F);
    rm_adaptive_free(adaptive);
    rimer_forecast_free(follows);
    rimer_model_free(model);
    rimer_dataset_free(dataset);
}
END_TEST

/* As long as one context: there is no earlier forecast to learn from. */
START_TEST(nothing_to_look_back_on) {
    rimer_dataset *dataset = make_dataset(), *small;
    rimer_model *model = train(dataset, "");
    float values[CONTEXT];
    for (int t = 0; t < CONTEXT; t++)
        values[t] = (float)(t % 5);
    ck_assert_int_eq(rimer_dataset_from_values(values, CONTEXT, 1, NULL, &small), RIMER_OK);
    rimer_forecast *fixed = forecast(model, small, 0, 1),
                   *follows = forecast(model, small, 1, 1);
    ck_assert(width(fixed, 0) > 0 && width(follows, 0) == width(fixed, 0));
    rimer_forecast_free(fixed), rimer_forecast_free(follows);
    rimer_model_free(model);
    rimer_dataset_free(dataset), rimer_dataset_free(small);
}
END_TEST

int main(void) {
    return rm_test_main(
        "adaptive", (const TTest *[]){
                        as_defined, holds_where_fixed_does_not, has_been_in_use_before_the_part,
                        threads_do_not_change_the_numbers, forecasts_look_back,
                        looks_back_as_if_in_its_time, nothing_to_look_back_on, NULL});
}
