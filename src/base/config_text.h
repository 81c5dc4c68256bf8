/* What the library alone needs of settings: JSON that is already in memory (presets, the
 * metadata of a model, a space to search), and what follows from them. */
#ifndef RM_CONFIG_TEXT_H
#define RM_CONFIG_TEXT_H

#include "base/periods.h"
#include "rimer/config.h"
#include "rimer/levels.h"

#include <jansson.h>
#include <stddef.h>

/* Reads a file that holds a JSON object, which the caller gives back by json_decref. RIMER_IO.
 * RIMER_USAGE names file and line. RIMER_NO_MEMORY. */
rimer_status rm_settings_read(const char *path, json_t **out);

/* Sets one key from a JSON number, text, or truth value. RIMER_USAGE names the key. */
rimer_status rm_config_set_json(rimer_config *config, const char *key, const json_t *value);

/* Applies the keys of a JSON object of `size` bytes, as rimer_config_read does; `name` stands
 * for the file in the sentence of a failure. RIMER_USAGE. *config is untouched on failure. */
rimer_status rm_config_parse(rimer_config *config, const char *text, size_t size,
                             const char *name, char **ignored);

/* Whether rows of such a model carry a state of fixed size from patch to patch, so that a
 * rollout feeds patches; without one it reads its context again (E10). */
int rm_config_has_state(const rimer_config *config);

/* The loss, "auto" decided. */
int rm_config_loss(const rimer_config *config);

/* Levels of the quantiles that the head forecasts; 0.5 alone without any. RIMER_USAGE. */
rimer_status rm_config_levels(const rimer_config *config, rimer_levels *levels);

/* Levels that forecasts can be asked for: those of the head, and more with `conformal`. */
rimer_status rm_config_offered(const rimer_config *config, rimer_levels *levels);

/* Periods whose phase the network is told; none, too, while they are not chosen yet. RIMER_USAGE. */
rimer_status rm_config_phase(const rimer_config *config, rm_periods *periods);

/* Whether the network, or one of two, is told the moments of a context. */
int rm_config_tells_moments(const rimer_config *config);

/* Whether a twin that is not told them stands beside it. */
int rm_config_has_twin(const rimer_config *config);

/* Of a model with a twin: the settings of one of its two networks, `twin` 1 or 0, as if it stood alone:
 * without what is fitted behind their mean. Of one without: *config. */
rimer_config rm_config_part(const rimer_config *config, int twin);

/* Whether they are yet to be chosen. */
int rm_config_phase_is_open(const rimer_config *config);

/* RIMER_USAGE: a setting of the network that is yet to be chosen. */
rimer_status rm_config_complete(const rimer_config *config);

/* What needs the settings of a training begins with it. RIMER_USAGE: rimer_config_check, or a
 * setting that rimer_config_choose has yet to choose. */
rimer_status rm_config_ready(const rimer_config *config);

/* The origin that training with these settings tries first; `auto` may yet end as `last`. */
int rm_config_origin(const rimer_config *config);

#endif
