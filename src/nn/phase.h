/* Where in its seasons a step stands, as the network reads it (E3). */
#ifndef RM_PHASE_H
#define RM_PHASE_H

#include "base/periods.h"
#include "kernels/real.h"

#include <stdint.h>

/* Values that say it of one step: a cosine and a sine for each harmonic of each period. */
int64_t rm_phase_features(const rm_periods *periods);

/* Those of the step at `position` to out[rm_phase_features]. */
void rm_phase_fill(const rm_periods *periods, int64_t position, rm_real *out);

#endif
