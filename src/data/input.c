#include "data/input.h"

#include "base/array.h"
#include "data/file_kind.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#define CHUNK_SIZE (INT64_C(1) << 18)
#define LINE_SIZE_MAX (INT64_C(64) << 20)
#define CONTENT_SIZE_MAX (INT64_C(8) << 30) /* of the text, after gunzip */
#define BOMB_SIZE (INT64_C(64) << 20)       /* below, any ratio is fine */
#define MARK_SIZE 8                         /* bytes that tell what it is */
#define BOMB_RATIO 200                      /* text to gzip; real tables reach 50 */

#define LIVE_WAIT 200 /* milliseconds between looks at whether to stop */

struct rm_input {
    char *shown;
    gzFile file;
    rm_live live; /* `stop` NULL: a file with an end */
    int fd;       /* of a live one */
    bool ended;
    int64_t n_read;    /* bytes of text */
    int64_t n_skipped; /* lines */
    char *buffer;      /* [capacity], text in buffer[at .. end) */
    int64_t at, end, capacity;
    int64_t feed; /* where the next line feed stands, from the position on; -1: not searched */
};

const char *rm_input_shown(const rm_input *input) {
    return input->shown;
}

char *rm_input_text(rm_input *input) {
    return input->buffer + input->at;
}

int64_t rm_input_held(const rm_input *input) {
    return input->end - input->at;
}

void rm_input_drop(rm_input *input, int64_t n) {
    input->at += n;
    input->feed = input->feed < n ? -1 : input->feed - n;
}

/* A compressed file may claim to be anything; text that is hardly there would fill the memory.
 * */
static rimer_status check_size(rm_input *input) {
    if (input->n_read > CONTENT_SIZE_MAX)
        RM_FAIL(DATA, "%s: more than 8 GiB of text; split the file", input->shown);
    if (input->n_read < BOMB_SIZE || gzdirect(input->file))
        return RIMER_OK;
    int64_t packed = gzoffset(input->file);
    if (packed > 0 && input->n_read / BOMB_RATIO > packed)
        RM_FAIL(
            DATA,
            "%s: %lld MiB of text out of %lld KiB of gzip, more than %d times as much: this "
            "is no table (unpack it first if it is)",
            input->shown, (long long)(input->n_read >> 20), (long long)(packed >> 10),
            BOMB_RATIO);
    return RIMER_OK;
}

static rimer_status make_room(rm_input *input) {
    int64_t held = rm_input_held(input);
    if (input->at > 0 && held > 0)
        memmove(input->buffer, input->buffer + input->at, (size_t)held);
    input->at = 0;
    input->end = held;
    return rm_array_grow(&input->buffer, &input->capacity, held + CHUNK_SIZE + 1, 1);
}

/* Takes what is there, and waits only while there is nothing: zlib would wait for a full
 * buffer. */
static rimer_status read_live(rm_input *input) {
    ssize_t n = -1;
    RM_TRY(make_room(input));
    while (n < 0) {
        struct pollfd waiting = {.fd = input->fd, .events = POLLIN};
        if (input->live.stop(input->live.user))
            RM_FAIL(INTERRUPTED, "%s: stopped while reading", input->shown);
        if (poll(&waiting, 1, LIVE_WAIT) <= 0) /* a signal is a look, too */
            continue;
        n = read(input->fd, input->buffer + input->end, (size_t)CHUNK_SIZE);
        if (n < 0 && errno != EINTR && errno != EAGAIN)
            RM_FAIL(IO, "%s: cannot be read: %s", input->shown, strerror(errno));
    }
    input->end += n;
    input->ended = n == 0;
    return RIMER_OK;
}

