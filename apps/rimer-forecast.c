/* rimer-forecast -m MODEL DATA: continues every series. */
#include "deviceoption.h"
#include "doubts.h"
#include "followrows.h"
#include "learnt.h"
#include "models.h"
#include "options.h"
#include "outputs.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>

enum { STYLE_AUTO, STYLE_WIDE, STYLE_LONG };

typedef struct settings {
    int64_t horizon, threads, every, max_gap;
    int style, no_conformal, follow, on_error;
    double adapt;
    const char *state;
    char quantiles[RIMER_TEXT_SIZE], level[RIMER_TEXT_SIZE], device[RIMER_TEXT_SIZE];
} settings;

#define TEXT_OF(words) #words
#define NUMBER_TEXT(macro) TEXT_OF(macro)

static const rimer_field fields[] = {
    {"horizon", "", RIMER_FIELD_INT, offsetof(settings, horizon), 0, 1048576, "0", "",
     "steps to forecast; 0: as many as the model was trained for, of several the shortest"},
    {"style", "", RIMER_FIELD_CHOICE, offsetof(settings, style), 0, 0, "auto", "auto|wide|long",
     "wide: the columns of the data; long: unique_id, ds, Rimer; auto: wide for a single "
     "series"},
    {"level", "", RIMER_FIELD_TEXT, offsetof(settings, level), 0, 0, "", "",
     "per cent of central intervals to add, such as 80,95: columns Rimer-lo-80, Rimer-hi-80"},
    {"quantiles", "", RIMER_FIELD_TEXT, offsetof(settings, quantiles), 0, 0, "", "",
     "quantiles to add, such as 0.1,0.5,0.9: columns Rimer-q-0.1"},
    {"adapt", "", RIMER_FIELD_REAL, offsetof(settings, adapt), 0, 100, "0", "",
     "how fast intervals follow their own hits and misses, for which the last 16 horizons of "
     "the "
     "data are forecast, too: 1 makes up for what they missed in about a horizon; 0: not at "
     "all"},
    {"every", "", RIMER_FIELD_INT, offsetof(settings, every), 0, 1048576, "0", "",
     "steps from one forecast to the next; 0: after each patch"},
    {"max_gap", "", RIMER_FIELD_INT, offsetof(settings, max_gap), 0, 1048576,
     NUMBER_TEXT(RIMER_FOLLOW_MAX_GAP), "",
     "missing steps that may lie before a row; one further ahead, whose time may be wrong, is "
     "refused as --on-error says"},
    {"on_error", "", RIMER_FIELD_CHOICE, offsetof(settings, on_error), 0, 0, "fail",
     "fail|skip|naive",
     "a series that cannot be forecast, with --follow a row out of order or with what is no "
     "number: end with exit code 3; say so, leave it out and end with 5; or the same, but "
     "repeat the last value of the series"},
    {"threads", "", RIMER_FIELD_INT, offsetof(settings, threads), 0, 1024, "0", "",
     "threads; 0: as many as processors; never changes the numbers"},
    DEVICE_FIELD(settings),
    {NULL, NULL, 0, 0, 0, 0, NULL, NULL, NULL}};

static rimer_status read_wanted(const settings *set, rimer_forecast_wanted *wanted) {
    rimer_status status = rimer_intervals_read(&wanted->intervals, set->level);
    wanted->adapt = set->adapt;
    wanted->on_error = set->on_error;
    return status == RIMER_OK ? rimer_levels_read(&wanted->quantiles, set->quantiles) : status;
}

/* What each model says, and the mean of it if there are several. */
static rimer_status forecast_together(const model_list *models, const rimer_dataset *dataset,
                                      const settings *set, rimer_forecast **out) {
    rimer_forecast *members[OPTION_OPERANDS_MAX] = {0};
    const rimer_forecast *all[OPTION_OPERANDS_MAX];
    int64_t horizon = set->horizon ? set->horizon : models_horizon(models);
    rimer_forecast_wanted wanted = {0};
    rimer_status status = read_wanted(set, &wanted);
    int n = 0;
    while (status == RIMER_OK && n < models->n) {
        if (set->no_conformal)
            rimer_model_drop_conformal(models->models[n]);
        status = rimer_forecast_dataset_with(models->models[n], dataset, horizon, set->threads,
                                             &wanted, &members[n]);
        all[n] = members[n];
        n += status == RIMER_OK;
    }
    if (status == RIMER_OK && n == 1) {
        *out = members[0];
        return RIMER_OK;
    }
    if (status == RIMER_OK)
        status = rimer_forecast_mean(all, n, out);
    while (n > 0)
        rimer_forecast_free(members[--n]);
    return status;
}

