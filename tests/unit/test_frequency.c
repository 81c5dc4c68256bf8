#include "data/frequency.h"
#include "harness.h"

#include <string.h>

#define MINUTE INT64_C(60000000)
#define DAY RM_MICROS_PER_DAY
#define COUNT(array) (sizeof(array) / sizeof *(array))

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
    int64_t times[64], begin[2] = {0}, n = 0, k;
    rm_frequency frequency;
    rm_frequency_facts facts;
    char text[64];
    for (; dates[n]; n++)
        ck_assert_msg(rm_time_read(&format, dates[n], &times[n]), "%s", dates[n]);
    begin[1] = n;
    ck_assert(rm_frequency_infer(RM_TIME_STAMPS, times, begin, 1, &frequency, &facts));
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
    assert_continues(TEXTS("2023-09-30", "2023-11-30"), "2mo",
                     TEXTS("2024-01-31", "2024-03-31"));
}
END_TEST

/* The last day from Monday to Friday, and the first, also where that is the 31st or the 1st. */
START_TEST(business_months) {
    assert_continues(TEXTS("2024-01-31", "2024-02-29", "2024-03-29", "2024-04-30"), "1mo",
                     TEXTS("2024-05-31", "2024-06-28", "2024-07-31", "2024-08-30"));
    assert_continues(TEXTS("2024-03-29", "2024-06-28", "2024-09-30"), "1q",
                     TEXTS("2024-12-31", "2025-03-31", "2025-06-30"));
    assert_continues(TEXTS("2024-05-01", "2024-06-03", "2024-07-01"), "1mo",
                     TEXTS("2024-08-01", "2024-09-02", "2024-10-01"));
    /* those that end their months end them all */
    assert_continues(TEXTS("2024-01-31", "2024-02-29", "2024-04-30"), "1mo",
                     TEXTS("2024-05-31", "2024-06-30"));
}
END_TEST

START_TEST(quarters_and_years) {
    assert_continues(TEXTS("2023-03-31", "2023-06-30", "2023-09-30"), "1q",
                     TEXTS("2023-12-31", "2024-03-31", "2024-06-30"));
    assert_continues(TEXTS("2020-01-01", "2021-01-01"), "1y", TEXTS("2022-01-01"));
    assert_continues(TEXTS("2019-02-28", "2020-02-29", "2021-02-28"), "1y",
                     TEXTS("2022-02-28", "2023-02-28", "2024-02-29"));
    assert_continues(TEXTS("2023-06-30", "2023-09-30"), "1q",
                     TEXTS("2023-12-31", "2024-03-31"));
    assert_continues(TEXTS("2016-02-29", "2020-02-29"), "4y", TEXTS("2024-02-29"));
    assert_continues(TEXTS("2020-02-29", "2021-02-28", "2022-02-28"), "1y",
                     TEXTS("2023-02-28", "2024-02-29"));
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
    int64_t times[] = {5, 4, 4, 3}, begin[] = {0, 4, 4};
    rm_frequency frequency;
    rm_frequency_facts facts;
    ck_assert(!rm_frequency_infer(RM_TIME_STEPS, times, begin, 1, &frequency, &facts));
    ck_assert(!rm_frequency_infer(RM_TIME_STEPS, times, begin, 0, &frequency, &facts));
    int64_t backwards[] = {rm_civil_time(2024, 3, 1, 0), rm_civil_time(2024, 2, 1, 0),
                           rm_civil_time(2024, 1, 1, 0)};
    begin[1] = 3;
    ck_assert(!rm_frequency_infer(RM_TIME_STAMPS, backwards, begin, 1, &frequency, &facts));
    int64_t steps[] = {0, 10, 20, 25, 35};
    begin[1] = begin[2] = 5;
    for (int64_t n_series = 1; n_series < 3; n_series++) {
        ck_assert(
            rm_frequency_infer(RM_TIME_STEPS, steps, begin, n_series, &frequency, &facts));
        ck_assert_int_eq(frequency.size, 10);
        ck_assert_int_eq(facts.n_neighbours, 4);
        ck_assert_int_eq(facts.n_agreeing, 3);
        ck_assert_int_eq(facts.second, 5);
        ck_assert_int_eq(facts.n_second, 1);
        ck_assert_double_eq_tol(facts.share, 0.75, 1e-12);
    }
}
END_TEST

