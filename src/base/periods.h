/* Periods of seasons in steps, as the setting `phase` lists them. */
#ifndef RM_PERIODS_H
#define RM_PERIODS_H

#include "base/error.h"
#include "rimer/config.h"

#define RM_PERIODS_MAX 4

typedef struct rm_periods {
    int n;
    double at[RM_PERIODS_MAX];
} rm_periods;

/* Reads "48,336" or "365.25", all different. RIMER_USAGE: not a number of steps from 2 to 1e9,
 * one twice, more than RM_PERIODS_MAX. */
rimer_status rm_periods_read(rm_periods *periods, const char *text);

int rm_periods_are_same(const rm_periods *a, const rm_periods *b);

/* A text that is read back as the same periods. */
void rm_periods_text(const rm_periods *periods, char text[RIMER_TEXT_SIZE]);

#endif
