/* rimer-evaluate: scores a model or a baseline on a stated protocol. */
#include "blackgoosereport.h"
#include "deviceoption.h"
#include "json.h"
#include "learnt.h"
#include "models.h"
#include "options.h"
#include "quantilereport.h"
#include "seriestext.h"
#include "streams.h"
#include "terminal.h"

#include <stddef.h>
#include <string.h>

enum { BASELINE_CONTEXT = 336 };

typedef struct settings {
    double ridge;
    int by;
    char device[RIMER_TEXT_SIZE];
} settings;

static const rimer_field fields[] = {
    {"ridge", "", RIMER_FIELD_REAL, offsetof(settings, ridge), 0, 1e6, "0.001", "",
     "baseline linear: ridge, relative to the mean of the diagonal"},
    {"by", "", RIMER_FIELD_CHOICE, offsetof(settings, by), 0, 0, "all", "all|step",
     "also the errors of every step of the horizon"},
    DEVICE_FIELD(settings),
    {NULL, NULL, 0, 0, 0, 0, NULL, NULL, NULL}};

typedef struct evaluation_job {
    const app_program *program;
    rimer_protocol protocol;
    rimer_read_options read;
    settings own;
    app_operands model_paths;
    const char *baselines, *data;
    int json, no_conformal;
    model_list models;
    rimer_dataset *dataset;
    rimer_baseline_settings baseline;
} evaluation_job;

static int is_blackgoose(const evaluation_job *job) {
    return job->protocol.task != RIMER_TASK_FORECAST;
}

static learnt_by learners(const evaluation_job *job) {
    return (learnt_by){job->program, &job->model_paths, &job->models};
}

/* With models their own split and horizon are the defaults; without, what rimer-train would
 * choose. */
static rimer_status complete_protocol(evaluation_job *job) {
    rimer_protocol *protocol = &job->protocol;
    if (is_blackgoose(job)) {
        blackgoose_complete(protocol);
        return RIMER_OK;
    }
    learnt_by by = learners(job);
    if (job->models.n && !options_given(protocol, "split"))
        learnt_split(&by, protocol->split);
    if (protocol->horizon)
        return RIMER_OK;
    if (job->models.n) {
        protocol->horizon = models_horizon(&job->models);
        return RIMER_OK;
    }
    rimer_protocol chosen = *protocol;
    rimer_status status = rimer_protocol_choose(&chosen, job->dataset);
    protocol->horizon = chosen.horizon;
    return status;
}

/* 336 steps or half of the training part, whichever is shorter; of several series what a model
 * would read, so that most of them are long enough. */
static rimer_status choose_baseline_context(const evaluation_job *job, int64_t *context_len) {
    const rimer_protocol *protocol = &job->protocol;
    if (rimer_dataset_n_series(job->dataset) > 1) {
        rimer_protocol chosen = *protocol;
        rimer_status status = rimer_protocol_choose(&chosen, job->dataset);
        *context_len = chosen.context_len;
        return status;
    }
    rimer_split split;
    rimer_series series = rimer_dataset_series(job->dataset, 0);
    rimer_status status = rimer_split_make(protocol->split, series.n_steps, &split);
    if (status != RIMER_OK)
        return status;
    int64_t room = (split.train_end - protocol->horizon) / 2;
    *context_len = room < BASELINE_CONTEXT ? room : BASELINE_CONTEXT;
    return RIMER_OK;
}

/* A baseline reads what the user says, else what the model reads, else what is chosen. */
static rimer_status complete_baseline(evaluation_job *job) {
    const rimer_protocol *protocol = &job->protocol;
    rimer_status status = RIMER_OK;
    rimer_baseline_settings_init(&job->baseline);
    job->baseline.horizon = protocol->horizon;
    job->baseline.season = protocol->season;
    job->baseline.ridge = job->own.ridge;
    job->baseline.split = protocol->split;
    job->baseline.threads = protocol->threads;
    job->baseline.intervals = !is_blackgoose(job);
    if (protocol->context_len)
        job->baseline.context_len = protocol->context_len;
    else if (job->models.n)
        job->baseline.context_len = models_context(&job->models);
    else
        status = choose_baseline_context(job, &job->baseline.context_len);
    if (job->baseline.context_len < 1)
        job->baseline.context_len = 1;
    return status;
}

