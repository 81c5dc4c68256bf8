/* Numbers for the JSON output of the programs. */
#ifndef APP_JSON_H
#define APP_JSON_H

#include <jansson.h>
#include <stdint.h>
#include <stdio.h>

/* A number, or null where it is not defined: JSON has no NaN. */
json_t *json_number(double value);

/* An array of `n` of them. */
json_t *json_numbers(const double *values, int64_t n);

/* A text; broken UTF-8 and control characters are replaced. */
json_t *json_text(const char *text);

/* Prints with indentation and a line end, and frees. Returns 0 if that failed. */
int json_print(json_t *value, FILE *stream);

#endif
