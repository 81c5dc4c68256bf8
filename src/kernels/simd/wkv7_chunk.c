/* E6 and E8, RM_WKV7_CHUNK tokens at a time, without a state per token.
 *
 * With P_t the product of the decays of tokens 1 to t of a chunk, element by element, and rows for
 * tokens: A_t = alpha_t P_{t-1}, R_t = r_t P_t, B_t = beta_t / P_t, K_t = k_t / P_t, U_t = S_{t-1} alpha_t
 * (what token t removes). Below, [s < t] keeps the entries of earlier tokens, [s <= t] also the diagonal.
 *
 *   U = [A B'][s < t] U + [A K'][s < t] V + A S0'        solved row by row
 *   Y = [R B'][s <= t] U + [R K'][s <= t] V + R S0'
 *   S = (S0 + U' B + V' K) diag(P_n)
 *
 * Backward, G = dL/dS diag(P_n) and W = dL/dX, X the right side of U's equation:
 *
 *   W  = [A B']'W + [R B']'dY + B G'                     solved from the last row
 *   dV = [A K']'W + [R K']'dY + K G'
 *   dA = [W U'] B + [W V'] K + W S0         dB = [W U']'A + [dY U']'R + U G
 *   dR = [dY U'] B + [dY V'] K + dY S0      dK = [W V']'A + [dY V']'R + V G
 *   dS0 = G + W'A + dY'R
 *   d log P_t = R_t dR_t - B_t dB_t - K_t dK_t + A_{t+1} dA_{t+1}, and for t = n also
 *               the sums over value channels of G S0 + G (U' B + V' K)
 *
 * Decays are at least 0.545, so P of 32 tokens is at least 3.7e-9 and no product leaves the range of
 * float; the error does not grow with 1 / P, since every product of two rows is P_t / P_s.
 *
 * Everything is a product of 16 rows by 16, 32 or N: tiles of eight tokens of A and R lie one after
 * the other, so do B and K, U and V, W and dY. scores[to][from][16][16] holds, for a token s of tile
 * `from`, in row s A_t B_s' (t first) and R_t B_s', in row 8 + s the same of K. */
#include "kernels/ref/variant.h"
#include "kernels/simd/vec.h"

#ifdef __AVX512F__
enum { REGISTERS = 32 };
#define MOST_LANES 16
#else
enum { REGISTERS = 16 };
#define MOST_LANES 8
#endif

/* What the plain reference does for every other head size. */
void rm_ref_wkv7_forward(rm_real *, rm_real *, rm_real *, const rm_real *, const rm_real *,
                         const rm_real *, const rm_real *, const rm_real *, const rm_real *,
                         const rm_real *, rm_real *, int64_t, int64_t, int64_t, int64_t);
void rm_ref_wkv7_backward(rm_real *, rm_real *, rm_real *, rm_real *, rm_real *, rm_real *,
                          rm_real *, const rm_real *, const rm_real *, const rm_real *,
                          const rm_real *, const rm_real *, const rm_real *, const rm_real *,
                          const rm_real *, const rm_real *, const rm_real *, rm_real *, int64_t,
                          int64_t, int64_t, int64_t);
enum { TILE = 8, PAIR = 2 * TILE, TILES = RM_WKV7_CHUNK / TILE };

/* The vectors of a head: token t at t * stride. */
typedef struct tokens {
    const float *r, *decay, *k, *v, *alpha, *beta;
    int64_t stride;
} tokens;

typedef struct gradients {
    float *r, *decay, *k, *v, *alpha, *beta;
} gradients;

static tokens tokens_at(tokens x, int64_t at) {
    return (tokens){x.r + at,     x.decay + at, x.k + at, x.v + at,
                    x.alpha + at, x.beta + at,  x.stride};
}

static gradients gradients_at(gradients x, int64_t at) {
    return (gradients){x.r + at, x.decay + at, x.k + at, x.v + at, x.alpha + at, x.beta + at};
}

#define RM_NAME_(a, b) a##b
#define RM_NAME(a, b) RM_NAME_(a, b)

