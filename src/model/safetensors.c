#include "model/safetensors.h"

#include "base/array.h"
#include "base/hash.h"
#include "base/json_text.h"
#include "rimer/writefile.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define HEADER_LIMIT (64 << 20)
#define TENSORS_MAX 16384 /* 256 layers have some 8000 */
#define ALIGN 8 /* the header is padded with blanks, as the format's own writer does */

static uint64_t little_endian(const unsigned char bytes[8]) {
    uint64_t value = 0;
    for (int i = 7; i >= 0; i--)
        value = value << 8 | bytes[i];
    return value;
}

/* A file opened for reading, and its size. Nothing is opened that could keep a reader waiting.
 * */
static rimer_status open_sized(const char *path, FILE **stream, int64_t *size) {
    struct stat info;
    RM_TRY(rm_need_name(path, "read"));
    if (stat(path, &info) == 0 && !S_ISREG(info.st_mode))
        RM_FAIL(IO, "%s: is %s", path,
                S_ISDIR(info.st_mode) ? "a folder, not a file"
                                      : "no plain file, as a model or a state must be");
    FILE *file = fopen(path, "rb");
    if (!file && errno == ENOMEM) /* so nobody knows what it is */
        RM_FAIL(NO_MEMORY, "%s: cannot be opened: %s", path, strerror(errno));
    if (!file)
        RM_FAIL(IO, "%s: cannot be opened: %s", path, strerror(errno));
    if (fseek(file, 0, SEEK_END) != 0 || (*size = ftell(file)) < 0 ||
        fseek(file, 0, SEEK_SET) != 0) {
        fclose(file);
        RM_FAIL(IO, "%s: cannot be read: %s", path, strerror(errno));
    }
    *stream = file;
    return RIMER_OK;
}

static rimer_status read_header(FILE *stream, const char *path, int64_t size, json_t **header,
                                int64_t *payload_at) {
    unsigned char bytes[8];
    if (size < 8 || fread(bytes, 1, 8, stream) != 8)
        RM_FAIL(MODEL, "%s: is neither a model nor a state: %lld bytes are too few", path,
                (long long)size);
    uint64_t length = little_endian(bytes);
    if (length > HEADER_LIMIT || length > (uint64_t)size - 8 || length < 2)
        RM_FAIL(MODEL,
                "%s: is neither a model nor a state, or cut short: its header would be %llu of "
                "%lld bytes",
                path, (unsigned long long)length, (long long)size);
    char *text;
    RM_TRY(rm_array_new(&text, (int64_t)length, 1));
    rimer_status status = fread(text, 1, (size_t)length, stream) == (size_t)length
                              ? rm_json_parse(text, (size_t)length, path, header)
                              : rm_error_set(RIMER_IO, "%s: cannot be read to its end", path);
    free(text);
    *payload_at = 8 + (int64_t)length;
    if (status == RIMER_IO || status == RIMER_NO_MEMORY)
        return status;
    if (!json_is_object(*header)) /* the caller frees it either way */
        RM_FAIL(MODEL, "%s: is neither a model nor a state: its header is not a JSON object",
                path);
    return RIMER_OK;
}

static int whole_number(const json_t *value, int64_t *number) {
    *number = json_integer_value(value);
    return json_is_integer(value) && *number >= 0;
}

/* One header entry; offsets in bytes of the payload. */
static rimer_status read_entry(const char *path, const char *name, const json_t *entry,
                               rm_tensor *tensor, int64_t *begin, int64_t *end) {
    const json_t *shape = json_object_get(entry, "shape");
    const json_t *offsets = json_object_get(entry, "data_offsets");
    const char *type = json_string_value(json_object_get(entry, "dtype"));
    if (strlen(name) >= RM_TENSOR_NAME)
        RM_FAIL(MODEL, "%s: a tensor's name is longer than %d bytes", path, RM_TENSOR_NAME - 1);
    if (!type || strcmp(type, "F32") != 0)
        RM_FAIL(MODEL, "%s: tensor %s is of type %s; only F32 is read", path, name,
                type ? type : "(none)");
    if (!json_is_array(shape) || json_array_size(shape) < 1 || json_array_size(shape) > 2 ||
        !json_is_array(offsets) || json_array_size(offsets) != 2 ||
        !whole_number(json_array_get(offsets, 0), begin) ||
        !whole_number(json_array_get(offsets, 1), end))
        RM_FAIL(MODEL, "%s: tensor %s: shape or offsets are damaged", path, name);
    snprintf(tensor->name, sizeof tensor->name, "%s", name);
    tensor->count = 1;
    tensor->shape[1] = 0;
    for (size_t i = 0; i < json_array_size(shape); i++) {
        int64_t length;
        if (!whole_number(json_array_get(shape, i), &length) || length < 1 ||
            length > INT32_MAX || tensor->count > INT64_MAX / 8 / length)
            RM_FAIL(MODEL, "%s: tensor %s: an impossible shape", path, name);
        tensor->shape[i] = length;
        tensor->count *= length;
    }
    if (*end < *begin || *end - *begin != tensor->count * 4)
        RM_FAIL(MODEL, "%s: tensor %s: %lld values do not fit its place in the file", path,
                name, (long long)tensor->count);
    return RIMER_OK;
}

