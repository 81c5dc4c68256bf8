#include "data/hdf5_channels.h"

#include "base/array.h"
#include "base/labels.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static rimer_status number_columns(rm_hdf5_texts *names, int64_t n) {
    char name[24];
    RM_TRY(rm_array_new(&names->texts, n, sizeof *names->texts));
    for (; names->n < n; names->n++) {
        snprintf(name, sizeof name, "c%lld", (long long)names->n);
        RM_TRY(rm_string_copy(&names->texts[names->n], name));
    }
    return RIMER_OK;
}

rimer_status rm_hdf5_channel_names(const rm_hdf5_file *file, const rm_hdf5_object *group,
                                   rm_hdf5_texts *names) {
    rm_hdf5_set set;
    RM_TRY(rm_hdf5_open_set(file, group, "names", &set));
    rimer_status status = rm_hdf5_read_names(file, &set, names);
    rm_hdf5_close_set(file, &set);
    return status;
}

/* Datasets of a channel each are called by their own names. */
static bool may_have_names(const rm_hdf5_series *series) {
    return series->n_tables == 1;
}

/* From a dataset beside the values, from the root, from the datasets, or by number. */
static rimer_status find_names(const rm_hdf5_channels *channels, const rm_hdf5_file *file,
                               const rm_hdf5_object *group, const rm_hdf5_series *series,
                               const char *const *sets, rm_hdf5_texts *names) {
    const rm_hdf5_texts *shared = &channels->shared;
    *names = (rm_hdf5_texts){0};
    if (may_have_names(series) && rm_hdf5_has(file, group, "names"))
        return rm_hdf5_channel_names(file, group, names);
    if (shared->n)
        return rm_hdf5_texts_copy(names, (const char *const *)shared->texts, shared->n);
    if (series->tables[0].set.rank == 1)
        return rm_hdf5_texts_copy(names, sets, series->n_tables);
    return number_columns(names, series->n_columns);
}

static rimer_status refuse_repeated(const rm_hdf5_channels *channels,
                                    const rm_hdf5_file *file) {
    const char *twice;
    RM_TRY(rm_labels_repeated(channels->names.texts, channels->names.n, &twice));
    if (twice)
        RM_FAIL(DATA, "%s: two channels are called \"%.80s\"", file->name, twice);
    return RIMER_OK;
}

static rimer_status want(rm_hdf5_channels *channels, const rm_hdf5_file *file,
                         const char *name) {
    int64_t column = 0;
    while (column < channels->names.n && strcmp(channels->names.texts[column], name) != 0)
        column++;
    if (column == channels->names.n)
        RM_FAIL(USAGE, "channels: %s has no channel \"%s\"", file->name, name);
    for (int64_t i = 0; i < channels->wanted.n; i++)
        if (channels->columns[i] == column)
            RM_FAIL(USAGE, "channels: \"%s\" is named twice", name);
    channels->columns[channels->wanted.n++] = column;
    return RIMER_OK;
}

typedef struct wanting {
    rm_hdf5_channels *channels;
    const rm_hdf5_file *file;
} wanting;

static rimer_status want_listed(void *user, const char *name) {
    const wanting *w = user;
    return want(w->channels, w->file, name);
}

static rimer_status choose(rm_hdf5_channels *channels, const rm_hdf5_file *file,
                           const char *list) {
    int64_t n = channels->names.n;
    RM_TRY(rm_array_new(&channels->columns, n, sizeof *channels->columns));
    channels->wanted.n = 0;
    channels->wanted.columns = channels->columns;
    channels->wanted.names = channels->names.texts;
    if (*list)
        return rm_labels_each(list, want_listed, &(wanting){channels, file});
    for (; channels->wanted.n < n; channels->wanted.n++)
        channels->columns[channels->wanted.n] = channels->wanted.n;
    return RIMER_OK;
}

rimer_status rm_hdf5_channels_find(rm_hdf5_channels *channels, const rm_hdf5_file *file,
                                   const rm_hdf5_object *group, const rm_hdf5_series *series,
                                   const char *const *sets, const char *list) {
    RM_TRY(find_names(channels, file, group, series, sets, &channels->names));
    channels->has_names =
        may_have_names(series) && rm_hdf5_identify(file, group, "names", &channels->identity);
    if (channels->names.n != series->n_columns)
        RM_FAIL(DATA, "%s: \"%s\" has %lld columns, but there are %lld names", file->name,
                series->tables[0].set.object.path, (long long)series->n_columns,
                (long long)channels->names.n);
    RM_TRY(refuse_repeated(channels, file));
    return choose(channels, file, list);
}

/* A dataset that all series share need not be read for each. */
static bool shares_names(const rm_hdf5_channels *channels, const rm_hdf5_file *file,
                         const rm_hdf5_object *group, const rm_hdf5_series *series) {
    rm_hdf5_identity own;
    return channels->has_names && may_have_names(series) &&
           rm_hdf5_identify(file, group, "names", &own) &&
           memcmp(own.bytes, channels->identity.bytes, sizeof own.bytes) == 0;
}

rimer_status rm_hdf5_channels_compare(const rm_hdf5_channels *channels,
                                      const rm_hdf5_file *file, const rm_hdf5_object *group,
                                      const rm_hdf5_series *series, const char *const *sets) {
    rm_hdf5_texts names;
    if (series->n_columns != channels->names.n)
        RM_FAIL(DATA, "%s: \"%s\" has %lld columns, the series before it %lld", file->name,
                series->tables[0].set.object.path, (long long)series->n_columns,
                (long long)channels->names.n);
    if (shares_names(channels, file, group, series))
        return RIMER_OK;
    rimer_status status = find_names(channels, file, group, series, sets, &names);
    bool same = names.n == channels->names.n;
    for (int64_t i = 0; same && i < names.n; i++)
        same = strcmp(names.texts[i], channels->names.texts[i]) == 0;
    rm_hdf5_texts_free(&names);
    if (status == RIMER_OK && !same)
        RM_FAIL(
            DATA,
            "%s: the channels of \"%s\" have other names than those of the series before it",
            file->name, group->path);
    return status;
}

void rm_hdf5_channels_free(rm_hdf5_channels *channels) {
    rm_hdf5_texts_free(&channels->shared);
    rm_hdf5_texts_free(&channels->names);
    free(channels->columns);
    *channels = (rm_hdf5_channels){0};
}
