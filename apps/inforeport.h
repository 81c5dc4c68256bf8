/* The reports of rimer-info, for people and as JSON. */
#ifndef APP_INFOREPORT_H
#define APP_INFOREPORT_H

#include "datalook.h"
#include "json.h"
#include "rimer/rimer.h"

/* `path` "" is a model that has no file yet. */
void model_print(const char *path, const rimer_model *model, FILE *stream);
json_t *model_json(const char *path, const rimer_model *model);

/* `all` lists every series. */
void data_print(const char *path, data_look *look, int all, FILE *stream);
json_t *data_json(const char *path, const data_look *look);

#endif
