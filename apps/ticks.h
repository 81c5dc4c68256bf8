/* Where an axis is marked: round numbers, and round moments of the calendar. */
#ifndef APP_TICKS_H
#define APP_TICKS_H

#define TICK_LABEL_SIZE 24

typedef struct tick {
    double at;
    char label[TICK_LABEL_SIZE];
    char below
        [TICK_LABEL_SIZE]; /* second line: the day under hours, the year under days; "" mostly */
} tick;

#define TICKS_MAX 32

/* What an axis counts: seconds since 1970-01-01; steps, whose marks are whole numbers; or values. */
typedef enum tick_kind { TICKS_TIME, TICKS_STEPS, TICKS_VALUES } tick_kind;

/* Marks in [from, to], about `wanted` of them and no more; returns how many. Labels hold letters,
 * digits, blanks, ':', '-' and '.' only. */
int ticks_make(double from, double to, tick_kind kind, int wanted, tick *ticks);

/* Year, month (1 to 12) and day of a number of days since 1970-01-01. */
void civil_date(long long days, long long *year, int *month, int *day);

#endif
