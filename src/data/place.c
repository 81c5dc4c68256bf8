/* From rows as they came to series on a grid of steps. */
#include "data/rows.h"

#include "base/array.h"
#include "data/resample.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A wrong stamp in the far future must not fill the memory with missing steps. */
#define STEPS_PER_ROW_MAX 64
#define STEPS_FREE 1000000
#define VALUES_FREE (INT64_C(64) << 20) /* missing ones, of all series and channels */

typedef struct placing {
    rm_rows *rows;
    const char *shown;
    const rimer_read_options *options;
    rimer_dataset *dataset;
    int64_t n_series;
    int64_t *rows_before; /* [n_series + 1] rows of the series before this one */
    int64_t *order;       /* [n_rows] rows by series and time, equal times as they came; NULL
                             while that is how they came */
    int64_t *begin;       /* [n_series + 1] where the distinct times of a series begin */
    int64_t *times;       /* [n_times] distinct and ascending; steps=rows: all, as they came */
    int64_t *group; /* [n_times + 1] where in the order each of them begins; NULL: each has
                             one row */
    int64_t *step;  /* [n_times] its place on the grid of its series */
    int64_t n_times;
    bool resamples;
    rm_resample resample;
    bool *cut; /* [n_series] the last of its times is left out; NULL: of none */
} placing;

static int64_t row_at(const placing *p, int64_t i) {
    return p->order ? p->order[i] : i;
}

static int64_t series_of_row(const placing *p, int64_t row) {
    return p->rows->series ? p->rows->series[row] : 0;
}

/* Where those end that become steps. */
static int64_t times_end(const placing *p, int64_t series) {
    return p->begin[series + 1] - (p->cut && p->cut[series]);
}

static void time_shown(const placing *p, int64_t time, char text[RIMER_TIME_SIZE]) {
    rm_time_text(&p->dataset->format, time, text, RIMER_TIME_SIZE);
}

/* "file.csv:12: ", and which series if there are names. */
static void place_shown(const placing *p, int64_t row, char text[512]) {
    const char *id = p->rows->ids.texts[series_of_row(p, row)];
    int n = snprintf(text, 512, "%.200s:%" PRId64 ": ", p->shown, p->rows->lines[row]);
    if (*id)
        snprintf(text + n, 512 - (size_t)n, "series \"%.80s\": ", id);
}

/* ------------------------------------------------------------------------------- order */

/* Rows by series; a file often has them so already. */
static rimer_status order_by_series(placing *p) {
    const rm_rows *rows = p->rows;
    bool as_they_came = true;
    for (int64_t i = 0; i < rows->n_rows; i++) {
        int64_t series = series_of_row(p, i);
        p->rows_before[series + 1]++;
        as_they_came = as_they_came && (i == 0 || series >= series_of_row(p, i - 1));
    }
    for (int64_t s = 0; s < p->n_series; s++)
        p->rows_before[s + 1] += p->rows_before[s];
    if (as_they_came)
        return RIMER_OK;
    int64_t *next;
    RM_TRY(rm_array_new(&p->order, rows->n_rows, sizeof *p->order));
    RM_TRY(rm_array_new(&next, p->n_series, sizeof *next));
    memcpy(next, p->rows_before, (size_t)p->n_series * sizeof *next);
    for (int64_t i = 0; i < rows->n_rows; i++)
        p->order[next[series_of_row(p, i)]++] = i;
    free(next);
    return RIMER_OK;
}

typedef struct timed_row {
    int64_t time, row;
} timed_row;

static int by_time(const void *a, const void *b) {
    const timed_row *x = a, *y = b;
    return x->time != y->time ? (x->time > y->time) - (x->time < y->time)
                              : (x->row > y->row) - (x->row < y->row);
}

static rimer_status sort_series(placing *p, int64_t from, int64_t to) {
    timed_row *pairs;
    RM_TRY(rm_array_new(&pairs, to - from, sizeof *pairs));
    for (int64_t i = from; i < to; i++)
        pairs[i - from] = (timed_row){p->rows->times[p->order[i]], p->order[i]};
    qsort(pairs, (size_t)(to - from), sizeof *pairs, by_time);
    for (int64_t i = from; i < to; i++)
        p->order[i] = pairs[i - from].row;
    free(pairs);
    return RIMER_OK;
}

