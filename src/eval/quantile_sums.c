#include "eval/quantile_sums.h"

#include "base/error.h"
#include "base/quantile_levels.h"
#include "eval/quantile_metrics.h"

#include <math.h>
#include <string.h>

static rimer_status add_interval(rm_quantile_plan *plan, double share) {
    double low, high;
    rimer_interval_borders(share, &low, &high);
    RM_TRY(rimer_levels_add(&plan->intervals, share));
    RM_TRY(rimer_levels_add(&plan->levels, low));
    return rimer_levels_add(&plan->levels, high);
}

static rimer_status add_usual_intervals(rm_quantile_plan *plan, const rimer_levels *offered) {
    static const double usual[] = {0.8, 0.95};
    for (size_t i = 0; i < sizeof usual / sizeof *usual; i++) {
        double low, high;
        rimer_interval_borders(usual[i], &low, &high);
        if (rm_levels_span(offered, low, high))
            RM_TRY(add_interval(plan, usual[i]));
    }
    return RIMER_OK;
}

static rimer_status add_intervals(rm_quantile_plan *plan, const char *level) {
    rimer_levels shares = {0};
    rimer_status status = rimer_intervals_read(&shares, level);
    if (status != RIMER_OK)
        return rm_error_prefix(status, "level: ");
    for (int i = 0; i < shares.n; i++)
        RM_TRY(add_interval(plan, shares.at[i]));
    return RIMER_OK;
}

rimer_status rm_quantile_plan_make(rm_quantile_plan *plan, const rimer_forecaster *forecaster,
                                   const char *level) {
    rm_quantile_plan made = {0};
    rimer_levels median = {1, {0.5}};
    const rimer_levels *offered = forecaster->quantiles ? &forecaster->levels : &median;
    int is_auto = strcmp(level, "auto") == 0;
    RM_TRY(is_auto ? add_usual_intervals(&made, offered) : add_intervals(&made, level));
    RM_TRY(rimer_levels_check(&made.levels, offered));
    made.tenths = rm_levels_span(offered, 0.1, 0.9);
    if (made.tenths)
        RM_TRY(rimer_levels_read(&made.levels, "0.1,0.2,0.3,0.4,0.5,0.6,0.7,0.8,0.9"));
    if (made.levels.n)
        RM_TRY(rimer_levels_add(&made.levels, 0.5));
    made.median = rimer_levels_find(&made.levels, 0.5);
    *plan = made;
    return RIMER_OK;
}

static int is_tenth(double level) {
    return fabs(10 * level - round(10 * level)) < 5e-9;
}

static int counts(const rm_quantile_plan *plan, double truth, const float *quantiles,
                  int64_t n) {
    int nan = isnan(truth);
    for (int q = 0; q < plan->levels.n; q++)
        nan |= isnan(quantiles[q * n]);
    return !nan;
}

/* Quantiles are rounded to float32. So is the truth, where the two are compared: one that comes
 * again, as counts do, lies on the quantile that repeats it, and not beside it by chance. */
static double add_levels(rm_quantile_sums *sums, const rm_quantile_plan *plan, double truth,
                         const float *quantiles, int64_t n) {
    double pinball = 0;
    for (int q = 0; q < plan->levels.n; q++) {
        double quantile = (double)quantiles[q * n], level = plan->levels.at[q];
        sums->below[q] += (float)truth <= quantiles[q * n];
        if (plan->tenths && is_tenth(level))
            pinball += rm_pinball(level, truth, quantile);
    }
    return pinball;
}

/* The interval score of M4: the width, and what lies outside by 2 / (1 - share). */
static void add_interval_point(rm_quantile_sums *sums, const rm_quantile_plan *plan, int i,
                               double truth, const float *quantiles, int64_t n, double scale,
                               double naive_mae) {
    double low, high, share = plan->intervals.at[i];
    rimer_interval_borders(share, &low, &high);
    double from = (double)quantiles[rimer_levels_find(&plan->levels, low) * n];
    double to = (double)quantiles[rimer_levels_find(&plan->levels, high) * n];
    double rounded = (double)(float)truth;
    double missed = rounded < from ? from - truth : rounded > to ? truth - to : 0;
    sums->inside[i] += missed <= 0;
    sums->width[i] += to - from;
    sums->width_original[i] += (to - from) * scale;
    if (naive_mae > 0)
        sums->scaled_score[i] += (to - from + 2 / (1 - share) * missed) * scale / naive_mae;
}

void rm_quantile_sums_add(rm_quantile_sums *sums, const rm_quantile_plan *plan, int64_t n,
                          const double *truth, const float *quantiles, double loc, double scale,
                          double naive_mae) {
    for (int64_t h = 0; h < n; h++) {
        if (!counts(plan, truth[h], quantiles + h, n))
            continue;
        double pinball = add_levels(sums, plan, truth[h], quantiles + h, n);
        sums->count++;
        sums->n_scaled += naive_mae > 0;
        sums->abs_truth += fabs(truth[h]);
        sums->abs_truth_original += fabs(truth[h] * scale + loc);
        sums->pinball += pinball;
        sums->pinball_original += pinball * scale;
        for (int i = 0; i < plan->intervals.n; i++)
            add_interval_point(sums, plan, i, truth[h], quantiles + h, n, scale, naive_mae);
    }
}

void rm_quantile_sums_merge(rm_quantile_sums *sums, const rm_quantile_sums *other) {
    sums->count += other->count;
    sums->n_scaled += other->n_scaled;
    sums->abs_truth += other->abs_truth;
    sums->abs_truth_original += other->abs_truth_original;
    sums->pinball += other->pinball;
    sums->pinball_original += other->pinball_original;
    for (int i = 0; i < RIMER_LEVELS_MAX; i++) {
        sums->below[i] += other->below[i];
        sums->inside[i] += other->inside[i];
        sums->width[i] += other->width[i];
        sums->width_original[i] += other->width_original[i];
        sums->scaled_score[i] += other->scaled_score[i];
    }
}

static double ratio(double above, double below) {
    return below > 0 ? above / below : (double)NAN;
}

rimer_quantile_metrics rm_quantile_metrics_of(const rm_quantile_sums *sums,
                                              const rm_quantile_plan *plan) {
    rimer_quantile_metrics out = {.levels = plan->levels, .intervals = plan->intervals};
    double count = (double)sums->count, twice = plan->tenths ? 2.0 / 9 : (double)NAN;
    out.wql = twice * ratio(sums->pinball, sums->abs_truth);
    out.crps = twice * ratio(sums->pinball, count);
    out.wql_original = twice * ratio(sums->pinball_original, sums->abs_truth_original);
    out.crps_original = twice * ratio(sums->pinball_original, count);
    for (int q = 0; q < plan->levels.n; q++)
        out.observed[q] = ratio(sums->below[q], count);
    for (int i = 0; i < plan->intervals.n; i++) {
        out.coverage[i] = ratio(sums->inside[i], count);
        out.width[i] = ratio(sums->width[i], count);
        out.width_original[i] = ratio(sums->width_original[i], count);
        out.msis[i] = ratio(sums->scaled_score[i], (double)sums->n_scaled);
    }
    return out;
}
