#include "data/rows.h"

#include "base/array.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A wrong stamp in the far future must not fill the memory with missing steps. */
#define STEPS_PER_ROW_MAX 64
#define STEPS_FREE 1000000

rimer_status rm_rows_add(rm_rows *rows, int64_t line, int64_t time, float **values) {
    int64_t n = rows->n_rows + 1;
    RM_TRY(rm_array_grow(&rows->values, &rows->values_capacity, n * rows->n_channels,
                         sizeof *rows->values));
    RM_TRY(rm_array_grow(&rows->times, &rows->times_capacity, n, sizeof *rows->times));
    RM_TRY(rm_array_grow(&rows->lines, &rows->lines_capacity, n, sizeof *rows->lines));
    rows->lines[rows->n_rows] = line;
    rows->times[rows->n_rows] = time;
    *values = rows->values + rows->n_rows * rows->n_channels;
    rows->n_rows = n;
    return RIMER_OK;
}

void rm_rows_free(rm_rows *rows) {
    free(rows->values);
    free(rows->times);
    free(rows->lines);
    *rows = (rm_rows){0};
}

typedef struct placing {
    const rm_rows *rows;
    const char *shown;
    const rimer_read_options *options;
    rimer_dataset *dataset;
    int64_t *order; /* [n_rows] rows by time, equal times as they came */
    int64_t *group; /* [n_times + 1] where in order each distinct time begins */
    int64_t *times; /* [n_times] distinct, ascending; steps=rows: all, as they came */
    int64_t *step;  /* [n_times] their places on the grid */
    int64_t n_times, n_steps;
} placing;

static void time_shown(const placing *p, int64_t time, char text[64]) {
    rm_time_text(&p->dataset->format, time, text, 64);
}

typedef struct timed_row {
    int64_t time, row;
} timed_row;

static int by_time(const void *a, const void *b) {
    const timed_row *x = a, *y = b;
    return x->time != y->time ? (x->time > y->time) - (x->time < y->time)
                              : (x->row > y->row) - (x->row < y->row);
}

static rimer_status sort_rows(placing *p) {
    timed_row *pairs;
    RM_TRY(rm_array_new(&pairs, p->rows->n_rows, sizeof *pairs));
    for (int64_t i = 0; i < p->rows->n_rows; i++)
        pairs[i] = (timed_row){p->rows->times[i], i};
    qsort(pairs, (size_t)p->rows->n_rows, sizeof *pairs, by_time);
    for (int64_t i = 0; i < p->rows->n_rows; i++)
        p->order[i] = pairs[i].row;
    free(pairs);
    return RIMER_OK;
}

static int64_t first_out_of_order(const rm_rows *rows) {
    for (int64_t i = 1; i < rows->n_rows; i++)
        if (rows->times[i] < rows->times[i - 1])
            return i;
    return rows->n_rows;
}

static rimer_status order_rows(placing *p) {
    const rm_rows *rows = p->rows;
    int64_t early = first_out_of_order(rows);
    for (int64_t i = 0; i < rows->n_rows; i++)
        p->order[i] = i;
    if (early == rows->n_rows)
        return RIMER_OK;
    if (p->options->steps == RIMER_STEPS_TIME && p->options->sort == RIMER_NO) {
        char time[64], before[64];
        time_shown(p, rows->times[early], time);
        time_shown(p, rows->times[early - 1], before);
        RM_FAIL(DATA, "%s:%lld: %s comes after %s: rows are out of order (use --sort)",
                p->shown, (long long)rows->lines[early], time, before);
    }
    return sort_rows(p);
}

