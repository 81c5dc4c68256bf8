/* Reads a table that a test spells out, through a file in its own folder. */
#ifndef RM_READTEXT_H
#define RM_READTEXT_H

#include "harness.h"
#include "rimer/rimer.h"

#include <stdio.h>
#include <string.h>

/* Writes the bytes and returns the file's path. */
static inline const char *write_bytes(const char *name, const void *bytes, size_t size) {
    static char path[512];
    snprintf(path, sizeof path, "%s/%s", rm_test_folder(), name);
    FILE *file = fopen(path, "wb");
    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fwrite(bytes, 1, size, file), size);
    ck_assert_int_eq(fclose(file), 0);
    return path;
}

/* `settings` is "key=value key=value", "" for the defaults. */
static inline rimer_read_options read_settings(const char *settings) {
    rimer_read_options options;
    rimer_read_options_init(&options);
    char copy[512], *rest = copy;
    snprintf(copy, sizeof copy, "%s", settings);
    for (char *key; (key = strtok_r(rest, " ", &rest));) {
        char *value = strchr(key, '=');
        ck_assert_ptr_nonnull(value);
        *value++ = 0;
        ck_assert_int_eq(rimer_fields_set(rimer_read_fields(), &options, key, value), RIMER_OK);
    }
    return options;
}

static inline rimer_status read_text(const char *text, const char *settings,
                                     rimer_dataset **out) {
    rimer_read_options options = read_settings(settings);
    return rimer_dataset_read(write_bytes("t.csv", text, strlen(text)), &options, out);
}

/* The dataset of a text that must be readable. */
static inline rimer_dataset *dataset_of(const char *text, const char *settings) {
    rimer_dataset *dataset = NULL;
    rimer_status status = read_text(text, settings, &dataset);
    ck_assert_msg(status == RIMER_OK, "%s", rimer_last_error());
    return dataset;
}

static inline void assert_said(const char *part) {
    ck_assert_msg(strstr(rimer_last_error(), part) != NULL, "\"%s\" is not in \"%s\"", part,
                  rimer_last_error());
}

/* The text is refused with this status and a sentence that has this part; nothing comes out. */
static inline void assert_refused(const char *text, const char *settings, rimer_status wanted,
                                  const char *part) {
    rimer_dataset *dataset = NULL;
    ck_assert_int_eq(read_text(text, settings, &dataset), wanted);
    ck_assert_ptr_null(dataset);
    assert_said(part);
}

/* Channel c, step t of the only series. */
static inline double value_at(const rimer_dataset *dataset, int64_t c, int64_t t) {
    rimer_series series = rimer_dataset_series(dataset, 0);
    ck_assert_int_lt(t, series.n_steps);
    return (double)series.values[c * series.n_steps + t];
}

/* The time of step t, or of the k-th one after the last if t < 0 (k = -t), as text. */
static inline const char *time_at(const rimer_dataset *dataset, int64_t t) {
    static char text[64];
    rimer_series series = rimer_dataset_series(dataset, 0);
    int64_t time = t < 0 ? rimer_dataset_future_time(dataset, 0, -t) : series.times[t];
    rimer_dataset_format_time(dataset, time, text, sizeof text);
    return text;
}

#endif
