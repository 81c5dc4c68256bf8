#include "model/network.h"

#include "base/array.h"
#include "model/embedding.h"
#include "model/maps.h"
#include "nn/linear.h"

#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define LAYER_NORM_EPS 1e-5

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

static int64_t output_tokens(const rm_pass *pass) {
    return pass->size.all_tokens ? pass->T : 1;
}

/* Tokens of what a block makes, and the head reads of the last one: where the head reads the last
 * token alone, no other of the last block is asked for. */
static int64_t tokens_behind(const rm_pass *pass, int64_t layer) {
    return layer == pass->network->shape.layers - 1 ? output_tokens(pass) : pass->T;
}

/* Tokens between a block's halves: token shift reads the one before, too. */
static int64_t tokens_between(const rm_pass *pass, int64_t layer) {
    int64_t behind = tokens_behind(pass, layer);
    int shifts = pass->network->shape.channel_mix == RIMER_MIX_RWKV;
    return shifts && behind < pass->T ? behind + 1 : behind;
}

/* Tokens of `final`. */
static int64_t final_tokens(const rm_pass *pass) {
    return pass->network->shape.layers ? output_tokens(pass) : pass->T;
}

static int64_t scales_of(const rm_pass *pass) {
    int causal = pass->network->shape.norm == RIMER_NORM_CAUSAL;
    return causal ? pass->B * output_tokens(pass) : pass->B;
}

static int64_t placed_rows(const rm_pass *pass) {
    return pass->size.placed ? pass->size.placed : pass->size.max_rows;
}

static void layout(rm_pass *pass) {
    const rm_shape *s = &pass->network->shape;
    rm_arena *arena = &pass->arena;
    int64_t B = pass->size.max_rows, T = pass->size.max_tokens, M = B * T;
    int64_t O = pass->size.all_tokens ? M : B, S = s->norm == RIMER_NORM_CAUSAL ? O : B;
    for (int64_t i = 0; i < s->layers; i++) {
        layer_buffers *to = &pass->layers[i];
        if (i > 0 && !pass->size.backward) {
            *to = pass->layers[0];
            continue;
        }
        LAYER_BUFFERS(RM_BUFFER_TAKE)
        rm_mixer_layout(arena, &to->mixer, s, B, T, pass->size.backward);
        rm_channel_mix_layout(arena, &to->channel_mix, s, B, T);
    }
    rm_pass *to = pass;
    END_BUFFERS(RM_BUFFER_TAKE)
    rm_embedding_layout(&pass->embedding, arena, &pass->beside, placed_rows(pass));
    rm_maps_layout(&pass->maps, arena, &pass->beside, B, placed_rows(pass));
    rm_mixer_room_layout(arena, &to->mixer_room, s, B, T, pass->size.backward);
    if (pass->size.backward) {
        rm_channel_mix_room_layout(arena, &to->channel_mix_room, s, B, T);
        BACKWARD_BUFFERS(RM_BUFFER_TAKE)
    }
}

/* What block `layer` reads; behind the last, what the output norm or the head reads. */
static rm_real *block_input(const rm_pass *pass, int64_t layer) {
    return layer < pass->network->shape.layers ? pass->layers[layer].x : pass->final;
}

/* The BLAS counts in int: tokens of all rows, and the distance of rows in values. */
static rimer_status check_size(const rm_shape *s, rm_pass_size size) {
    if (size.max_rows > INT_MAX / size.max_tokens || size.max_tokens > INT_MAX / s->width)
        RM_FAIL(NO_MEMORY, "out of memory for %lld rows of %lld tokens at once",
                (long long)size.max_rows, (long long)size.max_tokens);
    return RIMER_OK;
}

/* Measured, for kernels or NULL, not yet placed; to be freed by rm_pass_free, also if it failed. */
static rimer_status begin(rm_pass **out, const rm_kernels *kernels, const rm_network *network,
                          rm_pass_size size) {
    rm_pass *pass;
    *out = NULL;
    RM_TRY(check_size(&network->shape, size));
    RM_TRY(rm_array_new(&pass, 1, sizeof *pass));
    *out = pass;
    *pass = (rm_pass){.kernels = kernels,
                      .network = network,
                      .size = size,
                      .embedding = {kernels, network, .max_tokens = size.max_tokens},
                      .maps = {.kernels = kernels, .network = network}};
    pass->arena.memory = kernels ? kernels->memory : NULL;
    RM_TRY(rm_array_new(&pass->layers, network->shape.layers, sizeof *pass->layers));
    layout(pass);
    return RIMER_OK;
}

