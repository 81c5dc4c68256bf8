/* libhdf5, loaded when the first HDF5 file is named: to link it would cost every program 30
 * libraries and 5 to 8 ms at its start. */
#ifndef RM_HDF5_LIBRARY_H
#define RM_HDF5_LIBRARY_H

#include "base/error.h"

#include <hdf5.h>

/* The constants of hdf5.h call the library through these, which would link it. */
#undef H5OPEN
#define H5OPEN
#undef H5CHECK
#define H5CHECK

/* Functions used, called as h5->H5Fopen(...). */
#define RM_HDF5_FUNCTIONS(X)        \
    X(H5open)                       \
    X(H5Eget_auto2)                 \
    X(H5Eset_auto2)                 \
    X(H5PLget_loading_state)        \
    X(H5PLset_loading_state)        \
    X(H5Fopen)                      \
    X(H5Fcreate)                    \
    X(H5Fflush)                     \
    X(H5Fclose)                     \
    X(H5Idec_ref)                   \
    X(H5Iget_type)                  \
    X(H5Lexists)                    \
    X(H5Lget_info)                  \
    X(H5Lcreate_hard)               \
    X(H5Literate)                   \
    X(H5Oopen)                      \
    X(H5Gcreate2)                   \
    X(H5Gget_create_plist)          \
    X(H5Dcreate2)                   \
    X(H5Dopen2)                     \
    X(H5Dget_space)                 \
    X(H5Dget_type)                  \
    X(H5Dget_create_plist)          \
    X(H5Dread)                      \
    X(H5Dwrite)                     \
    X(H5Dvlen_reclaim)              \
    X(H5Acreate2)                   \
    X(H5Aopen)                      \
    X(H5Aexists)                    \
    X(H5Aget_space)                 \
    X(H5Aget_type)                  \
    X(H5Aread)                      \
    X(H5Awrite)                     \
    X(H5Screate)                    \
    X(H5Screate_simple)             \
    X(H5Sselect_hyperslab)          \
    X(H5Sget_simple_extent_ndims)   \
    X(H5Sget_simple_extent_dims)    \
    X(H5Sget_simple_extent_type)    \
    X(H5Sget_simple_extent_npoints) \
    X(H5Tcopy)                      \
    X(H5Tcreate)                    \
    X(H5Tinsert)                    \
    X(H5Tvlen_create)               \
    X(H5Tset_size)                  \
    X(H5Tset_cset)                  \
    X(H5Tget_cset)                  \
    X(H5Tget_class)                 \
    X(H5Tget_size)                  \
    X(H5Tget_strpad)                \
    X(H5Tis_variable_str)           \
    X(H5Pcreate)                    \
    X(H5Pget_layout)                \
    X(H5Pget_chunk)                 \
    X(H5Pget_external_count)        \
    X(H5Pget_nfilters)              \
    X(H5Pget_filter2)               \
    X(H5Pget_link_creation_order)   \
    X(H5Pset_link_creation_order)   \
    X(H5Pset_chunk)                 \
    X(H5Pset_chunk_cache)           \
    X(H5Pset_shuffle)               \
    X(H5Pset_deflate)               \
    X(H5Pset_fill_time)             \
    X(H5Pset_libver_bounds)         \
    X(H5Pset_obj_track_times)       \
    X(H5Pset_char_encoding)         \
    X(H5Pset_vlen_mem_manager)      \
    X(H5Pset_buffer)                \
    X(H5Pcopy)                      \
    X(H5Rcreate)

/* Types and classes of property lists, which are variables of the library. */
#define RM_HDF5_IDS(X)             \
    X(H5T_NATIVE_DOUBLE_g)         \
    X(H5T_NATIVE_FLOAT_g)          \
    X(H5T_NATIVE_INT64_g)          \
    X(H5T_NATIVE_INT_g)            \
    X(H5T_IEEE_F32LE_g)            \
    X(H5T_STD_I64LE_g)             \
    X(H5T_STD_I32LE_g)             \
    X(H5T_STD_REF_OBJ_g)           \
    X(H5T_C_S1_g)                  \
    X(H5P_CLS_FILE_CREATE_ID_g)    \
    X(H5P_CLS_FILE_ACCESS_ID_g)    \
    X(H5P_CLS_GROUP_CREATE_ID_g)   \
    X(H5P_CLS_LINK_CREATE_ID_g)    \
    X(H5P_CLS_DATASET_CREATE_ID_g) \
    X(H5P_CLS_DATASET_ACCESS_ID_g) \
    X(H5P_CLS_DATASET_XFER_ID_g)

typedef struct rm_hdf5 {
#define RM_HDF5_MEMBER(name) __typeof__(name) *name;
    RM_HDF5_FUNCTIONS(RM_HDF5_MEMBER)
#undef RM_HDF5_MEMBER
#define RM_HDF5_MEMBER(name) hid_t name;
    RM_HDF5_IDS(RM_HDF5_MEMBER)
#undef RM_HDF5_MEMBER
} rm_hdf5;

/* Loads the library if need be and takes it for this thread alone: it may be built without
 * locks of its own. Until rm_hdf5_leave it prints nothing and loads no filter plug-ins.
 * RIMER_FAILED: it is not installed. */
rimer_status rm_hdf5_enter(const rm_hdf5 **h5);
void rm_hdf5_leave(const rm_hdf5 *h5);

/* Closes an object of any kind; nothing happens for what never was opened (0 and below). */
void rm_hdf5_close(const rm_hdf5 *h5, hid_t id);

#endif
