#include "data/number.h"
#include "harness.h"

#include <float.h>
#include <locale.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static rm_cell number(const char *text, char decimal, double *value) {
    char copy[1200];
    snprintf(copy, sizeof copy, "%s", text);
    rm_cell cell = rm_number_parse(copy, decimal, value);
    ck_assert_str_eq(copy, text); /* the mark is back in its place */
    return cell;
}

static void assert_number(const char *text, char decimal, double want) {
    double got = NAN;
    ck_assert_msg(number(text, decimal, &got) == RM_CELL_NUMBER, "\"%s\" is no number", text);
    ck_assert_msg(memcmp(&got, &want, sizeof got) == 0, "\"%s\": got %.17g, want %.17g", text,
                  got, want);
}

START_TEST(spellings) {
    assert_number("0", '.', 0.0);
    assert_number("-0", '.', -0.0);
    assert_number("+12.5", '.', 12.5);
    assert_number(".5", '.', 0.5);
    assert_number("5.", '.', 5.0);
    assert_number("1e3", '.', 1000.0);
    assert_number("2.5E-3", '.', 0.0025);
    assert_number("007", '.', 7.0);
    assert_number("1,5", ',', 1.5);
    assert_number("-1234,5e+2", ',', -123450.0);
    assert_number("0e999999999", '.', 0.0);
    assert_number("1e-999999999", '.', 0.0);
}
END_TEST

START_TEST(garbage) {
    static const char *const texts[] = {"",    ".",     "+",   "-",    "e5",  "1e",
                                        "1e+", "1.2.3", "1,5", "0x10", "1 2", "12a",
                                        "--1", "1_000", "nan", "١",    "1d3"};
    double value;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        ck_assert_msg(number(texts[i], '.', &value) == RM_CELL_TEXT, "\"%s\" is taken",
                      texts[i]);
    ck_assert_int_eq(number("1.5", ',', &value), RM_CELL_TEXT);
    ck_assert_int_eq(number("inf", '.', &value), RM_CELL_INFINITE);
    ck_assert_int_eq(number("-Infinity", '.', &value), RM_CELL_INFINITE);
    ck_assert_int_eq(number("1e309", '.', &value), RM_CELL_INFINITE);
}
END_TEST

/* Every double with 15 to 17 digits comes back to the bit; 15 and fewer digits mostly take the
 * fast path, 17 the slow one. */
START_TEST(rounding) {
    uint64_t bits = 88172645463325252u;
    for (int i = 0; i < 20000; i++) {
        bits ^= bits << 13, bits ^= bits >> 7, bits ^= bits << 17;
        double want;
        char text[64];
        memcpy(&want, &bits, sizeof want);
        if (!isfinite(want))
            continue;
        if (i % 2) /* of everyday size */
            want = (double)(int64_t)(bits >> 14) / 1e7;
        snprintf(text, sizeof text, "%.17g", want);
        assert_number(text, '.', want);
        snprintf(text, sizeof text, "%.*g", 1 + i % 17, want);
        want = strtod(text, NULL);
        if (isfinite(want)) /* rounding up may have left the range */
            assert_number(text, '.', want);
    }
    /* Halfway between two doubles but for the last of many digits. */
    assert_number("9007199254740993", '.', 9007199254740992.0);
    assert_number("9007199254740993.00000000000000000000000000001", '.', 9007199254740994.0);
    assert_number("9007199254740992999999999999999999999999999999e-30", '.',
                  9007199254740992.0);
    assert_number("0.1", '.', 0.1);
    assert_number("2.2250738585072014e-308", '.', DBL_MIN);
}
END_TEST

START_TEST(long_texts) {
    char text[1100];
    memset(text, '0', sizeof text);
    strcpy(text + 1000, "25.5");
    assert_number(text, '.', 25.5);
    memset(text, '9', 1000);
    strcpy(text + 1000, "e-1000");
    assert_number(text, '.', 1.0);
}
END_TEST

static rm_cell cell(const rm_cell_style *style, const char *text, float *value) {
    char copy[100];
    snprintf(copy, sizeof copy, "%s", text);
    return rm_cell_parse(style, copy, value);
}

START_TEST(missing) {
    static const char *const texts[] = {"",      "NA",      "N/A",     "NaN", "nan",
                                        "null",  "NULL",    "-",       "  ",  " NA ",
                                        "-9999", "-9999.0", "-9.999e3"};
    rm_cell_style style;
    rm_cell_style_init(&style, '.', "-9999");
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        float value = 1;
        ck_assert_msg(cell(&style, texts[i], &value) == RM_CELL_MISSING, "\"%s\"", texts[i]);
        ck_assert(isnan(value));
    }
    float value;
    ck_assert_int_eq(cell(&style, "-9998", &value), RM_CELL_NUMBER);
    ck_assert_int_eq(cell(&style, "none", &value), RM_CELL_TEXT);
    rm_cell_style_init(&style, '.', "none");
    ck_assert_int_eq(cell(&style, "none", &value), RM_CELL_MISSING);
    ck_assert_int_eq(cell(&style, "-9999", &value), RM_CELL_NUMBER);
    rm_cell_style_init(&style, '.', "inf");
    ck_assert_int_eq(cell(&style, "inf", &value), RM_CELL_MISSING);
}
END_TEST

START_TEST(floats) {
    rm_cell_style style;
    float value = 0;
    rm_cell_style_init(&style, '.', "");
    ck_assert_int_eq(cell(&style, " 16777217 ", &value), RM_CELL_NUMBER);
    ck_assert_float_eq(value, 16777216.0f);
    ck_assert_int_eq(cell(&style, "3.4028234e38", &value), RM_CELL_NUMBER);
    ck_assert_int_eq(cell(&style, "3.5e38", &value), RM_CELL_INFINITE);
    ck_assert_int_eq(cell(&style, "-1e300", &value), RM_CELL_INFINITE);
    ck_assert_int_eq(cell(&style, "1e-300", &value), RM_CELL_NUMBER);
    ck_assert_float_eq(value, 0.0f);
}
END_TEST

START_TEST(other_mark) {
    rm_cell_style style;
    char comma[] = "1,5", point[] = "1.5", text[] = "a,b";
    rm_cell_style_init(&style, '.', "");
    ck_assert(rm_number_has_other_mark(&style, comma));
    ck_assert(!rm_number_has_other_mark(&style, text));
    rm_cell_style_init(&style, ',', "");
    ck_assert(rm_number_has_other_mark(&style, point));
}
END_TEST

/* Where no comma locale is installed this still runs, in the one there is. */
START_TEST(comma_locale) {
    static const char *const names[] = {"de_DE.UTF-8", "de_DE.utf8", "fr_FR.UTF-8",
                                        "nl_NL.UTF-8"};
    const char *found = NULL;
    for (size_t i = 0; i < sizeof names / sizeof *names && !found; i++)
        found = setlocale(LC_ALL, names[i]);
    if (!found)
        printf("SKIP comma_locale: no locale with a decimal comma is installed\n");
    else
        ck_assert_str_eq(localeconv()->decimal_point, ",");
    assert_number("1.5", '.', 1.5);
    assert_number("5.827000141143799", '.', 5.827000141143799);
    assert_number("5,827000141143799", ',', 5.827000141143799);
    fflush(stdout);
}
END_TEST

int main(void) {
    return rm_test_main("cells",
                        (const TTest *[]){spellings, garbage, rounding, long_texts, missing,
                                          floats, other_mark, comma_locale, NULL});
}
