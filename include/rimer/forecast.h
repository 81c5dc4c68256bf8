/* Forecasts: one small interface that the model and every baseline implement, and the forecast
 * of a whole dataset with its files. */
#ifndef RIMER_FORECAST_H
#define RIMER_FORECAST_H

#include "rimer/model.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A batch of contexts, standardised, NaN for missing. Row i reads values[i * context_len .. (i
 * + 1) * context_len). Who knows where the rows come from says so in `channels` and `original`,
 * both or neither: a model with a scale of its own needs them. */
typedef struct rimer_contexts {
    int64_t n_rows;
    int64_t context_len;
    const float *values;
    /* [n_rows] what standardised each row, and its name; NULL: not known. Models with `own_channels`
     * look for their channel of that name. */
    const rimer_channel *channels;
    const float *original; /* [n_rows][context_len], before that; NULL: not known */
    /* [n_rows] position of the step behind each row (rimer_dataset_position); NULL: not known,
     * 0. Only models with `phase` look at it. */
    const int64_t *next;
    /* [n_rows] how many steps of each row there are, its last ones; those before, NaN, never were.
     * NULL: all. A model reads a row as if it came with these steps alone. */
    const int64_t *n_steps;
} rimer_contexts;

/* Anything that forecasts. Read-only and shareable; each thread opens its own session. `run`
 * writes out[n_rows][horizon], standardised like the contexts; `quantiles` writes
 * out[n_rows][levels->n][horizon] in the same way, rising with the levels, which lie between
 * the first and the last of `levels`; that of 0.5 is what `run` writes. */
typedef struct rimer_forecaster {
    const char *name;    /* "Rimer", "linear", "seasonal-naive", "repeat" */
    int64_t context_len; /* steps that it wants; shorter contexts are legal */
    int64_t horizon;     /* steps that it was made for; run does any number */
    void *self;
    rimer_status (*open)(const void *self, int64_t max_rows, void **session);
    rimer_status (*run)(void *session, const rimer_contexts *contexts, int64_t horizon,
                        float *out);
    void (*close)(void *session);
    void (*destroy)(void *self);
    rimer_levels levels; /* of the quantiles that it is made for; none: points only */
    rimer_status (*quantiles)(void *session, const rimer_contexts *contexts, int64_t horizon,
                              const rimer_levels *levels, float *out); /* NULL: points only */
    const char *frequency; /* that data must have, in whose steps it counts; NULL: any */
} rimer_forecaster;

/* Calls `destroy`, which may be NULL, and free() for the struct: who makes a forecaster takes its
 * memory from malloc(), if it is to be freed here or with an ensemble. */
RIMER_API void rimer_forecaster_free(rimer_forecaster *forecaster);

/* The model as a forecaster; borrows the model, which must outlive it. It reads contexts as they are
 * where its forecasts do not depend on their scale; else it maps `original` of channels that it
 * knows by name with its own scaler, and the forecast back. With another scaler than "standard" or
 * with log1p it does so for all, by a scale fitted to the context if it does not know the name;
 * then `run` is RIMER_USAGE without `channels` and `original`, and RIMER_DATA for a value that
 * log1p cannot take. */
RIMER_API rimer_status rimer_model_forecaster(const rimer_model *model, rimer_forecaster **out);

/* Several as one, "ensemble of 3": the mean of their forecasts, each with the same weight.
 * Members may differ in all they are: the ensemble wants the longest of their contexts, each
 * reads of it what it reads, and its horizon is the shortest of theirs, though it runs to any.
 * Where a member has no forecast (NaN), the ensemble has none. Takes the members on success, to
 * be freed with it, but not the array; what members borrow must outlive it. RIMER_USAGE: n
 * below 1, a member that is there twice, members that need data of different frequencies. */
RIMER_API rimer_status rimer_ensemble_forecaster(rimer_forecaster *const *members, int64_t n,
                                                 rimer_forecaster **out);

