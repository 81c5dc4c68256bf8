/* The layers against the golden files: wkv7, tmix7, cmix7, forward and every gradient, in the
 * scalar of the build (float32, and float64 with -DRM_REAL_DOUBLE). */
#include "golden.h"
#include "harness.h"

#include "nn/channel_mix.h"
#include "nn/time_mix.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const rm_kernels *kernels(void) {
    const rm_kernels *table;
    ck_assert_msg(rm_kernels_choose(&table) == RIMER_OK, "%s", rimer_last_error());
    return table;
}

static rm_real *room(int64_t n) {
    rm_real *x = malloc((size_t)n * sizeof *x);
    ck_assert_ptr_nonnull(x);
    for (int64_t i = 0; i < n; i++)
        x[i] = (rm_real)-7e7; /* whoever forgets to write is seen */
    return x;
}

static rm_real *zeros(int64_t n) {
    rm_real *x = calloc((size_t)n, sizeof *x);
    ck_assert_ptr_nonnull(x);
    return x;
}

static rm_real *optional(rm_golden *golden, const char *path) {
    return rm_golden_has(golden, path) ? rm_golden_reals(golden, path) : NULL;
}

/* ------------------------------------------------------------------ the recurrence alone */

static void check_wkv7(const char *name) {
    const rm_kernels *k = kernels();
    rm_golden *golden = rm_golden_open(name);
    int64_t B = rm_golden_int(golden, "B"), T = rm_golden_int(golden, "T");
    int64_t H = rm_golden_int(golden, "H"), N = rm_golden_int(golden, "N");
    int64_t n = B * T * H * N, states = B * H * N * N;
    rm_real *r = rm_golden_reals(golden, "in/r"), *w = rm_golden_reals(golden, "in/w_raw");
    rm_real *key = rm_golden_reals(golden, "in/k"), *v = rm_golden_reals(golden, "in/v");
    rm_real *a = rm_golden_reals(golden, "in/a"), *b = rm_golden_reals(golden, "in/b");
    rm_real *s0 = rm_golden_reals(golden, "in/s0"), *no_bias = zeros(H * N);
    rm_real *decay = room(n), *gate = room(n), *y = room(n), *sT = room(states);
    rm_real *saved = room(rm_wkv7_checkpoints(B, T, H, N)),
            *scratch = room(rm_wkv7_scratch(H, N));

    k->decay_forward(decay, gate, w, no_bias, B * T, H * N);
    k->wkv7_forward(y, sT, saved, s0, r, decay, key, v, a, b, scratch, B, T, H, N);
    rm_golden_check(golden, "out/decay", decay, n);
    rm_golden_check(golden, "out/y", y, n);
    rm_golden_check(golden, "out/sT", sT, states);

    rm_real *dy = rm_golden_reals(golden, "lin/y"), *dsT = rm_golden_reals(golden, "lin/sT");
    rm_real *dr = zeros(n), *dk = zeros(n), *dv = zeros(n), *ddecay = room(n), *da = room(n);
    rm_real *db = room(n), *ds0 = room(states), *dw = room(n);
    k->wkv7_backward(dr, ddecay, dk, dv, da, db, ds0, dy, dsT, saved, s0, r, decay, key, v, a,
                     b, scratch, B, T, H, N);
    k->decay_backward(dw, no_bias, ddecay, decay, gate, B * T, H * N);
    rm_golden_check(golden, "grad/r", dr, n);
    rm_golden_check(golden, "grad/decay", ddecay, n);
    rm_golden_check(golden, "grad/w_raw", dw, n);
    rm_golden_check(golden, "grad/k", dk, n);
    rm_golden_check(golden, "grad/v", dv, n);
    rm_golden_check(golden, "grad/a", da, n);
    rm_golden_check(golden, "grad/b", db, n);
    rm_golden_check(golden, "grad/s0", ds0, states);

    /* Cut in two, the state handed over: the same outputs, to the bit where chunks end. */
    for (int64_t cut = 1; cut < T; cut += cut == 31 ? 1 : 5) {
        rm_real *middle = room(states), *y2 = room(n);
        for (int64_t row = 0; row < B; row++) {
            int64_t at = row * T * H * N, next = at + cut * H * N, s = row * H * N * N;
            k->wkv7_forward(y2 + at, middle + s, NULL, s0 + s, r + at, decay + at, key + at,
                            v + at, a + at, b + at, scratch, 1, cut, H, N);
            k->wkv7_forward(y2 + next, sT + s, NULL, middle + s, r + next, decay + next,
                            key + next, v + next, a + next, b + next, scratch, 1, T - cut, H,
                            N);
        }
        ck_assert_msg(cut % RM_WKV7_CHUNK || memcmp(y, y2, (size_t)n * sizeof *y) == 0,
                      "%s: cut at %lld", name, (long long)cut);
        rm_golden_check(golden, "out/y", y2, n);
        rm_golden_check(golden, "out/sT", sT, states);
        free(middle), free(y2);
    }
    rm_real *all[] = {no_bias, decay, gate,   y,  sT, saved, scratch, dr,
                      dk,      dv,    ddecay, da, db, ds0,   dw};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        free(all[i]);
    rm_golden_close(golden);
}

