/* rimer-forecast --follow: rows as they come. */
#ifndef APP_FOLLOWROWS_H
#define APP_FOLLOWROWS_H

#include "options.h"

/* Follows the table that the settings name until it ends or a signal comes; its hooks are set
 * here. Exit code, after a message if it is not 0. */
int follow_rows(const app_program *program, const rimer_model *model,
                rimer_follow_settings *settings);

#endif
