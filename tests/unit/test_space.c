/* Spaces of settings: what their files may say, the grid, and draws. */
#include "harness.h"
#include "readtext.h"
#include "rimer/rimer.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static rimer_status read_space(const char *json, rimer_space **out) {
    return rimer_space_read(write_bytes("space.json", json, strlen(json)), out);
}

static rimer_space *space_of(const char *json) {
    rimer_space *space = NULL;
    if (read_space(json, &space) != RIMER_OK)
        ck_abort_msg("%s: %s", json, rimer_last_error());
    return space;
}

static rimer_config drawn(const rimer_space *space, uint64_t seed, int64_t index) {
    rimer_config config;
    rimer_config_init(&config);
    rimer_space_draw(space, seed, index, &config);
    return config;
}

static int same(const rimer_config *a, const rimer_config *b) {
    return memcmp(a, b, sizeof *a) == 0;
}

START_TEST(the_grid_has_an_order) {
    static const struct {
        int64_t width, layers;
        int input_norm;
    } want[] = {{32, 1, RIMER_YES}, {32, 1, RIMER_NO}, {32, 2, RIMER_YES}, {32, 2, RIMER_NO},
                {48, 1, RIMER_YES}, {48, 1, RIMER_NO}, {48, 2, RIMER_YES}, {48, 2, RIMER_NO}};
    rimer_space *space = space_of(
        "{\"d_model\": [32, \"48\"], \"layers\": [1, 2], \"input_norm\": [true, \"no\"]}");
    ck_assert_int_eq(rimer_space_n_keys(space), 3);
    ck_assert_str_eq(rimer_space_key(space, 0)->name, "width");
    ck_assert_str_eq(rimer_space_key(space, 2)->name, "input_norm");
    ck_assert_int_eq(rimer_space_n_points(space), 8);
    for (int64_t i = 0; i < 8; i++) {
        rimer_config config, expected;
        rimer_config_init(&config);
        config.batch = 7;
        expected = config;
        expected.width = want[i].width;
        expected.layers = want[i].layers;
        expected.input_norm = want[i].input_norm;
        ck_assert_int_eq(rimer_space_point(space, i, &config), RIMER_OK);
        ck_assert_msg(same(&config, &expected), "point %d", (int)i);
    }
    rimer_config config = drawn(space, 1, 0), before = config;
    ck_assert_int_eq(rimer_space_point(space, 8, &config), RIMER_USAGE);
    ck_assert_int_eq(rimer_space_point(space, -1, &config), RIMER_USAGE);
    ck_assert(same(&config, &before));
    rimer_space_free(space);
    rimer_space_free(NULL);
}
END_TEST

START_TEST(a_grid_may_be_huge) {
    char json[20000] = "{";
    const rimer_field *field = rimer_config_fields();
    for (int n = 0; field->name && n < 30; field++)
        if (field->kind == RIMER_FIELD_INT && strcmp(field->name, "horizon") != 0 &&
            strcmp(field->name, "val_rows") != 0) {
            sprintf(json + strlen(json), "%s\"%s\": [", n++ ? ", " : "", field->name);
            for (int i = 0; i < 100; i++)
                sprintf(json + strlen(json), "%s%.0f", i ? "," : "", field->max);
            strcat(json, "]");
        }
    rimer_space *space = space_of(strcat(json, "}"));
    rimer_config config;
    ck_assert_int_ge(rimer_space_n_keys(space), 10);
    ck_assert_int_eq(rimer_space_n_points(space), INT64_MAX);
    ck_assert_int_eq(rimer_space_point(space, INT64_MAX - 1, &config), RIMER_OK);
    ck_assert_int_eq(rimer_space_point(space, INT64_MAX, &config), RIMER_USAGE);
    rimer_space_free(space);
}
END_TEST

START_TEST(draws_depend_on_seed_and_index) {
    rimer_space *space =
        space_of("{\"lr\": {\"min\": 0.001, \"max\": 0.1}, \"width\": [8, 16, 24, 32],"
                 "\"batch\": {\"min\": 1, \"max\": 1000, \"scale\": \"log\"}}");
    rimer_space *longer =
        space_of("{\"lr\": {\"min\": 0.001, \"max\": 0.1}, \"width\": [8, 16, 24, 32],"
                 "\"batch\": {\"min\": 1, \"max\": 1000, \"scale\": \"log\"},"
                 "\"layers\": [7]}");
    int equal = 0;
    ck_assert_int_eq(rimer_space_n_points(space), 0);
    for (int64_t i = 0; i < 200; i++) {
        rimer_config a = drawn(space, 5, i), b = drawn(space, 5, i), c = drawn(longer, 5, i);
        rimer_config next = drawn(space, 5, i + 1), other = drawn(space, 6, i);
        ck_assert(same(&a, &b));
        ck_assert_int_eq(c.layers, 7);
        c.layers = a.layers;
        ck_assert_msg(same(&a, &c), "a key at the end changes those before it");
        equal += same(&a, &next) + same(&a, &other);
    }
    ck_assert_int_eq(equal, 0);
    rimer_space_free(space);
    rimer_space_free(longer);
}
END_TEST

