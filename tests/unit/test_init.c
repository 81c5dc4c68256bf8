/* Matrices that start orthogonal are. */
#include "harness.h"

#include "nn/init.h"

#include <math.h>
#include <stdlib.h>

/* Product of two rows, or of two columns where there are fewer of them. */
static double product(const rm_real *x, int64_t rows, int64_t cols, int64_t a, int64_t b) {
    double sum = 0;
    for (int64_t k = 0; k < (rows <= cols ? cols : rows); k++)
        sum += rows <= cols ? (double)x[a * cols + k] * (double)x[b * cols + k]
                            : (double)x[k * cols + a] * (double)x[k * cols + b];
    return sum;
}

START_TEST(orthogonal_matrices) {
    static const int64_t sizes[][2] = {{1, 1},   {3, 7},   {7, 3},    {70, 70},
                                       {65, 90}, {130, 5}, {150, 129}};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        int64_t rows = sizes[i][0], cols = sizes[i][1], n = rows < cols ? rows : cols;
        rm_real *x = malloc((size_t)(rows * cols) * sizeof *x);
        rm_rng rng = rm_rng_make(5, i);
        rm_init_orthogonal(x, rows, cols, (rm_init_site){0}, 0.5, &rng);
        double square = rows <= cols ? 0.25 : 0.25 * (double)rows / (double)cols;
        for (int64_t a = 0; a < n; a++)
            for (int64_t b = 0; b <= a; b++)
                ck_assert_double_eq_tol(product(x, rows, cols, a, b), a == b ? square : 0,
                                        1e-5 * square);
        free(x);
    }
}
END_TEST

int main(void) {
    return rm_test_main("init", (const TTest *[]){orthogonal_matrices, NULL});
}
