/* The inside of a pass: its buffers (pass.c), and the blocks that run in them (block.c). */
#ifndef RM_PASS_INSIDE_H
#define RM_PASS_INSIDE_H

#include "model/embedding.h"
#include "model/maps.h"
#include "model/network.h"

#define RM_LAYER_NORM_EPS 1e-5

/* clang-format off */
/* M tokens, O = tokens with an output, whose quantiles come from `raw` and the origin `center`, S =
 * scales: one for each row, or with causal norm for each output. With norms before, `inner` is what
 * mixer and channel mix read; with norms after, the sum that is normalised. Of the last block
 * `middle` and `inner2` have fewer tokens a row, close together (tokens_between). */
#define LAYER_BUFFERS(X)               \
    X(x, M * s->width)                 \
    X(inner1, M * s->width)            \
    X(mean1, M)                        \
    X(rstd1, M)                        \
    X(middle, M * s->width)            \
    X(inner2, M * s->width)            \
    X(mean2, M)                        \
    X(rstd2, M)

#define END_BUFFERS(X)                                  \
    X(z, M * s->patch_len)                              \
    X(missing, M * s->patch_len)                        \
    X(loc, S)                                           \
    X(moments, s->moments * M * RM_MOMENT_FEATURES)     \
    X(scale, S)                                         \
    X(history, (s->norm == RIMER_NORM_CAUSAL) * M * s->patch_len) \
    X(embedded, M * s->width)                           \
    X(mean0, M)                                         \
    X(rstd0, M)                                         \
    X(final, M * s->width)                              \
    X(hidden, M * s->width)                             \
    X(mean_out, M)                                      \
    X(rstd_out, M)                                      \
    X(last, O)                                          \
    X(raw, (s->levels.n > 1) * O * s->levels.n * s->output_len) \
    X(center, (s->levels.n > 1) * O * s->output_len)    \
    X(normalised, O * s->levels.n * s->output_len)      \
    X(y, O * s->levels.n * s->output_len)

#define BACKWARD_BUFFERS(X)            \
    X(dy, O * s->levels.n * s->output_len) \
    X(dhidden, M * s->width)           \
    X(dx, M * s->width)                \
    X(spare, M * s->width)             /* where dx is spread from ends to all tokens */ \
    X(dnorm, M * s->width)             \
    X(part, (pass->size.dropout > 0) * M * s->width) /* a half's result, or its gradient */
/* clang-format on */

typedef struct layer_buffers {
    LAYER_BUFFERS(RM_BUFFER_MEMBER)
    rm_mixer_saved mixer;
    rm_channel_mix_saved channel_mix;
} layer_buffers;

struct rm_pass {
    const rm_kernels *kernels;
    const rm_network *network;
    rm_pass_size size;
    rm_arena arena, beside; /* beside: what `arena` shares with the processor */
    layer_buffers *layers;  /* [layers]; without backward all alike */
    rm_mixer_room mixer_room;
    rm_channel_mix_room channel_mix_room;
    END_BUFFERS(RM_BUFFER_MEMBER)
    BACKWARD_BUFFERS(RM_BUFFER_MEMBER)
    rm_embedding embedding;
    rm_maps maps;
    int64_t B, T;             /* of the present pass */
    const uint64_t *draw_key; /* of dropout */
    int64_t draw_first;
};

/* Tokens of a row that have an output. */
static inline int64_t rm_pass_outputs(const rm_pass *pass) {
    return pass->size.all_tokens ? pass->T : 1;
}

/* What block `layer` reads; behind the last, what the output norm or the head reads. */
rm_real *rm_pass_block_input(const rm_pass *pass, int64_t layer);

/* Dropout of `tokens` tokens a row, y may be x. Place 0 is the embedding, then come the halves of the
 * blocks. */
void rm_pass_drop(const rm_pass *pass, rm_real *y, const rm_real *x, int64_t place,
                  int64_t tokens);

/* E4. States may be NULL. */
void rm_pass_block_forward(rm_pass *pass, const rm_real *params, const rm_state *in,
                           rm_state *out, int64_t layer);

/* dx: from the gradient of the block's output to that of its input, in place. */
void rm_pass_block_backward(rm_pass *pass, const rm_real *params, rm_real *grads,
                            int64_t layer);

#endif
