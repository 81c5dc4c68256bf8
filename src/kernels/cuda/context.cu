#include "kernels/cuda/launch.cuh"

#include <mutex>
#include <stdio.h>
#include <string.h>

#define BLAS_ROOM (32u << 20) /* bytes: its own choice could differ from call to call */
#define MIB (1024.0 * 1024.0)

static std::recursive_mutex lock;

/* All below is guarded by the lock, but for `opened` once it is filled. */
static bool is_open;
static int64_t open_index;
static rm_cuda opened;
static cudaStream_t stream;
static cublasHandle_t blas;
static void *blas_room;
static void *room;
static size_t room_size;
static int64_t room_age;
static bool recording;
static int processors;
static char first_failure[512];

static thread_local char said[640];

rm_cuda_turn::rm_cuda_turn() {
    lock.lock();
    if (is_open)
        rm_cuda_note("cudaSetDevice", cudaSetDevice((int)open_index));
}

rm_cuda_turn::~rm_cuda_turn() {
    lock.unlock();
}

cudaStream_t rm_cuda_stream() {
    return stream;
}

cublasHandle_t rm_cuda_blas() {
    return blas;
}

int rm_cuda_processors() {
    return processors;
}

void rm_cuda_note(const char *call, cudaError_t error) {
    if (error != cudaSuccess && !*first_failure)
        snprintf(first_failure, sizeof first_failure, "%s: %s (%s)", call,
                 cudaGetErrorName(error), cudaGetErrorString(error));
}

void rm_cuda_note_blas(const char *call, cublasStatus_t status) {
    if (status != CUBLAS_STATUS_SUCCESS && !*first_failure)
        snprintf(first_failure, sizeof first_failure, "%s: %s", call,
                 cublasGetStatusString(status));
}

static const char *say_failure() {
    if (!*first_failure)
        return NULL;
    snprintf(said, sizeof said, "cuda:%lld: %s", (long long)open_index, first_failure);
    return said;
}

/* ---------------------------------------------------------------------------- recording */

bool rm_cuda_failed() {
    return *first_failure != '\0';
}

void rm_cuda_begin_recording() {
    recording = true;
}

bool rm_cuda_end_recording() {
    bool fine = !rm_cuda_failed();
    recording = false;
    *first_failure = '\0';
    return fine;
}

/* What a graph cannot do, or would do each time with what is there now. */
static bool is_refused(const char *call) {
    if (recording)
        rm_cuda_note(call, cudaErrorStreamCaptureUnsupported);
    return recording;
}

/* ------------------------------------------------------------------------------- memory */

static const char *say_no_memory(size_t bytes) {
    size_t free = 0, total = 0;
    (void)cudaMemGetInfo(&free, &total);
    (void)cudaGetLastError(); /* it is said here, and nothing is broken */
    snprintf(said, sizeof said,
             "out of memory on cuda:%lld: cudaMalloc of %.1f MiB failed, %.1f of %.1f MiB are "
             "free; a smaller batch or model takes less",
             (long long)open_index, (double)bytes / MIB, (double)free / MIB,
             (double)total / MIB);
    return said;
}

static const char *reserve(void **base, size_t bytes) {
    rm_cuda_turn turn;
    void *block = NULL;
    if (is_refused("cudaMalloc"))
        return say_failure();
    cudaError_t error = cudaMalloc(&block, bytes);
    if (error == cudaErrorMemoryAllocation)
        return say_no_memory(bytes);
    rm_cuda_note("cudaMalloc", error);
    if (error == cudaSuccess)
        rm_cuda_note("cudaMemsetAsync", cudaMemsetAsync(block, 0, bytes, stream));
    const char *failure = say_failure();
    if (failure) {
        (void)cudaFree(block);
        return failure;
    }
    *base = block;
    return NULL;
}

static void release(void *base) {
    rm_cuda_turn turn;
    rm_cuda_note("cudaFree", cudaFree(base));
}

static void upload(void *to, const void *from, size_t bytes) {
    rm_cuda_turn turn;
    if (is_refused("cudaMemcpyAsync"))
        return;
    rm_cuda_note("cudaMemcpyAsync to the device",
                 cudaMemcpyAsync(to, from, bytes, cudaMemcpyHostToDevice, stream));
}

static const char *download(void *to, const void *from, size_t bytes) {
    rm_cuda_turn turn;
    if (!is_refused("cudaMemcpy") && !*first_failure) {
        rm_cuda_note("cudaStreamSynchronize", cudaStreamSynchronize(stream));
        rm_cuda_note("cudaMemcpy from the device",
                     cudaMemcpy(to, from, bytes, cudaMemcpyDeviceToHost));
    }
    return say_failure();
}

static const rm_memory memory = {reserve,  release,        upload,
                                 download, rm_cuda_repeat, rm_cuda_forget};

void *rm_cuda_workspace(size_t bytes) {
    if (bytes <= room_size)
        return room;
    if (is_refused("cudaMalloc of a workspace"))
        return NULL;
    room_age++;
    rm_cuda_note("cudaStreamSynchronize", cudaStreamSynchronize(stream));
    rm_cuda_note("cudaFree", cudaFree(room));
    room = NULL;
    room_size = 0;
    cudaError_t error = cudaMalloc(&room, bytes);
    rm_cuda_note("cudaMalloc of a workspace", error);
    if (error == cudaSuccess)
        room_size = bytes;
    return room;
}

