/* Files cut off at every byte: a status and a sentence, or a shorter reading where the format has no
 * length of its own; never a success of a file that has one. */
#include "readtext.h"

#include <math.h>
#include <stdlib.h>
#include <unistd.h>

#define WHOLE_MAX (1 << 16)

typedef struct whole {
    char path[512]; /* where the prefixes go */
    char bytes[WHOLE_MAX];
    size_t size;
} whole;

static whole file;

/* Takes a file that is there into memory. */
static void take(const char *path) {
    snprintf(file.path, sizeof file.path, "%s", path);
    FILE *stream = fopen(path, "rb");
    ck_assert_ptr_nonnull(stream);
    file.size = fread(file.bytes, 1, sizeof file.bytes, stream);
    ck_assert_uint_lt(file.size, sizeof file.bytes);
    fclose(stream);
}

static void take_text(const char *name, const char *text) {
    take(write_bytes(name, text, strlen(text)));
}

static void put_prefix(size_t size) {
    FILE *stream = fopen(file.path, "wb");
    ck_assert_ptr_nonnull(stream);
    ck_assert_uint_eq(fwrite(file.bytes, 1, size, stream), size);
    ck_assert_int_eq(fclose(stream), 0);
}

static void check_sentence(rimer_status status, size_t size) {
    const char *name = strrchr(file.path, '/') + 1;
    ck_assert_msg(strstr(rimer_last_error(), name) != NULL, "%zu bytes: status %d, \"%s\"",
                  size, status, rimer_last_error());
}

static const char *name_in(const char *name) {
    static char path[512];
    snprintf(path, sizeof path, "%s/%s", rm_test_folder(), name);
    return path;
}

/* ---------------------------------------------------------------------------- tables */

/* Text has no length of its own: what is left may be a shorter table. */
static void try_table(const char *settings, int has_length) {
    rimer_read_options options = read_settings(settings);
    rimer_dataset *dataset = NULL;
    ck_assert_msg(rimer_dataset_read(file.path, &options, &dataset) == RIMER_OK, "%s",
                  rimer_last_error());
    int64_t most = rimer_dataset_notes(dataset).n_rows;
    rimer_dataset_free(dataset);
    for (size_t size = 0; size < file.size; size++) {
        dataset = NULL;
        put_prefix(size);
        rimer_status status = rimer_dataset_read(file.path, &options, &dataset);
        if (status == RIMER_OK) {
            ck_assert_msg(!has_length, "%zu of %zu bytes are read", size, file.size);
            ck_assert_int_le(rimer_dataset_notes(dataset).n_rows, most);
            rimer_dataset_free(dataset);
            continue;
        }
        ck_assert_msg(status == RIMER_DATA || status == RIMER_USAGE, "%zu bytes: status %d, %s",
                      size, status, rimer_last_error());
        ck_assert_ptr_null(dataset);
        check_sentence(status, size);
    }
}

static const char wide[] =
    "date;\"a \"\"b\"\"\";c\r\n01.02.2024 00:00;1,5;-\r\n01.02.2024 01:00;2,5;NA\r\n"
    "01.02.2024 03:00;3;4\r\n";
static const char longer[] = "unique_id,ds,y\nA,2024-01-01,1\nA,2024-02-01,2\n"
                             "\"B \"\"x\"\"\",2024-01-01,\n\"B \"\"x\"\"\",2024-02-01,5\n";

START_TEST(tables_cut_off) {
    take_text("wide.csv", wide);
    try_table("", 0);
    take_text("long.csv", longer);
    try_table("", 0);
    take_text("rows.csv", "name,v1,v2,v3\nx,1,2,3\ny,4,,6\n");
    try_table("layout=rows id_col=name", 0);
    take_text("forecast.csv", "ds,a,a-lo-80,a-hi-80\n2024-01-01,1.25,0.5,2e1\n"
                              "2024-01-02,1.5,-0.5,20\n");
    try_table("decimal=.", 0);
    take_text("t.tsf", "@relation x\n@attribute series_name string\n"
                       "@attribute start_timestamp date\n@frequency monthly\n@missing true\n"
                       "@equallength false\n@data\nT1:1990-01-31 00-00-00:1,2,?\n"
                       "T2:1991-02-28 00-00-00:3.5\n");
    try_table("", 0);
}
END_TEST

START_TEST(gzip_cut_off) {
    rimer_dataset *dataset = dataset_of(longer, "");
    const char *path = name_in("long.csv.gz");
    ck_assert_int_eq(rimer_dataset_write(dataset, path, NULL), RIMER_OK);
    rimer_dataset_free(dataset);
    take(path);
    try_table("", 1);
}
END_TEST

/* --------------------------------------------------------------------------- settings */

