#include "nn/attention.h"

#include "nn/linear.h"

void rm_attention_register(rm_attention *slots, rm_registry *registry, const rm_shape *s,
                           int64_t layer, const char *prefix) {
    RM_ATTENTION_PARAMS(RM_PARAM_ADD)
}

void rm_attention_layout(rm_arena *arena, rm_attention_saved *to, const rm_shape *s, int64_t B,
                         int64_t T) {
    int64_t M = B * T, P = rm_ends_most(B, T);
    RM_ATTENTION_SAVED(RM_BUFFER_TAKE)
}

void rm_attention_room_layout(rm_arena *arena, rm_attention_room *to, const rm_shape *s,
                              int64_t B, int64_t T, int backward) {
    int64_t M = B * T;
    RM_ATTENTION_ROOM(RM_BUFFER_TAKE)
}

void rm_attention_forward(const rm_kernels *kernels, const rm_shape *s,
                          const rm_attention *slots, const rm_real *params,
                          rm_attention_saved *saved, rm_attention_room *room, rm_real *y,
                          const rm_real *x, int64_t B, int64_t T, int64_t E) {
    int64_t D = s->width, W = rm_heads_width(s), M = B * T;
    rm_affine_forward(kernels, saved->q, x, params + slots->query, params + slots->query_bias,
                      M, D, W, 0);
    rm_affine_forward(kernels, saved->k, x, params + slots->key, params + slots->key_bias, M, D,
                      W, 0);
    rm_affine_forward(kernels, saved->v, x, params + slots->value, params + slots->value_bias,
                      M, D, W, 0);
    kernels->attention_forward(saved->y, saved->peak, saved->inverse, saved->q, saved->k,
                               saved->v, room->scratch, B, T, s->heads, s->head_size);
    rm_affine_forward(kernels, y, rm_ends_take(kernels, saved->ends, saved->y, B, T, E, W),
                      params + slots->output, params + slots->output_bias, B * E, W, D, 1);
}

void rm_attention_backward(const rm_kernels *kernels, const rm_shape *s,
                           const rm_attention *slots, const rm_real *params, rm_real *grads,
                           const rm_attention_saved *saved, rm_attention_room *room,
                           rm_real *dx, const rm_real *dy, const rm_real *x, int64_t B,
                           int64_t T, int64_t E) {
    int64_t D = s->width, W = rm_heads_width(s), M = B * T;
    int all = E == T;
    rm_real *of_ends = all ? room->dy : room->dq; /* which is not written yet */
    rm_affine_backward(kernels, of_ends, grads + slots->output, grads + slots->output_bias, dy,
                       all ? saved->y : saved->ends, params + slots->output, B * E, W, D, 0);
    if (!all)
        rm_ends_put(kernels, room->dy, of_ends, B, T, E, W);
    kernels->attention_backward(room->dq, room->dk, room->dv, room->dy, saved->y, saved->peak,
                                saved->inverse, saved->q, saved->k, saved->v, room->scratch, B,
                                T, s->heads, s->head_size);
    rm_affine_backward(kernels, dx, grads + slots->query, grads + slots->query_bias, room->dq,
                       x, params + slots->query, M, D, W, 0);
    rm_affine_backward(kernels, dx, grads + slots->key, grads + slots->key_bias, room->dk, x,
                       params + slots->key, M, D, W, 1);
    rm_affine_backward(kernels, dx, grads + slots->value, grads + slots->value_bias, room->dv,
                       x, params + slots->value, M, D, W, 1);
}
