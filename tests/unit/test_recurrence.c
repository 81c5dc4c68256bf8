/* The recurrence of every table against the equations as they stand (E6, E8), step by step in
 * double: all head sizes, lengths around tiles and chunks, with and without states, decays at
 * both ends of their range. */
#include "harness.h"

#include "base/rng.h"
#include "kernels/kernels.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { R, DECAY, K, V, ALPHA, BETA, N_VECTORS };
enum { ROWS = 3, HEADS = 2, POISON = 77 };
static const char *const names[] = {"dr", "ddecay", "dk", "dv", "dalpha", "dbeta"};

/* The error of float, relative to the largest value, ten times what was measured. */
#define TOLERANCE (sizeof(rm_real) == sizeof(float) ? 1e-5 : 1e-12)

typedef struct problem {
    int64_t T, N, n, states;
    int with_states;
    rm_real *in[N_VECTORS], *dy, *state_in, *dstate_out;     /* in[i]: [B][T][H][N] */
    double *y, *d[N_VECTORS], *state_out, *dstate_in, worst; /* what is right */
} problem;

static double *doubles(int64_t n) {
    double *x = calloc((size_t)n, sizeof *x);
    ck_assert_ptr_nonnull(x);
    return x;
}

static rm_real *reals(rm_rng *rng, int64_t n, double low, double high) {
    rm_real *x = malloc((size_t)n * sizeof *x);
    ck_assert_ptr_nonnull(x);
    for (int64_t i = 0; i < n; i++)
        x[i] = (rm_real)(low + (high - low) * rm_rng_uniform(rng));
    return x;
}

/* S_t of one head from S_{t-1}, and what was removed. */
static void step(const problem *p, int64_t at, const double *before, double *after,
                 double *removed) {
    int64_t N = p->N;
    for (int64_t i = 0; i < N; i++) {
        removed[i] = 0;
        for (int64_t j = 0; j < N; j++)
            removed[i] += before[i * N + j] * (double)p->in[ALPHA][at + j];
        for (int64_t j = 0; j < N; j++)
            after[i * N + j] = before[i * N + j] * (double)p->in[DECAY][at + j] +
                               removed[i] * (double)p->in[BETA][at + j] +
                               (double)p->in[V][at + i] * (double)p->in[K][at + j];
    }
}

static void step_backward(problem *p, int64_t at, const double *before, const double *after,
                          const double *removed, double *g) {
    int64_t N = p->N;
    for (int64_t i = 0; i < N; i++) {
        double dremoved = 0, dy = (double)p->dy[at + i];
        for (int64_t j = 0; j < N; j++) {
            double value = g[i * N + j] += dy * (double)p->in[R][at + j];
            p->d[R][at + j] += after[i * N + j] * dy;
            p->d[DECAY][at + j] += value * before[i * N + j];
            p->d[K][at + j] += value * (double)p->in[V][at + i];
            p->d[V][at + i] += value * (double)p->in[K][at + j];
            p->d[BETA][at + j] += value * removed[i];
            dremoved += value * (double)p->in[BETA][at + j];
        }
        for (int64_t j = 0; j < N; j++) {
            p->d[ALPHA][at + j] += before[i * N + j] * dremoved;
            g[i * N + j] = g[i * N + j] * (double)p->in[DECAY][at + j] +
                           dremoved * (double)p->in[ALPHA][at + j];
        }
    }
}

static void solve_head(problem *p, int64_t b, int64_t h) {
    int64_t N = p->N, NN = N * N, T = p->T, head = (b * HEADS + h) * NN;
    double *s = doubles((T + 1) * NN), *removed = doubles(T * N), *g = doubles(NN);
    for (int64_t i = 0; i < NN && p->with_states; i++) {
        s[i] = (double)p->state_in[head + i];
        g[i] = (double)p->dstate_out[head + i];
    }
    for (int64_t t = 0; t < T; t++) {
        int64_t at = ((b * T + t) * HEADS + h) * N;
        step(p, at, s + t * NN, s + (t + 1) * NN, removed + t * N);
        for (int64_t i = 0; i < N; i++)
            for (int64_t j = 0; j < N; j++)
                p->y[at + i] += s[(t + 1) * NN + i * N + j] * (double)p->in[R][at + j];
    }
    for (int64_t t = T - 1; t >= 0; t--)
        step_backward(p, ((b * T + t) * HEADS + h) * N, s + t * NN, s + (t + 1) * NN,
                      removed + t * N, g);
    for (int64_t i = 0; i < NN; i++) {
        p->state_out[head + i] = s[T * NN + i];
        p->dstate_in[head + i] = g[i];
    }
    free(s), free(removed), free(g);
}

/* alpha and beta are opposite and below 1, as the network makes them, or the state would grow. */
static problem new_problem(int64_t T, int64_t N, double low, double high, int with_states) {
    problem p = {.T = T, .N = N, .with_states = with_states};
    rm_rng rng = rm_rng_make((uint64_t)(T * 100 + N), 3);
    p.n = ROWS * T * HEADS * N;
    p.states = ROWS * HEADS * N * N;
    for (int i = 0; i < N_VECTORS; i++) {
        p.in[i] = reals(&rng, p.n, i == DECAY ? low : -1, i == DECAY ? high : 1);
        p.d[i] = doubles(p.n);
    }
    for (int64_t i = 0; i < p.n; i++) {
        p.in[ALPHA][i] /= (rm_real)sqrt((double)N);
        p.in[BETA][i] = -p.in[ALPHA][i] * (rm_real)(0.5 + 0.5 * rm_rng_uniform(&rng));
    }
    p.dy = reals(&rng, p.n, -1, 1);
    p.state_in = reals(&rng, p.states, -1, 1);
    p.dstate_out = reals(&rng, p.states, -1, 1);
    p.y = doubles(p.n);
    p.state_out = doubles(p.states);
    p.dstate_in = doubles(p.states);
    for (int64_t b = 0; b < ROWS; b++)
        for (int64_t h = 0; h < HEADS; h++)
            solve_head(&p, b, h);
    return p;
}

