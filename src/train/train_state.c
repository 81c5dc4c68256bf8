#include "train/train_state.h"

#include "base/array.h"
#include "model/safetensors.h"

#include <inttypes.h>
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FORMAT "rimer-train-1"

/* One line a number of the state. */
#define COUNTERS(X) \
    X(epoch)        \
    X(rows_done)    \
    X(step)         \
    X(loss_count)   \
    X(best_epoch)   \
    X(bad_epochs)   \
    X(plateau.bad_epochs)
#define REALS(X)    \
    X(loss_sum)     \
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

rimer_status rm_train_state_create(rm_train_state *state, rm_real *average, int64_t total) {
    memset(state, 0, sizeof *state);
    state->average = average;
    state->total = total;
    state->best_mse = state->best_mae = (double)INFINITY;
    state->plateau = rm_plateau_begin();
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

static json_t *metadata_of(const rm_train_state *state, const char *config_json,
                           const char *fingerprint) {
    char text[24];
    json_t *metadata = json_pack("{s: s, s: s, s: s}", "format", FORMAT, "config", config_json,
                                 "fingerprint", fingerprint);
    int failed = !metadata;
#define PUT_COUNTER(name)                                 \
    snprintf(text, sizeof text, "%" PRId64, state->name); \
    failed |= json_object_set_new(metadata, #name, json_string(text));
#define PUT_REAL(name)            \
    real_text(text, state->name); \
    failed |= json_object_set_new(metadata, #name, json_string(text));
    COUNTERS(PUT_COUNTER)
    REALS(PUT_REAL)
    if (!failed)
        return metadata;
    json_decref(metadata);
    return NULL;
}

/* The blocks are written from where they stand; doubles are narrowed into `narrow` first. */
static rimer_status write_state(const rm_train_state *state, const json_t *metadata,
                                const char *path, float *narrow) {
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
    return rm_tensors_write(path, metadata, tensors, n);
}

rimer_status rm_train_state_save(const rm_train_state *state, const char *config_json,
                                 const char *fingerprint, const char *path) {
    float *narrow = NULL;
    if (sizeof(rm_real) != sizeof(float))
        RM_TRY(rm_array_new(&narrow, N_BLOCKS * state->total, sizeof *narrow));
    json_t *metadata = metadata_of(state, config_json, fingerprint);
    rimer_status status =
        metadata ? write_state(state, metadata, path, narrow)
                 : rm_error_set(RIMER_NO_MEMORY, "out of memory for a training state");
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

static rimer_status check_kin(const rm_train_state *state, const rm_tensor_file *file,
                              const char *config_json, const char *fingerprint,
                              const char *path) {
    if (strcmp(text_at(file, "format"), FORMAT) != 0)
        RM_FAIL(MODEL, "%s: holds no training state of this version", path);
    if (strcmp(text_at(file, "config"), config_json) != 0)
        RM_FAIL(USAGE,
                "%s: was saved with other settings; resume with the same ones, or remove it",
                path);
    if (strcmp(text_at(file, "fingerprint"), fingerprint) != 0)
        RM_FAIL(USAGE, "%s: was saved for other data; resume with the same, or remove it",
                path);
#define CHECK_BLOCK(name)                                                                     \
    if (!rm_tensors_find(file, #name) || rm_tensors_find(file, #name)->count != state->total) \
        RM_FAIL(MODEL, "%s: " #name " is missing or damaged", path);
    BLOCKS(CHECK_BLOCK)
#define CHECK_COUNTER(name)                       \
    if (!is_number(text_at(file, #name), 10, 18)) \
        RM_FAIL(MODEL, "%s: " #name " is missing or damaged", path);
#define CHECK_REAL(name)                          \
    if (!is_number(text_at(file, #name), 16, 16)) \
        RM_FAIL(MODEL, "%s: " #name " is missing or damaged", path);
    COUNTERS(CHECK_COUNTER)
    REALS(CHECK_REAL)
    return RIMER_OK;
}

rimer_status rm_train_state_load(rm_train_state *state, const char *config_json,
                                 const char *fingerprint, const char *path) {
    rm_tensor_file file;
    RM_TRY(rm_tensors_read(path, &file));
    rimer_status status = check_kin(state, &file, config_json, fingerprint, path);
    if (status == RIMER_OK) {
#define GET_BLOCK(name)                        \
    for (int64_t i = 0; i < state->total; i++) \
        state->name[i] = (rm_real)rm_tensors_find(&file, #name)->values[i];
#define GET_COUNTER(name) state->name = strtoll(text_at(&file, #name), NULL, 10);
#define GET_REAL(name)                                             \
    {                                                              \
        uint64_t bits = strtoull(text_at(&file, #name), NULL, 16); \
        memcpy(&state->name, &bits, sizeof bits);                  \
    }
        BLOCKS(GET_BLOCK)
        COUNTERS(GET_COUNTER)
        REALS(GET_REAL)
    }
    rm_tensors_free(&file);
    return status;
}