/* What a baseline is fitted with. */
typedef struct rimer_baseline_settings {
    int64_t context_len;
    int64_t horizon;
    int64_t season;    /* seasonal-naive; 0: likeliest season of the training part */
    double ridge;      /* linear; relative to trace/(context_len + 1) */
    const char *split; /* training part */
    int64_t threads;   /* 0: as many as processors */
    int intervals; /* 1: with quantiles, of a normal distribution about its points that has the
                          deviation of the training part's errors at each step; points only if that
                          part has no window */
} rimer_baseline_settings;
RIMER_API void rimer_baseline_settings_init(rimer_baseline_settings *settings);

/* Names of the baselines, ended by NULL: repeat, seasonal-naive, linear. */
RIMER_API const char *const *rimer_baseline_names(void);

/* `repeat`: the last observed value. `seasonal-naive`: the value one season ago.
 * `linear`: shared ridge, docs/evaluation.md; fitted on the training part of `dataset` in
 * standardised units for `horizon` steps; a longer horizon is rolled out.
 * RIMER_USAGE: no such baseline, a setting out of its range. RIMER_DATA: too few windows to fit.
 * RIMER_FAILED: without a ridge these windows do not tell one map from another. RIMER_NO_MEMORY. */
RIMER_API rimer_status rimer_baseline_create(const char *name, const rimer_dataset *dataset,
                                             const rimer_baseline_settings *settings,
                                             rimer_forecaster **out);

/* Arena and state for forecasting with a model; one thread's at a time. */
typedef struct rimer_session rimer_session;

/* Room for batches of max_rows contexts. Borrows the model. RIMER_USAGE: max_rows below 1.
 * RIMER_NO_MEMORY. RIMER_FAILED: the model's device cannot be used. */
RIMER_API rimer_status rimer_session_create(const rimer_model *model, int64_t max_rows,
                                            rimer_session **out);
RIMER_API void rimer_session_free(rimer_session *session);

/* Where a context stands. */
typedef struct rimer_place {
    /* Position of the first step to be forecast, counted as rimer_dataset_position does: in the
     * seasons whose phase the model is told (`phase`); nothing to other models. */
    int64_t next;
    /* The model's channel that it is of (rimer_model_channel_of): in models whose channels have
     * maps of their own (`own_channels`); nothing to other models. */
    int64_t channel;
} rimer_place;

#define RIMER_CHANNEL_NONE (-1) /* of none that the model knows */

/* Says where the contexts of the forecasts to come stand, places[n_rows], copied; until it is said,
 * or with NULL, they are at 0 and of no channel. Later forecasts may have fewer rows than were
 * placed, not more. RIMER_USAGE: n_rows below 1, further than 2^53 steps from 0, a channel that
 * there is not. RIMER_NO_MEMORY. */
RIMER_API rimer_status rimer_session_place(rimer_session *session, int64_t n_rows,
                                           const rimer_place *places);

/* out[n_rows][horizon] for contexts[n_rows][context_len], both in the units given; any
 * context_len >= 1 (the last config.context_len steps are read; missing ones are NaN), any
 * horizon >= 1 (rolled out beyond output_len; the prefix of a longer horizon is the shorter
 * one). A row without one observed step forecasts NaN, and so does one with an infinite value that
 * is read. RIMER_USAGE: sizes below 1 or n_rows above max_rows, or above those of
 * rimer_session_place. RIMER_NO_MEMORY: for this horizon. RIMER_FAILED: the device. The rows
 * beside a row change its rounding at most. */
RIMER_API rimer_status rimer_session_forecast(rimer_session *session, int64_t n_rows,
                                              int64_t context_len, const float *contexts,
                                              int64_t horizon, float *out);

/* Quantiles out[n_rows][levels->n][horizon] in the same way: rising with their levels, never
 * crossing. Beyond output_len a rollout goes on with the whole distribution (docs/model.md,
 * E10). RIMER_USAGE: a level outside those of rimer_model_levels, or levels that do not rise. */
RIMER_API rimer_status rimer_session_quantiles(rimer_session *session, int64_t n_rows,
                                               int64_t context_len, const float *contexts,
                                               int64_t horizon, const rimer_levels *levels,
                                               float *out);

/* Forecasts of every channel of every series of a dataset, in original units. */
typedef struct rimer_forecast rimer_forecast;

