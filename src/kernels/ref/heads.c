/* The two kernels that work head by head, around the recurrence. */
#include "kernels/ref/moments.h"
#include "kernels/ref/variant.h"

#define KEY_CLAMP ((rm_real)1e-12)
#define KEY_ADD ((rm_real)1e-6)

#define INLINE static inline __attribute__((always_inline))

INLINE void keys_forward(rm_real *restrict alpha, rm_real *restrict beta,
                         rm_real *restrict replace, rm_real *restrict inverse,
                         const rm_real *restrict k, const rm_real *restrict rate,
                         const rm_real *restrict k_k, const rm_real *restrict k_a, int mode,
                         int64_t rows, int64_t H, int64_t N) {
    for (int64_t row = 0; row < rows; row++)
        for (int64_t h = 0; h < H; h++) {
            int64_t at = (row * H + h) * N;
            const rm_real *scale = k_k + h * N, *mix = k_a + h * N;
            rm_real squares = 0;
#pragma omp simd reduction(+ : squares)
            for (int64_t i = 0; i < N; i++)
                squares += (k[at + i] * scale[i]) * (k[at + i] * scale[i]);
            rm_real norm = rm_sqrt(squares), factor;
            if (mode == RM_KEY_ADD)
                inverse[row * H + h] = factor = 1 / rm_sqrt(squares + KEY_ADD);
            else {
                factor = 1 / (norm > KEY_CLAMP ? norm : KEY_CLAMP);
                inverse[row * H + h] = norm > KEY_CLAMP ? factor : 0;
            }
            for (int64_t i = 0; i < N; i++) {
                rm_real kappa = k[at + i] * scale[i] * factor, a = rate[at + i];
                alpha[at + i] = -kappa;
                beta[at + i] = a * kappa;
                replace[at + i] = k[at + i] * (1 + (a - 1) * mix[i]);
            }
        }
}

void RM_KERNEL(keys_forward)(rm_real *alpha, rm_real *beta, rm_real *replace, rm_real *inverse,
                             const rm_real *k, const rm_real *rate, const rm_real *k_k,
                             const rm_real *k_a, int mode, int64_t rows, int64_t H, int64_t N){
#define CALL_KEYS_FORWARD(SIZE) \
    keys_forward(alpha, beta, replace, inverse, k, rate, k_k, k_a, mode, rows, H, SIZE)
    RM_FOR_HEAD_SIZE(N, CALL_KEYS_FORWARD)}

/* kappa = z * inverse: dz = inverse * (dkappa - kappa (kappa . dkappa)), for both ways to take
 * the norm; a clamped norm has inverse 0, so its gradient is 0 and never infinite. */
INLINE void keys_backward(rm_real *restrict dk, rm_real *restrict drate, rm_real *restrict dk_k,
                          rm_real *restrict dk_a, const rm_real *restrict dalpha,
                          const rm_real *restrict dbeta, const rm_real *restrict dreplace,
                          const rm_real *restrict k, const rm_real *restrict rate,
                          const rm_real *restrict alpha, const rm_real *restrict inverse,
                          const rm_real *restrict k_k, const rm_real *restrict k_a,
                          int64_t rows, int64_t H, int64_t N) {
    for (int64_t row = 0; row < rows; row++)
        for (int64_t h = 0; h < H; h++) {
            int64_t at = (row * H + h) * N;
            const rm_real *scale = k_k + h * N, *mix = k_a + h * N;
            rm_real along = 0;
#pragma omp simd reduction(+ : along)
            for (int64_t i = 0; i < N; i++)
                along -= alpha[at + i] * (dbeta[at + i] * rate[at + i] - dalpha[at + i]);
            for (int64_t i = 0; i < N; i++) {
                rm_real kappa = -alpha[at + i], a = rate[at + i], key = k[at + i];
                rm_real dkappa = dbeta[at + i] * a - dalpha[at + i];
                rm_real dz = inverse[row * H + h] * (dkappa - kappa * along);
                rm_real d = dreplace[at + i];
                drate[at + i] = dbeta[at + i] * kappa + d * key * mix[i];
                dk[at + i] = dz * scale[i] + d * (1 + (a - 1) * mix[i]);
                dk_k[h * N + i] += dz * key;
                dk_a[h * N + i] += d * key * (a - 1);
            }
        }
}

void RM_KERNEL(keys_backward)(rm_real *dk, rm_real *drate, rm_real *dk_k, rm_real *dk_a,
                              const rm_real *dalpha, const rm_real *dbeta,
                              const rm_real *dreplace, const rm_real *k, const rm_real *rate,
                              const rm_real *alpha, const rm_real *inverse, const rm_real *k_k,
                              const rm_real *k_a, int64_t rows, int64_t H, int64_t N){
#define CALL_KEYS_BACKWARD(SIZE)                                                           \
    keys_backward(dk, drate, dk_k, dk_a, dalpha, dbeta, dreplace, k, rate, alpha, inverse, \
                  k_k, k_a, rows, H, SIZE)
    RM_FOR_HEAD_SIZE(N, CALL_KEYS_BACKWARD)}

