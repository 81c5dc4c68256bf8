#include "data/hdf5_read.h"

#include "base/array.h"
#include "data/hdf5_channels.h"
#include "data/hdf5_guard.h"
#include "data/hdf5_pipe.h"
#include "data/hdf5_times.h"

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
    rm_hdf5_facts *facts;
    rm_hdf5_taker taker;
    rm_cell_style style;
    rm_labels ids; /* of the series */
    rm_hdf5_times times;
    rm_hdf5_channels channels;
} reading;

/* ------------------------------------------------------------------------------ series */

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

typedef struct candidate {
    const rm_hdf5_object *group;
    const char *const *sets; /* [n_sets] */
    int64_t n_sets;
    const char *id;
    bool alone; /* the dataset was named by itself */
} candidate;

static rimer_status name_series(reading *r, const candidate *c) {
    rm_hdf5_texts id;
    int64_t number;
    RM_TRY(rm_hdf5_attribute_texts(r->file, c->group, RM_HDF5_ID, &id));
    const char *text = id.n && !c->alone ? id.texts[0] : c->id;
    rimer_status status = rm_labels_number(&r->ids, text, &number);
    if (status == RIMER_OK && number != r->facts->n_series)
        status = rm_error_set(RIMER_DATA, "%s: \"%s\" is the second series called \"%.80s\"",
                              r->file->name, c->group->path, text);
    if (status == RIMER_OK)
        status = r->taker.series(r->taker.arg, text);
    rm_hdf5_texts_free(&id);
    return status;
}

static rimer_status first_series(reading *r, const candidate *c, rm_hdf5_series *series) {
    RM_TRY(rm_hdf5_channels_find(&r->channels, r->file, c->group, series, c->sets,
                                 r->facts->options.channels));
    RM_TRY(r->taker.begin(r->taker.arg, r->channels.wanted.n));
    return r->facts->has_time
               ? rm_hdf5_times_find(&r->times, r->file, c->group, series, &r->facts->options)
               : RIMER_OK;
}

static rimer_status next_series(reading *r, const candidate *c, rm_hdf5_series *series) {
    RM_TRY(rm_hdf5_channels_compare(&r->channels, r->file, c->group, series, c->sets));
    return r->facts->has_time ? rm_hdf5_times_next(&r->times, r->file, c->group, series)
                              : RIMER_OK;
}

