/* Training. */
#ifndef RIMER_TRAIN_H
#define RIMER_TRAIN_H

#include "rimer/metrics.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Fills every setting of `config` that is 0, or `auto` for `phase` and `moments`, to be chosen from
 * the data: context, horizon, patch and output length, periods, moments, epochs. Of several series
 * the usual length counts (docs/model.md, Defaults).
 * RIMER_USAGE: rimer_config_check. RIMER_DATA: the data are too short for any model. */
RIMER_API rimer_status rimer_config_choose(rimer_config *config, const rimer_dataset *dataset);

/* Fills horizon and context of `protocol` that are 0 with what rimer_config_choose takes for them.
 * A split without a validation part will do, whose test part then bounds the horizon.
 * RIMER_USAGE: its split. RIMER_DATA: the data are too short. */
RIMER_API rimer_status rimer_protocol_choose(rimer_protocol *protocol,
                                             const rimer_dataset *dataset);

/* By which validation error weights are kept: 1: by the CRPS, because the head has quantiles from
 * 0.1 to 0.9; 0: by the MSE. */
RIMER_API int rimer_train_by_crps(const rimer_config *config);

typedef struct rimer_progress {
    int network,
        n_networks; /* trained one after the other (moments both: 2, the twin last), from 1 */
    int refit;      /* 1: the model is chosen, and trained anew (hooks->chosen) */
    int64_t epoch, n_epochs; /* of the present network; counts from 1; 0 before the first */
    int64_t step, n_steps;   /* of all its epochs */
    double share;            /* done of all networks, 0 to 1; a refit begins again at 0 */
    double loss;             /* mean over this epoch so far; NaN before the first step */
    double lr;
    double rows_per_second;
    double seconds, seconds_left; /* since the start; estimate to the end */
    int epoch_ended;              /* 1: the fields below are this epoch's */
    double val_mse,
        val_mae; /* standardised, at the horizon; epoch 0 is the fresh model; NaN in a refit */
    double val_crps; /* NaN unless rimer_train_by_crps */
    double best_val_mse;
    int64_t best_epoch;
} rimer_progress;

struct rimer_train_report;

