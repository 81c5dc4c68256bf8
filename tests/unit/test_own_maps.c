/* Maps that channels have of their own for what the network leaves over. */
#include "harness.h"
#include "randommodel.h"
#include "smallrun.h"

#include "data/dataset_inside.h"

static void must(rimer_status status) {
    ck_assert_msg(status == RIMER_OK, "%s", rimer_last_error());
}

static void assert_said(const char *text) {
    ck_assert_msg(strstr(rimer_last_error(), text) != NULL, "%s", rimer_last_error());
}

/* ---------------------------------------------------------------------------- as written */

enum { CONTEXT = 40, OUTPUT = 8, ROWS = 3 };

static void fill_rows(float *x, int64_t n) {
    for (int64_t i = 0; i < ROWS * n; i++)
        x[i] = i / n == 1 && i % 5 == 2 ? NAN : (float)(20 + 4 * sin((double)i * 0.7));
    x[3 * n - 1] = NAN; /* the last value of a row is the last that is there */
}

/* What the map of `channel` makes of a context. */
static void apply_map(const rimer_model *model, int64_t channel, const float *x, int64_t n,
                      double *y) {
    const rm_shape *s = &model->network.shape;
    int64_t L = s->context_len, R = s->own_rank, last = n - 1;
    const rm_real *read = model->values + model->network.head.own_read + channel * L * R;
    const rm_real *write = model->values + model->network.head.own_write + channel * R * OUTPUT;
    while (isnan(x[last]))
        last--;
    for (int h = 0; h < OUTPUT; h++)
        y[h] = 0;
    for (int64_t r = 0; r < R; r++) {
        double sum = 0;
        for (int64_t i = 0; i < n; i++)
            sum += isnan(x[i])
                       ? 0
                       : ((double)x[i] - (double)x[last]) * (double)read[(L - n + i) * R + r];
        for (int h = 0; h < OUTPUT; h++)
            y[h] += sum * (double)write[r * OUTPUT + h];
    }
}

static void forecast(const rimer_model *model, const rimer_place *places, int64_t n,
                     const float *x, float *y) {
    rimer_levels levels = rimer_model_levels(model);
    rimer_session *session;
    must(rimer_session_create(model, ROWS, &session));
    must(rimer_session_place(session, ROWS, places));
    must(rimer_session_quantiles(session, ROWS, n, x, OUTPUT, &levels, y));
    rimer_session_free(session);
}

/* A channel's map is added to the forecast, in the units of the context, and to every quantile. */
START_TEST(added_as_written) {
    static const char *const settings[] = {
        "origin=linear own_channels=3",
        "origin=last own_channels=3 norm=none",
        "origin=none own_channels=3 quantiles=0.1,0.9",
        "origin=last own_channels=3 norm=causal quantiles=0.2,0.7",
    };
    static const int64_t lengths[] = {CONTEXT, 17, CONTEXT + 9};
    static const rimer_place known[ROWS] = {{0, 2}, {0, 0}, {0, 1}};
    for (int v = 0; v < 4; v++)
        for (int i = 0; i < 3; i++) {
            rimer_model *model = random_model(settings[v]);
            int64_t n = lengths[i], read = n < CONTEXT ? n : CONTEXT;
            int Q = rimer_model_levels(model).n;
            float x[ROWS * (CONTEXT + 9)], with[ROWS * 3 * OUTPUT], without[ROWS * 3 * OUTPUT];
            fill_rows(x, n);
            forecast(model, known, n, x, with);
            forecast(model, NULL, n, x, without);
            for (int row = 0; row < ROWS; row++) {
                double want[OUTPUT];
                apply_map(model, known[row].channel, x + (row + 1) * n - read, read, want);
                for (int k = 0; k < Q * OUTPUT; k++) {
                    int at = row * Q * OUTPUT + k;
                    ck_assert_double_eq_tol((double)with[at] - (double)without[at],
                                            want[k % OUTPUT],
                                            1e-4 * (1 + fabs(want[k % OUTPUT])));
                }
            }
            rimer_model_free(model);
        }
}
END_TEST

