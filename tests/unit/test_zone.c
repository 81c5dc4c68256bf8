/* Time zones: against the C library's reading of the same files, and damaged files. */
#define _DEFAULT_SOURCE /* tm_gmtoff */
#include "data/zone.h"
#include "harness.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define MICROS INT64_C(1000000)
#define HOUR (3600 * MICROS)
#define COUNT(array) (sizeof(array) / sizeof *(array))

static const char *const names[] = {
    "Europe/Berlin",       "America/New_York", "Europe/Dublin",
    "Australia/Lord_Howe", "Asia/Kolkata",     "Africa/Casablanca",
    "America/Sao_Paulo",   "Pacific/Apia",     "Asia/Kathmandu"};

/* NULL, after a line that says so, where the system has no zones. */
static rm_zone *zone_or_skip(const char *test, const char *name) {
    rm_zone *zone = NULL;
    if (rm_zone_load(&zone, name) == RIMER_OK)
        return zone;
    printf("SKIP %s: %s\n", test, rimer_last_error());
    fflush(stdout);
    return NULL;
}

/* The microseconds since 1970 of a text of the usual kind. */
static int64_t at(const char *text) {
    rm_time_format format = {.kind = RM_TIME_STAMPS};
    int64_t time;
    ck_assert_msg(rm_time_read(&format, text, &time), "%s", text);
    return time;
}

/* An instant shows one clock time, and that clock time is this instant or its twin. One check
 * for all: a million of them are slow. */
static void assert_both_ways(const rm_zone *zone, const char *name, int64_t instant) {
    int64_t local = rm_zone_local(zone, instant), first = 0, second = 0;
    time_t seconds = (time_t)(instant / MICROS);
    struct tm tm;
    localtime_r(&seconds, &tm);
    bool good = local - instant == tm.tm_gmtoff * MICROS &&
                rm_zone_instants(zone, local, &first, &second) && first <= second &&
                (instant == first || instant == second) &&
                rm_zone_local(zone, first) == local && rm_zone_local(zone, second) == local;
    if (!good)
        ck_abort_msg("%s: at %lld s clocks show %lld s more, for the library %lld", name,
                     (long long)seconds, (long long)((local - instant) / MICROS),
                     (long long)tm.tm_gmtoff);
}

/* Half hours over the years given, those far ahead through the footer. */
START_TEST(like_the_library) {
    static const int64_t years[][2] = {{1900, 1902}, {1915, 1920}, {1969, 1972},
                                       {2005, 2013}, {2023, 2026}, {2036, 2039},
                                       {2099, 2102}, {2499, 2501}, {9998, 9999}};
    for (size_t i = 0; i < COUNT(names); i++) {
        rm_zone *zone = zone_or_skip("like_the_library", names[i]);
        if (!zone)
            return;
        setenv("TZ", names[i], 1);
        tzset();
        for (size_t y = 0; y < COUNT(years); y++)
            for (int64_t t = rm_civil_time(years[y][0], 1, 1, 0),
                         end = rm_civil_time(years[y][1], 12, 31, 0);
                 t < end; t += HOUR / 2)
                assert_both_ways(zone, names[i], t);
        rm_zone_free(zone);
    }
}
END_TEST

