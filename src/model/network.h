/* The network as a whole, E1 to E13: parameters, one forward and one backward pass over a
 * batch. */
#ifndef RM_NETWORK_H
#define RM_NETWORK_H

#include "nn/channel_mix.h"
#include "nn/mixer.h"
#include "rimer/forecast.h"

/* clang-format off */
#define RM_EMBED_PARAMS(X)                                                                        \
    X(embed, "embed.weight", s->width, s->patch_len, rm_init_uniform, 1, MATRIX, 1)               \
    X(embed_mask, "embed.mask", s->width, s->patch_len, rm_init_constant, 0, MATRIX, s->mask)     \
    X(embed_phase, "embed.phase", s->width, s->phase_features, rm_init_constant, 0, MATRIX,       \
      s->phase_features > 0)                                                                      \
    X(embed_moments, "embed.moments", s->width, RM_MOMENT_FEATURES, rm_init_constant, 0, MATRIX,  \
      s->moments)                                                                                 \
    X(ln0_weight, "blocks.0.ln0.weight", s->width, 0, rm_init_constant, 1, PLAIN, s->input_norm)  \
    X(ln0_bias, "blocks.0.ln0.bias", s->width, 0, rm_init_constant, 0, PLAIN, s->input_norm)

#define RM_BLOCK_PARAMS(X)                                                 \
    X(ln1_weight, "ln1.weight", s->width, 0, rm_init_constant, 1, PLAIN, 1) \
    X(ln1_bias, "ln1.bias", s->width, 0, rm_init_constant, 0, PLAIN, 1)     \
    X(ln2_weight, "ln2.weight", s->width, 0, rm_init_constant, 1, PLAIN, 1) \
    X(ln2_bias, "ln2.bias", s->width, 0, rm_init_constant, 0, PLAIN, 1)

#define RM_HEAD_PARAMS(X)                                                                        \
    X(ln_out_weight, "ln_out.weight", s->width, 0, rm_init_constant, 1, PLAIN, s->output_norm)   \
    X(ln_out_bias, "ln_out.bias", s->width, 0, rm_init_constant, 0, PLAIN, s->output_norm)       \
    X(head, "head.weight", s->levels.n * s->output_len, s->width, rm_init_head, 1, MATRIX, 1)    \
    X(head_bias, "head.bias", s->levels.n * s->output_len, 0, rm_init_spread, 0, PLAIN, 1)       \
    X(origin, "origin.weight", s->output_len, s->context_len, rm_init_constant, 0, FITTED,       \
      s->origin == RIMER_ORIGIN_LINEAR)                                                          \
    X(origin_bias, "origin.bias", s->output_len, 0, rm_init_constant, 0, FITTED,                 \
      s->origin == RIMER_ORIGIN_LINEAR)                                                          \
    X(own_read, "own.read", s->own_channels * s->context_len, s->own_rank,                \
      rm_init_constant, 0, FITTED, s->own_channels > 0)                                          \
    X(own_write, "own.write", s->own_channels * s->own_rank, s->output_len,               \
      rm_init_constant, 0, FITTED, s->own_channels > 0)                                          \
    X(conformal, "conformal.offset", s->offered.n, s->conformal_steps, rm_init_constant, 0,      \
      FITTED, s->conformal_steps > 0)
/* clang-format on */

typedef struct rm_embed {
    RM_EMBED_PARAMS(RM_PARAM_SLOT)
} rm_embed;

typedef struct rm_block {
    RM_BLOCK_PARAMS(RM_PARAM_SLOT)
    rm_mixer mixer;
    rm_channel_mix channel_mix;
} rm_block;

typedef struct rm_head {
    RM_HEAD_PARAMS(RM_PARAM_SLOT)
} rm_head;

/* What the names of a twin's parameters begin with. */
#define RM_TWIN "twin."

/* Sizes and where each parameter stands in a block of registry.total values. */
typedef struct rm_network {
    rm_shape shape;
    rm_registry registry;
    rm_embed embed;
    rm_block *blocks; /* [layers] */
    rm_head head;
} rm_network;

/* `prefix` of all names of parameters: NULL, or RM_TWIN. */
rimer_status rm_network_build(rm_network *network, const rm_shape *shape, const char *prefix);
void rm_network_free(rm_network *network);

/* What rows carry between passes: per layer two shifts and the matrices of the recurrence. For
 * networks that have one (shape.has_state). */
typedef struct rm_state {
    rm_arena arena;
    rm_time_mix_state *time_mix; /* [layers] */
    rm_real **channel_mix;       /* [layers] of [B][D] */
} rm_state;

/* For B rows, in the memory of the kernels, zeroed: the state before the first token. */
rimer_status rm_state_create(rm_state *state, const rm_kernels *kernels,
                             const rm_network *network, int64_t B);
/* Bytes that it takes. */
rimer_status rm_state_measure(const rm_network *network, int64_t B, size_t *bytes);
void rm_state_free(rm_state *state);

