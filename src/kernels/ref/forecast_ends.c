/* The two ends of the network: window norm and origin, scale back, loss; and the optimiser. */
#include "kernels/ref/variant.h"
#include "kernels/ref/vmath.h"

#define WINDOW_NORM_EPS 1e-5 /* E1 */

/* Sums in double: a context may sit on an offset far above its own scale. */
static void window_moments(const rm_real *x, int64_t n, rm_real *loc, rm_real *scale) {
    double sum = 0, squares = 0;
    int64_t observed = 0;
    for (int64_t i = 0; i < n; i++)
        if (x[i] == x[i]) {
            sum += (double)x[i];
            observed++;
        }
    double mean = sum / (double)observed; /* NaN for none */
    for (int64_t i = 0; i < n; i++)
        if (x[i] == x[i])
            squares += ((double)x[i] - mean) * ((double)x[i] - mean);
    *loc = (rm_real)mean;
    *scale = observed ? (rm_real)sqrt(squares / (double)observed + WINDOW_NORM_EPS) : 1;
}

static int any_observed(const rm_real *x, int64_t n) {
    for (int64_t i = 0; i < n; i++)
        if (x[i] == x[i])
            return 1;
    return 0;
}

/* Without `normalise` there is still the question whether anything is there. */
static void statistics(const rm_real *x, int64_t n, int normalise, rm_real *loc,
                       rm_real *scale) {
    if (normalise) {
        window_moments(x, n, loc, scale);
        return;
    }
    *loc = any_observed(x, n) ? 0 : (rm_real)NAN;
    *scale = 1;
}

/* Steps before x[0], where `first` is negative, are missing. */
static void normalise_steps(rm_real *z, rm_real *missing, const rm_real *x, int64_t first,
                            int64_t n, rm_real loc, rm_real scale) {
    for (int64_t i = 0; i < n; i++) {
        int observed = first + i >= 0 && x[first + i] == x[first + i];
        z[i] = observed ? (x[first + i] - loc) / scale : 0;
        missing[i] = observed ? 0 : 1;
    }
}

void RM_KERNEL(window_norm_forward)(rm_real *z, rm_real *missing, rm_real *loc, rm_real *scale,
                                    const rm_real *x, int normalise, int64_t B, int64_t n,
                                    int64_t padded) {
    for (int64_t b = 0; b < B; b++, x += n, z += padded, missing += padded) {
        statistics(x, n, normalise, &loc[b], &scale[b]);
        normalise_steps(z, missing, x, n - padded, padded, loc[b], scale[b]);
    }
}

/* The sums of each patch are taken anew: what a stream gets is what a pass over all of it gets,
 * to the bit, and no error grows on the way. */
void RM_KERNEL(causal_norm_forward)(rm_real *z, rm_real *missing, rm_real *loc, rm_real *scale,
                                    const rm_real *x, int normalise, int64_t B, int64_t n,
                                    int64_t T, int64_t patch, int64_t reach, int64_t tokens) {
    for (int64_t b = 0; b < B; b++, x += n)
        for (int64_t t = 0; t < T; t++, z += patch, missing += patch) {
            int64_t end = n - (T - 1 - t) * patch, from = end > reach ? end - reach : 0;
            rm_real m, s;
            statistics(x + from, end - from, normalise, &m, &s);
            normalise_steps(z, missing, x, end - patch, patch, m, s);
            if (t >= T - tokens) {
                loc[b * tokens + t - (T - tokens)] = m;
                scale[b * tokens + t - (T - tokens)] = s;
            }
        }
}

void RM_KERNEL(moments_forward)(rm_real *moments, const rm_real *loc, const rm_real *scale,
                                int64_t B, int64_t T) {
    for (int64_t b = 0; b < B; b++) {
        double at = (double)loc[b];
        rm_real place = isnan(at) ? 0 : (rm_real)(at / (1 + fabs(at)));
        rm_real size = isnan(at) ? 0 : (rm_real)(0.5 * log((double)scale[b]));
        for (int64_t t = 0; t < T; t++, moments += RM_MOMENT_FEATURES) {
            moments[0] = place;
            moments[1] = size;
        }
    }
}

void RM_KERNEL(standardise)(rm_real *z, const rm_real *x, const rm_real *loc,
                            const rm_real *scale, int64_t rows, int64_t n) {
    for (int64_t row = 0; row < rows; row++)
        for (int64_t i = 0; i < n; i++)
            z[row * n + i] = (x[row * n + i] - loc[row]) / scale[row];
}

void RM_KERNEL(last_observed)(rm_real *last, const rm_real *z, const rm_real *missing,
                              int64_t B, int64_t tokens, int64_t end, int64_t step,
                              int64_t stride) {
    for (int64_t b = 0; b < B; b++)
        for (int64_t t = 0; t < tokens; t++) {
            int64_t i = b * stride + end + t * step - 1;
            while (i >= b * stride && missing[i] != 0)
                i--;
            last[b * tokens + t] = i >= b * stride ? z[i] : 0;
        }
}

void RM_KERNEL(center_forward)(rm_real *restrict u, const rm_real *restrict z,
                               const rm_real *restrict missing, const rm_real *restrict last,
                               int64_t B, int64_t n, int64_t stride) {
    for (int64_t b = 0; b < B; b++)
        for (int64_t i = 0; i < n; i++)
            u[b * n + i] = missing[b * stride + i] != 0 ? 0 : z[b * stride + i] - last[b];
}

