#include "model/pass_inside.h"

#include "base/array.h"
#include "nn/linear.h"

#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Tokens of `final`. */
static int64_t final_tokens(const rm_pass *pass) {
    return pass->network->shape.layers ? rm_pass_outputs(pass) : pass->T;
}

static int64_t scales_of(const rm_pass *pass) {
    int causal = pass->network->shape.norm == RIMER_NORM_CAUSAL;
    return causal ? pass->B * rm_pass_outputs(pass) : pass->B;
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

rm_real *rm_pass_block_input(const rm_pass *pass, int64_t layer) {
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
        .embedded = s->input_norm ? pass->embedded : rm_pass_block_input(pass, 0),
        .hidden = s->output_norm ? pass->hidden : pass->final,
        .normalised = pass->normalised,
        .last = pass->last,
        .y = pass->y,
        .dy = pass->dy,
        .B = pass->B,
        .T = pass->T,
        .tokens = rm_pass_outputs(pass),
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
    int64_t B = pass->B, steps = pass->T * s->patch_len, tokens = rm_pass_outputs(pass);
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

void rm_pass_drop(const rm_pass *pass, rm_real *y, const rm_real *x, int64_t place,
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
    rm_real *x = s->input_norm ? pass->embedded : rm_pass_block_input(pass, 0);
    if (s->moments)
        k->moments_forward(pass->moments, pass->loc, pass->scale, pass->B, pass->T);
    rm_embedding_forward(&pass->embedding, params, x, &patches, first);
    if (s->input_norm)
        k->layer_norm_forward(rm_pass_block_input(pass, 0), pass->mean0, pass->rstd0, x,
                              params + slots->ln0_weight, params + slots->ln0_bias,
                              pass->B * pass->T, s->width, RM_LAYER_NORM_EPS);
    if (pass->size.dropout > 0)
        rm_pass_drop(pass, rm_pass_block_input(pass, 0), rm_pass_block_input(pass, 0), 0,
                     pass->T);
}

void rm_pass_tokens(rm_pass *pass, const rm_real *params, const rm_state *in, rm_state *out,
                    int64_t first) {
    const rm_shape *s = &pass->network->shape;
    embed_forward(pass, params, first);
    for (int64_t layer = 0; layer < s->layers; layer++)
        rm_pass_block_forward(pass, params, in, out, layer);
    if (s->output_norm)
        pass->kernels->layer_norm_forward(
            pass->hidden, pass->mean_out, pass->rstd_out, pass->final,
            params + pass->network->head.ln_out_weight,
            params + pass->network->head.ln_out_bias, pass->B * final_tokens(pass), s->width,
            RM_LAYER_NORM_EPS);
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
    int64_t tokens = rm_pass_outputs(pass), rows = pass->B * tokens, step = s->patch_len;
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
    int64_t rows = pass->B * rm_pass_outputs(pass), out = s->levels.n * s->output_len, distance;
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
                                   pass->scale, scales, B * rm_pass_outputs(pass) / scales,
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
    int64_t tokens = rm_pass_outputs(pass), rows = pass->B * tokens;
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

static void embed_backward(rm_pass *pass, const rm_real *params, rm_real *grads,
                           rm_real *dpatches) {
    const rm_kernels *k = pass->kernels;
    const rm_shape *s = &pass->network->shape;
    const rm_embed *slots = &pass->network->embed;
    int64_t M = pass->B * pass->T, D = s->width;
    rm_patches patches = patches_of(pass);
    rm_real *dx = pass->dx;
    if (pass->size.dropout > 0)
        rm_pass_drop(pass, dx, dx, 0, pass->T);
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
        rm_pass_block_backward(pass, params, grads, layer);
    embed_backward(pass, params, grads, dpatches);
}
