/* HDF5 in and out: what is written is read as the same dataset; the layouts of others. */
#include "data/hdf5_read.h"
#include "triph5.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* -------------------------------------------------------------------------- round trips */

START_TEST(tables_come_back_as_they_were) {
    static const struct {
        const char *text, *settings;
    } tables[] = {
        {"time,a,b\n2000-01-01 00:00,1,2\n2000-01-01 01:00,,3.25\n2000-01-01 02:00,-0,1e-40\n",
         ""},
        {"ds,y\n2000-01-31,1\n2000-02-29,2\n2000-03-31,3\n", ""},
        {"time,y\n2001,1\n2002,2\n2003,3\n", ""},
        {"time,y\n5,1\n7,2\n9,3\n", ""},
        {"time,y\n5,1\n7,2\n9,3\n", "freq=1h"},
        {"y\n1\n2\n3\n", "no_time=yes"},
        {"time,y\n2000-01-01,1\n2000-01-01,2\n1999-01-01,3\n2010-05-07,3\n", "steps=rows"},
        {"time,y\n2000-01-01 00:00,1\n2000-01-01 01:00,2\n2000-01-01 02:00,3\n"
         "2000-01-01 09:00,1\n",
         "steps=rows"},
        {"time,y\n2000-01-01 00:00,1\n2000-01-01 01:00,2\n2000-01-01 09:00,1\n", ""},
        {"time,y\n2024-01-04,1\n2024-01-05,1\n2024-01-08,1\n2024-01-09,1\n", ""},
        {"time,y\n2024-01-04T00:00:00.250+01:00,1\n2024-01-04T00:00:00.500+01:00,1\n", ""},
        {"time,y\n2024/1/4 9:00,1\n2024/1/4 10:00,1\n", ""},
        {"time,y\n20240104,1\n20240105,1\n", ""},
        {"time,y\n2024-01-04T00:00Z,1\n2024-01-04T06:00Z,1\n", ""},
        {"time,y\n1850-01-04,1\n1850-01-11,1\n", ""},
        {",y\n2024-01-04,1\n2024-01-05,1\n", ""},
        {"\"a,b\",\"x, y\",\xc3\xbc,\xff\n2024-01-04,1,2,3\n2024-01-05,1,2,3\n", ""},
        {"time,y\n2024-01-04 00:00,1\n", ""}};
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++)
        round_trip(dataset_of(tables[i].text, tables[i].settings));
}
END_TEST

START_TEST(a_zone_comes_back) {
    rimer_dataset *dataset = dataset_of("time,y\n2024-03-30 22:00,1\n2024-03-30 23:00,1\n"
                                        "2024-03-31 00:00,1\n2024-03-31 01:00,1\n",
                                        "zone=UTC");
    ck_assert_int_eq(rm_hdf5_write(dataset, h5_path("zone.h5")), RIMER_OK);
    rimer_dataset *again = h5_dataset(h5_path("zone.h5"), "");
    assert_same(dataset, again);
    rimer_dataset_free(again);
    rimer_dataset_free(dataset);
    dataset = dataset_of("time,y\n1,1\n2,1\n", "");
    ck_assert_int_eq(rm_hdf5_write(dataset, h5_path("zone.h5")), RIMER_OK);
    h5_refused(h5_path("zone.h5"), "zone=UTC", RIMER_USAGE, "zone \"UTC\"");
    rimer_dataset_free(dataset);
}
END_TEST

START_TEST(large_datasets_are_cut_into_pieces) {
    static const struct {
        int64_t steps, channels;
    } sizes[] = {{100003, 3}, {20, 5000}, {1, 70000}, {1, 1}, {65537, 1}};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        int64_t n = sizes[i].steps * sizes[i].channels;
        float *values = malloc((size_t)n * sizeof *values);
        for (int64_t k = 0; k < n; k++)
            values[k] = k % 7 == 3 ? NAN : (float)(k * 2654435761u % 1000003) * 0.37f;
        rimer_dataset *dataset;
        ck_assert_int_eq(rimer_dataset_from_values(values, sizes[i].steps, sizes[i].channels,
                                                   NULL, &dataset),
                         RIMER_OK);
        round_trip(dataset);
        free(values);
    }
}
END_TEST

