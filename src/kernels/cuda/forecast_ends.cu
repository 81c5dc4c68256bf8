/* The two ends of the network: window norm and origin, scale back, loss; and the optimiser. */
#include "kernels/cuda/launch.cuh"

#define WINDOW_NORM_EPS 1e-5 /* E1 */

/* Moments of the observed ones of x[n] by a warp, to all lanes. Sums in double: a context may sit on
 * an offset far above its own scale. Without `normalise` there is still the question whether anything
 * is there. */
__device__ static inline void statistics(const float *x, int64_t n, int lane, int normalise,
                                         float *loc, float *scale) {
    double sum = 0, squares = 0, observed = 0;
    for (int64_t i = lane; i < n; i += RM_WARP)
        if (x[i] == x[i]) {
            sum += (double)x[i];
            observed += 1;
        }
    observed = rm_warp_sum(observed);
    double mean = rm_warp_sum(sum) / observed; /* NaN for none */
    for (int64_t i = lane; i < n; i += RM_WARP)
        if (x[i] == x[i])
            squares += ((double)x[i] - mean) * ((double)x[i] - mean);
    squares = rm_warp_sum(squares);
    int known = normalise && observed > 0;
    *loc = known || !(observed > 0) ? (float)mean : 0;
    *scale = known ? (float)sqrt(squares / observed + WINDOW_NORM_EPS) : 1;
}

/* Steps before x[0], where `first` is negative, are missing. */
__device__ static inline void normalise_steps(float *z, float *missing, const float *x,
                                              int64_t first, int64_t n, int lane, float loc,
                                              float scale) {
    for (int64_t i = lane; i < n; i += RM_WARP) {
        float value = first + i >= 0 ? x[first + i] : NAN;
        int known = value == value;
        z[i] = known ? (value - loc) / scale : 0;
        missing[i] = known ? 0 : 1;
    }
}

/* A warp a context. */
extern "C" void rm_cuda_window_norm_forward(rm_real *z, rm_real *missing, rm_real *loc,
                                            rm_real *scale, const rm_real *x, int normalise,
                                            int64_t B, int64_t n, int64_t padded) {
    rm_each_warp("window_norm_forward", B, [=] __device__(int64_t b, int lane) {
        float m, s;
        statistics(x + b * n, n, lane, normalise, &m, &s);
        normalise_steps(z + b * padded, missing + b * padded, x + b * n, n - padded, padded,
                        lane, m, s);
        if (lane == 0) {
            loc[b] = m;
            scale[b] = s;
        }
    });
}

/* A warp a patch. */
extern "C" void rm_cuda_causal_norm_forward(rm_real *z, rm_real *missing, rm_real *loc,
                                            rm_real *scale, const rm_real *x, int normalise,
                                            int64_t B, int64_t n, int64_t T, int64_t patch,
                                            int64_t reach, int64_t tokens) {
    rm_each_warp("causal_norm_forward", B * T, [=] __device__(int64_t i, int lane) {
        int64_t b = i / T, t = i % T, end = n - (T - 1 - t) * patch;
        int64_t from = end > reach ? end - reach : 0;
        const float *row = x + b * n;
        float m, s;
        statistics(row + from, end - from, lane, normalise, &m, &s);
        normalise_steps(z + i * patch, missing + i * patch, row, end - patch, patch, lane, m,
                        s);
        if (lane == 0 && t >= T - tokens) {
            loc[b * tokens + t - (T - tokens)] = m;
            scale[b * tokens + t - (T - tokens)] = s;
        }
    });
}

extern "C" void rm_cuda_moments_forward(rm_real *moments, const rm_real *loc,
                                        const rm_real *scale, int64_t B, int64_t T) {
    rm_each("moments_forward", B * T, [=] __device__(int64_t i) {
        rm_real at = loc[i / T];
        moments[i * RM_MOMENT_FEATURES] = isnan(at) ? 0 : at / (1 + fabsf(at));
        moments[i * RM_MOMENT_FEATURES + 1] = isnan(at) ? 0 : 0.5f * logf(scale[i / T]);
    });
}

extern "C" void rm_cuda_standardise(rm_real *z, const rm_real *x, const rm_real *loc,
                                    const rm_real *scale, int64_t rows, int64_t n) {
    rm_each("standardise", rows * n,
            [=] __device__(int64_t i) { z[i] = (x[i] - loc[i / n]) / scale[i / n]; });
}

extern "C" void rm_cuda_last_observed(rm_real *last, const rm_real *z, const rm_real *missing,
                                      int64_t B, int64_t tokens, int64_t end, int64_t step,
                                      int64_t stride) {
    rm_each("last_observed", B * tokens, [=] __device__(int64_t at) {
        int64_t first = at / tokens * stride, i = first + end + at % tokens * step - 1;
        while (i >= first && missing[i] != 0)
            i--;
        last[at] = i >= first ? z[i] : 0;
    });
}

