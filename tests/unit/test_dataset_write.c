/* What is written reads back: values bit for bit, times, names. */
#include "base/array.h"
#include "data/dataset_inside.h"
#include "readtext.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <unistd.h>
#include <zlib.h>

static const char *in_folder(const char *name) {
    static char path[512];
    snprintf(path, sizeof path, "%s/%s", rm_test_folder(), name);
    return path;
}

static char *text_of(const char *path) {
    static char text[1 << 16];
    FILE *file = fopen(path, "rb");
    ck_assert_ptr_nonnull(file);
    text[fread(text, 1, sizeof text - 1, file)] = 0;
    fclose(file);
    return text;
}

/* `layout` is auto, wide or long. */
static rimer_status write_to(const rimer_dataset *d, const char *name, const char *layout) {
    rimer_write_options options;
    rimer_write_options_init(&options);
    ck_assert_int_eq(rimer_fields_set(rimer_write_fields(), &options, "layout", layout),
                     RIMER_OK);
    return rimer_dataset_write(d, in_folder(name), &options);
}

static void assert_written(const rimer_dataset *d, const char *layout, const char *wanted) {
    ck_assert_msg(write_to(d, "w.csv", layout) == RIMER_OK, "%s", rimer_last_error());
    ck_assert_str_eq(text_of(in_folder("w.csv")), wanted);
}

static rimer_dataset *read_back(const char *name) {
    rimer_dataset *d = NULL;
    rimer_status status = rimer_dataset_read(in_folder(name), NULL, &d);
    ck_assert_msg(status == RIMER_OK, "%s", rimer_last_error());
    return d;
}

/* Reads the text, writes it wide and reads that: all the same, and spelled the same. */
static void assert_round_trip(const char *text, const char *settings) {
    rimer_dataset *d = dataset_of(text, settings);
    ck_assert_msg(write_to(d, "r.csv", "wide") == RIMER_OK, "%s", rimer_last_error());
    rimer_dataset *again = read_back("r.csv");
    ck_assert_msg(rimer_dataset_fingerprint(d) == rimer_dataset_fingerprint(again),
                  "%s became %s", text, text_of(in_folder("r.csv")));
    ck_assert_str_eq(rimer_dataset_frequency(d), rimer_dataset_frequency(again));
    ck_assert_str_eq(rimer_dataset_time_name(d), rimer_dataset_time_name(again));
    rimer_series series = rimer_dataset_series(d, 0);
    for (int64_t t = 0; t < series.n_steps; t++) {
        char one[RIMER_TIME_SIZE], two[RIMER_TIME_SIZE];
        rimer_dataset_format_time(d, series.times[t], one, sizeof one);
        rimer_dataset_format_time(again, series.times[t], two, sizeof two);
        ck_assert_str_eq(one, two);
    }
    rimer_dataset_free(d);
    rimer_dataset_free(again);
}

static void assert_values_survive(const float *values, int64_t n) {
    rimer_dataset *d = NULL;
    ck_assert_int_eq(rimer_dataset_from_values(values, n, 1, NULL, &d), RIMER_OK);
    ck_assert_int_eq(write_to(d, "v.csv", "wide"), RIMER_OK);
    rimer_dataset *again = read_back("v.csv");
    rimer_series got = rimer_dataset_series(again, 0);
    ck_assert_int_eq(got.n_steps, n);
    for (int64_t i = 0; i < n; i++)
        ck_assert_msg(memcmp(&got.values[i], &values[i], sizeof *values) == 0 ||
                          (isnan(got.values[i]) && isnan(values[i])),
                      "%.9g became %.9g", (double)values[i], (double)got.values[i]);
    rimer_dataset_free(d);
    rimer_dataset_free(again);
}

START_TEST(special_values) {
    static const float values[] = {0,        -0.0F,       1,          -1,       0.1F,
                                   1e-45F,   -1e-45F,     FLT_MIN,    1.1e-39F, 1e-38F,
                                   1e38F,    FLT_MAX,     -FLT_MAX,   NAN,      16777216,
                                   16777215, 999999999.F, 1e9F,       1e-4F,    9.9999e-5F,
                                   1e-9F,    123456792,   0.3333333F, 1e7F,     -2.5e-7F};
    assert_values_survive(values, sizeof values / sizeof *values);
}
END_TEST