typedef struct place {
    int64_t begin, end;
} place;

static int by_begin(const void *a, const void *b) {
    const place *x = a, *y = b;
    return x->begin < y->begin ? -1 : x->begin > y->begin;
}

/* Tensors fill the payload side by side, in any order. */
static rimer_status check_places(const char *path, place *places, int64_t n, int64_t size) {
    int64_t at = 0;
    qsort(places, (size_t)n, sizeof *places, by_begin);
    for (int64_t i = 0; i < n; at = places[i++].end)
        if (places[i].begin != at)
            RM_FAIL(MODEL, "%s: its tensors overlap or leave holes at byte %lld", path,
                    (long long)at);
    if (at != size)
        RM_FAIL(MODEL, "%s: is cut short or too long: tensors take %lld bytes, %lld are there",
                path, (long long)at, (long long)size);
    return RIMER_OK;
}

static rimer_status check_metadata(const char *path, json_t *metadata) {
    const char *key;
    json_t *value;
    if (metadata && !json_is_object(metadata))
        RM_FAIL(MODEL, "%s: its metadata are no JSON object", path);
    json_object_foreach(metadata, key, value) if (!json_is_string(value))
        RM_FAIL(MODEL, "%s: metadata \"%s\" is not a text", path, key);
    return RIMER_OK;
}

static rimer_status read_entries(const char *path, json_t *header, rm_tensor_file *file,
                                 place *places) {
    const char *name;
    json_t *entry;
    json_object_foreach(header, name, entry) {
        if (strcmp(name, "__metadata__") == 0)
            continue;
        int64_t i = file->n_tensors;
        RM_TRY(
            read_entry(path, name, entry, &file->tensors[i], &places[i].begin, &places[i].end));
        file->begins[i] = places[i].begin;
        file->n_tensors++;
    }
    return check_places(path, places, file->n_tensors, file->size);
}

static rimer_status read_tensors(const char *path, json_t *header, rm_tensor_file *file) {
    int64_t entries = (int64_t)json_object_size(header);
    place *places;
    if (entries > TENSORS_MAX)
        RM_FAIL(MODEL, "%s: %lld tensors are more than any model has", path,
                (long long)entries);
    file->metadata = json_incref(json_object_get(header, "__metadata__"));
    RM_TRY(check_metadata(path, file->metadata));
    RM_TRY(rm_array_new(&file->tensors, entries, sizeof *file->tensors));
    RM_TRY(rm_array_new(&file->begins, entries, sizeof *file->begins));
    RM_TRY(rm_array_new(&places, entries, sizeof *places));
    rimer_status status = read_entries(path, header, file, places);
    free(places);
    return status;
}

rimer_status rm_tensors_open(const char *path, rm_tensor_file *out) {
    int64_t size, payload_at = 0;
    rm_tensor_file file = {0};
    json_t *header = NULL;
    RM_TRY(open_sized(path, &file.stream, &size));
    rimer_status status = read_header(file.stream, path, size, &header, &payload_at);
    file.size = size - payload_at;
    if (status == RIMER_OK)
        status = read_tensors(path, header, &file);
    json_decref(header);
    if (status != RIMER_OK) {
        rm_tensors_free(&file);
        return status;
    }
    *out = file;
    return RIMER_OK;
}

rimer_status rm_tensors_load(rm_tensor_file *file, const char *path) {
    if (file->size > rm_memory_size() / 2) /* a file may have holes and cost no disk */
        RM_FAIL(MODEL, "%s: its values take %lld MiB, more than half of this machine's memory",
                path, (long long)(file->size >> 20));
    RM_TRY(rm_array_new(&file->payload, file->size / 4, sizeof *file->payload));
    if (fread(file->payload, 1, (size_t)file->size, file->stream) != (size_t)file->size)
        RM_FAIL(IO, "%s: cannot be read to its end", path);
    for (int64_t i = 0; i < file->n_tensors; i++)
        file->tensors[i].values = file->payload + file->begins[i] / 4;
    return RIMER_OK;
}