extern "C" void rm_cuda_center_forward(rm_real *u, const rm_real *z, const rm_real *missing,
                                       const rm_real *last, int64_t B, int64_t n,
                                       int64_t stride) {
    rm_each("center_forward", B * n, [=] __device__(int64_t i) {
        int64_t b = i / n, at = b * stride + i % n;
        u[i] = missing[at] != 0 ? 0 : z[at] - last[b];
    });
}

extern "C" void rm_cuda_own_map_forward(rm_real *y, int add, const rm_real *x,
                                        const rm_real *map, int64_t apart, const rm_real *which,
                                        int64_t B, int64_t n, int64_t m) {
    rm_each("own_map_forward", B * m, [=] __device__(int64_t at) {
        int64_t b = at / m;
        float sum = 0;
        if (which[b] >= 0)
            for (int64_t i = 0; i < n; i++)
                sum += x[b * n + i] * map[(int64_t)which[b] * apart + i * m + at % m];
        y[at] = add ? y[at] + sum : sum;
    });
}

extern "C" void rm_cuda_rescale_forward(rm_real *y, const rm_real *o, const rm_real *last,
                                        const rm_real *loc, const rm_real *scale, int64_t B,
                                        int64_t tokens, int64_t n) {
    rm_each("rescale_forward", B * tokens * n, [=] __device__(int64_t i) {
        int64_t row = i / n, b = row / tokens;
        y[i] = (o[i] + (last ? last[row] : 0)) * scale[b] + loc[b];
    });
}

extern "C" void rm_cuda_bias_unscaled(rm_real *y, const rm_real *bias, const rm_real *scale,
                                      int64_t B, int64_t n) {
    rm_each("bias_unscaled", B * n,
            [=] __device__(int64_t i) { y[i] += bias[i % n] / scale[i / n]; });
}

extern "C" void rm_cuda_bias_unscaled_backward(rm_real *dbias, const rm_real *dy,
                                               const rm_real *scale, int64_t B, int64_t n) {
    rm_add_columns<1>("bias_unscaled_backward", {{dbias}}, B, n,
                      [=] __device__(int64_t row, int64_t column, float *value) {
                          value[0] = dy[row * n + column] / scale[row];
                      });
}

extern "C" void rm_cuda_rescale_backward(rm_real *d_o, const rm_real *dy, const rm_real *scale,
                                         int64_t B, int64_t n) {
    rm_each("rescale_backward", B * n,
            [=] __device__(int64_t i) { d_o[i] = dy[i] * scale[i / n]; });
}

/* Loss of one error and its slope. */
__device__ static inline double one_loss(double error, int kind, double delta, double *slope) {
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

extern "C" void rm_cuda_loss_forward(rm_real *dy, rm_tally *tally, const rm_real *y,
                                     const rm_real *target, int64_t n, int kind, double delta) {
    rm_total(
        "loss_forward", n,
        [=] __device__(int64_t i) {
            double error = (double)y[i] - (double)target[i], slope = 0, loss = 0;
            int known = target[i] == target[i];
            if (known)
                loss = one_loss(error, kind, delta, &slope);
            dy[i] = (float)slope;
            return double2{loss, known ? 1.0 : 0.0};
        },
        [=] __device__(double2 all) {
            tally->sum += all.x;
            tally->count += (int64_t)all.y;
        });
}

#define CLIP_EPS 1e-6

extern "C" void rm_cuda_clip_factor(double *factor, const rm_tally *tally,
                                    const double *squares, double clip) {
    rm_each("clip_factor", 1, [=] __device__(int64_t) {
        double norm = sqrt(*squares) / (double)tally->count, share = 1 / (double)tally->count;
        if (clip > 0 && clip < norm + CLIP_EPS)
            share *= clip / (norm + CLIP_EPS);
        bool good = tally->count > 0 && isfinite(norm) && isfinite(tally->sum);
        *factor = good ? share : 0;
    });
}

/* Each thread makes its numbers of the step's, in double: they are few, and it has many values. */
extern "C" void rm_cuda_adamw_step(rm_real *p, rm_real *m, rm_real *v, rm_real *average,
                                   const rm_real *gradient, int64_t n, const rm_step *step,
                                   double rate_share, double beta1, double beta2, double eps,
                                   double decay, double l2, double average_rate) {
    float b1 = (float)beta1, b2 = (float)beta2;
    float keep1 = (float)(1 - beta1), keep2 = (float)(1 - beta2);
    float pull = (float)l2, little = (float)eps, share = (float)average_rate;
    rm_each("adamw_step", n, [=] __device__(int64_t i) {
        if (step->factor == 0)
            return;
        double lr = step->lr * rate_share;
        float shrink = (float)(1 - lr * decay), rate = (float)(lr / step->correct1);
        float root = (float)(1 / sqrt(step->correct2)), scale = (float)step->factor;
        float g = gradient[i] * scale + pull * p[i];
        float mean = b1 * m[i] + keep1 * g, square = b2 * v[i] + keep2 * g * g;
        float next = p[i] * shrink - rate * mean / (sqrtf(square) * root + little);
        m[i] = mean;
        v[i] = square;
        p[i] = next;
        average[i] += share * (next - average[i]);
    });
}
