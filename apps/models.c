#include "models.h"

#include <string.h>

rimer_status models_load(model_list *list, const app_operands *paths) {
    rimer_status status = RIMER_OK;
    list->n = 0;
    while (status == RIMER_OK && list->n < paths->n) {
        status = rimer_model_load(paths->path[list->n], &list->models[list->n]);
        list->n += status == RIMER_OK;
    }
    return status;
}

void models_free(model_list *list) {
    while (list->n > 0)
        rimer_model_free(list->models[--list->n]);
}

rimer_status models_forecaster(const model_list *list, rimer_forecaster **out) {
    rimer_forecaster *members[OPTION_OPERANDS_MAX];
    rimer_status status = RIMER_OK;
    int n = 0;
    while (status == RIMER_OK && n < list->n) {
        status = rimer_model_forecaster(list->models[n], &members[n]);
        n += status == RIMER_OK;
    }
    if (status == RIMER_OK && n == 1) {
        *out = members[0];
        return RIMER_OK;
    }
    if (status == RIMER_OK)
        status = rimer_ensemble_forecaster(members, n, out);
    while (status != RIMER_OK && n > 0)
        rimer_forecaster_free(members[--n]);
    return status;
}

/* "1" of numbered steps and "irregular" have none. */
static int has_unit(const char *frequency) {
    return *frequency >= '0' && *frequency <= '9' &&
           frequency[strspn(frequency, "0123456789.")];
}

void models_tell_frequency(const app_program *program, const model_list *list,
                           const rimer_dataset *dataset) {
    const char *here = rimer_dataset_frequency(dataset);
    for (int i = 0; i < list->n; i++) {
        const char *own = rimer_model_fact(list->models[i], "frequency");
        if (!has_unit(here) || !has_unit(own) || strcmp(here, own) == 0)
            continue;
        fail(program, 0,
             "the data have a step every %s, the model was trained on one every %s: what it "
             "knows of a day or a week lies elsewhere here",
             here, own);
        return;
    }
}

int64_t models_context(const model_list *list) {
    int64_t longest = 0;
    for (int i = 0; i < list->n; i++) {
        int64_t own = rimer_model_config(list->models[i])->context_len;
        longest = own > longest ? own : longest;
    }
    return longest;
}

int64_t models_horizon(const model_list *list) {
    int64_t shortest = rimer_model_config(list->models[0])->horizon;
    for (int i = 1; i < list->n; i++) {
        int64_t own = rimer_model_config(list->models[i])->horizon;
        shortest = own < shortest ? own : shortest;
    }
    return shortest;
}
