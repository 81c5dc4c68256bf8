#include "kernels/device_kernels.h"
#include "model/model_inside.h"
#include "rimer/device.h"

#include <string.h>

rimer_status rimer_device_find(const char *wanted, rimer_device *out) {
    RM_NEED(wanted, out);
    rimer_device found = {{0}, {0}, {0}};
    _Static_assert(sizeof found.name == RM_DEVICE_SIZE, "a device's name");
    RM_TRY(rm_device_find(wanted, found.name, found.refused, sizeof found.refused));
    RM_TRY(rm_device_text(found.name, found.text, sizeof found.text));
    *out = found;
    return RIMER_OK;
}

rimer_status rimer_model_set_device(rimer_model *model, const char *wanted) {
    RM_NEED(model, wanted);
    rimer_device found;
    RM_TRY(rimer_device_find(wanted, &found));
    memcpy(model->device, found.name, sizeof model->device);
    return RIMER_OK;
}

int rm_model_on_device(const rimer_model *model) {
    return strcmp(model->device, "cpu") != 0;
}
