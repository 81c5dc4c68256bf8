/* The recurrence for head sizes in registers (wkv7.cu) and for all others (wkv7_plain.cu). */
#ifndef RM_WKV7_CUH
#define RM_WKV7_CUH

#include "kernels/cuda/formats.cuh"
#include "kernels/cuda/launch.cuh"

/* In memory as format F has them, but for r and v: products make those, in float, and the head mix
 * reads them, too. */
template <class F> struct rm_wkv7_inputs {
    const float *r;
    const typename F::decay *decay;
    const typename F::value *k;
    const float *v;
    const typename F::value *alpha, *beta;
};

/* Those of r, k and v are added to. */
typedef struct rm_wkv7_gradients {
    float *r, *decay, *k, *v, *alpha, *beta;
} rm_wkv7_gradients;

/* States that forward saves of a head. */
static inline int64_t rm_wkv7_saved(int64_t T) {
    return (T - 1) / RM_WKV7_CHUNK;
}

/* For both formats. */
template <class F>
void rm_wkv7_plain_forward(float *y, float *state_out, float *checkpoints,
                           const float *state_in, rm_wkv7_inputs<F> x, int64_t B, int64_t T,
                           int64_t H, int64_t N);
template <class F>
void rm_wkv7_plain_backward(rm_wkv7_gradients d, float *dstate_in, const typename F::value *dy,
                            const float *dstate_out, const float *checkpoints,
                            const float *state_in, rm_wkv7_inputs<F> x, int64_t B, int64_t T,
                            int64_t H, int64_t N);

#endif
