/* Values that look like codes for "missing" are told of wherever data are used, not only by rimer-info:
 * what is made of them is wrong in silence. */
#ifndef APP_CODES_H
#define APP_CODES_H

#include "options.h"

/* A notice for each of the first few such codes of a dataset. */
void codes_tell(const app_program *program, const rimer_dataset *dataset);

#endif
