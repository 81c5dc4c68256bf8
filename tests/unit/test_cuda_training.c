/* Training on a GPU against the processor's, step by step and whole; how steps are repeated there. As
 * test_cuda.c it is linked twice, as test_cuda_training and test_gpu_training. */
#include "harness.h"

#include "base/array.h"
#include "model/model_inside.h"
#include "on_device.h"
#include "rimer/rimer.h"
#include "train/lanes.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static float wave(int64_t series, int64_t channel, int64_t step) {
    uint32_t noise = (uint32_t)(step * 2654435761u + channel * 40503u) >> 20;
    (void)series;
    if (step % 29 == 3)
        return (float)NAN;
    return (float)(sin((double)step * 0.52) + 0.3 * (double)channel +
                   0.2 * (double)noise / 4096);
}

#define SILENT 48 /* steps that the second channel has */
static float wave_that_ends(int64_t series, int64_t channel, int64_t step) {
    return channel == 1 && step >= SILENT ? (float)NAN : wave(series, channel, step);
}

/* ------------------------------------------------------------------------------- steps */

/* A training whose steps are taken one by one. */
typedef struct course {
    rimer_config config;
    rimer_dataset *dataset;
    rimer_model *model;
    rm_scaler scaler;
    rm_windows windows;
    rm_pool *pool;
    rm_lanes *lanes;
    int64_t total;
    rm_real *values; /* [4][total] params, moments, average */
} course;

static void make_lanes(course *c) {
    rm_real *values = c->values;
    int64_t n = c->total;
    rm_lanes_setup setup = {
        &c->config, &c->model->network, &c->windows,    &c->scaler, c->pool, values,
        values + n, values + 2 * n,     values + 3 * n, 0.1,        1};
    ck_assert_msg(rm_lanes_create(&c->lanes, &setup) == RIMER_OK, "%s", rimer_last_error());
}

static void begin(course *c, const rimer_config *config, const char *device) {
    int64_t length = config->context_len < 100 ? 160 : 4 * config->context_len;
    *c = (course){.config = *config};
    c->dataset = rm_test_series(1, &length, 2, wave_that_ends);
    c->model = random_model(config);
    c->total = c->model->network.registry.total;
    c->values = calloc(4 * (size_t)c->total, sizeof *c->values);
    memcpy(c->values, c->model->values, (size_t)c->total * sizeof *c->values);
    snprintf(c->config.device, sizeof c->config.device, "%s", device);
    ck_assert_int_eq(rm_scaler_fit(&c->scaler, c->dataset, config->split), RIMER_OK);
    ck_assert_int_eq(rm_windows_make(&c->windows, c->dataset, config->split, RM_PART_TRAIN,
                                     config->context_len, config->output_len, 1),
                     RIMER_OK);
    ck_assert_int_eq(rm_pool_create(2, &c->pool), RIMER_OK);
    make_lanes(c);
}

static void end(course *c) {
    rm_lanes_free(c->lanes);
    rm_pool_free(c->pool);
    rm_windows_free(&c->windows);
    rm_scaler_free(&c->scaler);
    rimer_model_free(c->model);
    rimer_dataset_free(c->dataset);
    free(c->values);
}

/* Rows of a batch that is not the same twice. */
static int64_t *rows_of(const course *c, int64_t n, int64_t seed) {
    int64_t *rows = calloc((size_t)n, sizeof *rows);
    for (int64_t i = 0; i < n; i++)
        rows[i] = (i * 5 + seed * 7) % c->windows.n_rows;
    return rows;
}

static double gradient_on(const rimer_config *config, const char *device, int64_t n,
                          rm_real *gradient) {
    course c;
    double loss;
    begin(&c, config, device);
    int64_t *rows = rows_of(&c, n, 0);
    ck_assert_msg(rm_lanes_gradient(c.lanes, rows, n, &loss, gradient) == RIMER_OK, "%s",
                  rimer_last_error());
    free(rows);
    end(&c);
    return loss;
}

