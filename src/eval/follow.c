#include "rimer/follow.h"

#include "base/array.h"
#include "base/clock.h"
#include "data/feed.h"
#include "data/feed_place.h"
#include "eval/forecast_dataset.h"
#include "model/model_inside.h"
#include "rimer/writefile.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SAVE_SECONDS 60
#define OWED " owed" /* behind the place in a state: its newest forecast is yet to be written */

typedef struct following {
    const rimer_model *model;
    const rimer_follow_settings *settings;
    rm_feed *feed;
    rimer_stream *stream;
    rimer_writelock lock; /* of the state */
    char *place;          /* of the state that it goes on from, or NULL */
    rm_forecast_form form;
    rm_csv_writer csv;
    int is_open;             /* csv */
    rimer_forecast forecast; /* of the newest rows, made anew each time */
    float *values;           /* [n_channels] of a row */
    float *missing;          /* the same, all NaN */
    int64_t every, n_skipped;
    int owes;     /* the forecast of the newest step, which was not written whole */
    double saved; /* when the state was */
} following;

void rimer_follow_settings_init(rimer_follow_settings *settings) {
    *settings =
        (rimer_follow_settings){.data = "-", .style = "wide", .max_gap = RIMER_FOLLOW_MAX_GAP};
}

static int never(void *user) {
    (void)user;
    return 0;
}

static int is_asked_to_stop(const following *f) {
    return f->settings->stop && f->settings->stop(f->settings->user);
}

static void tell(const following *f, const char *sentence) {
    if (f->settings->tell)
        f->settings->tell(f->settings->user, sentence);
}

/* No step is counted without its forecast: one that cannot be written stays owed. */
static rimer_status write_forecast(following *f) {
    const rimer_forecast *to = &f->forecast;
    const rimer_levels *levels = to->levels.n > 1 ? &to->levels : NULL;
    f->owes = 1;
    RM_TRY(rimer_stream_forecast(f->stream, to->horizon, levels, to->values));
    rm_forecast_write_rows(&f->csv, &f->form, to);
    RM_TRY(rm_csv_writer_flush(&f->csv));
    f->owes = 0;
    return RIMER_OK;
}

/* ----------------------------------------------------------------------------- beginning */

static rimer_status check_columns(const following *f) {
    const rimer_dataset *table = rm_feed_table(f->feed);
    int64_t n = rimer_dataset_n_channels(table);
    int same = n == rimer_stream_n_channels(f->stream);
    for (int64_t c = 0; same && c < n; c++)
        same = strcmp(rimer_dataset_channel_name(table, c),
                      rimer_stream_channel_name(f->stream, c)) == 0;
    if (!same)
        RM_FAIL(
            DATA,
            "%s: its columns of numbers are not those of the state %s: begin with its header, "
            "use --channels, or remove the state to begin anew",
            rimer_dataset_name(table), f->settings->state);
    return RIMER_OK;
}

static int take_owed(char *place) {
    size_t length = strlen(place), n = strlen(OWED);
    if (length < n || strcmp(place + length - n, OWED) != 0)
        return 0;
    place[length - n] = '\0';
    return 1;
}

/* A state that is not there yet is one of a stream that begins. */
static rimer_status load_state(following *f) {
    const char *state = f->settings->state;
    if (!state || (access(state, F_OK) != 0 && errno == ENOENT))
        return RIMER_OK;
    RM_TRY(rimer_stream_load(f->model, state, &f->stream, &f->place));
    f->owes = take_owed(f->place);
    return RIMER_OK;
}

rimer_status rimer_follow_note_read(const char *note, rimer_follow_note *out) {
    RM_NEED(note, out);
    char *text;
    rm_place place;
    rimer_follow_note read = {0};
    RM_TRY(rm_string_copy(&text, note));
    read.owes = take_owed(text);
    rimer_status status = rm_place_read(text, &place);
    if (status == RIMER_OK) {
        rm_place_shown(&place, read.time, sizeof read.time, read.frequency,
                       sizeof read.frequency);
        *out = read;
    }
    free(text);
    return status;
}

static rimer_status go_on(following *f) {
    RM_TRY(check_columns(f));
    return rm_feed_go_on(f->feed, f->place, rimer_stream_steps(f->stream) > 0);
}

