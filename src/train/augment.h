/* Training rows altered at random, so that the network does not learn them by heart. What a row
 * draws depends on seed, epoch and row alone. */
#ifndef RM_AUGMENT_H
#define RM_AUGMENT_H

#include "base/rng.h"

/* For one row in one epoch: first the flip, then the noise. */
rm_rng rm_augment_begin(uint64_t seed, int64_t epoch, int64_t row);

/* Changes the sign of all steps, context and target, with this probability. */
void rm_augment_flip(rm_rng *rng, double probability, float *steps, int64_t n);

/* Adds independent noise, near to normal, of `share` of the deviation of the observed steps to the
 * n steps of a context; missing ones (NaN) stay missing. */
void rm_augment_noise(rm_rng *rng, double share, float *context, int64_t n);

#endif
