#include "nn/registry.h"

#include "base/array.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ALIGN 16 /* elements: 64 bytes of float */

const char *rm_group_name(rm_group group) {
    static const char *const names[] = {"plain", "matrix", "decay", "fitted"};
    return names[group];
}

static const char *before(const rm_registry *registry) {
    return registry->prefix ? registry->prefix : "";
}

int64_t rm_registry_add(rm_registry *registry, const char *prefix, const char *name,
                        int64_t rows, int64_t cols, rm_init init, double argument,
                        rm_group group, int64_t layer, int when) {
    if (!when || registry->status != RIMER_OK)
        return -1;
    registry->status = rm_array_grow(&registry->items, &registry->capacity, registry->n + 1,
                                     sizeof *registry->items);
    if (registry->status != RIMER_OK)
        return -1;
    rm_param *param = &registry->items[registry->n++];
    *param = (rm_param){.rows = rows,
                        .cols = cols,
                        .offset = registry->total,
                        .count = rows * (cols ? cols : 1),
                        .group = group,
                        .init = init,
                        .argument = argument,
                        .layer = layer};
    snprintf(param->name, sizeof param->name, "%s%s%s", before(registry), prefix, name);
    registry->total += (param->count + ALIGN - 1) / ALIGN * ALIGN;
    return param->offset;
}

const rm_param *rm_registry_find(const rm_registry *registry, const char *name) {
    for (int64_t i = 0; i < registry->n; i++)
        if (strcmp(registry->items[i].name, name) == 0)
            return &registry->items[i];
    return NULL;
}

void rm_registry_init(const rm_registry *registry, const rm_shape *shape, uint64_t seed,
                      rm_real *values) {
    for (int64_t i = 0; i < registry->n; i++) {
        const rm_param *param = &registry->items[i];
        uint64_t stream = 14695981039346656037u; /* FNV-1a of the name */
        for (const char *c = param->name + strlen(before(registry)); *c; c++)
            stream = (stream ^ (unsigned char)*c) * 1099511628211u;
        rm_rng rng = rm_rng_make(seed, stream);
        param->init(values + param->offset, param->rows, param->cols ? param->cols : 1,
                    (rm_init_site){param->layer, shape}, param->argument, &rng);
    }
}

int64_t rm_registry_count(const rm_registry *registry) {
    int64_t count = 0;
    for (int64_t i = 0; i < registry->n; i++)
        count += registry->items[i].count;
    return count;
}

void rm_registry_free(rm_registry *registry) {
    free(registry->items);
    memset(registry, 0, sizeof *registry);
}
