/* rimer-search DATA --space FILE: trains at one point of a space of settings after the other. */
#include "options.h"
#include "outputs.h"
#include "seriestext.h"
#include "streams.h"
#include "terminal.h"
#include "texttable.h"
#include "trialrun.h"

#include <inttypes.h>
#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { TOP = 5, SETTINGS_SIZE = 2048 };

typedef struct search_settings {
    int64_t trials, folds;
    double seconds;
} search_settings;

static const rimer_field fields[] = {
    {"trials", "", RIMER_FIELD_INT, offsetof(search_settings, trials), 0, 1000000, "0", "",
     "trials at most; 0: the whole grid, or with --random as many as --seconds allow"},
    {"seconds", "", RIMER_FIELD_REAL, offsetof(search_settings, seconds), 0, 1e9, "0", "",
     "seconds for all trials, those before a --resume included; a trial that lasts longer is "
     "given up; 0: no limit"},
    {"folds", "", RIMER_FIELD_INT, offsetof(search_settings, folds), 0, 1000, "0", "",
     "train each trial on so many folds of the split, SPLIT@1/N to SPLIT@N/N, and judge it by "
     "the mean error on their test parts; 0: train once, judge by the validation part"},
    {NULL, NULL, 0, 0, 0, 0, NULL, NULL, NULL}};

typedef struct search {
    const app_program *program;
    rimer_config config;
    rimer_read_options read;
    search_settings own;
    const char *data, *space_path, *model, *results;
    int random, resume, force, quiet;
    char default_results[4096];
    rimer_writelock results_lock, model_lock;
    rimer_space *space;
    rimer_dataset *dataset;
    trial_list trials;
    trial_run run;
} search;

static int is_there(const char *path) {
    return path && access(path, F_OK) == 0;
}

/* ------------------------------------------------------------------------------- files */

static int refuse_old(const search *s, const char *path) {
    if (!is_there(path) || s->resume || s->force)
        return -1;
    return fail(s->program, 2,
                "%s: is there: --resume to go on with that search, --force to begin anew, or "
                "choose another name",
                path);
}

static int check_results(search *s) {
    if (!s->results) {
        output_default(s->data, ".search.csv", s->default_results, sizeof s->default_results);
        s->results = s->default_results;
    }
    if (strcmp(s->results, "-") == 0)
        return fail(s->program, 2,
                    "the results need a file, to go on from: --results FILE.csv");
    int code = output_check(s->program, "the results", s->results, s->data);
    if (code < 0)
        code = output_check(s->program, "the results", s->results, s->space_path);
    if (code < 0)
        code = output_lock(s->program, &s->results_lock, s->results);
    return code < 0 ? refuse_old(s, s->results) : code;
}

static int check_model(search *s) {
    if (!s->model)
        return -1;
    if (strcmp(s->model, "-") == 0)
        return fail(s->program, 2, "a model is not written to standard output: -o MODEL");
    if (output_is_same(s->model, s->results))
        return fail(s->program, 2, "%s: cannot be both the model and the results", s->model);
    int code = output_check(s->program, "the model", s->model, s->data);
    if (code < 0)
        code = output_check(s->program, "the model", s->model, s->space_path);
    if (code < 0)
        code = output_lock(s->program, &s->model_lock, s->model);
    return code < 0 ? refuse_old(s, s->model) : code;
}

static int choose_files(search *s) {
    if (!s->space_path)
        return fail(s->program, 2, "needs settings to try: --space FILE.json (see --help)");
    if (s->resume && s->force)
        return fail(s->program, 2, "--resume goes on and --force begins anew: choose one");
    if (!s->results && strcmp(s->data, "-") == 0)
        return fail(s->program, 2,
                    "data from standard input need a name for the results: --results FILE.csv");
    int code = check_results(s);
    return code < 0 ? check_model(s) : code;
}

