/* Time stamps: texts to microseconds and back, in the proleptic Gregorian calendar, without the
 * time zones of the machine. */
#ifndef RM_TIMESTAMPS_H
#define RM_TIMESTAMPS_H

#include "base/error.h"

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
    RM_UNIT_MONTH,
    RM_UNIT_DAY,
    RM_UNIT_MINUTE,
    RM_UNIT_SECOND
} rm_time_unit;

/* How a file spells its times. Set `kind`, leave the rest zero, and read: each stamp adds what
 * it shows, so that at the end the richest spelling is known. */
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
                                           and the fields from separator to fraction are unused */
    const rm_zone
        *zone_rules;        /* borrowed; if set, times without an offset are clock times there,
                                  and read as UTC */
    int64_t second_reading; /* after a read: microseconds to add for the other meaning of a
                                  clock time that came twice when clocks went back; else 0 */
} rm_time_format;

/* Reads all of `text`. Times with an offset count in the first stamp's offset; so hours stay as
 * written and an offset that changes with the season does no harm. False: not a time of this
 * kind, or with an offset where others have none; then nothing is changed. */
bool rm_time_read(rm_time_format *format, const char *text, int64_t *time);

/* Makes `format` one of stamps spelled by a pattern: %Y %y %m %d %j %H %I %M %S %p, %b and %B
 * (month names, also those of other languages when reading), %a and %A, %f (fraction of a second),
 * %z (offset or Z), %s (seconds since 1970), %%; %-d and the like write no leading zero (reading
 * takes either). RM_TIME_COLUMN_MARK stands between columns. RIMER_USAGE names the bad part. */
rimer_status rm_time_pattern_set(rm_time_format *format, const char *pattern);

/* Finds a spelling that is not rm_time_read's own for n texts: sets `pattern` of a format that
 * reads all of them, and returns how many patterns could be meant: 0 none, 1, or 2 when day and
 * month can be taken either way and nothing in the texts decides (order and distances do); then
 * *other (may be NULL) gets the second one. */
int rm_time_pattern_find(const char *const *texts, int64_t n, rm_time_format *format,
                         rm_time_format *other);

/* The pattern by which the format writes; reading with it gives the same times. RM_TIME_STEPS: "". */
void rm_time_pattern_text(const rm_time_format *format, char pattern[RM_TIME_PATTERN_SIZE]);

/* Writes a time as the format spells it; reading it gives the same time, if the format shows
 * all of it. `size` of 64 is enough. */
void rm_time_text(const rm_time_format *format, int64_t time, char *text, size_t size);

/* The part that stands in one of several columns, or all of it when there is one. */
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
