/* How the benches measure: a piece of work and the machine's floor in turns. */
#ifndef BENCH_MEASURE_H
#define BENCH_MEASURE_H

#include "base/threads.h"
#include "kernels/real.h"

#include <stddef.h>
#include <stdint.h>

enum { MAX_RUNS = 1001 };

typedef struct result {
    int64_t threads, parameters;
    double ms, least_ms;             /* median and minimum */
    double flops, recurrence;        /* of all; of the recurrence among them; 0: not counted */
    double rate, best_rate;          /* FLOP/s of a large product, median and maximum */
    double shape;                    /* of products of the model's own sizes */
    double pass_bytes, update_bytes; /* moved with the FLOPs, and after them; 0: not counted */
    double memory_rate;              /* bytes a second, from where the blocks stay */
    double buffers_mib, peak_mib;
} result;

/* Says what failed and why, and leaves the program. */
void fail(const char *what);

/* Zeros where the library would have them, or the end of the program. */
void *room(int64_t n, size_t size);

/* Uniform in low .. high, the same each time. The caller frees. */
rm_real *numbers(int64_t n, double low, double high);

/* FLOP/s of the products of a linear map on `m` tokens by BLAS: forward, to its input, to its
 * weight. */
double shape_rate(rm_pool *pool, int64_t m, int64_t width);

/* Bytes a second that x += y reads and writes on every thread at once, in `bytes` of memory. */
double sweep_rate(rm_pool *pool, double bytes);

/* Times `work` and a large product in turns. The unit is one call; short ones are repeated until
 * a reading takes two milliseconds. Fills what a result says of time, rate, memory. */
void measure(result *r, rm_pool *pool, int runs, void (*work)(void *arg), void *arg);

/* Milliseconds that the FLOPs take at `rate`, or what is moved with them if that takes longer; and
 * what is moved after them. */
double floor_ms(const result *r, double rate);

#endif
