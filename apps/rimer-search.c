/* rimer-search DATA --space FILE: trains at one point of a space of settings after the other. */
#include "options.h"
#include "outputs.h"
#include "progress.h"
#include "seriestext.h"
#include "streams.h"
#include "terminal.h"
#include "texttable.h"
#include "trials.h"

#include <inttypes.h>
#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { TOP = 5, SETTINGS_SIZE = 2048 };

typedef struct budget {
    int64_t trials;
    double seconds;
} budget;

static const rimer_field fields[] = {
    {"trials", "", RIMER_FIELD_INT, offsetof(budget, trials), 0, 1000000, "0", "",
     "trials at most; 0: the whole grid, or with --random as many as --seconds allow"},
    {"seconds", "", RIMER_FIELD_REAL, offsetof(budget, seconds), 0, 1e9, "0", "",
     "seconds for all trials, those before a --resume included; a trial that lasts longer is "
     "given up; 0: no limit"},
    {NULL, NULL, 0, 0, 0, 0, NULL, NULL, NULL}};

/* Why the present trial is to stop. */
typedef enum stop { GO_ON, BAD, LATE, ASKED, STARVED } stop;

typedef struct search {
    const app_program *program;
    rimer_config config;
    rimer_read_options read;
    budget budget;
    const char *data, *space_path, *model, *results;
    int random, no_stop, resume, force, quiet;
    char default_results[4096];
    rimer_space *space;
    rimer_dataset *dataset;
    trial_list trials;
    int64_t n_trials;
    double deadline; /* on the monotonic clock; infinite: none */
    train_progress progress;
    trial now;
    stop stop;
} search;

static double seconds_now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

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
    return code < 0 ? refuse_old(s, s->results) : code;
}