rimer_status rm_pass_measure(const rm_network *network, rm_pass_size size, size_t *bytes) {
    rm_pass *pass;
    *bytes = SIZE_MAX / 8;
    if (check_size(&network->shape, size) != RIMER_OK)
        return RIMER_OK;
    rimer_status status = begin(&pass, NULL, network, size);
    if (status == RIMER_OK)
        *bytes = pass->arena.used;
    rm_pass_free(pass);
    return status;
}

rimer_status rm_pass_create(rm_pass **out, const rm_kernels *kernels, const rm_network *network,
                            rm_pass_size size) {
    static const rimer_place nowhere = {0, RIMER_CHANNEL_NONE};
    rm_pass *pass;
    rimer_status status = begin(&pass, kernels, network, size);
    if (status == RIMER_OK)
        status = rm_shared_reserve(&pass->arena, &pass->beside);
    if (status != RIMER_OK) {
        rm_pass_free(pass);
        return status;
    }
    layout(pass);
    rm_maps_place(&pass->maps, (rm_places){&nowhere, 0, 0}, placed_rows(pass));
    *out = pass;
    return RIMER_OK;
}

void rm_pass_free(rm_pass *pass) {
    if (!pass)
        return;
    rm_arena_free(&pass->arena);
    rm_arena_free(&pass->beside);
    free(pass->layers);
    free(pass);
}

size_t rm_pass_bytes(const rm_pass *pass) {
    return pass->arena.size;
}

rm_pass_view rm_pass_look(rm_pass *pass) {
    const rm_shape *s = &pass->network->shape;
    return (rm_pass_view){
        .z = pass->z,
        .history = s->norm == RIMER_NORM_CAUSAL ? pass->history : pass->z,
        .missing = pass->missing,
        .loc = pass->loc,
        .scale = pass->scale,
        .embedded = s->input_norm ? pass->embedded : block_input(pass, 0),
        .hidden = s->output_norm ? pass->hidden : pass->final,
        .normalised = pass->normalised,
        .last = pass->last,
        .y = pass->y,
        .dy = pass->dy,
        .B = pass->B,
        .T = pass->T,
        .tokens = output_tokens(pass),
    };
}

void rm_pass_begin(rm_pass *pass, int64_t B, int64_t T) {
    pass->B = B;
    pass->T = T;
    pass->kernels->fill(pass->missing, 0, B * T * pass->network->shape.patch_len);
}

/* Patches have units of their own, but an origin looks at all of the steps: in those of the
 * row's one output, or, where every token has an output, as they came. */
static void read_causal(rm_pass *pass, const rm_real *x, int64_t n) {
    const rm_kernels *k = pass->kernels;
    const rm_shape *s = &pass->network->shape;
    int64_t B = pass->B, steps = pass->T * s->patch_len, tokens = output_tokens(pass);
    k->window_norm_forward(pass->history, pass->missing, pass->loc, pass->scale, x, 0, B, n,
                           steps);
    k->causal_norm_forward(pass->z, pass->missing, pass->loc, pass->scale, x, 1, B, n, pass->T,
                           s->patch_len, s->context_len, tokens);
    if (!pass->size.all_tokens)
        k->standardise(pass->history, pass->history, pass->loc, pass->scale, B, steps);
}

void rm_pass_read(rm_pass *pass, const rm_real *x, int64_t B, int64_t n) {
    const rm_shape *s = &pass->network->shape;
    pass->B = B;
    pass->T = rm_shape_tokens(s, n);
    if (s->norm == RIMER_NORM_CAUSAL)
        read_causal(pass, x, n);
    else
        pass->kernels->window_norm_forward(pass->z, pass->missing, pass->loc, pass->scale, x,
                                           s->norm == RIMER_NORM_WINDOW, B, n,
                                           pass->T * s->patch_len);
}

void rm_pass_place(rm_pass *pass, rm_places places, int64_t B, int64_t T) {
    rm_embedding_place(&pass->embedding, places, B, T);
    rm_maps_place(&pass->maps, places, B);
}

void rm_pass_start(rm_pass *pass, int64_t row) {
    pass->embedding.row = row;
}

void rm_pass_draw(rm_pass *pass, const uint64_t *key, int64_t first) {
    pass->draw_key = key;
    pass->draw_first = first;
}

