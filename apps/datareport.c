#include "inforeport.h"
#include "terminal.h"
#include "texttable.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { WIDEST = 100, NAME_COLUMNS = 30, ID_COLUMNS = 60, SERIES_SHOWN = 10, NUMBER_SIZE = 32 };

static const char *plural(int64_t n) {
    return n == 1 ? "" : "s";
}

static void print_size(const data_look *look, FILE *stream) {
    char rows[NUMBER_SIZE], a[NUMBER_SIZE], b[NUMBER_SIZE], c[NUMBER_SIZE];
    fprintf(stream, "layout      %s, %s row%s\n", look->notes.layout,
            text_count(look->notes.n_rows, rows, sizeof rows), plural(look->notes.n_rows));
    text_count(look->longest, a, sizeof a);
    fprintf(stream, "series      %s", text_count(look->n_series, c, sizeof c));
    if (look->shortest == look->longest)
        fprintf(stream, " of %s step%s", a, plural(look->longest));
    else
        fprintf(stream, " of %s to %s steps, median %s",
                text_count(look->shortest, b, sizeof b), a,
                text_count(look->median, c, sizeof c));
    fprintf(stream, ", %lld channel%s\n", (long long)look->n_channels,
            plural(look->n_channels));
}

static void print_times(const data_look *look, FILE *stream) {
    char first[RIMER_TIME_SIZE], last[RIMER_TIME_SIZE], reason[RIMER_TEXT_SIZE];
    rimer_dataset_format_time(look->dataset, look->first, first, sizeof first);
    rimer_dataset_format_time(look->dataset, look->last, last, sizeof last);
    rimer_text_harmless(first);
    rimer_text_harmless(last);
    text_harmless(look->notes.reason, reason, sizeof reason);
    fprintf(stream, "time        %s to %s\n", first, last);
    fprintf(stream, "frequency   %s%s%s\n", rimer_dataset_frequency(look->dataset),
            *reason ? ": " : "", reason);
}

/* How many rows became how many steps. */
static void print_resampled(const data_look *look, FILE *stream) {
    const rimer_read_notes *notes = &look->notes;
    char rows[NUMBER_SIZE], steps[NUMBER_SIZE], empty[NUMBER_SIZE];
    int64_t n_steps = look->n_values / look->n_channels;
    if (!*notes->resample)
        return;
    fprintf(stream, "resampled   %s row%s to %s step%s of %s, %s of them without a row\n",
            text_count(notes->n_rows, rows, sizeof rows), plural(notes->n_rows),
            text_count(n_steps, steps, sizeof steps), plural(n_steps), notes->resample,
            text_count(notes->n_gap_steps, empty, sizeof empty));
}

/* ", the first at TIME in series ID" */
static void print_first(const data_look *look, const char *before, int64_t series, int64_t time,
                        FILE *stream) {
    char text[RIMER_TIME_SIZE], id[RIMER_TEXT_SIZE];
    rimer_dataset_format_time(look->dataset, time, text, sizeof text);
    rimer_text_harmless(text);
    text_short(rimer_dataset_series(look->dataset, series).id, ID_COLUMNS, id, sizeof id);
    fprintf(stream, ", %s %s%s%s\n", before, text, *id ? " in series " : "", id);
}

static void print_missing(const data_look *look, FILE *stream) {
    const rimer_read_notes *notes = &look->notes;
    char count[NUMBER_SIZE], all[NUMBER_SIZE];
    fprintf(stream, "missing     %s of %s value%s",
            text_count(notes->n_missing, count, sizeof count),
            text_count(look->n_values, all, sizeof all), plural(look->n_values));
    if (notes->n_missing)
        fprintf(stream, ", %.3g %%", 100.0 * (double)notes->n_missing / (double)look->n_values);
    fputc('\n', stream);
    if (notes->n_gaps) {
        fprintf(stream, "gaps        %lld with %s step%s in all", (long long)notes->n_gaps,
                text_count(notes->n_gap_steps, count, sizeof count),
                plural(notes->n_gap_steps));
        print_first(look, "the first at", notes->first_gap_series, notes->first_gap_time,
                    stream);
    }
    if (notes->n_duplicates) {
        fprintf(stream, "repeated    %s row%s",
                text_count(notes->n_duplicates, count, sizeof count),
                plural(notes->n_duplicates));
        print_first(look, "the first of", notes->first_duplicate_series,
                    notes->first_duplicate_time, stream);
    }
}

