#include "data/hdf5_write.h"

#include "base/array.h"
#include "data/hdf5_axes.h"
#include "data/hdf5_guard.h"
#include "data/hdf5_put.h"
#include "data/hdf5_read.h"
#include "data/zone.h"
#include "rimer/writefile.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define GROUP_NAME_MAX 1000
#define GROUP_NAME_SIZE (GROUP_NAME_MAX + 32)
#define PATH_SIZE (GROUP_NAME_SIZE + 16)

typedef struct writing {
    const rm_hdf5 *h5;
    const rimer_dataset *dataset;
    const rimer_writefile *file;
    rm_hdf5_axes axes;
    hid_t root;
    rm_hdf5_use *uses; /* [n_series] the values of each series, whose scales they use */
} writing;

/* ---------------------------------------------------------------------------- datasets */

static rimer_status put_values(writing *w, const rm_stored_series *series, hid_t set,
                               int64_t rows, bool *done) {
    int64_t n_columns = w->dataset->n_channels;
    float *block;
    *done = set >= 0;
    RM_TRY(rm_array_new(&block, rows * n_columns, sizeof *block));
    for (int64_t from = 0; *done && from < series->n_steps; from += rows) {
        int64_t n = series->n_steps - from < rows ? series->n_steps - from : rows;
        for (int64_t c = 0; c < n_columns; c++)
            for (int64_t i = 0; i < n; i++)
                block[i * n_columns + c] = series->values[c * series->n_steps + from + i];
        *done =
            rm_hdf5_put_rows(w->h5, set, from, n, n_columns, w->h5->H5T_NATIVE_FLOAT_g, block);
    }
    free(block);
    return RIMER_OK;
}

/* In UTC, also where they were written in another offset. */
static rimer_status put_moments(writing *w, const rm_stored_series *series, hid_t set,
                                int64_t rows, bool *done) {
    int64_t *block, shift = w->dataset->format.zone_minutes * 60 * INT64_C(1000000);
    *done = set >= 0;
    RM_TRY(rm_array_new(&block, rows, sizeof *block));
    for (int64_t from = 0; *done && from < series->n_steps; from += rows) {
        int64_t n = series->n_steps - from < rows ? series->n_steps - from : rows;
        for (int64_t i = 0; i < n; i++)
            block[i] = series->times[from + i] - shift;
        *done = rm_hdf5_put_rows(w->h5, set, from, n, 0, w->h5->H5T_NATIVE_INT64_g, block);
    }
    free(block);
    return RIMER_OK;
}

static bool put_spelling(const writing *w, hid_t time) {
    const rm_time_format format = rm_frequency_spelling(&w->dataset->grid, &w->dataset->format);
    char pattern[RM_TIME_PATTERN_SIZE];
    if (format.kind == RM_TIME_STEPS)
        return true;
    rm_time_pattern_text(&format, pattern);
    return rm_hdf5_put_text(w->h5, time, "units", "microseconds since 1970-01-01 00:00:00") &&
           rm_hdf5_put_text(w->h5, time, "calendar", "proleptic_gregorian") &&
           rm_hdf5_put_text(w->h5, time, RM_HDF5_PATTERN, pattern) &&
           (!format.zone_rules ||
            rm_hdf5_put_text(w->h5, time, RM_HDF5_ZONE, rm_zone_name(format.zone_rules)));
}

static bool put_columns(const writing *w, hid_t time) {
    const rimer_dataset *d = w->dataset;
    if (d->n_time_columns == 0)
        return rm_hdf5_put_text(w->h5, time, RM_HDF5_NO_TIME, "yes");
    if (d->n_time_columns == 1 && strcmp(d->time_columns[0], "time") == 0)
        return true;
    return rm_hdf5_put_texts(w->h5, time, RM_HDF5_TIME_COLUMNS,
                             (const char *const *)d->time_columns, d->n_time_columns);
}

static bool put_steps(const writing *w, hid_t time) {
    const char *text = w->dataset->frequency_text;
    bool regular = strcmp(text, "irregular") != 0;
    return (!regular || rm_hdf5_put_text(w->h5, time, RM_HDF5_FREQUENCY, text)) &&
           ((regular && w->axes.follow_grid) ||
            rm_hdf5_put_text(w->h5, time, RM_HDF5_STEPS, "rows"));
}

/* ------------------------------------------------------------------------------ series */

/* A name that HDF5 takes and that no other series has: special bytes as %XX, and "%#" with the
 * number of the series for what would be too long, empty, or one of our own names. */
