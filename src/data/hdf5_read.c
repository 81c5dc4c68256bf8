#include "data/hdf5_read.h"

#include "base/array.h"
#include "data/hdf5_series.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* What netCDF calls a dataset that is the length of a dimension and nothing else. */
#define ONLY_A_DIMENSION "This is a netCDF dimension but not a netCDF variable"

static bool has_signature(int fd) {
    static const unsigned char signature[] = {0x89, 'H', 'D', 'F', '\r', '\n', 0x1a, '\n'};
    static const off_t places[] = {0, 512, 1024, 2048};
    unsigned char bytes[sizeof signature];
    for (size_t i = 0; i < sizeof places / sizeof *places; i++)
        if (pread(fd, bytes, sizeof bytes, places[i]) == (ssize_t)sizeof bytes &&
            memcmp(bytes, signature, sizeof bytes) == 0)
            return true;
    return false;
}

bool rm_hdf5_is(const char *path) {
    struct stat info;
    if (path[rm_hdf5_name_length(path)])
        return true;
    if (stat(path, &info) != 0 || !S_ISREG(info.st_mode))
        return false;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    bool is = fd >= 0 && has_signature(fd);
    if (fd >= 0)
        close(fd);
    return is;
}

typedef struct reading {
    const rm_hdf5_file *file;
    rimer_read_options options; /* as given, completed by what the file says of itself */
    bool own_frequency;         /* the file said it */
    char shown[RM_HDF5_PATH_SIZE * 2];
    char ignored[RIMER_TEXT_SIZE];
    int64_t n_series, n_columns;
    bool has_time;
    rm_cf_clock clock;
    rm_hdf5_texts names; /* [n_columns] of the first series, and root_names where it has none */
    rm_hdf5_texts root_names;
    rm_hdf5_texts time_columns;
    rm_time_format format; /* if the file says how times are spelled */
    bool has_format;
    int64_t shift; /* from UTC to the offset that times are written in */
    rm_hdf5_wanted wanted;
    int64_t *columns; /* what wanted points to */
    rm_rows rows;
} reading;

/* ------------------------------------------------------------------------------- names */

static rimer_status numbered_names(rm_hdf5_texts *names, int64_t n) {
    char name[24];
    RM_TRY(rm_array_new(&names->texts, n, sizeof *names->texts));
    for (; names->n < n; names->n++) {
        snprintf(name, sizeof name, "c%lld", (long long)names->n);
        RM_TRY(rm_string_copy(&names->texts[names->n], name));
    }
    return RIMER_OK;
}

static rimer_status copy_names(rm_hdf5_texts *to, const char *const *names, int64_t n) {
    RM_TRY(rm_array_new(&to->texts, n, sizeof *to->texts));
    for (; to->n < n; to->n++)
        RM_TRY(rm_string_copy(&to->texts[to->n], names[to->n]));
    return RIMER_OK;
}

static rimer_status read_names(const rm_hdf5_file *file, const rm_hdf5_object *group,
                               rm_hdf5_texts *names) {
    rm_hdf5_set set;
    RM_TRY(rm_hdf5_open_set(file, group, "names", &set));
    rimer_status status = rm_hdf5_read_names(file, &set, names);
    rm_hdf5_close_set(file, &set);
    return status;
}

/* From a dataset beside the values, from the root, from the datasets, or by number. */
static rimer_status find_names(const reading *r, const rm_hdf5_object *group,
                               const rm_hdf5_series *series, const char *const *sets,
                               rm_hdf5_texts *names) {
    *names = (rm_hdf5_texts){0};
    const rm_hdf5_set *set = &series->tables[0].set;
    bool beside = series->n_tables == 1 && rm_hdf5_has(r->file, group, "names");
    if (beside)
        RM_TRY(read_names(r->file, group, names));
    else if (r->root_names.n)
        return copy_names(names, (const char *const *)r->root_names.texts, r->root_names.n);
    else if (set->rank == 1)
        return copy_names(names, sets, series->n_tables);
    else
        return numbered_names(names, series->n_columns);
    return RIMER_OK;
}

