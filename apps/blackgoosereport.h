/* rimer-evaluate --protocol blackgoose: what the published code's protocol measures. */
#ifndef APP_BLACKGOOSEREPORT_H
#define APP_BLACKGOOSEREPORT_H

#include "scores.h"

/* Fills what the user left open as the published code has it: its split, windows of its one patch;
 * targets as many as inputs. */
void blackgoose_complete(rimer_protocol *protocol);

/* Adds the row "copying": the inputs that are targets, and the last of them once more. */
rimer_status blackgoose_copying(score_table *table, const rimer_dataset *dataset,
                                const rimer_baseline_settings *settings,
                                const rimer_protocol *protocol);

/* What share of the targets was in the input, what copying (the first row) scores, and the others. */
void blackgoose_print(const rimer_dataset *dataset, const rimer_protocol *protocol,
                      const score_table *table, FILE *stream);

#endif
