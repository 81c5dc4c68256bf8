/* The inside of a rimer_model. */
#ifndef RM_MODEL_INSIDE_H
#define RM_MODEL_INSIDE_H

#include "base/labels.h"
#include "data/scaler.h"
#include "kernels/device_kernels.h"
#include "model/network.h"
#include "rimer/model.h"

#include <jansson.h>

struct rimer_model {
    rimer_config config; /* complete: no length is 0, mask is on or off */
    rm_network network;
    rm_network twin;  /* the same that is not told moments; without parameters: there is none */
    rm_real *values;  /* [rm_model_total] of the network, and behind them of the twin */
    rm_scaler scaler; /* of one series, n_channels 0 if there were several */
    char **channel_names;        /* [scaler.n_channels] */
    rm_named *by_name;           /* the same, sorted */
    json_t *facts;               /* object of strings, which need not be UTF-8 */
    char device[RM_DEVICE_SIZE]; /* of sessions that are opened from now on */
    int plain; /* 1: not corrected by conformal.offset, which was not measured, or dropped */
};

/* Elements of both networks' blocks. */
int64_t rm_model_total(const rimer_model *model);

/* One of the two, `twin` 0 or 1, as a model of its own that borrows all it has. Of a model without a twin:
 * itself. */
rimer_model rm_model_part(const rimer_model *model, int twin);

int rm_model_has_twin(const rimer_model *model);

/* The model's tensor of that index, and where its elements begin in the model's values. */
typedef struct rm_model_tensor {
    const rm_param *param;
    int64_t at;
} rm_model_tensor;
rm_model_tensor rm_model_tensor_at(const rimer_model *model, int64_t index);

/* Of that name; without param: there is none. */
rm_model_tensor rm_model_tensor_find(const rimer_model *model, const char *name);

/* Builds the networks of a complete, checked configuration; to be freed either way. */
rimer_status rm_model_build(rimer_model *model, const rimer_config *config);

/* As rimer_model_create, but with all values 0, for whoever fills them at once. */
rimer_status rm_model_create_empty(const rimer_config *config, rimer_model **out);

/* A copy of a model for that many channels with maps of their own, which are 0 yet; or, with 0, for none.
 * Channels and facts are taken along. */
rimer_status rm_model_with_own(const rimer_model *model, int64_t own_channels,
                               rimer_model **out);

/* Whether it runs elsewhere than on the processor. */
int rm_model_on_device(const rimer_model *model);

/* Bytes that a session takes at most, however many rows it is made for. RIMER_NO_MEMORY. */
rimer_status rm_session_measure(const rimer_model *model, size_t *bytes);

/* Takes names from the dataset and a copy of the scaler; nothing if there are several series.
 * */
rimer_status rm_model_set_channels(rimer_model *model, const rimer_dataset *dataset,
                                   const rm_scaler *scaler);

/* Once all channel_names are there, for rimer_model_channel_of. RIMER_NO_MEMORY. */
rimer_status rm_model_sort_channels(rimer_model *model);

/* Whether forecasts depend on the scale in which a row is read. */
int rm_model_is_told_scale(const rimer_model *model);

/* The scale in which the model reads a row: its own for a channel of this name (may be NULL),
 * else one fitted to the observed ones of `values`. RIMER_NO_MEMORY. */
rimer_status rm_model_scale(const rimer_model *model, const char *name, const float *values,
                            int64_t n, rm_scale *out);

/* The same of a channel of which n_steps are known up to `end`, and the last n are its context: where
 * the model is told of the scale all of them are fitted to, as in its training, else the context. */
rimer_status rm_model_scale_of(const rimer_model *model, const char *name, const float *end,
                               int64_t n, int64_t n_steps, rm_scale *out);

/* The frequency that data must have for the model, whose steps are counted in periods of `phase`; NULL:
 * any. Borrowed. */
const char *rm_model_frequency(const rimer_model *model);

/* RIMER_DATA: the data have another. */
rimer_status rm_frequency_check(const char *needed, const rimer_dataset *dataset);

rimer_status rm_model_set_fact(rimer_model *model, const char *key, const char *text);

#endif
