/* Datasets of a file: described without reading, admitted, and read by rows. */
#include "data/hdf5_file.h"

#include "base/array.h"

#include <string.h>

#define NUMBER_SIZE_MAX 16    /* bytes */
#define CACHE_BYTES (1 << 20) /* of the pieces of a dataset, by default */

/* Each at most once: two deflates one after the other unpack without any sensible limit. Nothing
 * else, so that no plug-in is ever asked for. */
static const char *judge_filters(const rm_hdf5 *h5, hid_t list) {
    static const H5Z_filter_t known[] = {H5Z_FILTER_DEFLATE, H5Z_FILTER_SHUFFLE,
                                         H5Z_FILTER_FLETCHER32};
    int used[] = {0, 0, 0}, n = h5->H5Pget_nfilters(list);
    for (int i = 0; i < n; i++) {
        unsigned flags, config;
        size_t n_values = 0, k = 0;
        H5Z_filter_t filter =
            h5->H5Pget_filter2(list, (unsigned)i, &flags, &n_values, NULL, 0, NULL, &config);
        while (k < 3 && known[k] != filter)
            k++;
        if (k == 3)
            return "it is packed by a filter other than deflate, shuffle and fletcher32";
        if (used[k]++)
            return "it is packed by the same filter twice";
    }
    return n < 0 ? "damaged: its filters cannot be read" : NULL;
}

static const char *judge_storage(const rm_hdf5 *h5, hid_t list) {
    H5D_layout_t layout = h5->H5Pget_layout(list);
    if (layout == H5D_VIRTUAL)
        return "it is a virtual dataset, whose values lie in other files";
    if (layout < 0)
        return "damaged: its layout cannot be read";
    if (h5->H5Pget_external_count(list) != 0)
        return "its values lie in other files (external storage)";
    return judge_filters(h5, list);
}

/* Not before the storage was judged: the size of a virtual dataset is asked of other files. */
static void describe_shape(const rm_hdf5 *h5, rm_hdf5_set *set) {
    hsize_t size[2] = {0, 1};
    hid_t space = h5->H5Dget_space(set->object.id), type = h5->H5Dget_type(set->object.id);
    if (space >= 0 && type >= 0) {
        set->rank = h5->H5Sget_simple_extent_type(space) == H5S_SIMPLE
                        ? h5->H5Sget_simple_extent_ndims(space)
                        : 0;
        set->class = h5->H5Tget_class(type);
        set->type_size = h5->H5Tget_size(type);
    }
    if ((set->rank == 1 || set->rank == 2) &&
        h5->H5Sget_simple_extent_dims(space, size, NULL) == set->rank) {
        set->rows = size[0] > INT64_MAX ? INT64_MAX : (int64_t)size[0];
        set->columns = size[1] > INT64_MAX ? INT64_MAX : (int64_t)size[1];
    }
    rm_hdf5_close(h5, type);
    rm_hdf5_close(h5, space);
}

static void describe_pieces(const rm_hdf5 *h5, hid_t list, rm_hdf5_set *set) {
    hsize_t chunk[2] = {0, 1};
    if (h5->H5Pget_layout(list) != H5D_CHUNKED)
        return;
    set->chunked = true;
    if (h5->H5Pget_chunk(list, 2, chunk) != set->rank)
        return;
    set->chunk_rows = chunk[0] > INT64_MAX ? INT64_MAX : (int64_t)chunk[0];
    set->chunk_columns = chunk[1] > INT64_MAX ? INT64_MAX : (int64_t)chunk[1];
}

static void describe(const rm_hdf5_file *file, rm_hdf5_set *set) {
    hid_t list = file->h5->H5Dget_create_plist(set->object.id);
    set->refused =
        list < 0 ? "damaged: how it is stored cannot be read" : judge_storage(file->h5, list);
    if (!set->refused) {
        describe_shape(file->h5, set);
        describe_pieces(file->h5, list, set);
    }
    rm_hdf5_close(file->h5, list);
}

rimer_status rm_hdf5_open_set(const rm_hdf5_file *file, const rm_hdf5_object *group,
                              const char *name, rm_hdf5_set *set) {
    *set = (rm_hdf5_set){.group = group->id, .name = name, .rank = -1, .class = H5T_NO_CLASS};
    rimer_status status = rm_hdf5_open_child(file, group, name, &set->object);
    if (status == RIMER_OK && set->object.kind != H5I_DATASET)
        status =
            rm_error_set(RIMER_DATA, "%s: \"%s\" is no dataset", file->name, set->object.path);
    if (status == RIMER_OK)
        describe(file, set);
    else
        rm_hdf5_close_set(file, set);
    return status;
}

void rm_hdf5_close_set(const rm_hdf5_file *file, rm_hdf5_set *set) {
    rm_hdf5_close(file->h5, set->object.id);
    set->object.id = 0;
}

bool rm_hdf5_is_numeric(const rm_hdf5_set *set) {
    return (set->class == H5T_INTEGER || set->class == H5T_FLOAT) && set->type_size >= 1 &&
           set->type_size <= NUMBER_SIZE_MAX;
}