/* Continues every series by `horizon` steps (0: the model's). Channels are scaled with the
 * model's scaler where names match, else by the model's kind of scaler with their own observed
 * values: those of the context, or all of them where the scale shows in what the model says
 * (`moments`, `norm: none`, a `constant` bias). A channel without one observed value in the context, or with one that
 * log1p cannot take, is RIMER_DATA, as are data of another frequency for a model with `phase`;
 * a forecast that is not finite RIMER_FAILED; a horizon for which there is no memory
 * RIMER_NO_MEMORY. Borrows the dataset. */
RIMER_API rimer_status rimer_forecast_dataset(const rimer_model *model,
                                              const rimer_dataset *dataset, int64_t horizon,
                                              int64_t threads, rimer_forecast **out);

/* What a series does that cannot be forecast: end it all, be left out (NaN), or, if it has any
 * value, repeat the last. */
enum { RIMER_ON_ERROR_FAIL, RIMER_ON_ERROR_SKIP, RIMER_ON_ERROR_NAIVE };

/* What stands beside the points of a forecast. All zero: nothing. With `adapt` above 0 the last
 * 16 horizons of each channel are forecast, too, as if each had been asked for in its time, and
 * the quantiles follow their hits and misses there (docs/evaluation.md, Adaptive intervals). */
typedef struct rimer_forecast_wanted {
    rimer_levels intervals; /* shares of central intervals, such as 0.8 */
    rimer_levels quantiles;
    double adapt; /* how fast: 1 makes up for misses within about a horizon; 0: not at all */
    int on_error;
} rimer_forecast_wanted;

/* The same with quantiles. RIMER_USAGE, too: the model has them not (rimer_model_levels), or
 * they do not rise; `adapt` not from 0 to 100; `on_error` none of those above. With `on_error`
 * a channel that would end it is left out or repeated (its quantiles are NaN) and
 * rimer_forecast_problem knows it; RIMER_DATA only if that leaves none. */
RIMER_API rimer_status rimer_forecast_dataset_with(const rimer_model *model,
                                                   const rimer_dataset *dataset,
                                                   int64_t horizon, int64_t threads,
                                                   const rimer_forecast_wanted *wanted,
                                                   rimer_forecast **out);
RIMER_API void rimer_forecast_free(rimer_forecast *forecast);

/* The mean of n forecasts of one dataset and horizon, each with the same weight; a forecast of
 * its own, which borrows the dataset. RIMER_USAGE: n below 1, another dataset or horizon. */
RIMER_API rimer_status rimer_forecast_mean(const rimer_forecast *const *members, int64_t n,
                                           rimer_forecast **out);

RIMER_API int64_t rimer_forecast_horizon(const rimer_forecast *forecast);

/* Why a channel was not forecast; NULL: it was. Borrowed. */
RIMER_API const char *rimer_forecast_problem(const rimer_forecast *forecast, int64_t series,
                                             int64_t channel);

/* Channels, of all series, that were not. */
RIMER_API int64_t rimer_forecast_n_problems(const rimer_forecast *forecast);

/* [horizon] values of one channel of one series; borrowed. */
RIMER_API const float *rimer_forecast_values(const rimer_forecast *forecast, int64_t series,
                                             int64_t channel);

/* [horizon] values of one of the quantiles that were wanted, or of a border of an interval, by
 * its level; borrowed. NULL: it was not wanted. */
RIMER_API const float *rimer_forecast_quantile(const rimer_forecast *forecast, int64_t series,
                                               int64_t channel, double level);

/* Writes the forecast as CSV, gzipped if the name ends in .gz. `style` is "wide" (the input's own
 * header) or "long" (unique_id, ds, Rimer); `path` "-" is stdout. Behind the points of a channel, "OT" or "Rimer", stand the
 * borders of its intervals, "OT-lo-80" and "OT-hi-80", and its quantiles, "OT-q-0.1". Written
 * aside and renamed. RIMER_USAGE: style, or two columns of a wide table that would be called
 * the same. RIMER_IO. */
RIMER_API rimer_status rimer_forecast_write(const rimer_forecast *forecast, const char *style,
                                            const char *path);

#ifdef __cplusplus
}
#endif
#endif
