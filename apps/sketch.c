#include "sketch.h"

#include "terminal.h"
#include "ticks.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { AXIS_LEAST = 11, ROWS_MAX = 60, COLUMNS_MAX = 400 };
enum { OWNER_NONE, OWNER_BAND, OWNER_CUTOFF, OWNER_TRUTH, OWNER_FORECAST };

typedef struct canvas {
    int axis; /* columns before the panel: labels and a blank */
    int columns, rows;
    unsigned char dots[ROWS_MAX][COLUMNS_MAX]; /* Braille bits */
    unsigned char owner[ROWS_MAX][COLUMNS_MAX];
} canvas;

static void put_dot(canvas *c, int x, int y, int owner) {
    static const unsigned char bits[4][2] = {{1, 8}, {2, 16}, {4, 32}, {64, 128}};
    if (x < 0 || y < 0 || x >= 2 * c->columns || y >= 4 * c->rows)
        return;
    unsigned char *held = &c->owner[y / 4][x / 2];
    if (owner < *held)
        return; /* the forecast stays visible where it crosses the truth */
    if (owner > *held)
        c->dots[y / 4][x / 2] = 0;
    *held = (unsigned char)owner;
    c->dots[y / 4][x / 2] |= bits[y % 4][x % 2];
}

static void put_stroke(canvas *c, double x0, double y0, double x1, double y1, int owner) {
    int n = (int)ceil(fmax(fabs(x1 - x0), fabs(y1 - y0)));
    for (int i = 0; i <= n; i++) {
        double share = n ? (double)i / n : 0;
        put_dot(c, (int)lround(x0 + share * (x1 - x0)), (int)lround(y0 + share * (y1 - y0)),
                owner);
    }
}

typedef struct frame {
    double from, to, low, high;
} frame;

static double dot_x(const canvas *c, const frame *f, double x) {
    return (x - f->from) / (f->to - f->from) * (2 * c->columns - 1);
}

static double dot_y(const canvas *c, const frame *f, double y) {
    return (f->high - y) / (f->high - f->low) * (4 * c->rows - 1);
}

static void put_line(canvas *c, const frame *f, const chart_line *line, int owner) {
    for (int64_t i = 0; i < line->n; i++) {
        if (isnan(line->y[i]))
            continue;
        int joined = i > 0 && !isnan(line->y[i - 1]);
        int64_t before = joined ? i - 1 : i;
        put_stroke(c, dot_x(c, f, line->x[before]), dot_y(c, f, line->y[before]),
                   dot_x(c, f, line->x[i]), dot_y(c, f, line->y[i]), owner);
    }
}

/* Shades what lies between two values in one column of characters. */
static void put_shade(canvas *c, double x, double top, double bottom) {
    int column = (int)lround(x) / 2;
    for (int row = 0; row < c->rows; row++)
        if (column >= 0 && column < c->columns && 4 * row + 3 >= top && 4 * row <= bottom)
            c->owner[row][column] = OWNER_BAND;
}

static void put_band(canvas *c, const frame *f, const chart_line *band) {
    for (int64_t i = 0; i < band->n; i++) {
        int joined = i > 0 && !isnan(band->y[i - 1]) && !isnan(band->y2[i - 1]);
        int64_t before = joined ? i - 1 : i;
        if (isnan(band->y[i]) || isnan(band->y2[i]))
            continue;
        double x = dot_x(c, f, band->x[before]), low = dot_y(c, f, band->y[before]),
               high = dot_y(c, f, band->y2[before]);
        double on = dot_x(c, f, band->x[i]) - x;
        int n = (int)ceil(on);
        for (int k = 0; k <= n; k++) {
            double share = n ? (double)k / n : 0;
            put_shade(c, x + share * on, high + share * (dot_y(c, f, band->y2[i]) - high),
                      low + share * (dot_y(c, f, band->y[i]) - low));
        }
    }
}

static void put_cutoff(canvas *c, const frame *f, double cutoff) {
    if (isnan(cutoff))
        return;
    int column = (int)lround(dot_x(c, f, cutoff)) / 2;
    for (int row = 0; row < c->rows; row++)
        if (column >= 0 && column < c->columns)
            c->owner[row][column] = OWNER_CUTOFF;
}

/* U+2800 and the eight dots as UTF-8. */
static void write_braille(unsigned char dots, FILE *stream) {
    fprintf(stream, "\xe2%c%c", 0xa0 | (dots >> 6), 0x80 | (dots & 0x3f));
}