/* Clocks put back and forward: which times are there twice, and which never. */
START_TEST(gaps_and_twins) {
    static const struct {
        const char *name, *local, *first; /* first NULL: never */
        int64_t minutes;                  /* to the second reading */
    } cases[] = {
        {"Europe/Berlin", "2024-03-31 01:59:59", "2024-03-31 00:59:59", 0},
        {"Europe/Berlin", "2024-03-31 02:00", NULL, 0},
        {"Europe/Berlin", "2024-03-31 02:59:59", NULL, 0},
        {"Europe/Berlin", "2024-03-31 03:00", "2024-03-31 01:00", 0},
        {"Europe/Berlin", "2024-10-27 01:59:59", "2024-10-26 23:59:59", 0},
        {"Europe/Berlin", "2024-10-27 02:00", "2024-10-27 00:00", 60},
        {"Europe/Berlin", "2024-10-27 02:59:59", "2024-10-27 00:59:59", 60},
        {"Europe/Berlin", "2024-10-27 03:00", "2024-10-27 02:00", 0},
        {"Europe/Berlin", "2100-03-28 02:30", NULL, 0},
        {"Europe/Berlin", "2100-10-31 02:30", "2100-10-31 00:30", 60},
        {"Europe/Berlin", "2600-07-01 12:00", "2600-07-01 10:00", 0},
        {"America/New_York", "2024-03-10 02:30", NULL, 0},
        {"America/New_York", "2024-11-03 01:30", "2024-11-03 05:30", 60},
        {"Australia/Lord_Howe", "2024-10-06 02:15", NULL, 0},
        {"Australia/Lord_Howe", "2024-10-06 02:30", "2024-10-05 15:30", 0},
        {"Australia/Lord_Howe", "2024-04-07 01:45", "2024-04-06 14:45", 30},
        {"Asia/Kolkata", "2024-03-31 02:30", "2024-03-30 21:00", 0},
        {"Pacific/Apia", "2011-12-30 12:00", NULL, 0}, /* a day left out */
        {"America/Sao_Paulo", "2017-10-15 00:00", NULL, 0},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        rm_zone *zone = zone_or_skip("gaps_and_twins", cases[i].name);
        if (!zone)
            return;
        int64_t first = 0, second = 0;
        bool found = rm_zone_instants(zone, at(cases[i].local), &first, &second);
        ck_assert_msg(found == (cases[i].first != NULL), "%s %s", cases[i].name,
                      cases[i].local);
        if (found) {
            ck_assert_msg(first == at(cases[i].first), "%s %s", cases[i].name, cases[i].local);
            ck_assert_msg(second - first == cases[i].minutes * 60 * MICROS, "%s %s",
                          cases[i].name, cases[i].local);
        }
        rm_zone_free(zone);
    }
}
END_TEST

START_TEST(utc_needs_no_file) {
    rm_zone *zone = NULL;
    int64_t first, second;
    ck_assert_int_eq(rm_zone_load(&zone, "UTC"), RIMER_OK);
    ck_assert_int_eq(rm_zone_local(zone, 123456789), 123456789);
    ck_assert(rm_zone_instants(zone, -5, &first, &second));
    ck_assert(first == -5 && second == -5);
    rm_zone_free(zone);
    rm_zone_free(NULL);
}
END_TEST

START_TEST(bad_names) {
    static const char *const bad[] = {"",
                                      "/etc/passwd",
                                      "../passwd",
                                      "Europe/../../x",
                                      "Europe/Ber lin",
                                      "Europe\\Berlin",
                                      "a.b",
                                      "-x",
                                      "Ärger",
                                      ("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
                                       "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")};
    rm_zone *zone = NULL;
    for (size_t i = 0; i < COUNT(bad); i++) {
        ck_assert_msg(rm_zone_load(&zone, bad[i]) == RIMER_USAGE, "\"%s\"", bad[i]);
        ck_assert_ptr_nonnull(strstr(rimer_last_error(), "no name of a time zone"));
    }
    ck_assert_int_eq(rm_zone_load(&zone, "Europe/Nowhere"), RIMER_USAGE);
    ck_assert_ptr_nonnull(strstr(rimer_last_error(), "no time zone \"Europe/Nowhere\""));
    ck_assert_int_eq(rm_zone_load(&zone, "Europe"), RIMER_USAGE); /* a folder, or nothing */
    ck_assert_ptr_null(zone);
}
END_TEST

