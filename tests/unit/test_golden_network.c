/* The whole network against the golden rimer_* and timer_* files: forward and every gradient.
 * */
#include "golden.h"
#include "harness.h"

#include "model/network.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const rm_kernels *kernels(void) {
    const rm_kernels *table;
    ck_assert_msg(rm_kernels_choose(&table) == RIMER_OK, "%s", rimer_last_error());
    return table;
}

static rm_real *zeros(int64_t n) {
    rm_real *x = calloc((size_t)n, sizeof *x);
    ck_assert_ptr_nonnull(x);
    return x;
}

typedef enum kind { FULL, PUBLISHED, TIMER } kind;

/* blocks.L.att.query.weight is layers.L.wq in a file of Timer. */
static void timer_name(char *to, size_t size, const char *ours) {
    static const char *const names[][2] = {
        {"embed.weight", "embed_w"}, {"head.weight", "proj_w"}, {"head.bias", "proj_b"},
        {"ln_out.weight", "norm_w"}, {"ln_out.bias", "norm_b"}, {"att.query.weight", "wq"},
        {"att.query.bias", "bq"},    {"att.key.weight", "wk"},  {"att.key.bias", "bk"},
        {"att.value.weight", "wv"},  {"att.value.bias", "bv"},  {"att.output.weight", "wo"},
        {"att.output.bias", "bo"},   {"ffn.up.weight", "w1"},   {"ffn.up.bias", "b1"},
        {"ffn.down.weight", "w2"},   {"ffn.down.bias", "b2"},   {"ln1.weight", "norm1_w"},
        {"ln1.bias", "norm1_b"},     {"ln2.weight", "norm2_w"}, {"ln2.bias", "norm2_b"}};
    int layer = -1, skip = 0;
    sscanf(ours, "blocks.%d.%n", &layer, &skip);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(names[i][0], ours + skip) == 0) {
            if (layer >= 0)
                snprintf(to, size, "layers.%d.%s", layer, names[i][1]);
            else
                snprintf(to, size, "%s", names[i][1]);
            return;
        }
    ck_abort_msg("%s has no name in the file", ours);
}

/* Our parameter name in the words of a file: published ones have one block without a number. */
static void golden_name(char *to, size_t size, const char *ours, kind of) {
    static const char *const whole[][3] = {
        /* ours, published, full */
        {"embed.weight", "embed_w", "embed_w"}, {"head.weight", "proj_w", "proj_w"},
        {"head.bias", "proj_b", "proj_b"},      {"blocks.0.ln0.weight", NULL, "ln0_w"},
        {"blocks.0.ln0.bias", NULL, "ln0_b"},   {"blocks.0.ln1.weight", "norm1_w", NULL},
        {"blocks.0.ln1.bias", "norm1_b", NULL}, {"blocks.0.ln2.weight", "norm2_w", NULL},
        {"blocks.0.ln2.bias", "norm2_b", NULL}, {"blocks.0.ffn.weight", "mlp_w", NULL},
        {"blocks.0.ffn.bias", "mlp_b", NULL}};
    int published = of == PUBLISHED;
    if (of == TIMER) {
        timer_name(to, size, ours);
        return;
    }
    for (size_t i = 0; i < sizeof whole / sizeof *whole; i++)
        if (strcmp(whole[i][0], ours) == 0 && whole[i][published ? 1 : 2]) {
            snprintf(to, size, "%s", whole[i][published ? 1 : 2]);
            return;
        }
    snprintf(to, size, "%s", published ? ours + strlen("blocks.0.") : ours);
    char *end = strrchr(to, '.');
    if (strstr(to, "ln") && (strcmp(end, ".weight") == 0 || strcmp(end, ".bias") == 0)) {
        end[0] = '_';
        end[2] = '\0';
    } else if (strcmp(end, ".weight") == 0)
        *end = '\0';
}

static int64_t columns(rm_golden *golden, const char *block, const char *name) {
    char path[96];
    snprintf(path, sizeof path, "param/%s%s", block, name);
    return rm_golden_has(golden, path) ? rm_golden_read(golden, path).shape[1] : 0;
}

