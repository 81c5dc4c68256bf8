#include "json.h"

#include "terminal.h"

#include <math.h>

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
    char harmless[4096];
    return json_string(text_harmless(text, harmless, sizeof harmless));
}

int json_print(json_t *value, FILE *stream) {
    int failed = json_dumpf(value, stream, JSON_INDENT(2) | JSON_REAL_PRECISION(12));
    fputc('\n', stream);
    json_decref(value);
    return !failed && fflush(stream) == 0 && !ferror(stream);
}
