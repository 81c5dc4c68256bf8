/* Arenas: one block, carved by one layout routine that runs twice, first to measure (base NULL),
 * then to place. Nothing is freed singly, nothing is allocated inside a step.
 *
 *     rm_arena arena = {0};
 *     layout(&arena, &buffers);          // measures
 *     RM_TRY(rm_arena_reserve(&arena));  // allocates, zeroed
 *     layout(&arena, &buffers);          // places
 */
#ifndef RM_ARENA_H
#define RM_ARENA_H

#include "base/error.h"
#include "base/memory.h"

#include <stddef.h>
#include <stdint.h>

#define RM_ARENA_ALIGN 64

typedef struct rm_arena {
    char *base; /* NULL while measuring */
    size_t used, size;
    const rm_memory *memory; /* whose block it is, set before it is reserved; NULL: malloc's */
} rm_arena;

/* `count` elements of `size` bytes, 64-byte aligned; NULL while measuring. Builds with
 * AddressSanitizer poison the gaps between the pieces. */
void *rm_arena_take(rm_arena *arena, int64_t count, size_t size);

/* Allocates what was measured, zeroed, and starts over to place. RIMER_NO_MEMORY with the size. */
rimer_status rm_arena_reserve(rm_arena *arena);

void rm_arena_free(rm_arena *arena);

#endif
