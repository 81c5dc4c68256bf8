#include "data/hdf5_put.h"

#include <string.h>

#define PIECE_BYTES 262144
#define SMALL_BYTES 4096 /* not worth packing */
#define DEFLATE_LEVEL 4
#define BOTH_ORDERS (H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED)

int rm_utf8_length(const char *text) {
    const unsigned char *c = (const unsigned char *)text;
    int length = c[0] < 0x80 ? 1 : c[0] < 0xc2 ? 0 : c[0] < 0xe0 ? 2 : c[0] < 0xf0 ? 3 : 4;
    if (c[0] > 0xf4)
        return 0;
    for (int i = 1; i < length; i++)
        if ((c[i] & 0xc0) != 0x80)
            return 0;
    bool overlong = (c[0] == 0xe0 && c[1] < 0xa0) || (c[0] == 0xf0 && c[1] < 0x90);
    bool surrogate = c[0] == 0xed && c[1] > 0x9f;
    bool beyond = c[0] == 0xf4 && c[1] > 0x8f;
    return overlong || surrogate || beyond ? 0 : length;
}

bool rm_is_utf8(const char *text) {
    for (int n; *text; text += n) {
        n = rm_utf8_length(text);
        if (n == 0)
            return false;
    }
    return true;
}

hid_t rm_hdf5_put_file(const rm_hdf5 *h5, const char *path) {
    hid_t create = h5->H5Pcreate(h5->H5P_CLS_FILE_CREATE_ID_g);
    hid_t access = h5->H5Pcreate(h5->H5P_CLS_FILE_ACCESS_ID_g);
    hid_t file = -1;
    if (create >= 0 && access >= 0 && h5->H5Pset_obj_track_times(create, false) >= 0 &&
        h5->H5Pset_link_creation_order(create, BOTH_ORDERS) >= 0 &&
        h5->H5Pset_libver_bounds(access, H5F_LIBVER_V18, H5F_LIBVER_V18) >= 0)
        file = h5->H5Fcreate(path, H5F_ACC_TRUNC, create, access);
    rm_hdf5_close(h5, access);
    rm_hdf5_close(h5, create);
    return file;
}

hid_t rm_hdf5_put_group(const rm_hdf5 *h5, hid_t parent, const char *name) {
    hid_t create = h5->H5Pcreate(h5->H5P_CLS_GROUP_CREATE_ID_g);
    hid_t link = h5->H5Pcreate(h5->H5P_CLS_LINK_CREATE_ID_g);
    hid_t group = -1;
    if (create >= 0 && link >= 0 && h5->H5Pset_obj_track_times(create, false) >= 0 &&
        h5->H5Pset_link_creation_order(create, BOTH_ORDERS) >= 0 &&
        h5->H5Pset_char_encoding(link, H5T_CSET_UTF8) >= 0)
        group = h5->H5Gcreate2(parent, name, link, create, H5P_DEFAULT);
    rm_hdf5_close(h5, link);
    rm_hdf5_close(h5, create);
    return group;
}

static bool set_pieces(const rm_hdf5 *h5, hid_t list, int rank, const hsize_t *size,
                       int64_t row_bytes, int64_t *rows_at_once) {
    hsize_t piece[2] = {(hsize_t)(PIECE_BYTES / row_bytes), size[1]};
    piece[0] = piece[0] < 1 ? 1 : piece[0] > size[0] ? size[0] : piece[0];
    *rows_at_once = (int64_t)piece[0];
    if ((int64_t)size[0] <= SMALL_BYTES / row_bytes)
        return true;
    return h5->H5Pset_chunk(list, rank, piece) >= 0 && h5->H5Pset_shuffle(list) >= 0 &&
           h5->H5Pset_deflate(list, DEFLATE_LEVEL) >= 0;
}

