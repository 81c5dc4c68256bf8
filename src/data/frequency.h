/* The distance of steps: fixed, or by calendar. */
#ifndef RM_FREQUENCY_H
#define RM_FREQUENCY_H

#include "data/timestamps.h"

typedef enum rm_frequency_kind {
    RM_EVERY_STEPS,  /* numbered steps */
    RM_EVERY_MICROS, /* a fixed time */
    RM_EVERY_MONTHS, /* also quarters and years */
    RM_EVERY_BUSINESS_DAYS
} rm_frequency_kind;

/* Days of the month that have no number. */
#define RM_FIRST_BUSINESS_DAY (-1)
#define RM_LAST_BUSINESS_DAY (-2)

typedef struct rm_frequency {
    int64_t size; /* step numbers, microseconds, months, days from Monday to Friday; > 0 */
    rm_frequency_kind kind;
    int day; /* MONTHS: the day meant, cut to the month's last, or one of those above; 0: that of
                the origin */
} rm_frequency;

/* "30min", "1h", "7d", "1mo", "1q", "1y", "1b", "100ms"; a bare number counts steps; a bare
 * unit is one of it. */
bool rm_frequency_parse(const char *text, rm_frequency *frequency);

/* The spellings above, for sentences. */
#define RM_FREQUENCY_UNITS "us, ms, s, min, h, d, w, b (business days), mo, q or y"

/* The frequency that an option gives to a file with `kind` of times, called `shown`. RIMER_USAGE:
 * not understood, or without a unit where there are times. */
rimer_status rm_frequency_of_option(const char *option, const char *text, rm_time_kind kind,
                                    const char *shown, rm_frequency *frequency);

/* In the largest unit that fits; weeks as days. `size` of 32 is enough. */
void rm_frequency_text(const rm_frequency *frequency, char *text, size_t size);

/* The time k steps after (before, if k < 0) `origin`, which lies on the grid. */
int64_t rm_frequency_forward(const rm_frequency *frequency, int64_t origin, int64_t k);

/* Number of steps from origin to time; false if that is not a whole number, or origin itself is
 * not on the grid (a Saturday for business days). */
bool rm_frequency_count(const rm_frequency *frequency, int64_t origin, int64_t time,
                        int64_t *k);

/* Steps from where all grids of this size begin to a time: fixed ones on Monday, 1970-01-05, at
 * 0:00; months, quarters and years with the year 0; business days on a Monday; numbers at 0. A
 * time between two steps counts as the earlier. */
int64_t rm_frequency_position(const rm_frequency *frequency, int64_t time);

/* Where that step begins: the latest time of this grid that is not after `time`. */
int64_t rm_frequency_start(const rm_frequency *frequency, int64_t time);

/* Makes the day of month the one that `times` mean: the 31st if all end their months, the first
 * or last business day if they keep to that and to no date, else the latest day. */
void rm_frequency_anchor(rm_frequency *frequency, const int64_t *times, int64_t n);

/* How well a frequency fits. Neighbours are times next to each other in one series. */
typedef struct rm_frequency_facts {
    int64_t n_neighbours;
    int64_t n_agreeing;       /* one step apart */
    double share;             /* of those that agree */
    int64_t second, n_second; /* the next most common distance, as `size` counts; 0: none */
} rm_frequency_facts;

/* The distance of the times of several series, times[begin[s]] to times[begin[s + 1] - 1]:
 * months when all keep the day of the month, business days when daily series leave out the
 * weekends, else the most common difference above 0, the smallest such. Months come with their
 * day of the month. False if no time is later than the one before it. */
bool rm_frequency_infer(rm_time_kind kind, const int64_t *times, const int64_t *begin,
                        int64_t n_series, rm_frequency *frequency, rm_frequency_facts *facts);

/* Half a sentence that says why: "17,419 of 17,419 neighbours are 1h apart". `size` of 160 is
 * enough. */
void rm_frequency_reason(const rm_frequency *frequency, const rm_frequency_facts *facts,
                         char *text, size_t size);

/* The finest unit that a format shows: all that a single row tells. */
rm_frequency rm_frequency_of_format(const rm_time_format *format);

/* `format`, made finer where times a step apart would look the same: texts may leave out midnights
 * and fractions of zeros, and the frequency may be one that a user gave. Patterns gain no items. */
rm_time_format rm_frequency_spelling(const rm_frequency *frequency,
                                     const rm_time_format *format);

#endif
