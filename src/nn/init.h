/* Initialisation, E12. Each is an rm_init; `argument` is explained per line. */
#ifndef RM_INIT_H
#define RM_INIT_H

#include "nn/registry.h"

#define RM_INIT_LIST(X)                                                                   \
    X(constant)   /* the argument */                                                      \
    X(time_shift) /* 1 - (n/D)^(argument * tau) */                                        \
    X(ffn_shift)  /* 1 - (n/D)^(tau^4) */                                                 \
    X(decay)      /* w0 */                                                                \
    X(rate)       /* a0 */                                                                \
    X(value)      /* v0 */                                                                \
    X(removal)    /* k_k */                                                               \
    X(orthogonal) /* rows or columns orthonormal, gain = argument; as RWKV-LM, a matrix \
                     with more rows than columns is scaled by sqrt(rows / cols) */ \
    X(uniform)    /* U(-b, b), b = argument / sqrt(cols): a linear layer's usual */       \
    X(head_norm)  /* ((1 + l) / L)^0.7 */                                                 \
    X(head)       /* 0 with zero_head, else as uniform */                                 \
    X(spread)     /* the head's bias: 0 for the median, steps from quantile to quantile of a \
                     standard normal distribution */

#define RM_INIT_DECLARATION(name)                                                  \
    void rm_init_##name(rm_real *x, int64_t rows, int64_t cols, rm_init_site site, \
                        double argument, rm_rng *rng);
RM_INIT_LIST(RM_INIT_DECLARATION)
#undef RM_INIT_DECLARATION

/* The x whose softplus is `step` > 0. */
double rm_softplus_inverse(double step);

#endif
