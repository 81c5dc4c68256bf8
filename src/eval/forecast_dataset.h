/* The forecast of a dataset, between what makes it and what writes it. */
#ifndef RM_FORECAST_DATASET_H
#define RM_FORECAST_DATASET_H

#include "rimer/forecast.h"

struct rimer_forecast {
    const rimer_dataset *dataset;
    int64_t horizon;
    rimer_forecast_wanted wanted;
    rimer_levels levels; /* of all that is wanted, 0.5 among them */
    int median;
    float *values; /* [n_series][n_channels][levels][horizon], original units */
};

/* Of `values`. */
int64_t rm_forecast_n_values(const rimer_forecast *forecast);

#endif
