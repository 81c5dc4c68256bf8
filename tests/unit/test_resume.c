/* Resuming to the same bytes, and what a run does to files that are there already. */
#include "harness.h"
#include "smallrun.h"

#include "model/safetensors.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH = 256, EPOCHS = 4 };

typedef struct run_paths {
    char model[PATH], state[PATH], best[PATH];
} run_paths;

static run_paths paths_of(const char *name) {
    run_paths paths;
    snprintf(paths.model, PATH, "%s/%s.safetensors", rm_test_folder(), name);
    snprintf(paths.state, PATH, "%s/%s.train.safetensors", rm_test_folder(), name);
    snprintf(paths.best, PATH, "%s/%s.best.safetensors", rm_test_folder(), name);
    return paths;
}

static int is_there(const char *path) {
    return access(path, F_OK) == 0;
}

/* Caller frees. */
static char *content(const char *path, size_t *size) {
    FILE *file = fopen(path, "rb");
    ck_assert_msg(file, "%s is not there", path);
    char *bytes = malloc(1 << 20);
    *size = fread(bytes, 1, 1 << 20, file);
    fclose(file);
    return bytes;
}

static void put(const char *path, const char *bytes, size_t size) {
    FILE *file = fopen(path, "wb");
    ck_assert_uint_eq(fwrite(bytes, 1, size, file), size);
    fclose(file);
}

static void copy(const char *from, const char *to) {
    size_t size;
    char *bytes = content(from, &size);
    put(to, bytes, size);
    free(bytes);
}

static int same_files(const char *a, const char *b) {
    size_t x, y;
    char *one = content(a, &x), *two = content(b, &y);
    int same = x == y && memcmp(one, two, x) == 0;
    free(one);
    free(two);
    return same;
}

static rimer_config four_epochs(void) {
    rimer_config config = small_config();
    config.epochs = EPOCHS;
    config.dropout = config.noise = 0.2;
    config.flip = config.origin_lr = 0.5;
    return config;
}

static double other_sine(int64_t t, void *arg) {
    return t == STEPS - 1 ? 0 : noisy_sine(t, arg);
}

/* Trains, and wants this status. */
static void run(const rimer_dataset *dataset, const rimer_config *config,
                const rimer_train_hooks *hooks, rimer_status want) {
    rimer_model *model = NULL;
    rimer_status status = rimer_train(dataset, config, hooks, &model, NULL);
    ck_assert_msg(status == want, "%s: %s", rimer_status_text(status), rimer_last_error());
    ck_assert((model != NULL) == (status == RIMER_OK || status == RIMER_INTERRUPTED));
    rimer_model_free(model);
}

static int stop_now(void *user, const rimer_progress *progress) {
    int64_t *epoch = user;
    return progress->epoch_ended && progress->epoch >= *epoch;
}

/* Stops after epoch 1. */
static void interrupt(const rimer_dataset *dataset, const rimer_config *config,
                      const run_paths *paths, const rimer_model *init) {
    int64_t epoch = 1;
    rimer_train_hooks hooks = {
        .user = &epoch, .progress = stop_now, .model_path = paths->model, .init = init};
    run(dataset, config, &hooks, RIMER_INTERRUPTED);
    ck_assert(is_there(paths->state) && is_there(paths->best));
}

START_TEST(stopped_equals_straight) {
    rimer_config config = four_epochs();
    rimer_dataset *dataset = dataset_of(noisy_sine, NULL);
    run_paths straight = paths_of("straight"), paths = paths_of("stopped");
    run(dataset, &config, &(rimer_train_hooks){.model_path = straight.model}, RIMER_OK);
    for (int64_t epoch = 0; epoch <= EPOCHS; epoch++) {
        rimer_train_hooks hooks = {
            .user = &epoch, .progress = stop_now, .model_path = paths.model};
        config.threads = 1 + epoch % 2;
        run(dataset, &config, &hooks, RIMER_INTERRUPTED);
        ck_assert(is_there(paths.state) && !is_there(paths.model));
        config.threads = 1 + (epoch + 1) % 2;
        config.checkpoint_seconds = (double)epoch; /* is no part of what a run is */
        rimer_train_hooks resume = {.model_path = paths.model, .resume = 1};
        run(dataset, &config, &resume, RIMER_OK);
        ck_assert_msg(same_files(straight.model, paths.model), "epoch %d", (int)epoch);
        ck_assert(!is_there(paths.state) && !is_there(paths.best));
        unlink(paths.model);
    }
    rimer_dataset_free(dataset);
}
END_TEST

