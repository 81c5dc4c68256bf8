#include "base/config_text.h"
#include "base/decimal.h"
#include "harness.h"
#include "rimer/rimer.h"

#include <locale.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static rimer_config fresh(void) {
    rimer_config config;
    rimer_config_init(&config);
    return config;
}

static rimer_status parse(rimer_config *config, const char *json) {
    return rm_config_parse(config, json, strlen(json), "c.json", NULL);
}

static void assert_said(const char *part) {
    if (!strstr(rimer_last_error(), part))
        ck_abort_msg("\"%s\" is not in \"%s\"", part, rimer_last_error());
}

/* Every table of the library: defaults are legal, and init stores exactly them. */
static void check_table(const rimer_field *fields, void *settings, void *again, size_t size) {
    memset(settings, 0x5a, size);
    rimer_fields_init(fields, settings);
    for (const rimer_field *field = fields; field->name; field++) {
        char text[RIMER_TEXT_SIZE];
        if (rimer_fields_set(fields, again, field->name, field->initial) != RIMER_OK)
            ck_abort_msg("default of %s: %s", field->name, rimer_last_error());
        rimer_field_text(field, settings, text, sizeof text);
        ck_assert_int_eq(rimer_fields_set(fields, again, field->name, text), RIMER_OK);
        ck_assert_ptr_eq(rimer_fields_find(fields, field->name), field);
        if (*field->alias)
            ck_assert_ptr_eq(rimer_fields_find(fields, field->alias), field);
    }
}

START_TEST(defaults_are_legal) {
    rimer_config a, b;
    check_table(rimer_config_fields(), &a, &b, sizeof a);
    a = fresh();
    ck_assert_int_eq(a.width, 64);
    ck_assert_int_eq(a.batch, 256);
    ck_assert_int_eq(a.origin, RIMER_ORIGIN_AUTO);
    ck_assert(a.adam_eps == 1e-18);
    ck_assert_str_eq(a.split, "0.7/0.1/0.2");
    if (rimer_config_check(&a))
        ck_abort_msg("%s", rimer_config_check(&a));
}
END_TEST

START_TEST(texts_of_values_read_back) {
    static const double values[] = {
        1e-18, 0.1,   1.0 / 3,           5e-324, 1.7976931348623157e308,
        0.64,  64e-5, 123456789012345.0, -0.3};
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        char text[32];
        double back = 0;
        rm_decimal_text(values[i], text, sizeof text);
        ck_assert_int_eq(rm_decimal_read(text, &back), 1);
        ck_assert(back == values[i]);
    }
    char text[32];
    rm_decimal_text(0.1, text, sizeof text);
    ck_assert_str_eq(text, "0.1");
    rm_decimal_text(NAN, text, sizeof text);
    ck_assert_str_eq(text, "nan");
}
END_TEST

START_TEST(only_numbers_are_numbers) {
    static const char *const bad[] = {"",    " 1", "1 ", "1,5", "0x10",  "inf",   "nan",  "1e",
                                      "1e+", ".",  "-",  "--1", "1e999", "1_000", "1.2.3"};
    static const char *const good[] = {"1", "-1", "+1.5", ".5", "5.", "1e3", "1E-3"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        double value = 7;
        if (rm_decimal_read(bad[i], &value) || value != 7)
            ck_abort_msg("\"%s\" was read", bad[i]);
    }
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        double value;
        if (!rm_decimal_read(good[i], &value))
            ck_abort_msg("\"%s\" was not read", good[i]);
    }
}
END_TEST

/* A host program may have chosen a locale with a decimal comma. */
START_TEST(locale_does_not_matter) {
    static const char *const locales[] = {"de_DE.UTF-8", "fr_FR.UTF-8", "de_DE", "nb_NO.UTF-8"};
    int found = 0;
    for (size_t i = 0; !found && i < sizeof locales / sizeof *locales; i++)
        found = setlocale(LC_ALL, locales[i]) && *localeconv()->decimal_point == ',';
    if (!found)
        printf("SKIP locale_does_not_matter: no locale with a decimal comma is here\n");
    double value;
    char text[32];
    ck_assert_int_eq(rm_decimal_read("1.5", &value), 1);
    ck_assert(value == 1.5);
    rm_decimal_text(0.25, text, sizeof text);
    ck_assert_str_eq(text, "0.25");
    rimer_config config = fresh();
    ck_assert(config.lr == 0.001);
    ck_assert_int_eq(parse(&config, "{\"lr\": 0.25}"), RIMER_OK);
    ck_assert(config.lr == 0.25);
    setlocale(LC_ALL, "C");
}
END_TEST