INLINE
    void head_mix_forward(rm_real *restrict out, rm_real *restrict mean, rm_real *restrict rstd,
                          const rm_real *restrict y, const rm_real *restrict r,
                          const rm_real *restrict k, const rm_real *restrict v,
                          const rm_real *restrict gate, const rm_real *restrict weight,
                          const rm_real *restrict bias, const rm_real *restrict r_k,
                          int64_t rows, int64_t H, int64_t N, double eps) {
    for (int64_t row = 0; row < rows; row++)
        for (int64_t h = 0; h < H; h++) {
            int64_t at = (row * H + h) * N, head = h * N;
            moments(y + at, N, eps, &mean[row * H + h], &rstd[row * H + h]);
            rm_real m = mean[row * H + h], s = rstd[row * H + h], bonus = 0;
#pragma omp simd reduction(+ : bonus)
            for (int64_t i = 0; i < N; i++)
                bonus += r[at + i] * k[at + i] * r_k[head + i];
            for (int64_t i = 0; i < N; i++)
                out[at + i] = ((y[at + i] - m) * s * weight[head + i] + bias[head + i] +
                               bonus * v[at + i]) *
                              gate[at + i];
        }
}

void RM_KERNEL(head_mix_forward)(rm_real *out, rm_real *mean, rm_real *rstd, const rm_real *y,
                                 const rm_real *r, const rm_real *k, const rm_real *v,
                                 const rm_real *gate, const rm_real *weight,
                                 const rm_real *bias, const rm_real *r_k, int64_t rows,
                                 int64_t H, int64_t N, double eps){
#define CALL_HEAD_MIX_FORWARD(SIZE) \
    head_mix_forward(out, mean, rstd, y, r, k, v, gate, weight, bias, r_k, rows, H, SIZE, eps)
    RM_FOR_HEAD_SIZE(N, CALL_HEAD_MIX_FORWARD)}

INLINE void head_mix_backward_head(
    rm_real *restrict dy, rm_real *restrict dr, rm_real *restrict dk, rm_real *restrict dv,
    rm_real *restrict dgate, rm_real *restrict dweight, rm_real *restrict dbias,
    rm_real *restrict dr_k, const rm_real *restrict dout, const rm_real *restrict y,
    const rm_real *restrict r, const rm_real *restrict k, const rm_real *restrict v,
    const rm_real *restrict gate, const rm_real *restrict weight, const rm_real *restrict bias,
    const rm_real *restrict r_k, rm_real mean, rm_real rstd, int64_t N) {
    rm_real bonus = 0, dbonus = 0;
#pragma omp simd reduction(+ : bonus, dbonus)
    for (int64_t i = 0; i < N; i++) {
        bonus += r[i] * k[i] * r_k[i];
        dbonus += dout[i] * gate[i] * v[i];
    }
    for (int64_t i = 0; i < N; i++) {
        rm_real xhat = (y[i] - mean) * rstd, d = dout[i] * gate[i];
        dgate[i] = dout[i] * (xhat * weight[i] + bias[i] + bonus * v[i]);
        dweight[i] += d * xhat;
        dbias[i] += d;
        dv[i] = d * bonus;
        dr[i] = dbonus * k[i] * r_k[i];
        dk[i] = dbonus * r[i] * r_k[i];
        dr_k[i] += dbonus * r[i] * k[i];
        dy[i] = d * weight[i];
    }
    rm_real g_sum = 0, gx_sum = 0;
#pragma omp simd reduction(+ : g_sum, gx_sum)
    for (int64_t i = 0; i < N; i++) {
        g_sum += dy[i];
        gx_sum += dy[i] * (y[i] - mean) * rstd;
    }
    rm_real g_mean = g_sum / (rm_real)N, gx_mean = gx_sum / (rm_real)N;
    for (int64_t i = 0; i < N; i++)
        dy[i] = rstd * (dy[i] - g_mean - (y[i] - mean) * rstd * gx_mean);
}

INLINE void head_mix_backward(rm_real *dy, rm_real *dr, rm_real *dk, rm_real *dv,
                              rm_real *dgate, rm_real *dweight, rm_real *dbias, rm_real *dr_k,
                              const rm_real *dout, const rm_real *y, const rm_real *r,
                              const rm_real *k, const rm_real *v, const rm_real *gate,
                              const rm_real *weight, const rm_real *bias, const rm_real *r_k,
                              const rm_real *mean, const rm_real *rstd, int64_t rows, int64_t H,
                              int64_t N) {
    for (int64_t row = 0; row < rows; row++)
        for (int64_t h = 0; h < H; h++) {
            int64_t at = (row * H + h) * N, head = h * N;
            head_mix_backward_head(dy + at, dr + at, dk + at, dv + at, dgate + at,
                                   dweight + head, dbias + head, dr_k + head, dout + at, y + at,
                                   r + at, k + at, v + at, gate + at, weight + head,
                                   bias + head, r_k + head, mean[row * H + h],
                                   rstd[row * H + h], N);
        }
}

void RM_KERNEL(head_mix_backward)(rm_real *dy, rm_real *dr, rm_real *dk, rm_real *dv,
                                  rm_real *dgate, rm_real *dweight, rm_real *dbias,
                                  rm_real *dr_k, const rm_real *dout, const rm_real *y,
                                  const rm_real *r, const rm_real *k, const rm_real *v,
                                  const rm_real *gate, const rm_real *weight,
                                  const rm_real *bias, const rm_real *r_k, const rm_real *mean,
                                  const rm_real *rstd, int64_t rows, int64_t H, int64_t N) {
#define CALL_HEAD_MIX_BACKWARD(SIZE)                                                       \
    head_mix_backward(dy, dr, dk, dv, dgate, dweight, dbias, dr_k, dout, y, r, k, v, gate, \
                      weight, bias, r_k, mean, rstd, rows, H, SIZE)
    RM_FOR_HEAD_SIZE(N, CALL_HEAD_MIX_BACKWARD)
}