int64_t rm_cuda_workspace_age() {
    return room_age;
}

/* --------------------------------------------------------------------------------- open */

static const char *check_build(const char *const *build) {
    static const char *const ours[] = RM_CUDA_BUILD;
    size_t i = 0;
    while (ours[i] && build[i] && strcmp(ours[i], build[i]) == 0)
        i++;
    return ours[i] || build[i] ? RM_CUDA_LIBRARY " is of another build of Rimer" : NULL;
}

static const char *check_index(int64_t index) {
    int count = 0;
    cudaError_t error = cudaGetDeviceCount(&count);
    if (error != cudaSuccess) {
        snprintf(said, sizeof said,
                 "cudaGetDeviceCount: %s (%s); nvidia-smi shows whether there are a GPU and a "
                 "driver",
                 cudaGetErrorName(error), cudaGetErrorString(error));
        return said;
    }
    if (index >= count) {
        snprintf(said, sizeof said, "there is no GPU %lld: this machine shows %d, from 0",
                 (long long)index, count);
        return said;
    }
    return NULL;
}

static void fill_text() {
    cudaDeviceProp about;
    cudaError_t error = cudaGetDeviceProperties(&about, (int)open_index);
    rm_cuda_note("cudaGetDeviceProperties", error);
    if (error != cudaSuccess)
        return;
    processors = about.multiProcessorCount;
    snprintf(opened.text, sizeof opened.text, "%.100s, %.1f GiB, compute %d.%d", about.name,
             (double)about.totalGlobalMem / (1024 * MIB), about.major, about.minor);
}

#define RM_CUDA_ENTRY(type, name, arguments) rm_cuda_##name,
static rm_kernels table() {
    rm_kernels all = {"cuda", &memory, RM_KERNEL_LIST(RM_CUDA_ENTRY)};
    return all;
}

static const char *time_work(void (*work)(void *arg), void *arg, double *seconds) {
    rm_cuda_turn turn;
    cudaEvent_t begin, end;
    float milliseconds = 0;
    rm_cuda_note("cudaEventCreate", cudaEventCreate(&begin));
    rm_cuda_note("cudaEventCreate", cudaEventCreate(&end));
    rm_cuda_note("cudaEventRecord", cudaEventRecord(begin, stream));
    work(arg);
    rm_cuda_note("cudaEventRecord", cudaEventRecord(end, stream));
    rm_cuda_note("cudaEventSynchronize", cudaEventSynchronize(end));
    rm_cuda_note("cudaEventElapsedTime", cudaEventElapsedTime(&milliseconds, begin, end));
    rm_cuda_note("cudaEventDestroy", cudaEventDestroy(begin));
    rm_cuda_note("cudaEventDestroy", cudaEventDestroy(end));
    *seconds = milliseconds * 1e-3;
    return say_failure();
}

/* A kernel that does nothing: whether this GPU runs what was compiled. */
static void probe() {
    rm_each("the first kernel", 1, [=] __device__(int64_t i) { (void)i; });
    rm_cuda_note("the first kernel", cudaStreamSynchronize(stream));
}

static void set_up() {
    rm_cuda_note("cudaSetDevice", cudaSetDevice((int)open_index));
    rm_cuda_note("cudaStreamCreateWithFlags",
                 cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking));
    fill_text();
    rm_cuda_note_blas("cublasCreate", cublasCreate(&blas));
    if (*first_failure)
        return;
    rm_cuda_note("cudaMalloc for cuBLAS", cudaMalloc(&blas_room, BLAS_ROOM));
    rm_cuda_note_blas("cublasSetStream", cublasSetStream(blas, stream));
    rm_cuda_note_blas("cublasSetWorkspace", cublasSetWorkspace(blas, blas_room, BLAS_ROOM));
    probe();
    for (rm_kernels &kernels : opened.kernels)
        kernels = table();
    opened.plain = table();
    rm_cuda_plain_wkv7(&opened.plain);
    rm_cuda_set_products(opened.kernels);
    rm_cuda_halve_elementwise(&opened.kernels[RM_BFLOAT16]);
    rm_cuda_halve_heads(&opened.kernels[RM_BFLOAT16]);
    rm_cuda_halve_wkv7(&opened.kernels[RM_BFLOAT16]);
    opened.time = time_work;
}

/* What could not be set up leaves nothing behind that a second try needs. */
static const char *open_now(int64_t index) {
    open_index = index;
    set_up();
    is_open = !*first_failure;
    const char *failure = say_failure();
    *first_failure = '\0';
    return failure;
}

extern "C" __attribute__((visibility("default"))) const char *
rm_cuda_open(const char *const *build, int64_t index, const rm_cuda **out) {
    rm_cuda_turn turn;
    const char *problem = check_build(build);
    if (!problem && !is_open)
        problem = check_index(index < 0 ? 0 : index);
    if (!problem && !is_open)
        problem = open_now(index < 0 ? 0 : index);
    if (!problem && index >= 0 && index != open_index) {
        snprintf(said, sizeof said, "this process has cuda:%lld open, and can have one only",
                 (long long)open_index);
        problem = said;
    }
    *out = &opened;
    return problem;
}
