/* Speed of kernels, beside the floor of the machine measured in the same run: `make bench`.
 *
 * Each figure is the median of several runs; FLOPs are counted from the equations. Whole steps are
 * in bench_steps.c. */
#include "kernels/blas.h"
#include "kernels/kernels.h"
#include "measure.h"
#include "rimer/rimer.h"
#include "stopwatch.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { RUNS = 9 };

/* Median seconds of one call of `work`. */
static double median(void (*work)(void *arg), void *arg) {
    double times[RUNS];
    work(arg); /* warm */
    for (int i = 0; i < RUNS; i++) {
        double begin = now();
        work(arg);
        times[i] = now() - begin;
    }
    return median_of(times, RUNS);
}

/* ----------------------------------------------------------------------------- products */

/* y = x W' of `in` to `out` channels, and its gradients: FORWARD, TO_INPUT, TO_WEIGHT. So many
 * layers take turns that their weights come from the third cache, as in a network. */
enum { FORWARD, TO_INPUT, TO_WEIGHT, N_FORMS, LAYERS = 6, ROW_TOKENS = 112 };

typedef struct product {
    const rm_kernels *k;
    int form;
    int64_t m, in, out;
    rm_real *x[LAYERS], *y[LAYERS], *w[LAYERS], *to[LAYERS];
} product;

static void run_product(void *arg) {
    const product *p = arg;
    int64_t m = p->m, in = p->in, out = p->out;
    for (int i = 0; i < LAYERS; i++)
        switch (p->form) {
        case FORWARD:
            p->k->gemm(p->to[i], out, 0, 0, 1, p->x[i], in, p->w[i], in, m, out, in);
            break;
        case TO_INPUT:
            p->k->gemm(p->to[i], in, 0, 0, 0, p->y[i], out, p->w[i], in, m, in, out);
            break;
        default:
            p->k->gemm(p->to[i], in, 0, 1, 0, p->y[i], out, p->x[i], in, out, in, m);
        }
}

/* Error of the first row of the last result, relative to its largest value, against sums in
 * double. */
static double product_error(const product *p) {
    const rm_real *x = p->x[LAYERS - 1], *y = p->y[LAYERS - 1], *w = p->w[LAYERS - 1];
    int64_t n = p->form == FORWARD ? p->out : p->in;
    int64_t terms = p->form == FORWARD ? p->in : p->form == TO_INPUT ? p->out : p->m;
    double size = 0, error = 0;
    for (int64_t j = 0; j < n; j++) {
        double sum = 0;
        for (int64_t k = 0; k < terms; k++)
            sum += p->form == FORWARD    ? (double)x[k] * (double)w[j * p->in + k]
                   : p->form == TO_INPUT ? (double)y[k] * (double)w[k * p->in + j]
                                         : (double)y[k * p->out] * (double)x[k * p->in + j];
        size = fmax(size, fabs(sum));
        error = fmax(error, fabs(sum - (double)p->to[LAYERS - 1][j]));
    }
    return error / size;
}

/* FLOP/s of each form; the largest error of all in *error. */
static void product_rates(const rm_kernels *k, int64_t m, int64_t in, int64_t out,
                          double rates[N_FORMS], double *error) {
    int64_t most = (m > out ? m : out) * (in > out ? in : out);
    product p = {.k = k, .m = m, .in = in, .out = out};
    for (int i = 0; i < LAYERS; i++) {
        p.x[i] = numbers(m * in, -1, 1);
        p.y[i] = numbers(m * out, -1, 1);
        p.w[i] = numbers(in * out, -1, 1);
        p.to[i] = numbers(most, 0, 0);
    }
    *error = 0;
    for (p.form = FORWARD; p.form < N_FORMS; p.form++) {
        rates[p.form] = LAYERS * 2.0 * (double)(m * in * out) / median(run_product, &p);
        *error = fmax(*error, product_error(&p));
    }
    for (int i = 0; i < LAYERS; i++)
        free(p.x[i]), free(p.y[i]), free(p.w[i]), free(p.to[i]);
}

