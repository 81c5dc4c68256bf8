#include "growing.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

FILE *growing_old(const char *path, const char *header, int *is_ours) {
    struct stat info;
    char *line = NULL;
    size_t room = 0;
    *is_ours = 1;
    if (stat(path, &info) != 0 || !S_ISREG(info.st_mode) || info.st_size == 0)
        return NULL;
    FILE *old = fopen(path, "r");
    if (!old)
        return NULL;
    *is_ours = getline(&line, &room, old) > 0 && strcmp(line, header) == 0;
    free(line);
    return old;
}

rimer_status growing_begin(growing_file *file, const char *header) {
    rimer_status status = RIMER_OK;
    if (strcmp(file->path, "-") == 0)
        file->aside.stream = file->stream = stdout; /* its first failure is that of a line */
    else
        status = rimer_writefile_open(&file->aside, file->path);
    if (status == RIMER_OK)
        fputs(header, file->aside.stream);
    return status;
}

rimer_status growing_appear(growing_file *file) {
    return file->stream ? RIMER_OK : rimer_writefile_publish(&file->aside, &file->stream);
}

static void tell(growing_file *file, const app_program *program) {
    file->failed = 1;
    fail(program, 1, "%s: cannot be written: %s", file->path, strerror(errno));
}

void growing_add(growing_file *file, const app_program *program) {
    if (fflush(file->stream) == 0 && !ferror(file->stream))
        return;
    file->closed = errno == EPIPE; /* who closed it knows */
    if (!file->closed)
        tell(file, program);
}

int growing_close(growing_file *file, const app_program *program) {
    if (file->stream && file->stream != stdout) {
        (void)fsync(fileno(file->stream)); /* a pipe cannot */
        if (fclose(file->stream) != 0 && !file->failed && !file->closed)
            tell(file, program);
    }
    file->stream = NULL;
    return file->failed ? 1 : -1;
}