static void write_cell(const canvas *c, int row, int column, int colour, FILE *stream) {
    static const char *const on[] = {"", "\033[33m", "\033[90m", "\033[36m", "\033[1;33m"};
    int owner = c->owner[row][column];
    if (owner == OWNER_NONE) {
        fputc(' ', stream);
        return;
    }
    if (colour)
        fputs(on[owner], stream);
    if (owner == OWNER_BAND)
        fputs("░", stream);
    else if (owner == OWNER_CUTOFF)
        fputs("┊", stream);
    else if (owner == OWNER_FORECAST && !colour)
        fputs("•", stream);
    else
        write_braille(c->dots[row][column], stream);
    if (colour)
        fputs("\033[0m", stream);
}

/* Round values, one in three rows; more where a narrow range would hold but one, or none. */
static int value_ticks(const canvas *c, const frame *f, tick *ticks) {
    int n = 0;
    for (int wanted = c->rows / 3 > 1 ? c->rows / 3 : 2; n < 2 && wanted <= c->rows; wanted++)
        n = ticks_make(f->low, f->high, TICKS_VALUES, wanted, ticks);
    return n;
}

/* As wide as the labels of all panels need. */
static int axis_of(canvas *c, const chart *drawn) {
    size_t widest = AXIS_LEAST - 1;
    for (int i = 0; i < drawn->n_panels; i++) {
        frame f = {drawn->from, drawn->to, drawn->panels[i].low, drawn->panels[i].high};
        tick ticks[TICKS_MAX];
        int n = value_ticks(c, &f, ticks);
        for (int k = 0; k < n; k++)
            widest = strlen(ticks[k].label) > widest ? strlen(ticks[k].label) : widest;
    }
    return (int)widest + 1;
}

/* Labels stand in the row nearest to a round value. */
static void label_rows(const canvas *c, const frame *f,
                       char labels[ROWS_MAX][TICK_LABEL_SIZE]) {
    tick ticks[TICKS_MAX];
    int n = value_ticks(c, f, ticks);
    for (int row = 0; row < c->rows; row++)
        labels[row][0] = '\0';
    for (int i = 0; i < n; i++) {
        int row = (int)lround(dot_y(c, f, ticks[i].at)) / 4;
        if (row >= 0 && row < c->rows)
            strcpy(labels[row], ticks[i].label);
    }
}

static void write_rows(const canvas *c, const frame *f, int colour, FILE *stream) {
    char labels[ROWS_MAX][TICK_LABEL_SIZE];
    label_rows(c, f, labels);
    for (int row = 0; row < c->rows; row++) {
        fprintf(stream, "%*s %s", c->axis - 1, labels[row], *labels[row] ? "┤" : "│");
        for (int column = 0; column < c->columns; column++)
            write_cell(c, row, column, colour, stream);
        fputc('\n', stream);
    }
}

/* Below its mark, or as near to it as the ends of the line allow. */
static void put_label(char *line, int columns, int at, const char *text, int *end) {
    int length = (int)strlen(text), start = at - length / 2, most = columns - length;
    start = start > most ? most : start;
    start = start < 0 ? 0 : start;
    if (!length || start <= *end || length > columns)
        return;
    memcpy(line + start, text, (size_t)length);
    *end = start + length;
}

static void write_axis(const canvas *c, const chart *drawn, FILE *stream) {
    tick ticks[TICKS_MAX];
    char labels[COLUMNS_MAX + 1], below[COLUMNS_MAX + 1];
    frame f = {drawn->from, drawn->to, 0, 1};
    int end = -1, end_below = -1;
    int n = ticks_make(drawn->from, drawn->to, drawn->is_time ? TICKS_TIME : TICKS_STEPS,
                       c->columns / 11, ticks);
    memset(labels, ' ', sizeof labels);
    memset(below, ' ', sizeof below);
    labels[c->columns] = below[c->columns] = '\0';
    for (int i = 0; i < n; i++) {
        int at = (int)lround(dot_x(c, &f, ticks[i].at)) / 2;
        put_label(labels, c->columns, at, ticks[i].label, &end);
        put_label(below, c->columns, at, ticks[i].below, &end_below);
    }
    fprintf(stream, "%*s └", c->axis - 1, "");
    for (int column = 0; column < c->columns; column++)
        fputs("─", stream);
    fprintf(stream, "\n%*s%s\n", c->axis + 1, "", labels);
    if (end_below >= 0)
        fprintf(stream, "%*s%s\n", c->axis + 1, "", below);
}

/* A word of the legend behind a piece of what it names. */
typedef struct mark {
    const char *colour, *sign, *name;
} mark;

enum { MARKS_MAX = 3, SIGN = 3 /* columns of a sign and a blank */ };

