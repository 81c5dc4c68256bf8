/* Two networks in one model, one that is told moments and its twin that is not (moments both). */
#include "harness.h"
#include "randommodel.h"
#include "smallrun.h"

#include "model/safetensors.h"
#include "train/own_maps.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static void must(rimer_status status) {
    ck_assert_msg(status == RIMER_OK, "%s", rimer_last_error());
}

static void assert_said(const char *text) {
    ck_assert_msg(strstr(rimer_last_error(), text) != NULL, "%s", rimer_last_error());
}

static const char *path_of(const char *name) {
    static char paths[4][512];
    static int next;
    char *path = paths[next++ % 4];
    snprintf(path, sizeof paths[0], "%s/%s", rm_test_folder(), name);
    return path;
}

/* ------------------------------------------------------------------------------ forecasts */

enum { CONTEXT = 40, ROWS = 3, HORIZON = 30, QUANTILES = 3 };

/* One of the two networks of a model as a model of its own. */
static rimer_model *alone(const rimer_model *both, int twin) {
    rimer_config config = both->config;
    rimer_model *model;
    config.moments = twin ? RIMER_NO : RIMER_YES;
    must(rimer_model_create(&config, &model));
    for (int64_t i = 0; i < rimer_model_n_tensors(model); i++) {
        char name[64];
        rm_model_tensor to = rm_model_tensor_at(model, i);
        snprintf(name, sizeof name, "%s%s", twin ? RM_TWIN : "", to.param->name);
        rm_model_tensor from = rm_model_tensor_find(both, name);
        ck_assert_msg(from.param, "no %s", name);
        memcpy(model->values + to.at, both->values + from.at,
               (size_t)to.param->count * sizeof *model->values);
    }
    return model;
}

/* out[ROWS][QUANTILES][HORIZON] of the levels that the head has. */
static void forecast(const rimer_model *model, int64_t n, float *out) {
    float x[ROWS * 2 * CONTEXT];
    rimer_levels levels = rimer_model_levels(model);
    rimer_session *session;
    fill_contexts(x, ROWS, n, 3);
    x[n / 2] = NAN;
    must(rimer_session_create(model, ROWS, &session));
    must(rimer_session_quantiles(session, ROWS, n, x, HORIZON, &levels, out));
    rimer_session_free(session);
}

/* Of points and quantiles, also beyond the head's output, of every kind of network. */
START_TEST(forecasts_their_mean) {
    static const char *const settings[] = {
        "moments=both",
        "moments=both quantiles=0.1,0.9 layers=2",
        "moments=both mixer=attention quantiles=0.2,0.7",
        "moments=both origin=linear layers=0",
    };
    static const int64_t lengths[] = {CONTEXT, 13, CONTEXT + 9};
    for (size_t v = 0; v < sizeof settings / sizeof *settings; v++)
        for (int i = 0; i < 3; i++) {
            float got[ROWS * QUANTILES * HORIZON], part[2][ROWS * QUANTILES * HORIZON];
            rimer_model *both = random_model(settings[v]);
            int64_t n = ROWS * rimer_model_levels(both).n * HORIZON;
            double apart = 0;
            forecast(both, lengths[i], got);
            for (int twin = 0; twin < 2; twin++) {
                rimer_model *one = alone(both, twin);
                forecast(one, lengths[i], part[twin]);
                rimer_model_free(one);
            }
            for (int64_t k = 0; k < n; k++) {
                double want = ((double)part[0][k] + (double)part[1][k]) / 2;
                ck_assert_double_eq_tol((double)got[k], want, 1e-6 * (1 + fabs(want)));
                apart = fmax(apart, fabs((double)part[0][k] - (double)part[1][k]));
            }
            ck_assert_double_gt(apart, 0.1);
            rimer_model_free(both);
        }
}
END_TEST

