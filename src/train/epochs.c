#include "train/epochs.h"

#include "base/clock.h"
#include "base/rng.h"
#include "rimer/rimer.h"
#include "train/record.h"
#include "train/validation.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#define SAMPLER_STREAM 0x53414d50u /* random stream of epoch e is this plus e */
#define REPORT_SECONDS 0.2

/* --------------------------------------------------------------------------- reporting */

/* Of the present network, at most; a refit takes as many as were best. */
static int64_t epochs_of(const rm_trainer *run) {
    if (!run->chosen)
        return run->config.epochs;
    return run->state.twin ? run->first.twin_best_epoch : run->first.best_epoch;
}

static double elapsed(const rm_trainer *run) {
    return run->state.seconds + rm_now() - run->begin;
}

static rimer_progress progress_of(const rm_trainer *run) {
    const rm_train_state *state = &run->state;
    double seconds = elapsed(run), here = rm_now() - run->begin;
    int64_t n_epochs = epochs_of(run), n_steps = run->steps_per_epoch * n_epochs;
    int n_networks = 1 + rm_model_has_twin(run->model);
    double share =
        ((n_steps ? (double)state->step / (double)n_steps : 1) + (double)state->twin) /
        n_networks;
    return (rimer_progress){
        .network = 1 + (int)state->twin,
        .n_networks = n_networks,
        .refit = run->chosen != NULL,
        .epoch = state->epoch,
        .n_epochs = n_epochs,
        .step = state->step,
        .n_steps = n_steps,
        .share = share,
        .loss = state->loss_count ? state->loss_sum / (double)state->loss_count : (double)NAN,
        .lr = rm_schedule_rate(&run->schedule, state->step) * state->plateau.factor,
        .rows_per_second = here > 0 ? (double)run->rows_here / here : 0,
        .seconds = seconds,
        .seconds_left = share > 0 ? seconds * (1 - share) / share : (double)NAN,
        .val_mse = (double)NAN,
        .val_mae = (double)NAN,
        .val_crps = (double)NAN,
        .best_val_mse = state->best_mse,
        .best_epoch = state->best_epoch,
    };
}

static void report(rm_trainer *run, const rimer_progress *progress) {
    run->reported = rm_now();
    if (run->hooks.progress && run->hooks.progress(run->hooks.user, progress))
        run->stop = 1;
}

static void report_sometimes(rm_trainer *run) {
    if (rm_now() - run->reported < REPORT_SECONDS)
        return;
    rimer_progress progress = progress_of(run);
    report(run, &progress);
}

static int during_validation(void *user, double share) {
    (void)share;
    rm_trainer *run = user;
    report_sometimes(run);
    return run->stop;
}

/* ---------------------------------------------------------------------------- training */

static int64_t epochs_done(const rm_train_state *state) {
    return state->epoch - 1 < 0 ? 0 : state->epoch - 1;
}

int64_t rm_epochs_steps(const rm_trainer *run) {
    return run->state.done_steps + run->state.step;
}

static rimer_train_report report_of_refit(const rm_trainer *run) {
    rimer_train_report report = run->first;
    report.refit_windows = run->windows.n_windows;
    report.refit_rows = run->n_rows;
    report.seconds = elapsed(run);
    return report;
}

rimer_train_report rm_epochs_report(const rm_trainer *run) {
    const rm_train_state *state = &run->state;
    if (run->chosen)
        return report_of_refit(run);
    return (rimer_train_report){
        .n_windows = run->windows.n_windows,
        .n_rows = run->n_rows,
        .epochs = state->twin ? state->done_epochs : epochs_done(state),
        .best_epoch = state->twin ? state->done_best_epoch : state->best_epoch,
        .twin_epochs = state->twin ? epochs_done(state) : 0,
        .twin_best_epoch = state->twin ? state->best_epoch : 0,
        .n_val_rows = run->n_val_rows,
        .n_val_scored = run->n_val_scored,
        .val_mse = state->best_mse,
        .val_mae = state->best_mae,
        .val_crps = rimer_train_by_crps(&run->config) ? state->best_score : (double)NAN,
        .shared_score = (double)NAN,
        .own_score = (double)NAN,
        .seconds = elapsed(run),
    };
}

rimer_status rm_epochs_save(rm_trainer *run) {
    rm_train_state state = run->state;
    rimer_train_report report = rm_epochs_report(run);
    state.seconds = report.seconds;
    RM_TRY(rm_record_put(run->model, &report, rm_epochs_steps(run)));
    return rm_run_files_save(&run->files, &state, run->model);
}

static rimer_status save_sometimes(rm_trainer *run) {
    if (!rm_run_files_due(&run->files, run->state.step))
        return RIMER_OK;
    if (run->lanes)
        RM_TRY(rm_lanes_store(run->lanes));
    return rm_epochs_save(run);
}

static void keep(rm_train_state *state) {
    state->best_epoch = state->epoch;
    memcpy(state->best, state->average, (size_t)state->total * sizeof *state->best);
}

/* Scores the present weights on the validation part and keeps them if they are the best. */
static rimer_status validate(rm_trainer *run) {
    rm_train_state *state = &run->state;
    rm_validation now;
    RM_TRY(rm_validation_score(run->dataset, &run->config, run->forecaster, during_validation,
                               run, &now));
    if (now.best < state->best_score) {
        state->best_score = now.best;
        state->best_mse = now.mse;
        state->best_mae = now.mae;
        state->bad_epochs = 0;
        keep(state);
    } else
        state->bad_epochs++;
    if (run->config.schedule == RIMER_SCHEDULE_PLATEAU)
        rm_plateau_epoch(&state->plateau, now.best, run->config.lr);
    rimer_progress progress = progress_of(run);
    progress.epoch_ended = 1;
    progress.val_mse = now.mse;
    progress.val_mae = now.mae;
    progress.val_crps = now.crps;
    report(run, &progress);
    return RIMER_OK;
}