/* y[m] of a row, a few values at a time, which stay in registers. */
static void own_map_row(rm_real *restrict y, int add, const rm_real *restrict x,
                        const rm_real *restrict map, int64_t n, int64_t m) {
    enum { AT_ONCE = 16 };
    for (int64_t c = 0; c < m; c += AT_ONCE) {
        rm_real sum[AT_ONCE] = {0};
        if (m - c >= AT_ONCE)
            for (int64_t i = 0; i < n; i++)
                for (int64_t j = 0; j < AT_ONCE; j++)
                    sum[j] += x[i] * map[i * m + c + j];
        else
            for (int64_t i = 0; i < n; i++)
                for (int64_t j = 0; j < m - c; j++)
                    sum[j] += x[i] * map[i * m + c + j];
        for (int64_t j = 0; j < AT_ONCE && c + j < m; j++)
            y[c + j] = add ? y[c + j] + sum[j] : sum[j];
    }
}

void RM_KERNEL(own_map_forward)(rm_real *y, int add, const rm_real *x, const rm_real *map,
                                int64_t apart, const rm_real *which, int64_t B, int64_t n,
                                int64_t m) {
    for (int64_t b = 0; b < B; b++)
        own_map_row(y + b * m, add, x + b * n,
                    map + (int64_t)which[b] * apart * (which[b] >= 0), which[b] < 0 ? 0 : n, m);
}

void RM_KERNEL(rescale_forward)(rm_real *restrict y, const rm_real *restrict o,
                                const rm_real *restrict last, const rm_real *restrict loc,
                                const rm_real *restrict scale, int64_t B, int64_t tokens,
                                int64_t n) {
    for (int64_t row = 0; row < B * tokens; row++) {
        rm_real origin = last ? last[row] : 0, s = scale[row / tokens], l = loc[row / tokens];
        for (int64_t i = 0; i < n; i++)
            y[row * n + i] = (o[row * n + i] + origin) * s + l;
    }
}

void RM_KERNEL(bias_unscaled)(rm_real *restrict y, const rm_real *restrict bias,
                              const rm_real *restrict scale, int64_t B, int64_t n) {
    for (int64_t b = 0; b < B; b++)
        for (int64_t i = 0; i < n; i++)
            y[b * n + i] += bias[i] / scale[b];
}

void RM_KERNEL(bias_unscaled_backward)(rm_real *restrict dbias, const rm_real *restrict dy,
                                       const rm_real *restrict scale, int64_t B, int64_t n) {
    for (int64_t b = 0; b < B; b++)
        for (int64_t i = 0; i < n; i++)
            dbias[i] += dy[b * n + i] / scale[b];
}

void RM_KERNEL(rescale_backward)(rm_real *d_o, const rm_real *dy, const rm_real *scale,
                                 int64_t B, int64_t n) {
    for (int64_t b = 0; b < B; b++)
#pragma omp simd
        for (int64_t i = 0; i < n; i++)
            d_o[b * n + i] = dy[b * n + i] * scale[b];
}

/* Loss of one error and its slope. */
static double one_loss(double error, int kind, double delta, double *slope) {
    double size = fabs(error), sign = error < 0 ? -1 : error > 0 ? 1 : 0;
    if (kind == RM_LOSS_ABSOLUTE) {
        *slope = sign;
        return size;
    }
    if (kind == RM_LOSS_HUBER) {
        *slope = size <= delta ? error : delta * sign;
        return size <= delta ? error * error / 2 : delta * (size - delta / 2);
    }
    *slope = 2 * error;
    return error * error;
}

void RM_KERNEL(loss_forward)(rm_real *dy, rm_tally *tally, const rm_real *y,
                             const rm_real *target, int64_t n, int kind, double delta) {
    double sum = 0;
    int64_t compared = 0;
    for (int64_t i = 0; i < n; i++) {
        double error = (double)y[i] - (double)target[i], slope = 0;
        int known = target[i] == target[i];
        sum += known ? one_loss(error, kind, delta, &slope) : 0;
        compared += known;
        dy[i] = (rm_real)(known ? slope : 0);
    }
    tally->sum += sum;
    tally->count += compared;
}

#define CLIP_EPS 1e-6

void RM_KERNEL(clip_factor)(double *factor, const rm_tally *tally, const double *squares,
                            double clip) {
    double norm = sqrt(*squares) / (double)tally->count, share = 1 / (double)tally->count;
    if (clip > 0 && clip < norm + CLIP_EPS)
        share *= clip / (norm + CLIP_EPS);
    int good = tally->count > 0 && isfinite(norm) && isfinite(tally->sum);
    *factor = good ? share : 0;
}

void RM_KERNEL(adamw_step)(rm_real *restrict p, rm_real *restrict m, rm_real *restrict v,
                           rm_real *restrict average, const rm_real *restrict gradient,
                           int64_t n, const rm_step *step, double rate_share, double beta1,
                           double beta2, double eps, double decay, double l2,
                           double average_rate) {
    if (step->factor == 0)
        return;
    double lr = step->lr * rate_share;
    rm_real shrink = (rm_real)(1 - lr * decay), rate = (rm_real)(lr / step->correct1);
    rm_real root = (rm_real)(1 / sqrt(step->correct2)), b1 = (rm_real)beta1,
            b2 = (rm_real)beta2;
    rm_real keep1 = (rm_real)(1 - beta1), keep2 = (rm_real)(1 - beta2);
    rm_real scale = (rm_real)step->factor, pull = (rm_real)l2, small = (rm_real)eps;
    rm_real share = (rm_real)average_rate;
    for (int64_t i = 0; i < n; i++) {
        rm_real g = gradient[i] * scale + pull * p[i];
        rm_real mean = b1 * m[i] + keep1 * g, square = b2 * v[i] + keep2 * g * g;
        rm_real next = p[i] * shrink - rate * mean / (rm_sqrt(square) * root + small);
        m[i] = mean;
        v[i] = square;
        p[i] = next;
        average[i] += share * (next - average[i]);
    }
}
