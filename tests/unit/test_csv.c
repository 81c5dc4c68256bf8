/* Tables: how cells, lines and columns are found, and what is refused. */
#include "readtext.h"

#include <math.h>
#include <stdlib.h>
#include <unistd.h>
#include <zlib.h>

static void assert_names(const rimer_dataset *dataset, const char *const *names) {
    int64_t n = 0;
    for (; names[n]; n++) {
        ck_assert_int_lt(n, rimer_dataset_n_channels(dataset));
        ck_assert_str_eq(rimer_dataset_channel_name(dataset, n), names[n]);
    }
    ck_assert_int_eq(rimer_dataset_n_channels(dataset), n);
}

#define NAMES(...) ((const char *const[]){__VA_ARGS__, NULL})

/* The same little table in many spellings. */
START_TEST(spellings) {
    static const char *const cases[][2] = {
        {"ds,a,b\n2024-01-01,1.5,2\n2024-01-02,,3\n", ""},
        {"ds,a,b\n2024-01-01,1.5,2\n2024-01-02,,3", ""},
        {"\xef\xbb\xbf"
         "ds,a,b\r\n2024-01-01,1.5,2\r\n2024-01-02,NA,3\r\n",
         ""},
        {"ds,a,b\r2024-01-01,1.5,2\r2024-01-02,null,3\r", ""},
        {"ds;a;b\n2024-01-01;1,5;2\n2024-01-02;-;3\n", "decimal=,"},
        {"\xef\xbb\xbf\"ds\";\"a\";\"b\"\r\n2024-01-01;\"1,5\";2,0\r\n2024-01-02;;3,0\r\n",
         "decimal=,"},
        {"ds\ta\tb\n2024-01-01\t1.5\t2\n2024-01-02\t\t3\n", ""},
        {"ds|a|b\n2024-01-01|1.5|2\n2024-01-02|N/A|3\n", ""},
        {"\n\nds,a,b\n\n2024-01-01,1.5,2\n  \n2024-01-02,NaN,3\n\n\n", ""},
        {" ds , a ,b\n 2024-01-01 , 1.5 , 2 \n\"2024-01-02\",\"\",\" 3 \"\n", ""},
        {"ds;a;b\n2024-01-01;1.5;2\n2024-01-02;-9999.0;3\n", "na=-9999 delimiter=;"},
        {"b,ds,a\n2,2024-01-01,1.5\n3,2024-01-02,\n", "time_col=ds channels=a,b"},
        {"ds,a,b,c,\n2024-01-01,1.5,2,x,\n2024-01-02,,3,,\n", ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        rimer_dataset *d = dataset_of(cases[i][0], cases[i][1]);
        assert_names(d, NAMES("a", "b"));
        ck_assert_str_eq(rimer_dataset_time_name(d), "ds");
        ck_assert_int_eq(rimer_dataset_series(d, 0).n_steps, 2);
        ck_assert(value_at(d, 0, 0) == 1.5 && isnan(value_at(d, 0, 1)));
        ck_assert(value_at(d, 1, 0) == 2 && value_at(d, 1, 1) == 3);
        ck_assert_int_eq(rimer_dataset_notes(d).n_missing, 1);
        ck_assert_int_eq(rimer_dataset_notes(d).n_rows, 2);
        ck_assert_str_eq(time_at(d, -1), "2024-01-03");
        rimer_dataset_free(d);
    }
}
END_TEST

START_TEST(names) {
    rimer_dataset *d =
        dataset_of("d,\"p, mbar\",\"say \"\"x\"\"\",\"two\nlines\"\n2024-01-01,1,2,3\n", "");
    assert_names(d, NAMES("p, mbar", "say \"x\"", "two\nlines"));
    rimer_dataset_free(d);
    d = dataset_of("1,2\n3,4\n", "");
    assert_names(d, NAMES("c0", "c1"));
    ck_assert_str_eq(rimer_dataset_time_name(d), "");
    ck_assert_str_eq(time_at(d, 1), "1");
    rimer_dataset_free(d);
    d = dataset_of("2024-01-01,1,2\n2024-01-02,3,4\n", "");
    assert_names(d, NAMES("c1", "c2"));
    rimer_dataset_free(d);
    d = dataset_of("773869,767541\n64.5,67.25\n", "header=yes");
    assert_names(d, NAMES("773869", "767541"));
    ck_assert_int_eq(rimer_dataset_series(d, 0).n_steps, 1);
    rimer_dataset_free(d);
    /* Names that are numbers stand far from all values below; one that does not is a value. */
    d = dataset_of("773869,767541,767542\n64,67,1\n65,66,2\n63,68,1\n64,67,0\n", "");
    assert_names(d, NAMES("773869", "767541", "767542"));
    ck_assert_int_eq(rimer_dataset_series(d, 0).n_steps, 4);
    rimer_dataset_free(d);
    d = dataset_of("773869,66,767542\n64,67,1\n65,66,2\n63,68,1\n64,67,0\n", "");
    assert_names(d, NAMES("c0", "c1", "c2"));
    ck_assert_int_eq(rimer_dataset_series(d, 0).n_steps, 5);
    rimer_dataset_free(d);
    d = dataset_of("70,60,3\n64,67,1\n65,66,2\n63,68,1\n64,67,0\n", "");
    ck_assert_int_eq(rimer_dataset_series(d, 0).n_steps, 5);
    rimer_dataset_free(d);
    d = dataset_of("\"x;y\",v\n\"p;q\",1\n", ""); /* delimiters in quotes do not count */
    assert_names(d, NAMES("v"));
    rimer_dataset_free(d);
    d = dataset_of("1,5;2,5\n3,5;4,5\n", "decimal=, header=no");
    assert_names(d, NAMES("c0", "c1"));
    ck_assert_double_eq(value_at(d, 1, 1), 4.5);
    rimer_dataset_free(d);
    d = dataset_of("v\r\n1\r\n2\r\n", ""); /* no blank lines between the rows */
    ck_assert_int_eq(rimer_dataset_series(d, 0).n_steps, 2);
    rimer_dataset_free(d);
    d = dataset_of("a,b\n1,2\n3,4\n", "channels=b");
    assert_names(d, NAMES("b"));
    ck_assert_str_eq(rimer_dataset_name(d), "t.csv");
    rimer_dataset_free(d);
    assert_refused("a,b,a\n1,2,3\n", "", RIMER_DATA, "t.csv:1: two columns are called \"a\"");
}
END_TEST

/* A name with commas stands in quotes; other quotes stand for themselves. */
START_TEST(lists_of_names) {
    static const char *const table =
        "\"x,y\",\"\"\"z\"\"\",\"say\"\"hi\"\"\",\"\"\"q\",b\n1,2,3,4,5\n";
    static const char *const lists[] = {
        "channels=\"x,y\",\"\"\"z\"\"\",say\"hi\",\"q,\"b\"",
        "channels=\"x,y\",\"\"\"z\"\"\",\"say\"\"hi\"\"\",\"\"\"q\",b",
    };
    for (int i = 0; i < 2; i++) {
        rimer_dataset *d = dataset_of(table, lists[i]);
        assert_names(d, NAMES("x,y", "\"z\"", "say\"hi\"", "\"q", "b"));
        rimer_dataset_free(d);
    }
    assert_refused(table, "channels=x,y", RIMER_USAGE, "there is no column \"x\"");
}
END_TEST

START_TEST(text_columns) {
    rimer_dataset *d = dataset_of("wind,a,b\nNW,1,2\nSE,3,4\n,5,6\n", "");
    assert_names(d, NAMES("a", "b"));
    ck_assert_str_eq(rimer_dataset_notes(d).ignored, "wind");
    rimer_dataset_free(d);
    assert_refused("wind,kind\nNW,x\nSE,y\n", "", RIMER_DATA, "no column of numbers");
    assert_refused("a,OT\n1,2\n3,abc\n", "", RIMER_DATA,
                   "t.csv:3: column \"OT\": \"abc\" is not a number");
    assert_refused("a,wind\n1,NW\n", "channels=wind", RIMER_DATA, "column \"wind\": \"NW\"");
    /* numbers with the wrong mark are no text column */
    assert_refused(
        "a;OT\n1;1,5\n2;2,5\n", "decimal=.", RIMER_DATA,
        "t.csv:2: column \"OT\": \"1,5\" is not a number (decimal comma? use --decimal ,)");
    assert_refused("a;OT\n1;1.5\n", "decimal=,", RIMER_DATA,
                   "(decimal point? use --decimal .)");
}
END_TEST

/* A column that turns to text long after the first rows were looked at. */
START_TEST(late_text) {
    static char text[40000];
    size_t used = (size_t)sprintf(text, "a,b\n");
    for (int i = 0; i < 2000; i++)
        used += (size_t)sprintf(text + used, "%d,%d\n", i, 2 * i);
    sprintf(text + used, "7,oops\n");
    assert_refused(text, "", RIMER_DATA, "t.csv:2002: column \"b\": \"oops\" is not a number");
}
END_TEST

/* A title that has the delimiters of the table below it. */
START_TEST(titles) {
    assert_refused("My report,\nds,v\n2024-01-01,1\n2024-01-02,2\n", "", RIMER_DATA,
                   "t.csv:1: only the first column has a name, \"My report\", and line 2 has "
                   "names of all: use --skip 1");
    assert_refused("My report;;\n;;\nds;v;w\n2024-01-01;1;2\n", "", RIMER_DATA, "use --skip 2");
    assert_refused("t;\n\nreport;\nds;v\n2024-01-01;1\n", "skip=2", RIMER_DATA,
                   "t.csv:3: only the first column has a name, \"report\", and line 4");
    rimer_dataset_free(dataset_of("ds,,\n2024-01-01,1,2\n", ""));
    rimer_dataset_free(dataset_of("ds,\n[UTC],\n2024-01-01,2\n2024-01-02,2\n", ""));
    rimer_dataset_free(dataset_of("who,\nx,\ny,2\n", ""));
}
END_TEST

START_TEST(refusals) {
    assert_refused("", "", RIMER_DATA, "t.csv: the file is empty");
    assert_refused("\xef\xbb\xbf", "", RIMER_DATA, "empty");
    assert_refused("\n \n\r\n", "", RIMER_DATA, "only blank lines");
    assert_refused("a,b\n", "", RIMER_DATA, "a header but no row");
    assert_refused("a,b\n1,2\n\n3\n", "", RIMER_DATA,
                   "t.csv:4: 1 cell here, 2 in the first row");
    assert_refused("a,b\n1,2\n3,4,5\n", "", RIMER_DATA, "t.csv:3: 3 cells");
    assert_refused("a,b\n1,inf\n", "", RIMER_DATA, "\"inf\" is not finite");
    assert_refused("a,b\n1,2\n1e39,2\n", "", RIMER_DATA, "t.csv:3: column \"a\": \"1e39\"");
    assert_refused("a,b\n1,\"2\n3,4\n", "", RIMER_DATA, "not closed");
    assert_refused("a,b\n1,2\"2\n", "", RIMER_DATA, "t.csv:2: a quoted cell");
    assert_refused("v\n1\n\n2\n", "", RIMER_DATA, "t.csv:3: a blank line among the rows");
    assert_refused("\xff\xfe"
                   "a",
                   "", RIMER_DATA, "UTF-16");
    assert_refused("a,b\n\"x\ny\",2\n\"p\nq\",z\n", "channels=b", RIMER_DATA,
                   "t.csv:4: column \"b\"");
}
END_TEST

START_TEST(wrong_options) {
    const char *text = "ds,a\n2024-01-01,1\n";
    assert_refused(text, "time_col=nix", RIMER_USAGE, "no column \"nix\"; there are ds, a");
    assert_refused(text, "channels=nix", RIMER_USAGE, "no column \"nix\"");
    assert_refused(text, "channels=ds", RIMER_USAGE, "is the time column");
    assert_refused(text, "channels=a,a", RIMER_USAGE, "named twice");
    assert_refused(text, "delimiter=x", RIMER_USAGE, "delimiter \"x\"");
    assert_refused(text, "decimal=;", RIMER_USAGE, "decimal \";\"");
    assert_refused(text, "freq=soon", RIMER_USAGE, "freq \"soon\"");
    assert_refused(text, "freq=12", RIMER_USAGE, "has no unit");
    assert_refused(text, "no_time=yes time_col=ds", RIMER_USAGE, "exclude each other");
}
END_TEST

/* Members that only a program can have got wrong. */
START_TEST(wrong_members) {
    const char *path = "nowhere.csv"; /* looked at before the file is */
    rimer_dataset *d = NULL;
    rimer_read_options options;
    rimer_read_options_init(&options);
    options.duplicates = RIMER_DUPLICATES_SUM + 1;
    ck_assert_int_eq(rimer_dataset_read(path, &options, &d), RIMER_USAGE);
    assert_said("duplicates: \"5\" is not one of");
    rimer_read_options_init(&options);
    options.skip = -1;
    ck_assert_int_eq(rimer_dataset_read(path, &options, &d), RIMER_USAGE);
    assert_said("skip: -1 is out of range");
    rimer_read_options_init(&options);
    memset(options.channels, 'a', sizeof options.channels);
    ck_assert_int_eq(rimer_dataset_read(path, &options, &d), RIMER_USAGE);
    assert_said("channels: the text has no end");
    ck_assert_ptr_null(d);
}
END_TEST

START_TEST(nul_byte) {
    static const char text[] = "a,b\n1,2\n3,\0004\n";
    rimer_dataset *d = NULL;
    ck_assert_int_eq(rimer_dataset_read(write_bytes("t.csv", text, sizeof text - 1), NULL, &d),
                     RIMER_DATA);
    assert_said("t.csv:3: a NUL byte");
    ck_assert_ptr_null(d);
}
END_TEST

/* One cell just below the cap, one beyond it. */
START_TEST(huge_cells) {
    size_t size = 200000;
    char *text = malloc(size);
    ck_assert_ptr_nonnull(text);
    memset(text, '0', size);
    memcpy(text, "a,b\n1,", 6);
    strcpy(text + 60000, "25\n");
    rimer_dataset *d = dataset_of(text, "");
    ck_assert_double_eq(value_at(d, 1, 0), 25);
    rimer_dataset_free(d);
    memset(text + 60000, '0', 4);
    strcpy(text + size - 4, "25\n");
    assert_refused(text, "", RIMER_DATA, "t.csv:2: a cell is longer than 65536 bytes");
    free(text);
}
END_TEST

/* Rows that run over the borders of what is read at once. */
START_TEST(many_columns) {
    enum { COLUMNS = 900, ROWS = 60 };
    char *text = malloc(COLUMNS * (ROWS + 1) * 12), *end = text;
    ck_assert_ptr_nonnull(text);
    for (int c = 0; c < COLUMNS; c++)
        end += sprintf(end, "n%d%c", c, c + 1 < COLUMNS ? ',' : '\n');
    for (int t = 0; t < ROWS; t++)
        for (int c = 0; c < COLUMNS; c++)
            end += sprintf(end, "%d%c", 1000 * t + c, c + 1 < COLUMNS ? ',' : '\n');
    ck_assert_int_gt(end - text, 3 * 65536);
    rimer_dataset *d = dataset_of(text, "");
    ck_assert_int_eq(rimer_dataset_n_channels(d), COLUMNS);
    for (int t = 0; t < ROWS; t++)
        for (int c = 0; c < COLUMNS; c++)
            ck_assert_double_eq(value_at(d, c, t), 1000 * t + c);
    rimer_dataset_free(d);
    free(text);
}
END_TEST

/* Many more than are looked at to tell the columns. */
START_TEST(many_rows) {
    enum { ROWS = 40000 };
    char *text = malloc(ROWS * 40), *end = text;
    ck_assert_ptr_nonnull(text);
    end += sprintf(end, "a,\"b\",c\r\n");
    for (int t = 0; t < ROWS; t++)
        end += sprintf(end, "%d,\"%d\",%d.5\r\n", t, t * 7919 % 10007, -t);
    rimer_dataset *d = dataset_of(text, "");
    ck_assert_int_eq(rimer_dataset_series(d, 0).n_steps, ROWS);
    for (int t = 0; t < ROWS; t++) {
        ck_assert_double_eq(value_at(d, 0, t), t);
        ck_assert_double_eq(value_at(d, 1, t), t * 7919 % 10007);
        ck_assert_double_eq(value_at(d, 2, t), t ? -t - 0.5 : 0.5);
    }
    rimer_dataset_free(d);
    sprintf(end, "1,2,x\r\n");
    assert_refused(text, "", RIMER_DATA, "t.csv:40002: column \"c\": \"x\"");
    free(text);
}
END_TEST

static void write_gzip(const char *path, const char *text) {
    gzFile file = gzopen(path, "wb");
    ck_assert_ptr_nonnull(file);
    ck_assert_int_gt(gzputs(file, text), 0);
    ck_assert_int_eq(gzclose(file), Z_OK);
}

START_TEST(gzip) {
    const char *path = write_bytes("t.csv.gz", "", 0);
    write_gzip(path, "a,b\n1,2\n3,4\n");
    rimer_dataset *d = NULL;
    ck_assert_int_eq(rimer_dataset_read(path, NULL, &d), RIMER_OK);
    ck_assert_double_eq(value_at(d, 1, 1), 4);
    rimer_dataset_free(d);
    d = NULL;
    for (int size = 3; size < 30; size++) { /* cut off anywhere, even inside the head */
        write_gzip(path, "a,b\n1,2\n3,4\n");
        ck_assert_int_eq(truncate(path, size), 0);
        ck_assert_int_eq(rimer_dataset_read(path, NULL, &d), RIMER_DATA);
        assert_said("t.csv.gz");
        ck_assert_ptr_null(d);
    }
}
END_TEST

START_TEST(damaged_gzip) {
    enum { LINES = 5000 };
    static char text[LINES * 12];
    char *end = text + sprintf(text, "a,b\n");
    for (int i = 0; i < LINES; i++)
        end += sprintf(end, "%d,%d\n", i * 7919 % 10007, i);
    const char *path = write_bytes("t.csv.gz", "", 0);
    write_gzip(path, text);
    FILE *file = fopen(path, "r+b");
    ck_assert_ptr_nonnull(file);
    fseek(file, -20, SEEK_END);
    fputs("damage", file);
    ck_assert_int_eq(fclose(file), 0);
    rimer_dataset *d = NULL;
    ck_assert_int_eq(rimer_dataset_read(path, NULL, &d), RIMER_DATA);
    assert_said("damaged or cut off");
    ck_assert_ptr_null(d);
}
END_TEST

/* Lines before the table are not read, but counted. */
START_TEST(skipped_lines) {
    const char *text = "Station 5;\"north\n\nds,v\r\n2024-01-01,1\n2024-01-02,x\n";
    assert_refused(text, "skip=2 time_col=ds channels=v", RIMER_DATA,
                   "t.csv:5: column \"v\": \"x\" is not a number");
    rimer_dataset *d = dataset_of(text, "skip=2 na=x");
    ck_assert_int_eq(rimer_dataset_series(d, 0).n_steps, 2);
    ck_assert_str_eq(rimer_dataset_channel_name(d, 0), "v");
    rimer_dataset_free(d);
    d = dataset_of("a\rb\rv\r1\r2\r", "skip=2");
    ck_assert_str_eq(rimer_dataset_channel_name(d, 0), "v");
    rimer_dataset_free(d);
    d = dataset_of("x;y,z\n1,5;2\n2,5;3\n", "skip=1"); /* the delimiter is that of the table */
    ck_assert_int_eq(rimer_dataset_n_channels(d), 2);
    rimer_dataset_free(d);
    assert_refused("a,b\n1,2\n", "skip=2", RIMER_DATA,
                   "t.csv: there is no line behind the first 2 (skip)");
    assert_refused("a,b\n1,2\n", "skip=7", RIMER_DATA, "behind the first 7");
    assert_refused("title\n@attribute series_name string\n@data\na:1,b\n", "skip=1", RIMER_DATA,
                   "t.csv:4: ");
    /* who has such lines is told of it */
    assert_refused(
        "title\n\nds,v\n2024-01-01,1\n", "", RIMER_DATA,
        "t.csv:3: 2 cells here, 1 in the first row (cells with a delimiter in them need "
        "quotes; or see --delimiter, or --skip for lines before the table)");
    assert_refused("title\nds;v\n2024-01-01;1\n", "", RIMER_DATA, "--skip");
}
END_TEST

/* Spreadsheets write it above a table whose delimiter is not that of the language. */
START_TEST(separator_line) {
    static const char *const texts[] = {"sep=;\r\nds;v\r\n2024-01-01;1,5\r\n2024-01-02;2\r\n",
                                        "SEP=,\nds,v\n2024-01-01,1.5\n2024-01-02,2\n",
                                        "sep=\t\nds\tv\n2024-01-01\t1.5\n2024-01-02\t2\n"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        rimer_dataset *d = dataset_of(texts[i], "");
        ck_assert_str_eq(rimer_dataset_time_name(d), "ds");
        ck_assert_str_eq(rimer_dataset_channel_name(d, 0), "v");
        ck_assert_double_eq(value_at(d, 0, 0), 1.5);
        rimer_dataset_free(d);
    }
    assert_refused("sep=;\nds;v\n2024-01-01;x\n2024-01-02;1\n", "", RIMER_DATA,
                   "t.csv:3: column \"v\": \"x\"");
    assert_refused("sep=;\n", "", RIMER_DATA, "only blank lines");
    rimer_dataset *d = dataset_of("sep=2\n1\n2\n", "header=yes"); /* a name */
    ck_assert_str_eq(rimer_dataset_channel_name(d, 0), "sep=2");
    rimer_dataset_free(d);
}
END_TEST

static void assert_units(const char *text, const char *settings, int64_t line, int64_t n_steps,
                         double first) {
    rimer_dataset *d = dataset_of(text, settings);
    ck_assert_msg(rimer_dataset_notes(d).units_line == line, "\"%s\": %lld", text,
                  (long long)rimer_dataset_notes(d).units_line);
    ck_assert_int_eq(rimer_dataset_series(d, 0).n_steps, n_steps);
    double value = value_at(d, 0, 0);
    ck_assert(isnan(first) ? isnan(value) : value == first);
    rimer_dataset_free(d);
}

/* Units below the names are no row of data. */
START_TEST(units) {
    assert_units("ds,temp,p\n,degC,[bar]\n2024-01-01,1,2\n2024-01-02,3,4\n", "", 2, 2, 1);
    assert_units("ds,temp,p\n[UTC],\xc2\xb0"
                 "C,%\n2024-01-01,1,2\n",
                 "", 2, 1, 1);
    assert_units("ds,temp,p\nyyyy-mm-dd,-,1/min\n2024-01-01,NA,2\n2024-01-02,3,4\n", "", 2, 2,
                 (double)NAN);
    assert_units("t\n\nds,v\n-,kW\n31.01.2024 10:00,5\n31.01.2024 11:00,6\n", "skip=1", 4, 2,
                 5);
    assert_units("v,note\nm3/h,\n1,a\n2,b\n", "", 2, 2, 1);
    assert_units("step,v\ns,kW\n1,5\n2,6\n", "", 2, 2, 5);
    assert_units("unique_id,ds,y\n,,kW\na,2024-01-01,1\na,2024-01-02,3\n", "", 2, 2, 1);
    assert_units("101,102,103\nmph,mph,mph\n1,2,3\n2,2,2\n1,3,3\n4,4,5\n", "", 2, 4, 1);
    assert_units("ds;v\n;kW\n2024-01-01;1,5\n2024-01-02;2,5\n", "", 2, 2, 1.5);
    rimer_dataset *d = dataset_of("ds,v\n[UTC],kW\n2024-01-01,1\n2024-01-02,2\n", "");
    ck_assert_str_eq(time_at(d, 0), "2024-01-01");
    ck_assert_int_eq(rimer_dataset_notes(d).n_rows, 2);
    rimer_dataset_free(d);
}
END_TEST

/* pandas writes the name of the times below those of the columns, if these have several. */
START_TEST(names_of_times) {
    static const char *const texts[] = {
        "Price,Close,High\nTicker,AAPL,AAPL\nDate,,\n2024-01-01,1,2\n2024-01-02,3,4\n",
        ",Close,High\nDate,,\n2024-01-01,1,2\n2024-01-02,3,4\n",
        "Price;Close;High\nDatum;;\n30.01.2024 10:00;1;2\n31.01.2024 10:00;3;4\n",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        rimer_dataset *d = dataset_of(texts[i], "");
        ck_assert_str_eq(rimer_dataset_frequency(d), "1d");
        ck_assert_int_eq(rimer_dataset_series(d, 0).n_steps, 2);
        ck_assert_int_eq(rimer_dataset_n_channels(d), 2);
        ck_assert_int_eq(rimer_dataset_notes(d).units_line, i == 0 ? 2 : 0);
        ck_assert_double_eq(value_at(d, 0, 0), 1);
        rimer_dataset_free(d);
    }
    assert_refused("ds,a,b\nsoon,1,\n2024-01-01,1,2\n2024-01-02,3,4\n", "", RIMER_DATA,
                   "t.csv:2: column \"ds\": \"soon\"");
    rimer_dataset *d = dataset_of("who,a,b\nx,,\ny,1,2\n", ""); /* no times below */
    ck_assert_int_eq(rimer_dataset_series(d, 0).n_steps, 2);
    rimer_dataset_free(d);
}
END_TEST

/* What may be data is read as data, or refused as before. */
START_TEST(no_units) {
    assert_units("ds,a,b\n2024-01-01,,NA\n2024-01-02,1,2\n", "", 0, 2, (double)NAN);
    assert_units("a,b\nNA,-\n1,2\n", "", 0, 2, (double)NAN);
    assert_units("a,b\nOFF,-\n1,2\n", "na=OFF", 0, 2, (double)NAN);
    assert_units("ds,a,note\n2024-01-01,1,kW\n2024-01-02,2,kW\n", "", 0, 2, 1);
    assert_units("ds,a,note\n2024-01-01,,kW\n2024-01-02,2,kW\n", "", 0, 2, (double)NAN);
    assert_units("name,v1,v2\nx,1,2\ny,3,4\n", "layout=rows", 0, 2, 1);
    static const char *const refused[] = {"ds,a\n2024-01-01,kW\n2024-01-02,2\n",
                                          "a,b\nkW,1\n1,2\n2,2\n",
                                          "a,b\n12a,\n1,2\n",
                                          "a,b\nn.a.,#N/A\n1,2\n",
                                          "a,b\nERR,\n1,2\n",
                                          "a,b\n?,?\n1,2\n",
                                          "ds,a\nJan 2024,kW\nFeb 2024,2\n",
                                          "a,b\n\"1,234.5\",kW\n1,2\n",
                                          "a;b\nkW;1.5\n1,2;2\n",
                                          "a,b\nkW,bar\nkW,bar\n1,2\n",
                                          "a,b\nkW,bar\n"};
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
        assert_refused(refused[i], "", RIMER_DATA, "t.csv");
    assert_refused("kW,bar\n1,2\nx,3\n", "header=no", RIMER_DATA, "t.csv:1: ");
}
END_TEST

START_TEST(from_stdin) {
    const char *path = write_bytes("t.csv", "a,b\n1,2\n", 8);
    ck_assert_ptr_nonnull(freopen(path, "rb", stdin));
    rimer_dataset *d = NULL;
    ck_assert_int_eq(rimer_dataset_read("-", NULL, &d), RIMER_OK);
    ck_assert_str_eq(rimer_dataset_name(d), "stdin");
    ck_assert_double_eq(value_at(d, 1, 0), 2);
    rimer_dataset_free(d);
}
END_TEST

START_TEST(no_file) {
    rimer_dataset *d = NULL;
    ck_assert_int_eq(rimer_dataset_read("/nowhere/x.csv", NULL, &d), RIMER_IO);
    assert_said("/nowhere/x.csv: cannot be opened");
    ck_assert_int_eq(rimer_dataset_read(rm_test_folder(), NULL, &d), RIMER_IO);
    assert_said("is a folder");
    ck_assert_ptr_null(d);
}
END_TEST

/* Bytes at random, mostly those that mean something: any answer will do but a crash. */
START_TEST(noise) {
    static const char letters[] = "\",;|\t\n\r\n,0123456789.eE+--: TZaNA/\xef\xbb\xbf\x1f\x8b";
    uint64_t state = 88172645463325252u;
    int64_t n_read = 0;
    for (int i = 0; i < 3000; i++) {
        char text[120];
        size_t size = 0;
        for (size_t n = 1 + (size_t)(i % 100); size < n;) {
            state ^= state << 13, state ^= state >> 7, state ^= state << 17;
            text[size++] = letters[(state >> 20) % (sizeof letters - 1)];
        }
        rimer_dataset *d = NULL;
        if (rimer_dataset_read(write_bytes("t.csv", text, size), NULL, &d) == RIMER_OK) {
            ck_assert_int_gt(rimer_dataset_series(d, 0).n_steps, 0);
            n_read++;
        } else {
            ck_assert_ptr_null(d);
            ck_assert_str_ne(rimer_last_error(), "");
        }
        rimer_dataset_free(d);
    }
    ck_assert_int_gt(n_read, 0);
}
END_TEST

int main(void) {
    return rm_test_main(
        "csv", (const TTest *[]){names_of_times, spellings,      titles,    names,
                                 lists_of_names, text_columns,   late_text, refusals,
                                 wrong_options,  wrong_members,  nul_byte,  huge_cells,
                                 many_columns,   many_rows,      gzip,      damaged_gzip,
                                 skipped_lines,  separator_line, units,     no_units,
                                 from_stdin,     no_file,        noise,     NULL});
}
