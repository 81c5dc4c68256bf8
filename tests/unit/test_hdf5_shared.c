/* What many series have in common stands in an HDF5 file once. */
#include "triph5.h"

/* How many datasets there are behind the paths. */
static int n_different(hid_t file, const char *const *paths, int n) {
    hobj_ref_t seen[8], one;
    int n_seen = 0;
    for (int i = 0; i < n; i++) {
        ck_assert_int_ge(H5Rcreate(&one, file, paths[i], H5R_OBJECT, -1), 0);
        int k = 0;
        while (k < n_seen && seen[k] != one)
            k++;
        seen[k] = one;
        n_seen += k == n_seen;
    }
    return n_seen;
}

static hssize_t n_uses(hid_t file, const char *scale) {
    hid_t list = H5Aopen_by_name(file, scale, "REFERENCE_LIST", H5P_DEFAULT, H5P_DEFAULT);
    hid_t space = H5Aget_space(list);
    hssize_t n = H5Sget_simple_extent_npoints(space);
    H5Sclose(space);
    H5Aclose(list);
    return n;
}

START_TEST(what_series_share_is_written_once) {
    static const char *const names[] = {"/a/names", "/b/names", "/c/names", "/d/names"};
    static const char *const times[] = {"/a/time", "/b/time", "/c/time", "/d/time"};
    rimer_dataset *d = dataset_of("unique_id,ds,y\n"
                                  "a,2024-01-01,1\na,2024-01-02,2\na,2024-01-03,3\n"
                                  "b,2024-01-01,4\nb,2024-01-02,5\n"
                                  "c,2024-01-02,6\nc,2024-01-03,7\n"
                                  "d,2024-01-01,8\nd,2024-01-02,9\n",
                                  "");
    ck_assert_int_eq(rm_hdf5_write(d, h5_path("shared.h5")), RIMER_OK);
    hid_t file = H5Fopen(h5_path("shared.h5"), H5F_ACC_RDONLY, H5P_DEFAULT);
    ck_assert_int_eq(n_different(file, names, 4), 1);
    ck_assert_int_eq(n_different(file, times, 4), 3);
    ck_assert_int_eq(n_uses(file, "/d/names"), 4);
    ck_assert_int_eq(n_uses(file, "/d/time"), 2);
    ck_assert_int_eq(n_uses(file, "/c/time"), 1);
    H5Fclose(file);
    char inside[600];
    snprintf(inside, sizeof inside, "%s:/d", h5_path("shared.h5"));
    rimer_dataset *alone = h5_dataset(inside, "");
    ck_assert_str_eq(rimer_dataset_channel_name(alone, 0), "y");
    ck_assert_str_eq(time_at(alone, 1), "2024-01-02");
    rimer_dataset_free(alone);
    round_trip(d);
}
END_TEST

/* More axes than are left open, each met three times, in turns and one behind the other. */
START_TEST(times_are_shared_by_any_series) {
    enum { AXES = 1500, SERIES = 3 * AXES };
    static char ids[SERIES][16];
    static const char *id[SERIES];
    for (int i = 0; i < SERIES; i++) {
        snprintf(ids[i], sizeof ids[i], "s%d", i);
        id[i] = ids[i];
    }
    rimer_dataset *d = many_series(id, SERIES);
    for (int64_t s = 0; s < SERIES; s++)
        for (int64_t t = 0; t < d->series[s].n_steps; t++)
            d->series[s].times[t] =
                ((s < 2 * AXES ? s % AXES : s / 2) * 5 + t) * RM_MICROS_PER_DAY;
    round_trip(d);
}
END_TEST

START_TEST(series_off_the_grid_share_no_times) {
    static const char *const times[] = {"/a/time", "/b/time"};
    rimer_dataset *d = dataset_of("unique_id,ds,y\n"
                                  "a,2024-01-01,1\na,2024-01-02,2\na,2024-01-03,3\n"
                                  "b,2024-01-01,4\nb,2024-01-05,5\nb,2024-01-06,5\n",
                                  "steps=rows");
    ck_assert_int_eq(rm_hdf5_write(d, h5_path("off.h5")), RIMER_OK);
    hid_t file = H5Fopen(h5_path("off.h5"), H5F_ACC_RDONLY, H5P_DEFAULT);
    ck_assert_int_eq(n_different(file, times, 2), 2);
    H5Fclose(file);
    round_trip(d);
}
END_TEST

int main(void) {
    return rm_test_main("hdf5_shared",
                        (const TTest *[]){what_series_share_is_written_once,
                                          times_are_shared_by_any_series,
                                          series_off_the_grid_share_no_times, NULL});
}
