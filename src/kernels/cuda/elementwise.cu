/* Kernels that go once over their data: memory, activations, biases. */
#include "kernels/cuda/formats.cuh"
#include "kernels/cuda/launch.cuh"

#define DECAY_SCALE 0.6065306597126334f /* exp(-1/2), E5 */

extern "C" void rm_cuda_fill(rm_real *x, rm_real value, int64_t n) {
    rm_each("fill", n, [=] __device__(int64_t i) { x[i] = value; });
}

extern "C" void rm_cuda_copy(rm_real *to, const rm_real *from, int64_t n) {
    rm_each("copy", n, [=] __device__(int64_t i) { to[i] = from[i]; });
}

extern "C" void rm_cuda_add(rm_real *to, const rm_real *from, int64_t n) {
    rm_each("add", n, [=] __device__(int64_t i) { to[i] += from[i]; });
}

extern "C" void rm_cuda_copy_rows(rm_real *to, int64_t ldto, const rm_real *from,
                                  int64_t ldfrom, int64_t rows, int64_t n) {
    rm_each("copy_rows", rows * n, [=] __device__(int64_t i) {
        int64_t row = i / n, column = i % n;
        to[row * ldto + column] = from[row * ldfrom + column];
    });
}

template <class F>
static void copy_rows_between(rm_real *to_floats, int64_t to_at, int64_t ldto,
                              const rm_real *from_floats, int64_t from_at, int64_t ldfrom,
                              int64_t rows, int64_t n) {
    typename F::value *to = (typename F::value *)to_floats + to_at;
    const typename F::value *from = (const typename F::value *)from_floats + from_at;
    rm_each("copy_rows_between", rows * n, [=] __device__(int64_t i) {
        int64_t row = i / n, column = i % n;
        to[row * ldto + column] = from[row * ldfrom + column];
    });
}

extern "C" void rm_cuda_copy_rows_between(rm_real *to, int64_t to_at, int64_t ldto,
                                          const rm_real *from, int64_t from_at, int64_t ldfrom,
                                          int64_t rows, int64_t n) {
    copy_rows_between<rm_wide>(to, to_at, ldto, from, from_at, ldfrom, rows, n);
}

/* A block a row, from the left: a stretch is read by all before any of it is written, and what is
 * read later lies to the right of all that is written. */
__global__ void move_on_kernel(float *history, const float *from, int64_t ldfrom, int64_t width,
                               int64_t kept) {
    float *row = history + blockIdx.x * width;
    for (int64_t first = 0; first < width; first += blockDim.x) {
        int64_t i = first + threadIdx.x;
        float value = 0;
        if (i < width - kept)
            value = row[i + kept];
        else if (i < width && from)
            value = from[blockIdx.x * ldfrom + i - (width - kept)];
        __syncthreads();
        if (i < width)
            row[i] = value;
    }
}

extern "C" void rm_cuda_move_on(rm_real *history, const rm_real *from, int64_t ldfrom,
                                int64_t rows, int64_t width, int64_t kept) {
    rm_launch("move_on", move_on_kernel, (unsigned)rows, RM_THREADS, 0, history, from, ldfrom,
              width, kept);
}

extern "C" void rm_cuda_sum_squares(double *sum, const rm_real *x, int64_t n) {
    rm_total(
        "sum_squares", n,
        [=] __device__(int64_t i) {
            double value = x[i];
            return double2{value * value, 0};
        },
        [=] __device__(double2 all) { *sum = all.x; });
}

extern "C" void rm_cuda_last_token(rm_real *last, const rm_real *x, int64_t B, int64_t T,
                                   int64_t D) {
    rm_each("last_token", B * D,
            [=] __device__(int64_t i) { last[i] = x[(i / D * T + T - 1) * D + i % D]; });
}

extern "C" void rm_cuda_bias_forward(rm_real *y, const rm_real *bias, int64_t rows,
                                     int64_t width) {
    rm_each("bias_forward", rows * width,
            [=] __device__(int64_t i) { y[i] += bias[i % width]; });
}

extern "C" void rm_cuda_bias_backward(rm_real *dbias, const rm_real *dy, int64_t rows,
                                      int64_t width) {
    rm_add_columns<1>("bias_backward", {{dbias}}, rows, width,
                      [=] __device__(int64_t row, int64_t column, float *value) {
                          value[0] = dy[row * width + column];
                      });
}

extern "C" void rm_cuda_tanh_forward(rm_real *y, const rm_real *x, int64_t n) {
    rm_each("tanh_forward", n, [=] __device__(int64_t i) { y[i] = tanhf(x[i]); });
}

extern "C" void rm_cuda_tanh_backward(rm_real *dx, const rm_real *dy, const rm_real *y,
                                      int64_t n) {
    rm_each("tanh_backward", n,
            [=] __device__(int64_t i) { dx[i] = dy[i] * (1 - y[i] * y[i]); });
}

__device__ static inline float sigmoid(float x) {
    return 1 / (1 + expf(-x));
}

extern "C" void rm_cuda_sigmoid_forward(rm_real *y, const rm_real *x, const rm_real *bias,
                                        int64_t rows, int64_t width) {
    rm_each("sigmoid_forward", rows * width,
            [=] __device__(int64_t i) { y[i] = sigmoid(x[i] + (bias ? bias[i % width] : 0)); });
}

extern "C" void rm_cuda_sigmoid_backward(rm_real *dx, rm_real *dbias, const rm_real *dy,
                                         const rm_real *y, int64_t rows, int64_t width) {
    rm_each("sigmoid_backward", rows * width,
            [=] __device__(int64_t i) { dx[i] = dy[i] * y[i] * (1 - y[i]); });
    if (dbias)
        rm_cuda_bias_backward(dbias, dx, rows, width);
}

