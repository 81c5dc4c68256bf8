/* Products of matrices, every table against sums in double: odd sizes, rows of any distance, and
 * nothing written beside the result. */
#include "harness.h"

#include "base/rng.h"
#include "kernels/kernels.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* m, n, k around the sizes of tiles, strips and parts (16, 64, 256, 512), and few rows of many terms. */
static const int64_t sizes[][3] = {
    {1, 1, 1},     {1, 7, 33},    {2, 3, 300},  {3, 16, 15},   {5, 63, 64},  {6, 64, 65},
    {7, 65, 17},   {8, 100, 257}, {13, 8, 600}, {17, 130, 70}, {29, 31, 31}, {64, 80, 513},
    {112, 96, 48}, {20, 64, 256}, {14, 1, 40},  {40, 1, 40},   {33, 3, 600}, {130, 33, 1030},
};

typedef struct product {
    int ta, tb, add;
    int64_t m, n, k, lda, ldb, ldc;
    rm_real *a, *b, *c;
} product;

static rm_real *numbers(int64_t n, uint64_t seed) {
    rm_real *x = malloc((size_t)n * sizeof *x);
    rm_rng rng = rm_rng_make(seed, 7);
    for (int64_t i = 0; i < n; i++)
        x[i] = (rm_real)(2 * rm_rng_uniform(&rng) - 1);
    return x;
}

static product make_product(const int64_t size[3], int form, int add) {
    product p = {.ta = form == 2, .tb = form == 1, .add = add};
    p.m = size[0], p.n = size[1], p.k = size[2];
    p.lda = (p.ta ? p.m : p.k) + 3;
    p.ldb = (p.tb ? p.k : p.n) + 5;
    p.ldc = p.n + 2;
    p.a = numbers((p.ta ? p.k : p.m) * p.lda, 1);
    p.b = numbers((p.tb ? p.n : p.k) * p.ldb, 2);
    p.c = malloc((size_t)(p.m * p.ldc) * sizeof *p.c);
    for (int64_t i = 0; i < p.m * p.ldc; i++)
        p.c[i] = (rm_real)(add || i % p.ldc >= p.n ? 0.5 : NAN); /* must not be read */
    return p;
}

static void free_product(product *p) {
    free(p->a), free(p->b), free(p->c);
}

static void run(const rm_kernels *table, const product *p) {
    table->gemm(p->c, p->ldc, p->add, p->ta, p->tb, p->a, p->lda, p->b, p->ldb, p->m, p->n,
                p->k);
}

/* Largest error of the result, relative to the sum of the magnitudes that make a value. */
static double error_of(const product *p) {
    double worst = 0;
    for (int64_t i = 0; i < p->m; i++)
        for (int64_t j = 0; j < p->ldc; j++) {
            double sum = p->add || j >= p->n ? 0.5 : 0, size = sum;
            for (int64_t k = 0; j < p->n && k < p->k; k++) {
                double x = (double)p->a[p->ta ? k * p->lda + i : i * p->lda + k] *
                           (double)p->b[p->tb ? j * p->ldb + k : k * p->ldb + j];
                sum += x;
                size += fabs(x);
            }
            double error = fabs((double)p->c[i * p->ldc + j] - sum) / size;
            worst = error <= worst ? worst : error; /* NaN stays */
        }
    return worst;
}

static void check_products(const rm_kernels *table, double tolerance) {
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++)
        for (int form = 0; form < 6; form++) {
            product p = make_product(sizes[s], form / 2, form % 2);
            run(table, &p);
            double error = error_of(&p);
            if (getenv("RIMER_TEST_MEASURE"))
                printf("%s form %d size %zu: %.3g\n", table->name, form, s, error);
            ck_assert_msg(error <= tolerance, "table %s, %lld x %lld x %lld, form %d: %.3g",
                          table->name, (long long)p.m, (long long)p.n, (long long)p.k, form,
                          error);
            free_product(&p);
        }
}

START_TEST(products_of_every_table) {
    const rm_kernels *table;
    for (int i = 0; (table = rm_kernels_at(i)); i++)
        if (rm_kernels_runs(table))
            check_products(table, 3.5e-6);
}
END_TEST

/* Errors of factors twice: 2^-9 of 8 bits; of two halves of 8 bits 2^-18, and 2^-18 of what is left
 * out. `least`: they are not float in disguise. */
START_TEST(rounded_products) {
    static const struct {
        const char *name;
        double most, least;
    } errors[RM_PRECISIONS] = {
        [RM_TF32] = {"tf32", 1.5e-5, 3e-7}, [RM_BFLOAT16] = {"bfloat16", 1.0 / 256, 1e-4}};
    rm_kernels rounded;
    const rm_kernels *best;
    ck_assert_int_eq(rm_kernels_choose(&best), RIMER_OK);
    for (int i = 0, of; (of = rm_kernels_round_at(i, &rounded, best)) != RM_PRECISIONS; i++) {
        if (!rounded.gemm) {
            printf("SKIP rounded_products: %s does not run here\n", rounded.name);
            continue;
        }
        check_products(&rounded, errors[of].most);
        product p = make_product((int64_t[]){112, 96, 48}, 0, 0);
        run(&rounded, &p);
        ck_assert_double_gt(error_of(&p), errors[of].least);
        free_product(&p);
    }
}
END_TEST

START_TEST(rounding_refused) {
    const rm_kernels *table;
    for (int i = 0; (table = rm_kernels_at(i)); i++) {
        rm_kernels rounded = {.name = "untouched"};
        if (strcmp(table->name, "avx512") == 0)
            continue;
        for (int precision = RM_TF32; precision < RM_PRECISIONS; precision++) {
            ck_assert_int_eq(rm_kernels_round(&rounded, table, precision), RIMER_USAGE);
            ck_assert_str_eq(rounded.name, "untouched");
            ck_assert_ptr_nonnull(strstr(rimer_last_error(), "precision=float32"));
        }
    }
}
END_TEST

/* In the vector tables a row's bits do not depend on how many others there are. */
START_TEST(rows_alone) {
    const rm_kernels *table;
    for (int i = 0; (table = rm_kernels_at(i)); i++)
        for (int form = 0; form < 2 && rm_kernels_runs(table); form++) {
            if (strcmp(table->name, "ref") == 0)
                continue;
            product all = make_product((int64_t[]){40, 70, 100}, form, 0);
            product some = make_product((int64_t[]){11, 70, 100}, form, 0);
            run(table, &all);
            run(table, &some);
            for (int64_t row = 0; row < some.m; row++)
                ck_assert_mem_eq(all.c + row * all.ldc, some.c + row * some.ldc,
                                 (size_t)some.n * sizeof *some.c);
            free_product(&all);
            free_product(&some);
        }
}
END_TEST

int main(void) {
    return rm_test_main("product", (const TTest *[]){products_of_every_table, rounded_products,
                                                     rounding_refused, rows_alone, NULL});
}
