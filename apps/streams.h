/* Standard streams and limits that a program may be started with. */
#ifndef APP_STREAMS_H
#define APP_STREAMS_H

#include "options.h"

/* Before anything else: standard streams that are closed are opened on nothing, so that no file
 * gets their numbers and what is said does not end up in it; a file that grows beyond its limit
 * is a failed write, not the end of the program. */
void streams_prepare(void);

/* Flushes standard output. `code`, or 1 after a message if not all could be written. */
int streams_finish(const app_program *program, int code);

#endif
