/* Status codes and the sentence that goes with a failure.
 *
 * Every fallible function of the library returns a rimer_status. On anything but RIMER_OK its
 * outputs are untouched and rimer_last_error() holds one sentence with the facts (file, line,
 * column, value). A pointer that is NULL where its comment does not say that it may be is
 * RIMER_USAGE. The library never prints, exits or aborts. */
#ifndef RIMER_STATUS_H
#define RIMER_STATUS_H

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define RIMER_API __attribute__((visibility("default")))
#else
#define RIMER_API
#endif

/* X(enumerator, exit code of a program that fails with it, meaning) */
#define RIMER_STATUS_LIST(X)                                     \
    X(OK, 0, "success")                                          \
    X(FAILED, 1, "the operation failed while running")           \
    X(NO_MEMORY, 1, "memory could not be had")                   \
    X(IO, 1, "a file could not be read or written")              \
    X(USAGE, 2, "an option or a configuration key is wrong")     \
    X(DATA, 3, "the data were refused")                          \
    X(MODEL, 4, "the model file was refused")                    \
    X(SOME_FAILED, 5, "some series failed, the others are done") \
    X(INTERRUPTED, 130, "stopped by the caller, state saved where asked for")

typedef enum rimer_status {
#define RIMER_STATUS_ENUM(name, code, text) RIMER_##name,
    RIMER_STATUS_LIST(RIMER_STATUS_ENUM)
#undef RIMER_STATUS_ENUM
} rimer_status;

/* Short fixed meaning of a status, for example "the data were refused". Never NULL. */
RIMER_API const char *rimer_status_text(rimer_status status);

/* Exit code by which the programs report a status (docs/cli.md). */
RIMER_API int rimer_status_exit_code(rimer_status status);

/* The sentence of the last failure in the calling thread; "" if there was none. Valid until
 * the next failing call in this thread. It is harmless already, see rimer_text_harmless. */
RIMER_API const char *rimer_last_error(void);

#ifdef __cplusplus
}
#endif
#endif
