#include "cublas_v2.h"

#include <map>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#include <ucontext.h>
#include <vector>

dim3 threadIdx, blockIdx, blockDim, gridDim;

static void broken(const char *what) {
    fprintf(stderr, "cuda shim: %s\n", what);
    abort();
}

/* ------------------------------------------------------------------------------- fibers */

static const unsigned MOST_THREADS = 256, WARP = 32;
static const size_t STACK = 128 * 1024;
enum place { READY, AT_BLOCK, AT_WARP, DONE };

struct fiber {
    jmp_buf at;
    place where;
    bool started;
    unsigned parity; /* of its next exchange */
    dim3 index;
};

static fiber fibers[MOST_THREADS];
static unsigned running;
static jmp_buf scheduler;
static const std::function<void()> *body;
static unsigned char exchanged[MOST_THREADS / WARP][2][WARP][8];
static bool reversed; /* threads and blocks take turns from the last to the first */

/* A fiber outlives its thread of a block and becomes the same one of the next. */
static void fiber_main() {
    for (;;) {
        (*body)();
        fiber *self = &fibers[running];
        self->where = DONE;
        if (_setjmp(self->at) == 0)
            _longjmp(scheduler, 1);
    }
}

static void start_fiber(fiber *self) {
    static ucontext_t back, context;
    void *stack = mmap(NULL, STACK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (stack == MAP_FAILED)
        broken("no stack for a fiber");
    getcontext(&context);
    context.uc_stack.ss_sp = stack;
    context.uc_stack.ss_size = STACK;
    context.uc_link = NULL;
    makecontext(&context, fiber_main, 0);
    self->started = true;
    swapcontext(&back, &context);
}

static void resume(unsigned i) {
    fiber *self = &fibers[i];
    running = i;
    threadIdx = self->index;
    if (_setjmp(scheduler) != 0)
        return;
    if (!self->started)
        start_fiber(self);
    _longjmp(self->at, 1);
}

static void wait_as(place where) {
    fiber *self = &fibers[running];
    self->where = where;
    if (_setjmp(self->at) == 0)
        _longjmp(scheduler, 1);
}

void __syncthreads() {
    wait_as(AT_BLOCK);
}

unsigned rm_shim_lane() {
    return running % WARP;
}

void rm_shim_exchange(void *value, size_t size, unsigned from) {
    unsigned parity = fibers[running].parity ^= 1, lane = running % WARP;
    unsigned char(*slots)[8] = exchanged[running / WARP][parity];
    if (size > sizeof slots[0] || from >= WARP)
        broken("a shuffle of something else");
    memcpy(slots[lane], value, size);
    wait_as(AT_WARP);
    memcpy(value, slots[from], size);
}

static unsigned turn(unsigned i, unsigned n) {
    return reversed ? n - 1 - i : i;
}

/* Until all of its threads are done or wait for the others of the block. */
static void run_warp(unsigned first, unsigned n) {
    for (;;) {
        unsigned waiting = 0, count = n - first < WARP ? n - first : WARP;
        for (unsigned i = 0; i < count; i++) {
            unsigned at = first + turn(i, count);
            if (fibers[at].where == READY)
                resume(at);
            waiting += fibers[at].where == AT_WARP;
        }
        if (waiting == 0)
            return;
        if (waiting != count || count != WARP)
            broken("a shuffle that not all lanes of the warp came to");
        for (unsigned i = 0; i < count; i++)
            fibers[first + i].where = READY;
    }
}

static void run_block(unsigned n) {
    for (unsigned i = 0; i < n; i++) {
        fibers[i].where = READY;
        fibers[i].parity = 0;
        fibers[i].index =
            dim3(i % blockDim.x, i / blockDim.x % blockDim.y, i / blockDim.x / blockDim.y);
    }
    for (;;) {
        unsigned waiting = 0, warps = (n + WARP - 1) / WARP;
        for (unsigned w = 0; w < warps; w++)
            run_warp(turn(w, warps) * WARP, n);
        for (unsigned i = 0; i < n; i++)
            waiting += fibers[i].where == AT_BLOCK;
        if (waiting == 0)
            return;
        if (waiting != n)
            broken("a barrier that not all threads of the block came to");
        for (unsigned i = 0; i < n; i++)
            fibers[i].where = READY;
    }
}

static void *shared_memory;

void *rm_shim_shared() {
    return shared_memory;
}

/* RIMER_CUDA_SHIM_FAIL names a call that fails. */
static cudaError_t result_of(const char *call) {
    const char *failing = getenv("RIMER_CUDA_SHIM_FAIL");
    return failing && strcmp(failing, call) == 0 ? cudaErrorLaunchFailure : cudaSuccess;
}

/* ------------------------------------------------------------------------------- graphs */

typedef std::function<void()> work;
struct shim_graph {
    std::vector<work> list;
};

static shim_graph *captured; /* NULL: work is done at once */
static bool capture_is_broken;
static int graphs, replays;

static void enqueue(const work &what) {
    if (captured)
        captured->list.push_back(what);
    else
        what();
}

static bool breaks_capture() {
    capture_is_broken |= captured != NULL;
    return captured != NULL;
}

/* ------------------------------------------------------------------------------- memory */

static const size_t SPACE = (size_t)1 << 30, FENCE = 256;
static const size_t PAGE = (size_t)2 << 20; /* huge: to open and close few is quick */

static unsigned char *space;
static size_t reached;                  /* of it, ever used */
static std::map<size_t, size_t> blocks; /* offset, bytes; fences beside */

static void open_memory(bool yes) {
    if (reached && mprotect(space, reached, yes ? PROT_READ | PROT_WRITE : PROT_NONE) != 0)
        broken("mprotect failed");
}

/* While one lives device memory can be touched. */
struct access {
    access() {
        open_memory(true);
    }
    ~access() {
        open_memory(false);
    }
};

/* Where `bytes` and their fences fit. */
static size_t find_place(size_t bytes) {
    size_t at = FENCE;
    for (const auto &block : blocks) {
        if (at + bytes + FENCE <= block.first - FENCE)
            return at;
        at = (block.first + block.second + 2 * FENCE + FENCE - 1) / FENCE * FENCE;
    }
    return at;
}

cudaError_t cudaMalloc(void **base, size_t bytes) {
    if (breaks_capture())
        return cudaErrorStreamCaptureUnsupported;
    if (!space) {
        void *mapped = mmap(NULL, SPACE + PAGE, PROT_NONE,
                            MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (mapped == MAP_FAILED)
            broken("no address space");
        space = (unsigned char *)(((uintptr_t)mapped + PAGE - 1) / PAGE * PAGE);
        (void)madvise(space, SPACE, MADV_HUGEPAGE);
    }
    size_t at = find_place(bytes);
    if (bytes > SPACE || at + bytes + FENCE > SPACE)
        return cudaErrorMemoryAllocation;
    size_t end = (at + bytes + FENCE + PAGE - 1) / PAGE * PAGE;
    reached = end > reached ? end : reached;
    access now;
    memset(space + at, 0xff, bytes);
    memset(space + at - FENCE, 0xa5, FENCE);
    memset(space + at + bytes, 0xa5, FENCE);
    blocks[at] = bytes;
    *base = space + at;
    return cudaSuccess;
}

static void check_fence(size_t from) {
    for (size_t i = 0; i < FENCE; i++)
        if (space[from + i] != 0xa5)
            broken("a kernel wrote beside what was allocated");
}

cudaError_t cudaFree(void *base) {
    if (breaks_capture())
        return cudaErrorStreamCaptureUnsupported;
    if (!base)
        return cudaSuccess;
    auto block = blocks.find((size_t)((unsigned char *)base - space));
    if (block == blocks.end())
        broken("cudaFree of what was not allocated");
    access now;
    check_fence(block->first - FENCE);
    check_fence(block->first + block->second);
    memset(base, 0xff, block->second);
    blocks.erase(block);
    return cudaSuccess;
}

cudaError_t cudaMemGetInfo(size_t *free, size_t *total) {
    *free = *total = SPACE;
    for (const auto &block : blocks)
        *free -= block.second;
    return cudaSuccess;
}

/* ---------------------------------------------------------------------------------- runtime */

static void run_grid(dim3 grid, dim3 block, size_t shared, const work &kernel) {
    unsigned n = block.x * block.y * block.z, all = grid.x * grid.y * grid.z;
    access now;
    shared_memory = malloc(shared + 1);
    memset(shared_memory, 0xff, shared);
    gridDim = grid;
    blockDim = block;
    body = &kernel;
    for (unsigned i = 0; i < all; i++) {
        unsigned at = turn(i, all);
        blockIdx = dim3(at % grid.x, at / grid.x % grid.y, at / grid.x / grid.y);
        run_block(n);
    }
    free(shared_memory);
}

void rm_shim_launch(dim3 grid, dim3 block, size_t shared, const work &kernel) {
    unsigned n = block.x * block.y * block.z;
    if (n < 1 || n > MOST_THREADS || grid.x * grid.y * grid.z < 1)
        broken("a launch of no or too many threads");
    enqueue([=] { run_grid(grid, block, shared, kernel); });
}

/* For tests: how often a graph was launched, and how many there are. */
extern "C" __attribute__((visibility("default"))) int rm_shim_replays() {
    return replays;
}

extern "C" __attribute__((visibility("default"))) int rm_shim_graphs() {
    return graphs;
}

cudaError_t cudaStreamBeginCapture(cudaStream_t, cudaStreamCaptureMode) {
    if (captured)
        broken("a capture in a capture");
    if (result_of("cudaStreamBeginCapture"))
        return cudaErrorLaunchFailure;
    captured = new shim_graph;
    capture_is_broken = false;
    graphs++;
    return cudaSuccess;
}

cudaError_t cudaStreamEndCapture(cudaStream_t, cudaGraph_t *graph) {
    if (!captured)
        broken("the end of no capture");
    *graph = captured;
    captured = NULL;
    if (!capture_is_broken && !result_of("cudaStreamEndCapture"))
        return cudaSuccess;
    cudaGraphDestroy(*graph);
    *graph = NULL;
    return cudaErrorStreamCaptureInvalidated;
}

cudaError_t cudaGraphInstantiateWithFlags(cudaGraphExec_t *out, cudaGraph_t graph,
                                          unsigned long long) {
    if (result_of("cudaGraphInstantiate"))
        return cudaErrorLaunchFailure;
    *out = new shim_graph(*graph);
    graphs++;
    return cudaSuccess;
}

cudaError_t cudaGraphLaunch(cudaGraphExec_t graph, cudaStream_t) {
    if (captured)
        broken("a graph in a capture");
    for (const work &what : graph->list)
        what();
    replays++;
    return result_of("cudaGraphLaunch");
}

cudaError_t cudaGraphDestroy(cudaGraph_t graph) {
    delete graph;
    graphs--;
    return cudaSuccess;
}

cudaError_t cudaGraphExecDestroy(cudaGraphExec_t graph) {
    return cudaGraphDestroy(graph);
}

/* What a kernel writes must not depend on the order of its threads. For tests, which look it up. */
extern "C" __attribute__((visibility("default"))) void rm_shim_reverse(int yes) {
    reversed = yes;
}

const char *cudaGetErrorName(cudaError_t error) {
    return error == cudaErrorMemoryAllocation ? "cudaErrorMemoryAllocation"
           : error == cudaErrorNoDevice       ? "cudaErrorNoDevice"
                                              : "cudaErrorLaunchFailure";
}

const char *cudaGetErrorString(cudaError_t error) {
    return error == cudaErrorMemoryAllocation ? "out of memory"
           : error == cudaErrorNoDevice       ? "no CUDA-capable device is detected"
                                              : "unspecified launch failure";
}

cudaError_t cudaGetLastError() {
    return cudaSuccess;
}

cudaError_t cudaGetDeviceCount(int *count) {
    *count = 1;
    return result_of("cudaGetDeviceCount") ? cudaErrorNoDevice : cudaSuccess;
}

cudaError_t cudaSetDevice(int) {
    return result_of("cudaSetDevice");
}

cudaError_t cudaGetDeviceProperties(cudaDeviceProp *about, int) {
    snprintf(about->name, sizeof about->name, "a processor in the place of a GPU");
    about->totalGlobalMem = SPACE;
    about->multiProcessorCount = 2;
    about->major = about->minor = 0;
    return cudaSuccess;
}

cudaError_t cudaStreamCreateWithFlags(cudaStream_t *stream, unsigned) {
    *stream = NULL;
    return cudaSuccess;
}

cudaError_t cudaStreamSynchronize(cudaStream_t) {
    if (breaks_capture())
        return cudaErrorStreamCaptureUnsupported;
    return result_of("cudaStreamSynchronize");
}

cudaError_t cudaEventCreate(cudaEvent_t *event) {
    *event = new double;
    return cudaSuccess;
}

cudaError_t cudaEventDestroy(cudaEvent_t event) {
    delete event;
    return cudaSuccess;
}

cudaError_t cudaEventRecord(cudaEvent_t event, cudaStream_t) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    *event = 1e3 * (double)now.tv_sec + 1e-6 * (double)now.tv_nsec;
    return cudaSuccess;
}

cudaError_t cudaEventSynchronize(cudaEvent_t) {
    return result_of("cudaEventSynchronize");
}

cudaError_t cudaEventElapsedTime(float *milliseconds, cudaEvent_t begin, cudaEvent_t end) {
    *milliseconds = (float)(*end - *begin);
    return cudaSuccess;
}

cudaError_t cudaMemsetAsync(void *to, int value, size_t bytes, cudaStream_t) {
    enqueue([=] {
        access now;
        memset(to, value, bytes);
    });
    return cudaSuccess;
}

static bool is_device(const void *at) {
    return space && (const unsigned char *)at >= space &&
           (const unsigned char *)at < space + SPACE;
}

cudaError_t cudaMemcpyAsync(void *to, const void *from, size_t bytes, cudaMemcpyKind kind,
                            cudaStream_t) {
    if (bytes && (is_device(to) != (kind == cudaMemcpyHostToDevice) ||
                  is_device(from) != (kind == cudaMemcpyDeviceToHost)))
        broken("a copy the wrong way");
    enqueue([=] {
        access now;
        memcpy(to, from, bytes);
    });
    return result_of("cudaMemcpy");
}

cudaError_t cudaMemcpy(void *to, const void *from, size_t bytes, cudaMemcpyKind kind) {
    return breaks_capture() ? cudaErrorStreamCaptureUnsupported
                            : cudaMemcpyAsync(to, from, bytes, kind, NULL);
}

/* --------------------------------------------------------------------------------- products */

const char *cublasGetStatusString(cublasStatus_t) {
    return "CUBLAS_STATUS_EXECUTION_FAILED";
}

cublasStatus_t cublasCreate(cublasHandle_t *handle) {
    *handle = NULL;
    return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t cublasSetStream(cublasHandle_t, cudaStream_t) {
    return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t cublasSetWorkspace(cublasHandle_t, void *, size_t) {
    return CUBLAS_STATUS_SUCCESS;
}

/* Without its last bits, to the nearest. */
static float rounded(float x, int bits) {
    uint32_t word, last = (uint32_t)1 << bits;
    memcpy(&word, &x, sizeof word);
    word = bits ? (word + (last / 2 - 1) + (word >> bits & 1)) & ~(last - 1) : word;
    memcpy(&x, &word, sizeof word);
    return x;
}

cublasStatus_t cublasGemmEx(cublasHandle_t, cublasOperation_t ta, cublasOperation_t tb, int m,
                            int n, int k, const void *alpha, const void *a_at, cudaDataType,
                            int lda, const void *b_at, cudaDataType, int ldb, const void *beta,
                            void *c_at, cudaDataType, int ldc, cublasComputeType_t type,
                            cublasGemmAlgo_t) {
    const float *a = (const float *)a_at, *b = (const float *)b_at;
    float *c = (float *)c_at, scale = *(const float *)alpha, keep = *(const float *)beta;
    int bits = type == CUBLAS_COMPUTE_32F_FAST_16BF   ? 16
               : type == CUBLAS_COMPUTE_32F_FAST_TF32 ? 13
                                                      : 0;
    if (result_of("cublasGemmEx"))
        return CUBLAS_STATUS_EXECUTION_FAILED;
    enqueue([=] {
        access now;
        for (int j = 0; j < n; j++)
            for (int i = 0; i < m; i++) {
                float sum = 0;
                for (int l = 0; l < k; l++) {
                    float x = a[ta == CUBLAS_OP_T ? l + (size_t)i * lda : i + (size_t)l * lda];
                    float y = b[tb == CUBLAS_OP_T ? j + (size_t)l * ldb : l + (size_t)j * ldb];
                    sum += rounded(x, bits) * rounded(y, bits);
                }
                float *to = &c[i + (size_t)j * ldc];
                *to = scale * sum +
                      (keep != 0 ? keep * *to : 0); /* as the BLAS: NaN is not kept */
            }
    });
    return CUBLAS_STATUS_SUCCESS;
}