static void print_seasons(const data_look *look, FILE *stream) {
    fprintf(stream, "seasons     %s", look->seasons.n ? "" : "none found");
    for (int i = 0; i < look->seasons.n; i++)
        fprintf(stream, "%s%lld", i ? ", " : "", (long long)look->seasons.steps[i]);
    fprintf(stream, "%s\n",
            look->seasons.n > 1    ? " steps, likeliest first"
            : look->seasons.n == 1 ? " steps"
                                   : "");
}

static void print_training(const data_look *look, FILE *stream) {
    char refusal[sizeof look->refusal];
    if (!look->can_train)
        fprintf(stream, "training    not possible: %s\n",
                text_harmless(look->refusal, refusal, sizeof refusal));
    else
        fprintf(stream,
                "training    possible: rimer-train would forecast %lld steps from the last "
                "%lld, in patches of %lld\n",
                (long long)look->config.horizon, (long long)look->config.context_len,
                (long long)look->config.patch_len);
}

static void print_head(const char *path, const data_look *look, FILE *stream) {
    char name[1024];
    fprintf(stream, "data        %s\n", text_harmless(path, name, sizeof name));
    print_size(look, stream);
    print_times(look, stream);
    print_resampled(look, stream);
    print_missing(look, stream);
    if (*look->notes.ignored)
        fprintf(stream, "left out    columns of text, or that count the rows: %s\n",
                text_harmless(look->notes.ignored, name, sizeof name));
    print_seasons(look, stream);
    print_training(look, stream);
}

/* An empty cell where there is nothing to count. */
static void set_count(text_table *table, int column, int64_t count) {
    char text[NUMBER_SIZE];
    if (count)
        table_set(table, column, "%s", text_count(count, text, sizeof text));
}

enum {
    CHANNEL_NAME,
    CHANNEL_LOWEST,
    CHANNEL_MEAN,
    CHANNEL_HIGHEST,
    CHANNEL_MISSING,
    CHANNEL_FIRST,
    CHANNEL_HOLE,
    CHANNEL_FROZEN,
    CHANNEL_SEASON,
    CHANNEL_CODE
};

static void add_channel(const data_look *look, text_table *table, int64_t c) {
    const channel_look *channel = &look->channels[c];
    const rimer_survey *survey = &channel->survey;
    char time[RIMER_TIME_SIZE], count[NUMBER_SIZE], code[NUMBER_SIZE];
    table_add_row(table);
    table_set(table, CHANNEL_NAME, "%s", rimer_dataset_channel_name(look->dataset, c));
    if (!isnan(survey->min)) {
        table_set(table, CHANNEL_LOWEST, "%.5g", survey->min);
        table_set(table, CHANNEL_MEAN, "%.5g", survey->mean);
        table_set(table, CHANNEL_HIGHEST, "%.5g", survey->max);
    }
    set_count(table, CHANNEL_MISSING, survey->n_missing);
    look_time(look, channel->first_missing_series, survey->first_missing, time, sizeof time);
    table_set(table, CHANNEL_FIRST, "%s", time);
    set_count(table, CHANNEL_HOLE, survey->longest_hole);
    if (survey->n_missing == survey->n_steps)
        table_set(table, CHANNEL_FROZEN, "empty");
    else if (look_is_constant(survey))
        table_set(table, CHANNEL_FROZEN, "constant");
    else if (look_is_frozen(survey, channel->frozen_share_of))
        set_count(table, CHANNEL_FROZEN, survey->frozen);
    if (channel->seasons.n)
        set_count(table, CHANNEL_SEASON, channel->seasons.steps[0]);
    if (survey->n_sentinels) {
        look_code(survey->sentinel, code, sizeof code);
        table_set(table, CHANNEL_CODE, "%s %s\xc3\x97", code,
                  text_count(survey->n_sentinels, count, sizeof count));
    }
}