START_TEST(keys_are_found) {
    rimer_config config = fresh();
    const rimer_field *fields = rimer_config_fields();
    ck_assert_int_eq(rimer_fields_set(fields, &config, "patch-len", "12"), RIMER_OK);
    ck_assert_int_eq(config.patch_len, 12);
    ck_assert_int_eq(rimer_fields_set(fields, &config, "d_model", "128"), RIMER_OK);
    ck_assert_int_eq(config.width, 128);
    ck_assert_ptr_null(rimer_fields_find(fields, ""));
    ck_assert_ptr_null(rimer_fields_find(fields, "patch"));
    ck_assert_int_eq(rimer_fields_set(fields, &config, "ptach_len", "1"), RIMER_USAGE);
    ck_assert_str_eq(rimer_last_error(), "unknown key \"ptach_len\": did you mean patch_len?");
    ck_assert_int_eq(rimer_fields_set(fields, &config, "e-layer", "1"), RIMER_USAGE);
    assert_said("did you mean layers?");
}
END_TEST

START_TEST(values_are_checked) {
    static const struct {
        const char *key, *value, *said;
    } cases[] = {
        {"layers", "two", "\"two\" is not a whole number"},
        {"layers", "1.5", "\"1.5\" is not a whole number"},
        {"layers", "-1", "out of range"},
        {"layers", "257", "from 0 to 256"},
        {"lr", "fast", "\"fast\" is not a number"},
        {"lr", "11", "from 0 to 10"},
        {"norm", "causa", "not one of window|causal|none"},
        {"norm", "window|none", "not one of"},
        {"norm", "", "not one of"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        rimer_config config = fresh(), before = config;
        ck_assert_int_eq(
            rimer_fields_set(rimer_config_fields(), &config, cases[i].key, cases[i].value),
            RIMER_USAGE);
        assert_said(cases[i].said);
        assert_said(cases[i].key);
        ck_assert_int_eq(memcmp(&config, &before, sizeof config), 0);
    }
    char longest[RIMER_TEXT_SIZE + 1];
    memset(longest, 'x', sizeof longest);
    longest[RIMER_TEXT_SIZE] = '\0';
    rimer_config config = fresh();
    ck_assert_int_eq(rimer_fields_set(rimer_config_fields(), &config, "split", longest),
                     RIMER_USAGE);
    longest[RIMER_TEXT_SIZE - 1] = '\0';
    ck_assert_int_eq(rimer_fields_set(rimer_config_fields(), &config, "split", longest),
                     RIMER_OK);
    ck_assert_str_eq(config.split, longest);
}
END_TEST

START_TEST(periods_are_checked) {
    static const char *const good[] = {"",       "no",         "auto", "2",
                                       "24,168", "7,365.2425", "1e9",  "2,3,4,5"};
    static const struct {
        const char *text, *said;
    } bad[] = {{"1.9", "steps from 2 to 1e+09"},
               {"-24", "is not a period"},
               {"1000000001", "is not a period"},
               {"nan", "is not a period"},
               {"yes", "phase: \"yes\" is not a period"},
               {"24, 48", "is not a period"},
               {"24,", "must not end with a comma"},
               {",24", "is not a period"},
               {"24,24.0", "24.0 is there twice"},
               {"2,3,4,5,6", "more than 4 periods"},
               {"24000000000000000000000000000000000000000000", "is not a period"}};
    rimer_config c = fresh();
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        strcpy(c.phase, good[i]);
        ck_assert_msg(!rimer_config_check(&c), "%s", rimer_last_error());
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        strcpy(c.phase, bad[i].text);
        ck_assert_msg(rimer_config_check(&c) != NULL, "%s", bad[i].text);
        assert_said(bad[i].said);
    }
}
END_TEST

/* Of a struct that was filled by hand. */
START_TEST(members_that_no_text_could_set) {
    rimer_config c = fresh();
    char *json = NULL;
    c.lr = NAN;
    ck_assert_ptr_nonnull(rimer_config_check(&c));
    assert_said("lr: ");
    ck_assert_int_eq(rimer_config_json(&c, &json), RIMER_USAGE);
    c = fresh();
    memset(c.split, '0', sizeof c.split);
    ck_assert_ptr_nonnull(rimer_config_check(&c));
    assert_said("split: the text has no end");
    ck_assert_int_eq(rimer_config_json(&c, &json), RIMER_USAGE);
    ck_assert_ptr_null(json);
}
END_TEST

