/* Programs that ours asks: started without a shell, what they print collected. */
#ifndef APP_CHILD_H
#define APP_CHILD_H

#include <stddef.h>
#include <stdio.h>

enum { CHILD_NOT_FOUND = 127 };

typedef struct child_output {
    char *bytes; /* free() it; NULL if there is nothing */
    size_t size;
} child_output;

/* Runs argv[0], found by PATH, with `input` and `complaints` (NULL: nothing) as standard input and
 * error. Its exit status, CHILD_NOT_FOUND if there is no such program, 128 and more after a signal;
 * -1 with a reason in errno if it could not be run or its output not be kept. `output` is set in
 * any case. */
int child_run(const char *const *argv, FILE *input, FILE *complaints, child_output *output);

#endif
