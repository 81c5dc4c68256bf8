#include "data/frequency.h"
#include "harness.h"

#include <string.h>

#define MINUTE INT64_C(60000000)
#define DAY RM_MICROS_PER_DAY

static rm_frequency parsed(const char *text) {
    rm_frequency frequency = {0};
    ck_assert_msg(rm_frequency_parse(text, &frequency), "\"%s\"", text);
    return frequency;
}

START_TEST(texts) {
    static const char *const pairs[][2] = {
        {"30min", "30min"}, {"60min", "1h"},    {"1h", "1h"},         {"h", "1h"},
        {"24h", "1d"},      {"36h", "36h"},     {"1w", "7d"},         {"7d", "7d"},
        {"90s", "90s"},     {"100ms", "100ms"}, {"1500us", "1500us"}, {"1mo", "1mo"},
        {"3mo", "1q"},      {"q", "1q"},        {"12mo", "1y"},       {"6mo", "2q"},
        {"5y", "5y"},       {"1b", "1b"},       {"1", "1"},           {"3600", "3600"}};
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        rm_frequency frequency = parsed(pairs[i][0]);
        char text[32];
        rm_frequency_text(&frequency, text, sizeof text);
        ck_assert_str_eq(text, pairs[i][1]);
        rm_frequency again = parsed(text);
        ck_assert_mem_eq(&again, &frequency, sizeof again);
    }
    static const char *const wrong[] = {"",           "0",          "0h", "-1h",  "1x",
                                        "1 h",        "h1",         "1H", "1.5h", "9999999999h",
                                        "999999999w", "999999999y", "1m"};
    rm_frequency frequency;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        ck_assert_msg(!rm_frequency_parse(wrong[i], &frequency), "\"%s\" is taken", wrong[i]);
}
END_TEST

/* Dates as texts, the frequency found in them, and the dates that must follow. */
static void assert_continues(const char *const *dates, const char *wanted,
                             const char *const *follow) {
    rm_time_format format = {.kind = RM_TIME_STAMPS};
    int64_t times[64], scratch[64], n = 0, k;
    rm_frequency frequency;
    double share;
    char text[64];
    for (; dates[n]; n++)
        ck_assert_msg(rm_time_read(&format, dates[n], &times[n]), "%s", dates[n]);
    ck_assert(rm_frequency_infer(RM_TIME_STAMPS, times, n, scratch, &frequency, &share));
    rm_frequency_text(&frequency, text, sizeof text);
    ck_assert_str_eq(text, wanted);
    for (int64_t i = 0; i < n; i++) {
        ck_assert_msg(rm_frequency_count(&frequency, times[0], times[i], &k), "%s", dates[i]);
        ck_assert_int_eq(rm_frequency_forward(&frequency, times[0], k), times[i]);
    }
    for (int64_t i = 0; follow[i]; i++) {
        int64_t time = rm_frequency_forward(&frequency, times[n - 1], i + 1);
        rm_time_text(&format, time, text, sizeof text);
        ck_assert_str_eq(text, follow[i]);
        ck_assert(rm_frequency_count(&frequency, time, times[n - 1], &k));
        ck_assert_int_eq(k, -(i + 1));
    }
}

#define TEXTS(...) ((const char *const[]){__VA_ARGS__, NULL})

START_TEST(months) {
    assert_continues(TEXTS("1960-11-01", "1960-12-01"), "1mo",
                     TEXTS("1961-01-01", "1961-02-01"));
    assert_continues(TEXTS("1960-11", "1960-12", "1961-01"), "1mo", TEXTS("1961-02"));
    assert_continues(TEXTS("2023-11-30", "2023-12-31", "2024-01-31"), "1mo",
                     TEXTS("2024-02-29", "2024-03-31", "2024-04-30"));
    assert_continues(TEXTS("2022-12-31", "2023-01-31", "2023-02-28"), "1mo",
                     TEXTS("2023-03-31", "2023-04-30"));
    assert_continues(TEXTS("2023-01-30", "2023-02-28", "2023-03-30"), "1mo",
                     TEXTS("2023-04-30", "2023-05-30"));
    assert_continues(TEXTS("2023-01-15", "2023-02-15", "2023-04-15"), "1mo",
                     TEXTS("2023-05-15"));
}
END_TEST

START_TEST(quarters_and_years) {
    assert_continues(TEXTS("2023-03-31", "2023-06-30", "2023-09-30"), "1q",
                     TEXTS("2023-12-31", "2024-03-31", "2024-06-30"));
    assert_continues(TEXTS("2020-01-01", "2021-01-01"), "1y", TEXTS("2022-01-01"));
    assert_continues(TEXTS("2019-02-28", "2020-02-29", "2021-02-28"), "1y",
                     TEXTS("2022-02-28", "2023-02-28", "2024-02-29"));
    assert_continues(TEXTS("1900-01-01", "1910-01-01"), "10y", TEXTS("1920-01-01"));
}
END_TEST

