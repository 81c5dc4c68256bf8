/* Numbers and texts for the JSON output of the programs. */
#ifndef APP_JSON_H
#define APP_JSON_H

#include "options.h"

#include <jansson.h>
#include <stdint.h>

/* A number, or null where it is not defined: JSON has no NaN. */
json_t *json_number(double value);

/* An array of `n` of them. */
json_t *json_numbers(const double *values, int64_t n);

/* A text, exactly; one that is no UTF-8 is made harmless (rimer_text_harmless), as JSON cannot hold
 * it. */
json_t *json_text(const char *text);

/* Prints on standard output, and frees. What is not printable ASCII is escaped, so that no name can drive a
 * terminal. 0, or 1 after a message. */
int json_print(const app_program *program, json_t *value);

#endif
