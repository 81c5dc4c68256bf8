/* What training shows while it runs, its log, and how it is stopped. */
#ifndef APP_PROGRESS_H
#define APP_PROGRESS_H

#include "options.h"

typedef struct train_progress {
    const app_program *program;
    FILE *log;
    const char *log_path;
    int quiet, moves;
} train_progress;

/* Opens the log (NULL: none; `append` when a run goes on) and catches SIGINT and SIGTERM: the
 * first makes progress_show stop the training, the second leaves at once. -1, or the exit code
 * after a message. */
int progress_open(train_progress *progress, const app_program *program, const char *log,
                  int quiet, int append);

/* The hook of rimer_train; `user` is the struct. */
int progress_show(void *user, const rimer_progress *state);

/* Clears the bar and closes the log. -1, or the exit code after a message. */
int progress_close(train_progress *progress);

#endif
