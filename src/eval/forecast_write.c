#include "base/error.h"
#include "data/csv_write.h"
#include "eval/forecast_dataset.h"

#include <string.h>

/* The input's own table, continued; without a time column there is none here either. */
static void write_wide(rm_csv_writer *csv, const rimer_forecast *forecast) {
    const rimer_dataset *dataset = forecast->dataset;
    int64_t n_channels = rimer_dataset_n_channels(dataset);
    rm_csv_write_time_names(csv, dataset);
    for (int64_t c = 0; c < n_channels; c++)
        rm_csv_write_text(csv, rimer_dataset_channel_name(dataset, c));
    rm_csv_write_row_end(csv);
    for (int64_t h = 0; h < forecast->horizon; h++) {
        rm_csv_write_time(csv, dataset, rimer_dataset_future_time(dataset, 0, h + 1));
        for (int64_t c = 0; c < n_channels; c++)
            rm_csv_write_value(csv, rimer_forecast_values(forecast, 0, c)[h]);
        rm_csv_write_row_end(csv);
    }
}

static void write_long_of(rm_csv_writer *csv, const rimer_forecast *forecast, int64_t series,
                          int64_t channel) {
    const char *name[4];
    rm_csv_column_parts(forecast->dataset, series, channel, name);
    for (int64_t h = 0; h < forecast->horizon; h++) {
        char time[RIMER_TIME_SIZE];
        rimer_dataset_format_time(forecast->dataset,
                                  rimer_dataset_future_time(forecast->dataset, series, h + 1),
                                  time, sizeof time);
        rm_csv_write_parts(csv, name);
        rm_csv_write_text(csv, time);
        rm_csv_write_value(csv, rimer_forecast_values(forecast, series, channel)[h]);
        rm_csv_write_row_end(csv);
    }
}

static void write_long(rm_csv_writer *csv, const rimer_forecast *forecast) {
    static const char *const header[] = {"unique_id", "ds", "Rimer"};
    for (size_t i = 0; i < sizeof header / sizeof *header; i++)
        rm_csv_write_text(csv, header[i]);
    rm_csv_write_row_end(csv);
    for (int64_t s = 0; s < rimer_dataset_n_series(forecast->dataset); s++)
        for (int64_t c = 0; c < rimer_dataset_n_channels(forecast->dataset); c++)
            write_long_of(csv, forecast, s, c);
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
