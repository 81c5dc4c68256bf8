/* The parameter registry: one entry a parameter drives placement, initialisation, decay groups,
 * files, tests and reports. Layers declare theirs in one list each (time_mix.h, channel_mix.h,
 * model/network.h) of lines
 *     X(field, "name", rows, cols, init, argument, group, when)
 * over the variables `s` (rm_shape) and `layer`; cols 0 means a vector. */
#ifndef RM_REGISTRY_H
#define RM_REGISTRY_H

#include "base/arena.h"
#include "base/rng.h"
#include "kernels/kernels.h"
#include "nn/shape.h"

typedef enum rm_group {
    RM_GROUP_PLAIN,  /* no weight decay */
    RM_GROUP_MATRIX, /* weight decay */
    RM_GROUP_DECAY,  /* twice the learning rate, no weight decay: w0 */
    RM_GROUP_FITTED /* fitted in closed form; trained by gradient at its own rate, origin_lr, if at all */
} rm_group;

const char *rm_group_name(rm_group group);

/* Where a parameter stands, for the formulas of E12. */
typedef struct rm_init_site {
    int64_t layer;
    const rm_shape *shape;
} rm_init_site;

/* Fills x[rows][cols] (cols 1 for a vector). */
typedef void (*rm_init)(rm_real *x, int64_t rows, int64_t cols, rm_init_site site,
                        double argument, rm_rng *rng);

typedef struct rm_param {
    char name[48];
    int64_t rows, cols; /* cols 0: vector of `rows` */
    int64_t offset, count;
    rm_group group;
    rm_init init;
    double argument;
    int64_t layer;
} rm_param;

typedef struct rm_registry {
    const char *prefix; /* of all names, borrowed; NULL: none */
    rm_param *items;
    int64_t n, capacity;
    int64_t total;       /* elements of the block, padding included */
    rimer_status status; /* of the first rm_registry_add that failed */
} rm_registry;

/* Appends a parameter and returns its offset in the block, a multiple of 16 elements; -1 when
 * `when` is 0 (the parameter does not exist here) or memory ran out (registry->status). */
int64_t rm_registry_add(rm_registry *registry, const char *prefix, const char *name,
                        int64_t rows, int64_t cols, rm_init init, double argument,
                        rm_group group, int64_t layer, int when);

/* Expansions of a list: the struct of offsets, and the statements that register them. */
#define RM_PARAM_SLOT(field, name, rows, cols, init, argument, group, when) int64_t field;
#define RM_PARAM_ADD(field, name, rows, cols, init, argument, group, when)             \
    slots->field = rm_registry_add(registry, prefix, name, rows, cols, init, argument, \
                                   RM_GROUP_##group, layer, when);

/* Buffers are listed too, as X(name, count): the struct of pointers, and the layout statements
 * that take them from `arena` for a struct called `to`. */
#define RM_BUFFER_MEMBER(name, count) rm_real *name;
#define RM_BUFFER_TAKE(name, count) to->name = rm_arena_take(arena, count, sizeof(rm_real));

const rm_param *rm_registry_find(const rm_registry *registry, const char *name);

/* Initialises the whole block values[total] from a seed; every parameter has a random stream of
 * its own, by its name without the registry's prefix, so that adding one leaves the others alone. */
void rm_registry_init(const rm_registry *registry, const rm_shape *shape, uint64_t seed,
                      rm_real *values);

/* Trained values: all parameters but padding. */
int64_t rm_registry_count(const rm_registry *registry);

void rm_registry_free(rm_registry *registry);

#endif
