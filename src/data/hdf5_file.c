#include "data/hdf5_file.h"

#include "base/array.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* No file unpacks to more: deflate makes at most 1032 bytes of one, and what was never written
 * is given some room. */
#define UNPACKED_MAX 1100
#define UNWRITTEN_MAX (INT64_C(64) << 20)
#define CONVERSION_BYTES 65536

static bool ends_like_hdf5(const char *path, size_t size) {
    static const char *const endings[] = {".h5", ".hdf5", ".nc"};
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        size_t length = strlen(endings[i]);
        if (size > length && memcmp(path + size - length, endings[i], length) == 0)
            return true;
    }
    return false;
}

static bool is_file(const char *path, size_t size) {
    char name[4096];
    struct stat info;
    if (size >= sizeof name)
        return false;
    memcpy(name, path, size);
    name[size] = 0;
    return stat(name, &info) == 0 && S_ISREG(info.st_mode);
}

size_t rm_hdf5_name_length(const char *path) {
    size_t all = strlen(path);
    if (is_file(path, all))
        return all;
    for (const char *mark = strstr(path, ":/"); mark; mark = strstr(mark + 1, ":/")) {
        size_t size = (size_t)(mark - path);
        if (ends_like_hdf5(path, size) && is_file(path, size))
            return size;
    }
    return all;
}

