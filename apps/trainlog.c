#include "trainlog.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define COLUMNS "epoch,step,loss,lr,val_mse,val_mae,seconds"
enum { BY_MSE, BY_CRPS, N_HEADERS };
static const char *const headers[N_HEADERS] = {COLUMNS "\n", COLUMNS ",val_crps\n"};

/* As growing_old; *is_log: of either kind. */
static FILE *old_log(const char *path, int *is_log) {
    FILE *old = growing_old(path, headers[BY_MSE], is_log);
    if (*is_log)
        return old;
    fclose(old);
    return growing_old(path, headers[BY_CRPS], is_log);
}

int train_log_check(const app_program *program, const char *path, int force) {
    int is_log;
    FILE *old = old_log(path, &is_log);
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

static int is_by_crps(const rimer_progress *epoch) {
    return !isnan(epoch->val_crps);
}

static rimer_status begin(train_log *log, const rimer_progress *first) {
    int is_log;
    rimer_status status =
        growing_begin(&log->file, headers[is_by_crps(first) ? BY_CRPS : BY_MSE]);
    if (status != RIMER_OK)
        return status;
    FILE *old = old_log(log->file.path, &is_log);
    if (old && is_log && log->goes_on)
        copy_before(old, (long long)first->epoch, log->file.aside.stream);
    if (old)
        fclose(old);
    return growing_appear(&log->file);
}

static void write_line(FILE *stream, const rimer_progress *epoch) {
    fprintf(stream, "%lld,%lld,", (long long)epoch->epoch, (long long)epoch->step);
    if (!isnan(epoch->loss))
        fprintf(stream, "%.9g", epoch->loss);
    fprintf(stream, ",%.9g,%.9g,%.9g,%.3f", epoch->lr, epoch->val_mse, epoch->val_mae,
            epoch->seconds);
    if (is_by_crps(epoch))
        fprintf(stream, ",%.9g", epoch->val_crps);
    fputc('\n', stream);
}

void train_log_add(train_log *log, const app_program *program, const rimer_progress *epoch) {
    if (!log->file.path || train_log_ended(log))
        return;
    if (!log->file.stream && begin(log, epoch) != RIMER_OK) {
        log->file.failed = 1;
        fail_status(program, RIMER_IO);
        return;
    }
    write_line(log->file.stream, epoch);
    growing_add(&log->file, program);
}

int train_log_ended(const train_log *log) {
    return log->file.failed || log->file.closed;
}

int train_log_close(train_log *log, const app_program *program) {
    return growing_close(&log->file, program);
}
