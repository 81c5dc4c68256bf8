#include "model/pass_inside.h"

/* Tokens of what a block makes, and the head reads of the last one: where the head reads the last
 * token alone, no other of the last block is asked for. */
static int64_t tokens_behind(const rm_pass *pass, int64_t layer) {
    return layer == pass->network->shape.layers - 1 ? rm_pass_outputs(pass) : pass->T;
}

/* Tokens between a block's halves: token shift reads the one before, too. */
static int64_t tokens_between(const rm_pass *pass, int64_t layer) {
    int64_t behind = tokens_behind(pass, layer);
    int shifts = pass->network->shape.channel_mix == RIMER_MIX_RWKV;
    return shifts && behind < pass->T ? behind + 1 : behind;
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
    return (half){.x = at->x,
                  .inner = at->inner1,
                  .mean = at->mean1,
                  .rstd = at->rstd1,
                  .out = at->middle,
                  .weight = slots->ln1_weight,
                  .bias = slots->ln1_bias,
                  .place = 2 * layer + 1,
                  .read = pass->T,
                  .made = tokens_between(pass, layer)};
}

static half channel_half(const rm_pass *pass, int64_t layer) {
    const rm_block *slots = &pass->network->blocks[layer];
    const layer_buffers *at = &pass->layers[layer];
    return (half){.x = at->middle,
                  .inner = at->inner2,
                  .mean = at->mean2,
                  .rstd = at->rstd2,
                  .out = rm_pass_block_input(pass, layer + 1),
                  .weight = slots->ln2_weight,
                  .bias = slots->ln2_bias,
                  .place = 2 * layer + 2,
                  .read = tokens_between(pass, layer),
                  .made = tokens_behind(pass, layer)};
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
                                      pass->network->shape.width, RM_LAYER_NORM_EPS);
}

/* Where x + f is summed. */
static rm_real *half_sum(const rm_pass *pass, const half *h) {
    return norm_is_after(pass) ? h->inner : h->out;
}

/* Makes what f reads, and returns what its result is added to: the ends of x, unless dropout has a
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
        rm_pass_drop(pass, pass->part, pass->part, h->place, h->made);
        pass->kernels->add(half_sum(pass, h), pass->part,
                           pass->B * h->made * pass->network->shape.width);
    }
    if (norm_is_after(pass))
        half_norm(pass, params, h, h->out, h->inner);
}

/* E4 */
void rm_pass_block_forward(rm_pass *pass, const rm_real *params, const rm_state *in,
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
    rm_pass_drop(pass, pass->part, dsum, h->place, h->made);
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

void rm_pass_block_backward(rm_pass *pass, const rm_real *params, rm_real *grads,
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
