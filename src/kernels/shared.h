/* A buffer that the library reads or writes itself besides the kernels: a batch, a forecast. On a
 * device it is two, and what goes over is said; on the processor the two are one and nothing is
 * copied. */
#ifndef RM_SHARED_H
#define RM_SHARED_H

#include "base/arena.h"
#include "kernels/kernels.h"

typedef struct rm_shared {
    rm_real *host;   /* for the library */
    rm_real *device; /* for kernels */
} rm_shared;

/* `count` values of a table's memory (the arena `device`) and, if that is a device's, as many of
 * the processor's (the arena `host`). NULL while measuring. */
rm_shared rm_shared_take(rm_arena *device, rm_arena *host, int64_t count);

/* rm_arena_reserve of both, the second only if it has something. */
rimer_status rm_shared_reserve(rm_arena *device, rm_arena *host);

/* Host to device, the n values at `at`. A failure shows in the next fetch. */
void rm_shared_send(const rm_kernels *kernels, rm_shared shared, int64_t at, int64_t n);

/* Device to host. RIMER_FAILED: something that the device was asked for went wrong. */
rimer_status rm_shared_fetch(const rm_kernels *kernels, rm_shared shared, int64_t at,
                             int64_t n);

/* The same for any bytes; on the processor `to` must be `from`. */
rimer_status rm_fetch(const rm_kernels *kernels, void *to, const void *from, size_t bytes);

#endif
