/* Where a forecast hangs on the last token alone, a network's last block makes no other: the same
 * forecasts and gradients as from all tokens, of which only the last is looked at. */
#include "harness.h"
#include "randommodel.h"

#include "model/network.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#ifdef RM_REAL_DOUBLE
#define TOLERANCE 1e-12
#else
#define TOLERANCE 2e-5
#endif

enum { ROWS = 3, PATCH = 4, OUTPUT = 8, MOST_TOKENS = 10 };

typedef struct outcome {
    rm_real y[ROWS * 3 * OUTPUT], *grads, *dpatches;
} outcome;

static const rm_kernels *kernels(void) {
    const rm_kernels *table;
    ck_assert_msg(rm_kernels_choose(&table) == RIMER_OK, "%s", rimer_last_error());
    return table;
}

/* Loss: y of each row's last token times numbers of no pattern. */
static void run(const rimer_model *model, int all_tokens, int64_t T, outcome *to) {
    rm_pass_size size = {
        .max_rows = ROWS, .max_tokens = MOST_TOKENS, .all_tokens = all_tokens, .backward = 1};
    const rm_shape *s = &model->network.shape;
    int64_t width = s->levels.n * OUTPUT, tokens = all_tokens ? T : 1;
    float contexts[ROWS * MOST_TOKENS * PATCH];
    rm_real x[ROWS * MOST_TOKENS * PATCH];
    rm_pass *pass;
    fill_contexts(contexts, ROWS, T * PATCH, 5);
    for (int64_t i = 0; i < ROWS * T * PATCH; i++)
        x[i] = (rm_real)contexts[i];
    ck_assert_int_eq(rm_pass_create(&pass, kernels(), &model->network, size), RIMER_OK);
    const rm_real *y = rm_pass_forward(pass, model->values, x, ROWS, T * PATCH);
    rm_pass_view view = rm_pass_look(pass);
    memset(view.dy, 0, (size_t)(ROWS * tokens * width) * sizeof *view.dy);
    for (int64_t row = 0; row < ROWS; row++)
        for (int64_t i = 0; i < width; i++) {
            int64_t at = (row * tokens + tokens - 1) * width + i;
            to->y[row * width + i] = y[at];
            view.dy[at] = (rm_real)sin(1 + (double)(row * width + i));
        }
    rm_pass_backward(pass, model->values, to->grads, to->dpatches);
    rm_pass_free(pass);
}

static outcome new_outcome(const rimer_model *model) {
    outcome made = {.grads = calloc((size_t)model->network.registry.total, sizeof(rm_real)),
                    .dpatches = calloc(ROWS * MOST_TOKENS * PATCH, sizeof(rm_real))};
    ck_assert(made.grads && made.dpatches);
    return made;
}

static void free_outcome(outcome *one) {
    free(one->grads);
    free(one->dpatches);
}

static void assert_same(const char *what, const char *settings, int64_t T, const rm_real *a,
                        const rm_real *b, int64_t n) {
    double size = 0;
    for (int64_t i = 0; i < n; i++)
        size = fmax(size, fabs((double)a[i]));
    for (int64_t i = 0; i < n; i++)
        ck_assert_msg(fabs((double)a[i] - (double)b[i]) <= TOLERANCE * (size + 0.01),
                      "%s (%s, %lld tokens): %.9g of all, %.9g of the last", what, settings,
                      (long long)T, (double)a[i], (double)b[i]);
}

static void check(const char *settings, int64_t T) {
    rimer_model *model = random_model(settings);
    outcome all = new_outcome(model), last = new_outcome(model);
    run(model, 1, T, &all);
    run(model, 0, T, &last);
    assert_same("forecast", settings, T, all.y, last.y,
                ROWS * model->network.shape.levels.n * OUTPUT);
    assert_same("patches", settings, T, all.dpatches, last.dpatches, ROWS * T * PATCH);
    for (int64_t i = 0; i < model->network.registry.n; i++) {
        const rm_param *param = &model->network.registry.items[i];
        assert_same(param->name, settings, T, all.grads + param->offset,
                    last.grads + param->offset, param->count);
    }
    free_outcome(&all);
    free_outcome(&last);
    rimer_model_free(model);
}

static const char *const networks[] = {
    "origin=last layers=0",
    "origin=last layers=1",
    "origin=last layers=3 moments=yes mask=on",
    "origin=none layers=2 block_norm=after output_norm=no",
    "origin=last layers=1 channel_mix=linear block_norm=after input_norm=no",
    "origin=last layers=2 channel_mix=gelu norm=none",
    "origin=last layers=2 mixer=attention",
    "origin=none layers=1 mixer=attention channel_mix=gelu block_norm=after",
    "origin=last layers=2 quantiles=0.1,0.9",
};

START_TEST(as_of_all_tokens) {
    for (size_t i = 0; i < sizeof networks / sizeof *networks; i++)
        for (int64_t T = 1; T <= MOST_TOKENS; T++)
            check(networks[i], T);
}
END_TEST

int main(void) {
    return rm_test_main("ends", (const TTest *[]){as_of_all_tokens, NULL});
}
