/* The forecast of a dataset, between what makes it and what writes it. */
#ifndef RM_FORECAST_DATASET_H
#define RM_FORECAST_DATASET_H

#include "data/csv_write.h"
#include "rimer/forecast.h"

struct rimer_forecast {
    const rimer_dataset *dataset;
    int64_t horizon;
    rimer_forecast_wanted wanted;
    rimer_levels levels; /* of all that is wanted, 0.5 among them */
    int median;
    char **problems; /* [n_series][n_channels] why there is no forecast, NULL where there is */
    float *values;   /* [n_series][n_channels][levels][horizon], original units */
};

/* Everything that is wanted as one list, 0.5 among it. RIMER_USAGE: the model has it not. */
rimer_status rm_forecast_levels(const rimer_model *model, const rimer_forecast_wanted *wanted,
                                rimer_levels *levels);

/* How a forecast is written: as a wide or a long table, with a column `cutoff` for the time of
 * the last step read or without. RIMER_USAGE: no such style. */
typedef struct rm_forecast_form {
    int wide, cutoff;
} rm_forecast_form;
rimer_status rm_forecast_form_make(rm_forecast_form *form, const char *style, int cutoff);

/* RIMER_USAGE names two columns of a wide table that would go by one name: nobody could read
 * it. */
rimer_status rm_forecast_check_names(const rm_forecast_form *form,
                                     const rimer_forecast *forecast);
void rm_forecast_write_header(rm_csv_writer *csv, const rm_forecast_form *form,
                              const rimer_forecast *forecast);
void rm_forecast_write_rows(rm_csv_writer *csv, const rm_forecast_form *form,
                            const rimer_forecast *forecast);

/* Of `values`, and of `problems`. */
int64_t rm_forecast_n_values(const rimer_forecast *forecast);
int64_t rm_forecast_n_rows(const rimer_forecast *forecast);

#endif
