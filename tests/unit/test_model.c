/* Models: parameter counts, configuration limits, files that a stranger made. */
#include "harness.h"

#include "base/array.h"
#include "model/model_inside.h"
#include "model/safetensors.h"
#include "rimer/rimer.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

START_TEST(published_size) {
    rimer_config config;
    rimer_model *model;
    rimer_config_init(&config);
    ck_assert_int_eq(rimer_config_preset(&config, "blackgoose"), RIMER_OK);
    ck_assert_msg(rimer_model_create(&config, &model) == RIMER_OK, "%s", rimer_last_error());
    ck_assert_int_eq(rimer_model_n_parameters(model), 1614880);
    int64_t listed = 0;
    for (int64_t i = 0; i < rimer_model_n_tensors(model); i++) {
        rimer_parameter tensor = rimer_model_tensor(model, i);
        ck_assert_int_eq(tensor.count,
                         tensor.shape[0] * (tensor.shape[1] ? tensor.shape[1] : 1));
        listed += tensor.count;
    }
    ck_assert_int_eq(listed, 1614880);
    rimer_model_free(model);
    rimer_model_free(NULL);
}
END_TEST

static rimer_config tiny(void) {
    rimer_config config;
    rimer_config_init(&config);
    config.context_len = 8;
    config.patch_len = 4;
    config.horizon = config.output_len = 4;
    config.width = 8;
    config.head_size = 4;
    return config;
}

START_TEST(incomplete_configs) {
    rimer_model *model = NULL;
    rimer_config config = tiny();
    config.horizon = 0;
    ck_assert_int_eq(rimer_model_create(&config, &model), RIMER_USAGE);
    ck_assert_ptr_nonnull(strstr(rimer_last_error(), "horizon"));
    config = tiny();
    config.head_size = 3;
    ck_assert_int_eq(rimer_model_create(&config, &model), RIMER_USAGE);
    ck_assert_ptr_null(model);
}
END_TEST

/* A caller's struct may hold anything; what a text could not set is refused, too. */
START_TEST(impossible_configs) {
    rimer_config config = tiny();
    config.head_size = 0;
    ck_assert_ptr_nonnull(strstr(rimer_config_check(&config), "head_size"));
    config = tiny();
    config.batch = 0;
    ck_assert_ptr_nonnull(strstr(rimer_config_check(&config), "batch"));
    config = tiny();
    config.lr = NAN;
    ck_assert_ptr_nonnull(strstr(rimer_config_check(&config), "lr"));
    config = tiny();
    config.loss = 3;
    ck_assert_ptr_nonnull(strstr(rimer_config_check(&config), "loss"));
    config = tiny();
    config.loss = -1;
    ck_assert_ptr_nonnull(strstr(rimer_config_check(&config), "loss"));
    config = tiny();
    ck_assert_ptr_null(rimer_config_check(&config));
}
END_TEST