/* Whether the model that is there is this trial's, whatever lies beside it. */
static int has_model_of(const search *s, int64_t index) {
    rimer_config config;
    int done = 0;
    trials_config(&s->trials, index, &config);
    return rimer_config_choose(&config, s->dataset) == RIMER_OK &&
           rimer_train_is_done(s->dataset, &config, s->model, &done) == RIMER_OK && done;
}

/* The best trial's, or that of the next one, if the search was killed between the model and the
 * line of the results. */
static int has_model_of_trials(const search *s) {
    int64_t best = trials_next_best(&s->trials, -1), next = s->trials.n;
    return (best >= 0 && has_model_of(s, best)) ||
           (next < s->run.n_trials && has_model_of(s, next));
}

/* That of a trial which was the best when a search ended, though others came after it. */
static int has_model_of_ended(const search *s) {
    trial_list by_then = s->trials;
    for (int64_t best; (best = trials_next_best(&by_then, -1)) >= 0; by_then.n = best)
        if (has_model_of(s, best))
            return 1;
    return 0;
}

/* With folds no trial has a model of all of the training part, and a refit is for the best alone: the
 * model is made when the search ends. */
static int makes_model_last(const search *s) {
    return s->own.folds || s->config.refit;
}

/* Of a search that goes on. */
static int check_kept(const search *s) {
    int64_t best = trials_next_best(&s->trials, -1);
    if (!s->model || ((makes_model_last(s) || best < 0) && !is_there(s->model)))
        return -1;
    if (!is_there(s->model))
        return fail(s->program, 2,
                    "%s: is not there, though trial %lld of %s is the best so far: name the "
                    "model that its search kept, or go on without -o",
                    s->model, (long long)best + 1, s->results);
    if (makes_model_last(s) ? has_model_of_ended(s) : has_model_of_trials(s))
        return -1;
    return fail(s->program, 2,
                "%s: is not the model of the best trial in %s: name the one that its search "
                "kept, or --force to begin anew",
                s->model, s->results);
}

/* -------------------------------------------------------------------------- one trial */

/* What the errors are of. */
static const char *errors_of(const search *s) {
    return s->own.folds ? "fold" : "val";
}

static void tell_trial(const search *s) {
    const trial *one = &s->trials.items[s->trials.n - 1];
    char settings[SETTINGS_SIZE], seconds[32], stopped[64] = "", crps[48] = "";
    trials_settings(&s->trials, s->trials.n - 1, settings, sizeof settings);
    fprintf(stderr, "trial %3lld/%-3lld  ", (long long)s->trials.n, (long long)s->run.n_trials);
    if (one->outcome == TRIAL_REFUSED) {
        fprintf(stderr, "refused: %s   %s\n", one->reason, settings);
        return;
    }
    if (one->outcome == TRIAL_STOPPED)
        snprintf(stopped, sizeof stopped, "   stopped after %s %" PRId64,
                 s->own.folds ? "fold" : "epoch", s->own.folds ? one->n_curve : one->epochs);
    if (s->trials.by_crps)
        snprintf(crps, sizeof crps, "CRPS %.4f  ", one->val_crps);
    fprintf(stderr, "%s %sMSE %.4f  MAE %.4f   %s   %s%s%s\n", errors_of(s), crps, one->val_mse,
            one->val_mae, text_seconds(one->seconds, seconds, sizeof seconds), settings,
            stopped, trials_next_best(&s->trials, -1) == s->trials.n - 1 ? "   best" : "");
}

/* The best model is there before its line is, so that no line says of a model that is not. */
static int keep_trial(search *s, const rimer_model *model) {
    int64_t best = trials_next_best(&s->trials, -1);
    double error = trial_error(&s->trials, &s->run.now);
    int is_best = s->run.now.outcome == TRIAL_DONE && isfinite(error) &&
                  (best < 0 || error < trial_error(&s->trials, &s->trials.items[best]));
    rimer_status status = RIMER_OK;
    if (is_best && model && s->model && !makes_model_last(s))
        status = rimer_model_save(model, s->model);
    if (status != RIMER_OK)
        return fail_status(s->program, status);
    int code = trials_add(&s->trials, &s->run.now);
    if (code < 0 && !s->quiet)
        tell_trial(s);
    return code;
}

