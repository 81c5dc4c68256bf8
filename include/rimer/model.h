/* Models: configuration, weights and all else that a forecast needs, in one safetensors file.
 * */
#ifndef RIMER_MODEL_H
#define RIMER_MODEL_H

#include "rimer/dataset.h"
#include "rimer/levels.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Weights: read-only in use, shareable between threads. */
typedef struct rimer_model rimer_model;

/* A freshly initialised model (E12) for `config`, whose context_len, patch_len, horizon and
 * output_len must be set. Its scaler is the identity. RIMER_USAGE: rimer_config_check.
 * RIMER_NO_MEMORY. */
RIMER_API rimer_status rimer_model_create(const rimer_config *config, rimer_model **out);

/* Reads a model. RIMER_IO: cannot be read. RIMER_MODEL: not a Rimer model, damaged, with
 * missing, unexpected or misshaped tensors (all named in one sentence), or asking for more
 * memory than this machine has for a forecast (docs/files.md). RIMER_NO_MEMORY. */
RIMER_API rimer_status rimer_model_load(const char *path, rimer_model **out);

/* Writes aside and renames. RIMER_IO. RIMER_NO_MEMORY. RIMER_FAILED: more names than a file
 * holds. Same model, same bytes. */
RIMER_API rimer_status rimer_model_save(const rimer_model *model, const char *path);

RIMER_API void rimer_model_free(rimer_model *model);

RIMER_API const rimer_config *rimer_model_config(const rimer_model *model);

/* Levels of the quantiles that it forecasts, between which others can be had; 0.5 alone:
 * points. */
RIMER_API rimer_levels rimer_model_levels(const rimer_model *model);

/* Leaves out what conformal calibration measured from all later forecasts of this model: they
 * are the network's own then, at its own levels. Nothing for a model without. */
RIMER_API void rimer_model_drop_conformal(rimer_model *model);

/* Number of trained values; what was fitted (origin "linear", conformal) is counted too. */
RIMER_API int64_t rimer_model_n_parameters(const rimer_model *model);

typedef struct rimer_parameter {
    const char *name;
    int64_t shape[2]; /* shape[1] is 0 for a vector */
    int64_t count;
    const char *group; /* matrix, decay, plain or fitted: docs/model.md */
} rimer_parameter;

RIMER_API int64_t rimer_model_n_tensors(const rimer_model *model);
RIMER_API rimer_parameter rimer_model_tensor(const rimer_model *model, int64_t index);

/* One channel of the scaler: scaled = (value - loc) / scale, of log1p(value) with log1p. A
 * model that was trained on several series holds none: each had its own. */
typedef struct rimer_channel {
    const char *name;
    double loc, scale;
} rimer_channel;

RIMER_API int64_t rimer_model_n_channels(const rimer_model *model);
RIMER_API rimer_channel rimer_model_channel(const rimer_model *model, int64_t index);
/* The index of the channel of this name (may be NULL); -1, RIMER_CHANNEL_NONE: there is none. */
RIMER_API int64_t rimer_model_channel_of(const rimer_model *model, const char *name);

/* Facts that the file carries beside config and scaler, as text: "frequency", "season",
 * "fingerprint", "data", "version", "record" (JSON of the training run); "" if not there. */
RIMER_API const char *rimer_model_fact(const rimer_model *model, const char *key);

#ifdef __cplusplus
}
#endif
#endif
