/* What mixes the tokens of a block: RWKV-7's time mix, or attention. The one place that knows which
 * of them a network has; blocks, passes and states see a mixer. */
#ifndef RM_MIXER_H
#define RM_MIXER_H

#include "nn/attention.h"
#include "nn/time_mix.h"

typedef union rm_mixer {
    rm_time_mix time_mix;
    rm_attention attention;
} rm_mixer;

typedef union rm_mixer_saved {
    rm_time_mix_saved time_mix;
    rm_attention_saved attention;
} rm_mixer_saved;

/* Room shared by all layers of a pass. */
typedef struct rm_mixer_room {
    rm_time_mix_room time_mix;
    rm_attention_room attention;
    rm_real *v_first, *dv_first; /* [B][T][D] the first layer's values, read by the others */
} rm_mixer_room;

void rm_mixer_register(rm_mixer *slots, rm_registry *registry, const rm_shape *s, int64_t layer,
                       const char *prefix);
void rm_mixer_layout(rm_arena *arena, rm_mixer_saved *saved, const rm_shape *s, int64_t B,
                     int64_t T, int backward);
void rm_mixer_room_layout(rm_arena *arena, rm_mixer_room *room, const rm_shape *s, int64_t B,
                          int64_t T, int backward);

/* y[B][E][D] += the ends (nn/ends.h) of the mix of x[B][T][D], layers in order. Without a state of
 * its own a mixer does not look at `in` and `out`; `out` may be `in`. */
void rm_mixer_forward(const rm_kernels *kernels, const rm_shape *s, const rm_mixer *slots,
                      const rm_real *params, rm_mixer_saved *saved, rm_mixer_room *room,
                      rm_real *y, const rm_real *x, rm_time_mix_state in, rm_time_mix_state out,
                      int64_t layer, int64_t B, int64_t T, int64_t E);

/* After a forward without states, layers from the last to the first: dy[B][E][D]; dx[B][T][D] is
 * written, the parameter gradients are added to. */
void rm_mixer_backward(const rm_kernels *kernels, const rm_shape *s, const rm_mixer *slots,
                       const rm_real *params, rm_real *grads, const rm_mixer_saved *saved,
                       rm_mixer_room *room, rm_real *dx, const rm_real *dy, const rm_real *x,
                       int64_t layer, int64_t B, int64_t T, int64_t E);

#endif