static void bench_product(const rm_kernels *k, const int64_t size[3], double peak) {
    static const char *const forms[] = {"forward", "to input", "to weight"};
    double rates[N_FORMS], error;
    product_rates(k, size[0], size[1], size[2], rates, &error);
    printf("  %-15s %3lld tokens, %4lld to %4lld:", k->name, (long long)size[0],
           (long long)size[1], (long long)size[2]);
    for (int form = 0; form < N_FORMS; form++)
        printf(" %s %6.1f (%3.0f %%)", forms[form], rates[form] * 1e-9,
               100 * rates[form] / peak);
    printf(", error %.1e\n", error);
}

/* Every table's that runs here, and every one that rounds. */
static void bench_products_of(const int64_t size[3], double peak) {
    const rm_kernels *table;
    rm_kernels rounded;
    for (int i = 0; (table = rm_kernels_at(i)); i++)
        if (rm_kernels_runs(table))
            bench_product(table, size, peak);
    if (rm_kernels_choose(&table) != RIMER_OK)
        fail("kernels");
    for (int i = 0; rm_kernels_round_at(i, &rounded, table) != RM_PRECISIONS; i++)
        if (rounded.gemm)
            bench_product(&rounded, size, peak);
}

static void bench_products(double peak) {
    static const int64_t shapes[][3] = {{ROW_TOKENS, 512, 512}, {ROW_TOKENS, 512, 2048},
                                        {ROW_TOKENS, 512, 64},  {ROW_TOKENS, 128, 128},
                                        {ROW_TOKENS, 64, 64},   {7, 512, 512},
                                        {1, 512, 512}};
    printf("\nProducts of a linear map, one thread, GFLOP/s (share of the large product)\n");
    for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++)
        bench_products_of(shapes[s], peak);
}

/* ------------------------------------------------------------------------------- floors */

typedef struct large {
    int64_t n;
    rm_real *a, *b, *c;
} large;

static void run_large(void *arg) {
    large *p = arg;
    for (int i = 0; i < 4; i++)
        rm_gemm(0, 1, p->n, p->n, p->n, 1, p->a, p->n, p->b, p->n, 0, p->c, p->n);
}

/* Of one large product by BLAS. */
static double product_rate(void) {
    large p = {512, numbers(512 * 512, -1, 1), numbers(512 * 512, -1, 1),
               numbers(512 * 512, 0, 0)};
    double rate = 4 * 2.0 * (double)(p.n * p.n * p.n) / median(run_large, &p);
    free(p.a), free(p.b), free(p.c);
    return rate;
}

typedef struct memory {
    int64_t n;
    rm_real *from, *to;
} memory;

static void run_memory(void *arg) {
    memory *m = arg;
    memcpy(m->to, m->from, (size_t)m->n * sizeof *m->to);
}

/* Bytes a second that a copy of n values reads and writes. */
static double memory_rate(int64_t n) {
    memory m = {n, numbers(n, 0, 1), numbers(n, 0, 1)};
    double rate = 2.0 * (double)m.n * sizeof(rm_real) / median(run_memory, &m);
    free(m.from), free(m.to);
    return rate;
}

/* ----------------------------------------------------------------------- the recurrence */

enum { VECTORS = 6 };

typedef struct recurrence {
    const rm_kernels *k;
    int64_t B, T, H, N;
    rm_real *in[VECTORS], *dy, *out[1 + VECTORS], *states[2], *saved, *scratch;
} recurrence;

/* One chunk starts at zero, as in training; longer ones have states at both ends, so that every
 * token costs the same work. */
static int has_states(const recurrence *r) {
    return r->T > RM_WKV7_CHUNK;
}

static void run_forward(void *arg) {
    recurrence *r = arg;
    r->k->wkv7_forward(r->out[0], has_states(r) ? r->states[1] : NULL, r->saved,
                       has_states(r) ? r->states[0] : NULL, r->in[0], r->in[1], r->in[2],
                       r->in[3], r->in[4], r->in[5], r->scratch, r->B, r->T, r->H, r->N);
}

