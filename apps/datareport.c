#include "inforeport.h"

#include "terminal.h"

#include <math.h>

enum { SEASONS_MAX = 4 };

typedef struct channel_range {
    double min, mean, max;
    int64_t n_missing;
} channel_range;

static channel_range range_of(const rimer_series *series, int64_t channel) {
    const float *values = series->values + channel * series->n_steps;
    channel_range range = {HUGE_VAL, 0, -HUGE_VAL, 0};
    int64_t n = 0;
    for (int64_t t = 0; t < series->n_steps; t++) {
        double value = (double)values[t];
        if (isnan(value)) {
            range.n_missing++;
            continue;
        }
        range.min = fmin(range.min, value);
        range.max = fmax(range.max, value);
        range.mean += (value - range.mean) / (double)++n;
    }
    if (!n)
        range.min = range.mean = range.max = (double)NAN;
    return range;
}

/* What rimer-train would choose; its refusal says why the data are too short. */
static rimer_status choose(const rimer_dataset *dataset, rimer_config *config) {
    rimer_config_init(config);
    return rimer_config_choose(config, dataset);
}

static void print_channels(const rimer_dataset *dataset, const rimer_series *series,
                           FILE *stream) {
    fprintf(stream, "  %-28s  %12s  %12s  %12s  %9s\n", "channel", "lowest", "mean", "highest",
            "missing");
    for (int64_t c = 0; c < series->n_channels; c++) {
        channel_range range = range_of(series, c);
        char name[256], missing[32];
        text_harmless(rimer_dataset_channel_name(dataset, c), name, sizeof name);
        fprintf(stream, "  %s%*s  %12.6g  %12.6g  %12.6g  %9s%s\n", name,
                28 > text_columns(name) ? 28 - text_columns(name) : 0, "", range.min,
                range.mean, range.max, text_count(range.n_missing, missing, sizeof missing),
                range.min == range.max ? "  constant" : "");
    }
}

static void print_seasons(const rimer_dataset *dataset, const rimer_series *series,
                          FILE *stream) {
    int64_t seasons[SEASONS_MAX];
    int n = rimer_dataset_seasons(dataset, series->n_steps, SEASONS_MAX, seasons);
    fprintf(stream, "seasons     %s", n ? "" : "none found");
    for (int i = 0; i < n; i++)
        fprintf(stream, "%s%lld", i ? ", " : "", (long long)seasons[i]);
    fprintf(stream, "%s\n", n ? " steps, likeliest first" : "");
}

static void print_training(const rimer_dataset *dataset, FILE *stream) {
    rimer_config config;
    if (choose(dataset, &config) != RIMER_OK)
        fprintf(stream, "training    not possible: %s\n", rimer_last_error());
    else
        fprintf(stream,
                "training    possible: rimer-train would forecast %lld steps from the last "
                "%lld, in patches of %lld\n",
                (long long)config.horizon, (long long)config.context_len,
                (long long)config.patch_len);
}

void data_print(const char *path, const rimer_dataset *dataset, FILE *stream) {
    rimer_series series = rimer_dataset_series(dataset, 0);
    rimer_read_notes notes = rimer_dataset_notes(dataset);
    char name[1024], rows[32], steps[32], count[32], first[64], last[64];
    rimer_dataset_format_time(dataset, series.times[0], first, sizeof first);
    rimer_dataset_format_time(dataset, series.times[series.n_steps - 1], last, sizeof last);
    text_make_harmless(first);
    text_make_harmless(last);
    fprintf(stream, "data        %s\n", text_harmless(path, name, sizeof name));
    fprintf(stream, "rows        %s, %s steps, %lld channel%s\n",
            text_count(notes.n_rows, rows, sizeof rows),
            text_count(series.n_steps, steps, sizeof steps), (long long)series.n_channels,
            series.n_channels == 1 ? "" : "s");
    fprintf(stream, "time        %s to %s, every %s\n", first, last,
            rimer_dataset_frequency(dataset));
    fprintf(stream, "missing     %s values", text_count(notes.n_missing, count, sizeof count));
    if (notes.n_gaps)
        fprintf(stream, ", %lld gap%s with %lld steps in all", (long long)notes.n_gaps,
                notes.n_gaps == 1 ? "" : "s", (long long)notes.n_gap_steps);
    if (notes.n_duplicates)
        fprintf(stream, ", %lld repeated times", (long long)notes.n_duplicates);
    fputc('\n', stream);
    if (*notes.ignored)
        fprintf(stream, "left out    text columns: %s\n",
                text_harmless(notes.ignored, name, sizeof name));
    print_seasons(dataset, &series, stream);
    print_training(dataset, stream);
    print_channels(dataset, &series, stream);
}