/* The formulas of E12 at places that can be worked out by hand. */
START_TEST(initialisation) {
    rimer_config config = tiny();
    rimer_model *model;
    config.layers = 2;
    config.width = 16;
    ck_assert_int_eq(rimer_model_create(&config, &model), RIMER_OK);
    const rm_registry *registry = &model->network.registry;
#define AT(name, i) ((double)model->values[rm_registry_find(registry, name)->offset + (i)])
    ck_assert_double_eq_tol(AT("blocks.0.att.x_r", 0), 1, 1e-6);
    ck_assert_double_eq_tol(AT("blocks.0.att.x_r", 8), 1 - 0.8705505633, 1e-6); /* .5^.2 */
    ck_assert_double_eq_tol(AT("blocks.1.att.x_w", 8), 1 - 0.7320428479, 1e-6); /* .5^.45 */
    ck_assert_double_eq_tol(AT("blocks.0.ffn.x_k", 8), 0.5, 1e-6);
    ck_assert_double_eq_tol(AT("blocks.1.ffn.x_k", 8), 1 - 0.9576032807, 1e-6); /* .5^(1/16) */
    ck_assert_double_eq_tol(AT("blocks.0.att.w0", 0), -6 + 0.5 - 2.5, 1e-5);
    ck_assert_double_eq_tol(AT("blocks.0.att.w0", 15), 0.5 + 2.5, 1e-5);
    ck_assert_double_eq_tol(AT("blocks.1.att.v0", 0), 0.73 + 0.2, 1e-6);
    ck_assert_double_eq_tol(AT("blocks.0.att.k_k", 15), 0.71 - 0.05, 1e-6);
    ck_assert_double_eq_tol(AT("blocks.0.att.k_a", 3), 1.02, 1e-6);
    ck_assert_double_eq_tol(AT("blocks.1.att.r_k", 3), -0.04, 1e-6);
    ck_assert_double_eq_tol(AT("blocks.0.att.ln_x.weight", 0), 0.6155722067, 1e-6); /* .5^.7 */
    ck_assert_double_eq_tol(AT("blocks.1.att.ln_x.weight", 0), 1, 1e-6);
    ck_assert(AT("blocks.0.att.output.weight", 5) == 0 && AT("blocks.0.att.w1", 5) == 0);
    double dot = 0, square = 0; /* orthonormal rows */
    for (int k = 0; k < 16; k++) {
        dot += AT("blocks.0.att.value.weight", k) * AT("blocks.0.att.value.weight", 16 + k);
        square += AT("blocks.0.att.key.weight", k) * AT("blocks.0.att.key.weight", k);
    }
    ck_assert_double_eq_tol(dot, 0, 1e-6);
    ck_assert_double_eq_tol(square, 0.01, 1e-7);
    ck_assert_ptr_null(rm_registry_find(registry, "blocks.0.att.v1"));
    rimer_model_free(model);
}
END_TEST

/* Writes `header` with its length and `payload` bytes of zeros; loads it. */
static rimer_status load_forged(const char *header, uint64_t claimed, size_t payload) {
    char path[128];
    rimer_model *model = NULL;
    snprintf(path, sizeof path, "%s/forged.safetensors", rm_test_folder());
    FILE *file = fopen(path, "wb");
    for (int i = 0; i < 8; i++)
        fputc((int)(claimed >> 8 * i & 255), file);
    fputs(header, file);
    for (size_t i = 0; i < payload; i++)
        fputc(0, file);
    fclose(file);
    rimer_status status = rimer_model_load(path, &model);
    ck_assert_ptr_null(model);
    ck_assert_ptr_nonnull(strstr(rimer_last_error(), "forged.safetensors"));
    return status;
}

START_TEST(forged_models) {
    static const char *const headers[] = {
        "",
        "[]",
        "{}",
        "{\"a\": 3}",
        "{\"a\": {\"dtype\": \"F32\", \"shape\": [1], \"data_offsets\": [0, 8]}}",
        "{\"a\": {\"dtype\": \"F32\", \"shape\": [-1], \"data_offsets\": [0, 8]}}",
        "{\"a\": {\"dtype\": \"F16\", \"shape\": [4], \"data_offsets\": [0, 8]}}",
        "{\"a\": {\"dtype\": \"F32\", \"shape\": [2147483647, 2147483647],"
        " \"data_offsets\": [0, 8]}}",
        "{\"a\": {\"dtype\": \"F32\", \"shape\": [1,1,2], \"data_offsets\": [0, 8]}}",
        "{\"a\": {\"dtype\": \"F32\", \"shape\": [2], \"data_offsets\": [8, 0]}}",
        "{\"a\": {\"dtype\": \"F32\", \"shape\": [1], \"data_offsets\": [4, 8]}}",
        "{\"a\": {\"dtype\": \"F32\", \"shape\": [2], \"data_offsets\": [0, 8]},"
        " \"b\": {\"dtype\": \"F32\", \"shape\": [1], \"data_offsets\": [4, 8]}}",
        "{\"a\": {\"dtype\": \"F32\", \"shape\": [1], \"data_offsets\": [0, 4]},"
        " \"a\": {\"dtype\": \"F32\", \"shape\": [1], \"data_offsets\": [4, 8]}}",
        "{\"a\": {\"dtype\": \"F32\", \"shape\": [2], \"data_offsets\": [0, 8]}}",
        "{\"__metadata__\": {\"format\": \"rimer-9\"},"
        " \"a\": {\"dtype\": \"F32\", \"shape\": [2], \"data_offsets\": [0, 8]}}",
        "{\"__metadata__\": {\"format\": \"rimer-1\", \"config\": \"{\\\"width\\\": -5}\"},"
        " \"a\": {\"dtype\": \"F32\", \"shape\": [2], \"data_offsets\": [0, 8]}}",
        "{\"__metadata__\": {\"format\": \"rimer-1\", \"config\": \"{\\\"width\\\": 16384, "
        "\\\"layers\\\": 256, \\\"context_len\\\": 1, \\\"horizon\\\": 1, \\\"patch_len\\\": "
        "1, "
        "\\\"output_len\\\": 1}\"},"
        " \"a\": {\"dtype\": \"F32\", \"shape\": [2], \"data_offsets\": [0, 8]}}",
    };
    for (size_t i = 0; i < sizeof headers / sizeof *headers; i++)
        ck_assert_msg(load_forged(headers[i], strlen(headers[i]), 8) == RIMER_MODEL,
                      "header %zu", i);
    ck_assert_int_eq(load_forged("{}", UINT64_MAX, 8), RIMER_MODEL);
    ck_assert_int_eq(load_forged("{}", 1 << 20, 8), RIMER_MODEL);
}
END_TEST

