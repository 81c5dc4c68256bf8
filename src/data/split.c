#include "data/number.h"
#include "rimer/dataset.h"

#include "base/error.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

/* ETT's year of training is 12 months of 30 days, validation and test 4 months each. */
#define ETT_HOURS (30 * 24)

#define PARTS_MOST 3

/* Numbers that a slash parts. */
typedef struct parts {
    double part[PARTS_MOST];
} parts;

static rimer_status not_understood(const char *text) {
    RM_FAIL(USAGE,
            "split \"%s\" is not understood: write shares such as 0.7/0.1/0.2, ett-h, "
            "ett-m, rows:A/B/C or last:B/C",
            text);
}

/* n numbers such as "a/b/c", none of them negative. */
static bool read_parts(const char *text, int n, parts *numbers) {
    char copy[RIMER_TEXT_SIZE];
    if (strlen(text) >= sizeof copy)
        return false;
    strcpy(copy, text);
    char *part = copy;
    for (int i = 0; i < n; i++) {
        char *slash = strchr(part, '/');
        if ((slash == NULL) != (i == n - 1))
            return false;
        if (slash)
            *slash = 0;
        if (rm_number_parse(part, '.', &numbers->part[i]) != RM_CELL_NUMBER ||
            numbers->part[i] < 0)
            return false;
        part = slash ? slash + 1 : part;
    }
    return true;
}

static bool are_counts(int n, const parts *numbers) {
    for (int i = 0; i < n; i++)
        if (numbers->part[i] != floor(numbers->part[i]) || numbers->part[i] > 1e15)
            return false;
    return true;
}

/* The product's rounding must not cost a step: 0.7 * 90 is 62.999... in double. */
static int64_t share_of(double share, int64_t n) {
    return (int64_t)floor(share * (double)n + 1e-9 * (double)n);
}

static rimer_status split_shares(const char *text, int64_t n, rimer_split *split) {
    parts share;
    if (!read_parts(text, 3, &share))
        return not_understood(text);
    double sum = share.part[0] + share.part[1] + share.part[2];
    if (sum > 1 + 1e-9)
        RM_FAIL(USAGE, "split \"%s\": the shares add up to more than 1", text);
    int64_t train = share_of(share.part[0], n), test = share_of(share.part[2], n);
    int64_t val = sum > 1 - 1e-9 ? n - train - test : share_of(share.part[1], n);
    if (train < 1)
        RM_FAIL(DATA,
                "split \"%s\" leaves none of %lld steps to train on; take more steps or a "
                "larger first share",
                text, (long long)n);
    *split = (rimer_split){train, train + val, train + val + test};
    return RIMER_OK;
}

static rimer_status split_rows(const char *text, const parts *rows, int64_t n,
                               rimer_split *split) {
    if (!are_counts(3, rows))
        return not_understood(text);
    int64_t train = (int64_t)rows->part[0], val = train + (int64_t)rows->part[1];
    int64_t test = val + (int64_t)rows->part[2];
    if (train < 1)
        RM_FAIL(USAGE, "split \"%s\" has no training step", text);
    if (test > n)
        RM_FAIL(DATA, "split \"%s\" needs %lld steps, there are %lld", text, (long long)test,
                (long long)n);
    *split = (rimer_split){train, val, test};
    return RIMER_OK;
}

/* Counted from the end, so that series of different lengths have equal test parts. */
static rimer_status split_last(const char *text, const parts *rows, int64_t n,
                               rimer_split *split) {
    if (!are_counts(2, rows))
        return not_understood(text);
    int64_t val = (int64_t)rows->part[0], test = (int64_t)rows->part[1];
    if (n - test - val < 1)
        RM_FAIL(DATA, "split \"%s\" leaves none of %lld steps to train on", text, (long long)n);
    *split = (rimer_split){n - test - val, n - test, n};
    return RIMER_OK;
}

