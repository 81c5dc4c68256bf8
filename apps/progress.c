#include "progress.h"

#include "interrupt.h"
#include "terminal.h"

#include <math.h>
#include <string.h>

void progress_open(train_progress *p, const app_program *program, const char *log, int quiet,
                   int goes_on) {
    memset(p, 0, sizeof *p);
    p->program = program;
    p->quiet = quiet;
    p->moves = !quiet && terminal_moves();
    p->log = (train_log){.file.path = log, .goes_on = goes_on};
    interrupt_catch();
}

/* Long before the first epoch of a large training ends: is it meant to be that large? */
static void print_size(const rimer_progress *state) {
    char steps[32];
    if (state->n_epochs == 0)
        return;
    int64_t each = state->n_steps / state->n_epochs;
    fprintf(stderr, "%-11s %lld epoch%s of %s step%s%s%s\n",
            state->refit ? "refit" : "training", (long long)state->n_epochs,
            state->n_epochs == 1 ? "" : "s", text_count(each, steps, sizeof steps),
            each == 1 ? "" : "s", state->refit ? "" : " at most",
            state->n_networks > 1 && !state->refit ? ", and as many of the twin" : "");
}

/* The word that counts its epochs. */
static const char *what_runs(const rimer_progress *state) {
    return state->network > 1 ? "twin" : state->refit ? "refit" : "epoch";
}

static void print_refit(const rimer_progress *state) {
    char seconds[32];
    if (state->epoch == 0 && state->network == 1)
        print_size(state);
    if (state->epoch > 0)
        fprintf(stderr, "%-5s %3lld   loss %-10.5g   %s\n", what_runs(state),
                (long long)state->epoch, state->loss,
                text_seconds(state->seconds, seconds, sizeof seconds));
}

static void print_epoch(const rimer_progress *state) {
    char seconds[32], crps[32] = "";
    const char *what = what_runs(state);
    if (state->epoch == 0 && state->network == 1)
        print_size(state);
    text_seconds(state->seconds, seconds, sizeof seconds);
    if (!isnan(state->val_crps))
        snprintf(crps, sizeof crps, "CRPS %.4f  ", state->val_crps);
    if (state->epoch == 0)
        fprintf(stderr, "%-5s %3d   before training   val %sMSE %.4f  MAE %.4f\n", what, 0,
                crps, state->val_mse, state->val_mae);
    else
        fprintf(stderr, "%-5s %3lld   loss %-10.5g   val %sMSE %.4f  MAE %.4f   %s%s\n", what,
                (long long)state->epoch, state->loss, crps, state->val_mse, state->val_mae,
                seconds, state->best_epoch == state->epoch ? "  best" : "");
}

static void draw(const char *label, const rimer_progress *state) {
    char text[256], left[32], begin[128];
    snprintf(begin, sizeof begin, "%s%s%3.0f %%  %s %lld/%lld", label, *label ? "  " : "",
             100 * state->share, what_runs(state), (long long)state->epoch,
             (long long)state->n_epochs);
    if (isnan(state->loss)) /* no step of this epoch yet */
        snprintf(text, sizeof text, "%s", begin);
    else
        snprintf(text, sizeof text, "%s  loss %.4g  %.0f rows/s  %s left", begin, state->loss,
                 state->rows_per_second, text_seconds(state->seconds_left, left, sizeof left));
    bar_draw(state->share, text);
}

static void log_epoch(train_progress *p, const rimer_progress *state) {
    if (!state->refit)
        train_log_add(&p->log, p->program, state);
    if (p->quiet || *p->label)
        return;
    if (state->refit)
        print_refit(state);
    else
        print_epoch(state);
}

int progress_show(void *user, const rimer_progress *state) {
    train_progress *p = user;
    if (p->moves)
        bar_clear();
    if (state->epoch_ended)
        log_epoch(p, state);
    if (p->moves && !interrupt_asked())
        draw(p->label, state);
    return interrupt_asked() || train_log_ended(&p->log);
}

void progress_clear(const train_progress *p) {
    if (p->moves)
        bar_clear();
}

int progress_close(train_progress *p) {
    progress_clear(p);
    interrupt_release();
    return train_log_close(&p->log, p->program);
}
