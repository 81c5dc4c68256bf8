/* Kernels of the table for bfloat16 whose tensors around the recurrence are half as long
 * (src/kernels/cuda/formats.cuh), for tests on a device. */
#ifndef RM_HALF_CASES_H
#define RM_HALF_CASES_H

#include "kernels/kernels.h"

/* Fails the test unless each agrees with `ref`, which is given the same rounded numbers as floats, over all shapes:
 * what is float as closely as in the table for float32, what is not by one in its last place. */
void rm_compare_halves(const rm_kernels *table, const rm_kernels *ref);

#endif
