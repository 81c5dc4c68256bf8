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

/* Puts a stranger's text as `key`: "..."; one that is not UTF-8, which JSON cannot hold, as
 * `key`_hex: the digits of its bytes, so that no text looks like another. Nonzero: out of memory. */
int rm_json_put_text(json_t *object, const char *key, const char *text);

/* Copies the text that stands in one of these two ways (caller frees); *out is NULL if neither is
 * there, or not as it was written. RIMER_NO_MEMORY. */
rimer_status rm_json_get_text(const json_t *object, const char *key, char **out);

/* json_dumps that tells of every failure: jansson goes on without a key for which it had no memory.
 * Free with free(). NULL: out of memory, or `value` is NULL. */
char *rm_json_dump(const json_t *value, size_t flags);

#endif