static rimer_status refuse_repeated(const reading *r) {
    rm_labels seen = {0};
    rimer_status status = RIMER_OK;
    for (int64_t i = 0, number; i < r->names.n && status == RIMER_OK; i++) {
        status = rm_labels_number(&seen, r->names.texts[i], &number);
        if (status == RIMER_OK && number < i)
            status = rm_error_set(RIMER_DATA, "%s: two channels are called \"%.80s\"", r->shown,
                                  r->names.texts[i]);
    }
    rm_labels_free(&seen);
    return status;
}

static rimer_status want(reading *r, const char *name) {
    int64_t column = 0;
    while (column < r->names.n && strcmp(r->names.texts[column], name) != 0)
        column++;
    if (column == r->names.n)
        RM_FAIL(USAGE, "channels: %s has no channel \"%s\"", r->shown, name);
    for (int64_t i = 0; i < r->wanted.n; i++)
        if (r->columns[i] == column)
            RM_FAIL(USAGE, "channels: \"%s\" is named twice", name);
    r->columns[r->wanted.n++] = column;
    return RIMER_OK;
}

static rimer_status choose_channels(reading *r) {
    char list[RIMER_TEXT_SIZE];
    RM_TRY(rm_array_new(&r->columns, r->n_columns, sizeof *r->columns));
    r->wanted = (rm_hdf5_wanted){.columns = r->columns, .names = r->names.texts};
    if (!r->options.channels[0])
        while (r->wanted.n < r->n_columns) {
            r->columns[r->wanted.n] = r->wanted.n;
            r->wanted.n++;
        }
    strcpy(list, r->options.channels);
    for (char *name = *list ? list : NULL, *comma; name; name = comma ? comma + 1 : NULL) {
        comma = strchr(name, ',');
        if (comma)
            *comma = 0;
        name += strspn(name, " ");
        size_t size = strlen(name);
        while (size > 0 && name[size - 1] == ' ')
            name[--size] = 0;
        RM_TRY(want(r, name));
    }
    return RIMER_OK;
}

static rimer_status first_channels(reading *r, const rm_hdf5_object *group,
                                   const rm_hdf5_series *series, const char *const *sets) {
    r->n_columns = series->n_columns;
    RM_TRY(find_names(r, group, series, sets, &r->names));
    if (r->names.n != r->n_columns)
        RM_FAIL(DATA, "%s: \"%s\" has %lld columns, but there are %lld names", r->file->name,
                series->tables[0].set.object.path, (long long)r->n_columns,
                (long long)r->names.n);
    RM_TRY(refuse_repeated(r));
    RM_TRY(choose_channels(r));
    rm_rows_init(&r->rows, r->wanted.n);
    return RIMER_OK;
}

/* Those of another series must be the same. */
static rimer_status compare_channels(const reading *r, const rm_hdf5_object *group,
                                     const rm_hdf5_series *series, const char *const *sets) {
    rm_hdf5_texts names;
    if (series->n_columns != r->n_columns)
        RM_FAIL(DATA, "%s: \"%s\" has %lld columns, the series before it %lld", r->file->name,
                series->tables[0].set.object.path, (long long)series->n_columns,
                (long long)r->n_columns);
    rimer_status status = find_names(r, group, series, sets, &names);
    bool same = names.n == r->names.n;
    for (int64_t i = 0; same && i < names.n; i++)
        same = strcmp(names.texts[i], r->names.texts[i]) == 0;
    rm_hdf5_texts_free(&names);
    if (status == RIMER_OK && !same)
        RM_FAIL(DATA,
                "%s: the channels of \"%s\" have other names than those of the series "
                "before it",
                r->file->name, group->path);
    return status;
}

/* ------------------------------------------------------------------------------- times */

