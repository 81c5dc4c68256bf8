#include "gnuplot.h"

#include "terminal.h"
#include "ticks.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define BUCKETS_MAX 4000
#define INK "#334155"
#define PALE "#94a3b8"
#define GRID "#e2e8f0"
#define SHADE "#f8fafc"
#define FORECAST "#ea580c"
#define PALE_FORECAST "#d1ea580c" /* as opaque as a band is */
#define NEXT ", \\\n     "        /* between what is plotted */

/* Dots of a letter in a font of one point: most are as wide as these, few wider. */
#define LETTER (0.62 * 4 / 3)

static double dots_of(const char *text, double points) {
    double letters = text_columns(text);
    for (const char *c = text; *c; c++)
        letters += strchr("MWmw@%", *c) ? 0.6 : *c >= 'A' && *c <= 'Z' ? 0.2 : 0;
    return letters * LETTER * points;
}

/* Harmless text, cut where it would leave its `room` of dots. Between single quotes nothing means
 * anything to gnuplot but the quote itself. Doubled it would stand for one, but not first, nor after
 * another; so quotes stand between double ones: 'it'."'".'s'. */
static void put_quoted(FILE *stream, const char *text, double room, double points) {
    char shown[256];
    int columns = (int)(room / (LETTER * points));
    while (dots_of(text_short(text, columns, shown, sizeof shown), points) > room &&
           columns > 1)
        columns--;
    fputc('\'', stream);
    for (const char *c = shown; *c; c++) {
        if (*c == '\'')
            fputs("'.\"'\".'", stream);
        else
            fputc(*c, stream);
        if (strncmp(c, "]]>", 3) == 0)
            fputc(' ', stream); /* SVG must not hold this, and gnuplot lets it through */
    }
    fputc('\'', stream);
}

/* Nothing in a block of numbers can be this mark; that nobody can foretell it is a second lock. */
static void make_mark(char *mark, size_t size) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    unsigned long long x = (unsigned long long)now.tv_nsec * 6364136223846793005ull +
                           (unsigned long long)now.tv_sec + (unsigned long long)getpid();
    snprintf(mark, size, "END_%016llx", (x ^ (x >> 29)) * 0xbf58476d1ce4e5b9ull);
}

static int is_gap(const chart_line *line, int64_t i) {
    return i < 0 || i >= line->n || isnan(line->y[i]) || (line->y2 && isnan(line->y2[i]));
}

/* With a gap on both sides it makes no line, nor a band. */
static int is_lone(const chart_line *line, int64_t i) {
    return !is_gap(line, i) && is_gap(line, i - 1) && is_gap(line, i + 1);
}

/* What stands alone has a column more: its value again, or how far it is to its upper border. */
static void put_point(FILE *stream, const chart_line *line, int64_t i) {
    if (is_gap(line, i)) {
        fputc('\n', stream); /* breaks the line */
        return;
    }
    fprintf(stream, "%.15g %.9g", line->x[i], line->y[i]);
    if (line->y2)
        fprintf(stream, " %.9g", line->y2[i]);
    if (is_lone(line, i))
        fprintf(stream, " %.9g", line->y2 ? line->y2[i] - line->y[i] : line->y[i]);
    fputc('\n', stream);
}

/* Points so many that they share dots of the picture: the lowest and the highest look the same,
 * and gnuplot would take minutes for all of them. */
static void put_extremes(FILE *stream, const chart_line *line, int64_t first, int64_t end) {
    int64_t low = first, high = first, gap = -1;
    for (int64_t i = first; i < end; i++) {
        if (isnan(line->y[i]))
            gap = i;
        if (!(line->y[low] <= line->y[i]))
            low = isnan(line->y[i]) ? low : i;
        if (!(line->y[high] >= line->y[i]))
            high = isnan(line->y[i]) ? high : i;
    }
    put_point(stream, line, low < high ? low : high);
    put_point(stream, line, low < high ? high : low);
    if (gap >= 0)
        put_point(stream, line, gap);
}

static void put_block(FILE *stream, const char *name, int panel, const chart_line *line,
                      const char *mark) {
    int64_t bucket = line->y2 ? 1 : (line->n + BUCKETS_MAX - 1) / BUCKETS_MAX;
    fprintf(stream, "$%s%d << %s\n", name, panel, mark);
    for (int64_t i = 0; i < line->n; i += bucket) {
        if (bucket <= 2)
            for (int64_t j = i; j < i + bucket && j < line->n; j++)
                put_point(stream, line, j);
        else
            put_extremes(stream, line, i, i + bucket < line->n ? i + bucket : line->n);
    }
    fprintf(stream, "%s\n", mark);
}