static rimer_status own_order(placing *p) {
    if (p->order)
        return RIMER_OK;
    RM_TRY(rm_array_new(&p->order, p->rows->n_rows, sizeof *p->order));
    for (int64_t i = 0; i < p->rows->n_rows; i++)
        p->order[i] = i;
    return RIMER_OK;
}

/* Rows of many series look like rows out of order to who does not know which column names them. */
static const char *series_hint(const placing *p) {
    const rimer_dataset *d = p->dataset;
    int is_wide = d->notes.layout && strcmp(d->notes.layout, "wide") == 0;
    return is_wide && (d->n_channels > 1 || *d->notes.ignored)
               ? "; of many series, name theirs with --id-col"
               : "";
}

static rimer_status order_by_time(placing *p, int64_t series) {
    const int64_t *times = p->rows->times;
    int64_t from = p->rows_before[series], to = p->rows_before[series + 1], i = from + 1;
    while (i < to && times[row_at(p, i)] >= times[row_at(p, i - 1)])
        i++;
    if (i >= to)
        return RIMER_OK;
    if (p->options->sort == RIMER_NO) {
        char where[512], time[RIMER_TIME_SIZE], before[RIMER_TIME_SIZE];
        place_shown(p, row_at(p, i), where);
        time_shown(p, times[row_at(p, i)], time);
        time_shown(p, times[row_at(p, i - 1)], before);
        RM_FAIL(DATA, "%s%s comes after %s: rows are out of order (use --sort%s)", where, time,
                before, series_hint(p));
    }
    RM_TRY(own_order(p));
    return sort_series(p, from, to);
}

/* ------------------------------------------------------------------------------- times */

/* Clocks that go back do so between midnight and four. */
static int may_be_clock(const placing *p, int64_t time) {
    const int64_t hour = INT64_C(3600000000);
    int64_t of_day = (time % (24 * hour) + 24 * hour) % (24 * hour);
    return p->dataset->format.kind == RM_TIME_STAMPS && !p->dataset->format.zone_rules &&
           of_day > 0 && of_day < 4 * hour;
}

static rimer_status note_duplicate(placing *p, int64_t i) {
    rimer_read_notes *notes = &p->dataset->notes;
    int64_t row = row_at(p, i), before = row_at(p, i - 1);
    if (notes->n_duplicates++ == 0) {
        notes->first_duplicate_series = series_of_row(p, row);
        notes->first_duplicate_time = p->rows->times[row];
    }
    if (p->options->duplicates != RIMER_DUPLICATES_ERROR ||
        p->options->steps == RIMER_STEPS_ROWS)
        return RIMER_OK;
    char where[512], time[RIMER_TIME_SIZE];
    place_shown(p, row, where);
    time_shown(p, p->rows->times[row], time);
    RM_FAIL(DATA,
            "%sthe time %s was there before, in line %" PRId64 " (use --duplicates first or "
            "--steps rows%s%s)",
            where, time, p->rows->lines[before],
            may_be_clock(p, p->rows->times[row]) ? ", or --zone NAME if clocks went back there"
                                                 : "",
            series_hint(p));
}

/* Until a time comes twice, each has one row and no list of them is needed. */
static rimer_status own_groups(placing *p) {
    RM_TRY(rm_array_new(&p->group, p->rows->n_rows + 1, sizeof *p->group));
    for (int64_t i = 0; i < p->n_times; i++)
        p->group[i] = i;
    return RIMER_OK;
}

/* ---------------------------------------------------------------------------- resample */

static rimer_status begin_resample(placing *p) {
    rimer_dataset *d = p->dataset;
    if (d->n_time_columns == 0)
        RM_FAIL(USAGE, "resample \"%s\" goes by times, and %s has none", p->options->resample,
                p->shown);
    RM_TRY(
        rm_resample_begin(&p->resample, p->options, p->shown, p->rows->times[0], &d->format));
    d->grid = d->frequency = p->resample.step;
    rm_frequency_text(&d->grid, d->frequency_text, sizeof d->frequency_text);
    strcpy(d->notes.resample, d->frequency_text);
    strcpy(d->notes.reason, "as --resample says");
    if (rm_resample_how(p->options) == RIMER_DUPLICATES_SUM)
        RM_TRY(rm_array_new(&p->cut, p->n_series, sizeof *p->cut));
    return RIMER_OK;
}

