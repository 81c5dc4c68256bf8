/* Models as safetensors files (docs/files.md). */
#include "base/array.h"
#include "base/config_text.h"
#include "base/json_text.h"
#include "base/threads.h"
#include "model/model_inside.h"
#include "model/safetensors.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FORMAT "rimer-1"

/* ------------------------------------------------------------------------------ saving */

/* NULL: out of memory. */
static json_t *scaler_json(const rimer_model *model) {
    json_t *list = json_array();
    for (int64_t c = 0; list && c < model->scaler.n_channels; c++) {
        json_t *entry = json_object();
        int failed = rm_json_put_text(entry, "name", model->channel_names[c]) ||
                     json_object_set_new(entry, "loc", json_real(model->scaler.loc[c])) ||
                     json_object_set_new(entry, "scale", json_real(model->scaler.scale[c]));
        failed |= json_array_append_new(list, entry);
        if (failed) {
            json_decref(list);
            return NULL;
        }
    }
    return list;
}

static int put_text(json_t *metadata, const char *key, const char *text) {
    return json_object_set_new(metadata, key, json_string(text));
}

/* json_object_update would say nothing of what it could not add. Copies, because another thread
 * may save the same model, and counting who holds a value is a change of the model; and because
 * a file's name need not be UTF-8. */
static int put_facts(json_t *metadata, json_t *facts) {
    const char *key;
    json_t *value;
    int failed = 0;
    json_object_foreach(facts, key, value) failed |=
        rm_json_put_text(metadata, key, json_string_value(value));
    return failed;
}

static rimer_status metadata_of(const rimer_model *model, json_t **out) {
    char *config;
    RM_TRY(rimer_config_json(&model->config, &config));
    json_t *metadata = json_object(), *scaler = scaler_json(model);
    char *scaler_text = rm_json_dump(scaler, JSON_COMPACT | JSON_REAL_PRECISION(17));
    int failed = !scaler_text || put_text(metadata, "format", FORMAT) ||
                 put_text(metadata, "config", config) ||
                 put_text(metadata, "scaler", scaler_text) || put_facts(metadata, model->facts);
    free(config);
    free(scaler_text);
    json_decref(scaler);
    if (failed) {
        json_decref(metadata);
        RM_FAIL(NO_MEMORY, "out of memory for a model's metadata");
    }
    *out = metadata;
    return RIMER_OK;
}

/* The file holds float32 whatever the build's scalar. */
static rimer_status float_copy(const rimer_model *model, float **out) {
    int64_t n = rm_model_total(model);
    RM_TRY(rm_array_new(out, n, sizeof **out));
    for (int64_t i = 0; i < n; i++)
        (*out)[i] = (float)model->values[i];
    return RIMER_OK;
}

rimer_status rimer_model_save(const rimer_model *model, const char *path) {
    RM_NEED(model, path);
    int64_t n = rimer_model_n_tensors(model);
    json_t *metadata = NULL;
    rm_tensor *tensors = NULL;
    float *values = NULL;
    rimer_status status = metadata_of(model, &metadata);
    if (status == RIMER_OK)
        status = float_copy(model, &values);
    if (status == RIMER_OK)
        status = rm_array_new(&tensors, n, sizeof *tensors);
    for (int64_t i = 0; status == RIMER_OK && i < n; i++) {
        rm_model_tensor from = rm_model_tensor_at(model, i);
        snprintf(tensors[i].name, sizeof tensors[i].name, "%s", from.param->name);
        tensors[i].shape[0] = from.param->rows;
        tensors[i].shape[1] = from.param->cols;
        tensors[i].count = from.param->count;
        tensors[i].values = values + from.at;
    }
    if (status == RIMER_OK)
        status = rm_tensors_write(path, metadata, tensors, n);
    json_decref(metadata);
    free(tensors);
    free(values);
    return status;
}

/* ----------------------------------------------------------------------------- loading */

/* Files of other kinds that stand beside models. */
static rimer_status refuse_format(const char *path, const char *format) {
    if (strncmp(format, "rimer-stream-", 13) == 0)
        RM_FAIL(MODEL, "%s: is the state of a stream, not a model: that is what --state names",
                path);
    if (strncmp(format, "rimer-train-", 12) == 0)
        RM_FAIL(MODEL,
                "%s: is the state of a training, not a model: the best so far lies beside it, "
                "in ....best.safetensors",
                path);
    RM_FAIL(MODEL, "%s: is of format %s; this version reads " FORMAT, path, format);
}