rimer_status rm_tensors_read(const char *path, rm_tensor_file *out) {
    rm_tensor_file file;
    RM_TRY(rm_tensors_open(path, &file));
    rimer_status status = rm_tensors_load(&file, path);
    if (status != RIMER_OK) {
        rm_tensors_free(&file);
        return status;
    }
    *out = file;
    return RIMER_OK;
}

void rm_tensors_free(rm_tensor_file *file) {
    if (file->stream)
        (void)fclose(file->stream);
    json_decref(file->metadata);
    free(file->tensors);
    free(file->begins);
    free(file->payload);
    memset(file, 0, sizeof *file);
}

const rm_tensor *rm_tensors_find(const rm_tensor_file *file, const char *name) {
    for (int64_t i = 0; i < file->n_tensors; i++)
        if (strcmp(file->tensors[i].name, name) == 0)
            return &file->tensors[i];
    return NULL;
}

static json_t *entry_of(const rm_tensor *tensor, int64_t begin) {
    json_t *shape = tensor->shape[1] ? json_pack("[I, I]", (json_int_t)tensor->shape[0],
                                                 (json_int_t)tensor->shape[1])
                                     : json_pack("[I]", (json_int_t)tensor->shape[0]);
    return json_pack("{s: s, s: o, s: [I, I]}", "dtype", "F32", "shape", shape, "data_offsets",
                     (json_int_t)begin, (json_int_t)(begin + tensor->count * 4));
}

static rimer_status header_text(const json_t *metadata, const rm_tensor *tensors,
                                int64_t n_tensors, char **text) {
    json_t *header = json_object();
    int64_t at = 0;
    int failed = json_object_set(header, "__metadata__", (json_t *)(uintptr_t)metadata);
    for (int64_t i = 0; i < n_tensors; at += tensors[i++].count * 4)
        failed |= json_object_set_new(header, tensors[i].name, entry_of(&tensors[i], at));
    *text = failed ? NULL : rm_json_dump(header, JSON_COMPACT);
    json_decref(header);
    if (!*text)
        RM_FAIL(NO_MEMORY, "out of memory for a file header");
    if (strlen(*text) > HEADER_LIMIT - ALIGN) { /* could not be read back */
        free(*text);
        RM_FAIL(FAILED, "names and settings of more than %d MiB are too many for one file",
                HEADER_LIMIT >> 20);
    }
    return RIMER_OK;
}

rimer_status rm_tensors_write(const char *path, const json_t *metadata,
                              const rm_tensor *tensors, int64_t n_tensors) {
    char *text;
    rimer_writefile file;
    RM_TRY(header_text(metadata, tensors, n_tensors, &text));
    size_t length = strlen(text), padded = (length + ALIGN - 1) / ALIGN * ALIGN;
    rimer_status status = rimer_writefile_open(&file, path);
    if (status != RIMER_OK) {
        free(text);
        return status;
    }
    for (int i = 0; i < 8; i++)
        fputc((int)(padded >> 8 * i & 255), file.stream);
    fprintf(file.stream, "%s%*s", text, (int)(padded - length), "");
    for (int64_t i = 0; i < n_tensors; i++)
        fwrite(tensors[i].values, sizeof(float), (size_t)tensors[i].count, file.stream);
    free(text);
    return rimer_writefile_commit(&file);
}

rimer_status rm_tensors_checksum(char text[24], const json_t *metadata,
                                 const rm_tensor *tensors, int64_t n) {
    json_t *others = json_copy((json_t *)(uintptr_t)metadata);
    int whole = json_object_size(others) == json_object_size(metadata); /* 0 if NULL */
    json_object_del(others, "checksum");
    char *dump = whole ? rm_json_dump(others, JSON_COMPACT | JSON_SORT_KEYS) : NULL;
    uint64_t hash = dump ? rm_hash_text(RM_HASH_BEGIN, dump) : 0;
    for (int64_t i = 0; i < n; i++)
        hash = rm_hash_bytes(hash, tensors[i].values, (size_t)tensors[i].count * sizeof(float));
    snprintf(text, 24, "%016" PRIx64, hash);
    json_decref(others);
    if (!dump)
        RM_FAIL(NO_MEMORY, "out of memory for a checksum");
    free(dump);
    return RIMER_OK;
}
