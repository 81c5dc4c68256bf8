/* The linear maps of a context that a forecast may hold beside the network: the origin's, which all
 * channels share (E11), and those of low rank that channels have of their own, fitted to what the
 * trained network leaves over (train/own_maps.h). Both read the steps less the last observed one. */
#ifndef RM_MAPS_H
#define RM_MAPS_H

#include "kernels/shared.h"
#include "model/network.h"

typedef struct rm_maps {
    const rm_kernels *kernels;
    const rm_network *network;
    rm_shared channel; /* [rows] of each that is placed */
    rm_real *x;        /* [B][n] what they read of the rows of a pass */
    rm_real *own;      /* [B][own_rank] */
    int64_t n;         /* context_len, or fewer */
} rm_maps;

/* Runs twice (arena.h), on one whose kernels and network are set. B: rows of a pass; `rows` are
 * placed at once. */
void rm_maps_layout(rm_maps *at, rm_arena *arena, rm_arena *beside, int64_t B, int64_t rows);

/* rm_pass_place. */
void rm_maps_place(const rm_maps *at, rm_places places, int64_t B);

/* The rest in normalised units; nothing where there are no maps. */

/* The last steps of history[B][length], missing ones 0, less last[B]. */
void rm_maps_read(rm_maps *at, const rm_real *history, const rm_real *missing,
                  const rm_real *last, int64_t length, int64_t B);

/* sum[B][output_len] = what the maps make of it, or += if add; scale[B] is that of the contexts, and
 * the first row the placed one `row`. */
void rm_maps_forward(const rm_maps *at, const rm_real *params, const rm_real *scale,
                     rm_real *sum, int add, int64_t row, int64_t B);

/* Gradients of the shared map are added to; the others are fitted once and for all. */
void rm_maps_backward(const rm_maps *at, rm_real *grads, const rm_real *dsum,
                      const rm_real *scale, int64_t B);

#endif