/* zlib reports a gzip file that was cut off only beside a quiet end of file. */
static rimer_status read_on(rm_input *input) {
    if (input->live.stop)
        return read_live(input);
    RM_TRY(make_room(input));
    int n = gzread(input->file, input->buffer + input->end, (unsigned)CHUNK_SIZE), code;
    gzerror(input->file, &code);
    if (n < 0 || code != Z_OK) {
        if (code == Z_MEM_ERROR)
            RM_FAIL(NO_MEMORY, "%s: out of memory to read it", input->shown);
        if (code == Z_ERRNO)
            RM_FAIL(IO, "%s: cannot be read: %s", input->shown, strerror(errno));
        RM_FAIL(DATA, "%s: the gzip file is damaged or cut off", input->shown);
    }
    input->end += n;
    input->n_read += n;
    input->ended = n == 0;
    return check_size(input);
}

static rimer_status open_file(rm_input *input, const char *path) {
    bool is_stdin = strcmp(path, "-") == 0;
    RM_TRY(rm_need_name(path, "read"));
    int fd = is_stdin ? dup(STDIN_FILENO) : open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        RM_FAIL(IO, "%s: cannot be opened: %s", input->shown, strerror(errno));
    struct stat info;
    if (fstat(fd, &info) == 0 && S_ISDIR(info.st_mode)) {
        close(fd);
        RM_FAIL(IO, "%s: is a folder, not a file", input->shown);
    }
    if (input->live.stop) {
        input->fd = fd;
        return RIMER_OK;
    }
    input->file = gzdopen(fd, "rb");
    if (!input->file) {
        close(fd);
        RM_FAIL(NO_MEMORY, "%s: out of memory", input->shown);
    }
    gzbuffer(input->file, (unsigned)CHUNK_SIZE);
    return RIMER_OK;
}

static rimer_status skip_mark(rm_input *input) {
    const unsigned char *c = (const unsigned char *)input->buffer;
    int64_t size = rm_input_held(input);
    if (size >= 2 && ((c[0] == 0xff && c[1] == 0xfe) || (c[0] == 0xfe && c[1] == 0xff)))
        RM_FAIL(DATA, "%s: text in UTF-16; save it as UTF-8", input->shown);
    if (size >= 8 && memcmp(c, "\x89HDF\r\n\x1a\n", 8) == 0)
        RM_FAIL(DATA, "%s: HDF5 cannot be read as it streams by; give the file by its name",
                input->shown);
    if (size >= 3 && c[0] == 0xef && c[1] == 0xbb && c[2] == 0xbf)
        rm_input_drop(input, 3);
    if (rm_input_held(input) == 0)
        RM_FAIL(DATA, "%s: the file is empty", input->shown);
    if (size >= 2 && c[0] == 0x1f && c[1] == 0x8b && input->live.stop)
        RM_FAIL(DATA, "%s: is gzipped; unpack it on the way (zcat)", input->shown);
    if (size >= 2 && c[0] == 0x1f && c[1] == 0x8b)
        RM_FAIL(DATA, "%s: gzip inside gzip; unpack it once", input->shown);
    const char *refused = rm_file_kind_refused(rm_input_text(input), rm_input_held(input));
    if (refused)
        RM_FAIL(DATA, "%s: %s", input->shown, refused);
    return RIMER_OK;
}

static rimer_status open_input(rm_input **out, const char *path, rm_live live) {
    rm_input *input;
    rimer_status status;
    RM_TRY(rm_array_new(&input, 1, sizeof *input));
    input->feed = input->fd = -1;
    input->live = live;
    RM_TRY_GOTO(status, fail,
                rm_string_copy(&input->shown, strcmp(path, "-") ? path : "(stdin)"));
    RM_TRY_GOTO(status, fail, open_file(input, path));
    while (!input->ended && rm_input_held(input) < MARK_SIZE)
        RM_TRY_GOTO(status, fail, read_on(input));
    RM_TRY_GOTO(status, fail, skip_mark(input));
    *out = input;
    return RIMER_OK;
fail:
    rm_input_free(input);
    return status;
}

rimer_status rm_input_open(rm_input **out, const char *path) {
    return open_input(out, path, (rm_live){NULL, NULL});
}

rimer_status rm_input_open_live(rm_input **out, const char *path, rm_live live) {
    return open_input(out, path, live);
}

