#include "rimer/search.h"

#include "base/array.h"
#include "base/config_text.h"
#include "base/rng.h"
#include "rimer/train.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define DRAW_STREAM ((uint64_t)0x44524157 << 32) /* random stream of draw i is this plus i */
#define DIGITS 4                                 /* of a drawn number that is not whole */

typedef struct space_key {
    const rimer_field *field;
    const json_t *list; /* borrowed from the object; NULL: a range */
    double min, max;
    int is_log;
} space_key;

struct rimer_space {
    json_t *object; /* as it was read: its values are set as those of a file of settings are */
    int64_t n;
    space_key *keys; /* [n] */
};

/* ----------------------------------------------------------------------------- reading */

static double get_number(const rimer_field *field, const rimer_config *config) {
    const char *member = (const char *)config + field->offset;
    int64_t whole;
    double number;
    if (field->kind == RIMER_FIELD_INT) {
        memcpy(&whole, member, sizeof whole);
        return (double)whole;
    }
    memcpy(&number, member, sizeof number);
    return number;
}

/* One end of a range, which must be possible for the setting itself. */
static rimer_status read_end(const rimer_field *field, const json_t *range, const char *which,
                             double *out) {
    const json_t *value = json_object_get(range, which);
    rimer_config scratch;
    rimer_config_init(&scratch);
    if (!value)
        RM_FAIL(USAGE, "%s: a range needs \"min\" and \"max\"", field->name);
    RM_TRY(rm_config_set_json(&scratch, field->name, value));
    *out = get_number(field, &scratch);
    return RIMER_OK;
}

static rimer_status read_scale(const rimer_field *field, const json_t *range, int *is_log) {
    const json_t *value = json_object_get(range, "scale");
    const char *text = value ? json_string_value(value) : "linear";
    *is_log = text && strcmp(text, "log") == 0;
    if (!text || (!*is_log && strcmp(text, "linear") != 0))
        RM_FAIL(USAGE, "%s: the scale of a range is \"log\" or \"linear\"", field->name);
    return RIMER_OK;
}

static rimer_status check_members(const rimer_field *field, json_t *range) {
    const char *member;
    json_t *value;
    json_object_foreach(range, member, value) {
        if (strcmp(member, "min") != 0 && strcmp(member, "max") != 0 &&
            strcmp(member, "scale") != 0)
            RM_FAIL(USAGE, "%s: a range has no \"%s\", only \"min\", \"max\" and \"scale\"",
                    field->name, member);
    }
    return RIMER_OK;
}

static rimer_status read_range(space_key *key, json_t *range) {
    const rimer_field *field = key->field;
    if (field->kind != RIMER_FIELD_INT && field->kind != RIMER_FIELD_REAL)
        RM_FAIL(USAGE, "%s: only numbers have a range; give a list of values", field->name);
    RM_TRY(check_members(field, range));
    RM_TRY(read_end(field, range, "min", &key->min));
    RM_TRY(read_end(field, range, "max", &key->max));
    RM_TRY(read_scale(field, range, &key->is_log));
    if (key->min > key->max)
        RM_FAIL(USAGE, "%s: the range from %.9g to %.9g is empty: min is more than max",
                field->name, key->min, key->max);
    if (key->is_log && key->min <= 0)
        RM_FAIL(USAGE, "%s: a range on a log scale begins above 0, not at %.9g", field->name,
                key->min);
    return RIMER_OK;
}

static rimer_status read_list(space_key *key, const json_t *list) {
    rimer_config scratch;
    rimer_config_init(&scratch);
    if (json_array_size(list) == 0)
        RM_FAIL(USAGE, "%s: an empty list; give one value at least", key->field->name);
    for (size_t i = 0; i < json_array_size(list); i++)
        RM_TRY(rm_config_set_json(&scratch, key->field->name, json_array_get(list, i)));
    key->list = list;
    return RIMER_OK;
}

/* Trials are told apart by their errors on the same targets. */
static int decides_targets(const rimer_field *field) {
    return strcmp(field->name, "horizon") == 0 || strcmp(field->name, "split") == 0 ||
           strcmp(field->name, "val_rows") == 0;
}

static rimer_status read_key(rimer_space *space, const char *name, json_t *value) {
    space_key *key = &space->keys[space->n];
    const rimer_field *fields = rimer_config_fields();
    rimer_config scratch;
    rimer_config_init(&scratch);
    key->field = rimer_fields_find(fields, name);
    if (!key->field)
        return rimer_fields_set(fields, &scratch, name, ""); /* tells the nearest */
    if (decides_targets(key->field))
        RM_FAIL(USAGE,
                "%s: cannot be searched, because errors on other targets cannot be compared: "
                "set it for all trials",
                key->field->name);
    if (strcmp(key->field->name, "refit") == 0)
        RM_FAIL(USAGE,
                "refit: cannot be searched, because errors are of what comes before it: set it "
                "for all trials");
    for (int64_t i = 0; i < space->n; i++)
        if (space->keys[i].field == key->field)
            RM_FAIL(USAGE, "%s: is the setting %s, which is there already", name,
                    key->field->name);
    if (!json_is_array(value) && !json_is_object(value))
        RM_FAIL(USAGE,
                "%s: needs a list of values, [1, 2], or a range, {\"min\": 1, \"max\": 2}",
                key->field->name);
    RM_TRY(json_is_array(value) ? read_list(key, value) : read_range(key, value));
    space->n++;
    return RIMER_OK;
}

