/* Learning curves: a chart of what rimer-train --log wrote. */
#ifndef APP_LEARNING_H
#define APP_LEARNING_H

#include "chart.h"

/* Panels of validation error, loss and learning rate over the epochs; the cutoff is the epoch with
 * the lowest validation error. -1, or the exit code after a message. Free with chart_free. */
int learning_chart(const app_program *program, const char *path, chart *out);

#endif
