#include "train/trainer.h"

#include "base/array.h"
#include "base/clock.h"
#include "base/config_text.h"
#include "eval/season.h"
#include "kernels/blas.h"
#include "kernels/device_kernels.h"
#include "rimer/rimer.h"
#include "train/calibrate.h"
#include "train/left_out.h"
#include "train/origin.h"
#include "train/own_maps.h"
#include "train/validation.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static rimer_status set_taught(rm_trainer *run) {
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

int rm_trainer_teaches(const rm_trainer *run, int64_t row) {
    rm_window window = rm_windows_row(&run->windows, row);
    return run->taught[window.series * rimer_dataset_n_channels(run->dataset) + window.channel];
}

static rimer_status count_rows(rm_trainer *run) {
    for (int64_t row = 0; row < run->windows.n_rows; row++)
        run->n_rows += rm_trainer_teaches(run, row);
    if (run->n_rows == 0)
        RM_FAIL(DATA, "%s: not one target of the training part is observed",
                rimer_dataset_name(run->dataset));
    return RIMER_OK;
}

static rm_origin_data origin_data(const rm_trainer *run) {
    return (rm_origin_data){run->dataset, &run->windows, &run->scaler, run->pool};
}

/* Registries of equal names and shapes have equal layouts. */
static rimer_status take_values(rm_trainer *run, const rimer_model *from) {
    int64_t ours = rimer_model_n_tensors(run->model), theirs = rimer_model_n_tensors(from);
    for (int64_t i = 0; i < ours || i < theirs; i++) {
        const rm_param *a = i < ours ? rm_model_tensor_at(run->model, i).param : NULL;
        const rm_param *b = i < theirs ? rm_model_tensor_at(from, i).param : NULL;
        if (!a || !b || strcmp(a->name, b->name) != 0 || a->rows != b->rows ||
            a->cols != b->cols)
            RM_FAIL(USAGE,
                    "the model to start from has another network than the settings: see %s",
                    a ? a->name : b->name);
    }
    const rm_periods *a = &run->model->network.shape.phase, *b = &from->network.shape.phase;
    if (!rm_periods_are_same(a, b))
        RM_FAIL(USAGE, "the model to start from has phase %s, the settings %s",
                from->config.phase, run->config.phase);
    memcpy(run->model->values, from->values,
           (size_t)rm_model_total(from) * sizeof *from->values);
    return RIMER_OK;
}

/* Maps of the channels' own are fitted anew. */
static rimer_status take_init(rm_trainer *run) {
    const rimer_model *init = run->hooks.init;
    rimer_model *shared;
    if (!init || !init->config.own_channels)
        return init ? take_values(run, init) : RIMER_OK;
    RM_TRY(rm_model_with_own(init, 0, &shared));
    rimer_status status = take_values(run, shared);
    rimer_model_free(shared);
    return status;
}

static rimer_status set_facts(rm_trainer *run) {
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

static double average_rate(const rm_trainer *run) {
    double steps = run->config.average * (double)run->steps_per_epoch;
    return steps > 0 ? 1 - exp(-1 / steps) : 1;
}

rimer_status rm_trainer_set_lanes(rm_trainer *run) {
    int64_t begin =
        run->part.values - run->model->values; /* of the part in the state's blocks */
    rm_lanes_setup setup = {
        .config = &run->config,
        .network = &run->part.network,
        .windows = &run->windows,
        .scaler = &run->scaler,
        .pool = run->pool,
        .params = run->state.params + begin,
        .m = run->state.m + begin,
        .v = run->state.v + begin,
        .average = run->part.values,
        .average_rate = average_rate(run),
        .epoch = run->state.epoch,
    };
    return rm_lanes_create(&run->lanes, &setup);
}

static void set_schedule(rm_trainer *run) {
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

rimer_status rm_trainer_set_key(rm_trainer *run) {
    RM_TRY(rm_config_ready(&run->config));
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

static rimer_status fit_origins(rm_trainer *run) {
    rm_origin_data data = origin_data(run);
    for (int twin = 0; twin <= rm_model_has_twin(run->model); twin++) {
        rimer_model part = rm_model_part(run->model, twin);
        RM_TRY(rm_origin_fit(&data, &run->config, &part));
        RM_TRY(rm_spread_fit(&part, &run->windows, &run->scaler, run->pool));
    }
    return RIMER_OK;
}

rimer_status rm_trainer_set_part(rm_trainer *run) {
    rimer_forecaster_free(run->forecaster);
    run->forecaster = NULL;
    run->part = rm_model_part(run->model, (int)run->state.twin);
    return rimer_model_forecaster(&run->part, &run->forecaster);
}

rimer_status rm_trainer_set_up(rm_trainer *run) {
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
    memcpy(run->model->config.split, run->key.config.split, sizeof config->split);
    RM_TRY(set_facts(run));
    RM_TRY(fit_origins(run));
    RM_TRY(take_init(run));
    RM_TRY(rm_train_state_create(&run->state, run->model->values, rm_model_total(run->model)));
    set_schedule(run);
    RM_TRY(rm_array_new(&run->order, run->windows.n_rows, sizeof *run->order));
    if (!run->chosen)
        RM_TRY(rm_validation_rows(run->dataset, config, &run->n_val_scored, &run->n_val_rows));
    run->begin = rm_now();
    if (run->start == RM_RUN_GOES_ON)
        RM_TRY(rm_train_state_load(&run->state, &run->key, run->files.force, run->files.state));
    return rm_trainer_set_part(run);
}

/* Frees what was set up. */
static void clear(rm_trainer *run) {
    rimer_forecaster_free(run->forecaster);
    rm_lanes_free(run->lanes);
    rm_train_state_free(&run->state);
    rm_pool_free(run->pool);
    rm_windows_free(&run->windows);
    rm_scaler_free(&run->scaler);
    free(run->taught);
    free(run->order);
}

/* Those of the model, but for the split and for what is no part of a model's settings. */
static rimer_status take_settings(rm_trainer *run) {
    rimer_config ours = run->config;
    run->config = run->chosen->config;
    rm_run_unstrip(&run->config, &ours);
    return rimer_config_learnt(&run->config, run->config.split);
}

rimer_status rm_trainer_turn(rm_trainer *run, rimer_model *chosen) {
    rimer_model *others[] = {run->model, run->own};
    for (int i = 0; i < 2; i++)
        if (others[i] != chosen)
            rimer_model_free(others[i]);
    clear(run);
    run->model = run->own = NULL;
    run->forecaster = NULL;
    run->lanes = NULL;
    run->pool = NULL;
    run->taught = NULL;
    run->order = NULL;
    run->n_rows = run->rows_here = 0;
    run->chosen = chosen;
    RM_TRY(take_settings(run));
    RM_TRY(set_taught(run));
    return rm_trainer_set_up(run);
}

void rm_trainer_tear_down(rm_trainer *run) {
    clear(run);
    rm_run_files_free(&run->files);
}