static void group_name(const char *id, int64_t index, char name[GROUP_NAME_SIZE]) {
    static const char *const taken[] = {"", ".", "names", "time", "values"};
    size_t n = 0;
    bool special = false;
    for (size_t i = 0; i < sizeof taken / sizeof *taken; i++)
        special |= strcmp(id, taken[i]) == 0;
    for (int length; *id && !special; id += length) {
        unsigned char c = (unsigned char)*id;
        length = rm_utf8_length(id);
        if (length == 0 || c < 0x20 || c == 0x7f || c == '/' || c == '%') {
            n += (size_t)sprintf(name + n, "%%%02X", c);
            length = 1;
        } else {
            memcpy(name + n, id, (size_t)length);
            n += (size_t)length;
        }
        special = n > GROUP_NAME_MAX;
    }
    name[n] = 0;
    if (special)
        sprintf(name, "%%#%lld", (long long)index);
}

/* Where the dataset `name` of a series lies. */
static void path_of(const writing *w, int64_t index, const char *name, char path[PATH_SIZE]) {
    char group[GROUP_NAME_SIZE] = "";
    if (w->dataset->n_series > 1)
        group_name(w->dataset->series[index].id, index, group);
    snprintf(path, PATH_SIZE, "%s%s/%s", *group ? "/" : "", group, name);
}

/* What another series has written already gets one more name. */
static bool share(const writing *w, hid_t group, int64_t with, const char *name) {
    char path[PATH_SIZE];
    path_of(w, with, name, path);
    return rm_hdf5_put_link(w->h5, w->root, path, group, name);
}

static rimer_status put_time(writing *w, hid_t group, int64_t index, bool *done) {
    const rm_hdf5 *h5 = w->h5;
    const rm_stored_series *series = &w->dataset->series[index];
    int64_t rows;
    if (w->axes.first[index] != index) {
        *done = share(w, group, w->axes.first[index], "time");
        return RIMER_OK;
    }
    hid_t time =
        rm_hdf5_put_set(h5, group, "time", h5->H5T_STD_I64LE_g, series->n_steps, 0, &rows);
    rimer_status status = put_moments(w, series, time, rows, done);
    *done = status == RIMER_OK && *done && rm_hdf5_put_scale(h5, time, "time") &&
            put_spelling(w, time) && put_columns(w, time) && put_steps(w, time);
    rm_hdf5_close(h5, time);
    return status;
}

static bool put_names(const writing *w, hid_t group, int64_t index) {
    const rimer_dataset *d = w->dataset;
    if (index > 0)
        return share(w, group, 0, "names");
    hid_t names = rm_hdf5_put_names(w->h5, group, "names",
                                    (const char *const *)d->channel_names, d->n_channels);
    bool done = rm_hdf5_put_scale(w->h5, names, "names");
    rm_hdf5_close(w->h5, names);
    return done;
}

static rimer_status put_series(writing *w, hid_t group, int64_t index, bool *done) {
    const rm_hdf5 *h5 = w->h5;
    const rm_stored_series *series = &w->dataset->series[index];
    int64_t rows;
    RM_TRY(put_time(w, group, index, done));
    if (!*done || !put_names(w, group, index)) {
        *done = false;
        return RIMER_OK;
    }
    hid_t values = rm_hdf5_put_set(h5, group, "values", h5->H5T_IEEE_F32LE_g, series->n_steps,
                                   w->dataset->n_channels, &rows);
    rimer_status status = put_values(w, series, values, rows, done);
    *done = status == RIMER_OK && *done &&
            rm_hdf5_put_scales(h5, group, values, (const char *const[2]){"time", "names"}) &&
            h5->H5Rcreate(&w->uses[index].dataset, group, "values", H5R_OBJECT, -1) >= 0;
    rm_hdf5_close(h5, values);
    return status;
}

static rimer_status put_group(writing *w, int64_t index, bool *done) {
    const char *id = w->dataset->series[index].id;
    char name[GROUP_NAME_SIZE];
    group_name(id, index, name);
    hid_t group = rm_hdf5_put_group(w->h5, w->root, name);
    rimer_status status = RIMER_OK;
    *done =
        group >= 0 && (strcmp(name, id) == 0 || rm_hdf5_put_text(w->h5, group, RM_HDF5_ID, id));
    if (*done)
        status = put_series(w, group, index, done);
    rm_hdf5_close(w->h5, group);
    return status;
}

