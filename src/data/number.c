#include "data/number.h"

#include "base/decimal.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

#define MAX_EXPONENT 100000

typedef struct decimal {
    bool negative;
    uint64_t mantissa; /* its first 19 digits: enough to see that there are too many */
    int64_t exponent;  /* value = mantissa * 10^exponent, while there are not */
    char *mark;        /* the decimal mark in the text, NULL if none */
} decimal;

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

static char lower(char c) {
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

bool rm_text_same_nocase(const char *a, const char *b) {
    while (*a && lower(*a) == lower(*b))
        a++, b++;
    return lower(*a) == lower(*b);
}

static void take_digit(decimal *number, char c, bool after_mark) {
    if (number->mantissa >= UINT64_C(1000000000000000000))
        return;
    number->mantissa = number->mantissa * 10 + (uint64_t)(c - '0');
    number->exponent -= after_mark;
}

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

static bool scan(char *c, char mark, decimal *number) {
    *number = (decimal){.negative = *c == '-'};
    if (*c == '-' || *c == '+')
        c++;
    int64_t n_digits = 0;
    for (;; c++) {
        if (is_digit(*c)) {
            take_digit(number, *c, number->mark != NULL);
            n_digits++;
        } else if (*c == mark && !number->mark) {
            number->mark = c;
        } else {
            break;
        }
    }
    if (n_digits == 0)
        return false;
    if (*c == 'e' || *c == 'E')
        return scan_exponent(c + 1, &number->exponent);
    return *c == 0;
}

/* Both factors are exact doubles, so the one rounding is the right one. */
static bool convert_exactly(const decimal *number, double *value) {
    static const double power[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                   1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                   1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
    if (number->mantissa > UINT64_C(1) << 53 || number->exponent < -22 || number->exponent > 22)
        return false;
    double size = (double)number->mantissa;
    size =
        number->exponent < 0 ? size / power[-number->exponent] : size * power[number->exponent];
    *value = number->negative ? -size : size;
    return true;
}

static bool is_infinity(const char *text) {
    text += *text == '-' || *text == '+';
    return rm_text_same_nocase(text, "inf") || rm_text_same_nocase(text, "infinity");
}

rm_cell rm_number_parse(char *text, char mark, double *value) {
    decimal number;
    if (!scan(text, mark, &number))
        return is_infinity(text) ? RM_CELL_INFINITE : RM_CELL_TEXT;
    if (convert_exactly(&number, value))
        return RM_CELL_NUMBER;
    if (number.mark)
        *number.mark = '.';
    bool finite = rm_decimal_read(text, value);
    if (number.mark)
        *number.mark = mark;
    return finite ? RM_CELL_NUMBER : RM_CELL_INFINITE;
}

void rm_cell_style_init(rm_cell_style *style, char mark, const char *na) {
    char copy[64];
    *style = (rm_cell_style){.decimal = mark, .na = na};
    if (strlen(na) < sizeof copy) {
        strcpy(copy, na);
        style->na_is_number = rm_number_parse(copy, mark, &style->na_number) == RM_CELL_NUMBER;
    }
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

static bool is_missing(const rm_cell_style *style, const char *text) {
    static const char *const spellings[] = {"", "NA", "N/A", "NaN", "null", "-"};
    for (size_t i = 0; i < sizeof spellings / sizeof *spellings; i++)
        if (rm_text_same_nocase(text, spellings[i]))
            return true;
    return strcmp(text, style->na) == 0;
}

rm_cell rm_cell_parse(const rm_cell_style *style, char *text, float *value) {
    double number;
    text = trim(text);
    rm_cell cell = rm_number_parse(text, style->decimal, &number);
    bool missing = cell == RM_CELL_NUMBER ? style->na_is_number && number == style->na_number
                                          : is_missing(style, text);
    if (missing) {
        *value = NAN;
        return RM_CELL_MISSING;
    }
    if (cell != RM_CELL_NUMBER)
        return cell;
    *value = (float)number;
    return isinf(*value) ? RM_CELL_INFINITE : RM_CELL_NUMBER;
}

bool rm_number_has_other_mark(const rm_cell_style *style, char *text) {
    double number;
    return rm_number_parse(text, style->decimal == '.' ? ',' : '.', &number) == RM_CELL_NUMBER;
}
