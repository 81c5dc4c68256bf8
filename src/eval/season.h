/* What a dataset says of itself: its longest series, and the season that seasonal-naive and mase
 * use when the caller names none. */
#ifndef RM_SEASON_H
#define RM_SEASON_H

#include "rimer/dataset.h"

/* Steps of the longest series. */
int64_t rm_longest_series(const rimer_dataset *dataset);

/* `wanted`, or if that is 0 the likeliest season of the training part, 1 if nothing repeats.
 * RIMER_USAGE: `wanted` below 0, split text. RIMER_DATA: no series is long enough for the split. */
rimer_status rm_season_choose(const rimer_dataset *dataset, const char *split, int64_t wanted,
                              int64_t *season);

#endif
