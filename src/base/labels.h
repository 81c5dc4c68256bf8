/* Texts numbered in the order of their first appearance. */
#ifndef RM_LABELS_H
#define RM_LABELS_H

#include "base/error.h"

#include <stdint.h>

/* All zero is an empty one. */
typedef struct rm_labels {
    int64_t n;
    char **texts; /* [n] */
    int64_t capacity;
    int64_t *slots; /* [n_slots], a power of two: number of a text plus 1; 0 is free */
    int64_t n_slots;
    int64_t last; /* found last: rows of one name usually follow each other */
} rm_labels;

/* The number of `text`, which is added if it is new. RIMER_NO_MEMORY. */
rimer_status rm_labels_number(rm_labels *names, const char *text, int64_t *number);

/* The same without adding: -1 if it is not there. */
int64_t rm_labels_find(const rm_labels *names, const char *text);

/* The first of n texts that stands among those before it; *twice is NULL if there is none. */
rimer_status rm_labels_repeated(char *const *texts, int64_t n, const char **twice);

void rm_labels_free(rm_labels *names);

/* A text of somebody else's and its place there, to be found among many. */
typedef struct rm_named {
    const char *name;
    int64_t index;
} rm_named;

/* By name, and those of one name by index, as rm_named_find needs them. */
void rm_named_sort(rm_named *names, int64_t n);

/* The first index of a name; -1 if it is not there. */
int64_t rm_named_find(const rm_named *names, int64_t n, const char *name);

/* Calls `take` for each name of a list separated by commas, without blanks around it. A name that
 * holds commas stands in double quotes, where "" is a quote, as in CSV. */
rimer_status rm_labels_each(const char *list,
                            rimer_status (*take)(void *user, const char *name), void *user);

#endif