/* Shares of a scale, within five deviations of a binomial. */
static void check_share(const char *what, int count, int n, double share) {
    double deviation = sqrt(n * share * (1 - share));
    if (fabs(count - n * share) > 5 * deviation)
        ck_abort_msg("%s: %d of %d, not about %.0f", what, count, n, n * share);
}

START_TEST(draws_follow_their_scale) {
    enum { N = 4000 };
    rimer_space *space =
        space_of("{\"lr\": {\"min\": 0.0001, \"max\": 0.01, \"scale\": \"log\"},"
                 " \"weight_decay\": {\"min\": 0, \"max\": 0.3, \"scale\": \"linear\"},"
                 " \"layers\": {\"min\": 1, \"max\": 3},"
                 " \"batch\": {\"min\": 8, \"max\": 512, \"scale\": \"log\"},"
                 " \"loss\": [\"mse\", \"mae\"], \"clip\": {\"min\": 2, \"max\": 2}}");
    int lr = 0, decay = 0, layers[4] = {0}, batch = 0, mae = 0, ends = 0;
    for (int64_t i = 0; i < N; i++) {
        rimer_config c = drawn(space, 3, i);
        char text[32];
        ck_assert(c.lr >= 0.0001 && c.lr <= 0.01);
        ck_assert(c.weight_decay >= 0 && c.weight_decay <= 0.3);
        ck_assert(c.layers >= 1 && c.layers <= 3 && c.batch >= 8 && c.batch <= 512);
        ck_assert(c.clip == 2);
        rimer_field_text(rimer_fields_find(rimer_config_fields(), "lr"), &c, text, sizeof text);
        ck_assert_msg(strlen(text) <= strlen("0.0001234"), "%s has more than four digits",
                      text);
        lr += c.lr < 0.001;
        decay += c.weight_decay < 0.1;
        layers[c.layers]++;
        batch += c.batch < 64;
        ends += c.batch == 8;
        mae += c.loss == RIMER_LOSS_MAE;
    }
    check_share("lr below the middle of its logarithms", lr, N, 0.5);
    check_share("weight decay in the first third", decay, N, 1.0 / 3);
    for (int i = 1; i <= 3; i++)
        check_share("each number of layers", layers[i], N, 1.0 / 3);
    check_share("batch below the middle of its logarithms", batch, N, 0.5);
    check_share("the least batch", ends, N, log(9.0 / 8) / log(513.0 / 8));
    check_share("each loss", mae, N, 0.5);
    rimer_space_free(space);
}
END_TEST

START_TEST(the_ends_of_a_range_are_possible) {
    rimer_space *space =
        space_of("{\"layers\": {\"min\": 0, \"max\": 2},"
                 " \"adam_eps\": {\"min\": 1e-320, \"max\": 1e-300, \"scale\": \"log\"},"
                 " \"seed\": {\"min\": 0, \"max\": 9007199254740991}}");
    int least = 0, most = 0;
    for (int64_t i = 0; i < 100; i++) {
        rimer_config c = drawn(space, 1, i);
        least += c.layers == 0;
        most += c.layers == 2;
        ck_assert(c.adam_eps >= 1e-320 && c.adam_eps <= 1e-300);
        ck_assert(c.seed >= 0 && c.seed <= 9007199254740991);
    }
    ck_assert_int_gt(least, 0);
    ck_assert_int_gt(most, 0);
    rimer_space_free(space);
}
END_TEST

