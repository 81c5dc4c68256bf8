#include "train/lanes.h"

#include "base/array.h"
#include "base/config_text.h"
#include "base/rng.h"
#include "kernels/blas.h"
#include "kernels/device_kernels.h"
#include "kernels/shared.h"
#include "train/augment.h"
#include "train/gradient_sum.h"

#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#define SLICES 64 /* parts of the parameter block that threads take in the optimiser */
/* Run at once: of a narrow network so many as stay in a processor's second cache; of a wide one nothing
 * does, and the more there are, the fewer times its weights are read. */
#define BLOCK_TOKENS 112
#define WIDE 256 /* width */
#define WIDE_TOKENS 224
#define DEVICE_TOKENS 28672 /* run at once on a device: enough to fill it, and memory for few */
#define LANE_TOKENS 16      /* that a lane has at least */
#define DROPOUT_STREAM 0x44524f50u /* random stream of dropout; its counter is the step */

/* What a step comes to; on a device it is fetched at once. */
typedef struct outcome {
    rm_tally tally;
    double squares;
} outcome;

/* What one block of rows runs in; a thread borrows one for a lane. */
typedef struct workplace {
    atomic_flag taken;
    rm_pass *pass;
    rm_shared context;   /* [read_rows][context_len] */
    rm_shared target;    /* [read_rows][tokens][output_len] */
    rimer_place *places; /* [read_rows] */
} workplace;

struct rm_lanes {
    rm_lanes_setup setup;
    rm_kernels own;
    const rm_kernels *kernels;       /* our own, of the precision that is set */
    rm_arena arena, beside;          /* beside: what `arena` shares with the processor */
    rm_shared params, m, v, average; /* host: of the setup */
    float *steps;                    /* [threads] one row's context and target */
    rm_step *step;                   /* `now`, where kernels find it */
    outcome *outcome;                /* `came`, where they put it */
    rm_tally *tally;                 /* [n_lanes] */
    rm_gradient_sum *sum;
    workplace *workplace;
    int64_t n_lanes, n_workplaces, block_rows, read_rows, n_slices;
    double squares[SLICES];
    rm_repeated *repeated; /* steps of repeated_rows rows on a device; 0: of none yet */
    int64_t repeated_rows;
    /* of the present step */
    const int64_t *rows;
    int64_t n_rows, n_used;
    rm_step now;
    outcome came;
};

static int is_on_device(const rm_lanes *lanes) {
    return lanes->kernels->memory != NULL;
}

static int64_t least(int64_t a, int64_t b) {
    return a < b ? a : b;
}

static int64_t tokens_of_row(const rm_lanes *lanes) {
    return rm_shape_tokens(&lanes->setup.network->shape, lanes->setup.windows->context_len);
}

/* Steps that a row is compared with. */
static int64_t target_steps(const rm_lanes *lanes) {
    int all = lanes->setup.config->loss_tokens == RIMER_TOKENS_ALL;
    return (all ? tokens_of_row(lanes) : 1) * lanes->setup.network->shape.output_len;
}

/* Lanes of a step of so many rows: a gradient costs as much to clear and sum as a few tokens do
 * to run, so a small batch uses fewer. Never a matter of the threads. */
static int64_t lanes_of(const rm_lanes *lanes, int64_t n_rows) {
    if (is_on_device(lanes)) /* kernels there have their own ways to be many */
        return 1;
    int64_t worth = (n_rows * tokens_of_row(lanes) + LANE_TOKENS - 1) / LANE_TOKENS;
    return least(worth, lanes->setup.config->lanes);
}

static int64_t tokens_at_once(const rm_lanes *lanes) {
    if (is_on_device(lanes))
        return DEVICE_TOKENS;
    return lanes->setup.network->shape.width < WIDE ? BLOCK_TOKENS : WIDE_TOKENS;
}

