/* Speed of kernels, beside the floor of the machine measured in the same run: `make bench`.
 *
 * Each figure is the median of several runs; FLOPs are counted from the equations. Whole steps are
 * in bench_steps.c. */
#include "base/rng.h"
#include "kernels/blas.h"
#include "kernels/kernels.h"
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

static rm_real *numbers(int64_t n, double low, double high) {
    rm_real *x = malloc((size_t)n * sizeof *x);
    rm_rng rng = rm_rng_make(1, (uint64_t)n);
    if (!x)
        abort();
    for (int64_t i = 0; i < n; i++)
        x[i] = (rm_real)(low + (high - low) * rm_rng_uniform(&rng));
    return x;
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

typedef struct recurrence {
    const rm_kernels *k;
    int64_t B, T, H, N;
    rm_real *in[6], *dy, *out[8], *saved, *scratch;
} recurrence;

static void run_forward(void *arg) {
    recurrence *r = arg;
    r->k->wkv7_forward(r->out[0], NULL, r->saved, NULL, r->in[0], r->in[1], r->in[2], r->in[3],
                       r->in[4], r->in[5], r->scratch, r->B, r->T, r->H, r->N);
}

static void run_backward(void *arg) {
    recurrence *r = arg;
    r->k->wkv7_backward(r->out[1], r->out[2], r->out[3], r->out[4], r->out[5], r->out[6], NULL,
                        r->dy, NULL, r->saved, NULL, r->in[0], r->in[1], r->in[2], r->in[3],
                        r->in[4], r->in[5], r->scratch, r->B, r->T, r->H, r->N);
}

static void bench_recurrence(const rm_kernels *k, int64_t B, int64_t T, int64_t H, int64_t N) {
    recurrence r = {.k = k, .B = B, .T = T, .H = H, .N = N};
    int64_t n = B * T * H * N;
    for (int i = 0; i < 6; i++)
        r.in[i] = i == 1   ? numbers(n, 0.55, 1)
                  : i >= 4 ? numbers(n, -1.0 / (double)N, 1.0 / (double)N)
                           : numbers(n, -1, 1);
    for (int i = 0; i < 8; i++)
        r.out[i] = numbers(n, 0, 0);
    r.dy = numbers(n, -1, 1);
    r.saved = numbers(rm_wkv7_checkpoints(B, T, H, N), 0, 0);
    r.scratch = numbers(rm_wkv7_scratch(H, N), 0, 0);
    double forward = median(run_forward, &r), backward = median(run_backward, &r);
    double states =
        (double)(B * T * H * N * N); /* 9 FLOPs a state value forward, 25 backward */
    printf(
        "  %-7s rows %3lld, tokens %3lld, heads %lld of %2lld: forward %7.3f ms %6.1f GFLOP/s, "
        "backward %7.3f ms %6.1f GFLOP/s\n",
        k->name, (long long)B, (long long)T, (long long)H, (long long)N, forward * 1e3,
        9e-9 * states / forward, backward * 1e3, 25e-9 * states / backward);
    for (int i = 0; i < 6; i++)
        free(r.in[i]);
    for (int i = 0; i < 8; i++)
        free(r.out[i]);
    free(r.dy), free(r.saved), free(r.scratch);
}

int main(void) {
    rm_blas_single_thread();
    double rate = gemm_rate(512, 512, 512);
    printf("%s\n\nFloors, one thread\n", rimer_build_text());
    printf("  product 512 x 512 x 512    %7.1f GFLOP/s\n", rate * 1e-9);
    printf("  product 672 x 64 x 64      %7.1f GFLOP/s\n", gemm_rate(672, 64, 64) * 1e-9);
    printf("  memory, copy of 128 MiB    %7.1f GB/s\n", memory_rate() * 1e-9);

    printf("\nRecurrence, one thread\n");
    const rm_kernels *table;
    for (int i = 0; (table = rm_kernels_at(i)); i++)
        if (rm_kernels_runs(table)) {
            bench_recurrence(table, 32, 21, 4, 16);
            bench_recurrence(table, 32, 7, 8, 64);
            bench_recurrence(table, 2, 512, 2, 64);
        }
    return 0;
}
