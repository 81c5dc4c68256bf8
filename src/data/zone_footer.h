/* The rule that a zone file gives for the time after its last change: a POSIX TZ text such as
 * "CET-1CEST,M3.5.0,M10.5.0/3". */
#ifndef RM_ZONE_FOOTER_H
#define RM_ZONE_FOOTER_H

#include <stdbool.h>
#include <stdint.h>

/* A day of the year and a time of that day. */
typedef struct rm_zone_day {
    char kind;            /* 'M', 'J' (1 to 365, never a 29 February) or 'N' (0 to 365) */
    int month, week, day; /* day of the week (0: Sunday) or of the year */
    int seconds;
} rm_zone_day;

typedef struct rm_zone_footer {
    int standard, summer; /* seconds east of Greenwich */
    bool has_summer;
    rm_zone_day begin, end; /* of summer time */
} rm_zone_footer;

/* False: no such rule. */
bool rm_zone_footer_parse(const char *text, rm_zone_footer *footer);

/* The second since 1970, counted in clock time, at which the day's change comes in a year. */
int64_t rm_zone_day_in(const rm_zone_day *day, int64_t year);

#endif
