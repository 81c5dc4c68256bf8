/* What must hold for any weights: equivariance, causality, neighbours, prefixes, streaming,
 * files. Models here have random weights everywhere, so nothing is trivially zero. */
#include "randommodel.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CONTEXT = 40, ROWS = 6 };

#define TIMER "mixer=attention channel_mix=gelu block_norm=after position=sinusoid"

/* All but the last follow any scale of a row; a constant bias does not. */
static const char *const variants[] = {
    "origin=linear",
    "origin=last layers=2",
    "origin=none layers=2 position=sinusoid mask=on",
    "origin=linear context_len=38 patch_len=5 output_len=7",
    "origin=none channel_mix=linear input_norm=no output_norm=no head_size=4",
    TIMER " origin=none input_norm=no layers=2",
    "origin=linear mixer=attention context_len=38 patch_len=5 output_len=7 head_size=6",
    "origin=last layers=0 patch_len=40 input_norm=no output_norm=no",
    "origin=last layers=2 phase=9,7.5",
    "origin=last phase=9 patch_len=1 output_len=2",
    "origin=last phase=9 quantiles=0.1,0.9",
    "origin=none phase=9 quantiles=0.1,0.9 mixer=attention",
    "origin=linear mixer=attention phase=3,30 mask=on context_len=38 patch_len=5 output_len=7",
    "origin=linear own_channels=3",
    "origin=last own_channels=3 quantiles=0.1,0.9 layers=2",
    "origin=none own_channels=3 mixer=attention context_len=38 patch_len=5 output_len=7",
    "origin=linear origin_bias=constant",
};
#define N_VARIANTS ((int)(sizeof variants / sizeof *variants))
#define N_EQUIVARIANT (N_VARIANTS - 1)

/* A channel where a model has maps of their own. */
static rimer_place place_in(const rimer_model *model, int64_t next, int64_t channel) {
    return (rimer_place){next,
                         model->network.shape.own_channels ? channel : RIMER_CHANNEL_NONE};
}

/* places[rows]: where rows stand; NULL: all at 0. */
static void forecast_at(const rimer_model *model, int64_t rows, int64_t n, const float *x,
                        const rimer_place *places, int64_t horizon, float *y) {
    rimer_session *session;
    ck_assert_msg(rimer_session_create(model, rows, &session) == RIMER_OK, "%s",
                  rimer_last_error());
    ck_assert_int_eq(rimer_session_place(session, rows, places), RIMER_OK);
    ck_assert_msg(rimer_session_forecast(session, rows, n, x, horizon, y) == RIMER_OK, "%s",
                  rimer_last_error());
    rimer_session_free(session);
}

static void forecast(const rimer_model *model, int64_t rows, int64_t n, const float *x,
                     int64_t horizon, float *y) {
    forecast_at(model, rows, n, x, NULL, horizon, y);
}

static void assert_near(const char *what, const float *got, const float *want, int64_t n,
                        double tolerance) {
    double a[ROWS * 100], b[ROWS * 100];
    ck_assert_int_le(n, ROWS * 100);
    for (int64_t i = 0; i < n; i++) {
        a[i] = (double)got[i];
        b[i] = (double)want[i];
    }
    rm_assert_close(what, a, b, n, tolerance);
}

/* forecast(aX + c) = a forecast(X) + c for a > 0, up to E1's 1e-5 under the root. (A negative a
 * is no symmetry: E1 divides by a positive deviation.) */
START_TEST(affine_equivariance) {
    static const float maps[][2] = {{2, 0}, {1, 50}, {0.5f, -4}, {100, 1e4f}};
    float x[ROWS * CONTEXT], moved[ROWS * CONTEXT], y[ROWS * 20], z[ROWS * 20], want[ROWS * 20];
    fill_contexts(x, ROWS, CONTEXT, 1);
    for (int v = 0; v < N_EQUIVARIANT; v++) {
        rimer_model *model = random_model(variants[v]);
        forecast(model, ROWS, CONTEXT, x, 20, y);
        for (size_t m = 0; m < sizeof maps / sizeof *maps; m++) {
            float a = maps[m][0], c = maps[m][1];
            for (int i = 0; i < ROWS * CONTEXT; i++)
                moved[i] = a * x[i] + c;
            for (int i = 0; i < ROWS * 20; i++)
                want[i] = a * y[i] + c;
            forecast(model, ROWS, CONTEXT, moved, 20, z);
            assert_near(variants[v], z, want, ROWS * 20,
                        3e-4 * (double)a + 1e-6 * fabs((double)c));
        }
        rimer_model_free(model);
    }
}
END_TEST