START_TEST(a_bad_space_is_refused) {
    static const struct {
        const char *json, *said;
    } cases[] = {
        {"", "space.json:1: not valid JSON"},
        {"{\"lr\": [1],\n\"lr\": [2]}", "space.json:2: not valid JSON: duplicate"},
        {"[1]", "space.json: needs a JSON object"},
        {"{}", "space.json: no setting to search"},
        {"{\"lrr\": [1]}", "space.json: unknown key \"lrr\": did you mean lr?"},
        {"{\"lr\": 0.1}", "space.json: lr: needs a list of values"},
        {"{\"lr\": []}", "space.json: lr: an empty list"},
        {"{\"lr\": [0.1, \"fast\"]}", "space.json: lr: \"fast\" is not a number"},
        {"{\"lr\": [0.1, 11]}", "space.json: lr: 11 is out of range"},
        {"{\"lr\": [[1]]}", "space.json: lr: needs a number or a text"},
        {"{\"layers\": [1.5]}", "space.json: layers: \"1.5\" is not a whole number"},
        {"{\"loss\": [\"mse\", \"mee\"]}",
         "space.json: loss: \"mee\" is not one of mse|mae|huber"},
        {"{\"width\": [8], \"d_model\": [16]}", "space.json: d_model: is the setting width"},
        {"{\"horizon\": [24, 48]}", "space.json: horizon: cannot be searched"},
        {"{\"split\": [\"ett-h\"]}", "space.json: split: cannot be searched"},
        {"{\"val_rows\": [0, 1000]}", "space.json: val_rows: cannot be searched"},
        {"{\"lr\": {\"min\": 0.1}}", "space.json: lr: a range needs \"min\" and \"max\""},
        {"{\"lr\": {\"max\": 0.1}}", "space.json: lr: a range needs \"min\" and \"max\""},
        {"{\"lr\": {\"min\": 2, \"max\": 1}}",
         "space.json: lr: the range from 2 to 1 is empty"},
        {"{\"lr\": {\"min\": 1, \"max\": 11}}", "space.json: lr: 11 is out of range"},
        {"{\"lr\": {\"min\": 1, \"max\": null}}", "space.json: lr: needs a number"},
        {"{\"layers\": {\"min\": 0.5, \"max\": 2}}",
         "space.json: layers: \"0.5\" is not a whole"},
        {"{\"lr\": {\"min\": 0, \"max\": 1, \"scale\": \"log\"}}",
         "space.json: lr: a range on a log scale begins above 0"},
        {"{\"lr\": {\"min\": 1, \"max\": 2, \"scale\": \"logarithmic\"}}",
         "space.json: lr: the scale of a range is \"log\" or \"linear\""},
        {"{\"lr\": {\"min\": 1, \"max\": 2, \"scale\": 1}}", "space.json: lr: the scale"},
        {"{\"lr\": {\"min\": 1, \"max\": 2, \"step\": 1}}",
         "space.json: lr: a range has no \"step\""},
        {"{\"loss\": {\"min\": 1, \"max\": 2}}", "space.json: loss: only numbers have a range"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        rimer_space *space = (rimer_space *)1;
        ck_assert_int_eq(read_space(cases[i].json, &space), RIMER_USAGE);
        ck_assert_ptr_eq(space, (rimer_space *)1);
        assert_said(cases[i].said);
    }
    rimer_space *space = (rimer_space *)1;
    ck_assert_int_eq(rimer_space_read("no/such/file.json", &space), RIMER_IO);
    ck_assert_ptr_eq(space, (rimer_space *)1);
}
END_TEST

/* Quantiles of the space go before those of the settings. */
START_TEST(points_of_one_kind_have_one_error) {
    static const struct {
        const char *space, *base;
        int by_crps;
    } cases[] = {
        {"{\"width\": [32]}", "", 0},
        {"{\"width\": [32]}", "0.1,0.9", 1},
        {"{\"quantiles\": [\"0.1,0.9\"]}", "", 1},
        {"{\"quantiles\": [\"0.1,0.9\", \"0.05,0.5,0.95\"], \"width\": [32, 48]}", "", 1},
        {"{\"quantiles\": [\"0.1,0.9\", \"\"]}", "0.1,0.9", 0},
        {"{\"quantiles\": [\"\", \"0.1,0.9\"]}", "", 0},
        {"{\"quantiles\": [\"0.2,0.8\", \"0.1,0.9\"]}", "", 0},
        {"{\"quantiles\": [\"\"], \"lr\": {\"min\": 0.1, \"max\": 1}}", "0.1,0.9", 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        rimer_space *space = space_of(cases[i].space);
        rimer_config base;
        rimer_config_init(&base);
        strcpy(base.quantiles, cases[i].base);
        ck_assert_msg(rimer_space_by_crps(space, &base) == cases[i].by_crps, "%s with \"%s\"",
                      cases[i].space, cases[i].base);
        rimer_space_free(space);
    }
}
END_TEST

int main(void) {
    return rm_test_main(
        "space", (const TTest *[]){the_grid_has_an_order, a_grid_may_be_huge,
                                   draws_depend_on_seed_and_index, draws_follow_their_scale,
                                   the_ends_of_a_range_are_possible, a_bad_space_is_refused,
                                   points_of_one_kind_have_one_error, NULL});
}
