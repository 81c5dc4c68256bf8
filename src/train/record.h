/* The training record that a model carries: JSON of what the run came to. */
#ifndef RM_RECORD_H
#define RM_RECORD_H

#include "model/model_inside.h"
#include "rimer/train.h"

/* Everything of `report` but the seconds, which would differ from run to run. */
rimer_status rm_record_put(rimer_model *model, const rimer_train_report *report, int64_t steps);

/* What is not there is 0, or NaN where it is an error. */
void rm_record_get(const rimer_model *model, rimer_train_report *report);

#endif