/* The first few by name. Exit code 5. */
static int tell_problems(const app_program *program, const rimer_dataset *dataset,
                         const rimer_forecast *forecast, const settings *set) {
    enum { NAMED = 5 };
    int64_t n_channels = rimer_dataset_n_channels(dataset), n = 0;
    int64_t n_rows = rimer_dataset_n_series(dataset) * n_channels;
    for (int64_t row = 0; row < n_rows && n < NAMED; row++) {
        const char *problem =
            rimer_forecast_problem(forecast, row / n_channels, row % n_channels);
        if (problem) {
            fail(program, 0, "%s", problem);
            n++;
        }
    }
    return fail(program, rimer_status_exit_code(RIMER_SOME_FAILED),
                "%lld of %lld could not be forecast%s and %s",
                (long long)rimer_forecast_n_problems(forecast), (long long)n_rows,
                rimer_forecast_n_problems(forecast) > NAMED ? ", the first of them above," : "",
                set->on_error == RIMER_ON_ERROR_SKIP ? "were left out"
                                                     : "repeat their last value, if any");
}

static int write_forecast(const app_program *program, const model_list *models,
                          const rimer_dataset *dataset, const settings *set,
                          const char *output) {
    rimer_forecast *forecast;
    int code = 0;
    rimer_status status = forecast_together(models, dataset, set, &forecast);
    if (status == RIMER_OK) {
        int wide = set->style == STYLE_WIDE ||
                   (set->style == STYLE_AUTO && rimer_dataset_n_series(dataset) == 1);
        status = rimer_forecast_write(forecast, wide ? "wide" : "long", output);
        if (status == RIMER_OK && rimer_forecast_n_problems(forecast))
            code = tell_problems(program, dataset, forecast, set);
        rimer_forecast_free(forecast);
    }
    return status == RIMER_OK ? code : fail_status(program, status);
}

static rimer_status follow_settings(const settings *set, const char *data,
                                    const rimer_read_options *read,
                                    rimer_follow_settings *follow) {
    rimer_follow_settings_init(follow);
    follow->data = data;
    follow->read = read;
    follow->state = set->state;
    follow->style = set->style == STYLE_LONG ? "long" : "wide";
    follow->horizon = set->horizon;
    follow->every = set->every;
    follow->max_gap = set->max_gap;
    follow->on_error = set->on_error;
    return read_wanted(set, &follow->wanted);
}

static int follow_file(const app_program *program, const app_operands *paths, const char *data,
                       const rimer_read_options *read, const settings *set) {
    rimer_follow_settings follow;
    model_list models;
    rimer_status status = models_load(&models, paths);
    if (status == RIMER_OK)
        status = follow_settings(set, data, read, &follow);
    if (status == RIMER_OK && set->no_conformal)
        rimer_model_drop_conformal(models.models[0]);
    int code = status == RIMER_OK ? follow_rows(program, models.models[0], &follow)
                                  : fail_status(program, status);
    models_free(&models);
    return code;
}

/* -1, or the exit code after a message. */
static int check_follow(const app_program *program, const settings *set,
                        const rimer_read_options *read, const app_operands *models,
                        const char *data, const char *output) {
    if (!set->follow && (set->state || set->every || options_given(set, "max_gap")))
        return fail(program, 2, "--state, --every and --max-gap go with --follow");
    if (!set->follow)
        return -1;
    if (set->on_error == RIMER_ON_ERROR_NAIVE)
        return fail(program, 2,
                    "--follow has nothing to repeat for a row that is refused: "
                    "--on-error fail or skip");
    if (read->append[0])
        return fail(program, 2,
                    "--append adds a file to another, and --follow has rows that come");
    if (set->adapt > 0)
        return fail(program, 2, "--adapt looks back over a file, which --follow has not");
    if (strcmp(set->device, "cpu") != 0)
        return fail(program, 2,
                    "--follow runs on the processor, which a step at a time suits best: leave "
                    "--device %s out",
                    set->device);
    if (models->n > 1)
        return fail(program, 2, "--follow goes with one model, not %d", models->n);
    if (strcmp(output, "-") != 0)
        return fail(program, 2,
                    "--follow writes to standard output, row by row: > %s leads it there",
                    output);
    if (set->state && strcmp(set->state, "-") == 0)
        return fail(program, 2, "the state needs a file of its own, not standard output");
    int code = set->state ? output_check(program, "the state", set->state, data) : -1;
    return set->state && code < 0
               ? output_check(program, "the state", set->state, models->path[0])
               : code;
}

/* -1, or the exit code after a message: a CSV of that name would be taken for what it is not. */
static int check_format(const app_program *program, const char *output) {
    const char *ending = strrchr(output, '.');
    if (!ending || (strcasecmp(ending, ".h5") != 0 && strcasecmp(ending, ".hdf5") != 0))
        return -1;
    return fail(program, 2,
                "%s: forecasts are written as CSV: name it .csv or .csv.gz, and rimer-convert "
                "makes HDF5 of it",
                output);
}

