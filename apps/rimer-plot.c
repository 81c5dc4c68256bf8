/* rimer-plot FORECAST: draws a forecast and the truth. */
#include "chart.h"
#include "glyphs.h"
#include "gnuplot.h"
#include "learning.h"
#include "outputs.h"
#include "reliability.h"
#include "sketch.h"
#include "streams.h"
#include "terminal.h"

#include <stddef.h>
#include <string.h>

typedef struct settings {
    int64_t last;
} settings;

static const rimer_field fields[] = {
    {"last", "", RIMER_FIELD_INT, offsetof(settings, last), 0, 1e9, "0", "",
     "steps of truth before the forecast; 0: three times the horizon"},
    {NULL, NULL, 0, 0, 0, 0, NULL, NULL, NULL}};

typedef struct plot_job {
    const app_program *program;
    settings own;
    rimer_read_options read;
    const char *forecast, *log, *calibration; /* one of them is drawn */
    const char *truth, *output, *channel, *size, *title;
    int script, width, height;
} plot_job;

/* Of several panels by rows and columns of the grid (plotscript.c). */
static void choose_size(plot_job *job, const chart *drawn) {
    static const int square[] = {0, 950, 700, 1300, 1300, 950, 950, 1400, 1400, 1400};
    int n = drawn->n_panels;
    job->width = drawn->is_square && n == 1 ? 950 : 1200;
    job->height = drawn->is_square ? square[n] : n == 1 ? 600 : n <= 3 ? 240 + 240 * n : 900;
}

/* "1200x600". */
static int read_size(plot_job *job) {
    char rest;
    if (!job->size)
        return -1;
    if (sscanf(job->size, "%5dx%5d%c", &job->width, &job->height, &rest) != 2 ||
        job->width < 200 || job->height < 120 || job->width > 20000 || job->height > 20000)
        return fail(job->program, 2, "--size: \"%s\" is not a size such as 1200x600",
                    job->size);
    return -1;
}

static const char *input_of(const plot_job *job) {
    return job->log ? job->log : job->calibration ? job->calibration : job->forecast;
}

