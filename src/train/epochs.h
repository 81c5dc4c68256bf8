/* The epochs of a run: steps, what is said of them, and after each the validation that keeps the best
 * weights. */
#ifndef RM_EPOCHS_H
#define RM_EPOCHS_H

#include "train/trainer.h"
#include "train/validation.h"

/* Trains the network, and its twin if there is one, from where the state stands; what is kept is the
 * state's best. RIMER_INTERRUPTED: run->stop. RIMER_DATA, RIMER_FAILED, RIMER_IO. */
rimer_status rm_epochs_run(rm_trainer *run);

/* What the run has come to. */
rimer_train_report rm_epochs_report(const rm_trainer *run);

/* Steps done of both networks. */
int64_t rm_epochs_steps(const rm_trainer *run);

/* Validation errors of any model. RIMER_INTERRUPTED. */
rimer_status rm_epochs_score(rm_trainer *run, const rimer_model *model, rm_validation *score);

/* Writes the run's files. */
rimer_status rm_epochs_save(rm_trainer *run);

/* For long work beside the epochs: tells how the run stands, and whether it is to stop. */
int rm_epochs_should_stop(void *run);

#endif
