/* Inside of time spelling: a text taken apart, and patterns item by item. */
#ifndef RM_TIME_PARTS_H
#define RM_TIME_PARTS_H

#include "data/timestamps.h"

/* What a text gives; zero where it gives nothing. */
typedef struct rm_time_parts {
    int year, month, day, day_of_year, quarter, week, weekday; /* weekday 1: Monday */
    int hour, minute, second;
    int half;        /* 1 AM, 2 PM */
    int64_t seconds; /* since 1970, without the sign */
    int micros;
    int fraction; /* digits */
    int zone_minutes;
    char zone[8];
    bool negative; /* seconds before 1970 */
    bool cuts;     /* given: what is finer than a microsecond is left out */
    bool was_cut;  /* something was */
    bool small_half;
    uint32_t bare, padded; /* bits of rm_time_part: one digit was seen; a zero before one */
    rm_names months, weekdays;
} rm_time_parts;

typedef enum rm_time_part {
    RM_PART_NONE,
    RM_PART_YEAR,
    RM_PART_MONTH,
    RM_PART_DAY,
    RM_PART_DAY_OF_YEAR,
    RM_PART_QUARTER,
    RM_PART_WEEK,
    RM_PART_WEEKDAY,
    RM_PART_EPOCH,
    RM_PART_HOUR,
    RM_PART_HALF,
    RM_PART_MINUTE,
    RM_PART_SECOND,
    RM_PART_FRACTION,
    RM_PART_ZONE,
    RM_PART_PERCENT
} rm_time_part;

#define RM_PART_BIT(part) (UINT32_C(1) << (part))

/* A conversion of patterns. */
typedef struct rm_time_item {
    uint8_t part;    /* rm_time_part */
    uint8_t width;   /* numbers: digits at most; 0: no number */
    bool exact;      /* numbers: always all of them */
    uint8_t longest; /* bytes that it writes at most */
    uint8_t field;   /* numbers: where in rm_time_parts */
    int16_t low, high;
} rm_time_item;

/* By the conversion's letter; part NONE: there is no such. */
extern const rm_time_item rm_time_items[128];

static inline const rm_time_item *rm_time_item_of(char letter) {
    return &rm_time_items[(unsigned char)letter < 128 ? letter : 0];
}

/* From behind the % of a valid pattern to the letter, past a flag or braces. */
static inline const char *rm_time_item_letter(const char *pattern) {
    if (*pattern == '{')
        while (*pattern++ != '}')
            continue;
    return *pattern == '-' ? pattern + 1 : pattern;
}

/* At the letter of an item of a valid pattern: 'u' of %{us}s, 'n' of %{ns}s, else 0. */
char rm_time_item_unit(const char *letter);

/* Takes at most `most` digits (nine, or it overflows); returns how many there were. */
static inline int rm_take_digits(const char **text, int most, int *value) {
    int n = 0, v = 0;
    for (const char *c = *text; n < most && c[n] >= '0' && c[n] <= '9'; n++)
        v = v * 10 + (c[n] - '0');
    *text += n;
    *value = v;
    return n;
}

static inline bool rm_take(const char **text, char c) {
    if (**text != c)
        return false;
    ++*text;
    return true;
}

/* Digits of a fraction into micros; those beyond the sixth may only be zeros, or are cut. */
bool rm_take_fraction(const char **text, rm_time_parts *parts);

/* Z, +hh, +hhmm or +hh:mm; `words`: also UTC and GMT. */
bool rm_take_zone(const char **text, bool words, rm_time_parts *parts);

/* Reads what a valid pattern says; the rest of the text, NULL if it is spelled otherwise. */
const char *rm_time_items_read(const char *pattern, const char *text, rm_time_parts *parts);

/* Whether the clock is one: 24:00 is, but nothing after it. */
bool rm_time_parts_clock(const rm_time_parts *parts);

/* The midnight that the date means, and the 24-hour clock; false: there is no such day. */
bool rm_time_parts_date(rm_time_parts *parts, int64_t *midnight);

/* From the parts to what a format counts in. `clock`: the text is a clock time, no mere date. */
bool rm_time_settle(const rm_time_format *format, const rm_time_parts *parts, bool clock,
                    int64_t midnight, int64_t *time, int64_t *second_reading);

/* Whether a valid pattern has %s or %Q, and how many digits of a second the count itself has: three
 * of %Q, six of %{us}s, nine of %{ns}s. */
bool rm_time_counts_from_1970(const char *pattern);
int rm_time_count_digits(const char *pattern);

/* The pattern by which a text of nothing but digits is a time of the years of
 * rimer_time_since_1970; "" if it is none. */
const char *rm_time_since_1970(const char *text);

/* How a number could be read as a time. */
typedef struct rm_time_number {
    const char *pattern;
    bool is_long; /* longer than any number of steps is likely to be */
} rm_time_number;

/* The patterns by which a text of digits, or of digits, a point and a fraction, is a date without
 * separators, or a time since 1970 of these decades; returns how many there are. */
#define RM_TIME_NUMBERS_MAX 3
int rm_time_numbers(const char *text, rm_time_number numbers[RM_TIME_NUMBERS_MAX]);

/* Whether a number counts from 1970 by its digits, be it so fine that it cannot be read. */
bool rm_time_is_since_1970(const char *text);

/* Whether a number looks like a date of day, month and year in an order that nothing tells: 31012024,
 * 240131. */
bool rm_time_is_date_without_order(const char *text);

/* Whether a number looks like a day as spreadsheets count them, with its hour as a fraction. */
bool rm_time_is_day_of_spreadsheet(const char *text);

/* In brackets behind a blank: how a time that a pattern ("": none was given) does not read could be
 * read, as it is in a finer unit or finer than all; "" if nobody knows. */
const char *rm_time_finer_hint(const char *pattern, const char *text);

/* A time taken apart as the format writes it: a midnight may be hour 24. */
rm_civil rm_time_civil(const rm_time_format *format, int64_t time);

/* What clocks show where the format writes, and the offset there as the format spells it. */
int64_t rm_time_shown(const rm_time_format *format, int64_t time);
void rm_time_zone_shown(const rm_time_format *format, int64_t time, char zone[8]);

bool rm_time_pattern_read(rm_time_format *format, const char *text, int64_t *time);
void rm_time_pattern_write(const rm_time_format *format, int64_t time, char *text, size_t size);

/* 0 is a Monday. */
int rm_weekday(int64_t day_number);

#endif
