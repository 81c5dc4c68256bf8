/* Causal softmax attention of several heads, E13, forward and backward: what Timer has in the
 * place of the time mix. */
#ifndef RM_ATTENTION_H
#define RM_ATTENTION_H

#include "base/arena.h"
#include "nn/ends.h"
#include "nn/init.h"

/* clang-format off */
/* Heads need not fill the width: theirs is rm_heads_width. */
#define RM_ATTENTION_PARAMS(X)                                                                           \
    X(query, "att.query.weight", rm_heads_width(s), s->width, rm_init_uniform, 1, MATRIX, 1)             \
    X(query_bias, "att.query.bias", rm_heads_width(s), 0, rm_init_constant, 0, PLAIN, 1)                 \
    X(key, "att.key.weight", rm_heads_width(s), s->width, rm_init_uniform, 1, MATRIX, 1)                 \
    X(key_bias, "att.key.bias", rm_heads_width(s), 0, rm_init_constant, 0, PLAIN, 1)                     \
    X(value, "att.value.weight", rm_heads_width(s), s->width, rm_init_uniform, 1, MATRIX, 1)             \
    X(value_bias, "att.value.bias", rm_heads_width(s), 0, rm_init_constant, 0, PLAIN, 1)                 \
    X(output, "att.output.weight", s->width, rm_heads_width(s), rm_init_uniform, 1, MATRIX, 1)           \
    X(output_bias, "att.output.bias", s->width, 0, rm_init_constant, 0, PLAIN, 1)

/* What forward saves for backward. M = B * T tokens, P = rm_ends_most. */
#define RM_ATTENTION_SAVED(X)             \
    X(q, M * rm_heads_width(s))           \
    X(k, M * rm_heads_width(s))           \
    X(v, M * rm_heads_width(s))           \
    X(peak, M * s->heads)                 \
    X(inverse, M * s->heads)              \
    X(y, M * rm_heads_width(s))           /* before W_o */ \
    X(ends, P * rm_heads_width(s))        /* of y */

/* Room shared by all layers; forward needs the scratch only. */
#define RM_ATTENTION_ROOM(X)              \
    X(dq, backward * M * rm_heads_width(s)) \
    X(dk, backward * M * rm_heads_width(s)) \
    X(dv, backward * M * rm_heads_width(s)) \
    X(dy, backward * M * rm_heads_width(s)) \
    X(scratch, T)
/* clang-format on */

typedef struct rm_attention {
    RM_ATTENTION_PARAMS(RM_PARAM_SLOT)
} rm_attention;

typedef struct rm_attention_saved {
    RM_ATTENTION_SAVED(RM_BUFFER_MEMBER)
} rm_attention_saved;

typedef struct rm_attention_room {
    RM_ATTENTION_ROOM(RM_BUFFER_MEMBER)
} rm_attention_room;

void rm_attention_register(rm_attention *slots, rm_registry *registry, const rm_shape *s,
                           int64_t layer, const char *prefix);
void rm_attention_layout(rm_arena *arena, rm_attention_saved *saved, const rm_shape *s,
                         int64_t B, int64_t T);
void rm_attention_room_layout(rm_arena *arena, rm_attention_room *room, const rm_shape *s,
                              int64_t B, int64_t T, int backward);

/* y[B][E][D] += the ends (nn/ends.h) of attention over x[B][T][D]. */
void rm_attention_forward(const rm_kernels *kernels, const rm_shape *s,
                          const rm_attention *slots, const rm_real *params,
                          rm_attention_saved *saved, rm_attention_room *room, rm_real *y,
                          const rm_real *x, int64_t B, int64_t T, int64_t E);

/* dy[B][E][D]; dx[B][T][D] is written, the parameter gradients are added to. */
void rm_attention_backward(const rm_kernels *kernels, const rm_shape *s,
                           const rm_attention *slots, const rm_real *params, rm_real *grads,
                           const rm_attention_saved *saved, rm_attention_room *room,
                           rm_real *dx, const rm_real *dy, const rm_real *x, int64_t B,
                           int64_t T, int64_t E);

#endif
