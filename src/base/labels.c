#include "base/labels.h"

#include "base/array.h"
#include "base/hash.h"
#include "rimer/config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The slot of a text, or the free one where it belongs. */
static int64_t slot_of(const rm_labels *names, const char *text) {
    uint64_t mask = (uint64_t)names->n_slots - 1, at = rm_hash_text(RM_HASH_BEGIN, text) & mask;
    while (names->slots[at] && strcmp(names->texts[names->slots[at] - 1], text) != 0)
        at = (at + 1) & mask;
    return (int64_t)at;
}

/* At most half of the slots are taken. */
static rimer_status make_room(rm_labels *names) {
    if (2 * (names->n + 1) <= names->n_slots)
        return RIMER_OK;
    rm_labels larger = *names;
    larger.n_slots = names->n_slots ? 2 * names->n_slots : 16;
    RM_TRY(rm_array_new(&larger.slots, larger.n_slots, sizeof *larger.slots));
    for (int64_t i = 0; i < names->n; i++)
        larger.slots[slot_of(&larger, names->texts[i])] = i + 1;
    free(names->slots);
    *names = larger;
    return RIMER_OK;
}

int64_t rm_labels_find(const rm_labels *names, const char *text) {
    if (names->n == 0)
        return -1;
    if (strcmp(names->texts[names->last], text) == 0)
        return names->last;
    return names->slots[slot_of(names, text)] - 1;
}

rimer_status rm_labels_number(rm_labels *names, const char *text, int64_t *number) {
    int64_t found = rm_labels_find(names, text);
    if (found < 0) {
        RM_TRY(make_room(names));
        RM_TRY(rm_array_grow(&names->texts, &names->capacity, names->n + 1, sizeof(char *)));
        RM_TRY(rm_string_copy(&names->texts[names->n], text));
        found = names->n++;
        names->slots[slot_of(names, text)] = found + 1;
    }
    names->last = *number = found;
    return RIMER_OK;
}

rimer_status rm_labels_repeated(char *const *texts, int64_t n, const char **twice) {
    rm_labels seen = {0};
    rimer_status status = RIMER_OK;
    *twice = NULL;
    for (int64_t i = 0, number = 0; i < n && status == RIMER_OK && !*twice; i++) {
        status = rm_labels_number(&seen, texts[i], &number);
        if (status == RIMER_OK && number < i)
            *twice = texts[i];
    }
    rm_labels_free(&seen);
    return status;
}

void rm_labels_free(rm_labels *names) {
    for (int64_t i = 0; i < names->n; i++)
        free(names->texts[i]);
    free(names->texts);
    free(names->slots);
    *names = (rm_labels){0};
}

static int by_name(const void *a, const void *b) {
    const rm_named *left = a, *right = b;
    int order = strcmp(left->name, right->name);
    return order ? order : (left->index > right->index) - (left->index < right->index);
}

void rm_named_sort(rm_named *names, int64_t n) {
    qsort(names, (size_t)n, sizeof *names, by_name);
}

int64_t rm_named_find(const rm_named *names, int64_t n, const char *name) {
    int64_t before = 0, end = n; /* the first that is not before `name` is from here to there */
    while (before < end) {
        int64_t middle = before + (end - before) / 2;
        if (strcmp(names[middle].name, name) < 0)
            before = middle + 1;
        else
            end = middle;
    }
    return end < n && strcmp(names[end].name, name) == 0 ? names[end].index : -1;
}

/* The quote that ends a quoted name; NULL: it is none, but may begin with a quote. */
static char *closing_quote(char *name) {
    if (*name++ != '"')
        return NULL;
    while ((name = strchr(name, '"')) && name[1] == '"')
        name += 2;
    return name && strchr(",", name[1 + strspn(name + 1, " ")]) ? name : NULL;
}

static void take_quotes_off(char *name, const char *closing) {
    for (const char *from = name + 1; from < closing; from++) {
        from += *from == '"';
        *name++ = *from;
    }
    *name = 0;
}

rimer_status rm_labels_each(const char *list,
                            rimer_status (*take)(void *user, const char *name), void *user) {
    char copy[RIMER_TEXT_SIZE];
    snprintf(copy, sizeof copy, "%s", list);
    for (char *name = copy, *comma; name; name = comma ? comma + 1 : NULL) {
        name += strspn(name, " ");
        char *closing = closing_quote(name);
        comma = strchr(closing ? closing : name, ',');
        if (comma)
            *comma = 0;
        size_t size = strlen(name);
        while (size > 0 && name[size - 1] == ' ')
            name[--size] = 0;
        if (closing)
            take_quotes_off(name, closing);
        RM_TRY(take(user, name));
    }
    return RIMER_OK;
}
