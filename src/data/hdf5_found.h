/* What was found in an HDF5 file, on its way to become a dataset: here, or told by a child
 * process. */
#ifndef RM_HDF5_FOUND_H
#define RM_HDF5_FOUND_H

#include "data/hdf5_text.h"
#include "data/rows.h"

/* What the file says beside names and rows. */
typedef struct rm_hdf5_facts {
    rimer_read_options options; /* as given, completed by the file */
    char ignored[RIMER_TEXT_SIZE];
    int64_t n_series;
    bool has_time, own_frequency; /* the file says it, not the user */
    rm_time_format format;
} rm_hdf5_facts;

typedef struct rm_hdf5_found {
    rm_hdf5_facts facts;
    rm_hdf5_texts channels, time_columns;
    rm_rows rows;
    int64_t series, line; /* of the last row */
} rm_hdf5_found;

/* Who takes what is read, in this order: how many channels there are, and of each series its name
 * and then its rows, values[n][n_channels]. `arg` is theirs. */
typedef struct rm_hdf5_taker {
    rimer_status (*begin)(void *arg, int64_t n_channels);
    rimer_status (*series)(void *arg, const char *id);
    rimer_status (*rows)(void *arg, int64_t n, const int64_t *times, const float *values);
    void *arg;
} rm_hdf5_taker;

/* Takes it into `found`. */
rm_hdf5_taker rm_hdf5_found_taker(rm_hdf5_found *found);

/* Makes a dataset of it, called `name`. `path` is for sentences. */
rimer_status rm_hdf5_found_build(rm_hdf5_found *found, const char *name, const char *path,
                                 rimer_dataset **out);
void rm_hdf5_found_free(rm_hdf5_found *found);

#endif