/* What a kill at the end of an epoch would leave: saved in the middle of one, as a rule. */
typedef struct images {
    const run_paths *paths;
    int n, n_inside;          /* an epoch */
    int64_t step[EPOCHS + 1]; /* of the first ones */
} images;

static void name_image(char *path, int i) {
    snprintf(path, PATH, "%s/image%d", rm_test_folder(), i);
}

static int take_image(void *user, const rimer_progress *progress) {
    images *all = user;
    char path[PATH];
    rimer_train_place place;
    rimer_model *best;
    if (!progress->epoch_ended || !is_there(all->paths->state) || all->n > EPOCHS)
        return 0;
    name_image(path, all->n);
    copy(all->paths->state, path);
    ck_assert_int_eq(rimer_train_place_read(path, &place), RIMER_OK);
    all->step[all->n++] = place.step;
    all->n_inside += place.step % (progress->n_steps / progress->n_epochs) != 0;
    ck_assert_int_eq(rimer_model_load(all->paths->best, &best), RIMER_OK);
    rimer_model_free(best);
    return 0;
}

START_TEST(killed_equals_straight) {
    rimer_config config = four_epochs();
    rimer_dataset *dataset = dataset_of(noisy_sine, NULL);
    run_paths straight = paths_of("straight"), paths = paths_of("killed");
    run(dataset, &config, &(rimer_train_hooks){.model_path = straight.model}, RIMER_OK);
    for (int64_t every = 4; every <= 6; every++) {
        images all = {.paths = &paths};
        rimer_train_hooks hooks = {
            .user = &all, .progress = take_image, .model_path = paths.model};
        config.checkpoint_steps = every;
        run(dataset, &config, &hooks, RIMER_OK);
        ck_assert(same_files(straight.model, paths.model)); /* saving changes nothing */
        ck_assert_int_ge(all.n, EPOCHS - 1);
        ck_assert_int_ge(all.n_inside, 2);
        ck_assert_int_eq(all.step[all.n - 1] % every, 0);
        for (int i = 0; i < all.n; i++) {
            char image[PATH];
            name_image(image, i);
            unlink(paths.model);
            ck_assert_int_eq(rename(image, paths.state), 0);
            config.threads = 1 + i % 2;
            rimer_train_hooks resume = {.model_path = paths.model, .resume = 1};
            run(dataset, &config, &resume, RIMER_OK);
            ck_assert_msg(same_files(straight.model, paths.model), "killed after step %d",
                          (int)all.step[i]);
        }
    }
    rimer_dataset_free(dataset);
}
END_TEST

/* A run is its data, its settings and the weights that it starts from. */
START_TEST(other_runs_are_not_resumed) {
    rimer_config config = four_epochs(), other = config;
    rimer_dataset *dataset = dataset_of(noisy_sine, NULL);
    rimer_dataset *changed = dataset_of(other_sine, NULL);
    run_paths paths = paths_of("kin");
    rimer_train_hooks resume = {.model_path = paths.model, .resume = 1};
    interrupt(dataset, &config, &paths, NULL);
    other.lr *= 2;
    run(dataset, &other, &resume, RIMER_USAGE);
    ck_assert_ptr_nonnull(strstr(rimer_last_error(), "lr is 0.003 there, 0.006 here"));
    run(changed, &config, &resume, RIMER_USAGE);
    ck_assert_ptr_nonnull(strstr(rimer_last_error(), "other data"));
    rimer_model *init = train(dataset, &config, NULL, NULL);
    resume.init = init;
    run(dataset, &config, &resume, RIMER_USAGE);
    ck_assert_ptr_nonnull(strstr(rimer_last_error(), "--init"));
    resume.init = NULL;
    ck_assert(is_there(paths.state) && !is_there(paths.model)); /* nothing was touched */
    run(dataset, &config, &resume, RIMER_OK);
    rimer_model_free(init);
    rimer_dataset_free(dataset);
    rimer_dataset_free(changed);
}
END_TEST

static void set_metadata(const char *path, const char *key, const char *text) {
    rm_tensor_file file;
    ck_assert_int_eq(rm_tensors_read(path, &file), RIMER_OK);
    if (text)
        json_object_set_new(file.metadata, key, json_string(text));
    else
        json_object_del(file.metadata, key);
    ck_assert_int_eq(rm_tensors_write(path, file.metadata, file.tensors, file.n_tensors),
                     RIMER_OK);
    rm_tensors_free(&file);
}