static rimer_status read_config(const rm_tensor_file *file, const char *path,
                                rimer_config *config) {
    const char *format = json_string_value(json_object_get(file->metadata, "format"));
    const char *text = json_string_value(json_object_get(file->metadata, "config"));
    if (!format || strncmp(format, "rimer-", 6) != 0)
        RM_FAIL(MODEL, "%s: is a safetensors file, but not a Rimer model", path);
    if (strcmp(format, FORMAT) != 0)
        return refuse_format(path, format);
    if (!text)
        RM_FAIL(MODEL, "%s: holds no configuration", path);
    rimer_config_init(config);
    rimer_status status =
        rm_config_parse(config, text, strlen(text), "its configuration", NULL);
    if (status != RIMER_OK)
        return rm_error_prefix(status == RIMER_NO_MEMORY ? status : RIMER_MODEL, "%s: ", path);
    if (config->context_len < 1 || config->horizon < 1 || config->patch_len < 1 ||
        config->output_len < 1)
        RM_FAIL(MODEL, "%s: its configuration lacks context, horizon, patch or output length",
                path);
    const char *problem = rimer_config_check(config);
    if (problem)
        RM_FAIL(MODEL, "%s: %s", path, problem);
    return RIMER_OK;
}

typedef struct complaint {
    char text[640];
    size_t used;
} complaint;

static void complain(complaint *all, const char *what, const char *name) {
    if (all->used < sizeof all->text)
        all->used += (size_t)snprintf(all->text + all->used, sizeof all->text - all->used,
                                      "%s%s %s", all->used ? ", " : "", what, name);
}

/* All faults at once: a reader should not have to mend them one by one. */
static rimer_status match_tensors(const rimer_model *model, const rm_tensor_file *file,
                                  const char *path) {
    complaint all = {{0}, 0};
    for (int64_t i = 0; i < rimer_model_n_tensors(model); i++) {
        const rm_param *param = rm_model_tensor_at(model, i).param;
        const rm_tensor *tensor = rm_tensors_find(file, param->name);
        if (!tensor)
            complain(&all, "missing", param->name);
        else if (tensor->shape[0] != param->rows || tensor->shape[1] != param->cols)
            complain(&all, "misshaped", param->name);
    }
    for (int64_t i = 0; i < file->n_tensors; i++)
        if (!rm_model_tensor_find(model, file->tensors[i].name).param)
            complain(&all, "unexpected", file->tensors[i].name);
    if (all.used)
        RM_FAIL(MODEL, "%s: its tensors do not fit its configuration: %s", path, all.text);
    return RIMER_OK;
}

/* By the exponent's bits, so that a load of millions of values takes no time to speak of: all
 * ones carry into the sign. */
static int all_finite(const float *values, int64_t n) {
    uint32_t carried = 0, bits;
    for (int64_t i = 0; i < n; i++) {
        memcpy(&bits, &values[i], sizeof bits);
        carried |= (bits & 0x7f800000u) + 0x00800000u;
    }
    return !(carried >> 31);
}

/* Whether the file has every parameter where the model has it, and room to the last one's end. */
static int same_places(const rimer_model *model, const rm_tensor_file *file) {
    int64_t n = rimer_model_n_tensors(model);
    rm_model_tensor last = rm_model_tensor_at(model, n - 1);
    int same = sizeof(rm_real) == sizeof(float) &&
               last.at + last.param->count == rm_model_total(model);
    for (int64_t i = 0; same && i < n; i++) {
        rm_model_tensor to = rm_model_tensor_at(model, i);
        same = rm_tensors_find(file, to.param->name)->values == file->payload + to.at;
    }
    return same;
}

/* What was read becomes the model's: as fast as a file that is mapped, and safe from what
 * happens to the file later. */
static void take_payload(rimer_model *model, rm_tensor_file *file) {
    free(model->values);
    model->values = (rm_real *)file->payload;
    file->payload = NULL;
}

static rimer_status take_values(rimer_model *model, rm_tensor_file *file, const char *path) {
    int in_place = same_places(model, file);
    for (int64_t i = 0; i < rimer_model_n_tensors(model); i++) {
        rm_model_tensor to = rm_model_tensor_at(model, i);
        const rm_tensor *tensor = rm_tensors_find(file, to.param->name);
        if (!all_finite(tensor->values, to.param->count))
            RM_FAIL(MODEL, "%s: tensor %s holds a value that is not finite", path,
                    to.param->name);
        for (int64_t k = 0; !in_place && k < to.param->count; k++)
            model->values[to.at + k] = (rm_real)tensor->values[k];
    }
    if (in_place)
        take_payload(model, file);
    return RIMER_OK;
}

static rimer_status take_channel(rimer_model *model, int64_t index, json_t *entry,
                                 const char *path) {
    char **name = &model->channel_names[index];
    RM_TRY(rm_json_get_text(entry, "name", name));
    json_t *loc = json_object_get(entry, "loc"), *scale = json_object_get(entry, "scale");
    if (!*name || !json_is_number(loc) || !json_is_number(scale) ||
        !isfinite(json_number_value(loc)) || !isfinite(json_number_value(scale)) ||
        json_number_value(scale) <= 0)
        RM_FAIL(MODEL, "%s: channel %lld of its scaler is damaged", path, (long long)index + 1);
    model->scaler.loc[index] = json_number_value(loc);
    model->scaler.scale[index] = json_number_value(scale);
    return RIMER_OK;
}

