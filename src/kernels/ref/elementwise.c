/* Kernels that go once over their data: memory, activations, biases. */
#include "kernels/ref/variant.h"
#include "kernels/ref/vmath.h"

#define DECAY_SCALE ((rm_real)0.6065306597126334) /* exp(-1/2), E5 */

void RM_KERNEL(fill)(rm_real *x, rm_real value, int64_t n) {
    for (int64_t i = 0; i < n; i++)
        x[i] = value;
}

void RM_KERNEL(copy)(rm_real *restrict to, const rm_real *restrict from, int64_t n) {
    memcpy(to, from, (size_t)n * sizeof *to);
}

void RM_KERNEL(add)(rm_real *restrict to, const rm_real *restrict from, int64_t n) {
    for (int64_t i = 0; i < n; i++)
        to[i] += from[i];
}

void RM_KERNEL(copy_rows)(rm_real *to, int64_t ldto, const rm_real *from, int64_t ldfrom,
                          int64_t rows, int64_t n) {
    for (int64_t row = 0; row < rows; row++)
        memcpy(to + row * ldto, from + row * ldfrom, (size_t)n * sizeof *to);
}

void RM_KERNEL(copy_rows_between)(rm_real *to, int64_t to_at, int64_t ldto, const rm_real *from,
                                  int64_t from_at, int64_t ldfrom, int64_t rows, int64_t n) {
    RM_KERNEL(copy_rows)(to + to_at, ldto, from + from_at, ldfrom, rows, n);
}

void RM_KERNEL(move_on)(rm_real *history, const rm_real *from, int64_t ldfrom, int64_t rows,
                        int64_t width, int64_t kept) {
    for (int64_t row = 0; row < rows; row++, history += width) {
        memmove(history, history + kept, (size_t)(width - kept) * sizeof *history);
        if (from)
            memcpy(history + width - kept, from + row * ldfrom, (size_t)kept * sizeof *history);
        else
            memset(history + width - kept, 0, (size_t)kept * sizeof *history);
    }
}

void RM_KERNEL(sum_squares)(double *total, const rm_real *x, int64_t n) {
    double sum = 0;
#pragma omp simd reduction(+ : sum)
    for (int64_t i = 0; i < n; i++)
        sum += (double)x[i] * (double)x[i];
    *total = sum;
}

void RM_KERNEL(last_token)(rm_real *restrict last, const rm_real *restrict x, int64_t B,
                           int64_t T, int64_t D) {
    for (int64_t b = 0; b < B; b++)
        memcpy(last + b * D, x + (b * T + T - 1) * D, (size_t)D * sizeof *x);
}

void RM_KERNEL(bias_forward)(rm_real *restrict y, const rm_real *restrict bias, int64_t rows,
                             int64_t width) {
    for (int64_t row = 0; row < rows; row++)
        for (int64_t i = 0; i < width; i++)
            y[row * width + i] += bias[i];
}

void RM_KERNEL(bias_backward)(rm_real *restrict dbias, const rm_real *restrict dy, int64_t rows,
                              int64_t width) {
    enum { STRETCH = 64 }; /* columns at a time, summed in registers */
    for (int64_t from = 0; from < width; from += STRETCH) {
        int64_t n = width - from < STRETCH ? width - from : STRETCH;
        rm_real sum[STRETCH] = {0};
        for (int64_t row = 0; row < rows; row++) {
            const rm_real *d = dy + row * width + from;
            if (n == STRETCH)
                for (int i = 0; i < STRETCH; i++)
                    sum[i] += d[i];
            else
                for (int64_t i = 0; i < n; i++)
                    sum[i] += d[i];
        }
        for (int64_t i = 0; i < n; i++)
            dbias[from + i] += sum[i];
    }
}

void RM_KERNEL(tanh_forward)(rm_real *y, const rm_real *x, int64_t n) {
#pragma omp simd
    for (int64_t i = 0; i < n; i++)
        y[i] = rm_tanh(x[i]);
}

void RM_KERNEL(tanh_backward)(rm_real *dx, const rm_real *dy, const rm_real *y, int64_t n) {
#pragma omp simd
    for (int64_t i = 0; i < n; i++)
        dx[i] = dy[i] * (1 - y[i] * y[i]);
}

void RM_KERNEL(sigmoid_forward)(rm_real *y, const rm_real *x, const rm_real *bias, int64_t rows,
                                int64_t width) {
    for (int64_t row = 0; row < rows; row++, x += width, y += width)
#pragma omp simd
        for (int64_t i = 0; i < width; i++)
            y[i] = rm_sigmoid(x[i] + (bias ? bias[i] : 0));
}

void RM_KERNEL(sigmoid_backward)(rm_real *dx, rm_real *dbias, const rm_real *dy,
                                 const rm_real *y, int64_t rows, int64_t width) {
#pragma omp simd
    for (int64_t i = 0; i < rows * width; i++)
        dx[i] = dy[i] * y[i] * (1 - y[i]);
    if (dbias)
        RM_KERNEL(bias_backward)(dbias, dx, rows, width);
}

