/* The protocol of BlackGoose's reference code, to compare with its tables; no test of forecasting
 * (docs/evaluation.md). */
#ifndef RM_BLACKGOOSE_H
#define RM_BLACKGOOSE_H

#include "rimer/metrics.h"

/* The last channel with its steps dealt at random, the same way each time; `sorted`: then put back
 * into order inside each part of `split`. RIMER_USAGE: several series; split text. */
rimer_status rm_blackgoose_deal(const rimer_dataset *dataset, const char *split, int sorted,
                                rimer_dataset **out);

/* Forecasts a context shifted by one as anybody would: what the context shows is copied, and
 * `known` is asked for the one step that it does not. Borrows `known`. */
rimer_forecaster rm_blackgoose_copying(const rimer_forecaster *known);

#endif
