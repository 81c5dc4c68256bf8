/* What runs on a GPU against the processor. Two programs are linked of this: test_cuda with the
 * kernels compiled for the processor (tests/cuda/), where device memory has no access outside of
 * kernels and copies, and test_gpu (`make check CUDA=1`) with those of nvcc. */
#define _GNU_SOURCE /* RTLD_DEFAULT */
#include "harness.h"

#include "base/array.h"
#include "base/rng.h"
#include "half_cases.h"
#include "kernel_cases.h"
#include "kernels/device_kernels.h"
#include "model/model_inside.h"
#include "rimer/rimer.h"
#include "train/lanes.h"

#include <dlfcn.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* The order in which the shim lets threads run; nothing on a GPU, which returns 0. */
static int shim_reverse(int yes) {
    void *symbol = dlsym(RTLD_DEFAULT, "rm_shim_reverse");
    void (*reverse)(int);
    if (!symbol)
        return 0;
    memcpy(&reverse, &symbol, sizeof reverse);
    reverse(yes);
    return 1;
}

/* Whether this is the shim; else a line says that the test is for it alone. */
static int is_shim(const char *test) {
    if (shim_reverse(0))
        return 1;
    printf("SKIP %s: it is for the kernels on the processor (test_cuda)\n", test);
    return 0;
}

/* The device's kernels; NULL, and a line that says so, where there is none. The address sanitizer does
 * not know the shim's fibers. */
static const rm_kernels *kernels_for(const char *test) {
    const rm_kernels *kernels;
    int shim = shim_reverse(0);
    if (shim && getenv("RIMER_SANITIZED")) {
        printf("SKIP %s: fibers and sanitizers do not go together\n", test);
        return NULL;
    }
    if (rm_device_open("cuda", &kernels) == RIMER_OK)
        return kernels;
    ck_assert_msg(!shim, "%s", rimer_last_error());
    printf("SKIP %s: %s\n", test, rimer_last_error());
    return NULL;
}

/* ------------------------------------------------------------------------------ kernels */

START_TEST(kernels_agree) {
    const rm_kernels *cuda = kernels_for("kernels_agree");
    for (const kernel_case *one = rm_kernel_cases; cuda && one->name; one++)
        rm_compare_case(one, cuda, rm_reference_kernels(), one->tolerance);
}
END_TEST

/* What the table for bfloat16 has of its own besides products. */
START_TEST(halves_agree) {
    rm_kernels cuda;
    if (!kernels_for("halves_agree"))
        return;
    ck_assert_int_eq(rm_device_precise(&cuda, "cuda", RM_BFLOAT16), RIMER_OK);
    rm_compare_halves(&cuda, rm_reference_kernels());
}
END_TEST

/* A race shows where threads come in another order; sums must not either. */
START_TEST(order_of_threads) {
    static const int64_t wanted[][4] = {{3, 17, 2, 5}, {1, 40, 2, 32}, {1, 33, 1, 64}};
    const rm_kernels *cuda =
        is_shim("order_of_threads") ? kernels_for("order_of_threads") : NULL;
    for (const kernel_case *one = rm_kernel_cases; cuda && one->name; one++)
        for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
            trial runs[2];
            for (int reverse = 0; reverse < 2; reverse++) {
                runs[reverse] = rm_trial_make(wanted[i]);
                rm_trial_fill(&runs[reverse], i + 1);
                shim_reverse(reverse);
                rm_trial_run(one, cuda, &runs[reverse]);
            }
            ck_assert_msg(rm_trial_difference(&runs[0], &runs[1]) == 0, "%s", one->name);
            rm_trial_free(&runs[0]);
            rm_trial_free(&runs[1]);
        }
}
END_TEST

/* Products of all forms, rows further apart than they are long, with factors of each precision. cuBLAS
 * may, the shim must round them: none is float in disguise there, and tf32 has more digits than
 * bfloat16. */
