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

/* The loss before the first epoch is not there; a point that is no number breaks the line. */
static int make_line(chart_line *line, const float *epoch, const float *y, int64_t n) {
    line->n = n;
    line->x = malloc((size_t)n * sizeof *line->x);
    line->y = malloc((size_t)n * sizeof *line->y);
    if (!line->x || !line->y)
        return 0;
    for (int64_t i = 0; i < n; i++) {
        line->x[i] = (double)epoch[i];
        line->y[i] = isfinite(epoch[i]) ? (double)y[i] : (double)NAN;
    }
    return 1;
}

static void measure(chart_panel *panel, const chart_line *line) {
    double low = HUGE_VAL, high = -HUGE_VAL;
    for (int64_t i = 0; i < line->n; i++) {
        low = fmin(low, line->y[i]);
        high = fmax(high, line->y[i]);
    }
    if (!(low <= high))
        low = high = 0;
    double room = high > low ? 0.06 * (high - low) : high != 0 ? 0.05 * fabs(high) : 1;
    panel->low = low - room;
    panel->high = high + room;
}

static void tell_best(chart *drawn, const char *name, const float *epoch, const float *error,
                      int64_t n) {
    int64_t best = -1;
    for (int64_t i = 0; i < n; i++)
        if (isfinite(epoch[i]) && isfinite(error[i]) && (best < 0 || error[i] < error[best]))
            best = i;
    drawn->cutoff = best < 0 ? (double)NAN : (double)epoch[best];
    if (best < 0)
        snprintf(drawn->subtitle, sizeof drawn->subtitle, "no validation error");
    else
        snprintf(drawn->subtitle, sizeof drawn->subtitle,
                 "best %s %.4f after epoch %.0f of %.0f", name, (double)error[best],
                 (double)epoch[best], (double)epoch[n - 1]);
}

static int add_panel(const app_program *program, const rimer_dataset *log, const curve *what,
                     const float *epoch, chart *out) {
    int64_t n = rimer_dataset_series(log, 0).n_steps;
    int code = -1;
    const float *column = find_column(program, log, what->column, &code);
    if (!column)
        return code;
    chart_panel *panel = &out->panels[out->n_panels++];
    chart_line *line = what->is_validation ? &panel->forecast : &panel->truth;
    snprintf(panel->name, sizeof panel->name, "%s", what->name);
    if (!make_line(line, epoch, column, n))
        return fail(program, 1, "out of memory");
    measure(panel, line);
    if (what->is_validation)
        tell_best(out, what->name, epoch, column, n);
    return -1;
}

static int fill(const app_program *program, const rimer_dataset *log, chart *out) {
    int64_t n = rimer_dataset_series(log, 0).n_steps;
    int code = -1;
    const float *epoch = find_column(program, log, "epoch", &code);
    if (epoch)
        code = add_panel(program, log, look_up(log, by_crps.column) ? &by_crps : &by_mse, epoch,
                         out);
    for (size_t i = 0; epoch && i < sizeof others / sizeof *others && code < 0; i++)
        code = add_panel(program, log, &others[i], epoch, out);
    if (!epoch || code >= 0)
        return code;
    out->from = (double)epoch[0];
    out->to = (double)epoch[n - 1] > out->from ? (double)epoch[n - 1] : out->from + 1;
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
