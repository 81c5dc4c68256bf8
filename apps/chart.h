/* What a plot shows, before anybody draws it: a panel a channel, with truth, forecast and
 * intervals as points. */
#ifndef APP_CHART_H
#define APP_CHART_H

#include "options.h"

#define CHART_PANELS_MAX 9
#define CHART_BANDS_MAX 4 /* more shades cannot be told apart */

/* NaN in y breaks the line. */
typedef struct chart_line {
    int64_t n;
    double *x, *y;
    double *y2; /* bands only: the upper border; else NULL */
} chart_line;

typedef struct chart_panel {
    char name[256]; /* harmless text */
    chart_line truth, forecast;
    int n_bands;
    chart_line bands[CHART_BANDS_MAX]; /* the widest first */
    double levels[CHART_BANDS_MAX];    /* of the bands, in per cent */
    double low, high;                  /* of all that is drawn */
} chart_panel;

typedef struct chart {
    int n_panels;
    chart_panel panels[CHART_PANELS_MAX];
    int64_t n_left_out;           /* channels that found no room */
    const char *truth, *forecast; /* words of the legend; NULL: panels name what they show */
    int is_square;   /* x and y are of one kind, and panels about as high as wide */
    int is_time;     /* x: seconds since 1970-01-01, else steps */
    double from, to; /* of all panels */
    double cutoff;   /* last x before the forecast; NaN if no truth goes before it */
    int64_t horizon;
    char title[256]; /* harmless: what the only panel shows, for the caller to change; or "" */
    char subtitle[256];
} chart;

/* Joins a forecast and the truth (NULL: none) of all channels or the one called `channel`.
 * `last` steps of truth before the forecast are shown (0: three horizons). -1, or the exit code
 * after a message. */
int chart_make(const app_program *program, const rimer_dataset *forecast,
               const rimer_dataset *truth, const char *channel, int64_t last, chart *out);

void chart_free(chart *drawn);

#endif
