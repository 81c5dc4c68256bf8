#include "train/run_files.h"

#include "base/array.h"
#include "base/clock.h"
#include "model/safetensors.h"
#include "rimer/writefile.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define COST_SHARE 50 /* saving takes at most a 50th of the time, however large the model */

/* ------------------------------------------------------------------------------ names */

/* MODEL.train.safetensors beside MODEL.safetensors. */
static rimer_status name_beside(const char *model, const char *middle, char **out) {
    static const char ending[] = ".safetensors";
    size_t length = strlen(model), n = sizeof ending - 1;
    if (length > n && strcmp(model + length - n, ending) == 0)
        length -= n;
    RM_TRY(rm_array_new(out, (int64_t)(length + strlen(middle) + n + 1), 1));
    memcpy(*out, model, length);
    strcpy(*out + length, middle);
    strcat(*out, ending);
    return RIMER_OK;
}

rimer_status rimer_train_state_path(const char *model_path, char **path) {
    RM_NEED(model_path, path);
    return name_beside(model_path, ".train", path);
}

rimer_status rimer_train_best_path(const char *model_path, char **path) {
    RM_NEED(model_path, path);
    return name_beside(model_path, ".best", path);
}

/* ------------------------------------------------------------------ what is there already */

typedef enum owner { NOTHING, OURS, ANOTHERS, NO_RUNS } owner;

/* Whose file `path` is; empty files and what is no plain file belong to nobody. Fails only where
 * memory does. */
static rimer_status owner_of(owner *out, const char *path, const rm_run_key *key,
                             char difference[RM_DIFFERENCE_SIZE]) {
    struct stat info;
    rm_tensor_file file;
    *out = NOTHING;
    if (stat(path, &info) != 0 || !S_ISREG(info.st_mode) || info.st_size == 0)
        return RIMER_OK;
    *out = NO_RUNS;
    rimer_status status = rm_tensors_read(path, &file);
    if (status != RIMER_OK)
        return status == RIMER_NO_MEMORY ? status : RIMER_OK;
    const char *format = json_string_value(json_object_get(file.metadata, "format"));
    int is_run = format && strncmp(format, "rimer-", 6) == 0;
    if (is_run)
        status = rm_run_key_compare(key, file.metadata, difference);
    rm_tensors_free(&file);
    if (is_run)
        *out = *difference ? ANOTHERS : OURS;
    return status;
}

rimer_status rm_run_files_has_model(const char *path, const rm_run_key *key, int *has) {
    char difference[RM_DIFFERENCE_SIZE];
    owner whose;
    rimer_model *model = NULL;
    RM_TRY(owner_of(&whose, path, key, difference));
    rimer_status status = whose == OURS ? rimer_model_load(path, &model) : RIMER_OK;
    if (status == RIMER_NO_MEMORY)
        return status;
    *has = model != NULL;
    rimer_model_free(model);
    return RIMER_OK;
}

static rimer_status refuse_model(const char *path, owner whose, const char *difference) {
    if (whose == ANOTHERS)
        RM_FAIL(USAGE,
                "%s: is the model of another run (%s): choose another name, or --force to "
                "replace it",
                path, difference);
    if (whose == NO_RUNS)
        RM_FAIL(USAGE,
                "%s: is there and is no model of Rimer: choose another name, or --force to "
                "replace it",
                path);
    return RIMER_OK;
}

static rimer_status refuse_state(const char *path, owner whose, const char *difference) {
    if (whose == OURS)
        RM_FAIL(USAGE,
                "%s: this run was interrupted there: --resume to go on, or --force to begin "
                "anew",
                path);
    if (whose == ANOTHERS)
        RM_FAIL(USAGE,
                "%s: another run was interrupted there (%s): --resume it with its own command, "
                "choose another name for the model, or --force to give it up",
                path, difference);
    if (whose == NO_RUNS)
        RM_FAIL(USAGE,
                "%s: is there and cannot be read as a training state: remove it, or --force to "
                "begin anew",
                path);
    return RIMER_OK;
}

