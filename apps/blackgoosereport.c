#include "blackgoosereport.h"

#include "terminal.h"

#include <string.h>

enum { WINDOW = 32 };

void blackgoose_complete(rimer_protocol *protocol) {
    if (!options_given(protocol, "split"))
        strcpy(protocol->split, "0.7/0.2/0.1");
    if (!protocol->context_len)
        protocol->context_len = WINDOW;
    if (!protocol->horizon)
        protocol->horizon = protocol->context_len;
}

rimer_status blackgoose_copying(score_table *table, const rimer_dataset *dataset,
                                const rimer_baseline_settings *settings,
                                const rimer_protocol *protocol) {
    score_row *row = &table->rows[table->n];
    rimer_status status = scores_add_baseline(table, "repeat", dataset, settings, protocol);
    if (status == RIMER_OK)
        strcpy(row->name, "copying");
    return status;
}

static void print_row(const char *name, const rimer_evaluation *e, FILE *stream) {
    fprintf(stream, "%-16s  %8.4f  %8.4f  %8.4g  %8.4g\n", name, e->original.r2,
            e->standardised.mse, e->original.rmse, e->original.mae);
}

void blackgoose_print(const rimer_dataset *dataset, const rimer_protocol *protocol,
                      const score_table *table, FILE *stream) {
    const rimer_evaluation *copying = &table->rows[0].evaluation;
    char name[256], windows[32];
    int64_t last = rimer_dataset_n_channels(dataset) - 1;
    long long known = (long long)copying->n_known, all = (long long)copying->horizon;
    fprintf(stream,
            "protocol    of BlackGoose's code, to compare with its tables; no test of "
            "forecasting\n"
            "rows        dealt at random into %s%s\n",
            protocol->split,
            protocol->task == RIMER_TASK_BLACKGOOSE_SORTED ? ", each part in order of time"
                                                           : ", and left in that order");
    fprintf(stream, "channel     %s, the last of %lld\n",
            text_harmless(rimer_dataset_channel_name(dataset, last), name, sizeof name),
            (long long)last + 1);
    fprintf(stream, "windows     %s of %lld steps, to be given back moved on by one\n",
            text_count(copying->n_windows, windows, sizeof windows), all);
    fprintf(stream, "in input    %lld of %lld targets, %.1f %%\n", known, all,
            100 * (double)known / (double)all);
    fprintf(stream,
            "copying     scores R2 %.4f and MSE %.4f: the inputs that are targets, the last "
            "one twice\n\n",
            copying->original.r2, copying->standardised.mse);
    fprintf(stream, "%-16s  %8s  %8s  %8s  %8s\n", "forecaster", "R2", "MSE", "RMSE", "MAE");
    for (int i = 0; i < table->n; i++)
        print_row(table->rows[i].name, &table->rows[i].evaluation, stream);
    if (table->n > 1)
        fprintf(stream, "R2, RMSE and MAE in original units. A forecaster is asked for the one "
                        "step that its\ninput does not show; the others are copied.\n");
}
