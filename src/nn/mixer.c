#include "nn/mixer.h"

#include <stddef.h>

static int is_attention(const rm_shape *s) {
    return s->mixer == RIMER_MIXER_ATTENTION;
}

void rm_mixer_register(rm_mixer *slots, rm_registry *registry, const rm_shape *s, int64_t layer,
                       const char *prefix) {
    if (is_attention(s))
        rm_attention_register(&slots->attention, registry, s, layer, prefix);
    else
        rm_time_mix_register(&slots->time_mix, registry, s, layer, prefix);
}

void rm_mixer_layout(rm_arena *arena, rm_mixer_saved *saved, const rm_shape *s, int64_t B,
                     int64_t T, int backward) {
    if (is_attention(s))
        rm_attention_layout(arena, &saved->attention, s, B, T);
    else
        rm_time_mix_layout(arena, &saved->time_mix, s, B, T, backward);
}

void rm_mixer_room_layout(rm_arena *arena, rm_mixer_room *room, const rm_shape *s, int64_t B,
                          int64_t T, int backward) {
    if (is_attention(s)) {
        rm_attention_room_layout(arena, &room->attention, s, B, T, backward);
        return;
    }
    int64_t values = s->layers > 1 ? B * T * s->width : 0;
    rm_time_mix_room_layout(arena, &room->time_mix, s, B, T, backward);
    room->v_first = rm_arena_take(arena, values, sizeof(rm_real));
    room->dv_first = rm_arena_take(arena, backward * values, sizeof(rm_real));
}

void rm_mixer_forward(const rm_kernels *kernels, const rm_shape *s, const rm_mixer *slots,
                      const rm_real *params, rm_mixer_saved *saved, rm_mixer_room *room,
                      rm_real *y, const rm_real *x, rm_time_mix_state in, rm_time_mix_state out,
                      int64_t layer, int64_t B, int64_t T, int64_t E) {
    if (is_attention(s)) {
        rm_attention_forward(kernels, s, &slots->attention, params, &saved->attention,
                             &room->attention, y, x, B, T, E);
        return;
    }
    rm_time_mix_forward(kernels, s, &slots->time_mix, params, &saved->time_mix, &room->time_mix,
                        y, x, room->v_first, in, out, layer, B, T, E);
    if (layer == 0 && s->layers > 1) /* without backward layers share v_own */
        kernels->copy(room->v_first, saved->time_mix.v_own, B * T * s->width);
}

void rm_mixer_backward(const rm_kernels *kernels, const rm_shape *s, const rm_mixer *slots,
                       const rm_real *params, rm_real *grads, const rm_mixer_saved *saved,
                       rm_mixer_room *room, rm_real *dx, const rm_real *dy, const rm_real *x,
                       int64_t layer, int64_t B, int64_t T, int64_t E) {
    if (is_attention(s)) {
        rm_attention_backward(kernels, s, &slots->attention, params, grads, &saved->attention,
                              &room->attention, dx, dy, x, B, T, E);
        return;
    }
    rm_time_mix_state none = {0};
    int several = s->layers > 1;
    if (several && layer == s->layers - 1)
        kernels->fill(room->dv_first, 0, B * T * s->width);
    rm_time_mix_backward(kernels, s, &slots->time_mix, params, grads, &saved->time_mix,
                         &room->time_mix, dx, dy, x, room->v_first,
                         several ? room->dv_first : NULL, none, none, none, layer, B, T, E);
}
