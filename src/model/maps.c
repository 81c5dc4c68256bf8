#include "model/maps.h"

static const rm_shape *shape_of(const rm_maps *at) {
    return &at->network->shape;
}

static int has_shared(const rm_maps *at) {
    return shape_of(at)->origin == RIMER_ORIGIN_LINEAR;
}

static int has_own(const rm_maps *at) {
    return shape_of(at)->own_channels > 0;
}

void rm_maps_layout(rm_maps *at, rm_arena *arena, rm_arena *beside, int64_t B, int64_t rows) {
    const rm_shape *s = shape_of(at);
    int64_t n = has_shared(at) || has_own(at) ? s->context_len : 0;
    at->channel = rm_shared_take(arena, beside, has_own(at) ? rows : 0);
    at->x = rm_arena_take(arena, B * n, sizeof *at->x);
    at->own = rm_arena_take(arena, B * s->own_rank, sizeof *at->own);
}

void rm_maps_place(const rm_maps *at, rm_places places, int64_t B) {
    if (!has_own(at))
        return;
    for (int64_t b = 0; b < B; b++)
        at->channel.host[b] = (rm_real)places.at[b * places.each].channel;
    rm_shared_send(at->kernels, at->channel, 0, B);
}

void rm_maps_read(rm_maps *at, const rm_real *history, const rm_real *missing,
                  const rm_real *last, int64_t length, int64_t B) {
    int64_t L = shape_of(at)->context_len, from = length > L ? length - L : 0;
    if (!has_shared(at) && !has_own(at))
        return;
    at->n = length - from;
    at->kernels->center_forward(at->x, history + from, missing + from, last, B, at->n, length);
}

static void shared_forward(const rm_maps *at, const rm_real *params, const rm_real *scale,
                           rm_real *sum, int add, int64_t B) {
    const rm_kernels *k = at->kernels;
    const rm_shape *s = shape_of(at);
    const rm_head *slots = &at->network->head;
    int64_t L = s->context_len, O = s->output_len;
    k->gemm(sum, O, add, 0, 1, at->x, at->n, params + slots->origin + (L - at->n), L, B, O,
            at->n);
    if (s->constant_bias)
        k->bias_unscaled(sum, params + slots->origin_bias, scale, B, O);
    else
        k->bias_forward(sum, params + slots->origin_bias, B, O);
}

static void own_forward(const rm_maps *at, const rm_real *params, rm_real *sum, int64_t row,
                        int64_t B) {
    const rm_kernels *k = at->kernels;
    const rm_shape *s = shape_of(at);
    const rm_head *slots = &at->network->head;
    int64_t L = s->context_len, R = s->own_rank, O = s->output_len;
    const rm_real *channel = at->channel.device + row;
    k->own_map_forward(at->own, 0, at->x, params + slots->own_read + (L - at->n) * R, L * R,
                       channel, B, at->n, R);
    k->own_map_forward(sum, 1, at->own, params + slots->own_write, R * O, channel, B, R, O);
}

void rm_maps_forward(const rm_maps *at, const rm_real *params, const rm_real *scale,
                     rm_real *sum, int add, int64_t row, int64_t B) {
    if (has_shared(at))
        shared_forward(at, params, scale, sum, add, B);
    else if (!add)
        at->kernels->fill(sum, 0, B * shape_of(at)->output_len);
    if (has_own(at))
        own_forward(at, params, sum, row, B);
}

void rm_maps_backward(const rm_maps *at, rm_real *grads, const rm_real *dsum,
                      const rm_real *scale, int64_t B) {
    const rm_kernels *k = at->kernels;
    const rm_shape *s = shape_of(at);
    const rm_head *slots = &at->network->head;
    int64_t L = s->context_len, O = s->output_len, n = at->n;
    if (!has_shared(at))
        return;
    k->gemm(grads + slots->origin + (L - n), L, 1, 1, 0, dsum, O, at->x, n, O, n, B);
    if (s->constant_bias)
        k->bias_unscaled_backward(grads + slots->origin_bias, dsum, scale, B, O);
    else
        k->bias_backward(grads + slots->origin_bias, dsum, B, O);
}
