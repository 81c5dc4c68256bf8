/* Datasets from memory, and the fingerprint that ties a model to its data. */
#include "readtext.h"

#include <math.h>

START_TEST(from_values) {
    float values[] = {1, 2, NAN, 4, 5, 6};
    rimer_dataset *d = NULL;
    ck_assert_int_eq(rimer_dataset_from_values(values, 3, 2, NULL, &d), RIMER_OK);
    values[0] = 99; /* copied */
    ck_assert_int_eq(rimer_dataset_n_series(d), 1);
    ck_assert_int_eq(rimer_dataset_n_channels(d), 2);
    ck_assert_str_eq(rimer_dataset_channel_name(d, 1), "c1");
    ck_assert_str_eq(rimer_dataset_frequency(d), "1");
    ck_assert_str_eq(rimer_dataset_time_name(d), "");
    rimer_series series = rimer_dataset_series(d, 0);
    ck_assert_str_eq(series.id, "");
    ck_assert_int_eq(series.n_steps, 3);
    ck_assert(series.values[0] == 1 && isnan(series.values[2]) && series.values[3] == 4);
    ck_assert_int_eq(series.times[2], 2);
    ck_assert_int_eq(rimer_dataset_notes(d).n_missing, 1);
    ck_assert_int_eq(rimer_dataset_future_time(d, 0, 4), 6);
    ck_assert_str_eq(time_at(d, -1), "3");
    rimer_dataset_free(d);
    rimer_dataset_free(NULL);
}
END_TEST

START_TEST(refusals) {
    float values[] = {1, INFINITY};
    rimer_dataset *d = NULL;
    ck_assert_int_eq(rimer_dataset_from_values(values, 0, 1, NULL, &d), RIMER_USAGE);
    ck_assert_int_eq(rimer_dataset_from_values(values, 1, 0, NULL, &d), RIMER_USAGE);
    ck_assert_int_eq(rimer_dataset_from_values(values, 2, 1, NULL, &d), RIMER_DATA);
    assert_said("channel 0, step 1: the value is infinite");
    ck_assert_int_eq(
        rimer_dataset_from_values(values, 1, 2, (const char *const[]){"a", "a"}, &d),
        RIMER_USAGE);
    assert_said("two channels are called \"a\"");
    ck_assert_ptr_null(d);
}
END_TEST

/* As of a variable of a shell that is not set. */
START_TEST(files_need_names) {
    rimer_config config;
    rimer_dataset *d;
    rimer_model *model;
    rimer_config_init(&config);
    ck_assert_int_eq(rimer_dataset_read("", NULL, &d), RIMER_IO);
    ck_assert_str_eq(rimer_last_error(), "a file to read needs a name");
    ck_assert_int_eq(rimer_model_load("", &model), RIMER_IO);
    ck_assert_str_eq(rimer_last_error(), "a file to read needs a name");
    ck_assert_int_eq(rimer_config_read(&config, "", NULL), RIMER_IO);
    ck_assert_str_eq(rimer_last_error(), "a file to read needs a name");
}
END_TEST

static uint64_t fingerprint(const char *text, const char *settings) {
    rimer_dataset *d = dataset_of(text, settings);
    uint64_t hash = rimer_dataset_fingerprint(d);
    rimer_dataset_free(d);
    return hash;
}

/* The same data spelled differently are the same; any other name, time or value is not. */
START_TEST(fingerprints) {
    uint64_t one = fingerprint("ds,ab,c\n2024-01-01,1.5,2\n2024-01-02,,3\n", "");
    ck_assert_uint_eq(one,
                      fingerprint("ds;ab;c\r\n2024/1/1;1,50;2\r\n2024/1/2;NA;3", "decimal=,"));
    static const char *const others[] = {"ds,a,bc\n2024-01-01,1.5,2\n2024-01-02,,3\n",
                                         "ds,ab,c\n2024-01-01,1.5,2\n2024-01-03,,3\n",
                                         "ds,ab,c\n2024-01-01,1.5,2\n2024-01-02,,4\n",
                                         "ds,ab,c\n2024-01-01,1.5,2\n2024-01-02,3,\n",
                                         "ds,ab,c\n2024-01-01,1.5,2\n"};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        ck_assert_uint_ne(one, fingerprint(others[i], ""));
    /* whatever bits a NaN has */
    float values[] = {1, NAN}, negated[] = {1, -NAN};
    rimer_dataset *a = NULL, *b = NULL;
    ck_assert_int_eq(rimer_dataset_from_values(values, 2, 1, NULL, &a), RIMER_OK);
    ck_assert_int_eq(rimer_dataset_from_values(negated, 2, 1, NULL, &b), RIMER_OK);
    ck_assert_uint_eq(rimer_dataset_fingerprint(a), rimer_dataset_fingerprint(b));
    rimer_dataset_free(a);
    rimer_dataset_free(b);
}
END_TEST

/* FNV-1a of "x" and a NUL, "" and a NUL, the time 0, the bits of 1.0f: computed by the
 * definition here, byte by byte, so that the number in old model files keeps its meaning. */
START_TEST(fingerprint_by_hand) {
    static const unsigned char bytes[] = {'x', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x80, 0x3f};
    uint64_t want = 14695981039346656037u;
    for (size_t i = 0; i < sizeof bytes; i++)
        want = (want ^ bytes[i]) * 1099511628211u;
    float value = 1;
    rimer_dataset *d = NULL;
    ck_assert_int_eq(rimer_dataset_from_values(&value, 1, 1, (const char *const[]){"x"}, &d),
                     RIMER_OK);
    ck_assert_uint_eq(rimer_dataset_fingerprint(d), want);
    rimer_dataset_free(d);
}
END_TEST

int main(void) {
    return rm_test_main("dataset", (const TTest *[]){from_values, refusals, files_need_names,
                                                     fingerprints, fingerprint_by_hand, NULL});
}