static rimer_status add_all_baselines(evaluation_job *job, score_table *table) {
    for (const char *const *name = rimer_baseline_names(); *name; name++) {
        rimer_status status =
            scores_add_baseline(table, *name, job->dataset, &job->baseline, &job->protocol);
        if (status != RIMER_OK)
            return status;
    }
    return RIMER_OK;
}

static int names_any(const char *names) {
    return names && names[strspn(names, ",")];
}

static rimer_status add_baselines(evaluation_job *job, score_table *table) {
    char names[256];
    if (strcmp(job->baselines, "all") == 0)
        return add_all_baselines(job, table);
    snprintf(names, sizeof names, "%s", job->baselines);
    for (char *rest = names, *name; (name = strtok_r(rest, ",", &rest));) {
        if (table->n == SCORE_ROWS_MAX)
            break;
        rimer_status status =
            scores_add_baseline(table, name, job->dataset, &job->baseline, &job->protocol);
        if (status != RIMER_OK)
            return status;
    }
    return RIMER_OK;
}

/* Forecasts of all models together, without what was measured on the validation part if
 * `plain`. */
static rimer_status add_models_as(const evaluation_job *job, int plain,
                                  const rimer_protocol *protocol, score_table *table) {
    rimer_forecaster *forecaster;
    for (int i = 0; plain && i < job->models.n; i++)
        rimer_model_drop_conformal(job->models.models[i]);
    rimer_status status = models_forecaster(&job->models, &forecaster);
    return status == RIMER_OK ? scores_add(table, forecaster, job->dataset, protocol) : status;
}

static int any_conformal(const evaluation_job *job) {
    int any = 0;
    for (int i = 0; i < job->models.n; i++)
        any |= *rimer_model_fact(job->models.models[i], "conformal") != '\0';
    return any;
}

/* Whether any quantiles are left without it. */
static int any_quantiles(const evaluation_job *job) {
    int any = 0;
    for (int i = 0; i < job->models.n; i++)
        any |= *rimer_model_config(job->models.models[i])->quantiles != '\0';
    return any;
}

/* What was measured on the validation part is shown beside what it corrects. */
static rimer_status add_models(const evaluation_job *job, score_table *table) {
    rimer_protocol usual = job->protocol;
    rimer_status status = add_models_as(job, job->no_conformal, &job->protocol, table);
    if (status != RIMER_OK || job->no_conformal || !any_conformal(job) || !any_quantiles(job) ||
        is_blackgoose(job))
        return status;
    snprintf(usual.level, sizeof usual.level, "auto"); /* less can be had now */
    status = add_models_as(job, 1, &usual, table);
    if (status == RIMER_OK)
        snprintf(table->rows[table->n - 1].name, sizeof table->rows->name, "Rimer, as is");
    return status;
}

static rimer_status score(evaluation_job *job, score_table *table) {
    rimer_status status = complete_protocol(job);
    if (status == RIMER_OK)
        status = complete_baseline(job);
    if (status == RIMER_OK && is_blackgoose(job))
        status = blackgoose_copying(table, job->dataset, &job->baseline, &job->protocol);
    if (status == RIMER_OK && job->models.n)
        status = add_models(job, table);
    if (status == RIMER_OK && job->baselines)
        status = add_baselines(job, table);
    if (status == RIMER_OK) { /* a failure is one sentence */
        models_tell_frequency(job->program, &job->models, job->dataset);
        learnt_by by = learners(job);
        if (!is_blackgoose(job))
            learnt_tell_scored(&by, job->dataset, &job->protocol);
    }
    return status;
}

static const char *part_text(const evaluation_job *job) {
    return job->protocol.part == RIMER_PART_VAL ? "val" : "test";
}

static const char *task_text(const evaluation_job *job) {
    static const char *const texts[] = {"forecast", "blackgoose", "blackgoose-sorted"};
    return texts[job->protocol.task];
}

static json_t *metrics_json(const rimer_metrics *m) {
    json_t *object = json_object();
    json_object_set_new(object, "mse", json_number(m->mse));
    json_object_set_new(object, "mae", json_number(m->mae));
    json_object_set_new(object, "rmse", json_number(m->rmse));
    json_object_set_new(object, "mape", json_number(m->mape));
    json_object_set_new(object, "smape", json_number(m->smape));
    json_object_set_new(object, "wape", json_number(m->wape));
    json_object_set_new(object, "mase", json_number(m->mase));
    json_object_set_new(object, "r2", json_number(m->r2));
    json_object_set_new(object, "count", json_integer(m->count));
    json_object_set_new(object, "zero_targets", json_integer(m->zero_targets));
    return object;
}

