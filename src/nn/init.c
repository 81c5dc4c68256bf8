#include "nn/init.h"

#include "base/quantile_levels.h"

#include <math.h>

#define INIT(name)                                                                 \
    void rm_init_##name(rm_real *x, int64_t rows, int64_t cols, rm_init_site site, \
                        double argument, rm_rng *rng)
#define UNUSED (void)cols, (void)site, (void)argument, (void)rng

/* rho and tau of E12. */
static double depth_up(rm_init_site site) {
    int64_t layers = site.shape->layers;
    return layers > 1 ? (double)site.layer / (double)(layers - 1) : 0;
}

static double depth_down(rm_init_site site) {
    return 1 - (double)site.layer / (double)site.shape->layers;
}

static double ramp(int64_t n, int64_t size) {
    return size > 1 ? (double)n / (double)(size - 1) : 0;
}

/* z = u|u|, u the place inside the head from -1 to 1. */
static double zigzag(int64_t n, int64_t head_size) {
    if (head_size == 1)
        return 0;
    double half = (double)(head_size - 1) / 2;
    double u = ((double)(n % head_size) - half) / half;
    return u * fabs(u);
}

INIT(constant) {
    UNUSED;
    for (int64_t i = 0; i < rows * cols; i++)
        x[i] = (rm_real)argument;
}

INIT(time_shift) {
    UNUSED;
    for (int64_t n = 0; n < rows; n++)
        x[n] = (rm_real)(1 - pow((double)n / (double)rows, argument * depth_down(site)));
}

INIT(ffn_shift) {
    UNUSED;
    for (int64_t n = 0; n < rows; n++)
        x[n] = (rm_real)(1 - pow((double)n / (double)rows, pow(depth_down(site), 4)));
}

INIT(decay) {
    UNUSED;
    double power = 1 + pow(depth_up(site), 0.3);
    for (int64_t n = 0; n < rows; n++)
        x[n] = (rm_real)(-6 + 6 * pow(ramp(n, rows), power) + 0.5 +
                         2.5 * zigzag(n, site.shape->head_size));
}

INIT(rate) {
    UNUSED;
    for (int64_t n = 0; n < rows; n++)
        x[n] = (rm_real)(-0.19 + 0.3 * zigzag(n, site.shape->head_size) +
                         0.4 * (ramp(n, rows) - 0.5));
}

INIT(value) {
    UNUSED;
    for (int64_t n = 0; n < rows; n++)
        x[n] = (rm_real)(0.73 - 0.4 * (ramp(n, rows) - 0.5));
}

INIT(removal) {
    UNUSED;
    for (int64_t n = 0; n < rows; n++)
        x[n] = (rm_real)(0.71 - 0.1 * (ramp(n, rows) - 0.5));
}

/* Four sums, so that none waits for the one before. */
static double dot(const rm_real *a, const rm_real *b, int64_t n) {
    double sum[4] = {0};
    int64_t i = 0;
    for (; i + 4 <= n; i += 4)
        for (int l = 0; l < 4; l++)
            sum[l] += (double)a[i + l] * (double)b[i + l];
    for (; i < n; i++)
        sum[0] += (double)a[i] * (double)b[i];
    return sum[0] + sum[1] + (sum[2] + sum[3]);
}

static void take_rows_out(rm_real *x, int64_t i, int64_t cols) {
    rm_real *v = x + i * cols;
    for (int64_t j = 0; j < i; j++) {
        const rm_real *u = x + j * cols;
        double along = dot(v, u, cols);
        for (int64_t k = 0; k < cols; k++)
            v[k] -= (rm_real)(along * (double)u[k]);
    }
}

/* Several columns at a time, so that memory is read in order. */
static void take_columns_out(rm_real *x, int64_t i, int64_t rows, int64_t cols) {
    enum { AT_ONCE = 64 };
    for (int64_t from = 0; from < i; from += AT_ONCE) {
        int64_t n = i - from < AT_ONCE ? i - from : AT_ONCE;
        double along[AT_ONCE] = {0};
        for (int64_t k = 0; k < rows; k++)
            for (int64_t j = 0; j < n; j++)
                along[j] += (double)x[k * cols + i] * (double)x[k * cols + from + j];
        for (int64_t k = 0; k < rows; k++) {
            double sum = 0;
            for (int64_t j = 0; j < n; j++)
                sum += along[j] * (double)x[k * cols + from + j];
            x[k * cols + i] -= (rm_real)sum;
        }
    }
}

/* n values, `step` apart. */
static void make_unit(rm_real *v, int64_t n, int64_t step) {
    double squares = 0;
    for (int64_t k = 0; k < n; k++)
        squares += (double)v[k * step] * (double)v[k * step];
    for (int64_t k = 0; k < n; k++)
        v[k * step] = (rm_real)((double)v[k * step] / sqrt(squares));
}

/* Gram-Schmidt over the shorter side, twice for orthogonality at rounding level. */
INIT(orthogonal) {
    (void)site;
    int wide = rows <= cols;
    double gain = wide ? argument : argument * sqrt((double)rows / (double)cols);
    for (int64_t i = 0; i < rows * cols; i++)
        x[i] = (rm_real)rm_rng_normal(rng);
    for (int64_t i = 0; i < (wide ? rows : cols); i++) {
        for (int pass = 0; pass < 2; pass++)
            if (wide)
                take_rows_out(x, i, cols);
            else
                take_columns_out(x, i, rows, cols);
        if (wide)
            make_unit(x + i * cols, cols, 1);
        else
            make_unit(x + i, rows, cols);
    }
    for (int64_t i = 0; i < rows * cols; i++)
        x[i] = (rm_real)((double)x[i] * gain);
}

INIT(uniform) {
    (void)site;
    double bound = argument / sqrt((double)cols);
    for (int64_t i = 0; i < rows * cols; i++)
        x[i] = (rm_real)(bound * (2 * rm_rng_uniform(rng) - 1));
}

INIT(head_norm) {
    UNUSED;
    double value = pow((double)(1 + site.layer) / (double)site.shape->layers, 0.7);
    for (int64_t n = 0; n < rows; n++)
        x[n] = (rm_real)value;
}

INIT(head) {
    if (site.shape->zero_head)
        rm_init_constant(x, rows, cols, site, 0, rng);
    else
        rm_init_uniform(x, rows, cols, site, argument, rng);
}

/* The inverse of softplus, which makes the steps of E10. */
double rm_softplus_inverse(double step) {
    return step > 30 ? step : log(expm1(step));
}

INIT(spread) {
    UNUSED;
    const rm_shape *s = site.shape;
    int64_t n = rows / s->levels.n;
    for (int q = 0; q < s->levels.n; q++) {
        int inner = q < s->median ? q + 1 : q - 1;
        double bias = 0;
        if (q != s->median)
            bias = rm_softplus_inverse(fabs(rm_normal_quantile(s->levels.at[q]) -
                                            rm_normal_quantile(s->levels.at[inner])));
        for (int64_t i = 0; i < n; i++)
            x[q * n + i] = (rm_real)bias;
    }
}
