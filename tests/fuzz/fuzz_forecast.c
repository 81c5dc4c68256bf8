/* Fuzz target: any bytes as the forecast that rimer-plot draws, and as the truth beside it. The
 * first line has settings of the truth; a line "%%" ends the forecast and begins the truth. */
#include "../../apps/chart.h"
#include "../../apps/gnuplot.h"
#include "../../apps/sketch.h"
#include "common.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What the programs would say on stderr. */
static char said[1024];

int fail(const app_program *program, int code, const char *format, ...) {
    va_list args;
    (void)program;
    va_start(args, format);
    vsnprintf(said, sizeof said, format, args);
    va_end(args);
    return code;
}

/* Nothing but printable text and line ends goes to gnuplot or a terminal. */
static void check_text(const char *text, size_t size, const char *what) {
    for (size_t i = 0; i < size; i++)
        FUZZ_ASSERT(((unsigned char)text[i] >= 0x20 && text[i] != 0x7f) || text[i] == '\n',
                    "%s: byte %02x at %zu", what, (unsigned char)text[i], i);
}

static void draw(const chart *drawn) {
    char *text = NULL;
    size_t size;
    FILE *stream = open_memstream(&text, &size);
    FUZZ_ASSERT(stream, "no stream");
    gnuplot_script(drawn, "svg", 800, 400, stream);
    fflush(stream);
    check_text(text, size, "script");
    rewind(stream);
    sketch_draw(drawn, 70, 8, 0, stream);
    fclose(stream);
    check_text(text, size, "sketch");
    free(text);
}

static void check_read(rimer_status status, const rimer_dataset *dataset) {
    FUZZ_ASSERT((status == RIMER_OK) == (dataset != NULL), "status %d", status);
    if (status != RIMER_OK)
        rm_fuzz_sentence(status);
}

static rimer_dataset *read_truth(const rimer_read_options *options, const uint8_t *data,
                                 size_t size) {
    char path[320];
    rimer_dataset *dataset = NULL;
    rm_fuzz_write(rm_fuzz_path("truth.csv", path), "", data, size);
    rimer_status status = rimer_dataset_read(path, options, &dataset);
    check_read(status, dataset);
    return dataset;
}

static rimer_dataset *read_forecast(const rimer_read_options *options,
                                    const rimer_dataset *truth, const uint8_t *data,
                                    size_t size) {
    char path[320];
    rimer_dataset *dataset = NULL;
    rm_fuzz_write(rm_fuzz_path("in.csv", path), "", data, size);
    rimer_status status = rimer_dataset_read_forecast(path, options, truth, &dataset);
    check_read(status, dataset);
    return dataset;
}

/* Where the line "%%" stands, or the end. */
static size_t end_of_forecast(const uint8_t *data, size_t size) {
    for (size_t i = 0; i + 4 <= size; i++)
        if (memcmp(data + i, "\n%%\n", 4) == 0)
            return i + 1;
    return size;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const app_program program = {.name = "rimer-plot"};
    rimer_read_options options;
    char channel[64] = "";
    chart drawn;
    size_t begin = rm_fuzz_settings(&options, data, size, channel);
    data += begin;
    size -= begin;
    size_t end = end_of_forecast(data, size);
    rimer_dataset *truth = NULL;
    if (end < size) {
        truth = read_truth(&options, data + end + 3, size - end - 3);
        if (!truth)
            return 0;
    }
    rimer_dataset *forecast = read_forecast(&options, truth, data, end);
    *said = 0;
    int code = forecast
                   ? chart_make(&program, forecast, truth, *channel ? channel : NULL, 0, &drawn)
                   : 3;
    if (code < 0) {
        draw(&drawn);
        chart_free(&drawn);
    } else
        FUZZ_ASSERT(!forecast || (code <= 3 && *said), "code %d, \"%s\"", code, said);
    rimer_dataset_free(truth);
    rimer_dataset_free(forecast);
    return 0;
}
