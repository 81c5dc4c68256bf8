/* The scalar of kernels and network. The library is built with float; the tests build all of it
 * once more with double (-DRM_REAL_DOUBLE), to judge equations without rounding. */
#ifndef RM_REAL_H
#define RM_REAL_H

#ifdef RM_REAL_DOUBLE
typedef double rm_real;
#define RM_REAL_NAME "float64"
#else
typedef float rm_real;
#define RM_REAL_NAME "float32"
#endif

#endif
