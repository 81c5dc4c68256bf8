/* What a step or a forecast has to be computed of, counted from the equations. */
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

#endif