/* A damaged place in the run must not become a place in memory, nor other bits in silence. */
START_TEST(damaged_state_is_refused) {
    static const struct {
        const char *key, *text, *says;
    } damage[] = {{"rows_done", "-100000000", "rows_done"},
                  {"rows_done", NULL, "rows_done"},
                  {"step", "x", "step"},
                  {"epoch", "-3", "epoch"},
                  {"seconds", NULL, "seconds"},
                  {"best_mse", "1e3 bits", "best_mse"},
                  {"step", "8", "checksum"},
                  {"checksum", NULL, "checksum"},
                  {"format", "rimer-train-1", "format"},
                  {"format", "rimer-1", "is no training state"}};
    rimer_config config = four_epochs();
    rimer_dataset *dataset = dataset_of(noisy_sine, NULL);
    run_paths paths = paths_of("damaged");
    char whole[PATH];
    rimer_train_hooks resume = {.model_path = paths.model, .resume = 1};
    snprintf(whole, PATH, "%s/whole", rm_test_folder());
    interrupt(dataset, &config, &paths, NULL);
    copy(paths.state, whole);
    for (size_t i = 0; i < sizeof damage / sizeof *damage; i++) {
        set_metadata(paths.state, damage[i].key, damage[i].text);
        run(dataset, &config, &resume, RIMER_MODEL);
        ck_assert_msg(strstr(rimer_last_error(), damage[i].says), "damage %zu: %s", i,
                      rimer_last_error());
        copy(whole, paths.state);
    }
    size_t size;
    char *bytes = content(whole, &size);
    for (size_t at = size - 1; at > size / 2; at -= size / 9) {
        bytes[at] ^= 1; /* one bit of a weight or moment */
        put(paths.state, bytes, size);
        run(dataset, &config, &resume, RIMER_MODEL);
        bytes[at] ^= 1;
        put(paths.state, bytes, at);
        run(dataset, &config, &resume, RIMER_MODEL);
    }
    free(bytes);
    copy(whole, paths.state);
    run(dataset, &config, &resume, RIMER_OK);
    rimer_dataset_free(dataset);
}
END_TEST

/* Other kernels round in other ways. */
START_TEST(other_kernels_are_told) {
    const rm_kernels *table;
    rimer_config config = four_epochs();
    rimer_dataset *dataset = dataset_of(noisy_sine, NULL);
    run_paths paths = paths_of("kernels");
    rimer_train_hooks resume = {.model_path = paths.model, .resume = 1};
    unsetenv("RIMER_KERNELS");
    ck_assert_int_eq(rm_kernels_choose(&table), RIMER_OK);
    if (strcmp(table->name, "ref") == 0) {
        printf("SKIP other_kernels_are_told: there is one table only\n");
    } else {
        interrupt(dataset, &config, &paths, NULL);
        setenv("RIMER_KERNELS", "ref", 1);
        run(dataset, &config, &resume, RIMER_USAGE);
        ck_assert_ptr_nonnull(strstr(rimer_last_error(), "kernel table ref"));
        resume.force = 1;
        run(dataset, &config, &resume, RIMER_OK);
    }
    rimer_dataset_free(dataset);
}
END_TEST

/* What another run wrote stays, unless by force; what this one wrote may be written again. */
START_TEST(other_models_are_not_replaced) {
    rimer_config config = four_epochs(), other = config;
    rimer_dataset *dataset = dataset_of(noisy_sine, NULL);
    rimer_dataset *changed = dataset_of(other_sine, NULL);
    run_paths paths = paths_of("taken"), first = paths_of("first");
    rimer_train_hooks hooks = {.model_path = paths.model}, force = hooks, again = hooks;
    force.force = 1;
    other.seed = 2;
    run(dataset, &config, &hooks, RIMER_OK);
    copy(paths.model, first.model);
    run(dataset, &config, &hooks, RIMER_OK);
    run(dataset, &other, &hooks, RIMER_USAGE);
    ck_assert_ptr_nonnull(strstr(rimer_last_error(), "seed is 1 there, 2 here"));
    run(changed, &config, &hooks, RIMER_USAGE);
    rimer_model *init = train(dataset, &config, NULL, NULL);
    again.init = init; /* to train a model further in its place is to replace it */
    run(dataset, &config, &again, RIMER_USAGE);
    ck_assert(same_files(first.model, paths.model));
    run(dataset, &other, &force, RIMER_OK);
    ck_assert(!same_files(first.model, paths.model));
    force.init = init;
    run(dataset, &config, &force, RIMER_OK);
    run(dataset, &config, &again, RIMER_OK); /* now it is this run's */

    put(paths.model, "ds,y\n1,2\n", 9);
    run(dataset, &config, &hooks, RIMER_USAGE);
    put(paths.model, "", 0); /* as mktemp makes them */
    run(dataset, &config, &hooks, RIMER_OK);
    ck_assert(same_files(first.model, paths.model));
    rimer_model_free(init);
    rimer_dataset_free(dataset);
    rimer_dataset_free(changed);
}
END_TEST

