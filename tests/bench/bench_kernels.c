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

/* ------------------------------------------------------------------------------- floors */

typedef struct product {
    int64_t m, n, k;
    rm_real *a, *b, *c;
} product;

static void run_product(void *arg) {
    product *p = arg;
    for (int i = 0; i < 4; i++)
        rm_gemm(0, 1, p->m, p->n, p->k, 1, p->a, p->k, p->b, p->k, 0, p->c, p->n);
}

static double gemm_rate(int64_t m, int64_t n, int64_t k) {
    product p = {m, n, k, numbers(m * k, -1, 1), numbers(n * k, -1, 1), numbers(m * n, 0, 0)};
    double rate = 4 * 2.0 * (double)(m * n * k) / median(run_product, &p);
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

static double memory_rate(void) {
    memory m = {32 << 20, numbers(32 << 20, 0, 1), numbers(32 << 20, 0, 1)};
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

int main(void) {
    rm_blas_single_thread();
    double rate = gemm_rate(512, 512, 512);
    printf("%s\n\nFloors, one thread\n", rimer_build_text());
    printf("  product 512 x 512 x 512    %7.1f GFLOP/s\n", rate * 1e-9);
    printf("  product 672 x 64 x 64      %7.1f GFLOP/s\n", gemm_rate(672, 64, 64) * 1e-9);
    printf("  memory, copy of 128 MiB    %7.1f GB/s\n", memory_rate() * 1e-9);

    printf("\nRecurrence, one thread (share of the large product)\n");
    static const int64_t shapes[][4] = {{224, 7, 8, 64},  {224, 21, 8, 64}, {32, 7, 4, 16},
                                        {32, 21, 4, 16},  {4, 64, 8, 64},   {4, 256, 8, 64},
                                        {4, 1024, 8, 64}, {4, 4096, 8, 64}};
    const rm_kernels *table;
    for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++)
        for (int i = 0; (table = rm_kernels_at(i)); i++)
            if (rm_kernels_runs(table))
                bench_recurrence(table, rate, shapes[s][0], shapes[s][1], shapes[s][2],
                                 shapes[s][3]);
    return 0;
}
