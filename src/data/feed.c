#include "data/feed.h"

#include "base/array.h"
#include "data/feed_place.h"
#include "data/no_steps.h"
#include "data/open_step.h"
#include "data/readers.h"
#include "data/time_parts.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct rm_feed {
    rm_text_source source;
    rimer_read_options options;
    rm_csv *csv;
    rm_columns columns;
    rimer_dataset *table; /* one step: the newest; NULL until a row told the columns */
    rm_joined_time joined;
    int knows_steps, has_newest;
    int knows_mark; /* the decimal one */
    int64_t line;   /* of the row that is read */
    int64_t units_line;
    int64_t max_gap;

    int resamples;
    rm_resample resample;
    rm_open_step open;
    float *row; /* [n_channels] of the row that is read */
};

const rimer_dataset *rm_feed_table(const rm_feed *feed) {
    return feed->table;
}

int64_t rm_feed_line(const rm_feed *feed) {
    return feed->line;
}

int64_t rm_feed_cut_line(const rm_feed *feed) {
    return rm_csv_cut_line(feed->csv);
}

const char *rm_feed_shown(const rm_feed *feed) {
    return rm_csv_shown(feed->csv);
}

int rm_feed_knows_steps(const rm_feed *feed) {
    return feed->knows_steps;
}

static int64_t *newest(const rm_feed *feed) {
    return feed->table->series[0].times;
}

int64_t rm_feed_position(const rm_feed *feed) {
    return rimer_dataset_position(feed->table, 0, 0);
}

/* Rows follow each other whatever stands in them. */
static int counts_rows(const rm_feed *feed) {
    return feed->columns.n_time == 0 || feed->options.steps == RIMER_STEPS_ROWS;
}

/* ----------------------------------------------------------------------------- opening */

static rimer_status check_options(const rimer_read_options *options) {
    if (options->layout == RIMER_LAYOUT_LONG || options->layout == RIMER_LAYOUT_ROWS ||
        options->id_col[0])
        RM_FAIL(USAGE, "rows that come one by one are of one series, in layout wide");
    if (options->zone[0])
        RM_FAIL(USAGE,
                "zone \"%s\": rows that come one by one need times in UTC, or with an "
                "offset",
                options->zone);
    if (options->sort == RIMER_YES)
        RM_FAIL(USAGE, "sort: rows that come one by one cannot be sorted");
    if (!options->resample[0] && options->duplicates != RIMER_DUPLICATES_ERROR &&
        options->duplicates != RIMER_DUPLICATES_FIRST)
        RM_FAIL(USAGE, "duplicates: of rows that come one by one the first counts; choose "
                       "first or error");
    return RIMER_OK;
}

/* The first line must be there before its delimiter can be told. */
static rimer_status open_csv(rm_feed *feed, const char *path, bool whole_lines, rm_live live) {
    rm_input *input;
    int64_t size, next;
    bool found;
    char delimiter;
    RM_TRY(rm_text_source_begin(&feed->source, &delimiter));
    RM_TRY(rm_input_open_live(&input, path, live));
    rimer_status status = rm_input_skip(input, feed->options.skip);
    if (status == RIMER_OK)
        status = rm_input_line(input, 0, rm_input_first_line(input), &size, &next, &found);
    if (status != RIMER_OK) {
        rm_input_free(input);
        return status;
    }
    RM_TRY(rm_csv_open(&feed->csv, input, delimiter, feed->source.style.decimal));
    rm_csv_allow_ragged(feed->csv); /* a short row is refused here, and can be left out */
    rm_csv_end_rows_at_lines(feed->csv);
    if (whole_lines)
        rm_csv_need_line_ends(feed->csv);
    return RIMER_OK;
}

static rimer_status name_table(rm_feed *feed) {
    const rm_columns *columns = &feed->columns;
    const char *names[RM_TIME_COLUMNS_MAX];
    RM_TRY(rm_dataset_new(&feed->table, rm_dataset_name_of(feed->source.path),
                          columns->n_channels, 1));
    for (int64_t i = 0; i < columns->n_time; i++)
        names[i] = columns->names[columns->time[i]];
    RM_TRY(rm_dataset_set_time_columns(feed->table, columns->n_time, names));
    for (int64_t c = 0; c < columns->n_channels; c++)
        RM_TRY(rm_string_copy(&feed->table->channel_names[c],
                              columns->names[columns->channels[c]]));
    RM_TRY(rm_series_new(&feed->table->series[0], "", 1, columns->n_channels));
    memcpy(feed->table->notes.ignored, columns->ignored, sizeof columns->ignored);
    feed->table->notes.units_line = feed->units_line;
    feed->table->format = columns->format;
    feed->table->grid = rm_frequency_of_format(&columns->format);
    feed->table->frequency = feed->table->grid;
    return RIMER_OK;
}