/* Nor is a run that waits to be resumed. */
START_TEST(interrupted_runs_are_not_dropped) {
    rimer_config config = four_epochs(), other = config;
    rimer_dataset *dataset = dataset_of(noisy_sine, NULL);
    run_paths paths = paths_of("waits");
    rimer_train_hooks hooks = {.model_path = paths.model};
    other.lr = 0.1;
    interrupt(dataset, &config, &paths, NULL);
    run(dataset, &config, &hooks, RIMER_USAGE);
    ck_assert_ptr_nonnull(strstr(rimer_last_error(), "--resume to go on"));
    run(dataset, &other, &hooks, RIMER_USAGE);
    ck_assert_ptr_nonnull(strstr(rimer_last_error(), "lr is 0.003 there, 0.1 here"));
    ck_assert(is_there(paths.state) && is_there(paths.best));
    hooks.force = 1;
    run(dataset, &other, &hooks, RIMER_OK);
    ck_assert(!is_there(paths.state) && !is_there(paths.best));
    rimer_dataset_free(dataset);
}
END_TEST

static int fail_if_called(void *user, const rimer_progress *progress) {
    (void)progress;
    *(int *)user = 1;
    return 0;
}

static int is_done(const rimer_dataset *dataset, const rimer_config *config, const char *path) {
    int done = -1;
    ck_assert_int_eq(rimer_train_is_done(dataset, config, path, &done), RIMER_OK);
    return done;
}

/* Whatever lies beside the model is nobody's business here. */
START_TEST(done_is_told) {
    rimer_config config = four_epochs(), other = config;
    rimer_dataset *dataset = dataset_of(noisy_sine, NULL);
    run_paths paths = paths_of("told");
    rimer_train_hooks hooks = {.model_path = paths.model, .resume = 1};
    size_t size;
    ck_assert(!is_done(dataset, &config, paths.model));
    put(paths.model, "", 0);
    ck_assert(!is_done(dataset, &config, paths.model));
    interrupt(dataset, &config, &paths, NULL);
    copy(paths.state, paths.model);
    ck_assert(!is_done(dataset, &config, paths.model));
    (void)unlink(paths.model);
    rimer_model_free(train(dataset, &config, &hooks, NULL));
    other.seed++;
    ck_assert(is_done(dataset, &config, paths.model));
    ck_assert(!is_done(dataset, &other, paths.model));
    copy(paths.model, paths.best);
    copy(paths.model, paths.state);
    ck_assert(is_done(dataset, &config, paths.model));
    ck_assert(is_there(paths.best) && is_there(paths.state));
    char *bytes = content(paths.model, &size);
    put(paths.model, bytes, size - 1);
    free(bytes);
    ck_assert(!is_done(dataset, &config, paths.model));
    other = config;
    other.width = 17;
    int done;
    ck_assert_int_eq(rimer_train_is_done(dataset, &other, paths.model, &done), RIMER_USAGE);
    rimer_dataset_free(dataset);
}
END_TEST

