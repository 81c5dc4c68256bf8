/* Times as the CF conventions have them: numbers in "hours since 2000-01-01 00:00". */
#ifndef RM_CF_TIME_H
#define RM_CF_TIME_H

#include "data/timestamps.h"

typedef struct rm_cf_clock {
    bool numbers;    /* no units: steps are numbered */
    int64_t nanos;   /* of one unit */
    int64_t origin;  /* microseconds since 1970-01-01, UTC */
    double grain;    /* relative error of a real number as the file stores it */
    bool cuts;       /* what is finer than a microsecond is left out, not refused */
    bool has_clock;  /* a time that is not midnight was read */
    bool has_millis; /* a time that is not a whole second was read */
    bool has_micros; /* a time that is not a whole millisecond was read */
} rm_cf_clock;

/* Fills the clock by a text of units; "" and "1" number steps. False: not understood. */
bool rm_cf_clock_set(rm_cf_clock *clock, const char *units);

/* Minutes east of Greenwich: "", "Z", "UTC", "GMT", "+1", "+01:00", "-0130". */
bool rm_cf_offset(const char *text, int64_t *minutes);

/* Converts and notes what it takes to write the time. False: outside of the years 1 to 9999, or
 * finer than microseconds unless the clock cuts, or a step number that is not whole or has more than 15 digits. */
bool rm_cf_time(rm_cf_clock *clock, int64_t number, int64_t *time);
bool rm_cf_time_real(rm_cf_clock *clock, double number, int64_t *time);

/* YYYY-MM-DD, with as much of hours, minutes, seconds and fraction as the times read need. */
rm_time_format rm_cf_format(const rm_cf_clock *clock);

#endif
