#include "data/timestamps.h"
#include "harness.h"

#include <string.h>

START_TEST(days) {
    ck_assert_int_eq(rm_civil_time(1970, 1, 1, 0), 0);
    ck_assert_int_eq(rm_civil_time(2000, 3, 1, 0), 11017 * RM_MICROS_PER_DAY);
    ck_assert_int_eq(rm_civil_time(1969, 12, 31, 0), -RM_MICROS_PER_DAY);
    ck_assert_int_eq(rm_civil_time(2024, 2, 29, 5), 19782 * RM_MICROS_PER_DAY + 5);
    ck_assert_int_eq(rm_civil_time(1, 1, 1, 0), -719162 * RM_MICROS_PER_DAY);
    ck_assert_int_eq(rm_days_in_month(2024, 2), 29);
    ck_assert_int_eq(rm_days_in_month(1900, 2), 28);
    ck_assert_int_eq(rm_days_in_month(2000, 2), 29);
}
END_TEST

/* Four hundred years in a row: every day follows the one before. */
START_TEST(calendar_runs) {
    int64_t year = 1799;
    int month = 1, day = 1;
    int64_t first = rm_civil_time(year, month, day, 0) / RM_MICROS_PER_DAY;
    for (int64_t n = first; year < 2201; n++) {
        rm_civil civil = rm_civil_of(n * RM_MICROS_PER_DAY + 86399999999);
        ck_assert_int_eq(rm_civil_time(year, month, day, 0), n * RM_MICROS_PER_DAY);
        ck_assert_int_eq(civil.year, year);
        ck_assert_int_eq(civil.month, month);
        ck_assert_int_eq(civil.day, day);
        ck_assert_int_eq(civil.micros, 86399999999);
        if (++day > rm_days_in_month(year, month)) {
            day = 1;
            year += month == 12;
            month = month % 12 + 1;
        }
    }
}
END_TEST

START_TEST(round_trips) {
    static const struct {
        const char *text;
        int64_t time; /* seconds, in the offset written */
    } cases[] = {
        {"2016-07-01 00:00:00", 1467331200},
        {"2016-07-01T13:45:07", 1467380707},
        {"2016-07-01 13:45", 1467380700},
        {"2016-07-01", 1467331200},
        {"2016-07", 1467331200},
        {"2016/07/01", 1467331200},
        {"20160701", 1467331200},
        {"1990/1/1 0:00", 631152000},
        {"1990/1/1", 631152000},
        {"1990/1/1 7:05:09", 631177509},
        {"1990-1-1", 631152000},
        {"2016-07-01T13:45:07Z", 1467380707},
        {"2016-07-01T13:45:07+02:00", 1467380707},
        {"2016-07-01 13:45:07-0530", 1467380707},
        {"2016-07-01 13:45+09", 1467380700},
        {"2016-07-01 13:45:07.5", 1467380707},
        {"2016-07-01 13:45:07.123456", 1467380707},
        {"2016-07-01 13:45:07.123456000Z", 1467380707},
        {"1958-03-29", -371174400},
        {"0001-01-01", -62135596800},
        {"9999-12-31 23:59:59", 253402300799},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        rm_time_format format = {.kind = RM_TIME_STAMPS};
        int64_t time = -1;
        char text[64];
        ck_assert_msg(rm_time_read(&format, cases[i].text, &time), "%s", cases[i].text);
        ck_assert_msg(time / 1000000 == cases[i].time, "%s: %lld", cases[i].text,
                      (long long)time);
        rm_time_text(&format, time, text, sizeof text);
        ck_assert_str_eq(text, cases[i].text);
    }
}
END_TEST

START_TEST(no_stamps) {
    static const char *const texts[] = {"",
                                        "2016",
                                        "2016-",
                                        "2016-13",
                                        "2016-00-01",
                                        "2016-02-30",
                                        "2015-02-29",
                                        "2016-07-01 ",
                                        "2016-07-01 24:01",
                                        "2016-07-01 12",
                                        "2016-07-01 12:60",
                                        "2016-07-01 12:00:60",
                                        "2016-07-01 12:00:00.",
                                        "16-07-01",
                                        "2016-07/01",
                                        "2016070",
                                        "201607011",
                                        "20161301",
                                        "0000-01-01",
                                        "2016-07-01T12:00 Z",
                                        "2016-07-01T12:00+2",
                                        "2016-07-01T12:00+02:",
                                        "2016-07-01T12:00+25:00",
                                        "2016-07-01T12:00:00.1234567",
                                        "2016-07-01T12:00:00.0000000000",
                                        "2016-07-01Z",
                                        "18/mar/96",
                                        "abc",
                                        "2016-07 12:00",
                                        "2016-07-01T12:00+00:00:00"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        rm_time_format format = {.kind = RM_TIME_STAMPS}, before = format;
        int64_t time = 77;
        ck_assert_msg(!rm_time_read(&format, texts[i], &time), "\"%s\" is taken", texts[i]);
        ck_assert_int_eq(time, 77);
        ck_assert_mem_eq(&format, &before, sizeof format);
    }
}
END_TEST

