/* Streams: forecasts of series that never end, step by step, in constant memory and time.
 *
 * A model with a recurrence and `norm: causal` (or none), without positions, carries a state: a patch
 * that was pushed went through the network once and for all, and a forecast after it is that of one pass
 * over all steps since the first (docs/streaming.md). Any other model keeps the last context_len steps
 * and reads them again at each forecast. So does one that carries a state until as many steps are there,
 * rounded up to whole patches, and between patches, whose steps wait for the others: then a
 * forecast is that of rimer_session_forecast of the last context_len steps. */
#ifndef RIMER_STREAM_H
#define RIMER_STREAM_H

#include "rimer/model.h"

#ifdef __cplusplus
extern "C" {
#endif

/* One thread's at a time; several may share a model. */
typedef struct rimer_stream rimer_stream;

/* A stream of n_channels channels, in the units of the data. A channel that the model knows by
 * name has its scale; any other (all if `names` is NULL) one fitted to the steps that a
 * forecast reads, and, once a state is carried, to the first that were pushed. Borrows the
 * model, copies the names. RIMER_USAGE: n_channels below 1. RIMER_NO_MEMORY. */
RIMER_API rimer_status rimer_stream_create(const rimer_model *model, int64_t n_channels,
                                           const char *const *names, rimer_stream **out);
RIMER_API void rimer_stream_free(rimer_stream *stream);

/* Says where the first step stands, for models that are told the phase of seasons (`phase`), as
 * rimer_dataset_position counts; else it is 0. RIMER_USAGE: a step was pushed already, or
 * further than 2^53 steps from 0. */
RIMER_API rimer_status rimer_stream_place(rimer_stream *stream, int64_t first);

/* Adds values[n_steps][n_channels], NaN for missing. Before anything is added, RIMER_USAGE:
 * n_steps below 0; RIMER_DATA: an infinite value, or one that log1p cannot take.
 * RIMER_NO_MEMORY: rimer_stream_steps tells what was added. */
RIMER_API rimer_status rimer_stream_push(rimer_stream *stream, int64_t n_steps,
                                         const float *values);

/* Forecasts of the steps after the newest: points out[n_channels][horizon] with NULL levels,
 * else quantiles out[n_channels][levels->n][horizon]. A channel without an observed step among
 * the last context_len forecasts NaN. The stream stays as it is. RIMER_USAGE: a horizon below
 * 1, no step yet, a level that the model has not (rimer_model_levels), levels that do not
 * rise. RIMER_NO_MEMORY. */
RIMER_API rimer_status rimer_stream_forecast(rimer_stream *stream, int64_t horizon,
                                             const rimer_levels *levels, float *out);

/* Steps pushed so far. */
RIMER_API int64_t rimer_stream_steps(const rimer_stream *stream);

/* 1 if the newest forecast comes from a state that is carried, 0 if steps are read again. */
RIMER_API int rimer_stream_is_carried(const rimer_stream *stream);

RIMER_API int64_t rimer_stream_n_channels(const rimer_stream *stream);
/* "" without names. */
RIMER_API const char *rimer_stream_channel_name(const rimer_stream *stream, int64_t channel);

/* Writes all that the stream is, and a text of the caller's (any bytes; NULL: ""), aside and
 * renames: docs/files.md. RIMER_IO. RIMER_NO_MEMORY. */
RIMER_API rimer_status rimer_stream_save(const rimer_stream *stream, const char *note,
                                         const char *path);

/* Reads a stream that goes on with the bits of the one that was saved, and its text (caller
 * frees; may be NULL). RIMER_IO: cannot be read. RIMER_MODEL: no such file, damaged, or of
 * another model. */
RIMER_API rimer_status rimer_stream_load(const rimer_model *model, const char *path,
                                         rimer_stream **out, char **note);

/* 1: a file says that it is the state of a stream, of whatever version, whole or damaged. */
RIMER_API int rimer_stream_is_state(const char *path);

/* What the state of a stream tells by itself. */
typedef struct rimer_stream_about {
    char format[24]; /* "rimer-stream-2" */
    char model[24];  /* key of the model it belongs to (rimer_stream_model_key) */
    int64_t n_steps; /* pushed so far */
    int64_t n_channels;
    char **names; /* [n_channels] */
    char *note;   /* the caller's text */
} rimer_stream_about;

/* Reads that, without the model. Free with rimer_stream_about_free. RIMER_IO: cannot be read.
 * RIMER_MODEL: no such file, of another version, or damaged. RIMER_NO_MEMORY. */
RIMER_API rimer_status rimer_stream_about_read(const char *path, rimer_stream_about *out);
RIMER_API void rimer_stream_about_free(rimer_stream_about *about);

/* By what the state of a stream knows its model: FNV-1a of settings, weights and scales.
 * RIMER_NO_MEMORY. */
RIMER_API rimer_status rimer_stream_model_key(const rimer_model *model, char key[24]);

#ifdef __cplusplus
}
#endif
#endif
