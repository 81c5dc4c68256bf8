/* rimer-info FILE...: reports on data and models. */
#include "inforeport.h"
#include "options.h"

#include <stdlib.h>
#include <string.h>

/* A safetensors file starts with the length of its header and the header's '{'. */
static int is_model(const char *path) {
    unsigned char start[9] = {0};
    static const char ending[] = ".safetensors";
    size_t length = strlen(path), n = sizeof ending - 1;
    if (length > n && strcmp(path + length - n, ending) == 0)
        return 1;
    FILE *file = strcmp(path, "-") == 0 ? NULL : fopen(path, "rb");
    if (!file)
        return 0;
    size_t got = fread(start, 1, sizeof start, file);
    fclose(file);
    return got == sizeof start && start[8] == '{' && start[7] == 0 && start[6] == 0;
}

static int report_model_file(const app_program *program, const char *path, int as_json,
                             json_t *all) {
    rimer_model *model;
    rimer_status status = rimer_model_load(path, &model);
    if (status != RIMER_OK)
        return fail_status(program, status);
    if (as_json)
        json_array_append_new(all, model_json(path, model));
    else
        model_print(path, model, stdout);
    rimer_model_free(model);
    return 0;
}

static int report_data_file(const app_program *program, const char *path,
                            const rimer_read_options *read, int as_json, json_t *all) {
    rimer_dataset *dataset;
    rimer_status status = rimer_dataset_read(path, read, &dataset);
    if (status != RIMER_OK)
        return fail_status(program, status);
    if (as_json)
        json_array_append_new(all, data_json(path, dataset));
    else
        data_print(path, dataset, stdout);
    rimer_dataset_free(dataset);
    return 0;
}

/* Sizes that would be chosen from data need some value before a model can be built. */
static void complete(const app_program *program, rimer_config *config) {
    if (!config->context_len || !config->horizon || !config->patch_len)
        fail(program, 0,
             "sizes that would be chosen from data are taken as context 336, horizon "
             "96, patch 48 where not set");
    if (!config->context_len)
        config->context_len = 336;
    if (!config->horizon)
        config->horizon = 96;
    if (!config->patch_len)
        config->patch_len = config->context_len < 48 ? config->context_len : 48;
    if (!config->output_len)
        config->output_len =
            config->horizon > config->patch_len ? config->horizon : config->patch_len;
}

static int report_fresh(const app_program *program, rimer_config *config, int as_json,
                        json_t *all) {
    rimer_model *model;
    complete(program, config);
    rimer_status status = rimer_model_create(config, &model);
    if (status != RIMER_OK)
        return fail_status(program, status);
    if (as_json)
        json_array_append_new(all, model_json("", model));
    else
        model_print("", model, stdout);
    rimer_model_free(model);
    return 0;
}

static int wants_fresh(const rimer_config *config) {
    for (const rimer_field *field = rimer_config_fields(); field->name; field++)
        if (options_given(config, field->name))
            return 1;
    return 0;
}

static int finish(const app_program *program, json_t *all, int as_json, int code) {
    int written = 1;
    if (as_json && json_array_size(all) > 0)
        written = json_print(
            json_incref(json_array_size(all) == 1 ? json_array_get(all, 0) : all), stdout);
    json_decref(all);
    if (!written || fflush(stdout) != 0)
        return fail(program, 1, "standard output cannot be written");
    return code;
}

int main(int argc, char **argv) {
    rimer_config config;
    rimer_read_options read;
    int as_json = 0;
    const option_group settings = {rimer_config_fields(), &config};
    const option_group reading = {rimer_read_fields(), &read};
    const app_option options[] = {
        HEADING("Output"),
        FLAG_OPTION("json", 0, "print JSON: an object, or an array of them for several files",
                    &as_json),
        HEADING("A fresh model instead of files"),
        PRESET_OPTION,
        CONFIG_OPTION,
        SET_OPTION,
        HEADING("Reading data"),
        GROUP_OPTIONS(&reading),
        OPTIONS_END};
    static const char *const examples[] = {
        "what is in a table, and is it enough to train on", "rimer-info datasets/uk_demand.csv",
        "how large a network would be", "rimer-info --preset blackgoose --set layers=2", NULL};
    const app_program program = {.name = "rimer-info",
                                 .purpose = "report on data and on models",
                                 .usage = "FILE... [--json] | --preset NAME [--set KEY=VALUE]",
                                 .examples = examples,
                                 .options = options,
                                 .config = &settings,
                                 .max_operands = OPTION_OPERANDS_MAX};
    app_operands operands;
    rimer_config_init(&config);
    rimer_read_options_init(&read);
    int code = options_parse(&program, argc, argv, &operands);
    if (code >= 0)
        return code;
    if (!operands.n && !wants_fresh(&config))
        return fail(&program, 2, "needs a file, or --preset NAME (see --help)");
    json_t *all = json_array();
    code = operands.n ? 0 : report_fresh(&program, &config, as_json, all);
    for (int i = 0; i < operands.n && code == 0; i++) {
        const char *path = operands.path[i];
        if (i > 0 && !as_json)
            printf("\n");
        code = is_model(path) ? report_model_file(&program, path, as_json, all)
                              : report_data_file(&program, path, &read, as_json, all);
    }
    return finish(&program, all, as_json, code);
}
