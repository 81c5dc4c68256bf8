/* Seasons that are there, and seasons that are not. */
#include "base/array.h"
#include "data/dataset_inside.h"
#include "readtext.h"

#include <math.h>
#include <time.h>

#define TAU 6.283185307179586

static uint64_t state;

static double uniform(void) {
    state ^= state << 13, state ^= state >> 7, state ^= state << 17;
    return (double)(state >> 11) / 9007199254740992.0 - 0.5;
}

/* About normal, deviation 1. */
static double noise(void) {
    double sum = 0;
    for (int i = 0; i < 12; i++)
        sum += uniform();
    return sum;
}

static int find(const rimer_dataset *dataset, double share, int64_t seasons[4]) {
    int64_t n = rimer_dataset_series(dataset, 0).n_steps;
    return rimer_dataset_seasons(dataset, (int64_t)(share * (double)n), 4, seasons);
}

static int find_values(const float *values, int64_t n_steps, int64_t n_channels,
                       int64_t seasons[4]) {
    rimer_dataset *d = NULL;
    ck_assert_int_eq(rimer_dataset_from_values(values, n_steps, n_channels, NULL, &d),
                     RIMER_OK);
    int n = find(d, 1, seasons);
    rimer_dataset_free(d);
    return n;
}

START_TEST(bundled) {
    static const struct {
        const char *file;
        int n;
        int64_t seasons[2];
    } cases[] = {{"air_passengers.csv", 1, {12}},
                 {"mauna_loa_co2.csv", 1, {52}},
                 {"sunspots.csv", 0, {0}}, /* eleven years are no calendar season */
                 {"uk_demand.csv", 2, {336, 48}}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char file[64];
        int64_t seasons[4];
        rimer_dataset *d = NULL;
        snprintf(file, sizeof file, "datasets/%s", cases[i].file);
        ck_assert_int_eq(rimer_dataset_read(rm_project_path(file), NULL, &d), RIMER_OK);
        for (double share = 0.7; share < 1.1; share += 0.3) {
            ck_assert_int_eq(find(d, share, seasons), cases[i].n);
            for (int s = 0; s < cases[i].n; s++)
                ck_assert_int_eq(seasons[s], cases[i].seasons[s]);
        }
        rimer_dataset_free(d);
    }
}
END_TEST

START_TEST(real_files) {
    static const struct {
        const char *file, *settings;
        int64_t first; /* 0: none */
    } cases[] = {{"ETTh1.csv", "", 24},
                 {"ETTm1.csv.gz", "", 96},
                 {"weather.csv.gz", "steps=rows", 144},
                 {"exchange_rate.csv", "", 0},
                 {"nn5.csv.gz", "decimal=,", 7},
                 {"nab/nyc_taxi.csv", "", 336}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *path = rm_dataset_path("real_files", cases[i].file);
        if (!path)
            continue;
        int64_t seasons[4] = {0};
        rimer_read_options options = read_settings(cases[i].settings);
        rimer_dataset *d = NULL;
        ck_assert_int_eq(rimer_dataset_read(path, &options, &d), RIMER_OK);
        int n = find(d, 1, seasons);
        ck_assert_msg(seasons[0] == cases[i].first && (n > 0) == (cases[i].first > 0),
                      "%s: %lld", cases[i].file, (long long)seasons[0]);
        rimer_dataset_free(d);
    }
}
END_TEST

/* Noise and random walks, short and long: nothing in 19 of 20 at least. */
START_TEST(nothing_there) {
    static const int64_t lengths[] = {40, 200, 3000};
    for (int walk = 0; walk < 2; walk++) {
        int found = 0;
        for (int i = 0; i < 60; i++) {
            static float values[3000];
            int64_t seasons[4], n = lengths[i % 3];
            double level = 0;
            state = 1000003u * (uint64_t)(i + 1);
            for (int t = 0; t < 50; t++)
                uniform();
            for (int64_t t = 0; t < n; t++) {
                double step = noise();
                level += step;
                values[t] = (float)(walk ? level : step);
            }
            found += find_values(values, n, 1, seasons) > 0;
        }
        ck_assert_msg(found <= 3, "%s: %d of 60", walk ? "random walk" : "noise", found);
    }
}
END_TEST

