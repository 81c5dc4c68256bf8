/* Rows at any times to steps of a regular grid. */
#include "readtext.h"

#include <math.h>

/* Steps as "TIME VALUE VALUE|TIME ..." with * for what is missing. */
static void assert_steps(const char *text, const char *settings, const char *wanted) {
    rimer_dataset *d = dataset_of(text, settings);
    char got[1024] = "";
    rimer_series series = rimer_dataset_series(d, 0);
    for (int64_t t = 0; t < series.n_steps; t++) {
        size_t n = strlen(got);
        n += (size_t)snprintf(got + n, sizeof got - n, "%s%s", t ? "|" : "", time_at(d, t));
        for (int64_t c = 0; c < series.n_channels; c++) {
            double value = value_at(d, c, t);
            n += (size_t)(isnan(value) ? snprintf(got + n, sizeof got - n, " *")
                                       : snprintf(got + n, sizeof got - n, " %g", value));
        }
    }
    ck_assert_str_eq(got, wanted);
    rimer_dataset_free(d);
}

#define JITTER                                                                   \
    "ds,a,b\n2024-01-01 10:00:01,1,\n2024-01-01 10:00:59,3,8\n"                  \
    "2024-01-01 10:01:00,5,6\n2024-01-01 10:01:00,7,\n2024-01-01 10:01:31,9,7\n" \
    "2024-01-01 10:04:02,2,\n"

/* From the start of a step up to that of the next, channel by channel over what is there. */
START_TEST(combines) {
    assert_steps(JITTER, "resample=1min",
                 "2024-01-01 10:00:00 2 8|2024-01-01 10:01:00 7 6.5|2024-01-01 10:02:00 * *|"
                 "2024-01-01 10:03:00 * *|2024-01-01 10:04:00 2 *");
    assert_steps(JITTER, "resample=1min duplicates=mean",
                 "2024-01-01 10:00:00 2 8|2024-01-01 10:01:00 7 6.5|2024-01-01 10:02:00 * *|"
                 "2024-01-01 10:03:00 * *|2024-01-01 10:04:00 2 *");
    assert_steps(JITTER, "resample=2min duplicates=first",
                 "2024-01-01 10:00:00 1 8|2024-01-01 10:02:00 * *|2024-01-01 10:04:00 2 *");
    assert_steps(JITTER, "resample=2min duplicates=last",
                 "2024-01-01 10:00:00 9 7|2024-01-01 10:02:00 * *|2024-01-01 10:04:00 2 *");
    assert_steps(JITTER, "resample=min freq=60s",
                 "2024-01-01 10:00:00 2 8|2024-01-01 10:01:00 7 6.5|2024-01-01 10:02:00 * *|"
                 "2024-01-01 10:03:00 * *|2024-01-01 10:04:00 2 *");
}
END_TEST

START_TEST(notes) {
    rimer_dataset *d = dataset_of(JITTER, "resample=60s");
    rimer_read_notes n = rimer_dataset_notes(d);
    ck_assert_str_eq(n.resample, "1min");
    ck_assert_str_eq(n.reason, "as --resample says");
    ck_assert_str_eq(rimer_dataset_frequency(d), "1min");
    ck_assert_int_eq(n.n_rows, 6);
    ck_assert_int_eq(n.n_gap_steps, 2);
    ck_assert_int_eq(n.n_gaps, 1);
    ck_assert_int_eq(n.n_missing, 5);
    ck_assert_int_eq(n.n_duplicates, 0);
    ck_assert_int_eq(n.n_partial, 0);
    ck_assert_str_eq(time_at(d, -2), "2024-01-01 10:06:00");
    rimer_dataset_free(d);
    d = dataset_of(JITTER, "steps=rows");
    ck_assert_str_eq(rimer_dataset_notes(d).resample, "");
    rimer_dataset_free(d);
}
END_TEST

