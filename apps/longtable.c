#include "longtable.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { COLUMNS_MAX = 64, SIZE_MAX_BYTES = 1 << 28 };

/* Cells of the text, split in place; quotes and doubled quotes are taken away. */
typedef struct cells {
    char **cell;
    size_t n, capacity;
    size_t columns;
} cells;

/* Names in order of their first appearance. Rows come in order, so the name wanted is nearly
 * always the one found last or the one after it. */
typedef struct name_list {
    const char **name;
    size_t n, capacity, last;
} name_list;

typedef struct wide_table {
    name_list ids, times;
    const char **values; /* [ids][columns - 2][times] while filling, NULL: missing */
} wide_table;

static int grow(void *array, size_t *capacity, size_t wanted) {
    if (wanted <= *capacity)
        return 1;
    size_t larger = *capacity ? 2 * *capacity : 1024;
    void *held;
    memcpy(&held, array, sizeof held);
    void *grown = realloc(held, larger * sizeof(char *));
    if (!grown)
        return 0;
    memcpy(array, &grown, sizeof grown);
    *capacity = larger;
    return 1;
}

static long name_index(name_list *list, const char *name) {
    for (size_t i = 0; i < list->n; i++) {
        size_t at = (list->last + i) % list->n;
        if (strcmp(list->name[at], name) == 0) {
            list->last = at;
            return (long)at;
        }
    }
    if (!grow(&list->name, &list->capacity, list->n + 1))
        return -1;
    list->last = list->n;
    list->name[list->n++] = name;
    return (long)list->last;
}

static char *read_all(FILE *stream, size_t *size) {
    size_t capacity = 1 << 16;
    char *text = malloc(capacity);
    *size = 0;
    while (text) {
        *size += fread(text + *size, 1, capacity - 1 - *size, stream);
        if (*size < capacity - 1)
            break;
        char *grown = capacity < SIZE_MAX_BYTES ? realloc(text, 2 * capacity) : NULL;
        if (!grown)
            free(text);
        text = grown;
        capacity *= 2;
    }
    if (text)
        text[*size] = '\0';
    return text;
}

/* Splits one cell off; returns where the next begins and stores what ended this one. */
static char *split_cell(char *at, char **cell, char *ended_by) {
    char *to = at;
    int quoted = *at == '"';
    *cell = at;
    at += quoted;
    while (*at && (quoted || (*at != ',' && *at != '\n'))) {
        if (quoted && *at == '"') {
            if (at[1] != '"') {
                quoted = 0;
                at++;
                continue;
            }
            at++;
        }
        *to++ = *at++;
    }
    *ended_by = *at;
    if (to > *cell && to[-1] == '\r')
        to--;
    *to = '\0';
    return *ended_by ? at + 1 : at;
}

/* Every line must have as many cells as the first; returns the line that has not, 0 if none. */
static size_t split(char *text, cells *out) {
    size_t line = 1, in_line = 0;
    while (*text) {
        char ended_by;
        if (!grow(&out->cell, &out->capacity, out->n + 1))
            return line;
        text = split_cell(text, &out->cell[out->n++], &ended_by);
        in_line++;
        if (ended_by == ',')
            continue;
        if (line == 1)
            out->columns = in_line;
        if (in_line != out->columns)
            return line;
        in_line = 0;
        line++;
    }
    return in_line ? line : 0;
}

static int is_long(const char *text) {
    return strncmp(text, "unique_id,", 10) == 0 || strncmp(text, "\"unique_id\",", 12) == 0;
}

/* -1 if the table is filled, else the line of trouble (0: no memory). */
static long fill(const cells *c, wide_table *table) {
    size_t n_rows = c->n / c->columns, n_values = c->columns - 2;
    for (size_t row = 1; row < n_rows; row++)
        if (name_index(&table->ids, c->cell[row * c->columns]) < 0 ||
            name_index(&table->times, c->cell[row * c->columns + 1]) < 0)
            return 0;
    table->values = calloc(table->ids.n * n_values * table->times.n + 1, sizeof(char *));
    if (!table->values)
        return 0;
    for (size_t row = 1; row < n_rows; row++) {
        char **cell = c->cell + row * c->columns;
        size_t id = (size_t)name_index(&table->ids, cell[0]);
        size_t time = (size_t)name_index(&table->times, cell[1]);
        for (size_t v = 0; v < n_values; v++) {
            const char **held = &table->values[(id * n_values + v) * table->times.n + time];
            if (*held)
                return (long)row + 1;
            *held = cell[2 + v];
        }
    }
    return -1;
}

static void write_quoted(FILE *stream, const char *a, const char *b) {
    fputc('"', stream);
    for (; *a; a++)
        fputs(*a == '"' ? "\"\"" : (char[]){*a, '\0'}, stream);
    for (; *b; b++)
        fputs(*b == '"' ? "\"\"" : (char[]){*b, '\0'}, stream);
    fputc('"', stream);
}

