/* Quantiles that cannot cross, and the loss that makes them quantiles (E10). */
#include "kernels/ref/variant.h"
#include "kernels/ref/vmath.h"

/* y = inner + sign * softplus(o): rounding is monotone, so quantiles never cross by an ulp. */
static void step_outwards(rm_real *y, const rm_real *inner, const rm_real *o, rm_real sign,
                          int64_t n) {
    for (int64_t i = 0; i < n; i++)
        y[i] = inner[i] + sign * rm_softplus(o[i]);
}

void RM_KERNEL(quantiles_forward)(rm_real *y, const rm_real *o, const rm_real *center,
                                  int64_t rows, int64_t levels, int64_t median, int64_t n) {
    for (int64_t row = 0; row < rows; row++, y += levels * n, o += levels * n) {
        for (int64_t i = 0; i < n; i++)
            y[median * n + i] = o[median * n + i] + (center ? center[row * n + i] : 0);
        for (int64_t q = median + 1; q < levels; q++)
            step_outwards(y + q * n, y + (q - 1) * n, o + q * n, 1, n);
        for (int64_t q = median - 1; q >= 0; q--)
            step_outwards(y + q * n, y + (q + 1) * n, o + q * n, -1, n);
    }
}

/* A step moves all quantiles beyond it: from the outermost inwards d_o[q] sums up their
 * gradients, and is handed on before the slope of its own softplus goes in. */
static void sum_inwards(rm_real *d_o, rm_real *d_inner, const rm_real *o, rm_real sign,
                        int64_t n) {
    for (int64_t i = 0; i < n; i++) {
        d_inner[i] += d_o[i];
        d_o[i] *= sign * rm_sigmoid(o[i]);
    }
}

void RM_KERNEL(quantiles_backward)(rm_real *d_o, const rm_real *dy, const rm_real *o,
                                   int64_t rows, int64_t levels, int64_t median, int64_t n) {
    for (int64_t i = 0; i < rows * levels * n; i++)
        d_o[i] = dy[i];
    for (int64_t row = 0; row < rows; row++, d_o += levels * n, o += levels * n) {
        for (int64_t q = levels - 1; q > median; q--)
            sum_inwards(d_o + q * n, d_o + (q - 1) * n, o + q * n, 1, n);
        for (int64_t q = 0; q < median; q++)
            sum_inwards(d_o + q * n, d_o + (q + 1) * n, o + q * n, -1, n);
    }
}

/* Losses of one quantile of one row; returns their sum. */
static double pinball_row(rm_real *dy, const rm_real *y, const rm_real *target, double level,
                          double share, int64_t n) {
    double sum = 0;
    for (int64_t i = 0; i < n; i++) {
        double error = (double)y[i] - (double)target[i];
        int known = target[i] == target[i];
        double slope = error > 0 ? 1 - level : error < 0 ? -level : 0;
        sum += known ? (error > 0 ? 1 - level : -level) * error : 0;
        dy[i] = (rm_real)(known ? slope * share : 0);
    }
    return sum;
}

void RM_KERNEL(pinball_forward)(rm_real *dy, rm_tally *tally, const rm_real *y,
                                const rm_real *target, const double *level, int64_t rows,
                                int64_t levels, int64_t n) {
    double sum = 0, share = 1 / (double)levels;
    int64_t compared = 0;
    for (int64_t i = 0; i < rows * n; i++)
        compared += target[i] == target[i];
    for (int64_t row = 0; row < rows; row++)
        for (int64_t q = 0; q < levels; q++) {
            int64_t at = (row * levels + q) * n;
            sum += pinball_row(dy + at, y + at, target + row * n, level[q], share, n);
        }
    tally->sum += sum * share;
    tally->count += compared;
}
