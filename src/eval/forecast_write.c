#include "base/array.h"
#include "base/decimal.h"
#include "base/labels.h"
#include "data/csv_write.h"
#include "data/number.h"
#include "eval/forecast_dataset.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What stands in a column, behind the name of its channel: "" are the points. */
typedef struct column {
    char suffix[32];
    double level;
} column;

#define COLUMNS_MAX (1 + 3 * RIMER_LEVELS_MAX)

static column named(const char *before, double number, double level) {
    column made = {"", level};
    char text[32]; /* the decimal point whatever the locale */
    rm_decimal_text(number, text, sizeof text);
    snprintf(made.suffix, sizeof made.suffix, "%s%.20s", before, text);
    return made;
}

/* A share as per cent: 100 * 0.8 is 80. */
static double percent(double share) {
    return round(share * 1e9) / 1e7;
}

/* The points, intervals from the narrowest on, quantiles. */
static int list_columns(const rimer_forecast *forecast, column *out) {
    const rimer_forecast_wanted *wanted = &forecast->wanted;
    int n = 0;
    out[n++] = (column){"", 0.5};
    for (int i = 0; i < wanted->intervals.n; i++) {
        double low, high, share = wanted->intervals.at[i];
        rimer_interval_borders(share, &low, &high);
        out[n++] = named("-lo-", percent(share), low);
        out[n++] = named("-hi-", percent(share), high);
    }
    for (int i = 0; i < wanted->quantiles.n; i++)
        out[n++] = named("-q-", wanted->quantiles.at[i], wanted->quantiles.at[i]);
    return n;
}

static void write_names(rm_csv_writer *csv, const char *name, const column *columns, int n) {
    for (int i = 0; i < n; i++)
        rm_csv_write_parts(csv, (const char *const[]){name, columns[i].suffix, NULL});
}

static void write_values(rm_csv_writer *csv, const rimer_forecast *forecast, int64_t series,
                         int64_t channel, int64_t step, const column *columns, int n) {
    for (int i = 0; i < n; i++)
        rm_csv_write_value(
            csv, rimer_forecast_quantile(forecast, series, channel, columns[i].level)[step]);
}

static void write_cutoff(rm_csv_writer *csv, const rimer_dataset *dataset, int64_t series) {
    char time[RIMER_TIME_SIZE];
    rimer_series whole = rimer_dataset_series(dataset, series);
    rimer_dataset_format_time(dataset, whole.times[whole.n_steps - 1], time, sizeof time);
    rm_csv_write_text(csv, time);
}

static void write_wide_header(rm_csv_writer *csv, const rm_forecast_form *form,
                              const rimer_forecast *forecast) {
    const rimer_dataset *dataset = forecast->dataset;
    column columns[COLUMNS_MAX];
    int n = list_columns(forecast, columns);
    if (form->cutoff)
        rm_csv_write_text(csv, "cutoff");
    rm_csv_write_time_names(csv, dataset);
    for (int64_t c = 0; c < rimer_dataset_n_channels(dataset); c++)
        write_names(csv, rimer_dataset_channel_name(dataset, c), columns, n);
    rm_csv_write_row_end(csv);
}

/* The input's own table, continued; without a time column there is none here either. */
static void write_wide(rm_csv_writer *csv, const rm_forecast_form *form,
                       const rimer_forecast *forecast) {
    const rimer_dataset *dataset = forecast->dataset;
    column columns[COLUMNS_MAX];
    int n = list_columns(forecast, columns);
    for (int64_t h = 0; h < forecast->horizon; h++) {
        if (form->cutoff)
            write_cutoff(csv, dataset, 0);
        rm_csv_write_time(csv, dataset, rimer_dataset_future_time(dataset, 0, h + 1));
        for (int64_t c = 0; c < rimer_dataset_n_channels(dataset); c++)
            write_values(csv, forecast, 0, c, h, columns, n);
        rm_csv_write_row_end(csv);
    }
}

static void write_long_of(rm_csv_writer *csv, const rm_forecast_form *form,
                          const rimer_forecast *forecast, int64_t series, int64_t channel) {
    const char *name[4];
    column columns[COLUMNS_MAX];
    int n = list_columns(forecast, columns);
    rm_csv_column_parts(forecast->dataset, series, channel, name);
    for (int64_t h = 0; h < forecast->horizon; h++) {
        char time[RIMER_TIME_SIZE];
        rimer_dataset_format_time(forecast->dataset,
                                  rimer_dataset_future_time(forecast->dataset, series, h + 1),
                                  time, sizeof time);
        rm_csv_write_parts(csv, name);
        rm_csv_write_text(csv, time);
        if (form->cutoff)
            write_cutoff(csv, forecast->dataset, series);
        write_values(csv, forecast, series, channel, h, columns, n);
        rm_csv_write_row_end(csv);
    }
}

/* A series that was skipped has no rows, where it needs none: empty ones would say nothing. */
static int is_left_out(const rimer_forecast *forecast, int64_t series, int64_t channel) {
    return rimer_forecast_problem(forecast, series, channel) &&
           isnan(rimer_forecast_values(forecast, series, channel)[0]);
}

