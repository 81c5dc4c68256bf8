/* Times counted from 1970 on in micro- and nanoseconds: patterns, finding, and HDF5. */
#include "data/time_parts.h"
#include "makeh5.h"
#include "patterns.h"

START_TEST(round_trips) {
    static const struct {
        const char *pattern, *text;
        int64_t time; /* microseconds */
    } cases[] = {
        {"%{us}s", "1706708707123456", 1706708707123456},
        {"%{us}s", "0", 0},
        {"%{us}s", "-1", -1},
        {"%{ns}s", "1706708707123456000", 1706708707123456},
        {"%{ns}s", "0", 0},
        {"%{ns}s", "-1000", -1},
        {"%{ns}s", "1000", 1},
        {"%{ns}s", "253402300799999999000", 253402300799999999},
        {"%{ns}s ns", "1706708707000000000 ns", 1706708707000000},
        {"%{us}s", "-999999999999999999", -999999999999999999},
        {"%{ns}s", "-999999999999999999000", -999999999999999999},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        rm_time_format format = pattern_format(cases[i].pattern);
        ck_assert_int_eq(read_time(&format, cases[i].text), cases[i].time);
        assert_writes(&format, cases[i].time, cases[i].text);
        assert_pattern_lasts(&format, cases[i].time, cases[i].text);
    }
}
END_TEST

START_TEST(refused_patterns) {
    static const char *const cases[][2] = {
        {"%{us}Q", "%{us}Q is not understood"},
        {"%{us}f", "%{us}f is not understood"},
        {"%{ms}s", "%{ms}s is not understood; braces say"},
        {"%{n}s", "%{n}s is not understood"},
        {"%{ns1}s", "%{ns1}s is not understood"},
        {"%{ns}s.%f", "%{us}s and %{ns}s have no fraction"},
        {"%{ns}s0", "where %{ns}s ends"},
        {"%{ns}s %Y", "in two ways"},
        {"%s %{us}s", "%{us}s gives the time since 1970 a second time"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        rm_time_format format = {.kind = RM_TIME_STEPS, .fraction = 7}, before = format;
        ck_assert_int_eq(rm_time_pattern_set(&format, cases[i][0]), RIMER_USAGE);
        ck_assert_msg(strstr(rimer_last_error(), cases[i][1]), "\"%s\": %s", cases[i][0],
                      rimer_last_error());
        ck_assert_mem_eq(&format, &before, sizeof format);
    }
}
END_TEST

START_TEST(no_times) {
    static const char *const cases[][2] = {
        {"%{us}s", ""},
        {"%{us}s", "1.0"},
        {"%{us}s", "12a"},
        {"%{us}s", "1234567890123456789"},
        {"%{ns}s", ""},
        {"%{ns}s", "-"},
        {"%{ns}s", "1000.0"},
        {"%{ns}s", "1"},
        {"%{ns}s", "1706708707123456001"},
        {"%{ns}s", "1706708707123456100"},
        {"%{ns}s", "1706708707123456a"},
        {"%{ns}s", "1234567890123456789000"},
    };
    for (size_t i = 0; i < COUNT(cases); i++)
        assert_not_read(cases[i][0], cases[i][1]);
}
END_TEST

/* To the microsecond before, on either side of 1970. */
START_TEST(cuts) {
    static const struct {
        const char *pattern, *text;
        int64_t time;
    } cases[] = {
        {"%{ns}s", "1706708707123456789", 1706708707123456},
        {"%{ns}s", "999", 0},
        {"%{ns}s", "-1", -1},
        {"%{ns}s", "-1000", -1},
        {"%{ns}s", "-1001", -2},
        {"%s", "1.1234567", 1123456},
        {"%s", "-0.0000001", -1},
        {"%Y-%m-%d %H:%M:%S.%f", "1970-01-01 00:00:00.123456789", 123456},
        {"", "1970-01-01 00:00:00.123456789", 123456},
        {"", "1969-12-31 23:59:59.999999999", -1},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        rm_time_format format = {.kind = RM_TIME_STAMPS, .cuts = true};
        if (cases[i].pattern[0])
            ck_assert_int_eq(rm_time_pattern_set(&format, cases[i].pattern), RIMER_OK);
        ck_assert_int_eq(read_time(&format, cases[i].text), cases[i].time);
    }
}
END_TEST

/* Which unit numbers are counted in, by the years that they would mean. */
START_TEST(since_1970) {
    static const char *const cases[][2] = {
        {"159999999", ""},
        {"160000000", "%s"},
        {"4300000000", "%s"},
        {"4300000001", ""},
        {"159999999999", ""},
        {"1704067200000", "%Q"},
        {"159999999999999", ""},
        {"160000000000000", "%{us}s"},
        {"1704067200000000", "%{us}s"},
        {"1704067200000000000", "%{ns}s"},
        {"4300000000000000000", "%{ns}s"},
        {"4400000000000000000", ""},
        {"1704067200000000000000", ""},
        {"1704067200000000000 ", ""},
        {"-1704067200000000000", ""},
        {"1704067200.5", ""},
        {"", ""},
    };
    for (size_t i = 0; i < COUNT(cases); i++)
        ck_assert_str_eq(rm_time_since_1970(cases[i][0]), cases[i][1]);
    ck_assert_str_eq(rimer_time_since_1970(1.7e18, 1.8e18), "%{ns}s");
    ck_assert_str_eq(rimer_time_since_1970(1.7e15, 1.8e15), "%{us}s");
    ck_assert_str_eq(rimer_time_since_1970(1.7e15, 1.7e18), "");
    ck_assert_str_eq(rimer_time_since_1970(1.8e18, 1.7e18), "");
}
END_TEST

static const char *nanoseconds(const char *name, const int64_t times[3]) {
    const char *path = h5_path(name);
    hid_t file = h5_create(path);
    h5_put(file, "values", H5T_NATIVE_FLOAT, 3, 0, (float[]){1, 2, 3});
    H5Dclose(
        h5_put_as(file, "time", H5T_STD_I64LE, H5T_NATIVE_INT64, 3, 0, H5P_DEFAULT, times));
    h5_text(file, "time", "units", "nanoseconds since 1970-01-01");
    H5Fclose(file);
    return path;
}

/* As xarray stores them. */
START_TEST(in_hdf5) {
    static const int64_t even[] = {1704067200000000000, 1704067200000001000,
                                   1704067200000002000},
                         odd[] = {1704067200123456789, 1704067259999999999,
                                  1704067260000000001},
                         none[] = {INT64_MIN, 1704067259999999999, 1704067260000000001};
    rimer_dataset *d = h5_dataset(nanoseconds("even.h5", even), "");
    ck_assert_str_eq(time_at(d, 2), "2024-01-01 00:00:00.000002");
    ck_assert_str_eq(rimer_dataset_frequency(d), "1us");
    rimer_dataset_free(d);
    h5_refused(nanoseconds("odd.h5", odd), "", RIMER_DATA, "(--resample makes steps");
    d = h5_dataset(nanoseconds("odd.h5", odd), "resample=1min");
    ck_assert_int_eq(rimer_dataset_series(d, 0).n_steps, 2);
    ck_assert_str_eq(time_at(d, 1), "2024-01-01 00:01:00.000000");
    rimer_dataset_free(d);
    h5_refused(nanoseconds("none.h5", none), "resample=1min", RIMER_DATA, "row 1");
}
END_TEST

int main(void) {
    return rm_test_main("times since 1970",
                        (const TTest *[]){round_trips, refused_patterns, no_times, cuts,
                                          since_1970, in_hdf5, NULL});
}