static rimer_status refuse_cut_header(rm_feed *feed) {
    const rm_csv_row *row;
    RM_TRY(rm_csv_peek(feed->csv, 0, &row));
    if (!row && rm_csv_cut_line(feed->csv))
        RM_FAIL(DATA,
                "%s: its only line has no line end, and may be cut off: send it as a whole",
                rm_csv_shown(feed->csv));
    return RIMER_OK;
}

/* The first line alone: a second would keep it waiting. */
static rimer_status fill_feed(rm_feed *feed, const char *path, bool whole_lines, rm_live live) {
    rm_sample sample;
    RM_TRY(check_options(&feed->options));
    RM_TRY(open_csv(feed, path, whole_lines, live));
    RM_TRY(refuse_cut_header(feed));
    RM_TRY(rm_sample_take(&sample, feed->csv, 1));
    feed->knows_mark = feed->source.style.decimal || rm_csv_delimiter(feed->csv) == ',';
    RM_TRY(rm_text_source_settle(&feed->source, &sample));
    sample.header = rm_sample_has_header(&sample, &feed->options, &feed->source.style, -1);
    RM_TRY(rm_columns_name(&feed->columns, &sample, &feed->options));
    if (feed->columns.id >= 0)
        RM_FAIL(USAGE,
                "%s: column \"%.80s\" names series: rows that come one by one are of one "
                "series, in layout wide",
                rm_csv_shown(feed->csv), feed->columns.names[feed->columns.id]);
    if (sample.header)
        rm_csv_drop(feed->csv);
    return RIMER_OK;
}

rimer_status rm_feed_open(rm_feed **out, const char *path, const rimer_read_options *options,
                          int64_t max_gap, bool whole_lines, rm_live live) {
    rm_feed *feed;
    RM_TRY(rm_array_new(&feed, 1, sizeof *feed));
    feed->options = *options;
    feed->max_gap = max_gap;
    feed->source.path = path;
    feed->source.options = &feed->options;
    rimer_status status = fill_feed(feed, path, whole_lines, live);
    if (status != RIMER_OK) {
        rm_feed_free(feed);
        return status;
    }
    *out = feed;
    return RIMER_OK;
}

static rimer_status check_width(const rm_feed *feed, const rm_csv_row *row) {
    if (row->n_cells != feed->columns.n_columns)
        RM_FAIL(DATA, "%s:%" PRId64 ": %" PRId64 " cells here, %" PRId64 " in the first row",
                rm_csv_shown(feed->csv), feed->line, row->n_cells, feed->columns.n_columns);
    return RIMER_OK;
}

static rimer_status tell_columns(rm_feed *feed, const rm_csv_row *row,
                                 const rm_known_channels *known) {
    rm_sample sample = {.csv = feed->csv, .n = 1};
    RM_TRY(check_width(feed, row));
    return rm_columns_tell(&feed->columns, &sample, &feed->options, &feed->source.style, known);
}

/* Of the first rows, before it is known whether there is a time. */
static bool is_no_step(const rm_feed *feed, const rm_csv_row *row) {
    return rm_row_repeats_names(&feed->columns, feed->csv, row) ||
           (feed->options.no_time != RIMER_YES && rm_csv_row_is_empty(feed->csv, row));
}

static rimer_status next_row(rm_feed *feed, const rm_csv_row **row) {
    RM_TRY(rm_csv_peek(feed->csv, 0, row));
    while (*row && is_no_step(feed, *row)) {
        rm_csv_drop(feed->csv);
        RM_TRY(rm_csv_peek(feed->csv, 0, row));
    }
    return RIMER_OK;
}

typedef bool has_line(const rm_sample *sample, const rm_cell_style *style);

