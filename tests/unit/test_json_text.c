/* JSON of strangers: what is refused before and after it is parsed. */
#include "harness.h"

#include "base/json_text.h"

#include <stdlib.h>
#include <string.h>

static void assert_refused(const char *text, const char *part) {
    json_t *value = NULL;
    ck_assert_msg(rm_json_parse(text, strlen(text), "x.json", &value) == RIMER_USAGE, "%s",
                  text);
    ck_assert_ptr_null(value);
    ck_assert_msg(strstr(rimer_last_error(), "x.json") && strstr(rimer_last_error(), part),
                  "\"%s\" is not in \"%s\"", part, rimer_last_error());
}

START_TEST(good_texts) {
    static const char *const texts[] = {
        "{}", " [1, -2.5e3, true, null, \"a\\\"],[\\\\\"] ",
        "\"0123456789012345678901234567890123456789012345678901234567890123456789012345\"",
        "{\"a\": {\"b\": [[[]]]}}", "12345678901234567.1234567890123456789012345678e-10"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        json_t *value, *wanted = json_loads(texts[i], JSON_DECODE_ANY, NULL);
        ck_assert_msg(rm_json_parse(texts[i], strlen(texts[i]), "x", &value) == RIMER_OK, "%s",
                      rimer_last_error());
        ck_assert(json_equal(value, wanted));
        json_decref(value);
        json_decref(wanted);
    }
}
END_TEST

START_TEST(bad_texts) {
    assert_refused("", "ends too early");
    assert_refused("{\"a\": 1", "ends too early");
    assert_refused("{\"a\": [1, 2}", "near '}'");
    assert_refused("{}, {}", "more than one value");
    assert_refused("{} ] [ {}", "x.json:1");
    assert_refused("{}\n\n}", "x.json:3");
    assert_refused("{\"a\": 1,\n \"a\": 2}", "x.json:2");
    assert_refused("{\"a\": 1e999}", "x.json:1");
    assert_refused("{\"a\": \"\\u0000\"}", "NUL");
    assert_refused("\"\xff\"", "0xff");
    assert_refused("NaN", "NaN");
    assert_refused("11111111111111111111111111111111111111111111111111111111111111111",
                   "65 characters");
}
END_TEST

/* Deep and wide texts are bounded before they are memory. */
START_TEST(costly_texts) {
    enum { N = RM_JSON_VALUES_MAX };
    char *text = malloc(2 * N + 4);
    memset(text, '[', 2 * N);
    text[2 * N] = 0;
    assert_refused(text, "values");
    text[3000] = 0;
    assert_refused(text, "depth");
    json_t *value;
    text[0] = '[';
    for (int i = 0; i < N - 1; i++)
        memcpy(text + 1 + 2 * i, i ? ",1" : " 1", 2);
    strcpy(text + 2 * N - 1, "]");
    ck_assert_int_eq(rm_json_parse(text, strlen(text), "x", &value), RIMER_OK);
    ck_assert_int_eq((int)json_array_size(value), N - 1);
    json_decref(value);
    strcpy(text + 2 * N - 1, ",1]");
    ck_assert_int_eq(rm_json_parse(text, strlen(text), "x", &value), RIMER_USAGE);
    free(text);
}
END_TEST

/* Every text comes back with its bytes, also one that looks like another's form. */
START_TEST(texts_as_json) {
    static const char *const texts[] = {
        "",         "a",    "\xc3\xbc \\u00ff \"", "Temp \xb0 C", "Temp ? C", "\xff", "ff",
        "\x01\xc3", "a_hex"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        json_t *object = json_object(), *again;
        char *back;
        ck_assert_int_eq(rm_json_put_text(object, "name", texts[i]), 0);
        ck_assert_int_eq((int)json_object_size(object), 1);
        char *whole = rm_json_dump(object, 0);
        ck_assert_int_eq(rm_json_parse(whole, strlen(whole), "x", &again), RIMER_OK);
        ck_assert_int_eq(rm_json_get_text(again, "name", &back), RIMER_OK);
        ck_assert_str_eq(back, texts[i]);
        json_decref(object);
        json_decref(again);
        free(whole);
        free(back);
    }
    ck_assert_ptr_null(rm_json_dump(NULL, 0));
}
END_TEST

START_TEST(texts_that_are_none) {
    static const char *const texts[] = {"fff", "FF", "f", "ff00", "0g", " f", "00"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        json_t *object = json_pack("{s:s}", "name_hex", texts[i]);
        char *back;
        ck_assert_int_eq(rm_json_get_text(object, "name", &back), RIMER_OK);
        ck_assert_msg(!back, "%s", texts[i]);
        json_decref(object);
    }
}
END_TEST

int main(void) {
    return rm_test_main("json_text",
                        (const TTest *[]){good_texts, bad_texts, costly_texts, texts_as_json,
                                          texts_that_are_none, NULL});
}