/* The processor's are in float32. */
static void compare_gradients(const rimer_config *config, const char *name, int64_t n) {
    int rounded = config->precision != RIMER_PRECISION_FLOAT32;
    double tolerance = rounded ? 5e-2 : 2e-4, least = rounded ? 1e-2 : 1e-4;
    rimer_config exact = *config;
    rimer_model *model = random_model(config);
    const rm_registry *registry = &model->network.registry;
    rm_real *want = calloc((size_t)registry->total, sizeof *want);
    rm_real *got = calloc((size_t)registry->total, sizeof *got);
    exact.precision = RIMER_PRECISION_FLOAT32;
    double loss = gradient_on(&exact, "cpu", n, want), largest = 0;
    ck_assert_double_eq_tol(gradient_on(config, "cuda", n, got), loss,
                            (rounded ? 1e-2 : 1e-5) * loss);
    for (int64_t i = 0; i < registry->total; i++)
        largest = fmax(largest, fabs((double)want[i]));
    for (int64_t p = 0; p < registry->n; p++) {
        const rm_param *param = &registry->items[p];
        double size = least * largest, error = 0; /* a key's bias moves nothing */
        for (int64_t i = param->offset; i < param->offset + param->count; i++) {
            size = fmax(size, fabs((double)want[i]));
            error = fmax(error, fabs((double)(got[i] - want[i])));
            ck_assert_msg(isfinite(got[i]), "%s: %s", name, param->name);
        }
        ck_assert_msg(error <= tolerance * size, "%s: %s: off by %g of %g", name, param->name,
                      error, size);
    }
    free(want), free(got);
    rimer_model_free(model);
}

START_TEST(gradients_agree) {
    static const char *const ways[] = {"loss_tokens=last", "loss=mae dropout=0.2 origin_lr=1",
                                       "loss=mse noise=0.1 flip=0.5"};
    if (!kernels_for("gradients_agree"))
        return;
    for (int v = 0; v < n_networks; v++) {
        rimer_config config = config_of(networks[v]);
        int quantiles = *config.quantiles != 0;
        rm_test_settings(&config, ways[v % 3]);
        if (config.origin != RIMER_ORIGIN_LINEAR && v % 2 == 0)
            rm_test_settings(&config, "loss_tokens=all");
        if (quantiles)
            rm_test_settings(&config, "loss=auto");
        compare_gradients(&config, networks[v], 20);
    }
}
END_TEST

/* What the recurrence reads is half as long then, and of the last block the ends alone are taken. */
START_TEST(rounded_gradients_agree) {
    static const char *const tokens[] = {"all", "last"};
    for (int i = 0; i < 4 && kernels_for("rounded_gradients_agree"); i++) {
        rimer_config config = config_of("precision=bfloat16 width=32 head_size=16 origin=last");
        config.layers = 1 + i / 2;
        config.loss_tokens = i % 2 ? RIMER_TOKENS_LAST : RIMER_TOKENS_ALL;
        compare_gradients(&config, tokens[i % 2], 20);
    }
}
END_TEST

/* More rows than a device runs at once: they are sent together, and found again. */
START_TEST(blocks_agree) {
    rimer_config config = config_of("layers=0 width=2 head_size=2 phase=7 dropout=0.2 "
                                    "loss_tokens=all origin=last");
    rm_test_settings(&config, "context_len=600 patch_len=1 output_len=2 horizon=2");
    if (kernels_for("blocks_agree"))
        compare_gradients(&config, "blocks", 50);
}
END_TEST

/* Everything that changes from step to step does: rows, rate, what is dropped, the bias of the moments,
 * the clipping; the last batch is smaller. `alone`: lanes of its own for each step, in which nothing is
 * repeated. */
static void take_steps(course *c, int first, int last, int alone, double *loss) {
    enum { SMALLER = 7 };
    for (int i = first; i <= last; i++) {
        int64_t n = i == SMALLER ? 9 : 16, *rows = rows_of(c, n, i), count = 0;
        ck_assert_msg(rm_lanes_step(c->lanes, rows, n, 1e-3 * (double)i, i, loss, &count) ==
                          RIMER_OK,
                      "%s", rimer_last_error());
        free(rows);
        if (alone) {
            ck_assert_int_eq(rm_lanes_store(c->lanes), RIMER_OK);
            rm_lanes_free(c->lanes);
            make_lanes(c);
        }
    }
    ck_assert_int_eq(rm_lanes_store(c->lanes), RIMER_OK);
}

