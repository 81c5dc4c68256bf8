/* Every case of tests/golden/metrics.h5, and the properties that a table cannot show. */
#include "eval/quantile_metrics.h"
#include "eval/score.h"
#include "golden.h"
#include "harness.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static rm_golden *golden;

static void check(const char *name, double got) {
    char path[64];
    snprintf(path, sizeof path, "out/%s", name);
    rm_golden_check_double(golden, path, &got, 1);
}

static double naive_mean(int64_t season, int power) {
    rm_golden_array history = rm_golden_read(golden, "in/history");
    float values[64];
    ck_assert_int_le(history.count, 64);
    for (int64_t i = 0; i < history.count; i++)
        values[i] = (float)history.values[i];
    rm_naive_sum sum = {0};
    rm_naive_sum_add(&sum, history.count, values, season, power);
    if (season != 1)
        ck_assert_int_eq(sum.count, (int64_t)rm_golden_scalar(golden, "out/nd_count"));
    return rm_naive_mean(&sum);
}

static rm_score_sums sums_of(const char *truth, const char *forecast, double naive_mae) {
    rm_golden_array y = rm_golden_read(golden, truth), f = rm_golden_read(golden, forecast);
    rm_score_sums sums = {0};
    rm_score_sums_add(&sums, y.count, y.values, f.values, naive_mae);
    return sums;
}

START_TEST(golden_points) {
    golden = rm_golden_open("metrics.h5");
    int64_t season = rm_golden_int(golden, "season");
    double naive = naive_mean(season, 1);
    rm_score_sums sums = sums_of("in/y", "in/forecast", naive);
    rimer_metrics m = rm_score_metrics(&sums);
    check("count", (double)m.count);
    check("mape_count", (double)(m.count - m.zero_targets));
    check("mse", m.mse);
    check("mae", m.mae);
    check("rmse", m.rmse);
    check("mape", m.mape);
    check("smape", m.smape);
    check("wape", m.wape);
    check("r2", m.r2);
    check("mase", m.mase);
    check("bias", rm_score_bias(&sums));
    check("smape_skip", rm_score_smape_skip(&sums));
    check("naive_mae_season", naive);
    check("naive_mse_m1", naive_mean(1, 2));
    check("rmsse", rm_rmsse(m.mse, naive_mean(1, 2)));
    check("rmsse_season", rm_rmsse(m.mse, naive_mean(season, 2)));
    sums = sums_of("in/y", "in/forecast", naive_mean(1, 1));
    check("mase_m1", rm_score_metrics(&sums).mase);
    rm_golden_close(golden);
}
END_TEST

static int64_t level_index(double level) {
    rm_golden_array levels = rm_golden_read(golden, "in/levels");
    for (int64_t i = 0; i < levels.count; i++)
        if (levels.values[i] == level)
            return i;
    ck_abort_msg("no level %g", level);
    return 0;
}

static void check_interval(double low, double high, const char *coverage, const char *width) {
    rm_golden_array y = rm_golden_read(golden, "in/y"),
                    levels = rm_golden_read(golden, "in/levels"),
                    q = rm_golden_read(golden, "in/quantile_forecast");
    double covered, wide;
    rm_interval_score(y.count, y.values, levels.count, q.values, level_index(low),
                      level_index(high), &covered, &wide);
    check(coverage, covered);
    if (width)
        check(width, wide);
}

static void check_crps_points(rm_golden_array y, rm_golden_array levels, rm_golden_array q) {
    double point[64];
    int64_t n = 0;
    for (int64_t t = 0; t < y.count; t++) {
        double crps = rm_crps_levels(levels.count, levels.values, q.values + t * levels.count,
                                     y.values[t]);
        if (!isnan(crps))
            point[n++] = crps;
    }
    rm_golden_check_double(golden, "out/crps_point", point, n);
}

START_TEST(golden_quantiles) {
    golden = rm_golden_open("metrics.h5");
    rm_golden_array y = rm_golden_read(golden, "in/y"),
                    levels = rm_golden_read(golden, "in/levels"),
                    q = rm_golden_read(golden, "in/quantile_forecast");
    double pinball[8], wql[8], coverage[8];
    rm_quantile_scores scores = {.pinball = pinball, .wql = wql, .coverage = coverage};
    ck_assert_int_eq(q.count, y.count * levels.count);
    rm_quantile_score(y.count, y.values, levels.count, levels.values, q.values, &scores);
    check("quantile_count", (double)scores.count);
    rm_golden_check_double(golden, "out/pinball", pinball, levels.count);
    rm_golden_check_double(golden, "out/wql", wql, levels.count);
    rm_golden_check_double(golden, "out/coverage_quantile", coverage, levels.count);
    check("pinball_mean", scores.pinball_mean);
    check("wql_mean", scores.wql_mean);
    check("crps", scores.crps);
    check("crps_trapezoid", scores.crps_trapezoid);
    check_crps_points(y, levels, q);
    check_interval(0.1, 0.9, "coverage80", "width80");
    check_interval(0.25, 0.75, "coverage50", NULL);
    rm_golden_close(golden);
}
END_TEST

