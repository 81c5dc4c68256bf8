/* The log of a training: CSV, a line an epoch. It appears with the first line, in the place of an
 * older one, and then grows; each line reaches the system whole. A run that goes on keeps the
 * lines of the epochs before and says the others again. */
#ifndef APP_TRAINLOG_H
#define APP_TRAINLOG_H

#include "options.h"

typedef struct train_log {
    const char *path; /* NULL: none, "-": standard output */
    int goes_on;
    FILE *stream; /* NULL before the first line */
    int failed;   /* and the sentence was said */
    int closed;   /* the reader of a pipe went away */
} train_log;

/* A file that is no log is not replaced unless `force`. -1, or the exit code after a message. */
int train_log_check(const app_program *program, const char *path, int force);

/* Adds the line of an epoch that ended. */
void train_log_add(train_log *log, const app_program *program, const rimer_progress *epoch);

/* -1, or the exit code if anything failed. */
int train_log_close(train_log *log, const app_program *program);

#endif
