#include "data/hdf5_text.h"

#include "base/array.h"

#include <stdlib.h>
#include <string.h>

#define BLOCK_BYTES (1 << 20)
#define BLOCK_NAMES 256
#define NAMES_BYTES_MAX (INT64_C(256) << 20)

void rm_hdf5_texts_free(rm_hdf5_texts *texts) {
    for (int64_t i = 0; i < texts->n; i++)
        free(texts->texts[i]);
    free(texts->texts);
    *texts = (rm_hdf5_texts){0};
}

rimer_status rm_hdf5_texts_copy(rm_hdf5_texts *texts, const char *const *from, int64_t n) {
    *texts = (rm_hdf5_texts){0};
    RM_TRY(rm_array_new(&texts->texts, n, sizeof *texts->texts));
    for (; texts->n < n; texts->n++)
        RM_TRY(rm_string_copy(&texts->texts[texts->n], from[texts->n]));
    return RIMER_OK;
}

/* Copies `size` bytes up to the first NUL, without the blanks of a padded text. */
static rimer_status copy_fixed(char **out, const char *bytes, size_t size, bool padded) {
    char *text;
    size_t length = strnlen(bytes, size);
    while (padded && length > 0 && bytes[length - 1] == ' ')
        length--;
    RM_TRY(rm_array_new(&text, (int64_t)length + 1, 1));
    memcpy(text, bytes, length);
    *out = text;
    return RIMER_OK;
}

/* How strings are read into memory: as they are if their length is fixed, else by pointer. */
typedef struct string_type {
    hid_t id;
    size_t size; /* of a fixed text; 0: by pointer */
    bool padded;
} string_type;

static bool open_string_type(const rm_hdf5 *h5, hid_t stored, string_type *type) {
    *type = (string_type){0};
    if (h5->H5Tis_variable_str(stored) > 0) {
        type->id = h5->H5Tcopy(h5->H5T_C_S1_g);
        return type->id >= 0 && h5->H5Tset_size(type->id, H5T_VARIABLE) >= 0 &&
               h5->H5Tset_cset(type->id, h5->H5Tget_cset(stored)) >= 0;
    }
    type->id = h5->H5Tcopy(stored);
    type->size = h5->H5Tget_size(stored);
    type->padded = h5->H5Tget_strpad(stored) == H5T_STR_SPACEPAD;
    return type->id >= 0 && type->size > 0 && type->size <= RM_HDF5_TEXT_MAX;
}

/* -------------------------------------------------------------------------- attributes */

typedef struct attribute {
    const rm_hdf5 *h5;
    hid_t id, space, type;
    H5T_class_t class;
    int64_t n; /* elements */
} attribute;

static void close_attribute(attribute *a) {
    rm_hdf5_close(a->h5, a->type);
    rm_hdf5_close(a->h5, a->space);
    rm_hdf5_close(a->h5, a->id);
}

static rimer_status damaged(const rm_hdf5_file *file, const rm_hdf5_object *object,
                            const char *name) {
    RM_FAIL(DATA, "%s: the attribute \"%s\" of \"%s\" is damaged or too large", file->name,
            name, object->path);
}

/* n is 0 if it is not there. */
static rimer_status open_attribute(const rm_hdf5_file *file, const rm_hdf5_object *object,
                                   const char *name, attribute *a) {
    const rm_hdf5 *h5 = file->h5;
    *a = (attribute){.h5 = h5};
    htri_t there = h5->H5Aexists(object->id, name);
    if (there == 0)
        return RIMER_OK;
    a->id = there < 0 ? -1 : h5->H5Aopen(object->id, name, H5P_DEFAULT);
    if (a->id >= 0) {
        a->space = h5->H5Aget_space(a->id);
        a->type = h5->H5Aget_type(a->id);
    }
    if (a->space > 0 && a->type > 0) {
        a->class = h5->H5Tget_class(a->type);
        a->n = (int64_t)h5->H5Sget_simple_extent_npoints(a->space);
        if (a->n >= 0 && a->n <= RM_HDF5_NAMES_MAX)
            return RIMER_OK;
    }
    close_attribute(a);
    return damaged(file, object, name);
}

