/* Scaler and windows: small cases by hand, then the numbers of the published protocol. */
#include "data/dataset_inside.h"
#include "data/windows.h"
#include "readtext.h"

#include <math.h>
#include <stdlib.h>

static rimer_dataset *numbered(int64_t n_steps, int64_t n_channels) {
    float *values = malloc((size_t)(n_steps * n_channels) * sizeof *values);
    rimer_dataset *dataset = NULL;
    ck_assert_ptr_nonnull(values);
    for (int64_t i = 0; i < n_steps * n_channels; i++)
        values[i] = (float)(1000 * (i / n_steps) + i % n_steps);
    ck_assert_int_eq(rimer_dataset_from_values(values, n_steps, n_channels, NULL, &dataset),
                     RIMER_OK);
    free(values);
    return dataset;
}

START_TEST(parts) {
    static const struct {
        rm_part part;
        int64_t step, n_windows, first, last;
    } cases[] = {{RM_PART_TRAIN, 1, 50 - 8 - 3 + 1, 8, 47}, {RM_PART_TRAIN, 7, 6, 8, 43},
                 {RM_PART_VAL, 1, 20 - 3 + 1, 50, 67},      {RM_PART_VAL, 20, 1, 50, 50},
                 {RM_PART_TEST, 1, 25 - 3 + 1, 70, 92},     {RM_PART_TEST, 11, 3, 70, 92}};
    rimer_dataset *d = numbered(100, 2);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        rm_windows w;
        ck_assert_int_eq(
            rm_windows_make(&w, d, "rows:50/20/25", cases[i].part, 8, 3, cases[i].step),
            RIMER_OK);
        ck_assert_int_eq(w.n_windows, cases[i].n_windows);
        ck_assert_int_eq(w.n_rows, 2 * cases[i].n_windows);
        for (int64_t r = 0; r < w.n_rows; r++) { /* by start, then channel */
            rm_window window = rm_windows_row(&w, r);
            ck_assert_int_eq(window.series, 0);
            ck_assert_int_eq(window.channel, r % 2);
            ck_assert_int_eq(window.start, cases[i].first + r / 2 * cases[i].step);
        }
        ck_assert_int_eq(rm_windows_row(&w, w.n_rows - 1).start, cases[i].last);
        rm_windows_free(&w);
    }
    rimer_dataset_free(d);
}
END_TEST

/* A wide table has one series; the long ones to come have many, short ones among them. */
START_TEST(many_series) {
    static const int64_t lengths[] = {5, 30, 12, 40};
    rimer_dataset *d = NULL;
    ck_assert_int_eq(rm_dataset_new(&d, "many", 2, 4), RIMER_OK);
    for (int s = 0; s < 4; s++)
        ck_assert_int_eq(rm_series_new(&d->series[s], "s", lengths[s], 2), RIMER_OK);
    rm_windows w;
    ck_assert_int_eq(rm_windows_make(&w, d, "rows:10/4/6", RM_PART_TEST, 4, 3, 1), RIMER_OK);
    ck_assert_int_eq(w.n_windows, 2 * 4); /* of the second and the last series */
    for (int64_t r = 0; r < w.n_rows; r++) {
        rm_window window = rm_windows_row(&w, r);
        ck_assert_int_eq(window.series, r < 8 ? 1 : 3);
        ck_assert_int_eq(window.start, 14 + r % 8 / 2);
        ck_assert_int_eq(window.channel, r % 2);
    }
    rm_windows_free(&w);
    rm_scaler scaler;
    d->series[1].values[3] = 7;  /* channel 0, inside the training part */
    d->series[1].values[25] = 9; /* behind it */
    d->series[3].values[40 + 9] = 5;
    ck_assert_int_eq(rm_scaler_fit(&scaler, d, "rows:10/4/6"), RIMER_OK);
    ck_assert(rm_scaler_at(&scaler, 1, 0).loc == 7 && rm_scaler_at(&scaler, 3, 1).loc == 5);
    ck_assert(rm_scaler_at(&scaler, 0, 0).loc == 0); /* the split does not fit it */
    rm_scaler_free(&scaler);
    ck_assert_int_eq(rm_scaler_fit(&scaler, d, "rows:50/4/6"), RIMER_DATA);
    ck_assert_int_eq(rm_windows_make(&w, d, "rows:50/4/6", RM_PART_VAL, 4, 3, 1), RIMER_DATA);
    rimer_dataset_free(d);
}
END_TEST

