/* Streams that are kept in files, and streams that do not end. */
#include "readtext.h"

#include "base/rng.h"
#include "model/model_inside.h"
#include "model/safetensors.h"
#include "rimer/rimer.h"

#include <malloc.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { C = 2, H = 9, AGAIN = 40 };

static void must(rimer_status status) {
    ck_assert_msg(status == RIMER_OK, "%s", rimer_last_error());
}

static rimer_model *model_of(const char *settings) {
    rimer_config config;
    rimer_model *model;
    rimer_config_init(&config);
    rm_test_settings(&config, "context_len=12 patch_len=4 output_len=4 horizon=4 width=8 "
                              "head_size=4 ffn_width=8 lora_decay=1 lora_rate=1 lora_value=1 "
                              "lora_gate=1 layers=2 norm=causal origin=last zero_head=no");
    rm_test_settings(&config, settings);
    must(rimer_model_create(&config, &model));
    rm_rng rng = rm_rng_make(5, 2); /* what starts at 0 would hide what is carried */
    for (int64_t i = 0; i < model->network.registry.total; i++)
        model->values[i] += (rm_real)(0.1 * rm_rng_normal(&rng));
    return model;
}

static float step_of(int64_t i, int64_t c) {
    return i % 11 == 5 ? NAN : (float)(10 + 3 * sin(0.5 * (double)i + (double)c));
}

static void push(rimer_stream *stream, int64_t from, int64_t to) {
    for (int64_t i = from; i < to; i++) {
        float values[C];
        for (int64_t c = 0; c < C; c++)
            values[c] = step_of(i, c);
        must(rimer_stream_push(stream, 1, values));
    }
}

static const char *path_of(const char *name) {
    static char path[512];
    snprintf(path, sizeof path, "%s/%s", rm_test_folder(), name);
    return path;
}

static rimer_stream *stream_of(const rimer_model *model, int64_t n) {
    static const char *const names[] = {"a \"b\"", "c"};
    rimer_stream *stream;
    must(rimer_stream_create(model, C, names, &stream));
    must(rimer_stream_place(stream, -5));
    push(stream, 0, n);
    return stream;
}

/* Saved after n steps, the copy and the original go on to the same bits. */
static void check_goes_on(const rimer_model *model, int64_t n) {
    rimer_stream *stream = stream_of(model, n), *again;
    float a[C * H], b[C * H];
    char *note;
    must(rimer_stream_save(stream, "line 1\n\"2\"", path_of("s.state")));
    must(rimer_stream_load(model, path_of("s.state"), &again, &note));
    ck_assert_str_eq(note, "line 1\n\"2\"");
    ck_assert_str_eq(rimer_stream_channel_name(again, 0), "a \"b\"");
    ck_assert_int_eq(rimer_stream_steps(again), n);
    ck_assert_int_eq(rimer_stream_n_channels(again), C);
    for (int64_t i = n; i < n + AGAIN; i++) {
        if (i > 0) {
            must(rimer_stream_forecast(stream, H, NULL, a));
            must(rimer_stream_forecast(again, H, NULL, b));
            ck_assert_mem_eq(a, b, sizeof a);
        }
        push(stream, i, i + 1);
        push(again, i, i + 1);
    }
    free(note);
    rimer_stream_free(stream);
    rimer_stream_free(again);
}

START_TEST(no_note_is_an_empty_one) {
    rimer_model *model = model_of("");
    rimer_stream *stream = stream_of(model, 3), *again;
    char *note;
    must(rimer_stream_save(stream, NULL, path_of("s.state")));
    must(rimer_stream_load(model, path_of("s.state"), &again, &note));
    ck_assert_str_eq(note, "");
    free(note);
    rimer_stream_free(stream);
    rimer_stream_free(again);
    rimer_model_free(model);
}
END_TEST

/* Names and notes that are no UTF-8 are two names all the same, and come back. */
START_TEST(bytes_of_names_and_notes) {
    static const char *const names[] = {"Temp \xb0"
                                        "C",
                                        "Temp \xb4"
                                        "C"};
    rimer_model *model = model_of("");
    rimer_stream *stream, *again;
    char *note;
    must(rimer_stream_create(model, C, names, &stream));
    push(stream, 0, 30);
    must(rimer_stream_save(stream, "a\xff?", path_of("s.state")));
    must(rimer_stream_load(model, path_of("s.state"), &again, &note));
    ck_assert_str_eq(note, "a\xff?");
    for (int64_t c = 0; c < C; c++)
        ck_assert_str_eq(rimer_stream_channel_name(again, c), names[c]);
    free(note);
    rimer_stream_free(stream);
    rimer_stream_free(again);
    rimer_model_free(model);
}
END_TEST

