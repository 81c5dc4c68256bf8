/* A CSV that grows by a line at a time. It appears with its header and what is kept of an older
 * one, in the place of that; each line reaches the system whole. */
#ifndef APP_GROWING_H
#define APP_GROWING_H

#include "options.h"

typedef struct growing_file {
    const char *path; /* "-": standard output */
    rimer_writefile aside;
    FILE *stream; /* write lines here; NULL before it has appeared */
    int failed;   /* and the sentence was said */
    int closed;   /* the reader of a pipe went away */
} growing_file;

/* An older file of that name, read up to behind its first line, or NULL; *is_ours is 0 if it is one
 * and that line is not `header`. */
FILE *growing_old(const char *path, const char *header, int *is_ours);

/* Opens it aside with its header: the caller writes to aside.stream what is kept. RIMER_IO. */
rimer_status growing_begin(growing_file *file, const char *header);

/* It appears. RIMER_IO. */
rimer_status growing_appear(growing_file *file);

/* Hands a line that was written to the system; tells if that failed. */
void growing_add(growing_file *file, const app_program *program);

/* -1, or the exit code if anything failed. */
int growing_close(growing_file *file, const app_program *program);

#endif
