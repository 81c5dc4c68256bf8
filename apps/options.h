/* Options of the programs. One table a program drives parsing, --help, the manual pages, shell
 * completion and docs/cli.md.
 *
 * Settings take their values in this order, later ones winning: default < --preset < --config <
 * environment (RIMER_<KEY>) < --set key=value < option. */
#ifndef APP_OPTIONS_H
#define APP_OPTIONS_H

#include "rimer/rimer.h"

#include <stdio.h>

typedef enum option_kind {
    OPTION_FIELD, /* `key` of `group`; without `key`: every field of `group`, by its own name */
    OPTION_FLAG,  /* *(int *)target = 1 */
    OPTION_TEXT,  /* *(const char **)target = argument */
    OPTION_PATHS, /* added to *(app_operands *)target; may be repeated */
    OPTION_SET,   /* key=value of any group; may be repeated */
    OPTION_CONFIG,  /* JSON file for the group of rimer_config */
    OPTION_INIT,    /* model whose settings come first; `target` gets its path */
    OPTION_PRESET,  /* built-in settings for the group of rimer_config */
    OPTION_HEADING, /* `name` is a title in --help */
    OPTION_END
} option_kind;

/* Settings and the fields that describe them. */
typedef struct option_group {
    const rimer_field *fields;
    void *settings;
} option_group;

typedef struct app_option {
    option_kind kind;
    const char *name; /* without dashes */
    char letter;      /* 0: none */
    const char *argument;
    const char *help; /* FIELD: NULL for the field's own */
    void *target;
    const option_group *group;
    const char *key;
} app_option;

/* The lines of a table. A name of NULL is the field's own. */
#define HEADING(title) \
    { OPTION_HEADING, title, 0, NULL, NULL, NULL, NULL, NULL }
#define TEXT_OPTION(name, letter, argument, help, target) \
    { OPTION_TEXT, name, letter, argument, help, target, NULL, NULL }
#define PATHS_OPTION(name, letter, argument, help, target) \
    { OPTION_PATHS, name, letter, argument, help, target, NULL, NULL }
#define FLAG_OPTION(name, letter, help, target) \
    { OPTION_FLAG, name, letter, NULL, help, target, NULL, NULL }
#define FIELD_OPTION(name, letter, group, key) \
    { OPTION_FIELD, name, letter, NULL, NULL, NULL, group, key }
#define GROUP_OPTIONS(group) \
    { OPTION_FIELD, NULL, 0, NULL, NULL, NULL, group, NULL }
#define INIT_OPTION(target)                                                                  \
    {                                                                                        \
        OPTION_INIT, "init", 0, "MODEL",                                                     \
            "start from the settings and weights of a model, to train it further or on new " \
            "data",                                                                          \
            target, NULL, NULL                                                               \
    }
#define PRESET_OPTION /* its help names the presets */ \
    { OPTION_PRESET, "preset", 0, "NAME", NULL, NULL, NULL, NULL }
#define CONFIG_OPTION                                                                       \
    {                                                                                       \
        OPTION_CONFIG, "config", 'c', "FILE",                                               \
            "read settings from a JSON file; BlackGoose's config.json is understood", NULL, \
            NULL, NULL                                                                      \
    }
#define SET_OPTION \
    { OPTION_SET, "set", 0, "KEY=VALUE", "set any setting; may be repeated", NULL, NULL, NULL }
/* Of programs that train; `config` is the group of rimer_config. */
#define FORECAST_OPTIONS(config)                                          \
    HEADING("Forecast"), FIELD_OPTION("horizon", 'H', config, "horizon"), \
        FIELD_OPTION("context", 0, config, "context_len"),                \
        FIELD_OPTION("patch", 0, config, "patch_len"),                    \
        FIELD_OPTION("split", 0, config, "split")
#define TRAINING_OPTIONS(config)                                                            \
    HEADING("Network and training"), FIELD_OPTION("width", 0, config, "width"),             \
        FIELD_OPTION("layers", 0, config, "layers"),                                        \
        FIELD_OPTION("epochs", 0, config, "epochs"),                                        \
        FIELD_OPTION("batch", 0, config, "batch"), FIELD_OPTION("lr", 0, config, "lr"),     \
        FIELD_OPTION("patience", 0, config, "patience"),                                    \
        FIELD_OPTION("refit", 0, config, "refit"), FIELD_OPTION("seed", 0, config, "seed"), \
        FIELD_OPTION("threads", 0, config, "threads"),                                      \
        FIELD_OPTION("device", 0, config, "device"),                                        \
        FIELD_OPTION("precision", 0, config, "precision")
#define OPTIONS_END \
    { OPTION_END, NULL, 0, NULL, NULL, NULL, NULL, NULL }

#define OPTION_OPERANDS_MAX 64

typedef struct app_program {
    const char *name;
    const char *purpose;         /* half a sentence */
    const char *usage;           /* what follows the name: "DATA -o MODEL [options]" */
    const char *const *examples; /* comment, command, comment, command, NULL */
    const char *const *notes;   /* paragraphs after the options, NULL at the end; may be NULL */
    const app_option *options;  /* ended by OPTION_END */
    const option_group *config; /* group of rimer_config; NULL if it has none */
    int min_operands, max_operands;
    const char *operand; /* what is asked for when there are too few: "a data file" */
} app_program;

typedef struct app_operands {
    int n;
    const char *path[OPTION_OPERANDS_MAX];
} app_operands;

/* What every program begins with. Fills targets, settings and operands; groups must hold their defaults. Returns -1 to go on, or
 * the exit code to leave with: 0 after --help or --version, 2 after a message. */
int options_parse(const app_program *program, int argc, char **argv, app_operands *operands);

/* Whether the setting `key` of `settings` was given by the user in any way. Valid after
 * options_parse. */
int options_given(const void *settings, const char *key);

/* Prints "program: sentence" on stderr, control characters made harmless. Returns `code`. */
int fail(const app_program *program, int code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The same with rimer_last_error() as sentence and the exit code of `status`. */
int fail_status(const app_program *program, rimer_status status);

#endif