/* Rows that are pushed one by one, and a session that is asked for more and more steps. */
START_TEST(streams_and_grows) {
    rimer_model *model = random_model("moments=both scaler=none");
    float x[CONTEXT], streamed[HORIZON], whole[HORIZON], more[3 * HORIZON];
    rimer_stream *stream;
    rimer_session *session;
    fill_contexts(x, 1, CONTEXT, 4);
    must(rimer_stream_create(model, 1, NULL, &stream));
    must(rimer_stream_push(stream, CONTEXT, x));
    must(rimer_stream_forecast(stream, HORIZON, NULL, streamed));
    must(rimer_session_create(model, 1, &session));
    must(rimer_session_forecast(session, 1, CONTEXT, x, HORIZON, whole));
    must(rimer_session_forecast(session, 1, CONTEXT, x, 3 * HORIZON, more));
    ck_assert_mem_eq(streamed, whole, sizeof whole);
    ck_assert_mem_eq(more, whole, sizeof whole);
    rimer_session_free(session);
    rimer_stream_free(stream);
    rimer_model_free(model);
}
END_TEST

START_TEST(measured_and_counted) {
    rimer_model *both = random_model("moments=both quantiles=0.1,0.9");
    size_t all, sum = 0;
    int64_t parameters = 0, tensors = 0;
    must(rm_session_measure(both, &all));
    for (int twin = 0; twin < 2; twin++) {
        size_t bytes;
        rimer_model *one = alone(both, twin);
        must(rm_session_measure(one, &bytes));
        sum += bytes;
        parameters += rimer_model_n_parameters(one);
        tensors += rimer_model_n_tensors(one);
        rimer_model_free(one);
    }
    ck_assert_uint_eq(all, sum);
    ck_assert_int_eq(rimer_model_n_parameters(both), parameters);
    ck_assert_int_eq(rimer_model_n_tensors(both), tensors);
    ck_assert_str_eq(rimer_model_tensor(both, tensors - 1).name,
                     "twin.blocks.0.ffn.value.weight");
    rimer_model_free(both);
}
END_TEST

/* ---------------------------------------------------------------------------------- files */

/* The key in the state of a stream is of both networks. */
static void assert_keyed(rimer_model *model) {
    char before[24], after[24];
    rm_model_tensor head = rm_model_tensor_find(model, "twin.head.weight");
    must(rimer_stream_model_key(model, before));
    model->values[head.at] += 1;
    must(rimer_stream_model_key(model, after));
    model->values[head.at] -= 1;
    ck_assert_str_ne(before, after);
}

START_TEST(kept_in_one_file) {
    const char *path = path_of("both.safetensors");
    rimer_model *model = random_model("moments=both"), *loaded;
    rm_tensor_file file;
    must(rimer_model_save(model, path));
    must(rimer_model_load(path, &loaded));
    ck_assert(same_values(model, loaded));
    ck_assert_int_eq(rimer_model_config(loaded)->moments, RIMER_MOMENTS_BOTH);
    assert_keyed(loaded);
    rimer_model_free(loaded);
    must(rm_tensors_read(path, &file));
    must(rm_tensors_write(path, file.metadata, file.tensors, file.n_tensors - 1));
    ck_assert_int_eq(rimer_model_load(path, &loaded), RIMER_MODEL);
    assert_said("missing twin.");
    rm_tensors_free(&file);
    rimer_model_free(model);
}
END_TEST

/* ------------------------------------------------------------------------------- training */

static rimer_config pair_config(void) {
    rimer_config config = small_config();
    config.moments = RIMER_MOMENTS_BOTH;
    config.origin = RIMER_ORIGIN_LAST; /* which leaves something to learn */
    config.dropout = 0.2;
    return config;
}

static double rising_sine(int64_t t, void *arg) {
    return noisy_sine(t, arg) + 0.01 * (double)t;
}

/* The bits of two models that are trained alone. */
static void assert_as_if_alone(const rimer_dataset *dataset, rimer_config config) {
    rimer_train_report report, of[2];
    config.threads = 2;
    rimer_model *both = train(dataset, &config, NULL, &report);
    for (int twin = 0; twin < 2; twin++) {
        config.moments = twin ? RIMER_NO : RIMER_YES;
        config.threads = 1 + twin;
        rimer_model *one = train(dataset, &config, NULL, &of[twin]), *part = alone(both, twin);
        ck_assert(same_values(one, part));
        rimer_model_free(one);
        rimer_model_free(part);
    }
    rimer_model_free(both);
    ck_assert_int_eq(report.epochs, of[0].epochs);
    ck_assert_int_eq(report.best_epoch, of[0].best_epoch);
    ck_assert_int_eq(report.twin_epochs, of[1].epochs);
    ck_assert_int_eq(report.twin_best_epoch, of[1].best_epoch);
    ck_assert(of[0].best_epoch > 0 && of[1].best_epoch > 0);
    ck_assert_double_ne(of[0].val_mse, of[1].val_mse);
    ck_assert_double_lt(report.val_mse, (of[0].val_mse + of[1].val_mse) / 2); /* convex */
}

