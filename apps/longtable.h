/* Long tables (unique_id, ds, values) turned wide, so that the library's reader can read them. */
#ifndef APP_LONGTABLE_H
#define APP_LONGTABLE_H

#include "options.h"

/* Reads a forecast in either form; "-" is standard input. -1, or the exit code after a message. */
int forecast_read(const app_program *program, const char *path,
                  const rimer_read_options *options, rimer_dataset **out);

#endif
