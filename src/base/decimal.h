/* Numbers as text, with a point as decimal mark whatever the locale of the program says. */
#ifndef RM_DECIMAL_H
#define RM_DECIMAL_H

#include <stddef.h>

/* Whether there is nothing but digits in `text`; so it is of an empty one. */
int rm_decimal_is_digits(const char *text);

/* Reads all of `text` as a decimal number (sign, digits, point, exponent; no blanks, no hex, no
 * inf or nan). Returns 1 and stores it, or 0: not a number, or too large for a double. */
int rm_decimal_read(const char *text, double *value);

/* Writes the shortest of 15, 16 and 17 digits that reads back as the same double; NaN and
 * infinities as "nan", "inf", "-inf". `size` of 32 is enough. */
void rm_decimal_text(double value, char *text, size_t size);

/* The same for a float, 9 digits at most; from 0.0001 to 999999999 without an exponent. */
void rm_decimal_text_float(float value, char *text, size_t size);

#endif
