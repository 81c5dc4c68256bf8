/* Seasons of the training parts of many series. */
#ifndef RM_SEASONS_H
#define RM_SEASONS_H

#include "rimer/dataset.h"

/* As rimer_dataset_seasons, on the training part of every series, whatever its length; one that the
 * split does not fit is left out. RIMER_USAGE: split text. RIMER_DATA: the split fits none. */
rimer_status rm_training_seasons(const rimer_dataset *dataset, const char *split,
                                 int max_seasons, int64_t *seasons, int *n_found);

/* The period that a season of this many steps stands for: a year of 52 weeks, or 365 days, is a part of
 * a step longer, which counts where steps are counted over decades. */
double rm_season_period(const rimer_dataset *dataset, int64_t season);

/* The length that the series have, at least, in which three quarters of all steps lie: what is
 * chosen for it fits most of the data. Sorts `lengths`. */
int64_t rm_usual_length(int64_t *lengths, int64_t n);

#endif
