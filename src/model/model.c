#include "model/model_inside.h"

#include "base/array.h"
#include "base/config_text.h"
#include "base/json_text.h"

#include <stdlib.h>
#include <string.h>

rimer_status rm_model_build(rimer_model *model, const rimer_config *config) {
    rimer_config of_twin = rm_config_part(config, 1);
    rm_shape own = rm_shape_make(config), twin = rm_shape_make(&of_twin);
    RM_TRY(rm_network_build(&model->network, &own, NULL));
    return rm_config_has_twin(config) ? rm_network_build(&model->twin, &twin, RM_TWIN)
                                      : RIMER_OK;
}

rimer_status rm_model_create_empty(const rimer_config *config, rimer_model **out) {
    RM_TRY(rm_config_complete(config));
    const char *problem = rimer_config_check(config);
    if (problem)
        RM_FAIL(USAGE, "%s", problem);
    rimer_model *model;
    RM_TRY(rm_array_new(&model, 1, sizeof *model));
    model->config = *config;
    if (model->config.mask == RIMER_MASK_AUTO)
        model->config.mask = RIMER_MASK_OFF;
    strcpy(model->device, "cpu");
    model->plain = model->config.conformal; /* until it is measured */
    rimer_status status = rm_model_build(model, &model->config);
    if (status == RIMER_OK)
        status = rm_array_new(&model->values, rm_model_total(model), sizeof *model->values);
    if (status == RIMER_OK)
        status = rm_scaler_identity(&model->scaler, 1, 0);
    model->facts = json_object();
    if (status == RIMER_OK && !model->facts)
        status = rm_error_set(RIMER_NO_MEMORY, "out of memory for a model's facts");
    if (status != RIMER_OK) {
        rimer_model_free(model);
        return status;
    }
    *out = model;
    return RIMER_OK;
}

rimer_status rimer_model_create(const rimer_config *config, rimer_model **out) {
    RM_NEED(config, out);
    rimer_model *model;
    RM_TRY(rm_model_create_empty(config, &model));
    for (int twin = 0; twin <= rm_model_has_twin(model); twin++) {
        rimer_model part = rm_model_part(model, twin);
        rm_registry_init(&part.network.registry, &part.network.shape, (uint64_t)config->seed,
                         part.values);
    }
    *out = model;
    return RIMER_OK;
}

static void free_channels(rimer_model *model) {
    for (int64_t i = 0; model->channel_names && i < model->scaler.n_channels; i++)
        free(model->channel_names[i]);
    free(model->channel_names);
    free(model->by_name);
    model->channel_names = NULL;
    model->by_name = NULL;
    rm_scaler_free(&model->scaler);
}

void rimer_model_free(rimer_model *model) {
    if (!model)
        return;
    free_channels(model);
    rm_network_free(&model->network);
    rm_network_free(&model->twin);
    free(model->values);
    json_decref(model->facts);
    free(model);
}

/* Data of many columns ask for each of them. */
rimer_status rm_model_sort_channels(rimer_model *model) {
    int64_t n = model->scaler.n_channels;
    RM_TRY(rm_array_new(&model->by_name, n, sizeof *model->by_name));
    for (int64_t c = 0; c < n; c++)
        model->by_name[c] = (rm_named){model->channel_names[c], c};
    rm_named_sort(model->by_name, n);
    return RIMER_OK;
}

static rimer_status copy_channels(rimer_model *to, const rimer_model *from) {
    int64_t n = from->scaler.n_channels;
    free_channels(to);
    RM_TRY(rm_scaler_identity(&to->scaler, 1, n));
    RM_TRY(rm_array_new(&to->channel_names, n, sizeof(char *)));
    for (int64_t c = 0; c < n; c++) {
        to->scaler.loc[c] = from->scaler.loc[c];
        to->scaler.scale[c] = from->scaler.scale[c];
        RM_TRY(rm_string_copy(&to->channel_names[c], from->channel_names[c]));
    }
    return rm_model_sort_channels(to);
}