/* What a state tells without its model. */
START_TEST(about_states) {
    rimer_model *model = model_of("");
    rimer_stream *stream = stream_of(model, 30);
    rimer_stream_about about;
    rimer_follow_note note;
    must(rimer_stream_save(stream, "of mine\xff", path_of("s.state")));
    must(rimer_model_save(model, path_of("m.safetensors")));
    ck_assert_int_eq(rimer_stream_is_state(path_of("s.state")), 1);
    ck_assert_int_eq(rimer_stream_is_state(path_of("m.safetensors")), 0);
    ck_assert_int_eq(rimer_stream_is_state(path_of("none")), 0);
    must(rimer_stream_about_read(path_of("s.state"), &about));
    ck_assert_str_eq(about.format, "rimer-stream-2");
    ck_assert_uint_eq(strlen(about.model), 16);
    ck_assert_int_eq(about.n_steps, 30);
    ck_assert_int_eq(about.n_channels, C);
    ck_assert_str_eq(about.names[0], "a \"b\"");
    ck_assert_str_eq(about.note, "of mine\xff");
    ck_assert_int_eq(rimer_follow_note_read(about.note, &note), RIMER_MODEL);
    rimer_stream_about_free(&about);
    ck_assert_int_eq(rimer_stream_about_read(path_of("m.safetensors"), &about), RIMER_MODEL);
    ck_assert_int_eq(rimer_stream_about_read(path_of("none"), &about), RIMER_IO);
    rimer_stream_free(stream);
    rimer_model_free(model);
}
END_TEST

/* As rimer_follow writes them: kind of times, whether there are any, newest, and the steps. */
START_TEST(notes_of_followers) {
    static const char *const notes[][3] = {
        {"2 1 960000000000000 1 1 1800000000 0", "2000-06-03 02:40", "30min"},
        {"2 1 960000001500000 0 1 1 0", "2000-06-03 02:40:01.500000", ""},
        {"2 1 960076800000000 1 1 86400000000 0", "2000-06-04", "1d"},
        {"2 1 960076800000000 1 1 3600000000 0 owed", "2000-06-04 00:00", "1h"},
        {"2 1 960076800000000 1 1 3600000000 0 open 1 960080400000000 960080400000001 0 "
         "1:0:0:0 owed",
         "2000-06-04 00:00", "1h"},
        {"0 1 17 1 0 1 0", "17", "1"},
        {"0 0 17 1 0 1 0", "", "1"}};
    for (size_t i = 0; i < sizeof notes / sizeof *notes; i++) {
        rimer_follow_note note;
        must(rimer_follow_note_read(notes[i][0], &note));
        ck_assert_str_eq(note.time, notes[i][1]);
        ck_assert_str_eq(note.frequency, notes[i][2]);
        ck_assert_int_eq(note.owes, i == 3 || i == 4);
    }
    rimer_follow_note none;
    ck_assert_int_eq(rimer_follow_note_read("", &none), RIMER_MODEL);
    ck_assert_int_eq(rimer_follow_note_read("7 1 0 1 0 1 0", &none), RIMER_MODEL);
    ck_assert_int_eq(rimer_follow_note_read("2 1 0 1 1 1 0 closed", &none), RIMER_MODEL);
}
END_TEST

START_TEST(goes_on_to_the_same_bits) {
    static const char *const settings[] = {"",
                                           "norm=window",
                                           "mixer=attention",
                                           "context_len=10 mask=on",
                                           "norm=none scaler=robust",
                                           "origin=linear",
                                           "phase=7,11",
                                           "norm=window phase=5"};
    static const int64_t steps[] = {0, 1, 4, 11, 12, 13, 24, 25, 60, 77};
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++) {
        rimer_model *model = model_of(settings[i]);
        for (size_t k = 0; k < sizeof steps / sizeof *steps; k++)
            check_goes_on(model, steps[k]);
        rimer_model_free(model);
    }
}
END_TEST

/* --------------------------------------------------------------------------- refusals */

typedef struct bytes {
    char *at;
    size_t n;
} bytes;

