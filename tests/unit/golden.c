#include "golden.h"

#include "harness.h"

#include <hdf5.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Everything handed out hangs in a list, so that a test has one thing to close. */
typedef struct owned {
    struct owned *next;
    void *memory;
} owned;

struct rm_golden {
    char name[128];
    hid_t file;
    owned *all;
};

static void *own(rm_golden *golden, void *memory) {
    owned *node = malloc(sizeof *node);
    ck_assert_ptr_nonnull(node);
    ck_assert_ptr_nonnull(memory);
    node->memory = memory;
    node->next = golden->all;
    golden->all = node;
    return memory;
}

rm_golden *rm_golden_open(const char *name) {
    char path[256];
    rm_golden *golden = calloc(1, sizeof *golden);
    ck_assert_ptr_nonnull(golden);
    snprintf(golden->name, sizeof golden->name, "%s", name);
    snprintf(path, sizeof path, "tests/golden/%s", name);
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL); /* the test says what is wrong */
    golden->file = H5Fopen(rm_project_path(path), H5F_ACC_RDONLY, H5P_DEFAULT);
    ck_assert_msg(golden->file >= 0, "%s cannot be opened (RIMER_ROOT names the project)",
                  rm_project_path(path));
    return golden;
}

void rm_golden_close(rm_golden *golden) {
    if (!golden)
        return;
    while (golden->all) {
        owned *node = golden->all;
        golden->all = node->next;
        free(node->memory);
        free(node);
    }
    H5Fclose(golden->file);
    free(golden);
}

/* H5Lexists wants every group on the way to exist. */
int rm_golden_has(const rm_golden *golden, const char *path) {
    char part[256];
    for (const char *slash = strchr(path, '/'); slash; slash = strchr(slash + 1, '/')) {
        snprintf(part, sizeof part, "%.*s", (int)(slash - path), path);
        if (H5Lexists(golden->file, part, H5P_DEFAULT) <= 0)
            return 0;
    }
    return H5Lexists(golden->file, path, H5P_DEFAULT) > 0;
}

static hid_t open_dataset(const rm_golden *golden, const char *path) {
    hid_t set = H5Dopen2(golden->file, path, H5P_DEFAULT);
    ck_assert_msg(set >= 0, "%s: no dataset %s", golden->name, path);
    return set;
}

rm_golden_array rm_golden_read(rm_golden *golden, const char *path) {
    hid_t set = open_dataset(golden, path), space = H5Dget_space(set);
    rm_golden_array array = {.rank = H5Sget_simple_extent_ndims(space)};
    hsize_t shape[8];
    ck_assert_msg(array.rank >= 0 && array.rank <= 8, "%s: %s has rank %d", golden->name, path,
                  array.rank);
    H5Sget_simple_extent_dims(space, shape, NULL);
    for (int i = 0; i < array.rank; i++)
        array.shape[i] = (int64_t)shape[i];
    array.count = (int64_t)H5Sget_simple_extent_npoints(space);
    ck_assert_msg(array.count > 0, "%s: %s is empty", golden->name, path);
    array.values = own(golden, malloc((size_t)array.count * sizeof *array.values));
    ck_assert_msg(
        H5Dread(set, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, array.values) >= 0,
        "%s: %s cannot be read", golden->name, path);
    H5Sclose(space);
    H5Dclose(set);
    return array;
}

rm_real *rm_golden_reals(rm_golden *golden, const char *path) {
    rm_golden_array array = rm_golden_read(golden, path);
    rm_real *reals = own(golden, malloc((size_t)array.count * sizeof *reals));
    for (int64_t i = 0; i < array.count; i++)
        reals[i] = (rm_real)array.values[i];
    return reals;
}

double rm_golden_scalar(rm_golden *golden, const char *path) {
    rm_golden_array array = rm_golden_read(golden, path);
    ck_assert_msg(array.count == 1, "%s: %s is no scalar", golden->name, path);
    return array.values[0];
}

/* Reads an attribute of the object at `path` ("/": the file); 0 if there is none. */
static int read_attribute(const rm_golden *golden, const char *path, const char *attribute,
                          hid_t type, void *value) {
    if (H5Aexists_by_name(golden->file, path, attribute, H5P_DEFAULT) <= 0)
        return 0;
    hid_t id = H5Aopen_by_name(golden->file, path, attribute, H5P_DEFAULT, H5P_DEFAULT);
    int done = id >= 0 && H5Aread(id, type, value) >= 0;
    H5Aclose(id);
    return done;
}