static int stopped(search *s, const rimer_train_report *report) {
    switch (s->run.stop) {
    case RUN_BAD:
        trial_end(&s->run.now, TRIAL_STOPPED, report);
        return keep_trial(s, NULL);
    case RUN_ASKED:
        return fail(s->program, 130,
                    "interrupted; %s has %lld trials: run the same command with --resume to go "
                    "on",
                    s->results, (long long)s->trials.n);
    case RUN_STARVED:
        return fail(s->program, 1, "out of memory: a trial");
    case RUN_LATE:
    case RUN_GOES_ON:
        break;
    }
    return -1;
}

static int refused(search *s, const char *reason) {
    double seconds = s->run.now.seconds;
    if (!trial_refuse(&s->run.now, reason))
        return fail(s->program, 1, "out of memory: a trial");
    s->run.now.seconds = seconds;
    return keep_trial(s, NULL);
}

static int end_trial(search *s, rimer_status status, const rimer_model *model,
                     const rimer_train_report *report) {
    switch (status) {
    case RIMER_OK:
        trial_end(&s->run.now, TRIAL_DONE, report);
        return keep_trial(s, model);
    case RIMER_INTERRUPTED:
        return stopped(s, report);
    case RIMER_USAGE:
    case RIMER_DATA:
    case RIMER_NO_MEMORY:
        return refused(s, rimer_last_error());
    case RIMER_FAILED:
    case RIMER_IO:
    case RIMER_MODEL:
    case RIMER_SOME_FAILED:
        break;
    }
    return fail_status(s->program, status);
}

static int run_trial(search *s) {
    rimer_model *model;
    rimer_train_report report;
    char reason[64];
    int64_t twin = trials_twin(&s->trials, s->trials.n);
    snprintf(reason, sizeof reason, "the settings of trial %lld again", (long long)twin + 1);
    if (twin >= 0)
        return refused(s, reason);
    rimer_status status = trial_run_next(&s->run, &model, &report);
    int code = end_trial(s, status, model, &report);
    trial_forget(&s->run.now);
    rimer_model_free(model);
    return code;
}

/* Whatever it takes, unless it is there. */
static int make_model(search *s) {
    rimer_model *model;
    int64_t best = trials_next_best(&s->trials, -1);
    if (!s->model || !makes_model_last(s) || best < 0 ||
        (is_there(s->model) && has_model_of(s, best)))
        return -1;
    if (!s->quiet)
        fprintf(stderr, "training    with the settings of trial %lld on the split itself%s\n",
                (long long)best + 1, s->config.refit ? ", and anew on more" : "");
    s->run.deadline = (double)INFINITY;
    rimer_status status = trial_run_whole(&s->run, best, &model);
    if (status == RIMER_OK)
        status = rimer_model_save(model, s->model);
    rimer_model_free(model);
    if (status == RIMER_INTERRUPTED)
        return fail(
            s->program, 130,
            "interrupted; %s has the trials: run the same command with --resume to train the "
            "model of the best",
            s->results);
    return status == RIMER_OK ? -1 : fail_status(s->program, status);
}

/* -------------------------------------------------------------------------- the whole */