static int forecast_file(const app_program *program, const app_operands *paths,
                         const char *data, const rimer_read_options *read, const settings *set,
                         const char *output) {
    model_list models;
    rimer_dataset *dataset = NULL;
    rimer_status status = models_load(&models, paths);
    if (status == RIMER_OK)
        status = device_use(set->device, &models);
    if (status == RIMER_OK)
        status = rimer_dataset_read(data, read, &dataset);
    int code = status == RIMER_OK ? write_forecast(program, &models, dataset, set, output)
                                  : fail_status(program, status);
    if (code == 0 ||
        code == rimer_status_exit_code(RIMER_SOME_FAILED)) { /* a failure is one sentence */
        models_tell_frequency(program, &models, dataset);
        if (set->adapt > 0)
            learnt_tell_adapted(&(learnt_by){program, paths, &models}, dataset);
        doubts_tell(program, dataset);
        doubts_tell_ends(program, dataset);
    }
    rimer_dataset_free(dataset);
    models_free(&models);
    return code;
}

int main(int argc, char **argv) {
    settings set;
    rimer_read_options read;
    app_operands models = {0};
    const char *output = "-";
    const option_group own = {fields, &set}, reading = {rimer_read_fields(), &read};
    const app_option options[] = {
        HEADING("Forecast"),
        MODELS_OPTION(&models),
        FIELD_OPTION("horizon", 'H', &own, "horizon"),
        FIELD_OPTION(NULL, 0, &own, "level"),
        FIELD_OPTION(NULL, 0, &own, "quantiles"),
        FIELD_OPTION(NULL, 0, &own, "adapt"),
        FLAG_OPTION("no-conformal", 0,
                    "leave out what --conformal measured when the model was trained",
                    &set.no_conformal),
        TEXT_OPTION("output", 'o', "FILE",
                    "CSV to write, gzipped if the name ends in .gz; default: standard output",
                    &output),
        FIELD_OPTION(NULL, 0, &own, "style"),
        FIELD_OPTION("on-error", 0, &own, "on_error"),
        FIELD_OPTION(NULL, 0, &own, "threads"),
        FIELD_OPTION(NULL, 0, &own, "device"),
        HEADING("Rows that come one by one"),
        FLAG_OPTION("follow", 0,
                    "read rows as they come, without end, and write a new forecast after each "
                    "patch",
                    &set.follow),
        FIELD_OPTION(NULL, 0, &own, "every"),
        FIELD_OPTION("max-gap", 0, &own, "max_gap"),
        TEXT_OPTION("state", 0, "FILE",
                    "go on from this file if it is there, and leave it behind for the next run",
                    &set.state),
        HEADING("Reading the data"),
        GROUP_OPTIONS(&reading),
        OPTIONS_END};
    static const char *const examples[] = {
        "continue every channel",
        "rimer-forecast -m demand.safetensors datasets/uk_demand.csv",
        "twice the trained horizon, into a file",
        "rimer-forecast -m m.safetensors data.csv -H 192 -o next.csv",
        "a new forecast with every patch that a sensor sends",
        "sensor | rimer-forecast -m m.safetensors --follow --state sensor.state -",
        NULL};
    static const char *const notes[] = {"DATA is a table, as rimer-train reads it; - is "
                                        "standard input. The times of the forecast go on in "
                                        "the spelling of the data.",
                                        NULL};
    const app_program program = {.name = "rimer-forecast",
                                 .purpose =
                                     "continue every series of a table with a trained model",
                                 .usage = "-m MODEL DATA [-o FILE] [options]",
                                 .examples = examples,
                                 .notes = notes,
                                 .options = options,
                                 .min_operands = 1,
                                 .max_operands = 1,
                                 .operand = "a data file"};
    app_operands operands;
    memset(&set, 0, sizeof set);
    rimer_fields_init(fields, &set);
    rimer_read_options_init(&read);
    int code = options_parse(&program, argc, argv, &operands);
    if (code >= 0)
        return code;
    if (!models.n)
        return fail(&program, 2, "needs a model: -m MODEL (see --help)");
    code = check_follow(&program, &set, &read, &models, operands.path[0], output);
    if (code < 0 && set.follow)
        return follow_file(&program, &models, operands.path[0], &read, &set);
    if (code < 0)
        code = check_format(&program, output);
    if (code < 0)
        code = output_check(&program, "the forecast", output, operands.path[0]);
    for (int i = 0; i < models.n && code < 0; i++)
        code = output_check(&program, "the forecast", output, models.path[i]);
    return code >= 0 ? code
                     : forecast_file(&program, &models, operands.path[0], &read, &set, output);
}
