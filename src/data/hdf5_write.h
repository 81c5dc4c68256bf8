/* Writes datasets as HDF5, so that rm_hdf5_read, h5py and xarray find names and times. */
#ifndef RM_HDF5_WRITE_H
#define RM_HDF5_WRITE_H

#include "rimer/dataset.h"

/* One series is written to the root, several to a group each. The same data give the same bytes.
 * Written aside and renamed. RIMER_IO. RIMER_USAGE: stdout, or no plain file. RIMER_FAILED:
 * libhdf5 is not installed. */
rimer_status rm_hdf5_write(const rimer_dataset *dataset, const char *path);

#endif