/* Names say which channel a column is, wherever it stands; a stranger has none. */
START_TEST(found_by_name) {
    static const char *const there[] = {"c1", "other", "c0"};
    rimer_model *model = random_model("origin=last own_channels=2 norm=none");
    float values[3 * CONTEXT], x[ROWS * CONTEXT], want[ROWS * OUTPUT];
    static const rimer_place places[ROWS] = {{0, 1}, {0, RIMER_CHANNEL_NONE}, {0, 0}};
    rimer_dataset *dataset;
    rimer_forecast *whole;
    rimer_stream *stream;
    fill_rows(x, CONTEXT);
    for (int i = 0; i < 3 * CONTEXT; i++)
        values[i] = x[i];
    must(rimer_dataset_from_values(values, CONTEXT, 3, there, &dataset));
    must(rimer_forecast_dataset(model, dataset, OUTPUT, 1, &whole));
    forecast(model, places, CONTEXT, x, want);
    for (int i = 0; i < OUTPUT; i++)
        for (int c = 0; c < 3; c += 2) /* the stranger has a scale of its own besides */
            ck_assert_double_eq_tol((double)rimer_forecast_values(whole, 0, c)[i],
                                    (double)want[c * OUTPUT + i], 1e-4);
    must(rimer_stream_create(model, 3, there, &stream));
    float steps[CONTEXT][3], out[3 * OUTPUT];
    for (int t = 0; t < CONTEXT; t++)
        for (int c = 0; c < 3; c++)
            steps[t][c] = x[c * CONTEXT + t];
    must(rimer_stream_push(stream, CONTEXT, steps[0]));
    must(rimer_stream_forecast(stream, OUTPUT, NULL, out));
    for (int i = 0; i < 3 * OUTPUT; i++)
        ck_assert_double_eq_tol((double)out[i],
                                (double)rimer_forecast_values(whole, 0, i / OUTPUT)[i % OUTPUT],
                                1e-4);
    rimer_stream_free(stream);
    rimer_forecast_free(whole);
    rimer_dataset_free(dataset);
    rimer_model_free(model);
}
END_TEST

START_TEST(no_such_channel) {
    rimer_model *model = random_model("own_channels=2");
    rimer_session *session;
    must(rimer_session_create(model, 2, &session));
    for (int64_t channel = -2; channel <= 2; channel += 4) {
        ck_assert_int_eq(rimer_session_place(session, 1, &(rimer_place){0, channel}),
                         RIMER_USAGE);
        assert_said("in a model of 2");
    }
    ck_assert_int_eq(rimer_model_channel_of(model, "c1"), 1);
    ck_assert_int_eq(rimer_model_channel_of(model, "c2"), RIMER_CHANNEL_NONE);
    ck_assert_int_eq(rimer_model_channel_of(model, NULL), RIMER_CHANNEL_NONE);
    rimer_session_free(session);
    rimer_model_free(model);
}
END_TEST

/* A stranger's file must not send rows behind the maps that it holds. */
START_TEST(as_many_names_as_maps) {
    rimer_model *model = random_model("own_channels=2"), *loaded;
    char path[512];
    snprintf(path, sizeof path, "%s/own.safetensors", rm_test_folder());
    must(rimer_model_save(model, path));
    must(rimer_model_load(path, &loaded));
    ck_assert(same_values(model, loaded));
    rimer_model_free(loaded);
    model->scaler.n_channels = 1;
    must(rimer_model_save(model, path));
    model->scaler.n_channels = 2;
    ck_assert_int_eq(rimer_model_load(path, &loaded), RIMER_MODEL);
    assert_said("maps of 2 channels' own, but names 1 channel");
    rimer_model_free(model);
}
END_TEST

/* ------------------------------------------------------------------------------- fitted */

enum { CHANNELS = 3, FORWARD = 600 };

static void fill_walk(float *values, int64_t n, double share, uint64_t stream) {
    rm_rng rng = rm_rng_make(5, stream);
    double at = 0;
    for (int64_t t = 0; t < n; t++) {
        at = share * at + 0.4 * rm_rng_normal(&rng);
        values[t] = (float)at;
    }
}

/* Each channel goes on as a share of its last value of its own: forth, back, or nowhere in particular;
 * the network does not learn to see which is which. */
static rimer_dataset *walkers(int64_t n) {
    static const double share[CHANNELS] = {0.9, -0.9, 0};
    static float values[CHANNELS * FORWARD];
    rimer_dataset *dataset;
    ck_assert_int_le(n, FORWARD);
    for (int c = 0; c < CHANNELS; c++)
        fill_walk(values + c * n, n, share[c], (uint64_t)c);
    must(rimer_dataset_from_values(values, n, CHANNELS, NULL, &dataset));
    return dataset;
}

static rimer_config walking(void) {
    rimer_config config = small_config();
    config.context_len = 8;
    config.patch_len = config.horizon = config.output_len = 1;
    config.lr = 0;
    return config;
}