START_TEST(products) {
    enum { M = 7, N = 5, K = 9, LD = 11, ROOM = LD * LD };
    static const double least[] = {0, 1e-6, 2e-4}, most[] = {2e-6, 2e-4, 5e-3};
    int shim = shim_reverse(0);
    for (int i = 0; i < 6 * RM_PRECISIONS && kernels_for("products"); i++) {
        int precision = i / 6, form = i % 6, add = form % 2, ta = form / 2 == 1;
        int tb = form / 2 == 2;
        rm_real host[3][ROOM], got[ROOM], *there;
        const size_t bytes = sizeof host[0];
        double error = 0;
        rm_kernels cuda;
        rm_rng rng = rm_rng_make(5, (uint64_t)form);
        for (int v = 0; v < 3 * ROOM; v++)
            host[v / ROOM][v % ROOM] = (rm_real)(rm_rng_uniform(&rng) - 0.5);
        ck_assert_int_eq(rm_device_precise(&cuda, "cuda", precision), RIMER_OK);
        const char *problem = cuda.memory->reserve((void **)&there, sizeof host);
        ck_assert_msg(!problem, "%s", problem);
        cuda.memory->upload(there, host, sizeof host);
        cuda.gemm(there, LD, add, ta, tb, there + ROOM, LD, there + 2 * ROOM, LD, M, N, K);
        problem = cuda.memory->download(got, there, bytes);
        ck_assert_msg(!problem, "%s", problem);
        rm_reference_kernels()->gemm(host[0], LD, add, ta, tb, host[1], LD, host[2], LD, M, N,
                                     K);
        for (int v = 0; v < ROOM; v++)
            error = fmax(error, fabs((double)got[v] - (double)host[0][v]));
        ck_assert_msg(error <= most[precision] && (!shim || error >= least[precision]),
                      "precision %d, form %d: off by %g", precision, form, error);
        cuda.memory->release(there);
    }
}
END_TEST

/* ------------------------------------------------------------------------------- models */

static const char *const networks[] = {
    "layers=2 width=32 head_size=16",
    "layers=1 width=64 head_size=64 norm=none origin=last",
    "layers=2 width=32 head_size=32 origin=linear origin_bias=constant mask=on",
    "layers=2 width=24 head_size=12 position=sinusoid key_norm=add output_len=16",
    "layers=2 width=30 head_size=6 mixer=attention channel_mix=gelu block_norm=after "
    "position=sinusoid origin=none",
    "layers=2 width=32 head_size=16 quantiles=0.1,0.5,0.9 origin=linear",
    "layers=1 width=30 head_size=6 mixer=attention quantiles=0.2,0.5 channel_mix=linear "
    "input_norm=no output_norm=no",
    "layers=0 width=16 origin=linear",
    "layers=2 width=32 head_size=16 norm=causal origin=last",
    "layers=1 width=16 head_size=8 phase=7,24 quantiles=0.1,0.9",
    "layers=1 width=16 head_size=8 phase=5 mixer=attention origin=last",
};
#define N_NETWORKS ((int)(sizeof networks / sizeof *networks))
#define CONTEXT 37 /* no multiple of a patch */
#define SIZES "context_len=37 patch_len=8 output_len=8 horizon=8 origin_bias=scaled mask=off "

static rimer_config config_of(const char *settings) {
    rimer_config config;
    rimer_config_init(&config);
    rm_test_settings(&config, SIZES);
    rm_test_settings(&config, settings);
    return config;
}

/* Nothing at its initial value, where zeros would hide errors. */
static rimer_model *random_model(const rimer_config *config) {
    rimer_model *model;
    rm_rng rng = rm_rng_make(11, 1);
    ck_assert_msg(rimer_model_create(config, &model) == RIMER_OK, "%s", rimer_last_error());
    for (int64_t i = 0; i < model->network.registry.total; i++)
        model->values[i] += (rm_real)(0.2 * (rm_rng_uniform(&rng) - 0.5));
    return model;
}

