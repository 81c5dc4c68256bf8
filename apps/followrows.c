#include "followrows.h"

#include "interrupt.h"

#include <stdio.h>

static int asked(void *user) {
    (void)user;
    return interrupt_asked();
}

static void say(void *user, const char *sentence) {
    fail(user, 0, "%s", sentence);
}

/* fail() prints, and changes nothing of the program that it names. */
static void *borrow(const app_program *program) {
    union {
        const app_program *program;
        void *user;
    } borrowed = {.program = program};
    return borrowed.user;
}

int follow_rows(const app_program *program, const rimer_model *model,
                rimer_follow_settings *settings) {
    settings->stop = asked;
    settings->tell = say;
    settings->user = borrow(program);
    interrupt_catch();
    rimer_status status = rimer_follow(model, settings);
    interrupt_release();
    if (interrupt_asked())
        interrupt_by_pipe();
    if (status == RIMER_OK)
        return 0;
    if (status == RIMER_SOME_FAILED)
        return fail(program, rimer_status_exit_code(status),
                    "the rows named above were left out");
    if (status == RIMER_INTERRUPTED && settings->state)
        return fail(program, rimer_status_exit_code(status),
                    "stopped; %s goes on from here with --state", settings->state);
    return fail_status(program, status);
}
