/* What a token is to the network before the first block (E3): its patch, which of it is missing,
 * its position, its phase. */
#ifndef RM_EMBEDDING_H
#define RM_EMBEDDING_H

#include "kernels/shared.h"
#include "model/network.h"

/* What stands beside the patches. */
typedef struct rm_embedding {
    const rm_kernels *kernels;
    const rm_network *network;
    int64_t max_tokens;
    rm_shared positions; /* [max_tokens][D] */
    rm_shared phase;     /* [rows][max_tokens][phase_features] */
    int64_t row;         /* of `phase` that the present pass begins with */
    int64_t first;       /* that `positions` begins with now; -1: nothing */
} rm_embedding;

/* Patches of B rows of T tokens, and their mask: [B][T][patch_len]. */
typedef struct rm_patches {
    const rm_real *z, *missing, *moments;
    int64_t B, T;
} rm_patches;

/* Runs twice (arena.h), on one whose kernels, network and max_tokens are set. */
void rm_embedding_layout(rm_embedding *at, rm_arena *arena, rm_arena *beside, int64_t rows);

/* rm_pass_place. */
void rm_embedding_place(rm_embedding *at, rm_places places, int64_t B, int64_t T);

/* x[B][T][D]; `first` is the position of the first token. */
void rm_embedding_forward(rm_embedding *at, const rm_real *params, rm_real *x,
                          const rm_patches *patches, int64_t first);

/* From dx: adds to the gradients of the parameters, and writes that of the patches (dpatches
 * may be NULL). */
void rm_embedding_backward(const rm_embedding *at, const rm_real *params, rm_real *grads,
                           rm_real *dpatches, const rm_real *dx, const rm_patches *patches);

#endif
