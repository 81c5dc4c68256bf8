/* Scores: the evaluation protocol and its metrics (docs/evaluation.md). */
#ifndef RIMER_METRICS_H
#define RIMER_METRICS_H

#include "rimer/forecast.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Pairs in which truth or forecast is NaN are left out everywhere. A metric that is not defined
 * (no pair, a constant truth for r2, a zero denominator) is NaN. */
typedef struct rimer_metrics {
    int64_t count;        /* pairs that were compared */
    int64_t zero_targets; /* pairs that mape leaves out because the truth is 0 */
    double mse, mae, rmse;
    double mape;  /* per cent, over truths other than 0 */
    double smape; /* 0 to 200, as M4; 0/0 counts as 0 */
    double wape;  /* sum|e| / sum|y| */
    double mase;  /* mean of |e| / seasonal naive's mae in its channel's training part */
    double r2;
} rimer_metrics;

/* Of quantile forecasts (docs/evaluation.md). All in standardised units but for ..._original.
 * */
typedef struct rimer_quantile_metrics {
    rimer_levels levels; /* that were asked for; none: the forecaster has points only */
    double observed[RIMER_LEVELS_MAX]; /* share of truths at or below each of these quantiles */
    /* mean weighted quantile loss of 0.1, 0.2 ... 0.9, and twice their mean pinball loss; NaN unless
     * all of them are offered, so for points */
    double wql, wql_original;
    double crps, crps_original;
    rimer_levels intervals;            /* shares of central intervals: 0.8 ... */
    double coverage[RIMER_LEVELS_MAX]; /* share of truths inside, borders included */
    double width[RIMER_LEVELS_MAX], width_original[RIMER_LEVELS_MAX]; /* in the mean */
    double msis[RIMER_LEVELS_MAX]; /* scaled interval score of M4, scaled as mase is */
} rimer_quantile_metrics;

enum { RIMER_PART_VAL, RIMER_PART_TEST };
enum { RIMER_TASK_FORECAST, RIMER_TASK_BLACKGOOSE, RIMER_TASK_BLACKGOOSE_SORTED };

/* The protocol, see config.h for the form of the list. */
/* clang-format off */
#define RIMER_PROTOCOL_LIST(INT, REAL, CHOICE, TEXT)                                          \
    TEXT(split, "0.7/0.1/0.2", "", "train/validation/test: shares, ett-h, ett-m, rows:A/B/C, or last:B/C from the end; with @J/N behind it fold J of N before its test part") \
    CHOICE(part, "test", "val|test", "", "part whose steps are forecast")                     \
    CHOICE(task, "forecast", "forecast|blackgoose|blackgoose-sorted", "", "forecast: what comes after the context; blackgoose: the published code's, for comparison only: rows in random order, the context shifted by one; blackgoose-sorted: rows in order inside each random part") \
    INT(context_len, "0", 0, 1048576, "", "steps that a forecast reads; 0: what the forecaster wants") \
    INT(horizon, "0", 0, 1048576, "", "steps that a forecast produces; 0: what the model was trained for") \
    INT(step, "1", 1, 1048576, "", "distance between the starts of two windows")              \
    INT(drop_last, "0", 0, 1048576, "", "leave out the windows of the last, incomplete batch of this size, as older tables do; 0: keep all") \
    INT(season, "0", 0, 1048576, "", "season of mase and seasonal-naive in steps; 0: likeliest one of the training part") \
    TEXT(level, "auto", "", "per cent of the central intervals that are scored, such as 80,95; auto: these, where the forecaster has them") \
    REAL(adapt, "0", 0, 100, "", "how fast intervals follow their own hits and misses along a series: 1 makes up for what they missed in about a horizon; 0: not at all") \
    INT(threads, "0", 0, 1024, "", "threads; 0: as many as processors; never changes the numbers")
/* clang-format on */

typedef struct rimer_protocol {
    RIMER_FIELD_MEMBERS(RIMER_PROTOCOL_LIST)
} rimer_protocol;

RIMER_API const rimer_field *rimer_protocol_fields(void);
RIMER_API void rimer_protocol_init(rimer_protocol *protocol);

/* One score with what it was scored on. */
typedef struct rimer_evaluation {
    char forecaster[64];
    int64_t context_len, horizon, season;
    int64_t n_windows; /* starts; each is scored on every channel */
    int64_t
        n_known; /* targets of a window that its context shows: none but with task blackgoose */
    int64_t n_missing; /* targets that are missing, left out of the scores */
    int64_t
        n_unseen; /* channels, of every series, left out as nothing of them is in the training part */
    int64_t n_short; /* series without a window, left out */
    int64_t n_series, n_channels;
    rimer_metrics standardised, original;
    rimer_quantile_metrics quantiles;
    double *step_mse, *step_mae; /* [horizon], standardised */
    double *loc, *scale;         /* [n_series][n_channels], what standardised */
} rimer_evaluation;

/* Scores `forecaster` on one part of `dataset`: every window of `protocol`, chronological, the
 * scaler fitted on the training part of this dataset, sums in double and in a fixed order.
 * With a task of BlackGoose the last channel's steps are dealt at random first, and a window's
 * targets are its own context moved on by one step, all but the last of them copied from it;
 * horizon must be 0 or context_len, and the dataset one series (else RIMER_USAGE).
 * `done` (may be NULL) is told the share done and stops the run by returning nonzero.
 * RIMER_USAGE, too: a member of `protocol` out of its range. RIMER_DATA: the part holds no
 * window. RIMER_INTERRUPTED. Free with rimer_evaluation_free. */
RIMER_API rimer_status rimer_evaluate(const rimer_forecaster *forecaster,
                                      const rimer_dataset *dataset,
                                      const rimer_protocol *protocol,
                                      int (*done)(void *user, double share), void *user,
                                      rimer_evaluation *out);
RIMER_API void rimer_evaluation_free(rimer_evaluation *evaluation);

#ifdef __cplusplus
}
#endif
#endif