/* A split without a fold behind it. */
static rimer_status split_whole(const char *text, int64_t n_steps, rimer_split *split) {
    parts rows = {{12 * ETT_HOURS, 4 * ETT_HOURS, 4 * ETT_HOURS}};
    if (strcmp(text, "ett-h") == 0)
        return split_rows(text, &rows, n_steps, split);
    if (strcmp(text, "ett-m") == 0) {
        for (int i = 0; i < 3; i++)
            rows.part[i] *= 4;
        return split_rows(text, &rows, n_steps, split);
    }
    if (strncmp(text, "rows:", 5) == 0)
        return read_parts(text + 5, 3, &rows) ? split_rows(text, &rows, n_steps, split)
                                              : not_understood(text);
    if (strncmp(text, "last:", 5) == 0)
        return read_parts(text + 5, 2, &rows) ? split_last(text, &rows, n_steps, split)
                                              : not_understood(text);
    return split_shares(text, n_steps, split);
}

/* "J/N" behind a split. */
static bool read_fold(const char *text, parts *fold) {
    return read_parts(text, 2, fold) && are_counts(2, fold) && fold->part[0] >= 1 &&
           fold->part[0] <= fold->part[1];
}

/* The last fold is tested on the validation part of the split, each one before it half of such a
 * part earlier. In double, whose products of any counts do not overflow; those that are rounded
 * leave nothing to train on. */
static rimer_status take_fold(const char *text, const parts *fold, int64_t n,
                              rimer_split *split) {
    int64_t length = split->val_end - split->train_end;
    double later = (fold->part[1] - fold->part[0]) * (double)(length / 2);
    double train = (double)split->val_end - later - 2 * (double)length;
    if (length < 1)
        RM_FAIL(
            DATA,
            "split \"%s\" of %lld steps: fold %.0f has nothing to validate on; folds need a "
            "split with a validation part",
            text, (long long)n, fold->part[0]);
    if (train < 1)
        RM_FAIL(
            DATA,
            "split \"%s\" of %lld steps: fold %.0f has nothing to train on; take fewer folds "
            "or a longer series",
            text, (long long)n, fold->part[0]);
    int64_t first = (int64_t)train;
    *split = (rimer_split){first, first + length, first + 2 * length};
    return RIMER_OK;
}

/* A split with a fold behind it or none. */
static rimer_status split_fold(const char *text, int64_t n_steps, rimer_split *split) {
    const char *mark = strchr(text, '@');
    size_t length = mark ? (size_t)(mark - text) : 0;
    char whole[RIMER_TEXT_SIZE];
    parts fold;
    rimer_split borders;
    if (!mark)
        return split_whole(text, n_steps, split);
    if (length >= sizeof whole || !read_fold(mark + 1, &fold))
        RM_FAIL(USAGE,
                "split \"%s\" is not understood: a fold is written behind a split as @J/N, J "
                "from 1 to N, such as 0.7/0.1/0.2@2/3",
                text);
    memcpy(whole, text, length);
    whole[length] = '\0';
    RM_TRY(split_whole(whole, n_steps, &borders));
    RM_TRY(take_fold(text, &fold, n_steps, &borders));
    *split = borders;
    return RIMER_OK;
}

/* "+val" or "+all" behind a split. */
rimer_status rimer_split_make(const char *text, int64_t n_steps, rimer_split *split) {
    RM_NEED(text, split);
    static const char val[] = "+val", all[] = "+all";
    size_t length = strlen(text), end = sizeof val - 1;
    const char *more = length > end ? text + length - end : "";
    int is_val = strcmp(more, val) == 0;
    char own[RIMER_TEXT_SIZE];
    rimer_split borders;
    if (!is_val && strcmp(more, all) != 0)
        return split_fold(text, n_steps, split);
    if (length - end >= sizeof own)
        return not_understood(text);
    memcpy(own, text, length - end);
    own[length - end] = '\0';
    rimer_status status = split_fold(own, n_steps, &borders);
    if (status == RIMER_OK && is_val)
        *split = (rimer_split){borders.val_end, borders.val_end, borders.test_end};
    if (is_val || (status != RIMER_OK && status != RIMER_DATA))
        return status;
    *split = (rimer_split){n_steps, n_steps, n_steps}; /* too short to be split is no matter */
    return RIMER_OK;
}
