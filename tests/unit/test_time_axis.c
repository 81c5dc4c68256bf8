/* Rows to steps: order, gaps, repeated times, frequency, and the times that follow. */
#include "readtext.h"

#include <math.h>

static void assert_axis(const char *text, const char *settings, const char *frequency,
                        int64_t n_steps, const char *next) {
    rimer_dataset *d = dataset_of(text, settings);
    ck_assert_str_eq(rimer_dataset_frequency(d), frequency);
    ck_assert_int_eq(rimer_dataset_series(d, 0).n_steps, n_steps);
    ck_assert_str_eq(time_at(d, -1), next);
    rimer_dataset_free(d);
}

START_TEST(kinds_of_times) {
    assert_axis("ds,v\n1949-01,1\n1949-02,2\n", "", "1mo", 2, "1949-03");
    assert_axis("ds,v\n20240228,1\n20240229,2\n", "", "1d", 2, "20240301");
    assert_axis("ds,v\n1990/1/1 0:00,1\n1990/1/2 0:00,2\n", "", "1d", 2, "1990/1/3 0:00");
    assert_axis("ds,v\n2024-01-01T00:00:00Z,1\n2024-01-01T00:00:30Z,2\n", "", "30s", 2,
                "2024-01-01T00:01:00Z");
    assert_axis("ds,v\n2024-01-01 00:00:00.0,1\n2024-01-01 00:00:00.1,2\n", "", "100ms", 2,
                "2024-01-01 00:00:00.2");
    assert_axis("year,v\n1949,1\n1950,2\n", "", "1y", 2, "1951");
    assert_axis("step,v\n100,1\n110,2\n", "", "10", 2, "120");
    assert_axis(",v\n0,1\n1,2\n", "time_col=c0", "1", 2, "2");
    assert_axis("d,v\n2024-01-01,1\n", "", "1d", 1, "2024-01-02");
    assert_axis("d,v\n2024-01-05,1\n2024-01-08,2\n", "freq=1b", "1b", 2, "2024-01-09");
    assert_axis("d,v\n2024-01-31,1\n2024-02-29,2\n", "", "1mo", 2, "2024-03-31");
}
END_TEST

/* Integers are times only where something says so. */
START_TEST(integers) {
    rimer_dataset *d = dataset_of("load,v\n1,1\n2,2\n", "");
    ck_assert_int_eq(rimer_dataset_n_channels(d), 2);
    rimer_dataset_free(d);
    d = dataset_of("step,v\n3,1\n1,2\n", ""); /* not ascending */
    ck_assert_int_eq(rimer_dataset_n_channels(d), 2);
    rimer_dataset_free(d);
    d = dataset_of("x,v\n20240102,1\n20240101,2\n", ""); /* dates, but not ascending */
    ck_assert_int_eq(rimer_dataset_n_channels(d), 2);
    rimer_dataset_free(d);
    d = dataset_of("step,v\n1,1\n2,2\n", "no_time=yes");
    ck_assert_int_eq(rimer_dataset_n_channels(d), 2);
    ck_assert_str_eq(rimer_dataset_time_name(d), "");
    rimer_dataset_free(d);
    assert_refused("x,v\n1.5,1\n2.5,2\n", "time_col=x", RIMER_DATA,
                   "t.csv:2: column \"x\": \"1.5\"");
}
END_TEST

START_TEST(gaps) {
    rimer_dataset *d = dataset_of("ds,a,b\n2024-01-01 00:00,1,5\n2024-01-01 00:10,2,\n"
                                  "2024-01-01 00:20,3,7\n2024-01-01 01:00,4,8\n"
                                  "2024-01-01 01:20,6,9\n",
                                  "");
    rimer_read_notes notes = rimer_dataset_notes(d);
    ck_assert_int_eq(rimer_dataset_series(d, 0).n_steps, 9);
    ck_assert_int_eq(notes.n_rows, 5);
    ck_assert_int_eq(notes.n_gaps, 2);
    ck_assert_int_eq(notes.n_gap_steps, 4);
    ck_assert_int_eq(notes.n_missing, 2 * 4 + 1);
    ck_assert(isnan(value_at(d, 0, 3)) && isnan(value_at(d, 0, 5)) && isnan(value_at(d, 1, 7)));
    ck_assert(value_at(d, 0, 6) == 4 && value_at(d, 1, 8) == 9);
    ck_assert_str_eq(time_at(d, 4), "2024-01-01 00:40");
    ck_assert_str_eq(time_at(d, -2), "2024-01-01 01:40");
    rimer_dataset_free(d);
    d = dataset_of("ds,v\n2023-12-31,1\n2024-02-29,2\n2024-03-31,2\n2024-04-30,2\n", "");
    ck_assert_int_eq(rimer_dataset_notes(d).n_gap_steps, 1);
    ck_assert_str_eq(time_at(d, 1), "2024-01-31");
    rimer_dataset_free(d);
    assert_refused("ds,v\n2024-01-01 00:00:00,1\n2024-01-01 00:00:01,2\n"
                   "2924-01-01 00:00:00,3\n",
                   "", RIMER_DATA, "t.csv:4: a gap of");
}
END_TEST

