/* Numbers with currencies, units, marks between thousands and other minus signs. */
#include "data/dress.h"
#include "readtext.h"

#include <math.h>

static void assert_dressed(const char *text, char decimal, const char *plain, char mark,
                           const char *affix) {
    rm_dressed dressed;
    ck_assert_msg(rm_dress_read(text, decimal, &dressed), "\"%s\" is not read", text);
    ck_assert_str_eq(dressed.plain, plain);
    ck_assert_int_eq(dressed.dress.mark, mark);
    ck_assert_str_eq(dressed.dress.before[0] ? dressed.dress.before : dressed.dress.behind,
                     affix);
}

START_TEST(cells) {
    assert_dressed("1,234.5", '.', "1234.5", ',', "");
    assert_dressed("1.234,5", ',', "1234,5", '.', "");
    assert_dressed("1,234,567", '.', "1234567", ',', "");
    assert_dressed("12,34,567.5", '.', "1234567.5", ',', "");
    assert_dressed("1'234.50", '.', "1234.50", '\'', "");
    assert_dressed("1’234", '.', "1234", '\'', "");
    assert_dressed("1 234,5", ',', "1234,5", ' ', "");
    assert_dressed("-1\xc2\xa0"
                   "234",
                   '.', "-1234", ' ', "");
    assert_dressed("1\xe2\x80\xaf"
                   "234",
                   '.', "1234", ' ', "");
    assert_dressed("1\xe2\x80\x89"
                   "234",
                   '.', "1234", ' ', "");
    assert_dressed("\xc2\xa0"
                   "5 ",
                   '.', "5", 0, "");
    assert_dressed("(123)", '.', "-123", 0, "");
    assert_dressed("($1,234.50)", '.', "-1234.50", ',', "$");
    assert_dressed("123-", '.', "-123", 0, "");
    assert_dressed("\xe2\x88\x92"
                   "5",
                   '.', "-5", 0, "");
    assert_dressed("$5", '.', "5", 0, "$");
    assert_dressed("-$5", '.', "-5", 0, "$");
    assert_dressed("$-5", '.', "-5", 0, "$");
    assert_dressed("€ 1.234,50", ',', "1234,50", '.', "€");
    assert_dressed("1.234,50 €", ',', "1234,50", '.', "€");
    assert_dressed("CHF 1'234", '.', "1234", '\'', "CHF");
    assert_dressed("12.5%", '.', "12.5", 0, "%");
    assert_dressed("12,5 %", ',', "12,5", 0, "%");
    assert_dressed("12 kWh", '.', "12", 0, "kWh");
    assert_dressed("12kW", '.', "12", 0, "kW");
    assert_dressed("-3.5°C", '.', "-3.5", 0, "°C");
    assert_dressed("5 m", '.', "5", 0, "m");
    assert_dressed("1 234 kW", '.', "1234", ' ', "kW");
    assert_dressed("999999999999999999999999999999999999999999999999999999999999 V", '.',
                   "999999999999999999999999999999999999999999999999999999999999", 0, "V");
}
END_TEST

START_TEST(no_cells) {
    static const char *const texts[] = {
        "",          "-",
        "$",         "kW",
        "()",        "(",
        "(5",        "5)",
        "--5",       "-5-",
        "(-5)",      "5A",
        "5a",        "5 room",
        "v5",        "1,23",
        "12 34",     "1234,567",
        "1,2345",    "1,234 567",
        "1.2.3",     "$5 kW",
        "5 kW x",    "5%%",
        "1e5 V",     "1/2",
        "5 h 3 min", "2024-01-01",
        "10:30",     "555 123 4567",
        "0x10",      "#5",
        "5 kW(",     "9999999999999999999999999999999999999999999999999999999999999999999 V"};
    rm_dressed dressed;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        ck_assert_msg(!rm_dress_read(texts[i], '.', &dressed), "\"%s\" is read", texts[i]);
}
END_TEST

