/* What the fuzz targets share: bytes to a file, options out of an input's first line, and what
 * must hold of whatever a reader gives back. */
#ifndef RM_FUZZ_COMMON_H
#define RM_FUZZ_COMMON_H

#include "rimer/rimer.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Each target defines it; libFuzzer and replay.c call it. Returns 0, or -1 for an input that a
 * corpus need not keep. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Prints where and why, and aborts, unless `holds`. */
#define FUZZ_ASSERT(holds, ...)                                    \
    do {                                                           \
        if (!(holds))                                              \
            rm_fuzz_fail(__FILE__, __LINE__, #holds, __VA_ARGS__); \
    } while (0)
_Noreturn void rm_fuzz_fail(const char *file, int line, const char *claim, const char *format,
                            ...);

/* The same double or float, bit for bit; any NaN equals any other. */
bool rm_fuzz_same(double a, double b);

/* An input begins with a line of settings, "layout=long&sort=yes"; those that do not exist or
 * are no good are passed over. Returns how many bytes the line has, with its end. `inside` (may
 * be NULL) gets the value of a setting of that name, a path inside the file. */
size_t rm_fuzz_settings(rimer_read_options *options, const uint8_t *data, size_t size,
                        char inside[64]);

/* Path of a file of one of the usual names (common.c) in a folder that goes with the process. */
const char *rm_fuzz_path(const char *name, char path[320]);

/* Makes a file of two pieces of bytes. */
void rm_fuzz_write(const char *path, const char *head, const uint8_t *data, size_t size);

/* There is a sentence for this failure, it cannot drive a terminal, and the file was read. */
void rm_fuzz_sentence(rimer_status status);

/* Reads two pieces of bytes as one file of that ending and checks all that must hold of the
 * result. Returns what LLVMFuzzerTestOneInput does. */
int rm_fuzz_read(const rimer_read_options *options, const char *ending, const char *inside,
                 const char *head, const uint8_t *data, size_t size);

#endif