static rimer_status group_rows(placing *p) {
    const rm_rows *rows = p->rows;
    for (int64_t i = 0; i < rows->n_rows; i++) {
        int64_t row = p->order[i];
        bool repeated = i > 0 && rows->times[row] == rows->times[p->order[i - 1]];
        p->dataset->notes.n_duplicates += repeated;
        if (repeated && p->options->steps == RIMER_STEPS_TIME &&
            p->options->duplicates == RIMER_DUPLICATES_ERROR) {
            char time[64];
            time_shown(p, rows->times[row], time);
            RM_FAIL(DATA,
                    "%s:%lld: the time %s was there before, in line %lld (use --duplicates "
                    "first or --steps rows)",
                    p->shown, (long long)rows->lines[row], time,
                    (long long)rows->lines[p->order[i - 1]]);
        }
        if (repeated)
            continue;
        p->group[p->n_times] = i;
        p->times[p->n_times++] = rows->times[row];
    }
    p->group[p->n_times] = rows->n_rows;
    return RIMER_OK;
}

/* steps=rows: every row is a step, where it stands. */
static void keep_rows(placing *p) {
    p->n_times = p->n_steps = p->rows->n_rows;
    memcpy(p->times, p->rows->times, (size_t)p->n_times * sizeof *p->times);
    for (int64_t i = 0; i < p->n_times; i++)
        p->order[i] = p->group[i] = p->step[i] = i;
    p->group[p->n_times] = p->n_times;
}

/* The frequency that the user gave, which must suit the kind of times. */
static rimer_status given_frequency(placing *p) {
    rimer_dataset *d = p->dataset;
    rm_frequency given;
    if (!rm_frequency_parse(p->options->freq, &given))
        RM_FAIL(USAGE,
                "freq \"%s\" is not understood: a number with " RM_FREQUENCY_UNITS
                ", such as 30min",
                p->options->freq);
    bool numbered = d->format.kind == RM_TIME_STEPS;
    if (!numbered && given.kind == RM_EVERY_STEPS)
        RM_FAIL(USAGE,
                "freq \"%s\" has no unit, but %s has times: add one of " RM_FREQUENCY_UNITS,
                p->options->freq, p->shown);
    d->frequency = given;
    if (numbered && given.kind != RM_EVERY_STEPS)
        return RIMER_OK; /* numbers go on as they do; the unit says what a step means */
    rm_frequency_anchor(&given, p->times, p->n_times);
    d->grid = given;
    return RIMER_OK;
}