START_TEST(wkv7) {
    static const char *const files[] = {
        "wkv7_n8_t1.h5",       "wkv7_n8_t7.h5",      "wkv7_n8_t16.h5",  "wkv7_n8_t33.h5",
        "wkv7_n64_t1.h5",      "wkv7_n64_t7.h5",     "wkv7_n64_t16.h5", "wkv7_n64_t33.h5",
        "wkv7_edge_n8_t33.h5", "wkv7_free_n8_t33.h5"};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        check_wkv7(files[i]);
}
END_TEST

/* ------------------------------------------------------------------------- whole layers */

/* Ours is "att.receptance.weight", the file's "receptance"; "att.ln_x.weight" is "ln_x_w". */
static void golden_name(char *to, size_t size, const char *ours) {
    snprintf(to, size, "%s", strchr(ours, '.') + 1);
    char *dot = strchr(to, '.');
    if (!dot)
        return;
    if (strncmp(to, "ln_x", 4) == 0) {
        *dot = '_';
        dot[2] = '\0';
    } else
        *dot = '\0';
}

static void load_params(rm_golden *golden, const rm_registry *registry, rm_real *params) {
    for (int64_t i = 0; i < registry->n; i++) {
        char name[64], path[96];
        golden_name(name, sizeof name, registry->items[i].name);
        snprintf(path, sizeof path, "param/%s", name);
        rm_real *values = rm_golden_reals(golden, path);
        ck_assert_int_eq(rm_golden_read(golden, path).count, registry->items[i].count);
        memcpy(params + registry->items[i].offset, values,
               (size_t)registry->items[i].count * sizeof *values);
    }
}

/* Every gradient in the file but `inputs` must be one of the registry's, and agree. */
static void check_grads(rm_golden *golden, const rm_registry *registry, const rm_real *grads,
                        int64_t inputs) {
    int64_t compared = 0, listed = 0;
    for (int64_t i = 0; i < registry->n; i++, compared++) {
        char name[64], path[96];
        golden_name(name, sizeof name, registry->items[i].name);
        snprintf(path, sizeof path, "grad/%s", name);
        rm_golden_check(golden, path, grads + registry->items[i].offset,
                        registry->items[i].count);
    }
    for (const char *const *name = rm_golden_names(golden, "grad"); *name; name++)
        listed++;
    ck_assert_int_eq(listed, compared + inputs);
}