void RM_KERNEL(decay_forward)(rm_real *decay, rm_real *gate, const rm_real *x,
                              const rm_real *bias, int64_t rows, int64_t width) {
    for (int64_t row = 0; row < rows; row++, x += width, gate += width, decay += width)
#pragma omp simd
        for (int64_t i = 0; i < width; i++) {
            rm_real g = rm_sigmoid(x[i] + bias[i]);
            gate[i] = g;
            decay[i] = rm_exp(-DECAY_SCALE * g);
        }
}

void RM_KERNEL(decay_backward)(rm_real *dx, rm_real *dbias, const rm_real *ddecay,
                               const rm_real *decay, const rm_real *gate, int64_t rows,
                               int64_t width) {
#pragma omp simd
    for (int64_t i = 0; i < rows * width; i++)
        dx[i] = -DECAY_SCALE * ddecay[i] * decay[i] * gate[i] * (1 - gate[i]);
    RM_KERNEL(bias_backward)(dbias, dx, rows, width);
}

void RM_KERNEL(square_relu_forward)(rm_real *restrict y, const rm_real *restrict x, int64_t n) {
    for (int64_t i = 0; i < n; i++) {
        rm_real positive = x[i] > 0 ? x[i] : 0;
        y[i] = positive * positive;
    }
}

void RM_KERNEL(square_relu_backward)(rm_real *dx, const rm_real *dy, const rm_real *x,
                                     int64_t n) {
#pragma omp simd
    for (int64_t i = 0; i < n; i++)
        dx[i] = x[i] > 0 ? 2 * x[i] * dy[i] : 0;
}

/* The output of SplitMix64 for this state. */
static uint64_t mix(uint64_t z) {
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
    z = (z ^ z >> 27) * 0x94D049BB133111EBu;
    return z ^ z >> 31;
}

/* Random bits must cost less than what they are for: a hash of 32 bits, which becomes vectors,
 * of the column and the row's 64 bits. */
void RM_KERNEL(dropout)(rm_real *y, const rm_real *x, const uint64_t *key, uint64_t place,
                        int64_t first, double share, int64_t rows, int64_t width) {
    rm_real scale = (rm_real)(1 / (1 - share));
    uint32_t limit = (uint32_t)(share * 0x1p32);
    for (int64_t row = 0; row < rows; row++, x += width, y += width) {
        uint64_t bits = mix(*key + place + 0x9E3779B97F4A7C15u * (uint64_t)(first + row + 1));
        uint32_t low = (uint32_t)bits, high = (uint32_t)(bits >> 32);
#pragma omp simd
        for (int64_t i = 0; i < width; i++) {
            uint32_t h = ((uint32_t)i + low) * 0x9E3779B1u;
            h = (h ^ h >> 16 ^ high) * 0x21F0AAADu;
            h = (h ^ h >> 15) * 0xD35A2D97u;
            h ^= h >> 15;
            y[i] = h < limit ? 0 : x[i] * scale;
        }
    }
}

#define ROOT_HALF ((rm_real)0.70710678118654752)   /* 1 / sqrt(2) */
#define NORMAL_PEAK ((rm_real)0.39894228040143268) /* 1 / sqrt(2 pi) */

void RM_KERNEL(gelu_forward)(rm_real *restrict y, const rm_real *restrict x, int64_t n) {
#pragma omp simd
    for (int64_t i = 0; i < n; i++)
        y[i] = x[i] * (rm_real)0.5 * (1 + rm_erf(x[i] * ROOT_HALF));
}

void RM_KERNEL(gelu_backward)(rm_real *dx, const rm_real *dy, const rm_real *x, int64_t n) {
#pragma omp simd
    for (int64_t i = 0; i < n; i++) {
        rm_real below = (rm_real)0.5 * (1 + rm_erf(x[i] * ROOT_HALF));
        rm_real density = NORMAL_PEAK * rm_exp((rm_real)-0.5 * x[i] * x[i]);
        dx[i] = dy[i] * (below + x[i] * density);
    }
}

void RM_KERNEL(value_mix_forward)(rm_real *restrict y, const rm_real *restrict v,
                                  const rm_real *restrict first, const rm_real *restrict gate,
                                  int64_t n) {
    for (int64_t i = 0; i < n; i++)
        y[i] = v[i] + (first[i] - v[i]) * gate[i];
}

void RM_KERNEL(value_mix_backward)(rm_real *dv, rm_real *dfirst, rm_real *dgate,
                                   const rm_real *dy, const rm_real *v, const rm_real *first,
                                   const rm_real *gate, int64_t n) {
#pragma omp simd
    for (int64_t i = 0; i < n; i++) {
        rm_real d = dy[i];
        dgate[i] = d * (first[i] - v[i]);
        dfirst[i] += d * gate[i];
        dv[i] = d * (1 - gate[i]);
    }
}
