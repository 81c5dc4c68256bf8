/* What of the data needs somebody's attention, in sentences. */
#include "datalook.h"
#include "terminal.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { NAMED_MOST = 5, NAME_COLUMNS = 40 };

static void notice(data_look *look, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void notice(data_look *look, const char *format, ...) {
    if (look->n_notices == LOOK_NOTICES_MAX)
        return;
    va_list args;
    va_start(args, format);
    vsnprintf(look->notices[look->n_notices++], LOOK_NOTICE_SIZE, format, args);
    va_end(args);
}

static const char *plural(int64_t n) {
    return n == 1 ? "" : "s";
}

/* "a", "b" and 3 more */
typedef struct name_text {
    int n;
    char text[800];
} name_text;

static void add_name(name_text *names, const char *name, const char *suffix) {
    char shown[120];
    size_t used = strlen(names->text);
    if (names->n++ < NAMED_MOST)
        snprintf(names->text + used, sizeof names->text - used, "%s\"%s\"%s", used ? ", " : "",
                 text_short(name, NAME_COLUMNS, shown, sizeof shown), suffix);
}

static void end_names(name_text *names) {
    size_t used = strlen(names->text);
    if (names->n > NAMED_MOST)
        snprintf(names->text + used, sizeof names->text - used, " and %d more",
                 names->n - NAMED_MOST);
}

static void notice_sentinel(data_look *look, double value) {
    name_text names = {0};
    char code[32];
    for (int64_t c = 0; c < look->n_channels; c++) {
        const rimer_survey *survey = &look->channels[c].survey;
        char count[32], times[48];
        if (survey->n_sentinels == 0 || survey->sentinel != value)
            continue;
        snprintf(times, sizeof times, " %s\xc3\x97",
                 text_count(survey->n_sentinels, count, sizeof count));
        add_name(&names, rimer_dataset_channel_name(look->dataset, c), times);
    }
    end_names(&names);
    look_code(value, code, sizeof code);
    notice(
        look,
        "%s lies far from all other values and looks like a code for a missing one: use --na "
        "%s (%s)",
        code, code, names.text);
}

static void notice_sentinels(data_look *look) {
    for (int64_t c = 0; c < look->n_channels; c++) {
        const rimer_survey *survey = &look->channels[c].survey;
        int is_first = survey->n_sentinels > 0;
        for (int64_t before = 0; before < c && is_first; before++)
            is_first = look->channels[before].survey.sentinel != survey->sentinel;
        if (is_first)
            notice_sentinel(look, survey->sentinel);
    }
}

static void notice_channels(data_look *look, int (*is_meant)(const rimer_survey *),
                            const char *what) {
    name_text names = {0};
    for (int64_t c = 0; c < look->n_channels; c++)
        if (is_meant(&look->channels[c].survey))
            add_name(&names, rimer_dataset_channel_name(look->dataset, c), "");
    end_names(&names);
    if (names.n)
        notice(look, "%s: %s", what, names.text);
}

static int never_changes(const rimer_survey *survey) {
    return look_is_constant(survey) && !look_is_coarse(survey);
}

static int is_empty(const rimer_survey *survey) {
    return survey->n_missing == survey->n_steps;
}

static void notice_series(data_look *look) {
    name_text constant = {0}, empty = {0};
    for (int64_t s = 0; s < look->n_series && look->n_series > 1; s++) {
        const char *id = rimer_dataset_series(look->dataset, s).id;
        if (look->series[s].n_empty)
            add_name(&empty, id, "");
        else if (look->series[s].n_constant)
            add_name(&constant, id, "");
    }
    end_names(&constant);
    end_names(&empty);
    if (empty.n)
        notice(look, "%d series without one value in some channel: %s", empty.n, empty.text);
    if (constant.n)
        notice(look, "%d series with a channel that never changes: %s", constant.n,
               constant.text);
}

/* A value that stands still at 0, the lowest, is a night or a dry spell more often than a broken
 * sensor. */
static int stands_still(const data_look *look, int64_t c) {
    const channel_look *channel = &look->channels[c];
    const rimer_survey *survey = &channel->survey;
    if (survey->frozen == 0 || look_is_constant(survey) ||
        !look_is_frozen(survey, channel->frozen_share_of))
        return 0;
    rimer_series series = rimer_dataset_series(look->dataset, channel->frozen_series);
    double value = (double)series.values[c * series.n_steps + survey->frozen_at];
    return !(value == 0 && survey->min == 0);
}

/* The longest one is told in full, the others are named. */
static void notice_frozen(data_look *look) {
    name_text names = {0};
    int64_t longest = -1;
    for (int64_t c = 0; c < look->n_channels; c++) {
        if (!stands_still(look, c))
            continue;
        add_name(&names, rimer_dataset_channel_name(look->dataset, c), "");
        if (longest < 0 ||
            look->channels[c].survey.frozen > look->channels[longest].survey.frozen)
            longest = c;
    }
    if (longest < 0)
        return;
    const channel_look *channel = &look->channels[longest];
    rimer_series series = rimer_dataset_series(look->dataset, channel->frozen_series);
    char steps[32], time[RIMER_TIME_SIZE], id[120];
    end_names(&names);
    look_time(look, channel->frozen_series, channel->survey.frozen_at, time, sizeof time);
    notice(
        look,
        "values that stand still, as of a stuck sensor: %s; the longest stretch is %s steps of "
        "%.6g from %s%s%s",
        names.text, text_count(channel->survey.frozen, steps, sizeof steps),
        (double)series.values[longest * series.n_steps + channel->survey.frozen_at], time,
        *series.id ? " in series " : "", text_short(series.id, NAME_COLUMNS, id, sizeof id));
}

static const char *unit_of(const char *format) {
    return strcmp(format, "%s") == 0       ? "seconds"
           : strcmp(format, "%Q") == 0     ? "milliseconds"
           : strcmp(format, "%{us}s") == 0 ? "microseconds"
                                           : "nanoseconds";
}

/* How values that only rise would be read as times since 1970; "": not at all. */
static const char *since_1970(const rimer_series *series, int64_t c) {
    const float *values = series->values + c * series->n_steps;
    float first = values[0], last = values[series->n_steps - 1];
    for (int64_t t = 1; t < series->n_steps; t++)
        if (!(values[t] >= values[t - 1]))
            return "";
    return first < last ? rimer_time_since_1970((double)first, (double)last) : "";
}

/* Whole numbers are a time only where something says so, such as the name of their column, and then
 * they number steps. */
static void notice_clock(data_look *look) {
    rimer_series series = rimer_dataset_series(look->dataset, 0);
    if (*look->notes.since_1970)
        notice(look, LOOK_SINCE_1970 "%s", look->notes.since_1970);
    if (rimer_dataset_n_time_columns(look->dataset))
        return;
    for (int64_t c = 0; c < look->n_channels; c++) {
        const char *name = rimer_dataset_channel_name(look->dataset, c);
        const char *format = since_1970(&series, c);
        char shown[120];
        text_short(name, NAME_COLUMNS, shown, sizeof shown);
        if (*format)
            notice(look,
                   "\"%s\" only rises and looks like %s since 1970, a time and no channel: "
                   "name it in --time-col, with --time-format %s",
                   shown, unit_of(format), format);
        else if (c == 0 && look_is_rising(look->dataset))
            notice(look, "\"%s\" " LOOK_RISING, shown);
    }
}

/* In one series or another. */
static void notice_grouped(data_look *look) {
    name_text names = {0};
    for (int64_t c = 0; c < look->n_channels; c++) {
        int is_grouped = 0;
        for (int64_t s = 0; s < look->n_series && !is_grouped; s++) {
            rimer_series series = rimer_dataset_series(look->dataset, s);
            is_grouped = look_is_grouped(series.values + c * series.n_steps, series.n_steps);
        }
        if (is_grouped)
            add_name(&names, rimer_dataset_channel_name(look->dataset, c), "");
    }
    end_names(&names);
    if (names.n)
        notice(look, LOOK_GROUPED ": %s", names.text);
}

static void notice_reading(data_look *look) {
    const rimer_read_notes *notes = &look->notes;
    char count[32];
    if (notes->n_gaps)
        notice(look, "%s step%s had no row and %s missing now, in %lld gap%s%s",
               text_count(notes->n_gap_steps, count, sizeof count), plural(notes->n_gap_steps),
               notes->n_gap_steps == 1 ? "is" : "are", (long long)notes->n_gaps,
               plural(notes->n_gaps),
               *notes->resample ? "" : " (--steps rows takes the rows as they come)");
    if (notes->n_partial)
        notice(look,
               "the last step of %s series is left out: it may not have been over, and its sum "
               "too low",
               text_count(notes->n_partial, count, sizeof count));
    if (notes->n_duplicates)
        notice(look, "%s row%s repeat%s a time that was there before (see --duplicates)",
               text_count(notes->n_duplicates, count, sizeof count),
               plural(notes->n_duplicates), notes->n_duplicates == 1 ? "s" : "");
    if (notes->units_line)
        notice(look, "line %lld holds units and no data, and is left out",
               (long long)notes->units_line);
    if (notes->n_headers)
        notice(look, "%s row%s say%s the names of the columns again, and %s left out",
               text_count(notes->n_headers, count, sizeof count), plural(notes->n_headers),
               notes->n_headers == 1 ? "s" : "", notes->n_headers == 1 ? "is" : "are");
    if (*notes->ignored)
        notice(look, "columns of text, or that count the rows, are left out: %s",
               notes->ignored);
    if (strcmp(rimer_dataset_frequency(look->dataset), "irregular") == 0)
        notice(look, "the times keep no common distance: forecasts go on with the most common "
                     "one (see --freq)");
}

void look_notice(data_look *look) {
    if (!look->can_train)
        notice(look, "training with the default settings would be refused: %s", look->refusal);
    notice_clock(look);
    notice_sentinels(look);
    notice_channels(look, is_empty, "without one value, leave out with --channels");
    notice_channels(look, never_changes, "never changes, leave out with --channels");
    notice_channels(look, look_is_coarse, LOOK_COARSE);
    notice_grouped(look);
    notice_series(look);
    notice_frozen(look);
    notice_reading(look);
}
