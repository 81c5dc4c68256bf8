#include "data/hdf5_pipe.h"

#include "base/array.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define ROWS_MOST (INT64_C(1) << 24) /* bytes of a block: more are no rows */

enum { BEGIN = 'b', SERIES = 's', ROWS = 'r', FACTS = 'f' };

/* ----------------------------------------------------------------------------- telling */

static void tell(FILE *to, const void *bytes, size_t size) {
    (void)fwrite(bytes, 1, size, to);
}

static void tell_number(FILE *to, int what, int64_t number) {
    (void)putc(what, to);
    tell(to, &number, sizeof number);
}

static void tell_text(FILE *to, const char *text) {
    int64_t size = (int64_t)strlen(text);
    tell(to, &size, sizeof size);
    tell(to, text, (size_t)size);
}

static void tell_texts(FILE *to, const rm_hdf5_texts *texts) {
    tell(to, &texts->n, sizeof texts->n);
    for (int64_t i = 0; i < texts->n; i++)
        tell_text(to, texts->texts[i]);
}

static rimer_status tell_begin(void *arg, int64_t n_channels) {
    rm_hdf5_teller *teller = arg;
    teller->n_channels = n_channels;
    tell_number(teller->to, BEGIN, n_channels);
    return RIMER_OK;
}

static rimer_status tell_series(void *arg, const char *id) {
    rm_hdf5_teller *teller = arg;
    (void)putc(SERIES, teller->to);
    tell_text(teller->to, id);
    return RIMER_OK;
}

static rimer_status tell_rows(void *arg, int64_t n, const int64_t *times, const float *values) {
    rm_hdf5_teller *teller = arg;
    tell_number(teller->to, ROWS, n);
    tell(teller->to, times, (size_t)n * sizeof *times);
    tell(teller->to, values, (size_t)(n * teller->n_channels) * sizeof *values);
    return RIMER_OK;
}

rm_hdf5_taker rm_hdf5_pipe_taker(rm_hdf5_teller *teller) {
    return (rm_hdf5_taker){tell_begin, tell_series, tell_rows, teller};
}

void rm_hdf5_pipe_tell(FILE *to, const rm_hdf5_found *found) {
    (void)putc(FACTS, to);
    tell(to, &found->facts, sizeof found->facts);
    tell_texts(to, &found->channels);
    tell_texts(to, &found->time_columns);
}

/* ----------------------------------------------------------------------------- hearing */

bool rm_hdf5_pipe_read(FILE *from, void *bytes, size_t size) {
    size_t got = 0;
    while (got < size) {
        got += fread((char *)bytes + got, 1, size - got, from);
        if (got < size && (!ferror(from) || errno != EINTR))
            return false;
        clearerr(from);
    }
    return true;
}

typedef struct hearing {
    FILE *from;
    rm_hdf5_found *found;
    rm_hdf5_taker taker;
    int64_t *times; /* [ROWS_MOST bytes] */
    float *values;
    char *text; /* [RM_HDF5_TEXT_MAX + 1] */
    bool ended; /* nothing more is understood */
} hearing;

/* Whether there is a number, and a sensible one. */
static bool hear_number(hearing *h, int64_t most, int64_t *number) {
    h->ended =
        !rm_hdf5_pipe_read(h->from, number, sizeof *number) || *number < 0 || *number > most;
    return !h->ended;
}

static bool hear_text(hearing *h) {
    int64_t size;
    if (!hear_number(h, RM_HDF5_TEXT_MAX, &size))
        return false;
    h->ended = !rm_hdf5_pipe_read(h->from, h->text, (size_t)size);
    h->text[size] = 0;
    return !h->ended;
}

static rimer_status hear_begin(hearing *h) {
    int64_t n;
    return hear_number(h, RM_HDF5_NAMES_MAX, &n) ? h->taker.begin(h->taker.arg, n) : RIMER_OK;
}

static rimer_status hear_series(hearing *h) {
    return hear_text(h) ? h->taker.series(h->taker.arg, h->text) : RIMER_OK;
}

static rimer_status hear_rows(hearing *h) {
    int64_t n, n_channels = h->found->rows.n_channels;
    int64_t row_bytes = (int64_t)sizeof(int64_t) + n_channels * (int64_t)sizeof(float);
    h->ended = n_channels < 1;
    if (h->ended || !hear_number(h, ROWS_MOST / row_bytes, &n))
        return RIMER_OK;
    h->ended =
        !rm_hdf5_pipe_read(h->from, h->times, (size_t)n * sizeof *h->times) ||
        !rm_hdf5_pipe_read(h->from, h->values, (size_t)(n * n_channels) * sizeof *h->values);
    return h->ended ? RIMER_OK : h->taker.rows(h->taker.arg, n, h->times, h->values);
}

static rimer_status hear_texts(hearing *h, rm_hdf5_texts *texts) {
    int64_t n;
    if (h->ended || !hear_number(h, RM_HDF5_NAMES_MAX, &n))
        return RIMER_OK;
    RM_TRY(rm_array_new(&texts->texts, n, sizeof *texts->texts));
    for (; texts->n < n && hear_text(h); texts->n++)
        RM_TRY(rm_string_copy(&texts->texts[texts->n], h->text));
    return RIMER_OK;
}

static rimer_status hear_facts(hearing *h) {
    rm_hdf5_found *found = h->found;
    h->ended =
        found->channels.n || !rm_hdf5_pipe_read(h->from, &found->facts, sizeof found->facts);
    RM_TRY(hear_texts(h, &found->channels));
    return hear_texts(h, &found->time_columns);
}

static rimer_status hear_all(hearing *h) {
    rimer_status status = RIMER_OK;
    RM_TRY(rm_array_new(&h->times, ROWS_MOST, 1));
    RM_TRY(rm_array_new(&h->values, ROWS_MOST, 1));
    RM_TRY(rm_array_new(&h->text, RM_HDF5_TEXT_MAX + 1, 1));
    for (unsigned char what; status == RIMER_OK && !h->ended;) {
        h->ended = !rm_hdf5_pipe_read(h->from, &what, 1);
        if (h->ended)
            break;
        status = what == BEGIN    ? hear_begin(h)
                 : what == SERIES ? hear_series(h)
                 : what == ROWS   ? hear_rows(h)
                 : what == FACTS  ? hear_facts(h)
                                  : (h->ended = true, RIMER_OK);
    }
    return status;
}

rimer_status rm_hdf5_pipe_hear(FILE *from, rm_hdf5_found *found) {
    hearing h = {.from = from, .found = found, .taker = rm_hdf5_found_taker(found)};
    rimer_status status = hear_all(&h);
    free(h.times);
    free(h.values);
    free(h.text);
    return status;
}