static void print_best(const search *s) {
    text_table table = {0};
    char seconds[32];
    int64_t n_keys = rimer_space_n_keys(s->space), index = -1;
    table_add_column(&table, "trial", 0, 0);
    for (int64_t i = 0; i < n_keys; i++)
        table_add_column(&table, rimer_space_key(s->space, i)->name, 0, 0)->spare = 1;
    if (s->trials.by_crps)
        table_add_column(&table, s->own.folds ? "fold CRPS" : "val CRPS", 0, 0);
    const char *const titles[] = {s->own.folds ? "fold MSE" : "val MSE",
                                  s->own.folds ? "fold MAE" : "val MAE", "best epoch", "of",
                                  "time"};
    for (size_t i = 0; i < sizeof titles / sizeof *titles; i++)
        table_add_column(&table, titles[i], 0, 0);
    for (int row = 0; row < TOP && (index = trials_next_best(&s->trials, index)) >= 0; row++) {
        const trial *one = &s->trials.items[index];
        rimer_config config;
        int column = 0;
        trials_config(&s->trials, index, &config);
        table_add_row(&table);
        table_set(&table, column++, "%lld", (long long)index + 1);
        for (int64_t i = 0; i < n_keys; i++) {
            char value[RIMER_TEXT_SIZE];
            rimer_field_text(rimer_space_key(s->space, i), &config, value, sizeof value);
            table_set(&table, column++, "%s", value);
        }
        if (s->trials.by_crps)
            table_set(&table, column++, "%.4f", one->val_crps);
        table_set(&table, column++, "%.4f", one->val_mse);
        table_set(&table, column++, "%.4f", one->val_mae);
        table_set(&table, column++, "%lld", (long long)one->best_epoch);
        table_set(&table, column++, "%lld", (long long)one->epochs);
        table_set(&table, column++, "%s", text_seconds(one->seconds, seconds, sizeof seconds));
    }
    table_print(&table, terminal_columns(stdout, 1000), stdout);
}

static void print_end(const search *s) {
    int64_t counts[TRIAL_REFUSED + 1] = {0}, best = trials_next_best(&s->trials, -1);
    char settings[SETTINGS_SIZE], name[1024];
    for (int64_t i = 0; i < s->trials.n; i++)
        counts[s->trials.items[i].outcome]++;
    print_best(s);
    printf("\ntrials      %lld: %lld done, %lld stopped early, %lld refused; all are in %s\n",
           (long long)s->trials.n, (long long)counts[TRIAL_DONE],
           (long long)counts[TRIAL_STOPPED], (long long)counts[TRIAL_REFUSED],
           text_harmless(s->results, name, sizeof name));
    printf("best        trial %lld: %s\n", (long long)best + 1,
           trials_settings(&s->trials, best, settings, sizeof settings));
    if (s->model)
        printf("model       %s\n", text_harmless(s->model, name, sizeof name));
}

static int finish(const search *s) {
    if (trials_next_best(&s->trials, -1) >= 0) {
        print_end(s);
        return streams_finish(s->program, 0);
    }
    if (s->trials.n == 0)
        return fail(s->program, 1, "%.9g seconds are not enough for one trial", s->own.seconds);
    const trial *first = &s->trials.items[0];
    return fail(s->program, 2, "not one of %lld trials has a validation error; the first: %s",
                (long long)s->trials.n, first->reason ? first->reason : "it is not finite");
}

static double seconds_spent(const trial_list *trials) {
    double sum = 0;
    for (int64_t i = 0; i < trials->n; i++)
        sum += trials->items[i].seconds;
    return sum;
}

static int run_trials(search *s) {
    int code = -1;
    double left = s->own.seconds - seconds_spent(&s->trials);
    s->run.deadline = s->own.seconds > 0 ? seconds_now() + left : (double)INFINITY;
    while (code < 0 && s->trials.n < s->run.n_trials && seconds_now() < s->run.deadline)
        code = run_trial(s);
    if (code < 0)
        code = make_model(s);
    return code < 0 ? finish(s) : code;
}

static int begin(search *s) {
    if (s->resume && !is_there(s->results))
        fail(s->program, 0, "%s: is not there, so the search begins at the beginning",
             s->results);
    int code = trials_open(&s->trials, s->results, s->resume);
    return code < 0 && s->resume ? check_kept(s) : code;
}

