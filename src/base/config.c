#include "base/config_text.h"

#include "base/array.h"
#include "base/decimal.h"
#include "base/fields.h"
#include "base/json_text.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FILE_SIZE_MAX (1 << 20)
#define FOREIGN_SIZE 512 /* all foreign keys in one line */

RM_FIELD_TABLE(config_fields, rimer_config, RIMER_CONFIG_LIST);

const rimer_field *rimer_config_fields(void) {
    return config_fields;
}

void rimer_config_init(rimer_config *config) {
    memset(config, 0, sizeof *config);
    rimer_fields_init(config_fields, config);
}

int rm_config_has_state(const rimer_config *config) {
    return config->layers > 0 && config->mixer == RIMER_MIXER_RWKV7;
}

int rm_config_loss(const rimer_config *config) {
    if (config->loss != RIMER_LOSS_AUTO)
        return config->loss;
    return *config->quantiles ? RIMER_LOSS_PINBALL : RIMER_LOSS_HUBER;
}

rimer_status rm_config_levels(const rimer_config *config, rimer_levels *levels) {
    rimer_levels all = {0};
    rimer_status status = rimer_levels_read(&all, config->quantiles);
    if (status == RIMER_OK)
        status = rimer_levels_add(&all, 0.5);
    if (status != RIMER_OK)
        return rm_error_prefix(status, "quantiles: ");
    *levels = all;
    return RIMER_OK;
}

rimer_status rm_config_offered(const rimer_config *config, rimer_levels *levels) {
    rimer_levels all;
    RM_TRY(rm_config_levels(config, &all));
    if (config->conformal) /* what is asked for most: 80, 90 and 95 %, and all tenths */
        RM_TRY(
            rimer_levels_read(&all, "0.025,0.05,0.1,0.2,0.3,0.4,0.6,0.7,0.8,0.9,0.95,0.975"));
    *levels = all;
    return RIMER_OK;
}

int rm_config_tells_moments(const rimer_config *config) {
    return config->moments == RIMER_YES || rm_config_has_twin(config);
}

int rm_config_has_twin(const rimer_config *config) {
    return config->moments == RIMER_MOMENTS_BOTH;
}

rimer_config rm_config_part(const rimer_config *config, int twin) {
    rimer_config part = *config;
    if (!rm_config_has_twin(config))
        return part;
    part.moments = twin ? RIMER_NO : RIMER_YES;
    part.own_channels = 0;
    part.conformal = RIMER_NO;
    return part;
}

int rm_config_phase_is_open(const rimer_config *config) {
    return strcmp(config->phase, "auto") == 0;
}

rimer_status rm_config_phase(const rimer_config *config, rm_periods *periods) {
    int none = strcmp(config->phase, "no") == 0 || rm_config_phase_is_open(config);
    rimer_status status = rm_periods_read(periods, none ? "" : config->phase);
    return status == RIMER_OK ? status : rm_error_prefix(status, "phase: ");
}

rimer_status rm_config_complete(const rimer_config *c) {
    const char *open = c->context_len < 1                 ? "context_len"
                       : c->horizon < 1                   ? "horizon"
                       : c->patch_len < 1                 ? "patch_len"
                       : c->output_len < 1                ? "output_len"
                       : rm_config_phase_is_open(c)       ? "phase"
                       : c->moments == RIMER_MOMENTS_AUTO ? "moments"
                                                          : NULL;
    if (open)
        RM_FAIL(USAGE, "%s is not set", open);
    return RIMER_OK;
}

rimer_status rm_config_ready(const rimer_config *config) {
    const char *problem = rimer_config_check(config);
    if (problem)
        RM_FAIL(USAGE, "%s", problem);
    if (rm_config_complete(config) != RIMER_OK)
        RM_FAIL(USAGE, "%s: rimer_config_choose chooses it from the data", rimer_last_error());
    return RIMER_OK;
}

int rm_config_origin(const rimer_config *config) {
    int all = config->loss_tokens == RIMER_TOKENS_ALL;
    if (config->origin != RIMER_ORIGIN_AUTO)
        return config->origin;
    return all ? RIMER_ORIGIN_LAST : RIMER_ORIGIN_LINEAR; /* the map reads the whole context */
}