/* The interval that is shaded is the widest of the first panel that has one. */
static int list_marks(const chart *drawn, int colour, char band[32], mark marks[MARKS_MAX]) {
    int n = 0, any_truth = 0;
    *band = '\0';
    for (int i = 0; i < drawn->n_panels; i++) {
        const chart_panel *panel = &drawn->panels[i];
        any_truth |= panel->truth.n > 0;
        if (panel->n_bands && !*band)
            snprintf(band, 32, "%g %%", panel->levels[0]);
    }
    if (drawn->truth && any_truth)
        marks[n++] = (mark){"\033[36m", "⠤⠤", drawn->truth};
    if (drawn->truth)
        marks[n++] = (mark){"\033[1;33m", colour ? "⠤⠤" : "••", drawn->forecast};
    if (drawn->truth && *band)
        marks[n++] = (mark){"\033[33m", "░░", band};
    return n;
}

/* Of all marks in a line, each behind two blanks. */
static int marks_columns(const mark *marks, int n) {
    int columns = 0;
    for (int i = 0; i < n; i++)
        columns += 2 + SIGN + text_columns(marks[i].name);
    return columns;
}

/* Where the panel begins, or further left if the line is longer than that. */
static int indent_of(int room, int columns) {
    int indent = room - columns;
    return indent < 0 ? 0 : indent < AXIS_LEAST + 1 ? indent : AXIS_LEAST + 1;
}

static void write_mark(const mark *shown, int indent, int colour, FILE *stream) {
    fprintf(stream, "%*s%s%s %s%s", indent, "", colour ? shown->colour : "", shown->sign,
            shown->name, colour ? "\033[0m" : "");
}

/* In a line, or one below the other where `room` columns do not hold them. */
static void write_marks(const mark *marks, int n, int room, int colour, FILE *stream) {
    int all = marks_columns(marks, n) - 2, indent = indent_of(room, all);
    for (int i = 0; i < n; i++) {
        write_mark(&marks[i], i && all <= room ? 2 : indent, colour, stream);
        if (all > room || i == n - 1)
            fputc('\n', stream);
    }
}

static void write_short(const char *text, int room, FILE *stream) {
    char shown[512];
    text_short(text, room, shown, sizeof shown);
    fprintf(stream, "%*s%s\n", indent_of(room, text_columns(shown)), "", shown);
}

static void write_titles(const chart *drawn, int room, FILE *stream) {
    char both[sizeof drawn->title + sizeof drawn->subtitle + 2];
    snprintf(both, sizeof both, "%s  %s", drawn->title, drawn->subtitle);
    if (text_columns(both) <= room) {
        write_short(both, room, stream);
        return;
    }
    write_short(drawn->title, room, stream);
    write_short(drawn->subtitle, room, stream);
}

/* Titles and legend share a line of `room` columns where they fit, if need be with the title cut;
 * else the legend stands below. */
static void write_head(const chart *drawn, int room, int colour, FILE *stream) {
    enum { LEAST = 20 };
    char title[sizeof drawn->title], band[32];
    mark marks[MARKS_MAX];
    int n = list_marks(drawn, colour, band, marks), full = text_columns(drawn->title);
    int left =
        room - AXIS_LEAST - 1 - 2 - text_columns(drawn->subtitle) - marks_columns(marks, n);
    if (left < full && left < LEAST) {
        write_titles(drawn, room, stream);
        write_marks(marks, n, room, colour, stream);
        return;
    }
    fprintf(stream, "%*s%s  %s", AXIS_LEAST + 1, "",
            text_short(drawn->title, left, title, sizeof title), drawn->subtitle);
    for (int i = 0; i < n; i++)
        write_mark(&marks[i], 2, colour, stream);
    fputc('\n', stream);
}

void sketch_draw(const chart *drawn, int columns, int rows, int colour, FILE *stream) {
    canvas *c = calloc(1, sizeof *c);
    if (!c)
        return;
    c->rows = rows < ROWS_MAX ? rows : ROWS_MAX;
    int axis = axis_of(c, drawn), most = COLUMNS_MAX + axis + 1;
    columns = columns < most ? columns : most;
    write_head(drawn, columns, colour, stream);
    for (int i = 0; i < drawn->n_panels; i++) {
        const chart_panel *panel = &drawn->panels[i];
        frame f = {drawn->from, drawn->to, panel->low, panel->high};
        char name[sizeof panel->name];
        memset(c, 0, sizeof *c);
        c->axis = axis;
        c->columns = columns - axis - 1;
        c->rows = rows < ROWS_MAX ? rows : ROWS_MAX;
        if (panel->n_bands)
            put_band(c, &f, &panel->bands[0]);
        put_cutoff(c, &f, drawn->cutoff);
        put_line(c, &f, &panel->truth, OWNER_TRUTH);
        put_line(c, &f, &panel->forecast, OWNER_FORECAST);
        if (drawn->n_panels > 1)
            fprintf(stream, "%*s%s\n", axis + 1, "",
                    text_short(panel->name, c->columns, name, sizeof name));
        write_rows(c, &f, colour, stream);
    }
    write_axis(c, drawn, stream);
    free(c);
}
