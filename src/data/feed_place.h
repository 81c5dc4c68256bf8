/* Where a feed stands in its stream, as the text that a state keeps. */
#ifndef RM_FEED_PLACE_H
#define RM_FEED_PLACE_H

#include "data/frequency.h"

typedef struct rm_place {
    rm_time_kind kind;
    bool has_time, knows_steps;
    int64_t time;           /* the newest */
    rm_frequency frequency; /* what a step is */
    const char *open;       /* text of the step to which rows still come; NULL: there is none */
} rm_place;

/* The caller frees *text; `behind` stands behind it, and is taken off again before it is read.
 * RIMER_NO_MEMORY. */
rimer_status rm_place_write(const rm_place *place, const char *behind, char **text);

/* `open` borrows from the text. RIMER_MODEL: no place. */
rimer_status rm_place_read(const char *text, rm_place *place);

/* What a place says, without the text of its stream, whose spelling it does not hold: the newest
 * time in the manner of ISO 8601 ("" where rows have none) and how far steps are apart ("" while
 * that is not known). */
void rm_place_shown(const rm_place *place, char *time, size_t time_size, char *frequency,
                    size_t frequency_size);

#endif