/* A gap in front, a long hole, every seventh step: one kind a row, the last rows are whole. */
static void make_holes(float *x, float hole) {
    for (int i = 0; i < CONTEXT; i++) {
        if (i < 13)
            x[i] = hole;
        if (i >= 8 && i < 34)
            x[CONTEXT + i] = hole;
        if (i % 7 == 4)
            x[2 * CONTEXT + i] = hole;
        if (i != 20 && i != 31)
            x[3 * CONTEXT + i] = hole; /* all but two steps */
    }
}

/* What stands under a hole is nobody's business: were it a 0, or anything, to the network or to
 * the norm, a shifted context would not give a shifted forecast. */
START_TEST(holes_are_masked) {
    static const char *const masked[] = {"origin=linear mask=on", "origin=last mask=on",
                                         "origin=none layers=2 mask=on", "origin=linear"};
    float x[ROWS * CONTEXT], moved[ROWS * CONTEXT], y[ROWS * 20], z[ROWS * 20], want[ROWS * 20];
    for (int v = 0; v < 4; v++) {
        rimer_model *model = random_model(masked[v]);
        fill_contexts(x, ROWS, CONTEXT, 6);
        for (int i = 0; i < ROWS * CONTEXT; i++)
            moved[i] = 2 * x[i] - 30;
        make_holes(x, (float)NAN);
        make_holes(moved, -(float)NAN);
        forecast(model, ROWS, CONTEXT, x, 20, y);
        forecast(model, ROWS, CONTEXT, moved, 20, z);
        for (int i = 0; i < ROWS * 20; i++)
            want[i] = 2 * y[i] - 30;
        assert_near(masked[v], z, want, ROWS * 20, 1e-3);
        fill_contexts(x, ROWS, CONTEXT, 6);
        forecast(model, ROWS, CONTEXT, x, 20, z);
        for (int r = 0; r < ROWS; r++) /* and a hole is not nothing */
            ck_assert_int_eq(memcmp(y + r * 20, z + r * 20, 20 * sizeof *y) != 0, r < 4);
        rimer_model_free(model);
    }
}
END_TEST

START_TEST(neighbours_and_order) {
    float x[ROWS * CONTEXT], y[ROWS * 20], alone[20], turned[ROWS * CONTEXT], back[ROWS * 20];
    rimer_place next[ROWS], next_turned[ROWS];
    fill_contexts(x, ROWS, CONTEXT, 2);
    for (int r = 0; r < ROWS; r++) {
        memcpy(turned + r * CONTEXT, x + (ROWS - 1 - r) * CONTEXT, CONTEXT * sizeof *x);
    }
    for (int v = 0; v < N_VARIANTS; v++) {
        rimer_model *model = random_model(variants[v]);
        for (int r = 0; r < ROWS; r++)
            next[r] = next_turned[ROWS - 1 - r] = place_in(model, 7 * r - 10, r % 4 - 1);
        forecast_at(model, ROWS, CONTEXT, x, next, 20, y);
        forecast_at(model, ROWS, CONTEXT, turned, next_turned, 20, back);
        for (int r = 0; r < ROWS; r++) {
            forecast_at(model, 1, CONTEXT, x + r * CONTEXT, &next[r], 20, alone);
            assert_near("alone", alone, y + r * 20, 20, 2e-5);
            assert_near("turned", back + (ROWS - 1 - r) * 20, y + r * 20, 20, 2e-5);
        }
        rimer_model_free(model);
    }
}
END_TEST

START_TEST(prefix_of_longer_horizon) {
    float x[ROWS * CONTEXT], longest[ROWS * 61], shorter[ROWS * 61];
    fill_contexts(x, ROWS, CONTEXT, 3);
    for (int v = 0; v < N_VARIANTS; v++) {
        rimer_model *model = random_model(variants[v]);
        forecast(model, ROWS, CONTEXT, x, 61, longest);
        for (int64_t horizon = 1; horizon < 61; horizon += 6) {
            forecast(model, ROWS, CONTEXT, x, horizon, shorter);
            for (int r = 0; r < ROWS; r++)
                ck_assert_msg(memcmp(shorter + r * horizon, longest + r * 61,
                                     (size_t)horizon * sizeof *shorter) == 0,
                              "%s: horizon %lld", variants[v], (long long)horizon);
        }
        rimer_model_free(model);
    }
}
END_TEST

