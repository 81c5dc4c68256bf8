#include "progress.h"

#include "terminal.h"

#include <errno.h>
#include <math.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

static volatile sig_atomic_t asked_to_stop;

static void on_signal(int number) {
    (void)number;
    if (asked_to_stop)
        _exit(130);
    asked_to_stop = 1;
}

static void catch_signals(void) {
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = on_signal;
    action.sa_flags = SA_RESTART;
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
}

int progress_open(train_progress *p, const app_program *program, const char *log, int quiet,
                  int append) {
    memset(p, 0, sizeof *p);
    p->program = program;
    p->quiet = quiet;
    p->moves = !quiet && terminal_moves();
    p->log_path = log;
    if (log) {
        p->log = strcmp(log, "-") == 0 ? stdout : fopen(log, append ? "a" : "w");
        if (!p->log)
            return fail(program, 1, "%s: cannot be written: %s", log, strerror(errno));
        fseek(p->log, 0, SEEK_END);
        if (ftell(p->log) <= 0)
            fprintf(p->log, "epoch,step,loss,lr,val_mse,val_mae,seconds\n");
    }
    catch_signals();
    return -1;
}

static void log_epoch(const train_progress *p, const rimer_progress *state) {
    fprintf(p->log, "%lld,%lld,", (long long)state->epoch, (long long)state->step);
    if (!isnan(state->loss))
        fprintf(p->log, "%.9g", state->loss);
    fprintf(p->log, ",%.9g,%.9g,%.9g,%.3f\n", state->lr, state->val_mse, state->val_mae,
            state->seconds);
    fflush(p->log);
}

static void print_epoch(const rimer_progress *state) {
    char seconds[32];
    text_seconds(state->seconds, seconds, sizeof seconds);
    if (state->epoch == 0)
        fprintf(stderr, "epoch %3d   before training   val MSE %.4f  MAE %.4f\n", 0,
                state->val_mse, state->val_mae);
    else
        fprintf(stderr, "epoch %3lld   loss %-10.5g   val MSE %.4f  MAE %.4f   %s%s\n",
                (long long)state->epoch, state->loss, state->val_mse, state->val_mae, seconds,
                state->best_epoch == state->epoch ? "  best" : "");
}

static void draw(const rimer_progress *state) {
    char text[256], left[32];
    double share = state->n_steps > 0 ? (double)state->step / (double)state->n_steps : 0;
    if (isnan(state->loss)) /* no step of this epoch yet */
        snprintf(text, sizeof text, "%3.0f %%  epoch %lld/%lld", 100 * share,
                 (long long)state->epoch, (long long)state->n_epochs);
    else
        snprintf(text, sizeof text,
                 "%3.0f %%  epoch %lld/%lld  loss %.4g  %.0f rows/s  %s left", 100 * share,
                 (long long)state->epoch, (long long)state->n_epochs, state->loss,
                 state->rows_per_second, text_seconds(state->seconds_left, left, sizeof left));
    bar_draw(share, text);
}

int progress_show(void *user, const rimer_progress *state) {
    train_progress *p = user;
    if (p->moves)
        bar_clear();
    if (state->epoch_ended && p->log)
        log_epoch(p, state);
    if (state->epoch_ended && !p->quiet)
        print_epoch(state);
    if (p->moves && !asked_to_stop)
        draw(state);
    return asked_to_stop;
}

int progress_close(train_progress *p) {
    if (p->moves)
        bar_clear();
    if (!p->log)
        return -1;
    int failed = ferror(p->log);
    failed |= p->log == stdout ? fflush(stdout) : fclose(p->log);
    p->log = NULL;
    return failed ? fail(p->program, 1, "%s: cannot be written", p->log_path) : -1;
}
