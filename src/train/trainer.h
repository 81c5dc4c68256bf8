/* A training run: all that it has, and how it is set up. train.c runs it. */
#ifndef RM_TRAINER_H
#define RM_TRAINER_H

#include "base/threads.h"
#include "train/lanes.h"
#include "train/run_files.h"
#include "train/schedule.h"
#include "train/train_state.h"

typedef struct rm_trainer {
    const rimer_dataset *dataset;
    rimer_config config;
    rimer_train_hooks hooks;
    rimer_model *model;
    rimer_model part; /* the model; of one with a twin, the network that is trained now */
    rimer_model *own; /* the model with maps of the channels' own, where those are better */
    int64_t own_asked;
    /* Of a refit: the model that the run has chosen, whose settings and epochs it takes, and what was
     * said of it. Else NULL. */
    rimer_model *chosen;
    rimer_train_report first;
    rm_scaler scaler;
    rm_windows windows;
    char *taught;   /* [n_series][n_channels] 0: nothing to learn from */
    int64_t n_rows; /* of the windows, those that teach */
    int64_t n_val_rows, n_val_scored;
    rm_pool *pool;
    rm_lanes *lanes;
    rimer_forecaster *forecaster; /* `part`, for validation */
    rm_train_state state;
    rm_schedule schedule;
    int64_t *order; /* [windows.n_rows] of the present epoch, its rows_per_epoch first */
    int64_t rows_per_epoch, steps_per_epoch;
    rm_run_key key;
    rm_run_files files;
    rm_run_start start;
    double begin, reported; /* seconds on the monotonic clock */
    int64_t rows_here;      /* trained since `begin` */
    int stop;
} rm_trainer;

/* Before any work, of a run whose dataset, config and hooks are set: what run this is. RIMER_USAGE,
 * RIMER_DATA: settings that do not go with each other, the data or this machine. */
rimer_status rm_trainer_set_key(rm_trainer *run);

/* All that steps need, from the beginning or from where run->start says that the run goes on. */
rimer_status rm_trainer_set_up(rm_trainer *run);

/* The run has chosen: all that it had for that goes, but for the report of it in run->first, and what
 * its refit needs is set up. Takes `chosen`. */
rimer_status rm_trainer_turn(rm_trainer *run, rimer_model *chosen);

/* Frees all but the models. */
void rm_trainer_tear_down(rm_trainer *run);

/* Whether a row of the windows has anything to learn from. */
int rm_trainer_teaches(const rm_trainer *run, int64_t row);

/* Makes `part` of the model what the state says is trained now. */
rimer_status rm_trainer_set_part(rm_trainer *run);

/* Lanes for steps on `part`. */
rimer_status rm_trainer_set_lanes(rm_trainer *run);

#endif
