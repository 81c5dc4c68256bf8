#include "learning.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* What epochs are kept by, and is of interest beside it. */
typedef struct curve {
    const char *column, *name;
    int is_validation;
} curve;

static const curve by_mse = {"val_mse", "validation MSE", 1},
                   by_crps = {"val_crps", "validation CRPS", 1},
                   others[] = {{"loss", "training loss", 0}, {"lr", "learning rate", 0}};

/* What a log holds. */
typedef struct training {
    const rimer_dataset *log;
    int64_t n;            /* lines */
    const float *epoch;   /* [n] */
    const float *network; /* [n] that is trained, from 1; NULL: there is one */
} training;

static int is_of(const training *run, int64_t i, int network) {
    return run->network ? run->network[i] == (float)network : network == 1;
}

static const float *look_up(const rimer_dataset *log, const char *name) {
    rimer_series series = rimer_dataset_series(log, 0);
    for (int64_t c = 0; c < series.n_channels; c++)
        if (strcmp(rimer_dataset_channel_name(log, c), name) == 0)
            return series.values + c * series.n_steps;
    return NULL;
}

/* NULL after a message, its exit code in *code. */
static const float *find_column(const app_program *program, const rimer_dataset *log,
                                const char *name, int *code) {
    const float *column = look_up(log, name);
    if (column)
        return column;
    *code = fail(program, 3,
                 "%s: has no column \"%s\": it is not a log that rimer-train --log wrote",
                 rimer_dataset_name(log), name);
    return NULL;
}

/* Of one network. The loss before the first epoch is not there; a point that is no number breaks the
 * line. */
static int make_line(chart_line *line, const training *run, const float *y, int network) {
    line->x = calloc((size_t)run->n, sizeof *line->x);
    line->y = calloc((size_t)run->n, sizeof *line->y);
    if (!line->x || !line->y)
        return 0;
    for (int64_t i = 0; i < run->n; i++)
        if (is_of(run, i, network)) {
            line->x[line->n] = (double)run->epoch[i];
            line->y[line->n++] = isfinite(run->epoch[i]) ? (double)y[i] : (double)NAN;
        }
    return 1;
}

static void widen(const chart_line *line, double *low, double *high) {
    for (int64_t i = 0; i < line->n; i++) {
        *low = fmin(*low, line->y[i]);
        *high = fmax(*high, line->y[i]);
    }
}

static void measure(chart_panel *panel) {
    double low = HUGE_VAL, high = -HUGE_VAL;
    widen(&panel->truth, &low, &high);
    widen(&panel->forecast, &low, &high);
    if (!(low <= high))
        low = high = 0;
    double room = high > low ? 0.06 * (high - low) : high != 0 ? 0.05 * fabs(high) : 1;
    panel->low = low - room;
    panel->high = high + room;
}

/* The line of the lowest error of a network; -1: it has none. *last: its last line, or -1. */
static int64_t find_best(const training *run, const float *error, int network, int64_t *last) {
    int64_t best = -1;
    *last = -1;
    for (int64_t i = 0; i < run->n; i++) {
        if (!is_of(run, i, network))
            continue;
        *last = i;
        if (isfinite(run->epoch[i]) && isfinite(error[i]) &&
            (best < 0 || error[i] < error[best]))
            best = i;
    }
    return best;
}

static void tell_best(chart *drawn, const char *name, const training *run, const float *error) {
    int64_t last, best = find_best(run, error, 1, &last);
    char *text = drawn->subtitle;
    size_t size = sizeof drawn->subtitle;
    drawn->cutoff = best < 0 ? (double)NAN : (double)run->epoch[best];
    if (best < 0) {
        snprintf(text, size, "no validation error");
        return;
    }
    int used =
        snprintf(text, size, "best %s %.4f after epoch %.0f of %.0f", name, (double)error[best],
                 (double)run->epoch[best], (double)run->epoch[last]);
    best = find_best(run, error, 2, &last);
    if (best >= 0)
        snprintf(text + used, size - (size_t)used, ", its twin's %.4f after %.0f of %.0f",
                 (double)error[best], (double)run->epoch[best], (double)run->epoch[last]);
}

/* A network alone is drawn as a forecast where it is validated, as truth where it is trained; of two the
 * twin is the truth. */
static int add_panel(const app_program *program, const training *run, const curve *what,
                     chart *out) {
    int code = -1;
    const float *column = find_column(program, run->log, what->column, &code);
    if (!column)
        return code;
    chart_panel *panel = &out->panels[out->n_panels++];
    int as_forecast = what->is_validation || run->network;
    snprintf(panel->name, sizeof panel->name, "%s", what->name);
    if (!make_line(as_forecast ? &panel->forecast : &panel->truth, run, column, 1) ||
        (run->network && !make_line(&panel->truth, run, column, 2)))
        return fail(program, 1, "out of memory");
    measure(panel);
    if (what->is_validation)
        tell_best(out, what->name, run, column);
    return -1;
}

static void set_range(const training *run, chart *out) {
    out->from = out->to = (double)run->epoch[0];
    for (int64_t i = 1; i < run->n; i++)
        out->to = fmax(out->to, (double)run->epoch[i]);
    if (!(out->to > out->from))
        out->to = out->from + 1;
}

static int fill(const app_program *program, const rimer_dataset *log, chart *out) {
    int code = -1;
    training run = {.log = log,
                    .n = rimer_dataset_series(log, 0).n_steps,
                    .epoch = find_column(program, log, "epoch", &code),
                    .network = look_up(log, "network")};
    if (!run.epoch)
        return code;
    code = add_panel(program, &run, look_up(log, by_crps.column) ? &by_crps : &by_mse, out);
    for (size_t i = 0; i < sizeof others / sizeof *others && code < 0; i++)
        code = add_panel(program, &run, &others[i], out);
    if (code >= 0)
        return code;
    if (run.network) {
        out->forecast = "the network that is told moments";
        out->truth = "its twin";
    }
    set_range(&run, out);
    return -1;
}

int learning_chart(const app_program *program, const char *path, chart *out) {
    rimer_read_options options;
    rimer_dataset *log;
    memset(out, 0, sizeof *out);
    rimer_read_options_init(&options);
    options.no_time = RIMER_YES;
    strcpy(options.decimal, ".");
    rimer_status status = rimer_dataset_read(path, &options, &log);
    if (status != RIMER_OK)
        return fail_status(program, status);
    int code = fill(program, log, out);
    rimer_dataset_free(log);
    if (code >= 0)
        chart_free(out);
    return code;
}
