/* A pool of threads that take numbered tasks. Which thread takes which task is left to chance, so
 * results must depend on the task's index only; then the bits do not depend on the threads. */
#ifndef RM_THREADS_H
#define RM_THREADS_H

#include "base/error.h"

#include <stdint.h>

typedef struct rm_pool rm_pool;

/* `threads`, or as many as processors for 0. */
int64_t rm_pool_threads(int64_t threads);

/* `threads` workers, the caller's thread among them; 0: as many as processors. */
rimer_status rm_pool_create(int64_t threads, rm_pool **out);
void rm_pool_free(rm_pool *pool);

/* Number of workers. */
int64_t rm_pool_size(const rm_pool *pool);

/* One task: `index` in [0, n_tasks), `worker` in [0, rm_pool_size). */
typedef rimer_status (*rm_task)(void *arg, int64_t index, int64_t worker);

/* Runs all tasks and waits. Returns the failure of the lowest failed index, with its sentence;
 * tasks not yet begun when one fails are skipped. One run at a time a pool. */
rimer_status rm_pool_run(rm_pool *pool, int64_t n_tasks, rm_task task, void *arg);

#endif