static void forecast_on(rimer_model *model, const char *device, int64_t rows, const float *x,
                        int64_t horizon, float *out) {
    rimer_session *session;
    ck_assert_msg(rimer_model_set_device(model, device) == RIMER_OK, "%s", rimer_last_error());
    ck_assert_msg(rimer_session_create(model, rows, &session) == RIMER_OK, "%s",
                  rimer_last_error());
    rimer_levels levels = rimer_model_levels(model);
    int64_t next[] = {3, -40, 1000};
    ck_assert_int_eq(rimer_session_place(session, rows, next), RIMER_OK);
    rimer_status status =
        levels.n > 1 ? rimer_session_quantiles(session, rows, CONTEXT, x, horizon, &levels, out)
                     : rimer_session_forecast(session, rows, CONTEXT, x, horizon, out);
    ck_assert_msg(status == RIMER_OK, "%s", rimer_last_error());
    rimer_session_free(session);
}

/* Rollouts, a context with gaps and one without an observed step. */
START_TEST(forecasts_agree) {
    enum { ROWS = 3, HORIZON = 43, MOST_VALUES = ROWS * 3 * HORIZON };
    float x[ROWS * CONTEXT], want[MOST_VALUES], got[MOST_VALUES];
    if (!kernels_for("forecasts_agree"))
        return;
    for (int i = 0; i < ROWS * CONTEXT; i++)
        x[i] = i / CONTEXT == 2            ? (float)NAN
               : i / CONTEXT == 1 && i % 7 ? (float)NAN
                                           : (float)(10 + 3 * sin(i * 0.7));
    for (int v = 0; v < N_NETWORKS; v++) {
        rimer_config config = config_of(networks[v]);
        rimer_model *model = random_model(&config);
        int64_t n = ROWS * rimer_model_levels(model).n * HORIZON;
        forecast_on(model, "cpu", ROWS, x, HORIZON, want);
        forecast_on(model, "cuda", ROWS, x, HORIZON, got);
        for (int64_t i = 0; i < n; i++)
            ck_assert_msg(isnan(want[i]) ? isnan(got[i]) : fabsf(got[i] - want[i]) < 2e-3f,
                          "%s, value %lld: %g, %g", networks[v], (long long)i, (double)got[i],
                          (double)want[i]);
        rimer_model_free(model);
    }
}
END_TEST

/* ----------------------------------------------------------------------------- training */

static float wave(int64_t series, int64_t channel, int64_t step) {
    uint32_t noise = (uint32_t)(step * 2654435761u + channel * 40503u) >> 20;
    (void)series;
    if (step % 29 == 3)
        return (float)NAN;
    return (float)(sin((double)step * 0.52) + 0.3 * (double)channel +
                   0.2 * (double)noise / 4096);
}

static rimer_dataset *waves(void) {
    const int64_t length = 160;
    return rm_test_series(1, &length, 2, wave);
}

/* The gradient of one batch, and its loss. */
static double gradient_on(const rimer_config *config, const char *device, rimer_model *model,
                          rm_real *gradient) {
    rimer_config there = *config;
    rimer_dataset *dataset = waves();
    rm_scaler scaler;
    rm_windows windows;
    rm_pool *pool;
    rm_lanes *lanes;
    int64_t total = model->network.registry.total, rows[20];
    rm_real *room = calloc(3 * (size_t)total, sizeof *room);
    double loss;
    snprintf(there.device, sizeof there.device, "%s", device);
    ck_assert_int_eq(rm_scaler_fit(&scaler, dataset, config->split), RIMER_OK);
    ck_assert_int_eq(rm_windows_make(&windows, dataset, config->split, RM_PART_TRAIN,
                                     config->context_len, config->output_len, 1),
                     RIMER_OK);
    ck_assert_int_eq(rm_pool_create(2, &pool), RIMER_OK);
    rm_lanes_setup setup = {
        &there, &model->network, &windows,         &scaler, pool, model->values,
        room,   room + total,    room + 2 * total, 0.1,     1};
    ck_assert_msg(rm_lanes_create(&lanes, &setup) == RIMER_OK, "%s", rimer_last_error());
    for (int i = 0; i < 20; i++)
        rows[i] = i * 5;
    ck_assert_msg(rm_lanes_gradient(lanes, rows, 20, &loss, gradient) == RIMER_OK, "%s",
                  rimer_last_error());
    rm_lanes_free(lanes);
    rm_pool_free(pool);
    rm_windows_free(&windows);
    rm_scaler_free(&scaler);
    rimer_dataset_free(dataset);
    free(room);
    return loss;
}

