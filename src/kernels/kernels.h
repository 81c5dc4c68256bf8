/* The kernel table: everything that touches tensor data. The network knows pointers and sizes
 * only, so another device is another table.
 *
 * Letters: B rows, T tokens, D width, H heads, N head size, D = H * N. Sequences are [B][T][D],
 * row-major; a head's vectors are the N values from h * N on; "rows" by itself counts B * T.
 * All tensors of a call lie in the table's memory; lists of pointers to them (y, mix) do not.
 * A gradient (d...) is written, unless its line says "added to". Outputs never overlap inputs
 * unless said. No kernel allocates; those of the processor run on the calling thread. Each is tested against
 * float64 on odd shapes and by signed central differences (tests/unit/test_kernels.c,
 * test_gradients.c). */
#ifndef RM_KERNELS_H
#define RM_KERNELS_H

#include "base/error.h"
#include "base/memory.h"
#include "kernels/real.h"

#include <stdint.h>

/* Values that say what mean and deviation a context has. */
#define RM_MOMENT_FEATURES 2

/* The recurrence saves its state once every so many tokens and runs forward again from there.
 * */
#define RM_WKV7_CHUNK 32

/* Elements of its scratch: the states around the tokens of a chunk (ref), or the matrices of
 * the one-chunk form (simd), which asserts that they fit. */
#define RM_WKV7_SCRATCH(H, N) (((H) + RM_WKV7_CHUNK + 2) * (N) * (N) + 600 * (N) + 4400)

enum { RM_KEY_CLAMP, RM_KEY_ADD };
enum { RM_LOSS_SQUARED, RM_LOSS_ABSOLUTE, RM_LOSS_HUBER };

/* Of the factors of products, in the order of RIMER_PRECISION_... */
enum { RM_FLOAT32, RM_TF32, RM_BFLOAT16, RM_PRECISIONS };

/* Losses so far and how many targets they are of. */
typedef struct rm_tally {
    double sum;
    int64_t count;
} rm_tally;

/* What a training step has that the one before had not, in the memory of the kernels, so that a device
 * can do a step again as it was recorded. */
typedef struct rm_step {
    double lr, correct1, correct2; /* the correction of a moment is 1 - beta^steps */
    double factor;                 /* on the gradient; 0: nothing is to change */
    uint64_t draw_key;             /* of dropout */
} rm_step;