/* Under a calendar, where only its seasons are asked for. */
START_TEST(no_season_in_the_calendar) {
    static char text[200000];
    int found = 0;
    for (int i = 0; i < 20; i++) {
        size_t used = (size_t)sprintf(text, "ds,v\n");
        double level = 0;
        int64_t seasons[4];
        state = 7919u * (uint64_t)(i + 1);
        for (int t = 0; t < 50; t++)
            uniform();
        for (int t = 0; t < 600; t++) {
            double step = noise();
            level = i % 2 ? level + step : step;
            used += (size_t)sprintf(text + used, "2024-%02d-%02d %02d:00,%.6f\n",
                                    1 + t / 24 / 28, 1 + t / 24 % 28, t % 24, level);
        }
        rimer_dataset *d = dataset_of(text, "");
        ck_assert_str_eq(rimer_dataset_frequency(d), "1h");
        found += find(d, 1, seasons) > 0;
        rimer_dataset_free(d);
    }
    ck_assert_int_le(found, 1);
}
END_TEST

/* Without a calendar: any period, under noise, on a trend, with missing steps. */
START_TEST(any_period) {
    static const int64_t periods[] = {5, 12, 37, 100, 183};
    for (size_t i = 0; i < sizeof periods / sizeof *periods; i++) {
        static float values[2][2000];
        int64_t seasons[4] = {0};
        state = 99991;
        for (int t = 0; t < 2000; t++) {
            double wave = sin(TAU * t / (double)periods[i]);
            values[0][t] = t % 17 == 3 ? NAN : (float)(5 * wave + noise() + 0.05 * t);
            values[1][t] = (float)(1e6 + 300 * wave * wave * wave);
        }
        ck_assert_int_ge(find_values(&values[0][0], 2000, 2, seasons), 1);
        ck_assert_msg(fabs((double)(seasons[0] - periods[i])) <= 0.03 * (double)periods[i],
                      "%lld: %lld", (long long)periods[i], (long long)seasons[0]);
    }
}
END_TEST

/* Every frequency knows its own seasons. */
START_TEST(by_calendar) {
    static char text[100000];
    size_t used = (size_t)sprintf(text, "ds,v\n");
    int64_t seasons[4];
    int n = 0;
    state = 777;
    for (int month = 1; month <= 7; month++)
        for (int day = 1; day <= (month == 2 ? 28 : month % 2 ? 31 : 30) - (month == 7); day++)
            used += (size_t)sprintf(text + used, "2023-%02d-%02d,%.6f\n", month, day,
                                    (n++ % 7 == 3 ? 5 : 0) + noise());
    static const struct {
        const char *settings;
        int64_t season; /* of the same numbers */
    } cases[] = {{"", 7},
                 {"no_time=yes freq=1d channels=v", 7},
                 {"no_time=yes freq=1h channels=v", 0},
                 {"no_time=yes freq=1b channels=v", 0},
                 {"no_time=yes channels=v", 7}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        rimer_dataset *d = dataset_of(text, cases[i].settings);
        ck_assert_int_eq(find(d, 1, seasons), cases[i].season > 0);
        if (cases[i].season)
            ck_assert_int_eq(seasons[0], cases[i].season);
        rimer_dataset_free(d);
    }
}
END_TEST

/* A wave much slower than a day is no daily season, however smooth. */
START_TEST(slow_wave) {
    static char text[200000];
    size_t used = (size_t)sprintf(text, "ds,v\n");
    int64_t seasons[4];
    for (int t = 0; t < 28 * 24; t++)
        used += (size_t)sprintf(text + used, "2024-01-%02d %02d:00,%.6f\n", 1 + t / 24, t % 24,
                                sin(TAU * t / 301.0));
    rimer_dataset *d = dataset_of(text, "");
    ck_assert_int_eq(find(d, 1, seasons), 0);
    rimer_dataset_free(d);
}
END_TEST

START_TEST(degenerate) {
    static float values[600];
    int64_t seasons[4];
    ck_assert_int_eq(find_values(values, 1, 1, seasons), 0);
    ck_assert_int_eq(find_values(values, 600, 1, seasons), 0); /* constant */
    for (int t = 0; t < 600; t++)
        values[t] = NAN;
    ck_assert_int_eq(find_values(values, 600, 1, seasons), 0);
    for (int t = 0; t < 600; t++)
        values[t] = (float)t;
    ck_assert_int_eq(find_values(values, 600, 1, seasons), 0);
    for (int t = 0; t < 600; t++)
        values[t] = (float)(t % 6 == 0);
    ck_assert_int_eq(find_values(values, 600, 1, seasons), 1);
    ck_assert_int_eq(seasons[0], 6);
    rimer_dataset *d = NULL;
    ck_assert_int_eq(rimer_dataset_from_values(values, 600, 1, NULL, &d), RIMER_OK);
    ck_assert_int_eq(rimer_dataset_seasons(d, 600, 0, seasons), 0);
    ck_assert_int_eq(rimer_dataset_seasons(d, 600, -1, seasons), 0);
    ck_assert_int_eq(rimer_dataset_seasons(d, 0, 4, seasons), 0);
    rimer_dataset_free(d);
}
END_TEST