static int same_course(const course *a, const course *b) {
    return memcmp(a->values, b->values, 4 * (size_t)a->total * sizeof *a->values) == 0;
}

static const char *const varied[] = {
    "layers=2 width=16 head_size=8 dropout=0.2 clip=0.01 loss=mae",
    "layers=1 width=32 head_size=32 loss_tokens=all origin=last phase=7,24 moments=yes "
    "quantiles=0.1,0.9",
    "layers=2 width=16 head_size=8 precision=bfloat16 dropout=0.1 noise=0.2 norm=causal "
    "origin=last loss_tokens=all",
    "layers=1 width=12 head_size=6 mixer=attention position=sinusoid origin=linear origin_lr=1 "
    "decay_mode=l2 clip=0 mask=on flip=0.5",
};
#define N_VARIED ((int)(sizeof varied / sizeof *varied))

/* Recorded steps give the bits of steps that are called, and so do those that cannot be recorded. */
START_TEST(steps_repeated) {
    static const char *const failing[] = {"", "cudaStreamBeginCapture", "cudaStreamEndCapture",
                                          "cudaGraphInstantiate"};
    if (!kernels_for("steps_repeated"))
        return;
    for (int v = 0; v < N_VARIED; v++) {
        rimer_config config = config_of(varied[v]);
        rm_test_settings(&config, "batch=16");
        course alone;
        double want = 0;
        begin(&alone, &config, "cuda");
        take_steps(&alone, 1, 7, 1, &want);
        for (int f = 0; f < (v == 0 && shim_reverse(0) ? 4 : 1); f++) {
            course c;
            double loss = 0;
            int before = shim_count("rm_shim_replays");
            setenv("RIMER_CUDA_SHIM_FAIL", failing[f], 1);
            begin(&c, &config, "cuda");
            take_steps(&c, 1, 7, 0, &loss);
            unsetenv("RIMER_CUDA_SHIM_FAIL");
            ck_assert_msg(same_course(&c, &alone), "%s %s", varied[v], failing[f]);
            ck_assert_double_eq(loss, want);
            if (before >= 0) /* but the first, and the smaller one */
                ck_assert_int_eq(shim_count("rm_shim_replays") - before, f ? 0 : 5);
            end(&c);
            ck_assert_int_le(shim_count("rm_shim_graphs"), 0);
        }
        end(&alone);
    }
}
END_TEST

enum { CALLED, SENDS, GROWS };
enum { MANY_HEADS = 1250, SMALL_HEAD = 16, MANY = MANY_HEADS * SMALL_HEAD };

/* Something to be repeated. */
typedef struct job {
    const rm_kernels *k;
    rm_real *x; /* [2] sum, summand; and room */
    int kind, calls;
} job;

/* Makes the workspace larger than training does. */
static void use_workspace(const rm_kernels *k, rm_real *x) {
    k->keys_backward(x, x, x, x, x, x, x, x, x, x, x, x, x, 1, MANY_HEADS, SMALL_HEAD);
}

static void do_job(void *arg) {
    static const rm_real one = 1;
    job *j = arg;
    j->calls++;
    if (j->kind == SENDS)
        j->k->memory->upload(j->x + 1, &one, sizeof one);
    if (j->kind == GROWS && j->calls > 1)
        use_workspace(j->k, j->x + 2);
    j->k->add(j->x, j->x + 1, 1);
}

/* Called first, recorded next and then done without; called each time if it cannot be recorded,
 * for it sends something or needs a larger workspace, which is no failure. */
START_TEST(repeated_work) {
    static const rm_real begin_with[2] = {0, 1};
    const rm_kernels *k = kernels_for("repeated_work");
    for (int kind = CALLED; k && kind <= GROWS; kind++) {
        job j = {.k = k, .kind = kind};
        rm_repeated *repeated = NULL;
        rm_real sum = 0;
        const char *problem =
            k->memory->reserve((void **)&j.x, (size_t)(2 + MANY) * sizeof *j.x);
        ck_assert_msg(!problem, "%s", problem);
        k->memory->upload(j.x, begin_with, sizeof begin_with);
        for (int i = 0; i < 5; i++)
            k->memory->repeat(&repeated, do_job, &j);
        problem = k->memory->download(&sum, j.x, sizeof sum);
        ck_assert_msg(!problem, "%s", problem);
        ck_assert_double_eq((double)sum, 5);
        ck_assert_int_eq(j.calls, kind == CALLED ? 2 : 6);
        k->memory->forget(repeated);
        k->memory->release(j.x);
    }
    if (k)
        k->memory->forget(NULL);
}
END_TEST

