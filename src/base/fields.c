#include "base/fields.h"

#include "base/decimal.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAME_SIZE 64 /* typed names are compared by their first characters */

/* Names are compared as typed on a command line: "Context-Len" is context_len. */
static int folded(char c) {
    return c == '-' ? '_' : tolower((unsigned char)c);
}

static int same_name(const char *a, const char *b) {
    while (*a && (*a == '-' ? '_' : *a) == *b)
        a++, b++;
    return !*a && !*b;
}

static int smallest(int a, int b, int c) {
    int least = a < b ? a : b;
    return least < c ? least : c;
}

/* Insertions, deletions, replacements and swaps of neighbours from a to b. */
static int edit_distance(const char *a, const char *b) {
    int rows[3][NAME_SIZE + 1];
    int n = (int)strnlen(a, NAME_SIZE), m = (int)strnlen(b, NAME_SIZE);
    for (int j = 0; j <= m; j++)
        rows[0][j] = j;
    for (int i = 1; i <= n; i++) {
        int *row = rows[i % 3];
        const int *above = rows[(i + 2) % 3], *above2 = rows[(i + 1) % 3];
        row[0] = i;
        for (int j = 1; j <= m; j++) {
            int x = folded(a[i - 1]), y = folded(b[j - 1]);
            row[j] = smallest(above[j] + 1, row[j - 1] + 1, above[j - 1] + (x != y));
            if (i > 1 && j > 1 && x == folded(b[j - 2]) && folded(a[i - 2]) == y &&
                above2[j - 2] + 1 < row[j])
                row[j] = above2[j - 2] + 1;
        }
    }
    return rows[n % 3][m];
}

const char *rimer_name_nearest(const char *typed, const char *const *names) {
    const char *nearest = "";
    int least = 2 * NAME_SIZE;
    for (; *names; names++) {
        int distance = edit_distance(typed, *names);
        if (distance < least) {
            least = distance;
            nearest = *names;
        }
    }
    return nearest;
}

static const char *nearest_field(const rimer_field *fields, const char *key) {
    const char *nearest = "";
    int least = 2 * NAME_SIZE;
    for (; fields->name; fields++) {
        const char *const spellings[] = {fields->name, *fields->alias ? fields->alias : NULL,
                                         NULL};
        const char *spelling = rimer_name_nearest(key, spellings);
        int distance = edit_distance(key, spelling);
        if (distance < least) {
            least = distance;
            nearest = fields->name;
        }
    }
    return nearest;
}

/* Of a member. */
static size_t size_of(const rimer_field *field) {
    switch (field->kind) {
    case RIMER_FIELD_INT:
        return sizeof(int64_t);
    case RIMER_FIELD_REAL:
        return sizeof(double);
    case RIMER_FIELD_CHOICE:
        return sizeof(int);
    case RIMER_FIELD_TEXT:
        break;
    }
    return RIMER_TEXT_SIZE;
}

size_t rimer_fields_size(const rimer_field *fields) {
    size_t end = 0, align = 1;
    for (; fields->name; fields++) {
        size_t size = size_of(fields), own = fields->kind == RIMER_FIELD_TEXT ? 1 : size;
        end = fields->offset + size;
        align = own > align ? own : align;
    }
    return (end + align - 1) / align * align;
}

static void *member(const rimer_field *field, void *settings) {
    return (char *)settings + field->offset;
}

static rimer_status set_int(const rimer_field *field, void *target, const char *value) {
    double number;
    if (!rm_decimal_read(value, &number) || number != floor(number))
        RM_FAIL(USAGE, "%s: \"%s\" is not a whole number; give one from %.0f to %.0f",
                field->name, value, field->min, field->max);
    if (number < field->min || number > field->max)
        RM_FAIL(USAGE, "%s: %s is out of range; give a whole number from %.0f to %.0f",
                field->name, value, field->min, field->max);
    int64_t whole = (int64_t)number;
    memcpy(target, &whole, sizeof whole);
    return RIMER_OK;
}

static rimer_status set_real(const rimer_field *field, void *target, const char *value) {
    double number;
    char min[32], max[32];
    rm_decimal_text(field->min, min, sizeof min);
    rm_decimal_text(field->max, max, sizeof max);
    if (!rm_decimal_read(value, &number))
        RM_FAIL(USAGE, "%s: \"%s\" is not a number; give one from %s to %s", field->name, value,
                min, max);
    if (number < field->min || number > field->max)
        RM_FAIL(USAGE, "%s: %s is out of range; give a number from %s to %s", field->name,
                value, min, max);
    memcpy(target, &number, sizeof number);
    return RIMER_OK;
}

