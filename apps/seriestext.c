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

void print_data(const rimer_dataset *dataset, FILE *stream) {
    char name[256], ignored[RIMER_TEXT_SIZE], steps[128], missing[32];
    int64_t n_channels = rimer_dataset_n_channels(dataset);
    rimer_read_notes notes = rimer_dataset_notes(dataset);
    fprintf(stream, "data        %s: %s, every %s, %lld channel%s, %s missing\n",
            text_harmless(rimer_dataset_name(dataset), name, sizeof name),
            text_series(dataset, steps, sizeof steps), rimer_dataset_frequency(dataset),
            (long long)n_channels, n_channels == 1 ? "" : "s",
            text_count(notes.n_missing, missing, sizeof missing));
    if (notes.n_gaps)
        fprintf(stream, "            %lld gap%s, %lld steps inserted as missing\n",
                (long long)notes.n_gaps, notes.n_gaps == 1 ? "" : "s",
                (long long)notes.n_gap_steps);
    if (*notes.ignored)
        fprintf(stream, "            columns of text, or that count the rows, left out: %s\n",
                text_harmless(notes.ignored, ignored, sizeof ignored));
}
