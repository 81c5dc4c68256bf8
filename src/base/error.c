#include "base/error.h"

#include "rimer/text.h"

#include <stdarg.h>
#include <string.h>

#define SENTENCE_SIZE 1024

static _Thread_local char sentence[SENTENCE_SIZE];

rimer_status rm_error_set(rimer_status status, const char *format, ...) {
    char fresh[SENTENCE_SIZE]; /* arguments may point into the old sentence */
    va_list args;
    va_start(args, format);
    rimer_text_sentence(fresh, sizeof fresh, format, args);
    va_end(args);
    memcpy(sentence, fresh, sizeof sentence);
    return status;
}

rimer_status rm_error_prefix(rimer_status status, const char *format, ...) {
    char prefix[SENTENCE_SIZE];
    va_list args;
    va_start(args, format);
    rimer_text_sentence(prefix, sizeof prefix, format, args);
    va_end(args);
    return rm_error_set(status, "%s%s", prefix, sentence);
}

/* `names` are separated by commas, as they stand in the source. */
rimer_status rm_need(const char *function, const char *names, const void *const *pointers,
                     size_t n) {
    for (size_t i = 0; i < n; i++) {
        size_t length = strcspn(names, ",");
        if (!pointers[i])
            RM_FAIL(USAGE, "%s: %.*s must not be NULL", function, (int)length, names);
        names += length + strspn(names + length, ", ");
    }
    return RIMER_OK;
}

rimer_status rm_need_name(const char *path, const char *to) {
    if (!*path)
        RM_FAIL(IO, "a file to %s needs a name", to);
    return RIMER_OK;
}

const char *rimer_last_error(void) {
    return sentence;
}

const char *rimer_status_text(rimer_status status) {
    switch (status) {
#define STATUS_TEXT(name, code, text) \
    case RIMER_##name:                \
        return text;
        RIMER_STATUS_LIST(STATUS_TEXT)
#undef STATUS_TEXT
    }
    return "unknown status";
}

int rimer_status_exit_code(rimer_status status) {
    switch (status) {
#define STATUS_CODE(name, code, text) \
    case RIMER_##name:                \
        return code;
        RIMER_STATUS_LIST(STATUS_CODE)
#undef STATUS_CODE
    }
    return 1;
}
