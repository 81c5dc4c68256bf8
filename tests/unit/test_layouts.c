/* Long tables, a series a row, .tsf, and times that stand in several columns. */
#include "readtext.h"

#include <math.h>

static rimer_series series_of(const rimer_dataset *d, const char *id) {
    for (int64_t s = 0; s < rimer_dataset_n_series(d); s++)
        if (strcmp(rimer_dataset_series(d, s).id, id) == 0)
            return rimer_dataset_series(d, s);
    ck_abort_msg("no series \"%s\"", id);
    return (rimer_series){0};
}

static void assert_values(const rimer_dataset *d, const char *id, int64_t channel, int64_t n,
                          const double *want) {
    rimer_series series = series_of(d, id);
    ck_assert_int_eq(series.n_steps, n);
    for (int64_t t = 0; t < n; t++) {
        double got = (double)series.values[channel * n + t];
        ck_assert_msg(got == want[t] || (isnan(got) && isnan(want[t])),
                      "series \"%s\", channel %lld, step %lld: %g, want %g", id,
                      (long long)channel, (long long)t, got, want[t]);
    }
}
#define VALUES(...) ((const double[]){__VA_ARGS__})
#define GAP ((double)NAN)

static const char *next_of(const rimer_dataset *d, int64_t series, int64_t k) {
    static char text[RIMER_TIME_SIZE];
    rimer_dataset_format_time(d, rimer_dataset_future_time(d, series, k), text, sizeof text);
    return text;
}

