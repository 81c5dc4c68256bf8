/* Fuzz target: a training state that was tampered with. An input is a list of edits of a state that
 * this version wrote, so that its corpus outlives the format:
 *     x<2 bytes place><byte>    another byte
 *     v<2 bytes place><4 bytes> another value among the tensors
 *     m<byte which><text>\n     another text in the metadata
 *     t<2 bytes place>          cut off there
 *     c                         the checksum of what is there now */
#include "common.h"

#include "base/hash.h"

#include <inttypes.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define STEPS 48
#define STATE_MAX (1 << 18)

static rimer_dataset *dataset;
static uint8_t valid[STATE_MAX];
static size_t valid_size;

typedef struct tampered {
    uint8_t bytes[STATE_MAX];
    size_t size;
} tampered;

static rimer_config tiny(void) {
    static const char *const settings[] = {
        "context_len=4", "patch_len=2", "horizon=2",         "output_len=2", "width=4",
        "head_size=2",   "layers=1",    "origin=none",       "epochs=2",     "batch=8",
        "lanes=1",       "threads=1",   "ffn_width=4",       "lora_decay=1", "lora_rate=1",
        "lora_value=1",  "lora_gate=1", "channel_mix=linear"};
    rimer_config config;
    rimer_config_init(&config);
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++) {
        char key[32];
        const char *equals = strchr(settings[i], '=');
        snprintf(key, sizeof key, "%.*s", (int)(equals - settings[i]), settings[i]);
        FUZZ_ASSERT(rimer_fields_set(rimer_config_fields(), &config, key, equals + 1) ==
                        RIMER_OK,
                    "%s", rimer_last_error());
    }
    return config;
}

static int stop_in_first(void *user, const rimer_progress *progress) {
    (void)user;
    return progress->epoch_ended && progress->epoch == 1;
}

/* The state of the model at `path` stands beside it. */
static rimer_status train(const char *path, int stop, rimer_model **model) {
    rimer_config config = tiny();
    rimer_train_hooks hooks = {.model_path = path, .resume = !stop};
    hooks.progress = stop ? stop_in_first : NULL;
    return rimer_train(dataset, &config, &hooks, model, NULL);
}

/* The state of a run that was stopped after its first epoch. */
static void prepare(const char *path, const char *state_path) {
    float values[STEPS];
    rimer_model *model;
    for (int t = 0; t < STEPS; t++)
        values[t] = (float)(t % 6) + 0.1F * (float)t;
    FUZZ_ASSERT(rimer_dataset_from_values(values, STEPS, 1, NULL, &dataset) == RIMER_OK, "%s",
                rimer_last_error());
    FUZZ_ASSERT(train(path, 1, &model) == RIMER_INTERRUPTED, "%s", rimer_last_error());
    rimer_model_free(model);
    FILE *file = fopen(state_path, "rb");
    FUZZ_ASSERT(file, "%s is not there", state_path);
    valid_size = fread(valid, 1, sizeof valid, file);
    fclose(file);
    FUZZ_ASSERT(valid_size < sizeof valid, "the state is larger than expected");
}

static size_t header_of(const tampered *state) {
    size_t length = 0;
    for (int i = 3; i >= 0; i--)
        length = length << 8 | state->bytes[i];
    return state->size > 8 && length <= state->size - 8 ? length : 0;
}

/* Puts another header before the values. */
static void put_header(tampered *state, const char *text) {
    size_t old = header_of(state), fresh = strlen(text), rest = state->size - 8 - old;
    if (8 + fresh + rest > sizeof state->bytes)
        return;
    memmove(state->bytes + 8 + fresh, state->bytes + 8 + old, rest);
    memcpy(state->bytes + 8, text, fresh);
    for (int i = 0; i < 8; i++)
        state->bytes[i] = (uint8_t)(i < 4 ? fresh >> 8 * i : 0);
    state->size = 8 + fresh + rest;
}

