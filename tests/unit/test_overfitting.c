/* Settings against overfitting: what they change, and what they must leave alone. */
#include "harness.h"
#include "smallrun.h"

#include "train/augment.h"
#include "train/lanes.h"

#include <stdlib.h>

/* The ridge leaves training something to do, so that it is not the fresh model that is kept. */
static rimer_config with(const char *settings) {
    rimer_config config = small_config();
    config.origin_ridge = 1e-3;
    rm_test_settings(&config, settings);
    return config;
}

static void forecast(const rimer_model *model, float *out) {
    rimer_session *session;
    float context[2 * 32];
    for (int i = 0; i < 64; i++)
        context[i] = (float)noisy_sine(i, NULL);
    ck_assert_int_eq(rimer_session_create(model, 2, &session), RIMER_OK);
    ck_assert_int_eq(rimer_session_forecast(session, 2, 32, context, 20, out), RIMER_OK);
    rimer_session_free(session);
}

/* What is learnt changes; a forecast of the same weights does not. */
START_TEST(dropout_is_for_training) {
    rimer_config config = with("dropout=0.3"), none = with("");
    rimer_dataset *dataset = dataset_of(noisy_sine, NULL);
    rimer_model *model = train(dataset, &config, NULL, NULL), *same;
    rimer_model *plain = train(dataset, &none, NULL, NULL);
    ck_assert(!same_values(model, plain));
    none.origin_bias = model->config.origin_bias;
    ck_assert_int_eq(rimer_model_create(&none, &same), RIMER_OK);
    memcpy(same->values, model->values,
           (size_t)model->network.registry.total * sizeof *model->values);
    float a[2 * 20], b[2 * 20], c[2 * 20];
    forecast(model, a);
    forecast(model, b);
    forecast(same, c);
    ck_assert_mem_eq(a, b, sizeof a);
    ck_assert_mem_eq(a, c, sizeof a);
    rimer_model *all[] = {model, plain, same};
    for (int i = 0; i < 3; i++)
        rimer_model_free(all[i]);
    rimer_dataset_free(dataset);
}
END_TEST

enum { ROWS = 40 };

/* A fresh model away from zero, on the training windows of a dataset. */
typedef struct bench {
    rimer_config config;
    rimer_dataset *dataset;
    rimer_model *model;
    rm_scaler scaler;
    rm_windows windows;
    rm_pool *pool;
    rm_real *blocks; /* m, v, average, gradient */
    int64_t total, epoch;
} bench;

static double turned(int64_t t, void *arg) {
    return -noisy_sine(t, arg);
}

static bench open_bench(double (*value)(int64_t, void *), const char *settings) {
    bench b = {.config = with("zero_head=no"), .dataset = dataset_of(value, NULL), .epoch = 1};
    rm_test_settings(&b.config, settings);
    ck_assert_int_eq(rimer_model_create(&b.config, &b.model), RIMER_OK);
    ck_assert_int_eq(rm_scaler_fit(&b.scaler, b.dataset, b.config.split), RIMER_OK);
    ck_assert_int_eq(rm_windows_make(&b.windows, b.dataset, b.config.split, RM_PART_TRAIN,
                                     b.config.context_len, b.config.output_len, 1),
                     RIMER_OK);
    ck_assert_int_eq(rm_pool_create(2, &b.pool), RIMER_OK);
    b.total = b.model->network.registry.total;
    b.blocks = calloc(4 * (size_t)b.total, sizeof *b.blocks);
    rm_rng rng = rm_rng_make(8, 1);
    for (int64_t i = 0; i < b.total; i++)
        b.model->values[i] += (rm_real)(0.1 * rm_rng_normal(&rng));
    return b;
}

static void close_bench(bench *b) {
    rm_pool_free(b->pool);
    rm_windows_free(&b->windows);
    rm_scaler_free(&b->scaler);
    rimer_model_free(b->model);
    rimer_dataset_free(b->dataset);
    free(b->blocks);
}

static rm_lanes *open_lanes(bench *b) {
    rm_lanes *lanes;
    rm_lanes_setup setup = {.config = &b->config,
                            .network = &b->model->network,
                            .windows = &b->windows,
                            .scaler = &b->scaler,
                            .pool = b->pool,
                            .params = b->model->values,
                            .m = b->blocks,
                            .v = b->blocks + b->total,
                            .average = b->blocks + 2 * b->total,
                            .average_rate = 1,
                            .epoch = b->epoch};
    ck_assert_int_eq(rm_lanes_create(&lanes, &setup), RIMER_OK);
    return lanes;
}

/* Loss of a first step that moves nothing. */
static double loss_of(bench *b, int64_t number) {
    rm_lanes *lanes = open_lanes(b);
    int64_t rows[ROWS], count = 0;
    double loss = 0;
    for (int i = 0; i < ROWS; i++)
        rows[i] = 5 * i;
    ck_assert_int_eq(rm_lanes_step(lanes, rows, ROWS, 0, number, &loss, &count), RIMER_OK);
    rm_lanes_free(lanes);
    return loss / (double)count;
}