/* No step has more rows than there are. */
static void set_sizes(rm_lanes *lanes) {
    const rm_lanes_setup *setup = &lanes->setup;
    int64_t rows = least(setup->config->batch, setup->windows->n_rows);
    int on_device = is_on_device(lanes);
    int64_t fit = tokens_at_once(lanes) / tokens_of_row(lanes);
    lanes->n_slices = on_device ? 1 : SLICES;
    lanes->n_lanes = lanes_of(lanes, rows);
    lanes->n_workplaces = least(rm_pool_size(setup->pool), lanes->n_lanes);
    lanes->block_rows = least(fit < 1 ? 1 : fit, (rows + lanes->n_lanes - 1) / lanes->n_lanes);
    lanes->read_rows = on_device ? rows : lanes->block_rows;
}

/* A block of the setup's, and where kernels find it. */
static rm_shared beside(rm_arena *arena, rm_real *host, int64_t n) {
    return (rm_shared){host, arena->memory ? rm_arena_take(arena, n, sizeof *host) : host};
}

static void layout(rm_lanes *lanes) {
    const rm_lanes_setup *setup = &lanes->setup;
    const rm_shape *s = &setup->network->shape;
    int64_t B = lanes->read_rows, L = setup->windows->context_len;
    int64_t total = setup->network->registry.total;
    rm_arena *arena = &lanes->arena, *host = arena->memory ? &lanes->beside : arena;
    lanes->params = beside(arena, setup->params, total);
    lanes->m = beside(arena, setup->m, total);
    lanes->v = beside(arena, setup->v, total);
    lanes->average = beside(arena, setup->average, total);
    lanes->step = arena->memory ? rm_arena_take(arena, 1, sizeof(rm_step)) : &lanes->now;
    lanes->outcome = arena->memory ? rm_arena_take(arena, 1, sizeof(outcome)) : &lanes->came;
    lanes->steps =
        rm_arena_take(host, rm_pool_size(setup->pool) * (L + s->output_len), sizeof(float));
    for (int64_t i = 0; i < lanes->n_workplaces; i++) {
        workplace *to = &lanes->workplace[i];
        to->context = rm_shared_take(arena, &lanes->beside, B * L);
        to->target = rm_shared_take(arena, &lanes->beside, B * target_steps(lanes));
        to->places = rm_arena_take(host, B, sizeof *to->places);
    }
}

static rimer_status place(rm_lanes *lanes) {
    const rm_kernels *k = lanes->kernels;
    int64_t total = lanes->setup.network->registry.total;
    lanes->arena.memory = k->memory;
    layout(lanes);
    RM_TRY(rm_shared_reserve(&lanes->arena, &lanes->beside));
    layout(lanes);
    rm_shared_send(k, lanes->params, 0, total);
    rm_shared_send(k, lanes->m, 0, total);
    rm_shared_send(k, lanes->v, 0, total);
    rm_shared_send(k, lanes->average, 0, total);
    return RIMER_OK;
}

static rimer_status fill_lanes(rm_lanes *lanes) {
    const rimer_config *config = lanes->setup.config;
    RM_TRY(rm_device_precise(&lanes->own, config->device, config->precision));
    lanes->kernels = &lanes->own;
    set_sizes(lanes);
    RM_TRY(rm_array_new(&lanes->tally, lanes->n_lanes, sizeof *lanes->tally));
    RM_TRY(rm_array_new(&lanes->workplace, lanes->n_workplaces, sizeof *lanes->workplace));
    RM_TRY(rm_gradient_sum_create(&lanes->sum, lanes->kernels,
                                  lanes->setup.network->registry.total, lanes->n_lanes,
                                  lanes->n_workplaces));
    rm_pass_size size = {.max_rows = lanes->block_rows,
                         .max_tokens = tokens_of_row(lanes),
                         .all_tokens = config->loss_tokens == RIMER_TOKENS_ALL,
                         .backward = 1,
                         .origin = config->origin_lr > 0,
                         .dropout = config->dropout,
                         .placed = lanes->read_rows};
    for (int64_t i = 0; i < lanes->n_workplaces; i++) {
        atomic_flag_clear(&lanes->workplace[i].taken);
        RM_TRY(rm_pass_create(&lanes->workplace[i].pass, lanes->kernels, lanes->setup.network,
                              size));
    }
    return place(lanes);
}

