/* Checked allocation of arrays. All memory of the library comes through here or an arena. */
#ifndef RM_ARRAY_H
#define RM_ARRAY_H

#include "base/error.h"

#include <stddef.h>
#include <stdint.h>

_Static_assert(sizeof(size_t) >= sizeof(int64_t),
               "Rimer counts in 64 bits: no 32-bit machines");

/* Allocates `count` zeroed elements of `size` bytes and stores the pointer in *out (a T **);
 * one element at least, so that the result is never NULL. RIMER_NO_MEMORY with the size in the
 * sentence, also when count * size overflows. Free with free(). */
rimer_status rm_array_new(void *out, int64_t count, size_t size);

/* Grows *array (a T **) to hold `count` elements at least, by half its *capacity or more. */
rimer_status rm_array_grow(void *array, int64_t *capacity, int64_t count, size_t size);

/* Asks the system for large pages wherever whole ones lie in `memory`, before it is written: a step
 * goes through more memory than the processor holds the addresses of small pages of. Nothing
 * happens where the system has none. rm_array_new and arenas ask by themselves. */
#define RM_LARGE_PAGE ((size_t)2 << 20)
void rm_large_pages(void *memory, size_t size);

/* Bytes of memory that this machine has; INT64_MAX if it does not say. What a file asks for is
 * measured against it first: a system that promises more than it has ends the process later. */
int64_t rm_memory_size(void);

/* Copies a string; free with free(). */
rimer_status rm_string_copy(char **out, const char *text);

#endif