hid_t rm_hdf5_put_set(const rm_hdf5 *h5, hid_t group, const char *name, hid_t type,
                      int64_t n_rows, int64_t n_columns, int64_t *rows_at_once) {
    int rank = n_columns ? 2 : 1;
    hsize_t size[2] = {(hsize_t)n_rows, (hsize_t)n_columns};
    int64_t row_bytes = (int64_t)h5->H5Tget_size(type) * (n_columns ? n_columns : 1);
    hid_t list = h5->H5Pcreate(h5->H5P_CLS_DATASET_CREATE_ID_g);
    hid_t space = h5->H5Screate_simple(rank, size, NULL);
    hid_t set = -1;
    if (list >= 0 && space >= 0 && h5->H5Pset_obj_track_times(list, false) >= 0 &&
        set_pieces(h5, list, rank, size, row_bytes, rows_at_once))
        set = h5->H5Dcreate2(group, name, type, space, H5P_DEFAULT, list, H5P_DEFAULT);
    rm_hdf5_close(h5, space);
    rm_hdf5_close(h5, list);
    return set;
}

bool rm_hdf5_put_rows(const rm_hdf5 *h5, hid_t set, int64_t from, int64_t n, int64_t n_columns,
                      hid_t type, const void *values) {
    hsize_t start[2] = {(hsize_t)from, 0}, count[2] = {(hsize_t)n, (hsize_t)n_columns};
    hid_t there = h5->H5Dget_space(set);
    hid_t here = h5->H5Screate_simple(n_columns ? 2 : 1, count, NULL);
    bool done = there >= 0 && here >= 0 &&
                h5->H5Sselect_hyperslab(there, H5S_SELECT_SET, start, NULL, count, NULL) >= 0 &&
                h5->H5Dwrite(set, type, here, there, H5P_DEFAULT, values) >= 0;
    rm_hdf5_close(h5, here);
    rm_hdf5_close(h5, there);
    return done;
}

/* ------------------------------------------------------------------------------- texts */

/* Strings of any length. What is no UTF-8 is not called so: readers get its bytes. */
static hid_t string_type(const rm_hdf5 *h5, const char *const *texts, int64_t n) {
    bool utf8 = true;
    for (int64_t i = 0; utf8 && i < n; i++)
        utf8 = rm_is_utf8(texts[i]);
    hid_t type = h5->H5Tcopy(h5->H5T_C_S1_g);
    if (type >= 0 && h5->H5Tset_size(type, H5T_VARIABLE) >= 0 &&
        h5->H5Tset_cset(type, utf8 ? H5T_CSET_UTF8 : H5T_CSET_ASCII) >= 0)
        return type;
    rm_hdf5_close(h5, type);
    return -1;
}

hid_t rm_hdf5_put_names(const rm_hdf5 *h5, hid_t group, const char *name,
                        const char *const *texts, int64_t n) {
    hsize_t size = (hsize_t)n;
    hid_t type = string_type(h5, texts, n), space = h5->H5Screate_simple(1, &size, NULL);
    hid_t list = h5->H5Pcreate(h5->H5P_CLS_DATASET_CREATE_ID_g), set = -1;
    if (type >= 0 && space >= 0 && list >= 0 && h5->H5Pset_obj_track_times(list, false) >= 0)
        set = h5->H5Dcreate2(group, name, type, space, H5P_DEFAULT, list, H5P_DEFAULT);
    if (set >= 0 && h5->H5Dwrite(set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, texts) < 0) {
        rm_hdf5_close(h5, set);
        set = -1;
    }
    rm_hdf5_close(h5, list);
    rm_hdf5_close(h5, space);
    rm_hdf5_close(h5, type);
    return set;
}

static bool put_attribute(const rm_hdf5 *h5, hid_t object, const char *name, hid_t stored,
                          hid_t type, hid_t space, const void *value) {
    hid_t attribute = -1;
    if (stored >= 0 && type >= 0 && space >= 0)
        attribute = h5->H5Acreate2(object, name, stored, space, H5P_DEFAULT, H5P_DEFAULT);
    bool done = attribute >= 0 && h5->H5Awrite(attribute, type, value) >= 0;
    rm_hdf5_close(h5, attribute);
    rm_hdf5_close(h5, space);
    return done;
}

