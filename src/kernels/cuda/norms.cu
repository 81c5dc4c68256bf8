/* Layer norm and token shift. */
#include "kernels/cuda/launch.cuh"

/* A warp a row; two passes, so that a large mean costs no digits. */
extern "C" void rm_cuda_layer_norm_forward(rm_real *y, rm_real *mean, rm_real *rstd,
                                           const rm_real *x, const rm_real *weight,
                                           const rm_real *bias, int64_t rows, int64_t width,
                                           double eps) {
    rm_each_warp("layer_norm_forward", rows, [=] __device__(int64_t row, int lane) {
        const float *from = x + row * width;
        float sum = 0, squares = 0;
        for (int64_t i = lane; i < width; i += RM_WARP)
            sum += from[i];
        float m = rm_warp_sum(sum) / (float)width;
        for (int64_t i = lane; i < width; i += RM_WARP)
            squares += (from[i] - m) * (from[i] - m);
        float s = 1 / sqrtf(rm_warp_sum(squares) / (float)width + (float)eps);
        for (int64_t i = lane; i < width; i += RM_WARP)
            y[row * width + i] = (from[i] - m) * s * weight[i] + bias[i];
        if (lane == 0) {
            mean[row] = m;
            rstd[row] = s;
        }
    });
}

extern "C" void rm_cuda_layer_norm_backward(rm_real *dx, rm_real *dweight, rm_real *dbias,
                                            const rm_real *dy, const rm_real *x,
                                            const rm_real *weight, const rm_real *mean,
                                            const rm_real *rstd, int64_t rows, int64_t width) {
    rm_add_columns<2>("layer_norm_backward", {{dweight, dbias}}, rows, width,
                      [=] __device__(int64_t row, int64_t column, float *value) {
                          float d = dy[row * width + column];
                          value[0] = d * (x[row * width + column] - mean[row]) * rstd[row];
                          value[1] = d;
                      });
    rm_each_warp("layer_norm_backward", rows, [=] __device__(int64_t row, int lane) {
        const float *d = dy + row * width, *from = x + row * width;
        float m = mean[row], s = rstd[row], g = 0, gx = 0;
        for (int64_t i = lane; i < width; i += RM_WARP) {
            g += d[i] * weight[i];
            gx += d[i] * weight[i] * (from[i] - m) * s;
        }
        g = rm_warp_sum(g) / (float)width;
        gx = rm_warp_sum(gx) / (float)width;
        for (int64_t i = lane; i < width; i += RM_WARP)
            dx[row * width + i] += s * (d[i] * weight[i] - g - (from[i] - m) * s * gx);
    });
}

/* Lists of pointers go to a kernel by value. */
#define MIXES 6
typedef struct mixes {
    float *y[MIXES];
    const float *mix[MIXES];
} mixes;

static mixes mixes_of(float *const *y, const float *const *mix, int64_t n) {
    mixes all = {};
    for (int64_t k = 0; k < n; k++) {
        all.y[k] = y[k];
        all.mix[k] = mix[k];
    }
    return all;
}

/* The token before the one at i of [B][T][D]. */
__device__ static inline float before(const float *x, const float *shift, int64_t i, int64_t T,
                                      int64_t D) {
    int64_t row = i / D;
    if (row % T)
        return x[i - D];
    return shift ? shift[row / T * D + i % D] : 0;
}

static void mix_forward(mixes all, const float *x, const float *shift, int64_t n, int64_t B,
                        int64_t T, int64_t D) {
    rm_each("shift_mix_forward", B * T * D, [=] __device__(int64_t i) {
        float now = x[i], change = before(x, shift, i, T, D) - now;
        for (int64_t k = 0; k < n; k++)
            all.y[k][i] = now + change * all.mix[k][i % D];
    });
}

extern "C" void rm_cuda_shift_mix_forward(rm_real *const *y, const rm_real *x,
                                          const rm_real *shift, const rm_real *const *mix,
                                          int64_t n, int64_t B, int64_t T, int64_t D) {
    for (int64_t k = 0; k < n; k += MIXES) {
        int64_t some = n - k < MIXES ? n - k : MIXES;
        mix_forward(mixes_of(y + k, mix + k, some), x, shift, some, B, T, D);
    }
}

/* What a token's mixed copies send to itself, and those of the next one to it. */
static void unmix(float *dx, float *dshift, mixes all, int add, int64_t n, int64_t B, int64_t T,
                  int64_t D) {
    rm_each("shift_mix_backward", B * T * D, [=] __device__(int64_t i) {
        int64_t t = i / D % T;
        float sum = add ? dx[i] : 0;
        for (int64_t k = 0; k < n; k++) {
            float m = all.mix[k][i % D];
            sum += all.y[k][i] * (1 - m);
            if (t + 1 < T)
                sum += all.y[k][i + D] * m;
        }
        dx[i] = sum;
        if (t == 0 && dshift) {
            float back = add ? dshift[i / D / T * D + i % D] : 0;
            for (int64_t k = 0; k < n; k++)
                back += all.y[k][i] * all.mix[k][i % D];
            dshift[i / D / T * D + i % D] = back;
        }
    });
}

extern "C" void rm_cuda_shift_mix_backward(rm_real *dx, rm_real *const *dmix, rm_real *dshift,
                                           rm_real *const *dy, const rm_real *x,
                                           const rm_real *shift, const rm_real *const *mix,
                                           int64_t n, int64_t B, int64_t T, int64_t D) {
    for (int64_t k = 0; k < n; k += MIXES) {
        int64_t some = n - k < MIXES ? n - k : MIXES;
        unmix(dx, dshift, mixes_of(dy + k, mix + k, some), k > 0, some, B, T, D);
    }
    for (int64_t k = 0; k < n; k++) {
        const float *d = dy[k];
        rm_add_columns<1>("shift_mix_backward", {{dmix[k]}}, B * T, D,
                          [=] __device__(int64_t row, int64_t column, float *value) {
                              int64_t i = row * D + column;
                              value[0] = d[i] * (before(x, shift, i, T, D) - x[i]);
                          });
    }
}