rimer_status rm_lanes_create(rm_lanes **out, const rm_lanes_setup *setup) {
    rm_lanes *lanes;
    RM_TRY(rm_array_new(&lanes, 1, sizeof *lanes));
    lanes->setup = *setup;
    rm_blas_single_thread();
    rimer_status status = fill_lanes(lanes);
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
    if (lanes->repeated)
        lanes->kernels->memory->forget(lanes->repeated);
    for (int64_t i = 0; lanes->workplace && i < lanes->n_workplaces; i++)
        rm_pass_free(lanes->workplace[i].pass);
    rm_gradient_sum_free(lanes->sum);
    rm_arena_free(&lanes->arena);
    rm_arena_free(&lanes->beside);
    free(lanes->workplace);
    free(lanes->tally);
    free(lanes);
}

size_t rm_lanes_bytes(const rm_lanes *lanes) {
    size_t bytes = lanes->arena.size + lanes->beside.size + rm_gradient_sum_bytes(lanes->sum);
    for (int64_t i = 0; i < lanes->n_workplaces; i++)
        bytes += rm_pass_bytes(lanes->workplace[i].pass);
    return bytes;
}

/* A token's target is what follows its last step; `pad` steps stand before the context. A row
 * without an observed step, or with causal norm a token without one up to its end, forecasts
 * NaN by contract and teaches nothing: it gets no target. */
static void read_row(const rm_lanes *lanes, const workplace *to, float *steps, int64_t row,
                     int64_t b) {
    const rimer_config *config = lanes->setup.config;
    const rm_windows *windows = lanes->setup.windows;
    const rm_shape *s = &lanes->setup.network->shape;
    int64_t L = windows->context_len, O = s->output_len, T = rm_shape_tokens(s, L);
    int all = config->loss_tokens == RIMER_TOKENS_ALL;
    int64_t tokens = all ? T : 1, pad = T * s->patch_len - L;
    rm_window window = rm_windows_row(windows, row);
    rm_rng rng = rm_augment_begin((uint64_t)config->seed, lanes->setup.epoch, row);
    rm_windows_copy(windows, lanes->setup.scaler, window, window.start - L, L + O, steps);
    rm_augment_flip(&rng, config->flip, steps, L + O);
    int causal = lanes->setup.network->shape.norm == RIMER_NORM_CAUSAL;
    int observed = rm_any_observed(steps, L);
    for (int64_t t = 0; t < tokens; t++) {
        if (causal && all)
            observed = rm_any_observed(steps, (t + 1) * s->patch_len - pad);
        const float *from = steps + (all ? (t + 1) * s->patch_len - pad : L);
        for (int64_t i = 0; i < O; i++)
            to->target.host[(b * tokens + t) * O + i] = (rm_real)(observed ? from[i] : NAN);
    }
    rm_augment_noise(&rng, config->noise, steps, L); /* targets are read already */
    for (int64_t i = 0; i < L; i++)
        to->context.host[b * L + i] = (rm_real)steps[i];
    to->places[b] = (rimer_place){
        rimer_dataset_position(windows->dataset, window.series, window.start), window.channel};
}

/* Rows from .. of the step into a workplace. */
typedef struct reading {
    const rm_lanes *lanes;
    const workplace *to;
    int64_t from;
} reading;

static rimer_status read_one(void *arg, int64_t index, int64_t worker) {
    const reading *job = arg;
    const rm_lanes *lanes = job->lanes;
    int64_t size = lanes->setup.windows->context_len + lanes->setup.network->shape.output_len;
    read_row(lanes, job->to, lanes->steps + worker * size, lanes->rows[job->from + index],
             index);
    return RIMER_OK;
}

/* A thread's own lane, a block at a time. */
static void read_block(const rm_lanes *lanes, const workplace *to, int64_t from, int64_t B,
                       int64_t worker) {
    reading job = {lanes, to, from};
    for (int64_t b = 0; b < B; b++)
        (void)read_one(&job, b, worker);
    rm_pass_place(to->pass, (rm_places){to->places, 1, 0}, B, tokens_of_row(lanes));
}