/* Row `row` of `from` to each of the n rows of `to`. */
void rm_state_repeat(rm_state *to, const rm_kernels *kernels, const rm_network *network,
                     const rm_state *from, int64_t row, int64_t n);

/* Rows `row` .. row + n of `from` to the first n of `to`. */
void rm_state_copy(rm_state *to, const rm_kernels *kernels, const rm_network *network,
                   const rm_state *from, int64_t row, int64_t n);

/* Buffers of one pass of at most max_rows rows of max_tokens tokens; without `backward` the
 * layers share theirs. */
typedef struct rm_pass rm_pass;

typedef struct rm_pass_size {
    int64_t max_rows, max_tokens;
    int all_tokens; /* outputs of every token, not only the last */
    int backward;
    int origin;     /* with backward: gradients of the origin's map, too */
    double dropout; /* with backward: share that it leaves out; 0: none, and no room for it */
    int64_t placed; /* rows that are placed at once; 0: max_rows */
} rm_pass_size;

rimer_status rm_pass_create(rm_pass **out, const rm_kernels *kernels, const rm_network *network,
                            rm_pass_size size);
void rm_pass_free(rm_pass *pass);

/* Bytes that a pass of this size takes, a huge number for one that cannot be. RIMER_NO_MEMORY.
 * */
rimer_status rm_pass_measure(const rm_network *network, rm_pass_size size, size_t *bytes);

/* Bytes of activations and their gradients, for memory estimates. */
size_t rm_pass_bytes(const rm_pass *pass);

/* Before each forward of a pass with dropout: what its backward leaves out, too. Row b of the
 * pass draws by *key, in the memory of the kernels, and first + b alone. */
void rm_pass_draw(rm_pass *pass, const uint64_t *key, int64_t first);

/* Reads x[B][n] (NaN missing): norm, patches and mask (E1, E2). */
void rm_pass_read(rm_pass *pass, const rm_real *x, int64_t B, int64_t n);

/* Where rows stand: row b at at[b * each], whose `next` + ahead is the position of the step behind the
 * last token. */
typedef struct rm_places {
    const rimer_place *at;
    int64_t each; /* 0: all rows at one place */
    int64_t ahead;
} rm_places;

/* Tells the network of B rows of T tokens what it is told of their phase and channel; to be said
 * before rm_pass_tokens, and holds until it is said anew. */
void rm_pass_place(rm_pass *pass, rm_places places, int64_t B, int64_t T);

/* The rows of the next pass are those that were placed from `row` on; after rm_pass_place 0. */
void rm_pass_start(rm_pass *pass, int64_t row);

/* Tokens T already in the pass to hidden vectors (E3, E4). `first` is the position of the first
 * token; states may be NULL. */
void rm_pass_tokens(rm_pass *pass, const rm_real *params, const rm_state *in, rm_state *out,
                    int64_t first);

/* Head and origin (E10, E11) in normalised units; the pass's output is
 * [B][tokens][levels][output_len], tokens being T or 1, levels the head's quantiles, rising.
 * `history` is [B][history_len] normalised values up to the last token and `history_missing`
 * its mask, for the origins (rows history_len apart). */
void rm_pass_head(rm_pass *pass, const rm_real *params, const rm_real *history,
                  const rm_real *history_missing, int64_t history_len);

/* The three above and the scale back: y[B][tokens][levels][output_len] in the units of x. */
const rm_real *rm_pass_forward(rm_pass *pass, const rm_real *params, const rm_real *x,
                               int64_t B, int64_t n);

/* Gradients of a pass_forward without states: dy is what the view holds; grads are added to.
 * dpatches (may be NULL): gradient of the normalised patches [B][T][patch_len]. */
void rm_pass_backward(rm_pass *pass, const rm_real *params, rm_real *grads, rm_real *dpatches);

/* Borrowed buffers of the present pass. */
typedef struct rm_pass_view {
    rm_real *z, *missing; /* [B][T * patch_len] */
    const rm_real
        *history; /* [B][T * patch_len] what the origins look at; z but with causal norm */
    rm_real *loc, *scale;    /* [B]; with causal norm [B][tokens] */
    const rm_real *embedded; /* [B][T][D] before the first block */
    rm_real *hidden;         /* [B][tokens][D] that the head reads; without a block [B][T][D] */
    rm_real *normalised;     /* [B][tokens][levels][output_len] before `last` and scale */
    const rm_real *last;     /* [B][tokens] origin, added before the scale back */
    rm_real *y, *dy;         /* the same after it, and its gradient */
    int64_t B, T, tokens;
} rm_pass_view;
rm_pass_view rm_pass_look(rm_pass *pass);

/* For passes without rm_pass_read (rollout, streaming): T patches are put into z by the caller,
 * who says what is missing if anything is; rm_pass_head reads `scale`, too, which the caller
 * puts there. Who has `hidden` from another pass puts that there, and needs no rm_pass_tokens.
 * */
void rm_pass_begin(rm_pass *pass, int64_t B, int64_t T);

#endif
