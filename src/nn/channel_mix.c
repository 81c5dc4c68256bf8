#include "nn/channel_mix.h"

#include "nn/linear.h"

void rm_channel_mix_register(rm_channel_mix *slots, rm_registry *registry, const rm_shape *s,
                             int64_t layer, const char *prefix) {
    RM_CHANNEL_MIX_PARAMS(RM_PARAM_ADD)
}

void rm_channel_mix_layout(rm_arena *arena, rm_channel_mix_saved *to, const rm_shape *s,
                           int64_t B, int64_t T) {
    int64_t M = B * T;
    RM_CHANNEL_MIX_SAVED(RM_BUFFER_TAKE)
}

void rm_channel_mix_room_layout(rm_arena *arena, rm_channel_mix_room *to, const rm_shape *s,
                                int64_t B, int64_t T) {
    int64_t M = B * T;
    RM_CHANNEL_MIX_ROOM(RM_BUFFER_TAKE)
}

void rm_channel_mix_forward(const rm_kernels *kernels, const rm_shape *s,
                            const rm_channel_mix *slots, const rm_real *params,
                            rm_channel_mix_saved *saved, rm_real *y, const rm_real *x,
                            const rm_real *shift_in, rm_real *shift_out, int64_t B, int64_t T) {
    int64_t D = s->width, F = s->ffn_width, M = B * T;
    if (s->channel_mix == RIMER_MIX_LINEAR) {
        rm_linear_forward(kernels, y, D, x, D, params + slots->weight, M, D, D, 1);
        kernels->bias_forward(y, params + slots->bias, M, D);
        return;
    }
    const rm_real *mix = params + slots->x_k;
    kernels->shift_mix_forward(&saved->mixed, x, shift_in, &mix, 1, B, T, D);
    if (shift_out)
        kernels->last_token(shift_out, x, B, T, D);
    rm_linear_forward(kernels, saved->hidden, F, saved->mixed, D, params + slots->key, M, D, F,
                      0);
    kernels->square_relu_forward(saved->squared, saved->hidden, M * F);
    rm_linear_forward(kernels, y, D, saved->squared, F, params + slots->value, M, F, D, 1);
}

void rm_channel_mix_backward(const rm_kernels *kernels, const rm_shape *s,
                             const rm_channel_mix *slots, const rm_real *params, rm_real *grads,
                             const rm_channel_mix_saved *saved, rm_channel_mix_room *room,
                             rm_real *dx, const rm_real *dy, const rm_real *x,
                             const rm_real *shift_in, rm_real *dshift, int64_t B, int64_t T) {
    int64_t D = s->width, F = s->ffn_width, M = B * T;
    if (s->channel_mix == RIMER_MIX_LINEAR) {
        rm_linear_backward(kernels, dx, D, grads + slots->weight, dy, D, x, D,
                           params + slots->weight, M, D, D, 0);
        kernels->bias_backward(grads + slots->bias, dy, M, D);
        return;
    }
    rm_linear_backward(kernels, room->dhidden, F, grads + slots->value, dy, D, saved->squared,
                       F, params + slots->value, M, F, D, 0);
    kernels->square_relu_backward(room->dhidden, room->dhidden, saved->hidden, M * F);
    rm_linear_backward(kernels, room->dmixed, D, grads + slots->key, room->dhidden, F,
                       saved->mixed, D, params + slots->key, M, D, F, 0);
    const rm_real *mix = params + slots->x_k;
    rm_real *dmix = grads + slots->x_k;
    kernels->shift_mix_backward(dx, &dmix, dshift, &room->dmixed, x, shift_in, &mix, 1, B, T,
                                D);
}
