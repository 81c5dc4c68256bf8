/* Makes HDF5 files that no reader should swallow, for test_bad_inputs.sh: odd_hdf5 CASE FILE. */
#include <hdf5.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define N_STEPS 6

static const hsize_t steps[1] = {N_STEPS};

static void demand(int64_t result) {
    if (result >= 0)
        return;
    fprintf(stderr, "odd_hdf5: libhdf5 says no\n");
    exit(1);
}

/* A dataset "name" of 0, 1, 2, ... */
static void put(hid_t place, const char *name, int rank, const hsize_t *size, hid_t list) {
    float values[N_STEPS * 4];
    for (int i = 0; i < N_STEPS * 4; i++)
        values[i] = (float)i;
    hid_t space = H5Screate_simple(rank, size, NULL);
    hid_t set = H5Dcreate2(place, name, H5T_IEEE_F32LE, space, H5P_DEFAULT, list, H5P_DEFAULT);
    demand(set);
    demand(H5Dwrite(set, H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, values));
    demand(H5Dclose(set));
    demand(H5Sclose(space));
}

static void make_good(hid_t file) {
    put(file, "values", 1, steps, H5P_DEFAULT);
    put(file, "time", 1, steps, H5P_DEFAULT);
}

/* The numbers lie in another file, of any name on the machine. */
static void make_external(hid_t file) {
    hid_t list = H5Pcreate(H5P_DATASET_CREATE);
    demand(H5Pset_external(list, "elsewhere", 0, H5F_UNLIMITED));
    hid_t space = H5Screate_simple(1, steps, NULL);
    demand(H5Dcreate2(file, "values", H5T_IEEE_F32LE, space, H5P_DEFAULT, list, H5P_DEFAULT));
}

static void make_external_link(hid_t file) {
    demand(H5Lcreate_external("elsewhere.h5", "/values", file, "values", H5P_DEFAULT,
                              H5P_DEFAULT));
}

static void make_soft_link(hid_t file) {
    put(file, "numbers", 1, steps, H5P_DEFAULT);
    demand(H5Lcreate_soft("/numbers", file, "values", H5P_DEFAULT, H5P_DEFAULT));
}

static void make_virtual(hid_t file) {
    hid_t list = H5Pcreate(H5P_DATASET_CREATE), space = H5Screate_simple(1, steps, NULL);
    demand(H5Pset_virtual(list, space, "elsewhere.h5", "/values", space));
    demand(H5Dcreate2(file, "values", H5T_IEEE_F32LE, space, H5P_DEFAULT, list, H5P_DEFAULT));
}

static size_t leave_as_is(unsigned flags, size_t n_params, const unsigned params[], size_t size,
                          size_t *room, void **bytes) {
    (void)flags, (void)n_params, (void)params, (void)room, (void)bytes;
    return size;
}

static void make_filter(hid_t file) {
    static const H5Z_class2_t filter = {H5Z_CLASS_T_VERS, 31999, 1,    1,
                                        "of nobody",      NULL,  NULL, leave_as_is};
    hid_t list = H5Pcreate(H5P_DATASET_CREATE);
    demand(H5Zregister(&filter));
    demand(H5Pset_chunk(list, 1, steps));
    demand(H5Pset_filter(list, 31999, 0, 0, NULL));
    put(file, "values", 1, steps, list);
}

static void make_compound(hid_t file) {
    hid_t pair = H5Tcreate(H5T_COMPOUND, 8), space = H5Screate_simple(1, steps, NULL);
    demand(H5Tinsert(pair, "a", 0, H5T_IEEE_F32LE));
    demand(H5Tinsert(pair, "b", 4, H5T_STD_I32LE));
    demand(H5Dcreate2(file, "values", pair, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
}

static void make_texts(hid_t file) {
    hid_t text = H5Tcopy(H5T_C_S1), space = H5Screate_simple(1, steps, NULL);
    demand(H5Tset_size(text, 4));
    demand(H5Dcreate2(file, "values", text, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
}

static void make_cube(hid_t file) {
    static const hsize_t size[3] = {3, 2, 2};
    put(file, "values", 3, size, H5P_DEFAULT);
}

static void make_short_time(hid_t file) {
    static const hsize_t fewer[1] = {N_STEPS - 1};
    put(file, "values", 1, steps, H5P_DEFAULT);
    put(file, "time", 1, fewer, H5P_DEFAULT);
}

static void make_nothing(hid_t file) {
    demand(H5Gcreate2(file, "group", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
}

static void make_no_rows(hid_t file) {
    static const hsize_t none[1] = {0};
    put(file, "values", 1, none, H5P_DEFAULT);
}

/* A few bytes that claim to be a terabyte. */
static void make_huge(hid_t file) {
    static const hsize_t size[1] = {UINT64_C(1) << 38}, chunk[1] = {1 << 20};
    hid_t list = H5Pcreate(H5P_DATASET_CREATE), space = H5Screate_simple(1, size, NULL);
    demand(H5Pset_chunk(list, 1, chunk));
    demand(H5Dcreate2(file, "values", H5T_IEEE_F32LE, space, H5P_DEFAULT, list, H5P_DEFAULT));
}

int main(int argc, char **argv) {
    static const struct {
        const char *name;
        void (*make)(hid_t file);
    } cases[] = {
        {"good", make_good},         {"external", make_external}, {"link", make_external_link},
        {"soft", make_soft_link},    {"virtual", make_virtual},   {"filter", make_filter},
        {"compound", make_compound}, {"texts", make_texts},       {"cube", make_cube},
        {"time", make_short_time},   {"nothing", make_nothing},   {"rows", make_no_rows},
        {"huge", make_huge},
    };
    for (size_t i = 0; argc == 3 && i < sizeof cases / sizeof *cases; i++) {
        if (strcmp(argv[1], cases[i].name) != 0)
            continue;
        hid_t file = H5Fcreate(argv[2], H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
        demand(file);
        cases[i].make(file);
        demand(H5Fclose(file));
        return 0;
    }
    fprintf(stderr, "usage: odd_hdf5 CASE FILE\n");
    return 2;
}