/* Columns: the first value, and the last one. */
START_TEST(columns) {
    static const struct {
        const char *text, *settings;
        double first, last;
    } cases[] = {
        {"ds,v\n2024-01-01,\"$1,234.50\"\n2024-01-02,$2.00\n", "", 1234.5, 2},
        {"ds,v\n2024-01-01,12%\n2024-01-02,\n2024-01-03,13.5%\n", "", 12, 13.5},
        {"ds,v\n2024-01-01,12 kW\n2024-01-02,0\n2024-01-03,-3 kW\n", "", 12, -3},
        {"ds;v\n2024-01-01;€ 1.234,50\n2024-01-02;€ 2,00\n", "", 1234.5, 2},
        {"ds;v\n2024-01-01;825,10\n2024-01-02;1.234,50\n", "", 825.1, 1234.5},
        {"ds;v\n2024-01-01;1.234.567\n2024-01-02;825\n", "decimal=,", 1234567, 825},
        {"ds;v\n2024-01-01;1.234\n2024-01-02;825\n", "decimal=,", 1234, 825},
        {"ds,v\n2024-01-01,\"1,234\"\n2024-01-02,825\n", "decimal=.", 1234, 825},
        {"ds,v\n2024-01-01,\"1,5\"\n2024-01-02,\"2,5\"\n", "decimal=, delimiter=,", 1.5, 2.5},
        {"ds,v\n2024-01-01,(12)\n2024-01-02,13\n", "", -12, 13},
        {"ds,v\n2024-01-01,1 234\n2024-01-02,825\n", "", 1234, 825},
        {"ds;v\n2024-01-01;1.5\n2024-01-02;1.234\n", "", 1.5, 1.234}, /* points are decimal */
        {"ds,v\n2024-01-01,12-\n2024-01-02,NA\n2024-01-03,1\n", "channels=v", -12, 1},
        {"ds,v\n2024-01-01,-9999 W\n2024-01-02,1 W\n", "na=-9999", (double)NAN, 1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        rimer_dataset *d = dataset_of(cases[i].text, cases[i].settings);
        double first = value_at(d, 0, 0),
               last = value_at(d, 0, rimer_dataset_series(d, 0).n_steps - 1);
        ck_assert_int_eq(rimer_dataset_n_channels(d), 1);
        ck_assert_msg((float)first == (float)cases[i].first ||
                          (isnan(first) && isnan(cases[i].first)),
                      "%s: %g", cases[i].text, first);
        ck_assert_msg((float)last == (float)cases[i].last, "%s: %g", cases[i].text, last);
        rimer_dataset_free(d);
    }
}
END_TEST

/* A first row of such numbers is no header, unless plain ones stand below it. */
START_TEST(headers) {
    static const struct {
        const char *text;
        int64_t n_steps;
    } cases[] = {{"2024-01-01;12 kW\n2024-01-02;13 kW\n", 2},
                 {"2024-01-01;(12)\n2024-01-02;13\n", 2},
                 {"2024-01-01,\"1,234.50\"\n2024-01-02,825.1\n", 2},
                 {"5 min,15 min\n1,2\n2,3\n", 2},
                 {"ds,5 min\n2024-01-01,1\n", 1},
                 {"2024-01-01,12 kW\n2024-01-02,13\n", 1}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        rimer_dataset *d = dataset_of(cases[i].text, "");
        ck_assert_msg(rimer_dataset_series(d, 0).n_steps == cases[i].n_steps, "%s",
                      cases[i].text);
        rimer_dataset_free(d);
    }
}
END_TEST

/* Long after the first rows were looked at. */
START_TEST(late) {
    static char text[60000];
    size_t used = (size_t)sprintf(text, "step,v\n");
    for (int i = 0; i < 2000; i++)
        used += (size_t)sprintf(text + used, "%d,%d.50\n", i, i % 1000);
    sprintf(text + used, "2000,\"1,234.50\"\n2001,(5)\n");
    rimer_dataset *d = dataset_of(text, "");
    ck_assert_double_eq(value_at(d, 0, 2000), 1234.5);
    ck_assert_double_eq(value_at(d, 0, 2001), -5);
    rimer_dataset_free(d);
    sprintf(text + used, "2000,\"1,234\"\n");
    assert_refused(text, "", RIMER_DATA, "thousands? use --decimal .)");
    d = dataset_of(text, "decimal=.");
    ck_assert_double_eq(value_at(d, 0, 2000), 1234);
    rimer_dataset_free(d);
    sprintf(text + used, "2000,5 kW\n");
    assert_refused(text, "", RIMER_DATA,
                   "t.csv:2002: column \"v\": \"5 kW\" is not a number like");
}
END_TEST

/* What is not alike is no column of numbers, or a mistake. */
START_TEST(mixed) {
    static const char *const texts[] = {"w,v\n12 kW,1\n1.2 MW,2\n", "w,v\n1a,1\n2a,2\n",
                                        "w,v\n5 kW,1\n7,2\n", "w,v\n45.2M,1\n987K,2\n",
                                        "w,v\n5A,1\n5B,2\n"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        rimer_dataset *d = NULL;
        rimer_status status = read_text(texts[i], "", &d);
        ck_assert_int_eq(status, i == 2 ? RIMER_DATA : RIMER_OK);
        if (!status)
            ck_assert_str_eq(rimer_dataset_notes(d).ignored, "w");
        rimer_dataset_free(d);
    }
    assert_refused(texts[2], "", RIMER_DATA,
                   "t.csv:2: column \"w\": \"5 kW\" is not a number like");
}
END_TEST

int main(void) {
    return rm_test_main(
        "dress", (const TTest *[]){cells, no_cells, columns, headers, late, mixed, NULL});
}