/* A model that is told where steps stand must know what a step is from the first on. */
static rimer_status check_frequency(const following *f) {
    const char *needed = rm_model_frequency(f->model);
    if (!needed)
        return RIMER_OK;
    if (!rm_feed_knows_steps(f->feed))
        RM_FAIL(DATA, "%s: its times do not suit the model, which knows seasons in steps of %s",
                rimer_dataset_name(rm_feed_table(f->feed)), needed);
    return rm_frequency_check(needed, rm_feed_table(f->feed));
}

static rimer_status begin_stream(following *f) {
    const rimer_dataset *table = rm_feed_table(f->feed);
    int64_t n = rimer_dataset_n_channels(table);
    if (f->stream)
        return go_on(f);
    const char **names;
    RM_TRY(rm_array_new(&names, n, sizeof *names));
    for (int64_t c = 0; c < n; c++)
        names[c] = rimer_dataset_channel_name(table, c);
    rimer_status status = rimer_stream_create(f->model, n, names, &f->stream);
    free(names);
    return status;
}

static rimer_status begin_forecast(following *f) {
    const rimer_follow_settings *settings = f->settings;
    const rimer_config *config = rimer_model_config(f->model);
    rimer_forecast *to = &f->forecast;
    to->dataset = rm_feed_table(f->feed);
    to->horizon = settings->horizon ? settings->horizon : config->horizon;
    to->wanted = settings->wanted;
    f->every = settings->every ? settings->every : config->patch_len;
    if (to->horizon < 1 || f->every < 1)
        RM_FAIL(USAGE, "horizon %lld, every %lld: each must be 1 at least, or 0",
                (long long)to->horizon, (long long)f->every);
    if (settings->max_gap < 0)
        RM_FAIL(USAGE, "max_gap: %lld steps, less than none", (long long)settings->max_gap);
    if (settings->on_error != RIMER_ON_ERROR_FAIL && settings->on_error != RIMER_ON_ERROR_SKIP)
        RM_FAIL(USAGE, "on_error: %d is neither RIMER_ON_ERROR_FAIL nor RIMER_ON_ERROR_SKIP",
                settings->on_error);
    RM_TRY(rm_forecast_levels(f->model, &to->wanted, &to->levels));
    to->median = rimer_levels_find(&to->levels, 0.5);
    RM_TRY(rm_forecast_form_make(&f->form, settings->style, 1));
    RM_TRY(rm_forecast_check_names(&f->form, to));
    int64_t n = rm_forecast_n_values(to);
    return rm_array_new(&to->values, n, sizeof *to->values);
}

static rimer_status skip_row(following *f, rimer_status status) {
    if (status != RIMER_DATA || f->settings->on_error != RIMER_ON_ERROR_SKIP)
        return status;
    f->n_skipped++;
    tell(f, rimer_last_error());
    return RIMER_OK;
}

/* The names of a state, else those of the model. */
static rimer_status known_channels(const following *f, rm_known_channels *known) {
    const char **names;
    int64_t n =
        f->stream ? rimer_stream_n_channels(f->stream) : rimer_model_n_channels(f->model);
    RM_TRY(rm_array_new(&names, n, sizeof *names));
    for (int64_t c = 0; c < n; c++)
        names[c] = f->stream ? rimer_stream_channel_name(f->stream, c)
                             : rimer_model_channel(f->model, c).name;
    *known = (rm_known_channels){n, names};
    return RIMER_OK;
}

/* The half of a number looks like one: a state that took it would refuse the whole row later. */
static void tell_cut(const following *f) {
    char text[512];
    if (rm_feed_cut_line(f->feed) == 0)
        return;
    snprintf(
        text, sizeof text,
        "%.200s:%lld: the last line has no line end, may be cut off, and is left out: send "
        "it again as a whole",
        rm_feed_shown(f->feed), (long long)rm_feed_cut_line(f->feed));
    tell(f, text);
}

/* That nothing came since is no failure of a stream that goes on. */
static rimer_status tell_no_row(const following *f) {
    const char *shown = rm_feed_shown(f->feed);
    char text[512];
    if (!f->stream)
        RM_FAIL(DATA, "%s: a header but no row of data", shown);
    snprintf(text, sizeof text, "%.200s: no row behind the header: the state stays as it is",
             shown);
    tell(f, text);
    return RIMER_OK;
}

