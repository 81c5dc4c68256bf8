/* Training anew on more when the best epoch is known (refit). */
#include "harness.h"
#include "smallrun.h"

#include <stdio.h>
#include <unistd.h>

static void must(rimer_status status) {
    ck_assert_msg(status == RIMER_OK, "%s", rimer_last_error());
}

enum { N_PATHS = 16, PATH = 512 };

/* Good for so many calls. */
static const char *path_of(const char *name) {
    static char paths[N_PATHS][PATH];
    static int next;
    char *path = paths[next++ % N_PATHS];
    snprintf(path, PATH, "%s/%s", rm_test_folder(), name);
    return path;
}

/* The steps of `small_config`'s dataset before the test part. */
enum { TRAIN = 240, VAL = 80, TEST = STEPS - TRAIN - VAL };

static rimer_config refit_config(int refit) {
    rimer_config config = small_config();
    snprintf(config.split, sizeof config.split, "rows:%d/%d/%d", TRAIN, VAL, TEST);
    config.refit = refit;
    config.origin = RIMER_ORIGIN_LAST; /* which leaves something to learn */
    config.own_channels = 0;
    return config;
}

/* ------------------------------------------------------------------------- what it learns */

/* Of which each epoch validates better. */
static double plain_sine(int64_t t, void *arg) {
    (void)arg;
    return sin((double)t * 0.4);
}

/* A refit ends with the bits of a training whose own part is as long. */
START_TEST(as_if_there_had_been_more) {
    rimer_dataset *dataset = dataset_of(plain_sine, NULL);
    rimer_config config = refit_config(RIMER_REFIT_VAL), longer = refit_config(RIMER_REFIT_NO);
    rimer_train_report report, of_longer;
    snprintf(longer.split, sizeof longer.split, "rows:%d/%d/0", TRAIN + VAL, TEST);
    config.threads = 2;
    rimer_model *model = train(dataset, &config, NULL, &report);
    rimer_model *other = train(dataset, &longer, NULL, &of_longer);
    ck_assert_int_eq(report.best_epoch, config.epochs);
    ck_assert_int_eq(of_longer.best_epoch, config.epochs);
    ck_assert(same_values(model, other));
    ck_assert_int_eq(report.refit_windows, of_longer.n_windows);
    ck_assert_int_eq(report.refit_rows, of_longer.n_rows);
    ck_assert_int_lt(report.n_windows, report.refit_windows);
    rimer_model_free(other);
    config.refit = RIMER_REFIT_NO; /* what it says of validation is the first training's */
    other = train(dataset, &config, NULL, &of_longer);
    ck_assert_double_eq(report.val_mse, of_longer.val_mse);
    ck_assert_int_eq(of_longer.refit_windows, 0);
    rimer_model_free(other);
    rimer_model_free(model);
    rimer_dataset_free(dataset);
}
END_TEST

/* A noisy sine with one step changed. */
static double changed_sine(int64_t t, void *arg) {
    const int64_t *at = arg;
    return noisy_sine(t, NULL) + (t == *at ? 0.5 : 0);
}

/* Whether a change at a step changes the weights. */
static int looks_at(int64_t step, int refit) {
    int64_t nowhere = -1;
    rimer_config config = refit_config(refit);
    rimer_dataset *plain = dataset_of(changed_sine, &nowhere);
    rimer_dataset *changed = dataset_of(changed_sine, &step);
    config.epochs = 1;
    rimer_model *a = train(plain, &config, NULL, NULL);
    rimer_model *b = train(changed, &config, NULL, NULL);
    int is_same = same_values(a, b);
    rimer_model_free(a);
    rimer_model_free(b);
    rimer_dataset_free(plain);
    rimer_dataset_free(changed);
    return !is_same;
}

START_TEST(looks_where_it_is_told) {
    ck_assert(!looks_at(TRAIN + VAL - 1, RIMER_REFIT_NO));
    ck_assert(looks_at(TRAIN + VAL - 1, RIMER_REFIT_VAL));
    ck_assert(!looks_at(TRAIN + VAL, RIMER_REFIT_VAL));
    ck_assert(looks_at(STEPS - 1, RIMER_REFIT_ALL));
}
END_TEST

static void assert_learnt(const rimer_config *config, const char *want) {
    char split[RIMER_TEXT_SIZE];
    must(rimer_config_learnt(config, split));
    ck_assert_str_eq(split, want);
}

/* The model tells the settings of the run, and what it has learnt. */
START_TEST(tells_what_it_has_learnt) {
    const char *path = path_of("told.safetensors");
    rimer_dataset *dataset = dataset_of(noisy_sine, NULL);
    rimer_config config = refit_config(RIMER_REFIT_ALL);
    rimer_train_hooks hooks = {.model_path = path};
    rimer_model *model;
    rimer_model_free(train(dataset, &config, &hooks, NULL));
    must(rimer_model_load(path, &model));
    ck_assert_str_eq(rimer_model_config(model)->split, config.split);
    assert_learnt(rimer_model_config(model), "rows:240/80/80+all");
    rimer_model_free(model);
    config.refit = RIMER_REFIT_NO;
    assert_learnt(&config, "rows:240/80/80");
    rimer_dataset_free(dataset);
}
END_TEST

