#include "base/arena.h"

#include "base/array.h"

#include <stdlib.h>
#include <string.h>

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#define GAP RM_ARENA_ALIGN /* a red zone behind every piece */
#else
#define GAP 0
#define ASAN_POISON_MEMORY_REGION(start, size) ((void)(start), (void)(size))
#define ASAN_UNPOISON_MEMORY_REGION(start, size) ((void)(start), (void)(size))
#endif

static size_t aligned(size_t size) {
    return (size + RM_ARENA_ALIGN - 1) / RM_ARENA_ALIGN * RM_ARENA_ALIGN;
}

void *rm_arena_take(rm_arena *arena, int64_t count, size_t size) {
    size_t bytes = (size_t)count * size, taken = aligned(bytes) + GAP;
    /* An impossible size sticks at the largest one, and reserve refuses it. */
    if (count < 0 || (size && (uint64_t)count > SIZE_MAX / 4 / size) ||
        arena->used > SIZE_MAX / 4) {
        arena->used = SIZE_MAX / 2;
        return NULL;
    }
    char *piece = arena->base ? arena->base + arena->used : NULL;
    arena->used += taken;
    if (piece && !arena->memory)
        ASAN_UNPOISON_MEMORY_REGION(piece, bytes);
    return piece;
}

rimer_status rm_arena_reserve(rm_arena *arena) {
    size_t size = arena->used ? arena->used : RM_ARENA_ALIGN;
    void *base = NULL;
    const char *problem = NULL;
    if (size < SIZE_MAX / 4 && arena->memory)
        problem = arena->memory->reserve(&base, size);
    if (problem)
        RM_FAIL(NO_MEMORY, "%s", problem);
    if (size >= SIZE_MAX / 4 ||
        (!arena->memory && posix_memalign(&base, RM_ARENA_ALIGN, size) != 0))
        RM_FAIL(NO_MEMORY, "out of memory: %.1f MiB for one arena",
                (double)size / (1024 * 1024));
    if (!arena->memory) {
        rm_large_pages(base, size);
        memset(base, 0, size);
        ASAN_POISON_MEMORY_REGION(base, size);
    }
    arena->base = base;
    arena->size = size;
    arena->used = 0;
    return RIMER_OK;
}

void rm_arena_free(rm_arena *arena) {
    if (arena->base && arena->memory)
        arena->memory->release(arena->base);
    else if (arena->base) {
        ASAN_UNPOISON_MEMORY_REGION(arena->base, arena->size);
        free(arena->base);
    }
    memset(arena, 0, sizeof *arena);
}