static bytes take(const char *path) {
    bytes all = {malloc(1 << 16), 0};
    FILE *file = fopen(path, "rb");
    ck_assert_ptr_nonnull(file);
    all.n = fread(all.at, 1, 1 << 16, file);
    fclose(file);
    return all;
}

static rimer_status load_bytes(const rimer_model *model, const char *at, size_t n) {
    rimer_stream *stream = NULL;
    char *note = NULL;
    rimer_status status =
        rimer_stream_load(model, write_bytes("x.state", at, n), &stream, &note);
    ck_assert((status == RIMER_OK) == (stream != NULL));
    ck_assert((status == RIMER_OK) == (note != NULL));
    ck_assert(status == RIMER_OK || strstr(rimer_last_error(), "x.state"));
    rimer_stream_free(stream);
    free(note);
    return status;
}

/* A file cut off anywhere, or with any byte changed, is refused. */
START_TEST(damage_is_refused) {
    rimer_model *model = model_of("");
    rimer_stream *stream = stream_of(model, 30);
    must(rimer_stream_save(stream, "", path_of("s.state")));
    bytes all = take(path_of("s.state"));
    size_t stride = getenv("RIMER_FULL") ? 1 : 7;
    must(load_bytes(model, all.at, all.n));
    for (size_t n = 0; n < all.n; n += n < 64 ? 1 : stride)
        ck_assert_int_eq(load_bytes(model, all.at, n), RIMER_MODEL);
    for (size_t i = 0; i < all.n; i += stride) {
        all.at[i] ^= 4;
        ck_assert_msg(load_bytes(model, all.at, all.n) == RIMER_MODEL, "byte %zu", i);
        all.at[i] ^= 4;
    }
    must(load_bytes(model, all.at, all.n));
    rimer_stream_free(stream);
    rimer_model_free(model);
    free(all.at);
}
END_TEST

START_TEST(strangers_are_refused) {
    static const char *const others[] = {"seed=2", "layers=1", "norm=none", "context_len=16"};
    rimer_model *model = model_of("");
    rimer_stream *stream = stream_of(model, 30), *none = NULL;
    must(rimer_stream_save(stream, "", path_of("s.state")));
    must(rimer_model_save(model, path_of("m.safetensors")));
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        rimer_model *other = model_of(others[i]);
        ck_assert_int_eq(rimer_stream_load(other, path_of("s.state"), &none, NULL),
                         RIMER_MODEL);
        ck_assert_ptr_nonnull(strstr(rimer_last_error(), "of another model"));
        rimer_model_free(other);
    }
    ck_assert_int_eq(rimer_stream_load(model, path_of("m.safetensors"), &none, NULL),
                     RIMER_MODEL);
    ck_assert_int_eq(rimer_stream_load(model, path_of("none"), &none, NULL), RIMER_IO);
    ck_assert_int_eq(rimer_stream_save(stream, "", path_of("none/s")), RIMER_IO);
    ck_assert_ptr_null(none);
    /* through the model's own file it is the same model */
    rimer_model *read;
    must(rimer_model_load(path_of("m.safetensors"), &read));
    must(rimer_stream_load(read, path_of("s.state"), &none, NULL));
    rimer_stream_free(none);
    rimer_model_free(read);
    rimer_stream_free(stream);
    rimer_model_free(model);
}
END_TEST

/* Writes a file with one text and one value (of tensor `name`, unless NULL) changed, and a
 * checksum that fits. */
static void forge(const char *key, const char *text, const char *name, float value) {
    rm_tensor_file file;
    char checksum[24];
    must(rm_tensors_read(path_of("s.state"), &file));
    if (key)
        json_object_set_new(file.metadata, key, json_string(text));
    for (int64_t i = 0; name && i < file.n_tensors; i++)
        if (strcmp(file.tensors[i].name, name) == 0)
            file.payload[file.tensors[i].values - file.payload] = value;
    must(rm_tensors_checksum(checksum, file.metadata, file.tensors, file.n_tensors));
    json_object_set_new(file.metadata, "checksum", json_string(checksum));
    must(
        rm_tensors_write(path_of("forged.state"), file.metadata, file.tensors, file.n_tensors));
    rm_tensors_free(&file);
}

static void check_forged(const rimer_model *model, rimer_status wanted) {
    rimer_stream *stream = NULL;
    rimer_status status = rimer_stream_load(model, path_of("forged.state"), &stream, NULL);
    ck_assert_msg(status == wanted, "status %d: %s", status, rimer_last_error());
    ck_assert((status == RIMER_OK) == (stream != NULL));
    rimer_stream_free(stream);
}

