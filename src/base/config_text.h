/* What the library alone needs of settings: JSON text that is already in memory (presets, the
 * metadata of a model), and what follows from them. */
#ifndef RM_CONFIG_TEXT_H
#define RM_CONFIG_TEXT_H

#include "rimer/config.h"
#include "rimer/levels.h"

#include <stddef.h>

/* Applies the keys of a JSON object of `size` bytes, as rimer_config_read does; `name` stands for
 * the file in the sentence of a failure. RIMER_USAGE. *config is untouched on failure. */
rimer_status rm_config_parse(rimer_config *config, const char *text, size_t size,
                             const char *name, char **ignored);

/* Whether rows of such a model carry a state of fixed size from patch to patch, so that a rollout
 * feeds patches; without one it reads its context again (E10). */
int rm_config_has_state(const rimer_config *config);

/* The loss, "auto" decided. */
int rm_config_loss(const rimer_config *config);

/* Levels of the quantiles that the head forecasts; 0.5 alone without any. RIMER_USAGE. */
rimer_status rm_config_levels(const rimer_config *config, rimer_levels *levels);

/* Levels that forecasts can be asked for: those of the head, and more with `conformal`. */
rimer_status rm_config_offered(const rimer_config *config, rimer_levels *levels);

#endif
