/* One trial of a search: trained on the split, or once on each of its folds, and judged on the
 * way. */
#ifndef APP_TRIALRUN_H
#define APP_TRIALRUN_H

#include "progress.h"
#include "trials.h"

/* Why a trial is to stop. */
typedef enum run_stop { RUN_GOES_ON, RUN_BAD, RUN_LATE, RUN_ASKED, RUN_STARVED } run_stop;

typedef struct trial_run {
    const rimer_dataset *dataset;
    const trial_list *trials; /* those before this one */
    int64_t n_trials;         /* to be run in all */
    int no_stop;              /* train every trial to its end */
    int whole;                /* this is the best once more, and is not judged */
    double deadline;          /* by seconds_now; infinite: none */
    double drawn;             /* when the bar of a scoring was */
    train_progress progress;
    trial now; /* its curve so far */
    run_stop stop;
} trial_run;

/* On a clock that is never set. */
double seconds_now(void);

/* Runs the trial behind those of the list. *model stays NULL where there are folds, of which each
 * had a model of its own. `report` adds up their epochs, its errors are the means over those that
 * ended. RIMER_INTERRUPTED: `stop` tells why. */
rimer_status trial_run_next(trial_run *run, rimer_model **model, rimer_train_report *report);

/* Trains once with the settings of trial `index` on the split itself. RIMER_INTERRUPTED: `stop`
 * tells why. */
rimer_status trial_run_whole(trial_run *run, int64_t index, rimer_model **model);

#endif
