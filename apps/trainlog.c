#include "trainlog.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define COLUMNS "epoch,step,loss,lr,val_mse,val_mae,seconds"
#define CRPS ",val_crps"
#define NETWORK ",network" /* the last, by which copy_before finds it */

/* By whether there is a CRPS, and whether several networks are trained. */
static const char *const headers[2][2] = {{COLUMNS "\n", COLUMNS NETWORK "\n"},
                                          {COLUMNS CRPS "\n", COLUMNS CRPS NETWORK "\n"}};
#define N_HEADERS 4

/* As growing_old; *is_log: of any kind. */
static FILE *old_log(const char *path, int *is_log) {
    FILE *old = NULL;
    *is_log = 0;
    for (int i = 0; i < N_HEADERS && !*is_log; i++) {
        if (old)
            fclose(old);
        old = growing_old(path, headers[i / 2][i % 2], is_log);
    }
    return old;
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

static int is_by_crps(const rimer_progress *epoch) {
    return !isnan(epoch->val_crps);
}

static int has_networks(const rimer_progress *epoch) {
    return epoch->n_networks > 1;
}

static const char *header_of(const rimer_progress *epoch) {
    return headers[is_by_crps(epoch)][has_networks(epoch)];
}

static int is_before(const char *line, const rimer_progress *epoch) {
    const char *last = strrchr(line, ',');
    int network = has_networks(epoch) && last ? atoi(last + 1) : epoch->network;
    return network < epoch->network ||
           (network == epoch->network && strtoll(line, NULL, 10) < epoch->epoch);
}

/* The whole lines of epochs before the first that comes now. */
static void copy_before(FILE *old, const rimer_progress *first, FILE *to) {
    char *line = NULL;
    size_t room = 0;
    ssize_t length;
    while ((length = getline(&line, &room, old)) > 0)
        if (line[length - 1] == '\n' && is_before(line, first))
            fputs(line, to);
    free(line);
}

static rimer_status begin(train_log *log, const rimer_progress *first) {
    int is_log;
    rimer_status status = growing_begin(&log->file, header_of(first));
    if (status != RIMER_OK)
        return status;
    FILE *old = old_log(log->file.path, &is_log);
    if (old && is_log && log->goes_on)
        copy_before(old, first, log->file.aside.stream);
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
    if (has_networks(epoch))
        fprintf(stream, ",%d", epoch->network);
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
