#include "common.h"

#include <fcntl.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LOOK_STEPS 4000 /* seasons of longer series are not looked for, to be quick */

_Noreturn void rm_fuzz_fail(const char *file, int line, const char *claim, const char *format,
                            ...) {
    va_list args;
    fprintf(stderr, "%s:%d: does not hold: %s: ", file, line, claim);
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fprintf(stderr, "\n");
    abort();
}

bool rm_fuzz_same(double a, double b) {
    return (isnan(a) && isnan(b)) || memcmp(&a, &b, sizeof a) == 0;
}

/* ---------------------------------------------------------------------------- settings */

size_t rm_fuzz_settings(rimer_read_options *options, const uint8_t *data, size_t size,
                        char inside[64]) {
    char line[512], *rest = line;
    const uint8_t *feed = size ? memchr(data, '\n', size) : NULL;
    size_t length = feed ? (size_t)(feed - data) : size;
    snprintf(line, sizeof line, "%.*s", (int)(length < 511 ? length : 511), (const char *)data);
    rimer_read_options_init(options);
    for (char *key; (key = strtok_r(rest, "&", &rest));) {
        char *value = strchr(key, '=');
        if (!value)
            continue;
        *value++ = 0;
        if (inside && strcmp(key, "inside") == 0)
            snprintf(inside, 64, "%s", value);
        else
            rimer_fields_set(rimer_read_fields(), options, key, value);
    }
    return feed ? length + 1 : length;
}

/* ------------------------------------------------------------------------------- files */

static char folder[256];

static void remove_folder(void) {
    char path[320];
    static const char *const names[] = {"in.csv",         "in.tsf",  "in.h5",
                                        "truth.csv",      "in.json", "in.safetensors",
                                        "out.safetensors"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        snprintf(path, sizeof path, "%s/%s", folder, names[i]);
        unlink(path);
    }
    rmdir(folder);
}

const char *rm_fuzz_path(const char *name, char path[320]) {
    if (!*folder) {
        const char *temporary = getenv("TMPDIR");
        snprintf(folder, sizeof folder, "%s/rimer-fuzz-XXXXXX", temporary ? temporary : "/tmp");
        FUZZ_ASSERT(mkdtemp(folder), "%s cannot be made", folder);
        atexit(remove_folder);
    }
    snprintf(path, 320, "%s/%s", folder, name);
    return path;
}

void rm_fuzz_write(const char *path, const char *head, const uint8_t *data, size_t size) {
    size_t before = strlen(head);
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    FUZZ_ASSERT(fd >= 0 && ftruncate(fd, 0) == 0 &&
                    pwrite(fd, head, before, 0) == (ssize_t)before &&
                    pwrite(fd, data, size, (off_t)before) == (ssize_t)size,
                "%s cannot be written", path);
    close(fd);
}

/* -------------------------------------------------------------------------- what holds */

void rm_fuzz_sentence(rimer_status status) {
    const char *sentence = rimer_last_error();
    FUZZ_ASSERT(*sentence, "status %d and no sentence", status);
    FUZZ_ASSERT(status != RIMER_IO && status != RIMER_FAILED, "%s", sentence);
    for (; *sentence; sentence++)
        FUZZ_ASSERT((unsigned char)*sentence >= 0x20 && *sentence != 0x7f, "%s",
                    rimer_last_error());
}

/* Returns how many values are missing. */
static int64_t check_series(const rimer_dataset *d, int64_t s, bool by_time) {
    rimer_series series = rimer_dataset_series(d, s);
    int64_t missing = 0;
    FUZZ_ASSERT(series.id && series.values && series.times, "series %lld", (long long)s);
    FUZZ_ASSERT(series.n_steps >= 1, "series %lld", (long long)s);
    FUZZ_ASSERT(series.n_channels == rimer_dataset_n_channels(d), "series %lld", (long long)s);
    for (int64_t i = 0; i < series.n_steps * series.n_channels; i++) {
        FUZZ_ASSERT(!isinf(series.values[i]), "series %lld, value %lld", (long long)s,
                    (long long)i);
        missing += isnan(series.values[i]) != 0;
    }
    for (int64_t t = 1; by_time && t < series.n_steps; t++)
        FUZZ_ASSERT(series.times[t] > series.times[t - 1], "series %lld, step %lld",
                    (long long)s, (long long)t);
    return missing;
}

