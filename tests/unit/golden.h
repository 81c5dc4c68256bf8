/* Golden files: inputs and exact results in HDF5 (tests/golden/README.md). Whatever goes wrong in
 * here fails the running test and names file and path. Paths are "group/name". */
#ifndef RM_GOLDEN_H
#define RM_GOLDEN_H

#include "kernels/real.h"

#include <stddef.h>
#include <stdint.h>

typedef struct rm_golden rm_golden;

/* One dataset; values belong to the open file. A scalar has rank 0 and count 1. */
typedef struct rm_golden_array {
    int rank;
    int64_t shape[8];
    int64_t count;
    double *values;
} rm_golden_array;

/* Opens tests/golden/NAME. */
rm_golden *rm_golden_open(const char *name);

/* Frees all that was read through it, too. */
void rm_golden_close(rm_golden *golden);

/* Whether a group or dataset is there. */
int rm_golden_has(const rm_golden *golden, const char *path);

rm_golden_array rm_golden_read(rm_golden *golden, const char *path);

/* The same as a fresh array of the build's scalar, which the test may write to. */
rm_real *rm_golden_reals(rm_golden *golden, const char *path);

/* The only value of a scalar dataset. */
double rm_golden_scalar(rm_golden *golden, const char *path);

/* Attributes of the file: sizes, constants, texts. */
int64_t rm_golden_int(const rm_golden *golden, const char *attribute);
double rm_golden_double(const rm_golden *golden, const char *attribute);
void rm_golden_text(const rm_golden *golden, const char *attribute, char *text, size_t size);

/* Names in a group, in alphabetical order, ended by NULL; they belong to the open file. */
const char *const *rm_golden_names(rm_golden *golden, const char *group);

/* The limit of |x - golden| for one dataset: what the file says for float32, or, if `exact`, what
 * the README promises of a float64 evaluation. */
double rm_golden_tolerance(rm_golden *golden, const char *path, int exact);

/* Fails the test unless got[n] is the dataset within the tolerance of this build (NaN fails). */
void rm_golden_check(rm_golden *golden, const char *path, const rm_real *got, int64_t n);

/* The same for results that are computed in double in every build. */
void rm_golden_check_double(rm_golden *golden, const char *path, const double *got, int64_t n);

#endif
