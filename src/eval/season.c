#include "eval/season.h"

#include "base/error.h"
#include "data/seasons.h"

int64_t rm_longest_series(const rimer_dataset *dataset) {
    int64_t longest = 0;
    for (int64_t s = 0; s < rimer_dataset_n_series(dataset); s++) {
        int64_t n_steps = rimer_dataset_series(dataset, s).n_steps;
        if (n_steps > longest)
            longest = n_steps;
    }
    return longest;
}

rimer_status rm_season_choose(const rimer_dataset *dataset, const char *split, int64_t wanted,
                              int64_t *season) {
    int64_t likeliest;
    int n_found;
    if (wanted < 0)
        RM_FAIL(USAGE,
                "season: %lld is not possible; give a number of steps, or 0 for the "
                "likeliest",
                (long long)wanted);
    if (wanted == 0) {
        RM_TRY(rm_training_seasons(dataset, split, 1, &likeliest, &n_found));
        if (n_found == 1)
            wanted = likeliest;
    }
    *season = wanted ? wanted : 1;
    return RIMER_OK;
}
