#include "scarce.h"

#include "harness.h"

#include <errno.h>
#include <jansson.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#define SLOTS (1 << 16)
#define MOST 250 /* allocations of a path that are refused, unless RIMER_FULL is set */

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int armed;         /* calls are counted */
static int64_t n_calls;   /* since then */
static int64_t refuse_at; /* 0: none */
static int refuse_rest;   /* all calls after it, too */
static void *live[SLOTS]; /* open addressing */
static int64_t n_live;
static _Thread_local int zlib_failed;

static int refused(void) {
    pthread_mutex_lock(&lock);
    int64_t n = armed ? ++n_calls : 0;
    int no = n > 0 && refuse_at > 0 && (n == refuse_at || (refuse_rest && n > refuse_at));
    pthread_mutex_unlock(&lock);
    if (no)
        errno = ENOMEM;
    return no;
}

static size_t slot_of(const void *memory) {
    size_t at = (size_t)((uintptr_t)memory >> 4) % SLOTS;
    while (live[at] && live[at] != memory)
        at = (at + 1) % SLOTS;
    return at;
}

static void *note(void *memory) {
    pthread_mutex_lock(&lock);
    if (armed && memory) {
        live[slot_of(memory)] = memory;
        n_live++;
    }
    pthread_mutex_unlock(&lock);
    return memory;
}

/* What stands behind a freed slot is put in anew, so that it can be found. */
static void forget(void *memory) {
    pthread_mutex_lock(&lock);
    size_t at = slot_of(memory);
    if (memory && live[at]) {
        live[at] = NULL;
        n_live--;
        for (at = (at + 1) % SLOTS; live[at]; at = (at + 1) % SLOTS) {
            void *moved = live[at];
            live[at] = NULL;
            live[slot_of(moved)] = moved;
        }
    }
    pthread_mutex_unlock(&lock);
}

/* ----------------------------------------------------------------- what the linker puts here */

#define WRAP(type, name, arguments) \
    type __real_##name arguments;   \
    type __wrap_##name arguments;   \
    type __wrap_##name arguments

WRAP(void *, malloc, (size_t size)) {
    return refused() ? NULL : note(__real_malloc(size));
}

WRAP(void *, calloc, (size_t count, size_t size)) {
    return refused() ? NULL : note(__real_calloc(count, size));
}

WRAP(void *, realloc, (void *memory, size_t size)) {
    if (refused())
        return NULL;
    forget(memory);
    return note(__real_realloc(memory, size));
}

WRAP(int, posix_memalign, (void **memory, size_t align, size_t size)) {
    if (refused())
        return ENOMEM;
    int code = __real_posix_memalign(memory, align, size);
    if (code == 0)
        note(*memory);
    return code;
}

WRAP(void, free, (void *memory)) {
    forget(memory);
    __real_free(memory);
}

WRAP(FILE *, fopen, (const char *path, const char *mode)) {
    return refused() ? NULL : __real_fopen(path, mode);
}

WRAP(FILE *, fdopen, (int fd, const char *mode)) {
    return refused() ? NULL : __real_fdopen(fd, mode);
}

WRAP(FILE *, open_memstream, (char **text, size_t *size)) {
    return refused() ? NULL : __real_open_memstream(text, size);
}

WRAP(char *, realpath, (const char *path, char *resolved)) {
    return refused() ? NULL : __real_realpath(path, resolved);
}

WRAP(gzFile, gzdopen, (int fd, const char *mode)) {
    return refused() ? NULL : __real_gzdopen(fd, mode);
}

WRAP(int, gzread, (gzFile file, void *buffer, unsigned size)) {
    zlib_failed = refused();
    return zlib_failed ? -1 : __real_gzread(file, buffer, size);
}

WRAP(const char *, gzerror, (gzFile file, int *code)) {
    const char *text = __real_gzerror(file, code);
    if (zlib_failed)
        *code = Z_MEM_ERROR;
    return text;
}

WRAP(int, pthread_create,
     (pthread_t * thread, const pthread_attr_t *attributes, void *(*begin)(void *),
      void *arg)) {
    return refused() ? EAGAIN : __real_pthread_create(thread, attributes, begin, arg);
}

/* --------------------------------------------------------------------------------- trying */

uint64_t rm_scarce_hash(uint64_t hash, const void *bytes, size_t size) {
    const unsigned char *c = bytes;
    for (size_t i = 0; i < size; i++)
        hash = (hash ^ c[i]) * UINT64_C(0x100000001b3);
    return hash;
}

static char broken[256]; /* the first claim that did not hold */

void rm_scarce_claim(int holds, const char *file, int line, const char *claim) {
    if (!holds && !*broken)
        snprintf(broken, sizeof broken, "%s:%d: does not hold: %s", file, line, claim);
}

/* One run; 0 refuses nothing. */
static rimer_status run_once(rm_scarce_path path, void *arg, int64_t at, int rest,
                             uint64_t *result) {
    n_calls = 0;
    n_live = 0;
    memset(live, 0, sizeof live);
    refuse_at = at;
    refuse_rest = rest;
    armed = 1;
    rimer_status status = path(arg, result);
    armed = 0;
    ck_assert_msg(!*broken, "%s (allocation %lld)", broken, (long long)at);
    return status;
}

static int speaks_of_memory(rimer_status status) {
    const char *sentence = rimer_last_error();
    switch (status) {
    case RIMER_NO_MEMORY:
        return strstr(sentence, "memory") != NULL;
    case RIMER_IO:
        return strstr(sentence, "allocate memory") != NULL;
    case RIMER_FAILED:
        return strstr(sentence, "thread") != NULL;
    default:
        return 0;
    }
}

int64_t rm_scarce_try(const char *name, rm_scarce_path path, void *arg,
                      void (*after)(void *arg, rimer_status status)) {
    uint64_t wanted = 0;
    json_set_alloc_funcs(__wrap_malloc, __wrap_free);
    for (int warm = 0; warm < 2; warm++) { /* what is kept for good is taken by the first */
        rimer_status status = run_once(path, arg, 0, 0, &wanted);
        ck_assert_msg(status == RIMER_OK, "%s: %s", name, rimer_last_error());
        if (after)
            after(arg, status);
    }
    int64_t n = n_calls;
    ck_assert_msg(n > 0 && n_live == 0, "%s: %lld allocations, %lld left", name, (long long)n,
                  (long long)n_live);
    int64_t stride = getenv("RIMER_FULL") ? 1 : 1 + n / MOST;
    for (int64_t at = 1; at <= n; at += stride)
        for (int rest = 0; rest < 2; rest++) {
            uint64_t result = 0;
            rimer_status status = run_once(path, arg, at, rest, &result);
            ck_assert_msg(status == RIMER_OK ? result == wanted : speaks_of_memory(status),
                          "%s: allocation %lld%s refused: status %d, \"%s\"", name,
                          (long long)at, rest ? " and all after it" : "", status,
                          rimer_last_error());
            ck_assert_msg(n_live == 0, "%s: allocation %lld%s refused: %lld left", name,
                          (long long)at, rest ? " and all after it" : "", (long long)n_live);
            if (after)
                after(arg, status);
        }
    printf("%s: %lld allocations\n", name, (long long)n);
    return n;
}
