#include "train/train_state.h"

#include "base/array.h"
#include "base/config_text.h"
#include "base/hash.h"
#include "base/json_text.h"
#include "model/safetensors.h"
#include "rimer/rimer.h"

#include <inttypes.h>
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FORMAT "rimer-train-5"

/* One line a number of the state. */
#define COUNTERS(X)    \
    X(epoch)           \
    X(rows_done)       \
    X(step)            \
    X(loss_count)      \
    X(best_epoch)      \
    X(bad_epochs)      \
    X(twin)            \
    X(done_epochs)     \
    X(done_best_epoch) \
    X(done_steps)      \
    X(refit)           \
    X(plateau.bad_epochs)
#define REALS(X)    \
    X(loss_sum)     \
    X(best_score)   \
    X(best_mse)     \
    X(best_mae)     \
    X(seconds)      \
    X(plateau.best) \
    X(plateau.factor)
#define BLOCKS(X) \
    X(average)    \
    X(params)     \
    X(m)          \
    X(v)          \
    X(best)
#define N_BLOCKS 5

static void begin(rm_train_state *state) {
    state->best_score = state->best_mse = state->best_mae = (double)INFINITY;
    state->plateau = rm_plateau_begin();
}

rimer_status rm_train_state_create(rm_train_state *state, rm_real *average, int64_t total) {
    memset(state, 0, sizeof *state);
    state->average = average;
    state->total = total;
    begin(state);
    rm_real **own[] = {&state->params, &state->m, &state->v, &state->best};
    for (int i = 0; i < 4; i++) {
        rimer_status status = rm_array_new(own[i], total, sizeof(rm_real));
        if (status != RIMER_OK) {
            rm_train_state_free(state);
            return status;
        }
    }
    memcpy(state->params, average, (size_t)total * sizeof *average);
    memcpy(state->best, average, (size_t)total * sizeof *average);
    return RIMER_OK;
}

void rm_train_state_take_best(rm_train_state *state) {
    memcpy(state->average, state->best, (size_t)state->total * sizeof *state->average);
}

void rm_train_state_turn(rm_train_state *state) {
    rm_train_state_take_best(state);
    state->twin = 1;
    state->done_epochs = state->epoch - 1;
    state->done_best_epoch = state->best_epoch;
    state->done_steps = state->step;
    state->epoch = state->rows_done = state->step = state->loss_count = 0;
    state->best_epoch = state->bad_epochs = 0;
    state->loss_sum = 0;
    begin(state);
}

void rm_train_state_free(rm_train_state *state) {
    free(state->params);
    free(state->m);
    free(state->v);
    free(state->best);
    memset(state, 0, sizeof *state);
}

/* Reals go as the 16 hexadecimal digits of their bits: exact, and no locale has a say. */
static void real_text(char text[24], double value) {
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    snprintf(text, 24, "%016" PRIx64, bits);
}

static int put(json_t *metadata, const char *key, const char *text) {
    return json_object_set_new(metadata, key, json_string(text));
}

