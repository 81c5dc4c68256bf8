/* Every kernel of every table against the plain reference, over odd shapes, outputs poisoned;
 * and the vector functions against libm. */
#include "harness.h"

#include "kernel_cases.h"
#include "kernels/ref/vmath.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

START_TEST(tables_agree) {
    const rm_kernels *table;
    for (int i = 0; (table = rm_kernels_at(i)); i++) {
        if (!rm_kernels_runs(table)) {
            printf("SKIP tables_agree: this processor does not run table %s\n", table->name);
            continue;
        }
        for (const kernel_case *one = rm_kernel_cases; one->name; one++)
            rm_compare_case(one, table, rm_reference_kernels(), one->tolerance);
    }
}
END_TEST

/* Errors 0.25, -2, 0, missing, 1: sums and slopes worked out by hand, delta 0.5. */
START_TEST(losses) {
    static const rm_real y[] = {1.25, 1, 3, 4, 6}, target[] = {1, 3, 3, (rm_real)NAN, 5};
    static const double sums[] = {0.0625 + 4 + 1, 0.25 + 2 + 1, 0.03125 + 0.875 + 0.375};
    static const double slopes[][5] = {
        {0.5, -4, 0, 0, 2}, {1, -1, 0, 0, 1}, {0.25, -0.5, 0, 0, 0.5}};
    const rm_kernels *table;
    for (int i = 0; (table = rm_kernels_at(i)); i++)
        for (int kind = RM_LOSS_SQUARED; kind <= RM_LOSS_HUBER && rm_kernels_runs(table);
             kind++) {
            rm_real dy[5];
            rm_tally tally = {1, 2}; /* is added to */
            table->loss_forward(dy, &tally, y, target, 5, kind, 0.5);
            ck_assert_int_eq(tally.count, 2 + 4);
            ck_assert_double_eq_tol(tally.sum, 1 + sums[kind], 1e-7);
            for (int j = 0; j < 5; j++)
                ck_assert_double_eq_tol((double)dy[j], slopes[kind][j], 1e-7);
        }
}
END_TEST

/* Rows of two values to 19, by two maps of which the rows name the second, none and the first. */
START_TEST(own_maps) {
    enum { N = 2, M = 19 };
    static const rm_real x[] = {1, -2, 5, 5, 0.5, 3}, which[] = {1, -1, 0};
    const rm_kernels *table;
    rm_real map[2 * N * M], y[3 * M];
    for (int i = 0; i < 2 * N * M; i++)
        map[i] = (rm_real)(i % 7 - 3);
    for (int i = 0; (table = rm_kernels_at(i)); i++)
        for (int add = 0; add < 2 && rm_kernels_runs(table); add++) {
            for (int j = 0; j < 3 * M; j++)
                y[j] = 10;
            table->own_map_forward(y, add, x, map, N * M, which, 3, N, M);
            for (int b = 0; b < 3; b++)
                for (int j = 0; j < M; j++) {
                    int at = which[b] < 0 ? 0 : (int)which[b] * N * M;
                    double want = which[b] < 0
                                      ? 0
                                      : (double)x[b * N] * (double)map[at + j] +
                                            (double)x[b * N + 1] * (double)map[at + M + j];
                    ck_assert_double_eq_tol((double)y[b * M + j], want + 10 * add, 1e-5);
                }
        }
}
END_TEST

/* Two rows of two steps, levels 0.2 and 0.5, one target missing, worked out by hand. */
START_TEST(pinball) {
    static const rm_real y[] = {1, 3, 3, 2, 0, 0, 5, 5};
    static const rm_real target[] = {2, 2, (rm_real)NAN, 4};
    static const double level[] = {0.2, 0.5};
    static const double slopes[] = {-0.1, 0.4, 0.25, 0, 0, -0.1, 0, 0.25};
    const rm_kernels *table;
    for (int i = 0; (table = rm_kernels_at(i)); i++) {
        rm_real dy[8];
        rm_tally tally = {1, 2};
        if (!rm_kernels_runs(table))
            continue;
        table->pinball_forward(dy, &tally, y, target, level, 2, 2, 2);
        ck_assert_int_eq(tally.count, 2 + 3);
        ck_assert_double_eq_tol(tally.sum, 1 + (0.2 + 0.8 + 0.5 + 0.8 + 0.5) / 2, 1e-7);
        for (int j = 0; j < 8; j++)
            ck_assert_double_eq_tol((double)dy[j], slopes[j], 1e-7);
    }
}
END_TEST

/* How many of `n` pairs are both 0. */
static int64_t both_dropped(const rm_real *a, const rm_real *b, int64_t n) {
    int64_t both = 0;
    for (int64_t i = 0; i < n; i++)
        both += a[i] == 0 && b[i] == 0;
    return both;
}

/* Shares within four deviations of what independent draws give, by key, row and column; the
 * mean kept; a row's draw its own, wherever the call begins. */