START_TEST(gradients_agree) {
    static const char *const ways[] = {"loss_tokens=last", "loss=mae dropout=0.2 origin_lr=1",
                                       "loss=mse noise=0.1 flip=0.5"};
    if (!kernels_for("gradients_agree"))
        return;
    for (int v = 0; v < N_NETWORKS; v++) {
        rimer_config config = config_of(networks[v]);
        int quantiles = *config.quantiles != 0;
        rm_test_settings(&config, ways[v % 3]);
        if (config.origin != RIMER_ORIGIN_LINEAR && v % 2 == 0)
            rm_test_settings(&config, "loss_tokens=all");
        if (quantiles)
            rm_test_settings(&config, "loss=auto");
        rimer_model *model = random_model(&config);
        const rm_registry *registry = &model->network.registry;
        rm_real *want = calloc((size_t)registry->total, sizeof *want);
        rm_real *got = calloc((size_t)registry->total, sizeof *got);
        double loss = gradient_on(&config, "cpu", model, want);
        ck_assert_double_eq_tol(gradient_on(&config, "cuda", model, got), loss, 1e-5 * loss);
        double largest = 0;
        for (int64_t i = 0; i < registry->total; i++)
            largest = fmax(largest, fabs((double)want[i]));
        for (int64_t p = 0; p < registry->n; p++) {
            const rm_param *param = &registry->items[p];
            double size = 1e-4 * largest, error = 0; /* a key's bias moves nothing */
            for (int64_t i = param->offset; i < param->offset + param->count; i++) {
                size = fmax(size, fabs((double)want[i]));
                error = fmax(error, fabs((double)(got[i] - want[i])));
                ck_assert_msg(isfinite(got[i]), "%s: %s", networks[v], param->name);
            }
            ck_assert_msg(error <= 2e-4 * size, "%s: %s: off by %g of %g", networks[v],
                          param->name, error, size);
        }
        free(want), free(got);
        rimer_model_free(model);
    }
}
END_TEST

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
    return memcmp(a->values, b->values,
                  (size_t)a->network.registry.total * sizeof *a->values) == 0;
}

/* A whole training, validation and conformal calibration included, ends where the processor's
 * does, nearly so with rounded products; twice the same bits. */
START_TEST(training_agrees) {
    static const char settings[] =
        "layers=2 width=16 head_size=8 epochs=2 batch=64 dropout=0.1 "
        "conformal=yes quantiles=0.1,0.5,0.9 origin=linear mask=on";
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

/* ----------------------------------------------------------------------------- failures */

START_TEST(names) {
    static const char *const wrong[] = {"",        "gpu",     "cuda:",      "cuda:x",
                                        "cuda:-1", "cuda:0x", "cuda:99999", "CPU"};
    rimer_device found;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        ck_assert_int_eq(rimer_device_find(wrong[i], &found), RIMER_USAGE);
        ck_assert_ptr_nonnull(strstr(rimer_last_error(), "cpu, cuda, cuda:N or auto"));
    }
    ck_assert_int_eq(rimer_device_find("cpu", &found), RIMER_OK);
    ck_assert_str_eq(found.name, "cpu");
    if (!kernels_for("names"))
        return;
    ck_assert_int_eq(rimer_device_find("auto", &found), RIMER_OK);
    ck_assert_str_eq(found.name, "cuda:0");
    ck_assert_str_eq(found.refused, "");
    ck_assert_int_ne(found.text[0], '\0');
    ck_assert_int_eq(rimer_device_find("cuda:1", &found), RIMER_FAILED);
    ck_assert_ptr_nonnull(strstr(rimer_last_error(), "has cuda:0 open"));
}
END_TEST

