#include "data/number.h"

#include <float.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_EXPONENT 100000
#define MANTISSA_DIGITS 19  /* fit into 64 bits */
#define DECIDING_DIGITS 800 /* of a double: 767 at most, and whether anything follows */

typedef struct decimal {
    bool negative;
    uint64_t mantissa; /* its first 19 digits, leading zeros not counted */
    int64_t exponent;  /* value = mantissa * 10^exponent, if there are no more than those */
    int n_digits;      /* in the mantissa */
    bool cut;          /* there are more */
} decimal;

static bool is_digit(char c) {
    return (unsigned char)(c - '0') < 10;
}

static char lower(char c) {
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

bool rm_text_same_nocase(const char *a, const char *b) {
    while (*a && lower(*a) == lower(*b))
        a++, b++;
    return lower(*a) == lower(*b);
}

bool rm_text_ends_nocase(const char *text, const char *ending) {
    size_t length = strlen(text), n = strlen(ending);
    return length >= n && rm_text_same_nocase(text + length - n, ending);
}

/* Digits of the exponent up to the end of the text. */
static bool scan_exponent(const char *c, int64_t *exponent) {
    bool negative = *c == '-';
    if (*c == '-' || *c == '+')
        c++;
    if (!is_digit(*c))
        return false;
    int64_t size = 0;
    for (; is_digit(*c); c++)
        if (size < MAX_EXPONENT)
            size = size * 10 + (*c - '0');
    *exponent += negative ? -size : size;
    return *c == 0;
}

/* Takes the digits at c; returns what follows them. */
static const char *scan_digits(const char *c, decimal *number) {
    uint64_t mantissa = number->mantissa;
    for (; is_digit(*c); c++) {
        if (number->n_digits < MANTISSA_DIGITS) {
            mantissa = mantissa * 10 + (uint64_t)(*c - '0');
            number->n_digits += mantissa != 0;
        } else {
            number->cut = true;
        }
    }
    number->mantissa = mantissa;
    return c;
}

/* `exponent` is right only for a number that is not cut. */
static bool scan(const char *c, char mark, decimal *number) {
    *number = (decimal){.negative = *c == '-'};
    if (*c == '-' || *c == '+')
        c++;
    const char *first = c;
    c = scan_digits(c, number);
    int64_t n_digits = c - first;
    if (*c == mark) {
        const char *fraction = c + 1;
        c = scan_digits(fraction, number);
        number->exponent = fraction - c;
        n_digits += c - fraction;
    }
    if (n_digits == 0)
        return false;
    if (*c == 'e' || *c == 'E')
        return scan_exponent(c + 1, &number->exponent);
    return *c == 0;
}

static const double power[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                               1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                               1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

/* Most cells: 15 digits at most, which a double holds, and no exponent. False: look closer. */
static inline bool convert_short(const char *c, char mark, double *value) {
    bool negative = *c == '-';
    c += negative;
    const char *first = c;
    uint64_t mantissa = 0; /* may overflow where there are more digits */
    for (; is_digit(*c); c++)
        mantissa = mantissa * 10 + (uint64_t)(*c - '0');
    int64_t n_digits = c - first, n_fraction = 0;
    if (*c == mark) {
        const char *fraction = ++c;
        for (; is_digit(*c); c++)
            mantissa = mantissa * 10 + (uint64_t)(*c - '0');
        n_fraction = c - fraction;
        n_digits += n_fraction;
    }
    if (*c || n_digits == 0 || n_digits > 15)
        return false;
    double size = (double)mantissa / power[n_fraction];
    *value = negative ? -size : size;
    return true;
}

/* Both factors are exact doubles, so the one rounding is the right one. */
static bool convert_double(const decimal *number, double *value) {
    if (number->mantissa > UINT64_C(1) << 53 || number->exponent < -22 || number->exponent > 22)
        return false;
    double size = (double)number->mantissa;
    size =
        number->exponent < 0 ? size / power[-number->exponent] : size * power[number->exponent];
    *value = number->negative ? -size : size;
    return true;
}

#if LDBL_MANT_DIG == 64
/* Numbers of 16 to 19 digits, as a double's are printed. Both factors are exact in 64 bits, the
 * result is rounded to 64 bits and then to 53: the same as at once, unless the first rounding
 * ended exactly between two doubles. */
static bool convert_extended(const decimal *number, double *value) {
    static const long double extended[] = {1e0L,  1e1L,  1e2L,  1e3L,  1e4L,  1e5L,  1e6L,
                                           1e7L,  1e8L,  1e9L,  1e10L, 1e11L, 1e12L, 1e13L,
                                           1e14L, 1e15L, 1e16L, 1e17L, 1e18L, 1e19L, 1e20L,
                                           1e21L, 1e22L, 1e23L, 1e24L, 1e25L, 1e26L, 1e27L};
    if (number->exponent < -27 || number->exponent > 27)
        return false;
    long double size = (long double)number->mantissa;
    size = number->exponent < 0 ? size / extended[-number->exponent]
                                : size * extended[number->exponent];
    uint64_t bits;
    memcpy(&bits, &size, sizeof bits);
    if ((bits & 0x7ff) == 0x400)
        return false;
    *value = number->negative ? -(double)size : (double)size;
    return true;
}
#else
static bool convert_extended(const decimal *number, double *value) {
    (void)number;
    (void)value;
    return false;
}
#endif

/* Rewrites the number without its mark, as digits and an exponent: strtod reads that in every
 * locale. */
static double convert_slowly(const char *text, char mark, bool negative) {
    char digits[DECIDING_DIGITS + 32];
    int64_t exponent = 0;
    int n = 0;
    bool fraction = false, rest = false;
    text += *text == '-' || *text == '+';
    for (; is_digit(*text) || *text == mark; text++) {
        if (*text == mark) {
            fraction = true;
        } else if (n < DECIDING_DIGITS) {
            exponent -= fraction;
            if (n > 0 || *text != '0')
                digits[n++] = *text;
        } else {
            exponent += !fraction;
            rest = rest || *text != '0';
        }
    }
    if (rest) {
        digits[n++] = '1';
        exponent--;
    }
    if (n == 0)
        digits[n++] = '0';
    if (*text)
        scan_exponent(text + 1, &exponent);
    snprintf(digits + n, sizeof digits - (size_t)n, "e%lld", (long long)exponent);
    double size = strtod(digits, NULL);
    return negative ? -size : size;
}

static bool is_infinity(const char *text) {
    text += *text == '-' || *text == '+';
    return rm_text_same_nocase(text, "inf") || rm_text_same_nocase(text, "infinity");
}

rm_cell rm_number_parse(const char *text, char mark, double *value) {
    decimal number;
    if (convert_short(text, mark, value))
        return RM_CELL_NUMBER;
    if (!scan(text, mark, &number))
        return is_infinity(text) ? RM_CELL_INFINITE : RM_CELL_TEXT;
    if (!number.cut && (convert_double(&number, value) || convert_extended(&number, value)))
        return RM_CELL_NUMBER;
    double read = convert_slowly(text, mark, number.negative);
    if (isinf(read))
        return RM_CELL_INFINITE;
    *value = read;
    return RM_CELL_NUMBER;
}

static bool is_blank(char c) {
    return c == ' ' || c == '\t';
}

/* Blanks at the end are cut off in place; the first character that is none is returned. */
static char *trim(char *text) {
    while (is_blank(*text))
        text++;
    size_t size = strlen(text);
    while (size > 0 && is_blank(text[size - 1]))
        size--;
    text[size] = 0;
    return text;
}

bool rm_cell_style_init(rm_cell_style *style, char mark, const char *na) {
    *style = (rm_cell_style){.decimal = mark};
    if (strlen(na) >= sizeof style->texts)
        return false;
    strcpy(style->texts, na);
    for (char *text = style->texts; text && *na; style->n_texts++) {
        char *comma = strchr(text, ',');
        if (comma)
            *comma = 0;
        if (style->n_texts == RM_NA_MAX)
            return false;
        style->n_numbers +=
            rm_number_parse(text, mark, &style->numbers[style->n_numbers]) == RM_CELL_NUMBER;
        text = comma ? comma + 1 : NULL;
    }
    return true;
}

static bool is_missing_text(const rm_cell_style *style, const char *text) {
    static const char *const spellings[] = {"", "NA", "N/A", "NaN", "null", "-"};
    for (size_t i = 0; i < sizeof spellings / sizeof *spellings; i++)
        if (rm_text_same_nocase(text, spellings[i]))
            return true;
    const char *own = style->texts;
    for (int i = 0; i < style->n_texts; i++, own += strlen(own) + 1)
        if (strcmp(text, own) == 0)
            return true;
    return false;
}

bool rm_cell_is_missing(const rm_cell_style *style, double number) {
    for (int i = 0; i < style->n_numbers; i++)
        if ((float)number == (float)style->numbers[i])
            return true;
    return false;
}

rm_cell rm_cell_parse(const rm_cell_style *style, char *text, float *value) {
    double number;
    if (style->n_numbers == 0 && convert_short(text, style->decimal, &number)) {
        *value = (float)number; /* 15 digits are in range */
        return RM_CELL_NUMBER;
    }
    rm_cell cell = rm_number_parse(text, style->decimal, &number);
    if (cell == RM_CELL_TEXT) {
        text = trim(text);
        cell = rm_number_parse(text, style->decimal, &number);
    }
    bool missing = cell == RM_CELL_NUMBER ? rm_cell_is_missing(style, number)
                                          : is_missing_text(style, text);
    if (missing) {
        *value = NAN;
        return RM_CELL_MISSING;
    }
    if (cell != RM_CELL_NUMBER)
        return cell;
    *value = (float)number;
    return isinf(*value) ? RM_CELL_INFINITE : RM_CELL_NUMBER;
}

bool rm_number_has_other_mark(const rm_cell_style *style, const char *text) {
    double number;
    return rm_number_parse(text, style->decimal == '.' ? ',' : '.', &number) == RM_CELL_NUMBER;
}
