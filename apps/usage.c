#include "optionlist.h"

#include "terminal.h"

#include <string.h>

enum { LEFT = 28, RIGHT = 96 };

/* "no" goes without saying, and "0" stands for a rule that the help explains. */
static int has_default(const rimer_field *field) {
    return field && *field->initial && strcmp(field->initial, "no") != 0 &&
           strcmp(field->initial, "0") != 0;
}

/* " (also --target)" */
static const char *alias_text(const option_entry *entry, char *out, size_t size) {
    *out = '\0';
    if (*entry->alias)
        snprintf(out, size, " (also --%s)", entry->alias);
    return out;
}

/* " (also --batch-size) [32]" */
static const char *default_text(const option_entry *entry, char *out, size_t size) {
    size_t used = strlen(alias_text(entry, out, size));
    if (has_default(entry->field))
        snprintf(out + used, size - used, " [%s]", entry->field->initial);
    return out;
}

static void print_wrapped(FILE *stream, const char *text, int indent, int column) {
    for (int first = 1; *text; first = 0) {
        size_t word = strcspn(text, " ");
        if (!first && column + 1 + (int)word > RIGHT) {
            fprintf(stream, "\n%*s", indent, "");
            column = indent;
        } else if (!first) {
            fputc(' ', stream);
            column++;
        }
        fprintf(stream, "%.*s", (int)word, text);
        column += (int)word;
        text += word + (text[word] == ' ');
    }
    fputc('\n', stream);
}

static void spell(const option_entry *entry, char *out, size_t size) {
    char letter[8] = "";
    if (entry->option->letter)
        snprintf(letter, sizeof letter, "-%c, ", entry->option->letter);
    snprintf(out, size, "%s--%s%s%s", letter, entry->name, entry->argument ? " " : "",
             entry->argument ? entry->argument : "");
}

static void print_text(const app_program *program, const option_list *list, FILE *stream) {
    fprintf(stream, "%s: %s.\n\n", program->name, program->purpose);
    for (const char *const *example = program->examples; *example; example += 2)
        fprintf(stream, "  %s  # %s\n", example[1], example[0]);
    fprintf(stream, "\nUsage: %s %s\n", program->name, program->usage);
    for (int i = 0; i < list->n; i++) {
        const option_entry *entry = &list->entries[i];
        char left[160], help[512], initial[RIMER_TEXT_SIZE + 96];
        if (entry->option->kind == OPTION_HEADING) {
            fprintf(stream, "\n%s:\n", entry->name);
            continue;
        }
        spell(entry, left, sizeof left);
        snprintf(help, sizeof help, "%s%s", entry->help,
                 default_text(entry, initial, sizeof initial));
        int used = fprintf(stream, "  %s%s", entry->option->letter ? "" : "    ", left);
        if (used + 2 > LEFT) {
            fputc('\n', stream);
            used = 0;
        }
        fprintf(stream, "%*s", LEFT - used, "");
        print_wrapped(stream, help, LEFT, LEFT);
    }
    for (const char *const *note = program->notes; note && *note; note++) {
        fputc('\n', stream);
        print_wrapped(stream, *note, 0, 0);
    }
}

/* A '|' would end a cell of the table, a '<' start a tag. */
static void print_markdown_text(FILE *stream, const char *text) {
    for (; *text; text++) {
        if (*text == '|')
            fputc('\\', stream);
        if (*text == '<')
            fputs("&lt;", stream);
        else
            fputc(*text, stream);
    }
}

static void print_markdown(const app_program *program, const option_list *list, FILE *stream) {
    int in_table = 0;
    fprintf(stream, "## %s\n\n`%s %s`: %s.\n\n```sh\n", program->name, program->name,
            program->usage, program->purpose);
    for (const char *const *example = program->examples; *example; example += 2)
        fprintf(stream, "%s  # %s\n", example[1], example[0]);
    fprintf(stream, "```\n");
    for (int i = 0; i < list->n; i++) {
        const option_entry *entry = &list->entries[i];
        char left[160], alias[96];
        if (entry->option->kind == OPTION_HEADING) {
            fprintf(stream, "\n%s\n", entry->name);
            in_table = 0;
            continue;
        }
        if (!in_table)
            fprintf(stream, "\n| option | meaning | default |\n|---|---|---|\n");
        in_table = 1;
        spell(entry, left, sizeof left);
        fprintf(stream, "| `");
        print_markdown_text(stream, left);
        fprintf(stream, "` | ");
        print_markdown_text(stream, entry->help);
        fputs(alias_text(entry, alias, sizeof alias), stream);
        fprintf(stream, " | %s |\n", has_default(entry->field) ? entry->field->initial : "");
    }
    for (const char *const *note = program->notes; note && *note; note++)
        fprintf(stream, "\n%s\n", *note);
    fputc('\n', stream);
}

static void print_roff_text(FILE *stream, const char *text) {
    if (*text == '.' || *text == '\'')
        fputs("\\&", stream);
    for (; *text; text++) {
        if (*text == '-' || *text == '\\')
            fputc('\\', stream);
        fputc(*text, stream);
    }
}

