#include "base/decimal.h"

#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

/* The fewest digits from `least` to `most` that read back as the same double, or float. */
static void write_shortest(double value, int least, int most, int is_float, char *text,
                           size_t size) {
    if (!isfinite(value)) {
        snprintf(text, size, "%s", isnan(value) ? "nan" : value > 0 ? "inf" : "-inf");
        return;
    }
    locale_t c_locale, before = enter_c_locale(&c_locale);
    for (int digits = least; digits <= most; digits++) {
        snprintf(text, size, "%.*g", digits, value);
        if ((is_float ? (double)strtof(text, NULL) : strtod(text, NULL)) == value)
            break;
    }
    leave_c_locale(c_locale, before);
}

void rm_decimal_text(double value, char *text, size_t size) {
    write_shortest(value, 15, 17, 0, text, size);
}

void rm_decimal_text_float(float value, char *text, size_t size) {
    write_shortest((double)value, 6, 9, 1, text, size);
}