START_TEST(off_the_grid) {
    /* Days of a place, as pandas writes them with their offsets. */
    static const char *const days =
        "d,v\n2024-03-29 00:00:00+01:00,1\n2024-03-30 00:00:00+01:00,1\n"
        "2024-03-31 00:00:00+01:00,1\n2024-04-01 00:00:00+02:00,1\n"
        "2024-04-02 00:00:00+02:00,1\n";
    assert_refused(days, "", RIMER_DATA, "; or --zone NAME if days are those of a place)");
    assert_refused("d,v\n2024-01-01 00:00+01:00,1\n2024-02-01 00:00+01:00,1\n"
                   "2024-03-01 00:00+01:00,1\n2024-04-01 00:00+02:00,1\n",
                   "freq=1mo", RIMER_DATA, "--zone NAME");
    ck_assert_int_eq(
        read_text("d,v\n2024-03-29 00:00,1\n2024-03-30 00:00,1\n2024-03-30 23:00,1\n",
                  "freq=1d", &(rimer_dataset *){NULL}),
        RIMER_DATA);
    ck_assert_ptr_null(strstr(rimer_last_error(), "--zone"));

    const char *text = "ds,v\n2024-01-01 00:00,1\n2024-01-01 00:10,2\n2024-01-01 00:20,3\n"
                       "2024-01-01 00:25,4\n";
    assert_refused(text, "", RIMER_DATA,
                   "t.csv:5: 2024-01-01 00:25 is not a whole number of steps of 10min after "
                   "2024-01-01 00:00 (use --freq, or --steps rows");
    assert_axis(text, "freq=5min", "5min", 6, "2024-01-01 00:30");
    assert_axis(text, "steps=rows", "10min", 4, "2024-01-01 00:35");
    assert_refused("d,v\n2024-01-06,1\n2024-01-08,2\n", "freq=1b", RIMER_DATA,
                   "t.csv:2: 2024-01-06");
    assert_axis("d,v\n2024-01-01,1\n2024-01-02,1\n2024-01-05,1\n2024-01-11,1\n2024-02-20,1\n",
                "steps=rows", "irregular", 5, "2024-02-21");
}
END_TEST

START_TEST(order) {
    const char *text = "ds,v\n2024-01-01,1\n2024-01-03,3\n2024-01-02,2\n2024-01-04,4\n";
    assert_refused(
        text, "", RIMER_DATA,
        "t.csv:4: 2024-01-02 comes after 2024-01-03: rows are out of order (use --sort)");
    rimer_dataset *d = dataset_of(text, "sort=yes");
    for (int t = 0; t < 4; t++)
        ck_assert_double_eq(value_at(d, 0, t), t + 1);
    ck_assert_str_eq(time_at(d, 2), "2024-01-03");
    rimer_dataset_free(d);
    d = dataset_of(text, "steps=rows");
    ck_assert_double_eq(value_at(d, 0, 1), 3);
    ck_assert_str_eq(time_at(d, 1), "2024-01-03");
    rimer_dataset_free(d);
}
END_TEST

