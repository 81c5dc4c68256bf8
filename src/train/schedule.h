/* Learning rates over the steps of a run (golden README, Optimiser). */
#ifndef RM_SCHEDULE_H
#define RM_SCHEDULE_H

#include <stdint.h>

typedef struct rm_schedule {
    int kind; /* RIMER_SCHEDULE_... */
    double peak, end;
    int64_t warmup, total; /* steps */
} rm_schedule;

/* Rate of step s, counted from 0; of a plateau schedule the rate before any stall. */
double rm_schedule_rate(const rm_schedule *schedule, int64_t s);

/* Reduce on plateau: a tenth after more than 5 epochs in a row that do not improve on the best
 * loss by 1e-4 of it. */
typedef struct rm_plateau {
    double factor; /* on the schedule's rate; 1 at first */
    double best;   /* infinity at first */
    int64_t bad_epochs;
} rm_plateau;

rm_plateau rm_plateau_begin(void);
void rm_plateau_epoch(rm_plateau *plateau, double loss, double peak);

#endif
