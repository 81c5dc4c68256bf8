#include "options.h"

#include "environment.h"
#include "optionlist.h"
#include "streams.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define GIVEN_MAX 256

/* What the user set, for options_given. */
static struct {
    const void *settings;
    const rimer_field *field;
} given[GIVEN_MAX];
static int n_given;

static const app_option help_heading = HEADING("Help");
static const app_option help_option = FLAG_OPTION("help", 'h', "show this help", NULL);
static const app_option version_option =
    FLAG_OPTION("version", 'V', "show the version and what it was built with", NULL);

int fail(const app_program *program, int code, const char *format, ...) {
    char sentence[1024];
    va_list args;
    va_start(args, format);
    rimer_text_sentence(sentence, sizeof sentence, format, args);
    va_end(args);
    fprintf(stderr, "%s: %s\n", program->name, sentence);
    return code;
}

int fail_status(const app_program *program, rimer_status status) {
    return fail(program, rimer_status_exit_code(status), "%s", rimer_last_error());
}

static int is_switch(const rimer_field *field) {
    return field->kind == RIMER_FIELD_CHOICE && strcmp(field->choices, "no|yes") == 0;
}

static const char *default_argument(const rimer_field *field) {
    switch (field->kind) {
    case RIMER_FIELD_INT:
        return "N";
    case RIMER_FIELD_REAL:
        return "X";
    case RIMER_FIELD_CHOICE:
        return field->choices;
    case RIMER_FIELD_TEXT:
        break;
    }
    return "TEXT";
}

/* "start from built-in settings: blackgoose|small" */
static const char *preset_help(void) {
    static char help[256];
    snprintf(help, sizeof help, "start from built-in settings: ");
    for (const char *const *name = rimer_preset_names(); *name; name++) {
        size_t at = strlen(help);
        snprintf(help + at, sizeof help - at, "%s%s", name[0], name[1] ? "|" : "");
    }
    return help;
}

static void spell_name(const char *name, char *out, size_t size) {
    snprintf(out, size, "%s", name);
    for (char *c = out; *c; c++)
        if (*c == '_')
            *c = '-';
}

static void add_entry(option_list *list, const app_option *option, const rimer_field *field,
                      const char *name) {
    if (list->n == OPTION_LIST_MAX)
        return;
    option_entry *entry = &list->entries[list->n++];
    entry->option = option;
    entry->field = field;
    snprintf(entry->name, sizeof entry->name, "%s", name);
    if (option->kind != OPTION_HEADING)
        spell_name(name, entry->name, sizeof entry->name);
    spell_name(field ? field->alias : "", entry->alias, sizeof entry->alias);
    entry->help = option->kind == OPTION_PRESET ? preset_help()
                  : option->help                ? option->help
                  : field                       ? field->help
                                                : "";
    entry->argument = option->argument;
    if (field && !is_switch(field) && !entry->argument)
        entry->argument = default_argument(field);
}

void option_list_make(const app_program *program, option_list *list) {
    list->n = 0;
    for (const app_option *o = program->options; o->kind != OPTION_END; o++) {
        if (o->kind != OPTION_FIELD)
            add_entry(list, o, NULL, o->name);
        else if (o->key)
            add_entry(list, o, rimer_fields_find(o->group->fields, o->key),
                      o->name ? o->name : o->key);
        else
            for (const rimer_field *field = o->group->fields; field->name; field++)
                add_entry(list, o, field, field->name);
    }
    add_entry(list, &help_heading, NULL, help_heading.name);
    add_entry(list, &help_option, NULL, help_option.name);
    add_entry(list, &version_option, NULL, version_option.name);
}

static int is_name(const char *spelling, const char *name, size_t length) {
    return strlen(spelling) == length && strncmp(spelling, name, length) == 0;
}

/* An option's own name goes before another one's alias. */
static const option_entry *find_long(const option_list *list, const char *name, size_t length) {
    const option_entry *by_alias = NULL;
    for (int i = 0; i < list->n; i++) {
        const option_entry *entry = &list->entries[i];
        if (entry->option->kind == OPTION_HEADING)
            continue;
        if (is_name(entry->name, name, length))
            return entry;
        if (*entry->alias && !by_alias && is_name(entry->alias, name, length))
            by_alias = entry;
    }
    return by_alias;
}