/* Reading and writing through a zone, with and without offsets. */
START_TEST(formats) {
    rm_zone *zone = zone_or_skip("formats", "Europe/Berlin");
    if (!zone)
        return;
    static const char *const patterns[] = {"", "%d.%m.%Y %H:%M"};
    static const char *const texts[][3] = {
        {"2024-03-31 01:00", "2024-03-31 02:30", "2024-10-27 02:30"},
        {"31.03.2024 01:00", "31.03.2024 02:30", "27.10.2024 02:30"}};
    char text[64];
    int64_t time = 77;
    for (size_t i = 0; i < 2; i++) {
        rm_time_format format = {.kind = RM_TIME_STAMPS, .zone_rules = zone};
        if (i == 1)
            ck_assert_int_eq(rm_time_pattern_set(&format, patterns[i]), RIMER_OK);
        ck_assert(rm_time_read(&format, texts[i][0], &time));
        ck_assert_int_eq(time, at("2024-03-31 00:00"));
        ck_assert_int_eq(format.second_reading, 0);
        ck_assert(!rm_time_read(&format, texts[i][1], &time));
        ck_assert_int_eq(time, at("2024-03-31 00:00"));
        ck_assert(rm_time_read(&format, texts[i][2], &time));
        ck_assert_int_eq(time, at("2024-10-27 00:30"));
        ck_assert_int_eq(format.second_reading, HOUR);
        rm_time_text(&format, time, text, sizeof text);
        ck_assert_str_eq(text, texts[i][2]);
        rm_time_text(&format, time + format.second_reading, text, sizeof text);
        ck_assert_str_eq(text, texts[i][2]);
    }
    static const char *const offsets[][3] = {
        /* a text, and how half a year later is written */
        {"", "2024-01-01T00:00+01:00", "2024-07-01T01:00+02:00"},
        {"", "2024-01-01T00:00+0100", "2024-07-01T01:00+0200"},
        {"", "2024-01-01T00:00+01", "2024-07-01T01:00+02"},
        {"%Y%m%d %H:%M %z", "20240101 00:00 +0100", "20240701 01:00 +0200"},
    };
    for (size_t i = 0; i < COUNT(offsets); i++) {
        rm_time_format format = {.kind = RM_TIME_STAMPS, .zone_rules = zone};
        if (offsets[i][0][0])
            ck_assert_int_eq(rm_time_pattern_set(&format, offsets[i][0]), RIMER_OK);
        ck_assert(rm_time_read(&format, offsets[i][1], &time));
        ck_assert_int_eq(time, at("2023-12-31 23:00"));
        rm_time_text(&format, time, text, sizeof text);
        ck_assert_str_eq(text, offsets[i][1]);
        rm_time_text(&format, time + 182 * RM_MICROS_PER_DAY, text, sizeof text);
        ck_assert_str_eq(text, offsets[i][2]);
        ck_assert(rm_time_read(&format, text, &time));
        ck_assert_int_eq(time, at("2024-06-30 23:00"));
    }
    rm_time_format utc = {.kind = RM_TIME_STAMPS, .zone_rules = zone};
    ck_assert(rm_time_read(&utc, "2024-07-01T00:00Z", &time));
    ck_assert_int_eq(time, at("2024-07-01"));
    rm_time_text(&utc, time, text, sizeof text);
    ck_assert_str_eq(text, "2024-07-01T02:00+02:00");
    rm_time_format dates = {.kind = RM_TIME_STAMPS, .zone_rules = zone};
    ck_assert(rm_time_read(&dates, "2024-07-01", &time));
    ck_assert_int_eq(time, at("2024-07-01"));
    ck_assert(rm_time_read(&dates, "2024-07-01 12:00", &time));
    ck_assert(rm_time_read(&dates, "2024-07-01", &time)); /* now a midnight */
    ck_assert_int_eq(time, at("2024-06-30 22:00"));
    rm_zone_free(zone);
}
END_TEST

static void put32(unsigned char **to, uint32_t value) {
    for (int i = 3; i >= 0; i--)
        *(*to)++ = (unsigned char)(value >> 8 * i);
}

/* A small file of version 2: two changes, two offsets, a footer; its size. */
static size_t small_file(unsigned char *bytes, const char *footer) {
    unsigned char *to = bytes;
    for (int block = 0; block < 2; block++) {
        memcpy(to, "TZif2", 5);
        memset(to + 5, 0, 15);
        to += 20;
        for (int i = 0; i < 6; i++)
            put32(&to, (const uint32_t[]){0, 0, 0, 2, 2, 8}[i]);
        for (int i = 0; i < 2; i++) {
            if (block)
                put32(&to, 0);
            put32(&to, 1000000 * (uint32_t)(i + 1));
        }
        *to++ = 1;
        *to++ = 0;
        for (uint32_t i = 0; i < 2; i++) {
            put32(&to, 3600 * (i + 1));
            *to++ = (unsigned char)i;
            *to++ = (unsigned char)(4 * i);
        }
        memcpy(to, "CET\0CES", 8);
        to += 8;
    }
    return (size_t)(to - bytes) + (size_t)sprintf((char *)to, "\n%s\n", footer);
}