/* A workspace that grows moves, and what was recorded with the old one is recorded anew. */
START_TEST(workspace_moves) {
    const rm_kernels *k = kernels_for("workspace_moves");
    rimer_config config = config_of(varied[0]);
    course c, alone;
    rm_real *x;
    double loss = 0, want = 0;
    if (!k)
        return;
    rm_test_settings(&config, "batch=16");
    begin(&alone, &config, "cuda");
    take_steps(&alone, 1, 7, 1, &want);
    begin(&c, &config, "cuda");
    take_steps(&c, 1, 3, 0, &loss);
    int before = shim_count("rm_shim_replays");
    const char *problem = k->memory->reserve((void **)&x, MANY * sizeof *x);
    ck_assert_msg(!problem, "%s", problem);
    use_workspace(k, x);
    take_steps(&c, 4, 7, 0, &loss);
    ck_assert(same_course(&c, &alone));
    if (before >= 0) /* the fourth is called, the fifth recorded */
        ck_assert_int_eq(shim_count("rm_shim_replays") - before, 2);
    k->memory->release(x);
    end(&c);
    end(&alone);
}
END_TEST

/* What fails when a recorded step is done again is named where it is waited for. */
START_TEST(failing_replays) {
    static const char *const calls[] = {"cudaGraphLaunch", "cudaStreamSynchronize",
                                        "cudaMemcpy"};
    rimer_config config = config_of(varied[0]);
    if (!is_shim("failing_replays") || !kernels_for("failing_replays"))
        return;
    rm_test_settings(&config, "batch=16");
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
        pid_t child = fork(); /* what fails stays failed */
        if (child == 0) {
            course c;
            double loss = 0;
            int64_t count = 0;
            begin(&c, &config, "cuda");
            take_steps(&c, 1, 3, 0, &loss);
            int64_t *rows = rows_of(&c, 16, 4);
            setenv("RIMER_CUDA_SHIM_FAIL", calls[i], 1);
            rimer_status status = rm_lanes_step(c.lanes, rows, 16, 1e-3, 4, &loss, &count);
            _exit(status == RIMER_FAILED && strstr(rimer_last_error(), calls[i]) && count == 0
                      ? 0
                      : 1);
        }
        int how;
        ck_assert_int_eq(waitpid(child, &how, 0), child);
        ck_assert_msg(WIFEXITED(how) && WEXITSTATUS(how) == 0, "%s", calls[i]);
    }
}
END_TEST

static int is_heard(rm_window window) {
    return window.channel == 0 || window.start < SILENT;
}

/* A step whose gradient is not finite says so, and one without a target says nothing: neither changes
 * anything, on either device. */
START_TEST(steps_without_effect) {
    static const char *const devices[] = {"cpu", "cuda"};
    rimer_config config = config_of(varied[0]);
    rm_test_settings(&config, "batch=16");
    for (int d = 0; d < 2 && kernels_for("steps_without_effect"); d++)
        for (int diverges = 0; diverges < 2; diverges++) {
            course c;
            double loss = 0;
            int64_t count = 0;
            begin(&c, &config, devices[d]);
            rm_lanes_free(c.lanes);
            if (diverges)
                c.values[c.model->network.head.head_bias] = (rm_real)NAN;
            make_lanes(&c);
            rm_real *before = malloc(4 * (size_t)c.total * sizeof *before);
            memcpy(before, c.values, 4 * (size_t)c.total * sizeof *before);
            int64_t *rows = rows_of(&c, 16, 1), row = 0;
            for (int i = 0; i < 16 && !diverges; i++) {
                while (is_heard(rm_windows_row(&c.windows, row)))
                    row++;
                rows[i] = row++;
            }
            for (int i = 0; i < 3; i++) {
                rimer_status status = rm_lanes_step(c.lanes, rows, 16, 1e-3, 1, &loss, &count);
                ck_assert_int_eq(status, diverges ? RIMER_FAILED : RIMER_OK);
                if (diverges)
                    ck_assert_ptr_nonnull(strstr(rimer_last_error(), "training diverged"));
            }
            ck_assert_int_eq(count, 0);
            ck_assert_int_eq(rm_lanes_store(c.lanes), RIMER_OK);
            ck_assert_mem_eq(before, c.values, 4 * (size_t)c.total * sizeof *before);
            free(before), free(rows);
            end(&c);
        }
}
END_TEST

