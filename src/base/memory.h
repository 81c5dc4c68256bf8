/* Memory of a device: tensors that kernels of its own read and write, and nobody else. The
 * processor's memory needs none of this, and where a pointer to an rm_memory may be NULL, that is
 * meant.
 *
 * What a device is asked for again and again it can be asked for at once: work that is repeated.
 *
 * Kernels and uploads do not wait and cannot fail by themselves: the first failure is kept, and
 * every download from then on returns it. Any thread may call any of these. */
#ifndef RM_MEMORY_H
#define RM_MEMORY_H

#include <stddef.h>

typedef struct rm_repeated rm_repeated;

typedef struct rm_memory {
    /* Zeroed, aligned to 256 bytes. Returns NULL, or a sentence in memory of the thread. */
    const char *(*reserve)(void **base, size_t bytes);
    void (*release)(void *base);
    /* `from` may change once it returns. */
    void (*upload)(void *to, const void *from, size_t bytes);
    /* Waits for the kernels before. Returns NULL, or what went wrong since the device was opened,
     * a sentence with the name of the call; then `to` is not written. */
    const char *(*download)(void *to, const void *from, size_t bytes);
    /* Has `work` done, which calls kernels and nothing else here, with the same arguments each time: what differs
     * is in the device's memory. At first it is called; later it may have been recorded, and be
     * done without. *repeated is NULL at first. */
    void (*repeat)(rm_repeated **repeated, void (*work)(void *arg), void *arg);
    void (*forget)(rm_repeated *repeated); /* NULL is fine */
} rm_memory;

#endif
