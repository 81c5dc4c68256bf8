#include "chart.h"

#include "terminal.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* What one panel is made of. */
typedef struct sources {
    const app_program *program;
    const rimer_dataset *forecast, *truth; /* truth may be NULL */
    rimer_series f, t;
    int64_t channel, truth_channel; /* truth_channel -1: the truth has none of that name */
    int64_t first_truth, end_truth; /* steps of truth that are shown */
    int64_t before;                 /* steps of truth before the forecast */
    double shift; /* added to the x of a forecast whose steps are only numbered */
    double unit;  /* of times: 1e6 for microseconds, else 1 */
    double
        clock; /* added to all x: clocks of the data's zone are ahead of instants by so much */
} sources;

static int line_new(chart_line *line, int64_t n, int is_band) {
    size_t size = sizeof(double) * (size_t)(n ? n : 1);
    line->n = n;
    line->x = malloc(size);
    line->y = malloc(size);
    line->y2 = is_band ? malloc(size) : NULL;
    return line->x && line->y && (!is_band || line->y2);
}

/* The channel whose name is the first `length` bytes of `name`; -1 if there is none. */
static int64_t find_channel_of(const rimer_dataset *dataset, const char *name, size_t length) {
    for (int64_t c = 0; c < rimer_dataset_n_channels(dataset); c++) {
        const char *its = rimer_dataset_channel_name(dataset, c);
        if (strncmp(its, name, length) == 0 && its[length] == '\0')
            return c;
    }
    return -1;
}

static int64_t find_channel(const rimer_dataset *dataset, const char *name) {
    return find_channel_of(dataset, name, strlen(name));
}

/* Columns "OT-lo-80" and "OT-q-0.1" belong to channel "OT" if there is one. Returns where
 * "-lo-80" begins. */
static const char *border_suffix(const rimer_dataset *dataset, const char *name) {
    for (const char *dash = strchr(name, '-'); dash; dash = strchr(dash + 1, '-')) {
        int is_quantile = strncmp(dash, "-q-", 3) == 0;
        if (!is_quantile && strncmp(dash, "-lo-", 4) != 0 && strncmp(dash, "-hi-", 4) != 0)
            continue;
        if (isdigit((unsigned char)dash[is_quantile ? 3 : 4]) && strlen(dash) <= 16 &&
            find_channel_of(dataset, name, (size_t)(dash - name)) >= 0)
            return dash;
    }
    return NULL;
}

static double value_at(const rimer_series *series, int64_t channel, int64_t step) {
    return (double)series->values[channel * series->n_steps + step];
}

/* The upper border "OT-hi-80" of channel "OT" (`length` bytes) beside the lower one; -1: none.
 * */
static int64_t find_upper(const rimer_dataset *dataset, const char *lower, size_t length) {
    for (int64_t c = 0; c < rimer_dataset_n_channels(dataset); c++) {
        const char *its = rimer_dataset_channel_name(dataset, c);
        if (strncmp(its, lower, length) == 0 && strncmp(its + length, "-hi-", 4) == 0 &&
            strcmp(its + length + 4, lower + length + 4) == 0)
            return c;
    }
    return -1;
}

/* Columns of an interval and its level in per cent. */
typedef struct interval {
    int64_t lo, hi;
    double level;
} interval;

/* Puts one among n intervals, the widest first; those that find no room are the narrowest. */
static int insert_interval(interval *found, int n, interval one) {
    int at = n;
    while (at > 0 && found[at - 1].level < one.level)
        at--;
    if (at == CHART_BANDS_MAX)
        return n;
    int kept = n < CHART_BANDS_MAX ? n : CHART_BANDS_MAX - 1;
    memmove(found + at + 1, found + at, (size_t)(kept - at) * sizeof *found);
    found[at] = one;
    return kept + 1;
}

/* The intervals of a channel, and how many there are. */
static int find_intervals(const sources *s, interval found[CHART_BANDS_MAX]) {
    const char *name = rimer_dataset_channel_name(s->forecast, s->channel);
    size_t length = strlen(name);
    int n = 0;
    for (int64_t c = 0; c < s->f.n_channels; c++) {
        const char *low = rimer_dataset_channel_name(s->forecast, c);
        if (strncmp(low, name, length) != 0 || strncmp(low + length, "-lo-", 4) != 0)
            continue;
        interval one = {c, find_upper(s->forecast, low, length),
                        strtod(low + length + 4, NULL)};
        if (one.hi >= 0 && one.level > 0)
            n = insert_interval(found, n, one);
    }
    return n;
}

static double forecast_x(const sources *s, int64_t step) {
    return (double)s->f.times[step] / s->unit + s->shift + s->clock;
}

