#include "base/threads.h"

#include "base/array.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

typedef struct worker {
    rm_pool *pool;
    int64_t number;
    pthread_t thread;
} worker;

struct rm_pool {
    int64_t size;
    worker *workers; /* [size - 1]; the caller is worker 0 */
    int64_t n_started;
    pthread_mutex_t lock;
    pthread_cond_t begin, end;
    /* all below under the lock */
    uint64_t round;
    int leave;
    int64_t busy;
    rm_task task;
    void *arg;
    int64_t next, n_tasks;
    int64_t failed_index; /* n_tasks if none */
    rimer_status status;
    char sentence[1024];
};

static void note_failure(rm_pool *pool, int64_t index, rimer_status status) {
    pthread_mutex_lock(&pool->lock);
    if (index < pool->failed_index) {
        pool->failed_index = index;
        pool->status = status;
        snprintf(pool->sentence, sizeof pool->sentence, "%s", rimer_last_error());
    }
    pthread_mutex_unlock(&pool->lock);
}

static int64_t take(rm_pool *pool) {
    pthread_mutex_lock(&pool->lock);
    int64_t index = pool->status == RIMER_OK ? pool->next++ : pool->n_tasks;
    pthread_mutex_unlock(&pool->lock);
    return index;
}

static void work(rm_pool *pool, int64_t number) {
    for (int64_t i = take(pool); i < pool->n_tasks; i = take(pool)) {
        rimer_status status = pool->task(pool->arg, i, number);
        if (status != RIMER_OK)
            note_failure(pool, i, status);
    }
}

static void *worker_main(void *arg) {
    worker *self = arg;
    rm_pool *pool = self->pool;
    uint64_t seen = 0;
    pthread_mutex_lock(&pool->lock);
    for (;;) {
        while (pool->round == seen && !pool->leave)
            pthread_cond_wait(&pool->begin, &pool->lock);
        if (pool->leave)
            break;
        seen = pool->round;
        pthread_mutex_unlock(&pool->lock);
        work(pool, self->number);
        pthread_mutex_lock(&pool->lock);
        if (--pool->busy == 0)
            pthread_cond_signal(&pool->end);
    }
    pthread_mutex_unlock(&pool->lock);
    return NULL;
}

int64_t rm_pool_threads(int64_t threads) {
    if (threads > 0)
        return threads;
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    return processors < 1 ? 1 : processors;
}

rimer_status rm_pool_create(int64_t threads, rm_pool **out) {
    threads = rm_pool_threads(threads);
    rm_pool *pool;
    RM_TRY(rm_array_new(&pool, 1, sizeof *pool));
    pool->size = threads;
    pthread_mutex_init(&pool->lock, NULL);
    pthread_cond_init(&pool->begin, NULL);
    pthread_cond_init(&pool->end, NULL);
    rimer_status status = rm_array_new(&pool->workers, threads - 1, sizeof *pool->workers);
    for (int64_t i = 0; status == RIMER_OK && i < threads - 1; i++) {
        worker *fresh = &pool->workers[i];
        fresh->pool = pool;
        fresh->number = i + 1;
        if (pthread_create(&fresh->thread, NULL, worker_main, fresh) != 0)
            status = rm_error_set(RIMER_FAILED, "thread %lld of %lld could not be started",
                                  (long long)i + 1, (long long)threads);
        else
            pool->n_started++;
    }
    if (status != RIMER_OK) {
        rm_pool_free(pool);
        return status;
    }
    *out = pool;
    return RIMER_OK;
}

void rm_pool_free(rm_pool *pool) {
    if (!pool)
        return;
    pthread_mutex_lock(&pool->lock);
    pool->leave = 1;
    pthread_cond_broadcast(&pool->begin);
    pthread_mutex_unlock(&pool->lock);
    for (int64_t i = 0; i < pool->n_started; i++)
        pthread_join(pool->workers[i].thread, NULL);
    pthread_cond_destroy(&pool->end);
    pthread_cond_destroy(&pool->begin);
    pthread_mutex_destroy(&pool->lock);
    free(pool->workers);
    free(pool);
}

int64_t rm_pool_size(const rm_pool *pool) {
    return pool->size;
}

rimer_status rm_pool_run(rm_pool *pool, int64_t n_tasks, rm_task task, void *arg) {
    pthread_mutex_lock(&pool->lock);
    pool->task = task;
    pool->arg = arg;
    pool->next = 0;
    pool->n_tasks = pool->failed_index = n_tasks;
    pool->status = RIMER_OK;
    pool->busy = pool->size - 1;
    pool->round++;
    pthread_cond_broadcast(&pool->begin);
    pthread_mutex_unlock(&pool->lock);
    work(pool, 0);
    pthread_mutex_lock(&pool->lock);
    while (pool->busy > 0)
        pthread_cond_wait(&pool->end, &pool->lock);
    rimer_status status = pool->status;
    pthread_mutex_unlock(&pool->lock);
    if (status != RIMER_OK)
        return rm_error_set(status, "%s", pool->sentence);
    return RIMER_OK;
}
