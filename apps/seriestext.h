/* How a dataset's series are named in reports. */
#ifndef APP_SERIESTEXT_H
#define APP_SERIESTEXT_H

#include "rimer/rimer.h"

/* "1,234 steps", or "414 series, 700 to 960 steps"; returns `out`. */
char *text_series(const rimer_dataset *dataset, char *out, size_t size);

#endif