template <class F>
static void decay_forward(rm_real *decay_at, rm_real *gate, const rm_real *x,
                          const rm_real *bias, int64_t rows, int64_t width) {
    typename F::decay *decay = (typename F::decay *)decay_at;
    rm_each("decay_forward", rows * width, [=] __device__(int64_t i) {
        float g = sigmoid(x[i] + bias[i % width]);
        gate[i] = g;
        rm_put(&decay[i], expf(-DECAY_SCALE * g));
    });
}

extern "C" void rm_cuda_decay_forward(rm_real *decay, rm_real *gate, const rm_real *x,
                                      const rm_real *bias, int64_t rows, int64_t width) {
    decay_forward<rm_wide>(decay, gate, x, bias, rows, width);
}

template <class F>
static void decay_backward(rm_real *dx, rm_real *dbias, const rm_real *ddecay,
                           const rm_real *decay_at, const rm_real *gate, int64_t rows,
                           int64_t width) {
    const typename F::decay *decay = (const typename F::decay *)decay_at;
    rm_each("decay_backward", rows * width, [=] __device__(int64_t i) {
        dx[i] = -DECAY_SCALE * ddecay[i] * rm_get(decay[i]) * gate[i] * (1 - gate[i]);
    });
    rm_cuda_bias_backward(dbias, dx, rows, width);
}

extern "C" void rm_cuda_decay_backward(rm_real *dx, rm_real *dbias, const rm_real *ddecay,
                                       const rm_real *decay, const rm_real *gate, int64_t rows,
                                       int64_t width) {
    decay_backward<rm_wide>(dx, dbias, ddecay, decay, gate, rows, width);
}

void rm_cuda_halve_elementwise(rm_kernels *table) {
    table->copy_rows_between = copy_rows_between<rm_half>;
    table->decay_forward = decay_forward<rm_half>;
    table->decay_backward = decay_backward<rm_half>;
}

extern "C" void rm_cuda_square_relu_forward(rm_real *y, const rm_real *x, int64_t n) {
    rm_each("square_relu_forward", n, [=] __device__(int64_t i) {
        float positive = x[i] > 0 ? x[i] : 0;
        y[i] = positive * positive;
    });
}

extern "C" void rm_cuda_square_relu_backward(rm_real *dx, const rm_real *dy, const rm_real *x,
                                             int64_t n) {
    rm_each("square_relu_backward", n,
            [=] __device__(int64_t i) { dx[i] = x[i] > 0 ? 2 * x[i] * dy[i] : 0; });
}

/* The output of SplitMix64 for this state. */
__device__ static inline uint64_t mix(uint64_t z) {
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
    z = (z ^ z >> 27) * 0x94D049BB133111EBu;
    return z ^ z >> 31;
}

/* The same draws as on the processor, bit for bit. */
extern "C" void rm_cuda_dropout(rm_real *y, const rm_real *x, const uint64_t *key,
                                uint64_t place, int64_t first, double share, int64_t rows,
                                int64_t width) {
    float scale = (float)(1 / (1 - share));
    uint32_t limit = (uint32_t)(share * 0x1p32);
    rm_each("dropout", rows * width, [=] __device__(int64_t i) {
        uint64_t bits =
            mix(*key + place + 0x9E3779B97F4A7C15u * (uint64_t)(first + i / width + 1));
        uint32_t low = (uint32_t)bits, high = (uint32_t)(bits >> 32);
        uint32_t h = ((uint32_t)(i % width) + low) * 0x9E3779B1u;
        h = (h ^ h >> 16 ^ high) * 0x21F0AAADu;
        h = (h ^ h >> 15) * 0xD35A2D97u;
        h ^= h >> 15;
        y[i] = h < limit ? 0 : x[i] * scale;
    });
}

#define ROOT_HALF 0.70710678118654752f   /* 1 / sqrt(2) */
#define NORMAL_PEAK 0.39894228040143268f /* 1 / sqrt(2 pi) */

extern "C" void rm_cuda_gelu_forward(rm_real *y, const rm_real *x, int64_t n) {
    rm_each("gelu_forward", n,
            [=] __device__(int64_t i) { y[i] = x[i] * 0.5f * (1 + erff(x[i] * ROOT_HALF)); });
}

extern "C" void rm_cuda_gelu_backward(rm_real *dx, const rm_real *dy, const rm_real *x,
                                      int64_t n) {
    rm_each("gelu_backward", n, [=] __device__(int64_t i) {
        float below = 0.5f * (1 + erff(x[i] * ROOT_HALF));
        float density = NORMAL_PEAK * expf(-0.5f * x[i] * x[i]);
        dx[i] = dy[i] * (below + x[i] * density);
    });
}

extern "C" void rm_cuda_value_mix_forward(rm_real *y, const rm_real *v, const rm_real *first,
                                          const rm_real *gate, int64_t n) {
    rm_each("value_mix_forward", n,
            [=] __device__(int64_t i) { y[i] = v[i] + (first[i] - v[i]) * gate[i]; });
}

extern "C" void rm_cuda_value_mix_backward(rm_real *dv, rm_real *dfirst, rm_real *dgate,
                                           const rm_real *dy, const rm_real *v,
                                           const rm_real *first, const rm_real *gate,
                                           int64_t n) {
    rm_each("value_mix_backward", n, [=] __device__(int64_t i) {
        float d = dy[i];
        dgate[i] = d * (first[i] - v[i]);
        dfirst[i] += d * gate[i];
        dv[i] = d * (1 - gate[i]);
    });
}