typedef struct fixture {
    rm_golden *golden;
    kind of;
    rm_shape shape;
    rm_network network;
    rm_real *params, *grads;
    int64_t B, T, channels; /* B windows of T steps */
} fixture;

static void put_param(fixture *f, const rm_param *param) {
    char name[64], path[96];
    golden_name(name, sizeof name, param->name, f->of);
    snprintf(path, sizeof path, "param/%s", name);
    ck_assert_msg(rm_golden_has(f->golden, path), "%s is not in the file", path);
    ck_assert_int_eq(rm_golden_read(f->golden, path).count, param->count);
    rm_real *values = rm_golden_reals(f->golden, path);
    memcpy(f->params + param->offset, values, (size_t)param->count * sizeof *values);
}

static void rwkv_shape(fixture *f, int whole) {
    int published = f->of == PUBLISHED;
    const char *last = published ? "" : "blocks.1."; /* the one that has v1, too */
    rm_shape *s = &f->shape;
    s->head_size = rm_golden_int(f->golden, "N");
    s->layers = published ? 1 : rm_golden_int(f->golden, "layers");
    s->ffn_width = published ? 4 * s->width : rm_golden_int(f->golden, "F");
    s->lora_decay = columns(f->golden, last, "att.w1");
    s->lora_rate = columns(f->golden, last, "att.a1");
    s->lora_value = columns(f->golden, last, "att.v1");
    s->lora_gate = columns(f->golden, last, "att.g1");
    s->channel_mix = published ? RIMER_MIX_LINEAR : RIMER_MIX_RWKV;
    s->position = whole && rm_golden_int(f->golden, "pos_embed") ? RIMER_POSITION_SINUSOID
                                                                 : RIMER_POSITION_NONE;
    s->input_norm = s->output_norm = !published;
    s->head_norm_eps = rm_golden_double(f->golden, "ln_x_eps");
}

static void timer_shape(fixture *f) {
    rm_shape *s = &f->shape;
    s->mixer = RIMER_MIXER_ATTENTION;
    s->channel_mix = RIMER_MIX_GELU;
    s->block_norm = RIMER_BLOCK_NORM_AFTER;
    s->position = RIMER_POSITION_SINUSOID;
    s->output_norm = 1;
    s->head_size = rm_golden_int(f->golden, "E");
    s->layers = rm_golden_int(f->golden, "layers");
    s->ffn_width = rm_golden_int(f->golden, "F");
}

static void open_fixture(fixture *f, const char *file, kind of, int whole) {
    memset(f, 0, sizeof *f);
    f->shape.levels = f->shape.offered = (rimer_levels){1, {0.5}};
    f->golden = rm_golden_open(file);
    f->of = of;
    f->T = rm_golden_int(f->golden, "T");
    f->B = rm_golden_int(f->golden, "B");
    f->channels = whole ? rm_golden_int(f->golden, "C_in") : 1;
    rm_shape *s = &f->shape;
    s->width = rm_golden_int(f->golden, whole ? "D" : "C");
    s->heads = rm_golden_int(f->golden, "H");
    s->patch_len = s->output_len = whole ? rm_golden_int(f->golden, "patch") : s->width;
    s->context_len = f->T;
    s->norm = whole ? RIMER_NORM_WINDOW : RIMER_NORM_NONE;
    s->origin = RIMER_ORIGIN_NONE;
    if (of == TIMER)
        timer_shape(f);
    else
        rwkv_shape(f, whole);
    ck_assert_int_eq(rm_network_build(&f->network, s, NULL), RIMER_OK);
    f->params = zeros(f->network.registry.total);
    f->grads = zeros(f->network.registry.total);
    for (int64_t i = 0; i < f->network.registry.n; i++)
        if (whole || strncmp(f->network.registry.items[i].name, "blocks.", 7) == 0)
            put_param(f, &f->network.registry.items[i]);
}

static void close_fixture(fixture *f) {
    rm_network_free(&f->network);
    free(f->params);
    free(f->grads);
    rm_golden_close(f->golden);
}

