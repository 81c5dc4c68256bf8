/* The trials of a search and their CSV, a line a trial, which is all that a search remembers. */
#ifndef APP_TRIALS_H
#define APP_TRIALS_H

#include "growing.h"

typedef enum trial_outcome { TRIAL_DONE, TRIAL_STOPPED, TRIAL_REFUSED } trial_outcome;

typedef struct trial {
    trial_outcome outcome;
    int64_t epochs, best_epoch; /* run; the one with the scores below. Of folds: added up */
    double val_crps;            /* NaN for points */
    double val_mse, val_mae;    /* of folds: the means of their tests */
    double seconds;
    int64_t n_curve;
    double *curve; /* [n_curve] the error that ranks, of the fresh model and of each epoch, as
                      written; of folds: the mean after each */
    char *reason;  /* why it was refused; NULL: it was not */
} trial;

typedef struct trial_list {
    const app_program *program;
    const rimer_space *space;
    const rimer_config *base; /* settings of all trials, but for those of the space */
    int is_random;            /* draws by base->seed in the place of points of the grid */
    int64_t n_possible;       /* of the grid */
    int64_t folds;            /* of the split, on each of which a trial is trained; 0: none */
    char data[24];            /* fingerprint */
    char *fixed;              /* what of `base` is not a default */
    int by_crps; /* trials are ranked by CRPS, as rimer_train keeps the epochs of all of them; 0: by
                    MSE, which all have */
    growing_file file;
    int64_t n, capacity;
    trial *items;
} trial_list;

/* Opens the CSV of a list whose members up to `data` are set. To `resume` its
 * trials are read, and those of another search refused; a line that lacks its end is dropped.
 * Otherwise it begins anew. -1, or the exit code after a message. */
int trials_open(trial_list *list, const char *path, int resume);

/* -1, or the exit code after a message. Frees all. */
int trials_close(trial_list *list);

/* The settings of any trial, counted from 0. */
void trials_config(const trial_list *list, int64_t index, rimer_config *config);

/* Makes `config` that of a fold, counted from 1. 0: the name of the split is too long. */
int trials_fold(const trial_list *list, int64_t fold, rimer_config *config);

/* "lr=0.002 width=64": what is searched. Returns `out`. */
char *trials_settings(const trial_list *list, int64_t index, char *out, size_t size);

/* The earlier trial with the settings of this one; -1 if there is none. */
int64_t trials_twin(const trial_list *list, int64_t index);

/* An epoch or a fold ended. 0: out of memory. */
int trial_add_point(trial *one, double error);

/* It was trained to an end, or was stopped. */
void trial_end(trial *one, trial_outcome outcome, const rimer_train_report *report);

/* What it is ranked by. */
double trial_error(const trial_list *list, const trial *one);

/* It could not be trained. 0: out of memory. */
int trial_refuse(trial *one, const char *reason);

/* The median stopping rule (Golovin et al. 2017, section 3.2.2, with best errors in the place of
 * running means): whether the best error of a trial so far is above the median of what the trials
 * before had as their best by then, of five at least. One that ended before counts with its best.
 * With folds it is the rule itself, with the mean over the folds so far. */
int trials_are_better(const trial_list *list, const trial *now);

/* Adds a trial that ended to list and file, and takes what it holds. -1, or the exit code after a
 * message. */
int trials_add(trial_list *list, trial *ended);

/* The best trial after `after` in the order of errors, -1 for the first; -1 if there is none. One
 * that was stopped between folds has a mean over fewer of them, and is not among them. */
int64_t trials_next_best(const trial_list *list, int64_t after);

/* Frees what a trial holds that was not added. */
void trial_forget(trial *one);

#endif
