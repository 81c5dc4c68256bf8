/* How tensors that only kernels of the recurrence and its neighbours look into lie in memory: as floats,
 * or half as long. Either way numbers are floats once they are read. */
#ifndef RM_FORMATS_CUH
#define RM_FORMATS_CUH

#include <cuda_runtime.h>
#include <stdint.h>
#include <string.h>

/* The upper half of a float. */
struct rm_bf16 {
    uint16_t bits;
};

/* What a decay lacks to 1, as an rm_bf16. Near 1 decays themselves would be 1/256 apart, and the
 * memory of a head, which is 1 / (1 - decay) tokens, anything. */
struct rm_bf16_decay {
    rm_bf16 lacks;
};

struct rm_wide {
    typedef float value, decay;
};

struct rm_half {
    typedef rm_bf16 value;
    typedef rm_bf16_decay decay;
};

__device__ static inline float rm_get(float x) {
    return x;
}

__device__ static inline float rm_get(rm_bf16 x) {
    uint32_t word = (uint32_t)x.bits << 16;
    float value;
    memcpy(&value, &word, sizeof value);
    return value;
}

__device__ static inline float rm_get(rm_bf16_decay x) {
    return 1 - rm_get(x.lacks);
}

__device__ static inline void rm_put(float *to, float value) {
    *to = value;
}

/* To the nearest, of two to the even one; NaN stays NaN. */
__device__ static inline void rm_put(rm_bf16 *to, float value) {
    uint32_t word;
    memcpy(&word, &value, sizeof word);
    to->bits = (uint16_t)(value == value ? (word + 0x7fff + (word >> 16 & 1)) >> 16 : 0x7fc0);
}

__device__ static inline void rm_put(rm_bf16_decay *to, float value) {
    rm_put(&to->lacks, 1 - value);
}

#endif
