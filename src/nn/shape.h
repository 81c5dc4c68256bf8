/* The sizes of a network, all decided: what config.h leaves at 0 is filled in here. */
#ifndef RM_SHAPE_H
#define RM_SHAPE_H

#include "base/periods.h"
#include "rimer/config.h"
#include "rimer/levels.h"

typedef struct rm_shape {
    int64_t width, heads, head_size, ffn_width, layers;
    int64_t patch_len, output_len, context_len;
    int64_t lora_decay, lora_rate, lora_value, lora_gate;
    int mixer, channel_mix, block_norm, position, norm, origin, constant_bias, mask, input_norm,
        output_norm, zero_head;
    int has_state; /* rows carry one from pass to pass */
    int key_norm;  /* RM_KEY_CLAMP or RM_KEY_ADD */
    double head_norm_eps;
    rm_periods phase;        /* periods of which a token is told its phase */
    int64_t own_channels;    /* that have a map of their own; 0: none */
    int64_t own_rank;        /* of those maps */
    int moments;             /* tokens are told mean and deviation of their row */
    int64_t phase_features;  /* values that tell it; 0: none */
    rimer_levels levels;     /* of the head's quantiles; 0.5 alone for points */
    int median;              /* where 0.5 stands among them */
    rimer_levels offered;    /* what forecasts can be asked for */
    int64_t conformal_steps; /* that have a correction each; 0: there is none */
} rm_shape;

/* From a checked config with context_len, patch_len and output_len set. `mask: auto` is off
 * here; training resolves it before. Ranks of E12: 32 * max(1, round(f / 32)), f = 2.5 sqrt(D)
 * for decay and rate, 1.7 sqrt(D) for the value, 5 sqrt(D) for the gate; below width 256, where
 * 32 would be most of the width, D / 8 (8 at least). */
rm_shape rm_shape_make(const rimer_config *config);

/* Width of all heads together: the width itself, or, in attention, less. */
int64_t rm_heads_width(const rm_shape *shape);

/* Tokens of a context of `n` steps. */
int64_t rm_shape_tokens(const rm_shape *shape, int64_t n);

#endif
