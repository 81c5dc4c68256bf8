/* What every unit test shares: one Check suite a file, comparisons that fail on NaN, data sets
 * that may be absent.
 *
 *     START_TEST(adds) { ck_assert_int_eq(1 + 1, 2); } END_TEST
 *     int main(void) { return rm_test_main("adds", (const TTest *[]){adds, NULL}); }
 */
#ifndef RM_HARNESS_H
#define RM_HARNESS_H

#include "rimer/dataset.h"

#include <check.h>
#include <stdint.h>

/* Runs the tests, each in a process of its own (CK_FORK=no: all in one, for debuggers), and
 * prints a line each. Exit code of main. */
int rm_test_main(const char *suite, const TTest *const *tests);

/* Largest |got - want| over n values, and where; infinity if any value is NaN or infinite in one
 * and not the same in the other. */
double rm_max_error(const double *got, const double *want, int64_t n, int64_t *where);

/* Fails the test, naming `what`, unless every |got - want| <= tolerance (NaN fails). */
void rm_assert_close(const char *what, const double *got, const double *want, int64_t n,
                     double tolerance);

/* Applies "key=value key=value ..." to a config. */
void rm_test_settings(rimer_config *config, const char *settings);

/* Path of a big data set (RIMER_DATA, else ../shared/datasets), or NULL, after a line
 * "SKIP <test>: <file> is not here" that the runner counts. Static buffer. */
const char *rm_dataset_path(const char *test, const char *file);

/* Path of a file under the project's folder (RIMER_ROOT, else the current folder). */
const char *rm_project_path(const char *file);

/* Series "s0", "s1", ... of these lengths, with channels "c0", "c1", ... */
rimer_dataset *rm_test_series(int64_t n_series, const int64_t *lengths, int64_t n_channels,
                              float (*value)(int64_t series, int64_t channel, int64_t step));

/* A fresh empty folder for this test, removed at exit of the process that made it. */
const char *rm_test_folder(void);

#endif