static void run_backward(void *arg) {
    recurrence *r = arg;
    r->k->wkv7_backward(r->out[1], r->out[2], r->out[3], r->out[4], r->out[5], r->out[6],
                        has_states(r) ? r->states[1] : NULL, r->dy,
                        has_states(r) ? r->states[0] : NULL, r->saved,
                        has_states(r) ? r->states[0] : NULL, r->in[0], r->in[1], r->in[2],
                        r->in[3], r->in[4], r->in[5], r->scratch, r->B, r->T, r->H, r->N);
}

/* Error of y in the first head, relative to its largest value, against E6 in double. */
static double recurrence_error(const recurrence *r) {
    int64_t N = r->N;
    double *s = calloc((size_t)(N * N), sizeof *s), size = 0, error = 0;
    for (int64_t i = 0; i < N * N && has_states(r); i++)
        s[i] = (double)r->states[0][i];
    for (int64_t t = 0; t < r->T; t++)
        for (int64_t i = 0, at = t * r->H * N; i < N; i++) {
            double removed = 0, y = 0, v = (double)r->in[3][at + i], *row = s + i * N;
            for (int64_t j = 0; j < N; j++)
                removed += row[j] * (double)r->in[4][at + j];
            for (int64_t j = 0; j < N; j++) {
                row[j] = row[j] * (double)r->in[1][at + j] +
                         removed * (double)r->in[5][at + j] + v * (double)r->in[2][at + j];
                y += row[j] * (double)r->in[0][at + j];
            }
            size = fmax(size, fabs(y));
            error = fmax(error, fabs(y - (double)r->out[0][at + i]));
        }
    free(s);
    return error / size;
}

/* FLOPs are those of the equations, 9 a value of the state forward and 25 backward, whichever
 * form a table computes; the chunked form does less work a token in one short chunk. */
static void bench_recurrence(const rm_kernels *k, double peak, int64_t B, int64_t T, int64_t H,
                             int64_t N) {
    recurrence r = {.k = k, .B = B, .T = T, .H = H, .N = N};
    int64_t n = B * T * H * N, tokens = B * T;
    double small = 1 / (double)N;
    for (int i = 0; i < VECTORS; i++)
        r.in[i] =
            i == 1 ? numbers(n, 0.55, 1) : numbers(n, i < 4 ? -1 : -small, i < 4 ? 1 : small);
    for (int i = 0; i < 1 + VECTORS; i++)
        r.out[i] = numbers(n, 0, 0);
    for (int i = 0; i < 2; i++)
        r.states[i] = numbers(B * H * N * N, -1, 1);
    r.dy = numbers(n, -1, 1);
    r.saved = numbers(rm_wkv7_checkpoints(B, T, H, N), 0, 0);
    r.scratch = numbers(rm_wkv7_scratch(H, N), 0, 0);
    double forward = median(run_forward, &r), backward = median(run_backward, &r);
    double flops = (double)(tokens * H * N * N);
    run_forward(&r);
    printf(
        "  %-7s %3lld rows, %4lld tokens, %lld x %2lld: forward %8.3f ms, %6.0f ns a token, "
        "%5.1f GFLOP/s (%3.0f %%); backward %8.3f ms, %5.1f GFLOP/s (%3.0f %%); error %.1e\n",
        k->name, (long long)B, (long long)T, (long long)H, (long long)N, forward * 1e3,
        forward * 1e9 / (double)tokens, 9e-9 * flops / forward, 900 * flops / forward / peak,
        backward * 1e3, 25e-9 * flops / backward, 2500 * flops / backward / peak,
        recurrence_error(&r));
    for (int i = 0; i < VECTORS; i++)
        free(r.in[i]);
    for (int i = 0; i < 1 + VECTORS; i++)
        free(r.out[i]);
    free(r.states[0]), free(r.states[1]), free(r.dy), free(r.saved), free(r.scratch);
}

