/* What an evaluation says of quantiles and intervals. */
#ifndef APP_QUANTILEREPORT_H
#define APP_QUANTILEREPORT_H

#include "json.h"

/* Lines of text; none for points. */
void quantile_print(const rimer_quantile_metrics *metrics, FILE *stream);

/* Adds wql and crps to the objects of the two units, and "intervals" and "quantiles" to
 * `object`; nothing for points. */
void quantile_json(const rimer_quantile_metrics *metrics, json_t *standardised,
                   json_t *original, json_t *object);

#endif
