/* Reads HDF5 and netCDF-4 files: docs/data.md says how they may be laid out. */
#ifndef RM_HDF5_READ_H
#define RM_HDF5_READ_H

#include "rimer/dataset.h"

#include <stdbool.h>

/* Attributes by which a file that Rimer wrote keeps what HDF5 has no place for. All are of the
 * times, but "id", of the group. */
#define RM_HDF5_ID "id"
#define RM_HDF5_PATTERN "rimer_format"            /* how the times were spelled */
#define RM_HDF5_ZONE "rimer_zone"                 /* by which clocks */
#define RM_HDF5_TIME_COLUMNS "rimer_time_columns" /* their names, if not just "time" */
#define RM_HDF5_NO_TIME "rimer_no_time" /* "yes" if steps are numbered without a column */
#define RM_HDF5_FREQUENCY "rimer_frequency"
#define RM_HDF5_STEPS "rimer_steps" /* "rows" if times do not follow the frequency */

/* Whether `path` is an HDF5 file, by its signature, or names something inside a file. */
bool rm_hdf5_is(const char *path);

/* See rimer_dataset_read. RIMER_FAILED: libhdf5 is not installed. */
rimer_status rm_hdf5_read(const char *path, const rimer_read_options *options,
                          rimer_dataset **out);

#endif
