/* JSON that may come from a stranger. */
#ifndef RM_JSON_TEXT_H
#define RM_JSON_TEXT_H

#include "base/error.h"

#include <jansson.h>
#include <stddef.h>

/* Values in one text at most: a byte or two can cost 200 bytes of memory. */
#define RM_JSON_VALUES_MAX 1000000

/* Parses `size` bytes; a key that stands twice is refused. RIMER_USAGE with the sentence "NAME:LINE:
 * not valid JSON: why", RIMER_NO_MEMORY. */
rimer_status rm_json_parse(const char *text, size_t size, const char *name, json_t **out);

/* A text as JSON; "?" for one that is not UTF-8, which JSON cannot hold. NULL: out of memory. */
json_t *rm_json_string(const char *text);

/* json_dumps that tells of every failure: jansson goes on without a key for which it had no memory.
 * Free with free(). NULL: out of memory, or `value` is NULL. */
char *rm_json_dump(const json_t *value, size_t flags);

#endif