static json_t *channels_json(const rimer_dataset *dataset, const rimer_series *series) {
    json_t *array = json_array();
    for (int64_t c = 0; c < series->n_channels; c++) {
        channel_range range = range_of(series, c);
        json_t *object = json_object();
        json_object_set_new(object, "name", json_text(rimer_dataset_channel_name(dataset, c)));
        json_object_set_new(object, "min", json_number(range.min));
        json_object_set_new(object, "mean", json_number(range.mean));
        json_object_set_new(object, "max", json_number(range.max));
        json_object_set_new(object, "missing", json_integer(range.n_missing));
        json_array_append_new(array, object);
    }
    return array;
}

static json_t *training_json(const rimer_dataset *dataset) {
    json_t *object = json_object();
    rimer_config config;
    int possible = choose(dataset, &config) == RIMER_OK;
    json_object_set_new(object, "possible", json_boolean(possible));
    if (!possible) {
        json_object_set_new(object, "reason", json_text(rimer_last_error()));
        return object;
    }
    json_object_set_new(object, "context_len", json_integer(config.context_len));
    json_object_set_new(object, "horizon", json_integer(config.horizon));
    json_object_set_new(object, "patch_len", json_integer(config.patch_len));
    return object;
}

json_t *data_json(const char *path, const rimer_dataset *dataset) {
    rimer_series series = rimer_dataset_series(dataset, 0);
    rimer_read_notes notes = rimer_dataset_notes(dataset);
    int64_t seasons[SEASONS_MAX];
    char first[64], last[64];
    json_t *object = json_object(), *periods = json_array();
    int n = rimer_dataset_seasons(dataset, series.n_steps, SEASONS_MAX, seasons);
    for (int i = 0; i < n; i++)
        json_array_append_new(periods, json_integer(seasons[i]));
    rimer_dataset_format_time(dataset, series.times[0], first, sizeof first);
    rimer_dataset_format_time(dataset, series.times[series.n_steps - 1], last, sizeof last);
    json_object_set_new(object, "kind", json_text("data"));
    json_object_set_new(object, "path", json_text(path));
    json_object_set_new(object, "rows", json_integer(notes.n_rows));
    json_object_set_new(object, "series", json_integer(rimer_dataset_n_series(dataset)));
    json_object_set_new(object, "steps", json_integer(series.n_steps));
    json_object_set_new(object, "frequency", json_text(rimer_dataset_frequency(dataset)));
    json_object_set_new(object, "first", json_text(first));
    json_object_set_new(object, "last", json_text(last));
    json_object_set_new(object, "missing", json_integer(notes.n_missing));
    json_object_set_new(object, "gaps", json_integer(notes.n_gaps));
    json_object_set_new(object, "gap_steps", json_integer(notes.n_gap_steps));
    json_object_set_new(object, "duplicates", json_integer(notes.n_duplicates));
    json_object_set_new(object, "ignored", json_text(notes.ignored));
    json_object_set_new(object, "seasons", periods);
    json_object_set_new(object, "training", training_json(dataset));
    json_object_set_new(object, "channels", channels_json(dataset, &series));
    return object;
}
