#include "data/time_parts.h"

#include <stdio.h>
#include <string.h>

#define WRITTEN_MAX 63 /* bytes that a stamp may have, so that 64 are room enough */
#define BARE_MAX 68    /* bytes of a pattern that has learnt nothing yet */

static const char *const part_names[] = {
    [RM_PART_YEAR] = "the year",
    [RM_PART_MONTH] = "the month",
    [RM_PART_DAY] = "the day of the month",
    [RM_PART_DAY_OF_YEAR] = "the day of the year",
    [RM_PART_QUARTER] = "the quarter",
    [RM_PART_WEEK] = "the week",
    [RM_PART_WEEKDAY] = "the weekday",
    [RM_PART_EPOCH] = "the time since 1970",
    [RM_PART_HOUR] = "the hour",
    [RM_PART_HALF] = "the half of the day",
    [RM_PART_MINUTE] = "the minute",
    [RM_PART_SECOND] = "the second",
    [RM_PART_FRACTION] = "the fraction",
    [RM_PART_ZONE] = "the offset",
};

#define BIT(part) RM_PART_BIT(RM_PART_##part)

static rimer_status braces_wrong(const char *pattern, const char *item, size_t size) {
    RM_FAIL(USAGE,
            "time format \"%s\": %.*s is not understood; braces say a language for names, an "
            "offset for %%z, the digits of %%f or of a fraction of %%s or %%Q, what %%s "
            "counts, us or ns, or 24 for %%H",
            pattern, (int)size, item);
}

/* What is written with as many digits of a fraction as were seen. */
static bool has_digits(char letter) {
    return letter == 'f' || letter == 's' || letter == 'Q';
}

/* us or ns */
static bool is_unit(const char *said) {
    return (said[0] == 'u' || said[0] == 'n') && said[1] == 's' && !said[2];
}

/* What stands in braces: %{pt}b, %{+01:00}z, %{3}f, %{3}s, %{3}Q, %{ns}s, %{24}H. `item` points at
 * the %. */
static rimer_status set_braces(rm_time_format *format, const char *pattern, const char *item) {
    const char *said = item + 2, *end = strchr(said, '}');
    if (!end)
        return braces_wrong(pattern, item, strlen(item));
    size_t size = (size_t)(end - said);
    char letter = *rm_time_item_letter(item + 1), copy[8] = "";
    bool good = size > 0 && size < sizeof copy;
    if (good)
        memcpy(copy, said, size);
    rm_time_parts parts = {0};
    const char *rest = copy;
    if (letter == 'b' || letter == 'B')
        good = good && rm_month_of_code(copy, size, letter == 'B', &format->months);
    else if (letter == 'a' || letter == 'A')
        good = good && rm_weekday_of_code(copy, size, letter == 'A', &format->weekdays);
    else if (has_digits(letter))
        good = good && ((size == 1 && copy[0] >= '1' && copy[0] <= '9') ||
                        (letter == 's' && is_unit(copy)));
    else if (letter == 'H')
        good = good && strcmp(copy, "24") == 0;
    else
        good = good && letter == 'z' && rm_take_zone(&rest, true, &parts) && *rest == 0;
    if (!good)
        return braces_wrong(pattern, item, (size_t)(end - item) + 1 + (letter != 0));
    if (has_digits(letter) && size == 1)
        format->fraction = copy[0] - '0';
    format->ends_days |= letter == 'H';
    if (letter == 'z') {
        memcpy(format->zone, parts.zone, sizeof format->zone);
        format->zone_minutes = parts.zone_minutes;
    }
    return RIMER_OK;
}

static rimer_status unknown_item(const char *pattern, const char *item) {
    if (!item[1])
        RM_FAIL(USAGE, "time format \"%s\" ends in a single %% (%%%% is a percent sign)",
                pattern);
    RM_FAIL(USAGE,
            "time format \"%s\": %.*s is no part of a time (there are %%Y %%y %%m %%b %%B %%d "
            "%%j %%q %%G %%V %%a %%A %%H %%I %%p %%M %%S %%f %%z %%s %%{us}s %%{ns}s %%Q "
            "%%%%)",
            pattern, item[1] == '-' && item[2] ? 3 : 2, item);
}

typedef struct scanned {
    uint32_t parts; /* bits of rm_time_part */
    bool week_year, twelve, millis, finer;
    size_t written, bare; /* bytes of a stamp, and of the pattern without its braces */
} scanned;

