#define _GNU_SOURCE /* dladdr */
#include "kernels/device_kernels.h"

#include "kernels/cuda_library.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CPU, CUDA, AUTO, N_KINDS };

/* A name's kind, and the number behind it, -1 for none. N_KINDS: it is no name. */
static int parse(const char *wanted, int64_t *index) {
    static const char *const names[] = {"cpu", "cuda", "auto"};
    *index = -1;
    for (int kind = 0; kind < N_KINDS; kind++)
        if (strcmp(wanted, names[kind]) == 0)
            return kind;
    if (strncmp(wanted, "cuda:", 5) != 0 || wanted[5] < '0' || wanted[5] > '9')
        return N_KINDS;
    char *end;
    long number = strtol(wanted + 5, &end, 10);
    *index = number;
    return *end || number > 1023 ? N_KINDS : CUDA;
}

static rimer_status parse_known(const char *wanted, int *kind, int64_t *index) {
    *kind = parse(wanted, index);
    if (*kind == N_KINDS)
        RM_FAIL(USAGE, "device \"%s\": it must be cpu, cuda, cuda:N or auto", wanted);
    return RIMER_OK;
}

/* Beside the file that this code is in, or in the lib beside its folder. */
static void *open_beside(const char *folder) {
    Dl_info here;
    static const char anchor;
    char path[4096];
    if (!dladdr(&anchor, &here) || !here.dli_fname)
        return NULL;
    const char *slash = strrchr(here.dli_fname, '/');
    int length = slash ? (int)(slash - here.dli_fname) : 0;
    int written = snprintf(path, sizeof path, "%.*s%s%s", length, here.dli_fname,
                           slash ? folder : folder + 1, RM_CUDA_LIBRARY);
    return written < (int)sizeof path ? dlopen(path, RTLD_NOW | RTLD_LOCAL) : NULL;
}

/* Never closed: a GPU's state belongs to the process. Opening it again costs a look at what is
 * loaded. `why`: of a file that is there dlopen says what it lacks. */
static void *open_library(char *why, size_t size) {
    static const char *const folders[] = {"", "/", "/../lib/"};
    void *library = NULL;
    snprintf(why, size,
             "it is neither beside this program or library nor where the loader looks");
    for (size_t i = 0; !library && i < sizeof folders / sizeof *folders; i++) {
        library = i ? open_beside(folders[i]) : dlopen(RM_CUDA_LIBRARY, RTLD_NOW | RTLD_LOCAL);
        const char *said = library ? NULL : dlerror();
        if (said && !strstr(said, RM_CUDA_LIBRARY ": cannot open"))
            snprintf(why, size, "%s", said);
    }
    return library;
}

static const char *const build[] = RM_CUDA_BUILD;

static rimer_status open_cuda(int64_t index, const rm_cuda **out) {
    char why[512];
    void *library = open_library(why, sizeof why);
    if (!library)
        RM_FAIL(FAILED,
                "device cuda needs %s, which cannot be used: %s (`make CUDA=1` builds it); "
                "device cpu needs nothing",
                RM_CUDA_LIBRARY, why);
    rm_cuda_open_function *open;
    void *symbol = dlsym(library, RM_CUDA_OPEN);
    if (!symbol)
        RM_FAIL(FAILED, "device cuda: %s does not have %s; device cpu needs nothing",
                RM_CUDA_LIBRARY, RM_CUDA_OPEN);
    memcpy(&open, &symbol, sizeof open);
    const char *problem = open(build, index, out);
    if (problem)
        RM_FAIL(FAILED, "device cuda: %s; device cpu needs nothing", problem);
    return RIMER_OK;
}

rimer_status rm_device_find(const char *wanted, char name[RM_DEVICE_SIZE], char *refused,
                            size_t refused_size) {
    int kind;
    int64_t index;
    const rm_cuda *cuda;
    if (refused)
        *refused = '\0';
    RM_TRY(parse_known(wanted, &kind, &index));
    snprintf(name, RM_DEVICE_SIZE, "cpu");
    if (kind == CPU)
        return RIMER_OK;
    rimer_status status = open_cuda(index, &cuda);
    if (status == RIMER_OK)
        snprintf(name, RM_DEVICE_SIZE, "cuda:%lld", index < 0 ? 0LL : (long long)index);
    else if (kind == AUTO) {
        if (refused)
            snprintf(refused, refused_size, "%s", rimer_last_error());
        status = RIMER_OK;
    }
    return status;
}

/* *cuda is NULL for the processor. */
static rimer_status open_device(const char *wanted, const rm_cuda **cuda) {
    int kind;
    int64_t index;
    *cuda = NULL;
    RM_TRY(parse_known(wanted, &kind, &index));
    if (kind == CPU)
        return RIMER_OK;
    rimer_status status = open_cuda(index, cuda);
    return kind == AUTO ? RIMER_OK : status;
}

rimer_status rm_device_open(const char *wanted, const rm_kernels **out) {
    const rm_cuda *cuda;
    RM_TRY(open_device(wanted, &cuda));
    if (!cuda)
        return rm_kernels_choose(out);
    *out = &cuda->kernels[RM_FLOAT32];
    return RIMER_OK;
}

rimer_status rm_device_text(const char *wanted, char *text, size_t size) {
    const rm_cuda *cuda;
    const rm_kernels *table;
    RM_TRY(open_device(wanted, &cuda));
    if (cuda) {
        snprintf(text, size, "%s", cuda->text);
        return RIMER_OK;
    }
    RM_TRY(rm_kernels_choose(&table));
    snprintf(text, size, "kernel table %s", table->name);
    return RIMER_OK;
}

rimer_status rm_device_time(const char *wanted, void (*work)(void *arg), void *arg,
                            double *seconds) {
    const rm_cuda *cuda;
    RM_TRY(open_device(wanted, &cuda));
    if (!cuda)
        RM_FAIL(USAGE, "device %s has no events to time by", wanted);
    const char *problem = cuda->time(work, arg, seconds);
    if (problem)
        RM_FAIL(FAILED, "%s", problem);
    return RIMER_OK;
}

rimer_status rm_device_plain(rm_kernels *out, const char *wanted) {
    const rm_cuda *cuda;
    RM_TRY(open_device(wanted, &cuda));
    if (!cuda)
        RM_FAIL(USAGE, "device %s has no recurrence to compare with", wanted);
    *out = cuda->plain;
    return RIMER_OK;
}

/* Of the processor. */
static rimer_status choose_precise(rm_kernels *out, int precision) {
    const rm_kernels *table;
    RM_TRY(rm_kernels_choose(&table));
    if (precision != RM_FLOAT32)
        return rm_kernels_round(out, table, precision);
    *out = *table;
    return RIMER_OK;
}

rimer_status rm_device_precise(rm_kernels *out, const char *wanted, int precision) {
    const rm_cuda *cuda;
    RM_TRY(open_device(wanted, &cuda));
    if (!cuda)
        return choose_precise(out, precision);
    *out = cuda->kernels[precision];
    return RIMER_OK;
}
