#include "harness.h"
#include "rimer/rimer.h"

#include <stdio.h>
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

START_TEST(folds) {
    assert_split("ett-h@3/3", 17420, 5760, 8640, 11520);
    assert_split("ett-h@2/3", 17420, 4320, 7200, 10080);
    assert_split("ett-h@1/3", 17420, 2880, 5760, 8640);
    assert_split("ett-h@1/1", 14400, 5760, 8640, 11520);
    assert_split("0.7/0.1/0.2@2/3", 1000, 550, 650, 750);
    assert_split("rows:10/5/3@2/2", 99, 5, 10, 15);
    assert_split("rows:10/5/3@1/2", 99, 3, 8, 13); /* half of 5 is 2 */
    assert_split("last:4/8@2/2", 100, 84, 88, 92);
    assert_split("last:4/8@2/2", 200, 184, 188, 192);
    assert_split("rows:10/1/0@1/7", 11, 9, 10, 11); /* half of 1 is 0: all of them are one */
}
END_TEST

START_TEST(learnt_anew) {
    assert_split("0.7/0.1/0.2+val", 52696, 52696 - 10539, 52696 - 10539, 52696);
    assert_split("ett-h+val", 17420, 11520, 11520, 14400);
    assert_split("ett-h+all", 17420, 17420, 17420, 17420);
    assert_split("last:18/18+val", 66, 48, 48, 66);
    assert_split("last:18/18+all", 66, 66, 66, 66);
    assert_split("ett-h@2/3+val", 17420, 7200, 7200, 10080);
    assert_split("last:18/18+all", 20, 20, 20, 20); /* too short to be split */
    rimer_split split;
    ck_assert_int_eq(rimer_split_make("last:18/18+val", 20, &split), RIMER_DATA);
    static const char *const texts[] = {"+val",
                                        "+all",
                                        "0.7/0.1/0.2+",
                                        "0.7/0.1/0.2+value",
                                        "0.7/0.1/0.2+val+all",
                                        "0.7/0.1/0.2+val@1/2"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        ck_assert_msg(rimer_split_make(texts[i], 1000, &split) == RIMER_USAGE, "%s", texts[i]);
}
END_TEST

/* Of any split that has them, in any number: each fold begins with the training of the one
 * before and half a part more, and none sees a step of the test part. */
START_TEST(folds_in_a_row) {
    static const char *const texts[] = {"0.7/0.1/0.2", "0.5/0.25/0.1", "rows:9/7/2",
                                        "last:6/5"};
    int64_t n_made = 0;
    for (size_t i = 0; i < 4 * 120; i++) {
        const char *text = texts[i % 4];
        int64_t n = 18 + (int64_t)(i / 4), count = 1 + n % 5;
        rimer_split whole, fold, before = {0, 0, 0};
        ck_assert_int_eq(rimer_split_make(text, n, &whole), RIMER_OK);
        int64_t length = whole.val_end - whole.train_end;
        for (int64_t j = 1; j <= count; j++) {
            char name[64];
            snprintf(name, sizeof name, "%s@%d/%d", text, (int)j, (int)count);
            int64_t end = whole.val_end - (count - j) * (length / 2);
            rimer_status status = rimer_split_make(name, n, &fold);
            ck_assert_int_eq(status, end - 2 * length < 1 ? RIMER_DATA : RIMER_OK);
            if (status != RIMER_OK)
                continue;
            n_made++;
            ck_assert(fold.test_end == end && fold.test_end <= whole.val_end);
            ck_assert_int_eq(fold.val_end - fold.train_end, length);
            ck_assert_int_eq(fold.test_end - fold.val_end, length);
            ck_assert(!before.test_end || fold.train_end == before.train_end + length / 2);
            before = fold;
        }
        ck_assert(!before.test_end || before.test_end == whole.val_end);
    }
    ck_assert_int_gt(n_made, 500);
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

/* A fold of a split of so many characters. */
static void refuse_long(int n, const char *part) {
    char text[2 * RIMER_TEXT_SIZE];
    memset(text, '1', sizeof text);
    snprintf(text + n, sizeof text - (size_t)n, "@1/3");
    assert_refused(text, 1000, RIMER_USAGE, part);
}

START_TEST(refused_folds) {
    static const char *const endings[] = {
        "@",     "@1",     "@0/3",   "@4/3",  "@1/0",   "@0/0",  "@1/3/",
        "@/3",   "@1/",    "@@",     "@@1/3", "@1/3@",  "@-1/3", "@1/3@1/3",
        "@a/b",  "@1.5/3", "@1/2.5", "@ 1/3", "@nan/3", "@1,3",  "@1/99999999999999999999",
        "@1e15", "@1/inf", "@1/1/1"};
    static const char *const splits[] = {"0.7/0.1/0.2", "ett-h", "rows:10/3/5", "last:3/5"};
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++)
        for (size_t k = 0; k < sizeof splits / sizeof *splits; k++) {
            char text[64];
            snprintf(text, sizeof text, "%s%s", splits[k], endings[i]);
            assert_refused(text, 20000, RIMER_USAGE,
                           "a fold is written behind a split as @J/N");
        }
    refuse_long(RIMER_TEXT_SIZE - 1, "write shares");
    refuse_long(RIMER_TEXT_SIZE, "a fold is written behind a split");
    refuse_long(2 * RIMER_TEXT_SIZE - 5, "a fold is written behind a split");
    assert_refused("@1/3", 1000, RIMER_USAGE, "split \"\" is not understood: write shares");
    assert_refused("half@1/3", 1000, RIMER_USAGE, "split \"half\" is not understood: write");
    assert_refused("0.7/0.2/0.2@1/3", 1000, RIMER_USAGE, "more than 1");
    assert_refused("ett-h@1/3", 14399, RIMER_DATA, "needs 14400 steps, there are 14399");
    assert_refused("ett-h@1/5", 14400, RIMER_DATA,
                   "split \"ett-h@1/5\" of 14400 steps: fold 1 has nothing to train on; take "
                   "fewer folds or a longer series");
    assert_refused("rows:4/4/0@1/1", 8, RIMER_DATA, "fold 1 has nothing to train on");
    assert_refused("rows:9/0/5@2/3", 99, RIMER_DATA, "fold 2 has nothing to validate on");
    assert_refused("0.7/0.1/0.2@1/1000000000000000", 1000, RIMER_DATA, "nothing to train on");
    assert_refused("rows:1e15/1e15/0@1/1e15", INT64_MAX, RIMER_DATA, "nothing to train on");
    /* the fold's number is not lost to the size of the others */
    assert_split("rows:1e15/2/0@999999999999999/1e15", INT64_MAX, 999999999999997,
                 999999999999999, 1000000000000001);
}
END_TEST

int main(void) {
    return rm_test_main("split",
                        (const TTest *[]){shares, rows, counted_from_the_end, refusals, folds,
                                          learnt_anew, folds_in_a_row, refused_folds, NULL});
}