START_TEST(copies) {
    rimer_dataset *d = numbered(20, 2);
    rm_scaler scaler;
    rm_windows w;
    float out[30];
    ck_assert_int_eq(rm_scaler_identity(&scaler, 1, 2), RIMER_OK);
    scaler.loc[1] = 1000;
    scaler.scale[1] = 2;
    ck_assert_int_eq(rm_windows_make(&w, d, "rows:10/5/5", RM_PART_VAL, 12, 3, 1), RIMER_OK);
    rm_window window = rm_windows_row(&w, 1);
    ck_assert(window.channel == 1 && window.start == 10);
    rm_windows_copy(&w, &scaler, window, window.start - 12, 30, out);
    for (int i = 0; i < 30; i++) {
        int t = i - 2;
        if (t < 0 || t >= 20)
            ck_assert(isnan(out[i]));
        else
            ck_assert_float_eq(out[i], (float)t / 2);
    }
    rm_windows_free(&w);
    rm_scaler_free(&scaler);
    rimer_dataset_free(d);
}
END_TEST

/* However many values are scaled at a time: each is the division of that one, to the bit. */
START_TEST(copies_are_scaled_one_by_one) {
    enum { N = 40 };
    float values[N], out[N + 20];
    rimer_dataset *d;
    rm_scaler scaler;
    rm_windows w;
    for (int t = 0; t < N; t++)
        values[t] = t % 11 == 5 ? NAN : 98 * (float)t;
    ck_assert_int_eq(rimer_dataset_from_values(values, N, 1, NULL, &d), RIMER_OK);
    ck_assert_int_eq(rm_scaler_identity(&scaler, 1, 1), RIMER_OK);
    ck_assert_int_eq(rm_windows_make(&w, d, "rows:20/10/10", RM_PART_VAL, 12, 3, 1), RIMER_OK);
    scaler.loc[0] = -49 * 33554351.0; /* quotients half way between two floats */
    scaler.scale[0] = 49;
    for (int how = 0; how < 3; how++)
        for (int from = -10; from < N + 10; from++)
            for (int n = 0; n <= N + 10 - from && n <= N + 20; n++) {
                scaler.log1p = how == 2;
                rm_scale by = rm_scaler_at(&scaler, 0, 0);
                rm_windows_copy(&w, how ? &scaler : NULL, (rm_window){0, 0, 20}, from, n, out);
                for (int i = 0, t = from; i < n; i++, t++) {
                    float raw = t < 0 || t >= N ? NAN : values[t];
                    float want = how ? (float)rm_scale_apply(by, (double)raw) : raw;
                    ck_assert(isnan(want) ? isnan(out[i]) : out[i] == want);
                }
            }
    rm_windows_free(&w);
    rm_scaler_free(&scaler);
    rimer_dataset_free(d);
}
END_TEST

START_TEST(refusals) {
    rimer_dataset *d = numbered(100, 1);
    rm_windows w = {.n_rows = 77};
    ck_assert_int_eq(rm_windows_make(&w, d, "rows:50/20/25", RM_PART_TRAIN, 48, 3, 1),
                     RIMER_DATA);
    assert_said(
        "training part of split rows:50/20/25 has no window of context 48 and horizon 3");
    ck_assert_int_eq(rm_windows_make(&w, d, "rows:50/20/25", RM_PART_VAL, 1, 21, 1),
                     RIMER_DATA);
    ck_assert_int_eq(rm_windows_make(&w, d, "rows:80/20/25", RM_PART_VAL, 1, 1, 1), RIMER_DATA);
    assert_said("needs 125 steps");
    ck_assert_int_eq(rm_windows_make(&w, d, "half", RM_PART_VAL, 1, 1, 1), RIMER_USAGE);
    ck_assert_int_eq(rm_windows_make(&w, d, "rows:50/20/25", RM_PART_VAL, 0, 1, 1),
                     RIMER_USAGE);
    ck_assert_int_eq(rm_windows_make(&w, d, "rows:50/20/25", RM_PART_VAL, 1, 1, 0),
                     RIMER_USAGE);
    ck_assert_int_eq(w.n_rows, 77);
    rimer_dataset_free(d);
}
END_TEST

