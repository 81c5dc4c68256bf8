#include "doubts.h"

#include "datalook.h"
#include "terminal.h"

#include <stdio.h>

enum { TOLD_MOST = 3, COLUMN_WIDTH = 60 };

static int is_told(const double *told, int n, double code) {
    for (int i = 0; i < n; i++)
        if (told[i] == code)
            return 1;
    return 0;
}

/* Of many series the first that shows it is named. */
static void tell(const app_program *program, const rimer_dataset *dataset, int64_t series,
                 int64_t channel, const char *what) {
    char data[256], column[256], id[256], of[300] = "";
    if (rimer_dataset_n_series(dataset) > 1)
        snprintf(
            of, sizeof of, "series \"%s\", ",
            text_short(rimer_dataset_series(dataset, series).id, COLUMN_WIDTH, id, sizeof id));
    fail(program, 0, "%s: %scolumn \"%s\": %s",
         text_harmless(rimer_dataset_name(dataset), data, sizeof data), of,
         text_short(rimer_dataset_channel_name(dataset, channel), COLUMN_WIDTH, column,
                    sizeof column),
         what);
}

static void tell_code(const app_program *program, const rimer_dataset *dataset, int64_t series,
                      int64_t channel, double code) {
    char text[32], what[192];
    look_code(code, text, sizeof text);
    snprintf(what, sizeof what,
             "%s lies far from all other values and looks like a code for a missing one: if it "
             "is, use --na %s",
             text, text);
    tell(program, dataset, series, channel, what);
}

void doubts_tell(const app_program *program, const rimer_dataset *dataset) {
    const char *since = rimer_dataset_notes(dataset).since_1970;
    char data[256];
    double told[TOLD_MOST];
    int n = 0, is_coarse_told = 0, is_grouped_told = 0;
    if (*since)
        fail(program, 0, "%s: " LOOK_SINCE_1970 "%s",
             text_harmless(rimer_dataset_name(dataset), data, sizeof data), since);
    if (look_is_rising(dataset))
        tell(program, dataset, 0, 0, LOOK_RISING);
    for (int64_t s = 0; s < rimer_dataset_n_series(dataset); s++)
        for (int64_t c = 0; c < rimer_dataset_n_channels(dataset); c++) {
            rimer_survey survey = rimer_dataset_survey(dataset, s, c);
            rimer_series series = rimer_dataset_series(dataset, s);
            if (!is_grouped_told &&
                look_is_grouped(series.values + c * series.n_steps, series.n_steps)) {
                is_grouped_told = 1;
                tell(program, dataset, s, c, LOOK_GROUPED);
            }
            if (survey.n_sentinels && n < TOLD_MOST && !is_told(told, n, survey.sentinel)) {
                told[n++] = survey.sentinel;
                tell_code(program, dataset, s, c, survey.sentinel);
            }
            if (look_is_coarse(&survey) && !is_coarse_told) {
                is_coarse_told = 1;
                tell(program, dataset, s, c, LOOK_COARSE);
            }
        }
}

static int64_t last_time(const rimer_dataset *dataset, int64_t s) {
    rimer_series series = rimer_dataset_series(dataset, s);
    return series.times[series.n_steps - 1];
}

/* Where most series end together, one that does not was closed, or its rows are late. */
void doubts_tell_ends(const app_program *program, const rimer_dataset *dataset) {
    int64_t n = rimer_dataset_n_series(dataset), n_behind = 0, behind = 0, last = INT64_MIN;
    for (int64_t s = 0; s < n; s++)
        last = last_time(dataset, s) > last ? last_time(dataset, s) : last;
    for (int64_t s = n - 1; s >= 0; s--)
        if (last_time(dataset, s) < last) {
            n_behind++;
            behind = s;
        }
    if (n_behind == 0 || 2 * n_behind > n || rimer_dataset_n_time_columns(dataset) == 0)
        return;
    char data[256], id[256], there[RIMER_TIME_SIZE], here[RIMER_TIME_SIZE];
    rimer_dataset_format_time(dataset, last_time(dataset, behind), there, sizeof there);
    rimer_dataset_format_time(dataset, last, here, sizeof here);
    fail(program, 0,
         "%s: %lld of %lld series end before %s, where the others do, and are forecast from "
         "their "
         "own ends on: the first is \"%s\", which ends at %s",
         text_harmless(rimer_dataset_name(dataset), data, sizeof data), (long long)n_behind,
         (long long)n, here,
         text_short(rimer_dataset_series(dataset, behind).id, COLUMN_WIDTH, id, sizeof id),
         there);
}
