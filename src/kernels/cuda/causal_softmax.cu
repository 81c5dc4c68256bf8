/* Causal softmax attention, E13: a warp a token of a head. Lanes stand for 32 tokens while scores are
 * formed, and for 32 values while they are used. Nothing but peak and sum is kept, and every output
 * has one writer. */
#include "kernels/cuda/launch.cuh"

/* One head's vectors of one row; tokens are D apart. */
__device__ static inline float dot(const float *a, const float *b, int64_t n) {
    float sum = 0;
    for (int64_t i = 0; i < n; i++)
        sum += a[i] * b[i];
    return sum;
}

/* Where a warp is: token t of head h of row b. */
struct place {
    int64_t b, t, h, head, here;
};

__device__ static inline place place_of(int64_t i, int64_t T, int64_t H, int64_t N) {
    int64_t row = i / H, h = i % H, b = row / T;
    return {b, row % T, h, b * T * H * N + h * N, (row * H + h) * N};
}

extern "C" void rm_cuda_attention_forward(rm_real *y, rm_real *peak, rm_real *inverse,
                                          const rm_real *q, const rm_real *k, const rm_real *v,
                                          rm_real *scratch, int64_t B, int64_t T, int64_t H,
                                          int64_t N) {
    (void)scratch;
    int64_t D = H * N;
    float scale = 1 / sqrtf((float)N);
    rm_each_warp("attention_forward", B * T * H, [=] __device__(int64_t i, int lane) {
        place at = place_of(i, T, H, N);
        float most = -INFINITY, sum = 0;
        for (int64_t j = lane; j <= at.t; j += RM_WARP) {
            float score = scale * dot(q + at.here, k + at.head + j * D, N);
            float higher = fmaxf(most, score);
            sum = sum * expf(most - higher) + expf(score - higher);
            most = higher;
        }
        float all = rm_warp_max(most);
        sum = rm_warp_sum(most == -INFINITY ? 0 : sum * expf(most - all));
        if (lane == 0) {
            peak[i] = all;
            inverse[i] = 1 / sum;
        }
        for (int64_t first = 0; first < N; first += RM_WARP) {
            int64_t n = first + lane;
            float out = 0;
            for (int64_t tile = 0; tile <= at.t; tile += RM_WARP) {
                int64_t j = tile + lane;
                float p = 0;
                if (j <= at.t)
                    p = expf(scale * dot(q + at.here, k + at.head + j * D, N) - all) / sum;
                for (int from = 0; from < RM_WARP; from++) {
                    float weight = __shfl_sync(RM_ALL_LANES, p, from);
                    if (n < N && tile + from <= at.t)
                        out += weight * v[at.head + (tile + from) * D + n];
                }
            }
            if (n < N)
                y[at.here + n] = out;
        }
    });
}

struct attention {
    const float *dy, *y, *peak, *inverse, *q, *k, *v;
    float scale;
    int64_t T, H, N;
};

/* The probability of token j (at `there`) in token t's softmax (at `here`), and in *d the gradient of
 * its score: with d_j = dy_t . v_j it is p_j (d_j - sum_i p_i d_i), and the sum is dy_t . y_t. */
__device__ static inline float score_gradient(const attention &a, int64_t t_head, int64_t here,
                                              int64_t there, float *d) {
    float score = a.scale * dot(a.q + here, a.k + there, a.N);
    float p = expf(score - a.peak[t_head]) * a.inverse[t_head];
    float mean = dot(a.dy + here, a.y + here, a.N);
    *d = a.scale * p * (dot(a.dy + here, a.v + there, a.N) - mean);
    return p;
}

static void queries_backward(float *dq, attention a, int64_t B) {
    rm_each_warp("attention_backward", B * a.T * a.H, [=] __device__(int64_t i, int lane) {
        place at = place_of(i, a.T, a.H, a.N);
        int64_t D = a.H * a.N;
        for (int64_t first = 0; first < a.N; first += RM_WARP) {
            int64_t n = first + lane;
            float out = 0;
            for (int64_t tile = 0; tile <= at.t; tile += RM_WARP) {
                float d = 0;
                if (tile + lane <= at.t)
                    score_gradient(a, i, at.here, at.head + (tile + lane) * D, &d);
                for (int from = 0; from < RM_WARP; from++) {
                    float weight = __shfl_sync(RM_ALL_LANES, d, from);
                    if (n < a.N && tile + from <= at.t)
                        out += weight * a.k[at.head + (tile + from) * D + n];
                }
            }
            if (n < a.N)
                dq[at.here + n] = out;
        }
    });
}

/* A key's and a value's gradients come from the tokens that read it: itself and those behind. */
static void keys_backward(float *dk, float *dv, attention a, int64_t B) {
    rm_each_warp("attention_backward", B * a.T * a.H, [=] __device__(int64_t i, int lane) {
        place at = place_of(i, a.T, a.H, a.N);
        int64_t D = a.H * a.N;
        for (int64_t first = 0; first < a.N; first += RM_WARP) {
            int64_t n = first + lane;
            float key = 0, value = 0;
            for (int64_t tile = at.t; tile < a.T; tile += RM_WARP) {
                float d = 0, p = 0;
                int64_t t = tile + lane;
                if (t < a.T)
                    p = score_gradient(a, (at.b * a.T + t) * a.H + at.h, at.head + t * D,
                                       at.here, &d);
                for (int from = 0; from < RM_WARP; from++) {
                    float of_d = __shfl_sync(RM_ALL_LANES, d, from);
                    float of_p = __shfl_sync(RM_ALL_LANES, p, from);
                    int64_t reader = at.head + (tile + from) * D + n;
                    if (n < a.N && tile + from < a.T) {
                        key += of_d * a.q[reader];
                        value += of_p * a.dy[reader];
                    }
                }
            }
            if (n < a.N) {
                dk[at.here + n] = key;
                dv[at.here + n] = value;
            }
        }
    });
}

extern "C" void rm_cuda_attention_backward(rm_real *dq, rm_real *dk, rm_real *dv,
                                           const rm_real *dy, const rm_real *y,
                                           const rm_real *peak, const rm_real *inverse,
                                           const rm_real *q, const rm_real *k, const rm_real *v,
                                           rm_real *scratch, int64_t B, int64_t T, int64_t H,
                                           int64_t N) {
    (void)scratch;
    attention a = {dy, y, peak, inverse, q, k, v, 1 / sqrtf((float)N), T, H, N};
    queries_backward(dq, a, B);
    keys_backward(dk, dv, a, B);
}
