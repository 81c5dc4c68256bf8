/* What was found in an HDF5 file goes through a pipe, from the process that reads the file to the
 * one that wants it, row by row: neither has to hold it twice, and both work at once. */
#ifndef RM_HDF5_PIPE_H
#define RM_HDF5_PIPE_H

#include "data/hdf5_found.h"

#include <stdio.h>

typedef struct rm_hdf5_teller {
    FILE *to;
    int64_t n_channels;
} rm_hdf5_teller;

/* Sends what it takes. */
rm_hdf5_taker rm_hdf5_pipe_taker(rm_hdf5_teller *teller);

/* Sends all of `found` but its rows. What fails shows at the other end. */
void rm_hdf5_pipe_tell(FILE *to, const rm_hdf5_found *found);

/* Hears everything up to a zero byte, or what else is no part of it. RIMER_NO_MEMORY. */
rimer_status rm_hdf5_pipe_hear(FILE *from, rm_hdf5_found *found);

/* Exactly so many bytes, whatever signals come between. False: there are not as many. */
bool rm_hdf5_pipe_read(FILE *from, void *bytes, size_t size);

#endif
