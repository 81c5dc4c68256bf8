#include "seriestext.h"

#include "terminal.h"

char *text_series(const rimer_dataset *dataset, char *out, size_t size) {
    int64_t n = rimer_dataset_n_series(dataset);
    int64_t shortest = rimer_dataset_series(dataset, 0).n_steps, longest = shortest;
    char count[32], low[32], high[32];
    for (int64_t i = 1; i < n; i++) {
        int64_t steps = rimer_dataset_series(dataset, i).n_steps;
        shortest = steps < shortest ? steps : shortest;
        longest = steps > longest ? steps : longest;
    }
    text_count(n, count, sizeof count);
    text_count(shortest, low, sizeof low);
    text_count(longest, high, sizeof high);
    if (n == 1)
        snprintf(out, size, "%s steps", high);
    else if (shortest == longest)
        snprintf(out, size, "%s series, %s steps", count, high);
    else
        snprintf(out, size, "%s series, %s to %s steps", count, low, high);
    return out;
}
