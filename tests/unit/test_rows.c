/* Rows that are no steps. */
#include "readtext.h"

/* Spreadsheets write rows of nothing but delimiters where cells were cleared. */
START_TEST(empty_rows) {
    static const struct {
        const char *text, *settings, *frequency;
        int64_t n_steps;
    } cases[] = {
        {"d;a;b\n2024-01-01;1;2\n2024-01-02;3;4\n;;\n ; ;\n", "", "1d", 2},
        {"d;a;b\n01.01.24;1;2\n02.01.24;3;4\n13.01.24;;\n;;\n;;\n", "freq=1d", "1d", 13},
        {"d,a,b\n2024-01-01,1,2\n,,\n2024-01-02,3,4\n", "", "1d", 2},
        {"year,a\n2020,1\n2021,2\n,\n", "", "1y", 2},
        {"t,a\n1,1\n2,2\n,\n", "", "1", 2},
        {"year,month,a\n2020,1,1\n2020,2,2\n,,\n", "", "1mo", 2},
        {"unique_id,ds,y\na,2024-01-01,1\na,2024-01-02,1\n,,\n", "", "1d", 2},
        {"s,y\na,1\na,1\n,\n", "id_col=s", "1", 2},
        {"a,b\n1,2\n3,4\n,\n", "", "1", 3}, /* a step, of which nothing is known */
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        rimer_dataset *d = dataset_of(cases[i].text, cases[i].settings);
        ck_assert_msg(rimer_dataset_series(d, 0).n_steps == cases[i].n_steps, "%s",
                      cases[i].text);
        ck_assert_str_eq(rimer_dataset_frequency(d), cases[i].frequency);
        rimer_dataset_free(d);
    }
    assert_refused("d,a\n2024-01-01,1\n,2\n", "", RIMER_DATA, "t.csv:3: column \"d\": \"\" is");
    assert_refused("d,a\n,\n,\n", "", RIMER_DATA, "a header but no row of data");
}
END_TEST

/* Tables that were put one below the other repeat their header. */
START_TEST(repeated_headers) {
    static const struct {
        const char *text, *settings;
        int64_t n_steps, n_headers;
    } cases[] = {
        {"ds,v\n2024-01-01,1\nds,v\n2024-01-02,2\nds,v\n", "", 2, 2},
        {"step,v\n1,1\n2,2\nstep,v\n3,3\n", "", 3, 1},
        {"ds,kind,v\n2024-01-01,x,1\nds,kind,v\n2024-01-02,y,2\n", "", 2, 1},
        {"v\n1\n2\nv\n3\n", "", 3, 1},
        {"ds,v\nds,v\n2024-01-01,1\n2024-01-02,2\n", "", 2, 0},
        {"unique_id,ds,y\na,2024-01-01,1\nunique_id,ds,y\na,2024-01-02,1\n", "", 2, 1},
        {",v\n2024-01-01,1\n,v\n2024-01-02,2\n", "", 2, 1},
        {"x,y\n1,2\n3,4\n", "", 2, 0},
        {"7,8\n1,2\n7,8\n", "header=yes", 2, 0}, /* may be values */
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        rimer_dataset *d = dataset_of(cases[i].text, cases[i].settings);
        ck_assert_msg(rimer_dataset_series(d, 0).n_steps == cases[i].n_steps, "%s",
                      cases[i].text);
        ck_assert_int_eq(rimer_dataset_notes(d).n_headers, cases[i].n_headers);
        ck_assert_int_eq(rimer_dataset_n_channels(d),
                         1 + (cases[i].text[1] == ',' && cases[i].text[0] != ','));
        rimer_dataset_free(d);
    }
    assert_refused("ds,a,b\n2024-01-01,1,2\nds,b,a\n2024-01-02,2,1\n", "", RIMER_DATA,
                   "t.csv:3: column \"ds\": \"ds\" is not a time");
    assert_refused("ds,v\n2024-01-01,1\n# restart\n", "", RIMER_DATA,
                   "(a comment? take it out");
}
END_TEST

/* A row of sums below a table without times is no step; with times it is no time. */
START_TEST(totals) {
    static const char *const words[] = {"Total", "TOTALS:", "Grand Total",
                                        "Sum",   "Summe",   "Gesamt",
                                        "somme", "Suma",    "\xe5\x90\x88\xe8\xae\xa1"};
    char text[256];
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        snprintf(text, sizeof text, "shift;sales\nA;10\nB;12\nA;11\n%s;33\n\n", words[i]);
        assert_refused(text, "", RIMER_DATA, "t.csv:5: column \"shift\": \"");
        assert_said("the last row is no step but a total: take it out");
    }
    assert_refused("day,v\n2024-01-01,1\n2024-01-02,2\nTotal,3\n", "no_time=yes", RIMER_DATA,
                   "t.csv:4: column \"day\": \"Total\"");
    assert_refused("nr,a,v\n1,x,1\n2,y,2\n,Total,3\n", "no_time=yes channels=v", RIMER_DATA,
                   "t.csv:4: column \"a\": \"Total\"");
    assert_refused(
        "v,w\n1,1\n2,2\nTotal,3\n", "", RIMER_DATA,
        "t.csv:4: column \"v\": \"Total\" is not a number (take rows out that are no "
        "steps, such as a total)");
    assert_refused("d,v\n2024-01-01,1\n2024-01-02,2\nTotal,3\n", "", RIMER_DATA,
                   "is not a time");

    assert_refused("shift;sales\nA;10\nTotal;33\n;\n", "", RIMER_DATA, "t.csv:3: column");

    /* Where other rows say so, too, or it is not the last one, it names something. */
    static const char *const kept[] = {"fuel,v\nTotal,1\nTotal,2\nTotal,3\n",
                                       "fuel,v\ngas,1\nTotal,2\ngas,3\nTotal,4\n",
                                       "fuel,v\ngas,1\nTotal,2\ngas,3\n",
                                       "fuel,v\ngas,1\ngas,3\nTotals of gas,4\n",
                                       "fuel,v\nTotal,4\n",
                                       "Total,v\n1,1\n2,3\n"};
    for (size_t i = 0; i < sizeof kept / sizeof *kept; i++)
        rimer_dataset_free(dataset_of(kept[i], ""));
    rimer_dataset_free(dataset_of("d,who,v\n2024-01-01,a,1\n2024-01-02,Total,2\n", ""));
    rimer_dataset_free(dataset_of("s,v\na,1\nb,3\nTotal,4\n", "id_col=s"));
    rimer_dataset_free(dataset_of("a,1,2\nb,3,4\nTotal,4,6\n", "layout=rows"));
}
END_TEST

int main(void) {
    return rm_test_main("rows", (const TTest *[]){empty_rows, repeated_headers, totals, NULL});
}