/* A last step that may not be over has no sum; what tells is how far most rows are apart. */
START_TEST(sums) {
    const char *half = "ds,v\n2024-01-01 00:10,1\n2024-01-01 00:30,2\n2024-01-01 00:50,3\n"
                       "2024-01-01 01:10,4\n2024-01-01 01:30,5\n";
    const char *whole = "ds,v\n2024-01-01 00:10,1\n2024-01-01 00:30,2\n2024-01-01 00:50,3\n"
                        "2024-01-01 01:10,4\n2024-01-01 01:30,5\n2024-01-01 01:49,6\n";
    assert_steps(half, "resample=1h duplicates=sum", "2024-01-01 00:00 6");
    assert_steps(whole, "resample=1h duplicates=sum", "2024-01-01 00:00 6|2024-01-01 01:00 15");
    assert_steps(half, "resample=1h", "2024-01-01 00:00 2|2024-01-01 01:00 4.5");
    assert_steps(half, "resample=1d duplicates=sum", "2024-01-01 00:00 15"); /* all there is */
    assert_steps("ds,v\n2024-01-01 00:10,1\n", "resample=1h duplicates=sum",
                 "2024-01-01 00:00 1");
    /* what lies before the step that is left out goes with it */
    assert_steps("ds,v\n2024-01-01 00:10,1\n2024-01-01 00:20,2\n2024-01-01 03:10,4\n",
                 "resample=1h duplicates=sum", "2024-01-01 00:00 3");
    rimer_dataset *d = dataset_of(half, "resample=1h duplicates=sum");
    ck_assert_int_eq(rimer_dataset_notes(d).n_partial, 1);
    ck_assert_int_eq(rimer_dataset_notes(d).n_gaps, 0);
    rimer_dataset_free(d);
    assert_refused("ds,v\n2024-01-01 00:10,3e38\n2024-01-01 00:20,3e38\n2024-01-01 01:00,1\n",
                   "resample=1h duplicates=sum", RIMER_DATA, "beyond the range");
}
END_TEST

