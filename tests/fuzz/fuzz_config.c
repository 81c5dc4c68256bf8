/* Fuzz target: any bytes as a JSON file of settings. */
#include "common.h"
#include "model/network.h"

#include <stdlib.h>
#include <string.h>

/* Settings that fit together are written as they are read, and no size of theirs overflows. */
static void check_settings(const rimer_config *config) {
    rimer_config again;
    char path[320], *json, *ignored;
    FUZZ_ASSERT(rimer_config_json(config, &json) == RIMER_OK, "%s", rimer_last_error());
    rm_fuzz_write(rm_fuzz_path("in.json", path), "", (const uint8_t *)json, strlen(json));
    rimer_config_init(&again);
    FUZZ_ASSERT(rimer_config_read(&again, path, &ignored) == RIMER_OK, "%s\n%s",
                rimer_last_error(), json);
    FUZZ_ASSERT(memcmp(config, &again, sizeof again) == 0, "%s", json);
    FUZZ_ASSERT(!*ignored, "\"%s\" of our own", ignored);
    free(ignored);
    free(json);
}

static void check_network(const rimer_config *config) {
    rm_network network;
    if (!config->patch_len || !config->context_len || !config->output_len)
        return;
    rm_shape shape = rm_shape_make(config);
    FUZZ_ASSERT(rm_network_build(&network, &shape, NULL) == RIMER_OK, "%s", rimer_last_error());
    FUZZ_ASSERT(network.registry.total > 0 &&
                    network.registry.total >= rm_registry_count(&network.registry),
                "%lld values", (long long)network.registry.total);
    rm_network_free(&network);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static char untouched;
    char path[320], *ignored = &untouched;
    rimer_config config, before;
    rm_fuzz_write(rm_fuzz_path("in.json", path), "", data, size);
    rimer_config_init(&config);
    before = config;
    rimer_status status = rimer_config_read(&config, path, &ignored);
    if (status != RIMER_OK) {
        FUZZ_ASSERT(memcmp(&config, &before, sizeof config) == 0 && ignored == &untouched,
                    "something was touched: %s", rimer_last_error());
        rm_fuzz_sentence(status);
        return 0;
    }
    free(ignored);
    if (rimer_config_check(&config)) {
        rm_fuzz_sentence(RIMER_USAGE);
        return 0;
    }
    check_settings(&config);
    check_network(&config);
    return 0;
}