static const char *file_name(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static int draw_in_terminal(const plot_job *job, const chart *drawn) {
    int columns = terminal_columns(stdout, 100);
    int rows = drawn->n_panels == 1 ? 18 : 8;
    sketch_draw(drawn, columns > 160 ? 160 : columns, rows, terminal_colour(stdout), stdout);
    return streams_finish(job->program, 0);
}

static void keep_drawable(const char *kind, chart *drawn) {
    if (strcmp(kind, "svg") == 0)
        return; /* whoever shows it has fonts of his own */
    glyphs_keep(drawn->title);
    for (int i = 0; i < drawn->n_panels; i++)
        glyphs_keep(drawn->panels[i].name);
}

static int draw(plot_job *job, chart *drawn) {
    const char *kind = job->output ? picture_kind(job->output) : NULL;
    kind = kind ? kind : "png";
    int code;
    if (!job->size)
        choose_size(job, drawn);
    if (job->title || !*drawn->title)
        text_harmless(job->title ? job->title : file_name(input_of(job)), drawn->title,
                      sizeof drawn->title);
    if (drawn->n_left_out)
        fail(job->program, 0,
             "%lld more found no room, or begin at other times: choose one with "
             "--channel, or --series",
             (long long)drawn->n_left_out);
    if (job->script || job->output)
        keep_drawable(kind, drawn);
    if (job->script) {
        gnuplot_script(drawn, kind, job->width, job->height, stdout);
        return streams_finish(job->program, 0);
    }
    if (!job->output)
        return draw_in_terminal(job, drawn);
    code = gnuplot_draw(job->program, drawn, job->output, kind, job->width, job->height);
    return code < 0 ? 0 : code;
}

/* The truth tells how the forecast spells its times. */
static int read_both(const plot_job *job, rimer_dataset **forecast, rimer_dataset **truth) {
    rimer_status status = RIMER_OK;
    if (job->truth)
        status = rimer_dataset_read(job->truth, &job->read, truth);
    if (status == RIMER_OK)
        status = rimer_dataset_read_forecast(job->forecast, &job->read, *truth, forecast);
    return status == RIMER_OK ? -1 : fail_status(job->program, status);
}

/* What a program of ours says of a training or an evaluation. */
static int run_report(plot_job *job) {
    chart drawn;
    int code = job->log ? learning_chart(job->program, job->log, &drawn)
                        : reliability_chart(job->program, job->calibration, &drawn);
    if (code < 0) {
        code = draw(job, &drawn);
        chart_free(&drawn);
    }
    return code;
}

static int run(plot_job *job) {
    rimer_dataset *forecast = NULL, *truth = NULL;
    chart drawn;
    int code = read_both(job, &forecast, &truth);
    if (code < 0)
        code = chart_make(job->program, forecast, truth, job->channel, job->own.last, &drawn);
    if (code < 0) {
        code = draw(job, &drawn);
        chart_free(&drawn);
    }
    rimer_dataset_free(truth);
    rimer_dataset_free(forecast);
    return code;
}

static int check_output(const plot_job *job) {
    if (!job->output)
        return -1;
    if (strcmp(job->output, "-") != 0 && !picture_kind(job->output))
        return fail(job->program, 2, "%s: the name of a picture ends in .png, .svg or .pdf",
                    job->output);
    int code = output_check(job->program, "the picture", job->output, input_of(job));
    if (code < 0)
        code = output_check(job->program, "the picture", job->output, job->truth);
    return code;
}

int main(int argc, char **argv) {
    static plot_job job;
    const option_group own = {fields, &job.own}, reading = {rimer_read_fields(), &job.read};
    const app_option options[] = {
        HEADING("What is drawn"),
        TEXT_OPTION("truth", 't', "DATA",
                    "table with the true values before (and during) the forecast", &job.truth),
        TEXT_OPTION("log", 0, "LOG.csv",
                    "instead of a forecast: the learning curves of a training, from what "
                    "rimer-train --log wrote",
                    &job.log),
        TEXT_OPTION("calibration", 0, "FILE",
                    "instead of a forecast: how many truths lay below each quantile, from what "
                    "rimer-evaluate --json wrote (- is standard input)",
                    &job.calibration),
        TEXT_OPTION("channel", 'c', "NAME", "draw this channel only", &job.channel),
        TEXT_OPTION("series", 0, "NAME", "the same, for a long table", &job.channel),
        FIELD_OPTION(NULL, 'n', &own, "last"),
        TEXT_OPTION("title", 0, "TEXT", "title; default: the name of the channel or file",
                    &job.title),
        HEADING("Output"),
        TEXT_OPTION("output", 'o', "FILE",
                    "picture to write with gnuplot: .png, .svg or .pdf (- is PNG on standard "
                    "output); default: draw in the terminal",
                    &job.output),
        TEXT_OPTION("size", 0, "WxH",
                    "size of the picture in dots; default: 1200x600, higher for several "
                    "channels and with "
                    "--calibration",
                    &job.size),
        FLAG_OPTION("script", 0, "print the gnuplot script instead of running it", &job.script),
        HEADING("Reading the truth; what is said of times holds for the forecast, too"),
        GROUP_OPTIONS(&reading),
        OPTIONS_END};
    static const char *const examples[] = {
        "in the terminal",
        "rimer-plot forecast.csv --truth datasets/uk_demand.csv",
        "a picture",
        "rimer-plot forecast.csv --truth datasets/uk_demand.csv -o forecast.png",
        "whether intervals hold what they promise",
        "rimer-evaluate -m m.safetensors data.csv --json | rimer-plot --calibration -",
        NULL};
    static const char *const notes[] = {
        "FORECAST is what rimer-forecast wrote, wide or long; "
        "- is standard input. Of forecasts one behind the other, as --follow writes them, the "
        "last is drawn, which is the newest. Columns such as "
        "Rimer-lo-80 and Rimer-hi-80 are drawn as an interval; of several, the four widest, in "
        "the terminal the widest.",
        NULL};
    const app_program program = {.name = "rimer-plot",
                                 .purpose = "draw a forecast and the truth",
                                 .usage =
                                     "FORECAST.csv [--truth DATA] [options] | --log LOG.csv | "
                                     "--calibration FILE",
                                 .examples = examples,
                                 .notes = notes,
                                 .options = options,
                                 .min_operands = 0,
                                 .max_operands = 1,
                                 .operand = "a forecast"};
    app_operands operands;
    job.program = &program;
    rimer_fields_init(fields, &job.own);
    rimer_read_options_init(&job.read);
    int code = options_parse(&program, argc, argv, &operands);
    if (code >= 0)
        return code;
    if (operands.n + (job.log != NULL) + (job.calibration != NULL) != 1)
        return fail(
            &program, 2,
            "needs a forecast, or one of --log LOG.csv and --calibration SCORES.json in "
            "its place (see --help)");
    job.forecast = operands.n ? operands.path[0] : NULL;
    code = read_size(&job);
    if (code < 0)
        code = check_output(&job);
    return code >= 0 ? code : job.forecast ? run(&job) : run_report(&job);
}
