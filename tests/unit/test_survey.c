/* Holes, frozen stretches and codes for missing values, in series made by hand. */
#include "readtext.h"

#include <float.h>
#include <math.h>

static rimer_survey survey_values(const float *values, int64_t n) {
    rimer_dataset *d = NULL;
    ck_assert_int_eq(rimer_dataset_from_values(values, n, 1, NULL, &d), RIMER_OK);
    rimer_survey survey = rimer_dataset_survey(d, 0, 0);
    rimer_dataset_free(d);
    return survey;
}

START_TEST(ranges) {
    static const float values[] = {2, NAN, 4, 4, 5, NAN, 5, 7, 9};
    rimer_survey s = survey_values(values, 9);
    ck_assert_int_eq(s.n_steps, 9);
    ck_assert_int_eq(s.n_missing, 2);
    ck_assert(s.min == 2 && s.max == 9);
    ck_assert_double_eq_tol(s.mean, 36.0 / 7, 1e-12);
    ck_assert_double_eq_tol(s.deviation, sqrt(216.0 / 7 - 36.0 / 7 * 36.0 / 7), 1e-12);
    ck_assert(isnan(s.sentinel) && s.n_sentinels == 0);
}
END_TEST

START_TEST(holes) {
    static const float values[] = {NAN, 1, NAN, NAN, NAN, 2, NAN, NAN, 3, NAN};
    rimer_survey s = survey_values(values, 10);
    ck_assert_int_eq(s.n_missing, 7);
    ck_assert_int_eq(s.n_holes, 4);
    ck_assert_int_eq(s.longest_hole, 3);
    ck_assert_int_eq(s.longest_hole_at, 2);
    ck_assert_int_eq(s.first_missing, 0);
    static const float whole[] = {1, 2};
    s = survey_values(whole, 2);
    ck_assert(s.n_holes == 0 && s.longest_hole == 0);
    ck_assert(s.longest_hole_at == -1 && s.first_missing == -1);
}
END_TEST

/* A missing step ends a stretch, and the first of two equal ones counts. */
START_TEST(frozen) {
    static const float values[] = {1, 1, NAN, 1, 2, 2, 2, 3, 3, 3, 1};
    rimer_survey s = survey_values(values, 11);
    ck_assert_int_eq(s.frozen, 3);
    ck_assert_int_eq(s.frozen_at, 4);
    static const float zeros[] = {0, -0.0F, 0}; /* one value, two spellings */
    s = survey_values(zeros, 3);
    ck_assert_int_eq(s.frozen, 3);
    ck_assert_int_eq(s.frozen_at, 0);
}
END_TEST

START_TEST(nothing_observed) {
    static const float values[] = {NAN, NAN};
    rimer_survey s = survey_values(values, 2);
    ck_assert(isnan(s.min) && isnan(s.mean) && isnan(s.max) && isnan(s.deviation));
    ck_assert_int_eq(s.longest_hole, 2);
    ck_assert_int_eq(s.frozen, 0);
    ck_assert_int_eq(s.frozen_at, -1);
    ck_assert(isnan(s.sentinel));
}
END_TEST

enum { STEPS = 60 };

/* low, low + by, ... with `code` in the place of some. */
static rimer_survey with_code(float low, float by, float code, int64_t count) {
    float values[STEPS];
    for (int t = 0; t < STEPS; t++)
        values[t] = low + by * (float)(t * 7 % STEPS);
    for (int64_t i = 0; i < count; i++)
        values[5 + 3 * i] = code;
    return survey_values(values, STEPS);
}

START_TEST(codes) {
    static const float spelled[] = {-9999,        -999,          9999,    99999,   999.9F,
                                    -99.99F,      -99,           32767,   -32768,  65535,
                                    2147483647.F, -2147483648.F, 1e10F,   1e20F,   1e30F,
                                    -1e20F,       9.96921e36F,   FLT_MAX, -FLT_MAX};
    for (size_t i = 0; i < sizeof spelled / sizeof *spelled; i++) {
        rimer_survey s = with_code(10, 0.5F, spelled[i], 3);
        ck_assert_msg(s.sentinel == (double)spelled[i] && s.n_sentinels == 3, "%g: %g %d",
                      (double)spelled[i], s.sentinel, (int)s.n_sentinels);
        ck_assert_int_eq(with_code(10, 0.5F, spelled[i], 1).n_sentinels, 1);
    }
    ck_assert_int_eq(with_code(7, 0, -9999, 4).n_sentinels, 4); /* beside a constant */
}
END_TEST

