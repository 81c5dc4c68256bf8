/* What a dataset is made of; only the files of this folder look inside. */
#ifndef RM_DATASET_INSIDE_H
#define RM_DATASET_INSIDE_H

#include "data/frequency.h"
#include "rimer/dataset.h"

typedef struct rm_stored_series {
    char *id;
    int64_t n_steps;
    float *values;  /* [n_channels][n_steps] */
    int64_t *times; /* [n_steps] */
} rm_stored_series;

struct rimer_dataset {
    char *name;
    int64_t n_time_columns;
    char **time_columns; /* names of the columns that make up the time */
    char *time_name;     /* all of them, separated by commas */
    int64_t n_channels;
    char **channel_names;
    int64_t n_series;
    rm_stored_series *series;
    rm_time_format format;
    rm_zone *zone;          /* what format.zone_rules borrows; NULL: none */
    rm_frequency grid;      /* how times go on */
    rm_frequency frequency; /* what a step means: the grid, or what the user said of numbers */
    char frequency_text[32];
    rimer_read_notes notes;
};

/* An empty dataset with room for channel names and series (zeroed), without a time column. */
rimer_status rm_dataset_new(rimer_dataset **out, const char *name, int64_t n_channels,
                            int64_t n_series);

rimer_status rm_dataset_set_time_columns(rimer_dataset *dataset, int64_t n,
                                         const char *const *names);

/* Room for the values and times (all 0) of one series. RIMER_NO_MEMORY also if the values are more
 * than the machine's memory, before any of it is taken. */
rimer_status rm_series_room(rm_stored_series *series, const char *id, int64_t n_steps,
                            int64_t n_channels);

/* The same with all values missing. */
rimer_status rm_series_new(rm_stored_series *series, const char *id, int64_t n_steps,
                           int64_t n_channels);

#endif
