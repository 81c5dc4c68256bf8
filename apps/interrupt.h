/* Signals that ask a program to come to an end. */
#ifndef APP_INTERRUPT_H
#define APP_INTERRUPT_H

/* Catches SIGINT, SIGTERM and SIGHUP: the first is remembered, the second leaves at once with
 * 130. A reader of the output who goes away (SIGPIPE) is remembered, too. Signals that the
 * caller ignores stay ignored. */
void interrupt_catch(void);

/* Lets signals be, as they were. */
void interrupt_release(void);

int interrupt_asked(void);

/* After interrupt_release: ends the program as a closed pipe would have, if it was one that
 * asked. */
void interrupt_by_pipe(void);

#endif