static void print_channels(const data_look *look, FILE *stream) {
    text_table table = {0};
    table_add_column(&table, "channel", 1, NAME_COLUMNS);
    table_add_column(&table, "lowest", 0, 0);
    table_add_column(&table, "mean", 0, 0);
    table_add_column(&table, "highest", 0, 0);
    table_add_column(&table, "missing", 0, 0);
    table_add_column(&table, "first missing", 1, NAME_COLUMNS);
    table_add_column(&table, "hole", 0, 0);
    table_add_column(&table, "frozen", 0, 0);
    table_add_column(&table, "season", 0, 0);
    table_add_column(&table, "code?", 1, 0)->spare = 1; /* a notice tells them, too */
    for (int64_t c = 0; c < look->n_channels; c++)
        add_channel(look, &table, c);
    fputc('\n', stream);
    table_print(&table, WIDEST, stream);
}

enum { SERIES_ID, SERIES_STEPS, SERIES_MISSING, SERIES_FIRST, SERIES_HOLE, SERIES_FROZEN };

static void add_series(const data_look *look, text_table *table, const series_look *series) {
    char time[RIMER_TIME_SIZE], count[NUMBER_SIZE];
    table_add_row(table);
    table_set(table, SERIES_ID, "%s", rimer_dataset_series(look->dataset, series->index).id);
    table_set(table, SERIES_STEPS, "%s", text_count(series->n_steps, count, sizeof count));
    set_count(table, SERIES_MISSING, series->n_missing);
    look_time(look, series->index, series->first_missing, time, sizeof time);
    table_set(table, SERIES_FIRST, "%s", time);
    set_count(table, SERIES_HOLE, series->longest_hole);
    if (series->n_empty)
        table_set(table, SERIES_FROZEN, "empty");
    else if (series->n_constant)
        table_set(table, SERIES_FROZEN, "constant");
    else
        set_count(table, SERIES_FROZEN, series->frozen);
}

static int compare_weights(const void *a, const void *b) {
    const series_look *x = a, *y = b;
    if (x->weight != y->weight)
        return x->weight < y->weight ? 1 : -1;
    return (x->index > y->index) - (x->index < y->index);
}

/* The ones with most to say, or all in their own order. */
static int64_t choose_series(const data_look *look, int all, series_look *chosen) {
    int64_t n = 0;
    memcpy(chosen, look->series, (size_t)look->n_series * sizeof *chosen);
    if (all)
        return look->n_series;
    qsort(chosen, (size_t)look->n_series, sizeof *chosen, compare_weights);
    while (n < look->n_series && n < SERIES_SHOWN && chosen[n].weight > 0)
        n++;
    return n;
}

static void print_series(const data_look *look, int all, FILE *stream) {
    series_look *chosen = malloc((size_t)look->n_series * sizeof *chosen);
    text_table table = {0};
    if (!chosen)
        return;
    int64_t n = choose_series(look, all, chosen);
    table_add_column(&table, "series", 1, NAME_COLUMNS);
    table_add_column(&table, "steps", 0, 0);
    table_add_column(&table, "missing", 0, 0);
    table_add_column(&table, "first missing", 1, NAME_COLUMNS);
    table_add_column(&table, "hole", 0, 0);
    table_add_column(&table, "frozen", 0, 0);
    for (int64_t i = 0; i < n; i++)
        add_series(look, &table, &chosen[i]);
    fputc('\n', stream);
    if (n > 0)
        table_print(&table, WIDEST, stream);
    if (n < look->n_series)
        fprintf(stream, "  %s%lld more; --all lists every series\n",
                n ? "and " : "series: ", (long long)(look->n_series - n));
    free(chosen);
}

static void print_notices(data_look *look, FILE *stream) {
    if (look->n_notices)
        fprintf(stream, "\nNotices\n");
    for (int i = 0; i < look->n_notices; i++) {
        rimer_text_harmless(look->notices[i]);
        fprintf(stream, "- %s\n", look->notices[i]);
    }
}

void data_print(const char *path, data_look *look, int all, FILE *stream) {
    print_head(path, look, stream);
    print_channels(look, stream);
    if (look->n_series > 1)
        print_series(look, all, stream);
    print_notices(look, stream);
}
