/* What makes a run: equal keys end with equal bits (on the same build, rimer_build_text). The key is
 * kept in the training state and in the model, so that a run never goes on with, or writes over,
 * what belongs to another. */
#ifndef RM_RUN_KEY_H
#define RM_RUN_KEY_H

#include "model/model_inside.h"

#include <jansson.h>

typedef struct rm_run_key {
    rimer_config config; /* stripped */
    char data[24];       /* fingerprint */
    char device[8];      /* "cuda", "" for the processor */
    char init[24];       /* of the weights that it starts from; "" for random ones */
} rm_run_key;

/* Sets what never changes the bits (threads, when to save), and the device, which the key has
 * beside the settings, to its default. */
void rm_run_strip(rimer_config *config);

/* Takes from `whole` what that left at its default. */
void rm_run_unstrip(rimer_config *config, const rimer_config *whole);

/* `init` may be NULL. */
rm_run_key rm_run_key_make(const rimer_config *config, const rimer_dataset *dataset,
                           const rimer_model *init);

/* Puts the texts config, fingerprint and init into a state's metadata. RIMER_NO_MEMORY. */
rimer_status rm_run_key_put(const rm_run_key *key, json_t *metadata);

#define RM_DIFFERENCE_SIZE 640

/* How `metadata` of a state or model tell of another run ("lr is 0.001 there, 0.002 here"), "" if it
 * is this one. A setting that is still "auto" here is the same as any. RIMER_NO_MEMORY. */
rimer_status rm_run_key_compare(const rm_run_key *key, const json_t *metadata,
                                char difference[RM_DIFFERENCE_SIZE]);

#endif
