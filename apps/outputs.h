/* Output files are looked at before the work starts, not after an hour of it. */
#ifndef APP_OUTPUTS_H
#define APP_OUTPUTS_H

#include "options.h"

/* Whether two names lead to the same file, or would if it was there. */
int output_is_same(const char *a, const char *b);

/* -1 if `path` can be written; else the exit code after a message: 2 when it is the same file as
 * `input` (NULL: no such rule), 1 when it is a folder, protected, or a link that leads nowhere,
 * or when its folder is missing or closed. "-" is always fine. `what` names the file in the
 * message: "the model". */
int output_check(const app_program *program, const char *what, const char *path,
                 const char *input);

/* Takes the lock of a file that is written for long (rimer_writelock_take). -1, or the exit code
 * after a message. */
int output_lock(const app_program *program, rimer_writelock *lock, const char *path);

/* `path` without folders and without .csv or .gz, then `ending`; "" if it does not fit. */
void output_default(const char *path, const char *ending, char *out, size_t size);

#endif