static double truth_x(const sources *s, int64_t step) {
    return (double)s->t.times[step] / s->unit + s->clock;
}

/* Line and bands start at the last true value, so that the eye can follow them. 0: there is none. */
static int last_true(const sources *s, double *x, double *y) {
    if (s->truth_channel < 0 || s->before <= 0)
        return 0;
    *x = truth_x(s, s->before - 1);
    *y = value_at(&s->t, s->truth_channel, s->before - 1);
    return !isnan(*y);
}

static int make_forecast(const sources *s, chart_panel *panel) {
    double x, y;
    int joined = last_true(s, &x, &y);
    chart_line *line = &panel->forecast;
    if (!line_new(line, s->f.n_steps + joined, 0))
        return 0;
    if (joined) {
        line->x[0] = x;
        line->y[0] = y;
    }
    for (int64_t k = 0; k < s->f.n_steps; k++) {
        line->x[k + joined] = forecast_x(s, k);
        line->y[k + joined] = value_at(&s->f, s->channel, k);
    }
    return 1;
}

static int make_band(const sources *s, const interval *found, chart_line *band) {
    double x, y;
    int joined = last_true(s, &x, &y);
    if (!line_new(band, s->f.n_steps + joined, 1))
        return 0;
    if (joined) {
        band->x[0] = x;
        band->y[0] = band->y2[0] = y;
    }
    for (int64_t k = 0; k < s->f.n_steps; k++) {
        band->x[k + joined] = forecast_x(s, k);
        band->y[k + joined] = value_at(&s->f, found->lo, k);
        band->y2[k + joined] = value_at(&s->f, found->hi, k);
    }
    return 1;
}

static int make_bands(const sources *s, chart_panel *panel) {
    interval found[CHART_BANDS_MAX];
    int n = find_intervals(s, found);
    for (int i = 0; i < n; i++) {
        panel->levels[i] = found[i].level;
        if (!make_band(s, &found[i], &panel->bands[panel->n_bands++]))
            return 0;
    }
    return 1;
}

static int make_truth(const sources *s, chart_panel *panel) {
    if (s->truth_channel < 0)
        return 1;
    if (!line_new(&panel->truth, s->end_truth - s->first_truth, 0))
        return 0;
    for (int64_t i = 0; i < panel->truth.n; i++) {
        panel->truth.x[i] = truth_x(s, s->first_truth + i);
        panel->truth.y[i] = value_at(&s->t, s->truth_channel, s->first_truth + i);
    }
    return 1;
}

static void stretch(const chart_line *line, double *low, double *high) {
    for (int64_t i = 0; i < line->n; i++) {
        *low = fmin(*low, line->y[i]);
        *high = fmax(*high, line->y2 ? line->y2[i] : line->y[i]);
    }
}

static void measure(chart_panel *panel) {
    double low = HUGE_VAL, high = -HUGE_VAL;
    stretch(&panel->truth, &low, &high);
    stretch(&panel->forecast, &low, &high);
    for (int i = 0; i < panel->n_bands; i++)
        stretch(&panel->bands[i], &low, &high);
    if (!(low <= high))
        low = high = 0;
    double room = high > low ? 0.06 * (high - low) : high != 0 ? 0.05 * fabs(high) : 1;
    panel->low = low - room;
    panel->high = high + room;
}

/* Times that are written as the plain numbers they are count steps; others are microseconds. */
static int counts_steps(const rimer_dataset *dataset, int64_t time) {
    char written[64], plain[64];
    rimer_dataset_format_time(dataset, time, written, sizeof written);
    snprintf(plain, sizeof plain, "%lld", (long long)time);
    return strcmp(written, plain) == 0;
}

/* The truth of a name: a channel of a single table, a series, or a channel of a series,
 * "id/channel". 0 if there is none. */
static int find_truth(sources *s, const char *name) {
    for (int64_t i = 0; s->truth && i < rimer_dataset_n_series(s->truth); i++) {
        rimer_series series = rimer_dataset_series(s->truth, i);
        size_t length = strlen(series.id);
        const char *rest = strncmp(name, series.id, length) == 0 ? name + length : NULL;
        if (!rest)
            continue;
        s->truth_channel = !*rest && length ? (series.n_channels == 1 ? 0 : -1)
                           : length == 0    ? find_channel(s->truth, name)
                           : *rest == '/'   ? find_channel(s->truth, rest + 1)
                                            : -1;
        s->t = series;
        if (s->truth_channel >= 0)
            return 1;
    }
    s->truth_channel = -1;
    return 0;
}