static double loss_with(const char *settings, int64_t number) {
    bench b = open_bench(noisy_sine, settings);
    double loss = loss_of(&b, number);
    close_bench(&b);
    return loss;
}

/* By seed and step, and not by how a batch is cut: losses are equal but for the sum's rounding.
 * */
START_TEST(dropout_draws_by_step) {
    double one = loss_with("dropout=0.5", 1);
    ck_assert_double_eq(one, loss_with("dropout=0.5", 1));
    ck_assert_double_eq_tol(one, loss_with("dropout=0.5 lanes=1", 1), 1e-6);
    ck_assert_double_eq_tol(one, loss_with("dropout=0.5 lanes=7", 1), 1e-6);
    ck_assert_double_gt(fabs(one - loss_with("dropout=0.5", 2)), 1e-4);
    ck_assert_double_gt(fabs(one - loss_with("dropout=0.4", 1)), 1e-4);
    ck_assert_double_gt(fabs(one - loss_with("", 1)), 1e-4);
    ck_assert_double_eq(loss_with("", 1), loss_with("", 2));
    bench b = open_bench(noisy_sine, "dropout=0.5");
    b.config.seed++; /* with the same weights */
    ck_assert_double_gt(fabs(one - loss_of(&b, 1)), 1e-4);
    close_bench(&b);
}
END_TEST

/* Rows that are all flipped are the rows of the series upside down. */
START_TEST(flips_context_and_target) {
    bench b = open_bench(turned, "");
    double upside_down = loss_of(&b, 1), upright = loss_with("", 1);
    ck_assert_double_eq_tol(loss_with("flip=1", 1), upside_down, 1e-5);
    ck_assert_double_gt(fabs(upright - upside_down), 1e-4);
    close_bench(&b);
}
END_TEST

/* A model that forecasts 0 whatever it reads has a loss of its targets alone. */
START_TEST(noise_is_on_the_context_alone) {
    const char *cases[] = {"origin=none norm=none loss_tokens=last",
                           "origin=none norm=none loss_tokens=all"};
    for (int i = 0; i < 2; i++) {
        bench b = open_bench(noisy_sine, cases[i]);
        memset(b.model->values, 0, (size_t)b.total * sizeof *b.model->values);
        double loss = loss_of(&b, 1);
        b.config.noise = 0.5;
        ck_assert_double_eq(loss, loss_of(&b, 1));
        close_bench(&b);
    }
    ck_assert_double_gt(fabs(loss_with("noise=0.2", 1) - loss_with("", 1)), 1e-4);
}
END_TEST

START_TEST(rows_draw_by_epoch) {
    const char *cases[] = {"flip=0.5", "noise=0.3"},
               *one_lane[] = {"flip=0.5 lanes=1", "noise=0.3 lanes=1"};
    for (int i = 0; i < 2; i++) {
        bench b = open_bench(noisy_sine, cases[i]);
        double first = loss_of(&b, 1);
        ck_assert_double_eq(first, loss_of(&b, 2));
        ck_assert_double_eq_tol(first, loss_with(one_lane[i], 1), 1e-6);
        b.epoch = 2;
        ck_assert_double_gt(fabs(first - loss_of(&b, 1)), 1e-4);
        b.epoch = 1;
        b.config.seed++;
        ck_assert_double_gt(fabs(first - loss_of(&b, 1)), 1e-4);
        close_bench(&b);
    }
}
END_TEST

/* Within four deviations of what the numbers should be. */
START_TEST(rows_draw_as_said) {
    enum { N = 1000, DRAWS = 400 };
    int flips = 0;
    double sum = 0, squares = 0, along = 0, across = 0;
    static float clean[N], row[N], last[N];
    for (int i = 0; i < N; i++)
        clean[i] = i % 10 == 9 ? NAN : i % 10 < 3 ? 7 : 1; /* deviation sqrt(8) */
    for (int draw = 0; draw < DRAWS; draw++) {
        rm_rng rng = rm_augment_begin(3, 1, draw);
        memcpy(last, row, sizeof row);
        memcpy(row, clean, sizeof row);
        rm_augment_flip(&rng, 0.3, row, N);
        int flipped = row[0] < 0;
        flips += flipped;
        for (int i = 0; i < N; i++) {
            ck_assert(isnan(clean[i]) || row[i] == (flipped ? -clean[i] : clean[i]));
            row[i] = clean[i];
        }
        rm_augment_noise(&rng, 0.5, row, N);
        for (int i = 0; i < N; i++) {
            ck_assert(isnan(clean[i]) == isnan(row[i]));
            if (isnan(row[i]))
                continue;
            double noise = (double)(row[i] - clean[i]) / (0.5 * sqrt(8));
            sum += noise;
            squares += noise * noise;
            along += i % 10 ? noise * (double)(row[i - 1] - clean[i - 1]) : 0;
            across += draw ? noise * (double)(last[i] - clean[i]) : 0;
        }
    }
    double n = 0.9 * N * DRAWS, limit = 4 / sqrt(n);
    ck_assert_double_eq_tol(flips, 0.3 * DRAWS, 4 * sqrt(0.3 * 0.7 * DRAWS));
    ck_assert_double_eq_tol(sum / n, 0, limit);
    ck_assert_double_eq_tol(squares / n, 1, 2 * limit);
    ck_assert_double_eq_tol(along / n, 0, 1.5 * limit);
    ck_assert_double_eq_tol(across / n, 0, 1.5 * limit);

    float still[4] = {2, 2, NAN, 2}, gone[2] = {NAN, NAN};
    rm_rng rng = rm_augment_begin(3, 1, 0);
    rm_augment_noise(&rng, 0.5, still, 4);
    rm_augment_noise(&rng, 0.5, gone, 2);
    ck_assert(still[0] == 2 && still[3] == 2 && isnan(still[2]) && isnan(gone[0]));
}
END_TEST

