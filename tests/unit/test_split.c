#include "harness.h"
#include "rimer/rimer.h"

#include <string.h>

static void assert_split(const char *text, int64_t n, int64_t train, int64_t val,
                         int64_t test) {
    rimer_split split = {-1, -1, -1};
    ck_assert_msg(rimer_split_make(text, n, &split) == RIMER_OK, "%s", rimer_last_error());
    ck_assert_int_eq(split.train_end, train);
    ck_assert_int_eq(split.val_end, val);
    ck_assert_int_eq(split.test_end, test);
}

START_TEST(shares) {
    assert_split("0.7/0.1/0.2", 52696, 36887, 52696 - 10539, 52696);
    assert_split("0.7/0.1/0.2", 7588, 5311, 7588 - 1517, 7588);
    assert_split("0.7/0.1/0.2", 10, 7, 8, 10);
    /* 0.7 * 90 is 62.999... in double, 0.1 * 3 is 0.30000000000000004 */
    assert_split("0.7/0.1/0.2", 90, 63, 72, 90);
    assert_split("0.1/0.2/0.7", 30, 3, 9, 30);
    assert_split("0.8/0.2/0", 10, 8, 10, 10);
    assert_split("1/0/0", 3, 3, 3, 3);
    assert_split("0.5/0.1/0.1", 100, 50, 60, 70); /* the rest is unused */
    assert_split("0.7/0.1/0.2", 2, 1, 2, 2);
}
END_TEST

START_TEST(rows) {
    assert_split("ett-h", 17420, 8640, 11520, 14400);
    assert_split("ett-m", 69680, 34560, 46080, 57600);
    assert_split("rows:10/0/5", 15, 10, 10, 15);
    assert_split("rows:10/3/5", 99, 10, 13, 18);
}
END_TEST

START_TEST(counted_from_the_end) {
    assert_split("last:48/0", 700, 652, 700, 700);
    assert_split("last:18/18", 66, 30, 48, 66);
    assert_split("last:0/5", 6, 1, 1, 6);
}
END_TEST

static void assert_refused(const char *text, int64_t n, rimer_status status, const char *part) {
    rimer_split split = {1, 2, 3};
    ck_assert_msg(rimer_split_make(text, n, &split) == status, "\"%s\" of %lld", text,
                  (long long)n);
    ck_assert_msg(strstr(rimer_last_error(), part) != NULL, "%s", rimer_last_error());
    ck_assert(split.train_end == 1 && split.val_end == 2 && split.test_end == 3);
}

START_TEST(refusals) {
    static const char *const texts[] = {
        "",         "0.7",           "0.7/0.3",       "a/b/c",
        "ett",      "0.7/0.1/0.2/0", "-0.1/1/0.1",    "0,7/0,1/0,2",
        "rows:1/2", "rows:1.5/2/3",  "rows:/2/3",     "nan/0/0",
        "0.7/0.1/", "rows:-1/2/3",   "rows:1e20/1/1", "last:",
        "last:5",   "last:1/2/3",    "last:1.5/2",    "last:-1/2"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        assert_refused(texts[i], 1000, RIMER_USAGE, "is not understood");
    assert_refused("0.7/0.2/0.2", 1000, RIMER_USAGE, "more than 1");
    assert_refused("rows:0/2/3", 1000, RIMER_USAGE, "no training step");
    assert_refused("ett-h", 14399, RIMER_DATA, "needs 14400 steps, there are 14399");
    assert_refused("rows:10/3/5", 17, RIMER_DATA, "needs 18 steps");
    assert_refused("last:18/18", 36, RIMER_DATA, "leaves none of 36 steps");
    assert_refused("0.7/0.1/0.2", 1, RIMER_DATA, "leaves none of 1 steps to train on");
}
END_TEST

int main(void) {
    return rm_test_main("split",
                        (const TTest *[]){shares, rows, counted_from_the_end, refusals, NULL});
}
