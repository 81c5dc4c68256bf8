#include "base/array.h"
#include "base/clock.h"
#include "base/config_text.h"
#include "base/rng.h"
#include "eval/season.h"
#include "kernels/blas.h"
#include "kernels/device_kernels.h"
#include "rimer/rimer.h"
#include "train/calibrate.h"
#include "train/lanes.h"
#include "train/left_out.h"
#include "train/origin.h"
#include "train/own_maps.h"
#include "train/record.h"
#include "train/run_files.h"
#include "train/validation.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SAMPLER_STREAM 0x53414d50u /* random stream of epoch e is this plus e */
#define REPORT_SECONDS 0.2

typedef struct trainer {
    const rimer_dataset *dataset;
    rimer_config config;
    rimer_train_hooks hooks;
    rimer_model *model;
    rimer_model *own; /* the model with maps of the channels' own, where those are better */
    int64_t own_asked;
    rm_scaler scaler;
    rm_windows windows;
    char *taught;   /* [n_series][n_channels] 0: nothing to learn from */
    int64_t n_rows; /* of the windows, those that teach */
    int64_t n_val_rows, n_val_scored;
    rm_pool *pool;
    rm_lanes *lanes;
    rimer_forecaster *forecaster; /* the model, for validation */
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
} trainer;

/* ------------------------------------------------------------------------------ set-up */

static rimer_status set_taught(trainer *run) {
    rimer_config *config = &run->config;
    int64_t n = rimer_dataset_n_series(run->dataset) * rimer_dataset_n_channels(run->dataset);
    RM_TRY(rm_array_new(&run->taught, n, sizeof *run->taught));
    RM_TRY(rm_rows_taught(run->dataset, config, run->taught));
    config->loss = rm_config_loss(config);
    if (config->mask == RIMER_MASK_AUTO)
        config->mask =
            rm_any_missing(run->dataset, config, run->taught) ? RIMER_MASK_ON : RIMER_MASK_OFF;
    return RIMER_OK;
}

static int teaches(const trainer *run, int64_t row) {
    rm_window window = rm_windows_row(&run->windows, row);
    return run->taught[window.series * rimer_dataset_n_channels(run->dataset) + window.channel];
}

static rimer_status count_rows(trainer *run) {
    for (int64_t row = 0; row < run->windows.n_rows; row++)
        run->n_rows += teaches(run, row);
    if (run->n_rows == 0)
        RM_FAIL(DATA, "%s: not one target of the training part is observed",
                rimer_dataset_name(run->dataset));
    return RIMER_OK;
}

static rm_origin_data origin_data(const trainer *run) {
    return (rm_origin_data){run->dataset, &run->windows, &run->scaler, run->pool};
}

/* Registries of equal names and shapes have equal layouts. */
static rimer_status take_values(trainer *run, const rimer_model *from) {
    const rm_registry *ours = &run->model->network.registry;
    const rm_registry *theirs = &from->network.registry;
    for (int64_t i = 0; i < ours->n || i < theirs->n; i++) {
        const rm_param *a = &ours->items[i], *b = &theirs->items[i];
        if (i >= ours->n || i >= theirs->n || strcmp(a->name, b->name) != 0 ||
            a->rows != b->rows || a->cols != b->cols)
            RM_FAIL(USAGE,
                    "the model to start from has another network than the settings: see %s",
                    i < ours->n ? a->name : b->name);
    }
    const rm_periods *a = &run->model->network.shape.phase, *b = &from->network.shape.phase;
    if (!rm_periods_are_same(a, b))
        RM_FAIL(USAGE, "the model to start from has phase %s, the settings %s",
                from->config.phase, run->config.phase);
    memcpy(run->model->values, from->values, (size_t)ours->total * sizeof *from->values);
    return RIMER_OK;
}

