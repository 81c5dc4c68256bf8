#include "glyphs.h"

#include "child.h"
#include "terminal.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Latin, Greek and Cyrillic are in every font that gnuplot would take; joiners need none. */
enum { SURE_BELOW = 0x530, CHARACTERS = 0x110000 };

static unsigned char drawable[CHARACTERS / 8]; /* bits */

static void add_range(unsigned long first, unsigned long last) {
    for (unsigned long c = first; c <= last && c < CHARACTERS; c++)
        drawable[c / 8] |= (unsigned char)(1u << c % 8);
}

/* "20-7e a0 a8-ff" in hexadecimal, a line a font. */
static void add_ranges(char *text) {
    for (char *rest = text, *word; (word = strtok_r(rest, " \n", &rest));) {
        char *end;
        unsigned long first = strtoul(word, &end, 16);
        add_range(first, *end == '-' ? strtoul(end + 1, NULL, 16) : first);
    }
}

/* Fontconfig is where gnuplot's fonts come from. */
static void ask_fonts(void) {
    static const char *const command[] = {"fc-list", "--format=%{charset}\n", ":scalable=true",
                                          NULL};
    static const char ignorable[] = "200c-200d fe00-fe0f 2010-2027";
    static int asked;
    child_output list;
    if (asked++)
        return;
    if (child_run(command, NULL, NULL, &list) == 0 && list.size > 0) {
        list.bytes[list.size - 1] = '\0'; /* the last line's end */
        add_ranges(list.bytes);
    }
    free(list.bytes);
    char always[sizeof ignorable];
    strcpy(always, ignorable);
    add_ranges(always);
}

void glyphs_keep(char *text) {
    char *to = text;
    for (int length; *text; text += length) {
        long character = text_character(text, &length);
        if (character >= SURE_BELOW)
            ask_fonts();
        if (character < SURE_BELOW || drawable[character / 8] >> character % 8 & 1) {
            memmove(to, text, (size_t)length);
            to += length;
        } else {
            *to++ = '?';
        }
    }
    *to = '\0';
}