START_TEST(dropout_draws) {
    enum { ROWS = 500, WIDTH = 120, N = ROWS * WIDTH };
    static rm_real ones[N], y[N], other[N];
    static const uint64_t key = 600;
    const rm_kernels *k = rm_reference_kernels();
    k->fill(ones, 1, N);
    for (int tenth = 1; tenth <= 9; tenth += 2) {
        double p = tenth / 10.0, sum = 0, deviation = 4 * sqrt(p * (1 - p) * N);
        double both = 4 * p * sqrt(N);
        k->dropout(y, ones, &key, 400, 0, p, ROWS, WIDTH);
        for (int64_t i = 0; i < N; i++) {
            ck_assert(y[i] == 0 || y[i] == (rm_real)(1 / (1 - p)));
            sum += (double)y[i];
        }
        ck_assert_double_eq_tol((double)both_dropped(y, y, N), p * N, deviation);
        ck_assert_double_eq_tol(sum, N, deviation / (1 - p));
        ck_assert_double_eq_tol((double)both_dropped(y, y + 1, N - 1), p * p * N, both);
        ck_assert_double_eq_tol((double)both_dropped(y, y + WIDTH, N - WIDTH),
                                p * p * (N - WIDTH), both);
        k->dropout(other, ones, &key, 401, 0, p, ROWS, WIDTH);
        ck_assert_double_eq_tol((double)both_dropped(y, other, N), p * p * N, both);
        k->dropout(other, ones, &key, 400, 7, p, ROWS - 7, WIDTH);
        ck_assert_mem_eq(other, y + 7 * WIDTH, (N - 7 * WIDTH) * sizeof *y);
    }
    k->dropout(y, ones, &key, 1, 0, 0, ROWS, WIDTH);
    ck_assert_mem_eq(y, ones, sizeof y);
}
END_TEST

/* The recurrence written as the equation stands (E6), in double, against the kernel. */
START_TEST(recurrence_as_written) {
    enum { T = 40, N = 6 };
    static double S[N][N], y[T * N];
    trial t = rm_trial_make((int64_t[]){1, T, 1, N});
    rm_trial_fill(&t, 99);
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++)
            S[i][j] = (double)t.in[7][i * N + j];
    for (int step = 0; step < T; step++) {
        rm_real **x = t.in;
        int at = step * N;
        for (int i = 0; i < N; i++) {
            double removed = 0;
            for (int j = 0; j < N; j++)
                removed += S[i][j] * (double)x[5][at + j];
            for (int j = 0; j < N; j++)
                S[i][j] = S[i][j] * (double)x[1][at + j] + removed * (double)x[6][at + j] +
                          (double)x[3][at + i] * (double)x[2][at + j];
            y[at + i] = 0;
            for (int j = 0; j < N; j++)
                y[at + i] += S[i][j] * (double)x[0][at + j];
        }
    }
    const rm_kernels *table;
    for (int i = 0; (table = rm_kernels_at(i)); i++) {
        if (!rm_kernels_runs(table))
            continue;
        double got[T * N];
        rm_run_wkv7(table, &t);
        for (int j = 0; j < T * N; j++)
            got[j] = (double)t.out[0][j];
        rm_assert_close("wkv7", got, y, T * N, 1e-5);
    }
    rm_trial_free(&t);
}
END_TEST

START_TEST(vector_functions) {
    double worst_exp = 0, worst_tanh = 0, worst_sigmoid = 0, worst_erf = 0, worst_softplus = 0;
    for (int i = -860000; i <= 860000; i++) {
        rm_real x = (rm_real)i * (rm_real)1e-4;
        double d = (double)x;
        worst_exp = fmax(worst_exp, fabs((double)rm_exp(x) / exp(d) - 1));
        worst_softplus =
            fmax(worst_softplus,
                 fabs((double)rm_softplus(x) / (fmax(d, 0) + log1p(exp(-fabs(d)))) - 1));
        worst_sigmoid = fmax(worst_sigmoid, fabs((double)rm_sigmoid(x) * (1 + exp(-d)) - 1));
        if (i) {
            worst_tanh = fmax(worst_tanh, fabs((double)rm_tanh(x) / tanh(d) - 1));
            worst_erf = fmax(worst_erf, fabs((double)rm_erf(x) / erf(d) - 1));
        }
    }
    if (getenv("RIMER_TEST_MEASURE"))
        printf("exp %.3g tanh %.3g sigmoid %.3g erf %.3g softplus %.3g\n", worst_exp,
               worst_tanh, worst_sigmoid, worst_erf, worst_softplus);
    ck_assert_double_lt(worst_exp, 2e-7);
    ck_assert_double_lt(worst_tanh, 4e-7);
    ck_assert_double_lt(worst_sigmoid, 4e-7);
    ck_assert_double_lt(worst_erf, 3e-7);
    ck_assert_double_lt(worst_softplus, 4e-7);
    ck_assert(isnan(rm_exp((rm_real)NAN)) && isnan(rm_tanh((rm_real)NAN)));
    ck_assert(isnan(rm_erf((rm_real)NAN)));
    ck_assert(isnan(rm_sigmoid((rm_real)NAN)));
    ck_assert(rm_tanh((rm_real)1000) == 1 && rm_tanh((rm_real)-1000) == -1);
    ck_assert(rm_sigmoid((rm_real)1000) == 1 && (double)rm_sigmoid((rm_real)-1000) < 1e-37);
}
END_TEST

START_TEST(table_choice) {
    const rm_kernels *table;
    setenv("RIMER_KERNELS", "ref", 1);
    ck_assert_int_eq(rm_kernels_choose(&table), RIMER_OK);
    ck_assert_str_eq(table->name, "ref");
    setenv("RIMER_KERNELS", "abacus", 1);
    ck_assert_int_eq(rm_kernels_choose(&table), RIMER_USAGE);
    ck_assert_ptr_nonnull(strstr(rimer_last_error(), "abacus"));
}
END_TEST

int main(void) {
    return rm_test_main("kernels", (const TTest *[]){tables_agree, recurrence_as_written,
                                                     losses, own_maps, pinball, dropout_draws,
                                                     vector_functions, table_choice, NULL});
}