/* Every gradient of the file but `inputs` is a parameter's, and agrees. */
static void check_grads(fixture *f, int64_t inputs) {
    int64_t compared = inputs, listed = 0;
    for (int64_t i = 0; i < f->network.registry.n; i++) {
        const rm_param *param = &f->network.registry.items[i];
        char name[64], path[96];
        golden_name(name, sizeof name, param->name, f->of);
        snprintf(path, sizeof path, "grad/%s", name);
        if (!rm_golden_has(f->golden, path))
            continue;
        rm_golden_check(f->golden, path, f->grads + param->offset, param->count);
        compared++;
    }
    for (const char *const *name = rm_golden_names(f->golden, "grad"); *name; name++)
        listed++;
    ck_assert_int_eq(listed, compared);
}

/* The file's [B][T][channels] to our rows [B * channels][T], or back. */
static rm_real *rows_of(const rm_real *x, int64_t B, int64_t T, int64_t C, int back) {
    rm_real *y = zeros(B * T * C);
    for (int64_t b = 0; b < B; b++)
        for (int64_t t = 0; t < T; t++)
            for (int64_t c = 0; c < C; c++) {
                int64_t file = (b * T + t) * C + c, row = (b * C + c) * T + t;
                if (back)
                    y[file] = x[row];
                else
                    y[row] = x[file];
            }
    return y;
}

static void check_rows(fixture *f, const char *path, const rm_real *rows, int64_t T) {
    rm_real *file = rows_of(rows, f->B, T, f->channels, 1);
    rm_golden_check(f->golden, path, file, f->B * T * f->channels);
    free(file);
}

static rm_pass *new_pass(fixture *f, int64_t tokens) {
    rm_pass *pass;
    rm_pass_size size = {
        .max_rows = f->B * f->channels, .max_tokens = tokens, .all_tokens = 1, .backward = 1};
    ck_assert_int_eq(rm_pass_create(&pass, kernels(), &f->network, size), RIMER_OK);
    return pass;
}

static void check_whole(const char *file, kind of) {
    fixture f;
    open_fixture(&f, file, of, 1);
    int64_t rows = f.B * f.channels, n = rows * f.T, D = f.shape.width;
    rm_pass *pass = new_pass(&f, f.T / f.shape.patch_len);
    rm_real *in = rm_golden_reals(f.golden, "in/x"), *x = rows_of(in, f.B, f.T, f.channels, 0);
    rm_real *target_in = rm_golden_reals(f.golden, "in/target");
    rm_real *target = rows_of(target_in, f.B, f.T, f.channels, 0);
    rm_pass_forward(pass, f.params, x, rows, f.T);
    rm_pass_view view = rm_pass_look(pass);

    rm_golden_check(f.golden, "out/mean", view.loc, rows);
    rm_golden_check(f.golden, "out/std", view.scale, rows);
    if (of != TIMER) /* that file has it without the positions */
        rm_golden_check(f.golden, "out/embedded", view.embedded, rows * view.T * D);
    rm_golden_check(f.golden, "out/hidden", view.hidden, rows * view.T * D);
    check_rows(&f, "out/y", view.y, f.T);

    rm_tally loss = {0};
    kernels()->loss_forward(view.dy, &loss, view.y, target, n, RM_LOSS_SQUARED, 1);
    ck_assert_int_eq(loss.count, n);
    rm_real mean_loss = (rm_real)(loss.sum / (double)loss.count);
    rm_golden_check(f.golden, "out/loss", &mean_loss, 1);
    for (int64_t i = 0; i < n; i++)
        view.dy[i] /= (rm_real)n;
    rm_real *dx = zeros(n);
    rm_pass_backward(pass, f.params, f.grads, dx);
    for (int64_t row = 0; row < rows; row++) /* statistics are constants for the gradient */
        for (int64_t t = 0; t < f.T; t++)
            dx[row * f.T + t] /= view.scale[row];
    check_rows(&f, "grad/x", dx, f.T);
    check_grads(&f, 1);

    rm_tally last = {0}; /* the published training loss: the last channel alone */
    for (int64_t row = f.channels - 1; row < rows; row += f.channels) {
        rm_real *unused = zeros(f.T);
        kernels()->loss_forward(unused, &last, view.y + row * f.T, target + row * f.T, f.T,
                                RM_LOSS_SQUARED, 1);
        free(unused);
    }
    mean_loss = (rm_real)(last.sum / (double)(f.B * f.T));
    rm_golden_check(f.golden, "out/loss_last", &mean_loss, 1);
    free(x), free(target), free(dx);
    rm_pass_free(pass);
    close_fixture(&f);
}

