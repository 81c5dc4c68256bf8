/* rimer-forecast -m MODEL DATA: continues every series. */
#include "options.h"
#include "outputs.h"

#include <stddef.h>
#include <string.h>

enum { STYLE_AUTO, STYLE_WIDE, STYLE_LONG };

typedef struct settings {
    int64_t horizon, threads;
    int style, no_conformal;
    char quantiles[RIMER_TEXT_SIZE], level[RIMER_TEXT_SIZE];
} settings;

static const rimer_field fields[] = {
    {"horizon", "", RIMER_FIELD_INT, offsetof(settings, horizon), 0, 1048576, "0", "",
     "steps to forecast; 0: as many as the model was trained for"},
    {"style", "", RIMER_FIELD_CHOICE, offsetof(settings, style), 0, 0, "auto", "auto|wide|long",
     "wide: the columns of the data; long: unique_id, ds, Rimer; auto: wide for a single "
     "series"},
    {"level", "", RIMER_FIELD_TEXT, offsetof(settings, level), 0, 0, "", "",
     "per cent of central intervals to add, such as 80,95: columns Rimer-lo-80, Rimer-hi-80"},
    {"quantiles", "", RIMER_FIELD_TEXT, offsetof(settings, quantiles), 0, 0, "", "",
     "quantiles to add, such as 0.1,0.5,0.9: columns Rimer-q-0.1"},
    {"threads", "", RIMER_FIELD_INT, offsetof(settings, threads), 0, 1024, "0", "",
     "threads; 0: as many as processors; never changes the numbers"},
    {NULL, NULL, 0, 0, 0, 0, NULL, NULL, NULL}};

static rimer_status read_wanted(const settings *set, rimer_forecast_wanted *wanted) {
    rimer_status status = rimer_intervals_read(&wanted->intervals, set->level);
    return status == RIMER_OK ? rimer_levels_read(&wanted->quantiles, set->quantiles) : status;
}

static int write_forecast(const app_program *program, const rimer_model *model,
                          const rimer_dataset *dataset, const settings *set,
                          const char *output) {
    rimer_forecast *forecast;
    rimer_forecast_wanted wanted = {0};
    rimer_status status = read_wanted(set, &wanted);
    if (status == RIMER_OK)
        status = rimer_forecast_dataset_with(model, dataset, set->horizon, set->threads,
                                             &wanted, &forecast);
    if (status == RIMER_OK) {
        int wide = set->style == STYLE_WIDE ||
                   (set->style == STYLE_AUTO && rimer_dataset_n_series(dataset) == 1);
        status = rimer_forecast_write(forecast, wide ? "wide" : "long", output);
        rimer_forecast_free(forecast);
    }
    return status == RIMER_OK ? 0 : fail_status(program, status);
}

static int forecast_file(const app_program *program, const char *model_path, const char *data,
                         const rimer_read_options *read, const settings *set,
                         const char *output) {
    rimer_model *model;
    rimer_dataset *dataset;
    rimer_status status = rimer_model_load(model_path, &model);
    if (status != RIMER_OK)
        return fail_status(program, status);
    int code;
    if (set->no_conformal)
        rimer_model_drop_conformal(model);
    status = rimer_dataset_read(data, read, &dataset);
    if (status == RIMER_OK) {
        code = write_forecast(program, model, dataset, set, output);
        rimer_dataset_free(dataset);
    } else {
        code = fail_status(program, status);
    }
    rimer_model_free(model);
    return code;
}

int main(int argc, char **argv) {
    settings set;
    rimer_read_options read;
    const char *model = NULL, *output = "-";
    const option_group own = {fields, &set}, reading = {rimer_read_fields(), &read};
    const app_option options[] = {
        HEADING("Forecast"),
        TEXT_OPTION("model", 'm', "MODEL", "model to forecast with, made by rimer-train",
                    &model),
        FIELD_OPTION("horizon", 'H', &own, "horizon"),
        FIELD_OPTION(NULL, 0, &own, "level"),
        FIELD_OPTION(NULL, 0, &own, "quantiles"),
        FLAG_OPTION("no-conformal", 0,
                    "leave out what --conformal measured when the model was trained",
                    &set.no_conformal),
        TEXT_OPTION("output", 'o', "FILE", "CSV to write; default: standard output", &output),
        FIELD_OPTION(NULL, 0, &own, "style"),
        FIELD_OPTION(NULL, 0, &own, "threads"),
        HEADING("Reading the data"),
        GROUP_OPTIONS(&reading),
        OPTIONS_END};
    static const char *const examples[] = {
        "continue every channel", "rimer-forecast -m demand.safetensors datasets/uk_demand.csv",
        "twice the trained horizon, into a file",
        "rimer-forecast -m m.safetensors data.csv -H 192 -o next.csv", NULL};
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
    rimer_fields_init(fields, &set);
    rimer_read_options_init(&read);
    int code = options_parse(&program, argc, argv, &operands);
    if (code >= 0)
        return code;
    if (!model)
        return fail(&program, 2, "needs a model: -m MODEL (see --help)");
    code = output_check(&program, "the forecast", output, operands.path[0]);
    if (code < 0)
        code = output_check(&program, "the forecast", output, model);
    return code >= 0 ? code
                     : forecast_file(&program, model, operands.path[0], &read, &set, output);
}