/* Where there are fewer GPUs. */
START_TEST(number_too_high) {
    rimer_device found;
    if (!is_shim("number_too_high"))
        return;
    ck_assert_int_eq(rimer_device_find("cuda:1", &found), RIMER_FAILED);
    ck_assert_ptr_nonnull(strstr(rimer_last_error(), "there is no GPU 1"));
}
END_TEST

/* More than it has is a sentence with the size, and the device goes on. */
START_TEST(out_of_memory) {
    const rm_kernels *cuda = kernels_for("out_of_memory");
    if (!cuda)
        return;
    rm_arena arena = {.memory = cuda->memory};
    rm_arena_take(&arena, (int64_t)1 << 40, 4);
    ck_assert_int_eq(rm_arena_reserve(&arena), RIMER_NO_MEMORY);
    ck_assert_ptr_nonnull(strstr(rimer_last_error(), "cudaMalloc of 4194304.0 MiB failed"));
    rm_arena_free(&arena);
    rm_arena_take(&arena, 100, 4);
    arena.memory = cuda->memory;
    ck_assert_msg(rm_arena_reserve(&arena) == RIMER_OK, "%s", rimer_last_error());
    rm_arena_free(&arena);
}
END_TEST

/* A call that fails is named where its result is waited for, and no forecast comes. */
START_TEST(failing_calls) {
    static const char *const calls[] = {"cudaStreamSynchronize", "cublasGemmEx", "cudaMemcpy"};
    rimer_config config = config_of(networks[0]);
    float x[CONTEXT] = {1, 2, 3}, out[8] = {42};
    if (!is_shim("failing_calls") || !kernels_for("failing_calls"))
        return;
    rimer_model *model = random_model(&config);
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
        pid_t child = fork(); /* what fails stays failed */
        if (child == 0) {
            rimer_session *session;
            ck_assert_int_eq(rimer_model_set_device(model, "cuda"), RIMER_OK);
            ck_assert_int_eq(rimer_session_create(model, 1, &session), RIMER_OK);
            setenv("RIMER_CUDA_SHIM_FAIL", calls[i], 1);
            rimer_status status = rimer_session_forecast(session, 1, CONTEXT, x, 8, out);
            _exit(status == RIMER_FAILED && strstr(rimer_last_error(), calls[i]) && out[0] == 42
                      ? 0
                      : 1);
        }
        int how;
        ck_assert_int_eq(waitpid(child, &how, 0), child);
        ck_assert_msg(WIFEXITED(how) && WEXITSTATUS(how) == 0, "%s", calls[i]);
    }
    rimer_model_free(model);
}
END_TEST

/* That tests through the shim show where tensors are: the host cannot touch device memory. */
START_TEST(memory_is_elsewhere) {
    const rm_kernels *cuda =
        is_shim("memory_is_elsewhere") ? kernels_for("memory_is_elsewhere") : NULL;
    void *block;
    if (!cuda)
        return;
    ck_assert_ptr_null(cuda->memory->reserve(&block, 64));
    pid_t child = fork();
    if (child == 0) {
        signal(SIGSEGV, SIG_DFL);
        *(volatile char *)block = 1;
        _exit(0);
    }
    int how;
    ck_assert_int_eq(waitpid(child, &how, 0), child);
    ck_assert(WIFSIGNALED(how) && WTERMSIG(how) == SIGSEGV);
    cuda->memory->release(block);
}
END_TEST

int main(void) {
    return rm_test_main(
        "cuda", (const TTest *[]){kernels_agree, halves_agree, order_of_threads, products,
                                  forecasts_agree, gradients_agree, training_agrees,
                                  resumed_training, killed_training, names, number_too_high,
                                  out_of_memory, failing_calls, memory_is_elsewhere, NULL});
}
