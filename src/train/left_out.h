/* Which channels of which series can be learnt from. */
#ifndef RM_LEFT_OUT_H
#define RM_LEFT_OUT_H

#include "rimer/train.h"

/* taught[n_series][n_channels]: 1 if the series has a training window and the channel an observed
 * training step. RIMER_USAGE: split text. */
rimer_status rm_rows_taught(const rimer_dataset *dataset, const rimer_config *config,
                            char *taught);

/* Whether a row that is taught has a missing step in its training part. */
int rm_any_missing(const rimer_dataset *dataset, const rimer_config *config,
                   const char *taught);

#endif
