/* rimer-train DATA -o MODEL: learns a forecaster from data alone. */
#include "deviceoption.h"
#include "doubts.h"
#include "options.h"
#include "outputs.h"
#include "progress.h"
#include "scores.h"
#include "seriestext.h"
#include "streams.h"
#include "terminal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct train_job {
    const app_program *program;
    rimer_config config;
    rimer_read_options read;
    const char *data, *model, *log, *init;
    int resume, force, quiet, print_config, wants_phase;
    char default_model[4096];
    char *state, *best; /* files beside the model while training runs */
    rimer_writelock log_lock;
} train_job;

static int print_config(const train_job *job) {
    char *json;
    rimer_status status = rimer_config_json(&job->config, &json);
    if (status != RIMER_OK)
        return fail_status(job->program, status);
    fputs(json, stdout);
    free(json);
    return streams_finish(job->program, 0);
}

static int check_outputs(train_job *job) {
    const char *const whats[] = {"the model", "the training state", "the best model so far"};
    const char *const paths[] = {job->model, job->state, job->best};
    int code = -1;
    for (int i = 0; i < 3 && code < 0; i++)
        code = output_check(job->program, whats[i], paths[i], job->data);
    if (!job->log)
        return code;
    for (int i = 0; i < 3 && code < 0; i++)
        if (output_is_same(job->log, paths[i]))
            code =
                fail(job->program, 2, "%s: cannot be both %s and the log", job->log, whats[i]);
    if (code < 0)
        code = output_check(job->program, "the log", job->log, job->data);
    if (code < 0)
        code = output_lock(job->program, &job->log_lock, job->log);
    return code < 0 ? train_log_check(job->program, job->log, job->force) : code;
}

static int choose_files(train_job *job) {
    if (!job->model) {
        if (strcmp(job->data, "-") == 0)
            return fail(job->program, 2,
                        "data from standard input need a name for the model: -o MODEL");
        output_default(job->data, ".safetensors", job->default_model,
                       sizeof job->default_model);
        job->model = job->default_model;
    }
    if (strcmp(job->model, "-") == 0)
        return fail(job->program, 2, "a model is not written to standard output: -o MODEL");
    rimer_status status = rimer_train_state_path(job->model, &job->state);
    if (status == RIMER_OK)
        status = rimer_train_best_path(job->model, &job->best);
    return status == RIMER_OK ? check_outputs(job) : fail_status(job->program, status);
}

static int report_left_out(const train_job *job, const rimer_dataset *dataset) {
    rimer_left_out out;
    char first[512];
    rimer_status status = rimer_train_left_out(dataset, &job->config, &out);
    if (status != RIMER_OK)
        return fail_status(job->program, status);
    if (out.n_short_series)
        fprintf(stderr, "left out    %lld series, too short for a training window\n",
                (long long)out.n_short_series);
    if (out.n_empty_rows) {
        fprintf(stderr, "left out    %s", text_short(out.first_empty, 80, first, sizeof first));
        if (out.n_empty_rows > 1)
            fprintf(stderr, " and %lld more", (long long)(out.n_empty_rows - 1));
        fprintf(stderr, ": nothing observed to train on\n");
    }
    return -1;
}

/* Borders that lie beyond all misses but one are where that one happens to be. */
static int report_calibration(const train_job *job, const rimer_dataset *dataset) {
    rimer_calibration found;
    rimer_status status = rimer_train_calibration(dataset, &job->config, &found);
    if (status != RIMER_OK)
        return fail_status(job->program, status);
    if (!job->config.conformal || found.told >= found.offered)
        return -1;
    int per_cent = (int)(100 * found.told + 1e-9);
    fprintf(stderr, "conformal   %lld validation window%s without overlap: ",
            (long long)found.n_windows, found.n_windows == 1 ? "" : "s");
    if (per_cent > 0)
        fprintf(stderr, "enough for intervals up to %d %%, wider ones are a guess\n", per_cent);
    else
        fprintf(stderr, "too few for any interval\n");
    return -1;
}

static int report_choice(const train_job *job) {
    const rimer_config *config = &job->config;
    char parameters[32];
    int is_pair = config->moments == RIMER_MOMENTS_BOTH;
    rimer_model *model;
    rimer_status status = rimer_model_create(config, &model);
    if (status != RIMER_OK)
        return fail_status(job->program, status);
    text_count(rimer_model_n_parameters(model), parameters, sizeof parameters);
    rimer_model_free(model);
    fprintf(stderr, "forecast    %lld steps from the last %lld, in patches of %lld\n",
            (long long)config->horizon, (long long)config->context_len,
            (long long)config->patch_len);
    fprintf(stderr, "%-11s %s parameters: %lld layer%s, width %lld, heads of %lld\n",
            is_pair ? "2 networks" : "network", parameters, (long long)config->layers,
            config->layers == 1 ? "" : "s", (long long)config->width,
            (long long)config->head_size);
    if (job->wants_phase)
        fprintf(stderr, "phase       %s\n",
                strcmp(config->phase, "no") == 0
                    ? "not told: no season was found in the training part"
                    : config->phase);
    return -1;
}

