/* The times of an HDF5 file, and what it says of them: the same for all series. */
#ifndef RM_HDF5_TIMES_H
#define RM_HDF5_TIMES_H

#include "data/hdf5_series.h"

#define RM_HDF5_AXES 1024

/* Times that several series may have in common, left open for them. */
typedef struct rm_hdf5_axis {
    rm_hdf5_identity identity;
    rm_hdf5_set set;
    rm_cf_clock clock; /* as its units say */
} rm_hdf5_axis;

typedef struct rm_hdf5_times {
    rm_cf_clock clock;
    rm_hdf5_axis *axes;    /* [RM_HDF5_AXES] each at a place that its identity tells */
    rm_hdf5_texts columns; /* names of the time columns they came from */
    rm_time_format format; /* how they were spelled */
    bool has_format;       /* the file says it */
    int64_t shift;         /* from UTC to the offset that they were written in */
    bool own_frequency;    /* the file says it, not the user */
} rm_hdf5_times;

/* Opens the times of the first series and completes the options by what the file says of
 * frequency and steps. */
rimer_status rm_hdf5_times_find(rm_hdf5_times *times, const rm_hdf5_file *file,
                                const rm_hdf5_object *group, rm_hdf5_series *series,
                                rimer_read_options *options);

/* Opens those of a further series. RIMER_DATA: only one of them has units. */
rimer_status rm_hdf5_times_next(rm_hdf5_times *times, const rm_hdf5_file *file,
                                const rm_hdf5_object *group, rm_hdf5_series *series);

/* How the times are spelled, once all were read. */
rm_time_format rm_hdf5_times_format(const rm_hdf5_times *times);
void rm_hdf5_times_free(rm_hdf5_times *times, const rm_hdf5_file *file);

#endif
