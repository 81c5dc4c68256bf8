/* The two kernels that work head by head, around the recurrence: a warp a head of a token. What the
 * recurrence reads of theirs has a format F; the others pass it on without a look. */
#include "kernels/cuda/formats.cuh"
#include "kernels/cuda/launch.cuh"

#define KEY_CLAMP 1e-12f
#define KEY_ADD 1e-6f

template <class F>
static void keys_forward(rm_real *alpha_at, rm_real *beta_at, rm_real *replace_at,
                         rm_real *inverse, const rm_real *k, const rm_real *rate,
                         const rm_real *k_k, const rm_real *k_a, int mode, int64_t rows,
                         int64_t H, int64_t N) {
    typename F::value *alpha = (typename F::value *)alpha_at;
    typename F::value *beta = (typename F::value *)beta_at;
    typename F::value *replace = (typename F::value *)replace_at;
    rm_each_warp("keys_forward", rows * H, [=] __device__(int64_t head, int lane) {
        int64_t at = head * N, column = head % H * N;
        float squares = 0, factor, kept;
        for (int64_t i = lane; i < N; i += RM_WARP) {
            float z = k[at + i] * k_k[column + i];
            squares += z * z;
        }
        squares = rm_warp_sum(squares);
        float norm = sqrtf(squares);
        if (mode == RM_KEY_ADD)
            kept = factor = 1 / sqrtf(squares + KEY_ADD);
        else {
            factor = 1 / (norm > KEY_CLAMP ? norm : KEY_CLAMP);
            kept = norm > KEY_CLAMP ? factor : 0;
        }
        if (lane == 0)
            inverse[head] = kept;
        for (int64_t i = lane; i < N; i += RM_WARP) {
            float kappa = k[at + i] * k_k[column + i] * factor, a = rate[at + i];
            rm_put(&alpha[at + i], -kappa);
            rm_put(&beta[at + i], a * kappa);
            rm_put(&replace[at + i], k[at + i] * (1 + (a - 1) * k_a[column + i]));
        }
    });
}

extern "C" void rm_cuda_keys_forward(rm_real *alpha, rm_real *beta, rm_real *replace,
                                     rm_real *inverse, const rm_real *k, const rm_real *rate,
                                     const rm_real *k_k, const rm_real *k_a, int mode,
                                     int64_t rows, int64_t H, int64_t N) {
    keys_forward<rm_wide>(alpha, beta, replace, inverse, k, rate, k_k, k_a, mode, rows, H, N);
}

/* dz of keys_backward: the gradient of k * k_k. */
__device__ static inline float dz_of(float dalpha, float dbeta, float rate, float alpha,
                                     float inverse, float along) {
    return inverse * (dbeta * rate - dalpha + alpha * along);
}

/* kappa = z * inverse: dz = inverse * (dkappa - kappa (kappa . dkappa)); the product, `along`, waits in
 * the workspace for the sums over all tokens. */