/* A part's seasons come from its steps alone. */
START_TEST(only_the_part) {
    static float values[1200], other[1200];
    int64_t a[4], b[4];
    state = 12345;
    for (int t = 0; t < 1200; t++) {
        values[t] = (float)(sin(TAU * t / 20) + 0.3 * noise());
        other[t] = t < 600 ? values[t] : (float)(100 * noise());
    }
    rimer_dataset *d = NULL, *e = NULL;
    ck_assert_int_eq(rimer_dataset_from_values(values, 1200, 1, NULL, &d), RIMER_OK);
    ck_assert_int_eq(rimer_dataset_from_values(other, 1200, 1, NULL, &e), RIMER_OK);
    ck_assert_int_eq(rimer_dataset_seasons(d, 600, 4, a), 1);
    ck_assert_int_eq(rimer_dataset_seasons(e, 600, 4, b), 1);
    ck_assert_int_eq(a[0], 20);
    ck_assert_int_eq(b[0], 20);
    rimer_dataset_free(d);
    rimer_dataset_free(e);
}
END_TEST

/* Ten times what it takes, under a sanitiser: a guard against squared cost. */
START_TEST(quick) {
    enum { STEPS = 70000, CHANNELS = 21 };
    static float values[CHANNELS * STEPS];
    int64_t seasons[4];
    state = 4711;
    for (int i = 0; i < CHANNELS * STEPS; i++)
        values[i] = (float)uniform();
    clock_t start = clock();
    ck_assert_int_eq(find_values(values, STEPS, CHANNELS, seasons), 0);
    ck_assert_double_lt((double)(clock() - start) / CLOCKS_PER_SEC, 10);
}
END_TEST

/* Noisy waves of `season` steps, of lengths from n_steps / 2 on, without a calendar. */
static rimer_dataset *waves(int64_t n_series, int64_t n_steps, double season) {
    rimer_dataset *d = NULL;
    ck_assert_int_eq(rm_dataset_new(&d, "waves", 1, n_series), RIMER_OK);
    ck_assert_int_eq(rm_string_copy(&d->channel_names[0], "y"), RIMER_OK);
    for (int64_t i = 0; i < n_series; i++) {
        int64_t n = n_steps - i % 5 * n_steps / 10;
        ck_assert_int_eq(rm_series_new(&d->series[i], "s", n, 1), RIMER_OK);
        for (int64_t t = 0; t < n; t++)
            d->series[i].values[t] =
                (float)(noise() + 2 * sin(TAU * (double)(t + 3 * i) / season));
    }
    return d;
}

/* The first series tells nothing: it is a short one, and constant. */
START_TEST(many_series) {
    static const struct {
        int64_t n_series, n_steps, season;
    } cases[] = {{414, 960, 24}, {1428, 144, 12}, {20000, 120, 7}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        state = 1;
        rimer_dataset *d = waves(cases[i].n_series, cases[i].n_steps, (double)cases[i].season);
        int64_t seasons[4] = {0};
        d->series[0].n_steps = 5;
        for (int t = 0; t < 5; t++)
            d->series[0].values[t] = 1;
        clock_t start = clock();
        int n = rimer_dataset_seasons(d, cases[i].n_steps, 4, seasons);
        double seconds = (double)(clock() - start) / CLOCKS_PER_SEC;
        ck_assert_int_ge(n, 1);
        ck_assert_int_eq(seasons[0], cases[i].season);
        ck_assert_double_lt(seconds, 10);
        rimer_dataset_free(d);
    }
}
END_TEST

/* Pooling finds nothing in many series of noise, or of random walks. */
START_TEST(many_without) {
    for (int walk = 0; walk < 2; walk++) {
        state = 99 + (uint64_t)walk;
        rimer_dataset *d = waves(300, 150, 1e9);
        int64_t seasons[4];
        for (int64_t i = 0; i < d->n_series && walk; i++)
            for (int64_t t = 1; t < d->series[i].n_steps; t++)
                d->series[i].values[t] += d->series[i].values[t - 1];
        ck_assert_int_eq(rimer_dataset_seasons(d, 150, 4, seasons), 0);
        d->frequency = (rm_frequency){1, RM_EVERY_MONTHS, 1};
        ck_assert_int_eq(rimer_dataset_seasons(d, 150, 4, seasons), 0);
        rimer_dataset_free(d);
    }
}
END_TEST

int main(void) {
    return rm_test_main("seasons",
                        (const TTest *[]){bundled, real_files, nothing_there,
                                          no_season_in_the_calendar, any_period, by_calendar,
                                          slow_wave, degenerate, only_the_part, quick,
                                          many_series, many_without, NULL});
}
