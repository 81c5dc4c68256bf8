/* What the programs say to people: a progress bar on stderr, times and counts in words, text that
 * cannot drive a terminal. */
#ifndef APP_TERMINAL_H
#define APP_TERMINAL_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* Copies `text` into `out`, harmless (rimer_text_harmless) and with few marks on a character; what
 * does not fit ends in an ellipsis. Returns `out`. */
char *text_harmless(const char *text, char *out, size_t size);

/* The same, of at most `columns` columns. */
char *text_short(const char *text, int columns, char *out, size_t size);

/* The first character of a harmless text that is not empty, and its bytes. */
long text_character(const char *text, int *length);

/* Columns that a harmless text takes: two for wide characters, none for marks. */
int text_columns(const char *text);

/* "0.3 s", "48 s", "3 min 20 s", "2 h 5 min"; returns `out`. */
char *text_seconds(double seconds, char *out, size_t size);

/* "1,614,880"; returns `out`. */
char *text_count(int64_t count, char *out, size_t size);

/* Columns of the terminal behind `stream`; `otherwise` if it is none. */
int terminal_columns(FILE *stream, int otherwise);

/* Whether `stream` is a terminal on which colour is welcome (NO_COLOR, TERM=dumb). */
int terminal_colour(FILE *stream);

/* Whether a moving line on stderr is welcome: a terminal, no NO_COLOR, no CI. */
int terminal_moves(void);

/* Draws "[=====>    ] text" over the present line of stderr. */
void bar_draw(double share, const char *text);

/* Clears that line, so that other text can stand there. */
void bar_clear(void);

#endif