START_TEST(series_of_any_name_come_back_in_order) {
    char id[70000];
    memset(id, 'x', sizeof id - 1);
    id[sizeof id - 1] = 0;
    const char *ids[] = {"zeta", "",      "a/b",  ".",        "..",       "values",
                         "time", "names", "\xff", "%41",      "\xc3\xbc", "A",
                         "%#3",  "a b",   "\x01", id + 68000, id + 10000};
    round_trip(many_series(ids, sizeof ids / sizeof *ids));
}
END_TEST

START_TEST(a_single_series_keeps_its_id) {
    round_trip(many_series((const char *const[]){"only one"}, 1));
}
END_TEST

START_TEST(many_small_series_take_little_room) {
    static char texts[3000][16];
    const char *ids[3000];
    for (int i = 0; i < 3000; i++) {
        sprintf(texts[i], "series %d", i);
        ids[i] = texts[i];
    }
    struct stat info;
    rimer_dataset *dataset = many_series(ids, 3000);
    ck_assert_int_eq(rm_hdf5_write(dataset, h5_path("small.h5")), RIMER_OK);
    ck_assert_int_eq(stat(h5_path("small.h5"), &info), 0);
    ck_assert_int_lt(info.st_size, 3000 * 8192);
    round_trip(dataset);
}
END_TEST

static char *bytes_of(const char *path, size_t *size) {
    FILE *file = fopen(path, "rb");
    ck_assert_ptr_nonnull(file);
    char *bytes = malloc(1 << 22);
    *size = fread(bytes, 1, 1 << 22, file);
    fclose(file);
    return bytes;
}

START_TEST(the_same_data_give_the_same_bytes) {
    rimer_dataset *dataset = many_series((const char *const[]){"a", "b", "c"}, 3);
    float values[20000];
    for (int i = 0; i < 20000; i++)
        values[i] = (float)i;
    rimer_dataset *plain;
    ck_assert_int_eq(rimer_dataset_from_values(values, 10000, 2, NULL, &plain), RIMER_OK);
    for (int kind = 0; kind < 2; kind++) {
        const rimer_dataset *d = kind ? plain : dataset;
        size_t n, m;
        ck_assert_int_eq(rm_hdf5_write(d, h5_path("first.h5")), RIMER_OK);
        nanosleep(&(struct timespec){1, 100000000}, NULL);
        ck_assert_int_eq(rm_hdf5_write(d, h5_path("second.h5")), RIMER_OK);
        char *first = bytes_of(h5_path("first.h5"), &n);
        char *second = bytes_of(h5_path("second.h5"), &m);
        ck_assert_uint_eq(n, m);
        ck_assert(memcmp(first, second, n) == 0);
        free(first);
        free(second);
    }
    rimer_dataset_free(dataset);
    rimer_dataset_free(plain);
}
END_TEST

START_TEST(only_plain_files_are_written) {
    rimer_dataset *dataset = dataset_of("time,y\n1,1\n2,2\n", "");
    ck_assert_int_eq(rm_hdf5_write(dataset, "-"), RIMER_USAGE);
    assert_said("plain files");
    ck_assert_int_eq(rm_hdf5_write(dataset, "/dev/null"), RIMER_USAGE);
    assert_said("/dev/null");
    ck_assert_int_eq(mkfifo(h5_path("pipe.h5"), 0600), 0);
    ck_assert_int_eq(rm_hdf5_write(dataset, h5_path("pipe.h5")), RIMER_USAGE);
    ck_assert_int_eq(rm_hdf5_write(dataset, h5_path("none/x.h5")), RIMER_IO);
    assert_said("none/x.h5");
    rimer_dataset_free(dataset);
}
END_TEST

/* In a process of its own: libhdf5 keeps a file that it could not finish, and tries again when
 * the process ends. */
START_TEST(a_full_disk_leaves_the_old_file) {
    float *values = calloc(1000000, sizeof *values);
    for (int64_t i = 0; i < 1000000; i++)
        values[i] = (float)(i * 7919 % 1000003);
    rimer_dataset *dataset;
    ck_assert_int_eq(rimer_dataset_from_values(values, 1000000, 1, NULL, &dataset), RIMER_OK);
    const char *path = write_bytes("full.h5", "old", 3);
    pid_t child = fork();
    if (child == 0) {
        signal(SIGXFSZ, SIG_IGN);
        setrlimit(RLIMIT_FSIZE, &(struct rlimit){100000, 100000});
        rimer_status status = rm_hdf5_write(dataset, path);
        bool said = strstr(rimer_last_error(), "full.h5") != NULL;
        _exit(status == RIMER_IO && said ? 0 : 1);
    }
    int how;
    ck_assert_int_eq(waitpid(child, &how, 0), child);
    ck_assert(WIFEXITED(how) && WEXITSTATUS(how) == 0);
    size_t size;
    char *bytes = bytes_of(path, &size);
    ck_assert(size == 3 && memcmp(bytes, "old", 3) == 0);
    char command[600];
    snprintf(command, sizeof command, "test -z \"$(ls %s | grep tmp)\"", rm_test_folder());
    ck_assert_int_eq(system(command), 0);
    free(bytes);
    free(values);
    rimer_dataset_free(dataset);
}
END_TEST

