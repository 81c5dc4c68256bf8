/* Times spelled by patterns: reading and writing, names of months, and finding the pattern. */
#include "patterns.h"

#include <stdio.h>

START_TEST(round_trips) {
    static const struct {
        const char *pattern, *text;
        int64_t time; /* seconds */
    } cases[] = {
        {"%d/%m/%Y %H:%M", "31/01/2024 13:45", 1706708700},
        {"%d.%m.%Y", "29.02.2024", 1709164800},
        {"%-d.%-m.%Y", "1.3.2024", 1709251200},
        {"%m/%d/%y", "12/31/68", 3124137600},
        {"%m/%d/%y", "12/31/69", -86400},
        {"%d/%b/%y", "18/mar/96", 827107200},
        {"%b %d, %Y", "Jan 31, 2024", 1706659200},
        {"%d. %B %Y", "31. März 2024", 1711843200},
        {"%B %Y", "January 2024", 1704067200},
        {"%Y-%j", "2024-366", 1735603200},
        {"%Y-Q%q", "2024-Q4", 1727740800},
        {"%G-W%V", "2024-W05", 1706486400},
        {"%G-W%V", "2020-W53", 1609113600},
        {"%G-W%V", "2025-W01", 1735516800},
        {"%a, %d %b %Y %H:%M:%S %z", "Wed, 31 Jan 2024 13:45:07 +0000", 1706708707},
        {"%d.%m.%Y %H:%M %z", "31.01.2024 13:45 UTC", 1706708700},
        {"%Y-%m-%d %H:%M:%S%z", "2024-01-31 13:45:07+05:30", 1706708707},
        {"%-m/%-d/%Y %-I:%M %p", "1/31/2024 1:45 PM", 1706708700},
        {"%-m/%-d/%Y %-I:%M %p", "1/31/2024 12:00 AM", 1706659200},
        {"%-m/%-d/%Y %-I:%M:%S %p", "1/31/2024 12:00:01 pm", 1706702401},
        {"%Y%m%d%H%M%S", "20240131134507", 1706708707},
        {"%Y%m%dT%H%M", "20240131T1345", 1706708700},
        {"%Y-%m-%d %H-%M-%S", "2024-01-31 13-45-07", 1706708707},
        {"%Y-%m-%d %H", "2024-01-31 13", 1706706000},
        {"%d.%m.%Y %{24}H:%M", "31.01.2024 24:00", 1706745600},
        {"%d.%m.%Y %{24}H:%M", "31.01.2024 23:59", 1706745540},
        {"%Y-%m-%d\x1f%{24}-H",
         "2024-02-29\x1f"
         "24",
         1709251200},
        {"%Y%m%d%{24}H", "2023123124", 1704067200},
        {"%s", "1706708707", 1706708707},
        {"%s", "-1", -1},
        {"%s", "1706708707.5", 1706708707},
        {"%s", "1706708707.000", 1706708707},
        {"%s", "-0.25", -1},
        {"%{3}s", "1706708707.250", 1706708707},
        {"%s UTC", "1706708707.123456 UTC", 1706708707},
        {"%Q", "1706708707123", 1706708707},
        {"%Q", "0", 0},
        {"%Q", "-1", -1},
        {"%Q", "-1500.25", -2},
        {"%Q", "1706708707123.456", 1706708707},
        {"%Q", "1706708707000.0", 1706708707},
        {"%{2}Q", "1706708707999.25", 1706708707},
        {"%Q ms", "100000000000 ms", 100000000},
        {"%s.%f", "1706708707.25", 1706708707},
        {"%s,%f", "1706708707,25", 1706708707},
        {"100%% %Y", "100% 2024", 1704067200},
        {"%Y年%m月%d日", "2024年01月31日", 1706659200},
        {"%Y\x1f%-m\x1f%-d",
         "2024\x1f"
         "1\x1f"
         "31",
         1706659200},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        rm_time_format format = pattern_format(cases[i].pattern);
        int64_t time = read_time(&format, cases[i].text);
        int64_t seconds = time / 1000000 - (time % 1000000 < 0);
        ck_assert_msg(seconds == cases[i].time, "%s: %lld", cases[i].text, (long long)seconds);
        assert_writes(&format, time, cases[i].text);
        assert_pattern_lasts(&format, time, cases[i].text);
    }
}
END_TEST

