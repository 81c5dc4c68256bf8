/* Formats of a pattern, for tests. */
#ifndef RM_PATTERNS_H
#define RM_PATTERNS_H

#include "data/timestamps.h"
#include "harness.h"

#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

static inline rm_time_format pattern_format(const char *pattern) {
    rm_time_format format = {0};
    ck_assert_msg(rm_time_pattern_set(&format, pattern) == RIMER_OK, "%s", rimer_last_error());
    return format;
}

static inline int64_t read_time(rm_time_format *format, const char *text) {
    int64_t time = -1;
    ck_assert_msg(rm_time_read(format, text, &time), "\"%s\" is not \"%s\"", text,
                  format->pattern);
    return time;
}

static inline void assert_writes(const rm_time_format *format, int64_t time,
                                 const char *wanted) {
    char text[64];
    rm_time_text(format, time, text, sizeof text);
    ck_assert_str_eq(text, wanted);
}

/* What a format has learnt goes through its pattern's text. */
static inline void assert_pattern_lasts(const rm_time_format *format, int64_t time,
                                        const char *wanted) {
    char pattern[RM_TIME_PATTERN_SIZE], again[RM_TIME_PATTERN_SIZE];
    rm_time_pattern_text(format, pattern);
    rm_time_format fresh = pattern_format(pattern);
    assert_writes(&fresh, time, wanted);
    ck_assert_int_eq(read_time(&fresh, wanted), time);
    assert_writes(&fresh, time, wanted);
    rm_time_pattern_text(&fresh, again);
    ck_assert_str_eq(again, pattern);
}

/* Nothing of the format or the time changes. */
static inline void assert_not_read(const char *pattern, const char *text) {
    rm_time_format format = pattern_format(pattern), before = format;
    int64_t time = 77;
    ck_assert_msg(!rm_time_read(&format, text, &time), "\"%s\" is taken", text);
    ck_assert_int_eq(time, 77);
    ck_assert_mem_eq(&format, &before, sizeof format);
}

#endif
