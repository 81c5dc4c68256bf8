/* Causal softmax attention and GELU of every table against the equations in double: values, and
 * every gradient by signed central differences of them. */
#include "harness.h"

#include "base/rng.h"
#include "kernels/kernels.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { Q, K, V, DY, N_INPUTS };
static const char *const names[] = {"dq", "dk", "dv"};

#define STEP 1e-5
#define TOLERANCE 2e-5 /* of the largest value, or 1; ten times what was measured */

typedef struct problem {
    int64_t B, T, H, N, n;
    double *in[N_INPUTS], *y; /* [B][T][H][N] */
} problem;

static double *doubles(int64_t n) {
    double *x = calloc((size_t)n, sizeof *x);
    ck_assert_ptr_nonnull(x);
    return x;
}

/* Values that float holds exactly; queries of size `reach`, so that scores may be extreme. */
static problem new_problem(const int64_t shape[4], double reach) {
    problem p = {.B = shape[0], .T = shape[1], .H = shape[2], .N = shape[3]};
    rm_rng rng = rm_rng_make(11, (uint64_t)(p.T * p.N));
    p.n = p.B * p.T * p.H * p.N;
    p.y = doubles(p.n);
    for (int i = 0; i < N_INPUTS; i++) {
        p.in[i] = doubles(p.n);
        for (int64_t j = 0; j < p.n; j++)
            p.in[i][j] = (double)(float)((i == Q ? reach : 1) * rm_rng_normal(&rng));
    }
    return p;
}

static void free_problem(problem *p) {
    for (int i = 0; i < N_INPUTS; i++)
        free(p->in[i]);
    free(p->y);
}

/* y as E13 has it, and sum dy y. */
static double as_written(problem *p) {
    double *weights = doubles(p->T), total = 0;
    for (int64_t row = 0; row < p->B * p->T; row++)
        for (int64_t h = 0; h < p->H; h++) {
            int64_t D = p->H * p->N, t = row % p->T, base = (row - t) * D + h * p->N;
            int64_t here = base + t * D;
            double sum = 0, most = -INFINITY;
            for (int64_t j = 0; j <= t; j++) {
                weights[j] = 0;
                for (int64_t i = 0; i < p->N; i++)
                    weights[j] += p->in[Q][here + i] * p->in[K][base + j * D + i];
                weights[j] /= sqrt((double)p->N);
                most = fmax(most, weights[j]);
            }
            for (int64_t j = 0; j <= t; j++)
                sum += weights[j] = exp(weights[j] - most);
            for (int64_t i = 0; i < p->N; i++) {
                p->y[here + i] = 0;
                for (int64_t j = 0; j <= t; j++)
                    p->y[here + i] += weights[j] / sum * p->in[V][base + j * D + i];
                total += p->in[DY][here + i] * p->y[here + i];
            }
        }
    free(weights);
    return total;
}

static double slope(problem *p, double *value) {
    double kept = *value;
    *value = kept + STEP;
    double up = as_written(p);
    *value = kept - STEP;
    double down = as_written(p);
    *value = kept;
    return (up - down) / (2 * STEP);
}

static void compare(const char *what, const rm_kernels *table, const problem *p,
                    const rm_real *got, const double *want) {
    double *wide = doubles(p->n), size = 1;
    char text[96];
    for (int64_t j = 0; j < p->n; j++) {
        wide[j] = (double)got[j];
        size = fmax(size, fabs(want[j]));
    }
    snprintf(text, sizeof text, "%s, table %s, T %lld, N %lld", what, table->name,
             (long long)p->T, (long long)p->N);
    rm_assert_close(text, wide, want, p->n, TOLERANCE * size);
    free(wide);
}

typedef struct answer {
    rm_real *in[N_INPUTS], *y, *d[3];
} answer;

