#include "nn/shape.h"

#include "base/config_text.h"
#include "nn/phase.h"

#include <math.h>

#define SMALL_WIDTH 256
#define OWN_RANK 4 /* docs/recipe.md */

static int64_t rank(int64_t chosen, int64_t width, double factor) {
    if (chosen > 0)
        return chosen;
    if (width < SMALL_WIDTH)
        return width / 8 < 8 ? 8 : width / 8;
    int64_t thirty_twos = (int64_t)round(factor * sqrt((double)width) / 32);
    return 32 * (thirty_twos < 1 ? 1 : thirty_twos);
}

static void set_own_maps(rm_shape *shape, const rimer_config *config) {
    int64_t least =
        config->output_len < config->context_len ? config->output_len : config->context_len;
    if (config->own_channels <= 0)
        return;
    shape->own_channels = config->own_channels;
    shape->own_rank = least < OWN_RANK ? least : OWN_RANK;
}

/* The texts were checked with the config. */
static void set_lists(rm_shape *shape, const rimer_config *config) {
    (void)rm_config_phase(config, &shape->phase);
    shape->phase_features = rm_phase_features(&shape->phase);
    (void)rm_config_levels(config, &shape->levels);
    (void)rm_config_offered(config, &shape->offered);
    shape->median = rimer_levels_find(&shape->levels, 0.5);
}

rm_shape rm_shape_make(const rimer_config *config) {
    rm_shape shape = {
        .width = config->width,
        .heads = config->width / config->head_size,
        .head_size = config->head_size,
        .ffn_width = config->ffn_width ? config->ffn_width : 4 * config->width,
        .layers = config->layers,
        .patch_len = config->patch_len,
        .moments = rm_config_tells_moments(config),
        .output_len = config->output_len,
        .context_len = config->context_len,
        .lora_decay = rank(config->lora_decay, config->width, 2.5),
        .lora_rate = rank(config->lora_rate, config->width, 2.5),
        .lora_value = rank(config->lora_value, config->width, 1.7),
        .lora_gate = rank(config->lora_gate, config->width, 5),
        .mixer = config->mixer,
        .channel_mix = config->channel_mix,
        .block_norm = config->block_norm,
        .position = config->position,
        .norm = config->norm,
        .origin = rm_config_origin(config),
        .constant_bias = config->origin_bias == RIMER_BIAS_CONSTANT,
        .mask = config->mask == RIMER_MASK_ON,
        .input_norm = config->input_norm,
        .output_norm = config->output_norm,
        .zero_head = config->zero_head,
        .has_state = rm_config_has_state(config),
        .key_norm = config->key_norm,
        .head_norm_eps = config->head_norm_eps,
        .conformal_steps = config->conformal ? config->horizon : 0,
    };
    set_own_maps(&shape, config);
    set_lists(&shape, config);
    return shape;
}

int64_t rm_heads_width(const rm_shape *shape) {
    return shape->heads * shape->head_size;
}

int64_t rm_shape_tokens(const rm_shape *shape, int64_t n) {
    return (n + shape->patch_len - 1) / shape->patch_len;
}
