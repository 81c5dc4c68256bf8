/* The step of a stream to which rows still come, and the text that keeps it between two runs. */
#include "data/open_step.h"
#include "harness.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define HOUR INT64_C(3600000000)

static const rm_resample hours = {.step = {.size = HOUR, .kind = RM_EVERY_MICROS}};

static rm_open_step step_of(int64_t n_channels) {
    rm_open_step step;
    ck_assert_int_eq(rm_open_step_init(&step, n_channels), RIMER_OK);
    return step;
}

static rm_open_step some_step(void) {
    rm_open_step step = step_of(3);
    step.start = 500 * HOUR;
    step.gap = 7;
    rm_open_step_add(&step, step.start + 1, (float[]){0.1F, NAN, NAN});
    rm_open_step_add(&step, step.start + 5, (float[]){-3e38F, NAN, 1});
    rm_open_step_add(&step, step.start + 5, (float[]){-3e38F, NAN, NAN});
    return step;
}

static void assert_values(rm_open_step *step, int how, float a, float b, float c) {
    float got[3], want[3] = {a, b, c};
    rm_open_step copy = some_step();
    memcpy(copy.channels, step->channels, 3 * sizeof *copy.channels);
    rm_open_step_end(&copy, how, got, 0, 0);
    for (int i = 0; i < 3; i++)
        ck_assert(isnan(want[i]) ? isnan(got[i]) : got[i] == want[i]);
    rm_open_step_free(&copy);
}

START_TEST(combines) {
    rm_open_step step = some_step();
    double sum = (double)0.1F - 2 * (double)3e38F;
    assert_values(&step, RIMER_DUPLICATES_FIRST, 0.1F, NAN, 1);
    assert_values(&step, RIMER_DUPLICATES_LAST, -3e38F, NAN, 1);
    assert_values(&step, RIMER_DUPLICATES_MEAN, (float)(sum / 3), NAN, 1);
    assert_values(&step, RIMER_DUPLICATES_SUM, (float)sum, NAN, 1);
    float values[3];
    rm_open_step_end(&step, RIMER_DUPLICATES_MEAN, values, 501 * HOUR, 2);
    ck_assert(step.n_rows == 0 && step.start == 501 * HOUR && step.gap == 2);
    ck_assert(step.channels[0].n == 0 && step.channels[2].n == 0);
    rm_open_step_free(&step);
}
END_TEST

START_TEST(goes_on_from_its_text) {
    rm_open_step step = some_step(), again = step_of(3);
    char *text, *second;
    ck_assert_int_eq(rm_open_step_text(&step, &text), RIMER_OK);
    ck_assert_msg(rm_open_step_read(&again, text, &hours) == RIMER_OK, "%s",
                  rimer_last_error());
    ck_assert(again.n_rows == 3 && again.start == step.start && again.last == step.last &&
              again.gap == 7);
    ck_assert_int_eq(rm_open_step_text(&again, &second), RIMER_OK);
    ck_assert_str_eq(second, text);
    assert_values(&again, RIMER_DUPLICATES_FIRST, 0.1F, NAN, 1);
    free(text);
    free(second);
    rm_open_step_free(&step);
    rm_open_step_free(&again);
}
END_TEST

START_TEST(damaged_texts) {
    static const char *const texts[] = {
        "",
        "3",
        "3 1800000000000 1800000000005 7",
        "3 1800000000000 1800000000005 7 1:0:0:0",
        "3 1800000000000 1800000000005 7 1:0:0:0 1:0:0:0 1:0:0:0 1:0:0:0",
        "3 1800000000000 1800000000005 7 1:0:0:0 1:0:0:0 1:0:0:0 ",
        "3 1800000000000 1800000000005 7 1:0:0:0 -1:0:0:0 1:0:0:0",
        "3 1800000000000 1800000000005 7 1:7ff0000000000000:0:0 1:0:0:0 1:0:0:0",
        "3 1800000000000 1800000000005 7 1:0:7fc00000:0 1:0:0:0 1:0:0:0",
        "3 1800000000001 1800000000005 7 1:0:0:0 1:0:0:0 1:0:0:0",
        "3 1800000000000 1803600000000 7 1:0:0:0 1:0:0:0 1:0:0:0",
        "3 1800000000000 1799999999999 7 1:0:0:0 1:0:0:0 1:0:0:0",
        "0 1800000000000 1800000000005 7 1:0:0:0 1:0:0:0 1:0:0:0",
        "3 1800000000000 1800000000005 -1 1:0:0:0 1:0:0:0 1:0:0:0",
        "3 -9223372036854775808 -9223372036854775808 7 1:0:0:0 1:0:0:0 1:0:0:0",
        "3 9223372036800000000 9223372036854775807 7 1:0:0:0 1:0:0:0 1:0:0:0"};
    rm_open_step step = step_of(3);
    ck_assert_int_eq(
        rm_open_step_read(&step, "3 1800000000000 1800000000005 7 1:0:0:0 1:0:0:0 1:0:0:0",
                          &hours),
        RIMER_OK);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        ck_assert_msg(rm_open_step_read(&step, texts[i], &hours) == RIMER_MODEL, "%s",
                      texts[i]);
    rm_open_step_free(&step);
}
END_TEST

int main(void) {
    return rm_test_main(
        "open_step", (const TTest *[]){combines, goes_on_from_its_text, damaged_texts, NULL});
}
