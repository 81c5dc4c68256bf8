/* How uncertainty goes on beyond what the head says at once. A few tracks are fed back, track j
 * being the path at level (j + 1/2) / tracks of the forecast. What all of them foresee, pooled,
 * is the forecast of the next steps, and each track goes on at its own level of that. Nothing
 * is drawn at random, and a longer horizon begins like a shorter one. */
#ifndef RM_FAN_H
#define RM_FAN_H

#include "base/quantile_levels.h"
#include "kernels/real.h"

#include <stdint.h>

#define RM_FAN_TRACKS 32

typedef struct rm_fan rm_fan;

/* For forecasts at these levels, two at least. RIMER_NO_MEMORY. */
rimer_status rm_fan_create(rm_fan **out, const rimer_levels *levels);
void rm_fan_free(rm_fan *fan);

/* Where the tracks stand in the distribution quantiles[levels], which are `stride` apart, to
 * track[RM_FAN_TRACKS], `track_stride` apart. */
void rm_fan_spread(const rm_fan *fan, const rm_real *quantiles, int64_t stride, rm_real *track,
                   int64_t track_stride);

/* One step that every track foresees, foreseen[RM_FAN_TRACKS][levels], quantiles `stride`
 * apart, pooled: quantiles[levels] and track[RM_FAN_TRACKS], each with a stride of its own. All
 * NaN if one foresees what is not finite. */
void rm_fan_pool(rm_fan *fan, const rm_real *foreseen, int64_t stride, rm_real *quantiles,
                 int64_t quantile_stride, rm_real *track, int64_t track_stride);

/* The value at a level between (or beyond) those of quantiles, `stride` apart. */
static inline double rm_between_value(rm_between at, const rm_real *quantiles, int64_t stride) {
    double a = (double)quantiles[at.below * stride];
    if (at.share == 0)
        return a;
    double b = (double)quantiles[(at.below + 1) * stride];
    return at.share < 0.5 ? a + at.share * (b - a) : b - (1 - at.share) * (b - a);
}

#endif