/* One item, whose letter stands at `letter`. */
static rimer_status scan_item(scanned *s, const char *pattern, const char *item,
                              const char *letter) {
    const rm_time_item *kind = rm_time_item_of(*letter);
    bool flag = letter[-1] == '-';
    if (kind->part == RM_PART_NONE || (flag && (kind->exact || !kind->width)))
        return unknown_item(pattern, item);
    if (kind->part != RM_PART_PERCENT && (s->parts & RM_PART_BIT(kind->part)))
        RM_FAIL(USAGE, "time format \"%s\": %.*s gives %s a second time", pattern,
                (int)(letter - item) + 1, item, part_names[kind->part]);
    s->parts |= RM_PART_BIT(kind->part) & ~BIT(PERCENT);
    s->week_year |= *letter == 'G';
    s->twelve |= *letter == 'I';
    s->millis |= *letter == 'Q';
    s->finer |= rm_time_item_unit(letter) != 0;
    s->written += kind->longest;
    s->bare += flag ? 3 : 2;
    return RIMER_OK;
}

static rimer_status scan(rm_time_format *format, const char *pattern, scanned *s) {
    for (const char *p = pattern; *p; p++) {
        if (*p != '%') {
            s->written++;
            s->bare++;
            continue;
        }
        if (p[1] == '{')
            RM_TRY(set_braces(format, pattern, p));
        const char *letter = rm_time_item_letter(p + 1);
        RM_TRY(scan_item(s, pattern, p, letter));
        if (*letter == 'P')
            format->small_half = true;
        p = letter;
    }
    if (s->written > WRITTEN_MAX || s->bare > BARE_MAX)
        RM_FAIL(USAGE, "time format \"%.40s...\" is too long: a time may have %d bytes",
                pattern, WRITTEN_MAX);
    return RIMER_OK;
}

/* Digits that follow at once on an item of any number of digits would be swallowed by it. */
static bool runs_on(const char *letter) {
    const char *next = letter + 1;
    if (letter[-1] != '-' && !has_digits(*letter))
        return false;
    if (*next == '%')
        return strchr("YymdjqGVHIMSfsQ", *rm_time_item_letter(next + 1)) != NULL;
    return *next >= '0' && *next <= '9';
}

static rimer_status check_ends(const char *pattern) {
    for (const char *p = pattern; *p; p++) {
        if (*p != '%')
            continue;
        const char *letter = rm_time_item_letter(p + 1);
        if (runs_on(letter))
            RM_FAIL(
                USAGE,
                "time format \"%s\": nobody could tell where %.*s ends and the digits after "
                "it begin",
                pattern, (int)(letter - p) + 1, p);
        p = letter;
    }
    return RIMER_OK;
}

/* The parts that together are a date, and the finest of them. */
static const struct date {
    uint32_t parts;
    rm_time_unit unit;
} dates[] = {
    {BIT(YEAR), RM_UNIT_YEAR},
    {BIT(YEAR) | BIT(MONTH), RM_UNIT_MONTH},
    {BIT(YEAR) | BIT(MONTH) | BIT(DAY), RM_UNIT_DAY},
    {BIT(YEAR) | BIT(DAY_OF_YEAR), RM_UNIT_DAY},
    {BIT(YEAR) | BIT(QUARTER), RM_UNIT_QUARTER},
    {BIT(YEAR) | BIT(WEEK), RM_UNIT_WEEK},
    {BIT(EPOCH), RM_UNIT_SECOND},
};

#define CLOCK_PARTS (BIT(HOUR) | BIT(HALF) | BIT(MINUTE) | BIT(SECOND))
#define DATE_PARTS                                                                     \
    (BIT(YEAR) | BIT(MONTH) | BIT(DAY) | BIT(DAY_OF_YEAR) | BIT(QUARTER) | BIT(WEEK) | \
     BIT(EPOCH))