START_TEST(absent_model) {
    rimer_model *model = NULL;
    ck_assert_int_eq(rimer_model_load("/no/such/model", &model), RIMER_IO);
    ck_assert_ptr_nonnull(strstr(rimer_last_error(), "/no/such/model"));
    ck_assert_int_eq(rimer_model_load(rm_test_folder(), &model), RIMER_IO);
    ck_assert_ptr_nonnull(strstr(rimer_last_error(), "folder"));
}
END_TEST

/* A value that is not finite would make every forecast NaN: refused, by name. */
START_TEST(poisoned_model) {
    char path[128];
    rimer_config config = tiny();
    rimer_model *model, *loaded = NULL;
    snprintf(path, sizeof path, "%s/nan.safetensors", rm_test_folder());
    ck_assert_int_eq(rimer_model_create(&config, &model), RIMER_OK);
    model->values[rm_registry_find(&model->network.registry, "head.weight")->offset + 2] =
        (rm_real)(0.0 / 0.0);
    ck_assert_int_eq(rimer_model_save(model, path), RIMER_OK);
    ck_assert_int_eq(rimer_model_load(path, &loaded), RIMER_MODEL);
    ck_assert_ptr_nonnull(strstr(rimer_last_error(), "head.weight"));
    rimer_model_free(model);
}
END_TEST

/* -------------------------------------------------------------------- models of strangers */

static const char *path_of(const char *name) {
    static char path[256];
    snprintf(path, sizeof path, "%s/%s", rm_test_folder(), name);
    return path;
}

static void assert_refused(const char *path, rimer_status wanted, const char *part) {
    rimer_model *model = NULL;
    rimer_status status = rimer_model_load(path, &model);
    ck_assert_msg(status == wanted && strstr(rimer_last_error(), part), "status %d, \"%s\"",
                  status, rimer_last_error());
    ck_assert_ptr_null(model);
}

/* A small file whose configuration asks for a huge forecast. */
START_TEST(greedy_lengths) {
    const char *path = path_of("greedy.safetensors");
    rimer_config config = tiny();
    rimer_model *model;
    size_t bytes;
    config.origin = RIMER_ORIGIN_NONE;
    config.patch_len = 1;
    config.width = 128;
    ck_assert_int_eq(rimer_model_create(&config, &model), RIMER_OK);
    model->config.context_len = model->network.shape.context_len = 1048576;
    ck_assert_int_eq(rm_session_measure(model, &bytes), RIMER_OK);
    ck_assert_uint_gt(bytes, (size_t)10 << 30);
    ck_assert_int_eq(rimer_model_save(model, path), RIMER_OK);
    if (bytes > (size_t)rm_memory_size() / 2)
        assert_refused(path, RIMER_MODEL, "context_len 1048576 in patches of 1 takes");
    rimer_model_free(model);
}
END_TEST