template <class F>
static void keys_backward(rm_real *dk, rm_real *drate, rm_real *dk_k, rm_real *dk_a,
                          const rm_real *dalpha, const rm_real *dbeta, const rm_real *dreplace,
                          const rm_real *k, const rm_real *rate, const rm_real *alpha_at,
                          const rm_real *inverse, const rm_real *k_k, const rm_real *k_a,
                          int64_t rows, int64_t H, int64_t N) {
    const typename F::value *alpha = (const typename F::value *)alpha_at;
    rm_cuda_turn turn;
    int64_t D = H * N;
    float *along = rm_room_beside_columns(2, D, rows * H);
    if (!along)
        return;
    rm_each_warp("keys_backward", rows * H, [=] __device__(int64_t head, int lane) {
        int64_t at = head * N, column = head % H * N;
        float sum = 0;
        for (int64_t i = lane; i < N; i += RM_WARP)
            sum -= rm_get(alpha[at + i]) * (dbeta[at + i] * rate[at + i] - dalpha[at + i]);
        sum = rm_warp_sum(sum);
        if (lane == 0)
            along[head] = sum;
        for (int64_t i = lane; i < N; i += RM_WARP) {
            float a = rate[at + i], d = dreplace[at + i];
            float dz = dz_of(dalpha[at + i], dbeta[at + i], a, rm_get(alpha[at + i]),
                             inverse[head], sum);
            drate[at + i] =
                -dbeta[at + i] * rm_get(alpha[at + i]) + d * k[at + i] * k_a[column + i];
            dk[at + i] = dz * k_k[column + i] + d * (1 + (a - 1) * k_a[column + i]);
        }
    });
    rm_add_columns<2>("keys_backward", {{dk_k, dk_a}}, rows, D,
                      [=] __device__(int64_t row, int64_t column, float *value) {
                          int64_t i = row * D + column, head = row * H + column / N;
                          value[0] = dz_of(dalpha[i], dbeta[i], rate[i], rm_get(alpha[i]),
                                           inverse[head], along[head]) *
                                     k[i];
                          value[1] = dreplace[i] * k[i] * (rate[i] - 1);
                      });
}

extern "C" void rm_cuda_keys_backward(rm_real *dk, rm_real *drate, rm_real *dk_k, rm_real *dk_a,
                                      const rm_real *dalpha, const rm_real *dbeta,
                                      const rm_real *dreplace, const rm_real *k,
                                      const rm_real *rate, const rm_real *alpha,
                                      const rm_real *inverse, const rm_real *k_k,
                                      const rm_real *k_a, int64_t rows, int64_t H, int64_t N) {
    keys_backward<rm_wide>(dk, drate, dk_k, dk_a, dalpha, dbeta, dreplace, k, rate, alpha,
                           inverse, k_k, k_a, rows, H, N);
}

template <class F>
static void head_mix_forward(rm_real *out, rm_real *mean, rm_real *rstd, const rm_real *y,
                             const rm_real *r, const rm_real *k_at, const rm_real *v,
                             const rm_real *gate, const rm_real *weight, const rm_real *bias,
                             const rm_real *r_k, int64_t rows, int64_t H, int64_t N,
                             double eps) {
    const typename F::value *k = (const typename F::value *)k_at;
    rm_each_warp("head_mix_forward", rows * H, [=] __device__(int64_t head, int lane) {
        int64_t at = head * N, column = head % H * N;
        float sum = 0, squares = 0, bonus = 0;
        for (int64_t i = lane; i < N; i += RM_WARP) {
            sum += y[at + i];
            bonus += r[at + i] * rm_get(k[at + i]) * r_k[column + i];
        }
        float m = rm_warp_sum(sum) / (float)N;
        bonus = rm_warp_sum(bonus);
        for (int64_t i = lane; i < N; i += RM_WARP)
            squares += (y[at + i] - m) * (y[at + i] - m);
        float s = 1 / sqrtf(rm_warp_sum(squares) / (float)N + (float)eps);
        for (int64_t i = lane; i < N; i += RM_WARP)
            out[at + i] = ((y[at + i] - m) * s * weight[column + i] + bias[column + i] +
                           bonus * v[at + i]) *
                          gate[at + i];
        if (lane == 0) {
            mean[head] = m;
            rstd[head] = s;
        }
    });
}

extern "C" void rm_cuda_head_mix_forward(rm_real *out, rm_real *mean, rm_real *rstd,
                                         const rm_real *y, const rm_real *r, const rm_real *k,
                                         const rm_real *v, const rm_real *gate,
                                         const rm_real *weight, const rm_real *bias,
                                         const rm_real *r_k, int64_t rows, int64_t H, int64_t N,
                                         double eps) {
    head_mix_forward<rm_wide>(out, mean, rstd, y, r, k, v, gate, weight, bias, r_k, rows, H, N,
                              eps);
}

