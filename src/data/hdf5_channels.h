/* The channels of an HDF5 file: their names, and which of them are wanted. */
#ifndef RM_HDF5_CHANNELS_H
#define RM_HDF5_CHANNELS_H

#include "data/hdf5_series.h"

typedef struct rm_hdf5_channels {
    rm_hdf5_texts shared; /* names that stand at the root for all groups, if any */
    rm_hdf5_texts names;  /* of all columns, from the first series */
    bool has_names;       /* which the first series has in a dataset of its own, this one */
    rm_hdf5_identity identity;
    int64_t *columns; /* what wanted points to */
    rm_hdf5_wanted wanted;
} rm_hdf5_channels;

/* Reads the dataset "names" of a group. */
rimer_status rm_hdf5_channel_names(const rm_hdf5_file *file, const rm_hdf5_object *group,
                                   rm_hdf5_texts *names);

/* Finds the names of the first series, made of the datasets `sets`, and chooses: `list` names
 * channels, separated by commas; "": all. RIMER_USAGE: one of them is not there. */
rimer_status rm_hdf5_channels_find(rm_hdf5_channels *channels, const rm_hdf5_file *file,
                                   const rm_hdf5_object *group, const rm_hdf5_series *series,
                                   const char *const *sets, const char *list);

/* RIMER_DATA unless another series has the same channels. */
rimer_status rm_hdf5_channels_compare(const rm_hdf5_channels *channels,
                                      const rm_hdf5_file *file, const rm_hdf5_object *group,
                                      const rm_hdf5_series *series, const char *const *sets);
void rm_hdf5_channels_free(rm_hdf5_channels *channels);

#endif
