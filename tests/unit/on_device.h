/* What the tests on a GPU share, or on the shim that stands in its place (tests/cuda/). */
#ifndef RM_ON_DEVICE_H
#define RM_ON_DEVICE_H

#include "kernels/kernels.h"
#include "model/model_inside.h"

/* The order in which the shim lets threads run; nothing on a GPU, which returns 0. */
int shim_reverse(int yes);

/* A number that the shim counts, "rm_shim_replays" or "rm_shim_graphs"; -1 on a GPU. */
int shim_count(const char *what);

/* Whether this is the shim; else a line says that the test is for it alone. */
int is_shim(const char *test);

/* The device's kernels; NULL, and a line that says so, where there is none. */
const rm_kernels *kernels_for(const char *test);

/* Settings of networks of all kinds. */
extern const char *const networks[];
extern const int n_networks;

#define CONTEXT 37 /* steps, no multiple of a patch */

/* Small, with these settings on top. */
rimer_config config_of(const char *settings);

/* Nothing at its initial value, where zeros would hide errors. */
rimer_model *random_model(const rimer_config *config);

#endif
