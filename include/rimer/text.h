/* Texts of strangers, made fit to be shown: names of columns, series and files may hold escape
 * sequences that drive a terminal, marks that turn text around, or ten thousand characters. */
#ifndef RIMER_TEXT_H
#define RIMER_TEXT_H

#include "rimer/status.h"

#include <stdarg.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Replaces by '?', in place: control characters (C0, DEL, C1), broken UTF-8 (each byte), marks
 * that turn the direction of text, characters that take no place and mean nothing by themselves
 * (zero-width space, byte order mark, tags), and what is no character in XML. What is left is
 * well-formed UTF-8. The text never grows. */
RIMER_API void rimer_text_harmless(char *text);

/* vsnprintf for a sentence, harmless. One that does not fit into `size` (16 at least) loses its
 * middle, " ... " standing there: where something is wrong comes first, and why comes last. */
RIMER_API void rimer_text_sentence(char *out, size_t size, const char *format, va_list args);

#ifdef __cplusplus
}
#endif
#endif