static rimer_status check_date(const char *pattern, const scanned *s, rm_time_unit *unit) {
    *unit = RM_UNIT_NONE;
    for (size_t i = 0; i < sizeof dates / sizeof *dates; i++)
        if ((s->parts & DATE_PARTS) == dates[i].parts)
            *unit = dates[i].unit;
    if (*unit == RM_UNIT_NONE && !(s->parts & (BIT(YEAR) | BIT(EPOCH))))
        RM_FAIL(USAGE, "time format \"%s\" gives no year (%%Y or %%y)", pattern);
    if (*unit == RM_UNIT_NONE && (s->parts & DATE_PARTS) == (BIT(YEAR) | BIT(DAY)))
        RM_FAIL(USAGE, "time format \"%s\" gives a day but no month (%%m or %%b)", pattern);
    if (*unit == RM_UNIT_NONE)
        RM_FAIL(USAGE,
                "time format \"%s\" gives no date, or one in two ways: %%Y, %%Y %%m, %%Y %%m "
                "%%d, %%Y %%j, %%Y %%q, %%G %%V, %%s, %%{us}s, %%{ns}s or %%Q are needed",
                pattern);
    if (s->week_year != ((s->parts & BIT(WEEK)) != 0))
        RM_FAIL(USAGE, "time format \"%s\": weeks need %%G and %%V together", pattern);
    if ((s->parts & BIT(WEEKDAY)) && *unit != RM_UNIT_DAY)
        RM_FAIL(USAGE, "time format \"%s\": %%a needs a day of the year", pattern);
    return RIMER_OK;
}

/* What a part of the clock needs beside it. */
static const struct need {
    rm_time_part part, needs;
    const char *sentence;
} needs[] = {
    {RM_PART_MINUTE, RM_PART_HOUR, "%M needs an hour (%H, or %I with %p)"},
    {RM_PART_SECOND, RM_PART_MINUTE, "%S needs a minute (%M)"},
    {RM_PART_ZONE, RM_PART_HOUR, "%z needs an hour (%H, or %I with %p)"},
};

static rimer_status check_clock(const char *pattern, const scanned *s, rm_time_unit *unit) {
    for (size_t i = 0; i < sizeof needs / sizeof *needs; i++)
        if ((s->parts & RM_PART_BIT(needs[i].part)) &&
            !(s->parts & RM_PART_BIT(needs[i].needs)))
            RM_FAIL(USAGE, "time format \"%s\": %s", pattern, needs[i].sentence);
    if ((s->parts & BIT(FRACTION)) && s->millis)
        RM_FAIL(USAGE, "time format \"%s\": %%Q has its fraction without %%f", pattern);
    if ((s->parts & BIT(FRACTION)) && s->finer)
        RM_FAIL(USAGE, "time format \"%s\": %%{us}s and %%{ns}s have no fraction", pattern);
    if ((s->parts & BIT(FRACTION)) && !(s->parts & (BIT(SECOND) | BIT(EPOCH))))
        RM_FAIL(USAGE, "time format \"%s\": %%f needs seconds (%%S)", pattern);
    if (s->twelve != ((s->parts & BIT(HALF)) != 0))
        RM_FAIL(USAGE, "time format \"%s\": %%I and %%p need each other", pattern);
    if (!(s->parts & CLOCK_PARTS))
        return RIMER_OK;
    if (*unit != RM_UNIT_DAY)
        RM_FAIL(USAGE, "time format \"%s\" gives an hour but no day", pattern);
    *unit = s->parts & BIT(SECOND)   ? RM_UNIT_SECOND
            : s->parts & BIT(MINUTE) ? RM_UNIT_MINUTE
                                     : RM_UNIT_HOUR;
    return RIMER_OK;
}

rimer_status rm_time_pattern_set(rm_time_format *format, const char *pattern) {
    rm_time_format set = {.kind = RM_TIME_STAMPS,
                          .months = RM_NAMES_ANY,
                          .weekdays = RM_NAMES_ANY,
                          .cuts = format->cuts,
                          .zone_rules = format->zone_rules};
    scanned s = {0};
    if (strlen(pattern) >= sizeof set.pattern)
        RM_FAIL(USAGE, "time format \"%.40s...\" is too long", pattern);
    memcpy(set.pattern, pattern, strlen(pattern));
    RM_TRY(scan(&set, pattern, &s));
    RM_TRY(check_ends(pattern));
    RM_TRY(check_date(pattern, &s, &set.unit));
    RM_TRY(check_clock(pattern, &s, &set.unit));
    *format = set;
    return RIMER_OK;
}

static void learn(rm_time_format *format, const rm_time_parts *parts) {
    if (parts->fraction > format->fraction)
        format->fraction = parts->fraction;
    if (parts->zone[0] && !format->zone[0]) {
        memcpy(format->zone, parts->zone, sizeof format->zone);
        format->zone_minutes = parts->zone_minutes;
    }
    if (parts->half)
        format->small_half = parts->small_half;
    format->ends_days |= parts->hour == 24;
    format->months = parts->months;
    format->weekdays = parts->weekdays;
}

