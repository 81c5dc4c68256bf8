#include "base/decimal.h"
#include "base/writefile.h"
#include "eval/forecast_dataset.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define NUMBER_SIZE 40
#define TIME_SIZE 64

/* A cell made of parts (ended by NULL), quoted where CSV would read it otherwise. */
static void write_parts(FILE *stream, const char *const *parts) {
    int quoted = 0, empty = 1;
    for (const char *const *part = parts; *part; part++) {
        quoted |= strpbrk(*part, "\",;|\t\r\n") != NULL || **part == ' ';
        empty &= !**part;
    }
    if (quoted || empty)
        fputc('"', stream);
    for (; *parts; parts++)
        for (const char *c = *parts; *c; c++) {
            if (*c == '"')
                fputc('"', stream);
            fputc(*c, stream);
        }
    if (quoted || empty)
        fputc('"', stream);
}

static void write_text(FILE *stream, const char *text) {
    write_parts(stream, (const char *const[]){text, NULL});
}

static void write_time(FILE *stream, const rimer_dataset *dataset, int64_t series,
                       int64_t step) {
    char text[TIME_SIZE];
    rimer_dataset_format_time(dataset, rimer_dataset_future_time(dataset, series, step), text,
                              sizeof text);
    write_text(stream, text);
}

/* A missing value is an empty cell. */
static void write_value(FILE *stream, float value) {
    char text[NUMBER_SIZE];
    if (!isfinite(value))
        return;
    rm_decimal_text_float(value, text, sizeof text);
    fputs(text, stream);
}

/* The input's own table, continued; without a time column there is none here either. */
static void write_wide(FILE *stream, const rimer_forecast *forecast) {
    const rimer_dataset *dataset = forecast->dataset;
    int64_t n_channels = rimer_dataset_n_channels(dataset);
    const char *time_name = rimer_dataset_time_name(dataset);
    int timed = *time_name != '\0';
    if (timed)
        write_text(stream, time_name);
    for (int64_t c = 0; c < n_channels; c++) {
        if (timed || c)
            fputc(',', stream);
        write_text(stream, rimer_dataset_channel_name(dataset, c));
    }
    fputc('\n', stream);
    for (int64_t h = 0; h < forecast->horizon; h++) {
        if (timed)
            write_time(stream, dataset, 0, h + 1);
        for (int64_t c = 0; c < n_channels; c++) {
            if (timed || c)
                fputc(',', stream);
            write_value(stream, rimer_forecast_values(forecast, 0, c)[h]);
        }
        fputc('\n', stream);
    }
}

/* The channel's name names the series of a single table; a series' own id is enough where it has
 * one channel, else both: "id/channel". */
static void write_id(FILE *stream, const rimer_dataset *dataset, int64_t series, int64_t c) {
    const char *id = rimer_dataset_series(dataset, series).id;
    const char *channel = rimer_dataset_channel_name(dataset, c);
    if (!*id)
        write_text(stream, channel);
    else if (rimer_dataset_n_channels(dataset) == 1)
        write_text(stream, id);
    else
        write_parts(stream, (const char *const[]){id, "/", channel, NULL});
}

static void write_long(FILE *stream, const rimer_forecast *forecast) {
    const rimer_dataset *dataset = forecast->dataset;
    fputs("unique_id,ds,Rimer\n", stream);
    for (int64_t s = 0; s < rimer_dataset_n_series(dataset); s++)
        for (int64_t c = 0; c < rimer_dataset_n_channels(dataset); c++)
            for (int64_t h = 0; h < forecast->horizon; h++) {
                write_id(stream, dataset, s, c);
                fputc(',', stream);
                write_time(stream, dataset, s, h + 1);
                fputc(',', stream);
                write_value(stream, rimer_forecast_values(forecast, s, c)[h]);
                fputc('\n', stream);
            }
}

rimer_status rimer_forecast_write(const rimer_forecast *forecast, const char *style,
                                  const char *path) {
    int wide = strcmp(style, "wide") == 0;
    if (!wide && strcmp(style, "long") != 0)
        RM_FAIL(USAGE, "style: \"%s\" is not one of wide|long", style);
    if (wide && rimer_dataset_n_series(forecast->dataset) != 1)
        RM_FAIL(USAGE, "style: a wide table holds one series, not %lld; use long",
                (long long)rimer_dataset_n_series(forecast->dataset));
    rm_writefile file;
    RM_TRY(rm_writefile_open(&file, path));
    if (wide)
        write_wide(file.stream, forecast);
    else
        write_long(file.stream, forecast);
    return rm_writefile_commit(&file);
}
