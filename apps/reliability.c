#include "reliability.h"

#include "terminal.h"

#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static int not_an_evaluation(const app_program *program, const char *path, const char *what) {
    return fail(program, 3, "%s: %s: it is not what rimer-evaluate --json wrote", path, what);
}

static int line_new(chart_line *line, size_t n) {
    line->n = (int64_t)n;
    line->x = calloc(n, sizeof *line->x);
    line->y = calloc(n, sizeof *line->y);
    return line->x && line->y;
}

/* From corner to corner: nothing lies below the quantile of 0, all below that of 1. */
static int make_diagonal(chart_line *line) {
    if (!line_new(line, 2))
        return 0;
    line->x[0] = line->y[0] = 0;
    line->x[1] = line->y[1] = 100;
    return 1;
}

/* Per cent of a share between 0 and 1; NaN for all else. */
static double per_cent(const json_t *value) {
    double share = json_is_number(value) ? json_number_value(value) : (double)NAN;
    return share >= 0 && share <= 1 ? 100 * share : (double)NAN;
}

static int make_observed(chart_line *line, const json_t *levels, const json_t *observed) {
    if (!line_new(line, json_array_size(levels)))
        return 0;
    for (size_t i = 0; i < json_array_size(levels); i++) {
        line->x[i] = per_cent(json_array_get(levels, i));
        line->y[i] = isnan(line->x[i]) ? (double)NAN : per_cent(json_array_get(observed, i));
    }
    return 1;
}

/* By how much shares are off in the mean, in points of per cent. */
static double mean_error(const chart_line *line) {
    double sum = 0;
    int64_t n = 0;
    for (int64_t i = 0; i < line->n; i++)
        if (!isnan(line->y[i])) {
            sum += fabs(line->y[i] - line->x[i]);
            n++;
        }
    return sum / (double)n;
}

static int add_panel(const app_program *program, const char *path, const json_t *one,
                     chart *out) {
    const json_t *quantiles = json_object_get(one, "quantiles");
    const json_t *levels = json_object_get(quantiles, "levels");
    const json_t *observed = json_object_get(quantiles, "observed");
    const char *name = json_string_value(json_object_get(one, "forecaster"));
    if (!name)
        return not_an_evaluation(program, path, "there is an entry without a forecaster");
    if (!quantiles)
        return -1;
    if (!json_array_size(levels) || json_array_size(levels) != json_array_size(observed))
        return not_an_evaluation(program, path, "levels and observed shares do not match");
    if (out->n_panels == CHART_PANELS_MAX) {
        out->n_left_out++;
        return -1;
    }
    chart_panel *panel = &out->panels[out->n_panels++];
    char shown[sizeof panel->name / 2];
    if (!make_diagonal(&panel->truth) || !make_observed(&panel->forecast, levels, observed))
        return fail(program, 1, "out of memory");
    snprintf(panel->name, sizeof panel->name, "%s, mean error %.1f",
             text_harmless(name, shown, sizeof shown), mean_error(&panel->forecast));
    panel->low = 0;
    panel->high = 100;
    return -1;
}

/* One forecaster is an object, several are a list. */
static int fill(const app_program *program, const char *path, const json_t *all, chart *out) {
    const json_t *first = json_is_array(all) ? json_array_get(all, 0) : all;
    const char *dataset = json_string_value(json_object_get(first, "dataset"));
    int code = -1;
    if (!json_is_array(all))
        code = add_panel(program, path, all, out);
    for (size_t i = 0; i < json_array_size(all) && code < 0; i++)
        code = add_panel(program, path, json_array_get(all, i), out);
    if (code < 0 && !out->n_panels)
        code = fail(program, 3,
                    "%s: no forecaster in it has quantiles: train with --quantiles or "
                    "--conformal, or add --baseline all",
                    path);
    if (code >= 0)
        return code;
    if (out->n_panels == 1)
        snprintf(out->title, sizeof out->title, "%s", out->panels[0].name);
    else if (dataset)
        text_harmless(dataset, out->title, sizeof out->title);
    return -1;
}

int reliability_chart(const app_program *program, const char *path, chart *out) {
    json_error_t problem;
    int is_input = strcmp(path, "-") == 0;
    FILE *stream = is_input ? stdin : fopen(path, "r");
    *out = (chart){.truth = "promised",
                   .forecast = "observed",
                   .is_square = 1,
                   .to = 100,
                   .cutoff = (double)NAN,
                   .subtitle = "per cent of truths below each quantile, over its level"};
    if (!stream)
        return fail(program, 3, "%s: %s", path, strerror(errno));
    json_t *all = json_loadf(stream, 0, &problem);
    if (!is_input)
        fclose(stream);
    if (!all) {
        char reason[JSON_ERROR_TEXT_LENGTH];
        return fail(program, 3, "%s:%d: %s: it is not what rimer-evaluate --json wrote", path,
                    problem.line, text_harmless(problem.text, reason, sizeof reason));
    }
    int code = fill(program, path, all, out);
    json_decref(all);
    if (code >= 0)
        chart_free(out);
    return code;
}
