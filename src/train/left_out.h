/* Which channels of which series can be learnt from. */
#ifndef RM_LEFT_OUT_H
#define RM_LEFT_OUT_H

#include "rimer/train.h"

/* taught[series][channel]: 1 if the series has a training window and the channel an observed
 * training step. Caller frees. RIMER_USAGE: split text. RIMER_NO_MEMORY. */
rimer_status rm_rows_taught(const rimer_dataset *dataset, const rimer_config *config,
                            char **taught);

#endif
