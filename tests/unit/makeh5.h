/* Makes small HDF5 files for tests, by the library itself. */
#ifndef RM_MAKEH5_H
#define RM_MAKEH5_H

#include "readtext.h"

#include <hdf5.h>

/* A path in the test's folder; four may be in use at once. */
static inline const char *h5_path(const char *name) {
    static char paths[4][512];
    static int next;
    char *path = paths[next++ % 4];
    snprintf(path, sizeof paths[0], "%s/%s", rm_test_folder(), name);
    return path;
}

static inline hid_t h5_create(const char *path) {
    hid_t file = H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    ck_assert_int_ge(file, 0);
    return file;
}

/* A dataset of rows by columns (0: one dimension); NULL: nothing is written to it. */
static inline hid_t h5_put_as(hid_t group, const char *name, hid_t stored, hid_t type,
                              hsize_t rows, hsize_t columns, hid_t list, const void *values) {
    hsize_t size[2] = {rows, columns};
    hid_t space = H5Screate_simple(columns ? 2 : 1, size, NULL);
    hid_t set = H5Dcreate2(group, name, stored, space, H5P_DEFAULT, list, H5P_DEFAULT);
    ck_assert_msg(set >= 0, "%s cannot be made", name);
    if (values)
        ck_assert_int_ge(H5Dwrite(set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values), 0);
    H5Sclose(space);
    return set;
}

static inline void h5_put(hid_t group, const char *name, hid_t type, hsize_t rows,
                          hsize_t columns, const void *values) {
    H5Dclose(h5_put_as(group, name, type, type, rows, columns, H5P_DEFAULT, values));
}

static inline void h5_text(hid_t group, const char *object, const char *name,
                           const char *text) {
    hid_t type = H5Tcopy(H5T_C_S1), space = H5Screate(H5S_SCALAR);
    H5Tset_size(type, strlen(text) + 1);
    hid_t attribute = H5Acreate_by_name(group, object, name, type, space, H5P_DEFAULT,
                                        H5P_DEFAULT, H5P_DEFAULT);
    ck_assert_int_ge(H5Awrite(attribute, type, text), 0);
    H5Aclose(attribute);
    H5Sclose(space);
    H5Tclose(type);
}

static inline void h5_real(hid_t group, const char *object, const char *name, double value) {
    hid_t space = H5Screate(H5S_SCALAR);
    hid_t attribute = H5Acreate_by_name(group, object, name, H5T_IEEE_F64LE, space, H5P_DEFAULT,
                                        H5P_DEFAULT, H5P_DEFAULT);
    ck_assert_int_ge(H5Awrite(attribute, H5T_NATIVE_DOUBLE, &value), 0);
    H5Aclose(attribute);
    H5Sclose(space);
}

/* Strings of a fixed size (padded like `pad`), or of any length if size is 0. */
static inline void h5_names(hid_t group, const char *const *names, hsize_t n, size_t size,
                            H5T_str_t pad) {
    hid_t type = H5Tcopy(H5T_C_S1);
    H5Tset_size(type, size ? size : H5T_VARIABLE);
    char bytes[4096];
    if (size) {
        H5Tset_strpad(type, pad);
        memset(bytes, pad == H5T_STR_SPACEPAD ? ' ' : 0, sizeof bytes);
        for (hsize_t i = 0; i < n; i++)
            memcpy(bytes + i * size, names[i], strlen(names[i]));
    }
    h5_put(group, "names", type, n, 0, size ? (const void *)bytes : (const void *)names);
    H5Tclose(type);
}

/* The dataset of a file that must be readable. */
static inline rimer_dataset *h5_dataset(const char *path, const char *settings) {
    rimer_dataset *dataset = NULL;
    rimer_read_options options = read_settings(settings);
    rimer_status status = rimer_dataset_read(path, &options, &dataset);
    ck_assert_msg(status == RIMER_OK, "%s", rimer_last_error());
    return dataset;
}

static inline void h5_refused(const char *path, const char *settings, rimer_status wanted,
                              const char *part) {
    rimer_dataset *dataset = NULL;
    rimer_read_options options = read_settings(settings);
    rimer_status status = rimer_dataset_read(path, &options, &dataset);
    ck_assert_msg(status == wanted, "%s: status %d, \"%s\"", path, status, rimer_last_error());
    ck_assert_ptr_null(dataset);
    assert_said(part);
}

#endif