/* One list a channel; of several series a list of such lists. */
static json_t *series_numbers(const rimer_evaluation *e, const double *values) {
    if (e->n_series == 1)
        return json_numbers(values, e->n_channels);
    json_t *all = json_array();
    for (int64_t i = 0; i < e->n_series; i++)
        json_array_append_new(all, json_numbers(values + i * e->n_channels, e->n_channels));
    return all;
}

static json_t *scaler_json(const evaluation_job *job, const rimer_evaluation *e) {
    json_t *object = json_object(), *names = json_array();
    int64_t left_out = rimer_dataset_n_channels(job->dataset) - e->n_channels;
    for (int64_t c = 0; c < e->n_channels; c++)
        json_array_append_new(
            names, json_text(rimer_dataset_channel_name(job->dataset, left_out + c)));
    json_object_set_new(object, "channels", names);
    if (e->n_series > 1) {
        json_t *series = json_array();
        for (int64_t i = 0; i < e->n_series; i++)
            json_array_append_new(series, json_text(rimer_dataset_series(job->dataset, i).id));
        json_object_set_new(object, "series", series);
    }
    json_object_set_new(object, "mean", series_numbers(e, e->loc));
    json_object_set_new(object, "deviation", series_numbers(e, e->scale));
    return object;
}

static json_t *evaluation_json(const evaluation_job *job, const score_row *row) {
    const rimer_evaluation *e = &row->evaluation;
    json_t *object = json_object(), *metrics = json_object();
    json_object_set_new(object, "forecaster", json_text(row->name));
    json_object_set_new(object, "dataset", json_text(rimer_dataset_name(job->dataset)));
    json_object_set_new(object, "protocol", json_text(task_text(job)));
    json_object_set_new(object, "split", json_text(job->protocol.split));
    json_object_set_new(object, "part", json_text(part_text(job)));
    json_object_set_new(object, "context_len", json_integer(e->context_len));
    json_object_set_new(object, "horizon", json_integer(e->horizon));
    json_object_set_new(object, "step", json_integer(job->protocol.step));
    json_object_set_new(object, "drop_last", json_integer(job->protocol.drop_last));
    json_object_set_new(object, "season", json_integer(e->season));
    json_object_set_new(object, "n_windows", json_integer(e->n_windows));
    json_object_set_new(object, "n_channels", json_integer(e->n_channels));
    json_object_set_new(object, "n_known", json_integer(e->n_known));
    json_object_set_new(object, "n_missing", json_integer(e->n_missing));
    json_object_set_new(object, "n_unseen", json_integer(e->n_unseen));
    json_object_set_new(object, "n_short", json_integer(e->n_short));
    json_t *standardised = metrics_json(&e->standardised);
    json_t *original = metrics_json(&e->original);
    quantile_json(&e->quantiles, standardised, original, object);
    json_object_set_new(metrics, "standardised", standardised);
    json_object_set_new(metrics, "original", original);
    json_object_set_new(object, "metrics", metrics);
    json_object_set_new(object, "scaler", scaler_json(job, e));
    if (job->own.by) {
        json_t *by_step = json_object();
        json_object_set_new(by_step, "mse", json_numbers(e->step_mse, e->horizon));
        json_object_set_new(by_step, "mae", json_numbers(e->step_mae, e->horizon));
        json_object_set_new(object, "by_step", by_step);
    }
    return object;
}

static int print_json(const evaluation_job *job, const score_table *table) {
    json_t *all = json_array();
    for (int i = 0; i < table->n; i++)
        json_array_append_new(all, evaluation_json(job, &table->rows[i]));
    json_t *shown = table->n == 1 ? json_incref(json_array_get(all, 0)) : json_incref(all);
    json_decref(all);
    return json_print(job->program, shown);
}