/* a * b * c, or INT64_MAX if that is more. */
static int64_t product(int64_t a, int64_t b, int64_t c) {
    int64_t result;
    if (__builtin_mul_overflow(a, b, &result) || __builtin_mul_overflow(result, c, &result))
        return INT64_MAX;
    return result;
}

static rimer_status check_bytes(const rm_hdf5_file *file, const rm_hdf5_set *set) {
    int64_t bytes = product(set->rows, set->columns, (int64_t)set->type_size);
    if (bytes > file->bytes_max)
        RM_FAIL(DATA,
                "%s: \"%s\" claims %lld rows of %lld, more than a file of its size can hold",
                file->name, set->object.path, (long long)set->rows, (long long)set->columns);
    bytes = product(set->rows, set->columns, (int64_t)sizeof(float));
    if (bytes > rm_memory_size())
        RM_FAIL(NO_MEMORY, "%s: \"%s\" with %lld rows of %lld does not fit into memory",
                file->name, set->object.path, (long long)set->rows, (long long)set->columns);
    return RIMER_OK;
}

/* Opens the dataset again with room for the n pieces of one row, so that each is unpacked once. */
static rimer_status open_again(const rm_hdf5_file *file, rm_hdf5_set *set, int64_t n,
                               int64_t bytes) {
    const rm_hdf5 *h5 = file->h5;
    hid_t access = h5->H5Pcreate(h5->H5P_CLS_DATASET_ACCESS_ID_g);
    hid_t again = -1;
    if (access >= 0 &&
        h5->H5Pset_chunk_cache(access, (size_t)(2 * n + 521),
                               bytes < CACHE_BYTES ? CACHE_BYTES : (size_t)bytes, 1.0) >= 0) {
        rm_hdf5_close_set(file, set);
        again = h5->H5Dopen2(set->group, set->name, access);
    }
    rm_hdf5_close(h5, access);
    if (again < 0)
        RM_FAIL(DATA, "%s: damaged: \"%s\" cannot be opened again", file->name,
                set->object.path);
    set->object.id = again;
    return RIMER_OK;
}

static rimer_status prepare_chunks(const rm_hdf5_file *file, rm_hdf5_set *set) {
    if (!set->chunked)
        return RIMER_OK;
    if (set->chunk_rows < 1 || set->chunk_columns < 1)
        RM_FAIL(DATA, "%s: damaged: the pieces of \"%s\" have no size", file->name,
                set->object.path);
    int64_t n = (set->columns - 1) / set->chunk_columns + 1;
    int64_t one = product(set->chunk_rows, set->chunk_columns, (int64_t)set->type_size);
    int64_t bytes = product(one, n, 1);
    if (one > file->bytes_max || bytes > file->bytes_max)
        RM_FAIL(DATA, "%s: \"%s\" lies in pieces larger than a file of its size can hold",
                file->name, set->object.path);
    bool fits = n == 1 && bytes <= CACHE_BYTES; /* into the cache that every dataset has */
    return fits ? RIMER_OK : open_again(file, set, n, bytes);
}

rimer_status rm_hdf5_admit(const rm_hdf5_file *file, rm_hdf5_set *set) {
    const char *path = set->object.path;
    if (set->refused)
        RM_FAIL(DATA, "%s: \"%s\" is not read: %s", file->name, path, set->refused);
    if (set->rank < 0)
        RM_FAIL(DATA, "%s: damaged: the shape of \"%s\" cannot be read", file->name, path);
    if (set->rank != 1 && set->rank != 2)
        RM_FAIL(DATA, "%s: \"%s\" has %d dimensions; 1 or 2 can be read", file->name, path,
                set->rank);
    if (set->rows < 1 || set->columns < 1)
        RM_FAIL(DATA, "%s: \"%s\" is empty", file->name, path);
    RM_TRY(check_bytes(file, set));
    return prepare_chunks(file, set);
}

static bool read_part(const rm_hdf5 *h5, const rm_hdf5_set *set, int64_t from, int64_t n,
                      hid_t type, hid_t transfer, void *values) {
    hsize_t start[2] = {(hsize_t)from, 0}, count[2] = {(hsize_t)n, (hsize_t)set->columns};
    hid_t there = h5->H5Dget_space(set->object.id);
    hid_t here = h5->H5Screate_simple(set->rank, count, NULL);
    bool done = there >= 0 && here >= 0 &&
                h5->H5Sselect_hyperslab(there, H5S_SELECT_SET, start, NULL, count, NULL) >= 0 &&
                h5->H5Dread(set->object.id, type, here, there, transfer, values) >= 0;
    rm_hdf5_close(h5, here);
    rm_hdf5_close(h5, there);
    return done;
}

rimer_status rm_hdf5_read_rows(const rm_hdf5_file *file, const rm_hdf5_set *set, int64_t from,
                               int64_t n, hid_t type, hid_t transfer, void *values) {
    const rm_hdf5 *h5 = file->h5;
    bool done = n == set->rows
                    ? h5->H5Dread(set->object.id, type, H5S_ALL, H5S_ALL, transfer, values) >= 0
                    : read_part(h5, set, from, n, type, transfer, values);
    if (!done)
        RM_FAIL(DATA, "%s: damaged or cut short: rows %lld to %lld of \"%s\" cannot be read",
                file->name, (long long)from + 1, (long long)(from + n), set->object.path);
    return RIMER_OK;
}
