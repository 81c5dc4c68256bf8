/* The map that a fresh model starts from: fitted, and chosen by the validation part. */
#include "harness.h"
#include "smallrun.h"

/* A fresh model forecasts its origin: the linear map, fitted in closed form. */
START_TEST(starts_at_the_linear_map) {
    rimer_config config = small_config();
    rimer_dataset *dataset = dataset_of(noisy_sine, NULL);
    config.epochs = 0;
    config.origin_bias = RIMER_BIAS_CONSTANT;
    config.origin_ridge = 1e-3;
    rimer_train_report report;
    rimer_model *model = train(dataset, &config, NULL, &report);
    double linear = score_baseline("linear", dataset, &config);
    ck_assert_double_eq_tol(report.val_mse, linear, 1e-6 * report.val_mse);
    rimer_model_free(model);
    rimer_dataset_free(dataset);
}
END_TEST

static double walk(int64_t t, void *arg) {
    double sum = 0;
    (void)arg;
    for (int64_t i = 0; i <= t; i++) {
        rm_rng rng = rm_rng_make(17, (uint64_t)i);
        sum += rm_rng_normal(&rng);
    }
    return sum;
}

/* A random walk is best forecast by its last value; what repeats, by a map of the context. */
START_TEST(chooses_its_origin) {
    double (*const series[])(int64_t, void *) = {walk, noisy_sine};
    const int expected[] = {RIMER_ORIGIN_LAST, RIMER_ORIGIN_LINEAR};
    for (int i = 0; i < 2; i++) {
        rimer_config config = small_config();
        rimer_dataset *dataset = dataset_of(series[i], NULL);
        rimer_model *model = train(dataset, &config, NULL, NULL);
        ck_assert_int_eq(config.origin, RIMER_ORIGIN_AUTO);
        ck_assert_int_eq(model->config.origin, expected[i]);
        rimer_model_free(model);
        config.loss_tokens = RIMER_TOKENS_ALL; /* no map then */
        model = train(dataset, &config, NULL, NULL);
        ck_assert_int_eq(model->config.origin, RIMER_ORIGIN_LAST);
        rimer_model_free(model);
        rimer_dataset_free(dataset);
    }
}
END_TEST

/* The more noise, the stronger a ridge is wanted. */
static double quiet_sine(int64_t t, void *arg) {
    return sin((double)t * 0.4) + 0.01 * (noisy_sine(t, arg) - sin((double)t * 0.4));
}

static rimer_model *fresh(const rimer_dataset *dataset, double ridge, double *mse) {
    rimer_config config = small_config();
    rimer_train_report report;
    config.epochs = 0;
    config.origin = RIMER_ORIGIN_LINEAR;
    config.origin_ridge = ridge;
    rimer_model *model = train(dataset, &config, NULL, &report);
    *mse = report.val_mse;
    return model;
}

START_TEST(chooses_its_ridge) {
    double (*const series[])(int64_t, void *) = {quiet_sine, noisy_sine}, chosen[2];
    for (int i = 0; i < 2; i++) {
        rimer_dataset *dataset = dataset_of(series[i], NULL);
        double best, mse;
        rimer_model *model = fresh(dataset, 0, &best);
        chosen[i] = model->config.origin_ridge;
        rimer_model_free(model);
        for (double ridge = 1e-6; ridge < 200; ridge *= 10) {
            rimer_model_free(fresh(dataset, ridge, &mse));
            ck_assert_double_ge(mse, best * (1 - 1e-6));
        }
        model = fresh(dataset, chosen[i], &mse);
        ck_assert_double_eq_tol(mse, best, 1e-6 * best);
        rimer_model_free(model);
        rimer_dataset_free(dataset);
    }
    ck_assert_double_lt(chosen[0], chosen[1]);
}
END_TEST

/* Sharp, so that it takes many weights; and only a few of its periods are there to fit them. */
static double daily(int64_t t, void *arg) {
    static const double day[] = {0, 4, -1, -3};
    return day[t % 4] + 12 * (noisy_sine(t, arg) - sin((double)t * 0.4));
}

static rimer_model *drawn(const rimer_dataset *dataset, int64_t season, double *mse) {
    rimer_config config = small_config();
    rimer_train_report report;
    config.epochs = 0;
    config.origin = RIMER_ORIGIN_LINEAR;
    strcpy(config.split, "rows:230/160/10");
    config.origin_season = season;
    rimer_model *model = train(dataset, &config, NULL, &report);
    *mse = report.val_mse;
    return model;
}