static void write_long_header(rm_csv_writer *csv, const rm_forecast_form *form,
                              const rimer_forecast *forecast) {
    column columns[COLUMNS_MAX];
    int n = list_columns(forecast, columns);
    rm_csv_write_text(csv, "unique_id");
    rm_csv_write_text(csv, "ds");
    if (form->cutoff)
        rm_csv_write_text(csv, "cutoff");
    write_names(csv, "Rimer", columns, n);
    rm_csv_write_row_end(csv);
}

void rm_forecast_write_header(rm_csv_writer *csv, const rm_forecast_form *form,
                              const rimer_forecast *forecast) {
    if (form->wide)
        write_wide_header(csv, form, forecast);
    else
        write_long_header(csv, form, forecast);
}

void rm_forecast_write_rows(rm_csv_writer *csv, const rm_forecast_form *form,
                            const rimer_forecast *forecast) {
    int64_t n_channels = rimer_dataset_n_channels(forecast->dataset);
    if (form->wide) {
        write_wide(csv, form, forecast);
        return;
    }
    for (int64_t s = 0; s < rimer_dataset_n_series(forecast->dataset); s++)
        for (int64_t c = 0; c < n_channels; c++)
            if (!is_left_out(forecast, s, c))
                write_long_of(csv, form, forecast, s, c);
}

rimer_status rm_forecast_form_make(rm_forecast_form *form, const char *style, int cutoff) {
    int wide = strcmp(style, "wide") == 0;
    if (!wide && strcmp(style, "long") != 0)
        RM_FAIL(USAGE, "style: \"%s\" is not one of wide|long", style);
    *form = (rm_forecast_form){.wide = wide, .cutoff = cutoff};
    return RIMER_OK;
}

/* The names of a wide table's columns as they come, and the place of the one that was there
 * before. */
typedef struct naming {
    const rimer_forecast *forecast;
    rm_labels names;
    int64_t n_before; /* columns before the channels' */
    int n_columns;    /* of each channel */
} naming;

static rimer_status refuse_repeated_name(const naming *n, int64_t channel, int64_t before) {
    const rimer_dataset *dataset = n->forecast->dataset;
    const char *name = n->names.texts[before];
    if (before < n->n_before) /* the column `cutoff`, or a time */
        RM_FAIL(USAGE,
                "style: two columns would be called \"%.80s\": use --style long, or rename the "
                "one of the data",
                name);
    RM_FAIL(USAGE,
            "style: two columns would be called \"%.80s\", one of channel \"%.80s\" and one of "
            "channel \"%.80s\": use --style long, or --channels to leave one out",
            name, rimer_dataset_channel_name(dataset, (before - n->n_before) / n->n_columns),
            rimer_dataset_channel_name(dataset, channel));
}

static rimer_status add_name(naming *n, const char *name, int64_t channel) {
    int64_t number, n_names = n->names.n;
    RM_TRY(rm_labels_number(&n->names, name, &number));
    return number < n_names ? refuse_repeated_name(n, channel, number) : RIMER_OK;
}

static rimer_status add_channel_names(naming *n, const column *columns, int64_t channel) {
    const char *name = rimer_dataset_channel_name(n->forecast->dataset, channel);
    char *whole;
    size_t size = strlen(name) + sizeof columns->suffix;
    RM_TRY(rm_array_new(&whole, (int64_t)size, 1));
    rimer_status status = RIMER_OK;
    for (int i = 0; i < n->n_columns && status == RIMER_OK; i++) {
        snprintf(whole, size, "%s%s", name, columns[i].suffix);
        status = add_name(n, whole, channel);
    }
    free(whole);
    return status;
}

static rimer_status add_names(naming *n, const rm_forecast_form *form) {
    const rimer_dataset *dataset = n->forecast->dataset;
    column columns[COLUMNS_MAX];
    n->n_columns = list_columns(n->forecast, columns);
    if (form->cutoff)
        RM_TRY(add_name(n, "cutoff", 0));
    for (int64_t i = 0; i < rimer_dataset_n_time_columns(dataset); i++)
        RM_TRY(add_name(n, rimer_dataset_time_column(dataset, i), 0));
    n->n_before = n->names.n;
    for (int64_t c = 0; c < rimer_dataset_n_channels(dataset); c++)
        RM_TRY(add_channel_names(n, columns, c));
    return RIMER_OK;
}

rimer_status rm_forecast_check_names(const rm_forecast_form *form,
                                     const rimer_forecast *forecast) {
    naming names = {.forecast = forecast};
    rimer_status status = form->wide ? add_names(&names, form) : RIMER_OK;
    rm_labels_free(&names.names);
    return status;
}

rimer_status rimer_forecast_write(const rimer_forecast *forecast, const char *style,
                                  const char *path) {
    RM_NEED(forecast, style, path);
    rm_forecast_form form;
    RM_TRY(rm_forecast_form_make(&form, style, 0));
    if (form.wide && rimer_dataset_n_series(forecast->dataset) != 1)
        RM_FAIL(USAGE, "style: a wide table holds one series, not %lld; use long",
                (long long)rimer_dataset_n_series(forecast->dataset));
    RM_TRY(rm_forecast_check_names(&form, forecast));
    rm_csv_writer csv;
    RM_TRY(rm_csv_writer_open(&csv, path, rm_text_ends_nocase(path, ".gz")));
    rm_forecast_write_header(&csv, &form, forecast);
    rm_forecast_write_rows(&csv, &form, forecast);
    return rm_csv_writer_commit(&csv);
}
