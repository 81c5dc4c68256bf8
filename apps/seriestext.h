/* How a dataset is told of in reports. */
#ifndef APP_SERIESTEXT_H
#define APP_SERIESTEXT_H

#include "rimer/rimer.h"

#include <stdio.h>

/* "1,234 steps", or "414 series, 700 to 960 steps"; returns `out`. */
char *text_series(const rimer_dataset *dataset, char *out, size_t size);

/* What was read, in a line or a few: what programs that train begin with. */
void print_data(const rimer_dataset *dataset, FILE *stream);

#endif
