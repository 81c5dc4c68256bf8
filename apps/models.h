/* The models of -m, which may be given several times: then they forecast together. */
#ifndef APP_MODELS_H
#define APP_MODELS_H

#include "options.h"

#define MODELS_OPTION(target)                                                               \
    PATHS_OPTION("model", 'm', "MODEL",                                                     \
                 "model made by rimer-train; may be repeated: the mean of their forecasts", \
                 target)

typedef struct model_list {
    int n;
    rimer_model *models[OPTION_OPERANDS_MAX];
} model_list;

/* Free the list either way. */
rimer_status models_load(model_list *list, const app_operands *paths);
void models_free(model_list *list);

/* A single model as it is, several as an ensemble. The list must outlive it. */
rimer_status models_forecaster(const model_list *list, rimer_forecaster **out);

/* Tells if data have steps of another unit than those that a model was trained on. */
void models_tell_frequency(const app_program *program, const model_list *list,
                           const rimer_dataset *dataset);

/* The longest context and the shortest horizon of a list with a model. */
int64_t models_context(const model_list *list);
int64_t models_horizon(const model_list *list);

#endif
