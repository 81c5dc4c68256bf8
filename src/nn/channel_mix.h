/* Channel mix, E9: RWKV-7's (shift, squared ReLU), BlackGoose's single affine map, or Timer's two
 * with GELU between (E13). It mixes the width of a token, not the channels of the data; the name is
 * RWKV's. */
#ifndef RM_CHANNEL_MIX_H
#define RM_CHANNEL_MIX_H

#include "base/arena.h"
#include "nn/ends.h"
#include "nn/init.h"

/* clang-format off */
#define RM_RWKV_MIX (s->channel_mix == RIMER_MIX_RWKV)
#define RM_LINEAR_MIX (s->channel_mix == RIMER_MIX_LINEAR)
#define RM_GELU_MIX (s->channel_mix == RIMER_MIX_GELU)
#define RM_CHANNEL_MIX_PARAMS(X)                                                                  \
    X(x_k, "ffn.x_k", s->width, 0, rm_init_ffn_shift, 0, PLAIN, RM_RWKV_MIX)                      \
    X(key, "ffn.key.weight", s->ffn_width, s->width, rm_init_orthogonal, 1, MATRIX, RM_RWKV_MIX)  \
    X(value, "ffn.value.weight", s->width, s->ffn_width, rm_init_constant, 0, MATRIX, RM_RWKV_MIX) \
    X(weight, "ffn.weight", s->width, s->width, rm_init_uniform, 1, MATRIX, RM_LINEAR_MIX)         \
    X(bias, "ffn.bias", s->width, 0, rm_init_constant, 0, PLAIN, RM_LINEAR_MIX)              \
    X(up, "ffn.up.weight", s->ffn_width, s->width, rm_init_uniform, 1, MATRIX, RM_GELU_MIX)       \
    X(up_bias, "ffn.up.bias", s->ffn_width, 0, rm_init_constant, 0, PLAIN, RM_GELU_MIX)           \
    X(down, "ffn.down.weight", s->width, s->ffn_width, rm_init_uniform, 1, MATRIX, RM_GELU_MIX)   \
    X(down_bias, "ffn.down.bias", s->width, 0, rm_init_constant, 0, PLAIN, RM_GELU_MIX)

/* M = B * T tokens, P = rm_ends_most. */
#define RM_CHANNEL_MIX_SAVED(X)                         \
    X(mixed, RM_RWKV_MIX * M * s->width)                \
    X(ends, RM_RWKV_MIX * P * s->width) /* of it */     \
    X(hidden, !RM_LINEAR_MIX * M * s->ffn_width)        \
    X(active, !RM_LINEAR_MIX * M * s->ffn_width) /* hidden after its nonlinearity */

#define RM_CHANNEL_MIX_ROOM(X)                          \
    X(dmixed, RM_RWKV_MIX * M * s->width)               \
    X(dends, RM_RWKV_MIX * P * s->width)                \
    X(dhidden, !RM_LINEAR_MIX * M * s->ffn_width)
/* clang-format on */

typedef struct rm_channel_mix {
    RM_CHANNEL_MIX_PARAMS(RM_PARAM_SLOT)
} rm_channel_mix;

typedef struct rm_channel_mix_saved {
    RM_CHANNEL_MIX_SAVED(RM_BUFFER_MEMBER)
} rm_channel_mix_saved;

typedef struct rm_channel_mix_room {
    RM_CHANNEL_MIX_ROOM(RM_BUFFER_MEMBER)
} rm_channel_mix_room;

void rm_channel_mix_register(rm_channel_mix *slots, rm_registry *registry, const rm_shape *s,
                             int64_t layer, const char *prefix);
void rm_channel_mix_layout(rm_arena *arena, rm_channel_mix_saved *saved, const rm_shape *s,
                           int64_t B, int64_t T);
void rm_channel_mix_room_layout(rm_arena *arena, rm_channel_mix_room *room, const rm_shape *s,
                                int64_t B, int64_t T);

/* y[B][E][D] += the ends (nn/ends.h) of the channel mix of x[B][T][D]. Only RWKV's, which has a token
 * shift, reads tokens that it does not make: else E must be T. shift_in and shift_out [B][D] may be
 * NULL and may be one. */
void rm_channel_mix_forward(const rm_kernels *kernels, const rm_shape *s,
                            const rm_channel_mix *slots, const rm_real *params,
                            rm_channel_mix_saved *saved, rm_real *y, const rm_real *x,
                            const rm_real *shift_in, rm_real *shift_out, int64_t B, int64_t T,
                            int64_t E);

/* dy[B][E][D]; dx[B][T][D] is written, the parameter gradients are added to; dshift may be NULL. */
void rm_channel_mix_backward(const rm_kernels *kernels, const rm_shape *s,
                             const rm_channel_mix *slots, const rm_real *params, rm_real *grads,
                             const rm_channel_mix_saved *saved, rm_channel_mix_room *room,
                             rm_real *dx, const rm_real *dy, const rm_real *x,
                             const rm_real *shift_in, rm_real *dshift, int64_t B, int64_t T,
                             int64_t E);

#endif
