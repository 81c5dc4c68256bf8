#include "trialrun.h"

#include "interrupt.h"
#include "terminal.h"

#include <string.h>
#include <time.h>

#define DRAW_SECONDS 0.2

double seconds_now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

/* --------------------------------------------------------------------------- judgement */

/* One more point of the curve, after `done` of `of` epochs or folds. Not before a quarter of
 * them, which say little, nor when there is nothing to save. */
static void judge(trial_run *run, double error, int64_t done, int64_t of) {
    int is_to_be_judged = !run->no_stop && done > 0 && 4 * done >= of && done < of;
    if (!trial_add_point(&run->now, error))
        run->stop = RUN_STARVED;
    else if (is_to_be_judged && trials_are_better(run->trials, &run->now))
        run->stop = RUN_BAD;
}

static int watch_training(void *user, const rimer_progress *state) {
    trial_run *run = user;
    if (progress_show(&run->progress, state))
        run->stop = RUN_ASKED;
    else if (seconds_now() > run->deadline)
        run->stop = RUN_LATE;
    else if (state->epoch_ended && state->network == 1 && !run->trials->folds && !run->whole)
        judge(run, run->trials->by_crps ? state->val_crps : state->val_mse, state->epoch,
              state->n_epochs);
    return run->stop != RUN_GOES_ON;
}

static void draw_scoring(trial_run *run, double share) {
    char text[sizeof run->progress.label + 32];
    if (seconds_now() - run->drawn < DRAW_SECONDS)
        return;
    run->drawn = seconds_now();
    snprintf(text, sizeof text, "%s  %3.0f %% scored", run->progress.label, 100 * share);
    bar_draw(share, text);
}

static int watch_scoring(void *user, double share) {
    trial_run *run = user;
    if (run->progress.moves && !interrupt_asked())
        draw_scoring(run, share);
    if (interrupt_asked())
        run->stop = RUN_ASKED;
    else if (seconds_now() > run->deadline)
        run->stop = RUN_LATE;
    return run->stop != RUN_GOES_ON;
}

/* ---------------------------------------------------------------------------- training */

/* What is chosen from the data is filled in. */
static rimer_status train(trial_run *run, rimer_config *config, rimer_model **model,
                          rimer_train_report *report) {
    rimer_train_hooks hooks = {.user = run, .progress = watch_training};
    rimer_status status = rimer_config_choose(config, run->dataset);
    return status == RIMER_OK ? rimer_train(run->dataset, config, &hooks, model, report)
                              : status;
}

/* As rimer-evaluate does, on the test part of the model's own split. The errors become those of
 * the report. */
static rimer_status score(trial_run *run, const rimer_config *config, const rimer_model *model,
                          rimer_train_report *report) {
    rimer_protocol protocol;
    rimer_forecaster *forecaster;
    rimer_evaluation evaluation;
    rimer_protocol_init(&protocol);
    memcpy(protocol.split, config->split, sizeof protocol.split);
    protocol.horizon = config->horizon;
    protocol.season = 1; /* of mase, which is not looked at here */
    protocol.threads = config->threads;
    rimer_status status = rimer_model_forecaster(model, &forecaster);
    if (status != RIMER_OK)
        return status;
    status =
        rimer_evaluate(forecaster, run->dataset, &protocol, watch_scoring, run, &evaluation);
    rimer_forecaster_free(forecaster);
    if (status != RIMER_OK)
        return status;
    report->val_mse = evaluation.standardised.mse;
    report->val_mae = evaluation.standardised.mae;
    report->val_crps = evaluation.quantiles.crps;
    rimer_evaluation_free(&evaluation);
    return RIMER_OK;
}

static void name(trial_run *run, int64_t fold) {
    char *label = run->progress.label;
    size_t size = sizeof run->progress.label;
    int used = snprintf(label, size, "trial %lld/%lld", (long long)run->trials->n + 1,
                        (long long)run->n_trials);
    if (fold)
        snprintf(label + used, size - (size_t)used, " fold %lld/%lld", (long long)fold,
                 (long long)run->trials->folds);
}

static rimer_status run_fold(trial_run *run, int64_t fold, rimer_train_report *report) {
    rimer_config config;
    rimer_model *model = NULL;
    trials_config(run->trials, run->trials->n, &config);
    config.refit = RIMER_REFIT_NO;
    (void)trials_fold(run->trials, fold, &config);
    name(run, fold);
    rimer_status status = train(run, &config, &model, report);
    if (status == RIMER_OK)
        status = score(run, &config, model, report);
    rimer_model_free(model);
    return status;
}

static rimer_status run_folds(trial_run *run, rimer_train_report *report) {
    int64_t n = run->trials->folds;
    double crps = 0, mse = 0, mae = 0;
    for (int64_t fold = 1; fold <= n; fold++) {
        rimer_train_report own;
        rimer_status status = run_fold(run, fold, &own);
        if (status != RIMER_OK)
            return status;
        crps += own.val_crps;
        mse += own.val_mse;
        mae += own.val_mae;
        report->epochs += own.epochs;
        report->best_epoch += own.best_epoch;
        report->val_crps = crps / (double)fold;
        report->val_mse = mse / (double)fold;
        report->val_mae = mae / (double)fold;
        judge(run, run->trials->by_crps ? report->val_crps : report->val_mse, fold, n);
        if (run->stop != RUN_GOES_ON)
            return RIMER_INTERRUPTED;
    }
    return RIMER_OK;
}

static rimer_status run_split(trial_run *run, rimer_model **model, rimer_train_report *report) {
    rimer_config config;
    trials_config(run->trials, run->trials->n, &config);
    config.refit = RIMER_REFIT_NO; /* errors are of what came before it */
    name(run, 0);
    return train(run, &config, model, report);
}

rimer_status trial_run_next(trial_run *run, rimer_model **model, rimer_train_report *report) {
    double begin = seconds_now();
    *model = NULL;
    *report = (rimer_train_report){0};
    run->stop = RUN_GOES_ON;
    rimer_status status =
        run->trials->folds ? run_folds(run, report) : run_split(run, model, report);
    if (run->progress.moves)
        bar_clear();
    run->now.seconds = seconds_now() - begin;
    return status;
}

rimer_status trial_run_whole(trial_run *run, int64_t index, rimer_model **model) {
    rimer_config config;
    rimer_train_report report;
    *model = NULL;
    run->stop = RUN_GOES_ON;
    run->whole = 1;
    trials_config(run->trials, index, &config);
    snprintf(run->progress.label, sizeof run->progress.label, "the best, trial %lld",
             (long long)index + 1);
    rimer_status status = train(run, &config, model, &report);
    if (run->progress.moves)
        bar_clear();
    return status;
}
