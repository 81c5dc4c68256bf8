/* One training step over lanes: a batch is cut into a fixed number of parts, each runs forward
 * and backward alone on one thread, and the gradients are summed in a fixed tree. So the bits
 * depend on the lanes and never on the threads, and a step has one fork and join for the network
 * and two short ones for the optimiser. Nothing is allocated in a step.
 *
 * On a device there is one lane, whose kernels are parallel themselves: a batch is read by all
 * threads and sent there with the step's numbers, the step is repeated work (base/memory.h), and what
 * it comes to is fetched at once. */
#ifndef RM_LANES_H
#define RM_LANES_H

#include "base/threads.h"
#include "data/windows.h"
#include "model/network.h"

typedef struct rm_lanes rm_lanes;

/* What is trained and on what; all borrowed. */
typedef struct rm_lanes_setup {
    const rimer_config *config; /* batch, lanes, loss, loss_tokens, optimiser, device */
    const rm_network *network;
    const rm_windows *windows; /* horizon: the network's output_len */
    const rm_scaler *scaler;
    rm_pool *pool;
    rm_real *params, *m, *v; /* [registry.total] each */
    rm_real *average;        /* running average of the params, [registry.total] */
    double average_rate;     /* share of the params that enters it at each step; 1: a copy */
    int64_t epoch;           /* whose rows are drawn and altered */
} rm_lanes_setup;

rimer_status rm_lanes_create(rm_lanes **out, const rm_lanes_setup *setup);
void rm_lanes_free(rm_lanes *lanes);

/* Bytes of activations and gradients of all lanes. */
size_t rm_lanes_bytes(const rm_lanes *lanes);

/* Forward, backward, clip and AdamW on `n_rows` window rows. `number` counts the steps of the
 * run from 1. The sum of the loss and the number of compared steps are added to. A batch in which
 * no target is observed changes nothing. */
rimer_status rm_lanes_step(rm_lanes *lanes, const int64_t *rows, int64_t n_rows, double lr,
                           int64_t number, double *loss_sum, int64_t *loss_count);

/* The params, moments and average of the setup as the steps left them; on the processor they are
 * always so, on a device they are only after this. RIMER_FAILED: the device did. */
rimer_status rm_lanes_store(rm_lanes *lanes);

/* The gradient of the mean loss over `rows`, unclipped, and the mean loss: for tests. Dropout
 * leaves the same out at each call. */
rimer_status rm_lanes_gradient(rm_lanes *lanes, const int64_t *rows, int64_t n_rows,
                               double *loss, rm_real *gradient);

#endif