/* How far a step with these settings moves a parameter at most. */
static double moved(const char *settings, const char *name) {
    bench b = open_bench(noisy_sine, settings);
    const rm_param *param = rm_registry_find(&b.model->network.registry, name);
    const rm_real *values = b.model->values + param->offset;
    rm_real *before = malloc((size_t)param->count * sizeof *before);
    int64_t rows[ROWS], count = 0;
    double loss = 0, far = 0;
    memcpy(before, values, (size_t)param->count * sizeof *before);
    for (int i = 0; i < ROWS; i++)
        rows[i] = 5 * i;
    rm_lanes *lanes = open_lanes(&b);
    ck_assert_int_eq(rm_lanes_step(lanes, rows, ROWS, 1e-2, 1, &loss, &count), RIMER_OK);
    for (int64_t i = 0; i < param->count; i++)
        far = fmax(far, fabs((double)(values[i] - before[i])));
    rm_lanes_free(lanes);
    free(before);
    close_bench(&b);
    return far;
}

/* The first step of Adam moves a value by its rate, whatever its gradient. */
START_TEST(rates_of_head_and_origin) {
    const struct {
        const char *settings, *name;
        double far;
    } cases[] = {{"", "head.weight", 0.01},
                 {"head_lr=0.1", "head.weight", 0.001},
                 {"head_lr=3", "head.bias", 0.03},
                 {"head_lr=0", "head.weight", 0},
                 {"head_lr=3", "embed.weight", 0.01},
                 {"", "origin.weight", 0},
                 {"head_lr=3", "origin.bias", 0},
                 {"origin_lr=0.2", "origin.weight", 0.002},
                 {"origin_lr=0.2", "origin.bias", 0.002},
                 {"origin_lr=0.2", "head.bias", 0.01}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char settings[64];
        snprintf(settings, sizeof settings, "weight_decay=0 %s", cases[i].settings);
        ck_assert_double_eq_tol(moved(settings, cases[i].name), cases[i].far,
                                1e-3 * cases[i].far + 1e-9);
    }
    ck_assert_double_eq(moved("weight_decay=10 origin_lr=0.2", "origin.weight"),
                        moved("weight_decay=0 origin_lr=0.2", "origin.weight"));
}
END_TEST

/* From the fit to where gradients lead, which is not far. */
START_TEST(origin_is_trained_from_its_fit) {
    rimer_config fitted = with(""), moves = with("origin_lr=0.3");
    rimer_dataset *dataset = dataset_of(noisy_sine, NULL);
    rimer_train_report before, after;
    rimer_model *a = train(dataset, &fitted, NULL, &before);
    rimer_model *b = train(dataset, &moves, NULL, &after);
    const rm_param *map = rm_registry_find(&a->network.registry, "origin.weight");
    double far = 0;
    for (int64_t i = 0; i < map->count; i++)
        far =
            fmax(far, fabs((double)(a->values[map->offset + i] - b->values[map->offset + i])));
    ck_assert_double_gt(far, 1e-4);
    ck_assert_double_lt(far, 0.1);
    ck_assert_double_lt(after.val_mse, 1.1 * before.val_mse);
    rimer_model_free(a);
    rimer_model_free(b);
    rimer_dataset_free(dataset);
}
END_TEST

int main(void) {
    return rm_test_main("overfitting",
                        (const TTest *[]){dropout_is_for_training, dropout_draws_by_step,
                                          flips_context_and_target,
                                          noise_is_on_the_context_alone, rows_draw_by_epoch,
                                          rows_draw_as_said, rates_of_head_and_origin,
                                          origin_is_trained_from_its_fit, NULL});
}
