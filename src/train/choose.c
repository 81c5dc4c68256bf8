/* What `rimer-train data.csv` chooses when it is told nothing (docs/model.md, Defaults). */
#include "rimer/train.h"

#include "base/array.h"
#include "base/config_text.h"
#include "data/seasons.h"

#include <stdlib.h>
#include <string.h>

#define SEASONS RM_PERIODS_MAX
#define DOUBLED_BELOW 10 /* a season shorter than this is forecast twice over */
#define SEASONS_READ 7   /* of the shortest season: a week of days */
#define HORIZONS_READ 3
#define LONGEST_READ 2  /* of the longest season */
#define TOKENS_WANTED 6 /* in a context, at least */
#define STEPS_WANTED 600
#define EPOCHS_LEAST 8
#define EPOCHS_MOST 60
#define HORIZON_WITHOUT 24 /* steps, when nothing repeats */
#define LEVELS_SEEN 5      /* windows that do not overlap, so that moments pay */
#define LEVELS_SURE 20     /* so that they need no twin beside them */

typedef struct facts {
    int64_t train, val;        /* lengths of the parts of a series of the usual length; `val` of
                                  the one that tells how far a forecast may go */
    int64_t shortest, longest; /* seasons; 0: none */
    rm_periods seasons;        /* rising */
} facts;

static int64_t smaller(int64_t a, int64_t b) {
    return a < b ? a : b;
}

static int64_t larger(int64_t a, int64_t b) {
    return a > b ? a : b;
}

/* Training validates; a forecaster that is only scored does without. */
enum purpose { TO_TRAIN, TO_SCORE };

static int64_t told_by(const rimer_split *split, enum purpose purpose) {
    int64_t val = split->val_end - split->train_end;
    return val == 0 && purpose == TO_SCORE ? split->test_end - split->val_end : val;
}

/* The usual length of the series that have enough to train on and to validate. */
static rimer_status measure(const rimer_config *config, const rimer_dataset *dataset,
                            enum purpose purpose, int64_t *lengths, rimer_split *out) {
    int64_t longest = 0, n = 0;
    for (int64_t i = 0; i < rimer_dataset_n_series(dataset); i++) {
        int64_t n_steps = rimer_dataset_series(dataset, i).n_steps;
        rimer_split split;
        rimer_status status = rimer_split_make(config->split, n_steps, &split);
        longest = larger(longest, n_steps);
        if (status != RIMER_OK && status != RIMER_DATA)
            return status;
        if (status == RIMER_OK && split.train_end >= 4 && told_by(&split, purpose) > 0)
            lengths[n++] = n_steps;
    }
    RM_TRY(rimer_split_make(config->split, n ? rm_usual_length(lengths, n) : longest, out));
    if (!n)
        RM_FAIL(DATA,
                "%s: %lld steps are too few: %lld would be left to train on and %lld to %s",
                rimer_dataset_name(dataset), (long long)longest, (long long)out->train_end,
                (long long)told_by(out, purpose), purpose == TO_TRAIN ? "validate" : "score");
    return RIMER_OK;
}

static void add_season(rm_periods *seasons, double season) {
    int at = seasons->n++;
    for (; at > 0 && seasons->at[at - 1] > season; at--)
        seasons->at[at] = seasons->at[at - 1];
    seasons->at[at] = season;
}

static rimer_status look(const rimer_config *config, const rimer_dataset *dataset,
                         enum purpose purpose, facts *out) {
    int64_t seasons[SEASONS], *lengths;
    int n;
    rimer_split split;
    RM_TRY(rm_array_new(&lengths, rimer_dataset_n_series(dataset), sizeof *lengths));
    rimer_status status = measure(config, dataset, purpose, lengths, &split);
    free(lengths);
    RM_TRY(status);
    *out = (facts){.train = split.train_end, .val = told_by(&split, purpose)};
    RM_TRY(rm_training_seasons(dataset, config->split, SEASONS, seasons, &n));
    for (int i = 0; i < n; i++) {
        out->shortest = out->shortest ? smaller(out->shortest, seasons[i]) : seasons[i];
        out->longest = larger(out->longest, seasons[i]);
        add_season(&out->seasons, rm_season_period(dataset, seasons[i]));
    }
    return RIMER_OK;
}

/* One season ahead, and never further than the validation part can tell. */
static int64_t choose_horizon(const facts *data) {
    int64_t horizon = data->shortest ? data->shortest : HORIZON_WITHOUT;
    if (data->shortest && data->shortest < DOUBLED_BELOW)
        horizon *= 2;
    return larger(1, smaller(horizon, smaller(data->val, data->train / 8)));
}