/* The first fold has the fewest steps to train on. */
static int check_folds(const search *s) {
    rimer_config first;
    if (!s->own.folds)
        return -1;
    rimer_config_init(&first);
    if (strchr(s->config.split, '@') || !trials_fold(&s->trials, 1, &first))
        return fail(s->program, 2,
                    "split %s: --folds makes the folds itself: give a split without one",
                    s->config.split);
    first.horizon = s->config.horizon;
    rimer_status status = rimer_config_choose(&first, s->dataset);
    if (status == RIMER_DATA)
        return fail(s->program, 3,
                    "%s: fold 1 of %lld of split %s has too few steps to train on: take fewer "
                    "--folds, or a longer series",
                    s->data, (long long)s->own.folds, s->config.split);
    return status == RIMER_OK ? -1 : fail_status(s->program, status);
}

static int open_trials(search *s) {
    rimer_config chosen;
    rimer_config_init(&chosen);
    memcpy(chosen.split, s->config.split, sizeof chosen.split);
    chosen.horizon = s->config.horizon;
    chosen.output_len = s->config.output_len;
    rimer_status status = rimer_config_choose(&chosen, s->dataset);
    if (status != RIMER_OK)
        return fail_status(s->program, status);
    s->config.horizon = chosen.horizon; /* one for all trials */
    s->trials =
        (trial_list){.program = s->program,
                     .space = s->space,
                     .base = &s->config,
                     .is_random = s->random,
                     .folds = s->own.folds,
                     .n_possible = s->random ? INT64_MAX : rimer_space_n_points(s->space)};
    snprintf(s->trials.data, sizeof s->trials.data, "%016" PRIx64,
             rimer_dataset_fingerprint(s->dataset));
    s->run.n_trials = s->trials.n_possible;
    if (s->own.trials && s->own.trials < s->run.n_trials)
        s->run.n_trials = s->own.trials;
    s->run.dataset = s->dataset;
    s->run.trials = &s->trials;
    int code = check_folds(s);
    return code < 0 ? begin(s) : code;
}

static int check_space(const search *s) {
    if (s->random && !s->own.trials && !(s->own.seconds > 0))
        return fail(s->program, 2, "--random has no end by itself: --trials N or --seconds X");
    if (!s->random && rimer_space_n_points(s->space) == 0)
        return fail(s->program, 2,
                    "%s: has a range, which is for --random: give lists of values for a grid",
                    s->space_path);
    return -1;
}

static int work(search *s) {
    rimer_status status = rimer_space_read(s->space_path, &s->space);
    if (status != RIMER_OK)
        return fail_status(s->program, status);
    int code = check_space(s);
    if (code >= 0)
        return code;
    status = rimer_dataset_read(s->data, &s->read, &s->dataset);
    if (status != RIMER_OK)
        return fail_status(s->program, status);
    if (!s->quiet)
        print_data(s->dataset, stderr);
    progress_open(&s->run.progress, s->program, NULL, s->quiet, 0);
    code = open_trials(s);
    if (code < 0)
        code = run_trials(s);
    (void)progress_close(&s->run.progress); /* it has no log that could fail */
    int close_code = trials_close(&s->trials);
    return close_code < 0 ? code : close_code;
}