START_TEST(settings_must_fit_together) {
    static const struct {
        const char *json, *said;
    } cases[] = {
        {"{\"width\": 64, \"head_size\": 48}", "head_size 48 does not divide width 64"},
        {"{\"width\": 9, \"head_size\": 9, \"position\": \"sinusoid\"}", "even width"},
        {"{\"context_len\": 8, \"patch_len\": 16}", "longer than context_len 8"},
        {"{\"patch_len\": 16, \"output_len\": 8}", "shorter than patch_len 16"},
        {"{\"loss_tokens\": \"all\", \"origin\": \"linear\"}", "origin linear"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        rimer_config config = fresh();
        ck_assert_int_eq(parse(&config, cases[i].json), RIMER_OK);
        ck_assert_ptr_nonnull(rimer_config_check(&config));
        assert_said(cases[i].said);
    }
}
END_TEST

START_TEST(json_round_trip) {
    rimer_config config = fresh(), back = fresh();
    ck_assert_int_eq(parse(&config,
                           "{\"width\": 96, \"lr\": 0.00012345678901234567, \"mask\": \"on\","
                           " \"input_norm\": false, \"split\": \"a\\\"b\\\\\\n\"}"),
                     RIMER_OK);
    ck_assert_int_eq(config.input_norm, RIMER_NO);
    char *json;
    ck_assert_int_eq(rimer_config_json(&config, &json), RIMER_OK);
    ck_assert_int_eq(parse(&back, json), RIMER_OK);
    ck_assert_int_eq(memcmp(&config, &back, sizeof back), 0);
    free(json);
}
END_TEST

START_TEST(keys_that_are_not_named_stay) {
    rimer_config config = fresh();
    ck_assert_int_eq(parse(&config, "{\"layers\": 3}"), RIMER_OK);
    ck_assert_int_eq(parse(&config, "{\"lr\": 0.5}"), RIMER_OK);
    ck_assert_int_eq(config.layers, 3);
    ck_assert(config.lr == 0.5);
}
END_TEST

START_TEST(bad_json_is_refused) {
    static const struct {
        const char *json, *said;
    } cases[] = {
        {"", "c.json:1: not valid JSON"},
        {"{\n\"lr\": 1,\n\"lr\": 2}", "c.json:3: not valid JSON: duplicate"},
        {"[1]", "needs a JSON object"},
        {"{\"lr\": null}", "lr: needs a number or a text"},
        {"{\"lr\": [1]}", "lr: needs a number or a text"},
        {"{\"lr\": true}", "lr: needs a number or a text"},
        {"{\"lrr\": true}", "c.json: unknown key \"lrr\": did you mean lr?"},
        {"{\"layers\": 2, \"lr\": 99}", "c.json: lr: 99 is out of range"},
        {"{\"lr\": 1} x", "not valid JSON"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        rimer_config config = fresh(), before = config;
        ck_assert_int_eq(parse(&config, cases[i].json), RIMER_USAGE);
        assert_said(cases[i].said);
        ck_assert_int_eq(memcmp(&config, &before, sizeof config), 0);
    }
}
END_TEST

START_TEST(blackgoose_file_is_read) {
    char path[4096];
    snprintf(path, sizeof path, "%s/config.json", rm_test_folder());
    FILE *file = fopen(path, "w");
    ck_assert_ptr_nonnull(file);
    fputs(
        "{\"task_name\": \"forecast\", \"patch_len\": 16, \"d_model\": 512, \"e_layers\": 6,\n"
        " \"n_heads\": 8, \"dropout\": 0.1, \"output_attention\": false, \"batch_size\": 10,\n"
        " \"epoch\": 100, \"data_path\": \"a.csv\", \"window_size\": 32, \"d_ff\": 2048}\n",
        file);
    fclose(file);
    rimer_config config = fresh();
    char *ignored;
    ck_assert_int_eq(rimer_config_read(&config, path, &ignored), RIMER_OK);
    ck_assert_str_eq(ignored, "task_name, n_heads, output_attention, data_path");
    free(ignored);
    ck_assert_int_eq(config.width, 512);
    ck_assert_int_eq(config.layers, 6);
    ck_assert_int_eq(config.batch, 10);
    ck_assert_double_eq(config.dropout, 0.1);
    ck_assert_int_eq(config.epochs, 100);
    ck_assert_int_eq(config.context_len, 32);
    ck_assert_int_eq(config.ffn_width, 2048);
    ck_assert_int_eq(rimer_config_read(&config, path, NULL), RIMER_OK);
    unlink(path);
    ck_assert_int_eq(rimer_config_read(&config, path, &ignored), RIMER_IO);
    assert_said("config.json: cannot be opened");
    ck_assert_int_eq(rimer_config_read(&config, rm_test_folder(), NULL), RIMER_IO);
}
END_TEST

static void *ask_for_names(void *names) {
    *(const char *const **)names = rimer_preset_names();
    return NULL;
}

/* A thread that has ended leaves them to the others. */
START_TEST(preset_names_are_not_of_a_thread) {
    pthread_t thread;
    const char *const *names = NULL;
    ck_assert_int_eq(pthread_create(&thread, NULL, ask_for_names, &names), 0);
    ck_assert_int_eq(pthread_join(thread, NULL), 0);
    ck_assert_ptr_eq(names, rimer_preset_names());
}
END_TEST

START_TEST(presets_are_whole) {
    int n = 0;
    for (const char *const *name = rimer_preset_names(); *name; name++, n++) {
        rimer_config config = fresh();
        if (rimer_config_preset(&config, *name) != RIMER_OK)
            ck_abort_msg("%s: %s", *name, rimer_last_error());
        if (rimer_config_check(&config))
            ck_abort_msg("%s: %s", *name, rimer_last_error());
    }
    ck_assert_int_ge(n, 1);
    rimer_config config = fresh();
    ck_assert_int_eq(rimer_config_preset(&config, "blackgoose"), RIMER_OK);
    ck_assert_int_eq(config.width, 512);
    ck_assert_int_eq(config.channel_mix, RIMER_MIX_LINEAR);
    ck_assert_int_eq(rimer_config_preset(&config, "black-goos"), RIMER_USAGE);
    assert_said("did you mean blackgoose?");
}
END_TEST

START_TEST(sizes_are_those_of_the_structs) {
    ck_assert_uint_eq(rimer_fields_size(rimer_config_fields()), sizeof(rimer_config));
    ck_assert_uint_eq(rimer_fields_size(rimer_read_fields()), sizeof(rimer_read_options));
    ck_assert_uint_eq(rimer_fields_size(rimer_write_fields()), sizeof(rimer_write_options));
    ck_assert_uint_eq(rimer_fields_size(rimer_protocol_fields()), sizeof(rimer_protocol));
}
END_TEST

START_TEST(nearest_name_is_near) {
    static const char *const names[] = {"context", "horizon", "patch", NULL};
    ck_assert_str_eq(rimer_name_nearest("ptach", names), "patch");
    ck_assert_str_eq(rimer_name_nearest("Horizn", names), "horizon");
    ck_assert_str_eq(rimer_name_nearest("SEED", (const char *const[]){"lr", "seed", NULL}),
                     "seed");
    ck_assert_str_eq(rimer_name_nearest("a-b", (const char *const[]){"axb", "a_b", NULL}),
                     "a_b");
    ck_assert_str_eq(rimer_name_nearest("", names), "patch");
    ck_assert_str_eq(rimer_name_nearest("x", (const char *const[]){NULL}), "");
    char endless[4096];
    memset(endless, 'c', sizeof endless);
    endless[sizeof endless - 1] = '\0';
    ck_assert_str_eq(rimer_name_nearest(endless, names), "context");
}
END_TEST

int main(void) {
    return rm_test_main(
        "config",
        (const TTest *[]){
            defaults_are_legal, texts_of_values_read_back, only_numbers_are_numbers,
            locale_does_not_matter, keys_are_found, values_are_checked,
            members_that_no_text_could_set, settings_must_fit_together, periods_are_checked,
            json_round_trip, keys_that_are_not_named_stay, bad_json_is_refused,
            blackgoose_file_is_read, preset_names_are_not_of_a_thread, presets_are_whole,
            sizes_are_those_of_the_structs, nearest_name_is_near, NULL});
}
