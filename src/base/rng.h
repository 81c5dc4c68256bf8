/* Counter-based random numbers (Philox 4x32-10, Salmon et al. 2011): a number depends on seed,
 * stream and counter alone, so any part of a run can be repeated from three integers. */
#ifndef RM_RNG_H
#define RM_RNG_H

#include <stdint.h>

typedef struct rm_rng {
    uint64_t seed, stream, counter;
    uint32_t words[4]; /* of block counter - 1 */
    int left;          /* unused words */
} rm_rng;

/* Streams are independent of each other: one for each purpose. */
rm_rng rm_rng_make(uint64_t seed, uint64_t stream);

uint32_t rm_rng_word(rm_rng *rng);

/* Uniform in [0, n), without bias. n >= 1. */
uint64_t rm_rng_below(rm_rng *rng, uint64_t n);

/* Uniform in (0, 1), 53 bits. */
double rm_rng_uniform(rm_rng *rng);

/* Standard normal (Box-Muller). */
double rm_rng_normal(rm_rng *rng);

/* Item i of `take` out of n, 0 <= i < take <= n, take up to 2^31: at random inside the i-th of equal
 * parts of 0 .. n-1, so that no item comes twice and what comes around is not favoured. */
int64_t rm_rng_evenly(uint64_t stream, int64_t i, int64_t take, int64_t n);

/* Fills order[n] with a random permutation of 0 .. n-1. */
void rm_rng_permutation(rm_rng *rng, int64_t n, int64_t *order);

#endif