static void print_protocol(const evaluation_job *job, const rimer_evaluation *e) {
    char name[256], windows[32], series[128] = "";
    if (e->n_series > 1)
        text_series(job->dataset, series, sizeof series);
    printf("data        %s%s%s, %lld channel%s, split %s, part %s\n",
           text_harmless(rimer_dataset_name(job->dataset), name, sizeof name),
           *series ? ", " : "", series, (long long)e->n_channels, e->n_channels == 1 ? "" : "s",
           job->protocol.split, part_text(job));
    printf("windows     %s of %lld steps, %lld apart; %lld targets missing\n",
           text_count(e->n_windows, windows, sizeof windows), (long long)e->horizon,
           (long long)job->protocol.step, (long long)e->n_missing);
    if (e->n_unseen)
        printf("not scored  %lld channel%s of which the training part has no value\n",
               (long long)e->n_unseen, e->n_unseen == 1 ? "" : "s");
    if (e->n_short)
        printf("not scored  %lld series too short for a window\n", (long long)e->n_short);
    if (e->season > 0)
        printf("season      %lld steps\n", (long long)e->season);
}

static void print_one(const score_row *row) {
    const rimer_metrics *s = &row->evaluation.standardised, *o = &row->evaluation.original;
    char a[SCORE_TEXT_SIZE], b[SCORE_TEXT_SIZE], c[SCORE_TEXT_SIZE], d[SCORE_TEXT_SIZE];
    printf("forecaster  %s, reading %lld steps\n", row->name,
           (long long)row->evaluation.context_len);
    printf("standardised  MSE %s  MAE %s\n", score_text(s->mse, a), score_text(s->mae, b));
    printf("original      RMSE %s  MAE %s  MASE %s  R2 %s\n", score_original(o->rmse, a),
           score_original(o->mae, b), score_text(o->mase, c), score_text(o->r2, d));
    printf("              MAPE %s %% (%lld zero targets left out)  sMAPE %s  WAPE %s\n",
           score_per_cent(o->mape, a), (long long)o->zero_targets, score_per_cent(o->smape, b),
           score_text(o->wape, c));
    quantile_print(&row->evaluation.quantiles, stdout);
}

/* Of a name and " MSE". */
static int step_width(const score_row *row) {
    int name = text_columns(row->name);
    return (name > 10 ? name : 10) + 4;
}

static void print_steps(const score_table *table) {
    const rimer_evaluation *first = &table->rows[0].evaluation;
    char a[SCORE_TEXT_SIZE], b[SCORE_TEXT_SIZE];
    printf("\n%6s", "step");
    for (int i = 0; i < table->n; i++)
        printf("  %10s MSE  %10s MAE", table->rows[i].name, table->rows[i].name);
    for (int64_t k = 0; k < first->horizon; k++) {
        printf("\n%6lld", (long long)k + 1);
        for (int i = 0; i < table->n; i++) {
            const rimer_evaluation *e = &table->rows[i].evaluation;
            int width = step_width(&table->rows[i]);
            printf("  %*s  %*s", width, score_text(e->step_mse[k], a), width,
                   score_text(e->step_mae[k], b));
        }
    }
    printf("\n");
}

static void print_scores(const evaluation_job *job, const score_table *table) {
    print_protocol(job, &table->rows[0].evaluation);
    if (table->n == 1) {
        print_one(&table->rows[0]);
    } else {
        printf("\n");
        scores_print(table, stdout);
    }
}

static int print_text(const evaluation_job *job, const score_table *table) {
    if (is_blackgoose(job))
        blackgoose_print(job->dataset, &job->protocol, table, stdout);
    else
        print_scores(job, table);
    if (job->own.by)
        print_steps(table);
    return streams_finish(job->program, 0);
}

static int check_splits(const evaluation_job *job) {
    learnt_by by = learners(job);
    if (is_blackgoose(job) || options_given(&job->protocol, "split"))
        return -1;
    return learnt_check(&by, job->protocol.part);
}

static int run_loaded(evaluation_job *job) {
    score_table table = {0};
    rimer_status status = score(job, &table);
    int code = status != RIMER_OK ? fail_status(job->program, status)
               : job->json        ? print_json(job, &table)
                                  : print_text(job, &table);
    scores_free(&table);
    return code;
}

static int run(evaluation_job *job) {
    rimer_status status = models_load(&job->models, &job->model_paths);
    if (status == RIMER_OK)
        status = device_use(job->own.device, &job->models);
    int code = status == RIMER_OK ? check_splits(job) : fail_status(job->program, status);
    if (code < 0) {
        status = rimer_dataset_read(job->data, &job->read, &job->dataset);
        code = status == RIMER_OK ? run_loaded(job) : fail_status(job->program, status);
    }
    rimer_dataset_free(job->dataset);
    models_free(&job->models);
    return code;
}

