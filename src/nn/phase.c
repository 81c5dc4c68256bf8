#include "nn/phase.h"

#include <math.h>

#define HARMONICS 4
#define TURN 6.283185307179586

/* A step apart, no wave is faster than half a turn. */
static int harmonics_of(double period) {
    return period < 2 * HARMONICS ? (int)(period / 2) : HARMONICS;
}

int64_t rm_phase_features(const rm_periods *periods) {
    int64_t n = 0;
    for (int i = 0; i < periods->n; i++)
        n += 2 * (int64_t)harmonics_of(periods->at[i]);
    return n;
}

/* The remainder is exact, so that a step of the far future has as good a phase as the first; each
 * harmonic is the one before turned on by the first. */
void rm_phase_fill(const rm_periods *periods, int64_t position, rm_real *out) {
    for (int i = 0; i < periods->n; i++) {
        double period = periods->at[i];
        double angle = TURN * fmod((double)position, period) / period;
        double c1 = cos(angle), s1 = sin(angle), c = c1, s = s1;
        for (int k = harmonics_of(period); k > 0; k--) {
            *out++ = (rm_real)c;
            *out++ = (rm_real)s;
            double turned = c * c1 - s * s1;
            s = s * c1 + c * s1;
            c = turned;
        }
    }
}