/* clang-format off */
#define RM_KERNEL_LIST(X)                                                                       \
    /* x[0..n) = value */                                                                       \
    X(void, fill, (rm_real *x, rm_real value, int64_t n))                                       \
    X(void, copy, (rm_real *to, const rm_real *from, int64_t n))                                \
    /* to += from */                                                                            \
    X(void, add, (rm_real *to, const rm_real *from, int64_t n))                                 \
    /* Rows of n values, ldto and ldfrom apart; ldfrom 0: the same row each time. */            \
    X(void, copy_rows, (rm_real *to, int64_t ldto, const rm_real *from, int64_t ldfrom,         \
        int64_t rows, int64_t n))                                                               \
    /* Each row of history[rows][width] moves on by `kept` steps: the first are gone, the last  \
     * are those of `from`, ldfrom apart (NULL: 0); kept <= width */                            \
    X(void, move_on, (rm_real *history, const rm_real *from, int64_t ldfrom, int64_t rows,      \
        int64_t width, int64_t kept))                                                           \
    /* *sum: of squares, in double */                                                           \
    X(void, sum_squares, (double *sum, const rm_real *x, int64_t n))                            \
    /* c[m][n] = op(a)[m][k] op(b)[k][n], or += if add; ta, tb (not both): the matrix is stored    \
     * transposed; ld: distance of rows as stored */                                            \
    X(void, gemm, (rm_real *c, int64_t ldc, int add, int ta, int tb, const rm_real *a,          \
        int64_t lda, const rm_real *b, int64_t ldb, int64_t m, int64_t n, int64_t k))           \
    /* y = (x - mean) * rstd * weight + bias over each row of `width`; biased variance + eps */ \
    X(void, layer_norm_forward, (rm_real *y, rm_real *mean, rm_real *rstd, const rm_real *x,    \
        const rm_real *weight, const rm_real *bias, int64_t rows, int64_t width, double eps))   \
    /* dx, dweight, dbias are added to. */                                                      \
    X(void, layer_norm_backward, (rm_real *dx, rm_real *dweight, rm_real *dbias,                \
        const rm_real *dy, const rm_real *x, const rm_real *weight, const rm_real *mean,        \
        const rm_real *rstd, int64_t rows, int64_t width))                                      \
    /* E5: y[i] = x_t + (x_{t-1} - x_t) * mix[i] for i < n; x_{-1} is shift[B][D], NULL: 0 */   \
    X(void, shift_mix_forward, (rm_real *const *y, const rm_real *x, const rm_real *shift,      \
        const rm_real *const *mix, int64_t n, int64_t B, int64_t T, int64_t D))                 \
    /* dmix[i] are added to; dshift may be NULL. */                                             \
    X(void, shift_mix_backward, (rm_real *dx, rm_real *const *dmix, rm_real *dshift,            \
        rm_real *const *dy, const rm_real *x, const rm_real *shift, const rm_real *const *mix,  \
        int64_t n, int64_t B, int64_t T, int64_t D))                                            \
    /* y = x / (1 - share), or 0 for about that share of the elements: a matter of *key + place, \
     * first + row and column alone; y may be x */                                              \
    X(void, dropout, (rm_real *y, const rm_real *x, const uint64_t *key, uint64_t place,        \
        int64_t first, double share, int64_t rows, int64_t width))                              \
    /* last[B][D] = x[:, T-1, :] */                                                             \
    X(void, last_token, (rm_real *last, const rm_real *x, int64_t B, int64_t T, int64_t D))     \
    /* y += bias in every row */                                                                \
    X(void, bias_forward, (rm_real *y, const rm_real *bias, int64_t rows, int64_t width))       \
    /* dbias is added to. */                                                                    \
    X(void, bias_backward, (rm_real *dbias, const rm_real *dy, int64_t rows, int64_t width))    \
    /* y may be x; dx may be dy. */                                                             \
    X(void, tanh_forward, (rm_real *y, const rm_real *x, int64_t n))                            \
    X(void, tanh_backward, (rm_real *dx, const rm_real *dy, const rm_real *y, int64_t n))       \
    /* y = sigmoid(x + bias), bias may be NULL; y may be x */                                   \
    X(void, sigmoid_forward, (rm_real *y, const rm_real *x, const rm_real *bias, int64_t rows,  \
        int64_t width))                                                                         \
    /* dbias (may be NULL) is added to; dx may be dy. */                                        \
    X(void, sigmoid_backward, (rm_real *dx, rm_real *dbias, const rm_real *dy,                  \
        const rm_real *y, int64_t rows, int64_t width))                                         \
    /* E5: gate = sigmoid(x + bias), decay = exp(-exp(-1/2) gate); gate may be x */             \
    X(void, decay_forward, (rm_real *decay, rm_real *gate, const rm_real *x,                    \
        const rm_real *bias, int64_t rows, int64_t width))                                      \
    /* dbias is added to; dx may be ddecay. */                                                  \
    X(void, decay_backward, (rm_real *dx, rm_real *dbias, const rm_real *ddecay,                \
        const rm_real *decay, const rm_real *gate, int64_t rows, int64_t width))                \
    /* y = max(x, 0)^2; y must not be x, which backward needs */                                \
    X(void, square_relu_forward, (rm_real *y, const rm_real *x, int64_t n))                     \
    /* dx may be dy. */                                                                         \
    X(void, square_relu_backward, (rm_real *dx, const rm_real *dy, const rm_real *x, int64_t n)) \
    /* E5, value residual: y = v + (first - v) * gate */                                        \
    X(void, value_mix_forward, (rm_real *y, const rm_real *v, const rm_real *first,             \
        const rm_real *gate, int64_t n))                                                        \
    /* dfirst is added to; dv may be dy. */                                                     \
    X(void, value_mix_backward, (rm_real *dv, rm_real *dfirst, rm_real *dgate,                  \
        const rm_real *dy, const rm_real *v, const rm_real *first, const rm_real *gate,         \
        int64_t n))                                                                             \
    /* E5: kappa = unit(k * k_k) per head, alpha = -kappa, beta = rate * kappa,                 \
     * replace = k * (1 + (rate - 1) * k_a); inverse[rows][H] is 1/norm, 0 where clamped */     \
    X(void, keys_forward, (rm_real *alpha, rm_real *beta, rm_real *replace, rm_real *inverse,   \
        const rm_real *k, const rm_real *rate, const rm_real *k_k, const rm_real *k_a, int mode, \
        int64_t rows, int64_t H, int64_t N))                                                    \
    /* dk_k, dk_a are added to. */                                                              \
    X(void, keys_backward, (rm_real *dk, rm_real *drate, rm_real *dk_k, rm_real *dk_a,          \
        const rm_real *dalpha, const rm_real *dbeta, const rm_real *dreplace, const rm_real *k, \
        const rm_real *rate, const rm_real *alpha, const rm_real *inverse, const rm_real *k_k,  \
        const rm_real *k_a, int64_t rows, int64_t H, int64_t N))                                \
    /* decay, replace, alpha, beta and the gradient of y go from kernel to kernel and nowhere else: how \
     * a table has them in their room is its own business (cuda/formats.cuh).                  \
     * copy_rows for one of them. Where rows begin is counted in its values, whose size is not  \
     * ours to know: `to` and `from` are where it begins itself. */                             \
    X(void, copy_rows_between, (rm_real *to, int64_t to_at, int64_t ldto, const rm_real *from,  \
        int64_t from_at, int64_t ldfrom, int64_t rows, int64_t n))                              \
    /* E6 with alpha = -kappa, beta = a * kappa. States are [B][H][N value][N key];             \
     * state_in NULL: 0; state_out and checkpoints (rm_wkv7_checkpoints) may be NULL.           \
     * scratch: rm_wkv7_scratch. */                                                             \
    X(void, wkv7_forward, (rm_real *y, rm_real *state_out, rm_real *checkpoints,                \
        const rm_real *state_in, const rm_real *r, const rm_real *decay, const rm_real *k,      \
        const rm_real *v, const rm_real *alpha, const rm_real *beta, rm_real *scratch,          \
        int64_t B, int64_t T, int64_t H, int64_t N))                                            \
    /* E8. dr, dk, dv are added to; dstate_in and dstate_out may be NULL; state_in and          \
     * checkpoints as forward had them. */                                                      \
    X(void, wkv7_backward, (rm_real *dr, rm_real *ddecay, rm_real *dk, rm_real *dv,             \
        rm_real *dalpha, rm_real *dbeta, rm_real *dstate_in, const rm_real *dy,                 \
        const rm_real *dstate_out, const rm_real *checkpoints, const rm_real *state_in,         \
        const rm_real *r, const rm_real *decay, const rm_real *k, const rm_real *v,             \
        const rm_real *alpha, const rm_real *beta, rm_real *scratch, int64_t B, int64_t T,      \
        int64_t H, int64_t N))                                                                  \
    /* E7 before W_o: out = (headnorm(y) * weight + bias + (sum_N r k r_k) v) * gate            \
     * mean, rstd: [rows][H] */                                                                 \
    X(void, head_mix_forward, (rm_real *out, rm_real *mean, rm_real *rstd, const rm_real *y,    \
        const rm_real *r, const rm_real *k, const rm_real *v, const rm_real *gate,              \
        const rm_real *weight, const rm_real *bias, const rm_real *r_k, int64_t rows,           \
        int64_t H, int64_t N, double eps))                                                      \
    /* dweight, dbias, dr_k are added to. */                                                    \
    X(void, head_mix_backward, (rm_real *dy, rm_real *dr, rm_real *dk, rm_real *dv,             \
        rm_real *dgate, rm_real *dweight, rm_real *dbias, rm_real *dr_k, const rm_real *dout,   \
        const rm_real *y, const rm_real *r, const rm_real *k, const rm_real *v,                 \
        const rm_real *gate, const rm_real *weight, const rm_real *bias, const rm_real *r_k,    \
        const rm_real *mean, const rm_real *rstd, int64_t rows, int64_t H, int64_t N))          \
    /* y = x Phi(x), Phi the normal distribution, exact to rounding; y must not be x, which backward \
     * needs */                                                                                 \
    X(void, gelu_forward, (rm_real *y, const rm_real *x, int64_t n))                            \
    /* dx may be dy. */                                                                         \
    X(void, gelu_backward, (rm_real *dx, const rm_real *dy, const rm_real *x, int64_t n))       \
    /* E13: y_t = sum over j <= t of p_tj v_j, p_t = softmax of q_t . k_j / sqrt(N), per head.  \
     * For backward peak and inverse [rows][H] keep the largest score and 1 / the sum of the    \
     * exponentials below it. scratch: T. */                                                    \
    X(void, attention_forward, (rm_real *y, rm_real *peak, rm_real *inverse, const rm_real *q,  \
        const rm_real *k, const rm_real *v, rm_real *scratch, int64_t B, int64_t T, int64_t H,  \
        int64_t N))                                                                             \
    X(void, attention_backward, (rm_real *dq, rm_real *dk, rm_real *dv, const rm_real *dy,      \
        const rm_real *y, const rm_real *peak, const rm_real *inverse, const rm_real *q,        \
        const rm_real *k, const rm_real *v, rm_real *scratch, int64_t B, int64_t T, int64_t H,  \
        int64_t N))                                                                             \
    /* E1, E2: x[B][n] (NaN missing) to z[B][padded], right-aligned, missing steps 0;           \
     * missing[B][padded] is 1 where a step is missing, else 0. `normalise` 0: loc 0, scale 1.  \
     * A row without an observed step gets loc NaN. */                                          \
    X(void, window_norm_forward, (rm_real *z, rm_real *missing, rm_real *loc, rm_real *scale,   \
        const rm_real *x, int normalise, int64_t B, int64_t n, int64_t padded))                 \
    /* E1 with statistics of each patch's own: z[B][T * patch], missing alike, the last T patches of x[B][n],     \
     * padded as above; each is normalised by the moments of the observed ones of the `reach` steps up to its      \
     * end. loc, scale: of the last `tokens` of the T patches, T or 1 of each row. `normalise` 0: loc 0,     \
     * scale 1. Where none of the `reach` steps is observed loc is NaN. */                               \
    X(void, causal_norm_forward, (rm_real *z, rm_real *missing, rm_real *loc, rm_real *scale,   \
        const rm_real *x, int normalise, int64_t B, int64_t n, int64_t T, int64_t patch,        \
        int64_t reach, int64_t tokens))                                                         \
    /* moments[B][T][RM_MOMENT_FEATURES], alike for all tokens of a row: loc / (1 + |loc|), and half \
     * the logarithm of scale; 0 where loc is NaN */                                            \
    X(void, moments_forward, (rm_real *moments, const rm_real *loc, const rm_real *scale,           \
        int64_t B, int64_t T))                                                                  \
    /* z[rows][n] = (x - loc[row]) / scale[row]; z may be x */                                  \
    X(void, standardise, (rm_real *z, const rm_real *x, const rm_real *loc,                     \
        const rm_real *scale, int64_t rows, int64_t n))                                         \
    /* last[B][tokens]: the last observed z before step end + t * step of token t (0: none);      \
     * rows of z and missing are `stride` apart */                                              \
    X(void, last_observed, (rm_real *last, const rm_real *z, const rm_real *missing, int64_t B, \
        int64_t tokens, int64_t end, int64_t step, int64_t stride))                             \
    /* u[B][n] = z - last where observed, 0 where missing; z and missing rows `stride` apart */ \
    X(void, center_forward, (rm_real *u, const rm_real *z, const rm_real *missing,              \
        const rm_real *last, int64_t B, int64_t n, int64_t stride))                             \
    /* y[b][m] = x[b][n] map[which[b]], or += if add, of maps of [n][m], `apart` values from one to the \
     * next; which[b] < 0: as a map of zeros */                                                 \
    X(void, own_map_forward, (rm_real *y, int add, const rm_real *x, const rm_real *map,        \
        int64_t apart, const rm_real *which, int64_t B, int64_t n, int64_t m))                  \
    /* y[B][tokens][n] = (o + last[B][tokens]) * scale[B] + loc[B]; last may be NULL */         \
    X(void, rescale_forward, (rm_real *y, const rm_real *o, const rm_real *last,                \
        const rm_real *loc, const rm_real *scale, int64_t B, int64_t tokens, int64_t n))        \
    /* y[B][n] += bias[n] / scale[b]: constant once y is scaled back */                         \
    X(void, bias_unscaled, (rm_real *y, const rm_real *bias, const rm_real *scale, int64_t B,   \
        int64_t n))                                                                             \
    /* dbias is added to. */                                                                    \
    X(void, bias_unscaled_backward, (rm_real *dbias, const rm_real *dy, const rm_real *scale,   \
        int64_t B, int64_t n))                                                                  \
    /* d_o[b] = dy[b] * scale[b]; d_o may be dy */                                              \
    X(void, rescale_backward, (rm_real *d_o, const rm_real *dy, const rm_real *scale,           \
        int64_t B, int64_t n))                                                                  \
    /* E10, from o[rows][levels][n]: y_median = o_median + center[rows][n] (NULL: 0); outwards from it \
     * the next quantile is softplus(o) above, or below */                                      \
    X(void, quantiles_forward, (rm_real *y, const rm_real *o, const rm_real *center,            \
        int64_t rows, int64_t levels, int64_t median, int64_t n))                               \
    /* d_o may be dy. */                                                                        \
    X(void, quantiles_backward, (rm_real *d_o, const rm_real *dy, const rm_real *o,             \
        int64_t rows, int64_t levels, int64_t median, int64_t n))                               \
    /* Pinball loss of y[rows][levels][n] against target[rows][n], the mean over the levels summed  \
     * over the targets that are not NaN; the rest as loss_forward. `level`, of                 \
     * RIMER_LEVELS_MAX at most, is the processor's on every device. */                         \
    X(void, pinball_forward, (rm_real *dy, rm_tally *tally, const rm_real *y,                   \
        const rm_real *target, const double *level, int64_t rows, int64_t levels, int64_t n))   \
    /* Losses of y against the targets that are not NaN, and their number, are added to *tally; \
     * dy is the gradient of the sum, 0 where the target is NaN; NaN in y there is NaN in both */ \
    X(void, loss_forward, (rm_real *dy, rm_tally *tally, const rm_real *y,                      \
        const rm_real *target, int64_t n, int kind, double delta))                              \
    /* *factor, from a tally and the squares of the gradient of its sum: makes that of the mean, of a \
     * norm of `clip` at most (0: of any); 0 if nothing is counted or something is not finite */ \
    X(void, clip_factor, (double *factor, const rm_tally *tally, const double *squares,         \
        double clip))                                                                           \
    /* One step of AdamW (golden README, Optimiser): g = gradient * factor; lr is rate times the  \
     * step's; l2 adds l2 * p to g; decay shrinks p by lr * decay. Then                         \
     * average += average_rate * (p - average). */                                              \
    X(void, adamw_step, (rm_real *p, rm_real *m, rm_real *v, rm_real *average,                  \
        const rm_real *gradient, int64_t n, const rm_step *step, double rate, double beta1,     \
        double beta2, double eps, double decay, double l2, double average_rate))
