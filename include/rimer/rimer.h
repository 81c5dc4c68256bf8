/* Rimer: time-series forecasting with RWKV-7. Include this for everything.
 *
 * Naming: rimer_noun_verb. Handles are opaque and freed with _free, which accepts NULL. Settings
 * are plain structs filled by _init. Everything returned through a pointer belongs to the caller
 * unless the comment says "borrowed". No function prints, exits or reads the environment (but
 * RIMER_KERNELS, docs/performance.md). */
#ifndef RIMER_RIMER_H
#define RIMER_RIMER_H

#include "rimer/config.h"
#include "rimer/dataset.h"
#include "rimer/device.h"
#include "rimer/follow.h"
#include "rimer/forecast.h"
#include "rimer/levels.h"
#include "rimer/metrics.h"
#include "rimer/model.h"
#include "rimer/search.h"
#include "rimer/status.h"
#include "rimer/stream.h"
#include "rimer/text.h"
#include "rimer/train.h"
#include "rimer/writefile.h"

#ifdef __cplusplus
extern "C" {
#endif

#define RIMER_VERSION "0.1.0"

/* RIMER_VERSION of the library in use. */
RIMER_API const char *rimer_version(void);

/* One line for --version: library, BLAS, kernel table. */
RIMER_API const char *rimer_build_text(void);

#ifdef __cplusplus
}
#endif
#endif
