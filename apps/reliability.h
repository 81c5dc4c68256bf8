/* Reliability: a chart of what share of truths lay below each quantile of a forecaster. */
#ifndef APP_RELIABILITY_H
#define APP_RELIABILITY_H

#include "chart.h"

/* A panel a forecaster that has quantiles, from the JSON of rimer-evaluate ("-": standard input):
 * level across, share of truths at or below it up, both in per cent; the diagonal is what was
 * promised. -1, or the exit code after a message. Free with chart_free. */
int reliability_chart(const app_program *program, const char *path, chart *out);

#endif
