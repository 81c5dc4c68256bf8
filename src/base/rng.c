#include "base/rng.h"

#include <math.h>

static void philox(const uint32_t counter[4], uint32_t key0, uint32_t key1, uint32_t out[4]) {
    uint32_t x0 = counter[0], x1 = counter[1], x2 = counter[2], x3 = counter[3];
    for (int round = 0; round < 10; round++) {
        uint64_t p0 = (uint64_t)0xD2511F53u * x0, p1 = (uint64_t)0xCD9E8D57u * x2;
        uint32_t y0 = (uint32_t)(p1 >> 32) ^ x1 ^ key0, y2 = (uint32_t)(p0 >> 32) ^ x3 ^ key1;
        x1 = (uint32_t)p1;
        x3 = (uint32_t)p0;
        x0 = y0;
        x2 = y2;
        key0 += 0x9E3779B9u;
        key1 += 0xBB67AE85u;
    }
    out[0] = x0, out[1] = x1, out[2] = x2, out[3] = x3;
}

rm_rng rm_rng_make(uint64_t seed, uint64_t stream) {
    return (rm_rng){.seed = seed, .stream = stream};
}

uint32_t rm_rng_word(rm_rng *rng) {
    if (rng->left == 0) {
        uint32_t counter[4] = {(uint32_t)rng->counter, (uint32_t)(rng->counter >> 32),
                               (uint32_t)rng->stream, (uint32_t)(rng->stream >> 32)};
        philox(counter, (uint32_t)rng->seed, (uint32_t)(rng->seed >> 32), rng->words);
        rng->counter++;
        rng->left = 4;
    }
    return rng->words[--rng->left];
}

static uint64_t two_words(rm_rng *rng) {
    uint64_t high = rm_rng_word(rng);
    return high << 32 | rm_rng_word(rng);
}

uint64_t rm_rng_below(rm_rng *rng, uint64_t n) {
    uint64_t limit = UINT64_MAX - UINT64_MAX % n;
    uint64_t word = two_words(rng);
    while (word >= limit)
        word = two_words(rng);
    return word % n;
}

double rm_rng_uniform(rm_rng *rng) {
    return ((double)(two_words(rng) >> 11) + 0.5) * 0x1p-53;
}

double rm_rng_normal(rm_rng *rng) {
    double radius = sqrt(-2 * log(rm_rng_uniform(rng)));
    return radius * cos(6.283185307179586 * rm_rng_uniform(rng));
}

/* n * i / take, where the product could overflow. */
static int64_t part_begin(int64_t i, int64_t take, int64_t n) {
    return n / take * i + n % take * i / take;
}

int64_t rm_rng_evenly(uint64_t stream, int64_t i, int64_t take, int64_t n) {
    rm_rng rng = rm_rng_make((uint64_t)i, stream);
    int64_t begin = part_begin(i, take, n), end = part_begin(i + 1, take, n);
    return begin + (int64_t)rm_rng_below(&rng, (uint64_t)(end - begin));
}

void rm_rng_permutation(rm_rng *rng, int64_t n, int64_t *order) {
    for (int64_t i = 0; i < n; i++) {
        int64_t j = (int64_t)rm_rng_below(rng, (uint64_t)i + 1);
        order[i] = order[j];
        order[j] = i;
    }
}