/* A line of nothing but missing values would be an error to gnuplot. */
static int is_drawn(const chart_line *line) {
    for (int64_t i = 0; i < line->n; i++)
        if (!is_gap(line, i))
            return 1;
    return 0;
}

static int has_stroke(const chart_line *line) {
    for (int64_t i = 1; i < line->n; i++)
        if (!is_gap(line, i - 1) && !is_gap(line, i))
            return 1;
    return 0;
}

static int has_lone(const chart_line *line) {
    for (int64_t i = 0; i < line->n; i++)
        if (is_lone(line, i))
            return 1;
    return 0;
}

static void put_blocks(FILE *stream, const chart *drawn) {
    char mark[32];
    make_mark(mark, sizeof mark);
    for (int i = 0; i < drawn->n_panels; i++) {
        const chart_panel *panel = &drawn->panels[i];
        for (int k = 0; k < panel->n_bands; k++)
            if (is_drawn(&panel->bands[k]))
                put_block(stream, "band", i * CHART_BANDS_MAX + k, &panel->bands[k], mark);
        if (is_drawn(&panel->truth))
            put_block(stream, "truth", i, &panel->truth, mark);
        if (is_drawn(&panel->forecast))
            put_block(stream, "forecast", i, &panel->forecast, mark);
    }
}

static int columns_of(const chart *drawn) {
    int few = drawn->is_square ? 1 : 3, more = drawn->is_square ? 4 : 6;
    return drawn->n_panels <= few ? 1 : drawn->n_panels <= more ? 2 : 3;
}

static int rows_of(const chart *drawn) {
    return (drawn->n_panels + columns_of(drawn) - 1) / columns_of(drawn);
}

/* A picture too small for letters of the usual size is a larger one made smaller. */
static double scale_of(const chart *drawn, int width, int height) {
    int rows = rows_of(drawn);
    double least_height = rows == 1 ? 420 : 190 * rows;
    return fmin(1, fmin(width / 950.0, height / least_height));
}

/* Letters and lines are as large in all kinds, measured by the picture: a point is 4/3 dots in a PNG,
 * as at 96 an inch, one dot in an SVG, and in a PDF of 110 dots an inch 4/3 points of 72 an inch. */
static void put_terminal(FILE *stream, const char *kind, int width, int height, double scale) {
    if (strcmp(kind, "svg") == 0)
        fprintf(stream,
                "set terminal svg noenhanced size %d,%d font 'DejaVu Sans,11' fontscale %.3g "
                "background '#ffffff'\n",
                width, height, scale * 4 / 3);
    else if (strcmp(kind, "pdf") == 0)
        fprintf(stream,
                "set terminal pdfcairo noenhanced size %.2fin,%.2fin "
                "font 'DejaVu Sans,11' fontscale %.3g linewidth %.3g\n",
                width / 110.0, height / 110.0, scale * 72 / 110, 2 * 72 / 110.0);
    else
        fprintf(stream,
                "if (strstrt(GPVAL_TERMINALS, 'pngcairo') > 0) {\n"
                "    set terminal pngcairo noenhanced size %d,%d font 'DejaVu Sans,11' "
                "fontscale %.3g background '#ffffff'\n} else {\n"
                "    set terminal png noenhanced size %d,%d\n}\n",
                width, height, scale, width, height);
}

static void put_style(FILE *stream) {
    fprintf(stream, "set encoding utf8\n"
                    "set border 1 linecolor rgb '" PALE "'\n"
                    "set tics nomirror out scale 0.3 textcolor rgb '" INK "'\n"
                    "set grid ytics linetype 1 linewidth 1 linecolor rgb '" GRID "'\n"
                    "set style fill solid 1.0 noborder\n");
}

/* Our own marks: gnuplot's would be too many in a small panel. The labels are our own words and
 * digits too, so double quotes are safe. */
static void put_tics(FILE *stream, const char *axis, double from, double to, tick_kind kind,
                     int wanted) {
    tick ticks[TICKS_MAX];
    int n = ticks_make(from, to, kind, wanted, ticks);
    fprintf(stream, "set %stics (", axis);
    for (int i = 0; i < n; i++)
        fprintf(stream, "%s\"%s%s%s\" %.15g", i ? ", " : "", ticks[i].label,
                *ticks[i].below ? "\\n" : "", ticks[i].below, ticks[i].at);
    fprintf(stream, ")\nset %srange [%.15g:%.15g]\n", axis, from, to);
}

static void put_times(FILE *stream, const chart *drawn, int wanted) {
    put_tics(stream, "x", drawn->from, drawn->to, drawn->is_time ? TICKS_TIME : TICKS_STEPS,
             wanted);
}

/* Marks beside a panel that is `height` dots high. */
static int values_wanted(int height) {
    return height / 45 > 2 ? height / 45 : 2;
}

