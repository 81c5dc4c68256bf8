#include "train/gradient_sum.h"

#include "base/arena.h"
#include "base/array.h"

#include <pthread.h>
#include <stdlib.h>

/* Node i of the tree is lane i and, at level 2, 4, ..., the sum of so many lanes from i on. */
typedef struct node {
    rm_real *block;
    int64_t complete; /* level at which it waits for its partner; 0: not there yet */
} node;

struct rm_gradient_sum {
    const rm_kernels *kernels;
    int64_t total, n_lanes, n_blocks;
    rm_arena arena;
    pthread_mutex_t lock;
    pthread_cond_t freed;
    /* all below under the lock */
    node *nodes;          /* [lanes of create] */
    rm_real **free;       /* [n_blocks], the first n_free are free */
    int64_t n_free, next; /* lane to be served */
};

/* Lanes are served in order, and once all before it are complete they hold log2(lanes) blocks at
 * most: with one more none waits for ever. More threads get more blocks, so that few wait. */
static int64_t blocks_needed(int64_t lanes, int64_t threads) {
    int64_t levels = 0;
    for (int64_t n = 1; n < lanes; n *= 2)
        levels++;
    int64_t blocks = levels + (threads > 2 ? threads - 1 : 1);
    return blocks < lanes ? blocks : lanes;
}

static void layout(rm_gradient_sum *sum) {
    for (int64_t i = 0; i < sum->n_blocks; i++)
        sum->free[i] = rm_arena_take(&sum->arena, sum->total, sizeof(rm_real));
}

static rimer_status fill_sum(rm_gradient_sum *sum, int64_t lanes) {
    RM_TRY(rm_array_new(&sum->nodes, lanes, sizeof *sum->nodes));
    RM_TRY(rm_array_new(&sum->free, sum->n_blocks, sizeof(rm_real *)));
    layout(sum);
    RM_TRY(rm_arena_reserve(&sum->arena));
    layout(sum);
    sum->n_free = sum->n_blocks;
    return RIMER_OK;
}

rimer_status rm_gradient_sum_create(rm_gradient_sum **out, const rm_kernels *kernels,
                                    int64_t total, int64_t lanes, int64_t threads) {
    rm_gradient_sum *sum;
    RM_TRY(rm_array_new(&sum, 1, sizeof *sum));
    sum->kernels = kernels;
    sum->arena.memory = kernels->memory;
    sum->total = total;
    sum->n_blocks = blocks_needed(lanes, threads);
    pthread_mutex_init(&sum->lock, NULL);
    pthread_cond_init(&sum->freed, NULL);
    rimer_status status = fill_sum(sum, lanes);
    if (status != RIMER_OK) {
        rm_gradient_sum_free(sum);
        return status;
    }
    *out = sum;
    return RIMER_OK;
}

void rm_gradient_sum_free(rm_gradient_sum *sum) {
    if (!sum)
        return;
    pthread_cond_destroy(&sum->freed);
    pthread_mutex_destroy(&sum->lock);
    rm_arena_free(&sum->arena);
    free(sum->nodes);
    free(sum->free);
    free(sum);
}

static void release(rm_gradient_sum *sum, node *of) {
    if (of->block)
        sum->free[sum->n_free++] = of->block;
    *of = (node){0};
    pthread_cond_broadcast(&sum->freed);
}

/* The node that the tree adds to node 0 at last; 0: there is none. */
static int64_t last_node(const rm_gradient_sum *sum) {
    int64_t last = 0;
    for (int64_t level = 1; level < sum->n_lanes; level *= 2)
        last = level;
    return last;
}

void rm_gradient_sum_begin(rm_gradient_sum *sum, int64_t lanes) {
    int64_t last = last_node(sum);
    release(sum, &sum->nodes[0]);
    if (last)
        release(sum, &sum->nodes[last]);
    sum->n_lanes = lanes;
    sum->next = 0;
}

rm_real *rm_gradient_sum_take(rm_gradient_sum *sum, int64_t lane) {
    pthread_mutex_lock(&sum->lock);
    while (sum->n_free == 0 || sum->next != lane)
        pthread_cond_wait(&sum->freed, &sum->lock);
    rm_real *block = sum->nodes[lane].block = sum->free[--sum->n_free];
    sum->next++;
    pthread_cond_broadcast(&sum->freed);
    pthread_mutex_unlock(&sum->lock);
    sum->kernels->fill(block, 0, sum->total);
    return block;
}

void rm_gradient_sum_give(rm_gradient_sum *sum, int64_t lane) {
    pthread_mutex_lock(&sum->lock);
    for (int64_t level = 1; level < last_node(sum); level *= 2) {
        int64_t left = lane / (2 * level) * (2 * level), right = left + level;
        if (right >= sum->n_lanes) /* no partner at this level */
            continue;
        node *partner = &sum->nodes[lane == left ? right : left];
        if (partner->complete != level) {
            sum->nodes[lane].complete = level;
            break;
        }
        rm_real *to = sum->nodes[left].block, *from = sum->nodes[right].block;
        partner->complete = 0;
        pthread_mutex_unlock(&sum->lock); /* nobody else touches a pair that is complete */
        sum->kernels->add(to, from, sum->total);
        pthread_mutex_lock(&sum->lock);
        release(sum, &sum->nodes[right]);
        lane = left;
    }
    pthread_mutex_unlock(&sum->lock);
}

void rm_gradient_sum_finish(const rm_gradient_sum *sum, int64_t begin, int64_t n) {
    int64_t last = last_node(sum);
    if (last)
        sum->kernels->add(sum->nodes[0].block + begin, sum->nodes[last].block + begin, n);
}

rm_real *rm_gradient_sum_result(const rm_gradient_sum *sum) {
    return sum->nodes[0].block;
}

size_t rm_gradient_sum_bytes(const rm_gradient_sum *sum) {
    return sum->arena.size;
}
