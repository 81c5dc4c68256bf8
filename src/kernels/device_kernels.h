/* Where kernels run: on the processor, or on a GPU through a library that is opened when one is asked
 * for. Without it everything else works. */
#ifndef RM_DEVICE_KERNELS_H
#define RM_DEVICE_KERNELS_H

#include "kernels/kernels.h"

#include <stddef.h>

#define RM_DEVICE_SIZE 32

/* "cpu", "cuda", "cuda:N" or "auto" to the name of what is there: "cpu" or "cuda:N", in name; auto
 * falls back to the processor, and `refused` (may be NULL) says why, else "". RIMER_USAGE: no such
 * name. RIMER_FAILED: this GPU cannot be used. */
rimer_status rm_device_find(const char *wanted, char name[RM_DEVICE_SIZE], char *refused,
                            size_t refused_size);

/* The kernels of a device; of the processor those of rm_kernels_choose. */
rimer_status rm_device_open(const char *wanted, const rm_kernels **out);

/* Which GPU it is; what the processor runs. */
rimer_status rm_device_text(const char *wanted, char *text, size_t size);

/* Seconds that a GPU spends on the kernels that `work` calls. RIMER_USAGE: of the processor. For the
 * bench. */
rimer_status rm_device_time(const char *wanted, void (*work)(void *arg), void *arg,
                            double *seconds);

/* A copy of the kernels of a GPU whose recurrence has a thread a row, and states in global memory.
 * RIMER_USAGE: of the processor. For the bench. */
rimer_status rm_device_plain(rm_kernels *out, const char *wanted);

/* A copy of the kernels of a device for training: products have factors of this precision.
 * RIMER_USAGE: that device has no such products. */
rimer_status rm_device_precise(rm_kernels *out, const char *wanted, int precision);

#endif