static rimer_status check_shape(const rimer_config *c) {
    rm_periods periods;
    RM_TRY(rm_config_phase(c, &periods));
    if (rm_config_tells_moments(c) && c->norm != RIMER_NORM_WINDOW)
        RM_FAIL(USAGE,
                "moments needs norm window, which alone has one mean for a context: leave "
                "it at no or auto, or norm at window");
    if (c->head_size > c->width)
        RM_FAIL(USAGE, "head_size %lld is larger than width %lld", (long long)c->head_size,
                (long long)c->width);
    if (c->mixer == RIMER_MIXER_RWKV7 && c->width % c->head_size != 0)
        RM_FAIL(USAGE,
                "head_size %lld does not divide width %lld: choose a divisor of the width",
                (long long)c->head_size, (long long)c->width);
    if (c->position == RIMER_POSITION_SINUSOID && c->width % 2 != 0)
        RM_FAIL(USAGE, "position sinusoid needs an even width, not %lld: add one to the width",
                (long long)c->width);
    if (c->patch_len && c->context_len && c->patch_len > c->context_len)
        RM_FAIL(USAGE,
                "patch_len %lld is longer than context_len %lld: shorten the patch or "
                "lengthen the context",
                (long long)c->patch_len, (long long)c->context_len);
    if (rm_config_has_state(c) && c->patch_len && c->output_len && c->output_len < c->patch_len)
        RM_FAIL(USAGE,
                "output_len %lld is shorter than patch_len %lld, so a forecast could not be "
                "rolled out patch by patch: raise output_len",
                (long long)c->output_len, (long long)c->patch_len);
    return RIMER_OK;
}

rimer_status rimer_config_learnt(const rimer_config *config, char split[RIMER_TEXT_SIZE]) {
    RM_NEED(config, split);
    static const char *const more[] = {
        [RIMER_REFIT_NO] = "", [RIMER_REFIT_VAL] = "+val", [RIMER_REFIT_ALL] = "+all"};
    const char *end = more[config->refit];
    size_t length = strlen(config->split);
    if (length + strlen(end) >= RIMER_TEXT_SIZE)
        RM_FAIL(USAGE, "split is too long a text for refit");
    memmove(split, config->split, length);
    strcpy(split + length, end);
    return RIMER_OK;
}

/* The epochs that it takes are known, but not what their plateaus were. */
static rimer_status check_refit(const rimer_config *c) {
    char split[RIMER_TEXT_SIZE];
    if (c->refit && c->schedule == RIMER_SCHEDULE_PLATEAU)
        RM_FAIL(
            USAGE,
            "refit trains without validation, by which schedule plateau goes: choose another "
            "schedule, or refit no");
    return rimer_config_learnt(c, split);
}

static rimer_status check_training(const rimer_config *c) {
    rimer_levels levels;
    RM_TRY(rm_config_offered(c, &levels));
    if (*c->quantiles && rm_config_loss(c) != RIMER_LOSS_PINBALL)
        RM_FAIL(USAGE,
                "quantiles are trained by the pinball loss and no other: leave loss at auto, "
                "or quantiles empty");
    if (!*c->quantiles && c->loss == RIMER_LOSS_PINBALL)
        RM_FAIL(USAGE, "loss pinball needs quantiles, such as 0.1,0.5,0.9");
    if (c->loss_tokens == RIMER_TOKENS_ALL && c->origin == RIMER_ORIGIN_LINEAR)
        RM_FAIL(USAGE,
                "loss_tokens all does not go with origin linear, whose map reads the whole "
                "context: choose loss_tokens last, or origin none or last");
    return check_refit(c);
}

const char *rimer_config_check(const rimer_config *config) {
    if (rm_fields_check(config_fields, config) != RIMER_OK || check_shape(config) != RIMER_OK ||
        check_training(config) != RIMER_OK)
        return rimer_last_error();
    return NULL;
}

/* Keys of BlackGoose's config.json that have no meaning here. */
static int is_foreign_key(const char *key) {
    static const char *const keys[] = {
        "task_name",      "ckpt_path",   "n_heads",   "output_attention",     "factor",
        "activation",     "num_workers", "data_path", "data_path_validation", "data_path_test",
        "save_ckpt_path", "scaler_path", NULL};
    for (int i = 0; keys[i]; i++)
        if (strcmp(key, keys[i]) == 0)
            return 1;
    return 0;
}

static int is_yes_no(const rimer_field *field) {
    return field && field->kind == RIMER_FIELD_CHOICE &&
           strncmp(field->choices, "no|yes", 6) == 0;
}

/* A JSON number goes by its own text, so that fields_set does all the checking. */
rimer_status rm_config_set_json(rimer_config *config, const char *key, const json_t *value) {
    const rimer_field *field = rimer_fields_find(config_fields, key);
    char number[32];
    if (json_is_string(value))
        return rimer_fields_set(config_fields, config, key, json_string_value(value));
    if (json_is_integer(value)) {
        snprintf(number, sizeof number, "%lld", (long long)json_integer_value(value));
        return rimer_fields_set(config_fields, config, key, number);
    }
    if (json_is_real(value)) {
        rm_decimal_text(json_real_value(value), number, sizeof number);
        return rimer_fields_set(config_fields, config, key, number);
    }
    if (json_is_boolean(value) && (!field || is_yes_no(field)))
        return rimer_fields_set(config_fields, config, key, json_is_true(value) ? "yes" : "no");
    RM_FAIL(USAGE, "%s: needs a number or a text in quotes", key);
}

