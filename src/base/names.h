/* Texts numbered in the order of their first appearance. */
#ifndef RM_NAMES_H
#define RM_NAMES_H

#include "base/error.h"

#include <stdint.h>

/* All zero is an empty one. */
typedef struct rm_names {
    int64_t n;
    char **texts; /* [n] */
    int64_t capacity;
    int64_t *slots; /* [n_slots], a power of two: number of a text plus 1; 0 is free */
    int64_t n_slots;
    int64_t last; /* found last: rows of one name usually follow each other */
} rm_names;

/* The number of `text`, which is added if it is new. RIMER_NO_MEMORY. */
rimer_status rm_names_number(rm_names *names, const char *text, int64_t *number);

/* The same without adding: -1 if it is not there. */
int64_t rm_names_find(const rm_names *names, const char *text);

void rm_names_free(rm_names *names);

#endif
