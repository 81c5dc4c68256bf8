/* Intervals of a forecast corrected by what the end of the data says of them: earlier forecasts
 * are made anew, as if each had been asked for in its time, and their quantiles follow hits and
 * misses (adaptive.h) up to the forecast itself. */
#ifndef RM_LOOK_BACK_H
#define RM_LOOK_BACK_H

#include "base/threads.h"
#include "rimer/forecast.h"

typedef struct rm_look_back {
    const rimer_model *model;
    const rimer_dataset *dataset;
    rimer_levels levels;
    int64_t context_len, horizon;
    double rate; /* of rm_adaptive_create */
} rm_look_back;

/* Corrects values[series][channels][levels][horizon], forecasts of what follows the dataset in
 * its own units. Looks back over 16 horizons, as far as there are whole contexts before; a
 * channel with less stays as it is. RIMER_NO_MEMORY. */
rimer_status rm_look_back_correct(const rm_look_back *job, rm_pool *pool, float *values);

#endif
