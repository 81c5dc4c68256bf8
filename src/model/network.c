#include "model/network.h"

#include "base/array.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void register_ends(rm_network *network) {
    const rm_shape *s = &network->shape;
    rm_registry *registry = &network->registry;
    const char *prefix = "";
    int64_t layer = 0;
    {
        rm_embed *slots = &network->embed;
        RM_EMBED_PARAMS(RM_PARAM_ADD)
    }
    {
        rm_head *slots = &network->head;
        RM_HEAD_PARAMS(RM_PARAM_ADD)
    }
}

static void register_block(rm_network *network, int64_t layer) {
    const rm_shape *s = &network->shape;
    rm_registry *registry = &network->registry;
    rm_block *slots = &network->blocks[layer];
    char prefix[32];
    snprintf(prefix, sizeof prefix, "blocks.%lld.", (long long)layer);
    RM_BLOCK_PARAMS(RM_PARAM_ADD)
    rm_mixer_register(&slots->mixer, registry, s, layer, prefix);
    rm_channel_mix_register(&slots->channel_mix, registry, s, layer, prefix);
}

rimer_status rm_network_build(rm_network *network, const rm_shape *shape, const char *prefix) {
    memset(network, 0, sizeof *network);
    network->registry.prefix = prefix;
    network->shape = *shape;
    RM_TRY(rm_array_new(&network->blocks, shape->layers, sizeof *network->blocks));
    register_ends(network);
    for (int64_t layer = 0; layer < shape->layers; layer++)
        register_block(network, layer);
    rimer_status status = network->registry.status;
    if (status != RIMER_OK)
        rm_network_free(network);
    return status;
}

void rm_network_free(rm_network *network) {
    free(network->blocks);
    rm_registry_free(&network->registry);
    memset(network, 0, sizeof *network);
}

static void state_layout(rm_state *state, const rm_shape *s, int64_t B) {
    rm_arena *arena = &state->arena;
    for (int64_t layer = 0; layer < s->layers; layer++) {
        rm_time_mix_state *carried = &state->time_mix[layer];
        carried->shift = rm_arena_take(arena, B * s->width, sizeof(rm_real));
        carried->wkv = rm_arena_take(arena, B * s->width * s->head_size, sizeof(rm_real));
        state->channel_mix[layer] = rm_arena_take(arena, B * s->width, sizeof(rm_real));
    }
}

/* Measured, not yet placed; to be freed either way. */
static rimer_status begin_state(rm_state *state, const rm_network *network, int64_t B) {
    memset(state, 0, sizeof *state);
    int64_t layers = network->shape.layers;
    RM_TRY(rm_array_new(&state->time_mix, layers, sizeof *state->time_mix));
    RM_TRY(rm_array_new(&state->channel_mix, layers, sizeof *state->channel_mix));
    state_layout(state, &network->shape, B);
    return RIMER_OK;
}

rimer_status rm_state_measure(const rm_network *network, int64_t B, size_t *bytes) {
    rm_state state;
    rimer_status status = begin_state(&state, network, B);
    *bytes = state.arena.used;
    rm_state_free(&state);
    return status;
}

rimer_status rm_state_create(rm_state *state, const rm_kernels *kernels,
                             const rm_network *network, int64_t B) {
    rimer_status status = begin_state(state, network, B);
    state->arena.memory = kernels->memory;
    if (status == RIMER_OK)
        status = rm_arena_reserve(&state->arena);
    if (status != RIMER_OK) {
        rm_state_free(state);
        return status;
    }
    state_layout(state, &network->shape, B);
    return RIMER_OK;
}

void rm_state_free(rm_state *state) {
    free(state->time_mix);
    free(state->channel_mix);
    rm_arena_free(&state->arena);
    memset(state, 0, sizeof *state);
}

/* n rows from `row` on, `each` 0: that one row n times. */
static void copy_rows(rm_state *to, const rm_state *from, int64_t row, int64_t n, int64_t each,
                      const rm_kernels *kernels, const rm_shape *s) {
    int64_t D = s->width, S = D * s->head_size;
    for (int64_t layer = 0; layer < s->layers; layer++) {
        const rm_time_mix_state *ours = &to->time_mix[layer], *theirs = &from->time_mix[layer];
        kernels->copy_rows(ours->shift, D, theirs->shift + row * D, each * D, n, D);
        kernels->copy_rows(ours->wkv, S, theirs->wkv + row * S, each * S, n, S);
        kernels->copy_rows(to->channel_mix[layer], D, from->channel_mix[layer] + row * D,
                           each * D, n, D);
    }
}

void rm_state_copy(rm_state *to, const rm_kernels *kernels, const rm_network *network,
                   const rm_state *from, int64_t row, int64_t n) {
    copy_rows(to, from, row, n, 1, kernels, &network->shape);
}

void rm_state_repeat(rm_state *to, const rm_kernels *kernels, const rm_network *network,
                     const rm_state *from, int64_t row, int64_t n) {
    copy_rows(to, from, row, n, 0, kernels, &network->shape);
}
