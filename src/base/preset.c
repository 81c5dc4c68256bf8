#include "base/config_text.h"
#include "base/error.h"

#include <string.h>

typedef struct preset {
    const char *name, *json;
} preset;

/* PRESET(name, json) for each file of configs/, made by the build. */
#define PRESET(name, json) {name, json},
static const preset presets[] = {
#include "presets.inc"
};
#undef PRESET

#define PRESET(name, json) name,
static const char *const names[] = {
#include "presets.inc"
    NULL};
#undef PRESET

#define N_PRESETS (sizeof presets / sizeof *presets)

const char *const *rimer_preset_names(void) {
    return names;
}

rimer_status rimer_config_preset(rimer_config *config, const char *name) {
    RM_NEED(config, name);
    for (size_t i = 0; i < N_PRESETS; i++)
        if (strcmp(name, presets[i].name) == 0)
            return rm_config_parse(config, presets[i].json, strlen(presets[i].json), name,
                                   NULL);
    RM_FAIL(USAGE, "unknown preset \"%s\": did you mean %s?", name,
            rimer_name_nearest(name, names));
}