START_TEST(tells_channels_apart) {
    rimer_dataset *dataset = walkers(FORWARD);
    rimer_config config = walking();
    rimer_train_report report, shared;
    rimer_model *model = train(dataset, &config, NULL, &report);
    ck_assert_int_eq(rimer_model_config(model)->own_channels, CHANNELS);
    ck_assert_double_lt(report.own_score, 0.85 * report.shared_score);
    ck_assert_double_eq(report.val_mse, report.own_score);
    config.own_channels = 0;
    rimer_model *plain = train(dataset, &config, NULL, &shared);
    ck_assert_int_eq(rimer_model_config(plain)->own_channels, 0);
    ck_assert_double_eq(shared.val_mse, report.shared_score);
    ck_assert(isnan(shared.own_score));
    config.own_channels =
        -1; /* threads do not change the bits, and what begins with it has none */
    config.threads = 3;
    rimer_model *again = train(dataset, &config, NULL, NULL);
    ck_assert(same_values(model, again));
    rimer_train_hooks hooks = {.init = again};
    rimer_model *further = train(dataset, &config, &hooks, &report);
    ck_assert_int_eq(rimer_model_config(further)->own_channels, CHANNELS);
    rimer_model_free(further);
    rimer_model_free(again);
    rimer_model_free(plain);
    rimer_model_free(model);
    rimer_dataset_free(dataset);
}
END_TEST

/* Channels of one kind want no maps of their own; asked for, they get them. */
START_TEST(only_where_better) {
    static float values[2 * FORWARD];
    rimer_dataset *dataset;
    rimer_train_report report;
    rimer_config config = walking();
    for (int c = 0; c < 2; c++)
        fill_walk(values + c * FORWARD, FORWARD, 0.7, 8 + (uint64_t)c);
    must(rimer_dataset_from_values(values, FORWARD, 2, NULL, &dataset));
    rimer_model_free(train(dataset, &config, NULL, &report));
    ck_assert_double_ge(report.own_score, report.shared_score);
    ck_assert_double_eq(report.val_mse, report.shared_score);
    config.own_channels = 2;
    rimer_model *model = train(dataset, &config, NULL, &report);
    ck_assert_int_eq(rimer_model_config(model)->own_channels, 2);
    ck_assert_double_eq(report.val_mse, report.own_score);
    rimer_model_free(model);
    config.own_channels = 3;
    ck_assert_int_eq(rimer_train(dataset, &config, NULL, &model, NULL), RIMER_USAGE);
    assert_said("own_channels=3: all channels have maps of their own, 2, or none");
    rimer_dataset_free(dataset);
}
END_TEST

/* A channel that is missing, and one that never moves, have nothing to fit; quantiles are judged
 * by the CRPS, and calibrated behind it. */
START_TEST(odd_channels) {
    rimer_dataset *dataset = walkers(FORWARD);
    float *values = (float *)dataset->series[0].values;
    rimer_config config = walking();
    rimer_train_report report;
    for (int64_t t = 0; t < FORWARD; t++)
        values[2 * FORWARD + t] = 7;
    for (int64_t t = 0; t < FORWARD * 8 / 10; t++)
        values[t] = NAN;
    config.own_channels = CHANNELS;
    strcpy(config.quantiles, "0.1,0.5,0.9");
    config.conformal = RIMER_YES;
    rimer_model *model = train(dataset, &config, NULL, &report);
    const rm_shape *s = &model->network.shape;
    int64_t n = s->context_len * s->own_rank;
    for (int64_t i = 0; i < CHANNELS * n; i++) {
        double value = (double)model->values[model->network.head.own_read + i];
        ck_assert(i / n == 1 ? isfinite(value) : value == 0);
    }
    ck_assert_double_eq(report.val_crps, report.own_score);
    ck_assert_int_eq(model->plain, 0);
    rimer_model_free(model);
    rimer_dataset_free(dataset);
}
END_TEST

static int stop_now(void *user, const rimer_progress *progress) {
    return progress->epoch >= *(int *)user && progress->epoch_ended;
}

/* Stopped behind the last epoch, it goes on to the same bits. */
START_TEST(resumes) {
    char path[512];
    rimer_dataset *dataset = walkers(FORWARD);
    rimer_config config = walking();
    int last = (int)config.epochs;
    rimer_model *straight = train(dataset, &config, NULL, NULL), *model;
    snprintf(path, sizeof path, "%s/resumed.safetensors", rm_test_folder());
    rimer_train_hooks hooks = {.progress = stop_now, .user = &last, .model_path = path};
    ck_assert_int_eq(rimer_train(dataset, &config, &hooks, &model, NULL), RIMER_INTERRUPTED);
    rimer_model_free(model);
    hooks = (rimer_train_hooks){.model_path = path, .resume = 1};
    must(rimer_train(dataset, &config, &hooks, &model, NULL));
    ck_assert(same_values(straight, model));
    rimer_model_free(model);
    rimer_train_report report;
    must(rimer_train(dataset, &config, &hooks, &model, &report));
    ck_assert_int_eq(report.was_done, 1);
    ck_assert(same_values(straight, model));
    rimer_model_free(model);
    rimer_model_free(straight);
    rimer_dataset_free(dataset);
}
END_TEST

int main(void) {
    return rm_test_main("own maps",
                        (const TTest *[]){added_as_written, found_by_name, no_such_channel,
                                          as_many_names_as_maps, tells_channels_apart,
                                          only_where_better, odd_channels, resumes, NULL});
}