/* The library's own memory, which only it may give back. RIMER_DATA comes without a sentence. */
static rimer_status read_pointers(const attribute *a, hid_t type, rm_hdf5_texts *texts) {
    char **pointers;
    RM_TRY(rm_array_new(&pointers, a->n, sizeof *pointers));
    rimer_status status = a->h5->H5Aread(a->id, type, pointers) >= 0 ? RIMER_OK : RIMER_DATA;
    for (int64_t i = 0; status == RIMER_OK && i < a->n; i++) {
        const char *text = pointers[i] ? pointers[i] : "";
        status = strnlen(text, RM_HDF5_TEXT_MAX + 1) <= RM_HDF5_TEXT_MAX
                     ? rm_string_copy(&texts->texts[i], text)
                     : RIMER_DATA;
        texts->n += status == RIMER_OK;
    }
    a->h5->H5Dvlen_reclaim(type, a->space, H5P_DEFAULT, pointers);
    free(pointers);
    return status;
}

static rimer_status read_fixed(const attribute *a, const string_type *type,
                               rm_hdf5_texts *texts) {
    char *bytes;
    if (a->n > BLOCK_BYTES / (int64_t)type->size)
        return RIMER_DATA;
    RM_TRY(rm_array_new(&bytes, a->n, type->size));
    rimer_status status = a->h5->H5Aread(a->id, type->id, bytes) >= 0 ? RIMER_OK : RIMER_DATA;
    for (int64_t i = 0; status == RIMER_OK && i < a->n; i++) {
        status = copy_fixed(&texts->texts[i], bytes + (size_t)i * type->size, type->size,
                            type->padded);
        texts->n += status == RIMER_OK;
    }
    free(bytes);
    return status;
}

static rimer_status read_texts(const attribute *a, rm_hdf5_texts *texts) {
    string_type type;
    rimer_status status = open_string_type(a->h5, a->type, &type) ? RIMER_OK : RIMER_DATA;
    if (status == RIMER_OK)
        status = rm_array_new(&texts->texts, a->n, sizeof *texts->texts);
    if (status == RIMER_OK)
        status = type.size ? read_fixed(a, &type, texts) : read_pointers(a, type.id, texts);
    rm_hdf5_close(a->h5, type.id);
    return status;
}

rimer_status rm_hdf5_attribute_texts(const rm_hdf5_file *file, const rm_hdf5_object *object,
                                     const char *name, rm_hdf5_texts *texts) {
    attribute a;
    *texts = (rm_hdf5_texts){0};
    RM_TRY(open_attribute(file, object, name, &a));
    rimer_status status = a.n == 0 || a.class != H5T_STRING ? RIMER_OK : read_texts(&a, texts);
    close_attribute(&a);
    if (status != RIMER_OK)
        rm_hdf5_texts_free(texts);
    return status == RIMER_DATA ? damaged(file, object, name) : status;
}

rimer_status rm_hdf5_attribute_text(const rm_hdf5_file *file, const rm_hdf5_object *object,
                                    const char *name, char *text, size_t size) {
    rm_hdf5_texts texts;
    RM_TRY(rm_hdf5_attribute_texts(file, object, name, &texts));
    size_t length = texts.n ? strnlen(texts.texts[0], size - 1) : 0;
    if (length)
        memcpy(text, texts.texts[0], length);
    text[length] = 0;
    rm_hdf5_texts_free(&texts);
    return RIMER_OK;
}

rimer_status rm_hdf5_attribute_reals(const rm_hdf5_file *file, const rm_hdf5_object *object,
                                     const char *name, int most, double *values, int *n) {
    attribute a;
    *n = 0;
    RM_TRY(open_attribute(file, object, name, &a));
    bool numbers = a.n > 0 && (a.class == H5T_INTEGER || a.class == H5T_FLOAT);
    bool done = !numbers ||
                (a.n <= most && a.h5->H5Aread(a.id, a.h5->H5T_NATIVE_DOUBLE_g, values) >= 0);
    *n = done && numbers ? (int)a.n : 0;
    close_attribute(&a);
    return done ? RIMER_OK : damaged(file, object, name);
}

/* ------------------------------------------------------------------------------- names */

/* Memory that the library asked for: it forgets some of it when it fails. */
typedef struct taken_text {
    struct taken_text *before;
    char text[];
} taken_text;

typedef struct taken_store {
    taken_text *last;
    bool no_memory; /* was the reason for a failure */
} taken_store;

/* What the library asks for a string of the file: never more than a name may have. */
static void *take_text(size_t size, void *data) {
    taken_store *store = data;
    if (size > RM_HDF5_TEXT_MAX + 1)
        return NULL;
    taken_text *taken = malloc(sizeof *taken + (size ? size : 1));
    if (!taken) {
        store->no_memory = true;
        return NULL;
    }
    taken->before = store->last;
    store->last = taken;
    return taken->text;
}

static void give_text(void *text, void *data) {
    (void)text, (void)data; /* all of them go at once */
}

