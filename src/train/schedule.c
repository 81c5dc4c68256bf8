#include "train/schedule.h"

#include "rimer/config.h"

#include <math.h>

#define PI 3.14159265358979323846
#define PLATEAU_FACTOR 0.1
#define PLATEAU_PATIENCE 5
#define PLATEAU_THRESHOLD 1e-4
#define PLATEAU_SMALLEST 1e-8 /* a drop below this is not worth making */

/* Share of the way from warm-up to the end, 0 to 1. */
static double progress(const rm_schedule *schedule, int64_t s) {
    double way = (double)(schedule->total - schedule->warmup);
    double share = way > 0 ? (double)(s - schedule->warmup) / way : 1;
    return share < 0 ? 0 : share > 1 ? 1 : share;
}

double rm_schedule_rate(const rm_schedule *schedule, int64_t s) {
    double peak = schedule->peak, end = schedule->end, warmup = (double)schedule->warmup;
    double cosine = end + (peak - end) / 2 * (1 + cos(PI * progress(schedule, s)));
    switch (schedule->kind) {
    case RIMER_SCHEDULE_PLATEAU:
        return peak;
    case RIMER_SCHEDULE_RWKV:
        return s < schedule->warmup ? cosine * (0.01 + 0.99 * (double)s / warmup) : cosine;
    default:
        return s < schedule->warmup ? peak * (double)(s + 1) / warmup : cosine;
    }
}

rm_plateau rm_plateau_begin(void) {
    return (rm_plateau){.factor = 1, .best = (double)INFINITY};
}

void rm_plateau_epoch(rm_plateau *plateau, double loss, double peak) {
    if (loss < plateau->best * (1 - PLATEAU_THRESHOLD)) {
        plateau->best = loss;
        plateau->bad_epochs = 0;
        return;
    }
    if (++plateau->bad_epochs <= PLATEAU_PATIENCE)
        return;
    double rate = peak * plateau->factor;
    if (rate - rate * PLATEAU_FACTOR > PLATEAU_SMALLEST)
        plateau->factor *= PLATEAU_FACTOR;
    plateau->bad_epochs = 0;
}
