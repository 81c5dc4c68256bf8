#include "eval/sliding_sums.h"

#include "base/array.h"

#include <stdlib.h>
#include <string.h>

rimer_status rm_sliding_sums_make(rm_sliding_sums *sums, int64_t context_len, int64_t horizon) {
    rm_sliding_sums made = {.context_len = context_len, .size = context_len + horizon};
    rimer_status status;
    RM_TRY_GOTO(status, fail,
                rm_array_new(&made.products, context_len * made.size, sizeof *made.products));
    RM_TRY_GOTO(status, fail, rm_array_new(&made.scaled, made.size, sizeof *made.scaled));
    RM_TRY_GOTO(status, fail, rm_array_new(&made.diagonal, made.size, sizeof *made.diagonal));
    *sums = made;
    return RIMER_OK;
fail:
    rm_sliding_sums_free(&made);
    return status;
}

void rm_sliding_sums_free(rm_sliding_sums *sums) {
    free(sums->products);
    free(sums->scaled);
    free(sums->diagonal);
    *sums = (rm_sliding_sums){0};
}

static void add_scaled(double *sum, double factor, const double *x, int64_t n) {
    for (int64_t i = 0; i < n; i++)
        sum[i] += factor * x[i];
}

void rm_sliding_sums_add(rm_sliding_sums *sums, const double *values, const double *extra,
                         int64_t n) {
    int64_t size = sums->size;
    double *diagonal = sums->diagonal; /* of steps i and i + k */
    memset(diagonal, 0, (size_t)size * sizeof *diagonal);
    for (int64_t t = 0; t < n; t++) {
        add_scaled(diagonal, values[t], values + t, size);
        add_scaled(sums->scaled, extra[t], values + t, size);
        sums->squares += extra[t] * extra[t];
    }
    for (int64_t i = 0;; i++) {
        double *products = sums->products + i * size + i;
        const double *first = values + i, *behind = values + n + i;
        for (int64_t k = 0; k < size - i; k++)
            products[k] += diagonal[k];
        if (i == sums->context_len - 1)
            return;
        for (int64_t k = 0; k < size - i - 1; k++)
            diagonal[k] += behind[0] * behind[k] - first[0] * first[k];
    }
}

void rm_sliding_sums_merge(rm_sliding_sums *into, const rm_sliding_sums *from) {
    add_scaled(into->products, 1, from->products, into->context_len * into->size);
    add_scaled(into->scaled, 1, from->scaled, into->size);
    into->squares += from->squares;
}

/* The sum of x_i (x_j - x_last), i < context_len. */
static double with_difference(const rm_sliding_sums *sums, int64_t i, int64_t j) {
    const double *products = sums->products;
    int64_t size = sums->size, last = sums->context_len - 1;
    double product = i < j ? products[i * size + j] : products[j * size + i];
    return product - products[i * size + last];
}

void rm_sliding_sums_put(const rm_sliding_sums *sums, double *xx, double *yx) {
    int64_t n = sums->context_len, last = n - 1, horizon = sums->size - n;
    for (int64_t i = 0; i < n; i++)
        for (int64_t j = 0; j <= i; j++)
            xx[i * (n + 1) + j] += with_difference(sums, i, j) - with_difference(sums, last, j);
    for (int64_t h = 0; h < horizon; h++)
        for (int64_t i = 0; i < n; i++)
            yx[h * (n + 1) + i] +=
                with_difference(sums, i, n + h) - with_difference(sums, last, n + h);
    for (int64_t i = 0; i < n; i++)
        xx[n * (n + 1) + i] += sums->scaled[i] - sums->scaled[last];
    xx[n * (n + 1) + n] += sums->squares;
    for (int64_t h = 0; h < horizon; h++)
        yx[h * (n + 1) + n] += sums->scaled[n + h] - sums->scaled[last];
}