/* Passes over a line below the names; *line stays 0 where it is none. What might be one is no row of
 * data in any case, so the one after it can be waited for. */
static rimer_status pass_line(rm_feed *feed, has_line *has, int64_t *line) {
    const rm_csv_row *row;
    rm_sample sample = {.csv = feed->csv, .n = 1};
    *line = 0;
    RM_TRY(rm_csv_peek(feed->csv, 0, &row));
    if (!row || row->n_cells != feed->columns.n_columns ||
        rm_row_repeats_names(&feed->columns, feed->csv, row) ||
        !has(&sample, &feed->source.style))
        return RIMER_OK;
    int64_t here = row->line;
    RM_TRY(rm_csv_peek(feed->csv, 1, &row));
    sample.n = 2;
    if (!row || !has(&sample, &feed->source.style))
        return RIMER_OK;
    *line = here;
    rm_csv_drop(feed->csv);
    return RIMER_OK;
}

static rimer_status pass_lines(rm_feed *feed) {
    int64_t names;
    RM_TRY(pass_line(feed, rm_sample_has_units, &feed->units_line));
    return pass_line(feed, rm_sample_has_name_of_time, &names);
}

rimer_status rm_feed_begin(rm_feed *feed, const rm_known_channels *known, int *found) {
    const rm_csv_row *row = NULL;
    rimer_status status = RIMER_OK;
    if (feed->columns.has_header && !feed->line)
        status = pass_lines(feed);
    if (status == RIMER_OK)
        status = next_row(feed, &row);
    *found = rm_csv_left_row(feed->csv);
    if (status != RIMER_OK || !row)
        return status;
    feed->line = row->line;
    status = tell_columns(feed, row, known);
    if (status == RIMER_OK)
        status = name_table(feed);
    *found = status == RIMER_OK || (status == RIMER_DATA && !feed->columns.none_tells);
    if (status != RIMER_OK)
        rm_csv_drop(feed->csv);
    return status;
}

void rm_feed_free(rm_feed *feed) {
    if (!feed)
        return;
    rm_csv_free(feed->csv);
    rm_columns_free(&feed->columns);
    rimer_dataset_free(feed->table);
    free(feed->joined.text);
    rm_open_step_free(&feed->open);
    free(feed->row);
    free(feed);
}

/* ----------------------------------------------------------------------------- steps */

/* What a step means, where rows are counted whatever it is. */
static void name_frequency(rm_feed *feed, rm_frequency frequency) {
    rimer_dataset *table = feed->table;
    table->frequency = frequency;
    rm_frequency_text(&frequency, table->frequency_text, sizeof table->frequency_text);
    feed->knows_steps = 1;
}

static void take_frequency(rm_feed *feed, rm_frequency frequency) {
    feed->table->grid = frequency;
    name_frequency(feed, frequency);
}

/* Numbers are counted, and stamps have a unit. */
static int suits(const rm_feed *feed, const rm_frequency *frequency) {
    int numbered = feed->columns.format.kind == RM_TIME_STEPS;
    return numbered == (frequency->kind == RM_EVERY_STEPS);
}

/* From the row that is next, which the opening waited for; *time stays where it tells none. */
static rimer_status learn_spelling(rm_feed *feed, int64_t *time) {
    const rm_csv_row *row;
    const char *text;
    if (feed->columns.n_time == 0)
        return RIMER_OK;
    RM_TRY(rm_csv_peek(feed->csv, 0, &row));
    if (row && row->n_cells == feed->columns.n_columns &&
        rm_columns_time_text(&feed->columns, feed->csv, row, &feed->joined, &text) == RIMER_OK)
        (void)rm_time_read(&feed->table->format, text, time);
    return RIMER_OK;
}

static rimer_status begin_resample(rm_feed *feed) {
    const char *step = feed->options.resample, *shown = rm_csv_shown(feed->csv);
    int64_t first = 0;
    if (feed->columns.n_time == 0)
        RM_FAIL(USAGE, "resample \"%s\" goes by times, and %s has none", step, shown);
    RM_TRY(learn_spelling(feed, &first));
    RM_TRY(
        rm_resample_begin(&feed->resample, &feed->options, shown, first, &feed->table->format));
    RM_TRY(rm_open_step_init(&feed->open, feed->columns.n_channels));
    RM_TRY(rm_array_new(&feed->row, feed->columns.n_channels, sizeof *feed->row));
    feed->resamples = 1;
    take_frequency(feed, feed->resample.step);
    return RIMER_OK;
}