static const char *const full_patterns[] = {
    "%Y-%m-%d %H:%M:%S.%f",
    "%-d/%-m/%Y %-H:%-M:%-S.%f",
    "%d %B %Y %I:%M:%S.%f %P",
    "%A %d %b %Y %H%M%S.%f",
    "%Y%m%d%H%M%S%f",
    "%j/%Y %H:%M:%S.%f%z",
    "%{+05:30}z %Y-%-j %H:%M:%S.%f",
    "%{FR}b %{pt}A %d %Y %H.%M.%S,%f",
    "%d\x1f%m\x1f%Y\x1f%H:%M:%S.%f",
    "%s.%f",
    "%{6}s",
    "%{3}Q",
};
static const struct {
    const char *pattern;
    int64_t unit; /* microseconds that it shows */
} cut_patterns[] = {
    {"%Y-%m-%d", 86400000000},
    {"%a %d.%m.%Y", 86400000000},
    {"%Y/%j", 86400000000},
    {"%m/%d/%Y %H", 3600000000},
    {"%m/%d/%Y %I%p", 3600000000},
    {"%m/%d/%Y %I:%M %p", 60000000},
    {"%d-%{de}B-%Y %H:%M", 60000000},
    {"%m/%d/%Y %I:%M:%S%P", 1000000},
    {"%s", 1000000},
    {"%Q", 1000},
};

static void assert_round_trip(const char *pattern, int64_t time) {
    rm_time_format format = pattern_format(pattern), other = format;
    char text[64], again[64];
    rm_time_text(&format, time, text, sizeof text);
    ck_assert_msg(read_time(&other, text) == time, "\"%s\" as \"%s\"", text, pattern);
    rm_time_text(&other, time, again, sizeof again);
    ck_assert_str_eq(again, text);
    assert_pattern_lasts(&other, time, text);
}

START_TEST(edges) {
    static const int days[][3] = {
        {1583, 1, 1},   {1583, 12, 31}, {1600, 2, 29},  {1899, 12, 31}, {1900, 2, 28},
        {1900, 3, 1},   {1969, 12, 31}, {1970, 1, 1},   {2000, 2, 29},  {2004, 12, 31},
        {2020, 12, 27}, {2024, 2, 29},  {2024, 12, 30}, {2100, 2, 28},  {9999, 12, 31}};
    static const int64_t clocks[] = {0,           1,           59999999,    3599999999,
                                     3600000000,  43199999999, 43200000000, 46799999999,
                                     46800000000, 86399999999};
    for (size_t d = 0; d < COUNT(days); d++)
        for (size_t c = 0; c < COUNT(clocks); c++) {
            int64_t day = rm_civil_time(days[d][0], days[d][1], days[d][2], 0);
            for (size_t p = 0; p < COUNT(full_patterns); p++)
                assert_round_trip(full_patterns[p], day + clocks[c]);
            for (size_t p = 0; p < COUNT(cut_patterns); p++)
                assert_round_trip(cut_patterns[p].pattern,
                                  day + clocks[c] - clocks[c] % cut_patterns[p].unit);
        }
}
END_TEST

/* Every day of some years, for what counts in weeks, quarters and days of the year. */
START_TEST(weeks_and_quarters) {
    rm_time_format week = pattern_format("%G-W%V"), quarter = pattern_format("%Y Q%q");
    for (int64_t n = -150000; n < 60000; n++) {
        char text[64];
        rm_time_text(&week, n * RM_MICROS_PER_DAY, text, sizeof text);
        int64_t monday = read_time(&week, text) / RM_MICROS_PER_DAY;
        ck_assert_msg(monday <= n && n < monday + 7, "%lld: %s", (long long)n, text);
        rm_time_text(&quarter, n * RM_MICROS_PER_DAY, text, sizeof text);
        rm_civil first = rm_civil_of(read_time(&quarter, text));
        rm_civil now = rm_civil_of(n * RM_MICROS_PER_DAY);
        ck_assert(first.year == now.year && first.day == 1 && first.month <= now.month &&
                  now.month < first.month + 3 && first.month % 3 == 1);
    }
}
END_TEST

static const char *const short_codes[] = {
    "en",  "en2", "de",  "de2", "de3", "de4", "de5", "fr", "fr2", "fr3", "fr4", "fr5", "es",
    "es2", "pt",  "pt3", "it",  "nl",  "nl2", "nl3", "sv", "sv2", "da",  "nb",  "nb2", "pl"};
static const char *const full_codes[] = {"en", "de",  "de2", "de3", "fr", "fr2", "es", "es2",
                                         "pt", "pt2", "it",  "nl",  "sv", "da",  "nb", "pl"};

