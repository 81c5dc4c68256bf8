#include "train/augment.h"

#include <math.h>

#define AUGMENT_STREAM \
    (UINT64_C(0x4155474d) << 32) /* random stream of epoch e is this plus e */
#define ROW_BITS 20 /* blocks of four words that a row may draw: two words a step */

rm_rng rm_augment_begin(uint64_t seed, int64_t epoch, int64_t row) {
    rm_rng rng = rm_rng_make(seed, AUGMENT_STREAM + (uint64_t)epoch);
    rng.counter = (uint64_t)row << ROW_BITS;
    return rng;
}

void rm_augment_flip(rm_rng *rng, double probability, float *steps, int64_t n) {
    if (rm_rng_uniform(rng) >= probability)
        return;
    for (int64_t i = 0; i < n; i++)
        steps[i] = -steps[i];
}

static double deviation(const float *values, int64_t n) {
    double sum = 0, squares = 0, count = 0;
    for (int64_t i = 0; i < n; i++)
        if (!isnan(values[i])) {
            sum += (double)values[i];
            count++;
        }
    for (int64_t i = 0; i < n; i++)
        if (!isnan(values[i]))
            squares += pow((double)values[i] - sum / count, 2);
    return count > 0 ? sqrt(squares / count) : 0;
}

/* Four uniforms in a sum, mean 0 and variance 1: normal enough here, and a tenth of the cost. */
static double draw(rm_rng *rng) {
    uint32_t a = rm_rng_word(rng), b = rm_rng_word(rng);
    double sum = (double)((a & 0xffff) + (a >> 16) + (b & 0xffff) + (b >> 16));
    return (sum - 2 * 65535.0) / (65536 * sqrt(4 / 12.0));
}

void rm_augment_noise(rm_rng *rng, double share, float *context, int64_t n) {
    if (share == 0)
        return;
    double size = share * deviation(context, n);
    for (int64_t i = 0; i < n; i++)
        context[i] += (float)(size * draw(rng));
}