static void free_problem(problem *p) {
    for (int i = 0; i < N_VECTORS; i++)
        free(p->in[i]), free(p->d[i]);
    free(p->dy), free(p->state_in), free(p->dstate_out);
    free(p->y), free(p->state_out), free(p->dstate_in);
}

static void compare(problem *p, const rm_kernels *k, const char *what, const rm_real *got,
                    const double *want, double offset, int64_t n) {
    double size = 1e-30, error = 0;
    for (int64_t i = 0; i < n; i++) {
        double off = fabs((double)got[i] - offset - want[i]);
        size = fmax(size, fabs(want[i]) + fabs(offset));
        error = off <= error ? error : off;
    }
    p->worst = fmax(p->worst, error / size);
    ck_assert_msg(error <= TOLERANCE * size, "%s, %s, T %lld, N %lld: error %.3g of %.3g",
                  k->name, what, (long long)p->T, (long long)p->N, error, size);
}

static void check_table(problem *p, const rm_kernels *k) {
    int64_t n = p->n, m = p->states;
    int64_t saved = rm_wkv7_checkpoints(ROWS, p->T, HEADS, p->N);
    rm_rng rng = rm_rng_make(1, 1);
    rm_real *y = reals(&rng, n, POISON, POISON), *out = reals(&rng, m, POISON, POISON);
    rm_real *checkpoints = reals(&rng, saved + 1, POISON, POISON), *d[N_VECTORS];
    rm_real *scratch = reals(&rng, rm_wkv7_scratch(HEADS, p->N), POISON, POISON);
    for (int i = 0; i < N_VECTORS; i++) /* dr, dk and dv are added to */
        d[i] = reals(&rng, n, i == R || i == K || i == V ? 1 : POISON, 1);
    rm_real *in = p->with_states ? p->state_in : NULL;
    k->wkv7_forward(y, p->with_states ? out : NULL, NULL, in, p->in[R], p->in[DECAY], p->in[K],
                    p->in[V], p->in[ALPHA], p->in[BETA], scratch, ROWS, p->T, HEADS, p->N);
    compare(p, k, "y without checkpoints", y, p->y, 0, n);
    k->wkv7_forward(y, out, checkpoints, in, p->in[R], p->in[DECAY], p->in[K], p->in[V],
                    p->in[ALPHA], p->in[BETA], scratch, ROWS, p->T, HEADS, p->N);
    compare(p, k, "y", y, p->y, 0, n);
    compare(p, k, "state", out, p->state_out, 0, m);
    ck_assert_msg(checkpoints[saved] == (rm_real)POISON, "%s: past the checkpoints", k->name);
    k->wkv7_backward(d[R], d[DECAY], d[K], d[V], d[ALPHA], d[BETA], p->with_states ? out : NULL,
                     p->dy, p->with_states ? p->dstate_out : NULL, checkpoints, in, p->in[R],
                     p->in[DECAY], p->in[K], p->in[V], p->in[ALPHA], p->in[BETA], scratch, ROWS,
                     p->T, HEADS, p->N);
    for (int i = 0; i < N_VECTORS; i++)
        compare(p, k, names[i], d[i], p->d[i], i == R || i == K || i == V, n);
    if (p->with_states)
        compare(p, k, "dstate", out, p->dstate_in, 0, m);
    for (int i = 0; i < N_VECTORS; i++)
        free(d[i]);
    free(y), free(out), free(checkpoints), free(scratch);
}

static void check_tables(int64_t T, int64_t N, double low, double high, int with_states) {
    problem p = new_problem(T, N, low, high, with_states);
    const rm_kernels *k;
    for (int i = 0; (k = rm_kernels_at(i)); i++) {
        if (!rm_kernels_runs(k))
            continue;
        p.worst = 0;
        check_table(&p, k);
        if (getenv("RIMER_TEST_MEASURE"))
            printf("%s T %lld N %lld decay %g to %g states %d: %.3g\n", k->name, (long long)T,
                   (long long)N, low, high, with_states, p.worst);
    }
    free_problem(&p);
}

static const int64_t lengths[] = {1, 2, 7, 8, 9, 15, 16, 17, 21, 31, 33, 64, 65, 100, 300};
static const int64_t heads[] = {4, 8, 16, 24, 32, 64};

START_TEST(every_length_and_head) {
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++)
        for (size_t j = 0; j < sizeof heads / sizeof *heads; j++)
            check_tables(lengths[i], heads[j], 0.5453, 1, (int)(i + j) % 2);
}
END_TEST

START_TEST(decays_at_the_ends) {
    for (size_t j = 0; j < sizeof heads / sizeof *heads; j++)
        for (int with_states = 0; with_states < 2; with_states++) {
            check_tables(32, heads[j], 0.5453, 0.5453, with_states);
            check_tables(70, heads[j], 0.5453, 0.5453, with_states);
            check_tables(70, heads[j], 1, 1, with_states);
        }
}
END_TEST

int main(void) {
    return rm_test_main("recurrence",
                        (const TTest *[]){every_length_and_head, decays_at_the_ends, NULL});
}