/* ----------------------------------------------------------------------------- trainings */

static rimer_dataset *waves(void) {
    const int64_t length = 160;
    return rm_test_series(1, &length, 2, wave);
}

static rimer_train_report train_on(const char *settings, const char *device,
                                   rimer_model **model) {
    rimer_train_report report;
    rimer_dataset *dataset = waves();
    rimer_config config = config_of(settings);
    snprintf(config.device, sizeof config.device, "%s", device);
    ck_assert_msg(rimer_train(dataset, &config, NULL, model, &report) == RIMER_OK, "%s",
                  rimer_last_error());
    rimer_dataset_free(dataset);
    return report;
}

static int same_values(const rimer_model *a, const rimer_model *b) {
    return memcmp(a->values, b->values, (size_t)rm_model_total(a) * sizeof *a->values) == 0;
}

/* A whole training of two networks, validation and conformal calibration included, ends where the
 * processor's does, nearly so with rounded products; twice the same bits. */
START_TEST(training_agrees) {
    static const char settings[] =
        "layers=2 width=16 head_size=8 epochs=2 batch=64 dropout=0.1 "
        "conformal=yes quantiles=0.1,0.5,0.9 origin=linear mask=on moments=both";
    static const char *const precisions[] = {"float32", "tf32", "bfloat16"};
    static const double tolerances[] = {2e-3, 4e-3, 2e-2};
    rimer_model *cpu, *cuda[RM_PRECISIONS], *again;
    if (!kernels_for("training_agrees"))
        return;
    rimer_train_report want = train_on(settings, "cpu", &cpu);
    for (int p = 0; p < RM_PRECISIONS; p++) {
        char precise[sizeof settings + 32];
        snprintf(precise, sizeof precise, "%s precision=%s", settings, precisions[p]);
        rimer_train_report got = train_on(precise, "cuda", &cuda[p]);
        ck_assert_int_eq(got.epochs, want.epochs);
        ck_assert_double_eq_tol(got.val_mse, want.val_mse, tolerances[p] * want.val_mse);
        for (int q = 0; q < p; q++)
            ck_assert(!shim_reverse(0) || !same_values(cuda[p], cuda[q]));
    }
    (void)train_on(settings, "cuda:0", &again);
    ck_assert(same_values(cuda[0], again));
    ck_assert(!same_values(cuda[0], cpu)); /* or it ran on the processor */
    ck_assert_str_eq(again->device, "cuda:0");
    ck_assert_str_eq(rimer_model_config(again)->device, "cpu");
    ck_assert_str_eq(rimer_model_fact(again, "device"), "cuda");
    for (int p = 0; p < RM_PRECISIONS; p++)
        rimer_model_free(cuda[p]);
    rimer_model_free(cpu);
    rimer_model_free(again);
}
END_TEST

static int stop_at_step(void *user, const rimer_progress *progress) {
    return progress->step >= *(const int64_t *)user;
}