/* Place 0 is the embedding, then come the halves of the blocks. */
static void drop(const rm_pass *pass, rm_real *y, const rm_real *x, int64_t place,
                 int64_t tokens) {
    pass->kernels->dropout(y, x, pass->draw_key, (uint64_t)place, pass->draw_first,
                           pass->size.dropout, pass->B, tokens * pass->network->shape.width);
}

static rm_patches patches_of(const rm_pass *pass) {
    return (rm_patches){pass->z, pass->missing, pass->moments, pass->B, pass->T};
}

/* E3, into the input of the first block. */
static void embed_forward(rm_pass *pass, const rm_real *params, int64_t first) {
    const rm_kernels *k = pass->kernels;
    const rm_shape *s = &pass->network->shape;
    const rm_embed *slots = &pass->network->embed;
    rm_patches patches = patches_of(pass);
    rm_real *x = s->input_norm ? pass->embedded : block_input(pass, 0);
    if (s->moments)
        k->moments_forward(pass->moments, pass->loc, pass->scale, pass->B, pass->T);
    rm_embedding_forward(&pass->embedding, params, x, &patches, first);
    if (s->input_norm)
        k->layer_norm_forward(block_input(pass, 0), pass->mean0, pass->rstd0, x,
                              params + slots->ln0_weight, params + slots->ln0_bias,
                              pass->B * pass->T, s->width, LAYER_NORM_EPS);
    if (pass->size.dropout > 0)
        drop(pass, block_input(pass, 0), block_input(pass, 0), 0, pass->T);
}

/* One half of a block: x + f(LN x) with the norm before f, LN(x + f(x)) with it after; x has `read`
 * tokens a row, what is made of it the last `made` of them. */
typedef struct half {
    rm_real *x, *inner, *mean, *rstd, *out;
    int64_t weight, bias; /* slots of its norm */
    int64_t place;        /* of its dropout */
    int64_t read, made;
} half;

static half mixer_half(const rm_pass *pass, int64_t layer) {
    const rm_block *slots = &pass->network->blocks[layer];
    const layer_buffers *at = &pass->layers[layer];
    return (half){at->x,           at->inner1,
                  at->mean1,       at->rstd1,
                  at->middle,      slots->ln1_weight,
                  slots->ln1_bias, 2 * layer + 1,
                  pass->T,         tokens_between(pass, layer)};
}

static half channel_half(const rm_pass *pass, int64_t layer) {
    const rm_block *slots = &pass->network->blocks[layer];
    const layer_buffers *at = &pass->layers[layer];
    return (half){at->middle,
                  at->inner2,
                  at->mean2,
                  at->rstd2,
                  block_input(pass, layer + 1),
                  slots->ln2_weight,
                  slots->ln2_bias,
                  2 * layer + 2,
                  tokens_between(pass, layer),
                  tokens_behind(pass, layer)};
}

static int norm_is_after(const rm_pass *pass) {
    return pass->network->shape.block_norm == RIMER_BLOCK_NORM_AFTER;
}

/* What f reads. */
static const rm_real *half_read(const rm_pass *pass, const half *h) {
    return norm_is_after(pass) ? h->x : h->inner;
}

/* A norm before f is of all that the half reads, one after f of what it makes. */
static int64_t normed_tokens(const rm_pass *pass, const half *h) {
    return pass->B * (norm_is_after(pass) ? h->made : h->read);
}

static void half_norm(const rm_pass *pass, const rm_real *params, const half *h, rm_real *y,
                      const rm_real *x) {
    pass->kernels->layer_norm_forward(y, h->mean, h->rstd, x, params + h->weight,
                                      params + h->bias, normed_tokens(pass, h),
                                      pass->network->shape.width, LAYER_NORM_EPS);
}

/* Where x + f is summed. */
static rm_real *half_sum(const rm_pass *pass, const half *h) {
    return norm_is_after(pass) ? h->inner : h->out;
}

/* Makes what f reads, and returns what its result is added to: x itself, unless dropout has a
 * look at the result first. */
static rm_real *half_begin(const rm_pass *pass, const rm_real *params, const half *h) {
    int64_t D = pass->network->shape.width, made = h->made * D, read = h->read * D;
    if (!norm_is_after(pass))
        half_norm(pass, params, h, h->inner, h->x);
    pass->kernels->copy_rows(half_sum(pass, h), made, h->x + read - made, read, pass->B, made);
    if (pass->size.dropout == 0)
        return half_sum(pass, h);
    pass->kernels->fill(pass->part, 0, pass->B * made);
    return pass->part;
}

