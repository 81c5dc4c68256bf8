#include "base/decimal.h"

#include <float.h>
#include <locale.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIXED_SIZE 24
#define MANTISSA_END 1e9 /* nine digits tell any two floats apart */

/* strtod and printf obey LC_NUMERIC; uselocale changes it for this thread only. */
static locale_t enter_c_locale(locale_t *c_locale) {
    *c_locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    return *c_locale ? uselocale(*c_locale) : (locale_t)0;
}

static void leave_c_locale(locale_t c_locale, locale_t before) {
    if (!c_locale)
        return;
    uselocale(before);
    freelocale(c_locale);
}

int rm_decimal_is_digits(const char *text) {
    return text[strspn(text, "0123456789")] == '\0';
}

int rm_decimal_read(const char *text, double *value) {
    if (text[strspn(text, "+-.0123456789eE")]) /* strtod also takes blanks, hex, inf and nan */
        return 0;
    locale_t c_locale, before = enter_c_locale(&c_locale);
    char *end;
    double read = strtod(text, &end);
    leave_c_locale(c_locale, before);
    if (end == text || *end || !isfinite(read))
        return 0;
    *value = read;
    return 1;
}

/* The fewest digits from `least` to `most` that read back as the same double, or float. Readers go
 * through a double to a float, so that is what counts. */
static void write_shortest(double value, int least, int most, int is_float, char *text,
                           size_t size) {
    if (!isfinite(value)) {
        snprintf(text, size, "%s", isnan(value) ? "nan" : value > 0 ? "inf" : "-inf");
        return;
    }
    locale_t c_locale, before = enter_c_locale(&c_locale);
    for (int digits = least; digits <= most; digits++) {
        snprintf(text, size, "%.*g", digits, value);
        double read = strtod(text, NULL);
        if ((is_float ? (double)(float)read : read) == value)
            break;
    }
    leave_c_locale(c_locale, before);
}

void rm_decimal_text(double value, char *text, size_t size) {
    write_shortest(value, 15, 17, 0, text, size);
}

/* The last digit first; a zero stands before the point. */
static void write_fixed(uint64_t mantissa, int decimals, int negative, char *text) {
    char backwards[FIXED_SIZE];
    int n = 0;
    for (int i = 0; mantissa || i <= decimals; i++, mantissa /= 10) {
        if (i == decimals && decimals > 0)
            backwards[n++] = '.';
        backwards[n++] = (char)('0' + mantissa % 10);
    }
    if (negative)
        backwards[n++] = '-';
    while (n > 0)
        *text++ = backwards[--n];
    *text = '\0';
}

/* Nearly all measured values are short decimals of usual size, and need no printf: mantissa and
 * power are exact doubles, so the one division rounds as a reader does. 0: not such a value. */
static int write_usual(float value, char *text, size_t size) {
    static const double power[] = {1e0, 1e1, 1e2, 1e3,  1e4,  1e5,  1e6,
                                   1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13};
    double magnitude = fabs((double)value);
    if (size < FIXED_SIZE ||
        (magnitude != 0 && !(magnitude >= 1e-4 && magnitude < MANTISSA_END)))
        return 0;
    for (int decimals = 0; decimals < (int)(sizeof power / sizeof *power); decimals++) {
        double mantissa = floor(magnitude * power[decimals] + 0.5);
        if (mantissa >= MANTISSA_END)
            return 0;
        if ((float)(mantissa / power[decimals]) == (float)magnitude) {
            write_fixed((uint64_t)mantissa, decimals, signbit(value) != 0, text);
            return 1;
        }
    }
    return 0;
}

void rm_decimal_text_float(float value, char *text, size_t size) {
    int least = fabsf(value) < FLT_MIN ? 1 : 6; /* subnormal ones have fewer digits */
    if (!write_usual(value, text, size))
        write_shortest((double)value, least, 9, 1, text, size);
}