/* A run that is done is not trained again by `resume`, and its leftovers go. */
START_TEST(done_is_done) {
    rimer_config config = four_epochs();
    rimer_dataset *dataset = dataset_of(noisy_sine, NULL);
    run_paths paths = paths_of("done");
    rimer_train_report report, again;
    rimer_train_hooks hooks = {.model_path = paths.model, .resume = 1};
    rimer_model *model = train(dataset, &config, &hooks, &report); /* nothing there: begins */
    int called = 0;
    hooks.user = &called;
    hooks.progress = fail_if_called;
    copy(paths.model, paths.best); /* killed between model and state it would be there */
    rimer_model *same = train(dataset, &config, &hooks, &again);
    ck_assert(!called && !report.was_done && again.was_done && same_values(model, same));
    ck_assert(!is_there(paths.best));
    ck_assert_int_eq(again.epochs, report.epochs);
    ck_assert_int_eq(again.best_epoch, report.best_epoch);
    ck_assert_int_eq(again.n_rows, report.n_rows);
    ck_assert_double_eq(again.val_mse, report.val_mse);
    rimer_model_free(model);
    rimer_model_free(same);
    rimer_dataset_free(dataset);
}
END_TEST

static int write_other(void *user, const rimer_progress *progress) {
    if (progress->epoch_ended && progress->epoch == 2)
        put(user, "another", 7);
    return 0;
}

/* Another program wrote the model while this one trained: both are kept. */
START_TEST(models_that_appear_are_kept) {
    rimer_config config = four_epochs();
    rimer_dataset *dataset = dataset_of(noisy_sine, NULL);
    run_paths paths = paths_of("appears"), straight = paths_of("straight");
    run(dataset, &config, &(rimer_train_hooks){.model_path = straight.model}, RIMER_OK);
    rimer_train_hooks hooks = {
        .user = paths.model, .progress = write_other, .model_path = paths.model};
    run(dataset, &config, &hooks, RIMER_USAGE);
    size_t size;
    char *bytes = content(paths.model, &size);
    ck_assert(size == 7 && memcmp(bytes, "another", 7) == 0);
    free(bytes);
    unlink(paths.model);
    run(dataset, &config, &(rimer_train_hooks){.model_path = paths.model, .resume = 1},
        RIMER_OK);
    ck_assert(same_files(straight.model, paths.model));
    rimer_dataset_free(dataset);
}
END_TEST

static int put_folder(void *user, const rimer_progress *progress) {
    if (progress->epoch_ended && progress->epoch == 2)
        ck_assert_int_eq(mkdir(user, 0777), 0);
    return 0;
}

/* The model cannot be written: what was saved is there still. */
START_TEST(state_outlives_a_failure) {
    rimer_config config = four_epochs();
    rimer_dataset *dataset = dataset_of(noisy_sine, NULL);
    run_paths paths = paths_of("fails"), straight = paths_of("straight");
    run(dataset, &config, &(rimer_train_hooks){.model_path = straight.model}, RIMER_OK);
    rimer_train_hooks hooks = {
        .user = paths.model, .progress = put_folder, .model_path = paths.model};
    config.checkpoint_steps = 1;
    run(dataset, &config, &hooks, RIMER_IO);
    ck_assert(is_there(paths.state) && is_there(paths.best));
    ck_assert_int_eq(rmdir(paths.model), 0);
    run(dataset, &config, &(rimer_train_hooks){.model_path = paths.model, .resume = 1},
        RIMER_OK);
    ck_assert(same_files(straight.model, paths.model));
    rimer_dataset_free(dataset);
}
END_TEST

/* By time: every step if that is all it takes, never for a run that is shorter. */
START_TEST(saves_by_time) {
    rimer_config config = four_epochs();
    rimer_dataset *dataset = dataset_of(noisy_sine, NULL);
    run_paths paths = paths_of("timed");
    images all = {.paths = &paths}, none = all;
    rimer_train_hooks hooks = {.user = &all, .progress = take_image, .model_path = paths.model};
    config.checkpoint_seconds = 1e-6; /* then the cost of saving decides */
    config.epochs = 400;
    run(dataset, &config, &hooks, RIMER_OK);
    ck_assert_int_ge(all.n, 1);
    config.checkpoint_seconds = 60;
    hooks.user = &none;
    run(dataset, &config, &hooks, RIMER_OK);
    ck_assert_int_eq(none.n, 0);
    rimer_dataset_free(dataset);
}
END_TEST

int main(void) {
    return rm_test_main("resume",
                        (const TTest *[]){stopped_equals_straight, killed_equals_straight,
                                          other_runs_are_not_resumed, damaged_state_is_refused,
                                          other_kernels_are_told, other_models_are_not_replaced,
                                          interrupted_runs_are_not_dropped, done_is_told,
                                          done_is_done, models_that_appear_are_kept,
                                          state_outlives_a_failure, saves_by_time, NULL});
}