/* Whatever came out is asked, so that the sanitiser sees what it reads. */
static rimer_status parse_and_use(const unsigned char *bytes, size_t size) {
    unsigned char *copy = malloc(size ? size : 1); /* its own, so that reading beyond shows */
    memcpy(copy, bytes, size);
    rm_zone *zone = NULL;
    rimer_status status = rm_zone_parse(&zone, "file", copy, size);
    free(copy);
    ck_assert((status == RIMER_OK) == (zone != NULL));
    int64_t first, second;
    for (int64_t t = -4; zone && t < 5; t++) {
        int64_t local = rm_zone_local(zone, t * INT64_C(60000000000000000));
        rm_zone_instants(zone, local, &first, &second);
    }
    rm_zone_free(zone);
    return status;
}

START_TEST(damaged_files) {
    unsigned char bytes[512], flipped[512];
    size_t size = small_file(bytes, "CET-1CEST,M3.5.0,M10.5.0/3");
    ck_assert_int_eq(parse_and_use(bytes, size), RIMER_OK);
    for (size_t cut = 0; cut < size; cut++)
        ck_assert_msg(parse_and_use(bytes, cut) == RIMER_DATA, "%zu of %zu bytes", cut, size);
    uint64_t random = 88172645463325252u;
    for (int i = 0; i < 200000; i++) {
        memcpy(flipped, bytes, size);
        for (int k = 0; k <= i % 4; k++) {
            random ^= random << 13, random ^= random >> 7, random ^= random << 17;
            flipped[random % size] = (unsigned char)(random >> 32);
        }
        parse_and_use(flipped, size);
    }
}
END_TEST

START_TEST(footers) {
    static const char *const good[] = {"",
                                       "UTC0",
                                       "<+0530>-5:30",
                                       "IST-1GMT0,M10.5.0,M3.5.0/1",
                                       "<-03>3<-02>,M3.5.0/-2,M10.5.0/-1",
                                       "EST5EDT,0/0,J365/25",
                                       "AAA-24:59:59BBB,J1,J365/167"};
    static const char *const bad[] = {"X1",
                                      "CET",
                                      "CET-1CEST",
                                      "CET-25",
                                      "CET-1CEST,M3",
                                      "CET-1CEST,M13.1.0,M10.1.0",
                                      "CET-1:60",
                                      "<>0",
                                      "CET-1CEST,M3.5.0,M10.5.0/",
                                      "CET-1CEST,",
                                      "CET-1CEST,J0,1",
                                      "CET-1CEST,1,366",
                                      "CET-1 ",
                                      "CET-1CEST,M3.6.0,M10.5.0"};
    unsigned char bytes[512];
    for (size_t i = 0; i < COUNT(good); i++)
        ck_assert_msg(parse_and_use(bytes, small_file(bytes, good[i])) == RIMER_OK, "%s: %s",
                      good[i], rimer_last_error());
    for (size_t i = 0; i < COUNT(bad); i++)
        ck_assert_msg(parse_and_use(bytes, small_file(bytes, bad[i])) == RIMER_DATA, "%s",
                      bad[i]);
}
END_TEST

/* The first block of an old file is all it has. */
START_TEST(version_1) {
    unsigned char bytes[512];
    small_file(bytes, "");
    bytes[4] = 0;
    rm_zone *zone = NULL;
    ck_assert_int_eq(rm_zone_parse(&zone, "file", bytes, 44 + 10 + 12 + 8), RIMER_OK);
    ck_assert_int_eq(rm_zone_local(zone, 0), HOUR);
    ck_assert_int_eq(rm_zone_local(zone, 1500000 * MICROS) - 1500000 * MICROS, 2 * HOUR);
    ck_assert_int_eq(rm_zone_local(zone, 9000000 * MICROS) - 9000000 * MICROS, HOUR);
    rm_zone_free(zone);
}
END_TEST

int main(void) {
    return rm_test_main("zone", (const TTest *[]){like_the_library, gaps_and_twins,
                                                  utc_needs_no_file, bad_names, formats,
                                                  damaged_files, footers, version_1, NULL});
}
