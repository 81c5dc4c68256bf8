/* E6 and E8: the RWKV-7 recurrence and its gradient.
 *
 * Inside, a state is kept key-major, s[j][i] with i the value index, so that every inner loop
 * runs over i with unit stride and needs no reordering of sums; the public layout is [i][j].
 * States are never rebuilt by dividing by the decay (error 2e-3 after 32 tokens): one is saved
 * every RM_WKV7_CHUNK tokens and the chunk is run forward again. */
#include "kernels/ref/variant.h"

#include <string.h>

/* The vectors of one token of one head. */
typedef struct token {
    const rm_real *r, *decay, *k, *v, *alpha, *beta;
} token;

static inline token token_at(const rm_real *r, const rm_real *decay, const rm_real *k,
                             const rm_real *v, const rm_real *alpha, const rm_real *beta,
                             int64_t at) {
    return (token){r + at, decay + at, k + at, v + at, alpha + at, beta + at};
}

static void transpose(rm_real *restrict to, const rm_real *restrict from, int64_t N) {
    for (int64_t i = 0; i < N; i++)
        for (int64_t j = 0; j < N; j++)
            to[j * N + i] = from[i * N + j];
}

static void load_state(rm_real *s, const rm_real *state, int64_t N) {
    if (state)
        transpose(s, state, N);
    else
        memset(s, 0, (size_t)(N * N) * sizeof *s);
}

/* removed = s alpha; next = s diag(decay) + removed beta' + v k'; y (may be NULL) = next r.
 * `next` may be `s`. */
static inline __attribute__((always_inline)) void step(rm_real *next, const rm_real *s,
                                                       rm_real *restrict removed,
                                                       rm_real *restrict y, token x,
                                                       int64_t N) {
    for (int64_t i = 0; i < N; i++)
        removed[i] = 0;
    for (int64_t j = 0; j < N; j++)
        for (int64_t i = 0; i < N; i++)
            removed[i] += s[j * N + i] * x.alpha[j];
    if (y)
        for (int64_t i = 0; i < N; i++)
            y[i] = 0;
    for (int64_t j = 0; j < N; j++) {
        rm_real decay = x.decay[j], beta = x.beta[j], k = x.k[j], r = x.r[j];
#pragma omp simd
        for (int64_t i = 0; i < N; i++) {
            rm_real value = s[j * N + i] * decay + removed[i] * beta + x.v[i] * k;
            next[j * N + i] = value;
            if (y)
                y[i] += value * r;
        }
    }
}

static inline __attribute__((always_inline)) void
forward_head(rm_real *restrict y, rm_real *restrict s, rm_real *restrict removed,
             rm_real *restrict checkpoints, const rm_real *r, const rm_real *decay,
             const rm_real *k, const rm_real *v, const rm_real *alpha, const rm_real *beta,
             int64_t T, int64_t stride, int64_t N) {
    for (int64_t t = 0; t < T; t++) {
        if (checkpoints && t && t % RM_WKV7_CHUNK == 0)
            memcpy(checkpoints + (t / RM_WKV7_CHUNK - 1) * N * N, s,
                   (size_t)(N * N) * sizeof *s);
        step(s, s, removed, y + t * stride, token_at(r, decay, k, v, alpha, beta, t * stride),
             N);
    }
}

void RM_KERNEL(wkv7_forward)(rm_real *y, rm_real *state_out, rm_real *checkpoints,
                             const rm_real *state_in, const rm_real *r, const rm_real *decay,
                             const rm_real *k, const rm_real *v, const rm_real *alpha,
                             const rm_real *beta, rm_real *scratch, int64_t B, int64_t T,
                             int64_t H, int64_t N) {
    rm_real *s = scratch, *removed = scratch + N * N;
    int64_t per_head = rm_wkv7_checkpoints(1, T, 1, N);
    for (int64_t b = 0; b < B; b++)
        for (int64_t h = 0; h < H; h++) {
            int64_t head = b * H + h, at = (b * T * H + h) * N;
            rm_real *saved = checkpoints ? checkpoints + head * per_head : NULL;
            load_state(s, state_in ? state_in + head * N * N : NULL, N);
#define FORWARD(SIZE)                                                                       \
    forward_head(y + at, s, removed, saved, r + at, decay + at, k + at, v + at, alpha + at, \
                 beta + at, T, H * N, SIZE)
            RM_FOR_HEAD_SIZE(N, FORWARD)
            if (state_out)
                transpose(state_out + head * N * N, s, N);
        }
}

/* The gradients of one token of one head. */
typedef struct token_gradient {
    rm_real *r, *decay, *k, *v, *alpha, *beta;
} token_gradient;

