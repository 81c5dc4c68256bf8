/* What runs on a GPU against the processor: kernels, forecasts, failures. Two programs are linked of
 * this: test_cuda with the kernels compiled for the processor (tests/cuda/), where device memory has no
 * access outside of kernels and copies, and test_gpu (`make check CUDA=1`) with those of nvcc.
 * test_cuda_training.c does the same for training. */
#include "harness.h"

#include "base/rng.h"
#include "half_cases.h"
#include "kernel_cases.h"
#include "kernels/device_kernels.h"
#include "model/model_inside.h"
#include "on_device.h"
#include "rimer/rimer.h"

#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* ------------------------------------------------------------------------------ kernels */

START_TEST(kernels_agree) {
    const rm_kernels *cuda = kernels_for("kernels_agree");
    for (const kernel_case *one = rm_kernel_cases; cuda && one->name; one++)
        rm_compare_case(one, cuda, rm_reference_kernels(), one->tolerance);
}
END_TEST

/* What the bench compares with. */
START_TEST(plain_agrees) {
    static const kernel_case wkv7 = {"plain wkv7", rm_run_wkv7, NULL, 3e-6};
    rm_kernels plain;
    ck_assert_int_eq(rm_device_plain(&plain, "cpu"), RIMER_USAGE);
    if (!kernels_for("plain_agrees"))
        return;
    ck_assert_int_eq(rm_device_plain(&plain, "cuda"), RIMER_OK);
    rm_compare_case(&wkv7, &plain, rm_reference_kernels(), wkv7.tolerance);
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

static void forecast_on(rimer_model *model, const char *device, int64_t rows, const float *x,
                        int64_t horizon, float *out) {
    rimer_session *session;
    ck_assert_msg(rimer_model_set_device(model, device) == RIMER_OK, "%s", rimer_last_error());
    ck_assert_msg(rimer_session_create(model, rows, &session) == RIMER_OK, "%s",
                  rimer_last_error());
    rimer_levels levels = rimer_model_levels(model);
    int64_t own = model->network.shape.own_channels;
    rimer_place next[] = {
        {3, own - 1}, {-40, RIMER_CHANNEL_NONE}, {1000, own ? 0 : RIMER_CHANNEL_NONE}};
    ck_assert_int_eq(rimer_session_place(session, rows, next), RIMER_OK);
    rimer_status status =
        levels.n > 1 ? rimer_session_quantiles(session, rows, CONTEXT, x, horizon, &levels, out)
                     : rimer_session_forecast(session, rows, CONTEXT, x, horizon, out);
    ck_assert_msg(status == RIMER_OK, "%s", rimer_last_error());
    rimer_session_free(session);
}

/* A step of training knows no maps of the channels' own, and one network at a time. */
enum { N_OWN = 3 };
static const char *const own_networks[N_OWN] = {
    "layers=1 width=16 head_size=8 origin=linear own_channels=2",
    "layers=1 width=16 head_size=8 norm=causal origin=last own_channels=3 quantiles=0.1,0.9",
    "layers=1 width=16 head_size=8 origin=linear moments=both quantiles=0.1,0.9",
};

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
    for (int v = 0; v < n_networks + N_OWN; v++) {
        const char *settings = v < n_networks ? networks[v] : own_networks[v - n_networks];
        rimer_config config = config_of(settings);
        rimer_model *model = random_model(&config);
        int64_t n = ROWS * rimer_model_levels(model).n * HORIZON;
        forecast_on(model, "cpu", ROWS, x, HORIZON, want);
        forecast_on(model, "cuda", ROWS, x, HORIZON, got);
        for (int64_t i = 0; i < n; i++)
            ck_assert_msg(isnan(want[i]) ? isnan(got[i]) : fabsf(got[i] - want[i]) < 2e-3f,
                          "%s, value %lld: %g, %g", settings, (long long)i, (double)got[i],
                          (double)want[i]);
        rimer_model_free(model);
    }
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
    return rm_test_main("cuda", (const TTest *[]){kernels_agree, plain_agrees, halves_agree,
                                                  order_of_threads, products, forecasts_agree,
                                                  names, number_too_high, out_of_memory,
                                                  failing_calls, memory_is_elsewhere, NULL});
}