/* "Rimer" becomes the id itself, "Rimer-lo-80" becomes "id-lo-80"; other models are left out. */
static const char *column_suffix(const cells *c, size_t value) {
    const char *model = c->cell[2], *name = c->cell[2 + value];
    size_t length = strlen(model);
    if (value == 0)
        return "";
    return strncmp(name, model, length) == 0 && name[length] == '-' ? name + length : NULL;
}

static void write_wide(FILE *stream, const cells *c, const wide_table *table) {
    size_t n_values = c->columns - 2;
    write_quoted(stream, c->cell[1], "");
    for (size_t id = 0; id < table->ids.n; id++)
        for (size_t v = 0; v < n_values; v++)
            if (column_suffix(c, v)) {
                fputc(',', stream);
                write_quoted(stream, table->ids.name[id], column_suffix(c, v));
            }
    for (size_t time = 0; time < table->times.n; time++) {
        fputc('\n', stream);
        write_quoted(stream, table->times.name[time], "");
        for (size_t id = 0; id < table->ids.n; id++)
            for (size_t v = 0; v < n_values; v++) {
                const char *value = table->values[(id * n_values + v) * table->times.n + time];
                if (column_suffix(c, v)) {
                    fputc(',', stream);
                    write_quoted(stream, value ? value : "", "");
                }
            }
    }
    fputc('\n', stream);
}

static int pivot(const app_program *program, const char *path, const cells *c, FILE *stream) {
    wide_table table = {0};
    long trouble = fill(c, &table);
    int code = -1;
    if (trouble == 0)
        code = fail(program, 1, "out of memory: %s", path);
    else if (trouble > 0)
        code = fail(program, 3,
                    "%s:%ld: unique_id and ds were there before: give a table with one "
                    "row for both",
                    path, trouble);
    else
        write_wide(stream, c, &table);
    free(table.values);
    free(table.ids.name);
    free(table.times.name);
    return code;
}

static int write_long_as_wide(const app_program *program, const char *path, char *text,
                              FILE *stream) {
    cells c = {0};
    size_t line = split(text, &c);
    int code;
    if (line || c.columns < 3 || c.columns > COLUMNS_MAX || c.n < 2 * c.columns)
        code = fail(program, 3,
                    "%s:%zu: a long table needs the cells unique_id, ds and a value in "
                    "every line",
                    path, line ? line : 1);
    else
        code = pivot(program, path, &c, stream);
    free(c.cell);
    return code;
}

/* What the reader of the library can open: a file of our own, removed at once after reading. */
static int read_copy(const app_program *program, const char *path, char *text, size_t size,
                     const rimer_read_options *options, rimer_dataset **out) {
    const char *folder = getenv("TMPDIR");
    char name[4096];
    snprintf(name, sizeof name, "%s/rimer-forecast-XXXXXX",
             folder && *folder ? folder : "/tmp");
    int fd = mkstemp(name);
    FILE *stream = fd < 0 ? NULL : fdopen(fd, "wb");
    if (!stream)
        return fail(program, 1, "%s: cannot be written: %s", name, strerror(errno));
    int code = -1;
    if (is_long(text))
        code = write_long_as_wide(program, path, text, stream);
    else
        fwrite(text, 1, size, stream);
    int failed = ferror(stream);
    failed |= fclose(stream) != 0;
    if (code < 0 && failed)
        code = fail(program, 1, "%s: cannot be written", name);
    if (code < 0) {
        rimer_status status = rimer_dataset_read(name, options, out);
        if (status != RIMER_OK)
            code = fail(program, rimer_status_exit_code(status), "%s, read through %s", path,
                        rimer_last_error());
    }
    unlink(name);
    return code;
}

int forecast_read(const app_program *program, const char *path,
                  const rimer_read_options *options, rimer_dataset **out) {
    int is_stdin = strcmp(path, "-") == 0;
    FILE *stream = is_stdin ? stdin : fopen(path, "rb");
    if (!stream)
        return fail(program, 1, "%s: cannot be opened: %s", path, strerror(errno));
    size_t size;
    char *text = read_all(stream, &size);
    int failed = ferror(stream);
    if (!is_stdin)
        fclose(stream);
    if (!text || failed) {
        free(text);
        return fail(program, 1, "%s: cannot be read", path);
    }
    int code = -1;
    if (is_stdin || is_long(text)) {
        code = read_copy(program, path, text, size, options, out);
    } else {
        rimer_status status = rimer_dataset_read(path, options, out);
        if (status != RIMER_OK)
            code = fail_status(program, status);
    }
    free(text);
    return code;
}