int64_t rm_golden_int(const rm_golden *golden, const char *attribute) {
    int64_t value = 0;
    ck_assert_msg(read_attribute(golden, "/", attribute, H5T_NATIVE_INT64, &value),
                  "%s: no integer attribute %s", golden->name, attribute);
    return value;
}

double rm_golden_double(const rm_golden *golden, const char *attribute) {
    double value = (double)NAN;
    ck_assert_msg(read_attribute(golden, "/", attribute, H5T_NATIVE_DOUBLE, &value),
                  "%s: no real attribute %s", golden->name, attribute);
    return value;
}

void rm_golden_text(const rm_golden *golden, const char *attribute, char *text, size_t size) {
    hid_t type = H5Tcopy(H5T_C_S1);
    H5Tset_size(type, size);
    ck_assert_msg(read_attribute(golden, "/", attribute, type, text),
                  "%s: no text attribute %s", golden->name, attribute);
    H5Tclose(type);
}

const char *const *rm_golden_names(rm_golden *golden, const char *group) {
    hid_t id = H5Gopen2(golden->file, group, H5P_DEFAULT);
    H5G_info_t info;
    ck_assert_msg(id >= 0 && H5Gget_info(id, &info) >= 0, "%s: no group %s", golden->name,
                  group);
    const char **names = own(golden, calloc(info.nlinks + 1, sizeof *names));
    for (hsize_t i = 0; i < info.nlinks; i++) {
        char name[128];
        H5Lget_name_by_idx(id, ".", H5_INDEX_NAME, H5_ITER_INC, i, name, sizeof name,
                           H5P_DEFAULT);
        names[i] = own(golden, strdup(name));
    }
    H5Gclose(id);
    return names;
}

static double max_abs(rm_golden *golden, const char *path) {
    double largest = 0;
    if (read_attribute(golden, path, "max_abs", H5T_NATIVE_DOUBLE, &largest))
        return largest;
    rm_golden_array array = rm_golden_read(golden, path); /* input groups carry no attributes */
    for (int64_t i = 0; i < array.count; i++)
        largest = fmax(largest, fabs(array.values[i]));
    return largest;
}

/* S of the README. */
static double group_max_abs(rm_golden *golden, const char *path) {
    char group[256], sibling[512];
    const char *slash = strrchr(path, '/');
    ck_assert_msg(slash, "%s: \"%s\" names no group", golden->name, path);
    snprintf(group, sizeof group, "%.*s", (int)(slash - path), path);
    double largest = 0;
    for (const char *const *name = rm_golden_names(golden, group); *name; name++) {
        snprintf(sibling, sizeof sibling, "%s/%s", group, *name);
        largest = fmax(largest, max_abs(golden, sibling));
    }
    return largest;
}

static int stored_as_float(const rm_golden *golden, const char *path) {
    hid_t set = open_dataset(golden, path), type = H5Dget_type(set);
    int narrow = H5Tget_size(type) == 4;
    H5Tclose(type);
    H5Dclose(set);
    return narrow;
}

double rm_golden_tolerance(rm_golden *golden, const char *path, int exact) {
    if (exact)
        return (stored_as_float(golden, path) ? 2e-7 : 1e-10) * max_abs(golden, path) +
               1e-12 * group_max_abs(golden, path);
    double tolerance = (double)NAN;
    ck_assert_msg(read_attribute(golden, path, "tol", H5T_NATIVE_DOUBLE, &tolerance),
                  "%s: %s has no attribute tol", golden->name, path);
    return tolerance;
}

static void check(rm_golden *golden, const char *path, const double *got, int64_t n,
                  int exact) {
    rm_golden_array want = rm_golden_read(golden, path);
    char what[512];
    snprintf(what, sizeof what, "%s: %s", golden->name, path);
    ck_assert_msg(n == want.count, "%s has %lld values, not %lld", what, (long long)want.count,
                  (long long)n);
    rm_assert_close(what, got, want.values, n, rm_golden_tolerance(golden, path, exact));
}

void rm_golden_check(rm_golden *golden, const char *path, const rm_real *got, int64_t n) {
    double *wide = own(golden, malloc((size_t)n * sizeof *wide));
    for (int64_t i = 0; i < n; i++)
        wide[i] = (double)got[i];
    check(golden, path, wide, n, sizeof(rm_real) == sizeof(double));
}

void rm_golden_check_double(rm_golden *golden, const char *path, const double *got, int64_t n) {
    check(golden, path, got, n, 1);
}
