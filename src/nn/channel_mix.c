#include "nn/channel_mix.h"

#include "nn/linear.h"

void rm_channel_mix_register(rm_channel_mix *slots, rm_registry *registry, const rm_shape *s,
                             int64_t layer, const char *prefix) {
    RM_CHANNEL_MIX_PARAMS(RM_PARAM_ADD)
}

void rm_channel_mix_layout(rm_arena *arena, rm_channel_mix_saved *to, const rm_shape *s,
                           int64_t B, int64_t T) {
    int64_t M = B * T, P = rm_ends_most(B, T);
    RM_CHANNEL_MIX_SAVED(RM_BUFFER_TAKE)
}

void rm_channel_mix_room_layout(rm_arena *arena, rm_channel_mix_room *to, const rm_shape *s,
                                int64_t B, int64_t T) {
    int64_t M = B * T, P = rm_ends_most(B, T);
    RM_CHANNEL_MIX_ROOM(RM_BUFFER_TAKE)
}

static void linear_forward(const rm_kernels *kernels, const rm_shape *s,
                           const rm_channel_mix *slots, const rm_real *params, rm_real *y,
                           const rm_real *x, int64_t M) {
    rm_affine_forward(kernels, y, x, params + slots->weight, params + slots->bias, M, s->width,
                      s->width, 1);
}

static void linear_backward(const rm_kernels *kernels, const rm_shape *s,
                            const rm_channel_mix *slots, const rm_real *params, rm_real *grads,
                            rm_real *dx, const rm_real *dy, const rm_real *x, int64_t M) {
    rm_affine_backward(kernels, dx, grads + slots->weight, grads + slots->bias, dy, x,
                       params + slots->weight, M, s->width, s->width, 0);
}

static void gelu_forward(const rm_kernels *kernels, const rm_shape *s,
                         const rm_channel_mix *slots, const rm_real *params,
                         rm_channel_mix_saved *saved, rm_real *y, const rm_real *x, int64_t M) {
    int64_t D = s->width, F = s->ffn_width;
    rm_affine_forward(kernels, saved->hidden, x, params + slots->up, params + slots->up_bias, M,
                      D, F, 0);
    kernels->gelu_forward(saved->active, saved->hidden, M * F);
    rm_affine_forward(kernels, y, saved->active, params + slots->down,
                      params + slots->down_bias, M, F, D, 1);
}

static void gelu_backward(const rm_kernels *kernels, const rm_shape *s,
                          const rm_channel_mix *slots, const rm_real *params, rm_real *grads,
                          const rm_channel_mix_saved *saved, rm_channel_mix_room *room,
                          rm_real *dx, const rm_real *dy, const rm_real *x, int64_t M) {
    int64_t D = s->width, F = s->ffn_width;
    rm_affine_backward(kernels, room->dhidden, grads + slots->down, grads + slots->down_bias,
                       dy, saved->active, params + slots->down, M, F, D, 0);
    kernels->gelu_backward(room->dhidden, room->dhidden, saved->hidden, M * F);
    rm_affine_backward(kernels, dx, grads + slots->up, grads + slots->up_bias, room->dhidden, x,
                       params + slots->up, M, D, F, 0);
}

void rm_channel_mix_forward(const rm_kernels *kernels, const rm_shape *s,
                            const rm_channel_mix *slots, const rm_real *params,
                            rm_channel_mix_saved *saved, rm_real *y, const rm_real *x,
                            const rm_real *shift_in, rm_real *shift_out, int64_t B, int64_t T,
                            int64_t E) {
    int64_t D = s->width, F = s->ffn_width, M = B * E;
    if (s->channel_mix == RIMER_MIX_LINEAR) {
        linear_forward(kernels, s, slots, params, y, x, M);
        return;
    }
    if (s->channel_mix == RIMER_MIX_GELU) {
        gelu_forward(kernels, s, slots, params, saved, y, x, M);
        return;
    }
    const rm_real *mix = params + slots->x_k;
    kernels->shift_mix_forward(&saved->mixed, x, shift_in, &mix, 1, B, T, D);
    if (shift_out)
        kernels->last_token(shift_out, x, B, T, D);
    const rm_real *mixed = rm_ends_take(kernels, saved->ends, saved->mixed, B, T, E, D);
    rm_linear_forward(kernels, saved->hidden, F, mixed, D, params + slots->key, M, D, F, 0);
    kernels->square_relu_forward(saved->active, saved->hidden, M * F);
    rm_linear_forward(kernels, y, D, saved->active, F, params + slots->value, M, F, D, 1);
}

void rm_channel_mix_backward(const rm_kernels *kernels, const rm_shape *s,
                             const rm_channel_mix *slots, const rm_real *params, rm_real *grads,
                             const rm_channel_mix_saved *saved, rm_channel_mix_room *room,
                             rm_real *dx, const rm_real *dy, const rm_real *x,
                             const rm_real *shift_in, rm_real *dshift, int64_t B, int64_t T,
                             int64_t E) {
    int64_t D = s->width, F = s->ffn_width, M = B * E;
    if (s->channel_mix == RIMER_MIX_LINEAR) {
        linear_backward(kernels, s, slots, params, grads, dx, dy, x, M);
        return;
    }
    if (s->channel_mix == RIMER_MIX_GELU) {
        gelu_backward(kernels, s, slots, params, grads, saved, room, dx, dy, x, M);
        return;
    }
    rm_linear_backward(kernels, room->dhidden, F, grads + slots->value, dy, D, saved->active, F,
                       params + slots->value, M, F, D, 0);
    kernels->square_relu_backward(room->dhidden, room->dhidden, saved->hidden, M * F);
    int all = E == T;
    rm_real *dmixed = all ? room->dmixed : room->dends;
    rm_linear_backward(kernels, dmixed, D, grads + slots->key, room->dhidden, F,
                       all ? saved->mixed : saved->ends, D, params + slots->key, M, D, F, 0);
    if (!all)
        rm_ends_put(kernels, room->dmixed, dmixed, B, T, E, D);
    const rm_real *mix = params + slots->x_k;
    rm_real *dmix = grads + slots->x_k;
    kernels->shift_mix_backward(dx, &dmix, dshift, &room->dmixed, x, shift_in, &mix, 1, B, T,
                                D);
}