typedef struct rimer_train_hooks {
    void *user;
    /* Called a few times a second and at each epoch's end; nonzero stops after this step. */
    int (*progress)(void *user, const rimer_progress *progress);
    /* Called once of a run with `refit`, before that begins or goes on: the model that validates
     * best, borrowed, and what is said of it. */
    void (*chosen)(void *user, const rimer_model *model,
                   const struct rimer_train_report *report);
    /* Where the model goes when training ends by itself; NULL: nowhere. While training runs two
     * files stand beside it, written now and then (checkpoint_seconds, checkpoint_steps) and at a
     * stop: where the run stands (rimer_train_state_path) and the best model so far
     * (rimer_train_best_path). They go once the model is there. What another run wrote is never
     * replaced: a run is its data, its settings but for threads and checkpoints, and `init`. */
    const char *model_path;
    /* Go on from the training state, to the same bits as a run never stopped; without one begin,
     * or if the model of this very run is there already, return that. */
    int resume;
    /* Replace what another run wrote; begin anew where this one was interrupted; resume though
     * kernels or BLAS are not those that the state was saved with, so that bits may differ. */
    int force;
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

/* `config` must be complete (rimer_config_choose). RIMER_USAGE: it is not, its split is none, or
 * rimer_config_check. */
RIMER_API rimer_status rimer_train_left_out(const rimer_dataset *dataset,
                                            const rimer_config *config, rimer_left_out *out);

/* What conformal calibration has to go by. */
typedef struct rimer_calibration {
    int64_t n_windows; /* of the validation part, without overlap, of all channels */
    double told;    /* share of the widest central interval that so many can tell; 0: of none */
    double offered; /* share of the widest one of such a model, told or not */
} rimer_calibration;

/* Of settings as in rimer_train_left_out. */
RIMER_API rimer_status rimer_train_calibration(const rimer_dataset *dataset,
                                               const rimer_config *config,
                                               rimer_calibration *out);

typedef struct rimer_train_report {
    int64_t n_windows, n_rows;  /* of the training part: starts, and rows (start, channel) */
    int64_t epochs, best_epoch; /* run; the one whose weights were kept, 0: the fresh model */
    int64_t twin_epochs, twin_best_epoch; /* the same of the twin (moments both) */
    /* Rows of the validation part, and how many of them its errors are of: fewer where there are more
     * than `val_rows`. */
    int64_t n_val_rows, n_val_scored;
    double val_mse, val_mae; /* of the weights kept */
    double val_crps;         /* NaN unless rimer_train_by_crps */
    /* The validation error that decides, without and with maps of the channels' own (`own_channels`);
     * NaN: none were tried. */
    double shared_score, own_score;
    int64_t refit_windows, refit_rows; /* of what a refit learnt; 0: there was none */
    double seconds;
    int was_done; /* 1: `resume` found the run finished, and nothing was trained */
} rimer_train_report;

/* Trains a model on the training part of `dataset`, keeping the weights of the epoch with the
 * lowest validation error (rimer_train_by_crps), standardised as the evaluation protocol does,
 * whatever the scaler. With `refit` a model of those settings, also of those that validation chose, is
 * then trained anew, from the same seed and for as many epochs, on all that rimer_config_learnt
 * tells; it keeps the calibration of the first.
 * `config` must be complete (rimer_config_choose); 0 epochs are no training: the fresh model with
 * its fitted map. `hooks` and `report` may be NULL.
 * Same dataset, config and seed give the same bits, whatever the number of threads.
 * RIMER_USAGE (settings, or files of another run at hooks->model_path), RIMER_IO (also: another
 * training writes there at this time, rimer_writelock_take), RIMER_MODEL (a damaged training
 * state), RIMER_DATA (too few windows, none observed, log1p of -1 or less), RIMER_INTERRUPTED: a
 * hook stopped it; then *out is the best model so far, *report is filled and the state is saved.
 * RIMER_FAILED: training diverged, or the device cannot be used. RIMER_NO_MEMORY. */
RIMER_API rimer_status rimer_train(const rimer_dataset *dataset, const rimer_config *config,
                                   const rimer_train_hooks *hooks, rimer_model **out,
                                   rimer_train_report *report);

/* *done: whether a file is the model that this very run ends with; nothing is trained, and files
 * stay as they are. RIMER_USAGE, RIMER_DATA: settings that rimer_train refuses. RIMER_NO_MEMORY. */
RIMER_API rimer_status rimer_train_is_done(const rimer_dataset *dataset,
                                           const rimer_config *config, const char *model_path,
                                           int *done);

/* Names of the files beside a model that is being trained: MODEL.train.safetensors and
 * MODEL.best.safetensors. Caller frees. */
RIMER_API rimer_status rimer_train_state_path(const char *model_path, char **path);
RIMER_API rimer_status rimer_train_best_path(const char *model_path, char **path);

/* Where an interrupted run stands. */
typedef struct rimer_train_place {
    rimer_config config;
    int64_t epoch; /* being trained or validated, from 1; 0: the fresh model is */
    int64_t step;  /* steps done in all */
    int twin;      /* 1: of the twin, the network being done (moments both) */
    int refit;     /* 1: of the refit, the model being chosen */
    int64_t best_epoch;
    double best_val_mse, best_val_mae; /* infinite while there is no score */
    double seconds;                    /* of training so far */
    char fingerprint[24];              /* of the data */
    char build[256];                   /* rimer_build_text of who saved it */
} rimer_train_place;

/* Reads a training state. RIMER_IO. RIMER_MODEL: is none, or damaged. */
RIMER_API rimer_status rimer_train_place_read(const char *path, rimer_train_place *place);

#ifdef __cplusplus
}
#endif
#endif
