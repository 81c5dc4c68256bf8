#include "train/lanes.h"

#include "base/array.h"
#include "kernels/blas.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SLICES 16 /* parts of the parameter block in which gradients are summed */
#define CLIP_EPS 1e-6

typedef struct lane {
    rm_pass *pass;
    rm_arena arena;
    rm_real *grads;   /* [registry.total] */
    float *steps;     /* one row's context and target */
    rm_real *context; /* [rows][context_len] */
    rm_real *target;  /* [rows][tokens][output_len] */
    double loss;
    int64_t count;
} lane;

struct rm_lanes {
    rm_lanes_setup setup;
    const rm_kernels *kernels;
    lane *lane;
    int64_t n_lanes;
    double squares[SLICES];
    /* of the present step */
    const int64_t *rows;
    int64_t n_rows, number;
    double factor, lr;
};

/* No step has more rows than there are. */
static int64_t lane_rows(const rm_lanes_setup *setup) {
    int64_t rows = setup->windows->n_rows, lanes = setup->config->lanes;
    rows = setup->config->batch < rows ? setup->config->batch : rows;
    return (rows + lanes - 1) / lanes;
}

static void layout(rm_lanes *lanes, lane *to) {
    const rm_shape *s = &lanes->setup.network->shape;
    const rimer_config *config = lanes->setup.config;
    int64_t B = lane_rows(&lanes->setup), L = lanes->setup.windows->context_len;
    int64_t tokens = config->loss_tokens == RIMER_TOKENS_ALL ? rm_shape_tokens(s, L) : 1;
    rm_arena *arena = &to->arena;
    to->grads = rm_arena_take(arena, lanes->setup.network->registry.total, sizeof(rm_real));
    to->steps = rm_arena_take(arena, L + s->output_len, sizeof(float));
    to->context = rm_arena_take(arena, B * L, sizeof(rm_real));
    to->target = rm_arena_take(arena, B * tokens * s->output_len, sizeof(rm_real));
}

static rimer_status fill_lane(rm_lanes *lanes, lane *to) {
    const rimer_config *config = lanes->setup.config;
    const rm_network *network = lanes->setup.network;
    rm_pass_size size = {lane_rows(&lanes->setup),
                         rm_shape_tokens(&network->shape, lanes->setup.windows->context_len),
                         config->loss_tokens == RIMER_TOKENS_ALL, 1};
    RM_TRY(rm_pass_create(&to->pass, lanes->kernels, network, size));
    layout(lanes, to);
    RM_TRY(rm_arena_reserve(&to->arena));
    layout(lanes, to);
    return RIMER_OK;
}

rimer_status rm_lanes_create(rm_lanes **out, const rm_lanes_setup *setup) {
    rm_lanes *lanes;
    RM_TRY(rm_array_new(&lanes, 1, sizeof *lanes));
    lanes->setup = *setup;
    lanes->n_lanes = setup->config->lanes;
    rm_blas_single_thread();
    rimer_status status = rm_kernels_choose(&lanes->kernels);
    if (status == RIMER_OK)
        status = rm_array_new(&lanes->lane, lanes->n_lanes, sizeof *lanes->lane);
    for (int64_t i = 0; status == RIMER_OK && i < lanes->n_lanes; i++)
        status = fill_lane(lanes, &lanes->lane[i]);
    if (status != RIMER_OK) {
        rm_lanes_free(lanes);
        return status;
    }
    *out = lanes;
    return RIMER_OK;
}

void rm_lanes_free(rm_lanes *lanes) {
    if (!lanes)
        return;
    for (int64_t i = 0; lanes->lane && i < lanes->n_lanes; i++) {
        rm_pass_free(lanes->lane[i].pass);
        rm_arena_free(&lanes->lane[i].arena);
    }
    free(lanes->lane);
    free(lanes);
}

size_t rm_lanes_bytes(const rm_lanes *lanes) {
    size_t bytes = 0;
    for (int64_t i = 0; i < lanes->n_lanes; i++)
        bytes += lanes->lane[i].arena.size + rm_pass_bytes(lanes->lane[i].pass);
    return bytes;
}

static int any_observed(const float *steps, int64_t n) {
    for (int64_t i = 0; i < n; i++)
        if (!isnan(steps[i]))
            return 1;
    return 0;
}

/* A token's target is what follows its last step; `pad` steps stand before the context. A row
 * without an observed step forecasts NaN by contract and teaches nothing: it gets no target. */
static void read_row(rm_lanes *lanes, lane *to, int64_t row, int64_t b) {
    const rm_windows *windows = lanes->setup.windows;
    const rm_shape *s = &lanes->setup.network->shape;
    int64_t L = windows->context_len, O = s->output_len, T = rm_shape_tokens(s, L);
    int all = lanes->setup.config->loss_tokens == RIMER_TOKENS_ALL;
    int64_t tokens = all ? T : 1, pad = T * s->patch_len - L;
    rm_window window = rm_windows_row(windows, row);
    rm_windows_copy(windows, lanes->setup.scaler, window, window.start - L, L + O, to->steps);
    int observed = any_observed(to->steps, L);
    for (int64_t i = 0; i < L; i++)
        to->context[b * L + i] = (rm_real)to->steps[i];
    for (int64_t t = 0; t < tokens; t++) {
        const float *from = to->steps + (all ? (t + 1) * s->patch_len - pad : L);
        for (int64_t i = 0; i < O; i++)
            to->target[(b * tokens + t) * O + i] = (rm_real)(observed ? from[i] : NAN);
    }
}