static rm_shape shape_of(rm_golden *golden) {
    rm_shape s = {.width = rm_golden_int(golden, "C"), .heads = 1, .head_size = 1};
    if (rm_golden_has(golden, "param/receptance")) {
        char mode[16];
        s.head_size = rm_golden_int(golden, "N");
        s.heads = rm_golden_int(golden, "H");
        s.lora_decay = rm_golden_read(golden, "param/w1").shape[1];
        s.lora_rate = rm_golden_read(golden, "param/a1").shape[1];
        s.lora_gate = rm_golden_read(golden, "param/g1").shape[1];
        s.head_norm_eps = rm_golden_double(golden, "ln_x_eps");
        rm_golden_text(golden, "kk_mode", mode, sizeof mode);
        s.key_norm = strcmp(mode, "add") == 0 ? RM_KEY_ADD : RM_KEY_CLAMP;
        s.layers = 1;
        if (rm_golden_has(golden, "param/v1")) {
            s.lora_value = rm_golden_read(golden, "param/v1").shape[1];
            s.layers = 2; /* one stands before */
        }
    } else
        s.ffn_width = rm_golden_int(golden, "F");
    return s;
}

static void check_intermediates(rm_golden *golden, const rm_time_mix_saved *saved,
                                const rm_real *v, int64_t n) {
    rm_real *kappa = room(n);
    for (int64_t i = 0; i < n; i++)
        kappa[i] = -saved->alpha[i];
    rm_golden_check(golden, "out/r", saved->r, n);
    rm_golden_check(golden, "out/decay", saved->decay, n);
    rm_golden_check(golden, "out/k_final", saved->replace, n);
    rm_golden_check(golden, "out/v_final", v, n);
    rm_golden_check(golden, "out/kk", kappa, n);
    rm_golden_check(golden, "out/a", saved->rate, n);
    rm_golden_check(golden, "out/g", saved->gate, n);
    rm_golden_check(golden, "out/wkv_y", saved->y, n);
    if (rm_golden_has(golden, "out/v_first"))
        rm_golden_check(golden, "out/v_first", saved->v_own, n);
    free(kappa);
}

static void check_time_mix(const char *name) {
    const rm_kernels *k = kernels();
    rm_golden *golden = rm_golden_open(name);
    rm_shape s = shape_of(golden);
    int64_t B = rm_golden_int(golden, "B"), T = rm_golden_int(golden, "T");
    int64_t layer = rm_golden_int(golden, "layer_id"), n = B * T * s.width;
    int64_t states = B * s.width * s.head_size;
    rm_registry registry = {0};
    rm_time_mix slots;
    rm_time_mix_register(&slots, &registry, &s, layer, "");
    ck_assert_int_eq(registry.status, RIMER_OK);
    rm_real *params = zeros(registry.total), *grads = zeros(registry.total);
    load_params(golden, &registry, params);

    rm_time_mix_saved saved;
    rm_time_mix_room work;
    rm_arena arena = {0};
    for (int pass = 0; pass < 2; pass++) {
        if (pass)
            ck_assert_int_eq(rm_arena_reserve(&arena), RIMER_OK);
        rm_time_mix_layout(&arena, &saved, &s, B, T, 1);
        rm_time_mix_room_layout(&arena, &work, &s, B, T, 1);
    }
    rm_real *x = rm_golden_reals(golden, "in/x"), *v_first = optional(golden, "in/v_first");
    rm_time_mix_state in = {optional(golden, "in/shift0"), optional(golden, "in/s0")};
    rm_time_mix_state out = {room(B * s.width), room(states)};
    rm_real *y = zeros(n);
    rm_time_mix_forward(k, &s, &slots, params, &saved, &work, y, x, v_first, in, out, layer, B,
                        T, T);
    rm_golden_check(golden, "out/y", y, n);
    rm_golden_check(golden, "out/sT", out.wkv, states);
    rm_golden_check(golden, "out/shiftT", out.shift, B * s.width);
    check_intermediates(golden, &saved, layer > 0 ? saved.v : saved.v_own, n);

    rm_real *dy = rm_golden_reals(golden, "lin/y"), *dx = room(n);
    rm_real *dv_first = zeros(n);
    if (rm_golden_has(golden, "lin/v_first"))
        k->copy(dv_first, rm_golden_reals(golden, "lin/v_first"), n);
    rm_time_mix_state dout = {NULL, optional(golden, "lin/sT")};
    rm_time_mix_state din = {room(B * s.width), room(states)};
    rm_time_mix_backward(k, &s, &slots, params, grads, &saved, &work, dx, dy, x, v_first,
                         dv_first, in, din, dout, layer, B, T, T);
    int64_t inputs = 1;
    rm_golden_check(golden, "grad/x", dx, n);
    if (layer > 0) {
        rm_golden_check(golden, "grad/v_first", dv_first, n);
        inputs++;
    }
    if (in.wkv) {
        rm_golden_check(golden, "grad/s0", din.wkv, states);
        rm_golden_check(golden, "grad/shift0", din.shift, B * s.width);
        inputs += 2;
    }
    check_grads(golden, &registry, grads, inputs);

    rm_real *all[] = {params, grads, out.shift, out.wkv, y, dx, dv_first, din.shift, din.wkv};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        free(all[i]);
    rm_arena_free(&arena);
    rm_registry_free(&registry);
    rm_golden_close(golden);
}

