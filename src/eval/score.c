#include "eval/score.h"

#include <math.h>

static double ratio(double above, double below) {
    return below != 0 ? above / below : (double)NAN;
}

/* Chan's merge: no difference of large numbers, whatever the offset of the data. */
static void merge_truth(rm_score_sums *sums, int64_t count, double mean, double m2) {
    if (!count)
        return;
    double all = (double)(sums->count + count), share = (double)count / all;
    double delta = mean - sums->truth_mean;
    sums->truth_mean += delta * share;
    sums->truth_m2 += m2 + delta * delta * (double)sums->count * share;
}

static void add_pair(rm_score_sums *sums, double truth, double forecast) {
    double error = forecast - truth, size = fabs(error), magnitude = fabs(truth);
    sums->error += error;
    sums->abs_error += size;
    sums->sq_error += error * error;
    sums->abs_truth += magnitude;
    if (truth != 0)
        sums->ape += size / magnitude;
    else
        sums->zero_targets++;
    if (truth != 0 || forecast != 0)
        sums->smape += 200 * size / (magnitude + fabs(forecast));
    else
        sums->both_zero++;
}

void rm_score_sums_add(rm_score_sums *sums, int64_t n, const double *truth,
                       const double *forecast, double naive_mae) {
    double first = 0, shifted = 0, squares = 0, before = sums->abs_error;
    int64_t count = 0;
    for (int64_t i = 0; i < n; i++) {
        if (isnan(truth[i]) || isnan(forecast[i]))
            continue;
        if (!count++)
            first = truth[i]; /* a constant truth is then exactly 0 */
        shifted += truth[i] - first;
        squares += (truth[i] - first) * (truth[i] - first);
        add_pair(sums, truth[i], forecast[i]);
    }
    if (!count)
        return;
    double mean = shifted / (double)count;
    merge_truth(sums, count, first + mean, fmax(squares - shifted * mean, 0));
    sums->count += count;
    if (naive_mae > 0) {
        sums->scaled_error += (sums->abs_error - before) / naive_mae;
        sums->n_scaled += count;
    }
}

void rm_score_sums_merge(rm_score_sums *sums, const rm_score_sums *other) {
    merge_truth(sums, other->count, other->truth_mean, other->truth_m2);
    sums->count += other->count;
    sums->zero_targets += other->zero_targets;
    sums->both_zero += other->both_zero;
    sums->n_scaled += other->n_scaled;
    sums->error += other->error;
    sums->abs_error += other->abs_error;
    sums->sq_error += other->sq_error;
    sums->ape += other->ape;
    sums->smape += other->smape;
    sums->scaled_error += other->scaled_error;
    sums->abs_truth += other->abs_truth;
}

rimer_metrics rm_score_metrics(const rm_score_sums *sums) {
    double count = (double)sums->count;
    double mse = ratio(sums->sq_error, count);
    return (rimer_metrics){
        .count = sums->count,
        .zero_targets = sums->zero_targets,
        .mse = mse,
        .mae = ratio(sums->abs_error, count),
        .rmse = sqrt(mse),
        .mape = 100 * ratio(sums->ape, (double)(sums->count - sums->zero_targets)),
        .smape = ratio(sums->smape, count),
        .wape = ratio(sums->abs_error, sums->abs_truth),
        .mase = ratio(sums->scaled_error, (double)sums->n_scaled),
        .r2 = 1 - ratio(sums->sq_error, sums->truth_m2),
    };
}

double rm_score_bias(const rm_score_sums *sums) {
    return ratio(sums->error, (double)sums->count);
}

double rm_score_smape_skip(const rm_score_sums *sums) {
    return ratio(sums->smape, (double)(sums->count - sums->both_zero));
}

void rm_naive_sum_add(rm_naive_sum *sum, int64_t n, const float *history, int64_t season,
                      int power) {
    for (int64_t t = season; t < n; t++) {
        double change = fabs((double)history[t] - (double)history[t - season]);
        if (isnan(change))
            continue;
        sum->total += power == 2 ? change * change : change;
        sum->count++;
    }
}

double rm_naive_mean(const rm_naive_sum *sum) {
    return ratio(sum->total, (double)sum->count);
}

double rm_rmsse(double mse, double naive_mse) {
    return sqrt(ratio(mse, naive_mse));
}