/* Maps of the channels' own are fitted anew. */
static rimer_status take_init(trainer *run) {
    const rimer_model *init = run->hooks.init;
    rimer_model *shared;
    if (!init || !init->config.own_channels)
        return init ? take_values(run, init) : RIMER_OK;
    RM_TRY(rm_model_with_own(init, 0, &shared));
    rimer_status status = take_values(run, shared);
    rimer_model_free(shared);
    return status;
}

static rimer_status set_facts(trainer *run) {
    rimer_model *model = run->model;
    char text[32];
    int64_t season;
    RM_TRY(rm_season_choose(run->dataset, run->config.split, 0, &season));
    snprintf(text, sizeof text, "%" PRId64, season);
    RM_TRY(rm_model_set_channels(model, run->dataset, &run->scaler));
    RM_TRY(rm_model_set_fact(model, "version", rimer_version()));
    RM_TRY(rm_model_set_fact(model, "data", rimer_dataset_name(run->dataset)));
    RM_TRY(rm_model_set_fact(model, "frequency", rimer_dataset_frequency(run->dataset)));
    RM_TRY(rm_model_set_fact(model, "season", text));
    if (*run->key.init)
        RM_TRY(rm_model_set_fact(model, "init", run->key.init));
    if (*run->key.device)
        RM_TRY(rm_model_set_fact(model, "device", run->key.device));
    return rm_model_set_fact(model, "fingerprint", run->key.data);
}

static double average_rate(const trainer *run) {
    double steps = run->config.average * (double)run->steps_per_epoch;
    return steps > 0 ? 1 - exp(-1 / steps) : 1;
}

static rimer_status set_lanes(trainer *run) {
    rm_lanes_setup setup = {
        .config = &run->config,
        .network = &run->model->network,
        .windows = &run->windows,
        .scaler = &run->scaler,
        .pool = run->pool,
        .params = run->state.params,
        .m = run->state.m,
        .v = run->state.v,
        .average = run->model->values,
        .average_rate = average_rate(run),
        .epoch = run->state.epoch,
    };
    return rm_lanes_create(&run->lanes, &setup);
}

static void set_schedule(trainer *run) {
    int64_t batch = run->config.batch, all = run->n_rows;
    int64_t wanted = run->config.windows_per_epoch;
    run->rows_per_epoch = wanted > 0 && wanted < all ? wanted : all;
    run->steps_per_epoch = (run->rows_per_epoch + batch - 1) / batch;
    int64_t total = run->steps_per_epoch * run->config.epochs;
    run->schedule = (rm_schedule){
        .kind = run->config.schedule,
        .peak = run->config.lr,
        .end = run->config.lr * run->config.lr_end,
        .warmup = (int64_t)(run->config.warmup * (double)total),
        .total = total,
    };
}

/* Before any work: what run this is. */
static rimer_status set_key(trainer *run) {
    const char *problem = rimer_config_check(&run->config);
    if (problem)
        RM_FAIL(USAGE, "%s", problem);
    if (rm_config_complete(&run->config) != RIMER_OK)
        RM_FAIL(USAGE, "%s: rimer_config_choose chooses it from the data", rimer_last_error());
    rimer_device device;
    RM_TRY(rimer_device_find(run->config.device, &device));
    snprintf(run->config.device, sizeof run->config.device, "%s", device.name);
    rm_kernels kernels; /* refused here, or the lanes get them when much is done */
    RM_TRY(rm_device_precise(&kernels, device.name, run->config.precision));
    RM_TRY(rm_own_maps_check(run->dataset, &run->config));
    RM_TRY(set_taught(run));
    run->key = rm_run_key_make(&run->config, run->dataset, run->hooks.init);
    return RIMER_OK;
}