/* Whoever can make a checksum gets no further. */
START_TEST(forgeries_are_refused) {
    static const char *const texts[][2] = {{"format", "rimer-stream-9"},
                                           {"format", "rimer-1"},
                                           {"steps", "-30"},
                                           {"steps", "3e1"},
                                           {"steps", ""},
                                           {"steps", "9999999999999999999"},
                                           {"steps", "3"},
                                           {"first", ""},
                                           {"first", "-"},
                                           {"first", "1.5"},
                                           {"first", "9007199254740993"},
                                           {"first", "-9007199254740993"},
                                           {"channels", "[]"},
                                           {"channels", "[\"a\"]"},
                                           {"channels", "[1, 2]"},
                                           {"channels", "[\"a\""},
                                           {"channels", "[\"a\", {}]"},
                                           {"channels", "[\"a\", {\"name_hex\": \"6\"}]"},
                                           {"channels", "[\"a\", {\"name_hex\": \"00\"}]"},
                                           {"scales", ""},
                                           {"scales", "0123"}};
    rimer_model *model = model_of("");
    rimer_stream *stream = stream_of(model, 30);
    must(rimer_stream_save(stream, "", path_of("s.state")));
    forge(NULL, NULL, NULL, 0);
    check_forged(model, RIMER_OK);
    forge("note", "anything", "recent", NAN);
    check_forged(model, RIMER_OK);
    forge("first", "9007199254740992", NULL, 0);
    check_forged(model, RIMER_OK);
    forge("channels", "[\"a\", {\"name_hex\": \"62\"}]", NULL, 0);
    check_forged(model, RIMER_OK);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        forge(texts[i][0], texts[i][1], NULL, 0);
        check_forged(model, RIMER_MODEL);
    }
    char zeros[C * 32 + 1];
    memset(zeros, '0', sizeof zeros);
    zeros[C * 32] = 0;
    forge("scales", zeros, NULL, 0);
    check_forged(model, RIMER_MODEL);
    forge(NULL, NULL, "recent", INFINITY);
    check_forged(model, RIMER_MODEL);
    forge(NULL, NULL, "blocks.1.att.state", NAN);
    check_forged(model, RIMER_MODEL);
    rimer_stream_free(stream);
    rimer_model_free(model);
}
END_TEST

/* --------------------------------------------------------------------------- endurance */

/* Sanitizers have allocators of their own, which keep what was freed. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define MEASURES_MEMORY 0
#else
#define MEASURES_MEMORY 1
#endif

static int64_t resident_kilobytes(void) {
    long long size = 0, pages = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    ck_assert_ptr_nonnull(file);
    ck_assert_int_eq(fscanf(file, "%lld %lld", &size, &pages), 2);
    fclose(file);
    return pages * sysconf(_SC_PAGESIZE) / 1024;
}

/* RIMER_FULL=1 build/tests/test_stream_state: a million steps. */
START_TEST(no_growth) {
    int64_t n = getenv("RIMER_FULL") ? 1000000 : 20000, warm = 2000, before = 0;
    rimer_model *model =
        model_of("width=32 head_size=16 context_len=96 patch_len=12 output_len=12");
    rimer_stream *stream = stream_of(model, 0);
    float out[C * H];
    for (int64_t i = 0; i < n; i++) {
        push(stream, i, i + 1);
        if (i % 12 == 11) {
            must(rimer_stream_forecast(stream, H, NULL, out));
            ck_assert(isfinite(out[0]) && isfinite(out[C * H - 1]) &&
                      fabs((double)out[0]) < 1e3);
        }
        if (i == warm)
            before = resident_kilobytes();
    }
    int64_t grown = resident_kilobytes() - before;
    printf("%lld steps: resident %+lld kB of %lld kB\n", (long long)n, (long long)grown,
           (long long)before);
    if (MEASURES_MEMORY)
        ck_assert_int_le(grown, 256);
    rimer_stream_free(stream);
    rimer_model_free(model);
}
END_TEST

int main(void) {
    return rm_test_main(
        "stream state",
        (const TTest *[]){no_note_is_an_empty_one, bytes_of_names_and_notes, about_states,
                          notes_of_followers, goes_on_to_the_same_bits, damage_is_refused,
                          strangers_are_refused, forgeries_are_refused, no_growth, NULL});
}
