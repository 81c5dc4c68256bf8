/* What training shows while it runs, its log, and how it is stopped. */
#ifndef APP_PROGRESS_H
#define APP_PROGRESS_H

#include "trainlog.h"

typedef struct train_progress {
    const app_program *program;
    train_log log;
    int quiet, moves;
    char label[64]; /* if there is one, the bar begins with it, and epochs go unsaid */
} train_progress;

/* Catches signals (interrupt.h), which make progress_show stop the training. `log` NULL: none;
 * `goes_on` when a run does. */
void progress_open(train_progress *progress, const app_program *program, const char *log,
                   int quiet, int goes_on);

/* The hook of rimer_train; `user` is the struct. Epochs of a refit, which have no errors, are not
 * logged. */
int progress_show(void *user, const rimer_progress *state);

/* Makes room for other lines. */
void progress_clear(const train_progress *progress);

/* Clears the bar, closes the log and lets signals be. -1, or the exit code if the log failed.
 * */
int progress_close(train_progress *progress);

#endif
