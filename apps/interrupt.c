#include "interrupt.h"

#include <signal.h>
#include <string.h>
#include <unistd.h>

static volatile sig_atomic_t asked_to_stop, is_closed_pipe;

static const int signals[] = {SIGINT, SIGTERM, SIGHUP, SIGPIPE};
enum { N_SIGNALS = sizeof signals / sizeof *signals };
static struct sigaction before[N_SIGNALS];

static void on_signal(int number) {
    if (asked_to_stop && number != SIGPIPE) /* one comes with every line that nobody reads */
        _exit(130);
    asked_to_stop = 1;
    is_closed_pipe = number == SIGPIPE;
}

void interrupt_catch(void) {
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = on_signal;
    action.sa_flags = SA_RESTART;
    for (int i = 0; i < N_SIGNALS; i++)
        if (sigaction(signals[i], NULL, &before[i]) == 0 && before[i].sa_handler != SIG_IGN)
            sigaction(signals[i], &action, NULL);
}

void interrupt_release(void) {
    for (int i = 0; i < N_SIGNALS; i++)
        sigaction(signals[i], &before[i], NULL);
}

int interrupt_asked(void) {
    return asked_to_stop;
}

void interrupt_by_pipe(void) {
    if (is_closed_pipe)
        raise(SIGPIPE);
}
