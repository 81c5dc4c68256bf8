#include "kernels/shared.h"

rm_shared rm_shared_take(rm_arena *device, rm_arena *host, int64_t count) {
    rm_real *values = rm_arena_take(device, count, sizeof *values);
    rm_real *beside = device->memory ? rm_arena_take(host, count, sizeof *beside) : values;
    return (rm_shared){beside, values};
}

rimer_status rm_shared_reserve(rm_arena *device, rm_arena *host) {
    if (device->memory)
        RM_TRY(rm_arena_reserve(host));
    return rm_arena_reserve(device);
}

void rm_shared_send(const rm_kernels *kernels, rm_shared shared, int64_t at, int64_t n) {
    if (kernels->memory)
        kernels->memory->upload(shared.device + at, shared.host + at,
                                (size_t)n * sizeof *shared.host);
}

rimer_status rm_shared_fetch(const rm_kernels *kernels, rm_shared shared, int64_t at,
                             int64_t n) {
    return rm_fetch(kernels, shared.host + at, shared.device + at,
                    (size_t)n * sizeof *shared.host);
}

rimer_status rm_fetch(const rm_kernels *kernels, void *to, const void *from, size_t bytes) {
    const char *problem = kernels->memory ? kernels->memory->download(to, from, bytes) : NULL;
    if (problem)
        RM_FAIL(FAILED, "%s", problem);
    return RIMER_OK;
}