static void put_metadata(tampered *state, unsigned which, const char *text) {
    size_t length = header_of(state);
    json_t *header = json_loadb((const char *)state->bytes + 8, length, 0, NULL), *value;
    json_t *metadata = json_object_get(header, "__metadata__");
    unsigned n = 0;
    const char *key;
    json_object_foreach(metadata, key,
                        value) if (n++ == which % (unsigned)json_object_size(metadata)) {
        json_object_set_new(metadata, key, json_string(text));
        break;
    }
    char *fresh = header ? json_dumps(header, JSON_COMPACT) : NULL;
    if (fresh)
        put_header(state, fresh);
    free(fresh);
    json_decref(header);
}

/* Gets past the guard against accidents, as a forger would. */
static void put_checksum(tampered *state) {
    size_t length = header_of(state);
    char text[24];
    json_t *header = json_loadb((const char *)state->bytes + 8, length, 0, NULL);
    json_t *metadata = json_object_get(header, "__metadata__");
    json_object_del(metadata, "checksum");
    char *dump =
        json_is_object(metadata) ? json_dumps(metadata, JSON_COMPACT | JSON_SORT_KEYS) : NULL;
    if (dump) {
        uint64_t hash = rm_hash_text(RM_HASH_BEGIN, dump);
        hash = rm_hash_bytes(hash, state->bytes + 8 + length, state->size - 8 - length);
        snprintf(text, sizeof text, "%016" PRIx64, hash);
        json_object_set_new(metadata, "checksum", json_string(text));
        char *fresh = json_dumps(header, JSON_COMPACT);
        put_header(state, fresh);
        free(fresh);
    }
    free(dump);
    json_decref(header);
}

/* One edit; returns how many bytes of the input it took, 0 for none that makes sense. */
static size_t edit(tampered *state, const uint8_t *data, size_t size) {
    char text[256];
    size_t place = size > 2 ? (size_t)data[1] << 8 | data[2] : 0, header = header_of(state);
    if (size >= 4 && *data == 'x') {
        state->bytes[place % state->size] = data[3];
        return 4;
    }
    if (size >= 7 && *data == 'v' && header && state->size > 12 + header) {
        size_t n = (state->size - 8 - header) / 4;
        memcpy(state->bytes + 8 + header + place % n * 4, data + 3, 4);
        return 7;
    }
    if (size >= 3 && *data == 't') {
        state->size = place % state->size + 1;
        return 3;
    }
    if (*data == 'c') {
        if (header)
            put_checksum(state);
        return 1;
    }
    const uint8_t *end = size > 2 && *data == 'm' ? memchr(data + 2, '\n', size - 2) : NULL;
    if (!end)
        return 0;
    snprintf(text, sizeof text, "%.*s", (int)(end - data - 2), (const char *)data + 2);
    if (header)
        put_metadata(state, data[1], text);
    return (size_t)(end - data) + 1;
}

/* Whatever was in the state, the model that comes out can be used. */
static void check_model(const rimer_model *model) {
    char path[320];
    rimer_model *again;
    rm_fuzz_path("out.safetensors", path);
    FUZZ_ASSERT(rimer_model_save(model, path) == RIMER_OK, "%s", rimer_last_error());
    FUZZ_ASSERT(rimer_model_load(path, &again) == RIMER_OK, "%s", rimer_last_error());
    rimer_model_free(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static tampered state;
    static char untouched;
    char path[320], state_path[320], best_path[320];
    rimer_model *model = (rimer_model *)(void *)&untouched;
    rm_fuzz_path("in.safetensors", path);
    rm_fuzz_path("in.train.safetensors", state_path);
    rm_fuzz_path("in.best.safetensors", best_path);
    if (!dataset)
        prepare(path, state_path);
    memcpy(state.bytes, valid, valid_size);
    state.size = valid_size;
    for (size_t taken; size > 0 && (taken = edit(&state, data, size)) > 0;) {
        data += taken;
        size -= taken;
    }
    rm_fuzz_write(state_path, "", state.bytes, state.size);
    rimer_status status = train(path, 0, &model);
    if (status == RIMER_OK) {
        check_model(model);
        rimer_model_free(model);
        unlink(path);
        return 0;
    }
    FUZZ_ASSERT((char *)model == &untouched, "*out was touched: %s", rimer_last_error());
    if (status !=
        RIMER_FAILED) /* values so large that training diverges are none of its business */
        rm_fuzz_sentence(status);
    unlink(path), unlink(state_path), unlink(best_path);
    return 0;
}