/* ------------------------------------------------------------------------ element by element */

/* What a block of tokens of the default size brings along: 13 sequences and some vectors. */
typedef struct block {
    const rm_kernels *k;
    int64_t tokens, row, H, N, D, n; /* `row` tokens a row */
    rm_real *s[13], *v[8], *small[2];
} block;

enum { N_SEQUENCES = 13, N_VECTORS = 8 };

static void run_norm(void *arg) {
    block *b = arg;
    b->k->layer_norm_forward(b->s[0], b->small[0], b->small[1], b->s[1], b->v[0], b->v[1],
                             b->tokens, b->D, 1e-5);
}

static void run_norm_back(void *arg) {
    block *b = arg;
    b->k->layer_norm_backward(b->s[0], b->v[2], b->v[3], b->s[1], b->s[2], b->v[0], b->small[0],
                              b->small[1], b->tokens, b->D);
}

static void run_shift(void *arg) {
    block *b = arg;
    b->k->shift_mix_forward(b->s, b->s[6], NULL, (const rm_real *const *)b->v, 6,
                            b->tokens / b->row, b->row, b->D);
}

static void run_shift_back(void *arg) {
    block *b = arg;
    rm_real *dmix[6] = {b->v[6], b->v[6], b->v[6], b->v[7], b->v[7], b->v[7]};
    b->k->shift_mix_backward(b->s[7], dmix, NULL, b->s, b->s[6], NULL,
                             (const rm_real *const *)b->v, 6, b->tokens / b->row, b->row, b->D);
}

static void run_decay(void *arg) {
    block *b = arg;
    b->k->decay_forward(b->s[0], b->s[1], b->s[2], b->v[0], b->tokens, b->D);
}

static void run_sigmoid(void *arg) {
    block *b = arg;
    b->k->sigmoid_forward(b->s[0], b->s[1], b->v[0], b->tokens, b->D);
}

static void run_tanh(void *arg) {
    block *b = arg;
    b->k->tanh_forward(b->s[0], b->s[1], b->n);
}

static void run_keys(void *arg) {
    block *b = arg;
    b->k->keys_forward(b->s[0], b->s[1], b->s[2], b->small[0], b->s[3], b->s[4], b->v[0],
                       b->v[1], RM_KEY_CLAMP, b->tokens, b->H, b->N);
}

static void run_keys_back(void *arg) {
    block *b = arg;
    b->k->keys_backward(b->s[0], b->s[1], b->v[2], b->v[3], b->s[2], b->s[3], b->s[4], b->s[5],
                        b->s[6], b->s[7], b->small[0], b->v[0], b->v[1], b->tokens, b->H, b->N);
}

static void run_heads(void *arg) {
    block *b = arg;
    b->k->head_mix_forward(b->s[0], b->small[0], b->small[1], b->s[1], b->s[2], b->s[3],
                           b->s[4], b->s[5], b->v[0], b->v[1], b->v[2], b->tokens, b->H, b->N,
                           64e-5);
}

static void run_heads_back(void *arg) {
    block *b = arg;
    b->k->head_mix_backward(b->s[0], b->s[1], b->s[2], b->s[3], b->s[4], b->v[3], b->v[4],
                            b->v[5], b->s[5], b->s[6], b->s[7], b->s[8], b->s[9], b->s[10],
                            b->v[0], b->v[1], b->v[2], b->small[0], b->small[1], b->tokens,
                            b->H, b->N);
}

static void run_square_relu(void *arg) {
    block *b = arg;
    b->k->square_relu_forward(b->s[0], b->s[1], b->n);
}

static void run_adamw(void *arg) {
    block *b = arg;
    static const rm_step step = {1e-4, 0.1, 0.01, 1e-3, 0};
    b->k->adamw_step(b->s[0], b->s[1], b->s[2], b->s[3], b->s[4], b->n, &step, 1, 0.9, 0.99,
                     1e-18, 0.1, 0, 0.01);
}

