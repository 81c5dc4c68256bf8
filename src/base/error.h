/* How the library reports failure: RM_FAIL sets the sentence and returns, RM_TRY passes on. */
#ifndef RM_ERROR_H
#define RM_ERROR_H

#include "rimer/status.h"

#include <stddef.h>

/* Formats the thread's error sentence (rimer_text_sentence: harmless, a long one loses its
 * middle) and returns `status`. */
rimer_status rm_error_set(rimer_status status, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Puts a formatted prefix before the present sentence ("data.csv: ..."); returns `status`. */
rimer_status rm_error_prefix(rimer_status status, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* return RIMER_<code> with a printf sentence: RM_FAIL(DATA, "%s: empty file", path);
 * The constant is returned, so that compilers know that it is not RIMER_OK. */
#define RM_FAIL(code, ...) return (rm_error_set(RIMER_##code, __VA_ARGS__), RIMER_##code)

/* Leaves a public function with RIMER_USAGE if one of these pointers is NULL, by its name. */
#define RM_NEED(...)                                                           \
    RM_TRY(rm_need(__func__, #__VA_ARGS__, (const void *const[]){__VA_ARGS__}, \
                   sizeof((const void *const[]){__VA_ARGS__}) / sizeof(const void *)))
rimer_status rm_need(const char *function, const char *names, const void *const *pointers,
                     size_t n);

/* RIMER_IO for the name of a file that is empty; `to`: "read" or "write". */
rimer_status rm_need_name(const char *path, const char *to);

/* Leaves the calling function with the status of `call` unless that is RIMER_OK. */
#define RM_TRY(call)                          \
    do {                                      \
        rimer_status rm_try_status_ = (call); \
        if (rm_try_status_ != RIMER_OK)       \
            return rm_try_status_;            \
    } while (0)

/* The same for functions that own something: jumps to `label` with `status` set. */
#define RM_TRY_GOTO(status, label, call) \
    do {                                 \
        (status) = (call);               \
        if ((status) != RIMER_OK)        \
            goto label;                  \
    } while (0)

#endif
