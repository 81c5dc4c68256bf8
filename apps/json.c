#include "json.h"

#include "streams.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

json_t *json_number(double value) {
    return isfinite(value) ? json_real(value) : json_null();
}

json_t *json_numbers(const double *values, int64_t n) {
    json_t *array = json_array();
    for (int64_t i = 0; i < n; i++)
        json_array_append_new(array, json_number(values[i]));
    return array;
}

json_t *json_text(const char *text) {
    json_t *exact = json_string(text);
    char *harmless = exact ? NULL : strdup(text);
    if (!harmless)
        return exact;
    rimer_text_harmless(harmless);
    json_t *repaired = json_string(harmless);
    free(harmless);
    return repaired;
}

/* jansson escapes all that is not ASCII, but not the one control character beside: DEL. */
static int put(const char *text, size_t size, void *stream) {
    for (size_t i = 0; i < size; i++)
        if (text[i] == '\x7f')
            fputs("\\u007f", stream);
        else
            fputc(text[i], stream);
    return 0;
}

int json_print(const app_program *program, json_t *value) {
    int failed = json_dump_callback(
        value, put, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(12) | JSON_ENSURE_ASCII);
    putchar('\n');
    json_decref(value);
    if (failed)
        return fail(program, 1, "out of memory: the JSON text");
    return streams_finish(program, 0);
}