/* E8 for one token: g is dL/dS_t on entry and dL/dS_{t-1} on return. */
static inline __attribute__((always_inline)) void
step_backward(token_gradient d, rm_real *restrict g, const rm_real *restrict before,
              const rm_real *restrict after, const rm_real *restrict removed,
              rm_real *restrict dremoved, const rm_real *restrict dy, token x, int64_t N) {
    for (int64_t i = 0; i < N; i++)
        dremoved[i] = 0;
    for (int64_t j = 0; j < N; j++) {
        rm_real r = x.r[j], k = x.k[j], beta = x.beta[j];
        rm_real dr = 0, dk = 0, dbeta = 0, ddecay = 0;
#pragma omp simd reduction(+ : dr, dk, dbeta, ddecay)
        for (int64_t i = 0; i < N; i++) {
            rm_real value = g[j * N + i] + dy[i] * r;
            g[j * N + i] = value;
            dr += after[j * N + i] * dy[i];
            dk += value * x.v[i];
            dbeta += value * removed[i];
            ddecay += value * before[j * N + i];
            d.v[i] += value * k;
            dremoved[i] += value * beta;
        }
        d.r[j] += dr;
        d.k[j] += dk;
        d.beta[j] = dbeta;
        d.decay[j] = ddecay;
    }
    for (int64_t j = 0; j < N; j++) {
        rm_real decay = x.decay[j], alpha = x.alpha[j], dalpha = 0;
#pragma omp simd reduction(+ : dalpha)
        for (int64_t i = 0; i < N; i++) {
            dalpha += before[j * N + i] * dremoved[i];
            g[j * N + i] = g[j * N + i] * decay + dremoved[i] * alpha;
        }
        d.alpha[j] = dalpha;
    }
}

/* scratch: g, then the states around the tokens of a chunk, then what each token removed, then
 * one vector. */
static inline __attribute__((always_inline)) void
backward_head(token_gradient d, const rm_real *dy, const rm_real *checkpoints,
              const rm_real *state_in, const rm_real *r, const rm_real *decay, const rm_real *k,
              const rm_real *v, const rm_real *alpha, const rm_real *beta, rm_real *scratch,
              int64_t T, int64_t stride, int64_t N) {
    rm_real *g = scratch, *states = g + N * N, *removed = states + (RM_WKV7_CHUNK + 1) * N * N;
    rm_real *dremoved = removed + RM_WKV7_CHUNK * N;
    for (int64_t chunk = (T - 1) / RM_WKV7_CHUNK; chunk >= 0; chunk--) {
        int64_t first = chunk * RM_WKV7_CHUNK;
        int64_t n = T - first < RM_WKV7_CHUNK ? T - first : RM_WKV7_CHUNK;
        if (chunk)
            memcpy(states, checkpoints + (chunk - 1) * N * N, (size_t)(N * N) * sizeof *states);
        else
            load_state(states, state_in, N);
        for (int64_t i = 0; i < n; i++)
            step(states + (i + 1) * N * N, states + i * N * N, removed + i * N, NULL,
                 token_at(r, decay, k, v, alpha, beta, (first + i) * stride), N);
        for (int64_t i = n - 1; i >= 0; i--) {
            int64_t at = (first + i) * stride;
            token_gradient here = {d.r + at, d.decay + at, d.k + at,
                                   d.v + at, d.alpha + at, d.beta + at};
            step_backward(here, g, states + i * N * N, states + (i + 1) * N * N,
                          removed + i * N, dremoved, dy + at,
                          token_at(r, decay, k, v, alpha, beta, at), N);
        }
    }
}

void RM_KERNEL(wkv7_backward)(rm_real *dr, rm_real *ddecay, rm_real *dk, rm_real *dv,
                              rm_real *dalpha, rm_real *dbeta, rm_real *dstate_in,
                              const rm_real *dy, const rm_real *dstate_out,
                              const rm_real *checkpoints, const rm_real *state_in,
                              const rm_real *r, const rm_real *decay, const rm_real *k,
                              const rm_real *v, const rm_real *alpha, const rm_real *beta,
                              rm_real *scratch, int64_t B, int64_t T, int64_t H, int64_t N) {
    int64_t per_head = rm_wkv7_checkpoints(1, T, 1, N);
    for (int64_t b = 0; b < B; b++)
        for (int64_t h = 0; h < H; h++) {
            int64_t head = b * H + h, at = (b * T * H + h) * N;
            token_gradient d = {dr + at, ddecay + at, dk + at,
                                dv + at, dalpha + at, dbeta + at};
            load_state(scratch, dstate_out ? dstate_out + head * N * N : NULL, N);
            const rm_real *before = state_in ? state_in + head * N * N : NULL;
#define BACKWARD(SIZE)                                                                   \
    backward_head(d, dy + at, checkpoints + head * per_head, before, r + at, decay + at, \
                  k + at, v + at, alpha + at, beta + at, scratch, T, H * N, SIZE)
            RM_FOR_HEAD_SIZE(N, BACKWARD)
            if (dstate_in)
                transpose(dstate_in + head * N * N, scratch, N);
        }
}