START_TEST(trained_as_if_alone) {
    rimer_dataset *dataset = dataset_of(rising_sine, NULL);
    rimer_config config = pair_config(), hasty = config;
    assert_as_if_alone(dataset, config);
    hasty.epochs = 60;
    hasty.patience = 2; /* both stop early */
    hasty.lr = 0.02;
    hasty.schedule = RIMER_SCHEDULE_PLATEAU;
    assert_as_if_alone(dataset, hasty);
    rimer_dataset_free(dataset);
}
END_TEST

typedef struct halt {
    int network;
    int64_t epoch;
} halt;

static int stop_there(void *user, const rimer_progress *progress) {
    const halt *at = user;
    ck_assert_int_eq(progress->n_networks, 2);
    return progress->epoch_ended && progress->network == at->network &&
           progress->epoch >= at->epoch;
}

static void assert_resumes(const rimer_dataset *dataset, const rimer_config *config, halt at,
                           const rimer_model *straight) {
    const char *path = path_of("resumed.safetensors");
    rimer_train_hooks hooks = {.user = &at, .progress = stop_there, .model_path = path};
    rimer_model *model;
    rimer_train_place place;
    ck_assert_int_eq(rimer_train(dataset, config, &hooks, &model, NULL), RIMER_INTERRUPTED);
    rimer_model_free(model);
    must(rimer_train_place_read(path_of("resumed.train.safetensors"), &place));
    ck_assert_int_eq(1 + place.twin, at.network);
    must(rimer_model_load(path_of("resumed.best.safetensors"), &model));
    rimer_model_free(model);
    hooks = (rimer_train_hooks){.model_path = path, .resume = 1};
    must(rimer_train(dataset, config, &hooks, &model, NULL));
    ck_assert_msg(same_values(straight, model), "network %d, epoch %d", at.network,
                  (int)at.epoch);
    rimer_model_free(model);
    rimer_train_report report;
    must(rimer_train(dataset, config, &hooks, &model, &report));
    ck_assert(report.was_done && report.twin_epochs == config->epochs);
    rimer_model_free(model);
    (void)unlink(path);
}

/* Stopped with either network, before its first epoch and after its last. */
START_TEST(resumes) {
    rimer_dataset *dataset = dataset_of(rising_sine, NULL);
    rimer_config config = pair_config();
    rimer_model *straight = train(dataset, &config, NULL, NULL);
    for (int network = 1; network <= 2; network++)
        for (int64_t epoch = 0; epoch <= config.epochs; epoch++)
            assert_resumes(dataset, &config, (halt){network, epoch}, straight);
    rimer_model_free(straight);
    rimer_dataset_free(dataset);
}
END_TEST

/* Weights to begin with are of both, or refused. */
START_TEST(begins_with_both) {
    rimer_dataset *dataset = dataset_of(rising_sine, NULL);
    rimer_config config = pair_config();
    rimer_model *first = train(dataset, &config, NULL, NULL), *model;
    rimer_train_hooks hooks = {.init = first};
    config.epochs = 0;
    model = train(dataset, &config, &hooks, NULL);
    ck_assert(same_values(first, model));
    rimer_model_free(model);
    config.moments = RIMER_YES;
    ck_assert_int_eq(rimer_train(dataset, &config, &hooks, &model, NULL), RIMER_USAGE);
    assert_said("another network than the settings: see twin.");
    rimer_model_free(first);
    rimer_dataset_free(dataset);
}
END_TEST

/* Mean squared error of the training windows that a fit of maps reads, which are all. */
static double training_error(const rimer_model *model, const rm_windows *windows,
                             const rm_scaler *scaler) {
    rimer_session *session;
    double sum = 0;
    float x[32], y;
    must(rimer_session_create(model, 1, &session));
    for (int64_t row = 0; row < windows->n_rows; row++) {
        rm_window window = rm_windows_row(windows, row);
        float forecast;
        rimer_place place = {0, window.channel};
        int64_t L = windows->context_len;
        rm_windows_copy(windows, scaler, window, window.start - L, L, x);
        rm_windows_copy(windows, scaler, window, window.start, 1, &y);
        must(rimer_session_place(session, 1, &place));
        must(rimer_session_forecast(session, 1, L, x, 1, &forecast));
        sum += pow((double)(forecast - y), 2);
    }
    rimer_session_free(session);
    return sum / (double)windows->n_rows;
}

