/* Settings that come from the environment: RIMER_ and the key in capitals. */
#ifndef APP_ENVIRONMENT_H
#define APP_ENVIRONMENT_H

#include "options.h"

#define ENVIRONMENT_NAME_SIZE 80

/* "context_len" -> "RIMER_CONTEXT_LEN". Returns `name`. */
char *environment_name(const char *key, char name[ENVIRONMENT_NAME_SIZE]);

/* Says of each variable RIMER_... that no program reads what it may have been meant to be. No
 * failure: the name may be another program's. */
void environment_tell_unknown(const app_program *program);

#endif