/* Channels: constant, missing, huge offset, tiny scale, gaps. Test steps must not matter. */
START_TEST(odd_channels) {
    static float values[5][100];
    for (int t = 0; t < 100; t++) {
        values[0][t] = 0.1f;
        values[1][t] = NAN;
        values[2][t] = 1e9f + (float)(t % 2) * 64;
        values[3][t] = (float)(t % 2) * 1e-9f;
        values[4][t] = t % 3 == 0 ? NAN : (float)(t % 3);
    }
    for (int c = 0; c < 5; c++)
        for (int t = 70; t < 100; t++)
            values[c][t] = 12345;
    const double loc[] = {(double)0.1f, 0, 1e9 + 32, (double)1e-9f / 2, 1.5};
    const double scale[] = {1, 1, 32, (double)1e-9f / 2, 0.5};
    rimer_dataset *d = NULL;
    rm_scaler scaler;
    ck_assert_int_eq(rimer_dataset_from_values(&values[0][0], 100, 5, NULL, &d), RIMER_OK);
    ck_assert_int_eq(rm_scaler_fit(&scaler, d, "rows:70/10/20"), RIMER_OK);
    ck_assert_int_eq(scaler.n_channels, 5);
    for (int c = 0; c < 5; c++) {
        ck_assert_double_eq_tol(scaler.loc[c], loc[c], 1e-12 * fabs(loc[c]) + 1e-24);
        ck_assert_double_eq_tol(scaler.scale[c], scale[c], 1e-9 * scale[c] + 1e-24);
    }
    rm_scaler_free(&scaler);
    rimer_dataset_free(d);
}
END_TEST

static rimer_dataset *real(const char *test, const char *file, const char *settings) {
    const char *path = rm_dataset_path(test, file);
    rimer_read_options options = read_settings(settings);
    rimer_dataset *d = NULL;
    if (path)
        ck_assert_msg(rimer_dataset_read(path, &options, &d) == RIMER_OK, "%s",
                      rimer_last_error());
    return d;
}

START_TEST(published_counts) {
    static const struct {
        const char *file, *settings, *split;
        int64_t counts[4];
    } cases[] = {
        {"ETTh1.csv", "", "ett-h", {2785, 2689, 2545, 2161}},
        {"ETTm1.csv.gz", "", "ett-m", {11425, 11329, 11185, 10801}},
        {"weather.csv.gz", "steps=rows", "0.7/0.1/0.2", {10444, 10348, 10204, 9820}},
        {"exchange_rate.csv", "", "0.7/0.1/0.2", {1422, 1326, 1182, 798}},
    };
    static const int64_t horizons[] = {96, 192, 336, 720};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        rimer_dataset *d = real("published_counts", cases[i].file, cases[i].settings);
        for (int h = 0; d && h < 4; h++) {
            rm_windows w;
            ck_assert_int_eq(
                rm_windows_make(&w, d, cases[i].split, RM_PART_TEST, 96, horizons[h], 1),
                RIMER_OK);
            ck_assert_int_eq(w.n_windows, cases[i].counts[h]);
            rm_windows_free(&w);
        }
        rimer_dataset_free(d);
    }
}
END_TEST

START_TEST(published_scaler) {
    static const double loc[] = {7.9377, 2.0210, 5.0798, 0.7462, 2.7818, 0.7885, 17.1283};
    static const double scale[] = {5.8127, 2.0901, 5.5188, 1.9264, 1.0235, 0.6302, 9.1765};
    rimer_dataset *d = real("published_scaler", "ETTh1.csv", "");
    if (!d)
        return;
    rm_scaler scaler;
    ck_assert_int_eq(rm_scaler_fit(&scaler, d, "ett-h"), RIMER_OK);
    rm_assert_close("loc", scaler.loc, loc, 7, 5e-5);
    rm_assert_close("scale", scaler.scale, scale, 7, 5e-5);
    rm_scaler_free(&scaler);
    rimer_dataset_free(d);
}
END_TEST

int main(void) {
    return rm_test_main("windows",
                        (const TTest *[]){parts, many_series, copies,
                                          copies_are_scaled_one_by_one, refusals, odd_channels,
                                          published_counts, published_scaler, NULL});
}
