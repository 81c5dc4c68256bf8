#include "nn/ends.h"

const rm_real *rm_ends_take(const rm_kernels *kernels, rm_real *room, const rm_real *x,
                            int64_t B, int64_t T, int64_t E, int64_t D) {
    if (E == T)
        return x;
    kernels->copy_rows(room, E * D, x + (T - E) * D, T * D, B, E * D);
    return room;
}

void rm_ends_put(const rm_kernels *kernels, rm_real *y, const rm_real *ends, int64_t B,
                 int64_t T, int64_t E, int64_t D) {
    if (E < T)
        kernels->fill(y, 0, B * T * D);
    kernels->copy_rows(y + (T - E) * D, T * D, ends, E * D, B, E * D);
}

const rm_real *rm_ends_take_between(const rm_kernels *kernels, rm_real *room, const rm_real *x,
                                    int64_t B, int64_t T, int64_t E, int64_t D) {
    if (E == T)
        return x;
    kernels->copy_rows_between(room, 0, E * D, x, (T - E) * D, T * D, B, E * D);
    return room;
}

void rm_ends_put_between(const rm_kernels *kernels, rm_real *y, const rm_real *ends, int64_t B,
                         int64_t T, int64_t E, int64_t D) {
    if (E < T)
        kernels->fill(y, 0, B * T * D); /* 0 in any format, of this size at most */
    kernels->copy_rows_between(y, (T - E) * D, T * D, ends, 0, E * D, B, E * D);
}
