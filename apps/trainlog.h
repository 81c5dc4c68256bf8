/* The log of a training: CSV, a line an epoch. It appears with the first line, in the place of an
 * older one, and then grows. A run that goes on keeps the lines of the epochs before and says the
 * others again. */
#ifndef APP_TRAINLOG_H
#define APP_TRAINLOG_H

#include "growing.h"

typedef struct train_log {
    growing_file file; /* its path is NULL without a log */
    int goes_on;
} train_log;

/* A file that is no log is not replaced unless `force`. -1, or the exit code after a message. */
int train_log_check(const app_program *program, const char *path, int force);

/* Adds the line of an epoch that ended. */
void train_log_add(train_log *log, const app_program *program, const rimer_progress *epoch);

/* Whether there is nothing left to add to. */
int train_log_ended(const train_log *log);

/* -1, or the exit code if anything failed. */
int train_log_close(train_log *log, const app_program *program);

#endif
