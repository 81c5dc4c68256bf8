/* Files written aside: a reader never sees half a file, a failure leaves the old one alone. */
#ifndef RM_WRITEFILE_H
#define RM_WRITEFILE_H

#include "base/error.h"

#include <stdio.h>

typedef struct rm_writefile {
    FILE *stream; /* write here */
    char *path;   /* final name, as it was given */
    char *target; /* what is renamed over: the path, or where a link of that name leads */
    char *aside;  /* name while writing, in the same folder; NULL: the file itself is written */
} rm_writefile;

/* Opens `path` for writing under a temporary name beside it. "-" (stdout) and what is there but
 * no plain file (/dev/null, a pipe) are written themselves. RIMER_IO. */
rimer_status rm_writefile_open(rm_writefile *file, const char *path);

/* Flushes, syncs, renames over the final name and syncs the folder. On RIMER_IO the final name
 * is as it was and the temporary file is gone. The struct is spent either way. */
rimer_status rm_writefile_commit(rm_writefile *file);

/* Closes and removes what was written aside; the struct is spent. The error sentence stays. */
void rm_writefile_abandon(rm_writefile *file);

#endif