/* Outputs much longer than the context go through a rollout by few rows at once. */
START_TEST(long_outputs) {
    rimer_config config = tiny();
    rimer_model *model;
    size_t bytes;
    config.origin = RIMER_ORIGIN_NONE;
    config.patch_len = 1;
    config.context_len = 1;
    config.output_len = 65536;
    ck_assert_int_eq(rimer_model_create(&config, &model), RIMER_OK);
    ck_assert_int_eq(rm_session_measure(model, &bytes), RIMER_OK);
    ck_assert_uint_lt(bytes, (size_t)256 << 20);
    rimer_model_free(model);
}
END_TEST

/* What is measured is what a session takes. */
START_TEST(measured_session) {
    rimer_config config = tiny();
    rimer_model *model;
    rm_pass *pass;
    const rm_kernels *kernels;
    rm_pass_size size = {.max_rows = 3, .max_tokens = 2};
    size_t bytes;
    ck_assert_int_eq(rimer_model_create(&config, &model), RIMER_OK);
    ck_assert_int_eq(rm_kernels_choose(&kernels), RIMER_OK);
    ck_assert_int_eq(rm_pass_create(&pass, kernels, &model->network, size), RIMER_OK);
    ck_assert_int_eq(rm_pass_measure(&model->network, size, &bytes), RIMER_OK);
    ck_assert_uint_eq(bytes, rm_pass_bytes(pass));
    rm_pass_free(pass);
    rimer_model_free(model);
}
END_TEST

/* A file with a hole costs no disk. */
START_TEST(file_larger_than_memory) {
    const char *path = path_of("hole.safetensors");
    rm_tensor_file tensors;
    char header[256];
    int64_t rows = 1 << 20, cols = rm_memory_size() / 4 / rows;
    int length = snprintf(header, sizeof header,
                          "{\"a\":{\"dtype\":\"F32\",\"shape\":[%lld,%lld],"
                          "\"data_offsets\":[0,%lld]}}",
                          (long long)rows, (long long)cols, (long long)(rows * cols * 4));
    FILE *file = fopen(path, "wb");
    for (int i = 0; i < 8; i++)
        fputc(i ? 0 : length, file);
    fputs(header, file);
    fclose(file);
    if (truncate(path, 8 + length + rows * cols * 4) != 0)
        return; /* this file system has no holes */
    ck_assert_int_eq(rm_tensors_read(path, &tensors), RIMER_MODEL);
    ck_assert_ptr_nonnull(strstr(rimer_last_error(), "memory"));
}
END_TEST

/* Opening a pipe would wait for a writer. */
START_TEST(no_plain_file) {
    const char *path = path_of("pipe");
    ck_assert_int_eq(mkfifo(path, 0600), 0);
    assert_refused(path, RIMER_IO, "no plain file");
}
END_TEST

/* A text whose parsing would take a hundred times its size. */
START_TEST(costly_headers) {
    enum { N = 1500000 };
    char *header = malloc(3 * N + 16), *end = header;
    end += sprintf(end, "{\"a\":[{}");
    for (int i = 0; i < N; i++)
        end += sprintf(end, ",{}");
    sprintf(end, "]}");
    ck_assert_int_eq(load_forged(header, strlen(header), 8), RIMER_MODEL);
    end = header + sprintf(header, "{\"a\":3");
    for (int i = 0; i < 20000; i++)
        end += sprintf(end, ",\"k%x\":3", i);
    sprintf(end, "}");
    ck_assert_int_eq(load_forged(header, strlen(header), 8), RIMER_MODEL);
    ck_assert_ptr_nonnull(strstr(rimer_last_error(), "20001 tensors"));
    free(header);
}
END_TEST