static rimer_status run_lane(void *arg, int64_t index, int64_t worker) {
    (void)worker;
    rm_lanes *lanes = arg;
    lane *to = &lanes->lane[index];
    const rm_kernels *k = lanes->kernels;
    const rimer_config *config = lanes->setup.config;
    int64_t begin = lanes->n_rows * index / lanes->n_lanes;
    int64_t B = lanes->n_rows * (index + 1) / lanes->n_lanes - begin;
    k->fill(to->grads, 0, lanes->setup.network->registry.total);
    to->loss = 0;
    to->count = 0;
    if (B == 0)
        return RIMER_OK;
    for (int64_t b = 0; b < B; b++)
        read_row(lanes, to, lanes->rows[begin + b], b);
    rm_pass_forward(to->pass, lanes->setup.params, to->context, B,
                    lanes->setup.windows->context_len);
    rm_pass_view view = rm_pass_look(to->pass);
    to->loss = k->loss_forward(view.dy, &to->count, view.y, to->target,
                               B * view.tokens * lanes->setup.network->shape.output_len,
                               config->loss, config->huber_delta);
    rm_pass_backward(to->pass, lanes->setup.params, to->grads, NULL);
    return RIMER_OK;
}

/* Sums one slice of all lanes into lane 0, pairwise, and notes its sum of squares. */
static rimer_status sum_slice(void *arg, int64_t index, int64_t worker) {
    (void)worker;
    rm_lanes *lanes = arg;
    int64_t total = lanes->setup.network->registry.total;
    int64_t begin = total * index / SLICES, n = total * (index + 1) / SLICES - begin;
    for (int64_t apart = 1; apart < lanes->n_lanes; apart *= 2)
        for (int64_t i = 0; i + apart < lanes->n_lanes; i += 2 * apart)
            lanes->kernels->add(lanes->lane[i].grads + begin,
                                lanes->lane[i + apart].grads + begin, n);
    lanes->squares[index] = lanes->kernels->sum_squares(lanes->lane[0].grads + begin, n);
    return RIMER_OK;
}

/* After this lane 0 holds the gradient of the sum of the losses. */
static rimer_status run_network(rm_lanes *lanes, const int64_t *rows, int64_t n_rows,
                                double *loss, int64_t *count) {
    lanes->rows = rows;
    lanes->n_rows = n_rows;
    RM_TRY(rm_pool_run(lanes->setup.pool, lanes->n_lanes, run_lane, lanes));
    *loss = 0;
    *count = 0;
    for (int64_t i = 0; i < lanes->n_lanes; i++) {
        *loss += lanes->lane[i].loss;
        *count += lanes->lane[i].count;
    }
    return rm_pool_run(lanes->setup.pool, SLICES, sum_slice, lanes);
}

static rimer_status update_param(void *arg, int64_t index, int64_t worker) {
    (void)worker;
    rm_lanes *lanes = arg;
    const rm_lanes_setup *setup = &lanes->setup;
    const rimer_config *config = setup->config;
    const rm_param *param = &setup->network->registry.items[index];
    if (param->group == RM_GROUP_FITTED)
        return RIMER_OK;
    double lr = lanes->lr * (param->group == RM_GROUP_DECAY ? 2 : 1);
    double decay = param->group == RM_GROUP_MATRIX ? config->weight_decay : 0;
    int l2 = config->decay_mode == RIMER_DECAY_L2;
    int64_t at = param->offset;
    lanes->kernels->adamw_step(setup->params + at, setup->m + at, setup->v + at,
                               lanes->lane[0].grads + at, param->count, lanes->factor, lr,
                               config->beta1, config->beta2, config->adam_eps, l2 ? 0 : decay,
                               l2 ? decay : 0, 1 - pow(config->beta1, (double)lanes->number),
                               1 - pow(config->beta2, (double)lanes->number));
    lanes->kernels->blend(setup->average + at, setup->params + at, setup->average_rate,
                          param->count);
    return RIMER_OK;
}

rimer_status rm_lanes_step(rm_lanes *lanes, const int64_t *rows, int64_t n_rows, double lr,
                           int64_t number, double *loss_sum, int64_t *loss_count) {
    double loss, squares = 0, clip = lanes->setup.config->clip;
    int64_t count;
    RM_TRY(run_network(lanes, rows, n_rows, &loss, &count));
    if (count == 0)
        return RIMER_OK;
    for (int i = 0; i < SLICES; i++)
        squares += lanes->squares[i];
    double norm = sqrt(squares) / (double)count;
    if (!isfinite(norm) || !isfinite(loss))
        RM_FAIL(FAILED,
                "training diverged at step %lld: the gradient is not finite "
                "(a lower lr helps, and a look at the data with rimer-info)",
                (long long)number);
    lanes->factor = 1 / (double)count;
    if (clip > 0 && clip < norm + CLIP_EPS)
        lanes->factor *= clip / (norm + CLIP_EPS);
    lanes->lr = lr;
    lanes->number = number;
    *loss_sum += loss;
    *loss_count += count;
    return rm_pool_run(lanes->setup.pool, lanes->setup.network->registry.n, update_param,
                       lanes);
}

rimer_status rm_lanes_gradient(rm_lanes *lanes, const int64_t *rows, int64_t n_rows,
                               double *loss, rm_real *gradient) {
    int64_t count, total = lanes->setup.network->registry.total;
    RM_TRY(run_network(lanes, rows, n_rows, loss, &count));
    *loss /= (double)count;
    for (int64_t i = 0; i < total; i++)
        gradient[i] = lanes->lane[0].grads[i] / (rm_real)count;
    return RIMER_OK;
}