static void half_end(const rm_pass *pass, const rm_real *params, const half *h) {
    if (pass->size.dropout > 0) {
        drop(pass, pass->part, pass->part, h->place, h->made);
        pass->kernels->add(half_sum(pass, h), pass->part,
                           pass->B * h->made * pass->network->shape.width);
    }
    if (norm_is_after(pass))
        half_norm(pass, params, h, h->out, h->inner);
}

/* E4 */
static void block_forward(rm_pass *pass, const rm_real *params, const rm_state *in,
                          rm_state *out, int64_t layer) {
    const rm_kernels *k = pass->kernels;
    const rm_shape *s = &pass->network->shape;
    const rm_block *slots = &pass->network->blocks[layer];
    layer_buffers *at = &pass->layers[layer];
    rm_time_mix_state none = {0};

    half h = mixer_half(pass, layer);
    rm_real *sum = half_begin(pass, params, &h);
    rm_mixer_forward(k, s, &slots->mixer, params, &at->mixer, &pass->mixer_room, sum,
                     half_read(pass, &h), in ? in->time_mix[layer] : none,
                     out ? out->time_mix[layer] : none, layer, pass->B, h.read, h.made);
    half_end(pass, params, &h);

    h = channel_half(pass, layer);
    sum = half_begin(pass, params, &h);
    rm_channel_mix_forward(k, s, &slots->channel_mix, params, &at->channel_mix, sum,
                           half_read(pass, &h), in ? in->channel_mix[layer] : NULL,
                           out ? out->channel_mix[layer] : NULL, pass->B, h.read, h.made);
    half_end(pass, params, &h);
}

void rm_pass_tokens(rm_pass *pass, const rm_real *params, const rm_state *in, rm_state *out,
                    int64_t first) {
    const rm_shape *s = &pass->network->shape;
    embed_forward(pass, params, first);
    for (int64_t layer = 0; layer < s->layers; layer++)
        block_forward(pass, params, in, out, layer);
    if (s->output_norm)
        pass->kernels->layer_norm_forward(
            pass->hidden, pass->mean_out, pass->rstd_out, pass->final,
            params + pass->network->head.ln_out_weight,
            params + pass->network->head.ln_out_bias, pass->B * final_tokens(pass), s->width,
            LAYER_NORM_EPS);
}

/* Where the head's rows begin and how far apart they are. */
static rm_real *head_rows(const rm_pass *pass, rm_real *hidden, int64_t *distance) {
    int64_t D = pass->network->shape.width, there = final_tokens(pass);
    *distance = pass->size.all_tokens ? D : there * D;
    return hidden + (pass->size.all_tokens ? 0 : (there - 1) * D);
}

/* E11: adds to sum[rows][output_len], or writes it. Where there are maps there is one token. */
static void origin_forward(rm_pass *pass, const rm_real *params, const rm_real *history,
                           const rm_real *history_missing, int64_t history_len, rm_real *sum,
                           int add) {
    const rm_kernels *k = pass->kernels;
    const rm_shape *s = &pass->network->shape;
    int64_t tokens = output_tokens(pass), rows = pass->B * tokens, step = s->patch_len;
    k->last_observed(pass->last, history, history_missing, pass->B, tokens,
                     history_len - (tokens - 1) * step, step, history_len);
    if (s->norm == RIMER_NORM_CAUSAL && pass->size.all_tokens)
        k->standardise(pass->last, pass->last, pass->loc, pass->scale, rows, 1);
    rm_maps_read(&pass->maps, history, history_missing, pass->last, history_len, pass->B);
    rm_maps_forward(&pass->maps, params, pass->scale, sum, add, pass->embedding.row, rows);
    if (s->origin == RIMER_ORIGIN_NONE)
        k->fill(pass->last, 0, rows);
}

