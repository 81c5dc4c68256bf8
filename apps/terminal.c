#define _DEFAULT_SOURCE /* TIOCGWINSZ */
#include "terminal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define COLUMNS_MAX 400

/* Bytes of the well-formed UTF-8 character at `s`, 0 if it is broken, overlong or a surrogate. */
static int utf8_length(const unsigned char *s) {
    int n = s[0] < 0x80                   ? 1
            : s[0] >= 0xc2 && s[0] < 0xe0 ? 2
            : s[0] >= 0xe0 && s[0] < 0xf0 ? 3
            : s[0] >= 0xf0 && s[0] < 0xf5 ? 4
                                          : 0;
    for (int i = 1; i < n; i++)
        if ((s[i] & 0xc0) != 0x80)
            return 0;
    if ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] > 0x9f) ||
        (s[0] == 0xf0 && s[1] < 0x90) || (s[0] == 0xf4 && s[1] > 0x8f))
        return 0;
    return n;
}

/* C0, DEL, C1, and the marks that turn the direction of text around. */
static int is_control(const unsigned char *s, int length) {
    if (length == 1)
        return s[0] < 0x20 || s[0] == 0x7f;
    if (length == 2)
        return s[0] == 0xc2 && s[1] < 0xa0;
    return length == 3 && s[0] == 0xe2 &&
           ((s[1] == 0x80 &&
             (s[2] == 0x8e || s[2] == 0x8f || (s[2] >= 0xa8 && s[2] <= 0xae))) ||
            (s[1] == 0x81 && s[2] >= 0xa6 && s[2] <= 0xa9));
}

void text_make_harmless(char *text) {
    unsigned char *from = (unsigned char *)text, *to = from;
    while (*from) {
        int length = utf8_length(from);
        if (length == 0 || is_control(from, length)) {
            from += length ? length : 1;
            *to++ = '?';
            continue;
        }
        memmove(to, from, (size_t)length);
        to += length;
        from += length;
    }
    *to = '\0';
}

char *text_harmless(const char *text, char *out, size_t size) {
    snprintf(out, size, "%s", text);
    text_make_harmless(out);
    return out;
}

int text_columns(const char *text) {
    int n = 0;
    for (; *text; text++)
        n += ((unsigned char)*text & 0xc0) != 0x80;
    return n;
}

char *text_seconds(double seconds, char *out, size_t size) {
    if (!(seconds >= 0) || seconds > 1e9)
        snprintf(out, size, "?");
    else if (seconds < 10)
        snprintf(out, size, "%.1f s", seconds);
    else if (seconds < 60)
        snprintf(out, size, "%.0f s", seconds);
    else if (seconds < 3600)
        snprintf(out, size, "%d min %d s", (int)seconds / 60, (int)seconds % 60);
    else
        snprintf(out, size, "%d h %d min", (int)seconds / 3600, (int)seconds % 3600 / 60);
    return out;
}

char *text_count(int64_t count, char *out, size_t size) {
    char digits[32];
    int n = snprintf(digits, sizeof digits, "%lld", (long long)count);
    size_t at = 0;
    for (int i = 0; i < n && at + 2 < size; i++) {
        out[at++] = digits[i];
        if (i + 1 < n && (n - 1 - i) % 3 == 0 && digits[i] != '-')
            out[at++] = ',';
    }
    out[at] = '\0';
    return out;
}

int terminal_columns(FILE *stream, int otherwise) {
    struct winsize window;
    int fd = fileno(stream);
    if (!isatty(fd) || ioctl(fd, TIOCGWINSZ, &window) != 0 || window.ws_col < 20)
        return otherwise;
    return window.ws_col < COLUMNS_MAX ? window.ws_col : COLUMNS_MAX;
}

static int is_set(const char *name) {
    const char *value = getenv(name);
    return value && *value;
}

int terminal_colour(FILE *stream) {
    const char *kind = getenv("TERM");
    return isatty(fileno(stream)) && !is_set("NO_COLOR") && kind && strcmp(kind, "dumb") != 0;
}

int terminal_moves(void) {
    return terminal_colour(stderr) && !is_set("CI");
}

void bar_draw(double share, const char *text) {
    enum { CELLS = 24 };
    char bar[CELLS * 3 + 1] = "", rest[512];
    int full = (int)floor(CELLS * (share < 0 ? 0 : share > 1 ? 1 : share));
    int room = terminal_columns(stderr, 80) - CELLS - 4;
    for (int i = 0; i < CELLS; i++)
        strcat(bar, i < full ? "━" : "─");
    text_harmless(text, rest, room < 1 ? 1 : room < 500 ? (size_t)room : 500);
    fprintf(stderr, "\r\033[K%s %s", bar, rest);
    fflush(stderr);
}

void bar_clear(void) {
    fprintf(stderr, "\r\033[K");
    fflush(stderr);
}
