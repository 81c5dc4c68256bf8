/* Time stamps: texts to microseconds and back, in the proleptic Gregorian calendar, without the
 * time zones of the machine. */
#ifndef RM_TIMESTAMPS_H
#define RM_TIMESTAMPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RM_MICROS_PER_DAY INT64_C(86400000000)

typedef enum rm_time_kind {
    RM_TIME_STEPS, /* integers that number the steps */
    RM_TIME_YEARS, /* YYYY */
    RM_TIME_STAMPS
} rm_time_kind;

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
} rm_time_format;

/* Reads all of `text`. Times with an offset count in the first stamp's offset; so hours stay as
 * written and an offset that changes with the season does no harm. False: not a time of this
 * kind, or with an offset where others have none; then nothing is changed. */
bool rm_time_read(rm_time_format *format, const char *text, int64_t *time);

/* Writes a time as the format spells it; reading it gives the same time, if the format shows
 * all of it. `size` of 64 is enough. */
void rm_time_text(const rm_time_format *format, int64_t time, char *text, size_t size);

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