/* RIMER_OK without a table: all that came was half a row, or none to a state. */
static rimer_status first_row(following *f, const rm_known_channels *known) {
    int found = 1;
    while (found && !rm_feed_table(f->feed)) {
        rimer_status status = rm_feed_begin(f->feed, known, &found);
        if (status != RIMER_OK && !found)
            return status;
        if (status != RIMER_OK)
            RM_TRY(skip_row(f, status));
    }
    if (found)
        return RIMER_OK;
    tell_cut(f);
    if (f->n_skipped == 0 && rm_feed_cut_line(f->feed) == 0)
        return tell_no_row(f);
    return f->n_skipped ? RIMER_SOME_FAILED : RIMER_OK;
}

static void tell_ignored(const following *f) {
    const rimer_dataset *table = rm_feed_table(f->feed);
    rimer_read_notes notes = rimer_dataset_notes(table);
    char text[RIMER_TEXT_SIZE + 512];
    if (notes.units_line) {
        snprintf(text, sizeof text, "%.200s:%lld: a line of units is left out",
                 rimer_dataset_name(table), (long long)notes.units_line);
        tell(f, text);
    }
    if (f->stream || !*notes.ignored)
        return;
    snprintf(text, sizeof text,
             "%.200s: columns that the model does not know are left out: %s (--channels takes "
             "others)",
             rimer_dataset_name(table), notes.ignored);
    tell(f, text);
}

static rimer_status begin_feed(following *f) {
    const rimer_follow_settings *settings = f->settings;
    rm_live live = {settings->stop ? settings->stop : never, settings->user};
    rm_known_channels known;
    RM_TRY(rm_feed_open(&f->feed, settings->data, settings->read, settings->max_gap,
                        settings->state != NULL, live));
    RM_TRY(load_state(f));
    RM_TRY(known_channels(f, &known));
    rimer_status status = first_row(f, &known);
    free(known.names);
    if (status == RIMER_OK && rm_feed_table(f->feed))
        tell_ignored(f);
    return status;
}

static rimer_status begin(following *f) {
    if (f->settings->state)
        RM_TRY(rimer_writelock_take(&f->lock, f->settings->state));
    RM_TRY(begin_feed(f));
    if (!rm_feed_table(f->feed))
        return RIMER_OK;
    int64_t n = rimer_dataset_n_channels(rm_feed_table(f->feed));
    RM_TRY(rm_array_new(&f->values, n, sizeof *f->values));
    RM_TRY(rm_array_new(&f->missing, n, sizeof *f->missing));
    for (int64_t c = 0; c < n; c++)
        f->missing[c] = NAN;
    RM_TRY(begin_forecast(f));
    RM_TRY(rm_feed_set_frequency(f->feed, rimer_model_fact(f->model, "frequency")));
    RM_TRY(check_frequency(f));
    RM_TRY(begin_stream(f));
    RM_TRY(rm_csv_writer_open(&f->csv, "-", false));
    f->is_open = 1;
    f->saved = rm_now();
    rm_forecast_write_header(&f->csv, &f->form, &f->forecast);
    RM_TRY(rm_csv_writer_flush(&f->csv));
    return f->owes && rm_feed_knows_steps(f->feed) ? write_forecast(f) : RIMER_OK;
}

static void end(following *f) {
    rimer_writelock_release(&f->lock);
    rm_feed_free(f->feed);
    rimer_stream_free(f->stream);
    free(f->place);
    free(f->forecast.values);
    free(f->values);
    free(f->missing);
}

/* ----------------------------------------------------------------------------- rows */

static rimer_status save(following *f) {
    char *place;
    f->saved = rm_now();
    if (!f->settings->state)
        return RIMER_OK;
    RM_TRY(rm_feed_place(f->feed, f->owes ? OWED : "", &place));
    rimer_status status = rimer_stream_save(f->stream, place, f->settings->state);
    free(place);
    return status;
}

static void tell_gap(const following *f, int64_t gap) {
    const rimer_dataset *table = rm_feed_table(f->feed);
    char text[512], time[RIMER_TIME_SIZE];
    if (gap == 0)
        return;
    rimer_dataset_format_time(table, rimer_dataset_series(table, 0).times[0], time,
                              sizeof time);
    snprintf(text, sizeof text,
             "%.200s: %lld step%s of %s missing before %s, and %s read as missing",
             rimer_dataset_name(table), (long long)gap, gap == 1 ? "" : "s",
             rimer_dataset_frequency(table), time, gap == 1 ? "is" : "are");
    tell(f, text);
}

