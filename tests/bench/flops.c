#include "flops.h"

#include <string.h>

double recurrence_flops(int64_t rows, int64_t T, int64_t H, int64_t N, int backward) {
    double chunk = (backward ? 24 : 8) * (double)(T * T * N);
    double steps = (backward ? 34 : 9) * (double)(T * N * N);
    return (double)(rows * H) * (chunk < steps ? chunk : steps);
}

double product_flops(const rm_network *network, int64_t rows, int64_t tokens, int64_t outputs,
                     int backward) {
    double flops = 0;
    for (int64_t i = 0; i < network->registry.n; i++) {
        const rm_param *param = &network->registry.items[i];
        int embed = strncmp(param->name, "embed", 5) == 0;
        int head = strncmp(param->name, "head", 4) == 0;
        if (!param->cols || param->group == RM_GROUP_FITTED || strstr(param->name, "r_k"))
            continue;
        flops += (!backward ? 2
                  : embed   ? 4
                            : 6) *
                 (double)param->count * (double)(rows * (head ? outputs : tokens));
    }
    return flops;
}