/* Where steps begin: with the calendar, and else by steps from a Monday. */
START_TEST(grids) {
    static const struct {
        const char *step, *time, *start;
    } cases[] = {
        {"10s", "2024-02-29 23:59:59", "2024-02-29 23:59:50"},
        {"7min", "2024-02-29 23:59:59", "2024-02-29 23:54:00"},
        {"6h", "2024-02-29 23:59:59", "2024-02-29 18:00:00"},
        {"1d", "2024-02-29 23:59:59", "2024-02-29 00:00:00"},
        {"1w", "2024-02-29 23:59:59", "2024-02-26 00:00:00"},
        {"1w", "2024-02-26 00:00:00", "2024-02-26 00:00:00"},
        {"2w", "1970-01-18 23:00:00", "1970-01-05 00:00:00"},
        {"2d", "1970-01-06 23:00:00", "1970-01-05 00:00:00"},
        {"5h", "1970-01-05 11:00:00", "1970-01-05 10:00:00"},
        {"1mo", "2024-02-29 23:59:59", "2024-02-01 00:00:00"},
        {"1q", "2024-02-29 23:59:59", "2024-01-01 00:00:00"},
        {"1y", "1969-12-31 23:59:59", "1969-01-01 00:00:00"},
        {"5mo", "2024-02-29 23:59:59", "2023-10-01 00:00:00"},
        {"1b", "2024-03-01 23:59:59", "2024-03-01 00:00:00"},
        {"1b", "2024-03-03 23:59:59", "2024-03-01 00:00:00"},
        {"5b", "2024-03-03 23:59:59", "2024-02-26 00:00:00"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[64], settings[32], wanted[64];
        snprintf(text, sizeof text, "ds,v\n%s,1\n", cases[i].time);
        snprintf(settings, sizeof settings, "resample=%s", cases[i].step);
        snprintf(wanted, sizeof wanted, "%s 1", cases[i].start);
        assert_steps(text, settings, wanted);
    }
    assert_steps("ds,v\n2024-01-31 10:00,1\n2024-02-01 10:00,3\n2024-04-29 10:00,5\n",
                 "resample=1mo",
                 "2024-01-01 00:00 1|2024-02-01 00:00 3|2024-03-01 00:00 *|"
                 "2024-04-01 00:00 5");
    assert_steps("step,v\n-1,1\n3,2\n9,4\n10,8\n31,1\n", "resample=10",
                 "-10 1|0 3|10 8|20 *|30 1");
}
END_TEST

START_TEST(spellings) {
    assert_steps("d,v\n31.01.2024 14:07,1\n31.01.2024 14:59,3\n31.01.2024 15:01,3\n",
                 "resample=1h", "31.01.2024 14:00 2|31.01.2024 15:00 3");
    assert_steps("d,v\n2024-01-31T14:07:00.250Z,1\n2024-01-31T14:07:59Z,3\n", "resample=1min",
                 "2024-01-31T14:07:00.000Z 2");
    assert_steps("d,v\n2024-01-31T00:30+01:00,1\n2024-01-31T01:30+02:00,2\n"
                 "2024-01-31T01:30+01:00,3\n",
                 "resample=1d", "2024-01-31T00:00+01:00 2");
    assert_steps("t,v\n1704067201.25,1\n1704067259,3\n1704067260,5\n",
                 "resample=1min time_format=%s", "1704067200.00 2|1704067260.00 5");
    assert_steps("t,v\n1704067201250,1\n1704067259000,3\n1704067260111,5\n",
                 "resample=1min time_format=%Q", "1704067200000 2|1704067260000 5");
    assert_steps("t,v\n1704067201,1\n1704067202,3\n", "resample=500ms time_format=%s",
                 "1704067201.0 1|1704067201.5 *|1704067202.0 3");
    assert_steps("t,v\n1704067201000,1\n1704067201001,3\n", "resample=500us time_format=%Q",
                 "1704067201000.0 1|1704067201000.5 *|1704067201001.0 3");
    assert_steps("d,v\n2024-01-01,1\n2024-01-02,3\n", "resample=12h",
                 "2024-01-01 00:00 1|2024-01-01 12:00 *|2024-01-02 00:00 3");
    assert_steps("Date,Time,v\n01/02/2024,10:07,1\n01/02/2024,10:09,3\n",
                 "time_col=Date,Time time_format=%d/%m/%Y,%H:%M resample=15min",
                 "01/02/2024 10:00 2");
    static const char *const coarse[][2] = {
        {"ds,v\n2024-01,1\n2024-02,2\n", "resample=1w"},
        {"d,v\n31.01.2024,1\n01.02.2024,3\n", "resample=1h"},
        {"d,v\n31.01.2024 10:00,1\n01.02.2024 11:00,3\n", "resample=30s"},
        {"year,v\n1949,1\n1950,3\n", "resample=1mo"},
        {"d,v\n2024-W05,1\n2024-W06,3\n", "resample=1mo"}};
    for (size_t i = 0; i < sizeof coarse / sizeof *coarse; i++)
        assert_refused(coarse[i][0], coarse[i][1], RIMER_USAGE, "too coarsely to tell");
}
END_TEST

/* Each series has steps of its own, on one grid. */
START_TEST(long_tables) {
    rimer_dataset *d = dataset_of("unique_id,ds,y\na,2024-01-01 00:10,1\nb,2024-01-01 02:10,5\n"
                                  "a,2024-01-01 00:20,3\nb,2024-01-01 02:20,7\n"
                                  "a,2024-01-01 02:20,3\n",
                                  "resample=1h");
    rimer_series a = rimer_dataset_series(d, 0), b = rimer_dataset_series(d, 1);
    ck_assert_int_eq(a.n_steps, 3);
    ck_assert_int_eq(b.n_steps, 1);
    ck_assert(a.values[0] == 2 && isnan(a.values[1]) && a.values[2] == 3 && b.values[0] == 6);
    ck_assert(a.times[2] == b.times[0]);
    rimer_dataset_free(d);
    d = dataset_of("unique_id,ds,y\na,2024-01-01 00:10,1\nb,2024-01-01 02:10,5\n"
                   "a,2024-01-01 00:20,3\nb,2024-01-01 02:40,7\na,2024-01-01 01:20,3\n"
                   "b,2024-01-01 03:10,9\nb,2024-01-01 03:40,9\n",
                   "resample=1h duplicates=sum");
    a = rimer_dataset_series(d, 0), b = rimer_dataset_series(d, 1);
    ck_assert_int_eq(rimer_dataset_notes(d).n_partial, 1);
    ck_assert(a.n_steps == 1 && a.values[0] == 4);
    ck_assert(b.n_steps == 2 && b.values[0] == 12 && b.values[1] == 18);
    rimer_dataset_free(d);
}
END_TEST

/* Rows are combined in the order of their times. */
START_TEST(order) {
    const char *text = "ds,v\n2024-01-01 00:10,1\n2024-01-01 00:50,2\n2024-01-01 00:20,3\n";
    assert_refused(
        text, "resample=1h", RIMER_DATA,
        "t.csv:4: 2024-01-01 00:20 comes after 2024-01-01 00:50: rows are out of order");
    assert_steps(text, "resample=1h sort=yes duplicates=last", "2024-01-01 00:00 2");
}
END_TEST

/* A day is one of the zone's; shorter steps begin where clocks say so. */
START_TEST(zones) {
    const char *spring = "ds,v\n2024-03-30 23:30,1\n2024-03-31 00:30,2\n2024-03-31 01:30,4\n"
                         "2024-03-31 03:30,6\n2024-03-31 23:30,8\n2024-04-01 00:30,9\n";
    const char *autumn = "ds,v\n2024-10-27 01:30,1\n2024-10-27 02:10,2\n2024-10-27 02:40,4\n"
                         "2024-10-27 02:20,6\n2024-10-27 03:10,8\n";
    rimer_dataset *d = NULL;
    if (read_text(autumn, "zone=Europe/Berlin", &d) == RIMER_USAGE) {
        printf("SKIP zones: %s\n", rimer_last_error());
        fflush(stdout);
        return;
    }
    rimer_dataset_free(d);
    assert_steps(spring, "resample=1d zone=Europe/Berlin",
                 "2024-03-30 00:00 1|2024-03-31 00:00 5|2024-04-01 00:00 9");
    assert_steps(autumn, "resample=1h zone=Europe/Berlin",
                 "2024-10-27 01:00 1|2024-10-27 02:00 3|2024-10-27 02:00 6|2024-10-27 03:00 8");
    assert_steps(autumn, "resample=1d zone=Europe/Berlin", "2024-10-27 00:00 4.2");
    assert_steps("ds,v\n2024-01-01 10:10,1\n2024-01-01 10:50,3\n2024-01-01 11:00,5\n",
                 "resample=1h zone=Asia/Kolkata", "2024-01-01 10:00 2|2024-01-01 11:00 5");
    assert_refused(
        spring, "resample=6h zone=Europe/Berlin", RIMER_USAGE,
        "t.csv:5: clocks of the zone Europe/Berlin have changed here, so that steps of "
        "6h begin at other hours");
    /* instants as days: what is written has no offset any more */
    const char *utc = "ds,v\n2024-01-01T22:30Z,1\n2024-01-01T23:30Z,3\n2024-01-02T22:00Z,5\n";
    assert_steps(utc, "resample=1d", "2024-01-01T00:00Z 2|2024-01-02T00:00Z 5");
    assert_steps(utc, "resample=1d zone=Europe/Berlin",
                 "2024-01-01T00:00 1|2024-01-02T00:00 4");
    assert_refused(
        "t,v\n1704063600,1\n1704067201,2\n", "time_format=%s resample=1d zone=Europe/Berlin",
        RIMER_USAGE,
        "spelled as instants, which cannot count them: leave zone out to have days of "
        "UTC");
    assert_refused("t,v\n01.02.2024 10:00 +01:00,1\n01.02.2024 11:01 +01:00,1\n",
                   "resample=1d zone=Europe/Berlin", RIMER_USAGE, "days of that offset");
}
END_TEST

START_TEST(appended) {
    static char first[512];
    rimer_dataset *d;
    rimer_read_options options = read_settings("resample=1h");
    const char *text = "ds,v\n2024-01-01 00:10,1\n2024-01-01 00:50,3\n2024-01-01 01:10,4\n";
    strcpy(first, write_bytes("first.csv", text, strlen(text)));
    text = "ds,v\n2024-01-01 04:10,5\n2024-01-01 04:11,7\n2024-01-01 05:13,8\n";
    strcpy(options.append, write_bytes("later.csv", text, strlen(text)));
    ck_assert_int_eq(rimer_dataset_read(first, &options, &d), RIMER_OK);
    ck_assert_int_eq(rimer_dataset_series(d, 0).n_steps, 6);
    ck_assert(value_at(d, 0, 0) == 2 && isnan(value_at(d, 0, 3)) && value_at(d, 0, 4) == 6);
    ck_assert_int_eq(rimer_dataset_notes(d).n_rows, 6);
    ck_assert_int_eq(rimer_dataset_notes(d).n_gap_steps, 2);
    rimer_dataset_free(d);
    options.duplicates = RIMER_DUPLICATES_SUM;
    ck_assert_int_eq(rimer_dataset_read(first, &options, &d), RIMER_DATA);
    assert_said("first.csv: ends within a step (1h), whose sum is not known");
    options.duplicates = RIMER_DUPLICATES_ERROR;
    text = "ds,v\n2024-01-01 01:55,5\n";
    strcpy(options.append, write_bytes("later.csv", text, strlen(text)));
    ck_assert_int_eq(rimer_dataset_read(first, &options, &d), RIMER_DATA);
    assert_said(
        "later.csv: begins in the step of 2024-01-01 01:00 (1h), in which first.csv ends");
}
END_TEST

START_TEST(options) {
    static const char *const refused[][2] = {
        {"resample=1h steps=rows", "steps rows exclude each other"},
        {"resample=1h no_time=yes", "goes by times: leave no_time out"},
        {"resample=1h layout=rows", "layout rows has no times: leave resample out"},
        {"resample=1h freq=30min", "leave freq \"30min\" out"},
        {"resample=1h freq=often", "leave freq \"often\" out"},
        {"resample=1m", "resample \"1m\" is not understood: a number with"},
        {"resample=60", "resample \"60\" has no unit, but"}};
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
        assert_refused(JITTER, refused[i][0], RIMER_USAGE, refused[i][1]);
    assert_refused("a,b\n1,2\n", "resample=1h", RIMER_USAGE, "goes by times, and");
    assert_refused("step,b\n1,2\n", "resample=1h", RIMER_USAGE,
                   "no unit: give a bare number, or use --time-format");
    assert_refused("t,b\n1704067201000,2\n", "resample=1h", RIMER_USAGE,
                   "use --time-format %Q");
    assert_refused("@attribute series_name string\n@data\na:1,2\n", "resample=1h", RIMER_USAGE,
                   "leave resample out");
    assert_refused("ds,v\n1969-01-01 00:10,1\n", "resample=9999999d", RIMER_USAGE,
                   "before the year 1");
    /* who meets times between steps is told of it */
    assert_refused(JITTER, "duplicates=first freq=1min", RIMER_DATA,
                   "or --resample to combine");
    assert_refused("d,v\n2024-01-06,1\n2024-01-08,2\n", "freq=1b", RIMER_DATA,
                   "or --resample to combine");
}
END_TEST

int main(void) {
    return rm_test_main("resample",
                        (const TTest *[]){combines, notes, sums, grids, spellings, long_tables,
                                          order, zones, appended, options, NULL});
}