/* A head's dbonus waits in the workspace for the sums over all tokens. */
template <class F>
static void head_mix_backward(rm_real *dy_at, rm_real *dr, rm_real *dk, rm_real *dv,
                              rm_real *dgate, rm_real *dweight, rm_real *dbias, rm_real *dr_k,
                              const rm_real *dout, const rm_real *y, const rm_real *r,
                              const rm_real *k_at, const rm_real *v, const rm_real *gate,
                              const rm_real *weight, const rm_real *bias, const rm_real *r_k,
                              const rm_real *mean, const rm_real *rstd, int64_t rows, int64_t H,
                              int64_t N) {
    typename F::value *dy = (typename F::value *)dy_at;
    const typename F::value *k = (const typename F::value *)k_at;
    rm_cuda_turn turn;
    int64_t D = H * N;
    float *dbonuses = rm_room_beside_columns(3, D, rows * H);
    if (!dbonuses)
        return;
    rm_each_warp("head_mix_backward", rows * H, [=] __device__(int64_t head, int lane) {
        int64_t at = head * N, column = head % H * N;
        float m = mean[head], s = rstd[head], bonus = 0, dbonus = 0, g = 0, gx = 0;
        for (int64_t i = lane; i < N; i += RM_WARP) {
            float d = dout[at + i] * gate[at + i], dnorm = d * weight[column + i];
            bonus += r[at + i] * rm_get(k[at + i]) * r_k[column + i];
            dbonus += d * v[at + i];
            g += dnorm;
            gx += dnorm * (y[at + i] - m) * s;
        }
        bonus = rm_warp_sum(bonus);
        dbonus = rm_warp_sum(dbonus);
        g = rm_warp_sum(g) / (float)N;
        gx = rm_warp_sum(gx) / (float)N;
        if (lane == 0)
            dbonuses[head] = dbonus;
        for (int64_t i = lane; i < N; i += RM_WARP) {
            float xhat = (y[at + i] - m) * s, d = dout[at + i] * gate[at + i];
            float weighed = dbonus * r_k[column + i];
            dgate[at + i] = dout[at + i] *
                            (xhat * weight[column + i] + bias[column + i] + bonus * v[at + i]);
            dv[at + i] = d * bonus;
            dr[at + i] = weighed * rm_get(k[at + i]);
            dk[at + i] = weighed * r[at + i];
            rm_put(&dy[at + i], s * (d * weight[column + i] - g - xhat * gx));
        }
    });
    rm_add_columns<3>("head_mix_backward", {{dweight, dbias, dr_k}}, rows, D,
                      [=] __device__(int64_t row, int64_t column, float *value) {
                          int64_t i = row * D + column, head = row * H + column / N;
                          float d = dout[i] * gate[i];
                          value[0] = d * (y[i] - mean[head]) * rstd[head];
                          value[1] = d;
                          value[2] = dbonuses[head] * r[i] * rm_get(k[i]);
                      });
}

extern "C" void rm_cuda_head_mix_backward(rm_real *dy, rm_real *dr, rm_real *dk, rm_real *dv,
                                          rm_real *dgate, rm_real *dweight, rm_real *dbias,
                                          rm_real *dr_k, const rm_real *dout, const rm_real *y,
                                          const rm_real *r, const rm_real *k, const rm_real *v,
                                          const rm_real *gate, const rm_real *weight,
                                          const rm_real *bias, const rm_real *r_k,
                                          const rm_real *mean, const rm_real *rstd,
                                          int64_t rows, int64_t H, int64_t N) {
    head_mix_backward<rm_wide>(dy, dr, dk, dv, dgate, dweight, dbias, dr_k, dout, y, r, k, v,
                               gate, weight, bias, r_k, mean, rstd, rows, H, N);
}

void rm_cuda_halve_heads(rm_kernels *table) {
    table->keys_forward = keys_forward<rm_half>;
    table->keys_backward = keys_backward<rm_half>;
    table->head_mix_forward = head_mix_forward<rm_half>;
    table->head_mix_backward = head_mix_backward<rm_half>;
}