static void print_man(const app_program *program, const option_list *list, FILE *stream) {
    fprintf(stream, ".TH %s 1 \"\" \"Rimer %s\" \"Rimer\"\n.SH NAME\n", program->name,
            RIMER_VERSION);
    print_roff_text(stream, program->name);
    fprintf(stream, " \\- ");
    print_roff_text(stream, program->purpose);
    fprintf(stream, "\n.SH SYNOPSIS\n.B ");
    print_roff_text(stream, program->name);
    fputc('\n', stream);
    print_roff_text(stream, program->usage);
    fprintf(stream, "\n.SH EXAMPLES\n");
    for (const char *const *example = program->examples; *example; example += 2) {
        fprintf(stream, ".TP\n.B ");
        print_roff_text(stream, example[1]);
        fputc('\n', stream);
        print_roff_text(stream, example[0]);
        fputc('\n', stream);
    }
    fprintf(stream, ".SH OPTIONS\n");
    for (int i = 0; i < list->n; i++) {
        const option_entry *entry = &list->entries[i];
        char left[160], initial[RIMER_TEXT_SIZE + 96];
        if (entry->option->kind == OPTION_HEADING) {
            fprintf(stream, ".SS ");
            print_roff_text(stream, entry->name);
            fputc('\n', stream);
            continue;
        }
        spell(entry, left, sizeof left);
        fprintf(stream, ".TP\n.B ");
        print_roff_text(stream, left);
        fputc('\n', stream);
        print_roff_text(stream, entry->help);
        print_roff_text(stream, default_text(entry, initial, sizeof initial));
        fputc('\n', stream);
    }
    if (program->notes)
        fprintf(stream, ".SH NOTES\n");
    for (const char *const *note = program->notes; note && *note; note++) {
        fprintf(stream, ".PP\n");
        print_roff_text(stream, *note);
        fputc('\n', stream);
    }
}

static int takes_choices(const option_entry *entry) {
    return entry->field && entry->field->kind == RIMER_FIELD_CHOICE && entry->argument;
}

static void print_bash(const app_program *program, const option_list *list, FILE *stream) {
    char function[64];
    snprintf(function, sizeof function, "_%s", program->name);
    for (char *c = function; *c; c++)
        if (*c == '-')
            *c = '_';
    fprintf(stream,
            "%s() {\n    local word=${COMP_WORDS[COMP_CWORD]}\n"
            "    case ${COMP_WORDS[COMP_CWORD-1]} in\n",
            function);
    for (int i = 0; i < list->n; i++) {
        const option_entry *entry = &list->entries[i];
        if (!takes_choices(entry))
            continue;
        fprintf(stream, "    --%s) COMPREPLY=($(compgen -W '", entry->name);
        for (const char *c = entry->field->choices; *c; c++)
            fputc(*c == '|' ? ' ' : *c, stream);
        fprintf(stream, "' -- \"$word\")); return ;;\n");
    }
    fprintf(stream,
            "    esac\n    if [[ $word == -* ]]; then\n        COMPREPLY=($(compgen -W '");
    for (int i = 0; i < list->n; i++)
        if (list->entries[i].option->kind != OPTION_HEADING)
            fprintf(stream, "--%s ", list->entries[i].name);
    fprintf(stream,
            "' -- \"$word\"))\n    else\n        COMPREPLY=($(compgen -f -- \"$word\"))\n"
            "    fi\n}\ncomplete -o filenames -F %s %s\n",
            function, program->name);
}

/* "0 to 10", "no, yes"; texts are free. */
static void print_range(FILE *stream, const rimer_field *field) {
    if (field->kind == RIMER_FIELD_INT || field->kind == RIMER_FIELD_REAL)
        fprintf(stream, "%.16g to %.16g", field->min, field->max);
    for (const char *c = field->choices; *c; c++)
        fprintf(stream, *c == '|' ? ", " : "%c", *c);
}

static void print_settings(const app_program *program, FILE *stream) {
    fprintf(stream, "| key | default | possible | meaning |\n|---|---|---|---|\n");
    for (const rimer_field *f = program->config->fields; f->name; f++) {
        fprintf(stream, "| `%s`", f->name);
        if (*f->alias)
            fprintf(stream, ", `%s`", f->alias);
        fprintf(stream, " | %s | ", f->initial);
        print_range(stream, f);
        fprintf(stream, " | ");
        print_markdown_text(stream, f->help);
        fprintf(stream, " |\n");
    }
}

static void print_exit_codes(FILE *stream) {
    fprintf(stream, "| exit code | meaning |\n|---|---|\n");
#define EXIT_LINE(name, code, text) fprintf(stream, "| %d | %s |\n", code, text);
    RIMER_STATUS_LIST(EXIT_LINE)
#undef EXIT_LINE
}

int usage_print(const app_program *program, const option_list *list, const char *format,
                FILE *stream) {
    if (strcmp(format, "text") == 0)
        print_text(program, list, stream);
    else if (strcmp(format, "md") == 0)
        print_markdown(program, list, stream);
    else if (strcmp(format, "man") == 0)
        print_man(program, list, stream);
    else if (strcmp(format, "bash") == 0)
        print_bash(program, list, stream);
    else if (strcmp(format, "settings") == 0 && program->config)
        print_settings(program, stream);
    else if (strcmp(format, "exit-codes") == 0)
        print_exit_codes(stream);
    else
        return 0;
    return 1;
}