/* All quantiles are the median, so that the tracks of a fan are one path. */
static void close_fan(rimer_model *model) {
    const rm_shape *s = &model->network.shape;
    const rm_head *head = &model->network.head;
    for (int64_t q = 0; q < s->levels.n; q++)
        for (int64_t i = q * s->output_len; q != s->median && i < (q + 1) * s->output_len;
             i++) {
            model->values[head->head_bias + i] = -100;
            for (int64_t d = 0; d < s->width; d++)
                model->values[head->head + i * s->width + d] = 0;
        }
}

/* What a rollout says is what the model says to a context that holds the forecast so far:
 * exactly so for attention, which reads it again; with a state as long as nothing leaves the
 * context and the norm does not move. */
START_TEST(rollout_reads_its_forecast) {
    static const char *const settings[] = {
        TIMER " origin=last",
        "mixer=attention origin=linear context_len=38 patch_len=5 output_len=8",
        "mixer=attention context_len=100 position=sinusoid origin=none layers=2 phase=7",
        "context_len=100 norm=none origin=none layers=2 position=sinusoid",
        "context_len=100 norm=none origin=none layers=2 phase=10,31",
        "context_len=100 norm=none origin=none layers=2 phase=10,31 quantiles=0.1,0.9",
        "mixer=attention context_len=100 origin=none layers=2 phase=7 quantiles=0.2,0.5",
        "context_len=100 norm=none origin=last output_len=9 layers=2",
        "context_len=100 norm=none origin=linear output_len=11",
    };
    float x[CONTEXT + 50], y[50], again[50];
    for (size_t v = 0; v < sizeof settings / sizeof *settings; v++) {
        rimer_model *model = random_model(settings[v]);
        const rm_shape *s = &model->network.shape;
        int64_t fed =
            s->has_state ? s->output_len / s->patch_len * s->patch_len : s->output_len;
        int64_t said = s->output_len - fed;
        fill_contexts(x, 1, CONTEXT, 8);
        close_fan(model);
        rimer_place next = place_in(model, 1000, 2);
        forecast_at(model, 1, CONTEXT, x, &next, 50, y);
        memcpy(x + CONTEXT, y, sizeof y);
        for (int64_t at = fed; at + s->output_len <= 50; at += fed) {
            next.next = 1000 + at;
            forecast_at(model, 1, CONTEXT + at, x, &next, s->output_len, again);
            /* the output before this one has said its beginning */
            assert_near(settings[v], again + said, y + at + said, fed, 2e-5);
        }
        rimer_model_free(model);
    }
}
END_TEST

/* No size is too large to be refused politely. */
START_TEST(impossible_sizes) {
    float x[CONTEXT], y[1];
    rimer_session *session;
    rimer_model *model = random_model(variants[0]);
    fill_contexts(x, 1, CONTEXT, 3);
    /* Rows go through the network in blocks, so any number of them fits. */
    ck_assert_int_eq(rimer_session_create(model, INT64_MAX, &session), RIMER_OK);
    ck_assert_int_eq(rimer_session_forecast(session, 1, CONTEXT, x, INT64_MAX, y),
                     RIMER_NO_MEMORY);
    rimer_session_free(session);
    /* Which of the sizes is wrong stands in the sentence. */
    ck_assert_int_eq(rimer_session_create(model, 1, &session), RIMER_OK);
    ck_assert_int_eq(rimer_session_forecast(session, 2, CONTEXT, x, 1, y), RIMER_USAGE);
    ck_assert_str_eq(rimer_last_error(),
                     "a forecast of 2 rows: the session was created for 1 at most");
    ck_assert_int_eq(rimer_session_forecast(session, 1, CONTEXT, x, 0, y), RIMER_USAGE);
    ck_assert_ptr_nonnull(strstr(rimer_last_error(), "horizon 0: each must be 1 at least"));
    rimer_session_free(session);
    rimer_model_free(model);
}
END_TEST

