/* Fuzz target: any bytes as a model. What loads must forecast, and be the same after a save. */
#include "common.h"
#include "model/model_inside.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define HORIZON 7
#define CONTEXT 24
#define SESSION_MAX (64 << 20) /* larger ones are left out, to be quick */

static void check_facts(const rimer_model *model) {
    FUZZ_ASSERT(rimer_model_n_parameters(model) > 0, "no parameters");
    for (int64_t i = 0; i < rimer_model_n_tensors(model); i++)
        FUZZ_ASSERT(*rimer_model_tensor(model, i).name, "tensor %lld", (long long)i);
    for (int64_t c = 0; c < rimer_model_n_channels(model); c++) {
        rimer_channel channel = rimer_model_channel(model, c);
        FUZZ_ASSERT(channel.name && isfinite(channel.loc) && channel.scale > 0, "channel %lld",
                    (long long)c);
    }
    FUZZ_ASSERT(!rimer_config_check(rimer_model_config(model)), "%s", rimer_last_error());
}

static void check_forecast(const rimer_model *model) {
    float contexts[2][CONTEXT], out[2][HORIZON];
    rimer_session *session;
    size_t bytes;
    FUZZ_ASSERT(rm_session_measure(model, &bytes) == RIMER_OK, "%s", rimer_last_error());
    if (bytes > SESSION_MAX)
        return;
    for (int i = 0; i < CONTEXT; i++) {
        contexts[0][i] = i % 5 == 4 ? NAN : (float)i;
        contexts[1][i] = NAN;
    }
    FUZZ_ASSERT(rimer_session_create(model, 2, &session) == RIMER_OK, "%s", rimer_last_error());
    FUZZ_ASSERT(rimer_session_forecast(session, 2, CONTEXT, contexts[0], HORIZON, out[0]) ==
                    RIMER_OK,
                "%s", rimer_last_error());
    for (int i = 0; i < HORIZON; i++)
        FUZZ_ASSERT(isnan(out[1][i]), "%g out of nothing", (double)out[1][i]);
    rimer_session_free(session);
}

static void check_save(const rimer_model *model) {
    char path[320];
    rimer_model *again;
    rm_fuzz_path("out.safetensors", path);
    FUZZ_ASSERT(rimer_model_save(model, path) == RIMER_OK, "%s", rimer_last_error());
    FUZZ_ASSERT(rimer_model_load(path, &again) == RIMER_OK, "%s", rimer_last_error());
    FUZZ_ASSERT(memcmp(&again->config, &model->config, sizeof model->config) == 0, "config");
    for (int64_t i = 0; i < model->network.registry.n; i++) {
        const rm_param *param = &model->network.registry.items[i];
        FUZZ_ASSERT(memcmp(model->values + param->offset, again->values + param->offset,
                           (size_t)param->count * sizeof *model->values) == 0,
                    "%s", param->name);
    }
    FUZZ_ASSERT(rimer_model_n_channels(again) == rimer_model_n_channels(model) &&
                    json_equal(again->facts, model->facts),
                "channels or facts");
    for (int64_t c = 0; c < rimer_model_n_channels(model); c++) {
        rimer_channel one = rimer_model_channel(model, c), two = rimer_model_channel(again, c);
        FUZZ_ASSERT(strcmp(one.name, two.name) == 0 && rm_fuzz_same(one.loc, two.loc) &&
                        rm_fuzz_same(one.scale, two.scale),
                    "channel %lld", (long long)c);
    }
    rimer_model_free(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static char untouched;
    char path[320];
    rimer_model *model = (rimer_model *)(void *)&untouched;
    rm_fuzz_write(rm_fuzz_path("in.safetensors", path), "", data, size);
    rimer_status status = rimer_model_load(path, &model);
    if (status != RIMER_OK) {
        FUZZ_ASSERT((char *)model == &untouched, "*out was touched: %s", rimer_last_error());
        rm_fuzz_sentence(status);
        return 0;
    }
    check_facts(model);
    check_forecast(model);
    check_save(model);
    rimer_model_free(model);
    return 0;
}

/* ------------------------------------------------------------- a fuzzer that knows the format */

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size) __attribute__((weak));
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed);

static void put_length(uint8_t *data, size_t length) {
    for (int i = 0; i < 8; i++)
        data[i] = (uint8_t)(i < 4 ? length >> 8 * i : 0);
}

/* Mutates the header alone and sets its length anew, so that what follows stays where it belongs. */
static size_t mutate_header(uint8_t *data, size_t size, size_t max_size, size_t length) {
    size_t rest = size - 8 - length, room = max_size - 8 - rest;
    uint8_t *header = malloc(room);
    memcpy(header, data + 8, length);
    size_t fresh = LLVMFuzzerMutate(header, length, room);
    memmove(data + 8 + fresh, data + 8 + length, rest);
    memcpy(data + 8, header, fresh);
    put_length(data, fresh);
    free(header);
    return 8 + fresh + rest;
}

/* One digit into another: sizes and offsets change, and the JSON stays one. */
static void mutate_digit(uint8_t *header, size_t length, unsigned seed) {
    for (size_t i = 0; i < length; i++) {
        uint8_t *c = &header[(seed + i) % length];
        if (*c >= '0' && *c <= '9') {
            *c = (uint8_t)('0' + seed / 7 % 10);
            return;
        }
    }
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed) {
    size_t length = 0;
    for (int i = 3; i >= 0 && size > 8; i--)
        length = length << 8 | data[i];
    if (length < 2 || length > size - 8 || seed % 8 == 0)
        return LLVMFuzzerMutate(data, size, max_size);
    if (seed % 8 < 5)
        return mutate_header(data, size, max_size, length);
    if (seed % 8 < 7) {
        mutate_digit(data + 8, length, seed / 8);
        return size;
    }
    size_t rest = size - 8 - length;
    return rest ? 8 + length + LLVMFuzzerMutate(data + 8 + length, rest, max_size - 8 - length)
                : size;
}