static rimer_status read_format(reading *r, const rm_hdf5_object *time) {
    char pattern[RM_TIME_PATTERN_SIZE];
    RM_TRY(rm_hdf5_attribute_text(r->file, time, RM_HDF5_PATTERN, pattern, sizeof pattern));
    if (!pattern[0] || r->clock.numbers)
        return RIMER_OK;
    if (strcmp(pattern, "%Y") == 0)
        r->format = (rm_time_format){.kind = RM_TIME_YEARS, .unit = RM_UNIT_YEAR};
    else if (rm_time_pattern_set(&r->format, pattern) != RIMER_OK)
        return rm_error_prefix(RIMER_DATA, "%s: \"%s\", attribute " RM_HDF5_PATTERN ": ",
                               r->file->name, time->path);
    r->shift = r->format.zone_minutes * 60 * INT64_C(1000000);
    r->has_format = true;
    return RIMER_OK;
}

static rimer_status read_time_columns(reading *r, const rm_hdf5_object *time) {
    int64_t marks = 1;
    char none[8];
    RM_TRY(rm_hdf5_attribute_text(r->file, time, RM_HDF5_NO_TIME, none, sizeof none));
    if (r->clock.numbers && strcmp(none, "yes") == 0)
        return RIMER_OK;
    RM_TRY(rm_hdf5_attribute_texts(r->file, time, RM_HDF5_TIME_COLUMNS, &r->time_columns));
    if (r->time_columns.n == 0)
        RM_TRY(copy_names(&r->time_columns, (const char *const[]){"time"}, 1));
    for (const char *c = r->format.pattern; *c; c++)
        marks += *c == RM_TIME_COLUMN_MARK;
    if (marks != r->time_columns.n)
        RM_FAIL(DATA,
                "%s: \"%s\": the attributes " RM_HDF5_PATTERN " and " RM_HDF5_TIME_COLUMNS
                " contradict each other",
                r->file->name, time->path);
    return RIMER_OK;
}

/* What the user says of the frequency comes first. */
static rimer_status read_frequency(reading *r, const rm_hdf5_object *time) {
    char steps[16];
    rm_frequency frequency;
    if (r->options.freq[0])
        return RIMER_OK;
    RM_TRY(rm_hdf5_attribute_text(r->file, time, RM_HDF5_FREQUENCY, r->options.freq,
                                  sizeof r->options.freq));
    RM_TRY(rm_hdf5_attribute_text(r->file, time, RM_HDF5_STEPS, steps, sizeof steps));
    r->own_frequency = r->options.freq[0] != 0;
    if (r->own_frequency && !rm_frequency_parse(r->options.freq, &frequency))
        RM_FAIL(DATA, "%s: \"%s\": the attribute " RM_HDF5_FREQUENCY " is no frequency",
                r->file->name, time->path);
    if (strcmp(steps, "rows") == 0)
        r->options.steps = RIMER_STEPS_ROWS;
    return RIMER_OK;
}

static rimer_status open_time(reading *r, const rm_hdf5_object *group, rm_hdf5_series *series) {
    rm_cf_clock before = r->clock;
    RM_TRY(rm_hdf5_open_time(r->file, group, series, &r->clock));
    if (r->n_series > 0) {
        if (before.numbers != r->clock.numbers)
            RM_FAIL(DATA, "%s: \"%s\" %s, unlike that of the series before it", r->file->name,
                    series->time.object.path, r->clock.numbers ? "has no units" : "has units");
        r->clock.has_clock = before.has_clock;
        r->clock.has_millis = before.has_millis;
        r->clock.has_micros = before.has_micros;
        return RIMER_OK;
    }
    RM_TRY(read_format(r, &series->time.object));
    RM_TRY(read_time_columns(r, &series->time.object));
    return read_frequency(r, &series->time.object);
}

/* Beside a dataset that was named by itself, times are taken only if there is one for each row. */
static rimer_status times_fit(const reading *r, const rm_hdf5_object *group,
                              const rm_hdf5_series *series, bool *fit) {
    rm_hdf5_set time;
    *fit = rm_hdf5_has(r->file, group, "time");
    if (!*fit)
        return RIMER_OK;
    RM_TRY(rm_hdf5_open_set(r->file, group, "time", &time));
    *fit = time.rank == 1 && time.rows == series->n_rows && rm_hdf5_is_numeric(&time);
    rm_hdf5_close_set(r->file, &time);
    return RIMER_OK;
}