/* Keeps the present weights: a refit goes by no errors, and its last epoch is the best. */
static void keep_last(rm_trainer *run) {
    keep(&run->state);
    rimer_progress progress = progress_of(run);
    progress.epoch_ended = 1;
    report(run, &progress);
}

static rimer_status end_epoch(rm_trainer *run) {
    if (!run->chosen)
        return validate(run);
    keep_last(run);
    return RIMER_OK;
}

static void shuffle(rm_trainer *run) {
    rm_rng rng =
        rm_rng_make((uint64_t)run->config.seed, SAMPLER_STREAM + (uint64_t)run->state.epoch);
    rm_rng_permutation(&rng, run->windows.n_rows, run->order);
    int64_t n = 0;
    for (int64_t i = 0; n < run->rows_per_epoch; i++)
        if (rm_trainer_teaches(run, run->order[i]))
            run->order[n++] = run->order[i];
}

/* Activations and gradients exist while steps run, so that validation has their memory. */
static rimer_status run_steps(rm_trainer *run) {
    rm_train_state *state = &run->state;
    RM_TRY(rm_trainer_set_lanes(run));
    while (state->rows_done < run->rows_per_epoch && !run->stop) {
        int64_t n = run->rows_per_epoch - state->rows_done;
        n = n < run->config.batch ? n : run->config.batch;
        double lr = rm_schedule_rate(&run->schedule, state->step) * state->plateau.factor;
        RM_TRY(rm_lanes_step(run->lanes, run->order + state->rows_done, n, lr, state->step + 1,
                             &state->loss_sum, &state->loss_count));
        state->rows_done += n;
        state->step++;
        run->rows_here += n;
        report_sometimes(run);
        RM_TRY(save_sometimes(run));
    }
    RM_TRY(rm_lanes_store(run->lanes));
    rm_lanes_free(run->lanes);
    run->lanes = NULL;
    return RIMER_OK;
}

static rimer_status run_epoch(rm_trainer *run) {
    const rm_train_state *state = &run->state;
    shuffle(run);
    RM_TRY(run_steps(run));
    if (!run->stop && state->loss_count == 0)
        RM_FAIL(DATA, "%s: not one target of the training part is observed",
                rimer_dataset_name(run->dataset));
    return RIMER_OK;
}

static void next_epoch(rm_train_state *state) {
    state->epoch++;
    state->rows_done = 0;
    state->loss_sum = 0;
    state->loss_count = 0;
}

static int64_t patience_of(const rimer_config *config) {
    int64_t third = config->epochs / 3;
    return config->patience ? config->patience : third < 3 ? 3 : third;
}

/* A stop inside the validation is seen as RIMER_INTERRUPTED from it: the epoch is done, its
 * score is not, and a resumed run takes the score again. */
static rimer_status train_on(rm_trainer *run) {
    rm_train_state *state = &run->state;
    int64_t patience = patience_of(&run->config);
    if (state->epoch == 0) {
        RM_TRY(end_epoch(run));
        next_epoch(state);
    }
    while (state->epoch <= epochs_of(run) && state->bad_epochs < patience) {
        RM_TRY(run_epoch(run));
        if (run->stop)
            return rm_error_set(RIMER_INTERRUPTED, "stopped in epoch %" PRId64, state->epoch);
        RM_TRY(end_epoch(run));
        next_epoch(state);
        RM_TRY(save_sometimes(run));
        if (run->stop)
            return rm_error_set(RIMER_INTERRUPTED, "stopped after epoch %" PRId64,
                                state->epoch - 1);
    }
    return RIMER_OK;
}

rimer_status rm_epochs_score(rm_trainer *run, const rimer_model *model, rm_validation *score) {
    rimer_forecaster *forecaster;
    RM_TRY(rimer_model_forecaster(model, &forecaster));
    rimer_status status = rm_validation_score(run->dataset, &run->config, forecaster,
                                              during_validation, run, score);
    rimer_forecaster_free(forecaster);
    return status;
}

/* The network is done, or was before the run went on; its twin's turn. What they forecast together
 * is scored at the end. */
static rimer_status train_twin(rm_trainer *run) {
    rm_train_state *state = &run->state;
    rm_validation both;
    if (!state->twin) {
        rm_train_state_turn(state);
        run->files.best_epoch = -1; /* of the other network */
        RM_TRY(rm_trainer_set_part(run));
        RM_TRY(train_on(run));
    }
    rm_train_state_take_best(state);
    if (run->chosen)
        return RIMER_OK;
    RM_TRY(rm_epochs_score(run, run->model, &both));
    state->best_score = both.best;
    state->best_mse = both.mse;
    state->best_mae = both.mae;
    return RIMER_OK;
}

rimer_status rm_epochs_run(rm_trainer *run) {
    RM_TRY(train_on(run));
    return rm_model_has_twin(run->model) ? train_twin(run) : RIMER_OK;
}

int rm_epochs_should_stop(void *user) {
    rm_trainer *run = user;
    report_sometimes(run);
    return run->stop;
}