/* Every pattern of bits that is a number may come. */
START_TEST(any_bits) {
    enum { N = 100000 };
    static float values[N];
    uint32_t state = 12345;
    for (int i = 0; i < N; i++) {
        do {
            state ^= state << 13, state ^= state >> 17, state ^= state << 5;
            uint32_t bits = i % 2 ? state : (state & 0x83ffffffU) + 0x38000000U;
            memcpy(&values[i], &bits, sizeof bits);
        } while (!isfinite(values[i]));
    }
    assert_values_survive(values, N);
}
END_TEST

START_TEST(short_texts) {
    static const float values[] = {22262, 1.5F, 0.25F, 1e6F, 5.827F, -0.07F, 100};
    rimer_dataset *d = NULL;
    ck_assert_int_eq(rimer_dataset_from_values(values, 7, 1, NULL, &d), RIMER_OK);
    assert_written(d, "wide", "c0\n22262\n1.5\n0.25\n1000000\n5.827\n-0.07\n100\n");
    rimer_dataset_free(d);
}
END_TEST

START_TEST(times) {
    static const char *const cases[][2] = {
        {"ds,y\n2024-01-31,1\n2024-02-29,2\n2024-03-31,3\n", ""},
        {"ds,y\n2024-01-31T12:00,1\n2024-01-31T12:30,2\n", ""},
        {"ds,y\n2024-01-31 12:00:00,1\n2024-01-31 12:00:01,2\n", ""},
        {"ds,y\n2024-01-31 12:00:00.250,1\n2024-01-31 12:00:00.500,2\n", ""},
        {"ds,y\n2024-01-31T12:00Z,1\n2024-01-31T13:00Z,2\n", ""},
        {"ds,y\n2024-01-31T12:00+01:00,1\n2024-01-31T13:00+01:00,2\n", ""},
        {"ds,y\n20240131,1\n20240201,2\n20240202,3\n", ""},
        {"ds,y\n2024-01,1\n2024-02,2\n", ""},
        {"ds,y\n1990/1/1 0:00,1\n1990/1/2 0:00,2\n", ""},
        {"ds,y\n2024/01/31,1\n2024/02/01,2\n", ""},
        {"year,y\n1949,1\n1950,2\n1951,3\n", ""},
        {"step,y\n5,1\n6,2\n7,3\n", ""},
        {"y,z\n1,2\n3,4\n", ""},
        {"ds,y\n2024-01-05,1\n2024-01-08,2\n2024-01-09,3\n2024-01-10,4\n2024-01-11,5\n"
         "2024-01-12,6\n2024-01-15,7\n",
         ""},
        {"my time,y\n2024-01-01,1\n2024-01-02,\n2024-01-04,4\n2024-01-05,5\n", ""}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_round_trip(cases[i][0], cases[i][1]);
}
END_TEST

START_TEST(gaps_become_rows) {
    rimer_dataset *d = dataset_of("ds,y,z\n2024-01-01,1,2\n2024-01-02,,3\n2024-01-04,4,5\n"
                                  "2024-01-05,5,6\n",
                                  "");
    assert_written(d, "auto",
                   "ds,y,z\n2024-01-01,1,2\n2024-01-02,,3\n2024-01-03,,\n2024-01-04,4,5\n"
                   "2024-01-05,5,6\n");
    assert_written(d, "long",
                   "unique_id,ds,y\ny,2024-01-01,1\ny,2024-01-02,\ny,2024-01-03,\n"
                   "y,2024-01-04,4\ny,2024-01-05,5\nz,2024-01-01,2\nz,2024-01-02,3\n"
                   "z,2024-01-03,\nz,2024-01-04,5\nz,2024-01-05,6\n");
    rimer_dataset_free(d);
}
END_TEST

/* The only cell of a row says that it is missing: a blank line is no row. */
START_TEST(one_column) {
    rimer_dataset *d = dataset_of("y\n1\nNA\n3\n", "");
    assert_written(d, "wide", "y\n1\nNA\n3\n");
    assert_written(d, "long", "unique_id,step,y\ny,0,1\ny,1,\ny,2,3\n");
    rimer_dataset_free(d);
    assert_round_trip("y\n1\nNA\n3\nNA\n", "");
}
END_TEST

START_TEST(hostile_names) {
    static const char *const names[] = {"a,b",  "say \"x\"", "two\nlines",
                                        "=1+2", "+x",        "-x",
                                        "@x",   "a;b|c\td",  "\xc3\xa9t\xc3\xa9"};
    enum { N = sizeof names / sizeof *names };
    float values[2 * N];
    for (int i = 0; i < 2 * N; i++)
        values[i] = (float)i;
    rimer_dataset *d = NULL;
    ck_assert_int_eq(rimer_dataset_from_values(values, 2, N, names, &d), RIMER_OK);
    ck_assert_int_eq(write_to(d, "h.csv", "wide"), RIMER_OK);
    static const char start[] =
        "\"a,b\",\"say \"\"x\"\"\",\"two\nlines\",\"=1+2\",\"+x\",\"-x\",";
    ck_assert_ptr_eq(strstr(text_of(in_folder("h.csv")), start), text_of(in_folder("h.csv")));
    rimer_dataset *again = read_back("h.csv");
    ck_assert_uint_eq(rimer_dataset_fingerprint(d), rimer_dataset_fingerprint(again));
    rimer_dataset_free(d);
    rimer_dataset_free(again);
}
END_TEST

/* One channel, numbered steps: series s has the steps s, s + 2, ... */
static rimer_dataset *numbered_series(int64_t n_series, int64_t n_steps, int64_t apart) {
    rimer_dataset *d = NULL;
    ck_assert_int_eq(rm_dataset_new(&d, "numbered", 1, n_series), RIMER_OK);
    ck_assert_int_eq(rm_string_copy(&d->channel_names[0], "y"), RIMER_OK);
    ck_assert_int_eq(rm_dataset_set_time_columns(d, 1, (const char *const[]){"step"}),
                     RIMER_OK);
    for (int64_t s = 0; s < n_series; s++) {
        char id[32];
        snprintf(id, sizeof id, "s%d", (int)s);
        ck_assert_int_eq(rm_series_new(&d->series[s], id, n_steps, 1), RIMER_OK);
        for (int64_t t = 0; t < n_steps; t++) {
            d->series[s].times[t] = apart * s + 2 * t;
            d->series[s].values[t] = (float)(10 * s + t);
        }
    }
    return d;
}

/* Over the union of their times, in ascending order. */
START_TEST(series_become_columns) {
    rimer_dataset *d = numbered_series(2, 2, 1);
    assert_written(d, "wide", "step,s0,s1\n0,0,\n1,,10\n2,1,\n3,,11\n");
    assert_written(d, "auto", "unique_id,step,y\ns0,0,0\ns0,2,1\ns1,1,10\ns1,3,11\n");
    d->series[1].times[1] = 1;
    ck_assert_int_eq(write_to(d, "t.csv", "wide"), RIMER_USAGE);
    assert_said("\"s1\" repeats a time");
    rimer_write_options wrong = {.format = RIMER_FORMAT_H5 + 1};
    ck_assert_int_eq(rimer_dataset_write(d, "/dev/null", &wrong), RIMER_USAGE);
    assert_said("format: ");
    rimer_dataset_free(d);
}
END_TEST

static const char many[] = "unique_id,ds,a,b\nx,2024-01-01,1,2\nx,2024-01-02,3,\n"
                           "x,2024-01-03,5,6\n=y,2024-01-02,7,8\n=y,2024-01-03,9,10\n"
                           "=y,2024-01-04,11,12\n";

START_TEST(many_series) {
    rimer_dataset *d = dataset_of(many, "");
    ck_assert_int_eq(rimer_dataset_n_series(d), 2);
    assert_written(d, "wide",
                   "ds,x/a,x/b,\"=y/a\",\"=y/b\"\n2024-01-01,1,2,,\n2024-01-02,3,,7,8\n"
                   "2024-01-03,5,6,9,10\n2024-01-04,,,11,12\n");
    ck_assert_int_eq(write_to(d, "m.csv", "auto"), RIMER_OK);
    rimer_dataset *again = read_back("m.csv");
    ck_assert_uint_eq(rimer_dataset_fingerprint(d), rimer_dataset_fingerprint(again));
    rimer_dataset_free(again);
    rimer_dataset_free(d);
}
END_TEST

/* Channels become series and channels again. */
START_TEST(wide_long_wide) {
    static const char text[] = "my time,p (mbar),q\n2024-01-01,1,2\n2024-01-02,,3\n"
                               "2024-01-03,4,\n";
    rimer_dataset *d = dataset_of(text, "");
    ck_assert_int_eq(write_to(d, "l.csv", "long"), RIMER_OK);
    rimer_read_options options = read_settings("");
    snprintf(options.time_col, sizeof options.time_col, "my time");
    rimer_dataset *as_series = NULL;
    ck_assert_int_eq(rimer_dataset_read(in_folder("l.csv"), &options, &as_series), RIMER_OK);
    ck_assert_int_eq(rimer_dataset_n_series(as_series), 2);
    assert_written(as_series, "wide", text);
    rimer_dataset_free(as_series);
    rimer_dataset_free(d);
}
END_TEST

START_TEST(sparse) {
    rimer_dataset *d = numbered_series(120, 2, 1000);
    ck_assert_int_eq(write_to(d, "s.csv", "wide"), RIMER_USAGE);
    assert_said("nearly all of it empty");
    ck_assert_int_ne(access(in_folder("s.csv"), F_OK), 0);
    rimer_dataset_free(d);
}
END_TEST

START_TEST(gzipped) {
    rimer_dataset *d = dataset_of("ds,y\n2024-01-01,1\n2024-01-02,2\n", "");
    ck_assert_int_eq(write_to(d, "z.csv.gz", "auto"), RIMER_OK);
    gzFile zipped = gzopen(in_folder("z.csv.gz"), "rb");
    char text[64] = "";
    ck_assert_int_eq(gzread(zipped, text, sizeof text - 1), 31);
    gzclose(zipped);
    ck_assert_str_eq(text, "ds,y\n2024-01-01,1\n2024-01-02,2\n");
    const char *bytes = text_of(in_folder("z.csv.gz"));
    ck_assert_mem_eq(bytes, "\x1f\x8b\x08\0\0\0\0\0", 8); /* neither name nor time */
    rimer_dataset_free(d);
}
END_TEST

START_TEST(refusals) {
    rimer_dataset *d = dataset_of("unique_id,ds,a/b,b\nx,2024-01-01,1,2\nx,2024-01-02,3,4\n"
                                  "x/a,2024-01-01,5,6\nx/a,2024-01-02,7,8\n",
                                  "");
    ck_assert_int_eq(write_to(d, "x.csv", "wide"), RIMER_USAGE);
    assert_said("two columns would be called \"x/a/b\"");
    ck_assert_int_eq(write_to(d, "none/x.csv", "long"), RIMER_IO);
    ck_assert_int_eq(rimer_dataset_write(d, rm_test_folder(), NULL), RIMER_IO);
    rimer_dataset_free(d);
    d = dataset_of("y,unique_id\n1,2\n", "layout=wide");
    ck_assert_int_eq(write_to(d, "x.csv", "wide"), RIMER_OK);
    rimer_dataset_free(d);
}
END_TEST

int main(void) {
    return rm_test_main("dataset_write",
                        (const TTest *[]){special_values, any_bits, short_texts, times,
                                          gaps_become_rows, one_column, hostile_names,
                                          series_become_columns, many_series, wide_long_wide,
                                          sparse, gzipped, refusals, NULL});
}
