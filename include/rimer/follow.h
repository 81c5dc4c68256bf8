/* Following a table that grows: rows come, forecasts go. */
#ifndef RIMER_FOLLOW_H
#define RIMER_FOLLOW_H

#include "rimer/forecast.h"
#include "rimer/stream.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Steps: a wrong time must not feed missing ones for ever. */
#define RIMER_FOLLOW_MAX_GAP 100000

typedef struct rimer_follow_settings {
    const char *data;  /* a CSV table of one series, a row a step; "-" is stdin */
    const char *state; /* file to go on from and to leave behind; NULL: none */
    const rimer_read_options *read;
    const char *style; /* "wide" or "long", with a column `cutoff` */
    int64_t horizon;   /* 0: the model's */
    int64_t every;     /* steps from one forecast to the next; 0: patch_len */
    /* Missing steps that may lie before a row; one further ahead, whose time may be wrong, is
     * refused: what follows it would be out of order. RIMER_FOLLOW_MAX_GAP unless said. */
    int64_t max_gap;
    int on_error; /* what a row does that is refused: end it all, or be left out */
    rimer_forecast_wanted wanted;
    /* Asked now and then, also while there is nothing to read: whether to stop; NULL: never. */
    int (*stop)(void *user);
    /* A sentence about a gap, or a row or columns that were left out; NULL: nobody listens. */
    void (*tell)(void *user, const char *sentence);
    void *user;
} rimer_follow_settings;

/* Zero, and all that has a default at it. */
RIMER_API void rimer_follow_settings_init(rimer_follow_settings *settings);

/* Pushes every row of a table to a stream, missing steps for those between two rows, and writes
 * to standard output a forecast after each row that brings it to, or past, a multiple of
 * `every` steps; each is handed on before the next row is read. A forecast of a channel with
 * nothing to read is an empty cell. With `resample` of the read options a step is pushed when the
 * first row of a later one comes; the rows of the last are in the state. Memory and the time for
 * a row do not grow. The state is saved at the end, whatever that was, and once a minute. Where a
 * forecast could not be written whole, the state says so, and who goes on from it begins with
 * that one, as a whole. With a state a last line without its end is left out, as it may be cut
 * off.
 * RIMER_OK: the table ended; or, where a state is there, had no row.
 * RIMER_SOME_FAILED: it did, and rows were left out. RIMER_INTERRUPTED: `stop` said so.
 * RIMER_DATA: a row was refused, what came before it counts; or the columns are not those of
 * the state, or `resample` makes other steps than it counts. RIMER_MODEL: the state is damaged or
 * of another model. RIMER_USAGE: settings out of their range, as in
 * rimer_forecast_dataset_with. RIMER_IO: also of a state that somebody else writes at this time
 * (rimer_writelock_take). RIMER_NO_MEMORY. */
RIMER_API rimer_status rimer_follow(const rimer_model *model,
                                    const rimer_follow_settings *settings);

/* What rimer_follow writes into a state beside the stream. */
typedef struct rimer_follow_note {
    /* Of the newest row, in the manner of ISO 8601; "" if rows have none. Means nothing while no
     * step was pushed. */
    char time[RIMER_TIME_SIZE];
    char frequency[32]; /* "30min"; "": not known yet */
    int owes;           /* 1: the forecast of the newest step is yet to be written */
} rimer_follow_note;

/* Reads the note of a state (rimer_stream_about). RIMER_MODEL: it is of another caller. */
RIMER_API rimer_status rimer_follow_note_read(const char *note, rimer_follow_note *out);

#ifdef __cplusplus
}
#endif
#endif