static rimer_status look(const rm_run_files *files, int resume, rm_run_start *start) {
    char difference[RM_DIFFERENCE_SIZE];
    rm_run_key so_far = *files->key;
    so_far.config.own_channels = -1; /* those maps come last */
    owner model, state, best;
    RM_TRY(owner_of(&model, files->model, files->key, difference));
    if (!files->force)
        RM_TRY(refuse_model(files->model, model, difference));
    RM_TRY(owner_of(&state, files->state, files->key, difference));
    *start = !resume || (state == NOTHING && model != OURS) ? RM_RUN_BEGINS
             : state == NOTHING                             ? RM_RUN_IS_DONE
                                                            : RM_RUN_GOES_ON;
    if (*start == RM_RUN_GOES_ON)
        RM_TRY(rm_train_state_check(files->key, files->force, files->state));
    else if (!files->force)
        RM_TRY(refuse_state(files->state, state, difference));
    RM_TRY(owner_of(&best, files->best, &so_far, difference));
    return files->force ? RIMER_OK : refuse_model(files->best, best, difference);
}

/* The state goes first: that of a refit is nothing without the model that was chosen. */
static rimer_status remove_others(const rm_run_files *files) {
    RM_TRY(rimer_writefile_remove(files->state));
    return rimer_writefile_remove(files->best);
}

/* ------------------------------------------------------------------------ the interface */

rimer_status rm_run_files_open(rm_run_files *files, const rimer_train_hooks *hooks,
                               const rimer_config *config, const rm_run_key *key,
                               rm_run_start *start) {
    *files = (rm_run_files){.key = key,
                            .force = hooks->force,
                            .seconds = config->checkpoint_seconds,
                            .steps = config->checkpoint_steps,
                            .saved_at = rm_now(),
                            .best_epoch = -1};
    *start = RM_RUN_BEGINS;
    if (!hooks->model_path)
        return RIMER_OK;
    RM_TRY(rimer_writelock_take(&files->lock, hooks->model_path));
    RM_TRY(rm_string_copy(&files->model, hooks->model_path));
    RM_TRY(rimer_train_state_path(files->model, &files->state));
    RM_TRY(rimer_train_best_path(files->model, &files->best));
    RM_TRY(look(files, hooks->resume, start));
    return *start == RM_RUN_GOES_ON ? RIMER_OK : remove_others(files);
}

void rm_run_files_free(rm_run_files *files) {
    rimer_writelock_release(&files->lock);
    free(files->model);
    free(files->state);
    free(files->best);
    memset(files, 0, sizeof *files);
}

int rm_run_files_due(const rm_run_files *files, int64_t step) {
    double least = COST_SHARE * files->cost;
    double wait = files->seconds > least ? files->seconds : least;
    if (!files->model)
        return 0;
    return (files->steps > 0 && step - files->saved_step >= files->steps) ||
           (files->seconds > 0 && rm_now() - files->saved_at >= wait);
}

rimer_status rm_run_files_save(rm_run_files *files, const rm_train_state *state,
                               const rimer_model *model) {
    double begin = rm_now();
    if (!files->model)
        return RIMER_OK;
    RM_TRY(rm_train_state_save(state, files->key, files->state));
    if (!state->refit && state->epoch > 0 && state->best_epoch != files->best_epoch) {
        rimer_model best = *model;
        best.values = state->best;
        RM_TRY(rimer_model_save(&best, files->best));
        files->best_epoch = state->best_epoch;
    }
    files->saved_at = rm_now();
    files->saved_step = state->step;
    files->cost = files->saved_at - begin;
    return RIMER_OK;
}

rimer_status rm_run_files_choose(rm_run_files *files, const rimer_model *model) {
    return files->model ? rimer_model_save(model, files->best) : RIMER_OK;
}

rimer_status rm_run_files_end(rm_run_files *files, const rm_train_state *state,
                              const rimer_model *model) {
    char difference[RM_DIFFERENCE_SIZE];
    if (!files->model)
        return RIMER_OK;
    owner whose;
    RM_TRY(owner_of(&whose, files->model, files->key, difference));
    if (!files->force && whose != NOTHING && whose != OURS) {
        RM_TRY(rm_run_files_save(files, state, model));
        RM_FAIL(USAGE,
                "%s: was written by another run meanwhile; this one is kept in %s: move the "
                "other model away, then --resume",
                files->model, files->state);
    }
    RM_TRY(rimer_model_save(model, files->model));
    return remove_others(files);
}
