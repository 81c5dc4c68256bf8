#include "measure.h"

#include "base/array.h"
#include "base/rng.h"
#include "kernels/blas.h"
#include "kernels/kernels.h"
#include "stopwatch.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

enum { LARGE = 512, PRODUCTS = 4, SWEEPS = 8 };

void fail(const char *what) {
    fprintf(stderr, "bench: %s: %s\n", what, rimer_last_error());
    exit(1);
}

void *room(int64_t n, size_t size) {
    void *memory;
    if (rm_array_new(&memory, n, size) != RIMER_OK)
        fail("memory");
    return memory;
}

rm_real *numbers(int64_t n, double low, double high) {
    rm_real *x = room(n, sizeof *x);
    rm_rng rng = rm_rng_make(1, (uint64_t)n);
    for (int64_t i = 0; i < n; i++)
        x[i] = (rm_real)(low + (high - low) * rm_rng_uniform(&rng));
    return x;
}

/* ------------------------------------------------------------------------------- floors */

/* One product on every thread at once, each with its own matrices. */
typedef struct product {
    rm_pool *pool;
    int ta, tb;
    int64_t m, n, k;
    rm_real **a, **b, **c; /* [threads] */
} product;

static rimer_status run_product(void *arg, int64_t index, int64_t worker) {
    const product *p = arg;
    (void)worker;
    for (int i = 0; i < PRODUCTS; i++)
        rm_gemm(p->ta, p->tb, p->m, p->n, p->k, 1, p->a[index], p->ta ? p->m : p->k,
                p->b[index], p->tb ? p->k : p->n, 0, p->c[index], p->n);
    return RIMER_OK;
}

static void product_open(product *p, rm_pool *pool, int ta, int tb, int64_t m, int64_t n,
                         int64_t k) {
    int64_t threads = rm_pool_size(pool);
    *p = (product){.pool = pool, .ta = ta, .tb = tb, .m = m, .n = n, .k = k};
    p->a = room(threads, sizeof *p->a);
    p->b = room(threads, sizeof *p->b);
    p->c = room(threads, sizeof *p->c);
    for (int64_t i = 0; i < threads; i++) {
        p->a[i] = numbers(m * k, -1, 1);
        p->b[i] = numbers(k * n, -1, 1);
        p->c[i] = numbers(m * n, 0, 0);
    }
}

static void product_close(product *p) {
    for (int64_t i = 0; i < rm_pool_size(p->pool); i++)
        free(p->a[i]), free(p->b[i]), free(p->c[i]);
    free(p->a), free(p->b), free(p->c);
}

/* FLOP/s of all threads together. */
static double product_rate(product *p) {
    int64_t threads = rm_pool_size(p->pool);
    double begin = now();
    if (rm_pool_run(p->pool, threads, run_product, p) != RIMER_OK)
        fail("product");
    return PRODUCTS * 2.0 * (double)(threads * p->m * p->n * p->k) / (now() - begin);
}

double shape_rate(rm_pool *pool, int64_t m, int64_t width) {
    double seconds = 0, flops = 2.0 * (double)(m * width * width);
    for (int i = 0; i < 3; i++) {
        product p;
        double rates[5];
        product_open(&p, pool, i == 2, i == 0, i == 2 ? width : m, width, i == 2 ? m : width);
        product_rate(&p); /* warm */
        for (int run = 0; run < 5; run++)
            rates[run] = product_rate(&p);
        seconds += flops / median_of(rates, 5);
        product_close(&p);
    }
    return 3 * flops / seconds;
}

/* x += y on every thread at once, each with its own. */
typedef struct sweep {
    const rm_kernels *kernels;
    int64_t n;
    rm_real **x, **y; /* [threads] */
} sweep;

static rimer_status run_sweep(void *arg, int64_t index, int64_t worker) {
    const sweep *s = arg;
    (void)worker;
    for (int i = 0; i < SWEEPS; i++)
        s->kernels->add(s->x[index], s->y[index], s->n);
    return RIMER_OK;
}

double sweep_rate(rm_pool *pool, double bytes) {
    int64_t threads = rm_pool_size(pool);
    double rates[9];
    sweep s = {.n = (int64_t)(bytes / (double)(2 * threads) / sizeof(rm_real))};
    if (rm_kernels_choose(&s.kernels) != RIMER_OK)
        fail("memory");
    s.x = room(threads, sizeof *s.x);
    s.y = room(threads, sizeof *s.y);
    for (int64_t i = 0; i < threads; i++) {
        s.x[i] = numbers(s.n, -1, 1);
        s.y[i] = numbers(s.n, -1, 1);
    }
    for (int run = -1; run < 9; run++) { /* the first one warms */
        double begin = now();
        if (rm_pool_run(pool, threads, run_sweep, &s) != RIMER_OK)
            fail("memory");
        rates[run < 0 ? 0 : run] =
            SWEEPS * 3.0 * sizeof(rm_real) * (double)(threads * s.n) / (now() - begin);
    }
    for (int64_t i = 0; i < threads; i++)
        free(s.x[i]), free(s.y[i]);
    free(s.x), free(s.y);
    return median_of(rates, 9);
}

double floor_ms(const result *r, double rate) {
    if (rate <= 0)
        return 0;
    double pass = r->flops / rate;
    if (r->memory_rate <= 0)
        return 1e3 * pass;
    return 1e3 *
           (fmax(pass, r->pass_bytes / r->memory_rate) + r->update_bytes / r->memory_rate);
}

static double peak_mib(void) {
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (double)usage.ru_maxrss / 1024;
}

void measure(result *r, rm_pool *pool, int runs, void (*work)(void *arg), void *arg) {
    static double times[MAX_RUNS], rates[MAX_RUNS];
    product large;
    double begin = now();
    work(arg); /* warm */
    int repeat = (int)ceil(2e-3 / (now() - begin));
    begin = now();
    for (int i = 0; i < repeat; i++)
        work(arg);
    repeat = (int)ceil(2e-3 * repeat / (now() - begin));
    r->peak_mib = peak_mib();
    r->threads = rm_pool_size(pool);
    product_open(&large, pool, 0, 1, LARGE, LARGE, LARGE);
    product_rate(&large);
    for (int run = 0; run < runs; run++) {
        begin = now();
        for (int i = 0; i < repeat; i++)
            work(arg);
        times[run] = 1e3 * (now() - begin) / repeat;
        rates[run] = product_rate(&large);
    }
    r->ms = median_of(times, (size_t)runs);
    r->least_ms = times[0]; /* sorted by now */
    r->rate = median_of(rates, (size_t)runs);
    r->best_rate = rates[runs - 1];
    product_close(&large);
}
