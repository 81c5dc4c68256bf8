#include "model/embedding.h"

#include "nn/linear.h"
#include "nn/phase.h"

#include <math.h>

static const rm_shape *shape_of(const rm_embedding *at) {
    return &at->network->shape;
}

void rm_embedding_layout(rm_embedding *at, rm_arena *arena, rm_arena *beside, int64_t rows) {
    const rm_shape *s = shape_of(at);
    at->positions = rm_shared_take(arena, beside, at->max_tokens * s->width);
    at->phase = rm_shared_take(arena, beside, rows * at->max_tokens * s->phase_features);
    at->first = -1;
}

void rm_embedding_place(rm_embedding *at, rm_places places, int64_t B, int64_t T) {
    const rm_shape *s = shape_of(at);
    int64_t F = s->phase_features;
    at->row = 0;
    if (F == 0)
        return;
    for (int64_t b = 0; b < B; b++)
        for (int64_t t = 0; t < T; t++) {
            int64_t next = places.at[b * places.each].next + places.ahead;
            rm_phase_fill(&s->phase, next - (T - 1 - t) * s->patch_len,
                          at->phase.host + (b * T + t) * F);
        }
    rm_shared_send(at->kernels, at->phase, 0, B * T * F);
}

/* Of the rows of the present pass. */
static const rm_real *phase_of(const rm_embedding *at, int64_t T) {
    return at->phase.device + at->row * T * shape_of(at)->phase_features;
}

/* Sinusoids are computed in double: angles in float are off by 1e-5. */
static void fill_positions(rm_embedding *at, int64_t first) {
    int64_t D = shape_of(at)->width;
    if (at->first == first)
        return;
    for (int64_t t = 0; t < at->max_tokens; t++)
        for (int64_t i = 0; i < D; i++) {
            double angle =
                (double)(first + t) * exp(-(double)(i / 2 * 2) * log(10000) / (double)D);
            at->positions.host[t * D + i] = (rm_real)(i % 2 ? cos(angle) : sin(angle));
        }
    rm_shared_send(at->kernels, at->positions, 0, at->max_tokens * D);
    at->first = first;
}

void rm_embedding_forward(rm_embedding *at, const rm_real *params, rm_real *x,
                          const rm_patches *patches, int64_t first) {
    const rm_kernels *k = at->kernels;
    const rm_shape *s = shape_of(at);
    const rm_embed *slots = &at->network->embed;
    int64_t M = patches->B * patches->T, D = s->width, P = s->patch_len, F = s->phase_features;
    rm_linear_forward(k, x, D, patches->z, P, params + slots->embed, M, P, D, 0);
    if (s->mask)
        rm_linear_forward(k, x, D, patches->missing, P, params + slots->embed_mask, M, P, D, 1);
    if (F > 0)
        rm_linear_forward(k, x, D, phase_of(at, patches->T), F, params + slots->embed_phase, M,
                          F, D, 1);
    if (s->moments)
        rm_linear_forward(k, x, D, patches->moments, RM_MOMENT_FEATURES,
                          params + slots->embed_moments, M, RM_MOMENT_FEATURES, D, 1);
    if (s->position == RIMER_POSITION_SINUSOID) {
        fill_positions(at, first);
        k->bias_forward(x, at->positions.device, patches->B, patches->T * D);
    }
}

void rm_embedding_backward(const rm_embedding *at, const rm_real *params, rm_real *grads,
                           rm_real *dpatches, const rm_real *dx, const rm_patches *patches) {
    const rm_kernels *k = at->kernels;
    const rm_shape *s = shape_of(at);
    const rm_embed *slots = &at->network->embed;
    int64_t M = patches->B * patches->T, D = s->width, P = s->patch_len, F = s->phase_features;
    rm_linear_backward(k, dpatches, P, grads + slots->embed, dx, D, patches->z, P,
                       params + slots->embed, M, P, D, 0);
    if (s->mask)
        rm_linear_backward(k, NULL, P, grads + slots->embed_mask, dx, D, patches->missing, P,
                           params + slots->embed_mask, M, P, D, 0);
    if (s->moments)
        rm_linear_backward(k, NULL, RM_MOMENT_FEATURES, grads + slots->embed_moments, dx, D,
                           patches->moments, RM_MOMENT_FEATURES, params + slots->embed_moments,
                           M, RM_MOMENT_FEATURES, D, 0);
    if (F > 0)
        rm_linear_backward(k, NULL, F, grads + slots->embed_phase, dx, D,
                           phase_of(at, patches->T), F, params + slots->embed_phase, M, F, D,
                           0);
}