/* ---------------------------------------------------------- what it takes from the first one */

typedef struct choice {
    int n, n_epochs; /* models chosen, epochs of the refit that ended after them */
    rimer_model *model;
    int64_t best_epoch;
} choice;

static void take_chosen(void *user, const rimer_model *model,
                        const rimer_train_report *report) {
    choice *all = user;
    all->n++;
    all->best_epoch = report->best_epoch;
    rimer_model_free(all->model);
    must(rimer_model_save(model, path_of("chosen.safetensors")));
    must(rimer_model_load(path_of("chosen.safetensors"), &all->model));
}

static int count_epochs(void *user, const rimer_progress *progress) {
    choice *all = user;
    ck_assert_int_eq(progress->refit, all->n > 0);
    if (progress->epoch_ended && progress->refit) {
        all->n_epochs += progress->epoch > 0;
        ck_assert(isnan(progress->val_mse));
    }
    return 0;
}

/* Two channels, one of which goes on while the other turns back, with a little of the past. */
static rimer_dataset *two_channels(void) {
    static float values[2 * STEPS];
    rimer_dataset *dataset;
    rm_rng rng = rm_rng_make(9, 9);
    for (int64_t i = 0; i < 2 * STEPS; i++)
        values[i] = (float)((i % STEPS ? (i < STEPS ? 0.9 : -0.9) * (double)values[i - 1] : 0) +
                            rm_rng_normal(&rng));
    must(rimer_dataset_from_values(values, STEPS, 2, NULL, &dataset));
    return dataset;
}

static rimer_config rich_config(void) {
    rimer_config config = refit_config(RIMER_REFIT_VAL);
    config.moments = RIMER_MOMENTS_BOTH;
    config.own_channels = 2;
    config.conformal = RIMER_YES;
    config.origin = RIMER_ORIGIN_AUTO;
    config.dropout = 0.2;
    config.epochs = 6; /* of which the two take different ones */
    return config;
}

/* Calibration is the chosen model's, origins and maps are of its kind and fitted anew. */
START_TEST(takes_what_validation_chose) {
    rimer_dataset *dataset = two_channels();
    rimer_config config = rich_config();
    choice all = {0};
    rimer_train_hooks hooks = {.user = &all, .progress = count_epochs, .chosen = take_chosen};
    rimer_train_report report;
    rimer_model *model = train(dataset, &config, &hooks, &report);
    ck_assert_int_eq(all.n, 1);
    ck_assert_int_eq(all.best_epoch, report.best_epoch);
    ck_assert_int_ne(report.best_epoch, report.twin_best_epoch);
    ck_assert_int_eq(all.n_epochs, report.best_epoch + report.twin_best_epoch);
    ck_assert_int_eq(rimer_model_config(model)->own_channels, 2);
    ck_assert_int_eq(rimer_model_config(model)->origin, rimer_model_config(all.model)->origin);
    ck_assert_str_eq(rimer_model_fact(model, "conformal"),
                     rimer_model_fact(all.model, "conformal"));
    int n_changed = 0;
    for (int64_t i = 0; i < rimer_model_n_tensors(model); i++) {
        rm_model_tensor a = rm_model_tensor_at(model, i), b = rm_model_tensor_at(all.model, i);
        int is_same = memcmp(model->values + a.at, all.model->values + b.at,
                             (size_t)a.param->count * sizeof *model->values) == 0;
        if (strcmp(a.param->name, "conformal.offset") == 0)
            ck_assert(is_same);
        if (strcmp(a.param->name, "own.write") == 0)
            ck_assert(!is_same);
        n_changed += !is_same;
    }
    ck_assert_int_gt(n_changed, 2);
    rimer_model_free(all.model);
    rimer_model_free(model);
    rimer_dataset_free(dataset);
}
END_TEST

/* A model that no epoch improves is its fitted map, and so is the refit, of more. */
START_TEST(fits_a_fresh_model_anew) {
    rimer_dataset *dataset = dataset_of(noisy_sine, NULL);
    rimer_config config = refit_config(RIMER_REFIT_VAL), first = config;
    config.origin = first.origin = RIMER_ORIGIN_LINEAR;
    config.epochs = first.epochs = 0;
    first.refit = RIMER_REFIT_NO;
    rimer_model *model = train(dataset, &config, NULL, NULL);
    rimer_model *before = train(dataset, &first, NULL, NULL);
    rm_model_tensor map = rm_model_tensor_find(model, "origin.weight");
    ck_assert_mem_ne(model->values + map.at, before->values + map.at,
                     (size_t)map.param->count * sizeof *model->values);
    rimer_model_free(before);
    rimer_model_free(model);
    rimer_dataset_free(dataset);
}
END_TEST

/* ----------------------------------------------------------------------------- interrupted */

typedef struct halt {
    int refit, network;
    int64_t epoch;
} halt;