rimer_status rm_feed_set_frequency(rm_feed *feed, const char *otherwise) {
    rm_frequency given = feed->table->grid;
    if (feed->options.resample[0])
        return begin_resample(feed);
    const char *freq = feed->options.freq;
    if (*freq)
        RM_TRY(rm_frequency_of_option("freq", freq, feed->columns.format.kind,
                                      rm_csv_shown(feed->csv), &given));
    if (counts_rows(feed) && feed->columns.n_time == 0)
        name_frequency(feed, given); /* numbered one by one */
    else if (*freq && suits(feed, &given))
        take_frequency(feed, given);
    else if (!*freq && rm_frequency_parse(otherwise, &given) && suits(feed, &given))
        take_frequency(feed, given);
    return RIMER_OK;
}

static void time_shown(const rm_feed *feed, int64_t time, char text[RIMER_TIME_SIZE]) {
    rimer_dataset_format_time(feed->table, time, text, RIMER_TIME_SIZE);
}

static rimer_status off_grid(const rm_feed *feed, int64_t time) {
    char now[RIMER_TIME_SIZE], before[RIMER_TIME_SIZE], frequency[32];
    time_shown(feed, time, now);
    time_shown(feed, *newest(feed), before);
    rm_frequency_text(&feed->table->grid, frequency, sizeof frequency);
    RM_FAIL(
        DATA,
        "%s:%" PRId64 ": %s is not a whole number of steps of %s after %s (use --freq, or "
        "--steps rows to take the rows as they come, or --resample to combine those of each "
        "step)",
        rm_csv_shown(feed->csv), feed->line, now, frequency, before);
}

static rimer_status out_of_order(const rm_feed *feed, int64_t time, int64_t last) {
    char now[RIMER_TIME_SIZE], before[RIMER_TIME_SIZE];
    time_shown(feed, time, now);
    time_shown(feed, last, before);
    RM_FAIL(DATA,
            "%s:%" PRId64 ": %s comes after %s: rows are out of order (--on-error skip leaves "
            "such rows out)",
            rm_csv_shown(feed->csv), feed->line, now, before);
}

static rimer_status not_later(const rm_feed *feed, int64_t time) {
    char now[RIMER_TIME_SIZE];
    if (time != *newest(feed))
        return out_of_order(feed, time, *newest(feed));
    time_shown(feed, time, now);
    RM_FAIL(DATA,
            "%s:%" PRId64 ": the time %s was there before (use --duplicates first, or "
            "--on-error skip)",
            rm_csv_shown(feed->csv), feed->line, now);
}

/* The first two rows may have to tell what a step is, and months their day: a February does not
 * show which. */
static void learn_steps(rm_feed *feed, int64_t time) {
    rm_frequency *grid = &feed->table->grid;
    int64_t times[2] = {*newest(feed), time}, begin[2] = {0, 2};
    rm_frequency_facts facts;
    if (time <= *newest(feed))
        return;
    if (!feed->knows_steps) {
        (void)rm_frequency_infer(feed->columns.format.kind, times, begin, 1, grid, &facts);
        take_frequency(feed, *grid);
    }
    if (grid->kind == RM_EVERY_MONTHS)
        rm_frequency_anchor(grid, times, 2);
}

static rimer_status check_gap(const rm_feed *feed, int64_t time, int64_t after, int64_t gap) {
    char now[RIMER_TIME_SIZE], before[RIMER_TIME_SIZE];
    if (gap <= feed->max_gap)
        return RIMER_OK;
    time_shown(feed, time, now);
    time_shown(feed, after, before);
    RM_FAIL(DATA,
            "%s:%" PRId64 ": %s comes behind a gap of %" PRId64 " steps after %s, more than "
            "%" PRId64 " (--on-error skip leaves such rows out, --max-gap takes longer gaps)",
            rm_csv_shown(feed->csv), feed->line, now, gap, before, feed->max_gap);
}

/* Steps from the newest row to this time. */
static rimer_status count_steps(rm_feed *feed, int64_t time, int64_t *k) {
    const rm_frequency *grid = &feed->table->grid;
    if (time <= *newest(feed))
        return not_later(feed, time);
    if (!rm_frequency_count(grid, *newest(feed), time, k) || *k < 1)
        return off_grid(feed, time);
    return check_gap(feed, time, *newest(feed), *k - 1);
}

