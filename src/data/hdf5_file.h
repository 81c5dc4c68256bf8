/* An HDF5 file read as what it may be: hostile. Links are followed only inside the file, datasets
 * are looked at before they are read, and sizes are judged by that of the file. */
#ifndef RM_HDF5_FILE_H
#define RM_HDF5_FILE_H

#include "data/hdf5_library.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RM_HDF5_PATH_SIZE 512
#define RM_HDF5_TEXT_MAX 65536 /* bytes of a name */
#define RM_HDF5_NAMES_MAX 1000000

typedef struct rm_hdf5_file {
    const rm_hdf5 *h5;
    hid_t id, transfer;
    char *name;         /* of the file, without a path inside */
    const char *inside; /* in the name as it was given: "/path", or "" */
    int64_t bytes_max;  /* more than a file of this size can hold */
} rm_hdf5_file;

/* The length of the file's name in `path`: before ":/" if that names something inside a file
 * called *.h5, *.hdf5 or *.nc that exists, else all of it. */
size_t rm_hdf5_name_length(const char *path);

/* Opens for reading. RIMER_IO, RIMER_DATA: no HDF5 file, or a damaged one. */
rimer_status rm_hdf5_open_file(rm_hdf5_file *file, const rm_hdf5 *h5, const char *path);
void rm_hdf5_close_file(rm_hdf5_file *file);

/* A group or dataset, with its path for sentences. */
typedef struct rm_hdf5_object {
    hid_t id;
    H5I_type_t kind; /* H5I_GROUP, H5I_DATASET, ... */
    char path[RM_HDF5_PATH_SIZE];
} rm_hdf5_object;

/* "/": the file itself. */
rimer_status rm_hdf5_open_root(const rm_hdf5_file *file, rm_hdf5_object *root);

/* What is called `name` in a group. RIMER_DATA: not there, a link that is not followed, damaged. */
rimer_status rm_hdf5_open_child(const rm_hdf5_file *file, const rm_hdf5_object *group,
                                const char *name, rm_hdf5_object *child);

/* Whether there is a link of that name. */
bool rm_hdf5_has(const rm_hdf5_file *file, const rm_hdf5_object *group, const char *name);

/* Which object a hard link leads to: the same bytes for all links to it. */
typedef struct rm_hdf5_identity {
    unsigned char bytes[sizeof((H5L_info_t *)0)->u];
} rm_hdf5_identity;

/* False: there is no hard link of that name. */
bool rm_hdf5_identify(const rm_hdf5_file *file, const rm_hdf5_object *group, const char *name,
                      rm_hdf5_identity *identity);

typedef struct rm_hdf5_links {
    int64_t n;
    char **names; /* in the order of their making if the file keeps it, else by name */
    int64_t capacity;
} rm_hdf5_links;

/* What is in a group. RIMER_DATA: more than RM_HDF5_NAMES_MAX, a name too long. */
rimer_status rm_hdf5_list(const rm_hdf5_file *file, const rm_hdf5_object *group,
                          rm_hdf5_links *links);
void rm_hdf5_links_free(rm_hdf5_links *links);

typedef struct rm_hdf5_set {
    rm_hdf5_object object;
    hid_t group; /* where it is, and how it is called there: borrowed, until it is admitted */
    const char *name;
    H5T_class_t class;
    size_t type_size;      /* bytes */
    int rank;              /* -1: none, or not to be asked for */
    int64_t rows, columns; /* of ranks 1 (one column) and 2; else 0 */
    bool chunked;          /* lies in pieces, of so many rows and columns */
    int64_t chunk_rows, chunk_columns;
    const char *refused; /* why it must not be read; NULL: nothing speaks against it */
} rm_hdf5_set;

/* Opens and describes a dataset without reading any of it. RIMER_DATA: no dataset, damaged. */
rimer_status rm_hdf5_open_set(const rm_hdf5_file *file, const rm_hdf5_object *group,
                              const char *name, rm_hdf5_set *set);
void rm_hdf5_close_set(const rm_hdf5_file *file, rm_hdf5_set *set);

bool rm_hdf5_is_numeric(const rm_hdf5_set *set);

/* Whether rows of a dataset may be read: its storage, shape and size. Makes it ready for it. */
rimer_status rm_hdf5_admit(const rm_hdf5_file *file, rm_hdf5_set *set);

/* Rows [from, from + n) of an admitted dataset, converted to the type. `transfer` is that of the
 * file or made of it. */
rimer_status rm_hdf5_read_rows(const rm_hdf5_file *file, const rm_hdf5_set *set, int64_t from,
                               int64_t n, hid_t type, hid_t transfer, void *values);

#endif
