#include "environment.h"

#include <ctype.h>
#include <string.h>

#define PREFIX "RIMER_"
enum { PREFIX_LENGTH = sizeof PREFIX - 1, NAMES_MAX = 256 };

extern char **environ;

/* Settings of one program alone, which others let pass. */
static const char *const own_settings[] = {"by",      "every",   "folds",    "last",
                                           "level",   "max_gap", "on_error", "ridge",
                                           "seconds", "style",   "trials"};

/* Of the library, of the tests, and of what fetches data. */
static const char *const no_settings[] = {
    "kernels",    "data", "bin",       "build", "coverage",  "cuda_shim_fail",
    "fetch_base", "full", "kill_seed", "root",  "sanitized", "test_measure"};

char *environment_name(const char *key, char name[ENVIRONMENT_NAME_SIZE]) {
    snprintf(name, ENVIRONMENT_NAME_SIZE, PREFIX "%s", key);
    for (char *c = name; *c; c++)
        *c = (char)toupper((unsigned char)*c);
    return name;
}

typedef struct name_list {
    int n;
    const char *names[NAMES_MAX + 1]; /* ended by NULL */
} name_list;

static void add_name(name_list *list, const char *name) {
    if (list->n < NAMES_MAX)
        list->names[list->n++] = name;
}

static void add_fields(name_list *list, const rimer_field *fields) {
    for (; fields->name; fields++)
        add_name(list, fields->name);
}

static name_list all_settings(void) {
    name_list list = {0};
    add_fields(&list, rimer_config_fields());
    add_fields(&list, rimer_read_fields());
    add_fields(&list, rimer_protocol_fields());
    add_fields(&list, rimer_write_fields());
    for (size_t i = 0; i < sizeof own_settings / sizeof *own_settings; i++)
        add_name(&list, own_settings[i]);
    return list;
}

static int is_named(const char *variable, size_t length, const char *key) {
    char name[ENVIRONMENT_NAME_SIZE];
    environment_name(key, name);
    return strlen(name) == length && strncmp(variable, name, length) == 0;
}

static int is_known(const name_list *settings, const char *variable, size_t length) {
    for (int i = 0; i < settings->n; i++)
        if (is_named(variable, length, settings->names[i]))
            return 1;
    for (size_t i = 0; i < sizeof no_settings / sizeof *no_settings; i++)
        if (is_named(variable, length, no_settings[i]))
            return 1;
    return 0;
}

/* A key of BlackGoose's is one in files only. */
static const char *meant(const name_list *settings, const char *key) {
    const rimer_field *field = rimer_fields_find(rimer_config_fields(), key);
    return field ? field->name : rimer_name_nearest(key, settings->names);
}

void environment_tell_unknown(const app_program *program) {
    const name_list settings = all_settings();
    for (char **variable = environ; *variable; variable++) {
        char key[ENVIRONMENT_NAME_SIZE], name[ENVIRONMENT_NAME_SIZE];
        size_t length = strcspn(*variable, "=");
        if (strncmp(*variable, PREFIX, PREFIX_LENGTH) != 0 ||
            is_known(&settings, *variable, length))
            continue;
        snprintf(key, sizeof key, "%.*s", (int)(length - PREFIX_LENGTH),
                 *variable + PREFIX_LENGTH);
        for (char *c = key; *c; c++)
            *c = (char)tolower((unsigned char)*c);
        fail(program, 0, "environment: %.*s is no setting and is not read: did you mean %s?",
             (int)length, *variable, environment_name(meant(&settings, key), name));
    }
}