static rimer_status set_up(trainer *run) {
    const rimer_config *config = &run->config;
    rm_blas_single_thread();
    run->own_asked = config->own_channels;
    run->config.own_channels = 0; /* until all else is trained */
    RM_TRY(rm_scaler_fit_as(&run->scaler, run->dataset, config->split,
                            (rm_scaling){config->scaler, config->log1p}));
    RM_TRY(rm_windows_make(&run->windows, run->dataset, config->split, RM_PART_TRAIN,
                           config->context_len, config->output_len, 1));
    RM_TRY(count_rows(run));
    RM_TRY(rm_pool_create(config->threads, &run->pool));
    rm_origin_data data = origin_data(run);
    RM_TRY(rm_origin_choose(&data, run->hooks.init, &run->config));
    RM_TRY(rimer_model_create(config, &run->model));
    RM_TRY(rimer_model_set_device(run->model, config->device));
    rm_run_strip(&run->model->config); /* the file must not tell threads apart */
    RM_TRY(set_facts(run));
    RM_TRY(rm_origin_fit(&data, config, run->model));
    RM_TRY(rm_spread_fit(run->model, &run->windows, &run->scaler, run->pool));
    RM_TRY(take_init(run));
    RM_TRY(rm_train_state_create(&run->state, run->model->values,
                                 run->model->network.registry.total));
    set_schedule(run);
    RM_TRY(rm_array_new(&run->order, run->windows.n_rows, sizeof *run->order));
    RM_TRY(rimer_model_forecaster(run->model, &run->forecaster));
    RM_TRY(rm_validation_rows(run->dataset, config, &run->n_val_scored, &run->n_val_rows));
    run->begin = rm_now();
    return run->start == RM_RUN_GOES_ON
               ? rm_train_state_load(&run->state, &run->key, run->files.force, run->files.state)
               : RIMER_OK;
}

static void tear_down(trainer *run) {
    rimer_forecaster_free(run->forecaster);
    rm_lanes_free(run->lanes);
    rm_train_state_free(&run->state);
    rm_pool_free(run->pool);
    rm_windows_free(&run->windows);
    rm_scaler_free(&run->scaler);
    free(run->taught);
    free(run->order);
    rm_run_files_free(&run->files);
}

/* --------------------------------------------------------------------------- reporting */

static double elapsed(const trainer *run) {
    return run->state.seconds + rm_now() - run->begin;
}