/* `moved`: sequences read and written, one that is added to counts twice. */
static const struct elementwise {
    const char *name;
    void (*run)(void *block);
    int moved;
} elementwise[] = {
    {"layer norm", run_norm, 2},
    {"layer norm, backward", run_norm_back, 4},
    {"six token shifts", run_shift, 7},
    {"six token shifts, backward", run_shift_back, 8},
    {"decay", run_decay, 3},
    {"sigmoid with bias", run_sigmoid, 2},
    {"tanh", run_tanh, 2},
    {"keys", run_keys, 5},
    {"keys, backward", run_keys_back, 8},
    {"heads: norm, bonus, gate", run_heads, 6},
    {"heads, backward", run_heads_back, 11},
    {"squared ReLU", run_square_relu, 2},
    {"AdamW and average", run_adamw, 9},
};

static void bench_elementwise(int64_t D, int64_t N) {
    block b = {.tokens = ROW_TOKENS, .row = 7, .H = D / N, .N = N, .D = D, .n = ROW_TOKENS * D};
    double copy = memory_rate(N_SEQUENCES / 2 * b.n); /* about as much memory */
    const rm_kernels *table;
    printf("\nElement by element, one thread: %d tokens of width %lld, ns a value (share of a "
           "copy's %.0f GB/s)\n",
           ROW_TOKENS, (long long)D, copy * 1e-9);
    for (size_t i = 0; i < sizeof elementwise / sizeof *elementwise; i++) {
        printf("  %-28s", elementwise[i].name);
        for (int t = 0; (table = rm_kernels_at(t)); t++) {
            if (!rm_kernels_runs(table))
                continue;
            b.k = table;
            for (int s = 0; s < N_SEQUENCES; s++)
                b.s[s] = numbers(b.n, 0.01, 1);
            for (int v = 0; v < N_VECTORS; v++)
                b.v[v] = numbers(D, 0.01, 1);
            for (int v = 0; v < 2; v++)
                b.small[v] = numbers(b.tokens * b.H, 0.5, 1);
            double seconds = median(elementwise[i].run, &b);
            double bytes = (double)(elementwise[i].moved * b.n) * sizeof(rm_real);
            printf(" %s %6.3f (%3.0f %%)", table->name, 1e9 * seconds / (double)b.n,
                   100 * bytes / seconds / copy);
            for (int s = 0; s < N_SEQUENCES; s++)
                free(b.s[s]);
            for (int v = 0; v < N_VECTORS; v++)
                free(b.v[v]);
            free(b.small[0]), free(b.small[1]);
        }
        putchar('\n');
    }
}

static void bench_recurrences(double peak) {
    static const int64_t shapes[][4] = {{224, 7, 8, 64},  {224, 21, 8, 64}, {32, 7, 4, 16},
                                        {32, 21, 4, 16},  {64, 64, 8, 64},  {16, 256, 8, 64},
                                        {4, 1024, 8, 64}, {1, 4096, 8, 64}};
    const rm_kernels *table;
    printf("\nRecurrence, one thread (share of the large product)\n");
    for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++)
        for (int i = 0; (table = rm_kernels_at(i)); i++)
            if (rm_kernels_runs(table))
                bench_recurrence(table, peak, shapes[s][0], shapes[s][1], shapes[s][2],
                                 shapes[s][3]);
}

int main(void) {
    rm_blas_single_thread();
    double peak = product_rate();
    printf("%s\n\nFloors, one thread\n", rimer_build_text());
    printf("  product 512 x 512 x 512 by BLAS %7.1f GFLOP/s\n", peak * 1e-9);
    printf("  memory, copy of 128 MiB         %7.1f GB/s\n", memory_rate(32 << 20) * 1e-9);
    bench_products(peak);
    bench_recurrences(peak);
    bench_elementwise(512, 64);
    bench_elementwise(64, 16);
    return 0;
}
