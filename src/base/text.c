#include "rimer/text.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* First and last of each range. */
static const uint32_t harmful[][2] = {{0x00, 0x1f},     {0x7f, 0x9f},      {0x061c, 0x061c},
                                      {0x200b, 0x200b}, {0x200e, 0x200f},  {0x2028, 0x202e},
                                      {0x2060, 0x206f}, {0xfeff, 0xfeff},  {0xfff9, 0xfffb},
                                      {0xfffe, 0xffff}, {0xe0000, 0xe0fff}};

/* The character at `s` and its bytes; 0 if it is broken, overlong or a surrogate. */
static int decode(const unsigned char *s, uint32_t *character) {
    int n = s[0] < 0x80                   ? 1
            : s[0] >= 0xc2 && s[0] < 0xe0 ? 2
            : s[0] >= 0xe0 && s[0] < 0xf0 ? 3
            : s[0] >= 0xf0 && s[0] < 0xf5 ? 4
                                          : 0;
    if ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] > 0x9f) ||
        (s[0] == 0xf0 && s[1] < 0x90) || (s[0] == 0xf4 && s[1] > 0x8f))
        return 0;
    *character = n > 1 ? s[0] & (0x7fu >> n) : s[0];
    for (int i = 1; i < n; i++) {
        if ((s[i] & 0xc0) != 0x80)
            return 0;
        *character = *character << 6 | (s[i] & 0x3f);
    }
    return n;
}

static int is_harmful(uint32_t character) {
    for (size_t i = 0; i < sizeof harmful / sizeof *harmful; i++)
        if (character >= harmful[i][0] && character <= harmful[i][1])
            return 1;
    return 0;
}

void rimer_text_harmless(char *text) {
    unsigned char *from = (unsigned char *)text, *to = from;
    uint32_t character;
    while (*from) {
        int length = decode(from, &character);
        if (length == 0 || is_harmful(character)) {
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

static int is_inside_character(char c) {
    return ((unsigned char)c & 0xc0) == 0x80;
}

/* The two ends of a well-formed text. */
static void join_ends(const char *whole, char *out, size_t size) {
    static const char between[] = " ... ";
    size_t length = strlen(whole), room = size - sizeof between;
    size_t head = room / 2, tail = length - (room - head);
    while (head > 0 && is_inside_character(whole[head]))
        head--;
    while (is_inside_character(whole[tail]))
        tail++;
    memcpy(out, whole, head);
    memcpy(out + head, between, sizeof between - 1);
    strcpy(out + head + sizeof between - 1, whole + tail);
}

/* Without memory for the whole, the end is lost instead. */
void rimer_text_sentence(char *out, size_t size, const char *format, va_list args) {
    va_list again;
    va_copy(again, args);
    int n = vsnprintf(out, size, format, args);
    char *whole = n >= 0 && (size_t)n >= size ? malloc((size_t)n + 1) : NULL;
    if (whole)
        vsnprintf(whole, (size_t)n + 1, format, again);
    va_end(again);
    rimer_text_harmless(whole ? whole : out);
    if (whole && strlen(whole) < size)
        strcpy(out, whole);
    else if (whole)
        join_ends(whole, out, size);
    free(whole);
}
