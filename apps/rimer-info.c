/* rimer-info FILE...: reports on data, models, and states of trainings and streams. */
#include "inforeport.h"
#include "options.h"
#include "streams.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static int ends_in(const char *path, const char *ending) {
    size_t length = strlen(path), n = strlen(ending);
    return length > n && strcmp(path + length - n, ending) == 0;
}

/* A safetensors file starts with the length of its header and the header's '{'. */
static int is_model(const char *path) {
    unsigned char start[9] = {0};
    if (ends_in(path, ".safetensors"))
        return 1;
    struct stat info; /* what a pipe gives can be read but once */
    FILE *file = stat(path, &info) == 0 && S_ISREG(info.st_mode) ? fopen(path, "rb") : NULL;
    if (!file)
        return 0;
    size_t got = fread(start, 1, sizeof start, file);
    fclose(file);
    return got == sizeof start && start[8] == '{' && start[7] == 0 && start[6] == 0;
}

/* What the reports of one run share. */
typedef struct info_job {
    const app_program *program;
    rimer_read_options read;
    int as_json, every_series;
    json_t *reports;
} info_job;

static int report_model_file(const info_job *job, const char *path) {
    rimer_model *model;
    rimer_status status = rimer_model_load(path, &model);
    if (status != RIMER_OK)
        return fail_status(job->program, status);
    if (job->as_json)
        json_array_append_new(job->reports, model_json(path, model));
    else
        model_print(path, model, stdout);
    rimer_model_free(model);
    return 0;
}

static int report_state_file(const info_job *job, const char *path) {
    rimer_train_place place;
    rimer_status status = rimer_train_place_read(path, &place);
    if (status != RIMER_OK)
        return fail_status(job->program, status);
    if (job->as_json)
        json_array_append_new(job->reports, state_json(path, &place));
    else
        state_print(path, &place, stdout);
    return 0;
}

static int report_stream_file(const info_job *job, const char *path) {
    rimer_stream_about about;
    rimer_status status = rimer_stream_about_read(path, &about);
    if (status != RIMER_OK)
        return fail_status(job->program, status);
    if (job->as_json)
        json_array_append_new(job->reports, stream_json(path, &about));
    else
        stream_print(path, &about, stdout);
    rimer_stream_about_free(&about);
    return 0;
}

/* Data that cannot be trained on are refused, with the report. */
static int report_data(const info_job *job, const char *path, const rimer_dataset *dataset) {
    data_look look;
    if (!look_make(&look, dataset))
        return fail(job->program, 1, "out of memory: %s", path);
    if (job->as_json)
        json_array_append_new(job->reports, data_json(path, &look));
    else
        data_print(path, &look, job->every_series, stdout);
    int code =
        look.can_train ? 0 : fail(job->program, 3, "not enough to train on: %s", look.refusal);
    look_free(&look);
    return code;
}

static int report_data_file(const info_job *job, const char *path) {
    rimer_dataset *dataset;
    rimer_status status = rimer_dataset_read(path, &job->read, &dataset);
    if (status != RIMER_OK)
        return fail_status(job->program, status);
    int code = report_data(job, path, dataset);
    rimer_dataset_free(dataset);
    return code;
}

/* What would be chosen from data needs some value before a model can be built. */
static void complete(const app_program *program, rimer_config *config) {
    int no_moments = config->moments == RIMER_MOMENTS_AUTO;
    int no_phase = strcmp(config->phase, "auto") == 0;
    if (!config->context_len || !config->horizon || !config->patch_len || no_moments ||
        no_phase)
        fail(program, 0,
             "what would be chosen from data is taken as context 336, horizon 96, patch 48, "
             "moments no, phase no where not set");
    if (no_moments)
        config->moments = RIMER_NO;
    if (no_phase)
        strcpy(config->phase, "no");
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

static int report_fresh(const info_job *job, rimer_config *config) {
    rimer_model *model;
    complete(job->program, config);
    rimer_status status = rimer_model_create(config, &model);
    if (status != RIMER_OK)
        return fail_status(job->program, status);
    if (job->as_json)
        json_array_append_new(job->reports, model_json("", model));
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

static int report_file(const info_job *job, const char *path) {
    if (ends_in(path, ".train.safetensors"))
        return report_state_file(job, path);
    if (!is_model(path))
        return report_data_file(job, path);
    return rimer_stream_is_state(path) ? report_stream_file(job, path)
                                       : report_model_file(job, path);
}

/* A file that cannot be read stops the run; one that cannot be trained on only sets the code. */
static int report_files(const info_job *job, const app_operands *operands) {
    int code = 0;
    for (int i = 0; i < operands->n && (code == 0 || code == 3); i++) {
        const char *path = operands->path[i];
        if (i > 0 && !job->as_json)
            printf("\n");
        int one = report_file(job, path);
        code = one ? one : code;
    }
    return code;
}

static int finish(const info_job *job, int code) {
    size_t n = json_array_size(job->reports);
    int failed = 0;
    if (n > 0)
        failed = json_print(
            job->program, json_incref(n == 1 ? json_array_get(job->reports, 0) : job->reports));
    json_decref(job->reports);
    return failed ? failed : streams_finish(job->program, code);
}

int main(int argc, char **argv) {
    static info_job job;
    rimer_config config;
    const option_group settings = {rimer_config_fields(), &config};
    const option_group reading = {rimer_read_fields(), &job.read};
    const app_option options[] = {
        HEADING("Output"),
        FLAG_OPTION("json", 0, "print JSON: an object, or an array of them for several files",
                    &job.as_json),
        FLAG_OPTION("all", 'a', "list every series, not only those with most to say",
                    &job.every_series),
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
    static const char *const notes[] = {
        "Of data, the report ends with notices of what needs attention: codes for missing "
        "values, "
        "channels that never change or stand still, gaps, repeated times, columns left out. "
        "The "
        "exit code is 3 if training with the default settings would be refused.",
        NULL};
    const app_program program = {
        .name = "rimer-info",
        .purpose = "report on data, models, interrupted trainings and streams",
        .usage = "FILE... [--json] | --preset NAME [--set KEY=VALUE]",
        .examples = examples,
        .notes = notes,
        .options = options,
        .config = &settings,
        .max_operands = OPTION_OPERANDS_MAX};
    app_operands operands;
    job.program = &program;
    rimer_config_init(&config);
    rimer_read_options_init(&job.read);
    int code = options_parse(&program, argc, argv, &operands);
    if (code >= 0)
        return code;
    if (!operands.n && !wants_fresh(&config))
        return fail(&program, 2, "needs a file, or --preset NAME (see --help)");
    job.reports = json_array();
    code = operands.n ? report_files(&job, &operands) : report_fresh(&job, &config);
    return finish(&job, code);
}
