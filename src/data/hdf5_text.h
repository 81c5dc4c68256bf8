/* Texts and numbers beside the values: attributes, and the dataset of the channels' names. */
#ifndef RM_HDF5_TEXT_H
#define RM_HDF5_TEXT_H

#include "data/hdf5_file.h"

/* An attribute that is one text or a list of them. */
typedef struct rm_hdf5_texts {
    int64_t n;
    char **texts; /* [n] */
} rm_hdf5_texts;
void rm_hdf5_texts_free(rm_hdf5_texts *texts);
rimer_status rm_hdf5_texts_copy(rm_hdf5_texts *texts, const char *const *from, int64_t n);

/* Reads an attribute; n is 0 if it is not there or holds no text. RIMER_DATA: damaged, too large. */
rimer_status rm_hdf5_attribute_texts(const rm_hdf5_file *file, const rm_hdf5_object *object,
                                     const char *name, rm_hdf5_texts *texts);

/* Its first text only, "" if it is not there; cut to `size`. */
rimer_status rm_hdf5_attribute_text(const rm_hdf5_file *file, const rm_hdf5_object *object,
                                    const char *name, char *text, size_t size);

/* Up to `most` numbers of an attribute; *n is 0 if it is not there or holds none. */
rimer_status rm_hdf5_attribute_reals(const rm_hdf5_file *file, const rm_hdf5_object *object,
                                     const char *name, int most, double *values, int *n);

/* All strings of a dataset of one dimension. RIMER_DATA: no strings, too many, too long. */
rimer_status rm_hdf5_read_names(const rm_hdf5_file *file, rm_hdf5_set *set,
                                rm_hdf5_texts *texts);

#endif
