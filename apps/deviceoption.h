/* --device of the programs that run models. */
#ifndef APP_DEVICEOPTION_H
#define APP_DEVICEOPTION_H

#include "models.h"

/* The field of a program's own settings; rimer-train has the one of rimer_config. */
#define DEVICE_FIELD(settings)                                                              \
    {                                                                                       \
        "device", "", RIMER_FIELD_TEXT, offsetof(settings, device), 0, 0, "cpu", "",        \
            "where models run: cpu; cuda or cuda:N, a GPU; auto: a GPU if one can be used " \
            "(docs/cuda.md)"                                                                \
    }

/* What `wanted` comes to here; a line on stderr says what auto, or a GPU, is, unless `quiet`. */
rimer_status device_find(const char *wanted, int quiet, rimer_device *found);

/* The models run there from now on. */
rimer_status device_use(const char *wanted, const model_list *models);

#endif