/* ----------------------------------------------------------------------------- rows */

static rimer_status read_time(rm_feed *feed, const rm_csv_row *row, int64_t *time) {
    const char *text;
    if (feed->columns.n_time == 0) {
        *time = feed->has_newest ? *newest(feed) + 1 : 0;
        return RIMER_OK;
    }
    RM_TRY(rm_columns_time_text(&feed->columns, feed->csv, row, &feed->joined, &text));
    if (!rm_time_read(&feed->table->format, text, time))
        return rm_columns_bad_time(&feed->columns, feed->csv, row, text,
                                   rm_time_finer_hint(feed->table->format.pattern, text));
    return RIMER_OK;
}

/* The first number of a row that shows its decimal mark has shown it; 0: none has one. */
static char mark_of(const rm_feed *feed, const rm_csv_row *row) {
    for (int64_t i = 0; i < feed->columns.n_channels; i++) {
        const char *cell = rm_csv_cell(feed->csv, row, feed->columns.channels[i]);
        double value;
        for (const char *mark = ".,"; *mark; mark++)
            if (strchr(cell, *mark) && rm_number_parse(cell, *mark, &value) == RM_CELL_NUMBER)
                return *mark;
    }
    return 0;
}

/* Whole numbers, which are the same with either mark, leave it open. */
static void learn_mark(rm_feed *feed, char mark) {
    if (mark)
        (void)rm_cell_style_init(&feed->source.style, mark, feed->options.na);
}

static rimer_status read_values(rm_feed *feed, const rm_csv_row *row, float *values) {
    const rm_columns *columns = &feed->columns;
    rm_csv_cells cells = rm_csv_cells_of(feed->csv, row);
    for (int64_t i = 0; i < columns->n_channels; i++) {
        int64_t column = columns->channels[i];
        rm_cell kind = rm_columns_read(columns, &feed->source.style, column,
                                       cells.text + cells.starts[column], &values[i]);
        if (kind != RM_CELL_NUMBER && kind != RM_CELL_MISSING)
            return rm_columns_bad_cell(columns, feed->csv, &feed->source.style, row, column,
                                       kind);
    }
    return RIMER_OK;
}

/* The first row of a later step ends the step that is open; *k of 0: it goes into that one, or opens
 * one after all that a state has seen. */
static rimer_status add_to_step(rm_feed *feed, int64_t time, float *values, int64_t *k) {
    rm_open_step *open = &feed->open;
    int64_t start, steps = 1;
    *k = 0;
    if (open->n_rows && time < open->last)
        return out_of_order(feed, time, open->last);
    (void)rm_resample_start(&feed->resample, time, &start);
    if (open->n_rows)
        (void)rm_frequency_count(&feed->resample.step, open->start, start, &steps);
    else if (feed->has_newest && start <= *newest(feed))
        return out_of_order(feed, time, *newest(feed));
    else if (feed->has_newest)
        RM_TRY(count_steps(feed, start, &steps));
    RM_TRY(check_gap(feed, time, open->start, steps - 1));
    if (open->n_rows && steps > 0) {
        *newest(feed) = open->start;
        feed->has_newest = 1;
        *k = 1 + open->gap;
        rm_open_step_end(open, rm_resample_how(&feed->options), values, start, steps - 1);
    } else if (open->n_rows == 0) {
        open->start = start;
        open->gap = steps - 1;
    }
    rm_open_step_add(open, time, feed->row);
    return RIMER_OK;
}

/* Steps to the row from the one before. *k of 0: its time was there before and does not count. */
static rimer_status take_row(rm_feed *feed, int64_t time, int64_t *k) {
    *k = 1;
    if (feed->has_newest)
        learn_steps(feed, time);
    if (feed->has_newest && !counts_rows(feed)) {
        *k = 0;
        if (time == *newest(feed) && feed->options.duplicates == RIMER_DUPLICATES_FIRST)
            return RIMER_OK;
        RM_TRY(count_steps(feed, time, k));
    }
    *newest(feed) = time;
    feed->has_newest = 1;
    return RIMER_OK;
}

