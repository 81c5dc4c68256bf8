#define _DEFAULT_SOURCE /* madvise */
#include "base/array.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static rimer_status no_memory(int64_t count, size_t size) {
    RM_FAIL(NO_MEMORY, "out of memory: %lld elements of %zu bytes", (long long)count, size);
}

rimer_status rm_array_new(void *out, int64_t count, size_t size) {
    if (count < 0 || (size && (uint64_t)count > SIZE_MAX / 2 / size))
        return no_memory(count, size);
    void *memory = calloc(count ? (size_t)count : 1, size);
    if (!memory)
        return no_memory(count, size);
    rm_large_pages(memory, (size_t)count * size);
    memcpy(out, &memory, sizeof memory);
    return RIMER_OK; /* cppcheck-suppress memleak; it went out by memcpy */
}

rimer_status rm_array_grow(void *array, int64_t *capacity, int64_t count, size_t size) {
    if (count <= *capacity)
        return RIMER_OK;
    int64_t wanted = *capacity < 8 ? 8 : *capacity;
    while (wanted < count)
        wanted += wanted / 2;
    if ((uint64_t)wanted > SIZE_MAX / 2 / size)
        return no_memory(wanted, size);
    void *old;
    memcpy(&old, array, sizeof old);
    void *grown = realloc(old, (size_t)wanted * size);
    if (!grown)
        return no_memory(wanted, size);
    memcpy(array, &grown, sizeof grown);
    *capacity = wanted;
    return RIMER_OK;
}

void rm_large_pages(void *memory, size_t size) {
#ifdef MADV_HUGEPAGE
    size_t before = -(uintptr_t)memory % RM_LARGE_PAGE;
    if (size >= before + RM_LARGE_PAGE) /* that it does not is no failure */
        (void)madvise((char *)memory + before, (size - before) / RM_LARGE_PAGE * RM_LARGE_PAGE,
                      MADV_HUGEPAGE);
#else
    (void)memory, (void)size;
#endif
}

int64_t rm_memory_size(void) {
    int64_t pages = sysconf(_SC_PHYS_PAGES), size = sysconf(_SC_PAGESIZE);
    return pages > 0 && size > 0 && pages < INT64_MAX / size ? pages * size : INT64_MAX;
}

rimer_status rm_string_copy(char **out, const char *text) {
    size_t size = strlen(text) + 1;
    char *copy;
    RM_TRY(rm_array_new(&copy, (int64_t)size, 1));
    memcpy(copy, text, size);
    *out = copy;
    return RIMER_OK;
}
