#include "eval/adaptive.h"

#include "base/array.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define STEPS_LEAST 24 /* a horizon of fewer is no reason to jump */
#define EARLY 2        /* horizons by which the gain has come down from twice to 3/2 */

struct rm_adaptive {
    rimer_levels levels;
    int median;
    int64_t horizon;
    double gain;                      /* of a step's misses, to the logarithm of a factor */
    double stretch[RIMER_LEVELS_MAX]; /* logarithms of the factors */
    int64_t n_seen;                   /* steps that were followed */
    int64_t start;                    /* of the last forecast; -1: none yet */
    /* Of the steps start .. start + horizon, each at its number modulo horizon: */
    int64_t *count; /* [horizon] truths that are known */
    int64_t *below; /* [horizon][levels] those at or below the quantile that was forecast */
};

rimer_status rm_adaptive_create(rm_adaptive **out, const rimer_levels *levels, int64_t horizon,
                                double rate) {
    rm_adaptive *fresh;
    rimer_status status;
    RM_TRY(rm_array_new(&fresh, 1, sizeof *fresh));
    fresh->levels = *levels;
    fresh->median = rimer_levels_find(levels, 0.5);
    fresh->horizon = horizon;
    fresh->gain = rate / (double)(horizon < STEPS_LEAST ? STEPS_LEAST : horizon);
    fresh->start = -1;
    RM_TRY_GOTO(status, fail, rm_array_new(&fresh->count, horizon, sizeof *fresh->count));
    RM_TRY_GOTO(status, fail,
                rm_array_new(&fresh->below, horizon * levels->n, sizeof *fresh->below));
    *out = fresh;
    return RIMER_OK;
fail:
    rm_adaptive_free(fresh);
    return status;
}

void rm_adaptive_free(rm_adaptive *adaptive) {
    if (!adaptive)
        return;
    free(adaptive->count);
    free(adaptive->below);
    free(adaptive);
}

static void forget_step(rm_adaptive *adaptive, int64_t slot) {
    int64_t n = adaptive->levels.n;
    adaptive->count[slot] = 0;
    memset(adaptive->below + slot * n, 0, (size_t)n * sizeof *adaptive->below);
}

void rm_adaptive_reset(rm_adaptive *adaptive) {
    for (int64_t slot = 0; slot < adaptive->horizon; slot++)
        forget_step(adaptive, slot);
    memset(adaptive->stretch, 0, sizeof adaptive->stretch);
    adaptive->n_seen = 0;
    adaptive->start = -1;
}

/* Quick at first, when nothing is known of the place that a factor will be about. */
static double gain_now(const rm_adaptive *adaptive) {
    double horizons = (double)adaptive->n_seen / (double)adaptive->horizon;
    return adaptive->gain * (1 + 1 / (1 + horizons / EARLY));
}

/* Too few truths at or below a quantile raise it, too many lower it: further from the median
 * above it, nearer to it below. All forecasts of one step count as one. */
static void follow_step(rm_adaptive *adaptive, int64_t slot) {
    int64_t count = adaptive->count[slot], n = adaptive->levels.n;
    const int64_t *below = adaptive->below + slot * n;
    double gain = gain_now(adaptive);
    for (int q = 0; count && q < n; q++) {
        double short_of = adaptive->levels.at[q] - (double)below[q] / (double)count;
        adaptive->stretch[q] += (q < adaptive->median ? -short_of : short_of) * gain;
    }
    adaptive->n_seen += count > 0;
    forget_step(adaptive, slot);
}

static void follow_until(rm_adaptive *adaptive, int64_t start) {
    int64_t last = adaptive->start + adaptive->horizon;
    if (adaptive->start >= 0)
        for (int64_t step = adaptive->start; step < start && step < last; step++)
            follow_step(adaptive, step % adaptive->horizon);
    adaptive->start = start;
}

/* Outwards from the median, one step of the horizon; a quantile stops at the next inner one. */
static void stretch_side(const rm_adaptive *adaptive, float *at, int side) {
    int64_t H = adaptive->horizon;
    float median = at[adaptive->median * H], inner = median;
    for (int q = adaptive->median + side; q >= 0 && q < adaptive->levels.n; q += side) {
        double far = ((double)at[q * H] - (double)median) * exp(adaptive->stretch[q]);
        float moved = (float)((double)median + far);
        at[q * H] = (float)side * (moved - inner) < 0 ? inner : moved;
        inner = at[q * H];
    }
}

void rm_adaptive_correct(rm_adaptive *adaptive, int64_t start, float *quantiles) {
    follow_until(adaptive, start);
    for (int64_t h = 0; h < adaptive->horizon; h++) {
        stretch_side(adaptive, quantiles + h, -1);
        stretch_side(adaptive, quantiles + h, 1);
    }
}

void rm_adaptive_learn(rm_adaptive *adaptive, const double *truth, const float *quantiles) {
    int64_t H = adaptive->horizon, n = adaptive->levels.n;
    for (int64_t h = 0; h < H; h++) {
        int64_t slot = (adaptive->start + h) % H;
        if (isnan(truth[h]) || isnan(quantiles[adaptive->median * H + h]))
            continue;
        adaptive->count[slot]++;
        for (int q = 0; q < n; q++)
            adaptive->below[slot * n + q] += (float)truth[h] <= quantiles[q * H + h];
    }
}