/* A year of months in one language and case: read without knowing which, written the same. */
static void assert_language(const char *code, char letter) {
    char pattern[32], texts[12][64];
    snprintf(pattern, sizeof pattern, "%%d/%%{%s}%c/%%y", code, letter);
    rm_time_format said = pattern_format(pattern), found = pattern_format("%d/%b/%y");
    for (int m = 0; m < 12; m++) {
        int64_t time = rm_civil_time(1996, m + 1, 18, 0);
        rm_time_text(&said, time, texts[m], sizeof texts[m]);
        ck_assert_msg(read_time(&found, texts[m]) == time, "%s: %s", code, texts[m]);
    }
    for (int m = 0; m < 12; m++) {
        assert_writes(&found, rm_civil_time(1996, m + 1, 18, 0), texts[m]);
        assert_pattern_lasts(&found, rm_civil_time(1996, m + 1, 18, 0), texts[m]);
    }
}

START_TEST(languages) {
    for (size_t i = 0; i < COUNT(short_codes) + COUNT(full_codes); i++) {
        bool full = i >= COUNT(short_codes);
        char code[8];
        snprintf(code, sizeof code, "%s",
                 full ? full_codes[i - COUNT(short_codes)] : short_codes[i]);
        assert_language(code, full ? 'B' : 'b');
        code[0] = (char)(code[0] - 32);
        assert_language(code, full ? 'B' : 'b');
        code[1] = (char)(code[1] - 32);
        assert_language(code, full ? 'B' : 'b');
    }
    rm_time_format format = pattern_format("%d/%b/%y");
    int64_t time = read_time(&format, "18/mar/96");
    assert_writes(&format, time, "18/mar/96");
    read_time(&format, "18/fev/96");
    read_time(&format, "18/out/96");
    assert_writes(&format, rm_civil_time(1996, 12, 1, 0), "01/dez/96");
    char pattern[RM_TIME_PATTERN_SIZE];
    rm_time_pattern_text(&format, pattern);
    ck_assert_str_eq(pattern, "%d/%{pt}b/%y");
}
END_TEST

START_TEST(weekdays) {
    static const char *const codes[] = {"en", "de", "fr", "es", "es2", "pt", "pt2", "it", "nl"};
    for (size_t i = 0; i < 2 * COUNT(codes); i++) {
        char pattern[32], text[64];
        snprintf(pattern, sizeof pattern, "%%{%s}%c %%Y-%%m-%%d", codes[i / 2], "aA"[i % 2]);
        rm_time_format said = pattern_format(pattern), found = pattern_format("%a %Y-%m-%d");
        for (int round = 0; round < 2; round++)
            for (int d = 0; d < 7; d++) {
                int64_t time = (19000 + d) * RM_MICROS_PER_DAY;
                rm_time_text(&said, time, text, sizeof text);
                ck_assert_int_eq(read_time(&found, text), time);
                if (round == 1)
                    assert_writes(&found, time, text);
            }
    }
}
END_TEST

