/* Streams as safetensors files (docs/files.md). */
#include "base/array.h"
#include "base/decimal.h"
#include "base/hash.h"
#include "base/json_text.h"
#include "model/safetensors.h"
#include "model/stream_inside.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FORMAT "rimer-stream-2"
#define SCALE_DIGITS 32 /* of a channel: the bits of loc and scale */

/* Settings, weights and scales; what was measured afterwards is no matter of a state. */
rimer_status rimer_stream_model_key(const rimer_model *model, char key[24]) {
    char *config;
    RM_NEED(model, key);
    RM_TRY(rimer_config_json(&model->config, &config));
    uint64_t hash = rm_hash_text(RM_HASH_BEGIN, config);
    free(config);
    for (int64_t i = 0; i < rimer_model_n_tensors(model); i++) {
        rm_model_tensor one = rm_model_tensor_at(model, i);
        hash = rm_hash_bytes(hash, model->values + one.at,
                             (size_t)one.param->count * sizeof *model->values);
    }
    for (int64_t c = 0; c < model->scaler.n_channels; c++) {
        hash = rm_hash_text(hash, model->channel_names[c]);
        hash = rm_hash_bytes(hash, &model->scaler.loc[c], sizeof(double));
        hash = rm_hash_bytes(hash, &model->scaler.scale[c], sizeof(double));
    }
    snprintf(key, 24, "%016" PRIx64, hash);
    return RIMER_OK;
}

/* ----------------------------------------------------------------------------- tensors */

/* What a file holds, and where it stands in the stream: "recent", and of a state all else. */
typedef struct piece {
    char name[RM_TENSOR_NAME];
    int64_t rows, cols;
    rm_real *real; /* NULL: `recent`, which is longer */
} piece;

static void add_piece(piece *pieces, int64_t *n, const char *name, int64_t layer,
                      const rimer_stream *stream, int64_t cols, rm_real *real) {
    piece *to = &pieces[(*n)++];
    if (layer < 0)
        snprintf(to->name, sizeof to->name, "%s", name);
    else
        snprintf(to->name, sizeof to->name, "blocks.%lld.%s", (long long)layer, name);
    to->rows = stream->n_channels;
    to->cols = cols;
    to->real = real;
}

/* pieces[2 + 3 * layers] */
static int64_t list_pieces(const rimer_stream *stream, int has_state, piece *pieces) {
    const rm_shape *s = &stream->model->network.shape;
    int64_t n = 0;
    add_piece(pieces, &n, "recent", -1, stream, stream->window, NULL);
    if (!has_state)
        return n;
    add_piece(pieces, &n, "hidden", -1, stream, s->width, rm_pass_look(stream->pass).hidden);
    for (int64_t layer = 0; layer < s->layers; layer++) {
        const rm_time_mix_state *mix = &stream->state.time_mix[layer];
        add_piece(pieces, &n, "att.shift", layer, stream, s->width, mix->shift);
        add_piece(pieces, &n, "att.state", layer, stream, s->width * s->head_size, mix->wkv);
        add_piece(pieces, &n, "ffn.shift", layer, stream, s->width,
                  stream->state.channel_mix[layer]);
    }
    return n;
}

/* Steps that never were are missing. */
static void copy_recent(const rimer_stream *stream, float *to) {
    int64_t W = stream->window, held = rm_stream_held(stream);
    for (int64_t c = 0; c < stream->n_channels; c++) {
        const float *end = stream->recent + c * 2 * W + stream->end;
        for (int64_t i = 0; i < W; i++)
            to[c * W + i] = i < W - held ? NAN : end[i - W];
    }
}

static void copy_piece(const rimer_stream *stream, const piece *from, float *to) {
    if (!from->real)
        copy_recent(stream, to);
    for (int64_t i = 0; from->real && i < from->rows * from->cols; i++)
        to[i] = (float)from->real[i];
}

/* ----------------------------------------------------------------------------- saving */

static int put(json_t *metadata, const char *key, const char *text) {
    return json_object_set_new(metadata, key, json_string(text));
}

/* A string; of a name that is none, an object. */
static json_t *name_json(const char *name) {
    json_t *object = json_object();
    if (!object || rm_json_put_text(object, "name", name)) {
        json_decref(object);
        return NULL;
    }
    json_t *plain = json_incref(json_object_get(object, "name"));
    if (!plain)
        return object;
    json_decref(object);
    return plain;
}

static int put_names(json_t *metadata, const rimer_stream *stream) {
    json_t *list = json_array();
    int failed = !list;
    for (int64_t c = 0; c < stream->n_channels && !failed; c++)
        failed = json_array_append_new(list, name_json(rimer_stream_channel_name(stream, c)));
    char *text = failed ? NULL : rm_json_dump(list, JSON_COMPACT);
    failed = !text || put(metadata, "channels", text);
    json_decref(list);
    free(text);
    return failed;
}

