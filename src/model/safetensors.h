/* The safetensors container: 8 bytes of header length, a JSON header, float32 tensors without
 * holes. Read like a stranger's file: every length is checked before it is used. */
#ifndef RM_SAFETENSORS_H
#define RM_SAFETENSORS_H

#include "base/error.h"

#include <jansson.h>
#include <stdint.h>
#include <stdio.h>

#define RM_TENSOR_NAME 128

typedef struct rm_tensor {
    char name[RM_TENSOR_NAME];
    int64_t shape[2]; /* shape[1] is 0 for a vector */
    int64_t count;
    const float *values; /* in a read file: inside its payload */
} rm_tensor;

typedef struct rm_tensor_file {
    json_t *metadata; /* object of strings */
    rm_tensor *tensors;
    int64_t n_tensors;
    float *payload;  /* NULL until it is read */
    int64_t *begins; /* [n_tensors] bytes of the payload before each tensor */
    int64_t size;    /* bytes of the payload */
    FILE *stream;
} rm_tensor_file;

/* Reads all but the values. RIMER_IO: cannot be read. RIMER_MODEL: not safetensors, cut short,
 * header too long or not JSON, duplicate or over-long names, other types than F32, more than
 * two dimensions, overlaps, holes, metadata other than texts. */
rimer_status rm_tensors_open(const char *path, rm_tensor_file *out);

/* Reads the values of an open file. RIMER_IO. RIMER_MODEL: more than this machine can hold. */
rimer_status rm_tensors_load(rm_tensor_file *file, const char *path);

/* Both. */
rimer_status rm_tensors_read(const char *path, rm_tensor_file *out);
void rm_tensors_free(rm_tensor_file *file);

/* Tensor called `name`, or NULL. */
const rm_tensor *rm_tensors_find(const rm_tensor_file *file, const char *name);

/* 16 digits over all texts of the metadata but "checksum" itself, and the values in this order.
 * */
rimer_status rm_tensors_checksum(char text[24], const json_t *metadata,
                                 const rm_tensor *tensors, int64_t n);

/* Writes aside and renames. Keys keep their order: same input, same bytes. RIMER_IO.
 * RIMER_FAILED: a header longer than is read back. */
rimer_status rm_tensors_write(const char *path, const json_t *metadata,
                              const rm_tensor *tensors, int64_t n_tensors);

#endif