START_TEST(settings_cut_off) {
    rimer_config config, before;
    take_text("c.json", "{\"context_len\": 96, \"lr\": 1e-3, \"split\": \"rows:1/2/3\",\n"
                        " \"log1p\": true, \"data_path\": \"x\\\"y\\u00e9\"}");
    rimer_config_init(&config);
    before = config;
    for (size_t size = 0; size < file.size; size++) {
        put_prefix(size);
        rimer_status status = rimer_config_read(&config, file.path, NULL);
        ck_assert_msg(status == RIMER_USAGE, "%zu bytes: status %d", size, status);
        ck_assert_mem_eq(&config, &before, sizeof config);
        check_sentence(status, size);
    }
    put_prefix(file.size);
    ck_assert_int_eq(rimer_config_read(&config, file.path, NULL), RIMER_OK);
    ck_assert_int_eq(config.context_len, 96);
}
END_TEST

START_TEST(spaces_cut_off) {
    take_text("s.json", "{\"lr\": {\"min\": 1e-3, \"max\": 0.1, \"scale\": \"log\"},\n"
                        " \"width\": [8, \"16\"]}");
    for (size_t size = 0; size < file.size; size++) {
        rimer_space *space = NULL;
        put_prefix(size);
        rimer_status status = rimer_space_read(file.path, &space);
        ck_assert_msg(status == RIMER_USAGE, "%zu bytes: status %d", size, status);
        ck_assert_ptr_null(space);
        check_sentence(status, size);
    }
}
END_TEST

/* ----------------------------------------------------------------------------- models */

static rimer_config tiny(void) {
    rimer_config config;
    rimer_config_init(&config);
    rm_test_settings(&config, "context_len=8 patch_len=4 horizon=4 output_len=4 width=4 "
                              "head_size=2 ffn_width=4 lora_decay=1 lora_rate=1 lora_value=1 "
                              "lora_gate=1 epochs=2 batch=64 lanes=1 threads=1 origin=last");
    return config;
}

static float wave(int64_t s, int64_t c, int64_t t) {
    return (float)(s + c + t % 6) + sinf((float)t * 0.7F);
}

static rimer_dataset *waves(void) {
    static const int64_t length = 48;
    return rm_test_series(1, &length, 1, wave);
}

START_TEST(models_cut_off) {
    const char *path = name_in("m.safetensors");
    rimer_config config = tiny();
    rimer_model *model;
    ck_assert_msg(rimer_model_create(&config, &model) == RIMER_OK, "%s", rimer_last_error());
    ck_assert_int_eq(rimer_model_save(model, path), RIMER_OK);
    rimer_model_free(model);
    take(path);
    for (size_t size = 0; size < file.size; size++) {
        model = NULL;
        put_prefix(size);
        rimer_status status = rimer_model_load(file.path, &model);
        ck_assert_msg(status == RIMER_MODEL, "%zu bytes: status %d", size, status);
        ck_assert_ptr_null(model);
        check_sentence(status, size);
    }
    file.bytes[file.size] = 0;
    put_prefix(file.size + 1);
    ck_assert_int_eq(rimer_model_load(file.path, &model), RIMER_MODEL);
    put_prefix(file.size);
    ck_assert_int_eq(rimer_model_load(file.path, &model), RIMER_OK);
    rimer_model_free(model);
}
END_TEST

static int stop_in_first(void *user, const rimer_progress *progress) {
    (void)user;
    return progress->epoch_ended && progress->epoch == 1;
}

/* Each prefix costs the beginning of a run, so not all are tried by default. */
START_TEST(states_cut_off) {
    char model_path[512];
    snprintf(model_path, sizeof model_path, "%s", name_in("m.safetensors"));
    rimer_config config = tiny();
    rimer_dataset *dataset = waves();
    rimer_model *model = NULL;
    rimer_train_hooks hooks = {.progress = stop_in_first, .model_path = model_path};
    ck_assert_int_eq(rimer_train(dataset, &config, &hooks, &model, NULL), RIMER_INTERRUPTED);
    rimer_model_free(model);
    take(name_in("m.train.safetensors"));
    hooks.progress = NULL;
    hooks.resume = 1;
    size_t stride = getenv("RIMER_FULL") ? 1 : 61;
    for (size_t size = 1; size < file.size; /* an empty file is nobody's */
         size += size < 16 || size + stride >= file.size ? 1 : stride) {
        model = NULL;
        put_prefix(size);
        rimer_status status = rimer_train(dataset, &config, &hooks, &model, NULL);
        ck_assert_msg(status == RIMER_MODEL, "%zu bytes: status %d, %s", size, status,
                      rimer_last_error());
        ck_assert_ptr_null(model);
        check_sentence(status, size);
    }
    put_prefix(file.size);
    ck_assert_int_eq(rimer_train(dataset, &config, &hooks, &model, NULL), RIMER_OK);
    rimer_model_free(model);
    rimer_dataset_free(dataset);
}
END_TEST

int main(void) {
    return rm_test_main("truncated", (const TTest *[]){tables_cut_off, gzip_cut_off,
                                                       settings_cut_off, spaces_cut_off,
                                                       models_cut_off, states_cut_off, NULL});
}