/* Which steps of truth are shown, and where the forecast lies on their axis. */
static void align(sources *s, int64_t last) {
    if (s->truth_channel < 0)
        return;
    if (!*rimer_dataset_time_name(s->forecast)) /* steps are counted from 0 again */
        s->shift = (double)s->t.times[s->t.n_steps - 1] + 1;
    double first = forecast_x(s, 0), end = forecast_x(s, s->f.n_steps - 1);
    while (s->before < s->t.n_steps && truth_x(s, s->before) < first)
        s->before++;
    for (s->end_truth = s->before;
         s->end_truth < s->t.n_steps && truth_x(s, s->end_truth) <= end;)
        s->end_truth++;
    if (last == 0)
        last = s->f.n_steps < 20 ? 60 : 3 * s->f.n_steps;
    s->first_truth = s->before > last ? s->before - last : 0;
}

/* A long table has a series for each forecast, whose first column is the forecast itself. */
static int is_long(const rimer_dataset *forecast) {
    return *rimer_dataset_series(forecast, 0).id != '\0';
}

/* The name by which a forecast goes; NULL for the border of an interval. */
static const char *forecast_name(const rimer_dataset *forecast, int64_t series,
                                 int64_t channel) {
    const char *name = rimer_dataset_channel_name(forecast, channel);
    if (is_long(forecast))
        return channel == 0 ? rimer_dataset_series(forecast, series).id : NULL;
    return border_suffix(forecast, name) ? NULL : name;
}

/* The first panel sets the axis: what begins at another time, or found no room, is left out. */
static void describe(const sources *s, chart *out) {
    char moment[RIMER_TIME_SIZE];
    double from = forecast_x(s, 0);
    out->is_time = s->unit > 1;
    out->horizon = s->f.n_steps;
    out->to = forecast_x(s, s->f.n_steps - 1);
    out->cutoff = s->before > 0 ? truth_x(s, s->before - 1) : (double)NAN;
    if (s->end_truth > s->first_truth)
        from = fmin(from, truth_x(s, s->first_truth));
    out->from = from;
    if (!(out->to > out->from))
        out->to = out->from + 1;
    rimer_dataset_format_time(s->forecast, s->f.times[0] + (int64_t)s->shift, moment,
                              sizeof moment);
    rimer_text_harmless(moment);
    snprintf(out->subtitle, sizeof out->subtitle, "%lld step%s ahead from %s%s",
             (long long)out->horizon, out->horizon == 1 ? "" : "s", out->is_time ? "" : "step ",
             moment);
}

static int fits(const sources *s, const chart *out) {
    return out->n_panels == 0 ||
           (forecast_x(s, s->f.n_steps - 1) == out->to && s->f.n_steps == out->horizon);
}

static int make_panel(const sources *s, const char *name, chart *out) {
    if (out->n_panels == 0)
        describe(s, out);
    chart_panel *panel = &out->panels[out->n_panels++];
    text_harmless(name, panel->name, sizeof panel->name);
    if (!make_forecast(s, panel) || !make_bands(s, panel) || !make_truth(s, panel))
        return fail(s->program, 1, "out of memory: %lld steps to draw",
                    (long long)s->f.n_steps);
    measure(panel);
    return -1;
}

static int unknown_channel(const app_program *program, const rimer_dataset *forecast,
                           const char *channel) {
    enum { SHOWN_COLUMNS = 60 };
    const char *names[1024];
    char asked[256], nearest[256];
    int n = 0;
    for (int64_t i = 0; i < rimer_dataset_n_series(forecast); i++)
        for (int64_t c = 0; c < rimer_dataset_n_channels(forecast) && n < 1023; c++)
            if (forecast_name(forecast, i, c))
                names[n++] = forecast_name(forecast, i, c);
    names[n] = NULL;
    text_short(rimer_name_nearest(channel, names), SHOWN_COLUMNS, nearest, sizeof nearest);
    text_short(channel, SHOWN_COLUMNS, asked, sizeof asked);
    return fail(program, 2, "the forecast has no channel \"%s\": did you mean \"%s\"?", asked,
                nearest);
}

static int has_truth(const chart *out) {
    for (int i = 0; i < out->n_panels; i++)
        if (out->panels[i].truth.n)
            return 1;
    return 0;
}

static int check_axes(const app_program *program, const rimer_dataset *forecast,
                      const rimer_dataset *truth) {
    rimer_series f = rimer_dataset_series(forecast, 0);
    if (!truth || counts_steps(forecast, f.times[0]) ==
                      counts_steps(truth, rimer_dataset_series(truth, 0).times[0]))
        return -1;
    return fail(program, 3,
                "only one of forecast and truth has a time column: give both with "
                "or both without");
}