static const option_entry *find_letter(const option_list *list, char letter) {
    for (int i = 0; i < list->n; i++)
        if (list->entries[i].option->letter == letter)
            return &list->entries[i];
    return NULL;
}

static int unknown_option(const app_program *program, const option_list *list, const char *name,
                          size_t length) {
    const char *names[OPTION_LIST_MAX + 1];
    char typed[64];
    int n = 0;
    for (int i = 0; i < list->n; i++)
        if (list->entries[i].option->kind != OPTION_HEADING)
            names[n++] = list->entries[i].name;
    names[n] = NULL;
    snprintf(typed, sizeof typed, "%.*s", (int)length, name);
    return fail(program, 2, "unknown option --%s: did you mean --%s? (see --help)", typed,
                rimer_name_nearest(typed, names));
}

/* One option on the command line, in the order typed. */
typedef struct typed_option {
    const option_entry *entry;
    const char *value; /* NULL for a switch */
} typed_option;

typedef struct command_line {
    typed_option *options;
    int n_options;
} command_line;

static int add_operand(const app_program *program, app_operands *operands, const char *path) {
    if (operands->n == program->max_operands)
        return fail(program, 2, "\"%s\" is one argument too many (see --help)", path);
    operands->path[operands->n++] = path;
    return -1;
}

/* --name, --name=value, --name value. */
static int read_long(const app_program *program, const option_list *list, char **argv, int *at,
                     command_line *line) {
    const char *name = argv[*at] + 2;
    size_t length = strcspn(name, "=");
    const option_entry *entry = find_long(list, name, length);
    if (!entry)
        return unknown_option(program, list, name, length);
    const char *value = name[length] ? name + length + 1 : NULL;
    if (value && !entry->argument)
        return fail(program, 2, "option --%s takes no value", entry->name);
    if (!value && entry->argument) {
        value = argv[*at + 1];
        if (!value)
            return fail(program, 2, "option --%s needs a value: --%s %s", entry->name,
                        entry->name, entry->argument);
        ++*at;
    }
    line->options[line->n_options++] = (typed_option){entry, value};
    return -1;
}

/* -x, -x value, -xvalue, -xyz. */
static int read_short(const app_program *program, const option_list *list, char **argv, int *at,
                      command_line *line) {
    for (const char *letter = argv[*at] + 1; *letter; letter++) {
        const option_entry *entry = find_letter(list, *letter);
        if (!entry)
            return fail(program, 2, "unknown option -%c (see --help)", *letter);
        if (!entry->argument) {
            line->options[line->n_options++] = (typed_option){entry, NULL};
            continue;
        }
        const char *value = letter[1] ? letter + 1 : argv[*at + 1];
        if (!value)
            return fail(program, 2, "option -%c needs a value: -%c %s", *letter, *letter,
                        entry->argument);
        *at += letter[1] ? 0 : 1;
        line->options[line->n_options++] = (typed_option){entry, value};
        break;
    }
    return -1;
}

static int read_command_line(const app_program *program, const option_list *list, int argc,
                             char **argv, command_line *line, app_operands *operands) {
    int code = -1, only_operands = 0;
    for (int i = 1; i < argc && code < 0; i++) {
        if (only_operands || argv[i][0] != '-' || !argv[i][1])
            code = add_operand(program, operands, argv[i]);
        else if (strcmp(argv[i], "--") == 0)
            only_operands = 1;
        else if (argv[i][1] == '-')
            code = read_long(program, list, argv, &i, line);
        else
            code = read_short(program, list, argv, &i, line);
    }
    return code;
}

static void note_given(const option_group *group, const rimer_field *field) {
    if (n_given < GIVEN_MAX && field) {
        given[n_given].settings = group->settings;
        given[n_given++].field = field;
    }
}

int options_given(const void *settings, const char *key) {
    for (int i = 0; i < n_given; i++)
        if (given[i].settings == settings && strcmp(given[i].field->name, key) == 0)
            return 1;
    return 0;
}