/* A false alarm is worse than a miss. */
START_TEST(no_codes) {
    static const struct {
        float low, by, code;
    } cases[] = {{0, 20, 999},       /* goes on to 1180 itself */
                 {0, 10, 999},       /* no further from the rest than that reaches */
                 {10, 0.5F, 99},     /* a percentage */
                 {10, 0.5F, -9},     /* too short */
                 {10, 0.5F, -9998},  /* an outlier */
                 {10, 0.5F, 1000},   /* not large enough */
                 {10, 0.5F, 989.9F}, /* not only nines */
                 {7, 0, 999},        /* a switch */
                 {-9999, 1, -9999}}; /* a neighbour of others */
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        rimer_survey s = with_code(cases[i].low, cases[i].by, cases[i].code, 3);
        ck_assert_msg(isnan(s.sentinel) && s.n_sentinels == 0, "%g", (double)cases[i].code);
    }
}
END_TEST

START_TEST(minus_one) {
    ck_assert_int_eq(with_code(5, 0.25F, -1, 3).n_sentinels, 3);
    ck_assert_int_eq(with_code(0, 0.1F, -1, 2).n_sentinels, 2);
    ck_assert_int_eq(with_code(5, 0.25F, -1, 1).n_sentinels, 0); /* once is no code */
    ck_assert_int_eq(with_code(0, 1, -1, 3).n_sentinels, 0);     /* counts */
    ck_assert_int_eq(with_code(-2, 0.25F, -1, 3).n_sentinels, 0);
    ck_assert_int_eq(with_code(5, 0, -1, 3).n_sentinels, 0); /* a switch */
}
END_TEST

/* All codes that are in the real files, and no other. */
START_TEST(real_files) {
    static const struct {
        const char *file, *settings;
        const char *names[3];
        int64_t counts[3];
    } cases[] = {{"weather.csv.gz", "steps=rows", {"OT", "wv (m/s)", "max. PAR"}, {50, 1, 30}},
                 {"ETTh1.csv", "", {NULL}, {0}},
                 {"exchange_rate.csv", "", {NULL}, {0}},
                 {"nn5.csv.gz", "decimal=,", {NULL}, {0}},
                 {"beijing_pm25.csv.gz", "", {NULL}, {0}},
                 {"msl/msl_train.csv.gz", "", {NULL}, {0}}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *path = rm_dataset_path("real_files", cases[i].file);
        if (!path)
            continue;
        rimer_dataset *d = NULL;
        rimer_read_options options = read_settings(cases[i].settings);
        ck_assert_int_eq(rimer_dataset_read(path, &options, &d), RIMER_OK);
        for (int64_t c = 0; c < rimer_dataset_n_channels(d); c++) {
            const char *name = rimer_dataset_channel_name(d, c);
            int64_t wanted = 0;
            for (int k = 0; k < 3 && cases[i].names[k]; k++)
                if (strncmp(name, cases[i].names[k], strlen(cases[i].names[k])) == 0)
                    wanted = cases[i].counts[k];
            rimer_survey s = rimer_dataset_survey(d, 0, c);
            ck_assert_msg(s.n_sentinels == wanted, "%s, %s: %g %d times", cases[i].file, name,
                          s.sentinel, (int)s.n_sentinels);
        }
        rimer_dataset_free(d);
    }
}
END_TEST

START_TEST(seasons_of_channels) {
    enum { N = 400 };
    float values[2 * N];
    for (int t = 0; t < N; t++) {
        values[t] = sinf(6.2831853F * (float)t / 20);
        values[N + t] = (float)(t * 7919 % 1009);
    }
    rimer_dataset *d = NULL;
    int64_t seasons[2];
    ck_assert_int_eq(rimer_dataset_from_values(values, N, 2, NULL, &d), RIMER_OK);
    ck_assert_int_ge(rimer_dataset_channel_seasons(d, 0, 0, N, 2, seasons), 1);
    ck_assert_int_eq(seasons[0], 20);
    ck_assert_int_eq(rimer_dataset_channel_seasons(d, 0, 0, 0, 2, seasons), 0);
    rimer_dataset_free(d);
}
END_TEST

int main(void) {
    return rm_test_main("survey", (const TTest *[]){ranges, holes, frozen, nothing_observed,
                                                    codes, no_codes, minus_one, real_files,
                                                    seasons_of_channels, NULL});
}
