/* RWKV-7 time mix, E5 to E8, forward and backward. */
#ifndef RM_TIME_MIX_H
#define RM_TIME_MIX_H

#include "base/arena.h"
#include "nn/ends.h"
#include "nn/init.h"

/* clang-format off */
#define RM_TIME_MIX_PARAMS(X)                                                                    \
    X(x_r, "att.x_r", s->width, 0, rm_init_time_shift, 0.2, PLAIN, 1)                            \
    X(x_w, "att.x_w", s->width, 0, rm_init_time_shift, 0.9, PLAIN, 1)                            \
    X(x_k, "att.x_k", s->width, 0, rm_init_time_shift, 0.7, PLAIN, 1)                            \
    X(x_v, "att.x_v", s->width, 0, rm_init_time_shift, 0.7, PLAIN, 1)                            \
    X(x_a, "att.x_a", s->width, 0, rm_init_time_shift, 0.9, PLAIN, 1)                            \
    X(x_g, "att.x_g", s->width, 0, rm_init_time_shift, 0.2, PLAIN, 1)                            \
    X(w0, "att.w0", s->width, 0, rm_init_decay, 0, DECAY, 1)                                     \
    X(w1, "att.w1", s->width, s->lora_decay, rm_init_constant, 0, PLAIN, 1)                      \
    X(w2, "att.w2", s->lora_decay, s->width, rm_init_orthogonal, 0.1, PLAIN, 1)                    \
    X(a0, "att.a0", s->width, 0, rm_init_rate, 0, PLAIN, 1)                                      \
    X(a1, "att.a1", s->width, s->lora_rate, rm_init_constant, 0, PLAIN, 1)                       \
    X(a2, "att.a2", s->lora_rate, s->width, rm_init_orthogonal, 0.1, PLAIN, 1)                     \
    X(v0, "att.v0", s->width, 0, rm_init_value, 0, PLAIN, layer > 0)                             \
    X(v1, "att.v1", s->width, s->lora_value, rm_init_constant, 0, PLAIN, layer > 0)              \
    X(v2, "att.v2", s->lora_value, s->width, rm_init_orthogonal, 0.1, PLAIN, layer > 0)            \
    X(g1, "att.g1", s->width, s->lora_gate, rm_init_constant, 0, PLAIN, 1)                       \
    X(g2, "att.g2", s->lora_gate, s->width, rm_init_orthogonal, 0.1, PLAIN, 1)                     \
    X(k_k, "att.k_k", s->width, 0, rm_init_removal, 0, PLAIN, 1)                                 \
    X(k_a, "att.k_a", s->width, 0, rm_init_constant, 1.02, PLAIN, 1)                             \
    X(r_k, "att.r_k", s->heads, s->head_size, rm_init_constant, -0.04, PLAIN, 1)                 \
    X(receptance, "att.receptance.weight", s->width, s->width, rm_init_orthogonal, 1, MATRIX, 1) \
    X(key, "att.key.weight", s->width, s->width, rm_init_orthogonal, 0.1, MATRIX, 1)             \
    X(value, "att.value.weight", s->width, s->width, rm_init_orthogonal, 1, MATRIX, 1)           \
    X(output, "att.output.weight", s->width, s->width, rm_init_constant, 0, MATRIX, 1)           \
    X(ln_x_weight, "att.ln_x.weight", s->width, 0, rm_init_head_norm, 0, PLAIN, 1)               \
    X(ln_x_bias, "att.ln_x.bias", s->width, 0, rm_init_constant, 0, PLAIN, 1)

/* What forward saves for backward. M = B * T tokens, P = rm_ends_most. Of gate_hidden, gate, norm_mean,
 * norm_rstd and out only B * E tokens are used, close together: they are of the ends alone. */
