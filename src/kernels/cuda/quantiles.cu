/* Quantiles that cannot cross, and the loss that makes them quantiles (E10). A thread has one step of
 * a row, all levels of it. */
#include "kernels/cuda/launch.cuh"

extern "C" {
#include "rimer/levels.h"
}

/* log(1 + exp(x)) */
__device__ static inline float softplus(float x) {
    return fmaxf(x, 0) + log1pf(expf(-fabsf(x)));
}

__device__ static inline float sigmoid(float x) {
    return 1 / (1 + expf(-x));
}

extern "C" void rm_cuda_quantiles_forward(rm_real *y, const rm_real *o, const rm_real *center,
                                          int64_t rows, int64_t levels, int64_t median,
                                          int64_t n) {
    rm_each("quantiles_forward", rows * n, [=] __device__(int64_t i) {
        int64_t first = i / n * levels * n + i % n, middle = first + median * n;
        y[middle] = o[middle] + (center ? center[i] : 0);
        for (int64_t q = median + 1; q < levels; q++)
            y[first + q * n] = y[first + (q - 1) * n] + softplus(o[first + q * n]);
        for (int64_t q = median - 1; q >= 0; q--)
            y[first + q * n] = y[first + (q + 1) * n] - softplus(o[first + q * n]);
    });
}

/* A step moves all quantiles beyond it. */
extern "C" void rm_cuda_quantiles_backward(rm_real *d_o, const rm_real *dy, const rm_real *o,
                                           int64_t rows, int64_t levels, int64_t median,
                                           int64_t n) {
    rm_each("quantiles_backward", rows * n, [=] __device__(int64_t i) {
        int64_t first = i / n * levels * n + i % n;
        float above = 0, below = 0;
        for (int64_t q = levels - 1; q > median; q--) {
            above += dy[first + q * n];
            d_o[first + q * n] = above * sigmoid(o[first + q * n]);
        }
        for (int64_t q = 0; q < median; q++) {
            below += dy[first + q * n];
            d_o[first + q * n] = -below * sigmoid(o[first + q * n]);
        }
        d_o[first + median * n] = dy[first + median * n] + above + below;
    });
}

struct levels_copy {
    double at[RIMER_LEVELS_MAX];
};

extern "C" void rm_cuda_pinball_forward(rm_real *dy, rm_tally *tally, const rm_real *y,
                                        const rm_real *target, const double *level,
                                        int64_t rows, int64_t levels, int64_t n) {
    levels_copy copy = {};
    double share = 1 / (double)levels;
    for (int64_t q = 0; q < levels && q < RIMER_LEVELS_MAX; q++)
        copy.at[q] = level[q];
    rm_total(
        "pinball_forward", rows * n,
        [=] __device__(int64_t i) {
            int64_t first = i / n * levels * n + i % n;
            double sum = 0;
            int known = target[i] == target[i];
            for (int64_t q = 0; q < levels; q++) {
                int64_t at = first + q * n;
                double error = (double)y[at] - (double)target[i];
                double up = 1 - copy.at[q], down = -copy.at[q];
                sum += known ? (error > 0 ? up : down) * error : 0;
                double slope = error > 0 ? up : error < 0 ? down : 0;
                dy[at] = (float)(known ? slope * share : 0);
            }
            return double2{sum, known ? 1.0 : 0.0};
        },
        [=] __device__(double2 all) {
            tally->sum += all.x * share;
            tally->count += (int64_t)all.y;
        });
}