START_TEST(duplicates) {
    const char *text = "ds,v,w\n2024-01-01,1,1\n2024-01-02,2,\n2024-01-02,4,\n2024-01-02,9,8\n"
                       "2024-01-03,5,1\n";
    static const struct {
        const char *settings;
        double v, w;
    } cases[] = {{"duplicates=first", 2, NAN},
                 {"duplicates=last", 9, 8},
                 {"duplicates=mean", 5, 8},
                 {"duplicates=sum", 15, 8}};
    assert_refused(
        text, "", RIMER_DATA,
        "t.csv:4: the time 2024-01-02 was there before, in line 3 (use --duplicates");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        rimer_dataset *d = dataset_of(text, cases[i].settings);
        ck_assert_int_eq(rimer_dataset_series(d, 0).n_steps, 3);
        ck_assert_int_eq(rimer_dataset_notes(d).n_duplicates, 2);
        ck_assert_double_eq(value_at(d, 0, 1), cases[i].v);
        double w = value_at(d, 1, 1);
        ck_assert(isnan(cases[i].w) ? isnan(w) : w == cases[i].w);
        rimer_dataset_free(d);
    }
    rimer_dataset *d = dataset_of(text, "steps=rows");
    ck_assert_int_eq(rimer_dataset_series(d, 0).n_steps, 5);
    ck_assert_int_eq(rimer_dataset_notes(d).n_duplicates, 2);
    rimer_dataset_free(d);
    /* in the order of the file among themselves, also after sorting */
    d = dataset_of("ds,v\n2024-01-02,2\n2024-01-01,1\n2024-01-02,7\n",
                   "sort=yes duplicates=last");
    ck_assert_double_eq(value_at(d, 0, 1), 7);
    rimer_dataset_free(d);
    assert_refused("ds,v\n2024-01-01,3e38\n2024-01-01,3e38\n", "duplicates=sum", RIMER_DATA,
                   "beyond the range");
}
END_TEST

START_TEST(bad_times) {
    assert_refused("ds,v\n2024-01-01,1\nsoon,2\n", "", RIMER_DATA,
                   "t.csv:3: column \"ds\": \"soon\" is not a time");
    assert_refused("ds,v\n2024-01-01,1\n,2\n", "", RIMER_DATA, "t.csv:3: column \"ds\": \"\"");
    assert_refused("ds,v\n2024-01-01T00:00Z,1\n2024-01-01T01:00,2\n", "", RIMER_DATA,
                   "t.csv:3");
    assert_refused("ds,v\na,1\nb,2\n", "time_col=ds", RIMER_DATA,
                   "t.csv:2: column \"ds\": \"a\"");
    /* A column that begins with a time stays one, however it is spelled and called. */
    assert_refused(
        "Datum;kWh\n30.01.2024;1\n31.01.2024;2\nSumme;3\n", "", RIMER_DATA,
        "t.csv:4: column \"Datum\": \"Summe\" is not a time, or not spelled like those "
        "before; take rows out");
    assert_refused("date,v\n30.01.2024,1\n31.01.2024,2\n32.01.2024,3\n01.02.2024,4\n", "",
                   RIMER_DATA, "t.csv:4: column \"date\": \"32.01.2024\" is not a time, or");
    assert_refused("No,when,v\n1,30 Jan 2024,1\n2,31 Jan 2024,2\n3,1 Feber 2024,3\n", "",
                   RIMER_DATA, "t.csv:4: column \"when\": \"1 Feber 2024\" is not a time, or");
    assert_refused("Date,Time,v\n2024-01-30,10:00,1\n2024-01-30,11:00,2\n2024-01-30,n/a,3\n",
                   "", RIMER_DATA,
                   "t.csv:4: column \"Date\": \"2024-01-30 n/a\" is not a time, or");
    assert_refused("Date,Time,v\n30.01.2024,10:00,1\n30.01.2024,11:00,2\nTotal,,3\n",
                   "time_col=Date,Time", RIMER_DATA, "t.csv:4: column \"Date\": \"Total \"");
}
END_TEST

/* Without a time column the unit says what a step means; the numbers stay. */
START_TEST(numbered_with_unit) {
    assert_axis("a,b\n1,2\n3,4\n", "freq=5min", "5min", 2, "2");
    assert_axis("a,b\n1,2\n3,4\n", "", "1", 2, "2");
}
END_TEST