/* All of a step by all threads, sent with what else the step has of its own. */
static void send_step(const rm_lanes *lanes) {
    const rm_kernels *k = lanes->kernels;
    const workplace *to = &lanes->workplace[0];
    int64_t B = lanes->n_rows;
    reading job = {lanes, to, 0};
    (void)rm_pool_run(lanes->setup.pool, B, read_one, &job); /* no row fails */
    rm_shared_send(k, to->context, 0, B * lanes->setup.windows->context_len);
    rm_shared_send(k, to->target, 0, B * target_steps(lanes));
    rm_pass_place(to->pass, (rm_places){to->places, 1, 0}, B, tokens_of_row(lanes));
    k->memory->upload(lanes->step, &lanes->now, sizeof lanes->now);
}

/* Forward and backward of the step's rows from .. from + B, which stand in the workplace from `row`
 * on; loss and gradient are added to. */
static void run_block(const rm_lanes *lanes, rm_tally *tally, rm_real *grads, workplace *at,
                      int64_t from, int64_t row, int64_t B) {
    const rimer_config *config = lanes->setup.config;
    const rm_shape *s = &lanes->setup.network->shape;
    int64_t L = lanes->setup.windows->context_len;
    const rm_real *target = at->target.device + row * target_steps(lanes);
    rm_pass_draw(at->pass, &lanes->step->draw_key, from);
    rm_pass_start(at->pass, row);
    rm_pass_forward(at->pass, lanes->params.device, at->context.device + row * L, B, L);
    rm_pass_view view = rm_pass_look(at->pass);
    int64_t outputs = B * view.tokens;
    int kind = rm_config_loss(config);
    if (kind == RIMER_LOSS_PINBALL)
        lanes->kernels->pinball_forward(view.dy, tally, view.y, target, s->levels.at, outputs,
                                        s->levels.n, s->output_len);
    else
        lanes->kernels->loss_forward(view.dy, tally, view.y, target, outputs * s->output_len,
                                     kind, config->huber_delta);
    rm_pass_backward(at->pass, lanes->params.device, grads, NULL);
}

/* There are as many workplaces as threads or lanes, whichever are fewer, so one is free. */
static workplace *borrow(rm_lanes *lanes) {
    for (int64_t i = 0;; i = (i + 1) % lanes->n_workplaces)
        if (!atomic_flag_test_and_set(&lanes->workplace[i].taken))
            return &lanes->workplace[i];
}

static rimer_status run_lane(void *arg, int64_t index, int64_t worker) {
    rm_lanes *lanes = arg;
    int there = is_on_device(lanes);
    rm_tally *tally = there ? &lanes->outcome->tally : &lanes->tally[index];
    workplace *at = borrow(lanes);
    int64_t begin = lanes->n_rows * index / lanes->n_used;
    int64_t end = lanes->n_rows * (index + 1) / lanes->n_used;
    int64_t blocks = (end - begin + lanes->block_rows - 1) / lanes->block_rows;
    rm_real *grads = rm_gradient_sum_take(lanes->sum, index);
    lanes->tally[index] = (rm_tally){0};
    for (int64_t i = 0; i < blocks; i++) {
        int64_t from = begin + (end - begin) * i / blocks;
        int64_t B = begin + (end - begin) * (i + 1) / blocks - from;
        if (!there)
            read_block(lanes, at, from, B, worker);
        run_block(lanes, tally, grads, at, from, there ? from : 0, B);
    }
    atomic_flag_clear(&at->taken);
    rm_gradient_sum_give(lanes->sum, index);
    return RIMER_OK;
}

/* Where slice `index` of the parameter block begins; the bits must not depend on it. */
static int64_t slice_begin(const rm_lanes *lanes, int64_t index) {
    return lanes->setup.network->registry.total * index / lanes->n_slices;
}