/* The season of what repeats, and no worse a forecast than without. */
START_TEST(chooses_its_season) {
    double (*const series[])(int64_t, void *) = {daily, quiet_sine};
    for (int i = 0; i < 2; i++) {
        double best, last, same;
        rimer_dataset *dataset = dataset_of(series[i], NULL);
        rimer_model *chosen = drawn(dataset, 0, &best), *other = drawn(dataset, 1, &last);
        ck_assert_int_eq(chosen->config.origin_season, i == 0 ? 4 : 1);
        ck_assert_int_eq(other->config.origin_season, 1);
        ck_assert_double_le(best, last * (i == 0 ? 0.97 : 1));
        rimer_model_free(other);
        other = drawn(dataset, chosen->config.origin_season, &same);
        ck_assert_double_eq_tol(same, best, 1e-6 * best);
        rimer_model_free(chosen);
        rimer_model_free(other);
        rimer_dataset_free(dataset);
    }
}
END_TEST

/* Five windows that do not overlap tell nothing of a season. */
START_TEST(few_windows_choose_no_season) {
    rimer_config config = small_config();
    rimer_dataset *dataset = dataset_of(daily, NULL);
    config.epochs = 0;
    rimer_model *model = train(dataset, &config, NULL, NULL);
    ck_assert_int_eq(model->config.origin, RIMER_ORIGIN_LINEAR);
    ck_assert_int_eq(model->config.origin_season, 1);
    rimer_model_free(model);
    rimer_dataset_free(dataset);
}
END_TEST

/* A model that starts from another takes over what that one settled. */
START_TEST(takes_what_a_model_settled) {
    rimer_config config = small_config();
    rimer_dataset *dataset = dataset_of(noisy_sine, NULL);
    config.origin = RIMER_ORIGIN_LINEAR;
    config.origin_bias = RIMER_BIAS_CONSTANT;
    config.origin_ridge = 7;
    config.origin_season = 5;
    rimer_model *model = train(dataset, &config, NULL, NULL);
    rimer_train_hooks hooks = {.init = model};
    config = small_config();
    rimer_model *next = train(dataset, &config, &hooks, NULL);
    ck_assert_int_eq(next->config.origin, RIMER_ORIGIN_LINEAR);
    ck_assert_int_eq(next->config.origin_bias, RIMER_BIAS_CONSTANT);
    ck_assert(next->config.origin_ridge == 7);
    ck_assert_int_eq(next->config.origin_season, 5);
    rimer_model_free(next);
    rimer_model_free(model);
    rimer_dataset_free(dataset);
}
END_TEST

/* Its map has no season if its settings name none, as those of older models do. */
START_TEST(takes_no_season_from_an_older_model) {
    rimer_config config = small_config();
    rimer_dataset *dataset = dataset_of(daily, NULL);
    config.origin = RIMER_ORIGIN_LINEAR;
    config.origin_season = 1;
    strcpy(config.split, "rows:230/160/10"); /* where a season would be chosen */
    rimer_model *model = train(dataset, &config, NULL, NULL);
    model->config.origin_season = config.origin_season = 0;
    rimer_train_hooks hooks = {.init = model};
    rimer_model *next = train(dataset, &config, &hooks, NULL);
    ck_assert_int_eq(next->config.origin_season, 1);
    rimer_model_free(next);
    rimer_model_free(model);
    rimer_dataset_free(dataset);
}
END_TEST

static double every_third(int64_t t, void *arg) {
    return t < STEPS * 7 / 10 && t % 3 ? (double)NAN : noisy_sine(t, arg);
}

/* Without a window that has half of its target there is no map: an open origin is the last
 * value. */
START_TEST(goes_without_a_map) {
    rimer_config config = small_config();
    rimer_dataset *dataset = dataset_of(every_third, NULL);
    rimer_model *model = train(dataset, &config, NULL, NULL), *none = NULL;
    ck_assert_int_eq(model->config.origin, RIMER_ORIGIN_LAST);
    rimer_model_free(model);
    config.origin = RIMER_ORIGIN_LINEAR;
    ck_assert_int_eq(rimer_train(dataset, &config, NULL, &none, NULL), RIMER_DATA);
    ck_assert_ptr_nonnull(strstr(rimer_last_error(), "origin=last"));
    rimer_dataset_free(dataset);
}
END_TEST

int main(void) {
    return rm_test_main(
        "origin",
        (const TTest *[]){starts_at_the_linear_map, chooses_its_origin, chooses_its_ridge,
                          chooses_its_season, few_windows_choose_no_season,
                          takes_what_a_model_settled, takes_no_season_from_an_older_model,
                          goes_without_a_map, NULL});
}
