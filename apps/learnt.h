/* What models have learnt of the data at hand: which steps are no test of them. */
#ifndef APP_LEARNT_H
#define APP_LEARNT_H

#include "models.h"

/* The models of -m, read from `paths`, and the data. */
typedef struct learnt_by {
    const app_program *program;
    const app_operands *paths;
    const model_list *models;
} learnt_by;

/* The split whose training part the first one has learnt. */
void learnt_split(const learnt_by *by, char split[RIMER_TEXT_SIZE]);

/* Before scores by the models' own split: -1, or the exit code where they differ in it, as the test
 * part of one may be what another was trained on, or where a refit has left nothing of `part`. */
int learnt_check(const learnt_by *by, int part);

/* Notice of steps that are scored by `protocol` and that a model was trained on. */
void learnt_tell_scored(const learnt_by *by, const rimer_dataset *dataset,
                        const rimer_protocol *protocol);

/* Notice of steps that --adapt looks back on and that a model was trained on by a refit. */
void learnt_tell_adapted(const learnt_by *by, const rimer_dataset *dataset);

#endif