#define N 8
#include "kernels/simd/wkv7_head.h"
#define N 16
#include "kernels/simd/wkv7_head.h"
#define N 32
#include "kernels/simd/wkv7_head.h"
#define N 64
#include "kernels/simd/wkv7_head.h"

#define HEAD_SIZES(X) X(8) X(16) X(32) X(64)
#define ROOM_FITS(SIZE)                                                                    \
    _Static_assert(sizeof(room_##SIZE) / sizeof(float) + ALIGNED <= RM_WKV7_SCRATCH(SIZE), \
                   "scratch");
enum { ALIGNED = 16 };
HEAD_SIZES(ROOM_FITS)

/* Loads that cross cache lines cost twice. */
static void *aligned(float *scratch) {
    uintptr_t line = ALIGNED * sizeof(float);
    return (void *)(((uintptr_t)scratch + line - 1) / line * line);
}

void RM_KERNEL(wkv7_forward)(rm_real *y, rm_real *state_out, rm_real *checkpoints,
                             const rm_real *state_in, const rm_real *r, const rm_real *decay,
                             const rm_real *k, const rm_real *v, const rm_real *alpha,
                             const rm_real *beta, rm_real *scratch, int64_t B, int64_t T,
                             int64_t H, int64_t D) {
    int64_t per_head = rm_wkv7_checkpoints(1, T, 1, D);
    void *room = aligned(scratch);
    for (int64_t head = 0; head < B * H; head++) {
        int64_t at = (head / H * T * H + head % H) * D, matrix = head * D * D;
        tokens in = {r + at, decay + at, k + at, v + at, alpha + at, beta + at, H * D};
        float *to = state_out ? state_out + matrix : NULL;
        const float *from = state_in ? state_in + matrix : NULL;
        float *saved = checkpoints ? checkpoints + head * per_head : NULL;
        switch (D) {
#define FORWARD(SIZE)                                         \
    case SIZE:                                                \
        forward_##SIZE(room, y + at, to, saved, from, in, T); \
        break;
            HEAD_SIZES(FORWARD)
        default:
            rm_ref_wkv7_forward(y, state_out, checkpoints, state_in, r, decay, k, v, alpha,
                                beta, scratch, B, T, H, D);
            return;
        }
    }
}

void RM_KERNEL(wkv7_backward)(rm_real *dr, rm_real *ddecay, rm_real *dk, rm_real *dv,
                              rm_real *dalpha, rm_real *dbeta, rm_real *dstate_in,
                              const rm_real *dy, const rm_real *dstate_out,
                              const rm_real *checkpoints, const rm_real *state_in,
                              const rm_real *r, const rm_real *decay, const rm_real *k,
                              const rm_real *v, const rm_real *alpha, const rm_real *beta,
                              rm_real *scratch, int64_t B, int64_t T, int64_t H, int64_t D) {
    int64_t per_head = rm_wkv7_checkpoints(1, T, 1, D);
    void *room = aligned(scratch);
    for (int64_t head = 0; head < B * H; head++) {
        int64_t at = (head / H * T * H + head % H) * D, matrix = head * D * D;
        tokens in = {r + at, decay + at, k + at, v + at, alpha + at, beta + at, H * D};
        gradients d = {dr + at, ddecay + at, dk + at, dv + at, dalpha + at, dbeta + at};
        float *to = dstate_in ? dstate_in + matrix : NULL;
        const float *from = dstate_out ? dstate_out + matrix : NULL;
        const float *before = state_in ? state_in + matrix : NULL;
        switch (D) {
#define BACKWARD(SIZE)                                                                         \
    case SIZE:                                                                                 \
        backward_##SIZE(room, d, to, dy + at, from, checkpoints + head * per_head, before, in, \
                        T);                                                                    \
        break;
            HEAD_SIZES(BACKWARD)
        default:
            rm_ref_wkv7_backward(dr, ddecay, dk, dv, dalpha, dbeta, dstate_in, dy, dstate_out,
                                 checkpoints, state_in, r, decay, k, v, alpha, beta, scratch, B,
                                 T, H, D);
            return;
        }
    }
}
