/* E6 and E8, RM_WKV7_CHUNK tokens at a time, without a state per token.
 *
 * With P_t the product of the decays of tokens 1 to t of a chunk, element by element, and a row
 * for each token: A_t = alpha_t P_{t-1}, R_t = r_t P_t, B_t = beta_t / P_t, K_t = k_t / P_t,
 * U_t = S_{t-1} alpha_t, what token t removes. (t > s) keeps the entries of earlier tokens, and
 * (t >= s) also the diagonal.
 *
 *   U = (A B')(t > s) U + (A K')(t > s) V + A S0'      solved from the first row
 *   Y = (R B')(t >= s) U + (R K')(t >= s) V + R S0'
 *   S = (S0 + U' B + V' K) diag(P_n)
 *
 * Backward, with G = dL/dS diag(P_n), W = dL/d(right side of U without U), and the same entries
 * of every product of tokens by tokens:
 *
 *   W  = (A B')'W + (R B')'dY + B G'                   solved from the last row
 *   dV = (A K')'W + (R K')'dY + K G'
 *   dA = (W U') B + (W V') K + W S0        dB = (W U')'A + (dY U')'R + U G
 *   dR = (dY U') B + (dY V') K + dY S0     dK = (W V')'A + (dY V')'R + V G
 *   dS0 = G + W'A + dY'R
 *   d log P_t = R_t dR_t - B_t dB_t - K_t dK_t + A_{t+1} dA_{t+1}, and for t = n also the
 *               sums over value channels of G (S0 + U' B + V' K)
 *
 * Decays are at least 0.545, so P is at least 3.7e-9 after 32 tokens and nothing leaves the
 * range of float; errors do not grow with 1 / P, as each product of two rows is P_t / P_s.
 *
 * All of it is products of 16 rows: tiles of eight tokens of A and R lie one after the other,
 * so do B and K, U and V, W and dY. scores[to][from][16][16] holds for token s of tile `from`
 * in row s A_t B_s' (8 tokens of `to`) and R_t B_s' (8 more), in row 8 + s the same of K.
 *
 * Measured (avx512, ns a token and head of 64, forward and backward): 21 tokens in one chunk of
 * up to 32 take 310 and 702, in chunks of 16 571 and 1108; 256 tokens 611 and 1412, 681 and
 * 1376. Fetching the next head's rows ahead of their use changed nothing. */
#include "kernels/ref/variant.h"
#include "kernels/simd/vec.h"

#ifdef __AVX512F__
enum { REGISTERS = 32 };
#define MOST_LANES 16
#elif defined(__ARM_NEON)
enum { REGISTERS = 32 };
#define MOST_LANES 4
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

/* Which of the saved states is that of head h at the start of chunk 1, 2, ... */
static int64_t saved_at(int64_t h, int64_t chunk, int64_t T) {
    return h * ((T - 1) / RM_WKV7_CHUNK) + chunk - 1;
}

/* Asks for what lies at `at` in each of the six; `write`: to change it. */
#define PREFETCH_TOKENS(x, at, write)                  \
    do {                                               \
        __builtin_prefetch((x).r + (at), (write));     \
        __builtin_prefetch((x).decay + (at), (write)); \
        __builtin_prefetch((x).k + (at), (write));     \
        __builtin_prefetch((x).v + (at), (write));     \
        __builtin_prefetch((x).alpha + (at), (write)); \
        __builtin_prefetch((x).beta + (at), (write));  \
    } while (0)

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
enum { LINE = 64 / sizeof(float) };
#define ROOM_FITS(SIZE)                                                        \
    _Static_assert(sizeof(room_##SIZE) / sizeof(float) + SIZE * SIZE + LINE <= \
                       RM_WKV7_SCRATCH(1, SIZE),                               \
                   "scratch");
HEAD_SIZES(ROOM_FITS)

/* Loads that cross cache lines cost twice. */
static void *aligned(float *scratch) {
    uintptr_t line = LINE * sizeof(float);
    return (void *)(((uintptr_t)scratch + line - 1) / line * line);
}

void RM_KERNEL(wkv7_forward)(rm_real *y, rm_real *state_out, rm_real *checkpoints,
                             const rm_real *state_in, const rm_real *r, const rm_real *decay,
                             const rm_real *k, const rm_real *v, const rm_real *alpha,
                             const rm_real *beta, rm_real *scratch, int64_t B, int64_t T,
                             int64_t H, int64_t D) {
    int64_t per_row = rm_wkv7_checkpoints(1, T, H, D);
    for (int64_t b = 0; b < B; b++) {
        int64_t at = b * T * H * D, matrix = b * H * D * D;
        tokens in = {r + at, decay + at, k + at, v + at, alpha + at, beta + at, H * D};
        float *to = state_out ? state_out + matrix : NULL;
        const float *from = state_in ? state_in + matrix : NULL;
        float *saved = checkpoints ? checkpoints + b * per_row : NULL;
        switch (D) {
#define FORWARD(SIZE)                                                                \
    case SIZE: {                                                                     \
        room_##SIZE *room = aligned(scratch);                                        \
        forward_##SIZE(room, (void *)(room + 1), y + at, to, saved, from, in, T, H); \
        break;                                                                       \
    }
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
    int64_t per_row = rm_wkv7_checkpoints(1, T, H, D);
    for (int64_t b = 0; b < B; b++) {
        int64_t at = b * T * H * D, matrix = b * H * D * D;
        tokens in = {r + at, decay + at, k + at, v + at, alpha + at, beta + at, H * D};
        gradients d = {dr + at, ddecay + at, dk + at, dv + at, dalpha + at, dbeta + at};
        float *to = dstate_in ? dstate_in + matrix : NULL;
        const float *from = dstate_out ? dstate_out + matrix : NULL;
        const float *before = state_in ? state_in + matrix : NULL;
        switch (D) {
#define BACKWARD(SIZE)                                                  \
    case SIZE: {                                                        \
        room_##SIZE *room = aligned(scratch);                           \
        backward_##SIZE(room, (void *)(room + 1), d, to, dy + at, from, \
                        checkpoints + b * per_row, before, in, T, H);   \
        break;                                                          \
    }
            HEAD_SIZES(BACKWARD)
        default:
            rm_ref_wkv7_backward(dr, ddecay, dk, dv, dalpha, dbeta, dstate_in, dy, dstate_out,
                                 checkpoints, state_in, r, decay, k, v, alpha, beta, scratch, B,
                                 T, H, D);
            return;
        }
    }
}