static rimer_status size_of(const char *name, int64_t *size) {
    struct stat info;
    int fd = open(name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    bool failed = fd < 0 || fstat(fd, &info) != 0;
    int reason = errno;
    if (fd >= 0)
        close(fd);
    if (failed)
        RM_FAIL(IO, "%s: cannot be read: %s", name, strerror(reason));
    *size = (int64_t)info.st_size;
    return RIMER_OK;
}

static int64_t most_bytes(int64_t size) {
    int64_t most;
    if (__builtin_mul_overflow(size, UNPACKED_MAX, &most) ||
        __builtin_add_overflow(most, UNWRITTEN_MAX, &most))
        return INT64_MAX;
    return most;
}

/* The library clears its room for converting numbers before each read, a megabyte unless it is
 * told otherwise: more than all else for a series of a hundred steps. */
static hid_t make_transfer(const rm_hdf5 *h5) {
    hid_t list = h5->H5Pcreate(h5->H5P_CLS_DATASET_XFER_ID_g);
    if (list >= 0 && h5->H5Pset_buffer(list, CONVERSION_BYTES, NULL, NULL) >= 0)
        return list;
    rm_hdf5_close(h5, list);
    return -1;
}

static rimer_status open_named(rm_hdf5_file *file) {
    int64_t size;
    RM_TRY(size_of(file->name, &size));
    file->bytes_max = most_bytes(size);
    file->transfer = make_transfer(file->h5);
    if (file->transfer < 0)
        RM_FAIL(NO_MEMORY, "%s: out of memory for reading HDF5", file->name);
    file->id = file->h5->H5Fopen(file->name, H5F_ACC_RDONLY, H5P_DEFAULT);
    if (file->id < 0)
        RM_FAIL(DATA,
                "%s: cannot be opened as HDF5: it is cut short, damaged or still being written",
                file->name);
    return RIMER_OK;
}

rimer_status rm_hdf5_open_file(rm_hdf5_file *file, const rm_hdf5 *h5, const char *path) {
    *file = (rm_hdf5_file){.h5 = h5};
    size_t length = rm_hdf5_name_length(path);
    file->inside = path[length] ? path + length + 1 : "";
    RM_TRY(rm_string_copy(&file->name, path));
    file->name[length] = 0;
    rimer_status status = open_named(file);
    if (status)
        rm_hdf5_close_file(file);
    return status;
}

void rm_hdf5_close_file(rm_hdf5_file *file) {
    rm_hdf5_close(file->h5, file->id);
    rm_hdf5_close(file->h5, file->transfer);
    free(file->name);
    *file = (rm_hdf5_file){0};
}

/* ----------------------------------------------------------------------------- objects */

rimer_status rm_hdf5_open_root(const rm_hdf5_file *file, rm_hdf5_object *root) {
    *root = (rm_hdf5_object){.kind = H5I_GROUP, .path = "/"};
    root->id = file->h5->H5Oopen(file->id, "/", H5P_DEFAULT);
    if (root->id < 0)
        RM_FAIL(DATA, "%s: damaged: its root group cannot be opened", file->name);
    return RIMER_OK;
}

bool rm_hdf5_has(const rm_hdf5_file *file, const rm_hdf5_object *group, const char *name) {
    return file->h5->H5Lexists(group->id, name, H5P_DEFAULT) > 0;
}

rimer_status rm_hdf5_open_child(const rm_hdf5_file *file, const rm_hdf5_object *group,
                                const char *name, rm_hdf5_object *child) {
    H5L_info_t link;
    *child = (rm_hdf5_object){.kind = H5I_BADID};
    snprintf(child->path, sizeof child->path, "%.240s%s%.255s", group->path,
             strcmp(group->path, "/") == 0 ? "" : "/", name);
    if (file->h5->H5Lget_info(group->id, name, &link, H5P_DEFAULT) < 0)
        RM_FAIL(DATA,
                rm_hdf5_has(file, group, name) ? "%s: damaged: the link \"%s\" cannot be read"
                                               : "%s: there is no \"%s\" in it",
                file->name, child->path);
    if (link.type != H5L_TYPE_HARD)
        RM_FAIL(DATA, "%s: \"%s\" is %s link, and such links are not followed", file->name,
                child->path,
                link.type == H5L_TYPE_EXTERNAL ? "an external"
                : link.type == H5L_TYPE_SOFT   ? "a soft"
                                               : "a user-defined");
    child->id = file->h5->H5Oopen(group->id, name, H5P_DEFAULT);
    if (child->id < 0)
        RM_FAIL(DATA, "%s: damaged: \"%s\" cannot be opened", file->name, child->path);
    child->kind = file->h5->H5Iget_type(child->id);
    return RIMER_OK;
}

bool rm_hdf5_identify(const rm_hdf5_file *file, const rm_hdf5_object *group, const char *name,
                      rm_hdf5_identity *identity) {
    H5L_info_t link;
    if (file->h5->H5Lget_info(group->id, name, &link, H5P_DEFAULT) < 0 ||
        link.type != H5L_TYPE_HARD)
        return false;
    memcpy(identity->bytes, &link.u, sizeof link.u);
    return true;
}

typedef struct listing {
    const rm_hdf5_file *file;
    const rm_hdf5_object *group;
    rm_hdf5_links *links;
    rimer_status status;
} listing;

static rimer_status add_link(const listing *l, const char *name) {
    rm_hdf5_links *links = l->links;
    if (links->n == RM_HDF5_NAMES_MAX)
        RM_FAIL(DATA, "%s: \"%s\" holds more than %d things", l->file->name, l->group->path,
                RM_HDF5_NAMES_MAX);
    if (strlen(name) > RM_HDF5_TEXT_MAX)
        RM_FAIL(DATA, "%s: \"%s\" holds a name longer than %d bytes", l->file->name,
                l->group->path, RM_HDF5_TEXT_MAX);
    RM_TRY(rm_array_grow(&links->names, &links->capacity, links->n + 1, sizeof *links->names));
    RM_TRY(rm_string_copy(&links->names[links->n], name));
    links->n++;
    return RIMER_OK;
}

static herr_t visit_link(hid_t group, const char *name, const H5L_info_t *info, void *data) {
    listing *l = data;
    (void)group, (void)info;
    l->status = add_link(l, name);
    return l->status ? -1 : 0;
}

static H5_index_t order_kept_by(const rm_hdf5 *h5, hid_t group) {
    unsigned flags = 0;
    hid_t list = h5->H5Gget_create_plist(group);
    bool kept = list >= 0 && h5->H5Pget_link_creation_order(list, &flags) >= 0 &&
                (flags & H5P_CRT_ORDER_TRACKED);
    rm_hdf5_close(h5, list);
    return kept ? H5_INDEX_CRT_ORDER : H5_INDEX_NAME;
}

rimer_status rm_hdf5_list(const rm_hdf5_file *file, const rm_hdf5_object *group,
                          rm_hdf5_links *links) {
    listing l = {.file = file, .group = group, .links = links};
    *links = (rm_hdf5_links){0};
    herr_t done = file->h5->H5Literate(group->id, order_kept_by(file->h5, group->id),
                                       H5_ITER_INC, NULL, visit_link, &l);
    if (done < 0 && l.status == RIMER_OK)
        l.status = rm_error_set(RIMER_DATA, "%s: damaged: the group \"%s\" cannot be listed",
                                file->name, group->path);
    if (l.status)
        rm_hdf5_links_free(links);
    return l.status;
}

void rm_hdf5_links_free(rm_hdf5_links *links) {
    for (int64_t i = 0; i < links->n; i++)
        free(links->names[i]);
    free(links->names);
    *links = (rm_hdf5_links){0};
}
