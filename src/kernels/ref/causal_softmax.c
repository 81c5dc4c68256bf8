/* Causal softmax attention. A token reads itself and those before, so half of the products of the
 * square are never formed; at the few tokens of a context plain loops over a head do better than a
 * matrix product each. Probabilities are formed again in backward: memory is linear in T. */
#include "kernels/ref/variant.h"
#include "kernels/ref/vmath.h"

#define INLINE static inline __attribute__((always_inline))

INLINE rm_real dot(const rm_real *restrict a, const rm_real *restrict b, int64_t n) {
    rm_real sum = 0;
#pragma omp simd reduction(+ : sum)
    for (int64_t i = 0; i < n; i++)
        sum += a[i] * b[i];
    return sum;
}

INLINE void add_scaled(rm_real *restrict y, rm_real factor, const rm_real *restrict x,
                       int64_t n) {
    for (int64_t i = 0; i < n; i++)
        y[i] += factor * x[i];
}

/* scores[j] = q . k_j / sqrt(N) for the first n keys, D apart. */
INLINE void score(rm_real *restrict scores, const rm_real *restrict q,
                  const rm_real *restrict k, int64_t n, int64_t D, int64_t N) {
    rm_real scale = 1 / rm_sqrt((rm_real)N);
    for (int64_t j = 0; j < n; j++)
        scores[j] = scale * dot(q, k + j * D, N);
}

INLINE void weigh(rm_real *restrict weights, rm_real peak, int64_t n) {
#pragma omp simd
    for (int64_t j = 0; j < n; j++)
        weights[j] = rm_exp(weights[j] - peak);
}

INLINE void attention_forward(rm_real *restrict y, rm_real *restrict peak,
                              rm_real *restrict inverse, const rm_real *restrict q,
                              const rm_real *restrict k, const rm_real *restrict v,
                              rm_real *restrict row, int64_t B, int64_t T, int64_t H,
                              int64_t N) {
    int64_t D = H * N;
    for (int64_t b = 0; b < B; b++)
        for (int64_t h = 0; h < H; h++) {
            int64_t first = b * T * D + h * N;
            for (int64_t t = 0; t < T; t++) {
                int64_t at = (b * T + t) * H + h;
                rm_real *out = y + first + t * D, most, sum = 0;
                score(row, q + first + t * D, k + first, t + 1, D, N);
                most = row[0];
                for (int64_t j = 1; j <= t; j++)
                    most = row[j] > most ? row[j] : most;
                weigh(row, most, t + 1);
                for (int64_t j = 0; j <= t; j++)
                    sum += row[j];
                peak[at] = most;
                inverse[at] = 1 / sum;
                for (int64_t i = 0; i < N; i++)
                    out[i] = 0;
                for (int64_t j = 0; j <= t; j++)
                    add_scaled(out, row[j] / sum, v + first + j * D, N);
            }
        }
}

void RM_KERNEL(attention_forward)(rm_real *y, rm_real *peak, rm_real *inverse, const rm_real *q,
                                  const rm_real *k, const rm_real *v, rm_real *scratch,
                                  int64_t B, int64_t T, int64_t H, int64_t N){
#define CALL_ATTENTION_FORWARD(SIZE) \
    attention_forward(y, peak, inverse, q, k, v, scratch, B, T, H, SIZE)
    RM_FOR_HEAD_SIZE(N, CALL_ATTENTION_FORWARD)}

/* With p the probabilities of token t and d_j = dy_t . v_j their gradients, that of score j is
 * p_j (d_j - sum_i p_i d_i), and the sum is dy_t . y_t. */
INLINE void attention_backward(rm_real *restrict dq, rm_real *restrict dk, rm_real *restrict dv,
                               const rm_real *restrict dy, const rm_real *restrict y,
                               const rm_real *restrict peak, const rm_real *restrict inverse,
                               const rm_real *restrict q, const rm_real *restrict k,
                               const rm_real *restrict v, rm_real *restrict row, int64_t B,
                               int64_t T, int64_t H, int64_t N) {
    int64_t D = H * N;
    rm_real scale = 1 / rm_sqrt((rm_real)N);
    for (int64_t i = 0; i < B * T * D; i++)
        dq[i] = dk[i] = dv[i] = 0;
    for (int64_t b = 0; b < B; b++)
        for (int64_t h = 0; h < H; h++) {
            int64_t first = b * T * D + h * N;
            for (int64_t t = 0; t < T; t++) {
                int64_t at = (b * T + t) * H + h, here = first + t * D;
                rm_real mean = dot(dy + here, y + here, N);
                score(row, q + here, k + first, t + 1, D, N);
                weigh(row, peak[at], t + 1);
                for (int64_t j = 0; j <= t; j++) {
                    int64_t there = first + j * D;
                    rm_real p = row[j] * inverse[at];
                    rm_real d = scale * p * (dot(dy + here, v + there, N) - mean);
                    add_scaled(dv + there, p, dy + here, N);
                    add_scaled(dk + there, d, q + here, N);
                    add_scaled(dq + here, d, k + there, N);
                }
            }
        }
}

void RM_KERNEL(attention_backward)(rm_real *dq, rm_real *dk, rm_real *dv, const rm_real *dy,
                                   const rm_real *y, const rm_real *peak,
                                   const rm_real *inverse, const rm_real *q, const rm_real *k,
                                   const rm_real *v, rm_real *scratch, int64_t B, int64_t T,
                                   int64_t H, int64_t N) {
#define CALL_ATTENTION_BACKWARD(SIZE) \
    attention_backward(dq, dk, dv, dy, y, peak, inverse, q, k, v, scratch, B, T, H, SIZE)
    RM_FOR_HEAD_SIZE(N, CALL_ATTENTION_BACKWARD)
}