/* *k of 0: there is nothing to push yet. */
static rimer_status read_row(rm_feed *feed, const rm_csv_row *row, float *values, int64_t *k) {
    int64_t time;
    *k = 0;
    if (rm_row_repeats_names(&feed->columns, feed->csv, row) ||
        rm_row_is_nothing(&feed->columns, feed->csv, row))
        return RIMER_OK;
    RM_TRY(check_width(feed, row));
    char mark = feed->knows_mark ? 0 : mark_of(feed, row);
    learn_mark(feed, mark);
    RM_TRY(read_values(feed, row, feed->resamples ? feed->row : values));
    RM_TRY(read_time(feed, row, &time));
    RM_TRY(feed->resamples ? add_to_step(feed, time, values, k) : take_row(feed, time, k));
    feed->knows_mark = feed->knows_mark || mark; /* a row that is refused decides nothing */
    return RIMER_OK;
}

rimer_status rm_feed_next(rm_feed *feed, float *values, int64_t *gap, int *found) {
    int64_t k = 0;
    while (k == 0) {
        const rm_csv_row *row = NULL;
        rimer_status status = rm_csv_peek(feed->csv, 0, &row);
        *found = row || rm_csv_left_row(feed->csv);
        if (status != RIMER_OK || !row)
            return status;
        feed->line = row->line;
        status = read_row(feed, row, values, &k);
        rm_csv_drop(feed->csv);
        RM_TRY(status);
    }
    *gap = k - 1;
    return RIMER_OK;
}

/* ----------------------------------------------------------------------------- places */

rimer_status rm_feed_place(const rm_feed *feed, const char *behind, char **place) {
    rm_place at = {.kind = feed->columns.format.kind,
                   .has_time = feed->columns.n_time > 0,
                   .knows_steps = feed->knows_steps,
                   .time = *newest(feed),
                   .frequency = feed->table->grid};
    char *open = NULL;
    if (feed->open.n_rows)
        RM_TRY(rm_open_step_text(&feed->open, &open));
    at.open = open;
    rimer_status status = rm_place_write(&at, behind, place);
    free(open);
    return status;
}

/* The grid of a state's steps must be what an option, which `says` a step of `text`, asks for. */
static rimer_status check_steps(const rm_feed *feed, const rm_place *from,
                                const rm_frequency *step, const char *says, const char *text) {
    char frequency[32];
    if (from->frequency.kind == step->kind && from->frequency.size == step->size)
        return RIMER_OK;
    rm_frequency_text(&from->frequency, frequency, sizeof frequency);
    RM_FAIL(DATA, "%s: the state counts steps of %s, and %s steps of %s",
            rm_csv_shown(feed->csv), frequency, says, text);
}

/* So must the step that it left open. */
static rimer_status go_on_resampled(rm_feed *feed, const rm_place *from) {
    RM_TRY(check_steps(feed, from, &feed->resample.step, "resample makes",
                       feed->options.resample));
    return from->open ? rm_open_step_read(&feed->open, from->open, &feed->resample) : RIMER_OK;
}

rimer_status rm_feed_go_on(rm_feed *feed, const char *place, bool has_steps) {
    rm_place from;
    int64_t unused;
    RM_TRY(rm_place_read(place, &from));
    if (!has_steps && !from.open)
        return RIMER_OK;
    if (from.kind != feed->columns.format.kind || from.has_time != (feed->columns.n_time > 0))
        RM_FAIL(DATA, "%s: its times are of another kind than those that the state ends with",
                rm_csv_shown(feed->csv));
    if (from.open && !feed->resamples)
        RM_FAIL(
            DATA,
            "%s: the state has rows of a step that is not over, so it goes on with resample",
            rm_csv_shown(feed->csv));
    if (feed->resamples)
        RM_TRY(go_on_resampled(feed, &from));
    if (!has_steps)
        return RIMER_OK;
    if (from.knows_steps && feed->options.freq[0] && !counts_rows(feed))
        RM_TRY(check_steps(feed, &from, &feed->table->grid, "freq says", feed->options.freq));
    *newest(feed) = from.time;
    feed->has_newest = 1;
    if (from.knows_steps && !feed->options.freq[0] && !feed->resamples)
        take_frequency(feed, from.frequency);
    return learn_spelling(feed, &unused);
}
