#include "base/periods.h"

#include "base/decimal.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define PERIOD_LEAST 2.0
#define PERIOD_MOST 1e9
#define NUMBER_SIZE 32

static rimer_status add(rm_periods *periods, const char *item) {
    double period;
    if (!rm_decimal_read(item, &period) || !(period >= PERIOD_LEAST && period <= PERIOD_MOST))
        RM_FAIL(USAGE, "\"%s\" is not a period: give a number of steps from %g to %g", item,
                PERIOD_LEAST, PERIOD_MOST);
    for (int i = 0; i < periods->n; i++)
        if (fabs(periods->at[i] - period) <= 0)
            RM_FAIL(USAGE, "the period %s is there twice", item);
    if (periods->n == RM_PERIODS_MAX)
        RM_FAIL(USAGE, "more than %d periods are not possible", RM_PERIODS_MAX);
    periods->at[periods->n++] = period;
    return RIMER_OK;
}

rimer_status rm_periods_read(rm_periods *periods, const char *text) {
    rm_periods all = {0};
    while (*text) {
        char item[NUMBER_SIZE];
        size_t length = strcspn(text, ",");
        snprintf(item, sizeof item, "%.*s", (int)(length < NUMBER_SIZE ? length : NUMBER_SIZE),
                 text);
        RM_TRY(add(&all, item));
        text += length;
        if (*text == ',' && !*++text)
            RM_FAIL(USAGE, "a list must not end with a comma");
    }
    *periods = all;
    return RIMER_OK;
}

int rm_periods_are_same(const rm_periods *a, const rm_periods *b) {
    int same = a->n == b->n;
    for (int i = 0; same && i < a->n; i++)
        same = !(a->at[i] < b->at[i] || a->at[i] > b->at[i]);
    return same;
}

void rm_periods_text(const rm_periods *periods, char text[RIMER_TEXT_SIZE]) {
    size_t used = 0;
    *text = '\0';
    for (int i = 0; i < periods->n; i++) {
        char number[NUMBER_SIZE];
        rm_decimal_text(periods->at[i], number, sizeof number);
        used +=
            (size_t)snprintf(text + used, RIMER_TEXT_SIZE - used, "%s%s", i ? "," : "", number);
    }
}