#define RM_TIME_MIX_SAVED(X)                                                     \
    X(mixed, 6 * M * s->width)         /* order r w k v a g */                   \
    X(r, M * s->width)                                                           \
    X(k, M * s->width)                                                           \
    X(v_own, M * s->width)             /* before the value residual */           \
    X(v, (s->layers > 1) * M * s->width) /* in layer 0 it is v_own */            \
    X(decay_hidden, M * s->lora_decay)                                           \
    X(decay_gate, M * s->width)                                                  \
    X(decay, M * s->width)                                                       \
    X(rate_hidden, M * s->lora_rate)                                             \
    X(rate, M * s->width)                                                        \
    X(value_hidden, (s->layers > 1) * M * s->lora_value)                         \
    X(value_gate, (s->layers > 1) * M * s->width)                                \
    X(gate_hidden, M * s->lora_gate)                                             \
    X(gate, M * s->width)                                                        \
    X(alpha, M * s->width)                                                       \
    X(beta, M * s->width)                                                        \
    X(replace, M * s->width)                                                     \
    X(key_inverse, M * s->heads)                                                 \
    X(y, M * s->width)                 /* of the recurrence */                   \
    X(norm_mean, M * s->heads)                                                   \
    X(norm_rstd, M * s->heads)                                                   \
    X(out, M * s->width)               /* before W_o */                          \
    X(ends, RM_TIME_MIX_ENDS * P * s->width)                                     \
    X(checkpoints, backward * rm_wkv7_checkpoints(B, T, s->heads, s->head_size))

/* Copies that `ends` has room for: two of the mixed inputs, and four that go into the output. */
#define RM_TIME_MIX_ENDS 6

/* Room that backward needs, shared by all layers; forward needs the scratch only. */
#define RM_TIME_MIX_ROOM(X)                 \
    X(dmixed, 6 * M * s->width)             \
    X(dout, M * s->width)                   \
    X(dy, M * s->width)                     \
    X(dr, M * s->width)                     \
    X(dk, M * s->width)                     \
    X(dv, M * s->width)                     \
    X(dgate, M * s->width)                  \
    X(ddecay, M * s->width)                 \
    X(dalpha, M * s->width)                 \
    X(dbeta, M * s->width)                  \
    X(dreplace, M * s->width)               \
    X(drate, M * s->width)                  \
    X(dvalue_gate, (s->layers > 1) * M * s->width) \
    X(dhidden, M * rm_lora_largest(s))      \
    X(scratch, rm_wkv7_scratch(s->heads, s->head_size))
/* clang-format on */

typedef struct rm_time_mix {
    RM_TIME_MIX_PARAMS(RM_PARAM_SLOT)
} rm_time_mix;

typedef struct rm_time_mix_saved {
    RM_TIME_MIX_SAVED(RM_BUFFER_MEMBER)
} rm_time_mix_saved;

typedef struct rm_time_mix_room {
    RM_TIME_MIX_ROOM(RM_BUFFER_MEMBER)
} rm_time_mix_room;

/* What a row carries from one call to the next, or its gradient; members may be NULL. */
typedef struct rm_time_mix_state {
    rm_real *shift; /* [B][D] last input */
    rm_real *wkv;   /* [B][H][N][N] */
} rm_time_mix_state;

int64_t rm_lora_largest(const rm_shape *s);

void rm_time_mix_register(rm_time_mix *slots, rm_registry *registry, const rm_shape *s,
                          int64_t layer, const char *prefix);
/* Without `backward` no states of the recurrence are kept, and the room is its scratch. */
void rm_time_mix_layout(rm_arena *arena, rm_time_mix_saved *saved, const rm_shape *s, int64_t B,
                        int64_t T, int backward);
void rm_time_mix_room_layout(rm_arena *arena, rm_time_mix_room *room, const rm_shape *s,
                             int64_t B, int64_t T, int backward);

/* y[B][E][D] += the ends (nn/ends.h) of the time mix of x[B][T][D]. `v_first` is layer 0's
 * saved->v_own, read by later layers. `out` may be `in`. room: scratch only. */
void rm_time_mix_forward(const rm_kernels *kernels, const rm_shape *s, const rm_time_mix *slots,
                         const rm_real *params, rm_time_mix_saved *saved,
                         rm_time_mix_room *room, rm_real *y, const rm_real *x,
                         const rm_real *v_first, rm_time_mix_state in, rm_time_mix_state out,
                         int64_t layer, int64_t B, int64_t T, int64_t E);

/* dy[B][E][D]; dx[B][T][D] is written, the parameter gradients are added to. dv_first (NULL: one
 * layer): layer 0 reads what later layers have added to it. din and dout are gradients of the states
 * (NULL: not wanted, zero). */
void rm_time_mix_backward(const rm_kernels *kernels, const rm_shape *s,
                          const rm_time_mix *slots, const rm_real *params, rm_real *grads,
                          const rm_time_mix_saved *saved, rm_time_mix_room *room, rm_real *dx,
                          const rm_real *dy, const rm_real *x, const rm_real *v_first,
                          rm_real *dv_first, rm_time_mix_state in, rm_time_mix_state din,
                          rm_time_mix_state dout, int64_t layer, int64_t B, int64_t T,
                          int64_t E);

#endif