static int check_model(const search *s) {
    if (!s->model)
        return -1;
    if (strcmp(s->model, "-") == 0)
        return fail(s->program, 2, "a model is not written to standard output: -o MODEL");
    if (output_is_same(s->model, s->results))
        return fail(s->program, 2, "%s: cannot be both the model and the results", s->model);
    int code = output_check(s->program, "the model", s->model, s->data);
    if (code < 0)
        code = output_check(s->program, "the model", s->model, s->space_path);
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

/* Whether the model that is there is this trial's: rimer_train gives a run that is done back, and
 * refuses what belongs to another. */
static int has_model_of(const search *s, int64_t index) {
    rimer_config config;
    rimer_model *model;
    rimer_train_hooks hooks = {.model_path = s->model, .resume = 1};
    trials_config(&s->trials, index, &config);
    rimer_status status = rimer_config_choose(&config, s->dataset);
    if (status == RIMER_OK)
        status = rimer_train(s->dataset, &config, &hooks, &model, NULL);
    if (status == RIMER_OK)
        rimer_model_free(model);
    return status == RIMER_OK;
}

/* Of a search that goes on the model is the best trial's, or that of the next one, if the search
 * was killed between the model and the line of the results. */
static int check_kept(const search *s) {
    int64_t best = trials_next_best(&s->trials, -1), next = s->trials.n;
    if (!s->model || (best < 0 && !is_there(s->model)))
        return -1;
    if (!is_there(s->model))
        return fail(s->program, 2,
                    "%s: is not there, though trial %lld of %s is the best so far: name the "
                    "model that its search kept, or go on without -o",
                    s->model, (long long)best + 1, s->results);
    if ((best >= 0 && has_model_of(s, best)) || (next < s->n_trials && has_model_of(s, next)))
        return -1;
    return fail(s->program, 2,
                "%s: is not the model of the best trial in %s: name the one that its search "
                "kept, or --force to begin anew",
                s->model, s->results);
}

/* -------------------------------------------------------------------------- one trial */

/* Not before a quarter of the epochs, whose errors say little, nor when there is nothing to save. */
static int is_to_be_judged(const search *s, const rimer_progress *state) {
    return !s->no_stop && state->epoch > 0 && 4 * state->epoch >= state->n_epochs &&
           state->epoch < state->n_epochs;
}

static int watch(void *user, const rimer_progress *state) {
    search *s = user;
    if (progress_show(&s->progress, state))
        s->stop = ASKED;
    else if (seconds_now() > s->deadline)
        s->stop = LATE;
    else if (state->epoch_ended && !trial_add_epoch(&s->now, state->val_mse))
        s->stop = STARVED;
    else if (state->epoch_ended && is_to_be_judged(s, state) &&
             trials_are_better(&s->trials, &s->now))
        s->stop = BAD;
    return s->stop != GO_ON;
}

static rimer_status train_trial(search *s, rimer_config *config, rimer_model **model,
                                rimer_train_report *report) {
    rimer_train_hooks hooks = {.user = s, .progress = watch};
    rimer_status status = rimer_config_choose(config, s->dataset);
    if (status == RIMER_OK && rimer_config_check(config))
        status = RIMER_USAGE;
    return status == RIMER_OK ? rimer_train(s->dataset, config, &hooks, model, report) : status;
}

static void tell_trial(const search *s) {
    const trial *one = &s->trials.items[s->trials.n - 1];
    char settings[SETTINGS_SIZE], seconds[32], stopped[64] = "";
    trials_settings(&s->trials, s->trials.n - 1, settings, sizeof settings);
    fprintf(stderr, "trial %3lld/%-3lld  ", (long long)s->trials.n, (long long)s->n_trials);
    if (one->outcome == TRIAL_REFUSED) {
        fprintf(stderr, "refused: %s   %s\n", one->reason, settings);
        return;
    }
    if (one->outcome == TRIAL_STOPPED)
        snprintf(stopped, sizeof stopped, "   stopped after epoch %" PRId64, one->epochs);
    fprintf(stderr, "val MSE %.4f  MAE %.4f   %s   %s%s%s\n", one->val_mse, one->val_mae,
            text_seconds(one->seconds, seconds, sizeof seconds), settings, stopped,
            trials_next_best(&s->trials, -1) == s->trials.n - 1 ? "   best" : "");
}

/* The best model is there before its line is, so that no line says of a model that is not. */
static int keep_trial(search *s, const rimer_model *model) {
    int64_t best = trials_next_best(&s->trials, -1);
    int is_best = s->now.outcome == TRIAL_DONE && isfinite(s->now.val_mse) &&
                  (best < 0 || s->now.val_mse < s->trials.items[best].val_mse);
    rimer_status status = is_best && s->model ? rimer_model_save(model, s->model) : RIMER_OK;
    if (status != RIMER_OK)
        return fail_status(s->program, status);
    int code = trials_add(&s->trials, &s->now);
    if (code < 0 && !s->quiet)
        tell_trial(s);
    return code;
}

static int stopped(search *s, const rimer_train_report *report) {
    switch (s->stop) {
    case BAD:
        trial_end(&s->now, TRIAL_STOPPED, report);
        return keep_trial(s, NULL);
    case ASKED:
        return fail(s->program, 130,
                    "interrupted; %s has %lld trials: run the same command with --resume to go "
                    "on",
                    s->results, (long long)s->trials.n);
    case STARVED:
        return fail(s->program, 1, "out of memory: a trial");
    case LATE:
    case GO_ON:
        break;
    }
    return -1;
}

static int refused(search *s, const char *reason) {
    double seconds = s->now.seconds;
    if (!trial_refuse(&s->now, reason))
        return fail(s->program, 1, "out of memory: a trial");
    s->now.seconds = seconds;
    return keep_trial(s, NULL);
}

static int end_trial(search *s, rimer_status status, const rimer_model *model,
                     const rimer_train_report *report) {
    switch (status) {
    case RIMER_OK:
        trial_end(&s->now, TRIAL_DONE, report);
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
    rimer_config config;
    rimer_model *model = NULL;
    rimer_train_report report = {0};
    char reason[64];
    int64_t index = s->trials.n, twin = trials_twin(&s->trials, index);
    double begin = seconds_now();
    s->stop = GO_ON;
    snprintf(s->progress.label, sizeof s->progress.label, "trial %lld/%lld",
             (long long)index + 1, (long long)s->n_trials);
    snprintf(reason, sizeof reason, "the settings of trial %lld again", (long long)twin + 1);
    if (twin >= 0)
        return refused(s, reason);
    trials_config(&s->trials, index, &config);
    rimer_status status = train_trial(s, &config, &model, &report);
    if (s->progress.moves)
        bar_clear();
    s->now.seconds = seconds_now() - begin;
    int code = end_trial(s, status, model, &report);
    trial_forget(&s->now);
    rimer_model_free(model);
    return code;
}

/* -------------------------------------------------------------------------- the whole */

static void print_best(const search *s) {
    text_table table = {0};
    char seconds[32];
    int64_t n_keys = rimer_space_n_keys(s->space), index = -1;
    table_add_column(&table, "trial", 0, 0);
    for (int64_t i = 0; i < n_keys; i++)
        table_add_column(&table, rimer_space_key(s->space, i)->name, 0, 0)->spare = 1;
    static const char *const titles[] = {"val MSE", "val MAE", "best epoch", "of", "time"};
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
        return fail(s->program, 1, "%.9g seconds are not enough for one trial",
                    s->budget.seconds);
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
    double left = s->budget.seconds - seconds_spent(&s->trials);
    s->deadline = s->budget.seconds > 0 ? seconds_now() + left : (double)INFINITY;
    while (code < 0 && s->trials.n < s->n_trials && seconds_now() < s->deadline)
        code = run_trial(s);
    return code < 0 ? finish(s) : code;
}

static int begin(search *s) {
    if (s->resume && !is_there(s->results))
        fail(s->program, 0, "%s: is not there, so the search begins at the beginning",
             s->results);
    int code = trials_open(&s->trials, s->results, s->resume);
    return code < 0 && s->resume ? check_kept(s) : code;
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
                     .n_possible = s->random ? INT64_MAX : rimer_space_n_points(s->space)};
    snprintf(s->trials.data, sizeof s->trials.data, "%016" PRIx64,
             rimer_dataset_fingerprint(s->dataset));
    s->n_trials = s->trials.n_possible;
    if (s->budget.trials && s->budget.trials < s->n_trials)
        s->n_trials = s->budget.trials;
    return begin(s);
}

static int check_space(const search *s) {
    if (s->random && !s->budget.trials && !(s->budget.seconds > 0))
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
    progress_open(&s->progress, s->program, NULL, s->quiet, 0);
    code = open_trials(s);
    if (code < 0)
        code = run_trials(s);
    (void)progress_close(&s->progress); /* it has no log that could fail */
    int close_code = trials_close(&s->trials);
    return close_code < 0 ? code : close_code;
}

int main(int argc, char **argv) {
    static search s;
    const option_group config = {rimer_config_fields(), &s.config};
    const option_group own = {fields, &s.budget}, read = {rimer_read_fields(), &s.read};
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
        FLAG_OPTION("no-stop", 0, "train every trial to its end, however bad it looks",
                    &s.no_stop),
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
        "Trials are compared by their MSE on the validation part; the test part is not looked "
        "at. All of them forecast the same targets, so horizon and split are fixed. The space "
        "has the last word on its settings, options on all others.",
        "After a quarter of its epochs, a trial is stopped if its best error so far is above "
        "the median of what the trials before had by then, of five at least. Settings that do "
        "not fit together, or not the data, are noted with the reason, and the search goes on.",
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
    rimer_fields_init(fields, &s.budget);
    int code = options_parse(&program, argc, argv, &operands);
    if (code >= 0)
        return code;
    s.data = operands.path[0];
    code = choose_files(&s);
    if (code < 0)
        code = work(&s);
    rimer_dataset_free(s.dataset);
    rimer_space_free(s.space);
    return code;
}
