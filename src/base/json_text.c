#include "base/json_text.h"

#include "base/array.h"

#include <errno.h>
#include <stdio.h>
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

#define HEX "_hex"
#define KEY_SIZE 64

static json_t *hex_of(const char *text) {
    static const char digits[] = "0123456789abcdef";
    size_t n = strlen(text);
    char *hex;
    if (rm_array_new(&hex, 2 * (int64_t)n + 1, 1) != RIMER_OK)
        return NULL;
    for (size_t i = 0; i < n; i++) {
        hex[2 * i] = digits[(unsigned char)text[i] >> 4];
        hex[2 * i + 1] = digits[(unsigned char)text[i] & 15];
    }
    json_t *value = json_string(hex);
    free(hex);
    return value;
}

int rm_json_put_text(json_t *object, const char *key, const char *text) {
    char own[KEY_SIZE];
    errno = 0;
    json_t *value = json_string(text);
    if (value || errno == ENOMEM)
        return json_object_set_new(object, key, value);
    snprintf(own, sizeof own, "%s" HEX, key);
    return json_object_set_new(object, own, hex_of(text));
}

static int digit_of(char c) {
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* 0: no pairs of digits, or a byte of zero, which would end the text. */
static int take_hex(char *text) {
    size_t n = strlen(text) / 2;
    int good = strlen(text) == 2 * n;
    for (size_t i = 0; good && i < n; i++) {
        int high = digit_of(text[2 * i]), low = digit_of(text[2 * i + 1]);
        good = high >= 0 && low >= 0 && high + low > 0;
        text[i] = (char)(good ? high << 4 | low : 0);
    }
    text[n] = '\0';
    return good;
}

rimer_status rm_json_get_text(const json_t *object, const char *key, char **out) {
    char own[KEY_SIZE];
    snprintf(own, sizeof own, "%s" HEX, key);
    const char *plain = json_string_value(json_object_get(object, key));
    const char *hex = json_string_value(json_object_get(object, own));
    char *text = NULL;
    if (plain || hex)
        RM_TRY(rm_string_copy(&text, plain ? plain : hex));
    if (text && !plain && !take_hex(text)) {
        free(text);
        text = NULL;
    }
    *out = text;
    return RIMER_OK;
}

char *rm_json_dump(const json_t *value, size_t flags) {
    errno = 0;
    char *text = json_dumps(value, flags);
    if (errno != ENOMEM)
        return text;
    free(text);
    return NULL;
}
