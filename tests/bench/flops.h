/* What a step or a forecast has to compute and to move, counted from the equations. */
#ifndef BENCH_FLOPS_H
#define BENCH_FLOPS_H

#include "model/network.h"

/* Of the recurrence of T tokens in the form that needs fewer: one chunk, 8 T^2 N a row and head forward and
 * 16 backward, triangles counted as triangles; or step by step, 9 and 25 T N^2. */
double recurrence_flops(int64_t rows, int64_t T, int64_t H, int64_t N, int backward);

/* Of the products: 2 a weight and token forward, 4 backward, 2 for the embedding, whose input needs no
 * gradient. Every matrix of the registry is multiplied with every token, but for: the bonus of the
 * heads, the fitted map, the head, of which `outputs` tokens have an output (all, or the last), and
 * what in the last block no output needs. */
double product_flops(const rm_network *network, int64_t rows, int64_t tokens, int64_t outputs,
                     int backward);

/* Bytes that a step has to read and write of parameters and what there is of each. Forward and
 * backward read a parameter once each (the embedding's only forward) and write its gradient. */
double pass_bytes(const rm_network *network);

/* The norm reads all gradients before the optimiser begins, which reads them again, and reads and
 * writes parameters, two moments and the running average. */
double update_bytes(const rm_network *network);

/* Bytes of these five blocks: they are read from where so much stays. */
double step_blocks_bytes(const rm_network *network);

#endif
