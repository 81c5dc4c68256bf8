/* Time stamps: texts to microseconds and back, in the proleptic Gregorian calendar, without the
 * time zones of the machine. */
#ifndef RM_TIMESTAMPS_H
#define RM_TIMESTAMPS_H

#include "base/error.h"
#include "data/time_names.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RM_MICROS_PER_DAY INT64_C(86400000000)

typedef enum rm_time_kind {
    RM_TIME_STEPS, /* integers that number the steps */
    RM_TIME_YEARS, /* YYYY */
    RM_TIME_STAMPS
} rm_time_kind;

/* Rules of a time zone: data/zone.h. */
typedef struct rm_zone rm_zone;
void rm_zone_free(rm_zone *zone);

/* Between the parts of a time that stands in several columns, in texts and patterns. */
#define RM_TIME_COLUMN_MARK '\x1f'
#define RM_TIME_PATTERN_SIZE 96

/* The finest thing that a stamp writes. */
typedef enum rm_time_unit {
    RM_UNIT_NONE,
    RM_UNIT_YEAR,
    RM_UNIT_QUARTER,
    RM_UNIT_MONTH,
    RM_UNIT_WEEK,
    RM_UNIT_DAY,
    RM_UNIT_HOUR, /* from here on: a clock */
    RM_UNIT_MINUTE,
    RM_UNIT_SECOND
} rm_time_unit;

/* How a file spells its times. Set `kind`, leave the rest zero, and read: each stamp adds what
 * it shows, so that at the end the richest spelling is known. Nothing points into itself: a
 * format may be copied. */
typedef struct rm_time_format {
    rm_time_kind kind;
    rm_time_unit unit;
    char separator;            /* of year, month and day: '-', '/' or 0 */
    char between;              /* before the hour: ' ' or 'T'; 0 while no hour was seen */
    bool bare_date, bare_hour; /* without leading zeros */
    int fraction;              /* digits of a second's fraction */
    char zone[8];              /* as the first stamp writes it: "", "Z", "+01:00" */
    int64_t zone_minutes;
    char pattern
        [RM_TIME_PATTERN_SIZE]; /* if set, all stamps are spelled so (rm_time_pattern_set)
                                           and the fields from separator to bare_hour are unused */
    rm_names months, weekdays;  /* of a pattern: how the file writes their names */
    bool small_half;            /* of a pattern: am and pm, not AM and PM */
    bool ends_days;             /* midnights are 24:00 of the day before, as one was */
    bool cuts;                  /* what is finer than a microsecond is left out, not refused */
    const rm_zone
        *zone_rules;        /* borrowed; if set, times without an offset are clock times there,
                                  and read as UTC */
    int64_t second_reading; /* after a read: microseconds to add for the other meaning of a
                                  clock time that came twice when clocks went back; else 0 */
} rm_time_format;

/* Reads all of `text`. Times with an offset count in the first stamp's offset; so hours stay as
 * written and an offset that changes with the season does no harm. With zone_rules all times are
 * instants in UTC, those with an offset too, and a clock time that never was is no time; dates
 * stay dates as long as the format shows no clock (where some texts leave out a midnight, read
 * them all once before reading them for good). False: not a time of this kind, or with an offset
 * where others have none; then nothing is changed. */
bool rm_time_read(rm_time_format *format, const char *text, int64_t *time);

/* Makes `format` one of stamps spelled by a pattern, whatever it was; zone_rules and `cuts`
 * stay.
 *
 *   %Y %y       year of four or two digits (69 to 99: 19xx, 00 to 68: 20xx)
 *   %m %b %B    month: number, name, full name; names are read in any language and case
 *   %d %j       day of the month, of the year
 *   %q          quarter, 1 to 4           %G %V   year and week of ISO 8601: its Monday
 *   %a %A       weekday, which must be the right one
 *   %H %I %p    hour of 24; of 12, with AM or PM (%P: am or pm; both are read). 24:00 is read as the
 *               midnight that ends the day; once it was, or by %{24}H, midnights are written so
 *   %M %S %f    minute, second, fraction of a second
 *   %z          offset: Z, UTC, GMT, +01, +0100, +01:00
 *   %s          seconds since 1970-01-01T00:00Z, with a sign if negative, and with a fraction behind a
 *               point where there is one, unless the pattern says .%f
 *   %Q          milliseconds since 1970-01-01T00:00Z, in the same manner
 *   %{us}s      microseconds since 1970-01-01T00:00Z, without a fraction
 *   %{ns}s      nanoseconds, whole microseconds of them unless the format cuts
 *   %%          a percent sign
 *
 * %-d and the like write no leading zero; reading takes one digit or two, unless numbers follow
 * each other directly. A blank stands for one or more. What reading would learn can be said:
 * %{3}f is three digits, %{3}s and %{3}Q numbers with as many behind a point; %{+01:00}z counts in this offset and writes it; %{pt}b, %{Pt}b, %{PT}b
 * are Portuguese names in small letters, capitalised, in capitals (languages: time_names.c).
 * RM_TIME_COLUMN_MARK stands between columns. RIMER_USAGE names the bad part. */
rimer_status rm_time_pattern_set(rm_time_format *format, const char *pattern);

/* Finds a spelling that is not rm_time_read's own for n texts: sets `pattern` of a format that
 * reads all of them (with zone_rules and `cuts` of *format), and returns how many patterns could be meant: 0 none, 1, or 2 when day and
 * month can be taken either way and nothing in the texts decides (order and distances do); then
 * *other (may be NULL) gets the second one. Numbers are not found, but for 12 or 14 digits that
 * are dates and ascend. zone_rules stay. */
int rm_time_pattern_find(const char *const *texts, int64_t n, rm_time_format *format,
                         rm_time_format *other);

/* The pattern by which the format writes, with all that it has learnt: set in a fresh format, it
 * reads what this one writes as the same times and writes the same. "" for RM_TIME_STEPS, and
 * while nothing was read. */
void rm_time_pattern_text(const rm_time_format *format, char pattern[RM_TIME_PATTERN_SIZE]);

/* Writes a time as the format spells it; reading it gives the same time, if the format shows
 * all of it. `size` of 64 is enough. */
void rm_time_text(const rm_time_format *format, int64_t time, char *text, size_t size);

/* The part that stands in one of several columns (from 0), or all of it when there is one. */
void rm_time_text_column(const rm_time_format *format, int64_t column, int64_t time, char *text,
                         size_t size);

/* A time taken apart. */
typedef struct rm_civil {
    int64_t year;
    int month, day;     /* from 1 */
    int64_t day_number; /* since 1970-01-01 */
    int64_t micros;     /* since midnight */
} rm_civil;

rm_civil rm_civil_of(int64_t time);
int64_t rm_civil_time(int64_t year, int month, int day, int64_t micros);
int rm_days_in_month(int64_t year, int month);

#endif