/* The names of many columns are more than a text holds. */
static const char *way_out(const rimer_field *field, const char *value) {
    return field && strcmp(field->name, "channels") == 0 && strlen(value) >= RIMER_TEXT_SIZE
               ? ": cut the columns out beforehand and read them from standard input: "
                 "cut -d, -f1,5-400 TABLE | COMMAND -"
               : "";
}

static int set_field(const app_program *program, const option_group *group, const char *key,
                     const char *value, const char *source) {
    rimer_status status = rimer_fields_set(group->fields, group->settings, key, value);
    const rimer_field *field = rimer_fields_find(group->fields, key);
    if (status != RIMER_OK)
        return fail(program, 2, "%s%s%s", source, rimer_last_error(), way_out(field, value));
    note_given(group, field);
    return -1;
}

/* The group that has `key`, else the first one, whose failure then names the nearest. */
static const option_group *group_with(const app_program *program, const char *key) {
    const option_group *first = program->config;
    for (const app_option *o = program->options; o->kind != OPTION_END; o++) {
        if (!o->group)
            continue;
        if (!first)
            first = o->group;
        if (rimer_fields_find(o->group->fields, key))
            return o->group;
    }
    if (program->config && rimer_fields_find(program->config->fields, key))
        return program->config;
    return first;
}

static int apply_set(const app_program *program, const char *assignment) {
    const char *equals = strchr(assignment, '=');
    char key[64];
    if (!equals || equals == assignment)
        return fail(program, 2, "--set \"%s\": write key=value", assignment);
    snprintf(key, sizeof key, "%.*s", (int)(equals - assignment), assignment);
    return set_field(program, group_with(program, key), key, equals + 1, "--set: ");
}

static int apply_environment(const app_program *program, const option_group *group) {
    int code = -1;
    for (const rimer_field *field = group->fields; field->name && code < 0; field++) {
        if (group_with(program, field->name) != group)
            continue; /* of two groups with one key the first has it, as with --set */
        char name[ENVIRONMENT_NAME_SIZE], source[96];
        const char *value = getenv(environment_name(field->name, name));
        snprintf(source, sizeof source, "environment %s: ", name);
        if (value)
            code = set_field(program, group, field->name, value, source);
    }
    return code;
}

static int apply_environment_to_all(const app_program *program) {
    int code = program->config ? apply_environment(program, program->config) : -1;
    const option_group *before = program->config;
    for (const app_option *o = program->options; o->kind != OPTION_END && code < 0; o++) {
        if (o->group && o->group != before && o->group != program->config) {
            code = apply_environment(program, o->group);
            before = o->group;
        }
    }
    if (code < 0)
        environment_tell_unknown(program);
    return code;
}

static rimer_status config_of_model(rimer_config *config, const char *path) {
    rimer_model *model;
    rimer_status status = rimer_model_load(path, &model);
    if (status != RIMER_OK)
        return status;
    *config = *rimer_model_config(model);
    rimer_model_free(model);
    return RIMER_OK;
}

/* A model, a preset or a file may set any key; those it changes count as given. */
static int apply_whole(const app_program *program, option_kind kind, const char *value) {
    rimer_config *config = program->config->settings, before = *config;
    char *ignored = NULL;
    rimer_status status = kind == OPTION_PRESET ? rimer_config_preset(config, value)
                          : kind == OPTION_INIT ? config_of_model(config, value)
                                                : rimer_config_read(config, value, &ignored);
    if (status != RIMER_OK)
        return fail_status(program, status);
    if (ignored && *ignored)
        fail(program, 0, "%s: keys without a meaning here are left out: %s", value, ignored);
    free(ignored);
    for (const rimer_field *field = program->config->fields; field->name; field++) {
        char was[RIMER_TEXT_SIZE], is[RIMER_TEXT_SIZE];
        rimer_field_text(field, &before, was, sizeof was);
        rimer_field_text(field, config, is, sizeof is);
        if (strcmp(was, is) != 0)
            note_given(program->config, field);
    }
    return -1;
}

static int add_path(const app_program *program, const typed_option *typed) {
    app_operands *paths = typed->entry->option->target;
    if (paths->n == OPTION_OPERANDS_MAX)
        return fail(program, 2, "--%s: more than %d are one too many", typed->entry->name,
                    OPTION_OPERANDS_MAX);
    paths->path[paths->n++] = typed->value;
    return -1;
}

