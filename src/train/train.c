#include "base/array.h"
#include "base/clock.h"
#include "base/config_text.h"
#include "base/rng.h"
#include "eval/season.h"
#include "kernels/blas.h"
#include "kernels/device_kernels.h"
#include "rimer/rimer.h"
#include "train/calibrate.h"
#include "train/own_maps.h"
#include "train/record.h"
#include "train/trainer.h"
#include "train/validation.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SAMPLER_STREAM 0x53414d50u /* random stream of epoch e is this plus e */
#define REPORT_SECONDS 0.2

/* --------------------------------------------------------------------------- reporting */

static double elapsed(const rm_trainer *run) {
    return run->state.seconds + rm_now() - run->begin;
}

static rimer_progress progress_of(const rm_trainer *run) {
    const rm_train_state *state = &run->state;
    double seconds = elapsed(run), here = rm_now() - run->begin;
    int64_t n_steps = run->steps_per_epoch * run->config.epochs;
    int n_networks = 1 + rm_model_has_twin(run->model);
    double share =
        ((n_steps ? (double)state->step / (double)n_steps : 1) + (double)state->twin) /
        n_networks;
    return (rimer_progress){
        .network = 1 + (int)state->twin,
        .n_networks = n_networks,
        .epoch = state->epoch,
        .n_epochs = run->config.epochs,
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

static int64_t steps_done(const rm_trainer *run) {
    return run->state.done_steps + run->state.step;
}

static rimer_train_report report_of(const rm_trainer *run) {
    const rm_train_state *state = &run->state;
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

static rimer_status save(rm_trainer *run) {
    rm_train_state state = run->state;
    rimer_train_report report = report_of(run);
    state.seconds = report.seconds;
    RM_TRY(rm_record_put(run->model, &report, steps_done(run)));
    return rm_run_files_save(&run->files, &state, run->model);
}

static rimer_status save_sometimes(rm_trainer *run) {
    if (!rm_run_files_due(&run->files, run->state.step))
        return RIMER_OK;
    if (run->lanes)
        RM_TRY(rm_lanes_store(run->lanes));
    return save(run);
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
        state->best_epoch = state->epoch;
        state->bad_epochs = 0;
        memcpy(state->best, state->average, (size_t)state->total * sizeof *state->best);
    } else
        state->bad_epochs++;
    rm_plateau_epoch(&state->plateau, now.best, run->config.lr);
    rimer_progress progress = progress_of(run);
    progress.epoch_ended = 1;
    progress.val_mse = now.mse;
    progress.val_mae = now.mae;
    progress.val_crps = now.crps;
    report(run, &progress);
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
        RM_TRY(validate(run));
        next_epoch(state);
    }
    while (state->epoch <= run->config.epochs && state->bad_epochs < patience) {
        RM_TRY(run_epoch(run));
        if (run->stop)
            return rm_error_set(RIMER_INTERRUPTED, "stopped in epoch %" PRId64, state->epoch);
        RM_TRY(validate(run));
        next_epoch(state);
        RM_TRY(save_sometimes(run));
        if (run->stop)
            return rm_error_set(RIMER_INTERRUPTED, "stopped after epoch %" PRId64,
                                state->epoch - 1);
    }
    return RIMER_OK;
}

static rimer_status score_model(rm_trainer *run, const rimer_model *model,
                                rm_validation *score) {
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
    RM_TRY(score_model(run, run->model, &both));
    state->best_score = both.best;
    state->best_mse = both.mse;
    state->best_mae = both.mae;
    return RIMER_OK;
}

static rimer_status train_networks(rm_trainer *run) {
    RM_TRY(train_on(run));
    return rm_model_has_twin(run->model) ? train_twin(run) : RIMER_OK;
}

/* The best weights become the model's, with the record of the run. */
static rimer_status finish(rm_trainer *run, rimer_train_report *report) {
    *report = report_of(run);
    rm_train_state_take_best(&run->state);
    return rm_record_put(run->model, report, steps_done(run));
}

static int should_stop(void *user) {
    rm_trainer *run = user;
    report_sometimes(run);
    return run->stop;
}

/* The model with maps of its channels' own, if they were asked for or it validates better so. */
static rimer_status add_own(rm_trainer *run, rimer_train_report *report) {
    rimer_config asked = run->config;
    rm_validation score;
    asked.own_channels = run->own_asked;
    if (!rm_own_maps_wanted(run->dataset, &asked))
        return RIMER_OK;
    rimer_status status = rm_own_maps_fit(run->model, &run->windows, &run->scaler, run->pool,
                                          should_stop, run, &run->own);
    if (status == RIMER_FAILED && asked.own_channels < 0)
        return RIMER_OK; /* maps that cannot be fitted are not better */
    RM_TRY(status);
    RM_TRY(score_model(run, run->own, &score));
    report->shared_score = run->state.best_score;
    report->own_score = score.best;
    if (asked.own_channels < 0 && !(score.best < run->state.best_score)) {
        rimer_model_free(run->own);
        run->own = NULL;
        return RIMER_OK;
    }
    report->val_mse = score.mse;
    report->val_mae = score.mae;
    report->val_crps = score.crps;
    return rm_record_put(run->own, report, steps_done(run));
}

static rimer_model *result_of(const rm_trainer *run) {
    return run->own ? run->own : run->model;
}

static rimer_status calibrate(rm_trainer *run) {
    const rimer_config *config = &run->config;
    rm_windows windows;
    if (!config->conformal)
        return RIMER_OK;
    RM_TRY(rm_windows_make(&windows, run->dataset, config->split, RM_PART_VAL,
                           config->context_len, config->horizon, 1));
    rimer_status status = rm_conformal_fit(result_of(run), &windows, &run->scaler, run->pool);
    rm_windows_free(&windows);
    return status;
}

static rimer_status take_done(rm_trainer *run, rimer_train_report *report) {
    RM_TRY(rimer_model_load(run->files.model, &run->model));
    rm_record_get(run->model, report);
    report->was_done = 1;
    return RIMER_OK;
}

/* The run is saved, and its best so far is what there is. */
static rimer_status leave_off(rm_trainer *run, rimer_train_report *report,
                              rimer_status *stopped) {
    *stopped = RIMER_INTERRUPTED;
    rimer_model_free(run->own);
    run->own = NULL;
    RM_TRY(save(run));
    return finish(run, report);
}

/* To the end, or to a stop, at which the run is saved; `stopped` tells which. */
static rimer_status train_and_save(rm_trainer *run, rimer_train_report *report,
                                   rimer_status *stopped) {
    RM_TRY(rm_trainer_set_up(run));
    rimer_status status = train_networks(run);
    if (status == RIMER_INTERRUPTED)
        return leave_off(run, report, stopped);
    RM_TRY(status);
    RM_TRY(finish(run, report));
    status = add_own(run, report);
    if (status == RIMER_INTERRUPTED)
        return leave_off(run, report, stopped);
    RM_TRY(status);
    report->seconds = elapsed(run);
    RM_TRY(calibrate(run));
    return rm_run_files_end(&run->files, &run->state, result_of(run));
}

rimer_status rimer_train(const rimer_dataset *dataset, const rimer_config *config,
                         const rimer_train_hooks *hooks, rimer_model **out,
                         rimer_train_report *report) {
    RM_NEED(dataset, config, out);
    rm_trainer run = {.dataset = dataset, .config = *config};
    rimer_train_report own;
    if (hooks)
        run.hooks = *hooks;
    rimer_status stopped = RIMER_OK, status = rm_trainer_set_key(&run);
    if (status == RIMER_OK) /* whether its files may be written */
        status = rm_run_files_open(&run.files, &run.hooks, &run.config, &run.key, &run.start);
    if (status == RIMER_OK)
        status = run.start == RM_RUN_IS_DONE ? take_done(&run, &own)
                                             : train_and_save(&run, &own, &stopped);
    rm_trainer_tear_down(&run);
    rimer_model *result = result_of(&run);
    if (result != run.model || status != RIMER_OK)
        rimer_model_free(run.model);
    if (status != RIMER_OK) {
        rimer_model_free(run.own);
        return status;
    }
    *out = result;
    if (report)
        *report = own;
    return stopped;
}

rimer_status rimer_train_is_done(const rimer_dataset *dataset, const rimer_config *config,
                                 const char *model_path, int *done) {
    RM_NEED(dataset, config, model_path, done);
    rm_trainer run = {.dataset = dataset, .config = *config};
    rimer_status status = rm_trainer_set_key(&run);
    if (status == RIMER_OK)
        status = rm_run_files_has_model(model_path, &run.key, done);
    rm_trainer_tear_down(&run);
    return status;
}