static rimer_status take_scaler(rimer_model *model, const rm_tensor_file *file,
                                const char *path) {
    const char *text = json_string_value(json_object_get(file->metadata, "scaler"));
    json_t *list = NULL;
    if (text && rm_json_parse(text, strlen(text), path, &list) == RIMER_NO_MEMORY)
        return RIMER_NO_MEMORY;
    if (!json_is_array(list)) {
        json_decref(list);
        RM_FAIL(MODEL, "%s: its scaler is missing or damaged", path);
    }
    int64_t n = (int64_t)json_array_size(list);
    rm_scaler_free(&model->scaler);
    rimer_status status = rm_scaler_identity(&model->scaler, 1, n);
    if (status == RIMER_OK)
        status = rm_array_new(&model->channel_names, n, sizeof(char *));
    for (int64_t c = 0; status == RIMER_OK && c < n; c++)
        status = take_channel(model, c, json_array_get(list, (size_t)c), path);
    if (status == RIMER_OK)
        status = rm_model_sort_channels(model);
    json_decref(list);
    int64_t own = model->config.own_channels;
    if (status == RIMER_OK && own > 0 && own != n)
        RM_FAIL(MODEL, "%s: it holds maps of %lld channels' own, but names %lld channels", path,
                (long long)own, (long long)n);
    return status;
}

/* Of a file whose name is not UTF-8. */
static rimer_status take_hex_data(rimer_model *model, const rm_tensor_file *file) {
    char *data;
    RM_TRY(rm_json_get_text(file->metadata, "data", &data));
    rimer_status status = data ? rm_model_set_fact(model, "data", data) : RIMER_OK;
    free(data);
    return status;
}

static rimer_status take_facts(rimer_model *model, const rm_tensor_file *file) {
    static const char *const own[] = {"format", "config", "scaler", "data_hex"};
    const char *key;
    json_t *value;
    json_object_foreach(file->metadata, key, value) {
        int is_own = 0;
        for (size_t i = 0; i < sizeof own / sizeof *own; i++)
            is_own |= strcmp(key, own[i]) == 0;
        if (!is_own && json_is_string(value))
            RM_TRY(rm_model_set_fact(model, key, json_string_value(value)));
        if (strcmp(key, "data_hex") == 0) /* at its place: a copy has the same bytes */
            RM_TRY(take_hex_data(model, file));
    }
    model->plain = model->config.conformal && !*rimer_model_fact(model, "conformal");
    return RIMER_OK;
}

/* The configuration decides how much memory a network takes; a stranger's must not take more
 * than the file holds, so the tensors are matched before anything of that size is allocated. */
static rimer_status match_before_building(const rimer_config *config,
                                          const rm_tensor_file *file, const char *path) {
    rimer_model built = {0};
    rimer_status status = rm_model_build(&built, config);
    if (status == RIMER_OK)
        status = match_tensors(&built, file, path);
    rm_network_free(&built.network);
    rm_network_free(&built.twin);
    return status;
}

/* Activations depend on lengths of which the tensors know nothing: a small file may ask for a
 * context of a million tokens. Programs forecast with a session a processor. */
static rimer_status check_forecast(const rimer_model *model, const char *path) {
    size_t bytes, share = (size_t)(rm_memory_size() / 2 / rm_pool_threads(0));
    RM_TRY(rm_session_measure(model, &bytes));
    if (bytes > share)
        RM_FAIL(MODEL,
                "%s: a forecast with context_len %lld in patches of %lld takes %.1f GiB of "
                "memory, and %.1f are here for each processor",
                path, (long long)model->config.context_len, (long long)model->config.patch_len,
                (double)bytes / (1 << 30), (double)share / (1 << 30));
    return RIMER_OK;
}

rimer_status rimer_model_load(const char *path, rimer_model **out) {
    RM_NEED(path, out);
    rm_tensor_file file;
    rimer_config config;
    rimer_model *model = NULL;
    RM_TRY(rm_tensors_open(path, &file));
    rimer_status status = read_config(&file, path, &config);
    if (status == RIMER_OK)
        status = match_before_building(&config, &file, path);
    if (status == RIMER_OK)
        status = rm_model_create_empty(&config, &model);
    if (status == RIMER_OK)
        status = check_forecast(model, path);
    if (status == RIMER_OK)
        status = rm_tensors_load(&file, path);
    if (status == RIMER_OK)
        status = take_values(model, &file, path);
    if (status == RIMER_OK)
        status = take_scaler(model, &file, path);
    if (status == RIMER_OK)
        status = take_facts(model, &file);
    rm_tensors_free(&file);
    if (status != RIMER_OK) {
        rimer_model_free(model);
        return status;
    }
    *out = model;
    return RIMER_OK;
}