/* A run that is stopped in an epoch has all that is on the device in its state. */
START_TEST(resumed_training) {
    static const char settings[] = "layers=1 width=16 head_size=8 epochs=3 batch=16 average=1";
    rimer_model *straight, *stopped, *resumed;
    char path[256];
    int64_t stop = 5;
    if (!kernels_for("resumed_training"))
        return;
    (void)train_on(settings, "cuda", &straight);
    rimer_dataset *dataset = waves();
    rimer_config config = config_of(settings);
    rm_test_settings(&config, "device=cuda");
    snprintf(path, sizeof path, "%s/model.safetensors", rm_test_folder());
    rimer_train_hooks hooks = {.user = &stop, .progress = stop_at_step, .model_path = path};
    ck_assert_int_eq(rimer_train(dataset, &config, &hooks, &stopped, NULL), RIMER_INTERRUPTED);
    stop = INT64_MAX;
    hooks.resume = 1;
    ck_assert_msg(rimer_train(dataset, &config, &hooks, &resumed, NULL) == RIMER_OK, "%s",
                  rimer_last_error());
    size_t bytes = (size_t)straight->network.registry.total * sizeof *straight->values;
    ck_assert_int_ne(memcmp(stopped->values, straight->values, bytes), 0);
    ck_assert_int_eq(memcmp(resumed->values, straight->values, bytes), 0);
    rimer_model_free(straight);
    rimer_model_free(stopped);
    rimer_model_free(resumed);
    rimer_dataset_free(dataset);
}
END_TEST

static int die_at_step(void *user, const rimer_progress *progress) {
    if (progress->step >= *(const int64_t *)user)
        _exit(0);
    return 0;
}

/* What is saved while an epoch runs is what the device has then. */
START_TEST(killed_training) {
    static const char settings[] = "layers=1 width=16 head_size=8 epochs=2 batch=16";
    rimer_model *straight, *resumed;
    char path[256];
    int64_t stop = 1;
    int how;
    if (!is_shim("killed_training") || !kernels_for("killed_training"))
        return; /* a GPU does not outlive a fork */
    (void)train_on(settings, "cuda", &straight);
    rimer_dataset *dataset = waves();
    rimer_config config = config_of(settings);
    rm_test_settings(&config, "device=cuda checkpoint_steps=1");
    snprintf(path, sizeof path, "%s/killed.safetensors", rm_test_folder());
    rimer_train_hooks hooks = {.user = &stop, .progress = die_at_step, .model_path = path};
    pid_t child = fork();
    if (child == 0)
        _exit(rimer_train(dataset, &config, &hooks, &resumed, NULL) == RIMER_OK ? 2 : 1);
    ck_assert_int_eq(waitpid(child, &how, 0), child);
    ck_assert(WIFEXITED(how) && WEXITSTATUS(how) == 0);
    hooks.progress = NULL;
    hooks.resume = 1;
    ck_assert_msg(rimer_train(dataset, &config, &hooks, &resumed, NULL) == RIMER_OK, "%s",
                  rimer_last_error());
    size_t bytes = (size_t)straight->network.registry.total * sizeof *straight->values;
    ck_assert_int_eq(memcmp(resumed->values, straight->values, bytes), 0);
    rimer_model_free(straight);
    rimer_model_free(resumed);
    rimer_dataset_free(dataset);
}
END_TEST

/* A whole training is made of repeated steps, and comes to what it comes to without. */
START_TEST(training_repeated) {
    static const char settings[] =
        "layers=1 width=16 head_size=8 epochs=2 batch=16 dropout=0.1 "
        "average=1 loss_tokens=all origin=last";
    rimer_model *repeated, *called;
    if (!is_shim("training_repeated") || !kernels_for("training_repeated"))
        return;
    (void)train_on(settings, "cuda", &repeated);
    int replays = shim_count("rm_shim_replays");
    setenv("RIMER_CUDA_SHIM_FAIL", "cudaStreamBeginCapture", 1);
    (void)train_on(settings, "cuda", &called);
    unsetenv("RIMER_CUDA_SHIM_FAIL");
    ck_assert_int_gt(replays, 10);
    ck_assert_int_eq(shim_count("rm_shim_replays"), replays);
    ck_assert(same_values(repeated, called));
    rimer_model_free(repeated);
    rimer_model_free(called);
}
END_TEST

int main(void) {
    return rm_test_main(
        "cuda_training",
        (const TTest *[]){gradients_agree, rounded_gradients_agree, blocks_agree,
                          steps_repeated, repeated_work, workspace_moves, failing_replays,
                          steps_without_effect, training_agrees, training_repeated,
                          resumed_training, killed_training, NULL});
}
