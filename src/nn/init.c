#include "nn/init.h"

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

/* Gram-Schmidt over the shorter side, twice for orthogonality at rounding level. Vector i of the
 * shorter side has elements x[i * step + k * across]. */
static void orthonormalise(rm_real *x, int64_t vectors, int64_t length, int64_t step,
                           int64_t across, double gain) {
    for (int64_t i = 0; i < vectors; i++) {
        rm_real *v = x + i * step;
        for (int pass = 0; pass < 2; pass++)
            for (int64_t j = 0; j < i; j++) {
                const rm_real *u = x + j * step;
                double dot = 0;
                for (int64_t k = 0; k < length; k++)
                    dot += (double)v[k * across] * (double)u[k * across];
                for (int64_t k = 0; k < length; k++)
                    v[k * across] -= (rm_real)(dot * (double)u[k * across]);
            }
        double squares = 0;
        for (int64_t k = 0; k < length; k++)
            squares += (double)v[k * across] * (double)v[k * across];
        for (int64_t k = 0; k < length; k++)
            v[k * across] = (rm_real)((double)v[k * across] / sqrt(squares));
    }
    for (int64_t i = 0; i < vectors * length; i++)
        x[i] = (rm_real)((double)x[i] * gain);
}

INIT(orthogonal) {
    (void)site;
    for (int64_t i = 0; i < rows * cols; i++)
        x[i] = (rm_real)rm_rng_normal(rng);
    if (rows <= cols)
        orthonormalise(x, rows, cols, cols, 1, argument);
    else
        orthonormalise(x, cols, rows, 1, cols, argument * sqrt((double)rows / (double)cols));
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