rimer_status rm_input_of_text(rm_input **out, const char *shown, char *text, int64_t size) {
    rm_input *input;
    rimer_status status = rm_array_new(&input, 1, sizeof *input);
    if (status != RIMER_OK) {
        free(text);
        return status;
    }
    input->feed = input->fd = -1;
    input->ended = true;
    input->buffer = text;
    input->end = input->n_read = size;
    input->capacity = size + 1;
    status = rm_string_copy(&input->shown, shown);
    if (status == RIMER_OK)
        *out = input;
    else
        rm_input_free(input);
    return status;
}

void rm_input_free(rm_input *input) {
    if (!input)
        return;
    if (input->file)
        gzclose(input->file);
    if (input->fd >= 0)
        close(input->fd);
    free(input->buffer);
    free(input->shown);
    free(input);
}

/* Where the line that begins at `from` ends: at a line feed, or a carriage return before it; -1
 * if that is not held. The feed is remembered: in a file that has none, each search would look
 * through all that is held. */
static int64_t find_end(rm_input *input, int64_t from) {
    const char *text = rm_input_text(input);
    int64_t held = rm_input_held(input);
    if (input->feed < from) {
        const char *feed = memchr(text + from, '\n', (size_t)(held - from));
        input->feed = feed ? feed - text : held;
    }
    int64_t limit = input->feed < held ? input->feed : held;
    const char *back = memchr(text + from, '\r', (size_t)(limit - from));
    if (back)
        return back - text;
    return input->feed < held ? input->feed : -1;
}

static rimer_status check_nul(rm_input *input, int64_t from, int64_t size, int64_t line) {
    if (memchr(rm_input_text(input) + from, 0, (size_t)size))
        RM_FAIL(DATA, "%s:%lld: a NUL byte; this is not a text table", input->shown,
                (long long)line);
    return RIMER_OK;
}

static rimer_status too_long(rm_input *input, int64_t from, int64_t line) {
    RM_TRY(check_nul(input, from, rm_input_held(input) - from, line));
    RM_FAIL(DATA, "%s:%lld: a line is longer than 64 MiB (is this a table?)", input->shown,
            (long long)line);
}

rimer_status rm_input_line(rm_input *input, int64_t from, int64_t line, int64_t *size,
                           int64_t *next, bool *found) {
    int64_t end;
    *found = false;
    for (;;) {
        int64_t held = rm_input_held(input);
        end = find_end(input, from);
        /* A carriage return may have its line feed behind what is held. */
        bool whole = end >= 0 && (rm_input_text(input)[end] == '\n' || end + 1 < held);
        if (whole || input->ended)
            break;
        if (held - from > LINE_SIZE_MAX)
            return too_long(input, from, line);
        if (input->feed >= held)
            input->feed = -1;
        RM_TRY(read_on(input));
    }
    const char *text = rm_input_text(input);
    int64_t held = rm_input_held(input);
    *found = end >= 0 || held > from;
    end = end < 0 ? held : end;
    *size = end - from;
    *next = end;
    if (end < held)
        *next += text[end] == '\r' && end + 1 < held && text[end + 1] == '\n' ? 2 : 1;
    return check_nul(input, from, *size, line);
}

/* The delimiter is told by what is held, be it one line. */
rimer_status rm_input_skip(rm_input *input, int64_t n) {
    int64_t size, next;
    bool found = true;
    for (int64_t line = 1; line <= n && found; line++) {
        RM_TRY(rm_input_line(input, 0, line, &size, &next, &found));
        rm_input_drop(input, next);
    }
    input->n_skipped = n;
    if (n > 0 && found)
        RM_TRY(rm_input_line(input, 0, n + 1, &size, &next, &found));
    if (!found)
        RM_FAIL(DATA, "%s: there is no line behind the first %lld (skip)", input->shown,
                (long long)n);
    return RIMER_OK;
}

int64_t rm_input_first_line(const rm_input *input) {
    return input->n_skipped + 1;
}