START_TEST(fixed) {
    assert_continues(TEXTS("2024-02-28 23:30", "2024-02-29 00:00", "2024-02-29 00:30"), "30min",
                     TEXTS("2024-02-29 01:00"));
    assert_continues(TEXTS("2024-02-26", "2024-02-27", "2024-02-28"), "1d",
                     TEXTS("2024-02-29", "2024-03-01"));
    assert_continues(TEXTS("1958-03-29", "1958-04-05"), "7d", TEXTS("1958-04-12"));
    /* the most common difference, whatever comes first */
    assert_continues(
        TEXTS("2024-01-01 00:00", "2024-01-01 02:00", "2024-01-01 03:00", "2024-01-01 04:00"),
        "1h", TEXTS("2024-01-01 05:00"));
    /* 28 days are no month */
    assert_continues(TEXTS("2024-01-01", "2024-01-29", "2024-02-26"), "28d",
                     TEXTS("2024-03-25"));
}
END_TEST

START_TEST(business_days) {
    assert_continues(
        TEXTS("2024-01-03", "2024-01-04", "2024-01-05", "2024-01-08", "2024-01-09"), "1b",
        TEXTS("2024-01-10", "2024-01-11", "2024-01-12", "2024-01-15"));
    /* a Saturday, or one week alone: every day */
    assert_continues(TEXTS("2024-01-05", "2024-01-06", "2024-01-08", "2024-01-09"), "1d",
                     TEXTS("2024-01-10"));
    assert_continues(TEXTS("2024-01-03", "2024-01-04", "2024-01-05"), "1d",
                     TEXTS("2024-01-06"));
    rm_frequency every = parsed("1b");
    int64_t k;
    ck_assert(!rm_frequency_count(&every, 2 * DAY, 4 * DAY, &k)); /* 1970-01-03, a Saturday */
    ck_assert(rm_frequency_count(&every, 1 * DAY, 4 * DAY, &k));
    ck_assert_int_eq(k, 1);
    ck_assert_int_eq(rm_frequency_forward(&every, 1 * DAY, -5), -6 * DAY);
}
END_TEST

START_TEST(off_the_grid) {
    rm_frequency half = parsed("30min"), month = parsed("1mo");
    int64_t k;
    ck_assert(!rm_frequency_count(&half, 0, 29 * MINUTE, &k));
    ck_assert(!rm_frequency_count(&half, 0, -29 * MINUTE, &k));
    ck_assert(rm_frequency_count(&half, 0, -90 * MINUTE, &k));
    ck_assert_int_eq(k, -3);
    ck_assert(!rm_frequency_count(&month, 0, 32 * DAY, &k));
    ck_assert(!rm_frequency_count(&month, 0, 31 * DAY + 1, &k));
    ck_assert(rm_frequency_count(&month, 0, 31 * DAY, &k));
}
END_TEST

START_TEST(share_and_none) {
    int64_t times[] = {5, 4, 4, 3}, scratch[6];
    rm_frequency frequency;
    double share;
    ck_assert(!rm_frequency_infer(RM_TIME_STEPS, times, 4, scratch, &frequency, &share));
    int64_t backwards[] = {rm_civil_time(2024, 3, 1, 0), rm_civil_time(2024, 2, 1, 0),
                           rm_civil_time(2024, 1, 1, 0)};
    ck_assert(!rm_frequency_infer(RM_TIME_STAMPS, backwards, 3, scratch, &frequency, &share));
    int64_t steps[] = {0, 10, 20, 25, 35};
    ck_assert(rm_frequency_infer(RM_TIME_STEPS, steps, 5, scratch, &frequency, &share));
    ck_assert_int_eq(frequency.size, 10);
    ck_assert_double_eq_tol(share, 0.75, 1e-12);
}
END_TEST

/* However far: a time comes out, and no overflow (the sanitiser watches). */
START_TEST(far_ahead) {
    static const char *const all[] = {"1", "999999999", "1us", "9999999w", "1mo", "1y", "1b"};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        rm_frequency frequency = parsed(all[i]);
        int64_t near = rm_frequency_forward(&frequency, DAY, 1);
        ck_assert_int_gt(near, DAY);
        ck_assert_int_ge(rm_frequency_forward(&frequency, DAY, INT64_MAX), near);
        ck_assert_int_lt(rm_frequency_forward(&frequency, DAY, -INT64_MAX), near);
    }
}
END_TEST

int main(void) {
    return rm_test_main("frequency", (const TTest *[]){texts, months, quarters_and_years, fixed,
                                                       business_days, off_the_grid,
                                                       share_and_none, far_ahead, NULL});
}