static rimer_status find_frequency(placing *p) {
    rimer_dataset *d = p->dataset;
    rm_frequency_facts facts;
    const int64_t begin[2] = {0, p->n_times};
    bool found = rm_frequency_infer(d->format.kind, p->times, begin, 1, &d->grid, &facts);
    double share = found ? facts.share : 1;
    if (!found) {
        d->grid = rm_frequency_of_format(&d->format);
        rm_frequency_anchor(&d->grid, p->times, p->n_times);
    }
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

static int64_t line_of(const placing *p, int64_t i) {
    return p->rows->lines[p->order[p->group[i]]];
}

static rimer_status off_grid(const placing *p, int64_t i) {
    char time[64], first[64], frequency[32];
    time_shown(p, p->times[i], time);
    time_shown(p, p->times[0], first);
    rm_frequency_text(&p->dataset->grid, frequency, sizeof frequency);
    RM_FAIL(DATA,
            "%s:%lld: %s is not a whole number of steps of %s after %s (use --freq, or "
            "--steps rows to take the rows as they come)",
            p->shown, (long long)line_of(p, i), time, frequency, first);
}

static rimer_status find_steps(placing *p) {
    int64_t most = STEPS_FREE + STEPS_PER_ROW_MAX * p->n_times;
    for (int64_t i = 0; i < p->n_times; i++) {
        if (!rm_frequency_count(&p->dataset->grid, p->times[0], p->times[i], &p->step[i]))
            return off_grid(p, i);
        int64_t gap = i ? p->step[i] - p->step[i - 1] - 1 : 0;
        if (p->step[i] >= most)
            RM_FAIL(DATA,
                    "%s:%lld: a gap of %lld missing steps stands before this line (wrong "
                    "time? else use --freq or --steps rows)",
                    p->shown, (long long)line_of(p, i), (long long)gap);
        p->dataset->notes.n_gaps += gap > 0;
        p->dataset->notes.n_gap_steps += gap;
    }
    p->n_steps = p->step[p->n_times - 1] + 1;
    return RIMER_OK;
}

/* Mean and sum over the observed values of the rows of one time. */
static float settle(const placing *p, int64_t begin, int64_t end, int64_t channel) {
    const rm_rows *rows = p->rows;
    const float *values = rows->values + channel;
    if (p->options->duplicates == RIMER_DUPLICATES_LAST)
        begin = end - 1;
    if (end - begin == 1 || p->options->duplicates == RIMER_DUPLICATES_FIRST)
        return values[p->order[begin] * rows->n_channels];
    double sum = 0;
    int64_t n = 0;
    for (int64_t i = begin; i < end; i++) {
        float value = values[p->order[i] * rows->n_channels];
        if (!isnan(value)) {
            sum += (double)value;
            n++;
        }
    }
    if (n == 0)
        return NAN;
    return (float)(p->options->duplicates == RIMER_DUPLICATES_MEAN ? sum / (double)n : sum);
}

static void fill_times(const placing *p, rm_stored_series *series) {
    if (p->options->steps == RIMER_STEPS_ROWS) {
        memcpy(series->times, p->times, (size_t)p->n_times * sizeof *p->times);
        return;
    }
    for (int64_t t = 0; t < p->n_steps; t++)
        series->times[t] = rm_frequency_forward(&p->dataset->grid, p->times[0], t);
}

static rimer_status fill_series(const placing *p) {
    rimer_dataset *d = p->dataset;
    rm_stored_series *series = &d->series[0];
    RM_TRY(rm_series_new(series, "", p->n_steps, d->n_channels));
    fill_times(p, series);
    for (int64_t c = 0; c < d->n_channels; c++) {
        float *values = series->values + c * p->n_steps;
        for (int64_t i = 0; i < p->n_times; i++) {
            values[p->step[i]] = settle(p, p->group[i], p->group[i + 1], c);
            if (isinf(values[p->step[i]]))
                RM_FAIL(DATA,
                        "%s:%lld: column \"%s\": the sum of the rows of one time is beyond "
                        "the range of a 32-bit float",
                        p->shown, (long long)line_of(p, i), d->channel_names[c]);
        }
        for (int64_t t = 0; t < p->n_steps; t++)
            d->notes.n_missing += isnan(values[t]) != 0;
    }
    return RIMER_OK;
}

static rimer_status place(placing *p) {
    RM_TRY(order_rows(p));
    RM_TRY(group_rows(p));
    if (p->options->steps == RIMER_STEPS_ROWS)
        keep_rows(p);
    RM_TRY(find_frequency(p));
    if (p->options->steps == RIMER_STEPS_TIME)
        RM_TRY(find_steps(p));
    return fill_series(p);
}

static rimer_status place_with_room(placing *p) {
    int64_t n = p->rows->n_rows;
    RM_TRY(rm_array_new(&p->order, n, sizeof *p->order));
    RM_TRY(rm_array_new(&p->group, n + 1, sizeof *p->group));
    RM_TRY(rm_array_new(&p->times, n, sizeof *p->times));
    RM_TRY(rm_array_new(&p->step, n, sizeof *p->step));
    return place(p);
}

rimer_status rm_rows_place(const rm_rows *rows, const char *shown,
                           const rimer_read_options *options, rimer_dataset *dataset) {
    placing p = {.rows = rows, .shown = shown, .options = options, .dataset = dataset};
    dataset->notes.n_rows = rows->n_rows;
    rimer_status status = place_with_room(&p);
    free(p.order);
    free(p.group);
    free(p.times);
    free(p.step);
    return status;
}
