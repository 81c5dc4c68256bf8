/* Rimer: time-series forecasting with RWKV-7. Include this for everything.
 *
 * Naming: rimer_noun_verb. Handles are opaque and freed with _free, which accepts NULL. Settings
 * are plain structs filled by _init. Everything returned through a pointer belongs to the caller
 * unless the comment says "borrowed"; texts are freed with free(), of the C library; what borrows a
 * handle is freed before it. Functions without a status check neither handles nor indices, which
 * count from 0. No function exits, prints (but to standard output where "-" or rimer_follow asks for
 * it) or reads the environment (but RIMER_KERNELS, docs/performance.md).
 *
 * Threads: datasets, models, forecasters and forecasts are only read once they are made, so any
 * number of threads may use one at the same time; sessions and streams belong to one thread at a
 * time, whichever, but several may share a model. Functions that change or free what another thread
 * uses are the caller's to keep apart. Any function may run in several threads at once, training
 * too; those that take `threads` work on that many, the caller's among them, and end the others
 * before they return.
 *
 * The process: no signal handler, locale or limit of it is changed. OpenBLAS, which a process has
 * once, is set to one thread when the first session, training or fit begins, and stays so for all
 * who use it. HDF5 files are read and written by a child process (fork; `guard` of the read
 * options). Where a pipe is read, a signal whose handler is set without SA_RESTART ends that as
 * RIMER_IO; files do not mind.
 *
 * Callbacks come in the thread that called, while the function waits. They return: an exception or
 * a longjmp through the library leaks what it holds.
 *
 * Other languages: enumerators count on in the order in which they stand here, from 0 where no
 * number does. A setting's struct needs no declaration: rimer_fields_size has its bytes,
 * rimer_fields_init, rimer_fields_set and rimer_field_text work on it by name. A struct that has no
 * _init is filled with zeros before its members are set. */
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

/* One line for --version: library, BLAS, kernel table. Of the calling thread, as rimer_last_error. */
RIMER_API const char *rimer_build_text(void);

#ifdef __cplusplus
}
#endif
#endif