void rm_pass_head(rm_pass *pass, const rm_real *params, const rm_real *history,
                  const rm_real *history_missing, int64_t history_len) {
    const rm_kernels *k = pass->kernels;
    const rm_shape *s = &pass->network->shape;
    const rm_head *slots = &pass->network->head;
    int64_t rows = pass->B * output_tokens(pass), out = s->levels.n * s->output_len, distance;
    int points = s->levels.n == 1;
    const rm_real *hidden =
        head_rows(pass, s->output_norm ? pass->hidden : pass->final, &distance);
    rm_real *o = points ? pass->normalised : pass->raw;
    rm_linear_forward(k, o, out, hidden, distance, params + slots->head, rows, s->width, out,
                      0);
    k->bias_forward(o, params + slots->head_bias, rows, out);
    origin_forward(pass, params, history, history_missing, history_len,
                   points ? pass->normalised : pass->center, points);
    if (!points)
        k->quantiles_forward(pass->normalised, pass->raw, pass->center, rows, s->levels.n,
                             s->median, s->output_len);
}

const rm_real *rm_pass_forward(rm_pass *pass, const rm_real *params, const rm_real *x,
                               int64_t B, int64_t n) {
    const rm_shape *s = &pass->network->shape;
    rm_pass_read(pass, x, B, n);
    rm_pass_tokens(pass, params, NULL, NULL, 0);
    rm_pass_head(pass, params, rm_pass_look(pass).history, pass->missing,
                 pass->T * s->patch_len);
    int64_t scales = scales_of(pass);
    pass->kernels->rescale_forward(pass->y, pass->normalised, pass->last, pass->loc,
                                   pass->scale, scales, B * output_tokens(pass) / scales,
                                   s->levels.n * s->output_len);
    return pass->y;
}

/* Gradients of the origin's map, dy being that of the head's output. */
static void origin_backward(const rm_pass *pass, rm_real *grads) {
    const rm_shape *s = &pass->network->shape;
    int64_t O = s->output_len, Q = s->levels.n;
    rm_real *dsum = Q == 1 ? pass->dy : pass->center;
    if (Q > 1) /* the map is added to the medians */
        pass->kernels->copy_rows(dsum, O, pass->dy + s->median * O, Q * O, pass->B, O);
    rm_maps_backward(&pass->maps, grads, dsum, pass->scale, pass->B);
}

/* From dy to dx, the gradient of `final`. */
static void head_backward(rm_pass *pass, const rm_real *params, rm_real *grads) {
    const rm_kernels *k = pass->kernels;
    const rm_shape *s = &pass->network->shape;
    const rm_head *slots = &pass->network->head;
    int64_t tokens = output_tokens(pass), rows = pass->B * tokens;
    int64_t M = pass->B * final_tokens(pass), D = s->width, out = s->levels.n * s->output_len,
            distance;
    rm_real *dhidden = s->output_norm ? pass->dhidden : pass->dx;
    k->rescale_backward(pass->dy, pass->dy, pass->scale, scales_of(pass),
                        rows * out / scales_of(pass));
    if (s->levels.n > 1)
        k->quantiles_backward(pass->dy, pass->dy, pass->raw, rows, s->levels.n, s->median,
                              s->output_len);
    if (!pass->size.all_tokens)
        k->fill(dhidden, 0, M * D);
    rm_real *hidden = head_rows(pass, s->output_norm ? pass->hidden : pass->final, &distance);
    rm_linear_backward(k, head_rows(pass, dhidden, &distance), distance, grads + slots->head,
                       pass->dy, out, hidden, distance, params + slots->head, rows, D, out, 0);
    k->bias_backward(grads + slots->head_bias, pass->dy, rows, out);
    if (pass->size.origin && s->origin == RIMER_ORIGIN_LINEAR)
        origin_backward(pass, grads);
    if (s->output_norm) {
        k->fill(pass->dx, 0, M * D);
        k->layer_norm_backward(
            pass->dx, grads + slots->ln_out_weight, grads + slots->ln_out_bias, pass->dhidden,
            pass->final, params + slots->ln_out_weight, pass->mean_out, pass->rstd_out, M, D);
    }
}

static void half_norm_backward(const rm_pass *pass, const rm_real *params, rm_real *grads,
                               const half *h, rm_real *dx, const rm_real *dy,
                               const rm_real *x) {
    pass->kernels->layer_norm_backward(dx, grads + h->weight, grads + h->bias, dy, x,
                                       params + h->weight, h->mean, h->rstd,
                                       normed_tokens(pass, h), pass->network->shape.width);
}

/* From the gradient of the ends that the half made to one of all that it reads. */
static void spread(const rm_pass *pass, const half *h, rm_real *to, const rm_real *of_ends) {
    rm_ends_put(pass->kernels, to, of_ends, pass->B, h->read, h->made,
                pass->network->shape.width);
}