/* The richest spelling of a column is the one written. */
START_TEST(mixtures) {
    rm_time_format format = {.kind = RM_TIME_STAMPS};
    int64_t time;
    char text[64];
    ck_assert(rm_time_read(&format, "2020/10/10", &time));
    rm_time_text(&format, time, text, sizeof text);
    ck_assert_str_eq(text, "2020/10/10");
    ck_assert(rm_time_read(&format, "2020/10/9 10:00", &time));
    ck_assert(rm_time_read(&format, "2020/10/10 9:00:01.25", &time));
    ck_assert(rm_time_read(&format, "2020/10/11", &time)); /* a midnight without its zeros */
    rm_time_text(&format, rm_civil_time(2020, 1, 2, 3600000000), text, sizeof text);
    ck_assert_str_eq(text, "2020/1/2 1:00:00.00");
}
END_TEST

/* Clock time jumps in March, the series does not. */
START_TEST(offsets) {
    rm_time_format format = {.kind = RM_TIME_STAMPS};
    int64_t winter, summer;
    char text[64];
    ck_assert(rm_time_read(&format, "2024-03-31T01:00+01:00", &winter));
    ck_assert(rm_time_read(&format, "2024-03-31T03:00+02:00", &summer));
    ck_assert_int_eq(summer - winter, 3600000000);
    rm_time_text(&format, summer, text, sizeof text);
    ck_assert_str_eq(text, "2024-03-31T02:00+01:00");
    ck_assert(!rm_time_read(&format, "2024-03-31T04:00", &summer));
    rm_time_format west = {.kind = RM_TIME_STAMPS};
    ck_assert(rm_time_read(&west, "2024-11-03T01:00-04:00", &summer));
    ck_assert(rm_time_read(&west, "2024-11-03T01:00-05:00", &winter));
    ck_assert_int_eq(winter - summer, 3600000000);
}
END_TEST

START_TEST(numbers_and_years) {
    rm_time_format steps = {.kind = RM_TIME_STEPS}, years = {.kind = RM_TIME_YEARS};
    int64_t time = 5;
    char text[64];
    ck_assert(rm_time_read(&steps, "-17", &time));
    ck_assert_int_eq(time, -17);
    rm_time_text(&steps, time, text, sizeof text);
    ck_assert_str_eq(text, "-17");
    ck_assert(!rm_time_read(&steps, "1.5", &time));
    ck_assert(!rm_time_read(&steps, "1234567890123456", &time));
    ck_assert(!rm_time_read(&steps, "", &time));
    ck_assert_int_eq(time, -17);
    ck_assert(rm_time_read(&years, "1949", &time));
    ck_assert_int_eq(time, rm_civil_time(1949, 1, 1, 0));
    rm_time_text(&years, time, text, sizeof text);
    ck_assert_str_eq(text, "1949");
    ck_assert(!rm_time_read(&years, "49", &time));
}
END_TEST

/* A text of any size fits, cut off at worst. */
START_TEST(small_rooms) {
    rm_time_format format = {.kind = RM_TIME_STAMPS};
    int64_t time;
    ck_assert(rm_time_read(&format, "2016-07-01T13:45:07.123456+02:00", &time));
    for (size_t size = 1; size < 40; size++) {
        char text[64];
        memset(text, 'x', sizeof text);
        rm_time_text(&format, time, text, size);
        ck_assert_uint_lt(strlen(text), size);
        ck_assert_int_eq(text[size], 'x');
    }
}
END_TEST

int main(void) {
    return rm_test_main("timestamps",
                        (const TTest *[]){days, calendar_runs, round_trips, no_stamps, mixtures,
                                          offsets, numbers_and_years, small_rooms, NULL});
}
