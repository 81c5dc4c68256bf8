/* Layer norm and token shift. */
#include "kernels/ref/moments.h"
#include "kernels/ref/variant.h"

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

/* The six mixes of a time mix in one pass: x_t and x_{t-1} are read once. */
static void mix_token_6(rm_real *const *y, int64_t at, const rm_real *restrict now,
                        const rm_real *restrict before, const rm_real *const *mix, int64_t D) {
    rm_real *restrict y0 = y[0] + at, *restrict y1 = y[1] + at, *restrict y2 = y[2] + at;
    rm_real *restrict y3 = y[3] + at, *restrict y4 = y[4] + at, *restrict y5 = y[5] + at;
    const rm_real *m0 = mix[0], *m1 = mix[1], *m2 = mix[2], *m3 = mix[3], *m4 = mix[4];
    const rm_real *m5 = mix[5];
#pragma omp simd
    for (int64_t i = 0; i < D; i++) {
        rm_real x = now[i], change = before[i] - x;
        y0[i] = x + change * m0[i];
        y1[i] = x + change * m1[i];
        y2[i] = x + change * m2[i];
        y3[i] = x + change * m3[i];
        y4[i] = x + change * m4[i];
        y5[i] = x + change * m5[i];
    }
}

static void mix_token(rm_real *restrict y, const rm_real *restrict now,
                      const rm_real *restrict before, const rm_real *restrict mix, int64_t D) {
    for (int64_t i = 0; i < D; i++)
        y[i] = now[i] + (before[i] - now[i]) * mix[i];
}

/* Nothing stands before the first token. */
static void mix_first(rm_real *restrict y, const rm_real *restrict now,
                      const rm_real *restrict mix, int64_t D) {
    for (int64_t i = 0; i < D; i++)
        y[i] = now[i] - now[i] * mix[i];
}

void RM_KERNEL(shift_mix_forward)(rm_real *const *y, const rm_real *x, const rm_real *shift,
                                  const rm_real *const *mix, int64_t n, int64_t B, int64_t T,
                                  int64_t D) {
    for (int64_t b = 0; b < B; b++)
        for (int64_t t = 0; t < T; t++) {
            int64_t at = (b * T + t) * D;
            const rm_real *before = t ? x + at - D : shift ? shift + b * D : NULL;
            if (before && n == 6)
                mix_token_6(y, at, x + at, before, mix, D);
            else
                for (int64_t k = 0; k < n; k++)
                    if (before)
                        mix_token(y[k] + at, x + at, before, mix[k], D);
                    else
                        mix_first(y[k] + at, x + at, mix[k], D);
        }
}

/* One token: what its mixed copies send to itself, and to the token before if there is one. */
static void unmix_token(rm_real *restrict dnow, rm_real *restrict dbefore, int is_before,
                        rm_real *const *dy, int64_t at, const rm_real *const *mix, int64_t n,
                        int64_t D) {
    for (int64_t k = 0; k < n; k++) {
        const rm_real *restrict d = dy[k] + at, *restrict m = mix[k];
        for (int64_t i = 0; i < D; i++)
            dnow[i] += d[i] * (1 - m[i]);
        if (is_before)
            for (int64_t i = 0; i < D; i++)
                dbefore[i] = (k ? dbefore[i] : 0) + d[i] * m[i];
    }
}

/* The same for six mixes, in one pass. */
static void unmix_token_6(rm_real *restrict dnow, rm_real *restrict dbefore, rm_real *const *dy,
                          int64_t at, const rm_real *const *mix, int64_t D) {
    const rm_real *d0 = dy[0] + at, *d1 = dy[1] + at, *d2 = dy[2] + at, *d3 = dy[3] + at;
    const rm_real *d4 = dy[4] + at, *d5 = dy[5] + at;
    const rm_real *m0 = mix[0], *m1 = mix[1], *m2 = mix[2], *m3 = mix[3], *m4 = mix[4];
    const rm_real *m5 = mix[5];
#pragma omp simd
    for (int64_t i = 0; i < D; i++) {
        rm_real all = d0[i] + d1[i] + d2[i] + d3[i] + d4[i] + d5[i];
        rm_real back = d0[i] * m0[i] + d1[i] * m1[i] + d2[i] * m2[i] + d3[i] * m3[i] +
                       d4[i] * m4[i] + d5[i] * m5[i];
        dnow[i] += all - back;
        dbefore[i] = back;
    }
}

/* One mix over all tokens. A stretch of columns at a time is summed in registers. */
static void mix_gradient(rm_real *restrict dmix, const rm_real *restrict dy,
                         const rm_real *restrict x, const rm_real *restrict shift, int64_t B,
                         int64_t T, int64_t D) {
    enum { STRETCH = 64 };
    for (int64_t from = 0; from < D; from += STRETCH) {
        int64_t width = D - from < STRETCH ? D - from : STRETCH;
        rm_real sum[STRETCH] = {0};
        for (int64_t b = 0; b < B; b++)
            for (int64_t t = 0; t < T; t++) {
                const rm_real *d = dy + (b * T + t) * D + from,
                              *now = x + (b * T + t) * D + from;
                const rm_real *before = t ? now - D : shift ? shift + b * D + from : NULL;
                if (before && width == STRETCH)
                    for (int i = 0; i < STRETCH; i++)
                        sum[i] += d[i] * (before[i] - now[i]);
                else
                    for (int64_t i = 0; i < width; i++)
                        sum[i] += d[i] * ((before ? before[i] : 0) - now[i]);
            }
        for (int64_t i = 0; i < width; i++)
            dmix[from + i] += sum[i];
    }
}

void RM_KERNEL(shift_mix_backward)(rm_real *dx, rm_real *const *dmix, rm_real *dshift,
                                   rm_real *const *dy, const rm_real *x, const rm_real *shift,
                                   const rm_real *const *mix, int64_t n, int64_t B, int64_t T,
                                   int64_t D) {
    for (int64_t b = 0; b < B; b++) {
        /* From the last token back, so that each begins with what the next one sends. */
        RM_KERNEL(fill)(dx + (b * T + T - 1) * D, 0, D);
        for (int64_t t = T - 1; t >= 0; t--) {
            int64_t at = (b * T + t) * D;
            int is_before = t > 0 || dshift != NULL;
            rm_real *dbefore = t ? dx + at - D : dshift ? dshift + b * D : NULL;
            if (is_before && n == 6)
                unmix_token_6(dx + at, dbefore, dy, at, mix, D);
            else
                unmix_token(dx + at, dbefore, is_before, dy, at, mix, n, D);
        }
    }
    for (int64_t k = 0; k < n; k++)
        mix_gradient(dmix[k], dy[k], x, shift, B, T, D);
}