/* ----------------------------------------------------------------------------- layouts */

START_TEST(values_alone_are_numbered) {
    const char *path = h5_path("v.h5");
    hid_t file = h5_create(path);
    h5_put(file, "values", H5T_NATIVE_SHORT, 3, 2, (short[]){1, 2, 3, 4, 5, 6});
    H5Fclose(file);
    rimer_dataset *d = h5_dataset(path, "");
    ck_assert_int_eq(rimer_dataset_n_channels(d), 2);
    ck_assert_int_eq(rimer_dataset_n_time_columns(d), 0);
    ck_assert_str_eq(rimer_dataset_channel_name(d, 1), "c1");
    ck_assert_str_eq(rimer_dataset_name(d), "v.h5");
    ck_assert_str_eq(rimer_dataset_frequency(d), "1");
    ck_assert_double_eq(value_at(d, 1, 2), 6);
    rimer_dataset_free(d);
}
END_TEST

START_TEST(all_kinds_of_numbers_are_read) {
    const struct {
        hid_t stored, type;
        const void *values;
    } kinds[] = {{H5T_STD_U8BE, H5T_NATIVE_DOUBLE, (double[]){1, 200, 3}},
                 {H5T_STD_I64BE, H5T_NATIVE_DOUBLE, (double[]){1, 200, 3}},
                 {H5T_IEEE_F64BE, H5T_NATIVE_DOUBLE, (double[]){1, 200, 3}},
                 {H5T_IEEE_F32LE, H5T_NATIVE_DOUBLE, (double[]){1, 200, 3}},
                 {H5T_NATIVE_LDOUBLE, H5T_NATIVE_DOUBLE, (double[]){1, 200, 3}}};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        const char *path = h5_path("kinds.h5");
        hid_t file = h5_create(path);
        H5Dclose(h5_put_as(file, "values", kinds[i].stored, kinds[i].type, 3, 0, H5P_DEFAULT,
                           kinds[i].values));
        H5Fclose(file);
        rimer_dataset *d = h5_dataset(path, "");
        ck_assert_str_eq(rimer_dataset_channel_name(d, 0), "values");
        ck_assert_double_eq(value_at(d, 0, 1), 200);
        rimer_dataset_free(d);
    }
}
END_TEST

