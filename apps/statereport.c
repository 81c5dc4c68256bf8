#include "inforeport.h"

#include "terminal.h"

#include <math.h>
#include <stdlib.h>

void state_print(const char *path, const rimer_train_place *place, FILE *stream) {
    char text[1024];
    const rimer_config *config = &place->config;
    fprintf(stream, "training    %s\n", text_harmless(path, text, sizeof text));
    fprintf(stream, "stands      in epoch %lld of %lld, after %lld steps and %s\n",
            (long long)place->epoch, (long long)config->epochs, (long long)place->step,
            text_seconds(place->seconds, text, sizeof text));
    if (isfinite(place->best_val_mse))
        fprintf(stream, "best        val MSE %.4f  MAE %.4f, epoch %lld\n", place->best_val_mse,
                place->best_val_mae, (long long)place->best_epoch);
    fprintf(stream, "forecast    %lld steps from the last %lld, in patches of %lld\n",
            (long long)config->horizon, (long long)config->context_len,
            (long long)config->patch_len);
    fprintf(stream, "fingerprint %s\n", text_harmless(place->fingerprint, text, sizeof text));
    fprintf(stream, "saved by    %s\n", text_harmless(place->build, text, sizeof text));
}

json_t *state_json(const char *path, const rimer_train_place *place) {
    json_t *object = json_object();
    char *config;
    json_object_set_new(object, "kind", json_text("training state"));
    json_object_set_new(object, "path", json_text(path));
    json_object_set_new(object, "epoch", json_integer(place->epoch));
    json_object_set_new(object, "step", json_integer(place->step));
    json_object_set_new(object, "best_epoch", json_integer(place->best_epoch));
    json_object_set_new(object, "best_val_mse", json_number(place->best_val_mse));
    json_object_set_new(object, "best_val_mae", json_number(place->best_val_mae));
    json_object_set_new(object, "seconds", json_number(place->seconds));
    json_object_set_new(object, "fingerprint", json_text(place->fingerprint));
    json_object_set_new(object, "build", json_text(place->build));
    if (rimer_config_json(&place->config, &config) == RIMER_OK) {
        json_object_set_new(object, "config", json_loads(config, 0, NULL));
        free(config);
    }
    return object;
}