START_TEST(time_mix) {
    static const char *const files[] = {
        "tmix7_layer0_n8.h5", "tmix7_layer0_n8_flaeps.h5",   "tmix7_layer0_n8_kkadd.h5",
        "tmix7_layer1_n8.h5", "tmix7_layer1_n8_stateful.h5", "tmix7_layer1_n64.h5"};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        check_time_mix(files[i]);
}
END_TEST

static void check_channel_mix(const char *name) {
    const rm_kernels *k = kernels();
    rm_golden *golden = rm_golden_open(name);
    rm_shape s = shape_of(golden);
    int64_t B = rm_golden_int(golden, "B"), T = rm_golden_int(golden, "T"), n = B * T * s.width;
    rm_registry registry = {0};
    rm_channel_mix slots;
    rm_channel_mix_register(&slots, &registry, &s, 0, "");
    rm_real *params = zeros(registry.total), *grads = zeros(registry.total);
    load_params(golden, &registry, params);
    rm_channel_mix_saved saved;
    rm_channel_mix_room work;
    rm_arena arena = {0};
    for (int pass = 0; pass < 2; pass++) {
        if (pass)
            ck_assert_int_eq(rm_arena_reserve(&arena), RIMER_OK);
        rm_channel_mix_layout(&arena, &saved, &s, B, T);
        rm_channel_mix_room_layout(&arena, &work, &s, B, T);
    }
    rm_real *x = rm_golden_reals(golden, "in/x"), *shift = optional(golden, "in/shift0");
    rm_real *last = room(B * s.width), *y = zeros(n);
    rm_channel_mix_forward(k, &s, &slots, params, &saved, y, x, shift, last, B, T, T);
    rm_golden_check(golden, "out/y", y, n);
    if (rm_golden_has(golden, "out/shiftT"))
        rm_golden_check(golden, "out/shiftT", last, B * s.width);

    rm_real *dy = rm_golden_reals(golden, "lin/y"), *dx = room(n), *dshift = room(B * s.width);
    rm_channel_mix_backward(k, &s, &slots, params, grads, &saved, &work, dx, dy, x, shift,
                            dshift, B, T, T);
    rm_golden_check(golden, "grad/x", dx, n);
    if (shift)
        rm_golden_check(golden, "grad/shift0", dshift, B * s.width);
    check_grads(golden, &registry, grads, shift ? 2 : 1);

    rm_real *all[] = {params, grads, last, y, dx, dshift};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        free(all[i]);
    rm_arena_free(&arena);
    rm_registry_free(&registry);
    rm_golden_close(golden);
}

START_TEST(channel_mix) {
    check_channel_mix("cmix7.h5");
    check_channel_mix("cmix7_noshift.h5");
}
END_TEST

int main(void) {
    return rm_test_main("golden layers " RM_REAL_NAME,
                        (const TTest *[]){wkv7, time_mix, channel_mix, NULL});
}