static rimer_status read_keys(rimer_space *space) {
    const char *name;
    json_t *value;
    RM_TRY(rm_array_new(&space->keys, (int64_t)json_object_size(space->object),
                        sizeof *space->keys));
    json_object_foreach(space->object, name, value) RM_TRY(read_key(space, name, value));
    if (space->n == 0)
        RM_FAIL(USAGE, "no setting to search; write {\"lr\": [0.001, 0.002]}");
    return RIMER_OK;
}

rimer_status rimer_space_read(const char *path, rimer_space **out) {
    RM_NEED(path, out);
    rimer_space *space;
    RM_TRY(rm_array_new(&space, 1, sizeof *space));
    rimer_status status = rm_settings_read(path, &space->object);
    if (status == RIMER_OK) {
        status = read_keys(space);
        if (status != RIMER_OK)
            rm_error_prefix(status, "%s: ", path);
    }
    if (status == RIMER_OK)
        *out = space;
    else
        rimer_space_free(space);
    return status;
}

void rimer_space_free(rimer_space *space) {
    if (!space)
        return;
    json_decref(space->object);
    free(space->keys);
    free(space);
}

/* ------------------------------------------------------------------------------ points */

int64_t rimer_space_n_keys(const rimer_space *space) {
    return space->n;
}

const rimer_field *rimer_space_key(const rimer_space *space, int64_t index) {
    return space->keys[index].field;
}

int64_t rimer_space_n_points(const rimer_space *space) {
    int64_t n = 1;
    for (int64_t i = 0; i < space->n; i++) {
        if (!space->keys[i].list)
            return 0;
        int64_t size = (int64_t)json_array_size(space->keys[i].list);
        n = n > INT64_MAX / size ? INT64_MAX : n * size;
    }
    return n;
}

/* Every value of a list was set once when the space was read, so it can be set again. */
static void set_listed(const space_key *key, int64_t at, rimer_config *config) {
    (void)rm_config_set_json(config, key->field->name, json_array_get(key->list, (size_t)at));
}

rimer_status rimer_space_point(const rimer_space *space, int64_t index, rimer_config *config) {
    RM_NEED(space, config);
    int64_t n = rimer_space_n_points(space);
    if (index < 0 || index >= n)
        RM_FAIL(USAGE, "the grid has no point %" PRId64 ", only %" PRId64 " from 0 on", index,
                n);
    for (int64_t i = space->n - 1; i >= 0; i--) {
        int64_t size = (int64_t)json_array_size(space->keys[i].list);
        set_listed(&space->keys[i], index % size, config);
        index /= size;
    }
    return RIMER_OK;
}

/* To DIGITS digits. Both powers are exact doubles for all usual sizes, so that the result is the
 * double nearest to a short decimal, and is written as that. */
static double rounded(double value) {
    if (fabs(value) < 1e-290) /* its power would be infinite */
        return value;
    int after = DIGITS - 1 - (int)floor(log10(fabs(value)));
    double power = pow(10, abs(after));
    return after >= 0 ? round(value * power) / power : round(value / power) * power;
}

/* Of a whole setting every number has the share of the scale up to the next one. */
static double draw_number(const space_key *key, rm_rng *rng) {
    int is_whole = key->field->kind == RIMER_FIELD_INT;
    double end = key->max + is_whole, u = rm_rng_uniform(rng);
    double value = key->is_log ? exp((1 - u) * log(key->min) + u * log(end))
                               : key->min + u * (end - key->min);
    value = is_whole ? floor(value) : rounded(value);
    return value < key->min ? key->min : value > key->max ? key->max : value;
}

static void set_number(const rimer_field *field, double value, rimer_config *config) {
    char *member = (char *)config + field->offset;
    int64_t whole = (int64_t)value;
    if (field->kind == RIMER_FIELD_INT)
        memcpy(member, &whole, sizeof whole);
    else
        memcpy(member, &value, sizeof value);
}

void rimer_space_draw(const rimer_space *space, uint64_t seed, int64_t index,
                      rimer_config *config) {
    rm_rng rng = rm_rng_make(seed, DRAW_STREAM + (uint64_t)index);
    for (int64_t i = 0; i < space->n; i++) {
        const space_key *key = &space->keys[i];
        if (key->list)
            set_listed(key, (int64_t)rm_rng_below(&rng, json_array_size(key->list)), config);
        else
            set_number(key->field, draw_number(key, &rng), config);
    }
}

int rimer_space_by_crps(const rimer_space *space, const rimer_config *base) {
    rimer_config config = *base;
    for (int64_t i = 0; i < space->n; i++) {
        const space_key *key = &space->keys[i];
        if (strcmp(key->field->name, "quantiles") != 0) /* which decide by themselves */
            continue;
        for (size_t at = 0; at < json_array_size(key->list); at++) {
            set_listed(key, (int64_t)at, &config);
            if (!rimer_train_by_crps(&config))
                return 0;
        }
    }
    return rimer_train_by_crps(&config);
}