static rimer_status put_all(const rm_train_state *state, const rm_run_key *key,
                            json_t *metadata) {
    char text[24];
    int failed = put(metadata, "format", FORMAT) || put(metadata, "build", rimer_build_text());
    RM_TRY(rm_run_key_put(key, metadata));
#define PUT_COUNTER(name)                                 \
    snprintf(text, sizeof text, "%" PRId64, state->name); \
    failed |= put(metadata, #name, text);
#define PUT_REAL(name)            \
    real_text(text, state->name); \
    failed |= put(metadata, #name, text);
    COUNTERS(PUT_COUNTER)
    REALS(PUT_REAL)
    if (failed)
        RM_FAIL(NO_MEMORY, "out of memory for a training state");
    return RIMER_OK;
}

/* The blocks are written from where they stand; doubles are narrowed into `narrow` first. */
static rimer_status write_state(const rm_train_state *state, json_t *metadata, const char *path,
                                float *narrow) {
    char checksum[24];
    rm_tensor tensors[N_BLOCKS];
    int64_t n = 0, total = state->total;
#ifdef RM_REAL_DOUBLE
#define VALUES(name)                       \
    for (int64_t i = 0; i < total; i++)    \
        narrow[i] = (float)state->name[i]; \
    tensors[n++].values = narrow, narrow += total;
#else
    (void)narrow;
#define VALUES(name) tensors[n++].values = state->name;
#endif
#define PUT_BLOCK(name)                                       \
    tensors[n] = (rm_tensor){#name, {total, 0}, total, NULL}; \
    VALUES(name)
    BLOCKS(PUT_BLOCK)
    RM_TRY(rm_tensors_checksum(checksum, metadata, tensors, n));
    if (put(metadata, "checksum", checksum))
        RM_FAIL(NO_MEMORY, "out of memory for a training state");
    return rm_tensors_write(path, metadata, tensors, n);
}

rimer_status rm_train_state_save(const rm_train_state *state, const rm_run_key *key,
                                 const char *path) {
    float *narrow = NULL;
    if (sizeof(rm_real) != sizeof(float))
        RM_TRY(rm_array_new(&narrow, N_BLOCKS * state->total, sizeof *narrow));
    json_t *metadata = json_object();
    rimer_status status = put_all(state, key, metadata);
    if (status == RIMER_OK)
        status = write_state(state, metadata, path, narrow);
    json_decref(metadata);
    free(narrow);
    return status;
}

static const char *text_at(const rm_tensor_file *file, const char *key) {
    const char *text = json_string_value(json_object_get(file->metadata, key));
    return text ? text : "";
}

/* One to `most` digits of a base and nothing else: no sign, so nothing below 0. */
static int is_number(const char *text, int base, size_t most) {
    size_t n = strspn(text, base == 16 ? "0123456789abcdef" : "0123456789");
    return n > 0 && n <= most && text[n] == '\0';
}

/* `total` of -1: any number of weights. */
static rimer_status check_whole(const rm_tensor_file *file, int64_t total, const char *path) {
    rm_tensor blocks[N_BLOCKS];
    char checksum[24];
    int64_t n = 0;
    const char *format = text_at(file, "format");
    if (strncmp(format, "rimer-train-", 12) != 0)
        RM_FAIL(MODEL, "%s: is no training state", path);
    if (strcmp(format, FORMAT) != 0)
        RM_FAIL(MODEL, "%s: is a training state of format %s; this version reads " FORMAT, path,
                format);
#define CHECK_BLOCK(name)                                                \
    {                                                                    \
        const rm_tensor *block = rm_tensors_find(file, #name);           \
        if (!block || (total >= 0 && block->count != total))             \
            RM_FAIL(MODEL, "%s: " #name " is missing or damaged", path); \
        blocks[n++] = *block;                                            \
    }
    BLOCKS(CHECK_BLOCK)
#define CHECK_COUNTER(name)                       \
    if (!is_number(text_at(file, #name), 10, 18)) \
        RM_FAIL(MODEL, "%s: " #name " is missing or damaged", path);
#define CHECK_REAL(name)                          \
    if (!is_number(text_at(file, #name), 16, 16)) \
        RM_FAIL(MODEL, "%s: " #name " is missing or damaged", path);
    COUNTERS(CHECK_COUNTER)
    REALS(CHECK_REAL)
    RM_TRY(rm_tensors_checksum(checksum, file->metadata, blocks, n));
    if (strcmp(checksum, text_at(file, "checksum")) != 0)
        RM_FAIL(MODEL, "%s: is damaged: its checksum does not fit", path);
    return RIMER_OK;
}

static rimer_status check_kin(const rm_tensor_file *file, const rm_run_key *key, int any_build,
                              const char *path) {
    char difference[RM_DIFFERENCE_SIZE];
    RM_TRY(rm_run_key_compare(key, file->metadata, difference));
    if (*difference)
        RM_FAIL(USAGE,
                "%s: is of another run (%s): resume with that one's data and settings, or "
                "leave --resume out and begin anew with --force",
                path, difference);
    if (!any_build && strcmp(text_at(file, "build"), rimer_build_text()) != 0)
        RM_FAIL(USAGE,
                "%s: was saved by %s, and this is %s, which may round in other ways: go on as "
                "before (RIMER_KERNELS names the table), or --force to go on to other bits",
                path, text_at(file, "build"), rimer_build_text());
    return RIMER_OK;
}

rimer_status rm_train_state_check(const rm_run_key *key, int any_build, const char *path) {
    rm_tensor_file file;
    RM_TRY(rm_tensors_read(path, &file));
    rimer_status status = check_whole(&file, -1, path);
    if (status == RIMER_OK)
        status = check_kin(&file, key, any_build, path);
    rm_tensors_free(&file);
    return status;
}

#define GET_COUNTER(name) to->name = strtoll(text_at(&file, #name), NULL, 10);
#define GET_REAL(name)                                             \
    {                                                              \
        uint64_t bits = strtoull(text_at(&file, #name), NULL, 16); \
        memcpy(&to->name, &bits, sizeof bits);                     \
    }

rimer_status rm_train_state_load(rm_train_state *to, const rm_run_key *key, int any_build,
                                 const char *path) {
    rm_tensor_file file;
    RM_TRY(rm_tensors_read(path, &file));
    rimer_status status = check_whole(&file, to->total, path);
    if (status == RIMER_OK)
        status = check_kin(&file, key, any_build, path);
    if (status == RIMER_OK) {
#define GET_BLOCK(name)                     \
    for (int64_t i = 0; i < to->total; i++) \
        to->name[i] = (rm_real)rm_tensors_find(&file, #name)->values[i];
        BLOCKS(GET_BLOCK)
        COUNTERS(GET_COUNTER)
        REALS(GET_REAL)
    }
    rm_tensors_free(&file);
    return status;
}

static rimer_status read_place(const rm_tensor_file *read, const char *path,
                               rimer_train_place *out) {
    rm_tensor_file file = *read;
    rm_train_state place = {0}, *to = &place;
    const char *config = text_at(read, "config");
    RM_TRY(check_whole(read, -1, path));
    rimer_train_place fresh = {0};
    rimer_config_init(&fresh.config);
    rimer_status status =
        rm_config_parse(&fresh.config, config, strlen(config), "its settings", NULL);
    if (status == RIMER_NO_MEMORY)
        return status;
    if (status != RIMER_OK)
        return rm_error_prefix(RIMER_MODEL, "%s: ", path);
    COUNTERS(GET_COUNTER)
    REALS(GET_REAL)
    fresh.epoch = place.epoch;
    fresh.step = place.step;
    fresh.best_epoch = place.best_epoch;
    fresh.twin = (int)place.twin;
    fresh.refit = (int)place.refit;
    fresh.best_val_mse = place.best_mse;
    fresh.best_val_mae = place.best_mae;
    fresh.seconds = place.seconds;
    snprintf(fresh.fingerprint, sizeof fresh.fingerprint, "%s", text_at(read, "fingerprint"));
    snprintf(fresh.build, sizeof fresh.build, "%s", text_at(read, "build"));
    *out = fresh;
    return RIMER_OK;
}

rimer_status rimer_train_place_read(const char *path, rimer_train_place *out) {
    RM_NEED(path, out);
    rm_tensor_file file;
    RM_TRY(rm_tensors_read(path, &file));
    rimer_status status = read_place(&file, path, out);
    rm_tensors_free(&file);
    return status;
}
