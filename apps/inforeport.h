/* The reports of rimer-info, for people and as JSON: on models, states of trainings and streams, and data. */
#ifndef APP_INFOREPORT_H
#define APP_INFOREPORT_H

#include "datalook.h"
#include "json.h"
#include "rimer/rimer.h"

/* `path` "" is a model that has no file yet. */
void model_print(const char *path, const rimer_model *model, FILE *stream);
json_t *model_json(const char *path, const rimer_model *model);

void state_print(const char *path, const rimer_train_place *place, FILE *stream);
json_t *state_json(const char *path, const rimer_train_place *place);

void stream_print(const char *path, const rimer_stream_about *about, FILE *stream);
json_t *stream_json(const char *path, const rimer_stream_about *about);

/* `all` lists every series. */
void data_print(const char *path, data_look *look, int all, FILE *stream);
json_t *data_json(const char *path, const data_look *look);

#endif