/* Neighbours are those of one series; single times have none. */
START_TEST(several_series) {
    static const char *const days[] = {"2024-01-03", "2024-01-04", "2024-01-05", "2024-01-08",
                                       "2023-05-02", "2024-01-04", "2024-01-05", "2024-01-31",
                                       "2024-02-29", "2024-02-29", "2024-03-31", "2024-01-01",
                                       "2024-02-01", "2024-01-15", "2024-02-15"};
    int64_t times[COUNT(days)];
    rm_time_format format = {.kind = RM_TIME_STAMPS};
    for (size_t i = 0; i < COUNT(days); i++)
        ck_assert(rm_time_read(&format, days[i], &times[i]));
    static const struct {
        int64_t begin[4];
        const char *text, *reason;
    } cases[] = {
        {{0, 4, 5, 7}, "1b", "a daily series that leaves out weekends"},
        {{7, 7, 9, 11}, "1mo", "all times keep the 31st or the month's last day"},
        {{11, 13, 13, 15}, "1mo", "every series keeps its day of the month"},
        {{11, 11, 12, 13}, "", ""},
        {{0, 1, 2, 11}, "1d", "1 of 8 neighbours are 1d apart, 1 is 3d"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        rm_frequency frequency;
        rm_frequency_facts facts;
        char text[32] = "", reason[160] = "";
        if (rm_frequency_infer(RM_TIME_STAMPS, times, cases[i].begin, 3, &frequency, &facts)) {
            rm_frequency_text(&frequency, text, sizeof text);
            rm_frequency_reason(&frequency, &facts, reason, sizeof reason);
        }
        ck_assert_str_eq(text, cases[i].text);
        ck_assert_str_eq(reason, cases[i].reason);
    }
}
END_TEST

static void assert_reason(const char *const *dates, const char *wanted) {
    rm_time_format format = {.kind = RM_TIME_STAMPS};
    int64_t times[16], begin[2] = {0};
    for (; dates[begin[1]]; begin[1]++)
        ck_assert(rm_time_read(&format, dates[begin[1]], &times[begin[1]]));
    rm_frequency frequency;
    rm_frequency_facts facts;
    char reason[160];
    ck_assert(rm_frequency_infer(RM_TIME_STAMPS, times, begin, 1, &frequency, &facts));
    rm_frequency_reason(&frequency, &facts, reason, sizeof reason);
    ck_assert_str_eq(reason, wanted);
}

START_TEST(reasons) {
    assert_reason(TEXTS("2024-01-01 00:00", "2024-01-01 01:00", "2024-01-01 02:00"),
                  "2 of 2 neighbours are 1h apart");
    assert_reason(TEXTS("2024-01-31", "2024-02-29", "2024-03-29"),
                  "all times keep the month's last business day");
    assert_reason(TEXTS("2024-01-02", "2024-02-02", "2024-04-02", "2024-05-02"),
                  "all times keep the 2nd of the month; 2 of 3 neighbours are 1mo apart, 1 is "
                  "2mo");
    assert_reason(TEXTS("2024-01-11", "2024-02-11"), "all times keep the 11th of the month");
    assert_reason(TEXTS("2024-01-04", "2024-01-05", "2024-01-08", "2024-01-10", "2024-01-11"),
                  "a daily series that leaves out weekends; 3 of 4 neighbours are 1b apart, 1 "
                  "is 2b");
    rm_frequency every = parsed("10min");
    rm_frequency_facts facts = {2127, 2100, 0.98, 20 * MINUTE, 20};
    char reason[160];
    rm_frequency_reason(&every, &facts, reason, sizeof reason);
    ck_assert_str_eq(reason, "2,100 of 2,127 neighbours are 10min apart, 20 are 20min");
    facts = (rm_frequency_facts){1234567, 1234567, 1, 0, 0};
    rm_frequency_reason(&every, &facts, reason, sizeof reason);
    ck_assert_str_eq(reason, "1,234,567 of 1,234,567 neighbours are 10min apart");
}
END_TEST

/* More distinct differences than are counted at once: the common ones are still found. */
START_TEST(many_differences) {
    enum { N = 200000 };
    static int64_t times[N];
    int64_t begin[] = {0, N}, agreeing = 0, second = 0;
    for (int64_t i = 1; i < N; i++) {
        int64_t step = i % 10 == 3 ? 1000 : i % 25 == 4 ? 2000 : 5000 + i * 7919 % 100003;
        agreeing += step == 1000;
        second += step == 2000;
        times[i] = times[i - 1] + step;
    }
    rm_frequency frequency;
    rm_frequency_facts facts;
    ck_assert(rm_frequency_infer(RM_TIME_STAMPS, times, begin, 1, &frequency, &facts));
    ck_assert_int_eq(frequency.size, 1000);
    ck_assert_int_eq(facts.n_agreeing, agreeing);
    ck_assert_int_eq(facts.second, 2000);
    ck_assert_int_eq(facts.n_second, second);
    /* none of them twice: the smallest */
    for (int64_t i = 1; i < N; i++)
        times[i] = times[i - 1] + 3 * N - i;
    ck_assert(rm_frequency_infer(RM_TIME_STEPS, times, begin, 1, &frequency, &facts));
    ck_assert_int_eq(frequency.size, 2 * N + 1);
    ck_assert_int_eq(facts.n_agreeing, 1);
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

/* The same weekday and hour is the same place in a week, before 1970 too. */
START_TEST(positions) {
    static const struct {
        const char *frequency, *time;
        int64_t position;
    } cases[] = {
        {"1h", "1970-01-05 00:00", 0},
        {"1h", "1970-01-04 23:59", -1},
        {"1h", "1970-01-12 05:30", 168 + 5},
        {"30min", "1970-01-05 12:00", 24},
        {"1d", "1970-01-05", 0},
        {"1d", "1969-12-28", -8},
        {"7d", "1970-01-11", 0},
        {"7d", "1970-01-12", 1},
        {"1mo", "0001-03-31", 14},
        {"1mo", "1969-12-01", 1969 * 12 + 11},
        {"1q", "1970-04-30", 1970 * 4 + 1},
        {"1y", "2000-12-31", 2000},
        {"1b", "1970-01-05", 5},
        {"1b", "1969-12-26", -1},
        {"1b", "1970-01-02", 4},
        {"2b", "1969-12-26", -1},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        rm_time_format format = {.kind = RM_TIME_STAMPS};
        rm_frequency frequency = parsed(cases[i].frequency);
        int64_t time;
        ck_assert_msg(rm_time_read(&format, cases[i].time, &time), "%s", cases[i].time);
        int64_t position = rm_frequency_position(&frequency, time);
        ck_assert_msg(position == cases[i].position, "%s, %s: %lld", cases[i].frequency,
                      cases[i].time, (long long)position);
        for (int64_t k = -100; k < 100; k++) /* and the steps between count */
            ck_assert_int_eq(
                rm_frequency_position(&frequency, rm_frequency_forward(&frequency, time, k)),
                position + k);
    }
    ck_assert_int_eq(rm_frequency_position(&(rm_frequency){.size = 10}, -1), -1);
    ck_assert_int_eq(rm_frequency_position(&(rm_frequency){.size = 10}, 30), 3);
}
END_TEST

int main(void) {
    return rm_test_main("frequency",
                        (const TTest *[]){texts, months, business_months, quarters_and_years,
                                          fixed, business_days, off_the_grid, share_and_none,
                                          several_series, reasons, many_differences, far_ahead,
                                          positions, NULL});
}
