/* The options of a program in one flat list, for the parser and for what documents them. */
#ifndef APP_OPTIONLIST_H
#define APP_OPTIONLIST_H

#include "options.h"

#define OPTION_LIST_MAX 96

typedef struct option_entry {
    const app_option *option; /* --help and --version too */
    const rimer_field *field; /* of OPTION_FIELD; else NULL */
    char name[64];
    char alias[64];       /* of the field, also taken; "" if none */
    const char *argument; /* NULL: takes none */
    const char *help;
} option_entry;

typedef struct option_list {
    int n;
    option_entry entries[OPTION_LIST_MAX];
} option_list;

void option_list_make(const app_program *program, option_list *list);

/* Writes what documents the program: "text" for --help; "md", "man", "bash", "settings" and
 * "exit-codes" for the hidden --help-format. Returns 0 if there is no such format. */
int usage_print(const app_program *program, const option_list *list, const char *format,
                FILE *stream);

#endif