/* Nothing but the first two rows said it, and one of them may be wrong. */
static void tell_steps(const following *f) {
    const rimer_dataset *table = rm_feed_table(f->feed);
    char text[512];
    snprintf(text, sizeof text,
             "%.200s:%lld: a step is %s, as far as the first two rows are apart (--freq says "
             "otherwise)",
             rimer_dataset_name(table), (long long)rm_feed_line(f->feed),
             rimer_dataset_frequency(table));
    tell(f, text);
}

/* A step whose values the model cannot take is a step all the same. */
static rimer_status push_values(following *f) {
    rimer_status status = rimer_stream_push(f->stream, 1, f->values);
    if (status != RIMER_DATA)
        return status;
    rm_error_prefix(status, "%s:%lld: ", rimer_dataset_name(rm_feed_table(f->feed)),
                    (long long)rm_feed_line(f->feed));
    char *sentence;
    RM_TRY(rm_string_copy(&sentence, rimer_last_error()));
    rimer_status pushed = rimer_stream_push(f->stream, 1, f->missing);
    if (pushed == RIMER_OK)
        (void)rm_error_set(status, "%s", sentence);
    free(sentence);
    return pushed == RIMER_OK ? status : pushed;
}

static rimer_status push_row(following *f, int64_t gap) {
    int64_t before = rimer_stream_steps(f->stream);
    if (before == 0)
        RM_TRY(rimer_stream_place(f->stream, rm_feed_position(f->feed)));
    tell_gap(f, gap);
    for (int64_t i = 0; i < gap; i++)
        RM_TRY(rimer_stream_push(f->stream, 1, f->missing));
    RM_TRY(push_values(f));
    if (rimer_stream_steps(f->stream) / f->every > before / f->every &&
        rm_feed_knows_steps(f->feed))
        RM_TRY(write_forecast(f));
    return rm_now() - f->saved > SAVE_SECONDS ? save(f) : RIMER_OK;
}

static rimer_status follow_rows(following *f) {
    int found = 1;
    while (found) {
        int64_t gap;
        if (is_asked_to_stop(f))
            RM_FAIL(INTERRUPTED, "stopped");
        int knew_steps = rm_feed_knows_steps(f->feed);
        rimer_status status = rm_feed_next(f->feed, f->values, &gap, &found);
        if (rm_feed_knows_steps(f->feed) != knew_steps)
            tell_steps(f);
        if (status == RIMER_OK && found)
            status = push_row(f, gap);
        if (status != RIMER_OK && !found)
            return status;
        if (status != RIMER_OK)
            RM_TRY(skip_row(f, status));
    }
    tell_cut(f);
    return f->n_skipped ? RIMER_SOME_FAILED : RIMER_OK;
}

/* What came before a failure counts, so the state is saved then, too; the first sentence stays.
 * */
static rimer_status finish(following *f, rimer_status status) {
    char *sentence = NULL;
    if (status != RIMER_OK && rm_string_copy(&sentence, rimer_last_error()) != RIMER_OK) {
        rm_csv_writer_abandon(&f->csv);
        return status;
    }
    int keeps = f->settings->state && status != RIMER_NO_MEMORY;
    rimer_status saved = keeps ? save(f) : RIMER_OK;
    if (status == RIMER_OK || status == RIMER_SOME_FAILED) {
        rimer_status written = rm_csv_writer_commit(&f->csv);
        status = saved != RIMER_OK ? saved : written != RIMER_OK ? written : status;
    } else {
        rm_csv_writer_abandon(&f->csv);
        const char *then = saved != RIMER_OK ? "; and the state could not be saved"
                           : keeps && f->owes
                               ? "; the next run with this state begins with that forecast"
                               : "";
        (void)rm_error_set(status, "%s%s", sentence, then);
    }
    free(sentence);
    return status;
}

rimer_status rimer_follow(const rimer_model *model, const rimer_follow_settings *settings) {
    RM_NEED(model, settings);
    RM_NEED(settings->data, settings->style);
    rimer_read_options defaults;
    rimer_follow_settings own = *settings;
    following f = {.model = model, .settings = &own};
    rimer_read_options_init(&defaults);
    if (!own.read)
        own.read = &defaults;
    rimer_status status = begin(&f);
    if (status == RIMER_OK && f.is_open)
        status = finish(&f, follow_rows(&f));
    else if (f.is_open)
        rm_csv_writer_abandon(&f.csv);
    end(&f);
    return status;
}