static void report_training(const rimer_model *model, const rimer_train_report *report) {
    char windows[32], rows[32], seconds[32];
    fprintf(stderr, "trained     on %s windows (%s rows)",
            text_count(report->n_windows, windows, sizeof windows),
            text_count(report->n_rows, rows, sizeof rows));
    if (report->seconds > 0) /* not known any more where a refit goes on */
        fprintf(stderr, " in %s", text_seconds(report->seconds, seconds, sizeof seconds));
    fprintf(stderr, ": %lld epoch%s, best %lld\n", (long long)report->epochs,
            report->epochs == 1 ? "" : "s", (long long)report->best_epoch);
    if (report->twin_epochs)
        fprintf(stderr, "twin        %lld epoch%s, best %lld; together val %s %.4f\n",
                (long long)report->twin_epochs, report->twin_epochs == 1 ? "" : "s",
                (long long)report->twin_best_epoch, isnan(report->val_crps) ? "MSE" : "CRPS",
                isnan(report->val_crps) ? report->val_mse : report->val_crps);
    if (report->n_val_scored < report->n_val_rows)
        fprintf(stderr, "validated   on %s of %s rows, evenly spaced (val_rows)\n",
                text_count(report->n_val_scored, rows, sizeof rows),
                text_count(report->n_val_rows, windows, sizeof windows));
    if (!isnan(report->own_score))
        fprintf(stderr, "channels    maps of their own: val %s %.4f, %.4f without: %s\n",
                isnan(report->val_crps) ? "MSE" : "CRPS", report->own_score,
                report->shared_score,
                rimer_model_config(model)->own_channels ? "kept" : "left out");
}

#define LEVEL 0.005 /* errors closer than this share are level: seeds differ by as much */

/* The baseline with the least error; NULL if none was scored. */
static const score_row *best_baseline(const score_table *table) {
    const score_row *best = NULL;
    for (int i = 1; i < table->n; i++) {
        const score_row *row = &table->rows[i];
        if (!row->failed &&
            (!best || row->evaluation.standardised.mse < best->evaluation.standardised.mse))
            best = row;
    }
    return best;
}

/* What the reader of a table wants to hear: is the network worth its cost here? */
static void print_verdict(const score_table *table) {
    const score_row *best = best_baseline(table);
    double ours = table->rows[0].evaluation.standardised.mse;
    double theirs = best ? best->evaluation.standardised.mse : (double)INFINITY;
    if (!(ours >= 0))
        fprintf(stderr, "The validation part has no errors to judge Rimer by.\n");
    else if (ours < (1 - LEVEL) * theirs)
        fprintf(stderr, "Rimer beats every baseline on the validation part.\n");
    else if (ours <= theirs)
        fprintf(
            stderr,
            "Rimer does NOT beat %s on the validation part, it is level with it: prefer %s, "
            "or try other settings.\n",
            best->name, best->name);
    else
        fprintf(stderr,
                "Rimer does NOT beat %s on the validation part: prefer %s, or train longer "
                "or with other settings.\n",
                best->name, best->name);
}

/* The model is scored once more, though an epoch was by its error: of that, all that a run keeps, and
 * one that goes on has, is MSE, MAE and CRPS, before calibration and perhaps on a sample. MASE and what
 * the intervals held are not among them, and its baselines are scored on all rows. */
static int compare(const train_job *job, const rimer_model *model,
                   const rimer_dataset *dataset) {
    score_table table = {0};
    rimer_protocol protocol;
    rimer_baseline_settings settings;
    rimer_protocol_init(&protocol);
    rimer_baseline_settings_init(&settings);
    snprintf(protocol.split, sizeof protocol.split, "%s", job->config.split);
    protocol.part = RIMER_PART_VAL;
    protocol.horizon = settings.horizon = job->config.horizon;
    protocol.threads = settings.threads = job->config.threads;
    settings.context_len = job->config.context_len;
    settings.split = job->config.split;
    settings.intervals = rimer_model_levels(model).n > 1;
    rimer_status status = scores_add_model(&table, model, dataset, &protocol);
    if (status != RIMER_OK)
        return fail_status(job->program, status);
    for (const char *const *name = rimer_baseline_names(); *name; name++)
        if (scores_add_baseline(&table, *name, dataset, &settings, &protocol) != RIMER_OK)
            scores_add_failure(&table, *name);
    fprintf(stderr, "\nvalidation: %lld windows of %lld steps, standardised errors\n",
            (long long)table.rows[0].evaluation.n_windows, (long long)protocol.horizon);
    scores_print(&table, stderr);
    print_verdict(&table);
    scores_free(&table);
    return 0;
}

