/* What writing HDF5 is made of. All functions return false when the library failed. */
#ifndef RM_HDF5_PUT_H
#define RM_HDF5_PUT_H

#include "data/hdf5_library.h"

#include <stdbool.h>
#include <stdint.h>

/* A new file whose bytes depend on what is written only: without the time of writing, in the
 * format of HDF5 1.8, which every later version reads. Below 0: failed. */
hid_t rm_hdf5_put_file(const rm_hdf5 *h5, const char *path);

/* A group that keeps the order of what is put into it. `name` is UTF-8. */
hid_t rm_hdf5_put_group(const rm_hdf5 *h5, hid_t parent, const char *name);

/* A dataset of n_rows by n_columns (0: one dimension), packed in pieces of *rows_at_once rows
 * unless it is small. */
hid_t rm_hdf5_put_set(const rm_hdf5 *h5, hid_t group, const char *name, hid_t type,
                      int64_t n_rows, int64_t n_columns, int64_t *rows_at_once);

/* Its rows [from, from + n). */
bool rm_hdf5_put_rows(const rm_hdf5 *h5, hid_t set, int64_t from, int64_t n, int64_t n_columns,
                      hid_t type, const void *values);

/* A dataset of n strings. */
hid_t rm_hdf5_put_names(const rm_hdf5 *h5, hid_t group, const char *name,
                        const char *const *texts, int64_t n);

bool rm_hdf5_put_text(const rm_hdf5 *h5, hid_t object, const char *name, const char *text);
bool rm_hdf5_put_texts(const rm_hdf5 *h5, hid_t object, const char *name,
                       const char *const *texts, int64_t n);

/* One more name, in `group`, of what is at `path`. */
bool rm_hdf5_put_link(const rm_hdf5 *h5, hid_t file, const char *path, hid_t group,
                      const char *name);

/* Makes a dataset a scale of that name, which dimensions may have. False, too, if it is none. */
bool rm_hdf5_put_scale(const rm_hdf5 *h5, hid_t scale, const char *name);

/* Gives dimension d of `set` the scale called names[d] in `group`. */
bool rm_hdf5_put_scales(const rm_hdf5 *h5, hid_t group, hid_t set, const char *const names[2]);

/* Which dimension of which dataset a scale belongs to. */
typedef struct rm_hdf5_use {
    hobj_ref_t dataset;
    int dimension;
} rm_hdf5_use;

/* Tells the scale at the path `scale` all its uses. What lies between their members is written,
 * too. */
bool rm_hdf5_put_uses(const rm_hdf5 *h5, hid_t file, const char *scale, const rm_hdf5_use *uses,
                      int64_t n);

bool rm_is_utf8(const char *text);

/* The length of the character at `text`; 0 if it is none. */
int rm_utf8_length(const char *text);

#endif