/* Missing steps in front, a single step, a constant, nothing at all. */
START_TEST(odd_contexts) {
    float x[2 * CONTEXT], y[20], row[2 * 20];
    for (int v = 0; v < N_VARIANTS; v++) {
        rimer_model *model = random_model(variants[v]);
        fill_contexts(x, 1, CONTEXT, 4);
        for (int i = 0; i < CONTEXT / 2; i++)
            x[i] = (float)NAN;
        forecast(model, 1, CONTEXT, x, 20, y);
        forecast(model, 1, 1, x + CONTEXT - 1, 20, row);
        for (int i = 0; i < 20; i++)
            ck_assert(isfinite(y[i]) && isfinite(row[i]));
        for (int i = 0; i < CONTEXT; i++) {
            x[i] = 5;
            x[CONTEXT + i] = (float)NAN;
        }
        forecast(model, 2, CONTEXT, x, 20, row);
        for (int i = 0; i < 20; i++)
            ck_assert(fabsf(row[i] - 5) < (v < N_EQUIVARIANT ? 0.1f : 1) && isnan(row[20 + i]));
        rimer_model_free(model);
    }
}
END_TEST

static const rm_kernels *kernels(void) {
    const rm_kernels *table;
    ck_assert_int_eq(rm_kernels_choose(&table), RIMER_OK);
    return table;
}

static rm_pass *pass_for(const rimer_model *model, int64_t rows, int64_t tokens) {
    rm_pass *pass;
    rm_pass_size size = {.max_rows = rows, .max_tokens = tokens, .all_tokens = 1};
    ck_assert_int_eq(rm_pass_create(&pass, kernels(), &model->network, size), RIMER_OK);
    return pass;
}

/* A token's hidden vector does not know the tokens behind it. */
static void check_causality(const char *settings) {
    enum { T = 20, PATCH = 4, D = 24 };
    rimer_model *model = random_model(settings);
    rm_pass *pass = pass_for(model, 1, T);
    rm_real first[T * D];
    rimer_place next = {77, RIMER_CHANNEL_NONE};
    for (int change = 0; change < T; change++) {
        rm_pass_begin(pass, 1, T);
        rm_pass_view view = rm_pass_look(pass);
        for (int i = 0; i < T * PATCH; i++)
            view.z[i] = (rm_real)(sin(i) + (change && i >= change * PATCH ? 3 : 0));
        rm_pass_place(pass, (rm_places){&next, 0, 0}, 1, T);
        rm_pass_tokens(pass, model->values, NULL, NULL, 0);
        view = rm_pass_look(pass);
        if (!change)
            memcpy(first, view.hidden, sizeof first);
        else {
            size_t same = (size_t)(change * D);
            ck_assert_int_eq(memcmp(first, view.hidden, same * sizeof *first), 0);
            ck_assert_int_ne(memcmp(first + same, view.hidden + same, D * sizeof *first), 0);
        }
    }
    rm_pass_free(pass);
    rimer_model_free(model);
}

START_TEST(causality) {
    check_causality("origin=last layers=3 width=24 phase=11");
    check_causality("origin=last layers=3 width=24 mixer=attention channel_mix=gelu");
    check_causality(
        "origin=last layers=2 width=24 mixer=attention block_norm=after head_size=7");
}
END_TEST

/* One token at a time with the state carried, and in uneven pieces, equals the whole sequence.
 * */
START_TEST(token_by_token) {
    enum { T = 37, PATCH = 4, B = 3 };
    rimer_model *model =
        random_model("origin=none layers=3 width=24 position=sinusoid phase=9,30");
    int64_t D = model->network.shape.width;
    rimer_place next[B] = {
        {0, RIMER_CHANNEL_NONE}, {5, RIMER_CHANNEL_NONE}, {-3, RIMER_CHANNEL_NONE}};
    rm_pass *whole = pass_for(model, B, T), *piece = pass_for(model, B, T);
    rm_pass_begin(whole, B, T);
    rm_pass_view view = rm_pass_look(whole);
    for (int i = 0; i < B * T * PATCH; i++)
        view.z[i] = (rm_real)sin(i * 1.3);
    rm_pass_place(whole, (rm_places){next, 1, T * PATCH}, B, T);
    rm_pass_tokens(whole, model->values, NULL, NULL, 0);
    for (int64_t length = 1; length <= 16; length += 5) {
        rm_state state;
        ck_assert_int_eq(rm_state_create(&state, kernels(), &model->network, B), RIMER_OK);
        for (int64_t t = 0; t < T; t += length) {
            int64_t n = T - t < length ? T - t : length;
            rm_pass_begin(piece, B, n);
            rm_pass_view part = rm_pass_look(piece);
            for (int64_t b = 0; b < B; b++)
                memcpy(part.z + b * n * PATCH, view.z + (b * T + t) * PATCH,
                       (size_t)(n * PATCH) * sizeof *part.z);
            rm_pass_place(piece, (rm_places){next, 1, (t + n) * PATCH}, B, n);
            rm_pass_tokens(piece, model->values, &state, &state, t);
            for (int64_t b = 0; b < B; b++)
                for (int64_t i = 0; i < n * D; i++) {
                    double got = (double)rm_pass_look(piece).hidden[b * n * D + i];
                    double want = (double)rm_pass_look(whole).hidden[(b * T + t) * D + i];
                    ck_assert_msg(fabs(got - want) < 2e-5,
                                  "piece of %lld at token %lld: %g, %g", (long long)length,
                                  (long long)t, got, want);
                }
        }
        rm_state_free(&state);
    }
    rm_pass_free(whole);
    rm_pass_free(piece);
    rimer_model_free(model);
}
END_TEST

