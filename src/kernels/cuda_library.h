/* What librimer and librimer-cuda.so, which it opens when a GPU is asked for (device_kernels.c), know of each
 * other: one function. */
#ifndef RM_CUDA_LIBRARY_H
#define RM_CUDA_LIBRARY_H

#include "kernels/kernels.h"

#define RM_CUDA_LIBRARY "librimer-cuda.so"
#define RM_CUDA_OPEN "rm_cuda_open"

/* What both must be built from: the reals, then each kernel of the table. Ended by NULL. */
#define RM_KERNEL_TEXT(type, name, arguments) #type #name #arguments,
#define RM_CUDA_BUILD \
    { RM_REAL_NAME, RM_KERNEL_LIST(RM_KERNEL_TEXT) NULL }

typedef struct rm_cuda {
    rm_kernels kernels[RM_PRECISIONS]; /* by that of their products */
    rm_kernels plain; /* for comparison: its recurrence is that of odd head sizes for all */
    /* Seconds that the GPU spends on what `work` asks for, between two events. Returns NULL, or what
     * went wrong. */
    const char *(*time)(void (*work)(void *arg), void *arg, double *seconds);
    char text[160]; /* name, memory and compute capability of the GPU */
} rm_cuda;

/* Opens GPU `index` (-1: the first), which stays open. A process has one, and the same again is fine.
 * Returns NULL, or what went wrong: a sentence in memory of the thread. */
typedef const char *rm_cuda_open_function(const char *const *build, int64_t index,
                                          const rm_cuda **out);

#endif