/* A good model, but for one text of its metadata (NULL: without it). */
static const char *with_metadata(const char *key, json_t *value) {
    const char *path = path_of("metadata.safetensors");
    rimer_config config = tiny();
    rimer_model *model;
    rm_tensor_file file;
    ck_assert_int_eq(rimer_model_create(&config, &model), RIMER_OK);
    ck_assert_int_eq(rimer_model_save(model, path), RIMER_OK);
    ck_assert_int_eq(rm_tensors_read(path, &file), RIMER_OK);
    if (value)
        ck_assert_int_eq(json_object_set_new(file.metadata, key, value), 0);
    else
        ck_assert_int_eq(json_object_del(file.metadata, key), 0);
    ck_assert_int_eq(rm_tensors_write(path, file.metadata, file.tensors, file.n_tensors),
                     RIMER_OK);
    rm_tensors_free(&file);
    rimer_model_free(model);
    return path;
}

START_TEST(forged_metadata) {
    static const char *const scalers[] = {
        "",
        "{}",
        "null",
        "[1]",
        "[{}]",
        "[{\"name\": 1, \"loc\": 0, \"scale\": 1}]",
        "[{\"name\": \"a\", \"loc\": \"0\", \"scale\": 1}]",
        "[{\"name\": \"a\", \"loc\": null, \"scale\": 1}]",
        "[{\"name\": \"a\", \"loc\": 0}]",
        "[{\"name\": \"a\", \"loc\": 0, \"scale\": 0}]",
        "[{\"name\": \"a\", \"loc\": 0, \"scale\": -1}]",
        "[{\"name\": \"a\", \"loc\": 1e999, \"scale\": 1}]",
        "[{\"name\": \"a\", \"loc\": NaN, \"scale\": 1}]",
        "[{\"name\": \"a\", \"loc\": 0, \"scale\": 1}, {}]",
        "[{\"name\": \"a\\u0000\", \"loc\": 0, \"scale\": 1}]",
    };
    for (size_t i = 0; i < sizeof scalers / sizeof *scalers; i++)
        assert_refused(with_metadata("scaler", json_string(scalers[i])), RIMER_MODEL, "scaler");
    assert_refused(with_metadata("scaler", NULL), RIMER_MODEL, "scaler");
    assert_refused(with_metadata("config", NULL), RIMER_MODEL, "configuration");
    assert_refused(with_metadata("record", json_integer(3)), RIMER_MODEL, "\"record\"");
    assert_refused(with_metadata("config", json_string("{\"context_len\": 1e99}")), RIMER_MODEL,
                   "context_len");
    rimer_model *model;
    ck_assert_int_eq(rimer_model_load(with_metadata("note", json_string("\n\x1b[2J")), &model),
                     RIMER_OK);
    ck_assert_str_eq(rimer_model_fact(model, "note"), "\n\x1b[2J");
    rimer_model_free(model);
}
END_TEST

/* Sizes of a caller that no memory holds. */
START_TEST(endless_horizons) {
    static const float values[64] = {1, 2, 3};
    rimer_config config = tiny();
    rimer_dataset *dataset;
    rimer_model *model;
    rimer_forecast *forecast = NULL;
    ck_assert_int_eq(rimer_model_create(&config, &model), RIMER_OK);
    ck_assert_int_eq(rimer_dataset_from_values(values, 32, 2, NULL, &dataset), RIMER_OK);
    for (int64_t horizon = INT64_MAX; horizon > rm_memory_size() / 8; horizon /= 16) {
        ck_assert_int_eq(rimer_forecast_dataset(model, dataset, horizon, 1, &forecast),
                         RIMER_NO_MEMORY);
        ck_assert_ptr_nonnull(strstr(rimer_last_error(), "horizon"));
    }
    ck_assert_ptr_null(forecast);
    rimer_dataset_free(dataset);
    rimer_model_free(model);
}
END_TEST

int main(void) {
    return rm_test_main(
        "model", (const TTest *[]){published_size, incomplete_configs, impossible_configs,
                                   initialisation, forged_models, absent_model, poisoned_model,
                                   greedy_lengths, long_outputs, measured_session,
                                   file_larger_than_memory, no_plain_file, costly_headers,
                                   forged_metadata, endless_horizons, NULL});
}