static int apply_one(const app_program *program, const typed_option *typed) {
    const app_option *option = typed->entry->option;
    char source[80];
    switch (option->kind) {
    case OPTION_FLAG:
        if (option->target)
            *(int *)option->target = 1;
        return -1;
    case OPTION_TEXT:
        *(const char **)option->target = typed->value;
        return -1;
    case OPTION_PATHS:
        return add_path(program, typed);
    case OPTION_SET:
        return apply_set(program, typed->value);
    case OPTION_INIT:
        *(const char **)option->target = typed->value;
        return apply_whole(program, option->kind, typed->value);
    case OPTION_CONFIG:
    case OPTION_PRESET:
        return apply_whole(program, option->kind, typed->value);
    case OPTION_FIELD:
        snprintf(source, sizeof source, "--%s: ", typed->entry->name);
        return set_field(program, option->group, typed->entry->field->name,
                         typed->value ? typed->value : "yes", source);
    case OPTION_HEADING:
    case OPTION_END:
        break;
    }
    return -1;
}

static int apply_kind(const app_program *program, const command_line *line, option_kind kind) {
    int code = -1;
    for (int i = 0; i < line->n_options && code < 0; i++)
        if (line->options[i].entry->option->kind == kind)
            code = apply_one(program, &line->options[i]);
    return code;
}

static int apply_all(const app_program *program, const command_line *line) {
    static const option_kind before[] = {OPTION_FLAG, OPTION_TEXT,   OPTION_PATHS,
                                         OPTION_INIT, OPTION_PRESET, OPTION_CONFIG};
    static const option_kind after[] = {OPTION_SET, OPTION_FIELD};
    int code = -1;
    for (size_t i = 0; i < sizeof before / sizeof *before && code < 0; i++)
        code = apply_kind(program, line, before[i]);
    if (code < 0)
        code = apply_environment_to_all(program);
    for (size_t i = 0; i < sizeof after / sizeof *after && code < 0; i++)
        code = apply_kind(program, line, after[i]);
    return code;
}

static int typed(const command_line *line, const app_option *option) {
    for (int i = 0; i < line->n_options; i++)
        if (line->options[i].entry->option == option)
            return 1;
    return 0;
}

/* --help, --version and the hidden --help-format answer before anything else is looked at. */
static int answer(const app_program *program, const option_list *list, int argc, char **argv,
                  const command_line *line) {
    if (argc == 3 && strcmp(argv[1], "--help-format") == 0)
        return usage_print(program, list, argv[2], stdout)
                   ? streams_finish(program, 0)
                   : fail(program, 2,
                          "--help-format: \"%s\" is not one of md|man|bash|settings|exit-codes",
                          argv[2]);
    if (line && typed(line, &help_option)) {
        usage_print(program, list, "text", stdout);
        return streams_finish(program, 0);
    }
    if (line && typed(line, &version_option)) {
        printf("%s\n", rimer_build_text());
        return streams_finish(program, 0);
    }
    return -1;
}

int options_parse(const app_program *program, int argc, char **argv, app_operands *operands) {
    static option_list list;
    streams_prepare();
    option_list_make(program, &list);
    memset(operands, 0, sizeof *operands);
    int code = answer(program, &list, argc, argv, NULL);
    if (code >= 0)
        return code;
    size_t letters = 1; /* every character may be an option: -qqq */
    for (int i = 1; i < argc; i++)
        letters += strlen(argv[i]);
    command_line line = {calloc(letters, sizeof *line.options), 0};
    if (!line.options)
        return fail(program, 1, "out of memory: command line");
    code = read_command_line(program, &list, argc, argv, &line, operands);
    if (code < 0)
        code = answer(program, &list, argc, argv, &line);
    if (code < 0)
        code = apply_all(program, &line);
    if (code < 0 && operands->n < program->min_operands)
        code = fail(program, 2, "needs %s: %s %s (see --help)", program->operand, program->name,
                    program->usage);
    free(line.options);
    return code;
}
