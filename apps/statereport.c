#include "inforeport.h"

#include "terminal.h"

#include <math.h>
#include <stdlib.h>

void state_print(const char *path, const rimer_train_place *place, FILE *stream) {
    char text[1024];
    const rimer_config *config = &place->config;
    fprintf(stream, "training    %s\n", text_harmless(path, text, sizeof text));
    fprintf(stream, "stands      %s%sin epoch %lld of %lld, after %lld steps and %s\n",
            place->refit ? "in its refit " : "", place->twin ? "with the twin " : "",
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
    json_object_set_new(object, "network", json_integer(1 + place->twin));
    json_object_set_new(object, "refit", json_boolean(place->refit));
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

/* ------------------------------------------------------------------------------- streams */

/* What --follow left in the state; 0: somebody else made it. */
static int read_note(const rimer_stream_about *about, rimer_follow_note *note) {
    *note = (rimer_follow_note){0};
    if (rimer_follow_note_read(about->note, note) != RIMER_OK)
        return 0;
    if (about->n_steps == 0)
        note->time[0] = '\0';
    return 1;
}

void stream_print(const char *path, const rimer_stream_about *about, FILE *stream) {
    char text[1024], count[32];
    rimer_follow_note note;
    int is_followed = read_note(about, &note);
    fprintf(stream, "stream      %s\n", text_harmless(path, text, sizeof text));
    fprintf(stream, "format      %s\n", about->format);
    fprintf(stream, "stands      after %s step%s\n",
            text_count(about->n_steps, count, sizeof count), about->n_steps == 1 ? "" : "s");
    if (*note.time)
        fprintf(stream, "last time   %s\n", note.time);
    if (*note.frequency)
        fprintf(stream, "frequency   %s\n", note.frequency);
    if (is_followed)
        fprintf(stream, "forecast    %s\n",
                note.owes ? "owed after the last step: the next run begins with it"
                          : "none is owed");
    fprintf(stream, "model       %s\n", text_harmless(about->model, text, sizeof text));
    fprintf(stream, "channels    %s\n", text_count(about->n_channels, count, sizeof count));
    for (int64_t c = 0; c < about->n_channels; c++)
        fprintf(stream, "  %s\n", text_short(about->names[c], 60, text, sizeof text));
}

json_t *stream_json(const char *path, const rimer_stream_about *about) {
    json_t *object = json_object(), *names = json_array();
    rimer_follow_note note;
    int is_followed = read_note(about, &note);
    for (int64_t c = 0; c < about->n_channels; c++)
        json_array_append_new(names, json_text(about->names[c]));
    json_object_set_new(object, "kind", json_text("stream state"));
    json_object_set_new(object, "path", json_text(path));
    json_object_set_new(object, "format", json_text(about->format));
    json_object_set_new(object, "steps", json_integer(about->n_steps));
    json_object_set_new(object, "last_time", *note.time ? json_text(note.time) : json_null());
    json_object_set_new(object, "frequency",
                        *note.frequency ? json_text(note.frequency) : json_null());
    json_object_set_new(object, "owed", is_followed ? json_boolean(note.owes) : json_null());
    json_object_set_new(object, "model", json_text(about->model));
    json_object_set_new(object, "channels", names);
    return object;
}