static int add_forecast(sources s, int64_t index, int64_t channel, int64_t last, chart *out) {
    const char *name = forecast_name(s.forecast, index, channel);
    rimer_series series = rimer_dataset_series(s.forecast, index);
    s.f = series;
    s.channel = channel;
    s.unit = counts_steps(s.forecast, series.times[0]) ? 1 : 1e6;
    if (out->n_panels < CHART_PANELS_MAX) { /* the truth is looked for among all series */
        find_truth(&s, name);
        align(&s, last);
        if (fits(&s, out))
            return make_panel(&s, name, out);
    }
    out->n_left_out++;
    return -1;
}

static int by_text(const void *a, const void *b) {
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The first series of the truth, but for one without a name, that the forecast has, too; -1: none;
 * -2: out of memory. */
static int64_t first_shared(const rimer_dataset *forecast, const rimer_dataset *truth) {
    size_t n = (size_t)rimer_dataset_n_series(forecast);
    const char **ids = malloc(n * sizeof *ids);
    if (!ids)
        return -2;
    for (size_t i = 0; i < n; i++)
        ids[i] = rimer_dataset_series(forecast, (int64_t)i).id;
    qsort(ids, n, sizeof *ids, by_text);
    int64_t found = -1;
    for (int64_t i = 0; i < rimer_dataset_n_series(truth) && found < 0; i++) {
        const char *id = rimer_dataset_series(truth, i).id;
        if (*id && bsearch(&id, ids, n, sizeof *ids, by_text))
            found = i;
    }
    free(ids);
    return found;
}

/* A forecast of one channel of each series goes by the name of the series alone. -1, or the exit
 * code after a message. */
static int check_channels(const app_program *program, const rimer_dataset *forecast,
                          const rimer_dataset *truth) {
    enum { SHOWN = 60 };
    char series[256], column[256], data[256];
    int64_t n = rimer_dataset_n_channels(truth);
    int64_t shared = n > 1 ? first_shared(forecast, truth) : -1;
    if (shared == -2)
        return fail(program, 1, "out of memory: names of series");
    if (shared < 0)
        return -1;
    return fail(
        program, 2,
        "%s: series \"%s\" has %lld columns of values, and the forecast does not say of "
        "which it is: name the one that it was made of, such as --channels %s",
        text_harmless(rimer_dataset_name(truth), data, sizeof data),
        text_short(rimer_dataset_series(truth, shared).id, SHOWN, series, sizeof series),
        (long long)n,
        text_short(rimer_dataset_channel_name(truth, 0), SHOWN, column, sizeof column));
}

/* An axis has no hour twice: it shows the clock of the first step throughout. */
static double clock_ahead(const rimer_dataset *forecast) {
    int64_t first = rimer_dataset_series(forecast, 0).times[0];
    return (double)(rimer_dataset_clock(forecast, first) - first) / 1e6;
}

int chart_make(const app_program *program, const rimer_dataset *forecast,
               const rimer_dataset *truth, const char *channel, int64_t last, chart *out) {
    sources s = {.program = program,
                 .forecast = forecast,
                 .truth = truth,
                 .clock = clock_ahead(forecast)};
    *out = (chart){.truth = "truth", .forecast = "forecast"};
    int code = check_axes(program, forecast, truth);
    for (int64_t i = 0; i < rimer_dataset_n_series(forecast); i++)
        for (int64_t c = 0; c < rimer_dataset_n_channels(forecast) && code < 0; c++) {
            const char *name = forecast_name(forecast, i, c);
            if (name && (!channel || strcmp(name, channel) == 0))
                code = add_forecast(s, i, c, last, out);
        }
    if (code < 0 && !out->n_panels)
        code = unknown_channel(program, forecast, channel ? channel : "");
    if (code < 0 && truth && !has_truth(out))
        code = check_channels(program, forecast, truth);
    if (code < 0 && truth && !has_truth(out))
        code = fail(program, 3,
                    "%s: has no values for the channels and times that the forecast needs",
                    rimer_dataset_name(truth));
    if (code >= 0)
        chart_free(out);
    else if (out->n_panels == 1)
        snprintf(out->title, sizeof out->title, "%s", out->panels[0].name);
    return code;
}

static void line_free(chart_line *line) {
    free(line->x);
    free(line->y);
    free(line->y2);
}

void chart_free(chart *drawn) {
    for (int i = 0; i < drawn->n_panels; i++) {
        line_free(&drawn->panels[i].truth);
        line_free(&drawn->panels[i].forecast);
        for (int k = 0; k < drawn->panels[i].n_bands; k++)
            line_free(&drawn->panels[i].bands[k]);
    }
    memset(drawn, 0, sizeof *drawn);
}