static void check_time(const rimer_dataset *d, int64_t time) {
    char text[RIMER_TIME_SIZE];
    rimer_dataset_format_time(d, time, text, sizeof text);
    FUZZ_ASSERT(*text, "the time %lld is written as nothing", (long long)time);
    for (int64_t c = 0; c < rimer_dataset_n_time_columns(d); c++)
        rimer_dataset_format_time_column(d, c, time, text, sizeof text);
}

static void check_future(const rimer_dataset *d, int64_t s, bool by_time) {
    rimer_series series = rimer_dataset_series(d, s);
    int64_t before = series.times[series.n_steps - 1];
    check_time(d, series.times[0]);
    check_time(d, before);
    for (int64_t k = 1; k <= 4; k++) {
        int64_t time = rimer_dataset_future_time(d, s, k);
        FUZZ_ASSERT(!by_time || time > before, "series %lld: %lld follows %lld", (long long)s,
                    (long long)time, (long long)before);
        check_time(d, time);
        before = time;
    }
}

static void check_seasons(const rimer_dataset *d) {
    int64_t seasons[4], n_steps = rimer_dataset_series(d, 0).n_steps;
    int n = n_steps > LOOK_STEPS ? 0 : rimer_dataset_seasons(d, n_steps, 4, seasons);
    for (int i = 0; i < n; i++)
        FUZZ_ASSERT(seasons[i] >= 2 && seasons[i] <= n_steps, "season %lld",
                    (long long)seasons[i]);
}

static void check_dataset(const rimer_dataset *d, bool by_time) {
    rimer_read_notes notes = rimer_dataset_notes(d);
    int64_t missing = 0;
    FUZZ_ASSERT(d && rimer_dataset_n_series(d) >= 1 && rimer_dataset_n_channels(d) >= 1,
                "an empty dataset");
    FUZZ_ASSERT(*rimer_dataset_name(d) && *rimer_dataset_frequency(d), "no name, no frequency");
    for (int64_t c = 0; c < rimer_dataset_n_channels(d); c++)
        FUZZ_ASSERT(rimer_dataset_channel_name(d, c), "channel %lld", (long long)c);
    for (int64_t c = 0; c < rimer_dataset_n_time_columns(d); c++)
        FUZZ_ASSERT(rimer_dataset_time_column(d, c), "time column %lld", (long long)c);
    for (int64_t s = 0; s < rimer_dataset_n_series(d); s++) {
        missing += check_series(d, s, by_time);
        check_future(d, s, by_time);
    }
    FUZZ_ASSERT(notes.n_missing == missing, "%lld missing are noted, %lld are",
                (long long)notes.n_missing, (long long)missing);
    FUZZ_ASSERT(strlen(notes.ignored) < sizeof notes.ignored &&
                    strlen(notes.reason) < sizeof notes.reason,
                "notes without an end");
    FUZZ_ASSERT(rimer_dataset_fingerprint(d) == rimer_dataset_fingerprint(d), "fingerprint");
    check_seasons(d);
}

/* An HDF5 file may say by itself that its rows are taken as they come. */
static bool says_rows(const uint8_t *data, size_t size) {
    static const char attribute[] = "rimer_steps";
    for (size_t i = 0; i + sizeof attribute <= size; i++)
        if (memcmp(data + i, attribute, sizeof attribute - 1) == 0)
            return true;
    return false;
}

int rm_fuzz_read(const rimer_read_options *options, const char *ending, const char *inside,
                 const char *head, const uint8_t *data, size_t size) {
    static char untouched;
    rimer_dataset *d = (rimer_dataset *)(void *)&untouched;
    char name[16], path[320], whole[400];
    snprintf(name, sizeof name, "in.%s", ending);
    rm_fuzz_write(rm_fuzz_path(name, path), head, data, size);
    snprintf(whole, sizeof whole, "%s%s%s", path, *inside ? ":/" : "", inside);
    rimer_status status = rimer_dataset_read(whole, options, &d);
    if (status != RIMER_OK) {
        FUZZ_ASSERT((char *)d == &untouched, "*out was touched: %s", rimer_last_error());
        rm_fuzz_sentence(status);
        return 0;
    }
    bool by_rows = options->steps == RIMER_STEPS_ROWS || says_rows(data, size);
    check_dataset(d, !by_rows && *rimer_dataset_time_name(d));
    rimer_dataset_free(d);
    return 0;
}