static void free_taken(taken_store *store) {
    while (store->last) {
        taken_text *before = store->last->before;
        free(store->last);
        store->last = before;
    }
}

typedef struct names_reading {
    const rm_hdf5_file *file;
    const rm_hdf5_set *set;
    string_type type;
    hid_t transfer;
    taken_store taken;
    rm_hdf5_texts *texts;
    int64_t bytes; /* of all names so far */
} names_reading;

static rimer_status add_name(names_reading *r, const char *bytes, size_t size) {
    rm_hdf5_texts *texts = r->texts;
    RM_TRY(copy_fixed(&texts->texts[texts->n], bytes, size, r->type.padded));
    r->bytes += (int64_t)strlen(texts->texts[texts->n++]);
    if (r->bytes > NAMES_BYTES_MAX)
        RM_FAIL(DATA, "%s: the names in \"%s\" are longer than %lld bytes together",
                r->file->name, r->set->object.path, (long long)NAMES_BYTES_MAX);
    return RIMER_OK;
}

static rimer_status read_pointed_block(names_reading *r, int64_t from, int64_t n) {
    char *pointers[BLOCK_NAMES] = {NULL};
    rimer_status status =
        rm_hdf5_read_rows(r->file, r->set, from, n, r->type.id, r->transfer, pointers);
    for (int64_t i = 0; i < n; i++) {
        const char *text = pointers[i] ? pointers[i] : "";
        if (status == RIMER_OK)
            status = add_name(r, text, strlen(text));
    }
    free_taken(&r->taken);
    if (r->taken.no_memory)
        RM_FAIL(NO_MEMORY, "%s: out of memory for the names in \"%s\"", r->file->name,
                r->set->object.path);
    return status;
}

static rimer_status read_fixed_block(names_reading *r, int64_t from, int64_t n, char *bytes) {
    RM_TRY(rm_hdf5_read_rows(r->file, r->set, from, n, r->type.id, r->file->transfer, bytes));
    for (int64_t i = 0; i < n; i++)
        RM_TRY(add_name(r, bytes + (size_t)i * r->type.size, r->type.size));
    return RIMER_OK;
}

static rimer_status read_blocks(names_reading *r) {
    int64_t size = (int64_t)r->type.size, block = size ? BLOCK_BYTES / size : BLOCK_NAMES;
    char *bytes = NULL;
    rimer_status status = RIMER_OK;
    if (size)
        RM_TRY(rm_array_new(&bytes, block, (size_t)size));
    for (int64_t from = 0; status == RIMER_OK && from < r->set->rows; from += block) {
        int64_t n = r->set->rows - from < block ? r->set->rows - from : block;
        status = size ? read_fixed_block(r, from, n, bytes) : read_pointed_block(r, from, n);
    }
    free(bytes);
    return status;
}

static rimer_status read_all(names_reading *r) {
    const rm_hdf5 *h5 = r->file->h5;
    hid_t stored = h5->H5Dget_type(r->set->object.id);
    bool ready = stored >= 0 && open_string_type(h5, stored, &r->type);
    rm_hdf5_close(h5, stored);
    r->transfer = h5->H5Pcopy(r->file->transfer);
    ready = ready && r->transfer >= 0 &&
            h5->H5Pset_vlen_mem_manager(r->transfer, take_text, &r->taken, give_text,
                                        &r->taken) >= 0;
    if (!ready)
        RM_FAIL(DATA, "%s: the names in \"%s\" are damaged or longer than %d bytes",
                r->file->name, r->set->object.path, RM_HDF5_TEXT_MAX);
    RM_TRY(rm_array_new(&r->texts->texts, r->set->rows, sizeof(char *)));
    return read_blocks(r);
}

rimer_status rm_hdf5_read_names(const rm_hdf5_file *file, rm_hdf5_set *set,
                                rm_hdf5_texts *texts) {
    names_reading r = {.file = file, .set = set, .texts = texts};
    *texts = (rm_hdf5_texts){0};
    RM_TRY(rm_hdf5_admit(file, set));
    if (set->class != H5T_STRING || set->rank != 1)
        RM_FAIL(DATA, "%s: \"%s\" is no list of names", file->name, set->object.path);
    if (set->rows > RM_HDF5_NAMES_MAX)
        RM_FAIL(DATA, "%s: \"%s\" holds more than %d names", file->name, set->object.path,
                RM_HDF5_NAMES_MAX);
    rimer_status status = read_all(&r);
    rm_hdf5_close(file->h5, r.transfer);
    rm_hdf5_close(file->h5, r.type.id);
    if (status)
        rm_hdf5_texts_free(texts);
    return status;
}
