#include "deviceoption.h"

#include <stdio.h>
#include <string.h>

rimer_status device_find(const char *wanted, int quiet, rimer_device *found) {
    rimer_status status = rimer_device_find(wanted, found);
    if (status != RIMER_OK || quiet)
        return status;
    if (*found->refused)
        fprintf(stderr, "device      cpu: %s\n", found->refused);
    else if (strcmp(wanted, "cpu") != 0)
        fprintf(stderr, "device      %s: %s\n", found->name, found->text);
    return status;
}

rimer_status device_use(const char *wanted, const model_list *models) {
    rimer_device found;
    rimer_status status = device_find(wanted, 0, &found);
    for (int i = 0; status == RIMER_OK && i < models->n; i++)
        status = rimer_model_set_device(models->models[i], found.name);
    return status;
}
