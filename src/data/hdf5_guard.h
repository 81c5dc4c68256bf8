/* Child processes that bear what libhdf5 does when a file is damaged or a disk is full. */
#ifndef RM_HDF5_GUARD_H
#define RM_HDF5_GUARD_H

#include "base/error.h"

#include <stdio.h>

/* libhdf5 reads out of bounds, or for ever, in some damaged files (docs/data.md has figures), and
 * never lets go of others. So a child process reads: it does `there(arg, to)`, whose bytes
 * `here(arg, from)` gets in this process as they come, up to a zero byte behind them. The child has
 * no output, leaves no core, ends when its host is killed (on Linux), and has as much processor
 * time as the file's size can explain. The caller holds the library (rm_hdf5_enter), so that no
 * other thread is inside it while the process is copied. Status and sentence are those of `there`,
 * or else of `here`. RIMER_DATA: the child did not survive. RIMER_FAILED: there can be no child. */
rimer_status rm_hdf5_read_apart(const char *path, rimer_status (*there)(void *arg, FILE *to),
                                rimer_status (*here)(void *arg, FILE *from), void *arg);

/* Does `work(arg, to)`, which writes a file under another name and tells nothing, in a child process
 * alone and with all the time that it takes: what the library cannot write it keeps, and version
 * 1.10.8 crashes over it at the end of the process. `path` is for the sentence. RIMER_IO: the child
 * did not survive. */
rimer_status rm_hdf5_write_apart(const char *path, rimer_status (*work)(void *arg, FILE *to),
                                 void *arg);

#endif