static int stop_there(void *user, const rimer_progress *progress) {
    const halt *at = user;
    return progress->epoch_ended && progress->refit == at->refit &&
           progress->network == at->network && progress->epoch >= at->epoch;
}

static int is_there(const char *path) {
    return access(path, F_OK) == 0;
}

static void assert_resumes(const rimer_dataset *dataset, const rimer_config *config, halt at,
                           const rimer_model *straight) {
    const char *path = path_of("resumed.safetensors");
    rimer_train_hooks hooks = {.user = &at, .progress = stop_there, .model_path = path};
    rimer_train_report report;
    rimer_train_place place;
    rimer_model *model;
    ck_assert_int_eq(rimer_train(dataset, config, &hooks, &model, &report), RIMER_INTERRUPTED);
    ck_assert_int_eq(report.refit_rows, 0); /* what there is was chosen, or may be */
    rimer_model_free(model);
    must(rimer_train_place_read(path_of("resumed.train.safetensors"), &place));
    ck_assert_int_eq(place.refit, at.refit);
    must(rimer_model_load(path_of("resumed.best.safetensors"), &model));
    ck_assert(!at.refit || *rimer_model_fact(model, "conformal"));
    rimer_model_free(model);
    choice all = {0};
    hooks = (rimer_train_hooks){
        .user = &all, .chosen = take_chosen, .model_path = path, .resume = 1};
    must(rimer_train(dataset, config, &hooks, &model, &report));
    ck_assert_msg(same_values(straight, model), "refit %d, network %d, epoch %d", at.refit,
                  at.network, (int)at.epoch);
    ck_assert_str_eq(rimer_model_fact(model, "record"), rimer_model_fact(straight, "record"));
    ck_assert_int_eq(all.n, 1);
    ck_assert(!is_there(path_of("resumed.train.safetensors")));
    ck_assert(!is_there(path_of("resumed.best.safetensors")));
    rimer_model_free(all.model);
    rimer_model_free(model);
    must(rimer_train(dataset, config, &hooks, &model, &report));
    ck_assert(report.was_done && report.refit_rows > 0);
    rimer_model_free(model);
    (void)unlink(path);
}

/* In either training, with either network, before its first epoch and after its last. */
START_TEST(resumes) {
    rimer_dataset *dataset = two_channels();
    rimer_config config = rich_config();
    rimer_train_report report;
    rimer_model *straight = train(dataset, &config, NULL, &report);
    ck_assert(report.best_epoch > 0 && report.twin_best_epoch > 0);
    for (int refit = 0; refit <= 1; refit++)
        for (int network = 1; network <= 2; network++) {
            int64_t last = !refit         ? config.epochs
                           : network == 1 ? report.best_epoch
                                          : report.twin_best_epoch;
            for (int64_t epoch = 0; epoch <= last; epoch++)
                assert_resumes(dataset, &config, (halt){refit, network, epoch}, straight);
        }
    rimer_model_free(straight);
    rimer_dataset_free(dataset);
}
END_TEST

/* Without the chosen model there is nothing to go on with, and that is said. */
START_TEST(needs_the_chosen_model) {
    rimer_dataset *dataset = dataset_of(plain_sine, NULL);
    rimer_config config = refit_config(RIMER_REFIT_VAL);
    halt at = {1, 1, 1};
    rimer_train_hooks hooks = {
        .user = &at, .progress = stop_there, .model_path = path_of("alone.safetensors")};
    rimer_model *model;
    ck_assert_int_eq(rimer_train(dataset, &config, &hooks, &model, NULL), RIMER_INTERRUPTED);
    rimer_model_free(model);
    ck_assert_int_eq(unlink(path_of("alone.best.safetensors")), 0);
    hooks = (rimer_train_hooks){.model_path = path_of("alone.safetensors"), .resume = 1};
    ck_assert_int_eq(rimer_train(dataset, &config, &hooks, &model, NULL), RIMER_IO);
    ck_assert_ptr_nonnull(strstr(rimer_last_error(), "alone.best.safetensors"));
    ck_assert(is_there(path_of("alone.train.safetensors")));
    rimer_dataset_free(dataset);
}
END_TEST

START_TEST(refuses_what_does_not_go_together) {
    rimer_config config = refit_config(RIMER_REFIT_ALL);
    config.schedule = RIMER_SCHEDULE_PLATEAU;
    ck_assert_ptr_nonnull(strstr(rimer_config_check(&config), "plateau"));
    config = refit_config(RIMER_REFIT_ALL);
    memset(config.split, '1', sizeof config.split - 1);
    config.split[sizeof config.split - 1] = '\0';
    ck_assert_ptr_nonnull(strstr(rimer_config_check(&config), "too long"));
}
END_TEST

int main(void) {
    return rm_test_main(
        "refit", (const TTest *[]){as_if_there_had_been_more, looks_where_it_is_told,
                                   tells_what_it_has_learnt, takes_what_validation_chose,
                                   fits_a_fresh_model_anew, resumes, needs_the_chosen_model,
                                   refuses_what_does_not_go_together, NULL});
}