/* Start and length of the choice with this index; NULL if there is none. */
static const char *choice_at(const char *choices, int index, size_t *length) {
    if (index < 0)
        return NULL;
    for (; index > 0; index--) {
        choices = strchr(choices, '|');
        if (!choices)
            return NULL;
        choices++;
    }
    *length = strcspn(choices, "|");
    return choices;
}

static rimer_status set_choice(const rimer_field *field, void *target, const char *value) {
    size_t length;
    const char *choice;
    for (int i = 0; (choice = choice_at(field->choices, i, &length)); i++) {
        if (strlen(value) == length && strncmp(value, choice, length) == 0) {
            memcpy(target, &i, sizeof i);
            return RIMER_OK;
        }
    }
    RM_FAIL(USAGE, "%s: \"%s\" is not one of %s", field->name, value, field->choices);
}

static rimer_status set_text(const rimer_field *field, void *target, const char *value) {
    size_t size = strlen(value) + 1;
    if (size > RIMER_TEXT_SIZE)
        RM_FAIL(USAGE, "%s: a text of %zu characters is too long; %d are possible", field->name,
                size - 1, RIMER_TEXT_SIZE - 1);
    memset(target, 0, RIMER_TEXT_SIZE); /* settings compare equal byte for byte */
    memcpy(target, value, size);
    return RIMER_OK;
}

static rimer_status set_field(const rimer_field *field, void *settings, const char *value) {
    void *target = member(field, settings);
    switch (field->kind) {
    case RIMER_FIELD_INT:
        return set_int(field, target, value);
    case RIMER_FIELD_REAL:
        return set_real(field, target, value);
    case RIMER_FIELD_CHOICE:
        return set_choice(field, target, value);
    case RIMER_FIELD_TEXT:
        break;
    }
    return set_text(field, target, value);
}

void rimer_fields_init(const rimer_field *fields, void *settings) {
    for (; fields->name; fields++)
        (void)set_field(fields, settings, fields->initial); /* a test sets every default */
}

const rimer_field *rimer_fields_find(const rimer_field *fields, const char *key) {
    for (; fields->name; fields++)
        if (same_name(key, fields->name) || (*fields->alias && same_name(key, fields->alias)))
            return fields;
    return NULL;
}

rimer_status rimer_fields_set(const rimer_field *fields, void *settings, const char *key,
                              const char *value) {
    RM_NEED(fields, settings, key, value);
    const rimer_field *field = rimer_fields_find(fields, key);
    if (!field)
        RM_FAIL(USAGE, "unknown key \"%s\": did you mean %s?", key, nearest_field(fields, key));
    return set_field(field, settings, value);
}

void rimer_field_text(const rimer_field *field, const void *settings, char *text, size_t size) {
    const char *source = (const char *)settings + field->offset;
    switch (field->kind) {
    case RIMER_FIELD_INT: {
        int64_t whole;
        memcpy(&whole, source, sizeof whole);
        snprintf(text, size, "%lld", (long long)whole);
        return;
    }
    case RIMER_FIELD_REAL: {
        double number;
        memcpy(&number, source, sizeof number);
        rm_decimal_text(number, text, size);
        return;
    }
    case RIMER_FIELD_CHOICE: {
        int index;
        size_t length = 0;
        memcpy(&index, source, sizeof index);
        const char *choice = choice_at(field->choices, index, &length);
        if (choice)
            snprintf(text, size, "%.*s", (int)length, choice);
        else /* for a sentence that refuses it */
            snprintf(text, size, "%d", index);
        return;
    }
    case RIMER_FIELD_TEXT:
        snprintf(text, size, "%s", source);
        return;
    }
}

/* Whoever fills a struct by hand is held to what a text may say, and to its end. */
rimer_status rm_fields_check(const rimer_field *fields, const void *settings) {
    char value[RIMER_TEXT_SIZE], scratch[RIMER_TEXT_SIZE];
    for (; fields->name; fields++) {
        rimer_field alone = *fields;
        alone.offset = 0;
        if (fields->kind == RIMER_FIELD_TEXT &&
            !memchr((const char *)settings + fields->offset, 0, RIMER_TEXT_SIZE))
            RM_FAIL(USAGE, "%s: the text has no end; %d characters are possible", fields->name,
                    RIMER_TEXT_SIZE - 1);
        rimer_field_text(fields, settings, value, sizeof value);
        RM_TRY(set_field(&alone, scratch, value));
    }
    return RIMER_OK;
}
