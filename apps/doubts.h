/* What rimer-info doubts of data and what would be made of it wrongly, in silence, is told of wherever they
 * are used. */
#ifndef APP_DOUBTS_H
#define APP_DOUBTS_H

#include "options.h"

/* A notice for each of the first few values that look like codes for "missing", and one if values are too
 * coarse. */
void doubts_tell(const app_program *program, const rimer_dataset *dataset);

/* A notice of series that end before the others, if these are at least half: a forecast of what is over
 * looks like any other. */
void doubts_tell_ends(const app_program *program, const rimer_dataset *dataset);

#endif