static bool put_uses(const writing *w, int64_t index, const char *name, const rm_hdf5_use *uses,
                     int64_t n) {
    char path[PATH_SIZE];
    path_of(w, index, name, path);
    return rm_hdf5_put_uses(w->h5, w->root, path, uses, n);
}

/* Series with the same times share one scale. */
static bool put_uses_of_times(const writing *w, rm_hdf5_use *uses) {
    const int64_t *order = w->axes.order, n = w->dataset->n_series;
    bool done = true;
    for (int64_t i = 0; i < n; i++)
        uses[i] = w->uses[order[i]];
    for (int64_t from = 0, end; done && from < n; from = end) {
        for (end = from + 1; end < n && w->axes.first[order[end]] == order[from];)
            end++;
        done = put_uses(w, order[from], "time", uses + from, end - from);
    }
    return done;
}

static bool put_uses_of_names(const writing *w) {
    int64_t n = w->dataset->n_series;
    for (int64_t s = 0; s < n; s++)
        w->uses[s].dimension = 1;
    return put_uses(w, 0, "names", w->uses, n);
}

static rimer_status put_all_series(writing *w, bool *done) {
    const rimer_dataset *d = w->dataset;
    if (d->n_series > 1) {
        for (int64_t s = 0; *done && s < d->n_series; s++)
            RM_TRY(put_group(w, s, done));
        return RIMER_OK;
    }
    const char *id = d->series[0].id;
    *done = *done && (!*id || rm_hdf5_put_text(w->h5, w->root, RM_HDF5_ID, id));
    return *done ? put_series(w, w->root, 0, done) : RIMER_OK;
}

static rimer_status put_all(writing *w, bool *done) {
    rm_hdf5_use *sorted;
    int64_t n = w->dataset->n_series;
    *done = rm_hdf5_put_text(w->h5, w->root, "Conventions", "CF-1.8");
    RM_TRY(rm_array_new(&w->uses, n, sizeof *w->uses));
    RM_TRY(put_all_series(w, done));
    RM_TRY(rm_array_new(&sorted, n, sizeof *sorted));
    *done = *done && put_uses_of_times(w, sorted) && put_uses_of_names(w);
    free(sorted);
    return RIMER_OK;
}

/* Why nothing more can be written, found by trying; the library does not say. */
static const char *reason_of(FILE *stream) {
    static const char zeros[65536];
    int failed = fseek(stream, 0, SEEK_END) != 0;
    for (int i = 0; i < 16 && !failed; i++)
        failed = fwrite(zeros, 1, sizeof zeros, stream) < sizeof zeros || fflush(stream) != 0;
    return failed ? strerror(errno) : "the HDF5 library failed";
}

/* Called in a child process, which alone has the library's half-written file to forget. */
static rimer_status write_file(void *arg, FILE *to) {
    writing *w = arg;
    (void)to;
    bool done = false;
    rimer_status status = RIMER_OK;
    w->root = rm_hdf5_put_file(w->h5, w->file->aside);
    if (w->root >= 0) {
        status = put_all(w, &done);
        done = done && w->h5->H5Fflush(w->root, H5F_SCOPE_LOCAL) >= 0;
        done = w->h5->H5Fclose(w->root) >= 0 && done;
    }
    free(w->uses);
    if (status == RIMER_OK && !done)
        RM_FAIL(IO, "%s: cannot be written: %s", w->file->path, reason_of(w->file->stream));
    return status;
}

static rimer_status write_aside(const rimer_dataset *dataset, const rimer_writefile *file) {
    writing w = {.dataset = dataset, .file = file};
    RM_TRY(rm_hdf5_axes_find(&w.axes, dataset));
    rimer_status status = rm_hdf5_enter(&w.h5);
    if (status == RIMER_OK) {
        status = rm_hdf5_write_apart(file->path, write_file, &w);
        rm_hdf5_leave(w.h5);
    }
    rm_hdf5_axes_free(&w.axes);
    return status;
}

rimer_status rm_hdf5_write(const rimer_dataset *dataset, const char *path) {
    rimer_writefile file;
    struct stat info;
    if (strcmp(path, "-") == 0 || (stat(path, &info) == 0 && !S_ISREG(info.st_mode)))
        RM_FAIL(USAGE, "%s: HDF5 is written to plain files only",
                strcmp(path, "-") == 0 ? "standard output" : path);
    RM_TRY(rimer_writefile_open(&file, path));
    rimer_status status = write_aside(dataset, &file);
    if (status == RIMER_OK)
        return rimer_writefile_commit(&file);
    rimer_writefile_abandon(&file);
    return status;
}