/* ------------------------------------------------------------------------------ series */

typedef struct candidate {
    const rm_hdf5_object *group;
    const char *const *sets; /* [n_sets] */
    int64_t n_sets;
    const char *id;
    bool alone; /* the dataset was named by itself */
} candidate;

static rimer_status number_series(reading *r, const candidate *c, int64_t *number) {
    rm_hdf5_texts id;
    RM_TRY(rm_hdf5_attribute_texts(r->file, c->group, RM_HDF5_ID, &id));
    const char *text = id.n && !c->alone ? id.texts[0] : c->id;
    rimer_status status = rm_rows_series(&r->rows, text, number);
    if (status == RIMER_OK && *number != r->n_series)
        status = rm_error_set(RIMER_DATA, "%s: \"%s\" is the second series called \"%.80s\"",
                              r->file->name, c->group->path, text);
    rm_hdf5_texts_free(&id);
    return status;
}

static rimer_status add_opened(reading *r, const candidate *c, rm_hdf5_series *series) {
    bool timed = r->options.no_time == RIMER_NO && rm_hdf5_has(r->file, c->group, "time");
    if (timed && c->alone)
        RM_TRY(times_fit(r, c->group, series, &timed));
    if (r->n_series && timed != r->has_time)
        RM_FAIL(DATA, "%s: \"%s\" has %s, unlike the series before it", r->file->name,
                c->group->path, timed ? "times" : "no times");
    r->has_time = timed;
    RM_TRY(r->n_series ? compare_channels(r, c->group, series, c->sets)
                       : first_channels(r, c->group, series, c->sets));
    if (timed)
        RM_TRY(open_time(r, c->group, series));
    int64_t number;
    RM_TRY(number_series(r, c, &number));
    RM_TRY(rm_hdf5_read_series(r->file, series, &r->wanted, &r->clock, r->shift, number,
                               &r->rows));
    r->n_series++;
    return RIMER_OK;
}

static rimer_status add_series(reading *r, const candidate *c) {
    rm_hdf5_series series;
    RM_TRY(rm_hdf5_open_series(r->file, c->group, c->sets, c->n_sets, &series));
    rimer_status status = add_opened(r, c, &series);
    rm_hdf5_close_series(r->file, &series);
    return status;
}

/* ----------------------------------------------------------------------------- layouts */

static void ignore(reading *r, const char *name) {
    size_t used = strlen(r->ignored), room = sizeof r->ignored - used;
    if (r->options.channels[0])
        return;
    if ((size_t)snprintf(r->ignored + used, room, "%s%s", used ? ", " : "", name) >= room)
        memcpy(r->ignored + sizeof r->ignored - 4, "...", 4);
}

/* Whether a dataset is a channel of the netCDF layout: numbers, one for each time. */
static rimer_status is_channel(reading *r, const rm_hdf5_object *group, const char *name,
                               int64_t n_times, bool *is) {
    rm_hdf5_object object;
    char title[sizeof ONLY_A_DIMENSION];
    *is = false;
    RM_TRY(rm_hdf5_open_child(r->file, group, name, &object));
    H5I_type_t kind = object.kind;
    rimer_status status = kind == H5I_DATASET ? rm_hdf5_attribute_text(r->file, &object, "NAME",
                                                                       title, sizeof title)
                                              : RIMER_OK;
    rm_hdf5_close(r->file->h5, object.id);
    if (status || (kind == H5I_DATASET && strcmp(title, ONLY_A_DIMENSION) == 0))
        return status;
    if (kind == H5I_DATASET) {
        rm_hdf5_set set;
        RM_TRY(rm_hdf5_open_set(r->file, group, name, &set));
        *is = set.refused || (set.rank == 1 && set.rows == n_times && rm_hdf5_is_numeric(&set));
        rm_hdf5_close_set(r->file, &set);
    }
    if (!*is)
        ignore(r, name);
    return RIMER_OK;
}

