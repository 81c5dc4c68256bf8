/* Layer norm, token shift, and the two per-head kernels around the recurrence. */
#include "kernels/ref/variant.h"
#include "kernels/ref/vmath.h"

#define KEY_CLAMP ((rm_real)1e-12)
#define KEY_ADD ((rm_real)1e-6)

static rm_real sum_of(const rm_real *x, int64_t n) {
    rm_real sum = 0;
#pragma omp simd reduction(+ : sum)
    for (int64_t i = 0; i < n; i++)
        sum += x[i];
    return sum;
}

/* Mean and 1/deviation of one row; two passes, so that a large mean costs no digits. */
static void moments(const rm_real *x, int64_t n, double eps, rm_real *mean, rm_real *rstd) {
    rm_real m = sum_of(x, n) / (rm_real)n;
    rm_real squares = 0;
#pragma omp simd reduction(+ : squares)
    for (int64_t i = 0; i < n; i++)
        squares += (x[i] - m) * (x[i] - m);
    *mean = m;
    *rstd = 1 / rm_sqrt(squares / (rm_real)n + (rm_real)eps);
}

void RM_KERNEL(layer_norm_forward)(rm_real *restrict y, rm_real *restrict mean,
                                   rm_real *restrict rstd, const rm_real *restrict x,
                                   const rm_real *restrict weight, const rm_real *restrict bias,
                                   int64_t rows, int64_t width, double eps) {
    for (int64_t row = 0; row < rows; row++, x += width, y += width) {
        moments(x, width, eps, &mean[row], &rstd[row]);
        rm_real m = mean[row], s = rstd[row];
        for (int64_t i = 0; i < width; i++)
            y[i] = (x[i] - m) * s * weight[i] + bias[i];
    }
}

/* With xhat = (x - mean) * rstd and g = dy * weight:
 * dx = rstd * (g - mean(g) - xhat * mean(g * xhat)). */
void RM_KERNEL(layer_norm_backward)(rm_real *restrict dx, rm_real *restrict dweight,
                                    rm_real *restrict dbias, const rm_real *restrict dy,
                                    const rm_real *restrict x, const rm_real *restrict weight,
                                    const rm_real *restrict mean, const rm_real *restrict rstd,
                                    int64_t rows, int64_t width) {
    for (int64_t row = 0; row < rows; row++, x += width, dy += width, dx += width) {
        rm_real m = mean[row], s = rstd[row], g_sum = 0, gx_sum = 0;
#pragma omp simd reduction(+ : g_sum, gx_sum)
        for (int64_t i = 0; i < width; i++) {
            rm_real xhat = (x[i] - m) * s;
            dweight[i] += dy[i] * xhat;
            dbias[i] += dy[i];
            g_sum += dy[i] * weight[i];
            gx_sum += dy[i] * weight[i] * xhat;
        }
        rm_real g_mean = g_sum / (rm_real)width, gx_mean = gx_sum / (rm_real)width;
        for (int64_t i = 0; i < width; i++)
            dx[i] += s * (dy[i] * weight[i] - g_mean - (x[i] - m) * s * gx_mean);
    }
}

void RM_KERNEL(shift_mix_forward)(rm_real *const *y, const rm_real *x, const rm_real *shift,
                                  const rm_real *const *mix, int64_t n, int64_t B, int64_t T,
                                  int64_t D) {
    for (int64_t b = 0; b < B; b++)
        for (int64_t t = 0; t < T; t++) {
            const rm_real *now = x + (b * T + t) * D;
            const rm_real *before = t ? now - D : shift ? shift + b * D : NULL;
            for (int64_t k = 0; k < n; k++) {
                rm_real *restrict to = y[k] + (b * T + t) * D;
                const rm_real *restrict m = mix[k];
                if (before)
                    for (int64_t i = 0; i < D; i++)
                        to[i] = now[i] + (before[i] - now[i]) * m[i];
                else
                    for (int64_t i = 0; i < D; i++)
                        to[i] = now[i] - now[i] * m[i];
            }
        }
}

/* One token: what its mixed copies send to itself, to the token before, and to the mixes. */
static void shift_mix_backward_token(rm_real *restrict dnow, rm_real *restrict dbefore,
                                     rm_real *restrict dmix, const rm_real *restrict dy,
                                     const rm_real *restrict now, const rm_real *before,
                                     const rm_real *restrict mix, int64_t D) {
    for (int64_t i = 0; i < D; i++) {
        dmix[i] += dy[i] * ((before ? before[i] : 0) - now[i]);
        dnow[i] += dy[i] * (1 - mix[i]);
    }
    if (dbefore)
        for (int64_t i = 0; i < D; i++)
            dbefore[i] += dy[i] * mix[i];
}

void RM_KERNEL(shift_mix_backward)(rm_real *dx, rm_real *const *dmix, rm_real *dshift,
                                   rm_real *const *dy, const rm_real *x, const rm_real *shift,
                                   const rm_real *const *mix, int64_t n, int64_t B, int64_t T,
                                   int64_t D) {
    if (dshift)
        RM_KERNEL(fill)(dshift, 0, B * D);
    for (int64_t b = 0; b < B; b++)
        for (int64_t t = 0; t < T; t++) {
            int64_t at = (b * T + t) * D;
            const rm_real *before = t ? x + at - D : shift ? shift + b * D : NULL;
            rm_real *dbefore = t ? dx + at - D : dshift ? dshift + b * D : NULL;
            for (int64_t k = 0; k < n; k++)
                shift_mix_backward_token(dx + at, dbefore, dmix[k], dy[k] + at, x + at, before,
                                         mix[k], D);
        }
}

void RM_KERNEL(keys_forward)(rm_real *restrict alpha, rm_real *restrict beta,
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

/* kappa = z * inverse: dz = inverse * (dkappa - kappa (kappa . dkappa)), for both ways to take
 * the norm; a clamped norm has inverse 0, so its gradient is 0 and never infinite. */
void RM_KERNEL(keys_backward)(rm_real *restrict dk, rm_real *restrict drate,
                              rm_real *restrict dk_k, rm_real *restrict dk_a,
                              const rm_real *restrict dalpha, const rm_real *restrict dbeta,
                              const rm_real *restrict dreplace, const rm_real *restrict k,
                              const rm_real *restrict rate, const rm_real *restrict alpha,
                              const rm_real *restrict inverse, const rm_real *restrict k_k,
                              const rm_real *restrict k_a, int64_t rows, int64_t H, int64_t N) {
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

void RM_KERNEL(head_mix_forward)(rm_real *restrict out, rm_real *restrict mean,
                                 rm_real *restrict rstd, const rm_real *restrict y,
                                 const rm_real *restrict r, const rm_real *restrict k,
                                 const rm_real *restrict v, const rm_real *restrict gate,
                                 const rm_real *restrict weight, const rm_real *restrict bias,
                                 const rm_real *restrict r_k, int64_t rows, int64_t H,
                                 int64_t N, double eps) {
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

static void head_mix_backward_head(
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

void RM_KERNEL(head_mix_backward)(rm_real *dy, rm_real *dr, rm_real *dk, rm_real *dv,
                                  rm_real *dgate, rm_real *dweight, rm_real *dbias,
                                  rm_real *dr_k, const rm_real *dout, const rm_real *y,
                                  const rm_real *r, const rm_real *k, const rm_real *v,
                                  const rm_real *gate, const rm_real *weight,
                                  const rm_real *bias, const rm_real *r_k, const rm_real *mean,
                                  const rm_real *rstd, int64_t rows, int64_t H, int64_t N) {
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
