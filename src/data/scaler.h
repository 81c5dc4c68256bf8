/* Scalers: an affine map, after log1p if wanted, for every channel of every series, fitted on
 * training steps only. */
#ifndef RM_SCALER_H
#define RM_SCALER_H

#include "rimer/dataset.h"

#include <math.h>

/* How one row is mapped: scaled = (value - loc) / scale, or (log1p(value) - loc) / scale. */
typedef struct rm_scale {
    double loc, scale;
    int log1p;
} rm_scale;

static inline double rm_scale_apply(rm_scale scale, double value) {
    return ((scale.log1p ? log1p(value) : value) - scale.loc) / scale.scale;
}

static inline double rm_scale_undo(rm_scale scale, double scaled) {
    double value = scaled * scale.scale + scale.loc;
    return scale.log1p ? expm1(value) : value;
}

/* What is fitted: RIMER_SCALER_..., and whether of log1p(value). */
typedef struct rm_scaling {
    int kind, log1p;
} rm_scaling;

/* Fits the observed ones of `values`. A constant has its value as loc and scale 1; if none is
 * observed, or with RIMER_SCALER_NONE, loc is 0 and scale 1. With log1p the values must have
 * passed rm_log1p_check. RIMER_NO_MEMORY. */
rimer_status rm_scale_fit(rm_scale *out, rm_scaling how, const float *values, int64_t n);

/* Position of the first value that log1p cannot take (-1 or less); -1: none. */
int64_t rm_log1p_refuses(const float *values, int64_t n);

/* "series "a", column "b"" for messages; the only series of a table has no name of its own. */
#define RM_LABEL_SIZE 512
const char *rm_row_label(const rimer_dataset *dataset, int64_t series, int64_t channel,
                         char out[RM_LABEL_SIZE]);

/* RIMER_DATA, with dataset, series, column and value, if log1p cannot take one of `values` of this
 * channel. */
rimer_status rm_log1p_check(const rimer_dataset *dataset, int64_t series, int64_t channel,
                            const float *values, int64_t n);

typedef struct rm_scaler {
    int64_t n_series, n_channels;
    double *loc, *scale; /* [n_series][n_channels] */
    int log1p;
    /* [n_series][n_channels] 1: none of the steps that it was to be fitted to is observed; NULL: every
     * channel has one that is */
    char *unseen;
} rm_scaler;

/* loc 0, scale 1. */
rimer_status rm_scaler_identity(rm_scaler *scaler, int64_t n_series, int64_t n_channels);

/* Mean and population deviation over the observed training steps of every series, in double (two
 * passes), as the evaluation protocol wants them. A series that the split does not fit has loc 0
 * and scale 1. */
rimer_status rm_scaler_fit(rm_scaler *scaler, const rimer_dataset *dataset, const char *split);

/* The same for any kind. With log1p all steps of training and validation part must be above -1:
 * RIMER_DATA, see rm_log1p_check. */
rimer_status rm_scaler_fit_as(rm_scaler *scaler, const rimer_dataset *dataset,
                              const char *split, rm_scaling how);

int rm_any_observed(const float *values, int64_t n);

/* Whether a channel has no scale, as its training part has steps, and none is observed. */
int rm_scaler_is_unseen(const rm_scaler *scaler, int64_t series, int64_t channel);

rm_scale rm_scaler_at(const rm_scaler *scaler, int64_t series, int64_t channel);

void rm_scaler_free(rm_scaler *scaler);

#endif