START_TEST(published) {
    check_whole("rimer_pub_d32_n8.h5", PUBLISHED);
    check_whole("rimer_pub_d32_onetoken.h5", PUBLISHED);
    check_whole("rimer_pub_d128_n64.h5", PUBLISHED);
}
END_TEST

START_TEST(full) {
    check_whole("rimer_full_l2_n8_nopos.h5", FULL);
    check_whole("rimer_full_l3_n8.h5", FULL);
    check_whole("rimer_full_l2_n64.h5", FULL);
}
END_TEST

/* Heads of 6 in a width of 20: they do not fill it. */
START_TEST(timer) {
    check_whole("timer_d20_h3.h5", TIMER);
}
END_TEST

/* Upstream normalises with all 70 steps and then drops the last 6; the parts of a pass do that.
 * */
START_TEST(odd_length) {
    fixture f;
    open_fixture(&f, "rimer_pub_oddlength.h5", PUBLISHED, 1);
    int64_t rows = f.B * f.channels, P = f.shape.patch_len, T = f.T / P, kept = T * P;
    const rm_kernels *k = kernels();
    rm_pass *pass = new_pass(&f, T);
    rm_real *in = rm_golden_reals(f.golden, "in/x"), *x = rows_of(in, f.B, f.T, f.channels, 0);
    rm_real *z = zeros(rows * f.T), *missing = zeros(rows * f.T);
    rm_pass_begin(pass, rows, T);
    rm_pass_view view = rm_pass_look(pass);
    k->window_norm_forward(z, missing, view.loc, view.scale, x, 1, rows, f.T, f.T);
    for (int64_t row = 0; row < rows; row++)
        k->copy(view.z + row * kept, z + row * f.T, kept);
    rm_pass_tokens(pass, f.params, NULL, NULL, 0);
    rm_pass_head(pass, f.params, view.z, view.missing, kept);
    k->rescale_forward(view.y, view.normalised, NULL, view.loc, view.scale, rows, T, P);
    check_rows(&f, "out/y", view.y, kept);

    rm_real *lin = rm_golden_reals(f.golden, "lin/y");
    rm_real *dy = rows_of(lin, f.B, kept, f.channels, 0);
    k->copy(view.dy, dy, rows * kept);
    rm_pass_backward(pass, f.params, f.grads, NULL);
    check_grads(&f, 0);
    free(x), free(z), free(missing), free(dy);
    rm_pass_free(pass);
    close_fixture(&f);
}
END_TEST

static void put_identity(fixture *f, const char *name) {
    const rm_param *param = rm_registry_find(&f->network.registry, name);
    ck_assert_ptr_nonnull(param);
    for (int64_t i = 0; i < param->rows; i++)
        f->params[param->offset + i * param->cols + i] = 1;
}

/* One block alone: embedding and head are the identity, tokens are patches. */
START_TEST(block) {
    fixture f;
    open_fixture(&f, "rimer_block_n8.h5", PUBLISHED, 0);
    put_identity(&f, "embed.weight");
    put_identity(&f, "head.weight");
    int64_t n = f.B * f.T * f.shape.width;
    rm_pass *pass = new_pass(&f, f.T);
    rm_real *x = rm_golden_reals(f.golden, "in/x"), *dy = rm_golden_reals(f.golden, "lin/y");
    rm_golden_check(f.golden, "out/y",
                    rm_pass_forward(pass, f.params, x, f.B, f.T * f.shape.width), n);
    memcpy(rm_pass_look(pass).dy, dy, (size_t)n * sizeof *dy);
    rm_real *dx = zeros(n);
    rm_pass_backward(pass, f.params, f.grads, dx);
    rm_golden_check(f.golden, "grad/x", dx, n);
    check_grads(&f, 1);
    free(dx);
    rm_pass_free(pass);
    close_fixture(&f);
}
END_TEST

int main(void) {
    return rm_test_main("golden network " RM_REAL_NAME,
                        (const TTest *[]){published, full, timer, odd_length, block, NULL});
}