/* Few, wide tokens: on every series tried, patches of a sixth of the context validated better than
 * narrow ones, and cost less. `most` is an output length that was said, or 0. */
static int64_t choose_patch(int64_t context, int64_t most) {
    static const int64_t lengths[] = {96, 64, 48, 32, 24, 16, 12, 8, 6, 4, 3, 2};
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++)
        if (lengths[i] * TOKENS_WANTED <= context && (!most || lengths[i] <= most))
            return lengths[i];
    return 1;
}

/* The longest season twice, if a third of the training part covers it. */
static int64_t choose_context(const facts *data, int64_t horizon) {
    int64_t wanted = larger(HORIZONS_READ * horizon, SEASONS_READ * data->shortest);
    wanted = larger(wanted, LONGEST_READ * data->longest);
    int64_t most = larger(1, smaller(data->train / 3, data->train - horizon));
    int64_t context = smaller(wanted, most), patch = choose_patch(context, 0);
    int64_t whole = (context + patch - 1) / patch * patch;
    return whole <= most ? whole : larger(1, context / patch * patch);
}

static int64_t count_rows(const rimer_config *config, const rimer_dataset *dataset) {
    int64_t starts = 0;
    for (int64_t i = 0; i < rimer_dataset_n_series(dataset); i++) {
        rimer_split split;
        if (rimer_split_make(config->split, rimer_dataset_series(dataset, i).n_steps, &split) ==
            RIMER_OK)
            starts += larger(0, split.train_end - config->context_len - config->output_len + 1);
    }
    return larger(1, starts) * rimer_dataset_n_channels(dataset);
}

/* Enough epochs for the weights to go somewhere; the schedule ends with the last. */
static int64_t choose_epochs(const rimer_config *config, const rimer_dataset *dataset) {
    int64_t rows = count_rows(config, dataset);
    int64_t steps = (rows + config->batch - 1) / config->batch;
    int64_t epochs = (STEPS_WANTED + steps - 1) / steps;
    return smaller(EPOCHS_MOST, larger(EPOCHS_LEAST, epochs));
}

/* What the calendar suggests and the training part repeats. */
static void choose_phase(const facts *data, rimer_config *config) {
    if (data->seasons.n)
        rm_periods_text(&data->seasons, config->phase);
    else
        strcpy(config->phase, "no");
}

/* What followed upon a high level once or twice is no rule, and a few times an uncertain one
 * (docs/recipe.md). */
static int choose_moments(const facts *data, const rimer_config *config) {
    int64_t window = config->context_len + config->output_len;
    if (config->norm != RIMER_NORM_WINDOW || data->train / LEVELS_SEEN < window)
        return RIMER_NO;
    return data->train / LEVELS_SURE < window ? RIMER_MOMENTS_BOTH : RIMER_YES;
}

static void choose_window(const facts *data, rimer_config *config) {
    if (!config->horizon)
        config->horizon = config->output_len ? config->output_len : choose_horizon(data);
    if (!config->context_len)
        config->context_len = larger(choose_context(data, config->horizon), config->patch_len);
}

rimer_status rimer_protocol_choose(rimer_protocol *protocol, const rimer_dataset *dataset) {
    RM_NEED(protocol, dataset);
    facts data;
    rimer_config config;
    rimer_config_init(&config);
    memcpy(config.split, protocol->split, sizeof config.split);
    config.horizon = protocol->horizon;
    config.context_len = protocol->context_len;
    RM_TRY(look(&config, dataset, TO_SCORE, &data));
    choose_window(&data, &config);
    protocol->horizon = config.horizon;
    protocol->context_len = config.context_len;
    return RIMER_OK;
}

rimer_status rimer_config_choose(rimer_config *config, const rimer_dataset *dataset) {
    RM_NEED(config, dataset);
    facts data;
    const char *problem = rimer_config_check(config);
    if (problem)
        RM_FAIL(USAGE, "%s", problem);
    RM_TRY(look(config, dataset, TO_TRAIN, &data));
    choose_window(&data, config);
    if (!config->patch_len)
        config->patch_len = choose_patch(config->context_len, config->output_len);
    if (!config->output_len)
        config->output_len = rm_config_has_state(config)
                                 ? larger(config->horizon, config->patch_len)
                                 : config->horizon;
    if (config->moments == RIMER_MOMENTS_AUTO)
        config->moments = choose_moments(&data, config);
    if (rm_config_phase_is_open(config))
        choose_phase(&data, config);
    if (!config->epochs)
        config->epochs = choose_epochs(config, dataset);
    return RIMER_OK;
}
