/* rimer-convert IN OUT: writes a table in another layout or format. */
#include "options.h"
#include "outputs.h"
#include "terminal.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

typedef struct convert_job {
    const app_program *program;
    rimer_read_options read;
    rimer_write_options write;
    const char *input, *output;
    int quiet;
} convert_job;

static const char *plural(int64_t n) {
    return n == 1 ? "" : "s";
}

static void report(const convert_job *job, const rimer_dataset *dataset) {
    char name[1024], steps[32], series[32], channels[32], missing[32];
    int64_t n_series = rimer_dataset_n_series(dataset), n_steps = 0;
    int64_t n_channels = rimer_dataset_n_channels(dataset);
    int64_t n_missing = rimer_dataset_notes(dataset).n_missing;
    for (int64_t i = 0; i < n_series; i++)
        n_steps += rimer_dataset_series(dataset, i).n_steps;
    fprintf(stderr,
            "wrote       %s: %s step%s of %s series, %s channel%s, %s missing value%s\n",
            strcmp(job->output, "-") == 0 ? "standard output"
                                          : text_harmless(job->output, name, sizeof name),
            text_count(n_steps, steps, sizeof steps), plural(n_steps),
            text_count(n_series, series, sizeof series),
            text_count(n_channels, channels, sizeof channels), plural(n_channels),
            text_count(n_missing, missing, sizeof missing), plural(n_missing));
}

/* "file.h5:/values" names the file "file.h5". Returns the path itself or a copy in *copy. */
static const char *file_of(const char *path, char **copy) {
    struct stat info;
    const char *colon = strstr(path, ":/");
    *copy = NULL;
    if (!colon || stat(path, &info) == 0)
        return path;
    *copy = strndup(path, (size_t)(colon - path));
    return *copy ? *copy : path;
}

static int check_output(const convert_job *job) {
    char *copy;
    const char *input = file_of(job->input, &copy);
    int is_stream = strcmp(job->input, "-") == 0;
    int code = output_check(job->program, "the table", job->output, is_stream ? NULL : input);
    free(copy);
    return code;
}

static int convert(const convert_job *job) {
    rimer_dataset *dataset;
    rimer_status status = rimer_dataset_read(job->input, &job->read, &dataset);
    if (status != RIMER_OK)
        return fail_status(job->program, status);
    status = rimer_dataset_write(dataset, job->output, &job->write);
    int code = status == RIMER_OK ? 0 : fail_status(job->program, status);
    if (code == 0 && !job->quiet)
        report(job, dataset);
    rimer_dataset_free(dataset);
    return code;
}

int main(int argc, char **argv) {
    static convert_job job;
    const option_group reading = {rimer_read_fields(), &job.read};
    const option_group writing = {rimer_write_fields(), &job.write};
    /* reading first: RIMER_LAYOUT and --set layout mean its key */
    const app_option options[] = {
        HEADING("Reading the data"),
        GROUP_OPTIONS(&reading),
        HEADING("What is written"),
        FIELD_OPTION("to", 0, &writing, "layout"),
        FIELD_OPTION(NULL, 0, &writing, "format"),
        FLAG_OPTION("quiet", 'q', "say nothing but errors", &job.quiet),
        OPTIONS_END};
    static const char *const examples[] = {
        "a column a channel becomes a row a value",
        "rimer-convert datasets/uk_demand.csv demand_long.csv --to long",
        "semicolons and decimal commas become plain CSV, gzipped",
        "rimer-convert meter.csv meter.csv.gz --decimal ,", NULL};
    static const char *const notes[] = {
        "IN and OUT may be -, standard input and output. Steps without a row are written as "
        "rows "
        "with empty cells; reading OUT gives the same values, bit for bit, and the same times. "
        "Texts that begin with = + - @ are quoted and not altered.",
        NULL};
    const app_program program = {.name = "rimer-convert",
                                 .purpose = "write a table in another layout or format",
                                 .usage = "IN OUT [--to wide|long] [options]",
                                 .examples = examples,
                                 .notes = notes,
                                 .options = options,
                                 .min_operands = 2,
                                 .max_operands = 2,
                                 .operand = "a table to read and one to write"};
    app_operands operands;
    job.program = &program;
    rimer_read_options_init(&job.read);
    rimer_write_options_init(&job.write);
    int code = options_parse(&program, argc, argv, &operands);
    if (code >= 0)
        return code;
    job.input = operands.path[0];
    job.output = operands.path[1];
    code = check_output(&job);
    return code >= 0 ? code : convert(&job);
}