START_TEST(long_tables) {
    static const char *const cases[][2] = {
        {"unique_id,ds,y\na,2024-01-01,1\na,2024-01-02,2\na,2024-01-04,4\nb,2024-01-03,7\n"
         "b,2024-01-04,\n",
         ""},
        /* series that take turns */
        {"unique_id,ds,y\na,2024-01-01,1\nb,2024-01-03,7\na,2024-01-02,2\nb,2024-01-04,NA\n"
         "a,2024-01-04,4\n",
         ""},
        {"ds;y;Unique_ID\n2024-01-04;4;a\n2024-01-03;7;b\n2024-01-01;1;a\n2024-01-02;2;a\n"
         "2024-01-04;;b\n",
         "sort=yes"},
        {"day,shop,kind,y\n2024-01-01,a,x,1\n2024-01-02,a,x,2\n2024-01-04,a,x,4\n"
         "2024-01-03,b,x,7\n2024-01-04,b,x,\n",
         "id_col=shop layout=long"},
        {"when,shop,y\n01.01.2024,a,1\n02.01.2024,a,2\n04.01.2024,a,4\n03.01.2024,b,7\n"
         "04.01.2024,b,\n",
         "id_col=shop time_col=when"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        rimer_dataset *d = dataset_of(cases[i][0], cases[i][1]);
        ck_assert_int_eq(rimer_dataset_n_series(d), 2);
        ck_assert_int_eq(rimer_dataset_n_channels(d), 1);
        ck_assert_str_eq(rimer_dataset_channel_name(d, 0), "y");
        assert_values(d, "a", 0, 4, VALUES(1, 2, GAP, 4));
        assert_values(d, "b", 0, 2, VALUES(7, GAP));
        ck_assert_str_eq(rimer_dataset_frequency(d), "1d");
        ck_assert_int_eq(rimer_dataset_notes(d).n_rows, 5);
        ck_assert_int_eq(rimer_dataset_notes(d).n_missing, 2);
        ck_assert_int_eq(rimer_dataset_notes(d).n_gap_steps, 1);
        ck_assert_str_eq(rimer_dataset_notes(d).layout, "long");
        rimer_dataset_free(d);
    }
    rimer_dataset *d = dataset_of("unique_id,ds,a,b\nx,1,1,2\nx,2,3,4\ny,5,5,\n", "");
    assert_values(d, "x", 1, 2, VALUES(2, 4));
    assert_values(d, "y", 0, 1, VALUES(5));
    ck_assert_str_eq(next_of(d, 1, 1), "6");
    rimer_dataset_free(d);
    /* one series is no other thing than many */
    d = dataset_of("unique_id,ds,y\nx,2024-01-01,1\nx,2024-01-02,2\n", "");
    ck_assert_int_eq(rimer_dataset_n_series(d), 1);
    assert_values(d, "x", 0, 2, VALUES(1, 2));
    rimer_dataset_free(d);
    /* without times each series counts its own rows */
    d = dataset_of("unique_id,y\nx,1\nx,2\nz,3\n", "");
    assert_values(d, "z", 0, 1, VALUES(3));
    ck_assert_str_eq(rimer_dataset_time_name(d), "");
    ck_assert_str_eq(next_of(d, 1, 1), "1");
    rimer_dataset_free(d);
    d = dataset_of("unique_id,ds,y\nx,2024-01-01,1\n", "layout=wide channels=y");
    ck_assert_str_eq(rimer_dataset_series(d, 0).id, "");
    rimer_dataset_free(d);
}
END_TEST

START_TEST(long_refusals) {
    assert_refused("unique_id,ds,y\na,2024-01-01,1\nb,2024-01-01,1\nb,2024-01-01,2\n", "",
                   RIMER_DATA,
                   "t.csv:4: series \"b\": the time 2024-01-01 was there before, in "
                   "line 3");
    assert_refused("unique_id,ds,y\na,2024-01-02,1\nb,2024-01-01,1\na,2024-01-01,2\n", "",
                   RIMER_DATA, "t.csv:4: series \"a\": 2024-01-01 comes after 2024-01-02");
    assert_refused("unique_id,ds,y\na,2024-01-01,1\n,2024-01-02,1\n", "", RIMER_DATA,
                   "t.csv:3: column \"unique_id\": the name of the series is empty");
    assert_refused("shop,ds,y\na,2024-01-01,1\n", "layout=long", RIMER_USAGE, "--id-col");
    assert_refused("shop,ds,y\na,2024-01-01,1\n", "id_col=store", RIMER_USAGE,
                   "there is no column \"store\"; there are shop, ds, y");
    assert_refused("shop,ds,y\na,2024-01-01,1\n", "id_col=shop layout=wide", RIMER_USAGE,
                   "layout wide");
    assert_refused("unique_id,ds,y\na,2024-01-01,1\n", "channels=unique_id", RIMER_USAGE,
                   "\"unique_id\" is the series' column");
}
END_TEST

/* The frequency is that of most neighbours in all series; each series keeps to its own grid. */
START_TEST(frequency_of_many) {
    rimer_dataset *d = dataset_of("unique_id,ds,y\na,2024-01-01 00:00,1\na,2024-01-01 01:00,1\n"
                                  "b,2024-01-01 00:30,1\nb,2024-01-01 01:30,1\n"
                                  "c,2024-01-01 00:15,1\nc,2024-01-01 03:15,1\n",
                                  "");
    ck_assert_str_eq(rimer_dataset_frequency(d), "1h");
    assert_values(d, "c", 0, 4, VALUES(1, GAP, GAP, 1));
    ck_assert_str_eq(next_of(d, 2, 1), "2024-01-01 04:15");
    ck_assert_ptr_nonnull(strstr(rimer_dataset_notes(d).reason, "neighbours"));
    ck_assert_int_eq(rimer_dataset_notes(d).first_gap_series, 2);
    rimer_dataset_free(d);
    d = dataset_of("unique_id,ds,y\na,2024-01-31,1\na,2024-02-29,1\nb,2023-11-30,1\n", "");
    ck_assert_str_eq(rimer_dataset_frequency(d), "1mo");
    ck_assert_str_eq(next_of(d, 0, 1), "2024-03-31");
    ck_assert_str_eq(next_of(d, 1, 1), "2023-12-31");
    rimer_dataset_free(d);
}
END_TEST

START_TEST(series_rows) {
    static const char *const texts[] = {
        "V1,V2,V3,V4\nH1,1,2,3\nH2,4,,\nH3,,5,\n",
        ("\"V1\",\"V2\",\"V3\",\"V4\"\n\"H1\",\"1\",\"2\",\"3\"\n\"H2\",\"4\",\"\",\"\"\n"
         "\"H3\",\"\",\"5\",\"\"\n"),
        "H1,1,2,3\nH2,4\nH3,NA,5\n",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        rimer_dataset *d = dataset_of(texts[i], "layout=rows freq=1h");
        ck_assert_int_eq(rimer_dataset_n_series(d), 3);
        assert_values(d, "H1", 0, 3, VALUES(1, 2, 3));
        assert_values(d, "H2", 0, 1, VALUES(4));
        assert_values(d, "H3", 0, 2, VALUES(GAP, 5));
        ck_assert_str_eq(rimer_dataset_frequency(d), "1h");
        ck_assert_str_eq(next_of(d, 0, 1), "3");
        ck_assert_int_eq(rimer_dataset_notes(d).n_missing, 1);
        rimer_dataset_free(d);
    }
    rimer_dataset *d = dataset_of("H1,1\nH2,,\nH3\n", "layout=rows");
    assert_values(d, "H2", 0, 1, VALUES(GAP));
    assert_values(d, "H3", 0, 1, VALUES(GAP));
    rimer_dataset_free(d);
    d = dataset_of("a,b,name\n1,2,x\n3,4,y\n", "layout=rows id_col=name");
    assert_values(d, "y", 0, 2, VALUES(3, 4));
    rimer_dataset_free(d);
    assert_refused("H1,1\nH1,2\n", "layout=rows", RIMER_DATA,
                   "t.csv:2: a series called \"H1\" was there before");
    assert_refused("H1,1\nH2,x,2\n", "layout=rows", RIMER_DATA,
                   "t.csv:2: series \"H2\", cell 2: \"x\" is not a number");
    assert_refused("H1,1\n,2\n", "layout=rows", RIMER_DATA, "t.csv:2: the name");
    assert_refused("H1,1\n", "layout=rows time_col=x", RIMER_USAGE, "leave time_col out");
    assert_refused("V1,V2\nH1,1\n", "layout=rows id_col=x", RIMER_USAGE, "no column \"x\"");
}
END_TEST

#define TSF_HEAD                                                                \
    "# about 400\x96 bytes\r\n@relation T\r\n@attribute series_name string\r\n" \
    "@attribute start_timestamp date\r\n@frequency monthly\r\n@missing true\r\n@data\r\n"

START_TEST(tsf) {
    rimer_dataset *d = dataset_of(
        TSF_HEAD "T1:1990-11-01 00-00-00:1,?,3\r\n\r\nT2:2000-01-01 00-00-00:4.5\r\n", "");
    ck_assert_int_eq(rimer_dataset_n_series(d), 2);
    assert_values(d, "T1", 0, 3, VALUES(1, GAP, 3));
    ck_assert_str_eq(rimer_dataset_frequency(d), "1mo");
    ck_assert_str_eq(next_of(d, 0, 1), "1991-02-01 00-00-00");
    ck_assert_str_eq(rimer_dataset_notes(d).layout, "tsf");
    ck_assert_int_eq(rimer_dataset_notes(d).n_missing, 1);
    rimer_dataset_free(d);
    d = dataset_of("@attribute state string\n@frequency half_hourly\n@data\nNSW:1,2\nVIC:3\n",
                   "");
    assert_values(d, "T2", 0, 1, VALUES(3)); /* no series_name */
    ck_assert_str_eq(rimer_dataset_frequency(d), "30min");
    ck_assert_str_eq(next_of(d, 0, 1), "2");
    rimer_dataset_free(d);
    static const char *const refusals[][2] = {
        {TSF_HEAD "T1:1990-11-01 00-00-00:1,x\n", "t.csv:8: series \"T1\": \"x\" is not"},
        {TSF_HEAD "T1:1990-13-01 00-00-00:1\n", "\"1990-13-01 00-00-00\" is not a time"},
        {TSF_HEAD "T1:1\n", "t.csv:8: 1 of the 2 attributes that the header names are here"},
        {TSF_HEAD, "not one series"},
        {TSF_HEAD "T1:1990-11-01 00-00-00:1\nT1:1990-11-01 00-00-00:1\n",
         "t.csv:9: a series called \"T1\""},
        {"@relation T\n", "no @data"},
        {"@relation T\n@data\n1\n", "t.csv:2: @data without"},
        {"@relation T\nT1:1\n", "t.csv:2: \"T1:1\""},
        {"@frequency sometimes\n@data\n", "\"sometimes\" is not known"},
    };
    for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++)
        assert_refused(refusals[i][0], "", RIMER_DATA, refusals[i][1]);
}
END_TEST

