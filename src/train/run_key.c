#include "train/run_key.h"

#include "base/config_text.h"
#include "base/hash.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const stripped[] = {"threads", "device", "checkpoint_seconds",
                                       "checkpoint_steps"};
#define N_STRIPPED (sizeof stripped / sizeof *stripped)

void rm_run_strip(rimer_config *config) {
    const rimer_field *fields = rimer_config_fields();
    for (size_t i = 0; i < N_STRIPPED; i++) {
        const rimer_field *field = rimer_fields_find(fields, stripped[i]);
        (void)rimer_fields_set(fields, config, stripped[i], field->initial);
    }
}

void rm_run_unstrip(rimer_config *config, const rimer_config *whole) {
    const rimer_field *fields = rimer_config_fields();
    for (size_t i = 0; i < N_STRIPPED; i++) {
        char text[RIMER_TEXT_SIZE];
        rimer_field_text(rimer_fields_find(fields, stripped[i]), whole, text, sizeof text);
        (void)rimer_fields_set(fields, config, stripped[i], text);
    }
}

static void hash_text(char text[24], uint64_t hash) {
    snprintf(text, 24, "%016" PRIx64, hash);
}

rm_run_key rm_run_key_make(const rimer_config *config, const rimer_dataset *dataset,
                           const rimer_model *init) {
    rm_run_key key = {.config = *config};
    rm_run_strip(&key.config);
    snprintf(key.device, sizeof key.device, "%s",
             strncmp(config->device, "cuda", 4) == 0 ? "cuda" : "");
    hash_text(key.data, rimer_dataset_fingerprint(dataset));
    if (init)
        hash_text(key.init, rm_hash_bytes(RM_HASH_BEGIN, init->values,
                                          (size_t)rm_model_total(init) * sizeof *init->values));
    return key;
}

rimer_status rm_run_key_put(const rm_run_key *key, json_t *metadata) {
    char *config;
    RM_TRY(rimer_config_json(&key->config, &config));
    int failed =
        json_object_set_new(metadata, "config", json_string(config)) ||
        json_object_set_new(metadata, "fingerprint", json_string(key->data)) ||
        (*key->device && json_object_set_new(metadata, "device", json_string(key->device))) ||
        json_object_set_new(metadata, "init", json_string(key->init));
    free(config);
    if (failed)
        RM_FAIL(NO_MEMORY, "out of memory for what makes a run");
    return RIMER_OK;
}

/* What was left open the data settled, and they are compared themselves. */
static int is_open(const rimer_field *field, const char *value) {
    static const char *const open_at_0[] = {"origin_ridge", "origin_season"};
    int is_0 = strcmp(value, "0") == 0, found = strcmp(value, "auto") == 0;
    found |= strcmp(value, "-1") == 0; /* own_channels */
    for (size_t i = 0; is_0 && i < sizeof open_at_0 / sizeof *open_at_0; i++)
        found |= strcmp(field->name, open_at_0[i]) == 0;
    return found;
}

/* The first setting that differs, "" if none does. */
static void compare_settings(const rimer_config *ours, const rimer_config *theirs,
                             char *difference) {
    *difference = '\0';
    for (const rimer_field *field = rimer_config_fields(); field->name; field++) {
        char here[RIMER_TEXT_SIZE], there[RIMER_TEXT_SIZE];
        rimer_field_text(field, ours, here, sizeof here);
        rimer_field_text(field, theirs, there, sizeof there);
        if (strcmp(here, there) == 0 || is_open(field, here))
            continue;
        snprintf(difference, RM_DIFFERENCE_SIZE, "%s is %s there, %s here", field->name, there,
                 here);
        return;
    }
}

/* 1 if the text under `key` is not `ours`; one that is missing counts as "". */
static int text_differs(const json_t *metadata, const char *key, const char *ours) {
    const char *theirs = json_string_value(json_object_get(metadata, key));
    return strcmp(theirs ? theirs : "", ours) != 0;
}

rimer_status rm_run_key_compare(const rm_run_key *key, const json_t *metadata,
                                char difference[RM_DIFFERENCE_SIZE]) {
    const char *config = json_string_value(json_object_get(metadata, "config"));
    rimer_config theirs;
    rimer_config_init(&theirs);
    snprintf(difference, RM_DIFFERENCE_SIZE, "its settings cannot be read");
    if (!config)
        return RIMER_OK;
    rimer_status status = rm_config_parse(&theirs, config, strlen(config), "", NULL);
    if (status != RIMER_OK)
        return status == RIMER_NO_MEMORY ? status : RIMER_OK;
    rm_run_strip(&theirs);
    compare_settings(&key->config, &theirs, difference);
    if (!*difference && text_differs(metadata, "fingerprint", key->data))
        snprintf(difference, RM_DIFFERENCE_SIZE, "it has seen other data");
    if (!*difference && text_differs(metadata, "device", key->device))
        snprintf(difference, RM_DIFFERENCE_SIZE, "it ran on another device, see --device");
    if (!*difference && text_differs(metadata, "init", key->init))
        snprintf(difference, RM_DIFFERENCE_SIZE, "it began with other weights, see --init");
    return RIMER_OK;
}
