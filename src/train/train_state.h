/* Where a run stands, and its file: with it, a run that was stopped ends with the same bits as
 * one that was not (docs/files.md). */
#ifndef RM_TRAIN_STATE_H
#define RM_TRAIN_STATE_H

#include "train/run_key.h"
#include "train/schedule.h"

typedef struct rm_train_state {
    int64_t total;           /* elements of each block */
    rm_real *average;        /* borrowed: the model's values, an average of the params */
    rm_real *params, *m, *v; /* weights that are trained, and their moments */
    rm_real *best;           /* the average of the best epoch */
    int64_t epoch;           /* present one, from 1; 0 before the first */
    int64_t rows_done;       /* rows of the present epoch that are done */
    int64_t step;            /* steps done in all */
    double loss_sum;         /* of the present epoch */
    int64_t loss_count;
    double best_score; /* by which weights are kept: CRPS with quantiles, else MSE */
    double best_mse, best_mae;
    int64_t best_epoch, bad_epochs;
    int64_t twin; /* 1: the network is done, and all of the above is of its twin */
    int64_t done_epochs, done_best_epoch, done_steps; /* of the network, once it is done */
    int64_t refit;  /* 1: the run has chosen its model, and all of this is of its refit */
    double seconds; /* spent in earlier runs */
    rm_plateau plateau;
} rm_train_state;

/* Params and best begin as a copy of `average`. */
rimer_status rm_train_state_create(rm_train_state *state, rm_real *average, int64_t total);
/* The network is done: its best weights become the average, and its twin begins. */
void rm_train_state_turn(rm_train_state *state);

/* The best weights become the average, which is the model's. */
void rm_train_state_take_best(rm_train_state *state);

void rm_train_state_free(rm_train_state *state);

/* Kept with the key of the run, the build (rimer_build_text) and a checksum over all. RIMER_IO.
 * */
rimer_status rm_train_state_save(const rm_train_state *state, const rm_run_key *key,
                                 const char *path);

/* Fills a created state. RIMER_MODEL: damaged. RIMER_USAGE: of another run; or of another
 * build, whose bits may be others, unless `any_build`. */
rimer_status rm_train_state_load(rm_train_state *state, const rm_run_key *key, int any_build,
                                 const char *path);

/* Whether rm_train_state_load would take the file, as far as can be told before there is a
 * network. */
rimer_status rm_train_state_check(const rm_run_key *key, int any_build, const char *path);

#endif
