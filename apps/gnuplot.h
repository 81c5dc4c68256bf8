/* Drawing with gnuplot, which runs commands that hide in titles, file names and line ends. So
 * every text of the user is quoted, numbers go in data blocks, the picture comes through a pipe
 * and the name of its file is never told, and no shell is started. */
#ifndef APP_GNUPLOT_H
#define APP_GNUPLOT_H

#include "chart.h"

/* Kind of picture by the ending of its name: "png", "svg", "pdf"; NULL if none of them. */
const char *picture_kind(const char *path);

/* Writes the script that draws `drawn` on gnuplot's standard output. */
void gnuplot_script(const chart *drawn, const char *kind, int width, int height, FILE *stream);

/* Runs it and writes the whole picture to `path` ("-": standard output). -1, or the exit code
 * after a message. */
int gnuplot_draw(const app_program *program, const chart *drawn, const char *path,
                 const char *kind, int width, int height);

#endif