/* From now on dx is of all that the half reads, not of the ends that it made. */
static void widen(rm_pass *pass, const half *h) {
    rm_real *ends = pass->dx;
    if (h->made == h->read)
        return;
    spread(pass, h, pass->spare, ends);
    pass->dx = pass->spare;
    pass->spare = ends;
}

/* The gradient of what f made, and in *df room for that of what it read. */
static const rm_real *half_backward_begin(rm_pass *pass, const rm_real *params, rm_real *grads,
                                          const half *h, rm_real **df) {
    int after = norm_is_after(pass);
    *df = after ? pass->dx : pass->dnorm;
    if (after) {
        pass->kernels->fill(pass->dnorm, 0, pass->B * h->made * pass->network->shape.width);
        half_norm_backward(pass, params, grads, h, pass->dnorm, pass->dx, h->inner);
    }
    const rm_real *dsum = after ? pass->dnorm : pass->dx;
    if (pass->size.dropout == 0)
        return dsum;
    drop(pass, pass->part, dsum, h->place, h->made);
    return pass->part;
}

/* dx: the gradient of the half's input, its two ways summed. */
static void half_backward_end(rm_pass *pass, const rm_real *params, rm_real *grads,
                              const half *h) {
    int64_t n = pass->B * h->read * pass->network->shape.width;
    if (!norm_is_after(pass)) {
        widen(pass, h);
        half_norm_backward(pass, params, grads, h, pass->dx, pass->dnorm, h->x);
    } else if (h->made == h->read)
        pass->kernels->add(pass->dx, pass->dnorm, n);
    else {
        spread(pass, h, pass->spare, pass->dnorm);
        pass->kernels->add(pass->dx, pass->spare, n);
    }
}

/* dx: from the gradient of the block's output to that of its input, in place. */
static void block_backward(rm_pass *pass, const rm_real *params, rm_real *grads,
                           int64_t layer) {
    const rm_kernels *k = pass->kernels;
    const rm_shape *s = &pass->network->shape;
    const rm_block *slots = &pass->network->blocks[layer];
    const layer_buffers *at = &pass->layers[layer];
    rm_real *df;

    half h = channel_half(pass, layer);
    const rm_real *dy = half_backward_begin(pass, params, grads, &h, &df);
    rm_channel_mix_backward(k, s, &slots->channel_mix, params, grads, &at->channel_mix,
                            &pass->channel_mix_room, df, dy, half_read(pass, &h), NULL, NULL,
                            pass->B, h.read, h.made);
    half_backward_end(pass, params, grads, &h);

    h = mixer_half(pass, layer);
    dy = half_backward_begin(pass, params, grads, &h, &df);
    rm_mixer_backward(k, s, &slots->mixer, params, grads, &at->mixer, &pass->mixer_room, df, dy,
                      half_read(pass, &h), layer, pass->B, h.read, h.made);
    half_backward_end(pass, params, grads, &h);
}

static void embed_backward(rm_pass *pass, const rm_real *params, rm_real *grads,
                           rm_real *dpatches) {
    const rm_kernels *k = pass->kernels;
    const rm_shape *s = &pass->network->shape;
    const rm_embed *slots = &pass->network->embed;
    int64_t M = pass->B * pass->T, D = s->width;
    rm_patches patches = patches_of(pass);
    rm_real *dx = pass->dx;
    if (pass->size.dropout > 0)
        drop(pass, dx, dx, 0, pass->T);
    if (s->input_norm) {
        k->fill(pass->dnorm, 0, M * D);
        k->layer_norm_backward(pass->dnorm, grads + slots->ln0_weight, grads + slots->ln0_bias,
                               pass->dx, pass->embedded, params + slots->ln0_weight,
                               pass->mean0, pass->rstd0, M, D);
        dx = pass->dnorm;
    }
    rm_embedding_backward(&pass->embedding, params, grads, dpatches, dx, &patches);
}

void rm_pass_backward(rm_pass *pass, const rm_real *params, rm_real *grads, rm_real *dpatches) {
    const rm_shape *s = &pass->network->shape;
    head_backward(pass, params, grads);
    for (int64_t layer = s->layers - 1; layer >= 0; layer--)
        block_backward(pass, params, grads, layer);
    embed_backward(pass, params, grads, dpatches);
}