START_TEST(golden_channels) {
    golden = rm_golden_open("metrics.h5");
    rm_golden_array y = rm_golden_read(golden, "multi/y"),
                    f = rm_golden_read(golden, "multi/forecast"),
                    r2 = rm_golden_read(golden, "multi/r2_channel");
    int64_t n = y.shape[0], channels = y.shape[1];
    double mse[8], mae[8], truth[16], forecast[16];
    rm_score_sums all = {0};
    for (int64_t c = 0; c < channels; c++) {
        rm_score_sums one = {0};
        for (int64_t t = 0; t < n; t++) {
            truth[t] = y.values[t * channels + c];
            forecast[t] = f.values[t * channels + c];
        }
        rm_score_sums_add(&one, n, truth, forecast, 1);
        rm_score_sums_merge(&all, &one);
        rimer_metrics m = rm_score_metrics(&one);
        mse[c] = m.mse;
        mae[c] = m.mae;
        if (isnan(r2.values[c]))
            ck_assert(isnan(m.r2));
        else
            rm_assert_close("r2 of a channel", &m.r2, &r2.values[c], 1, 1e-12);
    }
    rm_golden_check_double(golden, "multi/mse_channel", mse, channels);
    rm_golden_check_double(golden, "multi/mae_channel", mae, channels);
    rimer_metrics m = rm_score_metrics(&all); /* from merged parts */
    rm_golden_check_double(golden, "multi/r2_flat", &m.r2, 1);
    rm_golden_close(golden);
}
END_TEST

START_TEST(golden_ensemble) {
    golden = rm_golden_open("metrics.h5");
    rm_golden_array samples = rm_golden_read(golden, "ensemble/samples"),
                    y = rm_golden_read(golden, "ensemble/y");
    double crps[16];
    for (int64_t t = 0; t < y.count; t++)
        crps[t] = rm_crps_sample(samples.shape[1], samples.values + t * samples.shape[1],
                                 y.values[t]);
    rm_golden_check_double(golden, "ensemble/crps", crps, y.count);
    rm_golden_close(golden);
}
END_TEST

/* A new result in the file must not go by unseen. */
START_TEST(golden_is_covered) {
    static const char *const covered[] = {"count",
                                          "mse",
                                          "rmse",
                                          "mae",
                                          "mape",
                                          "mape_count",
                                          "smape",
                                          "smape_skip",
                                          "r2",
                                          "wape",
                                          "mase",
                                          "mase_m1",
                                          "rmsse",
                                          "rmsse_season",
                                          "naive_mae_season",
                                          "naive_mse_m1",
                                          "nd_count",
                                          "bias",
                                          "pinball",
                                          "pinball_mean",
                                          "wql",
                                          "wql_mean",
                                          "quantile_count",
                                          "crps_point",
                                          "crps",
                                          "crps_trapezoid",
                                          "coverage80",
                                          "coverage50",
                                          "coverage_quantile",
                                          "width80",
                                          NULL};
    golden = rm_golden_open("metrics.h5");
    for (const char *const *name = rm_golden_names(golden, "out"); *name; name++) {
        const char *const *known = covered;
        while (*known && strcmp(*known, *name) != 0)
            known++;
        ck_assert_msg(*known != NULL, "out/%s is compared by no test", *name);
    }
    rm_golden_close(golden);
}
END_TEST

START_TEST(nothing_to_score_is_nan) {
    rm_score_sums sums = {0};
    double truth[] = {(double)NAN, 1}, forecast[] = {2, (double)NAN};
    rm_score_sums_add(&sums, 2, truth, forecast, 1);
    rimer_metrics m = rm_score_metrics(&sums);
    ck_assert_int_eq(m.count, 0);
    double all[] = {m.mse, m.mae, m.rmse, m.mape, m.smape, m.wape, m.mase, m.r2};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        ck_assert(isnan(all[i]));
}
END_TEST

START_TEST(ends_of_an_interval_are_inside) {
    const double truth[] = {1, 2, 0.999, 2.001, (double)NAN},
                 ends[] = {1, 2, 1, 2, 1, 2, 1, 2, 1, 2};
    double coverage, width;
    rm_interval_score(5, truth, 2, ends, 0, 1, &coverage, &width);
    ck_assert_double_eq(coverage, 0.5);
    ck_assert_double_eq(width, 1);
}
END_TEST

/* A constant truth far from 0 has no variance to explain, whatever the rounding of its mean. */
START_TEST(constant_truth_has_no_r2) {
    rm_score_sums sums = {0};
    double truth[7], forecast[7];
    for (int i = 0; i < 7; i++) {
        truth[i] = 1e9 + 0.1;
        forecast[i] = i;
    }
    for (int row = 0; row < 3; row++)
        rm_score_sums_add(&sums, 7, truth, forecast, 0);
    ck_assert(isnan(rm_score_metrics(&sums).r2));
    ck_assert(isnan(rm_score_metrics(&sums).mase));
}
END_TEST

/* r2 at a huge offset, in rows and merged, is that of the same data at offset 0. */
START_TEST(offset_does_not_hurt) {
    enum { n = 64 };
    double truth[2][n], forecast[2][n], r2[2];
    for (int k = 0; k < 2; k++) {
        rm_score_sums parts[2] = {{0}, {0}};
        for (int i = 0; i < n; i++) {
            truth[k][i] = (k ? 1e9 : 0) + (i * 37 % 64);
            forecast[k][i] = truth[k][i] + (i % 5);
        }
        for (int i = 0; i < n; i += 8)
            rm_score_sums_add(&parts[i >= 24], 8, truth[k] + i, forecast[k] + i, 1);
        rm_score_sums_merge(&parts[0], &parts[1]);
        r2[k] = rm_score_metrics(&parts[0]).r2;
    }
    rm_assert_close("r2 at an offset", &r2[1], &r2[0], 1, 3e-11);
}
END_TEST

int main(void) {
    return rm_test_main(
        "metrics", (const TTest *[]){golden_points, golden_quantiles, golden_channels,
                                     golden_ensemble, golden_is_covered,
                                     nothing_to_score_is_nan, ends_of_an_interval_are_inside,
                                     constant_truth_has_no_r2, offset_does_not_hurt, NULL});
}