int main(int argc, char **argv) {
    static search s;
    const option_group config = {rimer_config_fields(), &s.config};
    const option_group own = {fields, &s.own}, read = {rimer_read_fields(), &s.read};
    const app_option options[] = {
        HEADING("Search"),
        TEXT_OPTION("space", 0, "FILE.json",
                    "settings to try: {\"width\": [32, 64], \"lr\": {\"min\": 1e-4, \"max\": "
                    "1e-2, \"scale\": \"log\"}}",
                    &s.space_path),
        FLAG_OPTION("random", 0,
                    "draw from lists and ranges by --seed; otherwise the grid of all lists is "
                    "gone through, the last setting changing fastest",
                    &s.random),
        FIELD_OPTION(NULL, 0, &own, "trials"),
        FIELD_OPTION(NULL, 0, &own, "seconds"),
        FIELD_OPTION(NULL, 0, &own, "folds"),
        FLAG_OPTION("no-stop", 0, "train every trial to its end, however bad it looks",
                    &s.run.no_stop),
        HEADING("Files"),
        TEXT_OPTION("results", 0, "FILE.csv",
                    "write a line a trial; default: the name of the data with .search.csv, in "
                    "the current folder",
                    &s.results),
        TEXT_OPTION("output", 'o', "MODEL",
                    "keep the best model so far there; default: keep none", &s.model),
        FLAG_OPTION("resume", 0,
                    "go on behind the trials that the results of the same command have; begin "
                    "if there are none",
                    &s.resume),
        FLAG_OPTION("force", 0, "begin anew, in the place of results and model that are there",
                    &s.force),
        FORECAST_OPTIONS(&config),
        TRAINING_OPTIONS(&config),
        HEADING("Settings"),
        PRESET_OPTION,
        CONFIG_OPTION,
        SET_OPTION,
        FLAG_OPTION("quiet", 'q', "say nothing but errors and the table at the end", &s.quiet),
        HEADING("Reading the data"),
        GROUP_OPTIONS(&read),
        OPTIONS_END};
    static const char *const examples[] = {
        "every combination of the lists in a file, and the best model",
        "rimer-search datasets/uk_demand.csv --space space.json -o best.safetensors",
        "ten minutes of random draws, to be gone on with later",
        "rimer-search data.csv --space space.json --random --seconds 600 --resume", NULL};
    static const char *const notes[] = {
        "Trials are compared by the error on the validation part that training keeps the best "
        "epoch by: the MSE, or with quantiles from 0.1 to 0.9 the CRPS; where only some of "
        "them have such quantiles, by the MSE. The test part is not looked at. All of them "
        "forecast the same targets, so horizon and split are fixed. The space "
        "has the last word on its settings, options on all others.",
        "After a quarter of its epochs, a trial is stopped if its best error so far is above "
        "the median of what the trials before had by then, of five at least. Settings that do "
        "not fit together, or not the data, are noted with the reason, and the search goes on.",
        "--folds N trains a trial N times, on folds of the split that end at different places "
        "(docs/evaluation.md), because one validation part can mislead. A trial may be "
        "stopped between folds, by its mean so far. The model of -o is trained on the split "
        "itself when all trials are done, with the settings of the best, on top of --seconds. "
        "So is one with --refit.",
        "Interrupt it (Ctrl-C) or let it be killed: the results have every trial that ended, "
        "and the same command with --resume goes on with the next one, to the same results. "
        "docs/files.md tells what is in them.",
        NULL};
    const app_program program = {.name = "rimer-search",
                                 .purpose =
                                     "try settings of a forecaster on the validation part",
                                 .usage = "DATA --space FILE.json [-o MODEL] [options]",
                                 .examples = examples,
                                 .notes = notes,
                                 .options = options,
                                 .config = &config,
                                 .min_operands = 1,
                                 .max_operands = 1,
                                 .operand = "a data file"};
    app_operands operands;
    s.program = &program;
    rimer_config_init(&s.config);
    rimer_read_options_init(&s.read);
    rimer_fields_init(fields, &s.own);
    int code = options_parse(&program, argc, argv, &operands);
    if (code >= 0)
        return code;
    s.data = operands.path[0];
    code = choose_files(&s);
    if (code < 0)
        code = work(&s);
    rimer_writelock_release(&s.model_lock);
    rimer_writelock_release(&s.results_lock);
    rimer_dataset_free(s.dataset);
    rimer_space_free(s.space);
    return code;
}
