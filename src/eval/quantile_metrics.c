#include "eval/quantile_metrics.h"

#include <math.h>

double rm_pinball(double level, double truth, double quantile) {
    double error = truth - quantile;
    return error >= 0 ? level * error : (level - 1) * error;
}

double rm_crps_levels(int64_t n_levels, const double *levels, const double *quantiles,
                      double truth) {
    double sum = 0;
    for (int64_t i = 0; i < n_levels; i++)
        sum += rm_pinball(levels[i], truth, quantiles[i]);
    return 2 * sum / (double)n_levels;
}

double rm_crps_trapezoid(int64_t n_levels, const double *levels, const double *quantiles,
                         double truth) {
    double area = 0, level = 0, loss = 0;
    for (int64_t i = 0; i < n_levels; i++) {
        double next = rm_pinball(levels[i], truth, quantiles[i]);
        area += (levels[i] - level) * (loss + next) / 2;
        level = levels[i];
        loss = next;
    }
    return 2 * (area + (1 - level) * loss / 2);
}

double rm_crps_sample(int64_t n, const double *sample, double truth) {
    double to_truth = 0, spread = 0;
    for (int64_t i = 0; i < n; i++) {
        to_truth += fabs(sample[i] - truth);
        for (int64_t j = 0; j < i; j++)
            spread += fabs(sample[i] - sample[j]);
    }
    double count = (double)n;
    return to_truth / count - spread / (count * count);
}

static int counts(double truth, int64_t n_levels, const double *quantiles) {
    int nan = isnan(truth);
    for (int64_t i = 0; i < n_levels; i++)
        nan |= isnan(quantiles[i]);
    return !nan;
}

static double mean(double sum, int64_t count) {
    return count ? sum / (double)count : (double)NAN;
}

void rm_quantile_score(int64_t n, const double *truth, int64_t n_levels, const double *levels,
                       const double *quantiles, rm_quantile_scores *scores) {
    rm_quantile_scores sums = {0, scores->pinball, scores->wql, scores->coverage, 0, 0, 0, 0};
    double abs_truth = 0;
    for (int64_t i = 0; i < n_levels; i++)
        sums.pinball[i] = sums.coverage[i] = 0;
    for (int64_t t = 0; t < n; t++) {
        const double *row = quantiles + t * n_levels;
        if (!counts(truth[t], n_levels, row))
            continue;
        sums.count++;
        abs_truth += fabs(truth[t]);
        sums.crps += rm_crps_levels(n_levels, levels, row, truth[t]);
        sums.crps_trapezoid += rm_crps_trapezoid(n_levels, levels, row, truth[t]);
        for (int64_t i = 0; i < n_levels; i++) {
            sums.pinball[i] += rm_pinball(levels[i], truth[t], row[i]);
            sums.coverage[i] += truth[t] <= row[i];
        }
    }
    for (int64_t i = 0; i < n_levels; i++) {
        sums.wql[i] = abs_truth > 0 ? 2 * sums.pinball[i] / abs_truth : (double)NAN;
        sums.pinball[i] = mean(sums.pinball[i], sums.count);
        sums.coverage[i] = mean(sums.coverage[i], sums.count);
        sums.pinball_mean += sums.pinball[i] / (double)n_levels;
        sums.wql_mean += sums.wql[i] / (double)n_levels;
    }
    sums.crps = mean(sums.crps, sums.count);
    sums.crps_trapezoid = mean(sums.crps_trapezoid, sums.count);
    *scores = sums;
}

void rm_interval_score(int64_t n, const double *truth, int64_t n_levels,
                       const double *quantiles, int64_t low, int64_t high, double *coverage,
                       double *width) {
    double inside = 0, distance = 0;
    int64_t count = 0;
    for (int64_t t = 0; t < n; t++) {
        const double *row = quantiles + t * n_levels;
        if (!counts(truth[t], n_levels, row))
            continue;
        count++;
        inside += row[low] <= truth[t] && truth[t] <= row[high];
        distance += row[high] - row[low];
    }
    *coverage = mean(inside, count);
    *width = mean(distance, count);
}
