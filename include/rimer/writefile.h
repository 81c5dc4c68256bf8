/* Files written aside: a reader never sees half a file, a failure leaves the old one alone. */
#ifndef RIMER_WRITEFILE_H
#define RIMER_WRITEFILE_H

#include "rimer/status.h"

#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct rimer_writefile {
    FILE *stream; /* write here */
    char *path;   /* final name, as it was given */
    char *target; /* what is renamed over: the path, or where a link of that name leads */
    char *aside;  /* name while writing, in the same folder; NULL: the file itself is written */
    int folder;   /* descriptor of the folder; -1 if it cannot be opened */
} rimer_writefile;

/* Opens `path` for writing under a temporary name beside it, `path`.rimer-tmp. "-" (stdout) and
 * what is there but no plain file (/dev/null, a pipe) are written themselves. A temporary file
 * that a killed process left for the same `path` is removed. A file that is replaced hands on its
 * rights, and owner and group where the process may give them. RIMER_IO, also of a name that is
 * empty. */
RIMER_API rimer_status rimer_writefile_open(rimer_writefile *file, const char *path);

/* Flushes, syncs, renames over the final name and syncs the folder. On RIMER_IO the final name
 * is as it was and the temporary file is gone. The struct is spent either way. */
RIMER_API rimer_status rimer_writefile_commit(rimer_writefile *file);

/* The same, but the stream stays open, to be added to under the final name: for a file that
 * grows. The caller closes the stream. On RIMER_IO it is closed. */
RIMER_API rimer_status rimer_writefile_publish(rimer_writefile *file, FILE **stream);

/* Closes and removes what was written aside; the struct is spent. Nothing for one that is spent, or
 * filled with zeros. The error sentence stays. */
RIMER_API void rimer_writefile_abandon(rimer_writefile *file);

/* Removes a file and what killed processes left beside it. That there is none is fine. RIMER_IO. */
RIMER_API rimer_status rimer_writefile_remove(const char *path);

/* Says that one process, or one part of it, writes a file, over and over or for long. Nothing is
 * held while `name` is NULL. */
typedef struct rimer_writelock {
    char *name; /* `path`.rimer-lock, an empty file that is there and locked meanwhile */
    int fd;
} rimer_writelock;

/* Takes the lock of `path`, whether or not that is there; it ends with the process at the latest.
 * Where there can be none, nothing is held: "-", what is no plain file, a file system without
 * locks. RIMER_IO: somebody else has it. */
RIMER_API rimer_status rimer_writelock_take(rimer_writelock *lock, const char *path);
RIMER_API void rimer_writelock_release(rimer_writelock *lock);

#ifdef __cplusplus
}
#endif
#endif