/* Of tensors that both have. */
static void copy_values(rimer_model *to, const rimer_model *from) {
    for (int64_t i = 0; i < rimer_model_n_tensors(to); i++) {
        rm_model_tensor a = rm_model_tensor_at(to, i);
        rm_model_tensor b = rm_model_tensor_find(from, a.param->name);
        if (b.param)
            memcpy(to->values + a.at, from->values + b.at,
                   (size_t)a.param->count * sizeof *to->values);
    }
}

rimer_status rm_model_with_own(const rimer_model *model, int64_t own_channels,
                               rimer_model **out) {
    rimer_config config = model->config;
    rimer_model *copy;
    config.own_channels = own_channels;
    RM_TRY(rm_model_create_empty(&config, &copy));
    copy_values(copy, model);
    memcpy(copy->device, model->device, sizeof copy->device);
    copy->plain = model->plain;
    rimer_status status = copy_channels(copy, model);
    if (status == RIMER_OK && json_object_update(copy->facts, model->facts) != 0)
        status = rm_error_set(RIMER_NO_MEMORY, "out of memory for a model's facts");
    if (status != RIMER_OK) {
        rimer_model_free(copy);
        return status;
    }
    *out = copy;
    return RIMER_OK;
}

rimer_status rm_model_set_channels(rimer_model *model, const rimer_dataset *dataset,
                                   const rm_scaler *scaler) {
    int64_t n = scaler->n_series == 1 ? scaler->n_channels : 0;
    if (n > RM_JSON_VALUES_MAX / 4) /* the file could not be read back */
        RM_FAIL(DATA, "%s: %lld columns are more than the %d that a model can name",
                rimer_dataset_name(dataset), (long long)n, RM_JSON_VALUES_MAX / 4);
    free_channels(model);
    RM_TRY(rm_scaler_identity(&model->scaler, 1, n));
    RM_TRY(rm_array_new(&model->channel_names, n, sizeof(char *)));
    for (int64_t c = 0; c < n; c++) {
        model->scaler.loc[c] = scaler->loc[c];
        model->scaler.scale[c] = scaler->scale[c];
        RM_TRY(
            rm_string_copy(&model->channel_names[c], rimer_dataset_channel_name(dataset, c)));
    }
    return rm_model_sort_channels(model);
}

int64_t rimer_model_channel_of(const rimer_model *model, const char *name) {
    int64_t n = model->by_name ? model->scaler.n_channels : 0;
    return name ? rm_named_find(model->by_name, n, name) : -1;
}

rimer_status rm_model_scale(const rimer_model *model, const char *name, const float *values,
                            int64_t n, rm_scale *out) {
    rm_scaling how = {model->config.scaler, model->config.log1p};
    int64_t c = rimer_model_channel_of(model, name);
    if (c < 0)
        return rm_scale_fit(out, how, values, n);
    *out = (rm_scale){model->scaler.loc[c], model->scaler.scale[c], how.log1p};
    return RIMER_OK;
}

/* Norms of contexts take a scale away again, but not everything is behind them. */
int rm_model_is_told_scale(const rimer_model *model) {
    const rimer_config *config = &model->config;
    return rm_config_tells_moments(config) || config->norm == RIMER_NORM_NONE ||
           (config->origin == RIMER_ORIGIN_LINEAR &&
            config->origin_bias == RIMER_BIAS_CONSTANT);
}

rimer_status rm_model_scale_of(const rimer_model *model, const char *name, const float *end,
                               int64_t n, int64_t n_steps, rm_scale *out) {
    int64_t at;
    if (!rm_model_is_told_scale(model))
        return rm_model_scale(model, name, end - n, n, out);
    while (model->config.log1p && (at = rm_log1p_refuses(end - n_steps, n_steps)) >= 0)
        n_steps -= at + 1; /* what log1p cannot take, and all before */
    return rm_model_scale(model, name, end - n_steps, n_steps, out);
}