static int put_scales(json_t *metadata, const rimer_stream *stream) {
    char *text;
    if (rm_array_new(&text, stream->n_channels * SCALE_DIGITS + 1, 1) != RIMER_OK)
        return 1;
    for (int64_t c = 0; c < stream->n_channels; c++) {
        uint64_t loc, scale;
        memcpy(&loc, &stream->scales[c].loc, sizeof loc);
        memcpy(&scale, &stream->scales[c].scale, sizeof scale);
        snprintf(text + c * SCALE_DIGITS, SCALE_DIGITS + 1, "%016" PRIx64 "%016" PRIx64, loc,
                 scale);
    }
    int failed = put(metadata, "scales", text);
    free(text);
    return failed;
}

static rimer_status write_pieces(const rimer_stream *stream, json_t *metadata,
                                 const piece *pieces, rm_tensor *tensors, int64_t n,
                                 float *values, const char *path) {
    char checksum[24];
    for (int64_t i = 0; i < n; i++) {
        const piece *one = &pieces[i];
        copy_piece(stream, one, values);
        tensors[i] = (rm_tensor){"", {one->rows, one->cols}, one->rows * one->cols, values};
        memcpy(tensors[i].name, one->name, sizeof one->name);
        values += one->rows * one->cols;
    }
    RM_TRY(rm_tensors_checksum(checksum, metadata, tensors, n));
    if (put(metadata, "checksum", checksum))
        RM_FAIL(NO_MEMORY, "out of memory for the state of a stream");
    return rm_tensors_write(path, metadata, tensors, n);
}

static rimer_status save_with(const rimer_stream *stream, json_t *metadata, const char *path) {
    piece *pieces;
    rm_tensor *tensors = NULL;
    float *values = NULL;
    int64_t total = 0, most = 2 + 3 * stream->model->network.shape.layers;
    RM_TRY(rm_array_new(&pieces, most, sizeof *pieces));
    int64_t n = list_pieces(stream, rm_stream_has_state(stream), pieces);
    for (int64_t i = 0; i < n; i++)
        total += pieces[i].rows * pieces[i].cols;
    rimer_status status = rm_array_new(&tensors, n, sizeof *tensors);
    if (status == RIMER_OK)
        status = rm_array_new(&values, total, sizeof *values);
    if (status == RIMER_OK)
        status = write_pieces(stream, metadata, pieces, tensors, n, values, path);
    free(pieces);
    free(tensors);
    free(values);
    return status;
}

rimer_status rimer_stream_save(const rimer_stream *stream, const char *note, const char *path) {
    RM_NEED(stream, path);
    char model[24], steps[24], first[24];
    RM_TRY(rimer_stream_model_key(stream->model, model));
    snprintf(steps, sizeof steps, "%" PRId64, stream->n_steps);
    snprintf(first, sizeof first, "%" PRId64, stream->first);
    json_t *metadata = json_object();
    int failed = !metadata || put(metadata, "format", FORMAT) ||
                 put(metadata, "model", model) || put(metadata, "steps", steps) ||
                 put(metadata, "first", first) ||
                 rm_json_put_text(metadata, "note", note ? note : "") ||
                 put_names(metadata, stream) || put_scales(metadata, stream);
    rimer_status status =
        failed ? rm_error_set(RIMER_NO_MEMORY, "out of memory for the state of a stream")
               : save_with(stream, metadata, path);
    json_decref(metadata);
    return status;
}

/* ----------------------------------------------------------------------------- loading */

static const char *text_at(const rm_tensor_file *file, const char *key) {
    const char *text = json_string_value(json_object_get(file->metadata, key));
    return text ? text : "";
}

static int is_state(const rm_tensor_file *file) {
    return strncmp(text_at(file, "format"), "rimer-stream-", 13) == 0;
}

static rimer_status check_format(const rm_tensor_file *file, const char *path) {
    const char *format = text_at(file, "format");
    if (!is_state(file))
        RM_FAIL(MODEL, "%s: is not the state of a stream", path);
    if (strcmp(format, FORMAT) != 0)
        RM_FAIL(MODEL, "%s: is of format %s; this version reads " FORMAT, path, format);
    return RIMER_OK;
}

static rimer_status check_kind(const rimer_model *model, const rm_tensor_file *file,
                               const char *path) {
    char ours[24];
    RM_TRY(check_format(file, path));
    RM_TRY(rimer_stream_model_key(model, ours));
    if (strcmp(text_at(file, "model"), ours) != 0)
        RM_FAIL(MODEL,
                "%s: is the state of another model: go on with that one, or remove the file "
                "to begin anew",
                path);
    return RIMER_OK;
}