START_TEST(refused_patterns) {
    static const char *const cases[][2] = {
        {"", "no year"},
        {"abc", "no year"},
        {"%d.%m.", "no year"},
        {"%Y-%d", "no month"},
        {"%Y %m %j", "in two ways"},
        {"%Y %q %d", "in two ways"},
        {"%Y %y-%m-%d", "%y gives the year a second time"},
        {"%Y-%m-%b-%d", "%b gives the month a second time"},
        {"%Y-%m-%d %H:%H", "%H gives the hour a second time"},
        {"%Y-%m-%d %H:%I %p", "%I gives the hour a second time"},
        {"%Y-%m-%d %I:%M", "%I and %p"},
        {"%Y-%m-%d %H:%M %p", "%I and %p"},
        {"%Y-%m-%d %M", "%M needs an hour"},
        {"%Y-%m-%d %H:%S", "%S needs a minute"},
        {"%Y-%m-%d %H.%f", "%f needs seconds"},
        {"%Y-%m-%d%z", "%z needs an hour"},
        {"%Y-%m %H:%M", "no day"},
        {"%G-%m-%d", "%G and %V"},
        {"%Y-W%V", "%G and %V"},
        {"%a %Y", "%a needs a day"},
        {"%s %Y", "in two ways"},
        {"%Q %Y", "in two ways"},
        {"%s %Q", "%Q gives the time since 1970 a second time"},
        {"%Q.%f", "%Q has its fraction without %f"},
        {"%Q0", "where %Q ends"},
        {"%{0}Q", "%{0}Q is not understood"},
        {"%k", "%k is no part of a time"},
        {"%Y-%-b", "%-b is no part of a time"},
        {"%-Y", "%-Y is no part of a time"},
        {"%Y%", "ends in a single %"},
        {"%Y-%", "ends in a single %"},
        {"%Y %-", "%- is no part"},
        {"%{xx}b %Y", "%{xx}b is not understood"},
        {"%{pt", "%{pt is not understood"},
        {"%{pt}", "%{pt} is not understood"},
        {"%{}b %Y", "%{}b is not understood"},
        {"%{pt}m %Y", "%{pt}m is not understood"},
        {"%Y-%m-%d %{12}H", "%{12}H is not understood"},
        {"%Y-%m-%d %{24}M", "%{24}M is not understood"},
        {"%Y-%m-%d %H%{+1}z", "%{+1}z is not understood"},
        {"%Y-%m-%d %H:%M:%S.%{0}f", "%{0}f is not understood"},
        {"%Y a text that is much longer than any time that anybody ever wrote", "too long"},
        {"%Y-----------------------------------------------------------------------------------"
         "-"
         "--------------",
         "too long"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        rm_time_format format = {.kind = RM_TIME_STEPS, .fraction = 7}, before = format;
        ck_assert_msg(rm_time_pattern_set(&format, cases[i][0]) == RIMER_USAGE, "\"%s\"",
                      cases[i][0]);
        ck_assert_msg(strstr(rimer_last_error(), cases[i][1]), "\"%s\": %s", cases[i][0],
                      rimer_last_error());
        ck_assert_mem_eq(&format, &before, sizeof format);
    }
}
END_TEST

START_TEST(no_times) {
    static const char *const cases[][2] = {
        {"%d.%m.%Y", "31.02.2024"},
        {"%d.%m.%Y", "29.02.2023"},
        {"%d.%m.%Y", "00.01.2024"},
        {"%d.%m.%Y", "1.13.2024"},
        {"%d.%m.%Y", "1.1.24"},
        {"%d.%m.%Y", "1.1.2024 "},
        {"%d.%m.%Y", " 1.1.2024"},
        {"%d.%m.%Y", "1.1.20245"},
        {"%d.%m.%Y", "1.1.0000"},
        {"%d.%m.%Y", ""},
        {"%d.%m.%Y", "1.1"},
        {"%d.%m.%Y %H:%M", "1.1.2024 24:01"},
        {"%d.%m.%Y %H:%M:%S.%f", "1.1.2024 24:00:00.1"},
        {"%d.%m.%Y %H:%M", "1.1.2024 25:00"},
        {"%d.%m.%Y %H:%M", "1.1.2024 12:60"},
        {"%d.%m.%Y %H:%M", "1.1.202412:00"},
        {"%d.%m.%Y %H:%M:%S", "1.1.2024 12:00:60"},
        {"%d.%m.%Y %I:%M %p", "1.1.2024 13:00 PM"},
        {"%d.%m.%Y %I:%M %p", "1.1.2024 0:00 AM"},
        {"%d.%m.%Y %I:%M %p", "1.1.2024 1:00 Pm"},
        {"%d.%m.%Y %I:%M %p", "1.1.2024 1:00 XM"},
        {"%d.%m.%Y %I:%M %p", "1.1.2024 1:00 "},
        {"%Y-%j", "2023-366"},
        {"%Y-%j", "2024-0"},
        {"%Y-Q%q", "2024-Q5"},
        {"%G-W%V", "2021-W53"},
        {"%G-W%V", "2021-W00"},
        {"%d %b %Y", "1 foo 2024"},
        {"%d %b %Y", "1 Janus 2024"},
        {"%d %b %Y", "31 Feb 2024"},
        {"%a %d %b %Y", "Mon 31 Jan 2024"},
        {"%Y%m%d%H%M", "20240131120"},
        {"%Y%m%d%H%M", "2024013112000"},
        {"%Y-%m-%d %H:%M:%S.%f", "2024-01-31 12:00:00."},
        {"%Y-%m-%d %H:%M:%S.%f", "2024-01-31 12:00:00.1234567"},
        {"%Y-%m-%d %H:%M:%S.%f", "2024-01-31 12:00:00.0000000000"},
        {"%Y-%m-%d %H:%M%z", "2024-01-31 12:00"},
        {"%Y-%m-%d %H:%M%z", "2024-01-31 12:00+24:00"},
        {"%Y-%m-%d %H:%M%z", "2024-01-31 12:00+1"},
        {"%Y-%m-%d %H:%M%z", "2024-01-31 12:00CET"},
        {"%s", ""},
        {"%s", "-"},
        {"%s", "12a"},
        {"%s", "1234567890123"},
        {"%s", "1."},
        {"%s", ".5"},
        {"%s", "1.5.5"},
        {"%s", "1.1234567"},
        {"%Q", ""},
        {"%Q", "1234567890123456"},
        {"%Q", "1.0001"},
        {"%Q", "1."},
        {"%Q", "12a"},
        {"%s,%f", "1.5,5"},
        {"%s.%f", "1.5.5"},
    };
    for (size_t i = 0; i < COUNT(cases); i++)
        assert_not_read(cases[i][0], cases[i][1]);
}
END_TEST

/* Either number of digits is read; blanks may be several; case does not count. */
START_TEST(lenient) {
    rm_time_format format = pattern_format("%d %b %Y %H:%M");
    int64_t time = read_time(&format, "01 jan 2024 09:05");
    ck_assert_int_eq(read_time(&format, "1  JAN   2024 9:5"), time);
    ck_assert_int_eq(read_time(&format, "1 January 2024 9:05"), time);
    ck_assert_int_eq(read_time(&format, "1 janvier 2024 9:05"), time);
    assert_writes(&format, time, "01 jan 2024 09:05");
    rm_time_format offsets = pattern_format("%d/%m/%Y %H:%M %z");
    time = read_time(&offsets, "31/03/2024 01:00 +0100");
    ck_assert_int_eq(read_time(&offsets, "31/03/2024 03:00 +0200") - time, 3600000000);
    assert_writes(&offsets, time + 3600000000, "31/03/2024 02:00 +0100");
}
END_TEST

/* Texts, how many patterns they may mean, and which. */
static const struct {
    int wanted;
    const char *pattern, *other, *texts[8];
} finds[] = {
    {1, "%d/%{pt}b/%y", NULL, {"18/mar/96", "19/fev/96", "20/out/96"}},
    {1, "%d %b %Y", NULL, {"31 Jan 2024", "01 Feb 2024"}},
    {1, "%d %{fr5}b %Y", NULL, {"31 janv. 2024", "31 mai 2024"}},
    {1, "%d. %{De5}b %Y", NULL, {"31. Jan. 2024", "31. Mai 2024"}},
    {1, "%d.%{De}b.%Y", NULL, {"31.Jan.2024", "01.Mär.2024", "31.Mai.2024"}},
    {1, "%b %d, %Y", NULL, {"Jan 31, 2024"}},
    {1, "%-d-%b-%Y", NULL, {"31-Jan-2024", "1-Feb-2024"}},
    {1, "%B %Y", NULL, {"January 2024", "May 2024"}},
    {1, "%b-%Y", NULL, {"Jan-2024", "Feb-2024"}},
    {1, "%m/%Y", NULL, {"01/2024", "02/2024"}},
    {1, "%-m/%Y", NULL, {"9/2024", "10/2024"}},
    {1, "%Y %b", NULL, {"2024 Jan", "2024 Feb"}},
    {1, "%Y.%m.%d", NULL, {"2024.01.31"}},
    {1, "%YQ%q", NULL, {"2024Q1", "2024Q2"}},
    {1, "%Y-Q%q", NULL, {"2024-Q1"}},
    {1, "%G-W%V", NULL, {"2024-W05", "2024-W06"}},
    {1, "%G-W%V-1", NULL, {"2024-W05-1", "2024-W06-1"}},
    {0, "", NULL, {"2024-W05-1", "2024-W05-2"}},
    {1, "Q%q/%Y", NULL, {"Q1/2024", "Q2/2024"}},
    {1, "%qQ%y", NULL, {"1Q24", "2Q24"}},
    {1, "T%q %Y", NULL, {"T1 2024", "T2 2024"}},
    {1, "%Ym%-m", NULL, {"2024m1", "2024m2"}},
    {1, "%Y年%-m月%-d日", NULL, {"2024年1月31日", "2024年2月1日"}},
    {1, "%Y年%m月%d日 %H:%M", NULL, {"2024年01月31日 12:00"}},
    {1, "%Y-%j", NULL, {"2024-031", "2024-032"}},
    {1, "%Y-%jT%H:%M", NULL, {"2024-031T12:00"}},
    {0, "", NULL, {"2024-11", "2024-12", "2024-13"}},
    {1, "%a %b %d %H:%M:%S %Y", NULL, {"Wed Jan 31 12:00:00 2024"}},
    {1, "%a %b %d %H:%M:%S %{UTC}z %Y", NULL, {"Wed Jan 31 12:00:00 UTC 2024"}},
    {1, "%d/%b/%Y:%H:%M:%S %{+0000}z", NULL, {"31/Jan/2024:12:00:00 +0000"}},
    {1, "%Y-%m-%d-%H", NULL, {"2024-01-31-12"}},
    {1, "%Y%m%d_%H%M%S", NULL, {"20240131_120000"}},
    {1, "%-d %{nb}b %Y", NULL, {"1 des 2024", "31 okt 2024"}},
    {1, "%-d %{sv}b %Y", NULL, {"1 maj 2024", "31 okt 2024"}},
    {1, "%-d %{pl}B %Y", NULL, {"1 października 2024", "31 grudnia 2024"}},
    {1, "%Y%m%dT%H%M", NULL, {"20240131T1200"}},
    {1, "%Y%m%dT%H%M%S%{Z}z", NULL, {"20240131T120000Z"}},
    {1, "%Y%m%d %H:%M", NULL, {"20240131 12:00"}},
    {1, "%Y%m%d%H%M", NULL, {"202401311200", "202401311300"}},
    {1, "%Y%m%d%H%M%S", NULL, {"20240131120000", "20240131120001"}},
    {1, "%Y-%m-%d %H", NULL, {"2024-01-31 12"}},
    {1, "%Y-%m-%d %-H", NULL, {"2024-01-31 9", "2024-01-31 10"}},
    {1, "%Y-%m-%d %H-%M-%S", NULL, {"2024-01-31 12-00-00"}},
    {1, "%-m/%-d/%Y %-I:%M %p", NULL, {"1/31/2024 1:05 PM", "1/31/2024 2:05 PM"}},
    {1, "%m/%d/%Y %I:%M:%S %p", NULL, {"01/31/2024 01:05:00 PM"}},
    {1, "%d.%m.%Y %H:%M", NULL, {"31.01.2024 12:00"}},
    {1, "%d.%m.%Y %{24}H:%M", NULL, {"31.01.2024 23:00", "31.01.2024 24:00"}},
    {1, "%-d.%-m.%Y %{24}-H:%M", NULL, {"31.1.2024 24:00", "1.2.2024 1:00"}},
    {1, "%d.%m.%Y, %H:%M:%S.%{2}f", NULL, {"31.01.2024, 12:00:00.25"}},
    {1, "%d.%m.%YT%H:%M%{+01:00}z", NULL, {"31.01.2024T12:00+01:00"}},
    {1, "%d.%m.%Y %H:%M %{+0100}z", NULL, {"31.01.2024 12:00 +0100"}},
    {1, "%Y-%m-%d %H:%M:%S %{UTC}z", NULL, {"2024-01-31 12:00:00 UTC"}},
    {1, "%Y-%m-%d %H:%M:%S,%{3}f", NULL, {"2024-01-31 12:00:00,123"}},
    {1, "%a, %d %b %Y %H:%M:%S %{GMT}z", NULL, {"Wed, 31 Jan 2024 12:00:00 GMT"}},
    {1,
     "%Y-%m-%d\x1f%H:%M",
     NULL,
     {"2024-01-31\x1f"
      "12:00"}},
    {1,
     "%Y\x1f%-m\x1f%-d\x1f%-H",
     NULL,
     {"2010\x1f"
      "1\x1f"
      "1\x1f"
      "0",
      "2010\x1f"
      "1\x1f"
      "1\x1f"
      "1"}},
    /* the order of day and month: 13, order, distances, or nothing */
    {1, "%d/%m/%Y", NULL, {"12/02/2024", "13/02/2024"}},
    {1, "%-m/%-d/%Y", NULL, {"1/5/2024", "1/15/2024"}},
    {1, "%d/%m/%Y", NULL, {"01/02/2024", "02/02/2024", "01/03/2024"}},
    {1, "%m/%d/%Y", NULL, {"01/11/2024", "01/12/2024", "02/01/2024"}},
    {1, "%m/%d/%Y", NULL, {"03/01/2024", "02/12/2024", "02/11/2024"}}, /* latest first */
    {1,
     "%d/%m/%Y",
     NULL,
     {"05/02/2024", "06/02/2024", "07/02/2024", "08/02/2024", "09/02/2024", "12/02/2024"}},
    {2, "%d/%m/%Y", "%m/%d/%Y", {"01/06/2024", "02/06/2024", "03/06/2024", "05/06/2024"}},
    {2, "%d/%m/%Y", "%m/%d/%Y", {"01/02/2024", "02/02/2024", "03/02/2024"}},
    {2, "%d/%m/%Y", "%m/%d/%Y", {"01/02/2024"}},
    {2, "%-d-%-m-%y", "%-m-%-d-%y", {"1-2-24", "1-3-24"}},
    {1, "%d.%m.%Y", NULL, {"01.02.2024", "02.02.2024"}},
    /* a year of two digits may stand first: days of a month are no years */
    {1, "%y-%m-%d", NULL, {"20-01-01", "20-01-02", "20-01-03"}},
    {1, "%y/%m/%d", NULL, {"20/01/30", "20/01/31", "20/02/01"}},
    {1, "%y-%m-%d %H:%M", NULL, {"20-01-01 12:00", "20-01-02 12:00", "20-01-05 13:00"}},
    {1, "%d-%m-%y", NULL, {"12-01-20", "13-01-20", "14-01-20", "17-01-20"}},
    {1, "%d/%m/%y", NULL, {"30/01/20", "31/01/20", "01/02/20"}},
    {1, "%y-%m-%d", NULL, {"20-11-01", "20-12-01", "21-01-01", "21-02-01"}},
    {2, "%d-%m-%y %H:%M", "%y-%m-%d %H:%M", {"20-01-01 00:00", "20-01-01 01:00"}},
    {2, "%d-%m-%y", "%y-%m-%d", {"20-01-15"}},
    /* not found */
    {0, "", NULL, {"2024"}},
    {0, "", NULL, {"202401", "202402"}},
    {0, "", NULL, {"1.5", "2.5"}},
    {0, "", NULL, {"01.2024", "02.2024"}},
    {0, "", NULL, {"20240131", "20240201"}},
    {0, "", NULL, {"2024-01-31", "2024-02-01"}},
    {0, "", NULL, {"2024-01-31T12:00Z"}},
    {0, "", NULL, {"202401311200"}},
    {0, "", NULL, {"202401311300", "202401311200"}},
    {0, "", NULL, {"1706708707", "1706708708"}},
    {0, "", NULL, {"1706708707000", "1706708708000"}},
    {0, "", NULL, {"31.01.2024", "abc"}},
    {0, "", NULL, {"31.02.2024"}},
    {0, "", NULL, {"1/1/2024 1:5"}},
    {0, "", NULL, {""}},
    {0, "", NULL, {"NA"}},
    {0,
     "",
     NULL,
     {"a rather long text, longer than any time could be, as columns of remarks are full of "
      "them here"}},
};

START_TEST(finding) {
    for (size_t i = 0; i < COUNT(finds); i++) {
        rm_time_format format = {0}, other = {0};
        int64_t n = 0, time;
        while (n < 8 && finds[i].texts[n])
            n++;
        int found = rm_time_pattern_find(finds[i].texts, n, &format, &other);
        ck_assert_msg(found == finds[i].wanted, "%s: %d, \"%s\"", finds[i].texts[0], found,
                      format.pattern);
        char pattern[RM_TIME_PATTERN_SIZE];
        rm_time_pattern_text(&format, pattern);
        ck_assert_str_eq(pattern, finds[i].pattern);
        if (finds[i].other)
            ck_assert_str_eq(other.pattern, finds[i].other);
        ck_assert_int_eq(rm_time_pattern_find(finds[i].texts, n, &format, NULL), found);
        for (int64_t k = 0; found && k < n; k++) {
            time = read_time(&format, finds[i].texts[k]);
            assert_writes(&format, time, finds[i].texts[k]);
        }
    }
}
END_TEST

/* The spellings without a pattern have one too. */
START_TEST(iso_patterns) {
    static const char *const cases[][2] = {
        {"2016-07-01 00:00:00", "%Y-%m-%d %H:%M:%S"},
        {"2016-07-01T13:45", "%Y-%m-%dT%H:%M"},
        {"2016-07-01", "%Y-%m-%d"},
        {"20160701", "%Y%m%d"},
        {"2016/07", "%Y/%m"},
        {"1990/1/1 0:00", "%Y/%-m/%-d %-H:%M"},
        {"2016-07-01T13:45:07Z", "%Y-%m-%dT%H:%M:%S%{Z}z"},
        {"2016-07-01 13:45-0530", "%Y-%m-%d %H:%M%{-0530}z"},
        {"2016-07-01 13:45:07.250+09", "%Y-%m-%d %H:%M:%S.%{3}f%{+09}z"},
        {"2016-06-30 24:00", "%Y-%m-%d %{24}H:%M"},
        {"2016-12-31T24:00:00Z", "%Y-%m-%dT%{24}H:%M:%S%{Z}z"},
    };
    char pattern[RM_TIME_PATTERN_SIZE];
    for (size_t i = 0; i < COUNT(cases); i++) {
        rm_time_format format = {.kind = RM_TIME_STAMPS};
        int64_t time = read_time(&format, cases[i][0]);
        rm_time_pattern_text(&format, pattern);
        ck_assert_str_eq(pattern, cases[i][1]);
        assert_pattern_lasts(&format, time, cases[i][0]);
    }
    rm_time_format years = {.kind = RM_TIME_YEARS}, steps = {.kind = RM_TIME_STEPS};
    rm_time_pattern_text(&years, pattern);
    ck_assert_str_eq(pattern, "");
    read_time(&years, "1949");
    rm_time_pattern_text(&years, pattern);
    ck_assert_str_eq(pattern, "%Y");
    rm_time_pattern_text(&steps, pattern);
    ck_assert_str_eq(pattern, "");
}
END_TEST

START_TEST(columns) {
    rm_time_format format = pattern_format("%Y\x1f%-m\x1f%d %H:%M"), one = {0};
    static const char *const wanted[] = {"2024", "1", "31 13:45"};
    int64_t time = rm_civil_time(2024, 1, 31, 49500000000);
    char text[64];
    for (int64_t i = 0; i < 3; i++) {
        rm_time_text_column(&format, i, time, text, sizeof text);
        ck_assert_str_eq(text, wanted[i]);
    }
    rm_time_text_column(&one, 0, 17, text, sizeof text);
    ck_assert_str_eq(text, "17");
}
END_TEST

/* Patterns of anything: refused, or else good for writing, reading and saying. */
START_TEST(random_patterns) {
    static const char pieces[][8] = {
        "%Y", "%m", "%d", "%H",  "%M",   "%S", "%f", "%z", "%p", "%I",     "%b",    "%a",
        "%s", "%Q", "%-", "%{",  "{pt}", "}",  "%%", "T",  " ",  ".",      ":",     "%G",
        "%V", "%q", "%j", "+01", "ä",    "-",  "3",  "%y", "%B", "%{us}s", "%{ns}s"};
    uint64_t random = 88172645463325252u;
    int good = 0;
    for (int i = 0; i < 300000; i++) {
        char pattern[128] = "", text[64], said[RM_TIME_PATTERN_SIZE];
        for (int k = 0; k < 1 + i % 14; k++) {
            random ^= random << 13, random ^= random >> 7, random ^= random << 17;
            strcat(pattern, pieces[(random >> 20) % COUNT(pieces)]);
        }
        rm_time_format format = {0}, fresh = {0};
        if (rm_time_pattern_set(&format, pattern) != RIMER_OK)
            continue;
        good++;
        int64_t time = (int64_t)(random % 4000000000000000), read;
        rm_time_text(&format, time, text, sizeof text);
        rm_time_read(&format, text, &read);
        rm_time_text(&format, time, text, sizeof text);
        rm_time_pattern_text(&format, said);
        if (rm_time_pattern_set(&fresh, said) != RIMER_OK)
            ck_abort_msg("\"%s\" became \"%s\": %s", pattern, said, rimer_last_error());
    }
    ck_assert_int_gt(good, 1000);
}
END_TEST

START_TEST(small_rooms) {
    rm_time_format format = pattern_format("%A, %d. %B %Y %H:%M:%S.%f %z");
    for (size_t size = 1; size < 64; size++) {
        char text[64];
        memset(text, 'x', sizeof text);
        rm_time_text(&format, 0, text, size);
        ck_assert_uint_lt(strlen(text), size);
        if (size < 63)
            ck_assert_int_eq(text[size], 'x');
    }
}
END_TEST

int main(void) {
    return rm_test_main("time patterns",
                        (const TTest *[]){round_trips, edges, weeks_and_quarters, languages,
                                          weekdays, refused_patterns, no_times, lenient,
                                          finding, iso_patterns, columns, random_patterns,
                                          small_rooms, NULL});
}