static int is_there(const char *path) {
    return access(path, F_OK) == 0;
}

static void report_refit(const train_job *job, const rimer_train_report *report) {
    char windows[32], rows[32];
    fprintf(stderr, "refit       on %s windows (%s rows): %s\n",
            text_count(report->refit_windows, windows, sizeof windows),
            text_count(report->refit_rows, rows, sizeof rows),
            job->config.refit == RIMER_REFIT_ALL ? "all that there is"
                                                 : "training and validation part");
}

/* What the run ended with, and how it fares. Of a refit that was said of the model before it. */
static int report_end(const train_job *job, const rimer_model *model,
                      const rimer_train_report *report, const rimer_dataset *dataset) {
    char name[1024];
    text_harmless(job->model, name, sizeof name);
    if (report->was_done)
        fprintf(stderr, "model       %s: this run is done, there is nothing to go on with\n",
                name);
    else if (report->refit_rows)
        report_refit(job, report);
    else
        report_training(model, report);
    if (!report->was_done)
        fprintf(stderr, "model       %s\n", name);
    if (report->refit_rows)
        return 0;
    int code = compare(job, model, dataset);
    if (code == 0)
        fprintf(stderr, "Validation and test part were not learnt; --refit all trains anew on "
                        "all, for a forecast that counts.\n");
    return code;
}

/* What watches a training. */
typedef struct train_watch {
    train_progress progress;
    const train_job *job;
    const rimer_dataset *dataset;
    int code; /* of what was said of the chosen model */
} train_watch;

static int watch_progress(void *user, const rimer_progress *state) {
    train_watch *watch = user;
    return progress_show(&watch->progress, state);
}

static void watch_chosen(void *user, const rimer_model *model,
                         const rimer_train_report *report) {
    train_watch *watch = user;
    if (watch->job->quiet)
        return;
    progress_clear(&watch->progress);
    report_training(model, report);
    watch->code = compare(watch->job, model, watch->dataset);
    fputc('\n', stderr);
}

/* Leaves with what there is to go on from. */
static int unfinished(const train_job *job, rimer_status status) {
    int code = rimer_status_exit_code(status);
    if (status == RIMER_INTERRUPTED)
        return fail(job->program, code,
                    "interrupted; %s has the state%s%s: run the same command with --resume to "
                    "go on",
                    job->state, is_there(job->best) ? ", the best model so far is " : "",
                    is_there(job->best) ? job->best : "");
    if (code == 1 && is_there(job->state))
        return fail(job->program, code, "%s; --resume goes on from what %s has",
                    rimer_last_error(), job->state);
    return fail_status(job->program, status);
}

static int train(const train_job *job, const rimer_dataset *dataset) {
    train_watch watch = {.job = job, .dataset = dataset};
    rimer_model *model = NULL, *init = NULL;
    rimer_train_report report = {0};
    int goes_on = job->resume && is_there(job->state);
    if (job->resume && !goes_on && !is_there(job->model))
        fail(job->program, 0, "%s: is not there, so training begins at the beginning",
             job->state);
    rimer_status status = job->init ? rimer_model_load(job->init, &init) : RIMER_OK;
    if (status != RIMER_OK)
        return fail_status(job->program, status);
    progress_open(&watch.progress, job->program, job->log, job->quiet, goes_on);
    rimer_train_hooks hooks = {.user = &watch,
                               .progress = watch_progress,
                               .chosen = watch_chosen,
                               .model_path = job->model,
                               .resume = job->resume,
                               .force = job->force,
                               .init = init};
    status = rimer_train(dataset, &job->config, &hooks, &model, &report);
    int log_code = progress_close(&watch.progress), code = watch.code;
    if (status != RIMER_OK)
        code = unfinished(job, status);
    else if (!job->quiet && code <= 0)
        code = report_end(job, model, &report, dataset);
    rimer_model_free(model);
    rimer_model_free(init);
    return log_code < 0 ? code : log_code; /* a stop because the log failed is a failure */
}

/* Before any data are read. */
static int choose_device(train_job *job) {
    rimer_device found;
    rimer_status status = device_find(job->config.device, job->quiet, &found);
    if (status != RIMER_OK)
        return fail_status(job->program, status);
    snprintf(job->config.device, sizeof job->config.device, "%s", found.name);
    return -1;
}

