#include "data/hdf5_axes.h"

#include "base/array.h"

#include <stdlib.h>

static bool follow_grid(const rimer_dataset *d) {
    for (int64_t s = 0; s < d->n_series; s++)
        for (int64_t t = 1; t < d->series[s].n_steps; t++)
            if (d->series[s].times[t] !=
                rm_frequency_forward(&d->grid, d->series[s].times[0], t))
                return false;
    return true;
}

/* On the grid this tells all times of a series. */
typedef struct axis {
    int64_t start, n_steps, series;
} axis;

static bool same(const axis *a, const axis *b) {
    return a->start == b->start && a->n_steps == b->n_steps;
}

static int compare(const void *left, const void *right) {
    const axis *a = left, *b = right;
    if (a->start != b->start)
        return a->start < b->start ? -1 : 1;
    if (a->n_steps != b->n_steps)
        return a->n_steps < b->n_steps ? -1 : 1;
    return (a->series > b->series) - (a->series < b->series);
}

static void fill(const rm_hdf5_axes *axes, const axis *sorted, int64_t n) {
    for (int64_t i = 0; i < n; i++) {
        int64_t series = sorted[i].series;
        bool shared = axes->follow_grid && i > 0 && same(&sorted[i - 1], &sorted[i]);
        axes->order[i] = series;
        axes->first[series] = shared ? axes->first[sorted[i - 1].series] : series;
    }
}

rimer_status rm_hdf5_axes_find(rm_hdf5_axes *axes, const rimer_dataset *d) {
    rm_hdf5_axes found = {.follow_grid = follow_grid(d)};
    axis *sorted = NULL;
    rimer_status status = rm_array_new(&sorted, d->n_series, sizeof *sorted);
    if (status == RIMER_OK)
        status = rm_array_new(&found.order, d->n_series, sizeof *found.order);
    if (status == RIMER_OK)
        status = rm_array_new(&found.first, d->n_series, sizeof *found.first);
    if (status == RIMER_OK) {
        for (int64_t s = 0; s < d->n_series; s++)
            sorted[s] = (axis){d->series[s].times[0], d->series[s].n_steps, s};
        qsort(sorted, (size_t)d->n_series, sizeof *sorted, compare);
        fill(&found, sorted, d->n_series);
        *axes = found;
    } else {
        rm_hdf5_axes_free(&found);
    }
    free(sorted);
    return status;
}

void rm_hdf5_axes_free(rm_hdf5_axes *axes) {
    free(axes->order);
    free(axes->first);
    *axes = (rm_hdf5_axes){0};
}
