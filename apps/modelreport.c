#include "inforeport.h"

#include "terminal.h"

#include <stdlib.h>
#include <string.h>

static const char *const facts[] = {"data",    "frequency", "season", "fingerprint",
                                    "version", "conformal", NULL};

static void print_config(const rimer_config *config, FILE *stream) {
    int column = 0;
    for (const rimer_field *field = rimer_config_fields(); field->name; field++) {
        char value[RIMER_TEXT_SIZE], item[2 * RIMER_TEXT_SIZE];
        rimer_field_text(field, config, value, sizeof value);
        rimer_text_harmless(value);
        int width = snprintf(item, sizeof item, "%s %s", field->name, value);
        if (column && column + width > 84) {
            fputc('\n', stream);
            column = 0;
        }
        column += fprintf(stream, "%s%s", column ? ",  " : "            ", item);
    }
    fputc('\n', stream);
}

static void print_tensors(const rimer_model *model, FILE *stream) {
    for (int64_t i = 0; i < rimer_model_n_tensors(model); i++) {
        rimer_parameter p = rimer_model_tensor(model, i);
        char shape[48], count[32];
        if (p.shape[1])
            snprintf(shape, sizeof shape, "%lld x %lld", (long long)p.shape[0],
                     (long long)p.shape[1]);
        else
            snprintf(shape, sizeof shape, "%lld", (long long)p.shape[0]);
        fprintf(stream, "  %-32s  %12s  %12s  %s\n", p.name, shape,
                text_count(p.count, count, sizeof count), p.group);
    }
}

/* What loc and scale are, of each kind of scaler. */
static const char *const scaler_words[][2] = {[RIMER_SCALER_STANDARD] = {"mean", "deviation"},
                                              [RIMER_SCALER_MINMAX] = {"lowest", "range"},
                                              [RIMER_SCALER_ROBUST] = {"median", "spread"},
                                              [RIMER_SCALER_NONE] = {"loc", "scale"}};

static void print_scaler(const rimer_model *model, FILE *stream) {
    const rimer_config *config = rimer_model_config(model);
    const char *const *words = scaler_words[config->scaler];
    char kind[RIMER_TEXT_SIZE];
    rimer_field_text(rimer_fields_find(rimer_config_fields(), "scaler"), config, kind,
                     sizeof kind);
    fprintf(stream, "scaler      %s%s%s\n", kind, config->log1p ? ", of log1p" : "",
            rimer_model_n_channels(model) ? "" : ", by the values of each context");
    for (int64_t i = 0; i < rimer_model_n_channels(model); i++) {
        rimer_channel channel = rimer_model_channel(model, i);
        char name[256];
        text_short(channel.name, 60, name, sizeof name);
        int room = 32 - text_columns(name);
        fprintf(stream, "  %s%*s  %s %12.6g  %s %12.6g\n", name, room > 0 ? room : 0, "",
                words[0], channel.loc, words[1], channel.scale);
    }
}

/* The training record is JSON text in the file; its plain values are worth a line. */
static void print_record(const char *record, FILE *stream) {
    json_t *object = json_loads(record, 0, NULL), *value;
    const char *key;
    if (!json_is_object(object)) {
        json_decref(object);
        return;
    }
    json_object_foreach(object, key, value) {
        char *text = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT | JSON_REAL_PRECISION(6));
        char name[64], shown[128];
        fprintf(stream, "  %-16s  %s\n", text_harmless(key, name, sizeof name),
                text_harmless(text ? text : "", shown, sizeof shown));
        free(text);
    }
    json_decref(object);
}

void model_print(const char *path, const rimer_model *model, FILE *stream) {
    const rimer_config *config = rimer_model_config(model);
    char name[1024], count[32], key[24];
    fprintf(stream, "model       %s\n",
            *path ? text_harmless(path, name, sizeof name) : "fresh, not trained");
    fprintf(stream, "parameters  %s\n",
            text_count(rimer_model_n_parameters(model), count, sizeof count));
    fprintf(stream, "forecast    %lld steps from the last %lld, in patches of %lld\n",
            (long long)config->horizon, (long long)config->context_len,
            (long long)config->patch_len);
    for (int i = 0; facts[i]; i++) {
        const char *fact = rimer_model_fact(model, facts[i]);
        if (*fact)
            fprintf(stream, "%-11s %s\n", facts[i], text_harmless(fact, name, sizeof name));
    }
    if (*path && rimer_stream_model_key(model, key) == RIMER_OK)
        fprintf(stream, "in states   %s\n", key);
    fprintf(stream, "settings\n");
    print_config(config, stream);
    if (*rimer_model_fact(model, "record")) {
        fprintf(stream, "training\n");
        print_record(rimer_model_fact(model, "record"), stream);
    }
    if (*path)
        print_scaler(model, stream);
    fprintf(stream, "tensors\n");
    print_tensors(model, stream);
}

static json_t *tensors_json(const rimer_model *model) {
    json_t *array = json_array();
    for (int64_t i = 0; i < rimer_model_n_tensors(model); i++) {
        rimer_parameter p = rimer_model_tensor(model, i);
        json_t *tensor = json_object(), *shape = json_array();
        json_array_append_new(shape, json_integer(p.shape[0]));
        if (p.shape[1])
            json_array_append_new(shape, json_integer(p.shape[1]));
        json_object_set_new(tensor, "name", json_text(p.name));
        json_object_set_new(tensor, "shape", shape);
        json_object_set_new(tensor, "count", json_integer(p.count));
        json_object_set_new(tensor, "group", json_text(p.group));
        json_array_append_new(array, tensor);
    }
    return array;
}

static json_t *scaler_json(const rimer_model *model) {
    const char *const *words = scaler_words[rimer_model_config(model)->scaler];
    json_t *array = json_array();
    for (int64_t i = 0; i < rimer_model_n_channels(model); i++) {
        rimer_channel channel = rimer_model_channel(model, i);
        json_t *object = json_object();
        json_object_set_new(object, "channel", json_text(channel.name));
        json_object_set_new(object, words[0], json_number(channel.loc));
        json_object_set_new(object, words[1], json_number(channel.scale));
        json_array_append_new(array, object);
    }
    return array;
}

json_t *model_json(const char *path, const rimer_model *model) {
    json_t *object = json_object(), *record;
    char *config, key[24];
    json_object_set_new(object, "kind", json_text("model"));
    json_object_set_new(object, "path", json_text(path));
    json_object_set_new(object, "parameters", json_integer(rimer_model_n_parameters(model)));
    for (int i = 0; facts[i]; i++)
        json_object_set_new(object, facts[i], json_text(rimer_model_fact(model, facts[i])));
    if (*path && rimer_stream_model_key(model, key) == RIMER_OK)
        json_object_set_new(object, "in_states", json_text(key));
    if (rimer_config_json(rimer_model_config(model), &config) == RIMER_OK) {
        json_object_set_new(object, "config", json_loads(config, 0, NULL));
        free(config);
    }
    record = json_loads(rimer_model_fact(model, "record"), 0, NULL);
    json_object_set_new(object, "record", record ? record : json_null());
    json_object_set_new(object, "scaler", scaler_json(model));
    json_object_set_new(object, "tensors", tensors_json(model));
    return object;
}