bool rm_hdf5_put_texts(const rm_hdf5 *h5, hid_t object, const char *name,
                       const char *const *texts, int64_t n) {
    hsize_t size = (hsize_t)n;
    hid_t type = string_type(h5, texts, n);
    bool done = put_attribute(h5, object, name, type, type,
                              h5->H5Screate_simple(1, &size, NULL), texts);
    rm_hdf5_close(h5, type);
    return done;
}

bool rm_hdf5_put_text(const rm_hdf5 *h5, hid_t object, const char *name, const char *text) {
    hid_t type = string_type(h5, &text, 1);
    bool done = put_attribute(h5, object, name, type, type, h5->H5Screate(H5S_SCALAR), &text);
    rm_hdf5_close(h5, type);
    return done;
}

/* ------------------------------------------------------------------------------ scales */

/* The library of dimension scales wants its texts with a fixed length. */
static bool put_fixed(const rm_hdf5 *h5, hid_t object, const char *name, const char *text) {
    hid_t type = h5->H5Tcopy(h5->H5T_C_S1_g);
    bool done = type >= 0 && h5->H5Tset_size(type, strlen(text) + 1) >= 0 &&
                put_attribute(h5, object, name, type, type, h5->H5Screate(H5S_SCALAR), text);
    rm_hdf5_close(h5, type);
    return done;
}

static hid_t use_type(const rm_hdf5 *h5, hid_t dimension) {
    hid_t type = h5->H5Tcreate(H5T_COMPOUND, sizeof(rm_hdf5_use));
    if (type >= 0 &&
        h5->H5Tinsert(type, "dataset", offsetof(rm_hdf5_use, dataset), h5->H5T_STD_REF_OBJ_g) >=
            0 &&
        h5->H5Tinsert(type, "dimension", offsetof(rm_hdf5_use, dimension), dimension) >= 0)
        return type;
    rm_hdf5_close(h5, type);
    return -1;
}

bool rm_hdf5_put_link(const rm_hdf5 *h5, hid_t file, const char *path, hid_t group,
                      const char *name) {
    return h5->H5Lcreate_hard(file, path, group, name, H5P_DEFAULT, H5P_DEFAULT) >= 0;
}

bool rm_hdf5_put_scale(const rm_hdf5 *h5, hid_t scale, const char *name) {
    return scale >= 0 && put_fixed(h5, scale, "CLASS", "DIMENSION_SCALE") &&
           put_fixed(h5, scale, "NAME", name);
}

bool rm_hdf5_put_scales(const rm_hdf5 *h5, hid_t group, hid_t set, const char *const names[2]) {
    hobj_ref_t to[2];
    hvl_t lists[2];
    hsize_t two = 2;
    for (int d = 0; d < 2; d++) {
        if (h5->H5Rcreate(&to[d], group, names[d], H5R_OBJECT, -1) < 0)
            return false;
        lists[d] = (hvl_t){1, &to[d]};
    }
    hid_t type = h5->H5Tvlen_create(h5->H5T_STD_REF_OBJ_g);
    bool done = put_attribute(h5, set, "DIMENSION_LIST", type, type,
                              h5->H5Screate_simple(1, &two, NULL), lists);
    rm_hdf5_close(h5, type);
    return done;
}

bool rm_hdf5_put_uses(const rm_hdf5 *h5, hid_t file, const char *scale, const rm_hdf5_use *uses,
                      int64_t n) {
    hsize_t size = (hsize_t)n;
    hid_t set = h5->H5Dopen2(file, scale, H5P_DEFAULT);
    hid_t stored = use_type(h5, h5->H5T_STD_I32LE_g), type = use_type(h5, h5->H5T_NATIVE_INT_g);
    bool done = set >= 0 && put_attribute(h5, set, "REFERENCE_LIST", stored, type,
                                          h5->H5Screate_simple(1, &size, NULL), uses);
    rm_hdf5_close(h5, type);
    rm_hdf5_close(h5, stored);
    rm_hdf5_close(h5, set);
    return done;
}
