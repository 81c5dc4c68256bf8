/* Times that are written as one number: which columns of numbers are times, and which are not. */
#include "readtext.h"

START_TEST(times) {
    static const struct {
        const char *text, *settings, *time, *frequency, *next;
    } cases[] = {
        /* dates without separators, wherever they stand */
        {"station,date,v\nx,20240131,5\nx,20240201,6\n", "", "date", "1d", "20240202"},
        {"v,Date\n5,20240131\n6,20240201\n", "", "Date", "1d", "20240202"},
        {"ds,v\n202311,1\n202312,2\n202401,3\n", "", "ds", "1mo", "202402"},
        {"month,v\n202311,1\n202312,2\n202401,3\n", "", "month", "1mo", "202402"},
        {"week,v\n202351,1\n202352,2\n202401,3\n", "", "week", "7d", "202402"},
        {"date,v\n2023364,1\n2023365,2\n2024001,3\n", "", "date", "1d", "2024002"},
        {"ds,v\n2023123122,1\n2023123123,2\n2024010100,3\n", "", "ds", "1h", "2024010101"},
        {"ds,v\n202401312330,1\n202401312345,2\n202402010000,3\n", "", "ds", "15min",
         "202402010015"},
        {"timestamp,v\n20240131235958,1\n20240131235959,2\n20240201000000,3\n", "", "timestamp",
         "1s", "20240201000001"},
        {"id,date,time,v\n7,20240131,2200,5\n8,20240131,2300,6\n", "", "date,time", "1h",
         "20240201 0000"},
        {"when,v\n202312,1\n202401,2\n", "time_col=when", "when", "1mo", "202402"},
        {"no,date,v\n1,202312,3\n2,202401,4\n", "", "date", "1mo", "202402"},
        {"v,year\n1,2018\n3,2019\n2,2020\n", "", "year", "1y", "2021"},
        {"ano;v\n2018;1\n2019;2\n", "", "ano", "1y", "2020"},
        /* counted since 1970 */
        {"timestamp,v\n1577836800,1\n1577840400,2\n", "", "timestamp", "1h", "1577844000"},
        {"v,time\n1,1577836800000\n2,1577840400000\n", "", "time", "1h", "1577844000000"},
        {"epoch,v\n1577836800,1\n1577840400,2\n", "", "epoch", "1h", "1577844000"},
        {"v,Created (date)\n1,1577836800\n2,1577840400\n", "", "Created (date)", "1h",
         "1577844000"},
        {"time,v\n1577836800.0,1\n1577840400.5,2\n", "", "time", "3600500ms", "1577844001.0"},
        {"time,v\n1577836800000.5,1\n1577836800001.5,2\n", "", "time", "1ms",
         "1577836800002.5"},
        {"n,v\n1577836800,1\n1577840400,2\n", "time_col=n", "n", "1h", "1577844000"},
        {"time,v\n1577840400,1\n1577836800,2\n", "sort=yes", "time", "1h", "1577844000"},
        /* numbers of steps */
        {"t,v\n1577836800,1\n1577840400,2\n", "", "t", "3600", "1577844000"},
        {"step,v\n202312,1\n202313,2\n", "", "step", "1", "202314"},
        {"ds,v\n202353,1\n202354,2\n", "", "ds", "1", "202355"},
        {"ds,v\n160000001,1\n160000002,2\n", "", "ds", "1", "160000003"},
        {"ds,v\n45292,1\n45293,2\n", "", "ds", "1", "45294"},
        {"time,v\n100131,1\n100132,2\n", "", "time", "1", "100133"},
        {"date,v\n240130,1\n240131,2\n", "time_format=%y%m%d", "date", "1d", "240201"},
        {"date,v\n30012024,1\n31012024,2\n", "time_format=%d%m%Y", "date", "1d", "01022024"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        rimer_dataset *d = dataset_of(cases[i].text, cases[i].settings);
        ck_assert_str_eq(rimer_dataset_time_name(d), cases[i].time);
        ck_assert_str_eq(rimer_dataset_frequency(d), cases[i].frequency);
        ck_assert_str_eq(time_at(d, -1), cases[i].next);
        ck_assert_int_eq(rimer_dataset_n_channels(d), 1);
        rimer_dataset_free(d);
    }
}
END_TEST

/* Values that look like times, without a name that says so, or beside other times. */
START_TEST(values) {
    static const char *const texts[] = {
        "a,b\n1577836800,1\n1577840400,2\n",
        "a,b\n202311,1\n202312,2\n",
        "v,runtime\n1,1577836800\n2,1577840400\n",
        "v,timezone\n1,20240131\n2,20240201\n",
        "v,lead time\n3,20240201\n4,20240131\n",
        "d,timestamp\n2024-01-01,1577836800\n2024-01-02,1577840400\n",
        "time,v\n0.0,1\n0.5,2\n",
        "v,year\n1,2018\n2,2018\n",
        "v,year\n1,2018\n2,2017\n",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        rimer_dataset *d = dataset_of(texts[i], "");
        ck_assert_int_eq(rimer_dataset_n_channels(d) + rimer_dataset_n_time_columns(d), 2);
        ck_assert_msg(rimer_dataset_n_time_columns(d) == (texts[i][0] == 'd'), "%s", texts[i]);
        rimer_dataset_free(d);
    }
}
END_TEST

/* What stands under the name of a time, and is none, is no value either. */
START_TEST(refused) {
    static const char *const cases[][2] = {
        {"timestamp,v\n1577840400,1\n1577836800,2\n", "rows are out of order"},
        {"date,v\n20240201,1\n20240131,2\n", "rows are out of order"},
        {"v,date\n1,20240201\n2,20240131\n", "rows are out of order"},
        {"timestamp,v\n1577836800,1\nsoon,2\n", "t.csv:3: column \"timestamp\": \"soon\""},
        {"time,v\n1577836800.1234567,1\n1577836801.2,2\n", "finer than microseconds"},
        {"Date,v\n45292.0,1\n45292.0416666667,2\n", "the number of a day, as spreadsheets"},
        {"v;Date\n1;45292,25\n2;45292,5\n", "the number of a day, as spreadsheets"},
        {"date,v\n30012024,1\n31012024,2\n01022024,3\n", "say its order, as in --time-format"},
        {"Datum;v\n01022024;1\n02022024;2\n", "t.csv:2: column \"Datum\": \"01022024\" is not"},
        {"v,date\n1,240130\n2,240131\n", "(a date? say its order"},
        {"ds,v\n2020.01,1\n2020.02,2\n", "t.csv:2: column \"ds\": \"2020.01\" is not a time"},
        {"v,Timestamp (UTC)\n1,Q1/2020\n2,Q9/2020\n", "\"Q1/2020\" is not a time"},
        {"Week,v\n5th of 2020,1\n6th of 2020,2\n", "\"5th of 2020\" is not a time"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_refused(cases[i][0], "", RIMER_DATA, cases[i][1]);
    rimer_dataset_free(dataset_of("Zeit zone,v\nEurope/Berlin,1\nEurope/Berlin,2\n", ""));
    rimer_dataset_free(dataset_of("ds,v\n2020.01,1\n2020.02,2\n", "no_time=yes"));
}
END_TEST

int main(void) {
    return rm_test_main("time numbers", (const TTest *[]){times, values, refused, NULL});
}
