#define _GNU_SOURCE /* RTLD_DEFAULT */
#include "on_device.h"

#include "base/rng.h"
#include "harness.h"
#include "kernels/device_kernels.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int shim_reverse(int yes) {
    void *symbol = dlsym(RTLD_DEFAULT, "rm_shim_reverse");
    void (*reverse)(int);
    if (!symbol)
        return 0;
    memcpy(&reverse, &symbol, sizeof reverse);
    reverse(yes);
    return 1;
}

int shim_count(const char *what) {
    void *symbol = dlsym(RTLD_DEFAULT, what);
    int (*count)(void);
    if (!symbol)
        return -1;
    memcpy(&count, &symbol, sizeof count);
    return count();
}

int is_shim(const char *test) {
    if (shim_reverse(0))
        return 1;
    printf("SKIP %s: it is for the kernels on the processor (test_cuda)\n", test);
    return 0;
}

/* The address sanitizer does not know the shim's fibers. */
const rm_kernels *kernels_for(const char *test) {
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

const char *const networks[] = {
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
const int n_networks = (int)(sizeof networks / sizeof *networks);

#define SIZES "context_len=37 patch_len=8 output_len=8 horizon=8 origin_bias=scaled mask=off "

rimer_config config_of(const char *settings) {
    rimer_config config;
    rimer_config_init(&config);
    rm_test_settings(&config, SIZES);
    rm_test_settings(&config, settings);
    return config;
}

rimer_model *random_model(const rimer_config *config) {
    rimer_model *model;
    rm_rng rng = rm_rng_make(11, 1);
    ck_assert_msg(rimer_model_create(config, &model) == RIMER_OK, "%s", rimer_last_error());
    for (int64_t i = 0; i < rm_model_total(model); i++)
        model->values[i] += (rm_real)(0.2 * (rm_rng_uniform(&rng) - 0.5));
    return model;
}
