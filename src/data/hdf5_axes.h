/* Which series of a dataset have the same times: an HDF5 file holds them once. */
#ifndef RM_HDF5_AXES_H
#define RM_HDF5_AXES_H

#include "data/dataset_inside.h"

typedef struct rm_hdf5_axes {
    bool follow_grid; /* all times are where the frequency says */
    int64_t *order; /* [n_series] series with the same times one behind the other, ascending */
    int64_t *first; /* [n_series] the first series that has the times of this one */
} rm_hdf5_axes;

/* On failure there is nothing to free. */
rimer_status rm_hdf5_axes_find(rm_hdf5_axes *axes, const rimer_dataset *dataset);
void rm_hdf5_axes_free(rm_hdf5_axes *axes);

#endif