static rimer_status damaged(const char *path, const char *what) {
    RM_FAIL(MODEL, "%s: is damaged: its %s", path, what);
}

/* Some digits and nothing else. */
static int read_steps(const char *text, int64_t *steps) {
    size_t n = strlen(text);
    if (n < 1 || n > 18 || !rm_decimal_is_digits(text))
        return 0;
    *steps = strtoll(text, NULL, 10);
    return 1;
}

/* The same, with a sign or without. */
static int read_position(const char *text, int64_t *position) {
    int is_negative = *text == '-';
    if (!read_steps(text + is_negative, position))
        return 0;
    *position = is_negative ? -*position : *position;
    return rm_position_check(*position) == RIMER_OK;
}

static rimer_status copy_name(const json_t *entry, char **out) {
    const char *plain = json_string_value(entry);
    return plain ? rm_string_copy(out, plain) : rm_json_get_text(entry, "name", out);
}

static void free_names(char **names, int64_t n) {
    for (int64_t c = 0; names && c < n; c++)
        free(names[c]);
    free(names);
}

static rimer_status copy_names(const json_t *list, const char *path, char ***out) {
    int64_t n = (int64_t)json_array_size(list);
    char **names;
    RM_TRY(rm_array_new(&names, n, sizeof *names));
    rimer_status status = RIMER_OK;
    for (int64_t c = 0; c < n && status == RIMER_OK; c++) {
        status = copy_name(json_array_get(list, (size_t)c), &names[c]);
        if (status == RIMER_OK && !names[c])
            status = damaged(path, "names of channels cannot be read");
    }
    if (status == RIMER_OK)
        *out = names;
    else
        free_names(names, n);
    return status;
}

/* names[*n], free with free_names. */
static rimer_status read_names(const rm_tensor_file *file, const char *path, int64_t *n,
                               char ***out) {
    const char *text = text_at(file, "channels");
    json_t *list = NULL;
    if (rm_json_parse(text, strlen(text), path, &list) == RIMER_NO_MEMORY)
        return RIMER_NO_MEMORY;
    *n = (int64_t)json_array_size(list); /* 0 of all else */
    rimer_status status = *n > 0 ? copy_names(list, path, out)
                                 : damaged(path, "names of channels cannot be read");
    json_decref(list);
    return status;
}

/* Before anything of the size that the names ask for is allocated. */
static rimer_status check_recent(const rimer_model *model, const rm_tensor_file *file,
                                 int64_t n_channels, const char *path) {
    const rm_shape *s = &model->network.shape;
    const rm_tensor *recent = rm_tensors_find(file, "recent");
    if (!recent || recent->shape[0] != n_channels ||
        recent->shape[1] != rm_shape_tokens(s, s->context_len) * s->patch_len)
        return damaged(path, "steps are of another shape than its names and the model");
    return RIMER_OK;
}

static rimer_status create_named(const rimer_model *model, const rm_tensor_file *file,
                                 const char *path, rimer_stream **out) {
    char **names;
    int64_t n;
    RM_TRY(read_names(file, path, &n, &names));
    rimer_status status = check_recent(model, file, n, path);
    if (status == RIMER_OK)
        status = rimer_stream_create(model, n, (const char *const *)names, out);
    free_names(names, n);
    return status;
}

static rimer_status take_scales(rimer_stream *stream, const rm_tensor_file *file,
                                const char *path) {
    const char *text = text_at(file, "scales");
    if (strlen(text) != (size_t)stream->n_channels * SCALE_DIGITS ||
        text[strspn(text, "0123456789abcdef")])
        return damaged(path, "scales cannot be read");
    for (int64_t c = 0; c < stream->n_channels; c++) {
        rm_scale *scale = &stream->scales[c];
        double *to[] = {&scale->loc, &scale->scale};
        for (int i = 0; i < 2; i++, text += SCALE_DIGITS / 2) {
            char digits[SCALE_DIGITS / 2 + 1] = "";
            memcpy(digits, text, SCALE_DIGITS / 2);
            uint64_t bits = strtoull(digits, NULL, 16);
            memcpy(to[i], &bits, sizeof bits);
        }
        scale->log1p = stream->model->config.log1p;
        if (rm_stream_has_state(stream) &&
            !(isfinite(scale->loc) && isfinite(scale->scale) && scale->scale > 0))
            return damaged(path, "scales are not numbers above 0");
    }
    return RIMER_OK;
}

static void take_recent(rimer_stream *stream, const float *from) {
    int64_t W = stream->window;
    for (int64_t c = 0; c < stream->n_channels; c++)
        memcpy(stream->recent + c * 2 * W, from + c * W, (size_t)W * sizeof *from);
    stream->end = W;
}