START_TEST(bundled) {
    static const struct {
        const char *file, *frequency, *last, *next;
        int64_t n_steps, n_missing;
    } cases[] = {
        {"air_passengers.csv", "1mo", "1960-12-01", "1961-01-01", 144, 0},
        {"mauna_loa_co2.csv", "7d", "2001-12-29", "2002-01-05", 2284, 59},
        {"sunspots.csv", "1mo", "2013-09-01", "2013-10-01", 3177, 0},
        {"uk_demand.csv", "30min", "2000-08-27 23:30:00", "2000-08-28 00:00:00", 4032, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char file[64];
        rimer_dataset *d = NULL;
        snprintf(file, sizeof file, "datasets/%s", cases[i].file);
        ck_assert_msg(rimer_dataset_read(rm_project_path(file), NULL, &d) == RIMER_OK, "%s",
                      rimer_last_error());
        ck_assert_str_eq(rimer_dataset_name(d), cases[i].file);
        ck_assert_str_eq(rimer_dataset_frequency(d), cases[i].frequency);
        ck_assert_int_eq(rimer_dataset_series(d, 0).n_steps, cases[i].n_steps);
        ck_assert_int_eq(rimer_dataset_notes(d).n_missing, cases[i].n_missing);
        ck_assert_str_eq(time_at(d, cases[i].n_steps - 1), cases[i].last);
        ck_assert_str_eq(time_at(d, -1), cases[i].next);
        rimer_dataset_free(d);
    }
}
END_TEST

/* What the big files do on purpose or by accident. */
START_TEST(real_files) {
    static const struct {
        const char *file, *settings;
        int64_t n_steps, n_channels, n_missing, n_gap_steps, n_duplicates;
    } cases[] = {
        {"exchange_rate.csv", "", 7588, 8, 0, 0, 0},
        {"weather.csv.gz", "steps=rows", 52696, 21, 0, 0, 1},
        {"weather.csv.gz", "duplicates=first na=-9999", 52704, 21, 270, 9, 1},
        {"nn5.csv.gz", "decimal=,", 791, 111, 1677, 0, 0},
        {"beijing_pm25.csv.gz", "no_time=yes channels=pm2.5", 43824, 1, 2067, 0, 0},
        {"los_speed.csv.gz", "header=yes", 2016, 207, 0, 0, 0},
        {"nab/machine_temperature_system_failure.csv", "sort=yes duplicates=mean", 22683, 1, 0,
         0, 12},
        {"nab/ambient_temperature_system_failure.csv", "", 7888, 1, 621, 621, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *path = rm_dataset_path("real_files", cases[i].file);
        if (!path)
            continue;
        rimer_read_options options = read_settings(cases[i].settings);
        rimer_dataset *d = NULL;
        ck_assert_msg(rimer_dataset_read(path, &options, &d) == RIMER_OK, "%s",
                      rimer_last_error());
        rimer_read_notes notes = rimer_dataset_notes(d);
        ck_assert_int_eq(rimer_dataset_series(d, 0).n_steps, cases[i].n_steps);
        ck_assert_int_eq(rimer_dataset_n_channels(d), cases[i].n_channels);
        ck_assert_int_eq(notes.n_missing, cases[i].n_missing);
        ck_assert_int_eq(notes.n_gap_steps, cases[i].n_gap_steps);
        ck_assert_int_eq(notes.n_duplicates, cases[i].n_duplicates);
        rimer_dataset_free(d);
    }
}
END_TEST

/* Databases write them; a channel of them would be a ramp of 1e18. */
START_TEST(finer_than_milliseconds) {
    assert_axis("time,v\n1704067200000000000,1\n1704067260000000000,2\n", "", "1min", 2,
                "1704067320000000000");
    assert_axis("name,time,v\ncpu,1704067200000000000,1\ncpu,1704067260000000000,2\n", "",
                "1min", 2, "1704067320000000000");
    assert_axis(",timestamp,v\n0,1704067200000000000,1\n1,1704067260000000000,2\n", "", "1min",
                2, "1704067320000000000");
    assert_axis("v,Date\n3,1704067200000000\n1,1704067260000000\n", "", "1min", 2,
                "1704067320000000");
    assert_axis("_time,v\n1704067200000250,1\n1704067200000500,2\n", "", "250us", 2,
                "1704067200000750");
    assert_axis("time,v\n999999940000000,1\n1000000000000000,2\n", "", "1min", 2,
                "1000000060000000");
    assert_axis(",v\n1704067200000000000,1\n1704067260000000000,2\n", "", "1min", 2,
                "1704067320000000000");
    assert_axis("n,v\n1704067200000000000,1\n1704067260000000000,2\n", "time_col=n", "1min", 2,
                "1704067320000000000");
    assert_axis("n,v\n1704067200000000000,1\n1704067260000000000,2\n", "time_format=%{ns}s",
                "1min", 2, "1704067320000000000");
    assert_axis("s,time,v\na,1704067200000000000,1\na,1704067260000000000,2\n"
                "b,1704067200000000000,1\nb,1704067260000000000,2\n",
                "id_col=s", "1min", 2, "1704067320000000000");
    assert_axis("ds,time,v\n1704067200000000000,10:00,1\n1704067260000000000,11:00,2\n", "",
                "1min", 2, "1704067320000000000");
    assert_axis("time,v\n1704067260000000000,1\n1704067200000000000,2\n", "sort=yes", "1min", 2,
                "1704067320000000000");
    assert_refused("time,v\n1704067260000000000,1\n1704067200000000000,2\n", "", RIMER_DATA,
                   "--sort");
    /* Columns of another name, and beside other times, are values. */
    static const char *const values[] = {
        "n,v\n1704067200000000000,1\n1704067260000000000,2\n",
        "t,v\n1704067260000000000,1\n1704067200000000000,2\n",
        "d,time,v\n2024-01-01,1704067200000000000,1\n2024-01-02,1704067260000000000,2\n",
    };
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        rimer_dataset *d = dataset_of(values[i], "");
        ck_assert_int_eq(rimer_dataset_n_channels(d), 2);
        rimer_dataset_free(d);
    }
    rimer_dataset_free(
        dataset_of("time,v\n1704067200000000000,1\n1704067260000000000,2\n", "no_time=yes"));
}
END_TEST

/* What times cannot keep is not passed over silently, unless steps are made of it. */
START_TEST(finer_than_microseconds) {
    static const char jitter[] = "time,v\n1704067200123456789,1\n1704067259999999999,2\n"
                                 "1704067260000000001,3\n",
                      rfc3339[] = "time,v\n2024-01-01T00:00:00.123456789Z,1\n"
                                  "2024-01-01T00:00:59.999999999Z,2\n"
                                  "2024-01-01T00:01:00.000000001Z,3\n",
                      both[] =
                          "date,time,v\n01.01.2024,00:00:00.123456789,1\n"
                          "01.01.2024,00:00:59.999999999,2\n01.01.2024,00:01:00.000000001,3\n",
                      german[] = "time,v\n01.01.2024 00:00:00.123456789,1\n01.01.2024 "
                                 "00:00:59.9,2\n01.01.2024 00:01:00.000000001,3\n",
                      late[] = "time,v\n1704067200000000000,1\n1704067260000000000,2\n"
                               "1704067320000000500,3\n",
                      beyond[] = "time,v\n5704067200000000000,1\n5704067260000000000,2\n";
    static const struct {
        const char *text, *settings, *words;
    } refused[] = {
        {jitter, "", "\"1704067200123456789\" is not a time"},
        {jitter, "", "--resample makes steps of such readings; or cut three digits off"},
        {jitter, "time_format=%{ns}s",
         "spelled as --time-format says: %{ns}s (finer than micro"},
        {jitter, "time_format=%{us}s", "says: %{us}s (nanoseconds are %{ns}s)"},
        {jitter, "time_format=%s", "says: %s (nanoseconds are %{ns}s)"},
        {late, "", "t.csv:4: column \"time\": \"1704067320000000500\" is not a time, or not"},
        {late, "", "(finer than microseconds"},
        {late, "time_format=%Q", "says: %Q (nanoseconds are %{ns}s)"},
        {rfc3339, "", "or cut the digits after the sixth off)"},
        {beyond, "", "(nanoseconds are %{ns}s)"},
        {"time,v\n1704067200000001,1\n1704067260000000,2\n", "time_format=%{ns}s time_col=time",
         "says: %{ns}s (microseconds are %{us}s)"},
    };
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
        assert_refused(refused[i].text, refused[i].settings, RIMER_DATA, refused[i].words);
    assert_axis(jitter, "resample=1min", "1min", 2, "1704067320000000000");
    assert_axis(jitter, "resample=1min time_format=%{ns}s", "1min", 2, "1704067320000000000");
    assert_axis(rfc3339, "resample=1min", "1min", 2, "2024-01-01T00:02:00.000000000Z");
    assert_axis(german, "resample=1min", "1min", 2, "01.01.2024 00:02:00.000000000");
    assert_axis(both, "resample=1min", "1min", 2, "01.01.2024 00:02:00.000000000");
    assert_axis(beyond, "time_format=%{ns}s", "1min", 2, "5704067320000000000");
}
END_TEST

int main(void) {
    return rm_test_main("time_axis",
                        (const TTest *[]){kinds_of_times, integers, gaps, off_the_grid, order,
                                          duplicates, bad_times, finer_than_milliseconds,
                                          finer_than_microseconds, numbered_with_unit, bundled,
                                          real_files, NULL});
}