static rimer_status add_opened(reading *r, const candidate *c, rm_hdf5_series *series) {
    bool timed =
        r->facts->options.no_time == RIMER_NO && rm_hdf5_has(r->file, c->group, "time");
    if (timed && c->alone)
        RM_TRY(times_fit(r, c->group, series, &timed));
    if (r->facts->n_series && timed != r->facts->has_time)
        RM_FAIL(DATA, "%s: \"%s\" has %s, unlike the series before it", r->file->name,
                c->group->path, timed ? "times" : "no times");
    r->facts->has_time = timed;
    RM_TRY(r->facts->n_series ? next_series(r, c, series) : first_series(r, c, series));
    RM_TRY(name_series(r, c));
    RM_TRY(rm_hdf5_read_series(r->file, series, &r->channels.wanted, &r->times.clock,
                               r->times.shift, &r->taker));
    r->facts->n_series++;
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
    size_t used = strlen(r->facts->ignored), room = sizeof r->facts->ignored - used;
    if (r->facts->options.channels[0])
        return;
    if ((size_t)snprintf(r->facts->ignored + used, room, "%s%s", used ? ", " : "", name) >=
        room)
        memcpy(r->facts->ignored + sizeof r->facts->ignored - 4, "...", 4);
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
        RM_TRY(rm_hdf5_channel_names(r->file, root, &r->channels.shared));
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
    if (r->facts->n_series == 0)
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

/* ---------------------------------------------------------------------------- the file */

/* Names and facts; the rows are taken already. */
static rimer_status finish(const reading *r, rm_hdf5_found *found) {
    const rm_hdf5_channels *channels = &r->channels;
    const rm_hdf5_texts *columns = &r->times.columns;
    rm_hdf5_texts *names = &found->channels;
    RM_TRY(rm_array_new(&names->texts, channels->wanted.n, sizeof *names->texts));
    for (; names->n < channels->wanted.n; names->n++)
        RM_TRY(rm_string_copy(&names->texts[names->n],
                              channels->names.texts[channels->columns[names->n]]));
    if (r->facts->has_time)
        r->facts->format = rm_hdf5_times_format(&r->times);
    r->facts->own_frequency = r->times.own_frequency;
    return rm_hdf5_texts_copy(&found->time_columns, (const char *const *)columns->texts,
                              columns->n);
}

static void free_reading(reading *r) {
    rm_labels_free(&r->ids);
    rm_hdf5_channels_free(&r->channels);
    rm_hdf5_times_free(&r->times, r->file);
}

/* What is wanted of a file, and what came of it. */
typedef struct request {
    const rm_hdf5 *h5;
    const char *path;
    const rimer_read_options *options;
    rm_hdf5_found found;
} request;

static rimer_status find(request *q, const rm_hdf5_taker *taker) {
    rm_hdf5_file file;
    reading r = {.file = &file, .facts = &q->found.facts, .taker = *taker};
    q->found.facts.options = *q->options;
    if (!rm_cell_style_init(&r.style, '.', q->options->na))
        RM_FAIL(USAGE, "na \"%s\": more than %d spellings", q->options->na, RM_NA_MAX);
    r.channels.wanted.style = &r.style;
    RM_TRY(rm_hdf5_open_file(&file, q->h5, q->path));
    rimer_status status = read_inside(&r, file.inside);
    if (status == RIMER_OK)
        status = finish(&r, &q->found);
    free_reading(&r);
    rm_hdf5_close_file(&file);
    return status;
}

static rimer_status find_here(request *q) {
    rm_hdf5_taker taker = rm_hdf5_found_taker(&q->found);
    return find(q, &taker);
}

static rimer_status find_there(void *arg, FILE *to) {
    request *q = arg;
    rm_hdf5_teller teller = {.to = to};
    rm_hdf5_taker taker = rm_hdf5_pipe_taker(&teller);
    RM_TRY(find(q, &taker));
    rm_hdf5_pipe_tell(to, &q->found);
    return RIMER_OK;
}

static rimer_status hear(void *arg, FILE *from) {
    request *q = arg;
    return rm_hdf5_pipe_hear(from, &q->found);
}

/* The dataset is called by the file's name without folders, and the path inside. */
static rimer_status build(request *q, rimer_dataset **out) {
    size_t length = rm_hdf5_name_length(q->path), start = length;
    while (start > 0 && q->path[start - 1] != '/')
        start--;
    char *name;
    RM_TRY(rm_array_new(&name, (int64_t)strlen(q->path + start) + 1, 1));
    strcpy(name, q->path + start);
    rimer_status status = rm_hdf5_found_build(&q->found, name, q->path, out);
    free(name);
    return status;
}

/* An HDF5 file has no spellings: what tells how to read a text would be passed over silently. */
static rimer_status check_options(const char *path, const rimer_read_options *options) {
    const char *text = options->time_col[0]      ? "time_col"
                       : options->time_format[0] ? "time_format"
                       : options->id_col[0]      ? "id_col"
                       : options->layout         ? "layout"
                       : options->skip           ? "skip"
                                                 : NULL;
    if (text)
        RM_FAIL(USAGE, "%s: %s is for texts, this is HDF5: leave it out", path, text);
    return RIMER_OK;
}

rimer_status rm_hdf5_read(const char *path, const rimer_read_options *options,
                          rimer_dataset **out) {
    request q = {.path = path, .options = options};
    RM_TRY(check_options(path, options));
    RM_TRY(rm_hdf5_enter(&q.h5));
    rimer_status status = options->guard == RIMER_GUARD_YES
                              ? rm_hdf5_read_apart(path, find_there, hear, &q)
                              : find_here(&q);
    rm_hdf5_leave(q.h5);
    if (status == RIMER_OK)
        status = build(&q, out);
    rm_hdf5_found_free(&q.found);
    return status;
}
