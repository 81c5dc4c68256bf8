/* What rimer-info finds in data, before it is printed or becomes JSON. */
#ifndef APP_DATALOOK_H
#define APP_DATALOOK_H

#include "rimer/rimer.h"

enum { LOOK_SEASONS_MAX = 4, LOOK_NOTICE_SIZE = 1024, LOOK_NOTICES_MAX = 16 };

typedef struct season_list {
    int n;
    int64_t steps[LOOK_SEASONS_MAX]; /* likeliest first */
} season_list;

/* One channel, of one series or pooled over all: `survey` has the sum of the counts, and the
 * longest stretches with the series that they are in. */
typedef struct channel_look {
    rimer_survey survey;
    int64_t first_missing_series, hole_series, frozen_series;
    int64_t frozen_share_of; /* steps of the series with the frozen stretch */
    season_list seasons;     /* of a dataset with one series */
} channel_look;

typedef struct series_look {
    int64_t index;
    int64_t n_steps, n_missing, longest_hole, frozen; /* over its channels */
    int64_t first_missing;                            /* step; -1: none */
    int n_constant, n_empty;                          /* channels */
    double weight;                                    /* how much there is to say; 0: nothing */
} series_look;

typedef struct data_look {
    const rimer_dataset *dataset;
    rimer_read_notes notes;
    int64_t n_series, n_channels, n_values;
    int64_t shortest, median, longest; /* steps of a series */
    int64_t first, last;               /* times, over all series */
    season_list seasons;
    int can_train;
    rimer_config config; /* that rimer-train would choose */
    char refusal[1024];
    rimer_survey *surveys; /* [n_series][n_channels] */
    channel_look *channels;
    series_look *series; /* in the order of the dataset */
    int n_notices;
    char notices[LOOK_NOTICES_MAX][LOOK_NOTICE_SIZE]; /* sentences; not harmless yet */
} data_look;

/* 0 if there is no memory. */
int look_make(data_look *look, const rimer_dataset *dataset);
void look_free(data_look *look);

/* At least a day's worth of one value, and more than a hundredth of the series; or all of it. */
int look_is_frozen(const rimer_survey *survey, int64_t n_steps);
int look_is_constant(const rimer_survey *survey);

/* Whether values are so large beside how far they range that rounding them to float leaves steps: a
 * meter's count, say. LOOK_COARSE says what to do. */
int look_is_coarse(const rimer_survey *survey);
#define LOOK_COARSE                                                                          \
    "values are held with 24 bits, about 7 digits, which is coarse beside how little these " \
    "change: subtract what they have in common"

/* Whether values look like numbers of which some had a mark between their thousands, and that was
 * read as a decimal mark. LOOK_GROUPED says what to do. */
int look_is_grouped(const float *values, int64_t n);
#define LOOK_GROUPED                                                                          \
    "whole numbers up to 999 stand beside numbers with three decimals, as if a mark between " \
    "thousands were read as a decimal mark: if so, name the other one in --decimal"

/* Whether the first of several channels rises with each row of a table without times. LOOK_RISING
 * says what to do. */
int look_is_rising(const rimer_dataset *dataset);
#define LOOK_RISING                                                                       \
    "rises with each row of a table without times, and is read as a channel: if it is a " \
    "time, "                                                                              \
    "say --time-col, and --time-format if need be, else leave it out with --channels"

/* Of numbered steps; the format follows. */
#define LOOK_SINCE_1970                                                                       \
    "the steps are numbered by what looks like times since 1970, and go on as plain numbers " \
    "without hours and days: use --time-format "

/* Time of a step as the file spells it; "" for step -1. */
void look_time(const data_look *look, int64_t series, int64_t step, char *text, size_t size);

/* A suspected code as it stood in the file, likely; `size` of 32 is enough. */
void look_code(double code, char *text, size_t size);

/* Fills the notices: apps/datanotices.c. */
void look_notice(data_look *look);

#endif