static rimer_status add_columns(reading *r, const rm_hdf5_object *group,
                                const rm_hdf5_links *links, int64_t n_times) {
    const char **sets;
    rimer_status status = RIMER_OK;
    candidate c = {.group = group, .id = ""};
    RM_TRY(rm_array_new(&sets, links->n, sizeof *sets));
    for (int64_t i = 0; i < links->n && status == RIMER_OK; i++) {
        bool is = false;
        if (strcmp(links->names[i], "time") != 0)
            status = is_channel(r, group, links->names[i], n_times, &is);
        if (is)
            sets[c.n_sets++] = links->names[i];
    }
    c.sets = sets;
    if (status == RIMER_OK && c.n_sets == 0)
        status = rm_error_set(RIMER_DATA, "%s: no dataset in \"%s\" has a number for each time",
                              r->file->name, group->path);
    if (status == RIMER_OK)
        status = add_series(r, &c);
    free(sets);
    return status;
}

static rimer_status read_columns(reading *r, const rm_hdf5_object *group,
                                 const rm_hdf5_links *links) {
    rm_hdf5_set time;
    RM_TRY(rm_hdf5_open_set(r->file, group, "time", &time));
    rimer_status status = rm_hdf5_admit(r->file, &time);
    rm_hdf5_close_set(r->file, &time);
    return status ? status : add_columns(r, group, links, time.rows);
}

static rimer_status read_group(reading *r, const rm_hdf5_object *group, const char *id) {
    candidate c = {
        .group = group, .sets = (const char *const[]){"values"}, .n_sets = 1, .id = id};
    if (group->kind != H5I_GROUP)
        RM_FAIL(DATA, "%s: \"%s\" is neither a group nor a dataset", r->file->name,
                group->path);
    if (!rm_hdf5_has(r->file, group, "values"))
        RM_FAIL(DATA, "%s: the group \"%s\" has no dataset \"values\"", r->file->name,
                group->path);
    return add_series(r, &c);
}

/* One group a series; what stands beside them is no series. */
static rimer_status read_groups(reading *r, const rm_hdf5_object *root,
                                const rm_hdf5_links *links) {
    if (rm_hdf5_has(r->file, root, "names"))
        RM_TRY(read_names(r->file, root, &r->root_names));
    for (int64_t i = 0; i < links->n; i++) {
        rm_hdf5_object group;
        RM_TRY(rm_hdf5_open_child(r->file, root, links->names[i], &group));
        rimer_status status = RIMER_OK;
        if (group.kind == H5I_GROUP)
            status = read_group(r, &group, links->names[i]);
        else if (strcmp(links->names[i], "names") != 0)
            ignore(r, links->names[i]);
        rm_hdf5_close(r->file->h5, group.id);
        RM_TRY(status);
    }
    if (r->n_series == 0)
        RM_FAIL(DATA,
                "%s: \"%s\" holds no dataset \"values\", no dataset \"time\" and no group with "
                "values",
                r->file->name, root->path);
    return RIMER_OK;
}

static rimer_status read_group_layout(reading *r, const rm_hdf5_object *group) {
    rm_hdf5_links links;
    if (rm_hdf5_has(r->file, group, "values"))
        return read_group(r, group, "");
    RM_TRY(rm_hdf5_list(r->file, group, &links));
    rimer_status status = rm_hdf5_has(r->file, group, "time") ? read_columns(r, group, &links)
                                                              : read_groups(r, group, &links);
    rm_hdf5_links_free(&links);
    return status;
}

/* Follows a path inside the file name by name; `parent` is where the last one was found. */
static rimer_status follow(const reading *r, const char *path, rm_hdf5_object *parent,
                           rm_hdf5_object *object, char *name) {
    *parent = (rm_hdf5_object){0};
    RM_TRY(rm_hdf5_open_root(r->file, object));
    for (path += strspn(path, "/"); *path; path += strspn(path, "/")) {
        size_t size = strcspn(path, "/");
        if (size > RM_HDF5_TEXT_MAX)
            RM_FAIL(DATA, "%s: the path inside it is too long", r->file->name);
        if (object->kind != H5I_GROUP)
            RM_FAIL(DATA, "%s: \"%s\" is no group", r->file->name, object->path);
        memcpy(name, path, size);
        name[size] = 0;
        rm_hdf5_close(r->file->h5, parent->id);
        *parent = *object;
        RM_TRY(rm_hdf5_open_child(r->file, parent, name, object));
        path += size;
    }
    return RIMER_OK;
}