static int by_size(const void *a, const void *b) {
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* A sum is whole when its step is over. Nobody says whether the last one is: it is taken to be if a
 * row as far from the last as most are would be of a later step. */
static rimer_status find_cut(placing *p, int64_t series) {
    int64_t from = p->rows_before[series], to = p->rows_before[series + 1];
    int64_t *distances, n = 0, start, then;
    const int64_t *times = p->rows->times;
    RM_TRY(rm_array_new(&distances, to - from, sizeof *distances));
    for (int64_t i = from + 1; i < to; i++)
        if (times[row_at(p, i)] > times[row_at(p, i - 1)])
            distances[n++] = times[row_at(p, i)] - times[row_at(p, i - 1)];
    qsort(distances, (size_t)n, sizeof *distances, by_size);
    int64_t last = times[row_at(p, to - 1)], usual = n ? distances[(n - 1) / 2] : 0;
    free(distances);
    (void)rm_resample_start(&p->resample, last, &start);
    (void)rm_resample_start(&p->resample, last + usual, &then);
    p->cut[series] = then == start;
    return RIMER_OK;
}

/* Rows go where their steps begin. */
static rimer_status resample_series(placing *p, int64_t series) {
    if (p->cut)
        RM_TRY(find_cut(p, series));
    for (int64_t i = p->rows_before[series]; i < p->rows_before[series + 1]; i++) {
        int64_t row = row_at(p, i), *time = &p->rows->times[row];
        if (rm_resample_start(&p->resample, *time, time))
            continue;
        char where[512];
        place_shown(p, row, where);
        RM_FAIL(USAGE,
                "%sclocks of the zone %s have changed here, so that steps of %s begin at other "
                "hours than before: take steps that fit into the change, or whole days",
                where, p->options->zone, p->options->resample);
    }
    return RIMER_OK;
}

/* Distinct times; steps=rows: all of them. */
static rimer_status group_series(placing *p, int64_t series) {
    const int64_t *times = p->rows->times;
    int64_t from = p->rows_before[series], to = p->rows_before[series + 1];
    for (int64_t i = from; i < to; i++) {
        bool repeated = i > from && times[row_at(p, i)] == times[row_at(p, i - 1)];
        if (repeated && !p->resamples)
            RM_TRY(note_duplicate(p, i));
        if (repeated && p->options->steps == RIMER_STEPS_TIME) {
            if (!p->group)
                RM_TRY(own_groups(p));
            continue;
        }
        if (p->group)
            p->group[p->n_times] = i;
        p->times[p->n_times++] = times[row_at(p, i)];
    }
    p->begin[series + 1] = p->n_times;
    if (p->cut && p->cut[series]) /* the only step there is stays */
        p->cut[series] = p->n_times - p->begin[series] > 1;
    p->dataset->notes.n_partial += p->cut && p->cut[series];
    return RIMER_OK;
}

static rimer_status find_times(placing *p) {
    RM_TRY(order_by_series(p));
    for (int64_t s = 0; s < p->n_series && p->options->steps == RIMER_STEPS_TIME; s++)
        RM_TRY(order_by_time(p, s));
    if (p->resamples)
        RM_TRY(begin_resample(p));
    for (int64_t s = 0; s < p->n_series; s++) {
        if (p->resamples)
            RM_TRY(resample_series(p, s));
        RM_TRY(group_series(p, s));
    }
    if (p->group)
        p->group[p->n_times] = p->rows->n_rows;
    return RIMER_OK;
}

static int64_t group_begin(const placing *p, int64_t i) {
    return p->group ? p->group[i] : i;
}

/* --------------------------------------------------------------------------- frequency */

/* The frequency that the user gave, which must suit the kind of times. */
static rimer_status given_frequency(placing *p) {
    rimer_dataset *d = p->dataset;
    rm_frequency given;
    RM_TRY(rm_frequency_of_option("freq", p->options->freq, d->format.kind, p->shown, &given));
    bool numbered = d->format.kind == RM_TIME_STEPS;
    d->frequency = given;
    snprintf(d->notes.reason, sizeof d->notes.reason, "as --freq says");
    if (numbered && given.kind != RM_EVERY_STEPS)
        return RIMER_OK; /* numbers go on as they do; the unit says what a step means */
    rm_frequency_anchor(&given, p->times, p->n_times);
    d->grid = given;
    return RIMER_OK;
}

static double infer_frequency(placing *p) {
    rimer_dataset *d = p->dataset;
    rm_frequency_facts facts;
    if (rm_frequency_infer(d->format.kind, p->times, p->begin, p->n_series, &d->grid, &facts)) {
        rm_frequency_reason(&d->grid, &facts, d->notes.reason, sizeof d->notes.reason);
        return facts.share;
    }
    d->grid = rm_frequency_of_format(&d->format);
    rm_frequency_anchor(&d->grid, p->times, p->n_times);
    strcpy(d->notes.reason, "the finest unit written, for want of two times");
    return 1;
}

static rimer_status find_frequency(placing *p) {
    rimer_dataset *d = p->dataset;
    double share = infer_frequency(p);
    if (d->n_time_columns == 0)
        strcpy(d->notes.reason, "steps are numbered");
    d->frequency = d->grid;
    if (p->options->freq[0]) {
        share = 1;
        RM_TRY(given_frequency(p));
    }
    if (p->options->steps == RIMER_STEPS_ROWS && share < 0.5)
        strcpy(d->frequency_text, "irregular");
    else
        rm_frequency_text(&d->frequency, d->frequency_text, sizeof d->frequency_text);
    return RIMER_OK;
}

/* ------------------------------------------------------------------------------- steps */

/* Numbered steps that are no numbers of steps: the earliest and the latest tell. */
static void look_since_1970(placing *p) {
    rimer_dataset *d = p->dataset;
    if (d->format.kind != RM_TIME_STEPS || d->n_time_columns == 0 || p->n_times == 0)
        return;
    int64_t first = p->times[0], last = first;
    for (int64_t i = 1; i < p->n_times; i++) {
        first = p->times[i] < first ? p->times[i] : first;
        last = p->times[i] > last ? p->times[i] : last;
    }
    d->notes.since_1970 = rimer_time_since_1970((double)first, (double)last);
}

/* Midnights of a place move against an offset that is kept. */
static const char *zone_hint(const rimer_dataset *d) {
    bool days = d->grid.kind != RM_EVERY_MICROS || d->grid.size % RM_MICROS_PER_DAY == 0;
    return days && *d->format.zone && !d->format.zone_rules
               ? "; or --zone NAME if days are those of a place"
               : "";
}

static rimer_status off_grid(const placing *p, int64_t series, int64_t i) {
    char where[512], time[RIMER_TIME_SIZE], first[RIMER_TIME_SIZE], frequency[32];
    const char *since = p->dataset->notes.since_1970;
    place_shown(p, row_at(p, group_begin(p, i)), where);
    time_shown(p, p->times[i], time);
    time_shown(p, p->times[p->begin[series]], first);
    rm_frequency_text(&p->dataset->grid, frequency, sizeof frequency);
    if (i == p->begin[series])
        RM_FAIL(
            DATA,
            "%s%s is not where steps of %s fall (use another --freq, or --steps rows to take "
            "the rows as they come, or --resample to combine those of each step%s)",
            where, time, frequency, zone_hint(p->dataset));
    RM_FAIL(
        DATA,
        "%s%s is not a whole number of steps of %s after %s (use --freq, or --steps rows to "
        "take the rows as they come, or --resample to combine those of each step%s%s%s)",
        where, time, frequency, first, zone_hint(p->dataset),
        *since ? "; these look like times since 1970, as --time-format reads them with " : "",
        since);
}

static void note_gap(placing *p, int64_t series, int64_t i, int64_t gap) {
    rimer_read_notes *notes = &p->dataset->notes;
    if (notes->n_gaps++ == 0) {
        notes->first_gap_series = series;
        notes->first_gap_time = rm_frequency_forward(&p->dataset->grid, p->times[i - 1], 1);
    }
    notes->n_gap_steps += gap;
}

static rimer_status too_wide(const placing *p, int64_t i, int64_t gap) {
    char where[512];
    place_shown(p, row_at(p, group_begin(p, i)), where);
    RM_FAIL(DATA,
            "%sa gap of %" PRId64
            " missing steps stands before this line (wrong time? else use "
            "--freq or --steps rows)",
            where, gap);
}

/* Few lines with many columns or series must not fill the memory either. */
static bool fits(const placing *p, int64_t gap) {
    int64_t most = VALUES_FREE / p->rows->n_channels + STEPS_PER_ROW_MAX * p->rows->n_rows;
    return gap <= 0 || p->dataset->notes.n_gap_steps + gap <= most;
}

static rimer_status find_steps(placing *p, int64_t series) {
    int64_t from = p->begin[series], to = times_end(p, series);
    int64_t most = STEPS_FREE + STEPS_PER_ROW_MAX * (to - from);
    for (int64_t i = from; i < to; i++) {
        if (p->options->steps == RIMER_STEPS_ROWS) {
            p->step[i] = i - from;
            continue;
        }
        if (!rm_frequency_count(&p->dataset->grid, p->times[from], p->times[i], &p->step[i]))
            return off_grid(p, series, i);
        int64_t gap = i > from ? p->step[i] - p->step[i - 1] - 1 : 0;
        if (p->step[i] >= most || !fits(p, gap))
            return too_wide(p, i, gap);
        if (gap > 0)
            note_gap(p, series, i, gap);
    }
    return RIMER_OK;
}

/* ------------------------------------------------------------------------------ values */

/* Where a row's values go: a series and a step, or nowhere (-1). */
typedef struct target {
    int64_t step;
    int32_t series;
} target;

/* Times, and missing values where no row is. */
static void prepare_series(const placing *p, int64_t series) {
    rm_stored_series *to = &p->dataset->series[series];
    int64_t from = p->begin[series];
    for (int64_t t = 0; t < to->n_steps; t++)
        to->times[t] = p->options->steps == RIMER_STEPS_ROWS
                           ? p->times[from + t]
                           : rm_frequency_forward(&p->dataset->grid, p->times[from], t);
    for (int64_t i = from + 1; i < times_end(p, series); i++)
        for (int64_t t = p->step[i - 1] + 1; t < p->step[i]; t++)
            for (int64_t c = 0; c < p->rows->n_channels; c++)
                to->values[c * to->n_steps + t] = NAN;
}

static rimer_status make_series(const placing *p) {
    for (int64_t s = 0; s < p->n_series; s++) {
        RM_TRY(rm_series_room(&p->dataset->series[s], p->rows->ids.texts[s],
                              p->step[times_end(p, s) - 1] + 1, p->rows->n_channels));
        prepare_series(p, s);
    }
    return RIMER_OK;
}

/* Mean and sum need all rows of a time at once, and all of a step are looked at channel by channel;
 * first and last pick one of those of a time. */
static bool adds_up(const placing *p) {
    return p->resamples || p->options->duplicates == RIMER_DUPLICATES_MEAN ||
           p->options->duplicates == RIMER_DUPLICATES_SUM;
}

static void find_targets(const placing *p, target *targets) {
    for (int64_t s = 0; s < p->n_series; s++)
        for (int64_t i = p->begin[s]; i < p->begin[s + 1]; i++) {
            int64_t first = group_begin(p, i), end = group_begin(p, i + 1);
            int64_t kept = p->options->duplicates == RIMER_DUPLICATES_LAST ? end - 1 : first;
            for (int64_t k = first; k < end; k++) {
                bool goes =
                    k == kept && (end - first == 1 || !adds_up(p)) && i < times_end(p, s);
                targets[row_at(p, k)] = (target){goes ? p->step[i] : -1, (int32_t)s};
            }
        }
}

/* Copies the block's rows to their steps, as many as follow each other at once. */
static void empty_block(const placing *p, const target *targets, int64_t block) {
    const rm_rows *rows = p->rows;
    int64_t first = block * rows->block_rows, n = rows->n_rows - first;
    n = n < rows->block_rows ? n : rows->block_rows;
    for (int64_t r = 0, run; r < n; r += run) {
        target to = targets[first + r];
        run = 1;
        while (r + run < n && targets[first + r + run].series == to.series &&
               targets[first + r + run].step == to.step + run && to.step >= 0)
            run++;
        if (to.step < 0)
            continue;
        rm_stored_series *series = &p->dataset->series[to.series];
        for (int64_t c = 0; c < rows->n_channels; c++)
            memcpy(series->values + c * series->n_steps + to.step,
                   rows->blocks[block] + c * rows->block_rows + r, (size_t)run * sizeof(float));
    }
}

/* Over the observed values of the rows of one time, or step. */
static float settle(const placing *p, int64_t begin, int64_t end, int64_t channel) {
    const rm_rows *rows = p->rows;
    rm_combined combined = {0};
    for (int64_t i = begin; i < end; i++) {
        int64_t row = row_at(p, i);
        rm_combine(&combined, rows->blocks[row / rows->block_rows][channel * rows->block_rows +
                                                                   row % rows->block_rows]);
    }
    return rm_combined_value(&combined, rm_resample_how(p->options));
}

static rimer_status settle_duplicates(const placing *p, int64_t series) {
    rm_stored_series *to = &p->dataset->series[series];
    for (int64_t i = p->begin[series]; i < times_end(p, series); i++) {
        int64_t first = group_begin(p, i), end = group_begin(p, i + 1);
        if (end - first == 1)
            continue;
        for (int64_t c = 0; c < p->rows->n_channels; c++) {
            float value = settle(p, first, end, c);
            to->values[c * to->n_steps + p->step[i]] = value;
            if (isinf(value)) {
                char where[512];
                place_shown(p, row_at(p, first), where);
                RM_FAIL(DATA,
                        "%scolumn \"%.80s\": the sum of the rows of one time is beyond "
                        "the range of a 32-bit float",
                        where, p->dataset->channel_names[c]);
            }
        }
    }
    return RIMER_OK;
}

static void count_missing(rimer_dataset *d) {
    for (int64_t s = 0; s < d->n_series; s++) {
        const rm_stored_series *series = &d->series[s];
        int64_t missing = 0;
        for (int64_t i = 0; i < series->n_steps * d->n_channels; i++)
            missing += series->values[i] != series->values[i];
        d->notes.n_missing += missing;
    }
}

static rimer_status fill_series(const placing *p) {
    rm_rows *rows = p->rows;
    target *targets;
    RM_TRY(rm_array_new(&targets, rows->n_rows, sizeof *targets));
    find_targets(p, targets);
    bool needed = p->group && adds_up(p);
    for (int64_t b = 0; b < rows->n_blocks; b++) {
        empty_block(p, targets, b);
        if (needed)
            continue;
        free(rows->blocks[b]);
        rows->blocks[b] = NULL;
    }
    free(targets);
    for (int64_t s = 0; needed && s < p->n_series; s++)
        RM_TRY(settle_duplicates(p, s));
    count_missing(p->dataset);
    return RIMER_OK;
}

static rimer_status place(placing *p) {
    RM_TRY(rm_array_new(&p->rows_before, p->n_series + 1, sizeof *p->rows_before));
    RM_TRY(rm_array_new(&p->begin, p->n_series + 1, sizeof *p->begin));
    RM_TRY(rm_array_new(&p->times, p->rows->n_rows, sizeof *p->times));
    RM_TRY(find_times(p));
    look_since_1970(p);
    if (!p->resamples)
        RM_TRY(find_frequency(p));
    RM_TRY(rm_array_new(&p->step, p->n_times, sizeof *p->step));
    for (int64_t s = 0; s < p->n_series; s++)
        RM_TRY(find_steps(p, s));
    RM_TRY(make_series(p));
    return fill_series(p);
}

rimer_status rm_rows_place(rm_rows *rows, const char *shown, const rimer_read_options *options,
                           rimer_dataset *dataset) {
    placing p = {.rows = rows,
                 .shown = shown,
                 .options = options,
                 .dataset = dataset,
                 .n_series = rows->ids.n};
    dataset->notes.n_rows = rows->n_rows;
    p.resamples = options->resample[0] != 0;
    rimer_status status = place(&p);
    free(p.rows_before);
    free(p.order);
    free(p.begin);
    free(p.times);
    free(p.group);
    free(p.step);
    free(p.cut);
    return status;
}
