#include "inforeport.h"

#include <math.h>

static void set(json_t *object, const char *key, json_t *value) {
    json_object_set_new(object, key, value);
}

static json_t *time_json(const data_look *look, int64_t time) {
    char text[RIMER_TIME_SIZE];
    rimer_dataset_format_time(look->dataset, time, text, sizeof text);
    return json_text(text);
}

/* The time of a step, null for none. */
static json_t *step_json(const data_look *look, int64_t series, int64_t step) {
    return step < 0 ? json_null()
                    : time_json(look, rimer_dataset_series(look->dataset, series).times[step]);
}

static json_t *seasons_json(const season_list *seasons) {
    json_t *array = json_array();
    for (int i = 0; i < seasons->n; i++)
        json_array_append_new(array, json_integer(seasons->steps[i]));
    return array;
}

static json_t *channel_json(const data_look *look, int64_t c, const channel_look *channel) {
    const rimer_survey *survey = &channel->survey;
    json_t *object = json_object();
    set(object, "name", json_text(rimer_dataset_channel_name(look->dataset, c)));
    set(object, "min", json_number(survey->min));
    set(object, "mean", json_number(survey->mean));
    set(object, "max", json_number(survey->max));
    set(object, "deviation", json_number(survey->deviation));
    set(object, "missing", json_integer(survey->n_missing));
    set(object, "first_missing",
        step_json(look, channel->first_missing_series, survey->first_missing));
    set(object, "holes", json_integer(survey->n_holes));
    set(object, "longest_hole", json_integer(survey->longest_hole));
    set(object, "longest_hole_at",
        step_json(look, channel->hole_series, survey->longest_hole_at));
    set(object, "frozen", json_integer(survey->frozen));
    set(object, "frozen_at", step_json(look, channel->frozen_series, survey->frozen_at));
    set(object, "constant", json_boolean(look_is_constant(survey)));
    set(object, "sentinel", json_number(survey->sentinel));
    set(object, "sentinels", json_integer(survey->n_sentinels));
    return object;
}

static json_t *channels_json(const data_look *look) {
    json_t *array = json_array();
    for (int64_t c = 0; c < look->n_channels; c++) {
        json_t *object = channel_json(look, c, &look->channels[c]);
        if (look->n_series == 1)
            set(object, "seasons", seasons_json(&look->channels[c].seasons));
        json_array_append_new(array, object);
    }
    return array;
}

static json_t *series_channels_json(const data_look *look, int64_t s) {
    json_t *array = json_array();
    for (int64_t c = 0; c < look->n_channels; c++) {
        channel_look one = {.survey = look->surveys[s * look->n_channels + c],
                            .first_missing_series = s,
                            .hole_series = s,
                            .frozen_series = s};
        json_array_append_new(array, channel_json(look, c, &one));
    }
    return array;
}

static json_t *all_series_json(const data_look *look) {
    json_t *array = json_array();
    for (int64_t s = 0; s < look->n_series; s++) {
        rimer_series series = rimer_dataset_series(look->dataset, s);
        json_t *object = json_object();
        set(object, "id", json_text(series.id));
        set(object, "steps", json_integer(series.n_steps));
        set(object, "first", time_json(look, series.times[0]));
        set(object, "last", time_json(look, series.times[series.n_steps - 1]));
        set(object, "missing", json_integer(look->series[s].n_missing));
        set(object, "channels", series_channels_json(look, s));
        json_array_append_new(array, object);
    }
    return array;
}

static json_t *training_json(const data_look *look) {
    json_t *object = json_object();
    set(object, "possible", json_boolean(look->can_train));
    if (!look->can_train) {
        set(object, "reason", json_text(look->refusal));
        return object;
    }
    set(object, "context_len", json_integer(look->config.context_len));
    set(object, "horizon", json_integer(look->config.horizon));
    set(object, "patch_len", json_integer(look->config.patch_len));
    return object;
}

/* Where something was met first, null if nowhere. */
static json_t *place_json(const data_look *look, int64_t count, int64_t series, int64_t time) {
    if (!count)
        return json_null();
    json_t *object = json_object();
    set(object, "series", json_text(rimer_dataset_series(look->dataset, series).id));
    set(object, "time", time_json(look, time));
    return object;
}

static json_t *time_columns_json(const data_look *look) {
    json_t *array = json_array();
    for (int64_t i = 0; i < rimer_dataset_n_time_columns(look->dataset); i++)
        json_array_append_new(array, json_text(rimer_dataset_time_column(look->dataset, i)));
    return array;
}

static void set_reading(json_t *object, const data_look *look) {
    const rimer_read_notes *notes = &look->notes;
    set(object, "layout", json_text(notes->layout));
    set(object, "rows", json_integer(notes->n_rows));
    set(object, "time_columns", time_columns_json(look));
    set(object, "frequency", json_text(rimer_dataset_frequency(look->dataset)));
    set(object, "frequency_reason", json_text(notes->reason));
    set(object, "first", time_json(look, look->first));
    set(object, "last", time_json(look, look->last));
    set(object, "missing", json_integer(notes->n_missing));
    set(object, "values", json_integer(look->n_values));
    set(object, "gaps", json_integer(notes->n_gaps));
    set(object, "gap_steps", json_integer(notes->n_gap_steps));
    set(object, "resample", *notes->resample ? json_text(notes->resample) : json_null());
    set(object, "partial_steps", json_integer(notes->n_partial));
    set(object, "first_gap",
        place_json(look, notes->n_gaps, notes->first_gap_series, notes->first_gap_time));
    set(object, "duplicates", json_integer(notes->n_duplicates));
    set(object, "first_duplicate",
        place_json(look, notes->n_duplicates, notes->first_duplicate_series,
                   notes->first_duplicate_time));
    set(object, "repeated_headers", json_integer(notes->n_headers));
    set(object, "units_line",
        notes->units_line ? json_integer(notes->units_line) : json_null());
    set(object, "ignored", json_text(notes->ignored));
}

static json_t *notices_json(const data_look *look) {
    json_t *array = json_array();
    for (int i = 0; i < look->n_notices; i++)
        json_array_append_new(array, json_text(look->notices[i]));
    return array;
}

json_t *data_json(const char *path, const data_look *look) {
    json_t *object = json_object();
    set(object, "kind", json_text("data"));
    set(object, "path", json_text(path));
    set(object, "series", json_integer(look->n_series));
    set(object, "steps", json_integer(rimer_dataset_series(look->dataset, 0).n_steps));
    set(object, "shortest", json_integer(look->shortest));
    set(object, "median", json_integer(look->median));
    set(object, "longest", json_integer(look->longest));
    set_reading(object, look);
    set(object, "seasons", seasons_json(&look->seasons));
    set(object, "training", training_json(look));
    set(object, "channels", channels_json(look));
    set(object, "per_series", all_series_json(look));
    set(object, "notices", notices_json(look));
    return object;
}