const char *rm_model_frequency(const rimer_model *model) {
    const char *frequency = rimer_model_fact(model, "frequency");
    return model->network.shape.phase.n && *frequency ? frequency : NULL;
}

rimer_status rm_frequency_check(const char *needed, const rimer_dataset *dataset) {
    const char *frequency = rimer_dataset_frequency(dataset);
    if (needed && strcmp(needed, frequency) != 0)
        RM_FAIL(
            DATA,
            "%s: its steps are %s apart, but the model knows seasons in steps of %s: bring the "
            "data to those (--freq, if they are), or train with --set phase=no",
            rimer_dataset_name(dataset), *frequency ? frequency : "of no known distance",
            needed);
    return RIMER_OK;
}

rimer_status rm_model_set_fact(rimer_model *model, const char *key, const char *text) {
    if (json_object_set_new(model->facts, key, json_string_nocheck(text)) != 0)
        RM_FAIL(NO_MEMORY, "out of memory for a model's facts");
    return RIMER_OK;
}

const char *rimer_model_fact(const rimer_model *model, const char *key) {
    const char *text = json_string_value(json_object_get(model->facts, key));
    return text ? text : "";
}

const rimer_config *rimer_model_config(const rimer_model *model) {
    return &model->config;
}

rimer_levels rimer_model_levels(const rimer_model *model) {
    const rm_shape *s = &model->network.shape;
    return model->plain ? s->levels : s->offered;
}

void rimer_model_drop_conformal(rimer_model *model) {
    model->plain = 1;
}

int64_t rm_model_total(const rimer_model *model) {
    return model->network.registry.total + model->twin.registry.total;
}

int rm_model_has_twin(const rimer_model *model) {
    return model->twin.registry.n > 0;
}

rimer_model rm_model_part(const rimer_model *model, int twin) {
    static const rm_network none = {0};
    rimer_model part = *model;
    if (!rm_model_has_twin(model))
        return part;
    part.config = rm_config_part(&model->config, twin);
    part.twin = none;
    if (twin) {
        part.network = model->twin;
        part.values = model->values + model->network.registry.total;
    }
    return part;
}

/* Of the network, or, behind its values, of the twin. */
static rm_model_tensor tensor_of(const rimer_model *model, int of_twin, const rm_param *param) {
    return (rm_model_tensor){param,
                             (of_twin ? model->network.registry.total : 0) + param->offset};
}

rm_model_tensor rm_model_tensor_at(const rimer_model *model, int64_t index) {
    const rm_registry *own = &model->network.registry, *twin = &model->twin.registry;
    return index < own->n ? tensor_of(model, 0, &own->items[index])
                          : tensor_of(model, 1, &twin->items[index - own->n]);
}

rm_model_tensor rm_model_tensor_find(const rimer_model *model, const char *name) {
    const rm_param *own = rm_registry_find(&model->network.registry, name);
    const rm_param *twin = own ? NULL : rm_registry_find(&model->twin.registry, name);
    if (own)
        return tensor_of(model, 0, own);
    return twin ? tensor_of(model, 1, twin) : (rm_model_tensor){NULL, -1};
}

int64_t rimer_model_n_parameters(const rimer_model *model) {
    return rm_registry_count(&model->network.registry) +
           rm_registry_count(&model->twin.registry);
}

int64_t rimer_model_n_tensors(const rimer_model *model) {
    return model->network.registry.n + model->twin.registry.n;
}

rimer_parameter rimer_model_tensor(const rimer_model *model, int64_t index) {
    const rm_param *param = rm_model_tensor_at(model, index).param;
    return (rimer_parameter){
        param->name, {param->rows, param->cols}, param->count, rm_group_name(param->group)};
}

int64_t rimer_model_n_channels(const rimer_model *model) {
    return model->scaler.n_channels;
}

rimer_channel rimer_model_channel(const rimer_model *model, int64_t index) {
    return (rimer_channel){model->channel_names[index], model->scaler.loc[index],
                           model->scaler.scale[index]};
}
