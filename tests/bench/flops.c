#include "flops.h"

#include <stdio.h>
#include <string.h>

double recurrence_flops(int64_t rows, int64_t T, int64_t H, int64_t N, int backward) {
    double chunk = (backward ? 24 : 8) * (double)(T * T * N);
    double steps = (backward ? 34 : 9) * (double)(T * N * N);
    return (double)(rows * H) * (chunk < steps ? chunk : steps);
}

static int begins(const char *text, const char *with) {
    return strncmp(text, with, strlen(with)) == 0;
}

/* Of a row's tokens, those that a matrix has to be multiplied with. */
static int64_t tokens_of(const rm_network *network, const char *name, int64_t tokens,
                         int64_t outputs) {
    static const char *const behind[] = {"att.receptance", "att.g", "att.query", "att.output"};
    const rm_shape *s = &network->shape;
    char last[32];
    snprintf(last, sizeof last, "blocks.%lld.", (long long)s->layers - 1);
    if (begins(name, "head"))
        return outputs;
    if (!begins(name, last) || outputs == tokens)
        return tokens;
    name += strlen(last);
    for (size_t i = 0; i < sizeof behind / sizeof *behind; i++)
        if (begins(name, behind[i]))
            return outputs + (s->channel_mix == RIMER_MIX_RWKV);
    return begins(name, "ffn") ? outputs : tokens;
}

double product_flops(const rm_network *network, int64_t rows, int64_t tokens, int64_t outputs,
                     int backward) {
    double flops = 0;
    for (int64_t i = 0; i < network->registry.n; i++) {
        const rm_param *param = &network->registry.items[i];
        int embed = begins(param->name, "embed");
        if (!param->cols || param->group == RM_GROUP_FITTED || strstr(param->name, "r_k"))
            continue;
        flops += (!backward ? 2
                  : embed   ? 4
                            : 6) *
                 (double)param->count *
                 (double)(rows * tokens_of(network, param->name, tokens, outputs));
    }
    return flops;
}

double pass_bytes(const rm_network *network) {
    double values = 0;
    for (int64_t i = 0; i < network->registry.n; i++) {
        const rm_param *param = &network->registry.items[i];
        values += (begins(param->name, "embed") ? 2 : 3) * (double)param->count;
    }
    return values * sizeof(rm_real);
}

double update_bytes(const rm_network *network) {
    return 10.0 * (double)network->registry.total * sizeof(rm_real);
}

double step_blocks_bytes(const rm_network *network) {
    return 5.0 * (double)network->registry.total * sizeof(rm_real);
}