/* Dots that the labels beside the panels need, and some air. */
static double room_for_values(const chart *drawn, int height, double points) {
    double widest = 0;
    for (int i = 0; i < drawn->n_panels; i++) {
        const chart_panel *panel = &drawn->panels[i];
        tick ticks[TICKS_MAX];
        int n = ticks_make(panel->low, panel->high, TICKS_VALUES, values_wanted(height), ticks);
        for (int k = 0; k < n; k++)
            widest = fmax(widest, dots_of(ticks[k].label, points));
    }
    return widest + 20;
}

static void put_cutoff(FILE *stream, const chart *drawn) {
    if (isnan(drawn->cutoff))
        return;
    fprintf(stream,
            "set object 1 rectangle from first %.15g, graph 0 to graph 1, graph 1 behind "
            "fillcolor rgb '" SHADE "' fillstyle solid 1.0 noborder\n"
            "set arrow 1 from first %.15g, graph 0 to first %.15g, graph 1 nohead dashtype 2 "
            "linewidth 1.2 linecolor rgb '" PALE "'\n",
            drawn->cutoff, drawn->cutoff, drawn->cutoff);
}

/* In the legend; our own word. */
static void put_name(FILE *stream, const char *name) {
    if (name)
        fprintf(stream, "title '%s'", name);
    else
        fprintf(stream, "notitle");
}

/* A line, and a dot for each of its values that stands alone. */
static const char *put_line(FILE *stream, const chart_line *line, const char *block, int i,
                            const char *ink, double width, const char *name,
                            const char *comma) {
    if (!is_drawn(line))
        return comma;
    int is_line = has_stroke(line);
    if (is_line) {
        fprintf(stream, "%s$%s%d using 1:2 with lines linewidth %.2g linecolor rgb '%s' ",
                comma, block, i, width, ink);
        put_name(stream, name);
        comma = NEXT;
    }
    if (has_lone(line)) {
        fprintf(stream,
                "%s$%s%d using 1:3 with points pointtype 7 pointsize %.2g linecolor rgb '%s' ",
                comma, block, i, width / 3, ink);
        put_name(stream, is_line ? NULL : name);
        comma = NEXT;
    }
    return comma;
}

static const char *band_words(const chart_panel *panel, char *text, size_t size) {
    size_t at = 0;
    *text = '\0';
    for (int level = panel->n_bands - 1; level >= 0 && at < size; level--)
        at += (size_t)snprintf(text + at, size - at, "%g%s", panel->levels[level],
                               level                ? ", "
                               : panel->n_bands > 1 ? " % intervals"
                                                    : " % interval");
    return text;
}

/* The legend is a line, or a column where that is too long for the `room` of the panel that it
 * belongs to, or for what stands beside it, `taken` dots wide. Returns the dots that are left to
 * that. Each word has a place as wide as the longest. */
static double put_key(FILE *stream, const chart *drawn, int width, double room, double taken,
                      double y) {
    enum { POINTS = 11, SIGN = 60 /* dots of a line and some air */ };
    const chart_panel *first = &drawn->panels[0];
    char bands[128];
    double widest = fmax(dots_of(drawn->forecast ? drawn->forecast : "", POINTS),
                         dots_of(drawn->truth ? drawn->truth : "", POINTS));
    int n = is_drawn(&first->forecast) + is_drawn(&first->truth);
    if (first->n_bands) {
        widest = fmax(widest, dots_of(band_words(first, bands, sizeof bands), POINTS));
        n++;
    }
    double word = widest + SIGN, line = n * word;
    int is_column = line > room || line + taken > 0.93 * width;
    fprintf(stream,
            "set key at screen 0.975, screen %.3f right center %s samplen 2.5 width 2 "
            "textcolor rgb '" INK "'\n",
            y, is_column ? "vertical" : "horizontal");
    return 0.93 * width - (is_column ? word : line);
}

/* The shades of all of them lie upon each other, so that the narrower is the darker; they have one
 * name. */
static const char *put_bands(FILE *stream, const chart_panel *panel, int i, int with_key) {
    const char *comma = "";
    char words[128];
    for (int k = 0; k < panel->n_bands; k++) {
        if (!is_drawn(&panel->bands[k]))
            continue;
        fprintf(stream,
                "%s$band%d using 1:2:3 with filledcurves fillcolor rgb '" FORECAST
                "' fillstyle transparent solid 0.18 noborder ",
                comma, i * CHART_BANDS_MAX + k);
        put_name(stream, with_key && !*comma ? band_words(panel, words, sizeof words) : NULL);
        comma = NEXT;
        if (has_lone(&panel->bands[k]))
            fprintf(stream,
                    "%s$band%d using 1:2:(0):4 with vectors nohead linewidth 6 "
                    "linecolor rgb '" PALE_FORECAST "' notitle",
                    comma, i * CHART_BANDS_MAX + k);
    }
    return comma;
}