static int work(train_job *job) {
    rimer_dataset *dataset;
    rimer_status status = rimer_dataset_read(job->data, &job->read, &dataset);
    if (status != RIMER_OK)
        return fail_status(job->program, status);
    int code = -1;
    job->wants_phase = strcmp(job->config.phase, "no") != 0;
    status = rimer_config_choose(&job->config, dataset);
    if (status != RIMER_OK)
        code = fail_status(job->program, status);
    else if (rimer_config_check(&job->config))
        code = fail(job->program, 2, "%s", rimer_config_check(&job->config));
    if (code < 0 && job->print_config)
        code = print_config(job);
    if (code < 0 && !job->quiet) {
        print_data(dataset, stderr);
        doubts_tell(job->program, dataset);
        code = report_left_out(job, dataset);
        code = code < 0 ? report_choice(job) : code;
        code = code < 0 ? report_calibration(job, dataset) : code;
    }
    if (code < 0)
        code = train(job, dataset);
    rimer_dataset_free(dataset);
    return code;
}

int main(int argc, char **argv) {
    static train_job job;
    const option_group config = {rimer_config_fields(), &job.config};
    const option_group read = {rimer_read_fields(), &job.read};
    const app_option options[] = {
        HEADING("Files"),
        TEXT_OPTION("output", 'o', "MODEL",
                    "model to write; default: the name of the data with .safetensors, in the "
                    "current folder",
                    &job.model),
        TEXT_OPTION("log", 0, "FILE.csv",
                    "write a line an epoch: loss, learning rate, validation errors", &job.log),
        INIT_OPTION(&job.init),
        FLAG_OPTION(
            "resume", 0,
            "go on where an interrupted run of the same command stopped; begin if there "
            "is none",
            &job.resume),
        FLAG_OPTION("force", 0,
                    "replace the model of another run, or give up an interrupted one; with "
                    "--resume: go on with other kernels, to other bits",
                    &job.force),
        FORECAST_OPTIONS(&config),
        FIELD_OPTION("quantiles", 0, &config, "quantiles"),
        FIELD_OPTION("conformal", 0, &config, "conformal"),
        TRAINING_OPTIONS(&config),
        HEADING("Settings"),
        PRESET_OPTION,
        CONFIG_OPTION,
        SET_OPTION,
        FLAG_OPTION("print-config", 0,
                    "print the settings that would be used, as JSON, and stop",
                    &job.print_config),
        FLAG_OPTION("quiet", 'q', "say nothing but errors", &job.quiet),
        HEADING("Reading the data"),
        GROUP_OPTIONS(&read),
        OPTIONS_END};
    static const char *const examples[] = {
        "sensible settings from the data alone",
        "rimer-train datasets/uk_demand.csv -o demand.safetensors",
        "a day ahead from two weeks, with a log",
        "rimer-train data.csv -H 24 --context 336 --log log.csv", NULL};
    static const char *const notes[] = {
        "DATA is a wide CSV (a row a step, a column a channel, the time first), also gzipped; "
        "- is "
        "standard input. Settings take their values in this order, later ones winning: "
        "default, "
        "--preset, --config, environment (RIMER_<KEY>), --set, option.",
        "Interrupt once (Ctrl-C) to stop after the present step with the state saved, twice to "
        "leave at once. A running training is saved every checkpoint_seconds, too: "
        "MODEL.train.safetensors has the state, MODEL.best.safetensors the best model so far; "
        "both go when MODEL is written.",
        NULL};
    const app_program program = {.name = "rimer-train",
                                 .purpose = "learn a forecaster from a table of time series",
                                 .usage = "DATA [-o MODEL] [options]",
                                 .examples = examples,
                                 .notes = notes,
                                 .options = options,
                                 .config = &config,
                                 .max_operands = 1};
    app_operands operands;
    job.program = &program;
    rimer_config_init(&job.config);
    rimer_read_options_init(&job.read);
    int code = options_parse(&program, argc, argv, &operands);
    if (code >= 0)
        return code;
    if (rimer_config_check(&job.config))
        return fail(&program, 2, "%s", rimer_config_check(&job.config));
    if (!operands.n)
        return job.print_config
                   ? print_config(&job)
                   : fail(&program, 2, "needs a data file: rimer-train DATA (see --help)");
    job.data = operands.path[0];
    if (!job.print_config)
        code = choose_files(&job);
    if (code < 0 && !job.print_config)
        code = choose_device(&job);
    if (code < 0)
        code = work(&job);
    rimer_writelock_release(&job.log_lock);
    free(job.state);
    free(job.best);
    return code;
}
