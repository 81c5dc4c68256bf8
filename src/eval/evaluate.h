/* The evaluation protocol on a sample. */
#ifndef RM_EVALUATE_H
#define RM_EVALUATE_H

#include "rimer/metrics.h"

/* rimer_evaluate on `most` rows of the part, evenly spaced and the same every time, if there are more;
 * 0, or no more than that: on all, to the same bits. 2^31 at most; task forecast, without `adapt`. The
 * windows that `out` counts are those of the part. */
rimer_status rm_evaluate_sample(const rimer_forecaster *forecaster,
                                const rimer_dataset *dataset, const rimer_protocol *protocol,
                                int64_t most, int (*done)(void *user, double share), void *user,
                                rimer_evaluation *out);

/* Rows that are scored of `all`. */
static inline int64_t rm_sample_size(int64_t all, int64_t most) {
    return most > 0 && most < all ? most : all;
}

/* Row i of those that are scored. */
int64_t rm_sample_row(int64_t i, int64_t n_scored, int64_t all);

#endif