static answer ask(const rm_kernels *k, const problem *p) {
    answer a;
    rm_real *all = malloc((size_t)(p->n * 8) * sizeof *all);
    rm_real *rest = malloc((size_t)(2 * p->B * p->T * p->H + p->T) * sizeof *rest);
    rm_real *inverse = rest + p->B * p->T * p->H, *scratch = inverse + p->B * p->T * p->H;
    for (int64_t j = 0; j < p->n * 8; j++)
        all[j] = 77; /* must be overwritten */
    for (int i = 0; i < N_INPUTS; i++) {
        a.in[i] = all + i * p->n;
        for (int64_t j = 0; j < p->n; j++)
            a.in[i][j] = (rm_real)p->in[i][j];
    }
    a.y = all + 4 * p->n;
    for (int i = 0; i < 3; i++)
        a.d[i] = all + (5 + i) * p->n;
    k->attention_forward(a.y, rest, inverse, a.in[Q], a.in[K], a.in[V], scratch, p->B, p->T,
                         p->H, p->N);
    k->attention_backward(a.d[Q], a.d[K], a.d[V], a.in[DY], a.y, rest, inverse, a.in[Q],
                          a.in[K], a.in[V], scratch, p->B, p->T, p->H, p->N);
    free(rest);
    return a;
}

static void check(const int64_t shape[4], double reach, int with_gradients) {
    problem p = new_problem(shape, reach);
    double *want[3];
    as_written(&p);
    double *y = doubles(p.n);
    for (int64_t j = 0; j < p.n; j++)
        y[j] = p.y[j];
    for (int i = 0; i < 3; i++) {
        want[i] = doubles(p.n);
        for (int64_t j = 0; with_gradients && j < p.n; j++)
            want[i][j] = slope(&p, &p.in[i][j]);
    }
    const rm_kernels *table;
    for (int index = 0; (table = rm_kernels_at(index)); index++) {
        if (!rm_kernels_runs(table))
            continue;
        answer a = ask(table, &p);
        compare("y", table, &p, a.y, y);
        for (int i = 0; with_gradients && i < 3; i++)
            compare(names[i], table, &p, a.d[i], want[i]);
        free(a.in[0]);
    }
    for (int i = 0; i < 3; i++)
        free(want[i]);
    free(y);
    free_problem(&p);
}

START_TEST(attention) {
    static const int64_t shapes[][4] = {/* B T H N */
                                        {1, 1, 1, 1}, {2, 1, 3, 2},  {1, 2, 1, 3},
                                        {2, 7, 2, 5}, {1, 11, 3, 8}, {2, 5, 1, 16}};
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
        check(shapes[i], 1, 1);
    check((int64_t[]){1, 70, 2, 32}, 1, 0);
    check((int64_t[]){1, 33, 1, 65}, 1, 0);
}
END_TEST

/* Scores of hundreds overflow no exponential, and the largest takes all. */
START_TEST(extreme_scores) {
    check((int64_t[]){2, 20, 2, 16}, 300, 0);
    check((int64_t[]){1, 4, 1, 8}, 20, 1);
}
END_TEST

START_TEST(gelu) {
    enum { COUNT = 4001 };
    static rm_real x[COUNT], y[COUNT], dy[COUNT], dx[COUNT];
    static double got[COUNT], want[COUNT];
    for (int i = 0; i < COUNT; i++) {
        x[i] = (rm_real)(i - COUNT / 2) / 200;
        dy[i] = 2;
    }
    const rm_kernels *table;
    for (int index = 0; (table = rm_kernels_at(index)); index++) {
        if (!rm_kernels_runs(table))
            continue;
        table->gelu_forward(y, x, COUNT);
        table->gelu_backward(dx, dy, x, COUNT);
        for (int i = 0; i < COUNT; i++) {
            got[i] = (double)y[i];
            want[i] = (double)x[i] / 2 * (1 + erf((double)x[i] / sqrt(2)));
        }
        rm_assert_close("gelu", got, want, COUNT, 2e-6);
        for (int i = 0; i < COUNT; i++) {
            double v = (double)x[i];
            got[i] = (double)dx[i];
            want[i] =
                2 * (0.5 * (1 + erf(v / sqrt(2))) + v * exp(-v * v / 2) / sqrt(2 * acos(-1)));
        }
        rm_assert_close("dgelu", got, want, COUNT, 4e-6);
    }
}
END_TEST

int main(void) {
    return rm_test_main("attention", (const TTest *[]){attention, extreme_scores, gelu, NULL});
}
