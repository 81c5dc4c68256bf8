/* Training. */
#ifndef RIMER_TRAIN_H
#define RIMER_TRAIN_H

#include "rimer/metrics.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Fills every setting of `config` that is 0 for "chosen from the data": context, horizon, patch
 * and output length, epochs. Of several series the usual length counts (docs/model.md, Defaults). RIMER_USAGE: rimer_config_check. RIMER_DATA: the data are too short
 * for any model. */
RIMER_API rimer_status rimer_config_choose(rimer_config *config, const rimer_dataset *dataset);

typedef struct rimer_progress {
    int64_t epoch, n_epochs; /* epoch counts from 1; 0 before the first */
    int64_t step, n_steps;   /* of all epochs */
    double loss;             /* mean over this epoch so far; NaN before the first step */
    double lr;
    double rows_per_second;
    double seconds, seconds_left; /* since the start; estimate to the end */
    int epoch_ended;              /* 1: the fields below are this epoch's */
    double val_mse, val_mae;      /* standardised, at the horizon; epoch 0 is the fresh model */
    double best_val_mse;
    int64_t best_epoch;
} rimer_progress;

typedef struct rimer_train_hooks {
    void *user;
    /* Called a few times a second and at each epoch's end; nonzero stops after this step. */
    int (*progress)(void *user, const rimer_progress *progress);
    /* Where training can be resumed from after a stop, and where it is resumed from if the file
     * is there and `resume` is set; NULL: never. Removed when training ends by itself. */
    const char *state_path;
    int resume;
    /* Weights to start from in the place of random ones, origin and all; NULL: none. Its network
     * must be the one that `config` describes. Borrowed while training runs. */
    const rimer_model *init;
} rimer_train_hooks;

/* What training passes over. */
typedef struct rimer_left_out {
    int64_t n_short_series; /* series without a training window */
    int64_t n_empty_rows;   /* channels of the other series without an observed training step */
    char first_empty[512];  /* names the first of them: column "b"; "" if there is none */
} rimer_left_out;

/* `config` must be complete (rimer_config_choose). RIMER_USAGE: its split. */
RIMER_API rimer_status rimer_train_left_out(const rimer_dataset *dataset,
                                            const rimer_config *config, rimer_left_out *out);

typedef struct rimer_train_report {
    int64_t n_windows, n_rows;  /* of the training part: starts, and rows (start, channel) */
    int64_t epochs, best_epoch; /* run; the one whose weights were kept, 0: the fresh model */
    double val_mse, val_mae;    /* of the weights kept */
    double seconds;
} rimer_train_report;

/* Trains a model on the training part of `dataset`, keeping the weights of the epoch with the
 * lowest validation MSE (standardised as the evaluation protocol does, whatever the scaler).
 * `config` must be complete (rimer_config_choose). `hooks` may be NULL.
 * Same dataset, config and seed give the same bits, whatever the number of threads.
 * RIMER_USAGE, RIMER_DATA (too few windows, none observed, log1p of -1 or less), RIMER_INTERRUPTED: a hook stopped it; then *out is
 * the best model so far and the state is saved. */
RIMER_API rimer_status rimer_train(const rimer_dataset *dataset, const rimer_config *config,
                                   const rimer_train_hooks *hooks, rimer_model **out,
                                   rimer_train_report *report);

#ifdef __cplusplus
}
#endif
#endif
