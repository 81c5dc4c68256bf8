#define _DEFAULT_SOURCE   /* TIOCGWINSZ */
#define _XOPEN_SOURCE 700 /* wcwidth */
#include "terminal.h"

#include "rimer/text.h"

#include <limits.h>
#include <locale.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <wchar.h>

#define COLUMNS_MAX 400
#define MARKS_MOST 4

long text_character(const char *text, int *length) {
    unsigned char lead = (unsigned char)*text;
    int n = *length = lead < 0xc0 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    long character = n > 1 ? lead & (0x7f >> n) : lead;
    for (int i = 1; i < n; i++)
        character = character << 6 | ((unsigned char)text[i] & 0x3f);
    return character;
}

/* libc knows which characters are wide and which are marks on others, in a locale of Unicode. */
static int columns_of(long character) {
    static locale_t unicode;
    if (!unicode)
        unicode = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
    if (!unicode)
        return 1;
    locale_t before = uselocale(unicode);
    int columns = wcwidth((wchar_t)character);
    uselocale(before);
    return columns < 0 ? 1 : columns;
}

int text_columns(const char *text) {
    int n = 0;
    for (int length; *text; text += length)
        n += columns_of(text_character(text, &length));
    return n;
}

/* Marks on one character beyond MARKS_MOST, which would cover the lines above, are left out. */
static void drop_marks(char *text) {
    int marks = 0;
    char *to = text;
    for (int length; *text; text += length) {
        marks = columns_of(text_character(text, &length)) ? 0 : marks + 1;
        if (marks <= MARKS_MOST) {
            memmove(to, text, (size_t)length);
            to += length;
        }
    }
    *to = '\0';
}

/* Bytes of the whole characters at the start that keep within `columns` and `size` bytes. */
static size_t fitting(const char *text, int columns, size_t size) {
    size_t at = 0;
    for (int length; text[at]; at += (size_t)length) {
        columns -= columns_of(text_character(text + at, &length));
        if (columns < 0 || at + (size_t)length >= size)
            break;
    }
    return at;
}

char *text_short(const char *text, int columns, char *out, size_t size) {
    static const char ellipsis[] = "\xe2\x80\xa6";
    int n = snprintf(out, size, "%s", text), is_cut = n < 0 || (size_t)n >= size;
    size_t end = strlen(out);
    while (is_cut && end > 0 && ((unsigned char)text[end] & 0xc0) == 0x80)
        out[--end] = '\0'; /* no broken character where it was cut */
    rimer_text_harmless(out);
    drop_marks(out);
    if (!is_cut && fitting(out, columns, size) == strlen(out))
        return out;
    if (size < sizeof ellipsis)
        *out = '\0';
    else
        strcpy(out + fitting(out, columns - 1, size - (sizeof ellipsis - 1)), ellipsis);
    return out;
}

char *text_harmless(const char *text, char *out, size_t size) {
    return text_short(text, INT_MAX, out, size);
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
    text_short(text, room, rest, sizeof rest);
    fprintf(stderr, "\r\033[K%s %s", bar, rest);
    fflush(stderr);
}

void bar_clear(void) {
    fprintf(stderr, "\r\033[K");
    fflush(stderr);
}
