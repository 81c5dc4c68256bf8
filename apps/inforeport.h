/* The reports of rimer-info, for people and as JSON. */
#ifndef APP_INFOREPORT_H
#define APP_INFOREPORT_H

#include "json.h"
#include "rimer/rimer.h"

/* `path` "" is a model that has no file yet. */
void model_print(const char *path, const rimer_model *model, FILE *stream);
json_t *model_json(const char *path, const rimer_model *model);

void data_print(const char *path, const rimer_dataset *dataset, FILE *stream);
json_t *data_json(const char *path, const rimer_dataset *dataset);

#endif