static rimer_progress progress_of(const trainer *run) {
    const rm_train_state *state = &run->state;
    double seconds = elapsed(run), here = rm_now() - run->begin;
    int64_t n_steps = run->steps_per_epoch * run->config.epochs;
    double share = n_steps ? (double)state->step / (double)n_steps : 1;
    return (rimer_progress){
        .epoch = state->epoch,
        .n_epochs = run->config.epochs,
        .step = state->step,
        .n_steps = n_steps,
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

static void report(trainer *run, const rimer_progress *progress) {
    run->reported = rm_now();
    if (run->hooks.progress && run->hooks.progress(run->hooks.user, progress))
        run->stop = 1;
}

static void report_sometimes(trainer *run) {
    if (rm_now() - run->reported < REPORT_SECONDS)
        return;
    rimer_progress progress = progress_of(run);
    report(run, &progress);
}

static int during_validation(void *user, double share) {
    (void)share;
    trainer *run = user;
    report_sometimes(run);
    return run->stop;
}

/* ---------------------------------------------------------------------------- training */

static rimer_train_report report_of(const trainer *run) {
    const rm_train_state *state = &run->state;
    return (rimer_train_report){
        .n_windows = run->windows.n_windows,
        .n_rows = run->n_rows,
        .epochs = state->epoch - 1 < 0 ? 0 : state->epoch - 1,
        .best_epoch = state->best_epoch,
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

static rimer_status save(trainer *run) {
    rm_train_state state = run->state;
    rimer_train_report report = report_of(run);
    state.seconds = report.seconds;
    RM_TRY(rm_record_put(run->model, &report, state.step));
    return rm_run_files_save(&run->files, &state, run->model);
}

static rimer_status save_sometimes(trainer *run) {
    if (!rm_run_files_due(&run->files, run->state.step))
        return RIMER_OK;
    if (run->lanes)
        RM_TRY(rm_lanes_store(run->lanes));
    return save(run);
}

/* Scores the present weights on the validation part and keeps them if they are the best. */
static rimer_status validate(trainer *run) {
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

static void shuffle(trainer *run) {
    rm_rng rng =
        rm_rng_make((uint64_t)run->config.seed, SAMPLER_STREAM + (uint64_t)run->state.epoch);
    rm_rng_permutation(&rng, run->windows.n_rows, run->order);
    int64_t n = 0;
    for (int64_t i = 0; n < run->rows_per_epoch; i++)
        if (teaches(run, run->order[i]))
            run->order[n++] = run->order[i];
}

/* Activations and gradients exist while steps run, so that validation has their memory. */
static rimer_status run_steps(trainer *run) {
    rm_train_state *state = &run->state;
    RM_TRY(set_lanes(run));
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

static rimer_status run_epoch(trainer *run) {
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
static rimer_status train_on(trainer *run) {
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

/* The best weights become the model's, with the record of the run. */
static rimer_status finish(trainer *run, rimer_train_report *report) {
    const rm_train_state *state = &run->state;
    *report = report_of(run);
    memcpy(state->average, state->best, (size_t)state->total * sizeof *state->average);
    return rm_record_put(run->model, report, state->step);
}

static int should_stop(void *user) {
    trainer *run = user;
    report_sometimes(run);
    return run->stop;
}

static rimer_status score_own(trainer *run, rm_validation *score) {
    rimer_forecaster *forecaster;
    RM_TRY(rimer_model_forecaster(run->own, &forecaster));
    rimer_status status = rm_validation_score(run->dataset, &run->config, forecaster,
                                              during_validation, run, score);
    rimer_forecaster_free(forecaster);
    return status;
}

/* The model with maps of its channels' own, if they were asked for or it validates better so. */
static rimer_status add_own(trainer *run, rimer_train_report *report) {
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
    RM_TRY(score_own(run, &score));
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
    return rm_record_put(run->own, report, run->state.step);
}

static rimer_model *result_of(const trainer *run) {
    return run->own ? run->own : run->model;
}

static rimer_status calibrate(trainer *run) {
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

static rimer_status take_done(trainer *run, rimer_train_report *report) {
    RM_TRY(rimer_model_load(run->files.model, &run->model));
    rm_record_get(run->model, report);
    report->was_done = 1;
    return RIMER_OK;
}

/* The run is saved, and its best so far is what there is. */
static rimer_status leave_off(trainer *run, rimer_train_report *report, rimer_status *stopped) {
    *stopped = RIMER_INTERRUPTED;
    rimer_model_free(run->own);
    run->own = NULL;
    RM_TRY(save(run));
    return finish(run, report);
}

/* To the end, or to a stop, at which the run is saved; `stopped` tells which. */
static rimer_status train_and_save(trainer *run, rimer_train_report *report,
                                   rimer_status *stopped) {
    RM_TRY(set_up(run));
    rimer_status status = train_on(run);
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
    trainer run = {.dataset = dataset, .config = *config};
    rimer_train_report own;
    if (hooks)
        run.hooks = *hooks;
    rimer_status stopped = RIMER_OK, status = set_key(&run);
    if (status == RIMER_OK) /* whether its files may be written */
        status = rm_run_files_open(&run.files, &run.hooks, &run.config, &run.key, &run.start);
    if (status == RIMER_OK)
        status = run.start == RM_RUN_IS_DONE ? take_done(&run, &own)
                                             : train_and_save(&run, &own, &stopped);
    tear_down(&run);
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
    trainer run = {.dataset = dataset, .config = *config};
    rimer_status status = set_key(&run);
    if (status == RIMER_OK)
        status = rm_run_files_has_model(model_path, &run.key, done);
    tear_down(&run);
    return status;
}