int main(int argc, char **argv) {
    static evaluation_job job;
    const option_group protocol = {rimer_protocol_fields(), &job.protocol};
    const option_group own = {fields, &job.own}, reading = {rimer_read_fields(), &job.read};
    const app_option options[] = {
        HEADING("What is scored"),
        MODELS_OPTION(&job.model_paths),
        TEXT_OPTION("baseline", 'b', "NAMES",
                    "repeat, seasonal-naive, linear, several with commas, or all; with --model "
                    "beside it",
                    &job.baselines),
        FIELD_OPTION(NULL, 0, &own, "ridge"),
        HEADING("Protocol"),
        FIELD_OPTION("protocol", 0, &protocol, "task"),
        FIELD_OPTION(NULL, 0, &protocol, "split"),
        FIELD_OPTION(NULL, 0, &protocol, "part"),
        FIELD_OPTION("context", 0, &protocol, "context_len"),
        FIELD_OPTION(NULL, 'H', &protocol, "horizon"),
        FIELD_OPTION(NULL, 0, &protocol, "step"),
        FIELD_OPTION(NULL, 0, &protocol, "drop_last"),
        FIELD_OPTION(NULL, 0, &protocol, "season"),
        FIELD_OPTION(NULL, 0, &protocol, "level"),
        FIELD_OPTION(NULL, 0, &protocol, "adapt"),
        FLAG_OPTION("no-conformal", 0,
                    "score a model without what --conformal measured; else both are scored",
                    &job.no_conformal),
        FIELD_OPTION(NULL, 0, &protocol, "threads"),
        FIELD_OPTION(NULL, 0, &own, "device"),
        HEADING("Output"),
        FIELD_OPTION(NULL, 0, &own, "by"),
        FLAG_OPTION("json", 0,
                    "print JSON: an object, or an array of them for several forecasters",
                    &job.json),
        HEADING("Reading the data"),
        GROUP_OPTIONS(&reading),
        OPTIONS_END};
    static const char *const examples[] = {
        "a model beside every baseline",
        "rimer-evaluate -m demand.safetensors --baseline all datasets/uk_demand.csv",
        "the linear map on the standard split, as JSON",
        "rimer-evaluate --baseline linear ETTh1.csv --split ett-h -H 96 --json", NULL};
    static const char *const notes[] = {
        "Without --horizon and --split those of the model are used, of several models the "
        "shortest horizon; for a baseline alone the horizon that rimer-train would choose, no "
        "longer than the validation part, or than the test part where a split such as "
        "last:0/48 has no other. "
        "Without --context a baseline reads as many "
        "steps "
        "as the model beside it, or else 336, at most half of the training part.",
        "MSE and MAE are in units standardised on the training part; MASE is scaled by the "
        "seasonal naive on the training part; sMAPE goes from 0 to 200. WQL and CRPS are of "
        "the "
        "quantiles 0.1 to 0.9; baselines have those of a normal distribution with the "
        "deviation of their training errors.",
        "--protocol blackgoose is the one of the published code, for comparison with its "
        "tables: "
        "nearly all of its targets are in the input. It needs nothing to score: what copying "
        "scores is printed first. The split is 0.7/0.2/0.1, windows have 32 steps "
        "(--context).",
        NULL};
    const app_program program = {.name = "rimer-evaluate",
                                 .purpose =
                                     "score a model or a baseline on a table of time series",
                                 .usage = "[-m MODEL] [--baseline NAMES] DATA [options]",
                                 .examples = examples,
                                 .notes = notes,
                                 .options = options,
                                 .min_operands = 1,
                                 .max_operands = 1,
                                 .operand = "a data file"};
    app_operands operands;
    job.program = &program;
    rimer_protocol_init(&job.protocol);
    rimer_read_options_init(&job.read);
    rimer_fields_init(fields, &job.own);
    int code = options_parse(&program, argc, argv, &operands);
    if (code >= 0)
        return code;
    if (!job.model_paths.n && !names_any(job.baselines) && !is_blackgoose(&job))
        return fail(&program, 2,
                    "needs something to score: -m MODEL or --baseline NAME (see --help)");
    job.data = operands.path[0];
    return run(&job);
}
