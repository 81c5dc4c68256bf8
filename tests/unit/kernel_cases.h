/* Every kernel over odd shapes, outputs poisoned: for tests that compare tables, of the processor
 * (test_kernels.c) and of a device (test_cuda.c). */
#ifndef RM_KERNEL_CASES_H
#define RM_KERNEL_CASES_H

#include "kernels/kernels.h"

#define MOST 12 /* inputs or outputs of one kernel */

/* Inputs are uniform in (-1, 1) but for in[1], which lies in (0.55, 1) like a decay; outputs start
 * at values that a kernel must overwrite or add to, the same for every table. */
typedef struct trial {
    int64_t B, T, H, N, D, M, n, capacity;
    rm_real *in[MOST], *out[MOST], *scratch;
    rm_tally *sums; /* [MOST] more outputs */
    rm_step *step;
} trial;

typedef struct kernel_case {
    const char *name;
    void (*run)(const rm_kernels *k, trial *t); /* must not look into tensors */
    void (*spoil)(trial *t);                    /* makes some inputs NaN; may be NULL */
    double tolerance; /* ten times the largest measured error, relative to the largest value */
} kernel_case;

/* Ended by a name of NULL. */
extern const kernel_case rm_kernel_cases[];

/* Shape `index` of those over which cases are compared, B T H N; NULL past the last. */
const int64_t *rm_kernel_shape(int index);

/* A trial of B, T, H, N, to be filled from a seed, run and freed. */
trial rm_trial_make(const int64_t shape[4]);
void rm_trial_fill(trial *t, uint64_t seed);
void rm_trial_free(trial *t);

/* Runs a case; tensors go to the table's memory and come back. */
void rm_trial_run(const kernel_case *one, const rm_kernels *k, trial *t);

/* Largest difference of two runs relative to the largest value of that output; infinite for NaN. */
double rm_trial_difference(const trial *a, const trial *b);

/* Fails the test unless the case agrees with `ref` over all shapes. */
void rm_compare_case(const kernel_case *one, const rm_kernels *table, const rm_kernels *ref,
                     double tolerance);

const rm_kernels *rm_reference_kernels(void);

/* The recurrence and its gradient. */
void rm_run_wkv7(const rm_kernels *k, trial *t);

#endif