static rimer_status apply_object(rimer_config *config, json_t *object, char *foreign) {
    const char *key;
    json_t *value;
    json_object_foreach(object, key, value) {
        if (is_foreign_key(key)) {
            strcat(foreign, *foreign ? ", " : "");
            strcat(foreign, key);
        } else {
            RM_TRY(rm_config_set_json(config, key, value));
        }
    }
    return RIMER_OK;
}

static rimer_status load_object(const char *text, size_t size, const char *name, json_t **out) {
    json_t *object;
    RM_TRY(rm_json_parse(text, size, name, &object));
    if (!json_is_object(object)) {
        json_decref(object);
        RM_FAIL(USAGE, "%s: needs a JSON object {\"key\": value, ...}", name);
    }
    *out = object;
    return RIMER_OK;
}

static rimer_status read_stream(FILE *stream, const char *path, char *text, size_t *size) {
    *size = fread(text, 1, FILE_SIZE_MAX, stream);
    if (ferror(stream))
        RM_FAIL(IO, "%s: cannot be read: %s", path, strerror(errno));
    if (*size == FILE_SIZE_MAX)
        RM_FAIL(USAGE, "%s: too large for a file of settings", path);
    return RIMER_OK;
}

rimer_status rm_settings_read(const char *path, json_t **out) {
    RM_TRY(rm_need_name(path, "read"));
    FILE *stream = fopen(path, "rb");
    if (!stream)
        RM_FAIL(IO, "%s: cannot be opened: %s", path, strerror(errno));
    char *text = NULL;
    size_t size;
    rimer_status status = rm_array_new(&text, FILE_SIZE_MAX, 1);
    if (status == RIMER_OK)
        status = read_stream(stream, path, text, &size);
    fclose(stream);
    if (status == RIMER_OK)
        status = load_object(text, size, path, out);
    free(text);
    return status;
}

/* Applies an object that the caller owns, all of it or nothing. */
static rimer_status take_object(rimer_config *config, json_t *object, const char *name,
                                char **ignored) {
    char foreign[FOREIGN_SIZE] = "", *copy = NULL;
    rimer_config fresh = *config;
    rimer_status status = apply_object(&fresh, object, foreign);
    if (status != RIMER_OK)
        return rm_error_prefix(status, "%s: ", name);
    if (ignored)
        RM_TRY(rm_string_copy(&copy, foreign));
    *config = fresh;
    if (ignored)
        *ignored = copy;
    return RIMER_OK;
}

rimer_status rm_config_parse(rimer_config *config, const char *text, size_t size,
                             const char *name, char **ignored) {
    json_t *object;
    RM_TRY(load_object(text, size, name, &object));
    rimer_status status = take_object(config, object, name, ignored);
    json_decref(object);
    return status;
}

rimer_status rimer_config_read(rimer_config *config, const char *path, char **ignored) {
    RM_NEED(config, path);
    json_t *object;
    RM_TRY(rm_settings_read(path, &object));
    rimer_status status = take_object(config, object, path, ignored);
    json_decref(object);
    return status;
}

static void write_quoted(FILE *stream, const char *text) {
    fputc('"', stream);
    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;
        if (c == '"' || c == '\\')
            fprintf(stream, "\\%c", c);
        else if (c < 0x20)
            fprintf(stream, "\\u%04x", c);
        else
            fputc(c, stream);
    }
    fputc('"', stream);
}

rimer_status rimer_config_json(const rimer_config *config, char **json) {
    RM_NEED(config, json);
    RM_TRY(rm_fields_check(config_fields, config));
    char *text = NULL;
    size_t size;
    FILE *stream = open_memstream(&text, &size);
    if (!stream)
        RM_FAIL(NO_MEMORY, "out of memory: settings as JSON");
    for (const rimer_field *field = config_fields; field->name; field++) {
        char value[RIMER_TEXT_SIZE];
        rimer_field_text(field, config, value, sizeof value);
        fprintf(stream, "%s\"%s\": ", field == config_fields ? "{\n    " : ",\n    ",
                field->name);
        if (field->kind == RIMER_FIELD_INT || field->kind == RIMER_FIELD_REAL)
            fputs(value, stream);
        else
            write_quoted(stream, value);
    }
    fputs("\n}\n", stream);
    int failed = ferror(stream);
    failed |= fclose(stream) != 0;
    if (failed) {
        free(text);
        RM_FAIL(NO_MEMORY, "out of memory: settings as JSON");
    }
    *json = text;
    return RIMER_OK;
}
