/* Text out of a file, plain or gzip, or standard input, line by line. */
#ifndef RM_INPUT_H
#define RM_INPUT_H

#include "base/error.h"

#include <stdbool.h>
#include <stdint.h>

typedef struct rm_input rm_input;

/* Opens a file ("-": stdin) and skips a byte order mark. RIMER_IO. RIMER_DATA: empty, UTF-16, a
 * damaged gzip file. */
rimer_status rm_input_open(rm_input **out, const char *path);

/* Whether a reader that waits for more should give up. */
typedef struct rm_live {
    int (*stop)(void *user);
    void *user;
} rm_live;

/* The same for text that comes bit by bit and may never end; plain only. Reads what is there,
 * and waits where there is nothing: whatever reads from it may then return RIMER_INTERRUPTED.
 * */
rimer_status rm_input_open_live(rm_input **out, const char *path, rm_live live);

/* The same for `size` bytes of text, 1 at least, that are in memory, with room for one more behind
 * them; takes them over, also when it fails. `shown` is for sentences. RIMER_NO_MEMORY. */
rimer_status rm_input_of_text(rm_input **out, const char *shown, char *text, int64_t size);
void rm_input_free(rm_input *input);

/* The file's name for sentences. */
const char *rm_input_shown(const rm_input *input);

/* Leaves the first n lines behind, and reads as far as the end of the one after them. RIMER_DATA:
 * there are no more. */
rimer_status rm_input_skip(rm_input *input, int64_t n);

/* The number of the line that the text began with when it was read first: 1, or that behind what
 * was skipped. */
int64_t rm_input_first_line(const rm_input *input);

/* The text that is held: from the present position, as far as it was read. It is the caller's
 * to scribble on, may be followed by one NUL, and moves with each call that reads. */
char *rm_input_text(rm_input *input);
int64_t rm_input_held(const rm_input *input);

/* Finds the line that begins `from` bytes after the present position and reads as far as that
 * needs. *size is its length without its end (LF, CRLF or CR), *next where the one after it
 * begins; *found is false when nothing is left. `line` is its number, for sentences. RIMER_IO.
 * RIMER_DATA: damaged gzip, more text than allowed, a line without end; and, with all of these told
 * and *found true, a NUL byte in the line. */
rimer_status rm_input_line(rm_input *input, int64_t from, int64_t line, int64_t *size,
                           int64_t *next, bool *found);

/* Leaves the first n bytes of the text behind. */
void rm_input_drop(rm_input *input, int64_t n);

#endif