START_TEST(several_time_columns) {
    static const char *const cases[][4] = {
        /* text, settings, frequency, next */
        {"No,year,month,day,hour,v\n1,2010,12,31,22,5\n2,2010,12,31,23,6\n", "", "1h",
         "2011 1 1 0"},
        {",date,v\n0,2024-01-01,5\n1,2024-01-02,6\n", "", "1d", "2024-01-03"},
        {"Unnamed: 0,Date,Time,v\n0,31.12.2024,22:00,5\n1,31.12.2024,23:00,6\n", "", "1h",
         "01.01.2025 00:00"},
        {",v\n0,5\n1,6\n", "", "1", "2"},
        {",date,v\n0,7,5\n1,9,6\n", "channels=v", "1", "2"},
        {"v,Year,Month\n5,2010,08\n6,2010,09\n", "", "1mo", "2010 10"},
        {"Jahr;Monat;v\n2010;11;5\n2010;12;6\n", "", "1mo", "2011 1"},
        {"YYYY,MM,DD,HH,v\n2010,12,31,22,5\n2010,12,31,23,6\n", "", "1h", "2011 1 1 0"},
        {"#YY,MM,DD,hh,mm,v\n2010,12,31,22,50,5\n2010,12,31,23,50,6\n", "", "1h",
         "2011 1 1 0 50"},
        {"yy,mon,v\n98,11,5\n98,12,6\n", "", "1mo", "99 1"},
        {"Year,Month,v\n2010,Nov,5\n2010,Dec,6\n", "", "1mo", "2011 Jan"},
        {"Year,Quarter,v\n2010,3,5\n2010,4,6\n", "", "1q", "2011 1"},
        {"Year,Qtr,v\n2010,Q3,5\n2010,Q4,6\n", "", "1q", "2011 Q1"},
        {"Jahr;KW;v\n2010;51;5\n2010;52;6\n", "", "7d", "2011 1"},
        {"year,doy,v\n2010,364,5\n2010,365,6\n", "", "1d", "2011 1"},
        {"year,day,hour,v\n2010,365,22,5\n2010,365,23,6\n", "", "1h", "2011 1 0"},
        {"Date,Hour,v\n2010-12-31,23,5\n2010-12-31,24,6\n2011-01-01,1,6\n", "", "1h",
         "2011-01-01 2"},
        {"time,date,v\n22:00,12/31/2010,5\n23:00,12/31/2010,6\n", "", "1h", "01/01/2011 00:00"},
        {"Zeit;Datum;v\n22:00;31.12.2010;5\n23:00;31.12.2010;6\n", "", "1h",
         "01.01.2011 00:00"},
        {"Date,HE,v\n12/30/2010,24,5\n12/31/2010,1,6\n", "", "1h", "12/31/2010 2"},
        {"Date,Hour Ending,v\n12/31/2010,22:00,5\n12/31/2010,23:00,6\n", "", "1h",
         "01/01/2011 00:00"},
        {"Datum;von;v\n31.12.2010;23:30;5\n31.12.2010;23:45;6\n", "", "15min",
         "01.01.2011 00:00"},
        {"a,h,v\n2010-12-31,22,5\n2010-12-30,24,6\n",
         "time_col=a,h sort=yes "
         "time_format=%Y-%m-%d,%{24}H",
         "22h", "2011-01-01 20"},
        {"year,month,v\n2010,1,5\n2010,2,6\n", "", "1mo", "2010 3"},
        {"d,hour,v\n2010-12-31,22,5\n2010-12-31,23,6\n", "time_col=d,hour", "1h",
         "2011-01-01 0"},
        {"Date;Time;v\n16/12/2006;17:24:00;1,5\n16/12/2006;17:25:00;2,5\n", "", "1min",
         "16/12/2006 17:26:00"},
        {"a,b,v\n16.12.06,5:24 PM,1\n16.12.06,5:25 PM,2\n", "time_col=a,b", "1min",
         "16.12.06 5:26 PM"},
        {"a,b,v\n2006 350,1724,1\n2006 350,1725,2\n", "time_col=a,b time_format=%Y %j,%H%M",
         "1min", "2006 350 1726"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        rimer_read_options options;
        rimer_dataset *d = NULL;
        if (strstr(cases[i][1], "%Y %j")) { /* a blank in a value */
            options = read_settings("time_col=a,b");
            strcpy(options.time_format, "%Y %j,%H%M");
        } else {
            options = read_settings(cases[i][1]);
        }
        rimer_status status = rimer_dataset_read(
            write_bytes("t.csv", cases[i][0], strlen(cases[i][0])), &options, &d);
        ck_assert_msg(status == RIMER_OK, "%zu: %s", i, rimer_last_error());
        ck_assert_int_eq(rimer_dataset_n_channels(d), 1);
        ck_assert_str_eq(rimer_dataset_channel_name(d, 0), "v");
        ck_assert_str_eq(rimer_dataset_frequency(d), cases[i][2]);
        ck_assert_str_eq(next_of(d, 0, 1), cases[i][3]);
        rimer_dataset_free(d);
    }
    rimer_dataset *d = dataset_of(cases[0][0], "");
    char cell[RIMER_TIME_SIZE];
    ck_assert_int_eq(rimer_dataset_n_time_columns(d), 4);
    ck_assert_str_eq(rimer_dataset_time_column(d, 1), "month");
    ck_assert_str_eq(rimer_dataset_time_name(d), "year,month,day,hour");
    rimer_dataset_format_time_column(d, 3, rimer_dataset_series(d, 0).times[1], cell,
                                     sizeof cell);
    ck_assert_str_eq(cell, "23");
    ck_assert_str_eq(rimer_dataset_notes(d).ignored, "No");
    rimer_dataset_free(d);
    /* Tables that pandas put one below the other keep the index of each. */
    d = dataset_of(",unique_id,ds,y\n0,a,2024-01-01,5\n1,a,2024-01-02,6\n0,b,2024-01-01,7\n",
                   "");
    ck_assert_int_eq(rimer_dataset_n_channels(d), 1);
    ck_assert_str_eq(rimer_dataset_channel_name(d, 0), "y");
    ck_assert_int_eq(rimer_dataset_n_series(d), 2);
    rimer_dataset_free(d);
    /* real stamps in front win over columns made from them */
    d = dataset_of("date,year,month,v\n2010-01-31,2010,1,5\n2010-02-28,2010,2,6\n", "");
    ck_assert_str_eq(rimer_dataset_time_name(d), "date");
    ck_assert_int_eq(rimer_dataset_n_channels(d), 3);
    rimer_dataset_free(d);
    assert_refused("year,month,v\n2010,1,5\n2010,13,6\n", "", RIMER_DATA,
                   "t.csv:3: column \"year\": \"2010 13\" is not a time");
    assert_refused("a,b,v\n1,2,3\n", "time_col=a,a", RIMER_USAGE, "named twice");
    assert_refused("a,b,v\n1,2,3\n", "time_col=a,c", RIMER_USAGE, "no column \"c\"");
    assert_refused("a,b,v\n1,2,3\n", "time_col=a,b time_format=%Y", RIMER_USAGE,
                   "has parts: 1, for columns: 2");
    assert_refused("a,b,v\nx,2,3\n", "time_col=a,b", RIMER_DATA, "\"x\" is not a time");
}
END_TEST

/* A time need not stand in the first column. */
START_TEST(times_elsewhere) {
    static const char *const cases[][4] = {
        {"id,time,v\n7,2024-01-01,5\n8,2024-01-02,6\n9,2024-01-03,7\n", "time", "1d", "id"},
        {"v,w,time\n1,5,2024-01-01 00:00\n3,6,2024-01-01 01:00\n", "time", "1h", ""},
        {"station,when,v\nx,30.01.2024,5\nx,31.01.2024,6\n", "when", "1d", "station"},
        {",station,ds,v\n0,x,2024-01-01,5\n1,x,2024-01-02,6\n", "ds", "1d", "c0, station"},
        {"id,Date,Time,v\n4,31/01/2024,22:00,5\n5,31/01/2024,23:00,6\n", "Date,Time", "1h",
         "id"},
        {"Datum;Uhrzeit;v\n30.01.2024;22:00;5\n30.01.2024;23:00;6\n", "Datum,Uhrzeit", "1h",
         ""},
        {"Datum;Zeit;v\n30.01.2024;22:00:00;5\n31.01.2024;22:00:00;6\n", "Datum,Zeit", "1d",
         ""},
        {"Date;Heure;v\n30/01/2024;0:00;5\n30/01/2024;0:15;6\n", "Date,Heure", "15min", ""},
        {"Fecha;Hora;v\n30/01/2024;22:00;5\n30/01/2024;23:00;6\n", "Fecha,Hora", "1h", ""},
        {"Data;Ora;v\n30/01/2024;22:00;5\n30/01/2024;23:00;6\n", "Data,Ora", "1h", ""},
        {"Datum;Tijd;v\n30-01-2024;22:00;5\n30-01-2024;23:00;6\n", "Datum,Tijd", "1h", ""},
        /* no clocks under such a name: a channel, or a text */
        {"Datum;Zeit;v\n30.01.2024;2,5;5\n31.01.2024;3;6\n", "Datum", "1d", ""},
        {"Datum;Hora;v\n30.01.2024;x;5\n31.01.2024;y;6\n", "Datum", "1d", "Hora"},
        /* no time axis: a date that stands still, and one beside numbered steps */
        {"v,since\n5,2024-01-01\n6,2024-01-01\n", "", "1", "since"},
        {"t,v,since\n0,5,2024-01-01\n1,6,2024-01-01\n2,6,2024-02-01\n", "t", "1", "since"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        rimer_dataset *d = dataset_of(cases[i][0], "");
        if (*cases[i][1])
            ck_assert_str_eq(rimer_dataset_time_name(d), cases[i][1]);
        ck_assert_int_eq(rimer_dataset_n_time_columns(d) > 0, *cases[i][1] != 0);
        ck_assert_str_eq(rimer_dataset_frequency(d), cases[i][2]);
        ck_assert_str_eq(rimer_dataset_notes(d).ignored, cases[i][3]);
        rimer_dataset_free(d);
    }
    assert_refused("sensor,time,v\na,2024-01-01,5\na,2024-01-02,6\nb,2024-01-01,7\n", "",
                   RIMER_DATA,
                   "t.csv:4: 2024-01-01 comes after 2024-01-02: rows are out of order "
                   "(use --sort; of many series, name theirs with --id-col)");
    assert_refused("time,sensor,v\n2024-01-01,a,5\n2024-01-01,b,6\n", "", RIMER_DATA,
                   "--steps rows; of many series, name theirs with --id-col)");
    assert_refused("id,day,v\n1,01/02/2024,1\n2,02/02/2024,2\n3,02/03/2024,3\n", "", RIMER_DATA,
                   "column \"day\": \"01/02/2024\" may put the day or the month first");
    rimer_dataset *d = dataset_of("v,time\n1,2024-01-02\n2,2024-01-01\n", "sort=yes");
    ck_assert_double_eq(value_at(d, 0, 0), 2);
    rimer_dataset_free(d);
}
END_TEST

START_TEST(other_spellings) {
    rimer_dataset *d = dataset_of("t,v\n31/12/2023 23:00,1\n01/01/2024 00:00,2\n", "");
    ck_assert_str_eq(next_of(d, 0, 1), "01/01/2024 01:00");
    rimer_dataset_free(d);
    d = dataset_of("Time Series #ID;a\n30/set/96;1,5\n01/out/96;2,5\n", "");
    ck_assert_str_eq(next_of(d, 0, 62), "02/dez/96");
    ck_assert_double_eq(value_at(d, 0, 1), 2.5);
    rimer_dataset_free(d);
    assert_refused("t,v\n01/02/2024,1\n02/02/2024,2\n02/03/2024,3\n", "", RIMER_DATA,
                   "may put the day or the month first: say --time-format");
    d = dataset_of("t,v\n01/02/2024,1\n02/02/2024,2\n02/03/2024,3\n", "time_format=%m/%d/%Y");
    ck_assert_str_eq(next_of(d, 0, 1), "02/04/2024");
    rimer_dataset_free(d);
    assert_refused("t,v\n2024-01-01,1\n", "time_format=%d/%m/%Y", RIMER_DATA,
                   "t.csv:2: column \"t\": \"2024-01-01\" is not a time spelled as "
                   "--time-format says: %d/%m/%Y");
    d = dataset_of("v,t\n1,01/02/2024\n2,01/03/2024\n", "time_format=%m/%d/%Y");
    ck_assert_str_eq(rimer_dataset_time_name(d), "t");
    rimer_dataset_free(d);
    assert_refused("ds,v\n2024-02-30,1\n2024-03-01,2\n", "", RIMER_DATA,
                   "t.csv:2: column \"ds\": \"2024-02-30\" is not a time");
    assert_refused("t,v\n2024-01-01,1\n", "time_format=%N", RIMER_USAGE, "%N");
    assert_refused("t,v\n2024-01-01,1\n", "time_format=%Y no_time=yes", RIMER_USAGE, "exclude");
}
END_TEST

/* Which decimal mark the numbers have is told by the numbers. */
START_TEST(decimal_marks) {
    static const char *const texts[] = {"ds;v\n2024-01-01;1,5\n2024-01-02;2\n",
                                        "ds;v\n2024-01-01;1.5\n2024-01-02;2\n",
                                        "ds\tv\n2024-01-01\t1,5\n2024-01-02\t2\n"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        rimer_dataset *d = dataset_of(texts[i], "");
        ck_assert_double_eq(value_at(d, 0, 0), 1.5);
        rimer_dataset_free(d);
    }
    rimer_dataset *d =
        dataset_of("ds;v;w\n2024-01-01;-9999;x\n2024-01-02;-1;7\n", "na=-9999,x");
    ck_assert(isnan(value_at(d, 0, 0)) && isnan(value_at(d, 1, 0)));
    rimer_dataset_free(d);
}
END_TEST

/* In a zone the day clocks go forward has 23 hours, the day they go back 25. */
START_TEST(zones) {
    rimer_dataset *d = NULL;
    if (read_text("t,v\n2024-03-31 01:00,1\n2024-03-31 03:00,2\n", "zone=Europe/Berlin", &d) ==
        RIMER_USAGE) {
        printf("SKIP zones: %s\n", rimer_last_error());
        fflush(stdout);
        return;
    }
    ck_assert_int_eq(rimer_dataset_series(d, 0).n_steps, 2);
    ck_assert_str_eq(rimer_dataset_frequency(d), "1h");
    ck_assert_str_eq(next_of(d, 0, 1), "2024-03-31 04:00");
    rimer_dataset_free(d);
    d = dataset_of("t,v\n2024-10-27 01:30,1\n2024-10-27 02:00,2\n2024-10-27 02:30,3\n"
                   "2024-10-27 02:00,4\n2024-10-27 02:30,5\n2024-10-27 03:00,6\n",
                   "zone=Europe/Berlin");
    ck_assert_int_eq(rimer_dataset_series(d, 0).n_steps, 6);
    ck_assert_str_eq(time_at(d, 4), "2024-10-27 02:30");
    ck_assert_int_eq(rimer_dataset_notes(d).n_duplicates, 0);
    rimer_dataset_free(d);
    /* days follow the calendar */
    d = dataset_of("t,v\n2024-03-30 00:00,1\n2024-03-31 00:00,2\n2024-04-01 00:00,3\n",
                   "zone=Europe/Berlin");
    ck_assert_str_eq(rimer_dataset_frequency(d), "1d");
    ck_assert_str_eq(next_of(d, 0, 1), "2024-04-02 00:00");
    rimer_dataset_free(d);
    /* and are no instants of the offset that the first one has */
    d = dataset_of("t,v\n2024-03-30 00:00+01:00,1\n2024-03-31 00:00+01:00,2\n"
                   "2024-04-01 00:00+02:00,3\n",
                   "zone=Europe/Berlin");
    ck_assert_str_eq(rimer_dataset_frequency(d), "1d");
    ck_assert_str_eq(time_at(d, 2), "2024-04-01 00:00");
    ck_assert_str_eq(next_of(d, 0, 1), "2024-04-02 00:00");
    rimer_dataset_free(d);
    /* and dates are no instants, which west of Greenwich would be of the day before */
    d = dataset_of("t,v\n2024-01-01,1\n2024-01-02,2\n", "zone=America/New_York");
    ck_assert_str_eq(time_at(d, 0), "2024-01-01");
    rimer_dataset_free(d);
    d = dataset_of("t,v\n2024-01-01,1\n2024-01-02,2\n", "zone=America/New_York freq=6h");
    ck_assert_str_eq(time_at(d, 0), "2024-01-01 00:00");
    ck_assert_str_eq(next_of(d, 0, 1), "2024-01-02 06:00");
    rimer_dataset_free(d);
    /* instants are not clocks, also where all clocks show one hour */
    d = dataset_of("t,v\n1704063600,1\n1704150000,2\n", "zone=Europe/Berlin time_format=%s");
    ck_assert_str_eq(time_at(d, 0), "1704063600");
    ck_assert_str_eq(time_at(d, -1), "1704236400");
    rimer_dataset_free(d);
    assert_refused("t,v\n2024-03-31 02:00,1\n2024-03-31 02:30,1\n", "zone=Europe/Berlin",
                   RIMER_DATA, "clocks");
    assert_refused("t,v\n1,1\n2,2\n", "zone=Europe/Berlin", RIMER_USAGE, "has no times");
    assert_refused("t,v\n2024-03-31 01:00,1\n", "zone=Europe/Nowhere", RIMER_USAGE, "Nowhere");
}
END_TEST

START_TEST(real_files) {
    static const struct {
        const char *file, *settings;
        int64_t n_series, shortest, longest, n_channels, n_missing;
        const char *frequency, *next;
    } cases[] = {
        {"beijing_pm25.csv.gz", "", 1, 43824, 43824, 7, 2067, "1h", "2015 1 1 0"},
        {"nn5.csv.gz", "", 1, 791, 791, 111, 1677, "1d", "18/mai/98"},
        {"m4_hourly_train.csv.gz", "layout=rows freq=1h", 414, 700, 960, 1, 0, "1h", "700"},
        {"m4_hourly_test.csv", "layout=rows", 414, 48, 48, 1, 0, "1", "48"},
        {"m3_monthly.tsf.gz", "", 1428, 66, 144, 1, 0, "1mo", "1995-09-01 00-00-00"},
        {"co2_weekly.csv", "", 1, 2284, 2284, 1, 59, "7d", "20020105"},
        {"los_speed.csv.gz", "", 1, 2016, 2016, 207, 0, "1", "2016"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *path = rm_dataset_path("real_files", cases[i].file);
        rimer_dataset *d = NULL;
        if (!path)
            continue;
        rimer_read_options options = read_settings(cases[i].settings);
        ck_assert_msg(rimer_dataset_read(path, &options, &d) == RIMER_OK, "%s",
                      rimer_last_error());
        int64_t shortest = INT64_MAX, longest = 0;
        for (int64_t s = 0; s < rimer_dataset_n_series(d); s++) {
            int64_t n = rimer_dataset_series(d, s).n_steps;
            shortest = n < shortest ? n : shortest;
            longest = n > longest ? n : longest;
        }
        ck_assert_int_eq(rimer_dataset_n_series(d), cases[i].n_series);
        ck_assert_int_eq(shortest, cases[i].shortest);
        ck_assert_int_eq(longest, cases[i].longest);
        ck_assert_int_eq(rimer_dataset_n_channels(d), cases[i].n_channels);
        ck_assert_int_eq(rimer_dataset_notes(d).n_missing, cases[i].n_missing);
        ck_assert_str_eq(rimer_dataset_frequency(d), cases[i].frequency);
        ck_assert_str_eq(next_of(d, 0, 1), cases[i].next);
        rimer_dataset_free(d);
    }
}
END_TEST

int main(void) {
    return rm_test_main(
        "layouts", (const TTest *[]){long_tables, long_refusals, frequency_of_many, series_rows,
                                     tsf, several_time_columns, times_elsewhere,
                                     other_spellings, decimal_marks, zones, real_files, NULL});
}