static void put_plot(FILE *stream, const chart *drawn, int i, int with_key, int height) {
    const chart_panel *panel = &drawn->panels[i];
    put_tics(stream, "y", panel->low, panel->high, TICKS_VALUES, values_wanted(height));
    fprintf(stream, "plot ");
    const char *comma = put_bands(stream, panel, i, with_key);
    comma = put_line(stream, &panel->truth, "truth", i, INK, 1.8,
                     with_key ? drawn->truth : NULL, comma);
    comma = put_line(stream, &panel->forecast, "forecast", i, FORECAST, 2.4,
                     with_key ? drawn->forecast : NULL, comma);
    if (!*comma)
        fprintf(stream, "NaN notitle");
    fputc('\n', stream);
}

static void put_single(FILE *stream, const chart *drawn, int width, int height) {
    int panel_height = height * 72 / 100;
    fprintf(stream,
            "set lmargin at screen %.4f\nset rmargin at screen 0.975\n"
            "set tmargin at screen 0.84\nset bmargin at screen 0.12\n",
            fmax(0.075, room_for_values(drawn, panel_height, 11) / width));
    double room = put_key(stream, drawn, width, 0.9 * width,
                          fmax(dots_of(drawn->title, 17), dots_of(drawn->subtitle, 11)), 0.905);
    fprintf(stream, "set label 1 ");
    put_quoted(stream, drawn->title, room, 17);
    fprintf(stream, " at screen 0.03, screen 0.945 left font ',17' textcolor rgb '#0f172a'\n"
                    "set label 2 ");
    put_quoted(stream, drawn->subtitle, room, 11);
    fprintf(stream, " at screen 0.03, screen 0.888 left font ',11' textcolor rgb '#64748b'\n");
    put_cutoff(stream, drawn);
    put_times(stream, drawn, width / 110);
    put_plot(stream, drawn, 0, 1, panel_height);
}

/* Small multiples: the title is the first label of the first panel, in units of the screen. */
static void put_multiples(FILE *stream, const chart *drawn, int width, int height) {
    int columns = columns_of(drawn), rows = rows_of(drawn);
    int panel_height = height * 3 / 4 / rows;
    double indent =
        fmax(0.075 / sqrt(columns), room_for_values(drawn, panel_height, 9) / width);
    double room = (1.0 / columns - indent - 0.01) * width;
    fprintf(stream, "set multiplot\n");
    double beside =
        put_key(stream, drawn, width, room,
                fmax(dots_of(drawn->title, 16), dots_of(drawn->subtitle, 10)), 0.955);
    fprintf(stream, "set label 1 ");
    put_quoted(stream, drawn->title, beside, 16);
    fprintf(stream, " at screen 0.025, screen 0.97 left font ',16' textcolor rgb '#0f172a'\n"
                    "set label 2 ");
    put_quoted(stream, drawn->subtitle, beside, 10);
    fprintf(stream, " at screen 0.025, screen 0.932 left font ',10' textcolor rgb '#64748b'\n");
    put_cutoff(stream, drawn);
    fprintf(stream, "set tics font ',9'\n");
    put_times(stream, drawn, width / columns / 75);
    for (int i = 0; i < drawn->n_panels; i++) {
        double left = (double)(i % columns) / columns,
               top = 0.90 * (1 - (double)(i / columns) / rows);
        double cell = 0.90 / rows;
        fprintf(stream,
                "set lmargin at screen %.4f\nset rmargin at screen %.4f\n"
                "set tmargin at screen %.4f\nset bmargin at screen %.4f\n",
                left + indent, left + 1.0 / columns - 0.02, top - 0.045, top - cell + 0.075);
        fprintf(stream, "set label 3 ");
        put_quoted(stream, drawn->panels[i].name, room, 11);
        fprintf(stream,
                " at graph 0, graph 1 left offset 0,0.6 font ',11' textcolor rgb '" INK "'\n");
        put_plot(stream, drawn, i, i == 0 && drawn->truth, panel_height);
        if (i == 0)
            fprintf(stream, "unset label 1\nunset label 2\n");
    }
    fprintf(stream, "unset multiplot\n");
}

void gnuplot_script(const chart *drawn, const char *kind, int width, int height, FILE *stream) {
    double scale = scale_of(drawn, width, height);
    int full_width = (int)(width / scale), full_height = (int)(height / scale);
    put_terminal(stream, kind, width, height, scale);
    put_style(stream);
    put_blocks(stream, drawn);
    if (drawn->n_panels == 1)
        put_single(stream, drawn, full_width, full_height);
    else
        put_multiples(stream, drawn, full_width, full_height);
}
