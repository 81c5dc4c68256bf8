/* Settings to try: a space of values for keys of rimer_config, and its points, as a grid or drawn
 * at random. rimer-search trains at one after the other and keeps the best. */
#ifndef RIMER_SEARCH_H
#define RIMER_SEARCH_H

#include "rimer/config.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Read-only after reading, shareable between threads. */
typedef struct rimer_space rimer_space;

/* Reads a JSON object. Each of its keys is a setting, whose value is a list of values or, for
 * numbers, a range: {"width": [32, 64], "lr": {"min": 1e-4, "max": 1e-2, "scale": "log"}}; the
 * scale is "linear" if it is not said. Both ends are possible. `split` and `horizon` are refused:
 * errors on other targets cannot be compared. RIMER_IO. RIMER_USAGE names file and line or key.
 * RIMER_NO_MEMORY. */
RIMER_API rimer_status rimer_space_read(const char *path, rimer_space **out);
RIMER_API void rimer_space_free(rimer_space *space);

/* The settings that are searched, in the order of the file; one at least. */
RIMER_API int64_t rimer_space_n_keys(const rimer_space *space);
RIMER_API const rimer_field *rimer_space_key(const rimer_space *space, int64_t index);

/* Points of the grid, INT64_MAX if there are more; 0 if a key has a range, which has no grid. */
RIMER_API int64_t rimer_space_n_points(const rimer_space *space);

/* Sets the searched keys of `config` to a point of the grid, counted from 0; the last key changes
 * fastest. RIMER_USAGE: no such point. */
RIMER_API rimer_status rimer_space_point(const rimer_space *space, int64_t index,
                                         rimer_config *config);

/* Sets them to the index-th draw of this seed, any index >= 0: each key by itself, values of a list
 * equally likely, numbers of a range by its scale, whole for whole settings, else rounded to four
 * digits. The same seed, the same draws. */
RIMER_API void rimer_space_draw(const rimer_space *space, uint64_t seed, int64_t index,
                                rimer_config *config);

/* Whether training keeps epochs by their CRPS (rimer_train_by_crps) at every point of the space,
 * `base` being the settings of all others; where not, the MSE is what all points have. */
RIMER_API int rimer_space_by_crps(const rimer_space *space, const rimer_config *base);

#ifdef __cplusplus
}
#endif
#endif
