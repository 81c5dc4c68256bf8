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

/* Makes scales[d], called names[d], the scale of dimension d of `set` in `group`. */
bool rm_hdf5_put_scales(const rm_hdf5 *h5, hid_t group, const char *set_name, hid_t set,
                        const char *const names[2], const hid_t scales[2]);

bool rm_is_utf8(const char *text);

/* The length of the character at `text`; 0 if it is none. */
int rm_utf8_length(const char *text);

#endif
