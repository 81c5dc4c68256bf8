/* Fuzz target: any bytes as a JSON file of settings to search. */
#include "common.h"

#include <string.h>

/* Settings of a trial are such as a text could say. */
static void check_config(const rimer_config *config) {
    rimer_config again;
    rimer_config_init(&again);
    for (const rimer_field *field = rimer_config_fields(); field->name; field++) {
        char text[RIMER_TEXT_SIZE];
        rimer_field_text(field, config, text, sizeof text);
        FUZZ_ASSERT(rimer_fields_set(rimer_config_fields(), &again, field->name, text) ==
                        RIMER_OK,
                    "%s", rimer_last_error());
    }
    FUZZ_ASSERT(memcmp(config, &again, sizeof again) == 0, "values that are not as they read");
}

static void check_grid(const rimer_space *space) {
    int64_t n = rimer_space_n_points(space);
    const int64_t some[] = {0, n / 2, n - 1};
    rimer_config config;
    rimer_config_init(&config);
    for (int i = 0; i < 3 && n > 0; i++) {
        FUZZ_ASSERT(rimer_space_point(space, some[i], &config) == RIMER_OK, "%s",
                    rimer_last_error());
        check_config(&config);
    }
    FUZZ_ASSERT(rimer_space_point(space, n, &config) == RIMER_USAGE, "point %lld",
                (long long)n);
}

static void check_draws(const rimer_space *space) {
    for (int64_t i = 0; i < 8; i++) {
        rimer_config one, other;
        rimer_config_init(&one);
        rimer_config_init(&other);
        rimer_space_draw(space, 1, i, &one);
        rimer_space_draw(space, 1, i, &other);
        FUZZ_ASSERT(memcmp(&one, &other, sizeof one) == 0, "two draws from one place");
        check_config(&one);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static char nothing;
    rimer_space *untouched = (rimer_space *)&nothing, *space = untouched;
    char path[320];
    rm_fuzz_write(rm_fuzz_path("in.json", path), "", data, size);
    rimer_status status = rimer_space_read(path, &space);
    if (status != RIMER_OK) {
        FUZZ_ASSERT(space == untouched, "something was touched: %s", rimer_last_error());
        rm_fuzz_sentence(status);
        return 0;
    }
    FUZZ_ASSERT(rimer_space_n_keys(space) >= 1, "no key");
    for (int64_t i = 0; i < rimer_space_n_keys(space); i++)
        FUZZ_ASSERT(rimer_fields_find(rimer_config_fields(), rimer_space_key(space, i)->name) ==
                        rimer_space_key(space, i),
                    "key %lld", (long long)i);
    check_grid(space);
    check_draws(space);
    rimer_space_free(space);
    return 0;
}
