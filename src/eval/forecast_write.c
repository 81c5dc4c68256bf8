#include "base/decimal.h"
#include "base/error.h"
#include "data/csv_write.h"
#include "eval/forecast_dataset.h"

#include <math.h>
#include <stdio.h>
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

/* The input's own table, continued; without a time column there is none here either. */
static void write_wide(rm_csv_writer *csv, const rimer_forecast *forecast) {
    const rimer_dataset *dataset = forecast->dataset;
    int64_t n_channels = rimer_dataset_n_channels(dataset);
    column columns[COLUMNS_MAX];
    int n = list_columns(forecast, columns);
    rm_csv_write_time_names(csv, dataset);
    for (int64_t c = 0; c < n_channels; c++)
        write_names(csv, rimer_dataset_channel_name(dataset, c), columns, n);
    rm_csv_write_row_end(csv);
    for (int64_t h = 0; h < forecast->horizon; h++) {
        rm_csv_write_time(csv, dataset, rimer_dataset_future_time(dataset, 0, h + 1));
        for (int64_t c = 0; c < n_channels; c++)
            write_values(csv, forecast, 0, c, h, columns, n);
        rm_csv_write_row_end(csv);
    }
}

static void write_long_of(rm_csv_writer *csv, const rimer_forecast *forecast, int64_t series,
                          int64_t channel, const column *columns, int n) {
    const char *name[4];
    rm_csv_column_parts(forecast->dataset, series, channel, name);
    for (int64_t h = 0; h < forecast->horizon; h++) {
        char time[RIMER_TIME_SIZE];
        rimer_dataset_format_time(forecast->dataset,
                                  rimer_dataset_future_time(forecast->dataset, series, h + 1),
                                  time, sizeof time);
        rm_csv_write_parts(csv, name);
        rm_csv_write_text(csv, time);
        write_values(csv, forecast, series, channel, h, columns, n);
        rm_csv_write_row_end(csv);
    }
}

static void write_long(rm_csv_writer *csv, const rimer_forecast *forecast) {
    column columns[COLUMNS_MAX];
    int n = list_columns(forecast, columns);
    rm_csv_write_text(csv, "unique_id");
    rm_csv_write_text(csv, "ds");
    write_names(csv, "Rimer", columns, n);
    rm_csv_write_row_end(csv);
    for (int64_t s = 0; s < rimer_dataset_n_series(forecast->dataset); s++)
        for (int64_t c = 0; c < rimer_dataset_n_channels(forecast->dataset); c++)
            write_long_of(csv, forecast, s, c, columns, n);
}

rimer_status rimer_forecast_write(const rimer_forecast *forecast, const char *style,
                                  const char *path) {
    int wide = strcmp(style, "wide") == 0;
    if (!wide && strcmp(style, "long") != 0)
        RM_FAIL(USAGE, "style: \"%s\" is not one of wide|long", style);
    if (wide && rimer_dataset_n_series(forecast->dataset) != 1)
        RM_FAIL(USAGE, "style: a wide table holds one series, not %lld; use long",
                (long long)rimer_dataset_n_series(forecast->dataset));
    rm_csv_writer csv;
    RM_TRY(rm_csv_writer_open(&csv, path, false));
    if (wide)
        write_wide(&csv, forecast);
    else
        write_long(&csv, forecast);
    return rm_csv_writer_commit(&csv);
}