/* The end of the sum, and its squares while it is at hand. */
static rimer_status square_slice(void *arg, int64_t index, int64_t worker) {
    (void)worker;
    rm_lanes *lanes = arg;
    int64_t begin = slice_begin(lanes, index), n = slice_begin(lanes, index + 1) - begin;
    rm_gradient_sum_finish(lanes->sum, begin, n);
    lanes->kernels->sum_squares(&lanes->squares[index],
                                rm_gradient_sum_result(lanes->sum) + begin, n);
    return RIMER_OK;
}

/* Rows draw what is dropped by their place in the step, wherever lanes and blocks begin. */
static uint64_t draw_key(const rm_lanes *lanes, int64_t number) {
    rm_rng rng = rm_rng_make((uint64_t)lanes->setup.config->seed, DROPOUT_STREAM);
    rng.counter = (uint64_t)number;
    uint64_t high = rm_rng_word(&rng);
    return high << 32 | rm_rng_word(&rng);
}

/* The learning rate of a parameter, as a share of the present one. */
static double rate_share(const rm_lanes *lanes, const rm_param *param) {
    const rimer_config *config = lanes->setup.config;
    const rm_head *head = &lanes->setup.network->head;
    if (param->group == RM_GROUP_FITTED)
        return config->origin_lr;
    if (param->offset == head->head || param->offset == head->head_bias)
        return config->head_lr;
    return param->group == RM_GROUP_DECAY ? 2 : 1;
}

/* AdamW and the running average on values at .. at + n of one parameter. */
static void update_part(const rm_lanes *lanes, const rm_param *param, int64_t at, int64_t n) {
    const rm_lanes_setup *setup = &lanes->setup;
    const rimer_config *config = setup->config;
    double decay = param->group == RM_GROUP_MATRIX ? config->weight_decay : 0;
    int l2 = config->decay_mode == RIMER_DECAY_L2;
    lanes->kernels->adamw_step(
        lanes->params.device + at, lanes->m.device + at, lanes->v.device + at,
        lanes->average.device + at, rm_gradient_sum_result(lanes->sum) + at, n, lanes->step,
        rate_share(lanes, param), config->beta1, config->beta2, config->adam_eps,
        l2 ? 0 : decay, l2 ? decay : 0, setup->average_rate);
}

static rimer_status update_slice(void *arg, int64_t index, int64_t worker) {
    (void)worker;
    const rm_lanes *lanes = arg;
    const rm_registry *registry = &lanes->setup.network->registry;
    int64_t begin = slice_begin(lanes, index), end = slice_begin(lanes, index + 1);
    for (int64_t i = 0; i < registry->n; i++) {
        const rm_param *param = &registry->items[i];
        int64_t from = param->offset > begin ? param->offset : begin;
        int64_t to = least(param->offset + param->count, end);
        if (from < to && rate_share(lanes, param) > 0)
            update_part(lanes, param, from, to - from);
    }
    return RIMER_OK;
}

/* The gradient of the sum of the losses on a device, and what a step comes to; nothing but kernels. */
static void gradient_there(void *arg) {
    rm_lanes *lanes = arg;
    const rm_kernels *k = lanes->kernels;
    k->fill((rm_real *)lanes->outcome, 0, sizeof(outcome) / sizeof(rm_real));
    rm_gradient_sum_begin(lanes->sum, 1);
    (void)run_lane(lanes, 0, 0);
    k->sum_squares(&lanes->outcome->squares, rm_gradient_sum_result(lanes->sum),
                   lanes->setup.network->registry.total);
}

/* A whole step, the processor's part being only to fetch what it came to. */
static void step_there(void *arg) {
    rm_lanes *lanes = arg;
    gradient_there(lanes);
    lanes->kernels->clip_factor(&lanes->step->factor, &lanes->outcome->tally,
                                &lanes->outcome->squares, lanes->setup.config->clip);
    (void)update_slice(lanes, 0, 0);
}

/* The last batch of an epoch may be smaller, and is no more than once. */
static void run_there(rm_lanes *lanes) {
    if (lanes->repeated_rows == 0)
        lanes->repeated_rows = lanes->n_rows;
    if (lanes->repeated_rows == lanes->n_rows)
        lanes->kernels->memory->repeat(&lanes->repeated, step_there, lanes);
    else
        step_there(lanes);
}