START_TEST(units_of_time_are_understood) {
    static const struct {
        const char *units;
        double step;
        const char *second, *frequency;
    } cases[] = {{"hours since 2000-01-01", 1, "2000-01-01 01:00:00", "1h"},
                 {"days since 1999-12-31 12:00", 0.5, "2000-01-01 00:00:00", "12h"},
                 {"Seconds since 2000-01-01 00:00:00 UTC", 86400, "2000-01-02", "1d"},
                 {"hours since 1-1-1 00:00:0.0", 0.1, "0001-01-01 00:06:00", "6min"},
                 {"minutes since 2000-01-01T00:00:00Z", 30, "2000-01-01 00:30:00", "30min"},
                 {"milliseconds since 2000-01-01 02:00:00 +2:00", 250,
                  "2000-01-01 00:00:00.250", "250ms"},
                 {"microseconds since 2000-01-01 00:00:00.5", 500001,
                  "2000-01-01 00:00:01.000001", "500001us"},
                 {"nanoseconds since 2000-01-01", 1000000, "2000-01-01 00:00:00.001", "1ms"},
                 {"", 3, "3", "3"},
                 {"1", 3, "3", "3"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        for (int real = 0; real < 2; real++) {
            double step = cases[i].step, times[] = {0, step, 2 * step};
            if (!real && step != floor(step))
                continue;
            const char *path = h5_path("units.h5");
            hid_t file = h5_create(path);
            h5_put(file, "values", H5T_NATIVE_FLOAT, 3, 0, (float[]){1, 2, 3});
            H5Dclose(h5_put_as(file, "time", real ? H5T_IEEE_F64LE : H5T_STD_I64LE,
                               H5T_NATIVE_DOUBLE, 3, 0, H5P_DEFAULT, times));
            if (*cases[i].units)
                h5_text(file, "time", "units", cases[i].units);
            H5Fclose(file);
            rimer_dataset *d = h5_dataset(path, "");
            ck_assert_str_eq(rimer_dataset_time_name(d), "time");
            ck_assert_str_eq(time_at(d, 1), cases[i].second);
            ck_assert_str_eq(rimer_dataset_frequency(d), cases[i].frequency);
            rimer_dataset_free(d);
        }
    }
}
END_TEST

START_TEST(codes_and_scales_are_applied) {
    const char *path = h5_path("packed.h5");
    hid_t file = h5_create(path);
    h5_put(file, "values", H5T_NATIVE_SHORT, 2, 2, (short[]){100, -9999, -1, 300});
    h5_real(file, "values", "_FillValue", -9999);
    h5_real(file, "values", "missing_value", -1);
    h5_real(file, "values", "scale_factor", 0.5);
    h5_real(file, "values", "add_offset", 10);
    H5Fclose(file);
    rimer_dataset *d = h5_dataset(path, "");
    ck_assert_double_eq(value_at(d, 0, 0), 60);
    ck_assert(isnan(value_at(d, 1, 0)));
    ck_assert(isnan(value_at(d, 0, 1)));
    ck_assert_double_eq(value_at(d, 1, 1), 160);
    ck_assert_int_eq(rimer_dataset_notes(d).n_missing, 2);
    rimer_dataset_free(d);

    file = h5_create(path);
    h5_put(file, "values", H5T_NATIVE_FLOAT, 2, 0, (float[]){1e20f, 2});
    h5_real(file, "values", "missing_value", 1e20);
    H5Fclose(file);
    d = h5_dataset(path, "");
    ck_assert(isnan(value_at(d, 0, 0)));
    rimer_dataset_free(d);
}
END_TEST

START_TEST(names_may_be_strings_of_any_kind) {
    static const char *const names[] = {"north", "s\xc3\xbc"
                                                 "d"};
    static const struct {
        size_t size;
        H5T_str_t pad;
    } kinds[] = {{0, 0}, {5, H5T_STR_NULLPAD}, {9, H5T_STR_NULLTERM}, {12, H5T_STR_SPACEPAD}};
    for (size_t i = 0; i < 4; i++) {
        const char *path = h5_path("names.h5");
        hid_t file = h5_create(path);
        h5_put(file, "values", H5T_NATIVE_FLOAT, 2, 2, (float[]){1, 2, 3, 4});
        h5_names(file, names, 2, kinds[i].size, kinds[i].pad);
        H5Fclose(file);
        rimer_dataset *d = h5_dataset(path, "channels=s\xc3\xbc"
                                            "d");
        ck_assert_int_eq(rimer_dataset_n_channels(d), 1);
        ck_assert_str_eq(rimer_dataset_channel_name(d, 0), names[1]);
        ck_assert_double_eq(value_at(d, 0, 1), 4);
        rimer_dataset_free(d);
        h5_refused(path, "channels=west", RIMER_USAGE, "west");
        h5_refused(path, "channels=north,north", RIMER_USAGE, "twice");
    }
}
END_TEST

static void put_group(hid_t file, const char *name, hsize_t columns, int with_names) {
    hid_t group = H5Gcreate2(file, name, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    h5_put(group, "values", H5T_NATIVE_FLOAT, 2, columns, (float[]){1, 2, 3, 4, 5, 6});
    h5_put(group, "time", H5T_NATIVE_INT, 2, 0, (int[]){1, 2});
    h5_text(group, "time", "units", "days since 2000-01-01");
    if (with_names)
        h5_names(group, (const char *const[]){"p", "q"}, 2, 0, 0);
    H5Gclose(group);
}

START_TEST(a_group_is_a_series) {
    const char *path = h5_path("groups.h5");
    for (int at_root = 0; at_root < 2; at_root++) {
        hid_t file = h5_create(path);
        put_group(file, "beta", 2, !at_root);
        put_group(file, "alpha", 2, !at_root);
        if (at_root)
            h5_names(file, (const char *const[]){"p", "q"}, 2, 4, H5T_STR_NULLPAD);
        h5_put(file, "other", H5T_NATIVE_INT, 2, 0, (int[]){1, 2});
        H5Fclose(file);
        rimer_dataset *d = h5_dataset(path, "");
        ck_assert_int_eq(rimer_dataset_n_series(d), 2);
        ck_assert_str_eq(rimer_dataset_series(d, 0).id, "alpha");
        ck_assert_str_eq(rimer_dataset_series(d, 1).id, "beta");
        ck_assert_str_eq(rimer_dataset_channel_name(d, 1), "q");
        ck_assert_str_eq(rimer_dataset_notes(d).ignored, "other");
        ck_assert_str_eq(time_at(d, 1), "2000-01-03");
        rimer_dataset_free(d);
    }
    char inside[600];
    snprintf(inside, sizeof inside, "%s:/beta", path);
    rimer_dataset *d = h5_dataset(inside, "");
    ck_assert_int_eq(rimer_dataset_n_series(d), 1);
    ck_assert_str_eq(rimer_dataset_name(d), "groups.h5:/beta");
    rimer_dataset_free(d);
}
END_TEST

START_TEST(groups_that_do_not_agree_are_refused) {
    const char *path = h5_path("groups.h5");
    hid_t file = h5_create(path);
    put_group(file, "alpha", 2, 1);
    put_group(file, "beta", 3, 0);
    H5Fclose(file);
    h5_refused(path, "", RIMER_DATA, "/beta");
    file = h5_create(path);
    put_group(file, "alpha", 2, 1);
    put_group(file, "beta", 2, 0);
    H5Fclose(file);
    h5_refused(path, "", RIMER_DATA, "other names");
    file = h5_create(path);
    put_group(file, "alpha", 2, 1);
    H5Gclose(H5Gcreate2(file, "empty", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
    H5Fclose(file);
    h5_refused(path, "", RIMER_DATA, "\"/empty\" has no dataset \"values\"");
    file = h5_create(path);
    put_group(file, "alpha", 2, 1);
    put_group(file, "beta", 2, 1);
    H5Ldelete(file, "beta/time", H5P_DEFAULT);
    H5Fclose(file);
    h5_refused(path, "", RIMER_DATA, "no times");
    file = h5_create(path);
    put_group(file, "alpha", 2, 1);
    put_group(file, "beta", 2, 1);
    h5_text(file, "alpha", "id", "x");
    h5_text(file, "beta", "id", "x");
    H5Fclose(file);
    h5_refused(path, "", RIMER_DATA, "second series called \"x\"");
}
END_TEST

START_TEST(a_dataset_may_be_a_channel) {
    const char *path = h5_path("columns.nc");
    hid_t file = h5_create(path);
    h5_put(file, "time", H5T_NATIVE_INT, 3, 0, (int[]){0, 1, 2});
    h5_text(file, "time", "units", "hours since 2000-01-01");
    h5_put(file, "rain", H5T_NATIVE_FLOAT, 3, 0, (float[]){1, 2, 3});
    h5_put(file, "dew", H5T_NATIVE_INT, 3, 0, (int[]){4, 5, 6});
    h5_put(file, "map", H5T_NATIVE_INT, 3, 2, (int[]){4, 5, 6, 4, 5, 6});
    h5_put(file, "levels", H5T_NATIVE_INT, 2, 0, (int[]){4, 5});
    H5Fclose(file);
    rimer_dataset *d = h5_dataset(path, "");
    ck_assert_int_eq(rimer_dataset_n_channels(d), 2);
    ck_assert_str_eq(rimer_dataset_channel_name(d, 0), "dew");
    ck_assert_double_eq(value_at(d, 1, 2), 3);
    ck_assert_str_eq(rimer_dataset_notes(d).ignored, "levels, map");
    rimer_dataset_free(d);
    d = h5_dataset(path, "channels=rain");
    ck_assert_int_eq(rimer_dataset_n_channels(d), 1);
    ck_assert_double_eq(value_at(d, 0, 0), 1);
    rimer_dataset_free(d);

    char inside[600];
    snprintf(inside, sizeof inside, "%s:/dew", path);
    d = h5_dataset(inside, "");
    ck_assert_str_eq(rimer_dataset_channel_name(d, 0), "dew");
    ck_assert_str_eq(time_at(d, 1), "2000-01-01 01:00:00");
    rimer_dataset_free(d);
    snprintf(inside, sizeof inside, "%s:/levels", path);
    d = h5_dataset(inside, "");
    ck_assert_int_eq(rimer_dataset_n_time_columns(d), 0);
    rimer_dataset_free(d);
    snprintf(inside, sizeof inside, "%s:/none/at/all", path);
    h5_refused(inside, "", RIMER_DATA, "there is no \"/none\"");
}
END_TEST

START_TEST(options_apply) {
    const char *path = h5_path("options.h5");
    hid_t file = h5_create(path);
    h5_put(file, "values", H5T_NATIVE_FLOAT, 4, 0, (float[]){1, 2, 3, 4});
    h5_put(file, "time", H5T_NATIVE_INT, 4, 0, (int[]){0, 2, 1, 1});
    H5Fclose(file);
    h5_refused(path, "", RIMER_DATA, "options.h5");
    h5_refused(path, "sort=yes", RIMER_DATA, "there before");
    rimer_dataset *d = h5_dataset(path, "sort=yes duplicates=last");
    ck_assert_double_eq(value_at(d, 0, 1), 4);
    rimer_dataset_free(d);
    d = h5_dataset(path, "steps=rows");
    ck_assert_double_eq(value_at(d, 0, 3), 4);
    rimer_dataset_free(d);
    d = h5_dataset(path, "no_time=yes freq=1h");
    ck_assert_str_eq(rimer_dataset_frequency(d), "1h");
    rimer_dataset_free(d);
    d = h5_dataset(path, "no_time=yes na=2,x,4.0 guard=no");
    ck_assert_int_eq(rimer_dataset_notes(d).n_missing, 2);
    ck_assert(isnan(value_at(d, 0, 1)) && value_at(d, 0, 2) == 3);
    rimer_dataset_free(d);
    h5_refused(path, "time_col=time", RIMER_USAGE, "time_col is for texts");
    h5_refused(path, "layout=rows", RIMER_USAGE, "layout is for texts");
}
END_TEST

START_TEST(hdf5_is_told_by_its_first_bytes) {
    const char *path = h5_path("user.dat");
    hid_t list = H5Pcreate(H5P_FILE_CREATE);
    H5Pset_userblock(list, 1024);
    hid_t file = H5Fcreate(path, H5F_ACC_TRUNC, list, H5P_DEFAULT);
    h5_put(file, "values", H5T_NATIVE_FLOAT, 2, 0, (float[]){1, 2});
    H5Fclose(file);
    H5Pclose(list);
    ck_assert(rm_hdf5_is(path));
    rimer_dataset_free(h5_dataset(path, ""));
    ck_assert(!rm_hdf5_is(write_bytes("t.h5", "a,b\n1,2\n", 8)));
    ck_assert(!rm_hdf5_is(h5_path("none.h5:/x")));
    ck_assert(!rm_hdf5_is("/dev/null"));
    ck_assert(!rm_hdf5_is("-"));
    char inside[600];
    snprintf(inside, sizeof inside, "%s:/x", h5_path("t.h5"));
    h5_refused(inside, "", RIMER_DATA, "cannot be opened as HDF5");
}
END_TEST

/* `test_hdf5 IN OUT` writes what it reads, for tests/cli/test_h5py.sh. */
static int copy(const char *from, const char *to) {
    rimer_dataset *dataset;
    if (rimer_dataset_read(from, NULL, &dataset) || rm_hdf5_write(dataset, to)) {
        fprintf(stderr, "%s\n", rimer_last_error());
        return 1;
    }
    rimer_dataset_free(dataset);
    return 0;
}

int main(int argc, char **argv) {
    if (argc == 3)
        return copy(argv[1], argv[2]);
    return rm_test_main("hdf5", (const TTest *[]){tables_come_back_as_they_were,
                                                  a_zone_comes_back,
                                                  large_datasets_are_cut_into_pieces,
                                                  series_of_any_name_come_back_in_order,
                                                  a_single_series_keeps_its_id,
                                                  many_small_series_take_little_room,
                                                  the_same_data_give_the_same_bytes,
                                                  only_plain_files_are_written,
                                                  a_full_disk_leaves_the_old_file,
                                                  values_alone_are_numbered,
                                                  all_kinds_of_numbers_are_read,
                                                  units_of_time_are_understood,
                                                  codes_and_scales_are_applied,
                                                  names_may_be_strings_of_any_kind,
                                                  a_group_is_a_series,
                                                  groups_that_do_not_agree_are_refused,
                                                  a_dataset_may_be_a_channel,
                                                  options_apply,
                                                  hdf5_is_told_by_its_first_bytes,
                                                  NULL});
}
