#include "trainlog.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char header[] = "epoch,step,loss,lr,val_mse,val_mae,seconds\n";

/* An older log, or NULL; *is_log is 0 for a file of something else. */
static FILE *open_old(const char *path, int *is_log) {
    struct stat info;
    char line[sizeof header];
    *is_log = 1;
    if (stat(path, &info) != 0 || !S_ISREG(info.st_mode) || info.st_size == 0)
        return NULL;
    FILE *old = fopen(path, "r");
    if (!old)
        return NULL;
    *is_log = fgets(line, sizeof line, old) && strcmp(line, header) == 0;
    return old;
}

int train_log_check(const app_program *program, const char *path, int force) {
    int is_log;
    FILE *old = open_old(path, &is_log);
    if (old)
        fclose(old);
    if (is_log || force)
        return -1;
    return fail(program, 2,
                "%s: is there and is no log of a training: choose another name, or --force to "
                "replace it",
                path);
}

/* The whole lines of epochs before `epoch`. */
static void copy_before(FILE *old, long long epoch, FILE *to) {
    char *line = NULL;
    size_t room = 0;
    ssize_t length;
    while ((length = getline(&line, &room, old)) > 0)
        if (line[length - 1] == '\n' && strtoll(line, NULL, 10) < epoch)
            fputs(line, to);
    free(line);
}

static rimer_status begin(train_log *log, long long epoch) {
    rimer_writefile file;
    int is_log;
    if (strcmp(log->path, "-") == 0) {
        log->stream = stdout;
        fputs(header, stdout);
        return RIMER_OK;
    }
    rimer_status status = rimer_writefile_open(&file, log->path);
    if (status != RIMER_OK)
        return status;
    FILE *old = open_old(log->path, &is_log);
    fputs(header, file.stream);
    if (old && is_log && log->goes_on)
        copy_before(old, epoch, file.stream);
    if (old)
        fclose(old);
    return rimer_writefile_publish(&file, &log->stream);
}

static int write_line(FILE *stream, const rimer_progress *epoch) {
    fprintf(stream, "%lld,%lld,", (long long)epoch->epoch, (long long)epoch->step);
    if (!isnan(epoch->loss))
        fprintf(stream, "%.9g", epoch->loss);
    fprintf(stream, ",%.9g,%.9g,%.9g,%.3f\n", epoch->lr, epoch->val_mse, epoch->val_mae,
            epoch->seconds);
    return fflush(stream) == 0 && !ferror(stream);
}

void train_log_add(train_log *log, const app_program *program, const rimer_progress *epoch) {
    if (!log->path || log->failed || log->closed)
        return;
    if (!log->stream && begin(log, (long long)epoch->epoch) != RIMER_OK) {
        log->failed = 1;
        fail_status(program, RIMER_IO);
    } else if (!write_line(log->stream, epoch)) {
        log->closed = errno == EPIPE; /* who closed it knows */
        log->failed = !log->closed;
        if (log->failed)
            fail(program, 1, "%s: cannot be written: %s", log->path, strerror(errno));
    }
}

int train_log_close(train_log *log, const app_program *program) {
    if (log->stream && log->stream != stdout) {
        (void)fsync(fileno(log->stream)); /* a pipe cannot */
        if (fclose(log->stream) != 0 && !log->failed && !log->closed) {
            log->failed = 1;
            fail(program, 1, "%s: cannot be written: %s", log->path, strerror(errno));
        }
    }
    log->stream = NULL;
    return log->failed ? 1 : -1;
}