static long read_all(const char *path, char *bytes, size_t size) {
    FILE *file = fopen(path, "rb");
    ck_assert_ptr_nonnull(file);
    size_t n = fread(bytes, 1, size, file);
    fclose(file);
    return (long)n;
}

/* Saved and loaded: same forecasts to the bit; saved again: same bytes. */
START_TEST(save_and_load) {
    static char once[1 << 20], twice[1 << 20];
    char path[128], again[128];
    float x[ROWS * CONTEXT], y[ROWS * 20], z[ROWS * 20];
    static const int64_t positions[ROWS] = {1, 2, 3, 5, 8, 13};
    rimer_place next[ROWS];
    snprintf(path, sizeof path, "%s/a.safetensors", rm_test_folder());
    snprintf(again, sizeof again, "%s/b.safetensors", rm_test_folder());
    fill_contexts(x, ROWS, CONTEXT, 5);
    for (int v = 0; v < N_VARIANTS; v++) {
        rimer_model *model = random_model(variants[v]), *loaded;
        for (int r = 0; r < ROWS; r++)
            next[r] = place_in(model, positions[r], r % 4 - 1);
        rm_model_set_fact(model, "record", "{\"epochs\": 3}");
        ck_assert_int_eq(rimer_model_save(model, path), RIMER_OK);
        ck_assert_msg(rimer_model_load(path, &loaded) == RIMER_OK, "%s", rimer_last_error());
        ck_assert_str_eq(rimer_model_fact(loaded, "record"), "{\"epochs\": 3}");
        forecast_at(model, ROWS, CONTEXT, x, next, 20, y);
        forecast_at(loaded, ROWS, CONTEXT, x, next, 20, z);
        ck_assert_int_eq(memcmp(y, z, sizeof y), 0);
        ck_assert_int_eq(rimer_model_save(loaded, again), RIMER_OK);
        long n = read_all(path, once, sizeof once);
        ck_assert_int_eq(n, read_all(again, twice, sizeof twice));
        ck_assert_int_eq(memcmp(once, twice, (size_t)n), 0);
        rimer_model_free(model);
        rimer_model_free(loaded);
    }
}
END_TEST

/* A model file that is cut anywhere is refused with one sentence. */
START_TEST(cut_models) {
    static char bytes[1 << 20];
    char path[128], cut[128];
    snprintf(path, sizeof path, "%s/whole.safetensors", rm_test_folder());
    snprintf(cut, sizeof cut, "%s/cut.safetensors", rm_test_folder());
    rimer_model *model = random_model("width=8"), *loaded = NULL;
    ck_assert_int_eq(rimer_model_save(model, path), RIMER_OK);
    long n = read_all(path, bytes, sizeof bytes);
    for (long size = 0; size < n; size += size < 64 ? 1 : 97) {
        FILE *file = fopen(cut, "wb");
        fwrite(bytes, 1, (size_t)size, file);
        fclose(file);
        ck_assert_int_eq(rimer_model_load(cut, &loaded), RIMER_MODEL);
        ck_assert_ptr_null(loaded);
        ck_assert_ptr_nonnull(strstr(rimer_last_error(), "cut.safetensors"));
    }
    rimer_model_free(model);
}
END_TEST

int main(void) {
    return rm_test_main("properties",
                        (const TTest *[]){affine_equivariance, holes_are_masked,
                                          neighbours_and_order, prefix_of_longer_horizon,
                                          rollout_reads_its_forecast, impossible_sizes,
                                          odd_contexts, causality, token_by_token,
                                          save_and_load, cut_models, NULL});
}