static rimer_status gradient_here(rm_lanes *lanes) {
    rm_gradient_sum_begin(lanes->sum, lanes->n_used);
    RM_TRY(rm_pool_run(lanes->setup.pool, lanes->n_used, run_lane, lanes));
    RM_TRY(rm_pool_run(lanes->setup.pool, lanes->n_slices, square_slice, lanes));
    lanes->came = (outcome){{0}, 0};
    for (int64_t i = 0; i < lanes->n_used; i++) {
        lanes->came.tally.sum += lanes->tally[i].sum;
        lanes->came.tally.count += lanes->tally[i].count;
    }
    for (int64_t i = 0; i < lanes->n_slices; i++)
        lanes->came.squares += lanes->squares[i];
    return RIMER_OK;
}

static rimer_status step_here(rm_lanes *lanes) {
    RM_TRY(gradient_here(lanes));
    lanes->kernels->clip_factor(&lanes->now.factor, &lanes->came.tally, &lanes->came.squares,
                                lanes->setup.config->clip);
    return rm_pool_run(lanes->setup.pool, lanes->n_slices, update_slice, lanes);
}

static rimer_status fetch(rm_lanes *lanes) {
    return rm_fetch(lanes->kernels, &lanes->came, lanes->outcome, sizeof lanes->came);
}

static void begin_step(rm_lanes *lanes, const int64_t *rows, int64_t n_rows, double lr,
                       int64_t number) {
    const rimer_config *config = lanes->setup.config;
    lanes->rows = rows;
    lanes->n_rows = n_rows;
    lanes->n_used = lanes_of(lanes, n_rows);
    lanes->now = (rm_step){.lr = lr,
                           .correct1 = 1 - pow(config->beta1, (double)number),
                           .correct2 = 1 - pow(config->beta2, (double)number),
                           .draw_key = draw_key(lanes, number)};
    if (is_on_device(lanes))
        send_step(lanes);
}

rimer_status rm_lanes_step(rm_lanes *lanes, const int64_t *rows, int64_t n_rows, double lr,
                           int64_t number, double *loss_sum, int64_t *loss_count) {
    begin_step(lanes, rows, n_rows, lr, number);
    if (is_on_device(lanes))
        run_there(lanes);
    else
        RM_TRY(step_here(lanes));
    RM_TRY(fetch(lanes));
    rm_tally tally = lanes->came.tally;
    if (tally.count > 0 && !(isfinite(lanes->came.squares) && isfinite(tally.sum)))
        RM_FAIL(FAILED,
                "training diverged at step %lld: the gradient is not finite "
                "(a lower lr helps, and a look at the data with rimer-info)",
                (long long)number);
    *loss_sum += tally.sum;
    *loss_count += tally.count;
    return RIMER_OK;
}

rimer_status rm_lanes_store(rm_lanes *lanes) {
    const rm_shared *const blocks[] = {&lanes->params, &lanes->m, &lanes->v, &lanes->average};
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++)
        RM_TRY(rm_shared_fetch(lanes->kernels, *blocks[i], 0,
                               lanes->setup.network->registry.total));
    return RIMER_OK;
}

rimer_status rm_lanes_gradient(rm_lanes *lanes, const int64_t *rows, int64_t n_rows,
                               double *loss, rm_real *gradient) {
    int64_t total = lanes->setup.network->registry.total;
    begin_step(lanes, rows, n_rows, 0, 0);
    if (is_on_device(lanes))
        gradient_there(lanes);
    else
        RM_TRY(gradient_here(lanes));
    RM_TRY(fetch(lanes));
    const rm_real *sum = rm_gradient_sum_result(lanes->sum);
    if (is_on_device(lanes)) {
        RM_TRY(rm_fetch(lanes->kernels, gradient, sum, (size_t)total * sizeof *sum));
        sum = gradient;
    }
    *loss = lanes->came.tally.sum / (double)lanes->came.tally.count;
    for (int64_t i = 0; i < total; i++)
        gradient[i] = sum[i] / (rm_real)lanes->came.tally.count;
    return RIMER_OK;
}