static void scale_maps(rimer_model *model, double times) {
    rm_model_tensor write = rm_model_tensor_find(model, "own.write");
    for (int64_t i = 0; i < write.param->count; i++)
        model->values[write.at + i] *= (rm_real)times;
}

/* Maps of the channels' own are fitted for what the mean leaves over: halved or doubled they are worse.
 * One channel goes on, the other turns back. */
START_TEST(maps_behind_the_mean) {
    static float values[2 * STEPS];
    rimer_dataset *dataset;
    rimer_model *model, *with;
    rimer_config config = pair_config();
    rm_windows windows;
    rm_scaler scaler;
    rm_pool *pool;
    rm_rng rng = rm_rng_make(9, 9);
    for (int64_t i = 0; i < 2 * STEPS; i++)
        values[i] = (float)((i % STEPS ? (i < STEPS ? 0.9 : -0.9) * (double)values[i - 1] : 0) +
                            rm_rng_normal(&rng));
    config.context_len = 8;
    config.patch_len = config.horizon = config.output_len = 1;
    config.epochs = 0;
    config.own_channels = 0;
    must(rimer_dataset_from_values(values, STEPS, 2, NULL, &dataset));
    model = train(dataset, &config, NULL, NULL);
    must(rm_scaler_fit_as(&scaler, dataset, config.split, (rm_scaling){config.scaler, 0}));
    must(rm_windows_make(&windows, dataset, config.split, RM_PART_TRAIN, 8, 1, 1));
    must(rm_pool_create(1, &pool));
    must(rm_own_maps_fit(model, &windows, &scaler, pool, NULL, NULL, &with));
    double fitted = training_error(with, &windows, &scaler);
    ck_assert_double_lt(fitted, 0.8 * training_error(model, &windows, &scaler));
    scale_maps(with, 0.5);
    ck_assert_double_lt(fitted, training_error(with, &windows, &scaler));
    scale_maps(with, 4);
    ck_assert_double_lt(fitted, training_error(with, &windows, &scaler));
    rm_pool_free(pool);
    rm_windows_free(&windows);
    rm_scaler_free(&scaler);
    rimer_model_free(with);
    rimer_model_free(model);
    rimer_dataset_free(dataset);
}
END_TEST

/* Intervals are measured behind the mean, too: there is one table of offsets. */
START_TEST(calibrated_behind_the_mean) {
    rimer_dataset *dataset = dataset_of(rising_sine, NULL);
    rimer_config config = pair_config();
    rimer_levels levels = {.n = 2, .at = {0.1, 0.9}};
    float x[32], quantiles[16], middle[8], plain[8];
    rimer_session *session;
    fill_contexts(x, 1, 32, 5);
    config.conformal = RIMER_YES;
    rimer_model *model = train(dataset, &config, NULL, NULL);
    ck_assert(rm_model_tensor_find(model, "conformal.offset").param != NULL);
    ck_assert(rm_model_tensor_find(model, "twin.conformal.offset").param == NULL);
    must(rimer_session_create(model, 1, &session));
    must(rimer_session_quantiles(session, 1, 32, x, 8, &levels, quantiles));
    must(rimer_session_forecast(session, 1, 32, x, 8, middle));
    rimer_session_free(session);
    for (int h = 0; h < 8; h++)
        ck_assert(quantiles[h] < middle[h] && middle[h] < quantiles[8 + h]);
    rimer_model_drop_conformal(model);
    must(rimer_session_create(model, 1, &session));
    must(rimer_session_forecast(session, 1, 32, x, 8, plain));
    ck_assert_mem_eq(middle, plain, sizeof plain);
    rimer_session_free(session);
    rimer_model_free(model);
    rimer_dataset_free(dataset);
}
END_TEST

int main(void) {
    return rm_test_main("twin", (const TTest *[]){forecasts_their_mean, streams_and_grows,
                                                  measured_and_counted, kept_in_one_file,
                                                  trained_as_if_alone, resumes,
                                                  begins_with_both, maps_behind_the_mean,
                                                  calibrated_behind_the_mean, NULL});
}