static rimer_status read_inside(reading *r, const char *path) {
    char *name;
    rm_hdf5_object parent, object;
    RM_TRY(rm_array_new(&name, RM_HDF5_TEXT_MAX + 1, 1));
    rimer_status status = follow(r, path, &parent, &object, name);
    const char *sets[] = {name};
    candidate c = {.group = &parent, .sets = sets, .n_sets = 1, .id = "", .alone = true};
    if (status == RIMER_OK)
        status = object.kind == H5I_DATASET ? add_series(r, &c) : read_group_layout(r, &object);
    rm_hdf5_close(r->file->h5, object.id);
    rm_hdf5_close(r->file->h5, parent.id);
    free(name);
    return status;
}

/* ----------------------------------------------------------------------------- dataset */

static rimer_status describe(reading *r, rimer_dataset *d) {
    d->notes.layout = "hdf5";
    memcpy(d->notes.ignored, r->ignored, sizeof d->notes.ignored);
    if (!r->has_time)
        d->format = (rm_time_format){.kind = RM_TIME_STEPS};
    else
        d->format = r->has_format ? r->format : rm_cf_format(&r->clock);
    for (int64_t c = 0; c < r->wanted.n; c++)
        RM_TRY(rm_string_copy(&d->channel_names[c], r->names.texts[r->columns[c]]));
    if (r->time_columns.n)
        RM_TRY(rm_dataset_set_time_columns(d, r->time_columns.n,
                                           (const char *const *)r->time_columns.texts));
    RM_TRY(rm_rows_place(&r->rows, r->shown, &r->options, d));
    if (r->own_frequency)
        strcpy(d->notes.reason, "as the file says");
    return RIMER_OK;
}

static rimer_status build(reading *r, rimer_dataset **out) {
    const char *slash = strrchr(r->file->name, '/');
    char *name;
    rimer_dataset *d;
    size_t length = strlen(slash ? slash + 1 : r->file->name);
    RM_TRY(rm_array_new(&name, (int64_t)(length + strlen(r->file->inside) + 2), 1));
    sprintf(name, "%s%s%s", slash ? slash + 1 : r->file->name, *r->file->inside ? ":" : "",
            r->file->inside);
    rimer_status status = rm_dataset_new(&d, name, r->wanted.n, r->n_series);
    free(name);
    RM_TRY(status);
    status = describe(r, d);
    if (status)
        rimer_dataset_free(d);
    else
        *out = d;
    return status;
}

static void free_reading(reading *r) {
    rm_rows_free(&r->rows);
    rm_hdf5_texts_free(&r->names);
    rm_hdf5_texts_free(&r->root_names);
    rm_hdf5_texts_free(&r->time_columns);
    free(r->columns);
}

static rimer_status read_file(reading *r, const char *path, rimer_dataset **out) {
    snprintf(r->shown, sizeof r->shown, "%s", path);
    RM_TRY(read_inside(r, r->file->inside));
    return build(r, out);
}

rimer_status rm_hdf5_read(const char *path, const rimer_read_options *options,
                          rimer_dataset **out) {
    const rm_hdf5 *h5;
    rm_hdf5_file file;
    reading r = {.file = &file};
    if (options)
        r.options = *options;
    else
        rimer_read_options_init(&r.options);
    RM_TRY(rm_hdf5_enter(&h5));
    rimer_status status = rm_hdf5_open_file(&file, h5, path);
    if (status == RIMER_OK) {
        status = read_file(&r, path, out);
        free_reading(&r);
        rm_hdf5_close_file(&file);
    }
    rm_hdf5_leave(h5);
    return status;
}
