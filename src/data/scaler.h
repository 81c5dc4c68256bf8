/* Per-channel standardisation, fitted on training steps only. */
#ifndef RM_SCALER_H
#define RM_SCALER_H

#include "rimer/dataset.h"

typedef struct rm_scaler {
    int64_t n_channels;
    double *loc, *scale; /* [n_channels]; standardised = (value - loc) / scale */
} rm_scaler;

/* loc 0, scale 1. */
rimer_status rm_scaler_identity(rm_scaler *scaler, int64_t n_channels);

/* Mean and population deviation over the observed training steps of all series, in double (two
 * passes). A constant channel gets scale 1; one without an observed step loc 0, scale 1. */
rimer_status rm_scaler_fit(rm_scaler *scaler, const rimer_dataset *dataset, const char *split);

void rm_scaler_free(rm_scaler *scaler);

#endif
