#include "base/json_text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define WORD_MAX 64 /* of a number: doubles need 24 */

/* ------------------------------------------------------------------------ before parsing */

/* What a text would cost, without reading it as JSON. */
typedef struct survey {
    size_t n_values; /* every one but the first follows a comma or an opening bracket */
    size_t longest;  /* of what stands outside of strings, between blanks and marks */
} survey;

static int ends_word(char c) {
    return c == ',' || c == ':' || c == '[' || c == ']' || c == '{' || c == '}' || c == ' ' ||
           c == '\t' || c == '\n' || c == '\r' || c == '"';
}

static survey look_over(const char *text, size_t size) {
    survey seen = {1, 0};
    size_t word = 0;
    int inside = 0; /* a string */
    for (size_t i = 0; i < size; i++) {
        char c = text[i];
        word = inside || ends_word(c) ? 0 : word + 1;
        seen.longest = word > seen.longest ? word : seen.longest;
        if (c == '"')
            inside = !inside;
        else if (inside)
            i += c == '\\'; /* what it escapes */
        else
            seen.n_values += c == ',' || c == '[' || c == '{';
    }
    return seen;
}

/* ------------------------------------------------------------------------------- parsing */

/* When memory runs out, jansson's lexer goes on without the byte that it could not keep, which makes
 * another text of it, and aborts if that byte is the one behind a number. So bytes come one a call,
 * and none after errno has told of it; and the text is the second value of an array whose first is
 * a string longer than any number, for which the lexer has made its buffer large enough. */
typedef struct feed {
    const char *text;
    size_t at, size;
    int starved; /* out of memory was seen */
} feed;

static const char before[] =
    "[\"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
    "0123456789abcdef\",";
#define BEFORE (sizeof before - 1)

static size_t feed_byte(void *buffer, size_t size, void *arg) {
    feed *from = arg;
    from->starved |= errno == ENOMEM;
    if (from->starved || size == 0 || from->at > BEFORE + from->size)
        return 0;
    size_t at = from->at++;
    *(char *)buffer = at < BEFORE                ? before[at]
                      : at < BEFORE + from->size ? from->text[at - BEFORE]
                                                 : ']';
    return 1;
}

/* Whether what jansson complains of is our own bracket at the end. */
static int ended(const feed *from, const char *complaint) {
    size_t length = strlen(complaint);
    return from->at > BEFORE + from->size &&
           (strncmp(complaint, "premature", 9) == 0 ||
            (length > 3 && strcmp(complaint + length - 3, "']'") == 0));
}

static rimer_status unwrap(json_t *pair, const char *name, json_t **out) {
    *out = json_incref(json_array_get(pair, 1));
    size_t n = json_array_size(pair);
    json_decref(pair);
    if (n == 2)
        return RIMER_OK;
    json_decref(*out);
    *out = NULL;
    RM_FAIL(USAGE, "%s: not valid JSON: it holds more than one value", name);
}

rimer_status rm_json_parse(const char *text, size_t size, const char *name, json_t **out) {
    json_error_t error;
    feed from = {.text = text, .size = size};
    survey seen = look_over(text, size);
    if (seen.n_values > RM_JSON_VALUES_MAX)
        RM_FAIL(USAGE, "%s: more than %d values in one JSON text", name, RM_JSON_VALUES_MAX);
    if (seen.longest > WORD_MAX)
        RM_FAIL(USAGE, "%s: not valid JSON: a number or word of %zu characters", name,
                seen.longest);
    errno = 0;
    json_t *pair = json_load_callback(feed_byte, &from, JSON_REJECT_DUPLICATES, &error);
    if (from.starved || errno == ENOMEM) {
        json_decref(pair);
        RM_FAIL(NO_MEMORY, "%s: out of memory for its JSON", name);
    }
    if (!pair)
        RM_FAIL(USAGE, "%s:%d: not valid JSON: %s", name, error.line,
                ended(&from, error.text) ? "it ends too early" : error.text);
    return unwrap(pair, name, out);
}

/* ------------------------------------------------------------------------------- writing */

json_t *rm_json_string(const char *text) {
    errno = 0;
    json_t *value = json_string(text);
    return value || errno == ENOMEM ? value : json_string("?");
}

char *rm_json_dump(const json_t *value, size_t flags) {
    errno = 0;
    char *text = json_dumps(value, flags);
    if (errno != ENOMEM)
        return text;
    free(text);
    return NULL;
}