static rimer_status take_piece(rimer_stream *stream, const piece *to, const rm_tensor *from,
                               const char *path) {
    if (!from || from->shape[0] != to->rows || from->shape[1] != to->cols)
        return damaged(path, "tensors do not fit the model");
    for (int64_t i = 0; i < from->count; i++)
        if (to->real ? !isfinite(from->values[i]) : isinf(from->values[i]))
            return damaged(path, "values are not finite");
    if (!to->real)
        take_recent(stream, from->values);
    for (int64_t i = 0; to->real && i < from->count; i++)
        to->real[i] = (rm_real)from->values[i];
    return RIMER_OK;
}

static rimer_status check_sum(const rm_tensor_file *file, const char *path) {
    char checksum[24];
    RM_TRY(rm_tensors_checksum(checksum, file->metadata, file->tensors, file->n_tensors));
    return strcmp(checksum, text_at(file, "checksum")) == 0
               ? RIMER_OK
               : damaged(path, "checksum does not fit");
}

static rimer_status take_pieces(rimer_stream *stream, const rm_tensor_file *file,
                                const char *path) {
    piece *pieces;
    RM_TRY(rm_array_new(&pieces, 2 + 3 * stream->model->network.shape.layers, sizeof *pieces));
    int64_t n = list_pieces(stream, rm_stream_has_state(stream), pieces);
    rimer_status status = check_sum(file, path);
    if (status == RIMER_OK && n != file->n_tensors)
        status = damaged(path, "tensors do not fit the model");
    for (int64_t i = 0; status == RIMER_OK && i < n; i++)
        status = take_piece(stream, &pieces[i], rm_tensors_find(file, pieces[i].name), path);
    free(pieces);
    return status;
}

static rimer_status fill_from(rimer_stream *stream, const rm_tensor_file *file,
                              const char *path) {
    if (!read_steps(text_at(file, "steps"), &stream->n_steps))
        return damaged(path, "number of steps cannot be read");
    if (!read_position(text_at(file, "first"), &stream->first))
        return damaged(path, "position cannot be read");
    RM_TRY(take_pieces(stream, file, path));
    return take_scales(stream, file, path);
}

static rimer_status copy_note(const rm_tensor_file *file, const char *path, char **out) {
    RM_TRY(rm_json_get_text(file->metadata, "note", out));
    return *out ? RIMER_OK : damaged(path, "note cannot be read");
}

rimer_status rimer_stream_load(const rimer_model *model, const char *path, rimer_stream **out,
                               char **note) {
    RM_NEED(model, path, out);
    rm_tensor_file file;
    rimer_stream *stream = NULL;
    RM_TRY(rm_tensors_open(path, &file));
    rimer_status status = check_kind(model, &file, path);
    if (status == RIMER_OK)
        status = create_named(model, &file, path, &stream);
    if (status == RIMER_OK)
        status = rm_tensors_load(&file, path);
    if (status == RIMER_OK)
        status = fill_from(stream, &file, path);
    if (status == RIMER_OK && note)
        status = copy_note(&file, path, note);
    rm_tensors_free(&file);
    if (status != RIMER_OK) {
        rimer_stream_free(stream);
        return status;
    }
    *out = stream;
    return RIMER_OK;
}

/* ----------------------------------------------------------------------------- telling */

int rimer_stream_is_state(const char *path) {
    rm_tensor_file file;
    if (rm_tensors_open(path, &file) != RIMER_OK)
        return 0;
    int is = is_state(&file);
    rm_tensors_free(&file);
    return is;
}

static rimer_status fill_about(rimer_stream_about *about, const rm_tensor_file *file,
                               const char *path) {
    RM_TRY(check_format(file, path));
    RM_TRY(check_sum(file, path));
    if (!read_steps(text_at(file, "steps"), &about->n_steps))
        return damaged(path, "number of steps cannot be read");
    snprintf(about->format, sizeof about->format, "%s", text_at(file, "format"));
    snprintf(about->model, sizeof about->model, "%s", text_at(file, "model"));
    RM_TRY(copy_note(file, path, &about->note));
    return read_names(file, path, &about->n_channels, &about->names);
}

rimer_status rimer_stream_about_read(const char *path, rimer_stream_about *out) {
    RM_NEED(path, out);
    rm_tensor_file file;
    rimer_stream_about about = {0};
    RM_TRY(rm_tensors_read(path, &file));
    rimer_status status = fill_about(&about, &file, path);
    rm_tensors_free(&file);
    if (status == RIMER_OK)
        *out = about;
    else
        rimer_stream_about_free(&about);
    return status;
}

void rimer_stream_about_free(rimer_stream_about *about) {
    if (!about)
        return;
    free_names(about->names, about->n_channels);
    free(about->note);
    *about = (rimer_stream_about){0};
}
