/* The files of a run: the model, and beside it while training runs where it stands and the best
 * model so far. Whatever the instant at which a run is killed, each is whole, and the run can go
 * on from the newest. */
#ifndef RM_RUN_FILES_H
#define RM_RUN_FILES_H

#include "rimer/train.h"
#include "rimer/writefile.h"
#include "train/run_key.h"
#include "train/train_state.h"

typedef struct rm_run_files {
    rimer_writelock lock;       /* of the model */
    char *model, *state, *best; /* NULL: the run keeps no files */
    const rm_run_key *key;      /* borrowed */
    int force;
    double seconds;        /* between saves; 0: never by time */
    int64_t steps;         /* between saves; 0: never by steps */
    double saved_at, cost; /* of the last save: when, and the seconds that it took */
    int64_t saved_step;
    int64_t best_epoch; /* whose weights `best` holds; -1: not known */
} rm_run_files;

typedef enum rm_run_start { RM_RUN_BEGINS, RM_RUN_GOES_ON, RM_RUN_IS_DONE } rm_run_start;

/* Whether a file is a model of this very run, and whole. RIMER_NO_MEMORY. */
rimer_status rm_run_files_has_model(const char *path, const rm_run_key *key, int *has);

/* Looks at what is there (hooks->model_path, resume, force), and removes what a run that begins
 * anew will replace. `config` tells when to save. RIMER_USAGE: files of another run, or of one that
 * could go on, stand in the way. RIMER_IO: a run that goes on at this time writes them. */
rimer_status rm_run_files_open(rm_run_files *files, const rimer_train_hooks *hooks,
                               const rimer_config *config, const rm_run_key *key,
                               rm_run_start *start);
void rm_run_files_free(rm_run_files *files);

/* Whether it is time to save, `step` being done. */
int rm_run_files_due(const rm_run_files *files, int64_t step);

/* Writes the state, and the best model if that is a newer one than in its file: `model` with the
 * state's best weights and the record that it has. Nothing without files. */
rimer_status rm_run_files_save(rm_run_files *files, const rm_train_state *state,
                               const rimer_model *model);

/* Writes the model that a refit takes its settings from as the best model, which stays as it is while
 * that goes on. Nothing without files. */
rimer_status rm_run_files_choose(rm_run_files *files, const rimer_model *model);

/* Writes the finished model and removes the others. If another run wrote a model under that name
 * meanwhile, RIMER_USAGE, with this run's state saved. Nothing without files. */
rimer_status rm_run_files_end(rm_run_files *files, const rm_train_state *state,
                              const rimer_model *model);

#endif