/* clang-format on */

typedef struct rm_kernels {
    const char *name;
    const rm_memory *memory; /* NULL: the processor's */
#define RM_KERNEL_MEMBER(type, name, arguments) type(*name) arguments;
    RM_KERNEL_LIST(RM_KERNEL_MEMBER)
#undef RM_KERNEL_MEMBER
} rm_kernels;

/* The best table that this processor runs, or the one that RIMER_KERNELS names
 * (ref, avx2, avx512, neon). RIMER_USAGE: no such table, or the processor lacks what it needs. */
rimer_status rm_kernels_choose(const rm_kernels **out);

/* A copy of `table` whose gemm rounds what it multiplies as `precision` allows and sums in float.
 * RM_BFLOAT16: errors of 2e-3 of the largest value, two to four times as fast. RM_TF32: of 4e-6,
 * which is 16 bits, twice as fast. RIMER_USAGE: not with this table or processor. */
rimer_status rm_kernels_round(rm_kernels *out, const rm_kernels *table, int precision);

/* A copy of `table` with the gemm `index` of those compiled in that round, NULL if it does not run
 * here, and its name. Returns its precision; RM_PRECISIONS past the last. For tests and the bench. */
int rm_kernels_round_at(int index, rm_kernels *out, const rm_kernels *table);

/* Table `index` of those compiled in; NULL past the last. For tests and the bench. */
const rm_kernels *rm_kernels_at(int index);

/* Whether this processor runs a table. */
int rm_kernels_runs(const rm_kernels *table);

/* Elements of the buffers of the recurrence. */
int64_t rm_wkv7_checkpoints(int64_t B, int64_t T, int64_t H, int64_t N);
int64_t rm_wkv7_scratch(int64_t H, int64_t N);

#endif
