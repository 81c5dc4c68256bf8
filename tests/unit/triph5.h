/* Datasets that go into HDF5 and come back. */
#ifndef RM_TRIPH5_H
#define RM_TRIPH5_H

#include "base/array.h"
#include "data/dataset_inside.h"
#include "data/hdf5_write.h"
#include "makeh5.h"

#include <math.h>
#include <stdbool.h>

/* Check notes every assertion: values and times are compared with one. */
static inline bool same_values(rimer_series x, rimer_series y) {
    bool same = true;
    for (int64_t i = 0; i < x.n_steps * x.n_channels; i++)
        same &= memcmp(&x.values[i], &y.values[i], sizeof(float)) == 0 ||
                (isnan(x.values[i]) && isnan(y.values[i]));
    return same;
}

/* Step t, or those that follow the last, as numbers and as texts. */
static inline bool same_time(const rimer_dataset *a, const rimer_dataset *b, int64_t s,
                             int64_t t) {
    rimer_series x = rimer_dataset_series(a, s), y = rimer_dataset_series(b, s);
    char want[RIMER_TIME_SIZE], got[RIMER_TIME_SIZE];
    int64_t beyond = t - x.n_steps + 1;
    int64_t p = beyond > 0 ? rimer_dataset_future_time(a, s, beyond) : x.times[t];
    int64_t q = beyond > 0 ? rimer_dataset_future_time(b, s, beyond) : y.times[t];
    rimer_dataset_format_time(a, p, want, sizeof want);
    rimer_dataset_format_time(b, q, got, sizeof got);
    return p == q && strcmp(want, got) == 0;
}

static inline void assert_same_series(const rimer_dataset *a, const rimer_dataset *b,
                                      int64_t s) {
    rimer_series x = rimer_dataset_series(a, s), y = rimer_dataset_series(b, s);
    bool same = strcmp(x.id, y.id) == 0 && x.n_steps == y.n_steps && same_values(x, y);
    for (int64_t t = 0; same && t < x.n_steps + 3; t++)
        same = same_time(a, b, s, t);
    ck_assert_msg(same, "series %lld (\"%.80s\") is not the same", (long long)s, x.id);
}

static inline void assert_same(const rimer_dataset *a, const rimer_dataset *b) {
    ck_assert_int_eq(rimer_dataset_n_series(a), rimer_dataset_n_series(b));
    ck_assert_int_eq(rimer_dataset_n_channels(a), rimer_dataset_n_channels(b));
    ck_assert_int_eq(rimer_dataset_n_time_columns(a), rimer_dataset_n_time_columns(b));
    ck_assert_str_eq(rimer_dataset_time_name(a), rimer_dataset_time_name(b));
    ck_assert_str_eq(rimer_dataset_frequency(a), rimer_dataset_frequency(b));
    bool names = true;
    for (int64_t c = 0; c < rimer_dataset_n_channels(a); c++)
        names &=
            strcmp(rimer_dataset_channel_name(a, c), rimer_dataset_channel_name(b, c)) == 0;
    ck_assert(names);
    for (int64_t s = 0; s < rimer_dataset_n_series(a); s++)
        assert_same_series(a, b, s);
}

/* Writes, reads, compares, frees. */
static inline void round_trip(rimer_dataset *dataset) {
    const char *path = h5_path("trip.h5");
    ck_assert_msg(rm_hdf5_write(dataset, path) == RIMER_OK, "%s", rimer_last_error());
    rimer_dataset *again = h5_dataset(path, "");
    assert_same(dataset, again);
    ck_assert_str_eq(rimer_dataset_notes(again).layout, "hdf5");
    rimer_dataset_free(again);
    rimer_dataset_free(dataset);
}

static inline rimer_dataset *many_series(const char *const *ids, int64_t n) {
    rimer_dataset *d;
    ck_assert_int_eq(rm_dataset_new(&d, "many", 2, n), RIMER_OK);
    ck_assert_int_eq(rm_string_copy(&d->channel_names[0], "one"), RIMER_OK);
    ck_assert_int_eq(rm_string_copy(&d->channel_names[1], "two"), RIMER_OK);
    ck_assert_int_eq(rm_dataset_set_time_columns(d, 1, (const char *const[]){"ds"}), RIMER_OK);
    d->format = (rm_time_format){.kind = RM_TIME_STAMPS, .unit = RM_UNIT_DAY, .separator = '-'};
    ck_assert(rm_frequency_parse("1d", &d->grid));
    d->frequency = d->grid;
    strcpy(d->frequency_text, "1d");
    for (int64_t s = 0; s < n; s++) {
        ck_assert_int_eq(rm_series_new(&d->series[s], ids[s], 3 + s % 5, 2), RIMER_OK);
        for (int64_t t = 0; t < 3 + s % 5; t++) {
            d->series[s].times[t] = (s * 10 + t) * RM_MICROS_PER_DAY;
            d->series[s].values[t] = (float)(s * 100 + t);
        }
    }
    return d;
}

#endif
