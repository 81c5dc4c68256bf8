#include "base/config_text.h"
#include "kernels/blas.h"
#include "rimer/rimer.h"
#include "train/calibrate.h"
#include "train/epochs.h"
#include "train/own_maps.h"
#include "train/record.h"
#include "train/validation.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---------------------------------------------------------------- what validates best */

/* The best weights become the model's, with the record of the run. */
static rimer_status finish(rm_trainer *run, rimer_train_report *report) {
    *report = rm_epochs_report(run);
    rm_train_state_take_best(&run->state);
    return rm_record_put(run->model, report, rm_epochs_steps(run));
}

static rimer_status fit_own(rm_trainer *run) {
    return rm_own_maps_fit(run->model, &run->windows, &run->scaler, run->pool,
                           rm_epochs_should_stop, run, &run->own);
}

/* The model with maps of its channels' own, if they were asked for or it validates better so. */
static rimer_status add_own(rm_trainer *run, rimer_train_report *report) {
    rimer_config asked = run->config;
    rm_validation score;
    asked.own_channels = run->own_asked;
    if (!rm_own_maps_wanted(run->dataset, &asked))
        return RIMER_OK;
    rimer_status status = fit_own(run);
    if (status == RIMER_FAILED && asked.own_channels < 0)
        return RIMER_OK; /* maps that cannot be fitted are not better */
    RM_TRY(status);
    RM_TRY(rm_epochs_score(run, run->own, &score));
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
    return rm_record_put(run->own, report, rm_epochs_steps(run));
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

/* The run is saved, and its best so far is what there is. */
static rimer_status leave_off(rm_trainer *run, rimer_train_report *report) {
    rimer_model_free(run->own);
    run->own = NULL;
    RM_TRY(rm_epochs_save(run));
    RM_TRY(finish(run, report));
    return RIMER_INTERRUPTED;
}

/* To the model that validates best. RIMER_INTERRUPTED: stopped, with the run saved. */
static rimer_status choose(rm_trainer *run, rimer_train_report *report) {
    RM_TRY(rm_trainer_set_up(run));
    rimer_status status = rm_epochs_run(run);
    if (status == RIMER_INTERRUPTED)
        return leave_off(run, report);
    RM_TRY(status);
    RM_TRY(finish(run, report));
    status = add_own(run, report);
    if (status == RIMER_INTERRUPTED)
        return leave_off(run, report);
    RM_TRY(status);
    report->seconds = rm_epochs_report(run).seconds;
    return calibrate(run);
}

/* ------------------------------------------------------------------------------- refit */

/* What validation says of the chosen model is the best that is known of its refit. */
static rimer_status take_calibration(const rimer_model *from, rimer_model *to) {
    const rm_shape *s = &to->network.shape;
    if (!s->conformal_steps)
        return RIMER_OK;
    memcpy(to->values + to->network.head.conformal, from->values + from->network.head.conformal,
           (size_t)(s->offered.n * s->conformal_steps) * sizeof *to->values);
    to->plain = 0;
    return rm_model_set_fact(to, "conformal", rimer_model_fact(from, "conformal"));
}

/* Trains it anew. RIMER_INTERRUPTED: stopped, with the run saved; *report is still the chosen one's. */
static rimer_status train_anew(rm_trainer *run, rimer_train_report *report) {
    rimer_status status = rm_epochs_run(run);
    if (status == RIMER_OK) {
        rm_train_state_take_best(&run->state);
        status = run->own_asked ? fit_own(run) : RIMER_OK;
    }
    if (status == RIMER_INTERRUPTED) {
        RM_TRY(rm_epochs_save(run));
        return status;
    }
    RM_TRY(status);
    RM_TRY(take_calibration(run->chosen, result_of(run)));
    *report = rm_epochs_report(run);
    return rm_record_put(result_of(run), report, rm_epochs_steps(run));
}

/* A kept choice and a state that says so: from here on a run that is killed goes on in its refit. */
static rimer_status begin_refit(rm_trainer *run, const rimer_train_report *report) {
    run->first = *report;
    run->start = RM_RUN_BEGINS;
    RM_TRY(rm_run_files_choose(&run->files, result_of(run)));
    RM_TRY(rm_trainer_turn(run, result_of(run)));
    run->state.refit = 1;
    run->state.seconds = report->seconds;
    return rm_epochs_save(run);
}

static rimer_status go_on_refitting(rm_trainer *run, rimer_train_report *report) {
    rimer_model *chosen;
    RM_TRY(rimer_model_load(run->files.best, &chosen));
    rm_record_get(chosen, report);
    run->first = *report;
    return rm_trainer_turn(run, chosen);
}

static rimer_status is_refitting(const rm_trainer *run, int *yes) {
    rimer_train_place place;
    *yes = 0;
    if (run->start != RM_RUN_GOES_ON)
        return RIMER_OK;
    RM_TRY(rimer_train_place_read(run->files.state, &place));
    *yes = place.refit;
    return RIMER_OK;
}

static rimer_status refit(rm_trainer *run, int goes_on, rimer_train_report *report) {
    RM_TRY(goes_on ? go_on_refitting(run, report) : begin_refit(run, report));
    if (run->hooks.chosen)
        run->hooks.chosen(run->hooks.user, run->chosen, report);
    return train_anew(run, report);
}

/* -------------------------------------------------------------------------- the whole run */

static rimer_status take_done(rm_trainer *run, rimer_train_report *report) {
    RM_TRY(rimer_model_load(run->files.model, &run->model));
    rm_record_get(run->model, report);
    report->was_done = 1;
    return RIMER_OK;
}

static rimer_status train_and_save(rm_trainer *run, rimer_train_report *report) {
    int refits;
    RM_TRY(is_refitting(run, &refits));
    if (!refits)
        RM_TRY(choose(run, report));
    if (run->config.refit)
        RM_TRY(refit(run, refits, report));
    return rm_run_files_end(&run->files, &run->state, result_of(run));
}

/* The model that there is in the end; of a refit that was stopped the chosen one. */
static rimer_model *take_result(rm_trainer *run, rimer_status status) {
    rimer_model *all[] = {run->model, run->own, run->chosen}, *result = NULL;
    if (status == RIMER_OK)
        result = result_of(run);
    if (status == RIMER_INTERRUPTED)
        result = run->chosen ? run->chosen : result_of(run);
    for (int i = 0; i < 3; i++)
        if (all[i] != result)
            rimer_model_free(all[i]);
    return result;
}

rimer_status rimer_train(const rimer_dataset *dataset, const rimer_config *config,
                         const rimer_train_hooks *hooks, rimer_model **out,
                         rimer_train_report *report) {
    RM_NEED(dataset, config, out);
    rm_trainer run = {.dataset = dataset, .config = *config};
    rimer_train_report own;
    if (hooks)
        run.hooks = *hooks;
    rimer_status status = rm_trainer_set_key(&run);
    if (status == RIMER_OK) /* whether its files may be written */
        status = rm_run_files_open(&run.files, &run.hooks, &run.config, &run.key, &run.start);
    if (status == RIMER_OK)
        status =
            run.start == RM_RUN_IS_DONE ? take_done(&run, &own) : train_and_save(&run, &own);
    rm_trainer_tear_down(&run);
    rimer_model *result = take_result(&run, status);
    if (!result)
        return status;
    *out = result;
    if (report)
        *report = own;
    return status;
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
