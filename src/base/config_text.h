/* Settings from JSON text that is already in memory: presets, and the metadata of a model. */
#ifndef RM_CONFIG_TEXT_H
#define RM_CONFIG_TEXT_H

#include "rimer/config.h"

#include <stddef.h>

/* Applies the keys of a JSON object of `size` bytes, as rimer_config_read does; `name` stands for
 * the file in the sentence of a failure. RIMER_USAGE. *config is untouched on failure. */
rimer_status rm_config_parse(rimer_config *config, const char *text, size_t size,
                             const char *name, char **ignored);

#endif
