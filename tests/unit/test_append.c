/* A file that continues another one. */
#include "readtext.h"

#include <math.h>

static rimer_dataset *read_pair(const char *before, const char *after, const char *settings) {
    rimer_dataset *dataset, *later;
    ck_assert_msg(read_text(before, settings, &dataset) == RIMER_OK, "%s", rimer_last_error());
    ck_assert_msg(read_text(after, settings, &later) == RIMER_OK, "%s", rimer_last_error());
    ck_assert_msg(rimer_dataset_append(dataset, later) == RIMER_OK, "%s", rimer_last_error());
    rimer_dataset_free(later);
    return dataset;
}

static void same_dataset(rimer_dataset *a, const char *whole, const char *settings) {
    rimer_dataset *b;
    ck_assert_msg(read_text(whole, settings, &b) == RIMER_OK, "%s", rimer_last_error());
    ck_assert(rimer_dataset_fingerprint(a) == rimer_dataset_fingerprint(b));
    rimer_read_notes x = rimer_dataset_notes(a), y = rimer_dataset_notes(b);
    ck_assert(x.n_rows == y.n_rows || strcmp(x.layout, "rows") == 0); /* a row a series there */
    ck_assert_int_eq(x.n_missing, y.n_missing);
    ck_assert(x.n_gaps == y.n_gaps && x.n_gap_steps == y.n_gap_steps);
    rimer_dataset_free(a);
    rimer_dataset_free(b);
}

/* Columns in another order, a value missing, a gap at the seam: as if it were one file. */
START_TEST(continues_a_table) {
    same_dataset(read_pair("ds,a,b\n2024-01-01,1,2\n2024-01-02,3,4\n2024-01-03,5,6\n",
                           "ds,b,a\n2024-01-06,,7\n2024-01-07,8,9\n", ""),
                 "ds,a,b\n2024-01-01,1,2\n2024-01-02,3,4\n2024-01-03,5,6\n2024-01-06,7,\n"
                 "2024-01-07,9,8\n",
                 "");
    same_dataset(read_pair("x\n1\n2\n", "x\n3\n", "no_time=yes"), "x\n1\n2\n3\n",
                 "no_time=yes");
    same_dataset(read_pair("m,x\n2024-01-31,1\n2024-02-29,2\n", "m,x\n2024-04-30,4\n", ""),
                 "m,x\n2024-01-31,1\n2024-02-29,2\n2024-04-30,4\n", "");
}
END_TEST

/* Series by their names, in any order; one that does not go on stays. */
START_TEST(continues_series) {
    same_dataset(read_pair("H1,1,2,3\nH2,4,5\nH3,6,7\n", "H3,8\nH1,9,10\n", "layout=rows"),
                 "H1,1,2,3,9,10\nH2,4,5\nH3,6,7,8\n", "layout=rows");
}
END_TEST

static void refused(const char *before, const char *after, const char *settings,
                    const char *part) {
    rimer_dataset *dataset, *later;
    ck_assert_msg(read_text(before, settings, &dataset) == RIMER_OK, "%s", rimer_last_error());
    ck_assert_msg(read_text(after, settings, &later) == RIMER_OK, "%s", rimer_last_error());
    uint64_t was = rimer_dataset_fingerprint(dataset);
    ck_assert_int_eq(rimer_dataset_append(dataset, later), RIMER_DATA);
    ck_assert_msg(strstr(rimer_last_error(), part) != NULL, "%s", rimer_last_error());
    ck_assert(rimer_dataset_fingerprint(dataset) == was);
    rimer_dataset_free(dataset);
    rimer_dataset_free(later);
}

START_TEST(refusals) {
    const char *days = "ds,a\n2024-01-01,1\n2024-01-02,3\n";
    refused(days, "ds,b\n2024-01-03,1\n2024-01-04,2\n", "", "no column \"b\"");
    refused(days, "ds,a,b\n2024-01-03,1,1\n2024-01-04,1,2\n", "", "no column \"b\"");
    refused("ds,a,b\n2024-01-01,1,1\n2024-01-02,1,2\n", "ds,a\n2024-01-03,1\n2024-01-04,2\n",
            "", "has no column \"b\"");
    refused(days, "ds,a\n2024-01-02,1\n2024-01-03,2\n", "",
            "begins at 2024-01-02, not after 2024-01-02");
    refused(days, "ds,a\n2024-01-03 05:00,1\n2024-01-04 05:00,2\n", "", "no whole number");
    refused(days, "ds,a\n2024-01-03,1\n2024-01-05,2\n", "", "its steps are 2d apart");
    refused(days, "a\n1\n2\n", "", "no time column");
    refused("H1,1,2\nH2,3,4\n", "H1,5\nH9,6\n", "layout=rows", "no series \"H9\"");
}
END_TEST

START_TEST(option_of_a_reader) {
    char settings[600];
    rimer_dataset *dataset;
    snprintf(settings, sizeof settings, "no_time=yes append=%s",
             write_bytes("later.csv", "x\n3\n", 4));
    ck_assert_msg(read_text("x\n1\n2\n", settings, &dataset) == RIMER_OK, "%s",
                  rimer_last_error());
    ck_assert_int_eq(rimer_dataset_series(dataset, 0).n_steps, 3);
    rimer_dataset_free(dataset);
    ck_assert_int_eq(read_text("x\n1\n2\n", "no_time=yes append=/nowhere.csv", &dataset),
                     RIMER_IO);
    ck_assert_ptr_nonnull(strstr(rimer_last_error(), "/nowhere.csv"));
}
END_TEST

int main(void) {
    return rm_test_main("append", (const TTest *[]){continues_a_table, continues_series,
                                                    refusals, option_of_a_reader, NULL});
}