bool rm_time_pattern_read(rm_time_format *format, const char *text, int64_t *time) {
    rm_time_parts parts = {
        .months = format->months, .weekdays = format->weekdays, .cuts = format->cuts};
    const char *rest = rm_time_items_read(format->pattern, text, &parts);
    if (!rest || *rest)
        return false;
    int64_t midnight, read, second_reading = 0;
    if (parts.year == 0) {
        read = parts.seconds * 1000000 + parts.micros;
        read = parts.negative ? -read - parts.was_cut : read; /* cuts lead to the time before */
    } else if (!rm_time_parts_date(&parts, &midnight) ||
               !rm_time_settle(format, &parts, format->unit >= RM_UNIT_HOUR, midnight, &read,
                               &second_reading))
        return false;
    learn(format, &parts);
    format->second_reading = second_reading;
    *time = read;
    return true;
}

/* The item with what was learnt about it. */
static void item_text(const rm_time_format *format, const char *item, char text[16]) {
    char letter = *item, unit = rm_time_item_unit(item);
    bool full = letter == 'A' || letter == 'B';
    char code[RM_NAME_CODE_SIZE] = "";
    char shown = letter;
    if (letter == 'b' || letter == 'B') {
        rm_month_code(format->months, &full, code);
        shown = full ? 'B' : 'b';
    } else if (letter == 'a' || letter == 'A') {
        rm_weekday_code(format->weekdays, &full, code);
        shown = full ? 'A' : 'a';
    } else if (letter == 'p' || letter == 'P') {
        shown = format->small_half ? 'P' : 'p';
    }
    if (letter == 'H')
        snprintf(text, 16, "%%%s%s%c", format->ends_days ? "{24}" : "",
                 item[-1] == '-' ? "-" : "", letter);
    else if (code[0])
        snprintf(text, 16, "%%{%s}%c", code, shown);
    else if (letter == 'z' && format->zone[0])
        snprintf(text, 16, "%%{%s}z", format->zone);
    else if (unit)
        snprintf(text, 16, "%%{%cs}s", unit);
    else if (has_digits(letter) && format->fraction)
        snprintf(text, 16, "%%{%d}%c", format->fraction % 10, letter);
    else
        snprintf(text, 16, "%%%s%c", item[-1] == '-' ? "-" : "", shown);
}

static void learnt_text(const rm_time_format *format, char out[RM_TIME_PATTERN_SIZE]) {
    size_t n = 0;
    for (const char *p = format->pattern; *p; p++) {
        char item[16] = {*p};
        if (*p == '%') {
            p = rm_time_item_letter(p + 1);
            item_text(format, p, item);
        }
        size_t size = strlen(item);
        memcpy(out + n, item, size); /* fits: rm_time_pattern_set has left room for it */
        n += size;
    }
    out[n] = 0;
}

/* rm_time_read's own spellings. */
static void iso_text(const rm_time_format *format, char out[RM_TIME_PATTERN_SIZE]) {
    const char *bare = format->bare_date ? "-" : "";
    char separator[2] = {format->separator, 0}, date[32], clock[32] = "", fraction[8] = "";
    if (format->unit == RM_UNIT_MONTH)
        snprintf(date, sizeof date, "%%Y%s%%%sm", separator, bare);
    else
        snprintf(date, sizeof date, "%%Y%s%%%sm%s%%%sd", separator, bare, separator, bare);
    if (format->unit >= RM_UNIT_HOUR)
        snprintf(clock, sizeof clock, "%c%%%s%sH:%%M%s", format->between,
                 format->ends_days ? "{24}" : "", format->bare_hour ? "-" : "",
                 format->unit == RM_UNIT_SECOND ? ":%S" : "");
    if (format->fraction)
        snprintf(fraction, sizeof fraction, ".%%{%d}f", format->fraction % 10);
    snprintf(out, RM_TIME_PATTERN_SIZE, "%s%s%s%s%s%s", date, clock, fraction,
             format->zone[0] ? "%{" : "", format->zone, format->zone[0] ? "}z" : "");
}

void rm_time_pattern_text(const rm_time_format *format, char pattern[RM_TIME_PATTERN_SIZE]) {
    if (format->pattern[0])
        learnt_text(format, pattern);
    else if (format->kind == RM_TIME_STEPS || format->unit == RM_UNIT_NONE)
        pattern[0] = 0;
    else if (format->unit == RM_UNIT_YEAR)
        memcpy(pattern, "%Y", 3);
    else
        iso_text(format, pattern);
}
